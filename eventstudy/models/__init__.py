"""Normal returns, what a series would have done without the event."""

from eventstudy.late import late_names

__getattr__, __dir__, __all__ = late_names(__name__)
