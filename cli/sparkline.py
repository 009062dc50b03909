"""A path in one line of text."""

from __future__ import annotations

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], low: float, high: float) -> str:
    """Return numbers as a line of bars between two ends; a blank where there is none.

    Examples
    --------
    >>> sparkline([0.0, 1.0, float("nan"), 2.0], 0.0, 2.0)
    '▁▅ █'
    """
    step = (high - low) / (len(_BARS) - 1) or 1.0
    return "".join(" " if v != v else _BARS[int((v - low) / step + 0.5)] for v in values)  # noqa: PLR0124  # NaN
