"""Dummies, projections, cross-sections, quantiles and the factor, as a study gives them."""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import DesignError, NothingUsableError, UnknownNameError
from eventstudy.inference.sample_quantile import sample_quantiles
from eventstudy.study.dummies import dummies
from eventstudy.study.dummy_rows import event_rows
from eventstudy.study.explain import explain
from eventstudy.study.factor import factor
from eventstudy.study.projections import projections
from eventstudy.study.regression_sample import RegressionSample
from eventstudy.study.sample_quantiles import quantiles
from eventstudy.window import Window

DAYS = pd.bdate_range("2020-01-01", periods=320, name="session")


def returns(seed=1, names=("a", "b", "m")):
    """Returns of some markets that share a market move."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(len(DAYS), 1))
    return pd.DataFrame(
        0.01 * (0.6 * common + rng.standard_t(5, size=(len(DAYS), len(names)))), index=DAYS, columns=list(names)
    )


def events(positions, stances=("raise", "fold"), **columns):
    """Events on sessions, their stances taken in turn."""
    frame = {"time": [str(DAYS[p].date()) for p in positions]}
    frame["stance"] = [stances[k % len(stances)] for k in range(len(positions))]
    return pd.DataFrame(frame | columns)


def study(happened, values=None, **choices):
    """A study of returns without tests."""
    usual = {"tests": [], "windows": ["0:1"]}
    return es.EventStudy(happened, returns=returns() if values is None else values, **usual | choices)


@pytest.fixture(scope="module")
def ten():
    """Ten events, some a session apart, on three series."""
    at = [150, 165, 166, 190, 205, 206, 230, 250, 270, 285]
    given = events(at, intensity=np.linspace(-5, 5, 10), phase=["one"] * 5 + ["two"] * 5)
    made = study(given, windows=["0:0", "0:1"])
    return made, made.fit()


@pytest.mark.parametrize(
    "choices", [{}, {"model": "market-model", "market": "m"}, {"model": "market-adjusted", "market": "m"}]
)
def test_a_dummy_is_the_abnormal_return_of_the_same_sample(choices):
    """With one event and all other sessions as its estimation window, the dummies give the study's CAR, t and p."""
    values = returns().iloc[:252]
    result = study(events([250]), values, estimation="-250:-1", **choices).fit()
    found = dummies(result).events.set_index(["series", "window"])
    car = result.car.set_index(["series", "window"])
    if choices.get("model") == "market-adjusted":
        # The regression has a constant; the model has none.
        assert found.loc[("a", "0:1"), "car"] != pytest.approx(car.loc[("a", "0:1"), "car"], abs=1e-6)
        return
    for name in ("car", "se", "t", "p_value", "df"):
        assert found[name].to_numpy() == pytest.approx(car[name].to_numpy(), rel=1e-9), name


def test_events_that_share_sessions_are_not_identified_one_by_one(ten):
    """Two events a session apart have a number over 0:0 and none over 0:1, with the names of those in the way."""
    found = dummies(ten[1]).events
    rows = found[(found["series"] == "a") & found["event_id"].str.startswith(str(DAYS[165].date()))]
    by_window = rows.set_index("window")
    assert np.isfinite(by_window.loc["0:0", "car"])
    assert np.isnan(by_window.loc["0:1", "car"])
    assert str(DAYS[166].date()) in by_window.loc["0:1", "note"]


def test_every_used_pair_is_a_row(ten):
    """Each used event, series and window is a row of `events`, and has the study's placebo p beside it."""
    result = ten[1]
    found = dummies(result).events
    keys = ["event_id", "series", "window"]
    assert set(map(tuple, found[keys].to_numpy())) == set(map(tuple, result.car[keys].to_numpy()))
    both = found.merge(result.car[[*keys, "placebo_p"]], on=keys, suffixes=("", "_car"))
    assert both["placebo_p"].equals(both["placebo_p_car"])


def test_effects_have_everything_a_p_needs(ten):
    """Every effect has law, degrees of freedom, counts, null and covariance; one without a p has a note."""
    effects = dummies(ten[1]).effects
    assert {"a", "b", "m", "*"} == set(effects["series"])
    assert {"raise", "fold", "raise-fold"} == set(effects["stance"])
    known = effects[effects["p_value"].notna()]
    assert (known["df"] > 0).all()
    assert effects["null"].ne("").all()
    assert effects[effects["p_value"].isna()]["note"].ne("").all()
    raises = effects[(effects["series"] == "a") & (effects["stance"] == "raise")].iloc[0]
    assert (raises["n_events"], raises["n_dates"]) == (5, 5)


def test_the_stance_effect_is_the_sum_of_its_coefficients(ten):
    """A CAR over 0:1 is the sum of the two coefficients, and raise less fold the difference of two CARs."""
    found = dummies(ten[1])
    coefficients = found.coefficients.set_index(["series", "stance", "tau"])["estimate"].sort_index()
    keys = ["series", "stance", "window", "test"]
    effects = found.effects.set_index(keys)["estimate"].sort_index()
    for stance in ("raise", "fold"):
        assert effects["a", stance, "0:1", "car"] == pytest.approx(coefficients["a", stance].sum())
    assert effects["a", "raise-fold", "0:1", "difference"] == pytest.approx(
        effects["a", "raise", "0:1", "car"] - effects["a", "fold", "0:1", "car"]
    )
    theirs = found.regressions["a"].results
    assert coefficients["a", "raise", 0] == pytest.approx(theirs.params[1])


def test_a_stance_with_one_date_says_what_its_p_rests_on():
    """One fold among raises has the ordinary variance, its label and its note, and the result warns of it."""
    result = study(events([150, 180, 210, 240], ("raise", "raise", "raise", "fold"))).fit()
    found = dummies(result)
    fold = found.effects[(found.effects["stance"] == "fold") & (found.effects["series"] == "a")].iloc[0]
    assert fold["covariance"] == "OLS"
    assert "no more volatile" in fold["note"]
    assert any("ordinary variance" in line for line in found.warnings)
    with pytest.raises(UnknownNameError, match="HC3"):
        dummies(result, "HC2")


def test_events_everywhere_leave_nothing_to_learn_from():
    """Where every session is in some event's window, no effect can be told apart: each row has a note and no number."""
    crowded = RegressionSample(
        series="a",
        unit="log return",
        sessions=DAYS.to_numpy().astype("datetime64[D]")[:20],
        y=np.linspace(-1, 1, 20),
        x=np.empty((20, 0)),
        usable=np.ones(20, dtype=bool),
        positions=np.arange(0, 20, 2),
        stances=("raise",) * 10,
        members=tuple((f"event-{k}",) for k in range(10)),
    )
    rows = pd.DataFrame(event_rows(crowded, [Window(0, 0)], Window(0, 1)))
    assert len(rows) == 10
    assert rows["p_value"].isna().all()
    assert rows["note"].str.contains("too few sessions").all()


def test_projections_of_a_study(ten):
    """The response at horizon 0 is signed: it is what regressing on +1 for raises and -1 for folds gives; n is told."""
    result = ten[1]
    found = projections(result, horizons=3, lags=0)
    table = found.responses[found.responses["series"] == "a"]
    shock = np.zeros(len(DAYS))
    for k, position in enumerate([150, 165, 166, 190, 205, 206, 230, 250, 270, 285]):
        shock[position] = 1.0 if k % 2 == 0 else -1.0
    y = returns()["a"].to_numpy()
    slope = np.linalg.lstsq(np.column_stack([np.ones(len(y)), shock]), y, rcond=None)[0][1]
    assert table["estimate"].iloc[0] == pytest.approx(slope)
    assert table["h"].tolist() == [0, 1, 2, 3]
    assert table["n_dates"].tolist() == [10] * 4
    assert (table["low"] < table["estimate"]).all()
    assert (table["estimate"] < table["high"]).all()
    assert table["n_obs"].tolist() == [320, 319, 318, 317]


def test_intensity_and_wrong_choices(ten):
    """Intensity is another shock; an event without one leaves its session out; wrong choices are refused."""
    result = ten[1]
    assert projections(result, 0, shock="intensity").responses["shock"].iloc[0] == "intensity"
    given = events([150, 180, 210, 240], intensity=[1.0, 2.0, None, 3.0])
    unknown = projections(study(given).fit(), 0, shock="intensity")
    assert any("no intensity" in line for line in unknown.warnings)
    assert unknown.responses["n_dates"].max() == 3
    with pytest.raises(UnknownNameError, match="intensity"):
        projections(result, shock="intensty")
    with pytest.raises(DesignError, match="negative"):
        projections(result, horizons=-1)


def test_explain_lists_what_it_drops():
    """Rows without an attribute or without a CAR are listed with the reason; all others are used."""
    given = events([150, 180, 210, 240, 260, 280, 319], intensity=[1.0, 2.0, None, 3.0, 1.0, 5.0, 2.0])
    result = study(given, windows=["0:0", "0:1"]).fit()
    found = explain(result, "car ~ intensity")
    reasons = found.dropped.groupby("reason").size().to_dict()
    assert reasons["no intensity"] == 6
    assert sum(count for reason, count in reasons.items() if reason.startswith("no CAR: window 0:1 runs past")) == 3
    used = found.coefficients.set_index(["window", "term"])["n_obs"]
    assert len(found.dropped) + used["0:0", "intensity"] + used["0:1", "intensity"] == len(result.car)
    assert any("left out" in line for line in found.warnings)


def test_explain_counts_dates(ten):
    """Several series on one date are one cluster, and degrees of freedom know it."""
    found = explain(ten[1], "car ~ C(stance) + C(series)")
    row = found.coefficients.iloc[0]
    assert (row["n_obs"], row["n_dates"], row["n_clusters"]) == (30, 10, 10)
    assert (found.coefficients["df"].dropna() <= 9).all()
    assert found.terms["term"].tolist()[:2] == ["C(stance)", "C(series)"]


def test_explain_refuses_what_it_does_not_know(ten):
    """A wrong column, a wrong cluster, or a column that is empty throughout is one clear error."""
    result = ten[1]
    with pytest.raises(UnknownNameError, match="did you mean 'intensity'"):
        explain(result, "car ~ intensty")
    with pytest.raises(UnknownNameError, match="date"):
        explain(result, "car ~ stance", "dat")
    with pytest.raises(NothingUsableError, match="no actor"):
        explain(result, "car ~ C(actor)")


def test_quantiles_of_a_study(ten):
    """Every used pair and window has its p, from the residuals of its own estimation window."""
    made, result = ten
    found = quantiles(made.estimated()).quantiles
    assert found[["event_id", "series", "window"]].equals(result.car[["event_id", "series", "window"]])
    assert found["car"].to_numpy() == pytest.approx(result.car["car"].to_numpy())
    event = result.matches["event_id"].iloc[0]
    residual = np.asarray(result.statsmodels(event, "a").resid)
    row = found[(found["event_id"] == event) & (found["series"] == "a") & (found["window"] == "0:0")].iloc[0]
    by_hand = sample_quantiles(np.array([row["car"]]), residual[None, :])
    assert (row["sq_p"], row["sq_n"]) == pytest.approx((by_hand.p_value.item(), len(residual)))


def test_factor_of_a_study():
    """A news factor put into two of three series on event days is found, with its signs; the same seed, the same p."""
    at, values = list(range(100, 316, 9)), returns(seed=7)
    news = np.random.default_rng(8).normal(size=len(at)) * 0.06
    for position, size in zip(at, news, strict=True):
        values.iloc[position, [0, 1]] += [size, -size]
    found = factor(study(events(at), values, windows=["0:0"]).estimated(), 199)
    loading = found.loadings[found.loadings["stance"] == "*"].set_index("series")["loading"]
    assert loading["a"] * loading["b"] < 0
    assert abs(loading["m"]) < 0.3 * abs(loading["a"])
    row = found.factor.iloc[0]
    assert (row["p_value"], row["n_event_days"]) == (0.005, int(row["n_event_days"]))
    assert row["share"] > 0.8


def test_factor_needs_several_series_and_the_event_session():
    """One series, or windows without the event session, are refused."""
    with pytest.raises(DesignError, match="two series"):
        factor(study(events([150, 180, 210, 240]), returns(names=("a",))).estimated(), 9)
    with pytest.raises(DesignError, match="0:0"):
        factor(study(events([150, 180, 210, 240]), windows=["1:2"]).estimated(), 9)
