from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.markets.history import histories_from_prices
from eventstudy.markets.holding import at_first, held_sums, longest_gaps, shown, steps, why_not_held, without_overlap

PRICES = [100.0, 110.0, 99.0, 121.0, 60.5]
DAYS = pd.to_datetime(["2022-02-21", "2022-02-22", "2022-02-24", "2022-02-25", "2022-03-24"])


def history(kind=None, name="mine", prices=PRICES, days=DAYS):
    """One series of five prices."""
    return histories_from_prices(pd.DataFrame({name: prices}, index=days), kind=kind)[name]


@pytest.mark.parametrize("kind", ["log", "simple"])
@pytest.mark.parametrize("held", [1, 2, 3])
def test_held_returns_are_price_ratios(kind, held):
    """Whatever kind of return is added up, what is shown is the price at the end over the price at the beginning."""
    of = history(kind)
    every = shown(held_sums(steps(of), held), of)
    for first in range(1, len(PRICES) - held + 1):
        assert every[first] == pytest.approx(PRICES[first + held - 1] / PRICES[first - 1] - 1, abs=1e-14)
    assert np.isnan(every[[0, *range(len(PRICES) - held + 1, len(PRICES))]]).all()


def test_held_differences_are_sums():
    """A series of differences is held for its change in its own unit."""
    of = history("difference")
    assert shown(held_sums(steps(of), 2), of)[1:4].tolist() == pytest.approx([-1.0, 11.0, -38.5])


def test_an_inverse_quote_gains_where_the_quote_falls():
    """A ruble bought at 80 and sold at 100 to the dollar has lost a fifth."""
    of = history(name="ruble", prices=[80.0, 100.0], days=pd.to_datetime(["2022-02-23", "2022-02-24"]))
    assert shown(held_sums(steps(of), 1), of)[1] == pytest.approx(-0.2)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30), st.integers(1, 35))
def test_sums_over_a_holding_period(values, held):
    """Each sum is that of its own steps alone, and missing where the sample ends before."""
    sums = held_sums(np.array(values), held)
    for first in range(len(values)):
        if first + held > len(values):
            assert np.isnan(sums[first])
        else:
            assert sums[first] == pytest.approx(sum(values[first : first + held]), abs=1e-12)


@given(st.lists(st.integers(0, 60), max_size=20), st.integers(1, 10))
def test_what_is_left_does_not_overlap(first, held):
    """What is left keeps its distance, and each that is left out overlaps one that stays and begins no later."""
    kept = without_overlap(np.array(first, dtype=np.int64), held).tolist()
    assert all(b - a >= held for a, b in pairwise(kept))
    assert all(any(a <= one < a + held for a in kept) for one in first)


def test_the_longest_step_of_a_holding_period():
    """The longest step is that into any session held, the closure before the last one here."""
    assert longest_gaps(history(), np.array([1, 2, 4]), 1).tolist() == [1.0, 2.0, 27.0]
    assert longest_gaps(history(), np.array([1, 3]), 2).tolist() == [2.0, 27.0]
    assert np.isnan(longest_gaps(history(), np.array([5]), 2)).all()


def test_why_a_holding_period_is_not_known():
    """The end of the sample and a session without a price are told apart; a complete period has nothing to say."""
    assert why_not_held(history(), 3, 2) == ""
    assert why_not_held(history(), 3, 3) == "held 3: the sample ends 2022-03-24"
    days = pd.to_datetime(["2021-11-22", "2021-11-24"])
    hole = history(name="sp500", prices=[4682.0, 4701.0], days=days)
    assert why_not_held(hole, 1, 1) == "held 1: no price on 2021-11-23"


def test_values_outside_the_sample_are_missing():
    """A first step before or after the sample has no value."""
    assert np.isnan(at_first(np.array([1.0, 2.0]), np.array([-1, 2]))).all()
    assert at_first(np.array([1.0, 2.0]), np.array([1, 0])).tolist() == [2.0, 1.0]
