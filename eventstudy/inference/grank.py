"""Kolari and Pynnönen's generalised rank test: the whole CAR ranked as if it were one more estimation session."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.among_residuals import AmongResiduals
from eventstudy.inference.ranks import FLAT
from eventstudy.inference.sample import EventSample
from eventstudy.inference.verdict import (
    by_normal,
    by_t,
    dates_too_close,
    dispersion,
    none,
    too_close,
    why_no_dispersion,
)
from eventstudy.returns import Floats
from eventstudy.statistic import Statistic

NULL_GRANK = "the CAR ranks as any session of the estimation window does"


def grank_t(sample: EventSample) -> Statistic:
    """Test whether CARs rank high or low among the residuals, against how mean ranks vary from session to session.

    Parameters
    ----------
    sample : EventSample
        SCARs and estimation residuals.

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
    sums, counts = _session_sums(sample)
    mean = sums / np.maximum(counts, 1)
    n_sessions = int(np.count_nonzero(counts))
    scale = math.sqrt(float(np.sum(counts * mean**2)) / len(sample) / n_sessions)
    z = float(mean[-1]) / scale if scale > FLAT else math.nan
    left = n_sessions - 1 - z**2
    if n_sessions - 2 <= 0 or not left > FLAT:
        return none(sample, "grank_t", NULL_GRANK, "t", "the ranks do not vary from session to session")
    t = z * math.sqrt((n_sessions - 2) / left)
    return by_t(sample, "grank_t", NULL_GRANK, t, n_sessions - 2, dates_too_close(sample))


def grank_z(sample: EventSample) -> Statistic:
    """Test whether CARs rank high or low among the residuals, taking events for independent.

    Parameters
    ----------
    sample : EventSample
        SCARs and estimation residuals.

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
    n_values, u = sample.among_residuals.n_values, _event_u(sample.among_residuals)
    variance = float(np.mean((n_values - 1) / (12 * (n_values + 1))))
    if variance == 0:
        return none(sample, "grank_z", NULL_GRANK, "normal", "no event has an estimation residual")
    z = float(u.mean()) / math.sqrt(variance / len(sample))
    return by_normal(sample, "grank_z", NULL_GRANK, z, too_close(sample, "grank_t"))


def _event_u(among: AmongResiduals) -> Floats:
    """Return the centred rank U of each SCAR*."""
    return np.asarray((1 + among.below + among.equal / 2) / (among.n_values + 1) - 0.5)


def _session_sums(sample: EventSample) -> tuple[Floats, NDArray[np.int64]]:
    """Return the sums of the centred ranks U of each estimation session and, last, of the SCAR*; and of how many."""
    among = sample.among_residuals
    sums = sample.rank_sums.residual + among.beyond
    return np.append(sums, _event_u(among).sum()), np.append(sample.n_each, len(sample))
