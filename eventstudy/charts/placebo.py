"""Where one event falls among the days without news of its own market."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.charts.layout import Room, Words, axes_points, note, number_ticks, sheet
from eventstudy.charts.style import LIGHT, Look, Style, drawing
from eventstudy.charts.subject import chosen_history, chosen_window, footnote_lines, looks_of
from eventstudy.charts.text import full_day, plain, ruler, signed, wrap
from eventstudy.errors import NothingUsableError, require_known
from eventstudy.returns import Floats
from eventstudy.study.result import StudyResult
from eventstudy.wording import p_in_words, quantity, true_minus

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_SIZE = (720.0, 420.0)
_ROOM = Room(left=52.0, right=8.0, top=58.0, bottom=42.0)

#: Width of a bar in z.
_BIN = 0.25

_READING = (
    "Every bar is made of days without news; the line is the event. z: the cumulative abnormal return divided by the "
    "volatility known the day before. Strong colour: days at least as far out, either way."
)


def placebo(
    result: StudyResult,
    event_id: str | None = None,
    series: str | None = None,
    window: str | None = None,
    ax: Axes | None = None,
    *,
    source: str | None = None,
    style: Style = LIGHT,
) -> Axes:
    """Draw where one event falls among the days without news of its market.

    Parameters
    ----------
    result : StudyResult
        The study.
    event_id : str, optional
        The event; default the last one used with the series.
    series : str, optional
        The series; default the study's first.
    window : str, optional
        One of the study's windows; default the first.
    ax : Axes, optional
        Where to draw; default a new figure. Axes given are shrunk within their place.
    source : str, optional
        Whose prices they are; default the publisher if they are bundled ones.
    style : Style
        The look.

    Returns
    -------
    Axes
        The axes.

    Raises
    ------
    UnknownNameError
        If the study has no such event, series or window.
    NothingUsableError
        If the event was not used with the series, or there is nothing to hold it against.

    Notes
    -----
    z and p are those of the event's row of `car`, the bars `StudyResult.placebo_z`. For a window of several sessions
    the p also counts windows that overlap the event's own, which are no bar.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["imoex"]).fit()
    >>> ax = es.charts.placebo(result, "2022-01-27-kremlin-reply", "imoex")
    >>> ax.get_xlabel()
    'z, in units of the volatility known the day before'
    """
    history = chosen_history(result, series)
    window = chosen_window(result, window)
    row = _row(result, history.name, window, event_id)
    draws = result.placebo_z(row["event_id"], history.name, window)
    if not len(draws) or np.isnan(row["p_value"]):
        raise NothingUsableError(f"there are no days without news to hold '{row['event_id']}' against")
    what = "days without news" if row["p_source"] == "sessions" else "residuals"
    words = Words(
        f"{history.instrument.label}, {full_day(row['session'].to_datetime64())}: how ordinary was it?",
        _READING,
        footnote_lines(result, history.name, f"n = 1 market event, {len(draws)} {what}", _method(row), source),
    )
    with drawing(style):
        ax = sheet(ax, words, _ROOM, _SIZE, style)
        _draw(ax, row, draws, looks_of(result, style)[row["net_stance"]], style)
    return ax


def _row(result: StudyResult, series: str, window: str, event_id: str | None) -> pd.Series:
    rows = result.car[(result.car["series"] == series) & (result.car["window"] == window)]
    if event_id is not None:
        require_known(event_id, dict.fromkeys(result.matches["event_id"]), "event")
        rows = rows[rows["event_id"] == event_id]
    else:
        rows = rows[rows["p_value"].notna()].sort_values("session", kind="stable")
    if rows.empty:
        raise NothingUsableError(f"'{event_id or 'no event'}' was used with '{series}'; the reasons stand in matches")
    return rows.iloc[-1]


def _draw(ax: Axes, row: pd.Series, draws: Floats, look: Look, style: Style) -> None:
    z = float(row["z"])
    reach = _BIN * np.ceil(max(float(np.abs(draws).max()), abs(z), 2.0) / _BIN + 1)
    edges: Any = np.arange(-reach, reach + _BIN / 2, max(_BIN, reach / 40))
    ordinary, extreme = draws[np.abs(draws) < abs(z)], draws[np.abs(draws) >= abs(z)]
    bars: dict[str, Any] = {"linewidth": 0.6, "edgecolor": style.paper, "zorder": 2}
    _, _, low = ax.hist(ordinary, bins=edges, color=style.faint, **bars)
    bottom = np.histogram(ordinary, bins=edges)[0]
    _, _, high = ax.hist(extreme, bins=edges, color=style.muted, bottom=bottom, **bars)
    named: list[tuple[Any, str]] = [(low, "ordinary"), (high, "extreme")]
    for patches, gid in named:
        for patch in patches:
            patch.set_gid(gid)
    ax.set_xlim(-reach, reach)
    ax.axvline(z, color=look.colour, linewidth=2.0, zorder=4, gid="event", ymax=1.06, clip_on=False)
    number_ticks(ax, style)
    ticks = [tick for tick in range(-int(reach), int(reach) + 1) if tick % max(1, int(reach) // 5) == 0]
    ax.set_xticks(ticks, [plain(tick) for tick in ticks])
    ax.set_xlabel("z, in units of the volatility known the day before", fontsize=style.text, labelpad=4)
    ax.set_ylabel("days without news" if row["p_source"] == "sessions" else "residuals", fontsize=style.text)
    headline = f"{quantity(row['car'], row['unit'])}, z {signed(z)}: {len(extreme)} of {len(draws)} were as far out or "
    _flag(ax, look, f"{headline}farther, {p_in_words(row['p_value'], row['days'])}", (z + reach) / (2 * reach), style)


def _flag(ax: Axes, look: Look, headline: str, at: float, style: Style) -> None:
    """Write the event's figures above its line, kept within the axes."""
    (width, height), measure = axes_points(ax), ruler(style.text + 1.0, style)
    lines = wrap(headline, 0.98 * width, lambda words: 1.12 * measure(words))  # bold letters are wider
    room = max(1.12 * measure(line) for line in lines)
    left = min(max(at * width - room / 2, 0.0), width - room)
    note(ax, "\n".join(lines), (left / width, 1.0), (0, 0.06 * height + 9), "headline", color=look.colour,
         fontsize=style.text + 1.0, fontweight="bold", va="bottom")  # fmt: skip
    ax.plot([at], [1.06], transform=ax.transAxes, marker=look.marker, color=look.colour, markersize=7.0,
            markeredgewidth=0, clip_on=False, zorder=5, gid="event-mark")  # fmt: skip


def _method(row: pd.Series) -> str:
    whose = (
        "sessions before the event whose windows meet no news and no closure, the model estimated anew at each"
        if row["p_source"] == "sessions"
        else "the estimation window's own residuals, the sample being too short for sessions"
    )
    aside = f" Set aside in means: {row['note']}." if row["note"] else ""
    return f"Event {row['event_id']}, window {true_minus(row['window'])}.{aside} Placebo: {whose}."
