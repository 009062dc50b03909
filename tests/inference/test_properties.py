"""What holds for every test of a mean: properties, and what is said where there is no statistic."""

import dataclasses
import math
import re
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstudy import Window
from eventstudy.inference import TESTS, EventSample, mean_correlation, sample_of_returns

MAKE = SimpleNamespace(**run_path(str(Path(__file__).parent / "making.py")))

MEANS = [name for name, test in TESTS.items() if not test.contrast]
EVERY_TEST = pytest.mark.parametrize("name", MEANS)

#: Tests whose figure is in the unit of the CARs; the others have none.
IN_UNITS = {"bootstrap"}

#: Tests that take CARs for independent, and warn where they share a date (`dependence_note`).
INDEPENDENT = {
    "cross_section_t", "patell_z", "bmp_t", "skewness_adjusted_t", "sign_z", "generalized_sign_z", "wilcoxon",
    "grank_z",
}  # fmt: skip

#: There are a hundred of these properties and tests, each of which has other answers beside it.
some = settings(max_examples=settings.default.max_examples * 2 // 5)

seeds = st.integers(0, 2**32 - 1)
samples = st.builds(
    lambda seed, n_events, n_series, window, spread: MAKE.random_sample(
        seed, n_events=n_events, n_series=n_series, length=40, window=window, spread=spread
    ),
    seeds,
    st.integers(2, 5),
    st.integers(1, 3),
    st.sampled_from([(0, 0), (-1, 2)]),
    st.sampled_from([10, 300]),
)


def run(name, sample):
    """Run a test by name."""
    return TESTS[name].of_groups(sample, 0)[0]


def same(found, expected, factor=1.0):
    """Whether two statistics agree but for rounding, the first being `factor` times the other."""
    assert (found.test, found.law, found.n_cars, found.n_dates) == (
        *(expected.test, expected.law, expected.n_cars, expected.n_dates),
    )
    assert found.value == pytest.approx(factor * expected.value, rel=1e-8, abs=1e-10, nan_ok=True)
    assert found.df == pytest.approx(expected.df, nan_ok=True)
    assert found.p_value == pytest.approx(expected.p_value, rel=1e-6, abs=1e-12, nan_ok=True)


def rows_of(sample, rows):
    """The sample of some rows, in their order."""
    names = [f.name for f in dataclasses.fields(EventSample) if f.name not in {"window", "span", "row", "n"}]
    own = {name: getattr(sample, name)[rows] for name in names}
    return dataclasses.replace(sample, row=np.arange(len(rows)), n=np.array([len(rows)]), **own)


@pytest.mark.one_in(3)
@EVERY_TEST
@some
@given(samples, st.randoms(use_true_random=False))
def test_the_order_of_events_does_not_matter(name, sample, random):
    """Events in another order give the same statistic, the same p and the same counts."""
    rows = list(range(len(sample)))
    random.shuffle(rows)
    same(run(name, rows_of(sample, rows)), run(name, sample))


@pytest.mark.one_in(3)
@EVERY_TEST
@some
@given(samples)
def test_the_names_of_series_and_episodes_do_not_matter(name, sample):
    """Series and episodes called otherwise give the same statistic."""
    renamed = dataclasses.replace(
        sample,
        series=np.array([f"series {s}"[::-1] for s in sample.series]),
        phase=np.array([f"phase {p}"[::-1] for p in sample.phase]),
    )
    same(run(name, renamed), run(name, sample))


@pytest.mark.one_in(3)
@EVERY_TEST
@some
@given(samples, st.sampled_from([100.0, 1e4, 1e-6, 2.0**-7]))
def test_the_unit_does_not_matter(name, sample, unit):
    """Returns in per cent or basis points give the same statistic; a mean is in their unit."""
    scaled = dataclasses.replace(
        sample,
        **{field: getattr(sample, field) * unit for field in ("car", "ar", "residual", "sigma")},
    )
    same(run(name, scaled), run(name, sample), unit if name in IN_UNITS else 1.0)


@pytest.mark.one_in(3)
@EVERY_TEST
@some
@given(samples)
def test_up_and_down_are_alike(name, sample):
    """Turning all returns round turns the sign of the statistic and keeps the p, but for the signs of zeros."""
    turned = dataclasses.replace(
        sample, **{field: -getattr(sample, field) for field in ("car", "scar", "ar", "residual")}
    )
    found, expected = run(name, turned), run(name, sample)
    if name == "wilcoxon":
        n = np.count_nonzero(sample.car)
        assert found.value == n * (n + 1) / 2 - expected.value
    elif name != "generalized_sign_z" or ((sample.residual != 0).all() and (sample.car != 0).all()):
        same(found, expected, -1.0)
    assert found.p_value == pytest.approx(expected.p_value, nan_ok=True) or name == "generalized_sign_z"


@pytest.mark.one_in(3)
@EVERY_TEST
@some
@given(seeds, st.integers(0, 5), st.sampled_from(["all", "window", "estimation", "constant"]))
def test_an_event_without_data_changes_nothing(name, seed, place, what):
    """An event that lacks its returns, its window or its estimation, or whose series stood still, is no event."""
    rng = np.random.default_rng(seed)
    estimation, event = rng.normal(size=(5, 40)), rng.normal(size=(5, 3))
    days = np.datetime64("2022-01-01") + 100 * np.arange(5)
    shape = {"window": Window(0, 1), "span": Window(-1, 1)}
    phase = np.array(["a", "b", "a", "b", "b"])
    before = sample_of_returns(estimation, event, session=days, phase=phase, **shape)
    empty, gone = rng.normal(size=(1, 40)), rng.normal(size=(1, 3))
    empty[:] = np.nan if what in {"all", "estimation"} else 0.01 if what == "constant" else empty
    gone[:, 1:] = np.nan if what in {"all", "window"} else gone[:, 1:]
    after = sample_of_returns(
        np.insert(estimation, place, empty, axis=0),
        np.insert(event, place, gone, axis=0),
        session=np.insert(days, place, np.datetime64("2029-01-01")),
        phase=np.insert(phase, place, "c"),
        **shape,
    )
    found, expected = run(name, after), run(name, before)
    assert dataclasses.replace(found, df=0, p_value=0) == dataclasses.replace(expected, df=0, p_value=0)
    assert found.p_value == expected.p_value


@pytest.mark.one_in(3)
@EVERY_TEST
@some
@given(samples)
def test_a_number_has_a_p_and_no_number_has_a_reason(name, sample):
    """A statistic is a finite number with a p between 0 and 1, or NaN throughout with a note; never anything else."""
    found = run(name, sample)
    if math.isfinite(found.value):
        assert 0 <= found.p_value <= 1
    else:
        assert math.isnan(found.value)
        assert math.isnan(found.p_value)
        assert math.isnan(found.df)
        assert found.note
    assert found.null == TESTS[name].null


def flat(n_events, value=0.02, *, session=None, estimation=None):
    """Events that all have the same CAR."""
    quiet = np.tile([0.01, -0.01, 0.02, -0.02], (n_events, 10)) if estimation is None else estimation
    return sample_of_returns(quiet, np.full((n_events, 1), value), session=session)


@EVERY_TEST
def test_no_event_at_all(name):
    """Without an event there is no statistic, and the note says what is missing."""
    found = run(name, flat(0))
    assert math.isnan(found.value)
    assert found.note
    assert (found.n_cars, found.n_dates) == (0, 0)


#: Tests that can judge one event by its estimation window, and those for which one sign is a count.
OF_ONE = {"crude_dependence_t", "patell_z", "adjusted_patell_z", "rank_z", "calendar_time_t", "generalized_sign_z"}
COUNTS = {"sign_z", "wilcoxon"}


@EVERY_TEST
def test_one_event(name):
    """One event has a statistic only where the yardstick is its estimation window; a count of one has p = 1."""
    found = run(name, flat(1))
    if name in OF_ONE:
        assert 0 < found.p_value < 1
    elif name in COUNTS:
        assert found.p_value == 1.0
    else:
        assert math.isnan(found.value)
        assert found.note.startswith("needs at least")


@EVERY_TEST
def test_equal_cars_have_no_dispersion_to_be_measured_by(name):
    """Five equal CARs give no infinite t: tests that divide by their dispersion say so."""
    found = run(name, flat(5))
    if name in OF_ONE | COUNTS:
        assert math.isfinite(found.value)
    elif name == "ibragimov_mueller_t":
        assert found.note == "needs at least two episodes (phases of the events)"
    else:
        assert math.isnan(found.value)
        assert found.note == "all values are equal"


def test_patell_needs_two_degrees_of_freedom():
    """With three estimation returns M - k - 2 is zero and a SCAR has no variance: no number, and a note."""
    short = np.tile([0.01, -0.01, 0.03], (2, 1))
    for name in ("patell_z", "adjusted_patell_z"):
        found = run(name, flat(2, estimation=short))
        assert math.isnan(found.value)
        assert found.note == "2 estimations have too few observations: M - k - 2 must be positive"
    assert math.isfinite(run("crude_dependence_t", flat(2, estimation=short)).value)


def test_signs_that_are_all_alike_have_no_base_rate():
    """Where every estimation residual is zero or below there is no share to compare with."""
    sample = dataclasses.replace(flat(3), residual=-np.abs(flat(3).residual))
    found = run("generalized_sign_z", sample)
    assert math.isnan(found.value)
    assert found.note == "the estimation residuals are all of one sign"


def test_cars_of_zero_are_neither_up_nor_down():
    """Sign and signed-rank test leave CARs of exactly zero out and say how many; all zero is no sample."""
    estimation = np.tile([0.01, -0.01], (4, 20))
    sample = sample_of_returns(estimation, np.array([[0.0], [0.02], [0.03], [0.0]]))
    for name in ("sign_z", "wilcoxon"):
        assert run(name, sample).note == "2 CARs of zero left out"
        assert run(name, flat(3, 0.0)).note == "no CAR differs from zero"
    assert run("sign_z", sample).value == pytest.approx(math.sqrt(2))


def test_ranks_that_do_not_vary_have_no_scale():
    """Residuals that cancel on every session of event time, with the event's, leave ranks without variation."""
    returns = np.array([[0.01, -0.01, 0.02, -0.02], [-0.01, 0.01, -0.02, 0.02]])
    sample = sample_of_returns(returns, np.array([[0.03], [-0.03]]))
    for name in ("rank_z", "grank_t"):
        assert math.isnan(run(name, sample).value)
        assert run(name, sample).note == "the ranks do not vary from session to session"


def shared_day(n=40, n_series=3, seed=2):
    """Several series on one event date."""
    rng = np.random.default_rng(seed)
    day = np.full(n_series, "2022-01-27", dtype="datetime64[D]")
    return sample_of_returns(rng.normal(size=(n_series, n)), rng.normal(size=(n_series, 1)), session=day)


@pytest.mark.parametrize("name", sorted(INDEPENDENT))
def test_tests_that_take_series_for_independent_warn_where_they_share_a_date(name):
    """Patell, BMP, the plain t and their like are printed with a warning that names a test to look at instead."""
    note = run(name, shared_day()).note
    remedy = {"patell_z": "adjusted_patell_z", "bmp_t": "adjusted_bmp_t", "grank_z": "grank_t"}
    assert f"several CARs share a date: rejects too often, see {remedy.get(name, 'date_clustered_t')}" in note
    assert "rejects too often" not in run(name, flat(3, session=shared_day().session + np.arange(3))).note


@pytest.mark.parametrize("name", sorted(set(MEANS) - INDEPENDENT))
def test_the_others_do_not_warn(name):
    """A test that allows for series that share a date has nothing to warn of."""
    assert "rejects too often" not in run(name, shared_day()).note


@pytest.mark.parametrize(("apart", "n", "warned"), [(1, 2, True), (1, 1, False), (2, 2, False), (3, 6, True)])
@pytest.mark.parametrize("name", ["date_clustered_t", "bootstrap", "crude_dependence_t", "rank_z", "grank_t"])
def test_dates_whose_windows_overlap_are_not_independent_either(name, apart, n, warned):
    """Tests that take dates for independent warn where windows of different dates share one, and name another test."""
    sample = one_series([apart * k for k in range(6)])
    sample = dataclasses.replace(sample, window=np.array([[0, n - 1]]), span=Window(0, n - 1), **_wider(sample, n))
    words = "windows of different dates overlap: rejects too often, see calendar_time_t"
    assert (words in run(name, sample).note) is warned
    assert words not in run("calendar_time_t", sample).note
    assert (words in run("wilcoxon", sample).note) is warned


def one_series(days):
    """Events of one series, so many days apart."""
    sample = shared_day(n_series=len(days))
    around = np.array(days)[:, None]
    return dataclasses.replace(
        sample,
        series=np.full(len(days), "ruble"),
        session=sample.session + np.array(days),
        tau_session=sample.tau_session + around,
        residual_session=sample.residual_session + around,
    )


def test_two_events_on_one_session_of_one_series_are_to_be_merged():
    """Two events of one series on one session are the same number: mean correlation is no tool for that."""
    sample = one_series([0, 0, 50])
    assert "merge the events" in run("bmp_t", sample).note
    for name in ("adjusted_bmp_t", "adjusted_patell_z"):
        found = run(name, sample)
        assert found.value == run(name.removeprefix("adjusted_"), sample).value
        assert found.note == (
            "one series: mean correlation is no tool; pairs of overlapping windows on one series: 1, "
            "rejects too often, keep one of each (--overlap first)"
        )


@given(st.lists(st.integers(0, 12), min_size=1, max_size=8), st.integers(1, 4))
def test_overlapping_windows_of_one_series_are_counted(days, n):
    """The overlapping pairs of windows of one series are counted as by looking at each pair."""
    sample = dataclasses.replace(
        one_series(days), window=np.array([[0, n - 1]]), span=Window(0, n - 1), **_wider(one_series(days), n)
    )
    pairs = [(a, b) for i, a in enumerate(days) for b in days[i + 1 :] if abs(a - b) < n]
    note = mean_correlation(sample).note
    assert (f"pairs of overlapping windows on one series: {len(pairs)}," in note) == bool(pairs)
    assert ("overlapping" in note) == bool(pairs)


def _wider(sample, n):
    """The event sessions of a sample, n of them."""
    after = np.arange(n)
    return {
        "ar": np.zeros((len(sample), n)),
        "tau_session": sample.session[:, None] + after,
    }


def test_perfectly_correlated_series_have_no_adjusted_bmp():
    """Series that are one and the same have r̄ = 1, and nothing is left to divide by."""
    sample = shared_day(n_series=1)
    twice = sample_of_returns(
        np.repeat(sample.residual, 2, axis=0), np.array([[0.1], [0.3]]), session=np.repeat(sample.session, 2)
    )
    found = run("adjusted_bmp_t", dataclasses.replace(twice, series=np.array(["a", "b"])))
    assert math.isnan(found.value)
    assert found.note == "the series are perfectly correlated"


def test_too_few_common_sessions_are_no_correlation():
    """Series whose estimation windows share fewer than thirty dates have no mean correlation, and that is said."""
    for name in ("adjusted_bmp_t", "adjusted_patell_z"):
        found = run(name, shared_day(n=29))
        assert math.isnan(found.value)
        assert "pairs with fewer than 30 common sessions: 3" in found.note
        assert math.isfinite(run(name, shared_day(n=30)).value)


def test_a_negative_mean_correlation_is_floored_and_said():
    """Where residuals move against each other r̄ is 0, and the note keeps what it was."""
    residual = np.random.default_rng(1).normal(size=60)
    estimation, day = np.stack([residual, -residual + 0.1 * residual**2]), shared_day().session[:2]
    sample = sample_of_returns(estimation, np.array([[1.0], [2.0]]), session=day)
    assert mean_correlation(sample).value == 0.0
    assert float(re.search(r"0.000, (-0.\d{3}) floored", mean_correlation(sample).note)[1]) < -0.8
    assert run("adjusted_bmp_t", sample).value == run("bmp_t", sample).value
    assert "floored (pairs on shared dates: 1)" in run("adjusted_bmp_t", sample).note


def test_the_adjusted_tests_say_what_they_were_adjusted_by():
    """The note of a corrected statistic gives the mean correlation and from how many pairs."""
    found = mean_correlation(shared_day())
    for name in ("adjusted_bmp_t", "adjusted_patell_z"):
        assert run(name, shared_day()).note == f"mean correlation {found.value:.3f} (pairs on shared dates: 3)"


class TestTimeSeries:
    def test_a_portfolio_without_a_past_is_left_out_and_counted(self):
        """A date whose portfolio has fewer than thirty common estimation sessions is left out; the note counts it."""
        sample = shared_day(n=40)
        learned = sample.residual_session.copy()
        learned[0] += np.timedelta64(400, "D")  # the first series has its estimation window elsewhere
        apart = dataclasses.replace(sample, residual_session=learned)
        found = run("calendar_time_t", apart)
        assert math.isnan(found.value)
        assert found.note.startswith("no portfolio has 30 estimation sessions")
        alone = rows_of(apart, [1, 2])
        day = alone.tau_session + np.array([[0], [1]])
        found = run("calendar_time_t", dataclasses.replace(alone, tau_session=day))
        assert found.note == "2 calendar dates"

    def test_calm_event_windows_do_not_make_it_larger(self):
        """The calendar-time statistic grows in proportion to the portfolio's returns, whose dispersion is not in it."""
        sample = shared_day()
        loud = dataclasses.replace(sample, ar=sample.ar * 10, car=sample.car * 10)
        assert run("calendar_time_t", loud).value == pytest.approx(10 * run("calendar_time_t", sample).value)


class TestBootstrap:
    def test_the_seed_decides_the_draws(self):
        """The same seed gives the same figures to the last digit; another seed draws otherwise."""
        sample = MAKE.random_sample(3, n_events=20, n_series=1)
        assert TESTS["bootstrap"].of_groups(sample, 4)[0] == TESTS["bootstrap"].of_groups(sample, 4)[0]
        assert (
            TESTS["bootstrap"].of_groups(sample, 4)[0].interval != TESTS["bootstrap"].of_groups(sample, 5)[0].interval
        )

    def test_dates_are_blocks(self):
        """Nine series that are copies of one have the p and the interval of the one: a date counts once."""
        event = np.array([[0.03], [-0.01], [0.02], [0.05], [-0.02], [0.04]])
        once = sample_of_returns(np.tile([0.01, -0.01], (6, 20)), event)
        many = rows_of(once, np.tile(np.arange(6), 9))
        found, expected = run("bootstrap", many), run("bootstrap", once)
        assert found.p_value == expected.p_value
        assert found.interval == pytest.approx(expected.interval)


def test_run_together_as_each_by_itself():
    """Tests run together, in any order, give what each gives by itself on a sample of its own."""
    sample = MAKE.random_sample(5, n_events=8, n_series=5)
    tests = [TESTS[name] for name in MEANS]
    expected = [repr(test.of_groups(dataclasses.replace(sample), 3)[0]) for test in tests]
    assert [repr(test.of_groups(sample, 3)[0]) for test in tests] == expected
    again = dataclasses.replace(sample)
    assert [repr(test.of_groups(again, 3)[0]) for test in tests[::-1]] == expected[::-1]
