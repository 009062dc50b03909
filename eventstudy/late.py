"""Packages whose names are fetched from their modules when they are first asked for: importing one costs nothing."""

from collections.abc import Callable
from importlib import import_module
from pkgutil import get_data
from typing import Any


def late_names(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` of a package, as its stub ``__init__.pyi`` names them."""
    lines = (get_data(package, "__init__.pyi") or b"").decode().splitlines()
    homes = {words[-1]: words[1] for words in map(str.split, lines)}

    def fetch(name: str) -> Any:
        if name in homes:
            return getattr(import_module(homes[name]), name)
        if (module := f"{package}.{name}") in homes.values():
            return import_module(module)
        raise AttributeError(f"module '{package}' has no attribute '{name}'")

    return fetch, lambda: [*homes], [*homes]
