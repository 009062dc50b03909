"""`eventstudy series cache`: what was fetched and is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli.options import Format, FormatOption, names

if TYPE_CHECKING:
    from eventstudy.markets.cache import Entry

_COLUMNS = (
    *("provider", "series", "symbol", "prices"),
    *("asked_first", "asked_last", "first", "last"),
    *("rows", "revised"),
)

app = typer.Typer(
    help="The cache of fetched prices.", no_args_is_help=True, epilog="Example: eventstudy series cache list"
)


@app.command("list", epilog="Example: eventstudy series cache list")
def list_cache(how: FormatOption = Format.table) -> None:
    """List what is kept: whose figures, which dates, and how many of them were revised since."""
    import pandas as pd

    from eventstudy.cli.output import emit, warn
    from eventstudy.cli.views import frame_view
    from eventstudy.markets.cache import Store, default_folder

    folder = default_folder()
    rows, damaged = [], []
    for entry in Store(folder).entries():
        if isinstance(entry, str):
            damaged.append(f"{entry}; fetch it again, or clear it")
            continue
        rows.append(_row(entry))
    columns = list(_COLUMNS)
    frame = pd.DataFrame(rows, columns=columns)
    emit(frame, how, frame_view(frame, f"Cached prices in {folder}", columns))
    warn(damaged)


def _row(entry: Entry) -> tuple[str | int, ...]:
    """Return what is known of one cached series, in the order of the columns."""
    key, days = entry.key, entry.prices.index
    return (
        *(key.provider, key.instrument, key.symbol, "adjusted" if key.adjusted else "as traded"),
        *(entry.first.isoformat(), entry.last.isoformat(), f"{days[0]:%Y-%m-%d}", f"{days[-1]:%Y-%m-%d}"),
        *(len(entry.prices), len(entry.revisions)),
    )


@app.command("clear", epilog="Example: eventstudy series cache clear ruble,brent")
def clear_cache(
    series: Annotated[
        str | None, typer.Argument(metavar="[A,B]", help="Instruments by name, alias or ticker; default all.")
    ] = None,
) -> None:
    """Remove what is kept, of some instruments or all of it."""
    from eventstudy.cli.output import write
    from eventstudy.markets.cache import Store, default_folder
    from eventstudy.markets.providers.protocol import find

    chosen = names(series)
    removed = Store(default_folder()).clear(None if chosen is None else {find(word).name for word in chosen})
    write(f"Removed: {', '.join(removed)}\n" if removed else "There was nothing to remove.\n")
