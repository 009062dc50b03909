"""Tables of a report and of a brief: cells that are read, each with the value by which it is sorted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
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


#: Figures of an answer in its own unit, by the heading of their column.
_QUANTITIES = {"mean": "caar", "median": "median", "without largest": "without_largest", "worst": "worst",
               "best": "best", "move": "move"}  # fmt: skip


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

    @classmethod
    def words(cls, words: Any, link: str = "") -> Cell:
        """Return a cell of plain words, on one line; a link that is no web address is none."""
        text = "" if pd.isna(words) else " ".join(str(words).split())
        return cls(text, text, link=link if link.startswith(("https://", "http://")) else "")

    @classmethod
    def stance(cls, stance: str) -> Cell:
        """Return a cell of a label, coloured if it is a stance."""
        words = "all" if stance == ALL else stance.replace("-", " − ")
        return cls(words, words, mark=stance if stance in {"raise", "hold", "fold"} else "")

    @classmethod
    def number(cls, text: str, value: float, mark: str = "") -> Cell:
        """Return a cell of a figure."""
        return cls(text, float(value), is_number=True, mark=mark)

    @classmethod
    def quantity(cls, value: float, unit: str) -> Cell:
        """Return a cell of a figure in a unit; one that is no return is said in the notes, not in every cell."""
        return cls.number(quantity(value, unit, 2).removesuffix(f" {unit}"), value)

    @classmethod
    def p(cls, value: float, days: float = math.nan) -> Cell:
        """Return a cell of a p, in bold where it is small; whether a move was rare is a matter of the family p."""
        return cls.number(probability(value, days), value, "rare" if value <= LEVEL else "")

    @classmethod
    def share(cls, value: float) -> Cell:
        """Return a cell of a share in per cent."""
        return cls.number("n/a" if math.isnan(value) else f"{100 * value:.0f} %", value)

    @classmethod
    def day(cls, day: Any) -> Cell:
        """Return a cell of a date, sorted as one."""
        return cls(f"{day.day} {day:%b %Y}", f"{day:%Y-%m-%d}", is_number=True) if pd.notna(day) else cls("")


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

    def only(self, columns: Sequence[str]) -> Table:
        """Return the table with some of its columns, without caption and notes."""
        at = [self.columns.index(name) for name in columns]
        return Table("", tuple(columns), tuple(tuple(row[k] for k in at) for row in self.rows))


def is_rare(family_p: float, p_value: float) -> bool:
    """Whether a move or a mean was out of the ordinary: by the family p, and where there is none by its own.

    Examples
    --------
    >>> is_rare(0.2, 0.01), is_rare(0.04, 0.01), is_rare(float("nan"), 0.01)
    (False, True, True)
    """
    return (p_value if math.isnan(family_p) else family_p) <= LEVEL


def answers_table(
    answers: Sequence[Answer], caption: str, columns: Sequence[str] = ANSWER_COLUMNS, notes: Sequence[str] = ()
) -> Table:
    """Return answers as a table, a row each; every figure is a field of its answer."""
    rows = []
    for of in answers:
        aside = ", ".join(f"{n} {why}" for why, n in (of.set_aside or {}).items()) or str(of.n_set_aside or "")
        against = "" if math.isnan(of.days) else _AGAINST[of.p_source].format(f"{of.days:,.0f}")
        cells = {name: Cell.quantity(getattr(of, field), of.unit) for name, field in _QUANTITIES.items()} | {
            "market": Cell.words(of.label or of.series),
            "stance": Cell.stance(of.stance),
            "window": Cell.words(true_minus(of.window)),
            "n": Cell.number(f"{of.n:,}", of.n),
            "set aside": Cell(aside, of.n_set_aside),
            "z": Cell.number(signed(of.z, 2), of.z),
            "p": Cell.p(of.p_value, math.nan if of.p_source == "labels" else of.days),
            "against": Cell.number(against, of.days),
            "family p": Cell.p(of.family_p, of.family_days),
            # A difference of two shares is no share of anything.
            "rose": Cell.share(math.nan if math.isnan(of.base_rate) else of.rose),
            "base rate": Cell.share(of.base_rate),
        }
        rows.append(tuple(cells[name] for name in columns))
    units, labels = tuple(of.unit for of in answers), tuple(of.stance for of in answers)
    return Table(caption, tuple(columns), tuple(rows), tuple(notes), units, labels)


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
        (Cell.stance(row["stance"]), Cell.number(true_minus(f"{row['tau']:+d}") if row["tau"] else "0", row["tau"]),
         Cell.number(str(row["n"]), row["n"]), Cell.quantity(row["aar"], row["unit"]),
         Cell.number(signed(row["t"], 2), row["t"]), Cell.number(probability(row["p_value"]), row["p_value"]),
         Cell.quantity(row["caar"], row["unit"]), Cell.number(signed(row["caar_t"], 2), row["caar_t"]))
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
    found: dict[str, dict[str, Cell]] = {}
    for row in result.car[result.car["window"] == window].to_dict("records"):
        series, unit, p, family = str(row["series"]), str(row["unit"]), row["p_value"], row["family_p"]
        text = quantity(row["car"], unit, 1).removesuffix(f" {unit}").removesuffix(" %")
        if (series, row["market_event"]) not in kept and text != "n/a":
            text = f"({text})"
        said = (
            f"{result.histories[series].instrument.label}, {Cell.day(row['session']).text}: moved "
            f"{quantity(row['move'], unit, 2)}, abnormal {quantity(row['car'], unit, 2)}; z {signed(row['z'], 2)}, "
            f"{p_in_words(p, row['days'])}, family {p_in_words(family, row['family_days'])}"
        )
        mark = "rare" if is_rare(family, p) else "alone" if p <= LEVEL else ""
        hint = f"{said}; {row['note']}" if row["note"] else said
        cell = Cell(text, float(row["car"]), is_number=True, mark=mark, hint=hint)
        found.setdefault(str(row["event_id"]), {})[series] = cell
    matches = result.matches.drop_duplicates("event_id").set_index("event_id")["stance"]
    news = result.events.set_index("id")[["time", "headline", "url"]].astype(str).to_dict("index")
    rows, labels = [], []
    for event in sorted((event for event in matches.index if event in found), key=lambda event: news[event]["time"]):
        of, label = news[event], str(matches[event])
        cells = [found[event].get(series, Cell("", math.nan, is_number=True)) for series in result.series]
        head = Cell.words(of["headline"] or event, of["url"])
        rows.append((Cell.day(pd.Timestamp(of["time"][:10])), head, Cell.stance(label or ALL), *cells))
        labels.append(label)
    symbols = ("%" if of.unit.endswith(" return") else of.unit for of in result.estimates.values())
    names = (result.histories[name].instrument.label for name in result.series)
    heads = (f"{label}, {symbol}" for label, symbol in zip(names, symbols, strict=True))
    note = (
        f"Abnormal return over {window_in_words(window)}, {units(result)}. Filled: out of the ordinary over all "
        f"markets at once (family p of {LEVEL} or less). Framed: for its own market alone. In brackets: set aside, in "
        "no mean. Events that one market met in one session show one number; point at it for the move, z, p and "
        "session."
    )
    caption, columns = f"Every event, window {true_minus(window)}", ("day", "event", "stance", *heads)
    return Table(caption, columns, tuple(rows), (note,), labels=tuple(labels))


def audit_table(result: StudyResult) -> Table:
    """Return which session of each market could first react to each event."""
    titles, rows = result.events.set_index("id")["headline"], []
    for event_id, of_event in result.matches.groupby("event_id", sort=False):
        first, cells = of_event.iloc[0], {}
        known = "day only" if pd.isna(first["published_at"]) else f"{first['published_at']:%Y-%m-%d %H:%M}"
        for row in of_event.to_dict("records"):
            day, status = Cell.day(row["session"]), "" if row["status"] == "used" else row["status"]
            said = ", ".join(filter(None, (day.text, _MOVED[row["moved"]] if day.text else "", status)))
            cells[row["series"]] = Cell("not used") if status == "excluded" else Cell(said, day.key)
        head = Cell.words(event_id), Cell.words(titles[event_id]), Cell.stance(str(first["stance"])), Cell.words(known)
        rows.append((*head, *(cells[series] for series in result.series)))
    notes = ("The session whose price could first react; where it is not the event's own date, why.",)
    markets = (result.histories[name].instrument.label for name in result.series)
    columns = ("event", "headline", "stance", "known from, UTC", *markets)
    return Table("Match audit", columns, tuple(rows), notes)


def left_out_table(result: StudyResult) -> Table:
    """Return every pair of event and market that is in no mean, with the reason."""
    out = result.matches[result.matches["status"] != "used"]
    labels = out["series"].map({name: of.instrument.label for name, of in result.histories.items()})
    rows = zip(out["event_id"], labels, out["status"], out["reason"], strict=True)
    cells = tuple(tuple(map(Cell.words, row)) for row in rows)
    return Table("What was left out, and why", ("event", "market", "status", "reason"), cells)


def inputs_table(result: StudyResult) -> Table:
    """Return what went in, by its digest."""
    rows = []
    for one in result.inputs:
        n, others = Cell.number(f"{one.rows:,}", one.rows), (one.first, one.last, one.sha256)
        rows.append((Cell.words(one.name), n, *map(Cell.words, others)))
    return Table("What went in", ("input", "rows", "first", "last", "SHA-256 of the figures"), tuple(rows))
