"""In words: how an event was matched with every market, what one market did around it, and by which methods."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import require_known
from eventstudy.inference import TESTS
from eventstudy.inference.blocks import raise_fold_permutation
from eventstudy.inference.placebo import SCALES, stepped_p
from eventstudy.markets.history import History
from eventstudy.matching import Matches
from eventstudy.report.tables import WORDS, is_rare, p_of_event
from eventstudy.study.answer import RARE
from eventstudy.study.placebo import mean_placebos, single_placebos
from eventstudy.study.result import StudyResult
from eventstudy.wording import day_in_words, quantity, signed

#: A heading of a numpydoc docstring and its rule.
_HEADING = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}$", re.MULTILINE)


def sentence(result: StudyResult, event_id: str, series: str, window: str = "0:0") -> str:
    """Say in one sentence what one market did around one event, and whether that was out of the ordinary.

    Parameters
    ----------
    result : StudyResult
        The result.
    event_id, series, window : str
        Which row of `car`.

    Returns
    -------
    str
        The raw move, the abnormal return and its placebo p.

    Raises
    ------
    UnknownNameError
        If the study has no such event, series or window.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"], tests=[]).fit()
    >>> sentence(result, "2022-02-24-invasion", "imoex").partition(",")[0]
    '24 February: Moscow shares moved −33.3 %; abnormal return −33.3 %'
    """
    require_known(event_id, result.matching.events.ids.tolist(), "event")
    require_known(series, result.series, "series")
    require_known(window, [str(known) for known in result.design.windows], "window of this study")
    label = result.histories[series].instrument.label
    keys = (result.car["event_id"] == event_id) & (result.car["series"] == series) & (result.car["window"] == window)
    if not keys.any():
        at = result.matching.events.ids.tolist().index(event_id)
        return f"{label}: not used ({result.matching[series].reason[at]})."
    row = result.car[keys].to_dict("records")[0]
    session, whole = row["session"], result.car["session"]
    year = f" {session.year}" if whole.max() - whole.min() > pd.Timedelta(days=366) else ""
    said = f"{day_in_words(session.date())}{year}: {label}"
    if math.isnan(row["car"]):
        return f"{said}: no abnormal return over {window} ({row['note']})."
    if math.isnan(row["p_value"]):
        rarity = "too few days without news to say how ordinary that is"
    elif is_rare(row["family_p"], row["p_value"]):
        rarity = "rare even for a market this nervous"
    elif row["p_value"] <= RARE:
        rarity = "rare for this market alone, ordinary where all are counted"
    else:
        by_t = f", though its t is {signed(row['t'])}" if row["t_p_value"] <= RARE else ""
        rarity = f"ordinary for a market this nervous{by_t}"
    move, car = (quantity(row[name], row["unit"]) for name in ("move", "car"))
    moved = "" if math.isnan(row["move"]) else f" moved {move};"
    note = f" ({row['note']})" if row["note"] else ""
    return f"{said}{moved} abnormal return {car}, {p_of_event(result, row)}: {rarity}{note}."


def story(matches: Matches, histories: Mapping[str, History], events: pd.DataFrame, event_id: str) -> str:
    """Tell in plain words how one event was matched with every market.

    Parameters
    ----------
    matches : Matches
        The matches.
    histories : mapping of str to History
        The markets.
    events : DataFrame
        The events table.
    event_id : str
        The event.

    Returns
    -------
    str
        A paragraph for the event, then one a market: UTC, the market's local time, stamp, session.

    Raises
    ------
    UnknownNameError
        If there is no such event.
    """
    require_known(event_id, matches.events.ids.tolist(), "event")
    event = events[events["id"] == event_id].iloc[0]
    rows = matches.table[matches.table["event_id"] == event_id].to_dict("records")
    lines = [f"{event['id']} ({rows[0]['stance']})" if rows[0]["stance"] else str(event["id"])]
    lines += [f"  {event['headline']}"] if event["headline"] else []
    lines.append(f"  On file: {event['time'].replace('T', ' ')} {event['time_zone']}".rstrip() + ".")
    known = "  Only the day is known: it counts toward that day's session, or the next where there is none."
    if pd.notna(rows[0]["published_at"]):
        when = pd.Timestamp(rows[0]["published_at"])
        known = f"  The market could know it at {when.day} {when:%B %Y %H:%M} UTC."
    parts = ["\n".join([*lines, known]), *(_of_market(row, histories[row["series"]]) for row in rows)]
    return "\n\n".join(parts) + "\n"


def _of_market(row: Mapping[Any, Any], history: History) -> str:
    instrument, session, reason = history.instrument, row["session"], row["reason"]
    stamp, named = instrument.stamp, "" if instrument.label == history.name else f" ({history.name})"
    lines = [f"{instrument.label}{named}: {stamp.label}"]
    if pd.notna(row["published_at"]):
        lines.append(f"The news came on {_local(row['published_at'], stamp.zone)}.")
    if pd.isna(session):
        return "\n  ".join([*lines, f"Not used: {reason}."])
    position = int(np.searchsorted(history.stamps, row["stamp"].to_datetime64()))
    if position > 0:
        before = pd.Timestamp(history.sessions[position - 1])
        said = f"that of {before:%A} {before.day} {before:%B}"
        said = _local(history.stamps[position - 1], stamp.zone) if stamp.known else said
        lines.append(f"The price before: {said}.")
    lines.append(f"Event session: {session:%A} {session.day} {session:%B %Y}, {WORDS['session'][row['moved']]}.")
    struck = "Its price is that of this date; nobody has said at which hour it was struck."
    if stamp.known:
        at = row["stamp"]
        struck = f"Its price is struck on {_local(at, stamp.zone)} = {at.day} {at:%B %Y %H:%M} UTC."
    lines.append(struck)
    if pd.notna(row["tradable_from"]):
        lines.append(f"One could have traded it from {_local(row['tradable_from'], instrument.hours.zone)} on.")
    if row["members"] not in ("", row["event_id"]):
        net = f" (net {row['net_stance']})" if row["net_stance"] else ""
        lines.append(f"News of the same session, one market event: {row['members'].replace(';', ', ')}{net}.")
    if reason:
        status = {"excluded": "Not used", "set-aside": "In no mean"}.get(row["status"], "Beware")
        lines.append(f"{status}: {reason}.")
    return "\n  ".join(lines)


def _local(instant: Any, zone: str) -> str:
    local = pd.Timestamp(instant).tz_localize("UTC").tz_convert(zone)
    city = zone.rsplit("/", 1)[-1].replace("_", " ")
    return f"{local:%A} {local.day} {local:%B %H:%M} {city}{'' if city == 'UTC' else ' time'}"


# --- the method in names, formulas and papers, read off the docstrings of the very functions that were run ----------


def methods(result: StudyResult) -> list[tuple[str, str, str, str, str]]:
    """Return what a study computed: name in the tables, what it is, formula, what it is good for, and its paper."""
    design = result.design
    single = f"{WORDS['p-of-one']} {WORDS['caution']}"
    run: list[tuple[str, Callable[..., Any], str, str]] = [
        (design.model.name, type(design.model), "", ""),
        (f"scale {design.scale}", SCALES[design.scale], "z = CAR / (σ √n), the unit of every p", ""),
        ("p of one event", single_placebos, "how ordinary a move is for a market this nervous", single),
        ("p of a mean", mean_placebos, "how ordinary a mean is", ""),
        ("family p", stepped_p, "all markets at once", WORDS["family-p"]),
    ]
    if result.contrast:
        run.append((f"p of {design.contrast}", raise_fold_permutation, "two labels against one another", ""))
    run += [(name, test.function, test.good_for, "") for name, test in TESTS.items() if name in design.tests]
    found = []
    for name, source, good_for, formula in run:
        text = inspect.getdoc(source) or ""
        _, *pieces = _HEADING.split(text)
        parts = {
            key: " ".join(said.replace("`", "").split()) for key, said in zip(pieces[::2], pieces[1::2], strict=True)
        }
        what = " ".join(text.split("\n\n", maxsplit=1)[0].split())
        use = f"For {good_for}." if good_for else ""
        found.append((name, what, formula or parts.get("Notes", ""), use, parts.get("References", "")))
    return found
