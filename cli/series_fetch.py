"""`eventstudy series fetch`: prices from a provider, to stdout and to a file."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli.fetching import (
    AdjustedOption,
    FirstOption,
    LastOption,
    OfflineOption,
    ProviderName,
    ProviderOption,
    RefreshOption,
)
from eventstudy.cli.options import OUTPUT, Format, FormatOption, QuietOption, names

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.cli.output import TextTable
    from eventstudy.markets.providers import Fetched

_PARQUET = {".parquet", ".pq"}


def fetch(
    series: Annotated[
        str, typer.Argument(metavar="A,B", help="Instruments by name, alias or ticker; yahoo:AAPL for any other.")
    ],
    first: FirstOption,
    last: LastOption,
    provider: ProviderOption = ProviderName.auto,
    adjusted: AdjustedOption = False,
    refresh: RefreshOption = False,
    offline: OfflineOption = False,
    how: FormatOption = Format.table,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Also write the prices here: .csv or .parquet.", rich_help_panel=OUTPUT
        ),
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Fetch prices; what was fetched before comes from the cache."""
    from eventstudy.cli.fetching import fetch_watched
    from eventstudy.cli.output import emit, warn

    fetched = fetch_watched(
        names(series) or [],
        first,
        last,
        provider=provider,
        adjusted=adjusted,
        refresh=refresh,
        offline=offline,
        quiet=quiet,
    )
    prices = fetched.prices.reset_index()
    if out is not None:
        write_prices(prices, out)
    emit(prices, how, summary(fetched, f"Prices, {first} .. {last}"))
    warn(fetched.notes, quiet=quiet)


def write_prices(prices: pd.DataFrame, path: Path) -> None:
    """Write a price file that `--prices` reads: CSV, or Parquet where the ending says so."""
    from eventstudy.errors import InputError
    from eventstudy.files import write_files
    from eventstudy.study.envelope import to_csv

    if path.suffix.lower() not in _PARQUET:
        write_files(path.parent, {path.name: to_csv(prices).encode()})
        return
    written = BytesIO()
    try:
        prices.to_parquet(written, index=False)
    except ImportError:
        raise InputError("writing Parquet needs pyarrow: pip install 'raise-or-fold[parquet]'") from None
    write_files(path.parent, {path.name: written.getvalue()})


def summary(fetched: Fetched, title: str) -> TextTable:
    """Show one row a series: from where, from when to when, how many, and when struck."""
    from eventstudy.cli.output import TextTable

    rows = []
    for name in map(str, fetched.prices):
        column = fetched.prices[name].dropna()
        begin, end = (f"{day:%Y-%m-%d}" for day in column.index[[0, -1]])
        stamp = fetched.instruments[name].stamp.label
        rows.append((name, fetched.sources.get(name, ""), begin, end, str(len(column)), f"{column.iloc[-1]:g}", stamp))
    columns = ("series", "from", "first", "last", "prices", "newest", "struck")
    return TextTable(title, columns, tuple(rows), left=("series", "from", "first", "last", "struck"))
