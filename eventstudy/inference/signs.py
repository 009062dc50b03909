"""Tests of how many CARs are positive, and of their ranks by size."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.ranked import mid_ranks
from eventstudy.inference.sample import EventSample
from eventstudy.inference.verdict import by_count, by_normal, none, too_close
from eventstudy.returns import Floats
from eventstudy.statistic import Statistic, two_sided_normal

NULL_SIGN = "a CAR is as likely to be positive as negative"
NULL_GENERALIZED = "CARs are positive as often as the abnormal returns of the estimation window"
NULL_SYMMETRY = "CARs are symmetric about zero"

#: Up to this many CARs the signed-rank p-value is counted; beyond, the normal law serves.
MOST_COUNTED = 50


def sign_z(sample: EventSample) -> Statistic:
    """Test whether half of the CARs are positive.

    Parameters
    ----------
    sample : EventSample
        The CARs.

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
    return by_count(sample, "sign_z", NULL_SIGN, z, p, _with_zeros(sample, too_close(sample, "date_clustered_t")))


def generalized_sign_z(sample: EventSample) -> Statistic:
    """Test whether CARs are positive as often as the abnormal returns of their estimation windows.

    Parameters
    ----------
    sample : EventSample
        CARs and estimation residuals.

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
    if not len(sample) or not sample.n_known.all():
        why = "needs at least one event, each with estimation residuals"
        return none(sample, "generalized_sign_z", NULL_GENERALIZED, "normal", why)
    share = float(np.mean(np.count_nonzero(sample.residual > 0, axis=1) / sample.n_known))
    if not 0 < share < 1:
        why = "the estimation residuals are all of one sign"
        return none(sample, "generalized_sign_z", NULL_GENERALIZED, "normal", why)
    n, n_up = len(sample), int(np.count_nonzero(sample.car > 0))
    z = (n_up - n * share) / math.sqrt(n * share * (1 - share))
    return by_normal(sample, "generalized_sign_z", NULL_GENERALIZED, z, too_close(sample, "date_clustered_t"))


def wilcoxon(sample: EventSample) -> Statistic:
    """Test whether the CARs are symmetric about zero, by the ranks of their sizes.

    Parameters
    ----------
    sample : EventSample
        The CARs.

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
    note = _with_zeros(sample, too_close(sample, "date_clustered_t"))
    if n <= MOST_COUNTED:
        return by_count(sample, "wilcoxon", NULL_SYMMETRY, total, _signed_rank_p(total, rank), note)
    _, ties = np.unique(rank, return_counts=True)
    variance = n * (n + 1) * (2 * n + 1) / 24 - float(np.sum(ties**3 - ties)) / 48
    p = two_sided_normal((total - n * (n + 1) / 4) / math.sqrt(variance))
    return Statistic("wilcoxon", total, "normal", math.nan, p, NULL_SYMMETRY, len(sample), sample.n_dates, note)


def _signed_rank_p(total: float, rank: Floats) -> float:
    """Two-sided p of the sum of positive ranks: the share of the 2^N signs that lie as far from the middle."""
    doubled: NDArray[np.int64] = np.rint(2 * rank).astype(np.int64)
    ways = np.zeros(int(doubled.sum()) + 1)
    ways[0] = 1.0
    for step in doubled:
        ways[step:] += ways[:-step].copy()
    low = int(min(round(2 * total), len(ways) - 1 - round(2 * total)))
    return min(1.0, 2.0 * float(ways[: low + 1].sum()) / 2.0 ** len(rank))


def _with_zeros(sample: EventSample, note: str) -> str:
    """Say how many CARs of exactly zero were left out."""
    n_zero = len(sample) - int(np.count_nonzero(sample.car))
    return "; ".join(filter(None, [f"{n_zero} CARs of zero left out" if n_zero else "", note]))
