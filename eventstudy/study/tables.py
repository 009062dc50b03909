"""From estimates and market events to the tables of a result, named and keyed as the data contract says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.inference import TESTS, EventSample, SignificanceTest
from eventstudy.matching import Matches
from eventstudy.models import normal_at
from eventstudy.statistic import Statistics, holm, two_sided_t
from eventstudy.study.design import Design
from eventstudy.study.estimates import Estimates, SeriesEstimates
from eventstudy.study.fast import Blocks, beyond
from eventstudy.study.sample import ALL, ContrastEvents, Samples, SeriesSample, arranged, labels_of, pooled

#: About how many bytes a row of each table takes.
ROW_BYTES = {"matches": 1000, "fits": 160, "abnormal": 120, "car": 300}

#: What a session of a pair takes in the samples of the tests: residual, date, rank and place, of a series and pooled.
_PAIR_BYTES = 64


def _in_order(parts: Sequence[pd.DataFrame], events: Sequence[NDArray[np.int64]]) -> pd.DataFrame:
    """Join the rows of several series, event by event."""
    if not parts:
        return pd.DataFrame()
    order = np.argsort(np.concatenate(events), kind="stable")
    # A part without a row has columns without a type, which would take the others' from them.
    parts = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(parts, ignore_index=True).take(order).reset_index(drop=True)


def _pairs(of: SeriesEstimates) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the events with a CAR, and the market event of each."""
    events = np.flatnonzero(of.matches.there)
    return events, of.matches.market_events.of_event(len(of.matches.status))[events]


def fits_table(matches: Matches, estimates: Estimates) -> pd.DataFrame:
    """Return the estimates of every pair with a CAR, keyed by event_id and series."""
    parts, order = [], []
    for name, of in estimates.items():
        events, owner = _pairs(of)
        at = of.matches.market_events.position[owner]
        fits, sessions = of.fits.take(at), of.history.sessions
        ends = (
            np.clip(at + tau, 0, len(sessions) - 1) for tau in (of.design.estimation.first, of.design.estimation.last)
        )
        first, last = (sessions[rows].astype("datetime64[ns]") for rows in ends)
        figures = {key: getattr(fits, key) for key in ("n_obs", "df", "sigma", "r2")} | of.design.model.estimates(fits)
        keys = {"event_id": matches.events.ids[events], "series": name, "model": of.design.model.name, "unit": of.unit}
        parts.append(pd.DataFrame({**keys, **figures, "estimation_first": first, "estimation_last": last}))
        order.append(events)
    return _in_order(parts, order)


def abnormal_table(matches: Matches, estimates: Estimates) -> pd.DataFrame:
    """Return the abnormal returns of every pair with a CAR, keyed by event_id, series and tau."""
    parts, order = [], []
    for name, of in estimates.items():
        events, owner = _pairs(of)
        found = of.abnormal_at(of.matches.market_events.position)
        taus = np.array(of.design.span.taus)
        day = np.where(found.rows >= 0, of.history.sessions[found.rows], np.datetime64("NaT"))
        figures = {key: getattr(found, key)[owner].ravel() for key in ("actual", "normal", "ar", "se", "sar")}
        keys = {
            "event_id": np.repeat(matches.events.ids[events], len(taus)),
            "series": name,
            "tau": np.tile(taus, len(events)),
            "session": day[owner].ravel().astype("datetime64[ns]"),
            "unit": of.unit,
        }
        parts.append(pd.DataFrame({**keys, **figures}))
        order.append(np.repeat(events, len(taus)))
    return _in_order(parts, order)


def car_table(samples: Samples) -> pd.DataFrame:
    """Return the CARs of every pair with one, keyed by event_id, series and window."""
    parts, order = [], []
    for sample in samples.values():
        events, owner = _pairs(sample.of)
        rows = car_rows(sample, owner)
        n_windows = len(sample.of.design.windows)
        rows.insert(0, "event_id", np.repeat(sample.events.ids[events], n_windows))
        rows["stance"] = np.repeat(sample.events.labels[events], n_windows)
        parts.append(rows)
        order.append(np.repeat(events, n_windows))
    return _in_order(parts, order)


def car_rows(sample: SeriesSample, owner: NDArray[np.int64], windows: Sequence[int] | None = None) -> pd.DataFrame:
    """Return the figures of some market events of one series, window by window.

    Parameters
    ----------
    sample : SeriesSample
        The series.
    owner : ndarray of int64, shape (P,)
        Which of its market events.
    windows : sequence of int, optional
        Which windows; default all.
    """
    of, chosen = sample.of, list(range(len(sample.of.design.windows))) if windows is None else list(windows)
    at, every = sample.position, [of.design.windows[w] for w in chosen]
    gaps = np.nan_to_num(of.history.gap_days)
    padded = np.append(gaps, 0.0)
    longest = []
    for window in every:
        rows = at[:, None] + np.array(window.taus)
        longest.append(padded[np.where((rows >= 0) & (rows < len(gaps)), rows, len(gaps))].max(axis=1))
    car, se = sample.car[:, chosen], sample.se[:, chosen]
    df = np.repeat(of.df[at][:, None], len(chosen), axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = car / se
    source = np.where(sample.from_residuals[:, chosen], "residuals", "sessions").astype(object)
    source[np.isnan(sample.p[:, chosen])] = ""
    figures: dict[str, NDArray[np.generic]] = {
        "n_days": of.n[at][:, chosen],
        "gap_days": np.stack(longest, axis=1) if longest else np.empty((len(at), 0)),
        "move": sample.move[:, chosen],
        "car": car,
        "bhar": of.bhar(at)[:, chosen],
        "se": se,
        "t": t,
        "df": df,
        "t_p_value": two_sided_t(t, df),
        "scar": t,
        "z": sample.z[:, chosen],
        "p_value": sample.p[:, chosen],
        "p_source": source,
        "days": np.where(np.isnan(sample.p[:, chosen]), np.nan, sample.days[:, chosen]),
        "family_p": sample.family_p[:, chosen],
        "family_days": sample.family_days[:, chosen],
        "note": np.stack([sample.notes(w) for w in chosen], axis=1) if chosen else np.empty((len(at), 0), dtype=object),
    }
    n = len(chosen)
    keys = {
        "series": np.full(len(owner) * n, sample.name, dtype=object),
        "window": np.tile(np.array([str(window) for window in every], dtype=object), len(owner)),
        "market_event": np.repeat(sample.ids[owner], n),
        "net_stance": np.repeat(sample.label[owner], n),
        "stance": np.repeat(sample.label[owner], n),
        "session": np.repeat(sample.session[owner].astype("datetime64[ns]"), n),
        "unit": np.full(len(owner) * n, of.unit, dtype=object),
    }
    return pd.DataFrame(keys | {name: values[owner].ravel() for name, values in figures.items()})


def pair_table(name: str, matches: Matches, samples: Samples, series: Sequence[str]) -> pd.DataFrame:
    """Return the rows of some series in one of the tables of pairs: ``matches, fits, abnormal, car``."""
    if name == "matches":
        return replace(matches, series={of: matches.series[of] for of in series}).table
    if name == "car":
        return car_table({of: samples[of] for of in series})
    make = fits_table if name == "fits" else abnormal_table
    return make(matches, {of: samples[of].of for of in series})


def pair_blocks(matches: Matches, samples: Samples, budget: int) -> tuple[dict[str, Blocks], list[str]]:
    """Return the tables of pairs that take more bytes than a budget, by name, and a warning for each."""
    n_used = sum(int(np.count_nonzero(of.of.matches.there)) for of in samples.values())
    design = next(iter(samples.values())).of.design
    n_rows = {
        "matches": len(matches.events) * len(samples),
        "fits": n_used,
        "abnormal": n_used * design.span.n_sessions,
        "car": n_used * len(design.windows),
    }
    too_large = {name: n for name, n in n_rows.items() if n * ROW_BYTES[name] > budget}
    blocks = {name: Blocks(tuple(samples), n, partial(pair_table, name, matches, samples))
              for name, n in too_large.items()}  # fmt: skip
    return blocks, [f"{name} is left out: {beyond(n * ROW_BYTES[name], n, 'rows', budget)}"
                    for name, n in too_large.items()]  # fmt: skip


_COLUMNS = ("series", "stance", "window", "test", "statistic", "law", "df", "p_value", "p_adjusted", "n", "n_dates",
            "null", "note")  # fmt: skip

_NUMBERS = dict.fromkeys(("statistic", "df", "p_value", "p_adjusted"), float)


def tests_table(
    samples: Samples, design: Design, contrasts: Mapping[tuple[str, int], ContrastEvents], budget: int
) -> pd.DataFrame:
    """Run every test of the design on the sample of every row, adjusted over series by Holm.

    Parameters
    ----------
    samples : dict of str to SeriesSample
        The market events of every series.
    design : Design
        The choices.
    contrasts : mapping of (str, int) to ContrastEvents
        By series and window, the market events of the two labels that are compared.
    budget : int
        Bytes that the residuals of the tests of means may take.

    Returns
    -------
    DataFrame
        A row a series, label, window and test; tests of means are left out where they are `too_many`.
    """
    asked = [TESTS[name] for name in TESTS if name in design.tests]
    means = [] if too_many(samples, design, budget) else [test for test in asked if not test.contrast]
    found: list[tuple[str, str, int, tuple[Any, ...]]] = []
    if means:
        keys, tests = tests_of_means(means, samples, design)
        columns = [(of, *(c.tolist() for c in (of.value, of.df, of.p_value, of.n_cars, of.n_dates))) for of in tests]
        found += [
            (*key, (of.test, value[g], of.law[g], df[g], p[g], n[g], n_dates[g], of.null, of.note[g]))
            for g, key in enumerate(keys)
            for of, value, df, p, n, n_dates in columns
        ]
    for (name, w), both in contrasts.items():
        for test in asked if 0 < both.is_first.sum() < len(both.is_first) else ():
            if test.contrast:
                one = test.function(
                    both.z if test.contrast == "z" else both.car, both.is_first, both.phase, design.seed
                )
                figures = one.test, one.value, one.law, one.df, one.p_value, one.n_cars, one.n_dates, one.null, one.note
                found.append((name, str(design.contrast), w, figures))
    series = {name: k for k, name in enumerate((*samples, ALL))}
    labels = {name: k for k, name in enumerate((*labels_of(samples), ALL, str(design.contrast)))}
    found.sort(key=lambda row: (series[row[0]], labels[row[1]], row[2]))
    families: dict[tuple[str, int, str], list[int]] = {}
    for k, (name, label, w, figures) in enumerate(found):
        if name != ALL:
            families.setdefault((label, w, figures[0]), []).append(k)
    p_values, adjusted = np.array([row[3][4] for row in found]), np.full(len(found), np.nan)
    for family in families.values():
        adjusted[family] = holm(p_values[family])
    windows = [str(window) for window in design.windows]
    rows = [
        (name, label, windows[w], *figures[:5], p, *figures[5:])
        for (name, label, w, figures), p in zip(found, adjusted.tolist(), strict=True)
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_NUMBERS)


def too_many(samples: Samples, design: Design, budget: int) -> list[str]:
    """Say of tests of means that their residuals are larger than the budget."""
    n_pairs = sum(len(of.position) for of in samples.values())
    n_bytes = n_pairs * (design.estimation.n_sessions + 2 * design.span.n_sessions) * _PAIR_BYTES
    if n_bytes <= budget or all(TESTS[name].contrast for name in design.tests):
        return []
    return [f"tests of means are left out: {beyond(n_bytes, n_pairs, 'residual windows', budget)}"]


def tests_of_means(
    means: Sequence[SignificanceTest], samples: Samples, design: Design
) -> tuple[list[tuple[str, str, int]], list[Statistics]]:
    """Run the tests of means on all rows at once; return the series, label and window of each row, and the tests."""
    pool = pooled({name: of.of.unit for name, of in samples.items() if np.isfinite(of.car).any()})
    keys, row, n = arranged(samples, labels_of(samples), pool)
    some = np.flatnonzero(n)
    w = np.array([w for _, _, w in keys])
    car, se = (np.concatenate([getattr(of, key) for of in samples.values()])[row, np.repeat(w, n)]
               for key in ("car", "se"))  # fmt: skip
    windows = np.array([(window.first, window.last) for window in design.windows])[w[some]]
    pairs = event_pairs(list(samples.values()))
    groups = EventSample(
        span=design.span, row=row, n=n[some], window=windows, car=car, scar=car / se,
        **{name: values for name, values in pairs.items() if name != "n_obs"},
    )  # fmt: skip
    return [keys[g] for g in some], [test.of_groups(groups, design.seed) for test in means]


def event_pairs(samples: Sequence[SeriesSample]) -> dict[str, NDArray[Any]]:
    """Return what is behind the CARs of series' market events, one after another: fields of `EventSample`, `n_obs`."""
    design, parts = samples[0].of.design, list[dict[str, NDArray[Any]]]()
    taus = np.array(design.estimation.taus)
    for sample in samples:
        of, at = sample.of, sample.position
        sessions, found, fits = of.history.sessions, of.abnormal_at(at), of.fits.take(at)
        rows = at[:, None] + taus
        inside = (rows >= 0) & (rows < len(sessions))
        rows = np.where(inside, rows, 0)
        residual = of.history.returns[rows] - normal_at(fits, of.x[rows], taus)
        part = {
            "ar": found.ar,
            "tau_session": np.where(found.rows >= 0, sessions[found.rows], np.datetime64("NaT")),
            "residual": np.where(inside & of.usable[rows], residual, np.nan),
            "residual_session": np.where(inside, sessions[rows], np.datetime64("NaT")),
            "session": sessions[at],
            "series": np.full(len(at), sample.name),
            "phase": sample.phase.astype(str),
        }
        parts.append(part | {name: getattr(fits, name) for name in ("sigma", "n_obs", "df")})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
