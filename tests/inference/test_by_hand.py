"""Three events of five estimation sessions each, worked by hand.

Estimation returns (all of mean 0, squares summing to 10, so s² = 10/4 = 2.5) and the return of the event session::

    A:  1 -1  2 -2  0      CAR 3
    B:  2 -1  1 -2  0      CAR 1
    C:  1 -2  2 -1  0      CAR 2

The forecast variance of a CAR of one session is s² (1 + 1/5) = 3, so the SCARs are 3/√3, 1/√3 and 2/√3.
"""

from math import sqrt

import numpy as np
import pytest

from eventstudy import inference
from eventstudy.inference import (
    bmp_t,
    calendar_time_t,
    mean_correlation,
    patell_z,
    sample_of_returns,
    sign_z,
    skewness_adjusted_t,
    wilcoxon,
)

ESTIMATION = np.array([[1.0, -1.0, 2.0, -2.0, 0.0], [2.0, -1.0, 1.0, -2.0, 0.0], [1.0, -2.0, 2.0, -1.0, 0.0]])
EVENT = np.array([[3.0], [1.0], [2.0]])
ONE_DAY = np.full(3, "2022-01-27", dtype="datetime64[D]")


def hand(**words):
    """The sample of the three events."""
    return sample_of_returns(ESTIMATION, EVENT, **words)


def six_times(**words):
    """The five sessions six times over: thirty of them, the same correlations; s² = 60/29."""
    return sample_of_returns(np.tile(ESTIMATION, (1, 6)), EVENT, **words)


def value(name, sample):
    """The statistic of a test by name."""
    return getattr(inference, name)(sample).value


def test_the_sample_itself():
    """s² is 10/4 and the SCARs are 3/√3, 1/√3, 2/√3."""
    sample = hand()
    assert sample.sigma.tolist() == pytest.approx([sqrt(2.5)] * 3)
    assert sample.scar.tolist() == pytest.approx([3 / sqrt(3), 1 / sqrt(3), 2 / sqrt(3)])
    assert sample.df.tolist() == [4, 4, 4]


def test_cross_section_t():
    """CARs 3, 1, 2: mean 2, sd 1, so t = √3 · 2/1 = 3.4641."""
    assert value("cross_section_t", hand()) == pytest.approx(2 * sqrt(3))


def test_skewness_adjusted_t():
    """CARs 3, 1, 2 are symmetric, so the plain t; of 4, 1, 1 (mean 2, sd √3) the skewness is 3/2 · 6/√27 = √3.

    There S = 2/√3 and t = √3 (S + √3 S²/3 + 3 S³/27 + √3/18).
    """
    assert value("skewness_adjusted_t", hand()) == pytest.approx(2 * sqrt(3))
    skewed = skewness_adjusted_t(sample_of_returns(ESTIMATION, np.array([[4.0], [1.0], [1.0]])))
    s = 2 / sqrt(3)
    assert skewed.value == pytest.approx(sqrt(3) * (s + sqrt(3) * s**2 / 3 + 3 * s**3 / 27 + sqrt(3) / 18))
    assert skewed.note == "skewness 1.73"


def test_date_clustered_t():
    """A and B on one day are one value, 2, beside C's 2: no dispersion. A and C against B: 2.5 and 1, t = 1.75/0.75."""
    assert np.isnan(value("date_clustered_t", hand(session=ONE_DAY + np.array([0, 0, 9]))))
    assert value("date_clustered_t", hand(session=ONE_DAY + np.array([0, 9, 0]))) == pytest.approx(1.75 / 0.75)


def test_ibragimov_mueller_t():
    """Episodes {A, C} and {B} have the means 2.5 and 1, as the dates above: t = 1.75/0.75, one degree of freedom."""
    sample = hand(phase=np.array(["build-up", "war", "build-up"]))
    assert value("ibragimov_mueller_t", sample) == pytest.approx(1.75 / 0.75)
    assert inference.ibragimov_mueller_t(sample).df == 1


def test_crude_dependence_t():
    """The mean residuals are 4/3, -4/3, 5/3, -5/3, 0: squares 82/9, sd √(82/36); CAAR 2, so t = 2/√(82/36)."""
    assert value("crude_dependence_t", hand()) == pytest.approx(2 / sqrt(82 / 36))
    assert inference.crude_dependence_t(hand()).df == 4


def test_patell_z():
    """The SCARs sum to 6/√3; each has the variance 4/(4 - 2) = 2, together 6: z = (6/√3)/√6 = √2."""
    assert patell_z(hand()).value == pytest.approx(sqrt(2))


def test_bmp_t():
    """The SCARs are the CARs over √3, so the t of the CARs."""
    assert bmp_t(hand()).value == pytest.approx(2 * sqrt(3))


def test_mean_correlation():
    """Products of A and B: 2 + 1 + 2 + 4 = 9 of 10; A and C: 1 + 2 + 4 + 2 = 9; B and C: 2 + 2 + 2 + 2 = 8; r̄ 26/30."""
    assert mean_correlation(six_times(session=ONE_DAY)).value == pytest.approx(26 / 30)


def test_mean_correlation_of_which_one_pair_shares_a_day():
    """Only A and B share a day: their 0.9 is one pair of three, r̄ = 0.3. Five common sessions are too few to tell."""
    days = ONE_DAY + np.array([0, 0, 99])
    assert mean_correlation(six_times(session=days)).value == pytest.approx(0.3)
    assert np.isnan(mean_correlation(hand(session=days)).value)


def test_adjusted_patell_z():
    """Thirty sessions: s² = 60/29, SCAR = CAR/√(60/29 · 31/30), variance 29/27 each; over √(1 + 2 · 26/30)."""
    z = 6 / sqrt(60 / 29 * 31 / 30) / sqrt(3 * 29 / 27)
    assert value("patell_z", six_times()) == pytest.approx(z)
    assert value("adjusted_patell_z", six_times(session=ONE_DAY)) == pytest.approx(z / sqrt(82 / 30))


def test_adjusted_bmp_t():
    """2√3 times the root of (1 - 26/30)/(1 + 2 · 26/30) = (4/30)/(82/30) = 2/41."""
    assert value("adjusted_bmp_t", six_times(session=ONE_DAY)) == pytest.approx(2 * sqrt(3) * sqrt(2 / 41))


def test_sign_z():
    """Three of three are up: z = 1.5/(√3/2) = √3, and p = 2/8."""
    assert sign_z(hand()).value == pytest.approx(sqrt(3))
    assert sign_z(hand()).p_value == pytest.approx(0.25)


def test_sign_z_counts_only_what_is_there():
    """Three up of five present is z = 0.5/(√5/2) = 0.447, however many more events lack their return."""
    estimation = np.tile(ESTIMATION[:1], (12, 1))
    event = np.array([1.0, 2.0, 3.0, -1.0, -2.0, *[np.nan] * 7])[:, None]
    assert sign_z(sample_of_returns(estimation, event)).value == pytest.approx(1 / sqrt(5))


def test_generalized_sign_z():
    """Two of five residuals are up in each event, p̂ = 0.4: z = (3 - 1.2)/√(3 · 0.4 · 0.6) = 1.8/√0.72."""
    assert value("generalized_sign_z", hand()) == pytest.approx(1.8 / sqrt(0.72))


def test_wilcoxon():
    """All three are up: W = 1 + 2 + 3, as far out as 2 of 8 turns of signs."""
    assert (wilcoxon(hand()).value, wilcoxon(hand()).p_value) == (6.0, pytest.approx(0.25))


def test_rank_z():
    """Ranks over 7 less ½, in fourteenths, of sessions 1 to 5 and the event::

        A: 1 -> 4, -1 -> 2, 2 -> 5, -2 -> 1, 0 -> 3, 3 -> 6      1 -3  3 -5 -1  5
        B: 2 -> 6, -1 -> 2, 1 -> 4½, -2 -> 1, 0 -> 3, 1 -> 4½    5 -3  2 -5 -1  2
        C: 1 -> 4, -2 -> 1, 2 -> 5½, -1 -> 2, 0 -> 3, 2 -> 5½    1 -5  4 -3 -1  4

    Sums 7, -11, 9, -13, -3, 11, squares 49 + 121 + 81 + 169 + 9 + 121 = 550: z = 11/√(550/6); the rest cancels.
    """
    assert value("rank_z", hand()) == pytest.approx(11 / sqrt(550 / 6))


def test_grank_t_and_z():
    """The SCARs over their sd 1/√3 are 3, 1, 2; the residuals over s = √2.5 are at most 1.265, next 0.632.

    So A and C rank first of six and B second, between 1.265 and 0.632. In fourteenths (rank · 2 - 7)::

        A: 1 -> 4, -1 -> 2, 2 -> 5, -2 -> 1, 0 -> 3, event 6     1 -3  3 -5 -1  5
        B: 2 -> 6, -1 -> 2, 1 -> 4, -2 -> 1, 0 -> 3, event 5     5 -3  1 -5 -1  3
        C: 1 -> 4, -2 -> 1, 2 -> 5, -1 -> 2, 0 -> 3, event 6     1 -5  3 -3 -1  5

    Sums 7, -11, 7, -13, -3, 13, squares 49 + 121 + 49 + 169 + 9 + 169 = 566. Z = 13/√(566/6), t = Z √(4/(5 - Z²)) with
    T = 6. Without the time series: mean U = 13/42, over √(5/(12 · 7 · 3)).
    """
    z = 13 / sqrt(566 / 6)
    assert value("grank_t", hand()) == pytest.approx(z * sqrt(4 / (5 - z**2)))
    assert inference.grank_t(hand()).df == 4
    assert value("grank_z", hand()) == pytest.approx(13 / 42 / sqrt(5 / 252))


def test_bootstrap():
    """All three dates are up, CAAR 2: 2 of 8 turns are as far out, and three dates give no interval."""
    found = inference.bootstrap(hand())
    assert (found.value, found.p_value, found.df, found.interval) == (2.0, 0.25, 8, None)
    assert found.note == "3 dates: no p below 0.25, no interval"


def test_calendar_time_t():
    """A and B on one day are a portfolio: its day is 2, its past 1.5, -1, 1.5, -2, 0 six times (squares 9.5 each).

    C alone: its day is 2, its past has the squares 10 each. t = (2/√(57/29) + 2/√(60/29))/√2.
    """
    found = calendar_time_t(six_times(session=ONE_DAY + np.array([0, 0, 99])))
    assert found.value == pytest.approx((2 / sqrt(57 / 29) + 2 / sqrt(60 / 29)) / sqrt(2))
    assert (found.df, found.note) == (29, "2 calendar dates")
