"""`eventstudy events extract` and `score`: articles to proposed events, and how good the stance coder is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.options import DATA, Format, FormatOption, QuietOption
from eventstudy.cli.proposed import AllOption, AppendOption

if TYPE_CHECKING:
    from eventstudy.news.coder import Coder
    from eventstudy.news.proposals import Extraction, ProposedEvent
    from eventstudy.news.scoring import Score

Articles = Annotated[list[str], typer.Argument(metavar="FILE...|-", help="Articles, text or HTML; - is stdin.")]
LexiconOption = Annotated[
    Path | None, typer.Option("--lexicon", metavar="FILE", help="Phrases of your own (TOML).", rich_help_panel=DATA)
]

ActorsOption = Annotated[
    Path | None, typer.Option("--actors", metavar="FILE", help="Actors of your own (TOML).", rich_help_panel=DATA)
]

CoderOption = Annotated[
    str | None,
    typer.Option(
        "--coder",
        metavar="SPEC",
        help="Your own coder: 'cmd: my-coder' or http://127.0.0.1:PORT/v1.",
        rich_help_panel=DATA,
    ),
]
ModelOption = Annotated[
    str, typer.Option("--model", metavar="NAME", help="Model at the coder's address.", rich_help_panel=DATA)
]
RemoteOption = Annotated[
    bool, typer.Option("--allow-remote", help="Let texts go to a coder on another machine.", rich_help_panel=DATA)
]

PublishedOption = Annotated[
    str | None,
    typer.Option("--published", metavar="DATE", help="When they came out, e.g. 2022-01-27.", rich_help_panel=DATA),
]
ZoneOption = Annotated[
    str | None, typer.Option("--zone", metavar="NAME", help="Zone of their weekdays.", rich_help_panel=DATA)
]
HeadlinesOption = Annotated[
    bool | None,
    typer.Option(
        "--headlines/--prose",
        help="Each line is a headline, or none is; default: found from the lines.",
        rich_help_panel=DATA,
        show_default=False,
    ),
]


def extract(
    articles: Articles,
    published: PublishedOption = None,
    zone: ZoneOption = None,
    headlines: HeadlinesOption = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="TEXT", help="Name of the source.", rich_help_panel=DATA)
    ] = None,
    lexicon: LexiconOption = None,
    actors: ActorsOption = None,
    coder: CoderOption = None,
    model: ModelOption = "",
    allow_remote: RemoteOption = False,
    everything: AllOption = False,
    append: AppendOption = None,
    how: FormatOption = Format.table,
    quiet: QuietOption = False,
) -> None:
    """Read articles or lists of headlines and propose the dated events in them, each with its evidence."""
    from eventstudy.cli.output import warn
    from eventstudy.news.coder import read_coder

    other = read_coder(coder, model=model, allow_remote=allow_remote) if coder else None
    found, _, notes = read_articles(
        articles, published, zone, lexicon, actors, source=source, coder=other, headlines=headlines
    )
    warn(notes, quiet=quiet)
    if append:
        _append(found, append, quiet=quiet)
    _write(found, how, everything=everything)


def read_articles(
    articles: list[str],
    published: str | None,
    zone: str | None,
    lexicon: Path | None,
    actors: Path | None,
    *,
    source: str | None = None,
    coder: Coder | None = None,
    headlines: bool | None = None,
) -> tuple[Extraction, str, list[str]]:
    """Read articles; return what they tell, when the last of them came out, and what a reader should know of that."""
    from eventstudy.news.actors import read_actors
    from eventstudy.news.extract import extract_all, extract_events
    from eventstudy.news.lexicon import read_lexicon

    book = read_lexicon(lexicon) if lexicon else None
    table = read_actors(actors) if actors else None
    read, dates, notes = [], [], []
    for name in articles:
        text, given, note = _article(name, published)
        named = source or _source_of(name)
        read.append(
            extract_events(text, given, zone, named, headlines=headlines, lexicon=book, actors=table, coder=coder)
        )
        dates.append(given or max((event.published_at for event in read[-1].events), default=""))
        notes += [note] if note else []
    return extract_all(read), max(dates), notes


def score(
    labelled: Annotated[Path, typer.Argument(metavar="LABELLED.csv", help="Columns text and label.")],
    lexicon: LexiconOption = None,
    coder: CoderOption = None,
    model: ModelOption = "",
    allow_remote: RemoteOption = False,
    how: FormatOption = Format.table,
) -> None:
    """Score the stance coder on labelled sentences: accuracy, F1, confusion, accuracy against coverage."""
    from eventstudy.cli.output import emit
    from eventstudy.cli.views import frame_view
    from eventstudy.errors import InputError
    from eventstudy.files import read_table
    from eventstudy.news.coder import read_coder
    from eventstudy.news.lexicon import read_lexicon
    from eventstudy.news.scoring import score_stance

    cells, _ = read_table(labelled)
    for column in ("text", "label"):
        if column not in cells:
            raise InputError(f"{labelled.name} has no column '{column}'; it needs text and label")
    book = read_lexicon(lexicon) if lexicon else None
    other = read_coder(coder, model=model, allow_remote=allow_remote) if coder else None
    result = score_stance(cells["text"].tolist(), cells["label"].tolist(), book, coder=other)
    frame = _score_frame(result)
    emit(frame, how, frame_view(frame, f"Stance on {result.n} sentences of {labelled.name}", list(frame.columns)))


def _article(name: str, published: str | None) -> tuple[str, str | None, str]:
    """Return an article's text, its publication time, and where that was found if it is not sure."""
    from eventstudy.errors import DataMissingError
    from eventstudy.files import read_text
    from eventstudy.news.html import is_html, read_page

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


def _write(found: Extraction, how: Format, *, everything: bool) -> None:
    from dataclasses import asdict

    from eventstudy.cli.proposed import write_proposed

    aside = {"set_aside": [asdict(one) for one in found.set_aside]} if everything else None
    write_proposed(found.records(), how, _tables(found, everything=everything), aside)


def _tables(found: Extraction, *, everything: bool) -> list[Any]:
    from eventstudy.cli.output import TextTable

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
        from eventstudy.news.proposals import headline_of

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


def _append(found: Extraction, path: Path, *, quiet: bool) -> None:
    """Add the events with a day to an event file."""
    from eventstudy.cli.output import warn
    from eventstudy.cli.proposed import append_proposed

    done = append_proposed([event.record() for event in found.events if event.has_day], path)
    vague = [event for event in found.events if not event.has_day]
    warn([done, *(f"not added, its day is not known ({one.time}): {one.headline}" for one in vague)], quiet=quiet)


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
