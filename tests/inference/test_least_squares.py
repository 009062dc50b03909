import math

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstudy import UnknownNameError
from eventstudy.inference import least_squares


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
    import statsmodels.api as sm

    y, x = data
    fit, weights = least_squares.regress(y, x, "HAC", least_lags=7), np.array([0.0, 1.0, 1.0])
    found = least_squares.estimate(fit, weights)
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
    import statsmodels.api as sm

    y, x = data
    found = least_squares.estimate(least_squares.regress(y, x, "HC3"), np.array([0.0, 0.0, 1.0]))
    assert (found.value, found.se) == pytest.approx(
        (sm.OLS(y, x).fit().params[2], sm.OLS(y, x).fit(cov_type="HC3").bse[2]), rel=1e-10
    )
    assert found.correction == 1.0


def test_ordinary_is_statsmodels(data):
    """The ordinary variance, its t and its p are statsmodels'."""
    import statsmodels.api as sm

    y, x = data
    found, theirs = (
        least_squares.estimate(least_squares.regress(y, x, "OLS"), np.array([0.0, 1.0, 0.0])),
        sm.OLS(y, x).fit(),
    )
    assert (found.se, found.statistic, found.df, found.p_value) == pytest.approx(
        (theirs.bse[1], theirs.tvalues[1], theirs.df_resid, theirs.pvalues[1]), rel=1e-9
    )


def test_clusters_are_statsmodels_times_the_correction(data):
    """The clustered variance is statsmodels' without its factor, times ours; df never exceed clusters less one."""
    import statsmodels.api as sm

    y, x = data
    groups = np.repeat(np.arange(10), 15)
    fit = least_squares.Regression(least_squares.ordinary_fit(y, x), x, "cluster", groups=groups)
    found = least_squares.estimate(fit, np.array([0.0, 1.0, 0.0]))
    kwds = {"groups": groups, "use_correction": False}
    theirs = sm.OLS(y, x).fit(cov_type="cluster", cov_kwds=kwds).bse[1]
    assert found.se == pytest.approx(math.sqrt(found.correction) * theirs, rel=1e-9)
    assert 0 < found.df <= 9


@pytest.mark.parametrize("covariance", ["HAC", "HC3"])
def test_a_single_session_has_the_ordinary_variance_and_says_so(covariance):
    """A dummy of one session never gets a robust variance: it would be next to zero whatever the return was."""
    import statsmodels.api as sm

    rng = np.random.default_rng(5)
    x = np.column_stack([np.ones(250), np.arange(250) == 100])
    y = rng.normal(size=250)
    fit = least_squares.regress(y, x, covariance)
    found, theirs = least_squares.estimate(fit, np.array([0.0, 1.0])), sm.OLS(y, x).fit()
    assert (found.covariance, found.note) == ("OLS", least_squares.FEW)
    assert (found.se, found.p_value) == pytest.approx((theirs.bse[1], theirs.pvalues[1]))
    if covariance == "HAC":
        assert math.sqrt(fit.robust[1, 1]) < 0.2 * theirs.bse[1]


def test_what_cannot_be_told_apart_has_no_number():
    """Two equal columns: their sum has an estimate, each of them none, with the reason."""
    rng = np.random.default_rng(6)
    dummy = np.isin(np.arange(120), [10, 40, 80]).astype(float)
    fit = least_squares.regress(rng.normal(size=120), np.column_stack([np.ones(120), dummy, dummy]), "HAC")
    each, both = (
        least_squares.estimate(fit, np.array([0.0, 1.0, 0.0])),
        least_squares.estimate(fit, np.array([0.0, 1.0, 1.0])),
    )
    assert math.isnan(each.value)
    assert math.isnan(each.p_value)
    assert each.note == least_squares.NOT_IDENTIFIED
    assert both.p_value > 0


@pytest.mark.parametrize("covariance", ["HAC", "HC3", "OLS"])
def test_units_do_not_matter(data, covariance):
    """A regressor in a unit a billion times larger has the same t, degrees of freedom and p."""
    y, x = data
    weights = np.array([0.0, 1.0, 0.0])
    one, other = (
        least_squares.estimate(least_squares.regress(y, x * [1.0, unit, 1.0], covariance), weights)
        for unit in (1.0, 1e9)
    )
    assert (other.statistic, other.df, other.p_value) == pytest.approx((one.statistic, one.df, one.p_value), rel=1e-6)


def test_lags():
    """The rule of thumb grows slowly with the sample and gives way to a longer window."""
    assert [least_squares.automatic_lags(n) for n in (100, 250, 1000)] == [4, 4, 6]
    assert least_squares.automatic_lags(250, least=20) == 20


def test_unknown_covariance():
    """An unknown covariance is refused with the nearest known one."""
    with pytest.raises(UnknownNameError, match="did you mean 'HC3'"):
        least_squares.regress(np.zeros(9), np.ones((9, 1)), "HC2")


# -- how far a robust variance can be believed -------------------------------------------------------------------------


def written_out(x, psi, weights, omega):
    """Share and degrees of freedom with every matrix written out."""
    hat = x @ np.linalg.pinv(x)
    m = np.eye(len(x)) - hat
    a, b = np.diag(psi) @ weights @ np.diag(psi), m @ omega @ m
    return np.trace(a @ b) / (psi @ omega @ psi), np.trace(a @ b) ** 2 / np.trace(a @ b @ a @ b)


@settings(max_examples=settings.default.max_examples // 2, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 6), st.integers(0, 4))
def test_equals_the_matrices_written_out(seed, lags, overlap):
    """The sparse shortcut equals the traces of the full n x n matrices, for any weights and any working covariance."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(40), rng.normal(size=(40, 3))])
    psi = x @ np.linalg.inv(x.T @ x)[:, 1]
    weights, omega = least_squares.bartlett(40, lags), least_squares.bartlett(40, overlap)
    found = least_squares.reliability(np.linalg.qr(x)[0], psi, weights, omega)
    assert found == pytest.approx(written_out(x, psi, weights.toarray(), omega.toarray()), rel=1e-9)


@pytest.mark.parametrize("m", [2, 3, 8, 30])
def test_m_sessions_give_m_minus_one(m):
    """A dummy on m equal sessions lets (m-1)/m of the variance through and has m - 1 degrees of freedom."""
    found = least_squares.reliability(
        np.ones((m, 1)) / np.sqrt(m), np.full(m, 1 / m), scipy.sparse.identity(m, format="csr")
    )
    assert found == pytest.approx(((m - 1) / m, m - 1))


def test_one_session_is_degenerate():
    """The dummy of a single session among 200 lets next to nothing through: there is no robust variance."""
    x = np.column_stack([np.ones(200), np.arange(200) == 77])
    psi = x @ np.linalg.inv(x.T @ x)[:, 1]
    assert least_squares.reliability(np.linalg.qr(x)[0], psi, scipy.sparse.identity(200, format="csr"))[0] < 0.01


def test_bartlett_weights_fall_to_nothing():
    """Weights fall by equal steps to zero one lag after the last, and never run past few rows."""
    assert least_squares.bartlett(4, 1).toarray().tolist() == [
        [1.0, 0.5, 0.0, 0.0],
        [0.5, 1.0, 0.5, 0.0],
        [0.0, 0.5, 1.0, 0.5],
        [0.0, 0.0, 0.5, 1.0],
    ]
    assert least_squares.bartlett(2, 9).toarray().tolist() == [[1.0, 0.9], [0.9, 1.0]]


def test_groups_are_blocks():
    """Rows of one group have the correlation, others none."""
    assert least_squares.within_groups(np.array([0, 1, 0]), 0.3).toarray() == pytest.approx(
        np.array([[1.0, 0.0, 0.3], [0.0, 1.0, 0.0], [0.3, 0.0, 1.0]])
    )


# -- joint tests -------------------------------------------------------------------------------------------------------


@pytest.fixture
def draws():
    """A regression of 80 rows on three regressors."""
    rng = np.random.default_rng(8)
    x = np.column_stack([np.ones(80), rng.normal(size=(80, 3))])
    return rng.normal(size=80) + 0.2 * x[:, 1], x


def test_ordinary_joint_test_is_statsmodels(draws):
    """Under one variance the joint test is statsmodels' F test."""
    import statsmodels.api as sm

    y, x = draws
    restrictions = np.array([[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]])
    found, theirs = (
        least_squares.joint_test(least_squares.regress(y, x, "OLS"), restrictions),
        sm.OLS(y, x).fit().f_test(restrictions),
    )
    assert (found.statistic, found.restrictions, found.df, found.p_value) == pytest.approx(
        (theirs.fvalue, theirs.df_num, theirs.df_denom, theirs.pvalue)
    )


@pytest.mark.parametrize("covariance", ["HAC", "HC3", "OLS"])
def test_one_restriction_is_the_square_of_t(draws, covariance):
    """A joint test of one restriction is the square of its t, with the same p."""
    y, x = draws
    fit, weights = least_squares.regress(y, x, covariance), np.array([0.0, 1.0, 1.0, 0.0])
    one, joint = least_squares.estimate(fit, weights), least_squares.joint_test(fit, weights[None, :])
    assert (joint.statistic, joint.p_value) == pytest.approx((one.statistic**2, one.p_value))


def test_hotelling_is_the_mean_of_a_normal_sample():
    """For the mean of m draws of q normals the test is the textbook Hotelling T²."""
    sample = np.random.default_rng(9).normal(size=(12, 3)) + 0.4
    mean, covariance = sample.mean(axis=0), np.cov(sample.T) / 12
    found = least_squares.hotelling(mean, covariance, 11, "sample")
    t2 = mean @ np.linalg.inv(covariance) @ mean
    f = (12 - 3) / (3 * 11) * t2
    assert (found.statistic, found.p_value) == pytest.approx((f, scipy.stats.f.sf(f, 3, 9)))


def test_too_many_restrictions_are_no_test():
    """As many restrictions as dates leave nothing to estimate their covariance from: no number, and the reason."""
    found = least_squares.hotelling(np.ones(5), np.eye(5), 4, "HAC(5)")
    assert math.isnan(found.p_value)
    assert "too few dates" in found.note
    assert "singular" in least_squares.hotelling(np.ones(2), np.ones((2, 2)), 30, "HAC(5)").note


def test_the_lags_in_whole_numbers():
    """Of n observations the most lags k with ``k <= 4 (n/100)^(2/9)``, that is with ``k⁹ 100² <= 4⁹ n²``."""
    for n in range(1, 2001):
        most = max(k for k in range(20) if k**9 * 100**2 <= 4**9 * n**2)
        assert least_squares.automatic_lags(n) == most
