"""`eventstudy events extract`, `events score`, `brief`: articles to proposed events, and what markets did after."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.cli.app import SHARED, command
from eventstudy.cli.asked import ALL_CASES, Asked
from eventstudy.cli.output import TextTable, write
from eventstudy.cli.views import table_of
from eventstudy.errors import DataMissingError, InputError
from eventstudy.options import DATA, OUTPUT, REQUIRED, Option, table
from eventstudy.window import Window, span

if TYPE_CHECKING:
    from eventstudy.news.extract import Extraction

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

#: Markets of a brief unless told otherwise: those of them that have figures.
_MARKETS = "ruble,brent,wti,em-bonds,imoex"


@command(*ARTICLES.values(), "how quiet")
def extract(asked: Asked) -> None:
    """Read articles or lists of headlines and propose the dated events in them, each with its evidence.

    Example: eventstudy events extract article.txt --published 2022-01-27
    """
    from collections import Counter
    from dataclasses import asdict

    from eventstudy.news.extract import headline_of

    found, _ = _read_articles(asked)
    if asked.append:
        done = append_proposed([event.record() for event in found.events if event.has_day], asked.append)
        vague = [event for event in found.events if not event.has_day]
        asked.notes += [done, *(f"not added, its day is not known ({one.time}): {one.headline}" for one in vague)]
    rows = []
    for event in found.events:
        counted = sorted((one for one in event.evidence if one.stance), key=lambda one: -one.weight)
        because = "; ".join(f"{' '.join(one.text.split())} ({one.stance})" for one in counted[:2])
        rows.append({**vars(event), "because": because})
    counts = ", ".join(f"{n} {reason}" for reason, n in Counter(one.reason for one in found.set_aside).most_common())
    aside = f"{len(found.set_aside)} passages set aside" + (f" ({counts})" if counts else "")
    tables = [table_of(rows, "extracted", aside=f"{aside}{'.' if asked.everything else '; --all shows them.'}")]
    if asked.everything:
        passages = [{**vars(one), "passage": headline_of(one.text)} for one in found.set_aside]
        tables.append(table_of(passages, "passages"))
    put_proposed(asked, found.records(), tables, [asdict(one) for one in found.set_aside])


def _read_articles(asked: Asked) -> tuple[Extraction, str]:
    """Read articles; return what they tell, and when the last came out. What a reader should know goes to the notes."""
    from eventstudy.files import read_text
    from eventstudy.news.extract import extract_all, extract_events
    from eventstudy.news.pages import is_html, read_page

    said = vars(asked)
    how = own_words(asked) | {"headlines": said["headlines"]}
    read, dates, asked.notes = [], [], []
    for name in asked.articles:
        if name != "-" and not Path(name).is_file():
            raise DataMissingError(f"no article '{name}'; give a text or HTML file, or - for stdin")
        source = "stdin" if name == "-" else Path(name).name
        text, published = sys.stdin.read() if name == "-" else read_text(Path(name)), asked.published
        if is_html(text):
            page = read_page(text, source)
            text, published = page.text, published or page.published or None
            if not asked.published and page.found not in {"", "meta tags"}:
                asked.notes.append(f"{source}: published {page.published} by {page.found}; --published says otherwise")
        read.append(extract_events(text, published, asked.zone, said.get("source") or source, **how))
        dates.append(published or max((event.published_at for event in read[-1].events), default=""))
    found = extract_all(read)
    if differ := [event for event in found.events if "the bundled coder" in event.note]:
        n = f"{len(differ)} of {len(found.events)}"
        asked.notes.append(f"the coders differ on {n} events; the first: {differ[0].note}")
    if void := sum(one.reason == "void" for one in found.set_aside):
        told = f"{void} passages set aside: the coder gave no answer that counts (--all of events extract)"
        asked.notes.append(told)
    return found, max(dates)


def own_words(asked: Asked) -> dict[str, Any]:
    """Return the lexicon, the actors and the coder of the user's own; None where there is none."""
    from eventstudy.news.coder import read_coder
    from eventstudy.news.vocabulary import read_actors, read_lexicon

    own, said = {"lexicon": read_lexicon, "actors": read_actors}, vars(asked)
    found = {name: read(said[name]) if said[name] else None for name, read in own.items() if name in said}
    if "coder" in said:
        how = {"model": asked.model, "allow_remote": asked.allow_remote}
        found["coder"] = read_coder(asked.coder, **how) if asked.coder else None
    return found


@command(
    Option("labelled", "LABELLED.csv", "path", REQUIRED, "Columns text and label."),
    *(ARTICLES[name] for name in ("lexicon", "coder", "model", "allow_remote")),
    "how",
)
def score(asked: Asked) -> None:
    """Score the stance coder on labelled sentences: accuracy, F1, confusion, accuracy against coverage.

    Example: eventstudy events score labelled.csv
    """
    import pandas as pd

    from eventstudy.files import read_table
    from eventstudy.news.coder import score_stance

    cells, _ = read_table(asked.labelled)
    for column in ("text", "label"):
        if column not in cells:
            raise InputError(f"{asked.labelled.name} has no column '{column}'; it needs text and label")
    result = score_stance(cells["text"].tolist(), cells["label"].tolist(), **own_words(asked))
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
    frame = pd.DataFrame([(what, of, round(value, 4)) for what, of, value in rows], columns=["what", "of", "value"])
    asked.put(frame, table_of(frame, "score", n=result.n, file=asked.labelled.name))


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Write the evidence of a row as JSON, so that it fits a cell."""
    import json

    return {**row, "evidence": json.dumps(row["evidence"], ensure_ascii=False)} if "evidence" in row else dict(row)


def put_proposed(
    asked: Asked, rows: Sequence[Mapping[str, Any]], tables: Sequence[TextTable], set_aside: Sequence[Any], **more: Any
) -> None:
    """Write proposed events to stdout; JSON of ``--all`` has beside them what was set aside, and more."""
    import pandas as pd

    from eventstudy.events.schema import COLUMNS

    further = [name for row in rows[:1] for name in row if name not in COLUMNS] or ["confidence", "evidence"]
    frame = pd.DataFrame([flat(row) for row in rows], columns=[*COLUMNS, *further])
    values = {"events": list(rows), "set_aside": list(set_aside), **more} if asked.everything else list(rows)
    asked.put(frame, *tables, values=lambda: values)


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


@command(
    *(option for name, option in ARTICLES.items() if name not in {"source", "everything", "append"}),
    "case events prices",
    SHARED["series"]._replace(
        default=_MARKETS, help="Markets, separated by commas; after 1 March 2022 ruble-cbr for ruble."
    ),
    SHARED["windows"]._replace(default=("0:0", "0:5")),
    Option("last", "--last N", "whole", 10, "How many past events at most."),
    "provider refresh offline",
    Option("how", "--format KIND", "text", "text", "How the page is written: text, markdown, html or json.", OUTPUT,
           allowed=("text", "markdown", "html", "json")),
    "quiet",
)  # fmt: skip
def brief(asked: Asked) -> None:
    """Say what articles tell, who raised or folded, and what markets did after the most similar events of the past.

    Without --case and --events the bundled events and figures serve.

    Example: eventstudy brief article.txt --published 2022-01-27
    """
    from eventstudy.markets.bundled import series_labels
    from eventstudy.report import brief as pages
    from eventstudy.report.brief import make_brief
    from eventstudy.study.envelope import to_json

    found, day = _read_articles(asked)
    notes, windows = asked.notes, asked.windows or ["0:0", "0:5"]
    case = ALL_CASES if asked.case is None and asked.events is None else None
    if asked.series == _MARKETS.split(","):
        if asked.prices is not None:
            asked.series = None
        elif case and day[:10] > str(series_labels()["ecb-usd-rub"].last):
            # The ECB stopped its rate there; the Bank of Russia's goes on, as an instrument of its own.
            asked.series = _MARKETS.replace("ruble", "ruble-cbr").split(",")
    sources = asked.read(case=case, span=span((Window(-130, -11), *map(Window.parse, windows))))
    asked.notes = [*notes, *sources.notes]
    given = {"instruments": sources.instruments, "series": sources.series, "windows": windows, "last": asked.last}
    with asked.bar("Looking at past events"):
        made = make_brief(found, day, sources.events, sources.prices, **given)
    writers = {"text": pages.brief_text, "markdown": pages.brief_markdown, "html": pages.brief_html}
    write(to_json(pages.brief_values(made)) if asked.how == "json" else writers[asked.how](made))
