"""`eventstudy events import`: other people's files to a clean event file, or to proposed events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eventstudy.cli.events_extract import ARTICLES, append_proposed, flat, own_tables, write_proposed
from eventstudy.cli.options import OUTPUT, REQUIRED, Asked, Command, Group, Option, command, group, names
from eventstudy.cli.output import TextTable, bar, cell, warn, write
from eventstudy.cli.sources import read_event_file
from eventstudy.cli.views import frame_view
from eventstudy.errors import DesignError, NothingUsableError
from eventstudy.options import DATA
from eventstudy.wording import counted

if TYPE_CHECKING:
    from eventstudy.events.gdelt import GdeltEvents, Tally
    from eventstudy.events.schema import Imported

#: What `events import FILE` takes a file for, by its ending; any other is a table.
_KINDS = {".ics": "ics", ".rss": "rss", ".atom": "rss", ".xml": "rss", ".export.csv": "gdelt", ".csv.zip": "gdelt"}


class _AnyFile(Group):
    """A group whose command may be left out: the file says which it is."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            kinds = [kind for word in args for ending, kind in _KINDS.items() if word.lower().endswith(ending)]
            args = [kinds[0] if kinds else "csv", *args]
        return super().parse_args(ctx, args)


app = group(
    "Others' files to a clean event file: events import FILE takes any table, calendar, feed or GDELT file.",
    cls=_AnyFile,
)


@app.command(
    "csv",
    cls=Command,
    epilog="Example: eventstudy events import my.xlsx --map time=Date --map headline=Title --out my.csv",
)
@command(
    Option("file", "FILE", "path", REQUIRED, "A table: CSV, Excel, Parquet, JSON, TOML; - is stdin."),
    "columns values time_format sheet",
    Option("headlines", "--read-headlines", "yes", False, "Read a stance and an actor it lacks from the headline."),
    *(ARTICLES[name] for name in ("lexicon", "actors")),
    Option("out", "--out EVENTS.csv", "path", None, "Write the clean event file here.", OUTPUT),
    ARTICLES["append"],
    "how quiet",
)
def import_table(asked: Asked) -> None:
    """Read any table of events, show its first and last rows as understood, and write the clean file."""
    from eventstudy.events.schema import check_events
    from eventstudy.files import write_files
    from eventstudy.study.envelope import records, to_csv, to_json

    file, out, append = asked.file, asked.out, asked.append
    events = read_event_file(file, **asked.given("columns", "values", "time_format", "sheet"))
    notes = list(events.attrs.get("notes", ()))
    rows: Sequence[Mapping[str, Any]] = records(events)
    if asked.headlines:
        import pandas as pd

        from eventstudy.news.pages import read_headlines

        book, table = own_tables(asked.lexicon, asked.actors)
        read = read_headlines(rows, lexicon=book, actors=table)
        rows = [row for row in read if row["stance"] != "none"]
        if silent := [row for row in read if row["stance"] == "none"]:
            first = f"{silent[0]['time']} {str(silent[0]['headline'])[:60]}"
            notes.append(
                f"{file.name}: {len(silent)} of {len(read)} rows left out, their headlines tell no event: {first}"
            )
        if not rows:
            raise NothingUsableError(
                f"{file.name}: no headline tells an event; leave out --read-headlines to keep the rows"
            )
        if given := next((word for word in asked.given("values")["values"] or [] if word.startswith("status=")), ""):
            rows = [{**row, "status": given.removeprefix("status=")} for row in rows]
        events = check_events(pd.DataFrame([flat(row) for row in rows]).fillna(""), file.name)
    if append:
        notes.append(append_proposed(rows, append))
    if out:
        write_files(out.parent, {out.name: to_csv(events).encode()})
        notes.append(f"{out.name}: {len(events)} events written")
    if asked.how == "json":
        write(to_json(list(rows)))
    elif asked.how in {"table", "latex"}:
        ends = events if len(events) <= 2 * _SHOWN else events.iloc[[*range(_SHOWN), *range(-_SHOWN, 0)]]
        title = f"{file.name}: {len(events)} events" + ("" if ends is events else f", the first and last {_SHOWN}")
        shown = [name for name in _COLUMNS if name in {"time", "stance"} or events[name].ne("").any()]
        asked.emit(ends, frame_view(ends, title, shown))
        if not out and not append:
            notes.append("nothing written: --out EVENTS.csv writes the clean file")
    else:
        asked.emit(events, frame_view(events, file.name, list(_COLUMNS)))
    warn(notes, quiet=asked.quiet)


#: Rows shown of each end of a table, and the columns of theirs that are not empty.
_SHOWN = 3
_COLUMNS = ("time", "time_zone", "published_at", "stance", "actor", "target", "kind", "series", "status", "headline")


@app.command("ics", cls=Command, epilog="Example: eventstudy events import ics meetings.ics --zone Europe/Moscow")
@command(
    Option("file", "FILE", "path", REQUIRED, "A calendar file."),
    ARTICLES["zone"]._replace(help="Zone of clocks without one."),
    *(ARTICLES[name] for name in ("actors", "everything", "append")),
    "how quiet",
)
def import_ics_file(asked: Asked) -> None:
    """Read the scheduled meetings of a calendar."""
    from eventstudy.events.ics import import_ics
    from eventstudy.news.pages import read_headlines

    found = import_ics(asked.file, asked.zone)
    named = read_headlines(found.events, stance=False, actors=own_tables(None, asked.actors)[1])
    _write(found._replace(events=named), asked)


@app.command("rss", cls=Command, epilog="Example: eventstudy events import rss feed.xml --append events.csv")
@command(
    Option("file", "FILE", "path", REQUIRED, "An RSS or Atom file."),
    *(ARTICLES[name] for name in ("lexicon", "actors", "everything", "append")),
    "how quiet",
)
def import_rss_file(asked: Asked) -> None:
    """Read the entries of a news feed, each with its stance and publication time."""
    from eventstudy.news.pages import import_feed

    book, table = own_tables(asked.lexicon, asked.actors)
    _write(import_feed(asked.file, lexicon=book, actors=table), asked)


def _write(found: Imported, asked: Asked) -> None:

    lines = list(found.notes)
    if asked.append:
        lines.append(append_proposed(found.events, asked.append))
    if found.set_aside and not asked.everything:
        lines.append(f"set aside: {len(found.set_aside)} of the entries; --all shows them with the reason")
    columns = ("time", "zone", "actor", "target", "kind", "stance", "confidence", "headline")
    rows = tuple(
        (
            str(one["time"]).replace("T", " "),
            *(str(one[name]) for name in ("time_zone", "actor", "target", "kind", "stance")),
            f"{one['confidence']:.2f}",
            str(one["headline"]),
        )
        for one in found.events
    )
    notes = ("Proposals, to be confirmed by a person.",)
    tables = [TextTable("Proposed events", columns, rows, tuple(set(columns) - {"confidence"}), notes)]
    if asked.everything:
        aside = tuple((one["reason"], one["text"]) for one in found.set_aside)
        tables.append(TextTable("Set aside", ("reason", "entry"), aside, ("reason", "entry")))
    write_proposed(found.events, asked.how, tables, {"set_aside": list(found.set_aside)} if asked.everything else None)
    warn(lines, quiet=asked.quiet)


# --- GDELT ---------------------------------------------------------------------------------------------------------


@app.command(
    "gdelt", cls=Command, epilog="Example: eventstudy events import gdelt 20220127.export.CSV.zip --pair RUS:USA"
)
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
    """Count GDELT rows by day, actors and stance, and propose the loud ones as events."""
    import os

    from eventstudy.events.gdelt import gdelt_events, make_filters
    from eventstudy.events.gdelt_files import read_gdelt

    filters = make_filters(
        actors=asked.actor or (),
        targets=asked.target or (),
        pairs=asked.pair or (),
        roots=asked.root or (),
        quads=_whole_numbers(asked.quad),
        places=asked.place or (),
        first=asked.begin,
        last=asked.end,
        **asked.given("goldstein", "mentions", "latest", "one_sided"),
    )
    with bar("Reading", quiet=asked.quiet) as progress:
        tally = read_gdelt(asked.files, filters, workers=asked.workers or os.cpu_count() or 1, progress=progress)
    if not tally.rows:
        said = "; ".join(tally.notes) or f"{', '.join(file.name for file in asked.files)}: a header and no rows"
        raise NothingUsableError(f"{said}; fetch it from GDELT again")
    found = gdelt_events(tally, salience=asked.salience, per_day=asked.per_day)
    lines = _account(found, tally)
    if asked.append:
        lines.append(append_proposed(found.events, asked.append))
    also = {"set_aside": list(found.quiet), "counts": _counts(tally)} if asked.everything else None
    write_proposed(found.events, asked.how, _gdelt_tables(found, everything=asked.everything), also)
    warn(lines, quiet=asked.quiet)


def _whole_numbers(text: str | None) -> list[int]:

    words = names(text) or []
    if not all(word.isdigit() for word in words):
        raise DesignError(f"'{text}' is no list of quad classes; write 3,4")
    return [int(word) for word in words]


def _counts(tally: Tally) -> dict[str, Any]:
    return {
        "files": tally.files,
        "rows": tally.rows,
        "looked_at": tally.looked_at,
        "used": tally.used,
        "late": tally.late,
        "broken": dict(sorted(tally.broken.items())),
    }


def _account(found: GdeltEvents, tally: Tally) -> list[str]:
    made = f"{counted(len(found.events), 'event')}, {counted(len(found.quiet), 'cell')} too quiet"
    rows = f"{counted(tally.rows, 'row')} in {counted(tally.files, 'file')}"
    lines = [f"{rows}, {tally.used:,} match: {made}", *tally.notes]
    if tally.late:
        lines.append(f"{tally.late:,} matching rows left out: added long after their day (--latest)")
    if tally.broken:
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in sorted(tally.broken.items()))
        lines.append(f"{sum(tally.broken.values()):,} broken rows left out: {reasons}")
    return lines


def _gdelt_tables(found: GdeltEvents, *, everything: bool) -> list[Any]:

    columns = ("time", "actor", "target", "stance", "kind", "rows", "mentions", "goldstein", "share", "because")
    rows = tuple(
        (
            *(str(one[name]) for name in ("time", "actor", "target", "stance", "kind")),
            *(f"{one[name]:,}" for name in ("rows", "mentions")),
            "" if one["goldstein"] is None else f"{one['goldstein']:.1f}",
            f"{100 * one['confidence']:.0f} %",
            "; ".join(act["act"] for act in one["evidence"][:2]),
        )
        for one in found.events
    )
    notes = (
        "Proposals, to be confirmed by a person. share: of what the actor did to the target that day, by mentions.",
        "goldstein: mean over rows; the score is that of the kind of act, not of its size.",
    )
    left = ("time", "actor", "target", "stance", "kind", "because")
    tables = [TextTable("Proposed events", columns, rows, left, notes)]
    if everything:
        quiet_columns = ("time", "actor", "target", "stance", "rows", "mentions", "reason")
        quiet = tuple(tuple(cell(one[name]) for name in quiet_columns) for one in found.quiet)
        tables.append(TextTable("Set aside", quiet_columns, quiet, ("time", "actor", "target", "stance", "reason")))
    return tables
