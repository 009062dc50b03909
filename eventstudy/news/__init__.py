"""From an article or a headline to proposed events: who did what to whom, on which day, with which stance."""

from eventstudy.late import late_names

__getattr__, __dir__, __all__ = late_names(__name__)
