"""What was known at an instant: nothing later enters a study."""

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.markets import histories_from_prices
from eventstudy.study import study_envelope, to_json

#: Series of each bundled case, and how many random instants are tried on it.
WORLDS = {
    "raise-or-fold-2022": (["ruble", "imoex", "sp500", "vix"], 20),
    "crimea-2014": (["ruble", "lira"], 15),
    "sanctions-2018": (["ruble", "vix"], 15),
}

CHOICES = {"windows": ["0:1", "-1:1"], "tests": ["date_clustered_t"]}

#: What may not change in a row of the `car` table once its window is over.
SETTLED = [
    *("stance", "session", "unit", "n_days", "gap_days", "move", "car", "bhar", "se", "t", "df", "t_p_value", "scar"),
    *("z", "p_value", "days", "p_source"),
]


def world(name):
    """Events and prices of a case, without dates on which none of its series has a price."""
    case = es.load_case(name)
    return case.events, case.prices[WORLDS[name][0]].dropna(how="all")


def instants(name, events, prices, n):
    """Random minutes of weekdays, 7 to 22 o'clock in UTC, from three days after the first event to the last price."""
    rng = np.random.default_rng([20220127, len(name)])
    first = pd.Timestamp(events["time"].str[:10].min()) + pd.Timedelta(days=3)
    days, minutes = pd.bdate_range(first, prices.index[-1]), rng.integers(7 * 60, 22 * 60, size=n)
    return sorted(day + pd.Timedelta(minutes=int(m)) for day, m in zip(rng.choice(days, n), minutes, strict=True))


def known_events(events, instant):
    """Keep what was published, or whose day was over where it was: row by row."""
    kept = []
    for _, event in events.iterrows():
        text = event["published_at"] or event["time"]
        moment = pd.Timestamp(text)
        moment = moment.tz_localize(event["time_zone"] or "UTC") if moment.tz is None else moment
        public = moment if "T" in text else moment + pd.DateOffset(days=1)
        kept.append(public <= pd.Timestamp(instant, tz="UTC"))
    return events[kept].reset_index(drop=True)


def known_prices(prices, instant):
    """Keep what was struck: series by series, price by price."""
    columns = {}
    for name, history in histories_from_prices(prices).items():
        struck = {
            pd.Timestamp(session): stamp <= np.datetime64(instant)
            for session, stamp in zip(history.sessions, history.stamps, strict=True)
        }
        # A date that is no session has no stamp of its own here; it counts with the session before it.
        kept, known = [], True
        for day, price in prices[name].items():
            known = struck.get(day, known)
            kept.append(price if known else np.nan)
        columns[name] = kept
    known = pd.DataFrame(columns, index=prices.index).dropna(how="all")
    known.attrs = prices.attrs
    return known


def told(result):
    """The bytes of a result, but for the instant it was asked as of."""
    plain = study_envelope(result)
    plain["design"] = {**plain["design"], "as_of": None}
    return to_json(plain)


def assert_the_future_changes_nothing(name, n):
    """Compare the study as of random instants with the study of a world that ends then, and with later ones."""
    events, prices = world(name)
    results = []
    for instant in instants(name, events, prices, n):
        result = es.EventStudy(events, prices, as_of=f"{instant:%Y-%m-%dT%H:%M}Z", **CHOICES).fit()
        alone = es.EventStudy(known_events(events, instant), known_prices(prices, instant), **CHOICES).fit()
        assert told(result) == told(alone)
        results.append(result)
    for earlier, later in pairwise(results):
        assert_settled(earlier, later)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("name", ["raise-or-fold-2022", "crimea-2014"])
def test_the_future_changes_nothing(name):
    """At random instants a study as of then, on all data, has the very bytes of one on data that end then."""
    assert_the_future_changes_nothing(name, 2)


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
def test_the_future_changes_nothing_at_fifty_instants(name):
    """The same at fifty random instants over the bundled cases."""
    assert_the_future_changes_nothing(name, WORLDS[name][1])


def assert_settled(earlier, later):
    """A CAR that was known stays as it was: its estimate, its p-value and its placebo look back only."""
    key = ["event_id", "series", "window"]
    known = earlier.car.set_index(key)
    known = known[known["car"].notna()]
    again = later.car.set_index(key)
    both = known.index.intersection(again.index)
    assert len(both) == len(known)
    pd.testing.assert_frame_equal(
        known.loc[both, SETTLED], again.loc[both, SETTLED], rtol=1e-9, atol=1e-13, check_dtype=False
    )
    fits = [result.fits.set_index(["event_id", "series"]) for result in (earlier, later)]
    pd.testing.assert_frame_equal(fits[0], fits[1].loc[fits[0].index], rtol=1e-9, atol=1e-13, check_dtype=False)


def test_what_comes_later_does_change_the_averages():
    """The averages of an earlier instant are those of fewer events: the instant is not without effect."""
    events, prices = world("raise-or-fold-2022")
    early, late = (es.EventStudy(events, prices, as_of=text, **CHOICES).fit() for text in ("2022-01-28", "2022-03-31"))
    assert early.matches["event_id"].nunique() == 11
    assert late.matches["event_id"].nunique() == 28
    assert early.average["n_events"].max() < late.average["n_events"].max()


def test_the_instant_is_part_of_the_design():
    """The design says as of when it was, its repr recreates it, and the envelope has it."""
    events, prices = world("crimea-2014")
    study = es.EventStudy(events, prices, as_of=pd.Timestamp("2014-08-01T12:00", tz="Europe/Moscow"), tests=[])
    assert study.design.as_of == "2014-08-01T12:00:00+04:00"
    assert "as_of='2014-08-01T12:00:00+04:00'" in repr(study.design)
    assert json.loads(to_json(study_envelope(study.fit())))["design"]["as_of"] == study.design.as_of


@pytest.mark.parametrize(("as_of", "words"), [("2014-01-01", "no event was published by"), ("2014-02-30", "no day")])
def test_an_instant_before_everything(as_of, words):
    """An instant before the first event, and what is no instant, are said to be so."""
    events, prices = world("crimea-2014")
    with pytest.raises(es.EventStudyError, match=words):
        es.EventStudy(events, prices, as_of=as_of)


def test_prices_that_had_not_begun():
    """Events known before any price was struck are nothing to study yet."""
    events, prices = world("crimea-2014")
    with pytest.raises(es.NothingUsableError, match="no figure was struck"):
        es.EventStudy(events, prices.loc["2014-06-01":], as_of="2014-04-01")


def test_bars_and_volumes_are_cut_too():
    """As of an instant a study of bars, or of volumes, knows those that had ended by then."""
    events = pd.DataFrame({"time": ["2022-02-21"], "stance": ["raise"]})
    index = pd.date_range("2022-01-03 10:00", "2022-03-01 10:00", freq="1h", tz="Europe/Moscow")
    bars = pd.DataFrame({"mine": 100.0 + np.arange(len(index)) % 7}, index=index)
    study = es.EventStudy(events, bars, bars="start", as_of="2022-02-22T09:00 Europe/Moscow")
    assert study.given.figures.index[-1] == pd.Timestamp("2022-02-22 08:00", tz="Europe/Moscow")
    days = pd.bdate_range("2021-06-01", "2022-03-01")
    volumes = pd.DataFrame({"mine": np.where(days < pd.Timestamp("2022-02-25"), 5.0, 0.0)}, index=days)
    study = es.EventStudy(events, volumes=volumes, as_of="2022-02-22")
    assert study.given.figures.index[-1] == pd.Timestamp("2022-02-22")
    assert study.histories()["mine"].notes == ()
    assert es.EventStudy(events, volumes=volumes).histories()["mine"].notes
