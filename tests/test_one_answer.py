"""One question has one answer: tables, sample, regressions, commands and charts of a study agree with one another."""

import json
import math
import re
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.cli.main import main

MADE = SimpleNamespace(**run_path(str(Path(__file__).parent / "reference" / "made_up.py")))
WINDOWS = ("0:0", "0:1", "-1:1", "0:5")
WORLDS = {
    "raise-or-fold-2022": ["ruble", "imoex", "brent"],
    "sanctions-2018": ["ruble", "sp500", "lira"],
    "made-up": ["whole", "holes", "calm"],
}
CONTRAST = "raise-fold"
LABELS = ("raise", "hold", "fold", "mixed")


def inputs(world):
    """Return events, prices and series of a world."""
    case = es.load_case(world) if world in es.case_names() else None
    events, prices = MADE.made_up() if case is None else (case.events, case.prices)
    return events, prices, WORLDS[world]


@pytest.fixture(scope="module")
def fit():
    """Fit a world under some choices, once."""
    made = {}

    def run(world, **choices):
        key = world, repr(sorted(choices.items()))
        if key not in made:
            events, prices, series = inputs(world)
            made[key] = es.EventStudy(events, prices, **{"series": series, "windows": WINDOWS} | choices).fit()
        return made[key]

    return run


@pytest.fixture(scope="module")
def sample_of():
    """Look up the sample of a series, stance and window of a result, once."""
    made = {}

    def look_up(result, *row):
        if (id(result), *row) not in made:
            made[id(result), *row] = result, result.sample(*row)
        return made[id(result), *row][1]

    return look_up


#: Of two bundled worlds one is asked by default, beside the one that is made up.
EVERY = pytest.mark.parametrize(
    "world", [pytest.param(one, marks=[pytest.mark.slow] * (one == "sanctions-2018")) for one in WORLDS]
)


#: What takes longer of each: the world that is made up is asked by default, the two bundled ones are slow.
MADE_UP = pytest.mark.parametrize(
    "world", [pytest.param(one, marks=[pytest.mark.slow] * (one != "made-up")) for one in WORLDS]
)


def equal(a, b):
    """Compare two figures, of which both may be missing."""
    return (pd.isna(a) and pd.isna(b)) or a == pytest.approx(b, rel=1e-9, abs=1e-14)


def same_tables(one, other, keys):
    """Compare two frames by their keys, all columns."""
    one, other = (table.sort_values(list(keys)).reset_index(drop=True) for table in (one, other))
    pd.testing.assert_frame_equal(one, other, check_exact=False, rtol=1e-9, atol=1e-14)


def one_a_market_event(car):
    """Return one row a market event, series and window."""
    return car.drop_duplicates(["series", "market_event", "window"])


def call(capsys, *words):
    """Run the command line in this process; return what it wrote to stdout."""
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    out, err = capsys.readouterr()
    assert not left.value.code, err
    return out


def as_json(capsys, *words):
    """Return what a command says as JSON."""
    return json.loads(call(capsys, *words, "--format", "json", "--quiet"))


# -- a row and its sample ---------------------------------------------------------------------------------------------


@MADE_UP
def test_events_behind_a_row_are_counted_once(world, fit, sample_of):
    """A row's n_events are the different events of its market events; an event that moved two markets is one."""
    result, keys = fit(world), ["series", "market_event"]
    events = {
        window: list(zip(rows["event_id"], map(tuple, rows[keys].to_numpy().tolist()), strict=True))
        for window, rows in result.car.groupby("window")
    }
    for row in result.average.itertuples():
        if row.stance == CONTRAST:
            continue
        in_mean = set(map(tuple, sample_of(result, row.series, row.stance, row.window)[keys].to_numpy().tolist()))
        behind = {event for event, key in events[row.window] if key in in_mean}
        assert row.n_events == len(behind), (row.series, row.stance, row.window)


@MADE_UP
def test_a_row_is_made_of_its_sample(fit, world, sample_of):
    """n, mean, median, z, move, share, worst, best and the mean without the largest are those of `sample`."""
    result, n_rows = fit(world), 0
    for row in result.average.itertuples():
        if row.stance == CONTRAST or not row.n:
            continue
        n_rows += 1
        sample, where = sample_of(result, row.series, row.stance, row.window), (row.series, row.stance, row.window)
        car, move = sample["car"].to_numpy(), sample["move"].to_numpy()
        largest = sample["market_event"].iloc[int(np.argmax(np.abs(car)))]
        # Of a pool no market of that event stays, nor one that met it together with earlier news.
        met = result.matches[result.matches["event_id"] == largest].set_index("series")["market_event"]
        others = car[(sample["market_event"] != sample["series"].map(met)).to_numpy()]
        assert len(sample) == row.n, where
        assert not sample.duplicated(["series", "market_event"]).any(), where
        wanted = {
            "caar": car.mean(),
            "median": np.median(car),
            "z": sample["z"].mean(),
            "move": move.mean(),
            "rose": (move > 0).mean(),
            "worst": car.min(),
            "best": car.max(),
            "without_largest": others.mean() if len(others) else math.nan,
        }
        for name, value in wanted.items():
            assert equal(getattr(row, name), value), (where, name)
        assert row.largest_event == (largest if len(others) else ""), where
    assert n_rows > 3 * len(WINDOWS)


@MADE_UP
def test_a_sample_is_rows_of_car(fit, world, sample_of):
    """The figures of `sample` are those of `car`, and its stance is the row's."""
    result = fit(world)
    keys = ["series", "market_event", "window"]
    rows = [row for row in result.average.itertuples() if row.stance != CONTRAST and row.n]
    samples = [sample_of(result, row.series, row.stance, row.window) for row in rows]
    for row, sample in zip(rows, samples, strict=True):
        if row.stance != "*":
            assert set(sample["net_stance"]) == {row.stance}
    every = pd.concat(samples).set_index(keys)
    same = one_a_market_event(result.car).set_index(keys).loc[every.index]
    for name in ("car", "se", "z", "move", "p_value", "days", "family_p", "net_stance", "p_source", "session"):
        np.testing.assert_array_equal(every[name], same[name], err_msg=name)


@EVERY
def test_the_contrast_is_the_difference_of_its_rows(fit, world):
    """Mean, z and move of raises less folds are those of the row of raises less those of the row of folds."""
    average = fit(world).average.set_index(["series", "stance", "window"])
    contrasts = average.xs(CONTRAST, level="stance", drop_level=False)
    assert len(contrasts)
    for (series, _, window), row in contrasts.iterrows():
        raised, folded = average.loc[series, "raise", window], average.loc[series, "fold", window]
        for name in ("caar", "z", "move"):
            assert equal(row[name], raised[name] - folded[name]), (series, window, name)
        assert row["n"] == raised["n"] + folded["n"]


@EVERY
def test_the_answer_is_the_row(fit, world):
    """`answer` says what stands in `average`, and every figure of its sentence is there."""
    result = fit(world)
    for row in result.average.itertuples():
        answer = result.answer(row.series, row.stance, row.window)
        for name in ("n", "n_set_aside", "caar", "median", "z", "move", "rose", "p_value", "family_p", "days"):
            assert equal(getattr(answer, name), getattr(row, name)), (row.series, row.stance, row.window, name)
        assert isinstance(answer.sentence, str)
        assert answer.sentence


def says(text, value):
    """Whether a printed figure is a value rounded to its digits, or after ``<`` the next such figure above it."""
    found, unit = float(text.removeprefix("< ").replace("−", "-")), 10.0 ** -len(text.partition(".")[2])
    return value < found <= value + unit if text.startswith("< ") else abs(found - value) <= 0.501 * unit


@EVERY
def test_the_sentence_says_the_row(fit, world, sample_of):
    """Counts, mean, move, rises, days without news, p, family p and the mean without the largest are the sample's."""
    result, number = fit(world), r"([+−]?\d+(?:\.\d+)?)"
    for row in result.average.itertuples():
        if not row.n:
            continue
        sentence = result.answer(row.series, row.stance, row.window).sentence
        # Why there is no p is said of what needs days or phases in common.
        none, pooled = math.isnan(row.p_value), row.series == "*" and row.stance != CONTRAST
        assert ("days without news in common" in sentence) == (none and pooled), sentence
        assert ("no phase has both labels" in sentence) == (none and row.stance == CONTRAST), sentence
        assert ("labellings, too few to tell" in sentence) == (row.stance == CONTRAST and row.days < 20), sentence
        if row.stance == CONTRAST:
            caar, n = re.search(rf"over .*: {number} % \({number} \w+\); p ", sentence).groups()
            assert says(caar, 100 * row.caar), sentence
            assert int(n) == row.n, sentence
            continue
        sample = sample_of(result, row.series, row.stance, row.window)
        n, moves, caar = re.search(
            rf"after {number} [\w ]+(?: \({number} moves\))?, .*: abnormal return {number} %", sentence
        ).groups()
        counted = (row.n_events, len(sample)) if row.series == "*" else (len(sample), None)
        assert (int(n), moves and int(moves)) == counted, sentence
        assert says(caar, 100 * row.caar), sentence
        days = rf" \(days without news: {number} %\)"
        if moved := re.search(rf"moved {number} % and rose after {number} of {number}(?:{days})?", sentence):
            move, n_up, of, base = moved.groups()
            assert says(move, 100 * row.move), sentence
            assert (int(n_up), int(of)) == ((sample["move"] > 0).sum(), len(sample)), sentence
            assert math.isnan(row.base_rate) if base is None else says(base, 100 * row.base_rate), sentence
        assert bool(moved) != math.isnan(row.rose), sentence
        without = re.search(rf" Without (\S+) it is {number} %\.$", sentence)
        assert (without[1] if without else "") == row.largest_event, sentence
        assert not without or says(without[2], 100 * row.without_largest), sentence
        alone = math.isnan(row.family_p) or (row.family_p, row.family_days) == (row.p_value, row.days)
        for what, value in (("; p ", row.p_value), (", family p ", math.nan if alone else row.family_p)):
            p = re.search(rf"{what}((?:< )?{number})", sentence)
            assert bool(p) != math.isnan(value), sentence
            assert not p or says(p[1], value), sentence


@MADE_UP
def test_every_market_event_counts_once(fit, world, sample_of):
    """What has a CAR counts in one of raise, hold, fold and mixed, or is set aside there."""
    result = fit(world)
    average = result.average[result.average["stance"].isin(LABELS)]
    car = one_a_market_event(result.car[result.car["car"].notna()])
    for (series, window), rows in car.groupby(["series", "window"]):
        of = average[(average["series"] == series) & (average["window"] == window)].set_index("stance")
        for stance, members in rows.groupby("net_stance"):
            assert of.loc[stance, "n"] + of.loc[stance, "n_set_aside"] == len(members), (series, window, stance)
        assert (of["n"] + of["n_set_aside"]).sum() == len(rows)
        samples = [sample_of(result, series, stance, window)["market_event"] for stance in of.index[of["n"] > 0]]
        counted = pd.concat(samples) if samples else pd.Series(dtype=object)
        assert counted.is_unique
        # What is in no sample says why.
        aside = rows[~rows["market_event"].isin(counted)]
        assert (aside["note"] != "").all()


@MADE_UP
def test_all_is_not_contaminated(fit, world, sample_of):
    """The row of all events holds every event of the other rows, and those set aside for other news nearby."""
    result = fit(world)
    for series in WORLDS[world]:
        for window in WINDOWS:
            everything = set(sample_of(result, series, "*", window)["market_event"])
            parts = result.average.query("series == @series and window == @window and stance in @LABELS and n > 0")
            single = set().union(*(sample_of(result, series, s, window)["market_event"] for s in parts["stance"]))
            assert single <= everything
            notes = sample_of(result, series, "*", window).set_index("market_event")["note"]
            assert all("contaminated" in notes[event] for event in everything - single)


# -- one p ------------------------------------------------------------------------------------------------------------


@MADE_UP
def test_one_event_has_one_p(fit, world, sample_of):
    """A mean over one event has that event's own z, p, family p, source and days."""
    result, found = fit(world, windows=("0:0", "0:1", "0:5")), 0
    for row in result.average.itertuples():
        if row.n == 1 and row.stance != CONTRAST and row.series != "*":
            only = sample_of(result, row.series, row.stance, row.window).iloc[0]
            for name in ("z", "p_value", "family_p", "days"):
                assert equal(getattr(row, name), only[name]), (row.series, row.stance, row.window, name)
            assert row.p_source == only["p_source"]
            found += 1
    assert found or world == "sanctions-2018"


def test_one_event_alone_has_one_p():
    """So has a study of a single event, over several series."""
    events, prices, series = inputs("raise-or-fold-2022")
    alone = es.EventStudy(events[events["id"] == "2022-02-24-invasion"], prices, series=series, windows=WINDOWS).fit()
    rows = alone.average[(alone.average["series"] != "*") & (alone.average["n"] == 1)]
    assert len(rows) >= len(series) * len(WINDOWS)
    for row in rows.itertuples():
        only = alone.car.query("series == @row.series and window == @row.window").iloc[0]
        for name in ("z", "p_value", "family_p", "days"):
            assert equal(getattr(row, name), only[name]), (row.series, row.stance, row.window, name)


@EVERY
def test_no_p_below_its_days(fit, world):
    """No p is below 1 / (days + 1), and none of a family below that of its member."""
    result = fit(world)
    tables = {
        "car": result.car,
        "average": result.average[result.average["stance"] != CONTRAST],
    }
    for name, table in tables.items():
        known = table[table["p_value"].notna()]
        assert len(known), name
        assert (known["days"] > 0).all(), name
        assert (known["p_value"] >= 1 / (known["days"] + 1) - 1e-12).all(), name
        assert (known["p_value"] <= 1).all(), name
        family = known[known["family_p"].notna()]
        assert len(family), name
        short = family[family["family_p"] < family["p_value"] - 1e-12]
        assert short.empty, (name, short[["series", "window", "p_value", "family_p"]])
    contrast = result.average[(result.average["stance"] == CONTRAST) & result.average["p_value"].notna()]
    assert contrast["p_value"].between(0, 1, inclusive="right").all()


@EVERY
def test_adjusted_p_are_not_smaller(fit, world):
    """Holm and Benjamini-Hochberg never give less than the p they adjust."""
    average = fit(world).average
    for name in ("holm_p", "bh_p"):
        known = average[average[name].notna()]
        assert len(known)
        assert (known[name] >= known["p_value"] - 1e-12).all()


def test_a_short_column_does_not_cut_the_days_of_others():
    """The p and days of a series are the same beside a column with few days as by itself."""
    events, prices, _ = inputs("made-up")
    prices = prices.assign(short=prices["calm"].where(prices.index >= prices.index[220]))
    keys = ["event_id", "series", "window"]
    together = es.EventStudy(events, prices, series=["whole", "short"], windows=WINDOWS).fit()
    alone = es.EventStudy(events, prices, series=["whole"], windows=WINDOWS).fit()
    family = ["family_p", "family_days"]
    cars = [result.car[result.car["series"] == "whole"].drop(columns=family) for result in (together, alone)]
    same_tables(*cars, keys)
    columns = ["family_p", "holm_p", "bh_p"]
    rows = [result.average[result.average["series"] == "whole"].drop(columns=columns) for result in (together, alone)]
    same_tables(*rows, ["series", "stance", "window"])


# -- one stance -------------------------------------------------------------------------------------------------------


@MADE_UP
def test_one_market_event_has_one_stance(fit, world):
    """In matches and car the events of one session share market event and net stance, that of all their stances."""
    result = fit(world)
    events = result.events.set_index("id")["stance"]
    there = result.matches[result.matches["session"].notna() & (result.matches["market_event"] != "")]
    for (series, session), rows in there.groupby(["series", "session"]):
        assert len(set(rows["market_event"])) == 1, (series, session)
        assert len(set(rows["net_stance"])) == 1, (series, session)
        told = set(events[rows["event_id"]])
        net = "mixed" if {"raise", "fold"} <= told else next((s for s in ("raise", "fold") if s in told), "hold")
        assert rows["net_stance"].iloc[0] == net, (series, session)
    keys = ["event_id", "series"]
    both = result.car.merge(there[[*keys, "market_event", "net_stance"]], on=keys, suffixes=("", "_matched"))
    assert len(both) == len(result.car)
    assert (both["net_stance"] == both["net_stance_matched"]).all()
    assert (both["market_event"] == both["market_event_matched"]).all()


@MADE_UP
def test_tests_rest_on_the_same_sample(fit, world, sample_of):
    """Every test of a row has the n of that row, and there are tests of no other rows."""
    result = fit(world, tests=["cross_section_t", "sign_z", "bmp_t"])
    average = result.average.set_index(["series", "stance", "window"])
    found = result.tests[result.tests["stance"] != CONTRAST]
    assert len(found)
    for row in found.itertuples():
        assert row.n == average.loc[(row.series, row.stance, row.window), "n"], row
    plain = found[(found["test"] == "cross_section_t") & found["statistic"].notna()]
    assert len(plain)
    for row in plain.itertuples():
        car = sample_of(result, row.series, row.stance, row.window)["car"]
        assert row.statistic == pytest.approx(math.sqrt(len(car)) * car.mean() / car.std(ddof=1), rel=1e-9)


def test_aar_rests_on_market_events(fit, sample_of):
    """The last CAAR of a path is the mean CAR over the window that is the whole span, of the same market events.

    Its standard error is theirs: none of one event.
    """
    result = fit("made-up", windows=["0:5"], tests=[])
    last = result.aar[result.aar["tau"] == 5].set_index(["series", "stance"])
    assert len(last)
    for (series, stance), row in last.iterrows():
        answer = result.answer(series, stance, "0:5")
        assert row["n"] == answer.n
        assert row["caar"] == pytest.approx(answer.caar, rel=1e-9)
        car = sample_of(result, series, stance, "0:5")["car"]
        wanted = car.std(ddof=1) / math.sqrt(len(car)) if len(car) > 1 else math.nan
        assert equal(row["caar_se"], wanted)
        assert equal(row["caar_t"], answer.caar / wanted)


def files(tmp_path, events, prices):
    """Write a user's events and prices; return the options that name them."""
    events.to_csv(tmp_path / "events.csv", index=False)
    prices.rename_axis("date").to_csv(tmp_path / "prices.csv")
    return ["--events", tmp_path / "events.csv", "--prices", tmp_path / "prices.csv"]


@pytest.fixture(scope="module")
def told():
    """What commands said before."""
    return {}


@pytest.fixture
def method(capsys, tmp_path, told):
    """Run a regression over a study of the made-up world from the command line, once; return its tables."""
    events, prices, series = inputs("made-up")
    options = [*files(tmp_path, events, prices), "--window", "0:0", "--window", "0:1"]

    def run(name, *words, series=series):
        key = (name, *words, *series)
        if key not in told:
            told[key] = tables_of(name, *words, series=series)
        return told[key]

    def tables_of(name, *words, series):
        help_text = call(capsys, "--help")
        start = ["regress", name] if "regress" in help_text else ["run", "--method", name]
        start = ["explain"] if name == "explain" else start
        found = as_json(capsys, *start, *options, "--series", ",".join(series), *words)["tables"]
        return {table: pd.DataFrame(rows) for table, rows in found.items()}

    return run


def counts(result, series, window="0:0"):
    """Return how many market events of each net stance have a CAR."""
    car = one_a_market_event(result.car[(result.car["series"] == series) & (result.car["window"] == window)])
    return car[car["car"].notna()]["net_stance"].value_counts().to_dict()


def test_dummies_have_the_same_stances(fit, method):
    """The dummies of a stance stand for the market events of that net stance, mixed ones apart."""
    result, effects = fit("made-up"), method("dummies")["effects"]
    for series in WORLDS["made-up"]:
        rows = effects[(effects["series"] == series) & (effects["test"] == "car") & (effects["window"] == "0:0")]
        found = rows[rows["stance"].isin(LABELS)].set_index("stance")["n_dates"].to_dict()
        wanted = counts(result, series)
        assert {stance: n for stance, n in found.items() if n} == wanted or (
            found == {row.stance: row.n for row in result.average.itertuples()
                      if row.series == series and row.window == "0:0" and row.stance in LABELS and row.n}
        )  # fmt: skip


def test_projections_have_the_same_shocks(fit, method):
    """Shocks of a projection are the market events that raise or fold; mixed ones and holds are none."""
    result, responses = fit("made-up"), method("projections", "--horizons", 1)["responses"]
    for series in WORLDS["made-up"]:
        found = responses[(responses["series"] == series) & (responses["h"] == 0)].iloc[0]
        known = counts(result, series)
        every = known.get("raise", 0) + known.get("fold", 0)
        kept = sum(result.answer(series, stance, "0:0").n for stance in ("raise", "fold"))
        assert found["n_dates"] in {every, kept, sum(known.values())}


def test_explain_has_the_same_means(fit, method):
    """A regression on the stance alone gives the means of the rows, each market event counted once."""
    result = fit("made-up")
    whole = result.average[(result.average["series"] == "whole") & (result.average["window"] == "0:0")]
    found = method("explain", "--formula", "car ~ C(stance) - 1", series=["whole"])["coefficients"]
    found = found[found["window"] == "0:0"].set_index("term")["estimate"]
    for row in whole[whole["stance"].isin(LABELS) & (whole["n"] > 0)].itertuples():
        assert found[f"C(stance)[{row.stance}]"] == pytest.approx(row.caar, rel=1e-9)


def test_signals_have_the_same_stance(fit):
    """A signal has its event's own stance, which no later event changes; of a single event it is the net one."""
    events, prices, series = inputs("made-up")
    table = es.trading.make_signals(events, prices, series=series, hold=1).table
    known = fit("made-up").matches.set_index(["event_id", "series"])
    assert all(row.stance == known.loc[(row.event_id, row.series), "stance"] for row in table.itertuples())
    alone = known[known["members"] == known.index.get_level_values("event_id")]
    rows = [row for row in table.itertuples() if (row.event_id, row.series) in alone.index]
    assert len(rows) > 5
    assert all(row.stance == alone.loc[(row.event_id, row.series), "net_stance"] for row in rows)


# -- one answer whatever else is asked --------------------------------------------------------------------------------


@MADE_UP
def test_other_windows_do_not_matter(fit, world):
    """Rows and CARs over 0:0 are the same whether other windows are asked for or not, in all columns."""
    several, alone = fit(world), fit(world, windows=["0:0"])
    keys = ["event_id", "series", "window"]
    same_tables(several.car[several.car["window"] == "0:0"], alone.car, keys)
    rows = several.average[several.average["window"] == "0:0"]
    same_tables(rows, alone.average, ["series", "stance", "window"])
    tests = several.tests[several.tests["window"] == "0:0"]
    # Ranks are taken over the span of all windows, as their papers have it.
    by_rank = {name for name in tests["test"] if "rank" in name}
    one, other = (table[~table["test"].isin(by_rank)] for table in (tests, alone.tests))
    same_tables(one, other, ["series", "stance", "window", "test"])


@MADE_UP
def test_order_and_company_do_not_matter(fit, world):
    """Order of events and of columns, and columns nobody asked for, change no number."""
    events, prices, series = inputs(world)
    shuffled = events.sample(frac=1, random_state=3)[list(events)[::-1]]
    backwards = prices[list(prices)[::-1]].assign(unrelated=np.where(np.arange(len(prices)) % 2, 3.0, -2.0))
    turned = es.EventStudy(shuffled, backwards, series=series, windows=WINDOWS).fit()
    result = fit(world)
    same_tables(turned.car, result.car, ["event_id", "series", "window"])
    same_tables(turned.average, result.average, ["series", "stance", "window"])
    same_tables(turned.matches, result.matches, ["event_id", "series"])
    same_tables(turned.tests, result.tests, ["series", "stance", "window", "test"])


def test_the_same_news_twice_changes_no_mean(fit):
    """An event filed twice, in the same session and with the same stance, changes no number but the count of events."""
    events, prices, series = inputs("made-up")
    again = events.assign(id=events["id"] + "-again", headline="the same")
    twice = es.EventStudy(pd.concat([events, again]), prices, series=series, windows=WINDOWS).fit()
    keys = ["series", "stance", "window"]
    rows, once = (result.average.drop(columns="n_events") for result in (twice, fit("made-up")))
    same_tables(rows, once, keys)
    assert (twice.average["n_events"].to_numpy() >= fit("made-up").average["n_events"].to_numpy()).all()
    tests = [result.tests for result in (twice, fit("made-up"))]
    same_tables(*tests, [*keys, "test"])


@pytest.mark.one_in(3)
@pytest.mark.parametrize("overlap", ["keep", "first", "set-aside"])
def test_overlap_rules(fit, overlap, sample_of):
    """Every rule gives a result in which rows and samples agree; `keep` sets no event aside."""
    result = fit("made-up", overlap=overlap)
    for row in result.average[result.average["stance"] != CONTRAST].itertuples():
        assert row.n == (len(sample_of(result, row.series, row.stance, row.window)) if row.n else 0)
    if overlap == "keep":
        assert (result.average["n_set_aside"] == 0).all()
    if overlap == "first":
        for series in WORLDS["made-up"]:
            at = result.histories[series].sessions
            kept = np.searchsorted(at, sample_of(result, series, "*", "0:5")["session"].to_numpy().astype(at.dtype))
            assert (np.diff(np.sort(kept)) >= 6).all()


@pytest.mark.parametrize("gone", ["merge", "flag", "drop"])
def test_rules_that_are_gone_are_said_to_be(gone):
    """The old overlap rules are refused in one line that names those there are."""
    events, prices, series = inputs("made-up")
    with pytest.raises(es.EventStudyError, match="set-aside"):
        es.EventStudy(events, prices, series=series, overlap=gone)


def test_dummies_and_averages_agree_where_windows_are_apart(capsys, tmp_path):
    """With windows apart, dummies are the averages but for the days from which the normal return is learned."""
    _, prices, _ = inputs("made-up")
    at = range(310, 420, 11)
    times = [str(prices.index[k].date()) for k in at if k != 354]
    stances = (["raise", "fold", "fold"] * 4)[: len(times)]
    events = pd.DataFrame({"id": [f"e{k}" for k in range(len(times))], "time": times, "stance": stances})
    result = es.EventStudy(events, prices, series=["calm"], windows=["0:0", "0:1"], tests=[]).fit()
    options = [*files(tmp_path, events, prices), "--series", "calm", "--window", "0:0", "--window", "0:1"]
    start = ["regress", "dummies"] if "regress" in call(capsys, "--help") else ["run", "--method", "dummies"]
    effects = pd.DataFrame(as_json(capsys, *start, *options)["tables"]["effects"])
    effects = effects[effects["test"] == "car"].set_index(["stance", "window"])["estimate"]
    normal = result.fits.set_index("event_id")[next(name for name in ("mean", "alpha") if name in result.fits)]
    learned = []
    for stance in ("raise", "fold"):
        for window, n in (("0:0", 1), ("0:1", 2)):
            sample = result.sample("calm", stance, window)
            raw = (sample["car"] + n * normal[sample["event_id"]].to_numpy()).mean()
            learned.append((raw - effects[stance, window]) / n)
            assert effects[stance, window] == pytest.approx(result.answer("calm", stance, window).caar, abs=n * 5e-4)
    assert learned == pytest.approx([learned[0]] * 4, abs=1e-12)


# -- labels -----------------------------------------------------------------------------------------------------------


def test_another_column_groups(fit):
    """Labels of another column are averaged as stances are; a contrast of any two closes with its rows."""
    events, prices, series = inputs("made-up")
    named = {"raise": "beat", "fold": "miss", "hold": "in line"}
    other = events.assign(surprise=events["stance"].map(named)).drop(columns="stance")
    choices = {"series": series, "windows": WINDOWS, "tests": []}
    result = es.EventStudy(other, prices, group_by="surprise", contrast="beat-miss", **choices).fit()
    assert set(named.values()) <= set(result.groups)
    average = result.average.set_index(["series", "stance", "window"])
    for (series_, _, window), row in average.xs("beat-miss", level="stance", drop_level=False).iterrows():
        one, two = average.loc[series_, "beat", window], average.loc[series_, "miss", window]
        for name in ("caar", "z", "move"):
            assert equal(row[name], one[name] - two[name])
    # Beats and misses of sessions without a third label are the raises and folds they were made of.
    stances = fit("made-up").average.set_index(["series", "stance", "window"])
    for name in ("z", "p_value"):
        row, known = average.loc["whole", "*", "0:0"], stances.loc["whole", "*", "0:0"]
        assert equal(row[name], known[name])


def test_any_two_labels_are_contrasted(fit):
    """Holds less folds are the difference of their rows."""
    result = fit("made-up", contrast="hold-fold", tests=[])
    average = result.average.set_index(["series", "stance", "window"])
    rows = average.xs("hold-fold", level="stance", drop_level=False)
    assert len(rows)
    for (series, _, window), row in rows.iterrows():
        assert equal(
            row["caar"], average.loc[series, "hold", window]["caar"] - average.loc[series, "fold", window]["caar"]
        )


def test_a_contrast_of_no_labels_is_refused():
    """A contrast that is not two of the labels is one plain line that names them."""
    events, prices, series = inputs("made-up")
    with pytest.raises(es.EventStudyError, match="raise"):
        es.EventStudy(events, prices, series=series, contrast="hawk-dove").fit()


def test_no_stance_at_all(fit):
    """Without a stance everything is one group: its row has the z, p and days of the row of all events."""
    events, prices, series = inputs("made-up")
    choices = {"series": series, "windows": WINDOWS, "tests": []}
    result = es.EventStudy(events.drop(columns="stance"), prices, **choices).fit()
    assert CONTRAST not in set(result.average["stance"])
    known = fit("made-up").average.set_index(["series", "stance", "window"])
    rows = result.average[result.average["stance"] == "*"]
    assert len(rows) >= len(series) * len(WINDOWS)
    for row in rows.itertuples():
        for name in ("n", "caar", "z", "move", "p_value", "days"):
            assert equal(getattr(row, name), known.loc[(row.series, "*", row.window), name]), name


# -- what a user may hand over ----------------------------------------------------------------------------------------


def plain_line(error):
    """Whether an error of the library is a few plain lines."""
    return isinstance(error.value, es.EventStudyError) and 0 < len(str(error.value).splitlines()) <= 4


def test_bare_dates_are_a_study():
    """A list of dates and a DatetimeIndex are events; an unknown hour is matched by day."""
    events, prices, _ = inputs("made-up")
    dates = sorted(set(events["time"]))[:6]
    for given in (dates, pd.DatetimeIndex(dates), pd.DataFrame({"time": dates})):
        result = es.EventStudy(given, prices, series=["whole"], windows=["0:1"], tests=[]).fit()
        assert result.answer("whole", "*", "0:1").n + result.answer("whole", "*", "0:1").n_set_aside == 6


def test_tuples_are_windows(fit):
    """Windows as pairs and as text are the same study, and name the same answers."""
    result = fit("made-up", windows=((0, 0), (-1, 1)))
    text = fit("made-up", windows=("0:0", "-1:1"))
    same_tables(result.average, text.average, ["series", "stance", "window"])
    assert result.answer("whole", "raise", (-1, 1)) == text.answer("whole", "raise", "-1:1")


def test_a_series_is_a_market():
    """A market given as a Series of prices is the market named among the columns."""
    events, prices, _ = inputs("made-up")
    choices = {"model": "market-model", "series": ["whole"], "windows": ["0:1"], "tests": []}
    named = es.EventStudy(events, prices, market="calm", **choices).fit()
    given = es.EventStudy(events, prices[["whole"]], market=prices["calm"], **choices).fit()
    same_tables(given.car, named.car, ["event_id", "series", "window"])


def test_negative_oil_that_nobody_asked_for(fit):
    """A price below zero stops nothing in other columns, and makes two returns of its own missing."""
    events, prices, series = inputs("made-up")
    oil = prices["whole"].copy()
    oil.iloc[250] = -37.63
    choices = {"windows": WINDOWS, "tests": []}
    beside = es.EventStudy(events, prices.assign(oil=oil), series=series, **choices).fit()
    same_tables(beside.car, fit("made-up").car, ["event_id", "series", "window"])
    asked = es.EventStudy(events, prices.assign(oil=oil), series=["oil"], **choices).fit()
    missing = np.flatnonzero(np.isnan(asked.histories["oil"].returns[1:])) + 1
    assert missing.tolist() == [250, 251]
    assert any("oil" in line for line in asked.warnings)
    n_obs = asked.fits.set_index("event_id")["n_obs"], fit("made-up").fits.query("series == 'whole'")
    assert (n_obs[0] <= n_obs[1].set_index("event_id")["n_obs"]).all()


def test_a_missing_return_inside_a_window():
    """With returns given a missing one inside a window is no CAR, with the reason; or a sum that says what it holds."""
    _, prices, _ = inputs("made-up")
    returns = prices[["whole"]].pct_change().iloc[1:]
    day = returns.index.get_indexer(pd.DatetimeIndex(["2020-04-01"]), method="nearest")[0]
    hurt = returns.copy()
    hurt.iloc[day, 0] = np.nan
    event = pd.DataFrame({"id": ["a"], "time": [str(returns.index[day - 1].date())], "stance": ["raise"]})
    choices = {"returns": hurt, "windows": ["0:0", "0:2"], "tests": []}
    car = es.EventStudy(event, **choices).fit().car.set_index("window")
    assert np.isfinite(car.loc["0:0", "car"])
    assert np.isnan(car.loc["0:2", "car"])
    assert str(returns.index[day].date()) in car.loc["0:2", "note"]
    partial = es.EventStudy(event, missing="partial", **choices).fit().car.set_index("window")
    assert partial.loc["0:2", "n_days"] == 2
    assert partial.loc["0:2", "note"]
    whole = es.EventStudy(event, returns=returns, windows=["0:0", "0:2"], tests=[]).fit().car.set_index("window")
    assert partial.loc["0:2", "car"] != whole.loc["0:2", "car"]


def test_a_price_that_spans_a_row_says_so(fit):
    """With prices the return after a row without one spans it, and a window that holds it says so."""
    result = fit("made-up")
    _, prices, _ = inputs("made-up")
    gap = prices.index[prices["holes"].isna()][-1]
    notes = result.car[(result.car["series"] == "holes") & (result.car["window"] == "0:5")]
    at = result.histories["holes"].sessions
    after = int(np.searchsorted(at, np.datetime64(gap, "D")))
    for row in notes.itertuples():
        position = int(np.searchsorted(at, np.datetime64(row.session, "D")))
        assert ("spans" in row.note and "price" in row.note) == (0 <= after - position <= 5), row.event_id


def test_bars_of_two_markets():
    """Bars of two markets with different hours are a study of both, each as by itself."""
    rng = np.random.default_rng(9)
    days = pd.bdate_range("2022-02-01", periods=12, tz="UTC")
    stamps = {
        "early": [day + pd.Timedelta(minutes=420 + 15 * k) for day in days for k in range(36)],
        "later": [day + pd.Timedelta(minutes=810 + 15 * k) for day in days for k in range(26)],
    }
    columns = {
        name: pd.Series(100 * np.exp(np.cumsum(0.001 * rng.standard_normal(len(at)))), index=pd.DatetimeIndex(at))
        for name, at in stamps.items()
    }
    prices = pd.DataFrame(columns).sort_index()
    times = [f"{day.date()}T14:05:00Z" for day in days[6:11]]
    events = pd.DataFrame({"id": list("abcde"), "time": times, "stance": ["raise", "fold", "raise", "fold", "hold"]})
    choices = {"bars": "start", "windows": ["0:0", "0:3"], "estimation": "-90:-11"}
    both = es.EventStudy(events, prices, **choices).fit()
    assert set(both.car["series"]) == {"early", "later"}
    assert len(both.tests)
    for name in stamps:
        alone = es.EventStudy(events, prices[[name]].dropna(), **choices).fit()
        columns = ["event_id", "series", "window", "session", "car", "se", "z", "p_value", "days"]
        one = both.car[both.car["series"] == name][columns]
        same_tables(one, alone.car[columns], ["event_id", "window"])


@pytest.mark.parametrize(
    "choice",
    [
        {"windows": [(1, 0)]},
        {"windows": ["5"]},
        {"windows": "0:1"},
        {"series": ["wole"]},
        {"group_by": "no-such-column"},
        {"clean": "sometimes"},
        {"market": "calm"},
        {"overlap": "Keep"},
        {"model": "market-model", "market": "kalm"},
    ],
)
def test_what_cannot_be_is_one_plain_line(choice):
    """A choice that makes no sense is an error of the library in few plain lines, not a traceback of another's."""
    events, prices, _ = inputs("made-up")
    with pytest.raises(es.EventStudyError) as error:
        es.EventStudy(events, prices, **choice).fit()
    assert plain_line(error)


# -- other surfaces ---------------------------------------------------------------------------------------------------


def test_repr_is_the_answer(fit):
    """`repr` says the sentence of each series' row over the first window, and the warnings."""
    result = fit("raise-or-fold-2022")
    shown = repr(result)
    for series in WORLDS["raise-or-fold-2022"]:
        assert any(
            result.answer(series, stance, "0:0").sentence in shown for stance in ("raise", "*")
        ), series  # fmt: skip
    assert all(line in shown for line in result.warnings)


def test_a_folder_holds_the_average(fit, capsys, tmp_path):
    """The folder that `run --out` writes has the rows of `average` and `car`, and an envelope that names its tables."""
    result = fit("raise-or-fold-2022")
    words = ["run", "--case", "raise-or-fold-2022", "--series", "ruble,imoex,brent", "--out", tmp_path / "found"]
    call(capsys, *words, "--quiet")
    keys = {"average": ["series", "stance", "window"], "car": ["event_id", "series", "window"]}
    for name, key in keys.items():
        found = pd.read_csv(tmp_path / "found" / f"{name}.csv").set_index(key)
        wanted = getattr(result, name).set_index(key)
        assert set(found.index) == set(wanted.index)
        for column in ("z", "move", "p_value", "days"):
            figures = found.loc[wanted.index, column].astype(float)
            np.testing.assert_allclose(figures, wanted[column].astype(float), rtol=1e-9, err_msg=column)


def test_run_prints_the_average(fit, capsys):
    """`run` writes the rows of `average`, to the digit, as JSON and as CSV."""
    result = fit("raise-or-fold-2022")
    words = [
        "run",
        "--case",
        "raise-or-fold-2022",
        "--series",
        "ruble,imoex,brent",
        *(f"--window={w}" for w in WINDOWS),
    ]
    found = pd.DataFrame(as_json(capsys, *words)["tables"]["average"]).set_index(["series", "stance", "window"])
    wanted = result.average.set_index(["series", "stance", "window"])
    assert list(found.index) == list(wanted.index)
    for name in ("n", "n_set_aside", "caar", "median", "z", "move", "rose", "p_value", "family_p", "days"):
        np.testing.assert_allclose(found[name].astype(float), wanted[name].astype(float), rtol=1e-9, err_msg=name)


def test_the_sentence_is_said_everywhere(fit, capsys):
    """The mean and p that `run` prints for a row are those of the answer's sentence."""
    answer = fit("raise-or-fold-2022", windows=("0:0",)).answer("imoex", "raise", "0:0")
    words = ["run", "--case", "raise-or-fold-2022", "--series", "ruble,imoex,brent", "--window=0:0", "--quiet"]
    shown = " ".join(call(capsys, *words).split())
    number = f"{abs(100 * answer.caar):.1f}"
    assert number in answer.sentence
    assert number in shown


def test_ask_moves_are_the_studys(fit):
    """What the market did from the event session, one session held, is the move of 0:0 of the study."""
    events, prices, _ = inputs("raise-or-fold-2022")
    moves = fit("raise-or-fold-2022").car.query("series == 'imoex' and window == '0:0'").set_index("event_id")["move"]
    outcomes = es.ask(events, prices, "imoex", hold=[1]).outcomes.set_index("event_id")["from_event_session"]
    assert len(outcomes)
    for event, value in outcomes.items():
        if event in moves.index:
            assert equal(value, moves[event]), event


@pytest.mark.parametrize("after", ["raise", "fold", "hold"])
def test_ask_asks_the_same(fit, after):
    """Where `ask` asks what the study asks, without late news, it has the number and mean of the study's row."""
    events, prices, _ = inputs("raise-or-fold-2022")
    answer = es.ask(events, prices, "ruble", after=after, hold=[1])
    row = answer.summary[(answer.summary["measure"] == "from_event_session") & (answer.summary["hold"] == 1)].iloc[0]
    sample = fit("raise-or-fold-2022").answer("ruble", after, "0:0")
    number = next(name for name in ("n", "n_sessions") if name in row.index)
    assert row[number] == sample.n
    assert equal(row["mean"], sample.move)


def test_the_chart_of_paths_draws_the_sample(fit):
    """The line of a stance in the chart of cumulative abnormal returns ends at the CAAR of its row."""
    pytest.importorskip("matplotlib")
    result = fit("made-up", windows=("0:5",), tests=[])
    points = es.charts.numbers(es.charts.car(result, series="whole"))
    drawn = points[points["what"].str.contains("mean")]
    assert len(drawn)
    ends = [group["y"].iloc[-1] for _, group in drawn.groupby(["panel", "what"])]
    wanted = [row.caar for row in result.average.itertuples() if row.series == "whole" and row.n]
    unit = 100 if max(map(abs, ends)) > 10 * max(map(abs, wanted)) else 1
    assert any(end == pytest.approx(unit * value, rel=1e-6) for end in ends for value in wanted)


@pytest.mark.parametrize("world", ["raise-or-fold-2022", pytest.param("sanctions-2018", marks=pytest.mark.slow)])
@pytest.mark.parametrize("longest", [3, pytest.param(10, marks=pytest.mark.slow)])
def test_the_chart_of_holding_is_what_ask_says(fit, world, longest):
    """Each panel's mean, base line and count are those of `ask`, bought by the same rule, to the last digit."""
    pytest.importorskip("matplotlib")
    events, prices, _ = inputs(world)
    result, n_panels = fit(world, windows=("0:0",)), 0
    for series in WORLDS[world][:: 2 if longest == 3 else 1]:
        for panel in es.charts.holding(result, series, longest=longest):
            label = panel.get_title(loc="left")
            asked = es.ask(events, prices, series, after=label, hold=list(range(1, longest + 1)))
            rows = asked.summary[asked.summary["measure"] == "from_tradable_from"].set_index("hold")
            lines = {line.get_gid(): line.get_ydata() for line in panel.lines}
            known = rows[rows["n"] > 0]  # the lines end where the last event does
            np.testing.assert_array_equal(lines["mean"], 100 * known["mean"])
            np.testing.assert_array_equal(lines["base"][1:], 100 * known["base_mean"])
            ticks = [tick.get_text().split("\n") for tick in panel.get_xticklabels()][1:]
            assert {int(held): int(n) for held, n in ticks} == rows["n"][[int(held) for held, _ in ticks]].to_dict()
            last = known.iloc[-1]
            (count,) = (text.get_text() for text in panel.texts if text.get_gid() == "count")
            assert f"n = {last['n']}" in count
            assert f"{100 * last['rose']:.0f} % rose" in count
            n_panels += 1
    assert n_panels >= 4
