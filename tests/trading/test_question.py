import numpy as np
import pandas as pd
import pytest

from eventstudy import DesignError, NothingUsableError, UnknownNameError
from eventstudy.events import check_events
from eventstudy.trading import Question, asked_for, make_question

EVENTS = check_events(
    pd.DataFrame(
        {
            "id": ["threat", "act", "talks", "reply", "old"],
            "time": ["2022-01-13", "2022-02-21", "2022-01-21", "2022-01-27", "2014-03-01"],
            "actor": ["RUS", "RUS;BLR", "USA;RUS", "RUS", "RUS"],
            "stance": ["raise", "raise", "hold", "hold", "raise"],
            "kind": ["threat", "act", "talks", "statement", "act"],
            "phase": ["build-up", "recognition", "build-up", "build-up", ""],
            "intensity": [-4.4, -7.0, 1.0, None, -9.0],
        }
    )
)

ASKED = {
    "nothing": ({}, {"threat", "act", "talks", "reply", "old"}),
    "a stance": ({"after": "raise"}, {"threat", "act", "old"}),
    "an actor among several": ({"actor": "BLR"}, {"act"}),
    "one of two actors": ({"actor": ["USA", "BLR"]}, {"act", "talks"}),
    "kinds": ({"kind": ["act", "talks"]}, {"act", "talks", "old"}),
    "a phase": ({"phase": "build-up"}, {"threat", "talks", "reply"}),
    "a day or later": ({"since": "2022-01-21"}, {"act", "talks", "reply"}),
    "below": ({"intensity": "<-5"}, {"act", "old"}),
    "at most": ({"intensity": "<=-7"}, {"act", "old"}),
    "above": ({"intensity": "> 0"}, {"talks"}),
    "equal": ({"intensity": "=-4.4"}, {"threat"}),
    "all at once": ({"after": "raise", "actor": "RUS", "kind": "act", "since": "2020-01-01"}, {"act"}),
    "like": ({"like": "old"}, {"act", "old"}),
    "like, but for its kind": ({"like": "old", "kind": "threat"}, {"threat"}),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_is_asked_for(name):
    """Every condition selects by its own column, several are all met, and an unknown intensity meets none."""
    choices, expected = ASKED[name]
    asked, _ = asked_for(EVENTS, make_question("ruble", **choices))
    assert set(EVENTS["id"][asked]) == expected


def test_like_fills_in_what_is_left_open():
    """An event that others are to be like gives its stance, actors and kind where the question has none."""
    _, question = asked_for(EVENTS, make_question("ruble", like="act", kind="threat"))
    assert (question.after, question.actor, question.kind) == ("raise", ("RUS", "BLR"), ("threat",))


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({"hold": 5}, "hold must be a list of whole numbers, not 5"),
        ({"hold": [1, 2.5]}, "hold must be a list of whole numbers, not [1, 2.5]"),
        ({"hold": [True]}, "hold must be a list of whole numbers, not [True]"),
        ({"actor": 3}, "actor must be a text or a list of texts, not 3"),
        ({"kind": [3]}, "kind must be a text or a list of texts, not [3]"),
        ({"after": ["raise"]}, "after must be a text, not ['raise']"),
        ({"intensity": -5}, "intensity must be a text, not -5"),
        ({"seed": "7"}, "seed must be a whole number, not '7'"),
        ({"since": 2022}, "since must be a time, not 2022"),
        ({"as_of": pd.NaT}, "as_of NaT is no date; write '2022-01-28'"),
        ({"include_proposed": "yes"}, "include_proposed must be true or false, not 'yes'"),
    ],
)
def test_a_choice_of_another_type_is_refused_in_a_line(choices, told):
    """As of a study: what is wrong and what it must be."""
    with pytest.raises(DesignError) as refused:
        make_question("ruble", **choices)
    assert str(refused.value) == told


@pytest.mark.parametrize(
    ("choices", "error", "words"),
    [
        ({"hold": []}, DesignError, "hold"),
        ({"hold": [0]}, DesignError, "from 1 on"),
        ({"hold": [1, 1]}, DesignError, "different"),
        ({"intensity": "5"}, DesignError, "no condition"),
        ({"since": "27.1.2022"}, DesignError, "no date"),
        ({"returns": "level"}, UnknownNameError, "return kind"),
        ({"seed": -1}, DesignError, "seed"),
        ({"as_of": "2022-01-28T10:00"}, DesignError, "no zone"),
    ],
)
def test_a_choice_that_makes_no_sense(choices, error, words):
    """A choice that makes no sense is refused before anything is read."""
    with pytest.raises(error, match=words):
        make_question("ruble", **choices)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"actor": "RSU"}, "did you mean 'RUS'"),
        ({"kind": "sanction"}, "no event has kind sanction"),
        ({"actor": "USA", "after": "raise"}, "once after is raise"),
        ({"since": "2023-01-01"}, "no event has since"),
    ],
)
def test_no_event_is_asked_for(choices, words):
    """Where nothing is left, the condition that leaves nothing is named."""
    with pytest.raises(NothingUsableError, match=words):
        asked_for(EVENTS, make_question("ruble", **choices))


def test_a_stance_that_no_event_has_is_told():
    """The labels of the events are known, and the stances."""
    with pytest.raises(UnknownNameError, match="did you mean 'raise'"):
        asked_for(EVENTS, make_question("ruble", after="rase"))


def test_an_unknown_event_to_be_like():
    """Nothing can be like an event that is not on file."""
    with pytest.raises(UnknownNameError, match="'threat'"):
        asked_for(EVENTS, make_question("ruble", like="thread"))


def test_the_repr_recreates_the_question():
    """The question is one printable value."""
    question = make_question("ruble", after="raise", actor="RUS", hold=[1, 5], intensity="<-5")
    assert eval(repr(question), {"Question": Question}) == question  # noqa: S307  # our own repr
    assert question.words() == "after raise, actor RUS, intensity <-5"
    assert np.array_equal(question.hold, [1, 5])
