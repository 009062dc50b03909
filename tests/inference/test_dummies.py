import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from eventstudy.inference import (
    CommonDates,
    common_dates,
    dummy_regression,
    estimate,
    event_dummies,
    joint_test,
    session_effects,
)
from eventstudy.window import Window

T = 300
NONE = np.empty((T, 0))

#: Sessions, dates, span and event sessions of several series on common dates.
D, SPAN = 200, Window(0, 1)
DAYS = np.datetime64("2021-01-01") + np.arange(D)
POSITIONS = [20, 50, 51, 90, 130, 160, 185]


def pooled(y, positions, labels, span, covariance="HAC"):
    """Return dummies and regression of labelled events over all sessions."""
    made = event_dummies(T, positions, labels, span)
    return made, dummy_regression(y, NONE, made, np.arange(T), covariance)


def test_session_effects_equal_a_regression_with_a_dummy_each():
    """Leaving the sessions out and forecasting them is the regression with one dummy for each, to 1e-10."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(T, 2)), rng.normal(size=T)
    touched = np.array([50, 51, 52, 200])
    quiet = np.setdiff1d(np.arange(T), touched)
    found = session_effects(y, x, quiet, touched)
    dummies = np.eye(T)[:, touched]
    theirs = sm.OLS(y, np.column_stack([np.ones(T), x, dummies])).fit()
    car = np.r_[np.zeros(3), 1, 1, 1, 0]
    test = theirs.t_test(car)
    total = found.total(touched[:3])
    assert found.value == pytest.approx(theirs.params[3:], rel=1e-10)
    assert (total.value, total.se, total.p_value) == pytest.approx(
        (test.effect.item(), test.sd.item(), test.pvalue.item()), rel=1e-9
    )
    joint, restrictions = found.joint(touched[:3]), np.eye(7)[3:6]
    assert (joint.statistic, joint.p_value) == pytest.approx(
        (theirs.f_test(restrictions).fvalue, theirs.f_test(restrictions).pvalue), rel=1e-8
    )


def test_overlapping_events_are_told_apart():
    """Where raises and folds overlap, the regression finds both true paths; the plain mean of ARs mixes them."""
    span = Window(0, 2)
    raise_path, fold_path = np.array([-0.05, -0.03, -0.02]), np.array([0.04, 0.02, 0.01])
    positions = [40, 41, 90, 92, 140, 141, 200, 240, 260, 262]
    labels = ["raise", "fold"] * 5
    y = np.random.default_rng(2).normal(size=T) * 1e-4
    for position, label in zip(positions, labels, strict=True):
        y[position : position + 3] += raise_path if label == "raise" else fold_path
    made, fit = pooled(y, positions, labels, span)
    for label, path in (("raise", raise_path), ("fold", fold_path)):
        rows = made.restrictions(label, span, 1)
        assert rows @ fit.results.params == pytest.approx(path, abs=5e-4)
        assert estimate(fit, rows.sum(axis=0)).value == pytest.approx(path.sum(), abs=5e-4)
    plain = np.mean([y[p : p + 3].sum() for p, label in zip(positions, labels, strict=True) if label == "raise"])
    assert abs(plain - raise_path.sum()) > 0.03


def test_pooled_dummies_of_separate_events_are_means():
    """Without overlap the pooled coefficient is the mean AR, and its t close to the t of the ARs with m - 1."""
    positions, y = [30, 80, 130, 180, 230, 280], np.random.default_rng(4).normal(size=T)
    made, fit = pooled(y, positions, ["raise"] * 6, Window(0, 0), "HAC")
    found = estimate(fit, made.restrictions("raise", Window(0, 0), 1)[0])
    others = np.delete(y, positions).mean()
    ar = y[positions] - others
    t = stats.ttest_1samp(ar, 0.0)
    assert found.value == pytest.approx(ar.mean())
    assert found.statistic == pytest.approx(t.statistic, rel=0.05)
    assert found.df == pytest.approx(5, rel=0.05)


def test_all_sessions_outside_the_sample_are_left_out():
    """An event whose window leaves the sample keeps the sessions that it has."""
    made = event_dummies(5, [0, 4], ["raise", "raise"], Window(-1, 1))
    assert made.columns.tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 0], [1, 0, 0], [0, 1, 0]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("m", "n", "volatility"), [(2, 1, 3), (3, 1, 1), (3, 3, 3), (5, 3, 3), (8, 1, 3), (8, 3, 1), (20, 3, 3)]
)
def test_size_of_the_pooled_test(m, n, volatility):
    """On m dates without an effect, however volatile, at most 5 % are rejected within the Monte-Carlo band; the plain
    robust t against 1.96 rejects far more while the dates are few.
    """
    rng, span, rejected, plain = np.random.default_rng(11), Window(0, n - 1), [], []
    for _ in range(600):
        y = rng.normal(size=T)
        positions = np.sort(rng.choice(np.arange(10, T - 10), m, replace=False))
        touched = np.unique(positions[:, None] + np.arange(n))
        y[touched] *= volatility
        made, fit = pooled(y, positions, ["raise"] * m, span)
        weights = made.restrictions("raise", span, 1).sum(axis=0)
        found = estimate(fit, weights)
        rejected.append(found.p_value <= 0.05)
        plain.append(abs(found.value) > 1.96 * np.sqrt(weights @ fit.robust @ weights))
    assert np.mean(rejected) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)
    if m <= 5:
        assert np.mean(plain) > 0.10


@pytest.mark.slow
def test_size_of_one_date():
    """One date has the ordinary variance: right where the date is as volatile as others, and then only. The robust
    t that it replaces rejects nearly always.
    """
    rng, rates = np.random.default_rng(12), {}
    for volatility in (1, 3):
        rejected, robust = [], []
        for _ in range(500):
            y = rng.normal(size=T)
            y[150] *= volatility
            made, fit = pooled(y, [150], ["raise"], Window(0, 0))
            found = estimate(fit, made.restrictions("raise", Window(0, 0), 1)[0])
            rejected.append(found.p_value <= 0.05)
            robust.append(abs(found.value) > 1.96 * np.sqrt(fit.robust[1, 1]))
        rates[volatility] = (np.mean(rejected), np.mean(robust))
    assert abs(rates[1][0] - 0.05) <= 0.03
    assert rates[1][1] > 0.8
    assert rates[3][0] > 0.4


@pytest.mark.slow
def test_size_of_the_joint_test():
    """The test that a whole path is zero rejects at most its level on few dates, where Wald's chi-squared does not."""
    rng, span, rejected, chi = np.random.default_rng(13), Window(0, 2), [], []
    for _ in range(400):
        y = rng.normal(size=T)
        positions = np.sort(rng.choice(np.arange(10, T - 10, 4), 8, replace=False))
        made, fit = pooled(y, positions, ["raise"] * 8, span)
        rows = made.restrictions("raise", span, 1)
        rejected.append(joint_test(fit, rows).p_value <= 0.05)
        values, covariance = rows @ fit.results.params, rows @ fit.robust @ rows.T
        chi.append(stats.chi2.sf(values @ np.linalg.solve(covariance, values), 3) <= 0.05)
    assert np.mean(rejected) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
    assert np.mean(chi) > 0.15


# -- several series on common dates ------------------------------------------------------------------------------------


@pytest.fixture
def fits():
    """Three series that move together on common dates, under the same events."""
    rng = np.random.default_rng(21)
    common = rng.normal(size=D)
    made = event_dummies(D, POSITIONS, ["raise"] * len(POSITIONS), SPAN)
    returns = [common + 0.5 * rng.normal(size=D) for _ in range(3)]
    none = np.empty((D, 0))
    return returns, made, [dummy_regression(y, none, made, np.arange(D), "HAC") for y in returns]


def test_equals_the_stacked_regression_clustered_by_date(fits):
    """Before the correction the covariance across series is statsmodels' Driscoll-Kraay of the stacked regression."""
    returns, made, each = fits
    weights = made.restrictions("raise", SPAN, 1).sum(axis=0)
    found = common_dates(each, [weights] * 3, [DAYS] * 3, 1)
    assert isinstance(found, CommonDates)
    maxlags = int(found.label.split("(")[1].split(")")[0])
    design = np.column_stack([np.ones(D), made.columns])
    stacked = np.kron(np.eye(3), design)
    # statsmodels sums the scores of rows with one time; rows are ordered by time within series.
    kwds = {"time": np.tile(np.arange(D), 3), "maxlags": maxlags, "use_correction": False}
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
    one = event_dummies(D, [20], ["raise"], SPAN)
    lonely = dummy_regression(returns[0], np.empty((D, 0)), one, np.arange(D), "HAC")
    weights = one.restrictions("raise", SPAN, 1).sum(axis=0)
    found = common_dates([each[0], lonely], [weights] * 2, [DAYS] * 2, 1)
    assert not isinstance(found, CommonDates)
    assert "too few dates" in found.note
