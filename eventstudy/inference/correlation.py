"""The mean correlation r̄ between the CARs of a sample, by which standardised tests are corrected."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.block_correlation import CorrelationSums, block_sums
from eventstudy.inference.residual_pairs import ENOUGH_SESSIONS, ResidualPairs, residual_pairs
from eventstudy.returns import Floats

if TYPE_CHECKING:
    from eventstudy.inference.sample import EventSample

#: Pairs of windows compared together; it bounds the memory, not the answer.
_AT_ONCE = 4096

#: From this many CARs a block of the same dates on, whole blocks are summed and no pair is looked at.
ENOUGH_TOGETHER = 8


@dataclass(frozen=True)
class MeanCorrelation:
    """The mean correlation of all N(N-1)/2 pairs of CARs.

    Parameters
    ----------
    value : float
        r̄, floored at 0; NaN where series share dates but too few estimation sessions.
    raw : float
        The same before the floor.
    n_known, n_unknown : int
        Pairs of CARs of two series on shared dates: those whose residuals have enough common dates, and the others.
    n_overlapping : int
        Pairs of CARs of one series whose windows share dates. They are the same numbers, which r̄ cannot mend.
    n_series : int
        Distinct series.
    """

    value: float
    raw: float
    n_known: int
    n_unknown: int
    n_overlapping: int
    n_series: int

    @property
    def note(self) -> str:
        """What a reader of a corrected statistic must know."""
        parts = []
        if self.n_series == 1:
            parts.append("one series: mean correlation is no tool")
        elif self.n_known:
            floored = f", {self.raw:.3f} floored" if self.raw < 0 else ""
            parts.append(f"mean correlation {self.value:.3f}{floored} (pairs on shared dates: {self.n_known})")
        else:
            parts.append("no two series share a date: nothing to correct")
        if self.n_unknown:
            parts.append(f"pairs with fewer than {ENOUGH_SESSIONS} common sessions: {self.n_unknown}")
        if self.n_overlapping:
            parts.append(
                f"pairs of overlapping windows on one series: {self.n_overlapping}, rejects too often, merge them"
            )
        return "; ".join(parts)


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
    if sample.n_series <= 1:
        return MeanCorrelation(0.0, 0.0, 0, 0, _overlapping(sample), sample.n_series)
    if sample.pairs is None and sample.is_whole and len(sample) >= ENOUGH_TOGETHER * len(sample.blocks):
        sums = block_sums(sample)
    else:
        sums = _pair_sums(sample)
    return _mean(sums, sample)


def _mean(sums: CorrelationSums, sample: EventSample) -> MeanCorrelation:
    if sums.n_unknown and not sums.n_known:
        return MeanCorrelation(math.nan, math.nan, 0, sums.n_unknown, sums.n_overlapping, sample.n_series)
    n_all = len(sample) * (len(sample) - 1) / 2
    raw = sums.weighted / sums.n_known * (sums.n_known + sums.n_unknown) / n_all if sums.n_known else 0.0
    return MeanCorrelation(max(raw, 0.0), raw, sums.n_known, sums.n_unknown, sums.n_overlapping, sample.n_series)


def _overlapping(sample: EventSample) -> int:
    """Count the pairs of windows of one series that share a date."""
    days = np.sort(sample.window_dates().astype(np.int64), axis=0)
    later = np.searchsorted(days[:, 0], days[:, -1], side="right") - 1 - np.arange(len(days))
    return int(later.sum())


def _pairs_on_shared_dates(sample: EventSample) -> Iterable[ResidualPairs]:
    if not (sample.windows_meet or sample.n_dates < len(sample)):
        return ()
    if sample.pairs is not None:
        return (sample.pairs,)
    return residual_pairs(sample.residual, sample.residual_dates(), sample.window_dates())


def _pair_sums(sample: EventSample) -> CorrelationSums:
    """Sum over pairs taken one by one, for CARs of which few have all their dates in common."""
    sums = CorrelationSums()
    windows, window_of = np.unique(sample.window_dates().astype(np.int64), axis=0, return_inverse=True)
    for pairs in _pairs_on_shared_dates(sample):
        weight = _share_of_window(windows, window_of.ravel(), pairs)
        alike, meet = sample.series_index[pairs.first] == sample.series_index[pairs.second], weight > 0
        known = np.isfinite(pairs.rho) & ~alike & meet
        sums += CorrelationSums(
            weighted=float((weight[known] * pairs.rho[known]).sum()),
            n_known=int(known.sum()),
            n_unknown=int((meet & ~alike & ~known).sum()),
            n_overlapping=int((meet & alike).sum()),
        )
    return sums


def _share_of_window(windows: NDArray[np.int64], window_of: NDArray[np.intp], pairs: ResidualPairs) -> Floats:
    """Return the share of its window's dates that each pair has in common.

    Few of the windows are distinct, and fewer pairs of them: dates are compared once for each.
    """
    both, which = np.unique(window_of[pairs.first] * len(windows) + window_of[pairs.second], return_inverse=True)
    shares = np.empty(len(both))
    for start in range(0, len(both), _AT_ONCE):
        one, other = np.divmod(both[start : start + _AT_ONCE], len(windows))
        common = windows[one][:, :, None] == windows[other][:, None, :]
        shares[start : start + _AT_ONCE] = common.sum(axis=(1, 2)) / windows.shape[1]
    return np.asarray(shares[which])
