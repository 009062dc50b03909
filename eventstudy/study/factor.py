"""The news factor of a study: what its event days have in common across markets that other days have not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.errors import DesignError, NothingUsableError
from eventstudy.events.stance import net_stance
from eventstudy.inference import news_factor
from eventstudy.inference.placebo import touched
from eventstudy.inference.resampled import NULL_FACTOR
from eventstudy.matching import KEPT
from eventstudy.study.method import MethodResult, with_car
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL
from eventstudy.window import Window, span

DRAWS = 9_999


def factor(result: StudyResult, n_draws: int = DRAWS) -> MethodResult:
    """Find the news factor of a study.

    Parameters
    ----------
    result, n_draws : StudyResult and int
        The study, and the number of placebo sets of days.

    Returns
    -------
    MethodResult
        ``loadings``, a row a label (``*`` for all) and series, and ``factor``, a row a label. Loadings are in units
        of each series' own volatility, as it was known the day before.

    Raises
    ------
    DesignError
        If there is only one series, or there are too few common event days.
    NothingUsableError
        If the series have no day in common.

    Notes
    -----
    Days are those on which every series has an abnormal return and a volatility. A day is an event day if it is the
    session of a market event in any series (the same news can meet markets on two days), with the net label of all of
    them; days inside an event's window that are none are left out, and so are those of market events that are set
    aside. See `eventstudy.inference.news_factor`.
    """
    names, zero = list(result.series), Window(0, 0)
    if len(names) < 2:  # noqa: PLR2004  # a covariance needs two
        raise DesignError("a factor across markets needs at least two series")
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = {name: pd.Series(of.ar / of.scale, of.history.sessions) for name, of in result.estimates.items()}
    z = pd.DataFrame(scaled).replace([np.inf, -np.inf], np.nan).dropna()
    if not len(z):
        raise NothingUsableError("the series have no day in common on which all have an abnormal return")
    met: dict[int, list[str]] = {}
    near = np.zeros(len(z), dtype=bool)
    for sample in result.samples.values():
        there, sessions = with_car(sample), sample.of.history.sessions
        aside = sample.of.matches.market_events.set_aside(zero, result.design.overlap)[there] != KEPT
        at = sample.session[there][~aside].astype("datetime64[ns]").tolist()
        for session, label in zip(at, sample.label[there][~aside], strict=True):
            met.setdefault(session, []).append(label)
        inside = touched(len(sessions), sample.position[there], span((zero, result.design.span)))
        near |= np.isin(z.index.to_numpy(), sessions[inside])
    days = z.index.to_numpy().astype("datetime64[ns]").tolist()
    is_news = np.array([day in met for day in days])
    labels = np.array([net_stance(met.get(day, [""])) for day in days])
    rows, loadings, left_out = [], [], []
    for group in (ALL, *(label for label in result.groups if label != "mixed")):
        is_event = is_news & ((group == ALL) | (labels == group))
        kept = is_event | ~near
        try:
            found = news_factor(z.to_numpy()[kept], is_event[kept], n_draws, result.design.seed)
        except DesignError as error:
            if group == ALL:
                raise
            left_out.append(f"no factor for {group}: {error}")
            continue
        counts = {"n_event_days": found.n_event, "n_other_days": found.n_other, "n_series": len(names)}
        figures = {"eigenvalue": found.eigenvalue, "share": found.share, "law": "placebo", "df": found.n_draws}
        rows.append({"stance": group} | figures | {"p_value": found.p_value} | counts | {"null": NULL_FACTOR})
        columns = {"loading": found.loadings, "sd_event": found.sd_event, "sd_other": found.sd_other}
        loadings.append(pd.DataFrame({"stance": group, "series": names, "unit": "own volatility", **columns}))
    note = f"{len(z)} common days of {len(names)} series; {int((near & ~is_news).sum())} near events are neither side"
    frames = {"loadings": pd.concat(loadings, ignore_index=True), "factor": pd.DataFrame(rows)}
    return MethodResult(frames, (note, *left_out))
