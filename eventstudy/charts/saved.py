"""A chart as a file, as numbers and as words: the same bytes for the same chart, and never half a file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.charts.layout import BOLD, DATED, Axes, cut, date_of, wrap
from eventstudy.charts.style import LIGHT, Style, drawing, new_figure
from eventstudy.errors import InputError, UnknownNameError, did_you_mean, require_known
from eventstudy.files import bundled_toml, path_of, write_files
from eventstudy.returns import Floats

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A sheet of paper and a slide: size in points, where its words begin, size of title and of sentences, room before and
#: behind these and before the table, width of both and height of a line of it, and its letters.
PAPER = ((595.0, 842.0), (0.06, 0.95), 14.0, 8.5, (0.006, 0.0, 0.02), (0.88, 0.013), 8.0)
SLIDE = ((960.0, 540.0), (0.03, 0.955), 19.0, 10.5, (0.0, 0.012, 0.01), (0.42, 0.0245), 8.5)

#: Least distance of two columns of a sheet's table, in points.
_APART = 8.0

#: Where the chart of a sheet stands, and its size in points, a fourth larger, so that its letters are those of a slide.
_PLACE, CHART = (0.48, 0.05, 0.5, 0.8), (600.0, 540.0)

#: Dots per inch of a PNG: twice a screen's.
DPI = 200

#: The formats of a file, and what each writes beside the chart.
_METADATA = bundled_toml("eventstudy.charts", "styles.toml")["metadata"]

#: Fonts that stand in for matplotlib's own, of nearly its widths first, where an SVG is read on another machine.
_FALLBACK = "Verdana, Geneva, Tahoma, sans-serif"

#: Identifiers of what decorates a chart and is no number of it.
_INK = ("leader/", "stem/", "flag/", "key-", "legend", "stance/", "event-mark", "closure", "within")


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
    UnknownNameError, InputError
        If the ending is none of ``.png``, ``.svg`` and ``.pdf``; if the file cannot be written, or there are no axes.

    Notes
    -----
    Bytes depend on the chart and on matplotlib's version alone: no date and no maker's name is written, the
    identifiers in an SVG are salted with a constant. Letters stay text: in an SVG they can be searched and read aloud,
    in a font at hand, and in a PDF they are embedded TrueType. Title and caption are in the file's own description.
    """
    target = path_of(path, "chart")
    kind = target.suffix.removeprefix(".").lower()
    if kind not in _METADATA:
        endings = did_you_mean(f".{kind}", [f".{known}" for known in _METADATA])
        raise UnknownNameError(f"a chart cannot be written as '{target.name}'; {endings}")
    return write_files(target.parent, {target.name: to_bytes(chart, kind, style=style)})[0]


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
    buffer, words = BytesIO(), describe(chart)
    of = _METADATA[kind]
    said = {of["title"]: words["title"], of["caption"]: words["caption"]}
    metadata = dict.fromkeys(of["silent"]) | {name: text for name, text in said.items() if text}
    with drawing(style):
        _figure_of(chart).savefig(buffer, format=kind, dpi=DPI, metadata=metadata)
    made, family = buffer.getvalue(), f"'{style.font}'"
    return made.replace(family.encode(), f"{family}, {_FALLBACK}".encode()) if kind == "svg" else made


def pdf_of(charts: Iterable[Figure | Axes | Iterable[Axes]], style: Style = LIGHT) -> bytes:
    """Return several charts as one PDF, a page each."""
    from matplotlib.backends.backend_pdf import PdfPages

    buffer = BytesIO()
    with drawing(style), PdfPages(buffer, metadata=dict.fromkeys(_METADATA["pdf"]["silent"])) as pages:
        for chart in charts:
            pages.savefig(_figure_of(chart))
    return buffer.getvalue()


def _figure_of(chart: Figure | Axes | Iterable[Axes]) -> Figure:
    """Return the figure that a chart is in."""
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

    if isinstance(chart, Figure):
        return chart
    first = next(iter(chart), None) if isinstance(chart, Iterable) else chart
    if first is None:
        raise InputError("nothing to write: there are no axes")
    InputError.require("a chart is what a function of charts returned", first, Artist)
    return first.figure.canvas.figure


def _axes_of(chart: Figure | Axes | Iterable[Axes]) -> list[Axes]:
    """Return all axes of a chart, those inside of others after them."""
    from matplotlib.axes import Axes

    every = [child for ax in _figure_of(chart).axes for child in (ax, *ax.child_axes)]
    return [ax for ax in every if isinstance(ax, Axes)]


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
    >>> points[points["what"] == "mean"].shape  # three stances, sessions −5 to 5
    (33, 5)
    """
    rows = [
        (panel, f"{gid}: {text}" if text else gid, date_of(x).date().isoformat() if dated else x, y, above)
        for panel, gid, text, dated, points in drawn(chart)
        if not gid.startswith(_INK)
        for x, y, above, _, _ in points.tolist()
    ]
    return pd.DataFrame(rows, columns=["panel", "what", "x", "y", "y2"])


def drawn(chart: Figure | Axes | Iterable[Axes]) -> Iterator[tuple[str, str, str, bool, Floats]]:
    """Yield what a chart draws: panel, identifier, words, whether x are dates, and its points, shape (N, 5).

    Of a point: x, y, the upper edge of a band, and of lines and words left and top on the figure in points; else NaN.
    """
    from matplotlib import collections, lines, patches, text

    figure = _figure_of(chart)
    for k, ax in enumerate(_axes_of(chart), start=1):
        names = (one.get_text() for one in ax.texts if one.get_gid() == "name")
        panel = ax.get_title(loc="left") or " ".join(next(names, str(k)).split())
        for artist in ax.get_children():
            gid, words, points = str(artist.get_gid() or ""), "", np.empty((0, 2))
            if not gid:
                continue
            if isinstance(artist, lines.Line2D):
                points = np.column_stack([np.asarray(values, dtype=np.float64) for values in artist.get_data()])
            elif isinstance(artist, collections.PolyCollection):
                edges = pd.DataFrame(np.asarray(artist.get_paths()[0].vertices)).groupby(0)[1].agg(["min", "max"])
                points = edges.reset_index().to_numpy(dtype=np.float64)
            elif isinstance(artist, patches.Rectangle) and artist.get_height():
                points = np.array([[artist.get_x() + artist.get_width() / 2, artist.get_height()]])
            elif isinstance(artist, text.Text) and gid.startswith("value/"):
                words, points = artist.get_text(), np.array([artist.get_position()], dtype=np.float64)
            found = np.full((len(points), 5), np.nan)
            found[:, : points.shape[1]] = points + 0.0  # without minus zero
            if isinstance(artist, lines.Line2D | text.Text) and len(points):
                left, up = artist.get_transform().transform(points).T * 72.0 / figure.dpi
                found[:, 3:] = np.column_stack([left, figure.get_figheight() * 72.0 - up])
            yield panel, gid, words, ax.xaxis.get_gid() == DATED, found


def describe(chart: Figure | Axes | Iterable[Axes]) -> dict[str, str]:
    """Return a chart's own words.

    Parameters
    ----------
    chart : Figure, Axes or iterable of Axes
        What a chart function returned.

    Returns
    -------
    dict of str to str
        ``title`` (the finding), ``subtitle`` (measure, sample, dates), ``caption`` (how it is read and was made; not
        painted), ``alt`` (the caption, and the figures panel by panel) and ``footnote``.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["imoex"]).fit()
    >>> describe(es.charts.car(result))["title"]
    'Moscow shares lost an abnormal 7.5 % after 7 raises, p < 0.004'
    """
    from matplotlib.text import Text

    every = [  # not by `findobj`, which has every tick made that nobody looks at yet
        {str(one.get_gid()): " ".join(one.get_text().split()) for one in ax.get_children() if isinstance(one, Text)}
        for ax in _axes_of(chart)
    ]
    read_out = ("title", "subtitle", "caption", "footnote")
    joined = {name: " ".join(words[name] for words in every if name in words) for name in read_out}
    panels = [", ".join(filter(None, map(words.get, ("name", "count", "mean-label")))) for words in every]
    figures = " ".join(f"{line}." for line in (*(words.get("headline") for words in every), *panels) if line)
    return joined | {"alt": f"{joined['caption']} {figures}".strip()}


def sheet(
    form: Any, title: str, under: str, sentences: Iterable[str], table: Any, style: Style, picture: bytes = b""
) -> Figure:
    """Return a sheet with title, sentences, a table, as many of its rows as there is room for, and a PNG of a chart."""
    from matplotlib.image import imread

    (width, height), (x, y), large, letters, (before, behind, gap), (wide, high), small = form
    figure = new_figure(width, height, style)
    ink: dict[str, Any] = {"color": style.ink, "va": "top"}
    muted = ink | {"color": style.muted}
    for line in wrap(title, (1 - 2 * x) * width, style.measure(BOLD * large)):
        figure.text(x, y, line, fontsize=large, fontweight="bold", **ink)
        y -= large * 1.35 / height
    if under:
        figure.text(x, y, under, fontsize=8.5, **muted)
        y -= 0.045
    for sentence in sentences:
        y -= before
        for line in wrap(sentence, wide * width, style.measure(letters)):
            figure.text(x, y, line, fontsize=letters, **ink)
            y -= letters * 1.35 / height
        y -= behind
    rows, measure = [table.head, *table.rows], style.measure(BOLD * small)
    columns = [max(measure(cell.text) for cell in column) for column in zip(*rows, strict=True)]
    # Where they are too wide together, the widest gives way.
    while sum(columns) > wide * width - _APART * (len(columns) - 1) and max(columns) > _APART:
        columns[int(np.argmax(columns))] -= 1.0
    apart = (wide * width - sum(columns)) / (len(columns) - 1)
    room, y = int((y - gap - 0.04) / high), y - gap
    for k, row in enumerate(rows[:room]):
        at = x
        for cell, column in zip(row, columns, strict=True):
            place, side = (at + column / width, "right") if cell.is_number else (at, "left")
            weight, said = "bold" if cell.mark == "rare" else "normal", cut(cell.text, column, measure)
            figure.text(place, y - k * high, said, **ink, ha=side, fontsize=small, fontweight=weight)
            at += (column + apart) / width
    if len(rows) > room:
        figure.text(x, y - room * high, f"{len(rows) - room} more rows in the report", fontsize=small, **muted)
    if picture:
        ax = figure.add_axes(_PLACE)
        ax.imshow(imread(BytesIO(picture)), interpolation="antialiased")
        ax.axis("off")
    return figure
