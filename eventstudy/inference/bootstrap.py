"""The CAAR against its own resamples: signs turned date by date for the p-value, dates redrawn for the interval."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.sample import EventSample
from eventstudy.inference.verdict import NULL_MEAN, dates_too_close, dispersion, none
from eventstudy.returns import Floats
from eventstudy.statistic import Statistic

#: Resamples drawn.
DRAWS = 9_999

#: Up to this many dates all turns of signs are looked at (there are 2^dates).
MOST_TURNED = 13

#: Fewest dates from which an interval is drawn.
ENOUGH_DATES = 5

_LEVEL = 0.95

#: Numbers drawn at once, and kept for later samples: 9 bytes each.
_AT_ONCE, _KEPT = 1 << 22, 1 << 24


class Draws(NamedTuple):
    """The resamples of some number of dates, G, in portions: B of them, or all 2^G turns there are.

    Parameters
    ----------
    turned : iterable of ndarray of int8, shape (any, G)
        1 where the sign of a date is turned.
    redrawn : iterable of ndarray of int64, shape (any, G)
        Dates drawn with replacement.
    """

    turned: Iterable[NDArray[np.int8]]
    redrawn: Iterable[NDArray[np.int64]]


#: Draws by number of dates and seed, for samples that have these in common.
Drawn = dict[tuple[int, int], Draws]


class Intervals(NamedTuple):
    """Two intervals of one CAAR, in its unit: (low, high) each."""

    bca: tuple[float, float]
    percentile: tuple[float, float]


def bootstrap(sample: EventSample, seed: int = 0, drawn: Drawn | None = None) -> Statistic:
    """Test the CAAR by turning the signs of whole event dates; its interval is from redrawing whole event dates.

    Parameters
    ----------
    sample : EventSample
        The CARs.
    seed : int
        Seed of the draws.
    drawn : dict, optional
        Draws of other samples, looked up here and added to: those of as many dates and one seed are the same.

    Returns
    -------
    Statistic
        The CAAR; law "resampled", df the number of resamples. `interval` is the BCa one, the note has the percentile
        one beside it; there is none for fewer than five dates. NaN with a note for fewer than two dates.

    Notes
    -----
    A date with all its CARs is one block, so correlation between series that share it is kept. p-value: wild bootstrap,
    ``CAAR* = Σ_g w_g S_g / N`` with S_g the sum of date g's CARs and w_g = ±1, the null imposed; all 2^G turns for up
    to 13 dates, the observed one among them, else ``(1 + #)/(draws + 1)``. No p is smaller than 2^(1-G). Interval: G
    dates drawn with replacement, 9,999 times; percentile, and BCa with the acceleration from leaving out one date at
    a time.

    References
    ----------
    Wu (1986), Jackknife, bootstrap and other resampling methods, Annals of Statistics 14. Cameron, Gelbach and Miller
    (2008), Bootstrap-based improvements for inference with clustered errors, Review of Economics and Statistics 90.
    Efron (1987), Better bootstrap confidence intervals, Journal of the American Statistical Association 82.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 5), np.array([[1.0, 2, 3, 4, 5]]).T)
    >>> found = bootstrap(sample)
    >>> found.value, found.p_value, found.df  # only all up and all down are as far out, of 32 turns
    (3.0, 0.0625, 32)
    """
    sums, counts = sample.by_date()
    if len(sums) <= 1 or dispersion(sums / counts) == 0:
        why = "needs at least two dates" if len(sums) <= 1 else "all values are equal"
        return none(sample, "bootstrap", NULL_MEAN, "resampled", why)
    caar, draws = float(np.mean(sample.car)), _draws(len(sums), seed, {} if drawn is None else drawn)
    p_value, n_draws = _wild_p(sums, draws.turned)
    note, interval = f"{len(sums)} dates: no p below {2.0 ** (1 - len(sums)):.3g}, no interval", None
    if len(sums) >= ENOUGH_DATES:
        found = block_intervals(sums, counts, draws.redrawn)
        interval = found.bca
        note = f"95 % BCa {_told(found.bca)}, percentile {_told(found.percentile)}"
    note = "; ".join(filter(None, [note, dates_too_close(sample)]))
    sizes = (len(sample), sample.n_dates)
    return Statistic("bootstrap", caar, "resampled", n_draws, p_value, NULL_MEAN, *sizes, note, interval)


def _told(interval: tuple[float, float]) -> str:
    return f"{interval[0]:.4g} to {interval[1]:.4g}"


def _draws(n_dates: int, seed: int, drawn: Drawn) -> Draws:
    """Return the draws of so many dates, and keep them for the next sample where memory allows."""
    if (n_dates, seed) in drawn:
        return drawn[n_dates, seed]
    rng = np.random.default_rng(seed)
    draws = Draws(_turned(n_dates, rng), _redrawn(n_dates, rng))
    if DRAWS * n_dates > _AT_ONCE:
        return draws
    draws = drawn[n_dates, seed] = Draws(list(draws.turned), list(draws.redrawn))
    while DRAWS * sum(n for n, _ in drawn) > _KEPT:
        drawn.pop(next(iter(drawn)))
    return draws


def _turned(n_dates: int, rng: np.random.Generator) -> Iterator[NDArray[np.int8]]:
    if n_dates <= MOST_TURNED:
        yield ((np.arange(2**n_dates)[:, None] >> np.arange(n_dates)) & 1).astype(np.int8)
        return
    for n in _portions(n_dates):
        yield rng.integers(0, 2, size=(n, n_dates), dtype=np.int8)


def _redrawn(n_dates: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    for n in _portions(n_dates) if n_dates >= ENOUGH_DATES else ():
        yield rng.integers(0, n_dates, size=(n, n_dates))


def _wild_p(sums: Floats, turned: Iterable[NDArray[np.int8]]) -> tuple[float, int]:
    """Return the share of turned sums at least as far from zero as the sum itself, and the number of turns."""
    total, reached = math.fsum(sums), 0
    at_least = abs(total) - 1e-12 * float(np.abs(sums).sum())
    for turns in turned:
        # The sum of a turned date is taken away twice.
        totals = total - 2.0 * np.einsum("ij,j->i", turns.astype(np.float64), sums)
        reached += int(np.count_nonzero(np.abs(totals) >= at_least))
    if len(sums) <= MOST_TURNED:
        return reached / 2 ** len(sums), 2 ** len(sums)
    return (1 + reached) / (DRAWS + 1), DRAWS


def block_intervals(sums: Floats, counts: NDArray[np.int64], redrawn: Iterable[NDArray[np.int64]]) -> Intervals:
    """Return the 95 % intervals of a CAAR from redrawing whole dates.

    Parameters
    ----------
    sums, counts : ndarray, shape (G,)
        Sum and number of the CARs of each date.
    redrawn : iterable of ndarray of int64, shape (any, G)
        Dates drawn with replacement.

    Returns
    -------
    Intervals
        BCa and percentile interval, in the unit of the CARs. Quantiles are those of ``α (B + 1)``.

    Examples
    --------
    >>> redrawn = [np.random.default_rng(1).integers(0, 9, size=(999, 9))]
    >>> found = block_intervals(np.arange(9.0), np.ones(9, dtype=np.int64), redrawn)
    >>> found.percentile[0] < 4.0 < found.percentile[1]
    True
    """
    from scipy.special import ndtr, ndtri

    n_dates, tail = len(sums), (1 - _LEVEL) / 2
    sizes = counts.astype(np.float64)
    drawn, alike = [], bool((sizes == sizes[0]).all())
    for rows in redrawn:
        n_cars = n_dates * sizes[0] if alike else _row_sums(sizes, rows)
        drawn.append(_row_sums(sums, rows) / n_cars)
    means = np.concatenate(drawn)
    caar = float(sums.sum() / counts.sum())
    # A draw that is the sample in another order has its CAAR but for rounding.
    rounding = 1e-12 * float(np.abs(means).max())
    below = float(np.mean(means < caar - rounding) + np.mean(means <= caar + rounding)) / 2
    bias = float(ndtri(min(max(below, 1 / (DRAWS + 1)), DRAWS / (DRAWS + 1))))
    acceleration = _acceleration(sums, counts)
    shifted = bias + ndtri(np.array([tail, 1 - tail]))
    levels = ndtr(bias + shifted / np.maximum(1 - acceleration * shifted, 1e-9))
    ends = np.quantile(means, [*levels, tail, 1 - tail], method="weibull").tolist()
    return Intervals((ends[0], ends[1]), (ends[2], ends[3]))


def _row_sums(values: Floats, rows: NDArray[np.int64]) -> Floats:
    """Return the sum of the values drawn in each row."""
    return np.asarray(np.einsum("ij->i", values.take(rows)))


def _acceleration(sums: Floats, counts: NDArray[np.int64]) -> float:
    """Skewness of the CAARs that leave out one date each, over six: how the spread grows with the CAAR."""
    left_out = (sums.sum() - sums) / (counts.sum() - counts)
    away = left_out.mean() - left_out
    return float((away**3).sum() / (6 * (away**2).sum() ** 1.5))


def _portions(n_dates: int) -> list[int]:
    """Split the draws so that no array grows with their number times that of the dates."""
    size = max(_AT_ONCE // n_dates, 1)
    return [min(size, DRAWS - start) for start in range(0, DRAWS, size)]
