"""House styles: a look described in a small TOML file, and the sizes that charts are sent in."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from eventstudy.charts.style import DARK, LIGHT, Look, Style
from eventstudy.errors import InputError, UnknownNameError, require_known

#: The looks that come with the library.
STYLES: dict[str, Style] = {LIGHT.name: LIGHT, DARK.name: DARK}

#: Width and height in points, 72 to the inch: 16:9, a landscape page within its margins, a square.
SIZES: dict[str, tuple[float, float]] = {"slide": (960.0, 540.0), "page": (720.0, 504.0), "square": (720.0, 720.0)}

#: Colours a house may choose; those of the stances keep their markers.
_PLAIN = ("paper", "ink", "muted", "faint", "band", "closure", "gain", "loss")
_STANCES = {"raise": "raise", "hold": "hold", "fold": "fold", "all": "*", "mixed": "mixed"}
_LETTERS = ("title", "text", "small")
_KEYS = ("name", "base", "logo", "font", "size", "colours", "letters")

#: Letters smaller or larger than this, in points, are a mistake.
_SMALLEST, _LARGEST = 4.0, 40.0


def find_style(style: str | os.PathLike[str] = "light", size: str | None = None) -> Style:
    """Return a look by its name, or read one from a TOML file.

    Parameters
    ----------
    style : str or path
        ``light``, ``dark``, or a file that ends in ``.toml``.
    size : str, optional
        ``slide`` (16:9), ``page`` (landscape) or ``square``; default what each chart needs.

    Returns
    -------
    Style
        The look.

    Raises
    ------
    UnknownNameError
        If there is no such look or size, or a file names a choice that does not exist.
    InputError
        If a file cannot be read, or a colour or font is none.

    Examples
    --------
    >>> find_style("dark", "slide").sheet
    (960.0, 540.0)
    """
    text = os.fspath(style)
    if text.endswith(".toml"):
        path = Path(text)
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise InputError(f"cannot read '{path}': {error.strerror or error}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"{path.name} is no TOML: {error}") from None
        found = house_style(table, path.stem)
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
    for key in table:
        require_known(key, _KEYS, "choice of a style")
    base = STYLES[require_known(str(table.get("base", "light")), STYLES, "style")]
    colours, letters = _table(table, "colours"), _table(table, "letters")
    for key in colours:
        require_known(key, (*_PLAIN, *_STANCES), "colour")
    chosen = {key: _colour(key, value) for key, value in colours.items()}
    sizes = {require_known(key, _LETTERS, "kind of letters"): _points(key, value) for key, value in letters.items()}
    looks = dict(base.looks)
    for key in _STANCES.keys() & chosen.keys():
        looks[_STANCES[key]] = Look(chosen[key], looks[_STANCES[key]].marker)
    size = table.get("size")
    plain: dict[str, Any] = {**{key: chosen[key] for key in _PLAIN if key in chosen}, **sizes}
    return replace(
        base,
        name=str(table.get("name", name)),
        logo=str(table.get("logo", base.logo)),
        font=_font(str(table.get("font", base.font))),
        sheet=base.sheet if size is None else SIZES[require_known(str(size), SIZES, "size")],
        looks=tuple(looks.items()),
        **plain,
    )


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inner = table.get(key, {})
    if not isinstance(inner, Mapping):
        raise InputError(f"{key} must be a table: [{key}]")
    return inner


def _colour(key: str, value: object) -> str:
    from matplotlib.colors import is_color_like, to_hex

    if not isinstance(value, str) or not is_color_like(value):
        raise InputError(f"colour of {key}: {value!r} is none; write e.g. '#c23b00'")
    return str(to_hex(value))


def _points(key: str, value: object) -> float:
    if not isinstance(value, int | float) or not _SMALLEST <= value <= _LARGEST:
        raise InputError(f"letters, {key}: {value!r} is no size in points from {_SMALLEST:g} to {_LARGEST:g}")
    return float(value)


def _font(name: str) -> str:
    from matplotlib.font_manager import fontManager

    known = sorted({entry.name for entry in fontManager.ttflist})
    if name not in known:
        raise UnknownNameError(f"font '{name}' is not installed; matplotlib's own is 'DejaVu Sans'")
    return name
