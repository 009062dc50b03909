"""Tests of a mean by Student's t or the normal law: of CARs, of standardised CARs, and against a time series.

Each takes an `EventSample` of N CARs and returns a `Statistic`, NaN with a note where the sample has none.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from eventstudy.inference.correlation import ENOUGH_SESSIONS, mean_correlation
from eventstudy.inference.sample import (
    NULL_MEAN,
    EventSample,
    by_normal,
    by_t,
    dependence_note,
    dispersion,
    none,
    overlap_note,
    why_no_dispersion,
)
from eventstudy.returns import Floats
from eventstudy.statistic import Statistic

#: A mean correlation above this is one but for rounding.
_PERFECT = 1 - 1e-9

_PARTIAL = "some CARs are partial, and this test needs every session of their windows"


def cross_section_t(sample: EventSample) -> Statistic:
    """Test the mean CAR against its own dispersion over events.

    Returns
    -------
    Statistic
        Law t(N - 1); NaN with a note for fewer than two events or equal CARs.

    Notes
    -----
    ``t = √N mean(CAR) / sd(CAR)``, sd with N - 1. It takes CARs for independent: several series or events on one date
    make it reject too often, and the note then says so.

    References
    ----------
    Brown and Warner (1980), Measuring security price performance, Journal of Financial Economics 8.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> estimation = np.array([[1.0, -1.0, 2.0, -2.0]] * 3)
    >>> round(cross_section_t(sample_of_returns(estimation, np.array([[1.0], [2.0], [3.0]]))).value, 4)
    3.4641
    """
    return _t_of_mean(sample, "cross_section_t", sample.car, note=dependence_note(sample, "date_clustered_t"))


def date_clustered_t(sample: EventSample) -> Statistic:
    """Test the mean CAR after averaging all CARs that share an event date.

    Returns
    -------
    Statistic
        Law t(n_dates - 1); NaN with a note for fewer than two dates.

    Notes
    -----
    The t of the means over dates. It needs many dates more than many series.

    References
    ----------
    Brown and Warner (1985), Using daily stock returns, Journal of Financial Economics 14 (cross-sectional dependence).

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> days = np.array(["2022-01-26", "2022-01-26", "2022-01-27"], dtype="datetime64[D]")
    >>> estimation, event = np.array([[1.0, -1.0, 2.0, -2.0]] * 3), np.array([[1.0], [3.0], [3.0]])
    >>> round(date_clustered_t(sample_of_returns(estimation, event, session=days)).value, 4)
    5.0
    """
    sums, counts = sample.by_date
    return _t_of_mean(sample, "date_clustered_t", sums / counts, overlap_note(sample), "dates")


def ibragimov_mueller_t(sample: EventSample) -> Statistic:
    """Test the mean CAR over a few coarse clusters, the episodes to which the events belong.

    Returns
    -------
    Statistic
        Law t(q - 1) over the means of q episodes; NaN with a note where there are fewer than two.

    Notes
    -----
    Whatever the dependence and variance inside an episode: for levels up to 8.3 % the t of q independent, unequally
    noisy means rejects no more often than it says. Events whose episode has no name form one of their own.

    References
    ----------
    Ibragimov and Müller (2010), t-statistic based correlation and heterogeneity robust inference, Journal of Business
    and Economic Statistics 28.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> estimation, event = np.array([[1.0, -1.0, 2.0, -2.0]] * 3), np.array([[1.0], [3.0], [3.0]])
    >>> sample = sample_of_returns(estimation, event, phase=np.array(["build-up", "build-up", "war"]))
    >>> round(ibragimov_mueller_t(sample).value, 4), ibragimov_mueller_t(sample).df
    (5.0, 1)
    """
    names, cluster = np.unique(sample.phase, return_inverse=True)
    means = np.bincount(cluster, weights=sample.car) / np.bincount(cluster) if len(sample) else sample.car
    nameless = len(names) > 1 and bool((names == "").any())
    note = f"means of {len(names)} episodes" + (", the events without one among them" if nameless else "")
    return _t_of_mean(sample, "ibragimov_mueller_t", means, note, "episodes (phases of the events)")


def skewness_adjusted_t(sample: EventSample) -> Statistic:
    """Test the mean CAR with the t corrected for the skewness of the CARs.

    Returns
    -------
    Statistic
        Law t(N - 1); NaN with a note for fewer than three events.

    Notes
    -----
    ``√N (S + γS²/3 + γ²S³/27 + γ/(6N))`` with ``S = mean/sd`` and ``γ = N/((N-1)(N-2)) Σ((x - x̄)/sd)³``.

    References
    ----------
    Hall (1992), On the removal of skewness by transformation, Journal of the Royal Statistical Society B 54.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 3), np.array([[1.0], [2.0], [3.0]]))
    >>> round(skewness_adjusted_t(sample).value, 4)  # without skewness the plain t
    3.4641
    """
    n, spread = len(sample), dispersion(sample.car)
    if n <= 2 or spread == 0:  # noqa: PLR2004  # the skewness is divided by N - 2
        why = "needs at least three events" if n <= 2 else "all values are equal"  # noqa: PLR2004
        return none(sample, "skewness_adjusted_t", NULL_MEAN, "t", why)
    mean = float(np.mean(sample.car))
    skewness = n / ((n - 1) * (n - 2)) * float(np.sum(((sample.car - mean) / spread) ** 3))
    s = mean / spread
    t = math.sqrt(n) * (s + skewness * s**2 / 3 + skewness**2 * s**3 / 27 + skewness / (6 * n))
    note = "; ".join(filter(None, [f"skewness {skewness:.2f}", dependence_note(sample, "date_clustered_t")]))
    return by_t(sample, "skewness_adjusted_t", NULL_MEAN, t, n - 1, note)


def _t_of_mean(sample: EventSample, test: str, values: Floats, note: str, what: str = "events") -> Statistic:
    """Return ``√N mean / sd`` of N values."""
    spread = dispersion(values)
    if spread == 0:
        return none(sample, test, NULL_MEAN, "t", why_no_dispersion(values, what))
    t = math.sqrt(len(values)) * (float(values.sum()) / len(values)) / spread
    return by_t(sample, test, NULL_MEAN, t, len(values) - 1, note)


def patell_z(sample: EventSample) -> Statistic:
    """Test the sum of the SCARs against the variance they have if only the estimation window's noise is at work.

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
    n_short = int((sample.df - 2 <= 0).sum())
    if n_short or not len(sample):
        why = f"{n_short} estimations have too few observations: M - k - 2 must be positive"
        return none(sample, "patell_z", NULL_MEAN, "normal", why if n_short else "needs at least one event")
    z = float(np.sum(sample.scar)) / math.sqrt(float(np.sum(sample.df / (sample.df - 2.0))))
    return by_normal(sample, "patell_z", NULL_MEAN, z, dependence_note(sample, "adjusted_patell_z"))


def adjusted_patell_z(sample: EventSample) -> Statistic:
    """Test the sum of the SCARs, allowing for the correlation of series that share event dates.

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
    plain = patell_z(sample)
    if math.isnan(plain.value):
        return replace(plain, test="adjusted_patell_z")
    r = mean_correlation(sample)
    if math.isnan(r.value):
        return none(sample, "adjusted_patell_z", NULL_MEAN, "normal", r.note)
    z = plain.value / math.sqrt(1 + (len(sample) - 1) * r.value)
    return by_normal(sample, "adjusted_patell_z", NULL_MEAN, z, r.note)


def bmp_t(sample: EventSample) -> Statistic:
    """Test the mean SCAR against the dispersion of the SCARs, so that volatility may rise at the event.

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
    return _t_of_mean(sample, "bmp_t", sample.scar, dependence_note(sample, "adjusted_bmp_t"))


def adjusted_bmp_t(sample: EventSample) -> Statistic:
    """Test the mean SCAR, allowing for volatility at the event and for the correlation of series that share its date.

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
    plain = _t_of_mean(sample, "adjusted_bmp_t", sample.scar, "")
    if math.isnan(plain.value):
        return plain
    r, n = mean_correlation(sample), len(sample)
    if not r.value <= _PERFECT:
        why = r.note if math.isnan(r.value) else "the series are perfectly correlated"
        return none(sample, "adjusted_bmp_t", NULL_MEAN, "t", why)
    t = plain.value * math.sqrt((1 - r.value) / (1 + (n - 1) * r.value))
    return by_t(sample, "adjusted_bmp_t", NULL_MEAN, t, n - 1, r.note)


def crude_dependence_t(sample: EventSample) -> Statistic:
    """Test the CAAR against how much the average residual moved from session to session in the estimation window.

    Returns
    -------
    Statistic
        Law t(M - 1), M the estimation sessions on which there is a residual; NaN with a note where their average does
        not vary.

    Notes
    -----
    ``CAAR / (√n sd(AAR_τ))``, sd over the estimation window with M - 1, ``AAR_τ`` the mean over the N_τ residuals there
    are at τ. It keeps the correlation of series that share an event date; a rise of volatility at the event makes it
    reject too often.

    References
    ----------
    Brown and Warner (1980), Measuring security price performance, Journal of Financial Economics 8; (1985), Using
    daily stock returns, ibid. 14.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> estimation = np.array([[1.0, -1.0, 2.0, -2.0], [1.0, 1.0, -1.0, -1.0]])
    >>> round(crude_dependence_t(sample_of_returns(estimation, np.array([[4.0], [2.0]]))).value, 4)
    2.7775
    """
    if not sample.is_whole:
        return none(sample, "crude_dependence_t", NULL_MEAN, "t", _PARTIAL)
    there = sample.n_each > 0
    average = np.where(sample.known, sample.residual, 0.0).sum(axis=0)[there] / sample.n_each[there]
    spread = dispersion(average)
    if spread == 0:
        return none(sample, "crude_dependence_t", NULL_MEAN, "t", "the average estimation residual does not vary")
    t = float(np.mean(sample.car)) / (math.sqrt(sample.window.n_sessions) * spread)
    return by_t(sample, "crude_dependence_t", NULL_MEAN, t, len(average) - 1, overlap_note(sample))


def calendar_time_t(sample: EventSample) -> Statistic:
    """Test the daily abnormal return of the portfolio of all series that are in an event window.

    Returns
    -------
    Statistic
        Law t(M - 1), M the fewest dates behind any of the volatilities; NaN with a note where no portfolio has 30.

    Notes
    -----
    On each of the D dates in any window the portfolio holds the pairs whose window has that date, equally weighted. Its
    abnormal return is divided by the volatility of *the same* portfolio over its members' estimation windows: the sd,
    with M - 1, of their mean residual on the dates on which all of them have one. ``t = Σ_d AR_d/σ_d / √D``. The event
    window's own dispersion is not used. Overlapping windows and series that share dates are one observation a date, so
    neither is counted twice; a rise of volatility at the event makes it reject too often.

    References
    ----------
    Jaffe (1974), Special information and insider trading, Journal of Business 47. Mandelker (1974), Risk and return:
    the case of merging firms, Journal of Financial Economics 1.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> estimation = np.tile([1.0, -1.0, 2.0, -2.0], (2, 10))
    >>> sample = sample_of_returns(estimation, np.array([[4.0, 2.0], [1.0, 1.0]]))
    >>> round(calendar_time_t(sample).value, 4), calendar_time_t(sample).df
    (2.498, 39)
    """
    if not sample.is_whole:
        return none(sample, "calendar_time_t", NULL_MEAN, "t", _PARTIAL)
    of_day = np.unique(sample.window_session, return_inverse=True)[1].ravel()
    n_held = np.bincount(of_day)
    returns = np.bincount(of_day, weights=sample.ar[:, sample.inside].ravel()) / n_held
    members = np.split(np.argsort(of_day, kind="stable") // sample.window.n_sessions, np.cumsum(n_held)[:-1])
    pasts: dict[bytes, tuple[float, int]] = {}
    standardised, fewest = [], math.inf
    for held, ar in zip(members, returns.tolist(), strict=False):
        if (key := held.tobytes()) not in pasts:
            mean = sample.residuals_on_calendar(held)[1].mean(axis=0)  # NaN where a member has none
            past = mean[np.isfinite(mean)]
            pasts[key] = dispersion(past), len(past)
        spread, n_past = pasts[key]
        if n_past >= ENOUGH_SESSIONS and spread > 0:
            standardised.append(ar / spread)
            fewest = min(fewest, n_past)
    if not standardised:
        why = f"no portfolio has {ENOUGH_SESSIONS} estimation sessions on which all its members have a residual"
        return none(sample, "calendar_time_t", NULL_MEAN, "t", why)
    note = f"{len(standardised)} calendar dates"
    if len(standardised) < len(members):
        left_out = len(members) - len(standardised)
        note += f"; {left_out} left out, without {ENOUGH_SESSIONS} common estimation sessions"
    t = math.fsum(standardised) / math.sqrt(len(standardised))
    return by_t(sample, "calendar_time_t", NULL_MEAN, t, int(fewest) - 1, note)
