from itertools import product

import numpy as np
import pandas as pd
import pytest

from eventstudy.trading import Rule, run_backtest
from eventstudy.trading.accounts import arrange, clusters


def test_every_arrangement_is_equally_likely():
    """Clusters of 2 and 1 steps on a line of 6 places: the 12 arrangements by hand, each within 4 s.e. of 1/12."""
    draws = arrange(np.array([2, 1]), 6, 24000, np.random.default_rng(5))
    fits = {(a, b) for a, b in product(range(6), repeat=2) if a + 2 <= 5 and b + 1 <= 5 and (a + 2 <= b or b + 1 <= a)}
    found, counts = np.unique(draws, axis=0, return_counts=True)
    assert {tuple(map(int, row)) for row in found} == fits
    assert len(fits) == 12
    assert np.abs(counts / 24000 - 1 / 12).max() < 4 * (1 / 12 * 11 / 12 / 24000) ** 0.5


def test_one_cluster_is_put_everywhere_once():
    """A single cluster of three steps on a line of seven places begins at 0, 1, 2 and 3: nothing is random."""
    assert arrange(np.array([3]), 7, 100, np.random.default_rng(0)).ravel().tolist() == [0, 1, 2, 3]
    assert not len(arrange(np.array([7]), 7, 100, np.random.default_rng(0)))


def test_overlapping_trades_stay_together():
    """Trades of two series that overlap are one cluster; one that begins where another ends is a new one."""
    found = clusters(np.array([10, 4, 0, 4]), np.array([12, 10, 4, 6]))
    assert [part.tolist() for part in found] == [[2, 1, 0, 1], [0, 0, 0, 0], [4, 6, 2]]


def world(making, seed, effect):
    """Return raises every 15 sessions in a random walk that moves by `effect` over the session after the entry."""
    prices = making.prices_of(400, seed)
    days = prices.index[80:380:15]
    for day in days:
        prices.loc[prices.index > day + pd.Timedelta(days=2), "mine"] *= 1 + effect
    return making.events_of(days, ["raise"] * len(days)), prices


def test_a_real_edge_beats_every_placebo_calendar(making):
    """Where every raise is followed by a fall of 2 %, no calendar of 200 is as good: p = 1/201."""
    result = run_backtest(*world(making, 1, -0.02), Rule("raise=short", hold=2), calendars=200)
    assert len(result.placebo_sharpes) == 200
    assert result.placebo_p == 1 / 201


def test_placebo_accounts_are_real_backtests(making):
    """One placebo calendar, carried out as a backtest of events on those very dates, has its Sharpe ratio."""
    _, prices = world(making, 2, 0.0)
    single = making.events_of([prices.index[100]], ["raise"])
    rule = Rule("raise=long", hold=3)
    result = run_backtest(single, prices, rule, calendars=1000)
    n = len(result.equity)
    ratios = []
    for k in range(60, len(prices) - 3):
        returns = np.zeros(n)
        path = prices["mine"].iloc[k : k + 4].pct_change().to_numpy()[1:]
        returns[-3:] = path
        ratios.append(252**0.5 * returns.mean() / returns.std(ddof=1))
    found = np.sort(result.placebo_sharpes)
    matched = np.isclose(found[:, None], np.array(ratios)[None, :], atol=1e-9).any(axis=1)
    assert len(found) > 300
    assert matched.all()


def test_the_seed_decides(winter):
    """The same seed gives the same placebo calendars, another seed others."""
    one, same, other = (
        run_backtest(winter.events, winter.prices, Rule("raise=short"), series=["brent"], calendars=40, seed=seed)
        for seed in (1, 1, 2)
    )
    assert one.placebo_sharpes.tolist() == same.placebo_sharpes.tolist() != other.placebo_sharpes.tolist()


@pytest.mark.slow
def test_without_an_edge_p_is_uniform(making):
    """On 120 random walks p lies below 0.1, 0.25 and 0.5 as often as it should, within three standard errors."""
    p = []
    for seed in range(120):
        result = run_backtest(*world(making, 100 + seed, 0.0), Rule("raise=short", hold=3), calendars=199)
        p.append(result.placebo_p)
    for level in (0.1, 0.25, 0.5):
        assert abs(np.mean(np.array(p) <= level) - level) < 3 * (level * (1 - level) / 120) ** 0.5
