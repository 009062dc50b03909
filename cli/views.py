"""Frames of a result as tables for a reader: few columns, few digits, units in the headings."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eventstudy.cli.output import TextTable, cell, on_terminal
from eventstudy.cli.sparkline import sparkline
from eventstudy.wording import probability, quantity, signed

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.report import Reading
    from eventstudy.study import StudyResult

#: The test whose p stands beside a contrast.
CONTRAST_TEST = "label_permutation_z"

#: A path is drawn from so many sessions on, and thinned to so many bars.
_SHORTEST, _LONGEST = 3, 16

_MOVED_MARKS = {"same": " ", "next": ">", "closed": "»", "": " "}


def match_view(matches: pd.DataFrame) -> TextTable:
    """Show one row an event, one column a series: the session in which it could first react."""
    series = list(dict.fromkeys(matches["series"]))
    rows = []
    for event_id, of_event in matches.groupby("event_id", sort=False):
        sessions = dict(zip(of_event["series"], map(_session_cell, of_event.to_dict("records")), strict=True))
        first = of_event.iloc[0]
        rows.append((str(event_id), _utc_clock(first), str(first["stance"]), *(sessions[name] for name in series)))
    return TextTable(
        title="Which session could first react",
        columns=("event", "UTC", "stance", *series),
        rows=tuple(rows),
        left=("event", "UTC", "stance", *series),
        notes=(
            "Blank mark: the event's own date. > the next session. » the first session after a closure. - not used.",
            "* the window spans a closure. Where UTC is empty only the day is known, and matching is by day.",
        ),
    )


def _utc_clock(row: pd.Series) -> str:
    return "" if row["published_at"] != row["published_at"] else f"{row['published_at']:%d %b %H:%M}"  # NaT


def _session_cell(row: Mapping[Hashable, Any]) -> str:
    if row["status"] != "used":
        return "-"
    closure = "*" if "closure:" in str(row["reason"]) else ""
    return f"{row['session']:%d %b}{_MOVED_MARKS[str(row['moved'])]}{closure}".rstrip()


def moves_view(result: StudyResult, event_ids: Sequence[str], window: str, title: str) -> TextTable:
    """Show what each market did around some events, with its t, placebo p and family p."""
    from eventstudy.report import read_moves

    readings = read_moves(result, window)
    rows = []
    for event_id in event_ids:
        for k, series in enumerate(result.series):
            reading = readings.get((event_id, series))
            cells = ("-", "not used", *[""] * 5) if reading is None else _reading_cells(reading)
            rows.append((event_id if k == 0 else "", series, *cells))
    return TextTable(
        title=title,
        columns=("event", "series", "session", "move", "CAR", "placebo p", "family p", "t", "p of t"),
        rows=tuple(rows),
        left=("event", "series", "session"),
        notes=(
            "move: what the market did (simple return). CAR: its abnormal part (log returns summed). placebo p:",
            "against its own days without news, scaled by the volatility known the day before. family p: all markets.",
        ),
    )


def _reading_cells(reading: Reading) -> tuple[str, ...]:
    car_unit = "log return" if reading.unit == "simple return" else reading.unit
    return (
        f"{reading.day:%d %b}",
        _short(reading.move, reading.unit),
        _short(reading.car, car_unit),
        *(probability(p) for p in (reading.placebo_p, reading.family_p)),
        signed(reading.t),
        probability(reading.p_value),
    )


def _short(value: float, unit: str) -> str:
    """Write a quantity for a narrow column."""
    return quantity(value, unit, 2).replace("index points", "pts")


def average_view(result: StudyResult, windows: Sequence[str], title: str) -> TextTable:
    """Show averages by series, stance and window, with the p shown first: placebo, or permuted labels.

    A terminal with room for it also gets the mean paths.
    """
    tests = result.tests[result.tests["test"] == CONTRAST_TEST].set_index(["series", "window"])
    permuted = tests[["p_value", "p_adjusted"]].to_dict("index")
    averages = result.average[result.average["window"].isin(windows)].to_dict("records")
    table = TextTable(
        title=title,
        columns=(
            *("series", "stance", "window", "events", "dates", "CAAR", "p", "family p"),
            *("median", "up", "base rate", "worst", "best"),
        ),
        rows=tuple(_average_cells(row, permuted) for row in averages),
        left=("series", "stance", "window"),
        notes=(
            "p: the mean volatility-scaled CAR against the same mean on days without news; events of one session count",
            "once. For raise-fold: labels permuted within phases. family p: over all series at once. up: share of",
            "events after which the market rose; base rate: the same on days without news.",
        ),
    )
    if not on_terminal(table):
        return table
    with_paths = _with_paths(table, result)
    return with_paths if on_terminal(with_paths) else table


def _with_paths(table: TextTable, result: StudyResult) -> TextTable:
    """Add the mean path of each series and stance, beside its first window; none if the span is too short."""
    span = result.design.span
    if len(span.taus) < _SHORTEST:
        return table
    lines = {name: line for series in result.series for name, line in _mean_paths(result, series).items()}
    rows = tuple((*row, lines.pop((row[0], row[1]), "")) for row in table.rows)
    note = f"path: mean cumulative abnormal return over {span}, beginning at 0; a scale a series; complete paths only."
    return replace(table, columns=(*table.columns, "path"), rows=rows, notes=(*table.notes, note))


def _mean_paths(result: StudyResult, series: str) -> dict[tuple[str, str], str]:
    """Return the mean paths of a series by stance, drawn on one scale."""
    from eventstudy.charts.paths import ALL, event_paths
    from eventstudy.news.stance import STANCES

    groups = [group for group in event_paths(result, series, (*STANCES, ALL)) if len(group.sessions)]
    means = {group.stance: group.values.mean(axis=0).tolist() for group in groups}  # noqa: PD011  # no frame
    every = [value for mean in means.values() for value in mean]
    return {
        (series, stance): sparkline(mean[:: -(-len(mean) // _LONGEST)], min(every), max(every))
        for stance, mean in means.items()
    }


def _average_cells(
    row: Mapping[Hashable, Any], permuted: Mapping[Hashable, Mapping[Hashable, float]]
) -> tuple[str, ...]:
    contrast = row["stance"] == "raise-fold"
    rates = [f"{100 * row[name]:.0f} %" if row[name] == row[name] else "n/a" for name in ("hit_rate", "base_rate")]
    extremes = [_short(row[name], row["unit"]) for name in ("worst", "best")]
    p_values = [row["placebo_p"], row["family_p"]]
    if contrast:
        of_labels = permuted.get((row["series"], row["window"]), {})
        p_values = [of_labels.get(name, float("nan")) for name in ("p_value", "p_adjusted")]
    return (
        *(cell(row[name]) for name in ("series", "stance", "window", "n_events", "n_dates")),
        _short(row["caar"], row["unit"]),
        *("" if p != p else probability(p) for p in p_values),  # noqa: PLR0124  # NaN differs from itself
        _short(row["median"], row["unit"]),
        *(["", "", "", ""] if contrast else [*rates, *extremes]),
    )


def battery_view(result: StudyResult) -> TextTable:
    """Show every test that was run, by series, stance and window, and what each of them is good for."""
    from eventstudy.inference import TESTS

    asked = {name: test for name, test in TESTS.items() if name in result.design.tests}
    rows, before = [], None
    for row in result.tests.to_dict("records"):
        group = tuple(str(row[name]) for name in ("series", "stance", "window"))
        rows.append((*(("", "", "") if group == before else group), *_battery_cells(row)))
        before = group
    return TextTable(
        title="Tests of means over events",
        columns=(
            *("series", "stance", "window", "test", "statistic", "law"),
            *("p", "adjusted p", "CARs", "dates", "note"),
        ),
        rows=tuple(rows),
        left=("series", "stance", "window", "test", "law", "note"),
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
        *(str(row[name]) for name in ("n_cars", "n_dates", "note")),
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
