"""How often the tests reject where there is nothing to find: what `size` says, and simulated markets without news."""

import math

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

slow = pytest.mark.slow
N_SESSIONS, EVENT, BURN = 620, 560, 300
LEVEL = 0.05


def independent(rng, n):
    """Fat-tailed returns of n markets, the same law every day."""
    return rng.standard_t(4, size=(N_SESSIONS, n)) * 0.01


def garch(rng, n, correlation=0.0):
    """Returns of n markets whose volatility comes in waves (GARCH 0.10, 0.87), and the variance known before each."""
    size = (BURN + N_SESSIONS, n)
    shock = math.sqrt(correlation) * rng.normal(size=(size[0], 1)) + math.sqrt(1 - correlation) * rng.normal(size=size)
    returns, variances = np.empty(size), np.empty(size)
    variance = np.full(n, 1e-4)
    for t in range(size[0]):
        variances[t] = variance
        returns[t] = np.sqrt(variance) * shock[t]
        variance = 3e-6 + 0.10 * returns[t] ** 2 + 0.87 * variance
    return returns[BURN:], variances[BURN:]


def study(values, windows=("0:0", "0:5"), **choices):
    """Run a study of one event without effect."""
    days = pd.bdate_range("2018-01-01", periods=N_SESSIONS)
    returns = pd.DataFrame(values, index=days, columns=[f"s{j}" for j in range(values.shape[1])])
    events = pd.DataFrame({"time": [str(days[EVENT].date())], "stance": ["raise"]})
    return es.EventStudy(events, returns=returns, windows=list(windows), tests=[], **choices).fit().car


def markets(seed, n_series=4, n=700, correlation=0.5):
    """Correlated returns in waves of volatility with rare regimes of three times the deviation."""
    rng = np.random.default_rng(seed)
    shock = math.sqrt(correlation) * rng.normal(size=(n, 1))
    shock = shock + math.sqrt(1 - correlation) * rng.normal(size=(n, n_series))
    regime = np.cumsum(rng.random(n) < 1 / 60) % 2
    deviation = 0.01 * np.where(regime == 1, 3.0, 1.0) * np.exp(0.3 * np.sin(np.arange(n) / 25))
    days = pd.bdate_range("2016-01-01", periods=n)
    return pd.DataFrame(shock * deviation[:, None], index=days, columns=[f"s{k}" for k in range(n_series)])


def several(returns, at, stances, **choices):
    """A study of one window of events on rows of the returns."""
    events = pd.DataFrame({"time": [str(returns.index[t].date()) for t in at], "stance": stances})
    return es.EventStudy(events, returns=returns, **{"windows": ["0:0"], "tests": []} | choices)


class TestTheTable:
    @pytest.fixture(scope="class")
    @staticmethod
    def found():
        """Sizes of a study of four raises and folds in three series, and the progress it reported."""
        done = []
        study = several(markets(11, 3), [300, 400, 500, 501], ["raise", "fold"] * 2, tests=["bmp_t"])
        return study.size(12, done.append).size, done, study

    def test_it_has_a_row_for_every_test_scope_and_level(self, found):
        """Placebo of single events and of means, the contrast, and each test, at three levels, with a band round it."""
        table, done, _ = found
        assert list(table.columns) == [
            *("window", "test", "scope", "level", "rate", "low", "high", "holds", "n_studies"),
        ]  # fmt: skip
        tests = table.groupby("test")["scope"].agg(set).to_dict()
        assert len(tests) == 4
        assert tests["bmp_t"] == {"each series", "pool"}
        assert [scopes for name, scopes in tests.items() if name != "bmp_t"].count(
            {"each series", "family", "pool"}
        ) == 2  # fmt: skip
        assert set(table["level"]) == {0.01, 0.05, 0.1}
        assert table["rate"].between(table["low"] - 1e-12, table["high"] + 1e-12).all()
        assert done == [1] * 12
        assert (table["n_studies"] == 12).all()

    def test_the_band_of_one_p_a_study_is_wilson_s(self, found):
        """Where every study has one p the band is Wilson's interval of the share of studies, by statsmodels."""
        from statsmodels.stats.proportion import proportion_confint  # only this test needs it

        table, _, _ = found
        rows = table[(table["test"] == "raise-fold") & (table["scope"] == "pool")]
        assert len(rows) == 3
        for row in rows.to_dict("records"):
            wilson = proportion_confint(round(row["rate"] * 12), 12, method="wilson")
            assert (row["low"], row["high"]) == pytest.approx(wilson)

    def test_it_is_seeded(self, found):
        """The same seed gives the same table, another seed another."""
        table, _, study = found
        pd.testing.assert_frame_equal(study.size(12).size, table)

    @pytest.mark.slow
    def test_few_studies_show_nothing(self, found):
        """With fewer than a hundred studies no rate is called right; with more where the band is close to the level."""
        table, _, study = found
        assert not table["holds"].any()
        few, many = study.size(99).size, study.size(300).size
        close = {"few": few, "many": many}
        close = {name: (of["low"] >= of["level"] / 2) & (of["high"] <= 1.5 * of["level"]) for name, of in close.items()}
        assert close["few"].any()
        assert not few["holds"].any()
        assert many["holds"].any()
        assert (many["holds"] == close["many"]).all()

    @pytest.mark.parametrize("n_studies", [0, -1, 1_000_001, 10**15, 2.5, "12"])
    def test_a_number_of_studies_that_cannot_be(self, n_studies):
        """None, a part of one, or more than anybody waits for are refused before anything is simulated."""
        with pytest.raises(es.DesignError, match=r"the number of studies must be 1 to 1,000,000, not"):
            several(markets(11, 3), range(300, 640, 17), ["raise", "fold"] * 10).size(n_studies)

    @pytest.mark.parametrize(
        ("n_studies", "holds"), [pytest.param(50, False, marks=pytest.mark.slow), (99, False), (100, True)]
    )
    def test_studies_without_any_variance_hold_from_a_hundred_on(self, n_studies, holds, monkeypatch):
        """Studies that draw the same days do not differ: their narrow band shows nothing unless a hundred made it."""
        same = lambda n_line, n_days, _: (40 + np.arange(n_days)) % n_line  # noqa: E731  # instead of blocks at random
        monkeypatch.setattr("eventstudy.study.size._blocks", same)
        table = several(markets(11, 3), range(300, 640, 17), ["raise", "fold"] * 10).size(n_studies).size
        close = (table["low"] >= table["level"] / 2) & (table["high"] <= 1.5 * table["level"])
        assert close.any()
        assert (table["holds"] == (close & holds)).all()

    def test_it_needs_days_without_news(self):
        """Without a hundred days without news in common the error says how many there are."""
        with pytest.raises(es.NothingUsableError, match="days without news in common, and 100 are needed"):
            several(markets(13, n=165), [140, 160], ["raise", "fold"]).size(5)


def rejects(p_values, level=LEVEL):
    """Share of p-values at or below the level."""
    return float(np.mean(np.asarray(p_values) <= level))


def error(n):
    """Four standard errors of a share of n draws at the level."""
    return 4 * math.sqrt(LEVEL * (1 - LEVEL) / n)


@slow
@pytest.mark.parametrize("law", ["independent", "garch"])
def test_the_single_placebo_rejects_as_often_as_it_says(law):
    """On 2,000 markets without news the placebo p is at most 5 % in 5 % of them, in quiet laws and in waves."""
    rng = np.random.default_rng(20220127)
    car = pd.concat(study(independent(rng, 500) if law == "independent" else garch(rng, 500)[0]) for _ in range(4))
    assert (car["p_source"] == "sessions").all()
    for _, rows in car.groupby("window"):
        assert len(rows) == 2000
        assert abs(rejects(rows["p_value"]) - LEVEL) < error(2000) + 1 / rows["days"].min()


@slow
def test_in_a_nervous_market_the_placebo_keeps_its_size_and_the_t_does_not():
    """Where volatility had doubled before the event the ordinary t rejects three times too often, the placebo not."""
    rng = np.random.default_rng(20220224)
    nervous = []
    while sum(values.shape[1] for values in nervous) < 1000:
        returns, variances = garch(rng, 2000)
        nervous.append(returns[:, variances[EVENT] > 2 * variances[EVENT - 130 : EVENT - 10].mean(axis=0)])
    rows = study(np.concatenate(nervous, axis=1), windows=["0:0"])
    assert rejects(rows["t_p_value"]) > 0.15
    assert rejects(rows["p_value"]) < 0.09


@slow
def test_the_family_p_holds_over_correlated_markets():
    """Ten markets that move together: in 5 % of 200 studies some family p is at most 5 %, some single p far oftener."""
    rng = np.random.default_rng(19)
    family, single = [], []
    for _ in range(200):
        car = study(garch(rng, 10, correlation=0.5)[0], windows=["0:0"])
        family.append(car["family_p"].min())
        single.append(car["p_value"].min())
    assert abs(rejects(family) - LEVEL) < error(200)
    assert rejects(single) > 0.15


@slow
def test_a_real_effect_is_found():
    """A move of five daily standard deviations on the event session is found in nine markets of ten."""
    rng = np.random.default_rng(5)
    values = rng.normal(size=(N_SESSIONS, 200)) * 0.01
    values[EVENT] += 0.05
    assert rejects(study(values, windows=["0:0"])["p_value"]) > 0.9


@slow
def test_the_residual_fallback_rejects_as_often_as_it_says():
    """On short samples, where the estimation residuals serve, the placebo p still rejects about 5 % of the time."""
    rng = np.random.default_rng(77)
    n, event = 215, 200
    days = pd.bdate_range("2018-01-01", periods=n)
    returns = pd.DataFrame(rng.standard_t(5, size=(n, 800)) * 0.01, index=days).rename(columns=str)
    events = pd.DataFrame({"time": [str(days[event].date())], "stance": ["raise"]})
    car = es.EventStudy(events, returns=returns, windows=["0:0"], tests=[]).fit().car
    assert (car["p_source"] == "residuals").all()
    assert abs(rejects(car["p_value"]) - LEVEL) < error(800) + 1 / 121


@slow
def test_means_keep_their_size_where_the_classics_do_not():
    """In 400 worlds without news mean, pool and family reject in 5 ± 3 of 100, the classics in more than 15."""
    tests = ["cross_section_t", "patell_z", "bmp_t"]
    rejected = {}
    for world in range(400):
        returns = markets(1000 + world, n_series=8, n=900)
        at = np.sort(np.random.default_rng(world).choice(np.arange(250, 880, 12), size=6, replace=False))
        found = several(returns, at, ["raise"] * 6, tests=tests, seed=world).fit()
        average = found.average[found.average["stance"] == "raise"].set_index("series")
        alone = average.drop(index="*")
        of_tests = found.tests.set_index(["series", "stance", "test"])["p_value"]
        rates = {"mean": rejects(alone["p_value"]), "pool": rejects(average.loc["*", "p_value"])}
        rates |= {"family": rejects(alone["family_p"].min())}
        rates |= {test: rejects(of_tests["*", "raise", test]) for test in tests}
        for name, rate in rates.items():
            rejected.setdefault(name, []).append(rate)
    for name in ("mean", "pool", "family"):
        assert np.mean(rejected[name]) == pytest.approx(0.05, abs=0.03), name
    for test in tests:
        assert np.mean(rejected[test]) > 0.15, test


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


@slow
def test_on_one_date_the_placebo_of_the_pool_sees_what_adjusted_bmp_does_not():
    """Of a 2 % shift on one date the placebo of the pool finds half or more, adjusted BMP less than a third.

    Without a shift both reject in at most a tenth of 100 worlds (a 5 % test does in more with probability 0.01).
    """
    rejected = {}
    for shift in (0.0, 0.02):
        found = []
        for seed in range(100):
            result = several(nervous_world(seed, shift), [300], ["raise"], tests=["adjusted_bmp_t"]).fit()
            averages, tests = (table.set_index(["series", "stance"]) for table in (result.average, result.tests))
            found.append((averages.loc[("*", "raise"), "p_value"], tests.loc[("*", "raise"), "p_value"]))
        rejected[shift] = (np.array(found) <= LEVEL).mean(axis=0)
    assert (rejected[0.0] <= 0.1).all()
    placebo, bmp = rejected[0.02]
    assert placebo >= 0.5
    assert bmp <= 1 / 3
