"""Packages whose names are fetched from their modules when they are first asked for: importing one costs nothing."""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False  # without the milliseconds that `typing` takes
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def late_names(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` of a package, as its stub ``__init__.pyi`` names them."""
    module: Any = sys.modules[package]
    lines = [line.split() for line in module.__loader__.get_data(f"{module.__file__}i").decode().splitlines()]
    # The home of each name: the second word of its line, and the last.
    homes = {words[-1]: words[1] for words in sorted(lines, key=lambda words: words[-1:])}

    def fetch(name: str) -> Any:
        if homes.get(name) == package or f"{package}.{name}" in homes.values():
            return import_module(f"{package}.{name}")
        if name in homes:
            return getattr(import_module(homes[name]), name)
        raise AttributeError(f"module '{package}' has no attribute '{name}'")

    return fetch, lambda: [*homes], [*homes]
