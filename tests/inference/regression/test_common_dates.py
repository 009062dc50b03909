import numpy as np
import pytest
import statsmodels.api as sm

from eventstudy.inference.regression.common_dates import CommonDates, common_dates
from eventstudy.inference.regression.dummies import dummy_regression, event_dummies
from eventstudy.inference.regression.least_squares import estimate
from eventstudy.window import Window

T, SPAN = 200, Window(0, 1)
DAYS = np.datetime64("2021-01-01") + np.arange(T)
POSITIONS = [20, 50, 51, 90, 130, 160, 185]


@pytest.fixture
def fits():
    """Three series that move together on common dates, under the same events."""
    rng = np.random.default_rng(21)
    common = rng.normal(size=T)
    made = event_dummies(T, POSITIONS, ["raise"] * len(POSITIONS), SPAN)
    returns = [common + 0.5 * rng.normal(size=T) for _ in range(3)]
    none = np.empty((T, 0))
    return returns, made, [dummy_regression(y, none, made, np.arange(T), "HAC") for y in returns]


def test_equals_the_stacked_regression_clustered_by_date(fits):
    """Before the correction the covariance across series is statsmodels' Driscoll-Kraay of the stacked regression."""
    returns, made, each = fits
    weights = made.restrictions("raise", SPAN, 1).sum(axis=0)
    found = common_dates(each, [weights] * 3, [DAYS] * 3, 1)
    assert isinstance(found, CommonDates)
    maxlags = int(found.label.split("(")[1].split(")")[0])
    design = np.column_stack([np.ones(T), made.columns])
    stacked = np.kron(np.eye(3), design)
    # statsmodels sums the scores of rows with one time; rows are ordered by time within series.
    kwds = {"time": np.tile(np.arange(T), 3), "maxlags": maxlags, "use_correction": False}
    theirs = sm.OLS(np.concatenate(returns), stacked).fit(cov_type="hac-groupsum", cov_kwds=kwds).cov_params()
    pick = np.kron(np.eye(3), weights)
    scale = np.sqrt([estimate(fit, weights).correction for fit in each])
    assert found.covariance == pytest.approx(pick @ theirs @ pick.T * np.outer(scale, scale), rel=1e-9)
    assert found.mean().value == pytest.approx(np.mean([estimate(fit, weights).value for fit in each]))


def test_correlated_series_are_hardly_more_than_one(fits):
    """The mean over three series that move together is hardly better known than one of them."""
    _, made, each = fits
    weights = made.restrictions("raise", SPAN, 1).sum(axis=0)
    found = common_dates(each, [weights] * 3, [DAYS] * 3, 1)
    single = np.mean([estimate(fit, weights).se for fit in each])
    assert found.mean().se > 0.8 * single


def test_a_series_with_one_date_has_no_joint_test(fits):
    """Where a series has one date, there is no covariance across series, and the reason is given."""
    returns, _, each = fits
    one = event_dummies(T, [20], ["raise"], SPAN)
    lonely = dummy_regression(returns[0], np.empty((T, 0)), one, np.arange(T), "HAC")
    weights = one.restrictions("raise", SPAN, 1).sum(axis=0)
    found = common_dates([each[0], lonely], [weights] * 2, [DAYS] * 2, 1)
    assert not isinstance(found, CommonDates)
    assert "too few dates" in found.note
