"""The atlas: every bundled event and what each headline market of its case did, as a table and as a site of pages."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.cases import Case, case_events, case_names, load_case, similar_events
from eventstudy.errors import NothingUsableError, require_known
from eventstudy.files import write_files
from eventstudy.markets.instrument import find_instrument, read_catalogue
from eventstudy.reading import read_record
from eventstudy.report.pages import render
from eventstudy.report.tables import WORDS, table
from eventstudy.study.answer import RARE
from eventstudy.tasks import Progress, steps
from eventstudy.wording import Cell, counted

#: The windows of the atlas: the event session, and that with the next.
WINDOWS = ("0:0", "0:1")

#: What the shipped file holds of a pair and a window; what is said of the event is in the event files.
FIGURES = ("move", "car", "z", "p_value", "days", "family_p", "family_days")
COLUMNS = ("case", "event_id", "series", "window", "session", "unit", *FIGURES, "status", "note")
_OF_EVENT = ("headline", "actor", "target", "kind", "stance")

#: Sessions to either side in the picture of a page, and its size; how many similar events a page names.
_AROUND, _WIDE, _HIGH, _LIKE = 20, 560, 150, 5


def cases() -> tuple[str, ...]:
    """Return the cases of the atlas: those that are not put together from others or a part of one."""
    rows = read_catalogue()["cases"]
    return tuple(name for name in case_names() if isinstance(rows[name]["events"], str) and "span" not in rows[name])


def read_atlas(
    case: str | None = None,
    kind: str | Sequence[str] | None = None,
    actor: str | Sequence[str] | None = None,
    series: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return the atlas that comes with the package, or a part of it, a row an event, market and window.

    Columns are `COLUMNS`, and of the event its day, headline, actor, target, kind and stance. The figures, with six
    digits, are those of the study's `car` table, of one study a case; the family of ``family_p`` are the headline
    markets of the case. A pair that could not be used has no figures, and ``note`` says why.
    """
    content = json.loads(files("eventstudy.datasets").joinpath("atlas.json").read_bytes())
    rows = pd.DataFrame(content["rows"], columns=content["columns"])
    atlas = with_events(rows.astype(dict.fromkeys(FIGURES, float)))
    markets, kept = sorted(set(atlas["series"])), pd.Series(data=True, index=atlas.index)
    if case is not None:
        kept &= atlas["event_id"].isin(set(case_events(require_known(case, case_names(), "case"))["id"]))
    for name, asked in (("kind", kind), ("actor", actor)):
        if asked is not None:
            cells = atlas[name].str.split(";")
            known = {word.casefold(): word for word in sorted(set(cells.explode()))}
            words = [asked] if isinstance(asked, str) else asked
            wanted = {require_known(known.get(word.casefold(), word), known.values(), name) for word in words}
            kept &= ~cells.map(wanted.isdisjoint)
    if series is not None:
        named = [find_instrument(name).name for name in ([series] if isinstance(series, str) else series)]
        kept &= atlas["series"].isin([require_known(name, markets, "market of the atlas") for name in named])
    if not kept.any():
        raise NothingUsableError("no bundled event is of all that was asked for; leave one of the conditions out")
    return atlas[kept].reset_index(drop=True)


def with_events(atlas: pd.DataFrame) -> pd.DataFrame:
    """Add the event's own columns to each row of the atlas, in the order of time."""
    events = pd.concat([case_events(name) for name in cases()], ignore_index=True)
    events = events.assign(day=events["time"].str[:10]).rename(columns={"id": "event_id"})
    joined = atlas.merge(events[["event_id", "day", *_OF_EVENT]], on="event_id", how="left", validate="many_to_one")
    order = [*COLUMNS[:2], "day", *_OF_EVENT, *COLUMNS[2:]]
    return joined.sort_values(["day", "event_id"], kind="stable")[order].reset_index(drop=True)


def finding(atlas: pd.DataFrame, window: str = "0:0") -> str:
    """Say in a sentence how many of the moves were out of the ordinary, beside how many chance alone would make so."""
    rows = atlas[(atlas["window"] == window) & atlas["p_value"].notna()]
    if rows.empty:
        return "No event of these has an answer."
    share, family = (float((rows[column] <= RARE).mean()) for column in ("p_value", "family_p"))
    shares = {"rare": RARE, "share": 100 * share, "family": 100 * family, "chance": 100 * RARE}
    events = counted(rows["event_id"].nunique(), "event")
    return str(WORDS["atlas"].format(events=events, n=len(rows), window=window, **shares))


# --- the site ------------------------------------------------------------------------------------------------------


def write_site(folder: Path, atlas: pd.DataFrame, progress: Progress | None = None) -> list[Path]:
    """Write the atlas as pages that load nothing: an index that can be searched and sorted, and a page an event."""
    of_cases = {name: load_case(name) for name in dict.fromkeys(atlas["case"])}
    events = pd.concat([case.events for case in of_cases.values()]).fillna("").set_index("id", drop=False)
    groups = {str(event): rows for event, rows in atlas.groupby("event_id", sort=False)}
    readings = {event: reading.sentence for event, reading in read_record(groups).items()}
    record, scripts = case_events("all"), ("report.js", "atlas.js")  # a part of the atlas is compared with all of it
    index = []
    for event, every in groups.items():  # how many markets moved, and which did so least like an ordinary day
        of = every[(every["window"] == WINDOWS[0]) & every["p_value"].notna()].sort_values("p_value", kind="stable")
        row = (of if len(of) else every.assign(move=math.nan, p_value=math.nan)).iloc[0]
        n_rare = int((of["family_p"] <= RARE).sum())
        index.append(row.to_dict() | {
            "event": Cell(row["headline"], row["headline"], link=f"events/{event}.html"),
            "actor": Cell(row["actor"].replace(";", ", "), row["actor"]),
            "moved": Cell(f"{n_rare} of {len(of)}", float(n_rare)),
            "market": Cell(find_instrument(row["series"]).label, row["series"]) if len(of) else Cell(""),
        })  # fmt: skip
    title, found, first = "Atlas: what markets did", finding(atlas), table("atlas", index)
    page = render("atlas.html.j2", title=title, finding=found, table=first, scripts=scripts)
    pages = {"index.html": page.encode()}
    for event, rows in steps(list(groups.items()), progress):
        case, when = of_cases[str(rows["case"].iloc[0])], date.fromisoformat(str(rows["day"].iloc[0]))
        records = rows.assign(market=[find_instrument(name).label for name in rows["series"]]).to_dict("records")
        page = render(
            "event.html.j2",
            title=events.loc[event]["headline"],
            event=events.loc[event],
            day=f"{when:%A}, {when.day} {when:%B %Y}",
            case=case,
            table=table("atlas-event", records),
            reading=readings.get(event, ""),
            picture=_picture(case, rows.sort_values("p_value", kind="stable").iloc[0]),
            like=similar_events(record, events.loc[event], _LIKE).to_dict("records"),
            pages=groups.keys(),
        )
        pages[f"events/{event}.html"] = page.encode()
    return write_files(folder, pages)


def _picture(case: Case, row: pd.Series) -> dict[str, Any]:
    """Return where a picture has a market's prices, the events and the event session; nothing of too few prices."""
    prices, session = case.prices[row["series"]].dropna(), pd.Timestamp(row["session"] or row["day"])
    at = int(prices.index.searchsorted(session))
    first = max(at - _AROUND, 0)
    window = prices.iloc[first : at + _AROUND + 1]
    if len(window) < 3:  # noqa: PLR2004  # no line
        return {}
    low, high, step = float(window.min()), float(window.max()), _WIDE / (len(window) - 1)
    unit, days = (_HIGH - 30) / ((high - low) or 1.0), pd.DatetimeIndex(case.events["time"].str[:10])
    points = " ".join(f"{k * step:.1f},{10 + (high - v) * unit:.1f}" for k, v in enumerate(window.to_numpy()))
    near = np.unique(window.index.searchsorted(days[(days >= window.index[0]) & (days <= window.index[-1])]))
    ticks = [f"{k * step:.1f}" for k in near if k < len(window)]
    instrument, span = find_instrument(str(row["series"])), f"{window.index[0]:%Y-%m-%d} to {window.index[-1]:%Y-%m-%d}"
    words = f"{instrument.label}, {instrument.quote}, {span}; between {low:g} and {high:g}"
    upright = f"{(at - first) * step:.1f}"
    return {"words": words, "points": points, "ticks": ticks, "event": upright, "wide": _WIDE, "high": _HIGH}
