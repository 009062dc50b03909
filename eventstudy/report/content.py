"""What a report says, section by section, before it takes the form of a page: sentences, tables, charts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.cases import case_events
from eventstudy.charts import KINDS, LIGHT, Style, describe, numbers, to_bytes
from eventstudy.charts.layout import date_of
from eventstudy.charts.saved import drawn
from eventstudy.charts.subject import least_ordinary
from eventstudy.errors import DesignError, EventStudyError, NothingUsableError, require_known
from eventstudy.events.schema import without_marks
from eventstudy.matching import labels_in_order
from eventstudy.reading import HEADLINE, reactions, read, read_record
from eventstudy.report import tables
from eventstudy.report.prose import methods, sentence
from eventstudy.report.tables import Block, is_rare, walk
from eventstudy.study import StudyResult, design_to_toml
from eventstudy.study.answer import Answer, events_in_words, rarest_first
from eventstudy.study.sample import ALL
from eventstudy.tasks import Progress, steps
from eventstudy.wording import Table, counted, listed, quantity, signed, symbol, true_minus, window_in_words

#: All charts that a report can have, in the order of the page.
POSSIBLE = ("heatmap", "multiples", "raise-fold", "car", "timeline", "holding", "scatter", "placebo")

#: Identifiers of what cannot be pointed at: what decorates a chart, and what is no event, mean or price.
_INK = ("leader/", "stem/", "key", "legend", "band", "closure", "event-label", "mean-label")

#: With more markets than this the answers are summed up first and only the rarest is said in full, and one chart shows
#: all of them; with more than the other the price of the first ones alone is drawn.
FEW, MANY = 2, 10


@dataclass(frozen=True, eq=False)
class Drawing:
    """One chart of a report, with its own words, its picture and the numbers behind it."""

    name: str  #: its file name without an ending, e.g. raise-fold-ruble
    series: str  #: empty if it shows all
    title: str
    alt: str
    caption: str
    svg: str
    points: pd.DataFrame
    #: What can be pointed at: points from the upper left corner, what is there, and which label.
    places: tuple[tuple[float, float, str, str], ...]
    chart: Any  #: what the chart function returned; None in a report that was pickled

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"chart": None}  # which is large, and can be drawn again


@dataclass(frozen=True, eq=False)
class Report:
    """A report, ready to become a page.

    Parameters
    ----------
    result, window : StudyResult, str
        The result, every figure is one of its; the window of the answers.
    title, byline : str
        Its title; what it rests on (events, dates, markets) and who made it.
    blocks : tuple of Block
        What it says, from the answer on; every form of it is written from them.
    drawings, not_drawn : tuple of Drawing, tuple of (str, str)
        The charts, the first one stands beside the answer; those that could not be drawn, and why.
    style : Style
        The look of the charts.
    """

    result: StudyResult
    window: str
    title: str
    byline: str
    blocks: tuple[Block, ...]
    drawings: tuple[Drawing, ...]
    not_drawn: tuple[tuple[str, str], ...]
    style: Style

    @property
    def tables(self) -> dict[str, Table]:
        """Its tables by name: ``answer, events, averages, audit, left-out, inputs`` and ``aar-`` with a series."""
        return {one.name.replace("-table", ""): one.what for one in walk(self.blocks) if isinstance(one.what, Table)}

    @property
    def headline(self) -> Sequence[str]:
        """The sentences that are said first: what was rare, the largest single move, how prices read it."""
        return next(one.what for one in walk(self.blocks) if one.name == "answers")


def write_report(
    result: StudyResult,
    title: str | None = None,
    window: str | None = None,
    charts: Sequence[str] | None = None,
    style: Style = LIGHT,
    *,
    author: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Put a report together: the words, the tables, the charts.

    Parameters
    ----------
    result : StudyResult
        The result.
    title, author : str, optional
        Its title, default the markets and the days; who signs it.
    window : str, optional
        The window of the answers and of the charts that show one; default the study's first.
    charts, style : sequence of str, Style, optional
        Kinds of charts, of `eventstudy.report.POSSIBLE`, default what suits the number of markets; their look.
    progress : callable, optional
        Called with the number of charts drawn and of all.

    Returns
    -------
    Report
        What `to_html`, `to_markdown` and `to_pdf` write.

    Raises
    ------
    UnknownNameError
        If there is no such window or kind of chart.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"], tests=[]).fit()
    >>> write_report(result, charts=(), author="A. Analyst").byline
    '28 events, 17 December 2021 to 8 March 2022; prices 2 July 2020 to 30 June 2022. A. Analyst'
    """
    windows = [str(known) for known in result.design.windows]
    window = windows[0] if window is None else require_known(window, windows, "window of this study")
    drawings, not_drawn = _drawings(result, window, charts, style, progress)
    labels = {name: result.histories[name].instrument.label for name in result.series}
    author = " ".join(without_marks(author or "").split())
    who = listed(list(labels.values())) if len(labels) <= FEW else counted(len(labels), "market")
    what = "raise or fold" if {"raise", "fold"} <= set(result.groups) else "what the news did"
    sample = [str(result.histories[name].sessions[end]) for name in labels for end in (0, -1)]
    ends = [[pd.Timestamp(end(of)[:10]) for end in (min, max)] for of in (result.events["time"], sample)]
    days, span = (" to ".join(dict.fromkeys(f"{day.day} {day:%B %Y}" for day in of)) for of in ends)
    byline = f"{counted(len(result.events), 'event')}, {days}; {result.given.kind} {span}"
    return Report(
        result=result,
        window=window,
        title=" ".join(without_marks(title or "").split()) or f"{who}: {what}, {days}",
        byline=f"{byline}. {author}" if author else byline,
        blocks=tuple(_blocks(result, window, days, drawings, not_drawn)),
        drawings=drawings,
        not_drawn=not_drawn,
        style=style,
    )


def _blocks(
    result: StudyResult, window: str, days: str, drawings: Sequence[Drawing], not_drawn: Sequence[tuple[str, str]]
) -> Iterator[Block]:
    """Yield what every form of a report says, block by block."""
    from eventstudy.version import version

    labels = {name: result.histories[name].instrument.label for name in result.series}
    answers = [answer for answer in result.answers if answer.window == window]
    of_contrast = (*result.contrast, str(result.design.contrast)) if result.contrast else ()
    wanted = of_contrast or result.groups or (ALL,)
    found = [answer for answer in answers if answer.n and answer.stance in wanted]
    # More series than events, say twenty banks and one decision: the mean over all of them is the answer.
    pooled = len(result.series) > max(FEW, len(result.events))
    first = sorted(found if pooled else (a for a in found if a.series != ALL), key=lambda a: pooled and a.series != ALL)
    headline = [*_answers_first(result, first, window), *_read_by_prices(result)]
    words = {"over": window_in_words(window), "window": true_minus(window), "returns": tables.units(result)}
    of_answers = Block("table", tables.answers_table("answer", first, **words), "answer-table")
    beside = [of_answers, *(Block("chart", one, "first") for one in drawings[:1])]
    n, warnings = counted(len(result.warnings), "warning"), [Block("list", result.warnings, "warnings")]
    beware = [Block("part", f"Before you believe it: {n}", "beware", warnings)] if result.warnings else []
    shown = [Block("list", headline, "answers"), Block("beside", "", "", beside), *beware]
    yield Block("section", "The answer", "answer", shown)
    of_events = Block("table", tables.events_table(result, window, words), "events-table")
    yield Block("fold", "Every event", "events", [of_events])
    charts = {name: [Block("chart", one) for one in drawings[1:] if one.series == name] for name in ("", *labels)}
    markets, aar = charts[""], dict(tuple(result.aar.groupby("series", sort=False)))
    for name, label in labels.items():
        said = [a.sentence for a in answers if a.series == name]
        inside = [*(Block("text", [line]) for line in said), *charts[name]]
        if name in aar:
            span = true_minus(str(result.design.span))
            of_tau = tables.table("aar", aar[name].to_dict("records"), label=label, span=span)
            inside.append(Block("table", of_tau, f"aar-table-{name}"))
        markets.append(Block("part", label, f"market-{name}", inside))
    if not_drawn:
        markets += [Block("heading-3", "Not drawn"), Block("list", [f"{name}: {why}" for name, why in not_drawn])]
    yield Block("fold", "Market by market", "markets", markets)
    averages = tables.answers_table("averages", answers, caution=tables.WORDS["caution"], **words)
    yield Block("fold", "All means and their p", "means", [Block("table", averages, "averages-table")])
    matches = result.matches.assign(market=result.matches["series"].map(labels))
    out = matches[matches["status"] != "used"].to_dict("records")
    left_out = Block("text", ["Nothing was left out: every event was used with every market."])
    if out:
        left_out = Block("table", tables.table("left-out", out), "left-out-table")
    audit = [Block("table", tables.audit_table(result), "audit-table"), left_out]
    yield Block("fold", "Match audit: which session, and what was left out", "audit", audit)
    asked = [Block("text", [line]) for line in _asked(result, days, words)]
    yield Block("fold", "What was asked, and the method", "method", [*asked, Block("methods", methods(result))])
    by = f"(raise-or-fold {version()})"
    design = [Block("text", [f"The model of this study has choices of its own, which no design file can hold {by}."])]
    with suppress(DesignError):
        code = Block("code", design_to_toml(result.design), "Design")
        lead = "Every choice, as a design file for", "eventstudy run design.toml", f"{by}:"
        design = [Block("command", lead), code]
    inputs = tables.table("inputs", (one._asdict() for one in result.inputs))
    yield Block("fold", "How to reproduce it", "reproduce", [Block("table", inputs, "inputs-table"), *design])


# --- what is said -----------------------------------------------------------------------------------------------------


def _answers_first(result: StudyResult, first: Sequence[Answer], window: str) -> list[str]:
    """Say the answers that are said first, of few markets in full, else summed up by label; the largest single move."""
    rows = result.car[(result.car["window"] == window) & result.car["p_value"].notna()]
    largest = []
    if len(rows) and len(result.events) > 1:
        row = least_ordinary(rows)
        lead = "No single move was out of the ordinary, the nearest to it"
        lead = f"Least ordinary of {counted(len(rows), 'move')}" if is_rare(row["family_p"], row["p_value"]) else lead
        largest = [f"{lead}: {sentence(result, row['event_id'], row['series'], window)}"]
    if len(result.series) <= FEW:
        return [*(answer.sentence for answer in rarest_first(first)), *largest]
    said = [answer.sentence for answer in first if answer.series == ALL]
    of_markets = [answer for answer in first if answer.series != ALL]
    rare = [answer for answer in of_markets if is_rare(answer.family_p, answer.p_value)]
    for label in dict.fromkeys(answer.stance for answer in of_markets):
        answers, unusual = ([one for one in some if one.stance == label] for some in (of_markets, rare))
        contrast, n = answers[0].contrast, counted(len(answers), "market")
        after = f"After {events_in_words(2, label).removeprefix('2 ')}"
        when = "All events" if label == ALL else " less ".join(contrast) if contrast else after
        found = f"none of {n} out of the ordinary (no family p of 0.05 or less)."
        if unusual:
            which = listed([f"{answer.label} {quantity(answer.caar, answer.unit)}" for answer in unusual])
            found = f"{len(unusual)} of {n} out of the ordinary (family p of 0.05 or less): {which}."
        said.append(f"{when[:1].upper()}{when[1:]}, {window_in_words(window)}: {found}")
    return [*said, *(answer.sentence for answer in rarest_first(rare)[:1]), *largest]


def _read_by_prices(result: StudyResult) -> list[str]:
    """Say how prices read the last raise or fold of a study, with the odds; nothing where they cannot."""
    # An event of the bundled record is read by that record, as `eventstudy read` does; any other by the study's own.
    names = [name for name in HEADLINE if name in result.series] or list(result.series)
    if not result.contrast or set(result.contrast) != {"raise", "fold"}:
        return []
    try:
        of = reactions(result, names)
        # Of those that share a session some may have another stance than its net one.
        own = of.events["event_id"].map(result.events.set_index("id")[result.design.group_by])
        last = of.events[of.events["stance"].isin(("raise", "fold")) & (of.events["stance"] == own)].iloc[-1]
        name = str(last["event_id"])
        on_record = name in case_events("all")["id"].to_numpy()
        known = read_record([name], result.design.as_of) if on_record else {}
        reading = known.get(name) or read(of, name)
    except (NothingUsableError, IndexError):
        return []
    headline = " ".join(str(reading.headline).split()) or name
    return [f"How prices read the last {last['stance']} ({headline}), {reading.sentence}"]


def _asked(result: StudyResult, days: str, words: Mapping[str, str]) -> Iterator[str]:
    """Say what was asked: which markets, which events, when, and what is called abnormal."""
    design, labels = result.design, result.matching.events.labels.tolist()
    numbers = [(labels.count(label), label) for label in labels_in_order(labels)]
    counts = listed([counted(n, label) if design.group_by == "stance" else f"{n} {label}" for n, label in numbers])
    events = counted(len(labels), "event") + (f" ({counts})" if counts else "")
    markets = listed([result.histories[name].instrument.label for name in result.series])
    yield tables.WORDS["question"].format(markets=markets, events=events, days=days)
    model = " on ".join(filter(None, [design.model.name, listed(list(design.model.regressors))]))
    estimation = true_minus(str(design.estimation))
    yield tables.WORDS["abnormal"].format(model=model, estimation=estimation, **words)
    if {"raise", "fold"} & set(result.groups):
        yield tables.WORDS["stances"]


# --- the charts: drawn once, kept as SVG, words, numbers and the places that can be pointed at ------------------------


def _drawings(
    result: StudyResult, window: str, kinds: Sequence[str] | None, style: Style, progress: Progress | None
) -> tuple[tuple[Drawing, ...], tuple[tuple[str, str], ...]]:
    """Return what could be drawn, first the charts of all series, then series by series; what could not, and why."""
    for kind in kinds or ():
        require_known(kind, POSSIBLE, "chart of a report")
    of_few = ("multiples", "raise-fold" if result.contrast else "car", "timeline")
    chosen = kinds if kinds is not None else of_few if len(result.series) <= FEW else ("multiples", "timeline")
    of_each = [kind for kind in chosen if "series" in KINDS[kind].takes]
    of_all = [kind for kind in chosen if kind not in of_each and (len(result.series) > 1 or kind != "multiples")]
    each = result.series if kinds is not None else result.series[:MANY]
    missing, words = [], _event_words(result, window)
    if len(each) < len(result.series):
        others = counted(len(result.series) - MANY, "more market")
        missing.append((f"{', '.join(of_each)} of {others}", f"--charts {','.join(chosen)} draws them"))
    wanted = [*((kind, "") for kind in of_all), *((kind, series) for series in each for kind in of_each)]

    made = []
    for kind, series in steps(wanted, progress):
        name, choices = f"{kind}-{series}" if series else kind, {"series": series, "window": window, "event_id": None}
        try:
            chart = KINDS[kind].draw(result, style=style, **{key: choices[key] for key in KINDS[kind].takes})
        except EventStudyError as error:
            missing.append((name, str(error)))
            continue
        said, svg, points = describe(chart), to_bytes(chart, style=style).decode(), numbers(chart)
        places = tuple(_places(chart, result, series, words))
        made.append(Drawing(name, series, said["title"], said["alt"], said["caption"], svg, points, places, chart))
    return tuple(made), tuple(missing)


def _event_words(result: StudyResult, window: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Return what is said of an event (by id) or a session (by date) in each market, and its label."""
    headlines = result.events.set_index("id")["headline"]
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for row in result.car[result.car["window"] == window].to_dict("records"):
        event, series, day = row["event_id"], row["series"], row["session"]
        news = " ".join(str(headlines[event]).split()) or event
        stance = f" ({row['stance']})" if row["stance"] else ""
        said = f"{day.day} {day:%B %Y}: {news}{stance}."
        market = f" {result.histories[series].instrument.label} {tables.figures(result, row)}."
        found[event, series] = said + market, str(row["stance"])
        key = f"{day:%Y-%m-%d}", series
        before = found[key][0].removesuffix(market) + " " if key in found else ""
        found[key] = before + said + market, str(row["net_stance"])
    return found


def _places(
    chart: Any, result: StudyResult, series: str, words: Mapping[tuple[str, str], tuple[str, str]]
) -> Iterator[tuple[float, float, str, str]]:
    """Yield every point of a chart that stands for an event, a mean or a price, with its figures and label."""
    named = {result.histories[name].instrument.label: name for name in result.series}
    for panel, gid, _, _, points in drawn(chart):
        if gid.startswith(_INK):
            continue
        of, parts, (what, _, label) = series or named.get(panel, ""), gid.split("/"), gid.partition("/")
        unit = result.samples[of].unit if of else ""
        # What is known of the event, or of the session, that the identifier names; else the point's own coordinates.
        known = next((words[key] for name in (of, *parts) for part in parts if (key := (part, name)) in words), None)
        for x, y, _, left, top in points[np.isfinite(points[:, 3:]).all(axis=1)].tolist():
            said = known
            if not said and what == "price" and math.isfinite(y):
                said = f"{(day := date_of(x)).day} {day:%B %Y}: {y:,.6g}", ""
            if not said and what in {"mean", "base"} and math.isfinite(y):
                figure = f"{signed(y, 2)} {symbol(unit)}".rstrip()
                where = ", ".join(filter(None, [panel, label, what]))
                group = label or (panel if panel in result.groups else "")
                said = f"{where}, session {true_minus(f'{x:+g}')}: {figure}", group
            if said:
                yield round(left, 1), round(top, 1), *said
