"""Words on a chart: how wide they are, where to cut or break them, how to spread them out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from eventstudy.charts.style import Style
from eventstudy.returns import Floats

ELLIPSIS = "…"
MINUS = "−"


def ruler(size: float, style: Style) -> Callable[[str], float]:
    """Return a function that says how wide a line of text is.

    Parameters
    ----------
    size : float
        Font size in points.
    style : Style
        The look.

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

    Parameters
    ----------
    words : str
        The text.
    room : float
        Room in points.
    width : callable
        What `ruler` returned.

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
