"""An SVG made part of a page: identifiers of its own, words for those who cannot see it, the page's colours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from xml.etree import ElementTree as ET  # it reads what this library has drawn

from eventstudy.charts import Style

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"

#: Colours of a style that belong to no stance.
_PLAIN = ("paper", "ink", "muted", "faint", "band", "closure", "gain", "loss")

#: How a place in the same file is pointed to.
_LINK = re.compile(r"url\(#([^)]*)\)")


def inline_svg(
    svg: str, prefix: str, title: str, alt: str, colours: Mapping[str, str], hints: Mapping[str, str]
) -> str:
    """Return an SVG ready to stand in an HTML page.

    Parameters
    ----------
    svg : str
        What `eventstudy.charts.to_bytes` returned.
    prefix : str
        Put before every identifier, so that two charts of a page have none in common.
    title, alt : str
        What a screen reader says.
    colours : mapping of str to str
        By colour as drawn, e.g. ``#1f2730``, what stands in its place, e.g. ``var(--ink)``.
    hints : mapping of str to str
        By identifier of a part of the chart, what is shown when the pointer rests on it.

    Returns
    -------
    str
        One ``svg`` element.
    """
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    root = ET.fromstring(svg)  # noqa: S314  # our own drawing
    for metadata in root.findall(f"{{{_SVG}}}metadata"):
        root.remove(metadata)
    seen: Counter[str] = Counter()
    for element in root.iter():
        _renamed(element, prefix, colours, hints, seen)
    width, height = (root.attrib.pop(side).removesuffix("pt") for side in ("width", "height"))
    root.attrib.setdefault("viewBox", f"0 0 {width} {height}")
    root.set("style", f"--width: {1.35 * float(width):.0f}px")
    root.set("role", "img")
    root.set("aria-labelledby", f"{prefix}--title {prefix}--alt")
    for k, (tag, words) in enumerate((("title", title), ("desc", alt))):
        told = ET.Element(f"{{{_SVG}}}{tag}", {"id": f"{prefix}--{'title' if tag == 'title' else 'alt'}"})
        told.text = words
        root.insert(k, told)
    return ET.tostring(root, encoding="unicode")


def _renamed(
    element: ET.Element, prefix: str, colours: Mapping[str, str], hints: Mapping[str, str], seen: Counter[str]
) -> None:
    """Give an element its new identifier, which no other one has, its links and colours, and its hint."""
    name = element.get("id")
    for key, value in element.attrib.items():
        new = _LINK.sub(rf"url(#{prefix}-\1)", value)
        if key == f"{{{_XLINK}}}href" and new.startswith("#"):
            new = f"#{prefix}-{new[1:]}"
        if key in {"style", "fill", "stroke"}:
            for drawn, instead in colours.items():
                new = new.replace(drawn, instead)
        element.set(key, new)
    if name is not None:
        seen[name] += 1
        element.set("id", f"{prefix}-{_safe(name)}{f'-{seen[name]}' if seen[name] > 1 else ''}")
        if name in hints:
            told = ET.Element(f"{{{_SVG}}}title")
            told.text = hints[name]
            element.insert(0, told)


def _safe(name: str) -> str:
    """Write an identifier without spaces, which HTML does not allow in one."""
    return re.sub(r"\s+", "_", name)


def colour_variables(style: Style) -> dict[str, str]:
    """Return the name of the page's variable for each colour of a style."""
    named = {
        name: getattr(style, name) for name in ("paper", "ink", "muted", "faint", "band", "closure", "gain", "loss")
    }
    stances = {"all" if name == "*" else name: look.colour for name, look in style.looks}
    return {f"--{name}": str(colour).lower() for name, colour in {**named, **stances}.items()}


def variables_by_colour(style: Style) -> dict[str, str]:
    """Return what stands in the place of each colour; where two names share a colour, the first."""
    found: dict[str, str] = {}
    for name, colour in colour_variables(style).items():
        found.setdefault(colour, f"var({name})")
    return found
