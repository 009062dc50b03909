import math

import numpy as np
import pytest
from scipy import special

from eventstudy.inference import diagnose

NOISE = np.random.default_rng(4).standard_t(6, size=120)
WALK = np.cumsum(NOISE)


def diagnosed(residual, test, n_parameters=1):
    """One diagnostic by its name."""
    return {one.test: one for one in diagnose(residual, n_parameters)}[test]


@pytest.mark.parametrize("residual", [NOISE, WALK - WALK.mean()])
def test_ljung_box_by_plain_loops(residual):
    """M (M+2) times the sum of squared autocorrelations over M - k, at lags 1 to 10; its p from the chi-square law."""
    e, m = [x - residual.mean() for x in residual], len(residual)
    total = sum(x * x for x in e)
    rho = [sum(e[t] * e[t - k] for t in range(k, m)) / total for k in range(1, 11)]
    q = m * (m + 2) * sum(r * r / (m - k) for k, r in enumerate(rho, 1))
    assert diagnosed(residual, "ljung_box").value == pytest.approx(q)
    assert diagnosed(residual, "ljung_box").p_value == pytest.approx(special.chdtrc(10, q))


def test_arch_lm_by_least_squares():
    """The number of squares explained times the R² of their regression on the five before."""
    square = NOISE**2
    y = square[5:]
    x = np.column_stack([np.ones(len(y)), *(square[5 - k : -k] for k in range(1, 6))])
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    r2 = 1 - (left @ left) / ((y - y.mean()) @ (y - y.mean()))
    assert diagnosed(NOISE, "arch_lm").value == pytest.approx(len(y) * r2)
    assert diagnosed(NOISE, "arch_lm").p_value == pytest.approx(special.chdtrc(5, len(y) * r2))


def test_jarque_bera_by_plain_loops():
    """M/6 (S² + (K-3)²/4) from the third and fourth moments; the chi-squared p with two degrees is exp(-JB/2)."""
    m, e = len(NOISE), [x - NOISE.mean() for x in NOISE]
    second, third, fourth = (sum(x**k for x in e) / m for k in (2, 3, 4))
    expected = m / 6 * (third**2 / second**3 + (fourth / second**2 - 3) ** 2 / 4)
    found = diagnosed(NOISE, "jarque_bera")
    assert found.value == pytest.approx(expected)
    assert found.p_value == pytest.approx(math.exp(-expected / 2))


def test_durbin_watson_by_plain_loops():
    """The squared steps over the squares, and no p-value."""
    found = diagnosed(NOISE, "durbin_watson")
    steps = sum((NOISE[t] - NOISE[t - 1]) ** 2 for t in range(1, len(NOISE)))
    assert found.value == pytest.approx(steps / sum(NOISE**2))
    assert math.isnan(found.p_value)


def test_cusum_by_plain_loops():
    """The largest partial sum over s √M, s with the parameters in the denominator."""
    e, m = NOISE - NOISE.mean(), len(NOISE)
    s = math.sqrt(sum(x * x for x in e) / (m - 1))
    assert diagnosed(e, "cusum").value == pytest.approx(
        max(abs(sum(e[: t + 1])) for t in range(m)) / (s * math.sqrt(m))
    )


@pytest.mark.parametrize(
    ("residual", "test"),
    [
        (WALK - WALK.mean(), "ljung_box"),
        (np.sign(NOISE) * np.repeat([0.2, 3.0, 0.2, 3.0], 30), "arch_lm"),
        (np.where(np.arange(120) == 60, 30.0, NOISE), "jarque_bera"),
        (NOISE + np.repeat([-2.0, 2.0], 60), "cusum"),
    ],
)
def test_each_finds_its_own_fault(residual, test):
    """A random walk, changing variance, one wild day and a shift of the mean are each found by the test made for it."""
    found = {one.test: one.p_value for one in diagnose(residual, 1)}
    assert found[test] < 0.001


def test_missing_residuals_are_left_out():
    """NaN among the residuals changes nothing; fewer than thirty are not diagnosed."""
    holes = np.insert(NOISE, [3, 50, 119], np.nan)
    assert repr(diagnose(holes, 1)) == repr(diagnose(NOISE, 1))
    assert diagnose(np.append(NOISE[:29], np.nan), 1) == ()
