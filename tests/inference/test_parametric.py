import math
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.inference import TESTS, cross_section_t, date_clustered_t, sample_of_returns, two_sided_t

PLAIN = SimpleNamespace(**run_path(str(Path(__file__).parents[1] / "reference" / "plain.py")))

BOTH = pytest.mark.parametrize("test", [cross_section_t, date_clustered_t], ids=lambda test: test.__name__)
seeds = st.integers(0, 2**32 - 1)


def days(*numbers):
    """Dates so many days after 1 January 2022."""
    return np.datetime64("2022-01-01") + np.array(numbers, dtype=np.int64)


def cars(seed, n):
    """Fat-tailed returns."""
    return np.random.default_rng(seed).standard_t(3, size=n) * 0.02 + 0.004


def run(test, car, dates):
    """Run a test on CARs of one session, each of a series of its own whose mean was zero."""
    estimation = np.tile([0.01, -0.01, 0.02, -0.02], (len(car), 1))
    return test(sample_of_returns(estimation, car[:, None], session=dates))


@BOTH
@given(seed=seeds, n=st.integers(2, 60))
def test_equals_scipys_t_test(test, seed, n):
    """With one CAR a date, statistic and p-value are those of scipy's one-sample t-test, and of a plain loop."""
    car = cars(seed, n)
    found = run(test, car, days(*range(n)))
    expected = scipy.stats.ttest_1samp(car, 0.0)
    assert found.value == pytest.approx(expected.statistic, rel=1e-9, abs=0)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-7, abs=0)
    assert found.value == pytest.approx(PLAIN.t_of_mean(car.tolist()), rel=1e-9, abs=0)


def test_what_the_statistic_carries():
    """A statistic names its formula, its null hypothesis, its law with degrees of freedom, and what it was made of."""
    found = run(cross_section_t, cars(1, 7), days(*range(7)))
    assert (found.test, found.law, found.df) == ("cross_section_t", "t", 6)
    assert (found.null, found.n_cars, found.n_dates, found.note) == (TESTS["cross_section_t"].null, 7, 7, "")


@pytest.mark.parametrize("name", ["cross_section_t", "bmp_t", "adjusted_bmp_t", "skewness_adjusted_t"])
def test_a_t_over_events_has_one_degree_of_freedom_less_than_events(name):
    """Seven events have t(6): its two-sided p beside the statistic."""
    found = run(TESTS[name].function, cars(2, 7), days(*range(7)))
    assert (found.law, found.df) == ("t", 6)
    assert found.p_value == pytest.approx(2 * scipy.stats.t.sf(abs(found.value), 6))


@given(seed=seeds, dates=st.lists(st.integers(0, 6), min_size=2, max_size=40))
def test_clustered_t_is_the_t_of_the_means_over_dates(seed, dates):
    """The clustered statistic equals scipy's t-test of the date means, with one degree of freedom less than dates."""
    car = cars(seed, len(dates))
    found = run(date_clustered_t, car, days(*dates))
    means = [
        PLAIN.mean([v for v, day in zip(car.tolist(), dates, strict=True) if day == d]) for d in sorted(set(dates))
    ]
    assert (found.n_cars, found.n_dates) == (len(dates), len(means))
    if len(means) == 1:
        assert math.isnan(found.value)
        return
    expected = scipy.stats.ttest_1samp(means, 0.0)
    assert found.value == pytest.approx(expected.statistic, rel=1e-9, abs=0)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-7, abs=0)
    assert found.df == len(means) - 1


@given(seed=seeds, copies=st.integers(2, 20))
def test_copies_of_one_series_add_nothing_to_the_clustered_t(seed, copies):
    """Counting each date's CAR many times over leaves the clustered t, and inflates the plain one by √((9c - 1)/8)."""
    car, dates = cars(seed, 9), days(*range(9))
    many, many_dates = np.tile(car, copies), np.tile(dates, copies)
    once = run(date_clustered_t, car, dates)
    assert run(date_clustered_t, many, many_dates).value == pytest.approx(once.value, rel=1e-9, abs=0)
    assert run(date_clustered_t, many, many_dates).p_value == pytest.approx(once.p_value, rel=1e-9, abs=0)
    inflated = run(cross_section_t, many, many_dates).value / once.value
    assert inflated == pytest.approx(math.sqrt((9 * copies - 1) / 8), rel=1e-9, abs=0)


def test_shared_dates_are_said_in_the_note():
    """Where several CARs share a date the plain t warns that it rejects too often; the clustered one need not."""
    car, dates = cars(2, 4), days(0, 0, 1, 2)
    assert "rejects too often" in run(cross_section_t, car, dates).note
    assert run(date_clustered_t, car, dates).note == ""


@BOTH
@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_have_no_statistic(test, n):
    """One event has no dispersion over events: no statistic, no p-value, and a note that says why."""
    found = run(test, np.full(n, 0.03), days(*range(n)))
    assert math.isnan(found.value)
    assert math.isnan(found.p_value)
    assert found.note == f"needs at least two {'events' if test is cross_section_t else 'dates'}"
    assert (found.n_cars, found.n_dates) == (n, n)


def test_one_date_of_many_series_has_no_clustered_statistic():
    """Thirty series on one date are one date."""
    found = run(date_clustered_t, cars(3, 30), days(*[5] * 30))
    assert math.isnan(found.value)
    assert (found.n_cars, found.n_dates) == (30, 1)


@BOTH
@pytest.mark.parametrize("values", [[0.01] * 3, [0.0] * 5, [0.3, 0.1 + 0.2], [-1e-9] * 4])
def test_equal_values_have_no_statistic(test, values):
    """Values that are equal, or differ by rounding alone, give no infinite t but none, with a note."""
    found = run(test, np.array(values), days(*range(len(values))))
    assert math.isnan(found.value)
    assert math.isnan(found.p_value)
    assert found.note == "all values are equal"


@BOTH
@given(seed=seeds, scale=st.floats(1e-6, 1e6), order=st.permutations(range(8)))
def test_neither_unit_nor_order_matters(test, seed, scale, order):
    """Returns in per cent and events in another order give the same statistic."""
    car, dates = cars(seed, 8), days(0, 0, 1, 2, 3, 3, 4, 9)
    once = run(test, car, dates)
    again = run(test, car[list(order)] * scale, dates[list(order)])
    assert again.value == pytest.approx(once.value, rel=1e-9, abs=0)
    assert run(test, -car, dates).value == pytest.approx(-once.value, rel=1e-12, abs=0)
    assert run(test, -car, dates).p_value == pytest.approx(once.p_value, rel=1e-12, abs=0)


@given(t=st.floats(-40, 40), df=st.integers(1, 500))
def test_two_sided_p_is_scipys(t, df):
    """The p-value of a t is twice scipy's upper tail beyond its size."""
    assert float(two_sided_t(t, df)) == pytest.approx(2 * scipy.stats.t.sf(abs(t), df), rel=1e-9, abs=1e-300)


def test_no_p_without_statistic_or_degrees_of_freedom():
    """A statistic that is NaN, or has no degrees of freedom, has no p-value."""
    assert np.isnan(two_sided_t([np.nan, 2.0, 2.0], [10, 0, -1])).all()


@pytest.mark.parametrize(
    ("phases", "said"),
    [
        (["a", "a", "b"], "means of 2 episodes"),
        (["a", "a", ""], "means of 2 episodes, the events without one among them"),
    ],
)
def test_episodes_are_counted_and_those_without_one_named(phases, said):
    """The note counts the episodes, and says where events of no episode are one of them."""
    estimation, event = np.tile([0.01, -0.01, 0.02, -0.02], (3, 1)), np.array([[0.01], [0.03], [0.05]])
    found = TESTS["ibragimov_mueller_t"].function(sample_of_returns(estimation, event, phase=np.array(phases)))
    assert (found.note, found.df) == (said, 1)
