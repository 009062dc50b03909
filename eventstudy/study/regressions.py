"""Regressions over the market events of a study, in place of its averages.

`dummies` separates windows that overlap, `projections` follow the price horizon by horizon, `explain` regresses CARs
on attributes of their events, `factor` finds what event days have in common across markets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.cells import parse_numbers
from eventstudy.errors import DesignError, InputError, NothingUsableError, require_known
from eventstudy.events.schema import COLUMNS, net_stance
from eventstudy.files import bundled_toml
from eventstudy.inference import least_squares, nonparametric, regressions
from eventstudy.inference.least_squares import Estimate, Regression
from eventstudy.inference.placebo import touched
from eventstudy.matching import KEPT, MIXED
from eventstudy.returns import Floats, Mask
from eventstudy.study.result import MethodResult, StudyResult
from eventstudy.study.sample import ALL, IN_ALL, NO_CAR, SeriesSample
from eventstudy.study.tables import car_rows, event_pairs, holm_over_series
from eventstudy.window import Window, span
from eventstudy.wording import counted

#: Null hypothesis of each test.
NULLS: dict[str, str] = bundled_toml("eventstudy.study", "methods.toml")["nulls"]

#: ``stance``: +1 for the first label of the contrast (a raise), -1 for the second (a fold), 0 for others.
#: ``intensity``: the events' own figure, summed.
SHOCKS = ("stance", "intensity")


#: Sessions, some two years, beyond which no horizon and no lag is estimated.
MOST = 500

_BAND = 0.95

#: What is said where the study's own model is estimated otherwise than its regressions here.
OTHER_MODEL = "all coefficients are ordinary least squares over the whole sample, not the estimates of the model '{}'"

_CALM = (
    "the residuals are those of the estimation window: where it was calmer than the days of the event the p is too "
    "small, see p_value of the study"
)

#: What rows are taken to hang together: those of one session, of one market event, or none.
CLUSTERS = {"date": "session", "event": "event_id", "none": ""}

#: Columns of the `car` table that a formula may use, beside those of the events.
MEASURES = ("car", "bhar", "scar", "z", "move", "n_days", "gap_days", "series")

_NOT_FOR_FORMULAS = ("event_id", "window", "unit", "session", "members", "reason")
_IN_UNITS = ("car", "bhar", "move")
_FEWEST_CLUSTERS = 8

DRAWS = 9_999


def dummies(result: StudyResult, covariance: str = "HAC") -> MethodResult:
    """Regress each series on event dummies over its whole sample.

    Parameters
    ----------
    result : StudyResult
        The study whose market events, series, windows and regressors are taken.
    covariance : {'HAC', 'HC3', 'OLS'}
        What standard errors are made of, where more than one date stands behind a coefficient.

    Returns
    -------
    MethodResult
        ``effects``: sums over windows and joint tests, keyed by series, stance, window and test; ``*`` pools the
        series. ``coefficients``: one a series, stance and session of event time. Regressions by series.

    Raises
    ------
    UnknownNameError
        If there is no such covariance.

    Notes
    -----
    ``R_t = α + β'x_t + Σ_sτ γ_sτ D_sτt + ε_t``: market events of one net label s share their path γ over the study's
    span, so the effects of events that overlap add up and are separated. Every market event with a CAR counts, also
    those that the averages set aside. Where windows do not overlap and all events learn from the same sessions, the sum
    of a path is the CAAR of `average`. Two models estimate nothing: ``zero`` has a constant here all the same, and
    ``market-adjusted`` one for the return less the market's.

    A dummy that is one on a single session has a residual of zero and no robust variance. So labels with one date have
    the ordinary variance, which takes the event's sessions for no more volatile than others, as the study's p does not.

    References
    ----------
    Binder (1998), The event study methodology since 1969, Review of Quantitative Finance and Accounting 11.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> from eventstudy.study import EventStudy
    >>> case = load_case("raise-or-fold-2022")
    >>> result = EventStudy(case.events, case.prices, series=["imoex"], windows=["0:1"], tests=[]).fit()
    >>> dummies(result).effects.set_index(["stance", "test"]).loc[("raise", "car"), "n"].item()
    8
    """
    require_known(covariance, [name for name in least_squares.COVARIANCES if name != "cluster"], "covariance")
    fitted = list[_Fitted]()
    for of in result.samples.values():
        if len(there := of.with_car):
            (y, x, usable), labels = _whole_sample(of), [label or ALL for label in of.label[there]]
            made = regressions.event_dummies(len(y), of.position[there], labels, of.design.span)
            rows = np.flatnonzero(usable)
            # What has no label has a path of its own; it is only shown where no event has one.
            paths: dict[str, tuple[str, ...]] = {name: (name,) for name in (result.groups or (ALL,)) if name in labels}
            if result.contrast and set(result.contrast) <= set(paths):
                paths[str(result.design.contrast)] = result.contrast
            fit = regressions.dummy_regression(y, x, made, rows, covariance)
            fitted.append(_Fitted(of, made, fit, of.history.sessions[rows], paths))
    teams = [[one] for one in fitted]
    if covariance == "HAC" and len(pool := [one for one in fitted if one.sample.name in result.pool]) > 1:
        teams.append(pool)
    effects = pd.DataFrame([row for team in teams for row in _effects(team)])
    effects.insert(list(effects).index("p_value") + 1, "p_adjusted", holm_over_series(effects))
    coefficients = list[dict[str, Any]]()
    shown = [(one, label) for one in fitted for label, names in one.paths.items() if len(names) == 1]
    for one, label in shown:
        for tau in result.design.span.taus:
            counts = _counts([one], label, Window(tau, tau))
            found = least_squares.estimate(one.fit, one.restrictions(label, Window(tau, tau))[0])
            head = {"series": one.sample.name, "stance": label, "tau": tau, "unit": counts["unit"]}
            coefficients.append(head | _row_of(found) | counts)
    of_days = pd.DataFrame(coefficients).drop(columns=["law", "restrictions"])
    is_cut = bool(of_days.groupby(["series", "stance"])["n"].nunique().gt(1).any())
    frames = {"effects": effects, "coefficients": of_days}
    late = sum(int(one.sample.matches.market_events.late[one.sample.with_car].sum()) for one in fitted)
    some_late = late and result.design.overlap != "keep"
    uncounted = f", and {counted(late, 'late one')} that no average counts" if some_late else ""
    n_ordinary, n_missing = int((effects["covariance"] == "OLS").sum()), int(effects["p_value"].isna().sum())
    lines: dict[str, object] = {
        f"all market events count, also windows with news of another label{uncounted}": True,
        "some days of an effect rest on more events than its n, which counts whole windows: the sample ends, or a "
        "return is missing; coefficients have the n of each day": is_cut,
        OTHER_MODEL.format(result.design.model.name): not result.design.model.least_squares,
        f"{n_ordinary} of {len(effects)} effects have the ordinary variance; see note": n_ordinary,
        f"{n_missing} of {len(effects)} tests are not defined; see note": n_missing,
    }
    return MethodResult(frames, _said(lines), {one.sample.name: one.fit for one in fitted})


def _row_of(found: Estimate) -> dict[str, object]:
    """Return an estimate, or a joint test, which has none, as the columns of a row."""
    return {"estimate" if name == "value" else name: figure for name, figure in vars(found).items()}


def _whole_sample(sample: SeriesSample) -> tuple[Floats, Floats, Mask]:
    """Return what a regression over all T sessions of a series needs.

    The returns (T,), less what the model subtracts from them; the regressors (T, k) whose slopes are estimated; and the
    sessions (T,) with a return and all regressors, in a clean design none of news whose event has no CAR.
    """
    of, design, there = sample, sample.design, sample.with_car
    y, x = of.history.returns, of.block.x
    usable = np.isfinite(y) & np.isfinite(x).all(axis=1)
    inside = touched(len(y), sample.position[there], design.span)
    quiet = of.block.usable
    if design.clean is not None:
        quiet = quiet & ~touched(len(y), np.delete(sample.position, there), design.span)
    return *design.model.excess(y, x), usable & (inside | quiet)


class _Fitted(NamedTuple):
    """One series' regression: its dummies, the usable sessions, and the labels that are reported."""

    sample: SeriesSample
    dummies: pd.DataFrame
    fit: Regression
    dates: NDArray[np.datetime64]
    paths: dict[str, tuple[str, ...]]

    def restrictions(self, label: str, window: Window) -> Floats:
        """Return the coefficients of a label over a window; of the contrast, their sums one less the other."""
        before = self.fit.x.shape[1] - self.dummies.shape[1]
        each = [regressions.restrictions(self.dummies, name, window, before) for name in self.paths[label]]
        return each[0] if len(each) == 1 else np.asarray((each[0].sum(axis=0) - each[1].sum(axis=0))[None, :])

    def market_events(self, label: str, window: Window) -> list[int]:
        """Return the market events of a label, of the contrast of both, whose window lies whole in the regression."""
        of, sessions = self.sample, self.sample.history.sessions
        at = of.position[:, None] + np.array(window.taus)
        there = np.isin(sessions.take(at, mode="clip"), self.dates) & (at >= 0) & (at < len(sessions))
        return [k for k in of.with_car.tolist() if (of.label[k] or ALL) in self.paths[label] and there[k].all()]


def _counts(fitted: Sequence[_Fitted], label: str, window: Window) -> dict[str, object]:
    """Return unit, sessions, market events, dated events and dates behind a label over a window."""
    chosen = [(one.sample, k) for one in fitted for k in one.market_events(label, window)]
    events = {event for sample, k in chosen for event in sample.members(k)}
    counts = len(chosen), len(events), len({sample.session[k] for sample, k in chosen})
    head = {"unit": fitted[0].sample.unit, "n_obs": sum(one.fit.n_obs for one in fitted)}
    return head | dict(zip(("n", "n_events", "n_dates"), counts, strict=True))


def _effects(team: Sequence[_Fitted]) -> Iterator[dict[str, object]]:
    """Yield the sum over each window and the test of the whole path, for each label and for the contrast.

    Of a pool: the mean of the sums over series in one unit, and the test that none of them moved, on common dates.
    """
    design = team[0].sample.design
    for label, window in product(dict.fromkeys(label for one in team for label in one.paths), design.windows):
        members = [one for one in team if label in one.paths]
        paths, fits = [one.restrictions(label, window) for one in members], [one.fit for one in members]
        test, found = "car" if len(members[0].paths[label]) == 1 else "difference", dict[str, Estimate | None]()
        if len(team) == 1:
            found[test] = least_squares.estimate(fits[0], paths[0].sum(axis=0))
            found["path"] = least_squares.joint_test(fits[0], paths[0]) if len(paths[0]) > 1 else None
        elif len(members) > 1:
            sums, dates = [path.sum(axis=0) for path in paths], [one.dates for one in members]
            pooled = regressions.common_dates(fits, sums, dates, design.span.n_sessions - 1)
            found = dict(zip((test, "every-series"), pooled, strict=True))
        head = {"series": members[0].sample.name if len(team) == 1 else ALL, "stance": label, "window": str(window)}
        for name, of in found.items():
            if of is not None:
                null = NULLS["every-difference" if test == "difference" and name == "every-series" else name]
                yield head | {"test": name} | _row_of(of) | _counts(members, label, window) | {"null": null}


def _said(lines: Mapping[str, object]) -> tuple[str, ...]:
    """Return the lines for which there is a reason."""
    return tuple(line for line, reason in lines.items() if reason)


def projections(result: StudyResult, horizons: int = 10, lags: int = 2, shock: str = "stance") -> MethodResult:
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
    whose event the study sets aside (late, or behind a closure) are left out, and so are horizons that span a closure,
    unless the study keeps these (``overlap="keep"``).

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
    from scipy.special import stdtrit

    require_known(shock, SHOCKS, "shock")
    if min(horizons, lags) < 0 or max(horizons, lags) > MOST:
        raise DesignError(f"horizons {horizons} and lags {lags} must not be negative, and at most {MOST}")
    # The sign of each label: those of the contrast; one sign for all where there are no labels.
    pair = result.contrast or ("raise", "fold")
    if shock == "stance" and result.groups and not set(pair) & set(result.groups):
        named = ", ".join(result.groups)
        raise DesignError(f"the labels {named} have no sign; name two of them with a hyphen (contrast=, --contrast)")
    signs = {pair[0]: 1.0, pair[1]: -1.0} if result.groups else {"": 1.0}
    rows, fits, unknown, n_closures = [], {}, 0, 0
    for name, sample in result.samples.items():
        there = sample.with_car
        if not len(there):
            continue
        y, x, _ = _whole_sample(sample)
        values, of_label = np.zeros(len(y)), [signs.get(label, 0.0) for label in sample.label[there]]
        values[sample.position] = np.nan  # of events without a CAR
        values[sample.position[there]] = of_label if shock == "stance" else sample.intensity[there]
        unknown += int(np.isnan(values).sum())
        aside = sample.matches.market_events.set_aside(Window(0, 0), result.design.overlap) != KEPT
        values[sample.position[aside]] = np.nan
        # No session is left out for its news: the path leads through all of them, whatever windows are studied.
        returns = np.where(np.isfinite(x).all(axis=1), y, np.nan)
        closures = sample.history.closures & (result.design.overlap != "keep")
        n_closures += int(closures.any())
        for h in range(horizons + 1):
            found, fit, counts = regressions.project(returns, values, x, h, lags, closures)
            reach = float(stdtrit(found.df, 0.5 + _BAND / 2)) * found.se if found.df > 0 else np.nan
            head = {"series": name, "shock": shock, "h": h, "unit": sample.unit, "estimate": found.value}
            band = {"se": found.se, "low": found.value - reach, "high": found.value + reach}
            rows.append(head | band | _row_of(found) | counts | {"null": NULLS["response"]})
            if fit is not None:
                fits[name, h] = fit
    table = pd.DataFrame(rows).drop(columns="restrictions")
    missing, few = int(table["p_value"].isna().sum()), table["note"].str.contains("too few dates").any()
    lines: dict[str, object] = {
        f"{unknown} market events have no intensity; their sessions are left out": unknown,
        "horizons that span a closure are left out, as from averages": n_closures,
        f"{missing} of {len(table)} responses are not defined; see note": missing,
        "some responses rest on too few dates for a robust variance; see note": few,
        OTHER_MODEL.format(result.design.model.name): not result.design.model.least_squares,
        "the bands are one horizon at a time: of 20 horizons without any effect one lies outside": True,
    }
    return MethodResult({"responses": table}, _said(lines), fits)


def explain(result: StudyResult, formula: str, cluster: str = "date") -> MethodResult:
    """Regress the CARs of a study on attributes of their events.

    Parameters
    ----------
    result : StudyResult
        The study.
    formula : str
        E.g. ``car ~ C(stance) + intensity``. Left and right may use columns of the events table, and of the `car`
        table: ``car, bhar, scar, z, move, n_days, gap_days, series``.
    cluster : {'date', 'event', 'none'}
        Rows of one event session, or of one market event, hang together; ``none`` takes all rows for independent.

    Returns
    -------
    MethodResult
        ``coefficients`` and ``terms``: keyed by window and term; joint tests of whole terms. ``dropped``: every market
        event with a CAR that was left out, with the reason. Regressions by window.

    Raises
    ------
    DesignError, UnknownNameError
        If the formula cannot be understood, names no column (says what would be near), or leaves nothing to compare.
    NothingUsableError
        If no row has all columns of the formula.

    Notes
    -----
    A row is a market event in a series, and stands in the row ``*`` of `average`: what is late or spans a closure is
    set aside. Its label is the net one (``mixed`` is a label of its own), its intensity the sum of its events', and its
    other attributes are those of its first event. An empty text is a missing attribute. Series in a unit of their own
    are left out of what is measured in units. See `cross_section` for the standard errors.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> from eventstudy.study import EventStudy
    >>> case = load_case("raise-or-fold-2022")
    >>> result = EventStudy(case.events, case.prices, series=["imoex"], windows=["0:1"], tests=[]).fit()
    >>> explain(result, "car ~ intensity").coefficients["n_obs"].tolist() == [result.answer("imoex", "*").n] * 2
    True
    """
    require_known(cluster, CLUSTERS, "cluster")
    rows = attributes(result)
    columns = regressions.formula_columns(formula, [str(name) for name in rows if name not in _NOT_FOR_FORMULAS])
    for name in {*columns} & {*MEASURES} & {*_own_columns(result)}:
        raise DesignError(f"'{name}' is a column of car, and one of the events too; rename that of the events")
    if set(columns) & set(_IN_UNITS):
        rows.loc[~rows["series"].isin(result.pool), "reason"] = "in a unit of its own: " + rows["unit"].astype(object)
    for name in columns:
        missing = rows[name].isna() | (rows[name].astype(object) == "")
        rows.loc[missing & (rows["reason"] == ""), "reason"] = f"no {name}"
    kept, dropped = rows[rows["reason"] == ""], rows[rows["reason"] != ""]
    if not len(kept):
        raise NothingUsableError(f"formula '{formula}' leaves no row: {dropped['reason'].value_counts().index[0]}")
    found, made = {}, {name: list[dict[str, object]]() for name in ("coefficients", "terms")}
    for window, of_window in kept.groupby("window", sort=False):
        codes = None if cluster == "none" else pd.factorize(of_window[CLUSTERS[cluster]])[0].astype(np.int64)
        try:
            fit, of_coefficients, of_terms = regressions.cross_section(formula, of_window, codes)
        except DesignError as error:
            raise DesignError(f"window {window}: {error}") from error
        head = {
            "n_obs": len(of_window),
            "n_events": of_window["members"].explode().nunique(),
            "n_dates": of_window["session"].nunique(),
            "n_clusters": len(of_window) if codes is None else len(np.unique(codes)),
            "r2": float(fit.results.rsquared),
        }
        found[str(window)] = fit
        for table, tested in zip(made, (of_coefficients, of_terms), strict=True):
            made[table] += [{"window": window, "term": name} | _row_of(of) | head | {"null": NULLS[table].format(name)}
                            for name, of in tested.items()]  # fmt: skip
    frames = {
        "coefficients": pd.DataFrame(made["coefficients"]).drop(columns="restrictions"),
        "terms": pd.DataFrame(made["terms"]).drop(columns=["estimate", "se", "correction"], errors="ignore"),
        "dropped": dropped[["event_id", "series", "window", "reason"]].reset_index(drop=True),
    }
    fewest, without = frames["coefficients"]["n_clusters"].min(), int(frames["coefficients"]["p_value"].isna().sum())
    lines: dict[str, object] = {
        f"{len(dropped)} of {len(rows)} CARs are left out; the reasons stand in dropped": len(dropped),
        "rows are taken for independent; CARs of one date hardly are, see --cluster date": cluster == "none",
        f"{fewest} clusters are few even for small-sample degrees of freedom": fewest < _FEWEST_CLUSTERS,
        f"{without} coefficients have no p; see note": without,
    }
    return MethodResult(frames, _said(lines), found)


def attributes(result: StudyResult) -> pd.DataFrame:
    """Return the CARs of a study with the attributes of their events, a row a market event, series and window.

    Columns of `car` and of the events, those of written numbers as numbers; ``reason`` says why a row stands in no mean
    over all events, else ''.
    """
    design, parts = result.design, []
    for sample in result.samples.values():
        there, windows = sample.with_car, range(len(design.windows))
        leads = sample.matches.market_events.lead[there]
        of_events = sample.events.table.iloc[leads].assign(
            **{"intensity": sample.intensity[there], design.group_by: sample.label[there]},
            members=pd.Series([sample.members(k) for k in there.tolist()], dtype=object).to_numpy(),
            event_id=sample.ids[there],
        )
        rows = pd.DataFrame(car_rows(sample, leads))
        codes = sample.code[there].ravel()
        prefix = np.where(codes == NO_CAR, "no CAR: ", "")
        rows["reason"] = np.where(np.isin(codes, IN_ALL), "", prefix + rows["note"].to_numpy(dtype=object))
        rows = rows[["window", "session", "unit", *MEASURES, "reason"]]
        for name in {*_own_columns(result)} - {*rows, design.group_by}:
            of_events[name] = _as_numbers(of_events[name])
        own = of_events.drop(columns=["id", *(name for name in rows if name in of_events)])
        own = own.iloc[np.repeat(np.arange(len(there)), len(windows))].reset_index(drop=True)
        parts.append(pd.concat([own, rows], axis=1))
    return pd.concat(parts, ignore_index=True)


def _own_columns(result: StudyResult) -> list[str]:
    """Return the columns of a study's events that are none of the schema."""
    return [str(name) for name in result.events if name not in COLUMNS]


def _as_numbers(column: pd.Series) -> pd.Series:
    """Return a column of written numbers as numbers, any other as it is: of a file every cell is a text."""
    if pd.api.types.is_numeric_dtype(column):
        return column
    try:
        return pd.Series(parse_numbers(column.astype(object).fillna("").astype(str))[0], column.index)
    except InputError:
        return column


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
    aside. See `eventstudy.inference.regressions.news_factor`.
    """
    names, zero = list(result.series), Window(0, 0)
    if len(names) < 2:  # noqa: PLR2004  # a covariance needs two
        raise DesignError("a factor across markets needs at least two series")
    with np.errstate(invalid="ignore", divide="ignore"):
        every = {name: (of.every("ar") / of.every("scale"), of.history.sessions) for name, of in result.samples.items()}
        scaled = {name: pd.Series(*of) for name, of in every.items()}
    z = pd.DataFrame(scaled).replace([np.inf, -np.inf], np.nan).dropna()
    if not len(z):
        raise NothingUsableError("the series have no day in common on which all have an abnormal return")
    near, parts = np.zeros(len(z), dtype=bool), list[pd.Series]()
    for sample in result.samples.values():
        there, sessions = sample.with_car, sample.history.sessions
        aside = sample.matches.market_events.set_aside(zero, result.design.overlap)[there] != KEPT
        parts.append(pd.Series(sample.label[there][~aside], sample.session[there][~aside], dtype=object))
        inside = touched(len(sessions), sample.position[there], span((zero, result.design.span)))
        near |= np.isin(z.index.to_numpy(), sessions[inside])
    neutral = sample.events.neutral
    labels = pd.concat(parts).groupby(level=0).agg(net_stance, neutral).reindex(z.index)
    is_news = labels.notna().to_numpy()
    rows, loadings, left_out = [], [], []
    for group in (ALL, *(label for label in result.groups if label != MIXED)):
        is_event = is_news & ((group == ALL) | (labels == group).to_numpy())
        kept = is_event | ~near
        try:
            markets, found = regressions.news_factor(z.to_numpy()[kept], is_event[kept], n_draws, result.design.seed)
        except DesignError as error:
            if group == ALL:
                raise
            left_out.append(f"no factor for {group}: {error}")
            continue
        n_event = int(is_event[kept].sum())
        counts = {"n_event_days": n_event, "n_other_days": int(kept.sum()) - n_event, "n_series": len(names)}
        law = {"law": "placebo", "df": n_draws, "p_value": found.pop("p_value")}
        rows.append({"stance": group} | found | law | counts | {"null": regressions.NULL_FACTOR})
        loadings.append(pd.DataFrame({"stance": group, "series": names, "unit": "own volatility"}).join(markets))
    note = f"{len(z)} common days of {len(names)} series; {int((near & ~is_news).sum())} near events are neither side"
    frames = {"loadings": pd.concat(loadings, ignore_index=True), "factor": pd.DataFrame(rows)}
    return MethodResult(frames, (note, *left_out))


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
        there = sample.with_car
        residual = event_pairs([sample])["residual"][there]
        keys = {"event_id": sample.ids[there], "series": name}
        for w, window in enumerate(windows):
            car = sample.car[there, w]
            found = nonparametric.sample_quantiles(car, residual, window.n_sessions)
            found = found.set_axis(["sq_lower", "sq_upper", "sq_p", "sq_n"], axis=1)
            own = {"window": str(window), "stance": sample.label[there], "unit": sample.unit, "car": car}
            part = pd.DataFrame(keys | own).join(found)
            part["sq_floor"] = 2.0 / (found["sq_n"] + 1).where(found["sq_n"] > 0)
            part = part.assign(placebo_p=sample.p[there, w], law="exact", null=nonparametric.NULL_QUANTILE)
            part["note"] = np.where(np.isnan(car), "no CAR", "")
            parts.append(part.assign(order=sample.session[there].astype("datetime64[ns]")))
    # In time, then as the study names series and windows.
    table = pd.concat(parts, ignore_index=True).sort_values(["order", "event_id"], kind="stable", ignore_index=True)
    missing, longest = int(table["sq_p"].isna().sum()), max(window.n_sessions for window in windows)
    lines: dict[str, object] = {
        _CALM: True,
        "sums over neighbouring sessions overlap: for long windows they are fewer draws than sq_n says": longest > 1,
        f"{missing} of {len(table)} have no p; see note": missing,
    }
    return MethodResult({"quantiles": table.drop(columns="order")}, _said(lines))


def diagnostics(result: StudyResult) -> MethodResult:
    """Test the residuals of every market event.

    Returns
    -------
    MethodResult
        ``diagnostics``, by event_id, series and test: Ljung-Box, ARCH-LM, Jarque-Bera, Durbin-Watson and CUSUM; see
        `eventstudy.inference.regressions.diagnose`. A market event with fewer than 30 residuals has no rows, and a
        warning counts such ones.
    """
    rows, n_short = list[tuple[object, ...]](), 0
    for name, sample in result.samples.items():
        of = event_pairs([sample])
        for k in sample.with_car.tolist():
            n_obs = int(sample.fits.n_obs[sample.position[k]])
            found = regressions.diagnose(of["residual"][k], n_obs - int(of["df"][k]))
            n_short += not found
            rows += [(sample.ids[k], name, test, *figures, n_obs, null) for test, (*figures, null) in found.items()]
    columns = ["event_id", "series", "test", "statistic", "law", "df", "p_value", "n_obs", "null"]
    table = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(("statistic", "df", "p_value"), float))
    warning = f"{n_short} market events have fewer than {regressions.FEWEST} residuals and are not diagnosed"
    return MethodResult({"diagnostics": table}, (warning,) if n_short else ())
