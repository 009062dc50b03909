"""The answer in words: what each market did after raises and after folds, and how sure one can be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eventstudy.errors import require_known
from eventstudy.news.stance import STANCES
from eventstudy.report.sentences import LEVEL
from eventstudy.study.result import StudyResult
from eventstudy.wording import counted, probability, quantity, window_in_words

#: What the tables call all series together, and raises less folds.
POOLED, CONTRAST = "*", "raise-fold"


@dataclass(frozen=True)
class Answer:
    """What one market did, in words.

    Parameters
    ----------
    series, label : str
        The market: its name, and how it is written.
    line : str
        The answer in one sentence: after raises and after folds, each with its p.
    by_stance : tuple of str
        A sentence a stance.
    contrast : str
        A sentence on raises less folds; empty where one of them is missing.
    """

    series: str
    label: str
    line: str
    by_stance: tuple[str, ...]
    contrast: str


def answers(result: StudyResult, window: str | None = None) -> tuple[Answer, ...]:
    """Return what each market did over one window, in words.

    Parameters
    ----------
    result : StudyResult
        The result.
    window : str, optional
        One of the study's windows; default the first.

    Returns
    -------
    tuple of Answer
        A market each, in the order of the study.

    Raises
    ------
    UnknownNameError
        If the study has no such window.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["imoex"]).fit()
    >>> answers(result, "0:0")[0].line.partition(",")[0]
    'Moscow shares: −4.6 % after 14 raises'
    """
    window = chosen_window(result, window)
    rows = result.average[result.average["window"] == window]
    by_key = {(row["series"], row["stance"]): row for row in rows.to_dict("records")}
    n_family = sum(stance == "raise" for series, stance in by_key if series != POOLED)
    found = []
    for series in result.series:
        label = result.histories[series].instrument.label
        told = [_stance_sentence(result, by_key[series, s], label, n_family) for s in STANCES if (series, s) in by_key]
        contrast = _contrast_sentence(result, by_key[series, CONTRAST]) if (series, CONTRAST) in by_key else ""
        line = _line(result, label, [by_key[series, s] for s in ("raise", "fold") if (series, s) in by_key])
        found.append(Answer(series, label, line, tuple(told), contrast))
    return tuple(found)


def chosen_window(result: StudyResult, window: str | None) -> str:
    """Return a window of the study, by default its first."""
    windows = [str(known) for known in result.design.windows]
    return windows[0] if window is None else require_known(window, windows, "window of this study")


def _line(result: StudyResult, label: str, rows: list[Mapping[Any, Any]]) -> str:
    """Say in one sentence what one market did after raises and after folds."""
    parts = []
    for row in rows:
        p, of = _p_of(result, row)
        verdict = "too few dates to tell" if math.isnan(p) else "rare" if p <= LEVEL else "nothing out of the ordinary"
        words = verdict if math.isnan(p) else f"{verdict} ({of} p {probability(p)})"
        n = counted(row["n_events"], str(row["stance"]))
        parts.append(f"{quantity(row['caar'], row['unit'])} after {n}, {words}")
    return f"{label}: {'; '.join(parts)}." if parts else f"{label}: neither a raise nor a fold was used."


def _p_of(result: StudyResult, row: Mapping[Any, Any]) -> tuple[float, str]:
    """Return the p of a mean and what it is of: the placebo where there is one, else the t over dates."""
    p = row.get("placebo_p", math.nan)
    if not math.isnan(p):
        return p, "placebo"
    tests = result.tests.set_index(["series", "stance", "window", "test"])["p_value"].to_dict()
    return tests.get((row["series"], row["stance"], row["window"], "date_clustered_t"), math.nan), "date-clustered t,"


def _stance_sentence(result: StudyResult, row: Mapping[Any, Any], label: str, n_family: int) -> str:
    n = counted(row["n_events"], str(row["stance"]))
    on = f" on {row['n_dates']} dates" if row["n_dates"] != row["n_events"] else ""
    mean = quantity(row["caar"], row["unit"])
    sentence = (
        f"After {n}{on} {label} moved {mean} on average over {window_in_words(row['window'])} "
        f"(median {quantity(row['median'], row['unit'])}), and rose after {_share(row['hit_rate'])} of them"
    )
    if not math.isnan(row["base_rate"]):
        sentence += f", as against {_share(row['base_rate'])} of days without news"
    return f"{sentence}: {_verdict(result, row, n_family)}."


def _verdict(result: StudyResult, row: Mapping[Any, Any], n_family: int) -> str:
    """Say how rare a mean is, by the placebo where there is one, else by the t over dates."""
    p, of = _p_of(result, row)
    if math.isnan(p):
        return "too few dates to say how ordinary that is"
    if of != "placebo":
        return f"{'rare' if p <= LEVEL else 'nothing out of the ordinary'} by a t over dates (p {probability(p)})"
    if p > LEVEL:
        return f"nothing out of the ordinary for a market this nervous (placebo p {probability(p)})"
    family = row.get("family_p", math.nan)
    rare = f"rare even for a market this nervous (placebo p {probability(p)}"
    if math.isnan(family) or n_family < 2:  # noqa: PLR2004  # one market is no family
        return f"{rare})"
    holds = "and it holds" if family <= LEVEL else "but it does not hold"
    return f"{rare}), {holds} over {n_family} markets at once (family p {probability(family)})"


def _contrast_sentence(result: StudyResult, row: Mapping[Any, Any]) -> str:
    """Say what lies between raises and folds, and how often labels alone do as much."""
    tests = result.tests[(result.tests["test"] == "label_permutation") & (result.tests["series"] == row["series"])]
    found = tests[tests["window"] == row["window"]]
    p = float(found["p_value"].iloc[0]) if len(found) else math.nan
    if math.isnan(p):
        return f"Raises less folds: {quantity(row['caar'], row['unit'])}; no phase has both, so no p."
    what = f"Raises less folds, within phases: {quantity(float(found['statistic'].iloc[0]), row['unit'])}"
    verdict = "more than labels alone do" if p <= LEVEL else "no more than labels alone do"
    return f"{what}, {verdict}: dealt out anew they differ as much with probability {probability(p)}."


def _share(rate: float) -> str:
    return "n/a" if math.isnan(rate) else f"{100 * rate:.0f} %"
