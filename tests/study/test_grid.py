from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy import DesignError, NothingUsableError, UnknownNameError
from eventstudy.study import run_grid, specifications

DAYS = pd.bdate_range("2020-01-01", periods=420, name="session")


SMALL = {
    "models": ["zero", "constant-mean", "market-model"], "market": "m", "estimations": ["-130:-11", "-250:-11"],
    "windows": ["0:0", "0:1"],
}  # fmt: skip


@pytest.fixture(scope="module")
def data():
    """Eight events on two series; after raises the first one falls a good deal."""
    rng = np.random.default_rng(71)
    moves = rng.normal(size=(420, 3)) * 0.01
    at = [300, 312, 325, 337, 350, 362, 375, 390]
    moves[at[::2], 0] -= 0.08
    prices = pd.DataFrame(100 * np.exp(np.cumsum(moves, axis=0)), index=DAYS, columns=["a", "b", "m"])
    stances = ["raise", "fold"] * 4
    return pd.DataFrame({"time": [str(DAYS[k].date()) for k in at], "stance": stances}), prices


@pytest.fixture(scope="module")
def found(data):
    """A small grid of three models."""
    said = []
    return run_grid(*data, **SMALL, progress=lambda *done: said.append(done)), said


def test_every_specification_is_a_row(found):
    """Models x estimations x windows x scales, for every series and stance; raise-fold has the p of average alone."""
    table = found[0].specifications
    counts = table.groupby(["series", "stance"]).size()
    assert counts["a", "raise"] == 3 * 2 * 2 * 3
    assert counts["a", "raise-fold"] == 3 * 2 * 2
    assert set(table["series"]) == {"a", "b", "*"}
    keys = ["series", "stance", "model", "estimation", "window", "scale"]
    assert not table.duplicated(keys).any()
    assert found[1] == [(done, 6) for done in range(1, 7)]
    assert found[0].grid == {
        "models": ["Zero()", "ConstantMean()", "MarketModel('m')"],
        "estimations": ["-130:-11", "-250:-11"],
        "windows": ["0:0", "0:1"],
        "scales": ["none", "sigma", "ewma"],
    }


def test_each_row_is_the_study_itself(data, found):
    """Estimate and p of a specification are those of the study run by hand; the p is named."""
    table = (
        found[0].specifications.set_index(["series", "stance", "model", "estimation", "window", "scale"]).sort_index()
    )
    result = es.EventStudy(*data, series=["a", "b"], windows=["0:0", "0:1"], estimation="-250:-11", tests="all").fit()
    average = result.average.set_index(["series", "stance", "window"]).sort_index().loc[("a", "raise", "0:1")]
    tests = result.tests.set_index(["series", "stance", "window", "test"])["p_value"].sort_index()
    head = ("a", "raise", "constant-mean", "-250:-11", "0:1")
    for scale, p, name in (
        ("none", tests["a", "raise", "0:1", "date_clustered_t"], "date_clustered_t"),
        ("sigma", tests["a", "raise", "0:1", "adjusted_bmp_t"], "adjusted_bmp_t"),
        ("ewma", average["p_value"], "placebo"),
    ):
        row = table.loc[(*head, scale)]
        assert row["estimate"] == average["caar"]
        assert (row["p_value"], row["p_of"]) == (pytest.approx(p, nan_ok=True), name)
    contrast = result.answer("a", "raise-fold", "0:1")
    row = table.loc[("a", "raise-fold", "constant-mean", "-250:-11", "0:1", "ewma")]
    assert (row["estimate"], row["p_value"], row["p_of"]) == (contrast.caar, contrast.p_value, "labels")


def test_the_summary_counts(found):
    """The summary is the plain count of signs and of p at or below the level."""
    table, summary = found[0].specifications, found[0].summary.set_index(["series", "stance"])
    rows = table[(table["series"] == "a") & (table["stance"] == "raise")]
    row = summary.loc[("a", "raise")]
    assert row["n_specifications"] == len(rows)
    assert row["n_agrees_sign"] == (rows["estimate"] < 0).sum() == len(rows)
    assert row["n_significant_agreeing"] == (rows["p_value"] <= 0.05).sum() > 0
    assert row["reference"] == rows["estimate"].iloc[0]
    assert (row["lowest"], row["highest"]) == (rows["estimate"].min(), rows["estimate"].max())
    assert (row["fewest_events"], row["most_events"]) == (4, 4)


def test_significance_needs_the_sign_of_the_estimate(data):
    """A p whose scaled mean points the other way than the CAAR does not count."""
    result = es.EventStudy(*data, series=["a"], tests=[], windows=["0:0"]).fit()
    for z, significant in ((1.0, False), (-1.0, True)):
        turned = tuple(replace(a, z=z, p_value=0.001) if a.stance == "raise" else a for a in result.answers)
        rows = specifications(replace(result, answers=turned), ["ewma"])
        assert rows[rows["stance"] == "raise"]["significant"].item() == significant


def test_a_design_that_cannot_be_run_is_told(data):
    """A design that leaves no event is in the warnings, the others are run; if none can be, that is the error."""
    values = {"models": ["zero"], "windows": ["0:0"], "scales": ["none"]}
    found = run_grid(*data, estimations=["-130:-11", "-400:-350"], **values)
    assert any(line.startswith("not run: Zero(), estimation -400:-350") for line in found.warnings)
    assert set(found.specifications["estimation"]) == {"-130:-11"}
    with pytest.raises(NothingUsableError, match="no design"):
        run_grid(*data, estimations=["-400:-350"], **values)


@pytest.mark.slow
def test_two_runs_are_equal(data, found):
    """The same inputs and seed give the same table."""
    again = run_grid(*data, **SMALL)
    pd.testing.assert_frame_equal(found[0].specifications, again.specifications, check_exact=True)


@pytest.mark.parametrize(
    ("given", "models"),
    [
        ({}, ["Zero()", "ConstantMean()"]),
        ({"factors": ["m"]}, ["Zero()", "ConstantMean()", "FactorModel('m')"]),
        ({"market": "m"}, ["Zero()", "ConstantMean()", "MarketAdjusted('m')", "MarketModel('m')"]),
    ],
)
def test_default_models_follow_what_is_given(data, given, models):
    """Without names the models are those that the market and factors at hand allow."""
    found = run_grid(*data, **given, estimations=["-130:-11"], windows=["0:0"], scales=["none"])
    assert found.grid["models"] == models


@pytest.mark.parametrize(
    ("choices", "error", "words"),
    [
        ({"scales": ["none", "sgima"]}, UnknownNameError, "did you mean 'sigma'"),
        ({"models": ["constant-meen"]}, UnknownNameError, "did you mean 'constant-mean'"),
        ({"models": ["market-model"]}, DesignError, "needs a market"),
        ({"windows": []}, DesignError, "a grid needs windows"),
        ({"windows": ["0:0", "0:0"]}, DesignError, "twice"),
    ],
)
def test_wrong_grids(data, choices, error, words):
    """Unknown, missing and repeated values are refused with what would be right."""
    with pytest.raises(error, match=words):
        run_grid(*data, **choices)
