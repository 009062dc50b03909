"""The answer: what a series did after events of one label, over one window, with the p of that very number."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.events.schema import STANCES
from eventstudy.inference import overlap_matrix, raise_fold_permutation
from eventstudy.inference.placebo import ENOUGH
from eventstudy.returns import Floats
from eventstudy.statistic import benjamini_hochberg, holm, two_sided_t
from eventstudy.study.design import Design
from eventstudy.study.estimates import VARIANCE
from eventstudy.study.placebo import DRAWS, MeanPlacebos, Sets, mean_placebos
from eventstudy.study.sample import ALL, ContrastEvents, Samples, arranged, labels_of, pool_of, split_contrast
from eventstudy.wording import counted, p_in_words, quantity, window_in_words

_NAN = math.nan

#: What is abnormal, by the unit of a series that has no returns; of others it is a change in their own unit.
_MEASURES = {"log volume": "volume", VARIANCE: "variance"}


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
        Mean CAR without the event of the largest absolute one, in a pool without any market of it.
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
        if math.isnan(self.p_value) and (self.is_contrast or self.series == ALL):
            few = f"the series have fewer than {ENOUGH} days without news in common"
            p += f" ({'no phase has both labels' if self.is_contrast else few})"
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
        after = events_in_words(self.n_events if pooled else self.n, self.stance)
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


def events_in_words(n: int, label: str) -> str:
    """Write how many events of a label there are.

    Examples
    --------
    >>> events_in_words(7, "raise"), events_in_words(1, "cut"), events_in_words(28, "*")
    ('7 raises', '1 event labelled cut', '28 events')
    """
    labelled = "" if label in (*STANCES, ALL, "") else f" labelled {label}"
    return counted(n, label if label in STANCES else "event") + labelled


def answers(
    samples: Samples, design: Design, contrasts: Mapping[tuple[str, int], ContrastEvents], draws: int = DRAWS
) -> list[Answer]:
    """Return every row of the `average` table.

    Parameters
    ----------
    samples : dict of str to SeriesSample
        The market events of every series.
    design : Design
        The choices.
    contrasts : mapping of (str, int) to ContrastEvents
        By series and window, the market events of the two labels that are compared (see `contrasts_of`).
    draws : int
        Placebo sets drawn for each mean.
    """
    labels, pool, windows = [*labels_of(samples), ALL], pool_of(samples), list(map(str, design.windows))
    pair, contrast = split_contrast(design.contrast, labels[:-1]), str(design.contrast)
    drafts = _drafts(samples, pool, labels)
    for w in range(len(windows)):
        placebos = placebos_of_means(samples, pool, labels, w, Sets.of(design, w, draws))
        for name, label, k in drafts:
            if k == w and drafts[name, label, w]["n"]:
                drafts[name, label, w] |= p_of(samples, placebos, pool if name == ALL else [name], label, w)
        some = {name: contrasts[name, w] for name in (*samples, ALL) if pair and (name, w) in contrasts}
        for name, found in zip(some, contrast_p(list(some.values()), w, design), strict=True):
            first, second = (drafts.get((name, label, w), {"n": 0}) for label in pair or ())
            if first["n"] and second["n"]:
                drafts[name, contrast, w] = _contrast(first, second, *found)
        for label in (*labels, contrast):
            _adjust([draft for name in samples if "p_value" in (draft := drafts.get((name, label, w), {}))])
    order = [(name, label, w) for name in (*samples, ALL) for label in (*labels, contrast) for w in range(len(windows))]
    return [
        Answer(**draft, stance=label, window=windows[w])
        for name, label, w in order
        if (draft := drafts.get((name, label, w), {})) and (draft["n"] or (draft["n_set_aside"] and name != ALL))
    ]


def average_table(found: Sequence[Answer]) -> pd.DataFrame:
    """Return answers as a frame, a column a field, but for the reasons and the label."""
    names = [f.name for f in fields(Answer) if f.name not in {"set_aside", "label", "is_contrast"}]
    return pd.DataFrame({name: [getattr(answer, name) for answer in found] for name in names})


def _figures(
    samples: Samples, w: NDArray[np.int64], row: NDArray[np.int64], n: NDArray[np.int64]
) -> dict[str, list[Any]]:
    """Return counts and figures of every row that has a market event; rows as `arranged` returns them."""
    group, some, begin = np.repeat(np.arange(len(n)), n), n > 0, np.cumsum(n) - n
    w = w[group]
    car, z, move, ids, members = (
        np.concatenate([getattr(of, key) for of in samples.values()])[(row, w) if key in {"car", "z", "move"} else row]
        for key in ("car", "z", "move", "ids", "n_members")
    )
    # Row by row from the lowest CAR up; and the largest of each row, the earliest of equals.
    rising, largest = car[np.lexsort((car, group))], np.lexsort((-np.abs(car), group))[begin[some]]
    # An event is left out with every market of it, so that a pool has no other mean than one without that event.
    stays = ids != np.repeat(ids[largest], n[some])

    def total(values: NDArray[Any]) -> Floats:
        return np.bincount(group, values, len(n))[some].astype(np.float64)

    of_some, last, n_stays = n[some], (begin + n - 1)[some], total(stays)
    with np.errstate(invalid="ignore", divide="ignore"):
        columns: dict[str, NDArray[Any]] = {
            "n": of_some,
            "n_events": total(members).astype(np.int64),
            "caar": total(car) / of_some,
            "median": (rising[(begin[some] + last) // 2] + rising[(begin[some] + last + 1) // 2]) / 2,
            "z": total(z) / of_some,
            "move": total(move) / of_some,
            "rose": np.where(total(~np.isfinite(move)) > 0, np.nan, total(move > 0) / of_some),
            "worst": rising[begin[some]],
            "best": rising[last],
            "without_largest": total(np.where(stays, car, 0.0)) / n_stays,
            "largest_event": np.where(n_stays > 0, ids[largest], ""),
        }
    return {name: values.tolist() for name, values in columns.items()}


def _drafts(samples: Samples, pool: Sequence[str], labels: Sequence[str]) -> dict[tuple[str, str, int], dict[str, Any]]:
    """Return the fields of every row but its p, by series, label and window."""
    keys, row, n = arranged(samples, labels[:-1], pool)
    columns = _figures(samples, np.array([w for *_, w in keys]), row, n)
    figures = zip(*columns.values(), strict=True)
    count, found = dict(zip(keys, n.tolist(), strict=True)), {}
    for key in keys:
        (name, label, k), figure = key, next(figures) if count[key] else ()
        names = [name] if name != ALL else [member for member in pool if count[member, ALL, k]]
        if name == ALL and len(names) < 2:  # noqa: PLR2004  # one series alone is no pool
            continue
        there = [samples[member] for member in names if count[member, label, k]]
        aside: Counter[str] = Counter()
        for member in names:
            aside.update(samples[member].set_aside(label, k))
        first = (there or [samples[names[0]]])[0].of
        found[key] = draft = {
            "series": name,
            "unit": first.unit,
            "label": first.history.instrument.label if name != ALL else "All series",
            "set_aside": dict(aside),
            "n_set_aside": aside.total(),
            "n": 0,
            "n_events": 0,
        }
        if there:
            draft |= dict(zip(columns, figure, strict=True))
            n_free, n_up = np.sum([of.of.free[:, k] for of in there], axis=0).tolist()
            draft["base_rate"] = n_up / n_free if n_free else _NAN
            if name == ALL:
                draft["n_events"] = len(np.unique(np.concatenate([of.events_of(of.rows(label, k)) for of in there])))
    return found


def placebos_of_means(
    samples: Samples, pool: Sequence[str], labels: Sequence[str], w: int, sets: Sets, *, keep: bool = False
) -> MeanPlacebos:
    """Hold the means of every series and label, and those of the pool, over one window against `mean_placebos`."""
    rows = {(name, label): at for name, of in samples.items() for label in labels if len(at := of.rows(label, w))}
    positions, means = [samples[name].position[at] for (name, _), at in rows.items()], np.empty(0)
    if rows:
        size = list(map(len, positions))
        z = np.concatenate([samples[name].z[at, w] for (name, _), at in rows.items()])
        means = np.bincount(np.repeat(np.arange(len(size)), size), z) / size
    groups = dict(zip(rows, zip(positions, means.tolist(), strict=True), strict=True))
    return mean_placebos({name: of.of for name, of in samples.items()}, groups, pool, w, sets, keep=keep)


def p_of(samples: Samples, placebos: MeanPlacebos, names: Sequence[str], label: str, w: int) -> dict[str, Any]:
    """Return the p of one row and what stands behind it; a mean over one event has that event's own p."""
    there = [samples[name] for name in names if len(samples[name].rows(label, w))]
    found = placebos.get((there[0].name if len(there) == 1 else ALL, label), {})
    if len(there) == 1 and len(only := there[0].rows(label, w)) == 1:
        of, k = there[0], int(only[0])
        found = {name: float(getattr(of, name)[k, w]) for name in ("days", "family_p", "family_days")}
        found |= {"p_value": float(of.p[k, w]), "p_source": "residuals" if of.from_residuals[k, w] else "sessions"}
    if math.isnan(found.get("p_value", _NAN)):
        return {}
    kept = ("p_value", "p_source", "days", *(("family_p", "family_days") if len(names) == 1 else ()))
    return {name: found[name] for name in kept if name in found}


def _contrast(first: Mapping[str, Any], second: Mapping[str, Any], p: float, n_assignments: int) -> dict[str, Any]:
    """Return the difference of two rows, with the p of permuted labels over their market events."""
    differences = {key: first[key] - second[key] for key in ("caar", "median", "z", "move", "rose")}
    totals = {key: first[key] + second[key] for key in ("n", "n_events", "n_set_aside")}
    known = {} if math.isnan(p) else {"p_value": p, "p_source": "labels", "days": float(n_assignments)}
    head = {key: first[key] for key in ("series", "unit", "label")}
    return {**head, **differences, **totals, **known, "is_contrast": True}


def contrast_p(contrasts: Sequence[ContrastEvents], w: int, design: Design) -> list[tuple[float, int]]:
    """Return the p of permuted labels over one window, and how many assignments stand behind it, of each contrast."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for k, of in enumerate(contrasts):
        key = of.position.tobytes(), of.is_first.tobytes(), of.n_obs, *of.phase.tolist()
        alike.setdefault(key, []).append(k)
    found: dict[int, tuple[float, int]] = {}
    for places in alike.values():
        of = contrasts[places[0]]
        if not len(of.position):
            found |= dict.fromkeys(places, (_NAN, 1))
            continue
        n_obs = of.n_obs if design.model.form == "ols" else np.inf
        overlap = overlap_matrix(of.position, design.windows[w].n_sessions, n_obs, design.estimation.n_sessions)
        z = np.stack([contrasts[k].z for k in places], axis=1)
        p, n, _ = raise_fold_permutation(z, of.is_first, of.phase, overlap, design.seed)
        found |= {k: (value, n) for k, value in zip(places, p.tolist(), strict=True)}
    return [found[k] for k in range(len(contrasts))]


def _adjust(family: Sequence[dict[str, Any]]) -> None:
    """Add what holds for all series of a label; the pooled row is no member of the family."""
    p_values = np.array([draft["p_value"] for draft in family], dtype=np.float64)
    for draft, of_holm, of_bh in zip(family, holm(p_values), benjamini_hochberg(p_values), strict=True):
        draft |= {"holm_p": float(of_holm), "bh_p": float(of_bh)}
        if "is_contrast" in draft:
            draft["family_p"] = draft["holm_p"]


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
