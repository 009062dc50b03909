"""Frames of a result as tables for a reader: few columns, few digits, units in the headings."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

from eventstudy.cli.output import TextTable, cell, on_terminal, sparkline, unrepeated
from eventstudy.wording import probability, quantity, signed

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.study import StudyResult
    from eventstudy.study.answer import Answer

#: Of what a mean is; in one column where several rows are about the same mean.
KEYS = ("series", "stance", "window")

#: From so many columns on a table has room for more than the answer.
_WIDE = 100

#: A path is drawn from so many sessions on, and thinned to so many bars.
_SHORTEST, _LONGEST = 3, 16

_MOVED_MARKS = {"same": " ", "next": ">", "closed": "»", "": " "}


def match_view(matches: pd.DataFrame) -> TextTable:
    """Show one row an event, one column a series: the session in which it could first react."""
    columns = ["event_id", "published_at", "stance", "series", "status", "session", "moved", "reason"]
    by_event: dict[Any, list[dict[Hashable, Any]]] = {}
    for row in matches[columns].to_dict("records"):
        by_event.setdefault(row["event_id"], []).append(row)
    series, rows = list(dict.fromkeys(matches["series"])), []
    for event_id, of_event in by_event.items():
        sessions = {row["series"]: _session_cell(row) for row in of_event}
        head = str(event_id), _utc_clock(of_event[0]), str(of_event[0]["stance"])
        rows.append((*head, *(sessions[name] for name in series)))
    return TextTable(
        title="Which session could first react",
        columns=("event", "UTC", "stance", *series),
        rows=tuple(rows),
        left=("event", "UTC", "stance", *series),
        notes=(
            "Blank mark: the event's own date. > the next session. » the first session after",
            "a closure. - not used. * late, or the window spans a closure. Where UTC is",
            "empty only the day is known, and matching is by day.",
        ),
    )


def _utc_clock(row: Mapping[Hashable, Any]) -> str:
    return "" if row["published_at"] != row["published_at"] else f"{row['published_at']:%d %b %H:%M}"  # NaT


def _session_cell(row: Mapping[Hashable, Any]) -> str:
    if row["status"] == "excluded":
        return "-"
    closure = "*" if row["status"] == "set-aside" or "closure:" in str(row["reason"]) else ""
    return f"{row['session']:%d %b}{_MOVED_MARKS[str(row['moved'])]}{closure}".rstrip()


def moves_view(result: StudyResult, event_ids: Sequence[str], window: str, title: str) -> TextTable:
    """Show what each market did around some events, with its t, placebo p and family p."""
    found = result.car[result.car["window"] == window].set_index(["event_id", "series"]).to_dict("index")
    rows = []
    for event_id in event_ids:
        for k, series in enumerate(result.series):
            row = found.get((event_id, series))
            cells = ("-", "not used", *[""] * 6) if row is None else _car_cells(row)
            rows.append((event_id if k == 0 else "", series, *cells))
    return TextTable(
        title=title,
        columns=("event", "series", "session", "move", "CAR", "p", "family p", "days", "t", "p of t"),
        rows=tuple(rows),
        left=("event", "series", "session"),
        notes=(
            f"move: what the market did. CAR: its abnormal part ({_units(result)}). p: against so many days without",
            "news, scaled by the volatility known the day before. family p: all markets. * in no mean, see note.",
        ),
    )


def _car_cells(row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    aside = "*" if str(row["note"]).startswith(("late", "closure", "contaminated", "overlap", "no scale")) else ""
    return (
        f"{row['session']:%d %b}{aside}",
        *(short_quantity(row[name], row["unit"]) for name in ("move", "car")),
        probability(row["p_value"], row["days"]),
        probability(row["family_p"], row["family_days"]),
        "" if row["days"] != row["days"] else f"{row['days']:.0f}",
        signed(row["t"]),
        probability(row["t_p_value"]),
    )


def _units(result: StudyResult) -> str:
    return ", ".join(dict.fromkeys(of.unit for of in result.estimates.values()))


def short_quantity(value: float, unit: str) -> str:
    """Write a quantity for a narrow column."""
    return quantity(value, unit, 2).replace("index points", "pts").replace("percentage points", "pp")


def headline(result: StudyResult, most: int = 7) -> list[Answer]:
    """Return the answers said first: of the first window, the two rows of the contrast and it, else all events.

    What is said of a market is said whole: as many markets as fit, else the pool.
    """
    first = str(result.design.windows[0])
    wanted = (*result.contrast, result.design.contrast) if result.contrast else result.groups
    series = result.series if len(result.series) <= most else ("*",)
    here = [answer for answer in result.answers if answer.window == first and answer.series in series]
    found = [answer for answer in here if answer.n and answer.stance in wanted]
    found = found or [answer for answer in here if answer.stance == "*"]
    ends = [k for k in range(1, len(found) + 1) if k == len(found) or found[k].series != found[k - 1].series]
    return found[: max([k for k in ends if k <= most], default=most)]


def short_view(result: StudyResult, window: str) -> TextTable:
    """Show one row a market: its mean after either label of the contrast, and the difference, each beside its p."""
    labels = (*(result.contrast or ("*",)), *((result.design.contrast,) if result.contrast else ()))
    found = {(a.series, a.stance): a for a in result.answers if a.window == window and a.n}
    rows = []
    for series in result.series:
        cells = []
        for label in labels:
            answer = found.get((series, str(label)))
            days = float("nan") if answer is None or answer.is_contrast else answer.days
            cells += ["", ""] if answer is None else [
                short_quantity(answer.caar, answer.unit), probability(answer.p_value, days)
            ]  # fmt: skip
        rows.append((series, *cells))
    return TextTable(
        title=f"Mean abnormal return over {window}",
        columns=("series", *(word for label in labels for word in (f"{label}", "p"))),
        rows=tuple(rows),
        left=("series",),
        notes=(),
    )


def average_view(result: StudyResult, windows: Sequence[str], title: str, *, detail: bool = False) -> TextTable:
    """Show the answers by series, stance and window; in detail all their figures, with room for them the mean paths."""
    found = [answer for answer in result.answers if answer.window in windows]
    if not detail:
        return _short_averages(result, found, title)
    table = TextTable(
        title=title,
        columns=(
            *("series", "stance", "window", "n", "aside", "CAAR", "p", "family p", "days"),
            *("median", "move", "rose", "base", "worst", "best"),
        ),
        rows=tuple(map(_answer_cells, found)),
        left=("series", "stance", "window"),
        notes=(
            f"CAAR: mean abnormal return over n market events ({_units(result)}); aside: events in no mean.",
            "p: that mean, volatility-scaled, against days without news; of a contrast labels permuted within phases.",
            "family p: all series. move: mean raw return; rose: share of rises; base: the same on days without news.",
        ),
    )
    if not on_terminal(table):
        return table
    with_paths = _with_paths(table, result)
    return with_paths if on_terminal(with_paths) else table


def _short_averages(result: StudyResult, found: Sequence[Answer], title: str) -> TextTable:
    """Show of each answer what fits 80 columns, and on a wide terminal how often it rose."""
    wide = get_terminal_size().columns >= _WIDE
    rows: list[tuple[str, ...]] = []
    for answer in found:
        move = "" if answer.is_contrast else short_quantity(answer.move, answer.unit)
        p = probability(answer.p_value, answer.days), probability(answer.family_p, answer.family_days)
        row = (
            answer.series,
            answer.stance,
            answer.window,
            str(answer.n),
            short_quantity(answer.caar, answer.unit),
            *p,
            move,
        )
        rows.append((*row, *(_rates(answer) if wide else ())))
    columns: tuple[str, ...] = ("series", "stance", "window", "n", "CAAR", "p", "family p", "move")
    columns = (*columns, *(("median", "rose", "base") if wide else ()))
    if all(answer.stance == "*" for answer in found):  # events without labels
        columns, rows = (columns[0], *columns[2:]), [(row[0], *row[2:]) for row in rows]
    shown = {answer.window for answer in found}
    others = [str(window) for window in result.design.windows if str(window) not in shown]
    return TextTable(
        title=title,
        columns=columns,
        rows=tuple(rows),
        left=("series", "stance", "window"),
        notes=(
            f"CAAR: mean abnormal return over n market events ({_units(result)}).",
            "p: that mean, volatility-scaled, against days without news; of a contrast",
            "labels permuted within phases. family p: all series. move: mean raw return.",
            *(("rose: share of rises; base: the same on days without news.",) if wide else ()),
            *((f"--detail: also {', '.join(others)}; median, rises, worst, best, set aside.",) if others else
              ("--detail: median, rises, base rate, worst, best, and how many are set aside.",)),
        ),
    )  # fmt: skip


def _rates(answer: Answer) -> tuple[str, ...]:
    """Write the median, the share of rises, and that of days without news; a contrast has no share."""
    shares = ["" if rate != rate else f"{100 * rate:.0f} %" for rate in (answer.rose, answer.base_rate)]  # noqa: PLR0124
    return (short_quantity(answer.median, answer.unit), *(["", ""] if answer.is_contrast else shares))


def _answer_cells(answer: Answer) -> tuple[str, ...]:
    contrast = answer.is_contrast
    quantities = {
        name: short_quantity(getattr(answer, name), answer.unit) for name in ("caar", "median", "move", "worst", "best")
    }
    return (
        *(answer.series, answer.stance, answer.window, str(answer.n), str(answer.n_set_aside or "")),
        *(
            quantities["caar"],
            probability(answer.p_value, answer.days),
            probability(answer.family_p, answer.family_days),
        ),
        "" if contrast or answer.days != answer.days else f"{answer.days:.0f}",  # NaN differs from itself
        *(quantities["median"], quantities["move"]),
        *(_rates(answer)[1:]),
        *(["", ""] if contrast else [quantities["worst"], quantities["best"]]),
    )


def aar_view(result: StudyResult) -> TextTable:
    """Show average abnormal returns by session of event time, the field's standard table."""
    rows = [
        (
            *(
                str(row["series"]),
                str(row["stance"]),
                f"{row['tau']:+d}".replace("-", "−") if row["tau"] else "0",
                str(row["n"]),
            ),
            *(short_quantity(row["aar"], row["unit"]), signed(row["t"], 2), probability(row["p_value"])),
            *(short_quantity(row["caar"], row["unit"]), signed(row["caar_t"], 2)),
        )
        for row in result.aar.to_dict("records")
    ]
    return TextTable(
        title="Abnormal returns by session of event time",
        columns=("series", "stance", "tau", "n", "AAR", "t", "p of t", "CAAR", "t of CAAR"),
        rows=tuple(rows),
        left=("series", "stance"),
        notes=(f"Cross-sectional t over n market events whose whole span {result.design.span} counts.",),
    )


def _with_paths(table: TextTable, result: StudyResult) -> TextTable:
    """Add the mean path of each series and stance, beside its first window; none if the span is too short."""
    span = result.design.span
    if len(span.taus) < _SHORTEST:
        return table
    lines = {name: line for series in result.series for name, line in _mean_paths(result, series).items()}
    rows = tuple((*row, lines.pop((row[0], row[1]), "")) for row in table.rows)
    note = f"path: CAAR over {span}; a scale a series; events whose whole span counts (run --by tau)."
    return replace(table, columns=(*table.columns, "path"), rows=rows, notes=(*table.notes, note))


def _mean_paths(result: StudyResult, series: str) -> dict[tuple[str, str], str]:
    """Return the mean paths of a series by stance, drawn on one scale."""
    of_series = result.aar[result.aar["series"] == series]
    means = {str(stance): path["caar"].tolist() for stance, path in of_series.groupby("stance", sort=False)}
    every = [value for mean in means.values() for value in mean]
    return {
        (series, stance): sparkline(mean[:: -(-len(mean) // _LONGEST)], min(every), max(every))
        for stance, mean in means.items()
    }


def battery_view(result: StudyResult) -> TextTable:
    """Show every test that was run, by series, stance and window, and what each of them is good for."""
    from eventstudy.inference import TESTS

    asked = {name: test for name, test in TESTS.items() if name in result.design.tests}
    rows = [
        (" ".join(str(row[name]) for name in KEYS), *_battery_cells(row)) for row in result.tests.to_dict("records")
    ]
    return TextTable(
        title="Tests of means over events",
        columns=(
            *(" ".join(KEYS), "test", "statistic", "law"),
            *("p", "adjusted p", "n", "dates", "note"),
        ),
        rows=unrepeated(rows),
        left=(" ".join(KEYS), "test", "law", "note"),
        notes=(
            "adjusted p: Holm over the series; for labels, the same permutations in all series. Where a note says:",
            "rejects too often, the p is not to be believed.",
            *(f"{name}: {test.null}. For {test.good_for}." for name, test in asked.items()),
        ),
    )


def _battery_cells(row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    law = str(row["law"]) if row["df"] != row["df"] else f"{row['law']}({row['df']:.0f})"
    return (
        str(row["test"]),
        _statistic(row["statistic"], str(row["law"])),
        law,
        *(probability(row[name]) for name in ("p_value", "p_adjusted")),
        *(str(row[name]) for name in ("n", "n_dates", "note")),
    )


def _statistic(value: float, law: str) -> str:
    """Write a statistic: four digits for a mean in the unit of the CARs, else two, and none from a hundred on."""
    if value != value:  # noqa: PLR0124  # NaN differs from itself
        return "n/a"
    small = 4 if law in {"permutation", "resampled"} else 2
    return signed(value, 0 if abs(value) >= 100 else small)  # noqa: PLR2004  # whole numbers need no digits


def frame_view(frame: pd.DataFrame, title: str, columns: Sequence[str]) -> TextTable:
    """Show some columns of a frame of text as they stand."""
    rows = tuple(tuple(cell(value) for value in row) for row in frame[list(columns)].itertuples(index=False))
    return TextTable(title=title, columns=tuple(columns), rows=rows, left=tuple(columns))


#: Rows shown from either end of a table.
_ENDS = 3


def ends_view(frame: pd.DataFrame, title: str) -> TextTable:
    """Show the first and the last three rows of a table as they were understood."""

    def shown(value: object) -> str:
        return f"{value:.10g}" if isinstance(value, float) and value == value else cell(value)  # noqa: PLR0124  # NaN

    times = frame.iloc[:, 0]
    dates = [str(time).removesuffix(" 00:00:00") for time in times]
    ends = range(len(frame)) if len(frame) <= 2 * _ENDS else [*range(_ENDS), *range(len(frame) - _ENDS, len(frame))]
    rows = [(dates[k], *map(shown, frame.iloc[k, 1:])) for k in ends]
    if len(frame) > 2 * _ENDS:
        rows.insert(_ENDS, ("...", *[""] * (frame.shape[1] - 1)))
    columns = tuple(map(str, frame))
    text = tuple(name for name in columns if frame[name].dtype != float)
    return TextTable(title, columns, tuple(rows), left=text)
