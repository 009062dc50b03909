from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy import Design, DesignError, EventStudy, Window, load_case

windows = st.builds(
    lambda first, length: Window(first, first + length),
    st.integers(-300, 300),
    st.integers(0, 300),
)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [("0:0", 0, 0), ("-1:1", -1, 1), ("+0:+5", 0, 5), (" -130 : -11 ", -130, -11), ("3:3", 3, 3)],
)
def test_a_window_is_two_numbers_around_a_colon(text, first, last):
    """Signs and blanks are understood; both ends are part of the window."""
    assert Window.parse(text) == Window(first, last)


@pytest.mark.parametrize("text", ["", "0", "0:", ":1", "a:b", "0.5:1", "0-1", "-1,1", "0:1:2", "- 1:1", "0:1x"])
def test_what_is_not_a_window_is_refused_with_an_example(text):
    """Anything else is refused, and the message quotes it and shows two windows."""
    with pytest.raises(DesignError) as caught:
        Window.parse(text)
    assert str(caught.value) == (
        f"'{text}' is not a window; write two whole numbers around a colon, e.g. 0:1 or -130:-11"
    )


@pytest.mark.parametrize("make", [lambda: Window(1, -1), lambda: Window.parse("1:-1")])
def test_a_window_does_not_end_before_it_begins(make):
    """A window with its ends the wrong way round is refused and not turned round silently."""
    with pytest.raises(DesignError) as caught:
        make()
    assert str(caught.value) == "window 1:-1 ends before it begins; write the earlier session first"


def test_the_estimation_window_has_120_sessions():
    """-130:-11 counts both ends: 130 - 11 + 1 = 120 sessions."""
    window = Window.parse("-130:-11")
    assert window.n_sessions == 120
    assert (window.taus[0], window.taus[-1], len(window.taus)) == (-130, -11, 120)


@given(windows)
def test_text_and_window_are_the_same_thing(window):
    """A window reads back from how it is written, from its repr, and from itself."""
    assert Window.parse(str(window)) == window
    assert Window.parse(window) is window
    assert eval(repr(window)) == window  # noqa: S307  # a repr recreates its value


@given(windows)
def test_the_number_of_sessions_counts_the_event_times(window):
    """`n_sessions` is the number of event times, and those run from first to last."""
    assert list(window.taus) == [window.first + k for k in range(window.n_sessions)]
    assert window.taus[-1] == window.last


@given(windows, windows)
def test_windows_overlap_when_they_share_a_session(one, other):
    """Overlap means a common event time, whichever of the two is asked."""
    shared = bool(set(one.taus) & set(other.taus))
    assert one.overlaps(other) is shared
    assert other.overlaps(one) is shared


@given(st.lists(windows, min_size=1, max_size=5, unique=True))
def test_the_span_is_the_smallest_window_that_holds_all(several):
    """The span begins with the first and ends with the last of all event times, and needs no order."""
    taus = [tau for window in several for tau in (window.first, window.last)]
    estimation, turned = Window(-900, -700), several[::-1]
    spans = [Design(windows=tuple(some), estimation=estimation).span for some in (several, turned)]
    assert spans == [Window(min(taus), max(taus))] * 2


@pytest.mark.parametrize("several", [["0:1", "-3:0"], ["-3:0", "0:1"], ["0:0", "-3:1"]])
def test_the_sessions_of_a_study_hold_all_its_windows(several):
    """The table of sessions begins with the first and ends with the last of all event times, whatever their order."""
    case = load_case("raise-or-fold-2022", series=["imoex"])
    result = EventStudy(case.events, case.prices, windows=several, tests=()).fit()
    assert sorted(set(result.abnormal["tau"])) == [-3, -2, -1, 0, 1]


def test_a_window_is_a_value():
    """Windows sort by their first, then by their last session, can stand in a set, and cannot be changed."""
    several = [Window(0, 5), Window(-1, 1), Window(0, 0), Window(0, 5)]
    assert [str(window) for window in sorted(set(several))] == ["-1:1", "0:0", "0:5"]
    with pytest.raises(FrozenInstanceError):
        several[0].last = 6
