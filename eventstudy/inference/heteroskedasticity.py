"""News as a rise of covariance: what distinguishes event days from other days across markets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.errors import DesignError
from eventstudy.returns import Floats

NULL_FACTOR = "markets vary together on event days as on other days"

_FEWEST_EVENT_DAYS = 3

_DRAWS_AT_ONCE = 1024


@dataclass(frozen=True, eq=False)
class NewsFactor:
    """The factor that is stronger on event days, over S markets.

    Parameters
    ----------
    loadings : ndarray, shape (S,)
        Effect on each market of news of one standard deviation, in the unit of the returns given; signed so that the
        largest is positive.
    eigenvalue : float
        Largest eigenvalue of the change of the covariance matrix: the sum of the squared loadings.
    share : float
        That over the sum of all positive eigenvalues: how much of the rise is one factor.
    p_value : float
        Share of placebo sets of days with an eigenvalue as large.
    n_draws : int
        Placebo sets, B.
    sd_event, sd_other : ndarray, shape (S,)
        Standard deviations on event days and on other days.
    n_event, n_other : int
        Number of days.
    """

    loadings: Floats
    eigenvalue: float
    share: float
    p_value: float
    n_draws: int
    sd_event: Floats
    sd_other: Floats
    n_event: int
    n_other: int


def news_factor(returns: Floats, is_event: NDArray[np.bool_], n_draws: int = 9_999, seed: int = 0) -> NewsFactor:
    """Return the factor that is stronger on event days than on others.

    Parameters
    ----------
    returns : ndarray, shape (D, S)
        Abnormal returns of S markets on D common days, none missing; divided by the volatility known the day before
        where volatility comes in waves, else every set of days in a nervous month looks like news.
    is_event : ndarray of bool, shape (D,)
        Which of them are event days.
    n_draws : int
        Placebo sets of days to draw.
    seed : int
        Seed of the draws.

    Returns
    -------
    NewsFactor
        Loadings, how much they explain, and how often other days look like that.

    Raises
    ------
    DesignError
        If there are fewer than three event days, or no more other days than event days, or a return is missing.

    Notes
    -----
    News has the same loadings b every day and a larger variance on event days; all other shocks vary as before. Then
    ``Cov(event days) - Cov(other days) = (σ²_E - σ²_0) bb'``, and b is found without saying what the news was worth:
    the leading eigenvector of the change, times the root of its eigenvalue. Covariances are taken about zero, for
    abnormal returns have a mean of zero and a few event days' own mean is part of the news.

    The placebo draws as many days as there are event days from all D days, the events' own among them, as though the
    labels of days were permuted; ``p = (1 + #{λ_b >= λ}) / (B + 1)``. It takes days to be exchangeable.

    References
    ----------
    Rigobon and Sack (2004), The impact of monetary policy on asset prices, Journal of Monetary Economics 51.

    Examples
    --------
    >>> calm, news = np.array([[1.0, 0.0], [0.0, 1.0]] * 50), np.array([[3.0, -3.0]] * 5)
    >>> found = news_factor(np.vstack([calm, news]), np.arange(105) >= 100, n_draws=99)
    >>> found.loadings.round(2), round(found.share, 2), found.p_value
    (array([ 2.96, -2.96]), 1.0, 0.01)
    """
    n_event, n_other = int(is_event.sum()), int((~is_event).sum())
    if not np.isfinite(returns).all():
        raise DesignError("a return is missing on a common day; leave that day out")
    if n_event < _FEWEST_EVENT_DAYS or n_other <= n_event:
        raise DesignError(
            f"{n_event} event days against {n_other} others; the factor needs at least {_FEWEST_EVENT_DAYS} event "
            "days, and more others than event days"
        )
    squares = np.einsum("di,dj->dij", returns, returns).reshape(len(returns), -1)
    total = squares.sum(axis=0)
    change = _change(squares[is_event].sum(axis=0), total, n_event, len(returns))
    values, vectors = np.linalg.eigh(change)
    lead = vectors[:, -1] * np.sign(vectors[np.argmax(np.abs(vectors[:, -1])), -1])
    top = float(values[-1])
    drawn = _placebo(squares, total, n_event, n_draws, seed)
    # Eigenvalues that only rounding sets apart from the observed one are as large as it.
    as_large = int(np.count_nonzero(drawn >= top - 1e-12 * abs(top)))
    return NewsFactor(
        loadings=np.asarray(lead * np.sqrt(max(top, 0.0))),
        eigenvalue=top,
        share=top / float(values[values > 0].sum()) if top > 0 else np.nan,
        p_value=(1 + as_large) / (n_draws + 1),
        n_draws=n_draws,
        sd_event=np.sqrt((returns[is_event] ** 2).mean(axis=0)),
        sd_other=np.sqrt((returns[~is_event] ** 2).mean(axis=0)),
        n_event=n_event,
        n_other=n_other,
    )


def _change(of_event: Floats, total: Floats, n_event: int, n_days: int) -> Floats:
    """Second moments of the event days less those of the others, shape (..., S, S)."""
    flat = of_event / n_event - (total - of_event) / (n_days - n_event)
    n_series = round(flat.shape[-1] ** 0.5)
    return np.asarray(flat.reshape(*flat.shape[:-1], n_series, n_series))


def _placebo(squares: Floats, total: Floats, n_event: int, n_draws: int, seed: int) -> Floats:
    """Largest eigenvalue of the change for random sets of days, shape (n_draws,)."""
    rng, largest = np.random.default_rng(seed), []
    for first in range(0, n_draws, _DRAWS_AT_ONCE):
        n_rows = min(_DRAWS_AT_ONCE, n_draws - first)
        order = rng.random((n_rows, len(squares)))
        # The days with the smallest numbers are the set: each set of n_event days is as likely as any other.
        bound = np.partition(order, n_event - 1, axis=1)[:, n_event - 1]
        sums = (order <= bound[:, None]).astype(np.float64) @ squares
        largest.append(np.linalg.eigvalsh(_change(sums, total, n_event, len(squares)))[:, -1])
    return np.concatenate(largest)
