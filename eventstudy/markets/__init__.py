"""What traded: instruments, the instants at which their prices are struck, price files and histories of any layout.

Prices from providers and the cache are `eventstudy.markets.fetch`, further calendars `eventstudy.markets.calendar`.
"""

from eventstudy.late import late_names

__getattr__, __dir__, __all__ = late_names(__name__)
