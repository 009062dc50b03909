"""The numbers and words of a chart, read off its own lines, bands, bars and texts, so that they are what is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.charts.save import axes_of
from eventstudy.charts.text import DATED

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

#: Identifiers of what only decorates a chart.
_INK = ("leader/", "stem/", "flag/", "key-", "legend", "stance/", "event-mark", "closure")

#: What is read out of a chart, in this order: how it is read, each panel's name, what was counted, its main figures.
_TOLD = ("title", "reading", "headline", "name", "count", "mean-label", "footnote")


def numbers(chart: Figure | Axes | Iterable[Axes]) -> pd.DataFrame:
    """Return the numbers behind a chart.

    Parameters
    ----------
    chart : Figure, Axes or iterable of Axes
        What a chart function returned.

    Returns
    -------
    DataFrame
        A row a point: ``panel`` (its name, or its number), ``what`` is drawn (``mean``, ``band``, ``event``, ...),
        ``x`` and ``y`` in the units of the axes; ``y2`` the upper edge of a band. Dates are dates.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["brent"], windows=["0:0"]).fit()
    >>> points = numbers(es.charts.car(result))
    >>> points[points["what"] == "mean"].shape
    (6, 5)
    """
    rows = [
        (panel, what, *point)
        for panel, ax in _panels(chart)
        for artist in ax.get_children()
        for what, point in _points(ax, artist)
    ]
    return pd.DataFrame(rows, columns=["panel", "what", "x", "y", "y2"])


def _panels(chart: Figure | Axes | Iterable[Axes]) -> Iterator[tuple[str, Axes]]:
    for k, ax in enumerate(axes_of(chart), start=1):
        texts = {str(text.get_gid()): text.get_text() for text in ax.texts}
        yield ax.get_title(loc="left") or texts.get("name", str(k)), ax


def _points(ax: Axes, artist: Artist) -> Iterator[tuple[str, tuple[Any, float, float]]]:
    from matplotlib.collections import PolyCollection
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle
    from matplotlib.text import Text

    what = str(artist.get_gid() or "")
    if not what or what.startswith(_INK):
        return
    if isinstance(artist, Line2D):
        for x, y in zip(np.asarray(artist.get_xdata()), np.asarray(artist.get_ydata()), strict=True):
            yield what, (_x(ax, x), float(y), np.nan)
    elif isinstance(artist, PolyCollection):
        for x, low, high in _edges(artist.get_paths()[0].vertices):
            yield what, (_x(ax, x), low, high)
    elif isinstance(artist, Rectangle) and artist.get_height():
        yield what, (_x(ax, artist.get_x() + artist.get_width() / 2), float(artist.get_height()), np.nan)
    elif isinstance(artist, Text) and what.startswith("value/") and ax.get_xticklabels():
        x, y = artist.get_position()
        yield f"{what}: {artist.get_text()}", (float(x), float(y), np.nan)


def _edges(vertices: Any) -> Iterator[tuple[float, float, float]]:
    """Yield x, lower and upper edge of a filled band."""
    points = np.asarray(vertices, dtype=np.float64)
    for x in np.unique(points[:, 0]):
        here = points[points[:, 0] == x, 1]
        yield float(x), float(here.min()), float(here.max())


def _x(ax: Axes, x: Any) -> Any:
    """Return a place on the x-axis; a date where the axis has dates."""
    from matplotlib import dates

    to_date: Callable[[float], datetime] = dates.num2date
    return to_date(float(x)).date().isoformat() if ax.xaxis.get_gid() == DATED else float(x)


def describe(chart: Figure | Axes | Iterable[Axes]) -> dict[str, str]:
    """Return a chart's own words: its title, a description of what it shows, and its footnote.

    Parameters
    ----------
    chart : Figure, Axes or iterable of Axes
        What a chart function returned.

    Returns
    -------
    dict of str to str
        ``title``, ``alt`` (how it is read, and the figures on it panel by panel) and ``footnote``.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["ruble"]).fit()
    >>> describe(es.charts.timeline(result))["title"]
    'Ruble through the events'
    """
    found: dict[str, list[str]] = {name: [] for name in _TOLD}
    panels = []
    for ax in axes_of(chart):
        words = {str(text.get_gid()): " ".join(text.get_text().split()) for text in _texts(ax)}
        for name in ("title", "reading", "footnote", "headline"):
            found[name] += [words[name]] if name in words else []
        parts = [words[name] for name in ("name", "count", "mean-label") if name in words]
        panels += [", ".join(parts)] if parts else []
    return {
        "title": " ".join(found["title"]),
        "alt": " ".join([*found["reading"], *(f"{line}." for line in (*found["headline"], *panels))]),
        "footnote": " ".join(found["footnote"]),
    }


def _texts(ax: Axes) -> list[Text]:
    from matplotlib.text import Text

    return [one for one in ax.findobj(Text) if isinstance(one, Text) and str(one.get_gid()) in _TOLD]
