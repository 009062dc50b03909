"""Events by instruments: what each market did, in colour only where that was out of the ordinary."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.charts.layout import EDGE, Room, Words, axes_points, note, sheet
from eventstudy.charts.style import LIGHT, Look, Style, drawing
from eventstudy.charts.subject import chosen_window, footnote_lines, looks_of, return_unit
from eventstudy.charts.text import cut, full_day, ruler, signed, wrap
from eventstudy.errors import NothingUsableError, require_known
from eventstudy.study.result import StudyResult
from eventstudy.wording import true_minus

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The level at which a cell is coloured.
LEVEL = 0.05

#: Height of a row, and room for the events' names, in points.
_ROW, _NAMES = 17.0, 286.0

_READING = (
    "Cumulative abnormal return over {window}. Full colour: out of the ordinary over all markets at once (family p ≤ "
    "0.05). Frame: for its own market alone (p ≤ 0.05). Grey: ordinary. In brackets: set aside, in no mean."
)

_METHOD = (
    "p: the CAR, scaled by the volatility known the day before, against that of days without news. family p: "
    "step-down max |z| over the markets on common days without news (Westfall-Young), each event by itself. "
    "Events that one market met in one session show one number."
)


def heatmap(
    result: StudyResult,
    window: str | None = None,
    ax: Axes | None = None,
    *,
    series: Sequence[str] | None = None,
    source: str | None = None,
    style: Style = LIGHT,
) -> Axes:
    """Draw a table of events by instruments, coloured where the move was out of the ordinary.

    Parameters
    ----------
    result : StudyResult
        The study.
    window : str, optional
        One of the study's windows; default the first.
    ax : Axes, optional
        Where to draw; default a new figure as high as the events need.
    series : sequence of str, optional
        The instruments shown; default all of the study.
    source : str, optional
        Whose prices they are.
    style : Style
        The look.

    Returns
    -------
    Axes
        Rows in the order of the events' times. An empty cell is a pair that was not used.

    Raises
    ------
    UnknownNameError
        If the study has no such window or series.
    NothingUsableError
        If no event was used.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["ruble", "brent"]).fit()
    >>> [label.get_text().splitlines() for label in es.charts.heatmap(result, "0:1").get_xticklabels()]
    [['Ruble', '%'], ['Brent oil', '%']]
    """
    window = chosen_window(result, window)
    shown = [require_known(name, result.series, "series") for name in series or result.series]
    rows = result.car[(result.car["window"] == window) & result.car["series"].isin(shown)]
    if rows.empty:
        raise NothingUsableError("no event was used with these series; the reasons stand in matches")
    events = _events(result, rows)
    n = f"n = {len(events)} events, {len(shown)} instruments, {int(rows['car'].notna().sum())} cells"
    words = Words(
        f"Abnormal returns, {len(events)} events by {len(shown)} instruments",
        _READING.format(window=true_minus(window)),
        footnote_lines(result, shown, n, _METHOD, source),
    )
    with drawing(style):
        size = (max(2 * EDGE + _NAMES + 74.0 * len(shown), 620.0), _ROW * len(events) + 200.0)
        room = Room(left=0.0, right=0.0, top=40.0, bottom=10.0)
        ax = sheet(ax, words, room, size, style)
        names = min(_NAMES, 0.42 * axes_points(ax)[0])
        cells = ax.inset_axes((names / axes_points(ax)[0], 0.0, 1 - names / axes_points(ax)[0], 1.0))
        ax.axis("off")
        _scales(cells, result, shown, len(events), style)
        _names(cells, events, looks_of(result, style), names, style)
        where = {event_id: k for k, event_id in enumerate(events["event_id"])}
        labels = dict.fromkeys(rows["net_stance"])
        kept = {(name, event) for name in shown for label in labels for event in _in_means(result, name, label, window)}
        for row in rows.to_dict("records"):
            at = (shown.index(row["series"]), where[row["event_id"]])
            _cell(cells, row, at, (row["series"], row["market_event"]) not in kept, style)
    return cells


def _in_means(result: StudyResult, series: str, label: str, window: str) -> list[str]:
    """Return the market events of a label that stand in its mean; without labels, in that of all."""
    return list(result.sample(series, label or "*", window)["event_id"])


def _events(result: StudyResult, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the events of the cells in the order of their times, with stance, day and headline."""
    events = result.events.to_dict("records")
    first = rows.groupby("event_id", sort=False).agg(stance=("stance", "first"), session=("session", "min"))
    headlines = result.events.set_index("id")["headline"]
    times = result.matches.drop_duplicates("event_id").set_index("event_id")["event_time"]
    first["day"] = pd.Series({row["id"]: np.datetime64(str(row["time"])[:10]) for row in events}, dtype=object)
    first["title"] = [" ".join(str(headlines[name]).split()) or name for name in first.index]
    return first.assign(time=times).sort_values(["time", "session"], kind="stable").reset_index()


def _scales(ax: Axes, result: StudyResult, shown: Sequence[str], n_events: int, style: Style) -> None:
    symbols = [return_unit(result, name).symbol for name in shown]
    measure, room = ruler(style.small, style), axes_points(ax)[0] / len(shown) - 4.0
    names = ["\n".join(wrap(result.histories[name].instrument.label, room, measure)) for name in shown]
    labels = [f"{name}\n{unit}" for name, unit in zip(names, symbols, strict=True)]
    ax.set_xlim(-0.5, len(shown) - 0.5)
    ax.set_ylim(n_events - 0.5, -0.5)
    ax.xaxis.tick_top()
    ax.set_xticks(range(len(shown)), labels)
    ax.set_yticks([])
    ax.tick_params(axis="x", length=0, labelsize=style.small, labelcolor=style.ink, labelfontfamily=style.font)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _names(ax: Axes, events: pd.DataFrame, looks: Mapping[str, Look], room: float, style: Style) -> None:
    """Write each event's session and headline left of its row, after the mark of its stance."""
    measure, n = ruler(style.small, style), len(events)
    for k, row in enumerate(events.to_dict("records")):
        at, look = (0.0, 1 - (k + 0.5) / n), looks[row["stance"]]
        words = cut(row["title"], room - 84.0, measure)
        marker: dict[str, Any] = {"marker": look.marker, "color": look.colour, "markersize": 5.0, "markeredgewidth": 0}
        x = -(room - 5.0) / axes_points(ax)[0]
        ax.plot([x], [at[1]], transform=ax.transAxes, clip_on=False, gid=f"stance/{row['event_id']}", **marker)
        quiet: dict[str, Any] = {"va": "center", "fontsize": style.small}
        day = full_day(row["day"])
        note(ax, day, at, (14 - room, 0), f"day/{row['event_id']}", color=style.muted, **quiet)
        note(ax, words, at, (72 - room, 0), f"event/{row['event_id']}", color=style.ink, **quiet)


def _cell(ax: Axes, row: Mapping[Hashable, Any], at: tuple[int, int], aside: bool, style: Style) -> None:
    from matplotlib.patches import Rectangle

    if np.isnan(row["car"]):
        return
    x, y = at
    family, alone = row["family_p"] <= LEVEL, row["p_value"] <= LEVEL
    colour = style.gain if row["car"] > 0 else style.loss
    gid = f"{row['event_id']}/{row['series']}"
    if alone or family:
        fill: dict[str, Any] = {"facecolor": colour if family else "none", "edgecolor": colour, "linewidth": 1.0}
        ax.add_patch(Rectangle((x - 0.46, y - 0.43), 0.92, 0.86, gid=f"cell/{gid}", **fill))
    scale = 100.0 if row["unit"].endswith(" return") else 1.0
    ink = style.paper if family else colour if alone else style.muted
    weight = "bold" if family or alone else "normal"
    words = f"({signed(scale * row['car'])})" if aside else signed(scale * row["car"])
    ax.text(x, y, words, ha="center", va="center_baseline", color=ink, fontsize=style.small, fontweight=weight,
            gid=f"value/{gid}")  # fmt: skip
