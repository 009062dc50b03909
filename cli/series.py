"""`eventstudy series`: instruments and the bundled figures behind them; prices fetched, checked and made clean."""

from __future__ import annotations

from pathlib import Path

from eventstudy import markets
from eventstudy.cli.asked import Asked, column_of, pairs_of, write_table
from eventstudy.cli.output import declared, ends_table, table_of, write
from eventstudy.errors import DataMissingError, DesignError, InputError, PartialResultError, shown
from eventstudy.files import bundled_toml
from eventstudy.options import NETWORK

#: What is taken for a price file, though there is none of that name.
_ENDINGS = {".csv", ".tsv", ".txt", ".xlsx", ".parquet", ".pq"}


def list_series(asked: Asked) -> None:
    """List the instruments and the bundled figures of each.

    Example: eventstudy series list
    """
    # Of pandas nothing is needed, which would take longer to load than all the rest.
    catalogue = bundled_toml("eventstudy.markets", "instruments.toml")
    bundled = bundled_toml("eventstudy.datasets", "catalogue.toml")
    found = [(label["instrument"], name, label) for name, label in bundled["series"].items()]
    there = {name for name, *_ in found}
    found += [(name, "", {}) for name in catalogue["instruments"] if asked.everything and name not in there]
    rows = []
    for name, series, label in found:
        row = catalogue["instruments"][name]
        of = {"instrument": name, "label": row["label"], "group": "", "quote": "", "orientation": 1}
        of |= {key: row[key] for key in ("group", "quote", "orientation") if key in row}
        of |= {"first": label.get("first", ""), "last": label.get("last", ""), "rows": label.get("rows")}
        of |= {"stamp": catalogue["stamps"][row["stamp"]]["label"], "institution": label.get("institution", "")}
        symbols = {provider: row.get(provider, {}).get("symbol", "") for provider in NETWORK}
        rows.append(of | {"series": series} | symbols)
    rows.sort(key=lambda row: (row["group"], row["instrument"], row["first"]))
    title = "Instruments" if asked.everything else "Instruments with bundled figures"
    asked.put(rows, table_of(rows, "instruments", NETWORK * asked.everything, title=title))


def show(asked: Asked) -> None:
    """Show what is known of an instrument and of the bundled figures behind it.

    Example: eventstudy series show ruble
    """
    name, labels = asked.name, markets.series_labels()
    instrument = markets.find_instrument(labels[name].instrument if name in labels else name)
    facts = {
        "instrument": instrument.name,
        **{word: getattr(instrument, word) for word in ("label", "group", "quote", "up", "returns")},
        "unit": instrument.unit or f"{instrument.returns} return",
        "stamp": instrument.stamp.label,
        "aliases": ", ".join(instrument.aliases),
        "closures": "; ".join(f"{c.first} .. {c.last} {c.why}" for c in instrument.closures),
    }
    for at in instrument.tickers:
        facts[f"at {at.provider}"] = "; ".join(filter(None, [at.symbol, at.stamp.label, at.note]))
    for label in labels.values():
        if name == label.name or (name not in labels and label.instrument == instrument.name):
            facts[label.name] = declared("views")["instrument"]["series"].format(label)
    rows = [{"fact": fact, "value": value} for fact, value in facts.items()]
    title = f"{instrument.label} ({instrument.name})"
    asked.put(rows, table_of([row for row in rows if row["value"]], "instrument", title=title))


def list_cache(asked: Asked) -> None:
    """List what is kept: whose figures, which dates, and how many of them were revised since.

    Example: eventstudy series cache list
    """
    import pandas as pd

    folder, rows = markets.default_folder(), []
    for entry in markets.Store(folder).entries():
        if isinstance(entry, str):
            asked.notes.append(f"{entry}; fetch it again, or clear it")
            continue
        key, days = entry.key, entry.prices.index
        of = key.provider, key.instrument, key.symbol, "adjusted" if key.adjusted else "as traded"
        dates = entry.first.isoformat(), entry.last.isoformat(), f"{days[0]:%Y-%m-%d}", f"{days[-1]:%Y-%m-%d}"
        rows.append((*of, *dates, len(entry.prices), len(entry.revisions)))
    frame = pd.DataFrame(rows, columns=declared("views")["cache"]["columns"].split())
    asked.put(frame, table_of(frame, "cache", folder=folder))


def clear_cache(asked: Asked) -> None:
    """Remove what is kept, of some instruments or all of it.

    Example: eventstudy series cache clear ruble,brent
    """
    chosen = None if asked.series is None else {markets.providers.find(word).name for word in asked.series}
    removed = markets.Store(markets.default_folder()).clear(chosen)
    write(f"Removed: {', '.join(map(shown, removed))}\n" if removed else "There was nothing to remove.\n")


def check(asked: Asked) -> None:
    """Look for what is wrong in prices: stale runs, bad ticks, holes, units, and dates a session off.

    A column of a file that bears an instrument's name is held against the bundled figures of it, if there are any.

    Example: eventstudy series check wti --against brent
    """
    import pandas as pd

    histories, of = _histories(asked)
    with_figures = {label.instrument for label in markets.series_labels().values()}
    found, notes = [], []
    for name, history in histories.items():
        entry = markets.entry_of(of[name]) if of.get(name) and asked.against is None else None
        held = asked.against or (entry.name if entry and entry.name in with_figures else None)
        references = _bundled(held).values() if held else ()
        reference = max(references, key=lambda one: len(markets.common_sessions([history, one])), default=None)
        found += [{"series": name, **vars(finding)} for finding in markets.check_history(history, reference)]
        calendar = f"calendar {history.instrument.calendar}" if history.instrument.calendar else "no calendar"
        n, days = len(history), history.sessions
        notes.append(f"{name}: {n} sessions from {days[0]} to {days[-1]}, {calendar}." if n else f"{name}: no price.")
        if reference is not None and (alignment := markets.align(history, reference)).n:
            notes.append(f"{name} against {reference.name}: {alignment}.")
    columns = ["series", "severity", "kind", "first", "last", "n", "detail"]
    frame = pd.DataFrame(found, columns=columns).astype({"first": str, "last": str})
    file = Path(asked.what).name
    asked.put(frame, table_of(frame, "findings", notes=notes, file=file))
    grave = sum(row["severity"] != "note" for row in found)
    if asked.strict and grave:
        raise PartialResultError(f"{grave} of {len(found)} findings in {file} are more than notes")


def _histories(asked: Asked) -> tuple[dict[str, markets.History], dict[str, str]]:
    """Return the histories that a name or a file means, and under which name each is held against bundled figures."""
    from eventstudy.markets import identity

    what, columns, said, path = asked.what, asked.series or [], asked.said(), Path(asked.what)
    if not (what == "-" or path.is_file() or path.suffix.lower() in _ENDINGS):
        if columns:
            raise DesignError(f"--series chooses columns of a file, and '{what}' is no file")
        if said:
            raise DesignError(f"--as, --exchange, --close and --orientation are about a file, and '{what}' is no file")
        return _bundled(what), {}
    how = {"map": pairs_of(asked.columns, "--map"), **asked.given("time_format", "decimal", "column", "sheet")}
    prices = markets.read_prices(what, lenient=bool(columns), **how)
    asked.notes = [prices.attrs["read"]]
    if why := next((why for name, why in prices.attrs["unread"].items() if name in columns), None):
        raise InputError(why)
    wanted = [column_of(name, prices, path.name) for name in columns]
    proven = prices.attrs["layout"]  # a file's name says nothing of what is in it
    of = {
        name: said.get(name, said.get(identity.EVERY, {})).get("as", "" if proven[name] == identity.FILE else name)
        for name in proven
    }
    return markets.histories_from_prices(prices[wanted] if wanted else prices, said), of


def _bundled(name: str) -> dict[str, markets.History]:
    """Return the histories of the bundled series of that name, or of the instrument of that name."""
    labels, found = markets.series_labels(), [name]
    if name not in labels:
        instrument = markets.find_instrument(name).name
        found = [label.name for label in labels.values() if label.instrument == instrument]
        if not found:
            raise DataMissingError(f"no bundled figures for '{instrument}'; pass a price file")
    figures = {one: markets.load_series(one).to_frame() for one in found}
    return {one: next(iter(markets.histories_from_prices(of).values())) for one, of in figures.items()}


def fetch(asked: Asked) -> None:
    """Fetch prices; what was fetched before comes from the cache.

    Example: eventstudy series fetch ruble,brent --first 2021-01-01 --last 2022-02-25
    """
    fetched = asked.fetch(asked.series, asked.begin, asked.end, **asked.given("provider", "adjusted"))
    prices = fetched.prices.reset_index()
    asked.notes += fetched.notes
    if asked.out is not None:
        write_table(asked.out, prices)
    rows = []
    for name, column in fetched.prices.items():
        there = column.dropna()
        begin, end = (f"{day:%Y-%m-%d}" for day in there.index[[0, -1]])
        whence = {"from": fetched.sources.get(str(name), ""), "struck": fetched.instruments[str(name)].stamp.label}
        many = {"prices": len(there), "newest": f"{there.iloc[-1]:g}"}
        rows.append({"series": name, "first": begin, "last": end, **whence, **many})
    asked.put(prices, table_of(rows, "fetched", begin=asked.begin, end=asked.end))


def import_prices(asked: Asked) -> None:
    """Show the first and last three rows of a price file as they are understood, and write it clean.

    Example: eventstudy series import gazp.xlsx --out gazp.csv
    """
    from eventstudy.markets import identity

    kind = asked.data_kind.partition("-")[0]
    how = asked.given("time_format", "decimal", "column", "sheet", "time_zone", "adjust_splits")
    prices = markets.read_prices(asked.file, figures=kind, map=pairs_of(asked.columns, "--map"), **how)
    asked.notes = [prices.attrs["read"], *prices.attrs.get("warnings", ())]
    if asked.name is not None:
        if prices.shape[1] > 1:
            raise DesignError(f"--name is for a file of one market; it has: {', '.join(str(name) for name in prices)}")
        prices = prices.set_axis([asked.name], axis=1)
    elif prices.attrs["layout"] == {prices.columns[0]: identity.FILE}:  # nothing names it in the clean file either
        prices = prices.set_axis([{"returns": "return", "volumes": "volume"}.get(kind, "close")], axis=1)
    table = prices.reset_index()
    table.attrs = {}  # which pandas would copy with every column that is taken
    if asked.out is not None:
        write_table(asked.out, table)
    asked.put(table, ends_table(table, f"{Path(asked.file).name}, as understood"))
