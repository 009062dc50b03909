"""`eventstudy series`: the instruments, the bundled figures behind them, and where others come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from eventstudy.cli import series_files
from eventstudy.cli.options import REQUIRED, Asked, Command, Option, command, group
from eventstudy.cli.output import TextTable, cell, show, warn, write
from eventstudy.cli.views import frame_view

if TYPE_CHECKING:
    from eventstudy.markets.fetch import Entry
    from eventstudy.markets.instrument import Ticker

app = group("Market series: which instruments there are, and what is known of each.")
cache = group("The cache of fetched prices.", epilog="Example: eventstudy series cache list")
for _name, _function, _example in (
    ("fetch", series_files.fetch, "series fetch ruble,brent --first 2021-01-01 --last 2022-02-25"),
    ("check", series_files.check, "series check wti --against brent"),
    ("import", series_files.import_series, "series import gazp.xlsx --out gazp.csv"),
):
    app.command(_name, cls=Command, epilog=f"Example: eventstudy {_example}")(_function)
app.add_typer(cache, name="cache")


@app.command("list", cls=Command, epilog="Example: eventstudy series list")
@command(Option("everything", "--all", "yes", False, "Also those without bundled figures."), "how")
def list_series(asked: Asked) -> None:
    """List the instruments and the bundled figures of each."""
    catalogue, labels = _toml("markets/instruments.toml"), _toml("datasets/catalog.toml")["series"]
    rows = [
        _facts(row["instrument"], catalogue)
        | {**{key: row[key] for key in ("first", "last", "rows", "institution")}, "series": name}
        for name, row in labels.items()
    ]
    there = {row["instrument"] for row in rows}
    rows += [_facts(name, catalogue) for name in catalogue["instruments"] if asked.everything and name not in there]
    rows.sort(key=lambda row: (row["group"], row["instrument"], row["first"]))
    columns = (
        "instrument",
        "group",
        "quote",
        "first",
        "last",
        "rows",
        "series",
        *(["yahoo", "fred"] * asked.everything),
    )
    title = "Instruments" if asked.everything else "Instruments with bundled figures"
    cells = tuple(tuple(cell(row[name]) for name in columns) for row in rows)
    table = TextTable(title=title, columns=columns, rows=cells, left=columns)
    if asked.how == "table":  # pandas would take longer to load than all the rest
        show(table)
        return
    import pandas as pd

    asked.emit(pd.DataFrame(rows, dtype=object), table)


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


@app.command("show", cls=Command, epilog="Example: eventstudy series show ruble")
@command(
    Option("name", "NAME", "text", REQUIRED, "An instrument, an alias, or a bundled series.",
           offered="markets.instrument:instrument_names"),
    "how",
)  # fmt: skip
def show_series(asked: Asked) -> None:
    """Show what is known of an instrument and of the bundled figures behind it."""
    import pandas as pd

    from eventstudy.markets.bundled import series_labels
    from eventstudy.markets.instrument import find_instrument

    name = asked.name
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
    asked.emit(frame, view)


def _at(ticker: Ticker) -> list[str]:
    """Say what is known of an instrument's prices at a provider."""
    return [ticker.symbol, ticker.stamp.label, *([ticker.note] if ticker.note else [])]


_CACHED = (
    *("provider", "series", "symbol", "prices"),
    *("asked_first", "asked_last", "first", "last"),
    *("rows", "revised"),
)


@cache.command("list", cls=Command, epilog="Example: eventstudy series cache list")
@command("how")
def list_cache(asked: Asked) -> None:
    """List what is kept: whose figures, which dates, and how many of them were revised since."""
    import pandas as pd

    from eventstudy.markets.fetch import Store, default_folder

    folder = default_folder()
    rows, damaged = [], []
    for entry in Store(folder).entries():
        if isinstance(entry, str):
            damaged.append(f"{entry}; fetch it again, or clear it")
            continue
        rows.append(_row(entry))
    columns = list(_CACHED)
    frame = pd.DataFrame(rows, columns=columns)
    asked.emit(frame, frame_view(frame, f"Cached prices in {folder}", columns))
    warn(damaged)


def _row(entry: Entry) -> tuple[str | int, ...]:
    """Return what is known of one cached series, in the order of the columns."""
    key, days = entry.key, entry.prices.index
    return (
        *(key.provider, key.instrument, key.symbol, "adjusted" if key.adjusted else "as traded"),
        *(entry.first.isoformat(), entry.last.isoformat(), f"{days[0]:%Y-%m-%d}", f"{days[-1]:%Y-%m-%d}"),
        *(len(entry.prices), len(entry.revisions)),
    )


@cache.command("clear", cls=Command, epilog="Example: eventstudy series cache clear ruble,brent")
@command(
    Option("series", "[A,B]", "names", None, "Instruments by name, alias or ticker; default all.",
           offered="markets.instrument:instrument_names")
)  # fmt: skip
def clear_cache(asked: Asked) -> None:
    """Remove what is kept, of some instruments or all of it."""
    from eventstudy.markets.fetch import Store, default_folder
    from eventstudy.markets.providers import find

    chosen = asked.series
    removed = Store(default_folder()).clear(None if chosen is None else {find(word).name for word in chosen})
    write(f"Removed: {', '.join(removed)}\n" if removed else "There was nothing to remove.\n")
