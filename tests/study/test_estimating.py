"""Series are estimated side by side where they can be, and nothing is computed before it is asked for."""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.models import MarketModel, Robust
from eventstudy.window import Window

DAYS = pd.bdate_range("2020-01-01", periods=420)


@pytest.fixture(scope="module")
def returns():
    """Four series beside their market, of which the last begins later and lacks a session."""
    rng = np.random.default_rng(4)
    market = rng.normal(size=420) * 0.01
    frame = pd.DataFrame(market[:, None] + rng.normal(size=(420, 4)) * 0.01, index=DAYS, columns=list("abcd"))
    frame.loc[DAYS[[*range(20), 280]], "d"] = np.nan
    return frame.assign(m=market)


def study(returns, **choices):
    """Three events, two of which share a session."""
    events = pd.DataFrame({"time": DAYS[[250, 300, 300]].strftime("%Y-%m-%d"), "stance": ["raise", "fold", "raise"]})
    choices = {"model": MarketModel("m"), "windows": ["0:0", "-1:3"], "tests": [], **choices}
    return es.EventStudy(events, returns=returns, **choices)


def figures(estimate):
    """All that is known of a series."""
    cells = estimate.abnormal
    names = ("one_step", "scale", "z", "free", "quiet", "x", "usable")
    return [
        *(getattr(estimate, name) for name in names),
        *(getattr(cells, name) for name in ("rows", "actual", "normal", "ar", "se", "sar")),
        *(getattr(c, name) for c in estimate.cumulative for name in ("car", "se", "scar", "bhar", "n")),
        *(getattr(estimate.fits, name) for name in ("n_obs", "df", "alpha", "beta", "sigma", "r2", "mean", "inverse")),
    ]


@pytest.mark.parametrize("missing", ["exclude", "partial"])
@pytest.mark.parametrize("model", [MarketModel("m"), Robust("m")], ids=lambda model: model.name)
def test_company_changes_no_series(returns, model, missing):
    """Each of four series has the figures, to the last bit, that it has when it is studied by itself."""
    choices = {"model": model, "missing": missing, "estimation": "-60:-11", "min_obs": 40}
    together = study(returns, **choices).estimated().estimates
    for estimate in together:
        (alone,) = study(returns, series=[estimate.history.name], **choices).estimated().estimates
        for found, expected in zip(figures(estimate), figures(alone), strict=True):
            np.testing.assert_array_equal(found, expected)


def test_what_series_have_in_common_is_there_once(returns):
    """Series with the same sessions and events share regressors and sessions; one with a hole has its own."""
    a, b, c, d = study(returns).estimated().estimates
    assert a.shared is b.shared is c.shared
    assert a.x is b.x
    assert d.shared is not a.shared
    assert len(d.x) == len(a.x) - 21


def test_a_step_for_all_that_can_be_estimated_at_once(returns):
    """Least squares take two steps for two calendars; a model with a search of its own takes one for every series."""
    for model, expected in ((MarketModel("m"), [(1, 2), (2, 2)]), (Robust("m"), [(1, 4), (2, 4), (3, 4), (4, 4)])):
        told = []
        study(returns, model=model, estimation="-60:-11", min_obs=40).estimated(
            progress=lambda done, of, told=told: told.append((done, of))
        )
        assert told == expected


def test_nothing_is_computed_before_it_is_asked_for(returns):
    """A series that was estimated has no scale, z, BHAR or SCAR yet, and never keeps the paths of its span."""
    estimate = study(returns).estimated().estimates[0]
    lazy = {"scale", "z", "quiet"}
    assert not lazy & set(vars(estimate))
    assert not {"bhar", "scar"} & set(vars(estimate.cumulative[0]))
    figures(estimate)
    assert lazy <= set(vars(estimate))
    kept = [value for value in vars(estimate).values() if isinstance(value, np.ndarray)]
    assert sum(value.nbytes for value in kept) < 6 * 8 * 420


def test_sessions_asked_for_are_those_of_all(returns):
    """Abnormal returns of some sessions are the rows of those of all, in the order asked for."""
    estimate = study(returns).estimated().estimates[3]
    at = np.array([300, 3, 250, 398])
    some, every = estimate.abnormal_at(at), estimate.abnormal
    for name in ("rows", "actual", "normal", "ar", "se", "sar", "x"):
        np.testing.assert_array_equal(getattr(some, name), getattr(every, name)[at])


@pytest.mark.parametrize("model", [MarketModel("m"), Robust("m")], ids=lambda model: model.name)
def test_a_table_of_models_is_every_series_by_itself(returns, model):
    """Cell t S + s of a model's table is session t of series s, whether it does many series at once or not."""
    y, x = returns[["a", "b"]].to_numpy()[:90], returns[["m"]].to_numpy()[:90]
    usable, window = np.ones(90, dtype=bool), Window(-60, -11)
    table = model.fit_table(y, x, usable, window)
    for s in range(2):
        alone = model.fit(y[:, s], x, usable, np.arange(90), window)
        for name in ("n_obs", "alpha", "beta", "sigma", "inverse"):
            np.testing.assert_allclose(getattr(table, name)[s::2], getattr(alone, name), rtol=1e-11)
