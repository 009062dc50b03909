"""Local projections of each series on the signed labels of its events: the path of the price, horizon by horizon."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from eventstudy.errors import DesignError, require_known
from eventstudy.inference import Response, project
from eventstudy.matching import KEPT
from eventstudy.study.method import MethodResult, estimate_row, summed_intensity, whole_sample, with_car
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import SeriesSample
from eventstudy.window import Window

#: ``stance``: +1 for the first label of the contrast (a raise), -1 for the second (a fold), 0 for others.
#: ``intensity``: the events' own figure, summed.
SHOCKS = ("stance", "intensity")

DEFAULT_HORIZONS = 10
DEFAULT_LAGS = 2

#: Sessions, some two years, beyond which no horizon and no lag is estimated.
MOST = 500

_BAND = 0.95


def projections(
    result: StudyResult, horizons: int = DEFAULT_HORIZONS, lags: int = DEFAULT_LAGS, shock: str = "stance"
) -> MethodResult:
    """Project each series on the events of a study.

    Parameters
    ----------
    result : StudyResult
        The study whose market events, series and regressors are taken; the regressors are the controls.
    horizons, lags : int
        Last session after the event session; lags of returns, shocks and controls.
    shock : {'stance', 'intensity'}
        What is put at an event session. Intensity runs from -10 (attack) to +10 (accord).

    Returns
    -------
    MethodResult
        ``responses``: one row a series and horizon ``h``, the response with its 95 % band from ``low`` to ``high``.
        Regressions by series and horizon, where one could be estimated.
        Responses are to a shock of one: in the series' unit, a raise; or a fold with the sign changed.

    Raises
    ------
    DesignError, UnknownNameError
        If horizons or lags are negative or above 500, labels have no sign, or there is no such shock.

    Notes
    -----
    ``y_{t+h} - y_{t-1} = a_h + b_h s_t + Σ_l (c_l r_{t-l} + d_l s_{t-l}) + controls + e_t``, one regression a horizon,
    HAC with at least h lags. A control enters on the session itself too: where the news moves the control, the control
    takes part of the effect. A step over a missing session is missing, and so is every horizon that spans it. Sessions
    whose event the study sets aside (late, or behind a closure) are left out.

    References
    ----------
    Jordà (2005), Estimation and inference of impulse responses by local projections, American Economic Review 95.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> from eventstudy.study import EventStudy
    >>> case = load_case("raise-or-fold-2022")
    >>> result = EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"], tests=[]).fit()
    >>> projections(result, horizons=2).responses["h"].tolist()
    [0, 1, 2]
    """
    require_known(shock, SHOCKS, "shock")
    if min(horizons, lags) < 0 or max(horizons, lags) > MOST:
        raise DesignError(f"horizons {horizons} and lags {lags} must not be negative, and at most {MOST}")
    signs = _signs(result) if shock == "stance" else {}
    rows, regressions, unknown = [], {}, 0
    for name, sample in result.samples.items():
        there = with_car(sample)
        if not len(there):
            continue
        y, x, usable = whole_sample(sample)
        values = np.zeros(len(y))
        if shock == "stance":
            values[sample.position[there]] = [signs.get(label, 0.0) for label in sample.label[there]]
        else:
            values[sample.position[there]] = summed_intensity(sample)[there]
        unknown += int(np.isnan(values).sum())
        aside = sample.of.matches.market_events.set_aside(Window(0, 0), result.design.overlap) != KEPT
        values[sample.position[aside]] = np.nan
        returns = np.where(usable, y, np.nan)
        for h in range(horizons + 1):
            response = project(returns, values, x, h, lags)
            rows.append(_row(sample, shock, response))
            if response.fit is not None:
                regressions[name, h] = response.fit
    table = pd.DataFrame(rows)
    return MethodResult({"responses": table}, tuple(_cautions(table, unknown)), regressions)


def _signs(result: StudyResult) -> dict[str, float]:
    """Return the sign of each label: those of the contrast; one sign for all where there are no labels."""
    pair = result.contrast or ("raise", "fold")
    if result.groups and not set(pair) & set(result.groups):
        named = ", ".join(result.groups)
        raise DesignError(f"the labels {named} have no sign; name two of them with a hyphen (contrast=, --contrast)")
    return {pair[0]: 1.0, pair[1]: -1.0} if result.groups else {"": 1.0}


def _row(sample: SeriesSample, shock: str, response: Response) -> dict[str, object]:
    from scipy.special import stdtrit

    found = response.estimate
    reach = float(stdtrit(found.df, 0.5 + _BAND / 2)) * found.se if found.df > 0 else np.nan
    row = estimate_row(found)
    del row["restrictions"]
    head = {"series": sample.name, "shock": shock, "h": response.horizon, "unit": sample.of.unit}
    head |= {"estimate": row.pop("estimate"), "se": row.pop("se")}
    head |= {"low": found.value - reach, "high": found.value + reach}
    counts = {"n_obs": response.n_obs, "n_dates": response.n_shocks, "n_missing": response.n_missing}
    null = "the shock does not move the price from the session before it to this horizon"
    return head | row | counts | {"null": null, "note": row.pop("note")}


def _cautions(table: pd.DataFrame, unknown: int) -> Iterator[str]:
    missing = int(table["p_value"].isna().sum())
    if unknown:
        yield f"{unknown} market events have no intensity; their sessions are left out"
    if missing:
        yield f"{missing} of {len(table)} responses are not defined; see note"
    if table["note"].str.contains("too few dates").any():
        yield "some responses rest on too few dates for a robust variance; see note"
    yield "the bands are one horizon at a time: of 20 horizons without any effect one lies outside"
