"""EventStudy: events and markets in, a result out, in five steps: match, estimate, scale, average, test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any, Unpack

import numpy as np
import pandas as pd

from eventstudy import matching
from eventstudy.errors import DesignError, NothingUsableError, did_you_mean, refuse
from eventstudy.events.schema import check_events
from eventstudy.inference.placebo import GARCH_LOOKS_AHEAD
from eventstudy.markets.history import History
from eventstudy.markets.identity import identify
from eventstudy.markets.prices import refuse_returns
from eventstudy.markets.quality import data_warnings, without_splits
from eventstudy.matching import Events, Matches, match, unknown_hours
from eventstudy.models.linear import RISK_FREE, FactorPreset
from eventstudy.returns import OWN_UNIT
from eventstudy.study.answer import answers
from eventstudy.study.design import Choices, Design, make_design, named
from eventstudy.study.estimates import CarPanel, estimate, variance_history
from eventstudy.study.given import join_regressors, known_at, take
from eventstudy.study.placebo import samples_of
from eventstudy.study.result import MethodResult, StudyResult
from eventstudy.study.sample import ALL, NO_CAR, Samples, split_contrast
from eventstudy.study.tables import BUDGET, too_large
from eventstudy.tasks import Progress
from eventstudy.wording import counted

#: From this share of pairs on that are not used, it is the first thing said.
_MANY = 0.2


class EventStudy:
    """An event study waiting to be run.

    Parameters
    ----------
    events : DataFrame, DatetimeIndex, Series, ndarray or list
        One event a row, only ``time`` is required (see `eventstudy.events.check_events`); or bare dates.
    prices : DataFrame or Series, shape (T, S), optional
        Prices as quoted, indexed by session, a column an instrument, or a frame as yfinance gives it. A column with a
        name or symbol of the catalogue's (``ruble``, ``RUB=X``) takes its orientation, unit and kind of return, others
        are as quoted. When prices are struck no name says: the library's own figures and fetched ones bring it along
        (``prices.attrs["layout"]``), for others `instruments` says it, or they are matched by day.
    returns : DataFrame or Series, shape (T, S), optional
        Returns instead of prices, oriented so that a positive one means that the asset gained.
    volumes : DataFrame or Series, shape (T, S), optional
        Traded volumes instead of prices: their logs are studied, and a CAR is the log volume beyond the normal one.
    bars : {'start', 'end'}, optional
        That `prices` are bars, indexed by instants with a time zone, and which end of a bar its label is; windows then
        count bars.
    instruments : mapping of str to mapping or Instrument, optional
        What is known of columns beyond their names: ``{"7203.T": {"exchange": "XTKS"}, "gold": {"close": "15:00
        Europe/London"}, "x": {"as": "ruble"}}``, or ``"*"`` for all (see `eventstudy.markets.identity.identify`).
    market : str or Series, optional
        Market column of a model given by name, or its prices.
    factors : sequence of str, or DataFrame, optional
        Factor columns of a model given by name, or their prices.
    **choices
        What `make_design` takes: ``model, estimation, windows, series, tests, min_obs, returns_kind`` and the rest of
        `Design`.

    Raises
    ------
    InputError
        If a frame breaks its schema.
    DesignError, UnknownNameError
        If the choices are unknown or contradict each other.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> case = load_case("raise-or-fold-2022")
    >>> result = EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"]).fit()
    >>> row = result.car.set_index("event_id").loc["2022-02-24-invasion"]
    >>> f"{row['move']:.3f}", bool(row["p_value"] == 1 / (row["days"] + 1))
    ('-0.333', True)
    """

    @named(Choices.__annotations__)
    def __init__(self, events: Any, prices: pd.DataFrame | pd.Series | None = None, **choices: Unpack[Choices]) -> None:
        keywords: dict[str, Any] = dict(choices)
        own = ("returns", "volumes", "bars", "instruments", "returns_kind", "market", "factors")
        returns, volumes, bars, instruments, kind, market, factors = (keywords.pop(name, None) for name in own)
        DesignError.require("instruments must be a dict by column", instruments, Mapping, type(None))
        named_or_given = str, Sequence, pd.DataFrame, pd.Series, type(None)
        DesignError.require("factors must be a list of names of columns, or their figures", factors, *named_or_given)
        given = take({"prices": prices, "returns": returns, "volumes": volumes}, dict(instruments or {}), bars)
        figures, market, factors = join_regressors(given.figures, market, factors, given.kind)
        if figures is not given.figures:
            notes = tuple(figures.attrs["read"].splitlines())
            given = replace(given, figures=figures, instruments=identify(figures, instruments), notes=notes)
        self.design = make_design(returns=kind, market=market, factors=factors, **keywords)
        self.events, self.given = known_at(check_events(events), given, self.design.as_of)
        if self.design.adjust_splits:
            figures, notes = without_splits(self.given.figures, self.given.histories(self.design.returns))
            self.given = replace(self.given, figures=figures, notes=(*self.given.notes, *notes))
        columns = dict(zip(map(str, self.given.figures), self.given.figures.to_numpy().T, strict=True))
        self.design.model.check_columns(columns, self.given.kind)
        self._histories = self.given.histories(self.design.returns)
        self._events = Events.of(self.events, self.design.group_by)
        labels = sorted({*self._events.labels} - {""})
        split_contrast(self.design.contrast, [*labels, matching.MIXED] if labels else [])
        self._studied = _studied(self.design, self._histories)
        if self.given.kind == "prices" and self.design.returns not in OWN_UNIT:
            # Only what is studied: a column that nobody asked for stops no study. Without `attrs`, which pandas would
            # copy with every column that is taken.
            figures = pd.DataFrame(self.given.figures)
            for name in self._studied:
                refuse_returns(figures[name])
        involved = [self._histories[name] for name in (*self._studied, *self.design.model.regressors)]
        self._notes = [said for history in involved for said in (*history.notes, *data_warnings(history))]

    def __repr__(self) -> str:
        return f"<EventStudy of {len(self.events)} events on {self.given.figures.shape[1]} series: {self.design!r}>"

    def histories(self) -> dict[str, History]:
        """Return the histories of all columns, regressors among them."""
        return dict(self._histories)

    def fit(
        self, *, executor: Executor | None = None, progress: Progress | None = None, budget: int = BUDGET
    ) -> StudyResult:
        """Run the study.

        Parameters
        ----------
        executor : concurrent.futures.Executor, optional
            Who estimates the series, e.g. a ``ProcessPoolExecutor`` or a Dask client's ``get_executor()``; default a
            thread a processor where there is much to do. The result is the same to the last bit.
        progress : callable, optional
            Called with how much is done, and of how much.
        budget : int
            Bytes that each table with rows for every pair may take (`matches`, `fits`, `abnormal`, `car`), and the
            residuals that tests of means need. What would take more is left out, and a warning says so;
            `StudyResult.blocks` makes such a table piece by piece.

        Returns
        -------
        StudyResult
            Frozen tables; every (event, series) pair is in `matches`, used, set aside or excluded with a reason.

        Raises
        ------
        NothingUsableError
            If no pair survives; says what excluded most of them.
        """
        if not isinstance(budget, int):
            raise DesignError(f"budget must be a number of bytes, not {budget!r}")
        result = self.unanswered(executor, progress)
        large = too_large(result.samples, result.design.stage, budget)
        warnings = [*self.events.attrs.get("notes", ()), *_warnings(result.matching, result.samples)]
        warnings += [*self.given.notes, *self._notes, *(said for _, said in large.values())]
        found = tuple(answers(result.samples, result.design.stage))
        left_out = {name: n for name, (n, _) in large.items() if name != "tests"}
        return replace(result, warnings=tuple(warnings), answers=found, left_out=left_out, budget=budget)

    def unanswered(self, executor: Executor | None = None, progress: Progress | None = None) -> StudyResult:
        """Match, estimate and scale: a result without answers and warnings, for charts that need none."""
        matches, estimates, histories = self.estimated(executor, progress)
        histories = {name: histories[name] for name in (*estimates, *self.design.model.regressors)}
        [samples] = samples_of([estimates])
        return StudyResult(self.design, self.events, histories, matches, samples, self.given)

    def cars(self, *, executor: Executor | None = None, progress: Progress | None = None) -> CarPanel:
        """Return the CARs and their standard errors alone, as arrays.

        The figures are those of the `car` table of `fit`, without its placebos, tables, averages and tests: for a
        backtest that asks often, or for millions of pairs of event and series.

        Parameters
        ----------
        executor, progress : optional
            As in `fit`.

        Returns
        -------
        CarPanel
            Arrays of shape (events, series, windows).

        Raises
        ------
        NothingUsableError
            As `fit`.

        Examples
        --------
        >>> from eventstudy.cases import load_case
        >>> case = load_case("raise-or-fold-2022")
        >>> found = EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"]).cars()
        >>> invasion = found.events.index("2022-02-24-invasion")
        >>> f"{found.car[invasion, 0, 0]:.2f}"
        '-0.33'
        """
        matches, estimates, _ = self.estimated(executor, progress)
        windows, n_events = next(iter(estimates.values())).design.windows, len(matches.events)
        # Series by series in memory, as they are written.
        car, se = np.full((2, len(windows), len(estimates), n_events), np.nan)
        df = np.zeros((len(estimates), n_events), dtype=np.int64)
        for s, of in enumerate(estimates.values()):
            rows = np.flatnonzero(of.matches.there)
            at = of.matches.place[rows]
            df[s, rows] = of.block.fits.df[at * of.block.y.shape[1] + of.column]
            car[:, s, rows], se[:, s, rows] = of.every("car")[at].T, of.every("se")[at].T
        return CarPanel(matches, tuple(estimates), windows, car.T, se.T, df.T)

    def power(self) -> MethodResult:
        """Return the smallest effect this study could have seen (see `eventstudy.study.size.power`)."""
        from eventstudy.study.size import power

        return power(self.fit())

    def size(self, n_studies: int = 1_000, progress: Callable[[int], object] | None = None) -> MethodResult:
        """Return how often the tests reject where there is nothing to find (see `eventstudy.study.size.size`)."""
        from eventstudy.study.size import size

        return size(self.fit(), n_studies, progress)

    def estimated(
        self, executor: Executor | None = None, progress: Progress | None = None
    ) -> tuple[Matches, Samples, dict[str, History]]:
        """Match the events and estimate every series at every session; `fit` makes the tables out of it."""
        histories, design = dict(self._histories), self.design
        studied = {name: histories[name] for name in self._studied}
        rules = {"anchor": design.anchor, "overlap": design.overlap}
        matches = match(self._events, studied, design.span, include_proposed=design.include_proposed, **rules)
        if design.measure == "variance":
            plain = estimate(matches, histories, replace(design, measure="return"))
            histories |= {name: variance_history(of) for name, of in plain.items()}
        estimates = estimate(matches, histories, design.stage, executor, progress)
        matches = replace(matches, series={name: of.matches for name, of in estimates.items()})
        if not any(of.matches.there.any() for of in estimates.values()):
            pairs = f"all {len(self.events) * len(estimates)} pairs of event and series are excluded"
            raise NothingUsableError(f"no event can be used: {pairs}, most often\n{next(iter(matches.counts()))}")
        return matches, estimates, histories


@named(Choices.__annotations__)
def event_study(events: Any, prices: pd.DataFrame | pd.Series | None = None, **choices: Unpack[Choices]) -> StudyResult:
    """Run an event study in one call; bare dates are events enough.

    Parameters
    ----------
    events : DataFrame, DatetimeIndex, Series, ndarray or list
        Events, or their dates.
    prices : DataFrame or Series, optional
        Prices, a column a series.
    **choices
        As `EventStudy` takes them.

    Returns
    -------
    StudyResult
        The result.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> prices = load_case("raise-or-fold-2022").prices["imoex"].dropna()
    >>> event_study(["2022-01-27", "2022-02-15"], prices, windows=[(0, 0)]).answer().n
    2
    """
    return EventStudy(events, prices, **choices).fit()


def _studied(design: Design, histories: Mapping[str, History]) -> list[str]:
    """Return the names of the series of a study."""
    regressors = design.model.regressors
    names = [name for name in histories if name not in regressors] if design.series is None else list(design.series)
    for name in (*names, *regressors):
        if name not in histories:
            raise DesignError(f"no column '{name}' among the prices; {did_you_mean(name, histories)}")
    own = next((name for name in names if name in regressors), "")
    is_rate = design.series is None and isinstance(design.model, FactorPreset) and RISK_FREE in names
    refuse({
        f"a series named '{ALL}' cannot be told from all series together; rename the column": ALL in names,
        f"'{own}' is a regressor of the model and cannot be explained by itself": own,
        "no series is left to study: every column is a regressor of the model": not names,
        f"the column '{RISK_FREE}' would be studied as a market beside {design.model.name}; write --factors "
        f"{RISK_FREE}={RISK_FREE} if it is the risk-free rate, or name the series": is_rate,
    })  # fmt: skip
    return names


# -- what a reader must know before believing the tables, a line each, with what mends it -----------------------------


#: What is said of so many windows, and of one of them, by the code that `SeriesSample` has.
_WINDOWS = {
    matching.CONTAMINATED: ("hold news of another label, set aside; --overlap keep counts them", "hold", "holds"),
    matching.CLOSURE: ("span a market closure, set aside; --overlap keep counts them", "span", "spans"),
    NO_CAR: ("have no number: they run past the sample or miss a return; --by event marks which",
             "have no number: they run past the sample or miss", "has no number: it runs past the sample or misses"),
}  # fmt: skip


def _warnings(matches: Matches, samples: Samples) -> Iterator[str]:
    """Yield what the pairs of event and series, their market events and windows are short of."""
    status, exact = np.stack([of.status for of in matches.series.values()]), matches.events.clock["exact"]
    n_excluded, n_aside, n_used = np.bincount(status.ravel(), minlength=3).tolist()
    n_day = int(((status == matching.USED) & ~exact).sum())
    labels = np.concatenate([of.label for of in samples.values()])
    early = sum(n for text, n in matches.counts(matching.USED).items() if "look-back:" in text)
    on = {name: np.datetime_as_string(of.session[of.label == matching.MIXED], "D") for name, of in samples.items()}
    mixed = [f"{name} {', '.join(days)}" for name, days in on.items() if len(days)]
    most = next(filter(None, [*matches.counts(matching.EXCLUDED), *matches.counts(matching.SET_ASIDE)]), "")
    few, of_all = status.size - n_used > _MANY * status.size, "pairs of event and series"
    unlabelled = int((labels == "").sum())
    lines = {
        f"only {n_used} of {status.size} {of_all} are used; most others: {most}": few,
        f"{n_excluded} of {status.size} {of_all} are excluded; eventstudy match says why": n_excluded and not few,
        f"late news, set aside from every mean: {n_aside} of {status.size} pairs; --overlap keep counts them": n_aside,
        f"{n_day} of {n_used} used pairs are matched by day, not by hour; "
        "give events a clock in the column time": n_day,
        **dict.fromkeys(unknown_hours(matches), True),
        f"{early} pairs count news toward a price that was struck before it; --anchor stamp does not": early,
        f"without a label, in the mean of all events alone: {unlabelled} of {len(labels)} market events":
            0 < unlabelled < len(labels),
        f"several labels meet in one session, counted as 'mixed' (--by event): {'; '.join(mixed)}": mixed,
    }  # fmt: skip
    design = next(iter(samples.values())).design
    for w, window in enumerate(design.windows):
        # A pair without any estimate is among those excluded, with its own reason.
        codes = np.concatenate([of.code[of.with_car, w] for of in samples.values()])
        for code, (words, many, one) in _WINDOWS.items():
            n = int(np.count_nonzero(codes == code))
            lines[f"over {window}, of {len(codes)} windows {n} {words if n > 1 else words.replace(many, one)}"] = n
    n_short = sum(int(np.count_nonzero(of.from_residuals & np.isfinite(of.p))) for of in samples.values())
    few_days, at_events = "the sample has too few days without news", "the model is fitted at events only"
    known = [name for name, of in samples.items() if np.isfinite(of.car).any()]
    apart = ", ".join(sorted(set(known) - set(samples.pool)))
    unpooled = f"not pooled with the others, being in another unit: {apart}; study alike ones with --series"
    lines[unpooled] = apart and len(known) > 1
    lines[GARCH_LOOKS_AHEAD] = design.scale == "garch"
    of_singles = f"{counted(n_short, 'window')} of single events (p_source in car)"  # after what bears on means
    of_singles += ", scaled by EWMA, not GARCH" if design.scale == "garch" else ""  # too few of them to fit one
    why = few_days if design.model.everywhere else at_events
    lines[f"placebo p from estimation residuals for {of_singles}: {why}; give more history"] = n_short
    yield from (line for line, holds in lines.items() if holds)
