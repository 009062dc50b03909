"""Patell's standardised test, and its correction for correlation between series."""

from __future__ import annotations

import math

import numpy as np

from eventstudy.inference.sample import EventSample
from eventstudy.inference.verdict import NULL_MEAN, by_normal, none, too_close
from eventstudy.statistic import Statistic


def patell_z(sample: EventSample) -> Statistic:
    """Test the sum of the SCARs against the variance they have if only the estimation window's noise is at work.

    Parameters
    ----------
    sample : EventSample
        SCARs and degrees of freedom.

    Returns
    -------
    Statistic
        Law N(0, 1); NaN with a note where an estimation has no more than two degrees of freedom.

    Notes
    -----
    ``Σ SCAR_i / √Σ (M_i - k)/(M_i - k - 2)``; a SCAR has the variance of a t with M - k degrees of freedom. A rise of
    volatility at the event, or series that share event dates, make it reject too often.

    References
    ----------
    Patell (1976), Corporate forecasts of earnings per share and stock price behavior, Journal of Accounting Research
    14.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 2), np.array([[1.0], [3.0]]))
    >>> round(patell_z(sample).value, 4)
    0.8
    """
    z, why = _patell(sample)
    if why:
        return none(sample, "patell_z", NULL_MEAN, "normal", why)
    return by_normal(sample, "patell_z", NULL_MEAN, z, too_close(sample, "adjusted_patell_z"))


def adjusted_patell_z(sample: EventSample) -> Statistic:
    """Test the sum of the SCARs, allowing for the correlation of series that share event dates.

    Parameters
    ----------
    sample : EventSample
        SCARs, degrees of freedom, estimation residuals.

    Returns
    -------
    Statistic
        Law N(0, 1); the note gives r̄, or says why nothing is corrected.

    Notes
    -----
    ``patell_z / √(1 + (N-1) r̄)``, r̄ from `mean_correlation`.

    References
    ----------
    Kolari and Pynnönen (2010), Event study testing with cross-sectional correlation of abnormal returns, Review of
    Financial Studies 23.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 2), np.array([[1.0], [3.0]]))
    >>> adjusted_patell_z(sample).note
    'no two series share a date: nothing to correct'
    """
    z, why = _patell(sample)
    if why:
        return none(sample, "adjusted_patell_z", NULL_MEAN, "normal", why)
    r = sample.correlation
    if math.isnan(r.value):
        return none(sample, "adjusted_patell_z", NULL_MEAN, "normal", r.note)
    return by_normal(sample, "adjusted_patell_z", NULL_MEAN, z / math.sqrt(1 + (len(sample) - 1) * r.value), r.note)


def _patell(sample: EventSample) -> tuple[float, str]:
    """Return the statistic, or NaN and why there is none."""
    if not len(sample):
        return math.nan, "needs at least one event"
    n_short = int((sample.df - 2 <= 0).sum())
    if n_short:
        return math.nan, f"{n_short} estimations have too few observations: M - k - 2 must be positive"
    return float(np.sum(sample.scar)) / math.sqrt(float(np.sum(sample.df / (sample.df - 2.0)))), ""
