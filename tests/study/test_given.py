import numpy as np
import pandas as pd
import pytest

from eventstudy import DesignError, InputError
from eventstudy.study import join_regressors, take

DAYS = pd.to_datetime(["2022-02-21", "2022-02-22", "2022-02-24"])
SHARES = pd.DataFrame({"imoex": [3036.88, 3084.74, 2058.12]}, index=DAYS)
QUOTES = pd.Series([4304.76, 4225.5, 4288.7], index=pd.to_datetime(["2022-02-22", "2022-02-23", "2022-02-24"]))


def given(**figures):
    """Return what a study takes from figures of one kind."""
    return take(figures, {})


def refusal(work):
    """Return what is said of figures that are refused; it must be one line."""
    with pytest.raises((InputError, DesignError)) as caught:
        work()
    told = str(caught.value)
    assert "\n" not in told
    return told


# --- a series of prices --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["prices", "returns", "volumes"])
@pytest.mark.parametrize(("name", "column"), [("AAPL", "AAPL"), (None, "price"), (7, "7"), (("Close", "AAPL"), "AAPL")])
def test_a_series_is_a_column(kind, name, column):
    """A Series is one column under its name, 'price' without one; a yfinance column is named by its ticker."""
    figures = given(**{kind: pd.Series([1.0, 2.0, 3.0], index=DAYS, name=name)}).figures
    assert list(figures) == [column]
    assert figures[column].tolist() == [1.0, 2.0, 3.0]
    assert figures.index.tolist() == DAYS.tolist()


def test_a_series_that_bears_a_symbol_is_its_instrument():
    """A Series named RUB=X is the ruble, as the column of a frame is."""
    history = given(prices=pd.Series([80.0, 100.0], index=DAYS[:2], name="RUB=X")).histories(None)["RUB=X"]
    assert history.returns[1] == pytest.approx(-0.2)


@pytest.mark.parametrize("kind", ["prices", "returns"])
@pytest.mark.parametrize(
    ("figures", "told"),
    [
        (pd.Series([1.0, 2.0]), " has no date column; set_index the session dates (its columns: price)"),
        (
            pd.Series([1.0], index=["x"]),
            ", x, column session: 'x' is not a date; write 2022-01-27, or give --time-format",
        ),
        ([1.0, 2.0], ": give a DataFrame or a Series indexed by date, not a list"),
        (np.ones(2), ": give a DataFrame or a Series indexed by date, not a ndarray"),
    ],
)
def test_figures_without_dates_are_refused_in_a_line(kind, figures, told):
    """It says of which figures, and what they need."""
    assert refusal(lambda: given(**{kind: figures})) == f"{kind}{told}"


# --- figures as market and factors ---------------------------------------------------------------------------------


def test_names_change_nothing():
    """Names of columns, or none, leave the figures as they are."""
    assert join_regressors(SHARES, "sp500", ["brent", "wti"]) == (SHARES, "sp500", ("brent", "wti"))
    assert join_regressors(SHARES, None, None) == (SHARES, None, None)
    assert join_regressors(SHARES, None, "brent")[2] == ("brent",)


@pytest.mark.parametrize("market", [QUOTES, QUOTES.rename("sp500"), QUOTES.to_frame("sp500")])
def test_a_market_is_joined_over_all_dates(market):
    """The market is a further column, its dates and those of the shares sorted; unnamed it is 'market'."""
    joined, name, factors = join_regressors(SHARES, market, None)
    assert (name, factors) == ("market" if getattr(market, "name", "") is None else "sp500", None)
    assert list(joined) == ["imoex", name]
    assert joined.index.day.tolist() == [21, 22, 23, 24]
    np.testing.assert_array_equal(joined["imoex"], [3036.88, 3084.74, np.nan, 2058.12])
    np.testing.assert_array_equal(joined[name], [np.nan, 4304.76, 4225.5, 4288.7])
    assert list(SHARES) == ["imoex"]


def test_a_market_may_be_any_frame_of_prices():
    """Open to volume of one market are its close, called 'market' where nothing names it; what they were is said."""
    ohlc = pd.DataFrame({"Open": QUOTES - 1, "High": QUOTES + 9, "Low": QUOTES - 9, "Close": QUOTES, "Volume": 1.0})
    for frame, named in ((ohlc, "market"), (pd.concat({"SPY": ohlc}, axis=1).swaplevel(axis=1), "SPY")):
        joined, market, _ = join_regressors(SHARES, frame, None)
        assert market == named
        np.testing.assert_array_equal(joined[named].dropna(), QUOTES)
        assert "3 daily closes" in joined.attrs["read"]
    assert join_regressors(SHARES, QUOTES.astype(str).rename("Close")[::-1], None)[1] == "market"


def test_factors_may_be_names_and_figures_at_once():
    """Names, Series and frames stand in one list; their names come back in its order."""
    frame = pd.DataFrame({"smb": QUOTES, "hml": QUOTES + 1})
    joined, market, factors = join_regressors(SHARES, "imoex", [QUOTES.rename("oil"), "imoex", frame])
    assert (market, factors) == ("imoex", ("oil", "imoex", "smb", "hml"))
    assert list(joined) == ["imoex", "oil", "smb", "hml"]
    assert join_regressors(SHARES, None, frame)[2] == ("smb", "hml")


def test_a_column_of_the_figures_themselves_is_that_column():
    """Passing a column of the prices as the market is naming it."""
    both = SHARES.join(QUOTES.rename("sp500"))
    joined, market, _ = join_regressors(both, both["sp500"].dropna(), None)
    assert (list(joined), market) == (["imoex", "sp500"], "sp500")


def test_given_returns_get_no_further_dates():
    """A date that only the market has would be a session of the shares without a return: it is left out."""
    joined, _, _ = join_regressors(SHARES, QUOTES, None, "returns")
    assert joined.index.tolist() == DAYS.tolist()
    np.testing.assert_array_equal(joined["market"], [np.nan, 4304.76, 4288.7])


def test_bars_are_joined_by_instant():
    """A market in another time zone is joined where the instants are the same, in the zone of the bars."""
    index = pd.date_range("2022-02-24 10:00", periods=3, freq="15min", tz="Europe/Moscow")
    bars = pd.DataFrame({"imoex": [3.0, 2.0, 1.0]}, index=index)
    market = pd.Series([7.0, 8.0], index=index[1:].tz_convert("UTC"))
    joined, _, _ = join_regressors(bars, market, None, "bars")
    assert joined.index.equals(index)
    np.testing.assert_array_equal(joined["market"], [np.nan, 7.0, 8.0])


def test_bars_that_cannot_be_joined_are_named():
    """The refusal of a market or of factors without a clock says which of them it is."""
    index = pd.date_range("2022-02-24 10:00", periods=3, freq="15min", tz="Europe/Moscow")
    bars, days = pd.DataFrame({"imoex": [3.0, 2.0, 1.0]}, index=index), QUOTES.rename("spx")
    for of, given in (("market", (days, None)), ("factors", (None, days))):
        said = refusal(lambda given=given: join_regressors(bars, *given, "bars"))
        assert said.startswith(f"{of}: bars, 2022-02-22, column session: 2022-02-22 00:00:00 has no offset")


@pytest.mark.parametrize(
    ("market", "factors", "told"),
    [
        (QUOTES.rename("imoex"), None, "market: 'imoex' is already the name of other figures; rename one of them"),
        (None, QUOTES, "factors: a Series without a name; name it, e.g. series.rename('oil')"),
        (None, [QUOTES.rename("a"), QUOTES.rename("a") + 1], "factors: 'a' is already the name of other figures; "),
        (pd.DataFrame({"a": QUOTES, "b": QUOTES}), None, "market: one series, not the 2 of a frame; several are facto"),
        (pd.Series([1.0, 2.0]), None, "market: prices has no date column; set_index the session dates"),
        (None, [5], "factors: give a DataFrame or a Series indexed by date, not a int"),
    ],
)
def test_what_cannot_be_a_regressor_is_refused_in_a_line(market, factors, told):
    """A name that is taken, a factor without one, a market of several series and figures without dates."""
    assert refusal(lambda: join_regressors(SHARES, market, factors)).startswith(told)
