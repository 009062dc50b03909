"""News x markets: the session in which each market could first react to each event, and why.

The rule (``stamp``): the event session is the first session of the instrument whose price was struck strictly after the
event was published. An event of which only the day is known counts toward that day's session if there is one, else the
next. Nothing is dropped: every (event, series) pair is a row, used or excluded with a reason.
"""

from eventstudy.matching.anchors import ANCHORS, NO_SESSION, event_positions
from eventstudy.matching.audit import Matches
from eventstudy.matching.market_events import OVERLAPS
from eventstudy.matching.pairs import match
from eventstudy.matching.remarks import CLOSURE_DAYS

__all__ = ["ANCHORS", "CLOSURE_DAYS", "NO_SESSION", "OVERLAPS", "Matches", "event_positions", "match"]
