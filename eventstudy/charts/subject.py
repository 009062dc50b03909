"""What a chart shows, read off the result: which series, which events, on which session each."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd

from eventstudy.errors import DesignError, NothingUsableError, require_known
from eventstudy.markets.history import History
from eventstudy.news.stance import net_stance
from eventstudy.study.result import StudyResult


@dataclass(frozen=True)
class EventMark:
    """One event on the chart of one series.

    Parameters
    ----------
    number : int
        Its number on the chart, from 1 in the order of sessions.
    event_id, stance, headline : str
        The event.
    day : datetime64[D]
        The day on which it happened, as written in the events table.
    session : datetime64[D]
        The session in which the series could first react.
    unused : str
        Why the study did not use it, in a word or two; empty if it did.
    """

    number: int
    event_id: str
    stance: str
    headline: str
    day: np.datetime64
    session: np.datetime64
    unused: str = ""


@dataclass(frozen=True)
class LeftOut:
    """An event for which the series has no session, and why in a word or two."""

    event_id: str
    headline: str
    day: np.datetime64
    reason: str


def chosen_history(result: StudyResult, series: str | None, *, priced: bool = False) -> History:
    """Return the history that a chart is about.

    Parameters
    ----------
    result : StudyResult
        The study.
    series : str, optional
        Its name; default the first series of the study (the first with prices, if those are needed).
    priced : bool
        Whether prices are needed.

    Raises
    ------
    UnknownNameError
        If the study has no such series.
    DesignError
        If the study is of bars, or prices are needed and it is of returns, volumes or variances.
    """
    if series is not None:
        name = require_known(series, result.series, "series")
    else:
        known = [name for name in result.series if not priced or result.histories[name].prices is not None]
        name = (known or list(result.series))[0]
    history = require_sessions(result.histories[name])
    if priced and (history.prices is None or history.instrument.returns == "level"):
        what = "returns" if history.instrument.returns != "level" else f"levels ({history.instrument.unit})"
        raise DesignError(f"'{name}' came as {what}, so there is no price to draw; give prices to the study")
    return history


def require_sessions(history: History) -> History:
    """Refuse a history of bars: a chart counts and dates events by the day.

    Raises
    ------
    DesignError
        If it is one.
    """
    if history.bar is not None:
        raise DesignError(f"'{history.name}' is in bars, and charts are of sessions; its numbers are in the tables")
    return history


def event_marks(result: StudyResult, series: str) -> tuple[EventMark, ...]:
    """Return the events that have a session in a series, used by the study or not, numbered in the order of sessions.

    Raises
    ------
    NothingUsableError
        If there is none.
    """
    rows = _rows(result, series)
    shown = rows[rows["session"].notna()].sort_values(["session", "day"], kind="stable")
    if shown.empty:
        raise NothingUsableError(f"no event has a session in '{series}'; the reasons stand in matches")
    columns = ("event_id", "stance", "title", "day", "day_of_session", "unused")
    cells = zip(*(shown[column] for column in columns), strict=True)
    return tuple(EventMark(number, *row) for number, row in enumerate(cells, start=1))


def left_out(result: StudyResult, series: str) -> tuple[LeftOut, ...]:
    """Return the events that have no session in a series."""
    rows = _rows(result, series)
    out = rows[rows["session"].isna()]
    columns = ("event_id", "title", "day", "unused")
    return tuple(LeftOut(*row) for row in zip(*(out[column] for column in columns), strict=True))


def by_session(marks: tuple[EventMark, ...]) -> list[tuple[np.datetime64, tuple[EventMark, ...]]]:
    """Group marks by their session, ascending."""
    return [(session, tuple(group)) for session, group in groupby(marks, key=lambda mark: mark.session)]


def stance_of(group: tuple[EventMark, ...]) -> str:
    """Return the stance of the one market event that a session's used events make; of all, if none was used."""
    used = [mark for mark in group if not mark.unused]
    return net_stance(mark.stance for mark in used or group)


def _rows(result: StudyResult, series: str) -> pd.DataFrame:
    """Return the matches of one series with each event's day and headline, save events that are about other series."""
    rows = result.matches[result.matches["series"] == series]
    rows = rows[~rows["reason"].str.startswith("other-series")]
    events = result.events.set_index("id").loc[rows["event_id"]]
    days = [np.datetime64(str(time)[:10]) for time in events["time"]]
    sessions = list(rows["session"].to_numpy().astype("datetime64[D]"))
    why = [reason.split(":")[0].replace("-", " ") for reason in rows["reason"]]
    return rows.assign(
        day=pd.Series(days, index=rows.index, dtype=object),
        day_of_session=pd.Series(sessions, index=rows.index, dtype=object),
        title=[
            " ".join(words.split()) or name for words, name in zip(events["headline"], rows["event_id"], strict=True)
        ],
        unused=np.where(rows["status"] == "used", "", why),
    )
