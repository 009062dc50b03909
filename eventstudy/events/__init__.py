"""What happened: dated events, their schema, their clock, and the files and feeds they come in.

Every name is fetched from its module when it is first asked for: reading GDELT files must not load pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventstudy.events.clock import event_clock
    from eventstudy.events.gdelt import Filters, gdelt_events, read_gdelt
    from eventstudy.events.schema import COLUMNS, STANCES, check_events, net_stance, read_events

_HOMES = {
    "event_clock": "clock", **dict.fromkeys(("Filters", "gdelt_events", "read_gdelt"), "gdelt"),
    **dict.fromkeys(("COLUMNS", "STANCES", "check_events", "net_stance", "read_events"), "schema"),
}  # fmt: skip

__all__ = [
    "COLUMNS", "STANCES", "Filters", "check_events", "event_clock", "gdelt_events", "net_stance", "read_events",
    "read_gdelt",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"eventstudy.events.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'eventstudy.events' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
