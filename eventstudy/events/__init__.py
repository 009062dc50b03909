"""What happened: dated events, their schema, their clock, and the files and feeds they come in.

Every name is fetched from its module when it is first asked for: reading GDELT files must not load pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventstudy.events.clock import event_clock, public_at, published_by, read_as_of, read_time, write_as_of
    from eventstudy.events.gdelt import Filters, gdelt_events, read_gdelt
    from eventstudy.events.ics import import_ics
    from eventstudy.events.merging import append_events, merge_events, read_proposals
    from eventstudy.events.schema import COLUMNS, STANCES, check_events, events_of, net_stance, proposal, read_events

_BY_MODULE = {
    "clock": "event_clock public_at published_by read_as_of read_time write_as_of",
    "gdelt": "Filters gdelt_events read_gdelt",
    "ics": "import_ics",
    "merging": "append_events merge_events read_proposals",
    "schema": "COLUMNS STANCES check_events events_of net_stance proposal read_events",
}
_HOMES = {name: module for module, names in _BY_MODULE.items() for name in names.split()}

__all__ = [
    "COLUMNS", "STANCES", "Filters", "append_events", "check_events", "event_clock", "events_of", "gdelt_events",
    "import_ics", "merge_events", "net_stance", "proposal", "public_at", "published_by", "read_as_of", "read_events",
    "read_gdelt", "read_proposals", "read_time", "write_as_of",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"eventstudy.events.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'eventstudy.events' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
