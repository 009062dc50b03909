"""What pages are made of: blocks, and tables of cells that are read, each with the value by which it is sorted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import pandas as pd

from eventstudy.files import bundled_toml
from eventstudy.study.answer import RARE, Answer, deciding_p
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL
from eventstudy.wording import Cell, Row, Table, cell, make_table, p_in_words, quantity, signed, symbol, true_minus

#: What pages say of every study.
WORDS = bundled_toml("eventstudy.report", "templates/words.toml")


class Block(NamedTuple):
    """One thing that a page says, whatever the page is written in."""

    #: title, heading, text, command (what stands before it, the command, what follows), list, small (a list in small
    #: print), table, chart, code, methods; section, fold, part and beside hold other blocks.
    kind: str
    what: Any  #: its heading, lines, table or chart
    name: str = ""  #: by which it is pointed to
    inside: Sequence[Block] = ()


def walk(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield blocks, each before what it holds."""
    for block in blocks:
        yield block
        yield from walk(block.inside)


def table(name: str, rows: Iterable[Row], more: Iterable[tuple[str, str, str]] = (), **words: Any) -> Table:
    """Return rows as a table of ``views.toml``, see `wording.make_table`; a value may be a `Cell` already."""
    view = bundled_toml("eventstudy.report", "templates/views.toml")[name]
    return make_table(view, rows, more, words, _cell)


def _cell(row: Row, names: Sequence[str], kind: str) -> Cell:
    """Return a value of a row as a cell; a p that is small is bold, for the family p says whether a move was rare."""
    value = row[names[0]]
    if isinstance(value, Cell):
        return value
    if kind == "day":
        return Cell(f"{value.day} {value:%b %Y}", f"{value:%Y-%m-%d}", is_number=True) if pd.notna(value) else Cell("")
    if kind == "stance":
        words = "all" if value == ALL else " − ".join(row.get("contrast") or [value])
        return Cell(words, words, mark=value if value in {"raise", "hold", "fold"} else "")
    if kind in {"text", "news"}:  # on one line; a link that is no web address is none
        words, link = "" if pd.isna(value) else " ".join(str(value).split()), row["url"] if kind == "news" else ""
        return Cell(words, words, link=link if link.startswith(("https://", "http://")) else "")
    text, is_rare = cell(row, names[0], kind), kind.startswith("p-") and value <= RARE
    return Cell(text, float(value) if text else "", is_number=True, mark="rare" if is_rare else "")


def is_rare(family_p: float, p_value: float) -> bool:
    """Whether a move or a mean was out of the ordinary."""
    return deciding_p(family_p, p_value) <= RARE


def answers_table(name: str, answers: Sequence[Answer], **words: Any) -> Table:
    """Return answers as a table of ``views.toml``, a row each; every figure is a field of its answer."""
    rows = []
    for of in answers:
        aside = ", ".join(f"{n} {why}" for why, n in (of.set_aside or {}).items()) or str(of.n_set_aside or "")
        against = "" if math.isnan(of.days) else WORDS["against"][of.p_source].format(f"{of.days:,.0f}")
        rows.append(vars(of) | {
            "market": of.label or of.series,
            "window": true_minus(of.window),
            "aside": Cell(aside, of.n_set_aside),
            "against": Cell(against, of.days, is_number=True),
            "days": math.nan if of.p_source == "labels" else of.days,
            # A difference of two shares is no share of anything.
            "rose": math.nan if math.isnan(of.base_rate) else of.rose,
        })  # fmt: skip
    return replace(table(name, rows, **words), labels=tuple(of.stance for of in answers))


def units(result: StudyResult) -> str:
    """Say in which unit the figures of a result are, and of which markets not."""
    first, *others = dict.fromkeys(of.unit for of in result.samples.values())
    named = ((result.histories[name].instrument.label, of.unit) for name, of in result.samples.items())
    apart = [f"{label} in {unit}" for label, unit in named if unit in others]
    return "; ".join([f"{first}s" if first.endswith(" return") else first, *apart])


def p_of_event(result: StudyResult, row: Row) -> str:
    """Write the p of a row of `car`, and beside several series that of all at once."""
    said = p_in_words(row["p_value"], row["days"])
    if len(result.series) == 1 or math.isnan(row["family_p"]):
        return said
    return f"{said}, family {p_in_words(row['family_p'], row['family_days'])}"


def figures(result: StudyResult, row: Row) -> str:
    """Say what a market did in an event: its move, its abnormal return, z and p."""
    move, car = (quantity(row[name], row["unit"], 2) for name in ("move", "car"))
    moved = "" if math.isnan(row["move"]) else f"moved {move}, "
    return f"{moved}abnormal {car}; z {signed(row['z'], 2)}, {p_of_event(result, row)}"


def events_table(result: StudyResult, window: str, words: Mapping[str, str]) -> Table:
    """Return every event and what every market did: the abnormal return, coloured where it was out of the ordinary."""
    kept = result.samples.in_means([str(known) for known in result.design.windows].index(window))
    names = {name: of.instrument.label for name, of in result.histories.items()}
    markets = [(f"{names[name]}, {symbol(of.unit)}", name, "") for name, of in result.samples.items()]
    empty = dict.fromkeys(result.series, Cell("", math.nan, is_number=True))
    found: dict[str, dict[Any, Any]] = {}
    for row in result.car[result.car["window"] == window].to_dict("records"):
        series, unit, p, day = row["series"], row["unit"], row["p_value"], row["session"]
        text = quantity(row["car"], unit, 1).removesuffix(f" {symbol(unit)}")
        if (series, row["market_event"]) not in kept and text != "n/a":
            text = f"({text})"
        mark = "rare" if is_rare(row["family_p"], p) else "alone" if p <= RARE else ""
        hint = f"{names[series]}, {day.day} {day:%b %Y}: {figures(result, row)}"
        hint += f"; {row['note']}" if row["note"] else ""
        cells = found.setdefault(row["event_id"], empty | {"label": row["stance"], "stance": row["stance"] or ALL})
        cells[series] = Cell(text, float(row["car"]), is_number=True, mark=mark, hint=hint)
    rows = []
    for of in result.events.astype(str).sort_values("time", kind="stable").to_dict("records"):
        if of["id"] in found:
            day, headline = pd.Timestamp(of["time"][:10]), of["headline"] or of["id"]
            rows.append(found[of["id"]] | {"day": day, "headline": headline, "url": of["url"]})
    return replace(table("events", rows, markets, **words), labels=tuple(row["label"] for row in rows))


def audit_table(result: StudyResult) -> Table:
    """Return which session of each market could first react to each event."""
    titles, rows = result.events.set_index("id")["headline"], []
    for event_id, of_event in result.matches.groupby("event_id", sort=False):
        first, cells = of_event.iloc[0], dict[Any, Any]()
        known = "day only" if pd.isna(first["published_at"]) else f"{first['published_at']:%Y-%m-%d %H:%M}"
        cells |= {"event_id": event_id, "headline": titles[event_id], "stance": first["stance"], "known": known}
        for row in of_event.to_dict("records"):
            day, status = _cell(row, ["session"], "day"), "" if row["status"] == "used" else row["status"]
            said = ", ".join(filter(None, (day.text, WORDS["moved"][row["moved"]] if day.text else "", status)))
            cells[row["series"]] = Cell("not used") if status == "excluded" else Cell(said, day.key)
        rows.append(cells)
    return table("audit", rows, [(result.histories[name].instrument.label, name, "") for name in result.series])
