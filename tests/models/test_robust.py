"""The robust model against statsmodels' RLM."""

import numpy as np
import pytest

from eventstudy import ConstantMean, FactorModel, Robust, Window
from eventstudy.models import abnormal_returns, cumulated

ESTIMATION, SPAN = Window(-130, -11), Window(-1, 3)
POSITIONS = np.array([135, 180, 200, 240])


def sample(k, *, missing, scale=1.0, seed=2, n=260):
    """Returns with heavy tails, a few wild days, holes."""
    rng = np.random.default_rng(seed)
    x = rng.standard_t(4, size=(n, k)) * 0.01
    y = 0.0005 + x @ np.linspace(1.1, 0.4, k) + rng.standard_t(2.5, size=n) * 0.01
    y[rng.choice(n, 5, replace=False)] += 0.15
    usable = rng.random(n) > 0.12 if missing else np.ones(n, dtype=bool)
    y[~usable] = np.nan
    return y * scale, x * scale, usable


@pytest.mark.one_in(5)
@pytest.mark.parametrize("missing", [False, True], ids=["clean", "holes"])
@pytest.mark.parametrize("k", [0, 1, 3])
@pytest.mark.parametrize("scale", [1.0, 1e-6, 100.0])
def test_estimates_equal_statsmodels_rlm(k, missing, scale):
    """Parameters, robust scale, and the parameters' part of the forecast variance are RLM's, carried to its end."""
    import statsmodels.api as sm

    y, x, usable = sample(k, missing=missing, scale=scale)
    model = Robust(*"abc"[:k])
    fits = model.fit(y, x, usable, POSITIONS, ESTIMATION)
    abnormal = abnormal_returns(y, x, fits, POSITIONS, SPAN)
    every = fits.spread(POSITIONS, np.bincount(POSITIONS, fits.n_obs, len(y)).astype(int))
    car, car_se, _ = (values[POSITIONS] for values in cumulated(y[:, None], x, every, Window(0, 3)))
    y, x = y / scale, x / scale  # RLM's own tolerance is not in units of the data, so it is given unit-free ones
    for i, position in enumerate(POSITIONS):
        rows = np.arange(position - 130, position - 10)
        rows = rows[usable[rows]]
        exog = np.column_stack([np.ones(len(rows)), x[rows]])
        rlm = sm.RLM(y[rows], exog, M=sm.robust.norms.HuberT()).fit(tol=1e-13, maxiter=1000, conv="coefs")
        np.testing.assert_allclose(np.append(fits.alpha[i] / scale, fits.beta[i]), rlm.params, rtol=1e-8, atol=1e-11)
        np.testing.assert_allclose(model.estimates(fits)["scale"][i] / scale, rlm.scale, rtol=1e-8)
        assert (fits.n_obs[i], fits.df[i]) == (len(rows), len(rows) - k - 1)
        s2 = float(rlm.resid @ rlm.resid) / rlm.df_resid
        np.testing.assert_allclose((fits.sigma[i] / scale) ** 2, s2, rtol=1e-8)
        around = np.column_stack([np.ones(5), x[position - 1 : position + 4]])
        variance = s2 + np.einsum("tk,kl,tl->t", around, rlm.cov_params(), around)
        ar = y[position - 1 : position + 4] - around @ rlm.params
        known = np.isfinite(ar)
        np.testing.assert_allclose(abnormal.se[i][known] / scale, np.sqrt(variance)[known], rtol=1e-8)
        np.testing.assert_allclose(abnormal.ar[i] / scale, ar, rtol=0, atol=1e-10)
        if np.isfinite(car[i, 0]):
            total = around[1:].sum(axis=0)
            expected = 4 * s2 + total @ rlm.cov_params() @ total
            np.testing.assert_allclose((car_se[i, 0] / scale) ** 2, expected, rtol=1e-8)


@pytest.mark.parametrize("regressors", [(), ("a",), ("a", "b")])
def test_the_twin_is_rlm(regressors):
    """What statsmodels is asked for has the estimates' parameters, by name."""
    y, x, usable = sample(len(regressors), missing=True)
    model = Robust(*regressors)
    fits = model.fit(y, x, usable, np.array([200]), ESTIMATION)
    rows = np.arange(70, 190)
    twin = model.twin(y[rows], x[rows], usable[rows], np.datetime64("2020-01-01") + rows)
    assert list(twin.params.index) == list(model.parameters)
    np.testing.assert_allclose(twin.params, np.append(fits.alpha, fits.beta[0]), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(twin.scale, model.estimates(fits)["scale"], rtol=1e-9)


def test_wild_days_do_not_pull_the_line():
    """Five days of +100 % at one end of the market's range move least squares' slope ten times as far as Huber's."""
    rng = np.random.default_rng(4)
    x = np.sort(rng.normal(size=(260, 1)), axis=0) * 0.01
    y = 0.8 * x[:, 0] + rng.normal(size=260) * 0.005
    y[70:75] += 1.0
    usable = np.ones(260, dtype=bool)
    robust, plain = (
        model.fit(y, x, usable, np.array([200]), ESTIMATION).beta[0, 0] for model in (Robust("a"), FactorModel("a"))
    )
    assert abs(plain - 0.8) > 5
    assert abs(robust - 0.8) < abs(plain - 0.8) / 10


def test_a_series_that_mostly_does_not_move_has_no_robust_scale():
    """Where more than half of the residuals are zero there is no estimate, never a number divided by zero."""
    y = np.zeros(260)
    y[::3] = np.random.default_rng(1).normal(size=87)
    x, usable = np.empty((260, 0)), np.ones(260, dtype=bool)
    fits = Robust().fit(y, x, usable, np.array([200]), ESTIMATION)
    assert np.isnan(fits.sigma[0])
    assert not fits.converged[0]
    assert np.isfinite(ConstantMean().fit(y, x, usable, np.array([200]), ESTIMATION).sigma[0])


def test_cells_do_not_depend_on_their_neighbours():
    """A cell estimated among all others has the estimates it has alone."""
    y, x, usable = sample(1, missing=True)
    every = Robust("a").fit(y, x, usable, np.arange(len(y)), ESTIMATION)
    alone = Robust("a").fit(y, x, usable, np.array([200]), ESTIMATION)
    for name in ("alpha", "beta", "sigma", "constant", "inverse"):
        np.testing.assert_allclose(getattr(every.take(np.array([200])), name), getattr(alone, name), rtol=1e-9)
    assert np.isnan(every.sigma[:12]).all()
