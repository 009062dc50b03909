"""The synthetic control against a general solver, and by its optimality conditions."""

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstudy import DesignError, SyntheticControl, Window
from eventstudy.models import abnormal_returns, cumulated

ESTIMATION, SPAN = Window(-130, -11), Window(-1, 3)
POSITIONS = np.array([140, 200, 230])


def sample(k=5, *, missing, seed=6, n=260):
    """A series that is mostly donors 0 and 2; donors that move together; holes."""
    rng = np.random.default_rng(seed)
    x = 0.007 * rng.normal(size=(n, 1)) + 0.007 * rng.normal(size=(n, k))
    y = 0.6 * x[:, 0] + 0.3 * x[:, 2] + rng.normal(size=n) * 0.004
    usable = rng.random(n) > 0.12 if missing else np.ones(n, dtype=bool)
    x[~usable, 1] = np.nan
    return y, x, usable


def by_slsqp(y, x):
    """Minimise the squared residuals under the constraints by a general solver, in units of one."""
    size = np.std(y)
    y, x, k = y / size, x / size, x.shape[1]
    gram, moment = x.T @ x, x.T @ y
    found = scipy.optimize.minimize(
        lambda w: w @ gram @ w / 2 - moment @ w,
        np.full(k, 1 / k),
        jac=lambda w: gram @ w - moment,
        bounds=[(0, 1)] * k,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    )
    return found.x


@pytest.mark.parametrize("missing", [False, True], ids=["clean", "holes"])
def test_weights_equal_a_general_solver(missing):
    """Weights, residuals, and the forecast errors of AR and CAR equal those worked out from SLSQP's weights."""
    y, x, usable = sample(missing=missing)
    model = SyntheticControl(*"abcde")
    fits = model.fit(y, x, usable, POSITIONS, ESTIMATION)
    abnormal = abnormal_returns(y, x, fits, POSITIONS, SPAN)
    every = fits.spread(POSITIONS, np.bincount(POSITIONS, fits.n_obs, len(y)).astype(int))
    car, car_se, _ = (values[POSITIONS] for values in cumulated(y[:, None], x, every, Window(0, 2)))
    for i, position in enumerate(POSITIONS):
        rows = np.arange(position - 130, position - 10)
        rows = rows[usable[rows]]
        weights = by_slsqp(y[rows], x[rows])
        np.testing.assert_allclose(fits.beta[i], weights, atol=2e-6)
        part = weights > 1e-4
        assert ((fits.beta[i] > 0) == part).all()
        residual = y[rows] - x[rows] @ fits.beta[i]
        df = len(rows) - part.sum() + 1
        assert (fits.n_obs[i], fits.df[i]) == (len(rows), df)
        s2 = float(residual @ residual) / df
        np.testing.assert_allclose(fits.sigma[i] ** 2, s2, rtol=1e-10)
        # Weights that sum to one: all but one are free, over the differences from that one.
        first, *others = np.flatnonzero(part)
        free = x[rows][:, others] - x[rows][:, [first]]
        covariance = s2 * np.linalg.inv(free.T @ free)
        around = x[position - 1 : position + 4]
        ahead = around[:, others] - around[:, [first]]
        known = np.isfinite(abnormal.ar[i])
        se = np.sqrt(s2 + np.einsum("tk,kl,tl->t", ahead, covariance, ahead))
        np.testing.assert_allclose(abnormal.se[i][known], se[known], rtol=1e-8)
        if np.isfinite(car[i, 0]):
            total = ahead[1:4].sum(axis=0)
            np.testing.assert_allclose(car_se[i, 0] ** 2, 3 * s2 + total @ covariance @ total, rtol=1e-8)


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), k=st.integers(2, 8), spread=st.sampled_from([0.0, 0.3, 5.0]))
def test_weights_meet_the_conditions_of_an_optimum(seed, k, spread):
    """Weights are not negative and sum to one, and no donor left out would lower the objective (Karush-Kuhn-Tucker)."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(300, 1)) * spread + rng.normal(size=(300, k))
    y = x @ rng.normal(size=k) + rng.normal(size=300)
    at, every = np.arange(30, 300, 7), np.ones(300, dtype=bool)
    fits = SyntheticControl(*"abcdefgh"[:k]).fit(y, x, every, at, Window(-30, -1))
    weights, windows = fits.beta, at[:, None] + np.arange(-30, 0)
    gram = np.einsum("clk,clm->ckm", x[windows], x[windows])
    moment = np.einsum("clk,cl->ck", x[windows], y[windows])
    assert fits.converged.all()
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=1e-12)
    gradient = np.einsum("ckm,cm->ck", gram, weights) - moment
    price = np.where(weights > 0, gradient, np.inf).min(axis=1, keepdims=True)
    size = np.abs(gram).max()
    np.testing.assert_allclose(np.where(weights > 0, gradient - price, 0.0), 0.0, atol=1e-9 * size)
    assert (gradient >= price - 1e-9 * size).all()


def test_donors_that_are_copies_share_no_trouble():
    """Two donors that are the same series leave a mixture as good as with one of them."""
    y, x, usable = sample(3, missing=False)
    one = SyntheticControl("a", "b", "c").fit(y, x, usable, POSITIONS, ESTIMATION)
    two = SyntheticControl("a", "b", "c", "d").fit(y, x[:, [0, 1, 2, 0]], usable, POSITIONS, ESTIMATION)
    np.testing.assert_allclose(two.sigma**2 * two.df, one.sigma**2 * one.df, rtol=1e-9)
    np.testing.assert_allclose(two.beta[:, 0] + two.beta[:, 3], one.beta[:, 0], atol=1e-9)


def test_true_weights_come_back():
    """Of a series made of a quarter and three quarters of two donors among four the weights are those, within noise."""
    rng = np.random.default_rng(9)
    x = rng.normal(size=(2300, 4)) * 0.01
    y = 0.25 * x[:, 1] + 0.75 * x[:, 3] + rng.normal(size=2300) * 0.003
    fits = SyntheticControl(*"abcd").fit(y, x, np.ones(2300, dtype=bool), np.array([2200]), Window(-2100, -11))
    np.testing.assert_allclose(fits.beta[0], [0, 0.25, 0, 0.75], atol=0.02)


def test_a_series_made_of_its_donors_has_no_estimate():
    """Where nothing is left unexplained there is no standard error, and the cell is unknown."""
    _, x, usable = sample(3, missing=False)
    fits = SyntheticControl(*"abc").fit(x[:, 0] * 0.5 + x[:, 1] * 0.5, x, usable, np.array([200]), ESTIMATION)
    assert np.isnan(fits.sigma[0])


def test_kinds_of_return_do_not_mix():
    """Weights over log returns and differences in points sum to one of nothing, and are refused."""
    with pytest.raises(DesignError, match="'ruble' is in log returns, the donor 'vix' in difference ones"):
        SyntheticControl("zloty", "vix").check_kinds("ruble", "log", ["log", "difference"])


def test_there_is_no_regression_behind_it():
    """Asking for its regression says why there is none."""
    with pytest.raises(DesignError, match="quadratic programme"):
        SyntheticControl("a", "b").twin(*(np.empty(0),) * 4)
