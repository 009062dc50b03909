"""How long to bear with a provider that asks to be left alone, or that stumbles."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from eventstudy.errors import InputError, NetworkError

#: Environment variable with the waits in seconds, e.g. ``"2,8,30"``; for tests, and for those in a hurry.
WAITS_VARIABLE = "EVENTSTUDY_RETRY_WAITS"

_DEFAULT_WAITS = (2.0, 8.0, 30.0)

Answer = TypeVar("Answer")


class BusyError(NetworkError):
    """A provider asks for fewer requests, or says that it is overloaded: later it may answer."""


@dataclass(frozen=True)
class Patience:
    """When to try again. There is no chance in it: the same failures lead to the same waits.

    Parameters
    ----------
    waits : tuple of float
        Seconds to wait before each new attempt at a busy provider; of a provider that cannot be reached or answers
        nonsense, only the first is waited, once.
    sleep : callable
        What waiting is.
    """

    waits: tuple[float, ...] = _DEFAULT_WAITS
    sleep: Callable[[float], None] = time.sleep

    def persist(self, attempt: Callable[[], Answer]) -> Answer:
        """Return what an attempt returns, trying again as long as there is hope.

        Parameters
        ----------
        attempt : callable
            Raises `BusyError` when told to come back later, `NetworkError` when it could not get through.

        Returns
        -------
        object
            The first answer.

        Raises
        ------
        NetworkError
            The last failure, when all waits are used up; any other exception at once.

        Examples
        --------
        >>> answers = iter([BusyError("later"), 42])
        >>> def attempt():
        ...     answer = next(answers)
        ...     if isinstance(answer, Exception):
        ...         raise answer
        ...     return answer
        >>> Patience(waits=(5.0,), sleep=lambda seconds: None).persist(attempt)
        42
        """
        stumbled = False
        for wait in self.waits:
            try:
                return attempt()
            except BusyError:
                self.sleep(wait)
            except NetworkError:
                if stumbled:
                    raise
                stumbled = True
                self.sleep(wait)
        return attempt()


def patience_of_environment() -> Patience:
    """Return the ordinary patience, or that of the environment variable `EVENTSTUDY_RETRY_WAITS`.

    Raises
    ------
    InputError
        If the variable is not numbers of seconds separated by commas.
    """
    text = os.environ.get(WAITS_VARIABLE)
    if text is None:
        return Patience()
    try:
        waits = tuple(float(word) for word in text.split(",") if word.strip())
    except ValueError:
        waits = (-1.0,)
    if any(not wait >= 0 for wait in waits):
        raise InputError(f"{WAITS_VARIABLE}={text!r}: write seconds separated by commas, e.g. 2,8,30")
    return Patience(waits)
