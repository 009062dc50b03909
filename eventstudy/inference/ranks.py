"""Corrado's rank test: whether abnormal returns rank unusually high or low on the event sessions."""

from __future__ import annotations

import math

import numpy as np

from eventstudy.inference.sample import EventSample
from eventstudy.inference.verdict import by_normal, dates_too_close, none
from eventstudy.statistic import Statistic

#: Mean ranks that vary less than this do not vary.
FLAT = 1e-12

NULL_RANK = "abnormal returns rank on the event sessions as on the others"


def rank_z(sample: EventSample) -> Statistic:
    """Test whether the window's abnormal returns rank high or low among all of their event's.

    Parameters
    ----------
    sample : EventSample
        Abnormal returns over the span and estimation residuals.

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
    counts = np.concatenate([sample.n_each, np.isfinite(sample.ar).sum(axis=0)])
    values = sample.rank_sums.together / np.sqrt(np.maximum(counts, 1))
    scale = math.sqrt(float(np.mean(values[counts > 0] ** 2))) if counts.any() else 0.0
    if scale < FLAT:
        return none(sample, "rank_z", NULL_RANK, "normal", "the ranks do not vary from session to session")
    inside = values[sample.residual.shape[1] :][sample.inside]
    z = float(inside.sum()) / (scale * math.sqrt(len(inside)))
    return by_normal(sample, "rank_z", NULL_RANK, z, dates_too_close(sample))
