"""The answer, and its form as plain data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any

import pandas as pd

from eventstudy.markets.instrument import Instrument
from eventstudy.study.envelope import records
from eventstudy.study.inputs import StudyInput
from eventstudy.trading.question import Question

#: Raised whenever a reader of an older answer could misread a newer one.
SCHEMA_VERSION = "1.0"

#: What is measured, each with what it means in a line.
MEASURES = {
    "from_event_session": "what the market did: h sessions on from the last price before the news",
    "from_tradable_from": "what one could have earned: h sessions on from the first price struck from tradable_from on",
}

TABLES = ("summary", "events", "outcomes", "paths")


@dataclass(frozen=True, eq=False, repr=False)
class Answer:
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
    summary : DataFrame
        A row a measure and holding period.
    events : DataFrame
        A row an event asked for, used or excluded with its reason.
    outcomes : DataFrame
        A row a used event, measure and holding period.
    paths : DataFrame
        A row a measure and number of sessions held, from 0 to the longest: the mean over what could be held the
        longest, beside that over all sessions.
    """

    question: Question
    instrument: Instrument
    inputs: tuple[StudyInput, ...]
    warnings: tuple[str, ...]
    summary: pd.DataFrame
    events: pd.DataFrame
    outcomes: pd.DataFrame
    paths: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return all tables by name."""
        return {name: getattr(self, name) for name in TABLES}

    def __repr__(self) -> str:
        columns = ["measure", "hold", "n_events", "n_sessions", "mean", "median", "hit_rate", "placebo_p", "base_rate"]
        table = self.summary[columns].to_string(index=False, float_format=lambda value: f"{value:.4f}", na_rep="")
        title = f"{self.instrument.name} {self.question.words()}"
        return "\n".join([title, "", table, *(["", *(f"! {line}" for line in self.warnings)] if self.warnings else [])])


def answer_envelope(answer: Answer) -> dict[str, Any]:
    """Return an answer as plain values.

    Parameters
    ----------
    answer : Answer
        The answer.

    Returns
    -------
    dict
        ``schema_version, version, question, seed, inputs, warnings, measures, tables``; each table a list of rows.
        Dates and instants are ISO 8601 text, NaN is None.
    """
    from eventstudy.version import version

    return {
        "schema_version": SCHEMA_VERSION,
        "version": version(),
        "question": answer.question.as_dict(),
        "seed": answer.question.seed,
        "inputs": [asdict(item) for item in answer.inputs],
        "warnings": list(answer.warnings),
        "measures": dict(MEASURES),
        "tables": {name: records(table) for name, table in answer.tables().items()},
    }


def answer_schema() -> dict[str, Any]:
    """Return the JSON Schema of the answer."""
    text = files("eventstudy.trading").joinpath("ask.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
