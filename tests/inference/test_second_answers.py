"""Every statistic against a second computation from its formula, and every p-value against scipy."""

import inspect
import math
from pathlib import Path
from runpy import run_path
from statistics import NormalDist
from types import SimpleNamespace

import numpy as np
import pytest
import scipy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from eventstudy import inference
from eventstudy.inference import TESTS, bootstrap, mean_correlation, sample_of_returns, sign_z, wilcoxon

HERE = Path(__file__).parent
PLAIN = SimpleNamespace(**run_path(str(HERE.parent / "reference" / "battery.py")))
MAKE = SimpleNamespace(**run_path(str(HERE / "making.py")))

#: Draws of the bootstrap, dates of which all turns are looked at, CARs whose signed ranks are counted: as documented.
DRAWS, MOST_TURNED, MOST_COUNTED = 9_999, 13, 50

MEANS = [name for name, test in TESTS.items() if not test.contrast]
RESAMPLED = {"wilcoxon", "bootstrap"}  # their second answers are below

shapes = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**32 - 1),
        "n_events": st.integers(2, 6),
        "n_series": st.integers(1, 4),
        "length": st.integers(35, 70),
        "missing": st.sampled_from([0.0, 0.02, 0.15]),
        "window": st.sampled_from([(0, 0), (0, 1), (-1, 2), (2, 2)]),
        "spread": st.sampled_from([2, 20, 300]),
    }
)


def second(name, sample):
    """The second answer and its degrees of freedom; None where the formula has none."""
    pairs = MAKE.as_pairs(sample)
    words = (pairs, MAKE.places(sample)) if name == "rank_z" else (pairs,)
    try:
        found = getattr(PLAIN, name)(*words)
    except (ZeroDivisionError, TypeError):
        return None, None
    return found if isinstance(found, tuple) else (found, None)


def test_every_test_of_a_mean_has_a_second_answer():
    """No test of a mean is without a second computation in the reference."""
    without = {name for name in MEANS if not hasattr(PLAIN, name)}
    assert without == RESAMPLED, "write a function of that name in tests/reference/battery.py"
    assert {"wilcoxon_w", "wilcoxon_p", "wild_p", "intervals"} <= set(vars(PLAIN))


@pytest.mark.parametrize("name", [name for name in MEANS if hasattr(PLAIN, name)])
@settings(max_examples=settings.default.max_examples * 3 // 5)
@given(shapes)
def test_equals_the_formula_in_plain_loops(name, shape):
    """On random pairs with holes, unequal M, ties, shared dates and overlapping windows both answers agree to 1e-10."""
    sample = MAKE.random_sample(**shape)
    found = getattr(inference, name)(sample)
    expected, df = second(name, sample)
    assert found.test == name
    assert (found.n_cars, found.n_dates) == (len(sample), len(set(sample.session.tolist())))
    if expected is None:
        assert math.isnan(found.value)
        assert found.note
        return
    assert found.value == pytest.approx(expected, rel=1e-10, abs=1e-10)
    if df is not None:
        assert found.df == df


@pytest.mark.parametrize("name", [name for name in MEANS if name not in {"sign_z", "bootstrap"}])
@settings(max_examples=settings.default.max_examples * 2 // 5)
@given(shapes)
def test_the_p_value_is_that_of_the_law(name, shape):
    """Whoever says t has scipy's p of that t, whoever says normal that of the normal; both sides count."""
    found = getattr(inference, name)(MAKE.random_sample(**shape))
    if found.law == "t" and not math.isnan(found.value):
        assert found.p_value == pytest.approx(2 * scipy.stats.t.sf(abs(found.value), found.df), rel=1e-9, abs=1e-300)
    if found.law == "normal" and name != "wilcoxon":
        expected = 2 * scipy.stats.norm.sf(abs(found.value))
        assert found.p_value == pytest.approx(expected, rel=1e-9, abs=1e-300, nan_ok=True)


@settings(max_examples=settings.default.max_examples * 6 // 5)
@given(shapes)
def test_mean_correlation_equals_plain_loops(shape):
    """The mean correlation of the pairs equals loops that align residuals date by date."""
    sample = MAKE.random_sample(**shape)
    expected = PLAIN.mean_correlation(MAKE.as_pairs(sample))
    found = mean_correlation(sample).value
    assert math.isnan(found) if expected is None else found == pytest.approx(expected, rel=1e-10, abs=1e-10)


def sample_of(cars, dates=None):
    """A sample of CARs over one session, on dates of their own unless these are given."""
    estimation = np.tile([0.01, -0.01, 0.02, -0.02], (len(cars), 1))
    session = None if dates is None else np.datetime64("2022-01-01") + np.array(dates)
    return sample_of_returns(estimation, np.array(cars, dtype=float)[:, None], session=session)


few_sizes = st.lists(st.integers(-5, 5).map(lambda v: v / 4), min_size=1, max_size=9)
#: None within the rounding of another: those are tied.
sizes = st.lists(
    st.floats(-3, 3).map(lambda v: round(v, 6)).filter(lambda v: abs(v) > 1e-3), min_size=2, max_size=30, unique_by=abs
)


@given(few_sizes)
def test_signed_ranks_with_ties_and_zeros_by_brute_force(cars):
    """W and its p equal a count over all 2^N signs, where sizes are tied and where CARs are zero."""
    assume(any(cars))
    found = wilcoxon(sample_of(cars))
    assert found.value == PLAIN.wilcoxon_w(cars)
    assert found.p_value == pytest.approx(PLAIN.wilcoxon_p(cars), rel=1e-12)
    assert found.law == "exact"


@given(sizes)
def test_signed_ranks_are_scipys(cars):
    """W and the exact p are those of scipy's wilcoxon, which reports the smaller of the two sums."""
    found = wilcoxon(sample_of(cars))
    expected = scipy.stats.wilcoxon(cars, method="exact")
    total = len(cars) * (len(cars) + 1) / 2
    assert min(found.value, total - found.value) == expected.statistic
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9)


@settings(max_examples=settings.default.max_examples * 2 // 5)
@given(st.integers(0, 2**32 - 1), st.integers(MOST_COUNTED + 1, 200))
def test_signed_ranks_of_many_are_scipys_normal_ones(seed, n):
    """Beyond fifty CARs p is scipy's normal one, corrected for ties, without a continuity correction."""
    cars = np.round(np.random.default_rng(seed).normal(0.1, 1.0, size=n), 1)
    cars[cars == 0] = 0.05
    found = wilcoxon(sample_of(cars))
    expected = scipy.stats.wilcoxon(cars, method="approx", correction=False)
    assert found.law == "normal"
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9)


@given(few_sizes)
def test_the_sign_p_is_the_binomial_one(cars):
    """The sign test's p is scipy's binomial test of one half, statsmodels' sign test, and summed coefficients."""
    from statsmodels.stats.descriptivestats import sign_test

    assume(any(cars))
    found, ups = sign_z(sample_of(cars)), sum(c > 0 for c in cars)
    n = sum(c != 0 for c in cars)
    assert found.p_value == pytest.approx(scipy.stats.binomtest(ups, n).pvalue, rel=1e-10)
    assert found.p_value == pytest.approx(PLAIN.sign_p(MAKE.as_pairs(sample_of(cars))), rel=1e-10)
    middle, p = sign_test(cars)
    assert found.value * math.sqrt(n) / 2 == pytest.approx(middle, abs=1e-12)
    assert found.p_value == pytest.approx(p, rel=1e-10)
    assert found.law == "exact"


@settings(max_examples=settings.default.max_examples * 3 // 5)
@given(st.lists(st.tuples(st.integers(-6, 6).map(lambda v: v / 8), st.integers(0, 5)), min_size=2, max_size=12))
def test_wild_p_by_brute_force(rows):
    """The bootstrap's p is the share of all turns of the dates' signs that are as far out, ties counted."""
    sample = sample_of(*zip(*rows, strict=True))
    found = bootstrap(sample)
    if math.isnan(found.value):
        assert found.note in {"needs at least two dates", "all values are equal"}
        return
    assert found.value == pytest.approx(np.mean([car for car, _ in rows]), abs=1e-12)
    assert found.p_value == PLAIN.wild_p(MAKE.as_pairs(sample))
    assert found.df == 2**found.n_dates


@pytest.mark.parametrize("n_dates", [5, 9, MOST_TURNED + 1])
def test_intervals_equal_plain_loops_over_the_same_draws(n_dates):
    """BCa and percentile interval are those of Efron's formulas in loops over the dates drawn."""
    rng = np.random.default_rng(n_dates)
    dates = rng.integers(0, n_dates, size=3 * n_dates)
    dates[:n_dates] = np.arange(n_dates)
    sample = sample_of(rng.gamma(1.0, size=len(dates)) - 0.8, dates)
    found, pairs = bootstrap(sample, seed=7), MAKE.as_pairs(sample)
    draws = PLAIN.block_draws(pairs, 7, DRAWS, turned=n_dates > MOST_TURNED)
    bca, percentile = PLAIN.intervals(pairs, draws, NormalDist())
    assert found.interval == pytest.approx(tuple(bca), rel=1e-10)
    assert found.note == (
        f"95 % BCa {bca[0]:.4g} to {bca[1]:.4g}, percentile {percentile[0]:.4g} to {percentile[1]:.4g}"
    )


def test_the_bca_interval_is_near_scipys():
    """With one CAR a date the BCa interval is scipy's, but for the draws: within 8 % of its width."""
    cars = np.random.default_rng(4).gamma(2.0, size=40) - 1.0
    found = bootstrap(sample_of(cars)).interval
    seed = (
        "rng" if "rng" in inspect.signature(scipy.stats.bootstrap).parameters else "random_state"
    )  # scipy before 1.15
    draws = scipy.stats.bootstrap((cars,), np.mean, n_resamples=9_999, method="BCa", **{seed: np.random.default_rng(5)})
    low, high = draws.confidence_interval
    assert found == pytest.approx((low, high), abs=0.08 * (high - low))


def test_a_sampled_wild_p_is_near_the_t_of_many_dates():
    """With forty dates the wild p is within two hundredths of the t's."""
    cars = np.random.default_rng(3).normal(0.25, 1.0, size=40)
    found = bootstrap(sample_of(cars))
    assert (found.df, found.law) == (DRAWS, "resampled")
    assert found.p_value == pytest.approx(scipy.stats.ttest_1samp(cars, 0).pvalue, abs=0.02)
