"""Tests that need no normal law: counts of signs, ranks, and the residuals of one's own estimation window.

Each takes groups of CARs, an `EventSample`; called by its name it returns the first group's `Statistic`, NaN with a
note where that has none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from eventstudy.inference.sample import EventSample, joined, mid_ranks, moments, no_spread, of_means
from eventstudy.returns import ROUNDING, Floats, Mask
from eventstudy.statistic import Statistics, drawn_p, two_sided_normal

NULL_SIGN = "CARs are positive as often as the abnormal returns of the estimation window"
NULL_RANK = "abnormal returns rank on the event sessions as on the others"
NULL_GRANK = "the CAR ranks as any session of the estimation window does"
NULL_QUANTILE = "the CAR is one more draw from the residuals of its own estimation window"

#: Up to this many CARs the signed-rank p-value is counted; beyond, the normal law serves.
MOST_COUNTED = 50

_ALL_ZERO = "no CAR differs from zero"
_NO_RANKS = "the ranks do not vary from session to session"

#: Mean ranks that vary less than this do not vary.
_FLAT = 1e-12


@of_means("exact binomial", "a CAR is as likely to be positive as negative", "a count nobody can argue with")
def sign_z(sample: EventSample) -> Statistics:
    """Test whether half of the CARs are positive.

    Returns
    -------
    Statistic
        The z; the p-value is the exact binomial one (law "exact").

    Notes
    -----
    ``(N⁺ - N/2)/(√N/2)`` with N⁺ the number of positive CARs and N that of CARs other than zero;
    ``p = 2 P(X >= max(N⁺, N - N⁺))``, X binomial (N, ½), at most 1.

    References
    ----------
    Brown and Warner (1980), Measuring security price performance, Journal of Financial Economics 8.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 5), np.array([[1.0, 2, 3, -1, -2]]).T)
    >>> round(sign_z(sample).value, 4), sign_z(sample).p_value
    (0.4472, 1.0)
    """
    from scipy.special import bdtr

    n, n_up = sample.sum(sample.car != 0), sample.sum(sample.car > 0)
    z = (n_up - n / 2) / (np.sqrt(n) / 2)
    p = np.minimum(1.0, 2.0 * bdtr(np.minimum(n_up, n - n_up), n.astype(int), 0.5))
    return sample.statistics("exact", z, np.where(n == 0, _ALL_ZERO, ""), _without_zeros(sample), p_value=p)


@of_means("N(0,1)", NULL_SIGN, "outliers; markets that mostly drift one way", default=True)
def generalized_sign_z(sample: EventSample) -> Statistics:
    """Test whether CARs are positive as often as the abnormal returns of their estimation windows.

    Returns
    -------
    Statistic
        Law N(0, 1); NaN with a note where no, or every, estimation residual is positive.

    Notes
    -----
    ``(N⁺ - N p̂)/√(N p̂(1-p̂))`` with p̂ the mean over events of the share of positive estimation residuals.

    References
    ----------
    Cowan (1992), Nonparametric event study tests, Review of Quantitative Finance and Accounting 2.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> estimation = np.array([[1.0, 1.0, 1.0, -3.0], [2.0, -1.0, 2.0, -3.0]])
    >>> round(generalized_sign_z(sample_of_returns(estimation, np.array([[1.0], [2.0]]))).value, 4)
    1.0954
    """
    zero = ROUNDING * np.fmax.reduce(np.abs(sample.residual), axis=1, initial=0.0)[:, None]
    share = np.count_nonzero(sample.residual > zero, axis=1) / sample.n_known
    p = sample.sum(share[sample.row]) / sample.n
    z = (sample.sum(sample.car > 0) - sample.n * p) / np.sqrt(sample.n * p * (1 - p))
    one_sign = np.where((p > 0) & (p < 1), "", "the estimation residuals are all of one sign")
    why = np.where(np.isnan(p), "needs at least one event, each with estimation residuals", one_sign)
    return sample.statistics("normal", z, why, sample.dependence_note("date_clustered_t"))


@of_means("exact to N = 50", "CARs are symmetric about zero", "few events with heavy tails")
def wilcoxon(sample: EventSample) -> Statistics:
    """Test whether the CARs are symmetric about zero, by the ranks of their sizes.

    Returns
    -------
    Statistic
        The sum of the ranks of the positive CARs; law "exact" for up to 50 CARs, else "normal".

    Notes
    -----
    CARs of zero are left out; equal sizes get mid-ranks. Exact: all 2^N signs are counted, ties as they are. Normal:
    ``(W - N(N+1)/4)/√(N(N+1)(2N+1)/24 - Σ(g³-g)/48)``, g the sizes of the groups of equal CARs.

    References
    ----------
    Wilcoxon (1945), Individual comparisons by ranking methods, Biometrics Bulletin 1.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 5), np.array([[1.0, 2, 3, 4, 5]]).T)
    >>> wilcoxon(sample).value, wilcoxon(sample).p_value
    (15.0, 0.0625)
    """
    found = [_signed_rank(sample.car[at]) for at in sample.each()]
    total, p = (np.array([one[k] for one in found], dtype=np.float64) for k in (0, 1))
    why = np.where(np.isnan(total), _ALL_ZERO, "")
    made = sample.statistics("exact", total, why, _without_zeros(sample), p_value=p)
    return replace(made, law=["exact" if n <= MOST_COUNTED else "normal" for n in sample.sum(sample.car != 0)])


def _signed_rank(car: Floats) -> tuple[float, float]:
    """Return the sum of the ranks of the positive CARs, and its p; NaN without a CAR other than zero."""
    car = car[car != 0]
    n = len(car)
    if n == 0:
        return math.nan, math.nan
    rank = mid_ranks(np.abs(car)[None, :])[0]
    total = float(rank[car > 0].sum())
    if n <= MOST_COUNTED:
        # In how many of the 2^N choices of signs the doubled sum of positive ranks is 0, 1, 2, ...
        ways = np.append(1.0, np.zeros(n * (n + 1)))
        for step in np.rint(2 * rank).astype(np.int64):
            ways[step:] += ways[:-step].copy()
        low = min(round(2 * total), len(ways) - 1 - round(2 * total))
        return total, min(1.0, 2.0 * float(ways[: low + 1].sum()) / 2.0**n)
    _, ties = np.unique(rank, return_counts=True)
    variance = n * (n + 1) * (2 * n + 1) / 24 - float(np.sum(ties**3 - ties)) / 48
    return total, float(two_sided_normal((total - n * (n + 1) / 4) / math.sqrt(variance)))


def _without_zeros(sample: EventSample) -> list[str]:
    """Say how many CARs of exactly zero were left out, and warn of dependence."""
    said = [f"{n:.0f} CARs of zero left out" if n else "" for n in sample.sum(sample.car == 0).tolist()]
    return joined(said, sample.dependence_note("date_clustered_t"))


@of_means("N(0,1)", NULL_RANK, "few events, heavy tails, skewness, series that share dates", default=True)
def rank_z(sample: EventSample) -> Statistics:
    """Test whether the window's abnormal returns rank high or low among all of their event's.

    Returns
    -------
    Statistic
        Law N(0, 1); NaN with a note where ranks do not vary from session to session.

    Notes
    -----
    Of each event, ``K = rank/(1 + M')`` over its M' estimation and event sessions that are there, mid-ranks, and
    ``U = K - ½``. A session of event time has the value ``Σ_i U_it/√N_t`` over the N_t events that have it, and the
    scale is ``s² =`` the mean of its square over all these sessions. The statistic is the sum of the window's n values
    over ``s√n``; each session has its own value. The scale keeps the correlation of series that share event dates.

    References
    ----------
    Corrado (1989), A nonparametric test for abnormal security-price performance, Journal of Financial Economics 23.
    Corrado and Zivney (1992), The specification and power of the sign test, Journal of Financial and Quantitative
    Analysis 27 (missing returns).

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 3), np.array([[3.0], [1.5], [4.0]]))
    >>> round(rank_z(sample).value, 4)
    1.2056
    """
    ranks = mid_ranks(np.concatenate([sample.residual, sample.ar], axis=1))
    there = np.isfinite(ranks)
    centred = np.where(there, ranks / (1 + np.count_nonzero(there, axis=1))[:, None] - 0.5, 0.0)
    counts = sample.totals(there)
    values = sample.totals(centred) / np.sqrt(np.maximum(counts, 1))
    scale = np.sqrt((values**2).sum(axis=1) / np.maximum(np.count_nonzero(counts, axis=1), 1))
    tau = np.arange(ranks.shape[1]) - sample.residual.shape[1] + sample.span.first
    inside = (tau >= sample.window[:, :1]) & (tau <= sample.window[:, 1:]) & (tau >= sample.span.first)
    z = np.where(inside, values, 0.0).sum(axis=1) / (scale * np.sqrt(inside.sum(axis=1)))
    return sample.statistics("normal", z, np.where(scale < _FLAT, _NO_RANKS, ""), sample.overlap_note)


@of_means("t(T-2)", NULL_GRANK, "20 events or more, long windows, volatility that rises with the news")
def grank_t(sample: EventSample) -> Statistics:
    """Test whether CARs rank high or low among the residuals, against how mean ranks vary from session to session.

    Returns
    -------
    Statistic
        Law t(T - 2), T = M + 1 the sessions that have a residual and the event; NaN with a note where there are fewer
        than two events or ranks do not vary.

    Notes
    -----
    ``SCAR* = SCAR/sd(SCAR)`` stands as one more value beside the standardised estimation residuals (over s_i);
    ``U = rank/(T_i + 1) - ½``, mid-ranks. ``Z = Ū_0/√(Σ_t (N_t/N) Ū_t² / T)``, ``t = Z √((T-2)/(T-1-Z²))``. Volatility
    that rises at the event, and the correlation of series that share its date, are allowed for.

    References
    ----------
    Kolari and Pynnönen (2011), Nonparametric rank tests for event studies, Journal of Empirical Finance 18.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 3), np.array([[3.0], [1.0], [4.0]]))
    >>> grank_t(sample).df, round(grank_t(sample).value, 4)
    (3, 1.3086)
    """
    n, _, spread = moments(sample.scar, sample.group, len(sample.n))
    t, df = np.full((2, len(sample.n)), np.nan)
    for g, residual_u, event_u, known in _generalised_ranks(sample, spread):
        counts = np.append(np.count_nonzero(known, axis=0), n[g])
        mean = np.append(residual_u.sum(axis=0), event_u.sum()) / np.maximum(counts, 1)
        n_sessions = int(np.count_nonzero(counts))
        scale = math.sqrt(float(np.sum(counts * mean**2)) / n[g] / n_sessions)
        left = n_sessions - 1 - (mean[-1] / scale) ** 2 if scale > _FLAT else 0.0
        if n_sessions - 2 > 0 and left > _FLAT:
            t[g], df[g] = mean[-1] / scale * math.sqrt((n_sessions - 2) / left), n_sessions - 2
    why = np.where(spread == 0, no_spread(n, spread, "events"), np.where(np.isnan(t), _NO_RANKS, ""))
    return sample.statistics("t", t, why, sample.overlap_note, df)


@of_means("N(0,1)", NULL_GRANK, "20 independent events or more, with heavy tails")
def grank_z(sample: EventSample) -> Statistics:
    """Test whether CARs rank high or low among the residuals, taking events for independent.

    Returns
    -------
    Statistic
        Law N(0, 1); NaN with a note where there are fewer than two events or estimation residuals.

    Notes
    -----
    ``Ū_0 / √((T-1)/(12 (T+1) N))``, Ū as in `grank_t`; where T differs between events the variances
    ``(T_i-1)/(12 (T_i+1))`` of their U are averaged. Series that share event dates make it reject too often.

    References
    ----------
    Kolari and Pynnönen (2011), Nonparametric rank tests for event studies, Journal of Empirical Finance 18.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 3), np.array([[3.0], [1.0], [4.0]]))
    >>> round(grank_z(sample).value, 4)
    2.0412
    """
    n, _, spread = moments(sample.scar, sample.group, len(sample.n))
    n_values = sample.n_known[sample.row] + 1
    variance = sample.sum((n_values - 1) / (12 * (n_values + 1))) / np.maximum(n, 1)
    z = np.full(len(sample.n), np.nan)
    for g, _, event_u, _ in _generalised_ranks(sample, np.where(variance > 0, spread, 0.0)):
        z[g] = event_u.mean() / math.sqrt(variance[g] / n[g])
    no_residual = np.where(variance == 0, "no event has an estimation residual", "")
    why = np.where(spread == 0, no_spread(n, spread, "events"), no_residual)
    return sample.statistics("normal", z, why, sample.dependence_note("grank_t"))


def _generalised_ranks(sample: EventSample, spread: Floats) -> Iterator[tuple[int, Floats, Floats, Mask]]:
    """Yield each group with a spread and the centred ranks U of its residuals (n, L) and SCAR* (n,); the known.

    Each pair is ranked together; U is 0 where a residual is missing.
    """
    for g, at in enumerate(sample.each()):
        if spread[g]:
            row, scar = sample.row[at], (sample.scar[at] / spread[g])[:, None]
            n_known, known = sample.n_known[row], sample.known[row]
            residual = sample.residual[row] / sample.sigma[row][:, None]
            equal = np.abs(residual - scar) <= ROUNDING
            above = (residual > scar) & ~equal
            n_equal = np.count_nonzero(equal, axis=1)
            below = n_known - np.count_nonzero(above, axis=1) - n_equal
            ranks = sample.residual_ranks[row] + above + 0.5 * equal
            u = np.where(known, ranks / (n_known + 2)[:, None] - 0.5, 0.0)
            yield g, u, (1 + below + n_equal / 2) / (n_known + 2) - 0.5, known


def sample_quantiles(car: Floats, residual: Floats, n_sessions: int = 1) -> pd.DataFrame:
    """Place CARs among the residuals of their own estimation windows.

    Parameters
    ----------
    car, residual : ndarray, shapes (N,) and (N, L)
        CARs, and estimation residuals by session of event time; NaN where missing.
    n_sessions : int
        Sessions n of the event window.

    Returns
    -------
    DataFrame, shape (N, 4)
        ``p_lower, p_upper``, one-sided p of a fall and of a rise; ``p_value``, two-sided: twice the smaller, at most 1;
        NaN where there is no draw. ``n_draws``, B; the smallest two-sided p is ``2 / (B + 1)``.

    Notes
    -----
    The draws are the sums of n neighbouring residuals, none missing: for n = 1 the residuals themselves.
    ``p_lower = (1 + #{draw <= CAR}) / (B + 1)``, ``p_upper`` likewise; exact where the event's abnormal return and the
    residuals are exchangeable, whatever their law, up to the error of the estimated normal return. Skewness and fat
    tails are no harm, a calm estimation window before a nervous event is: see the placebo p. For n > 1 neighbouring
    sums overlap and are fewer draws than they look.

    References
    ----------
    Gelbach, Helland and Klick (2013), Valid inference in single-firm, single-event studies, American Law and Economics
    Review 15.

    Examples
    --------
    >>> found = sample_quantiles(np.array([-3.0]), np.array([[1.0, -1.0, 2.0, -2.0]]))
    >>> found.p_lower.item(), found.p_value.item()
    (0.2, 0.4)
    """
    draws = np.empty((len(car), 0))
    if residual.shape[1] >= n_sessions:
        draws = np.lib.stride_tricks.sliding_window_view(residual, n_sessions, axis=1).sum(axis=2)
    n_draws = np.isfinite(draws).sum(axis=1)
    # Draws that only rounding sets apart from the CAR are as large as it.
    apart = draws - car[:, None]
    equal = np.abs(apart) <= ROUNDING * np.fmax.reduce(np.abs(draws), axis=1, initial=0.0)[:, None]
    counts = ((apart < 0) | equal).sum(axis=1), ((apart > 0) | equal).sum(axis=1)
    known = np.isfinite(car) & (n_draws > 0)
    p_lower, p_upper = (np.where(known, drawn_p(count, n_draws), np.nan) for count in counts)
    two_sided = np.minimum(2.0 * np.minimum(p_lower, p_upper), 1.0)
    return pd.DataFrame({"p_lower": p_lower, "p_upper": p_upper, "p_value": two_sided, "n_draws": n_draws})
