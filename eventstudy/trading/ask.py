"""The quick answer: what a market did after such news, held for so many sessions, and what one could have earned."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.cases import conflict_distance, near_kinds
from eventstudy.errors import DataMissingError, DesignError, NothingUsableError, did_you_mean, refuse, require_known
from eventstudy.events.clock import event_clock, in_time_order, read_as_of, write_as_of
from eventstudy.events.schema import STANCES, check_events
from eventstudy.markets.identity import InstrumentLike
from eventstudy.markets.instrument import Instrument
from eventstudy.markets.quality import data_warnings
from eventstudy.matching import EXCLUDED, STATUSES, Events, longest_gap
from eventstudy.returns import RETURN_KINDS, Ints, Mask
from eventstudy.study.answer import Answer, answers
from eventstudy.study.design import check_choice
from eventstudy.study.envelope import columns_of, plain_envelope
from eventstudy.study.given import Given, StudyInput, take
from eventstudy.study.placebo import samples_of
from eventstudy.study.sample import ALL, Samples, SeriesSample, rows_by_label
from eventstudy.study.study import EventStudy
from eventstudy.trading.signals import ENTRY, NEVER, TABLES, Market, n_apart
from eventstudy.window import MOST_SESSIONS, Window
from eventstudy.wording import counted as in_number
from eventstudy.wording import p_in_words, quantity, window_in_words

#: Raised whenever a reader of an older envelope could misread a newer one.
SCHEMA_VERSION = "2.0"

#: What is measured, each with what it means in a line.
MEASURES = {
    "from_event_session": "what the market did: h sessions on from the last price before the news",
    "from_tradable_from": f"what one could have earned: {ENTRY}, held h sessions",
}

DEFAULT_HOLD = (1, 3, 5, 10)

_COMPARE = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "=": operator.eq}

#: Columns of the events by which a question selects, each a list of words of which one must be there.
_WORDS = ("actor", "kind", "phase")
#: Kinds of what a question says, as those of a design.
_KINDS = dict.fromkeys(_WORDS, "either")
_KINDS |= dict.fromkeys(("after", "group_by", "intensity", "like", "returns"), "text")
_KINDS |= {"hold": "wholes", "since": "time", "as_of": "time", "include_proposed": "yes", "seed": "whole"}

#: Beside the codes of `eventstudy.study.sample`: a market event without an event asked for.
_NOT_ASKED = 20


class Question(NamedTuple):
    """What is asked: the arguments of `eventstudy.ask` as `make_question` checks them. Its `repr` recreates it.

    `like` names an event that others are to be like (see `eventstudy.cases.similar_events`): of its stance, a
    near kind and its conflict, with one of its actors, where the question does not say otherwise; itself it is left
    out.
    """

    series: str
    after: str | None = None
    hold: tuple[int, ...] = DEFAULT_HOLD
    actor: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    phase: tuple[str, ...] = ()
    since: str | None = None
    intensity: str | None = None
    like: str | None = None
    returns: str | None = None
    include_proposed: bool = False
    seed: int = 0
    as_of: str | None = None
    group_by: str = "stance"

    def words(self) -> str:
        """Say the question in a few words, without the series: ``after raise, actor RUS``."""
        parts = [f"after {self.after or 'any news'}"]
        parts += [f"{name} {' or '.join(getattr(self, name))}" for name in _WORDS if getattr(self, name)]
        parts += [f"{name} {getattr(self, name)}" for name in ("intensity", "like", "since") if getattr(self, name)]
        return ", ".join(parts + ([f"as of {self.as_of}"] if self.as_of else []))


def make_question(series: str, **choices: Any) -> Question:
    """Return the question meant by words; one word may stand for a tuple of one, and a date for its text.

    Raises
    ------
    DesignError, UnknownNameError
        If a choice is unknown or makes no sense.
    """
    for name, kind in _KINDS.items():
        if choices.get(name) is not None:
            check_choice(name, choices[name], kind=kind)
    words = {name: choices.get(name) or () for name in _WORDS}
    choices |= {name: (of,) if isinstance(of, str) else tuple(of) for name, of in words.items()}
    choices["hold"] = hold = tuple(choices.get("hold", DEFAULT_HOLD))
    for name, write in (("since", str), ("as_of", write_as_of)):
        choices[name] = None if choices.get(name) is None else write(choices[name])
    asked = Question(series, **choices)
    refuse({
        "'ask' holds what is quoted; 'eventstudy run --returns total' adds what funds paid out":
            asked.returns == "total",
        f"hold {', '.join(map(str, hold))}: give different numbers of sessions from 1 on, at most {MOST_SESSIONS:,}":
            not hold or min(hold) < 1 or max(hold) > MOST_SESSIONS or len(set(hold)) < len(hold),
        f"seed {asked.seed}: a seed is 0 or more": asked.seed < 0,
    })  # fmt: skip
    if asked.returns is not None:
        require_known(asked.returns, [kind for kind in RETURN_KINDS if kind != "level"], "return kind")
    if asked.intensity is not None:
        _condition(asked.intensity)
    if asked.since is not None:
        try:
            date.fromisoformat(asked.since)
        except ValueError:
            raise DesignError(f"since '{asked.since}' is no date; write 2022-01-27") from None
    if asked.as_of is not None:
        read_as_of(asked.as_of)
    return asked


@dataclass(frozen=True, eq=False, repr=False)
class AskResult:
    """What a market did after such news. Each table is a tidy frame, described in ``docs/ask.md``.

    Parameters
    ----------
    question : Question
        What was asked; what `like` brought with it is filled in.
    instrument : Instrument
        The market.
    inputs : tuple of StudyInput
        What went in.
    warnings : tuple of str
        What a reader must know before believing it.
    answers : dict of (str, int) to Answer
        By measure and sessions held, the study's answer that the row of `summary` is taken from. Of
        ``from_event_session`` it is that of `EventStudy` over the window ``0:(h - 1)``; of ``from_tradable_from`` that
        of a study whose event sessions are those of the entry prices, over ``1:h``.
    summary : DataFrame
        A row a measure and holding period.
    events : DataFrame
        A row an event asked for, used, set aside or excluded, with the reason.
    outcomes : DataFrame
        A row an event and holding period.
    paths : DataFrame
        A row a measure and number of sessions held, from 0 to the longest: the mean over the market events that stand
        in the mean of the longest, beside days without news.
    """

    question: Question
    instrument: Instrument
    inputs: tuple[StudyInput, ...]
    warnings: tuple[str, ...]
    answers: Mapping[tuple[str, int], Answer]
    summary: pd.DataFrame
    events: pd.DataFrame
    outcomes: pd.DataFrame
    paths: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return all tables by name."""
        return {name: getattr(self, name) for name in TABLES["ask"]}

    @property
    def sentences(self) -> list[str]:
        """What the market did over the first holding period, and what one could have earned, in plain words."""
        held, (_, *of_news) = self.question.hold[0], self.question.words().split(", ")
        did, earned = (self.answers[measure, held] for measure in MEASURES)
        where = f", {window_in_words(did.window)}:"
        said = did.sentence.replace(where, f" ({', '.join(of_news)}){where}", 1) if of_news else did.sentence
        if not earned.n:
            return [said]
        base = "" if np.isnan(earned.base_rate) else f" (days without news: {100 * earned.base_rate:.0f} %)"
        move, p = quantity(earned.move, earned.unit), p_in_words(earned.p_value, earned.days)
        rose = f"up after {round(earned.rose * earned.n)} of {earned.n}{base}"
        return [said, f"{ENTRY.capitalize()}, held {in_number(held, 'session')}: {move}, {rose}; {p}."]

    def __repr__(self) -> str:
        columns = ["measure", "hold", "n", "mean", "median", "rose", "base_rate", "caar", "p_value", "days"]
        table = self.summary[columns].to_string(index=False, float_format=lambda value: f"{value:.4f}", na_rep="")
        title = f"{self.instrument.name} {self.question.words()}"
        said = "\n".join(f"! {line}" for line in self.warnings)
        return "\n\n".join(filter(None, [*self.sentences, title, table, said]))


def ask(
    events: pd.DataFrame,
    prices: pd.DataFrame | None = None,
    series: str | None = None,
    *,
    returns: pd.DataFrame | None = None,
    instruments: Mapping[str, InstrumentLike] | None = None,
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
    group_by: str = "stance",
) -> AskResult:
    """Say what a market did after news of a kind, held for some sessions, beside what it does on days without news.

    Parameters
    ----------
    events : DataFrame
        All events on file, of whatever kind: those not asked for are news too, and no placebo meets them.
    prices, returns : DataFrame, shape (T, S)
        One of the two, as `EventStudy` takes them.
    series : str, optional
        The market; may be left out where there is but one column.
    instruments : mapping of str to Instrument or mapping, optional
        What columns are, where the catalogue does not know or should not decide.
    after : str, optional
        Net stance, or label of your own, of the market event; default any.
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
    returns_kind : {'simple', 'log', 'difference'}, optional
        Kind of return; default the instrument's own.
    include_proposed : bool
        Use proposed events as well as confirmed ones.
    seed : int
        Seed of the placebo.
    as_of : str, date or datetime, optional
        The instant beyond which nothing is looked at, as for `EventStudy`.
    group_by : str
        Column of the labels, as for `EventStudy`.

    Returns
    -------
    AskResult
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
    Two returns, over h sessions each. *From the event session*: from the last price before the news, over the event
    session and the h - 1 after it; what the market did. *From tradable_from*: bought at the first price struck after
    all news of that session was public (known by day: after that day) and held h sessions; what one could have earned
    before costs. Both are raw returns, oriented so that a positive one is a gain.

    Market events, samples, base rates, abnormal returns and p are those of a study (`EventStudy`): asked about a stance
    alone, the rows of the first measure have the figures of `StudyResult.answer`.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> case = load_case("raise-or-fold-2022")
    >>> found = ask(case.events, case.prices, "imoex", after="raise", actor="RUS", hold=[1])
    >>> row = found.outcomes.set_index("event_id").loc["2022-02-24-invasion"]
    >>> f"{row['from_event_session']:.4f} {row['from_tradable_from']:.4f}"
    '-0.3328 0.2004'
    """
    given = take({"prices": prices, "returns": returns}, dict(instruments or {}))
    if series is None and given.figures.shape[1] != 1:
        raise DesignError("name the series to ask about; only a frame of one column goes without")
    DesignError.require("a series is asked about by its name", series, str, int, type(None))
    name = str(given.figures.columns[0] if series is None else series)
    question = make_question(
        name, after=after, hold=hold, actor=actor, kind=kind, phase=phase, since=since, intensity=intensity, like=like,
        returns=returns_kind, include_proposed=include_proposed, seed=seed, as_of=as_of, group_by=group_by,
    )  # fmt: skip
    known = in_time_order(check_events(events))
    study = _study(known, given, question)
    asked, question = asked_for(study.events, question)
    matches, estimates, histories = study.estimated()
    market = Market(matches, histories[name])
    table, counted = _events_table(study.events, market, asked, question)
    of_session = samples_of([estimates])[0][name]
    met = of_session, market.at_entries(histories, study.design, question.hold)
    samples = {}
    for measure, sample in zip(MEASURES, met, strict=True):
        event = sample.matches.market_events.of_event(len(sample.events))[counted]
        # None but market events asked about stand in a mean.
        code = np.where(np.isin(np.arange(len(sample.position)), event)[:, None], sample.code, _NOT_ASKED)
        figures = {**sample.figures, "code": code, "by_label": rows_by_label(sample.label, code)}
        samples[measure] = replace(sample, figures=figures)
    found = {(m, held): answer for m, of in samples.items() for held, answer in _answers(of, question).items()}
    rows = [{"measure": m, "hold": held, **_summary(samples[m], answer)} for (m, held), answer in found.items()]
    outcomes = _outcomes(counted, samples, question)
    said = *known.attrs.get("notes", ()), *given.notes, *_warnings(table, outcomes, list(found.values()), market)
    return AskResult(
        question=question,
        instrument=market.history.instrument,
        inputs=study.given.inputs(study.events),
        warnings=(*said, *market.history.notes, *data_warnings(market.history)),
        answers=found,
        summary=pd.DataFrame(rows)[list(columns_of(TABLES["ask"]["summary"]))],
        events=table,
        outcomes=outcomes,
        paths=pd.concat([_path(measure, of, question) for measure, of in samples.items()], ignore_index=True),
    )


def _study(events: pd.DataFrame, given: Given, question: Question) -> EventStudy:
    """Return the study of the column asked about, over windows as long as it is held."""
    name = question.series
    if name not in given.figures:
        raise DesignError(f"no column '{name}' among the {given.kind}; {did_you_mean(name, map(str, given.figures))}")
    figures = given.figures[[name]].dropna()
    if not len(figures):
        raise DataMissingError(f"the column '{name}' is empty")
    windows = [Window(0, held - 1) for held in question.hold]
    chosen = {name: getattr(question, name) for name in ("include_proposed", "seed", "as_of", "group_by")}
    chosen |= {given.kind: figures, "instruments": given.instruments, "returns_kind": question.returns}
    study = EventStudy(events, windows=windows, tests=[], **chosen)
    if study.histories()[name].instrument.returns == "level":
        raise DesignError(f"'{name}' is a level; what holding it brings is not defined")
    return study


def _events_table(events: pd.DataFrame, market: Market, asked: Mask, question: Question) -> tuple[pd.DataFrame, Ints]:
    """Return a row an event asked for, and the positions of the events that have an outcome."""
    found, traded = market.table, market.traded.place
    own = ["headline", "stance", "actor", "kind", "phase", "intensity"]
    columns = ["event_time", "published_at", "timing", "session", "stamp", "tradable_from"]
    table = pd.DataFrame({"event_id": found["event_id"], **events[own].to_dict("series"), **found[columns]})
    table["entry_session"] = market.session(np.where(traded >= 0, traded, market.entries))
    # Cell by cell in a frame would take a third of the whole answer.
    reason, status = (found[name].to_numpy(dtype=object).copy() for name in ("reason", "status"))
    left_out = STATUSES[EXCLUDED]
    other = (found["status"] != left_out) & (found["net_stance"] != question.after) & (question.after is not None)
    for k in np.flatnonzero(other):
        others = ", ".join(name for name in found["members"][k].split(";") if name != found["event_id"][k])
        reason[k] = f"mixed: its session is not one of {question.after} alone, but met {others} too"
        status[k] = left_out
    for k in np.flatnonzero(found["event_id"] == question.like):
        reason[k], status[k] = "like: the event that the others are to be like", left_out
    table = table.assign(reason=reason, status=status)
    counted = np.flatnonzero(asked & (table["status"] != left_out).to_numpy())
    table = table[asked].reset_index(drop=True)
    if not len(counted):
        most = table["reason"].value_counts()
        said = f"{most.iloc[0]} of {len(table)} are left out, as\n{most.index[0]}"
        raise NothingUsableError(f"no event can be used: {said}")
    return table, counted


def _answers(sample: SeriesSample, question: Question) -> dict[int, Answer]:
    """Return the study's answer by sessions held; one of no market event where the study has none."""
    name, label, windows = sample.name, question.after or ALL, sample.design.windows
    found = answers(Samples({name: sample}), replace(sample.design, contrast=None))
    rows = {answer.window: answer for answer in found if (answer.series, answer.stance) == (name, label)}
    none = [Answer(name, label, str(window), sample.unit, 0, 0, 0) for window in windows]
    return {held: rows.get(empty.window, empty) for held, empty in zip(question.hold, none, strict=True)}


def _summary(sample: SeriesSample, answer: Answer) -> dict[str, Any]:
    """Return a row of the summary: counts, share, base rate, CAAR, z and p are the study's."""
    w = [str(window) for window in sample.design.windows].index(answer.window)
    window, rows = sample.design.windows[w], sample.rows(answer.stance, w)
    moves, without_news = pd.Series(sample.move[rows, w]), sample.every("move")[sample.without_news(w), w]
    first = sample.position[rows] + window.first
    aside = ", ".join(f"{n} {reason}" for reason, n in (answer.set_aside or {}).items())
    return {
        **vars(answer),
        "n_apart": n_apart(first, first + window.n_sessions),
        "mean": answer.move,
        "median": moves.median(),
        "worst": moves.min(),
        "best": moves.max(),
        "base_mean": without_news.mean() if len(rows) and len(without_news) else np.nan,
        "note": f"set aside: {aside}" if aside else "",
    }


def _path(measure: str, sample: SeriesSample, question: Question) -> pd.DataFrame:
    """Return the mean move by sessions held, all of it over the sample of the longest holding period."""
    w, returns = int(np.argmax(question.hold)), sample.history.returns
    window, rows = sample.design.windows[w], sample.position[sample.rows(question.after or ALL, w)]
    means = []
    for at in (rows, sample.without_news(w)):
        steps = returns[at[:, None] + np.array(window.taus)]  # none is missing where the move over all of them is there
        simple = sample.history.instrument.returns == "simple"
        moves = np.cumprod(1.0 + steps, axis=1) - 1.0 if simple else np.cumsum(steps, axis=1)
        means.append([0.0, *moves.mean(axis=0)] if len(at) else [np.nan] * (window.n_sessions + 1))
    held, (mean, base) = range(window.n_sessions + 1), means
    return pd.DataFrame({"measure": measure, "held": held, "n": len(rows), "mean": mean, "base_mean": base})


def _outcomes(counted: Ints, samples: Mapping[str, SeriesSample], question: Question) -> pd.DataFrame:
    """Return a row an event and holding period, with both returns beside each other."""
    parts = []
    for w, held in enumerate(question.hold):
        moves, ends, gaps, notes = {}, [], [], []
        for measure, sample in samples.items():
            history, window = sample.history, sample.design.windows[w]
            # Behind the market events stands what holds of an event that meets none yet, at place -1.
            event = sample.matches.market_events.of_event(len(sample.events))[counted]
            moves[measure] = np.append(sample.move[:, w], np.nan)[event]
            position = np.append(sample.position, len(history))[event]
            ends.append(np.append(history.sessions, NEVER)[np.minimum(position + window.last, len(history))])
            gaps.append(longest_gap(history, position, window))
            why = [*sample.notes(w), f"no price to get in at up to {history.sessions[-1]}, where the sample ends"]
            for k in np.flatnonzero(sample.label != question.after) if question.after else ():
                why[k] = f"mixed: its entry price is not one of {question.after} alone"
            cannot = np.where(sample.matches.status == EXCLUDED, sample.matches.reason, "")[counted]
            # There is no --clean here.
            whys = [why[k] or own.partition(" (clean")[0] for k, own in zip(event, cannot, strict=True)]
            notes.append([f"{measure}: {text}" if text else "" for text in whys])
        columns = {"event_id": sample.events.ids[counted], "hold": held, "unit": sample.unit, **moves}
        columns |= dict(zip(("last_session", "exit_session"), ends, strict=True))
        columns["gap_days"] = np.fmax(*gaps)
        columns["note"] = ["; ".join(filter(None, both)) for both in zip(*notes, strict=True)]
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)


def _warnings(table: pd.DataFrame, outcomes: pd.DataFrame, found: Sequence[Answer], market: Market) -> list[str]:
    """Say what a reader must know before believing the answer, a sentence each."""
    n, usable = len(table), table[table["status"] != "excluded"]
    n_late, n_day = int((usable["status"] == "set-aside").sum()), int(usable["timing"].eq("day").sum())
    n_few = outcomes.loc[outcomes["note"].str.contains("from_tradable_from: few-obs"), "event_id"].nunique()
    of, add = market.history.instrument, "; run --returns total adds it" * bool(market.history.ex_dates)
    n_residuals = sum(answer.p_source == "residuals" for answer in found)
    said = {
        f"{n - len(usable)} of {n} events asked for are left out; events (--detail) has the reasons": n - len(usable),
        f"{n_late} of {n} events asked for are late news and in no mean; events (--detail) has the reasons": n_late,
        f"{n_day} of {len(usable)} events are matched by day: what one could have earned begins after that day": n_day,
        f"{n_few} of {len(usable)} events are in no mean from tradable_from, for news before them leaves fewer than 60 "
        "returns to estimate from; outcomes (--detail) says which": n_few,
        f"{of.name}: returns of its price alone, without what it pays out{add}": market.history.prices is not None
        and "not added back" in of.quote,
        f"{n_residuals} p rest on estimation residuals: too few days without news; give more history": n_residuals,
    }
    return [sentence for sentence, count in said.items() if count]


def ask_envelope(result: AskResult) -> dict[str, Any]:
    """Return an answer as plain values.

    Parameters
    ----------
    result : AskResult
        The answer.

    Returns
    -------
    dict
        ``schema_version, version, question, seed, inputs, warnings, measures, tables``; each table a list of rows.
        Dates and instants are ISO 8601 text, NaN is None.
    """
    given = result.question.seed, result.inputs, result.warnings, result.tables()
    return plain_envelope(SCHEMA_VERSION, {"question": result.question._asdict()}, *given, measures=dict(MEASURES))


def asked_for(events: pd.DataFrame, question: Question) -> tuple[Mask, Question]:
    """Say which events a question is about.

    Parameters
    ----------
    events : DataFrame, shape (N, 17 or more)
        A table that `check_events` returned.
    question : Question
        The question.

    Returns
    -------
    asked : ndarray of bool, shape (N,)
        Whether each event meets every condition, stance included.
    question : Question
        The question with the stance, actors and kind of the event named by `like`, where it leaves them open.

    Raises
    ------
    NothingUsableError
        If no event has a word asked for, or none meets all conditions; says which.
    UnknownNameError
        If there is no event of the name in `like`.
    """
    words, question = _known_words(events, question)
    labels = Events.of(events, question.group_by).labels.tolist()
    if question.like is not None:
        require_known(question.like, events["id"], "event")
        k = events["id"].tolist().index(question.like)
        model = events.iloc[k]
        question = question._replace(
            after=question.after or labels[k] or None,
            actor=question.actor or tuple(words["actor"][k]),
            kind=question.kind or tuple(sorted(near_kinds(str(model["kind"])) - {""})),
        )
    conditions: dict[str, Any] = {
        name: [not {*wanted}.isdisjoint(cell) for cell in words[name]]
        for name in _WORDS
        if (wanted := getattr(question, name))
    }
    if question.since is not None:
        conditions["since"] = event_clock(events)["day"] >= pd.Timestamp(question.since)
    if question.intensity is not None:
        compare, number = _condition(question.intensity)
        conditions["intensity"] = events["intensity"].notna() & compare(events["intensity"].astype(float), number)
    if question.like is not None:
        conditions["like"] = conflict_distance(events, model).notna()
    if question.after is not None:
        of = question.group_by
        known = {one.casefold(): one for one in [*STANCES * (of == "stance"), *labels] if one}
        after = known.get(question.after.casefold(), question.after)
        if after not in known.values() and not any(labels):
            raise NothingUsableError(
                f"no event has a {of}; name the column of labels such as '{after}' with --group-by"
            )
        question = question._replace(after=require_known(after, known.values(), of))
        conditions["after"] = [label == question.after for label in labels]
    asked = np.ones(len(events), dtype=bool)
    for name, meets in conditions.items():
        chosen = np.asarray(meets, dtype=bool)
        asked &= chosen
        if not asked.any():
            value = getattr(question, name)
            said = " or ".join(value) if isinstance(value, tuple) else str(value)
            if chosen.any():
                raise NothingUsableError(f"no event is left once {name} is {said}; ask for less, or name other events")
            raise NothingUsableError(f"no event has {name} {said}")
    return asked, question


def _known_words(events: pd.DataFrame, question: Question) -> tuple[dict[str, list[list[str]]], Question]:
    """Return the actors, kinds and phases of each event, and the question in their spelling; raise for others."""
    words = {name: [[*filter(None, map(str.strip, str(cell).split(";")))] for cell in events[name]] for name in _WORDS}
    spelt: dict[str, Any] = {}
    for name, cells in words.items():
        there = {word.casefold(): word for cell in cells for word in cell}
        asked = getattr(question, name)
        for unknown in [word for word in asked if word.casefold() not in there]:
            hint = f"; {did_you_mean(unknown, sorted(there.values()))}" if there else ""
            raise NothingUsableError(f"no event has {name} {unknown}{hint}")
        spelt[name] = tuple(there[word.casefold()] for word in asked)
    return words, question._replace(**spelt)


def _condition(text: str) -> tuple[Callable[[Any, Any], Any], float]:
    match = re.fullmatch(r"\s*(<=|>=|<|>|=)\s*([+-]?\d+(?:\.\d+)?)\s*", text)
    if match is None:
        raise DesignError(f"intensity '{text}' is no condition; write one such as '<-5', '>=4' or '=0', in quotes")
    return _COMPARE[match[1]], float(match[2])
