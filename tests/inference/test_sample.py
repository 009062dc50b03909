import dataclasses
import math

import numpy as np
import pytest

from eventstudy import DesignError
from eventstudy.inference import EventSample, sample_of_returns
from eventstudy.inference.residual_pairs import residual_pairs
from eventstudy.window import Window

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
        assert sample.sar[i].tolist() == pytest.approx(((EVENT[i] - mean) / (s * math.sqrt(1 + 1 / 50))).tolist())
    assert sample.n_obs.tolist() == [50] * 4
    assert sample.df.tolist() == [49] * 4


def test_missing_returns_are_neither_filled_nor_counted():
    """A missing estimation return is one observation less, with neither residual nor date; no more is lost."""
    estimation = ESTIMATION.copy()
    estimation[1, 7] = np.nan
    sample = sample_of_returns(estimation, EVENT)
    assert sample.n_obs.tolist() == [50, 49, 50, 50]
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
    assert sample.n_dates == sample.n_series == 4
    assert not sample.windows_meet
    days = np.concatenate([sample.residual_session.ravel(), sample.tau_session.ravel()])
    assert len(np.unique(days)) == days.size


def test_estimation_ends_the_day_before_the_span():
    """The last estimation date is the day before the span's first."""
    sample = made(span=Window(-1, 1))
    assert (sample.tau_session[:, 0] - sample.residual_session[:, -1] == np.timedelta64(1, "D")).all()
    assert (sample.tau_session[:, 1] == sample.session).all()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"scar": np.ones(3)}, r"scar has the shape \(3,\); 4 CARs need \(4,\)"),
        ({"ar": np.ones((4, 2))}, r"ar has the shape \(4, 2\); 4 CARs need \(4, 3\)"),
        ({"residual_session": np.full((4, 2), np.datetime64("NaT", "D"))}, r"residual_session has the shape \(4, 2\)"),
        ({"window": Window(0, 3)}, "window 0:3 is not inside the span 0:2"),
        ({"car": np.array([1.0, 2.0, np.nan, 3.0])}, "a CAR or SCAR is missing; leave out the events that have none"),
        ({"scar": np.array([1.0, 2.0, np.inf, 3.0])}, "a CAR or SCAR is missing"),
    ],
)
def test_what_does_not_fit_together_is_refused(words, message):
    """Shapes that contradict each other, a window outside the span and a missing CAR are errors that name the field."""
    with pytest.raises(DesignError, match=message):
        dataclasses.replace(made(), **words)


def test_a_sample_is_a_value():
    """A sample cannot be changed."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        made().car = np.zeros(4)


def test_sums_and_numbers_by_date():
    """CARs are summed and counted by event date, dates ascending."""
    days = np.array(["2022-02-01", "2022-01-27", "2022-02-01", "2022-01-28"], dtype="datetime64[D]")
    sample = made(session=days)
    sums, counts = sample.by_date()
    assert sample.dates.tolist() == sorted(set(days.tolist()))
    assert sums == pytest.approx([sample.car[1], sample.car[3], sample.car[0] + sample.car[2]])
    assert counts.tolist() == [1, 1, 2]


class TestResidualPairs:
    def test_blocks_do_not_change_the_pairs(self):
        """A thousand rows over years, taken block by block, give the pairs of a look at every two rows."""
        rng = np.random.default_rng(5)
        begin = np.datetime64("2010-01-01") + rng.integers(0, 900, size=1000)
        days = begin[:, None] + np.arange(2)
        residual = rng.normal(size=(1000, 35))
        learned = begin[:, None] - 50 + np.arange(35)
        found = {
            (min(i, j), max(i, j))
            for pairs in residual_pairs(residual, learned, days)
            for i, j in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
        }
        apart = np.abs((begin[:, None] - begin).astype(int)) <= 1
        expected = set(zip(*(side.tolist() for side in np.nonzero(np.triu(apart, 1))), strict=True))
        assert found == expected

    def test_correlation_is_numpys_on_common_dates(self):
        """Each correlation is numpy's over the dates that both have, in any unit and at any level."""
        rng = np.random.default_rng(6)
        residual = rng.normal(size=(3, 60)) * np.array([[1e-9], [1.0], [1e6]])
        residual[rng.random(residual.shape) < 0.2] = np.nan
        learned = np.where(np.isfinite(residual), np.datetime64("2021-01-01") + np.arange(60), np.datetime64("NaT"))
        day = np.full((3, 1), "2022-01-27", dtype="datetime64[D]")
        (pairs,) = residual_pairs(residual, learned, day)
        for i, j, rho in zip(pairs.first, pairs.second, pairs.rho, strict=True):
            both = np.isfinite(residual[i]) & np.isfinite(residual[j])
            assert rho == pytest.approx(np.corrcoef(residual[i, both], residual[j, both])[0, 1], rel=1e-10)

    def test_a_raw_product_is_no_correlation(self):
        """Adding a level to a series on common dates changes no correlation: it is taken about the means."""
        rng = np.random.default_rng(7)
        residual = rng.normal(size=(2, 60))
        learned = np.tile(np.datetime64("2021-01-01") + np.arange(60), (2, 1))
        day = np.full((2, 1), "2022-01-27", dtype="datetime64[D]")
        (before,) = residual_pairs(residual, learned, day)
        (after,) = residual_pairs(residual + np.array([[3.0], [-5.0]]), learned, day)
        assert after.rho == pytest.approx(before.rho, rel=1e-10)

    def test_a_series_that_stands_still_has_no_correlation(self):
        """Where one residual series is zero on the common dates there is no correlation, and no warning."""
        residual = np.stack([np.random.default_rng(8).normal(size=60), np.zeros(60)])
        learned = np.tile(np.datetime64("2021-01-01") + np.arange(60), (2, 1))
        (pairs,) = residual_pairs(residual, learned, np.full((2, 1), "2022-01-27", dtype="datetime64[D]"))
        assert np.isnan(pairs.rho).all()


def test_the_fields_are_documented():
    """Every field of the sample stands in its docstring."""
    for field in dataclasses.fields(EventSample):
        assert field.name in EventSample.__doc__
