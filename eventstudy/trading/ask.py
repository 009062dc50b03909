"""The quick answer: what a market did after such news, held for so many sessions, and what one could have earned."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import DataMissingError, DesignError, NothingUsableError, did_you_mean, require_known
from eventstudy.events.clock import event_clock, in_time_order, read_as_of, write_as_of
from eventstudy.events.schema import check_events
from eventstudy.events.similar import Like, conflict_distance, near_kinds
from eventstudy.events.stance import STANCES
from eventstudy.markets.identity import Told
from eventstudy.markets.instrument import Instrument
from eventstudy.markets.quality import data_warnings
from eventstudy.matching import EXCLUDED, STATUSES, Matches, longest_gap
from eventstudy.returns import RETURN_KINDS
from eventstudy.study.answer import Answer, answers
from eventstudy.study.envelope import plain_envelope
from eventstudy.study.estimates import Estimates
from eventstudy.study.given import Given, StudyInput, describe_input, take
from eventstudy.study.sample import ALL, SeriesSample, make_samples
from eventstudy.study.study import EventStudy
from eventstudy.trading.market import ENTRY, Ints, Market, n_apart, paths_of
from eventstudy.window import Window
from eventstudy.wording import counted as in_number
from eventstudy.wording import p_in_words, quantity

#: Raised whenever a reader of an older envelope could misread a newer one.
SCHEMA_VERSION = "2.0"

#: What is measured, each with what it means in a line.
MEASURES = {
    "from_event_session": "what the market did: h sessions on from the last price before the news",
    "from_tradable_from": f"what one could have earned: {ENTRY}, held h sessions",
}

TABLES = ("summary", "events", "outcomes", "paths")

DEFAULT_HOLD = (1, 3, 5, 10)

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
_CONDITION = re.compile(rf"\s*({'|'.join(_COMPARE)})\s*([+-]?\d+(?:\.\d+)?)\s*")

#: Columns of the events by which a question selects, each a list of words of which one must be there.
_WORDS = ("actor", "kind", "phase")


@dataclass(frozen=True)
class Question:
    """What is asked: the arguments of `eventstudy.ask`, checked. Its `repr` recreates it.

    `like` names an event that others are to be like (see `eventstudy.events.similar.similar_events`): of its stance, a
    near kind and its conflict, with one of its actors, where the question does not say otherwise; itself it is left
    out.

    Raises
    ------
    DesignError, UnknownNameError
        If a choice is unknown or makes no sense.
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

    def __post_init__(self) -> None:
        if self.after is not None:
            require_known(self.after, STANCES, "stance")
        if self.returns is not None:
            require_known(self.returns, [kind for kind in RETURN_KINDS if kind != "level"], "return kind")
        if not self.hold or min(self.hold) < 1 or len(set(self.hold)) < len(self.hold):
            raise DesignError(f"hold {', '.join(map(str, self.hold))}: give different numbers of sessions from 1 on")
        if self.seed < 0:
            raise DesignError(f"seed {self.seed}: a seed is 0 or more")
        if self.intensity is not None:
            _condition(self.intensity)
        if self.since is not None:
            try:
                date.fromisoformat(self.since)
            except ValueError:
                raise DesignError(f"since '{self.since}' is no date; write 2022-01-27") from None
        if self.as_of is not None:
            read_as_of(self.as_of)

    def words(self) -> str:
        """Say the question in a few words, without the series: ``after raise, actor RUS``."""
        parts = [f"after {self.after or 'any news'}"]
        parts += [f"{name} {' or '.join(getattr(self, name))}" for name in _WORDS if getattr(self, name)]
        parts += [f"intensity {self.intensity}"] if self.intensity else []
        parts += [f"like {self.like}"] if self.like else []
        parts += [f"since {self.since}"] if self.since else []
        return ", ".join(parts + ([f"as of {self.as_of}"] if self.as_of else []))


def make_question(series: str, **choices: Any) -> Question:
    """Return the question meant by words; one word may stand for a tuple of one, and a date for its text."""
    for name in _WORDS:
        words = choices.get(name) or ()
        choices[name] = (words,) if isinstance(words, str) else tuple(words)
    since, as_of = choices.get("since"), choices.get("as_of")
    choices["hold"] = tuple(choices.get("hold", DEFAULT_HOLD))
    choices["since"] = None if since is None else str(since)
    choices["as_of"] = None if as_of is None else write_as_of(as_of)
    return Question(series, **choices)


#: Beside the codes of `eventstudy.study.sample`: a market event without an event asked for.
_NOT_ASKED = 20


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
        return {name: getattr(self, name) for name in TABLES}

    @property
    def sentences(self) -> list[str]:
        """What the market did over the first holding period, and what one could have earned, in plain words."""
        held = self.question.hold[0]
        did, earned = (self.answers[measure, held] for measure in MEASURES)
        if not earned.n:
            return [did.sentence]
        base = "" if np.isnan(earned.base_rate) else f" (days without news: {100 * earned.base_rate:.0f} %)"
        second = (
            f"{ENTRY.capitalize()}, held {in_number(held, 'session')}: {quantity(earned.move, earned.unit)}, up after "
            f"{round(earned.rose * earned.n)} of {earned.n}{base}; {p_in_words(earned.p_value, earned.days)}."
        )
        return [did.sentence, second]

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
    instruments: Mapping[str, Told] | None = None,
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
    after : {'raise', 'hold', 'fold'}, optional
        Net stance of the market event; default any.
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
    frame = prices if returns is None else returns
    if series is None and (frame is None or frame.shape[1] != 1):
        raise DesignError("name the series to ask about; only a frame of one column goes without")
    name = str(frame.columns[0]) if series is None and frame is not None else str(series)
    question = make_question(
        name, after=after, hold=hold, actor=actor, kind=kind, phase=phase, since=since, intensity=intensity, like=like,
        returns=returns_kind, include_proposed=include_proposed, seed=seed, as_of=as_of,
    )  # fmt: skip
    given = take(prices, returns, None, dict(instruments or {}), None)
    known = in_time_order(check_events(events))
    study = _study(known, given, question)
    asked, question = asked_for(study.events, question)
    matches, estimates, histories = study.estimated()
    market = Market.of(matches, histories[name])
    table, counted = _events_table(study.events, market, asked, question)
    measured = {
        "from_event_session": _Measured.of(matches, estimates, counted, question),
        "from_tradable_from": _Measured.of(
            *market.at_entries(histories, study.design, question.hold), counted, question
        ),
    }
    figures = describe_input(given.kind, study.given.figures, study.given.instruments)
    each = [(measure, w, held) for measure in MEASURES for w, held in enumerate(question.hold)]
    return AskResult(
        question=question,
        instrument=market.history.instrument,
        inputs=(describe_input("events", study.events), figures),
        warnings=(
            *known.attrs.get("notes", ()),
            *given.notes,
            *_warnings(table, measured),
            *market.history.notes,
            *data_warnings(market.history),
        ),
        answers={(measure, held): measured[measure].answers[w] for measure, w, held in each},
        summary=pd.DataFrame([{"measure": m, "hold": held, **measured[m].row(w)} for m, w, held in each]),
        events=table,
        outcomes=_outcomes_table(counted, measured, question),
        paths=pd.concat([of.path(measure, question) for measure, of in measured.items()], ignore_index=True),
    )


def _study(events: pd.DataFrame, given: Given, question: Question) -> EventStudy:
    """Return the study of the column asked about, over windows as long as it is held."""
    name = question.series
    if name not in given.figures:
        raise DesignError(f"no column '{name}' among the {given.kind}; {did_you_mean(name, map(str, given.figures))}")
    figures = given.figures[[name]].dropna()
    if not len(figures):
        raise DataMissingError(f"the column '{name}' is empty")
    study = EventStudy(
        events,
        figures if given.kind == "prices" else None,
        returns=figures if given.kind == "returns" else None,
        instruments=given.instruments,
        windows=[Window(0, held - 1) for held in question.hold],
        returns_kind=question.returns,
        tests=[],
        include_proposed=question.include_proposed,
        seed=question.seed,
        as_of=question.as_of,
    )
    if study.histories()[name].instrument.returns == "level":
        raise DesignError(f"'{name}' is a level; what holding it brings is not defined")
    return study


def _events_table(
    events: pd.DataFrame, market: Market, asked: NDArray[np.bool_], question: Question
) -> tuple[pd.DataFrame, Ints]:
    """Return a row an event asked for, and the positions of the events that have an outcome."""
    found, traded = market.table, market.traded.place
    reasons, statuses = found["reason"].tolist(), found["status"].tolist()
    for k, (event, net, members) in enumerate(
        zip(found["event_id"], found["net_stance"], found["members"], strict=True)
    ):
        if event == question.like:
            statuses[k], reasons[k] = STATUSES[EXCLUDED], "like: the event that the others are to be like"
        elif statuses[k] != STATUSES[EXCLUDED] and question.after not in {None, net}:
            others = ", ".join(name for name in members.split(";") if name != event)
            reasons[k] = f"mixed: its session is not one of {question.after} alone, but met {others} too"
            statuses[k] = STATUSES[EXCLUDED]
    table = pd.DataFrame(
        {
            "event_id": found["event_id"],
            **{name: events[name].to_numpy() for name in ("headline", "stance", "actor", "kind", "phase", "intensity")},
            **{
                name: found[name]
                for name in ("event_time", "published_at", "timing", "session", "stamp", "tradable_from")
            },
            "entry_session": market.session(np.where(traded >= 0, traded, market.entries)),
            "reason": reasons,
            "status": statuses,
        }
    )
    counted = np.flatnonzero(asked & (table["status"] != STATUSES[EXCLUDED]).to_numpy())
    table = table[asked]
    if not len(counted):
        why = table["reason"].value_counts()
        raise NothingUsableError(
            f"no event can be used: {why.iloc[0]} of {len(table)} are left out, as\n{why.index[0]}"
        )
    return table.reset_index(drop=True), counted


@dataclass(frozen=True, eq=False)
class _Measured:
    """One measure: the market events asked about, and the study's answers over its windows, one a holding period."""

    sample: SeriesSample
    label: str
    answers: Sequence[Answer]

    @classmethod
    def of(cls, matches: Matches, estimates: Estimates, counted: Ints, question: Question) -> _Measured:
        ((name, of),) = estimates.items()
        design, label = of.design, question.after or ALL
        sample = make_samples(matches, estimates, design)[name]
        asked = np.isin(
            np.arange(len(sample.position)), of.matches.market_events.of_event(len(matches.events))[counted]
        )
        sample = replace(sample, code=np.where(asked[:, None], sample.code, _NOT_ASKED))
        found = answers({name: sample}, replace(design, contrast=None), {})
        rows = {answer.window: answer for answer in found if (answer.series, answer.stance) == (name, label)}
        none = [Answer(name, label, str(window), of.unit, 0, 0, 0) for window in design.windows]
        return cls(sample, label, [rows.get(answer.window, answer) for answer in none])

    def row(self, w: int) -> dict[str, Any]:
        """Return a row of the summary: counts, share, base rate, CAAR, z and p are the study's."""
        answer, of, window = self.answers[w], self.sample.of, self.sample.of.design.windows[w]
        rows = self.sample.rows(self.label, w)
        moves, without_news = self.sample.move[rows, w], of.move[of.block.clear(window), w]
        without_news = without_news[np.isfinite(without_news)]
        first = self.sample.position[rows] + window.first
        aside = ", ".join(f"{n} {reason}" for reason, n in (answer.set_aside or {}).items())
        return {
            "unit": answer.unit,
            "n": answer.n,
            "n_events": answer.n_events,
            "n_set_aside": answer.n_set_aside,
            "n_apart": n_apart(first, first + window.n_sessions),
            "mean": answer.move,
            "median": float(np.median(moves)) if len(rows) else np.nan,
            "worst": float(moves.min()) if len(rows) else np.nan,
            "best": float(moves.max()) if len(rows) else np.nan,
            "rose": answer.rose,
            "base_rate": answer.base_rate,
            "base_mean": float(without_news.mean()) if len(rows) and len(without_news) else np.nan,
            **{name: getattr(answer, name) for name in ("caar", "z", "p_value", "p_source", "days")},
            "note": f"set aside: {aside}" if aside else "",
        }

    def path(self, measure: str, question: Question) -> pd.DataFrame:
        """Return the mean move by sessions held, all of it over the sample of the longest holding period."""
        paths = paths_of(self.sample, self.label, int(np.argmax(question.hold)))
        none = np.full(max(question.hold) + 1, np.nan)
        mean, base = (of.mean(axis=0) if len(of) else none for of in paths)
        found = {"held": range(len(none)), "n": len(paths[0]), "mean": mean, "base_mean": base}
        return pd.DataFrame({"measure": measure, **found})


def _outcomes_table(counted: Ints, measured: Mapping[str, _Measured], question: Question) -> pd.DataFrame:
    """Return a row an event and holding period, with both returns beside each other."""
    parts = []
    for w, held in enumerate(question.hold):
        moves, ends, gaps, notes = {}, {}, [], []
        for measure, of in measured.items():
            sample, history, window = of.sample, of.sample.of.history, of.sample.of.design.windows[w]
            event = sample.of.matches.market_events.of_event(len(sample.events))[counted]
            moves[measure] = np.where(event >= 0, np.append(sample.move[:, w], np.nan)[event], np.nan)
            position = np.where(event >= 0, np.append(sample.position, 0)[event], len(history))
            sessions = np.append(history.sessions.astype("datetime64[ns]"), np.datetime64("NaT", "ns"))
            ends[measure] = sessions[np.minimum(position + window.last, len(history))]
            gaps.append(longest_gap(history, position, window))
            # Of the last row, behind those of the market events: an event that meets none yet.
            why = np.append(
                sample.notes(w), f"no price to get in at up to {history.sessions[-1]}, where the sample ends"
            )
            if of.label != ALL:
                why[:-1][sample.label != of.label] = f"mixed: its entry price is not one of {of.label} alone"
            notes.append([f"{measure}: {text}" if text else "" for text in why[event]])
        columns = {
            "event_id": sample.events.ids[counted],
            "hold": held,
            "unit": sample.of.unit,
            **moves,
            "last_session": ends["from_event_session"],
            "exit_session": ends["from_tradable_from"],
            "gap_days": np.fmax(*gaps),
            "note": ["; ".join(filter(None, both)) for both in zip(*notes, strict=True)],
        }
        parts.append(pd.DataFrame(columns))
    place = np.tile(np.arange(len(counted)), len(parts))
    return pd.concat(parts, ignore_index=True).iloc[np.argsort(place, kind="stable")].reset_index(drop=True)


def _warnings(table: pd.DataFrame, measured: Mapping[str, _Measured]) -> list[str]:
    """Say what a reader must know before believing the answer, a sentence each."""
    n, usable = len(table), table[table["status"] != "excluded"]
    n_late, n_day = int((usable["status"] == "set-aside").sum()), int(usable["timing"].eq("day").sum())
    n_residuals = sum(answer.p_source == "residuals" for of in measured.values() for answer in of.answers)
    said = {
        f"{n - len(usable)} of {n} events asked for are left out; the reasons stand in events": n - len(usable),
        f"{n_late} of {n} events asked for are late news and in no mean; the reasons stand in events": n_late,
        f"{n_day} of {len(usable)} events are matched by day: what one could have earned begins after that day": n_day,
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
    said = {"question": asdict(result.question)}
    given = result.question.seed, result.inputs, result.warnings, result.tables()
    return plain_envelope(SCHEMA_VERSION, said, *given, measures=dict(MEASURES))


def asked_for(events: pd.DataFrame, question: Question) -> tuple[NDArray[np.bool_], Question]:
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
        If no event meets all conditions; says which condition leaves none.
    UnknownNameError
        If there is no event of the name in `like`.
    """
    if question.like is not None:
        require_known(question.like, events["id"], "event")
        model = events[events["id"] == question.like].iloc[0]
        question = replace(
            question,
            after=question.after or str(model["stance"]),
            actor=question.actor or tuple(_split(model["actor"])),
            kind=question.kind or tuple(sorted(near_kinds(str(model["kind"])) - {""})),
        )
    asked = np.ones(len(events), dtype=bool)
    for name, chosen in _conditions(events, question):
        if (asked & chosen).any():
            asked &= chosen
            continue
        value = getattr(question, name)
        said = " or ".join(value) if isinstance(value, tuple) else str(value)
        if chosen.any():
            raise NothingUsableError(f"no event is left once {name} is {said}; ask for less, or name other events")
        there = sorted({word for cell in events[name] for word in _split(cell)}) if name in _WORDS else []
        hint = f"; {did_you_mean(value[0], there)}" if there else ""
        raise NothingUsableError(f"no event has {name} {said}{hint}")
    return asked, question


def _conditions(events: pd.DataFrame, question: Question) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    for name in _WORDS:
        wanted = set(getattr(question, name))
        if wanted:
            yield name, np.array([bool(wanted & set(_split(cell))) for cell in events[name]], dtype=bool)
    if question.since is not None:
        yield "since", event_clock(events)["day"].to_numpy().astype("datetime64[D]") >= np.datetime64(question.since)
    if question.intensity is not None:
        compare, number = _condition(question.intensity)
        values = events["intensity"].to_numpy(dtype=np.float64)
        yield "intensity", np.isfinite(values) & compare(values, number)
    if question.like is not None:
        like = Like.of(events[events["id"] == question.like].iloc[0])
        yield "like", conflict_distance(events, like).notna().to_numpy()
    if question.after is not None:
        yield "after", (events["stance"] == question.after).to_numpy(dtype=bool)


def _split(cell: object) -> list[str]:
    return [word.strip() for word in str(cell).split(";") if word.strip()]


def _condition(text: str) -> tuple[Callable[[Any, Any], Any], float]:
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise DesignError(f"intensity '{text}' is no condition; write one such as '<-5', '>=4' or '=0', in quotes")
    return _COMPARE[match[1]], float(match[2])
