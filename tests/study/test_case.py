"""The whole study on the bundled case of 2022, held against statsmodels on the raw prices."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import scipy

import eventstudy as es

CLEAN = (0, 1)

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
    returns = [None, *(b - a if series == "vix" else (b / a) ** sign - 1 for a, b in steps)]
    return days, gaps, returns, at


@pytest.fixture(scope="module")
def beside_us_shares(case):
    """A study under the market model."""
    return es.EventStudy(
        case.events, case.prices, model="market-model", market="sp500", series=["ruble", "imoex", "vix"]
    ).fit()


@pytest.mark.parametrize("event", ["2021-12-17-draft-treaties", "2022-02-24-invasion"])
@pytest.mark.parametrize("series", ["ruble", "brent", "imoex", "vix"])
def test_fits_equal_statsmodels_on_the_raw_prices(case, result, event, series):
    """Parameters, sigma and counts of a fit are those of a regression run by hand on the published prices."""
    import statsmodels.api as sm

    days, _, returns, at = history(case, result, series)
    busy = {position + tau for position in at.values() for tau in range(CLEAN[0], CLEAN[1] + 1)}
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
        import statsmodels.api as sm

        event = "2022-01-27-kremlin-reply"
        days, _, returns, at = history(case, beside_us_shares, series)
        sp500 = {stamp.date(): float(price) for stamp, price in case.prices["sp500"].dropna().items()}
        busy = {position + tau for position in at.values() for tau in range(CLEAN[0], CLEAN[1] + 1)}
        pairs = [
            (returns[t], sp500[days[t]] / sp500[days[t - 1]] - 1)
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
        market = [sp500[days[t]] / sp500[days[t - 1]] - 1 for t in steps]
        total = np.array([len(market), sum(market)])
        car = sum(returns[t] for t in steps) - total @ twin.params.to_numpy()
        se = np.sqrt(twin.scale * len(market) + total @ twin.cov_params().to_numpy() @ total)
        found = row(beside_us_shares.car, event, "imoex", window)
        assert found["car"] == pytest.approx(car, rel=1e-10, abs=0)
        assert found["se"] == pytest.approx(se, rel=1e-10, abs=0)
        assert found["t"] == found["scar"] == pytest.approx(car / se, rel=1e-10, abs=0)
        assert found["t_p_value"] == pytest.approx(2 * scipy.stats.t.sf(abs(car / se), twin.df_resid), rel=1e-8, abs=0)

    def test_the_market_itself_is_not_studied(self, case):
        """Under market='sp500' every column but sp500 is studied by default, and asking for it is an error."""
        prices = case.prices[["ruble", "sp500", "imoex"]]
        everything = es.EventStudy(case.events, prices, model="market-model", market="sp500", tests=[])
        assert list(everything.fit().series) == ["ruble", "imoex"]
        with pytest.raises(es.DesignError, match="'sp500' is a regressor of the model"):
            es.EventStudy(case.events, case.prices, model="market-model", market="sp500", series=["sp500"]).fit()


class TestWhereTheRublesFixingEnds:
    """The ECB set its last ruble rate on 1 March 2022."""

    def test_a_window_past_the_end_is_nan_with_a_note(self, result):
        """After 24 February the ruble has no six sessions: CAR over 0:5 is NaN, p is NaN, and the note says why."""
        found = row(result.car, "2022-02-24-invasion", "ruble", "0:5")
        empty = ["move", "car", "bhar", "se", "t", "t_p_value", "scar", "z", "p_value", "days", "family_p"]
        assert found[empty].isna().all()
        assert found["note"] == "window 0:5 runs past the sample, which ends 2022-03-01"
        assert np.isfinite(row(result.car, "2022-02-24-invasion", "ruble", "0:1")["car"])
        reason = row(result.matches, "2022-02-24-invasion", "ruble")["reason"]
        assert "window 0:5 runs past the sample" in reason

    def test_every_pair_is_in_matches(self, result, case):
        """Every event and series is a row of matches; what is excluded has a reason, all else its estimates."""
        assert len(result.matches) == len(case.events) * case.prices.shape[1]
        excluded = result.matches[result.matches["status"] == "excluded"]
        assert excluded["reason"].ne("").all()
        used = result.matches.loc[result.matches["status"] != "excluded", ["event_id", "series"]]
        pd.testing.assert_frame_equal(used.reset_index(drop=True), result.fits[["event_id", "series"]])
