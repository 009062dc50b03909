"""Mean paths around events, each from the last price before a window on, with the band of days without news."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.placebo import ENOUGH
from eventstudy.returns import Floats
from eventstudy.study.estimates import SeriesEstimates
from eventstudy.study.placebo import groups_of
from eventstudy.study.sample import ALL, SeriesSample
from eventstudy.window import Window

#: Placebo means drawn for a band, and the share of them that lies within.
BAND_DRAWS, BAND_SHARE = 2_000, 0.90


@dataclass(frozen=True, eq=False)
class MeanPath:
    """The mean path of one label in one series, and the market events behind it.

    Parameters
    ----------
    label : str
        The label; ``*`` for all.
    taus : ndarray of int, shape (m,)
        Event time over the design's span, and the session before it.
    mean : ndarray, shape (m,)
        Mean cumulative abnormal return since the last price before the window: at the window's last session the CAAR
        of its answer. NaN without a market event, or where one of them lacks a return.
    each, aside : ndarray, shape (n, m) and (k, m)
        The n market events of the answer, and k with a CAR over the window that are set aside.
    sessions : ndarray of datetime64[D], shape (n,)
        Event sessions of the former.
    band : ndarray, shape (m,), or None
        Half of the width of the band of days without news, which is symmetric about 0; None without enough of them.
    """

    label: str
    taus: NDArray[np.int64]
    mean: Floats
    each: Floats
    aside: Floats
    sessions: NDArray[np.datetime64]
    band: Floats | None


def mean_path(sample: SeriesSample, label: str, w: int) -> MeanPath | None:
    """Return the mean path of the market events that stand in the answer of a label over a window.

    Parameters
    ----------
    sample : SeriesSample
        The market events of a series.
    label : str
        Their label, ``*`` for all.
    w : int
        Which of the design's windows.

    Returns
    -------
    MeanPath or None
        None where no market event of the label has a CAR over the window.

    Notes
    -----
    The sample is the answer's own, so that the path passes through its CAAR; beyond the window it may meet news of
    another kind. For the band see `band_of_mean`.
    """
    design, window = sample.of.design, sample.of.design.windows[w]
    of_label = (label == ALL) | (sample.label == label)
    there, rows = np.flatnonzero(np.isfinite(sample.car[:, w]) & of_label), sample.rows(label, w)
    if not len(there):
        return None
    ar = np.nan_to_num(sample.path) if design.missing == "partial" else sample.path
    taus = np.arange(design.span.first - 1, design.span.last + 1)
    values, base = _cumulated(ar, window.first - design.span.first), window.first - 1
    with np.errstate(invalid="ignore"):
        mean = values[rows].mean(axis=0) if len(rows) else np.full(len(taus), np.nan)
    edges = [0.0 if tau == base else _edge(sample, label, w, rows, int(tau)) for tau in taus] if len(rows) else []
    band = np.array(edges) if np.isfinite(edges).sum() > 1 else None
    return MeanPath(label, taus, mean, values[rows], values[np.setdiff1d(there, rows)], sample.session[rows], band)


def _cumulated(ar: Floats, base: int) -> Floats:
    """Cumulate abnormal returns (n, m) both ways from the price before the `base`-th, shape (n, m + 1)."""
    before = -np.cumsum(ar[:, :base][:, ::-1], axis=1)[:, ::-1]
    return np.hstack([before, np.zeros((len(ar), 1)), np.cumsum(ar[:, base:], axis=1)])


def _edge(sample: SeriesSample, label: str, w: int, rows: NDArray[np.int64], tau: int) -> float:
    """Return the half-width of the band at one session of event time."""
    of, window = sample.of, sample.of.design.windows[w]
    part = Window(window.first, tau) if tau >= window.first else Window(tau + 1, window.first - 1)
    quiet = of.quiet[:, w] if np.count_nonzero(of.quiet[:, w]) >= ENOUGH else of.eligible[:, w]
    at = np.flatnonzero(quiet & of.block.clear(part))
    shift = min(window.first, 0)
    at = at[at + shift >= 0]
    line = of.abnormal_at(at, part).ar.sum(axis=1) / of.scale[at + shift]
    return band_of_mean(of, sample.position[rows], of.scale[sample.position[rows] + shift], line, w, label)


def band_of_mean(
    of: SeriesEstimates, position: NDArray[np.int64], scale: Floats, line: Floats, w: int, label: str = ""
) -> float:
    """Return how far the mean over days without news lies from 0, either way, in 90 of 100 draws.

    Parameters
    ----------
    of : SeriesEstimates
        The series.
    position : ndarray of int64, shape (n,)
        Sessions of the market events.
    scale : ndarray, shape (n,)
        Volatility of each, known before it, in the unit of the returns.
    line : ndarray, shape (B,)
        Returns on days without news in units of the volatility known before each.
    w : int
        Which of the design's windows.
    label : str
        Label of the market events.

    Returns
    -------
    float
        NaN with fewer than 100 days without news.

    Notes
    -----
    Each of 2,000 draws takes n days without news, with replacement, and gives every one of them the volatility of one
    of the events: ``m = Σ σ_i z_i / n``. The band is the 90 % quantile of ``|m|``, times √(n / effective n) as the p of
    a mean allows for overlapping windows. The p weighs events by 1/σ and the mean return does not; so next to p = 0.10
    a mean may lie on either side of the band.
    """
    line = line[np.isfinite(line)]
    if len(line) < ENOUGH or not np.isfinite(scale).all():
        return math.nan
    (group,) = groups_of({of.history.name: of}, {(of.history.name, label): position}, np.ones(len(position)), w)
    rng = np.random.default_rng([of.design.seed, len(line), len(position)])
    drawn = (line[rng.integers(0, len(line), (BAND_DRAWS, len(position)))] * scale).mean(axis=1)
    return float(np.quantile(np.abs(drawn), BAND_SHARE) * math.sqrt(len(position) / group.worth))
