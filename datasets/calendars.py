"""Write the sessions of the catalogue's calendars as arrays: ``eventstudy/markets/sessions.npz``.

Run: ``python datasets/calendars.py``. The arrays are what `exchange_calendars` and `holidays` say, without
``calendars.toml``, which is laid over them when they are read; loading the libraries takes longer than many a command.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from eventstudy.errors import InputError
from eventstudy.markets.calendar import Exchange, library_calendar
from eventstudy.markets.stamp import clock_minutes

CALENDARS = ("CBR", "LONDON", "NBP", "TARGET", "XHKG", "XMOS", "XNYS")
FIRST, LAST = 1985, 2027


def widest(code: str) -> tuple[int, Exchange]:
    """Return the first year a calendar is known for, and the calendar from there to the last year."""
    for first in range(FIRST, LAST):
        try:
            return first, library_calendar(code, first, LAST)
        except InputError:
            continue
    raise InputError(f"no calendar of {code}")


def main() -> None:
    """Write the file."""
    arrays, about = {}, {}
    for code in CALENDARS:
        first, found = widest(code)
        days = np.arange(f"{first}-01-01", f"{LAST + 1}-01-01", dtype="datetime64[D]")
        arrays[code] = np.packbits(np.isin(days, found.sessions))
        early = [(np.datetime64(row.date).astype(int), clock_minutes(row.close)) for row in found.early]
        arrays[f"{code}.early"] = np.array(early, dtype=np.int32).reshape(-1, 2)
        closes = [[day and day.isoformat(), clock] for day, clock in found.closes]
        about[code] = {"years": [first, LAST], "opens": found.opens, "closes": closes, "zone": found.zone}
    arrays["about"] = np.array(json.dumps(about))
    np.savez_compressed(Path(__file__).parents[1] / "eventstudy" / "markets" / "sessions.npz", **arrays)


if __name__ == "__main__":
    main()
