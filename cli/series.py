"""`eventstudy series`: the instruments, the bundled figures behind them, and where others come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli import series_cache, series_check, series_fetch, series_import
from eventstudy.cli.options import Format, FormatOption

if TYPE_CHECKING:
    from eventstudy.markets.instrument import Ticker

app = typer.Typer(help="Market series: which instruments there are, and what is known of each.", no_args_is_help=True)
app.command("fetch", epilog="Example: eventstudy series fetch ruble,brent --first 2021-01-01 --last 2022-02-25")(
    series_fetch.fetch
)
app.command("check", epilog="Example: eventstudy series check wti --against brent")(series_check.check)
app.command("import", epilog="Example: eventstudy series import gazp.xlsx --out gazp.csv")(series_import.import_series)
app.add_typer(series_cache.app, name="cache")


@app.command("list", epilog="Example: eventstudy series list")
def list_series(
    everything: Annotated[bool, typer.Option("--all", help="Also those without bundled figures.")] = False,
    how: FormatOption = Format.table,
) -> None:
    """List the instruments and the bundled figures of each."""
    from eventstudy.cli.output import TextTable, cell, emit, show

    catalogue, labels = _toml("markets/instruments.toml"), _toml("datasets/catalog.toml")["series"]
    rows = [
        _facts(row["instrument"], catalogue)
        | {**{key: row[key] for key in ("first", "last", "rows", "institution")}, "series": name}
        for name, row in labels.items()
    ]
    there = {row["instrument"] for row in rows}
    rows += [_facts(name, catalogue) for name in catalogue["instruments"] if everything and name not in there]
    rows.sort(key=lambda row: (row["group"], row["instrument"], row["first"]))
    columns = ("instrument", "group", "quote", "first", "last", "rows", "series", *(["yahoo", "fred"] * everything))
    title = "Instruments" if everything else "Instruments with bundled figures"
    cells = tuple(tuple(cell(row[name]) for name in columns) for row in rows)
    table = TextTable(title=title, columns=columns, rows=cells, left=columns)
    if how == Format.table:  # pandas would take longer to load than all the rest
        show(table)
        return
    import pandas as pd

    emit(pd.DataFrame(rows, dtype=object), how, table)


def _toml(path: str) -> dict[str, Any]:
    import tomllib
    from importlib.resources import files

    folder, name = path.split("/")
    at = files(f"eventstudy.{folder}") if folder == "datasets" else files("eventstudy").joinpath(folder)
    return tomllib.loads(at.joinpath(name).read_text(encoding="utf-8"))


def _facts(name: str, catalogue: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of an instrument whoever has its figures."""
    row = catalogue["instruments"][name]
    return {
        "instrument": name,
        "label": row["label"],
        "group": row.get("group", ""),
        "quote": row.get("quote", ""),
        "orientation": row.get("orientation", 1),
        "first": "",
        "last": "",
        "rows": None,
        "stamp": catalogue["stamps"][row["stamp"]]["label"],
        "institution": "",
        "series": "",
        **{provider: row.get(provider, {}).get("symbol", "") for provider in ("yahoo", "fred")},
    }


@app.command("show", epilog="Example: eventstudy series show ruble")
def show_series(
    name: Annotated[str, typer.Argument(metavar="NAME", help="An instrument, an alias, or a bundled series.")],
    how: FormatOption = Format.table,
) -> None:
    """Show what is known of an instrument and of the bundled figures behind it."""
    import pandas as pd

    from eventstudy.cli.output import TextTable, emit
    from eventstudy.markets.bundled import series_labels
    from eventstudy.markets.instrument import find_instrument

    labels = series_labels()
    instrument = find_instrument(labels[name].instrument if name in labels else name)
    facts = {
        "instrument": instrument.name,
        "label": instrument.label,
        "group": instrument.group,
        "quote": instrument.quote,
        "up": instrument.up,
        "returns": instrument.returns,
        "unit": instrument.unit or f"{instrument.returns} return",
        "stamp": instrument.stamp.label,
        "aliases": ", ".join(instrument.aliases),
        "closures": "; ".join(f"{c.first} .. {c.last} {c.why}" for c in instrument.closures),
        **{f"at {ticker.provider}": "; ".join(_at(ticker)) for ticker in instrument.tickers},
    }
    for label in labels.values():
        if name == label.name or (name not in labels and label.instrument == instrument.name):
            facts[label.name] = (
                f"{label.title}; {label.unit}; {label.institution}, read from {label.package}; "
                f"{label.first} .. {label.last}, {label.rows} rows; {label.licence}. {label.traps}"
            )
    frame = pd.DataFrame({"fact": list(facts), "value": list(facts.values())})
    rows = tuple((fact, value) for fact, value in facts.items() if value)
    view = TextTable(f"{instrument.label} ({instrument.name})", ("fact", "value"), rows, left=("fact", "value"))
    emit(frame, how, view)


def _at(ticker: Ticker) -> list[str]:
    """Say what is known of an instrument's prices at a provider."""
    return [ticker.symbol, ticker.stamp.label, *([ticker.note] if ticker.note else [])]
