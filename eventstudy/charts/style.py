"""How every chart looks: colours, markers, fonts and sizes as one frozen value, and matplotlib's settings under it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from eventstudy.errors import require_known

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Settings of a user's session that are none of a chart's business.
_NOT_OURS = ("backend", "date.epoch", "docstring", "figure.max_open_warning", "figure.raise_window", "interactive",
             "savefig.directory", "timezone", "tk.", "toolbar", "webagg")  # fmt: skip


@dataclass(frozen=True)
class Look:
    """Colour and matplotlib marker of one stance; either alone tells the stances apart."""

    colour: str
    marker: str


@dataclass(frozen=True)
class Style:
    """The look of all charts.

    Parameters
    ----------
    name : str
        Its name.
    paper, ink, muted, faint : str
        Colours of the background, of lines and titles, of secondary text, of grid and leaders.
    band, closure : str
        Colours of the placebo band and of shaded closures.
    looks : tuple of (str, Look)
        A look for ``raise``, ``hold`` and ``fold``, for all of them (``*``), and for a session with raises and
        folds (``mixed``).
    font : str
        Font family; the default comes with matplotlib, so that a chart is the same on every machine.
    title, text, small : float
        Font sizes in points.

    Examples
    --------
    >>> LIGHT.look("raise").marker
    '^'
    """

    name: str
    paper: str
    ink: str
    muted: str
    faint: str
    band: str
    closure: str
    looks: tuple[tuple[str, Look], ...]
    font: str = "DejaVu Sans"
    title: float = 13.0
    text: float = 9.0
    small: float = 7.5

    def look(self, stance: str) -> Look:
        """Return the look of a stance, of ``*`` or of ``mixed``."""
        looks = dict(self.looks)
        return looks[require_known(stance, looks, "stance")]

    def settings(self) -> dict[str, Any]:
        """Return the matplotlib settings of this style."""
        return {
            "font.family": [self.font],
            "font.size": self.text,
            "text.color": self.ink,
            "text.hinting": "none",
            "text.parse_math": False,
            "axes.facecolor": "none",
            "axes.edgecolor": self.muted,
            "axes.labelcolor": self.ink,
            "axes.linewidth": 0.8,
            "figure.facecolor": self.paper,
            "savefig.facecolor": self.paper,
            "svg.fonttype": "path",
            "svg.hashsalt": "eventstudy",
            "pdf.fonttype": 42,
        }


#: For paper and white slides. Vermilion, slate and blue stay apart for every common kind of colour blindness.
LIGHT = Style(
    name="light",
    paper="#ffffff",
    ink="#1f2730",
    muted="#5d6672",
    faint="#d5d9df",
    band="#dfe3e8",
    closure="#f1ede2",
    looks=(
        ("raise", Look("#c23b00", "^")),
        ("hold", Look("#6b7280", "s")),
        ("fold", Look("#0065a8", "v")),
        ("*", Look("#1f2730", "o")),
        ("mixed", Look("#7b3294", "D")),
    ),
)


@cache
def _defaults() -> dict[str, Any]:
    """Matplotlib's own settings, whatever the user's are."""
    from matplotlib import rcParamsDefault

    # Read as a plain dict: reading through RcParams warns of settings on their way out.
    return {key: value for key, value in dict.items(rcParamsDefault) if not key.startswith(_NOT_OURS)}


@contextmanager
def drawing(style: Style) -> Iterator[None]:
    """Draw under a style and leave matplotlib's settings as they were.

    Parameters
    ----------
    style : Style
        The look.
    """
    from matplotlib import rc_context

    settings: Any = {**_defaults(), **style.settings()}
    with rc_context(settings):
        yield


def new_figure(width: float, height: float, style: Style) -> Figure:
    """Return an empty figure that pyplot knows nothing of.

    Parameters
    ----------
    width, height : float
        Size in points, 72 to the inch.
    style : Style
        The look.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 72, height / 72), dpi=100, facecolor=style.paper)
    FigureCanvasAgg(figure)
    return figure
