"""Sentences say what the tables say."""

import dataclasses
import math

import pandas as pd
import pytest

import eventstudy as es
from eventstudy.report import read_moves, sentence
from eventstudy.report.sentences import Reading, _verdict


@pytest.fixture(scope="module")
def case():
    """The bundled case of 2022."""
    return es.load_case("raise-or-fold-2022")


@pytest.fixture(scope="module")
def result(case):
    """A study of three markets on it, VIX among them as a difference series, ruble as one that ends early."""
    return es.EventStudy(case.events, case.prices, series=["imoex", "ruble", "vix"], windows=["0:0", "0:5"]).fit()


def test_move_is_what_prices_did(case, result):
    """A move is the simple return of the prices over the window, of the inverse quote for the ruble."""
    readings = read_moves(result, "0:5")
    imoex, ruble = case.prices["imoex"].dropna(), 1 / case.prices["ruble"].dropna()
    for series, prices, event in (
        ("imoex", imoex, "2022-01-18-belarus-drills"),
        ("ruble", ruble, "2022-01-12-nato-russia-council"),
    ):
        start = prices.index.get_loc(pd.Timestamp(event[:10]))
        expected = prices.iloc[start + 5] / prices.iloc[start - 1] - 1
        assert readings[event, series].move == pytest.approx(expected, abs=1e-12)
        assert readings[event, series].unit == "simple return"


def test_move_of_a_difference_is_in_its_own_unit(case, result):
    """The VIX moves by its change in index points."""
    vix = case.prices["vix"].dropna()
    reading = read_moves(result, "0:0")["2022-01-24-nato-forces-east", "vix"]
    start = vix.index.get_loc(pd.Timestamp("2022-01-24"))
    assert reading.move == pytest.approx(vix.iloc[start] - vix.iloc[start - 1], abs=1e-12)
    assert reading.unit == "index points"


def test_sentence_of_27_january(result):
    """On 27 January Moscow's +2.9 % has a t above 2 and is called ordinary, its placebo p being near 0.3."""
    text = sentence(result, "2022-01-27-kremlin-reply", "imoex")
    assert text.startswith("27 January: Moscow shares +2.9 %, t 2.")
    assert "ordinary" in text
    assert 0.2 < float(text.removesuffix(".").rsplit(" ", 1)[1]) < 0.4


def test_sentence_of_24_february(result):
    """On 24 February Moscow's -33.3 % is called rare, its placebo p the smallest the sample can show."""
    text = sentence(result, "2022-02-24-invasion", "imoex")
    assert text.startswith("24 February: Moscow shares −33.3 %")
    assert "rare even on a market this nervous" in text
    assert "the smallest this sample can show" in text


def test_sentence_says_what_is_missing(result):
    """An excluded pair and an incomplete window are said so, without a figure."""
    assert sentence(result, "2022-03-08-us-oil-ban", "ruble") == (
        "Ruble: not used (after-sample: the sample ends 2022-03-01)."
    )
    assert (
        sentence(result, "2022-02-24-invasion", "ruble", "0:5") == "24 February: Ruble: the window 0:5 is not complete."
    )


def test_unknown_names_are_suggested(result):
    """A wrong event, series or window is refused with the nearest known one."""
    with pytest.raises(es.UnknownNameError, match="did you mean '2022-02-24-invasion'"):
        sentence(result, "2022-02-24-invason", "imoex")
    with pytest.raises(es.UnknownNameError, match="did you mean 'imoex'"):
        sentence(result, "2022-02-24-invasion", "imox")
    with pytest.raises(es.UnknownNameError, match="window of this study"):
        sentence(result, "2022-02-24-invasion", "imoex", "0:9")


BASE = Reading(
    "x", "X", "simple return", pd.Timestamp("2022-01-27").date(), 0.01, 0.01, 3.0, 0.003, 0.01, 0.005, 0.2, 5
)

RARE = "rare even on a market this nervous: placebo p"
VERDICTS = [
    ({}, f"{RARE} 0.010; but not among the largest of 5 markets: family p 0.20"),
    ({"family_p": 0.02}, f"{RARE} 0.010; and rare among the largest of 5 markets: family p 0.020"),
    ({"placebo_p": 0.005, "family_p": math.nan}, f"{RARE} 0.005, the smallest this sample can show"),
    ({"placebo_p": 0.3}, "but on a market this nervous such a move is ordinary: placebo p 0.30"),
    ({"placebo_p": 0.3, "p_value": 0.4}, "an ordinary move: placebo p 0.30"),
    ({"placebo_p": math.nan}, "and there are too few days without news to say how ordinary that is"),
]


@pytest.mark.parametrize(("changes", "expected"), VERDICTS)
def test_verdicts(changes, expected):
    """The verdict follows the placebo p first, then the family p, and warns where the ordinary t would mislead."""
    assert _verdict(dataclasses.replace(BASE, **changes)) == expected
