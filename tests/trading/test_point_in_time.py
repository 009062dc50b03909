"""The world is cut off at many instants by hand: nothing that was said before may change when the rest is added."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy import NothingUsableError, find_instrument
from eventstudy.events import event_clock
from eventstudy.trading import Rule, make_signals, run_backtest

SERIES = {
    "raise-or-fold-2022": ["imoex", "ruble"],
    "crimea-2014": ["ruble", "wti"],
    "sanctions-2018": ["ruble", "sp500"],
}
N_INSTANTS, N_QUICK = 50, 1

#: What may be empty while it has not come yet.
_AHEAD = ("event_session", "entry_session", "exit_session", "tradable_from", "reason")


def cut(case, series, instant):
    """Return the events of days gone by and of clocks not later than the instant, and the prices struck by then."""
    clock = event_clock(case.events)
    public = np.where(clock["exact"], clock["published_at"], clock["day"] + pd.Timedelta(days=1))
    prices = case.prices[series].copy()
    for name in series:
        stamps = find_instrument(name).stamp.instants(prices.index.to_numpy().astype("datetime64[D]"))
        prices.loc[stamps > instant, name] = np.nan
    return case.events[pd.to_datetime(public) <= instant], prices.dropna(how="all")


def instant_of(k, world):
    """Return the k-th random instant, between the first event of a case and three weeks after the last."""
    days = pd.to_datetime(world.case.events["time"].str[:10])
    first, last = days.min() + pd.Timedelta(days=3), days.max() + pd.Timedelta(days=20)
    return (first + np.random.default_rng([2022, k]).random() * (last - first)).to_datetime64()


@pytest.fixture(scope="module")
def worlds():
    """Return what is said of a case when everything is known, once."""
    return cache(lambda name: _World(es.load_case(name), SERIES[name]))


class _World:
    """Signals and two backtests of a case."""

    rules = (Rule("raise=short,fold=long", hold=3, until_opposite=True, sizing="volatility"), Rule(hold=3))

    def __init__(self, case, series):
        self.case, self.series = case, series
        self.signals, self.results = self.say(case.events, case.prices[series])

    def say(self, events, prices):
        """Return the signals, and the backtests that took a position."""
        signals = make_signals(events, prices, hold=3, min_events=3, draws=19).table
        results = {}
        for rule in self.rules:
            try:
                results[rule] = run_backtest(events, prices, rule, calendars=0, min_events=3, draws=1)
            except NothingUsableError:
                results[rule] = None
        return signals, results


@pytest.mark.parametrize(
    "k", [pytest.param(k, marks=pytest.mark.slow) if k >= N_QUICK else k for k in range(N_INSTANTS)]
)
def test_the_future_changes_nothing(k, worlds):
    """Signals, trades closed, decisions and equity up to an instant are the same with and without what came later."""
    world = worlds(sorted(SERIES)[k % len(SERIES)])
    instant = instant_of(k, world)
    signals, results = world.say(*cut(world.case, world.series, instant))
    _same_signals(signals, world.signals, instant)
    for rule, then in results.items():
        _same_backtest(then, world.results[rule], instant)


def _same_signals(then, now, instant):
    keys = ["event_id", "series"]
    now = now.set_index(keys).loc[pd.MultiIndex.from_frame(then[keys])].reset_index()
    fixed = [column for column in then if column not in _AHEAD]
    pd.testing.assert_frame_equal(then[fixed], now[fixed])
    for column in _AHEAD[:-1]:
        missing = then[column].isna()
        pd.testing.assert_series_equal(then.loc[~missing, column], now.loc[~missing, column])
        late = now.loc[missing, column].dropna()
        assert (late >= pd.Timestamp(instant).normalize()).all()
    ahead = then["reason"].str.startswith("ahead")
    pd.testing.assert_series_equal(then.loc[~ahead, "reason"], now.loc[~ahead, "reason"])


def _same_backtest(then, now, instant):
    day = pd.Timestamp(instant).normalize()
    if then is None:
        assert now is None or (now.trades["entry_session"] >= day).all()
        return
    closed = then.trades[then.trades["status"] == "closed"].reset_index(drop=True)
    by_then = now.trades[now.trades["exit_session"] <= closed["exit_session"].max()] if len(closed) else closed
    by_then = by_then[by_then["entry_session"].isin(then.trades["entry_session"])]
    keys = ["event_id", "series", "entry_session"]
    same = by_then.set_index(keys).loc[pd.MultiIndex.from_frame(closed[keys])].reset_index()[list(closed)]
    pd.testing.assert_frame_equal(closed, same)
    rows = then.equity.index[then.equity.index < day].intersection(now.equity.index)
    pd.testing.assert_frame_equal(then.equity.loc[rows], now.equity.loc[rows])
    assert set(then.trades["event_id"] + then.trades["series"]) <= set(now.trades["event_id"] + now.trades["series"])


@pytest.mark.slow
def test_as_of_is_the_world_cut_off(worlds):
    """`as_of` gives the very signals and trades of the world cut off by hand at that instant."""
    world = worlds("raise-or-fold-2022")
    instant = np.datetime64("2022-02-22T10:00", "ns")
    by_hand, results = world.say(*cut(world.case, world.series, instant))
    given = {"as_of": "2022-02-22T10:00Z", "hold": 3, "min_events": 3, "draws": 19}
    prices = world.case.prices[world.series]
    pd.testing.assert_frame_equal(make_signals(world.case.events, prices, **given).table, by_hand)
    rule = world.rules[0]
    again = run_backtest(world.case.events, prices, rule, calendars=0, min_events=3, as_of="2022-02-22T10:00Z")
    pd.testing.assert_frame_equal(again.trades, results[rule].trades)


@pytest.mark.slow
def test_the_cut_can_fail(worlds):
    """The comparison is no formality: a signal of another world is told apart."""
    world = worlds("raise-or-fold-2022")
    instant = np.datetime64("2022-02-22T10:00", "ns")
    events, prices = cut(world.case, world.series, instant)
    prices.loc["2022-01-24", "imoex"] *= 1.01
    signals, results = world.say(events, prices)
    with pytest.raises(AssertionError):
        _same_signals(signals, world.signals, instant)
    with pytest.raises(AssertionError):
        _same_backtest(results[world.rules[0]], world.results[world.rules[0]], instant)
