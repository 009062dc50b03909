"""Stance: did the actor raise, hold or fold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Stance = Literal["raise", "hold", "fold"]
STANCES: tuple[Stance, ...] = ("raise", "hold", "fold")

#: What `net_stance` can return.
NET_STANCES = (*STANCES, "mixed")


def net_stance(stances: Iterable[str]) -> str:
    """Return the stance of several events that one session had to digest at once.

    Parameters
    ----------
    stances : iterable of str
        The stances of the events.

    Returns
    -------
    str
        ``raise`` if there are only raises and holds (at least one raise), ``fold`` if only folds and holds,
        ``hold`` if only holds, else ``mixed``.

    Examples
    --------
    >>> net_stance(["raise", "hold"])
    'raise'
    >>> net_stance(["raise", "fold"])
    'mixed'
    """
    distinct = set(stances) - {"hold"}
    if not distinct:
        return "hold"
    return distinct.pop() if len(distinct) == 1 else "mixed"
