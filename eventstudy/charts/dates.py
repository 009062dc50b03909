"""Dates that read like dates, in English whatever the machine's language."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

#: A date axis has at most this many ticks, and at least so many months if months are written.
MOST_TICKS, FEWEST_MONTHS = 9, 2


#: Identifier of an x-axis that has dates.
DATED = "dates"


def day_month(day: np.datetime64) -> str:
    """Write a date without its year.

    Examples
    --------
    >>> day_month(np.datetime64("2022-01-27"))
    '27 Jan'
    """
    _, month, number = str(day)[:10].split("-")
    return f"{int(number)} {MONTHS[int(month) - 1]}"


def full_day(day: np.datetime64) -> str:
    """Write a date.

    Examples
    --------
    >>> full_day(np.datetime64("2022-01-27"))
    '27 Jan 2022'
    """
    return f"{day_month(day)} {str(day)[:4]}"


def day_range(first: np.datetime64, last: np.datetime64) -> str:
    """Write a range of dates.

    Examples
    --------
    >>> day_range(np.datetime64("2022-02-25"), np.datetime64("2022-03-24"))
    '25 Feb – 24 Mar 2022'
    """
    same_year = str(first)[:4] == str(last)[:4]
    return f"{day_month(first) if same_year else full_day(first)} – {full_day(last)}"


def date_ticks(first: np.datetime64, last: np.datetime64) -> list[tuple[np.datetime64, str]]:
    """Return the ticks of a date axis: first days of months, thinned by whole steps; single days if it is short.

    Parameters
    ----------
    first, last : datetime64[D]
        The ends of the axis.

    Returns
    -------
    list of (datetime64[D], str)
        Date and label.

    Examples
    --------
    >>> [label for _, label in date_ticks(np.datetime64("2021-11-19"), np.datetime64("2022-02-03"))]
    ['Dec 2021', 'Jan 2022', 'Feb 2022']
    """
    months = np.arange(first.astype("datetime64[M]"), last.astype("datetime64[M]") + 1)
    months = months[months.astype("datetime64[D]") >= first]
    if len(months) < FEWEST_MONTHS:
        days = np.unique(np.array([first, first + (last - first) // 2, last]))
        return [(day, full_day(day)) for day in days]
    counts = months.astype(np.int64) % 12
    step = next((step for step in (1, 2, 3, 6) if len(months) / step <= MOST_TICKS), 12)
    kept = months[counts % step == 0]
    kept = kept[:: max(1, -(-len(kept) // MOST_TICKS))]
    return [
        (month.astype("datetime64[D]"), f"{MONTHS[int(month.astype(np.int64) % 12)]} {month!s:.4}") for month in kept
    ]


def date_axis(ax: Axes, first: np.datetime64, last: np.datetime64) -> None:
    """Make the x-axis a date axis from `first` to `last`."""
    ticks = date_ticks(first, last)
    ax.xaxis_date()
    ax.xaxis.set_gid(DATED)
    ax.set_xlim(date_number(first), date_number(last))
    ax.set_xticks([date_number(day) for day, _ in ticks], [label for _, label in ticks])


def date_number(day: np.datetime64) -> float:
    """Return where a date stands on matplotlib's date axis."""
    from matplotlib import dates

    to_number: Callable[[np.datetime64], float] = dates.date2num
    return float(to_number(day))
