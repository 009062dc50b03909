"""Dummies, projections, cross-sections, quantiles and the factor, as a study gives them."""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy import DesignError, NothingUsableError, UnknownNameError
from eventstudy.inference import sample_quantiles
from eventstudy.study import attributes, diagnostics, dummies, explain, factor, projections, quantiles

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
    return study(given, windows=["0:0", "0:1"]).fit()


@pytest.mark.parametrize(
    "choices", [{}, {"model": "market-model", "market": "m"}, {"model": "market-adjusted", "market": "m"}]
)
def test_a_dummy_is_the_abnormal_return_of_the_same_sample(choices):
    """With one event and all other sessions as its estimation window, the dummies give the study's CAR, t and p."""
    values = returns().iloc[:252]
    result = study(events([250]), values, estimation="-250:-1", **choices).fit()
    effects = dummies(result).effects
    found = effects[effects["test"] == "car"].set_index(["series", "window"])
    if choices.get("model") == "market-adjusted":
        # The regression has a constant; the model has none.
        car = result.car.set_index(["series", "window"])["car"]
        assert found.loc[("a", "0:1"), "estimate"] != pytest.approx(car["a", "0:1"], abs=1e-6)
        return
    same_as_car(found.drop("*", errors="ignore"), result.car.set_index(["series", "window"]))


def same_as_car(effects, car):
    """Assert that estimate, standard error, t, its p and degrees of freedom are those of the CARs."""
    effects, car = effects.sort_index(), car.sort_index()
    assert [*effects.index] == [*car.index] != []
    names = {"estimate": "car", "se": "se", "statistic": "t", "p_value": "t_p_value", "df": "df"}
    for name, of in names.items():
        assert effects[name].to_numpy() == pytest.approx(car[of].to_numpy(), rel=1e-9), name


def test_effects_have_everything_a_p_needs(ten):
    """Every effect has law, degrees of freedom, counts, null and covariance; one without a p has a note."""
    effects = dummies(ten).effects
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
    found = dummies(ten)
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
    assert found.warnings[0].startswith("all market events count")
    with pytest.raises(UnknownNameError, match="HC3"):
        dummies(result, "HC2")


def test_events_everywhere_leave_nothing_to_learn_from():
    """Where every session is in some event's window, each effect says that few dates are behind it."""
    crowded = events(range(1, 316, 5), ("raise",))
    found = dummies(
        study(crowded, returns(names=("a",)).iloc[:316], windows=["0:4"], estimation="-60:-11", min_obs=20).fit()
    )
    assert found.effects["note"].str.contains("too few dates").all()


def test_projections_are_the_same_whatever_windows_are_studied():
    """No session is left out for its news, cleaned or not: the path leads through all of them."""
    case = es.load_case("raise-or-fold-2022")
    found = [
        projections(es.event_study(case.events, case.prices, series=["imoex"], tests=[], **how), horizons=2).responses
        for how in ({}, {"windows": ["0:0"]}, {"windows": ["0:5"]}, {"windows": ["0:0"], "clean": None})
    ]
    for other in found[1:]:
        pd.testing.assert_frame_equal(found[0], other)


def test_projections_of_a_study(ten):
    """The response at horizon 0 is signed: it is what regressing on +1 for raises and -1 for folds gives; n is told."""
    result = ten
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


def test_a_risk_free_rate_is_subtracted():
    """The dummies of a CAPM with a rate are least squares of the return above it; without one, of the return."""
    values = returns(names=("a", "mkt_rf")).assign(rf=0.0001 + 0.004 * np.sin(np.arange(len(DAYS)) / 20))
    values["a"] += 1.1 * values["mkt_rf"] + values["rf"]
    at, happened = [200, 250, 300], events([200, 250, 300], ("raise",))
    dummy = np.isin(np.arange(len(DAYS)), at).astype(float)
    for factors, y in ((["mkt_rf", "rf"], values["a"] - values["rf"]), (["mkt_rf"], values["a"])):
        made = study(happened, values, series=["a"], model="capm", factors=factors, windows=["0:0"]).fit()
        found = dummies(made)
        x = np.column_stack([np.ones(len(DAYS)), values["mkt_rf"], dummy])
        kept = [t for t in range(len(DAYS)) if t - 1 not in at]
        slopes = np.linalg.lstsq(x[kept], y.to_numpy()[kept], rcond=None)[0]
        assert found.effects["estimate"].iloc[0] == pytest.approx(slopes[2], rel=1e-9)
        assert not any("least squares" in line for line in (*found.warnings, *projections(made, 1).warnings))


@pytest.mark.parametrize("model", ["robust", "scholes-williams", "unobserved-components", "zero", "market-model"])
def test_another_model_is_no_least_squares(model):
    """Where the study's model is estimated otherwise than the regression, the regression says so."""
    given = {"model": model} | ({} if model == "zero" else {"market": "m"})
    result = study(events([200, 250], ("raise",)), series=["a"], windows=["0:0"], **given).fit()
    for found in (dummies(result), projections(result, horizons=1)):
        assert any(f"not the estimates of the model '{model}'" in line for line in found.warnings) == (
            model != "market-model"
        )


def test_n_counts_whole_windows():
    """The last of three events falls on the last session: over 0:2 two stand behind the effect, as behind the mean."""
    found = study(events([200, 250, len(DAYS) - 1], ("raise",)), windows=["0:0", "0:2"]).fit()
    made = dummies(found)
    n = made.effects[made.effects["test"] == "car"].set_index(["series", "window"])["n"]
    assert (n["a", "0:0"], n["a", "0:2"]) == (3, 2)
    assert made.coefficients[made.coefficients["series"] == "a"]["n"].tolist() == [3, 2, 2]
    average = found.average.set_index(["series", "stance", "window"])["n"]
    assert average["a", "raise", "0:2"] == 2
    whole = dummies(study(events([200, 250], ("raise",)), windows=["0:0", "0:2"]).fit())
    assert [any("which counts whole windows" in line for line in of.warnings) for of in (made, whole)] == [True, False]


def test_the_null_of_a_contrast_in_every_series(ten):
    """Of the contrast `every-series` tests that both labels have the same sum, not that it is zero."""
    effects = dummies(ten).effects.set_index(["stance", "test"])["null"].sort_index()
    assert set(effects["raise-fold", "every-series"]) == {
        "both labels have the same sum over the window in every series"
    }
    assert set(effects["raise", "every-series"]) == {"the sum over the window is zero in every series"}


@pytest.mark.parametrize("overlap", ["set-aside", "keep"])
def test_no_horizon_spans_a_closure(overlap):
    """After session 299 the market is shut for four weeks: the plain regression is of horizons that end before it."""
    days = [*DAYS[:300], *(DAYS[300:] + pd.Timedelta(days=28))]
    values, at = returns()[["a"]].set_axis(days).rename_axis("session"), [200, 230, 298, 310]
    given = pd.DataFrame({"time": [f"{days[p]:%Y-%m-%d}" for p in at], "stance": ["raise", "fold"] * 2})
    found = projections(study(given, values, overlap=overlap).fit(), horizons=3, lags=1)
    y, shock = values["a"].to_numpy(), np.zeros(len(days))
    shock[at] = [1.0, -1.0, 1.0, -1.0]
    for h in range(4):
        begins = [t for t in range(1, len(y) - h) if overlap == "keep" or not t <= 300 <= t + h]
        x = np.array([[1.0, shock[t], y[t - 1], shock[t - 1]] for t in begins])
        slope = np.linalg.lstsq(x, [y[t : t + h + 1].sum() for t in begins], rcond=None)[0][1]
        row = found.responses.set_index("h").loc[h]
        assert (row["estimate"], row["n_obs"]) == (pytest.approx(slope), len(begins))
    said = any(line.startswith("horizons that span a closure are left out") for line in found.warnings)
    assert said == (overlap == "set-aside")


def test_intensity_and_wrong_choices(ten):
    """Intensity is another shock; an event without one leaves its session out; wrong choices are refused."""
    result = ten
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
    found = explain(ten, "car ~ C(stance) + C(series)")
    row = found.coefficients.iloc[0]
    assert (row["n_obs"], row["n_dates"], row["n_clusters"]) == (30, 10, 10)
    assert (found.coefficients["df"].dropna() <= 9).all()
    assert found.terms["term"].tolist()[:2] == ["C(stance)", "C(series)"]


def test_explain_reads_a_column_of_a_file_as_that_of_a_frame(tmp_path):
    """Figures written in a file are figures: as a regressor, and by their logs; with a decimal comma too."""
    given = events([150, 180, 210, 240, 260, 280], surprise=[0.5, 1.25, 2.0, 0.75, 3.5, 1.0])
    given.to_csv(tmp_path / "point.csv", index=False)
    given.to_csv(tmp_path / "comma.csv", index=False, sep=";", decimal=",")
    for formula in ("car ~ surprise", "car ~ np.log(surprise)"):
        of_frame = explain(study(given).fit(), formula).coefficients
        assert len(of_frame) == 2 * of_frame["window"].nunique()
        for name in ("point.csv", "comma.csv"):
            of_file = explain(study(es.read_events(tmp_path / name)).fit(), formula).coefficients
            pd.testing.assert_frame_equal(of_file, of_frame)


@pytest.mark.parametrize("name", ["z", "move", "car"])
def test_explain_refuses_a_name_of_two_columns(name):
    """A column of the user's own that is called as one of `car` is not passed over."""
    result = study(events([150, 180, 210, 240], **{name: [1.0, 2.0, 3.0, 5.0]})).fit()
    with pytest.raises(DesignError, match=f"'{name}' is a column of car, and one of the events too"):
        explain(result, f"scar ~ {name}")


def test_explain_refuses_what_it_does_not_know(ten):
    """A wrong column, a wrong cluster, or a column that is empty throughout is one clear error."""
    result = ten
    with pytest.raises(UnknownNameError, match="did you mean 'intensity'"):
        explain(result, "car ~ intensty")
    with pytest.raises(UnknownNameError, match="date"):
        explain(result, "car ~ stance", "dat")
    with pytest.raises(NothingUsableError, match="no actor"):
        explain(result, "car ~ C(actor)")


def test_quantiles_of_a_study(ten):
    """Every used pair and window has its p, from the residuals of its own estimation window."""
    result = ten
    with pytest.raises(AttributeError, match="the method made no 'quantile'; it has quantiles"):
        _ = quantiles(result).quantile
    found = quantiles(result).quantiles
    assert found[["event_id", "series", "window"]].equals(result.car[["event_id", "series", "window"]])
    assert found["car"].equals(result.car["car"])
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
    found = factor(study(events(at), values, windows=["0:0"]).fit(), 199)
    loading = found.loadings[found.loadings["stance"] == "*"].set_index("series")["loading"]
    assert loading["a"] * loading["b"] < 0
    assert abs(loading["m"]) < 0.3 * abs(loading["a"])
    row = found.factor.iloc[0]
    assert (row["p_value"], row["n_event_days"]) == (0.005, int(row["n_event_days"]))
    assert row["share"] > 0.8


def test_factor_needs_several_series_and_days():
    """One series is refused, and so are two event days; windows without the event session change no event day."""
    with pytest.raises(DesignError, match="two series"):
        factor(study(events([150, 180, 210, 240]), returns(names=("a",))).fit(), 9)
    with pytest.raises(DesignError, match="2 event days"):
        factor(study(events([250, 280])).fit(), 9)
    apart = returns()[["a", "m"]]
    apart.iloc[160:, 0], apart.iloc[:160, 1] = np.nan, np.nan
    with pytest.raises(NothingUsableError, match="the series have no day in common"):
        factor(study(events([140, 150, 300, 310]), apart, min_obs=30, estimation="-60:-11").fit(), 9)
    later = factor(study(events([250, 260, 270, 280]), windows=["1:2"]).fit(), 9)
    assert later.factor["n_event_days"].tolist()[0] == 4


def test_diagnostics_are_of_the_very_regression():
    """Each market event's Ljung-Box is that of the residuals of statsmodels' own fit of the pair."""
    from statsmodels.stats.diagnostic import acorr_ljungbox

    result = study(events([150, 300]), returns()[["a", "m"]], model="market-model", market="m").fit()
    found = diagnostics(result).diagnostics
    assert found.groupby("event_id").size().tolist() == [5, 5]
    for event in result.events["id"]:
        row = found[(found["event_id"] == event) & (found["test"] == "ljung_box")].iloc[0]
        residual = result.statsmodels(event, "a").resid
        assert row["statistic"] == pytest.approx(acorr_ljungbox(residual, lags=[10])["lb_stat"].iloc[0])
        assert row["n_obs"] == 120


@pytest.mark.parametrize("choices", [{"model": "zero"}, {"model": "market-adjusted", "market": "s0"}])
def test_a_model_that_estimates_nothing_breaks_no_more_often(choices):
    """Of 400 series in which nothing changes some 5 % have a CUSUM with p below 0.05, under a model without a constant
    too, whose residuals do not sum to zero.
    """
    values = pd.DataFrame(np.random.default_rng(4).normal(0, 0.01, (220, 400)), DAYS[:220]).add_prefix("s")
    found = diagnostics(study(events([200]), values, windows=["0:0"], **choices).fit()).diagnostics
    p = found.loc[found["test"] == "cusum", "p_value"]
    assert len(p) >= 399
    assert 0.01 < (p <= 0.05).mean() < 0.09


def test_too_few_residuals_are_told():
    """Market events with fewer than 30 residuals have no row and a warning."""
    found = diagnostics(study(events([200, 300]), returns()[["a"]], estimation="-30:-11", min_obs=15).fit())
    assert not len(found.diagnostics)
    assert found.warnings == ("2 market events have fewer than 30 residuals and are not diagnosed",)


# --- one sample ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def apart():
    """Market events on windows apart, one of two raises, one of a raise and a fold, all learning from one block."""
    values = returns(seed=3, names=("a", "b"))
    at = [200, 210, 220, 230, 240]
    values.iloc[:100] = np.nan
    values.iloc[[k for k in range(200, 320) if k not in {p + tau for p in at for tau in (0, 1)}]] = np.nan
    happened = events([200, 200, 210, 220, 230, 230, 240], ("raise", "hold", "fold", "raise", "raise", "fold", "fold"))
    happened["intensity"] = [-4.0, 1.0, 5.0, -3.0, -2.0, 2.0, 6.0]
    return study(happened, values, estimation="-150:-1").fit()


def test_a_dummy_path_is_the_mean_of_the_averages(apart):
    """Where windows do not overlap and all events learn from the same sessions, the sum of a path is the CAAR."""
    found = dummies(apart, "OLS")
    effects = found.effects[found.effects["test"].isin(["car", "difference"])].set_index(["series", "stance"])
    average = apart.average[apart.average["series"] != "*"].set_index(["series", "stance"])
    assert {"raise", "fold", "mixed", "raise-fold"} == set(effects.index.get_level_values("stance"))
    for (series, stance), row in effects.iterrows():
        answer = average.loc[(series, stance)]
        assert row["estimate"] == pytest.approx(answer["caar"], rel=1e-9), stance
        assert (row["n"], row["n_events"]) == (answer["n"], answer["n_events"]), stance


@pytest.mark.parametrize("covariance", ["OLS", "HAC"])
def test_labels_of_one_event_each_have_its_abnormal_returns(covariance):
    """Of events apart, each with its own label, coefficients are the ARs and effects the CARs with their t and p."""
    happened = events([200, 210, 220, 230, 240], desk=["a", "b", "c", "d", "e"])
    values = returns(seed=3, names=("a", "b"))
    values.iloc[:100] = np.nan
    values.iloc[[k for k in range(200, 320) if k % 10 > 1 or k > 241]] = np.nan
    result = study(happened, values, estimation="-150:-1", group_by="desk").fit()
    found = dummies(result, covariance)
    effects = found.effects[(found.effects["test"] == "car") & (found.effects["series"] != "*")]
    keys = ["series", "stance", "window"]
    same_as_car(effects.set_index(keys), result.car.assign(stance=result.car["net_stance"]).set_index(keys))
    desks = dict(zip(result.car["event_id"], result.car["net_stance"], strict=True))
    ars = result.abnormal.assign(stance=result.abnormal["event_id"].map(desks)).set_index(["series", "stance", "tau"])
    gammas = found.coefficients.set_index(["series", "stance", "tau"])["estimate"].sort_index()
    ars = ars["ar"].sort_index()
    assert [*gammas.index] == [*ars.index]
    assert gammas.to_numpy() == pytest.approx(ars.to_numpy(), rel=1e-9)


def test_every_method_has_the_labels_of_the_averages(apart):
    """Two raises and a hold are one raise, a raise and a fold are mixed: in every method, with the average's counts."""
    average = apart.average[apart.average["series"] == "a"].set_index("stance")
    for table in (quantiles(apart).quantiles, attributes(apart)):
        of_a = table[table["series"] == "a"]
        assert of_a["stance"].tolist() == ["raise", "fold", "raise", "mixed", "fold"]
    assert average["n"].to_dict() == {"raise": 2, "fold": 2, "mixed": 1, "*": 5, "raise-fold": 4}
    assert projections(apart, 0, lags=0).responses["n_dates"].tolist() == [4, 4]
    found = explain(apart, "car ~ C(stance) - 1").coefficients.set_index("term")["estimate"]
    pooled = apart.average[apart.average["series"] == "*"].set_index("stance")["caar"]
    for label in ("raise", "fold", "mixed"):
        assert found[f"C(stance)[{label}]"] == pytest.approx(pooled[label])


def test_intensities_of_one_session_add_up(apart):
    """A market event's intensity is the sum of its events', in the cross-section as in the projection."""
    rows = attributes(apart)
    assert rows.loc[rows["series"] == "a", "intensity"].tolist() == [-3.0, 5.0, -3.0, 0.0, 6.0]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("overlap", ["set-aside", "keep", "first"])
def test_the_case_has_one_stance_a_market_event(overlap):
    """On the bundled case stances, counts and rows agree between car, average, dummies, explain and projections."""
    case = es.load_case("raise-or-fold-2022")
    result = es.EventStudy(
        case.events, case.prices, series=["imoex"], windows=["0:0", "0:1"], tests=[], overlap=overlap
    ).fit()
    by_event = dict(zip(result.car["event_id"], result.car["net_stance"], strict=True))
    rows = attributes(result)
    for table in (rows, quantiles(result).quantiles):
        assert all(by_event[event] == stance for event, stance in zip(table["event_id"], table["stance"], strict=True))
    for window in ("0:0", "0:1"):
        n = result.answer("imoex", "*", window).n
        found = explain(result, "car ~ intensity")
        assert set(found.coefficients.loc[found.coefficients["window"] == window, "n_obs"]) == {n}
        kept = rows[(rows["reason"] == "") & (rows["window"] == window)]
        assert kept["car"].mean() == pytest.approx(result.answer("imoex", "*", window).caar)
    signed = sum(result.answer("imoex", stance, "0:0").n for stance in ("raise", "fold"))
    if overlap != "first":
        assert projections(result, 0, lags=0).responses["n_dates"].tolist() == [signed]
    late = int(result.matching["imoex"].market_events.late.sum())
    said = any("1 late one that no average counts" in line for line in dummies(result).warnings)
    assert said == (overlap != "keep" and late == 1)


def test_explain_says_what_is_set_aside():
    """Late news and windows that span a closure are listed with the reason, and stand in no regression."""
    case = es.load_case("raise-or-fold-2022")
    found = explain(es.EventStudy(case.events, case.prices, series=["imoex"], tests=[]).fit(), "car ~ intensity")
    reasons = found.dropped.groupby("window")["reason"].apply(list)
    assert [reason.partition(":")[0] for reason in reasons["0:1"]] == ["closure", "late"]
    assert [reason.partition(":")[0] for reason in reasons["0:0"]] == ["late"]


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    ("happened", "formula", "words"),
    [
        (events([150, 180, 210, 240], ("raise",)), "car ~ C(stance)", "C(stance) is the same in all 12 rows"),
        (events([150]), "car ~ C(stance)", "C(stance) is the same in all 3 rows"),
        (events([150]), "car ~ C(series)", "3 coefficients for 3 rows"),
        (events([150, 180, 210, 240], intensity=[2.0] * 4), "car ~ intensity", "intensity is the same in all 12 rows"),
        (events([150, 180, 210, 240]), "n_days ~ C(stance)", "the left side is the same in all 12 rows"),
    ],
)
def test_nothing_to_compare_is_one_plain_line(happened, formula, words):
    """One stance, one event or equal rows are refused with what is the same."""
    with pytest.raises(DesignError) as error:
        explain(study(happened).fit(), formula)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


class TestOtherLabels:
    @pytest.fixture
    def happened(self):
        """Events of two desks, one of them nameless."""
        return events([150, 170, 190, 210, 230, 250], desk=["hawk", "dove", "hawk", "dove", "hawk", ""])

    def test_labels_are_those_of_the_result(self, happened):
        """Any column is the label, any two of its values the contrast; what has no label is in no path."""
        result = study(happened, group_by="desk", contrast="hawk-dove").fit()
        effects = dummies(result, "OLS").effects
        assert set(effects["stance"]) == {"hawk", "dove", "hawk-dove"} == set(result.average["stance"]) - {"*"}
        counts = effects[(effects["series"] == "a") & (effects["test"] != "path")].set_index("stance")["n"]
        assert counts.to_dict() == {"dove": 2, "hawk": 3, "hawk-dove": 5}
        assert projections(result, 0).responses["n_dates"].tolist() == [5, 5, 5]
        found = explain(result, "car ~ C(desk) + C(stance)")
        assert found.dropped["reason"].tolist() == ["no desk"] * 3

    def test_labels_without_a_contrast_have_no_sign(self, happened):
        """A projection on labels of which nobody said which way they point is refused, with the remedy."""
        with pytest.raises(DesignError, match="labels dove, hawk have no sign"):
            projections(study(happened, group_by="desk").fit())

    def test_bare_dates_have_one_path(self):
        """Events without a stance share one path and one sign."""
        result = es.event_study([str(DAYS[p].date()) for p in (150, 180, 210, 240)], returns=returns(), windows=["0:1"])
        assert set(dummies(result, "OLS").effects["stance"]) == {"*"}
        assert projections(result, 0).responses["n_dates"].tolist() == [4, 4, 4]
