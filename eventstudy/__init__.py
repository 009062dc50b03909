"""Market-impact event studies: dated diplomatic news is matched to markets, and a study says whether they moved.

This is the public API. It defines nothing: ``__init__.pyi`` says, to type checkers and here, which name comes from
which package; each is fetched when it is first asked for, so that ``import eventstudy`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # without the milliseconds that `typing` takes
if TYPE_CHECKING:
    from typing import Any

_LINES = [line.split() for line in __loader__.get_data(f"{__file__}i").decode().splitlines()]
#: The home of each name: the second word of its line, and the last.
_HOMES = {words[-1]: words[1] for words in sorted(_LINES, key=lambda words: words[-1:])}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'eventstudy' has no attribute '{name}'")
    home = _HOMES[name]
    return import_module(f"{home}.{name}") if home == __name__ else getattr(import_module(home), name)


def __dir__() -> list[str]:
    return __all__
