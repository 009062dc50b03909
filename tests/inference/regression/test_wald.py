import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from eventstudy.inference.regression.least_squares import estimate, regress
from eventstudy.inference.regression.wald import hotelling, joint_test


@pytest.fixture
def data():
    """A regression of 80 rows on three regressors."""
    rng = np.random.default_rng(8)
    x = np.column_stack([np.ones(80), rng.normal(size=(80, 3))])
    return rng.normal(size=80) + 0.2 * x[:, 1], x


def test_ordinary_joint_test_is_statsmodels(data):
    """Under one variance the joint test is statsmodels' F test."""
    y, x = data
    restrictions = np.array([[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]])
    found, theirs = joint_test(regress(y, x, "OLS"), restrictions), sm.OLS(y, x).fit().f_test(restrictions)
    assert (found.statistic, found.df, found.df_residual, found.p_value) == pytest.approx(
        (theirs.fvalue, theirs.df_num, theirs.df_denom, theirs.pvalue)
    )


@pytest.mark.parametrize("covariance", ["HAC", "HC3", "OLS"])
def test_one_restriction_is_the_square_of_t(data, covariance):
    """A joint test of one restriction is the square of its t, with the same p."""
    y, x = data
    fit, weights = regress(y, x, covariance), np.array([0.0, 1.0, 1.0, 0.0])
    one, joint = estimate(fit, weights), joint_test(fit, weights[None, :])
    assert (joint.statistic, joint.p_value) == pytest.approx((one.statistic**2, one.p_value))


def test_hotelling_is_the_mean_of_a_normal_sample():
    """For the mean of m draws of q normals the test is the textbook Hotelling T²."""
    draws = np.random.default_rng(9).normal(size=(12, 3)) + 0.4
    mean, covariance = draws.mean(axis=0), np.cov(draws.T) / 12
    found = hotelling(mean, covariance, 11, "sample")
    t2 = mean @ np.linalg.inv(covariance) @ mean
    f = (12 - 3) / (3 * 11) * t2
    assert (found.statistic, found.p_value) == pytest.approx((f, stats.f.sf(f, 3, 9)))


def test_too_many_restrictions_are_no_test():
    """As many restrictions as dates leave nothing to estimate their covariance from: no number, and the reason."""
    found = hotelling(np.ones(5), np.eye(5), 4, "HAC(5)")
    assert math.isnan(found.p_value)
    assert "too few dates" in found.note
    assert "singular" in hotelling(np.ones(2), np.ones((2, 2)), 30, "HAC(5)").note
