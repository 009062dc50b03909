"""How often the tests reject where there is nothing to find: simulated markets without any news effect."""

import math

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

pytestmark = pytest.mark.slow

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


def rejects(p_values, level=LEVEL):
    """Share of p-values at or below the level."""
    return float(np.mean(np.asarray(p_values) <= level))


def error(n):
    """Four standard errors of a share of n draws at the level."""
    return 4 * math.sqrt(LEVEL * (1 - LEVEL) / n)


@pytest.mark.parametrize("law", ["independent", "garch"])
def test_the_single_placebo_rejects_as_often_as_it_says(law):
    """On 2,000 markets without news the placebo p is at most 5 % in 5 % of them, in quiet laws and in waves."""
    rng = np.random.default_rng(20220127)
    car = pd.concat(study(independent(rng, 500) if law == "independent" else garch(rng, 500)[0]) for _ in range(4))
    assert (car["placebo_source"] == "sessions").all()
    for _, rows in car.groupby("window"):
        assert len(rows) == 2000
        assert abs(rejects(rows["placebo_p"]) - LEVEL) < error(2000) + 1 / rows["placebo_n"].min()


def test_in_a_nervous_market_the_placebo_keeps_its_size_and_the_t_does_not():
    """Where volatility had doubled before the event the ordinary t rejects three times too often, the placebo not."""
    rng = np.random.default_rng(20220224)
    nervous = []
    while sum(values.shape[1] for values in nervous) < 1000:
        returns, variances = garch(rng, 2000)
        nervous.append(returns[:, variances[EVENT] > 2 * variances[EVENT - 130 : EVENT - 10].mean(axis=0)])
    rows = study(np.concatenate(nervous, axis=1), windows=["0:0"])
    assert rejects(rows["p_value"]) > 0.15
    assert rejects(rows["placebo_p"]) < 0.09


def test_the_family_p_holds_over_correlated_markets():
    """Ten markets that move together: in 5 % of 200 studies some family p is at most 5 %, some single p far oftener."""
    rng = np.random.default_rng(19)
    family, single = [], []
    for _ in range(200):
        car = study(garch(rng, 10, correlation=0.5)[0], windows=["0:0"])
        family.append(car["family_p"].min())
        single.append(car["placebo_p"].min())
    assert abs(rejects(family) - LEVEL) < error(200)
    assert rejects(single) > 0.15


def test_a_real_effect_is_found():
    """A move of five daily standard deviations on the event session is found in nine markets of ten."""
    rng = np.random.default_rng(5)
    values = rng.normal(size=(N_SESSIONS, 200)) * 0.01
    values[EVENT] += 0.05
    assert rejects(study(values, windows=["0:0"])["placebo_p"]) > 0.9


def test_the_residual_fallback_rejects_as_often_as_it_says():
    """On short samples, where the estimation residuals serve, the placebo p still rejects about 5 % of the time."""
    rng = np.random.default_rng(77)
    n, event = 215, 200
    days = pd.bdate_range("2018-01-01", periods=n)
    returns = pd.DataFrame(rng.standard_t(5, size=(n, 800)) * 0.01, index=days).rename(columns=str)
    events = pd.DataFrame({"time": [str(days[event].date())], "stance": ["raise"]})
    car = es.EventStudy(events, returns=returns, windows=["0:0"], tests=[]).fit().car
    assert (car["placebo_source"] == "residuals").all()
    assert abs(rejects(car["placebo_p"]) - LEVEL) < error(800) + 1 / 121
