"""What is known of single sessions of a series: rolls of a front month, figures on holidays, jumps that were real."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from eventstudy.markets.stamp import Dates

#: Months in which wheat futures expire.
_WHEAT_MONTHS = (3, 5, 7, 9, 12)


@dataclass(frozen=True)
class Known:
    """A fact about the figures of certain sessions, such as a contract roll or an ex-date.

    Parameters
    ----------
    stamp : str
        Name of the stamp at which those figures are struck; figures struck otherwise are others.
    why : str
        The fact, in words for a reader.
    days : tuple of date
        The sessions, where they are single ones.
    rule : {'', 'month-end', 'wheat'}
        The rule for them otherwise (see `rolls`).
    real : bool
        Whether it says that a jump was one of the market, so that it is no alarm.
    """

    stamp: str
    why: str
    days: tuple[date, ...] = ()
    rule: str = ""
    real: bool = False

    def among(self, sessions: Dates) -> Dates:
        """Return those of the sessions of which it is known, ascending."""
        days = rolls(self.rule, sessions) if self.rule else np.array(self.days, dtype="datetime64[D]")
        return np.intersect1d(days, sessions)


def rolls(rule: str, sessions: Dates) -> Dates:
    """Return the sessions on which a front month is another contract than on the session before.

    Parameters
    ----------
    rule : {'month-end', 'wheat'}
        ``month-end``: a contract for a month of gas expires two London business days before that month, so the last
        business day of each month is the first of the next contract. ``wheat``: contracts of March, May, July,
        September and December expire on the business day before the 15th of their month.
    sessions : ndarray of datetime64[D], shape (T,)
        Sessions, ascending.

    Returns
    -------
    ndarray of datetime64[D]
        For each roll the first session on or after its day.

    Examples
    --------
    >>> days = np.arange("2020-08-24", "2020-09-19", dtype="datetime64[D]")
    >>> rolls("month-end", days), rolls("wheat", days)  # 31 August was a bank holiday
    (array(['2020-08-28'], dtype='datetime64[D]'), array(['2020-09-15'], dtype='datetime64[D]'))
    """
    if not len(sessions):
        return sessions
    months = np.arange(sessions[0].astype("datetime64[M]"), sessions[-1].astype("datetime64[M]") + 1)
    if rule == "wheat":
        expires = months[np.isin(months.astype(int) % 12 + 1, _WHEAT_MONTHS)]
        days = np.asarray(expires.astype("datetime64[D]") + np.timedelta64(14, "D"), dtype="datetime64[D]")
    else:
        from holidays import country_holidays

        years = range(int(str(months[0])[:4]), int(str(months[-1])[:4]) + 2)
        closed = sorted(country_holidays("GB", subdiv="ENG", years=years))
        following = (months + 1).astype("datetime64[D]")
        holidays = np.array(closed, dtype="datetime64[D]")
        days = np.asarray(np.busday_offset(following, -1, roll="forward", holidays=holidays), dtype="datetime64[D]")
    at = np.searchsorted(sessions, days[(days >= sessions[0]) & (days <= sessions[-1])])
    return np.unique(sessions[at])
