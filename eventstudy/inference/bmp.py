"""Boehmer, Musumeci and Poulsen's test, and its correction for correlation between series."""

from __future__ import annotations

import math

import numpy as np

from eventstudy.inference.sample import EventSample
from eventstudy.inference.verdict import NULL_MEAN, by_t, dispersion, none, too_close, why_no_dispersion
from eventstudy.statistic import Statistic

#: A mean correlation above this is one but for rounding.
_PERFECT = 1 - 1e-9


def bmp_t(sample: EventSample) -> Statistic:
    """Test the mean SCAR against the dispersion of the SCARs, so that volatility may rise at the event.

    Parameters
    ----------
    sample : EventSample
        SCARs, each divided by its forecast standard error.

    Returns
    -------
    Statistic
        Law t(N - 1); NaN with a note for fewer than two events or equal SCARs.

    Notes
    -----
    ``√N mean(SCAR) / sd(SCAR)``, sd with N - 1; the SCARs hold the forecast-error variance. Series that share event
    dates make it reject too often.

    References
    ----------
    Boehmer, Musumeci and Poulsen (1991), Event-study methodology under conditions of event-induced variance, Journal
    of Financial Economics 30.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 3), np.array([[1.0], [2.0], [3.0]]))
    >>> round(bmp_t(sample).value, 4)
    3.4641
    """
    spread = dispersion(sample.scar)
    if spread == 0:
        return none(sample, "bmp_t", NULL_MEAN, "t", why_no_dispersion(sample.scar, "events"))
    t = math.sqrt(len(sample)) * float(np.mean(sample.scar)) / spread
    return by_t(sample, "bmp_t", NULL_MEAN, t, len(sample) - 1, too_close(sample, "adjusted_bmp_t"))


def adjusted_bmp_t(sample: EventSample) -> Statistic:
    """Test the mean SCAR, allowing for volatility at the event and for the correlation of series that share its date.

    Parameters
    ----------
    sample : EventSample
        SCARs and estimation residuals.

    Returns
    -------
    Statistic
        Law t(N - 1); the note gives r̄, or says why nothing is corrected.

    Notes
    -----
    ``bmp_t √((1 - r̄)/(1 + (N-1) r̄))``, r̄ from `mean_correlation`.

    References
    ----------
    Kolari and Pynnönen (2010), Event study testing with cross-sectional correlation of abnormal returns, Review of
    Financial Studies 23.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 3), np.array([[1.0], [2.0], [3.0]]))
    >>> round(adjusted_bmp_t(sample).value, 4)  # dates of their own: nothing to correct
    3.4641
    """
    spread = dispersion(sample.scar)
    if spread == 0:
        return none(sample, "adjusted_bmp_t", NULL_MEAN, "t", why_no_dispersion(sample.scar, "events"))
    r = sample.correlation
    if math.isnan(r.value) or r.value > _PERFECT:
        why = r.note if math.isnan(r.value) else "the series are perfectly correlated"
        return none(sample, "adjusted_bmp_t", NULL_MEAN, "t", why)
    n = len(sample)
    t = math.sqrt(n) * float(np.mean(sample.scar)) / spread * math.sqrt((1 - r.value) / (1 + (n - 1) * r.value))
    return by_t(sample, "adjusted_bmp_t", NULL_MEAN, t, n - 1, r.note)
