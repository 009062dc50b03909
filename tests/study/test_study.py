"""What a study does with its inputs: what it uses, what it leaves out, and what it never looks at."""

import math

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

NUMBERS = ("fits", "abnormal", "car", "average", "tests")


def market(n=420, names=("a", "b", "c"), seed=1, begin="2020-01-01"):
    """Independent returns of some markets on weekdays."""
    days = pd.bdate_range(begin, periods=n, name="session")
    values = np.random.default_rng(seed).standard_t(4, size=(n, len(names))) * 0.01
    return pd.DataFrame(values, index=days, columns=list(names))


def news(days, stances=("raise", "fold", "hold"), **columns):
    """Events on days, their stances taken in turn."""
    days = [str(day)[:10] for day in days]
    return pd.DataFrame({"time": days, "stance": [stances[i % len(stances)] for i in range(len(days))], **columns})


def fit(events, returns, **choices):
    """Run a study of returns, under three quick tests unless others are asked for."""
    quick = {"tests": ["cross_section_t", "date_clustered_t", "label_permutation"]}
    return es.EventStudy(events, returns=returns, **quick | choices).fit()


def same(left, right, tables=NUMBERS):
    """Both results have the very same tables."""
    for name in tables:
        pd.testing.assert_frame_equal(getattr(left, name), getattr(right, name), check_exact=True, obj=name)


def test_no_tests_by_a_word():
    """A set of tests may be none."""
    assert fit(news(["2021-03-01"]), market(), tests="none").tests.empty


def test_tables_of_a_result_are_copies():
    """What a caller does to a table changes neither the result nor what others see."""
    result = fit(news(["2021-03-01", "2021-04-01"]), market())
    before = {name: getattr(result, name).copy(deep=True) for name in (*NUMBERS, "matches", "abnormal", "aar")}
    for name in before:
        table = getattr(result, name)
        table.loc[:, table.select_dtypes("number").columns] = 9
        table["mine"] = 1
        with pytest.raises(AttributeError):
            setattr(result, name, table)
    for name, table in result.tables().items():
        pd.testing.assert_frame_equal(table, before[name])
        pd.testing.assert_frame_equal(getattr(result, name), before[name])


def pair(table, event, series, window=None):
    """The row of one pair, and window where there is one."""
    found = table[(table["event_id"] == event) & (table["series"] == series)]
    found = found if window is None else found[found["window"] == window]
    assert len(found) == 1
    return found.iloc[0]


@pytest.fixture(scope="module")
def one_event():
    """An event on session 300 of one series: its events table, its returns, its result."""
    returns = market(names=("a",), seed=2)
    events = news(returns.index[[300]], id=["e"])
    return events, returns, fit(events, returns)


@pytest.fixture(scope="module")
def shuffled(case):
    """The events of the bundled case in another order, and the study of them."""
    events = case.events.sample(frac=1.0, random_state=3).reset_index(drop=True)
    return events, es.EventStudy(events, case.prices).fit()


class TestOrder:
    def test_order_of_events_changes_no_row(self, shuffled, result):
        """Events in another order give the same rows, in that order."""
        events, again = shuffled
        for name, keys in (("fits", 2), ("abnormal", 3), ("car", 3)):
            table = getattr(result, name)
            columns = list(table.columns[:keys])
            order = [getattr(t, name).sort_values(columns).reset_index(drop=True) for t in (result, again)]
            pd.testing.assert_frame_equal(*order, check_exact=True)
        assert list(again.fits["event_id"].unique()) == list(events["id"])

    @pytest.mark.slow
    def test_order_of_events_changes_no_average_and_no_test(self, shuffled, result):
        """Averages and tests over events in another order are the same, digit by digit."""
        _, again = shuffled
        same(again, result, ("average", "tests"))

    def test_order_of_events_does_not_decide_the_phase_of_a_session(self):
        """A session of two phases belongs to that of its earlier event, whichever stands first in the table."""
        returns = market(names=("a",))
        rows = [(250, "raise", "x"), (270, "fold", "x"), (290, "raise", "y"), (310, "fold", "y"), (330, "raise", "x")]
        rows += [(330, "hold", "y"), (350, "fold", "y"), (370, "raise", "x")]
        events = news(
            [returns.index[t] for t, _, _ in rows], [stance for _, stance, _ in rows], phase=[p for _, _, p in rows]
        )
        events["id"] = list("abcdefgh")
        there, back = (fit(table, returns, windows=["0:0"]) for table in (events, events.iloc[::-1]))
        same(there, back, ("average", "tests"))
        contrast = there.tests[there.tests["stance"] == "raise-fold"].iloc[0]
        assert contrast["df"] == math.comb(4, 3) * math.comb(3, 1)

    def test_order_of_series_changes_no_row(self):
        """Columns in another order give the same rows."""
        returns = market()
        events = news(returns.index[[250, 280, 310]])
        there, back = fit(events, returns), fit(events, returns[["c", "a", "b"]])
        for name in ("fits", "abnormal", "car"):
            columns = [c for c in ("event_id", "series", "tau", "window") if c in getattr(there, name)]
            pd.testing.assert_frame_equal(
                *(getattr(result, name).sort_values(columns).reset_index(drop=True) for result in (there, back)),
                check_exact=True,
            )

    @pytest.mark.slow  # by default another process gives the same bytes, and a fork, and threads
    def test_the_same_study_twice_is_the_same(self, case):
        """Nothing depends on when or how often a study is run."""
        once, again = (es.EventStudy(case.events, case.prices[["imoex", "brent"]]).fit() for _ in range(2))
        same(once, again, (*NUMBERS, "matches"))


class TestWhatChangesNothing:
    @pytest.fixture
    def returns(self):
        """Three markets."""
        return market()

    @pytest.mark.one_in(2)
    @pytest.mark.parametrize(
        "extra",
        [
            {"time": "1999-03-24", "stance": "raise"},
            {"time": "2035-01-01", "stance": "raise"},
            {"time": "2021-02-03", "stance": "raise", "status": "proposed"},
            {"time": "2021-02-03", "stance": "raise", "series": "ruble"},
        ],
        ids=["before-sample", "after-sample", "proposed", "other-series"],
    )
    def test_an_event_that_is_not_used(self, returns, extra):
        """An event without data, one not confirmed, and one about other series change no number; matches says why."""
        events = news(returns.index[[250, 262, 310]])
        alone = fit(events, returns)
        beside = fit(pd.concat([events, pd.DataFrame([{"id": "extra", **extra}])]), returns)
        same(alone, beside)
        rows = beside.matches[beside.matches["event_id"] == "extra"]
        assert (rows["status"] == "excluded").all()
        assert rows["reason"].ne("").all()
        pd.testing.assert_frame_equal(beside.matches[beside.matches["event_id"] != "extra"], alone.matches)

    def test_a_proposed_event_counts_when_asked_for(self, returns):
        """With include_proposed the proposed event is an event like any other."""
        events = news(returns.index[[250, 262]], status=["confirmed", "proposed"])
        asked = fit(events, returns, include_proposed=True)
        confirmed = news(returns.index[[250, 262]])
        same(asked, fit(confirmed, returns))
        assert len(fit(events, returns).fits) == len(asked.fits) / 2

    @pytest.mark.parametrize(("size", "first"), [(0.5, 300), (3.0, 300), (2.0, 305), (1.5, 306), (3.0, 419)])
    def test_what_happens_from_the_event_on(self, one_event, size, first):
        """Returns from the event's first session on change neither its estimates nor any of its placebo draws."""
        events, returns, before = one_event
        changed = returns.copy()
        changed.iloc[first:] *= -size
        after = fit(events, changed)
        pd.testing.assert_frame_equal(after.fits, before.fits, check_exact=True)
        for window in ("0:0", "0:1", "-1:1", "0:5"):
            draws = [result.placebo_z("e", "a", window) for result in (before, after)]
            assert len(draws[0]) > 100
            np.testing.assert_array_equal(*draws)
        if first > 305:
            pd.testing.assert_frame_equal(after.car, before.car, check_exact=True)

    @pytest.mark.parametrize("tests", [[], pytest.param("default", marks=pytest.mark.slow)])
    def test_which_tests_are_asked_for(self, returns, tests):
        """CARs and averages do not depend on the tests that follow them."""
        events = news(returns.index[[250, 262, 310]])
        same(fit(events, returns, tests=tests), fit(events, returns), ("fits", "abnormal", "car", "average"))

    def test_other_series(self, returns):
        """A series' own figures don't depend on which others are studied; only the family p does."""
        events, family = news(returns.index[[250, 262, 310]]), ["family_p", "family_days"]
        alone, beside = fit(events, returns[["a"]]), fit(events, returns)
        own = beside.car[beside.car["series"] == "a"].reset_index(drop=True)
        pd.testing.assert_frame_equal(own.drop(columns=family), alone.car.drop(columns=family), check_exact=True)
        assert (own["family_p"] >= alone.car["family_p"] - 1e-12).all()
        for table in (alone.car, alone.average[alone.average["stance"] != "raise-fold"]):
            np.testing.assert_array_equal(table["family_p"], table["p_value"])


class TestClean:
    @pytest.mark.parametrize(
        ("clean", "left_out"), [("0:1", [250, 251]), ("none", []), ("-1:5", list(range(249, 256)))]
    )
    def test_sessions_around_other_events_are_left_out_of_the_estimation(self, clean, left_out):
        """`clean` says which sessions around another event are no observations, whatever windows are asked for."""
        returns = market()
        events = news(returns.index[[250, 300]], id=["first", "second"])
        for windows in (["0:0"], ["0:0", "-3:9"]):
            found = fit(events, returns, clean=clean, windows=windows)
            row, learned = pair(found.fits, "second", "a"), returns["a"].iloc[170:290].drop(returns.index[left_out])
            assert row["n_obs"] == 120 - len(left_out)
            assert row["alpha"] == pytest.approx(learned.mean(), rel=1e-12, abs=0)
            assert pair(found.fits, "first", "a")["n_obs"] == 120

    def test_only_events_on_the_same_series_are_left_out(self):
        """An event about another series is an ordinary session of this one."""
        returns = market()
        found = fit(news(returns.index[[250, 300]], id=["first", "second"], series=["b", ""]), returns)
        assert [pair(found.fits, "second", name)["n_obs"] for name in "ab"] == [120, 118]

    def test_sixty_events_in_two_years_keep_their_estimates(self):
        """With an event every eight sessions every estimation window keeps 90 of its 120 returns or more."""
        returns = market(n=640)
        found = fit(news(returns.index[160:640:8]), returns[["a"]], windows=["0:0"], tests=[])
        assert len(found.events) == 60
        assert (found.matches["status"] == "used").all()
        assert found.fits["n_obs"].between(90, 120).all()


class TestTooFewObservations:
    def test_the_reason_says_where_the_sessions_went(self):
        """Of 120 sessions 70 lie before the sample, two belong to another event, three have no return."""
        returns = market(n=300)
        returns.iloc[[20, 21, 30], 0] = np.nan
        events = news(returns.index[[40, 60, 200]], id=["none", "early", "late"])
        found = fit(events, returns[["a"]], windows=["0:0"], min_obs=55)
        row = pair(found.matches, "early", "a")
        assert row["status"] == "excluded"
        assert row["reason"] == (
            "few-observations: 45 of 55 returns in estimation -130:-11; "
            f"70 of its sessions lie before the sample, which begins {returns.index[0].date()}; "
            "2 are sessions of events (clean 0:1; --clean none leaves them in); without a return: 3; "
            f"the first possible event session is {returns.index[70].date()}"
        )
        assert set(found.fits["event_id"]) == {"late"}

    def test_other_events_are_named_where_they_took_the_days(self):
        """In the middle of the sample the reason is not its beginning but the events that took the days."""
        returns = market(n=500)
        found = fit(news(returns.index[[*range(280, 400, 2), 415]]), returns[["a"]], windows=["0:0"], tests=[])
        last = found.matches.iloc[-1]
        # Sessions 285 to 404 would be learned from; those up to 399 belong to events.
        assert last["reason"].startswith(
            "few-observations: 5 of 60 returns in estimation -130:-11; 115 are sessions of events (clean 0:1;"
        )
        kept = fit(news(returns.index[[*range(280, 400, 2), 415]]), returns[["a"]], clean="none", tests=[])
        assert kept.matches.iloc[-1]["status"] == "used"

    def test_estimation_behind_the_event_runs_out_at_the_end(self):
        """With an estimation window behind the event it is the end of the sample that is too near."""
        returns = market(n=300)
        found = fit(news(returns.index[[100, 270]]), returns[["a"]], windows=["0:0"], estimation="11:130", tests=[])
        assert found.matches["reason"].iloc[1] == (
            "few-observations: 19 of 60 returns in estimation 11:130; "
            f"101 of its sessions lie behind the sample, which ends {returns.index[-1].date()}"
        )

    def test_the_first_possible_session(self):
        """With sixty returns before session 70 an event there is used, one on the session before is not."""
        returns = market(n=300)
        for position, used in ((69, False), (70, True)):
            found = fit(news(returns.index[[position, 200]], id=["early", "late"]), returns[["a"]], windows=["0:0"])
            assert (pair(found.matches, "early", "a")["status"] == "used") == used

    def test_min_obs_moves_the_limit(self):
        """Fewer observations asked for let earlier events in."""
        returns = market(n=300)
        found = fit(news(returns.index[[40]]), returns[["a"]], min_obs=30)
        assert found.fits["n_obs"].tolist() == [30]


class TestWindowsPastTheSample:
    @pytest.fixture
    def found(self):
        """A study whose second event lies three sessions before the end."""
        returns = market(n=303)
        return fit(news(returns.index[[250, 300]], id=["early", "late"]), returns)

    def test_are_nan_with_a_note(self, found):
        """The window that runs past the end has no figure at all, and a note; the shorter ones have theirs."""
        row = pair(found.car, "late", "a", "0:5")
        empty = ["move", "car", "bhar", "se", "t", "t_p_value", "scar", "z", "p_value", "family_p"]
        assert row[empty].isna().all()
        assert row["note"].startswith("window 0:5 runs past the sample, which ends")
        for window in ("0:0", "0:1", "-1:1"):
            assert pair(found.car, "late", "a", window)[empty].notna().all()

    def test_are_not_counted(self, found):
        """N of an average is the number of CARs used."""
        counted = found.average.query("series == 'a' and stance == '*'").set_index("window")["n"]
        assert counted.to_dict() == {"0:0": 2, "0:1": 2, "-1:1": 2, "0:5": 1}

    def test_leave_the_sessions_that_are_there(self, found):
        """The abnormal table has all seven sessions of the late event, four of them with a date and a figure."""
        rows = found.abnormal[(found.abnormal["event_id"] == "late") & (found.abnormal["series"] == "a")]
        assert rows["tau"].tolist() == list(range(-1, 6))
        assert rows["session"].notna().tolist() == rows["ar"].notna().tolist() == [True] * 4 + [False] * 3

    def test_an_event_without_any_whole_window_is_excluded(self):
        """An event of whose windows none is complete is excluded, and the reason says which session is missing."""
        returns = market(n=303)
        found = fit(news(returns.index[[250, 300]], id=["early", "late"]), returns, windows=["0:5", "1:9"])
        row = pair(found.matches, "late", "a")
        assert row["status"] == "excluded"
        assert row["reason"].startswith("window: window 0:5 runs past the sample")


class TestPricesAndReturns:
    @pytest.mark.one_in(2)
    @pytest.mark.parametrize("kind", ["log", "simple", "difference"])
    def test_a_plain_frame_of_returns_equals_its_prices(self, kind):
        """Columns nobody knows are a study too, and prices that make these returns give the same tables."""
        returns = market(names=("alpha", "omega", "m"))
        if kind == "log":
            prices = 100 * np.exp(returns.cumsum())
        elif kind == "simple":
            prices = 100 * (1 + returns).cumprod()
        else:
            prices = 5 + returns.cumsum()
        start = pd.DataFrame(
            5.0 if kind == "difference" else 100.0, index=[pd.Timestamp("2019-12-31")], columns=returns.columns
        )
        prices = pd.concat([start, prices])
        events = news(returns.index[[250, 262, 310]])
        choices = {"model": "market-model", "market": "m", "returns_kind": kind}
        of_returns = es.EventStudy(events, returns=returns, **choices).fit()
        of_prices = es.EventStudy(events, prices, **choices).fit()
        for name in NUMBERS:
            pd.testing.assert_frame_equal(getattr(of_prices, name), getattr(of_returns, name), rtol=1e-8, atol=1e-12)
        assert set(of_returns.car["series"]) == {"alpha", "omega"}
        assert of_returns.car["bhar"].isna().all() == (kind == "difference")

    def test_units(self):
        """Every figure's unit is named: simple returns unless asked otherwise, or a difference's."""
        returns = market(names=("a",))
        events = news(returns.index[[250]])
        kinds = (None, "log", "simple", "difference")
        units = [fit(events, returns, returns_kind=kind).car["unit"].iloc[0] for kind in kinds]
        assert units == ["simple return", "log return", "simple return", "units of the quote"]

    def test_the_catalogues_names_are_oriented(self, case):
        """A column called ruble is USD/RUB: its CAR is that of the same prices under an unknown name, sign turned."""
        events = news(["2021-09-14", "2022-01-18"])
        frames = case.prices[["ruble"]], case.prices[["ruble"]].rename(columns={"ruble": "mine"})
        known, unknown = (es.EventStudy(events, frame, returns_kind="log", tests=[]).fit().car for frame in frames)
        np.testing.assert_allclose(known["car"], -unknown["car"], rtol=1e-9)
        np.testing.assert_array_equal(known["p_value"], unknown["p_value"])

    def test_bhar_and_move_are_money_made(self, plain):
        """BHAR compounds the actual and the normal returns of the window, each by its kind; the move the actual ones.

        Of log returns the move is their sum.
        """
        returns = market(names=("a",))
        for kind in ("log", "simple"):
            found = fit(news(returns.index[[250]], id=["e"]), returns, returns_kind=kind)
            alpha = pair(found.fits, "e", "a")["alpha"]
            made = plain.compound(returns["a"].iloc[250:256].tolist(), kind) - plain.compound([alpha] * 6, kind)
            row, actual = pair(found.car, "e", "a", "0:5"), returns["a"].iloc[250:256].tolist()
            assert row["bhar"] == pytest.approx(made, rel=1e-10, abs=0)
            moved = math.fsum(actual) if kind == "log" else plain.compound(actual, "simple")
            assert row["move"] == pytest.approx(moved, rel=1e-10, abs=0)


class TestModels:
    @pytest.mark.one_in(2)
    @pytest.mark.parametrize(
        "choices",
        [
            {"model": "zero"},
            {"model": "constant-mean"},
            {"model": "market-adjusted", "market": "m"},
            {"model": "market-model", "market": "m"},
            {"model": "factor-model", "factors": ["m", "f"]},
        ],
        ids=lambda choices: choices["model"],
    )
    def test_every_model_runs_through(self, choices):
        """Every model fills every table: fits with its parameters, CARs with t, p and placebo, averages and tests."""
        returns = market(names=("a", "b", "m", "f"))
        found = fit(news(returns.index[[250, 262, 310, 330]]), returns, series=["a", "b"], **choices)
        parameters = found.design.model.parameters
        assert list(found.fits.columns) == [
            *("event_id", "series", "model", "unit", "n_obs", "df", "sigma", "r2"),
            *parameters,
            *("estimation_first", "estimation_last"),
        ]
        assert found.fits[[*parameters, "sigma"]].notna().all(axis=None)
        assert found.car[["car", "se", "t", "t_p_value", "z", "p_value", "family_p"]].notna().all(axis=None)
        assert (found.car["df"] == found.fits["df"].repeat(4).to_numpy()).all()
        assert len(found.tests) > 0

    def test_zero_model_by_hand(self):
        """Under the zero model the CAR is the sum of the raw returns, and its error √n times their dispersion."""
        returns = market(names=("a",))
        found = fit(news(returns.index[[250]], id=["e"]), returns, model="zero")
        row = pair(found.car, "e", "a", "0:5")
        assert row["car"] == pytest.approx(returns["a"].iloc[250:256].sum(), rel=1e-12, abs=0)
        assert row["se"] == pytest.approx(math.sqrt(6) * returns["a"].iloc[120:240].std(), rel=1e-12, abs=0)

    def test_market_adjusted_by_hand(self):
        """Under the market-adjusted model the CAR is the sum of the series' returns less the market's."""
        returns = market(names=("a", "m"))
        found = fit(news(returns.index[[250]], id=["e"]), returns, model="market-adjusted", market="m")
        less = returns["a"] - returns["m"]
        row = pair(found.car, "e", "a", "-1:1")
        assert row["car"] == pytest.approx(less.iloc[249:252].sum(), rel=1e-12, abs=0)
        assert row["se"] == pytest.approx(math.sqrt(3) * less.iloc[120:240].std(), rel=1e-12, abs=0)

    def test_a_market_without_a_price_leaves_its_windows_out(self):
        """A session on which the market has no return has no normal return: windows with it are NaN, others are not."""
        returns = market(names=("a", "m"))
        returns.iloc[252, 1] = np.nan
        found = fit(news(returns.index[[250]], id=["e"]), returns, model="market-model", market="m")
        day = returns.index[252].date()
        assert pair(found.car, "e", "a", "0:5")["note"] == f"window 0:5 has no regressor on {day}"
        assert np.isfinite(pair(found.car, "e", "a", "0:1")["car"])
        assert pair(found.fits, "e", "a")["n_obs"] == 120

    @pytest.mark.parametrize("spoil", ["series", "market", "copy"])
    def test_what_does_not_vary_is_excluded_with_a_reason(self, spoil):
        """A halted series, a halted market, and a series that is its market are excluded with a reason."""
        returns = market(names=("a", "b", "m"))
        if spoil == "series":
            returns["a"] = 0.0
        elif spoil == "market":
            returns["m"] = 0.0
        else:
            returns["a"] = 2 * returns["m"]
        study = es.EventStudy(news(returns.index[[250]], id=["e"]), returns=returns, model="market-model", market="m")
        if spoil == "market":
            with pytest.raises(es.NothingUsableError, match="constant: "):
                study.fit()
            return
        found = study.fit()
        row = pair(found.matches, "e", "a")
        assert row["status"] == "excluded"
        assert row["reason"].startswith("constant: ")
        assert set(found.car["series"]) == {"b"}

    def test_statsmodels_refuses_pairs_it_has_no_regression_for(self):
        """Asking for the regression of an unknown event or series, or of an excluded pair, says what is wrong."""
        returns = market(n=303)
        found = fit(news(returns.index[[250, 20]], id=["late", "early"]), returns)
        with pytest.raises(es.UnknownNameError, match="unknown event 'lat'; did you mean 'late'"):
            found.statsmodels("lat", "a")
        with pytest.raises(es.UnknownNameError, match="unknown series 'ruble'"):
            found.statsmodels("late", "ruble")
        with pytest.raises(es.DesignError, match="'early' was not used with 'a': few-observations"):
            found.statsmodels("early", "a")
        assert found.statsmodels("late", "a").nobs == 120


class TestShortSamples:
    def test_the_estimation_residuals_serve_and_the_study_says_so(self):
        """With fewer than 100 placebo sessions the event is held against its estimation residuals, and that is said."""
        returns = market(n=215)
        found = fit(news(returns.index[[200]], id=["e"]), returns[["a"]])
        assert set(found.car["p_source"]) == {"residuals"}
        assert any("from estimation residuals" in line for line in found.warnings)
        pytest.importorskip("arch", reason="the extra 'garch' is not installed")
        garch = fit(news(returns.index[[200]], id=["e"]), returns[["a"]], scale="garch")
        assert any("(p_source in car), scaled by EWMA, not GARCH: " in line for line in garch.warnings)
        assert garch.car["z"].equals(found.car["z"])
        assert any("garch scale is fitted on all figures, those after an event too" in line for line in garch.warnings)
        assert not any("garch" in line for line in found.warnings)
        assert found.car["family_p"].isna().all()
        # Windows that lie whole among the 120 residuals, over their sessions.
        days = found.car.set_index("window")["days"]
        assert days.to_dict() == pytest.approx({"0:0": 120, "0:1": 119 / 2, "-1:1": 118 / 3, "0:5": 115 / 6})
        for window in days.index:
            assert len(found.placebo_z("e", "a", window)) == round(days[window] * es.Window.parse(window).n_sessions)

    @pytest.mark.parametrize(("position", "source", "days"), [(229, "residuals", 120), (230, "sessions", 100)])
    def test_a_hundred_placebo_sessions_are_enough(self, position, source, days):
        """Sessions serve from the 130th on; with 99 of them the residuals do, with 100 the sessions."""
        returns = market(n=420)
        found = fit(news(returns.index[[position]], id=["e"]), returns[["a"]], windows=["0:0"]).car.iloc[0]
        assert (found["p_source"], found["days"]) == (source, days)

    @pytest.mark.parametrize(
        ("windows", "estimation"), [(["0:0", "0:200"], "-130:-11"), (["0:0", "-90:0"], "-160:-91")]
    )
    def test_windows_longer_than_the_sample_has_left(self, windows, estimation):
        """A window that reaches far past a short sample is NaN with a note; the others are computed all the same."""
        returns = market(n=240)
        found = fit(news(returns.index[[235]], id=["e"]), returns[["a"]], windows=windows, estimation=estimation)
        assert np.isfinite(pair(found.car, "e", "a", "0:0")["p_value"])


class TestUnusableSeries:
    def test_a_series_without_usable_pairs_leaves_the_tables_as_they_are(self):
        """A series that begins too late is excluded with a reason, and every column keeps its type."""
        returns = market()
        returns.iloc[:230, 1] = np.nan
        events = news(returns.index[[250, 310]])
        found, alone = fit(events, returns[["a", "b"]]), fit(events.iloc[[0]], returns[["a"]])
        first = fit(events.iloc[[0]], returns[["a", "b"]])
        assert set(first.car["series"]) == {"a"}
        assert first.car.dtypes.to_dict() == alone.car.dtypes.to_dict()
        assert first.fits.dtypes.to_dict() == alone.fits.dtypes.to_dict()
        assert first.abnormal.dtypes.to_dict() == alone.abnormal.dtypes.to_dict()
        assert pair(found.matches, str(events["time"][0]), "b")["reason"].startswith("few-observations: 10 of 60")

    def test_nothing_usable_is_an_error_with_the_commonest_reason(self):
        """Where no pair survives, the error says how many there were and why most of them fell."""
        returns = market()
        with pytest.raises(
            es.NothingUsableError, match=r"all 6 pairs .* excluded, most often\nafter-sample: the sample ends"
        ):
            fit(news(["2035-01-01", "2036-01-01"]), returns)


class TestWrongInput:
    def test_prices_or_returns_but_not_both(self):
        """A study takes prices or returns; neither and both are errors."""
        returns = market()
        events = news(returns.index[[250]])
        for frames in ({}, {"prices": returns, "returns": returns}):
            with pytest.raises(es.DesignError, match=r"give one of prices, returns and volumes, not (none|prices)"):
                es.EventStudy(events, **frames)

    @pytest.mark.parametrize(
        ("choices", "error", "words"),
        [
            ({"series": ["alpha"]}, es.DesignError, "no column 'alpha' among the prices; did you mean 'alfa'"),
            ({"model": "market-model", "market": "mm"}, es.DesignError, "no column 'mm' among the prices"),
            (
                {"model": "market-model", "market": "m", "series": ["m"]},
                es.DesignError,
                "cannot be explained by itself",
            ),
            ({"model": "factor-model", "factors": ["alfa", "m"]}, es.DesignError, "no series is left to study"),
        ],
    )
    def test_columns_that_are_not_there_or_not_to_be_studied(self, choices, error, words):
        """An unknown column, a regressor among the series, and a study with no series left say what is wrong."""
        returns = market(names=("alfa", "m"))
        with pytest.raises(error, match=words):
            fit(news(returns.index[[250]]), returns, **choices)

    def test_names_that_stand_for_more_than_one(self):
        """A series or a label cannot be called what stands for all, nor a label what is two others with a hyphen."""
        returns = market(names=("*", "m"))
        with pytest.raises(es.DesignError, match=r"a series named '\*' cannot be told from all series together"):
            fit(news(returns.index[[250]]), returns)
        days, returns = returns.index[[250, 300, 350]].strftime("%Y-%m-%d"), returns.rename(columns={"*": "alfa"})
        for label, error, words in (
            ("*", es.InputError, r"events, column side: the label '\*' stands for all events; rename it"),
            ("mixed", es.InputError, "the label 'mixed' stands for sessions with several labels; rename it"),
            ("B", es.InputError, "events, column side: 'b' and 'B' are two labels; write them alike"),
            ("a-b", es.DesignError, "contrast 'a-b' is a label of its own; rename the label"),
        ):
            events = pd.DataFrame({"time": days, "side": ["a", "b", label]})
            with pytest.raises(error, match=words):
                fit(events, returns, group_by="side", contrast="a-b")
        with pytest.raises(es.UnknownNameError, match="the events have no column 'sides'; did you mean 'side'"):
            fit(events, returns, group_by="sides")

    def test_factors_of_a_named_model(self):
        """A model of three factors takes no fourth column; each role has one column."""
        with pytest.raises(es.DesignError, match="ff3 takes mkt_rf, smb, hml; there are 4 columns"):
            es.FamaFrench3("a", "b", "c", "d")

    def test_total_returns_are_of_prices(self):
        """Returns are what they are: no distribution can be added to them."""
        returns = market()
        with pytest.raises(es.DesignError, match="returns 'total' add distributions to daily prices; these are"):
            fit(news(returns.index[[250]]), returns, returns_kind="total")

    def test_an_events_table_that_breaks_its_schema(self):
        """A stance nobody knows is an error that names the row."""
        returns = market()
        with pytest.raises(es.InputError, match="did you mean 'raise'"):
            es.EventStudy(news(returns.index[[250]], stances=("rase",)), returns=returns)


class TestResult:
    def test_printing_shows_the_averages_and_the_warnings(self, result):
        """What a result prints as is its summary: what went in, the averages, each warning on its line."""
        text = repr(result)
        assert text == result.summary()
        assert text.startswith(
            f"Event study: 28 of 28 events on {len(result.series)} series, ConstantMean(), estimation -130:-11"
        )
        assert all(f"! {line}" in text for line in result.warnings)
        assert "raise − fold" in text
        assert "<table" in result._repr_html_()

    def test_what_is_out_of_the_ordinary_is_said_first(self, case):
        """Of seven sentences those come first that are rare over all series, by family p; the rest is counted."""
        series = ["brent", "ruble", "em-bonds"]
        result = es.EventStudy(case.events, case.prices, series=series, windows=["0:0"], tests=[]).fit()
        rows = result.average
        labels = ("raise", "fold", "raise-fold")
        rows = rows[(rows["window"] == "0:0") & rows["stance"].isin(labels) & (rows["series"] != "*")]
        rare = rows[rows["family_p"] <= 0.05].sort_values("family_p", kind="stable")
        wanted = pd.concat([rare, rows.drop(rare.index)])[["series", "stance"]].to_numpy().tolist()
        assert 1 < len(rare) < 7 < len(rows)
        assert ["em-bonds", "raise-fold"] in wanted[: len(rare)]
        assert [[of.series, of.stance] for of in result.finding] == wanted[:7]
        said = [line for line in repr(result).splitlines()[2:] if not line.startswith("!")]
        assert said[:7] == [of.sentence for of in result.finding]
        n_more = sum(of.window == "0:0" and of.n > 0 for of in result.answers) - 7
        assert said[7:] == [f"... and {n_more} more answers: result.average", ""]

    def test_what_has_no_answer_is_said(self):
        """A label without an event in a series is an error that says so."""
        returns = market()
        found = fit(news(returns.index[[250, 300]], series=["", "a; b"]), returns, windows=["0:0"])
        assert found.answer("a", "fold").n == 1
        with pytest.raises(es.DesignError, match="no event of 'fold' has a CAR in 'c' over 0:0; eventstudy match"):
            found.answer("c", "fold")

    def test_matches_say_how_many_there_are(self, result):
        """What an audit trail prints as counts its pairs by status."""
        n = result.matches["status"].value_counts()
        text = f"{n['excluded']} excluded, {n['set-aside']} set-aside, {n['used']} used"
        assert repr(result.matching) == f"<Matches of 28 events with {len(result.series)} series: {text}>"

    def test_it_cannot_be_changed(self, result):
        """A result is frozen."""
        with pytest.raises(AttributeError):
            result.car = None

    def test_its_tables_by_name(self, result):
        """The tables are those of the data contract, in the order in which a study makes them."""
        assert list(result.tables()) == ["matches", "fits", "abnormal", "car", "average", "aar", "tests"]
        pd.testing.assert_frame_equal(result.tables()["car"], result.car)

    def test_gap_days_say_how_far_a_window_reaches(self, result):
        """The first session after Moscow's closure was 27 days after the last one before it."""
        assert pair(result.car, "2022-02-28-rate-to-twenty", "imoex", "0:0")["gap_days"] == 27
        assert pair(result.car, "2022-01-27-kremlin-reply", "imoex", "0:0")["gap_days"] == 1
