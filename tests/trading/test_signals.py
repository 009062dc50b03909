import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.errors import DesignError, NothingUsableError
from eventstudy.trading.signals import make_signals, shrink

reactions = st.lists(st.floats(-10, 10).map(lambda x: round(x, 3)), min_size=2, max_size=20).map(np.array)


def test_shrinkage_by_hand():
    """Reactions 1, 2, 3 apart from each other: mean 2, se 1/sqrt(3), kept 1 - (1/3)/4 = 11/12."""
    found = shrink(np.array([1.0, 2.0, 3.0]), 3)
    assert (found.mean, found.se, found.factor) == pytest.approx((2.0, 3**-0.5, 11 / 12))
    assert found.value == pytest.approx(11 / 6)


@given(reactions, st.integers(1, 20))
def test_shrinkage_only_shrinks(values, apart):
    """What is kept lies between nothing and all, is nothing within one standard error, and never changes the sign."""
    found = shrink(values, min(apart, len(values)))
    assert 0 <= found.factor <= 1
    assert found.value * found.mean >= 0
    assert (found.factor == 0) == (abs(found.mean) <= found.se)


@given(reactions)
def test_overlap_makes_less_sure(values):
    """The fewer holding periods stand apart, the wider the standard error and the less is kept."""
    many, few = shrink(values, len(values)), shrink(values, 1)
    assert few.se >= many.se
    assert few.factor <= many.factor


@pytest.mark.parametrize("hold", [1, 3, 10])
def test_expectations_equal_plain_loops(hold, crimea, reference):
    """All figures of the ruble in 2014, from n to what is expected, equal plain loops over its prices."""
    made = make_signals(crimea.events, crimea.prices, series=["ruble"], hold=hold, min_events=2, draws=1)
    quotes = crimea.prices["ruble"].dropna()
    dates = [day.date() for day in quotes.index]
    worth = (1 / quotes).to_numpy()
    scales = reference.ewma([None, *np.diff(worth) / worth[:-1]])
    rows = made.table.to_dict("records")
    events = [
        (row["stance"], *(dates.index(row[at].date()) for at in ("event_session", "entry_session"))) for row in rows
    ]
    for row, said in zip(rows, reference.expectations(worth, events, hold, scales), strict=True):
        n, *figures = said
        assert row["n"] == n
        if n < 2:
            assert row["direction"] == 0
            continue
        assert [row["mean_z"], row["se_z"], row["shrinkage"]] == pytest.approx(figures[:3], abs=1e-10)
        if figures[2]:
            assert row["expected"] == pytest.approx(figures[3], abs=1e-12)
            assert row["direction"] == np.sign(figures[3])


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
    made = make_signals(winter.events, winter.prices, series=["ruble", "imoex", "vix"], hold=3, draws=9)
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
    ("wrong", "hint"), [({"hold": 0}, "1 session"), ({"min_events": 1}, "2 past"), ({"draws": 0}, "1 or more")]
)
def test_wrong_choices(wrong, hint, winter):
    """A choice that makes no sense is refused with what would."""
    with pytest.raises(DesignError, match=hint):
        make_signals(winter.events, winter.prices, **wrong)
