"""Readings of simulated worlds with known truth, point in time, and what they say of the record."""

import json
import math
from dataclasses import replace
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy import DesignError, NothingUsableError, UnknownNameError
from eventstudy.cli.main import main
from eventstudy.inference import placebo
from eventstudy.reading import (
    CLUSTER,
    FALSE_STANCE,
    READINGS,
    RIGHT,
    Reactions,
    learn,
    reactions,
    read,
    read_all,
    scores,
    surprises,
    unmoved,
)

SIMULATED = SimpleNamespace(**run_path(str(Path(__file__).parent / "reference" / "worlds.py")))

N_DAYS, START = 1500, np.datetime64("2010-01-04")


def world(rng, *, size, n_events, n_instruments=6, flips=False, phases=1, share_nothing=0.0, tails=6.0):
    """Return reactions with known truth: raises move instruments by `size` along a direction, folds against it.

    The coordinates have t tails and a common factor. In a world that flips the direction turns round halfway, without
    a word; in one of two phases it is the opposite in the second, and the events say which phase they are of.
    """
    d = n_instruments
    mix = np.sqrt(0.4) * np.ones((d, 1)), np.sqrt(0.6) * np.eye(d)

    def draw(n):
        normal = rng.standard_normal((n, 1)) @ mix[0].T + rng.standard_normal((n, d)) @ mix[1]
        return normal / np.sqrt(rng.chisquare(tails, (n, 1)) / tails)

    days = START + np.arange(N_DAYS)
    at = np.sort(rng.choice(np.arange(N_DAYS // 3, N_DAYS), n_events, replace=False))
    truth = rng.choice(["raise", "fold"], n_events)
    direction = rng.choice([-1.0, 1.0], d)
    sign = np.where(truth == "raise", 1.0, -1.0) * np.where(flips & (np.arange(n_events) >= n_events // 2), -1.0, 1.0)
    phase = rng.integers(phases, size=n_events) if phases > 1 else np.zeros(n_events, dtype=int)
    sign = sign * (1.0 - 2.0 * phase)
    moved = rng.random(n_events) >= share_nothing
    z = draw(n_events) + size * (sign * moved)[:, None] * direction
    ordinary, without = draw(N_DAYS), np.delete(np.arange(N_DAYS), at)
    ids = [f"e{k}" for k in range(n_events)]
    events = pd.DataFrame({"event_id": ids, "headline": "", "case": "", "phase": phase.astype(str), "stance": truth,
                           "day": days[at], "known": days[at] + np.timedelta64(1, "D")})  # fmt: skip
    names = tuple((f"m{k}", "0:0") for k in range(d))
    clean, units = np.ones_like(z, dtype=bool), ("simple return",) * d
    return Reactions(names, events, z, 0.01 * z, clean, days[without], ordinary[without], units)


def later_readings(rng, n_worlds, n_past=None, **kinds):
    """Return readings of the later events of many worlds, and how often ordinary days were misread.

    The later half of them, or those behind `n_past`.
    """
    found, false = [], []
    for _ in range(n_worlds):
        of = world(rng, **kinds)
        start = len(of.events) // 2 if n_past is None else n_past
        reader = learn(of, of.events["known"][start])
        z, day = of.z[start:], of.events["day"].to_numpy()[start:]
        place = np.stack([np.zeros(len(of.events), dtype=int), pd.factorize(of.events["phase"])[0]], axis=1)[start:]
        p = reader.read(z, reader.sums(place, day))[0]
        table = pd.DataFrame(p, columns=list(READINGS)).assign(says=[reader.say(row) for row in p])
        found.append(table.assign(stance=of.events["stance"].to_numpy()[start:]))
        false.append(SIMULATED.false_stances(reader, of))
    return pd.concat(found, ignore_index=True), float(np.mean(false))


def check_calibration(found, share):
    """Of events read as a raise with probability p a share p are raises; `share` of them are worth one each."""
    p = (found["raise"] / (found["raise"] + found["fold"])).to_numpy()
    is_raise = (found["stance"] == "raise").to_numpy()
    for low, high in ((0.0, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 1.0)):
        inside = (p >= low) & (p < high)
        if inside.sum() >= 50:
            band = 3 * math.sqrt(p[inside].mean() * (1 - p[inside].mean()) / (share * inside.sum())) + 0.01
            assert abs(is_raise[inside].mean() - p[inside].mean()) < band, (low, high, inside.sum())
    given = found["says"].isin(READINGS[:2])
    if given.sum() >= 50:
        assert (found["says"] == found["stance"])[given].mean() > RIGHT - 3 * math.sqrt(0.16 / (share * given.sum()))


WORLDS = [
    pytest.param({"size": 0.0, "n_events": 40}, id="no effect"),
    pytest.param({"size": 0.5, "n_events": 40}, id="small"),
    pytest.param({"size": 1.0, "n_events": 40}, id="middle"),
    pytest.param({"size": 2.0, "n_events": 80}, id="large, many"),
    pytest.param({"size": 2.0, "n_events": 80, "n_instruments": 20}, id="twenty instruments"),
    pytest.param({"size": 1.0, "n_events": 80, "n_instruments": 3, "share_nothing": 0.5}, id="half move nothing"),
]


@pytest.mark.slow
@pytest.mark.parametrize("kinds", WORLDS)
def test_probabilities_are_what_they_say(kinds):
    """Of events read as a raise with probability p a share p are raises; ordinary days are seldom read as a stance."""
    found, false = later_readings(np.random.default_rng(7), 40, **kinds)
    assert false <= FALSE_STANCE + 0.02
    p = (found["raise"] / (found["raise"] + found["fold"])).to_numpy()
    if kinds["size"] and not kinds.get("share_nothing"):
        assert np.mean((p > 0.5) == (found["stance"] == "raise").to_numpy()) > 0.5
    # Events of one world share what it learned: about four of them are worth one.
    check_calibration(found, 0.25)


@pytest.mark.slow
@pytest.mark.parametrize("n_instruments", [3, 20])
@pytest.mark.parametrize("phases", [1, 2])
@pytest.mark.parametrize("size", [0.0, 0.5, 1.0, 2.0])
def test_calibrated_whatever_the_world(size, phases, n_instruments):
    """From 5 to 40 past events, 3 or 20 instruments, signs the same or opposite in two phases, small or large effects.

    Without an effect a stance is given no more often than on ordinary days, and the more seldom "can't tell" is said
    the more events there are to learn from.
    """
    rng, found, unsure = np.random.default_rng(11), [], []
    for n_past in (5, 10, 20, 40):
        kinds = {"size": size, "n_events": n_past + 25, "n_instruments": n_instruments, "phases": phases}
        table, false = later_readings(rng, 10, n_past, **kinds)
        assert false <= FALSE_STANCE + 3 * math.sqrt(FALSE_STANCE * (1 - FALSE_STANCE) / (0.1 * 10 * 300))
        unsure.append((table["says"] == "can't tell").mean())
        found.append(table)
    every = pd.concat(found, ignore_index=True)
    check_calibration(every, 0.1)
    assert unsure[0] == 1.0  # of five events no stance is read, and calm is no evidence
    if size == 0.0:
        band = 3 * math.sqrt(FALSE_STANCE * (1 - FALSE_STANCE) / (0.1 * len(every)))
        assert every["says"].isin(READINGS[:2]).mean() <= FALSE_STANCE + band
    if size == 2.0:
        assert unsure[3] < unsure[1]


def calm_of(reader):
    """Return the probability of ``nothing`` after no move at all: no reading can be surer of it."""
    return reader.read(np.zeros((1, len(reader.scatter))), reader.sums(reader.case[:1], reader.day[:1]))[0][0, 2]


@pytest.mark.slow
def test_nothing_is_read_where_events_move_markets():
    """Calm is evidence for nothing where past events moved markets; where half of them did not, it never is."""
    rng = np.random.default_rng(12)
    of = world(rng, size=3.0, n_events=80, n_instruments=20)
    reader = learn(of)
    places, far = np.zeros((len(of.days), 2), dtype=int), np.full(len(of.days), np.datetime64("2050-01-01"))
    said = [reader.say(row) for row in reader.read(of.ordinary, reader.sums(places, far))[0]]
    assert calm_of(reader) > RIGHT
    assert said.count("nothing") > 0.5 * len(said)
    of_events = [reader.say(row) for row in reader.read(of.z, reader.sums(places[: len(of.z)], far[: len(of.z)]))[0]]
    assert of_events.count("nothing") < 0.1 * len(of_events)
    assert calm_of(learn(world(rng, size=3.0, n_events=80, n_instruments=20, share_nothing=0.5))) < RIGHT


@pytest.mark.slow
def test_more_is_told_the_more_there_is_to_tell():
    """Without an effect next to nothing is told; with larger effects and more events more and more is."""
    rng = np.random.default_rng(1)
    told = [
        later_readings(rng, 12, size=size, n_events=n)[0]["says"].isin(READINGS[:2]).mean()
        for size, n in ((0.0, 40), (1.0, 12), (1.0, 60), (2.0, 60))
    ]
    assert told[0] < 0.02
    assert told[0] <= told[1] < told[2] < told[3]
    assert told[3] > 0.5


@pytest.mark.slow
def test_a_world_that_turns_round_is_believed_no_longer():
    """Where directions turn, readings are wrong for a while, and then none is given."""
    of = world(np.random.default_rng(3), size=1.5, n_events=80, flips=True)
    found = read_all(of)
    after = found[-25:]
    assert (after["says"].isin(READINGS[:2]) & (after["says"] != after["stance"])).mean() < 0.1


def test_nothing_later_and_nothing_of_its_own_days_is_learned():
    """A reading is the same whatever happened later, in its cluster of days, and to the event's own stance."""
    of = world(np.random.default_rng(5), size=2.0, n_events=60)
    k = 40
    day = of.events["day"][k]
    before = read(of, f"e{k}")
    z, ordinary, events = of.z.copy(), of.ordinary.copy(), of.events.copy()
    near = (events["day"] > day - CLUSTER).to_numpy()
    events.loc[near, "stance"] = np.where(events["stance"][near] == "raise", "fold", "raise")
    z[near & (np.arange(len(z)) != k)] += 30.0
    ordinary[of.days >= day] *= 9.0
    after = read(replace(of, events=events, z=z, ordinary=ordinary), f"e{k}")
    pd.testing.assert_frame_equal(before.odds, after.odds)
    assert after.nearest["event_id"].tolist() == before.nearest["event_id"].tolist()
    assert (before.nearest["day"] < day - CLUSTER).all()


def test_an_event_alone_is_read_as_among_all():
    """A row of `read_all` is what `read` says of the event, to the last digit."""
    of = world(np.random.default_rng(5), size=1.0, n_events=24)
    table = read_all(of).set_index("event_id")
    for event_id in ("e12", "e18", "e23"):
        alone = read(of, event_id)
        assert alone.odds["posterior"].tolist() == table.loc[event_id, list(READINGS)].tolist()
        assert alone.says == table.loc[event_id, "says"]


def test_instruments_may_be_missing():
    """An event with half of its instruments is read by those; what each adds is given for those alone."""
    of = world(np.random.default_rng(6), size=4.0, n_events=60)
    of.z[50, :3] = np.nan
    reading = read(of, "e50")
    assert reading.shares["series"].tolist() == ["m3", "m4", "m5"]
    assert reading.says == of.events["stance"][50]
    ratio = math.log(reading.odds["posterior"]["raise"] / reading.odds["posterior"]["fold"])
    prior = math.log(reading.odds["prior"]["raise"] / reading.odds["prior"]["fold"])
    assert ratio == pytest.approx(prior + reading.shares["adds"].sum(), abs=1e-12)


@pytest.mark.parametrize("part", ["case", pytest.param("phase", marks=pytest.mark.slow)])
def test_the_direction_is_learned_within_a_case_and_a_phase_first(part):
    """Two cases, or two phases of one case, with opposite signs: each is read by its own."""
    of = world(np.random.default_rng(8), size=0.0, n_events=120)
    of.events[part] = np.where(np.arange(120) % 2, "one", "other")
    sign = np.where(of.events[part] == "one", 1.0, -1.0)
    raises = np.where(of.events["stance"] == "raise", 1.0, -1.0)
    z = of.z + 2.5 * (raises * sign)[:, None]
    of = replace(of, z=z)
    found = [read(of, event_id) for event_id in of.events["event_id"][-36:]]
    told = [reading.says == reading.stance for reading in found if reading.says in READINGS[:2]]
    assert len(told) > 20
    assert np.mean(told) > 0.8


def test_the_shrunk_covariance_by_plain_loops():
    """Ledoit and Wolf's weight, row by row."""
    x = np.random.default_rng(2).standard_normal((30, 4)) @ np.diag([1.0, 2.0, 1.0, 0.5])
    s = x.T @ x / 30
    mean = np.trace(s) / 4
    noise = sum(((np.outer(row, row) - s) ** 2).sum() for row in x) / 30**2
    share = noise / ((s - mean * np.eye(4)) ** 2).sum()
    np.testing.assert_allclose(placebo.ledoit_wolf(x), share * mean * np.eye(4) + (1 - share) * s, atol=1e-14)


SHOCKS = [
    pytest.param({"n_shocks": 0}, 0.0, id="none"),
    pytest.param({"n_shocks": 0, "tails": 3.0}, 0.0, id="none, heavier tails"),
    pytest.param({"n_shocks": 0, "n_markets": 12}, 0.0, id="none, twelve markets"),
    pytest.param({"n_shocks": 3}, 0.4, id="few"),
    pytest.param({"n_shocks": 12}, 0.8, id="many"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("kinds", "least"), SHOCKS)
def test_surprises_are_false_no_more_often_than_stated(kinds, least):
    """Dependent markets, heavy tails, volatility that clusters: of finds at 0.1 no more than a tenth are false."""
    rng, false, n_found = np.random.default_rng(4), [], 0
    for _ in range(60):
        events, prices, shocks = SIMULATED.shock_world(rng, **kinds)
        found = surprises(reactions(es.EventStudy(events, prices, windows=["0:0"])), 0.1)
        is_false = ~found["day"].isin(shocks)
        false.append(is_false.mean() if len(found) else 0.0)
        n_found += int((~is_false).sum())
    assert np.mean(false) <= 0.1 + 3 * math.sqrt(0.1 * 0.9 / len(false))
    assert n_found >= least * 60 * kinds["n_shocks"]


def test_a_shock_is_a_surprise_and_an_ordinary_day_is_none():
    """One world: the shocks are found, and next to nothing else; each day names the market that moved most."""
    events, prices, shocks = SIMULATED.shock_world(np.random.default_rng(9), n_shocks=12)
    of = reactions(es.EventStudy(events, prices, windows=["0:0"]))
    found = surprises(of)
    assert set(found["day"]) <= shocks
    assert len(found) >= 8
    spread = np.nanstd(of.ordinary, axis=0)
    for row in found.itertuples():
        z = of.ordinary[np.searchsorted(of.days, np.datetime64(row.day, "D"))]
        assert of.names[int(np.argmax(np.abs(z) / spread))][0] == row.largest
        assert row.z in z


def test_few_days_are_false_surprises():
    """Of the days told at a false-discovery rate of 0.1 few are ordinary; without a shock hardly one is told."""
    rng, false, told, missed = np.random.default_rng(4), 0, 0, 0
    for _ in range(15):
        of = world(rng, size=0.0, n_events=10)
        shocks = rng.choice(len(of.ordinary), 15, replace=False)
        of.ordinary[shocks] += 18.0 * rng.choice([-1.0, 1.0], (15, 1))
        found = surprises(of)
        real = found["day"].isin(of.days[shocks])
        false, told, missed = false + (~real).sum(), told + len(found), missed + 15 - real.sum()
    assert false / told < 0.1
    assert missed / (15 * 15) < 0.2
    assert sum(len(surprises(world(rng, size=0.0, n_events=10))) > 0 for _ in range(15)) <= 3


def test_what_would_have_been_noticed():
    """An event that moved nothing: a move just above `noticed` would have moved something, one just below nothing."""
    events, prices, _ = SIMULATED.shock_world(np.random.default_rng(10), n_shocks=0)
    of = reactions(es.EventStudy(events, prices, windows=["0:0"]))
    found = unmoved(of)
    assert 24 <= len(found) <= 30
    assert found["p_value"].is_monotonic_decreasing
    row = found.iloc[0]
    k, s = of.events["event_id"].tolist().index(row["event_id"]), [name for name, _ in of.names].index(row["largest"])
    assert row["car"] == of.car[k, s]
    for more, is_there in ((0.999, True), (1.001, False)):
        z = of.z.copy()
        z[k, s] = more * row["noticed"] * of.z[k, s] / of.car[k, s]
        assert (row["event_id"] in set(unmoved(replace(of, z=z))["event_id"])) == is_there


def test_an_episode_left_out_teaches_nothing():
    """With its case left out, an event is read the same whatever its case's events were; others are learned from."""
    of = world(np.random.default_rng(15), size=2.0, n_events=60)
    of.events["case"] = np.repeat(["one", "two"], 30)
    found = read_all(of, by_episode=True).set_index("event_id")
    assert (found["n_raise"] + found["n_fold"] == 30).all()
    stance = of.events["stance"].copy()
    stance[:30] = np.where(stance[:30] == "raise", "fold", "raise")
    again = read_all(replace(of, events=of.events.assign(stance=stance)), by_episode=True).set_index("event_id")
    ours = [f"e{k}" for k in range(30)]
    pd.testing.assert_frame_equal(found.loc[ours, list(READINGS)], again.loc[ours, list(READINGS)])


def test_scores_by_hand():
    """Two readings: log score, Brier score and the share that is told."""
    table = pd.DataFrame({"stance": ["raise", "fold", "hold"], "raise": [0.6, 0.1, 0.5], "fold": [0.2, 0.1, 0.5],
                          "nothing": [0.2, 0.8, 0.0], "says": ["raise", "nothing", "raise"],
                          "base_raise": [0.75, 0.75, 0.75]})  # fmt: skip
    row = scores(table).set_index("rule").loc["reading"]
    assert row["n"] == 2
    assert row["read"] == 0.5
    assert row["right"] == 1.0
    assert row["log_score"] == pytest.approx((math.log(0.75) + math.log(0.5)) / 2)
    assert row["brier"] == pytest.approx((0.25**2 + 0.5**2) / 2)


def test_the_days_of_the_remark():
    """So early in a case of its own nothing can be told, and the reading says why."""
    series = ["imoex", "brent", "em-bonds"]
    reading = es.read_event("2022-01-27-kremlin-reply", case="raise-or-fold-2022", series=series)
    assert reading.says == "can't tell"
    assert "Fewer than 5 earlier raises or folds" in reading.sentence
    assert "0." not in reading.sentence  # no odds where there is nothing to learn them from
    assert reading.odds["posterior"].sum() == pytest.approx(1.0)
    assert reading.shares["series"].unique().tolist() == series


def test_what_cannot_be_read_is_refused():
    """No event and no date, an unknown event, too short a past."""
    with pytest.raises(DesignError, match="a date"):
        es.read_event(case="raise-or-fold-2022")
    with pytest.raises(UnknownNameError, match="event with a reaction"):
        es.read_event("2022-01-27-kremlin", case="raise-or-fold-2022", series=["imoex"])
    of = world(np.random.default_rng(5), size=2.0, n_events=60)
    with pytest.raises(NothingUsableError, match="days without news in common"):
        learn(of, of.days[50])


def test_a_day_before_any_volatility_is_known_is_refused_in_words():
    """Sixty abnormal returns start the scale: an event before them has no reaction, and that is the reason given."""
    events, prices, _ = SIMULATED.shock_world(np.random.default_rng(3), n_shocks=0)
    day = str(prices.index[100].date())
    with pytest.raises(NothingUsableError, match="no volatility is known before it"):
        es.read_event(date=day, events=events, prices=prices)


def test_a_saturday_is_read_in_the_next_session_and_a_closed_market_is_named(capsys):
    """Moscow was closed after 25 February 2022; the 26th is read in the next session, and without it."""
    with pytest.raises(SystemExit) as ended:
        main(["read", "--date", "2022-02-26", "--format", "json"])
    assert ended.value.code == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert found["sentence"].startswith("2022-02-26, in the session of 2022-02-28: ")
    assert found["without"] == ["imoex"]
    assert "! imoex: no reaction here" in err


def test_the_last_of_many_instruments_may_be_missing():
    """Of sixty coordinates the last ones are missing for later events only: the odds are still numbers."""
    rng, days = np.random.default_rng(4), pd.bdate_range("2016-01-01", "2021-12-31")
    prices = pd.DataFrame(np.exp(np.cumsum(rng.normal(0, 0.01, (len(days), 30)), axis=0)), index=days)
    prices = prices.set_axis([f"m{k}" for k in range(30)], axis=1)
    prices.loc["2019-10-01":, "m29"] = np.nan
    events = pd.DataFrame({"time": days[300:-60:50].strftime("%Y-%m-%d")})
    events["stance"] = np.resize(["raise", "fold"], len(events))
    reading = es.read_event(date="2021-11-15", events=events, prices=prices)
    assert np.isfinite(reading.odds["posterior"]).all()
    assert reading.reader.is_raise.sum() > 5
    assert np.isfinite(reading.reader.weights).all()


def test_one_name_is_no_list_of_instruments():
    """A name that is no list is refused as `EventStudy` refuses it: not taken for its letters."""
    case = es.load_case("raise-or-fold-2022", ["imoex"])
    with pytest.raises(es.EventStudyError, match="series must be a list"):
        es.read_event("2022-02-24-invasion", case="raise-or-fold-2022", prices=case.prices, series="imoex")


@pytest.mark.parametrize(
    ("date", "event", "case"),
    [
        ("2022-01-27", "2022-01-27-kremlin-reply", "raise-or-fold-2022"),
        pytest.param("2022-02-24", "2022-02-24-invasion", "all", marks=pytest.mark.slow),
    ],
)
def test_a_day_is_read_as_its_event(date, event, case):
    """Asked by its date or by its id, one reaction has one answer."""
    asked, named = es.read_event(date=date, case=case), es.read_event(event, case=case)
    pd.testing.assert_frame_equal(asked.odds, named.odds)
    pd.testing.assert_frame_equal(asked.shares, named.shares)
