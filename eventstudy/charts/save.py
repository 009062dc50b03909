"""Write a chart to a file: the same bytes for the same chart, and never half a file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.charts.style import LIGHT, Style, drawing
from eventstudy.errors import InputError, UnknownNameError, did_you_mean, require_known
from eventstudy.files import write_files

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Dots per inch of a PNG: twice a screen's.
DPI = 200

#: What each format would write about the clock and the maker, silenced.
_METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def save(chart: Figure | Axes | Iterable[Axes], path: str | os.PathLike[str], *, style: Style = LIGHT) -> Path:
    """Write a chart as PNG (twice a screen's resolution), SVG or PDF, by the ending of the path.

    Parameters
    ----------
    chart : Figure, Axes or iterable of Axes
        What a chart function returned, or the figure it is in.
    path : str or path
        Where to; its folder is made if need be, and an existing file is replaced at once or not at all.
    style : Style
        The look the chart was drawn with.

    Returns
    -------
    Path
        The path written.

    Raises
    ------
    UnknownNameError
        If the ending is none of ``.png``, ``.svg`` and ``.pdf``.
    InputError
        If the file cannot be written, or there are no axes.

    Notes
    -----
    Bytes depend on the chart and on matplotlib's version alone: no date and no maker's name is written, the
    identifiers in an SVG are salted with a constant, letters are outlines in an SVG and embedded TrueType in a PDF.
    """
    target = Path(path)
    return write_files(target.parent, {target.name: to_bytes(chart, _format_of(target.name), style=style)})[0]


def to_bytes(chart: Figure | Axes | Iterable[Axes], kind: str = "svg", *, style: Style = LIGHT) -> bytes:
    """Return the very bytes that `save` would write.

    Parameters
    ----------
    chart : Figure, Axes or iterable of Axes
        What a chart function returned, or the figure it is in.
    kind : {'png', 'svg', 'pdf'}
        The format.
    style : Style
        The look the chart was drawn with.

    Raises
    ------
    UnknownNameError
        If there is no such format.
    """
    require_known(kind, _METADATA, "format of charts")
    buffer = BytesIO()
    with drawing(style):
        figure_of(chart).savefig(buffer, format=kind, dpi=DPI, metadata=_METADATA[kind])
    return buffer.getvalue()


def save_pages(
    charts: Iterable[Figure | Axes | Iterable[Axes]], path: str | os.PathLike[str], *, style: Style = LIGHT
) -> Path:
    """Write several charts as one PDF, a page each.

    Parameters
    ----------
    charts : iterable of Figure, Axes or iterable of Axes
        The charts.
    path : str or path
        Where to.
    style : Style
        The look the charts were drawn with.

    Raises
    ------
    InputError
        If the file cannot be written, or there are no charts.
    """
    from matplotlib.backends.backend_pdf import PdfPages

    target, buffer = Path(path), BytesIO()
    figures = [figure_of(chart) for chart in charts]
    if not figures:
        raise InputError("nothing to write: there are no charts")
    with drawing(style), PdfPages(buffer, metadata=_METADATA["pdf"]) as pages:
        for figure in figures:
            pages.savefig(figure)
    return write_files(target.parent, {target.name: buffer.getvalue()})[0]


def _format_of(name: str) -> str:
    kind = Path(name).suffix.removeprefix(".").lower()
    if kind not in _METADATA:
        endings = did_you_mean(f".{kind}", [f".{known}" for known in _METADATA])
        raise UnknownNameError(f"a chart cannot be written as '{name}'; {endings}")
    return kind


def figure_of(chart: Figure | Axes | Iterable[Axes]) -> Figure:
    """Return the figure that a chart is in."""
    from matplotlib.figure import Figure

    if isinstance(chart, Figure):
        return chart
    first = next(iter(chart), None) if isinstance(chart, Iterable) else chart
    if first is None:
        raise InputError("nothing to write: there are no axes")
    return first.figure.canvas.figure


def axes_of(chart: Figure | Axes | Iterable[Axes]) -> list[Axes]:
    """Return all axes of a chart, those inside of others after them."""
    from matplotlib.axes import Axes

    every = [child for ax in figure_of(chart).axes for child in (ax, *ax.child_axes)]
    return [ax for ax in every if isinstance(ax, Axes)]
