"""The unobserved-components model against statsmodels, and against generalised least squares with whole matrices."""

import numpy as np
import pytest
import scipy

from eventstudy import ConstantMean, DesignError, FactorModel, UnobservedComponents, Window
from eventstudy.models import abnormal_returns, cumulated

ESTIMATION, SPAN = Window(-130, -11), Window(-1, 3)
HOLES = pytest.mark.parametrize("missing", [False, True], ids=["clean", "holes"])


def sample(k, *, missing, drift=0.003, seed=3, n=280):
    """Returns about a mean that wanders, with regressors and holes."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, k)) * 0.01
    y = np.cumsum(rng.normal(size=n)) * drift + x @ np.linspace(1.1, 0.4, k) + rng.normal(size=n) * 0.01
    usable = rng.random(n) > 0.12 if missing else np.ones(n, dtype=bool)
    y[~usable] = np.nan
    return y, x, usable


def whole_matrices(y, x, usable, first, last, ahead):
    """Generalised least squares over sessions first..last: diffuse likelihood by bounded search, forecasts, smoothing.

    Returns q, sigma², the normal returns ahead, the covariance of their errors, and normal returns inside.
    """
    rows = np.arange(first, last + 1)
    rows = rows[usable[rows]]
    design = np.column_stack([np.ones(len(rows)), x[rows]])
    origin = min(first, int(ahead.min()))

    def walk(a, b):
        return np.minimum(np.asarray(a)[:, None] - origin, np.asarray(b)[None] - origin).astype(float)

    def fit(q):
        inverse = np.linalg.inv(np.eye(len(rows)) + q * walk(rows, rows))
        gram = design.T @ inverse @ design
        beta = np.linalg.solve(gram, design.T @ inverse @ y[rows])
        rss = float((y[rows] - design @ beta) @ inverse @ (y[rows] - design @ beta))
        return inverse, gram, beta, rss / (len(rows) - design.shape[1])

    def deviance(log_q):
        inverse, gram, _, s2 = fit(np.exp(log_q))
        free = len(rows) - design.shape[1]
        return free * np.log(s2) - np.linalg.slogdet(inverse)[1] + np.linalg.slogdet(gram)[1]

    found = scipy.optimize.minimize_scalar(
        deviance, bounds=(np.log(1e-5), np.log(1e2)), method="bounded", options={"xatol": 1e-7}
    )
    q = float(np.exp(found.x))
    inverse, gram, beta, s2 = fit(q)

    def forecast(at):
        d = np.column_stack([np.ones(len(at)), x[at]])
        weights = q * walk(at, rows) @ inverse
        return d @ beta + weights @ (y[rows] - design @ beta), d - weights @ design, weights

    normal, d, weights = forecast(ahead)
    error = q * walk(ahead, ahead) - weights @ (q * walk(rows, ahead)) + d @ np.linalg.solve(gram, d.T)
    return q, s2, normal, s2 * (error + np.eye(len(ahead))), forecast(rows)[0]


@pytest.mark.one_in(4)
@pytest.mark.parametrize(("k", "missing"), [(0, True), (2, False), (2, True)], ids=["mean", "clean", "holes"])
@pytest.mark.parametrize("estimation", [Window(-130, -11), Window(11, 130)], ids=["before", "after"])
def test_estimates_equal_whole_matrices(k, missing, estimation):
    """Ratio of variances, sigma, normal returns, errors of AR and CAR, and residuals inside, before or after."""
    y, x, usable = sample(k, missing=missing)
    position = 150 if estimation.first < 0 else 120
    model = UnobservedComponents(*"abc"[:k])
    fits = model.fit(y, x, usable, np.array([position]), estimation)
    full = np.where(np.isfinite(y), y, 0.0)
    abnormal = abnormal_returns(full, x, fits, np.array([position]), SPAN)
    q, s2, normal, covariance, inside = whole_matrices(
        y, x, usable, position + estimation.first, position + estimation.last, position + np.arange(-1, 4)
    )
    np.testing.assert_allclose(model.estimates(fits)["drift_variance"][0] / fits.sigma[0] ** 2, q, rtol=1e-5)
    np.testing.assert_allclose(fits.sigma[0] ** 2, s2, rtol=1e-6)
    np.testing.assert_allclose(abnormal.normal[0], normal, rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(abnormal.se[0], np.sqrt(np.diag(covariance)), rtol=1e-6)
    for window in (Window(0, 0), Window(0, 2), Window(-1, 3), Window(2, 3)):
        every = fits.spread([position], np.bincount([position], fits.n_obs, len(full)).astype(int))
        _, car_se, _ = (values[[position]] for values in cumulated(full[:, None], x, every, window))
        part = covariance[window.first + 1 : window.last + 2, window.first + 1 : window.last + 2]
        np.testing.assert_allclose(car_se[0, 0], np.sqrt(part.sum()), rtol=1e-6)
    taus = np.array(estimation.taus)
    learned = fits.fitted(x[None, position + taus], taus)[0]
    np.testing.assert_allclose(learned[usable[position + taus]], inside, rtol=1e-4, atol=1e-8)


@HOLES
def test_estimates_equal_statsmodels(missing):
    """The likelihood is no worse than what statsmodels' search finds; forecasts and their errors are statsmodels'."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents as Structural

    y, x, usable = sample(1, missing=missing)
    model = UnobservedComponents("a")
    fits = model.fit(y, x, usable, np.array([200]), ESTIMATION)
    abnormal = abnormal_returns(y, x, fits, np.array([200]), SPAN)
    rows = np.arange(70, 190)
    unit = 100.0  # its search wants variances near one
    structural = Structural(
        np.where(usable[rows], y[rows], np.nan) * unit,
        "local level",
        exog=x[rows] * unit,
        mle_regression=False,
        use_exact_diffuse=True,
    )
    searched = structural.fit(disp=False, maxiter=500)
    ours = [fits.sigma[0] ** 2 * unit**2, model.estimates(fits)["drift_variance"][0] * unit**2]
    assert structural.loglike(ours) >= searched.llf - 1e-7
    np.testing.assert_allclose(ours, searched.params, rtol=2e-3)
    ahead = structural.smooth(ours).get_forecast(14, exog=x[190:204] * unit).summary_frame().iloc[9:]
    np.testing.assert_allclose(abnormal.normal[0] * unit, ahead["mean"], rtol=1e-6, atol=1e-8)
    known = np.isfinite(abnormal.ar[0])
    np.testing.assert_allclose(abnormal.se[0][known] * unit, ahead["mean_se"][known], rtol=1e-6)
    twin = model.twin(y[rows], x[rows], usable[rows], np.datetime64("2020-01-01") + rows)
    np.testing.assert_allclose(twin.params, [fits.sigma[0] ** 2, ours[1] / unit**2], rtol=1e-9)
    np.testing.assert_allclose(twin.smoothed_state[0, -1], fits.alpha[0], rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("k", [0, 2])
def test_a_mean_that_stands_still_makes_it_least_squares(k):
    """Where the likelihood is best without a step the estimates, errors and residuals are those of least squares."""
    y, x, usable = sample(k, missing=True, drift=0.0, seed=8)
    model, plain = UnobservedComponents(*"ab"[:k]), FactorModel("a", "b") if k else ConstantMean()
    every = np.arange(140, 270)
    fits, flat = (m.fit(y, x, usable, every, ESTIMATION) for m in (model, plain))
    still = model.estimates(fits)["drift_variance"] == 0
    assert still.mean() > 0.3
    for name in ("alpha", "beta", "sigma", "r2", "n_obs", "df"):
        np.testing.assert_allclose(getattr(fits, name)[still], getattr(flat, name)[still], rtol=1e-9, atol=1e-13)
    ours, theirs = (abnormal_returns(y, x, f, every, SPAN) for f in (fits, flat))
    np.testing.assert_allclose(ours.se[still], theirs.se[still], rtol=1e-9)
    rows = every[:, None] + np.array(ESTIMATION.taus)
    inside = [f.fitted(x[rows], np.array(ESTIMATION.taus))[still] for f in (fits, flat)]
    np.testing.assert_allclose(*inside, rtol=1e-8, atol=1e-12)


def test_a_shift_of_the_mean_is_carried_on():
    """After the mean rose by 3 % in the window's middle the normal return is near the later mean, not the whole's."""
    rng = np.random.default_rng(5)
    y = rng.normal(size=260) * 0.002 + np.where(np.arange(260) > 140, 0.03, 0.0)
    x, usable = np.empty((260, 0)), np.ones(260, dtype=bool)
    wandering, flat = (
        m.fit(y, x, usable, np.array([200]), ESTIMATION) for m in (UnobservedComponents(), ConstantMean())
    )
    assert abs(wandering.alpha[0] - 0.03) < 0.003
    assert abs(flat.alpha[0] - 0.03) > 0.015


@pytest.mark.parametrize("first", [1, 11])
def test_a_window_after_the_event_is_read_as_one_before_it_in_turned_time(first):
    """A random walk has no direction: the series turned round has the same estimates, whatever the gap."""
    y, x, usable = sample(1, missing=True)
    behind = UnobservedComponents("a").fit(y, x, usable, np.array([100]), Window(first, first + 99))
    turned = y[::-1].copy(), x[::-1].copy(), usable[::-1].copy(), np.array([len(y) - 101])
    before = UnobservedComponents("a").fit(*turned, Window(-first - 99, -first))
    for name in ("alpha", "beta", "sigma", "constant", "extra"):
        np.testing.assert_allclose(getattr(behind, name), getattr(before, name), rtol=1e-8)


def test_an_estimation_window_around_the_event_is_refused():
    """The mean is carried on from one side of the event: a window on both sides, or events beyond it, will not do."""
    model = UnobservedComponents()
    model.check_windows(Window(-130, -11), Window(-10, 5))
    model.check_windows(Window(11, 130), Window(-10, 5))
    model.check_windows(Window(-130, -1), Window(0, 5))
    model.check_windows(Window(1, 130), Window(-5, 0))
    for estimation, events in ((Window(0, 130), Window(-10, -5)), (Window(-130, 0), Window(5, 10))):
        with pytest.raises(DesignError, match="wholly before, or wholly after, the event session"):
            model.check_windows(estimation, events)
    with pytest.raises(DesignError, match="wholly before, or wholly after"):
        model.check_windows(Window(-130, -11), Window(-150, -140))
    with pytest.raises(DesignError, match="wholly before, or wholly after"):
        model.check_windows(Window(-130, 5), Window(10, 12))


def test_cells_without_an_estimate_are_unknown():
    """A constant series has no estimate, and neither has a cell without sessions."""
    y, x, usable = np.zeros(260), np.empty((260, 0)), np.ones(260, dtype=bool)
    fits = UnobservedComponents().fit(y, x, usable, np.array([0, 200]), ESTIMATION)
    assert np.isnan(fits.sigma).all()
    assert not fits.converged.any()
