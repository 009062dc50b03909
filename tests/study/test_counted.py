"""A world of coins, in which every return moves as far as is usual of it: p-values are counted, equals among them.

Each return is one unit up or down, and the model takes nothing off it. The sixty by which volatility begins vary by one
unit as well, so that z over one session is exactly 1 or -1: whatever asks for *as far* and not for *farther* shows.
"""

import math

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.study.placebo import mean_placebos

#: A power of two, so that sums and squares of returns are exact.
UNIT = 2.0**-7

#: Sixty returns of which the sum is 0 and the sum of squares 59, after sixty from which nothing is learned but that
#: there are enough, and ten between these and the event.
BEGIN = [1.0, -1.0] * 35 + [1.0, -1.0] * 27 + [1.5, -1.5, 0.5, -0.5, 0.0, 0.0]
FIRST, DRAWS, SEED = 130, 9_999, 20_220_127


def coins(n_series, n_days, up=(), seed=1):
    """Tosses of some coins: up on the given days, and on the others and the day behind each as often up as down."""
    rng, tosses = np.random.default_rng(seed), np.ones((n_days, n_series))
    free = [t for t in range(FIRST, n_days) if t not in up and t - 1 not in up]
    assert len(free) % 2 == 0
    for s in range(n_series):
        tosses[:FIRST, s] = BEGIN
        tosses[free, s] = rng.permutation([1.0, -1.0] * (len(free) // 2))
    return tosses, free


def study(tosses, at, stances=None, **choices):
    """The study of events named by letters, without tests and without a mean that is taken off."""
    days = pd.bdate_range("2016-01-01", periods=len(tosses))
    returns = pd.DataFrame(tosses * UNIT, index=days, columns=[*"abcd"[: tosses.shape[1]]])
    events = pd.DataFrame({"id": [*"uvwxyz"[: len(at)]], "time": days[list(at)].strftime("%Y-%m-%d")})
    events["stance"] = stances or ["raise"] * len(at)
    choices = {"model": "zero", "windows": ["0:0"], "tests": [], "seed": SEED} | choices
    return es.EventStudy(events, returns=returns, **choices).fit()


def words(n_days, k, window=(0, 0)):
    """The days of each set as its seed gives them: the upper half of a word of 32 bits times so many days."""
    rng = np.random.default_rng([SEED, window[0] + 1_000_000, window[1] + 1_000_000])
    return [[int(word) * n_days >> 32 for word in rng.integers(0, 2**32, DRAWS, dtype=np.uint32)] for _ in range(k)]


AT = (300, 330)


@pytest.fixture(scope="module")
def world():
    """Two coins that are up on both events: tosses, days without news, and the study."""
    tosses, free = coins(2, 374, AT)
    return tosses, free, study(tosses, AT, windows=["0:0", "0:1"])


def test_z_is_one_up_or_down(world):
    """Over one session every z is 1 or -1 to the last bit, and every day without news serves."""
    tosses, free, found = world
    for s, of in enumerate(found.samples.values()):
        np.testing.assert_array_equal(of.every("z")[FIRST:, 0], tosses[FIRST:, s])
        assert np.flatnonzero(of.every("quiet")[:, 0]).tolist() == free


def test_what_moves_as_far_as_the_event_counts(world):
    """Over one session every day is as far; over two those of two equal tosses, the one that overlaps among them."""
    tosses, free, found = world
    car = found.car.set_index(["event_id", "series", "window"])
    for event, t in zip("uv", AT, strict=True):
        for s, name in enumerate("ab"):
            far = [abs(tosses[k, s] + tosses[k + 1, s]) == 2 for k in free if k + 1 in free and k <= t - 2]
            beside = abs(tosses[t - 1, s] + tosses[t, s]) == 2
            day, two = car.loc[(event, name, "0:0")], car.loc[(event, name, "0:1")]
            assert (day["p_value"], day["days"]) == (1.0, sum(k < t for k in free))
            assert two["days"] == len(far) / 2
            if abs(tosses[t, s] + tosses[t + 1, s]) == 2:
                wanted = (1 + sum(far) + beside) / (len(far) + 2)
                assert two["p_value"] == pytest.approx(max(wanted, 1 / (two["days"] + 1)), rel=1e-12)


def test_a_family_counts_the_days_on_which_either_moves_as_far(world):
    """Of two series over two sessions the family p counts days on which one of them has two equal tosses."""
    tosses, free, found = world
    car = found.car.set_index(["event_id", "series", "window"])
    for event, t in zip("uv", AT, strict=True):
        pairs = [abs(tosses[k] + tosses[k + 1]) == 2 for k in free if k + 1 in free and k <= t - 2]
        own = abs(tosses[t] + tosses[t + 1]) == 2
        assert own.any()
        for s, name in enumerate("ab"):
            of = car.loc[(event, name, "0:1")]
            if own[s]:
                wanted = (1 + sum(map(any, pairs))) / (len(pairs) + 1)
                assert of["family_p"] == pytest.approx(max(wanted, of["p_value"]), rel=1e-12)
                assert of["family_days"] == len(pairs) / 2


def test_means_of_sets_that_are_as_far_as_the_mean_count(world):
    """Two events up are as far as every set of two equal tosses; both coins up are as far as four equal ones."""
    tosses, free, found = world
    table, lines = found.average.set_index(["series", "stance", "window"]), tosses[free]
    drawn = np.array([(lines[one] + lines[other]) / 2 for one, other in zip(*words(len(free), 2), strict=True)])
    either = sum(bool((abs(one) >= 1).any()) for one in drawn)
    for s, name in enumerate("ab"):
        of = table.loc[(name, "raise", "0:0")]
        assert (of["z"], of["days"], of["n"]) == (1.0, len(free), 2)
        assert of["p_value"] == (1 + sum(abs(one[s]) >= 1 for one in drawn)) / (DRAWS + 1)
        assert of["family_p"] == (1 + either) / (DRAWS + 1)
        assert of["family_days"] == len(free)
    pool = table.loc[("*", "raise", "0:0")]
    assert (pool["z"], pool["days"]) == (1.0, len(free))
    assert pool["p_value"] == (1 + sum(abs(one.sum()) >= 2 for one in drawn)) / (DRAWS + 1)


def test_sets_of_longer_windows_are_wider_by_what_few_of_them_know(world):
    """Of windows of two sessions a set is as wide as a mean whose scale is known from half as many."""
    tosses, free, found = world
    [held] = mean_placebos([found.samples], 1, keep=True)
    starts, seed = [k for k in free if k + 1 in free], [SEED, 1_000_000, 1_000_001, 1]
    spread = np.sqrt(len(starts) / 2 / np.random.default_rng(seed).chisquare(len(starts) / 2, DRAWS))
    for s, name in enumerate("ab"):
        line = [(tosses[k, s] + tosses[k + 1, s]) / math.sqrt(2) for k in starts]
        middle = math.fsum(line) / len(line)
        places = zip(*words(len(starts), 2, (0, 1)), strict=True)
        sums = [line[one] - middle + line[other] - middle for one, other in places]
        wanted = [middle + wide * off / 2 for wide, off in zip(spread, sums, strict=True)]
        np.testing.assert_allclose(held[name, "raise"]["drawn"], wanted, rtol=1e-9, atol=1e-12)


def test_a_hundred_days_are_enough_and_99_are_not():
    """Days before an event count from the 131st session; the first event and the session behind it are none of them."""
    tosses, _ = coins(1, 240, (229, 232))
    car = study(tosses, (229, 232)).car
    assert car["p_source"].tolist() == ["residuals", "sessions"]
    assert car["days"].iloc[1] == 100
    assert car["family_p"].isna().tolist() == [True, False]
    assert car["family_days"].iloc[1] == 100


def test_a_family_has_a_hundred_days_in_common_or_leaves_a_series_out():
    """Of three series, two with ten holes each, the last has a hundred days of its own and ninety with the others."""
    tosses, _ = coins(3, 260, (240,))
    tosses[140:150, 1] = tosses[160:170, 2] = np.nan
    car = study(tosses, (240,)).car.set_index("series")
    assert car["days"].to_dict() == {"a": 110, "b": 100, "c": 100}
    assert car["family_days"].fillna(0).to_dict() == {"a": 100, "b": 100, "c": 0}
    assert car["family_p"].isna().to_dict() == {"a": False, "b": False, "c": True}


def test_an_event_of_some_series_is_no_member_of_the_family_of_another():
    """An event that one of two series does not have has a family of one, whichever of them stands first."""
    tosses, _ = coins(2, 372, (300,))
    days = pd.bdate_range("2016-01-01", periods=372)
    returns = pd.DataFrame(tosses * UNIT, index=days, columns=["a", "b"])
    events = pd.DataFrame({"id": [*"uvw"], "series": ["b", "", "a"]})
    events["time"] = days[[300, 320, 340]].strftime("%Y-%m-%d")
    choices = {"model": "zero", "windows": ["0:1"], "tests": [], "clean": "none"}
    car = es.EventStudy(events, returns=returns, **choices).fit().car.set_index(["event_id", "series"])
    for key in (("u", "b"), ("w", "a")):
        assert car.loc[key, "family_p"] == car.loc[key, "p_value"]
        assert car.loc[key, "family_days"] == car.loc[key, "days"]
    # In common are the days that serve in both: without the event sessions of either.
    free = [k for k in range(FIRST, 319) if 300 not in (k, k + 1)]
    assert car.loc[("v", "a"), "family_days"] == sum(k <= 318 for k in free) / 2
    assert car.loc[("v", "a"), "days"] == sum(k <= 318 for k in range(FIRST, 319)) / 2


def test_without_cleaning_event_sessions_are_learned_from_and_no_placebo():
    """With `clean` none an event session stands in no placebo window, its neighbours do, and estimates use them all."""
    tosses, _ = coins(1, 340, (300, 330))
    found = study(tosses, (300, 330), clean="none", windows=["0:0", "0:1"])
    car = found.car.set_index(["event_id", "window"])
    assert car.loc[("v", "0:0"), "days"] == 330 - FIRST - 1
    assert car.loc[("v", "0:1"), "days"] == (329 - FIRST - 2) / 2
    assert found.fits["n_obs"].tolist() == [120, 120]


def test_a_day_that_stands_still_did_not_rise():
    """The share of rises, of events and of days without news, counts what moved up and not what did not move."""
    tosses, free = coins(1, 374, AT)
    still = free[::3]
    tosses[still, 0] = 0.0
    tosses[330, 0] = 0.0
    row = study(tosses, AT).average.set_index("stance").loc["raise"]
    assert row["rose"] == 0.5
    assert row["base_rate"] == pytest.approx(
        (sum(BEGIN[70:FIRST][k] > 0 for k in range(60)) + (tosses[free, 0] > 0).sum()) / (60 + len(free))
    )


def test_the_largest_of_equals_is_the_first():
    """Of two events that moved as far the earlier is named, and left out where one is."""
    tosses, _ = coins(1, 374, AT)
    tosses[330, 0] = -1.0
    row = study(tosses, AT).average.set_index("stance").loc["raise"]
    assert (row["largest_event"], row["without_largest"], row["median"]) == ("u", -UNIT, 0.0)
    assert (row["worst"], row["best"]) == (-UNIT, UNIT)
