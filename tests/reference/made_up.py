"""A made-up market of three series that meets every rule of a study at least once."""

import numpy as np
import pandas as pd


def made_up(n=440, first=300):
    """Events of all stances, some together, near or late, and prices with closures, missing rows and crashes."""
    rng = np.random.default_rng(27_012_022)
    days = pd.bdate_range("2019-01-01", periods=n + 16)
    gone = [*range(90, 98), *range(first + 60, first + 68)]  # two closures of eight business days
    days = days.delete(gone)
    steps = 0.01 * rng.standard_t(5, size=(len(days), 3)) + 0.006 * rng.standard_normal((len(days), 1))
    steps[first - 20] -= 0.25  # a crash that is no event
    steps[first : first + 3] += np.array([[-0.25], [0.2], [-0.2]])  # one that is, of which the scale has an echo
    steps[:, 2] *= 0.1
    prices = pd.DataFrame(100 * np.exp(np.cumsum(steps, axis=0)), index=days, columns=["whole", "holes", "calm"])
    prices.iloc[[40, 155, 156, 231, first + 12], 1] = np.nan
    told = [
        (0, "raise"), (2, "raise"), (4, "fold"), (5, "raise"), (5, "hold"), (13, "fold"), (13, "raise"), (20, "hold"),
        (24, "hold"), (31, "fold"), (33, "fold"), (33, "fold"), (40, "raise"), (45, "raise"), (46, "raise"),
        (50, "hold"), (59, "fold"), (72, "raise"), (80, "fold"), (88, "hold"), (95, "raise"), (103, "fold"),
        (110, "raise"),
    ]  # fmt: skip
    rows = [
        {"id": f"e{k:02d}", "time": str(days[first + at].date()), "stance": stance, "phase": "ab"[at > 35]}
        for k, (at, stance) in enumerate(told)
    ]
    after = int(np.flatnonzero(np.diff(days.to_numpy()) > np.timedelta64(7, "D"))[1]) + 1
    shut = days[after] - pd.Timedelta(days=6)
    rows.append({"id": "late", "time": str(shut.date()), "stance": "raise", "phase": "b"})
    return pd.DataFrame(rows), prices


def short():
    """As `made_up`, with so few days before the events that residuals of the estimation windows must serve."""
    events, prices = made_up()
    return events, prices.iloc[150:]
