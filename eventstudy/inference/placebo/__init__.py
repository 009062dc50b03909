"""The volatility-scaled placebo: how ordinary a move is among the moves of days without news.

Diplomatic news comes on few dates, in markets that are already nervous. A CAR is therefore divided by what its market's
volatility was the day before, and held against the same figure on every other admissible session of the sample; a mean
over events against the same mean over placebo calendars of the same shape.
"""

from eventstudy.inference.placebo.calendars import Calendar, calendar_of, draw_anchors
from eventstudy.inference.placebo.counts import placebo_p, step_down_p
from eventstudy.inference.placebo.scale import DECAY, SCALES, START, ewma_scale, garch_scale, placebo_z
from eventstudy.inference.placebo.sessions import ENOUGH, event_spans, settled, untouched
from eventstudy.inference.placebo.sets import draw_sets, independent_windows, mean_weights, set_sums, windows_drawn

__all__ = [
    "DECAY",
    "ENOUGH",
    "SCALES",
    "START",
    "Calendar",
    "calendar_of",
    "draw_anchors",
    "draw_sets",
    "event_spans",
    "ewma_scale",
    "garch_scale",
    "independent_windows",
    "mean_weights",
    "placebo_p",
    "placebo_z",
    "set_sums",
    "settled",
    "step_down_p",
    "untouched",
    "windows_drawn",
]
