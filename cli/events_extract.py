"""`eventstudy events extract` and `score`: articles to proposed events, and how good the stance coder is."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.cli.options import OUTPUT, REQUIRED, Asked, Option, command
from eventstudy.cli.output import TextTable, emit, show, warn, write
from eventstudy.cli.views import frame_view
from eventstudy.errors import DataMissingError, InputError
from eventstudy.options import DATA, table

if TYPE_CHECKING:
    from eventstudy.cli.output import TextTable
    from eventstudy.news.coder import Coder, Score
    from eventstudy.news.extract import Extraction, ProposedEvent

#: How articles are read, and what becomes of proposals.
ARTICLES = table(
    Option("articles", "FILE...|-", "words", REQUIRED, "Articles, text or HTML; - is stdin."),
    Option("published", "--published DATE", "text", None, "When they came out, e.g. 2022-01-27.", DATA),
    Option("zone", "--zone NAME", "text", None, "Zone of their weekdays.", DATA),
    Option("headlines", "--headlines/--prose", "yes", None,
           "Each line is a headline, or none is; default: found from the lines.", DATA),
    Option("source", "--source TEXT", "text", None, "Name of the source.", DATA),
    Option("lexicon", "--lexicon FILE", "path", None, "Phrases of your own (TOML).", DATA),
    Option("actors", "--actors FILE", "path", None, "Actors of your own (TOML).", DATA),
    Option("coder", "--coder SPEC", "text", None, "Your own coder: 'cmd: my-coder' or http://127.0.0.1:PORT/v1.", DATA),
    Option("model", "--model NAME", "text", "", "Model at the coder's address.", DATA),
    Option("allow_remote", "--allow-remote", "yes", False, "Let texts go to a coder on another machine.", DATA),
    Option("everything", "--all", "yes", False, "Also show what was set aside, and why.", OUTPUT),
    Option("append", "--append EVENTS.csv", "path", None, "Add them as proposed rows.", OUTPUT),
)  # fmt: skip


@command(*ARTICLES.values(), "how quiet")
def extract(asked: Asked) -> None:
    """Read articles or lists of headlines and propose the dated events in them, each with its evidence."""
    from dataclasses import asdict

    found, _, notes = read_articles(asked)
    warn(notes, quiet=asked.quiet)
    if asked.append:
        done = append_proposed([event.record() for event in found.events if event.has_day], asked.append)
        vague = [event for event in found.events if not event.has_day]
        told = [done, *(f"not added, its day is not known ({one.time}): {one.headline}" for one in vague)]
        warn(told, quiet=asked.quiet)
    aside = {"set_aside": [asdict(one) for one in found.set_aside]} if asked.everything else None
    write_proposed(found.records(), asked.how, _tables(found, everything=asked.everything), aside)


def read_articles(asked: Asked) -> tuple[Extraction, str, list[str]]:
    """Read articles; return what they tell, when the last of them came out, and what a reader should know of that."""
    from eventstudy.news.extract import extract_all, extract_events

    more = vars(asked)
    how: dict[str, Any] = {"headlines": more.get("headlines"), "coder": _coder(asked)}
    how |= dict(zip(("lexicon", "actors"), own_tables(asked.lexicon, asked.actors), strict=True))
    read, dates, notes = [], [], []
    for name in asked.articles:
        text, given, note = _article(name, asked.published)
        read.append(extract_events(text, given, asked.zone, more.get("source") or _source_of(name), **how))
        dates.append(given or max((event.published_at for event in read[-1].events), default=""))
        notes += [note] if note else []
    found = extract_all(read)
    if differ := [event for event in found.events if "the bundled coder" in event.note]:
        notes.append(f"the coders differ on {len(differ)} of {len(found.events)} events; the first: {differ[0].note}")
    if void := sum(one.reason == "void" for one in found.set_aside):
        notes.append(f"{void} passages set aside: the coder gave no answer that counts (--all of events extract)")
    return found, max(dates), notes


def _coder(asked: Asked) -> Coder | None:
    from eventstudy.news.coder import read_coder

    spec = vars(asked).get("coder")
    return read_coder(spec, model=asked.model, allow_remote=asked.allow_remote) if spec else None


def own_tables(lexicon: Path | None, actors: Path | None) -> tuple[Any, Any]:
    """Return the lexicon and the actors of files of the user's, None where there is no file."""
    from eventstudy.news.vocabulary import read_actors, read_lexicon

    return (read_lexicon(lexicon) if lexicon else None, read_actors(actors) if actors else None)


@command(
    Option("labelled", "LABELLED.csv", "path", REQUIRED, "Columns text and label."),
    *(ARTICLES[name] for name in ("lexicon", "coder", "model", "allow_remote")),
    "how",
)
def score(asked: Asked) -> None:
    """Score the stance coder on labelled sentences: accuracy, F1, confusion, accuracy against coverage."""
    from eventstudy.files import read_table
    from eventstudy.news.coder import score_stance

    cells, _ = read_table(asked.labelled)
    for column in ("text", "label"):
        if column not in cells:
            raise InputError(f"{asked.labelled.name} has no column '{column}'; it needs text and label")
    book, _ = own_tables(asked.lexicon, None)
    result = score_stance(cells["text"].tolist(), cells["label"].tolist(), book, coder=_coder(asked))
    frame = _score_frame(result)
    title = f"Stance on {result.n} sentences of {asked.labelled.name}"
    asked.emit(frame, frame_view(frame, title, list(frame.columns)))


def _article(name: str, published: str | None) -> tuple[str, str | None, str]:
    """Return an article's text, its publication time, and where that was found if it is not sure."""
    from eventstudy.files import read_text
    from eventstudy.news.pages import is_html, read_page

    if name != "-" and not Path(name).is_file():
        raise DataMissingError(f"no article '{name}'; give a text or HTML file, or - for stdin")
    text = sys.stdin.read() if name == "-" else read_text(Path(name))
    if not is_html(text):
        return text, published, ""
    page = read_page(text, _source_of(name))
    sure = published or page.found in {"", "meta tags"}
    note = "" if sure else f"{_source_of(name)}: published {page.published} by {page.found}; --published says otherwise"
    return page.text, published or page.published or None, note


def _source_of(name: str) -> str:
    return "stdin" if name == "-" else Path(name).name


def _tables(found: Extraction, *, everything: bool) -> list[Any]:

    columns = ("time", "actor", "target", "kind", "stance", "confidence", "because", "headline")
    rows = tuple(
        (event.time, event.actor, event.target, event.kind, event.stance, f"{event.confidence:.2f}", _why(event),
         event.headline) for event in found.events
    )  # fmt: skip
    notes = (
        "Proposals, to be confirmed by a person. because: what counted most; --format json has all, with offsets.",
        _aside_in_words(found) + ("." if everything else "; --all shows them."),
    )
    left = tuple(name for name in columns if name != "confidence")
    tables = [TextTable("Proposed events", columns, rows, left, notes)]
    if everything:
        from eventstudy.news.extract import headline_of

        passages = tuple((one.reason, one.source, headline_of(one.text)) for one in found.set_aside)
        names = ("reason", "source", "passage")
        tables.append(TextTable("Set aside", names, passages, names))
    return tables


def _aside_in_words(found: Extraction) -> str:
    from collections import Counter

    counts = Counter(one.reason for one in found.set_aside).most_common()
    return f"{len(found.set_aside)} passages set aside" + (
        f" ({', '.join(f'{n} {reason}' for reason, n in counts)})" if counts else ""
    )


def _why(event: ProposedEvent) -> str:
    counted = sorted((one for one in event.evidence if one.stance), key=lambda one: -one.weight)
    return "; ".join(f"{' '.join(one.text.split())} ({one.stance})" for one in counted[:2])


def _score_frame(result: Score) -> Any:
    import pandas as pd

    rows = [
        ("accuracy", "", result.accuracy),
        ("standard error of the accuracy", "", result.standard_error),
        ("macro F1", "", result.macro_f1),
        ("accuracy of always the commonest label", "", result.always),
        ("read as the opposite", "", result.opposite),
        *(("label -> reading, sentences", f"{a} -> {b}", float(n)) for a, b, n in result.confusion),
        *(("accuracy on the surest", f"{100 * share:.0f} %", value) for share, value in result.coverage),
        *(("accuracy at mean confidence", f"{sure:.2f}", value) for _, sure, value in result.calibration),
    ]
    return pd.DataFrame([(what, of, round(value, 4)) for what, of, value in rows], columns=["what", "of", "value"])


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Write the evidence of a row as JSON, so that it fits a cell."""
    import json

    return {**row, "evidence": json.dumps(row["evidence"], ensure_ascii=False)} if "evidence" in row else dict(row)


def write_proposed(
    rows: Sequence[Mapping[str, Any]],
    how: str,
    tables: Sequence[TextTable],
    also: Mapping[str, Any] | None = None,
) -> None:
    """Write proposed events to stdout.

    Parameters
    ----------
    rows : sequence of dict
        Rows of the event schema with ``confidence`` and ``evidence``.
    how : str
        JSON: a list of objects; with `also` an object that has them under ``events``.
    tables : sequence of TextTable
        Their form for a reader.
    also : mapping, optional
        What JSON has beside the events.
    """
    if how == "json":
        from eventstudy.study.envelope import to_json

        write(to_json({"events": list(rows), **also} if also else list(rows)))
    elif how in {"table", "latex"}:
        for table in tables:
            show(table, how=how)
    else:
        import pandas as pd

        from eventstudy.events.schema import COLUMNS

        further = [name for row in rows[:1] for name in row if name not in COLUMNS] or ["confidence", "evidence"]
        emit(pd.DataFrame([flat(row) for row in rows], columns=[*COLUMNS, *further]), how)


def append_proposed(rows: Sequence[Mapping[str, Any]], path: Path) -> str:
    """Add proposed events to an event file; those it has already are left out.

    Parameters
    ----------
    rows : sequence of dict
        Rows of the event schema with ``confidence`` and ``evidence``.
    path : Path
        A CSV; made if it is not there, written whole or not at all.

    Returns
    -------
    str
        What was done, for stderr.
    """
    from eventstudy.events.merging import append_events
    from eventstudy.events.schema import read_events
    from eventstudy.files import locked, write_files
    from eventstudy.markets.fetch import default_folder
    from eventstudy.study.envelope import to_csv

    added = 0
    if rows:
        # Two who add at once would each write what the other has not read; the lock leaves nothing beside the file.
        with locked(default_folder() / "appending"):
            known = read_events(path) if path.is_file() else None
            events, added = append_events(known, [flat(row) for row in rows], path.name)
            if added:
                write_files(path.parent, {path.name: to_csv(events).encode()})
    there = len(rows) - added
    what = "proposed events" if all(row["status"] == "proposed" for row in rows) else "events"
    return f"{path.name}: {added} {what} added" + (f", {there} were there already" if there else "")
