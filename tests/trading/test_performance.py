import numpy as np
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.trading import Performance, deflated_sharpe
from eventstudy.trading.accounts import best_of_chance, drawdown, returns_of

curves = st.lists(st.floats(0.5, 1.5), min_size=3, max_size=30).map(lambda steps: np.cumprod(np.array(steps)))


def test_sharpe_by_hand():
    """Returns 1 %, 2 %, 3 % have mean 2 % and deviation 1 %: a ratio of 2 a session, 2 sqrt(252) a year."""
    assert Performance.of(np.cumprod([1.01, 1.02, 1.03])).sharpe == pytest.approx(2 * 252**0.5)
    assert np.isnan(Performance.of(np.ones(5)).sharpe)


def test_the_standard_error_of_lo():
    """Sixty returns with a ratio of 1.5 a session have a standard error of 0.188 (Lo 2002, table 1)."""
    steps = np.tile([1.0, -1.0], 30) * (59 / 60) ** 0.5 * 0.01 + 0.015
    found = Performance.of(np.cumprod(1 + steps), year=1)
    assert (found.sharpe, found.sharpe_se) == pytest.approx((1.5, 0.188), abs=5e-4)


@pytest.mark.slow
def test_the_standard_error_is_that_of_simulated_ratios():
    """Over 4,000 samples of 500 normal returns the ratios spread as Lo's formula says, within 4 %."""
    rng = np.random.default_rng(7)
    ratios = [Performance.of(np.cumprod(1 + rng.normal(0.001, 0.01, 500))).sharpe for _ in range(4000)]
    assert np.std(ratios) == pytest.approx((252 * (1 + 0.1**2 / 2) / 500) ** 0.5, rel=0.04)


def test_best_of_chance_is_the_mean_of_the_largest():
    """The largest of 50 normal figures is on average what the formula says, within 3 % (20,000 draws)."""
    draws = np.random.default_rng(1).normal(0, 0.3, (20000, 50)).max(axis=1)
    assert best_of_chance(0.3, 50) == pytest.approx(draws.mean(), rel=0.03)


def test_deflating_by_more_trials_leaves_less():
    """A ratio is worth less the more rules were tried; with one rule it is the probabilistic Sharpe ratio."""
    worth = [deflated_sharpe(0.1, 500, 0.0, 3.0, 0.05, n) for n in (1, 10, 100)]
    assert worth == sorted(worth, reverse=True)
    assert worth[0] == pytest.approx(scipy.stats.norm.cdf(0.1 * 499**0.5 / (1 + 0.5 * 0.1**2) ** 0.5))


@given(curves)
def test_drawdown_is_the_loop_over_peaks(curve):
    """The drawdown is what a loop that remembers the highest value so far says, the starting 1 included."""
    peak, plain = 1.0, []
    for value in curve:
        peak = max(peak, value)
        plain.append(value / peak - 1)
    np.testing.assert_allclose(drawdown(curve), plain, atol=1e-15)


@given(curves)
def test_returns_compound_to_the_equity(curve):
    """The returns of a curve compound to it again, and its total return is its end less one."""
    assert np.prod(1 + returns_of(curve)) == pytest.approx(curve[-1])
    assert Performance.of(curve).total_return == pytest.approx(curve[-1] - 1)


def test_a_ruined_account_has_no_returns_after():
    """From the day after the equity is gone its returns are missing, not zero and not infinite."""
    assert np.isnan(returns_of(np.array([1.1, -0.2, -0.3]))).tolist() == [False, False, True]
