"""Abnormal variance: whether a market moved more than usual, in whatever direction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eventstudy.markets.history import History
from eventstudy.study.estimates import SeriesEstimates

#: Unit of a variance ratio.
UNIT = "× variance"


def variance_history(of: SeriesEstimates) -> History:
    """Return a series' squared abnormal returns, each over the variance that was expected of it the session before.

    Parameters
    ----------
    of : SeriesEstimates
        The series: its abnormal returns are squared, each under the estimates of its own session, and its `scale` says
        how the variance is expected.

    Returns
    -------
    History
        Levels, about 1 on ordinary sessions; NaN before the recursion has started. Studied against their own estimation
        mean, they are the abnormal variance ratio less 1, cumulated over the window.

    Notes
    -----
    ``u_t = AR_t² / σ²_t`` with σ_t known the session before. Around an event ``AVR_t = u_t / E[u]``, here in its
    additive form ``u_t - mean of u over the estimation window``.

    References
    ----------
    Beaver (1968), The information content of annual earnings announcements, Journal of Accounting Research 6.
    Landsman and Maydew (2002), Has the information content of quarterly earnings announcements declined in the past
    three decades?, Journal of Accounting Research 40. Scaling by a conditional variance: Hilliard and Savickas (2002),
    On the statistical significance of event effects on unsystematic volatility, Journal of Financial Research 25.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(of.scale > 0, (of.ar / of.scale) ** 2, np.nan)
    history = of.history
    instrument = replace(
        history.instrument,
        label=f"{history.instrument.label}, variance",
        orientation=1,
        returns="level",
        unit=UNIT,
        up="it moved more than was expected",
    )
    return replace(history, instrument=instrument, returns=ratio, prices=None)
