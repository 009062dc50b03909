"""What happened: dated diplomatic events with a stance, their schema, and the files they come in."""

from eventstudy.news.clock import event_clock
from eventstudy.news.files import read_events
from eventstudy.news.schema import COLUMNS, check_events
from eventstudy.news.stance import STANCES, net_stance

__all__ = ["COLUMNS", "STANCES", "check_events", "event_clock", "net_stance", "read_events"]
