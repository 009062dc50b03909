"""`eventstudy power` and `eventstudy size`: what a study could have seen, and which of its tests to believe."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from eventstudy.cli.options import DESIGN_FILE, Asked, Option, command
from eventstudy.cli.output import TextTable, bar
from eventstudy.wording import quantity

if TYPE_CHECKING:
    import pandas as pd


@command(DESIGN_FILE, "SOURCES DESIGN how quiet", without="measure lags leads tests missing family")
def power(asked: Asked) -> None:
    """Show the smallest effect this study could have seen four times in five, by series, stance and window."""
    found = asked.study(tests=[]).power()
    asked.emit(found, power_view(found))


@command(
    DESIGN_FILE,
    "SOURCES",
    Option("studies", "--studies N", "whole", 1000, "Simulated studies.", first=True, least=1),
    "DESIGN how quiet",
    without="measure lags leads missing family",
)
def size(asked: Asked) -> None:
    """Show how often each test rejects where there is nothing to find: in studies simulated from this very data."""
    study = asked.study(windows=["0:0"])
    with bar("Simulated studies", asked.studies, quiet=asked.quiet) as progress:
        found = study.size(asked.studies, progress)
    asked.emit(found, size_view(found))


def power_view(found: pd.DataFrame) -> TextTable:
    """Show the smallest detectable effect of every series, stance and window."""
    return TextTable(
        title="The smallest effect this study could have seen (80 % power, 5 % level)",
        columns=("series", "stance", "window", "n", "one window", "smallest", "closed form", "measured", "note"),
        rows=tuple(_power_cells(row) for row in found.to_dict("records")),
        left=("series", "stance", "window", "note"),
        notes=(
            "one window: what the market does in one, by the volatility known before the events. smallest: the effect",
            "on every event that the placebo p would have seen in 80 of 100 cases; closed form: the same for normal",
            "returns of independent events. measured: the CAAR over n market events, as in the averages.",
        ),
    )


def _power_cells(row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    figures = (row[name] for name in ("one_event", "smallest_placebo", "smallest_closed"))
    sizes = [quantity(value, row["unit"], 2).lstrip("+").replace("n/a", "") for value in figures]
    return (
        *(str(row[name]) for name in ("series", "stance", "window", "n")),
        *(*sizes, quantity(row["caar"], row["unit"], 2), str(row["note"])),
    )


def size_view(found: pd.DataFrame) -> TextTable:
    """Show the rejection rate of every test at each level, with its band, and whether that contains the level."""
    levels = list(dict.fromkeys(found["level"]))
    rows = []
    for (window, test, scope), of_test in found.groupby(["window", "test", "scope"], sort=False):
        at = {row["level"]: row for row in of_test.to_dict("records")}
        cells = [_size_cell(at[level]) if level in at else "" for level in levels]
        rows.append((str(window), str(test), str(scope), *cells, str(int(of_test["n_studies"].max()))))
    return TextTable(
        title="Rejections in 100 simulated studies, where there is nothing to find",
        columns=("window", "test", "of", *(f"at {100 * level:g} %" for level in levels), "studies"),
        rows=tuple(rows),
        left=("window", "test", "of"),
        notes=(
            "In brackets the 95 % band of the simulation; * where it lies between 0.5 and 1.5 times the level:",
            "the p of that test can be believed on data like these. Few studies never show that.",
            "pool: all series at once; each series: one after the other; family: the smallest family p of all series.",
        ),
    )


def _size_cell(row: Mapping[Hashable, Any]) -> str:
    rate, low, high = (f"{100 * row[name]:.1f}" for name in ("rate", "low", "high"))
    return f"{rate} ({low}-{high}){'*' if row['holds'] else ' '}"
