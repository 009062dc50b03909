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

#: Distance of the logo from the edges of a figure, in points.
LOGO_EDGE = 16.0


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
    gain, loss : str
        Colours of what rose and of what fell, where stances have no part in it.
    font : str
        Font family; the default comes with matplotlib, so that a chart is the same on every machine.
    title, text, small : float
        Font sizes in points.
    logo : str
        Words at the upper right of a new figure, e.g. the house's name.
    sheet : tuple of float, optional
        Width and height of a new figure in points, 72 to the inch; default what each chart needs.

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
    gain: str = "#00695c"
    loss: str = "#8c5100"
    font: str = "DejaVu Sans"
    title: float = 13.0
    text: float = 9.0
    small: float = 7.5
    logo: str = ""
    sheet: tuple[float, float] | None = None

    def look(self, stance: str) -> Look:
        """Return the look of a stance, of ``*`` or of ``mixed``."""
        looks = dict(self.looks)
        return looks[require_known(stance, looks, "stance")]

    def size(self, width: float, height: float) -> tuple[float, float]:
        """Return the size of a new figure in points: the sheet's, or else what the chart needs."""
        return self.sheet or (width, height)

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

#: For dark slides and screens: the same hues, lighter.
DARK = Style(
    name="dark",
    paper="#12171d",
    ink="#e8ecf1",
    muted="#a3adb8",
    faint="#323b46",
    band="#2b343f",
    closure="#29271c",
    looks=(
        ("raise", Look("#ff8552", "^")),
        ("hold", Look("#b4bcc6", "s")),
        ("fold", Look("#55b0f0", "v")),
        ("*", Look("#e8ecf1", "o")),
        ("mixed", Look("#d49bea", "D")),
    ),
    gain="#4db6a4",
    loss="#d9a441",
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
    if style.logo:
        place = (1 - LOGO_EDGE / width, 1 - LOGO_EDGE / height)
        look: dict[str, Any] = {"color": style.muted, "fontsize": style.text, "fontweight": "bold", "gid": "logo"}
        figure.text(*place, style.logo, ha="right", va="top", **look)
    return figure
