"""`eventstudy series`: instruments and the bundled figures behind them; prices fetched, checked and made clean."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.cli.app import SHARED, command, group
from eventstudy.cli.asked import Asked, column_of, pairs_of
from eventstudy.cli.output import write
from eventstudy.cli.views import ends_table, table_of
from eventstudy.errors import DataMissingError, DesignError, InputError, PartialResultError
from eventstudy.options import DATA, OUTPUT, REQUIRED, Option

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.markets.history import History

_NAMES = "markets.instrument:instrument_names"

#: How one price file is read.
_READING = (
    SHARED["columns"]._replace(name="map"),
    SHARED["time_format"]._replace(kind="text", help="How dates are written, e.g. %d.%m.%Y, or dmy."),
    *(SHARED[name] for name in ("decimal", "column", "sheet")),
)
_ENDINGS = {".csv", ".tsv", ".txt", ".xlsx", ".parquet", ".pq"}

_CACHED = ("provider", "series", "symbol", "prices", "asked_first", "asked_last", "first", "last", "rows", "revised")
_FINDINGS = ("series", "severity", "kind", "first", "last", "n", "detail")


@command(Option("everything", "--all", "yes", False, "Also those without bundled figures."), "how")
def list_series(asked: Asked) -> None:
    """List the instruments and the bundled figures of each.

    Example: eventstudy series list
    """
    import tomllib
    from importlib.resources import files

    # Of pandas nothing is needed, which would take longer to load than all the rest.
    at = files("eventstudy") / "markets/instruments.toml", files("eventstudy.datasets") / "catalog.toml"
    catalogue, bundled = (tomllib.loads(path.read_text(encoding="utf-8")) for path in at)
    labels = bundled["series"]
    there = {row["instrument"] for row in labels.values()}
    found = [(row["instrument"], name, row) for name, row in labels.items()]
    found += [(name, "", {}) for name in catalogue["instruments"] if asked.everything and name not in there]
    rows = []
    for name, series, label in found:
        row = catalogue["instruments"][name]
        known = {
            "instrument": name,
            "label": row["label"],
            "group": row.get("group", ""),
            "quote": row.get("quote", ""),
        }
        known |= {
            "orientation": row.get("orientation", 1),
            "first": label.get("first", ""),
            "last": label.get("last", ""),
        }
        known |= {"rows": label.get("rows"), "stamp": catalogue["stamps"][row["stamp"]]["label"]}
        known |= {"institution": label.get("institution", ""), "series": series}
        rows.append(known | {provider: row.get(provider, {}).get("symbol", "") for provider in ("yahoo", "fred")})
    rows.sort(key=lambda row: (row["group"], row["instrument"], row["first"]))
    title = "Instruments" if asked.everything else "Instruments with bundled figures"
    asked.put(rows, table_of(rows, "instruments", ["yahoo", "fred"] * asked.everything, title=title))


@command(
    Option("name", "NAME", "text", REQUIRED, "An instrument, an alias, or a bundled series.", offered=_NAMES), "how"
)
def show_series(asked: Asked) -> None:
    """Show what is known of an instrument and of the bundled figures behind it.

    Example: eventstudy series show ruble
    """
    from eventstudy.markets.bundled import series_labels
    from eventstudy.markets.instrument import find_instrument

    name, labels = asked.name, series_labels()
    instrument = find_instrument(labels[name].instrument if name in labels else name)
    facts = {
        "instrument": instrument.name,
        **{word: getattr(instrument, word) for word in ("label", "group", "quote", "up", "returns")},
        "unit": instrument.unit or f"{instrument.returns} return",
        "stamp": instrument.stamp.label,
        "aliases": ", ".join(instrument.aliases),
        "closures": "; ".join(f"{c.first} .. {c.last} {c.why}" for c in instrument.closures),
    }
    for at in instrument.tickers:
        facts[f"at {at.provider}"] = "; ".join([at.symbol, at.stamp.label, *([at.note] if at.note else [])])
    for label in labels.values():
        if name == label.name or (name not in labels and label.instrument == instrument.name):
            facts[label.name] = (
                f"{label.title}; {label.unit}; {label.institution}, read from {label.package}; "
                f"{label.first} .. {label.last}, {label.rows} rows; {label.licence}. {label.traps}"
            )
    rows = [{"fact": fact, "value": value} for fact, value in facts.items()]
    title = f"{instrument.label} ({instrument.name})"
    asked.put(rows, table_of([row for row in rows if row["value"]], "instrument", title=title))


@command("how")
def list_cache(asked: Asked) -> None:
    """List what is kept: whose figures, which dates, and how many of them were revised since.

    Example: eventstudy series cache list
    """
    import pandas as pd

    from eventstudy.markets.fetch import Store, default_folder

    folder = default_folder()
    rows: list[tuple[Any, ...]] = []
    asked.notes = []
    for entry in Store(folder).entries():
        if isinstance(entry, str):
            asked.notes.append(f"{entry}; fetch it again, or clear it")
            continue
        key, days = entry.key, entry.prices.index
        of = key.provider, key.instrument, key.symbol, "adjusted" if key.adjusted else "as traded"
        dates = entry.first.isoformat(), entry.last.isoformat(), f"{days[0]:%Y-%m-%d}", f"{days[-1]:%Y-%m-%d}"
        rows.append((*of, *dates, len(entry.prices), len(entry.revisions)))
    frame = pd.DataFrame(rows, columns=list(_CACHED))
    asked.put(frame, table_of(frame, "cache", _CACHED, folder=folder))


@command(Option("series", "[A,B]", "names", None, "Instruments by name, alias or ticker; default all.", offered=_NAMES))
def clear_cache(asked: Asked) -> None:
    """Remove what is kept, of some instruments or all of it.

    Example: eventstudy series cache clear ruble,brent
    """
    from eventstudy.markets.fetch import Store, default_folder
    from eventstudy.markets.providers import find

    chosen = asked.series
    removed = Store(default_folder()).clear(None if chosen is None else {find(word).name for word in chosen})
    write(f"Removed: {', '.join(removed)}\n" if removed else "There was nothing to remove.\n")


@command(
    Option("what", "NAME|FILE", "text", REQUIRED, "An instrument, a bundled series, or a price file.", offered=_NAMES),
    Option("against", "--against NAME", "text", None, "Hold it against this instrument or bundled series.", DATA,
           offered=_NAMES),
    SHARED["series"]._replace(help="Only these columns of the file."),
    Option("strict", "--strict", "yes", False, "End with exit code 6 if there is more than notes."),
    *_READING,
    "as_ exchange close orientation how",
)  # fmt: skip
def check_series(asked: Asked) -> None:
    """Look for what is wrong in prices: stale runs, bad ticks, holes, units, and dates a session off.

    A column of a file that bears an instrument's name is held against the bundled figures of it, if there are any.

    Example: eventstudy series check wti --against brent
    """
    from dataclasses import asdict

    import pandas as pd

    from eventstudy.markets.bundled import series_labels
    from eventstudy.markets.history import common_sessions
    from eventstudy.markets.instrument import entry_of
    from eventstudy.markets.quality import align, check_history

    histories, of = _histories(asked)
    with_figures = {label.instrument for label in series_labels().values()}
    found, notes = [], []
    for name, history in histories.items():
        entry = entry_of(of[name]) if of.get(name) and asked.against is None else None
        held = asked.against or (entry.name if entry and entry.name in with_figures else None)
        references = list(_bundled(held).values()) if held else []
        reference = max(references, key=lambda one: len(common_sessions([history, one])), default=None)
        found += [{"series": name, **asdict(finding)} for finding in check_history(history, reference)]
        calendar = f"calendar {history.instrument.calendar}" if history.instrument.calendar else "no calendar"
        ends = f"{history.sessions[0]} to {history.sessions[-1]}" if len(history) else ""
        notes.append(f"{name}: {len(history)} sessions from {ends}, {calendar}." if ends else f"{name}: no price.")
        if reference is not None and (alignment := align(history, reference)).n:
            notes.append(f"{name} against {reference.name}: {alignment}.")
    frame = pd.DataFrame(found, columns=list(_FINDINGS)).astype({"first": str, "last": str})
    file = Path(asked.what).name
    asked.put(frame, table_of(frame, "findings", notes=notes, file=file))
    grave = sum(row["severity"] != "note" for row in found)
    if asked.strict and grave:
        raise PartialResultError(f"{grave} of {len(found)} findings in {file} are more than notes")


def _histories(asked: Asked) -> tuple[Mapping[str, History], dict[str, str]]:
    """Return the histories that a name or a file means, and under which name each is held against bundled figures."""
    from eventstudy.markets.history import histories_from_prices
    from eventstudy.markets.identity import EVERY, FILE
    from eventstudy.markets.prices import read_prices

    what, columns, told = asked.what, asked.series or [], asked.told()
    path = Path(what)
    if not (what == "-" or path.is_file() or path.suffix.lower() in _ENDINGS):
        if columns:
            raise DesignError(f"--series chooses columns of a file, and '{what}' is no file")
        if told:
            raise DesignError(f"--as, --exchange, --close and --orientation are about a file, and '{what}' is no file")
        return _bundled(what), {}
    prices = read_prices(what, lenient=bool(columns), **_reading(asked))
    asked.notes = [prices.attrs["read"]]
    if why := next((why for name, why in prices.attrs["unread"].items() if name in columns), None):
        raise InputError(why)
    wanted = [column_of(name, prices, path.name) for name in columns]
    proven = prices.attrs["layout"]  # a file's name says nothing of what is in it
    of = {name: told.get(name, told.get(EVERY, {})).get("as", "" if proven[name] == FILE else name) for name in proven}
    return histories_from_prices(prices[wanted] if wanted else prices, told), of


def _reading(asked: Asked) -> dict[str, Any]:
    return {"map": pairs_of(asked.map, "--map"), **asked.given("time_format", "decimal", "column", "sheet")}


def _bundled(name: str) -> dict[str, History]:
    """Return the histories of the bundled series of that name, or of the instrument of that name."""
    from eventstudy.markets.bundled import load_series, series_labels
    from eventstudy.markets.history import histories_from_prices
    from eventstudy.markets.instrument import find_instrument

    labels, found = series_labels(), [name]
    if name not in labels:
        instrument = find_instrument(name).name
        found = [label.name for label in labels.values() if label.instrument == instrument]
        if not found:
            raise DataMissingError(f"no bundled figures for '{instrument}'; pass a price file")
    return {one: next(iter(histories_from_prices(load_series(one).to_frame()).values())) for one in found}


@command(
    Option("series", "A,B", "names", REQUIRED, "Instruments by name, alias or ticker; yahoo:AAPL for any other.",
           offered=_NAMES),
    Option("begin", "--first DATE", "text", REQUIRED, "First date.", DATA),
    Option("end", "--last DATE", "text", REQUIRED, "Last date, included.", DATA),
    SHARED["provider"]._replace(default="auto", help="Who is asked: auto (bundled figures where they cover the dates, "
                                "else the network), bundled, yahoo or fred."),
    Option("adjusted", "--adjusted", "yes", False, "Prices with dividends added back.", DATA),
    "refresh offline how",
    Option("out", "--out FILE", "path", None, "Also write the prices here: .csv or .parquet.", OUTPUT),
    "quiet",
)  # fmt: skip
def fetch(asked: Asked) -> None:
    """Fetch prices; what was fetched before comes from the cache.

    Example: eventstudy series fetch ruble,brent --first 2021-01-01 --last 2022-02-25
    """
    fetched = asked.fetch(asked.series, asked.begin, asked.end, **asked.given("provider", "adjusted"))
    prices = fetched.prices.reset_index()
    asked.notes += fetched.notes
    _write_prices(prices, asked.out)
    rows = []
    for name in map(str, fetched.prices):
        column = fetched.prices[name].dropna()
        begin, end = (f"{day:%Y-%m-%d}" for day in column.index[[0, -1]])
        whence = {"from": fetched.sources.get(name, ""), "struck": fetched.instruments[name].stamp.label}
        many = {"prices": len(column), "newest": f"{column.iloc[-1]:g}"}
        rows.append({"series": name, "first": begin, "last": end, **whence, **many})
    asked.put(prices, table_of(rows, "fetched", begin=asked.begin, end=asked.end))


def _write_prices(prices: pd.DataFrame, path: Path | None) -> None:
    """Write a price file that `--prices` reads, where one is asked for: CSV, or Parquet where the ending says so."""
    from eventstudy.files import write_files
    from eventstudy.study.envelope import to_csv, to_parquet

    if path is not None:
        is_parquet = path.suffix.lower() in {".parquet", ".pq"}
        write_files(path.parent, {path.name: to_parquet(prices) if is_parquet else to_csv(prices).encode()})


@command(
    Option("file", "FILE", "text", REQUIRED, "CSV, Excel or Parquet of any usual layout; - for stdin."),
    SHARED["data_kind"]._replace(help="What the file holds: prices, returns, volumes, or bars by the end that labels "
                                 "them."),
    *_READING,
    "time_zone",
    Option("name", "--name NAME", "text", None, "What its one market is called.", DATA),
    "adjust_splits how",
    Option("out", "--out FILE", "path", None, "Write the clean file here: CSV or Parquet.", OUTPUT),
    "quiet",
)  # fmt: skip
def import_series(asked: Asked) -> None:
    """Show the first and last three rows of a price file as they are understood, and write it clean.

    Example: eventstudy series import gazp.xlsx --out gazp.csv
    """
    from eventstudy.markets.identity import FILE
    from eventstudy.markets.prices import read_prices

    kind = asked.data_kind.partition("-")[0]
    how = {**_reading(asked), **asked.given("time_zone", "adjust_splits")}
    prices = read_prices(asked.file, figures=kind, **how)
    asked.notes = [prices.attrs["read"], *prices.attrs.get("warnings", ())]
    if asked.name is not None:
        if prices.shape[1] > 1:
            raise DesignError(f"--name is for a file of one market; it has: {', '.join(str(name) for name in prices)}")
        prices = prices.set_axis([asked.name], axis=1)
    elif FILE in prices.attrs["layout"].values():  # in the clean file too nothing names its one market
        prices = prices.set_axis([{"returns": "return", "volumes": "volume"}.get(kind, "close")], axis=1)
    table = prices.reset_index()
    _write_prices(table, asked.out)
    asked.put(table, ends_table(table, f"{Path(asked.file).name}, as understood"))


series = group(
    "Market series: which instruments there are, and what is known of each.",
    {"fetch": fetch, "check": check_series, "import": import_series, "list": list_series, "show": show_series}
    | {"cache": group("The cache of fetched prices.", {"list": list_cache, "clear": clear_cache},
                      epilog="Example: eventstudy series cache list")},
)  # fmt: skip
