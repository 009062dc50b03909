"""Defects seen in other event-study tools, each shown not to be here. The numbers are those of the list of defects."""

import math

import numpy as np
import pandas as pd
import pytest

import eventstudy as es


def market(n=420, names=("a", "m"), seed=1, begin="2020-01-01"):
    """Independent returns of some markets on weekdays."""
    days = pd.bdate_range(begin, periods=n, name="session")
    values = np.random.default_rng(seed).standard_t(4, size=(n, len(names))) * 0.01
    return pd.DataFrame(values, index=days, columns=list(names))


def news(days, **columns):
    """Raises on days."""
    return pd.DataFrame({"time": [str(day)[:10] for day in days], "stance": "raise", **columns})


def fit(events, returns, **choices):
    """Run a study of returns."""
    return es.EventStudy(events, returns=returns, **choices).fit()


def test_04_bhar_is_not_cumulated_twice():
    """BHAR over n sessions is the product of n gross returns, not a running product cumulated once more."""
    returns = market()
    found = fit(news([returns.index[300]]), returns[["a"]], model="zero", returns_kind="simple", windows=["0:2"])
    gross = math.prod(1 + value for value in returns["a"].iloc[300:303])
    assert found.car["bhar"].iloc[0] == pytest.approx(gross - 1, rel=1e-12, abs=0)


def test_05_one_date_without_data_does_not_abort_the_study():
    """An event decades before the sample is excluded with a reason; the others keep their figures."""
    returns = market()
    alone = fit(news([returns.index[300]], id=["known"]), returns)
    beside = fit(news(["1914-06-28", returns.index[300]], id=["unknown", "known"]), returns)
    pd.testing.assert_frame_equal(beside.car, alone.car)
    excluded = beside.matches[beside.matches["event_id"] == "unknown"]
    assert (excluded["status"] == "excluded").all()
    assert excluded["reason"].str.startswith("before-sample: the sample begins 2020-01-01").all()


@pytest.mark.parametrize("day", ["2021-03-06", "2021-03-07"])
def test_09_weekend_news_meets_the_next_session(day):
    """News of a Saturday or Sunday is read in Monday's return, which is the first that could know it."""
    returns = market()
    found = fit(news([day]), returns[["a"]], windows=["0:0"], model="zero")
    assert found.car["session"].iloc[0] == pd.Timestamp("2021-03-08")
    assert found.car["car"].iloc[0] == returns["a"]["2021-03-08"]
    assert found.matches["moved"].tolist() == ["next"]


@pytest.mark.parametrize("option", ["benchmark", "estimation_window", "alpha", "winsorize"])
def test_10_an_unknown_option_is_an_error(option):
    """No option is accepted without being understood."""
    returns = market()
    with pytest.raises(es.UnknownNameError, match=f"unknown choice '{option}'"):
        es.EventStudy(news([returns.index[300]]), returns=returns, **{option: "m"})


def test_12_the_constant_mean_variance_is_of_the_estimation_window_alone():
    """A great move in the event window changes the CAR but not the variance it is measured by."""
    returns = market()
    events = news([returns.index[300]])
    calm = fit(events, returns[["a"]])
    returns.iloc[299:306] *= 50.0
    wild = fit(events, returns[["a"]])
    assert wild.fits["sigma"].iloc[0] == calm.fits["sigma"].iloc[0]
    np.testing.assert_array_equal(wild.car["se"], calm.car["se"])
    assert (wild.car["car"] != calm.car["car"]).all()
    assert calm.fits["sigma"].iloc[0] == pytest.approx(returns["a"].iloc[170:290].std(ddof=1), rel=1e-12, abs=0)


def test_13_zero_returns_are_returns():
    """A market halted for the last thirty sessions before the event keeps its zeros, and its regressor its dates."""
    returns = market()
    market_return = returns["m"].to_numpy()
    own = 0.5 * market_return + 1e-4 * np.random.default_rng(3).normal(size=len(returns))
    own[260:290] = 0.0
    returns["a"] = own
    found = fit(news([returns.index[300]]), returns, model="market-model", market="m")
    x, y = market_return[170:290], own[170:290]
    beta = float(np.sum((x - x.mean()) * (y - y.mean())) / np.sum((x - x.mean()) ** 2))
    assert found.fits["n_obs"].tolist() == [120]
    assert found.fits["beta_m"].iloc[0] == pytest.approx(beta, rel=1e-10, abs=0)
    assert 0.3 < beta < 0.5


def test_13_a_market_moving_half_as_much_has_a_beta_of_one_half():
    """With zeros scattered through both series the beta of 0.5 is found, not one of shifted dates."""
    returns = market()
    returns.loc[returns.index[::7], "m"] = 0.0
    returns["a"] = 0.5 * returns["m"] + 1e-5 * np.random.default_rng(3).normal(size=len(returns))
    found = fit(news([returns.index[300]]), returns, model="market-model", market="m")
    assert found.fits["beta_m"].iloc[0] == pytest.approx(0.5, abs=0.001)


@pytest.mark.parametrize("begin", ["1895-01-01", "2034-01-02"])
def test_15_no_calendar_ends(begin):
    """Events of a century ago and of the next decade, weekends among them, meet sessions of their own market."""
    returns = market(begin=begin)
    saturday = next(day for day in pd.date_range(returns.index[300], periods=7) if day.weekday() == 5)
    found = fit(news([returns.index[250], saturday]), returns)
    assert (found.matches["status"] == "used").all()


def test_16_sessions_are_counted_and_not_calendar_days():
    """An estimation window of 250 uses 250 returns, whatever weekends lie between."""
    returns = market()
    found = fit(news([returns.index[300]]), returns[["a"]], estimation="-260:-11")
    row = found.fits.iloc[0]
    assert row["n_obs"] == 250
    assert row["estimation_first"] == returns.index[40]
    assert row["estimation_last"] == returns.index[289]


def test_17_the_forecast_error_factor_makes_the_standard_error_larger():
    """The variance of a CAR is s² (n + n²/M), more than s² n, for the mean was estimated; SCARs are smaller by it."""
    returns = market()
    found = fit(news([returns.index[300]]), returns[["a"]])
    sigma = found.fits["sigma"].iloc[0]
    for row in found.car.to_dict("records"):
        n = row["n_days"]
        assert row["se"] == pytest.approx(sigma * math.sqrt(n + n**2 / 120), rel=1e-12, abs=0)
        assert abs(row["scar"]) < abs(row["car"]) / (sigma * math.sqrt(n))


def test_18_nothing_is_rounded_before_it_is_cumulated():
    """A CAR of six tiny returns is their exact sum less six means: no digit is lost on the way."""
    returns = market() * 1e-7
    found = fit(news([returns.index[300]], id=["e"]), returns[["a"]], windows=["0:5"])
    values = [float(value) for value in returns["a"]]
    expected = math.fsum(values[300:306]) - 6 * math.fsum(values[170:290]) / 120
    assert found.car["car"].iloc[0] == pytest.approx(expected, rel=1e-12, abs=0)
    assert found.abnormal["ar"].sum() == pytest.approx(found.car["car"].iloc[0], rel=1e-12, abs=0)


@pytest.mark.parametrize("where", ["a", "m"])
def test_19_one_missing_return_is_one_observation_less(where):
    """One missing estimation return, of the series or of its market, makes nothing else NaN."""
    returns = market()
    returns.loc[returns.index[200], where] = np.nan
    found = fit(news([returns.index[300]]), returns, model="market-model", market="m")
    # A session is a date on which the series has a return: without its own the window reaches one session further.
    assert found.fits["n_obs"].tolist() == [120 if where == "a" else 119]
    assert found.fits[["alpha", "beta_m", "sigma"]].notna().all(axis=None)
    assert found.car[["car", "se", "p_value", "placebo_p"]].notna().all(axis=None)


def test_19_one_missing_price_is_one_session_less():
    """A date without a price is no session: the next return runs over it, the window reaches further."""
    prices = 100 * np.exp(market().cumsum())
    prices.iloc[200, 0] = np.nan
    found = es.EventStudy(news([prices.index[300]]), prices[["a"]]).fit()
    kept = np.log(prices["a"].dropna()).diff()
    row = found.fits.iloc[0]
    assert row["n_obs"] == 120
    assert row["alpha"] == pytest.approx(kept.iloc[169:289].mean(), rel=1e-10, abs=0)
    assert found.car["car"].notna().all()
