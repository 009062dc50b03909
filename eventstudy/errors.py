"""The exception tree: every error a user can cause is one class below `EventStudyError`.

::

    EventStudyError(ValueError)       exit code 2
    ├── InputError                    2   a file or frame says something impossible
    ├── DesignError                   2   the choices of a study contradict each other
    ├── UnknownNameError              2   a name nobody knows ("did you mean ...")
    ├── NothingUsableError            3   no event survived matching
    ├── DataMissingError              4   no figures where some are needed
    ├── NetworkError                  5   a provider could not be reached
    └── PartialResultError            6   something was left out and `--strict` forbids it

A message says what is wrong, where (file, row, column, series, date) and how to mend it, in one or two lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import ClassVar, Self

#: Known names are listed in a message up to so many characters; a message that quotes more than this is cut.
_LONGEST, _LONGEST_MESSAGE = 300, 1500
#: A value is shown in a message up to so many characters; of a longer one its type is named.
_SHOWN = 60


class EventStudyError(ValueError):
    """Base of every error this library raises on purpose; what a message quotes at length is cut."""

    exit_code: ClassVar[int] = 2

    def __str__(self) -> str:
        said = super().__str__()
        return said if len(said) <= _LONGEST_MESSAGE else f"{said[:1000]} ... {said[-400:]}"

    @classmethod
    def must_be(cls, what: str, value: object) -> Self:
        """Make an error of what something must be, and what was given instead.

        Examples
        --------
        >>> str(EventStudyError.must_be("a name must be a text", None))
        'a name must be a text, not None'
        >>> str(EventStudyError.must_be("a name must be a text", list(range(99))))
        'a name must be a text, not a list'
        """
        said = repr(value)
        return cls(f"{what}, not {said if len(said) <= _SHOWN and said.isprintable() else f'a {type(value).__name__}'}")


class InputError(EventStudyError):
    """A file or a frame holds something that cannot be read as what it should be."""


class DesignError(EventStudyError):
    """The choices of a study contradict each other or cannot be had."""


class UnknownNameError(EventStudyError):
    """A name that is not among the known ones."""


class NothingUsableError(EventStudyError):
    """No event survived matching, so there is nothing to report."""

    exit_code = 3


class DataMissingError(EventStudyError):
    """Figures are needed that no source at hand has."""

    exit_code = 4


class NetworkError(EventStudyError):
    """A provider could not be reached or did not answer sensibly."""

    exit_code = 5


class PartialResultError(EventStudyError):
    """Something was left out of a result that was asked for in full."""

    exit_code = 6


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """Say what would have been right: the nearest allowed name, else the allowed names.

    Parameters
    ----------
    word : str
        The name that was given.
    allowed : iterable of str
        The names that would have been understood.

    Returns
    -------
    str
        One sentence for the end of a message.

    Examples
    --------
    >>> did_you_mean("rase", ["raise", "hold", "fold"])
    "did you mean 'raise'?"
    >>> did_you_mean("x", ["raise", "hold", "fold"])
    'known: raise, hold, fold'
    """
    word, names = str(word), list(allowed)
    by_folded_name = {name.casefold(): name for name in names}
    nearest = get_close_matches(word.casefold(), list(by_folded_name), n=1, cutoff=0.6)
    if nearest:
        return f"did you mean '{by_folded_name[nearest[0]]}'?"
    known = ", ".join(names)
    if len(known) > _LONGEST:
        known = f"{known[:_LONGEST].rpartition(', ')[0]}, ... ({len(names)} in all)"
    return f"known: {known}"


def refuse(wrong: Mapping[str, object]) -> None:
    """Raise a `DesignError` with the first message whose condition holds.

    Examples
    --------
    >>> refuse({"seed -1: a seed is 0 or more": False})
    """
    for message, holds in wrong.items():
        if holds:
            raise DesignError(message)


def require_known(word: str, allowed: Iterable[str], what: str) -> str:
    """Return `word` if it is allowed, else raise with the nearest allowed name.

    Parameters
    ----------
    word : str
        The name that was given.
    allowed : iterable of str
        The names that would be understood.
    what : str
        What the name stands for, e.g. ``"model"``; it opens the message.

    Returns
    -------
    str
        The word itself.

    Raises
    ------
    UnknownNameError
        If `word` is not among `allowed`.
    """
    names = list(allowed)
    if word not in names:
        raise UnknownNameError(f"unknown {what} '{word}'; {did_you_mean(word, names)}")
    return word
