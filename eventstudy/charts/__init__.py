"""Pictures of a study: each function takes a `StudyResult` and returns matplotlib axes that can be sent as they are.

Importing this room does not import matplotlib; drawing does. No function touches pyplot or matplotlib's settings.
"""

from eventstudy.charts.car import car
from eventstudy.charts.save import save
from eventstudy.charts.style import LIGHT, Style
from eventstudy.charts.timeline import timeline

__all__ = ["LIGHT", "Style", "car", "save", "timeline"]
