"""The smallest effect a study could have seen: the closed form of the statistics page, and the answers' own placebo."""

import math
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventstudy as es
from eventstudy.inference import placebo, power_of_mean, size_of_unadjusted, smallest_effect

PLAIN = SimpleNamespace(**run_path(str(Path(__file__).parents[1] / "reference" / "plain.py")))
DAYS = pd.bdate_range("2018-01-01", periods=900, name="session")


def study(at, stances, n_days=900, names=("a", "b"), **choices):
    """A study of normal returns with a common part, with events on some sessions."""
    rng = np.random.default_rng(5)
    moves = 0.01 * (0.6 * rng.normal(size=(n_days, 1)) + 0.8 * rng.normal(size=(n_days, len(names))))
    returns = pd.DataFrame(moves, index=DAYS[:n_days], columns=list(names))
    events = pd.DataFrame({"time": [str(DAYS[k].date()) for k in at], "stance": stances})
    return es.EventStudy(events, returns=returns, **{"tests": [], "windows": ["0:0", "0:5"]} | choices)


class TestClosedForm:
    @pytest.mark.parametrize(
        ("sigma", "effect", "expected"),
        [(0.02, 0.01, [0.079, 0.201, 0.353, 0.609, 0.942]), (0.04, 0.01, [0.057, 0.086, 0.124, 0.201, 0.424])],
    )
    def test_the_figures_of_the_statistics_page(self, sigma, effect, expected):
        """For 1, 5, 10, 20 and 50 events the power is that of the page, and statsmodels'."""
        from statsmodels.stats.power import NormalIndPower

        for n, power in zip((1, 5, 10, 20, 50), expected, strict=True):
            assert round(power_of_mean(effect, sigma, n), 3) == power
            theirs = NormalIndPower(ddof=0).power(effect / sigma, n, 0.05, ratio=0)
            assert power_of_mean(effect, sigma, n) == pytest.approx(theirs)

    def test_twice_the_effect(self):
        """An effect of 2 % beside a deviation of 4 % in 20 events is seen 609 times in 1,000."""
        assert round(power_of_mean(0.02, 0.04, 20), 3) == 0.609

    @pytest.mark.parametrize(
        ("r", "expected"),
        [
            (0.05, [0.088, 0.113, 0.222, 0.304, 0.434]),
            (0.1, [0.129, 0.177, 0.346, 0.444, 0.573]),
            (0.3, [0.3, 0.394, 0.599, 0.679, 0.767]),
        ],
    )
    def test_the_size_of_unadjusted_tests(self, r, expected):
        """For 6, 10, 30, 50 and 100 correlated returns the size is that of the page."""
        assert [round(size_of_unadjusted(n, r), 3) for n in (6, 10, 30, 50, 100)] == expected

    @pytest.mark.parametrize("level", [0.01, 0.05, 0.1])
    def test_without_correlation_the_size_is_the_level(self, level):
        """Of events that are independent a test rejects as often as it claims, of others more often."""
        assert size_of_unadjusted(50, 0.0, level) == pytest.approx(level)
        assert size_of_unadjusted(50, 0.3, level) > level

    def test_no_effect_is_needed_for_no_more_than_chance(self):
        """A test at five per cent rejects as often without any effect: for that power none is needed, for more one."""
        assert smallest_effect(0.02, 20, power=0.05, level=0.05) == 0.0
        assert smallest_effect(0.02, 20, power=0.051, level=0.05) > 0.0

    @given(st.floats(0.001, 0.1), st.integers(1, 60), st.floats(0.2, 0.95))
    def test_the_smallest_effect_has_the_power_asked_for(self, sigma, n, power):
        """The test has exactly the power asked for at the smallest effect."""
        assert power_of_mean(smallest_effect(sigma, n, power), sigma, n) == pytest.approx(power)


class TestShift:
    def test_agrees_with_the_closed_form_on_normal_draws(self):
        """On 200,000 normal draws the smallest shift is the closed form's, within 2 %."""
        draws = np.random.default_rng(6).normal(size=200_000)
        assert placebo.placebo_smallest(draws) == pytest.approx(smallest_effect(1.0, 1), rel=0.02)

    @given(st.integers(0, 2**32 - 1), st.integers(60, 300))
    def test_shifted_by_it_four_draws_in_five_are_seen(self, seed, n):
        """Shifted a hair further than that, 80 % of the draws have a p of at most 5 % against the draws, either way."""
        draws = np.random.default_rng(seed).standard_t(4, size=n)
        shift = placebo.placebo_smallest(draws) + 1e-9
        for moved in (draws + shift, draws - shift):
            p = [PLAIN.placebo_p(z, draws.tolist()) for z in moved]
            assert np.mean(np.array(p) <= 0.05) >= 0.8

    @given(st.integers(0, 2**32 - 1), st.integers(60, 300), st.sampled_from([0.5, 0.75, 0.8, 0.9]))
    def test_a_hair_less_is_not_enough(self, seed, n, power):
        """Shifted a hair less, on one of the sides fewer draws than asked for come out with a p of at most 5 %."""
        draws = np.random.default_rng(seed).standard_t(4, size=n)
        shift = placebo.placebo_smallest(draws, power) - 1e-9
        seen = [
            sum(z > 0 and PLAIN.placebo_p(z, draws.tolist()) <= 0.05 for z in (side * draws + shift).tolist())
            for side in (1, -1)
        ]
        assert min(seen) < power * n - 1e-9

    @pytest.mark.parametrize("side", [1.0, -1.0])
    def test_by_hand(self, side):
        """Of 0, 1, ..., 19 a p of 10 % needs more than 18: 15 draws of 20 pass it moved up by 13, down by 14 + 18."""
        draws = side * np.arange(20.0)
        assert placebo.placebo_smallest(draws, power=0.75, level=0.1) == 32.0

    def test_too_few_draws_see_nothing(self):
        """With ten draws no p is as small as 5 %, however large the effect."""
        assert math.isnan(placebo.placebo_smallest(np.arange(10.0)))


@pytest.fixture(scope="module")
def six():
    """Six events on two series: three raises, two folds, a hold."""
    return study([300, 420, 560, 640, 700, 780], ["raise", "fold", "raise", "hold", "raise", "fold"])


@pytest.fixture(scope="module")
def result(six):
    """What the study found."""
    return six.fit()


@pytest.fixture(scope="module")
def found(six):
    """Its power."""
    return six.power().power


class TestOfAStudy:
    def test_every_row_is_an_answer(self, result, found):
        """Each answer is a row, with its own n, unit, CAAR and days."""
        both = found.merge(result.average, on=["series", "stance", "window"], suffixes=("", "_of_the_answer"))
        assert len(both) == len(found) == len(result.average)
        for name in ("unit", "n", "caar", "days"):
            assert both[name].equals(both[f"{name}_of_the_answer"]), name

    def test_an_effect_of_that_size_is_seen(self, result, found):
        """The CARs of raises moved so far that z passes the 5 % point of the placebo are significant, by the study."""
        row = found[(found["series"] == "a") & (found["stance"] == "raise") & (found["window"] == "0:0")].iloc[0]
        answer = result.answer("a", "raise", "0:0")
        shift = row["smallest_placebo"] / row["one_event"]
        of = result.samples["a"]
        line = of.every("z")[of.every("quiet")[:, 0], 0]
        drawn = np.random.default_rng(3).choice(line, size=(20_000, answer.n)).mean(axis=1)
        point = np.quantile(np.abs(drawn), 0.95)
        assert np.mean(np.abs(drawn + shift) >= point) == pytest.approx(0.8, abs=0.03)

    def test_one_event_is_the_volatility_known_before(self, result, found):
        """Where the mean is one event, `one_event` is its CAR over its z, and the draws are those of its own p."""
        row = found[(found["series"] == "b") & (found["stance"] == "hold") & (found["window"] == "0:5")].iloc[0]
        event = result.sample("b", "hold", "0:5").iloc[0]
        assert row["one_event"] == pytest.approx(event["car"] / event["z"])
        draws = result.placebo_z(event["event_id"], "b", "0:5")
        assert row["smallest_placebo"] == pytest.approx(placebo.placebo_smallest(draws) * row["one_event"])
        assert row["smallest_closed"] == pytest.approx(smallest_effect(row["one_event"], 1))

    def test_more_events_see_less(self, found):
        """Over 0:0 the row of all events sees a smaller effect than raises, and raises than the one hold."""
        of_a = found[(found["series"] == "a") & (found["window"] == "0:0")].set_index("stance")["smallest_placebo"]
        assert of_a["*"] < of_a["raise"] < of_a["hold"]

    def test_what_has_no_figure_says_why(self, found):
        """A contrast has neither figure, the pool no closed form; each row says so."""
        contrast = found[found["stance"] == "raise-fold"]
        assert contrast[["smallest_placebo", "smallest_closed"]].isna().all(axis=None)
        assert contrast["note"].str.contains("permutes labels").all()
        pool = found[(found["series"] == "*") & (found["stance"] != "raise-fold")]
        assert pool["smallest_placebo"].notna().all()
        assert pool["note"].str.contains("move together").all()

    def test_few_days_see_nothing(self):
        """With fewer than 19 days without news behind it no p can be 5 %, and the row says so."""
        short = study([150, 170], ["raise", "raise"], n_days=190, estimation="-70:-11", windows=["0:5"])
        found = short.power().power
        assert short.fit().answer("a", "raise").days < 19
        assert found["smallest_placebo"].isna().all()
        assert found.iloc[0]["note"].startswith("with ")
