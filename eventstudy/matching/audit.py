"""The matches: one pair for each event and series, and the audit trail that says of each what was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.matching.anchors import Positions
from eventstudy.matching.meeting import Meeting
from eventstudy.matching.reasons import ByPair, Kind, Reasons, spelled, spread


@dataclass(frozen=True, eq=False)
class Matches:
    """Which session each event meets in each market.

    Arrays of shape (N, S) may share their memory between series, and are not to be written to.

    Parameters
    ----------
    positions : ndarray of int64, shape (N, S)
        Position of the event session in the series' history; -1 where there is none.
    used : ndarray of bool, shape (N, S)
        Whether the pair is used.
    news : ndarray of bool, shape (N, S)
        Whether the session was one of news for the series, used or not: such sessions are no days without news.
    stances : ndarray of str, shape (N, S)
        The stance under which the pair counts: the event's own, or the net one where events were merged.
    events : tuple of str, length N
        Event ids.
    series : tuple of str, length S
        Series names.
    reasons : Reasons
        Why pairs are left out, and what must be known of the others.
    meetings : tuple of Meeting, length M
        How the events meet each market; series that are equal in all that matters here are one market.
    market_of : ndarray of int64, shape (S,)
        The market of each series.
    """

    positions: Positions
    used: NDArray[np.bool_]
    news: NDArray[np.bool_]
    stances: NDArray[np.object_]
    events: tuple[str, ...]
    series: tuple[str, ...]
    reasons: Reasons
    meetings: tuple[Meeting, ...]
    market_of: NDArray[np.intp]

    @cached_property
    def table(self) -> pd.DataFrame:
        """The audit trail, made when it is first asked for: N x S rows, event by event and series by series.

        Columns are ``event_id, series, event_time, published_at, session, stamp, tradable_from, timing, moved,
        gap_days, market_event, net_stance, members, overlaps, stance, status, reason``. Instants are UTC without zone;
        ``event_time`` is text, an instant or only a day. A reason begins with its code and a colon.
        """
        n_events, n_markets = len(self.events), len(self.meetings)
        markets = [meeting.columns() for meeting in self.meetings]
        by_market = pd.DataFrame(
            {name: np.stack([columns[name] for columns in markets], axis=1).ravel() for name in markets[0]}
        )
        at = np.arange(n_events)[:, None] * n_markets + self.market_of
        table = by_market.take(at.ravel()).reset_index(drop=True)
        series = spelled(self.series, np.tile(np.arange(len(self.series)), n_events))
        table.insert(1, "series", pd.Series(series, copy=False))
        return table.assign(
            status=spelled(("excluded", "used"), self.used.ravel().astype(np.intp)), reason=self.reasons.column()
        )

    @property
    def stance_codes(self) -> NDArray[np.int8]:
        """`stances` by position among `NET_STANCES`, shape (N, S)."""
        return self._of_markets(lambda meeting: meeting.stances)

    @property
    def net_stances(self) -> NDArray[np.int8]:
        """Net stance of each pair's market event by position among `NET_STANCES`, -1 where there is none, (N, S)."""
        return self._of_markets(lambda meeting: meeting.net_stances)

    @property
    def overlapping(self) -> NDArray[np.bool_]:
        """Whether the window of each pair shares a session with that of another event, shape (N, S)."""
        return self._of_markets(lambda meeting: meeting.overlapping)

    @property
    def by_day(self) -> NDArray[np.bool_]:
        """Whether each pair is matched by day, not by hour, shape (N, S)."""
        return self._of_markets(lambda meeting: meeting.by_day)

    def _of_markets(self, known: Callable[[Meeting], NDArray[Kind]]) -> NDArray[Kind]:
        return spread([known(meeting) for meeting in self.meetings], self.market_of)

    def of_series(self, block: slice) -> Matches:
        """Return the matches of a block of series."""
        markets, market_of = np.unique(self.market_of[block], return_inverse=True)
        return replace(
            self,
            positions=self.positions[:, block],
            used=self.used[:, block],
            news=self.news[:, block],
            stances=self.stances[:, block],
            series=self.series[block],
            reasons=Reasons(self.reasons.texts, self.reasons.code[:, block]),
            meetings=tuple(self.meetings[market] for market in markets),
            market_of=market_of,
        )

    def news_of(self, s: int) -> Positions:
        """Return the event sessions of one series, of events used or not; series of one market have the same array."""
        return self._news[self.market_of[s]]

    @cached_property
    def _news(self) -> dict[np.intp, Positions]:
        markets, first = np.unique(self.market_of, return_index=True)
        found = (np.asarray(self.positions[self.news[:, s], s]) for s in first)
        return dict(zip(markets, found, strict=True))

    def excluding(self, reasons: ByPair) -> Matches:
        """Return the same matches with further pairs excluded.

        Parameters
        ----------
        reasons : mapping of (int, int) to str
            Reason by position of event and series.
        """
        if not reasons:
            return self
        used = np.array(self.used, order="F")
        used[tuple(np.array(list(reasons)).T)] = False
        return replace(self, used=used, reasons=self.reasons.instead(reasons))

    def noting(self, notes: ByPair) -> Matches:
        """Return the same matches with a remark added to the reason of pairs that stay in use."""
        return replace(self, reasons=self.reasons.further(notes)) if notes else self
