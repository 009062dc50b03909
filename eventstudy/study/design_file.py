"""A design as a TOML file: what is studied, and every choice of how."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from eventstudy.errors import DesignError, EventStudyError, InputError, require_known
from eventstudy.models import LinearModel, make_model
from eventstudy.study.design import Design, make_design

#: What the table ``[data]`` may hold: where events and prices come from.
DATA = ("case", "events", "prices", "provider")

#: What the table ``[design]`` may hold: the choices of `make_design`.
CHOICES = ("model", "market", "factors", *(field.name for field in fields(Design) if field.name != "model"))


@dataclass(frozen=True)
class DesignFile:
    """What a design file says.

    Parameters
    ----------
    choices : mapping of str to object
        What it passes to `make_design`; a choice that it does not name is left to the default.
    data : mapping of str to str
        Where events and prices come from; paths are as they stand in the file.
    """

    choices: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)

    @property
    def design(self) -> Design:
        """The design: the file's choices, and the defaults for the rest."""
        return make_design(**self.choices)


def design_to_toml(design: Design, data: Mapping[str, str] | None = None) -> str:
    """Write a design, every choice of it, as TOML.

    Parameters
    ----------
    design : Design
        The design.
    data : mapping of str to str, optional
        Where events and prices come from; any of `DATA`.

    Returns
    -------
    str
        The text of a file; `parse_design` reads the very design back.

    Raises
    ------
    DesignError
        If the model cannot be named by words.

    Examples
    --------
    >>> text = design_to_toml(make_design(windows=["0:1"]), {"case": "crimea-2014"})
    >>> print(text.splitlines()[1])
    case = "crimea-2014"
    >>> parse_design(text).design == make_design(windows=["0:1"])
    True
    """
    plain = {key: value for key, value in design.as_dict().items() if key not in {"model", "regressors"}}
    named = {"model": design.model.name, **_regressors(design.model), **plain}
    lines = []
    if data:
        for key in data:
            require_known(key, DATA, "kind of data")
        lines += ["[data]", *(f"{key} = {_value(value)}" for key, value in data.items()), ""]
    lines += ["[design]", *(f"{key} = {_value(value)}" for key, value in named.items() if value is not None)]
    return "\n".join(lines) + "\n"


def parse_design(text: str, source: str = "the design") -> DesignFile:
    """Read a design from TOML.

    Parameters
    ----------
    text : str
        The text: tables ``[data]`` and ``[design]``.
    source : str
        What to call it in messages.

    Returns
    -------
    DesignFile
        What it says.

    Raises
    ------
    InputError
        If it is no TOML, or a value is of the wrong kind.
    UnknownNameError
        If it has a table or a key that does not exist.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source} is no TOML: {error}") from None
    for key, table in tables.items():
        require_known(key, ("data", "design"), f"table of {source}")
        if not isinstance(table, dict):
            raise InputError(f"{source}: '{key}' must be a table: [{key}]")
    data, choices = tables.get("data", {}), tables.get("design", {})
    for key, value in data.items():
        require_known(key, DATA, f"key of [data] in {source}")
        if not isinstance(value, str):
            raise InputError(f"{source}: {key} = {value!r} must be a text")
    for key, value in choices.items():
        require_known(key, CHOICES, f"key of [design] in {source}")
        _check(key, value, source)
    return DesignFile(choices, data)


def read_design(path: str | Path) -> DesignFile:
    """Read a design file; relative paths in it are taken from its own folder.

    Parameters
    ----------
    path : str or Path
        The file.

    Raises
    ------
    InputError
        If it cannot be read; else as `parse_design`.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path.name} is not UTF-8 text") from None
    found = parse_design(text, path.name)
    placed = {
        key: str(path.parent / value) if key in {"events", "prices"} else value for key, value in found.data.items()
    }
    return DesignFile(found.choices, placed)


def _regressors(model: LinearModel) -> dict[str, Any]:
    """Return the words that, with its name, make the model."""
    regressors = list(model.regressors)
    candidates: tuple[dict[str, Any], ...] = (
        {},
        {"market": regressors[0]} if regressors else {},
        {"factors": regressors},
    )
    for words in candidates:
        with suppress(EventStudyError):
            if make_model(model.name, **words) == model:
                return words
    raise DesignError(f"{model!r} has choices of its own, which a design file cannot hold")


def _value(value: Any) -> str:
    """Write one value; TOML's texts, lists, numbers and truth values are JSON's."""
    return json.dumps(value, ensure_ascii=False)


#: Of which type a choice must be; the others are texts.
_TYPES: dict[str, tuple[type, str]] = {
    "min_obs": (int, "a whole number"),
    "seed": (int, "a whole number"),
    "include_proposed": (bool, "true or false"),
    "windows": (list, "a list of texts"),
    "series": (list, "a list of texts"),
    "factors": (list, "a list of texts"),
}


def _check(key: str, value: Any, source: str) -> None:
    wanted, words = _TYPES.get(key, (str, "a text"))
    if key == "tests":
        wanted, words = (list, "a list of texts, 'default' or 'all'") if not isinstance(value, str) else (str, "")
    right = isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))
    if not right or (wanted is list and not all(isinstance(item, str) for item in value)):
        raise InputError(f"{source}: {key} = {value!r} must be {words}")
