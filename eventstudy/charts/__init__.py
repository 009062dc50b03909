"""Pictures of a study: each function takes a `StudyResult` and returns matplotlib axes that can be sent as they are.

Importing this room does not import matplotlib; drawing does. No function touches pyplot or matplotlib's settings.
"""

from eventstudy.charts.car import car
from eventstudy.charts.equity import equity
from eventstudy.charts.heatmap import heatmap
from eventstudy.charts.holding import holding
from eventstudy.charts.kinds import KINDS, Kind
from eventstudy.charts.multiples import multiples
from eventstudy.charts.numbers import describe, numbers
from eventstudy.charts.placebo import placebo
from eventstudy.charts.raise_fold import raise_fold
from eventstudy.charts.readings import readings, reliability
from eventstudy.charts.response import response_path
from eventstudy.charts.save import save, save_pages, to_bytes
from eventstudy.charts.scatter import scatter
from eventstudy.charts.size import size
from eventstudy.charts.specification import specification_curve
from eventstudy.charts.style import DARK, LIGHT, SIZES, STYLES, Look, Style, find_style, house_style
from eventstudy.charts.timeline import timeline

__all__ = [
    "DARK",
    "KINDS",
    "LIGHT",
    "SIZES",
    "STYLES",
    "Kind",
    "Look",
    "Style",
    "car",
    "describe",
    "equity",
    "find_style",
    "heatmap",
    "holding",
    "house_style",
    "multiples",
    "numbers",
    "placebo",
    "raise_fold",
    "readings",
    "reliability",
    "response_path",
    "save",
    "save_pages",
    "scatter",
    "size",
    "specification_curve",
    "timeline",
    "to_bytes",
]
