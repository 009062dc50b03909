"""The tests table of the bundled case, recomputed from its samples, statsmodels' residuals and plain loops."""

import math
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
import scipy

import eventstudy as es
from eventstudy.inference import DEFAULT_TESTS, TESTS

BATTERY = SimpleNamespace(**run_path(str(Path(__file__).parents[1] / "reference" / "battery.py")))

MEANS = [name for name, test in TESTS.items() if not test.contrast]
GROUPS = [("imoex", "raise", "0:0"), ("ruble", "*", "0:5"), ("*", "fold", "0:0"), ("*", "*", "0:1")]
SERIES = ["imoex", "ruble", "em-bonds"]


@pytest.fixture(scope="module")
def whole(case):
    """Three markets under every test."""
    return es.EventStudy(case.events, case.prices, series=SERIES, tests="all").fit()


@pytest.fixture(scope="module")
def residuals(whole):
    """Estimation residuals of every used pair by event time, from statsmodels, with their dates."""
    found = {}
    for event, series in whole.fits[["event_id", "series"]].itertuples(index=False):
        sessions = whole.histories[series].sessions
        match = whole.matches[(whole.matches["event_id"] == event) & (whole.matches["series"] == series)].iloc[0]
        position = int(np.searchsorted(sessions, match["session"].to_datetime64().astype("datetime64[D]")))
        by_day = whole.statsmodels(event, series).resid
        by_day = dict(zip(by_day.index.date, by_day.tolist(), strict=True))
        days = [sessions[position + tau].item() for tau in range(-130, -10)]
        found[event, series] = (days, [by_day.get(day) for day in days])
    return found


def pairs_of(whole, residuals, series, stance, window):
    """The pairs of a group as the second answers want them."""
    phases = dict(zip(whole.events["id"], whole.events["phase"], strict=True))
    first, last = map(int, window.split(":"))
    pairs = []
    for car in whole.sample(series, stance, window).to_dict("records"):
        key = (car["event_id"], car["series"])
        rows = whole.abnormal[(whole.abnormal["event_id"] == key[0]) & (whole.abnormal["series"] == key[1])]
        inside = rows[rows["tau"].between(first, last)]
        fit = whole.fits[(whole.fits["event_id"] == key[0]) & (whole.fits["series"] == key[1])].iloc[0]
        days, residual = residuals[key]
        pairs.append(
            {
                **{name: car[name] for name in ("car", "scar", "series")},
                "ar": inside["ar"].tolist(),
                "days": [day.date() for day in inside["session"]],
                "span": [None if math.isnan(v) else v for v in rows["ar"]],
                "residual": residual,
                "learned": days,
                "sigma": fit["sigma"],
                "df": int(fit["df"]),
                "date": car["session"].date(),
                "phase": phases[key[0]],
            }
        )
    return pairs, [tau - int(whole.abnormal["tau"].min()) for tau in range(first, last + 1)]


@pytest.mark.one_in(4)
@pytest.mark.parametrize("group", GROUPS, ids="-".join)
def test_the_table_equals_second_answers(whole, residuals, group):
    """Each statistic of a series, a stance and the pool is that of plain loops over statsmodels' residuals."""
    pairs, inside = pairs_of(whole, residuals, *group)
    rows = whole.tests.set_index(["series", "stance", "window"]).sort_index().loc[group].set_index("test")
    assert list(rows.index[: len(MEANS)]) == MEANS
    for name in set(MEANS) - {"wilcoxon", "bootstrap"}:
        found = getattr(BATTERY, name)(*((pairs, inside) if name == "rank_z" else (pairs,)))
        expected, df = found if isinstance(found, tuple) else (found, None)
        assert rows.loc[name, "statistic"] == pytest.approx(expected, rel=1e-8, abs=1e-10), name
        assert df is None or rows.loc[name, "df"] == df
    cars = [pair["car"] for pair in pairs]
    assert rows.loc["wilcoxon", "statistic"] == BATTERY.wilcoxon_w(cars)
    assert rows.loc["bootstrap", "statistic"] == pytest.approx(BATTERY.mean(cars))
    assert (rows["n"] == len(pairs)).all()
    assert (rows["n_dates"] == len({pair["date"] for pair in pairs})).all()


def test_the_table_carries_what_a_reader_needs(whole):
    """Each row has its null in words, and a p unless its note says why not; laws and keys are as documented."""
    for row in whole.tests.to_dict("records"):
        assert row["null"] == TESTS[row["test"]].null
        assert math.isfinite(row["p_value"]) or row["note"]
    assert not whole.tests.duplicated(["series", "stance", "window", "test"]).any()
    assert (whole.tests["test"].str.startswith("label_permutation") == whole.tests["stance"].eq("raise-fold")).all()


def test_the_default_list_is_a_part_of_all(case, whole):
    """The tests run by default have the figures they have among all."""
    default = es.EventStudy(case.events, case.prices, series=SERIES).fit().tests
    same = whole.tests[whole.tests["test"].isin(DEFAULT_TESTS)].reset_index(drop=True)
    pd.testing.assert_frame_equal(default, same)


@pytest.mark.parametrize("tests", [[], ["date_clustered_t"], ["label_permutation", "cross_section_t"]])
def test_only_the_tests_asked_for_are_run(case, whole, tests):
    """The tests table holds the tests asked for and no others; an empty list gives an empty table with its columns."""
    found = es.EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"], tests=tests).fit().tests
    assert set(found["test"]) == set(tests)
    assert list(found.columns) == list(whole.tests.columns)


def test_statistics_equal_scipy_on_the_cars(whole):
    """The plain and the clustered t are scipy's on the CARs of their sample, and on their means over dates."""
    rows = whole.tests[whole.tests["test"].isin(["cross_section_t", "date_clustered_t"])]
    assert set(rows["law"]) == {"t"}
    samples = {key: whole.sample(*key) for key in set(zip(rows["series"], rows["stance"], rows["window"], strict=True))}
    for row in rows.to_dict("records"):
        sample = samples[row["series"], row["stance"], row["window"]]
        values, by_date = sample["car"].tolist(), sample.groupby("session")["car"].mean()
        assert (row["n"], row["n_dates"]) == (len(values), len(by_date))
        values = by_date.tolist() if row["test"] == "date_clustered_t" else values
        if len(values) > 1:
            expected = scipy.stats.ttest_1samp(values, 0.0)
            assert row["statistic"] == pytest.approx(expected.statistic, rel=1e-9, abs=0)
            assert row["p_value"] == pytest.approx(expected.pvalue, rel=1e-7, abs=0)
            assert row["df"] == len(values) - 1
        else:
            assert math.isnan(row["p_value"])
            assert row["note"]


@pytest.mark.parametrize(("series", "window"), [("imoex", "0:0"), ("ruble", "-1:1"), ("*", "0:1")])
def test_the_permutation_inside_phases_is_that_of_plain_loops(plain, whole, series, window):
    """Raise less fold inside phases, its p by labels given out anew inside each; a date of several series is one."""
    sample = whole.sample(series, "raise-fold", window)
    phases = dict(zip(whole.events["id"], whole.events["phase"], strict=True))
    values, raised, strata = [], [], []
    for _, rows in sample.groupby("session"):
        if len(set(rows["net_stance"])) == 1:
            values.append(rows["car"].mean())
            raised.append(rows["net_stance"].iloc[0] == "raise")
            strata.append(phases[rows["event_id"].iloc[0]])
    found = whole.tests.query("series == @series and window == @window and test == 'label_permutation'").iloc[0]
    assert found["stance"] == "raise-fold"
    assert found["statistic"] == pytest.approx(plain.within_phases(values, raised, strata), rel=1e-9, abs=0)
    p, n_ways = plain.permutation_p(values, raised, strata)
    assert n_ways <= 50_000
    assert (found["p_value"], found["df"]) == (pytest.approx(p), n_ways)


def test_adjusted_p_is_statsmodels_holm_over_series(whole):
    """p_adjusted is statsmodels' Holm over the series of one stance, window and test; the pool has none."""
    from statsmodels.stats.multitest import multipletests

    single = whole.tests[(whole.tests["series"] != "*") & (whole.tests["window"] == "-1:1")]
    for _, family in single[single["test"] == "date_clustered_t"].groupby("stance"):
        known = family[family["p_value"].notna()]
        if len(known):
            with patch("gc.collect"):  # which statsmodels calls each time
                theirs = multipletests(known["p_value"], method="holm")[1]
            np.testing.assert_allclose(known["p_adjusted"], theirs, rtol=1e-12)
        assert family.loc[family["p_value"].isna(), "p_adjusted"].isna().all()
    assert whole.tests.loc[whole.tests["series"] == "*", "p_adjusted"].isna().all()


@pytest.mark.one_in(2)
@pytest.mark.parametrize("unit", [100.0, 1e-4])
def test_the_unit_of_returns_does_not_matter(unit):
    """Returns in per cent or in basis points leave every standardised statistic unchanged."""
    rng = np.random.default_rng(9)
    days = pd.bdate_range("2018-01-01", periods=700)
    returns = pd.DataFrame(rng.standard_t(4, size=(700, 3)) * 0.01, index=days, columns=["a", "b", "m"])
    events = pd.DataFrame({"time": [str(days[t])[:10] for t in range(200, 700, 60)], "stance": "raise"})
    choices = {"model": "market-model", "market": "m", "returns_kind": "simple", "tests": "all"}
    once, again = (es.EventStudy(events, returns=r, **choices).fit().tests for r in (returns, returns * unit))
    standardised = once["test"] != "bootstrap"
    columns = ["series", "stance", "window", "test", "statistic", "df", "p_value", "p_adjusted", "n"]
    pd.testing.assert_frame_equal(once.loc[standardised, columns], again.loc[standardised, columns], rtol=1e-7)
    np.testing.assert_allclose(again.loc[~standardised, "statistic"], unit * once.loc[~standardised, "statistic"])


def test_adding_the_market_changes_no_market_model_test():
    """Adding k times the market to a series leaves every market-model test as it was."""
    rng = np.random.default_rng(10)
    days = pd.bdate_range("2018-01-01", periods=500)
    returns = pd.DataFrame(rng.normal(size=(500, 2)) * 0.01, index=days, columns=["a", "m"])
    events = pd.DataFrame({"time": [str(days[t])[:10] for t in (200, 300, 400, 450)], "stance": "raise"})
    moved = returns.assign(a=returns["a"] + 2.5 * returns["m"])
    choices = {"model": "market-model", "market": "m", "returns_kind": "simple", "tests": "all"}
    once, again = (es.EventStudy(events, returns=r, **choices).fit().tests for r in (returns, moved))
    pd.testing.assert_frame_equal(once.drop(columns="note"), again.drop(columns="note"), rtol=1e-6, atol=1e-10)


@pytest.mark.parametrize(("alone", "others"), [("raise", "fold"), ("fold", "raise")])
def test_labels_are_compared_where_both_have_events(alone, others):
    """Over 0:0 the one event of a label meets the others; over 0:40, which leaves the sample, no row compares it."""
    days = pd.bdate_range("2020-01-01", periods=500, name="session")
    returns = pd.DataFrame(np.random.default_rng(2).normal(0.0, 0.01, (500, 1)), index=days, columns=["a"])
    rows = [(300, others), (350, others), (400, others), (490, alone)]
    events = pd.DataFrame([(str(days[at].date()), stance) for at, stance in rows], columns=["time", "stance"])
    tests = es.EventStudy(events, returns=returns, windows=["0:0", "0:40"], tests="all").fit().tests
    found = tests[tests["test"].str.startswith("label_permutation")]
    assert found[["test", "window", "stance", "n"]].to_numpy().tolist() == [
        ["label_permutation", "0:0", "raise-fold", 4], ["label_permutation_z", "0:0", "raise-fold", 4]
    ]  # fmt: skip
