"""The averages and tests of the bundled case, recomputed from its CARs in plain loops."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

import eventstudy as es

RETURN = "log return"


@pytest.fixture(scope="module")
def cars(result):
    """The CARs that are there, one dict a row, with the phase of their event."""
    phases = dict(zip(result.events["id"], result.events["phase"], strict=True))
    known = result.car[result.car["car"].notna()]
    return [{**row, "phase": phases[row["event_id"]]} for row in known.to_dict("records")]


def of(cars, series, stance, window):
    """The CARs of a group; all series in returns under `*`."""
    return [
        row
        for row in cars
        if row["window"] == window
        and (row["series"] == series or (series == "*" and row["unit"] == RETURN))
        and stance in ("*", row["stance"])
    ]


def market_events(plain, rows):
    """Merge rows by session: mean CAR, net stance, phase and event ids of each session."""
    by_session = {}
    for row in rows:
        by_session.setdefault(row["session"], []).append(row)
    return [
        (
            plain.mean([row["car"] for row in together]),
            plain.net_stance([row["stance"] for row in together]),
            together[0]["phase"],
            {row["event_id"] for row in together},
        )
        for _, together in sorted(by_session.items())
    ]


def test_every_group_has_its_row(result, cars):
    """There is one row for each series and the pool, each stance that occurs and all, and each window; no others."""
    names = [*result.series, "*"]
    expected = {
        (series, stance, window)
        for series in names
        for stance in ("raise", "hold", "fold", "*")
        for window in ("0:0", "0:1", "-1:1", "0:5")
        if of(cars, series, stance, window)
    }
    rows = result.average[result.average["stance"] != "raise-fold"]
    keys = list(zip(rows["series"], rows["stance"], rows["window"], strict=True))
    assert len(keys) == len(set(keys))
    assert set(keys) == expected


def test_averages_equal_plain_loops(plain, result, cars):
    """n, mean, median, hit rate, worst and best of every group equal those of loops over its CARs."""
    rows = result.average[result.average["stance"] != "raise-fold"]
    for row in rows.to_dict("records"):
        group = of(cars, row["series"], row["stance"], row["window"])
        values = [float(member["car"]) for member in group]
        assert row["n_cars"] == len(values)
        assert row["n_events"] == len({member["event_id"] for member in group})
        assert row["n_dates"] == len({member["session"] for member in group})
        assert row["caar"] == pytest.approx(plain.mean(values), rel=1e-12, abs=0)
        assert row["median"] == pytest.approx(plain.median(values), rel=1e-12, abs=0)
        assert row["hit_rate"] == pytest.approx(sum(value > 0 for value in values) / len(values), rel=1e-12, abs=0)
        assert (row["worst"], row["best"]) == (min(values), max(values))


def test_the_pool_holds_returns_only(result):
    """VIX, in index points, is averaged for itself and is no part of the pool."""
    pooled = result.average[(result.average["series"] == "*") & (result.average["stance"] == "*")]
    alone = result.average[(result.average["series"] != "*") & (result.average["stance"] == "*")]
    in_returns = alone[alone["unit"] == RETURN].groupby("window")["n_cars"].sum()
    assert pooled.set_index("window")["n_cars"].to_dict() == in_returns.to_dict()
    assert set(alone.loc[alone["unit"] != RETURN, "series"]) == {"vix"}
    assert any("vix" in line for line in result.warnings)


@pytest.mark.parametrize("series", ["imoex", "rand"])
@pytest.mark.parametrize("window", ["0:0", "-1:1"])
def test_base_rate_equals_plain_loops(plain, case, result, series, window):
    """The base rate is the share of positive CARs on all sessions whose span meets neither news nor closure."""
    column = case.prices[series].dropna()
    days = [stamp.date() for stamp in column.index]
    gaps = [None, *((b - a).days for a, b in pairwise(days))]
    returns = plain.log_returns([float(p) for p in column], -1 if series == "rand" else 1)
    matched = result.matches[(result.matches["series"] == series) & (result.matches["status"] == "used")]
    positions = sorted({days.index(session.date()) for session in matched["session"]})
    first, last = (int(end) for end in window.split(":"))
    free = plain.admissible(len(days), positions, (-1, 5), gaps)
    busy = plain.touched(len(days), positions, (-1, 5))
    ups = []
    for t in range(len(days)):
        learned = [returns[s] for s in range(max(t - 130, 0), t - 10) if returns[s] is not None and not busy[s]]
        if free[t] and len(learned) >= 60:
            mean = plain.mean(learned)
            ups.append(sum(returns[s] - mean for s in range(t + first, t + last + 1)) > 0)
    rows = result.average[(result.average["series"] == series) & (result.average["window"] == window)]
    assert len(ups) > 200
    for row in rows[rows["stance"] != "raise-fold"].to_dict("records"):
        assert row["base_rate"] == sum(ups) / len(ups)


def test_pooled_base_rate_weighs_every_session_alike(result):
    """The pool's base rate lies among those of its series, and is the same beside each stance."""
    alone = result.average[(result.average["unit"] == RETURN) & (result.average["stance"] == "*")]
    for window, rows in alone.groupby("window"):
        rates = rows.set_index("series")["base_rate"]
        assert rates.drop("*").min() < rates["*"] < rates.drop("*").max()
        of_pool = result.average[(result.average["series"] == "*") & (result.average["window"] == window)]
        assert len(set(of_pool.loc[of_pool["stance"] != "raise-fold", "base_rate"])) == 1


def test_contrast_equals_plain_loops_over_market_events(plain, result, cars):
    """Raise less fold counts each session once, by its net stance, and leaves sessions of both raises and folds out."""
    rows = result.average[result.average["stance"] == "raise-fold"]
    assert len(rows) == 20 * 4
    n_mixed = 0
    for row in rows.to_dict("records"):
        merged = market_events(plain, of(cars, row["series"], "*", row["window"]))
        n_mixed += sum(stance == "mixed" for _, stance, _, _ in merged)
        kept = [event for event in merged if event[1] in ("raise", "fold")]
        ups = [car for car, stance, _, _ in kept if stance == "raise"]
        downs = [car for car, stance, _, _ in kept if stance == "fold"]
        assert row["n_dates"] == row["n_cars"] == len(kept)
        assert row["n_events"] == len(set().union(*(members for _, _, _, members in kept)))
        assert row["caar"] == pytest.approx(plain.mean(ups) - plain.mean(downs), rel=1e-10, abs=0)
        assert row["median"] == pytest.approx(plain.median(ups) - plain.median(downs), rel=1e-10, abs=0)
        shares = [sum(car > 0 for car in group) / len(group) for group in (ups, downs)]
        assert row["hit_rate"] == pytest.approx(shares[0] - shares[1], abs=1e-12)
        assert math.isnan(row["worst"])
        assert math.isnan(row["base_rate"])
    assert n_mixed > 0


def test_statistics_equal_scipy_on_the_cars(plain, result, cars):
    """The plain and the clustered t are scipy's on the CARs of their group, and on their means over dates."""
    rows = result.tests[result.tests["test"].isin(["cross_section_t", "date_clustered_t"])]
    assert set(rows["law"]) == {"t"}
    for row in rows.to_dict("records"):
        group = of(cars, row["series"], row["stance"], row["window"])
        by_date = {}
        for member in group:
            by_date.setdefault(member["session"], []).append(member["car"])
        values = [member["car"] for member in group]
        if row["test"] == "date_clustered_t":
            values = [plain.mean(together) for together in by_date.values()]
        assert (row["n_cars"], row["n_dates"]) == (len(group), len(by_date))
        assert row["n_events"] == len({member["event_id"] for member in group})
        if len(values) > 1:
            expected = stats.ttest_1samp(values, 0.0)
            assert row["statistic"] == pytest.approx(expected.statistic, rel=1e-9, abs=0)
            assert row["p_value"] == pytest.approx(expected.pvalue, rel=1e-7, abs=0)
            assert row["df"] == len(values) - 1
        else:
            assert math.isnan(row["p_value"])
            assert row["note"]


@pytest.mark.parametrize(("series", "window"), [("imoex", "0:0"), ("ruble", "-1:1"), ("*", "0:1")])
def test_contrast_p_is_that_of_the_permutations(plain, result, cars, series, window):
    """The p of raise less fold is that of dealing stances out again among market events of one phase."""
    events = [event for event in market_events(plain, of(cars, series, "*", window)) if event[1] in ("raise", "fold")]
    values, raised, phases = zip(*((car, stance == "raise", phase) for car, stance, phase, _ in events), strict=True)
    found = result.tests[(result.tests["series"] == series) & (result.tests["window"] == window)]
    found = found[found["test"] == "label_permutation"].iloc[0]
    assert found["stance"] == "raise-fold"
    assert found["statistic"] == pytest.approx(plain.within_phases(values, raised, phases), rel=1e-9, abs=0)
    n_deals = math.prod(
        math.comb(phases.count(phase), sum(r for r, p in zip(raised, phases, strict=True) if p == phase))
        for phase in set(phases)
    )
    if n_deals <= 50_000:
        assert (found["p_value"], found["df"]) == (
            pytest.approx(plain.permutation_p(values, raised, phases)[0]),
            n_deals,
        )
    else:
        assert f"of {n_deals} assignments" in found["note"]


def test_adjusted_p_is_statsmodels_holm_over_series(result):
    """p_adjusted is statsmodels' Holm over the series of one stance, window and test; the pool has none."""
    single = result.tests[(result.tests["series"] != "*") & (result.tests["window"] == "-1:1")]
    single = single[single["test"] == "date_clustered_t"]  # statsmodels takes its time
    for _, family in single.groupby(["stance", "window", "test"]):
        known = family[family["p_value"].notna()]
        if len(known):
            expected = multipletests(known["p_value"], method="holm")[1]
            np.testing.assert_allclose(known["p_adjusted"], expected, rtol=1e-12)
        assert family.loc[family["p_value"].isna(), "p_adjusted"].isna().all()
    assert result.tests.loc[result.tests["series"] == "*", "p_adjusted"].isna().all()


class TestByHand:
    """Three sessions of one series: two raises on the first, a raise and a fold on the second, a fold on the third."""

    @pytest.fixture(scope="class")
    @staticmethod
    def small():
        """The study of these six events."""
        rng = np.random.default_rng(11)
        days = pd.bdate_range("2021-01-01", periods=300)
        returns = pd.DataFrame({"a": rng.normal(size=300) * 0.01}, index=days)
        news = [(200, "raise"), (200, "hold"), (220, "raise"), (220, "fold"), (240, "fold"), (260, "hold")]
        events = pd.DataFrame(
            {
                "time": [days[t].date().isoformat() for t, _ in news],
                "stance": [s for _, s in news],
                "id": list("pqrstu"),
            }
        )
        return es.EventStudy(events, returns=returns, windows=["0:0"]).fit()

    def test_only_net_raises_and_folds_are_contrasted(self, small):
        """Raise less fold is the first session's CAR less the third's; the mixed and the held one are left out."""
        row = small.average.set_index("stance").loc["raise-fold"]
        car = small.car.set_index("event_id")["car"]
        assert row["caar"] == pytest.approx(car["p"] - car["t"], rel=1e-12, abs=0)
        assert (row["n_dates"], row["n_events"]) == (2, 3)

    def test_events_of_one_session_have_one_car(self, small):
        """Two events of one session have the same CAR, count as two events and as one date."""
        car = small.car.set_index("event_id")["car"]
        assert car["p"] == car["q"]
        row = small.average.set_index("stance").loc["*"]
        assert (row["n_events"], row["n_cars"], row["n_dates"]) == (6, 6, 4)
        note = small.tests[(small.tests["stance"] == "*") & (small.tests["test"] == "cross_section_t")]["note"].iloc[0]
        assert "share a date" in note

    def test_one_series_is_not_pooled_with_itself(self, small):
        """A study of one series has no pooled row."""
        assert set(small.average["series"]) == {"a"}


@pytest.mark.parametrize("tests", [[], ["date_clustered_t"], ["label_permutation", "cross_section_t"]])
def test_only_the_tests_asked_for_are_run(case, tests):
    """The tests table holds the tests asked for and no others; an empty list gives an empty table with its columns."""
    found = es.EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"], tests=tests).fit().tests
    assert set(found["test"]) == set(tests)
    assert {"series", "stance", "window", "test", "p_value", "p_adjusted"} <= set(found.columns)
