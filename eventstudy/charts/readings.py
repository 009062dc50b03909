"""Text against price: coded stances against what prices took the events for, and how far those odds can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.charts.layout import Room, Words, axes_points, cut, date_axis, overlap, panels, plain_axes, ruler
from eventstudy.charts.style import LIGHT, Style, drawing
from eventstudy.charts.subject import frame_source, need_columns
from eventstudy.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STANCES = ("raise", "fold", "hold", "mixed")
_ROOM = Room(left=58.0, right=16.0, top=26.0, bottom=44.0)

#: Edges of the classes of probabilities, and standard errors of their bands.
_EDGES, _BAND = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0), 1.645

#: Events named, those that prices read with the highest odds first.
_NAMED = 8

#: Width of a name, in points.
_LONGEST_NAME = 170.0


def readings(
    found: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    style: Style = LIGHT,
) -> Axes:
    """Draw what prices took each event for beside what was coded.

    Parameters
    ----------
    found : DataFrame
        What `eventstudy.reading.read_all` returned, or its CSV.
    ax : Axes, optional
        Where to draw; default a new figure.
    title, subtitle, source : str, optional
        Words instead of the finding and of what is measured, and where the readings come from.
    style : Style
        The look.

    Returns
    -------
    Axes
        Events by date; upwards the posterior odds of a raise less those of a fold.

    Raises
    ------
    InputError
        If a column is missing.

    Examples
    --------
    >>> table = pd.DataFrame({"event_id": ["a"], "day": ["2022-02-24"], "stance": ["raise"], "raise": [0.9],
    ...                       "fold": [0.02], "nothing": [0.08], "says": ["raise"]})
    >>> readings(table).get_ylabel()
    'P(raise) − P(fold)'
    """
    need_columns(found, ("event_id", "day", "stance", "raise", "fold", "nothing", "says"), "readings")
    days = found["day"].to_numpy(dtype="datetime64[D]")
    y = (found["raise"] - found["fold"]).to_numpy(dtype=np.float64)
    told = found["says"].isin(_STANCES[:2]).to_numpy()
    coded = found["stance"].isin(_STANCES[:2]).to_numpy()
    against = told & coded & (found["says"] != found["stance"]).to_numpy()
    took = f"Prices took a side after {int(told.sum())} of {counted(len(found), 'event')}"
    took += f", {counted(int(against.sum()), 'time')} against the coded stance" if told.any() else ""
    marks = {stance: {"marker": style.look(stance).marker, "color": style.look(stance).colour} for stance in _STANCES}
    legend = [*marks.items(), ("can't tell", {"marker": "o", "color": style.muted, "markerfacecolor": style.paper})]
    words = Words(
        title or took,
        subtitle or "Posterior probability of a raise less that of a fold, by the coded stance",
        "Filled: a stance is read. Hollow: prices can't tell, or took no notice. Posterior probabilities of three "
        "readings: raise, fold, nothing; each event by what was known before it.",
        (frame_source(found, source, "readings"),),
        tuple(legend),
    )
    with drawing(style):
        (made,) = panels(ax, 1, 1, words, _ROOM, (760.0, 430.0), style)
        reach = (days.min() - 1, days.max() + 1)
        date_axis(made, *reach)
        reach_up = min(float(np.abs(y).max()) + 0.1, 1.0)
        made.set_ylim(-reach_up, reach_up)
        made.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
        x = days.astype("datetime64[D]").astype(np.float64)
        for stance, look in marks.items():
            for some, face, rest in ((told, look["color"], (1.0, 4)), (~told, style.paper, (0.6, 3))):
                on = some & (found["stance"] == stance).to_numpy()
                dress: dict[str, Any] = {
                    "linestyle": "none",
                    "markersize": 5.0,
                    "markeredgewidth": 0.8,
                    "clip_on": False,
                } | look
                dress |= {"markerfacecolor": face, "alpha": rest[0], "zorder": rest[1], "gid": f"readings/{stance}"}
                made.plot(x[on], y[on], **dress)
        plain_axes(made, style)
        made.set_ylabel("P(raise) − P(fold)", fontsize=style.text)
        _name(made, found, x, y, told, style)
    return made


def _name(ax: Axes, found: pd.DataFrame, x: Any, y: Any, told: Any, style: Style) -> None:
    """Name the events read with the highest odds, where no other name and no other reading stands."""
    measure, (width, height) = ruler(style.small, style), axes_points(ax)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    px, py = (x - left) / (right - left) * width, (y - low) / (high - low) * height
    marks = {k: (px[k] - 4, py[k] - 4, px[k] + 4, py[k] + 4) for k in np.flatnonzero(told)}
    names: list[tuple[float, float, float, float]] = []
    for k in sorted(marks, key=lambda k: -abs(y[k])):
        if len(names) == _NAMED:
            return
        words = cut(str(found["event_id"].iloc[k]), _LONGEST_NAME, measure)
        others = [*names, *(box for other, box in marks.items() if other != k)]
        for side in (1, -1) if px[k] < width / 2 else (-1, 1):
            start = px[k] + 8 if side > 0 else px[k] - 8 - measure(words)
            box = (start - 4, py[k] - 5, start + measure(words) + 4, py[k] + 5)
            inside = box[0] >= 0 and box[2] <= width
            if inside and not any(overlap(box, other) for other in others):
                names.append(box)
                look: dict[str, Any] = {"color": style.muted, "fontsize": style.small, "va": "center"}
                ax.annotate(words, (x[k], y[k]), (8 * side, 0), textcoords="offset points", gid=f"name/{k}",
                            ha="left" if side > 0 else "right", **look)  # fmt: skip
                break


def reliability(
    found: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    style: Style = LIGHT,
) -> Axes:
    """Draw how often events were raises against the probability that prices gave it.

    Parameters
    ----------
    found : DataFrame
        What `eventstudy.reading.read_all` returned, or its CSV; raises and folds are counted.
    ax : Axes, optional
        Where to draw; default a new figure.
    title, subtitle, source : str, optional
        Words instead of the finding and of what is measured, and where the readings come from.
    style : Style
        The look.

    Returns
    -------
    Axes
        A mark a class of probabilities, with the band in which 90 % of such shares lie if the probabilities are right.

    Raises
    ------
    InputError
        If a column is missing.

    Examples
    --------
    >>> table = pd.DataFrame({"stance": ["raise", "fold"], "raise": [0.9, 0.1], "fold": [0.1, 0.8]})
    >>> reliability(table).get_xlabel()
    'probability of a raise, given a raise or a fold'
    """
    need_columns(found, ("stance", "raise", "fold"), "readings")
    of = found[found["stance"].isin(_STANCES[:2])]
    p = (of["raise"] / (of["raise"] + of["fold"])).to_numpy(dtype=np.float64)
    is_raise = (of["stance"] == "raise").to_numpy()
    classes = _classes(p, is_raise)
    kept = sum(low <= share <= high for _, share, low, high, _ in classes)
    words = Words(
        title or f"Odds held in {kept} of {len(classes)} classes of {len(of)} raises and folds",
        subtitle or "Share of raises among events given such odds, with their number",
        "Mark: share of raises. Bar: where 90 % of such shares lie if the odds are right. Each event by what was known "
        "before it.",
        (frame_source(found, source, "readings"),),
    )
    with drawing(style):
        (made,) = panels(ax, 1, 1, words, _ROOM, (520.0, 470.0), style)
        made.set_xlim(0.0, 1.0)
        made.set_ylim(0.0, 1.0)
        made.plot([0, 1], [0, 1], color=style.muted, linewidth=0.8, zorder=2)
        look = style.look("*")
        for k, (at, share, low, high, n) in enumerate(classes):
            made.plot([at, at], [low, high], color=style.band, linewidth=7, zorder=1, solid_capstyle="butt")
            made.plot([at], [share], marker=look.marker, color=look.colour, markersize=6, linestyle="none", zorder=4,
                      gid=f"class/{k}", clip_on=False)  # fmt: skip
            quiet: dict[str, Any] = {"va": "center", "color": style.muted, "fontsize": style.small}
            made.annotate(f"{n}", (at, share), (7, 0), textcoords="offset points", **quiet)
        plain_axes(made, style)
        made.set_xlabel("probability of a raise, given a raise or a fold", fontsize=style.text, labelpad=4)
        made.set_ylabel("share of raises", fontsize=style.text)
    return made


def _classes(p: Any, is_raise: Any) -> list[tuple[float, float, float, float, int]]:
    """Return mean odds, share of raises, the band of such shares and the number of events, class by class."""
    inside, found = np.clip(np.digitize(p, _EDGES) - 1, 0, len(_EDGES) - 2), []
    for k in np.unique(inside):
        on = inside == k
        at, n = float(p[on].mean()), int(on.sum())
        half = _BAND * np.sqrt(at * (1 - at) / n)
        found.append((at, float(is_raise[on].mean()), max(at - half, 0.0), min(at + half, 1.0), n))
    return found
