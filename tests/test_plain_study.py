"""The whole study against an independent one in plain loops (``reference/plain_study.py``)."""

import datetime as dt
import math
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

REFERENCE = Path(__file__).parent / "reference"
PLAIN = SimpleNamespace(**run_path(str(REFERENCE / "plain_study.py")))
MADE = SimpleNamespace(**run_path(str(REFERENCE / "made_up.py")))
WINDOWS = ("0:0", "0:1", "-1:1", "0:5")
WORLDS = {
    "raise-or-fold-2022": ("ruble", "imoex", "brent"),
    "sanctions-2018": ("ruble", "sp500", "lira"),
    "made-up": ("whole", "holes", "calm"),
}
STANCES = ("raise", "hold", "fold", "mixed", "*")

#: News of these is none of the series', or meets none of its sessions.
NO_NEWS = ("proposed", "other-series", "before-sample", "after-sample")

#: Draws of the library.
DRAWS = 9_999


def studied(events, prices, names):
    """Fit a study; return it and the plain study of each series."""
    result = es.EventStudy(events, prices, series=list(names), windows=WINDOWS, tests=[]).fit()
    return result, {name: plain_market(result, events, name) for name in names}


def plain_market(result, events, name):
    """Hand the prices of one series and the sessions of its events to the plain study."""
    history, known = result.histories[name], events.set_index("id")
    quotes = np.asarray(history.prices, dtype=float) ** history.instrument.orientation
    unknown = set(np.searchsorted(history.sessions, history.holes).tolist())
    days = [dt.date.fromisoformat(str(day)) for day in history.sessions]
    rows = result.matches[(result.matches["series"] == name) & result.matches["session"].notna()]
    told = [
        {
            "id": row["event_id"],
            "position": days.index(row["session"].date()),
            "stance": known.loc[row["event_id"], "stance"],
            "phase": known.loc[row["event_id"], "phase"],
            "news_day": dt.date.fromisoformat(row["event_time"][:10]),
        }
        for _, row in rows.iterrows()
        if not row["reason"].startswith(NO_NEWS)
    ]
    return PLAIN.Market(days, PLAIN.simple_returns(quotes.tolist(), unknown), told)


@pytest.fixture(scope="module")
def worlds():
    """Return result and plain studies of a world, made once."""
    made = {}

    def world(name):
        if name not in made:
            case = es.load_case(name) if name in es.case_names() else None
            events, prices = MADE.made_up() if case is None else (case.events, case.prices)
            made[name] = studied(events, prices, WORLDS[name])
        return made[name]

    return world


EVERY = pytest.mark.parametrize(
    ("world", "series", "window"),
    [
        pytest.param(world, series, window, marks=[pytest.mark.slow] * (world == "sanctions-2018"))
        for world, names in WORLDS.items()
        for series in names
        for window in WINDOWS
    ],
)


def parsed(window):
    """Return a window as a pair."""
    first, last = window.split(":")
    return int(first), int(last)


def rows_by_session(result, series, window):
    """Return the rows of `car` with a CAR, one a market event, by session."""
    car = result.car[(result.car["series"] == series) & (result.car["window"] == window) & result.car["car"].notna()]
    return {row["session"].date(): row for _, row in car.iterrows()}


def row_of(result, series, stance, window):
    """Return a row of `average`, or None."""
    average = result.average
    at = (average["series"] == series) & (average["stance"] == stance) & (average["window"] == window)
    return average[at].iloc[0] if at.any() else None


def same(found, wanted, text, tolerance=1e-9):
    """Compare two figures, of which either may be missing."""
    if wanted is None:
        assert pd.isna(found), text
    else:
        assert found == pytest.approx(wanted, rel=tolerance, abs=1e-12), text


@EVERY
def test_every_event(worlds, world, series, window):
    """CAR, standard error, t, move, buy-and-hold return, z, p, source and days of each event."""
    result, markets = worlds(world)
    market = markets[series]
    found = rows_by_session(result, series, window)
    wanted = {market.days[row["position"]]: row for row in market.cars(parsed(window))}
    assert set(found) == set(wanted)
    for day, want in wanted.items():
        row = found[day]
        for name in ("car", "se", "move", "bhar", "z"):
            same(row[name], want[name], f"{name} on {day}")
        same(row["t"], want["car"] / want["se"], f"t on {day}")
        assert row["df"] == market.fits[want["position"]][2] - 1
        assert row["net_stance"] == want["stance"]
        assert row["p_source"] == want["p_source"], day
        assert abs(row["days"] - want["days"]) < 1, day
        # At the floor, days may be a whole number or not.
        at_floor = want["p_value"] <= 1 / (want["days"] + 1)
        same(row["p_value"], want["p_value"], f"p on {day}", 0.02 if at_floor else 1e-9)


@EVERY
def test_placebo_sessions(worlds, world, series, window):
    """The z behind the p of each event are those of the admissible sessions before it."""
    result, markets = worlds(world)
    found = rows_by_session(result, series, window)
    for want in markets[series].cars(parsed(window)):
        row = found[markets[series].days[want["position"]]]
        if want["p_source"] == "sessions":
            draws = result.placebo_z(row["event_id"], series, window)
            np.testing.assert_allclose(np.sort(draws), np.sort(want["draws"]), rtol=1e-9, atol=1e-12)


@pytest.mark.one_in(2)
@EVERY
@pytest.mark.parametrize("stance", STANCES)
def test_every_row(worlds, world, series, window, stance):
    """Sample, number, mean, median, z, move, share, worst, best, mean without the largest, and what was set aside."""
    result, markets = worlds(world)
    row, want = row_of(result, series, stance, window), markets[series].rows(parsed(window))[stance]
    if row is None:
        assert want["n"] == 0
        return
    assert row["n"] == want["n"]
    assert row["n_set_aside"] == want["n_set_aside"]
    if not want["n"]:
        return
    sample = result.sample(series, stance, window)
    assert sorted(day.date() for day in sample["session"]) == [
        markets[series].days[k["position"]] for k in want["sample"]
    ]
    for name in ("caar", "median", "z", "move", "rose", "base_rate", "worst", "best", "without_largest"):
        same(row[name], want[name], name)


@pytest.mark.one_in(2)
@EVERY
@pytest.mark.parametrize("stance", STANCES)
def test_p_of_every_mean(worlds, world, series, window, stance):
    """The p of a mean is the plain one, up to what both owe to chance; of one event it is that event's."""
    result, markets = worlds(world)
    row, want = row_of(result, series, stance, window), markets[series].rows(parsed(window))[stance]
    if row is None or not want["n"] or want["p_value"] is None:
        pytest.skip("no such mean, or one by residuals")
    assert row["p_source"] == want["p_source"]
    assert abs(row["days"] - want["days"]) < 1
    p = want["p_value"]
    if want["n"] == 1:
        assert row["p_value"] == pytest.approx(p, rel=0.02 if p <= 1 / (want["days"] + 1) else 1e-9)
        return
    chance = math.sqrt(max(p * (1 - p), 1e-4) * (1 / DRAWS + 1 / PLAIN.DRAWS))
    assert row["p_value"] == pytest.approx(p, abs=4 * chance + 0.002)


@EVERY
def test_raises_less_folds(worlds, world, series, window):
    """The contrast is the difference of the two plain rows; its p that of labels permuted inside phases."""
    result, markets = worlds(world)
    row = row_of(result, series, "raise-fold", window)
    want = markets[series].rows(parsed(window))["raise-fold"]
    if not want["n"]:
        assert row is None or pd.isna(row["caar"])
        return
    for name in ("caar", "z", "move"):
        same(row[name], want[name], name)
    if want["p_value"] is None:
        return
    exact = row["days"] <= PLAIN.MOST_ASSIGNMENTS and row["days"] != DRAWS
    assert row["p_value"] == pytest.approx(want["p_value"], abs=1e-9 if exact else 0.02)


def test_residuals_serve_where_days_are_few():
    """With fewer than 100 days without news an event is held against the residuals of its own estimation window."""
    events, prices = MADE.short()
    result, markets = studied(events, prices, ["whole"])
    sources = set()
    for window in WINDOWS:
        found = rows_by_session(result, "whole", window)
        for want in markets["whole"].cars(parsed(window)):
            row = found[markets["whole"].days[want["position"]]]
            sources.add(row["p_source"])
            assert row["p_source"] == want["p_source"]
            same(row["z"], want["z"], f"z over {window}")
            at_floor = want["p_value"] <= 1 / (want["days"] + 1)
            same(row["p_value"], want["p_value"], f"p over {window}", 0.02 if at_floor else 1e-9)
    assert "residuals" in sources


def test_the_made_up_world_has_what_it_should():
    """The plain study meets every rule at least once: it would prove nothing otherwise."""
    events, prices = MADE.made_up()
    days = [day.date() for day in prices.index]
    told = [
        {**row, "position": next(k for k, day in enumerate(days) if str(day) >= row["time"])}
        | {"news_day": dt.date.fromisoformat(row["time"])}
        for row in events.to_dict("records")
    ]
    market = PLAIN.Market(days, PLAIN.simple_returns(prices["whole"].tolist()), told)
    assert {event["stance"] for event in market.events} == set(PLAIN.STANCES)
    assert len(market.events) < len(events)
    assert sum(map(market.closed.__getitem__, range(market.size))) == 2
    for window in ((0, 0), (0, 5)):
        rows = market.cars(window)
        assert any(market.late(row) for row in rows)
        assert len(market.quiet(window)) >= PLAIN.ENOUGH
        assert len(market.quiet(window)) < len(market.admissible(window))
        assert all(market.by_residuals(row["position"], window)["draws"] for row in rows)
    assert any(market.contaminated(row, (0, 5)) for row in market.events)
    assert not any(market.contaminated(row, (0, 0)) for row in market.events)
    assert any(market.spans_closure(row, (0, 5)) and not market.late(row) for row in market.events)


def test_the_plain_scale_is_capped():
    """An abnormal return of thirty standard deviations enters the scale as one of three."""
    ar = [(-1) ** k for k in range(60)] + [30.0, 0.0]
    scale = PLAIN.ewma(ar)
    assert scale[:60] == [None] * 60
    start = 60 / 59
    assert scale[60] == pytest.approx(math.sqrt(start))
    assert scale[61] == pytest.approx(math.sqrt(0.94 * start + 0.06 * 9 * start))


def test_plain_windows_are_worth_what_they_should_be():
    """Three windows that share nothing are worth three; the same window twice is worth one."""
    market = SimpleNamespace(fits={10: (0, 1, 1e12), 40: (0, 1, 1e12), 70: (0, 1, 1e12)})
    worth = PLAIN.Market.effective
    market.overlaps = lambda sample, window: PLAIN.Market.overlaps(market, sample, window)
    far = [{"position": k} for k in (10, 40, 70)]
    assert worth(market, far, (0, 5)) == pytest.approx(3)
    assert worth(market, far[:1] * 2, (0, 5)) == pytest.approx(1)


def test_a_short_line_has_a_wide_tail():
    """The p of a mean over windows of six sessions knows that its scale comes from few windows: a t tail, not z's."""
    events, prices = MADE.made_up()
    raised = events[(events["stance"] == "raise") & (events["id"] != "late")]["time"]
    push = pd.Series(0.0, prices.index)
    for day in prices.index.get_indexer(pd.DatetimeIndex(raised)):
        push.iloc[day : day + 6] += 0.007
    prices = prices.mul(np.exp(push.cumsum()), axis=0).iloc[70:]
    result, markets = studied(events, prices, ["whole"])
    want = markets["whole"].rows((0, 5))["raise"]
    assert 0.01 < want["p_value"] < 0.15
    assert want["days"] < 25
    seeds = range(1, 6)
    again = [
        es.EventStudy(events, prices, series=["whole"], windows=["0:5"], tests=[], seed=seed)
        .fit()
        .answer("whole", "raise", "0:5")
        for seed in seeds
    ]
    found = np.mean([result.answer("whole", "raise", "0:5").p_value, *(answer.p_value for answer in again)])
    chance = math.sqrt(want["p_value"] * (1 / (6 * DRAWS) + 1 / PLAIN.DRAWS))
    assert found == pytest.approx(want["p_value"], abs=4 * chance)
