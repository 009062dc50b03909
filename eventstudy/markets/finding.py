"""A finding: one thing that looks wrong in a price series."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from eventstudy.markets.stamp import Dates

Severity = Literal["note", "warning", "severe"]
SEVERITIES: tuple[str, ...] = get_args(Severity)


@dataclass(frozen=True)
class Finding:
    """One thing that looks wrong.

    Parameters
    ----------
    kind : str
        ``stale``, ``zero-returns``, ``no-return``, ``bad-tick``, ``hole``, ``phantom``, ``long-step``, ``duplicate``,
        ``disorder``, ``unit``, ``split``, ``zone``, ``per-cent``, ``spacing``, ``quote``, ``alignment``, ``few-common``
        or ``known``.
    first, last : datetime64[D]
        Where.
    n : int
        How many sessions, dates or returns it concerns.
    detail : str
        What was found and what it means, in a sentence.
    severity : {'note', 'warning', 'severe'}
        A note is worth knowing; a warning can change a result; what is severe makes most results wrong.
    """

    kind: str
    first: np.datetime64
    last: np.datetime64
    n: int
    detail: str
    severity: Severity


def by_gravity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with the gravest first, then by kind and date."""
    return tuple(sorted(findings, key=lambda one: (-SEVERITIES.index(one.severity), one.kind, one.first)))


def listed(days: Dates, most: int = 5) -> str:
    """Write some dates, and how many more there are.

    Parameters
    ----------
    days : ndarray of datetime64[D]
        Dates.
    most : int
        How many are written.

    Returns
    -------
    str
        Separated by commas.

    Examples
    --------
    >>> listed(np.arange("2022-01-01", "2022-01-04", dtype="M8[D]"), most=2)
    '2022-01-01, 2022-01-02 and 1 more'
    """
    more = f" and {len(days) - most} more" if len(days) > most else ""
    return ", ".join(map(str, days[:most])) + more


def counted(n: int, noun: str) -> str:
    """Write a number of things, e.g. ``1 session`` or ``2 sessions``."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
