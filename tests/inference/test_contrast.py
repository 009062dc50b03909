import math
from collections import Counter
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from eventstudy.inference import label_permutation, label_permutation_z
from eventstudy.inference.contrast import MOST_ASSIGNMENTS, dealt_labels

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
    """The p is the share of all ways to deal the labels out inside phases whose difference is at least as large."""
    assume(has_contrast(rows))
    found = permutation(rows)
    values, raised, phases = zip(*rows, strict=True)
    p, n_deals = PLAIN.permutation_p(values, raised, phases)
    assert found.p_value == pytest.approx(p, rel=1e-12, abs=0)
    assert found.df == n_deals
    assert found.value == pytest.approx(PLAIN.within_phases(values, raised, phases), abs=1e-12)
    assert (found.law, found.note, found.n_cars) == ("permutation", "", len(rows))


def test_by_hand():
    """Of 4, 3 raised and 1, 2 folded two of the six deals differ by two: p = 1/3."""
    found = permutation([(4.0, True, "a"), (3.0, True, "a"), (1.0, False, "a"), (2.0, False, "a")])
    assert (found.value, found.p_value, found.df) == (2.0, pytest.approx(1 / 3), 6)


def test_labels_stay_in_their_phase():
    """Two phases of one raise and one fold have four deals, not the six of four events in one phase."""
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
    """Count by dynamic programming, over whole numbers, the deals that differ at least as much as the first one."""
    total, ways = sum(values), Counter({(0, 0): 1})
    for value in values:
        taken = Counter({(n + 1, s + value): count for (n, s), count in ways.items() if n < n_raise})
        ways.update(taken)
    n_fold = len(values) - n_raise

    def size(s):
        return abs(s * n_fold - (total - s) * n_raise)

    observed = size(sum(values[:n_raise]))
    deals = {s: count for (n, s), count in ways.items() if n == n_raise}
    return sum(count for s, count in deals.items() if size(s) >= observed) / sum(deals.values())


@pytest.mark.parametrize("values", [[-0.1, -0.5, 0.3, -0.1], [0.1, 0.2, 0.3, 0.2]])
def test_no_difference_at_all_has_p_one(values):
    """Where raises and folds have the same mean but for rounding, every deal differs at least as much: p = 1."""
    assert permutation([(value, i < 3, "") for i, value in enumerate(values)]).p_value == 1.0


class TestTooManyDeals:
    values = tuple(int(v) for v in np.random.default_rng(8).integers(-50, 60, size=24))

    def rows(self):
        """Twelve raises, shifted up, and twelve folds; and the same figures as whole numbers."""
        shifted = [v + 20 for v in self.values[:12]] + list(self.values[12:])
        return [(float(v), i < 12, "") for i, v in enumerate(shifted)], shifted

    def test_sampled_p_is_near_the_exact_one(self):
        """With 2.7 million deals 9,999 are drawn; the p is within four standard errors of the counted one."""
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
        """Two phases of 924 deals each make 853,776: too many to look at, and no draw crosses the phases."""
        rows = [(float(i % 2), i % 2 == 0, "a" if i < 12 else "b") for i in range(24)]
        found = permutation(rows)
        assert "of 853776" in found.note
        apart = [(v + (100 if p == "b" else 0), raised, p) for v, raised, p in rows]
        assert permutation(apart).p_value == found.p_value


def test_the_limit_is_the_documented_one():
    """Up to 50,000 deals all are looked at: 9 of 18 (48,620) are counted, 9 of 19 (92,378) are sampled."""
    assert MOST_ASSIGNMENTS == 50_000
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


@pytest.mark.parametrize("n", [6, 40])
def test_labels_dealt_beforehand_give_the_same_p(n):
    """Whether the labels are dealt for all series at once or for each, exactly or by draws, the statistic is one."""
    rng = np.random.default_rng(n)
    raised, phases = np.arange(n) % 2 == 0, np.where(np.arange(n) < n // 2, "a", "b")
    labels = dealt_labels(raised, phases, 3)
    assert len(labels) == (9 if n == 6 else 9_999)
    for test in (label_permutation, label_permutation_z):
        values = rng.normal(size=n)
        assert test(values, raised, phases, 3, labels) == test(values, raised, phases, 3)
