"""The answer, held against plain loops over the raw prices, and the points in time it may look at."""

import json
import math

import jsonschema
import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.markets import histories_from_prices
from eventstudy.study import to_json
from eventstudy.trading import ask_envelope, trading_schema

CASE = "raise-or-fold-2022"
MEASURES = ("from_event_session", "from_tradable_from")


@pytest.fixture(scope="module")
def case():
    """The bundled case of 2022."""
    return es.load_case(CASE)


@pytest.fixture(scope="module")
def answer(case):
    """Moscow shares after raises."""
    return es.ask(case.events, case.prices, "imoex", after="raise")


def quoted(case, series):
    """Dates and prices of a series, as they stand in the frame, its holiday row left out."""
    column = case.prices[series].dropna()
    pairs = [(day.date().isoformat(), float(price)) for day, price in column.items()]
    return [pair for pair in pairs if pair[0] != "2022-01-07"]


def event(answer, name):
    """The row of one event."""
    return answer.events.set_index("event_id").loc[name]


SESSIONS = {
    # The close is struck at 18:50 in Moscow: 05:51 is before it, and 22:35 after it.
    "2022-02-24-invasion": ("2022-02-24", "2022-02-24"),
    # Its session met news known by day as well, all of it known at the next price, after the holiday of the 23rd.
    "2022-02-21-recognition": ("2022-02-22", "2022-02-24"),
    # Nobody knows the hour: it counts toward that day's move, and can be traded on the day after.
    "2022-01-13-osce-talks": ("2022-01-13", "2022-01-14"),
    "2022-01-24-nato-forces-east": ("2022-01-24", "2022-01-25"),
    # A Saturday while the market was shut until 24 March, and a Tuesday.
    "2022-02-26-swift-central-bank": ("2022-03-24", "2022-03-24"),
    "2022-03-08-us-oil-ban": ("2022-03-24", "2022-03-24"),
}


@pytest.mark.parametrize("name", SESSIONS)
def test_where_events_meet_the_market(answer, name):
    """The session met is the first struck after the news; the price bought at, the first that one could trade at."""
    row = event(answer, name)
    assert row["status"] == ("set-aside" if SESSIONS[name][0] == "2022-03-24" else "used")
    assert (f"{row['session']:%Y-%m-%d}", f"{row['entry_session']:%Y-%m-%d}") == SESSIONS[name]
    assert row["stamp"] > row["published_at"] or row["timing"] == "day"


def test_known_moves(answer):
    """The invasion's day is no gain one could have had: bought at its close, one earned the rise of the day after."""
    of = answer.outcomes[answer.outcomes["hold"] == 1].set_index("event_id")
    assert of.loc["2022-02-24-invasion", list(MEASURES)].tolist() == pytest.approx([-0.3328, 0.2004], abs=1e-4)
    assert of.loc["2022-01-24-nato-forces-east", "from_event_session"] == pytest.approx(-0.0593, abs=5e-5)
    assert of.loc["2022-02-26-swift-central-bank", "from_event_session"] == pytest.approx(0.0437, abs=5e-5)
    assert of.loc["2022-02-26-swift-central-bank", "gap_days"] == 27


def test_mixed_sessions_and_late_news_are_in_no_mean(answer):
    """A raise that met the market together with a fold, and news of a closed market, are listed with the reason."""
    by_status = {status: rows.set_index("event_id")["reason"] for status, rows in answer.events.groupby("status")}
    assert set(by_status["excluded"].index) == {"2022-02-11-us-warning", "2022-02-21-security-council"}
    assert by_status["excluded"]["2022-02-11-us-warning"].endswith("met 2022-02-14-lavrov-talks too")
    assert not set(by_status["excluded"].index) & set(answer.outcomes["event_id"])
    assert set(by_status["set-aside"].index) == {"2022-02-26-swift-central-bank", "2022-03-08-us-oil-ban"}
    assert by_status["set-aside"].str.startswith("late: ").all()
    assert "2 of 14 events asked for are left out; events (--detail) has the reasons" in answer.warnings


def test_outcomes_are_price_ratios(answer, case):
    """Every outcome is one raw price over another: before the news, and the first one could trade at."""
    pairs = quoted(case, "imoex")
    days, prices = [day for day, _ in pairs], [price for _, price in pairs]
    for row in answer.outcomes.to_dict("records"):
        met, bought = (f"{event(answer, row['event_id'])[name]:%Y-%m-%d}" for name in ("session", "entry_session"))
        for measure, start in zip(MEASURES, (days.index(met) - 1, days.index(bought)), strict=True):
            end = start + row["hold"]
            assert row[measure] == pytest.approx(prices[end] / prices[start] - 1, abs=1e-12)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("hold", [1, 3, 5, 10])
def test_averages_are_of_distinct_sessions(answer, measure, hold):
    """Mean, median, share and extremes are those of the outcomes that no note sets aside; one session counts once."""
    row = answer.summary.set_index(["measure", "hold"]).loc[measure, hold]
    day = {"from_event_session": "session", "from_tradable_from": "entry_session"}[measure]
    by_day, aside = {}, set()
    for outcome in answer.outcomes[answer.outcomes["hold"] == hold].to_dict("records"):
        at = event(answer, outcome["event_id"])[day]
        if measure in outcome["note"]:
            aside.add(at)
        else:
            by_day[at] = outcome[measure]
    values = sorted(by_day.values())
    assert (row["n"], row["n_set_aside"]) == (len(values), len(aside))
    assert row["mean"] == pytest.approx(math.fsum(values) / len(values), abs=1e-14)
    assert row["median"] == pytest.approx((values[len(values) // 2] + values[(len(values) - 1) // 2]) / 2, abs=1e-14)
    assert row["rose"] == sum(value > 0 for value in values) / len(values)
    assert (row["worst"], row["best"]) == (values[0], values[-1])


@pytest.mark.one_in(4)
@pytest.mark.parametrize("stance", ["raise", "hold", "fold", None])
def test_ask_and_run_print_one_number(case, stance):
    """Asked about a stance alone, the answer has the very figures of a study over the same windows, whatever else."""
    found = es.ask(case.events, case.prices, "imoex", after=stance, hold=[1, 3, 10])
    result = es.EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0", "0:2", "0:9"]).fit()
    alone = es.EventStudy(case.events, case.prices[["imoex"]], windows=["0:2"], tests=[]).fit()
    rows = found.summary[found.summary["measure"] == "from_event_session"].set_index("hold")
    for held, window in ((1, "0:0"), (3, "0:2"), (10, "0:9")):
        said = result.answer("imoex", stance or "*", window)
        for column in ("n", "n_events", "n_set_aside", "rose", "base_rate", "caar", "z", "p_value", "p_source", "days"):
            assert rows.loc[held, column] == getattr(said, column) or (said.n == 0 and np.isnan(getattr(said, column)))
        assert rows.loc[held, "mean"] == said.move or said.n == 0
        assert found.answers["from_event_session", held].sentence == said.sentence
    assert alone.answer("imoex", stance or "*", "0:2").sentence == found.answers["from_event_session", 3].sentence


def test_what_could_be_earned_is_a_study_of_the_entries(answer, case):
    """The p of what could be earned is that of a study whose event sessions are the entry prices."""
    used = answer.events[answer.events["status"] != "excluded"]
    days = sorted(set(used["entry_session"].dt.strftime("%Y-%m-%d")))
    others = es.ask(case.events, case.prices, "imoex", after="fold").events
    folds = sorted(set(others[others["status"] != "excluded"]["entry_session"].dt.strftime("%Y-%m-%d")))
    events = pd.DataFrame({"time": days + folds, "stance": ["raise"] * len(days) + ["fold"] * len(folds)})
    study = es.EventStudy(events, case.prices, series=["imoex"], windows=["1:1"], clean="-1:1", tests=[]).fit()
    row = answer.summary.set_index(["measure", "hold"]).loc["from_tradable_from", 1]
    said = study.sample("imoex", "raise", "1:1")
    assert set(said["move"].round(12)) >= {round(row["worst"], 12), round(row["best"], 12)}


def test_n_apart(answer):
    """Held for ten sessions, raises share sessions with each other; held for one, none do."""
    rows = answer.summary[answer.summary["measure"] == "from_event_session"].set_index("hold")
    assert rows.loc[10, "n_apart"] < rows.loc[10, "n"]
    assert rows.loc[1, "n_apart"] == rows.loc[1, "n"]


def test_the_sentence_names_what_was_asked_for(case):
    """Whoever sends on the first sentence says of which events it is."""
    asked = {"after": "raise", "actor": "RUS", "since": "2022-01-01"}
    found = es.ask(case.events, case.prices, "imoex", hold=[1], **asked)
    n = found.summary["n"].iloc[0]
    assert found.sentences[0].startswith(
        f"Moscow shares after {n} raises (actor RUS, since 2022-01-01), the event session: "
    )
    plain = es.ask(case.events, case.prices, "imoex", after="raise", hold=[1])
    assert "raises, the event session" in plain.sentences[0]


def test_the_path_rests_on_one_sample(answer):
    """The path ends at the average of the longest holding period, and has one n from end to end."""
    for measure in MEASURES:
        path = answer.paths[answer.paths["measure"] == measure].set_index("held")
        row = answer.summary.set_index(["measure", "hold"]).loc[measure, 10]
        assert path.loc[10, ["mean", "base_mean"]].tolist() == pytest.approx(row[["mean", "base_mean"]].tolist())
        assert set(path["n"]) == {row["n"]}
        assert path.loc[0, "mean"] == 0.0


def test_the_order_of_the_events_plays_no_part(answer, case):
    """The same events in another order give the same tables."""
    shuffled = case.events.sample(frac=1.0, random_state=1)
    again = es.ask(shuffled, case.prices, "imoex", after="raise")
    for name, table in answer.tables().items():
        pd.testing.assert_frame_equal(table, again.tables()[name], check_exact=True)


def test_other_columns_play_no_part(answer, case):
    """The answer about one market does not depend on what else is in the frame."""
    alone = es.ask(case.events, case.prices[["imoex"]], after="raise")
    assert to_json(ask_envelope(alone)) == to_json(ask_envelope(answer))


def test_returns_in_place_of_prices(case):
    """Simple returns give the same outcomes as the prices they come from."""
    prices = pd.DataFrame({"mine": [price for _, price in quoted(case, "imoex")]},
                          index=pd.to_datetime([day for day, _ in quoted(case, "imoex")]))  # fmt: skip
    choices = {"after": "raise", "returns_kind": "simple"}
    of_prices = es.ask(case.events, prices, **choices)
    of_returns = es.ask(case.events, returns=prices.pct_change(), **choices)
    np.testing.assert_allclose(of_prices.outcomes[MEASURES[1]], of_returns.outcomes[MEASURES[1]], atol=1e-13)


@pytest.mark.parametrize("measure", MEASURES)
def test_placebo_of_one_event(case, measure):
    """For one event the p is the share of days without news before it that moved as far, counted in plain loops."""
    found = es.ask(case.events, case.prices, "brent", kind="attack", since="2022-02-18", hold=[1])
    row = found.summary.set_index("measure").loc[measure]
    sample = found.answers[measure, 1]
    assert (row["n"], sample.n) == (1, 1)
    assert row["p_value"] >= 1 / (row["days"] + 1) > 0
    scaled = row["caar"] / row["z"]  # the volatility known the day before
    prices = case.prices["brent"].dropna()
    near = prices.pct_change().loc[:"2022-02-23"].tail(60).std()
    assert 0.5 * near < scaled < 2 * near


@pytest.mark.slow
@pytest.mark.parametrize(("n_events", "held"), [(4, 1), (12, 5), (25, 5)])
def test_the_size_of_the_placebo(n_events, held):
    """On random dates of a market with moving volatility, p of either measure is below 5 % in about 5 of 100 worlds."""
    rng, n_worlds, rejected = np.random.default_rng(n_events + held), 200, np.zeros(2)
    index = pd.bdate_range("2016-01-04", periods=1000)
    for _ in range(n_worlds):
        volatility, returns = 0.01, []
        for shock in rng.standard_normal(len(index)):
            volatility = math.sqrt(2e-6 + 0.92 * volatility**2 + 0.06 * (returns[-1] ** 2 if returns else 1e-4))
            returns.append(volatility * shock)
        prices = pd.DataFrame({"mine": 100 * np.exp(np.cumsum(returns))}, index=index)
        days = index[np.sort(rng.choice(np.arange(200, 980), n_events, replace=False))]
        events = pd.DataFrame({"time": days.strftime("%Y-%m-%d"), "stance": "raise"})
        rejected += es.ask(events, prices, after="raise", hold=[held]).summary["p_value"].to_numpy() < 0.05
    assert ((rejected / n_worlds >= 0.01) & (rejected / n_worlds <= 0.095)).all()


def test_too_few_sessions_without_news(case):
    """On a short sample p rests on estimation residuals, and the answer says so."""
    short = case.prices[["imoex"]].loc["2021-07-01":"2022-03-31"]
    answer = es.ask(case.events, short, after="raise", hold=[1])
    assert set(answer.summary["p_source"]) == {"residuals"}
    assert any("rest on estimation residuals" in line for line in answer.warnings)


@pytest.mark.parametrize(
    ("choices", "error", "words"),
    [
        ({"series": "imoxe"}, es.DesignError, "did you mean 'imoex'"),
        ({"series": None}, es.DesignError, "name the series"),
        ({"series": "imoex", "like": "2022-02-24-invasion", "kind": "accord"}, es.NothingUsableError, "accord"),
        ({"series": "ruble", "since": "2022-03-02"}, es.NothingUsableError, "after-sample"),
    ],
)
def test_questions_without_an_answer(case, choices, error, words):
    """A question that cannot be answered is refused in words that say what would help."""
    with pytest.raises(error, match=words):
        es.ask(case.events, case.prices, **choices)


def test_an_empty_column(case):
    """A series without a figure is data that are missing, and is said to be."""
    with pytest.raises(es.DataMissingError, match="'imoex' is empty"):
        es.ask(case.events, case.prices.assign(imoex=np.nan), "imoex")


def test_held_longer_than_the_sample(case):
    """Held longer than there are prices, every figure is missing, each outcome says why, and nothing is made up."""
    answer = es.ask(case.events, case.prices, "imoex", after="raise", hold=[1, 1000])
    rows, outcomes = (table[table["hold"] == 1000] for table in (answer.summary, answer.outcomes))
    assert set(rows["n"]) == {0}
    assert rows[["mean", "rose", "p_value", "base_mean"]].isna().all(axis=None)
    assert outcomes["note"].str.contains("the sample, which ends 2022-06-30").all()
    jsonschema.validate(json.loads(to_json(ask_envelope(answer))), trading_schema("ask"))
    with pytest.raises(es.NothingUsableError, match="runs past the sample"):
        es.ask(case.events, case.prices, "imoex", after="raise", hold=[1000])


def test_levels_cannot_be_held(case):
    """What has no return cannot be held."""
    levels = es.find_instrument("imoex").with_returns("level")
    with pytest.raises(es.DesignError, match="level"):
        es.ask(case.events, case.prices, "imoex", instruments={"imoex": levels})


def test_the_answer_meets_its_schema(answer):
    """The answer as plain data is what its published schema says, and a missing or further key is not."""
    schema = trading_schema("ask")
    jsonschema.Draft202012Validator.check_schema(schema)
    plain = json.loads(to_json(ask_envelope(answer)))
    jsonschema.validate(plain, schema, format_checker=jsonschema.FormatChecker())
    for table, rows in plain["tables"].items():
        assert list(rows[0]) == list(answer.tables()[table])
        assert set(rows[0]) == set(schema["properties"]["tables"]["properties"][table]["items"]["required"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**plain, "more": 1}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**plain, "schema_version": "1.0"}, schema)


def plainly(answer):
    """The bytes of an answer, but for the instant it was asked as of."""
    plain = ask_envelope(answer)
    plain["question"] = {**plain["question"], "as_of": None}
    return to_json(plain)


#: Markets of each bundled case, and how many random instants are tried on it.
WORLDS = {CASE: ("imoex", 20), "crimea-2014": ("ruble", 15), "sanctions-2018": ("ruble", 15)}


def assert_the_future_changes_nothing(name, n):
    """Compare the answer as of random instants with the answer of a world that ends then, and with later ones."""
    case, (series, _) = es.load_case(name), WORLDS[name]
    rng, before = np.random.default_rng([20220128, len(name)]), None
    days = rng.choice(pd.bdate_range(case.events["time"].str[:10].min(), case.prices.index[-1])[3:], n)
    history = histories_from_prices(case.prices[[series]])[series]
    for instant in sorted(pd.Timestamp(day) + pd.Timedelta(minutes=int(rng.integers(420, 1320))) for day in days):
        text = f"{instant:%Y-%m-%dT%H:%M}Z"
        struck = {pd.Timestamp(day): at <= instant for day, at in zip(history.sessions, history.stamps, strict=True)}
        kept = [struck.get(day, day < instant) for day in case.prices.index]
        known = [_public(row) <= instant for _, row in case.events.iterrows()]
        answer = es.ask(case.events, case.prices, series, as_of=text, hold=[1, 5])
        alone = es.ask(case.events[known], case.prices[kept], series, hold=[1, 5])
        assert plainly(answer) == plainly(alone)
        if before is not None:
            _assert_settled(before, answer)
        before = answer


def _public(row):
    """When an event of the bundled cases was public: its clock, or the end of its day in its zone, else in UTC."""
    zone = row["time_zone"] or "UTC"
    at = pd.Timestamp(row["published_at"], tz=zone)
    at = at if "T" in row["published_at"] else at + pd.DateOffset(days=1)
    return at.tz_convert("UTC").tz_localize(None)


def _assert_settled(earlier, later):
    """What an event brought stays as it was once it was known, unless the event is no longer used."""
    key = ["event_id", "hold"]
    known, again = earlier.outcomes.set_index(key), later.outcomes.set_index(key)
    both = known.index.intersection(again.index)
    for measure in MEASURES:
        there = both[known.loc[both, measure].notna()]
        pd.testing.assert_series_equal(known.loc[there, measure], again.loc[there, measure], check_exact=True)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", WORLDS)
def test_the_future_changes_nothing(name):
    """At random instants the answer as of then, on all data, has the very bytes of one on data that end then."""
    assert_the_future_changes_nothing(name, 2)


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
def test_the_future_changes_nothing_at_fifty_instants(name):
    """The same at fifty random instants over the bundled cases, with all draws."""
    assert_the_future_changes_nothing(name, WORLDS[name][1])


def test_what_a_fund_pays_out_is_left_out_of_prices_alone(case):
    """Asked of prices a line says that distributions are missing; of returns, which may have them, none does."""
    line = "em-bonds: returns of its price alone, without what it pays out; run --returns total adds it"
    assert line in es.ask(case.events, case.prices, "em-bonds", after="raise", hold=[1]).warnings
    returns = case.prices[["em-bonds"]].pct_change(fill_method=None)
    of_returns = es.ask(case.events, returns=returns, series="em-bonds", after="raise", hold=[1])
    assert not any("pays out" in said for said in of_returns.warnings)


def test_total_returns_are_a_studys(case):
    """What a fund pays out is added by a study; asked for here, the line names the command that does it."""
    with pytest.raises(es.DesignError, match="eventstudy run --returns total"):
        es.ask(case.events, case.prices, "em-bonds", after="raise", returns_kind="total")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"actor": ["USA", "Russia"]}, "no event has actor Russia; did you mean 'RUS'?"),
        ({"kind": ["sanction", "foo"]}, "no event has kind foo; known: "),
        ({"phase": ["nonsense", "war"]}, "no event has phase nonsense; known: "),
    ],
)
def test_an_unknown_word_beside_a_known_one_is_refused(case, asked, said):
    """A heading never names an actor, kind or phase of which there is no event."""
    with pytest.raises(es.NothingUsableError) as refused:
        es.ask(case.events, case.prices, "ruble", **asked)
    assert str(refused.value).startswith(said)


def test_words_are_asked_for_in_any_case(case):
    """`Raise` and `rus` are the stance and the actor, and the question says them as the events spell them."""
    loud, plain = (
        es.ask(case.events, case.prices, "ruble", after=after, actor=[actor], hold=[1])
        for after, actor in (("Raise", "rus"), ("raise", "RUS"))
    )
    assert loud.question == plain.question
    pd.testing.assert_frame_equal(loud.summary, plain.summary)


def test_no_return_is_missing_without_a_word():
    """Where news is so dense that an entry has no estimate, its row says why, and a line says how many there are."""
    world = es.load_case("all", ["brent"])
    found = es.ask(world.events, world.prices, "brent", after="raise", hold=[3])
    outcomes = found.outcomes.set_index("event_id")
    missing = outcomes[outcomes["from_tradable_from"].isna()]
    few = missing["note"].str.contains("from_tradable_from: few-observations: ", regex=False)
    assert few.sum() > 0
    assert missing["note"].ne("").all()
    said = [line for line in found.warnings if "are in no mean from tradable_from" in line]
    assert [int(line.split()[0]) for line in said] == [few.sum()]
