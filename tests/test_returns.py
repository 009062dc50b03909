import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from eventstudy import UnknownNameError
from eventstudy.returns import RETURN_KINDS, returns_from_prices

prices = hnp.arrays(np.float64, st.integers(2, 30), elements=st.floats(0.01, 10_000))
CHANGES = [kind for kind in RETURN_KINDS if kind != "level"]
kinds = st.sampled_from(CHANGES)
signs = st.sampled_from([1, -1])


def test_moscow_on_the_day_of_the_invasion():
    """From 3084.74 to 2058.12 points is -33.28 % simple, -40.47 % in logs and -1026.62 points."""
    index = np.array([3084.74, 2058.12])
    assert returns_from_prices(index, "simple")[1] == pytest.approx(-0.3328, abs=5e-5)
    assert returns_from_prices(index, "log")[1] == pytest.approx(-0.4047, abs=5e-5)
    assert returns_from_prices(index, "difference")[1] == pytest.approx(-1026.62)


def test_a_dollar_that_gains_is_a_ruble_that_loses():
    """80 to 100 rubles a dollar: the ruble goes from 1/80 to 1/100 dollar, which is -20 %, not -25 %."""
    dollar = np.array([80.0, 100.0])
    assert returns_from_prices(dollar, "simple", -1)[1] == pytest.approx(-0.20)
    assert returns_from_prices(dollar, "log", -1)[1] == pytest.approx(-math.log(1.25))
    assert returns_from_prices(dollar, "difference", -1)[1] == -20.0


@given(prices, kinds, signs)
def test_the_first_session_has_no_return(quotes, kind, sign):
    """A return needs a price before it: the first is NaN and no other is."""
    assert np.isnan(returns_from_prices(quotes, kind, sign)).tolist() == [True] + [False] * (len(quotes) - 1)


@given(prices)
def test_returns_add_up_to_the_whole_way(quotes):
    """Logs and differences sum, and simple returns multiply, to the way from the first price to the last."""
    log, simple, difference = (returns_from_prices(quotes, kind)[1:] for kind in CHANGES)
    assert log.sum() == pytest.approx(math.log(quotes[-1] / quotes[0]), abs=1e-9)
    assert difference.sum() == pytest.approx(quotes[-1] - quotes[0], abs=1e-6)
    assert np.prod(1 + simple) == pytest.approx(quotes[-1] / quotes[0])


@given(prices)
def test_orientation_is_the_inverse_quote(quotes):
    """With orientation -1 a log or simple return is that of one over the price, and logs only change sign."""
    for kind in ("log", "simple"):
        turned = returns_from_prices(quotes, kind, -1)
        np.testing.assert_allclose(turned, returns_from_prices(1 / quotes, kind), atol=1e-9, rtol=1e-9)
    np.testing.assert_array_equal(returns_from_prices(quotes, "log", -1), -returns_from_prices(quotes, "log"))


@given(prices, kinds)
def test_a_positive_return_means_that_the_asset_gained(quotes, kind):
    """The sign of a return is that of the price change, and the other one with orientation -1."""
    step = np.sign(np.diff(quotes))
    small = np.abs(np.diff(quotes)) < 1e-9 * quotes[1:]  # the division rounds such a step away
    for orientation in (1, -1):
        sign = np.sign(returns_from_prices(quotes, kind, orientation)[1:])
        np.testing.assert_array_equal(sign[~small], orientation * step[~small])


@given(prices, kinds, signs, st.data())
def test_a_missing_price_is_never_filled(quotes, kind, sign, data):
    """Without a price there is no return to it and none from it, and every other return stays what it was."""
    gap = data.draw(st.integers(0, len(quotes) - 1))
    holed = quotes.copy()
    holed[gap] = np.nan
    got, whole = returns_from_prices(holed, kind, sign), returns_from_prices(quotes, kind, sign)
    touched = np.isin(np.arange(len(quotes)), [0, gap, gap + 1])
    assert np.isnan(got[touched]).all()
    np.testing.assert_array_equal(got[~touched], whole[~touched])


@given(kinds, signs)
def test_columns_do_not_touch_each_other(kind, sign):
    """A table of prices gives, column by column, what each column gives alone."""
    table = np.array([[1.0, 50.0], [2.0, np.nan], [4.0, 40.0]])
    both = returns_from_prices(table, kind, sign)
    for k in range(2):
        np.testing.assert_array_equal(both[:, k], returns_from_prices(table[:, k], kind, sign))


@pytest.mark.parametrize("kind", ["log", "simple"])
@pytest.mark.parametrize("price", [0.0, -36.98, np.inf, -np.inf])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_price_that_has_no_return_spoils_the_two_beside_it_alone(kind, price, sign):
    """A price of zero, below it or beyond all bounds leaves the step to it and from it missing; 8 to 10 stays."""
    got = returns_from_prices(np.array([18.31, price, 8.0, 10.0]), kind, sign)
    assert np.isnan(got[:3]).all()
    assert got[3] == pytest.approx({("simple", 1): 0.25, ("simple", -1): -0.2}.get((kind, sign), sign * math.log(1.25)))


def test_an_infinite_price_has_no_difference():
    """Nor has a level of infinity any value."""
    assert np.isnan(returns_from_prices(np.array([1.0, np.inf, 2.0, 5.0]), "difference")).tolist() == [1, 1, 1, 0]
    assert np.isnan(returns_from_prices(np.array([1.0, np.inf, 2.0]), "level")).tolist() == [0, 1, 0]


def test_a_negative_price_has_a_difference():
    """WTI fell by 55.29 dollars to -36.98 on 20 April 2020: 18.31 + 36.98 = 55.29."""
    assert returns_from_prices(np.array([18.31, -36.98]), "difference")[1] == pytest.approx(-55.29)


def test_prices_are_not_changed():
    """The caller's prices are only read, and whole numbers are prices too."""
    quotes = np.array([1, 2, 4])
    np.testing.assert_allclose(returns_from_prices(quotes, "simple")[1:], 1.0)
    assert quotes.tolist() == [1, 2, 4]


def test_an_unknown_kind_is_refused():
    """A return kind nobody knows is not taken for another one."""
    with pytest.raises(UnknownNameError, match="unknown return kind 'logs'; did you mean 'log'"):
        returns_from_prices(np.array([1.0, 2.0]), "logs")


@given(prices, signs)
def test_a_level_is_the_value_itself(quotes, sign):
    """A level spans nothing: the first session has one, and a missing value is missing alone."""
    assert returns_from_prices(quotes, "level", sign).tolist() == (sign * quotes).tolist()
    assert returns_from_prices(np.array([1.0, np.nan, -3.0]), "level").tolist()[::2] == [1.0, -3.0]
