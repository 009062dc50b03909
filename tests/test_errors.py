import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy import (
    DesignError,
    EventStudy,
    EventStudyError,
    InputError,
    UnknownNameError,
    Window,
    errors,
    fetch_prices,
    find_instrument,
    load_case,
    news,
    read_prices,
)
from eventstudy.errors import require_known
from eventstudy.events import check_events

STANCES = ("raise", "hold", "fold")
CLASSES = {
    name: value
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, EventStudyError)
}


@pytest.mark.parametrize(
    ("name", "exit_code"),
    [
        ("EventStudyError", 2),
        ("InputError", 2),
        ("DesignError", 2),
        ("UnknownNameError", 2),
        ("NothingUsableError", 3),
        ("DataMissingError", 4),
        ("NetworkError", 5),
        ("PartialResultError", 6),
    ],
)
def test_exit_codes_are_those_of_the_contract(name, exit_code):
    """2 is wrong usage or bad input, 3 nothing usable, 4 data missing, 5 network, 6 partial under --strict."""
    assert CLASSES[name].exit_code == exit_code


def test_the_tree_in_the_docstring_is_the_tree():
    """The module's docstring draws every error class with its exit code, and no class that is not there."""
    drawn = dict(re.findall(r"(\w+Error)(?:\(ValueError\))? +(?:exit code )?(\d)", errors.__doc__))
    assert {name: int(code) for name, code in drawn.items()} == {
        name: error.exit_code for name, error in CLASSES.items()
    }


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_error_is_a_value_error_of_ours(name):
    """One `except EventStudyError`, or `except ValueError`, catches whatever the library raises on purpose."""
    with pytest.raises(EventStudyError, match=r"^what and where$") as caught:
        raise CLASSES[name]("what and where")
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("rase", "did you mean 'raise'?"),
        ("holds", "did you mean 'hold'?"),
        ("folded", "did you mean 'fold'?"),
        ("escalation", "known: raise, hold, fold; for own labels rename the column: --group-by NAME"),
    ],
)
def test_did_you_mean(word, hint):
    """A near miss names the one word it missed; anything else lists the words that are understood."""
    with pytest.raises(InputError) as caught:
        check_events([{"time": "2022-01-27", "stance": "raise"}, {"time": "2022-01-28", "stance": word}])
    assert str(caught.value).endswith(f"'{word}' is not a stance; {hint}")


def test_did_you_mean_keeps_the_spelling_of_the_allowed_word():
    """Capitals do not matter to the search, and the answer is spelled as it must be written."""
    with pytest.raises(InputError, match=r"did you mean 'Europe/Moscow'\?"):
        check_events([{"time": "2022-01-27T12:30", "time_zone": "europe/moskow"}])


def test_many_known_names_are_cut_and_counted():
    """Of more names than a few lines hold the first are listed, and how many there are."""
    prices = pd.DataFrame(100.0, pd.bdate_range("2021-01-04", periods=9), [f"market-number-{k}" for k in range(200)])
    with pytest.raises(DesignError) as caught:
        EventStudy(["2021-01-06"], prices, series=["zzz"])
    message = str(caught.value)
    assert message.endswith(", ... (200 in all)")
    assert "market-number-0, market-number-1, " in message
    assert len(message) < 400


@pytest.mark.parametrize(("word", "hint"), [("RAISE", "did you mean 'raise'?"), ("", "known: raise, hold, fold")])
def test_capitals_and_the_empty_word(word, hint):
    """A word in capitals is near the word it is; an empty one is near none, and all words are listed."""
    assert errors.did_you_mean(word, STANCES) == hint


def test_did_you_mean_takes_any_iterable_once():
    """Names that can only be read once, such as a generator's, are enough."""
    assert errors.did_you_mean("zzz", (name for name in STANCES)) == "known: raise, hold, fold"
    with pytest.raises(UnknownNameError, match=r"^unknown stance 'zzz'; known: raise, hold, fold$"):
        errors.require_known("zzz", iter(STANCES), "stance")


@pytest.mark.parametrize("value", [5, 1.5, b"x", object(), {"a": 1}, [[1]], pd.Timestamp("2022-01-01"), print])
@pytest.mark.parametrize(
    ("call", "said"),
    [
        (find_instrument, "an instrument is asked for by its name, not "),
        (lambda value: fetch_prices([value], "2022-01-03", "2022-01-05"), "an instrument is asked for by its name"),
        (lambda value: fetch_prices("ruble", value, "2022-01-05"), "the first date must be a date"),
        (news.code_stance, "stances are read in a list of texts, not "),
        (lambda value: news.extract_events(value, "2022-01-27"), "an article must be a text, not "),
        (
            lambda value: news.extract_events("Iran rejected it.", value),
            "the publication date must be a date or a text",
        ),
        (lambda value: Window(value, 7), "the ends of a window must be whole numbers, not "),
        (
            read_prices,
            "give prices as a path, a DataFrame (table.to_pandas(), pd.DataFrame(columns)) or a Series, not ",
        ),
        (load_case, "unknown case; it goes by a name, not "),
    ],
)
def test_a_value_of_another_type_is_named(call, said, value):
    """What is no text, date or number where one is needed is told in a line, in the library's own kind of error."""
    if ("date" in said and isinstance(value, pd.Timestamp)) or ("window" in said and value == 5):
        value = [value]  # alone it would be one
    with pytest.raises(EventStudyError) as caught:
        call(value)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


@given(st.sampled_from(STANCES))
def test_a_known_word_passes(word):
    """A word that is allowed comes back as it was, whether the words can be read once or more often."""
    assert errors.require_known(word, STANCES, "stance") == errors.require_known(word, iter(STANCES), "stance") == word


def test_an_empty_word_is_refused():
    """A name of nothing is no name: the words that are understood are listed."""
    with pytest.raises(UnknownNameError, match=r"^unknown case ''; known: all, crimea-2014, "):
        load_case("")


def test_an_unknown_word_is_one_line():
    """An unknown word is refused in one line that says what it should have been a name of; a known one passes."""
    with pytest.raises(UnknownNameError) as caught:
        load_case("Raise-or-fold-2022")
    assert str(caught.value) == "unknown case 'Raise-or-fold-2022'; did you mean 'raise-or-fold-2022'?"
    assert load_case("raise-or-fold-2022").name == "raise-or-fold-2022"


def test_a_message_that_quotes_at_length_is_cut():
    """What was given may be of any length; a message of it keeps its begin and its mend."""
    with pytest.raises(EventStudyError) as refused:
        require_known("a" * 100_000, ["zero", "market"], "model")
    said = str(refused.value)
    assert said.startswith("unknown model 'aaa")
    assert said.endswith("known: zero, market")
    assert len(said) < 1500
