"""Market closures on a chart of prices: shaded from the last session before to the first one after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.charts.dates import date_number, day_month
from eventstudy.charts.frame import axes_points
from eventstudy.charts.lettering import ruler, wrap
from eventstudy.charts.style import Style
from eventstudy.markets.history import History
from eventstudy.matching import CLOSURE_DAYS

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Break:
    """A stretch without sessions: the session before, the session after, and why if the catalogue knows."""

    before: np.datetime64
    after: np.datetime64
    why: str

    @property
    def words(self) -> tuple[str, ...]:
        """The label of the shade, in parts that stand on lines of their own."""
        days = int((self.after - self.before).astype(int))
        return self.why or "No prices", f"for {days} days,", f"{day_month(self.before)} – {day_month(self.after)}"


def breaks(history: History, first: int, last: int) -> tuple[Break, ...]:
    """Return the closures between two sessions of a history: steps of at least `CLOSURE_DAYS` calendar days.

    Parameters
    ----------
    history : History
        The history.
    first, last : int
        Positions of the first and last session shown.
    """
    steps = np.flatnonzero(history.gap_days[first + 1 : last + 1] >= CLOSURE_DAYS) + first + 1
    return tuple(
        Break(history.sessions[k - 1], history.sessions[k], _why(history, history.sessions[k - 1], history.sessions[k]))
        for k in steps
    )


def _why(history: History, before: np.datetime64, after: np.datetime64) -> str:
    known = history.instrument.closures
    whys = [c.why for c in known if np.datetime64(c.last) > before and np.datetime64(c.first) < after]
    return "; ".join(dict.fromkeys(whys))


def draw_breaks(ax: Axes, closed: tuple[Break, ...], style: Style) -> None:
    """Shade closures and label them, across where there is room, else upright.

    Parameters
    ----------
    ax : Axes
        Axes with final limits and place.
    closed : tuple of Break
        The closures.
    style : Style
        The look.
    """
    width, height = axes_points(ax)
    low, high = ax.get_xlim()
    measure = ruler(style.small, style)
    for gap in closed:
        left, right = date_number(gap.before), date_number(gap.after)
        ax.axvspan(left, right, color=style.closure, linewidth=0, zorder=0.5, gid=f"closure/{gap.before}")
        room = (right - left) / (high - low) * width - 8.0
        across = max(map(measure, " ".join(gap.words).split())) <= room
        lines = [line for part in gap.words for line in wrap(part, room if across else 0.8 * height, measure)]
        if not across and len(lines) * style.small * 1.3 > room:
            continue
        ax.annotate(
            "\n".join(lines),
            ((left + right) / 2, 0.5),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="center",
            rotation=0 if across else 90,
            color=style.muted,
            fontsize=style.small,
            gid=f"closure-label/{gap.before}",
        )
