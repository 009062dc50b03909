"""The whole study on the bundled case of 2022, held against plain loops and statsmodels."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import eventstudy as es

ESTIMATION, SPAN = (-130, -11), (-1, 5)

#: Quotes in which a rise is the asset's loss.
DOLLARS = {"ruble", "ruble-nbp", "zloty", "forint", "koruna", "lira", "rand", "real", "mexican-peso", "yuan"}


def row(table, event, series, window=None):
    """The row of one pair, and window where there is one."""
    found = table[(table["event_id"] == event) & (table["series"] == series)]
    found = found if window is None else found[found["window"] == window]
    assert len(found) == 1
    return found.iloc[0]


def history(case, result, series):
    """Sessions, gaps in days, oriented returns and event positions of one series, from the raw prices.

    An event that met a session but could not be estimated, or lacks its windows, is news all the same.
    """
    column = case.prices[series].dropna()
    days = [stamp.date() for stamp in column.index]
    prices = [float(price) for price in column]
    gaps = [None, *((b - a).days for a, b in pairwise(days))]
    matched = result.matches[(result.matches["series"] == series) & result.matches["session"].notna()]
    assert not matched["reason"].str.contains("proposed|other-series").any()
    positions = [days.index(session.date()) for session in matched["session"]]
    at = dict(zip(matched["event_id"], positions, strict=True))
    steps = list(pairwise(prices))
    sign = -1 if series in DOLLARS else 1
    returns = [None, *(b - a if series == "vix" else sign * math.log(b / a) for a, b in steps)]
    return days, gaps, returns, at


def reference_placebo(plain, case, result, series, event, window):
    """Repeat the whole placebo of one series in plain loops: z of every session, and those that may serve."""
    days, gaps, returns, at = history(case, result, series)
    positions = sorted(set(at.values()))
    z = plain.constant_mean_z(returns, positions, ESTIMATION, window, SPAN)
    free = plain.admissible(len(days), positions, SPAN, gaps)
    serving = plain.placebo_sessions(z, free, at[event], window, SPAN)
    return z[at[event]], {days[t]: z[t] for t in serving}


@pytest.fixture(scope="module")
def day(case):
    """The CARs of Moscow shares on the event sessions alone."""
    return es.EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"]).fit().car.set_index("event_id")


@pytest.fixture(scope="module")
def beside_us_shares(case):
    """A study under the market model."""
    return es.EventStudy(
        case.events, case.prices, model="market-model", market="sp500", series=["ruble", "imoex", "vix"]
    ).fit()


class TestTheExampleThatMustComeOut:
    def test_moscow_rose_on_the_day_of_the_kremlins_reply(self, day, case):
        """IMOEX rose 2.93 % on 27 January 2022; an ordinary t calls that news, the placebo does not."""
        found = day.loc["2022-01-27-kremlin-reply"]
        prices = case.prices["imoex"].dropna()
        rise = prices["2022-01-27"] / prices[prices.index < "2022-01-27"].iloc[-1] - 1
        assert round(rise, 4) == 0.0293
        assert found["car"] == pytest.approx(np.log1p(rise), abs=0.001)
        assert abs(found["t"]) > 2
        assert found["p_value"] < 0.05
        assert 0.2 <= found["placebo_p"] <= 0.4

    def test_the_invasion_is_beyond_every_placebo(self, day):
        """On 24 February no session without news had moved as far: its p is the smallest there can be."""
        found = day.loc["2022-02-24-invasion"]
        assert found["placebo_p"] == found["placebo_floor"] == 1 / (found["placebo_n"] + 1)
        assert found["placebo_n"] >= 200

    def test_the_days_around_the_reply_were_no_outliers_either(self, day, case):
        """On 26 and 28 January, +3.04 % and +0.95 %, the placebo sees nothing strange: p stays above 0.2."""
        prices = case.prices["imoex"].dropna()
        simple = prices.pct_change()
        assert round(simple["2022-01-26"], 4) == 0.0304
        assert round(simple["2022-01-28"], 4) == 0.0095
        assert day.loc["2022-01-28-putin-macron-call", "placebo_p"] > 0.2


@pytest.mark.parametrize(
    ("event", "series", "window"),
    [
        ("2022-01-27-kremlin-reply", "imoex", "0:0"),
        ("2022-01-24-nato-forces-east", "ruble", "-1:1"),
        ("2022-02-24-invasion", "em-bonds", "0:5"),
        ("2022-02-14-lavrov-talks", "vix", "0:1"),
    ],
)
def test_placebo_p_equals_plain_loops(plain, case, result, event, series, window):
    """z, the number of placebo sessions and p equal those of loops that estimate anew at every placebo session."""
    found = row(result.car, event, series, window)
    z, draws = reference_placebo(plain, case, result, series, event, tuple(int(end) for end in window.split(":")))
    assert found["placebo_source"] == "sessions"
    assert found["placebo_z"] == pytest.approx(z, rel=1e-9, abs=0)
    assert found["placebo_n"] == len(draws)
    assert found["placebo_p"] == plain.placebo_p(z, list(draws.values()))
    kept = result.placebos[event, series, window]
    np.testing.assert_allclose(kept, list(draws.values()), rtol=1e-9)


def test_family_p_equals_plain_loops(plain, case, result):
    """The family p of all series on 24 January is step-down in loops over the dates that serve in each."""
    event, window = "2022-01-24-nato-forces-east", (0, 0)
    z, draws = {}, {}
    for series in result.series:
        z[series], draws[series] = reference_placebo(plain, case, result, series, event, window)
    common = sorted(set.intersection(*(set(found) for found in draws.values())))
    adjusted = plain.step_down(list(z.values()), [[draws[series][day] for series in z] for day in common])
    for series, p in zip(z, adjusted, strict=True):
        found = row(result.car, event, series, "0:0")
        assert found["family_n"] == len(common)
        assert found["family_p"] == p


def test_family_p_over_windows_equals_plain_loops(plain, case, result):
    """Over series and windows at once the family p is step-down in loops over the dates that serve in all of them."""
    event, names = "2022-01-24-nato-forces-east", ["ruble", "imoex"]
    together = es.EventStudy(
        case.events, case.prices, series=names, tests=[], family="series-windows",
        windows=[str(window) for window in result.design.windows],
    ).fit()  # fmt: skip
    members = [(series, str(window)) for window in result.design.windows for series in names]
    z, draws = {}, {}
    for series, window in members:
        ends = tuple(int(end) for end in window.split(":"))
        z[series, window], draws[series, window] = reference_placebo(plain, case, result, series, event, ends)
    common = sorted(set.intersection(*(set(found) for found in draws.values())))
    adjusted = plain.step_down(list(z.values()), [[draws[member][day] for member in members] for day in common])
    for (series, window), p in zip(members, adjusted, strict=True):
        found = row(together.car, event, series, window)
        assert (found["family_n"], found["family_p"]) == (len(common), p)


def test_family_p_is_never_below_what_the_most_extreme_date_allows(result):
    """Every family p lies between one over the common dates plus one, and one; no window lacks one where z is there."""
    known = result.car[result.car["placebo_z"].notna() & (result.car["placebo_source"] == "sessions")]
    assert len(known) > 2000
    assert known["family_p"].between(1 / (known["family_n"] + 1), 1.0).all()


@pytest.mark.parametrize("event", ["2021-12-17-draft-treaties", "2022-02-24-invasion"])
@pytest.mark.parametrize("series", ["ruble", "brent", "imoex", "vix"])
def test_fits_equal_statsmodels_on_the_raw_prices(case, result, event, series):
    """Parameters, sigma and counts of a fit are those of a regression run by hand on the published prices."""
    days, _, returns, at = history(case, result, series)
    busy = {position + tau for position in at.values() for tau in range(SPAN[0], SPAN[1] + 1)}
    rows = [t for t in range(at[event] - 130, at[event] - 10) if t not in busy and returns[t] is not None]
    reference = sm.OLS([returns[t] for t in rows], np.ones(len(rows))).fit()
    found = row(result.fits, event, series)
    assert found["n_obs"] == len(rows)
    assert found["df"] == reference.df_resid
    assert found["alpha"] == pytest.approx(reference.params[0], rel=1e-10, abs=0)
    assert found["sigma"] == pytest.approx(reference.mse_resid**0.5, rel=1e-10, abs=0)
    assert found["estimation_first"].date() == days[at[event] - 130]
    assert found["estimation_last"].date() == days[at[event] - 11]


def test_the_regressions_handed_out_are_those_of_the_fits(result):
    """Of every tenth pair, statsmodels' results have the parameters, scale and number of observations of its fit."""
    for _, fit in result.fits.iloc[::10].iterrows():
        twin = result.statsmodels(fit["event_id"], fit["series"])
        assert twin.params["alpha"] == pytest.approx(fit["alpha"], rel=1e-10, abs=0)
        assert twin.scale == pytest.approx(fit["sigma"] ** 2, rel=1e-10, abs=0)
        assert (twin.nobs, twin.df_resid) == (fit["n_obs"], fit["df"])
        assert twin.model.data.row_labels[0] >= fit["estimation_first"]
        assert twin.model.data.row_labels[-1] <= fit["estimation_last"]


class TestMarketModel:
    @pytest.mark.parametrize("series", ["ruble", "imoex", "vix"])
    def test_equals_statsmodels_on_the_raw_prices(self, case, beside_us_shares, series):
        """The fit is that of a regression by hand on the market's return over the series' own steps."""
        event = "2022-01-27-kremlin-reply"
        days, _, returns, at = history(case, beside_us_shares, series)
        sp500 = {stamp.date(): float(price) for stamp, price in case.prices["sp500"].dropna().items()}
        busy = {position + tau for position in at.values() for tau in range(SPAN[0], SPAN[1] + 1)}
        pairs = [
            (returns[t], np.log(sp500[days[t]] / sp500[days[t - 1]]))
            for t in range(at[event] - 130, at[event] - 10)
            if t not in busy and days[t] in sp500 and days[t - 1] in sp500
        ]
        reference = sm.OLS([y for y, _ in pairs], sm.add_constant([x for _, x in pairs])).fit()
        found = row(beside_us_shares.fits, event, series)
        assert found["n_obs"] == len(pairs)
        assert [found["alpha"], found["beta_sp500"]] == pytest.approx(list(reference.params), rel=1e-10, abs=0)
        assert found["sigma"] == pytest.approx(reference.mse_resid**0.5, rel=1e-10, abs=0)
        assert found["r2"] == pytest.approx(reference.rsquared, rel=1e-9, abs=0)
        twin = beside_us_shares.statsmodels(event, series)
        assert list(twin.params) == pytest.approx(list(reference.params), rel=1e-10, abs=0)
        assert twin.scale == pytest.approx(reference.scale, rel=1e-10, abs=0)

    @pytest.mark.parametrize("window", ["0:0", "-1:1", "0:5"])
    def test_t_and_p_equal_statsmodels_forecast(self, case, beside_us_shares, window):
        """CAR, se and p of a window follow from statsmodels' parameters and their covariance."""
        event = "2022-01-24-nato-forces-east"
        days, _, returns, at = history(case, beside_us_shares, "imoex")
        sp500 = {stamp.date(): float(price) for stamp, price in case.prices["sp500"].dropna().items()}
        twin = beside_us_shares.statsmodels(event, "imoex")
        first, last = (int(end) for end in window.split(":"))
        steps = range(at[event] + first, at[event] + last + 1)
        market = [np.log(sp500[days[t]] / sp500[days[t - 1]]) for t in steps]
        total = np.array([len(market), sum(market)])
        car = sum(returns[t] for t in steps) - total @ twin.params.to_numpy()
        se = np.sqrt(twin.scale * len(market) + total @ twin.cov_params().to_numpy() @ total)
        found = row(beside_us_shares.car, event, "imoex", window)
        assert found["car"] == pytest.approx(car, rel=1e-10, abs=0)
        assert found["se"] == pytest.approx(se, rel=1e-10, abs=0)
        assert found["t"] == found["scar"] == pytest.approx(car / se, rel=1e-10, abs=0)
        assert found["p_value"] == pytest.approx(2 * stats.t.sf(abs(car / se), twin.df_resid), rel=1e-8, abs=0)

    def test_the_market_itself_is_not_studied(self, case):
        """Under market='sp500' every column but sp500 is studied by default, and asking for it is an error."""
        everything = es.EventStudy(case.events, case.prices, model="market-model", market="sp500")
        assert "sp500" not in everything._studied(everything.histories())
        with pytest.raises(es.DesignError, match="'sp500' is a regressor of the model"):
            es.EventStudy(case.events, case.prices, model="market-model", market="sp500", series=["sp500"]).fit()


class TestWhereTheRublesFixingEnds:
    """The ECB set its last ruble rate on 1 March 2022."""

    def test_a_window_past_the_end_is_nan_with_a_note(self, result):
        """After 24 February the ruble has no six sessions: CAR over 0:5 is NaN, p is NaN, and the note says why."""
        found = row(result.car, "2022-02-24-invasion", "ruble", "0:5")
        assert np.isnan(
            found[["car", "bhar", "se", "t", "p_value", "scar", "placebo_p", "family_p"]].astype(float)
        ).all()
        assert found["note"] == "window 0:5 runs past the sample, which ends 2022-03-01"
        assert np.isfinite(row(result.car, "2022-02-24-invasion", "ruble", "0:1")["car"])
        reason = row(result.matches, "2022-02-24-invasion", "ruble")["reason"]
        assert "window 0:5 runs past the sample" in reason

    def test_it_is_not_counted(self, result):
        """The averages of the ruble count the CARs that are there, fewer over 0:5 than over 0:0."""
        cars = result.car[result.car["series"] == "ruble"]
        average = result.average[(result.average["series"] == "ruble") & (result.average["stance"] == "*")]
        counted = average.set_index("window")["n_cars"]
        for window, n in counted.items():
            assert n == cars.loc[cars["window"] == window, "car"].notna().sum()
        assert counted["0:5"] < counted["0:0"]

    def test_every_missing_car_has_a_note_and_no_other(self, result):
        """A note stands beside each CAR that is missing, and beside none that is there."""
        assert (result.car["note"].ne("") == result.car["car"].isna()).all()

    def test_every_pair_is_in_matches(self, result, case):
        """Every event and series is a row of matches, used or excluded with a reason."""
        assert len(result.matches) == len(case.events) * case.prices.shape[1]
        excluded = result.matches[result.matches["status"] == "excluded"]
        assert excluded["reason"].ne("").all()
        used = result.matches.loc[result.matches["status"] == "used", ["event_id", "series"]]
        pd.testing.assert_frame_equal(used.reset_index(drop=True), result.fits[["event_id", "series"]])
