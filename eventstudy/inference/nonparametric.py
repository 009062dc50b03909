"""Tests that need no normal law: counts of signs, ranks, and the residuals of one's own estimation window.

Each takes an `EventSample` of N CARs and returns a `Statistic`, NaN with a note where the sample has none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.sample import (
    EventSample,
    by_normal,
    by_t,
    dependence_note,
    dispersion,
    mid_ranks,
    none,
    overlap_note,
    why_no_dispersion,
)
from eventstudy.returns import Floats
from eventstudy.statistic import Law, Statistic, two_sided_normal

NULL_SIGN = "a CAR is as likely to be positive as negative"
NULL_GENERALIZED = "CARs are positive as often as the abnormal returns of the estimation window"
NULL_SYMMETRY = "CARs are symmetric about zero"
NULL_RANK = "abnormal returns rank on the event sessions as on the others"
NULL_GRANK = "the CAR ranks as any session of the estimation window does"
NULL_QUANTILE = "the CAR is one more draw from the residuals of its own estimation window"

#: Up to this many CARs the signed-rank p-value is counted; beyond, the normal law serves.
MOST_COUNTED = 50

#: Mean ranks that vary less than this do not vary.
_FLAT = 1e-12


def sign_z(sample: EventSample) -> Statistic:
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

    n, n_up = int(np.count_nonzero(sample.car)), int(np.count_nonzero(sample.car > 0))
    if n == 0:
        return none(sample, "sign_z", NULL_SIGN, "exact", "no CAR differs from zero")
    z = (n_up - n / 2) / (math.sqrt(n) / 2)
    p = min(1.0, 2.0 * float(bdtr(min(n_up, n - n_up), n, 0.5)))
    note = _with_zeros(sample, dependence_note(sample, "date_clustered_t"))
    return Statistic("sign_z", z, "exact", math.nan, p, NULL_SIGN, len(sample), sample.n_dates, note)


def generalized_sign_z(sample: EventSample) -> Statistic:
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
    known = len(sample) > 0 and bool(sample.n_known.all())
    share = float(np.mean(sample.share_positive)) if known else math.nan
    if not 0 < share < 1:
        why = "the estimation residuals are all of one sign"
        why = why if known else "needs at least one event, each with estimation residuals"
        return none(sample, "generalized_sign_z", NULL_GENERALIZED, "normal", why)
    n, n_up = len(sample), int(np.count_nonzero(sample.car > 0))
    z = (n_up - n * share) / math.sqrt(n * share * (1 - share))
    return by_normal(sample, "generalized_sign_z", NULL_GENERALIZED, z, dependence_note(sample, "date_clustered_t"))


def wilcoxon(sample: EventSample) -> Statistic:
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
    car = sample.car[sample.car != 0]
    n = len(car)
    if n == 0:
        return none(sample, "wilcoxon", NULL_SYMMETRY, "exact", "no CAR differs from zero")
    rank = mid_ranks(np.abs(car)[None, :])[0]
    total = float(rank[car > 0].sum())
    note = _with_zeros(sample, dependence_note(sample, "date_clustered_t"))
    law: Law = "exact" if n <= MOST_COUNTED else "normal"
    if law == "exact":
        # In how many of the 2^N choices of signs the doubled sum of positive ranks is 0, 1, 2, ...
        ways = np.append(1.0, np.zeros(n * (n + 1)))
        for step in np.rint(2 * rank).astype(np.int64):
            ways[step:] += ways[:-step].copy()
        low = min(round(2 * total), len(ways) - 1 - round(2 * total))
        p = min(1.0, 2.0 * float(ways[: low + 1].sum()) / 2.0**n)
    else:
        _, ties = np.unique(rank, return_counts=True)
        variance = n * (n + 1) * (2 * n + 1) / 24 - float(np.sum(ties**3 - ties)) / 48
        p = two_sided_normal((total - n * (n + 1) / 4) / math.sqrt(variance))
    return Statistic("wilcoxon", total, law, math.nan, p, NULL_SYMMETRY, len(sample), sample.n_dates, note)


def _with_zeros(sample: EventSample, note: str) -> str:
    """Say how many CARs of exactly zero were left out."""
    n_zero = len(sample) - int(np.count_nonzero(sample.car))
    return "; ".join(filter(None, [f"{n_zero} CARs of zero left out" if n_zero else "", note]))


def rank_z(sample: EventSample) -> Statistic:
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
    counts = np.concatenate([sample.n_each, np.count_nonzero(np.isfinite(sample.ar), axis=0)])
    values = sample.centred_ranks.sum(axis=0) / np.sqrt(np.maximum(counts, 1))
    scale = math.sqrt(float(np.mean(values[counts > 0] ** 2))) if counts.any() else 0.0
    if scale < _FLAT:
        return none(sample, "rank_z", NULL_RANK, "normal", "the ranks do not vary from session to session")
    inside = values[sample.residual.shape[1] :][sample.inside]
    z = float(inside.sum()) / (scale * math.sqrt(len(inside)))
    return by_normal(sample, "rank_z", NULL_RANK, z, overlap_note(sample))


def grank_t(sample: EventSample) -> Statistic:
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
    if dispersion(sample.scar) == 0:
        return none(sample, "grank_t", NULL_GRANK, "t", why_no_dispersion(sample.scar, "events"))
    residual_u, event_u = _generalised_ranks(sample)
    counts = np.append(sample.n_each, len(sample))
    mean = np.append(residual_u.sum(axis=0), event_u.sum()) / np.maximum(counts, 1)
    n_sessions = int(np.count_nonzero(counts))
    scale = math.sqrt(float(np.sum(counts * mean**2)) / len(sample) / n_sessions)
    z = float(mean[-1]) / scale if scale > _FLAT else math.nan
    left = n_sessions - 1 - z**2
    if n_sessions - 2 <= 0 or not left > _FLAT:
        return none(sample, "grank_t", NULL_GRANK, "t", "the ranks do not vary from session to session")
    t = z * math.sqrt((n_sessions - 2) / left)
    return by_t(sample, "grank_t", NULL_GRANK, t, n_sessions - 2, overlap_note(sample))


def grank_z(sample: EventSample) -> Statistic:
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
    if dispersion(sample.scar) == 0:
        return none(sample, "grank_z", NULL_GRANK, "normal", why_no_dispersion(sample.scar, "events"))
    n_values, u = sample.n_known + 1, _generalised_ranks(sample)[1]
    variance = float(np.mean((n_values - 1) / (12 * (n_values + 1))))
    if variance == 0:
        return none(sample, "grank_z", NULL_GRANK, "normal", "no event has an estimation residual")
    z = float(u.mean()) / math.sqrt(variance / len(sample))
    return by_normal(sample, "grank_z", NULL_GRANK, z, dependence_note(sample, "grank_t"))


def _generalised_ranks(sample: EventSample) -> tuple[Floats, Floats]:
    """Return the centred ranks U of the residuals (N, L; 0 where missing) and of the SCAR* (N,), each pair together."""
    scar = (sample.scar / dispersion(sample.scar))[:, None]
    residual, n_known = sample.residual / sample.sigma[:, None], sample.n_known
    above, equal = residual > scar, np.count_nonzero(residual == scar, axis=1)
    below = n_known - np.count_nonzero(above, axis=1) - equal
    ranks = sample.residual_ranks + above
    if equal.any():
        ranks += 0.5 * (residual == scar)
    u = np.where(sample.known, ranks / (n_known + 2)[:, None] - 0.5, 0.0)
    return u, np.asarray((1 + below + equal / 2) / (n_known + 2) - 0.5)


@dataclass(frozen=True, eq=False)
class SampleQuantiles:
    """Where N CARs stand among their own residuals.

    Parameters
    ----------
    p_lower, p_upper, p_value : ndarray, shape (N,)
        One-sided p of a fall and of a rise; two-sided: twice the smaller, at most 1; NaN where there is no draw.
    n_draws : ndarray of int64, shape (N,)
        Number of draws, B; the smallest two-sided p is ``2 / (B + 1)``.
    """

    p_lower: Floats
    p_upper: Floats
    p_value: Floats
    n_draws: NDArray[np.int64]


def sample_quantiles(car: Floats, residual: Floats, n_sessions: int = 1) -> SampleQuantiles:
    """Place CARs among the residuals of their own estimation windows.

    Parameters
    ----------
    car, residual : ndarray, shapes (N,) and (N, L)
        CARs, and estimation residuals by session of event time; NaN where missing.
    n_sessions : int
        Sessions n of the event window.

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
    with np.errstate(invalid="ignore"):
        counts = (draws <= car[:, None]).sum(axis=1), (draws >= car[:, None]).sum(axis=1)
    known = np.isfinite(car) & (n_draws > 0)
    p_lower, p_upper = (np.where(known, (1.0 + count) / (n_draws + 1.0), np.nan) for count in counts)
    two_sided = np.minimum(2.0 * np.minimum(p_lower, p_upper), 1.0)
    return SampleQuantiles(p_lower, p_upper, two_sided, n_draws.astype(np.int64))
