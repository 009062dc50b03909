"""What a study does with its inputs: what it uses, what it leaves out, and what it never looks at."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    events = news(returns.index[[300]])
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

    def test_the_same_study_twice_is_the_same(self, case):
        """Nothing depends on when or how often a study is run."""
        once, again = (es.EventStudy(case.events, case.prices[["imoex", "brent"]]).fit() for _ in range(2))
        same(once, again, (*NUMBERS, "matches"))


class TestWhatChangesNothing:
    @pytest.fixture
    def returns(self):
        """Three markets."""
        return market()

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

    @settings(max_examples=20, deadline=None)
    @given(size=st.floats(0.5, 3.0), from_session=st.integers(299, 419))
    def test_what_happens_from_the_event_on(self, one_event, size, from_session):
        """Returns from the event's first session on change neither its estimates nor any of its placebo draws."""
        events, returns, before = one_event
        changed = returns.copy()
        changed.iloc[from_session:] *= -size
        after = fit(events, changed)
        pd.testing.assert_frame_equal(after.fits, before.fits, check_exact=True)
        for key, draws in before.placebos.items():
            np.testing.assert_array_equal(after.placebos[key], draws)
        if from_session > 305:
            pd.testing.assert_frame_equal(after.car, before.car, check_exact=True)

    @pytest.mark.parametrize("tests", [[], "default"])
    def test_which_tests_are_asked_for(self, returns, tests):
        """CARs and averages do not depend on the tests that follow them."""
        events = news(returns.index[[250, 262, 310]])
        same(fit(events, returns, tests=tests), fit(events, returns), ("fits", "abnormal", "car", "average"))

    def test_other_series(self, returns):
        """A series' own figures don't depend on which others are studied; only the family p does."""
        events = news(returns.index[[250, 262, 310]])
        alone, beside = fit(events, returns[["a"]]), fit(events, returns)
        own = beside.car[beside.car["series"] == "a"].reset_index(drop=True)
        pd.testing.assert_frame_equal(
            own.drop(columns=["family_p", "family_n"]),
            alone.car.drop(columns=["family_p", "family_n"]),
            check_exact=True,
        )
        assert (own["family_p"] >= alone.car["family_p"] - 1e-12).all()
        np.testing.assert_array_equal(alone.car["family_p"], alone.car["placebo_p"])


class TestClean:
    def test_other_events_windows_are_left_out_of_the_estimation(self):
        """With clean=True the sessions of another event's windows are no observations; with clean=False they are."""
        returns = market()
        events = news(returns.index[[250, 300]], id=["first", "second"])
        clean, all_in = (fit(events, returns, clean=choice) for choice in (True, False))
        assert pair(clean.fits, "second", "a")["n_obs"] == 120 - 7
        assert pair(all_in.fits, "second", "a")["n_obs"] == 120
        assert pair(clean.fits, "first", "a")["n_obs"] == 120
        left = returns["a"].iloc[170:290].drop(returns.index[249:256])
        assert pair(clean.fits, "second", "a")["alpha"] == pytest.approx(left.mean(), rel=1e-12, abs=0)
        assert pair(all_in.fits, "second", "a")["alpha"] == pytest.approx(
            returns["a"].iloc[170:290].mean(), rel=1e-12, abs=0
        )

    def test_only_events_on_the_same_series_are_left_out(self):
        """An event about another series is an ordinary session of this one."""
        returns = market()
        events = news(returns.index[[250, 300]], id=["first", "second"], series=["b", ""])
        found = fit(events, returns)
        assert pair(found.fits, "second", "a")["n_obs"] == 120
        assert pair(found.fits, "second", "b")["n_obs"] == 120 - 7


class TestTooFewObservations:
    def test_the_reason_names_the_first_possible_session(self):
        """An event too early is excluded; the reason says how many returns there are and which session is the first."""
        returns = market(n=300)
        found = fit(news(returns.index[[60, 200]], id=["early", "late"]), returns[["a"]], windows=["0:0"])
        row = pair(found.matches, "early", "a")
        assert row["status"] == "excluded"
        # Sessions 0 .. 59 are the first sixty returns; they lie at -70 .. -11 from session 70.
        first = returns.index[70].date()
        assert row["reason"] == (
            "few-observations: 50 of 60 returns in estimation -130:-11; "
            f"the sample begins {returns.index[0].date()}; the first possible event session is {first}"
        )
        assert set(found.fits["event_id"]) == {"late"}

    def test_that_session_is_possible_and_the_one_before_is_not(self):
        """An event on the session named is used, one on the session before is not."""
        returns = market(n=300)
        for position, used in ((69, False), (70, True)):
            found = fit(news(returns.index[[position, 200]], id=["early", "late"]), returns[["a"]], windows=["0:0"])
            assert (pair(found.matches, "early", "a")["status"] == "used") == used

    def test_min_obs_moves_the_limit(self):
        """Fewer observations asked for let earlier events in."""
        returns = market(n=300)
        found = fit(news(returns.index[[40]]), returns[["a"]], min_obs=30)
        assert found.fits["n_obs"].tolist() == [30]

    def test_a_sample_that_is_too_short_altogether_names_no_session(self):
        """Where no session has enough returns before it, the reason ends with where the sample begins."""
        returns = market(n=60)
        with pytest.raises(es.NothingUsableError, match=r"few-observations: 40 of 60[^;]*; the sample begins \S+$"):
            fit(news(returns.index[[50]]), returns[["a"]])


class TestWindowsPastTheSample:
    @pytest.fixture
    def found(self):
        """A study whose second event lies three sessions before the end."""
        returns = market(n=303)
        return fit(news(returns.index[[250, 300]], id=["early", "late"]), returns)

    def test_are_nan_with_a_note(self, found):
        """The window that runs past the end has no figure at all, and a note; the shorter ones have theirs."""
        row = pair(found.car, "late", "a", "0:5")
        empty = ["car", "bhar", "se", "t", "p_value", "scar", "placebo_z", "placebo_p", "family_p"]
        assert row[empty].isna().all()
        assert row["note"].startswith("window 0:5 runs past the sample, which ends")
        for window in ("0:0", "0:1", "-1:1"):
            assert pair(found.car, "late", "a", window)[empty].notna().all()

    def test_are_not_counted(self, found):
        """N of an average is the number of CARs used."""
        counted = found.average.query("series == 'a' and stance == '*'").set_index("window")["n_cars"]
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
        """Every figure's unit is named: the kind of return, or the unit of a difference."""
        returns = market(names=("a",))
        events = news(returns.index[[250]])
        units = [
            fit(events, returns, returns_kind=kind).car["unit"].iloc[0] for kind in ("log", "simple", "difference")
        ]
        assert units == ["log return", "simple return", "units of the quote"]

    def test_the_catalogues_names_are_oriented(self, case):
        """A column called ruble is USD/RUB: its CAR is that of the same prices under an unknown name, sign turned."""
        events = news(["2021-09-14", "2022-01-18"])
        known = es.EventStudy(events, case.prices[["ruble"]]).fit()
        unknown = es.EventStudy(events, case.prices[["ruble"]].rename(columns={"ruble": "usd-rub"})).fit()
        np.testing.assert_allclose(known.car["car"], -unknown.car["car"], rtol=1e-9)
        np.testing.assert_array_equal(known.car["placebo_p"], unknown.car["placebo_p"])

    def test_bhar_is_the_money_made_beyond_the_normal(self, plain):
        """BHAR compounds the actual and the normal returns of the window, each by its kind."""
        returns = market(names=("a",))
        for kind in ("log", "simple"):
            found = fit(news(returns.index[[250]], id=["e"]), returns, returns_kind=kind)
            alpha = pair(found.fits, "e", "a")["alpha"]
            made = plain.compound(returns["a"].iloc[250:256].tolist(), kind) - plain.compound([alpha] * 6, kind)
            assert pair(found.car, "e", "a", "0:5")["bhar"] == pytest.approx(made, rel=1e-10, abs=0)


class TestModels:
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
        assert found.car[["car", "se", "t", "p_value", "placebo_p", "family_p"]].notna().all(axis=None)
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
        assert set(found.car["placebo_source"]) == {"residuals"}
        assert any("rest on estimation residuals" in line for line in found.warnings)
        assert found.car["family_p"].isna().all()
        assert pair(found.car, "e", "a", "0:0")["placebo_n"] == 120
        assert pair(found.car, "e", "a", "0:5")["placebo_n"] == 115

    def test_residual_placebo_equals_plain_loops(self, plain):
        """Residuals about the event's own mean, scaled by a recursion started from their variance, are its placebo."""
        frame = market(n=215)[["a"]]
        found = fit(news(frame.index[[200]], id=["e"]), frame)
        returns = frame["a"].tolist()
        mean = plain.mean(returns[70:190])
        residual = [value - mean for value in returns[70:206]]
        variance, scale = plain.sd(residual[:120]) ** 2, []
        for value in residual:
            scale.append(math.sqrt(variance))
            variance = 0.94 * variance + 0.06 * value**2

        def z(t, first, last):
            moved = sum(residual[t + first : t + last + 1])
            return moved / (scale[t + min(first, 0)] * math.sqrt(last - first + 1))

        for window, (first, last) in {"0:0": (0, 0), "0:1": (0, 1), "-1:1": (-1, 1), "0:5": (0, 5)}.items():
            draws = [z(t, first, last) for t in range(-first, 120 - last)]
            row = pair(found.car, "e", "a", window)
            assert row["placebo_n"] == len(draws)
            assert row["placebo_z"] == pytest.approx(z(130, first, last), rel=1e-9, abs=0)
            assert row["placebo_p"] == plain.placebo_p(z(130, first, last), draws)

    @pytest.mark.parametrize(("position", "source", "n"), [(229, "residuals", 120), (230, "sessions", 100)])
    def test_a_hundred_placebo_sessions_are_enough(self, position, source, n):
        """Sessions serve from the 130th on; with 99 of them the residuals do, with 100 the sessions."""
        returns = market(n=420)
        found = fit(news(returns.index[[position]], id=["e"]), returns[["a"]], windows=["0:0"]).car.iloc[0]
        assert (found["placebo_source"], found["placebo_n"]) == (source, n)

    @pytest.mark.parametrize(
        ("windows", "estimation"), [(["0:0", "0:200"], "-130:-11"), (["0:0", "-90:0"], "-160:-91")]
    )
    def test_windows_longer_than_the_sample_has_left(self, windows, estimation):
        """A window that reaches far past a short sample is NaN with a note; the others are computed all the same."""
        returns = market(n=240)
        found = fit(news(returns.index[[235]], id=["e"]), returns[["a"]], windows=windows, estimation=estimation)
        assert np.isfinite(pair(found.car, "e", "a", "0:0")["placebo_p"])


class TestClosures:
    @pytest.mark.parametrize(("n_lost", "n_fewer"), [(3, 0), (4, 7)])
    def test_no_placebo_window_spans_one(self, plain, n_lost, n_fewer):
        """Seven days between two sessions cost the placebo the seven spans over them; six days cost none."""
        returns = market(n=420, names=("a",))
        index = returns.index.to_list()
        returns.index = index[:199] + [day + pd.tseries.offsets.BDay(n_lost) for day in index[199:]]
        days = [day.date() for day in returns.index]
        gaps = [None, *((b - a).days for a, b in pairwise(days))]
        assert (gaps[199] >= 7) == (n_fewer > 0)
        found = fit(news([days[300]], id=["e"]), returns)
        values = returns["a"].tolist()
        free = plain.admissible(420, [300], (-1, 5), gaps)
        assert sum(plain.admissible(420, [300], (-1, 5), [1] * 420)) - sum(free) == n_fewer
        for window in ((0, 0), (-1, 1), (0, 5)):
            z = plain.constant_mean_z(values, [300], (-130, -11), window, (-1, 5))
            draws = [z[t] for t in plain.placebo_sessions(z, free, 300, window, (-1, 5))]
            row = pair(found.car, "e", "a", f"{window[0]}:{window[1]}")
            assert row["placebo_n"] == len(draws)
            assert row["placebo_p"] == plain.placebo_p(z[300], draws)


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
        with pytest.raises(es.NothingUsableError, match=r"6 of 6 pairs .* excluded, as\nafter-sample: the sample ends"):
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
        assert text.startswith("Event study: 28 of 28 events on 19 series, ConstantMean(), estimation -130:-11")
        assert all(f"! {line}" in text for line in result.warnings)
        assert "raise-fold" in text
        assert result._repr_html_().startswith("<table")

    def test_it_cannot_be_changed(self, result):
        """A result is frozen."""
        with pytest.raises(AttributeError):
            result.car = None

    def test_its_tables_by_name(self, result):
        """The tables are those of the data contract, in the order in which a study makes them."""
        assert list(result.tables()) == ["matches", "fits", "abnormal", "car", "average", "tests"]
        assert result.tables()["car"] is result.car

    def test_placebo_returns_are_those_of_quiet_spans(self, result, case):
        """The abnormal returns kept beside a series are those of whole spans without news, one row a session."""
        for name, ar in result.placebo_ar.items():
            assert ar.shape[1] == 7
            assert np.isfinite(ar).all()
            assert 200 < len(ar) < case.prices[name].notna().sum()

    def test_gap_days_say_how_far_a_window_reaches(self, result):
        """The first session after Moscow's closure was 27 days after the last one before it."""
        assert pair(result.car, "2022-02-28-rate-to-twenty", "imoex", "0:0")["gap_days"] == 27
        assert pair(result.car, "2022-01-27-kremlin-reply", "imoex", "0:0")["gap_days"] == 1
