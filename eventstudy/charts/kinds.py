"""Every kind of chart by its name."""

from collections.abc import Callable
from typing import Any, NamedTuple

from eventstudy.charts.events import heatmap, placebo, scatter
from eventstudy.charts.flagged import timeline
from eventstudy.charts.frames import readings, reliability, response_path, size, specification_curve
from eventstudy.charts.paths import car, holding, multiples, raise_fold


class Kind(NamedTuple):
    """One kind of chart.

    Parameters
    ----------
    draw : callable
        The function that draws it, from a `StudyResult` or from a frame.
    says : str
        What it shows, in a few words.
    takes : tuple of str
        Which of ``series``, ``window`` and ``event_id`` it takes.
    from_frame : bool
        Whether it is drawn from a plain frame.
    """

    draw: Callable[..., Any]
    says: str
    takes: tuple[str, ...] = ()
    from_frame: bool = False


#: Every kind of chart, in the order in which a reader meets them; command line, report and docs iterate over it.
KINDS: dict[str, Kind] = {
    "timeline": Kind(timeline, "the price through the events", ("series",)),
    "car": Kind(car, "mean path after each stance, against days without news", ("series", "window")),
    "raise-fold": Kind(
        raise_fold, "raises against folds, and by window their difference with its p", ("series", "window")
    ),
    "heatmap": Kind(heatmap, "events by instruments, coloured where out of the ordinary", ("window",)),
    "multiples": Kind(multiples, "the mean paths of every instrument, a small panel each", ("window",)),
    "placebo": Kind(placebo, "one event among its market's days without news", ("series", "window", "event_id")),
    "holding": Kind(holding, "mean return by sessions held, against the base rate", ("series",)),
    "scatter": Kind(scatter, "reaction on the intensity of the news", ("series", "window")),
    "specification-curve": Kind(specification_curve, "the answer under every design", ("series",), from_frame=True),
    "response-path": Kind(response_path, "the path of local projections", ("series",), from_frame=True),
    "readings": Kind(readings, "coded stances against what prices took the events for", from_frame=True),
    "reliability": Kind(reliability, "how far the odds of readings can be believed", from_frame=True),
    "size": Kind(size, "how often each test rejects when nothing happened", from_frame=True),
}
