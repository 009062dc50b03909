"""The study: all choices in one printable value, and from events and markets to a result.

Every name is fetched from its module when it is first asked for.
"""

from eventstudy.late import late_names

__getattr__, __dir__, __all__ = late_names(__name__)
