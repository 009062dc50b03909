import numpy as np
import pytest
import statsmodels.api as sm

from eventstudy.inference import cumulated, lagged, project

NONE = np.empty((400, 0))


def test_no_hole_is_spanned():
    """A change over a missing return is missing, at every horizon that reaches it."""
    returns = np.array([1.0, np.nan, 1.0, 1.0, 1.0])
    assert cumulated(returns, 0).tolist()[2:] == [1, 1, 1]
    assert np.isnan(cumulated(returns, 2)).tolist() == [True, True, False, True, True]
    assert np.isnan(lagged(returns, 2)[:, 1]).tolist() == [True, True, False, True, False]


def test_recovers_a_known_response():
    """A shock that moves the price by 2, then 3, then 1.5 in all is found at its horizons, from raises and folds."""
    rng = np.random.default_rng(31)
    returns, shock = rng.normal(size=400) * 0.01, np.zeros(400)
    at = np.arange(20, 380, 15)
    shock[at] = rng.choice([-1.0, 1.0], len(at))
    for lag, step in enumerate((2.0, 1.0, -1.5)):
        returns[at + lag] += step * shock[at]
    for horizon, truth in ((0, 2.0), (1, 3.0), (2, 1.5), (5, 1.5)):
        response = project(returns, shock, NONE, horizon, 2)
        found = response.estimate
        assert found.value == pytest.approx(truth, abs=0.03)
        assert found.p_value < 1e-4
        assert response.n_shocks == len(at)


def test_equals_statsmodels():
    """Coefficient and variance are those of statsmodels' OLS with HAC on the same rows, times the correction."""
    rng = np.random.default_rng(32)
    returns, shock, control = rng.normal(size=400), np.zeros(400), rng.normal(size=(400, 1))
    shock[rng.choice(400, 20, replace=False)] = 1.0
    returns[100] = np.nan
    response = project(returns, shock, control, 3, 1)
    rows = [t for t in range(1, 397) if not any(np.isnan(returns[t - 1 : t + 4]))]
    y = [returns[t : t + 4].sum() for t in rows]
    x = [[1, shock[t], control[t, 0], returns[t - 1], shock[t - 1], control[t - 1, 0]] for t in rows]
    theirs = sm.OLS(y, np.array(x)).fit(cov_type="HAC", cov_kwds={"maxlags": response.fit.maxlags})
    found = response.estimate
    assert found.value == pytest.approx(theirs.params[1], rel=1e-9)
    assert found.se == pytest.approx(np.sqrt(found.correction) * theirs.bse[1], rel=1e-8)
    assert (response.n_obs, response.n_missing) == (len(rows), 400 - len(rows))
    assert response.fit.maxlags >= 3


def test_lags_of_hac_reach_the_horizon():
    """HAC has at least as many lags as the horizon has sessions."""
    shock = (np.arange(400) % 20 == 5).astype(float)
    returns = np.random.default_rng(33).normal(size=400)
    assert project(returns, shock, NONE, 12, 1).fit.maxlags == 12


def test_without_events_there_is_no_response():
    """A series without a shock, or hardly longer than its coefficients, has no number but a reason."""
    returns = np.random.default_rng(34).normal(size=400)
    response = project(returns, np.zeros(400), NONE, 0, 1)
    assert response.fit is None
    assert response.estimate.note == "no event in the sample"
    shock = np.arange(12) == 6
    short = project(returns[:12], shock.astype(float), NONE[:12], 0, 2)
    assert "coefficients" in short.estimate.note


@pytest.mark.slow
@pytest.mark.parametrize(("m", "horizon"), [(5, 5), (10, 0), (10, 10), (25, 10)])
def test_size(m, horizon):
    """Without an effect at most 5 % are rejected within the Monte-Carlo band, overlapping horizons notwithstanding; the
    plain HAC t rejects more.
    """
    rng, rejected, plain = np.random.default_rng(35), [], []
    for _ in range(500):
        shock = np.zeros(400)
        at = rng.choice(np.arange(10, 385), m, replace=False)
        shock[at] = rng.choice([-1.0, 1.0], m)
        response = project(rng.normal(size=400), shock, NONE, horizon, 1)
        rejected.append(response.estimate.p_value <= 0.05)
        plain.append(abs(response.estimate.value) > 1.96 * np.sqrt(response.fit.robust[1, 1]))
    assert np.mean(rejected) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 500)
    assert np.mean(plain) > np.mean(rejected)
