"""Options in groups: a command has a dataclass of options as one parameter."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import Any, get_type_hints


def grouped(*without: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of its groups.

    A parameter whose type is a dataclass stands for the fields of that dataclass: each is an option, and the command
    receives them as one value. An option that the command declares itself takes the place of a group's of that name.

    Parameters
    ----------
    without : str
        Options of the groups that this command does not have; they keep their defaults.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True).parameters
        groups = {name: _options(one.annotation, (*own, *without)) for name, one in own.items() if _is_group(one)}
        options: dict[str, inspect.Parameter] = {}
        for name, one in own.items():
            for each in _options(one.annotation, without) if name in groups else [one]:
                options.setdefault(each.name, own.get(each.name, each).replace(kind=inspect.Parameter.KEYWORD_ONLY))

        @wraps(command)
        def with_groups(**given: Any) -> None:
            made = {
                name: own[name].annotation(**{one.name: given[one.name] for one in groups[name]}) for name in groups
            }
            command(**made, **{name: given[name] for name in own if name not in groups})

        with_groups.__signature__ = inspect.Signature(list(options.values()))  # type: ignore[attr-defined]
        with_groups.__annotations__ = {name: one.annotation for name, one in options.items()}
        return with_groups

    return decorate


def _is_group(parameter: inspect.Parameter) -> bool:
    return isinstance(parameter.annotation, type) and is_dataclass(parameter.annotation)


def _options(group: Any, without: tuple[str, ...]) -> list[inspect.Parameter]:
    """Return the fields of a dataclass as parameters."""
    types = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=one.default, annotation=types[one.name])
        for one in fields(group)
        if one.name not in without
    ]
