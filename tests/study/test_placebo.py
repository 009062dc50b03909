"""Families of series, pools and short samples: whole studies against the plain study of each series."""

import math
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.inference import placebo
from eventstudy.study import placebo as study_placebo
from eventstudy.study.answer import band_of_mean, contrast_p, mean_path
from eventstudy.study.placebo import Sets, days_of_means, mean_placebos, placebo_of_mean
from eventstudy.study.sample import ContrastEvents

PLAIN = SimpleNamespace(**run_path(str(Path(__file__).parents[1] / "reference" / "plain_study.py")))
N, AT, STANCES = 520, (300, 330, 365, 400, 450, 451), ("raise", "fold", "raise", "hold", "raise", "fold")
WINDOWS = {"0:0": (0, 0), "-1:1": (-1, 1), "0:5": (0, 5)}


def markets(seed=1, names="abc", n=N, correlation=0.5):
    """Correlated returns in waves of volatility."""
    rng = np.random.default_rng(seed)
    shock = math.sqrt(correlation) * rng.normal(size=(n, 1))
    shock = shock + math.sqrt(1 - correlation) * rng.normal(size=(n, len(names)))
    deviation = 0.01 * np.exp(0.4 * np.sin(np.arange(n) / 25))
    return pd.DataFrame(shock * deviation[:, None], index=pd.bdate_range("2016-01-01", periods=n), columns=[*names])


def study(returns, at=AT, stances=STANCES, **choices):
    """A study of events named by letters on rows of the returns, without tests."""
    events = pd.DataFrame({"id": [*"uvwxyz"[: len(at)]], "time": [str(returns.index[t].date()) for t in at]})
    events["stance"] = stances
    return es.EventStudy(events, returns=returns, **{"windows": list(WINDOWS), "tests": []} | choices).fit()


def plain(returns, name, at=AT, stances=STANCES):
    """The plain study of one series."""
    days = [day.date() for day in returns.index]
    events = [
        {"id": key, "position": t, "stance": stance, "phase": "", "news_day": days[t]}
        for key, t, stance in zip("uvwxyz", at, stances, strict=False)
    ]
    return PLAIN.Market(days, [None if math.isnan(r) else r for r in returns[name]], events)


def row(result, series, stance, window="0:0"):
    """One row of the averages."""
    return result.average.set_index(["series", "stance", "window"]).loc[(series, stance, window)]


@pytest.fixture(scope="module")
def returns():
    """Three series."""
    return markets()


@pytest.fixture(scope="module")
def plains(returns):
    """The plain study of each."""
    return {name: plain(returns, name) for name in returns}


@pytest.fixture(scope="module")
def result(returns):
    """The study of all three."""
    return study(returns)


def step_down(z, draws):
    """Westfall and Young: from the largest |z| down, each against the maxima of those still left."""
    order = np.argsort(-np.abs(z))
    p, highest = np.empty(len(z)), 0.0
    for k, j in enumerate(order):
        largest = np.abs(draws[:, order[k:]]).max(axis=1)
        highest = p[j] = max(highest, (1 + np.sum(largest >= abs(z[j]))) / (len(draws) + 1))
    return p


@pytest.mark.parametrize("family", ["series", "series-windows"])
def test_the_family_of_an_event_is_stepped_down_over_common_days(returns, plains, result, family):
    """The family p of each event is that of loops over the days that serve in all its members, before all."""
    found = result if family == "series" else study(returns, family=family)
    car = found.car.set_index(["event_id", "series", "window"])
    for event, position in (("u", 300), ("y", 450)):
        for together in [[w] for w in WINDOWS] if family == "series" else [list(WINDOWS)]:
            members = [(name, window) for window in together for name in plains]
            ends = [position + WINDOWS[w][0] - 1 - WINDOWS[w][1] for w in together]
            free = [set(plains[name].admissible(WINDOWS[window])) for name, window in members]
            common = sorted(t for t in set.intersection(*free) if t <= min(ends))
            z = np.array([plains[name].z(position, WINDOWS[window]) for name, window in members])
            draws = np.array([[plains[name].z(t, WINDOWS[window]) for name, window in members] for t in common])
            days = len(common) / max(PLAIN.length(WINDOWS[window]) for window in together)
            for member, p in zip(members, step_down(z, draws), strict=True):
                of = car.loc[(event, *member)]
                assert of["family_days"] == days
                assert of["family_p"] == pytest.approx(max(p, 1 / (days + 1), of["p_value"]), rel=1e-12)


def test_a_family_of_two_is_stepped_down_too(returns, plains):
    """Each of two series is held against the larger of both over common days, the smaller against its own."""
    car = study(returns[["a", "b"]], windows=["0:0"]).car.set_index(["event_id", "series"])
    for event, position in (("u", 300), ("y", 450)):
        pair = [plains[name] for name in "ab"]
        days = [t for t in range(position) if all(t in of.admissible((0, 0)) for of in pair)]
        z = np.array([of.z(position, (0, 0)) for of in pair])
        wanted = step_down(z, np.array([[of.z(t, (0, 0)) for of in pair] for t in days]))
        for name, p in zip("ab", wanted, strict=True):
            assert car.loc[(event, name), "family_p"] == pytest.approx(max(p, car.loc[(event, name), "p_value"]))


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("stance", ["raise", "*"])
def test_the_family_and_the_pool_of_means(plains, result, stance, window):
    """Family p and pooled p of means are, up to chance, those of days drawn for all series at once."""
    span, n = WINDOWS[window], PLAIN.length(WINDOWS[window])
    samples = {name: of.rows(span)[stance]["sample"] for name, of in plains.items()}
    days = sorted(set.intersection(*(set(of.quiet(span)) for of in plains.values())))
    rng = np.random.default_rng(8)
    places = rng.integers(0, len(days), (20_000, len(AT)))
    freedom = len(days) / n
    wider = np.sqrt(freedom / rng.chisquare(freedom, 20_000)) if n > 1 else 1.0
    z, means, units = [], [], []
    for name, of in plains.items():
        line, worth = np.array([of.z(t, span) for t in days]), of.effective(samples[name], span)
        k = math.ceil(worth - 1e-9)
        off = (line[places[:, :k]] - line.mean()).sum(axis=1) / math.sqrt(k * worth)
        means.append(line.mean() + wider * off)
        units.append(line.std() / math.sqrt(worth))
        z.append(np.mean([one["z"] for one in samples[name]]))
    z, means, units = np.array(z), np.array(means).T, np.array(units)
    for name, p in zip(plains, step_down(z / units, means / units), strict=True):
        found = row(result, name, stance, window)
        assert found["family_days"] == len(days) / n
        assert found["family_p"] == pytest.approx(max(p, found["p_value"]), abs=0.02)
    pooled = row(result, "*", stance, window)
    assert pooled["z"] == pytest.approx(z.mean(), rel=1e-9)
    p = np.mean(np.abs(means.mean(axis=1)) >= abs(z.mean()))
    assert pooled["p_value"] == pytest.approx(max(p, 1 / (pooled["days"] + 1)), abs=0.02)
    assert pooled["days"] == len(days) / n
    assert math.isnan(pooled["family_p"])


@pytest.mark.one_in(2)
@pytest.mark.parametrize("window", ["0:0", "0:5"])
def test_the_family_of_means_is_on_one_scale(window):
    """A series with few events has wider means: its family counts each in units of its own spread, as loops do."""
    returns, few = markets(seed=4), AT[1::3]
    returns.loc[returns.index[list(AT)]] += 0.008
    events = pd.DataFrame({"time": returns.index[list(AT)].strftime("%Y-%m-%d"), "stance": "raise"})
    events["series"] = ["" if t in few else "a; b" for t in AT]
    found = es.EventStudy(events, returns=returns, windows=[window], tests=[]).fit()
    span, n = WINDOWS[window], PLAIN.length(WINDOWS[window])
    sets = {name: few if name == "c" else AT for name in "abc"}
    plains = {name: plain(returns, name, at, ["raise"] * len(at)) for name, at in sets.items()}
    days = sorted(set.intersection(*(set(of.quiet(span)) for of in plains.values())))
    rng = np.random.default_rng(3)
    places, freedom = rng.integers(0, len(days), (8_000, len(AT))), len(days) / n
    wider = np.sqrt(freedom / rng.chisquare(freedom, 8_000)) if n > 1 else np.ones(8_000)
    z, means, units = [], [], []
    for of in plains.values():
        sample, line = of.rows(span)["raise"]["sample"], [of.z(t, span) for t in days]
        worth, middle = of.effective(sample, span), PLAIN.mean(line)
        k = math.ceil(worth - 1e-9)
        sums = [sum(line[place] - middle for place in drawn[:k]) / math.sqrt(k * worth) for drawn in places]
        means.append([middle + wide * off for wide, off in zip(wider, sums, strict=True)])
        units.append(math.sqrt(PLAIN.mean([(one - middle) ** 2 for one in line])) / math.sqrt(worth))
        z.append(PLAIN.mean([one["z"] for one in sample]))
    assert max(units) > 1.3 * min(units)
    z, means, units = np.array(z), np.array(means).T, np.array(units)
    on_one_scale, as_they_are = step_down(z / units, means / units), step_down(z, means)
    assert np.max(np.abs(on_one_scale - as_they_are)) > 0.04  # what the test could not tell apart it would not see
    for name, p in zip(plains, on_one_scale, strict=True):
        one = row(found, name, "raise", window)
        assert one["family_p"] == pytest.approx(max(p, one["p_value"]), abs=0.02)


@pytest.mark.one_in(5)
@pytest.mark.parametrize("names", ["a", "ab", "abc"])
@pytest.mark.parametrize("model", [es.Zero(), es.ConstantMean()], ids=lambda model: model.name)
def test_without_regressors_a_return_lacks_nothing_but_its_mean(model, names):
    """A model without regressors takes off the mean or nothing, whatever was in memory before: z is known and right."""
    returns = markets(seed=8, names=names)
    for junk in (np.nan, 1e9):
        for n in (N, N * len(names)):
            np.empty((n, 3)).fill(junk)  # what lies beside an empty array made later
        found = study(returns, model=model, windows=["0:0"])
        assert np.isfinite(found.car[["car", "se", "z"]]).all(axis=None)
        for name, of in found.samples.items():
            y = returns[name].to_numpy()
            ar, z = of.every("ar"), of.every("z")[:, 0]
            means = [y[t - 130 : t - 10].mean() if model.name == "constant-mean" else 0.0 for t in range(130, AT[0])]
            np.testing.assert_allclose(ar[130 : AT[0]], y[130 : AT[0]] - means, rtol=1e-9, atol=1e-12)
            assert np.isfinite(z[190:]).all()
            np.testing.assert_allclose(z[190:], (ar / placebo.ewma_scale(ar))[190:], rtol=1e-12)


def test_the_pool_counts_every_market_event_of_every_series_in_one_unit(case):
    """VIX, in index points, has its own rows and no part in the pool, in which every market event counts alike."""
    events = case.events
    found = es.EventStudy(events, case.prices, series=["ruble", "imoex", "vix"], windows=["0:0"], tests=[]).fit()
    assert found.pool == ["ruble", "imoex"]
    pooled = found.answer("*", "raise", "0:0")
    cars = [found.sample(name, "raise", "0:0")["car"] for name in found.pool]
    assert pooled.n == sum(map(len, cars)) == len(found.sample("*", "raise", "0:0"))
    assert pooled.caar == pytest.approx(pd.concat(cars).mean(), rel=1e-12)
    assert any("vix" in line for line in found.warnings)
    assert found.answer("vix", "raise", "0:0").unit == "index points"


def test_a_window_that_one_series_alone_has_is_no_pool(returns):
    """Where one of two series alone has the sessions after the events there is no pooled mean and no contrast of it."""
    holes = returns[["a", "b"]].copy()
    holes.iloc[[302, 402], 1] = np.nan
    table = study(holes, at=(300, 400), stances=("raise", "fold"), windows=["0:0", "0:2"]).average
    pooled, alone = table[table["series"] == "*"], table[(table["series"] == "a") & (table["window"] == "0:2")]
    assert set(zip(pooled["stance"], pooled["window"], strict=True)) == {
        (stance, "0:0") for stance in ("raise", "fold", "*", "raise-fold")
    }
    assert alone["stance"].tolist() == ["raise", "fold", "*", "raise-fold"]


def test_a_label_that_only_a_series_of_another_unit_has(returns):
    """It is a family of one, with the p of that series, and there is no pooled mean of it."""
    events = pd.DataFrame({"time": returns.index[[300, 350, 400, 450]].strftime("%Y-%m-%d")})
    events = events.assign(stance=["raise", "raise", "fold", "fold"], series=["", "", "c", "c"])
    points = {"c": {"unit": "points"}}
    found = es.EventStudy(events, returns=returns, instruments=points, windows=["0:0"], tests=[]).fit()
    assert found.pool == ["a", "b"]
    fold = found.average[found.average["stance"] == "fold"]
    assert fold["series"].tolist() == ["c"]
    assert fold["family_p"].tolist() == fold["p_value"].tolist()


def test_the_seed_decides_and_order_does_not(returns, result):
    """The same seed gives the same p to the last bit, in whatever order the series stand; another seed does not."""
    turned = study(returns[["c", "a", "b"]])
    key = ["series", "stance", "window"]
    tables = [of.average.sort_values(key, ignore_index=True) for of in (result, turned)]
    pd.testing.assert_frame_equal(*tables, rtol=1e-12)
    other = study(returns, seed=6).average
    assert (other["p_value"] != result.average["p_value"]).any()
    pd.testing.assert_frame_equal(other.drop(columns=other.filter(like="p").columns), result.average.drop(
        columns=result.average.filter(like="p").columns
    ))  # fmt: skip


def test_blocks_of_sets_give_the_averages_of_all_sets_at_once(returns, result, monkeypatch):
    """However many placebo sets are held at once, every figure of the averages is the same to the last bit."""
    for held in (256 * 3, 10**9):
        monkeypatch.setattr(study_placebo, "_IN_CACHE", held)
        pd.testing.assert_frame_equal(study(returns).average, result.average, check_exact=True)


def test_a_family_of_one_has_the_p_of_its_member(returns):
    """One series alone: nothing is stepped down, and what holds for all its series is what holds for it."""
    car = study(returns[["a"]]).car
    assert (car["p_source"] == "sessions").all()
    pd.testing.assert_series_equal(car["family_p"], car["p_value"], check_names=False, check_exact=True)
    pd.testing.assert_series_equal(car["family_days"], car["days"], check_names=False, check_exact=True)


class TestShortSeries:
    def test_it_has_its_residuals_and_no_family(self, returns):
        """Where a series begins too late for a hundred quiet days its residuals serve; the others keep their days."""
        short = returns.assign(c=returns["c"].where(np.arange(N) >= 330))
        found = study(short, at=AT[3:], stances=STANCES[3:])
        assert row(found, "c", "*")["p_source"] == "residuals"
        assert math.isnan(row(found, "c", "*")["family_p"])
        car = found.car.set_index(["event_id", "series", "window"])
        assert car.loc[("u", "c", "0:0"), "p_source"] == "residuals"
        assert math.isnan(car.loc[("u", "c", "0:0"), "family_p"])
        without = study(returns[["a", "b"]], at=AT[3:], stances=STANCES[3:])
        for name in "ab":
            beside, alone = row(found, name, "*"), row(without, name, "*")
            assert (beside["p_source"], beside["days"]) == ("sessions", alone["days"])
            assert (beside["family_p"], beside["family_days"]) == (alone["family_p"], alone["family_days"])

    def test_one_that_cuts_the_common_days_cuts_no_days_of_the_others(self, returns):
        """A series with 150 days cuts the family to the days in common and says how many; each p keeps its own."""
        short = returns.assign(c=returns["c"].where(np.arange(N) >= 150))
        found, without = (
            study(of, at=(500,), stances=("raise",), windows=["0:0"]) for of in (short, short[["a", "b"]])
        )
        car, alone = (of.car.set_index("series") for of in (found, without))
        # The first z stands after sixty returns to learn from, ten left out, and sixty abnormal returns.
        assert car["days"].to_dict() == {"a": 500 - 130, "b": 500 - 130, "c": 500 - 280}
        assert car["family_days"].tolist() == [220] * 3
        assert alone["family_days"].tolist() == [370] * 2
        columns = ["z", "p_value", "days"]
        pd.testing.assert_frame_equal(car.loc[["a", "b"], columns], alone[columns])

    def test_one_window_of_residuals_shows_next_to_nothing(self):
        """Of 61 residuals with a hole one window has all its 59 sessions: a 59th of a day, and its floor is the p."""
        returns = markets(2, "a", n=140)
        returns.iloc[59] = np.nan
        choices = {"estimation": "-72:-11", "windows": ["0:58", "0:59"]}
        car = study(returns, at=(72,), stances=("raise",), **choices).car.set_index("window")
        assert car["p_source"].tolist() == ["residuals", ""]
        assert car.loc["0:58", "days"] == 1 / 59
        assert car.loc["0:58", "p_value"] == pytest.approx(59 / 60)
        assert car.loc["0:59", ["p_value", "days"]].isna().all()

    def test_two_events_are_held_against_two_residuals(self):
        """Where every return is one per cent up or down, two events of one sign are as large as half of all pairs."""
        rng = np.random.default_rng(5)
        returns = pd.DataFrame({"a": rng.choice([-0.01, 0.01], 215)}, index=pd.bdate_range("2016-01-01", periods=215))
        returns.iloc[[190, 205]] = 0.01
        found = row(study(returns, at=(190, 205), stances=("raise",) * 2, windows=["0:0"], model="zero"), "a", "raise")
        assert found["p_source"] == "residuals"
        assert found["p_value"] == pytest.approx(0.5, abs=0.03)  # of three residuals a quarter would be as large

    def test_a_mean_over_few_windows_of_residuals_knows_how_few(self):
        """Of 115 residual sums over six sessions 19 share nothing: a mean is as wide as a forecast from so many."""
        returns = markets(11, "a", n=215)
        returns.iloc[[190, 198, 206]] += 0.035
        found = study(returns, at=(190, 198, 206), stances=("raise",) * 3, windows=["0:5"])
        market, rng = plain(returns, "a", at=(190, 198, 206), stances=("raise",) * 3), np.random.default_rng(2)
        draws = np.array(market.by_residuals(190, (0, 5))["draws"])
        effective = market.effective([{"position": t} for t in (190, 198, 206)], (0, 5))
        k, windows = math.ceil(effective - 1e-9), len(draws) / 6
        sums = (rng.choice(draws, (40_000, k)) - draws.mean()).sum(axis=1)
        means = draws.mean() + math.sqrt(1 + effective / windows) * sums / math.sqrt(k * effective)
        of = row(found, "a", "raise", "0:5")
        share = np.mean(np.abs(means) >= abs(of["z"]))
        assert (of["p_source"], of["days"]) == ("residuals", windows)
        assert 0.05 < share < 0.4
        assert of["p_value"] == pytest.approx(share, abs=0.012)
        known = draws.mean() + sums / math.sqrt(k * effective)  # as if windows beside each other knew as much
        assert share > np.mean(np.abs(known) >= abs(of["z"])) + 0.015

    def test_residuals_of_short_samples_know_their_own_forecast_error(self):
        """Over six sessions each residual sum is widened by the root of (1 + n/M)/(1 - n/M), and is scaled like z."""
        returns = markets(3, "a", n=215)
        found = study(returns, at=(200,), stances=("raise",))
        market = plain(returns, "a", at=(200,))
        for window, span in WINDOWS.items():
            wanted = market.by_residuals(200, span)
            car = found.car.set_index("window").loc[window]
            np.testing.assert_allclose(np.sort(found.placebo_z("u", "a", window)), np.sort(wanted["draws"]), rtol=1e-9)
            assert car["p_value"] == pytest.approx(wanted["p_value"], rel=1e-9)
            assert car["days"] == pytest.approx(wanted["days"])


def test_a_crash_does_not_make_its_echo_a_placebo():
    """Means are held against days whose scale is no echo of a fall of two days: those after it are no part of them."""
    returns = markets(8, "a")
    calm = row(study(returns, at=(400, 500), stances=("raise", "raise")), "a", "raise")
    returns.iloc[400:402] = -0.8
    shaken = row(study(returns, at=(400, 500), stances=("raise", "raise")), "a", "raise")
    market = plain(returns, "a", at=(400, 500), stances=("raise", "raise"))
    assert shaken["days"] == len(market.quiet((0, 0))) < len(market.admissible((0, 0)))
    assert shaken["days"] < calm["days"] - 3


def test_with_a_hundred_quiet_days_a_mean_rests_on_these_and_with_99_on_all():
    """What is quiet is known the day before, so a sample may be cut behind its hundredth quiet day, or before it."""
    returns, choices = markets(8, "a"), {"at": (200, 202), "stances": ("raise",) * 2, "windows": ["0:0"]}
    returns.iloc[200:204] = -0.5
    of = study(returns, **choices).samples["a"]
    quiet, admissible = (np.cumsum(of.every(name)[:, 0]) for name in ("quiet", "eligible"))
    n = int(np.argmax(quiet == 100))
    assert admissible[n - 1] > 103
    for size, days in ((n + 1, 100), (n, admissible[n - 1])):
        assert row(study(returns.iloc[:size], **choices), "a", "raise")["days"] == days


def test_a_shift_in_all_series_on_every_date_is_seen_by_the_pool():
    """With six standard deviations put into six series on three dates the pooled p is the smallest there is."""
    returns = markets(9, "abcdef", correlation=0.2)
    returns.iloc[[300, 400, 500]] += 0.06
    found = row(study(returns, at=(300, 400, 500), stances=("raise",) * 3, windows=["0:0"]), "*", "raise")
    assert found["p_value"] == pytest.approx(1 / (found["days"] + 1))


def test_nothing_is_smaller_than_no_move():
    """After an event without a move every day without news is as large, and so are the windows beside it: p is 1."""
    returns = markets(6, "a")
    returns.iloc[400:403] = 0.0
    car = study(returns, at=(400,), stances=("raise",), windows=["0:0", "0:2"], model="zero").car
    assert car["z"].tolist() == [0.0, 0.0]
    assert car["p_value"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("n_sets", [300, 20_000])
def test_every_set_is_a_mean_of_its_days(n_sets):
    """Means of all sets, however many are summed at once, are those of the days drawn for each, series by series."""
    lines, column, effective_n = np.random.default_rng(4).normal(0.1, 1, (2, 150)), [0, 1, 1], np.array([1.0, 1.5, 3.0])
    sets = Sets(1, [5], n_sets)
    means = np.concatenate(list(sets.means(list(lines), np.array(column), effective_n)), axis=1)
    assert means.shape == (3, n_sets)
    for of, c, effective, k in zip(means, column, effective_n, (1, 2, 3), strict=True):
        off = lines[c][np.stack(sets.dates(150, k))] - lines[c].mean()
        np.testing.assert_allclose(of, lines[c].mean() + off.sum(axis=0) / np.sqrt(k * effective), rtol=1e-9)


@pytest.mark.one_in(2)
@pytest.mark.parametrize(("n", "effective_n"), [(1, 1.0), (1, 2.5), (3, 2.0), (3, 4.0)])
def test_the_p_of_a_mean_without_estimates(n, effective_n):
    """One z is counted among all days; a mean is held, up to chance, against means of days drawn in loops."""
    rng, z = np.random.default_rng(2), 1.1
    line = rng.standard_t(5, 300) + 0.1
    p, days = placebo_of_mean(z, line, effective_n, n, [7])
    assert days == 300 / n
    if effective_n == 1:
        assert p == (1 + sum(abs(one) >= z for one in line)) / 301
        return
    k, middle, draws = math.ceil(effective_n), PLAIN.mean(line.tolist()), []
    for _ in range(6_000):
        wider = math.sqrt(days / rng.chisquare(days)) if n > 1 else 1.0
        draws.append(middle + wider * (rng.choice(line, k) - middle).sum() / math.sqrt(k * effective_n))
    share = sum(abs(one) >= z for one in draws) / len(draws)
    assert p == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) * (1 / 6_000 + 1 / 9_999)))
    small, _ = placebo_of_mean(9.0, line, effective_n, n, [7])
    assert small == pytest.approx(max(1 / (days + 1), 1 / 10_000))
    many = np.tile(
        line, 60 * n
    )  # more days than sets: no set reaches, and the p is one of all sets and the mean itself
    assert placebo_of_mean(9.0, np.clip(many, -2, 2), effective_n, n, [7]) == (1 / 10_000, 18_000)
    assert math.isnan(placebo_of_mean(z, line[:99], effective_n, n, [7])[0])
    assert math.isfinite(placebo_of_mean(z, line[:100], effective_n, n, [7])[0])
    assert math.isnan(placebo_of_mean(math.nan, line, effective_n, n, [7])[0])


def test_means_are_held_against_9999_sets(result):
    """Every p of a mean is a whole number of ten thousandths, but where its days without news allow no less."""
    one_event = (result.average["n"] == 1) | (result.average["stance"] == "hold")
    rows = result.average[~one_event & (result.average["p_source"] == "sessions")]
    free = rows[rows["p_value"] > 1.000001 / (rows["days"] + 1)]
    assert len(free) > 20
    np.testing.assert_allclose(free["p_value"] * 10_000, (free["p_value"] * 10_000).round(), atol=1e-6)


def test_a_band_and_a_contrast_need_something_to_rest_on(result):
    """Of 99 days without news, or of an event without a scale, there is no band; of no events one assignment, no p."""
    of, at, line = result.samples["a"], np.array(AT[:2]), np.random.default_rng(1).normal(size=100)
    half = band_of_mean(of, at, np.array([0.01, 0.02]), line, 0)
    means = [(0.01 * one + 0.02 * two) / 2 for one in line for two in line]
    assert half == pytest.approx(np.quantile(np.abs(means), 0.9), rel=0.06)
    assert math.isnan(band_of_mean(of, at, np.array([0.01, 0.02]), line[:99], 0))
    assert math.isnan(band_of_mean(of, at, np.array([0.01, np.nan]), line, 0))
    nobody = ContrastEvents(np.empty((0, 1), int), np.empty(0, bool), *np.empty((3, 0)), np.empty(0, str), 0.0)
    assert repr(contrast_p([nobody], 0, of.design)) == "[(nan, 1)]"


def test_a_path_has_a_band_where_one_of_its_sessions_has(returns):
    """Of the event session alone the band has one width beside its beginning; without a hundred days there is none."""
    path = mean_path(study(returns[["a"]], windows=["0:0"]).samples["a"], "raise", 0)
    assert (path.band[0], np.isfinite(path.band).all()) == (0.0, True)
    short = study(returns[["a"]].iloc[:215], at=(190, 205), stances=("raise",) * 2, windows=["0:0"])
    assert mean_path(short.samples["a"], "raise", 0).band is None


def test_a_mean_over_one_event_has_no_placebo_of_means(returns):
    """Its p is that of the event: only labels with two market events or more are held against means."""
    found = study(returns, windows=["0:0"])
    [held] = mean_placebos([found.samples], 0, 19, keep=True)
    assert set(held) == {(name, label) for name in "abc*" for label in ("raise", "fold", "*")} | {("*", "hold")}
    assert held.pop(("*", "hold"))["p_value"] == row(found, "*", "hold")["p_value"]
    for (name, label), of in held.items():
        n_reached = sum(abs(mean) >= abs(row(found, name, label)["z"]) for mean in of["drawn"])
        assert of["p_value"] == (1 + n_reached) / 20
    alone, own = row(found, "a", "hold"), found.car.set_index(["event_id", "series"]).loc[("x", "a")]
    assert (alone["n"], alone["largest_event"], alone["p_value"]) == (1, "", own["p_value"])


@pytest.mark.parametrize("window", WINDOWS)
def test_a_pool_of_one_event_is_held_against_days_before_it(returns, plains, window):
    """Loops over the days before it that serve in all series give its p, and what comes after it changes nothing."""
    span, at, n = WINDOWS[window], AT[3], PLAIN.length(WINDOWS[window])
    free = set.intersection(*(set(of.admissible(span)) for of in plains.values()))
    days = [t for t in free if t <= at + span[0] - 1 - span[1]]
    mean = {t: abs(np.mean([of.z(t, span) for of in plains.values()])) for t in (*days, *range(at - n + 1, at + 1))}
    p = np.mean([mean[t] >= mean[at] for t in (*days, *range(at - n + 1, at + 1))])
    for found in (study(returns), study(returns[: at + 6], AT[:4], STANCES[:4])):
        pooled = row(found, "*", "hold", window)
        assert (pooled["days"], pooled["p_source"]) == (len(days) / n, "sessions")
        assert pooled["p_value"] == pytest.approx(max(p, 1 / (pooled["days"] + 1)), rel=1e-12)


def test_a_pool_of_one_event_without_enough_days_before_it_takes_residuals(returns):
    """As each of its series does; where these share no calendar it has no p."""
    found = study(returns[:280], at=(200,), stances=("raise",), windows=["0:0"])
    assert found.average["p_source"].tolist() == ["residuals"] * 8
    assert found.answer("*").days == found.answer("a").days
    apart = returns[:280].copy()
    apart.loc[apart.index[::9], "b"] = np.nan
    assert math.isnan(study(apart, at=(201,), stances=("raise",), windows=["0:0"]).answer("*").p_value)


def test_the_standard_error_of_two_events_is_half_of_what_lies_between_them(returns):
    """Of one event there is none; of two (N - 1 in the denominator) their difference over two, with t(1)."""
    found = study(returns, at=AT[:3], stances=("raise", "hold", "raise"), windows=["0:0"])
    car = found.car.set_index(["series", "event_id"])["car"]
    aar = found.aar.set_index(["series", "stance"])
    for name in returns:
        larger = "u" if abs(car[name, "u"]) > abs(car[name, "w"]) else "w"
        assert row(found, name, "raise")["largest_event"] == larger
        one, two = aar.loc[(name, "hold")], aar.loc[(name, "raise")]
        assert (one["n"], two["n"]) == (1, 2)
        assert one[["se", "t", "p_value", "caar_se", "caar_t"]].isna().all()
        assert two["aar"] == pytest.approx((car[name, "u"] + car[name, "w"]) / 2)
        assert two["se"] == pytest.approx(abs(car[name, "u"] - car[name, "w"]) / 2)
        assert two["p_value"] == pytest.approx(1 - 2 / math.pi * math.atan(abs(two["aar"] / two["se"])))


@pytest.mark.parametrize(("w", "first"), [(0, 0), (1, -3), (2, 2)])
def test_a_path_begins_at_the_last_price_before_its_window(returns, w, first):
    """From there it adds the abnormal returns ahead and takes off those behind, in loops over the study's span."""
    found = study(returns[["a"]], at=(300, 400), stances=("raise",) * 2, windows=["0:0", "-3:2", "2:4"])
    ar = found.abnormal.groupby("tau")["ar"].mean()
    path = mean_path(found.samples["a"], "raise", w)
    assert path.taus.tolist() == list(range(-4, 5))
    ahead = [sum(ar[t] for t in range(first, tau + 1)) for tau in range(-4, 5)]
    behind = [sum(ar[t] for t in range(tau + 1, first)) for tau in range(-4, 5)]
    np.testing.assert_allclose(path.mean, np.array(ahead) - behind, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("leads", [1, 4])
def test_a_day_that_reads_the_market_of_the_event_is_no_placebo(leads):
    """With leads in the regression a placebo window ends so many sessions sooner before the event's own."""
    found = study(
        markets(names="am"), at=(400,), stances=("raise",), model=es.Dimson("m", lags=1, leads=leads), windows=["-6:2"]
    )
    free = found.samples["a"].every("eligible")[:, 0]
    [row] = found.car.to_dict("records")
    assert row["days"] == np.count_nonzero(free[: 400 - 6 - leads - 2]) / 9
    assert free[400 - 6 - leads - 2 : 400 - 2 - leads].any()  # their windows would share sessions with the event's own


@pytest.mark.parametrize(("model", "shared"), [("zero", 0.0), ("constant-mean", 21 / 120)])
def test_means_of_days_vary_as_those_of_so_many_windows(returns, model, shared):
    """Three windows of 21 sessions are three if nothing is estimated, and fewer where they share estimation returns."""
    at = (300, 330, 360)
    found = study(returns[["a"]], at=at, stances=("raise",) * 3, model=model, windows=["0:20"], clean="none")
    [held] = mean_placebos([found.samples], 0, keep=True)
    of, drawn = found.samples["a"], held["a", "raise"]["drawn"]
    line = of.every("z")[days_of_means(of, 0), 0]
    windows = len(line) / 21
    assert held["a", "raise"]["days"] == windows
    wide = np.mean(np.abs(drawn - line.mean())) / np.mean(np.abs(rng_t(windows)))
    # Of two events 30 sessions apart 90 of 120 returns are the same, of two 60 apart half of them.
    pairs = shared * (2 * (90 / 120) + 60 / 120) * 2 / 3 / (1 + shared)
    assert wide * math.sqrt(3 / (1 + pairs)) / line.std() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("window", ["0:0", "-2:1", "2:4"])
def test_the_band_of_a_path_in_loops(window):
    """Each session's band is the 90 % quantile of 2,000 means that its seed draws, in the volatility known before."""
    found = study(markets(names="a"), at=(300, 330, 400), stances=("raise",) * 3, windows=[window], model="zero")
    of, (first, last) = found.samples["a"], map(int, window.split(":"))
    y, scale, path = of.history.returns, of.every("scale"), mean_path(found.samples["a"], "raise", 0)
    news = {t + k for t in (300, 330, 400) for k in (0, 1)}
    before = min(first, 0)  # a window that begins after the event is scaled by what was known the day before it
    quiet = np.flatnonzero(of.every("quiet")[:, 0]).tolist()
    assert len(path.taus) == last - first + 2
    for tau, half in zip(path.taus.tolist(), path.band.tolist(), strict=True):
        part = range(first, tau + 1)
        at = [t for t in quiet if all(t + k < N and t + k not in news for k in part)]
        line = np.array([sum(y[t + k] for k in part) / scale[t + before] for t in at])
        rng = np.random.default_rng([found.design.seed, len(line), 3])
        days = rng.integers(0, len(line), (2_000, 3))
        means = (line[days] * [scale[t + before] for t in (300, 330, 400)]).sum(axis=1) / 3
        assert half == pytest.approx(np.quantile(np.abs(means), 0.9), rel=1e-9, abs=1e-15)


def test_a_label_of_which_every_event_is_set_aside_has_no_path_and_no_band(returns):
    """Where news of another label stands in each window the mean is empty; without any event there is no path."""
    of = study(returns[["a"]], at=(300, 302, 400), stances=("raise", "fold", "fold"), windows=["0:5"]).samples["a"]
    path = mean_path(of, "raise", 0)
    assert (path.band, path.each.shape) == (None, (0, 7))
    assert np.isnan(path.mean).all()
    assert mean_path(of, "hold", 0) is None


def test_a_window_as_long_as_its_estimation_says_nothing_of_itself():
    """Residuals sum to nothing over all that was learned from: a window so long has no forecast error to compare."""
    returns = markets(2, "a", n=140)
    choices = {"estimation": "-70:-11", "windows": ["0:58", "0:59"]}
    car = study(returns, at=(70,), stances=("raise",), **choices).car.set_index("window")
    assert car["p_source"].to_dict() == {"0:58": "residuals", "0:59": ""}
    assert car.loc["0:58", "days"] == 2 / 59


def test_what_is_pooled_is_in_one_unit(returns):
    """Series of the first kind of return are pooled, without those of another; of other units all or none."""
    news = {"at": (300, 400), "stances": ("raise",) * 2, "windows": ["0:0"]}
    kinds = {"a": {"returns": "log"}, "b": {"returns": "simple"}, "c": {"returns": "log"}}
    for order, pool in (("abc", ["a", "c"]), ("cba", ["c", "a"]), ("bac", ["b"])):
        assert study(returns[[*order]], instruments=kinds, **news).pool == pool
    points = {name: {"unit": "points"} for name in "abc"}
    assert study(returns, instruments=points, **news).pool == ["a", "b", "c"]
    other = study(returns, instruments=points | {"b": {"unit": "basis points"}}, **news)
    assert other.pool == []
    assert set(other.average["series"]) == {"a", "b", "c"}


def rng_t(freedom):
    """Draws of a t distribution."""
    return np.random.default_rng(1).standard_t(freedom, 50_000)
