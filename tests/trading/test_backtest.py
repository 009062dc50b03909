from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eventstudy as es
from eventstudy import DesignError, EventStudyError, NothingUsableError, UnknownNameError
from eventstudy.trading import Costs, Rule, frames_of, make_signals, run_backtest, search_rules, signal_frames

ROOT = Path(__file__).resolve().parents[2]
BOTH = "raise=short,fold=long"


def plain_equity(reference, result, prices, instruments):
    """Return the equity of a backtest's own trades from plain loops over the prices as quoted."""
    markets = result.setting.markets
    oriented = {
        name: 1 / prices[name].dropna() if instruments[name].orientation < 0 else prices[name].dropna()
        for name in markets
    }
    worth = {name: dict(zip(column.index, column, strict=True)) for name, column in oriented.items()}
    trades = [
        (
            row["series"],
            1 if row["side"] == "long" else -1,
            row["weight"],
            row["entry_session"],
            None if pd.isna(row["exit_session"]) else row["exit_session"],
        )
        for row in result.trades.to_dict("records")
    ]
    fee, slippage = (dict(zip(worth, figures, strict=True)) for figures in result.costs.of(list(worth)))
    days = sorted(set().union(*worth.values()))
    struck = {name: dict(zip(m.history.sessions, m.history.stamps, strict=True)) for name, m in markets.items()}
    struck = {name: {pd.Timestamp(day): at for day, at in stamps.items()} for name, stamps in struck.items()}
    return pd.Series(reference.account(days, worth, trades, fee, slippage, struck), days)


def test_the_exit_waits_for_the_market_to_open(winter):
    """Bought on 25 February 2022 for three sessions, due on 2 March; Moscow is shut: the exit is 24 March's price."""
    result = run_backtest(winter.events, winter.prices, Rule(BOTH, hold=3), series=["imoex"], calendars=0)
    trade = result.trades.set_index("entry_session").loc["2022-02-25"]
    assert (trade["event_id"], trade["side"]) == ("2022-02-25-minsk-offer", "long")
    assert trade["due"] == pd.Timestamp("2022-03-02")
    assert trade["exit_session"] == pd.Timestamp("2022-03-24")
    assert trade["exit_price"] == winter.prices.loc["2022-03-24", "imoex"]
    assert trade["return"] == pytest.approx(2578.51 / 2470.48 - 1)
    assert (trade["sessions"], trade["waited_days"]) == (1, 22)
    assert "imoex: the exit due 2022-03-02 waited until 2022-03-24" in result.warnings


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    "rule",
    [
        Rule(BOTH, hold=3, weight=0.3),
        Rule(BOTH, hold=5, until_opposite=True, sizing="volatility", weight=1.0),
        Rule("raise=short,hold=long", hold=2, while_open="add"),
        Rule(BOTH, hold=None, until_opposite=True),
        Rule(hold=1),
    ],
    ids=str,
)
def test_equity_equals_plain_loops(rule, winter, reference):
    """Every rule's equity equals a loop over dates, orders and prices to 1e-12, costs and slippage included."""
    costs = Costs(5, 10, {"imoex": 20.0})
    series = ["imoex", "ruble", "brent"]
    result = run_backtest(winter.events, winter.prices, rule, costs=costs, series=series, calendars=0, min_events=3)
    plain = plain_equity(reference, result, winter.prices, winter.instruments)
    np.testing.assert_allclose(result.equity["equity"], plain.reindex(result.equity.index), rtol=0, atol=1e-12)


def test_what_the_trades_made_is_what_the_equity_gained(winter):
    """The profits of all trades, the open ones at the last price, add up to the gain of the equity."""
    result = run_backtest(
        winter.events, winter.prices, Rule(BOTH), costs=Costs(5, 10), series=["imoex", "ruble"], calendars=0
    )
    assert "open" in set(result.trades["status"])
    assert result.trades["pnl"].sum() == pytest.approx(result.performance.total_return, abs=1e-12)


@given(st.floats(0.01, 1.0), st.floats(0, 50), st.floats(0, 50), st.sampled_from([1, -1]))
@settings(max_examples=settings.default.max_examples // 2)
def test_one_trade_by_hand(weight, fee, slippage, side):
    """A trade of w from 100 to 110 makes w (±10 %) less fees and slippage on both prices."""
    index = pd.bdate_range("2020-01-01", periods=6, name="session")
    prices = pd.DataFrame({"mine": [100.0, 100, 100, 110, 110, 110]}, index)
    events = pd.DataFrame({"time": ["2020-01-02"], "stance": ["raise"]})  # in on the 3rd, the third price
    rule = Rule(f"raise={'long' if side > 0 else 'short'}", hold=1, weight=weight)
    result = run_backtest(events, prices, rule, costs=Costs(fee, slippage), calendars=0)
    s, f = slippage * 1e-4, fee * 1e-4
    paid = sum(p / 100 * (s + f * (1 + t * s)) for p, t in ((100, side), (110, -side)))
    assert result.performance.total_return == pytest.approx(weight * (side * 0.1 - paid), abs=1e-12)
    assert result.trades["costs"].sum() == pytest.approx(weight * paid, abs=1e-12)


def test_no_position_before_one_could_trade(winter):
    """Every entry price is struck at or after the first instant at which one could have traded on its events."""
    result = run_backtest(winter.events, winter.prices, Rule(BOTH), series=["imoex", "ruble", "em-bonds"], calendars=0)
    for row in result.trades.to_dict("records"):
        market = result.setting.markets[row["series"]]
        stamp = market.history.stamps[
            np.searchsorted(market.history.sessions, np.datetime64(row["entry_session"], "D"))
        ]
        matched = market.table.set_index("event_id").loc[row["members"].split(";")]
        assert (matched["tradable_from"].to_numpy() <= stamp).all()


def test_size_by_volatility_known_before(making):
    """A position sized by volatility is risk over the volatility before its entry, at most the weight."""
    prices = making.prices_of(volatility=0.02)
    events = making.events_of([prices.index[120]], ["raise"])
    rule = Rule("raise=long", sizing="volatility", risk=0.005, weight=1.0)
    one = run_backtest(events, prices, rule, calendars=0)
    wild = prices.copy()
    wild.iloc[121:] *= np.array([1.5, 0.7] * 40)[: len(wild) - 121, None]  # the entry price and all after it
    other = run_backtest(events, wild, rule, calendars=0)
    assert one.trades["weight"].item() == other.trades["weight"].item() == pytest.approx(0.25, rel=0.3)


WHILE_OPEN = {"skip": (1, 3), "add": (2, 3)}


@pytest.mark.parametrize("way", WHILE_OPEN)
def test_a_second_signal_while_in(way, making):
    """Two sessions after a first raise a second one is skipped, or opens a position of its own."""
    prices = making.prices_of()
    events = making.events_of(prices.index[[100, 102]], ["raise", "raise"])
    result = run_backtest(events, prices, Rule("raise=long", hold=3, while_open=way, weight=0.3), calendars=0)
    assert (len(result.trades), result.trades["sessions"].iloc[0]) == WHILE_OPEN[way]
    assert len(result.plan.decisions) == 2
    assert result.plan.decisions["decision"].tolist()[1] == {"skip": "left out", "add": "taken"}[way]


def test_opposite_news_closes_and_reverses(making):
    """A fold two sessions after a raise closes the short at its own entry price and opens a long one there."""
    prices = making.prices_of()
    events = making.events_of(prices.index[[100, 102]], ["raise", "fold"])
    result = run_backtest(events, prices, Rule(BOTH, hold=10, until_opposite=True, weight=0.3), calendars=0)
    first, second = result.trades.to_dict("records")
    assert first["exit_session"] == second["entry_session"] == prices.index[103]
    assert (first["closed_by"], second["side"]) == ("opposite", "long")


def test_opposite_news_of_one_price_cancels(making):
    """A raise and a fold that meet the same price ask for both sides: no position, and it says why."""
    prices = making.prices_of()
    days = prices.index[[100, 100, 120]]
    result = run_backtest(making.events_of(days, ["raise", "fold", "raise"]), prices, Rule(BOTH), calendars=0)
    assert len(result.trades) == 1
    assert result.plan.decisions["reason"].str.startswith("mixed").sum() == 2


def test_one_market_event_is_one_trade(winter):
    """14 February 2022 met a warning with a clock, and talks known by day: the first is traded, the second is not."""
    result = run_backtest(
        winter.events, winter.prices, Rule(BOTH, hold=1, while_open="add"), series=["imoex"], calendars=0
    )
    decisions = result.plan.decisions.set_index("event_id")
    assert decisions.loc["2022-02-11-us-warning", "decision"] == "taken"
    later = decisions.loc["2022-02-14-lavrov-talks"]
    assert (later["decision"], later["reason"]) == (
        "left out",
        "same-event: the news of its session was traded on 2022-02-14",
    )
    market_event = result.setting.markets["imoex"].table.set_index("event_id")["market_event"]
    lead = [market_event[event] for event in result.trades["event_id"]]
    assert len(set(lead)) == len(lead)


def test_buy_and_hold_is_the_market(winter):
    """Of one market, buying and holding returns its price over the period, less one fee."""
    result = run_backtest(winter.events, winter.prices, Rule(BOTH), series=["brent"], costs=Costs(10), calendars=0)
    prices = winter.prices["brent"].dropna().loc[result.equity.index]
    assert result.buy_and_hold.total_return == pytest.approx(prices.iloc[-1] / prices.iloc[0] - 1 - 0.001, abs=1e-12)


def test_frames_and_trades_are_one(winter):
    """Each trade is one entry and one exit in the boolean frames, and the weights stand between them."""
    result = run_backtest(winter.events, winter.prices, Rule(BOTH, hold=3), series=["imoex", "ruble"], calendars=0)
    frames = frames_of(result.setting.markets, result.plan)
    longs, shorts = (result.trades[result.trades["side"] == side] for side in ("long", "short"))
    for table, entries, exits in (
        (longs, frames.entries, frames.exits),
        (shorts, frames.short_entries, frames.short_exits),
    ):
        assert entries.to_numpy().sum() == len(table)
        assert exits.to_numpy().sum() == table["exit_session"].notna().sum()
        assert all(entries.loc[row["entry_session"], row["series"]] for row in table.to_dict("records"))
    assert set(np.unique(frames.weights)) == {-0.5, 0.0, 0.5}
    traded = frames.weights.diff().fillna(frames.weights).ne(0.0)
    assert not (frames.prices.isna() & traded).to_numpy().any()  # nothing is traded where there is no price
    assert list(frames.bars("imoex"))[:4] == ["Open", "High", "Low", "Close"]


def test_signals_under_a_rule_are_held_as_it_says(winter):
    """Frames of signals take a rule of one's own: its sides, its share, and an exit so many prices after each entry."""
    made = make_signals(winter.events, winter.prices, series=["imoex"])
    frames = signal_frames(made, Rule("raise=short,fold=none", hold=2, weight=0.25))
    prices = frames.prices["imoex"].dropna().index
    entries = frames.short_entries["imoex"].loc[prices].to_numpy()
    assert entries.sum() > 2
    assert not frames.entries.to_numpy().any()
    held = entries | np.append(False, entries[:-1])
    assert frames.weights["imoex"].loc[prices].tolist() == np.where(held, -0.25, 0.0).tolist()
    exits = np.append([False, False], entries[:-2])
    assert frames.short_exits["imoex"].loc[prices].tolist() == exits.tolist()


def test_a_search_says_what_the_winner_is_worth(winter):
    """A search lists every rule, keeps the best by Sharpe ratio, and deflates it by how many were tried."""
    rules = [Rule(BOTH, hold=hold) for hold in (1, 3, 5)]
    found = search_rules(winter.events, winter.prices, rules, series=["imoex"], calendars=50)
    assert len(found.trials) == 3
    assert found.best.performance.sharpe == found.trials["sharpe"].max()
    assert 0 < found.deflated_sharpe < 1
    assert len(found.best.placebo_sharpes) == 50


def test_midnights_are_days(winter):
    """Clocks that are all midnight in UTC are days: news of 27 January 2022 is traded at the price of the 28th."""
    times = ["2021-12-17T00:00:00+00:00", "2022-01-27T00:00:00+00:00", "2022-02-14T00:00:00+00:00"]
    events = pd.DataFrame({"time": times, "stance": ["raise", "raise", "fold"]})
    result = run_backtest(events, winter.prices, Rule(BOTH, hold=1), series=["imoex"], calendars=0)
    days = [f"{day:%Y-%m-%d}" for day in result.trades["entry_session"]]
    assert days == ["2021-12-20", "2022-01-28", "2022-02-15"]
    assert any("taken as days" in line for line in result.warnings)


@pytest.mark.parametrize(("zone", "day"), [("", "2022-01-28"), ("Pacific/Honolulu", "2022-01-31")])
def test_a_day_ends_by_the_clock_of_the_event(zone, day, making):
    """The 27th of January is not over in Hawaii when Tokyo closes on the 28th; in UTC it is."""
    prices = making.prices_of(60, first="2021-12-01")
    events = pd.DataFrame({"time": ["2022-01-27"], "time_zone": [zone], "stance": ["raise"]})
    told = {"mine": {"exchange": "XTKS"}}
    result = run_backtest(events, prices, Rule("raise=long", hold=1), instruments=told, calendars=0)
    assert [f"{at:%Y-%m-%d}" for at in result.trades["entry_session"]] == [day]


def test_one_midnight_is_told(winter):
    """A single clock at midnight in UTC is an instant, and signals, backtests and `ask` say what else it may be."""
    events = pd.DataFrame({"time": ["2022-01-27T00:00Z", "2022-02-03T10:00Z"], "stance": ["raise", "raise"]})
    result = run_backtest(events, winter.prices, Rule("raise=short"), series=["imoex"], calendars=0)
    asked = es.ask(events, winter.prices, "imoex", hold=[1])
    for warnings in (result.warnings, asked.warnings):
        assert any("clocks at 00:00 UTC" in line for line in warnings)


def test_the_net_stance_is_traded(making):
    """A fold and a hold of one entry price are a fold, and traded as one; a fold and a raise are traded by neither."""
    prices = making.prices_of()
    days = prices.index[[100, 100, 120, 120]]
    events = making.events_of(days, ["fold", "hold", "raise", "fold"])
    rule = Rule("raise=short,fold=long,hold=short", hold=2, weight=0.3)
    result = run_backtest(events, prices, rule, calendars=0)
    assert result.trades[["members", "stance", "side"]].to_numpy().tolist() == [["e0;e1", "fold", "long"]]
    assert result.plan.decisions["net_stance"].tolist() == ["fold", "fold", "mixed", "mixed"]


def test_a_ruined_account(winter):
    """Held five times over an account is ruined: it buys no more, its ratios are missing, and a warning says when."""
    rule = Rule("raise=long,fold=long", hold=3, while_open="add", weight=5.0)
    result = run_backtest(winter.events, winter.prices, rule, series=["imoex"], calendars=20)
    day = result.equity.index[(result.equity["equity"] <= 0).argmax()]
    after = result.trades[result.trades["entry_session"] >= day]
    assert len(after)
    assert (after["entry_value"] == 0).all()
    assert after["return"].isna().all()
    assert np.isnan([result.performance.sharpe, result.turnover, result.placebo_p]).all()
    assert f"the account was ruined on {day:%Y-%m-%d}" in " ".join(result.warnings)
    lost = 20 - len(result.placebo_sharpes)
    assert (f"{lost} of 20 placebo calendars ruin the account or move nothing: left out" in result.warnings) == (
        lost > 0
    )
    with pytest.raises(NothingUsableError, match="ruined"):
        search_rules(winter.events, winter.prices, [rule, Rule("raise=long", hold=2, weight=60.0)], series=["imoex"])


@pytest.mark.parametrize("where", [150, 199])
def test_one_event(where, making):
    """One event is one trade, at the last price too, where no session follows and nothing varies."""
    prices = making.prices_of()
    events = making.events_of([prices.index[where - 1]], ["raise"])
    result = run_backtest(events, prices, Rule("raise=long", hold=2), calendars=50)
    assert result.trades["entry_session"].tolist() == [prices.index[where]]
    assert any(line.startswith("no more than 1 trade:") for line in result.warnings)
    assert np.isnan(result.performance.sharpe) == (where == 199)


def test_no_events_and_no_prices(making):
    """An empty table of events or of prices is one plain line."""
    prices = making.prices_of()
    events = making.events_of([prices.index[100]], ["raise"])
    for e, p in ((events.iloc[:0], prices), (events, prices.iloc[:0]), (events, prices.iloc[:1])):
        with pytest.raises(EventStudyError) as error:
            run_backtest(e, p, Rule("raise=long"))
        assert len(str(error.value).splitlines()) <= 2


def test_nothing_to_trade(winter):
    """A rule that never takes a position, a level that nobody can own, costs of an unknown series: each says what."""
    with pytest.raises(NothingUsableError, match="few-events"):
        run_backtest(winter.events, winter.prices, series=["imoex"], min_events=50)
    with pytest.raises(DesignError, match="'vix' is a level"):
        run_backtest(winter.events, winter.prices, Rule(BOTH), series=["vix"])
    with pytest.raises(UnknownNameError, match="did you mean 'raise'"):
        run_backtest(winter.events, winter.prices, Rule("rais=long"), series=["imoex"])
    with pytest.raises(UnknownNameError, match="did you mean 'imoex'"):
        run_backtest(winter.events, winter.prices, Rule(BOTH), series=["imoex"], costs=Costs.read("5,imox=3"))


def test_labels_of_ones_own(winter):
    """Events labelled beat and miss are asked about and traded as if they were raises and folds."""
    ours = winter.events[winter.events["stance"] != "hold"]
    theirs = ours.assign(stance=ours["stance"].replace({"raise": "Beat", "fold": "miss"}))
    trades = [
        run_backtest(events, winter.prices, Rule(sides), series=["imoex"], calendars=0).trades
        for events, sides in ((ours, "raise=short,fold=long"), (theirs, "Beat=short,miss=long"))
    ]
    pd.testing.assert_frame_equal(*[table.drop(columns="stance") for table in trades])
    asked = [
        es.ask(events, winter.prices, "imoex", after=after).summary
        for events, after in ((ours, "raise"), (theirs, "beat"))
    ]
    pd.testing.assert_frame_equal(*asked)


@pytest.mark.parametrize(
    "wrong",
    [{"hold": None}, {"sides": "raise=none"}, {"sides": "raise=lng"}, {"hold": 0},
     {"weight": 0.0}, {"weight": np.inf}, {"risk": np.nan}, {"sides": "raise"}, {"sides": "raise=long,raise=short"},
     {"sizing": "big"}, {"while_open": "wait"}, {"hold": None, "until_opposite": True},
     {"sides": "beat=long", "until_opposite": True}],
    ids=str,
)  # fmt: skip
def test_a_rule_that_makes_no_sense(wrong):
    """A rule without an exit, without a side, or with an unknown word is refused when it is made."""
    with pytest.raises((DesignError, UnknownNameError)):
        Rule(**wrong)


def test_repr_recreates_the_rule():
    """The repr of a rule is the rule."""
    rule = Rule(BOTH, hold=None, until_opposite=True, sizing="volatility")
    assert eval(repr(rule)) == rule  # noqa: S307


def test_an_order_is_sized_by_what_its_instant_knew():
    """Shares held in New York jump by half behind Tokyo's close: Tokyo's order of that day takes a share of less."""
    index = pd.bdate_range("2020-06-01", periods=100, name="session")
    prices = pd.DataFrame({"tokyo": 100.0, "ny": np.where(index < "2020-07-15", 100.0, 150.0)}, index)
    closes = {"tokyo": ("15:00", "Asia/Tokyo"), "ny": ("16:00", "America/New_York")}
    instruments = {name: {"close": close, "time_zone": zone} for name, (close, zone) in closes.items()}
    events = pd.DataFrame(
        {
            "time": ["2020-07-10T22:00Z", "2020-07-14T22:00Z", "2020-07-15T22:00Z"],
            "stance": ["raise", "fold", "hold"],
            "series": ["ny", "tokyo", "tokyo"],
        }
    )
    rule = Rule("raise=long,fold=long,hold=long", hold=10, weight=1.0, while_open="add")
    trades = run_backtest(events, prices, rule, instruments=instruments, calendars=0).trades
    assert trades["entry_value"].tolist() == pytest.approx([1.0, 1.0, 1.5])
    # Of a price of unknown hour nobody can say that it was struck after New York's close of its date.
    unknown = run_backtest(events, prices, rule, instruments={"ny": instruments["ny"]}, calendars=0).trades
    of_day = unknown[(unknown["series"] == "tokyo") & (unknown["entry_session"] == "2020-07-15")]
    assert of_day["entry_value"].tolist() == pytest.approx([1.0])


def test_no_position_at_a_price_below_zero():
    """No share of equity buys oil at -37: the trade is left out and says so; one held over it is worth what it says."""
    case = es.load_case("all", ["wti"])
    events = pd.DataFrame({"id": ["a", "b"], "time": ["2020-04-17", "2020-04-14"], "stance": ["raise", "fold"]})
    result = run_backtest(
        events, case.prices, Rule("raise=long,fold=long", hold=3, weight=0.2), costs=Costs(10, 10), calendars=0
    )
    said = result.plan.decisions.set_index("event_id").loc["a"]
    assert (said["decision"], said["reason"]) == ("left out", "no-price: -36.98 at its entry is not above 0")
    (trade,) = result.trades.to_dict("records")
    units = 0.2 / trade["entry_price"]
    paid = 0.2 * (0.001 + 0.001 * 1.001) + units * 36.98 * (0.001 + 0.001 * 1.001)
    assert trade["exit_price"] == -36.98
    assert trade["costs"] == pytest.approx(paid)
    assert trade["pnl"] == pytest.approx(units * (-36.98 - trade["entry_price"]) - paid)


@pytest.mark.parametrize("bad", [-5.0, 0.0])
def test_nothing_is_bought_below_zero_anywhere(bad, making):
    """Buy and hold waits for the first price above 0, and no placebo calendar gets in at another."""
    prices = making.prices_of(200)
    prices.iloc[99] = bad
    events = making.events_of(prices.index[[99, 120, 140]], ["raise"] * 3)
    result = run_backtest(events, prices, Rule("raise=long", hold=3, weight=0.5), calendars=300)
    later = prices["mine"].iloc[100 : prices.index.get_loc(result.equity.index[-1]) + 1]
    assert result.buy_and_hold.total_return == pytest.approx(later.iloc[-1] / later.iloc[0] - 1)
    assert np.isfinite(result.placebo_sharpes).all()


def test_a_year_is_that_of_the_period_traded(making):
    """A monthly column that begins decades before leaves the days traded days: 252 a year."""
    daily = making.prices_of(300)
    months = pd.DataFrame({"slow": 100.0}, pd.date_range("1962-01-31", periods=690, freq="ME", name="session"))
    events = making.events_of(daily.index[100:280:9], ["raise"] * 20).assign(series="mine")
    rule = Rule("raise=long", hold=3)
    result = run_backtest(events, daily.join(months, how="outer"), rule, calendars=0)
    assert result.performance.volatility == pytest.approx(result.returns.std() * 252**0.5)


@pytest.mark.parametrize(("freq", "year"), [("W-FRI", 52), ("D", 365), ("B", 252), ("ME", 12)])
def test_a_year_has_as_many_prices_as_the_figures(freq, year):
    """Volatility a year of weekly figures is by the root of 52, of all seven days by that of 365."""
    index = pd.date_range("2005-01-07", periods=220, freq=freq, name="session")
    prices = pd.DataFrame({"mine": 100 * np.cumprod(1 + np.random.default_rng(1).normal(0, 0.02, 220))}, index)
    days = [str((index[k] - pd.Timedelta(days=1)).date()) for k in range(100, 200, 9)]
    events = pd.DataFrame({"time": days, "stance": "raise"})
    result = run_backtest(events, prices, Rule("raise=long", hold=3), calendars=0)
    assert result.performance.volatility == pytest.approx(result.returns.std() * year**0.5)


def test_what_a_fund_pays_out_is_told():
    """Prices of funds lack their distributions: the trades held over an ex-date are counted, as in a loop."""
    case = es.load_case("shocks")
    result = run_backtest(case.events, case.prices, Rule(BOTH, hold=5), series=["em-bonds", "brent"], calendars=0)
    paid = pd.read_csv(ROOT / "datasets" / "dividends.csv").query("instrument == 'em-bonds'")["ex_date"].tolist()
    held = result.trades.query("series == 'em-bonds'")
    spans = [(str(a.date()), str(b.date())) for a, b in zip(held["entry_session"], held["exit_session"], strict=True)]
    over = sum(any(a < day <= b for day in paid) for a, b in spans)
    assert over > 0
    (said,) = (line for line in result.warnings if "distributions" in line)
    assert said.startswith("em-bonds: prices without distributions, which a long gets and a short pays")
    assert said.endswith(f"; {over} of {len(held)} trades held over an ex-date")
