"""Placebo date sets, placebo calendars, multiplicity and size: their arithmetic by hand and in plain loops."""

import math
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from eventstudy.inference import benjamini_hochberg, family_permutation, label_permutation
from eventstudy.inference.placebo import (
    calendar_of,
    draw_anchors,
    draw_sets,
    garch_scale,
    independent_windows,
    mean_weights,
    set_sums,
    settled,
)
from eventstudy.inference.size import rejection

PLAIN = SimpleNamespace(**run_path(str(Path(__file__).parents[1] / "reference" / "plain.py")))

positions = st.lists(st.integers(0, 60), min_size=1, max_size=12, unique=True).map(sorted)


class TestSets:
    @given(positions, st.integers(1, 8))
    def test_worth_equals_a_plain_double_loop(self, at, n):
        """The worth of overlapping windows is m² over the sum of the shares that each two of them have in common."""
        shared = sum(max(0.0, 1 - abs(a - b) / n) for a in at for b in at)
        assert independent_windows(np.array(at), n) == pytest.approx(len(at) ** 2 / shared)

    @given(positions, st.integers(1, 8), st.integers(20, 80))
    def test_worth_with_a_common_estimation_error(self, at, n, m):
        """With M estimation returns each two windows also share n/M times the overlap of their estimation windows."""
        share = sum(
            (max(0.0, 1 - abs(a - b) / n) + n / m * max(0.0, 1 - abs(a - b) / 80)) / (1 + n / m) for a in at for b in at
        )
        assert independent_windows(np.array(at), n, m, 80) == pytest.approx(len(at) ** 2 / share)

    @pytest.mark.parametrize(("n", "m", "at"), [(1, 40, (0, 3, 9)), (4, 40, (0, 1, 2, 30)), (6, 30, (0, 2, 4, 6, 20))])
    def test_worth_is_the_variance_of_simulated_means(self, n, m, at):
        """The mean of simulated CARs over those windows varies as that of so many independent ones, within 4 %."""
        rng = np.random.default_rng(4)
        ar = rng.normal(size=(40_000, 40))
        mean = rng.normal(size=(40_000, 1)) / math.sqrt(m)  # one estimation error for all of them
        cars = np.stack([(ar[:, t : t + n] - mean).sum(axis=1) for t in at], axis=1)
        expected = cars.var(axis=0).mean() / cars.mean(axis=1).var()
        assert independent_windows(np.array(at), n, m, 10**9) == pytest.approx(expected, rel=0.04)

    @given(st.floats(1.0, 9.0))
    def test_weights_vary_as_the_events_do(self, worth):
        """The squares of the weights sum to one over the worth, on as many dates as that rounded up."""
        weight = mean_weights(worth, 12, skip=2)
        assert (weight**2).sum() == pytest.approx(1 / worth)
        assert np.count_nonzero(weight) == math.ceil(worth - 1e-9)
        assert not weight[:2].any()

    def test_a_set_of_one_date_is_every_session_once(self):
        """For one date nothing is random: all sessions in turn, whatever the seed."""
        assert draw_sets(5, 1, 99, np.random.default_rng(1)).ravel().tolist() == [0, 1, 2, 3, 4]
        assert draw_sets(0, 3, 99, np.random.default_rng(1)).shape == (0, 3)

    def test_dates_are_equally_likely_and_independent(self):
        """Every session is drawn as often as any other, and two dates of a set are not correlated."""
        sets = draw_sets(20, 3, 40_000, np.random.default_rng(2))
        share = np.bincount(sets.ravel(), minlength=20) / sets.size
        assert np.abs(share - 1 / 20).max() < 5 * math.sqrt(0.05 * 0.95 / sets.size)
        assert abs(np.corrcoef(sets[:, 0], sets[:, 1])[0, 1]) < 4 / math.sqrt(40_000)

    def test_sums_by_plain_loops(self, monkeypatch):
        """Weighted sums over sets equal plain loops, also where they are taken in pieces."""
        monkeypatch.setattr("eventstudy.inference.placebo.sets._AT_ONCE", 7)
        rng = np.random.default_rng(3)
        lines, sets, weight = rng.normal(size=(2, 30)), rng.integers(0, 30, size=(11, 4)), rng.normal(size=(4, 3))
        for k in range(2):
            for b in range(11):
                for g in range(3):
                    by_hand = sum(weight[j, g] * lines[k, sets[b, j]] for j in range(4))
                    assert set_sums(lines, sets, weight)[k, b, g] == pytest.approx(by_hand)


class TestCalendar:
    days = np.arange("2022-01-01", "2022-06-01", dtype="datetime64[D]")

    def shape(self, *series, n):
        """The shape of events at these positions of series on the same days."""
        at = [np.array(positions) for positions in series]
        every = np.unique(np.concatenate(at))
        return calendar_of([self.days] * len(at), at, self.days[every], self.days[every], n)

    def test_by_hand(self):
        """Events 0, 1 and 5 apart under a window of three sessions: the first two are one block of two sessions."""
        shape = self.shape([10, 11, 16], n=3)
        assert (shape.block[0].tolist(), shape.offset[0].tolist()) == ([0, 0, 1], [0, 1, 0])
        assert (shape.length.tolist(), shape.spacing) == ([2, 1], 5)

    def test_an_event_met_on_neighbouring_days_stays_in_one_piece(self):
        """One market met an event on the 26th, another on the 27th: one block, though each has it once."""
        first, last = self.days[[26]], self.days[[27]]
        shape = calendar_of([self.days] * 2, [np.array([26]), np.array([27])], first, last, 1)
        assert (shape.length.tolist(), [offset.tolist() for offset in shape.offset]) == ([2], [[0], [1]])

    @given(st.integers(0, 2**32 - 1))
    def test_blocks_keep_their_distance_and_bridge_no_gap(self, seed):
        """Drawn blocks lie inside the line, apart from each other, and none reaches across the hole in it."""
        shape = self.shape([10, 11, 30, 40, 41, 42], n=3)
        line = np.concatenate([np.arange(40), np.arange(60, 100)])
        anchors = draw_anchors(line, shape, 50, np.random.default_rng(seed))
        assert len(anchors)
        for anchor in anchors:
            ends = anchor + shape.length - 1
            assert anchor.min() >= 0
            assert ends.max() < len(line)
            order = np.argsort(anchor)
            assert (anchor[order][1:] - ends[order][:-1] >= 3).all()
            assert (line[ends] - line[anchor] <= 1.2 * (shape.length - 1)).all()

    def test_no_room_gives_no_draw(self):
        """Where blocks do not fit on the line there is no placebo calendar."""
        assert len(draw_anchors(np.arange(5), self.shape([0, 10, 20, 30], n=3), 9, np.random.default_rng(0))) == 0


def test_a_scale_that_echoes_the_events_is_not_settled():
    """A session counts while at most half of its variance comes from event sessions."""
    assert settled(np.array([1.0, 1.4, 1.5, np.nan]), np.ones(4)).tolist() == [True, True, False, False]


@given(st.lists(st.one_of(st.floats(0, 1), st.just(math.nan)), min_size=1, max_size=12))
def test_benjamini_hochberg_is_statsmodels(p_values):
    """Benjamini and Hochberg's adjusted p equal statsmodels' on the p-values that are there."""
    p = np.array(p_values)
    known = np.isfinite(p)
    found = benjamini_hochberg(p)
    assert np.isnan(found[~known]).all()
    if known.any():
        np.testing.assert_allclose(found[known], multipletests(p[known], method="fdr_bh")[1], rtol=1e-12)


class TestFamilyOfContrasts:
    rng = np.random.default_rng(12)
    values = rng.normal(size=(9, 3))
    raised = np.array([True, False, True, True, False, False, True, False, True])
    phases = np.array(["a"] * 5 + ["b"] * 4)

    def test_one_series_has_its_own_p(self):
        """A family of one series has the exact p of that series."""
        alone = label_permutation(self.values[:, 0], self.raised, self.phases).p_value
        assert family_permutation(self.values[:, :1], self.raised, self.phases)[0] == pytest.approx(alone)

    def test_never_below_the_single_p(self):
        """No p of the family is below that of its series alone on the same deals."""
        family = family_permutation(self.values, self.raised, self.phases)
        for s in range(3):
            assert family[s] >= label_permutation(self.values[:, s], self.raised, self.phases).p_value - 1e-12

    def test_equal_series_share_one_p(self):
        """Three copies of one series, one turned and one stretched, cost nothing: all have the p of the one."""
        copies = np.stack([self.values[:, 0], -self.values[:, 0], 7 * self.values[:, 0]], axis=1)
        alone = label_permutation(self.values[:, 0], self.raised, self.phases).p_value
        np.testing.assert_allclose(family_permutation(copies, self.raised, self.phases), alone)

    def test_a_phase_of_one_stance_does_not_mislead(self):
        """A phase of raises alone in which everything fell changes neither the difference nor the p."""
        values, raised = np.append(self.values[:, 0], [-50.0, -60.0]), np.append(self.raised, [True, True])
        more = label_permutation(values, raised, np.append(self.phases, ["c", "c"]))
        plain = label_permutation(self.values[:, 0], self.raised, self.phases)
        assert (more.value, more.p_value) == (pytest.approx(plain.value), pytest.approx(plain.p_value))


class TestRejection:
    @given(st.integers(1, 300), st.floats(0, 1))
    def test_the_band_of_independent_studies_is_wilsons(self, n, share):
        """With one p a study the band is statsmodels' Wilson interval, up to the n - 1 in the variance."""
        k = round(share * n)
        found = rejection([0.01] * k + [0.9] * (n - k), 0.05)
        telling = n - 1 if 0 < k < n else n
        low, high = proportion_confint(k / n * telling, telling, method="wilson") if telling else (0.0, 1.0)
        assert found.rate == pytest.approx(k / n)
        if telling > 1:
            assert (found.low, found.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))

    def test_series_that_move_together_tell_no_more_than_one(self):
        """Ten copies of the same p in each study have the band of the one."""
        p = np.random.default_rng(1).random(200)
        once, tenfold = rejection(p, 0.1), rejection(np.tile(p[:, None], 10), 0.1)
        assert (tenfold.rate, tenfold.low, tenfold.high) == (once.rate, once.low, once.high)

    def test_what_has_no_p_is_not_counted(self):
        """A study without a p is no study; one of which half is missing counts by the other half."""
        found = rejection(np.array([[math.nan, math.nan], [0.01, math.nan], [0.5, 0.5]]), 0.05)
        assert (found.rate, found.n_studies) == (0.5, 2)
        assert rejection([math.nan], 0.05).n_studies == 0


def test_the_garch_scale_without_its_package_says_what_to_install(monkeypatch):
    """Without the package arch the garch scale says how to get it."""
    monkeypatch.setitem(__import__("sys").modules, "arch", None)
    with pytest.raises(ValueError, match=r"raise-or-fold\[garch\]"):
        garch_scale(np.ones(100))
