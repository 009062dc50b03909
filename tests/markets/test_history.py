import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy import find_instrument
from eventstudy.markets import (
    common_sessions,
    histories_from_prices,
    histories_from_returns,
    instrument_names,
    on_sessions,
)

DAYS = pd.DatetimeIndex(["2022-01-24", "2022-01-25", "2022-01-26", "2022-01-31"], name="session")


def days(*texts):
    """Return dates as the library holds them."""
    return np.array(texts, dtype="datetime64[D]")


#: Instruments of the catalogue without their calendars: a session is a date that has a price.
BY_HAND = {name: replace(find_instrument(name), calendar="") for name in instrument_names()}


def from_prices(prices, **options):
    """Return the histories of prices whose only calendar they are themselves."""
    return histories_from_prices(prices, BY_HAND, **options)


def from_returns(returns, **options):
    """Return the histories of returns whose only calendar they are themselves."""
    return histories_from_returns(returns, BY_HAND, **options)


def frame(**columns):
    """Return a price frame over the four days."""
    return pd.DataFrame(columns, index=DAYS, dtype=float)


# --- from prices ---------------------------------------------------------------------------------------------------


def test_a_history_has_sessions_stamps_and_oriented_returns():
    """From 80 to 100 rubles a dollar the ruble loses a fifth, and back it gains a quarter; struck at 13:15 UTC."""
    ruble = from_prices(frame(ruble=[80, 100, 100, 80]))["ruble"]
    assert (ruble.name, len(ruble)) == ("ruble", 4)
    np.testing.assert_allclose(ruble.returns, [np.nan, -0.2, 0, 0.25])
    np.testing.assert_array_equal(ruble.prices, [80, 100, 100, 80])
    assert ruble.stamps[0] == np.datetime64("2022-01-24T13:15")
    np.testing.assert_array_equal(ruble.gap_days, [np.nan, 1, 1, 5])


def test_columns_struck_together_share_their_sessions():
    """Columns on the same dates and of one stamp share arrays of sessions and stamps; others have their own."""
    prices = frame(mine=[1, 2, 3, 4], yours=[4, 3, 2, 1], holed=[1, np.nan, 3, 4], sp500=[1, 2, 3, 4])
    for histories, n_holed in ((from_prices(prices), 3), (from_returns(prices), 4)):
        mine, yours, holed, sp500 = histories.values()
        assert mine.sessions is yours.sessions
        assert mine.stamps is yours.stamps
        assert len(holed) == n_holed
        assert mine.stamps is not sp500.stamps
        assert (mine.stamps > sp500.stamps).all()


def test_a_date_without_a_price_is_no_session():
    """Where a column has no price there is no session: the next return runs from the last price, over both steps."""
    histories = from_prices(frame(imoex=[100, np.nan, 110, 121], wti=[50, 60, np.nan, 66]))
    assert histories["imoex"].sessions.tolist() == days("2022-01-24", "2022-01-26", "2022-01-31").tolist()
    np.testing.assert_allclose(histories["imoex"].returns, [np.nan, 0.1, 0.1])
    assert histories["wti"].sessions.tolist() == days("2022-01-24", "2022-01-25", "2022-01-31").tolist()
    assert histories["imoex"].spanned.tolist() == [0, 1, 0]
    assert histories["wti"].spanned.tolist() == [0, 0, 1]
    assert histories["wti"].blanks.tolist() == days("2022-01-26").tolist()


def test_dates_before_the_first_and_after_the_last_price_are_spanned_by_nothing():
    """Two dates without a price in a row are two that the next return spans; those at the ends are none."""
    history = from_prices(frame(mine=[1, np.nan, np.nan, 2], late=[np.nan, 1, 2, np.nan], none=[np.nan] * 4))
    assert history["mine"].spanned.tolist() == [0, 2]
    assert history["late"].spanned.tolist() == [0, 0]
    assert history["none"].spanned.tolist() == []


def test_where_a_calendar_is_known_nothing_is_spanned():
    """Thursday 27 January without a price is a hole of Moscow's calendar, and the date 23 February no session of it."""
    index = pd.to_datetime(["2022-01-26", "2022-01-27", "2022-01-28", "2022-02-22", "2022-02-23", "2022-02-24"])
    prices = pd.DataFrame({"imoex": [1.0, np.nan, 2.0, 3.0, np.nan, 4.0]}, index=index)
    prices.attrs["layout"] = {"imoex": "catalogue"}
    imoex = histories_from_prices(prices)["imoex"]
    assert imoex.spanned.tolist() == [0, 0, 0, 0]
    assert np.isnan(imoex.returns).tolist() == [True, True, True, False]


def test_each_series_keeps_its_own_kind_of_return():
    """VIX is differenced, shares have simple returns; a kind that is asked for holds for all."""
    prices = frame(vix=[20, 30, 25, 25], sp500=[100, 110, 110, 99])
    own = from_prices(prices)
    np.testing.assert_allclose(own["vix"].returns[1:], [10, -5, 0])
    np.testing.assert_allclose(own["sp500"].returns[1:], [0.1, 0, -0.1], atol=1e-15)
    np.testing.assert_allclose(from_prices(prices, kind="log")["sp500"].returns[1:], np.log([1.1, 1, 0.9]))
    simple = from_prices(prices, kind="simple")
    np.testing.assert_allclose(simple["vix"].returns[1:], [0.5, -1 / 6, 0])
    assert (simple["vix"].instrument.returns, simple["vix"].instrument.unit) == ("simple", "")


def oil(*quotes, kind=None):
    """Return the history of WTI from Friday 17 April 2020 on, beside a series that is well."""
    index = pd.bdate_range("2020-04-17", periods=len(quotes))
    histories = from_prices(pd.DataFrame({"wti": quotes, "brent": 20.0}, index=index), kind=kind)
    assert np.isfinite(histories["brent"].returns[1:]).all()
    assert histories["brent"].notes == ()
    return histories["wti"]


@pytest.mark.parametrize("kind", ["simple", "log"])
def test_a_price_below_zero_spoils_the_two_returns_beside_it(kind):
    """WTI at -36.98 on 20 April 2020 has no simple return, to it or from it; from 8.91 to 13.64 it made 53 %."""
    wti = oil(18.31, -36.98, 8.91, 13.64, kind=kind)
    assert np.isnan(wti.returns).tolist() == [True, True, True, False]
    growth = wti.returns[3] if kind == "simple" else math.expm1(wti.returns[3])
    assert growth == pytest.approx(4.73 / 8.91)
    assert wti.prices.tolist() == [18.31, -36.98, 8.91, 13.64]
    assert wti.notes == (
        (
            f"wti: 1 price not positive, first -36.98 on 2020-04-20: no {kind} return on either side "
            "(--returns difference has one)"
        ),
    )


def test_a_price_below_zero_has_differences():
    """WTI fell by 55.29 dollars and rose by 45.89: nothing is missing and nothing to be said."""
    wti = oil(18.31, -36.98, 8.91, kind="difference")
    np.testing.assert_allclose(wti.returns, [np.nan, -55.29, 45.89])
    assert wti.notes == ()


@pytest.mark.parametrize(
    ("quotes", "kind", "said"),
    [
        ((0.0, 2.0, 3.0), None, "1 price not positive, first 0 on 2020-04-17: no simple return on either side"),
        ((1.0, 2.0, -1.0), None, "1 price not positive, first -1 on 2020-04-21: no simple return on either side"),
        (
            (1.0, -2.0, -1.0, 1.0),
            None,
            "2 prices not positive, first -2 on 2020-04-20: no simple return on either side",
        ),
        (
            (1.0, np.inf, 2.0),
            None,
            "1 price not finite, first inf on 2020-04-20: no simple return on either side",
        ),
        (
            (1.0, np.inf, 2.0),
            "difference",
            "1 price not finite, first inf on 2020-04-20: no difference on either side",
        ),
    ],
)
def test_what_a_price_without_a_return_leaves_missing_is_said(quotes, kind, said):
    """At the ends one return is missing; an infinite price has no difference either, so none is offered."""
    (note,) = oil(*quotes, kind=kind).notes
    assert note.startswith(f"wti: {said}")
    assert ("difference has one" in note) == bool(np.isfinite(quotes).all())


def test_an_instrument_may_be_lent_to_a_column():
    """A column that is said to be the ruble is oriented and stamped like it, and keeps its own name."""
    prices = frame(mine=[80, 100, 100, 80], yours=[80, 100, 100, 80])
    ruble = find_instrument("ruble")
    histories = histories_from_prices(prices, {"mine": ruble, "yours": ruble})
    assert [history.name for history in histories.values()] == ["mine", "yours"]
    assert histories["mine"].instrument.orientation == -1
    assert histories["mine"].stamps[0] == np.datetime64("2022-01-24T13:15")
    assert histories["mine"].instrument.label == "Ruble"


def test_an_unknown_column_is_stamped_at_the_end_of_its_date():
    """Nobody knows when an unknown series is struck, so its stamp is the end of its date in UTC."""
    mystery = from_prices(frame(mystery=[1, 2, 3, 4]))["mystery"]
    assert mystery.stamps[0] == np.datetime64("2022-01-25T00:00")
    assert not mystery.instrument.stamp.known


def test_a_column_without_a_price_is_an_empty_history():
    """A column in which nothing stands has no sessions; it is not an error to own one."""
    history = from_prices(frame(imoex=[np.nan] * 4))["imoex"]
    assert len(history) == len(history.returns) == len(history.stamps) == len(history.gap_days) == 0


# --- from returns --------------------------------------------------------------------------------------------------


def test_returns_are_taken_as_they_are():
    """Returns are not turned round and have no prices."""
    history = from_returns(frame(ruble=[0.01, 0.03, -0.02, 0.0]))["ruble"]
    np.testing.assert_array_equal(history.returns, [0.01, 0.03, -0.02, 0.0])
    assert history.sessions.tolist() == DAYS.to_numpy().astype("datetime64[D]").tolist()
    assert history.prices is None
    assert history.stamps[0] == np.datetime64("2022-01-24T13:15")


def test_a_missing_return_stays_a_session_without_one():
    """Without a calendar every date from the first return to the last is a session; the ends begin and end there."""
    histories = from_returns(
        frame(whole=[0.01, np.nan, np.nan, 0.02], ends=[np.nan, 0.01, 0.02, np.nan], none=[np.nan] * 4)
    )
    np.testing.assert_array_equal(histories["whole"].returns, [0.01, np.nan, np.nan, 0.02])
    assert histories["whole"].sessions.tolist() == DAYS.to_numpy().astype("datetime64[D]").tolist()
    np.testing.assert_array_equal(histories["ends"].returns, [0.01, 0.02])
    assert histories["whole"].spanned.tolist() == [0, 0, 0, 0]
    assert len(histories["none"]) == 0


def test_an_infinite_return_is_missing_and_said():
    """Division by a price of zero makes infinite returns: they are none."""
    history = from_returns(frame(mine=[0.01, np.inf, -np.inf, 0.02]))["mine"]
    np.testing.assert_array_equal(history.returns, [0.01, np.nan, np.nan, 0.02])
    assert history.notes == ("mine: infinite returns, taken as missing, on 2022-01-25, 2022-01-26",)


@given(st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=3), st.sampled_from(["log", "simple"]))
def test_prices_and_their_returns_are_the_same_history(changes, kind):
    """Returns made from prices and handed in by themselves give the same returns on the same sessions."""
    prices = frame(imoex=100 * np.cumprod([1.0, *(1 + np.array(changes))]))
    made = from_prices(prices, kind=kind)["imoex"]
    returns = pd.DataFrame({"imoex": made.returns}, index=DAYS)
    given_in = from_returns(returns, kind=kind)["imoex"]
    np.testing.assert_array_equal(given_in.returns, made.returns[1:])
    np.testing.assert_array_equal(given_in.sessions, made.sessions[1:])
    assert given_in.instrument == made.instrument


# --- one series on another's sessions ------------------------------------------------------------------------------


def test_a_regressor_spans_the_steps_of_the_series_it_explains():
    """From the 24th to the 26th the regressor made 10 % twice: over that step its return is 21 %, not 10 %."""
    regressor = from_prices(frame(sp500=[100, 110, 121, 121]), kind="simple")["sp500"]
    explained = days("2022-01-24", "2022-01-26", "2022-01-31")
    np.testing.assert_allclose(on_sessions(regressor, explained, "simple"), [np.nan, 0.21, 0.0])
    np.testing.assert_allclose(on_sessions(regressor, explained, "log"), [np.nan, 2 * math.log(1.1), 0], atol=1e-15)
    np.testing.assert_allclose(on_sessions(regressor, explained, "difference"), [np.nan, 21, 0])


def test_a_regressor_without_a_price_has_no_return():
    """Where the regressor has no price, the step to that session and the step from it are unknown, never filled."""
    regressor = from_prices(frame(sp500=[100, np.nan, 121, 133.1]), kind="simple")["sp500"]
    got = on_sessions(regressor, days("2022-01-24", "2022-01-25", "2022-01-26", "2022-01-31"), "simple")
    np.testing.assert_allclose(got, [np.nan, np.nan, np.nan, 0.1])


def test_a_regressor_is_oriented_like_its_instrument():
    """The ruble as a regressor rises when its quote falls, over the steps of the other series too."""
    regressor = from_prices(frame(ruble=[80, 90, 100, 80]))["ruble"]
    got = on_sessions(regressor, days("2022-01-24", "2022-01-26", "2022-01-31"), "log")
    np.testing.assert_allclose(got, [np.nan, -math.log(1.25), math.log(1.25)])


def test_sessions_outside_the_regressors_sample_are_unknown():
    """Before its first and after its last price a regressor has no return."""
    regressor = from_prices(frame(sp500=[100, 110, 121, 121]), kind="simple")["sp500"]
    got = on_sessions(regressor, days("2022-01-21", "2022-01-24", "2022-01-25", "2022-02-01"), "simple")
    np.testing.assert_allclose(got, [np.nan, np.nan, 0.1, np.nan])


def test_given_returns_are_looked_up_by_date():
    """Where only returns are known, it is the same date's that counts, and a date without one is unknown."""
    regressor = from_returns(frame(sp500=[0.1, 0.2, np.nan, 0.4]))["sp500"]
    got = on_sessions(regressor, days("2022-01-24", "2022-01-26", "2022-01-31"), "log")
    np.testing.assert_array_equal(got, [0.1, np.nan, 0.4])


@pytest.mark.parametrize("make", [from_prices, from_returns])
def test_an_empty_regressor_is_unknown_everywhere(make):
    """A regressor without a single figure is NaN on every session."""
    regressor = make(frame(sp500=[np.nan] * 4))["sp500"]
    assert np.isnan(on_sessions(regressor, days("2022-01-24", "2022-01-25"), "log")).all()


@given(
    st.lists(st.one_of(st.none(), st.floats(1, 100)), min_size=4, max_size=4),
    st.sets(st.integers(0, 3), min_size=1),
    st.sampled_from(["log", "simple", "difference"]),
)
def test_a_regressor_is_what_its_prices_say(quotes, chosen, kind):
    """On any choice of sessions the return is that between its prices on the two neighbouring ones."""
    regressor = from_prices(frame(brent=quotes))["brent"]
    picked = sorted(chosen)
    got = on_sessions(regressor, DAYS[picked].to_numpy().astype("datetime64[D]"), kind)
    change = {
        "log": lambda a, b: math.log(b / a),
        "simple": lambda a, b: b / a - 1,
        "difference": lambda a, b: b - a,
    }[kind]
    expected = [
        change(quotes[a], quotes[b]) if quotes[a] is not None and quotes[b] is not None else math.nan
        for a, b in pairwise(picked)
    ]
    np.testing.assert_allclose(got, [math.nan, *expected], atol=1e-12)


def test_common_sessions_are_those_of_all():
    """A common session is one on which every series has a price."""
    histories = from_prices(frame(a=[1, 1, 1, np.nan], b=[1, np.nan, 1, 1], c=[1, 1, 1, 1]))
    assert common_sessions(list(histories.values())).tolist() == days("2022-01-24", "2022-01-26").tolist()
    assert common_sessions([histories["c"]]).tolist() == histories["c"].sessions.tolist()
