"""A chart in words, for those who do not see it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from eventstudy.charts.save import axes_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

#: What is read out of a chart, in this order: how it is read, each panel's name, what was counted, its main figures.
_TOLD = ("title", "reading", "headline", "name", "count", "mean-label", "footnote")


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
