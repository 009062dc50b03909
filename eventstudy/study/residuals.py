"""The residuals of every event's own estimation window: where its CAR stands among them, and whether they are sound."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.inference.nonparametric import NULL_QUANTILE, sample_quantiles
from eventstudy.inference.regressions import FEWEST, diagnose
from eventstudy.study.method import MethodResult, with_car
from eventstudy.study.result import StudyResult
from eventstudy.study.tables import event_pairs

_CALM = (
    "the residuals are those of the estimation window: where it was calmer than the days of the event the p is too "
    "small, see p_value of the study"
)


def quantiles(result: StudyResult) -> MethodResult:
    """Place every CAR among the residuals of its own estimation window.

    Returns
    -------
    MethodResult
        ``quantiles``, by event_id (the first of a market event), series and window: one-sided and two-sided p, the
        number of draws, the smallest p they can give, and the study's placebo p beside them. See
        `eventstudy.inference.sample_quantiles`.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> from eventstudy.study import EventStudy
    >>> case = load_case("raise-or-fold-2022")
    >>> result = EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"], tests=[]).fit()
    >>> row = quantiles(result).quantiles.set_index("event_id").loc["2022-02-24-invasion"]
    >>> bool(row["sq_p"] == row["sq_floor"])
    True
    """
    windows, parts = result.design.windows, []
    for name, sample in result.samples.items():
        there = with_car(sample)
        residual = event_pairs([sample])["residual"][there]
        for w, window in enumerate(windows):
            car = sample.car[there, w]
            found = sample_quantiles(car, residual, window.n_sessions)
            n_draws = found["n_draws"].to_numpy()
            figures = {
                "event_id": sample.ids[there],
                "series": name,
                "window": str(window),
                "stance": sample.label[there],
                "unit": sample.of.unit,
                "car": car,
                "sq_lower": found["p_lower"].to_numpy(),
                "sq_upper": found["p_upper"].to_numpy(),
                "sq_p": found["p_value"].to_numpy(),
                "sq_n": n_draws,
                "sq_floor": np.where(n_draws > 0, 2.0 / (n_draws + 1), np.nan),
                "placebo_p": sample.p[there, w],
                "law": "exact",
                "null": NULL_QUANTILE,
                "note": np.where(np.isnan(car), "no CAR", ""),
            }
            parts.append(pd.DataFrame(figures).assign(order=sample.session[there].astype("datetime64[ns]"), place=w))
    # In time, then as the study names series and windows.
    table = pd.concat(parts, ignore_index=True)
    places = {name: k for k, name in enumerate(result.series)}
    keys = (table["place"], table["series"].map(places), table["event_id"], table["order"])
    table = table.iloc[np.lexsort(keys)].drop(columns=["order", "place"]).reset_index(drop=True)
    missing, warnings = int(table["sq_p"].isna().sum()), [_CALM]
    if max(window.n_sessions for window in windows) > 1:
        warnings.append("sums over neighbouring sessions overlap: for long windows they are fewer draws than sq_n says")
    if missing:
        warnings.append(f"{missing} of {len(table)} have no p; see note")
    return MethodResult({"quantiles": table}, tuple(warnings))


def diagnostics(result: StudyResult) -> MethodResult:
    """Test the residuals of every market event.

    Returns
    -------
    MethodResult
        ``diagnostics``, by event_id, series and test: Ljung-Box, ARCH-LM, Jarque-Bera, Durbin-Watson and CUSUM; see
        `eventstudy.inference.regressions.diagnose`. A market event with fewer than 30 residuals has no rows, and a
        warning counts such ones.
    """
    rows: list[tuple[object, ...]] = []
    n_short = 0
    for name, sample in result.samples.items():
        of = event_pairs([sample])
        for k in with_car(sample).tolist():
            n_obs, df = int(of["n_obs"][k]), int(of["df"][k])
            found = diagnose(of["residual"][k], n_obs - df)
            n_short += not found
            head = sample.ids[k], name
            rows += [(*head, test, value, law, df, p, n_obs, null) for test, (value, law, df, p, null) in found.items()]
    columns = ["event_id", "series", "test", "statistic", "law", "df", "p_value", "n_obs", "null"]
    table = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(("statistic", "df", "p_value"), float))
    warning = f"{n_short} market events have fewer than {FEWEST} residuals and are not diagnosed"
    return MethodResult({"diagnostics": table}, (warning,) if n_short else ())
