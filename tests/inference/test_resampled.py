import math
from collections import Counter
from itertools import permutations
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from eventstudy import DesignError
from eventstudy.inference import (
    TESTS,
    bootstrap,
    label_permutation,
    label_permutation_z,
    overlap_matrix,
    raise_fold_permutation,
    regressions,
    sample_of_returns,
)

# -- resampled ------------------------------------------------------------------------------------------------------


PLAIN = SimpleNamespace(**run_path(str(Path(__file__).parents[1] / "reference" / "plain.py")))

events = st.lists(
    st.tuples(st.integers(-6, 6).map(lambda v: v / 4), st.booleans(), st.sampled_from(["", "build-up", "war"])),
    min_size=2,
    max_size=9,
)


def permutation(rows, seed=0):
    """Run the test on rows of value, whether it is a raise, and phase."""
    values, raised, phases = zip(*rows, strict=True)
    return label_permutation(np.array(values), np.array(raised), np.array(phases), seed)


def has_contrast(rows):
    """Whether some phase has both raises and folds."""
    return any(len({raised for _, raised, p in rows if p == phase}) == 2 for _, _, phase in rows)


@given(events)
def test_exact_p_by_brute_force(rows):
    """The p is the share of all assignments of the labels inside phases whose difference is at least as large."""
    assume(has_contrast(rows))
    found = permutation(rows)
    values, raised, phases = zip(*rows, strict=True)
    p, n_assignments = PLAIN.permutation_p(values, raised, phases)
    assert found.p_value == pytest.approx(p, rel=1e-12, abs=0)
    assert found.df == n_assignments
    assert found.value == pytest.approx(PLAIN.within_phases(values, raised, phases), abs=1e-12)
    assert (found.law, found.note, found.n_cars) == ("permutation", "", len(rows))


def test_by_hand():
    """Of 4, 3 raised and 1, 2 folded two of the six assignments differ by two: p = 1/3."""
    found = permutation([(4.0, True, "a"), (3.0, True, "a"), (1.0, False, "a"), (2.0, False, "a")])
    assert (found.value, found.p_value, found.df) == (2.0, pytest.approx(1 / 3), 6)


def test_labels_stay_in_their_phase():
    """Two phases of one raise and one fold have four assignments, not the six of four events in one phase."""
    rows = [(4.0, True, "a"), (1.0, False, "a"), (9.0, True, "b"), (2.0, False, "b")]
    assert permutation(rows).df == 4
    assert permutation(rows).p_value == 0.5
    assert permutation([(value, raised, "") for value, raised, _ in rows]).df == 6


@given(events, st.randoms(use_true_random=False))
def test_order_does_not_matter(rows, random):
    """Events in another order have the same difference and the same exact p."""
    assume(has_contrast(rows))
    found = permutation(rows)
    random.shuffle(rows)
    again = permutation(rows)
    assert again.value == pytest.approx(found.value, abs=1e-12)
    assert again.p_value == pytest.approx(found.p_value, abs=1e-12)


@given(events)
def test_raises_and_folds_change_sign_together(rows):
    """Calling every raise a fold and every fold a raise turns the sign of the difference and keeps the p."""
    assume(has_contrast(rows))
    found = permutation(rows)
    turned = permutation([(value, not raised, phase) for value, raised, phase in rows])
    assert turned.value == pytest.approx(-found.value, abs=1e-12)
    assert turned.p_value == pytest.approx(found.p_value, abs=1e-12)


def exact_p(values, n_raise):
    """Count by dynamic programming, over whole numbers, the assignments that differ at least as much as the first."""
    total, ways = sum(values), Counter({(0, 0): 1})
    for value in values:
        taken = Counter({(n + 1, s + value): count for (n, s), count in ways.items() if n < n_raise})
        ways.update(taken)
    n_fold = len(values) - n_raise

    def size(s):
        return abs(s * n_fold - (total - s) * n_raise)

    observed = size(sum(values[:n_raise]))
    totals = {s: count for (n, s), count in ways.items() if n == n_raise}
    return sum(count for s, count in totals.items() if size(s) >= observed) / sum(totals.values())


@pytest.mark.parametrize("values", [[-0.1, -0.5, 0.3, -0.1], [0.1, 0.2, 0.3, 0.2]])
def test_no_difference_at_all_has_p_one(values):
    """Where raises and folds have the same mean but for rounding, every assignment differs at least as much: p = 1."""
    assert permutation([(value, i < 3, "") for i, value in enumerate(values)]).p_value == 1.0


class TestTooManyAssignments:
    values = tuple(int(v) for v in np.random.default_rng(8).integers(-50, 60, size=24))

    def rows(self):
        """Twelve raises, shifted up, and twelve folds; and the same figures as whole numbers."""
        shifted = [v + 20 for v in self.values[:12]] + list(self.values[12:])
        return [(float(v), i < 12, "") for i, v in enumerate(shifted)], shifted

    def test_sampled_p_is_near_the_exact_one(self):
        """With 2.7 million assignments 9,999 are drawn; the p is within four standard errors of the counted one."""
        rows, values = self.rows()
        found = permutation(rows)
        expected = exact_p(values, 12)
        assert 0.01 < expected < 0.6
        assert abs(found.p_value - expected) < 4 * math.sqrt(expected * (1 - expected) / 9_999)
        assert found.df == 9_999
        assert "9999 draws of 2704156" in found.note

    def test_the_seed_decides_the_draws(self):
        """The same seed gives the same p, digit by digit; another seed draws otherwise."""
        rows, _ = self.rows()
        assert permutation(rows, seed=5).p_value == permutation(rows, seed=5).p_value
        assert len({permutation(rows, seed=seed).p_value for seed in range(4)}) > 1

    def test_a_sampled_p_is_never_zero(self):
        """Where no draw differs as much, the p is one in 10,000, not zero."""
        rows = [(1000.0 + i if i < 12 else float(i), i < 12, "") for i in range(24)]
        assert permutation(rows).p_value == 1 / 10_000

    def test_draws_keep_to_the_phases(self):
        """Two phases of 924 assignments each make 853,776: too many to look at, and no draw crosses the phases."""
        rows = [(float(i % 2), i % 2 == 0, "a" if i < 12 else "b") for i in range(24)]
        found = permutation(rows)
        assert "of 853776" in found.note
        apart = [(v + (100 if p == "b" else 0), raised, p) for v, raised, p in rows]
        assert permutation(apart).p_value == found.p_value


def test_the_limit_is_the_documented_one():
    """Up to 50,000 assignments all are looked at: 9 of 18 (48,620) are counted, 9 of 19 (92,378) are sampled."""
    rows = [(float(i * i % 7), i < 9, "") for i in range(19)]
    assert permutation(rows[:18]).df == 48_620
    assert permutation(rows).df == 9_999


@pytest.mark.parametrize(
    ("raised", "phases", "words"),
    [
        ([True, True], ["", ""], "needs raises and folds"),
        ([False, False], ["", ""], "needs raises and folds"),
        ([True, False], ["a", "b"], "no phase has both"),
    ],
)
def test_without_a_contrast_there_is_no_statistic(raised, phases, words):
    """Only raises, only folds, or phases of one stance each: NaN, with a note that says which."""
    found = label_permutation(np.array([0.1, 0.2]), np.array(raised), np.array(phases))
    assert math.isnan(found.p_value)
    assert words in found.note


class TestBootstrap:
    @pytest.mark.parametrize("per_date", [1, 3])
    def test_many_dates_turn_as_in_plain_loops_over_the_same_draws(self, per_date):
        """Beyond thirteen dates the wild p is the share of the drawn turns that are as far out."""
        rng = np.random.default_rng(8)
        cars = rng.normal(0.3, 1.0, size=16 * per_date)
        day = np.datetime64("2022-01-03") + np.repeat(np.arange(16), per_date)
        sample = sample_of_returns(np.tile([0.01, -0.01, 0.02, -0.02], (len(cars), 1)), cars[:, None], session=day)
        signs = 1 - 2 * np.random.default_rng(5).integers(0, 2, size=(9_999, 16), dtype=np.int8).astype(int)
        sums = [float(sample.car[day == d].sum()) for d in np.unique(day)]
        observed = abs(math.fsum(sums)) - 1e-12
        reached = sum(
            abs(math.fsum(w * s for w, s in zip(row, sums, strict=True))) >= observed for row in signs.tolist()
        )
        assert bootstrap(sample, seed=5).p_value == (1 + reached) / (9_999 + 1)

    def test_two_dates_are_enough_and_one_is_not(self):
        """Of the four ways to turn two dates of one sign two are as far out as they are; one date shows nothing."""
        residual = np.tile([0.01, -0.01, 0.02, -0.02], (2, 1))
        two = bootstrap(sample_of_returns(residual, np.array([[0.01], [0.03]])))
        assert (two.value, two.p_value) == (pytest.approx(0.02), 0.5)
        one = bootstrap(
            sample_of_returns(residual, np.array([[0.01], [0.03]]), session=np.full(2, np.datetime64("2022-01-03")))
        )
        assert math.isnan(one.p_value)
        assert one.note == "needs at least two dates"
        alike = bootstrap(sample_of_returns(residual, np.array([[0.02], [0.02]])))
        assert (math.isnan(alike.p_value), alike.note) == (True, "all values are equal")

    def test_draws_too_many_to_keep_are_drawn_in_portions(self):
        """Seven hundred dates are drawn in two portions, which a second run draws again to the last digit."""
        cars = np.random.default_rng(9).normal(0.05, 1.0, size=700)
        sample = sample_of_returns(np.tile([0.01, -0.01, 0.02, -0.02], (700, 1)), cars[:, None])
        assert bootstrap(sample, 3) == bootstrap(sample, 3)
        assert bootstrap(sample, 3).df == 9_999

    def test_without_a_seed_it_is_seed_0(self):
        """By name and through the list of tests the seed is 0 where none is given; another seed draws otherwise."""
        sample = sample_of_returns(np.tile([0.01, -0.01, 0.02, -0.02], (30, 1)), np.linspace(-0.5, 1, 30)[:, None])
        assert bootstrap(sample) == bootstrap(sample, 0) == TESTS["bootstrap"].of_groups(sample)[0]
        assert bootstrap(sample) != bootstrap(sample, 1)


class TestOverlap:
    def test_is_the_correlation_of_sums_less_their_means(self):
        """ρ is the correlation of window sums less n times the mean of an estimation window, of returns not correlated.

        The formula takes the estimation windows for as far apart as the events, and those of one for clear of the
        windows of the other.
        """
        n, length, position = 6, 120, np.array([300, 302, 305, 340])
        weights = np.zeros((4, 400))
        for row, at in zip(weights, position, strict=True):
            row[at : at + n] = 1.0
            row[at - 230 : at - 230 + length] = -n / length
        covariance = weights @ weights.T
        expected = covariance / covariance[0, 0]
        assert overlap_matrix(position, n, length, length) == pytest.approx(expected, abs=1e-12)

    def test_without_an_estimated_mean(self):
        """With no estimation the share of common sessions, and the unit matrix where windows do not overlap."""
        assert overlap_matrix(np.array([0, 4, 9]), 6)[0].tolist() == pytest.approx([1.0, 1 / 3, 0.0])
        assert (overlap_matrix(np.arange(5), 1) == np.eye(5)).all()


def plain_raise_fold(z, first, strata, overlap):
    """Freedman and Lane's p over all permutations inside strata that keep the order of each label's residuals."""
    size, axes = np.linalg.eigh(overlap)
    whiten = axes @ np.diag(size**-0.5) @ axes.T
    one, m = whiten @ np.ones(len(z)), len(z)

    def residual(values):
        return values - one * (one @ values) / (one @ one)

    v, x = residual(whiten @ z), residual(whiten @ first.astype(float))
    found = []
    for order in permutations(range(m)):
        inside = all(strata[i] == strata[j] for i, j in enumerate(order))
        sides = [[order[i] for i in range(m) if first[i] == side and strata[i] == s] for side in (0, 1) for s in "ab"]
        if inside and all(side == sorted(side) for side in sides):
            found.append(abs(residual(v[list(order)]) @ x))
    return sum(value >= abs(v @ x) - 1e-12 for value in found) / len(found), len(found)


class TestRaiseFold:
    @pytest.mark.one_in(3)
    @pytest.mark.parametrize("seed", range(6))
    def test_exact_p_by_brute_force(self, seed):
        """The p and the number of assignments are those of a walk over all permutations that keep each side's order."""
        rng = np.random.default_rng(seed)
        z, first = rng.normal(size=7), rng.permutation(7) < 3
        strata = np.array(list("aaaabbb" if seed % 2 else "aaaaaaa"))
        overlap = overlap_matrix(np.sort(rng.integers(0, 20, 3)).repeat(3)[:7] + np.arange(7), 6, 120, 120)
        p, n, exact = raise_fold_permutation(z, first, strata, overlap)
        assert exact
        assert (p, n) == pytest.approx(plain_raise_fold(z, first, strata, overlap))

    def test_windows_apart_are_labels_permuted(self):
        """Where no windows overlap and there is one phase, it is the label permutation of z."""
        rng = np.random.default_rng(3)
        for _ in range(20):
            z, first = rng.normal(size=9), rng.permutation(9) < 4
            found = raise_fold_permutation(z, first, np.full(9, ""), np.eye(9))
            other = label_permutation_z(z, first, np.full(9, ""))
            assert found == (pytest.approx(other.p_value, abs=1e-12), other.df, True)

    def test_draws_are_near_the_count(self):
        """Drawn permutations give the counted p within four standard errors, the same for the same seed."""
        rng = np.random.default_rng(4)
        z, first, strata = rng.normal(size=12), np.arange(12) % 3 == 0, np.repeat(["a", "b"], 6)
        overlap = overlap_matrix(np.cumsum(rng.integers(1, 6, size=12)), 6, 120, 120)
        counted, n, exact = raise_fold_permutation(z, first, strata, overlap)
        assert raise_fold_permutation(z, first, strata, overlap, seed=5, most=n) == (counted, n, True)
        drawn, n_drawn, drawn_exact = raise_fold_permutation(z, first, strata, overlap, seed=5, most=n - 1)
        assert (n, exact, n_drawn, drawn_exact) == (15 * 15, True, 9_999, False)
        # All orders, and not those alone that keep each label's, are drawn: both are exact in size, not the same count.
        assert drawn == pytest.approx(counted, abs=0.1)
        assert raise_fold_permutation(z, first, strata, overlap, seed=5, most=1)[0] == drawn
        assert raise_fold_permutation(z, first, strata, overlap, seed=6, most=1)[0] != drawn

    def test_up_to_fifty_thousand_assignments_are_counted(self):
        """9 of 18 (48,620) are counted, 9 of 19 (92,378) drawn; a p of draws is never zero."""
        z = np.where(np.arange(19) < 9, 50.0, 0.0) + np.arange(19) / 10
        first = np.arange(19) < 9
        found = [raise_fold_permutation(z[:n], first[:n], np.full(n, ""), np.eye(n), n_draws=999) for n in (18, 19)]
        assert found[0] == (2 / 48_620, 48_620, True)
        assert found[1] == (1 / 1000, 999, False)

    def test_unit_label_and_order_do_not_matter(self):
        """Another unit, the labels exchanged, or events in another order keep the counted p."""
        rng = np.random.default_rng(6)
        z, first, strata = rng.normal(size=9), rng.permutation(9) < 4, np.repeat(["a", "b", "c"], 3)
        overlap = overlap_matrix(np.cumsum(rng.integers(1, 9, size=9)), 6)
        p = raise_fold_permutation(z, first, strata, overlap)[0]
        assert raise_fold_permutation(100 * z + 3, first, strata, np.eye(9))[0] == pytest.approx(
            raise_fold_permutation(z, first, strata, np.eye(9))[0]
        )
        assert raise_fold_permutation(-100 * z, first, strata, overlap)[0] == pytest.approx(p)
        order = np.array([3, 4, 5, 0, 1, 2, 6, 7, 8])  # strata as a whole: inside them the order is the permutation's
        again = raise_fold_permutation(z[order], first[order], strata[order], overlap[np.ix_(order, order)])
        assert again[0] == pytest.approx(p)

    @pytest.mark.parametrize("strata", [["a", "a", "b", "b"], ["a", "b", "c", "d"]])
    def test_nothing_to_permute_has_no_p(self, strata):
        """Where every stratum has one label there is no p."""
        first = np.array([True, True, False, False])
        p, n, exact = raise_fold_permutation(np.arange(4.0), first, np.array(strata), np.eye(4))
        assert math.isnan(p)
        assert (n, exact) == (1, True)

    @pytest.mark.slow
    @pytest.mark.parametrize("most", [50_000, 1], ids=["counted", "drawn"])
    @pytest.mark.parametrize("labels", ["1011001010", "0000011111"], ids=["mixed", "runs"])
    def test_size_with_overlapping_windows(self, labels, most):
        """Ten events in fifty sessions over 0:5: 4 to 6 % are rejected, where labels alone reject 1 % and 14 %."""
        position = 420 - np.array([62, 60, 55, 43, 40, 33, 32, 26, 24, 10])
        first, one, n = np.array([label == "1" for label in labels]), np.full(10, ""), 6
        overlap, rng = overlap_matrix(position, n, 120, 120), np.random.default_rng(1)
        whitened, plain = [], []
        for _ in range(6000 if most > 1 else 4000):
            returns = rng.normal(size=430)
            total = np.concatenate([[0.0], np.cumsum(returns)])
            mean = (total[position - 10] - total[position - 130]) / 120
            z = (total[position + n] - total[position]) / np.sqrt(n) - np.sqrt(n) * mean
            whitened.append(raise_fold_permutation(z, first, one, overlap, n_draws=999, most=most)[0] <= 0.05)
            plain.append(label_permutation_z(z, first, one).p_value <= 0.05)
        assert 0.04 <= np.mean(whitened) <= 0.06
        assert np.mean(plain) < 0.02 or np.mean(plain) > 0.12


# -- heteroskedasticity ---------------------------------------------------------------------------------------------


LOADINGS = np.array([2.0, 1.0, -1.0, 0.0])


def days(n_event=40, n_other=300, strength=1.0, seed=61):
    """Four markets: everyday shocks that hang together, and on event days a news factor beside them."""
    rng = np.random.default_rng(seed)
    mixing = np.array([[1.0, 0.0, 0.0, 0.0], [0.6, 0.8, 0.0, 0.0], [0.3, 0.2, 0.9, 0.0], [0.0, 0.0, 0.5, 0.8]])
    returns = rng.normal(size=(n_event + n_other, 4)) @ mixing.T
    is_event = np.arange(n_event + n_other) < n_event
    returns[is_event] += strength * rng.normal(size=(n_event, 1)) * LOADINGS
    return returns, is_event


def test_finds_the_loadings_of_the_news():
    """The factor has the loadings of the news and not those of the everyday shocks."""
    markets, found = regressions.news_factor(*days(n_event=400, n_other=4000, strength=2.0), n_draws=99)
    assert markets["loading"].to_numpy() == pytest.approx(2.0 * LOADINGS, abs=0.35)
    assert found["share"] > 0.9
    assert found["p_value"] == 0.01


def test_the_share_of_the_factor_by_hand():
    """Two markets that never move together: second moments rise from 1 to 9 and to 4; 8 of 11 are the factor's."""
    signs = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    returns, is_event = np.concatenate([signs * [3.0, 2.0], *[signs] * 5]), np.arange(24) < 4
    markets, found = regressions.news_factor(returns, is_event, n_draws=9)
    assert (found["eigenvalue"], found["share"]) == pytest.approx((8.0, 8 / 11))
    assert markets["loading"].tolist() == pytest.approx([8**0.5, 0.0])
    still = regressions.news_factor(np.concatenate([signs] * 6), is_event, n_draws=9)[1]
    assert (still["eigenvalue"], math.isnan(still["share"]), still["p_value"]) == (0.0, True, 1.0)
    falling = regressions.news_factor(np.concatenate([signs * [0.5, 0.2], *[signs] * 5]), is_event, n_draws=9)[1]
    assert (falling["eigenvalue"], math.isnan(falling["share"])) == (pytest.approx(0.25 - 1), True)


def test_is_the_leading_eigenvector_of_the_change():
    """Eigenvalue and loadings are those of the difference of the two second-moment matrices."""
    returns, is_event = days()
    change = returns[is_event].T @ returns[is_event] / 40 - returns[~is_event].T @ returns[~is_event] / 300
    markets, found = regressions.news_factor(returns, is_event, n_draws=9)
    loadings = markets["loading"].to_numpy()
    assert change @ loadings == pytest.approx(found["eigenvalue"] * loadings)
    assert found["eigenvalue"] == pytest.approx(np.linalg.eigvalsh(change)[-1])
    assert loadings @ loadings == pytest.approx(found["eigenvalue"])
    assert loadings[np.argmax(np.abs(loadings))] > 0


def test_same_seed_same_p():
    """The same seed gives the same p, another one nearly the same."""
    returns, is_event = days(strength=0.2)
    first, again, other = (regressions.news_factor(returns, is_event, 499, seed)[1]["p_value"] for seed in (1, 1, 2))
    assert first == again
    assert first == pytest.approx(other, abs=0.1)


def test_size():
    """Without news the p is at most 0.05 in 5 % of samples, within the Monte-Carlo band."""
    found = [regressions.news_factor(*days(12, 120, 0.0, seed), 99, seed)[1] for seed in range(300)]
    rejected = [one["p_value"] <= 0.05 for one in found]
    assert np.mean(rejected) == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 300))


@pytest.mark.parametrize(
    ("n_event", "n_other", "spoil", "words"),
    [(2, 50, False, "2 event days"), (30, 30, False, "more others"), (10, 50, True, "missing")],
)
def test_what_it_refuses(n_event, n_other, spoil, words):
    """Too few event days, too few others, or a missing return are refused with the reason."""
    returns, is_event = days(n_event, n_other)
    if spoil:
        returns[0, 0] = np.nan
    with pytest.raises(DesignError, match=words):
        regressions.news_factor(returns, is_event, 9)


def test_unless_another_seed_is_given_it_is_zero():
    """Of 2.7 million assignments the draws of seed 0 are looked at by default; another seed looks at others."""
    z, first, strata = np.random.default_rng(1).normal(0.3, 1, 24), np.arange(24) % 2 == 0, np.full(24, "a")
    p, zero, one = (float(raise_fold_permutation(z, first, strata, np.eye(24), **seed)[0])
                    for seed in ({}, {"seed": 0}, {"seed": 1}))  # fmt: skip
    assert p == zero != one
    assert zero == pytest.approx(one, abs=0.03)
