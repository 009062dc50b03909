"""From the data options to events, prices and instruments."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from eventstudy.markets.instrument import Instrument


@dataclass(frozen=True, eq=False)
class Sources:
    """What a command works on.

    Parameters
    ----------
    events, prices : DataFrame
        The events table and the prices, a column an instrument.
    instruments : mapping of str to Instrument
        What the columns are.
    series : tuple of str, optional
        The series asked for.
    """

    events: pd.DataFrame
    prices: pd.DataFrame
    instruments: Mapping[str, Instrument]
    series: tuple[str, ...] | None


def read_sources(
    case: str | None,
    events: Path | None,
    prices: Path | None,
    series: Sequence[str] | None,
    regressors: Sequence[str] = (),
) -> Sources:
    """Read what the data options name.

    Parameters
    ----------
    case : str, optional
        A bundled case; its events and its prices, unless files are named beside it.
    events, prices : Path, optional
        Files.
    series : sequence of str, optional
        Series to study; without a price file, bundled instruments by name or alias.
    regressors : sequence of str
        Further columns the model needs.

    Returns
    -------
    Sources
        Events and prices.

    Raises
    ------
    DesignError
        If the options do not say where events or prices come from.
    """
    from eventstudy.errors import DesignError

    if case is None and events is None:
        raise DesignError("no events: name a bundled case with --case, or a file with --events")
    if case is None and prices is None and not series:
        raise DesignError("no prices: name a file with --prices, or bundled instruments with --series ruble,brent")
    table = _events(case, events)
    if prices is not None:
        from eventstudy.markets.prices import read_prices

        return Sources(table, read_prices(prices), {}, None if series is None else tuple(series))
    if case is not None:
        return _of_case(case, table, series)
    return _bundled(table, list(series or ()), list(regressors))


def _events(case: str | None, events: Path | None) -> pd.DataFrame:
    if events is not None:
        from eventstudy.news.files import read_events

        return read_events(events)
    from eventstudy.cases import case_events

    return case_events(str(case))


def _of_case(name: str, events: pd.DataFrame, series: Sequence[str] | None) -> Sources:
    from eventstudy.cases import load_case

    case = load_case(name)
    chosen = case.headline if series is None else tuple(_column(word, list(map(str, case.prices))) for word in series)
    return Sources(events, case.prices, case.instruments, chosen)


def _column(word: str, columns: Sequence[str]) -> str:
    """Return the column meant by a name or an alias."""
    if word in columns:
        return word
    from eventstudy.errors import DataMissingError
    from eventstudy.markets.instrument import find_instrument

    name = find_instrument(word).name
    if name not in columns:
        raise DataMissingError(f"the case has no figures for '{name}'; it has: {', '.join(columns)}")
    return name


def _bundled(events: pd.DataFrame, series: list[str], regressors: list[str]) -> Sources:
    from datetime import date

    from eventstudy.markets.bundled import bundled_prices
    from eventstudy.markets.instrument import find_instrument

    instruments = {word: find_instrument(word) for word in (*series, *regressors)}
    names = list(dict.fromkeys(instrument.name for instrument in instruments.values()))
    middle = sorted(str(time)[:10] for time in events["time"])[len(events) // 2]
    prices = bundled_prices(names, date.fromisoformat(middle))
    chosen = tuple(dict.fromkeys(instruments[word].name for word in series))
    return Sources(events, prices, {name: find_instrument(name) for name in names}, chosen)
