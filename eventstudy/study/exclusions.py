"""Which matched pairs cannot be estimated, and which windows of the others are incomplete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from eventstudy.matching import Matches
from eventstudy.models import ModelFits
from eventstudy.study.design import Design
from eventstudy.study.estimate import SeriesEstimate
from eventstudy.study.tables import shortcoming, window_gap


def unestimable(matches: Matches, estimates: Sequence[SeriesEstimate], design: Design) -> dict[tuple[int, int], str]:
    """Return why pairs that were matched cannot be estimated, by position of event and series."""
    reasons: dict[tuple[int, int], str] = {}
    for s, estimate in enumerate(estimates):
        nothing = np.isnan(estimate.car).all(axis=0)
        reasons |= _by_session(matches, s, nothing, partial(_why_not, estimate, design=design))
    return reasons


def _by_session(
    matches: Matches, s: int, doubtful: NDArray[np.bool_], said: Callable[[int], str]
) -> dict[tuple[int, int], str]:
    """Return what is said of the used events of one series that meet in doubtful sessions; asked once a session."""
    at = matches.positions[:, s]
    rows = np.flatnonzero(matches.used[:, s] & doubtful[at])
    if not len(rows):
        return {}
    sessions, place = np.unique(at[rows], return_inverse=True)
    texts = [said(position) for position in sessions.tolist()]
    return {(row, s): texts[k] for row, k in zip(rows.tolist(), place.tolist(), strict=True) if texts[k]}


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
        if isinstance(fits, ModelFits) and not fits.converged[position]:
            return (
                f"no-estimate: in estimation {design.estimation} a series of the regression does not vary, is made of "
                f"the others, or the search of the model '{design.model.name}' came to no end"
            )
        return (
            f"constant: in estimation {design.estimation} a series of the regression does not vary, "
            "or is made of the others"
        )
    if all(np.isnan(cells.car[position]) for cells in estimate.cumulative):
        return "window: " + window_gap(estimate, position, design.windows[0])
    return ""


def incomplete(matches: Matches, estimates: Sequence[SeriesEstimate]) -> dict[tuple[int, int], str]:
    """Return which windows of used pairs are incomplete, by position of event and series."""
    notes: dict[tuple[int, int], str] = {}
    for s, estimate in enumerate(estimates):
        doubtful = ~estimate.whole.all(axis=0)
        notes |= _by_session(matches, s, doubtful, partial(_what_is_missing, estimate))
    return notes


def _what_is_missing(estimate: SeriesEstimate, position: int) -> str:
    if all(np.isnan(cells.car[position]) for cells in estimate.cumulative):
        return ""
    gaps = [shortcoming(estimate, position, cells) for cells in estimate.cumulative]
    return "incomplete: " + "; ".join(filter(None, gaps)) if any(gaps) else ""


def why_nothing(matches: Matches) -> str:
    """Say why no pair could be used: the commonest reason."""
    reason, n = next(iter(matches.reasons.counts().items()))
    return f"no event can be used: {n} of {matches.used.size} pairs of event and series are excluded, as\n{reason}"
