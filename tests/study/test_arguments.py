"""Wrong arguments from Python: each is refused in one plain line that says what would be right."""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy import FactorModel, MarketModel

WRONG = [
    ({"windows": None}, "windows must be a list, e.g. ['0:1'] or [(0, 1)], not None"),
    ({"windows": (0, 5)}, "windows must be a list of windows; write [(0, 5)] for the sessions of one"),
    ({"windows": "0:5"}, "windows must be a list, e.g. ['0:5']"),
    ({"windows": 3}, "windows must be a list, e.g. ['0:1'] or [(0, 1)], not 3"),
    ({"windows": [None]}, "a window is two whole numbers around a colon, e.g. 0:1 or -130:-11, not None"),
    ({"group_by": ["stance"]}, "group_by must be a text, not ['stance']"),
    ({"min_obs": "60"}, "min_obs must be a whole number, not '60'"),
    ({"seed": None}, "seed must be a whole number, not None"),
    ({"as_of": 3}, "as_of must be a time, not 3"),
    ({"contrast": 3}, "contrast must be two labels, not 3"),
    (
        {"contrast": "hawk-dove"},
        "contrast 'hawk-dove' must be two of the labels joined by a hyphen; labels: fold, hold, raise",
    ),
    (
        {"contrast": ("hawk", "dove")},
        "contrast 'hawk-dove' must be two of the labels joined by a hyphen; labels: fold,",
    ),
    ({"contrast": ("raise", "fold", "hold")}, "contrast must be two labels, the first less the second, not ('raise',"),
    ({"contrast": "raise"}, "contrast 'raise' must be two of the labels joined by a hyphen; labels: fold,"),
    ({"tests": 3}, "tests must be a list of texts, 'default' or 'all', not 3"),
    ({"series": 3}, "series must be a list of names of columns, not 3"),
    ({"model": MarketModel}, "model must be a model or the name of one, not <class"),
    ({"model": "factor-model", "factors": 3}, "factors must be a list of names of columns, or their figures, not 3"),
    ({"model": "dimson", "market": "brent", "lags": "1"}, "lags must be a whole number, not '1'"),
    ({"clean": True}, "clean must be a window, not True"),
    ({"include_proposed": "yes"}, "include_proposed must be true or false, not 'yes'"),
    ({"overlap": pd.Series(range(99))}, "overlap must be a text, not a Series"),
]


@pytest.fixture(scope="module")
def case(case):
    """The bundled case on two series."""
    return case.events, case.prices[["ruble", "brent"]]


@pytest.mark.parametrize(("words", "told"), WRONG, ids=[str(next(reversed(words.items()))) for words, _ in WRONG])
def test_a_wrong_argument_is_refused_in_a_line(case, words, told):
    """What is wrong and what would be right, never a traceback of a TypeError."""
    with pytest.raises(es.EventStudyError) as refused:
        es.EventStudy(*case, **words)
    assert (
        str(refused.value).replace("mixed, ", "").startswith(told.replace("labels: fold, hold, raise", "labels: fold"))
    )
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"executor": "processes"}, "executor must be one of concurrent.futures"),
        ({"progress": True}, "progress must be a function"),
        ({"budget": "1GB"}, "budget must be a number of bytes, not '1GB'"),
    ],
)
def test_fit_refuses_likewise(case, words, told):
    """So with what `fit` takes."""
    with pytest.raises(es.DesignError) as refused:
        es.EventStudy(*case, series=["ruble"], windows=["0:0"], tests=[]).fit(**words)
    assert str(refused.value).startswith(told)


@pytest.mark.parametrize("make", [MarketModel, lambda one: FactorModel([one])])
def test_a_model_is_over_names_of_columns(case, make):
    """Figures themselves are refused with the way to give them."""
    with pytest.raises(es.DesignError, match=r"Model takes names of columns; figures are given to EventStudy"):
        make(case[1]["brent"])


@pytest.mark.parametrize(
    "words",
    [
        {"contrast": ("raise", "fold")},
        {"as_of": pd.Timestamp("2022-02-20T12:00Z")},
        {"as_of": pd.Timestamp("2022-02-20")},
        {"as_of": np.datetime64("2022-02-20")},
        {"seed": np.int64(0)},
        {"windows": [(0, 5)], "estimation": (-130, -11), "clean": (0, 1)},
    ],
)
def test_what_means_the_same_is_taken(case, words):
    """A pair of labels, a Timestamp, a numpy number and tuples are as good as the words for them."""
    plain = {"contrast": "raise-fold", "seed": 0, "windows": ["0:5"], "estimation": "-130:-11", "clean": "0:1"}
    plain = {name: plain[name] for name in words if name in plain}
    if "as_of" in words:
        plain["as_of"] = (
            "2022-02-20T12:00:00+00:00" if "UTC" in str(getattr(words["as_of"], "tz", "")) else "2022-02-20"
        )
    assert es.EventStudy(*case, **words).design == es.EventStudy(*case, **plain).design


def test_a_contrast_needs_labels(case):
    """Bare dates have none."""
    with pytest.raises(es.DesignError, match="must be two of the labels joined by a hyphen; labels: none"):
        es.EventStudy(["2022-01-27"], case[1], contrast="hawk-dove")


def test_labels_with_hyphens_are_contrasted_as_they_are(case):
    """A contrast that can be read in two ways is refused; of one that cannot the labels are written as they are."""
    labels = ["pre-war", "war", "pre", "war-war"]
    events = case[0].assign(stage=[labels[k % 2] for k in range(len(case[0]))])
    choices = {"series": ["brent"], "windows": ["0:0"], "tests": [], "group_by": "stage"}
    result = es.EventStudy(events, case[1], contrast=("pre-war", "war"), **choices).fit()
    answer = result.answer("brent", "pre-war-war")
    assert answer.caar == result.answer("brent", "pre-war").caar - result.answer("brent", "war").caar
    assert answer.sentence.startswith("Brent oil, pre-war − war over the event session: ")
    events = events.assign(stage=[labels[k % 4] for k in range(len(events))])
    either = "contrast 'pre-war-war' can be 'pre' less 'war-war' or 'pre-war' less 'war'; rename a label"
    with pytest.raises(es.DesignError, match=either):
        es.EventStudy(events, case[1], contrast=("pre-war", "war"), **choices).fit()


def test_a_contrast_without_a_p_is_no_finding(case):
    """Where no phase has both labels nothing was tested, and no title says that there is no difference."""
    events = case[0].assign(phase=case[0]["stance"])
    result = es.EventStudy(events, case[1], series=["brent"], windows=["0:0"], tests=[]).fit()
    assert "p n/a (no phase has both labels)" in result.answer("brent", "raise-fold").sentence
    title = es.charts.describe(es.charts.raise_fold(result))["title"]
    assert title.startswith("Brent oil: raise less fold, ")
    assert title.endswith(", p n/a")


@pytest.mark.parametrize(("stances", "ways"), [("raise fold", 2), ("raise " * 3 + "fold " * 3, 20)])
def test_a_contrast_that_no_p_could_show_says_so(case, stances, ways):
    """Of fewer than twenty ways to label the events none is rare: no surface says that there is no clear difference."""
    labels = stances.split()
    events = pd.DataFrame({"time": case[1].index[300 : 300 + 15 * len(labels) : 15].astype(str), "stance": labels})
    result = es.EventStudy(events, case[1], series=["brent"], windows=["0:0"], tests=[]).fit()
    answer, title = result.answer("brent", "raise-fold"), es.charts.describe(es.charts.raise_fold(result))["title"]
    assert answer.days == ways
    assert (f" (of {ways} labellings, too few to tell)" in answer.sentence) == (ways < 20)
    assert title.endswith(", too few to tell") == title.startswith("Brent oil: raise less fold, ") == (ways < 20)


def test_excluded_pairs_are_not_windows_without_a_number(case):
    """An event without estimates is told once, with its own reason; a window past the sample is told as that."""
    prices = case[1][["brent"]].dropna()
    days = [str(prices.index[k].date()) for k in (20, 30, 200, 250, len(prices) - 2)]
    said = " ".join(es.event_study(days, prices, windows=["0:0"], tests=[]).warnings)
    assert "only 3 of 5 pairs of event and series are used; most others: few-observations" in said
    assert "no number" not in said
    said = " ".join(es.event_study(days, prices, windows=["0:0", "0:5"], tests=[]).warnings)
    assert "over 0:5, of 3 windows 1 has no number: it runs past the sample or misses a return" in said


def test_the_p_of_a_pool_says_why_it_is_not_there(case):
    """A pool of two short series has no days in common, and its sentence says so."""
    prices = case[1].loc["2021-09-01":]
    result = es.EventStudy(case[0], prices, windows=["0:0"], estimation="-80:-11", tests=[]).fit()
    answer = result.answer("*", "*")
    assert np.isnan(answer.p_value)
    assert "p n/a (the series have fewer than 100 days without news in common)" in answer.sentence
