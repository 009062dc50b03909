"""What had been struck by an instant: the prices that somebody could have seen then."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.markets.bars import bar_labels, bar_lengths
from eventstudy.markets.calendar import minutes_early
from eventstudy.markets.history import days_struck
from eventstudy.markets.identity import Told, identify_frame


def stamps_of(values: pd.DataFrame, instruments: Mapping[str, Told] | None = None) -> NDArray[np.datetime64]:
    """Return when each cell of a frame was struck, whether it is empty or not.

    Parameters
    ----------
    values : DataFrame, shape (T, S)
        Prices or returns, as `check_prices` returns them.
    instruments : mapping of str to Instrument or mapping, optional
        What is said of the columns, see `eventstudy.markets.identity.identify`.

    Returns
    -------
    ndarray of datetime64[ns], shape (T, S)
        In UTC, early closes followed. A return is struck with the later of its two prices.
    """
    columns = []
    for instrument in identify_frame(values, instruments).values():
        days = days_struck(values.index, instrument)
        columns.append(instrument.stamp.instants(days, minutes_early(instrument.calendar, days)))
    return np.stack(columns, axis=1)


def struck_by(
    values: pd.DataFrame, instant: np.datetime64, instruments: Mapping[str, Told] | None = None
) -> pd.DataFrame:
    """Return the prices that were struck by an instant.

    Parameters
    ----------
    values : DataFrame, shape (T, S)
        Prices or returns, as `check_prices` returns them.
    instant : datetime64
        In UTC.
    instruments : mapping of str to Instrument, optional
        As in `stamps_of`.

    Returns
    -------
    DataFrame, shape (T', S)
        NaN where a price was struck later; it ends with the last row that has a price of which one could have known.
        No rows where there is none.
    """
    kept = values.where(stamps_of(values, instruments) <= instant)
    there = np.flatnonzero(kept.notna().any(axis=1).to_numpy())
    return kept.iloc[: there[-1] + 1 if len(there) else 0]


def bars_ended_by(bars: pd.DataFrame, label: str, instant: np.datetime64) -> pd.DataFrame:
    """Return the bars that had ended by an instant.

    Parameters
    ----------
    bars : DataFrame, shape (T, S)
        Bars, as `eventstudy.markets.bars.check_bars` returns them.
    label : {'start', 'end'}
        Which end of a bar its label is.
    instant : datetime64
        In UTC.

    Returns
    -------
    DataFrame, shape (T', S)
        The first rows of `bars`; NaN in the last of them where the bar of a column ended later.
    """
    labels = bar_labels(bars)[:, None]
    ends = labels + np.array(list(bar_lengths(bars).values())) if label == "start" else labels
    ended = np.broadcast_to(ends <= instant, bars.shape)
    return bars.where(ended).iloc[: int(np.count_nonzero(ended.any(axis=1)))]
