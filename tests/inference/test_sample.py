import dataclasses
import math
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstudy import Window
from eventstudy.inference import TESTS, EventSample, mid_ranks, sample_of_returns

MAKE = SimpleNamespace(**run_path(str(Path(__file__).parent / "making.py")))
MEANS = [test for test in TESTS.values() if not test.contrast]

RNG = np.random.default_rng(1)
ESTIMATION, EVENT = RNG.normal(size=(4, 50)), RNG.normal(size=(4, 3))


def made(**words):
    """A sample of four events over three sessions."""
    return sample_of_returns(ESTIMATION, EVENT, **words)


def test_the_constant_mean_model_by_its_formulas():
    """CAR, s, SCAR and SAR are those of the formulas: s² over M - 1, variance s² (n + n²/M)."""
    sample = made(window=Window(0, 1), span=Window(-1, 1))
    for i in range(4):
        mean, s = ESTIMATION[i].mean(), ESTIMATION[i].std(ddof=1)
        assert sample.car[i] == pytest.approx(EVENT[i, 1:].sum() - 2 * mean)
        assert sample.sigma[i] == pytest.approx(s)
        assert sample.scar[i] == pytest.approx(sample.car[i] / (s * math.sqrt(2 + 4 / 50)))
    assert sample.df.tolist() == [49] * 4


def test_missing_returns_are_neither_filled_nor_counted():
    """A missing estimation return is one observation less, with neither residual nor date; no more is lost."""
    estimation = ESTIMATION.copy()
    estimation[1, 7] = np.nan
    sample = sample_of_returns(estimation, EVENT)
    assert sample.df.tolist() == [49, 48, 49, 49]
    assert np.isnan(sample.residual[1, 7])
    assert np.isnat(sample.residual_session[1, 7])
    assert sample.sigma[1] == pytest.approx(np.delete(ESTIMATION[1], 7).std(ddof=1))
    assert sample.residual[1, 8] == pytest.approx(ESTIMATION[1, 8] - np.delete(ESTIMATION[1], 7).mean())


def test_a_missing_session_outside_the_window_does_not_exclude():
    """Only the window's sessions make a CAR: a hole before it leaves the event in, and the hole stays a hole."""
    event = EVENT.copy()
    event[2, 0] = np.nan
    assert len(sample_of_returns(ESTIMATION, event)) == 3
    sample = sample_of_returns(ESTIMATION, event, window=Window(0, 1), span=Window(-1, 1))
    assert len(sample) == 4
    assert np.isnan(sample.ar[2]).tolist() == [True, False, False]


def test_every_event_is_given_a_date_of_its_own():
    """Without dates nothing overlaps: neither windows nor any estimation window with another event."""
    sample = made()
    assert sample.n_dates.item() == sample.n_series.item() == 4
    assert not sample.overlap_note.item()
    days = np.concatenate([sample.residual_session.ravel(), sample.tau_session.ravel()])
    assert len(np.unique(days)) == days.size


def test_estimation_ends_the_day_before_the_span():
    """The last estimation date is the day before the span's first."""
    sample = made(span=Window(-1, 1))
    assert (sample.tau_session[:, 0] - sample.residual_session[:, -1] == np.timedelta64(1, "D")).all()
    assert (sample.tau_session[:, 1] == sample.session).all()


def test_a_sample_is_a_value():
    """A sample cannot be changed."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        made().car = np.zeros(4)


def test_cars_by_date():
    """CARs are told apart by event date, dates ascending."""
    days = np.array(["2022-02-01", "2022-01-27", "2022-02-01", "2022-01-28"], dtype="datetime64[D]")
    date, group = made(session=days).dates
    assert date.tolist() == [2, 0, 2, 1]
    assert group.tolist() == [0, 0, 0]


def test_the_fields_are_documented():
    """Every field of the sample stands in its docstring."""
    for field in dataclasses.fields(EventSample):
        assert field.name.startswith("_") or field.name in EventSample.__doc__


def rows_of(whole, row):
    """Some rows of a sample as one of its own."""
    of_each = [f.name for f in dataclasses.fields(whole) if f.name not in {"window", "span", "row", "n"}]
    own = {name: getattr(whole, name)[row] for name in of_each}
    return dataclasses.replace(whole, row=np.arange(len(row)), n=np.array([len(row)]), **own)


def grouped(whole, row, n, window, car, scar):
    """Groups of CARs of the pairs of a sample."""
    return dataclasses.replace(whole, row=row, n=n, window=window, car=car, scar=scar)


class TestGroups:
    @settings(max_examples=settings.default.max_examples * 2 // 5)
    @given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.1]), st.sampled_from([2, 60]))
    def test_many_groups_are_as_many_samples(self, seed, missing, spread):
        """Every test answers of groups side by side, of whatever rows, what it answers of each as its own sample."""
        whole = MAKE.random_sample(seed, n_events=8, n_series=4, missing=missing, spread=spread)
        rng = np.random.default_rng(seed)
        rows = [rng.permutation(len(whole))[: max(len(whole) * k // 4, 1)] for k in (1, 2, 3, 4)]
        row, n = np.concatenate(rows), np.array(list(map(len, rows)))
        groups = grouped(whole, row, n, np.repeat(whole.window, 4, axis=0), whole.car[row], whole.scar[row])
        for test in MEANS:
            found = test.of_groups(groups, 3)
            for g, own in enumerate(rows):
                expected = test.of_groups(rows_of(whole, own), 3)[0]
                assert (found[g].test, found[g].n_cars, found[g].note) == (
                    test.function.__name__,
                    len(own),
                    expected.note,
                )
                for name in ("value", "p_value", "df"):
                    close = pytest.approx(getattr(expected, name), rel=1e-12, abs=1e-14, nan_ok=True)
                    assert getattr(found[g], name) == close

    def test_a_group_has_a_window_of_its_own(self):
        """CARs over another window are those given, for the rows asked for: its mean is tested over its sessions."""
        whole, row = made(), np.array([2, 0, 1])
        car, scar = whole.ar[row, 1], whole.ar[row, 1] / whole.sigma[row]
        found = TESTS["crude_dependence_t"].of_groups(grouped(whole, row, np.array([3]), np.array([[1, 1]]), car, scar))
        average = whole.residual[row].mean(axis=0)
        assert found[0].value == pytest.approx(car.mean() / average.std(ddof=1))


@pytest.mark.parametrize("unit", ["s", "ms", "ns"])
def test_bars_are_as_good_as_days(unit):
    """Instants in any unit give every test the figures that days give; places, and not nanoseconds, are counted."""
    days = MAKE.random_sample(5, n_events=5, n_series=3, spread=20)
    names = ("tau_session", "residual_session", "session")
    bars = dataclasses.replace(days, **{name: getattr(days, name).astype(f"datetime64[{unit}]") for name in names})
    assert [repr(test.function(bars)) for test in MEANS] == [repr(test.function(days)) for test in MEANS]


near = st.tuples(st.sampled_from([-2.0, -0.3, -0.0, 0.0, 0.01, 0.02, 1.0, math.nan]), st.integers(-2, 600))


@given(st.lists(st.lists(near, min_size=1, max_size=30), min_size=1, max_size=3), st.sampled_from([1e-280, 1.0, 1e280]))
def test_mid_ranks_are_scipys(rows, unit):
    """Ties, also of values a few bits apart, both zeros and missing values have scipy's mid-ranks, each row its own."""
    exact, values = np.full((2, len(rows), max(map(len, rows))), np.nan)
    for k, row in enumerate(rows):
        exact[k, : len(row)] = [value for value, _ in row]
        values[k, : len(row)] = [unit * (value + steps * math.ulp(value)) for value, steps in row]
    expected = np.stack([scipy.stats.rankdata(row, nan_policy="omit") for row in exact])
    np.testing.assert_array_equal(mid_ranks(values), expected)
