"""The daily brief: what an article tells, and what markets did after the most similar events of the past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from eventstudy.errors import DesignError, NothingUsableError
from eventstudy.markets.instrument import Instrument
from eventstudy.news.schema import check_events
from eventstudy.news.text.proposals import Extraction, ProposedEvent, SetAside
from eventstudy.report.similar import Similar, similar_events
from eventstudy.study import EventStudy
from eventstudy.wording import counted

#: Columns of the averages that the brief shows.
COLUMNS = ("series", "label", "window", "unit", "n_events", "n_dates", "caar", "median", "hit_rate", "base_rate",
           "worst", "best", "placebo_p", "placebo_floor", "family_p")  # fmt: skip

#: With fewer events than this an average is an anecdote.
FEW = 5

#: Comparisons on the page, so that it stays one.
MOST = 3


@dataclass(frozen=True, eq=False)
class Comparison:
    """What markets did after events like one of today's.

    Parameters
    ----------
    event : ProposedEvent
        Today's event.
    similar : Similar
        The past events most like it.
    average : DataFrame
        Columns `COLUMNS`, a row a market and window; empty where nothing could be measured.
    why_not : str
        Why nothing could be, or ''.
    sureness : tuple of str
        How sure one can be, in sentences.
    """

    event: ProposedEvent
    similar: Similar
    average: pd.DataFrame
    why_not: str
    sureness: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Brief:
    """One page about today's articles.

    Parameters
    ----------
    day : date
        Day of publication.
    happened : tuple of ProposedEvent
        What the articles tell.
    scheduled : tuple of SetAside
        What is still to come.
    n_set_aside : int
        Passages set aside for other reasons.
    comparisons : tuple of Comparison
        The surest of today's raises and folds first.
    left_out : int
        Today's events that the page has no room to compare.
    windows : tuple of str
        The event windows.
    cautions : tuple of str
        What holds for all of it.
    """

    day: date
    happened: tuple[ProposedEvent, ...]
    scheduled: tuple[SetAside, ...]
    n_set_aside: int
    comparisons: tuple[Comparison, ...]
    left_out: int
    windows: tuple[str, ...]
    cautions: tuple[str, ...]


def make_brief(
    found: Extraction,
    published: str,
    past: pd.DataFrame,
    prices: pd.DataFrame,
    *,
    instruments: Mapping[str, Instrument] | None = None,
    series: Sequence[str] | None = None,
    windows: Sequence[str] = ("0:0", "0:5"),
    last: int = 10,
    seed: int = 0,
) -> Brief:
    """Put what articles tell beside what markets did after such events.

    Parameters
    ----------
    found : Extraction
        What `eventstudy.news.extract_all` read in them.
    published : str
        When they came out, as it was given to `extract_events`.
    past : DataFrame
        Events on file.
    prices : DataFrame, shape (T, S)
        Prices as quoted, as `EventStudy` takes them.
    instruments : mapping of str to Instrument, optional
        What columns are, where the catalogue does not know.
    series : sequence of str, optional
        Markets; default all columns.
    windows : sequence of str
        Event windows.
    last : int
        At most so many past events a comparison.
    seed : int
        Seed of the placebo.

    Returns
    -------
    Brief
        Nothing later than the articles is looked at: no event of their day or after it, no price struck after them
        (where they have no clock, no price of their day).

    Raises
    ------
    DesignError
        If `last` is not positive, or a choice makes no sense.
    InputError
        If the events break their schema.
    """
    if last < 1:
        raise DesignError("the last 0 times are none; give a number from 1 on")
    day = date.fromisoformat(published[:10])
    choices: dict[str, Any] = {"instruments": instruments, "series": series, "windows": list(windows), "seed": seed,
                               "tests": [], "as_of": _as_of(published)}  # fmt: skip
    table = check_events(past)
    asked = _to_compare(found.events)
    comparisons = tuple(_compare(event, similar_events(table, event, day, last), prices, choices)
                        for event in asked[:MOST])  # fmt: skip
    scheduled = tuple(one for one in found.set_aside if one.reason == "scheduled")
    return Brief(
        day=day,
        happened=found.events,
        scheduled=scheduled,
        n_set_aside=len(found.set_aside) - len(scheduled),
        comparisons=comparisons,
        left_out=len(asked) - len(comparisons),
        windows=tuple(windows),
        cautions=(
            "Today's events are proposals of a program: read the article, and confirm them.",
            "A market often moves before its news; what comes after is what was not foreseen.",
            "Past events were chosen by likeness, not at random; other news fell into their windows too.",
        ),
    )


def _as_of(published: str) -> str:
    """Return the instant beyond which no price is looked at."""
    if len(published) > len("2022-01-27") and datetime.fromisoformat(published).tzinfo is not None:
        return published
    return (date.fromisoformat(published[:10]) - timedelta(days=1)).isoformat()


def _to_compare(events: Sequence[ProposedEvent]) -> list[ProposedEvent]:
    """Return one event of every actor, stance and kind, raises and folds before holds, the surest first."""
    ranked = sorted((event for event in events if event.has_day), key=lambda e: (e.stance == "hold", -e.confidence))
    first: dict[tuple[str, str, str], ProposedEvent] = {}
    for event in ranked:
        first.setdefault((event.actor, event.stance, event.kind), event)
    return list(first.values())


def _compare(event: ProposedEvent, similar: Similar, prices: pd.DataFrame, choices: Mapping[str, Any]) -> Comparison:
    nothing = pd.DataFrame(columns=list(COLUMNS))
    if similar.events.empty:
        why = f"no {event.stance} of anybody before it is on file"
        return Comparison(event, similar, nothing, why, _sureness(event, similar, nothing))
    try:
        result = EventStudy(similar.events, prices, **choices).fit()
    except NothingUsableError as error:
        return Comparison(event, similar, nothing, str(error), _sureness(event, similar, nothing))
    rows = result.average[(result.average["stance"] == event.stance) & (result.average["series"] != "*")]
    labels = [result.histories[name].instrument.label for name in rows["series"]]
    average = rows.assign(label=labels)[list(COLUMNS)].reset_index(drop=True)
    missing = [
        history.instrument.label for name, history in result.histories.items() if name not in set(rows["series"])
    ]
    told = [f"Not measured, for want of prices then: {', '.join(missing)}."] if missing else []
    return Comparison(event, similar, average, "", (*_sureness(event, similar, average), *told))


def _sureness(event: ProposedEvent, similar: Similar, average: pd.DataFrame) -> tuple[str, ...]:
    told = [f"The stance was read with confidence {event.confidence:.2f} of 1."]
    n = len(similar.events)
    if not n:
        return tuple(told)
    whose = (
        f"by {event.actor.replace(';', ' or ')}"
        if similar.same_actor
        else "by anybody, none of its actor being on file"
    )
    told.append(f"{counted(n, 'past event')} {whose}, {similar.n_same_kind} of the same kind ({event.kind}).")
    most = int(average["n_events"].max()) if len(average) else 0
    if 0 < most < FEW:
        told.append(f"At most {most} could be measured: an anecdote, no statistic.")
    if len(average):
        n_rare = int((average["family_p"] < 0.05).sum())  # noqa: PLR2004  # the usual level
        told.append(
            f"{n_rare} of {len(average)} averages are rarer than one in twenty among days without news, "
            "all markets taken together."
        )
    return tuple(told)
