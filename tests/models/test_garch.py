"""GARCH and EGARCH against the package arch."""

import sys

import numpy as np
import pandas as pd
import pytest

from eventstudy import DesignError, Egarch, Garch, Window
from eventstudy.models import abnormal_returns, cumulated

ESTIMATION, SPAN = Window(-510, -11), Window(-1, 3)
BOTH = pytest.mark.parametrize("model", [Garch, Egarch], ids=["garch", "egarch"])


def sample(k, *, missing, seed=3, n=560):
    """Returns whose volatility comes in clusters, with regressors and holes."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, k)) * 0.01
    error, h = np.zeros(n), 1e-4
    for t in range(1, n):
        h = 5e-6 + 0.1 * error[t - 1] ** 2 + 0.85 * h
        error[t] = np.sqrt(h) * rng.normal()
    usable = rng.random(n) > 0.1 if missing else np.ones(n, dtype=bool)
    return 0.0005 + x @ np.linspace(1.1, 0.4, k) + error, x, usable


def simulated(results, horizon, n=100_000):
    """Mean variances of simulated EGARCH paths; arch's own forecast goes wrong where beta is near 1."""
    omega, size, sign, beta = results.params.to_numpy()[-4:]
    rng, path = np.random.default_rng(1), []
    log_h = np.full(n, 2 * np.log(results.conditional_volatility.to_numpy()[-1]))
    z = np.full(n, results.resid.to_numpy()[-1] / results.conditional_volatility.to_numpy()[-1])
    for _ in range(horizon):
        log_h = omega + size * (np.abs(z) - np.sqrt(2 / np.pi)) + sign * z + beta * log_h
        path.append(np.exp(log_h).mean())
        z = rng.normal(size=n // 2)
        z = np.concatenate([z, -z])
    return np.array(path)


@pytest.mark.parametrize(("model", "k", "missing"), [(Garch, 0, False), (Garch, 2, True), (Egarch, 2, True)])
def test_estimates_equal_arch(model, k, missing):
    """Parameters, their covariance and the variances forecast are those of arch on the same sessions."""
    arch = pytest.importorskip("arch.univariate")
    y, x, usable = sample(k, missing=missing)
    model = model(*"ab"[:k])
    fits = model.fit(y, x, usable, np.array([540]), ESTIMATION)
    rows = np.arange(30, 530)[usable[30:530]]
    process = arch.EGARCH(p=1, o=1, q=1) if model.name == "egarch" else arch.GARCH(p=1, o=0, q=1)
    unit = 10.0 ** -np.floor(np.log10(y[rows].std()))  # a search ends where it ends: the same one is asked
    start = None
    found, exact = np.array(list(model.estimates(fits).values()))[k + 1 :, 0], 1e-8
    if model.name == "egarch":  # arch's own start can lead astray: from our estimates on it must stay where it is
        omega = found[0] + (1 - found[-1]) * np.log(unit**2)
        start, exact = np.concatenate([fits.alpha * unit, fits.beta[0], [omega], found[1:]]), 1e-4
    results = arch.LS(pd.Series(y[rows] * unit), x[rows] * unit if k else None, volatility=process, rescale=False).fit(
        disp="off", tol=1e-12, options={"maxiter": 500}, starting_values=start
    )
    params, covariance = results.params.to_numpy(), results.param_cov.to_numpy()[: k + 1, : k + 1]
    own = np.append(1.0 / unit, np.ones(k))
    np.testing.assert_allclose(np.append(fits.alpha, fits.beta[0]), params[: k + 1] * own, rtol=exact)
    np.testing.assert_allclose(found[1:], params[k + 2 :], rtol=exact)
    residual = y[rows] - fits.alpha[0] - x[rows] @ fits.beta[0]
    np.testing.assert_allclose(fits.sigma[0] ** 2, residual @ residual / (len(rows) - k - 1), rtol=1e-10)
    ahead = int(529 - rows[-1]) + np.arange(10, 15)
    horizon = int(ahead[-1])
    if model.name == "garch":
        exog_ahead = {f"x{j}": np.zeros((1, horizon)) for j in range(k)}
        forecast = results.forecast(horizon=horizon, x=exog_ahead or None).variance.to_numpy()[-1]
        h, rtol = forecast[ahead - 1] / unit**2, 1e-8
    else:
        h, rtol = simulated(results, horizon)[ahead - 1] / unit**2, 0.01
    abnormal = abnormal_returns(y, x, fits, np.array([540]), SPAN)
    around = np.column_stack([np.ones(5), x[539:544]])
    covariance = covariance * own[:, None] * own
    variance = h + np.einsum("tk,kl,tl->t", around, covariance, around)
    np.testing.assert_allclose(abnormal.se[0] ** 2, variance, rtol=rtol)
    total = around[1:3].sum(axis=0)
    every = fits.spread([540], np.bincount([540], fits.n_obs, len(y)).astype(int))
    _, car_se, _ = (values[[540]] for values in cumulated(y[:, None], x, every, Window(0, 1)))
    np.testing.assert_allclose(car_se[0, 0] ** 2, h[1:3].sum() + total @ covariance @ total, rtol=rtol)
    twin = model.twin(y[30:530], x[30:530], usable[30:530], np.datetime64("2020-01-01") + np.arange(500))
    assert list(twin.params.index[: k + 1]) == ["Const", *model.parameters[1:]]
    np.testing.assert_allclose(twin.loglikelihood, results.loglikelihood, rtol=1e-7)


@BOTH
def test_units_do_not_matter(model):
    """Returns in per cent have the same standardised abnormal returns, but for where a search ends."""
    pytest.importorskip("arch")
    y, x, usable = sample(1, missing=False)
    sar = []
    for unit in (1.0, 100.0):
        fits = model("a").fit(y * unit, x * unit, usable, np.array([540]), ESTIMATION)
        sar.append(abnormal_returns(y * unit, x * unit, fits, np.array([540]), SPAN).sar)
    np.testing.assert_allclose(sar[1], sar[0], rtol=1e-5)


@BOTH
def test_a_nervous_market_has_wider_errors(model):
    """After a month of tripled volatility the forecast error is above that of the whole window, and it calms down."""
    pytest.importorskip("arch")
    y, x, usable = sample(0, missing=False)
    y[500:530] *= 3
    fits = model().fit(y, x, usable, np.array([540]), ESTIMATION)
    se = abnormal_returns(y, x, fits, np.array([540]), Window(-10, 19)).se[0]
    assert se[0] > 1.2 * fits.sigma[0]
    assert (np.diff(se) < 0).all()


def test_an_estimation_window_that_runs_past_the_sample_ends_with_it():
    """Two sessions before the end a window up to the third after the event learns from what there is."""
    y, x, usable = sample(0, missing=False, n=200)
    whole, past = (Garch().fit(y, x, usable, np.array([197]), Window(-120, last)) for last in (2, 3))
    assert whole.n_obs.tolist() == past.n_obs.tolist() == [123]
    assert past.sigma.tolist() == whole.sigma.tolist()
    assert np.isfinite(past.sigma).all()


def test_an_estimation_window_after_the_event_is_refused():
    """Volatility is forecast forwards only."""
    with pytest.raises(DesignError, match="must end before the event windows 0:5 begin"):
        Garch().check_windows(Window(11, 130), Window(0, 5))


def test_without_arch_the_error_names_the_extra(monkeypatch):
    """Where the package is missing the error says what to install."""
    monkeypatch.setitem(sys.modules, "arch.univariate", None)
    y, x, usable = sample(0, missing=False)
    with pytest.raises(DesignError, match=r'needs the package arch: pip install "raise-or-fold\[garch\]"'):
        Garch().fit(y, x, usable, np.array([540]), ESTIMATION)


def test_cells_without_an_estimate_are_unknown():
    """A constant series has no estimate, and asks nothing of arch."""
    fits = Garch().fit(np.zeros(560), np.empty((560, 0)), np.ones(560, dtype=bool), np.array([0, 540]), ESTIMATION)
    assert np.isnan(fits.sigma).all()
    assert not fits.converged.any()
    assert np.isnan(fits.window_variance(Window(0, 1), np.empty((2, 0)))).all()
