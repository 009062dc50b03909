"""Raise or fold, as the market's own prices read it; and the moves that no event explains.

Two questions are asked of the joint volatility-scaled reaction z of several instruments over one or more windows. Was
it beyond an ordinary day's? And if so, did it point where earlier confirmed raises pointed, or earlier folds? Where
past readings of such odds were not right often enough, the answer is "can't tell".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from itertools import compress, product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.cases import load_case
from eventstudy.errors import DesignError, InputError, NothingUsableError, require_known
from eventstudy.events.schema import check_events
from eventstudy.inference.parametric import LEVEL
from eventstudy.inference.placebo import ENOUGH, student_law, tail_p
from eventstudy.matching import KEPT, LATE
from eventstudy.returns import Floats
from eventstudy.statistic import benjamini_hochberg
from eventstudy.study import EventStudy, StudyResult, records
from eventstudy.tasks import Progress, alike, steps
from eventstudy.wording import counted

#: What a reaction can be read as, in the order of all arrays.
READINGS = ("raise", "fold", "nothing")
_NOTHING, UNSURE = 2, "can't tell"

#: Instruments that are read where none are named.
HEADLINE = ("imoex", "brent", "em-bonds", "vix")

#: Events within so long are one cluster: none of it is learned from when one of its events is read.
CLUSTER = np.timedelta64(7, "D")

#: Prior odds that a reaction is an ordinary day's; no stance is read from fewer earlier raises or folds than these.
NOTHING, FEWEST = 0.5, 5

#: What is asked of readings that are given at all: right so often in the past, and on ordinary days so seldom a stance.
RIGHT, FALSE_STANCE = 0.8, 0.05

#: Candidates among which past readings choose: observations at 0 that the mean over all cases is shrunk by, the power
#: of the likelihood ratio of raise to fold (0: the past says nothing about direction), and observations that the means
#: of one case and of one of its phases are shrunk by (infinite: they are one).
_POOL, _POWERS = (5.0, 20.0, 80.0), (0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
_PARTS = [(3.0, np.inf), (3.0, 10.0), (10.0, np.inf), (10.0, 10.0), (np.inf, np.inf)]
_THRESHOLDS = np.arange(0.5, 1.0, 0.01)

#: How many times the scatter of an ordinary day that of an event can be: of all coordinates at once, or of one of them.
_JOINT, _SINGLE = (2.0, 4.0), (4.0, 16.0, 64.0)

#: Share of the covariances between coordinates that the direction keeps; its weights are unstable with all of them.
_KEPT = 0.5

#: The ruble's sign alone is a base line: its loss a raise, its gain a fold. Later series serve where earlier have none.
RUBLE = ("ruble", "ruble-cbr")

#: Days before a surprise whose headlines are laid beside it; ordinary days on which past readings are scored.
_HEADLINE_DAYS, _SCORED_DAYS = 2, 400


@dataclass(frozen=True, eq=False)
class Reactions:
    """The reactions of d coordinates (instruments times windows) to N events, and on B ordinary days.

    Parameters
    ----------
    names : tuple of (str, str)
        Instrument and window of each coordinate.
    events : DataFrame, shape (N, ...)
        ``event_id, headline, case, phase, stance`` (net), ``day`` and ``known``: the first session of each that
        reacted, and the last one of its windows; in time order.
    z, car : ndarray, shape (N, d)
        Volatility-scaled CARs, and CARs; NaN where there is none.
    clean : ndarray of bool, shape (N, d)
        Which of them may be learned from: those that stand in the study's means.
    days, ordinary : ndarray of datetime64[D], shape (B,), and of float, shape (B, d)
        Dates without news, and the volatility-scaled CARs on them.
    units : tuple of str
        Unit of the CARs of each coordinate.
    """

    names: tuple[tuple[str, str], ...]
    events: pd.DataFrame
    z: Floats
    car: Floats
    clean: NDArray[np.bool_]
    days: NDArray[np.datetime64]
    ordinary: Floats
    units: tuple[str, ...]

    @property
    def places(self) -> NDArray[np.int64]:
        """Codes of the case and of the phase of every event, shape (N, 2)."""
        case, phase = self.events["case"], self.events["phase"]
        return np.stack([pd.factorize(names)[0] for names in (case, case + "\0" + phase)], axis=1).astype(np.int64)

    def known(self, k: int, before: np.datetime64 | None) -> Reactions:
        """Leave out instruments with too few days before a date to learn from, where others reacted to event k too."""
        on = np.isfinite(self.ordinary if before is None else self.ordinary[self.days < before]).sum(axis=0) >= ENOUGH
        if on.all() or not np.isfinite(self.z[k, on]).any():
            return self
        names, units = tuple(compress(self.names, on)), tuple(compress(self.units, on))
        quiet = np.isfinite(self.ordinary[:, on]).any(axis=1)
        days, ordinary = self.days[quiet], self.ordinary[quiet][:, on]
        return Reactions(names, self.events, self.z[:, on], self.car[:, on], self.clean[:, on], days, ordinary, units)


def reactions(study: EventStudy | StudyResult, series: Sequence[str] | None = None) -> Reactions:
    """Measure the reaction to every event, and that of the same instruments on ordinary days.

    The series of the study (or some of them) and its windows are the coordinates, its labels the stances. Late news,
    which may have met an earlier price, has no reaction; what stands in no mean is not learned from.
    """
    matches, every, *_ = (study.matching, study.samples) if isinstance(study, StudyResult) else study.estimated()
    estimates = {name: every[name] for name in series or every}
    table, design = matches.events.table, next(iter(estimates.values())).design
    names = tuple((name, str(window)) for name in estimates for window in design.windows)
    dates = [of.history.days_of(of.history.sessions) for of in estimates.values()]
    days = np.unique(np.concatenate(dates))
    ordinary, (z, car) = np.full((len(days), len(names)), np.nan), np.full((2, len(table), len(names)), np.nan)
    clean = np.zeros(z.shape, dtype=bool)
    first, known = np.full((2, len(table)), np.datetime64("NaT", "D"))
    stance = np.full(len(table), "", dtype=object)
    for s, (of, sessions) in enumerate(zip(estimates.values(), dates, strict=True)):
        columns, news = slice(s * len(design.windows), (s + 1) * len(design.windows)), of.matches.market_events
        ordinary[np.searchsorted(days, sessions), columns] = np.where(of.every("eligible"), of.every("z"), np.nan)
        there = np.flatnonzero(of.matches.there)
        rows = news.of_event(len(table))[there]
        at = news.position[rows]
        why = np.stack([news.set_aside(window, design.overlap) for window in design.windows], axis=1)[rows]
        z[there, columns] = np.where(why == LATE, np.nan, of.every("z")[at])
        car[there, columns], clean[there, columns] = of.every("car")[at], why == KEPT
        end = np.minimum(at + max(window.last for window in design.windows), len(sessions) - 1)
        first[there], known[there] = np.fmin(first[there], sessions[at]), np.fmax(known[there], sessions[end])
        stance[there] = np.where(stance[there] == "", news.label[rows], stance[there])
    events = table[["id", "headline"]].rename(columns={"id": "event_id"})
    places = {part: table.get(part, "") for part in ("case", "phase")}
    events = events.assign(**places, stance=stance, day=first, known=known)
    some = np.flatnonzero(np.isfinite(z).any(axis=1))
    some, quiet = some[np.argsort(first[some], kind="stable")], np.isfinite(ordinary).any(axis=1)
    events, clean = events.iloc[some].reset_index(drop=True), clean[some] & np.isfinite(z[some])
    figures = z[some], car[some], clean, days[quiet], ordinary[quiet]
    return Reactions(names, events, *figures, tuple(estimates[name].unit for name, _ in names))


def patterns(z: Floats) -> list[tuple[NDArray[np.intp], NDArray[np.bool_]]]:
    """Return the rows that have the same coordinates, and which these are."""
    there = np.isfinite(z)
    return [(np.array(rows), there[rows[0]]) for rows in alike(map(bytes, there)) if there[rows[0]].any()]


def distances(z: Floats, scatter: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return ``z' S⁻¹ z`` over the coordinates that each row has, and their number."""
    square = np.zeros(len(z))
    for rows, on in patterns(z):
        square[rows] = (z[rows][:, on] * np.linalg.solve(scatter[np.ix_(on, on)], z[rows][:, on].T).T).sum(axis=1)
    return square, np.isfinite(z).sum(axis=1)


def _ratios(z: Floats, scatter: Floats, nu: float) -> Floats:
    """Return how much likelier each z is under the laws of an event than on an ordinary day, shape (M, 1 + L).

    The laws: no reaction at all; all coordinates as if the scatter were so many times larger; one of them so.
    """

    def ratio(square: Floats, d: NDArray[np.int64] | int, wide: float) -> Floats:
        narrower = np.log1p(square / (nu * wide)) - np.log1p(square / nu)
        return np.asarray(np.exp(-0.5 * d * np.log(wide) - 0.5 * (nu + d) * narrower))

    square, d = distances(z, scatter)
    together = [ratio(square, d, wide) for wide in (1.0, *_JOINT)]
    return np.stack([*together, *np.nanmean([ratio(z**2 / np.diag(scatter), 1, w) for w in _SINGLE], axis=2)], axis=1)


def _weights(ratios: Floats) -> Floats:
    """Return the weights of the laws of an event that are likeliest, with one observation spread over all (EM)."""
    weights = np.full(ratios.shape[1], 1.0 / ratios.shape[1])
    for _ in range(200):
        parts = (parts := ratios * weights) / parts.sum(axis=1, keepdims=True)
        weights = (parts.sum(axis=0) + 1.0 / len(weights)) / (len(parts) + 1.0)
    return weights


#: Of raises and of folds, at each level: sums and counts, shape (M, d).
_Sums = list[list[tuple[Floats, Floats]]]


@dataclass(frozen=True, eq=False)
class Reader:
    """What was learned from the past: how ordinary days vary, how far events go beyond them, and which way.

    Parameters
    ----------
    scatter, nu : ndarray, shape (d, d), and float
        Scatter matrix and degrees of freedom of the multivariate t of an ordinary day.
    weights : ndarray, shape (L,)
        How often events followed each of the laws of `_ratios`.
    z, case, day, is_raise : ndarray, shapes (N, d), (N, 2), (N,) and (N,)
        The reactions learned from, NaN where missing; codes of their cases and phases; their dates; whether each was a
        raise, the others being folds.
    pool, within, in_phase : float
        Observations at 0 that a mean over all cases is shrunk by; at that mean, that the mean of one case is shrunk by;
        and at this one, that of one of its phases (infinite: all are one).
    power : float
        Power of the likelihood ratio of raise to fold; 0 where past reactions did not part them.
    threshold : float
        Least probability of a stance that is read; infinite where past readings were not right often enough.
    """

    scatter: Floats
    nu: float
    weights: Floats
    z: Floats
    case: NDArray[np.int64]
    day: NDArray[np.datetime64]
    is_raise: NDArray[np.bool_]
    pool: float = 20.0
    within: float = np.inf
    in_phase: float = np.inf
    power: float = 0.0
    threshold: float = np.inf

    @property
    def counts(self) -> tuple[int, int]:
        """Numbers of raises and of folds that were learned from."""
        return int(self.is_raise.sum()), int((~self.is_raise).sum())

    @property
    def prior(self) -> Floats:
        """Prior probabilities of `READINGS`: one half for nothing, the rest as earlier events were shared out."""
        n = np.array(self.counts) + 1.0
        return np.append((1.0 - NOTHING) * n / n.sum(), NOTHING)

    def sums(self, case: NDArray[np.int64], day: NDArray[np.datetime64]) -> _Sums:
        """Return what the means of raises and of folds are made of: sums and counts over all, a case, and a phase.

        Events of the same cluster of days as a reaction, shape (M,) of case and phase (M, 2), are left out of its sums.
        """
        apart, d = np.abs(day[:, None] - self.day) > CLUSTER, self.z.shape[1]
        levels = [apart, *(apart & (case[:, k : k + 1] == self.case[:, k]) for k in (0, 1))]
        figures = np.hstack([np.nan_to_num(self.z), np.isfinite(self.z)])
        stances = self.is_raise, ~self.is_raise
        both = [[(level & of).astype(np.float64) @ figures for level in levels] for of in stances]
        return [[(sums[:, :d], sums[:, d:]) for sums in of] for of in both]

    def shares(self, z: Floats, sums: _Sums) -> Floats:
        """Return the log likelihood ratio of raise to fold as the sum of what each coordinate adds, shape (M, d).

        ``(C⁻¹ (m₁ - m₂))_j (z_j - (m₁ + m₂)_j / 2)``: two normal laws with means m and one covariance C, that of
        ordinary days with its covariances halved; 0 where a coordinate is missing.
        """
        means = []
        for (total, n), *parts in sums:
            mean = total / (n + self.pool)
            for (of_part, n_part), shrunk in zip(parts, (self.within, self.in_phase), strict=True):
                mean = mean + (of_part - n_part * mean) / (n_part + shrunk)
            means.append(mean)
        gap, middle = means[0] - means[1], (means[0] + means[1]) / 2
        covariance = self.scatter * self.nu / (self.nu - 2.0)
        covariance = _KEPT * covariance + (1.0 - _KEPT) * np.diag(np.diag(covariance))
        found = np.zeros(z.shape)
        for rows, on in patterns(z):
            weight = gap[rows][:, on] @ np.linalg.inv(covariance[np.ix_(on, on)])
            found[np.ix_(rows, np.flatnonzero(on))] = weight * (z - middle)[rows][:, on]
        return found

    def read(self, z: Floats, sums: _Sums) -> tuple[Floats, Floats]:
        """Return the probabilities of `READINGS`, shape (M, 3), and the `shares` they rest on."""
        shares = self.shares(z, sums)
        beyond = (1.0 - NOTHING) * (_ratios(z, self.scatter, self.nu) @ self.weights)
        event = beyond / (beyond + NOTHING)
        odds = np.log(self.prior[0] / self.prior[1]) + self.power * shares.sum(axis=1)
        is_raise = 1.0 / (1.0 + np.exp(-odds))
        return np.stack([event * is_raise, event * (1.0 - is_raise), 1.0 - event], axis=1), shares

    def say(self, probability: Floats) -> str:
        """Return what is read out of probabilities, shape (3,): a reading, or that none can be given."""
        k = int(probability.argmax())
        return READINGS[k] if probability[k] >= (RIGHT if k == _NOTHING else self.threshold) else UNSURE


def learn(of: Reactions, before: np.datetime64 | None = None, without: str | None = None) -> Reader:
    """Learn from raises, folds (not of the case `without`) and ordinary days that were over before a date; or all.

    With the shrinkage and the power that gave past events, each read without its own cluster of days, the best log
    score; of powers within a standard error of it the smallest, and none where it does not beat the base rate by more
    than that. The threshold is the least at which past stances were read right four times in five (``(right + 1)/(read
    + 2)``) and at most one ordinary day in twenty was read as a stance. With fewer than 100 ordinary days in common
    before the date there is none: a `NothingUsableError`.
    """
    labels, past = of.events["stance"].to_numpy(), np.ones(len(of.days), dtype=bool)
    use = np.isin(labels, READINGS[:2]) & of.clean.any(axis=1) & (of.events["case"] != without).to_numpy()
    if before is not None:
        use, past = use & (of.events["known"] < before).to_numpy(), of.days < before
    days = of.ordinary[past]
    whole = days[np.isfinite(days).all(axis=1)]
    if len(whole) < ENOUGH:
        short = f"{len(whole)} days without news in common{f' before {before}' if before else ''}; {ENOUGH} are needed"
        raise NothingUsableError(f"the series have {short}: choose fewer series, or ones with longer histories")
    scatter, nu = student_law(whole)
    z = np.where(of.clean[use], of.z[use], np.nan)
    own = _weights(_ratios(z, scatter, nu)), z, of.places[use], of.events["day"].to_numpy()[use]
    reader = Reader(scatter, nu, *own, labels[use] == "raise")
    if min(reader.counts) < FEWEST:
        return reader
    found, sums = [], reader.sums(reader.case, reader.day)
    sign, prior = np.where(reader.is_raise, 1.0, -1.0), np.log(reader.prior[0] / reader.prior[1])
    for pool, (within, in_phase) in product(_POOL, _PARTS):
        tried = replace(reader, pool=pool, within=within, in_phase=in_phase)
        ratio = tried.shares(reader.z, sums).sum(axis=1)
        for power in _POWERS:
            gain = np.logaddexp(0.0, -sign * prior) - np.logaddexp(0.0, -sign * (prior + power * ratio))
            found.append((gain.mean(), gain.std() / np.sqrt(len(gain)), power, tried))
    top, error, _, _ = max(found, key=lambda one: one[0])
    near = [one for one in found if top > error and one[0] >= top - error]
    _, _, power, best = min(near, key=lambda one: (one[2], -one[0])) if near else (0.0, 0.0, 0.0, reader)
    best, some = replace(best, power=power), slice(None, None, max(len(days) // _SCORED_DAYS, 1))
    ordinary = days[some]
    case = np.resize(reader.case, (len(ordinary), 2))
    probability = best.read(reader.z, sums)[0], best.read(ordinary, best.sums(case, of.days[past][some]))[0]
    sure, on_days = (np.where(p.argmax(axis=1) == _NOTHING, 0.0, p.max(axis=1)) for p in probability)
    given, is_right = sure[:, None] >= _THRESHOLDS, (probability[0].argmax(axis=1) == 0) == reader.is_raise
    right = ((given & is_right[:, None]).sum(axis=0) + 1.0) / (given.sum(axis=0) + 2.0)
    good = (right >= RIGHT) & ((on_days[:, None] >= _THRESHOLDS).mean(axis=0) <= FALSE_STANCE)
    return replace(best, threshold=float(_THRESHOLDS[good][0])) if good.any() else best


def _before_cluster(day: Any) -> Any:
    """Return the first day of the week in which an event's cluster begins, so that events of one week share a past."""
    return (np.asarray(day, "datetime64[D]") - CLUSTER).astype("datetime64[W]").astype("datetime64[D]")[()]


@dataclass(frozen=True, eq=False)
class Reading:
    """What prices made of one event.

    Parameters
    ----------
    event_id, headline, stance, day
        The event, its (net) stance, and the first session that reacted.
    says : str
        One of `READINGS`, or ``can't tell``.
    odds : DataFrame
        ``prior`` and ``posterior`` probability of each of `READINGS`.
    shares : DataFrame
        ``series, window, z, adds``: what each coordinate adds to the log odds of raise against fold.
    nearest : DataFrame
        The five earlier events whose reactions were most like this one: ``event_id, day, case, stance, distance``.
    reader : Reader
        What it was read by.
    without : tuple of str
        Instruments that have no reaction: no session, no figures or too few before, or news that came late for them.
    """

    event_id: str
    headline: str
    stance: str
    day: np.datetime64
    says: str
    odds: pd.DataFrame
    shares: pd.DataFrame
    nearest: pd.DataFrame
    reader: Reader
    without: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The reading in a sentence or two."""
        p, (n_raise, n_fold) = self.odds["posterior"], self.reader.counts
        # Of too few earlier events odds say what was assumed, not what was learned.
        odds = ", ".join(f"{name} {p[name]:.2f}" for name in READINGS) + "; " if min(n_raise, n_fold) >= FEWEST else ""
        learned = f"learned from {counted(n_raise, 'earlier raise')} and {counted(n_fold, 'earlier fold')}"
        says = {UNSURE: "prices can't tell", "nothing": "prices took no notice"}.get(self.says)
        asked = self.event_id.removeprefix("date ")
        day = self.day if asked in {self.event_id, str(self.day)} else f"{asked}, in the session of {self.day}"
        return f"{day}: {says or f'prices took it for a {self.says}'} ({odds}{learned}). {self.doubt}".strip()

    @property
    def doubt(self) -> str:
        """Why no stance can be given, or what speaks against the one that was; else ''."""
        reader, leans = self.reader, READINGS[int(self.shares["adds"].sum() < 0)]
        why = {
            f"Fewer than {FEWEST} earlier raises or folds: no stance is read.": min(reader.counts) < FEWEST,
            "Earlier reactions do not tell raises and folds apart well enough for a stance to be read.":
                not reader.power or np.isinf(reader.threshold),
            f"That is the commoner of the two on record; by its direction the move leans to a {leans}.":
                self.says in READINGS[:2] and self.says != leans,
            f"Needs {reader.threshold:.2f}, for nothing {RIGHT:.2f}.": self.says == UNSURE,
        }  # fmt: skip
        return next((text for text, holds in why.items() if holds), "")

    def record(self) -> dict[str, Any]:
        """Return all of it as plain values, for JSON."""
        return {
            **{of: str(getattr(self, of)) for of in ("event_id", "headline", "stance", "day", "says", "sentence")},
            **{name: {of: float(p) for of, p in self.odds[name].items()} for name in ("prior", "posterior")},
            "shares": records(self.shares),
            "nearest": records(self.nearest.assign(day=self.nearest["day"].astype(str))),
            "learned": dict(zip(("raises", "folds"), self.reader.counts, strict=True)),
            "threshold": self.reader.threshold if np.isfinite(self.reader.threshold) else None,
            "without": list(self.without),
        }

    def __repr__(self) -> str:
        return self.sentence


def read(of: Reactions, event_id: str) -> Reading:
    """Read one event by what was known before it, and before its cluster of days; refused where that is too little."""
    k = (ids := of.events["event_id"].tolist()).index(require_known(event_id, ids, "event with a reaction"))
    event, day, asked = of.events.iloc[k], np.datetime64(of.events["day"][k], "D"), dict(of.names)
    of = of.known(k, _before_cluster(day))
    z, reader = of.z[k : k + 1], learn(of, _before_cluster(day))
    (probability,), shares = reader.read(z, reader.sums(of.places[k : k + 1], np.array([day])))
    on = np.isfinite(z[0])
    frame = pd.DataFrame(of.names, columns=["series", "window"]).assign(z=z[0], adds=reader.power * shares[0])
    past = of.events.loc[np.isin(of.events["stance"], READINGS[:2]) & (of.events["known"] < _before_cluster(day))]
    square, d = distances(np.where(of.clean[past.index], of.z[past.index], np.nan) - z[0], reader.scatter)
    past = past[["event_id", "day", "case", "stance"]].assign(distance=np.sqrt(square / np.maximum(d, 1)))
    near = past[d >= max(np.count_nonzero(on) / 2, 1)].nsmallest(5, "distance").reset_index(drop=True)
    odds = pd.DataFrame({"prior": reader.prior, "posterior": probability}, index=list(READINGS))
    words = event_id, event["headline"], event["stance"], day, reader.say(probability)
    without = tuple(name for name in asked if name not in set(frame["series"][on]))
    return Reading(*words, odds, frame[on].reset_index(drop=True), near, reader, without)


def read_event(
    event: str | None = None,
    *,
    date: str | None = None,
    events: Any = None,
    prices: pd.DataFrame | None = None,
    case: str = "all",
    series: Sequence[str] | None = None,
    windows: Sequence[str] = ("0:0", "0:1"),
    **choices: Any,
) -> Reading:
    """Read an event, or any date, by the prices.

    Parameters
    ----------
    event, date : str, optional
        Id of an event on file, or a date instead, e.g. ``2022-01-27``; an event that is no id but a date is one.
    events, prices : optional
        Your own, as `EventStudy` takes them; default those of the case.
    case : str
        Bundled case to learn from.
    series : sequence of str
        The instruments; default those of `HEADLINE` among the prices.
    windows, **choices
        Windows of the reaction, and what else `EventStudy` takes: ``as_of``, ``model``, ...

    Returns
    -------
    Reading
        With its odds, what each instrument adds, and the five most similar earlier events.

    Raises
    ------
    DesignError
        If neither an event nor a date is given, or both.
    UnknownNameError, NothingUsableError
        If the event has no reaction, or there are too few days without news before it.

    Examples
    --------
    >>> reading = read_event("2022-01-27-kremlin-reply", case="raise-or-fold-2022", series=["imoex", "brent"])
    >>> reading.says
    "can't tell"
    """
    InputError.require("an event is named by its id", event, str, type(None))
    if (event is None) == (date is None):
        raise DesignError("name an event of the record, or a date (date=, --date), and not both")
    table = check_events(load_case(case).events if events is None else events)
    figures = load_case(case).prices if prices is None else prices
    if event is not None and event not in set(table["id"]):
        with suppress(InputError):
            date = check_events([event])["time"].iloc[0]
    if date is not None:
        blank = check_events([date]).assign(stance="", status="confirmed")
        blank["id"] = event = f"date {blank['time'].iloc[0]}"
        # A day is read as its events on file are, where they are of one conflict and phase.
        there = table[table["time"].str[:10] == blank["time"].iloc[0][:10]]
        for part in table.columns.intersection(["case", "phase"]):
            blank[part] = there[part].iloc[0] if len(set(there[part])) == 1 else ""
        table = pd.concat([table, blank[table.columns.intersection(blank.columns)]], ignore_index=True)
    names = series if series is not None else [name for name in HEADLINE if name in figures] or None
    of = reactions(study := EventStudy(table, figures, series=names, windows=windows, **choices))
    if event in set(table["id"]) - set(of.events["event_id"]):
        found = study.unanswered().matches
        why = next(iter(found.loc[found["event_id"] == event, "reason"]), "it is later than the as-of time")
        raise NothingUsableError(f"no market reacted to {event}: {why or 'no volatility is known before it'}")
    return read(of, str(event))


@cache
def _record(as_of: str | None) -> Reactions:
    case = load_case("all", HEADLINE)
    return reactions(EventStudy(case.events, case.prices, series=HEADLINE, windows=("0:0", "0:1"), as_of=as_of))


def read_record(event_ids: Iterable[str], as_of: str | None = None) -> dict[str, Reading]:
    """Read bundled events as `read_event` does, each by the whole record before it, as of a time; others are not."""
    of, found = _record(as_of), {}
    for event in set(event_ids) & set(of.events["event_id"]):
        with suppress(NothingUsableError):
            found[event] = read(of, event)
    return found


def read_all(of: Reactions, progress: Progress | None = None, *, by_episode: bool = False) -> pd.DataFrame:
    """Read all events, each as `read` does: the stance that was coded beside the one that was traded.

    With `by_episode` each is read by all other cases, earlier or later, and not by the past: of its own case, and of
    its own cluster of days, nothing is known of an event. A row an event, with the posterior of each of `READINGS`,
    ``base_raise`` (the share of raises among those learned from) and ``n_raise, n_fold``; events with too little to
    learn from are left out.
    """
    rows, held, reader, places = [], None, None, of.places
    own = ["event_id", "headline", "day", "case", "stance"]
    days = of.events["day"].to_numpy().astype("datetime64[D]")
    order = np.argsort(of.events["case"].to_numpy() if by_episode else days, kind="stable")
    for k in steps(order.tolist(), progress):
        event = of.events.iloc[k]
        apart = {"without": event["case"]} if by_episode else {"before": _before_cluster(days[k])}
        then = of.known(k, apart.get("before"))
        if (apart, then.names) != held:
            held, reader = (apart, then.names), None
            with suppress(NothingUsableError):
                reader = learn(then, **apart)
        if reader is not None:
            p = reader.read(then.z[k : k + 1], reader.sums(places[k : k + 1], days[k : k + 1]))[0][0]
            rows.append((*event[own], *p, reader.say(p), reader.prior[0] / (1.0 - NOTHING), *reader.counts))
    return pd.DataFrame(rows, columns=[*own, *READINGS, "says", "base_raise", "n_raise", "n_fold"])


def signs(of: Reactions, event_ids: Iterable[str]) -> list[str]:
    """Return what a sign alone says, of the first coordinate with a figure: loss ``raise``, gain ``fold``, or ''."""
    z = pd.DataFrame(of.z, index=of.events["event_id"]).bfill(axis=1).iloc[:, 0].reindex(list(event_ids))
    return list(map(str, np.select([z < 0, z > 0], READINGS[:2], "")))


def scores(readings: pd.DataFrame, sign_of: Sequence[str] | None = None) -> pd.DataFrame:
    """Score readings of raises and folds (rows of `read_all`) beside base lines.

    ``sign_of`` is what another rule says of each row: ``raise``, ``fold`` or '', see `signs`. By rule ``n, read``
    (share of events for which it gives a stance), ``right`` (of those), ``right_unsure`` (of the others, had the
    likelier stance been given), ``log_score`` and ``brier`` of the probability of raise against fold; a rule that only
    says which is given three quarters.
    """
    of = readings[readings["stance"].isin(READINGS[:2])]
    is_raise = (of["stance"] == "raise").to_numpy()
    word = pd.Series("" if sign_of is None else list(sign_of), readings.index, dtype=object)[of.index].to_numpy()
    base, even = of["base_raise"].to_numpy(), np.full(len(of), 0.5)
    rules = {"reading": ((of["raise"] / (of["raise"] + of["fold"])).to_numpy(), of["says"].to_numpy()),
             "base rate": (base, np.where(base >= even, "raise", "fold")),
             "always nothing": (even, even.astype(str)),
             "sign": (np.select([word == "raise", word == "fold"], [0.75, 0.25], 0.5), word)}  # fmt: skip
    rows = []
    for rule, (p, said) in rules.items():
        given, log = np.isin(said, READINGS[:2]), np.log(np.where(is_raise, p, 1.0 - p)).mean()
        right = pd.Series((said == "raise") == is_raise)[given].mean()
        leans = pd.Series((p > even) == is_raise)[~given & (p != even)].mean()
        rows.append((rule, len(of), given.mean(), right, leans, log, ((p - is_raise) ** 2).mean()))
    found = pd.DataFrame(rows, columns=["rule", "n", "read", "right", "right_unsure", "log_score", "brier"])
    return found if sign_of is not None else found[:-1]


def _family(of: Reactions, z: Floats) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Return family p of z over instruments, the one that moved most, and beyond which z of it that p is 5 % or less.

    Each instrument is in units of its own spread on days without news, and is held against days that have them all.
    """
    spread = np.nanstd(of.ordinary, axis=0)
    far, days = np.abs(z) / spread, np.abs(of.ordinary) / spread
    largest = np.nan_to_num(far).argmax(axis=1)
    p, limit = np.full((2, len(z)), np.nan)
    for rows, on in patterns(z):
        among = days[np.isfinite(days[:, on]).all(axis=1)][:, on].max(axis=1)
        if len(among) >= ENOUGH:
            p[rows] = tail_p(far[rows][:, on].max(axis=1), among)
            limit[rows] = np.sort(among)[-int(LEVEL * (len(among) + 1))]
    return p, largest, limit * spread[largest]


def surprises(of: Reactions, fdr: float = 0.1, headlines: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the days without news on which the instruments together moved out of the ordinary, the least likely first.

    `fdr` is the expected share of false finds among them; the reactions are of one window. The instrument that moved
    most stands beside each and its z, and how the day reads beside all events on file, those of its own cluster of days
    left out. With `headlines` (``time, headline``) also up to three of that day and the two before it, the nearest
    first.

    Notes
    -----
    The p-value is the family placebo's: the largest |z| over the instruments, each in units of its own spread, against
    that of all days without news, see `tail_p`. ``q_value`` is Benjamini and Hochberg's adjusted p. How often finds are
    false is simulated in ``docs/readings.md``.
    """
    p, largest, _ = _family(of, of.ordinary)
    q, reader = benjamini_hochberg(p), learn(of)
    at = np.flatnonzero(q <= fdr)[np.argsort(p[q <= fdr], kind="stable")]
    days, z = of.days[at], of.ordinary[at]
    places = of.places[np.maximum(np.searchsorted(of.events["day"], days) - 1, 0)]
    found = pd.DataFrame({"day": days, "p_value": p[at], "q_value": q[at], "z": of.ordinary[at, largest[at]]})
    found.insert(3, "largest", [of.names[k][0] for k in largest[at]])
    found["says"] = [reader.say(probability) for probability in reader.read(z, reader.sums(places, days))[0]]
    if headlines is not None:
        written = headlines["time"].astype(str).str[:10].to_numpy(dtype="datetime64[D]")
        latest = [k for k in np.argsort(-written.astype(int), kind="stable") if headlines["headline"].iloc[k].strip()]
        texts = np.array([f"{written[k]} {headlines['headline'].iloc[k]}" for k in latest], dtype=object)
        ages = (days.astype("datetime64[D]")[:, None] - written[latest]).astype(int)
        found["headlines"] = ["; ".join(texts[(age >= 0) & (age <= _HEADLINE_DAYS)][:3]) for age in ages]
    return found


def unmoved(of: Reactions) -> pd.DataFrame:
    """Return the events on which no instrument moved further than on days without news, the quietest first.

    Not moved is not without effect: an effect smaller than ``noticed`` (the smallest CAR of the instrument that moved
    most, up or down, that would have had a p of 5 %) would look the same, and one as large is hidden by the move that
    the day would have had anyway about every second time. The reactions are of one window; ``p_value`` is the family
    placebo as of `surprises`, above 5 %.
    """
    p, largest, limit = _family(of, of.z)
    z, car = (figures[np.arange(len(p)), largest] for figures in (of.z, of.car))
    found = of.events[["event_id", "headline", "day", "stance"]].assign(p_value=p)
    found[["largest", "unit"]] = [(of.names[k][0], of.units[k]) for k in largest]
    found = found.assign(z=z, car=car, noticed=np.abs(car / z) * limit)
    return found[p > LEVEL].sort_values("p_value", ascending=False, kind="stable").reset_index(drop=True)
