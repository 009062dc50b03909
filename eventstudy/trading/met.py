"""The events asked for as one market met them: from which sessions on they are held, and which are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import NothingUsableError
from eventstudy.markets.history import History
from eventstudy.markets.holding import Positions
from eventstudy.matching import Matches, match
from eventstudy.trading.fills import entry_positions
from eventstudy.trading.question import Question
from eventstudy.window import Window


@dataclass(frozen=True, eq=False)
class Matched:
    """The events on file as one market met them.

    Parameters
    ----------
    history : History
        The market, T sessions.
    table : DataFrame
        The events asked for, see `Answer`.
    first : mapping of str to ndarray of int64
        By measure, the first steps of the holding periods of the events used, in the order of the table.
    news : ndarray of int64
        The first steps of all events that were news for the market, asked for or not, by either measure.
    """

    history: History
    table: pd.DataFrame
    first: Mapping[str, Positions]
    news: Positions

    @property
    def used(self) -> pd.DataFrame:
        """The rows of the events used."""
        return self.table[self.table["status"] == "used"]


def match_market(events: pd.DataFrame, asked: NDArray[np.bool_], history: History, question: Question) -> Matched:
    """Match all events to one market, and keep of them what was asked for.

    Parameters
    ----------
    events : DataFrame, shape (N, 17 or more)
        All events on file, in order of time.
    asked : ndarray of bool, shape (N,)
        Which of them are asked for.
    history : History
        The market.
    question : Question
        The question.

    Raises
    ------
    NothingUsableError
        If none of the events asked for can be used; says what the first of them lack.
    """
    window = Window(0, max(question.hold) - 1)
    matches = match(events, {history.name: history}, window, include_proposed=question.include_proposed)
    positions = matches.positions[:, 0]
    sessions = np.where(positions >= 0, positions, len(history))
    entries = entry_positions(history, sessions, matches.table["tradable_from"].to_numpy().astype("datetime64[ns]"))
    first = {"from_event_session": sessions, "from_tradable_from": entries + 1}
    table = _events_table(events, matches, history, entries)
    table["reason"] = _reasons(table, matches, question)
    table["status"] = np.where(table["reason"] == "", "used", "excluded")
    table = table[asked]
    used = np.flatnonzero(asked)[(table["status"] == "used").to_numpy()]
    if not len(used):
        why = table["reason"].value_counts()
        raise NothingUsableError(
            f"no event can be used: {why.iloc[0]} of {len(table)} are left out, as\n{why.index[0]}"
        )
    news = np.concatenate([positions[matches.news[:, 0]] for positions in first.values()])
    return Matched(
        history,
        table.reset_index(drop=True),
        {measure: positions[used] for measure, positions in first.items()},
        np.unique(news[news < len(history)]),
    )


def _events_table(events: pd.DataFrame, matches: Matches, history: History, entries: Positions) -> pd.DataFrame:
    found = matches.table
    sessions = np.append(history.sessions.astype("datetime64[ns]"), np.datetime64("NaT", "ns"))
    return pd.DataFrame(
        {
            "event_id": found["event_id"].to_numpy(),
            **{name: events[name].to_numpy() for name in ("headline", "stance", "actor", "kind", "phase", "intensity")},
            **{name: found[name].to_numpy() for name in ("event_time", "published_at", "timing", "session", "stamp")},
            "tradable_from": found["tradable_from"].to_numpy(),
            "entry_session": sessions[np.minimum(entries, len(history))],
        }
    )


def _reasons(table: pd.DataFrame, matches: Matches, question: Question) -> list[str]:
    """Say of each event why it is left out; '' where it is used."""
    reasons = []
    for event, status, reason, net, members in zip(
        table["event_id"], *(matches.table[name] for name in ("status", "reason", "net_stance", "members")), strict=True
    ):
        if event == question.like:
            reasons.append("like: the event that the others are to be like")
        elif status != "used":
            reasons.append(reason)
        elif question.after is not None and net != question.after:
            others = ", ".join(name for name in members.split(";") if name != event)
            reasons.append(f"mixed: its session is not one of {question.after} alone, but met {others} too")
        else:
            reasons.append("")
    return reasons
