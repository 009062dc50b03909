"""The tests table of the bundled case, recomputed from statsmodels' residuals and the other tables in plain loops."""

import math
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.inference import DEFAULT_TESTS, TESTS, MeanTest, correlation, residual_pairs
from eventstudy.study import samples

BATTERY = SimpleNamespace(**run_path(str(Path(__file__).parents[1] / "reference" / "battery.py")))

MEANS = [name for name, test in TESTS.items() if isinstance(test, MeanTest)]
GROUPS = [("imoex", "raise", "0:0"), ("ruble", "*", "0:5"), ("*", "fold", "-1:1"), ("*", "*", "0:1")]


@pytest.fixture(scope="module")
def whole(case):
    """Three markets under every test."""
    return es.EventStudy(case.events, case.prices, series=["imoex", "ruble", "em-bonds"], tests="all").fit()


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
    cars = whole.car[(whole.car["window"] == window) & whole.car["car"].notna()]
    cars = cars[(series == "*") | (cars["series"] == series)]
    cars = cars[(stance == "*") | (cars["stance"] == stance)]
    first, last = map(int, window.split(":"))
    pairs = []
    for car in cars.to_dict("records"):
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
    assert (rows["n_cars"] == len(pairs)).all()
    assert (rows["n_dates"] == len({pair["date"] for pair in pairs})).all()
    assert (rows["n_events"] <= len(pairs)).all()


def test_the_table_carries_what_a_reader_needs(whole):
    """Each row has its null in words, and a p unless its note says why not; laws and keys are as documented."""
    for row in whole.tests.to_dict("records"):
        assert row["null"] == TESTS[row["test"]].null
        assert math.isfinite(row["p_value"]) or row["note"]
    assert not whole.tests.duplicated(["series", "stance", "window", "test"]).any()
    assert (whole.tests["test"].str.startswith("label_permutation") == whole.tests["stance"].eq("raise-fold")).all()


def test_the_default_list_is_a_part_of_all(case, whole):
    """The tests run by default have the figures they have among all."""
    default = es.EventStudy(case.events, case.prices, series=["imoex", "ruble", "em-bonds"]).fit().tests
    same = whole.tests[whole.tests["test"].isin(DEFAULT_TESTS)].reset_index(drop=True)
    pd.testing.assert_frame_equal(default, same)


def test_correlations_kept_or_found_anew_are_the_same(case, whole, monkeypatch):
    """A study with too many pairs to keep their correlations finds them group by group, to the same statistics."""
    monkeypatch.setattr("eventstudy.study.samples._MOST_PAIRS", 0)
    series = ["imoex", "ruble", "em-bonds"]
    anew = es.EventStudy(case.events, case.prices, series=series, tests=["adjusted_bmp_t"]).fit().tests
    kept = whole.tests[whole.tests["test"] == "adjusted_bmp_t"].reset_index(drop=True)
    drop = ["p_adjusted"]
    pd.testing.assert_frame_equal(anew.drop(columns=drop), kept.drop(columns=drop), rtol=1e-9)


def test_an_event_without_data_leaves_the_tests_as_they_are(case, whole):
    """An event a century before the sample, and one after it, change nothing in the table."""
    extra = case.events.iloc[[0, 1]].assign(
        id=["sarajevo", "later"], time=["1914-06-28", "2031-01-01"], published_at=["1914-06-28", "2031-01-01"]
    )
    extra = extra.assign(time_zone="", precision="day")
    more = pd.concat([case.events, extra], ignore_index=True)
    study = es.EventStudy(more, case.prices, series=["imoex", "ruble", "em-bonds"], tests="all").fit()
    pd.testing.assert_frame_equal(study.tests, whole.tests)
    assert (study.matches.loc[study.matches["event_id"].isin(["sarajevo", "later"]), "status"] == "excluded").all()


def test_the_order_of_events_does_not_matter(case, whole):
    """Events in another order give the same table, but for rounding."""
    shuffled = case.events.sample(frac=1.0, random_state=3).reset_index(drop=True)
    study = es.EventStudy(shuffled, case.prices, series=["imoex", "ruble", "em-bonds"], tests="all").fit()
    pd.testing.assert_frame_equal(study.tests, whole.tests, rtol=1e-9)


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
    columns = ["series", "stance", "window", "test", "statistic", "df", "p_value", "p_adjusted", "n_cars"]
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


def test_series_on_one_calendar_are_correlated_without_their_pairs():
    """Where series share their sessions no pair is kept, and every test is what it is with all pairs looked at."""
    rng = np.random.default_rng(9)
    days = pd.bdate_range("2020-01-01", periods=300)
    returns = pd.DataFrame(0.01 * rng.normal(size=(300, 10)), index=days, columns=[*"abcdefghi", "m"])
    events = pd.DataFrame({"time": days[[150, 158, 240]].strftime("%Y-%m-%d"), "stance": ["raise", "fold", "raise"]})
    choices = {"model": "market-model", "market": "m", "windows": ["0:0", "-1:1"], "tests": MEANS, "clean": False}
    study = es.EventStudy(events, returns=returns, **choices)
    with patch.object(residual_pairs, "_correlations", side_effect=AssertionError):
        by_blocks = study.fit().tests
    with patch.object(samples, "ENOUGH_TOGETHER", math.inf), patch.object(correlation, "ENOUGH_TOGETHER", math.inf):
        by_pairs = study.fit().tests
    pd.testing.assert_frame_equal(by_blocks, by_pairs, rtol=1e-12, atol=1e-14)
    assert by_blocks["note"].str.contains("pairs on shared dates").any()
