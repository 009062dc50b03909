"""`eventstudy series import`: a price file of any layout, as it is understood, and clean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli.options import (
    DATA,
    OUTPUT,
    ColumnOption,
    DecimalOption,
    Format,
    FormatOption,
    MapOption,
    OneTimeFormatOption,
    QuietOption,
    SheetOption,
)
from eventstudy.cli.sources import pairs_of
from eventstudy.cli.study_options import Figures

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.cli.output import TextTable

#: Rows shown from either end of a table.
_ENDS = 3


def ends_view(frame: pd.DataFrame, title: str) -> TextTable:
    """Show the first and the last three rows of a table as they were understood."""
    from eventstudy.cli.output import TextTable, cell

    def shown(value: object) -> str:
        return f"{value:.10g}" if isinstance(value, float) and value == value else cell(value)  # noqa: PLR0124  # NaN

    times = frame.iloc[:, 0]
    dates = [str(time).removesuffix(" 00:00:00") for time in times]
    ends = range(len(frame)) if len(frame) <= 2 * _ENDS else [*range(_ENDS), *range(len(frame) - _ENDS, len(frame))]
    rows = [(dates[k], *map(shown, frame.iloc[k, 1:])) for k in ends]
    if len(frame) > 2 * _ENDS:
        rows.insert(_ENDS, ("...", *[""] * (frame.shape[1] - 1)))
    columns = tuple(map(str, frame))
    text = tuple(name for name in columns if frame[name].dtype != float)
    return TextTable(title, columns, tuple(rows), left=text)


def import_series(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="CSV, Excel or Parquet of any usual layout; - for stdin.")
    ],
    figures: Annotated[
        Figures, typer.Option("--figures", help="What the file holds; bars by the end that labels them.")
    ] = Figures.prices,
    map: MapOption = None,  # noqa: A002  # the name of the option
    time_format: OneTimeFormatOption = None,
    decimal: DecimalOption = None,
    column: ColumnOption = None,
    sheet: SheetOption = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="What its one market is called.", rich_help_panel=DATA)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Write the clean file here: CSV or Parquet.", rich_help_panel=OUTPUT
        ),
    ] = None,
    how: FormatOption = Format.table,
    quiet: QuietOption = False,
) -> None:
    """Show the first and last three rows of a price file as they are understood, and write it clean."""
    from eventstudy.cli.output import emit, warn
    from eventstudy.cli.series_fetch import write_prices
    from eventstudy.errors import DesignError
    from eventstudy.markets.identity import FILE
    from eventstudy.markets.prices import read_prices

    kind = "bars" if figures.value.startswith("bars") else figures.value
    prices = read_prices(
        file,
        figures=kind,  # type: ignore[arg-type]
        map=pairs_of(map, "--map"),
        time_format=time_format,
        decimal=decimal,
        column=column,
        sheet=sheet,
    )
    warn([prices.attrs["read"]], quiet=quiet)
    if name is not None:
        if prices.shape[1] > 1:
            raise DesignError(f"--name is for a file of one market; it has: {', '.join(str(name) for name in prices)}")
        prices = prices.set_axis([name], axis=1)
    elif FILE in prices.attrs["layout"].values():  # in the clean file too nothing names its one market
        prices = prices.set_axis([{"returns": "return", "volumes": "volume"}.get(kind, "close")], axis=1)
    table = prices.reset_index()
    if out is not None:
        write_prices(table, out)
    emit(table, how, ends_view(table, f"{Path(file).name}, as understood"))
