"""`eventstudy brief`: today's articles, and what markets did after such events."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli.events_extract import (
    ActorsOption,
    Articles,
    LexiconOption,
    PublishedOption,
    ZoneOption,
)
from eventstudy.cli.fetching import OfflineOption, ProviderChoice, RefreshOption
from eventstudy.cli.options import CHOICES, OUTPUT, CaseOption, EventsOption, PricesOption, QuietOption, names

if TYPE_CHECKING:
    from eventstudy.report.brief import Brief

#: Markets shown unless told otherwise: those of them that have figures.
SERIES = "ruble,brent,wti,em-bonds,imoex"


class Page(StrEnum):
    """How the page is written."""

    text = "text"
    markdown = "markdown"
    html = "html"
    json = "json"


def brief(
    articles: Articles,
    published: PublishedOption = None,
    zone: ZoneOption = None,
    lexicon: LexiconOption = None,
    actors: ActorsOption = None,
    case: CaseOption = None,
    events: EventsOption = None,
    prices: PricesOption = None,
    series: Annotated[
        str, typer.Option("--series", metavar="A,B", help="Markets, separated by commas.", rich_help_panel=CHOICES)
    ] = SERIES,
    window: Annotated[
        list[str] | None,
        typer.Option("--window", metavar="A:B", help="Event window; repeatable.", rich_help_panel=CHOICES),
    ] = None,
    last: Annotated[
        int, typer.Option("--last", metavar="N", help="How many past events at most.", rich_help_panel=CHOICES)
    ] = 10,
    provider: ProviderChoice = None,
    refresh: RefreshOption = False,
    offline: OfflineOption = False,
    how: Annotated[Page, typer.Option("--format", help="How the page is written.", rich_help_panel=OUTPUT)] = Page.text,
    quiet: QuietOption = False,
) -> None:
    """Say what articles tell, who raised or folded, and what markets did after the most similar events of the past.

    Without --case and --events the bundled events and figures serve.
    """
    from eventstudy.cli.events_extract import read_articles
    from eventstudy.cli.output import warn
    from eventstudy.cli.sources import ALL_CASES, Fetching, read_sources
    from eventstudy.report.brief import make_brief
    from eventstudy.window import Window, span

    found, day, notes = read_articles(articles, published, zone, lexicon, actors)
    windows = window or ["0:0", "0:5"]
    sources = read_sources(
        ALL_CASES if case is None and events is None else case,
        events,
        prices,
        names(series) if prices is None or series != SERIES else None,
        span=span((Window(-130, -11), *map(Window.parse, windows))),
        fetching=Fetching(provider, refresh=refresh, offline=offline, quiet=quiet),
    )
    made = make_brief(
        found,
        day,
        sources.events,
        sources.prices,
        instruments=sources.instruments,
        series=sources.series,
        windows=windows,
        last=last,
    )
    _write(made, how)
    warn([*notes, *sources.notes], quiet=quiet)


def _write(made: Brief, how: Page) -> None:
    from eventstudy.cli.output import write
    from eventstudy.report import brief_pages as pages

    if how == "json":
        from eventstudy.study.envelope import to_json

        write(to_json(pages.brief_values(made)))
    else:
        writers = {"text": pages.brief_text, "markdown": pages.brief_markdown, "html": pages.brief_html}
        write(writers[how.value](made))
