"""Ten hostile data sets: the worst relative error of sigma and of Var(CAR) against two passes in extended precision."""

from pathlib import Path
from runpy import run_path

import numpy as np
from measure import ESTIMATION, EVENT, say

from eventstudy.models import fit_table, window_sums

TESTS = Path(__file__).resolve().parents[1] / "tests"
CASES = run_path(str(TESTS / "models" / "test_least_squares.py"))["HOSTILE"]
CELL = run_path(str(TESTS / "reference" / "longdouble.py"))["cell"]


def prefix_sigma(y, x, t):
    """Sigma of one cell from plain prefix sums, which is what the guard is for."""
    known = np.isfinite(y)
    y, x = np.where(known, y, 0.0), np.where(known, x[:, 0], 0.0)
    sums = [np.append(0.0, np.cumsum(v)) for v in (known * 1.0, y, x, y * y, x * y, x * x)]
    n, sy, sx, yy, xy, xx = (float(v[t + ESTIMATION.last + 1] - v[t + ESTIMATION.first]) for v in sums)
    syy, sxy, sxx = yy - sy * sy / n, xy - sx * sy / n, xx - sx * sx / n
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.sqrt(np.float64(syy - sxy**2 / sxx) / (n - 2))


def worst(case):
    """Return the worst relative errors of the engine and of plain prefix sums."""
    y, x = case(np.random.default_rng(11))
    x, usable = x[:, None], np.isfinite(y)
    fits = fit_table(y[:, None], x, usable, ESTIMATION, "ols")
    variance = fits.window_variance(EVENT, window_sums(x, EVENT))
    ours, plain = [0.0], [0.0]
    for t in range(270, len(y) - 10, 13):
        exact = CELL(y, x, usable, t, (ESTIMATION.first, ESTIMATION.last), (EVENT.first, EVENT.last))
        ours += [abs(float(fits.sigma[t] / exact["sigma"] - 1)), abs(float(variance[t] / exact["car_variance"] - 1))]
        plain.append(abs(float(np.nan_to_num(prefix_sigma(y, x, t), nan=np.inf) / exact["sigma"] - 1)))
    return max(ours), max(plain)


if __name__ == "__main__":
    found = {case.__name__: worst(case) for case in CASES}
    for name, (ours, plain) in found.items():
        print(f"{name:14} engine {ours:.1e}   plain prefix sums {plain:.1e}")
    largest, naive = (max(column) for column in zip(*found.values(), strict=True))
    note = "columns: largest error of the engine, and of plain prefix sums"
    say(
        "accuracy, worst of ten hostile cases", largest, naive, "≤ 1e-10", ok=largest <= 1e-10, ratio=largest, note=note
    )
