"""The question what a market did after such news, and which events it is about."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import DesignError, NothingUsableError, did_you_mean, require_known
from eventstudy.events.clock import event_clock, read_as_of, write_as_of
from eventstudy.events.stance import STANCES
from eventstudy.returns import RETURN_KINDS

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

    `like` names an event that others are to be like: of its stance and its kind, with one of its actors, where the
    question does not say otherwise; itself it is left out.

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

    def as_dict(self) -> dict[str, Any]:
        """Return the choices as plain values, as they stand in the JSON envelope."""
        return asdict(self)

    def words(self) -> str:
        """Say the question in a few words, without the series: ``after raise, actor RUS``."""
        parts = [f"after {self.after or 'any news'}"]
        parts += [f"{name} {' or '.join(getattr(self, name))}" for name in _WORDS if getattr(self, name)]
        parts += [f"intensity {self.intensity}"] if self.intensity else []
        parts += [f"like {self.like}"] if self.like else []
        parts += [f"since {self.since}"] if self.since else []
        return ", ".join(parts + ([f"as of {self.as_of}"] if self.as_of else []))


def make_question(
    series: str,
    *,
    hold: Sequence[int] = DEFAULT_HOLD,
    actor: str | Sequence[str] | None = None,
    kind: str | Sequence[str] | None = None,
    phase: str | Sequence[str] | None = None,
    since: str | date | None = None,
    as_of: str | date | datetime | None = None,
    **choices: Any,
) -> Question:
    """Return the question meant by words; one word may stand for a tuple of one, and a date for its text."""

    def listed(words: str | Sequence[str] | None) -> tuple[str, ...]:
        return (words,) if isinstance(words, str) else tuple(words or ())

    return Question(
        series=series,
        hold=tuple(hold),
        actor=listed(actor),
        kind=listed(kind),
        phase=listed(phase),
        since=None if since is None else str(since),
        as_of=None if as_of is None else write_as_of(as_of),
        **choices,
    )


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
            kind=question.kind or tuple(_split(model["kind"])),
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
    if question.after is not None:
        yield "after", (events["stance"] == question.after).to_numpy(dtype=bool)


def _split(cell: object) -> list[str]:
    return [word.strip() for word in str(cell).split(";") if word.strip()]


def _condition(text: str) -> tuple[Callable[[Any, Any], Any], float]:
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise DesignError(f"intensity '{text}' is no condition; write one such as '<-5', '>=4' or '=0', in quotes")
    return _COMPARE[match[1]], float(match[2])
