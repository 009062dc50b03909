"""`eventstudy series check`: what looks wrong in a price series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.options import (
    CHOICES,
    DATA,
    AsOption,
    CloseOption,
    ColumnOption,
    DecimalOption,
    ExchangeOption,
    Format,
    FormatOption,
    MapOption,
    OneTimeFormatOption,
    OrientationOption,
    SheetOption,
    names,
)
from eventstudy.cli.sources import pairs_of

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.markets.quality import Finding
    from eventstudy.markets.history import History

_ENDINGS = {".csv", ".tsv", ".txt", ".xlsx", ".parquet", ".pq"}
_COLUMNS = ("series", "severity", "kind", "first", "last", "n", "detail")


def check(
    what: Annotated[str, typer.Argument(metavar="NAME|FILE", help="An instrument, a bundled series, or a price file.")],
    against: Annotated[
        str | None,
        typer.Option(
            "--against", metavar="NAME", help="Hold it against this instrument or bundled series.", rich_help_panel=DATA
        ),
    ] = None,
    series: Annotated[
        str | None,
        typer.Option("--series", metavar="A,B", help="Only these columns of the file.", rich_help_panel=DATA),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="End with exit code 6 if there is more than notes.", rich_help_panel=CHOICES),
    ] = False,
    map: MapOption = None,  # noqa: A002  # the name of the option
    time_format: OneTimeFormatOption = None,
    decimal: DecimalOption = None,
    column: ColumnOption = None,
    sheet: SheetOption = None,
    as_: AsOption = None,
    exchange: ExchangeOption = None,
    close: CloseOption = None,
    orientation: OrientationOption = None,
    how: FormatOption = Format.table,
) -> None:
    """Look for what is wrong in prices: stale runs, bad ticks, holes, units, and dates a session off.

    A column of a file that bears an instrument's name is held against the bundled figures of it, if there are any.
    """
    from eventstudy.cli.output import TextTable, emit
    from eventstudy.errors import PartialResultError
    from eventstudy.markets.quality import align
    from eventstudy.markets.identity import told_by_words
    from eventstudy.markets.quality import check_history

    reading = {"map": pairs_of(map, "--map"), "time_format": time_format, "decimal": decimal, "column": column}
    words = {"as": as_, "exchange": exchange, "close": close, "orientation": orientation}
    told = told_by_words({word: texts or () for word, texts in words.items()}, ())
    histories, of = _histories(what, names(series), {**reading, "sheet": sheet}, told)
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
    emit(frame, how, TextTable(f"Check of {Path(what).name}", _COLUMNS, rows, left, tuple(notes)))
    grave = sum(finding.severity != "note" for _, finding in findings)
    if strict and grave:
        raise PartialResultError(f"{grave} of {len(findings)} findings in {Path(what).name} are more than notes")


def _histories(
    what: str, columns: list[str] | None, reading: dict[str, Any], told: Mapping[str, Mapping[str, Any]]
) -> tuple[Mapping[str, History], dict[str, str]]:
    """Return the histories that a name or a file means, and under which name each is held against bundled figures."""
    from eventstudy.cli.output import warn
    from eventstudy.cli.sources import column_of
    from eventstudy.errors import DesignError, InputError
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
    from eventstudy.errors import DataMissingError
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
