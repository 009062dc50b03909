from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pytest

from eventstudy.inference import rank_z, sample_of_returns, sample_quantiles

HERE = Path(__file__).parent
PLAIN = SimpleNamespace(**run_path(str(HERE.parent / "reference" / "battery.py")))
MAKE = SimpleNamespace(**run_path(str(HERE / "making.py")))


def test_returns_that_differ_in_their_last_bit_are_a_tie():
    """The rank test of them is that of equal returns, by the formula in plain loops."""
    estimation = 0.01 * np.random.default_rng(2).normal(size=(5, 40))
    estimation[:, 1] = estimation[:, 0]
    equal = sample_of_returns(estimation, event := 0.01 * np.random.default_rng(3).normal(size=(5, 3)))
    estimation[:, 1] += np.spacing(estimation[:, 0])
    expected = PLAIN.rank_z(MAKE.as_pairs(equal), MAKE.places(equal))
    assert rank_z(sample_of_returns(estimation, event)).value == pytest.approx(expected, rel=1e-10)


def counted(car, residual, n):
    """The test in plain loops: sums of n neighbours, none missing, counted on both sides."""
    draws = [sum(residual[i : i + n]) for i in range(len(residual) - n + 1)]
    draws = [draw for draw in draws if draw == draw]  # noqa: PLR0124  # NaN differs from itself
    lower = (1 + sum(draw <= car for draw in draws)) / (len(draws) + 1)
    upper = (1 + sum(draw >= car for draw in draws)) / (len(draws) + 1)
    return lower, upper, min(1.0, 2 * min(lower, upper)), len(draws)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_equals_plain_counting(n):
    """Every p equals plain counting, residuals missing here and there."""
    rng = np.random.default_rng(51)
    residual = np.where(rng.random((6, 80)) < 0.05, np.nan, rng.standard_t(3, (6, 80)))
    car = rng.standard_t(3, 6) * np.sqrt(n)
    found = sample_quantiles(car, residual, n)
    for k in range(6):
        expected = counted(car[k], residual[k], n)
        got = (found.p_lower[k], found.p_upper[k], found.p_value[k], found.n_draws[k])
        assert got == pytest.approx(expected)


def test_one_event_over_more_sessions_than_events():
    """Three pairs of neighbours among four residuals stand beside the CAR of one event over two sessions."""
    found = sample_quantiles(np.array([2.5]), np.array([[1.0, 2.0, -1.0, 0.0]]), 2)
    assert (found.n_draws[0], found.p_upper[0]) == (3, 0.5)


def test_smallest_p():
    """A CAR beyond all residuals has the smallest p there is, 2/(B+1), on its own side alone."""
    found = sample_quantiles(np.array([9.0, -9.0]), np.tile(np.linspace(-1, 1, 99), (2, 1)))
    assert found.p_value.tolist() == [0.02, 0.02]
    assert found.p_upper.tolist() == [0.01, 1.0]


def test_a_residual_as_large_as_the_car_is_reached():
    """Of four residuals two are as far out as the CAR, one on either side: each counts on its own side."""
    found = sample_quantiles(np.array([2.0, -2.0]), np.array([[1.0, -1.0, 2.0, -2.0]] * 2))
    assert found.p_upper.tolist() == [0.4, 1.0]
    assert found.p_lower.tolist() == [1.0, 0.4]


def test_missing_is_missing():
    """No CAR, or a window longer than the residuals, has no p."""
    residual = np.random.default_rng(52).normal(size=(2, 4))
    assert np.isnan(sample_quantiles(np.array([np.nan, 1.0]), residual).p_value).tolist() == [True, False]
    longer = sample_quantiles(np.array([1.0, 1.0]), residual, 5)
    assert np.isnan(longer.p_value).all()
    assert longer.n_draws.tolist() == [0, 0]


def test_is_exact_under_any_law():
    """On skewed draws the p is uniform: at most 5 % at or below 0.05 on either side, and nearly that."""
    rng = np.random.default_rng(53)
    draws = rng.exponential(size=(4000, 100)) - 1.0
    found = sample_quantiles(draws[:, 0], draws[:, 1:])
    for p in (found.p_lower, found.p_upper, found.p_value):
        assert np.mean(p <= 0.05) == pytest.approx(0.05, abs=0.012)
