import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.diagnostic import acorr_ljungbox

from eventstudy import EventStudy
from eventstudy.study.diagnostics import diagnostics

DAYS = pd.bdate_range("2020-01-01", periods=400, name="session")
RETURNS = pd.DataFrame(np.random.default_rng(2).normal(0, 0.01, (400, 2)), index=DAYS, columns=["a", "m"])
EVENTS = pd.DataFrame({"time": [f"{DAYS[k]:%Y-%m-%d}" for k in (200, 340)], "stance": "raise"})


def test_the_residuals_are_those_of_the_very_regression():
    """Each pair's Ljung-Box is that of the residuals of statsmodels' own fit of the pair."""
    study = EventStudy(EVENTS, returns=RETURNS, model="market-model", market="m", windows=["0:0"])
    result, found = study.fit(), diagnostics(study.estimated()).diagnostics
    assert found.groupby("event_id").size().tolist() == [5, 5]
    for event in result.events["id"]:
        row = found[(found["event_id"] == event) & (found["test"] == "ljung_box")].iloc[0]
        residual = result.statsmodels(event, "a").resid
        assert row["statistic"] == pytest.approx(acorr_ljungbox(residual, lags=[10])["lb_stat"].iloc[0])
        assert row["n_obs"] == 120


def test_too_few_residuals_are_told():
    """Pairs with fewer than 30 residuals have no row and a warning."""
    study = EventStudy(EVENTS, returns=RETURNS[["a"]], estimation="-30:-11", min_obs=15, windows=["0:0"], tests=[])
    found = diagnostics(study.estimated())
    assert not len(found.diagnostics)
    assert found.warnings == ("2 pairs have fewer than 30 residuals and are not diagnosed",)
