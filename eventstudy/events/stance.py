"""Stance: did the actor raise, hold or fold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Stance = Literal["raise", "hold", "fold"]
STANCES: tuple[Stance, ...] = ("raise", "hold", "fold")

#: The label of events that wait, and of events without one: news of neither kind.
NEUTRAL = ("hold", "")


def net_stance(stances: Iterable[str]) -> str:
    """Return the stance, or other label, of several events that one session had to digest at once.

    Parameters
    ----------
    stances : iterable of str
        The labels of the events; ``hold`` and '' are neutral.

    Returns
    -------
    str
        The one label that is not neutral, ``mixed`` for several; ``hold`` (or '') where all are neutral.

    Examples
    --------
    >>> net_stance(["raise", "hold"]), net_stance(["raise", "fold"]), net_stance(["hold", ""])
    ('raise', 'mixed', 'hold')
    """
    labels = set(stances)
    distinct = labels - set(NEUTRAL)
    if not distinct:
        return "hold" if "hold" in labels else ""
    return distinct.pop() if len(distinct) == 1 else "mixed"
