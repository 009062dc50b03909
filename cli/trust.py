"""`eventstudy power` and `eventstudy size`: what a study could have seen, and which of its tests to believe."""

from __future__ import annotations

from eventstudy.cli.method_views import power_view, size_view
from eventstudy.cli.options import DESIGN_FILE, Asked, Option, command
from eventstudy.cli.output import bar


@command(DESIGN_FILE, "SOURCES DESIGN how quiet", without="measure lags leads tests missing family")
def power(asked: Asked) -> None:
    """Show the smallest effect this study could have seen four times in five, by series, stance and window."""
    found = asked.study(tests=[]).power()
    asked.emit(found.power, power_view(found))


@command(
    DESIGN_FILE,
    "SOURCES",
    Option("studies", "--studies N", "whole", 1000, "Simulated studies.", first=True, least=1),
    "DESIGN how quiet",
    without="measure lags leads missing family",
)
def size(asked: Asked) -> None:
    """Show how often each test rejects where there is nothing to find: in studies simulated from this very data."""
    study = asked.study(windows=["0:0"])
    with bar("Simulated studies", asked.studies, quiet=asked.quiet) as progress:
        found = study.size(asked.studies, progress)
    asked.emit(found.size, size_view(found))
