"""The mean correlation of CARs by blocks of common windows, against plain loops over pairs and dates."""

import dataclasses
import math
import re
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstudy.inference import mean_correlation, sample_of_returns

HERE = Path(__file__).parent
PLAIN = SimpleNamespace(**run_path(str(HERE.parent / "reference" / "battery.py")))
MAKE = SimpleNamespace(**run_path(str(HERE / "making.py")))

shapes = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**32 - 1),
        "n_events": st.integers(2, 7),
        "n_series": st.integers(2, 6),
        "length": st.integers(25, 70),
        "missing": st.sampled_from([0.0, 0.01, 0.15]),
        "window": st.sampled_from([(0, 0), (0, 1), (-1, 2)]),
        "spread": st.sampled_from([2, 20, 300]),
    }
)


@settings(max_examples=settings.default.max_examples * 8 // 5)
@given(shapes)
def test_equals_plain_loops(shape):
    """On shared dates, overlapping windows, repeated events, holes and short pasts it is that of loops over pairs."""
    sample = MAKE.random_sample(**shape)
    expected, found = PLAIN.mean_correlation(MAKE.as_pairs(sample)), mean_correlation(sample).value
    assert math.isnan(found) if expected is None else found == pytest.approx(expected, rel=1e-10, abs=1e-10)


def told(found, what):
    """Return how many pairs of a kind the note counts; 0 where it does not say."""
    counted = re.search(rf"{what}: (\d+)", found.note)
    return int(counted[1]) if counted else 0


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_on_one_date_it_is_pandas_correlation(missing):
    """Series that share one date have the mean of pandas' pairwise correlations of at least thirty sessions."""
    sample = MAKE.random_sample(3, n_events=1, n_series=12, length=60, missing=missing)
    rho = pd.DataFrame(sample.residual.T).corr(min_periods=30).to_numpy()[np.triu_indices(len(sample), 1)]
    assert mean_correlation(sample).value == pytest.approx(rho.mean(), rel=1e-12)


@pytest.mark.parametrize("missing", [0.0, 0.02])
def test_units_and_levels_do_not_matter(missing):
    """Series in units a million million apart, and about other levels, have the correlations of one unit."""
    sample = MAKE.random_sample(4, n_events=3, n_series=6, missing=missing, spread=20)
    scale = 10.0 ** np.random.default_rng(1).integers(-6, 7, size=(len(sample), 1))
    found = mean_correlation(dataclasses.replace(sample, residual=(sample.residual + 0.05) * scale))
    assert found.value == pytest.approx(mean_correlation(sample).value, rel=1e-10)


@pytest.mark.parametrize("missing", [0.0, 0.02])
def test_residuals_that_do_not_vary_have_no_correlation(missing):
    """A series whose residuals are one number, or zero, has no correlation with any other, and that is counted."""
    sample = MAKE.random_sample(3, n_events=2, n_series=5, missing=missing, spread=2)
    residual = sample.residual.copy()
    residual[sample.series == "s1"] = 0.004
    residual[sample.series == "s2"] = 0.0
    residual[~sample.known] = np.nan
    found = mean_correlation(dataclasses.replace(sample, residual=residual))
    unknown = told(found, "pairs with fewer than 30 common sessions")
    assert unknown > 0
    assert told(found, "pairs on shared dates") + unknown == told(mean_correlation(sample), "pairs on shared dates")


def test_a_missing_date_is_shared_by_nobody():
    """Two windows at the edge of the sample whose first sessions are missing share the dates that they have alone."""
    whole = MAKE.random_sample(6, n_events=1, n_series=4, missing=0.0, window=(0, 1))
    days = whole.tau_session.copy()
    days[:, whole.inside().start] = np.datetime64("NaT", "D")
    found = mean_correlation(dataclasses.replace(whole, tau_session=days))
    assert found.value == pytest.approx(mean_correlation(whole).value / 2, rel=1e-12)


def test_other_calendars_are_aligned_by_date():
    """Series that trade on different days are correlated on the dates that both have."""
    rng = np.random.default_rng(2)
    estimation = rng.normal(size=(2, 80)) + rng.normal(size=80)
    day = np.full(2, "2022-01-27", dtype="datetime64[D]")
    both = np.arange(80) % 4 != 0
    whole = sample_of_returns(estimation, np.ones((2, 1)), session=day)
    learned, residual = whole.residual_session.copy(), whole.residual.copy()
    # The second series has its residuals one column further on, on the same dates.
    residual[1, 1:], learned[1, 1:] = residual[1, :-1].copy(), learned[1, :-1].copy()
    residual[1, 0], residual[0, ~both] = np.nan, np.nan
    found = mean_correlation(dataclasses.replace(whole, residual=residual, residual_session=learned))
    there = both.copy()
    there[-1] = False
    expected = np.corrcoef(estimation[0, there], estimation[1, there])[0, 1]
    assert found.value == pytest.approx(expected, rel=1e-12)


def test_a_large_pool():
    """Two hundred dates of thirty series: the blocks give what two hundred single dates give, added up."""
    rng = np.random.default_rng(4)
    n_dates, n_series = 200, 30
    estimation = rng.normal(size=(n_dates, 1, 60)) + rng.normal(size=(n_dates, n_series, 60))
    day = np.repeat(np.datetime64("2000-01-03") + 100 * np.arange(n_dates), n_series)
    names = np.tile(np.arange(n_series).astype(str), n_dates)
    sample = sample_of_returns(estimation.reshape(-1, 60), np.ones((len(day), 1)), session=day, series=names)
    found = mean_correlation(sample)
    rho = sum(np.triu(np.corrcoef(rows), 1).sum() for rows in estimation)
    assert found.value == pytest.approx(rho / (len(day) * (len(day) - 1) / 2), rel=1e-10)
    assert told(found, "pairs on shared dates") == n_dates * n_series * (n_series - 1) // 2
