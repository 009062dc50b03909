import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy import (
    Capm,
    Carhart,
    ConstantMean,
    DesignError,
    Dimson,
    Egarch,
    FactorModel,
    FamaFrench3,
    FamaFrench5,
    Garch,
    MarketAdjusted,
    MarketModel,
    Robust,
    ScholesWilliams,
    SyntheticControl,
    UnknownNameError,
    UnobservedComponents,
    Window,
    Zero,
)
from eventstudy.models import MODELS, abnormal_returns, cumulated, make_model

PLAIN_LINES = [
    *(Zero(), ConstantMean(), MarketAdjusted("sp500"), MarketModel("sp500"), FactorModel("brent", "em-fx")),
    *(Capm(), FamaFrench3("MKT", rf="bills"), FamaFrench5(), Carhart(mom="UMD")),
]
EVERY_MODEL = [
    *PLAIN_LINES,
    *(ScholesWilliams("sp500"), Dimson("sp500", lags=2), Robust("sp500"), Garch(), Egarch("brent", "em-fx")),
    *(SyntheticControl("zloty", "forint"), UnobservedComponents("sp500")),
]
ONE_OF_EACH = pytest.mark.parametrize("model", EVERY_MODEL, ids=lambda model: model.name)


def sample(k, n=300):
    """Returns, regressors and a mask that leaves some sessions out."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(n, k)) * 0.01
    usable = rng.random(n) > 0.1
    return 0.001 + x.sum(axis=1) * 0.6 + rng.normal(size=n) * 0.01, x, usable


def test_every_model_is_tried_here():
    """The models tried in this file are those of the list by name, each under its own."""
    assert {model.name: type(model) for model in EVERY_MODEL} == MODELS, "a new model stands in EVERY_MODEL above"


def test_the_method_page_has_a_row_of_every_model():
    """The table of models on the page on method has each by its name, and no other."""
    page = (Path(__file__).parents[2] / "docs" / "method.md").read_text(encoding="utf-8")
    rows = page.split("| model | normal return |")[1].split("\n\n")[0].splitlines()[2:]
    assert {name for row in rows for name in re.findall("`([^`]+)`", row.split("|")[1])} == set(MODELS)


@ONE_OF_EACH
def test_a_models_repr_recreates_it(model):
    """What a model prints as, read by Python with the names of the library, is the same model again."""
    assert eval(repr(model), {name: getattr(es, name) for name in es.__all__ if name[0].isupper()}) == model  # noqa: S307


def test_models_of_another_kind_or_regressor_differ():
    """A market model and a market-adjusted one over the same market are two models; so are two markets."""
    assert MarketModel("sp500") != MarketAdjusted("sp500")
    assert MarketModel("sp500") != MarketModel("imoex")
    assert MarketModel("sp500") == MarketModel("sp500")
    assert len({MarketModel("sp500"), MarketModel("sp500"), Zero(), ConstantMean()}) == 3


def test_a_model_cannot_be_changed():
    """A model is a value: writing to it is an error."""
    with pytest.raises(AttributeError):
        MarketModel("sp500").regressors = ("imoex",)


def test_parameters_are_named_after_their_regressors():
    """The estimated parameters are alpha and a beta a regressor; a model that estimates nothing has none."""
    assert {model.name: model.parameters for model in EVERY_MODEL} == {
        "zero": (),
        "constant-mean": ("alpha",),
        "market-adjusted": (),
        "market-model": ("alpha", "beta_sp500"),
        "factor-model": ("alpha", "beta_brent", "beta_em-fx"),
        "capm": ("alpha", "beta_mkt_rf"),
        "ff3": ("alpha", "beta_mkt_rf", "beta_smb", "beta_hml"),
        "ff5": ("alpha", "beta_mkt_rf", "beta_smb", "beta_hml", "beta_rmw", "beta_cma"),
        "carhart": ("alpha", "beta_mkt_rf", "beta_smb", "beta_hml", "beta_mom"),
        "scholes-williams": ("alpha", "beta_sp500"),
        "dimson": ("alpha", "beta_sp500_lag2", "beta_sp500_lag1", "beta_sp500_same", "beta_sp500_lead1"),
        "robust": ("alpha", "beta_sp500"),
        "garch": ("alpha",),
        "egarch": ("alpha", "beta_brent", "beta_em-fx"),
        "synthetic-control": ("weight_zloty", "weight_forint"),
        "unobserved-components": ("alpha", "beta_sp500"),
    }


@ONE_OF_EACH
def test_models_are_found_by_name(model):
    """The model asked for by name over its regressors is that model."""
    if model.asks == "roles":
        columns = dict(zip(model.roles, model.factors, strict=True)) | ({"rf": model.rf} if model.rf else {})
        assert make_model(model.name, factors=[f"{role}={column}" for role, column in columns.items()]) == model
        return
    market = model.regressors[0] if model.asks == "market" else None
    factors = () if market else model.regressors
    assert make_model(model.name, market, factors, **model.options) == model


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": "market-model"}, "needs a market"),
        ({"name": "market-adjusted"}, "needs a market"),
        ({"name": "factor-model"}, "needs factors"),
        ({"name": "factor-model", "market": "sp500", "factors": ["brent"]}, "does not use a market; drop 'sp500'"),
        ({"name": "constant-mean", "market": "sp500"}, "does not use a market; drop 'sp500'"),
        ({"name": "zero", "factors": ["brent"]}, "does not use factors"),
        ({"name": "market-model", "market": "sp500", "factors": ["brent"]}, "does not use factors"),
        ({"name": "factor-model", "factors": ["brent", "brent"]}, "a factor stands twice among: brent, brent"),
        ({"name": "dimson"}, "needs a market"),
        ({"name": "dimson", "market": "sp500", "lags": 0, "leads": 0}, "together 1 to"),
        ({"name": "dimson", "market": "sp500", "lags": -1}, "lags=-1 and leads=1"),
        ({"name": "scholes-williams", "market": "sp500", "lags": 2}, "has no lags and leads"),
        ({"name": "robust", "market": "sp500", "factors": ["brent"]}, "takes a market or factors, not both"),
        ({"name": "robust", "factors": ["brent", "brent"]}, "stands twice among: brent, brent"),
        ({"name": "garch", "factors": ["brent", "brent"]}, "stands twice among: brent, brent"),
        ({"name": "unobserved-components", "factors": ["brent", "brent"]}, "stands twice among: brent, brent"),
        ({"name": "synthetic-control"}, "needs donors"),
        ({"name": "synthetic-control", "factors": ["zloty"]}, "at least two donors"),
        ({"name": "synthetic-control", "factors": ["zloty", "zloty"]}, "a donor stands twice"),
        ({"name": "capm", "market": "sp500"}, "drop 'sp500' or write --factors mkt_rf=sp500"),
        ({"name": "capm", "factors": ["sp500"]}, r"write mkt_rf=sp500 \(roles: mkt_rf, rf\)"),
        ({"name": "capm", "factors": ["mkt_rf=a", "mkt_rf=b"]}, "'mkt_rf' is named twice: a and b"),
        ({"name": "ff3", "factors": ["smb=x", "hml=x"]}, "a regressor stands twice among: mkt_rf, x, x"),
        ({"name": "ff3", "factors": ["smb="]}, "write mkt_rf="),
    ],
)
def test_regressors_too_many_or_too_few_are_refused(arguments, words):
    """A regressor that is needed and not given, or given and not used, is an error that says so."""
    with pytest.raises(DesignError, match=words):
        make_model(**arguments)


def test_factor_model_without_factors_is_refused():
    """A factor model made by hand needs a factor too."""
    with pytest.raises(DesignError, match="at least one factor"):
        FactorModel()


def test_columns_called_by_their_roles_need_no_other_word():
    """The columns of a factor file say which factor each is; any other must be named."""
    assert make_model("ff3", factors=["Mkt-RF", "SMB", "HML", "RF"]) == FamaFrench3("Mkt-RF", "SMB", "HML", rf="RF")
    assert make_model("ff3", factors=["mkt_rf=MKT", "smb", "hml"]) == FamaFrench3("MKT", "smb", "hml")
    with pytest.raises(DesignError, match="write mkt_rf=MKT"):
        make_model("ff3", factors=["MKT", "smb", "hml"])


def test_factors_written_as_one_word_are_refused():
    """The factors are a list; a single word is not taken apart into its letters."""
    with pytest.raises(DesignError, match=r"factors must be a list, e\.g\. \['brent'\]"):
        make_model("factor-model", factors="brent")


def test_unknown_models_are_refused_with_the_nearest_name():
    """An unknown model is an error that names the nearest known one."""
    with pytest.raises(UnknownNameError, match="unknown model 'market_model'; did you mean 'market-model'"):
        make_model("market_model", market="sp500")


def test_unknown_roles_are_refused_with_the_nearest_name():
    """A factor that CAPM and its like do not have is an error that names the nearest one."""
    with pytest.raises(UnknownNameError, match="unknown factor of carhart 'umd'"):
        make_model("carhart", factors=["umd=UMD"])


@pytest.mark.parametrize("model", [m for m in PLAIN_LINES if m.form == "ols"], ids=lambda model: model.name)
def test_the_twin_in_statsmodels_is_the_same_regression(model):
    """What statsmodels is asked for has the parameters, by name, and the sigma of the engine's estimate."""
    import statsmodels.api as sm

    k = len(model.regressors)
    y, x, usable = sample(k)
    fits = model.fit(y, x, usable, np.array([200]), Window(-130, -11))
    rows = np.arange(70, 190)
    sessions = np.datetime64("2020-01-01") + rows
    twin = model.twin(y[rows], x[rows], usable[rows], sessions)
    assert list(twin.params.index) == list(model.parameters)
    assert list(model.estimates(fits)) == list(model.parameters)
    np.testing.assert_allclose(twin.params, np.array(list(model.estimates(fits).values()))[:, 0], rtol=1e-10)
    np.testing.assert_allclose(twin.scale, fits.sigma[0] ** 2, rtol=1e-10)
    rows = rows[usable[rows]]
    assert list(twin.fittedvalues.index.to_numpy().astype("datetime64[D]")) == list(np.datetime64("2020-01-01") + rows)
    rate = x[rows, -1] if getattr(model, "rf", None) else 0.0
    factors = x[rows, : len(model.parameters) - 1]
    by_hand = sm.OLS(y[rows] - rate, sm.add_constant(factors) if k else np.ones(len(rows))).fit()
    np.testing.assert_allclose(twin.bse, by_hand.bse, rtol=1e-10)


@pytest.mark.parametrize("model", [m for m in EVERY_MODEL if m.form == "fixed"], ids=lambda model: model.name)
def test_a_model_that_estimates_nothing_has_no_twin(model):
    """There is no regression behind a model without parameters, and asking for it says so."""
    y, x, _ = sample(len(model.regressors), 30)
    with pytest.raises(DesignError, match=f"'{model.name}' estimates nothing"):
        model.twin(y, x, np.ones(30, dtype=bool), np.datetime64("2020-01-01") + np.arange(30))


ESTIMATION, SPAN = Window(-130, -11), Window(-1, 3)
PRESETS = {Capm: 1, FamaFrench3: 3, FamaFrench5: 5, Carhart: 4}


def above_a_rate(k, n=240, seed=2):
    """Returns above a rate that moves, on k factors."""
    rng = np.random.default_rng(seed)
    factors, rate = rng.normal(size=(n, k)) * 0.01, 0.0001 + 0.0001 * np.sin(np.arange(n) / 30)
    return rate + factors @ np.linspace(1.1, 0.2, k) + rng.normal(size=n) * 0.01, np.column_stack([factors, rate])


@pytest.mark.parametrize("model", PRESETS, ids=lambda model: model.name)
@pytest.mark.parametrize("missing", [False, True], ids=["clean", "holes"])
def test_returns_above_the_rate_are_regressed(model, missing):
    """Parameters and errors are those of OLS of R - rf on the factors; the normal return has the rate in it again."""
    import statsmodels.api as sm

    k = PRESETS[model]
    y, x = above_a_rate(k)
    if missing:
        x[np.arange(3, 240, 17), np.arange(3, 240, 17) % (k + 1)] = np.nan
    model = model(rf="bills")
    usable = model.complete(y, x)
    fits = model.fit(y, x, usable, np.array([200]), ESTIMATION)
    rows = np.arange(70, 190)[usable[70:190]]
    ols = sm.OLS(y[rows] - x[rows, -1], sm.add_constant(x[rows, :-1])).fit()
    np.testing.assert_allclose([v[0] for v in model.estimates(fits).values()], ols.params, rtol=1e-9)
    np.testing.assert_allclose([fits.sigma[0] ** 2, fits.r2[0], fits.df[0]], [ols.scale, ols.rsquared, ols.df_resid])
    abnormal = abnormal_returns(y, x, fits, np.array([200]), SPAN)
    around = np.column_stack([np.ones(5), x[199:204, :-1]])
    np.testing.assert_allclose(abnormal.normal[0], around @ ols.params + x[199:204, -1], rtol=1e-9, atol=1e-12)
    se = np.sqrt(ols.scale + np.einsum("tk,kl,tl->t", around, ols.cov_params(), around))
    known = np.isfinite(abnormal.ar[0])
    np.testing.assert_allclose(abnormal.se[0][known], se[known], rtol=1e-9)
    every = fits.spread([200], np.bincount([200], fits.n_obs, len(y)).astype(int))
    _, car_se, _ = (values[[200]] for values in cumulated(y[:, None], x, every, Window(0, 1)))
    total = around[1:3].sum(axis=0)
    if known[1:3].all():
        np.testing.assert_allclose(car_se[0, 0] ** 2, 2 * ols.scale + total @ ols.cov_params() @ total, rtol=1e-9)


@pytest.mark.one_in(6)
@ONE_OF_EACH
def test_abnormal_returns_of_a_study_add_up_to_its_cars(model):
    """Both tables have one normal return, so no model can have CARs that its own path contradicts."""
    k = len(model.regressors)
    y, x, _ = sample(k)
    days = pd.bdate_range("2020-01-01", periods=len(y))
    returns = pd.DataFrame(np.column_stack([y, x * 0.1]), days, ["a", *model.regressors])
    event, windows = [str(days[200].date())], ["0:0", "-1:3"]
    study = es.EventStudy(event, returns=returns, series=["a"], model=model, windows=windows).fit()
    paths, cars = study.abnormal.set_index("tau")["ar"], study.car.set_index("window")["car"]
    np.testing.assert_allclose([paths[0], paths.loc[-1:3].sum()], cars[["0:0", "-1:3"]], rtol=1e-9)


RETURNS = np.array([0.001, -0.02, 0.01, np.nan, 0.004])


@pytest.mark.parametrize(
    ("columns", "kind", "words"),
    [
        ({"mkt_rf": RETURNS}, "prices", "'mkt_rf' of capm has values of zero or below, so it holds returns"),
        ({"mkt_rf": np.array([100.0, 0.0, 101.0])}, "prices", "has values of zero or below"),
        ({"mkt_rf": RETURNS}, "bars", "and these are bars, whose changes would be taken"),
        ({"mkt_rf": 100 + RETURNS, "rf": np.full(5, 0.01)}, "prices", "the risk-free rate 'rf' of capm is a rate"),
    ],
)
def test_factors_that_cannot_be_right_are_refused(columns, kind, words):
    """Returns or a rate among prices: each is a plain error."""
    with pytest.raises(DesignError, match=words):
        Capm(rf="rf" if "rf" in columns else None).check_columns(columns, kind)


def test_factors_that_are_right_are_taken():
    """Returns and a rate among returns, and an index of the factor among prices, are taken."""
    taken = Capm(rf="rf").check_columns({"mkt_rf": RETURNS, "rf": np.full(5, 0.0002)}, "returns")
    assert taken is Capm().check_columns({"mkt_rf": 100 * (1 + RETURNS)}, "prices") is None
