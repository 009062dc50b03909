"""What past events of a market teach at an event: the reactions known by then, and how unusual their mean is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.inference.placebo import placebo_p
from eventstudy.news.stance import net_stance
from eventstudy.returns import Floats
from eventstudy.trading.arrangements import arrange, clusters
from eventstudy.trading.fills import Ints, exit_positions
from eventstudy.trading.market import Market


@dataclass(frozen=True, eq=False)
class Past:
    """The market events of one series in order of their entry prices, and what followed (G of them).

    Parameters
    ----------
    stance : tuple of str, length G
        Net stance of the events that share the entry price.
    entry, exit : ndarray of int64, shape (G,)
        Positions of the prices between which the reaction is measured.
    z : ndarray, shape (G,)
        Reactions in units of volatility.
    """

    stance: tuple[str, ...]
    entry: Ints
    exit: Ints
    z: Floats

    def known(self, position: int, stance: str) -> Ints:
        """Return which market events of a stance had their whole holding period before a session, in order."""
        alike = np.array([one == stance for one in self.stance], dtype=bool)
        return np.flatnonzero(alike & (self.exit < position) & np.isfinite(self.z)).astype(np.int64)


def past_of(market: Market, hold: int) -> Past:
    """Return the market events of a series: those that share an entry price are one, under their net stance."""
    began = np.flatnonzero((market.entries >= 0) & (market.entries < len(market.history)))
    entry = np.unique(market.entries[began])
    stances = market.table["stance"].tolist()
    members = [[stances[k] for k in began if market.entries[k] == at] for at in entry]
    return Past(
        stance=tuple(net_stance(of_one) for of_one in members),
        entry=entry,
        exit=exit_positions(market.history, entry, hold),
        z=market.reactions(entry, hold),
    )


def n_apart(past: Past, which: Ints) -> int:
    """Count the holding periods that do not overlap: the earliest, then each that begins once the one before ended."""
    count, free_from = 0, -1
    for entry, end in zip(past.entry[which], past.exit[which], strict=True):
        if entry >= free_from:
            count, free_from = count + 1, int(end)
    return count


def past_placebo(past: Past, which: Ints, line: Floats, draws: int, rng: np.random.Generator) -> tuple[float, int]:
    """Return the p of the mean reaction against as many other days of the past, and the number of placebo calendars."""
    known = np.flatnonzero(np.isfinite(line))
    if not len(which) or not len(known):
        return np.nan, 0
    line = line[known[0] :]
    shape = clusters(past.entry[which], past.exit[which])
    begins = arrange(shape.length, len(line), draws, rng)
    means = line[begins[:, shape.cluster] + shape.offset].mean(axis=1)
    means = means[np.isfinite(means)]
    return placebo_p(float(past.z[which].mean()), means), len(means)
