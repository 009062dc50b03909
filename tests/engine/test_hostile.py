"""Ten data sets on which sums lose digits, against two passes in extended precision."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pytest

from eventstudy.engine import fit_pairs, fit_table, window_sums
from eventstudy.engine.gathered import fit_gathered
from eventstudy.window import Window

REFERENCE = SimpleNamespace(**run_path(str(Path(__file__).parents[1] / "reference" / "longdouble.py")))

T = 700
ESTIMATION, EVENT = Window(-260, -11), Window(-10, 10)
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


def table(y, x, usable):
    """Every session at once."""
    return fit_table(y[:, None], x[:, None], usable[:, None], ESTIMATION, "ols")


def gathered(y, x, usable):
    """Every session by itself."""
    return fit_gathered(y[:, None], x[:, None], usable[:, None], np.arange(T), np.zeros(T, int), ESTIMATION, "ols")


@pytest.mark.parametrize("path", [table, gathered])
@pytest.mark.parametrize("k", [0, 1])
@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.__name__)
def test_ten_hostile_cases_keep_ten_digits(case, k, path):
    """In each case, on either path, sigma and the variance of a CAR err by at most 1e-10 of themselves, a CAR by 1e-10
    of its standard error beside the rounding of its returns, a slope by 1e-10 of itself or its standard error.
    """
    y, x = case(np.random.default_rng(11))
    x = x[:, None][:, :k]
    usable = np.isfinite(y)
    fits = path(y, x, usable)
    x_sum = window_sums(x, EVENT)
    car = window_sums(y, EVENT) - EVENT.n_sessions * fits.alpha - (fits.beta * x_sum).sum(axis=1)
    variance = fits.forecast_variance(EVENT.n_sessions, x_sum)
    for t in range(270, T - 10, 17):
        exact = REFERENCE.cell(y, x, usable, t, (ESTIMATION.first, ESTIMATION.last), (EVENT.first, EVENT.last))
        assert abs(fits.sigma[t] / exact["sigma"] - 1) <= CLOSE
        assert abs(variance[t] / exact["car_variance"] - 1) <= CLOSE
        assert (np.abs(fits.beta[t] - exact["beta"]) <= CLOSE * (np.abs(exact["beta"]) + exact["beta_se"])).all()
        rounding = 1e-14 * np.abs(y[t - 10 : t + 11]).sum()
        assert np.isnan(car[t]) == np.isnan(exact["car"])
        assert np.isnan(car[t]) or abs(car[t] - exact["car"]) <= CLOSE * np.sqrt(exact["car_variance"]) + rounding


@pytest.mark.parametrize("form", ["ols", "fixed"])
@pytest.mark.parametrize("k", [0, 1, 4])
@pytest.mark.parametrize("shared", [True, False], ids=["shared-gaps", "own-gaps"])
def test_both_paths_agree_for_many_series(form, k, shared):
    """Sixty series at once, with gaps on the same dates or each its own, are what each cell is by itself."""
    rng = np.random.default_rng(5)
    n_series, n_sessions = 60, 1500
    x = rng.normal(size=(n_sessions, 1, k)) * 0.01
    y = x @ np.full(k, 0.4) + rng.normal(size=(n_sessions, n_series)) * 0.01
    usable = rng.random((n_sessions, 1 if shared else n_series)) > 0.1
    rows, columns = rng.integers(0, n_sessions, 400), rng.integers(0, n_series, 400)
    whole = fit_table(np.where(usable, y, np.nan), x, usable, Window(-130, -11), form)
    alone = fit_gathered(y, x, usable, rows, columns, Window(-130, -11), form)
    taken = whole.take(rows * n_series + columns)
    for name in ("n_obs", "df", "sigma", "r2", "beta", "mean", "inverse"):
        np.testing.assert_allclose(getattr(taken, name), getattr(alone, name), rtol=1e-11, atol=1e-14, err_msg=name)
    np.testing.assert_allclose(taken.alpha, alone.alpha, rtol=1e-11, atol=1e-15)


def test_threads_make_the_same_table(monkeypatch):
    """A table of many blocks has the same bits with one, two or three threads, and without any."""
    monkeypatch.setattr("eventstudy.engine.table._AT_ONCE", 1 << 14)
    rng = np.random.default_rng(9)
    x, usable = rng.normal(size=(1500, 1, 1)), rng.random((1500, 140)) > 0.05
    y = x[:, 0] + rng.normal(size=(1500, 140))
    alone = fit_table(y, x, usable, ESTIMATION, "ols")
    for n_workers in (1, 2, 3):
        with ThreadPoolExecutor(n_workers) as executor:
            together = fit_table(y, x, usable, ESTIMATION, "ols", executor)
        for name in ("alpha", "beta", "sigma", "inverse"):
            assert getattr(together, name).tobytes() == getattr(alone, name).tobytes()


def test_series_with_their_own_regressors():
    """A regressor for each series gives the table that each series has alone."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(400, 3, 2))
    y = x.sum(axis=2) + rng.normal(size=(400, 3))
    usable = np.ones((400, 1), dtype=bool)
    together = fit_table(y, x, usable, Window(-60, -1), "ols")
    for s in range(3):
        alone = fit_table(y[:, [s]], x[:, [s]], usable, Window(-60, -1), "ols")
        np.testing.assert_allclose(together.beta[s::3], alone.beta, rtol=1e-12)
        np.testing.assert_allclose(together.sigma[s::3], alone.sigma, rtol=1e-12)


@pytest.mark.parametrize("n", [3, 3000], ids=["sparse", "dense"])
def test_pairs_of_session_and_series(n):
    """Few pairs or many, in any order and repeated, each has the estimates of its own session and series."""
    rng = np.random.default_rng(7)
    x, usable = rng.normal(size=(300, 1, 1)), np.ones((300, 1), dtype=bool)
    y = x[:, 0] + rng.normal(size=(300, 4))
    rows, columns = rng.integers(60, 300, n), rng.integers(0, 4, n)
    fits = fit_pairs(y, x, usable, rows, columns, Window(-60, -1), "ols")
    for i in range(3):
        window = slice(rows[i] - 60, rows[i])
        slope, intercept = np.polyfit(x[window, 0, 0], y[window, columns[i]], 1)
        assert fits.beta[i, 0] == pytest.approx(slope, rel=1e-10)
        assert fits.alpha[i] == pytest.approx(intercept, rel=1e-9)


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
