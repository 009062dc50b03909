"""Tables of a report and of a brief: cells that are read, each with the value by which it is sorted."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from eventstudy.study.answer import Answer
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL
from eventstudy.wording import p_in_words, probability, quantity, signed, true_minus, window_in_words

#: The level from which on a p is set in bold.
LEVEL = 0.05

#: What no p against days without news can see.
CAUTION = (
    "What no placebo can see is volatility that rises with the event itself: where it does, p is too small, and 19 to "
    "50 % of events without any effect come out at 0.05 or less."
)

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
        A stance; ``rare`` for what is out of the ordinary over all markets at once, ``alone`` for what is so for its
        own market only; else empty.
    hint : str
        What is said of it when it is pointed at.
    """

    text: str
    key: float | str = ""
    is_number: bool = False
    link: str = ""
    mark: str = ""
    hint: str = ""


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
    units, labels : tuple of str
        The unit of each row, by which figures are sorted apart, and its label, by which rows are filtered; empty where
        rows have none.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    def texts(self) -> Iterable[list[str]]:
        """Yield the headings, then the text of each row."""
        yield list(self.columns)
        for row in self.rows:
            yield [cell.text for cell in row]


def text_cell(words: Any, link: str = "") -> Cell:
    """Return a cell of plain words, on one line; a link that is no web address is none."""
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
    """Write a p in bold where it is small; whether a move was rare is a matter of the family p."""
    return Cell(probability(value, days), value, is_number=True, mark="rare" if value <= LEVEL else "")


def is_rare(family_p: float, p_value: float) -> bool:
    """Whether a move or a mean was out of the ordinary: by the family p, and where there is none by its own.

    Examples
    --------
    >>> is_rare(0.2, 0.01), is_rare(0.04, 0.01), is_rare(float("nan"), 0.01)
    (False, True, True)
    """
    return (p_value if math.isnan(family_p) else family_p) <= LEVEL


def _share(value: float) -> Cell:
    return _number("n/a" if math.isnan(value) else f"{100 * value:.0f} %", value)


def answers_table(
    answers: Sequence[Answer], caption: str, columns: Sequence[str] = ANSWER_COLUMNS, notes: Sequence[str] = ()
) -> Table:
    """Return answers as a table, a row each; every figure is a field of its answer."""
    rows = tuple(tuple(map(_answer_cells(answer).__getitem__, columns)) for answer in answers)
    told = tuple(answer.unit for answer in answers), tuple(answer.stance for answer in answers)
    return Table(caption, tuple(columns), rows, tuple(notes), *told)


def _answer_cells(answer: Answer) -> dict[str, Cell]:
    cells = {"market": text_cell(answer.label or answer.series), "stance": _stance(answer.stance)}
    cells |= {"window": text_cell(true_minus(answer.window)), "n": _number(f"{answer.n:,}", answer.n)}
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


def brief_table(result: StudyResult, answers: Sequence[Answer], window: str) -> Table:
    """Return the answers that are said first as a table narrow enough for a telephone."""
    note = (
        f"Mean abnormal return over {window_in_words(window)}, {units(result)}; n market events. Family p: all markets "
        "at once, and what is called rare. 0.05 and less in bold."
    )
    return answers_table(answers, "Means by market", ("market", "stance", "mean", "p", "family p", "n"), (note,))


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
    rows = tuple(
        (_stance(row["stance"]), _number(true_minus(f"{row['tau']:+d}") if row["tau"] else "0", row["tau"]),
         _number(str(row["n"]), row["n"]), _quantity(row["aar"], row["unit"]),
         _figure(row["t"], 2), _number(probability(row["p_value"]), row["p_value"]),
         _quantity(row["caar"], row["unit"]), _figure(row["caar_t"], 2))
        for row in result.aar[result.aar["series"] == series].to_dict("records")
    )  # fmt: skip
    columns = ("stance", "τ", "n", "AAR", "t of AAR", "p of t", "CAAR", "t of CAAR")
    note = (
        f"τ: sessions from the event. The n market events whose whole span {true_minus(str(result.design.span))} has "
        "returns and is set aside by nothing; t over events, which knows nothing of calmer days."
    )
    label = result.histories[series].instrument.label
    return Table(f"{label}: average abnormal returns by session", columns, rows, (note,))


def events_table(result: StudyResult, window: str) -> Table:
    """Return every event and what every market did: the abnormal return, coloured where it was out of the ordinary."""
    w = [str(known) for known in result.design.windows].index(window)
    kept = {(name, event) for name, of in result.samples.items() for event in of.ids[of.code[:, w] == 0]}
    cars = result.car[result.car["window"] == window]
    found: dict[str, dict[str, Mapping[Hashable, Any]]] = {}
    for row in cars.to_dict("records"):
        found.setdefault(row["event_id"], {})[row["series"]] = row
    news = result.events.set_index("id")[["time", "headline", "url", "stance"]].to_dict("index")
    ranked = [event for event in result.matches["event_id"].drop_duplicates() if event in found]
    rows, labels = [], []
    for event in sorted(ranked, key=lambda event: str(news[event]["time"])):
        of, label = found[event], str(next(iter(found[event].values()))["stance"])
        day = pd.Timestamp(str(news[event]["time"])[:10])
        head = text_cell(str(news[event]["headline"]) or event, str(news[event]["url"]))
        cells = [_moved(result, of.get(series), kept) for series in result.series]
        rows.append((_day(day), head, _stance(label or ALL), *cells))
        labels.append(label)
    symbols = {name: "%" if of.unit.endswith(" return") else of.unit for name, of in result.estimates.items()}
    heads = (f"{result.histories[name].instrument.label}, {symbols[name]}" for name in result.series)
    note = (
        f"Abnormal return over {window_in_words(window)}, {units(result)}. Filled: out of the ordinary over all "
        f"markets at once (family p of {LEVEL} or less). Framed: for its own market alone. In brackets: set aside, in "
        "no mean. "
        "Events that one market met in one session show one number; point at it for the move, z, p and session."
    )
    return Table(
        f"Every event, window {true_minus(window)}", ("day", "event", "stance", *heads), tuple(rows), (note,),
        labels=tuple(labels),
    )  # fmt: skip


def _moved(result: StudyResult, row: Mapping[Hashable, Any] | None, kept: Collection[tuple[str, str]]) -> Cell:
    """Write the abnormal return of one event in one market, with all that is known of it as its hint."""
    if row is None:
        return Cell("", math.nan, is_number=True)
    series, unit = str(row["series"]), str(row["unit"])
    text = quantity(row["car"], unit, 1).removesuffix(f" {unit}").removesuffix(" %")
    if (series, row["market_event"]) not in kept and text != "n/a":
        text = f"({text})"
    mark = "rare" if is_rare(row["family_p"], row["p_value"]) else "alone" if row["p_value"] <= LEVEL else ""
    where = f"{result.histories[series].instrument.label}, {_day(row['session']).text}"
    moved = f"moved {quantity(row['move'], unit, 2)}, abnormal {quantity(row['car'], unit, 2)}"
    p = f"{p_in_words(row['p_value'], row['days'])}, family {p_in_words(row['family_p'], row['family_days'])}"
    said = [f"{where}: {moved}", f"z {_figure(row['z'], 2).text}, {p}", str(row["note"])]
    return Cell(text, float(row["car"]), is_number=True, mark=mark, hint="; ".join(filter(None, said)))


def _day(value: Any) -> Cell:
    return Cell(f"{value.day} {value:%b %Y}", f"{value:%Y-%m-%d}", is_number=True) if pd.notna(value) else Cell("")


def audit_table(result: StudyResult) -> Table:
    """Return which session of each market could first react to each event."""
    titles = result.events.set_index("id")["headline"]
    rows = []
    for event_id, of_event in result.matches.groupby("event_id", sort=False):
        first, cells = of_event.iloc[0], {}
        known = "day only" if pd.isna(first["published_at"]) else f"{first['published_at']:%Y-%m-%d %H:%M}"
        for row in of_event.to_dict("records"):
            day = _day(row["session"])
            said = (
                day.text,
                _MOVED[row["moved"]] if day.text else "",
                "" if row["status"] == "used" else row["status"],
            )
            out = row["status"] == "excluded"
            cells[row["series"]] = Cell("not used") if out else Cell(", ".join(filter(None, said)), day.key)
        rows.append((text_cell(event_id), text_cell(titles[event_id]), _stance(str(first["stance"])), text_cell(known),
                     *(cells[series] for series in result.series)))  # fmt: skip
    labels = (result.histories[series].instrument.label for series in result.series)
    notes = ("The session whose price could first react; where it is not the event's own date, why.",)
    return Table("Match audit", ("event", "headline", "stance", "known from, UTC", *labels), tuple(rows), notes)


def left_out_table(result: StudyResult) -> Table:
    """Return every pair of event and market that is in no mean, with the reason."""
    rows = tuple(
        (text_cell(row["event_id"]), text_cell(result.histories[row["series"]].instrument.label),
         text_cell(row["status"]), text_cell(row["reason"]))
        for row in result.matches[result.matches["status"] != "used"].to_dict("records")
    )  # fmt: skip
    return Table("What was left out, and why", ("event", "market", "status", "reason"), rows)


def inputs_table(result: StudyResult) -> Table:
    """Return what went in, by its digest."""
    rows = tuple(
        (
            text_cell(one.name),
            _number(f"{one.rows:,}", one.rows),
            text_cell(one.first),
            text_cell(one.last),
            text_cell(one.sha256),
        )
        for one in result.inputs
    )
    return Table("What went in", ("input", "rows", "first", "last", "SHA-256 of the figures"), rows)
