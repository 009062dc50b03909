"""`eventstudy brief`: today's articles, and what markets did after such events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.cli.events_extract import ARTICLES
from eventstudy.cli.options import OUTPUT, SHARED, Asked, Option, command
from eventstudy.cli.output import bar, warn, write
from eventstudy.cli.sources import ALL_CASES, read_sources
from eventstudy.window import Window, span

if TYPE_CHECKING:
    from eventstudy.report.brief import Brief

#: Markets shown unless told otherwise: those of them that have figures.
SERIES = "ruble,brent,wti,em-bonds,imoex"


@command(
    *(option for name, option in ARTICLES.items() if name not in {"source", "everything", "append"}),
    "case events prices",
    SHARED["series"]._replace(
        default=SERIES, help="Markets, separated by commas; after 1 March 2022 ruble-cbr for ruble."
    ),
    SHARED["windows"]._replace(default=("0:0", "0:5")),
    Option("last", "--last N", "whole", 10, "How many past events at most."),
    "provider refresh offline",
    Option(
        "how",
        "--format KIND",
        "text",
        "text",
        "How the page is written: text, markdown, html or json.",
        OUTPUT,
        allowed=("text", "markdown", "html", "json"),
    ),
    "quiet",
)
def brief(asked: Asked) -> None:
    """Say what articles tell, who raised or folded, and what markets did after the most similar events of the past.

    Without --case and --events the bundled events and figures serve.
    """
    from eventstudy.cli.events_extract import read_articles
    from eventstudy.markets.bundled import series_labels
    from eventstudy.report.brief import make_brief

    found, day, notes = read_articles(asked)
    windows = asked.windows or ["0:0", "0:5"]
    if asked.series == SERIES.split(","):
        if asked.prices is not None:
            asked.series = None
        elif asked.case is None and asked.events is None and day[:10] > str(series_labels()["ecb-usd-rub"].last):
            # The ECB stopped its rate there; the Bank of Russia's goes on, as an instrument of its own.
            asked.series = SERIES.replace("ruble", "ruble-cbr").split(",")
    sources = read_sources(
        asked,
        case=ALL_CASES if asked.case is None and asked.events is None else None,
        span=span((Window(-130, -11), *map(Window.parse, windows))),
    )
    with bar("Looking at past events", quiet=asked.quiet):
        made = make_brief(
            found,
            day,
            sources.events,
            sources.prices,
            instruments=sources.instruments,
            series=sources.series,
            windows=windows,
            last=asked.last,
        )
    _write(made, asked.how)
    warn([*notes, *sources.notes], quiet=asked.quiet)


def _write(made: Brief, how: str) -> None:
    from eventstudy.report import brief_pages as pages

    if how == "json":
        from eventstudy.study.envelope import to_json

        write(to_json(pages.brief_values(made)))
    else:
        writers = {"text": pages.brief_text, "markdown": pages.brief_markdown, "html": pages.brief_html}
        write(writers[how](made))
