"""Options on where prices come from, and the call behind them, with a progress bar where somebody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli.options import DATA

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from eventstudy.markets.providers import Fetched
    from eventstudy.window import Window

#: Calendar days that surely hold a number of sessions: weekends, holidays, and a fortnight of closure.
_DAYS_A_SESSION = 1.6
_SPARE_DAYS = 21


class ProviderName(StrEnum):
    """Who is asked for prices."""

    auto = "auto"
    bundled = "bundled"
    yahoo = "yahoo"
    fred = "fred"


ProviderOption = Annotated[
    ProviderName,
    typer.Option(
        "--provider",
        help="Who is asked; auto: bundled figures where they cover the dates, else the network.",
        rich_help_panel=DATA,
        case_sensitive=False,
    ),
]
ProviderChoice = Annotated[
    ProviderName | None,
    typer.Option(
        "--provider",
        help="Fetch prices: auto takes bundled figures where they cover the dates, else the network.",
        rich_help_panel=DATA,
        case_sensitive=False,
    ),
]
FirstOption = Annotated[str, typer.Option("--first", metavar="DATE", help="First date.", rich_help_panel=DATA)]
LastOption = Annotated[str, typer.Option("--last", metavar="DATE", help="Last date, included.", rich_help_panel=DATA)]
AdjustedOption = Annotated[
    bool, typer.Option("--adjusted", help="Prices with dividends added back.", rich_help_panel=DATA)
]
RefreshOption = Annotated[bool, typer.Option("--refresh", help="Fetch anew what the cache has.", rich_help_panel=DATA)]
OfflineOption = Annotated[
    bool,
    typer.Option(
        "--offline", envvar="EVENTSTUDY_OFFLINE", help="Use bundled and cached figures only.", rich_help_panel=DATA
    ),
]


def fetch_watched(
    words: Sequence[str],
    first: str | date,
    last: str | date,
    *,
    provider: ProviderName = ProviderName.auto,
    adjusted: bool = False,
    refresh: bool = False,
    offline: bool = False,
    quiet: bool = False,
) -> Fetched:
    """Fetch prices; on a terminal a bar shows how far it is.

    Parameters
    ----------
    words : sequence of str
        Instruments by name, alias or ticker.
    first, last : str or date
        First and last date.
    provider, adjusted, refresh, offline
        As in `eventstudy.markets.fetch.fetch_prices`.
    quiet : bool
        No bar.

    Returns
    -------
    Fetched
        Prices, instruments and notes.
    """
    from eventstudy.errors import DesignError
    from eventstudy.markets.fetch import fetch_prices

    if refresh and offline:
        raise DesignError("--refresh fetches anew and --offline forbids it; leave one of them out")
    with _bar(len(words), quiet=quiet) as progress:
        return fetch_prices(
            words,
            first,
            last,
            provider=provider.value,
            adjusted=adjusted,
            refresh=refresh,
            offline=offline,
            progress=progress,
        )


def fetch_around(
    words: Sequence[str],
    events: pd.DataFrame,
    span: Window,
    *,
    provider: ProviderName,
    refresh: bool = False,
    offline: bool = False,
    quiet: bool = False,
) -> Fetched:
    """Fetch the prices that a study of some events needs.

    Parameters
    ----------
    words : sequence of str
        Instruments by name, alias or ticker.
    events : DataFrame
        The events table.
    span : Window
        From the first session of the estimation window to the last of the event windows, in event time.
    provider, refresh, offline, quiet
        As in `fetch_watched`.

    Returns
    -------
    Fetched
        Prices, instruments and notes.
    """
    from datetime import date, timedelta

    days = sorted(date.fromisoformat(str(time)[:10]) for time in events["time"])
    before, after = (int(_DAYS_A_SESSION * n) + _SPARE_DAYS for n in (max(0, -span.first), max(0, span.last)))
    first, last = days[0] - timedelta(days=before), days[-1] + timedelta(days=after)
    return fetch_watched(words, first, last, provider=provider, refresh=refresh, offline=offline, quiet=quiet)


@contextmanager
def _bar(total: int, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show a bar on stderr while the block runs, where stderr is a terminal; yield what moves it."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Fetching prices", total=total)
        yield lambda name: bar.update(task, advance=1, description=f"Fetching prices: {name}")
