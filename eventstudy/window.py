"""Event time: windows of sessions around an event, both ends included."""

from __future__ import annotations

import re
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from eventstudy.errors import DesignError

_PATTERN = re.compile(r"\s*([+-]?\d{1,10})\s*:\s*([+-]?\d{1,10})\s*")
#: Sessions from the event to the end of a window; four centuries of days, a year of minutes.
MOST_SESSIONS = 100_000


@dataclass(frozen=True, order=True)
class Window:
    """Sessions `first` .. `last` around an event, counted from the event session τ = 0, both ends included.

    Parameters
    ----------
    first, last : int
        Event time in sessions; `first` must not lie after `last`.

    Raises
    ------
    DesignError
        If `first` lies after `last`, or one of them is no whole number or beyond 100,000.

    Examples
    --------
    >>> Window(-1, 1).n_sessions
    3
    >>> str(Window.parse("0:5"))
    '0:5'
    """

    first: int
    last: int

    def __post_init__(self) -> None:
        ends: tuple[Any, ...] = (self.first, self.last)
        for end in ends:
            if isinstance(end, bool) or not isinstance(end, Integral):
                raise DesignError.must_be("the ends of a window must be whole numbers", end)
            if abs(int(end)) > MOST_SESSIONS:
                most = f"at most {MOST_SESSIONS:,} from the event"
                raise DesignError(f"a window counts more sessions than any market has had: {most}")
        if self.first > self.last:
            raise DesignError(f"window {self.first}:{self.last} ends before it begins; write the earlier session first")

    @classmethod
    def parse(cls, text: Window | str | tuple[int, int]) -> Window:
        """Read a window written as ``first:last``, e.g. ``-1:1``.

        Parameters
        ----------
        text : str, (int, int) or Window
            The window; a `Window` is returned as it is.

        Returns
        -------
        Window
            The window meant.

        Raises
        ------
        DesignError
            If the text is not two whole numbers around a colon, or one of them is beyond 100,000.
        """
        given: Any = text
        if isinstance(given, (tuple, list)) and len(given) == 2:  # noqa: PLR2004  # first and last
            text = ":".join(str(end) for end in given if isinstance(end, (str, Integral)))
        form = "two whole numbers around a colon, e.g. 0:1 or -130:-11"
        DesignError.require(f"a window is {form}", text, str, Window)
        match = _PATTERN.fullmatch(str(text))
        if match is None:
            raise DesignError(f"{str(text)[:60]!r} is not a window; write {form}")
        return given if isinstance(given, Window) else cls(int(match[1]), int(match[2]))

    @property
    def n_sessions(self) -> int:
        """Number of sessions in the window."""
        return self.last - self.first + 1

    @property
    def taus(self) -> range:
        """The event times of the window, in order."""
        return range(self.first, self.last + 1)

    def overlaps(self, other: Window) -> bool:
        """Whether the two windows share a session."""
        return self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        return f"{self.first}:{self.last}"


def span(windows: tuple[Window, ...]) -> Window:
    """Return the smallest window that holds all of `windows`."""
    return Window(min(w.first for w in windows), max(w.last for w in windows))
