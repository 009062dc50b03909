"""`eventstudy series`: the instruments, the bundled figures behind them, and where others come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli import series_cache, series_check, series_fetch, series_import
from eventstudy.cli.options import Format, FormatOption

if TYPE_CHECKING:
    from eventstudy.markets.instrument import Instrument, Ticker

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
    import pandas as pd

    from eventstudy.cli.output import emit
    from eventstudy.cli.views import frame_view
    from eventstudy.markets.bundled import series_labels
    from eventstudy.markets.instrument import find_instrument, instrument_names

    rows = []
    for label in series_labels().values():
        bundled = {
            "first": label.first.isoformat(),
            "last": label.last.isoformat(),
            "rows": label.rows,
            "institution": label.institution,
            "series": label.name,
        }
        rows.append(_facts(find_instrument(label.instrument)) | bundled)
    there = {row["instrument"] for row in rows}
    if everything:
        rows += [_facts(find_instrument(name)) for name in instrument_names() if name not in there]
    frame = pd.DataFrame(rows, dtype=object).sort_values(["group", "instrument", "first"], ignore_index=True)
    columns = ["instrument", "group", "quote", "first", "last", "rows", "series"]
    title = "Instruments" if everything else "Instruments with bundled figures"
    emit(frame, how, frame_view(frame, title, [*columns, *(["yahoo", "fred"] if everything else [])]))


def _facts(instrument: Instrument) -> dict[str, Any]:
    """Return what is known of an instrument whoever has its figures."""
    symbols = {ticker.provider: ticker.symbol for ticker in instrument.tickers}
    return {
        "instrument": instrument.name,
        "label": instrument.label,
        "group": instrument.group,
        "quote": instrument.quote,
        "orientation": instrument.orientation,
        "first": "",
        "last": "",
        "rows": None,
        "stamp": instrument.stamp.label,
        "institution": "",
        "series": "",
        "yahoo": symbols.get("yahoo", ""),
        "fred": symbols.get("fred", ""),
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
