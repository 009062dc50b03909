"""Tests of a mean by Student's t or the normal law: of CARs, of standardised CARs, and against a time series.

Each takes groups of CARs, an `EventSample`; called by its name it returns the first group's `Statistic`, NaN with a
note where that has none.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from eventstudy.inference.sample import NULL_MEAN, OF_MEANS, EventSample, joined, moments, no_spread, of_means
from eventstudy.returns import Floats, Ints
from eventstudy.statistic import Statistics
from eventstudy.tasks import alike

#: Fewest common sessions from which a correlation or a portfolio's volatility is taken.
ENOUGH_SESSIONS = 30

#: Share of a residual series' mean square below which its variance on an overlap counts as none.
_CONSTANT = 1e-10

#: A mean correlation above this is one but for rounding.
_PERFECT = 1 - 1e-9

#: Pairs whose correlations with others are taken at once; it bounds the memory, not the answer.
_ROWS = 64

#: Why a test that needs every session has no answer for partial CARs.
PARTIAL = "some CARs are partial, and this test needs every session of their windows"


@of_means("t(N-1)", NULL_MEAN, "many independent events, each on its own date", default=True)
def cross_section_t(sample: EventSample) -> Statistics:
    """Test the mean CAR against its own dispersion over events.

    Returns
    -------
    Statistic
        Law t(N - 1); NaN with a note for fewer than two events or equal CARs.

    Notes
    -----
    ``t = √N mean(CAR) / sd(CAR)``, sd with N - 1. It takes CARs for independent: several series or events on one date
    make it reject too often, and the note then says so.

    References
    ----------
    Brown and Warner (1980), Measuring security price performance, Journal of Financial Economics 8.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> estimation = np.array([[1.0, -1.0, 2.0, -2.0]] * 3)
    >>> round(cross_section_t(sample_of_returns(estimation, np.array([[1.0], [2.0], [3.0]]))).value, 4)
    3.4641
    """
    return sample.t_of_means(sample.car, sample.group, sample.dependence_note("date_clustered_t"))


@of_means("t(dates-1)", NULL_MEAN, "several series or events on one date", default=True)
def date_clustered_t(sample: EventSample) -> Statistics:
    """Test the mean CAR after averaging all CARs that share an event date.

    Returns
    -------
    Statistic
        Law t(n_dates - 1); NaN with a note for fewer than two dates.

    Notes
    -----
    The t of the means over dates. It needs many dates more than many series.

    References
    ----------
    Brown and Warner (1985), Using daily stock returns, Journal of Financial Economics 14 (cross-sectional dependence).

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> days = np.array(["2022-01-26", "2022-01-26", "2022-01-27"], dtype="datetime64[D]")
    >>> estimation, event = np.array([[1.0, -1.0, 2.0, -2.0]] * 3), np.array([[1.0], [3.0], [3.0]])
    >>> round(date_clustered_t(sample_of_returns(estimation, event, session=days)).value, 4)
    5.0
    """
    date, group = sample.dates
    means = np.bincount(date, weights=sample.car) / np.bincount(date)
    return sample.t_of_means(means, group, sample.overlap_note, "dates")


@of_means("t(M-1)", NULL_MEAN, "few events, correlated series, steady volatility")
def crude_dependence_t(sample: EventSample) -> Statistics:
    """Test the CAAR against how much the average residual moved from session to session in the estimation window.

    Returns
    -------
    Statistic
        Law t(M - 1), M the estimation sessions on which there is a residual; NaN with a note where their average does
        not vary.

    Notes
    -----
    ``CAAR / (√n sd(AAR_τ))``, sd over the estimation window with M - 1, ``AAR_τ`` the mean over the N_τ residuals there
    are at τ. It keeps the correlation of series that share an event date; a rise of volatility at the event makes it
    reject too often.

    References
    ----------
    Brown and Warner (1980), Measuring security price performance, Journal of Financial Economics 8; (1985), Using
    daily stock returns, ibid. 14.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> estimation = np.array([[1.0, -1.0, 2.0, -2.0], [1.0, 1.0, -1.0, -1.0]])
    >>> round(crude_dependence_t(sample_of_returns(estimation, np.array([[4.0], [2.0]]))).value, 4)
    2.7775
    """
    n_each = sample.totals(sample.known)
    average = sample.totals(np.where(sample.known, sample.residual, 0.0)) / n_each
    there = np.nonzero(n_each)
    n, _, spread = moments(average[there], there[0], len(sample.n))
    t = sample.sum(sample.car) / sample.n / (np.sqrt(np.ptp(sample.window, axis=1) + 1) * spread)
    flat = np.where(spread == 0, "the average estimation residual does not vary", "")
    return sample.statistics("t", t, np.where(sample.is_whole, flat, PARTIAL), sample.overlap_note, n - 1)


@of_means("N(0,1)", NULL_MEAN, "independent events of unequal volatility, steady at the event")
def patell_z(sample: EventSample) -> Statistics:
    """Test the sum of the SCARs against the variance they have if only the estimation window's noise is at work.

    Returns
    -------
    Statistic
        Law N(0, 1); NaN with a note where an estimation has no more than two degrees of freedom.

    Notes
    -----
    ``Σ SCAR_i / √Σ (M_i - k)/(M_i - k - 2)``; a SCAR has the variance of a t with M - k degrees of freedom. A rise of
    volatility at the event, or series that share event dates, make it reject too often.

    References
    ----------
    Patell (1976), Corporate forecasts of earnings per share and stock price behavior, Journal of Accounting Research
    14.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 2), np.array([[1.0], [3.0]]))
    >>> round(patell_z(sample).value, 4)
    0.8
    """
    df = sample.df[sample.row]
    n_short = sample.sum(df <= 2).astype(int)  # noqa: PLR2004  # the variance of a t
    z = sample.sum(sample.scar) / np.sqrt(sample.sum(df / (df - 2.0)))
    short = [f"{n} estimations have too few observations: M - k - 2 must be positive" for n in n_short.tolist()]
    why = np.where(sample.n == 0, "needs at least one event", np.where(n_short > 0, short, ""))
    return sample.statistics("normal", z, why, sample.dependence_note("adjusted_patell_z"))


@of_means("N(0,1)", NULL_MEAN, "series that share event dates, with steady volatility")
def adjusted_patell_z(sample: EventSample) -> Statistics:
    """Test the sum of the SCARs, allowing for the correlation of series that share event dates.

    Returns
    -------
    Statistic
        Law N(0, 1); the note gives r̄, or says why nothing is corrected.

    Notes
    -----
    ``patell_z / √(1 + (N-1) r̄)``, r̄ from `mean_correlation`.

    References
    ----------
    Kolari and Pynnönen (2010), Event study testing with cross-sectional correlation of abnormal returns, Review of
    Financial Studies 23.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 2), np.array([[1.0], [3.0]]))
    >>> adjusted_patell_z(sample).note
    'no two series share a date: nothing to correct'
    """
    plain, r = OF_MEANS["patell_z"].of_groups(sample), correlations(sample)
    z = plain.value / np.sqrt(1 + (sample.n - 1) * r.value)
    why = np.where(np.isnan(plain.value), plain.note, np.where(np.isnan(r.value), r.note, ""))
    return sample.statistics("normal", z, why, r.note)


@of_means("t(N-1)", NULL_MEAN, "independent events whose volatility rises with the news")
def bmp_t(sample: EventSample) -> Statistics:
    """Test the mean SCAR against the dispersion of the SCARs, so that volatility may rise at the event.

    Returns
    -------
    Statistic
        Law t(N - 1); NaN with a note for fewer than two events or equal SCARs.

    Notes
    -----
    ``√N mean(SCAR) / sd(SCAR)``, sd with N - 1; the SCARs hold the forecast-error variance. Series that share event
    dates make it reject too often.

    References
    ----------
    Boehmer, Musumeci and Poulsen (1991), Event-study methodology under conditions of event-induced variance, Journal
    of Financial Economics 30.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 3), np.array([[1.0], [2.0], [3.0]]))
    >>> round(bmp_t(sample).value, 4)
    3.4641
    """
    return sample.t_of_means(sample.scar, sample.group, sample.dependence_note("adjusted_bmp_t"))


@of_means("t(N-1)", NULL_MEAN, "series that share event dates, with volatility that rises with the news", default=True)
def adjusted_bmp_t(sample: EventSample) -> Statistics:
    """Test the mean SCAR, allowing for volatility at the event and for the correlation of series that share its date.

    Returns
    -------
    Statistic
        Law t(N - 1); the note gives r̄, or says why nothing is corrected.

    Notes
    -----
    ``bmp_t √((1 - r̄)/(1 + (N-1) r̄))``, r̄ from `mean_correlation`.

    References
    ----------
    Kolari and Pynnönen (2010), Event study testing with cross-sectional correlation of abnormal returns, Review of
    Financial Studies 23.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 3), np.array([[1.0], [2.0], [3.0]]))
    >>> round(adjusted_bmp_t(sample).value, 4)  # dates of their own: nothing to correct
    3.4641
    """
    plain, r = sample.t_of_means(sample.scar, sample.group, ""), correlations(sample)
    t = plain.value * np.sqrt((1 - r.value) / (1 + (sample.n - 1) * r.value))
    perfect = np.where(r.value > _PERFECT, "the series are perfectly correlated", "")
    why = np.where(np.isnan(plain.value), plain.note, np.where(np.isnan(r.value), r.note, perfect))
    return sample.statistics("t", t, why, r.note, sample.n - 1)


@of_means("t(N-1)", NULL_MEAN, "long windows, whose CARs are skewed")
def skewness_adjusted_t(sample: EventSample) -> Statistics:
    """Test the mean CAR with the t corrected for the skewness of the CARs.

    Returns
    -------
    Statistic
        Law t(N - 1); NaN with a note for fewer than three events.

    Notes
    -----
    ``√N (S + γS²/3 + γ²S³/27 + γ/(6N))`` with ``S = mean/sd`` and ``γ = N/((N-1)(N-2)) Σ((x - x̄)/sd)³``.

    References
    ----------
    Hall (1992), On the removal of skewness by transformation, Journal of the Royal Statistical Society B 54.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 3), np.array([[1.0], [2.0], [3.0]]))
    >>> round(skewness_adjusted_t(sample).value, 4)  # without skewness the plain t
    3.4641
    """
    n, mean, spread = moments(sample.car, sample.group, len(sample.n))
    skewness = n / ((n - 1) * (n - 2)) * sample.sum(((sample.car - mean[sample.group]) / spread[sample.group]) ** 3)
    s = mean / spread
    t = np.sqrt(n) * (s + skewness * s**2 / 3 + skewness**2 * s**3 / 27 + skewness / (6 * n))
    why = np.where(n <= 2, "needs at least three events", no_spread(n, spread, "events"))  # noqa: PLR2004  # N - 2
    note = joined([f"skewness {value:.2f}" for value in skewness.tolist()], sample.dependence_note("date_clustered_t"))
    return sample.statistics("t", t, why, note, n - 1)


# -- the mean correlation between the CARs of a sample, by which standardised tests are corrected ----------------------


class MeanCorrelation(NamedTuple):
    """The mean correlation of all N(N-1)/2 pairs of CARs: of one group, or of each, shape (G,).

    Parameters
    ----------
    value : float
        r̄, floored at 0; NaN where series share dates but too few estimation sessions.
    note : str
        What a reader of a corrected statistic must know: r̄ before the floor; how many pairs of CARs of two series on
        shared dates have enough common dates, and how many have not; and how many of one series have windows that
        share dates, and so are the same numbers, which r̄ cannot mend.
    """

    value: Any
    note: Any


#: Mean correlations of the samples that are still in use.
_CORRELATIONS: WeakKeyDictionary[EventSample, MeanCorrelation] = WeakKeyDictionary()


def mean_correlation(sample: EventSample) -> MeanCorrelation:
    """Return the mean correlation r̄ of the CARs, from their estimation residuals on common calendar dates.

    Parameters
    ----------
    sample : EventSample
        Estimation residuals and event windows, with their dates.

    Returns
    -------
    MeanCorrelation
        r̄ and what it was made of.

    Notes
    -----
    Two CARs of different series are correlated as far as their windows share dates: ``ρ_ij m_ij / n`` with ρ the
    correlation of the estimation residuals **on the calendar dates they have in common**, at least 30 of them, and
    m of the windows' n sessions shared. CARs whose windows share no date count as uncorrelated. r̄ is the mean over all
    N(N-1)/2 pairs, floored at 0; pairs with too few common dates are given the mean of the others on shared dates.
    Where all series share one event date this is Kolari and Pynnönen's mean correlation of residuals. Two CARs of one
    series are no matter for r̄: if their windows overlap they are the same numbers, and are to be merged.

    References
    ----------
    Kolari and Pynnönen (2010), Event study testing with cross-sectional correlation of abnormal returns, Review of
    Financial Studies 23.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> residual = np.tile([1.0, -1.0, 2.0, -2.0], 10)
    >>> estimation = np.stack([residual, residual + np.tile([1.0, 1.0, -1.0, -1.0], 10)])
    >>> day = np.full(2, "2022-01-27", dtype="datetime64[D]")
    >>> round(mean_correlation(sample_of_returns(estimation, np.ones((2, 1)), session=day)).value, 4)
    0.8452
    """
    return MeanCorrelation(*(np.asarray(of_groups).tolist()[0] for of_groups in correlations(sample)))


@np.errstate(invalid="ignore", divide="ignore")
def correlations(sample: EventSample) -> MeanCorrelation:
    """Return `mean_correlation` of each of G groups, of shape (G,); made once for both tests it corrects."""
    if sample in _CORRELATIONS:
        return _CORRELATIONS[sample]

    windows, which = np.unique(sample.window - sample.span.first, axis=0, return_inverse=True)
    days = [sample.day[:, low : high + 1] for low, high in windows.tolist()]
    # Windows of one series overlap where one begins before another that began no later has ended.
    n_days, each = int(sample.day.max(initial=0)) + 2, (which.ravel()[sample.group], sample.row)
    begin = np.stack([np.where(day >= 0, day, n_days - 1).min(axis=1) for day in days])[each]
    end = np.stack([day.max(axis=1) for day in days])[each]
    _, series = np.unique(sample.series, return_inverse=True)
    cell = (sample.group * len(sample.series) + series.ravel()[sample.row]) * n_days
    order = np.argsort(cell + begin, kind="stable")
    later = np.searchsorted((cell + begin)[order], (cell + end)[order], side="right") - np.arange(1, len(cell) + 1)
    overlapping = np.zeros(len(cell))
    overlapping[order] = np.maximum(later, 0)
    total, n_known, n_shared = _sums_of_correlations(sample, series.ravel(), windows, which.ravel())
    n_known, n_unknown, n_overlapping = (
        np.rint(of).astype(np.int64) for of in (n_known, n_shared - n_known, sample.sum(overlapping))
    )
    raw = total / n_known * n_shared / (sample.n * (sample.n - 1) / 2)
    raw = np.where(n_known > 0, raw, np.where(n_unknown > 0, np.nan, 0.0))
    said = [f"mean correlation {max(r, 0.0):.3f}{f', {r:.3f} floored' if r < 0 else ''} (pairs on shared dates: {k})"
             if k else "no two series share a date: nothing to correct"
             for r, k in zip(raw.tolist(), n_known.tolist(), strict=True)]  # fmt: skip
    few = f"pairs with fewer than {ENOUGH_SESSIONS} common sessions: "
    mend = "rejects too often, keep one of each (--overlap first)"
    notes = joined(
        np.where(sample.n_series == 1, "one series: mean correlation is no tool", said),
        [f"{few}{k}" if k else "" for k in n_unknown.tolist()],
        [f"pairs of overlapping windows on one series: {k}, {mend}" if k else "" for k in n_overlapping.tolist()],
    )
    return _CORRELATIONS.setdefault(sample, MeanCorrelation(np.maximum(raw, 0.0), notes))


def _sums_of_correlations(sample: EventSample, series: Ints, windows: Ints, which: Ints) -> Floats:
    """Return the weighted sum of correlations, how many are known, and CARs of two series on shared dates, (3, G)."""
    from scipy.sparse import csr_matrix

    pools, sums = np.flatnonzero(sample.n_series > 1), np.zeros((3, len(sample.n)))
    if not len(pools):
        return sums
    begin = np.where(sample.day >= 0, sample.day, sample.day.max(initial=0) + 1).min(axis=1)
    order = np.argsort(begin, kind="stable")
    # Residuals less their mean, over the root of their mean square: of one size, so that sums keep their digits. Before
    # them stands a zero, for sessions on which a pair has none.
    n, residual = np.maximum(sample.n_known, 1)[:, None], np.where(sample.known, sample.residual, 0.0)
    size = np.sqrt((residual**2).sum(axis=1, keepdims=True) / n)
    unit = (residual - residual.sum(axis=1, keepdims=True) / n) / np.where(size > 0, size, 1.0)
    unit = np.concatenate([np.zeros((len(unit), 1)), unit], axis=1)[order]
    place = np.where(sample.known, sample.residual_place, -1)
    begin, end, day, place, series = (of[order] for of in (begin, sample.day.max(axis=1), sample.day, place, series))
    # What follows from dates alone is worked out once for pairs that have the same.
    kinds = np.empty(len(day), dtype=np.intp)
    for k, some in enumerate(alike(dates.tobytes() for dates in np.concatenate([day, place], axis=1))):
        kinds[some] = k
    at = sample.group, np.argsort(order)[sample.row]
    member = csr_matrix((np.ones(len(sample.car)), at), (len(sample.n), len(day)))
    # Studies that share no pool with another; those with the same dates, as simulated ones have, are taken together.
    (pool, row), of_pool, of_row, shared = member[pools].nonzero(), np.arange(len(pools)), np.full(len(day), -1), True
    while shared:  # the highest number among what a pool's pairs, and a pair's pools, have
        before = of_pool.copy()
        np.maximum.at(of_row, row, of_pool[pool])
        np.maximum.at(of_pool, pool, of_row[row])
        shared = (of_pool != before).any()
    each = [(np.flatnonzero(of_row == k), pools[of_pool == k]) for k in np.unique(of_pool)]
    for some in alike((series[r].tobytes(), kinds[r].tobytes(), which[g].tobytes()) for r, g in each):
        rows, groups = np.stack([each[k][0] for k in some]), np.stack([each[k][1] for k in some])
        first, n_groups, n_rows = rows[0], groups.shape[1], rows.shape[1]
        weight, of = np.zeros((len(rows), 1, n_groups, n_rows)), member[groups.ravel()][:, rows.ravel()].tocoo()
        weight[of.row // n_groups, 0, of.row % n_groups, of.col % n_rows] = of.data
        step = _ROWS // min(len(rows), 4)
        for start in range(0, n_rows, step):
            # Some pairs, each with those whose span begins after its own and before the last of them ends.
            stop = int(np.searchsorted(begin[first], end[first[start : start + step]].max(), side="right"))
            row, other = slice(start, min(start + step, stop)), slice(start, stop)
            _, one, kind = np.unique(kinds[first[other]], return_index=True, return_inverse=True)
            apart = np.triu(series[first[row]][:, None] != series[first[other]], 1)
            rho = _correlations_of(unit, rows[:, other], place[first[other]][one], kind, kind[: len(apart)])
            known, tau = np.isfinite(rho), _columns(day[first[other]][one], day[first[row]])
            for w, (low, high) in enumerate(windows.tolist()):
                inside = ((tau > low) & (tau <= high + 1)).astype(np.float64)
                shared = (inside @ inside.T)[kind[: len(apart)]][:, kind] * apart
                over = np.flatnonzero(which[groups[0]] == w)
                of_pairs = np.where(known, shared * rho, 0.0) / (high + 1 - low), known & (shared > 0)
                figures = np.stack([*of_pairs, np.broadcast_to(shared > 0, rho.shape)], axis=1)
                a, b = weight[:, :, over, row], weight[:, :, over, other]
                sums[:, groups[:, over]] += (a @ figures * b).sum(axis=3).swapaxes(0, 1)
    return sums


def _columns(place: Ints, within: Ints) -> Ints:
    """Return where in its row of `place` (U, L), from 1 up, a session stands, from the first to the last of `within`.

    Places are those on the calendar, -1 for none, of shape (U, sessions); 0 where a row has none.
    """
    first = int(within[within >= 0].min(initial=int(within.max(initial=0))))
    n = int(within.max(initial=-1)) + 1 - first
    found = np.zeros((len(place), n + 1), dtype=np.intp)
    at = np.where((place >= first) & (place < first + n), place - first, n)
    np.put_along_axis(found, at, np.arange(1, place.shape[1] + 1)[None], axis=1)
    return found[:, :n]


def _correlations_of(unit: Floats, rows: Ints, place: Ints, kind: Ints, head: Ints) -> Floats:
    """Correlate the residuals of P pairs with their own and those that follow on the sessions that both have.

    Parameters
    ----------
    unit : ndarray, shape (N, 1 + L)
        Residuals of all pairs, centred and of one size, behind a zero.
    rows : ndarray, shape (K, Q)
        The Q pairs of each of K studies, the P of them first.
    place : ndarray, shape (U, L)
        Sessions of residuals, by place on the calendar; -1 where there is none.
    kind, head : ndarray, shapes (Q,) and (P,)
        Which of these the pairs have, and the P of them.

    Returns
    -------
    ndarray, shape (K, P, Q)
        Pearson's ``ρ = (mean(xy) - mean(x) mean(y)) / √(var(x) var(y))``, means over the common sessions; NaN with
        fewer than 30 of them, or where one does not vary on them.
    """
    column = _columns(place, place[: head.max(initial=-1) + 1])
    y = unit.ravel().take((rows * unit.shape[1])[:, :, None] + column[kind])
    there, x = (column > 0).astype(np.float64), y[:, : len(head)]
    a, across = there[: head.max(initial=-1) + 1], y.swapaxes(1, 2)
    n = a @ there.T
    mean_x, mean_y = x @ there.T / n[head], a @ across / n[:, kind]
    var_x, var_y = x**2 @ there.T / n[head] - mean_x**2, a @ across**2 / n[:, kind] - mean_y**2
    size_x = np.where((n[head] >= ENOUGH_SESSIONS) & (var_x > _CONSTANT), np.sqrt(var_x), np.nan)
    size_y = np.where(var_y > _CONSTANT, np.sqrt(var_y), np.nan)
    rho = x @ across / n[head][:, kind] - mean_x[:, :, kind] * mean_y[:, head]
    return np.asarray(np.clip(rho / (size_x[:, :, kind] * size_y[:, head]), -1.0, 1.0))


# -- what such tests can see ------------------------------------------------------------------------------------------

#: The level and the power at which the smallest effect is read.
LEVEL, POWER = 0.05, 0.80


def power_of_mean(effect: float, sigma: float, n: int, level: float = LEVEL) -> float:
    """Return the chance that the two-sided z test of a mean over independent events sees an effect.

    Parameters
    ----------
    effect, sigma : float
        The true mean CAR and the standard deviation of one CAR, in one unit.
    n, level : int and float
        Number of independent events; level of the test.

    Returns
    -------
    float
        ``Φ(d - c) + Φ(-d - c)`` with ``d = effect √n / sigma`` and c the two-sided point of the level.

    Examples
    --------
    >>> [round(power_of_mean(0.01, 0.02, n), 3) for n in (1, 5, 10, 20, 50)]
    [0.079, 0.201, 0.353, 0.609, 0.942]
    """
    from scipy.special import ndtr, ndtri

    distance, point = effect * math.sqrt(n) / sigma, -float(ndtri(level / 2))
    return float(ndtr(distance - point) + ndtr(-distance - point))


def smallest_effect(sigma: float, n: int, power: float = POWER, level: float = LEVEL) -> float:
    """Return the smallest mean CAR that the two-sided z test of a mean sees with the power asked for.

    Parameters
    ----------
    sigma, n, level
        As in `power_of_mean`.
    power : float
        Chance of seeing it.

    Returns
    -------
    float
        In the unit of `sigma`, at least zero: the root of `power_of_mean` in the effect.

    Examples
    --------
    >>> round(smallest_effect(0.02, 20), 4)
    0.0125
    """
    from scipy.optimize import brentq

    if power <= level:
        return 0.0
    # In units of the standard error of the mean; beyond 40 of them any test sees it.
    root = brentq(lambda distance: power_of_mean(distance, 1.0, 1, level) - power, 0.0, 40.0, xtol=1e-15)
    return float(root) * sigma / math.sqrt(n)


def size_of_unadjusted(n: int, correlation: float, level: float = LEVEL) -> float:
    """Return how often a test that takes N events for independent rejects where each two of them are correlated.

    Parameters
    ----------
    n, correlation : int and float
        Number of standardised abnormal returns, and their mean correlation r.
    level : float
        The level it claims.

    Returns
    -------
    float
        ``2 Φ(-c √((1 - r) / (1 + (N - 1) r)))`` with c the two-sided point of the level.

    References
    ----------
    Kolari and Pynnönen (2010), Event study testing with cross-sectional correlation of abnormal returns, Review of
    Financial Studies 23.

    Examples
    --------
    >>> [round(size_of_unadjusted(n, 0.3), 3) for n in (6, 10, 30, 50, 100)]
    [0.3, 0.394, 0.599, 0.679, 0.767]
    """
    from scipy.special import ndtr, ndtri

    shrunk = math.sqrt((1 - correlation) / (1 + (n - 1) * correlation))
    return float(2 * ndtr(float(ndtri(level / 2)) * shrunk))
