"""How every chart looks: one frozen value, by name or from a small TOML file, and matplotlib's settings under it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from eventstudy.errors import InputError, UnknownNameError, require_known, shown
from eventstudy.events.schema import without_marks
from eventstudy.files import bundled_toml, path_of, read_text, toml_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: The edges of a new figure in points.
EDGE = 16.0


@dataclass(frozen=True)
class Look:
    """Colour and matplotlib marker of one stance; either alone keeps the stances apart."""

    colour: str
    marker: str

    @property
    def mark(self) -> dict[str, Any]:
        """How a mark of the stance looks."""
        return {"marker": self.marker, "color": self.colour}


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
        Words at the upper right of a new figure, e.g. the firm's name.
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

    @property
    def bold(self) -> dict[str, Any]:
        """How the name of a panel looks."""
        return {"color": self.ink, "fontsize": self.text, "fontweight": "bold"}

    @property
    def hollow(self) -> dict[str, Any]:
        """How a mark of no stance looks that counts in nothing."""
        return {"marker": "o", "color": self.muted, "markerfacecolor": self.paper}

    @property
    def quiet(self) -> dict[str, Any]:
        """How a remark beside a mark looks."""
        return {"color": self.muted, "fontsize": self.small}

    def measure(self, size: float) -> Callable[[str], float]:
        """Return a function that says how wide a line of text is in points: its letters' advances, without hinting."""
        return _ruler(self.font, size)

    def boxes(self, words: Iterable[str]) -> list[str]:
        """Return those of some words that have a letter which the font lacks: it is drawn as a box."""
        from matplotlib.font_manager import findfont, get_font

        letters = get_font(findfont(self.font)).get_charmap()
        return [one for one in words if not set(map(ord, one)) <= letters.keys()]

    def legend(self, entries: Iterable[Sequence[Any]], room: float, gap: float) -> list[list[Any]]:
        """Return entries (name, look, words if not the name) in rows that fit: start, width, name, look and words."""
        measure, rows, end = self.measure(self.small), list[list[Any]](), 0.0
        for name, look, *said in entries:
            wide, words = 6.0 if "marker" in look else 16.0, said[0] if said else name
            taken = wide + 5 + measure(words)
            if not rows or end + taken > room:
                rows, end = [*rows, []], 0.0
            rows[-1].append((end, wide, name, look, words))
            end += taken + gap
        return rows


@cache
def _ruler(family: str, size: float) -> Callable[[str], float]:
    from matplotlib.font_manager import findfont, get_font

    font = get_font(findfont(family))

    @cache
    def advance(letter: str) -> float:
        font.set_size(100, 72)  # matplotlib shares the font and may have set another size
        # By its number: a letter that the font lacks is drawn as a box, number 0, and has no other to be measured.
        return float(font.load_glyph(font.get_char_index(ord(letter))).linearHoriAdvance) / 65536 * size / 100

    return lambda words: sum(map(advance, words))


if hasattr(os, "register_at_fork"):  # two processes cannot read one open font: a copy of this one opens its own
    os.register_at_fork(after_in_child=_ruler.cache_clear)


_TABLES = bundled_toml("eventstudy.charts", "styles.toml")
_MARKERS: dict[str, str] = _TABLES["markers"]

#: Colours of a style that belong to no stance.
PLAIN = tuple(name for name in _TABLES["light"] if name not in _MARKERS)

#: The looks that come with the library.
STYLES: dict[str, Style] = {
    name: Style(
        name=name,
        looks=tuple((stance, Look(_TABLES[name][stance], marker)) for stance, marker in _MARKERS.items()),
        **{key: _TABLES[name][key] for key in PLAIN},
    )
    for name in ("light", "dark")
}
LIGHT, DARK = STYLES.values()

#: Width and height of a sheet in points.
SIZES: dict[str, tuple[float, float]] = {name: (width, height) for name, (width, height) in _TABLES["sizes"].items()}


@contextmanager
def drawing(style: Style) -> Iterator[None]:
    """Draw under a style and leave matplotlib's settings as they were."""
    from matplotlib import rc_context, rcParamsDefault

    # Matplotlib's own, whatever the user's are; read as a plain dict: RcParams warns of settings on their way out.
    InputError.require("a style is what charts.find_style gives", style, Style)
    not_ours = tuple(_TABLES["not-ours"])
    settings: Any = {key: value for key, value in dict.items(rcParamsDefault) if not key.startswith(not_ours)}
    settings |= _TABLES["settings"] | {key: getattr(style, name) for key, name in _TABLES["of-style"].items()}
    settings["font.family"] = [style.font]
    with rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .*missing from")  # it is seen as a box
        yield


def new_figure(width: float, height: float, style: Style) -> Figure:
    """Return an empty figure of a size in points that pyplot knows nothing of."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 72, height / 72), dpi=100, facecolor=style.paper)
    FigureCanvasAgg(figure)
    if style.logo:
        place = (1 - EDGE / width, 1 - EDGE / height)
        look: dict[str, Any] = {"color": style.muted, "fontsize": style.text, "fontweight": "bold", "gid": "logo"}
        figure.text(*place, style.logo, ha="right", va="top", **look)
    return figure


#: What a style file may choose: texts, and tables of colours (``all`` is the look ``*``) and of letters.
_TEXTS = ("name", "base", "logo", "font", "size")
_CHOICES = {
    "colours": ("colour", (*PLAIN, *("all" if stance == "*" else stance for stance in _MARKERS))),
    "letters": ("kind of letters", ("title", "text", "small")),
}

#: Letters smaller or larger than this, in points, are a mistake.
_SMALLEST, _LARGEST = 4.0, 40.0


def find_style(style: str | os.PathLike[str] = "light", size: str | None = None) -> Style:
    """Return a look by its name, or read one from a TOML file.

    Parameters
    ----------
    style : str or path
        ``light``, ``dark``, or a file that ends in ``.toml``.
    size : str, optional
        ``slide`` (16:9), ``page`` (landscape) or ``square``, on which a heatmap of many rows grows in height; default
        what each chart needs.

    Returns
    -------
    Style
        The look.

    Raises
    ------
    UnknownNameError, InputError
        If there is no such look or size, or a file names a choice that does not exist; if a file cannot be read, or a
        colour or font is none.

    Examples
    --------
    >>> find_style("dark", "slide").sheet
    (960.0, 540.0)
    """
    path = path_of(style, "style")
    text = os.fspath(style)
    if text.endswith(".toml"):
        found = house_style(toml_of(read_text(path), path.name), path.stem)
    else:
        found = STYLES[require_known(text, STYLES, "style")]
    return found if size is None else replace(found, sheet=SIZES[require_known(size, SIZES, "size")])


def house_style(table: Mapping[str, Any], name: str = "house") -> Style:
    """Return the look that a table describes: whatever it does not name is that of its base.

    Parameters
    ----------
    table : mapping
        ``base`` (``light`` or ``dark``), ``logo``, ``font``, ``size``; ``colours`` with any of ``paper, ink, muted,
        faint, band, closure, gain, loss, raise, hold, fold, all, mixed``; ``letters`` with ``title, text, small`` in
        points.
    name : str
        Its name, if the table has none.

    Raises
    ------
    UnknownNameError, InputError
        As `find_style`.

    Examples
    --------
    >>> house_style({"logo": "Example Research", "colours": {"raise": "#aa0000"}}).look("raise").colour
    '#aa0000'
    """
    from matplotlib.colors import is_color_like, to_hex
    from matplotlib.font_manager import fontManager

    InputError.require("a style is described by a table", table, Mapping)
    for key in table:
        if require_known(key, (*_TEXTS, *_CHOICES), "choice of a style") in _TEXTS:
            InputError.require(f"{key} of a style must be a text", table[key], str)
            continue
        what, known = _CHOICES[key]
        for choice in InputError.require(f"{key} of a style must be a table: [{key}]", table[key], Mapping):
            require_known(choice, known, what)
    colours, letters = table.get("colours", {}), table.get("letters", {})
    for key, value in colours.items():
        if not isinstance(value, str) or not is_color_like(value):
            raise InputError(f"colour of {key}: {value!r} is none; write e.g. '#c23b00'")
    for key, value in letters.items():
        if not isinstance(value, int | float) or not _SMALLEST <= value <= _LARGEST:
            raise InputError(f"letters, {key}: {value!r} is no size in points from {_SMALLEST:g} to {_LARGEST:g}")
    base = STYLES[require_known(table.get("base", "light"), STYLES, "style")]
    font, size = table.get("font", base.font), table.get("size")
    if font not in {entry.name for entry in fontManager.ttflist}:
        raise UnknownNameError(f"font '{font}' is not installed; matplotlib's own is 'DejaVu Sans'")
    chosen = {"*" if key == "all" else key: str(to_hex(value)) for key, value in colours.items()}
    changed: dict[str, Any] = {key: chosen[key] for key in PLAIN if key in chosen}
    changed |= {key: float(value) for key, value in letters.items()}
    return replace(
        base,
        name=table.get("name", name),
        logo=" ".join(shown(without_marks(table.get("logo", base.logo))).split()),
        font=font,
        sheet=base.sheet if size is None else SIZES[require_known(size, SIZES, "size")],
        looks=tuple((stance, Look(chosen.get(stance, look.colour), look.marker)) for stance, look in base.looks),
        **changed,
    )
