"""Least squares of every session and series: statsmodels, exact arithmetic, hostile data; the bits of a cell."""

import math
import statistics
from fractions import Fraction
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy import Window
from eventstudy.models import fit_table, window_sums

REFERENCES = Path(__file__).parents[1] / "reference"
PLAIN = SimpleNamespace(**run_path(str(REFERENCES / "plain.py")))
EXTENDED = SimpleNamespace(**run_path(str(REFERENCES / "longdouble.py")))

ESTIMATION = Window(-130, -11)
EVENT = Window(-1, 3)
REGRESSORS = pytest.mark.parametrize("k", [0, 1, 5], ids=["constant-mean", "market-model", "five-factors"])
MISSING = pytest.mark.parametrize("missing", [0.0, 0.05], ids=["complete", "5%-missing"])


def cells(y, x, usable, positions, estimation=ESTIMATION, form="ols"):
    """Some sessions of one series."""
    return fit_table(y[:, None], x, usable, estimation, form, sessions=np.asarray(positions))


def sample(k, missing=0.0, n=400, seed=7):
    """Returns of a market that moves with k factors, some sessions missing and one stretch masked."""
    rng = np.random.default_rng(seed)
    x = rng.standard_t(5, size=(n, k)) * 0.01
    y = 0.0004 + x @ np.linspace(0.9, -0.4, k) + rng.standard_t(5, size=n) * 0.012
    if missing:
        y[rng.random(n) < missing] = np.nan
        x[rng.random((n, k)) < missing] = np.nan
    usable = np.isfinite(y) & np.isfinite(x).all(axis=1)
    if missing:
        usable[180:192] = False
    return y, x, usable


def ols(y, x, usable, position, estimation=ESTIMATION):
    """Run the regression of one cell in statsmodels."""
    import statsmodels.api as sm

    rows = np.arange(max(position + estimation.first, 0), min(position + estimation.last + 1, len(y)))
    rows = rows[usable[rows]]
    return sm.OLS(y[rows], np.column_stack([np.ones(len(rows)), x[rows]])).fit()


def close(actual, expected, tolerance=1e-10):
    """Equal within a relative tolerance; only where the expected figure is rounding itself is an absolute one used."""
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=1e-13)


@REGRESSORS
@MISSING
def test_estimates_equal_statsmodels(k, missing):
    """Intercept, slopes, sigma, R², degrees of freedom and number of observations of each cell are statsmodels' own."""
    y, x, usable = sample(k, missing)
    positions = np.array([131, 160, 200, 257, 310, 399])
    fits = cells(y, x, usable, positions)
    for c, position in enumerate(positions):
        reference = ols(y, x, usable, position)
        close(np.append(fits.alpha[c], fits.beta[c]), reference.params)
        close(fits.sigma[c] ** 2, reference.mse_resid)
        close(fits.r2[c], reference.rsquared)
        assert (fits.df[c], fits.n_obs[c]) == (reference.df_resid, reference.nobs)


@REGRESSORS
@MISSING
def test_forecast_variances_equal_statsmodels(k, missing):
    """The variance of one abnormal return is that of get_prediction, and of a sum s² n + x'Vx with statsmodels' V."""
    y, x, usable = sample(k, missing)
    positions = np.array([160, 200, 310])
    fits = cells(y, x, usable, positions)
    ahead = np.nan_to_num(x[positions[:, None] + np.array(EVENT.taus)])
    one = fits.window_variance(Window(0, 0), ahead[:, 0])
    several = fits.window_variance(EVENT, ahead.sum(axis=1))
    for c, position in enumerate(positions):
        reference = ols(y, x, usable, position)
        prediction = reference.get_prediction(np.append(1.0, ahead[c, 0])[None])
        close(one[c], prediction.var_pred_mean[0] + reference.mse_resid)
        row = np.append(EVENT.n_sessions, ahead[c].sum(axis=0))
        close(several[c], reference.mse_resid * EVENT.n_sessions + row @ reference.cov_params() @ row)


@REGRESSORS
def test_normal_returns_equal_statsmodels(k):
    """The normal return of a session is statsmodels' predicted mean."""
    y, x, usable = sample(k)
    fits = cells(y, x, usable, np.array([200]))
    ahead = x[200:205]
    predicted = ols(y, x, usable, 200).predict(np.column_stack([np.ones(5), ahead]))
    close(fits.normal(ahead[None])[0], predicted)


SCALINGS = {
    "all x 1e-8": lambda y, x: (y * 1e-8, x * 1e-8),
    "regressors x 1e-8": lambda y, x: (y, x * 1e-8),
    "returns at 1e4": lambda y, x: (y + 1e4, x),
    "regressors at 1e4": lambda y, x: (y, x + 1e4),
    "both at 1e4": lambda y, x: (y + 1e4, x + 1e4),
    "mixed units": lambda y, x: (y, x * np.array([1e-8, 1.0, 1e6])[: x.shape[1]] if x.shape[1] else x),
}


@pytest.mark.parametrize("k", [0, 1, 3])
@pytest.mark.parametrize("scaling", SCALINGS)
def test_badly_scaled_data_keep_their_digits(k, scaling):
    """At any scale and level the estimates equal those of exact rational arithmetic to 1e-10."""
    y, x, usable = sample(k, n=145)
    y, x = SCALINGS[scaling](y, x)
    fits = cells(y, x, usable, np.array([130]))
    params, sigma, r2, inverted = PLAIN.least_squares(y[:120], x[:120])
    np.testing.assert_allclose(np.append(fits.alpha, fits.beta[0]), params, rtol=1e-10)
    np.testing.assert_allclose(fits.sigma[0], sigma, rtol=1e-10)
    np.testing.assert_allclose(fits.r2[0], r2, rtol=1e-10, atol=1e-13)
    x_sum = x[130:135].sum(axis=0)
    variance = fits.window_variance(Window(0, 4), x_sum[None])[0]
    np.testing.assert_allclose(variance, PLAIN.forecast_variance(sigma, inverted, 5, x_sum), rtol=1e-9)


@pytest.mark.parametrize("scaling", ["returns at 1e4", "both at 1e4"])
def test_a_fixed_model_keeps_its_digits(scaling):
    """At a level that costs running sums their digits sigma is the standard deviation of the gap, with M - 1."""
    y, x, usable = sample(1, n=145)
    y, x = SCALINGS[scaling](y, x)
    fits = cells(y, x, usable, np.array([130]), ESTIMATION, "fixed")
    gap = [Fraction(own) - Fraction(market) for own, market in zip(y[:120].tolist(), x[:120, 0].tolist(), strict=True)]
    assert fits.df.tolist() == [119]
    np.testing.assert_allclose(fits.sigma[0], math.sqrt(statistics.variance(gap)), rtol=1e-10)


@pytest.mark.parametrize("correlation", [0.99, 0.999, 0.9999])
def test_nearly_collinear_regressors_keep_their_digits(correlation):
    """Two factors that correlate 0.9999 still give the slopes of exact arithmetic to 1e-10."""
    rng = np.random.default_rng(2)
    own = rng.normal(size=(140, 2)) * 0.01
    x = np.column_stack([own[:, 0], correlation * own[:, 0] + np.sqrt(1 - correlation**2) * own[:, 1]])
    y = x @ [0.5, 0.3] + rng.normal(size=140) * 0.01
    fits = cells(y, x, np.ones(140, dtype=bool), np.array([130]))
    params, sigma, _, _ = PLAIN.least_squares(y[:120], x[:120])
    np.testing.assert_allclose(fits.beta[0], params[1:], rtol=1e-10)
    np.testing.assert_allclose(fits.sigma[0], sigma, rtol=1e-10)


def test_a_stray_print_outside_the_window_costs_no_digits():
    """A print of a million elsewhere in the sample leaves every bit of a cell's estimates as it was."""
    y, x, usable = sample(1)
    before = cells(y, x, usable, np.array([250]))
    y[20], x[30], y[260] = 1e6, -1e6, 1e6
    after = cells(y, x, usable, np.array([250]))
    for name in ("alpha", "beta", "sigma", "r2", "mean", "inverse"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))


@given(row=st.integers(0, 399), size=st.floats(-1.0, 1.0), where=st.integers(131, 399))
def test_only_usable_sessions_of_the_estimation_window_count(row, size, where):
    """A cell changes with the usable sessions of its estimation window and with nothing else."""
    y, x, usable = sample(1, missing=0.05)
    before = cells(y, x, usable, np.array([where]))
    learned = usable[row] and ESTIMATION.first <= row - where <= ESTIMATION.last
    y[row] = np.where(np.isnan(y[row]), 0.0, y[row]) + 1.0 + size**2
    after = cells(y, x, usable, np.array([where]))
    assert (after.sigma[0] != before.sigma[0]) == learned
    assert (after.alpha[0] != before.alpha[0]) == learned


def test_estimation_windows_may_lie_after_the_event():
    """An estimation window of later sessions is read where it lies, and is cut where the sample ends."""
    y, x, usable = sample(1)
    later = Window(11, 130)
    fits = cells(y, x, usable, np.array([100, 330]), later)
    for c, position in enumerate((100, 330)):
        close(np.append(fits.alpha[c], fits.beta[c]), ols(y, x, usable, position, later).params)
    assert fits.n_obs.tolist() == [120, 400 - 341]


def test_cells_can_be_taken_out():
    """Taking cells 2 and 0 out of the estimates gives those two, in that order."""
    y, x, usable = sample(1)
    all_three = cells(y, x, usable, np.array([150, 200, 250]))
    taken = all_three.take(np.array([2, 0]))
    assert taken.sigma.tolist() == [all_three.sigma[2], all_three.sigma[0]]
    assert taken.beta[:, 0].tolist() == [all_three.beta[2, 0], all_three.beta[0, 0]]
    assert taken.form == "ols"


def test_no_cells_give_no_estimates():
    """Asking for no event session at all gives estimates of length zero, for every form."""
    y, x, usable = sample(2)
    for form in ("ols", "fixed"):
        fits = cells(y, x, usable, np.empty(0, dtype=np.int64), form=form)
        assert fits.sigma.shape == (0,)
        assert fits.beta.shape == (0, 2)


class TestNothingEstimated:
    def test_zero_model_by_hand(self):
        """Of the returns 1, 2, 6 the zero model takes normal 0 and sigma √((4+1+9)/2) = √7 about their mean 3."""
        y = np.array([1.0, 2.0, 6.0, 10.0])
        fits = cells(y, np.empty((4, 0)), np.ones(4, dtype=bool), np.array([3]), Window(-3, -1), "fixed")
        assert fits.sigma[0] == pytest.approx(7**0.5, rel=1e-14, abs=0)
        assert (fits.n_obs[0], fits.df[0], fits.alpha[0]) == (3, 2, 0.0)
        assert fits.normal(np.empty((1, 1, 0)))[0, 0] == 0.0
        assert fits.window_variance(Window(0, 3), np.empty((1, 0)))[0] == pytest.approx(28.0, rel=1e-14, abs=0)

    def test_market_adjusted_by_hand(self):
        """Returns 3, 3, 9 beside a market of 2, 1, 3 differ by 1, 2, 6, with sigma √7; the normal is the market."""
        y, x = np.array([3.0, 3.0, 9.0, 0.0]), np.array([[2.0], [1.0], [3.0], [5.0]])
        fits = cells(y, x, np.ones(4, dtype=bool), np.array([3]), Window(-3, -1), "fixed")
        assert fits.sigma[0] == pytest.approx(7**0.5, rel=1e-14, abs=0)
        assert fits.normal(x[None, 3:])[0, 0] == 5.0
        assert fits.window_variance(Window(0, 1), np.array([[100.0]]))[0] == pytest.approx(14.0, rel=1e-14, abs=0)

    def test_missing_returns_are_not_counted(self):
        """A missing return is neither a zero nor an observation: 1, -, 2, 6 has the sigma of 1, 2, 6."""
        y = np.array([1.0, np.nan, 2.0, 6.0, 0.0])
        fits = cells(y, np.empty((5, 0)), np.isfinite(y), np.array([4]), Window(-4, -1), "fixed")
        assert fits.sigma[0] == pytest.approx(7**0.5, rel=1e-14, abs=0)
        assert fits.n_obs[0] == 3


class TestWhatCannotBeEstimated:
    """Each of these gives sigma NaN, without a warning (warnings are errors in this suite)."""

    @staticmethod
    def sigma(y, x, form="ols"):
        """Sigma of the last session, all others being its estimation window."""
        y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
        usable = np.isfinite(y) & np.isfinite(x).all(axis=1)
        return cells(y, x, usable, np.array([len(y) - 1]), Window(1 - len(y), -1), form).sigma[0]

    @staticmethod
    def noise(k=1, n=100, seed=1):
        """A series and k regressors that have nothing to do with one another."""
        rng = np.random.default_rng(seed)
        return rng.normal(size=n) * 0.01, rng.normal(size=(n, k)) * 0.01

    @pytest.mark.parametrize("level", [0.0, 0.001, -1.0 / 3.0, 1e4])
    @pytest.mark.parametrize("k", [0, 1, 2])
    def test_constant_series(self, level, k):
        """A series that stood still over its estimation window, at zero or at any level."""
        _, x = self.noise(max(k, 1))
        assert np.isnan(self.sigma(np.full(100, level), x[:, :k]))

    @pytest.mark.parametrize("level", [0.0, 0.001, 1e4])
    def test_constant_regressor(self, level):
        """A regressor that stood still, alone or beside one that moved."""
        y, x = self.noise(2)
        x[:, 1] = level
        assert np.isnan(self.sigma(y, x))
        assert np.isnan(self.sigma(y, x[:, 1:]))

    def test_collinear_regressors(self):
        """Two factors that are the same, a multiple with a shift, or one the sum of two others."""
        y, x = self.noise(2)
        assert np.isnan(self.sigma(y, x[:, [0, 0]]))
        assert np.isnan(self.sigma(y, np.column_stack([x[:, 0], 3.0 * x[:, 0] + 0.5])))
        assert np.isnan(self.sigma(y, np.column_stack([x, x.sum(axis=1)])))

    @pytest.mark.parametrize(("slope", "level"), [(2.0, 0.0), (2.0, 0.01), (1.0 / 3.0, 0.0), (-0.7, 1e4)])
    def test_series_made_of_its_regressors(self, slope, level):
        """A series that is nothing but a multiple of its market leaves no residual to measure anything by."""
        _, x = self.noise(2)
        assert np.isnan(self.sigma(level + slope * x[:, 0], x[:, :1]))
        assert np.isnan(self.sigma(level + slope * x[:, 0] + x[:, 1], x))

    @pytest.mark.parametrize(("k", "n_obs"), [(0, 0), (0, 1), (1, 2), (3, 4), (3, 1)])
    def test_too_few_observations(self, k, n_obs):
        """As many observations as parameters, or fewer."""
        y, x = self.noise(k)
        y[n_obs:] = np.nan
        assert np.isnan(self.sigma(y, x))

    def test_one_observation_more_than_parameters_is_enough(self):
        """Three observations and a line leave one degree of freedom, and statsmodels' sigma."""
        import statsmodels.api as sm

        y, x = self.noise(1)
        y[3:] = np.nan
        expected = sm.OLS(y[:3], sm.add_constant(x[:3])).fit().mse_resid ** 0.5
        assert self.sigma(y, x) == pytest.approx(expected, rel=1e-10, abs=0)

    @pytest.mark.parametrize("n_obs", [0, 1])
    def test_too_few_for_a_fixed_model(self, n_obs):
        """One observation has no dispersion about its own mean."""
        y, x = self.noise(1)
        y[n_obs:] = np.nan
        assert np.isnan(self.sigma(y, x, "fixed"))

    @pytest.mark.parametrize("level", [0.0, 0.001, 0.01, 1e4])
    def test_constant_series_or_market_in_a_fixed_model(self, level):
        """A halted series is no measure of itself less the market, nor is a halted market of a series."""
        y, x = self.noise(1)
        still = np.full(100, level)
        assert np.isnan(self.sigma(still, np.empty((100, 0)), "fixed"))
        assert np.isnan(self.sigma(still, x, "fixed"))
        assert np.isnan(self.sigma(y, still[:, None], "fixed"))
        assert np.isnan(self.sigma(0.01 + x[:, 0], x, "fixed"))


T = 700
LONG, AROUND = Window(-260, -11), Window(-10, 10)
CLOSE = 1e-10


def clean(rng):
    """Daily returns of a series that moves with its market."""
    x = rng.standard_t(5, size=T) * 0.01
    return 0.0004 + 1.1 * x + rng.standard_t(5, size=T) * 0.012, x


def missing(rng):
    """One return in twenty is missing."""
    y, x = clean(rng)
    y[rng.random(T) < 0.05] = np.nan
    return y, x


def tiny(rng):
    """All figures are a hundred-millionth of what they were."""
    return tuple(1e-8 * values for values in clean(rng))


def level(rng):
    """Series and market stand at ten thousand."""
    return tuple(1e4 + values for values in clean(rng))


def level_shift(rng):
    """Both jump to another level in the middle."""
    y, x = clean(rng)
    return y + 1e3 * (np.arange(T) > T // 2), x - 50.0 * (np.arange(T) > T // 3)


def drift(rng):
    """Both climb without end."""
    y, x = clean(rng)
    return y + 0.1 * np.arange(T), x + 0.01 * np.arange(T)


def print_in_y(rng):
    """One stray print of a million in the series."""
    y, x = clean(rng)
    y[40] = 1e6
    return y, x


def print_in_x(rng):
    """One stray print of ten thousand in the market."""
    y, x = clean(rng)
    x[300] = 1e4
    return y, x


def volatile_era(rng):
    """The first half moves a thousand times as much."""
    y, x = clean(rng)
    wild = np.where(np.arange(T) < T // 2, 1e3, 1.0)
    return y * wild, x * wild


def mixed_units(rng):
    """The series in other units than its market."""
    y, x = clean(rng)
    return y * 1e-4, 1e6 * x


HOSTILE = [clean, missing, tiny, level, level_shift, drift, print_in_y, print_in_x, volatile_era, mixed_units]


@pytest.mark.parametrize("k", [0, 1])
@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.__name__)
def test_ten_hostile_cases_keep_ten_digits(case, k):
    """In each case sigma and the variance of a CAR err by at most 1e-10 of themselves, a CAR by 1e-10
    of its standard error beside the rounding of its returns, a slope by 1e-10 of itself or its standard error.
    """
    y, x = case(np.random.default_rng(11))
    x = x[:, None][:, :k]
    usable = np.isfinite(y)
    fits = fit_table(y[:, None], x, usable, LONG, "ols")
    x_sum = window_sums(x, AROUND)
    car = window_sums(y, AROUND) - AROUND.n_sessions * fits.alpha - (fits.beta * x_sum).sum(axis=1)
    variance = fits.window_variance(AROUND, x_sum)
    for t in range(270, T - 10, 17):
        exact = EXTENDED.cell(y, x, usable, t, (LONG.first, LONG.last), (AROUND.first, AROUND.last))
        assert abs(fits.sigma[t] / exact["sigma"] - 1) <= CLOSE
        assert abs(variance[t] / exact["car_variance"] - 1) <= CLOSE
        assert (np.abs(fits.beta[t] - exact["beta"]) <= CLOSE * (np.abs(exact["beta"]) + exact["beta_se"])).all()
        rounding = 1e-14 * np.abs(y[t - 10 : t + 11]).sum()
        assert np.isnan(car[t]) == np.isnan(exact["car"])
        assert np.isnan(car[t]) or abs(car[t] - exact["car"]) <= CLOSE * np.sqrt(exact["car_variance"]) + rounding


ARRAYS = ("n_obs", "df", "alpha", "beta", "sigma", "r2", "mean", "inverse")
MODELS = pytest.mark.parametrize(("k", "form"), [(0, "ols"), (1, "ols"), (3, "ols"), (0, "fixed"), (2, "fixed")])


def market(k, n_series=7, n_sessions=500):
    """Series that move with k regressors, one session in ten missing for all of them, and a print in the first."""
    rng = np.random.default_rng(12)
    x = rng.normal(size=(n_sessions, k)) * 0.01
    y = (x @ np.full(k, 0.4))[:, None] + rng.normal(size=(n_sessions, n_series)) * 0.01
    usable = rng.random(n_sessions) > 0.1
    y[250, 0] = 1e6
    return np.where(usable[:, None], y, np.nan), x, usable


def same_bits(fits, others):
    """Whether all estimates are the same to the bit."""
    return all(getattr(fits, name).tobytes() == getattr(others, name).tobytes() for name in ARRAYS)


@MODELS
@pytest.mark.parametrize("estimation", [ESTIMATION, Window(5, 60)], ids=["before", "after"])
def test_a_cell_has_the_same_bits_beside_any_others(k, form, estimation):
    """A table of some sessions, in any order and some twice, of one series or all, is part of the whole table."""
    y, x, usable = market(k)
    whole, sessions = fit_table(y, x, usable, estimation, form), np.array([499, 12, 300, 13, 14, 12])
    some = fit_table(y, x, usable, estimation, form, sessions=sessions)
    assert same_bits(some, whole.take((sessions[:, None] * 7 + np.arange(7)).ravel()))
    for s in range(7):
        assert same_bits(fit_table(y[:, [s]], x, usable, estimation, form), whole.take(slice(s, None, 7)))


@MODELS
def test_two_passes_agree_with_sums(k, form):
    """At a level where sums lose too many digits, each cell is estimated anew, and is what it is without the level."""
    y, x, usable = market(k)
    level = 0.0 if form == "fixed" else 256.0  # a power of two costs the returns few digits themselves
    plain, lifted = (fit_table(values, x, usable, ESTIMATION, form) for values in (y, y + level))
    known = np.flatnonzero(plain.df > 5)
    for name in ("n_obs", "df", "sigma", "mean"):
        figures = (getattr(fits, name)[known] for fits in (lifted, plain))
        np.testing.assert_allclose(*figures, rtol=1e-8, atol=1e-14, err_msg=name)


def test_a_doubtful_series_leaves_the_others_as_they_were():
    """A stray print that has the cells of one series estimated anew changes no bit of another series."""
    y, x, usable = market(1)
    before = fit_table(y, x, usable, ESTIMATION, "ols")
    y[150, 0] = 1e6
    after = fit_table(y, x, usable, ESTIMATION, "ols")
    assert not same_bits(after.take(slice(0, None, 7)), before.take(slice(0, None, 7)))
    for s in range(1, 7):
        assert same_bits(after.take(slice(s, None, 7)), before.take(slice(s, None, 7)))


@pytest.mark.parametrize(
    "window", [Window(0, 0), Window(-3, 3), Window(-8, -2), Window(2, 12), Window(-40, 40)], ids=str
)
@pytest.mark.parametrize("outside", [np.nan, 0.0])
def test_window_sums_equal_plain_loops(window, outside):
    """Whole numbers add up exactly, around every session; beyond the sample stands what the caller says."""
    values = np.arange(25.0) ** 2
    padded = [values[t] if 0 <= t < 25 else outside for t in range(-60, 85)]
    expected = [sum(padded[60 + t + tau] for tau in window.taus) for t in range(25)]
    np.testing.assert_array_equal(window_sums(values, window, outside), expected)


def test_a_missing_session_is_missed_by_its_own_windows_only():
    """One NaN makes the sums NaN whose windows meet it, and leaves every bit of the others."""
    values = np.random.default_rng(8).normal(size=80)
    whole = window_sums(values, Window(-5, 6), 0.0)
    values[33] = np.nan
    gapped = window_sums(values, Window(-5, 6), 0.0)
    hit = np.abs(np.arange(80) - 33 + 0.5) <= 6
    assert (np.isnan(gapped) == hit).all()
    np.testing.assert_array_equal(gapped[~hit], whole[~hit])


@pytest.mark.parametrize("window", [Window(0, 0), Window(-3, 4), Window(-40, 40)], ids=str)
def test_window_sums_of_some_sessions(window):
    """The sums around the sessions asked for are those that stand there among all."""
    values, sessions = np.random.default_rng(4).normal(size=(30, 2)), np.array([29, 0, 7, 7])
    assert window_sums(values, window, 0.0, sessions).tobytes() == window_sums(values, window, 0.0)[sessions].tobytes()
