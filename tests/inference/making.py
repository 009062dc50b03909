"""Samples for the tests of tests, and the same samples as plain lists."""

import math

import numpy as np

from eventstudy import Window
from eventstudy.inference import EventSample

_BEGIN = np.datetime64("2021-01-04", "D")


def random_sample(seed, *, n_events=4, n_series=3, length=60, missing=0.1, window=(0, 1), span=(-1, 2), spread=300):
    """Events and series at random: shared dates, overlapping windows, holes, unequal M, ties, phases, correlation.

    Returns are rounded to three digits, so that equal ones are common; abnormal returns are those less their mean.
    """
    rng = np.random.default_rng(seed)
    window, span = Window(*window), Window(*span)
    n_days = length + spread + 20
    common = rng.normal(size=(n_days, 1))
    returns = np.round(0.01 * (0.6 * common + rng.standard_t(4, size=(n_days, n_series))), 3)
    returns[rng.random(returns.shape) < missing] = np.nan
    positions = length + 5 + rng.integers(0, spread, size=n_events)
    around = positions[0] + np.array(span.taus)
    returns[around, 0] = np.round(0.01 * rng.normal(size=len(around)), 3)  # one pair at least has its window
    pairs = [(int(p), s) for p in positions for s in range(n_series)]
    rows = [row for p, s in pairs if (row := _pair(returns[:, s], p, s, length, window, span)) is not None]
    arrays = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    phase = np.array([f"p{(row['session'] - _BEGIN).astype(int) // (n_days // 3)}" for row in rows])
    one = {"row": np.arange(len(rows)), "n": np.array([len(rows)]), "window": np.array([[window.first, window.last]])}
    return EventSample(span=span, phase=phase, **one, **arrays)


def _pair(returns, position, s, length, window, span):
    """One pair under the constant-mean model; None where its window is incomplete."""
    learned = np.arange(position - length + span.first, position + span.first)
    event = np.arange(position + span.first, position + span.last + 1)
    known = np.isfinite(returns[learned])
    mean, m = returns[learned][known].mean(), int(known.sum())
    residual, ar = returns[learned] - mean, returns[event] - mean
    sigma = math.sqrt(float((residual[known] ** 2).sum()) / (m - 1))
    inside, n = slice(window.first - span.first, window.last - span.first + 1), window.n_sessions
    if np.isnan(ar[inside]).any():
        return None
    car = float(ar[inside].sum())
    return {
        "car": car,
        "scar": car / (sigma * math.sqrt(n + n * n / m)),
        "ar": ar,
        "tau_session": _BEGIN + event.astype("m8[D]"),
        "residual": residual,
        "residual_session": np.where(known, _BEGIN + learned.astype("m8[D]"), np.datetime64("NaT", "D")),
        "sigma": sigma,
        "df": m - 1,
        "session": _BEGIN + np.timedelta64(position, "D"),
        "series": f"s{s}",
    }


def as_pairs(sample):
    """The sample as lists of plain numbers and dates, None for what is missing."""
    inside = sample.inside()
    return [
        {
            "car": float(sample.car[i]),
            "scar": float(sample.scar[i]),
            "ar": sample.ar[i, inside].tolist(),
            "days": sample.tau_session[i, inside].tolist(),
            "span": [None if math.isnan(v) else v for v in sample.ar[i].tolist()],
            "residual": [None if math.isnan(v) else v for v in sample.residual[i].tolist()],
            "learned": sample.residual_session[i].tolist(),
            "sigma": float(sample.sigma[i]),
            "df": int(sample.df[i]),
            "date": sample.session[i].item(),
            "series": str(sample.series[i]),
            "phase": str(sample.phase[i]),
        }
        for i in range(len(sample))
    ]


def places(sample):
    """Where the window lies in the span."""
    return list(range(sample.span.n_sessions))[sample.inside()]
