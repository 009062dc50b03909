"""Which matched pairs cannot be estimated, and which windows of the others are incomplete."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eventstudy.matching import Matches
from eventstudy.matching.reasons import ByPair
from eventstudy.models import ModelFits
from eventstudy.study.design import Design
from eventstudy.study.estimate import SeriesEstimate
from eventstudy.study.tables import shortcoming, used_rows, window_gap


def shortfalls(matches: Matches, estimates: Sequence[SeriesEstimate], design: Design) -> tuple[ByPair, ByPair]:
    """Return which used pairs cannot be estimated, and which have windows that are incomplete.

    Parameters
    ----------
    matches, estimates, design
        The study.

    Returns
    -------
    reasons, notes : mapping of (int, int) to str
        Why the former are excluded, and what the latter miss, by position of event and series.
    """
    reasons: dict[tuple[int, int], str] = {}
    notes: dict[tuple[int, int], str] = {}
    for s, estimate in enumerate(estimates):
        rows, at = used_rows(matches, s)
        doubtful = ~np.all(estimate.whole, axis=0)[at]
        if not doubtful.any():
            continue
        rows, at = rows[doubtful], at[doubtful]
        sessions, place = np.unique(at, return_inverse=True)
        nothing = np.all(np.isnan(estimate.car[:, sessions]), axis=0)
        said = [
            _why_not(estimate, session, design) if none else _what_is_missing(estimate, session)
            for session, none in zip(sessions.tolist(), nothing.tolist(), strict=True)
        ]
        for row, k in zip(rows.tolist(), place.tolist(), strict=True):
            if said[k]:
                (reasons if nothing[k] else notes)[row, s] = said[k]
    return reasons, notes


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
    return "window: " + window_gap(estimate, position, design.windows[0])


def _what_is_missing(estimate: SeriesEstimate, position: int) -> str:
    gaps = [shortcoming(estimate, position, cells) for cells in estimate.cumulative]
    return "incomplete: " + "; ".join(filter(None, gaps)) if any(gaps) else ""


def why_nothing(matches: Matches) -> str:
    """Say why no pair could be used: the commonest reason."""
    reason, n = next(iter(matches.reasons.counts().items()))
    return f"no event can be used: {n} of {matches.used.size} pairs of event and series are excluded, as\n{reason}"
