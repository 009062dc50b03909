"""The answer to a question as one screen."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from eventstudy.cli.output import TextTable
from eventstudy.cli.sparkline import sparkline
from eventstudy.wording import counted, p_in_words, probability, quantity

if TYPE_CHECKING:
    from eventstudy.trading.ask import AskResult

#: What a measure is called on the screen, and what it means.
_MEASURES = {
    "from_event_session": ("session", "from the last price before the news: what the market did."),
    "from_tradable_from": ("tradable", "bought at the first price struck once one could trade: to be earned."),
}

#: Longer paths are drawn at so many of their sessions.
_LONGEST = 60


def answer_sentences(result: AskResult) -> list[str]:
    """Say what the market did over the first holding period, and what one could have earned."""
    held = result.question.hold[0]
    did, earned = (result.answers[measure, held] for measure in _MEASURES)
    if not earned.n:
        return [did.sentence]
    move = quantity(earned.move, earned.unit)
    second = (
        f"Bought at the first price one could trade at, held {counted(held, 'session')}: {move}, up after "
        f"{round(earned.rose * earned.n)} of {earned.n} (days without news: {100 * earned.base_rate:.0f} %); "
        f"{p_in_words(earned.p_value, earned.days)}."
    )
    return [did.sentence, second]


def answer_screen(result: AskResult) -> Iterator[TextTable]:
    """Yield the tables of the screen: the averages, then the events by measure."""
    rows, before = [], ""
    for row in result.summary.to_dict("records"):
        name = _MEASURES[str(row["measure"])][0]
        figures = [_figure(row[column], row) for column in ("mean", "median", "worst", "best")]
        p = "" if row["p_value"] != row["p_value"] else probability(row["p_value"], row["days"])
        shares = [_share(row[column]) for column in ("rose", "base_rate")]
        counts = [str(row[column]) for column in ("hold", "n", "n_set_aside")]
        rows.append(("" if name == before else name, *counts, *figures, *shares, _figure(row["caar"], row), p))
        before = name
    instrument = result.instrument
    up = f"; + {instrument.up}" if instrument.up else ""
    yield TextTable(
        title=f"{instrument.name} {result.question.words()}; in {_own_unit(result) or '%'}{up}",
        columns=("from", "h", "n", "out", "mean", "median", "worst", "best", "up %", "base", "CAAR", "p"),
        rows=tuple(rows),
        left=("from",),
        notes=(
            *(f"{name}: {meaning}" for name, meaning in _MEASURES.values()),
            "h: sessions held. n: market events, and all to the right is of these.",
            "out: in no mean (late, across a closure, news of another stance in the window).",
            "base: % of days without news after which it rose. CAAR: mean beyond the normal",
            "return. p: how often days without news, by volatility, are as far out.",
            *_paths(result),
        ),
    )
    yield from _events(result)


def _paths(result: AskResult) -> Iterator[str]:
    """Yield the mean by sessions held as a sparkline, one a measure, on one scale; all of it over one sample."""
    paths = result.paths
    values = [0.0, *paths["mean"].dropna(), *paths["base_mean"].dropna()]
    unit: dict[Hashable, Any] = {"unit": result.summary["unit"].iloc[0]}
    lines = {name: paths[paths["measure"] == measure] for measure, (name, _) in _MEASURES.items()}
    drawn = [(f"{name}, n = {path['n'].iloc[0]}", path["mean"].tolist()) for name, path in lines.items()]
    drawn.append(("days without news", lines["session"]["base_mean"].tolist()))
    for name, line in drawn:
        if line[-1] == line[-1]:  # NaN
            figure = _figure(line[-1], unit)
            percent = " %" if str(unit["unit"]).endswith(" return") else ""
            some = sparkline(line[:: -(-len(line) // _LONGEST)], min(values), max(values))
            yield f"{name:<18}{some}  {figure}{percent} after {len(line) - 1}"


def _events(result: AskResult) -> Iterator[TextTable]:
    counted_in = result.events["status"] != "excluded"
    held, outcomes = result.question.hold, {}
    for row in result.outcomes.to_dict("records"):
        outcomes[row["event_id"], row["hold"]] = row
    for measure, day in (("from_event_session", "session"), ("from_tradable_from", "entry_session")):
        rows = []
        for event in result.events[counted_in].to_dict("records"):
            of_event = [outcomes[event["event_id"], h] for h in held]
            marks = ["*" if f"{measure}: " in row["note"] and row[measure] == row[measure] else "" for row in of_event]
            moves = [f"{_figure(row[measure], row)}{mark}" for row, mark in zip(of_event, marks, strict=True)]
            date = "" if event[day] != event[day] else f"{event[day]:%d %b}"
            rows.append((str(event["event_id"]), date, *moves))
        out = result.events[~counted_in].to_dict("records") if measure == "from_tradable_from" else []
        starred = any("*" in cell for row in rows for cell in row)
        yield TextTable(
            title=f"The events, {_MEASURES[measure][0]}: what came after each, in {_own_unit(result) or '%'}",
            columns=("event", "from", *map(str, held)),
            rows=tuple(rows),
            left=("event", "from"),
            notes=(
                *(["* in no mean: late, across a closure, or news of another stance in the window"]
                  if starred else []),
                *(f"left out: {event['event_id']}: {event['reason']}" for event in out),
            ),
        )  # fmt: skip


def _own_unit(result: AskResult) -> str:
    """Return the unit of a series of differences; '' where returns are in per cent."""
    unit = str(result.summary["unit"].iloc[0])
    return "" if unit.endswith(" return") else unit


def _figure(value: float, row: Mapping[Hashable, Any]) -> str:
    """Write a return or a difference as a bare number."""
    return "" if value != value else quantity(value, str(row["unit"]), 2).split(" ")[0]  # noqa: PLR0124  # NaN


def _share(value: float) -> str:
    return "" if value != value else f"{100 * value:.0f}"  # noqa: PLR0124  # NaN
