"""Rows over several series that do not meet the same news in the same session, against plain loops over their moves."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

#: Of ten pieces of news, a day apart in pairs, the late market meets each a session after the early one.
NEWS = [k + apart for k in range(300, 400, 20) for apart in (0, 1)]
CLOSES = {"early": {"close": "21:00", "time_zone": "UTC"}, "late": {"close": "09:00", "time_zone": "UTC"}}


def study(stances, begins=0, order=("early", "late"), **choices):
    """The study of the ten events at noon on two random walks, of which the late one begins on a later day."""
    days, rng = pd.bdate_range("2018-01-01", periods=430), np.random.default_rng(8)
    returns = pd.DataFrame(0.01 * rng.standard_normal((430, 2)), days, ["early", "late"])
    for k, stance in zip(NEWS, stances, strict=True):
        returns.iloc[k, 0] += 0.01 if stance == "fold" else -0.01
    returns.loc[: days[begins], "late"] = np.nan
    events = [
        {"id": f"n{k}", "time": f"{days[at]:%Y-%m-%d}T12:00", "time_zone": "UTC", "stance": stance}
        for k, (at, stance) in enumerate(zip(NEWS, stances, strict=True))
    ]
    choices = {"model": "zero", "windows": ["0:0"], "tests": "none", "overlap": "keep"} | choices
    return es.EventStudy(events, returns=returns[list(order)], instruments=CLOSES, **choices).fit()


@pytest.mark.parametrize(
    ("stances", "begins"),
    [(["raise", "fold"] * 5, 0), (["raise", "raise", "fold", "raise", "fold"] * 2, 210)],
    ids=["neighbours with the other label", "a short series"],
)
def test_the_p_of_a_pooled_contrast_is_of_the_number_beside_it(stances, begins):
    """Every way to share out the labels over the news, each time the difference of the means over all moves."""
    result = study(stances, begins)
    car, row = result.car.set_index("event_id"), result.average.set_index(["series", "stance"]).loc[("*", "raise-fold")]
    assert row["n"] == len(car)
    moves = {event: car.loc[[event], "z"].tolist() for event in car.index.unique()}

    def difference(raises):
        means = [np.mean([z for event in moves if (event in raises) == side for z in moves[event]]) for side in (1, 0)]
        return means[0] - means[1]

    raised = {event for event in moves if car.loc[[event], "stance"].iloc[0] == "raise"}
    every = np.array([difference(set(some)) for some in combinations(moves, len(raised))])
    assert row["z"] == pytest.approx(difference(raised))
    assert row["days"] == len(every)
    assert row["p_value"] == pytest.approx(np.mean(np.abs(every) >= abs(row["z"]) - 1e-12))


def test_the_order_of_series_is_no_choice():
    """The pool, and its contrast within phases, is the same whichever series comes first."""
    found = [
        study(["raise", "fold", "fold", "raise", "fold"] * 2, 210, order) for order in (CLOSES, list(CLOSES)[::-1])
    ]
    rows = [one.average[one.average["series"] == "*"].set_index("stance") for one in found]
    pd.testing.assert_frame_equal(*rows, rtol=1e-12)


def test_a_large_move_has_no_larger_family_p_than_a_small_one():
    """Of one event the market that moved farther has no larger family p, though other events share its sessions."""
    case = es.load_case("raise-or-fold-2022")
    result = es.EventStudy(case.events, case.prices, series=["imoex", "ruble", "brent", "gold"], windows=["0:0"]).fit()
    car = result.car.dropna(subset=["family_p"]).assign(far=lambda of: of["z"].abs())
    shared = car.groupby(["series", "market_event"])["event_id"].transform("nunique") > 1
    assert shared.any()
    for _, of_event in car.sort_values("far", ascending=False).groupby("event_id"):
        assert of_event["family_p"].is_monotonic_increasing


def test_the_largest_event_is_left_out_with_every_move_it_had_a_part_in():
    """A day that one market answers together with earlier news, and another alone, leaves the mean of both."""
    days, rng = pd.bdate_range("2018-01-01", periods=430), np.random.default_rng(5)
    returns = pd.DataFrame(0.004 * rng.standard_normal((430, 2)), days, ["a", "b"])
    returns.iloc[401, 0], returns.iloc[400, 1] = -0.10, -0.08
    times = {"first": (400, 12), "second": (400, 18), "x": (250, 12), "y": (300, 12)}
    events = [
        {"id": name, "time": f"{days[at]:%Y-%m-%d}T{hour}:00", "time_zone": "UTC", "stance": "raise"}
        for name, (at, hour) in times.items()
    ]
    closes = {name: {"close": f"{hour}:00", "time_zone": "UTC"} for name, hour in (("a", 15), ("b", 21))}
    result = es.EventStudy(events, returns=returns, instruments=closes, model="zero", windows=["0:0"]).fit()
    row = result.average.set_index(["series", "stance"]).loc[("*", "raise")]
    # Of a: first, x and y; of b: x and y, for its move of the day holds the second event too.
    kept = [returns.iloc[at, k] for at, k in ((400, 0), (250, 0), (300, 0), (250, 1), (300, 1))]
    assert row["largest_event"] == "second"
    assert row["without_largest"] == pytest.approx(np.mean(kept))


@pytest.mark.slow
def test_the_pooled_contrast_keeps_its_size_where_markets_close_at_other_hours():
    """Of 200 worlds without an effect some ten have a p of 5 % or less, also over windows of six sessions."""
    days, closes = pd.bdate_range("2018-01-01", periods=500), {"a": 9, "b": 16, "c": 21}
    stamps = {name: {"close": f"{hour:02d}:00", "time_zone": "UTC"} for name, hour in closes.items()}
    found = []
    for seed in range(200):
        rng = np.random.default_rng(50_000 + seed)
        returns = 0.01 * (0.7 * rng.standard_normal((500, 1)) + 0.714 * rng.standard_normal((500, 3)))
        at, hours = np.sort(rng.choice(np.arange(220, 488, 8), 12, replace=False)), rng.integers(0, 24, 12)
        stances = rng.permutation(["raise", "fold"] * 6)
        events = [
            {"id": f"e{k}", "time": f"{days[day]:%Y-%m-%d}T{hour:02d}:30", "time_zone": "UTC", "stance": stance}
            for k, (day, hour, stance) in enumerate(zip(at, hours, stances, strict=True))
        ]
        frame = pd.DataFrame(returns, days, [*closes])
        study = es.EventStudy(events, returns=frame, instruments=stamps, windows=["0:0", "0:5"], tests="none")
        rows = study.fit().average.set_index(["series", "stance"]).loc[("*", "raise-fold")]
        found.append(rows["p_value"].to_numpy() <= 0.05)
    rates = np.mean(found, axis=0)
    assert ((rates >= 0.015) & (rates <= 0.09)).all(), rates
