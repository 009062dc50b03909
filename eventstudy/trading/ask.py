"""The quick answer: what a market did after such news, held for so many sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

import pandas as pd

from eventstudy.errors import DataMissingError, DesignError, did_you_mean
from eventstudy.markets.history import History
from eventstudy.markets.instrument import Instrument
from eventstudy.news.clock import in_time_order
from eventstudy.news.schema import check_events
from eventstudy.study.as_of import known_at
from eventstudy.study.given import Given, take
from eventstudy.study.inputs import describe_input
from eventstudy.trading.answer import Answer
from eventstudy.trading.met import match_market
from eventstudy.trading.question import DEFAULT_HOLD, Question, asked_for, make_question
from eventstudy.trading.tallies import cautions, outcomes_table, paths_table, summary_table


def ask(
    events: pd.DataFrame,
    prices: pd.DataFrame | None = None,
    series: str | None = None,
    *,
    returns: pd.DataFrame | None = None,
    instruments: Mapping[str, Instrument] | None = None,
    after: str | None = None,
    hold: Sequence[int] = DEFAULT_HOLD,
    actor: str | Sequence[str] | None = None,
    kind: str | Sequence[str] | None = None,
    phase: str | Sequence[str] | None = None,
    since: str | date | None = None,
    intensity: str | None = None,
    like: str | None = None,
    returns_kind: str | None = None,
    include_proposed: bool = False,
    seed: int = 0,
    as_of: str | date | datetime | None = None,
) -> Answer:
    """Say what a market did after news of a kind, held for some sessions, beside what it does after any day.

    Parameters
    ----------
    events : DataFrame
        All events on file, of whatever kind: those not asked for are news too, and no placebo meets them.
    prices, returns : DataFrame, shape (T, S)
        One of the two, as `EventStudy` takes them.
    series : str, optional
        The market; may be left out where there is but one column.
    instruments : mapping of str to Instrument, optional
        What columns are, where the catalogue does not know or should not decide.
    after : {'raise', 'hold', 'fold'}, optional
        Stance of the news; default any.
    hold : sequence of int
        Sessions held.
    actor, kind, phase : str or sequence of str, optional
        Only news with one of these actors, of one of these kinds, in one of these phases.
    since : str or date, optional
        Only news of this day or later.
    intensity : str, optional
        Only news whose intensity meets a condition, e.g. ``<-5``.
    like : str, optional
        Only news like this event (see `Question`), itself left out.
    returns_kind : {'log', 'simple', 'difference'}, optional
        Kind of return that is added up and scaled for the placebo; default the instrument's own.
    include_proposed : bool
        Use proposed events as well as confirmed ones.
    seed : int
        Seed of the placebo.
    as_of : str, date or datetime, optional
        The instant beyond which nothing is looked at, as for `EventStudy`.

    Returns
    -------
    Answer
        Frozen tables.

    Raises
    ------
    NothingUsableError
        If no event meets the conditions, or none of them can be used.
    DataMissingError
        If the series has no figure.
    DesignError, UnknownNameError, InputError
        If a choice makes no sense or a frame breaks its schema.

    Notes
    -----
    Two returns, over h sessions each. *From the event session*: from the last price before the news, over the session
    that it met and the h - 1 after it; what the market did. *From tradable_from*: from the first price struck at or
    after the first instant at which one could have traded, h sessions on; what one could have earned before costs.
    Simple returns; changes where the series is one of differences; oriented so that a positive one is a gain.

    Events that share a session are one outcome. An event whose session is not one of its stance alone is left out.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> case = load_case("raise-or-fold-2022")
    >>> answer = ask(case.events, case.prices, "imoex", after="raise", actor="RUS", hold=[1])
    >>> row = answer.outcomes.set_index("event_id").loc["2022-02-24-invasion"]
    >>> f"{row['from_event_session']:.4f} {row['from_tradable_from']:.4f}"
    '-0.3328 0.2004'
    """
    question = make_question(
        series or _only_column(prices if returns is None else returns),
        after=after,
        hold=hold,
        actor=actor,
        kind=kind,
        phase=phase,
        since=since,
        intensity=intensity,
        like=like,
        returns=returns_kind,
        include_proposed=include_proposed,
        seed=seed,
        as_of=as_of,
    )
    given = _column_of(take(prices, returns, None, dict(instruments or {}), None), question.series)
    known, given = known_at(in_time_order(check_events(events)), given, question.as_of)
    asked, question = asked_for(known, question)
    matched = match_market(known, asked, _history(given, question), question)
    inputs = (describe_input("events", known), describe_input(given.kind, given.figures))
    return Answer(
        question=question,
        instrument=matched.history.instrument,
        inputs=inputs,
        warnings=tuple(filter(None, (*given.notes, *cautions(matched, question), *matched.history.notes))),
        summary=summary_table(matched, question),
        events=matched.table,
        outcomes=outcomes_table(matched, question),
        paths=paths_table(matched, max(question.hold)),
    )


def _only_column(frame: pd.DataFrame | None) -> str:
    if frame is None or frame.shape[1] != 1:
        raise DesignError("name the series to ask about; only a frame of one column goes without")
    return str(frame.columns[0])


def _column_of(given: Given, name: str) -> Given:
    """Leave of what was given the one series, and of it the sessions that have a figure."""
    if name not in given.figures:
        raise DesignError(f"no column '{name}' among the {given.kind}; {did_you_mean(name, map(str, given.figures))}")
    figures = given.figures[[name]].dropna()
    if not len(figures):
        raise DataMissingError(f"the column '{name}' is empty")
    return replace(given, figures=figures)


def _history(given: Given, question: Question) -> History:
    history = given.histories(question.returns)[question.series]  # type: ignore[arg-type]  # checked by Question
    if history.instrument.returns == "level":
        raise DesignError(f"'{history.name}' is a level; what holding it brings is not defined")
    return history
