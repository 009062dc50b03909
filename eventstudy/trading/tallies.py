"""What the events that a market met brought: event by event, on average, and along the way."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.markets.history import History
from eventstudy.markets.holding import (
    at_first,
    held_sums,
    longest_gaps,
    shown,
    steps,
    unit_held,
    why_not_held,
    without_overlap,
)
from eventstudy.matching import CLOSURE_DAYS
from eventstudy.trading.answer import MEASURES
from eventstudy.trading.met import Matched
from eventstudy.trading.placebo import NULL, placebo_of_mean
from eventstudy.trading.question import Question


def summary_table(matched: Matched, question: Question) -> pd.DataFrame:
    """Return a row a measure and holding period."""
    rows = [_summary_row(matched, measure, held, question.seed) for measure in MEASURES for held in question.hold]
    return pd.DataFrame(rows)


def _summary_row(matched: Matched, measure: str, held: int, seed: int) -> dict[str, object]:
    history, first = matched.history, matched.first[measure]
    every = shown(held_sums(steps(history), held), history)
    complete = np.isfinite(at_first(every, first))
    distinct = np.unique(first[complete])
    values, base = every[distinct], every[np.isfinite(every)]
    found = placebo_of_mean(history, distinct, matched.news, held, seed)
    return {
        "measure": measure,
        "hold": held,
        "unit": unit_held(history),
        "n_events": int(complete.sum()),
        "n_sessions": len(distinct),
        "n_apart": len(without_overlap(distinct, held)),
        **_moments(values),
        "mean_z": found.mean_z,
        "law": "placebo",
        "placebo_p": found.p_value,
        "placebo_floor": 1.0 / (found.n_draws + 1) if found.n_draws else np.nan,
        "placebo_n": found.n_draws,
        "placebo_sessions": found.n_line,
        "base_rate": float(np.mean(base > 0)) if len(base) else np.nan,
        "base_mean": float(base.mean()) if len(base) else np.nan,
        "base_n": len(base),
        "null": NULL,
        "note": found.note,
    }


def _moments(values: NDArray[np.float64]) -> dict[str, float]:
    if not len(values):
        return dict.fromkeys(("mean", "median", "hit_rate", "best", "worst"), np.nan)
    return {
        "mean": float(values.mean()),
        "median": float(np.median(values)),
        "hit_rate": float(np.mean(values > 0)),
        "best": float(values.max()),
        "worst": float(values.min()),
    }


def outcomes_table(matched: Matched, question: Question) -> pd.DataFrame:
    """Return a row a used event and holding period, with both returns beside each other."""
    history, ids = matched.history, matched.used["event_id"].tolist()
    sessions = np.append(history.sessions.astype("datetime64[ns]"), np.datetime64("NaT", "ns"))
    frames = []
    for held in question.hold:
        every = shown(held_sums(steps(history), held), history)
        of_event, of_entry = matched.first.values()
        gaps = [longest_gaps(history, first, held) for first in (of_event, of_entry)]
        frame = {
            "event_id": ids,
            "hold": held,
            "unit": unit_held(history),
            "from_event_session": at_first(every, of_event),
            "from_tradable_from": at_first(every, of_entry),
            "last_session": sessions[np.minimum(of_event + held - 1, len(history))],
            "exit_session": sessions[np.minimum(of_entry + held - 1, len(history))],
            "gap_days": np.fmax(*gaps),
            "note": [_note(history, int(a), int(b), held) for a, b in zip(of_event, of_entry, strict=True)],
        }
        frames.append(pd.DataFrame(frame))
    table = pd.concat(frames, ignore_index=True)
    order = np.lexsort((np.arange(len(table)), np.tile(np.arange(len(ids)), len(question.hold))))
    return table.iloc[order].reset_index(drop=True)


def _note(history: History, of_event: int, of_entry: int, held: int) -> str:
    missing = {
        measure: why
        for measure, first in zip(MEASURES, (of_event, of_entry), strict=True)
        if (why := why_not_held(history, first, held))
    }
    return "; ".join(f"{measure}: {why}" for measure, why in missing.items())


def paths_table(matched: Matched, longest: int) -> pd.DataFrame:
    """Return the mean by sessions held, over what could be held the longest, beside that over all sessions."""
    history, rows = matched.history, []
    sums = [np.zeros(len(history)), *(held_sums(steps(history), held) for held in range(1, longest + 1))]
    every = np.stack([shown(of_held, history) for of_held in sums])
    whole = np.isfinite(every[-1])
    for measure, first in matched.first.items():
        distinct = np.unique(first[first < len(history)])
        distinct = distinct[whole[distinct]]
        for held, values in enumerate(every):
            rows.append(
                {
                    "measure": measure,
                    "held": held,
                    "n_sessions": len(distinct),
                    "mean": float(values[distinct].mean()) if len(distinct) else np.nan,
                    "base_mean": float(values[whole].mean()) if whole.any() else np.nan,
                }
            )
    return pd.DataFrame(rows)


def cautions(matched: Matched, question: Question) -> list[str]:
    """Say what a reader must know before believing the answer, a sentence each; '' where there is nothing."""
    table, used = matched.table, matched.used
    n_out, n_day = len(table) - len(used), int(used["timing"].eq("day").sum())
    gaps = [longest_gaps(matched.history, first, max(question.hold)) for first in matched.first.values()]
    n_closed = int((np.fmax(*gaps) >= CLOSURE_DAYS).sum())
    return [
        f"{n_out} of {len(table)} events asked for are left out; the reasons stand in events" if n_out else "",
        f"{n_day} of {len(used)} events are matched by day: what one could have earned begins after that day"
        if n_day
        else "",
        f"{n_closed} of {len(used)} events are held across a closure of the market; see gap_days" if n_closed else "",
    ]
