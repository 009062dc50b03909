"""Every kind of chart by its name."""

from collections.abc import Callable
from typing import Any, NamedTuple

from eventstudy.charts.events import heatmap, placebo, scatter
from eventstudy.charts.flagged import timeline
from eventstudy.charts.frames import readings, response_path, size, specification_curve
from eventstudy.charts.paths import car, holding, multiples, raise_fold


class Kind(NamedTuple):
    """One kind of chart.

    Parameters
    ----------
    draw : callable
        The function that draws it, from a `StudyResult` or from a frame.
    takes : tuple of str
        Which of ``series``, ``window`` and ``event_id`` it takes.
    from_frame : bool
        Whether it is drawn from a plain frame.
    """

    draw: Callable[..., Any]
    takes: tuple[str, ...] = ()
    from_frame: bool = False


#: Every kind of chart, in the order in which a reader meets them; command line, report and docs iterate over it.
KINDS: dict[str, Kind] = {
    "timeline": Kind(timeline, ("series",)),
    "car": Kind(car, ("series", "window")),
    "raise-fold": Kind(raise_fold, ("series", "window")),
    "heatmap": Kind(heatmap, ("window",)),
    "multiples": Kind(multiples, ("window",)),
    "placebo": Kind(placebo, ("series", "window", "event_id")),
    "holding": Kind(holding, ("series",)),
    "scatter": Kind(scatter, ("series", "window")),
    "specification-curve": Kind(specification_curve, ("series",), from_frame=True),
    "response-path": Kind(response_path, ("series",), from_frame=True),
    "readings": Kind(readings, from_frame=True),
    "size": Kind(size, from_frame=True),
}
