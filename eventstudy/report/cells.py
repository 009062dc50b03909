"""Tables of a report: cells that are read, each with the value by which it is sorted."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from eventstudy.report.answers import CONTRAST, POOLED
from eventstudy.report.sentences import LEVEL, read_moves
from eventstudy.study.result import StudyResult
from eventstudy.wording import probability, quantity, true_minus

_MOVED = {"same": "", "next": "next session", "previous": "session before", "closed": "after a closure"}


@dataclass(frozen=True)
class Cell:
    """One cell.

    Parameters
    ----------
    text : str
        What is read.
    key : float or str
        By what it is sorted.
    is_number : bool
        Whether it is set flush right.
    link : str
        Where it leads; empty for nowhere.
    mark : str
        A stance, or ``rare`` for a p that is; else empty.
    """

    text: str
    key: float | str = ""
    is_number: bool = False
    link: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Table:
    """A table of a report.

    Parameters
    ----------
    caption : str
        What it shows.
    columns : tuple of str
        Headings.
    rows : tuple of tuple of Cell
        Cells.
    notes : tuple of str
        Lines below it.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()


def _text(words: Any, link: str = "") -> Cell:
    text = "" if pd.isna(words) else str(words)
    return Cell(text, text, link=link if link.startswith(("https://", "http://")) else "")


def _stance(stance: str) -> Cell:
    words = {POOLED: "all", CONTRAST: "raise − fold"}.get(stance, stance)
    return Cell(words, words, mark=stance if stance in {"raise", "hold", "fold"} else "")


def _quantity(value: float, unit: str) -> Cell:
    return Cell(quantity(value, unit, 2), value, is_number=True)


def _p(value: float) -> Cell:
    return Cell(probability(value), value, is_number=True, mark="rare" if value <= LEVEL else "")


def _count(value: float) -> Cell:
    return Cell(f"{int(value):,}", float(value), is_number=True)


def _share(value: float) -> Cell:
    return Cell("n/a" if math.isnan(value) else f"{100 * value:.0f} %", value, is_number=True)


def _day(value: Any) -> Cell:
    if pd.isna(value):
        return Cell("", "")
    day = pd.Timestamp(value)
    return Cell(f"{day.day} {day:%b %Y}", f"{day:%Y-%m-%d}", is_number=True)


def _label(result: StudyResult, series: str) -> Cell:
    return _text("All in returns" if series == POOLED else result.histories[series].instrument.label)


def average_cells(result: StudyResult, rows: pd.DataFrame, caption: str) -> Table:
    """Return averages by market and stance, each with its p."""
    contrast = bool((rows["stance"] == CONTRAST).all())
    test = "label_permutation" if contrast else "date_clustered_t"
    tests = result.tests[result.tests["test"] == test].set_index(["series", "stance", "window"])["p_value"].to_dict()
    has_placebo = "placebo_p" in rows
    middle = ("mean", "median") if contrast else ("mean", "median", "rose", "base rate", "worst", "best")
    p_names = (*(("placebo p", "family p") if has_placebo else ()), "permutation p" if contrast else "t over dates, p")
    columns = ("market", "stance", "events", "dates", *middle, *p_names)
    cells = tuple(
        (
            _label(result, row["series"]),
            _stance(row["stance"]),
            _count(row["n_events"]),
            _count(row["n_dates"]),
            _quantity(row["caar"], row["unit"]),
            _quantity(row["median"], row["unit"]),
            *(() if contrast else (_share(row["hit_rate"]), _share(row["base_rate"]))),
            *(() if contrast else (_quantity(row["worst"], row["unit"]), _quantity(row["best"], row["unit"]))),
            *((_p(row["placebo_p"]), _p(row["family_p"])) if has_placebo else ()),
            _p(tests.get((row["series"], row["stance"], row["window"]), math.nan)),
        )
        for row in rows.to_dict("records")
    )
    note = (
        "Mean: all raises less all folds. Permutation p: of the difference within phases, labels dealt out anew. "
        "Events of one session are one."
        if contrast
        else "Rose: share of events after which the market rose; base rate: the same on days without news."
    )
    return Table(caption, columns, cells, (note,))


def moves_table(result: StudyResult, window: str) -> Table:
    """Return what every market did around every event."""
    headlines = result.events.set_index("id")
    cars = result.car[result.car["window"] == window].set_index(["event_id", "series"]).to_dict("index")
    rows = []
    for (event_id, series), reading in read_moves(result, window).items():
        car = cars[event_id, series]
        event = headlines.loc[event_id]
        rows.append(
            (
                _day(car["session"]),
                _text(" ".join(str(event["headline"]).split()) or event_id, str(event["url"])),
                _stance(car["stance"]),
                _label(result, series),
                _quantity(reading.move, reading.unit),
                _quantity(car["car"], car["unit"]),
                Cell(f"{car['placebo_z']:+.1f}".replace("-", "−") if car["placebo_z"] == car["placebo_z"] else "n/a",
                     car["placebo_z"], is_number=True),
                _p(car["placebo_p"]),
                _p(car["family_p"]),
            )
        )  # fmt: skip
    columns = ("session", "event", "stance", "market", "move", "abnormal", "z", "placebo p", "family p")
    notes = ("Move: what the market did. Abnormal: what was beyond its normal return. p of 0.05 and less in bold.",)
    return Table("Every event in every market", columns, tuple(rows), notes)


def audit_table(result: StudyResult) -> Table:
    """Return which session of each market could first react to each event."""
    titles = result.events.set_index("id")["headline"]
    rows = []
    for event_id, of_event in result.matches.groupby("event_id", sort=False):
        first = of_event.iloc[0]
        known = "day only" if pd.isna(first["published_at"]) else f"{first['published_at']:%Y-%m-%d %H:%M}"
        cells = {row["series"]: _session(row) for row in of_event.to_dict("records")}
        headline = " ".join(str(titles[event_id]).split())
        rows.append(
            (_text(event_id), _text(headline), _stance(str(first["stance"])), _text(known),
             *(cells.get(series, _text("")) for series in result.series))
        )  # fmt: skip
    labels = tuple(result.histories[series].instrument.label for series in result.series)
    notes = ("The session whose price could first react; where it is not the event's own date, why.",)
    return Table("Match audit", ("event", "headline", "stance", "known from, UTC", *labels), tuple(rows), notes)


def _session(row: Mapping[Hashable, Any]) -> Cell:
    if row["status"] != "used":
        return Cell("not used", "")
    session = pd.Timestamp(row["session"])
    why = _MOVED.get(str(row["moved"]), str(row["moved"]))
    return Cell(f"{session.day} {session:%b %Y}{f', {why}' if why else ''}", f"{session:%Y-%m-%d}")


def excluded_table(result: StudyResult) -> Table:
    """Return every pair that was not used, and every window that is not complete, with the reason."""
    out = result.matches[result.matches["status"] != "used"]
    incomplete = result.car[result.car["car"].isna()]
    rows = [
        (_text(row["event_id"]), _label(result, row["series"]), _text("all"), _text(row["reason"]))
        for row in out.to_dict("records")
    ]
    rows += [
        (_text(row["event_id"]), _label(result, row["series"]), _text(true_minus(row["window"])), _text(row["note"]))
        for row in incomplete.to_dict("records")
    ]
    return Table("What was left out, and why", ("event", "market", "window", "reason"), tuple(rows))


def inputs_table(result: StudyResult) -> Table:
    """Return what went in, by its digest."""
    rows = tuple((_text(i.name), _count(i.rows), _text(i.first), _text(i.last), _text(i.sha256)) for i in result.inputs)
    return Table("What went in", ("input", "rows", "first", "last", "SHA-256 of the figures"), rows)


def plain_rows(table: Table) -> Iterable[list[str]]:
    """Yield the text of a table, headings first."""
    yield list(table.columns)
    for row in table.rows:
        yield [cell.text for cell in row]
