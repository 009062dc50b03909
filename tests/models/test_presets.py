"""Capm, Fama and French, Carhart: factors by their roles, and what cannot be one."""

import numpy as np
import pytest
import statsmodels.api as sm

from eventstudy.abnormal import abnormal_returns, cumulate
from eventstudy.errors import DesignError
from eventstudy.models import Capm, Carhart, FamaFrench3, FamaFrench5
from eventstudy.window import Window

ESTIMATION, SPAN = Window(-130, -11), Window(-1, 3)
MODELS = {Capm: 1, FamaFrench3: 3, FamaFrench5: 5, Carhart: 4}


def sample(k, n=240, seed=2):
    """Returns above a rate that moves, on k factors."""
    rng = np.random.default_rng(seed)
    factors, rate = rng.normal(size=(n, k)) * 0.01, 0.0001 + 0.0001 * np.sin(np.arange(n) / 30)
    return rate + factors @ np.linspace(1.1, 0.2, k) + rng.normal(size=n) * 0.01, np.column_stack([factors, rate])


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@pytest.mark.parametrize("missing", [False, True], ids=["clean", "holes"])
def test_returns_above_the_rate_are_regressed(model, missing):
    """Parameters and errors are those of OLS of R - rf on the factors; the normal return has the rate in it again."""
    k = MODELS[model]
    y, x = sample(k)
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
    cumulated = cumulate(y, x, fits, np.array([200]), Window(0, 1), "simple")
    total = around[1:3].sum(axis=0)
    if known[1:3].all():
        np.testing.assert_allclose(cumulated.se[0] ** 2, 2 * ols.scale + total @ ols.cov_params() @ total, rtol=1e-9)


def test_a_rate_is_taken_where_the_frame_has_one():
    """A column named rf is the risk-free rate unless another was named; without one nothing is subtracted."""
    assert Capm().among(["a", "mkt_rf", "rf"]) == Capm(rf="rf")
    assert Capm(rf="bills").among(["a", "mkt_rf", "rf", "bills"]) == Capm(rf="bills")
    assert Capm().among(["a", "mkt_rf"]) == Capm()
    assert FamaFrench3(smb="rf").among(["rf"]) == FamaFrench3(smb="rf")


RETURNS = np.array([0.001, -0.02, 0.01, np.nan, 0.004])


@pytest.mark.parametrize(
    ("columns", "kind", "words"),
    [
        ({"mkt_rf": RETURNS}, "prices", "'mkt_rf' of capm has values of zero or below, so it holds returns"),
        ({"mkt_rf": RETURNS}, "bars", "and these are bars, whose changes would be taken"),
        ({"mkt_rf": 100 + RETURNS, "rf": np.full(5, 0.01)}, "prices", "the risk-free rate 'rf' of capm is a rate"),
        ({"mkt_rf": 100 * RETURNS}, "returns", "median size of 0.7 a session, which is no return in decimals"),
        ({"mkt_rf": 4000 + RETURNS}, "returns", "median size of 4e.03 a session"),
        ({"mkt_rf": RETURNS, "rf": np.full(5, 0.05)}, "returns", "'rf' of capm has a median size of 0.05 a session"),
    ],
)
def test_factors_that_cannot_be_right_are_refused(columns, kind, words):
    """Returns among prices, per cent among decimals, levels among returns, a yearly rate: each is a plain error."""
    with pytest.raises(DesignError, match=words):
        Capm().among(columns).check_columns(columns, kind)


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ({"mkt_rf": RETURNS}, "returns"),
        ({"mkt_rf": RETURNS, "rf": np.full(5, 0.0002)}, "returns"),
        ({"mkt_rf": 100 * (1 + RETURNS)}, "prices"),
    ],
)
def test_factors_that_are_right_are_taken(columns, kind):
    """Decimals among returns, and an index of the factor among prices, are what they should be."""
    Capm().among(columns).check_columns(columns, kind)


def test_differences_are_refused():
    """From a change in points no rate can be subtracted."""
    with pytest.raises(DesignError, match="capm explains returns, and 'vix' is in differences"):
        Capm().check_kinds("vix", "difference", ["log"])
    Capm().check_kinds("imoex", "simple", ["simple"])
