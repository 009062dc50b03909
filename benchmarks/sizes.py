"""How often every printed p rejects in simulated worlds where there is nothing to find: docs/sizes.md.

Run: ``python benchmarks/sizes.py [--worlds N] [--out docs/sizes.md]``. A row is a world, a window and a sample size,
with or without a crash of thirty standard deviations before the events, itself an event or not; its rates are those of
N simulated worlds of four correlated series (0.5) with ten events near the end of the sample.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.study.answer import answers
from eventstudy.study.estimates import estimate
from eventstudy.study.placebo import samples_of

WORLDS = ("iid", "garch", "garch-t5", "t3", "ar1", "stale", "regime")
WINDOWS = ("0:0", "0:1", "0:5")
SIZES = (225, 350, 500)
#: Worlds of heavy tails.
HEAVY = ("t3", "garch-t5")

#: Sessions before the end on which the events fall, and their stances: raises and folds mixed; the first is the crash.
_BEFORE_END = np.array([92, 62, 60, 55, 43, 40, 33, 32, 26, 24, 10])
_STANCES = ("hold", *("raise", "fold", "raise", "raise", "fold", "fold", "raise", "fold", "raise", "fold"))

#: Whether the first of these days is a crash, and one of the events.
CRASH = ("no", "yes", "unlisted")

_N_SERIES, _CORRELATION, _SIGMA = 4, 0.5, 0.01


def world(kind: str, n_sessions: int, rng: np.random.Generator) -> np.ndarray:
    """Return returns of four series, shape (T, 4), with nothing in them to find."""
    shape = (n_sessions, _N_SERIES)
    common, own = rng.standard_normal((n_sessions, 1)), rng.standard_normal(shape)
    noise = np.sqrt(_CORRELATION) * common + np.sqrt(1 - _CORRELATION) * own
    df = {"t3": 3, "garch-t5": 5}.get(kind)
    if df:
        noise *= np.sqrt((df - 2) / rng.chisquare(df, (n_sessions, 1)))
    if kind.startswith("garch"):
        arch, persistence = (0.08, 0.90) if kind == "garch" else (0.10, 0.88)
        variance, out = np.ones(_N_SERIES), np.empty(shape)
        for t in range(n_sessions):
            out[t] = np.sqrt(variance) * noise[t]
            variance = (1 - arch - persistence) + arch * out[t] ** 2 + persistence * variance
        noise = out
    if kind == "ar1":
        for t in range(1, n_sessions):
            noise[t] += 0.25 * noise[t - 1]
    if kind == "stale":  # no trade with probability 0.4: the return waits for the next one
        traded, waiting = rng.random(shape) > 0.4, np.zeros(_N_SERIES)
        for t in range(n_sessions):
            waiting = waiting + noise[t]
            noise[t], waiting = np.where(traded[t], waiting, 0.0), np.where(traded[t], 0.0, waiting)
    if kind == "regime":  # volatility three times as large from 20 sessions before the first event on
        noise[n_sessions - _BEFORE_END[1] - 20 :] *= 3.0
    return _SIGMA * noise


def p_values(kind: str, window: str, n_sessions: int, n_worlds: int, *, crash: str, seed: int = 0) -> dict[str, list]:
    """Return the p-values of simulated worlds by kind of p."""
    rng = np.random.default_rng([seed, WORLDS.index(kind), n_sessions, CRASH.index(crash)])
    days = pd.bdate_range("2015-01-01", periods=n_sessions)
    at, first = n_sessions - _BEFORE_END, int(crash != "unlisted")
    events = pd.DataFrame(
        {"time": days[at].strftime("%Y-%m-%d"), "stance": _STANCES, "id": [f"e{k}" for k in range(11)]}
    )[1 - first :]
    names = [f"s{k}" for k in range(_N_SERIES)]
    found: dict[str, list] = {name: [] for name in ("single", "single family", "mean", "family", "pool", "contrast")}
    study = None
    for _ in range(n_worlds):
        returns = world(kind, n_sessions, rng)
        if crash != "no":
            returns[at[0]] -= 30 * _SIGMA
        if study is None:
            study = es.EventStudy(
                events, returns=pd.DataFrame(returns, days, names), windows=[window], tests=[], overlap="keep"
            )
            matches, _, histories = study.estimated()
        simulated = {
            name: replace(histories[name], returns=np.append(np.nan, returns[1:, k])) for k, name in enumerate(names)
        }
        estimates = estimate(matches, simulated, study.design)
        [samples] = samples_of([estimates])
        found["single"].append(np.ravel([of.p[first:, 0] for of in samples.values()]))
        found["single family"].append(np.min([of.family_p[first:, 0] for of in samples.values()], axis=0))
        rows = [a for a in answers(samples, study.design, 999) if a.n > 1]
        all_rows = [a for a in rows if a.stance == "raise"]
        found["mean"].append([a.p_value for a in all_rows if a.series != "*"])
        found["family"].append([min(a.family_p for a in all_rows if a.series != "*")])
        found["pool"].append([a.p_value for a in all_rows if a.series == "*"])
        found["contrast"].append([a.p_value for a in rows if a.stance == "raise-fold" and a.series != "*"])
    return found


def cells(n_worlds: int) -> Iterator[dict[str, object]]:
    """Yield a row a cell: the share of p-values at or below 5 and 1 %, in per cent."""
    for kind in WORLDS:
        for window in WINDOWS:
            for n_sessions in SIZES:
                for crash in CRASH[: 3 if kind == "iid" else 2]:
                    row: dict[str, object] = {
                        "world": kind,
                        "window": window,
                        "sessions": n_sessions,
                        "crash": crash,
                    }
                    found = p_values(kind, window, n_sessions, n_worlds, crash=crash)
                    for name, of in found.items():
                        p = np.concatenate([np.ravel(one) for one in of])
                        p = p[np.isfinite(p)]
                        row[name] = (
                            "n/a" if not len(p) else f"{100 * np.mean(p <= 0.05):.1f} / {100 * np.mean(p <= 0.01):.1f}"
                        )
                    print(*row.values(), sep=" | ", flush=True)
                    yield row


def spread(rows: list[dict[str, object]], column: str) -> str:
    """Say at what the rates at 5 % of some rows come out."""
    rates = [float(str(row[column]).split()[0]) for row in rows if row[column] != "n/a"]
    return f"{min(rates)} to {max(rates)}, {np.mean(rates):.1f} on average"


def page(rows: list[dict[str, object]], n_worlds: int) -> str:
    """Return the page: what to see, and a row a world, window, size and crash."""
    heavy = [row for row in rows if row["world"] in HEAVY]
    listed = [row for row in rows if row["crash"] != CRASH[2]]
    others = [row for row in listed if row["world"] not in HEAVY]
    long = [row for row in rows if row["world"] == "regime" and row["window"] == "0:5" and row["sessions"] != SIZES[0]]
    head = list(rows[0])
    said = f"""# Sizes

How often each printed p is at or below 5 % / 1 % where there is nothing to find, in per cent, over {n_worlds:,}
simulated worlds a row (`python benchmarks/sizes.py`): four series correlated 0.5, five raises and five folds in the
last 62 sessions, a constant-mean model. `crash`: thirty sessions before them one more event, a fall of 30 standard
deviations; `unlisted`: that fall on a day that is no event. Worlds: `iid` independent normal returns, `t3` of t(3),
`garch` and `garch-t5` clustered volatility, `ar1` returns correlated 0.25, `stale` prices that often stand still,
`regime` volatility three times as high before the events. Columns: single events, their family, means over the
raises, their family and pool, raise less fold.

What to see:

- A rate is known to about ±1 per cent (single events) to ±2.5 (family, pool, of which each world has one).
- `0.0` is no power: where an average day counts n sessions, 225 sessions hold some 15 windows of 0:5, and no p below
  1/(days + 1) is printed. So a long window on a short sample can never say 5 %, or 1 % on some 50 days.
- `n/a`: with fewer than 100 days without news residuals serve, and these have no dates in common with other series.
- With heavy tails (`t3`, `garch-t5`) the family of means comes out at {spread(heavy, "family")}:
  the largest of four means is known no better than the tail of the few days without news. Elsewhere it comes out at
  {spread(others, "family")}; the pool at {spread(listed, "pool")}.
- Where volatility triples before the events (`regime`) means over 0:5, on {SIZES[1]} sessions or more, come out at
  {spread(long, "mean")}: the scale has caught up with it, and calm days have wider z.
- A crash that is no event (`unlisted`) stays among the days without news, in as many windows as these have sessions:
  means over 0:5, and over 0:1 on fewer than {SIZES[2]} sessions, are held against sets that hold it, and none is found
  to be large. On {SIZES[0]} sessions, where residuals serve, single events come out a little too often. If it was news,
  it belongs in the event file: then all is as without it (`yes`).
- Volatility that rises with the event itself is in no world here:
  [no placebo sees it](traps.md#what-no-placebo-can-see).
"""
    lines = [said, "| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(str(row[name]) for name in head) + " |" for row in rows]
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=1_000)
    parser.add_argument("--out", type=Path, default=Path("docs/sizes.md"))
    chosen = parser.parse_args()
    chosen.out.write_text(page(list(cells(chosen.worlds)), chosen.worlds), encoding="utf-8")


if __name__ == "__main__":
    main()
