"""Every model through a whole study: with every test, with missing data, with its own placebo."""

import warnings

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy import DesignError
from eventstudy.inference import TESTS

INDEX = pd.bdate_range("2019-01-01", periods=430, name="session")
EVENTS = pd.DataFrame(
    {
        "id": ["a", "b", "c", "d", "e"],
        "time": [str(INDEX[k].date()) for k in (250, 290, 330, 370, 395)],
        "stance": ["raise", "fold", "raise", "fold", "raise"],
    }
)
EFFECT = 0.08
MODELS = [
    *(es.MarketAdjusted("m"), es.MarketModel("m"), es.Capm("m"), es.Carhart("m")),
    *(es.ScholesWilliams("m"), es.Dimson("m"), es.Robust("m"), es.Garch("m"), es.Egarch("m")),
    *(es.SyntheticControl("m", "smb", "hml"), es.UnobservedComponents("m")),
]
EVERY = pytest.mark.parametrize(
    "model",
    [pytest.param(m, marks=pytest.mark.slow if m.name == "egarch" else ()) for m in MODELS],
    ids=[m.name for m in MODELS],
)


def frame():
    """Two series that fall by 8 % on the days of raises, factors, a rate; one cell in fifty is missing."""
    rng = np.random.default_rng(7)
    columns = ["m", "smb", "hml", "rmw", "cma", "mom"]
    values = pd.DataFrame(rng.normal(size=(430, 6)) * 0.01, index=INDEX, columns=columns)
    for name, beta in (("one", 1.1), ("two", 0.6)):
        values[name] = beta * values["m"] + rng.standard_t(5, size=430) * 0.008
        values.loc[INDEX[[250, 330, 395]], name] -= EFFECT
    holes = rng.random(values.shape) < 0.02
    holes[[k + j for k in (250, 290, 330, 370, 395) for j in (-2, -1, 0, 1, 2)]] = False
    values = values.mask(holes)
    return values.assign(rf=0.0001)


@pytest.fixture(scope="module")
def study():
    """Run a study of the frame under a model, each model once."""
    done = {}

    def run(model):
        if model.name in {"garch", "egarch"}:
            pytest.importorskip("arch")
        if model not in done:
            values = frame() if model.asks == "roles" else frame().drop(columns="rf")
            study = es.EventStudy(
                *(EVENTS,), returns=values, series=["one", "two"], model=model, windows=["0:0", "0:1"],
                tests="all", returns_kind="simple", min_obs=50,
                estimation="-240:-8" if model.name == "egarch" else "-120:-8",
            )  # fmt: skip
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                done[model] = study.fit()
        return done[model]

    return run


@pytest.mark.one_in(2)
@EVERY
def test_every_model_works_with_every_test(model, study):
    """With missing data every pair is used or has a reason, and every test has a statistic or says why not."""
    result = study(model)
    used = result.matches[result.matches["status"] == "used"]
    left = result.matches.loc[result.matches["status"] == "excluded", "reason"]
    assert left.str.startswith("no-estimate: in estimation -240:-8").all()
    assert len(left) <= (2 if model.name == "egarch" else 0)  # of two hundred returns its likelihood can be all ridges
    assert len(used) + len(left) == 10
    assert np.isfinite(result.car[["car", "bhar", "se", "scar", "p_value"]]).all(axis=None)
    assert set(result.tests["test"]) == set(TESTS)
    assert (np.isfinite(result.tests["p_value"]) | (result.tests["note"] != "")).all()
    assert np.isfinite(result.tests.loc[result.tests["series"] == "*", "statistic"]).mean() > 0.8


@EVERY
def test_what_was_put_in_is_found(model, study):
    """Raises of -8 % are found as such, three sigma and more out, and folds as nothing much."""
    car = study(model).car.query("window == '0:0'")
    raises, folds = car[car["stance"] == "raise"], car[car["stance"] == "fold"]
    assert abs(raises["car"].mean() + EFFECT) < 0.02
    assert (raises["scar"] < -3).all()
    assert raises["p_value"].max() < 0.05
    assert abs(folds["car"].mean()) < 0.02


@EVERY
def test_the_fits_table_has_the_models_parameters(model, study):
    """Each estimate has a column, and so has what the model estimates besides."""
    fits = study(model).fits
    extra = {"dimson": ("beta_m",)}.get(model.name, model.extras)
    between = list(fits.columns)[list(fits.columns).index("r2") + 1 : list(fits.columns).index("estimation_first")]
    assert between == [*model.parameters, *extra]
    assert np.isfinite(fits[between]).all(axis=None)
    if "beta_m" in between:
        assert abs(fits["beta_m"].mean() - (1.1 + 0.6) / 2) < 0.25


@EVERY
def test_the_estimation_behind_a_pair_is_handed_out(model, study):
    """Results of statsmodels or arch have the parameters of the fits row; where there are none, the error says why."""
    result = study(model)
    if model.form == "fixed" or model.name in {"scholes-williams", "synthetic-control"}:
        with pytest.raises(DesignError, match=f"'{model.name}'"):
            result.statsmodels("b", "two")
        return
    row = result.fits.set_index(["event_id", "series"]).loc[("b", "two")]
    results = result.statsmodels("b", "two")
    if model.name == "unobserved-components":
        np.testing.assert_allclose(results.params, [row["sigma"] ** 2, row["drift_variance"]], rtol=1e-8)
        return
    wanted = row[list(model.parameters)].to_numpy(dtype=float)
    if model.name in {"garch", "egarch"}:  # of returns in a unit of arch's liking, with the variance's parameters
        np.testing.assert_allclose(results.params.iloc[1], wanted[1], rtol=1e-9)
        return
    np.testing.assert_allclose(results.params, wanted, rtol=1e-7, atol=1e-12)
    assert results.nobs == row["n_obs"]


def test_leads_and_lags_read_no_event():
    """With clean windows a session is left out of the estimation when its own lag or lead is a session of an event."""
    values = frame().drop(columns="rf")
    for model, reach in ((es.MarketModel("m"), 0), (es.ScholesWilliams("m"), 1), (es.Dimson("m", lags=2, leads=1), 2)):
        study = es.EventStudy(
            EVENTS, returns=values, series=["one"], model=model, windows=["0:1"], tests=[], estimation="-120:-8"
        )
        result = study.fit()
        usable = pd.Series(result.samples["one"].block.usable, index=result.histories["one"].sessions)
        event = np.datetime64(INDEX[290], "D")
        position = int(np.searchsorted(usable.index, event))
        leads = 1 if reach else 0
        assert not usable.iloc[position - leads : position + 2 + reach].any()
        changed = values.copy()
        around = [INDEX[k] for k in (290, 291)]
        changed.loc[around, ["one", "m"]] = 5.0
        again = es.EventStudy(
            EVENTS, returns=changed, series=["one"], model=model, windows=["0:1"], tests=[], estimation="-120:-8"
        ).fit()
        before, after = (r.fits.set_index("event_id").drop(index="b") for r in (result, again))
        pd.testing.assert_frame_equal(before, after)


def test_garch_says_where_its_placebo_is_from(study):
    """A model fitted at event sessions only takes its placebo from the residuals, and a warning says that it does."""
    result = study(es.Garch("m"))
    assert set(result.car["p_source"]) == {"residuals"}
    assert (result.car["days"] > 15).all()
    (said,) = (line for line in result.warnings if "from estimation residuals" in line)
    assert "the model is fitted at events only" in said
    assert set(study(es.Robust("m")).car["p_source"]) == {"sessions"}


def test_the_rate_is_taken_where_it_is_named():
    """A column named as the risk-free rate of CAPM is no market to study; one called rf has to be settled."""
    given = {"returns": frame(), "model": "capm", "returns_kind": "simple"}
    study = es.EventStudy(EVENTS, **given, factors=["mkt_rf=m", "rf=rf"])
    assert study.design.model == es.Capm("m", rf="rf")
    assert study.design.as_dict()["rf"] == "rf"
    assert "rf" not in study.fit().series
    with pytest.raises(es.DesignError, match="'rf' would be studied as a market beside capm; write --factors rf=rf"):
        es.EventStudy(EVENTS, **given, factors=["mkt_rf=m"])


def test_factors_in_per_cent_are_warned_of():
    """Published factors are in per cent: the study says so."""
    returns = frame().assign(smb=lambda table: 100 * table["smb"])
    study = es.EventStudy(EVENTS, returns=returns, model="ff3", factors=["mkt_rf=m"], series=["one"], tests=[])
    (said,) = (line for line in study.fit().warnings if "per cent" in line)
    assert said.startswith("smb, 2019-01-01")
    assert "typical returns of ±0.64" in said


def test_factor_returns_among_prices_are_refused_before_anything_else():
    """A frame of prices with a column of factor returns is an error about that factor, not about a negative price."""
    prices = 100 * (1 + frame()[["one", "two", "m"]].fillna(0.0)).cumprod()
    with pytest.raises(DesignError, match=r"'smb' of ff3 has values of zero or below.*give all as returns"):
        es.EventStudy(EVENTS, prices.join(frame()[["smb", "hml"]]), model="ff3", factors=["mkt_rf=m"], series=["one"])
    levels = 100 * (1 + frame()[["m"]].fillna(0.0)).cumprod()
    assert len(es.EventStudy(EVENTS, prices.assign(m=levels), model="capm", factors=["mkt_rf=m"]).fit().car)
