"""The answer to a question as one screen."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from eventstudy.cli.output import TextTable
from eventstudy.cli.sparkline import sparkline
from eventstudy.wording import probability, quantity

if TYPE_CHECKING:
    from eventstudy.trading.answer import Answer

#: What a measure is called on the screen, and what it means.
_MEASURES = {
    "from_event_session": ("event session", "from the last price before the news: what the market did."),
    "from_tradable_from": (
        "tradable_from",
        "bought at the first price struck once one could trade: what one could earn.",
    ),
}

#: Longer paths are drawn at so many of their sessions.
_LONGEST = 60


def answer_screen(answer: Answer) -> Iterator[TextTable]:
    """Yield the tables of the screen: the averages, then the events."""
    yield _averages(answer)
    yield _events(answer)


def _averages(answer: Answer) -> TextTable:
    rows, before = [], ""
    for row in answer.summary.to_dict("records"):
        name = _MEASURES[str(row["measure"])][0]
        figures = [_figure(row[column], row) for column in ("mean", "median")]
        extremes = [_figure(row[column], row) for column in ("best", "worst")]
        counts = [str(row[column]) for column in ("hold", "n_events", "n_sessions", "n_apart")]
        base = [_figure(row["base_mean"], row), _share(row["base_rate"])]
        p = probability(row["placebo_p"])
        rows.append(("" if name == before else name, *counts, *figures, _share(row["hit_rate"]), *extremes, p, *base))
        before = name
    instrument = answer.instrument
    up = f"; + {instrument.up}" if instrument.up else ""
    return TextTable(
        title=f"{instrument.name} {answer.question.words()}; in {_own_unit(answer) or '%'}{up}",
        columns=(
            *("held from", "h", "n", "dates", "apart", "mean", "median"),
            *("up %", "best", "worst", "placebo p", "base mean", "base up %"),
        ),
        rows=tuple(rows),
        left=("held from",),
        notes=(
            *(f"{name}: {meaning}" for name, meaning in _MEASURES.values()),
            "h: sessions held. n: events, on so many dates, which are averaged. apart: dates whose holding periods",
            "share no session. base: any h sessions. placebo p: by volatility, against days without news.",
            *_paths(answer),
            *_lacking(answer),
        ),
    )


def _paths(answer: Answer) -> Iterator[str]:
    """Yield the mean by sessions held as a sparkline, one a measure, on one scale."""
    values = [0.0, *answer.paths["mean"].dropna(), *answer.paths["base_mean"].dropna()]
    ends = min(values), max(values)
    of_measure = {name: answer.paths[answer.paths["measure"] == name] for name in _MEASURES}
    lines = {_MEASURES[name][0]: path["mean"].tolist() for name, path in of_measure.items()}
    lines["base rate"] = of_measure["from_event_session"]["base_mean"].tolist()
    unit: dict[Hashable, Any] = {"unit": answer.summary["unit"].iloc[0]}
    for name, line in lines.items():
        some = line[:: -(-len(line) // _LONGEST)]
        last = max((k for k, value in enumerate(line) if value == value), default=0)  # noqa: PLR0124  # NaN
        yield f"{name:<14}{sparkline(some, *ends)}  {_move(line[last], unit)} after {last}"


def _lacking(answer: Answer) -> Iterator[str]:
    """Yield why a p is missing, once."""
    yield from dict.fromkeys(f"! {note}" for note in answer.summary["note"] if note)


def _events(answer: Answer) -> TextTable:
    used = answer.events["status"] == "used"
    held = answer.question.hold
    outcomes = {(row["event_id"], row["hold"]): row for row in answer.outcomes.to_dict("records")}
    rows = []
    for event in answer.events[used].to_dict("records"):
        of_event = [outcomes[event["event_id"], h] for h in held]
        moves = [[_figure(row[measure], row) for row in of_event] for measure in _MEASURES]
        days = _day(event["session"]), _day(event["entry_session"])
        rows.append((str(event["event_id"]), days[0], *moves[0], days[1], *moves[1]))
    out = answer.events[~used].to_dict("records")
    groups = [heading for name, _ in _MEASURES.values() for heading in (name, *map(str, held))]
    return TextTable(
        title=f"The events, and what came after each, in {_own_unit(answer) or '%'}",
        columns=("event", *groups),
        rows=tuple(rows),
        left=("event", *(name for name, _ in _MEASURES.values())),
        notes=tuple(f"left out: {event['event_id']}: {event['reason']}" for event in out),
    )


def _own_unit(answer: Answer) -> str:
    """Return the unit of a series of differences; '' where returns are in per cent."""
    unit = str(answer.summary["unit"].iloc[0])
    return "" if unit.endswith(" return") else unit


def _day(value: Any) -> str:
    return "" if value != value else f"{value:%Y-%m-%d}"  # noqa: PLR0124  # NaT


def _move(value: float, row: Mapping[Hashable, Any]) -> str:
    """Write a return in per cent, or a difference as a bare number."""
    figure = _figure(value, row)
    return f"{figure} %" if figure and str(row["unit"]).endswith(" return") else figure


def _figure(value: float, row: Mapping[Hashable, Any]) -> str:
    """Write a return or a difference as a bare number."""
    return "" if value != value else quantity(value, str(row["unit"]), 2).split(" ")[0]  # noqa: PLR0124  # NaN


def _share(value: float) -> str:
    return "" if value != value else f"{100 * value:.0f}"  # noqa: PLR0124  # NaN
