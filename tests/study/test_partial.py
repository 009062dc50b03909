"""Windows that miss a session: excluded, or partial when that is asked for."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy

from eventstudy import EventStudy, UnknownNameError
from eventstudy.markets import unknown_instrument

DAYS = pd.bdate_range("2020-01-01", periods=500, name="session")
EVENTS = pd.DataFrame({"time": [f"{DAYS[k]:%Y-%m-%d}" for k in (300, 400)], "stance": "raise", "id": ["hole", "whole"]})


@pytest.fixture(scope="module")
def prices():
    """Two markets of independent returns; the first has no price on day 301, and no return on the session after it."""
    returns = np.random.default_rng(6).normal(0, 0.01, (500, 2))
    prices = pd.DataFrame(100 * np.exp(np.cumsum(returns, axis=0)), index=DAYS, columns=["imoex", "m"])
    prices.loc[DAYS[301], "imoex"] = np.nan
    return prices


@pytest.fixture(scope="module")
def instruments():
    """Instruments of the columns, the first on a calendar that knows the hole."""
    return {"imoex": replace(unknown_instrument("imoex"), calendar="FX")}


def fit(prices, instruments, **choices):
    """Return the study of both events on the first market."""
    return EventStudy(
        EVENTS, prices, series=["imoex"], instruments=instruments, windows=["0:3", "0:0"], **choices
    ).fit()


def row(result, event, window="0:3"):
    """Return a row of `car`."""
    return result.car.set_index(["event_id", "window"]).loc[(event, window)]


@pytest.mark.parametrize("model", [{}, {"model": "market-model", "market": "m"}])
def test_a_partial_car_is_the_sum_of_what_there_is(prices, instruments, model):
    """Of four sessions three have a return: their sum, with the variance of a sum of these, and a note says so."""
    result = fit(prices, instruments, missing="partial", **model)
    found = row(result, "hole")
    abnormal = result.abnormal[(result.abnormal["event_id"] == "hole") & result.abnormal["ar"].notna()]
    n = 3
    assert (len(abnormal), found["n_days"]) == (n, n)
    assert found["car"] == pytest.approx(abnormal["ar"].sum())
    fitted = result.statsmodels("hole", "imoex")
    x = np.zeros(1 + len(model) // 2)
    for day in abnormal["session"]:
        steps = prices["m"].pct_change()
        x += [1.0, steps[day]] if model else [1.0]
    variance = fitted.scale * n + x @ np.asarray(fitted.cov_params()) @ x
    assert found["se"] == pytest.approx(np.sqrt(variance))
    assert found["t_p_value"] == pytest.approx(2 * scipy.stats.t.sf(abs(found["car"] / found["se"]), found["df"]))
    assert found["note"].endswith(f"; {n} of 4 sessions are cumulated")
    matched = result.matches.set_index("event_id").loc["hole"]
    assert (matched["status"], matched["reason"]) == ("used", f"incomplete: {found['note']}")


@pytest.mark.parametrize(
    ("at", "choices", "sessions"),
    [(499, {"windows": ["0:3"]}, [499]), (1, {"windows": ["-3:1"], "estimation": "11:130"}, [1, 2])],
    ids=["end", "begin"],
)
def test_at_an_end_of_the_sample_the_move_is_that_of_what_there_is(at, choices, sessions):
    """A window that runs past an end of the sample compounds the raw returns inside it; its CAR sums abnormal ones."""
    prices = pd.DataFrame({"mine": 100.0 + np.random.default_rng(2).normal(size=500).cumsum()}, index=DAYS)
    events = pd.DataFrame({"time": [f"{DAYS[at]:%Y-%m-%d}"], "stance": "raise"})
    found = EventStudy(events, prices, missing="partial", tests=[], **choices).fit().car.iloc[0]
    p = prices["mine"].to_numpy()
    learned = [p[t] / p[t - 1] - 1 for t in range(at - 130, at - 10) if at > 250] or [
        p[t] / p[t - 1] - 1 for t in range(at + 11, at + 131)
    ]
    assert found["n_days"] == len(sessions)
    assert found["move"] == pytest.approx(p[sessions[-1]] / p[sessions[0] - 1] - 1)
    moves = [p[t] / p[t - 1] - 1 for t in sessions]
    assert found["car"] == pytest.approx(sum(moves) - len(moves) * np.mean(learned))


def test_without_being_asked_the_car_is_missing(prices, instruments):
    """By default the window has no CAR and counts nowhere; the shorter window of the same pair stays."""
    result = fit(prices, instruments)
    assert np.isnan(row(result, "hole")["car"])
    assert np.isfinite(row(result, "hole", "0:0")["car"])
    averages = result.average.set_index(["stance", "window"])["n"]
    assert averages.loc[[("*", "0:3"), ("*", "0:0")]].tolist() == [1, 2]
    partial = fit(prices, instruments, missing="partial").average.set_index(["stance", "window"])["n"]
    assert partial.loc[("*", "0:3")] == 2


def test_whole_windows_are_untouched(prices, instruments):
    """A window without a missing session has the same row under both rules, but for its placebo sessions."""
    one, other = (row(fit(prices, instruments, missing=rule), "whole") for rule in ("exclude", "partial"))
    same = ["n_days", "car", "bhar", "se", "t", "df", "t_p_value", "note"]
    pd.testing.assert_series_equal(one[same], other[same])


def test_tests_of_every_session_have_no_answer_for_partial_cars(prices, instruments):
    """Crude dependence and calendar time say that they need every session; the other tests use the partial CARs."""
    table = fit(prices, instruments, missing="partial", tests="all").tests
    table = table[(table["stance"] == "*") & (table["window"] == "0:3") & (table["series"] == "imoex")].set_index(
        "test"
    )
    silent = table.index[table["note"].str.startswith("some CARs are partial")]
    assert set(silent) == {"crude_dependence_t", "calendar_time_t"}
    assert table.loc["cross_section_t", "n"] == 2


def test_tests_of_a_window_past_the_end_take_the_sessions_there_are(prices, instruments):
    """The last event has one session of four; the tests of means take its CAR, and no two events share a session."""
    events = EVENTS.iloc[[0, 1, 1]].assign(id=["a", "b", "last"], time=[f"{DAYS[k]:%Y-%m-%d}" for k in (350, 400, 499)])
    choices = {"series": ["imoex"], "instruments": instruments, "windows": ["0:3"]}
    result = EventStudy(events, prices, missing="partial", tests=["cross_section_t", "patell_z"], **choices).fit()
    table = result.tests.set_index(["stance", "test"]).loc["raise"]
    assert result.car["n_days"].tolist() == [4, 4, 1]
    wanted = scipy.stats.ttest_1samp(result.car["car"], 0.0)
    assert table.loc["cross_section_t", "statistic"] == pytest.approx(wanted.statistic)
    assert not table["note"].str.contains("overlap").any()


def test_an_unknown_rule_is_refused(prices):
    """A rule that is none is named, with what there is."""
    with pytest.raises(UnknownNameError, match="partial"):
        EventStudy(EVENTS, prices, missing="partiall")


def test_a_partial_car_of_a_short_sample_has_a_z_and_a_p():
    """Held against residuals, too, it counts as one over as many sessions as it cumulates, and stands in its mean."""
    rng = np.random.default_rng(6)
    returns = pd.DataFrame({"a": rng.normal(0, 0.01, 215)}, index=pd.bdate_range("2016-01-01", periods=215))
    returns.iloc[202] = np.nan
    events = pd.DataFrame({"id": ["hole", "end"], "time": returns.index[[200, 212]].strftime("%Y-%m-%d")})
    choices = {"windows": ["0:0", "0:5"], "tests": [], "missing": "partial"}
    found = EventStudy(events, returns=returns, **choices).fit()
    car = found.car.set_index(["event_id", "window"])
    for event, n in (("hole", 5), ("end", 3)):
        day, whole = car.loc[(event, "0:0")], car.loc[(event, "0:5")]
        scale = day["car"] / day["z"]
        assert (whole["n_days"], whole["p_source"]) == (n, "residuals")
        assert whole["z"] == pytest.approx(whole["car"] / (scale * np.sqrt(n)))
        assert 0 < whole["p_value"] <= 1
        assert "no scale" not in whole["note"]
    assert found.average.set_index(["stance", "window"]).loc[("*", "0:5"), "n"] == 2
