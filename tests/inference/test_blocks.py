"""Whole blocks of CARs on the same dates, and rows ranked by their bits, against looking at each pair and value."""

import dataclasses
import math
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from eventstudy.inference import adjusted_bmp_t, bootstrap, correlation, mean_correlation, sample_of_returns
from eventstudy.inference import sample as sample_room
from eventstudy.inference.bootstrap import DRAWS
from eventstudy.inference.ranked import mid_ranks, ranked
from eventstudy.inference.ranks import rank_z
from eventstudy.inference.residual_pairs import ResidualPairs, residual_pairs
from eventstudy.inference.timeseries import _dispersions
from eventstudy.inference.verdict import dispersion

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


def by_blocks(sample):
    """The mean correlation from sums over blocks, however few CARs these have."""
    with patch.object(correlation, "ENOUGH_TOGETHER", 0):
        return mean_correlation(sample)


def by_pairs(sample):
    """The mean correlation from looking at each pair."""
    with patch.object(correlation, "ENOUGH_TOGETHER", math.inf):
        return mean_correlation(sample)


def agree(one, other):
    """Both have the same mean correlation to 1e-12, of as many pairs."""
    assert one.raw == pytest.approx(other.raw, rel=1e-12, abs=1e-12, nan_ok=True)
    for name in ("n_known", "n_unknown", "n_overlapping", "n_series"):
        assert getattr(one, name) == getattr(other, name)


class TestMeanCorrelation:
    @settings(max_examples=80)
    @given(shapes)
    def test_blocks_and_pairs_agree(self, shape):
        """On shared dates, overlapping windows, repeated events, holes and short pasts both ways give one answer."""
        sample = MAKE.random_sample(**shape)
        agree(by_blocks(sample), by_pairs(sample))

    @settings(max_examples=30)
    @given(shapes)
    def test_blocks_equal_plain_loops(self, shape):
        """The sums over blocks give the mean correlation of loops over pairs and dates."""
        sample = MAKE.random_sample(**shape)
        expected, found = PLAIN.mean_correlation(MAKE.as_pairs(sample)), by_blocks(sample).value
        assert math.isnan(found) if expected is None else found == pytest.approx(expected, rel=1e-10, abs=1e-10)

    def test_residuals_that_do_not_vary_are_unknown_to_both(self):
        """A series whose residuals are one number has no correlation with any other, by blocks and by pairs."""
        sample = MAKE.random_sample(3, n_events=2, n_series=5, missing=0.0, spread=2)
        residual = sample.residual.copy()
        residual[sample.series == "s1"] = 0.004
        sample = dataclasses.replace(sample, residual=residual)
        assert by_blocks(sample).n_unknown > 0
        agree(by_blocks(sample), by_pairs(sample))

    def test_units_do_not_matter(self):
        """Series in units a million million apart have the correlations of the same series in one unit."""
        sample = MAKE.random_sample(4, n_events=3, n_series=6, missing=0.0, spread=20)
        scale = 10.0 ** np.random.default_rng(1).integers(-6, 7, size=len(sample))
        agree(by_blocks(dataclasses.replace(sample, residual=sample.residual * scale[:, None])), by_pairs(sample))

    def test_nine_series_on_one_calendar_are_summed_without_their_pairs(self):
        """Where eight CARs a block have all their dates in common no pair is looked at."""
        sample = MAKE.random_sample(6, n_events=3, n_series=9, missing=0.0)
        with patch.object(correlation, "residual_pairs", side_effect=AssertionError):
            found = mean_correlation(sample)
        assert found.n_known >= 3 * 36
        agree(found, by_pairs(sample))

    def test_partial_windows_are_looked_at_pair_by_pair(self):
        """A window of which a session is missing is left to the pairs, whatever the blocks."""
        sample = MAKE.random_sample(6, n_events=3, n_series=9, missing=0.0, window=(0, 1))
        ar, days = sample.ar.copy(), sample.tau_session.copy()
        ar[::2, sample.inside.start], days[::2, sample.inside.start] = np.nan, np.datetime64("NaT", "D")
        partial = dataclasses.replace(sample, ar=ar, tau_session=days)
        pairs = ResidualPairs.joined(
            residual_pairs(partial.residual, partial.residual_session, partial.tau_session[:, partial.inside])
        )
        assert by_blocks(partial) == by_pairs(partial)
        agree(by_blocks(partial), mean_correlation(dataclasses.replace(partial, pairs=pairs)))

    def test_it_is_found_once(self):
        """The tests of one sample that need the mean correlation share it."""
        sample = MAKE.random_sample(6, n_events=3, n_series=9, missing=0.0)
        value = adjusted_bmp_t(sample).value
        with patch.object(sample_room, "mean_correlation", side_effect=AssertionError):
            assert adjusted_bmp_t(sample).value == value


@settings(max_examples=40)
@given(shapes)
def test_a_block_has_all_its_dates_in_common(shape):
    """Two CARs are in one block if event session, window dates and residual dates are the same, and only then."""
    sample = MAKE.random_sample(**shape)
    keys = [
        (
            p["date"],
            tuple(p["days"]),
            tuple(d for d, r in zip(p["learned"], p["residual"], strict=True) if r is not None),
        )
        for p in MAKE.as_pairs(sample)
    ]
    blocks = sample.blocks
    assert len(blocks) == len(set(keys)) == len({keys[k] for k in blocks.first})
    for k, key in enumerate(keys):
        assert keys[blocks.first[blocks.block[k]]] == key
    for g in range(len(blocks)):
        assert {keys[k] for k in blocks.rows(g)} == {keys[blocks.first[g]]}


near = st.tuples(st.sampled_from([-2.0, -1e-300, -0.0, 0.0, 5e-324, 0.01, 1.0, 1e300, math.nan]), st.integers(-2, 600))


@given(st.lists(st.lists(near, min_size=1, max_size=30), min_size=1, max_size=3))
def test_ranks_of_values_that_differ_in_their_last_bits_are_scipys(rows):
    """Ties, both zeros, missing values and neighbours a few bits apart have scipy's mid-ranks, each row its own."""
    length = max(map(len, rows))
    values = np.full((len(rows), length), np.nan)
    for k, row in enumerate(rows):
        values[k, : len(row)] = [value + steps * math.ulp(value) for value, steps in row]
    expected = np.stack([stats.rankdata(row, nan_policy="omit") for row in values])
    np.testing.assert_array_equal(mid_ranks(values), expected)
    packed = ranked(values)
    np.testing.assert_array_equal(packed.rank, np.take_along_axis(expected, packed.column, axis=1))


def test_ranks_take_the_numbers_as_they_are():
    """Returns that differ in their last bit are no tie for the rank test: it equals the formula in plain loops."""
    estimation = 0.01 * np.random.default_rng(2).normal(size=(5, 40))
    estimation[:, 1] = estimation[:, 0] + np.spacing(estimation[:, 0])
    sample = sample_of_returns(estimation, 0.01 * np.random.default_rng(3).normal(size=(5, 3)))
    assert rank_z(sample).value == pytest.approx(PLAIN.rank_z(MAKE.as_pairs(sample), MAKE.places(sample)), rel=1e-10)


@pytest.mark.parametrize("per_date", [1, 3])
def test_many_dates_turn_as_in_plain_loops_over_the_same_draws(per_date):
    """Beyond thirteen dates the wild p is the share of the drawn turns that are as far out."""
    rng = np.random.default_rng(8)
    cars = rng.normal(0.3, 1.0, size=16 * per_date)
    day = np.datetime64("2022-01-03") + np.repeat(np.arange(16), per_date)
    sample = sample_of_returns(np.tile([0.01, -0.01, 0.02, -0.02], (len(cars), 1)), cars[:, None], session=day)
    signs = 1 - 2 * np.random.default_rng(5).integers(0, 2, size=(DRAWS, 16), dtype=np.int8).astype(int)
    sums = [float(sample.car[day == d].sum()) for d in np.unique(day)]
    observed = abs(math.fsum(sums)) - 1e-12
    reached = sum(abs(math.fsum(w * s for w, s in zip(row, sums, strict=True))) >= observed for row in signs.tolist())
    assert bootstrap(sample, seed=5).p_value == (1 + reached) / (DRAWS + 1)


def test_rows_disperse_together_as_they_do_alone():
    """Row by row the dispersion is that of the values there are: none for one value, or for equal ones."""
    values = np.random.default_rng(2).normal(size=(6, 40))
    values[np.random.default_rng(3).random(values.shape) < 0.2] = np.nan
    values[1], values[2, 1:], values[3] = 0.1 + 0.2, np.nan, np.nan
    found, n = _dispersions(values)
    for row, spread, m in zip(values, found, n, strict=True):
        there = row[np.isfinite(row)]
        assert m == len(there)
        assert spread == pytest.approx(dispersion(there), rel=1e-13)
    assert found[[1, 2, 3]].tolist() == [0.0] * 3
