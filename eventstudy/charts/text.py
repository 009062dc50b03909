"""Words on a chart: how wide they are, where to cut or break them, how to spread them out, how to write dates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.charts.style import Style
from eventstudy.returns import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ELLIPSIS = "…"
MINUS = "−"

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

#: A date axis has at most this many ticks, and at least so many months if months are written.
MOST_TICKS, FEWEST_MONTHS = 9, 2

#: Identifier of an x-axis that has dates.
DATED = "dates"


def ruler(size: float, style: Style) -> Callable[[str], float]:
    """Return a function that says how wide a line of text is.

    Returns
    -------
    callable
        From a text to its width in points: the sum of its letters' advances, without hinting and hence the same at
        every resolution, and without kerning, which only makes it narrower.
    """
    from matplotlib.font_manager import findfont, get_font

    font = get_font(findfont(style.font))

    @cache
    def advance(letter: str) -> float:
        font.set_size(100, 72)  # matplotlib shares the font and may have set another size
        return float(font.load_char(ord(letter)).linearHoriAdvance) / 65536 * size / 100

    return lambda words: sum(map(advance, words))


def cut(words: str, room: float, width: Callable[[str], float]) -> str:
    """Shorten a text to a room, between words, with an ellipsis for what is gone.

    Examples
    --------
    >>> cut("Kremlin: our views were not heard", 20, len)
    'Kremlin: our views …'
    >>> cut("Kremlin", 20, len)
    'Kremlin'
    """
    if width(words) <= room:
        return words
    kept = words.split()
    while len(kept) > 1 and width(f"{' '.join(kept)} {ELLIPSIS}") > room:
        kept.pop()
    while len(kept[0]) > 1 and width(f"{' '.join(kept)} {ELLIPSIS}") > room:
        kept[0] = kept[0][:-1]
    return f"{' '.join(kept).rstrip(',;:')} {ELLIPSIS}"


def wrap(words: str, room: float, width: Callable[[str], float]) -> list[str]:
    """Break a text into lines that fit a room; a word wider than the room keeps a line of its own.

    Examples
    --------
    >>> wrap("as many sessions without news", 12, len)
    ['as many', 'sessions', 'without news']
    """
    lines: list[str] = []
    for word in words.split():
        if lines and width(f"{lines[-1]} {word}") <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def spread(targets: Sequence[float], pitch: float, low: float, high: float) -> Floats:
    """Move points apart so that neighbours are at least `pitch` away, as little as possible.

    Parameters
    ----------
    targets : sequence of float, shape (N,)
        Where the points would like to be, ascending.
    pitch : float
        Least distance between neighbours.
    low, high : float
        Where the first may begin and the last end.

    Returns
    -------
    ndarray, shape (N,)
        Where they are, ascending.

    Notes
    -----
    The least-squares answer: with ``z_i = x_i - i · pitch`` the constraint is that z ascends, so that pooling adjacent
    violators solves it; clipping z to its bounds keeps the order.

    Examples
    --------
    >>> spread([1.0, 1.0, 9.0], 2.0, 0.0, 10.0).tolist()
    [0.0, 2.0, 9.0]
    """
    steps = pitch * np.arange(len(targets))
    pools: list[tuple[float, int]] = []
    for wish in np.asarray(targets, dtype=np.float64) - steps:
        pools.append((float(wish), 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, n), (b, m) = pools[-2:]
            pools[-2:] = [((a * n + b * m) / (n + m), n + m)]
    pooled = np.repeat([mean for mean, _ in pools], [n for _, n in pools])
    return np.asarray(np.clip(pooled, low, max(low, high - pitch * (len(targets) - 1))) + steps, dtype=np.float64)


def plain(value: float, decimals: int = 0) -> str:
    """Write a number with a true minus and thousands apart.

    Examples
    --------
    >>> plain(-2), plain(3500.0), plain(0.25, 2)
    ('−2', '3,500', '0.25')
    """
    return f"{value:,.{decimals}f}".replace("-", MINUS)


def signed(value: float, decimals: int = 1) -> str:
    """Write a number with its sign; what rounds to nothing has none.

    Examples
    --------
    >>> signed(-14.04), signed(0.31), signed(-0.02)
    ('−14.0', '+0.3', '0.0')
    """
    rounded = round(value, decimals)
    return f"{'+' if rounded > 0 else ''}{plain(rounded or 0.0, decimals)}"


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
