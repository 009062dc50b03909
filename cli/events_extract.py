"""`eventstudy events extract` and `score`: articles to proposed events, and how good the stance coder is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.options import DATA, OUTPUT, Format, FormatOption, QuietOption

if TYPE_CHECKING:
    from eventstudy.news.text.proposals import Extraction, ProposedEvent
    from eventstudy.news.text.scoring import Score

Articles = Annotated[list[str], typer.Argument(metavar="FILE...|-", help="Articles, text or HTML; - is stdin.")]
LexiconOption = Annotated[
    Path | None, typer.Option("--lexicon", metavar="FILE", help="Phrases of your own (TOML).", rich_help_panel=DATA)
]


def extract(
    articles: Articles,
    published: Annotated[
        str | None,
        typer.Option("--published", metavar="DATE", help="When they came out, e.g. 2022-01-27.", rich_help_panel=DATA),
    ] = None,
    zone: Annotated[
        str | None, typer.Option("--zone", metavar="NAME", help="Zone of their weekdays.", rich_help_panel=DATA)
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="TEXT", help="Name of the source.", rich_help_panel=DATA)
    ] = None,
    lexicon: LexiconOption = None,
    actors: Annotated[
        Path | None, typer.Option("--actors", metavar="FILE", help="Actors of your own (TOML).", rich_help_panel=DATA)
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also show what was set aside, and why.", rich_help_panel=OUTPUT)
    ] = False,
    append: Annotated[
        Path | None,
        typer.Option("--append", metavar="EVENTS.csv", help="Add them as proposed rows.", rich_help_panel=OUTPUT),
    ] = None,
    how: FormatOption = Format.table,
    quiet: QuietOption = False,
) -> None:
    """Read articles and propose the dated events they tell of, each with its evidence."""
    from eventstudy.news.text.actors import read_actors
    from eventstudy.news.text.extract import extract_all, extract_events
    from eventstudy.news.text.lexicon import read_lexicon

    book = read_lexicon(lexicon) if lexicon else None
    table = read_actors(actors) if actors else None
    read = []
    for name in articles:
        text, given = _article(name, published)
        read.append(extract_events(text, given, zone, source or _source_of(name), lexicon=book, actors=table))
    found = extract_all(read, book)
    if append:
        _append(found, append, quiet=quiet)
    _write(found, how, everything=everything)


def score(
    labelled: Annotated[Path, typer.Argument(metavar="LABELLED.csv", help="Columns text and label.")],
    lexicon: LexiconOption = None,
    how: FormatOption = Format.table,
) -> None:
    """Score the stance coder on labelled sentences: accuracy, F1, confusion, accuracy against coverage."""
    from eventstudy.cli.output import emit
    from eventstudy.cli.views import frame_view
    from eventstudy.errors import InputError
    from eventstudy.news.text.lexicon import read_lexicon
    from eventstudy.news.text.scoring import score_stance
    from eventstudy.textfile import read_cells

    cells = read_cells(labelled)
    for column in ("text", "label"):
        if column not in cells:
            raise InputError(f"{labelled.name} has no column '{column}'; it needs text and label")
    book = read_lexicon(lexicon) if lexicon else None
    result = score_stance(cells["text"].tolist(), cells["label"].tolist(), book)
    frame = _score_frame(result)
    emit(frame, how, frame_view(frame, f"Stance on {result.n} sentences of {labelled.name}", list(frame.columns)))


def _article(name: str, published: str | None) -> tuple[str, str | None]:
    """Return an article's text and publication time."""
    from eventstudy.errors import DataMissingError
    from eventstudy.news.text.html import is_html, read_page
    from eventstudy.textfile import read_text

    if name != "-" and not Path(name).is_file():
        raise DataMissingError(f"no article '{name}'; give a text or HTML file, or - for stdin")
    text = sys.stdin.read() if name == "-" else read_text(Path(name))
    if not is_html(text):
        return text, published
    page = read_page(text, _source_of(name))
    return page.text, published or page.published or None


def _source_of(name: str) -> str:
    return "stdin" if name == "-" else Path(name).name


def _write(found: Extraction, how: Format, *, everything: bool) -> None:
    import pandas as pd

    from eventstudy.cli.output import show, write
    from eventstudy.study.envelope import to_csv, to_json

    rows = found.records()
    aside = [_aside_row(found, k) for k in range(len(found.set_aside))] if everything else []
    if how == "json":
        write(to_json({"events": rows, "set_aside": aside} if everything else rows))
    elif how == "csv":
        from eventstudy.news.schema import COLUMNS

        frame = pd.DataFrame([_flat(row) for row in rows], columns=[*COLUMNS, "confidence", "evidence"])
        write(to_csv(frame))
    else:
        for table in _tables(found, everything=everything):
            show(table)


def _aside_row(found: Extraction, k: int) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(found.set_aside[k])


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Write the evidence of a row as JSON, so that it fits a cell."""
    import json

    return {**row, "evidence": json.dumps(row["evidence"], ensure_ascii=False)}


def _tables(found: Extraction, *, everything: bool) -> list[Any]:
    from eventstudy.cli.output import TextTable

    columns = ("time", "actor", "target", "kind", "stance", "confidence", "because", "headline")
    rows = tuple(
        (event.time, event.actor, event.target, event.kind, event.stance, f"{event.confidence:.2f}", _why(event),
         event.headline) for event in found.events
    )  # fmt: skip
    notes = (
        "Proposals, to be confirmed by a person. because: what counted most; --format json has all, with offsets.",
        f"{len(found.set_aside)} passages set aside" + ("." if everything else "; --all shows them with the reason."),
    )
    left = tuple(name for name in columns if name != "confidence")
    tables = [TextTable("Proposed events", columns, rows, left, notes)]
    if everything:
        from eventstudy.news.text.proposals import headline_of

        passages = tuple((one.reason, one.source, headline_of(one.text)) for one in found.set_aside)
        names = ("reason", "source", "passage")
        tables.append(TextTable("Set aside", names, passages, names))
    return tables


def _why(event: ProposedEvent) -> str:
    counted = sorted((one for one in event.evidence if one.stance), key=lambda one: -one.weight)
    return "; ".join(f"{' '.join(one.text.split())} ({one.stance})" for one in counted[:2])


def _append(found: Extraction, path: Path, *, quiet: bool) -> None:
    """Add the events with a day to an event file; those it has already are left out."""
    import pandas as pd

    from eventstudy.atomic import write_files
    from eventstudy.cli.output import warn
    from eventstudy.news.files import read_events
    from eventstudy.news.schema import check_events
    from eventstudy.study.envelope import to_csv

    ready = [_flat(event.record()) for event in found.events if event.has_day]
    vague = [event for event in found.events if not event.has_day]
    known = read_events(path) if path.is_file() else None
    if known is not None:
        there = set(zip(known["time"].str[:10], known["actor"], known["kind"], known["headline"], strict=True))
        ready = [row for row in ready if (row["time"], row["actor"], row["kind"], row["headline"]) not in there]
    if ready:
        new = pd.DataFrame(ready)
        both = new if known is None else pd.concat([known.astype(object), new.astype(object)], ignore_index=True)
        checked = check_events(both.fillna(""), path.name)
        write_files(path.parent, {path.name: to_csv(checked).encode()})
    lines = [f"{path.name}: {len(ready)} proposed events added"]
    lines += [f"not added, its day is not known ({event.time}): {event.headline}" for event in vague]
    warn(lines, quiet=quiet)


def _score_frame(result: Score) -> Any:
    import pandas as pd

    rows = [
        ("accuracy", "", result.accuracy),
        ("macro F1", "", result.macro_f1),
        ("accuracy of always the commonest label", "", result.always),
        *(("label -> reading, sentences", f"{a} -> {b}", float(n)) for a, b, n in result.confusion),
        *(("accuracy on the surest", f"{100 * share:.0f} %", value) for share, value in result.coverage),
    ]
    return pd.DataFrame([(what, of, round(value, 4)) for what, of, value in rows], columns=["what", "of", "value"])
