"""Trading volumes: how much was traded, session by session, in logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from eventstudy.markets.finding import listed
from eventstudy.markets.history import History, histories_from_prices
from eventstudy.markets.identity import Told, identify_frame
from eventstudy.markets.instrument import Instrument
from eventstudy.returns import Floats


def histories_from_volumes(volumes: pd.DataFrame, instruments: Mapping[str, Told] | None = None) -> dict[str, History]:
    """Make a history of the log volume of each column of a frame of volumes.

    Parameters
    ----------
    volumes : DataFrame, shape (T, S)
        Shares, contracts or turnover, indexed by session, in the form of `check_prices`.
    instruments : mapping of str to Instrument, optional
        Instruments of the columns, for their stamps and calendars; a column not named here is looked up in the
        catalogue by its exact name.

    Returns
    -------
    dict of str to History
        Levels of the natural logarithm; NaN, with a remark, on a session whose volume is missing or not above 0.

    References
    ----------
    Ajinkya and Jain (1989), The behavior of daily stock market trading volume, Journal of Accounting and Economics 11:
    logs bring volume near to the normal law. Yadav (1992), Event studies based on volatility of returns and trading
    volume, British Accounting Review 24.

    Examples
    --------
    >>> days = pd.to_datetime(["2022-02-24", "2022-02-25"])
    >>> histories_from_volumes(pd.DataFrame({"mine": [1.0, np.e]}, index=days))["mine"].returns
    array([0., 1.])
    """
    named = {name: _volume_of(one) for name, one in identify_frame(volumes, instruments).items()}
    histories = histories_from_prices(volumes, named)
    return {name: _in_logs(history) for name, history in histories.items()}


def _volume_of(instrument: Instrument) -> Instrument:
    return replace(
        instrument,
        label=f"{instrument.label}, volume",
        orientation=1,
        returns="level",
        unit="log volume",
        quote="volume",
        up="more was traded",
    )


def _in_logs(history: History) -> History:
    volumes = history.returns
    logs: Floats = np.log(np.where(volumes > 0, volumes, np.nan))
    days = listed(history.sessions[np.isnan(logs)])
    remarks = (f"{history.name}: no volume, hence no log volume, on {days}",) if days else ()
    return replace(history, returns=logs, prices=logs, remarks=remarks)
