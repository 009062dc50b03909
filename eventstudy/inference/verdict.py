"""From a number and its law to a `Statistic`; and what several tests say about samples they cannot judge."""

from __future__ import annotations

import math

import numpy as np

from eventstudy.inference.sample import EventSample
from eventstudy.returns import Floats
from eventstudy.statistic import Law, Statistic, two_sided_normal, two_sided_t, undefined

_OVERLAP = "windows of different dates overlap: rejects too often, see calendar_time_t"

NULL_MEAN = "the mean abnormal return is zero"


def by_t(sample: EventSample, test: str, null: str, value: float, df: float, note: str = "") -> Statistic:
    """Return a statistic that follows Student's t."""
    p_value = float(two_sided_t(value, df))
    return Statistic(test, value, "t", df, p_value, null, len(sample), sample.n_dates, note)


def by_normal(sample: EventSample, test: str, null: str, value: float, note: str = "") -> Statistic:
    """Return a statistic that follows the standard normal law."""
    p_value = two_sided_normal(value)
    return Statistic(test, value, "normal", math.nan, p_value, null, len(sample), sample.n_dates, note)


def by_count(sample: EventSample, test: str, null: str, value: float, p_value: float, note: str = "") -> Statistic:
    """Return a statistic whose p-value is a count of outcomes."""
    return Statistic(test, value, "exact", math.nan, p_value, null, len(sample), sample.n_dates, note)


def none(sample: EventSample, test: str, null: str, law: Law, why: str) -> Statistic:
    """Return the statistic of a sample that has none, with the reason."""
    return undefined(test, null, len(sample), sample.n_dates, why, law)


def dispersion(values: Floats) -> float:
    """Return the standard deviation with N - 1; 0 where the values differ by rounding alone or are fewer than two."""
    if len(values) <= 1:
        return 0.0
    spread = float(np.std(values, ddof=1))
    rounding = float(np.abs(values).max()) * len(values) * np.finfo(np.float64).eps
    return spread if spread > rounding else 0.0


def why_no_dispersion(values: Floats, what: str) -> str:
    """Say why values have no standard deviation to divide by."""
    return f"needs at least two {what}" if len(values) <= 1 else "all values are equal"


def too_close(sample: EventSample, remedy: str) -> str:
    """Warn of CARs that are not independent, for a test that takes them to be; '' where they may be.

    Parameters
    ----------
    sample : EventSample
        The sample.
    remedy : str
        The test that allows for several series on one date.
    """
    if sample.n_dates < len(sample):
        mend = f"see {remedy}" if sample.n_series > 1 else "merge the events, or see date_clustered_t"
        return f"several CARs share a date: rejects too often, {mend}"
    return _OVERLAP if sample.windows_meet else ""


def dates_too_close(sample: EventSample) -> str:
    """Warn of dates whose windows overlap, for a test that takes dates for independent; '' where they may be."""
    return _OVERLAP if sample.dates_meet else ""
