"""The news factor of a study: what its event days have in common across markets that other days have not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import DesignError, NothingUsableError
from eventstudy.inference.heteroskedasticity import NULL_FACTOR, news_factor
from eventstudy.inference.placebo import event_spans
from eventstudy.markets.stamp import Dates
from eventstudy.news.stance import STANCES, net_stance
from eventstudy.returns import Floats
from eventstudy.study.averages import ALL
from eventstudy.study.estimate import SeriesEstimate
from eventstudy.study.estimated import Estimated
from eventstudy.study.tables import used_rows

DRAWS = 9_999


@dataclass(frozen=True, eq=False)
class FactorResult:
    """The factor that is stronger on event days, of all events and by stance.

    Parameters
    ----------
    factor : DataFrame
        One row a stance, ``*`` for all.
    loadings : DataFrame
        One row a stance and series.
    warnings : tuple of str
        What a reader must know.
    """

    factor: pd.DataFrame
    loadings: pd.DataFrame
    warnings: tuple[str, ...]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables by name, the main one first."""
        return {"loadings": self.loadings, "factor": self.factor}


def factor(estimated: Estimated, n_draws: int = DRAWS) -> FactorResult:
    """Find the news factor of a study.

    Parameters
    ----------
    estimated : Estimated
        A study matched and estimated: `EventStudy.estimated`.
    n_draws : int
        Placebo sets of days.

    Returns
    -------
    FactorResult
        Loadings in units of each series' own volatility, as it was known the day before.

    Raises
    ------
    DesignError
        If there is only one series, no window has the event session, or there are too few common event days.
    NothingUsableError
        If the series have no day in common.

    Notes
    -----
    Days are those on which every series has an abnormal return and a volatility. A day is an event day if it is the
    event session of any event in any series (the same news can meet markets on two days); days inside a window that are
    none are left out. See `eventstudy.inference.heteroskedasticity.news_factor`.
    """
    if len(estimated.estimates) < 2:  # noqa: PLR2004  # a covariance needs two
        raise DesignError("a factor across markets needs at least two series")
    days, z = _common_days(estimated)
    stance = _stances(estimated, days)
    quiet = ~np.any([np.isin(days, _spans(estimated, s)) for s in range(len(estimated.estimates))], axis=0)
    rows, loadings, left_out = [], [], []
    for group in (ALL, *STANCES):
        is_event = stance != "" if group == ALL else stance == group
        kept = is_event | quiet
        try:
            found = news_factor(z[kept], is_event[kept], n_draws, estimated.design.seed)
        except DesignError as error:
            if group == ALL:
                raise
            left_out.append(f"no factor for {group}: {error}")
            continue
        rows.append(
            {
                "stance": group,
                "eigenvalue": found.eigenvalue,
                "share": found.share,
                "law": "placebo",
                "df": found.n_draws,
                "p_value": found.p_value,
                "n_event_days": found.n_event,
                "n_other_days": found.n_other,
                "n_series": z.shape[1],
                "null": NULL_FACTOR,
            }
        )
        columns = (found.loadings, found.sd_event, found.sd_other)
        loadings += [
            {"stance": group, "series": name, "unit": "own volatility", "loading": b, "sd_event": e, "sd_other": o}
            for name, b, e, o in zip(estimated.names, *columns, strict=True)
        ]
    n_inside = int((~quiet & (stance == "")).sum())
    note = f"{len(days)} common days of {len(estimated.names)} series; {n_inside} inside windows are neither side"
    return FactorResult(pd.DataFrame(rows), pd.DataFrame(loadings), (note, *left_out))


def _common_days(estimated: Estimated) -> tuple[Dates, Floats]:
    """Return the days on which every series has a volatility-scaled abnormal return, and these, shape (D, S)."""
    span = estimated.design.span
    if not span.first <= 0 <= span.last:
        raise DesignError(f"the windows span {span}, without the event session; add the window 0:0")
    scaled = [_scaled(estimate, -span.first) for estimate in estimated.estimates]
    days = estimated.estimates[0].history.sessions[np.isfinite(scaled[0])]
    for estimate, z in zip(estimated.estimates, scaled, strict=True):
        days = np.intersect1d(days, estimate.history.sessions[np.isfinite(z)], assume_unique=True)
    if not len(days):
        raise NothingUsableError("the series have no day in common on which all have an abnormal return")
    columns = [z[np.searchsorted(e.history.sessions, days)] for e, z in zip(estimated.estimates, scaled, strict=True)]
    return days, np.stack(columns, axis=1)


def _scaled(estimate: SeriesEstimate, column: int) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(estimate.abnormal.ar[:, column] / estimate.scale)


def _event_days(estimated: Estimated, s: int) -> tuple[Dates, NDArray[np.str_]]:
    rows, positions = used_rows(estimated.matches, s)
    return estimated.estimates[s].history.sessions[positions], estimated.matches.stances[rows, s].astype(str)


def _stances(estimated: Estimated, days: Dates) -> NDArray[np.str_]:
    """Return the net stance of each day's events over all series; '' on days without."""
    by_day: dict[np.datetime64, set[str]] = {}
    for s in range(len(estimated.estimates)):
        for day, stance in zip(*_event_days(estimated, s), strict=True):
            by_day.setdefault(day, set()).add(str(stance))
    return np.array([net_stance(by_day[day]) if day in by_day else "" for day in days])


def _spans(estimated: Estimated, s: int) -> Dates:
    """Return the days of one series that lie in the span of an event."""
    sessions = estimated.estimates[s].history.sessions
    positions = used_rows(estimated.matches, s)[1]
    return sessions[event_spans(len(sessions), positions, estimated.design.span)]
