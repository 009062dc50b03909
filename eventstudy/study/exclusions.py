"""Which matched pairs cannot be estimated, and which windows of the others are incomplete."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eventstudy.matching import Matches
from eventstudy.study.design import Design
from eventstudy.study.estimate import SeriesEstimate
from eventstudy.study.tables import used_rows, window_gap


def unestimable(matches: Matches, estimates: Sequence[SeriesEstimate], design: Design) -> dict[tuple[int, int], str]:
    """Return why pairs that were matched cannot be estimated, by position of event and series."""
    reasons = {}
    for s, estimate in enumerate(estimates):
        for i, position in zip(*used_rows(matches, s), strict=True):
            reason = _why_not(estimate, int(position), design)
            if reason:
                reasons[int(i), s] = reason
    return reasons


def _why_not(estimate: SeriesEstimate, position: int, design: Design) -> str:
    fits = estimate.fits
    n_obs = int(fits.n_obs[position])
    if n_obs < design.min_obs:
        sessions = estimate.history.sessions
        enough = np.flatnonzero(fits.n_obs >= design.min_obs)
        limit = f"; the first possible event session is {sessions[enough[0]]}" if len(enough) else ""
        return (
            f"few-observations: {n_obs} of {design.min_obs} returns in estimation {design.estimation}; "
            f"the sample begins {sessions[0]}{limit}"
        )
    if np.isnan(fits.sigma[position]):
        return (
            f"constant: in estimation {design.estimation} a series of the regression does not vary, "
            "or is made of the others"
        )
    if all(np.isnan(cells.car[position]) for cells in estimate.cumulative):
        return "window: " + window_gap(estimate, position, design.windows[0])
    return ""


def incomplete(matches: Matches, estimates: Sequence[SeriesEstimate]) -> dict[tuple[int, int], str]:
    """Return which windows of used pairs are incomplete, by position of event and series."""
    notes = {}
    for s, estimate in enumerate(estimates):
        for i, position in zip(*used_rows(matches, s), strict=True):
            gaps = [window_gap(estimate, int(position), cells.window) for cells in estimate.cumulative]
            if any(gaps) and not all(gaps):
                notes[int(i), s] = "incomplete: " + "; ".join(filter(None, gaps))
    return notes


def why_nothing(matches: Matches) -> str:
    """Say why no pair could be used: the commonest reason."""
    counts = matches.table["reason"].value_counts()
    reason, n = str(counts.index[0]), int(counts.iloc[0])
    return f"no event can be used: {n} of {len(matches.table)} pairs of event and series are excluded, as\n{reason}"
