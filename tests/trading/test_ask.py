"""The answer, held against plain loops over the raw prices, and the points in time it may look at."""

import json
import math

import jsonschema
import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.markets.history import histories_from_prices
from eventstudy.study.envelope import to_json
from eventstudy.trading.answer import answer_envelope, answer_schema
from eventstudy.trading.placebo import placebo_of_mean

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
    "2022-02-21-recognition": ("2022-02-22", "2022-02-22"),
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
    assert row["status"] == "used"
    assert (f"{row['session']:%Y-%m-%d}", f"{row['entry_session']:%Y-%m-%d}") == SESSIONS[name]
    assert row["stamp"] > row["published_at"] or row["timing"] == "day"


def test_known_moves(answer):
    """The invasion's day is no gain one could have had: bought at its close, one earned the rise of the day after."""
    of = answer.outcomes[answer.outcomes["hold"] == 1].set_index("event_id")
    assert of.loc["2022-02-24-invasion", list(MEASURES)].tolist() == pytest.approx([-0.3328, 0.2004], abs=5e-5)
    assert of.loc["2022-01-24-nato-forces-east", "from_event_session"] == pytest.approx(-0.0593, abs=5e-5)
    assert of.loc["2022-02-26-swift-central-bank", "from_event_session"] == pytest.approx(0.0437, abs=5e-5)
    assert of.loc["2022-02-26-swift-central-bank", "gap_days"] == 27


def test_mixed_sessions_are_left_out(answer):
    """A raise that met the market together with a fold is listed, with the reason, and is in no average."""
    out = answer.events[answer.events["status"] == "excluded"].set_index("event_id")["reason"]
    assert set(out.index) == {"2022-02-11-us-warning", "2022-02-21-security-council"}
    assert out["2022-02-11-us-warning"].endswith("met 2022-02-14-lavrov-talks too")
    assert not set(out.index) & set(answer.outcomes["event_id"])
    assert "2 of 14 events asked for are left out; the reasons stand in events" in answer.warnings


def test_outcomes_are_price_ratios(answer, case):
    """Every outcome is one raw price over another: before the news, and the first one could trade at."""
    pairs = quoted(case, "imoex")
    days, prices = [day for day, _ in pairs], [price for _, price in pairs]
    for row in answer.outcomes.to_dict("records"):
        met, bought = (f"{event(answer, row['event_id'])[name]:%Y-%m-%d}" for name in ("session", "entry_session"))
        for measure, start in zip(MEASURES, (days.index(met) - 1, days.index(bought)), strict=True):
            end = start + row["hold"]
            if end < len(days):
                assert row[measure] == pytest.approx(prices[end] / prices[start] - 1, abs=1e-12)
            else:
                assert math.isnan(row[measure])
                assert f"{measure}: held {row['hold']}: the sample ends 2022-06-30" in row["note"]


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("hold", [1, 3, 5, 10])
def test_averages_are_of_distinct_sessions(answer, case, measure, hold):
    """Mean, median, shares, extremes and base rate are those of plain loops; events of one session count once."""
    row = answer.summary.set_index(["measure", "hold"]).loc[measure, hold]
    day = {"from_event_session": "session", "from_tradable_from": "entry_session"}[measure]
    by_day, n_events = {}, 0
    for outcome in answer.outcomes[answer.outcomes["hold"] == hold].to_dict("records"):
        if not math.isnan(outcome[measure]):
            by_day[event(answer, outcome["event_id"])[day]] = outcome[measure]
            n_events += 1
    values = sorted(by_day.values())
    assert (row["n_events"], row["n_sessions"]) == (n_events, len(values))
    assert row["mean"] == pytest.approx(math.fsum(values) / len(values), abs=1e-14)
    assert row["median"] == pytest.approx((values[len(values) // 2] + values[(len(values) - 1) // 2]) / 2, abs=1e-14)
    assert row["hit_rate"] == sum(value > 0 for value in values) / len(values)
    assert (row["worst"], row["best"]) == (values[0], values[-1])
    prices = [price for _, price in quoted(case, "imoex")]
    base = [prices[k + hold] / prices[k] - 1 for k in range(len(prices) - hold)]
    assert row["base_n"] == len(base)
    assert row["base_mean"] == pytest.approx(math.fsum(base) / len(base), abs=1e-13)
    assert row["base_rate"] == sum(value > 0 for value in base) / len(base)


def test_n_apart(answer):
    """Held for ten sessions, the two raises of 22 and 24 February share sessions with each other and are not two."""
    row = answer.summary.set_index(["measure", "hold"]).loc["from_event_session", 10]
    assert row["n_apart"] < row["n_sessions"] < row["n_events"]
    one = answer.summary.set_index(["measure", "hold"]).loc["from_event_session", 1]
    assert one["n_apart"] == one["n_sessions"]


def test_the_path_ends_where_the_average_is(answer):
    """The path of what could be held the longest ends at the average of the longest holding period."""
    for measure in MEASURES:
        path = answer.paths[answer.paths["measure"] == measure].set_index("held")
        row = answer.summary.set_index(["measure", "hold"]).loc[measure, 10]
        assert path.loc[10, ["mean", "base_mean"]].tolist() == pytest.approx(row[["mean", "base_mean"]].tolist())
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
    assert to_json(answer_envelope(alone)) == to_json(answer_envelope(answer))


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
    """For one event the p is that of a count over every other holding period, in plain loops, without chance."""
    answer = es.ask(case.events, case.prices, "brent", kind="attack", since="2022-02-18", hold=[1])
    row = answer.summary.set_index("measure").loc[measure]
    history = histories_from_prices(case.prices[["brent"]])["brent"]
    logs = [float(value) for value in history.returns]
    met, bought = (
        int(
            np.searchsorted(history.sessions, answer.events[answer.events["status"] == "used"][name].to_numpy("M8[D]"))[
                0
            ]
        )
        for name in ("session", "entry_session")
    )
    scale, known = [math.nan] * len(logs), [k for k, value in enumerate(logs) if not math.isnan(value)]
    start = [logs[k] for k in known[:60]]
    middle = math.fsum(start) / 60
    variance = math.fsum((value - middle) ** 2 for value in start) / 59
    for k in range(known[59] + 1, len(logs)):
        scale[k] = math.sqrt(variance)
        if not math.isnan(logs[k]):
            variance = 0.94 * variance + 0.06 * logs[k] ** 2
    assert row["n_sessions"] == 1
    z = [value / s for value, s in zip(logs, scale, strict=True)]
    assert row["mean_z"] == pytest.approx(z[met if measure == MEASURES[0] else bought + 1], rel=1e-12)
    found = placebo_of_mean(history, np.array([met]), np.arange(met - 2, met + 3), 1, 0)
    line = [z[k] for k in range(len(z)) if not math.isnan(z[k]) and abs(k - met) > 2]
    assert found.n_line == found.n_draws == len(line)
    base = math.fsum(line) / len(line)
    wider = math.sqrt(1 + 1 / len(line))
    reached = sum(wider * abs(value - base) >= abs(z[met] - base) for value in line)
    assert found.p_value == pytest.approx((1 + reached) / (len(line) + 1))


@pytest.mark.slow
@pytest.mark.parametrize(("n_events", "held"), [(4, 1), (12, 5), (25, 5), (50, 5)])
def test_the_size_of_the_placebo(n_events, held, monkeypatch):
    """On random dates of a market with moving volatility and a drift, p is below 5 % about five times in a hundred."""
    monkeypatch.setattr("eventstudy.trading.placebo.DRAWS", 199)
    rng, n_worlds, rejected = np.random.default_rng(n_events + held), 500, 0
    index = pd.bdate_range("2016-01-04", periods=1000)
    for _ in range(n_worlds):
        volatility, returns = 0.01, []
        for shock in rng.standard_normal(len(index)):
            volatility = math.sqrt(2e-6 + 0.92 * volatility**2 + 0.06 * (returns[-1] ** 2 if returns else 1e-4))
            returns.append(0.0005 + volatility * shock)
        history = histories_from_prices(pd.DataFrame({"mine": 100 * np.exp(np.cumsum(returns))}, index=index))["mine"]
        first = np.sort(rng.choice(np.arange(100, 980), n_events, replace=False))
        rejected += placebo_of_mean(history, first, first, held, 0).p_value < 0.05
    assert 0.02 <= rejected / n_worlds <= 0.08


def test_too_few_sessions_without_news(case):
    """On a short sample there is no p, and the answer says why."""
    short = case.prices[["imoex"]].loc["2021-09-01":"2022-03-31"]
    answer = es.ask(case.events, short, after="raise", hold=[5])
    assert answer.summary["placebo_p"].isna().all()
    assert set(answer.summary["note"]) == {"fewer than 100 holding periods without news"}


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
    answer = es.ask(case.events, case.prices, "imoex", after="raise", hold=[5000])
    assert set(answer.summary["n_sessions"]) == {0}
    assert answer.summary[["mean", "hit_rate", "placebo_p", "base_mean"]].isna().all(axis=None)
    assert answer.outcomes["note"].str.contains("the sample ends 2022-06-30").all()
    jsonschema.validate(json.loads(to_json(answer_envelope(answer))), answer_schema())


def test_levels_cannot_be_held(case):
    """What has no return cannot be held."""
    levels = es.find_instrument("imoex").with_returns("level")
    with pytest.raises(es.DesignError, match="level"):
        es.ask(case.events, case.prices, "imoex", instruments={"imoex": levels})


def test_the_answer_meets_its_schema(answer):
    """The answer as plain data is what its published schema says, and a missing or further key is not."""
    schema = answer_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    plain = json.loads(to_json(answer_envelope(answer)))
    jsonschema.validate(plain, schema, format_checker=jsonschema.FormatChecker())
    for table, rows in plain["tables"].items():
        assert list(rows[0]) == list(answer.tables()[table])
        assert set(rows[0]) == set(schema["properties"]["tables"]["properties"][table]["items"]["required"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**plain, "more": 1}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**plain, "schema_version": "2.0"}, schema)


def told(answer):
    """The bytes of an answer, but for the instant it was asked as of."""
    plain = answer_envelope(answer)
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
        assert told(answer) == told(alone)
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


@pytest.mark.parametrize("name", WORLDS)
def test_the_future_changes_nothing(name, monkeypatch):
    """At random instants the answer as of then, on all data, has the very bytes of one on data that end then."""
    monkeypatch.setattr("eventstudy.trading.placebo.DRAWS", 99)
    assert_the_future_changes_nothing(name, 3)


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
def test_the_future_changes_nothing_at_fifty_instants(name):
    """The same at fifty random instants over the bundled cases, with all draws."""
    assert_the_future_changes_nothing(name, WORLDS[name][1])
