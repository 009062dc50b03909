"""`eventstudy series check`, `fetch` and `import`: prices checked, fetched, and made clean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.cli.options import OUTPUT, REQUIRED, SHARED, Asked, Option, command
from eventstudy.cli.output import TextTable, warn
from eventstudy.cli.sources import column_of, fetch_watched, pairs_of
from eventstudy.cli.views import ends_view
from eventstudy.errors import DataMissingError, DesignError, InputError, PartialResultError
from eventstudy.options import DATA

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.cli.output import TextTable
    from eventstudy.markets.history import History
    from eventstudy.markets.providers import Fetched
    from eventstudy.markets.quality import Finding

_PARQUET = {".parquet", ".pq"}

#: How one price file is read.
_READING = (
    SHARED["columns"]._replace(name="map"),
    SHARED["time_format"]._replace(kind="text", help="How dates are written, e.g. %d.%m.%Y, or dmy."),
    *(SHARED[name] for name in ("decimal", "column", "sheet")),
)
_ENDINGS = {".csv", ".tsv", ".txt", ".xlsx", ".parquet", ".pq"}
_COLUMNS = ("series", "severity", "kind", "first", "last", "n", "detail")


@command(
    Option("what", "NAME|FILE", "text", REQUIRED, "An instrument, a bundled series, or a price file.",
           offered="markets.instrument:instrument_names"),
    Option("against", "--against NAME", "text", None, "Hold it against this instrument or bundled series.", DATA,
           offered="markets.instrument:instrument_names"),
    SHARED["series"]._replace(help="Only these columns of the file."),
    Option("strict", "--strict", "yes", False, "End with exit code 6 if there is more than notes."),
    *_READING,
    "as_ exchange close orientation how",
)  # fmt: skip
def check(asked: Asked) -> None:
    """Look for what is wrong in prices: stale runs, bad ticks, holes, units, and dates a session off.

    A column of a file that bears an instrument's name is held against the bundled figures of it, if there are any.
    """
    from eventstudy.markets.identity import told_by_words
    from eventstudy.markets.quality import align, check_history

    reading = {"map": pairs_of(asked.map, "--map"), **asked.given("time_format", "decimal", "column", "sheet")}
    words = {"as": asked.as_, **asked.given("exchange", "close", "orientation")}
    told = told_by_words({word: texts or () for word, texts in words.items()}, ())
    what, against = asked.what, asked.against
    histories, of = _histories(what, asked.series, reading, told)
    findings, notes = [], []
    for name, history in histories.items():
        reference = _reference(of.get(name, name), history, against)
        findings += [(name, finding) for finding in check_history(history, reference)]
        notes.append(_facts(name, history))
        if reference is not None and (alignment := align(history, reference)).n:
            notes.append(f"{name} against {reference.name}: {alignment}.")
    frame = _frame(findings)
    rows = tuple(tuple(str(cell) for cell in row) for row in frame.itertuples(index=False))
    left = tuple(column for column in _COLUMNS if column != "n")
    asked.emit(frame, TextTable(f"Check of {Path(what).name}", _COLUMNS, rows, left, tuple(notes)))
    grave = sum(finding.severity != "note" for _, finding in findings)
    if asked.strict and grave:
        raise PartialResultError(f"{grave} of {len(findings)} findings in {Path(what).name} are more than notes")


def _histories(
    what: str, columns: list[str] | None, reading: dict[str, Any], told: Mapping[str, Mapping[str, Any]]
) -> tuple[Mapping[str, History], dict[str, str]]:
    """Return the histories that a name or a file means, and under which name each is held against bundled figures."""
    from eventstudy.markets.history import histories_from_prices
    from eventstudy.markets.identity import EVERY, FILE
    from eventstudy.markets.prices import read_prices

    if not (what == "-" or Path(what).is_file() or Path(what).suffix.lower() in _ENDINGS):
        if columns:
            raise DesignError(f"--series chooses columns of a file, and '{what}' is no file")
        if told:
            raise DesignError(f"--as, --exchange, --close and --orientation are about a file, and '{what}' is no file")
        found = _bundled_names(what)
        return {name: _bundled(name) for name in found}, dict.fromkeys(found, "")
    prices = read_prices(what, lenient=bool(columns), **reading)
    warn([prices.attrs["read"]])
    for name in columns or ():
        if name in prices.attrs["unread"]:
            raise InputError(prices.attrs["unread"][name])
    wanted = [column_of(name, prices, Path(what).name) for name in columns or ()]
    proven = prices.attrs["layout"]  # a file's name says nothing of what is in it
    of = {name: told.get(name, told.get(EVERY, {})).get("as", "" if proven[name] == FILE else name) for name in proven}
    return histories_from_prices(prices[wanted] if wanted else prices, told), of


def _bundled_names(name: str) -> list[str]:
    """Return the bundled series of that name, or of the instrument of that name."""
    from eventstudy.markets.bundled import series_labels
    from eventstudy.markets.instrument import find_instrument

    labels = series_labels()
    if name in labels:
        return [name]
    instrument = find_instrument(name).name
    found = [label.name for label in labels.values() if label.instrument == instrument]
    if not found:
        raise DataMissingError(f"no bundled figures for '{instrument}'; pass a price file")
    return found


def _bundled(name: str) -> History:
    from eventstudy.markets.bundled import load_series
    from eventstudy.markets.history import histories_from_prices

    (history,) = histories_from_prices(load_series(name).to_frame()).values()
    return history


def _reference(name: str, history: History, against: str | None) -> History | None:
    """Return the bundled history to hold one against: the one asked for, or that of the instrument of a name."""
    from eventstudy.markets.bundled import series_labels
    from eventstudy.markets.history import common_sessions
    from eventstudy.markets.instrument import entry_of

    if against is None:
        entry = entry_of(name) if name else None
        if entry is None or entry.name not in {label.instrument for label in series_labels().values()}:
            return None
    candidates = [_bundled(one) for one in _bundled_names(against or name)]
    return max(candidates, key=lambda reference: len(common_sessions([history, reference])))


def _frame(findings: list[tuple[str, Finding]]) -> pd.DataFrame:
    import pandas as pd

    rows = [{"series": name, **asdict(finding)} for name, finding in findings]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    return frame.astype({"first": str, "last": str})


def _facts(name: str, history: History) -> str:
    if not len(history):
        return f"{name}: no price."
    calendar = f"calendar {history.instrument.calendar}" if history.instrument.calendar else "no calendar"
    return f"{name}: {len(history)} sessions from {history.sessions[0]} to {history.sessions[-1]}, {calendar}."


@command(
    Option("series", "A,B", "names", REQUIRED, "Instruments by name, alias or ticker; yahoo:AAPL for any other.",
           offered="markets.instrument:instrument_names"),
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
    """Fetch prices; what was fetched before comes from the cache."""
    how = asked.given("provider", "adjusted", "refresh", "offline", "quiet")
    fetched = fetch_watched(asked.series, asked.begin, asked.end, **how)
    prices = fetched.prices.reset_index()
    if asked.out is not None:
        write_prices(prices, asked.out)
    asked.emit(prices, summary(fetched, f"Prices, {asked.begin} .. {asked.end}"))
    warn(fetched.notes, quiet=asked.quiet)


def write_prices(prices: pd.DataFrame, path: Path) -> None:
    """Write a price file that `--prices` reads: CSV, or Parquet where the ending says so."""
    from eventstudy.files import write_files
    from eventstudy.study.envelope import to_csv

    if path.suffix.lower() not in _PARQUET:
        write_files(path.parent, {path.name: to_csv(prices).encode()})
        return
    from io import BytesIO

    written = BytesIO()
    try:
        prices.to_parquet(written, index=False)
    except ImportError:
        raise InputError("writing Parquet needs pyarrow: pip install 'raise-or-fold[parquet]'") from None
    write_files(path.parent, {path.name: written.getvalue()})


def summary(fetched: Fetched, title: str) -> TextTable:
    """Show one row a series: from where, from when to when, how many, and when struck."""
    rows = []
    for name in map(str, fetched.prices):
        column = fetched.prices[name].dropna()
        begin, end = (f"{day:%Y-%m-%d}" for day in column.index[[0, -1]])
        stamp = fetched.instruments[name].stamp.label
        rows.append((name, fetched.sources.get(name, ""), begin, end, str(len(column)), f"{column.iloc[-1]:g}", stamp))
    columns = ("series", "from", "first", "last", "prices", "newest", "struck")
    return TextTable(title, columns, tuple(rows), left=("series", "from", "first", "last", "struck"))


@command(
    Option("file", "FILE", "text", REQUIRED, "CSV, Excel or Parquet of any usual layout; - for stdin."),
    SHARED["data_kind"]._replace(help="What the file holds: prices, returns, volumes, or bars by the end that labels "
                                 "them."),
    *_READING,
    Option("name", "--name NAME", "text", None, "What its one market is called.", DATA),
    "adjust_splits how",
    Option("out", "--out FILE", "path", None, "Write the clean file here: CSV or Parquet.", OUTPUT),
    "quiet",
)  # fmt: skip
def import_series(asked: Asked) -> None:
    """Show the first and last three rows of a price file as they are understood, and write it clean."""
    from eventstudy.markets.identity import FILE
    from eventstudy.markets.prices import read_prices

    kind = asked.data_kind.partition("-")[0]
    how = asked.given("time_format", "decimal", "column", "sheet", "adjust_splits")
    prices = read_prices(asked.file, figures=kind, map=pairs_of(asked.map, "--map"), **how)
    warn([prices.attrs["read"], *prices.attrs.get("warnings", ())], quiet=asked.quiet)
    if asked.name is not None:
        if prices.shape[1] > 1:
            raise DesignError(f"--name is for a file of one market; it has: {', '.join(str(name) for name in prices)}")
        prices = prices.set_axis([asked.name], axis=1)
    elif FILE in prices.attrs["layout"].values():  # in the clean file too nothing names its one market
        prices = prices.set_axis([{"returns": "return", "volumes": "volume"}.get(kind, "close")], axis=1)
    table = prices.reset_index()
    if asked.out is not None:
        write_prices(table, asked.out)
    asked.emit(table, ends_view(table, f"{Path(asked.file).name}, as understood"))
