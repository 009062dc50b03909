"""The options of a study as one table, from which the command line, design files, schema and documentation are made.

Its rows stand in ``options.toml``. A new choice of a design is one row there beside the attribute of
`eventstudy.study.Design` that holds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from eventstudy.files import bundled_toml

#: A default that stands for none: the option, or the argument, must be given.
REQUIRED = ...


class Option(NamedTuple):
    """One option: a keyword in Python, a key of a design file, a word of the command line.

    Parameters
    ----------
    name : str
        The keyword and key.
    word : str
        The word of the command line and what stands behind it, ``--window A:B``; without dashes it is an argument.
    kind : str
        ``text``, ``whole``, ``number``, ``yes`` (given or not), ``path``; ``names`` (a list with commas); ``words`` and
        ``paths`` (repeatable); of a design also ``model``, ``window``, ``windows``, ``tests``, ``time``, ``labels``.
    default : object
        What holds where it is not given.
    help : str
        One plain line.
    panel : str
        Heading of the help under which it stands.
    allowed : sequence of str or str
        The values it may have, or where they are: ``models:MODELS`` is ``eventstudy.models.MODELS``.
    offered : sequence of str or str
        What completion offers, where that is more or less than what is allowed.
    first : bool
        Whether it stands on the first page of a long help.
    variable : str
        The environment variable of its default.
    hidden : bool
        Whether no help shows it.
    least : float, optional
        The smallest number it may be.
    """

    name: str
    word: str
    kind: str
    default: Any
    help: str
    panel: str = "Choices"
    allowed: Sequence[str] | str = ()
    offered: Sequence[str] | str = ()
    first: bool = False
    variable: str | None = None
    hidden: bool = False
    least: float | None = None

    def values(self, offered: bool = False) -> tuple[str, ...]:
        """Return the values it may have, or those that completion offers; none where any may be.

        Examples
        --------
        >>> DESIGN["missing"].values()
        ('exclude', 'partial')
        """
        found = (self.offered if offered else ()) or self.allowed
        if isinstance(found, str):
            module, _, name = found.partition(":")
            value = getattr(import_module(f"eventstudy.{module}"), name)
            found = value() if callable(value) else value
        return tuple(map(str, found))


def option(name: str, fields: Mapping[str, Any], known: Mapping[str, Option] = MappingProxyType({})) -> Option:
    """Return an option from its row in a TOML file: new where it has a word of its own, else a known one changed."""
    row: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()}
    if row.pop("required", False):
        row["default"] = REQUIRED
    if "word" in row:
        is_switch = row["word"].startswith("--") and " " not in row["word"]
        usual = {"kind": "yes", "default": False} if is_switch and "kind" not in row else {}
        made = Option(**{"name": name, "kind": "text", "default": None, **usual, **row})
    else:
        made = known[name]._replace(**row)
    if made.kind == "path" and isinstance(made.default, str):
        made = made._replace(default=Path(made.default))
    return made._replace(help=made.help.replace("{allowed}", ", ".join(made.allowed)))


_ROWS = bundled_toml("eventstudy", "options.toml")

#: What may be chosen of a study: the keywords of `eventstudy.study.design.make_design`, the keys of ``[design]``.
DESIGN = {name: option(name, fields) for name, fields in _ROWS["design"].items()}

#: Where events and prices come from; what is said of bars and returns by the commands that study them; how a finding is
#: written.
SOURCES, OF_FIGURES, WRITTEN = (
    {name: option(name, fields, DESIGN) for name, fields in _ROWS[part].items()}
    for part in ("sources", "figures", "written")
)

#: Providers on the network, by the names that the catalogue's tickers use.
NETWORK = tuple(name for name in SOURCES["provider"].values() if name not in {"auto", "bundled"})


def schema(option: Option) -> dict[str, Any]:
    """Return the JSON Schema of a choice as a design writes it.

    Examples
    --------
    >>> schema(DESIGN["missing"])
    {'enum': ['exclude', 'partial']}
    >>> schema(DESIGN["market"])
    {'type': ['string', 'null']}
    """
    kinds = {"whole": "integer", "number": "number", "yes": "boolean", "names": "array", "windows": "array"}
    kind = kinds.get(option.kind, "array" if option.kind == "tests" else "string")
    optional = option.default is None
    if values := option.values():
        return {"enum": [*values, *([None] if optional else [])]}
    items = {"items": {"type": "string"}} if kind == "array" else {}
    return {"type": [kind, "null"] if optional else kind, **items}
