import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy import DesignError, NothingUsableError, load_case
from eventstudy.trading import make_signals, shrink

reactions = st.lists(st.floats(-10, 10).map(lambda x: round(x, 3)), min_size=2, max_size=20).map(np.array)


def test_shrinkage_by_hand():
    """Reactions 1, 2, 3 apart from each other: mean 2, se 1/sqrt(3), kept 1 - (1/3)/4 = 11/12."""
    found = shrink(np.array([1.0, 2.0, 3.0]), 3)
    assert found == pytest.approx((2.0, 3**-0.5, 11 / 12))


@given(reactions, st.integers(1, 20))
def test_shrinkage_only_shrinks(values, apart):
    """What is kept lies between nothing and all, is nothing within one standard error, and never changes the sign."""
    mean, se, factor = shrink(values, min(apart, len(values)))
    assert 0 <= factor <= 1
    assert (factor == 0) == (abs(mean) <= se)


@given(reactions)
def test_overlap_makes_less_sure(values):
    """The fewer holding periods stand apart, the wider the standard error and the less is kept."""
    many, few = shrink(values, len(values)), shrink(values, 1)
    assert few[1] >= many[1]
    assert few[2] <= many[2]


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("world", "hold"), [("crimea", 1), ("crimea", 3), ("crimea", 10), ("winter", 1), ("winter", 3)]
)
def test_expectations_equal_plain_loops(world, hold, request, reference):
    """All figures of the ruble, from n to what is expected, equal plain loops over its prices.

    The winter of 2022 has late news, closures and news of other stances that must teach nothing.
    """
    case = request.getfixturevalue(world)
    made = make_signals(case.events, case.prices, series=["ruble"], hold=hold, min_events=2, draws=1)
    quotes = case.prices["ruble"].dropna()
    dates = [day.date() for day in quotes.index]
    worth = (1 / quotes).to_numpy()
    scales = reference.ewma([None, *np.diff(worth) / worth[:-1]])
    rows = [row for row in made.table.to_dict("records") if not pd.isna(row["entry_session"])]
    days = case.events.set_index("id")["time"].str[:10]
    events = []
    for row in rows:
        day = pd.Timestamp(days[row["event_id"]])
        public = row["published_at"] if not pd.isna(row["published_at"]) else day + pd.Timedelta(days=1)
        at = [dates.index(row[name].date()) for name in ("event_session", "entry_session")]
        events.append((row["stance"], day.date(), public, *at))
    for row, said in zip(rows, reference.expectations(worth, dates, events, hold, scales), strict=True):
        n, *figures = said
        assert row["n"] == n, row["event_id"]
        if n < 2:
            assert row["direction"] == 0
            continue
        assert [row["mean_z"], row["se_z"], row["shrinkage"]] == pytest.approx(figures[:3], abs=1e-10)
        if figures[2] and row["net_stance"] != "mixed":
            assert row["expected"] == pytest.approx(figures[3], abs=1e-12)
            assert row["direction"] == np.sign(figures[3])


@pytest.mark.parametrize(("day", "stance", "n"), [(92, "fold", 2), (94, "fold", 3), (92, "hold", 3), (92, "raise", 4)])
def test_what_a_study_sets_aside_teaches_nothing(day, stance, n, making):
    """Three raises teach, each held three sessions; one held over a fold does not, over a hold or a raise it does."""
    prices = making.prices_of(200)
    days = prices.index[[80, 90, 100, day, 120]]
    made = make_signals(
        making.events_of(days, ["raise", "raise", "raise", stance, "raise"]), prices, hold=3, min_events=2
    )
    assert made.table.iloc[-1]["n"] == n


def test_late_news_teaches_nothing(making):
    """News of a market that was shut for two weeks meets its first price late, and is not learned from."""
    prices = making.prices_of(200)
    whole = make_signals(making.events_of(prices.index[[80, 100, 120]], ["raise"] * 3), prices, hold=3, min_events=2)
    shut = prices.drop(prices.index[98:108])
    late = make_signals(making.events_of(prices.index[[80, 100, 120]], ["raise"] * 3), shut, hold=3, min_events=2)
    assert (whole.table.iloc[-1]["n"], late.table.iloc[-1]["n"]) == (2, 1)


def test_the_net_stance_is_the_one_known_then(winter):
    """A raise with a clock and a fold known by day meet one session: at the raise the news is a raise, then mixed."""
    events = pd.DataFrame(
        {"id": ["clock", "day"], "time": ["2021-11-10T10:00+03:00", "2021-11-10"], "stance": ["raise", "fold"]}
    )  # fmt: skip
    made = make_signals(events, winter.prices, instruments=winter.instruments, series=["imoex"])
    table = made.table.set_index("event_id")
    assert table.loc["clock", "net_stance"] == "raise"
    assert table.loc["day", ["net_stance", "direction"]].tolist() == ["mixed", 0]
    assert table.loc["day", "reason"].startswith("mixed: ")


def test_an_effect_is_found(making):
    """After twenty raises that each cost 3 % the day after, the next says short, about 3 %, p at its floor."""
    prices = making.prices_of(400, volatility=0.01)
    days = prices.index[80:380:14]
    for day in days:
        prices.loc[prices.index > day + pd.Timedelta(days=1), "mine"] *= 0.97
    last = make_signals(making.events_of(days, ["raise"] * len(days)), prices, hold=3).table.iloc[-1]
    assert last["direction"] == -1
    assert -0.05 < last["expected"] < -0.02
    assert last["p_value"] == 1 / (last["days"] + 1) < 0.02


@pytest.mark.slow
def test_in_noise_two_thirds_say_nothing(making):
    """On 60 random walks the mean of 21 reactions is within a standard error of zero in P(|t20| < 1) = 67 %."""
    directions, p_values = [], []
    for seed in range(60):
        prices = making.prices_of(400, seed)
        days = prices.index[80:388:14]
        last = make_signals(making.events_of(days, ["raise"] * len(days)), prices, hold=3, draws=99).table.iloc[-1]
        directions.append(last["direction"])
        p_values.append(last["p_value"])
    assert 0.67 - 0.18 < np.mean(np.array(directions) == 0) < 0.67 + 0.18  # three standard errors
    assert np.mean(np.array(p_values) <= 0.1) < 0.1 + 0.12


def test_every_event_and_series_has_a_row(winter):
    """Nothing is dropped: an event excluded, too early, or ahead of the prices keeps a row that says why."""
    made = make_signals(winter.events, winter.prices, series=["ruble", "imoex", "vix"], hold=2, min_events=2, draws=9)
    assert len(made.table) == 3 * len(winter.events)
    silent = made.table[made.table["direction"] == 0]
    assert (silent["reason"] != "").all()
    ahead = made.table[(made.table["event_id"] == "2022-03-08-us-oil-ban") & (made.table["series"] == "ruble")].iloc[0]
    assert pd.isna(ahead["entry_session"])
    assert "ahead" in ahead["reason"]
    assert set(made.table.loc[made.table["series"] == "vix", "unit"]) == {"index points"}


def test_proposed_events_count_only_when_asked_for(making):
    """A proposed event gives no signal and teaches nothing, unless it is asked for."""
    prices = making.prices_of()
    events = making.events_of(prices.index[100:180:10], ["raise"] * 8).assign(status="proposed")
    with pytest.raises(NothingUsableError, match="proposed"):
        make_signals(events, prices)
    assert make_signals(events, prices, include_proposed=True, hold=2, min_events=2).table["n"].max() == 7


def test_the_order_of_rows_plays_no_part(winter):
    """Events shuffled give the same table."""
    shuffled = winter.events.sample(frac=1, random_state=3)
    one, other = (make_signals(e, winter.prices, series=["imoex"], draws=19).table for e in (winter.events, shuffled))
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize(
    ("wrong", "hint"), [({"hold": 0}, "1 to 100,000"), ({"min_events": 1}, "2 past"), ({"draws": 0}, "1 or more")]
)
def test_wrong_choices(wrong, hint, winter):
    """A choice that makes no sense is refused with what would."""
    with pytest.raises(DesignError, match=hint):
        make_signals(winter.events, winter.prices, **wrong)


def test_nothing_is_learned_over_a_price_that_has_no_return():
    """Oil fell below zero on 20 April 2020: what is held over it has no return and teaches later news nothing."""
    case = load_case("all", ["wti"])
    day = case.events["time"].str[:10]
    events = case.events[(day >= "2019-01-01") & (day <= "2022-01-31")]
    other = case.prices.where(case.prices["wti"] > 0, -5.0)
    one, same = (
        make_signals(events, prices, series=["wti"], hold=5, draws=99).table for prices in (case.prices, other)
    )
    pd.testing.assert_frame_equal(one, same)
