"""What is said of answers, windows and estimates, in full, against sentences written by hand."""

import math

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.study.answer import Answer

#: An answer about which everything is known.
FULL = {
    "series": "imoex", "stance": "raise", "window": "0:0", "unit": "simple return", "n": 7, "n_events": 9,
    "n_set_aside": 1, "caar": -0.0312, "median": -0.02, "z": -1.4, "move": -0.0256, "rose": 2 / 7, "base_rate": 0.524,
    "worst": -0.2, "best": 0.01, "without_largest": -0.0104, "largest_event": "crash", "p_value": 0.0431,
    "p_source": "sessions", "days": 400.0, "family_p": 0.0862, "family_days": 380.0, "label": "Moscow shares",
}  # fmt: skip
NONE = math.nan
BARE = {"label": "", "without_largest": NONE, "family_p": NONE}
CONTRAST = {"contrast": ("raise", "fold"), "stance": "raise-fold", "n": 12, "p_source": "labels", "days": 38.0}


RETURN = "after 7 raises, the event session: abnormal return −3.1 %"
MOVES = "after 9 raises (%s moves), the event session: abnormal return −3.1 %%"
ROSE, BASE = "; it moved −2.6 % and rose after 2 of 7", " (days without news: 52 %)"
DIFFERENCE = "raise − fold over the event session: −3.1 %"
FEW = "(the series have fewer than 100 days without news in common)"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, f"Moscow shares {RETURN}{ROSE}{BASE}; p 0.043, family p 0.086. Without crash it is −1.0 %."),
        (BARE, f"imoex {RETURN}{ROSE}{BASE}; p 0.043."),
        # A family of one on the same days is the answer's own; on other days, or with another p, it is said.
        (
            BARE | {"family_p": 0.0431, "family_days": 400.0, "base_rate": NONE},
            f"imoex {RETURN}{ROSE}; p 0.043.",
        ),
        (BARE | {"family_p": 0.0431, "rose": NONE}, f"imoex {RETURN}; p 0.043, family p 0.043."),
        (
            BARE | {"p_value": 1 / 401, "family_p": 1 / 381, "rose": NONE},
            f"imoex {RETURN}; p < 0.003 (400 days), family p < 0.003 (380 days).",
        ),
        (
            BARE | {"stance": "*", "window": "0:1", "rose": NONE},
            "imoex after 7 events, the event session and the next: abnormal return −3.1 %; p 0.043.",
        ),
        (
            BARE | {"stance": "cut", "n": 1, "unit": "index points", "caar": 1.51, "rose": NONE, "p_value": NONE},
            "imoex after 1 event labelled cut, the event session: abnormal change +1.5 index points; p n/a.",
        ),
        # A hundredth of a yield is a basis point, and a move of less than that is not none.
        (
            BARE | {"unit": "percentage points", "caar": 0.128, "rose": NONE},
            "imoex after 7 raises, the event session: abnormal change +0.13 percentage points; p 0.043.",
        ),
        (
            BARE | {"unit": "percentage points", "caar": -0.0042, "rose": NONE},
            "imoex after 7 raises, the event session: abnormal change −0.0042 percentage points; p 0.043.",
        ),
        # A level has no move.
        (
            BARE | {"unit": "index points", "caar": 8.22, "move": NONE, "rose": NONE},
            "imoex after 7 raises, the event session: abnormal level +8.2 index points; p 0.043.",
        ),
        # Logs are never without the word.
        (
            BARE | {"unit": "log return"},
            f"imoex {RETURN.replace('%', 'log %')}{ROSE.replace('%', 'log %')}{BASE}; p 0.043.",
        ),
        (
            BARE | {"unit": "log volume", "rose": NONE},
            "imoex after 7 raises, the event session: abnormal volume −0.03 log volume; p 0.043.",
        ),
        (
            BARE | {"unit": "× variance", "rose": NONE},
            "imoex after 7 raises, the event session: abnormal variance −0.03 × variance; p 0.043.",
        ),
        ({"n": 0}, "Moscow shares: no event of 'raise' stands in a mean over the event session."),
        (
            {"n": 0, "stance": "*", "window": "-1:1"},
            "Moscow shares: no event stands in a mean over sessions −1 to 1 from the event.",
        ),
        # A pool names its dated events first, then the moves that they make.
        (BARE | {"series": "*", "n": 1200, "rose": NONE}, f"* {MOVES % '1,200'}; p 0.043."),
        (
            BARE | {"series": "*", "base_rate": NONE},
            f"* {MOVES % 7}; they moved −2.6 % and rose after 2 of 7; p 0.043.",
        ),
        (
            BARE | {"series": "*", "p_value": NONE, "rose": NONE},
            f"* {MOVES % 7}; p n/a {FEW}.",
        ),
        (CONTRAST, f"Moscow shares, {DIFFERENCE} (12 events); p 0.043, family p 0.086."),
        # Of a contrast days are assignments of labels, and not what a p is held against.
        (CONTRAST | {"p_value": 1 / 39, "family_p": 1 / 39}, f"Moscow shares, {DIFFERENCE} (12 events); p 0.026."),
        (
            CONTRAST | BARE | {"series": "*", "p_value": NONE},
            f"*, {DIFFERENCE} (12 moves); p n/a (no phase has both labels).",
        ),
        (
            CONTRAST | BARE | {"p_value": NONE},
            f"imoex, {DIFFERENCE} (12 events); p n/a (no phase has both labels).",
        ),
        (
            CONTRAST | BARE | {"p_value": 0.75, "days": 12.0},
            f"imoex, {DIFFERENCE} (12 events); p 0.75 (of 12 labellings, too few to tell).",
        ),
    ],
)
def test_the_sentence_of_an_answer(changes, sentence):
    """Who, after how many, what it did, how often it rose, and with which p; each is said only where it is known."""
    answer = Answer(**FULL | changes)
    assert answer.sentence == repr(answer) == sentence


def returns_of(n=280, seed=1):
    """Returns of a market, of a series beside it, and of one that stands still on most days."""
    rng = np.random.default_rng(seed)
    made = pd.DataFrame(
        rng.normal(0, 0.01, (n, 2)), index=pd.bdate_range("2016-01-01", periods=n), columns=["mine", "market"]
    )
    return made.assign(still=np.where(np.arange(n) % 5, 0.0, 0.01))


def news(returns, *at, **columns):
    """Events on rows of returns, named by their rows."""
    days = [str(returns.index[k].date()) for k in at]
    return pd.DataFrame({"id": [f"e{k}" for k in at], "time": days, "stance": "raise", **columns})


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("market-model", "constant: {}"),
        pytest.param(
            "robust", "no-estimate: {}, or the search of the model 'robust' came to no end", marks=pytest.mark.slow
        ),
    ],
)
def test_why_there_is_no_estimate(model, words):
    """Least squares fail where a series does not vary; a search may also come to no end, and then says so."""
    returns = returns_of()
    if model == "market-model":
        returns["still"] = 0.0
    choices = {"model": model, "market": "market", "min_obs": 120, "tests": []}
    found = es.EventStudy(news(returns, 250), returns=returns, **choices).fit()
    made = "in estimation -130:-11 a series of the regression does not vary, or is made of the others"
    assert found.matches.set_index("series")["reason"].to_dict() == {"mine": "", "still": words.format(made)}


def notes(result, window):
    """The note of each market event over a window."""
    car = result.car[result.car["window"] == window]
    return dict(zip(car["event_id"], car["note"], strict=True))


def test_notes_say_what_a_window_misses_and_which_news_it_holds():
    """Three of the events of another label are named, holds never; what is missing is said with its date."""
    returns = returns_of(400)[["mine"]]
    returns.iloc[351] = np.nan
    events = news(returns, 300, 301, 302, 303, 304, 305, 330, 349, 395)
    events["stance"] = ["raise", "hold", "fold", "fold", "fold", "fold", *["raise"] * 3]
    day = [str(one.date()) for one in returns.index]
    holds = "contaminated: the window holds e302 (fold), e303 (fold), e304 (fold)"
    empty = dict.fromkeys(events["id"], "")
    gap, end = f"window 0:5 has no return on {day[351]}", f"window 0:5 runs past the sample, which ends {day[-1]}"
    windows = ["0:0", "0:1", "0:5"]
    found = es.EventStudy(events, returns=returns, windows=windows, tests=[]).fit()
    assert notes(found, "0:0") == empty
    assert notes(found, "0:1") == empty | {"e301": "contaminated: the window holds e302 (fold)"}
    assert notes(found, "0:5") == empty | {"e300": holds, "e301": holds, "e349": gap, "e395": end}
    partly = es.EventStudy(events, returns=returns, windows=windows, tests=[], missing="partial").fit()
    said = {"e349": f"{gap}; 5 of 6 sessions are cumulated", "e395": f"{end}; 5 of 6 sessions are cumulated"}
    assert notes(partly, "0:5") == empty | {"e300": holds, "e301": holds} | said


def test_notes_say_where_nobody_knows_the_hour_and_what_a_return_spans():
    """Of events with a clock the hour of the price is said, of a window with a longer return its dates."""
    prices = (1 + returns_of(300)[["mine"]]).cumprod()
    prices.iloc[[221, 222, 262]] = np.nan
    events = news(prices, 200, 220, 240, 261)
    events.loc[2, "time"] += "T10:00Z"  # meets the session of the next date
    found = es.EventStudy(events, prices, windows=["0:0", "0:1"], tests=[]).fit()
    day, by_day = [str(one.date()) for one in prices.index], "by-day: hour of the price unknown"
    empty = {"e200": "", "e220": "", "e240": by_day, "e261": ""}
    two = f"the return of {day[223]} spans 2 dates without a price"
    assert notes(found, "0:0") == empty
    assert notes(found, "0:1") == empty | {
        "e220": two,
        "e261": f"the return of {day[263]} spans 1 date without a price",
    }


def test_one_series_has_no_pool():
    """Of one series there is neither a pooled row nor a pooled test, and a row without events counts none."""
    returns = returns_of(300)[["mine"]]
    events = news(returns, 200, 201, 230, 260)
    events["stance"] = ["raise", "fold", "fold", "fold"]
    found = es.EventStudy(events, returns=returns, windows=["0:0", "0:1"]).fit()
    assert set(found.average["series"]) == set(found.tests["series"]) == {"mine"}
    row = found.average.set_index(["stance", "window"]).loc[("raise", "0:1")]
    assert (row["n"], row["n_events"], row["n_set_aside"]) == (0, 0, 1)


def test_a_window_at_the_beginning_has_no_return_or_no_session():
    """The first session has no return, and before it there is none; estimates from behind the event know both."""
    prices = (1 + returns_of(300)[["mine"]]).cumprod()
    windows = ["0:0", "-1:0", "-2:0"]
    found = es.EventStudy(news(prices, 1), prices, windows=windows, estimation="11:130", tests=[]).fit()
    first = prices.index[0].date()
    assert notes(found, "-1:0") == {"e1": f"window -1:0 has no return on {first}"}
    assert notes(found, "-2:0") == {"e1": f"window -2:0 begins before the sample, which begins {first}"}
    returns = returns_of(300)[["mine"]]
    of_returns = es.EventStudy(news(returns, 1), returns=returns, windows=windows, estimation="11:130", tests=[]).fit()
    move = of_returns.car.set_index("window").loc["-1:0", "move"]
    assert move == pytest.approx(np.prod(1 + returns["mine"].iloc[:2]) - 1)


def test_the_first_price_has_no_return_to_learn_from():
    """Of the twenty prices before the estimation window ends the first has none, and that is said."""
    prices = (1 + returns_of(300)[["mine"]]).cumprod()
    found = es.EventStudy(news(prices, 30, 200), prices, windows=["0:0"], tests=[]).fit()
    begins, possible = prices.index[0].date(), prices.index[1 + 60 + 2 + 10].date()  # two sessions belong to the event
    assert found.matches["reason"].iloc[0] == (
        f"few-observations: 19 of 60 returns in estimation -130:-11; 100 of its sessions lie before the sample, which "
        f"begins {begins}; without a return: 1; the first possible event session is {possible}"
    )


@pytest.mark.parametrize(("estimation", "at"), [("-130:-11", (80, 250)), ("11:130", (50, 200))])
def test_fits_name_the_first_and_the_last_session_of_their_sample(estimation, at):
    """An estimation window that begins before the sample, or ends behind it, is dated by the sample's own ends."""
    returns = returns_of(300)[["mine"]]
    windows = {"windows": ["0:0"], "estimation": estimation, "tests": []}
    fits = es.EventStudy(news(returns, *at), returns=returns, **windows).fit().fits
    first, last = es.Window.parse(estimation).first, es.Window.parse(estimation).last
    assert fits["estimation_first"].tolist() == [returns.index[max(t + first, 0)] for t in at]
    assert fits["estimation_last"].tolist() == [returns.index[min(t + last, 299)] for t in at]


def test_the_first_gap_of_a_window_is_named():
    """Of two missing returns, and of two missing figures of the market, the earlier is said."""
    returns = returns_of(300)[["mine", "market"]]
    returns.iloc[[251, 253], 0] = np.nan
    returns.iloc[[271, 274], 1] = np.nan
    choices = {"windows": ["0:0", "0:5"], "model": "market-model", "market": "market", "tests": []}
    found = es.EventStudy(news(returns, 250, 270), returns=returns, **choices).fit()
    day = [str(one.date()) for one in returns.index]
    gaps = {"e250": f"window 0:5 has no return on {day[251]}", "e270": f"window 0:5 has no regressor on {day[271]}"}
    assert notes(found, "0:5") == gaps
    assert found.matches["reason"].tolist() == [f"incomplete: {gap}" for gap in gaps.values()]


def test_an_event_without_any_window_names_the_first_of_them():
    """Where no window is whole the reason is what the first of them misses, in the order of the question."""
    returns = returns_of(303)[["mine"]]
    for windows in (["0:5", "-1:9"], ["-1:9", "0:5"]):
        found = es.EventStudy(news(returns, 250, 300), returns=returns, windows=windows, tests=[]).fit()
        end = f"window: window {windows[0]} runs past the sample, which ends {returns.index[-1].date()}"
        assert found.matches["reason"].tolist() == ["", end]


def test_a_sample_that_is_too_short_has_no_first_possible_session():
    """Of a series of fifty days no session is possible, and none is named; the last day takes none of others."""
    returns = returns_of(300)[["mine", "market"]]
    returns.iloc[50:, 0] = np.nan
    few, choices = "few-observations: {} of 60 returns in estimation {}; ", {"windows": ["0:0"], "tests": []}
    found = es.EventStudy(news(returns, 1, 200), returns=returns, estimation="1:70", **choices).fit()
    assert found.matches["reason"][0] == few.format(47, "1:70") + (
        f"22 of its sessions lie behind the sample, which ends {returns.index[49].date()}; 1 are sessions of events "
        "(clean 0:1; --clean none leaves them in)"
    )
    found = es.EventStudy(news(returns, 30, 200, 299), returns=returns, series=["market"], **choices).fit()
    assert found.matches["reason"][0] == few.format(20, "-130:-11") + (
        f"100 of its sessions lie before the sample, which begins {returns.index[0].date()}; "
        f"the first possible event session is {returns.index[72].date()}"
    )


def test_estimates_of_just_enough_returns():
    """Sixty returns are enough where sixty are asked for, for least squares and for a model fitted at events alone."""
    returns = returns_of(280)[["mine", "market"]]
    for model in ("market-model", "robust"):
        choices = {"model": model, "market": "market", "estimation": "-70:-11", "windows": ["0:0"], "tests": []}
        found = es.EventStudy(news(returns, 200), returns=returns, **choices).fit()
        assert found.matches["reason"].tolist() == [""]
        assert found.fits["n_obs"].tolist() == [60]
        with pytest.raises(es.NothingUsableError, match="few-observations: 59 of 60 returns"):
            es.EventStudy(news(returns, 69), returns=returns, **choices).fit()
