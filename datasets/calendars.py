"""Write the sessions of the catalogue's calendars as arrays: ``eventstudy/markets/sessions.npz``.

Run: ``python datasets/calendars.py``. The arrays are what `exchange_calendars` and `holidays` say, without
``calendars.toml``, which is laid over them when they are read; loading the libraries takes longer than many a command.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import exchange_calendars as xc
import numpy as np
from exchange_calendars.exchange_calendar_xmos import XMOSExchangeCalendar
from holidays import country_holidays, financial_holidays

FIRST, LAST = 1985, 2027

FIXINGS = {
    "CBR": country_holidays("RU", years=range(FIRST, LAST + 1)),
    "NBP": country_holidays("PL", years=range(FIRST, LAST + 1)),
    "TARGET": financial_holidays("ECB", years=range(FIRST, LAST + 1)),
}


class MoscowOnWeekdays(XMOSExchangeCalendar):  # type: ignore[misc]
    """Moscow without its working weekends, which ``calendars.toml`` has and which take long to compile."""

    special_weekmasks = ()


def fixing(found: Any) -> tuple[np.ndarray, list[Any], dict[str, Any]]:
    """Return weekdays without holidays, and the weekend days worked in their stead."""
    days = np.arange(f"{FIRST}-01-01", f"{LAST + 1}-01-01", dtype="datetime64[D]")
    opened = {*getattr(found, "weekend_workdays", ())}
    worked, shut = (np.array(list(some), dtype="datetime64[D]") for some in (opened, {*found} - opened))
    return days[np.isin(days, worked) | np.is_busday(days, holidays=shut)], [], {"opens": "", "closes": [], "zone": ""}


def exchange(calendar: Any) -> tuple[np.ndarray, list[Any], dict[str, Any]]:
    """Return sessions, the days and minutes of early closes, and the hours of an exchange; midnight ends the day."""
    local = calendar.closes.dt.tz_convert(calendar.tz)
    early = [(np.datetime64(day.date()).astype(int), 60 * local[day].hour + local[day].minute)
             for day in calendar.early_closes]  # fmt: skip
    clocks = [(first, f"{clock:%H:%M}") for first, clock in calendar.close_times]
    closes = [[first and first.date().isoformat(), "24:00" if clock == "00:00" else clock] for first, clock in clocks]
    about = {"opens": f"{calendar.open_times[-1][1]:%H:%M}", "closes": closes, "zone": str(calendar.tz)}
    return calendar.sessions.to_numpy().astype("datetime64[D]"), early, about


def main() -> None:
    """Write the file."""
    span = {"start": f"{FIRST}-01-01", "end": f"{LAST}-12-31"}
    calendars = {code: fixing(found) for code, found in FIXINGS.items()}
    calendars |= {code: exchange(xc.get_calendar(code, **span)) for code in ("XHKG", "XNYS")}
    calendars["XMOS"] = exchange(MoscowOnWeekdays(**span))
    days = np.arange(f"{FIRST}-01-01", f"{LAST + 1}-01-01", dtype="datetime64[D]")
    arrays: dict[str, Any] = {
        code: np.packbits(np.isin(days, sessions)) for code, (sessions, *_) in sorted(calendars.items())
    }
    for code, (sessions, early, _) in sorted(calendars.items()):
        arrays[code] = np.packbits(np.isin(days, sessions))
        arrays[f"{code}.early"] = np.array(early, dtype=np.int32).reshape(-1, 2)
    about = {code: {"years": [FIRST, LAST], **told} for code, (*_, told) in sorted(calendars.items())}
    arrays["about"] = np.array(json.dumps(about))
    np.savez_compressed(Path(__file__).parents[1] / "eventstudy" / "markets" / "sessions.npz", **arrays)


if __name__ == "__main__":
    main()
