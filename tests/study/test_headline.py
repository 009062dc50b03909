"""The headline p of means, raises against folds as a family, power and size, on whole studies."""

import math

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.study.members import series_news
from eventstudy.study.pooled import DRAWS

N = 700


def markets(seed, n_series=4, n=N, correlation=0.5):
    """Correlated returns in waves of volatility with rare regimes of three times the deviation."""
    rng = np.random.default_rng(seed)
    shock = math.sqrt(correlation) * rng.normal(size=(n, 1)) + math.sqrt(1 - correlation) * rng.normal(
        size=(n, n_series)
    )
    regime = np.cumsum(rng.random(n) < 1 / 60) % 2
    deviation = 0.01 * np.where(regime == 1, 3.0, 1.0) * np.exp(0.3 * np.sin(np.arange(n) / 25))
    days = pd.bdate_range("2016-01-01", periods=n)
    return pd.DataFrame(shock * deviation[:, None], index=days, columns=[f"s{k}" for k in range(n_series)])


def news(returns, at, stances):
    """Events on these rows of the returns."""
    return pd.DataFrame({"time": [str(returns.index[t].date()) for t in at], "stance": stances})


def study(returns, at, stances, **choices):
    """A study of one window without further tests, unless said otherwise."""
    return es.EventStudy(news(returns, at, stances), returns=returns, **({"windows": ["0:0"], "tests": []} | choices))


def row(result, series, stance="*", window="0:0"):
    """One row of the averages."""
    table = result.average
    return table[(table["series"] == series) & (table["stance"] == stance) & (table["window"] == window)].iloc[0]


class TestHeadline:
    def test_one_last_event_has_its_single_p(self):
        """For one event at the end of the sample the mean is the event, and its p the exact p of the event alone."""
        returns = markets(1, n_series=1)
        result = study(returns, [N - 1], ["raise"]).fit()
        of_mean, single = row(result, "s0", "raise"), result.car.iloc[0]
        assert of_mean["placebo_p"] == pytest.approx(single["placebo_p"])
        assert (of_mean["placebo_n"], of_mean["n_market_events"]) == (single["placebo_n"], 1)
        assert of_mean["placebo_floor"] == pytest.approx(single["placebo_floor"])
        assert of_mean["mean_z"] == pytest.approx(single["placebo_z"])

    def test_events_of_one_session_count_once(self):
        """A hold beside a raise changes no p, and a session of raise and fold is in no stance but in all."""
        returns = markets(2)
        once = study(returns, [300, 400, 500], ["raise", "fold", "raise"]).fit()
        beside = study(returns, [300, 300, 400, 500], ["raise", "hold", "fold", "raise"]).fit()
        for stance in ("raise", "fold", "*"):
            assert row(beside, "s1", stance)["placebo_p"] == row(once, "s1", stance)["placebo_p"]
        mixed = study(returns, [300, 300, 400, 500], ["raise", "fold", "fold", "raise"]).fit()
        counts = [row(mixed, "s1", stance)["n_market_events"] for stance in ("raise", "fold", "*")]
        assert counts == [1, 1, 3]

    def test_mean_z_and_p_by_plain_means(self):
        """The mean z is the plain mean of the events' z; its p lies near that of independent draws from quiet days."""
        returns = markets(3)
        at, stances = [250, 300, 350, 420, 500], ["raise", "fold", "raise", "raise", "fold"]
        result = study(returns, at, stances).fit()
        z = result.car[result.car["series"] == "s2"].set_index("stance")["placebo_z"]
        assert row(result, "s2", "raise")["mean_z"] == pytest.approx(z["raise"].mean())
        estimate = study(returns, at, stances).estimated().estimates[2]
        line = estimate.z[estimate.quiet & np.isfinite(estimate.z[:, 0]), 0]
        drawn = line[np.random.default_rng(99).integers(0, len(line), size=(20_000, 3))].mean(axis=1)
        p = np.mean(np.abs(drawn) >= abs(z["raise"].mean()))
        assert row(result, "s2", "raise")["placebo_p"] == pytest.approx(p, abs=0.02)

    def test_the_seed_decides_and_windows_do_not_disturb_each_other(self):
        """The same seed gives the same p to the last bit, whatever other series order; another seed does not."""
        returns = markets(4)
        at, stances = [250, 300, 350, 420, 500], ["raise", "fold", "raise", "raise", "fold"]
        once, again = (study(returns, at, stances, seed=5).fit().average for _ in range(2))
        pd.testing.assert_frame_equal(once, again)
        turned = study(returns[["s3", "s2", "s1", "s0"]], at, stances, seed=5).fit()
        assert (
            row(turned, "s1")["placebo_p"]
            == once[(once["series"] == "s1") & (once["stance"] == "*")]["placebo_p"].item()
        )
        other = study(returns, at, stances, seed=6).fit().average
        assert (other["placebo_p"] != once["placebo_p"]).any()

    def test_the_family_is_no_bolder_than_its_members_and_no_shyer_than_holm_by_much(self):
        """Family p are at least the single ones; beside them stand Holm and Benjamini-Hochberg."""
        returns = markets(5)
        average = study(returns, [250, 300, 350, 420], ["raise"] * 4).fit().average
        single = average[(average["series"] != "*") & (average["stance"] == "*")]
        assert (single["family_p"] >= single["placebo_p"] - 1e-12).all()
        assert (single["holm_p"] >= single["bh_p"]).all()
        assert average.loc[average["series"] == "*", "family_p"].isna().all()

    def test_the_family_over_windows_is_larger(self):
        """A family of all series and windows costs more than one of the series alone, and changes no single p."""
        returns = markets(6)
        choices = {"windows": ["0:0", "0:2"]}
        at, stances = [250, 300, 350, 420], ["raise"] * 4
        alone = study(returns, at, stances, **choices).fit().average
        both = study(returns, at, stances, family="series-windows", **choices).fit().average
        np.testing.assert_array_equal(alone["placebo_p"], both["placebo_p"])
        best = alone["family_p"].idxmin()
        assert both.loc[best, "family_p"] >= alone.loc[best, "family_p"]

    def test_a_short_series_has_its_residuals_and_no_family(self):
        """Where a series begins too late for a hundred quiet days its residuals serve, and the others keep theirs."""
        returns = markets(7)
        returns.loc[returns.index[:500], "s0"] = np.nan
        result = study(returns, [600, 650], ["raise", "fold"]).fit()
        assert row(result, "s0")["placebo_source"] == "residuals"
        assert math.isnan(row(result, "s0")["family_p"])
        assert row(result, "s1")["placebo_source"] == "sessions"
        assert math.isfinite(row(result, "s1")["family_p"])

    def test_a_crash_does_not_make_its_echo_a_placebo(self):
        """Quiet days after a fall of forty deviations are left out, for their z are small as long as it echoes."""
        returns = markets(8, n_series=1)
        returns.iloc[400, 0] = -0.8
        estimated = study(returns, [400, 600], ["raise", "fold"]).estimated()
        estimate = estimated.estimates[0]
        assert estimate.free[402:420].all()
        assert not estimate.quiet[402:420].any()
        assert estimate.quiet[250:390].all()
        assert series_news(estimated.matches, 0).position.tolist() == [400, 600]

    def test_a_shift_in_all_series_on_one_date_is_seen_by_the_pool(self):
        """With 3 % put into six series on three dates the pooled p is the smallest there is."""
        returns = markets(9, n_series=6, correlation=0.2)
        returns.iloc[[300, 400, 500]] += 0.06
        result = study(returns, [300, 400, 500], ["raise"] * 3).fit()
        assert row(result, "*", "raise")["placebo_p"] == 1 / (DRAWS + 1)


class TestTrust:
    def test_power_is_where_the_p_begins(self):
        """Means of placebo days, shifted by the smallest effect, pass the 5 % point in about four of five cases."""
        returns = markets(10, n_series=1, n=900)
        rng = np.random.default_rng(3)
        at = np.array([300, 420, 560, 700])
        smallest = study(returns, at, ["raise"] * 4).power()
        smallest = smallest[smallest["stance"] == "raise"].iloc[0]
        assert smallest["smallest_placebo"] >= smallest["smallest_closed"] * 0.9
        line = study(returns, at, ["raise"] * 4).estimated().estimates[0]
        z = line.z[line.quiet & np.isfinite(line.z[:, 0]), 0]
        shift = smallest["smallest_placebo"] / smallest["one_event"]
        point = np.quantile(np.abs(rng.choice(z, size=(20_000, 4)).mean(axis=1)), 0.95)
        seen = np.abs(rng.choice(z, size=(20_000, 4)).mean(axis=1) + shift) >= point
        assert seen.mean() == pytest.approx(0.8, abs=0.03)

    def test_size_has_a_row_for_every_test_scope_and_level(self):
        """The size table holds the placebo, the design's tests, the pool and the family at three levels, with bands."""
        returns = markets(11)
        found = study(returns, [300, 400, 500, 501], ["raise"] * 4, tests=["bmp_t"]).size(40)
        assert set(found["test"]) == {"placebo of one event", "placebo of the mean", "bmp_t"}
        assert set(found.loc[found["test"] == "placebo of the mean", "scope"]) == {"each series", "pool", "family"}
        assert set(found["level"]) == {0.01, 0.05, 0.1}
        assert found["rate"].between(found["low"] - 1e-12, found["high"] + 1e-12).all()
        assert (found["holds"] == ((found["low"] <= found["level"]) & (found["level"] <= found["high"]))).all()

    def test_size_is_seeded_and_tells_its_progress(self):
        """The same seed gives the same table; progress is told once a placebo study."""
        returns, done = markets(12), []
        one = study(returns, [300, 400, 500], ["raise"] * 3)
        pd.testing.assert_frame_equal(one.size(25, done.append), one.size(25))
        assert done == [1] * 25

    def test_size_needs_quiet_days(self):
        """Without a hundred days without news the error says that there are too few."""
        returns = markets(13, n=215)
        with pytest.raises(es.NothingUsableError, match="no series has 100 sessions without news"):
            study(returns, [190, 205], ["raise", "fold"]).size(5)


@pytest.mark.slow
def test_the_headline_keeps_its_size_where_the_classics_do_not():
    """In 2,000 placebo studies mean, pool and family reject in 5 ± 1.5 of 100, and the classics in more than 15."""
    # Forty worlds of eight correlated series with waves and regimes of volatility, six dates common to all.
    tests = ["cross_section_t", "patell_z", "bmp_t"]
    tables = []
    for world in range(40):
        returns = markets(1000 + world, n_series=8, n=900)
        at = np.sort(np.random.default_rng(world).choice(np.arange(250, 880, 12), size=6, replace=False))
        tables.append(study(returns, at, ["raise"] * 6, tests=tests, seed=world).size(50))
    found = pd.concat(tables)
    rate = found[found["level"] == 0.05].groupby(["test", "scope"])["rate"].mean()
    for scope in ("each series", "pool", "family"):
        assert rate["placebo of the mean", scope] == pytest.approx(0.05, abs=0.015), scope
    for test in tests:
        assert rate[test, "pool"] > 0.15, test
    print(rate.round(3).to_string())  # noqa: T201  # the table of the method page


def nervous_world(seed, shift):
    """Fifteen correlated series, from calm to wild, in changing volatility; a shift of all of them on one session."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2020-01-01", periods=330, name="session")
    sigma, state = np.linspace(0.005, 0.04, 15), 0.0
    volatility = np.empty(len(days))
    for t in range(len(days)):
        state = 0.97 * state + 0.2 * rng.normal()
        volatility[t] = np.exp(state / 2)
    common, own = rng.normal(size=(len(days), 1)), rng.normal(size=(len(days), 15))
    returns = volatility[:, None] * sigma * (np.sqrt(0.3) * common + np.sqrt(0.7) * own)
    returns[300] += shift
    return pd.DataFrame(returns, index=days, columns=[f"s{k}" for k in range(15)])


@pytest.mark.slow
def test_on_one_date_the_portfolio_placebo_sees_what_adjusted_bmp_does_not():
    """Of a 2 % shift on one date the placebo of the pool finds half or more, adjusted BMP less than a third.

    Without a shift both reject in at most a tenth of 100 worlds (a 5 % test does in more with probability 0.01).
    """
    rejected = {}
    for shift in (0.0, 0.02):
        found = []
        for seed in range(100):
            returns = nervous_world(seed, shift)
            events = pd.DataFrame({"time": [f"{returns.index[300]:%Y-%m-%d}"], "stance": ["raise"]})
            result = es.EventStudy(events, returns=returns, windows=["0:0"], tests=["adjusted_bmp_t"]).fit()
            averages, tests = (table.set_index(["series", "stance"]) for table in (result.average, result.tests))
            found.append((averages.loc[("*", "raise"), "placebo_p"], tests.loc[("*", "raise"), "p_value"]))
        rejected[shift] = (np.array(found) <= 0.05).mean(axis=0)
    assert (rejected[0.0] <= 0.1).all()
    placebo, bmp = rejected[0.02]
    assert placebo >= 0.5
    assert bmp <= 1 / 3
