"""The answer: what a series did after events of one label, over one window, with the p of that very number."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.events.stance import STANCES
from eventstudy.inference import benjamini_hochberg, holm, overlap_matrix, raise_fold_permutation
from eventstudy.returns import Floats
from eventstudy.study.design import Design
from eventstudy.study.estimates import Estimates
from eventstudy.study.placebo import DRAWS, Group, MeanPlacebo, mean_placebos
from eventstudy.study.sample import (
    ALL,
    Samples,
    SeriesSample,
    contrast_events,
    events_of,
    labels_of,
    pooled,
    split_contrast,
)
from eventstudy.wording import counted, p_in_words, quantity, window_in_words

_NAN = math.nan

#: What is abnormal, by the unit of a series that has no returns; of others it is a change in their own unit.
_MEASURES = {"log volume": "volume", "× variance": "variance"}


@dataclass(frozen=True)
class Answer:
    """One row of the `average` table: everything in it comes from one frozen sample of market events.

    Parameters
    ----------
    series, stance, window, unit : str
        The question, and the unit of the returns. Series ``*`` pools, stance ``*`` takes all labels, and a contrast
        such as ``raise-fold`` is the difference of its two rows.
    n, n_events, n_set_aside : int
        Market events, the dated events behind them, and market events with a CAR that stand in no mean.
    caar, median, z, move : float
        Mean CAR, median CAR, mean volatility-scaled CAR, mean raw return over the window.
    rose, base_rate : float
        Share of raw returns above 0, and the same on days without news.
    worst, best : float
        Lowest and highest CAR.
    without_largest : float
        Mean CAR without the event of the largest absolute one.
    largest_event : str
        Id of that event.
    p_value : float
        Placebo p of `z`; for a contrast that of permuted labels.
    p_source : {'sessions', 'residuals', 'labels', ''}
        What it was held against.
    days : float
        Days without news behind it; for a contrast the number of assignments of labels.
    family_p, family_days, holm_p, bh_p : float
        What holds for all series of this label and window: step-down max |z| (Holm for contrasts) and the days that the
        series have in common, Holm, Benjamini-Hochberg.
    set_aside : mapping of str to int
        Market events in no mean, by the reason.
    label : str
        The series in words.
    is_contrast : bool
        Whether it is the difference of two rows.
    """

    series: str
    stance: str
    window: str
    unit: str
    n: int
    n_events: int
    n_set_aside: int
    caar: float = _NAN
    median: float = _NAN
    z: float = _NAN
    move: float = _NAN
    rose: float = _NAN
    base_rate: float = _NAN
    worst: float = _NAN
    best: float = _NAN
    without_largest: float = _NAN
    largest_event: str = ""
    p_value: float = _NAN
    p_source: str = ""
    days: float = _NAN
    family_p: float = _NAN
    family_days: float = _NAN
    holm_p: float = _NAN
    bh_p: float = _NAN
    set_aside: Mapping[str, int] | None = None
    label: str = ""
    is_contrast: bool = False

    @property
    def sentence(self) -> str:
        """The answer in one to three plain sentences."""
        who = self.label or self.series
        where, number = window_in_words(self.window), quantity(self.caar, self.unit)
        p = p_in_words(self.p_value, _NAN if self.is_contrast else self.days)
        alone = self.family_p == self.p_value and (self.is_contrast or self.family_days == self.days)
        family = "" if alone or math.isnan(self.family_p) else f", family {p_in_words(self.family_p, self.family_days)}"
        if not self.n:
            of = "" if self.stance == ALL else f" of '{self.stance}'"
            return f"{who}: no event{of} stands in a mean over {where}."
        pooled = self.series == ALL
        what = "return" if self.unit.endswith(" return") else _MEASURES.get(self.unit, "change")
        if self.is_contrast:
            apart, of = self.stance.replace("-", " − "), f"{self.n:,} {'moves' if pooled else 'events'}"
            return f"{who}, {apart} over {where}: {number} ({of}); {p}{family}."
        # A pool counts every market of an event: the dated events are named first, then how many moves that makes.
        after = counted(self.n_events if pooled else self.n, self.stance if self.stance in STANCES else "event")
        after += "" if self.stance in (*STANCES, ALL) else f" labelled {self.stance}"
        after += f" ({self.n:,} moves)" if pooled else ""
        rose = "" if math.isnan(self.rose) else (
            f"; {'they' if pooled else 'it'} moved {quantity(self.move, self.unit)} and rose after "
            f"{round(self.rose * self.n)} of {self.n}"
            + ("" if math.isnan(self.base_rate) else f" (days without news: {100 * self.base_rate:.0f} %)")
        )  # fmt: skip
        without = "" if math.isnan(self.without_largest) else (
            f" Without {self.largest_event} it is {quantity(self.without_largest, self.unit)}."
        )  # fmt: skip
        return f"{who} after {after}, {where}: abnormal {what} {number}{rose}; {p}{family}.{without}"

    def __repr__(self) -> str:
        return self.sentence


def answers(samples: Samples, estimates: Estimates, design: Design, draws: int = DRAWS) -> list[Answer]:
    """Return every row of the `average` table.

    Parameters
    ----------
    samples : dict of str to SeriesSample
        The market events of every series.
    estimates : dict of str to SeriesEstimates
        The series.
    design : Design
        The choices.
    draws : int
        Placebo sets drawn for each mean.
    """
    labels = labels_of(samples)
    pair = split_contrast(design.contrast, labels)
    units = {name: of.of.unit for name, of in samples.items() if np.isfinite(of.car).any()}
    pool = pooled(units)
    by_window = [
        _of_window(samples, estimates, design, w, [*labels, ALL], pool, pair, draws) for w in range(len(design.windows))
    ]
    order = [*labels, ALL, *([design.contrast] if pair and design.contrast else [])]
    found = {(a.series, a.stance, a.window): a for of_window in by_window for a in of_window}
    return [
        found[name, stance, str(window)]
        for name in (*units, ALL)
        for stance in order
        for window in design.windows
        if (name, stance, str(window)) in found
    ]


def average_table(found: Sequence[Answer]) -> pd.DataFrame:
    """Return answers as a frame, a column a field, but for the reasons and the label."""
    names = [f.name for f in fields(Answer) if f.name not in {"set_aside", "label", "is_contrast"}]
    return pd.DataFrame({name: [getattr(answer, name) for answer in found] for name in names})


def _of_window(
    samples: Samples,
    estimates: Estimates,
    design: Design,
    w: int,
    labels: list[str],
    pool: list[str],
    pair: tuple[str, str] | None,
    draws: int,
) -> Iterator[Answer]:
    window = design.windows[w]
    rows = {(name, label): of.rows(label, w) for name, of in samples.items() for label in labels}
    groups = [
        Group.of(estimates[name], label, samples[name].position[at], samples[name].z[at, w], w)
        for (name, label), at in rows.items()
        if len(at)
    ]
    pools = {label: [name for name in pool if len(rows[name, label])] for label in labels}
    placebos = mean_placebos(groups, pools, estimates, w, draws)
    free = {name: of.of.move[of.of.block.calendar.clear(window), w] for name, of in samples.items()}
    free = {name: moves[np.isfinite(moves)] for name, moves in free.items()}
    drafts = [
        _draft(samples[name], label, w, at, placebos.get((name, label)), free[name])
        for (name, label), at in rows.items()
    ]
    found = [draft for draft in drafts if draft["n"] or draft["n_set_aside"]]
    several = [name for name in pool if any(len(rows[name, label]) for label in labels)]
    if len(several) > 1:
        found += [
            _pooled(
                {name: samples[name] for name in several},
                {n: rows[n, label] for n in several},
                label,
                w,
                placebos,
                free,
            )
            for label in labels
            if any(len(rows[name, label]) for name in several)
        ]
    by_key = {(draft["series"], draft["stance"]): draft for draft in found}
    if pair and design.contrast:
        for name in [*samples, *([ALL] if len(several) > 1 else [])]:
            both = [by_key.get((name, label)) for label in pair]
            if all(draft and draft["n"] for draft in both):
                chosen = {n: samples[n] for n in (several if name == ALL else [name])}
                found.append(
                    _contrast(both, chosen, pair, w, design) | {"stance": design.contrast, "is_contrast": True}
                )
    _adjust(found, design.contrast)
    for draft in found:
        yield Answer(**draft | {"window": str(window)})


def _draft(
    sample: SeriesSample, label: str, w: int, rows: NDArray[np.int64], placebo: MeanPlacebo | None, free: Floats
) -> dict[str, Any]:
    """Return the fields of one row; a mean over one event has that event's own p."""
    aside = sample.set_aside(label, w)
    row: dict[str, Any] = {
        "series": sample.name,
        "stance": label,
        "unit": sample.of.unit,
        "n": len(rows),
        "n_events": int(sample.n_members[rows].sum()),
        "n_set_aside": sum(aside.values()),
        "set_aside": aside,
        "label": sample.of.history.instrument.label,
    }
    if not len(rows):
        return row
    row |= _figures(sample.car[rows, w], sample.z[rows, w], sample.move[rows, w], sample.ids[rows], free)
    if len(rows) == 1:
        k = int(rows[0])
        source = "residuals" if sample.from_residuals[k, w] else "sessions"
        placebo = MeanPlacebo(
            sample.p[k, w], sample.days[k, w], source, sample.family_p[k, w], sample.family_days[k, w]
        )
    if placebo is not None and not math.isnan(placebo.p):
        row |= {"p_value": float(placebo.p), "p_source": placebo.source, "days": float(placebo.days)}
        row |= {"family_p": float(placebo.family_p), "family_days": float(placebo.family_days)}
    return row


def _figures(car: Floats, z: Floats, move: Floats, ids: NDArray[np.object_], free: Floats) -> dict[str, Any]:
    """Return the figures of one row; `free` are the raw returns on days without news."""
    n, largest, rising = len(car), int(np.argmax(np.abs(car))), np.sort(car)
    return {
        "caar": float(car.sum()) / n,
        "median": float(rising[(n - 1) // 2] + rising[n // 2]) / 2,
        "z": float(z.sum()) / n,
        "move": float(move.sum()) / n,
        "rose": np.count_nonzero(move > 0) / n if np.isfinite(move).all() else _NAN,
        "base_rate": np.count_nonzero(free > 0) / len(free) if len(free) else _NAN,
        "worst": float(rising[0]),
        "best": float(rising[-1]),
        "without_largest": float(np.append(car[:largest], car[largest + 1 :]).sum()) / (n - 1) if n > 1 else _NAN,
        "largest_event": str(ids[largest]) if n > 1 else "",
    }


def _pooled(
    samples: Samples,
    rows: Mapping[str, NDArray[np.int64]],
    label: str,
    w: int,
    placebos: Mapping[tuple[str, str], MeanPlacebo],
    free: Mapping[str, Floats],
) -> dict[str, Any]:
    """Return the row of several series: every market event of every series counts alike."""
    there = [name for name in samples if len(rows[name])]
    joined = {
        figure: np.concatenate([getattr(samples[name], figure)[rows[name], w] for name in there])
        for figure in ("car", "z", "move")
    }
    ids = np.concatenate([samples[name].ids[rows[name]] for name in there])
    aside: dict[str, int] = {}
    for of in samples.values():
        for reason, n in of.set_aside(label, w).items():
            aside[reason] = aside.get(reason, 0) + n
    events = np.unique(np.concatenate([events_of(samples[name], rows[name]) for name in there]))
    placebo = placebos.get((ALL, label))
    if len(there) == 1:
        placebo = placebos.get((there[0], label))
        only = samples[there[0]]
        if len(rows[there[0]]) == 1:
            k = int(rows[there[0]][0])
            source = "residuals" if only.from_residuals[k, w] else "sessions"
            placebo = MeanPlacebo(only.p[k, w], only.days[k, w], source)
    p = {} if placebo is None else {"p_value": placebo.p, "p_source": placebo.source, "days": placebo.days}
    return {
        "series": ALL,
        "stance": label,
        "unit": samples[there[0]].of.unit,
        "n": len(ids),
        "n_events": len(events),
        "n_set_aside": sum(aside.values()),
        "set_aside": aside,
        "label": "All series",
        **_figures(joined["car"], joined["z"], joined["move"], ids, np.concatenate([free[name] for name in there])),
        **p,
    }


def _contrast(
    both: Sequence[Mapping[str, Any] | None],
    samples: Samples,
    pair: tuple[str, str],
    w: int,
    design: Design,
) -> dict[str, Any]:
    """Return the difference of two rows, and the p of permuted labels over their market events."""
    first, second = (dict(draft or {}) for draft in both)
    found = contrast_events(list(samples.values()), pair, w)
    n_obs = found.n_obs if design.model.form == "ols" else np.inf
    overlap = overlap_matrix(found.position, design.windows[w].n_sessions, n_obs, design.estimation.n_sessions)
    p, n_assignments, _ = raise_fold_permutation(found.z, found.is_first, found.phase, overlap, design.seed)
    differences = {key: first[key] - second[key] for key in ("caar", "median", "z", "move", "rose")}
    totals = {key: first[key] + second[key] for key in ("n", "n_events", "n_set_aside")}
    known = {} if math.isnan(p) else {"p_value": float(p), "p_source": "labels", "days": float(n_assignments)}
    return {**{key: first[key] for key in ("series", "unit", "label")}, **differences, **totals, **known}


def _adjust(drafts: Sequence[dict[str, Any]], contrast: str | None) -> None:
    """Add what holds for all series of a label; the pooled row is no member of the family."""
    for stance in dict.fromkeys(draft["stance"] for draft in drafts):
        family = [d for d in drafts if d["stance"] == stance and d["series"] != ALL and "p_value" in d]
        p_values = np.array([draft["p_value"] for draft in family], dtype=np.float64)
        if not family:
            continue
        for key, adjusted in (("holm_p", holm(p_values)), ("bh_p", benjamini_hochberg(p_values))):
            for draft, p in zip(family, adjusted, strict=True):
                draft[key] = float(p)
                if key == "holm_p" and stance == contrast:
                    draft["family_p"] = float(p)


def aar_table(samples: Samples, design: Design) -> pd.DataFrame:
    """Return the abnormal-return table of the field: AAR and CAAR by session of event time, with cross-sectional t.

    Parameters
    ----------
    samples : dict of str to SeriesSample
        The market events of every series.
    design : Design
        The choices.

    Returns
    -------
    DataFrame
        A row a series, label and τ over the span of all windows: ``n, aar, se, t, p_value, caar, caar_se, caar_t``.
        The path rests on one sample: market events whose whole span has returns and is set aside by nothing.

    Notes
    -----
    ``t = AAR / (s / √n)`` with s the standard deviation over events, n - 1 in the denominator, t(n - 1).

    References
    ----------
    Campbell, Lo and MacKinlay (1997), The Econometrics of Financial Markets, ch. 4.
    """
    from eventstudy.statistic import two_sided_t

    taus, parts = np.array(design.span.taus), []
    for name, of in samples.items():
        for label in [*labels_of(samples), ALL]:
            ar = of.path[of.path_rows(label)]
            n = len(ar)
            if not n:
                continue
            path = np.cumsum(ar, axis=1)
            with np.errstate(invalid="ignore", divide="ignore"):
                se, caar_se = (np.std(v, axis=0, ddof=1) / math.sqrt(n) if n > 1 else np.full(len(taus), np.nan)
                               for v in (ar, path))  # fmt: skip
                t = ar.mean(axis=0) / se
                found = {"n": n, "aar": ar.mean(axis=0), "se": se, "t": t, "p_value": two_sided_t(t, n - 1)}
                found |= {"caar": path.mean(axis=0), "caar_se": caar_se, "caar_t": path.mean(axis=0) / caar_se}
            parts.append(pd.DataFrame({"series": name, "stance": label, "tau": taus, "unit": of.of.unit, **found}))
    columns = ["series", "stance", "tau", "unit", "n", "aar", "se", "t", "p_value", "caar", "caar_se", "caar_t"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
