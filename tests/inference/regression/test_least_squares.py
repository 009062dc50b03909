import math

import numpy as np
import pytest
import statsmodels.api as sm

from eventstudy.errors import UnknownNameError
from eventstudy.inference.regression.least_squares import (
    FEW,
    NOT_IDENTIFIED,
    automatic_lags,
    estimate,
    regress,
)


@pytest.fixture
def data():
    """Errors that hang together and whose size follows a regressor, on 150 rows."""
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(150), rng.normal(size=(150, 2))])
    noise = rng.normal(size=151)
    return (x @ [0.1, 0.5, -0.2]) + (noise[1:] + 0.5 * noise[:-1]) * np.exp(0.3 * x[:, 1]), x


def newey_west(x, residual, lags):
    """The sandwich of Newey and West in plain loops."""
    scores = x * residual[:, None]
    middle = scores.T @ scores
    for lag in range(1, lags + 1):
        cross = scores[lag:].T @ scores[:-lag]
        middle += (1 - lag / (lags + 1)) * (cross + cross.T)
    bread = np.linalg.inv(x.T @ x)
    return bread @ middle @ bread


def test_hac_is_newey_west_times_the_correction(data):
    """The variance is the plain sandwich, and statsmodels' own, times the stated correction."""
    y, x = data
    fit, weights = regress(y, x, "HAC", least_lags=7), np.array([0.0, 1.0, 1.0])
    found = estimate(fit, weights)
    params = np.linalg.lstsq(x, y, rcond=None)[0]
    by_hand = weights @ newey_west(x, y - x @ params, 7) @ weights
    theirs = sm.OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": 7}).cov_params()
    assert found.value == pytest.approx(params[1] + params[2], rel=1e-10)
    assert found.se**2 == pytest.approx(found.correction * by_hand, rel=1e-9)
    assert found.se**2 == pytest.approx(found.correction * (weights @ theirs @ weights), rel=1e-9)
    assert found.covariance == "HAC(7)"
    assert 1 < found.correction < 1.3


def test_hc3_is_statsmodels(data):
    """HC3 is statsmodels' to the last digit, without a further correction."""
    y, x = data
    found = estimate(regress(y, x, "HC3"), np.array([0.0, 0.0, 1.0]))
    assert (found.value, found.se) == pytest.approx(
        (sm.OLS(y, x).fit().params[2], sm.OLS(y, x).fit(cov_type="HC3").bse[2]), rel=1e-10
    )
    assert found.correction == 1.0


def test_ordinary_is_statsmodels(data):
    """The ordinary variance, its t and its p are statsmodels'."""
    y, x = data
    found, theirs = estimate(regress(y, x, "OLS"), np.array([0.0, 1.0, 0.0])), sm.OLS(y, x).fit()
    assert (found.se, found.statistic, found.df, found.p_value) == pytest.approx(
        (theirs.bse[1], theirs.tvalues[1], theirs.df_resid, theirs.pvalues[1]), rel=1e-9
    )


def test_clusters_are_statsmodels_times_the_correction(data):
    """The clustered variance is statsmodels' without its factor, times ours; df never exceed clusters less one."""
    y, x = data
    groups = np.repeat(np.arange(10), 15)
    found = estimate(regress(y, x, "cluster", groups=groups), np.array([0.0, 1.0, 0.0]))
    kwds = {"groups": groups, "use_correction": False}
    theirs = sm.OLS(y, x).fit(cov_type="cluster", cov_kwds=kwds).bse[1]
    assert found.se == pytest.approx(math.sqrt(found.correction) * theirs, rel=1e-9)
    assert 0 < found.df <= 9


@pytest.mark.parametrize("covariance", ["HAC", "HC3"])
def test_a_single_session_has_the_ordinary_variance_and_says_so(covariance):
    """A dummy of one session never gets a robust variance: it would be next to zero whatever the return was."""
    rng = np.random.default_rng(5)
    x = np.column_stack([np.ones(250), np.arange(250) == 100])
    y = rng.normal(size=250)
    fit = regress(y, x, covariance)
    found, theirs = estimate(fit, np.array([0.0, 1.0])), sm.OLS(y, x).fit()
    assert (found.covariance, found.note) == ("OLS", FEW)
    assert (found.se, found.p_value) == pytest.approx((theirs.bse[1], theirs.pvalues[1]))
    if covariance == "HAC":
        assert math.sqrt(fit.robust[1, 1]) < 0.2 * theirs.bse[1]


def test_what_cannot_be_told_apart_has_no_number():
    """Two equal columns: their sum has an estimate, each of them none, with the reason."""
    rng = np.random.default_rng(6)
    dummy = np.isin(np.arange(120), [10, 40, 80]).astype(float)
    fit = regress(rng.normal(size=120), np.column_stack([np.ones(120), dummy, dummy]), "HAC")
    each, both = estimate(fit, np.array([0.0, 1.0, 0.0])), estimate(fit, np.array([0.0, 1.0, 1.0]))
    assert math.isnan(each.value)
    assert math.isnan(each.p_value)
    assert each.note == NOT_IDENTIFIED
    assert both.p_value > 0


@pytest.mark.parametrize("covariance", ["HAC", "HC3", "OLS"])
def test_units_do_not_matter(data, covariance):
    """A regressor in a unit a billion times larger has the same t, degrees of freedom and p."""
    y, x = data
    weights = np.array([0.0, 1.0, 0.0])
    one, other = (estimate(regress(y, x * [1.0, unit, 1.0], covariance), weights) for unit in (1.0, 1e9))
    assert (other.statistic, other.df, other.p_value) == pytest.approx((one.statistic, one.df, one.p_value), rel=1e-6)


def test_lags():
    """The rule of thumb grows slowly with the sample and gives way to a longer window."""
    assert [automatic_lags(n) for n in (100, 250, 1000)] == [4, 4, 6]
    assert automatic_lags(250, least=20) == 20


def test_unknown_covariance():
    """An unknown covariance is refused with the nearest known one."""
    with pytest.raises(UnknownNameError, match="did you mean 'HC3'"):
        regress(np.zeros(9), np.ones((9, 1)), "HC2")
