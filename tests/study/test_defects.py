"""Defects seen in other event-study tools, each shown not to be here. The numbers are those of the list of defects."""

import math
import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.study import mean_path


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


def row(found, test, window="0:0", series="a"):
    """The row of one test over all events of a series."""
    rows = found.tests.set_index(["series", "stance", "window", "test"])
    return rows.loc[(series, "*", window, test)]


def test_01_every_day_has_its_own_rank_statistic():
    """Where markets jump on the day after the news, the rank test of that day finds it and those beside it do not."""
    returns = market(n=900)
    positions = range(200, 900, 60)
    for position in positions:
        returns.iloc[position + 1, 0] = 0.08
    found = fit(news(returns.index[list(positions)]), returns[["a"]], windows=["0:0", "1:1", "2:2"], tests=["rank_z"])
    by_day = [row(found, "rank_z", window)["statistic"] for window in ("0:0", "1:1", "2:2")]
    assert len(set(by_day)) == 3
    assert by_day[1] > 3.5
    assert max(abs(by_day[0]), abs(by_day[2])) < 2.0


NONPARAMETRIC = ["sign_z", "generalized_sign_z", "wilcoxon", "rank_z", "grank_t", "grank_z"]


@cache
def two_events():
    """Two events of one series, and the same with a copy of the series for each."""
    returns = market(n=560)
    days = returns.index[[150, 400]]
    one = fit(news(days), returns[["a"]], windows=["0:1"], tests=NONPARAMETRIC)
    copies = pd.DataFrame({"b": returns["a"], "c": returns["a"]})
    return one, fit(news(days, series=["b", "c"]), copies, windows=["0:1"], tests=NONPARAMETRIC)


@pytest.mark.parametrize("test", NONPARAMETRIC)
def test_02_two_events_of_one_series_are_two(test):
    """Two events of one series rank and count as two: as they would if each had a copy of the series to itself."""
    one, two = two_events()
    mine, theirs = row(one, test, "0:1"), row(two, test, "0:1", series="*")
    assert mine["n"] == theirs["n"] == 2
    assert mine["statistic"] == pytest.approx(theirs["statistic"], rel=1e-12, abs=1e-12)


def test_03_the_calendar_time_test_is_not_divided_by_the_event_window():
    """Event windows ten times as loud make the statistic ten times as large; by their own dispersion it would stay."""
    returns = market(n=700)
    positions = [200, 202, 350, 500]
    quiet = fit(news(returns.index[positions]), returns, model="zero", windows=["0:2"], tests=["calendar_time_t"])
    for t in (200, 201, 202, 203, 204, 350, 351, 352, 500, 501, 502):
        returns.iloc[t] *= 10
    loud = fit(news(returns.index[positions]), returns, model="zero", windows=["0:2"], tests=["calendar_time_t"])
    for series in ("a", "m", "*"):
        before, after = (row(f, "calendar_time_t", "0:2", series)["statistic"] for f in (quiet, loud))
        assert after == pytest.approx(10 * before, rel=1e-9)


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


def test_06_bmp_is_corrected_for_the_forecast_error():
    """Where the market moved far on event days each SCAR is divided by s √(1 + 1/M + (x - x̄)²/Sxx), and not by s."""
    returns = market(n=900)
    positions = [200, 350, 500, 650, 800]
    returns.iloc[positions, 1] = [0.10, -0.12, 0.08, 0.15, -0.09]
    choices = {"model": "market-model", "market": "m", "windows": ["0:0"], "tests": ["bmp_t"]}
    found = fit(news(returns.index[positions]), returns, **choices)
    corrected, bare = [], []
    for position in positions:
        y, x = (returns[name].to_numpy() for name in ("a", "m"))
        learned = slice(position - 130, position - 10)
        deviation = x[learned] - x[learned].mean()
        sxx = float(np.sum(deviation**2))
        beta = float(np.sum(deviation * y[learned])) / sxx
        alpha = y[learned].mean() - beta * x[learned].mean()
        s = math.sqrt(float(np.sum((y[learned] - alpha - beta * x[learned]) ** 2)) / 118)
        ar = y[position] - alpha - beta * x[position]
        corrected.append(ar / (s * math.sqrt(1 + 1 / 120 + (x[position] - x[learned].mean()) ** 2 / sxx)))
        bare.append(ar / s)
    t = [math.sqrt(5) * np.mean(values) / np.std(values, ddof=1) for values in (corrected, bare)]
    assert row(found, "bmp_t")["statistic"] == pytest.approx(t[0], rel=1e-10)
    assert abs(t[0] - t[1]) > 0.01


def test_07_series_that_are_not_there_are_not_counted():
    """Of twelve series five have the event session, three up and two down: z is 0.447 over five, not 3.13 over all."""
    returns = market(n=320, names=[f"s{j}" for j in range(12)])
    for j, size in enumerate([0.03, 0.01, 0.02, -0.01, -0.04]):
        returns.iloc[300, j] = size
    returns.iloc[300:, 5:] = np.nan
    found = fit(
        news([returns.index[300]]), returns, model="zero", windows=["0:0"], tests=["sign_z", "date_clustered_t"]
    )
    pooled = row(found, "sign_z", series="*")
    assert pooled["n"] == 5
    assert pooled["statistic"] == pytest.approx(1 / math.sqrt(5))
    average = found.average.set_index(["series", "stance"]).loc[("*", "*")]
    assert average["caar"] == pytest.approx(0.01 / 5)
    assert (found.matches["status"] == "excluded").sum() == 7


def test_08_every_statistic_has_its_p_and_no_star():
    """A statistic without a p-value, or a p-value without one, stands nowhere; nothing is starred."""
    returns = market(n=700)
    events = news(returns.index[[200, 350, 500, 560]]).assign(stance=["raise", "fold", "raise", "fold"])
    found = fit(events, returns, windows=["0:0", "0:5"], tests="all")
    assert (found.tests["statistic"].notna() == found.tests["p_value"].notna()).all()
    assert found.tests.loc[found.tests["p_value"].isna(), "note"].ne("").all()
    for statistic, p in (("t", "t_p_value"), ("z", "p_value")):
        assert (found.car[statistic].notna() == found.car[p].notna()).all()
    texts = [found.summary(), *(table.to_csv() for table in found.tables().values())]
    assert not any(re.search(r"\d\s?\*|\*\*", text) for text in texts)


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


def test_11_a_ninety_per_cent_band_holds_ninety_per_cent():
    """The placebo band of the charts leaves 10 % of means outside, above and below together, not on either side."""
    returns = market(2500)
    returns.iloc[[2299, 2339, 2379, 2419], 0] = 0.1  # what is known of volatility on the event session is new
    found = fit(news(returns.index[[2300, 2340, 2380, 2420]]), returns[["a"]], windows=["0:0"], tests=[])
    of, path = found.samples["a"], mean_path(found.samples["a"], "raise", 0)
    scale = of.every("scale")[of.position]
    assert (scale > 1.15 * of.every("scale")[of.position - 1]).all()
    drawn = np.random.default_rng(6).choice(of.every("z")[of.every("quiet")[:, 0], 0], size=(100_000, 4))
    assert np.mean(np.abs((drawn * scale).mean(axis=1)) > path.band[-1]) == pytest.approx(0.10, abs=0.015)


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


def test_14_a_correlation_is_taken_about_the_means():
    """Independent series that all drift have a mean correlation near zero, whatever their raw products."""
    returns = market(n=420, names=[f"s{j}" for j in range(6)]) + 0.02
    found = fit(news([returns.index[300]]), returns, model="zero", windows=["0:0"], tests=["bmp_t", "adjusted_bmp_t"])
    learned = returns.iloc[170:290].to_numpy()
    r = np.corrcoef(learned.T)[np.triu_indices(6, 1)].mean()
    raw = ((learned.T @ learned) / np.outer(*2 * [np.sqrt((learned**2).sum(axis=0))]))[np.triu_indices(6, 1)].mean()
    assert raw > 0.5
    assert abs(r) < 0.1
    bmp, adjusted = (row(found, test, series="*") for test in ("bmp_t", "adjusted_bmp_t"))
    factor = math.sqrt((1 - max(r, 0)) / (1 + 5 * max(r, 0)))
    assert adjusted["statistic"] == pytest.approx(factor * bmp["statistic"], rel=1e-10)


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
    assert found.fits["n_obs"].tolist() == [119]
    assert found.fits[["alpha", "beta_m", "sigma"]].notna().all(axis=None)
    assert found.car[["car", "se", "t_p_value", "p_value"]].notna().all(axis=None)


def test_19_one_missing_price_is_one_session_less():
    """A date without a price is no session: the next return runs over it, the window reaches further."""
    prices = 100 * np.exp(market().cumsum())
    prices.iloc[200, 0] = np.nan
    found = es.EventStudy(news([prices.index[300]]), prices[["a"]]).fit()
    kept = prices["a"].dropna().pct_change()
    row = found.fits.iloc[0]
    assert row["n_obs"] == 120
    assert row["alpha"] == pytest.approx(kept.iloc[169:289].mean(), rel=1e-10, abs=0)
    assert found.car["car"].notna().all()


@pytest.mark.parametrize("size", [0.05, -0.05])
def test_20_the_returns_of_event_days_are_ranked_among_all_days(size):
    """Five events that all moved far one way have a rank statistic far from 0; among themselves it would be 0."""
    returns = market(n=900)
    positions = [200, 350, 500, 650, 800]
    returns.iloc[positions, 0] = size
    found = fit(news(returns.index[positions]), returns[["a"]], windows=["0:0"], tests=["rank_z"])
    assert np.sign(size) * row(found, "rank_z")["statistic"] > 3


def test_21_a_mean_stands_beside_its_own_p():
    """A hold filed beside a raise is no event of the holds: their row is to the last digit the one without it."""
    returns = market(n=600)[["a"]]
    returns.iloc[300, 0] = -0.2
    events = news(returns.index[[300, 300, 400, 450, 500]], id=list("vwxyz"))
    events["stance"] = ["raise", "hold", "hold", "hold", "fold"]
    both, apart = (fit(table, returns, windows=["0:0"]) for table in (events, events.drop(index=1)))
    rows = [found.average.set_index("stance").loc["hold"] for found in (both, apart)]
    pd.testing.assert_series_equal(*rows)
    car = both.car.set_index("event_id")
    assert rows[0]["n"] == 2
    assert rows[0]["caar"] == pytest.approx(car["car"][["x", "y"]].mean(), rel=1e-12)
    assert rows[0]["z"] == pytest.approx(car["z"][["x", "y"]].mean(), rel=1e-12)
    assert abs(rows[0]["caar"] - car.loc[["w", "x", "y"], "car"].mean()) > 0.05
    line = both.placebo_z("z", "a", "0:0")  # by days before the last event, the p of means by all of them
    drawn = np.random.default_rng(1).choice(line, size=(50_000, 2)).mean(axis=1)
    assert rows[0]["p_value"] == pytest.approx(np.mean(np.abs(drawn) >= abs(rows[0]["z"])), abs=0.05)


def test_22_one_crash_does_not_make_later_events_insignificant():
    """Six weeks after a fall of thirty standard deviations a move of four is as rare as without the fall."""
    returns = pd.DataFrame({"a": np.random.default_rng(3).normal(size=600)}, index=market(n=600).index) * 0.01
    returns.iloc[400, 0] = 0.04
    events = news(returns.index[[370, 400]], id=["crash", "later"])
    calm = fit(events, returns, windows=["0:0"]).car.set_index("event_id").loc["later"]
    returns.iloc[370, 0] = -0.3
    shaken = fit(events, returns, windows=["0:0"]).car.set_index("event_id").loc["later"]
    assert calm["p_value"] < 0.02
    assert shaken["p_value"] < 0.02
    assert shaken["z"] > 0.75 * calm["z"]


def test_23_a_market_event_has_one_stance():
    """Every table that names a market event of raise and hold, of raise and fold, names the same net stance."""
    returns = market(n=600)
    days = [300, 300, 350, 350, 400, 400, 450, 500]
    stances = ["raise", "hold", "raise", "fold", "hold", "fold", "hold", "raise"]
    events = news(returns.index[days], id=list("abcdefgh")).assign(stance=stances)
    found = fit(events, returns, windows=["0:0"])
    net = {"a": "raise", "c": "mixed", "e": "fold", "g": "hold", "h": "raise"}
    for table in (found.matches, found.car, found.sample("a", "*")):
        assert dict(zip(table["market_event"], table["net_stance"], strict=True)) == net
    assert found.groups == ("raise", "hold", "fold", "mixed")
    for stance in found.groups:
        n = list(net.values()).count(stance)
        rows = [table[(table["series"] == "a") & (table["stance"] == stance)] for table in (found.average, found.tests)]
        assert all(set(of["n"]) == {n} for of in rows)
        assert len(found.sample("a", stance)) == n


def test_all_twenty_three_are_here():
    """Each of the defects has at least one test that bears its number."""
    numbers = re.findall(r"^def test_(\d\d)_", Path(__file__).read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(set(map(int, numbers))) == list(range(1, 24))
