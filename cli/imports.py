"""`eventstudy events import`: other people's files to a clean event file, or to proposed events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventstudy.cli.app import Group, command, group, names
from eventstudy.cli.articles import ARTICLES, append_proposed, flat, own_words, put_proposed
from eventstudy.cli.asked import Asked, read_event_file
from eventstudy.cli.views import ENDS, table_of
from eventstudy.errors import DesignError, NothingUsableError
from eventstudy.options import DATA, OUTPUT, REQUIRED, Option
from eventstudy.wording import counted

#: What `events import FILE` takes a file for, by its ending; any other is a table.
_KINDS = {".ics": "ics", ".rss": "rss", ".atom": "rss", ".xml": "rss", ".export.csv": "gdelt", ".csv.zip": "gdelt"}

#: The columns of a table of theirs that are shown, where they are not empty.
_COLUMNS = ("time", "time_zone", "published_at", "stance", "actor", "target", "kind", "series", "status", "headline")

_FILE = Option("file", "FILE", "path", REQUIRED, "An RSS or Atom file.")


class _AnyFile(Group):
    """A group whose command may be left out: the file says which it is."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            kinds = [kind for word in args for ending, kind in _KINDS.items() if word.lower().endswith(ending)]
            args = [kinds[0] if kinds else "csv", *args]
        return super().parse_args(ctx, args)


@command(
    _FILE._replace(help="A table: CSV, Excel, Parquet, JSON, TOML; - is stdin."),
    "columns values time_format sheet",
    Option("headlines", "--read-headlines", "yes", False, "Read a stance and an actor it lacks from the headline."),
    *(ARTICLES[name] for name in ("lexicon", "actors")),
    Option("out", "--out EVENTS.csv", "path", None, "Write the clean event file here.", OUTPUT),
    ARTICLES["append"],
    "how quiet",
)
def import_table(asked: Asked) -> None:
    """Read any table of events, show its first and last rows as understood, and write the clean file.

    Example: eventstudy events import my.xlsx --map time=Date --map headline=Title --out my.csv
    """
    import pandas as pd

    from eventstudy.events.schema import check_events
    from eventstudy.files import write_files
    from eventstudy.study.envelope import records, to_csv

    file, out, append = asked.file, asked.out, asked.append
    events = read_event_file(file, vars(asked))
    asked.notes = list(events.attrs.get("notes", ()))
    rows: Sequence[Any] = records(events)
    if asked.headlines:
        from eventstudy.news.pages import read_headlines

        read = read_headlines(rows, **own_words(asked))
        rows = [row for row in read if row["stance"] != "none"]
        if silent := [row for row in read if row["stance"] == "none"]:
            first = f"{silent[0]['time']} {str(silent[0]['headline'])[:60]}"
            asked.notes.append(
                f"{file.name}: {len(silent)} of {len(read)} rows left out, their headlines tell no event: {first}"
            )
        if not rows:
            asked.notes = []
            raise NothingUsableError(
                f"{file.name}: no headline tells an event; leave out --read-headlines to keep the rows"
            )
        if given := next((word for word in vars(asked)["values"] or [] if word.startswith("status=")), ""):
            rows = [{**row, "status": given.removeprefix("status=")} for row in rows]
        events = check_events(pd.DataFrame([flat(row) for row in rows]).fillna(""), file.name)
    if append:
        asked.notes.append(append_proposed(rows, append))
    if out:
        write_files(out.parent, {out.name: to_csv(events).encode()})
        asked.notes.append(f"{out.name}: {len(events)} events written")
    if asked.how in {"table", "latex"} and not out and not append:
        asked.notes.append("nothing written: --out EVENTS.csv writes the clean file")
    ends = events if len(events) <= 2 * ENDS else events.iloc[[*range(ENDS), *range(-ENDS, 0)]]
    title = f"{file.name}: {len(events)} events" + ("" if ends is events else f", the first and last {ENDS}")
    shown = [name for name in _COLUMNS if name in {"time", "stance"} or events[name].ne("").any()]
    asked.put(events, table_of(ends, "plain", shown, title=title), values=lambda: list(rows))


@command(
    _FILE._replace(help="A calendar file."),
    ARTICLES["zone"]._replace(help="Zone of clocks without one."),
    *(ARTICLES[name] for name in ("actors", "everything", "append")),
    "how quiet",
)
def import_calendar(asked: Asked) -> None:
    """Read the scheduled meetings of a calendar.

    Example: eventstudy events import ics meetings.ics --zone Europe/Moscow
    """
    from eventstudy.events.ics import import_ics
    from eventstudy.news.pages import read_headlines

    found = import_ics(asked.file, asked.zone)
    _put_imported(asked, read_headlines(found.events, stance=False, **own_words(asked)), found.set_aside, found.notes)


@command(_FILE, *(ARTICLES[name] for name in ("lexicon", "actors", "everything", "append")), "how quiet")
def import_news_feed(asked: Asked) -> None:
    """Read the entries of a news feed, each with its stance and publication time.

    Example: eventstudy events import rss feed.xml --append events.csv
    """
    from eventstudy.news.pages import import_feed

    _put_imported(asked, *import_feed(asked.file, **own_words(asked)))


def _put_imported(asked: Asked, events: Sequence[Any], set_aside: Sequence[Any], notes: Sequence[str]) -> None:
    asked.notes = [*notes, *([append_proposed(events, asked.append)] if asked.append else [])]
    if set_aside and not asked.everything:
        asked.notes.append(f"set aside: {len(set_aside)} of the entries; --all shows them with the reason")
    shown = [{**row, "time": str(row["time"]).replace("T", " ")} for row in events]
    tables = [table_of(shown, "imported"), *([table_of(set_aside, "entries")] if asked.everything else [])]
    put_proposed(asked, events, tables, set_aside)


@command(
    Option("files", "FILES...", "paths", REQUIRED, "GDELT event files, version 1 or 2, zipped or not."),
    Option("actor", "--actor A,B", "names", None, "Who acts: CAMEO countries, or NATO, EU, UN.", DATA),
    Option("target", "--target A,B", "names", None, "On whom.", DATA),
    Option("pair", "--pair A:B", "words", None, "Two actors, either way; repeatable.", DATA),
    Option("root", "--root 13,15", "names", None, "CAMEO root classes.", DATA),
    Option("quad", "--quad 3,4", "text", None, "Quad classes.", DATA),
    Option("goldstein", "--goldstein LOW:HIGH", "text", "", "Goldstein scores, e.g. -10:-4.", DATA),
    Option("mentions", "--mentions N", "whole", 0, "Fewest mentions of a row.", DATA),
    Option("place", "--place RS,UP", "names", None, "Where it happened: FIPS countries.", DATA),
    Option("begin", "--first DATE", "text", None, "First day.", DATA),
    Option("end", "--last DATE", "text", None, "Last day.", DATA),
    Option("latest", "--latest DAYS", "whole", 7, "Leave out rows added later than this after their day.", DATA),
    Option("one_sided", "--one-sided", "yes", False, "Also rows that name only one actor.", DATA),
    Option("salience", "--salience N", "whole", 100, "Fewest mentions that make an event."),
    Option("per_day", "--per-day N", "whole", None, "At most so many events a day."),
    Option("workers", "--workers N", "whole", None, "Processes; default one a core."),
    *(ARTICLES[name] for name in ("everything", "append")),
    "how quiet",
)
def gdelt(asked: Asked) -> None:
    """Count GDELT rows by day, actors and stance, and propose the loud ones as events.

    Example: eventstudy events import gdelt 20220127.export.CSV.zip --pair RUS:USA
    """
    import os

    from eventstudy.events import Filters, gdelt_events, read_gdelt

    quads = names(asked.quad) or []
    if not all(word.isdigit() for word in quads):
        raise DesignError(f"'{asked.quad}' is no list of quad classes; write 3,4")
    lists = {"actors": asked.actor, "targets": asked.target, "pairs": asked.pair, "roots": asked.root}
    lists |= {"places": asked.place, "quads": [int(word) for word in quads]}
    chosen = asked.given("goldstein", "mentions", "latest", "one_sided") | {"first": asked.begin, "last": asked.end}
    filters = Filters(**chosen, **{name: words or () for name, words in lists.items()})
    with asked.bar("Reading") as progress:
        tally = read_gdelt(asked.files, filters, workers=asked.workers or os.cpu_count() or 1, progress=progress)
    if not tally.rows:
        said = "; ".join(tally.notes) or f"{', '.join(file.name for file in asked.files)}: a header and no rows"
        raise NothingUsableError(f"{said}; fetch it from GDELT again")
    found = gdelt_events(tally, salience=asked.salience, per_day=asked.per_day)
    rows = f"{counted(tally.rows, 'row')} in {counted(tally.files, 'file')}"
    made = f"{counted(len(found.events), 'event')}, {counted(len(found.quiet), 'cell')} too quiet"
    asked.notes = [f"{rows}, {tally.used:,} match: {made}", *tally.notes]
    broken = dict(sorted(tally.broken.items()))
    if tally.late:
        asked.notes.append(f"{tally.late:,} matching rows left out: added long after their day (--latest)")
    if broken:
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in broken.items())
        asked.notes.append(f"{sum(broken.values()):,} broken rows left out: {reasons}")
    if asked.append:
        asked.notes.append(append_proposed(found.events, asked.append))
    because = ["; ".join(act["act"] for act in one["evidence"][:2]) for one in found.events]
    shown = [{**one, "because": why} for one, why in zip(found.events, because, strict=True)]
    tables = [table_of(shown, "gdelt"), *([table_of(found.quiet, "too-quiet")] if asked.everything else [])]
    counts = {name: getattr(tally, name) for name in ("files", "rows", "looked_at", "used", "late")}
    put_proposed(asked, found.events, tables, found.quiet, counts={**counts, "broken": broken})


imports = group(
    "Others' files to a clean event file: events import FILE takes any table, calendar, feed or GDELT file.",
    {"csv": import_table, "ics": import_calendar, "rss": import_news_feed, "gdelt": gdelt},
    cls=_AnyFile,
)
