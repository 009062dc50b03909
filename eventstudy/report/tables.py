"""Tables of a report and of a brief: cells that are read, each with the value by which it is sorted."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from eventstudy.report.method import CAUTION
from eventstudy.study.answer import Answer
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL
from eventstudy.wording import probability, quantity, signed, true_minus

#: The level from which on a p is set in bold.
LEVEL = 0.05

#: Columns of answers in a report.
ANSWER_COLUMNS = ("market", "stance", "n", "mean", "p", "against", "family p", "z", "set aside", "median",
                  "without largest", "worst", "best", "move", "rose", "base rate")  # fmt: skip

_MOVED = {"same": "", "next": "next session", "previous": "session before", "closed": "after a closure"}
_AGAINST = {"sessions": "{} days", "residuals": "{} days of residuals", "labels": "{} labellings"}


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
    """A table.

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

    def texts(self) -> Iterable[list[str]]:
        """Yield the headings, then the text of each row."""
        yield list(self.columns)
        for row in self.rows:
            yield [cell.text for cell in row]


def _text(words: Any, link: str = "") -> Cell:
    text = "" if pd.isna(words) else " ".join(str(words).split())
    return Cell(text, text, link=link if link.startswith(("https://", "http://")) else "")


def _stance(stance: str) -> Cell:
    words = "all" if stance == ALL else stance.replace("-", " − ")
    return Cell(words, words, mark=stance if stance in {"raise", "hold", "fold"} else "")


def _number(text: str, value: float) -> Cell:
    return Cell(text, float(value), is_number=True)


def _quantity(value: float, unit: str) -> Cell:
    """Write a figure; a unit that is no return is said in the notes, not in every cell."""
    return _number(quantity(value, unit, 2).removesuffix(f" {unit}"), value)


def _figure(value: float, digits: int) -> Cell:
    return _number("n/a" if math.isnan(value) else signed(value, digits), value)


def _p(value: float, days: float = math.nan) -> Cell:
    return Cell(probability(value, days), value, is_number=True, mark="rare" if value <= LEVEL else "")


def _share(value: float) -> Cell:
    return _number("n/a" if math.isnan(value) else f"{100 * value:.0f} %", value)


def answers_table(
    answers: Sequence[Answer], caption: str, columns: Sequence[str] = ANSWER_COLUMNS, notes: Sequence[str] = ()
) -> Table:
    """Return answers as a table, a row each; every figure is a field of its answer."""
    rows = tuple(tuple(map(_answer_cells(answer).__getitem__, columns)) for answer in answers)
    return Table(caption, tuple(columns), rows, tuple(notes))


def _answer_cells(answer: Answer) -> dict[str, Cell]:
    cells = {"market": _text(answer.label or answer.series), "stance": _stance(answer.stance)}
    cells |= {"window": _text(true_minus(answer.window)), "n": _number(f"{answer.n:,}", answer.n)}
    aside = ", ".join(f"{n} {why}" for why, n in (answer.set_aside or {}).items())
    cells["set aside"] = Cell(aside or str(answer.n_set_aside or ""), answer.n_set_aside)
    named = {"mean": answer.caar, "median": answer.median, "without largest": answer.without_largest}
    named |= {"worst": answer.worst, "best": answer.best, "move": answer.move}
    cells |= {name: _quantity(value, answer.unit) for name, value in named.items()}
    is_contrast = answer.p_source == "labels"
    cells |= {"z": _figure(answer.z, 2), "p": _p(answer.p_value, math.nan if is_contrast else answer.days)}
    against = "" if math.isnan(answer.days) else _AGAINST[answer.p_source].format(f"{answer.days:,.0f}")
    cells |= {"against": _number(against, answer.days), "family p": _p(answer.family_p, answer.family_days)}
    # A difference of two shares is no share of anything.
    of_one = math.isnan(answer.base_rate)
    return cells | {"rose": _share(math.nan if of_one else answer.rose), "base rate": _share(answer.base_rate)}


def averages_table(result: StudyResult, window: str) -> Table:
    """Return all answers over one window: every market, stance and contrast, each mean with its own p."""
    note = (
        f"Mean, median, worst, best: abnormal returns, {units(result)}. n: market events, all news of one session "
        "being one; those set aside have a figure and are in no mean. p: of the mean volatility-scaled abnormal return "
        "z, against as many days without news; of a difference, labels permuted within phases. Family p: all markets "
        "at once. Move and rose: raw returns, and the share of them above 0; base rate: the same share on days without "
        "news. p of 0.05 and less in bold."
    )
    of_window = [answer for answer in result.answers if answer.window == window]
    return answers_table(of_window, f"Means over market events, window {true_minus(window)}", notes=(note, CAUTION))


def units(result: StudyResult) -> str:
    """Say in which unit the figures of a result are, and of which markets not.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("crimea-2014")
    >>> units(es.EventStudy(case.events, case.prices, series=["ruble", "wti"], windows=["0:0"], tests=[]).fit())
    'simple returns'
    """
    first, *others = dict.fromkeys(of.unit for of in result.estimates.values())
    apart = [
        f"{result.histories[name].instrument.label} in {of.unit}"
        for name, of in result.estimates.items()
        if of.unit in others
    ]
    return "; ".join([f"{first}s" if first.endswith(" return") else first, *apart])


def aar_table(result: StudyResult, series: str) -> Table:
    """Return average abnormal returns of one market by session of event time, the standard table of the field."""
    found = result.aar[result.aar["series"] == series]
    rows = tuple(
        (_stance(row["stance"]), _number(f"{row['tau']:+d}".replace("-", "−") if row["tau"] else "0", row["tau"]),
         _number(str(row["n"]), row["n"]), _quantity(row["aar"], row["unit"]),
         _figure(row["t"], 2), _number(probability(row["p_value"]), row["p_value"]),
         _quantity(row["caar"], row["unit"]), _figure(row["caar_t"], 2))
        for row in found.to_dict("records")
    )  # fmt: skip
    columns = ("stance", "τ", "n", "AAR", "t of AAR", "p of t", "CAAR", "t of CAAR")
    note = (
        f"τ: sessions from the event. The n market events whose whole span {true_minus(str(result.design.span))} has "
        "returns and is set aside by nothing; t over events, which knows nothing of calmer days."
    )
    label = result.histories[series].instrument.label
    return Table(f"{label}: average abnormal returns by session", columns, rows, (note,))


def moves_table(result: StudyResult, window: str) -> Table:
    """Return what every market did around every market event, and whether that is in a mean."""
    w = [str(known) for known in result.design.windows].index(window)
    kept = {(name, event) for name, of in result.samples.items() for event in of.ids[of.code[:, w] == 0]}
    news = result.events.set_index("id")[["headline", "url"]].to_dict("index")
    cars = result.car[result.car["window"] == window]
    more = cars.groupby(["series", "market_event"]).size() - 1
    rows = []
    for row in cars.drop_duplicates(["series", "market_event"]).to_dict("records"):
        event, series = row["market_event"], row["series"]
        n = more[series, event]
        headline = f"{news[event]['headline'] or event}{f' (and {n} more)' if n else ''}"
        rows.append(
            (_day(row["session"]), _text(headline, str(news[event]["url"])), _stance(row["net_stance"]),
             _text(result.histories[series].instrument.label),
             _quantity(row["move"], row["unit"]),
             _quantity(row["car"], row["unit"]), _figure(row["z"], 1),
             _p(row["p_value"], row["days"]), _p(row["family_p"], row["family_days"]),
             _text("yes" if (series, event) in kept else "no"), _text(row["note"]))
        )  # fmt: skip
    columns = ("session", "event", "stance", "market", "move", "abnormal", "z", "p", "family p", "in a mean", "note")
    note = (
        f"Move: what the market did. Abnormal: what was beyond its normal return. Both {units(result)}. p: of the "
        "abnormal return over the volatility known the day before, against earlier days without news."
    )
    return Table(f"Every market event, window {true_minus(window)}", columns, tuple(rows), (note,))


def _day(value: Any) -> Cell:
    return Cell(f"{value.day} {value:%b %Y}", f"{value:%Y-%m-%d}", is_number=True) if pd.notna(value) else Cell("")


def audit_table(result: StudyResult) -> Table:
    """Return which session of each market could first react to each event."""
    titles = result.events.set_index("id")["headline"]
    rows = []
    for event_id, of_event in result.matches.groupby("event_id", sort=False):
        first = of_event.iloc[0]
        known = "day only" if pd.isna(first["published_at"]) else f"{first['published_at']:%Y-%m-%d %H:%M}"
        cells = {row["series"]: _session(row) for row in of_event.to_dict("records")}
        rows.append((_text(event_id), _text(titles[event_id]), _stance(str(first["stance"])), _text(known),
                     *(cells[series] for series in result.series)))  # fmt: skip
    labels = (result.histories[series].instrument.label for series in result.series)
    notes = ("The session whose price could first react; where it is not the event's own date, why.",)
    return Table("Match audit", ("event", "headline", "stance", "known from, UTC", *labels), tuple(rows), notes)


def _session(row: Mapping[Hashable, Any]) -> Cell:
    if row["status"] == "excluded":
        return Cell("not used")
    why = [_MOVED[str(row["moved"])], "" if row["status"] == "used" else str(row["status"])]
    day = _day(row["session"])
    return Cell(", ".join(filter(None, [day.text, *why])), day.key)


def left_out_table(result: StudyResult) -> Table:
    """Return every pair of event and market that is in no mean, with the reason."""
    rows = tuple(
        (_text(row["event_id"]), _text(result.histories[row["series"]].instrument.label), _text(row["status"]),
         _text(row["reason"]))
        for row in result.matches[result.matches["status"] != "used"].to_dict("records")
    )  # fmt: skip
    return Table("What was left out, and why", ("event", "market", "status", "reason"), rows)


def inputs_table(result: StudyResult) -> Table:
    """Return what went in, by its digest."""
    rows = tuple(
        (_text(one.name), _number(f"{one.rows:,}", one.rows), _text(one.first), _text(one.last), _text(one.sha256))
        for one in result.inputs
    )
    return Table("What went in", ("input", "rows", "first", "last", "SHA-256 of the figures"), rows)
