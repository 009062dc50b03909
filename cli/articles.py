"""`eventstudy brief` and `events`: articles and others' files to event files, and a person's decisions on them."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy import errors, markets, news, study
from eventstudy import events as event_files
from eventstudy.cli.asked import ALL_CASES, Asked, names, read_event_file, write_table
from eventstudy.cli.output import ENDS, declared, folded, show, table_of, write
from eventstudy.errors import shown
from eventstudy.files import locked, read_text
from eventstudy.window import Window, span
from eventstudy.wording import Table, counted

if TYPE_CHECKING:
    import pandas as pd


#: The lock of who adds to an event file or decides on its rows, beside the cache: nothing is left beside the file.
_APPENDING = "appending"

#: What a person may answer, and what of a proposal is shown.
_WORDS = {"a": "accept", "e": "edit", "r": "reject", "s": "skip", "q": "quit"}
_SHOWN = ("time", "time_zone", "actor", "target", "kind", "stance", "confidence", "source", "url", "note")

#: The columns of a table of theirs that are shown, where they are not empty.
_COLUMNS = ("time", "time_zone", "published_at", "stance", "actor", "target", "kind", "series", "status", "headline")


# --- articles ----------------------------------------------------------------------------------------------------


def extract(asked: Asked) -> None:
    """Read articles or lists of headlines and propose the dated events in them, each with its evidence.

    Example: eventstudy events extract article.txt --published 2022-01-27
    """
    found, _ = _read_articles(asked)
    if asked.append:
        asked.notes.append(append_proposed([event.record() for event in found.events if event.has_day], asked.append))
        vague = [event for event in found.events if not event.has_day]
        asked.notes += [f"not added, its day is not known ({one.time}): {one.headline}" for one in vague]
    rows = []
    for event in found.events:
        weighty = sorted((one for one in event.evidence if one.stance), key=lambda one: -one.weight)
        because = "; ".join(f"{' '.join(one.text.split())} ({one.stance})" for one in weighty[:2])
        rows.append({**vars(event), "because": because})
    counts = ", ".join(f"{n} {reason}" for reason, n in Counter(one.reason for one in found.set_aside).most_common())
    aside = f"{len(found.set_aside)} passages set aside" + (f" ({counts})" if counts else "")
    table = table_of(rows, "extracted", aside=f"{aside}{'.' if asked.everything else '; --all shows them.'}")
    passages = [vars(one) for one in found.set_aside]
    set_aside = table_of([{**one, "passage": news.headline_of(one["text"])} for one in passages], "passages")
    _put_proposed(asked, found.records(), [table, set_aside], passages)


def _read_articles(asked: Asked) -> tuple[news.Extraction, str]:
    """Read articles; return what they say, and when the last came out. What a reader should know goes to the notes."""
    how = _own_words(asked) | {"headlines": asked.headlines}
    read, dates = [], []
    for name in asked.articles:
        if name != "-" and not Path(name).is_file():
            raise errors.DataMissingError(f"no article '{name}'; give a text or HTML file, or - for stdin")
        source = "stdin" if name == "-" else Path(name).name
        text, published = sys.stdin.read() if name == "-" else read_text(Path(name)), asked.published
        if news.is_html(text):
            text, day, found_in = news.read_page(text, source)
            published = published or day or None
            if not asked.published and found_in not in {"", "meta tags"}:
                asked.notes.append(f"{source}: published {day} by {found_in}; --published says otherwise")
        read.append(news.extract_events(text, published, asked.zone, vars(asked).get("source") or source, **how))
        clock = published and len(published) > len("2022-01-27")
        if clock and not (asked.zone or datetime.fromisoformat(published).tzinfo):
            asked.notes.append(f"{source}: the clock of {published} counts for nothing without a zone: give --zone")
        dates.append(published or max((event.published_at for event in read[-1].events), default=""))
    found = news.extract_all(read)
    if differ := [event for event in found.events if "the bundled coder" in event.note]:
        n = f"{len(differ)} of {len(found.events)}"
        asked.notes.append(f"the coders differ on {n} events; the first: {differ[0].note}")
    if late := [event.headline for event in found.events if "lies after the publication" in event.note]:
        n = counted(len(late), "event")
        asked.notes.append(f"{n} of a day after the publication (is --published right?); the first: {late[0]}")
    if void := sum(one.reason == "void" for one in found.set_aside):
        why = "the coder gave no answer that counts (--all of events extract)"
        asked.notes.append(f"{void} passages set aside: {why}")
    return found, max(dates)


def _own_words(asked: Asked) -> dict[str, Any]:
    """Return the lexicon, the actors and the coder of the user's own; None where there is none."""
    how: dict[str, Any] = {name: vars(asked).get(name) for name in ("model", "allow_remote")}
    for name in (name for name, value in how.items() if value and not asked.coder):
        word = f"--{name.replace('_', '-')}"
        raise errors.DesignError(f"{word} is said of a coder of your own: name it with --coder, or leave {word} out")
    readers: dict[str, Any] = {"lexicon": news.read_lexicon, "actors": news.read_actors}
    readers["coder"] = partial(news.read_coder, **how)
    said = {name: vars(asked)[name] for name in readers if name in vars(asked)}
    return {name: readers[name](given) if given else None for name, given in said.items()}


def brief(asked: Asked) -> None:
    """Say what articles tell, who raised or folded, and what markets did after the most similar events of the past.

    Without --case and --events the bundled events and figures serve.

    Example: eventstudy brief article.txt --published 2022-01-27
    """
    from eventstudy.report import brief as pages

    found, day = _read_articles(asked)
    windows = asked.windows or ["0:0", "0:5"]
    case = ALL_CASES if asked.case is None and asked.events is None else None
    if asked.context.get_parameter_source("series").name == "DEFAULT":
        if asked.prices is not None:
            asked.series = None
        elif case and day[:10] > str(markets.series_labels()["ecb-usd-rub"].last):
            # The ECB stopped its rate there; the Bank of Russia's goes on, as an instrument of its own.
            asked.series = ["ruble-cbr" if name == "ruble" else name for name in asked.series]
    sources = asked.read(case=case, span=span((Window(-130, -11), *map(Window.parse, windows))))
    given = {**sources.what, "windows": windows, "last": asked.last}
    with asked.bar("Looking at past events"):
        made = pages.make_brief(found, day, sources.events, sources.prices, **given)
    write(study.to_json(pages.brief_values(made)) if asked.how == "json" else pages.brief_page(made, asked.how))


def score(asked: Asked) -> None:
    """Score the stance coder on labelled sentences: accuracy, F1, confusion, accuracy against coverage.

    Example: eventstudy events score labelled.csv
    """
    from eventstudy import tables

    cells, _ = tables.table_of(*tables.content_of(asked.labelled))
    for column in ("text", "label"):
        if column not in cells:
            raise errors.InputError(f"{asked.labelled.name} has no column '{column}'; it needs text and label")
    result = news.score_stance(cells["text"].tolist(), cells["label"].tolist(), **_own_words(asked))
    if void := [reading.note for *_, reading in result.errors if reading.note.startswith("void:")]:
        asked.notes.append(f"{len(void)} of {result.n} answers count for nothing; the first {void[0]}")
    rows = [
        *((said, "", getattr(result, name)) for name, said in declared("views")["score"]["rows"].items()),
        *(("label -> reading, sentences", f"{a} -> {b}", float(n)) for a, b, n in result.confusion),
        *(("accuracy on the surest", f"{100 * share:.0f} %", value) for share, value in result.coverage),
        *(("accuracy at mean confidence", f"{sure:.2f}", value) for _, sure, value in result.calibration),
    ]
    shown = [{"what": what, "of": of, "value": round(value, 4)} for what, of, value in rows]
    asked.put(shown, table_of(shown, "score", n=result.n, file=asked.labelled.name))


# --- event files -------------------------------------------------------------------------------------------------


def list_cases(asked: Asked) -> None:
    """List the bundled cases.

    Example: eventstudy events list
    """
    from eventstudy import cases

    rows = []
    for name in cases.case_names():
        events = cases.case_events(name)
        counts, days = events["stance"].value_counts(), events["time"].str[:10]
        stances = {stance: int(counts.get(stance, 0)) for stance in ("raise", "hold", "fold")}
        dates = {"first": days.min(), "last": days.max()}
        rows.append({"case": name, "events": len(events), **stances, **dates, "title": cases.case_row(name)["title"]})
    asked.put(rows, table_of(rows, "cases"))


def show_events(asked: Asked) -> None:
    """Show the events of a bundled case or a file, every default filled in.

    Example: eventstudy events show crimea-2014
    """
    events = _events(asked)
    asked.notes = []
    shown = events.assign(time=events["time"].str.replace("T", " "))
    asked.put(events, table_of(shown, "events", title=f"Events of {asked.name}"))


def check_events(asked: Asked) -> None:
    """Check an event file against the schema; the first thing wrong is said with its row and column.

    Example: eventstudy events check my-events.csv
    """
    events = _events(asked)
    counts = {stance or "without a stance": n for stance, n in events["stance"].value_counts().items()}
    known = ("raise", "hold", "fold") if set(counts) & {"raise", "hold", "fold"} else ()
    stances = ", ".join(f"{counts.get(stance, 0)} {stance}" for stance in dict.fromkeys((*known, *counts)))
    proposed, clocked = int((events["status"] == "proposed").sum()), int((events["precision"] == "minute").sum())
    days = events["time"].str[:10]
    said = f"{asked.name}: {counted(len(events), 'event')} in order, {days.min()} .. {days.max()}: {stances}; "
    said += f"{clocked} with a clock time" + (f"; {proposed} proposed" if proposed else "")
    write(f"{folded(said)}\n")


def _events(asked: Asked) -> pd.DataFrame:
    """Return the events of a bundled case, or of a file as the options say, whose notes are said."""
    from eventstudy import cases

    name = asked.name
    if name in cases.case_names():
        return cases.case_events(name)
    if name != "-" and not Path(name).is_file():
        mend = errors.did_you_mean(name, cases.case_names())
        raise errors.DataMissingError(f"no event file and no bundled case '{name}'; {mend}")
    events = read_event_file(name, vars(asked))
    asked.notes = [*events.attrs.get("notes", ())]
    return events


def merge(asked: Asked) -> None:
    """Join event files: exact duplicates go, contradictions are listed.

    Example: eventstudy events merge mine.csv yours.csv --out all.csv
    """
    files, at = asked.files, [file.resolve() for file in asked.files]
    if twice := next((file for file, place in zip(files, at, strict=True) if at.count(place) > 1), None):
        raise errors.DesignError(f"'{twice}' stands there twice; leave one of them out")
    merged = event_files.merge_events({str(file): event_files.read_events(file) for file in files})
    events, conflicts = merged.events, merged.conflicts
    differ = [table_of(conflicts, "conflicts")] if len(conflicts) else []
    if asked.strict and differ:
        show(*differ)
        raise errors.PartialResultError(f"{len(conflicts)} conflicts; --strict forbids them")
    if asked.out:
        write_table(asked.out, events)
    asked.notes = [f"{merged.duplicates} exact duplicates left out"] if merged.duplicates else []
    for row in conflicts.to_dict("records"):
        both = f"'{row['value']}' in {row['file']}, '{row['other_value']}' in {row['other_file']}"
        ids = row["id"] if row["id"] == row["other_id"] else f"{row['id']} and {row['other_id']}"
        kept = "the former is kept" if row["reason"] == "same id" else "both are kept"
        asked.notes.append(f"{row['reason']}: {ids}: {row['column']} {both}; {kept}")
    tables = [table_of(events, "merged", n=len(events), files=len(files)), *differ]
    asked.put(events, tables, lambda: {"events": study.records(events), "conflicts": study.records(conflicts)})


def append_proposed(rows: Sequence[Mapping[str, Any]], path: Path) -> str:
    """Add proposed events to a CSV, without those it has already; say what was done, for stderr."""
    added = 0
    if rows:
        # Two who add at once would each write what the other has not read.
        with locked(markets.default_folder() / _APPENDING):
            known = event_files.read_events(path) if path.is_file() else None
            events, added = event_files.append_events(known, [_flat(row) for row in rows], path.name)
            if added:
                write_table(path, events, revised=True)
    there = len(rows) - added
    what = "proposed events" if all(row["status"] == "proposed" for row in rows) else "events"
    return f"{path.name}: {added} {what} added" + (f", {there} were there already" if there else "")


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Write the evidence of a row as JSON, so that it fits a cell."""
    return {**row, "evidence": json.dumps(row["evidence"], ensure_ascii=False)} if "evidence" in row else dict(row)


def _put_proposed(asked: Asked, rows: Sequence[Any], tables: list[Table], aside: Sequence[Any], **more: Any) -> None:
    """Write proposed events to stdout; with ``--all`` what was set aside beside them, and more in JSON."""
    import pandas as pd

    first: Mapping[str, Any] = rows[0] if rows else dict.fromkeys(("confidence", "evidence"))
    columns = list(dict.fromkeys([*event_files.COLUMNS, *first]))
    frame = pd.DataFrame([_flat(row) for row in rows], columns=columns)
    values = {"events": rows, "set_aside": aside, **more} if asked.everything else rows
    asked.put(frame, tables if asked.everything else tables[0], lambda: values)


def confirm(asked: Asked) -> None:
    """Decide on proposed events one at a time; the file is written after every decision.

    Example: eventstudy events confirm events.csv
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise errors.DesignError(
            "confirming asks a person and needs a terminal; a script edits the column 'status' instead"
        )
    stdin: Any = sys.stdin
    stdin.reconfigure(errors="surrogateescape")  # keys that are no UTF-8 the schema refuses
    name, proposals = asked.file.name, event_files.read_proposals(asked.file)
    n = len(proposals.waiting)
    if not n:
        write(f"{name}: no proposed events\n")
        return
    counts, ended = dict.fromkeys(("accept", "edit", "reject", "skip"), 0), None
    first = 0  # rows before it are skipped, or decided; one that is rejected leaves its place to the next
    while open_rows := [k for k in proposals.waiting if k >= first]:
        position, answer = open_rows[0], "quit"
        lines = (f"{n - len(open_rows) + 1} of {n}", *map(shown, _lines(proposals.rows[position])))
        write("".join(f"{line}\n" for line in ("", *lines)))
        try:
            answer, proposals = _decide(proposals, position)
        except (EOFError, KeyboardInterrupt) as error:  # the end of the input means quit
            ended = error
        if answer == "quit":
            break
        counts[answer] += 1
        if answer == "skip":
            first = position + 1
    write(
        f"\n{name}: {counts['accept'] + counts['edit']} confirmed ({counts['edit']} of them edited), "
        f"{counts['reject']} rejected, {len(proposals.waiting)} still proposed\n"
    )
    if isinstance(ended, KeyboardInterrupt):
        raise ended


def _lines(row: Mapping[str, Any]) -> list[str]:
    """Return a proposed event as it is shown: its headline, what is known of it, and why it is proposed."""
    lines, cell = [f"  {row.get('headline', '')}"], row.get("evidence")
    lines += [f"  {name:10} {row[name]}" for name in _SHOWN if row.get(name) not in (None, "")]
    pieces: Any = None
    with suppress(ValueError, RecursionError):  # in a CSV the evidence is JSON in a cell
        pieces = json.loads(cell) if isinstance(cell, str) and cell else cell or []
    if not isinstance(pieces, list) or not all(isinstance(one, dict) for one in pieces):
        return [*lines, f"  evidence   {cell}"]
    for one in pieces:
        text = f"'{' '.join(str(one.get('text', '')).split())}': {one['rule']}" if "rule" in one else ""
        lines.append(f"  evidence   {text or ', '.join(f'{key} {value}' for key, value in one.items())}")
    return lines


def _decide(proposals: event_files.Proposals, position: int) -> tuple[str, event_files.Proposals]:
    """Ask until there is a decision that the schema allows; return it and the file as it now is."""
    while True:
        answer = _WORDS.get(input("[a]ccept  [e]dit  [r]eject  [s]kip  [q]uit > ").strip().lower()[:1], "")
        if answer in {"skip", "quit"}:
            return answer, proposals
        if not answer:
            continue
        changes = {}
        if answer == "edit":
            write("  Enter keeps a value, - empties it.\n")
            for name in event_files.EDITABLE:
                if said := input(f"  {name} [{shown(str(proposals.rows[position].get(name, '')))}] ").strip():
                    changes[name] = "" if said == "-" else said
        try:
            decided = proposals.reject(position) if answer == "reject" else proposals.accept(position, changes)
        except errors.InputError as error:
            write(f"  {shown(str(error))}; edit it, or reject it\n")
            continue
        with locked(markets.default_folder() / _APPENDING):
            return answer, decided.save()


# --- others' files -----------------------------------------------------------------------------------------------


def import_table(asked: Asked) -> None:
    """Read any table of events, show its first and last rows as understood, and write the clean file.

    Example: eventstudy events import my.xlsx --map time=Date --map headline=Title --out my.csv
    """
    import pandas as pd

    file, out, append = asked.file, asked.out, asked.append
    events = read_event_file(file, vars(asked))
    asked.notes = list(events.attrs.get("notes", ()))
    rows: Sequence[Any] = study.records(events)
    if asked.headlines:
        read = news.read_headlines(rows, **_own_words(asked))
        rows = [row for row in read if row["stance"] != "none"]
        if not rows:
            asked.notes = []
            raise errors.NothingUsableError(
                f"{file.name}: no headline tells an event; leave out --read-headlines to keep the rows"
            )
        if silent := [row for row in read if row["stance"] == "none"]:
            said = f"{len(silent)} of {len(read)} rows left out, their headlines tell no event"
            asked.notes.append(f"{file.name}: {said}: {silent[0]['time']} {str(silent[0]['headline'])[:60]}")
        if given := next((word for word in vars(asked)["values"] or [] if word.startswith("status=")), ""):
            rows = [{**row, "status": given.removeprefix("status=")} for row in rows]
        events = event_files.check_events(pd.DataFrame([_flat(row) for row in rows]).fillna(""), file.name)
    if out:
        write_table(out, events)
    if append:
        asked.notes.append(append_proposed(rows, append))
    if out:
        asked.notes.append(f"{out.name}: {counted(len(events), 'event')} written")
    if asked.how in {"table", "latex"} and not out and not append:
        asked.notes.append("nothing written: --out EVENTS.csv writes the clean file")
    ends = events if len(events) <= 2 * ENDS else events.iloc[[*range(ENDS), *range(-ENDS, 0)]]
    title = f"{file.name}: {counted(len(events), 'event')}" + ("" if ends is events else f", the first and last {ENDS}")
    shown = [name for name in _COLUMNS if name in {"time", "stance"} or events[name].ne("").any()]
    asked.put(events, table_of(ends, "plain", shown, title=title), lambda: list(rows))


def import_entries(asked: Asked) -> None:
    """Read the meetings of a calendar or the entries of a feed, whichever the command is called after.

    Example: eventstudy events import ics meetings.ics --zone Europe/Moscow
    """
    if asked.context.info_name == "ics":
        found = event_files.import_ics(asked.file, asked.zone)
        events = news.read_headlines(found.events, stance=False, **_own_words(asked))
        set_aside, notes = found.set_aside, found.notes
    else:
        events, set_aside, notes = news.import_feed(asked.file, **_own_words(asked))
    asked.notes = [*notes, *([append_proposed(events, asked.append)] if asked.append else [])]
    if set_aside and not asked.everything:
        asked.notes.append(f"set aside: {len(set_aside)} of the entries; --all shows them with the reason")
    shown = [{**row, "time": str(row["time"]).replace("T", " ")} for row in events]
    _put_proposed(asked, events, [table_of(shown, "imported"), table_of(set_aside, "entries")], set_aside)


def import_gdelt(asked: Asked) -> None:
    """Count GDELT rows by day, actors and stance, and propose the loud ones as events.

    Example: eventstudy events import gdelt 20220127.export.CSV.zip --pair RUS:USA
    """
    import os

    quads = names(asked.quad) or []
    if not all(word.isdigit() for word in quads):
        raise errors.DesignError(f"'{asked.quad}' is no list of quad classes; write 3,4")
    chosen: dict[str, Any] = {f"{name}s": getattr(asked, name) or () for name in ("actor", "pair", "root", "place")}
    chosen |= asked.given("goldstein", "mentions", "latest") | {"quads": [int(word) for word in quads]}
    filters = event_files.Filters(**chosen)
    with asked.bar("Reading") as progress:
        workers = asked.workers or os.cpu_count() or 1
        tally = event_files.read_gdelt(asked.files, filters, workers=workers, progress=progress)
    if not tally.rows:
        said = "; ".join(tally.notes) or f"{', '.join(file.name for file in asked.files)}: a header and no rows"
        raise errors.NothingUsableError(f"{said}; fetch it from GDELT again")
    found = event_files.gdelt_events(tally, salience=asked.salience)
    rows = f"{counted(tally.rows, 'row')} in {counted(tally.files, 'file')}"
    made = f"{counted(len(found.events), 'event')}, {counted(len(found.set_aside), 'cell')} too quiet"
    asked.notes = [f"{rows}, {tally.used:,} match: {made}", *tally.notes]
    broken = dict(sorted(tally.broken.items()))
    if tally.late:
        asked.notes.append(f"{tally.late:,} matching rows left out: added long after their day (--latest)")
    if broken:
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in broken.items())
        asked.notes.append(f"{sum(broken.values()):,} broken rows left out: {reasons}")
    if asked.append:
        asked.notes.append(append_proposed(found.events, asked.append))
    shown = [{**one, "because": "; ".join(act["act"] for act in one["evidence"][:2])} for one in found.events]
    tables = [table_of(shown, "gdelt"), table_of(found.set_aside, "too-quiet")]
    counts = {name: getattr(tally, name) for name in ("files", "rows", "looked_at", "used", "late")}
    _put_proposed(asked, found.events, tables, found.set_aside, counts={**counts, "broken": broken})
