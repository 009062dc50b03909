"""Models that read the market of neighbouring sessions: Dimson's and that of Scholes and Williams."""

import math

import numpy as np
import pandas as pd
import pytest

from eventstudy import DesignError, Dimson, MarketModel, ScholesWilliams, Window
from eventstudy.models import abnormal_returns, cumulated

ESTIMATION, SPAN = Window(-130, -11), Window(-1, 3)
MISSING = pytest.mark.parametrize("missing", [False, True], ids=["clean", "holes"])


def sample(seed=1, n=260, *, missing=False):
    """A thin series that moves with the market of three sessions; with holes in it and in the market."""
    rng = np.random.default_rng(seed)
    m = rng.normal(size=n) * 0.01
    y = 0.0002 + 0.3 * np.roll(m, 1) + 0.5 * m + 0.1 * np.roll(m, -1) + rng.normal(size=n) * 0.008
    if missing:
        y[rng.choice(n, 14, replace=False)] = np.nan
        m[rng.choice(np.arange(n), 9, replace=False)] = np.nan
    return y, m[:, None]


def run(model, y, m, positions, usable=True, window=None):
    """Estimate as a study does, and the abnormal returns."""
    x = model.columns(m, np.isfinite(y))
    usable = model.complete(y, x) & usable
    positions = np.array(positions)
    fits = model.fit(y, x, usable, positions, ESTIMATION)
    abnormal = abnormal_returns(y, x, fits, positions, SPAN)
    every = fits.spread(positions, np.bincount(positions, fits.n_obs, len(y)).astype(int))
    return fits, abnormal, window and [of[positions] for of in cumulated(y[:, None], x, every, window)]


def shift(x, whole, by):
    """The column of Dimson's model that holds the market of the session `by` later."""
    return Dimson("m", lags=max(-by, 0), leads=max(by, 0)).columns(x, whole)[:, [0 if by < 0 else -1]]


class TestShifts:
    """The market of another session, as a column of Dimson's model."""

    def test_edges_are_missing_and_never_zero(self):
        """The first session has no lag and the last no lead."""
        x, whole = np.arange(5.0)[:, None], np.ones(5, dtype=bool)
        np.testing.assert_array_equal(shift(x, whole, -2).ravel(), [np.nan, np.nan, 0, 1, 2])
        np.testing.assert_array_equal(shift(x, whole, 1).ravel(), [1, 2, 3, 4, np.nan])
        assert np.isnan(shift(x, whole, 9)).all()

    def test_a_step_over_a_missing_session_is_no_neighbour(self):
        """Where the step into session 2 spans a hole, 3 has no lag 1, 3 and 4 no lag 2, and 1 no lead 1."""
        x, whole = np.arange(6.0)[:, None], np.array([True, True, False, True, True, True])
        np.testing.assert_array_equal(shift(x, whole, -1).ravel(), [np.nan, 0, 1, np.nan, 3, 4])
        np.testing.assert_array_equal(shift(x, whole, -2).ravel(), [np.nan, np.nan, 0, np.nan, np.nan, 3])
        np.testing.assert_array_equal(shift(x, whole, 1).ravel(), [1, np.nan, 3, 4, 5, np.nan])


class TestDimson:
    """The market model with lags and leads."""

    @pytest.mark.one_in(3)
    @MISSING
    @pytest.mark.parametrize(("lags", "leads"), [(1, 1), (2, 0), (0, 1), (3, 2)])
    def test_estimates_equal_statsmodels_on_shifted_columns(self, lags, leads, missing):
        """Slopes, their sum, sigma, ARs and forecast errors are those of OLS on a frame's shifted columns."""
        import statsmodels.api as sm

        y, m = sample(missing=missing)
        frame = pd.DataFrame({f"j{j}": pd.Series(m[:, 0]).shift(-j) for j in range(-lags, leads + 1)})
        broken = pd.Series(np.where(np.isfinite(y), 0.0, np.nan))
        for j in range(-lags, leads + 1):  # a step that the series did not make whole is no neighbour
            for between in range(1, abs(j) + 1):
                frame[f"j{j}"] += broken.shift(-int(math.copysign(between, j)))
        frame = sm.add_constant(frame)
        model = Dimson("m", lags=lags, leads=leads)
        fits, abnormal, (car, car_se, _) = run(model, y, m, [200, 150], window=Window(0, 1))
        for i, position in enumerate((200, 150)):
            rows = frame.iloc[position - 130 : position - 10].assign(y=y[position - 130 : position - 10]).dropna()
            ols = sm.OLS(rows["y"], rows.drop(columns="y")).fit()
            assert fits.n_obs[i] == len(rows)
            np.testing.assert_allclose(np.append(fits.alpha[i], fits.beta[i]), ols.params, rtol=1e-9, atol=1e-14)
            np.testing.assert_allclose(model.estimates(fits)["beta_m"][i], ols.params.iloc[1:].sum(), rtol=1e-9)
            np.testing.assert_allclose(fits.sigma[i] ** 2, ols.scale, rtol=1e-10)
            around = frame.iloc[position - 1 : position + 4]
            predicted = ols.get_prediction(around).summary_frame()
            np.testing.assert_allclose(abnormal.normal[i], predicted["mean"], rtol=1e-9, atol=1e-13)
            known = np.isfinite(abnormal.ar[i])
            se = np.sqrt(predicted["mean_se"] ** 2 + ols.scale)
            np.testing.assert_allclose(abnormal.se[i][known], se[known], rtol=1e-10)
            assert (known == (np.isfinite(y[position - 1 : position + 4]) & around.notna().all(axis=1))).all()
            total = around.iloc[1:3].sum().to_numpy()
            variance = ols.scale * 2 + total @ ols.cov_params().to_numpy() @ total
            if np.isfinite(car[i, 0]):
                np.testing.assert_allclose(car_se[i, 0], math.sqrt(variance), rtol=1e-10)

    def test_a_lead_that_reads_the_event_is_refused(self):
        """With a lead the estimation window may not end on the session before the event windows begin."""
        model = Dimson("m", lags=2, leads=1)
        model.check_windows(Window(-100, -12), Window(-10, 0))
        with pytest.raises(DesignError, match="reads -102:-10, which the event window -10:0 overlaps; end it at -12"):
            model.check_windows(Window(-100, -11), Window(-10, 0))
        with pytest.raises(DesignError, match="begin it at 8 or later"):
            model.check_windows(Window(7, 100), Window(0, 5))


def scholes_williams(y, m, rows):
    """Plain loops: (b⁻ + b + b⁺)/(1 + 2 rho) over sessions with both neighbours; the variance by the weights of R."""

    def mean(values):
        return math.fsum(values) / len(values)

    def product(a, b):
        a_mean, b_mean = mean(a), mean(b)
        return math.fsum((u - a_mean) * (v - b_mean) for u, v in zip(a, b, strict=True))

    r = [y[t] for t in rows]
    near = {j: [m[t + j] for t in rows] for j in (-1, 0, 1)}
    rho = product(near[-1], near[0]) / math.sqrt(product(near[-1], near[-1]) * product(near[0], near[0]))
    beta = sum(product(r, near[j]) / product(near[j], near[j]) for j in near) / (1 + 2 * rho)
    alpha = mean(r) - beta * mean(near[0])
    s = math.sqrt(math.fsum((a - alpha - beta * b) ** 2 for a, b in zip(r, near[0], strict=True)) / (len(r) - 2))
    weights = [
        sum((near[j][i] - mean(near[j])) / product(near[j], near[j]) for j in near) / (1 + 2 * rho)
        for i in range(len(r))
    ]
    assert math.fsum(w * v for w, v in zip(weights, r, strict=True)) == pytest.approx(beta, rel=1e-9)
    return alpha, beta, s, math.fsum(w**2 for w in weights), mean(near[0])


class TestScholesWilliams:
    """The beta of prices struck at different times."""

    @MISSING
    def test_estimates_equal_plain_loops(self, missing):
        """Alpha, beta, sigma, and the standard errors of AR and CAR are those of the formulas, session by session."""
        y, m = sample(missing=missing)
        fits, abnormal, (car, car_se, _) = run(ScholesWilliams("m"), y, m, [200, 150], window=Window(0, 2))
        for i, position in enumerate((200, 150)):
            span = range(position - 130, position - 10)
            rows = [
                t
                for t in span
                if np.isfinite([y[t], *m[t - 1 : t + 2, 0]]).all() and np.isfinite(y[[t - 1, t + 1]]).all()
            ]
            alpha, beta, s, squares, m_mean = scholes_williams(y, m[:, 0], rows)
            assert (fits.n_obs[i], fits.df[i]) == (len(rows), len(rows) - 2)
            np.testing.assert_allclose([fits.alpha[i], fits.beta[i, 0], fits.sigma[i]], [alpha, beta, s], rtol=1e-9)
            tau = position + np.arange(-1, 4)
            np.testing.assert_allclose(abnormal.ar[i], y[tau] - alpha - beta * m[tau, 0], rtol=0, atol=1e-14)
            se = s * np.sqrt(1 + 1 / len(rows) + (m[tau, 0] - m_mean) ** 2 * squares)
            known = np.isfinite(abnormal.ar[i])
            np.testing.assert_allclose(abnormal.se[i][known], se[known], rtol=1e-9)
            if np.isfinite(car[i, 0]):
                off = m[tau[1:4], 0].sum() - 3 * m_mean
                np.testing.assert_allclose(car_se[i, 0], s * math.sqrt(3 + 9 / len(rows) + off**2 * squares), rtol=1e-9)

    def test_the_last_session_needs_no_market_of_tomorrow(self):
        """Only the estimation reads neighbours: an abnormal return needs the market of its own session alone."""
        y, m = sample(n=203)
        _, abnormal, _ = run(ScholesWilliams("m"), y, m, [200])
        assert np.isfinite(abnormal.ar[0]).tolist() == [True, True, True, True, False]

    def test_a_market_that_swings_to_and_fro_has_no_such_beta(self):
        """Where the market's autocorrelation is -1/2 or less, 1 + 2 rho is not positive and there is no estimate."""
        rng = np.random.default_rng(3)
        m = (np.resize([0.01, -0.01], 260) + rng.normal(size=260) * 0.001)[:, None]
        fits, _, _ = run(ScholesWilliams("m"), m[:, 0] + rng.normal(size=260) * 0.01, m, [200])
        assert np.isnan(fits.sigma).all()

    def test_there_is_no_one_regression_behind_it(self):
        """Asking for its regression says why there is none."""
        with pytest.raises(DesignError, match="three regressions"):
            ScholesWilliams("m").twin(*(np.empty(0),) * 4)


def test_a_thin_series_has_its_beta_back():
    """Of a series whose last trade falls anywhere in the session OLS finds half the beta; both corrections find it all.

    A session has ten steps; a price is that of a step drawn at random, the market's that of the last. On average 0.55
    of a session's true return is in its own session and the rest in the next: OLS finds 0.66 of a beta of 1.2. Means
    over 40 samples of 480 sessions, whose standard errors are below 0.02.
    """
    rng = np.random.default_rng(11)
    models = {"ols": MarketModel("m"), "sw": ScholesWilliams("m"), "dimson": Dimson("m", lags=1, leads=1)}
    found = {name: [] for name in models}
    for _ in range(40):
        market = rng.normal(size=(520, 10)) * 0.003
        true = np.cumsum(1.2 * market + rng.normal(size=market.shape) * 0.001)
        price = true[10 * np.arange(520) + rng.integers(0, 10, size=520)]
        y, x = np.append(np.nan, np.diff(price)), market.sum(axis=1)[:, None]
        for name, model in models.items():
            wide = model.columns(x, np.isfinite(y))
            fits = model.fit(y, wide, model.complete(y, wide), np.array([505]), Window(-490, -11))
            found[name].append(model.estimates(fits)["beta_m"][0])
    assert abs(np.mean(found["ols"]) - 0.66) < 0.06
    assert abs(np.mean(found["sw"]) - 1.2) < 0.06
    assert abs(np.mean(found["dimson"]) - 1.2) < 0.06
