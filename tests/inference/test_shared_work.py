"""What tests and samples share, and what is done in pieces or in threads: the answers are those of work done alone."""

import dataclasses
import importlib
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from eventstudy.errors import DesignError
from eventstudy.inference import TESTS, MeanTest, bootstrap, registry, run_tests
from eventstudy.inference.placebo import set_sums
from eventstudy.inference.ranked import mid_ranks, rank_sums, ranked

MAKE = SimpleNamespace(**run_path(str(Path(__file__).parent / "making.py")))
MEANS = [test for test in TESTS.values() if isinstance(test, MeanTest)]

values = st.one_of(st.sampled_from([math.nan, 0.0, 1.0, 2.5]), st.floats(-3, 3))


def in_place(found):
    """Ranks where their values came from."""
    ranks = np.empty(found.rank.shape)
    np.put_along_axis(ranks, found.column, found.rank, axis=1)
    return ranks


def plain_ranks(rows):
    """Mid-ranks of each row by scipy; NaN where missing."""
    return np.stack([stats.rankdata(row, nan_policy="omit") for row in rows])


def same(found, expected):
    """Whether two lists of statistics are the same in every field, NaN being NaN."""
    assert [repr(one) for one in found] == [repr(one) for one in expected]


class TestRanks:
    @given(st.lists(st.lists(values, min_size=8, max_size=8), min_size=1, max_size=4), st.integers(0, 8))
    def test_ranks_of_the_first_columns_come_from_those_of_all(self, rows, n):
        """The ranks of the first n columns among themselves, ties and gaps and all, are scipy's of those columns."""
        rows = np.array(rows)
        found = in_place(ranked(rows).among_first(n))[:, :n]
        np.testing.assert_array_equal(found, plain_ranks(rows[:, :n]) if n else rows[:, :0])

    @pytest.mark.parametrize("length", [40, 512, 513, 3000])
    def test_rows_of_any_length(self, length):
        """Short rows and rows too long for 32 bits have scipy's mid-ranks, with and without ties."""
        rows = np.random.default_rng(length).standard_t(2, size=(3, length))
        rows[1], rows[2, ::7] = rows[1].round(1), np.nan
        np.testing.assert_array_equal(mid_ranks(rows), plain_ranks(rows))
        np.testing.assert_array_equal(in_place(ranked(rows)), plain_ranks(rows))

    def test_sums_in_blocks_of_cars(self, monkeypatch):
        """Sums over CARs are those of plain ranks, also where the CARs are ranked in pieces."""
        rng = np.random.default_rng(1)
        residual, ar = rng.normal(size=(23, 40)).round(1), rng.normal(size=(23, 4))
        residual[rng.random(residual.shape) < 0.1], ar[3, 1] = np.nan, np.nan
        both = np.concatenate([residual, ar], axis=1)
        together = np.nansum(plain_ranks(both) / (1 + np.isfinite(both).sum(axis=1))[:, None] - 0.5, axis=0)
        alone = np.nansum(plain_ranks(residual) / (2 + np.isfinite(residual).sum(axis=1))[:, None] - 0.5, axis=0)
        for at_once in (1 << 18, 100):
            monkeypatch.setattr("eventstudy.inference.ranked._AT_ONCE", at_once)
            found = rank_sums(residual, ar)
            np.testing.assert_allclose(found.together, together, rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(found.residual, alone, rtol=1e-12, atol=1e-12)


class TestDateRows:
    @settings(max_examples=12)
    @given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.1]), st.sampled_from([2, 60]))
    def test_dates_given_once_are_the_dates_of_each(self, seed, missing, spread):
        """With the dates of each session given once for all its series every test answers as with dates of each CAR."""
        each = MAKE.random_sample(seed, n_events=6, n_series=4, missing=missing, spread=spread)
        days, first, row = np.unique(each.session, return_index=True, return_inverse=True)
        length = each.residual.shape[1]
        learned = days[:, None] + np.arange(each.span.first - length, each.span.first)
        once = dataclasses.replace(
            each, tau_session=each.tau_session[first], residual_session=learned, date_row=row.ravel()
        )
        assert once.blocks.block.tolist() == each.blocks.block.tolist()
        same(run_tests(MEANS, once, 0), run_tests(MEANS, each, 0))

    def test_rows_that_do_not_fit_are_refused(self):
        """Dates without a row for each CAR need to be told which row each has."""
        each = MAKE.random_sample(1, n_events=6, n_series=4)
        with pytest.raises(DesignError, match="tau_session has the shape"):
            dataclasses.replace(each, tau_session=each.tau_session[:2])
        with pytest.raises(DesignError, match="date_row has the shape"):
            dataclasses.replace(each, date_row=np.zeros(2, dtype=int))


class TestRunTests:
    def test_each_as_by_itself(self):
        """Tests run together, in any order, give what each gives by itself on a sample of its own."""
        sample = MAKE.random_sample(5, n_events=8, n_series=5)
        expected = [test.run(dataclasses.replace(sample), 3) for test in MEANS]
        same(run_tests(MEANS, sample, 3), expected)
        same(run_tests(MEANS[::-1], dataclasses.replace(sample), 3), expected[::-1])
        assert run_tests([], sample, 3) == []

    def test_threads_change_nothing(self, monkeypatch):
        """One thread, two, or as many as there are processors: the same statistics to the last bit."""
        monkeypatch.setattr(registry, "_WORTH_THREADS", 0)
        sample = MAKE.random_sample(6, n_events=8, n_series=5)
        expected = [test.run(dataclasses.replace(sample), 3) for test in MEANS]
        same(run_tests(MEANS, sample, 3), expected)
        for n in (1, 2):
            with ThreadPoolExecutor(n) as workers:
                same(run_tests(MEANS, dataclasses.replace(sample), 3, executor=workers), expected)


class TestDraws:
    @pytest.mark.parametrize("n_events", [4, 9, 30])
    def test_samples_of_as_many_dates_share_their_draws(self, n_events):
        """A second sample finds the draws of the first and answers as if it had drawn them itself."""
        drawn = {}
        for seed in (1, 2, 3):
            sample = MAKE.random_sample(seed, n_events=n_events, n_series=1, missing=0.0, spread=900)
            assert bootstrap(sample, 7, drawn) == bootstrap(sample, 7)
            assert (sample.n_dates, 7) in drawn
        assert all(seed == 7 for _, seed in drawn)

    def test_what_is_kept_is_bounded(self, monkeypatch):
        """Older draws are given up for new ones, and the answers stay the same."""
        monkeypatch.setattr(importlib.import_module("eventstudy.inference.bootstrap"), "_KEPT", 9_999 * 40)
        drawn = {}
        for n_events in (25, 30, 25):
            sample = MAKE.random_sample(n_events, n_events=n_events, n_series=1, missing=0.0, spread=900)
            assert bootstrap(sample, 7, drawn) == bootstrap(sample, 7)
            assert sum(n for n, _ in drawn) <= 40


class TestSetSums:
    @pytest.mark.parametrize("n_lines", [1, 7, 8, 40])
    def test_few_lines_or_many_in_pieces_or_threads(self, n_lines, monkeypatch):
        """Few lines are looked up one by one, many together: both are plain sums, and threads change no bit."""
        rng = np.random.default_rng(n_lines)
        lines, sets, weight = rng.normal(size=(n_lines, 50)), rng.integers(0, 50, (90, 6)), rng.normal(size=(6, 3))
        expected = np.einsum("lbm,mg->lbg", lines[:, sets], weight)
        whole = set_sums(lines, sets, weight)
        np.testing.assert_allclose(whole, expected, rtol=1e-12, atol=1e-12)
        monkeypatch.setattr("eventstudy.inference.placebo.sets._A_TASK", 200)
        monkeypatch.setattr("eventstudy.inference.placebo.sets._AT_ONCE", 50)
        np.testing.assert_allclose(set_sums(lines, sets, weight), expected, rtol=1e-12, atol=1e-12)
        with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(3) as three:
            alone, together = set_sums(lines, sets, weight, one), set_sums(lines, sets, weight, three)
        assert alone.tobytes() == together.tobytes()

    @pytest.mark.parametrize("n_lines", [1, 8])
    @pytest.mark.parametrize("place", [-1, 5])
    def test_a_date_that_is_no_session_is_an_error(self, n_lines, place):
        """A place outside the line is refused, not taken for another."""
        with pytest.raises(IndexError, match="none of the 5 admissible sessions"):
            set_sums(np.zeros((n_lines, 5)), np.array([[0, place]]), np.ones((2, 1)))
