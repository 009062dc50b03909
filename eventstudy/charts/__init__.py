"""Pictures of a study: each function takes a `StudyResult` and returns matplotlib axes that can be sent as they are.

Importing this package does not import matplotlib; drawing does. No function touches pyplot or matplotlib's settings.
``dir(charts)`` lists the charts; `save`, `to_bytes`, `numbers` and `describe` write and read them, and
`find_style` gives a look.
"""

from eventstudy.late import late_names

__getattr__, _, __all__ = late_names(__name__)


def __dir__() -> list[str]:
    from eventstudy.charts.kinds import KINDS

    return sorted(["equity", *(name.replace("-", "_") for name in KINDS)])
