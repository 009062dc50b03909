"""The answer: what a series did after events of one label, over one window, with the p of that very number.

Beside it the mean paths of the events behind it, session by session.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.events.schema import STANCES
from eventstudy.inference import overlap_matrix, raise_fold_permutation
from eventstudy.inference.placebo import ENOUGH
from eventstudy.returns import Floats, Ints
from eventstudy.statistic import benjamini_hochberg, holm, two_sided_t
from eventstudy.study.design import Design
from eventstudy.study.estimates import VARIANCE
from eventstudy.study.placebo import DRAWS, MeanPlacebos, days_of_means, effective_of, mean_placebos
from eventstudy.study.sample import ALL, ContrastEvents, Samples, SeriesSample, contrasts_of, split_contrast
from eventstudy.tasks import alike
from eventstudy.window import Window
from eventstudy.wording import counted, p_in_words, quantity, window_in_words

_NAN = math.nan

#: Up to this p, of all series at once where there is one, an answer is out of the ordinary.
RARE = 0.05

#: Placebo means drawn for a band, and the share of them that lies within.
BAND_DRAWS, BAND_SHARE = 2_000, 0.90

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
    contrast : tuple of (str, str), optional
        The labels of the two rows whose difference it is.
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
    contrast: tuple[str, str] | None = None

    @property
    def too_few(self) -> bool:
        """Whether the labels of a contrast can fall in so few ways that none is rare: of one and one p is always 1."""
        return self.contrast is not None and self.days * RARE < 1

    @property
    def sentence(self) -> str:
        """The answer in one to three plain sentences."""
        who, where, number = self.label or self.series, window_in_words(self.window), quantity(self.caar, self.unit)
        pooled, many = self.series == ALL, f"{self.n:,} {'moves' if self.series == ALL else 'events'}"
        if not self.n:
            of = "" if self.stance == ALL else f" of '{self.stance}'"
            return f"{who}: no event{of} stands in a mean over {where}."
        p = p_in_words(self.p_value, _NAN if self.contrast else self.days)
        if math.isnan(self.p_value) and (self.contrast or pooled):
            few = f"the series have fewer than {ENOUGH} days without news in common"
            p += f" ({'no phase has both labels' if self.contrast else few})"
        p += f" (of {self.days:.0f} labellings, too few to tell)" if self.too_few else ""
        alone = self.family_p == self.p_value and (self.contrast or self.family_days == self.days)
        if not (alone or math.isnan(self.family_p)):
            p += f", family {p_in_words(self.family_p, self.family_days)}"
        if self.contrast:
            return f"{who}, {' − '.join(self.contrast)} over {where}: {number} ({many}); {p}."
        # A pool counts every market of an event: the dated events are named first, then how many moves that makes.
        after = events_in_words(self.n_events if pooled else self.n, self.stance) + (f" ({many})" if pooled else "")
        own = "level" if math.isnan(self.move) else "change"  # a level has no move
        what = "return" if self.unit.endswith(" return") else _MEASURES.get(self.unit, own)
        rose = without = ""
        if not math.isnan(self.rose):
            moved = f"{'they' if pooled else 'it'} moved {quantity(self.move, self.unit)}"
            base = "" if math.isnan(self.base_rate) else f" (days without news: {100 * self.base_rate:.0f} %)"
            rose = f"; {moved} and rose after {round(self.rose * self.n)} of {self.n}{base}"
        if not math.isnan(self.without_largest):
            without = f" Without {self.largest_event} it is {quantity(self.without_largest, self.unit)}."
        return f"{who} after {after}, {where}: abnormal {what} {number}{rose}; {p}.{without}"

    def __repr__(self) -> str:
        return self.sentence


def events_in_words(n: int, label: str) -> str:
    """Write how many events of a label there are: ``7 raises``, ``1 event labelled cut``, ``28 events``."""
    labelled = "" if label in (*STANCES, ALL, "") else f" labelled {label}"
    return counted(n, label if label in STANCES else "event") + labelled


def deciding_p(family_p: float, p_value: float) -> float:
    """Return the p by which something is rare: that of all series at once, and where there is none its own."""
    return p_value if math.isnan(family_p) else family_p


def rarest_first(found: Iterable[Answer]) -> list[Answer]:
    """Put what is out of the ordinary over all series first, the rarest before the others; these keep their order."""

    def rank(answer: Answer) -> float:
        p = deciding_p(answer.family_p, answer.p_value)
        return p if p <= RARE else 1.0

    return sorted(found, key=rank)


def answers(samples: Samples, design: Design, draws: int = DRAWS) -> list[Answer]:
    """Return every row of the `average` table; `draws` placebo sets are drawn for each mean."""
    labels, pool, windows = [*samples.labels, ALL], samples.pool, list(map(str, design.windows))
    pair, contrast = split_contrast(design.contrast, labels[:-1]), str(design.contrast)
    drafts, [contrasts] = _drafts(samples), contrasts_of([samples], design)
    for w in range(len(windows)):
        [placebos] = mean_placebos([samples], w, draws)
        for (name, label, k), draft in drafts.items():
            if k == w and draft["n"]:
                draft.update(p_of(samples, placebos, pool if name == ALL else [name], label, w))
        compared = {name: both for (name, k), both in contrasts.items() if k == w}
        for name, (p, n_assignments) in zip(compared, contrast_p(list(compared.values()), w, design), strict=True):
            first, second = (drafts.get((name, label, w), {"n": 0}) for label in pair or ())
            if first["n"] and second["n"]:
                draft = {key: first[key] for key in ("series", "unit", "label")} | {"contrast": pair}
                draft |= {key: first[key] - second[key] for key in ("caar", "median", "z", "move", "rose")}
                draft |= {key: first[key] + second[key] for key in ("n", "n_events", "n_set_aside")}
                known = {"p_value": p, "p_source": "labels", "days": float(n_assignments)}
                drafts[name, contrast, w] = draft | ({} if math.isnan(p) else known)
        for label in (*labels, contrast):  # over the series; the pooled row is no member of the family
            family = [draft for name in samples if "p_value" in (draft := drafts.get((name, label, w), {}))]
            p_values = np.array([draft["p_value"] for draft in family], dtype=np.float64)
            of_holm, of_bh = holm(p_values).tolist(), benjamini_hochberg(p_values).tolist()
            for draft, holm_p, bh_p in zip(family, of_holm, of_bh, strict=True):
                draft.update(holm_p=holm_p, bh_p=bh_p, **({"family_p": holm_p} if "contrast" in draft else {}))
    order = [(name, label, w) for name in (*samples, ALL) for label in (*labels, contrast) for w in range(len(windows))]
    return [
        Answer(**draft, stance=label, window=windows[w])
        for name, label, w in order
        if (draft := drafts.get((name, label, w), {})) and (draft["n"] or (draft["n_set_aside"] and name != ALL))
    ]


def average_table(found: Sequence[Answer]) -> pd.DataFrame:
    """Return answers as a frame, a column a field, but for the reasons and the label."""
    names = [f.name for f in fields(Answer) if f.name not in {"set_aside", "label", "contrast"}]
    return pd.DataFrame({name: [getattr(answer, name) for answer in found] for name in names})


def _drafts(samples: Samples) -> dict[tuple[str, str, int], dict[str, Any]]:
    """Return the fields of every row but its p, by series, label and window."""
    (keys, row, n), pool = samples.arranged(), samples.pool
    group, some, begin = np.repeat(np.arange(len(n)), n), n > 0, (np.cumsum(n) - n)[n > 0]
    w, every = np.array([w for *_, w in keys])[group], list(samples.values())
    car, z, move = (np.concatenate([getattr(of, key) for of in every])[row, w] for key in ("car", "z", "move"))
    members = np.concatenate([of.n_members for of in every])[row]
    # Row by row from the lowest CAR up; and the largest of each row, the earliest of equals.
    rising, far = car[np.lexsort((car, group))], np.abs(car)
    peaks = np.flatnonzero(far == np.maximum.reduceat(far, begin).repeat(n[some])) if len(begin) else begin
    news = [of.matches.market_events for of in every]
    largest = np.concatenate([of.lead for of in news])[row][peaks[np.searchsorted(peaks, begin)]]
    # An event is left out with every market of it, so that a pool has no other mean than one without that event.
    sizes = [len(of.position) for of in news]
    series, own = np.repeat(np.arange(len(every)), sizes), np.concatenate(list(map(np.arange, sizes)))
    holder = np.stack([of.of_event(len(every[0].events.ids)) for of in news])
    stays = holder[series[row], np.repeat(largest, n[some])] != own[row]

    total = partial(np.bincount, group, minlength=len(n))
    of_some, n_stays, half = n[some], total(stays)[some], n[some] // 2
    with np.errstate(invalid="ignore", divide="ignore"):
        columns: dict[str, NDArray[Any]] = {
            "n": of_some,
            "n_events": total(members)[some].astype(np.int64),
            "caar": total(car)[some] / of_some,
            "median": (rising[begin + (of_some - 1) // 2] + rising[begin + half]) / 2,
            "z": total(z)[some] / of_some,
            "move": total(move)[some] / of_some,
            "rose": np.where(total(~np.isfinite(move))[some] > 0, np.nan, total(move > 0)[some] / of_some),
            "worst": rising[begin],
            "best": rising[begin + of_some - 1],
            "without_largest": total(np.where(stays, car, 0.0))[some] / n_stays,
            "largest_event": np.where(n_stays > 0, every[0].events.ids[largest], ""),
        }
    figures = zip(*(values.tolist() for values in columns.values()), strict=True)
    count, found = dict(zip(keys, n.tolist(), strict=True)), dict[tuple[str, str, int], dict[str, Any]]()
    free = {name: of.every("free").T.tolist() for name, of in samples.items()}
    for key in keys:
        (name, label, k), figure = key, dict(zip(columns, next(figures), strict=True)) if count[key] else {}
        names = [name] if name != ALL else [member for member in pool if count[member, ALL, k]]
        if name == ALL and len(names) < 2:  # noqa: PLR2004  # one series alone is no pool
            continue
        there, aside = [samples[member] for member in names if count[member, label, k]], Counter[str]()
        for member in names:
            aside.update(samples[member].by_label[label, k][1] if (label, k) in samples[member].by_label else {})
        first, *_ = there or [samples[member] for member in names]
        title = first.history.instrument.label if name != ALL else "All series"
        found[key] = {"series": name, "unit": first.unit, "label": title, "set_aside": dict(aside)}
        found[key] |= {"n_set_aside": aside.total(), "n": 0, "n_events": 0} | figure
        if there:
            n_free, n_up = map(sum, zip(*(free[of.name][k] for of in there), strict=True))
            found[key]["base_rate"] = n_up / n_free if n_free else _NAN
        if there and name == ALL:
            events = np.concatenate([of.events_of(of.rows(label, k)) for of in there])
            found[key]["n_events"] = len(np.unique(events))
    return found


def p_of(samples: Samples, placebos: MeanPlacebos, names: Sequence[str], label: str, w: int) -> dict[str, Any]:
    """Return the p of one row and what stands behind it; a mean over one event has that event's own p."""
    there = [name for name in names if len(samples[name].rows(label, w))]
    found = placebos.get((there[0] if len(there) == 1 else ALL, label), {})
    if len(there) == 1 and len(only := samples[there[0]].rows(label, w)) == 1:
        of, k = samples[there[0]], int(only[0])
        lead = int(of.matches.market_events.lead[k])
        found = {name: float(getattr(of, name)[lead, w]) for name in ("family_p", "family_days")}
        found |= {"p_value": float(of.p[k, w]), "days": float(of.days[k, w])}
        found["p_source"] = "residuals" if of.from_residuals[k, w] else "sessions"
    if math.isnan(found.get("p_value", _NAN)):
        return {}
    kept = ("p_value", "p_source", "days", *(("family_p", "family_days") if len(names) == 1 else ()))
    return {name: found[name] for name in kept if name in found}


def contrast_p(contrasts: Sequence[ContrastEvents], w: int, design: Design) -> list[tuple[float, int]]:
    """Return the p of permuted labels over one window, and how many assignments stand behind it, of each contrast."""
    keys = ("position", "is_first", "n")
    events = ((*(getattr(of, key).tobytes() for key in keys), of.n_obs, *of.phase.tolist()) for of in contrasts)
    found = dict.fromkeys(range(len(contrasts)), (_NAN, 1))
    for places in alike(events):
        each = [contrasts[k] for k in places]
        of, *_ = each
        if len(of.position):
            n_obs = of.n_obs if design.model.form == "ols" else np.inf
            size = design.windows[w].n_sessions, n_obs, design.estimation.n_sessions
            there = of.position.T >= 0
            shared = there[:, :, None] & there[:, None]
            # Of two that meet several series in common, the mean over these.
            overlaps = np.stack([overlap_matrix(at, *size) for at in of.position.T]) * shared
            overlap = overlaps.sum(axis=0) / np.maximum(shared.sum(axis=0), 1)
            z = np.stack([one.z for one in each], axis=1)
            p, n, _ = raise_fold_permutation(z, of.is_first, of.phase, overlap, design.seed, weights=of.n)
            found |= {k: (value, n) for k, value in zip(places, p.tolist(), strict=True)}
    return list(found.values())


def aar_table(samples: Samples, design: Design) -> pd.DataFrame:
    """Return the abnormal-return table of the field: AAR and CAAR by session of event time, with cross-sectional t.

    A row a series, label and τ over the span of all windows. The path rests on one sample: market events whose whole
    span has returns and is set aside by nothing.

    Notes
    -----
    ``t = AAR / (s / √n)`` with s the standard deviation over events, n - 1 in the denominator, t(n - 1).

    References
    ----------
    Campbell, Lo and MacKinlay (1997), The Econometrics of Financial Markets, ch. 4.
    """
    taus, labels, parts = np.array(design.span.taus), [*samples.labels, ALL], []
    for name, of in samples.items():
        for label in labels:
            ar = of.path[of.path_rows(label)]
            if n := len(ar):
                with np.errstate(invalid="ignore", divide="ignore"):
                    (aar, se), (caar, caar_se) = (
                        (each.mean(axis=0), (np.std(each, axis=0, ddof=1) if n > 1 else _NAN) / math.sqrt(n))
                        for each in (ar, np.cumsum(ar, axis=1))
                    )
                    t, caar_t = aar / se, caar / caar_se
                keys = {"series": name, "stance": label, "tau": taus, "unit": of.unit, "n": n}
                found = {"aar": aar, "se": se, "t": t, "p_value": two_sided_t(t, n - 1)}
                parts.append({**keys, **found, "caar": caar, "caar_se": caar_se, "caar_t": caar_t})
    columns = ["series", "stance", "tau", "unit", "n", "aar", "se", "t", "p_value", "caar", "caar_se", "caar_t"]
    every = {key: [np.broadcast_to(np.asarray(part[key]), taus.shape) for part in parts] for key in columns}
    return pd.DataFrame({key: np.concatenate(of) if of else [] for key, of in every.items()})


class MeanPath(NamedTuple):
    """The mean path of one label in one series, and the market events behind it.

    Parameters
    ----------
    label : str
        The label; ``*`` for all.
    taus : ndarray of int, shape (m,)
        Event time over the span, and the session before it.
    mean : ndarray, shape (m,)
        Mean cumulative abnormal return since the last price before the window: at the window's last session the CAAR
        of its answer. NaN without a market event, or where one of them lacks a return.
    each : ndarray, shape (n, m)
        The n market events of the answer.
    sessions : ndarray of datetime64[D], shape (n,)
        Their event sessions.
    band : ndarray, shape (m,), or None
        Half of the width of the band of days without news, which is symmetric about 0; None without enough of them.
    """

    label: str
    taus: Ints
    mean: Floats
    each: Floats
    sessions: NDArray[np.datetime64]
    band: Floats | None


def mean_path(sample: SeriesSample, label: str, w: int, span: Window | None = None) -> MeanPath | None:
    """Return the mean path of the market events that stand in the answer of a label over a window.

    Parameters
    ----------
    sample : SeriesSample
        The market events of a series.
    label : str
        Their label, ``*`` for all.
    w : int
        Which of the design's windows.
    span : Window, optional
        The sessions shown, the window among them; default those of all windows of the study.

    Returns
    -------
    MeanPath or None
        None where no market event of the label has a CAR over the window.

    Notes
    -----
    The sample is the answer's own, so that the path passes through its CAAR; beyond the window it may meet news of
    another kind. For the band see `band_of_mean`.
    """
    design, window = sample.design, sample.design.windows[w]
    rows, of_label = sample.rows(label, w), (label == ALL) | (sample.label == label)
    if not (np.isfinite(sample.car[:, w]) & of_label).any():
        return None
    span = span or design.span
    ar = sample.path if span == design.span else sample.abnormal_at(sample.position, span).ar
    ar = np.nan_to_num(ar) if design.missing == "partial" else ar
    taus, base = np.arange(span.first - 1, span.last + 1), window.first - span.first
    before = -np.cumsum(ar[:, :base][:, ::-1], axis=1)[:, ::-1]
    values = np.hstack([before, np.zeros((len(ar), 1)), np.cumsum(ar[:, base:], axis=1)])
    mean, band = np.full(len(taus), np.nan), np.zeros(len(taus))
    if len(rows):
        mean = values[rows].mean(axis=0)
    scale, shift, days = sample.every("scale"), min(window.first, 0), days_of_means(sample, w)
    with np.errstate(invalid="ignore", divide="ignore"):
        # Early events are scaled by their residuals: as in the z of the mean, so in its band.
        own = np.abs(sample.car[rows, w] / sample.z[rows, w]) / math.sqrt(window.n_sessions)
    known = scale[sample.position[rows] + shift]
    own = np.where(np.isfinite(known), known, own)
    for k, tau in enumerate(taus.tolist()):
        if tau != window.first - 1 and len(rows):
            part = Window(window.first, tau) if tau >= window.first else Window(tau + 1, window.first - 1)
            at = days[sample.block.clear(part)[days]]
            line = sample.abnormal_at(at, part).ar.sum(axis=1) / scale[at + shift]
            band[k] = band_of_mean(sample, sample.position[rows], own, line, w)
    some = len(rows) and np.isfinite(band).sum() > 1
    return MeanPath(label, taus, mean, values[rows], sample.session[rows], band if some else None)


def band_of_mean(of: SeriesSample, position: Ints, scale: Floats, line: Floats, w: int) -> float:
    """Return how far the mean over days without news lies from 0, either way, in 90 of 100 draws; NaN with too few.

    `position` and `scale` (n,) are the sessions of the market events and the volatility known before each, in the unit
    of the returns; `line` (B,) the returns on days without news in units of the volatility known before each.

    Notes
    -----
    Each of 2,000 draws takes n days without news, with replacement, and gives every one of them the volatility of one
    of the events: ``m = Σ σ_i z_i / n``. The band is the 90 % quantile of ``|m|``, times √(n / effective n) as the p of
    a mean allows for overlapping windows. The p weighs events by 1/σ and the mean return does not; so next to p = 0.10
    a mean may lie on either side of the band.
    """
    line = line[np.isfinite(line)]
    if len(line) < ENOUGH or not np.isfinite(scale).all():
        return math.nan
    [effective_n] = effective_of([of], [position], w)
    rng = np.random.default_rng([of.design.seed, len(line), len(position)])
    drawn = (line[rng.integers(0, len(line), (BAND_DRAWS, len(position)))] * scale).mean(axis=1)
    return float(np.quantile(np.abs(drawn), BAND_SHARE) * math.sqrt(len(position) / effective_n))
