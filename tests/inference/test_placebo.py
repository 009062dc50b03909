import math
from pathlib import Path
from runpy import run_path
from statistics import median
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eventstudy import Window
from eventstudy.inference import placebo

PLAIN = SimpleNamespace(**run_path(str(Path(__file__).parents[1] / "reference" / "plain.py")))

some_windows = st.builds(lambda first, n: Window(first, first + n), st.integers(-5, 5), st.integers(0, 6))
seeds = st.integers(0, 2**32 - 1)
#: Small whole numbers, so that ties are common.
few_sizes = st.integers(-4, 4).map(float)


def noise(seed, n=160, share_missing=0.1):
    """Abnormal returns with some of them missing."""
    rng = np.random.default_rng(seed)
    ar = rng.standard_t(3, size=n) * 0.01
    ar[rng.random(n) < share_missing] = np.nan
    return ar


def plain_list(values):
    """The same numbers, with None for what is missing."""
    return [None if math.isnan(v) else float(v) for v in values]


def array(values):
    """The same numbers, with NaN for what is missing."""
    return np.array([math.nan if v is None else v for v in values])


def test_the_documented_constants():
    """The decay is 0.94, the cap nine variances, sixty returns start the recursion, a hundred sessions are enough."""
    assert (placebo.DECAY, placebo.CAP, placebo.START, placebo.ENOUGH) == (0.94, 9.0, 60, 100)


class TestScale:
    @given(seed=seeds, share=st.sampled_from([0.0, 0.1, 0.5]), decay=st.floats(0.5, 0.99), start=st.integers(2, 80))
    def test_equals_a_plain_loop(self, seed, share, decay, start):
        """The scale equals a plain loop, missing returns included, whatever decay and start."""
        ar = noise(seed, share_missing=share)
        expected = array(PLAIN.ewma(plain_list(ar), decay, start))
        np.testing.assert_allclose(placebo.ewma_scale(ar, decay=decay, start=start, cap=np.inf), expected, rtol=1e-12)

    @given(seed=seeds, cap=st.floats(0.5, 20))
    def test_a_capped_scale_equals_a_plain_loop(self, seed, cap):
        """A squared return enters as no more than so many times the variance expected of it."""
        ar = noise(seed)
        seen, variance, expected = [], math.nan, []
        for value in ar.tolist():
            expected.append(math.nan if math.isnan(variance) else math.sqrt(variance))
            if math.isnan(value):
                continue
            if not math.isnan(variance):
                variance = 0.94 * variance + 0.06 * min(value**2, cap * variance)
            seen.append(value)
            if len(seen) == 60:
                variance = float(np.var(seen, ddof=1))
        np.testing.assert_allclose(placebo.ewma_scale(ar, cap=cap), expected, rtol=1e-12)

    @given(seed=seeds)
    def test_series_side_by_side_are_each_alone(self, seed):
        """A table of series has the scales of its columns, whenever each begins."""
        table = np.column_stack([noise(seed + k, share_missing=share) for k, share in enumerate((0.0, 0.3, 0.9))])
        found = placebo.ewma_scale(table)
        for k in range(3):
            np.testing.assert_array_equal(found[:, k], placebo.ewma_scale(table[:, k]))

    def test_a_crash_does_not_blind_the_scale(self):
        """A return of thirty standard deviations raises the variance by half, not fiftyfold."""
        ar = np.tile([0.01, -0.01], 60)
        ar[100] = -0.30
        found = placebo.ewma_scale(ar)
        assert found[101] ** 2 / found[100] ** 2 == pytest.approx(0.94 + 0.06 * 9)

    def test_a_variance_of_nothing_caps_nothing(self):
        """A series that stood still has a scale again once it moves."""
        found = placebo.ewma_scale(np.array([0.0] * 60 + [1.0, 1.0]), decay=0.5)
        np.testing.assert_allclose(found[60:], [0.0, math.sqrt(0.5)])

    def test_by_hand(self):
        """After 1, -1 the variance is 2; a 2 makes it (2 + 4)/2 = 3; a missing return leaves it; a 1 makes it 2."""
        found = placebo.ewma_scale(np.array([1.0, -1.0, 2.0, np.nan, 1.0, 9.0]), decay=0.5, start=2)
        np.testing.assert_allclose(found**2, [np.nan, np.nan, 2.0, 3.0, 3.0, 2.0], rtol=1e-15)

    @given(seed=seeds, t=st.integers(0, 159), size=st.floats(-1e3, 1e3), missing=st.booleans())
    def test_no_return_is_in_the_scale_of_its_own_or_an_earlier_session(self, seed, t, size, missing):
        """Changing or losing any abnormal return at or after t leaves the scale of t, and of all before, untouched."""
        ar = noise(seed)
        before = placebo.ewma_scale(ar)
        ar[t:] = np.nan if missing else size
        np.testing.assert_array_equal(placebo.ewma_scale(ar)[: t + 1], before[: t + 1])

    @given(seed=seeds, t=st.integers(1, 158))
    def test_every_return_is_in_the_scale_of_the_next_session(self, seed, t):
        """A great move of a session raises the scale of the next one, once the recursion has begun."""
        ar = noise(seed)
        ar[t] = 0.0
        before = placebo.ewma_scale(ar)
        ar[t] = 1.0
        after = placebo.ewma_scale(ar)
        if math.isfinite(before[t + 1]):
            assert after[t + 1] > before[t + 1]
        else:
            assert math.isnan(before[t + 1])

    def test_too_few_returns_give_no_scale(self):
        """Fifty-nine abnormal returns don't start a recursion; the sixtieth starts it on the session after."""
        assert np.isnan(placebo.ewma_scale(np.arange(59.0))).all()
        assert np.isfinite(placebo.ewma_scale(np.arange(61.0))).tolist() == [False] * 60 + [True]
        assert len(placebo.ewma_scale(np.empty(0))) == 0


class TestZ:
    def test_by_hand(self):
        """A CAR of 6 over four sessions where the scale was 3 is z = 6 / (3 · 2) = 1."""
        car, scale = np.array([np.nan, 6.0, -3.0]), np.array([1.0, 3.0, 0.5])
        np.testing.assert_allclose(placebo.placebo_z(car, scale, Window(0, 3)), [np.nan, 1.0, -3.0])

    def test_a_window_that_begins_before_the_event_takes_the_scale_from_there(self):
        """Over -2:1 the z of a session has the scale of two sessions earlier, and the first two sessions have none."""
        found = placebo.placebo_z(np.full(4, 6.0), np.array([1.0, 3.0, 100.0, 100.0]), Window(-2, 1))
        np.testing.assert_allclose(found, [np.nan, np.nan, 3.0, 1.0])

    def test_a_window_that_begins_after_the_event_takes_the_scale_of_the_event_session(self):
        """Over 2:5 the z of a session has the scale known before the event itself, which no reaction has entered."""
        found = placebo.placebo_z(np.full(3, 6.0), np.array([1.0, 3.0, 0.5]), Window(2, 5))
        np.testing.assert_allclose(found, [3.0, 1.0, 6.0])

    def test_without_a_scale_there_is_no_z(self):
        """Where the volatility is unknown or zero, or the window begins before the sample, z is NaN."""
        assert np.isnan(placebo.placebo_z(np.array([1.0, 0.0]), np.array([np.nan, 0.0]), Window(0, 0))).all()
        assert np.isnan(placebo.placebo_z(np.ones(3), np.ones(3), Window(-3, 0))).all()
        assert np.isnan(placebo.placebo_z(np.ones(3), np.ones(3), Window(-9, 0))).all()

    @given(seed=seeds, t=st.integers(0, 159), window=some_windows, size=st.floats(-1e3, 1e3))
    def test_no_scale_has_seen_its_window_or_its_event_session(self, seed, t, window, size):
        """Whatever happens from the earlier of the window's begin and the event session on, the scale of z stays."""
        ar = noise(seed)
        before = placebo.placebo_z(np.ones(160), placebo.ewma_scale(ar), window)
        ar[max(t + min(window.first, 0), 0) :] = size
        after = placebo.placebo_z(np.ones(160), placebo.ewma_scale(ar), window)
        np.testing.assert_array_equal(after[t], before[t])


class TestP:
    @pytest.mark.parametrize(
        ("z", "draws", "expected"),
        [
            (2.0, [0.5, -2.5, 1.0], 2 / 4),
            (-2.0, [0.5, -2.5, 1.0], 2 / 4),
            (2.5, [0.5, -2.5, 1.0], 2 / 4),
            (0.0, [0.5, -2.5, 1.0], 1.0),
            (9.0, [0.5, -2.5, 1.0], 1 / 4),
            (9.0, [0.0] * 999, 1 / 1000),
        ],
    )
    def test_by_hand(self, z, draws, expected):
        """One more than the draws at least as far out, either way, over one more than all; a tie counts."""
        assert placebo.placebo_p(z, np.array(draws)) == expected

    def test_undefined(self):
        """Without a z, or without a draw to hold it against, there is no p."""
        assert math.isnan(placebo.placebo_p(math.nan, np.array([1.0])))
        assert math.isnan(placebo.placebo_p(1.0, np.empty(0)))

    def test_never_below_what_the_days_can_show(self):
        """Sixty windows of six sessions are ten days: no p is below 1/11."""
        assert placebo.placebo_p(9.0, np.zeros(60), n=6) == pytest.approx(1 / 11)

    @given(z=few_sizes, draws=st.lists(few_sizes, min_size=1, max_size=30))
    def test_equals_a_plain_loop_and_never_undercuts_its_floor(self, z, draws):
        """The p equals a plain count, is at most one and never below 1/(B + 1)."""
        found = placebo.placebo_p(z, np.array(draws))
        assert found == PLAIN.placebo_p(z, draws)
        assert 1 / (len(draws) + 1) <= found <= 1.0

    @given(draws=st.lists(st.floats(-5, 5), min_size=2, max_size=50, unique=True))
    def test_is_uniform_over_its_own_draws(self, draws):
        """Any of B + 1 exchangeable figures has p at most u for a share of them at most u: the test keeps its size."""
        p = sorted(placebo.placebo_p(z, np.array(draws[:i] + draws[i + 1 :])) for i, z in enumerate(draws))
        for rank, value in enumerate(p, start=1):
            assert rank <= value * len(draws) + 1e-9


families = st.integers(1, 6).flatmap(
    lambda s: st.tuples(
        arrays(float, s, elements=few_sizes),
        arrays(float, st.tuples(st.integers(1, 25), st.just(s)), elements=few_sizes),
    )
)


def step_down_p(z, draws):
    """Family p (S,) of one event, from the draws (B, S)."""
    counts = placebo.step_down_counts(z[:, None], np.abs(draws.T)[:, None])
    return placebo.stepped_p(z[:, None], counts, len(draws))[:, 0]


class TestStepDown:
    @given(families)
    def test_equals_westfall_and_young_in_plain_loops(self, family):
        """The step-down p-values equal Westfall and Young's procedure written as plain loops, ties included."""
        z, draws = family
        assert step_down_p(z, draws).tolist() == PLAIN.step_down(z.tolist(), draws.tolist())

    @given(families)
    def test_never_below_the_single_p_and_never_against_the_order(self, family):
        """No family p is below the p of its series alone on the same draws, and a larger |z| never has a larger one."""
        z, draws = family
        p = step_down_p(z, draws)
        for j, value in enumerate(z):
            assert p[j] >= placebo.placebo_p(value, draws[:, j])
        rising = np.argsort(np.abs(z), kind="stable")
        assert (np.diff(p[rising]) <= 0).all()

    @given(families, st.randoms(use_true_random=False))
    def test_order_of_series_and_of_draws_does_not_matter(self, family, random):
        """Series in another order have the same family p-values, and so have draws in another order."""
        z, draws = family
        p = step_down_p(z, draws)
        series, rows = list(range(len(z))), list(range(len(draws)))
        random.shuffle(series)
        random.shuffle(rows)
        assert step_down_p(z[series], draws[:, series]).tolist() == p[series].tolist()
        assert step_down_p(z, draws[rows]).tolist() == p.tolist()

    @given(few_sizes, arrays(float, st.tuples(st.integers(1, 25), st.just(1)), elements=few_sizes))
    def test_one_series_has_its_own_placebo_p(self, z, draws):
        """A family of one is the single placebo test."""
        assert step_down_p(np.array([z]), draws)[0] == placebo.placebo_p(z, draws[:, 0])

    def test_identical_series_cost_nothing(self):
        """Nineteen copies of one series have the p of one: dependence is kept."""
        draws = np.random.default_rng(4).normal(size=(200, 1))
        found = step_down_p(np.full(19, 2.2), np.repeat(draws, 19, axis=1))
        assert found.tolist() == [placebo.placebo_p(2.2, draws[:, 0])] * 19

    def test_nothing_to_compare(self):
        """Without members there is nothing."""
        assert len(step_down_p(np.empty(0), np.empty((3, 0)))) == 0


def clear(n_sessions, positions, span, gaps):
    """Sessions whose span meets no event's span and no closure."""
    return placebo.clear_of(placebo.touched(n_sessions, np.array(positions, dtype=np.int64), span) | gaps, span)


class TestAdmissible:
    positions = st.lists(st.integers(0, 39), max_size=5)

    @given(positions, some_windows)
    def test_event_spans_by_brute_force(self, positions, span):
        """A session is in an event's span when its distance from some event lies within the span."""
        found = placebo.touched(40, np.array(positions, dtype=np.int64), span)
        assert found.tolist() == PLAIN.touched(40, positions, (span.first, span.last))

    @given(positions, some_windows, st.sets(st.integers(1, 39), max_size=3))
    def test_untouched_by_brute_force(self, positions, span, gaps):
        """A session is untouched when all its span is in the sample, in no event's span and after no closure."""
        after_gap = np.isin(np.arange(40), list(gaps))
        found = clear(40, positions, span, after_gap)
        gap_days = [30 if gap else 1 for gap in after_gap]
        assert found.tolist() == PLAIN.admissible(40, positions, (span.first, span.last), gap_days)

    def test_an_event_keeps_its_neighbours_out(self):
        """With span 0:2 an event on session 5 leaves 0, 1, 2 and 8, 9 of twelve; 10 and 11 lack sessions after them."""
        found = clear(12, [5], Window(0, 2), np.zeros(12, dtype=bool))
        assert np.flatnonzero(found).tolist() == [0, 1, 2, 8, 9]

    def test_a_closure_keeps_out_the_windows_that_span_it(self):
        """A session after a closure can't stand in a placebo window, the session before it can be the last of one."""
        found = clear(8, [], Window(0, 1), np.arange(8) == 4)
        assert np.flatnonzero(found).tolist() == [0, 1, 2, 5, 6]

    def test_a_sample_shorter_than_the_span_has_none(self):
        """Three sessions hold no window of four."""
        assert not clear(3, [], Window(0, 3), np.zeros(3, dtype=bool)).any()


class TestEffectiveN:
    def test_groups_on_the_first_sessions_are_apart(self):
        """A group that ends where the sample does, and one that begins where it begins, have nothing in common."""
        first, second = np.array([0, 50]), np.array([0, 3])
        together = placebo.effective_sizes(np.append(first, second), np.array([2, 2]), 5, np.array([100.0, 100.0]), 7)
        alone = [placebo.effective_n(at, 5, 100.0, 7) for at in (first, second)]
        assert together.tolist() == pytest.approx(alone)

    @given(st.lists(st.integers(0, 60), min_size=1, max_size=12, unique=True), st.integers(1, 8), st.integers(60, 130))
    def test_equals_a_double_loop(self, positions, n, n_obs):
        """m² over the sum of all pairwise overlaps, written as a double loop; from 1 to m."""
        at = np.array(sorted(positions))
        total = 0.0
        for one in at.tolist():
            for other in at.tolist():
                gap = abs(one - other)
                total += (max(1 - gap / n, 0) + n / n_obs * max(1 - gap / 120, 0)) / (1 + n / n_obs)
        found = placebo.effective_n(at, n, n_obs, 120)
        assert found == pytest.approx(len(at) ** 2 / total)
        assert 1 - 1e-9 <= found <= len(at) + 1e-9


def test_the_garch_scale_is_archs():
    """The volatility of the package arch, known the session before; a missing return has the forecast of the next."""
    arch, rng = pytest.importorskip("arch"), np.random.default_rng(3)
    ar = rng.normal(0.0, 0.01, 300) * np.exp(0.5 * np.sin(np.arange(300) / 20))
    ar[[120, 121]] = np.nan
    known = np.flatnonzero(np.isfinite(ar))
    fitted = arch.arch_model(100 * ar[known], mean="Zero", rescale=False).fit(disp="off").conditional_volatility / 100
    scale = placebo.garch_scale(ar)
    assert np.isnan(scale[:60]).all()
    np.testing.assert_allclose(scale[known[60:]], fitted[60:], rtol=1e-3)
    assert scale[120] == scale[121] == scale[122]
    short, still = ar[:60], np.zeros(300)
    assert np.isnan(placebo.garch_scale(short)).all()
    table = placebo.garch_scale(np.stack([ar, still], axis=1))
    np.testing.assert_array_equal(table[:, 0], scale)
    assert np.isnan(table[:, 1]).all()


@pytest.mark.parametrize(("nu", "low", "high"), [(3.0, 2.5, 4.0), (8.0, 5.0, 15.0)])
def test_the_law_of_far_days_is_found(nu, low, high):
    """Of draws of a multivariate t whose law is known, scatter and degrees of freedom are those of that law."""
    rng, root = (
        np.random.default_rng(6),
        np.linalg.cholesky(np.array([[4.0, 1.0, 0.0], [1.0, 1.0, 0.3], [0.0, 0.3, 0.5]])),
    )
    x = rng.normal(size=(3_000, 3)) @ root.T / np.sqrt(rng.chisquare(nu, 3_000) / nu)[:, None]
    scatter, found = placebo.student_law(x)
    assert low <= found <= high
    np.testing.assert_allclose(scatter, root @ root.T, atol=0.3)


@pytest.mark.parametrize("n", [100, 101, 151, 400])
def test_the_tail_beyond_the_days_is_that_of_plain_loops(n):
    """Ranks up to the 98th percentile; behind it a Pareto tail averaged over its shapes and scales, day by day.

    Of 101 and of 151 days the 90th percentile is itself a day, which is no excess over itself.
    """
    days = np.abs(np.random.default_rng(n).standard_t(4, n))
    ordered = sorted(days.tolist())

    def quantile(share):
        below = math.floor(share * (n - 1) + 1e-9)
        rest = share * (n - 1) - below
        return ordered[below] if rest < 1e-9 else ordered[below] * (1 - rest) + ordered[below + 1] * rest

    begin, end = quantile(0.90), quantile(0.98)
    inside = [day - begin for day in ordered if begin + 1e-12 < day <= end]
    beyond = sum(day > end for day in ordered)
    unit = median([day for day in ordered if day > begin + 1e-12]) - begin
    grid = [(0.01 + 0.49 * i / 24, unit * 0.4 * 12.5 ** (j / 39)) for i in range(25) for j in range(40)]

    def outlived(x, shape, scale):
        return (1 + shape * x / scale) ** (-1 / shape)

    likely = [
        math.prod(outlived(x, shape, scale) ** (1 + shape) / scale for x in inside)
        * outlived(end - begin, shape, scale) ** beyond
        for shape, scale in grid
    ]
    for far in (0.0, ordered[n // 2], end, 1.2 * end, 3 * end):
        wanted = (1 + sum(day >= far for day in ordered)) / (n + 1)
        if far > end:
            each = [outlived(far - begin, *at) / outlived(end - begin, *at) for at in grid]
            wanted = beyond / n * sum(map(math.prod, zip(each, likely, strict=True))) / sum(likely)
        assert placebo.tail_p(np.array([far]), days)[0] == pytest.approx(wanted, rel=1e-9)
