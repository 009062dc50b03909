"""The one carrier of a study: every series estimated at every session, and which of these are its market events.

Figures of all sessions stand in arrays series by session by window; market events are positions into them. Average,
tests, car, charts, regressions and sentences take their events from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventstudy import matching
from eventstudy.errors import DesignError
from eventstudy.inference.placebo import SCALES, clear_of, placebo_z
from eventstudy.markets.history import History
from eventstudy.markets.stamp import listed
from eventstudy.matching import Events, SeriesMatches, Texts, labels_in_order, late_days
from eventstudy.models import AbnormalReturns, Fits, abnormal_returns, window_sums
from eventstudy.returns import ROUNDING, Floats, Ints, Mask
from eventstudy.study.design import RAISE_FOLD, Design
from eventstudy.tasks import alike
from eventstudy.window import Window
from eventstudy.wording import counted

ALL = "*"

#: Why a market event is in no mean, beyond what matching says: its CAR is not there, or has no scale.
NO_SCALE, NO_CAR = 10, 11

#: Why a market event is set aside, in a word and in a sentence.
_WHY = {
    matching.LATE: ("late", "late: the session follows a closure, or comes more than {days} days after the news"),
    matching.CLOSURE: ("closure", "closure: the window spans one"),
    matching.CONTAMINATED: ("contaminated", "contaminated: the window holds {others}"),
    matching.LATER: ("overlap", "overlap: its window shares sessions with that of an earlier event"),
    NO_SCALE: ("no scale", "no scale: too few abnormal returns before it"),
}

#: What stands in means over all labels: contaminated windows too.
IN_ALL = (matching.KEPT, matching.CONTAMINATED)

#: Largest share of a session's variance that may come from event sessions.
_MOST_OF_EVENTS = 0.5


@dataclass(frozen=True, eq=False)
class Block:
    """S series that share sessions, market events and gaps, estimated side by side at each of T sessions.

    Parameters
    ----------
    matches, design : SeriesMatches and Design
        Their events, and the choices, of W windows.
    x : ndarray, shape (T, k)
        Regressors over the series' own steps.
    usable, news : ndarray of bool, shape (T,)
        Sessions that may stand in an estimation window, and those that a market event touches, which no placebo window
        may meet.
    y, kind : ndarray, shape (T, S), and str
        Returns, and their kind.
    fits, car, se, n : optional
        What `estimate_block` makes of these: `Fits`, of which those of session t and series s stand at ``t S + s``;
        CARs and their forecast standard errors, shape (T, S, W), NaN with too few estimation returns; and the sessions
        cumulated, shape (T, W).
    """

    matches: SeriesMatches
    design: Design
    x: Floats
    usable: Mask
    news: Mask
    y: Floats
    kind: str
    fits: Any = None
    car: Any = None
    se: Any = None
    n: Any = None

    def clear(self, window: Window) -> Mask:
        """Say around which sessions a window lies in the sample and meets no news and no closure, shape (T,)."""
        return clear_of(self.news | self.matches.history.closures, window)

    @cached_property
    def scaled(self) -> dict[str, NDArray[Any]]:
        """What only placebos need, by name as `SeriesSample.every` has it, arrays (T, S) or (T, S, W)."""
        design, n_series, simple = self.design, self.y.shape[1], self.kind == "simple"
        beta = self.fits.beta.reshape(*self.y.shape, self.x.shape[1])
        normal = self.fits.alpha.reshape(self.y.shape)
        if self.x.shape[1]:  # as in `Fits.normal`
            normal = normal + np.einsum("tk,tsk->ts", self.x, beta)
        ar = self.y - normal
        without_news = np.where(self.news[:, None], np.nan, ar)
        both = SCALES[design.scale](np.concatenate([ar, without_news], axis=1))
        # Where more than half of the variance stems from event sessions, as after a crash, z is small for months, which
        # would make every other event look large. Known the day before, so no outcome is chosen.
        scale, without_news = both[:, :n_series], both[:, n_series:]
        with np.errstate(invalid="ignore"):
            own = (1 - _MOST_OF_EVENTS) * scale**2 <= without_news**2
        z, move = np.empty((2, *self.car.shape))
        free = np.empty((2, n_series, len(design.windows)), dtype=np.int64)
        eligible = np.empty(self.car.shape, dtype=bool)
        edge, size = np.full((1, n_series), np.nan), np.abs(np.nan_to_num(self.y))
        padded = np.vstack([edge, self.y, edge])
        padded = (np.nan_to_num(padded) if design.missing == "partial" else padded) + float(simple)
        for w, window in enumerate(design.windows):
            # A partial CAR counts as one over as many sessions as it cumulates.
            per_session, clear = self.car[..., w] * np.sqrt(window.n_sessions / self.n[:, w, None]), self.clear(window)
            z[..., w] = placebo_z(per_session, scale, window)
            eligible[..., w] = clear[:, None] & np.isfinite(z[..., w])
            around = (np.arange(len(self.y)) + 1 + tau for tau in window.taus)  # beyond the sample lies an edge
            each = (padded.take(at, axis=0, mode="clip") for at in around)
            total = reduce(np.multiply if simple else np.add, each) - float(simple)
            # A price that came back; what is compounded has rounding of 1 too.
            total[np.abs(total) <= ROUNDING * window_sums(size, window, 0.0) + 1e-14 * simple] = 0.0
            total[np.isnan(self.car[..., w]) | (self.kind == "level")] = np.nan
            move[..., w], without = total, total[clear]
            free[..., w] = np.count_nonzero([np.isfinite(without), without > 0], axis=1)
        found = {"ar": ar, "scale": scale, "z": z, "move": move, "eligible": eligible, "free": free}
        return found | {"quiet": eligible & own[:, :, None]}


@dataclass(frozen=True, eq=False)
class SeriesSample:
    """One series of a study: estimates at T sessions over W windows, m of which are market events.

    Parameters
    ----------
    name : str
        Name of the series.
    events : Events
        All events.
    history : History
        The series.
    matches : SeriesMatches
        Its events; those that cannot be estimated are excluded.
    block : Block
        Where its estimates stand.
    column : int
        Which series of the block it is.
    figures : mapping of str to ndarray
        What `samples_of` finds of the market events, each an attribute too:

        ``position`` (m,), event sessions, ascending, and ``session``, their dates; ``label, ids, phase`` (m,), net
        labels, id and phase of the first event of each; ``n_members`` (m,), number of dated events behind each;
        ``code`` (m, W), why each is in no mean over each window, `KEPT` where it is; ``car, se, z, move, p, days``
        (m, W), NaN where missing; ``from_residuals`` (m, W), whether its p rests on estimation residuals; ``family_p,
        family_days`` (N, W), of all N dated events: those of one market event may meet other series apart. And
        `by_label`, see `rows_by_label`.
    """

    name: str
    events: Events
    history: History
    matches: SeriesMatches
    block: Block
    column: int
    figures: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        vars(self).update(self.figures)

    def __getattr__(self, name: str) -> Any:
        known = ", ".join(vars(self).get("figures", ())) or "none"
        raise AttributeError(f"{type(self).__name__} has no '{name}'; of its market events: {known}")

    def every(self, name: str) -> NDArray[Any]:
        """Return figures of every session, whether an event fell on it or not, by their name.

        Parameters
        ----------
        name : str
            ``car, se``: CARs and their forecast standard errors, shape (T, W). ``z, move``: volatility-scaled CARs, and
            raw returns over each window, compounded simple ones and sums of others, NaN for levels and gaps. ``ar,
            scale`` (T,): abnormal returns, each under its own estimates, and the volatility known the session before.
            ``eligible, quiet`` (T, W): sessions that can serve as placebo events of single events, and for means those
            of them whose scale owes no more than half of its variance to event sessions. ``free`` (2, W): number of
            windows without news that have a raw return, and of those in which it is above 0. All but CARs are made when
            first asked for, so that CARs alone do not pay for them.
        """
        arrays: Mapping[str, Any] = vars(self.block) if name in {"car", "se"} else self.block.scaled
        return np.asarray(arrays[name][:, self.column])

    @property
    def design(self) -> Design:
        """The choices."""
        return self.block.design

    @property
    def unit(self) -> str:
        """Unit of its returns, e.g. ``simple return`` or ``index points``."""
        return self.history.instrument.unit or f"{self.history.instrument.returns} return"

    @cached_property
    def fits(self) -> Fits:
        """Estimates at all T sessions."""
        found: Fits = self.block.fits.take(slice(self.column, None, self.block.y.shape[1]))
        return found

    def abnormal_at(self, positions: Ints, span: Window | None = None) -> AbnormalReturns:
        """Return the abnormal returns of some sessions over the study's span."""
        fits, returns = self.fits.take(positions), self.history.returns
        return abnormal_returns(returns, self.block.x, fits, positions, span or self.design.span)

    def residuals(self, positions: Ints, span: Window) -> tuple[Floats, Mask, Ints]:
        """Return returns less what was fitted at P event sessions, over n sessions of event time, shape (P, n).

        Beside them which of these could be learned from, and their rows in the history; NaN and -1 outside the sample.
        """
        of = self.abnormal_at(positions, span)
        residual = of.actual - of.fits.fitted(of.x, np.array(span.taus))
        return residual, (of.rows >= 0) & self.block.usable[of.rows], of.rows

    def rows(self, label: str, w: int) -> Ints:
        """Return the market events of one label (``*`` for all) that stand in its mean over one window."""
        return self.by_label[label, w][0] if (label, w) in self.by_label else np.empty(0, dtype=np.int64)

    def without_news(self, w: int) -> Ints:
        """Return the sessions around which one window meets no news and has a raw return."""
        return np.flatnonzero(self.block.clear(self.design.windows[w]) & np.isfinite(self.every("move")[:, w]))

    @cached_property
    def path(self) -> Floats:
        """Abnormal returns of each over the whole span of the study, shape (m, n); NaN where missing."""
        return self.abnormal_at(self.position).ar

    def path_rows(self, label: str) -> Ints:
        """Return the market events of one label behind its mean path: whole spans that nothing sets aside."""
        code = self.matches.market_events.set_aside(self.design.span, self.design.overlap)
        kept = np.isin(code, IN_ALL) if label == ALL else code == matching.KEPT
        return np.flatnonzero(kept & np.isfinite(self.path).all(axis=1) & ((label == ALL) | (self.label == label)))

    @cached_property
    def with_car(self) -> Ints:
        """The market events that have a CAR over any window."""
        return np.flatnonzero(np.isfinite(self.car).any(axis=1))

    @cached_property
    def intensity(self) -> Floats:
        """Intensity of each market event, the sum of its events', shape (m,); NaN where one has none."""
        news = self.matches.market_events
        own = self.events.table["intensity"].to_numpy(dtype=np.float64)[news.members]
        return np.add.reduceat(own, news.bounds[:-1]) if len(news) else own

    def events_of(self, rows: Ints) -> Ints:
        """Return the places of all dated events in some of the market events, the earliest of a session first."""
        news, chosen = self.matches.market_events, np.zeros(len(self.position), dtype=bool)
        chosen[rows] = True
        return news.members[chosen[news.owner]]

    def members(self, k: int) -> list[str]:
        """Return the ids of the dated events of a market event, the earliest first."""
        return list(self.events.ids[self.events_of(np.array([k]))].tolist())

    def shortcoming(self, position: int, w: int) -> str:
        """Say which session a window around a session misses, and how many a partial CAR cumulates; '' for none."""
        window, sessions = self.design.windows[w], self.history.sessions
        rows = np.arange(position + window.first, position + window.last + 1)
        if rows[-1] >= len(sessions):
            gap = f"runs past the sample, which ends {sessions[-1]}"
        elif rows[0] < 0:
            gap = f"begins before the sample, which begins {sessions[0]}"
        elif len(lost := rows[~np.isfinite(self.history.returns[rows])]):
            holes = self.history.holes_before(int(lost[0]))
            gap = f"has no return on {sessions[lost[0]]}" + (f": no price on {listed(holes)}" if len(holes) else "")
        elif len(lost := rows[~np.isfinite(self.block.x[rows]).all(axis=1)]):
            gap = f"has no regressor on {sessions[lost[0]]}"
        else:
            return ""
        partly = f"; {self.block.n[position, w]} of {window.n_sessions} sessions are cumulated"
        return f"window {window} {gap}" + ("" if np.isnan(self.block.car[position, self.column, w]) else partly)

    def notes(self, w: int) -> Texts:
        """Say of each market event why it has no CAR over a window, or stands in no mean, shape (m,); else ''."""
        news, window, history = self.matches.market_events, self.design.windows[w], self.history
        spanned = history.spanned
        lost = [(row, counted(int(spanned[row]), "date")) for row in np.flatnonzero(spanned).tolist()]
        known = [(row, f"the return of {history.sessions[row]} spans {n} without a price") for row, n in lost]
        known += [(int(np.searchsorted(history.sessions, day)), f"{day}: {fact.why}") for day, fact in history.known]
        low, high = news.near(window.first, window.last)
        partly = np.isnan(self.car[:, w]) | (self.block.n[self.position, w] != window.n_sessions)
        of_members = ["by-day:" in text for text in self.matches.reason[news.members].tolist()]
        by_day = np.bincount(news.owner, of_members, len(self.position)) > 0
        after = np.array([row for row, _ in known], dtype=int) - self.position[:, None]
        meets = ((after >= window.first) & (after <= window.last)).any(axis=1)
        notes = np.full(len(self.position), "", dtype=object)
        for k in np.flatnonzero(partly | by_day | meets | np.isin(self.code[:, w], list(_WHY))).tolist():
            position, code = int(self.position[k]), self.code[k, w]
            said = [self.shortcoming(position, w)] if partly[k] else []
            if code in _WHY:
                others = [j for j in range(low[k], high[k]) if self.label[j] not in (*news.neutral, self.label[k])][:3]
                named = ", ".join(f"{self.ids[j]} ({self.label[j]})" for j in others)
                said.append(_WHY[code][1].format(days=late_days(history), others=named))
            if by_day[k]:
                said.append("by-day: hour of the price unknown")
            said += [why for at, why in known if window.first <= at - position <= window.last]
            notes[k] = "; ".join(filter(None, said))
        return notes

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.history!r}: {len(self.matches.market_events)} market events>"


class Samples(dict[str, SeriesSample]):
    """The series of a study by name."""

    @property
    def labels(self) -> list[str]:
        """The labels of the study in the order of its tables."""
        return labels_in_order([label for of in self.values() for label in of.label.tolist()])

    @property
    def pool(self) -> list[str]:
        """The series that can be pooled: those in the first kind of return, else all if they share a unit."""
        units = {name: of.unit for name, of in self.items() if np.isfinite(of.car).any()}
        returns = [unit for unit in units.values() if unit.endswith(" return")]
        if returns:
            return [name for name, unit in units.items() if unit == returns[0]]
        return list(units) if len(set(units.values())) == 1 else []

    def arranged(self) -> tuple[list[tuple[str, str, int]], Ints, Ints]:
        """Return every row of the study's tables of means, and the market events that stand in it.

        G keys: series (``*`` for the pool, where it has more than one), label (``*`` for all) and window; the market
        events row after row, (E,), by their places among those of all series one after another; how many each row has,
        (G,).
        """
        labels, pool, found, begin = [*self.labels, ALL], self.pool, dict[tuple[str, str, int], Ints](), 0
        for name, of in self.items():
            every = list(product(labels, range(len(of.design.windows))))
            found |= {(name, label, w): begin + of.rows(label, w) for label, w in every}
            begin += len(of.position)
        for label, w in every if len(pool) > 1 else ():
            found[ALL, label, w] = np.concatenate([found[name, label, w] for name in pool])
        return list(found), np.concatenate(list(found.values())), np.array(list(map(len, found.values())))

    def in_means(self, w: int) -> set[tuple[str, str]]:
        """Return series and market event of all that stand in the mean of their label, of all if they have none."""
        kept = {name: (of.label == "") & np.isin(of.code[:, w], IN_ALL) | (of.code[:, w] == matching.KEPT)
                for name, of in self.items()}  # fmt: skip
        return {(name, event) for name, of in self.items() for event in of.ids[kept[name]]}


def rows_by_label(label: Texts, code: NDArray[np.int8]) -> dict[tuple[str, int], tuple[Ints, dict[str, int]]]:
    """Return by label (``*`` for all) and window the market events in its mean, and how many are set aside by reason.

    `code` (m, W) says why each is in no mean of its label.
    """
    found = {}
    for name in {*label.tolist(), ALL}:
        of_label, stands = (label == name) | (name == ALL), IN_ALL if name == ALL else (matching.KEPT,)
        for w, codes in enumerate(code.T):
            kept = of_label & np.logical_or.reduce([codes == why for why in stands])
            numbers = enumerate(np.bincount(codes[of_label & ~kept]).tolist())
            found[name, w] = np.flatnonzero(kept), {_WHY[why][0]: n for why, n in numbers if n and why in _WHY}
    return found


def split_contrast(contrast: str | None, labels: list[str]) -> tuple[str, str] | None:
    """Return the two labels of a contrast, which can be read in one way alone; None where the study lacks a stance.

    Examples
    --------
    >>> split_contrast("very-high-low", ["low", "very-high"])
    ('very-high', 'low')
    """
    if contrast is None:
        return None
    if contrast in labels and "-" in contrast:
        raise DesignError(f"contrast '{contrast}' is a label of its own; rename the label, or turn the contrast round")
    found = [
        (first, second)
        for cut, letter in enumerate(contrast)
        if letter == "-" and {first := contrast[:cut], second := contrast[cut + 1 :]} <= {*labels} and first != second
    ]
    if len(found) > 1:
        each = " or ".join(f"'{first}' less '{second}'" for first, second in found)
        raise DesignError(f"contrast '{contrast}' can be {each}; rename a label")
    if found:
        return found[0]
    if contrast == RAISE_FOLD:
        return None
    there = ", ".join(labels) or "none"
    raise DesignError(f"contrast '{contrast}' must be two of the labels joined by a hyphen; labels: {there}")


class ContrastEvents(NamedTuple):
    """The k market events of two labels over one window; of several series those that the same news made are one.

    `position` (k, S) are their sessions in each of the S series, -1 where it has none; `is_first` (k,) says which are
    of the first label; `car` and `z` (k,) are CARs and volatility-scaled CARs, of several series their means; `n` (k,)
    how many market events stand behind each; `phase` (k,) phases; `n_obs` the mean number of estimation returns.
    """

    position: Ints
    is_first: Mask
    car: Floats
    z: Floats
    n: Ints
    phase: NDArray[np.str_]
    n_obs: float


def contrasts_of(studies: Sequence[Samples], design: Design) -> list[dict[tuple[str, int], ContrastEvents]]:
    """Return the market events of the two labels that are compared, by series (``*`` for the pool) and window.

    Each of K studies of the same series and events has its own: what follows from their dates is worked out once for
    those in whose means the same ones stand.
    """
    (samples, *_), found = studies, [dict[tuple[str, int], ContrastEvents]() for _ in studies]
    if (pair := split_contrast(design.contrast, samples.labels)) is None:
        return found
    teams, pool, joined = {name: [name] for name in samples}, samples.pool, np.concatenate
    phase_of = next(iter(samples.values())).events.table["phase"].to_numpy(dtype=str)
    for name, names in (teams | ({ALL: pool} if len(pool) > 1 else {})).items():
        team, n_obs = [samples[member] for member in names], [samples[member].fits.n_obs for member in names]
        leads = [of.matches.market_events.lead.copy() for of in team]
        for of, lead in zip(team, leads, strict=True):  # the earliest of its events that has its net label
            members, owner, label = (getattr(of.matches.market_events, key) for key in ("members", "owner", "label"))
            own = np.flatnonzero(of.events.labels[members] == label[owner])[::-1]
            lead[owner[own]] = members[own]
        every = [(k, w) for k in range(len(studies)) for w in range(len(design.windows))]
        stand = [[np.sort(np.concatenate([studies[k][member].rows(label, w) for label in pair])) for member in names]
                 for k, w in every]  # fmt: skip
        for some in alike(tuple(at.tobytes() for at in rows) for rows in stand):
            rows, *_ = [stand[k] for k in some]
            of_series = np.repeat(np.arange(len(team)), list(map(len, rows)))
            session, at = (joined([getattr(of, key)[r] for of, r in zip(team, rows, strict=True)])
                           for key in ("session", "position"))  # fmt: skip
            label = joined([of.label[r] for of, r in zip(team, rows, strict=True)])
            learned = joined([each[of.position[r]] for each, of, r in zip(n_obs, team, rows, strict=True)])
            lead = joined([each[r] for each, r in zip(leads, rows, strict=True)])
            order = np.lexsort((lead, session))  # one piece of news after another by their first sessions
            _, begin, of_lead = np.unique(lead[order], return_index=True, return_inverse=True)
            first, which = order[np.sort(begin)], np.empty_like(order)
            which[order] = np.argsort(np.argsort(begin))[of_lead]
            position, n = np.full((len(first), len(team)), -1), np.bincount(which)
            position[which[order[::-1]], of_series[order[::-1]]] = at[order[::-1]]  # the earliest is written last
            shared = {"position": position, "is_first": label[first] == pair[0], "n": n, "phase": phase_of[lead[first]]}
            shared["n_obs"] = float(learned.mean()) if len(learned) else 0.0
            for k, w in (every[one] for one in some):
                of_k = [(studies[k][member], r) for member, r in zip(names, rows, strict=True)]
                car, z = (np.bincount(which, joined([getattr(of, key)[r, w] for of, r in of_k])) / n
                          for key in ("car", "z"))  # fmt: skip
                found[k][name, w] = ContrastEvents(**shared, car=car, z=z)
    return found
