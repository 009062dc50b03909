"""Which market events stand in a mean, which are set aside, and why: small worlds counted on fingers."""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

DAYS = pd.bdate_range("2020-01-01", periods=500, name="session")
RETURNS = pd.DataFrame({"a": np.random.default_rng(4).normal(size=500) * 0.01}, index=DAYS)


def news(*rows, **columns):
    """Events on rows of the sample, named by letters."""
    positions, stances = zip(*rows, strict=True)
    times = [f"{DAYS[t]:%Y-%m-%d}" for t in positions]
    return pd.DataFrame({"id": list("abcdefghijkl"[: len(rows)]), "time": times, "stance": stances, **columns})


def fit(events, returns=RETURNS, **choices):
    """A study without tests."""
    return es.EventStudy(events, returns=returns, **{"windows": ["0:0", "0:5"], "tests": []} | choices).fit()


def ids(result, stance="*", window="0:0"):
    """The events of a sample by their ids in one text."""
    return "".join(result.sample("a", stance, window)["event_id"])


class TestLateNews:
    """After session 299 the market is shut for four weeks."""

    @pytest.fixture(scope="class")
    @staticmethod
    def shut():
        """Its returns; the session after the closure is 300."""
        return RETURNS.set_axis([*DAYS[:300], *(DAYS[300:] + pd.Timedelta(days=28))]).rename_axis("session")

    @pytest.fixture(scope="class")
    @staticmethod
    def events():
        """News before, in and after the closure, and on the day the market opens again."""
        times = [DAYS[250], DAYS[299], DAYS[299] + pd.Timedelta(days=9), DAYS[300] + pd.Timedelta(days=28)]
        times = [*times, DAYS[350] + pd.Timedelta(days=28)]
        return pd.DataFrame({"id": list("abcde"), "time": [f"{day:%Y-%m-%d}" for day in times], "stance": "raise"})

    def test_it_is_in_no_mean(self, shut, events):
        """News of the closure and of the first day after it has a CAR, a reason, and no part in any mean."""
        result = fit(events, shut)
        matches, car = (table.set_index("event_id") for table in (result.matches, result.car))
        assert matches["status"].tolist() == ["used", "used", "set-aside", "set-aside", "used"]
        assert matches.loc["c", "reason"].startswith(
            f"late: news of {events['time'][2]} met a closed market; session {shut.index[300].date()} is the first"
        )
        assert car.loc[["c", "d"], "car"].notna().all()
        assert car.loc["c", "note"].str.startswith("late: the session follows a closure").all()
        assert ids(result) == "abe"
        answer = result.answer("a", "raise", "0:0")
        assert (answer.n, answer.n_set_aside, answer.set_aside) == (3, 1, {"late": 1})
        assert any("late news, set aside from every mean" in line for line in result.warnings)

    def test_windows_over_the_closure_are_set_aside_too(self, shut, events):
        """The event of the last day before it counts over that day, and not over a window that spans the closure."""
        result = fit(events, shut)
        assert ids(result, window="0:5") == "ae"
        assert result.answer("a", "*", "0:5").set_aside == {"late": 1, "closure": 1}
        note = result.car.set_index(["event_id", "window"])["note"]
        assert (note["b", "0:0"], note["b", "0:5"]) == ("", "closure: the window spans one")
        assert result.car.set_index(["event_id", "window"])["gap_days"]["b", "0:5"] == 29

    def test_a_note_joins_what_is_already_said(self, shut, events):
        """Four sessions after late news the sample ends: the shortfall stands behind the reason, and it has a CAR."""
        matches = fit(events.iloc[2:3], shut.iloc[:304]).matches
        first = f"late: news of {events['time'][2]} met a closed market; session {shut.index[300].date()} is the first"
        end = f"incomplete: window 0:5 runs past the sample, which ends {shut.index[303].date()}"
        assert matches["status"].tolist() == ["set-aside"]
        assert matches["reason"][0].startswith(first)
        assert matches["reason"][0].endswith(f"; {end}")

    def test_what_cannot_be_estimated_is_excluded_in_its_series_alone(self, events):
        """A series that begins late has too few returns; the other keeps its event, and nothing is said of it."""
        returns = RETURNS.assign(b=RETURNS["a"].where(np.arange(500) >= 220))
        matches = fit(events.iloc[:1], returns).matches.set_index("series")
        assert matches["status"].to_dict() == {"a": "used", "b": "excluded"}
        assert matches["reason"]["b"].startswith("few-observations: ")
        assert matches["reason"]["a"] == ""

    def test_keep_counts_it(self, shut, events):
        """Under `keep` it is used, in every mean; events of one session are one."""
        result = fit(events, shut, overlap="keep")
        assert (result.matches["status"] == "used").all()
        assert ids(result) == "abce"
        assert result.answer("a", "raise", "0:5").n_set_aside == 0

    @pytest.mark.parametrize(("hour", "status"), [("10:00", "used"), ("19:00", "set-aside")])
    def test_more_than_five_days_are_too_late(self, hour, status):
        """A holiday week is no closure; Thursday evening's news that waits for Wednesday is late, Thursday's is not."""
        stamp = es.Stamp("x", "16:00", "America/New_York", "close")
        hours = es.Hours("x", "09:30", "16:00", "America/New_York")
        mine = es.Instrument("a", "Mine", stamp, hours)
        thursday = DAYS[301]
        assert thursday.day_name() == "Thursday"
        days = DAYS.delete([302, 303, 304])
        events = pd.DataFrame({"id": ["e"], "time": [f"{thursday:%Y-%m-%d}T{hour}"], "time_zone": "America/New_York"})
        result = fit(events, RETURNS.loc[days], instruments={"a": mine})
        row = result.matches.iloc[0]
        assert row["status"] == status
        if status == "set-aside":
            assert (
                row["reason"]
                == f"late: session {DAYS[305].date()} comes more than 5 days after the first news it answers"
            )
            assert (DAYS[305] - thursday).days == 6


class TestContamination:
    def test_a_window_with_news_of_another_label_is_set_aside(self):
        """The fold of session 303 lies in the six sessions of the raise of 300, which counts over its own day only."""
        result = fit(news((300, "raise"), (303, "fold"), (330, "raise"), (333, "raise")))
        assert ids(result, "raise") == "acd"
        assert ids(result, "raise", "0:5") == "cd"
        assert ids(result, "fold", "0:5") == "b"
        assert ids(result, "*", "0:5") == "abcd"
        answer, car = result.answer("a", "raise", "0:5"), result.car.set_index(["event_id", "window"])
        assert (answer.n, answer.set_aside) == (2, {"contaminated": 1})
        assert answer.caar == pytest.approx((car["car"]["c", "0:5"] + car["car"]["d", "0:5"]) / 2, rel=1e-12)
        assert car["note"]["a", "0:5"] == "contaminated: the window holds b (fold)"
        assert result.matches["status"].eq("used").all()
        assert any(
            line.startswith("over 0:5, of ") and " 1 holds news of another label" in line for line in result.warnings
        )

    @pytest.mark.one_in(3)
    @pytest.mark.parametrize(
        ("first", "second", "kept"),
        [
            ("raise", "hold", True),
            ("raise", "raise", True),
            ("raise", "fold", False),
            ("hold", "hold", True),
            ("hold", "raise", False),
            ("hold", "fold", False),
            ("mixed", "raise", False),
            ("fold", "mixed", False),
            ("mixed", "mixed", True),
        ],
    )
    def test_holds_contaminate_nothing(self, first, second, kept):
        """Raises, folds and mixed sessions of another label than its own contaminate a window, holds never do."""
        rows = []
        for position, stance in ((300, first), (302, second), (400, "hold")):
            rows += [(position, name) for name in (("raise", "fold") if stance == "mixed" else (stance,))]
        result = fit(news(*rows))
        of_first = result.sample("a", first, "0:5")["session"]
        assert (DAYS[300] in set(of_first)) == kept
        assert DAYS[302] in set(result.sample("a", second, "0:5")["session"])

    @pytest.mark.parametrize("column", ["stance", "decision"])
    def test_a_hold_is_neutral_among_stances_alone(self, column):
        """Labels of a column of one's own are alike: `hold` mixes with `hike` and contaminates it as `keep` does."""
        rows = [(300, "hike"), (300, "hold"), (350, "hike"), (352, "hold")]
        result = fit(news(*rows).rename(columns={"stance": column}), group_by=column)
        own = column == "decision"
        assert result.matches["net_stance"].tolist() == [*["mixed" if own else "hike"] * 2, "hike", "hold"]
        assert ids(result, "hike", "0:5") == ("" if own else "ac")
        if own:
            keep = news(*rows).rename(columns={"stance": column}).replace("hold", "keep")
            other = fit(keep, group_by=column)
            average = result.average.set_index(["stance", "window"])
            assert (
                other.average.replace("keep", "hold").set_index(["stance", "window"]).loc[average.index].equals(average)
            )
            assert other.car["note"].str.replace("keep", "hold").equals(result.car["note"])

    def test_it_looks_as_far_as_its_window(self):
        """Over -1:1 news of the day before counts as well, over 0:5 the sixth session after does not."""
        result = fit(news((300, "raise"), (301, "fold"), (306, "fold")), windows=["-1:1", "0:5", "0:0"])
        assert [ids(result, "fold", window) for window in ("-1:1", "0:5", "0:0")] == ["c", "bc", "bc"]
        assert [ids(result, "raise", window) for window in ("-1:1", "0:5", "0:0")] == ["", "", "a"]
        with pytest.raises(es.EventStudyError):
            fit(news((300, "raise"), (301, "fold")), windows=["0:5"]).answer("a", "hold", "0:5")
        empty = result.answer("a", "raise", "0:5")
        assert (empty.n, empty.n_set_aside) == (0, 1)
        assert np.isnan(empty.caar)
        assert "no event" in empty.sentence

    @pytest.mark.parametrize(("overlap", "kept"), [("set-aside", "cd"), ("keep", "acd"), ("first", "ac")])
    def test_overlap_rules(self, overlap, kept):
        """All windows, those without other news, or the earliest of each cluster whose windows share a session."""
        result = fit(news((300, "raise"), (303, "fold"), (330, "raise"), (333, "raise")), overlap=overlap)
        assert ids(result, "raise", "0:5") == kept
        assert ids(result, "raise", "0:0") == "acd"
        if overlap == "first":
            assert ids(result, "*", "0:5") == "ac"
            assert result.answer("a", "*", "0:5").set_aside == {"overlap": 2}

    def test_first_begins_anew_behind_the_last_one_kept(self):
        """Sessions 300, 303, 306, 309: the third shares none with the first and is kept, though with the second."""
        result = fit(news((300, "raise"), (303, "raise"), (306, "raise"), (309, "raise")), overlap="first")
        assert ids(result, "*", "0:5") == "ac"


class TestMarketEvents:
    def test_events_of_one_session_are_one(self):
        """Six events of four sessions: the mean counts each session once, and both of a mixed one in none but all."""
        events = news((200, "raise"), (200, "hold"), (220, "raise"), (220, "fold"), (240, "fold"), (260, "hold"))
        result = fit(events)
        car = result.car[result.car["window"] == "0:0"].set_index("event_id")["car"]
        assert car["a"] == car["b"]
        wanted = {"raise": ("a", 2), "hold": ("f", 1), "fold": ("e", 1), "mixed": ("c", 2), "*": ("acef", 6)}
        for stance, (names, n_events) in wanted.items():
            answer = result.answer("a", stance, "0:0")
            assert ids(result, stance) == names
            assert (answer.n, answer.n_events) == (len(names), n_events)
            assert answer.caar == pytest.approx(car[list(names)].mean(), rel=1e-12)
        contrast = result.answer("a", "raise-fold", "0:0")
        assert contrast.caar == pytest.approx(car["a"] - car["e"], rel=1e-12)
        assert set(result.average["series"]) == {"a"}
        assert any("several labels meet in one session" in line for line in result.warnings)


class TestLabels:
    LEVELS = ("very-high", "low", "very-high", "low", "so-so", "low")
    ROWS = tuple((200 + 30 * k, "raise") for k in range(6))

    def test_labels_may_hold_hyphens(self):
        """Another column groups by its own labels, and a contrast finds the hyphen that parts two of them."""
        events = news(*self.ROWS, heat=self.LEVELS).drop(columns="stance")
        result = fit(events, group_by="heat", contrast="very-high-low")
        assert result.groups == ("low", "so-so", "very-high")
        assert result.contrast == ("very-high", "low")
        car = result.car[result.car["window"] == "0:0"].set_index("event_id")["car"]
        difference = car[["a", "c"]].mean() - car[["b", "d", "f"]].mean()
        answer = result.answer("a", "very-high-low", "0:0")
        assert answer.caar == pytest.approx(difference, rel=1e-12)
        # Five events, two of them very high: ten ways to give out the labels.
        assert (answer.days, answer.p_value * 10) == (10, pytest.approx(round(answer.p_value * 10)))

    def test_other_labels_have_no_contrast_of_their_own(self):
        """Without being asked for one there is no contrast; one of labels that are none names those there are."""
        events = news(*self.ROWS, heat=self.LEVELS)
        assert set(fit(events, group_by="heat").average["stance"]) == {"low", "so-so", "very-high", "*"}
        with pytest.raises(es.DesignError, match="labels: low, so-so, very-high"):
            fit(events, group_by="heat", contrast="high-low")
        with pytest.raises(es.UnknownNameError, match="did you mean 'heat'"):
            fit(events, group_by="heet")

    def test_different_labels_of_one_session_are_mixed(self):
        """A session of two labels is in neither of their means; an event without a label is in that over all."""
        events = news((200, ""), (230, ""), (230, ""), (260, ""), heat=["low", "low", "high", ""])
        result = fit(events, group_by="heat")
        assert result.matches["net_stance"].tolist() == ["low", "mixed", "mixed", ""]
        assert (ids(result, "low"), ids(result)) == ("a", "abd")


PRICES = 100 * (1 + RETURNS["a"]).cumprod()
DATES = ["2021-03-01", "2021-04-05", "2021-05-03"]


@pytest.mark.parametrize(
    "dates",
    [
        DATES,
        pd.DatetimeIndex(DATES),
        pd.Series(pd.to_datetime(DATES)),
        pd.to_datetime(DATES).to_numpy(),
        [pd.Timestamp(day).date() for day in DATES],
        pd.DataFrame({"time": DATES}),
    ],
    ids=["texts", "index", "series", "array", "dates", "frame"],
)
@pytest.mark.parametrize("prices", [PRICES, PRICES.to_frame()], ids=["series", "frame"])
def test_one_call_takes_dates_of_any_kind(dates, prices):
    """Bare dates, a Series of prices, and windows as tuples are a study of one group without a stance."""
    result = es.event_study(dates, prices, windows=[(0, 0), (-1, 1)], tests=[])
    assert result.groups == ()
    assert result.average["stance"].tolist() == ["*", "*"]
    at = [DAYS.get_loc(day) for day in DATES]
    made = RETURNS["a"].to_numpy()
    learned = [
        made[[t for t in range(k - 130, k - 10) if t - at[0] not in (0, 1) and t - at[1] not in (0, 1)]] for k in at
    ]
    cars = [made[k] - values.mean() for k, values in zip(at, learned, strict=True)]
    answer = result.answer()
    assert answer == result.answer(window=(0, 0))
    assert (answer.n, answer.caar) == (3, pytest.approx(np.mean(cars), rel=1e-9))
