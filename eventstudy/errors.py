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

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar, Self

#: Known names are listed in a message up to so many characters; a message that quotes more than this is cut.
_LONGEST, _LONGEST_MESSAGE = 300, 1500
#: A value is shown in a message up to so many characters; of a longer one its type is named.
_SHOWN = 60
#: Control characters but the tab and the line break, marks of direction, halves of characters.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def shown(text: str) -> str:
    r"""Return a text without what steers a terminal or turns the direction of writing, whoever wrote it."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", text)


class EventStudyError(ValueError):
    """Base of every error this library raises on purpose; what a message quotes is cut, and steers no terminal."""

    exit_code: ClassVar[int] = 2

    def __str__(self) -> str:
        said = shown(super().__str__())
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
        try:
            said = repr(value)
        except Exception:  # noqa: BLE001  # lists within lists, integers of thousands of digits, whatever its own says
            said = ""
        kind = type(value).__name__
        article = "an" if kind[0] in "aeiou" else "a"
        return cls(f"{what}, not {said if 0 < len(said) <= _SHOWN and said.isprintable() else f'{article} {kind}'}")

    @classmethod
    def require(cls, what: str, value: Any, *types: type) -> Any:
        """Return a value of one of some types, else raise the error that says what it must be."""
        if not isinstance(value, types):
            raise cls.must_be(what, value)
        return value


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
    """Say what would have been right, for the end of a message: the nearest allowed name, else the allowed names.

    Examples
    --------
    >>> did_you_mean("rase", ["raise", "hold", "fold"])
    "did you mean 'raise'?"
    >>> did_you_mean("invasion", ["2022-02-24-invasion", "2022-02-24-sanctions"])
    "did you mean '2022-02-24-invasion'?"
    >>> did_you_mean("Russia", ["USA", "RUS"])
    "did you mean 'RUS'?"
    >>> print(did_you_mean("Foo", ["Foo, Inc", "Bar"]))
    did you mean 'Foo, Inc'? A list of an option takes it as '"Foo, Inc"'
    >>> did_you_mean("x", ["raise", "hold", "Foo, Inc"])
    'known: raise, hold, "Foo, Inc"'
    """
    word, names = str(word).casefold(), list(dict.fromkeys(allowed))
    folded = {name.casefold(): name for name in names}
    whole = re.compile(rf"\b{re.escape(word)}\b")
    parts = [name for name in folded if min(len(name), len(word)) > 2 and (whole.search(name) or word.startswith(name))]  # noqa: PLR2004
    if nearest := parts if len(parts) == 1 else get_close_matches(word, list(folded), n=1, cutoff=0.6):
        near = folded[nearest[0]]
        return f"did you mean '{near}'?" + f""" A list of an option takes it as '"{near}"'""" * ("," in near)
    names = [folded[name] for name in parts] or names
    known = ", ".join(f'"{name}"' if "," in name else name for name in names)
    if len(known) > _LONGEST:
        known = f"{known[:_LONGEST].rpartition(', ')[0]}, ... ({len(names)} in all)"
    return f"known: {known}"


def refuse(wrong: Mapping[str, object]) -> None:
    """Raise a `DesignError` with the first message whose condition holds."""
    for message, holds in wrong.items():
        if holds:
            raise DesignError(message)


def require_known(word: str, allowed: Iterable[str], what: str) -> str:
    """Return a word if it is allowed, else raise ``unknown {what} '{word}'; did you mean ...``."""
    names = list(allowed)
    if not isinstance(word, str):
        raise UnknownNameError.must_be(f"unknown {what}; it goes by a name", word)
    if word not in names:
        raise UnknownNameError(f"unknown {what} '{word}'; {did_you_mean(word, names)}")
    return word
