"""From estimates and market events to the tables of a result, named and keyed as the data contract says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.inference import TESTS, EventSample, SignificanceTest
from eventstudy.matching import Matches, longest_gap
from eventstudy.statistic import Statistics, holm, two_sided_t
from eventstudy.study.design import Design
from eventstudy.study.sample import ALL, ContrastEvents, Samples, SeriesSample, arranged, labels_of, pool_of

#: Bytes a table of pairs may take unless the user says otherwise, and rows of one piece of a larger one.
BUDGET, ROWS_AT_ONCE = 2**30, 400_000

#: About how many bytes a row of each table takes.
ROW_BYTES = {"matches": 1000, "fits": 160, "abnormal": 120, "car": 300}

#: What a session of a pair takes in the samples of the tests: residual, date, rank and place, of a series and pooled.
_PAIR_BYTES = 64


def _fits(sample: SeriesSample, owner: NDArray[np.int64]) -> pd.DataFrame:
    of, at, sessions = sample.of, sample.position[owner], sample.of.history.sessions
    fits, estimation = of.fits.take(at), of.design.estimation
    first, last = (
        sessions[np.clip(at + tau, 0, len(sessions) - 1)].astype("datetime64[ns]")
        for tau in (estimation.first, estimation.last)
    )
    keys = {"series": np.full(len(at), sample.name), "model": of.design.model.name, "unit": of.unit}
    figures = {key: getattr(fits, key) for key in ("n_obs", "df", "sigma", "r2")} | of.design.model.estimates(fits)
    return pd.DataFrame({**keys, **figures, "estimation_first": first, "estimation_last": last})


def _abnormal(sample: SeriesSample, owner: NDArray[np.int64]) -> pd.DataFrame:
    of, taus = sample.of, np.array(sample.of.design.span.taus)
    found = of.abnormal_at(sample.position)
    day = np.where(found.rows >= 0, of.history.sessions[found.rows], np.datetime64("NaT"))
    keys = {
        "series": np.full(len(owner) * len(taus), sample.name),
        "tau": np.tile(taus, len(owner)),
        "session": day[owner].ravel().astype("datetime64[ns]"),
        "unit": of.unit,
    }
    figures = {key: getattr(found, key)[owner].ravel() for key in ("actual", "normal", "ar", "se", "sar")}
    return pd.DataFrame({**keys, **figures})


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
    longest = [np.nan_to_num(longest_gap(of.history, at, window)) for window in every]
    car, se = sample.car[:, chosen], sample.se[:, chosen]
    df = np.repeat(of.fits.df[at][:, None], len(chosen), axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = car / se
    source = np.where(sample.from_residuals[:, chosen], "residuals", "sessions").astype(object)
    source[np.isnan(sample.p[:, chosen])] = ""
    figures: dict[str, NDArray[np.generic]] = {
        "n_days": of.block.n[at][:, chosen],
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
    """Return the rows of some series in ``matches, fits, abnormal`` or ``car``, event by event."""
    if name == "matches":
        return replace(matches, series={of: matches.series[of] for of in series}).table
    make = {"fits": _fits, "abnormal": _abnormal, "car": car_rows}[name]
    parts, order = [], []
    for sample in map(samples.__getitem__, series):
        of = sample.of.matches
        events = np.flatnonzero(of.there)
        part = make(sample, of.market_events.of_event(len(of.status))[events])
        event = np.repeat(events, len(part) // max(len(events), 1))
        part.insert(0, "event_id", sample.events.ids[event])
        if name == "car":
            part["stance"] = sample.events.labels[event]
        parts.append(part)
        order.append(event)
    # A part without a row has columns without a type, which would take the others' from them.
    parts = [part for part in parts if len(part)] or parts[:1]
    at = np.argsort(np.concatenate(order), kind="stable")
    return pd.concat(parts, ignore_index=True).take(at).reset_index(drop=True)


def table_blocks(name: str, matches: Matches, samples: Samples, n_rows: int) -> list[Callable[[], pd.DataFrame]]:
    """Return what makes each piece of one of the tables of pairs, some series and `ROWS_AT_ONCE` rows a piece."""
    series = list(samples)
    step = max(len(series) * ROWS_AT_ONCE // max(n_rows, 1), 1)
    return [partial(pair_table, name, matches, samples, series[k : k + step]) for k in range(0, len(series), step)]


def too_large(matches: Matches, samples: Samples, budget: int) -> tuple[dict[str, int], list[str]]:
    """Return the rows of those tables of pairs that take more bytes than a budget, by name, and a warning for each."""
    n_used = sum(int(np.count_nonzero(of.of.matches.there)) for of in samples.values())
    design = next(iter(samples.values())).of.design
    n_rows = {
        "matches": len(matches.events) * len(samples),
        "fits": n_used,
        "abnormal": n_used * design.span.n_sessions,
        "car": n_used * len(design.windows),
    }
    found = {name: n for name, n in n_rows.items() if n * ROW_BYTES[name] > budget}
    return found, [f"{name} is left out: {beyond(n * ROW_BYTES[name], n, 'rows', budget)}"
                   for name, n in found.items()]  # fmt: skip


def beyond(n_bytes: int, n: int, what: str, budget: int) -> str:
    """Say that something takes more than the budget.

    Examples
    --------
    >>> beyond(5 * 2**29, 9_000_000, "rows", 2**30)
    '2,560 MiB for 9,000,000 rows are more than the budget of 1,024 MiB (--budget)'
    """
    size, limit = (f"{of / 2**20:,.0f}" if of >= 10 * 2**20 else f"{of / 2**20:.2g}" for of in (n_bytes, budget))
    return f"{size} MiB for {n:,} {what} are more than the budget of {limit} MiB (--budget)"


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
    found: list[tuple[Any, ...]] = []
    if means:
        keys, tests = tests_of_means(means, [samples], design)
        columns = [(of, *(c.tolist() for c in (of.value, of.df, of.p_value, of.n_cars, of.n_dates))) for of in tests]
        found += [
            (*key, of.test, value[g], of.law[g], df[g], p[g], n[g], n_dates[g], of.null, of.note[g])
            for g, key in enumerate(keys)
            for of, value, df, p, n, n_dates in columns
        ]
    for (name, w), both in contrasts.items():
        for test in asked if 0 < both.is_first.sum() < len(both.is_first) else ():
            if test.contrast:
                of = both.tested(test, design.seed)
                figures = of.test, of.value, of.law, of.df, of.p_value, of.n_cars, of.n_dates, of.null, of.note
                found.append((name, str(design.contrast), w, *figures))
    orders = (*samples, ALL), (*labels_of(samples), ALL, str(design.contrast))
    series, labels = ({name: k for k, name in enumerate(order)} for order in orders)
    found.sort(key=lambda row: (series[row[0]], labels[row[1]], row[2]))
    table = pd.DataFrame(found, columns=[name for name in _COLUMNS if name != "p_adjusted"])
    p_value, adjusted = table["p_value"].to_numpy(dtype=np.float64), np.full(len(table), np.nan)
    for family in table[table["series"] != ALL].groupby(["stance", "window", "test"], sort=False).groups.values():
        adjusted[family] = holm(p_value[family])
    windows = np.array(list(map(str, design.windows)), dtype=object)[table["window"].to_numpy(dtype=np.int64)]
    return table.assign(window=windows, p_adjusted=adjusted)[list(_COLUMNS)].astype(_NUMBERS)


def too_many(samples: Samples, design: Design, budget: int) -> list[str]:
    """Say of tests of means that their residuals are larger than the budget."""
    n_pairs = sum(len(of.position) for of in samples.values())
    n_bytes = n_pairs * (design.estimation.n_sessions + 2 * design.span.n_sessions) * _PAIR_BYTES
    if n_bytes <= budget or all(TESTS[name].contrast for name in design.tests):
        return []
    return [f"tests of means are left out: {beyond(n_bytes, n_pairs, 'residual windows', budget)}"]


def tests_of_means(
    means: Sequence[SignificanceTest], studies: Sequence[Samples], design: Design
) -> tuple[list[tuple[str, str, int]], list[Statistics]]:
    """Run the tests of means on all rows of studies at once; return series, label and window of each, and the tests.

    The rows stand study by study; none has market events of two studies.
    """
    found, parts, begin = [], list[dict[str, NDArray[Any]]](), 0
    for samples in studies:
        keys, row, n = arranged(samples, labels_of(samples), pool_of(samples))
        w, some = np.array([w for _, _, w in keys]), np.flatnonzero(n)
        car, se = (np.concatenate([getattr(of, key) for of in samples.values()])[row, np.repeat(w, n)]
                   for key in ("car", "se"))  # fmt: skip
        windows = np.array([(window.first, window.last) for window in design.windows])[w[some]]
        pairs = event_pairs(list(samples.values()))
        del pairs["n_obs"]
        parts.append(pairs | {"row": begin + row, "n": n[some], "window": windows, "car": car, "scar": car / se})
        begin += len(pairs["sigma"])
        found += [keys[g] for g in some]
    joined: dict[str, Any] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    groups = EventSample(span=design.span, **joined)
    return found, [test.of_groups(groups, design.seed) for test in means]


def event_pairs(samples: Sequence[SeriesSample]) -> dict[str, NDArray[Any]]:
    """Return what is behind the CARs of series' market events, one after another: fields of `EventSample`, `n_obs`."""
    design, parts = samples[0].of.design, list[dict[str, NDArray[Any]]]()
    for sample in samples:
        of, at = sample.of, sample.position
        sessions, found, fits = of.history.sessions, of.abnormal_at(at), of.fits.take(at)
        residual, learned, rows = of.residuals(at, design.estimation)
        part = {
            "ar": found.ar,
            "tau_session": np.where(found.rows >= 0, sessions[found.rows], np.datetime64("NaT")),
            "residual": np.where(learned, residual, np.nan),
            "residual_session": sessions[rows],
            "session": sessions[at],
            "series": np.full(len(at), sample.name),
            "phase": sample.phase.astype(str),
        }
        parts.append(part | {name: getattr(fits, name) for name in ("sigma", "n_obs", "df")})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
