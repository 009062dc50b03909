"""What happened: dated events, their schema, their clock, and the files and feeds they come in.

Every name is fetched from its module when it is first asked for: reading GDELT files must not load pandas.
"""

from eventstudy.late import late_names

__getattr__, __dir__, __all__ = late_names(__name__)
