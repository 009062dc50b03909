"""From estimates and market events to the tables of a result, named and keyed as the data contract says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.inference import TESTS, EventSample, SignificanceTest
from eventstudy.inference.blocks import permuted_labels
from eventstudy.matching import Matches, longest_gap
from eventstudy.models import buy_and_hold
from eventstudy.returns import ROUNDING, Ints
from eventstudy.statistic import Statistics, holm, two_sided_t
from eventstudy.study.design import Design
from eventstudy.study.sample import ALL, ContrastEvents, Samples, SeriesSample, contrasts_of
from eventstudy.tasks import alike

#: Bytes a table of pairs may take unless the user says otherwise, and rows of one piece of a larger one.
BUDGET, ROWS_AT_ONCE = 2**30, 400_000

#: About how many bytes a row of each table takes.
ROW_BYTES = {"matches": 1000, "fits": 160, "abnormal": 120, "car": 300}

#: What a session of a pair takes in the samples of the tests: residual, date, rank and place, of a series and pooled.
_PAIR_BYTES = 64


def car_rows(sample: SeriesSample, events: Ints, windows: Sequence[int] | None = None) -> dict[str, NDArray[Any]]:
    """Return figures of some dated events (P,) that meet one series, window by window, columns by name."""
    owner = sample.matches.market_events.of_event(len(sample.events))[events]
    design, at, history, fits = sample.design, sample.position, sample.history, sample.fits.take(sample.position)
    chosen = list(range(len(design.windows))) if windows is None else list(windows)
    every, kind, partly = [design.windows[w] for w in chosen], history.instrument.returns, design.missing == "partial"
    held = [buy_and_hold(sample.abnormal_at(at, of), kind, partial=partly) for of in every]
    move, car, se, z, p, days = (getattr(sample, name)[:, chosen] for name in ("move", "car", "se", "z", "p", "days"))
    of_residuals = sample.from_residuals[:, chosen]
    t = car / se  # above 0, or NaN
    columns: dict[str, Any] = {
        "series": np.array(sample.name, dtype=object),
        "window": np.array(list(map(str, every)), dtype=object),
        "market_event": sample.ids[:, None],
        "net_stance": sample.label[:, None],
        "stance": sample.label[:, None],
        "session": sample.session[:, None].astype("datetime64[ns]"),
        "unit": np.array(sample.unit, dtype=object),
        "n_days": sample.block.n[at][:, chosen],
        "gap_days": np.nan_to_num(np.stack([longest_gap(history, at, window) for window in every], axis=1)),
        "move": move,
        "car": car,
        "bhar": np.where(np.isnan(car), np.nan, np.stack(held, axis=1)),
        "se": se,
        "t": t,
        "df": fits.df[:, None],
        "t_p_value": two_sided_t(t, fits.df[:, None]),
        "scar": t,
        "z": z,
        "p_value": p,
        "p_source": np.select([np.isnan(p), of_residuals], ["", "residuals"], "sessions").astype(object),
        "days": np.where(np.isnan(p), np.nan, days),
        "note": np.stack([sample.notes(w) for w in chosen], axis=1),
    }
    rows = {name: np.broadcast_to(of, car.shape)[owner].ravel() for name, of in columns.items()}
    family = {name: getattr(sample, name)[events][:, chosen].ravel() for name in ("family_p", "family_days")}
    note = rows.pop("note")
    return rows | family | {"note": note}


def pair_table(name: str, matches: Matches, samples: Samples, series: Sequence[str]) -> pd.DataFrame:
    """Return the rows of some series in ``matches, fits, abnormal`` or ``car``, event by event."""
    if name == "matches":
        return replace(matches, series={of: matches.series[of] for of in series}).table
    parts, order = [], []
    for sample in map(samples.__getitem__, series):
        events, design, sessions = np.flatnonzero(sample.matches.there), sample.design, sample.history.sessions
        owner = sample.matches.market_events.of_event(len(sample.events))[events]
        if name == "fits":
            at = sample.position[owner]
            fits, ends = sample.fits.take(at), (design.estimation.first, design.estimation.last)
            first, last = (sessions.take(at + tau, mode="clip").astype("datetime64[ns]") for tau in ends)
            texts = {"series": sample.name, "model": design.model.name, "unit": sample.unit}
            part: dict[str, NDArray[Any]] = {key: np.full(len(at), text) for key, text in texts.items()}
            part |= {key: getattr(fits, key) for key in ("n_obs", "df", "sigma", "r2")} | design.model.estimates(fits)
            part |= {"estimation_first": first, "estimation_last": last}
        elif name == "abnormal":
            taus, found = np.array(design.span.taus), sample.abnormal_at(sample.position)
            day = np.where(found.rows >= 0, sessions[found.rows], np.datetime64("NaT", "D"))
            day = day[owner].ravel().astype("datetime64[ns]")
            part = {"series": np.full(len(day), sample.name), "tau": np.tile(taus, len(owner)), "session": day}
            part |= {"unit": np.full(len(day), sample.unit)}
            part |= {key: getattr(found, key)[owner].ravel() for key in ("actual", "normal", "ar", "se", "sar")}
        else:
            part = car_rows(sample, events)
        event = np.repeat(events, len(part["series"]) // max(len(events), 1))
        own = {"stance": sample.events.labels[event]} if name == "car" else {}
        parts.append({"event_id": sample.events.ids[event]} | part | own)
        order.append(event)
    at = np.argsort(np.concatenate(order), kind="stable")
    return pd.DataFrame({key: np.concatenate([part[key] for part in parts])[at] for key in parts[0]})


def too_large(samples: Samples, design: Design, budget: int) -> dict[str, tuple[int, str]]:
    """Return what takes more bytes than a budget, tables of pairs and ``tests``, with its rows, and a warning of each.

    The budget of tests holds for the residuals that the tests of means need.
    """
    n_used = sum(int(np.count_nonzero(of.matches.there)) for of in samples.values())
    n_pairs, span = sum(len(of.position) for of in samples.values()), design.span.n_sessions
    n_bytes = (design.estimation.n_sessions + 2 * span) * _PAIR_BYTES
    means = not all(TESTS[name].contrast for name in design.tests)
    rows = {"matches": len(next(iter(samples.values())).events) * len(samples), "fits": n_used}
    rows |= {"abnormal": n_used * span, "car": n_used * len(design.windows)}
    needs = [(name, n, n * ROW_BYTES[name], f"{name} is", "rows") for name, n in rows.items()]
    needs.append(("tests", n_pairs, n_pairs * n_bytes * means, "tests of means are", "residual windows"))
    found = {}
    for name, n, needed, subject, what in needs:
        if needed > budget:
            mibs = needed / 2**20, budget / 2**20
            size, limit = (f"{mib:,.0f}" if mib >= 10 else f"{mib:.2g}" for mib in mibs)  # noqa: PLR2004  # two digits
            beyond = f"{size} MiB for {n:,} {what} are more than the budget of {limit} MiB (--budget)"
            found[name] = n, f"{subject} left out: {beyond}"
    return found


def tests_table(samples: Samples, design: Design, budget: int) -> pd.DataFrame:
    """Run every test of the design on the sample of every row, adjusted over series by Holm.

    A row a series, label, window and test; tests of means are left out where their residuals are `too_large`.
    """
    asked = [TESTS[name] for name in TESTS if name in design.tests]
    means = [] if "tests" in too_large(samples, design, budget) else [test for test in asked if not test.contrast]
    found: list[tuple[Any, ...]] = []
    keys, of_means = tests_of_means(means, [samples], design) if means else ([], [])
    of_labels = tests_of_contrasts(asked, contrasts_of([samples], design), design.seed)
    compared = (([(name, str(design.contrast), w) for _, (name, w) in keys], made) for keys, made in of_labels)
    for heads, made in (*((keys, made) for made in of_means), *compared):
        df, p_value, *counts = (column.tolist() for column in (made.df, made.p_value, made.n_cars, made.n_dates))
        columns = heads, made.value.tolist(), made.law, df, p_value, *counts, made.note
        found += [(*head, made.test, *rest, made.null, note) for head, *rest, note in zip(*columns, strict=True)]
    orders = [*samples, ALL], [*samples.labels, ALL, str(design.contrast)]
    series, labels = ({name: k for k, name in enumerate(names)} for names in orders)
    found.sort(key=lambda row: (series[row[0]], labels[row[1]], row[2]))
    names = ["series", "stance", "window", "test", "statistic", "law", "df", "p_value", "n", "n_dates", "null", "note"]
    table = pd.DataFrame(found, columns=names)
    table["window"] = np.array(list(map(str, design.windows)), dtype=object)[table["window"].to_numpy(dtype=np.int64)]
    table.insert(names.index("n"), "p_adjusted", holm_over_series(table))
    return table.astype(dict.fromkeys(("statistic", "df", "p_value", "p_adjusted"), float))


def holm_over_series(table: pd.DataFrame) -> pd.Series:
    """Return Holm's p over the series of each label, window and test; NaN of the pool, which is no member."""
    p, of = table["p_value"].astype(float).where(table["series"] != ALL), ["stance", "window", "test"]
    return p.groupby([table[name] for name in of], sort=False).transform(lambda family: holm(family.to_numpy()))


def tests_of_means(
    means: Sequence[SignificanceTest], studies: Sequence[Samples], design: Design
) -> tuple[list[tuple[str, str, int]], list[Statistics]]:
    """Run the tests of means on all rows of studies at once; return series, label and window of each, and the tests.

    The rows stand study by study; none has market events of two studies.
    """
    found, parts, begin, made = [], list[dict[str, NDArray[Any]]](), 0, dict[tuple[int, ...], Any]()
    for samples in studies:
        key = tuple(id(of.by_label) for of in samples.values())  # nearly always the same for all studies
        keys, row, n = made[key] = made.get(key) or samples.arranged()
        w, some = np.array([w for _, _, w in keys]), np.flatnonzero(n)
        car, se = (np.concatenate([getattr(of, key) for of in samples.values()])[row, np.repeat(w, n)]
                   for key in ("car", "se"))  # fmt: skip
        windows = np.array([(window.first, window.last) for window in design.windows])[w[some]]
        pairs = event_pairs(list(samples.values()))
        # A sum that only rounding sets apart from zero is zero to signs and ranks.
        largest = np.fmax.reduce(np.abs(pairs["ar"]), axis=1, initial=0.0)[row]
        car = np.where(np.abs(car) > ROUNDING * largest, car, 0.0)
        parts.append(pairs | {"row": begin + row, "n": n[some], "window": windows, "car": car, "scar": car / se})
        begin += len(pairs["sigma"])
        found += [keys[g] for g in some]
    joined: dict[str, Any] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    groups = EventSample(span=design.span, **joined)
    return found, [test.of_groups(groups, design.seed) for test in means]


def tests_of_contrasts(
    tests: Sequence[SignificanceTest], contrasts: Sequence[Mapping[tuple[str, int], ContrastEvents]], seed: int
) -> Iterator[tuple[list[tuple[int, tuple[str, int]]], Statistics]]:
    """Yield of each test that compares two labels: study, series and window of some rows, and the statistics of them.

    Rows with the same events are tested together, by the same permutations.
    """
    every = [(k, key, of) for k, study in enumerate(contrasts) for key, of in study.items()]
    for places in alike((of.is_first.tobytes(), *of.phase.tolist()) for *_, of in every):
        some = [every[place] for place in places]
        (*_, first), *_ = some
        for test in tests if 0 < first.is_first.sum() < len(first.is_first) else ():
            if test.contrast:
                values = np.stack([getattr(of, test.contrast) for *_, of in some], axis=1)
                made = permuted_labels(values, first.is_first, first.phase, seed)
                yield [(k, key) for k, key, _ in some], replace(made, test=test.function.__name__)


def event_pairs(samples: Sequence[SeriesSample]) -> dict[str, NDArray[Any]]:
    """Return what is behind the CARs of series' market events, one after another: fields of `EventSample`."""
    parts = list[dict[str, NDArray[Any]]]()
    for of in samples:
        sessions, found = of.history.sessions, of.abnormal_at(of.position)
        residual, learned, rows = of.residuals(of.position, of.design.estimation)
        part = {
            "ar": found.ar,
            "tau_session": np.where(found.rows >= 0, sessions[found.rows], np.datetime64("NaT", "D")),
            "residual": np.where(learned, residual, np.nan),
            "residual_session": sessions[rows],
            "session": of.session,
            "series": np.full(len(of.position), of.name),
            "phase": of.phase.astype(str),
        }
        parts.append(part | {name: getattr(found.fits, name) for name in ("sigma", "df")})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
