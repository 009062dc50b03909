"""The volatility-scaled placebo: a move over the volatility known the day before, held against days without news."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from eventstudy.errors import DesignError
from eventstudy.inference.parametric import LEVEL, POWER
from eventstudy.returns import ROUNDING, Floats, Ints, Mask
from eventstudy.statistic import drawn_p
from eventstudy.window import Window

#: Weight of yesterday's variance in today's.
DECAY = 0.94

#: Number of abnormal returns whose variance starts the recursion.
START = 60

#: A squared return enters the recursion as no more than this many times the variance expected of it. Without the cap
#: one crash makes every later move look small: size falls from 5 to 0 % for months, power from 90 to 51 %.
CAP = 9.0

#: With fewer placebo sessions than this the estimation residuals serve instead.
ENOUGH = 100

#: Days without news say themselves how ordinary a move is, up to this share of them; those between the two shares say
#: how the tail goes on. What lies beyond is not learned from: it may be what is looked for.
_TAIL, _FAR = 0.90, 0.98

#: Shapes of the tail: 1/2 and above it moves in units of volatility would have no variance.
_SHAPES = np.linspace(0.01, 0.5, 25)[:, None]

#: Degrees of freedom among which the likeliest are chosen.
_TAILS = (3.0, 4.0, 6.0, 10.0, 30.0)


def ewma_scale(
    ar: Floats, initial: Floats | None = None, decay: float = DECAY, start: int = START, cap: float = CAP
) -> Floats:
    """Return each session's volatility as it was known the session before.

    Parameters
    ----------
    ar : ndarray, shape (T,) or (T, S)
        Abnormal returns, each under its own session's estimates; NaN where missing.
    initial : ndarray, shape (S,), optional
        Variances known before the first session; default the variance of the first `start` abnormal returns, and no
        scale up to the last of them.
    decay : float
        Weight λ of the variance before.
    start : int
        Number of abnormal returns whose variance starts the recursion.
    cap : float
        Largest multiple of the expected variance that a squared return enters with.

    Returns
    -------
    ndarray, same shape as `ar`
        ``σ_t``; NaN before the recursion has started. A missing return leaves the variance as it was.

    Notes
    -----
    ``σ²_t = λ σ²_{t-1} + (1 - λ) min(AR²_{t-1}, cap σ²_{t-1})``. A variance of 0 caps nothing.

    References
    ----------
    RiskMetrics (1996), Technical Document, 4th edition; the cap as in robust EWMA filters, e.g. Gelper, Fried and
    Croux (2010), Robust forecasting with exponential and Holt-Winters smoothing, Journal of Forecasting 29.

    Examples
    --------
    >>> ewma_scale(np.array([1.0, -1.0, 2.0, 0.0]), decay=0.5, start=2)
    array([       nan,        nan, 1.41421356, 1.73205081])
    """
    if not len(ar):
        return np.array(ar)
    table = ar.reshape(len(ar), -1)
    there, out = np.isfinite(table), np.full(table.shape, np.nan)
    known = np.full(table.shape[1], np.nan) if initial is None else np.asarray(initial, dtype=np.float64)
    # The last of the returns whose variance starts the recursion; where that is given there is none.
    last = (np.cumsum(there, axis=0) < start).sum(axis=0) if initial is None else np.full(len(known), -1)
    # What is missing leaves the variance as it was: it is kept whole, and nothing is added.
    kept, added = np.where(there, decay, 1.0), (1.0 - decay) * np.where(there, table, 0.0) ** 2
    for t in range(len(table)):
        out[t] = known
        limit = np.where(known == 0, np.inf, known * ((1.0 - decay) * cap))
        known = known * kept[t] + np.minimum(limit, added[t])
        for s in np.flatnonzero(last == t):
            known[s] = np.var(table[: t + 1, s][there[: t + 1, s]], ddof=1)
    return np.asarray(np.sqrt(out).reshape(ar.shape))


def garch_scale(ar: Floats, start: int = START) -> Floats:
    """Return each session's volatility as a GARCH(1,1) knew it the session before.

    Parameters
    ----------
    ar : ndarray, shape (T,) or (T, S)
        Abnormal returns, each under its own session's estimates; NaN where missing.
    start : int
        Number of abnormal returns without a scale, as many as the EWMA needs.

    Returns
    -------
    ndarray, same shape as `ar`
        ``σ_t``; NaN on the first `start` abnormal returns. A missing return takes the volatility forecast for it and
        leaves the variance as it was.

    Raises
    ------
    DesignError
        If the package ``arch`` is not installed.

    Notes
    -----
    ``σ²_t = ω + α AR²_{t-1} + β σ²_{t-1}``. The returns in it are those before t, but ω, α and β are fitted once over
    the whole sample, later sessions included, and so is the variance of the first session. For figures that must be
    point in time take the EWMA, whose λ is fixed.

    References
    ----------
    Bollerslev (1986), Generalized autoregressive conditional heteroskedasticity, Journal of Econometrics 31.
    """
    try:
        from arch import arch_model
    except ModuleNotFoundError:
        raise DesignError(
            'the garch scale needs the package arch: pip install "raise-or-fold[garch]", or take the ewma scale'
        ) from None
    if ar.ndim > 1:
        return np.stack([garch_scale(column, start) for column in ar.T], axis=1)
    scale, known = np.full(len(ar), np.nan), np.flatnonzero(np.isfinite(ar))
    if len(known) <= start:
        return scale
    unit = float(np.std(ar[known]))
    if unit == 0:
        return scale
    fit = arch_model(ar[known] / unit, mean="Zero", rescale=False).fit(disp="off", show_warning=False)
    scale[known] = unit * np.asarray(fit.conditional_volatility)
    # What is missing takes the forecast for the next return there is: the variance did not move in between.
    following = np.minimum(np.searchsorted(known, np.arange(len(ar))), len(known) - 1)
    scale = np.where(np.isnan(scale), scale[known[following]], scale)
    scale[: known[start - 1] + 1] = np.nan
    return scale


#: What is said wherever the second of the scales is taken.
GARCH_LOOKS_AHEAD = (
    "the garch scale is fitted on all figures, those after an event too, so p values change as figures are added; "
    "the scale ewma looks back only"
)

#: The scales a study can take.
SCALES: dict[str, Callable[[Floats], Floats]] = {"ewma": ewma_scale, "garch": garch_scale}


def placebo_z(car: Floats, scale: Floats, window: Window) -> Floats:
    """Return CARs in units of the volatility known before their window and their event session.

    Parameters
    ----------
    car : ndarray, shape (T, ...)
        CAR over the window from every session taken as event session; NaN where it is not complete.
    scale : ndarray, shape (T, ...)
        What `ewma_scale` returned.
    window : Window
        The window, n sessions.

    Returns
    -------
    ndarray, shape (T, ...)
        ``z_t = CAR_t / (σ_{t + min(first, 0)} √n)``: a window that begins before the event session is scaled by the
        volatility known before it begins, so that no return is measured by a scale it has entered.
    """
    shift = min(-min(window.first, 0), len(scale))
    known = np.full(scale.shape, np.nan)
    known[shift:] = scale[: len(scale) - shift]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(known > 0, car / (known * np.sqrt(window.n_sessions)), np.nan))


def touched(n_sessions: int, positions: Ints, window: Window) -> Mask:
    """Mark the sessions that lie in a window around any event session.

    Parameters
    ----------
    n_sessions : int
        Number of sessions T of the series.
    positions : ndarray of int64, shape (N,)
        The event sessions.
    window : Window
        The window around each.

    Returns
    -------
    ndarray of bool, shape (T,)
        True within ``position + window`` of at least one event.
    """
    edges = np.zeros(n_sessions + 1, dtype=np.int64)
    np.add.at(edges, np.clip(positions + window.first, 0, n_sessions), 1)
    np.add.at(edges, np.clip(positions + window.last + 1, 0, n_sessions), -1)
    return np.asarray(np.cumsum(edges)[:-1] > 0)


def clear_of(busy: Mask, window: Window) -> Mask:
    """Say around which sessions a window lies whole inside the sample and meets no marked session, shape (T,)."""
    before, n = np.concatenate([[0], np.cumsum(busy)]), len(busy)
    first, last = np.arange(n) + window.first, np.arange(n) + window.last
    low, high = np.clip(first, 0, n), np.clip(last + 1, 0, n)
    return np.asarray((first >= 0) & (last < n) & (before[high] == before[low]))


def placebo_p(z: float, placebo: Floats, n: int = 1) -> float:
    """Return the two-sided placebo p-value of one z.

    Parameters
    ----------
    z : float
        The event's z.
    placebo : ndarray, shape (B,)
        The z of the placebo sessions; NaN where one has none.
    n : int
        Sessions of the window: B placebo windows of them count as B / n days.

    Returns
    -------
    float
        ``(1 + #{|z_b| >= |z|}) / (B + 1)``, never below ``1 / (B/n + 1)``; NaN if z is NaN or there is no placebo
        session.

    References
    ----------
    Phipson and Smyth (2010), Permutation p-values should never be zero, SAGMB 9(1).

    Examples
    --------
    >>> placebo_p(2.0, np.array([0.5, -2.5, 1.0]))
    0.5
    """
    n_days = int(np.count_nonzero(np.isfinite(placebo)))
    if np.isnan(z) or not n_days:
        return float("nan")
    reached = np.count_nonzero(np.abs(placebo) >= abs(z) - ROUNDING)
    return float(max(drawn_p(reached, n_days), drawn_p(0, n_days / n)))


def tail_p(far: Floats, days: Floats) -> Floats:
    """Return how often days without news move as far, beyond the farthest of them too, shape (M,).

    Parameters
    ----------
    far : ndarray, shape (M,)
        Largest move of a family of series, 0 or more.
    days : ndarray, shape (B,)
        The same of days without news, at least 100.

    Returns
    -------
    ndarray, shape (M,)
        Up to the 98th percentile of the days the placebo p, ``(1 + #{days >= far}) / (B + 1)``. Ranks can find nothing
        out of the ordinary among the days themselves: beyond any bound are as many as the bound expects. So farther out
        it is the share of days beyond that percentile c, times how much rarer ``far`` is by a generalised Pareto tail,
        ``S(far) / S(c)``, averaged over shapes and scales as the days between the 90th and the 98th percentile make
        them likely; of days beyond only the number counts, so that surprises do not hide each other.

    References
    ----------
    Davison and Smith (1990), Models for exceedances over high thresholds, JRSS B 52; averaged over what is uncertain as
    in Smith (1999), Bayesian and frequentist approaches to parametric predictive inference, Bayesian Statistics 6.
    """
    begin, end = np.quantile(days, (_TAIL, _FAR))
    inside = days[(days > begin) & (days <= end)] - begin
    share = np.count_nonzero(days > end) / len(days)
    scale = (np.median(days[days > begin]) - begin) * np.geomspace(0.4, 5.0, 40)

    def log_s(x: Floats) -> Floats:
        return np.asarray(-np.log1p(_SHAPES * x[:, None, None] / scale) / _SHAPES)

    end_s = log_s(np.array([end - begin]))[0]
    likely = ((1.0 + _SHAPES) * log_s(inside) - np.log(scale)).sum(axis=0) + share * len(days) * end_s
    weight = np.exp(likely - likely.max())
    p, beyond = drawn_p(np.searchsorted(np.sort(-days), -far, side="right"), len(days)), far > end
    p[beyond] = share * (np.exp(log_s(far[beyond] - begin) - end_s) * weight).sum(axis=(1, 2)) / weight.sum()
    return np.asarray(p)


def step_down_counts(z: Floats, far: Floats, line: ArrayLike | None = None, end: ArrayLike = np.inf) -> Ints:
    """Count for each |z| the draws whose largest among it and all smaller ones reaches it; counts of blocks add up.

    Of F families of S series side by side: z (S, F), the |z| of their draws `far` (S, R, B), which of the R lines is
    each family's (default its own), and how many of the B draws it is held against.
    """
    (n_lines, n), n_families, size = far.shape[1:], z.shape[1], np.abs(z)
    rising = np.argsort(size, axis=0, kind="stable")
    rows = rising * n_lines + (np.arange(n_families) if line is None else line)
    size, far, end = np.take_along_axis(size, rising, axis=0), far.reshape(-1, n), np.broadcast_to(end, n_families)
    reached = np.empty(z.shape, dtype=np.int64)
    for f in range(n_families):
        largest = np.zeros(int(min(end[f], n)))
        for j, (row, least) in enumerate(zip(rows[:, f].tolist(), size[:, f].tolist(), strict=True)):
            np.maximum(largest, far[row, : len(largest)], out=largest)
            reached[j, f] = np.count_nonzero(largest >= least - ROUNDING)
    counts = np.empty_like(reached)
    np.put_along_axis(counts, rising, reached, axis=0)
    return counts


def stepped_p(z: Floats, counts: Ints, n_draws: Any) -> Floats:
    """Return p-values that hold for the whole family of series at once, by step-down max |z|.

    Parameters
    ----------
    z : ndarray, shape (S, F)
        z of one event of each of F families in each of S series.
    counts : ndarray of int64, shape (S, F)
        Of `step_down_counts`: draws whose largest |z_b| among it and all smaller ones reaches |z|.
    n_draws : int or ndarray
        Number of draws B.

    Returns
    -------
    ndarray, shape (S, F)
        For the j-th largest |z|, ``(1 + #{max over it and all smaller ones of |z_b| >= |z_j|}) / (B + 1)``, never less
        than that of a larger |z|. Their dependence is kept because every draw is one date.

    References
    ----------
    Westfall and Young (1993), Resampling-Based Multiple Testing; Romano and Wolf (2005), Econometrica 73.

    Examples
    --------
    >>> z, draws = np.array([[3.0], [0.1]]), np.array([[1.0, 0.0, 4.0], [1.0, 2.0, 0.0]])
    >>> stepped_p(z, step_down_counts(z, draws[:, None]), 3)
    array([[0.5 ],
           [0.75]])
    """
    falling, p = np.argsort(np.abs(z), axis=0, kind="stable")[::-1], np.empty(z.shape)
    least = np.maximum.accumulate(drawn_p(np.take_along_axis(counts, falling, axis=0), n_draws), axis=0)
    np.put_along_axis(p, falling, least, axis=0)
    return p


def effective_n(position: Ints, n: int, n_obs: float = np.inf, reach: int = 1) -> float:
    """Return how many windows without overlap the windows of some event sessions stand for in a mean.

    Parameters
    ----------
    position : ndarray of int64, shape (m,)
        The event sessions, ascending, each once.
    n : int
        Number of sessions of the window.
    n_obs : float
        Estimation returns M behind each normal return; infinite where nothing is estimated.
    reach : int
        Number of sessions L of the estimation window.

    Returns
    -------
    float
        ``m² / Σ_ij ρ_ij``: from 1, for windows that are all but the same, to m.

    Notes
    -----
    Of two windows g sessions apart ``ρ = ((1 - g/n)⁺ + (n/M) (1 - g/L)⁺) / (1 + n/M)``: the first term is the share of
    sessions they have in common, the second the estimation error of the mean, in which events of one season have a part
    in common too. The mean of m such sums varies as the mean of that many independent ones.

    Examples
    --------
    >>> effective_n(np.array([10, 20, 30]), 6)
    3.0
    >>> round(effective_n(np.array([10, 11, 30]), 2), 2)
    2.25
    >>> round(effective_n(np.array([10, 20, 30]), 6, n_obs=120, reach=120), 2)
    2.77
    """
    return float(effective_sizes(position, np.array([len(position)]), n, np.array([n_obs]), reach)[0])


def effective_sizes(position: Ints, size: Ints, n: int, n_obs: Floats, reach: int) -> Floats:
    """Return `effective_n` of G groups of event sessions, one after another: `size` and `n_obs` (G,)."""
    group, apart = np.repeat(np.arange(len(size)), size), int(position.max(initial=0)) + max(n, reach) + 1
    place, after = group * apart + position, np.arange(1, len(position) + 1)
    total = np.concatenate([[0], np.cumsum(position)])

    error, together = n / n_obs, np.zeros(len(size))
    # Shares that windows have in common, ``Σ_{i<j} (1 - g/width)⁺``: of the events, and of what estimates their means.
    for width, weight in ((n, 1.0), (reach, error)):
        near = np.searchsorted(place, place + width) - after
        gaps = total[after + near] - total[after] - near * position
        together += weight * (np.bincount(group, near, len(size)) - np.bincount(group, gaps, len(size)) / width)
    with np.errstate(invalid="ignore"):
        return np.where(size > 0, size**2 / (size + 2.0 * together / (1.0 + error)), 0.0)


def placebo_smallest(draws: Floats, power: float = POWER, level: float = LEVEL) -> float:
    """Return the shift that the placebo test sees with the power asked for, whichever way it goes.

    Parameters
    ----------
    draws : ndarray, shape (B,)
        The figure on B placebo calendars.
    power, level : float
        Chance of seeing the shift; level of the test.

    Returns
    -------
    float
        The smallest shift, up or down whichever needs more, such that the share `power` of the draws, shifted, have a
        placebo p at or below `level` against the draws as they are. NaN where B is too small for that p.

    Notes
    -----
    ``p <= level`` when |z| exceeds the k-th largest |draw|, ``k = floor(level (B + 1))``. Of the draws shifted by d the
    share `power` must exceed it; those that come out on the other side are not counted.

    Examples
    --------
    >>> placebo_smallest(np.arange(-50.0, 51.0), level=0.1)
    76.0
    """
    k = math.floor(level * (len(draws) + 1) + 1e-9)
    if k < 1:
        return math.nan
    point, rising = float(np.partition(np.abs(draws), -k)[-k]), np.sort(draws)
    n_seen = math.ceil(power * len(draws) - 1e-9)
    return max(point - float(rising[-n_seen]), point + float(rising[n_seen - 1]))


def ledoit_wolf(x: Floats) -> Floats:
    """Return the covariance of rows about 0, shape (d, d), shrunk to a multiple of the identity.

    ``(1 - a) S + a m I``, m the mean of the variances, with the weight a that is best in mean square (Ledoit and Wolf,
    *Journal of Multivariate Analysis* 88, 2004, 365-411).
    """
    n, d = x.shape
    s = x.T @ x / n
    target = np.trace(s) / d * np.eye(d)
    spread = float(((s - target) ** 2).sum())
    # The sum over rows of the squared distance of x x' from S, without an array of n d d numbers.
    noise = float(((x**2).sum(axis=1) ** 2).sum() - n * (s**2).sum()) / n**2
    share = min(noise / spread, 1.0) if spread > 0 else 1.0
    return np.asarray(share * target + (1.0 - share) * s)


def student_law(x: Floats) -> tuple[Floats, float]:
    """Return scatter and degrees of freedom of the likeliest multivariate t about 0 (EM), the scatter shrunk.

    Far rows count less, so a few days that are none of the ordinary hardly stretch it.
    """
    from scipy.special import gammaln  # loading scipy.stats takes half a second

    d, scatter, laws = x.shape[1], ledoit_wolf(x), list[tuple[float, Floats, float]]()
    for nu in _TAILS:
        for _ in range(10):
            square = np.einsum("ij,ij->i", x @ np.linalg.inv(scatter), x)
            scatter = ledoit_wolf(x * np.sqrt((nu + d) / (nu + square))[:, None])
        # The likelihood but for what is the same for every nu.
        square = np.einsum("ij,ij->i", x @ np.linalg.inv(scatter), x)
        height = gammaln((nu + d) / 2) - gammaln(nu / 2) - (d * np.log(nu) + np.linalg.slogdet(scatter)[1]) / 2
        likely = len(x) * height - (nu + d) / 2 * np.log1p(square / nu).sum()
        laws.append((float(likely), scatter, nu))
    return max(laws, key=lambda law: law[0])[1:]
