"""Cells that are loud enough become proposed events, with what speaks for them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from eventstudy.errors import DesignError
from eventstudy.events.gdelt.cameo import read_cameo
from eventstudy.events.gdelt.tally import Cell, Key, Tally, heaviest

#: Mentions that make a cell an event, unless told otherwise.
SALIENCE = 100

#: Web sites and acts that are named.
_NAMED = 5


@dataclass(frozen=True)
class GdeltEvents:
    """What event files tell: proposed events, and the cells that were too quiet.

    Parameters
    ----------
    events : tuple of dict
        Rows of the event schema in order of time, with ``confidence``, ``evidence`` and the cell's counts.
    quiet : tuple of dict
        Cells left out: ``time, actor, target, stance, rows, mentions, reason``.
    """

    events: tuple[dict[str, Any], ...]
    quiet: tuple[dict[str, Any], ...]


def gdelt_events(tally: Tally, *, salience: int = SALIENCE, per_day: int | None = None) -> GdeltEvents:
    """Turn a tally into proposed events.

    Parameters
    ----------
    tally : Tally
        What `read_gdelt` counted.
    salience : int
        Fewest mentions of a cell, all its rows together.
    per_day : int, optional
        At most so many events of one day, those with the most mentions.

    Returns
    -------
    GdeltEvents
        One event a cell. ``published_at`` is the time at which the rows added so far had `salience` mentions, and not
        when the first was added: nobody could know before that it would be loud. ``intensity`` is the mean Goldstein
        score of the rows, ``confidence`` the cell's share of what the actor did to the target that day, by mentions.

    Raises
    ------
    DesignError
        If a threshold is not positive.
    """
    if salience < 1 or (per_day is not None and per_day < 1):
        raise DesignError("a salience threshold is a number of mentions or events from 1 on")
    said: dict[tuple[str, str, str], int] = defaultdict(int)
    by_day: dict[str, list[Key]] = defaultdict(list)
    quiet = []
    for key, cell in sorted(tally.cells.items()):
        said[key[:3]] += cell.mentions
        if cell.mentions >= salience:
            by_day[key[0]].append(key)
        else:
            quiet.append(_quiet(key, cell, f"fewer than {salience} mentions"))
    events = []
    for keys in by_day.values():
        loudest = sorted(keys, key=lambda key: (-tally.cells[key].mentions, key))
        kept = set(loudest[:per_day])
        quiet += [_quiet(key, tally.cells[key], f"not among the {per_day} loudest of its day") for key in keys
                  if key not in kept]  # fmt: skip
        events += [_event(key, tally.cells[key], said[key[:3]], salience) for key in keys if key in kept]
    return GdeltEvents(tuple(events), tuple(quiet))


def _quiet(key: Key, cell: Cell, reason: str) -> dict[str, Any]:
    day, actor, target, stance = key
    return {"time": day, "actor": actor, "target": target, "stance": stance, "rows": cell.rows,
            "mentions": cell.mentions, "reason": reason}  # fmt: skip


def _event(key: Key, cell: Cell, said: int, salience: int) -> dict[str, Any]:
    day, actor, target, stance = key
    acts = heaviest(cell.acts)[:_NAMED]
    sites = heaviest(cell.sources)[:_NAMED]
    goldstein = round(cell.goldstein / cell.n_goldstein, 3) if cell.n_goldstein else None
    tone = round(cell.tone / cell.n_tone, 3) if cell.n_tone else None
    table = read_cameo().acts
    return {
        "id": "-".join(filter(None, ("gdelt", day, actor.lower(), target.lower(), stance))),
        "time": day,
        "time_zone": "",
        "precision": "day",
        "published_at": cell.known_from(salience),
        "headline": f"{actor or '?'} to {target or '?'}: {table[acts[0][0]].name} ({cell.mentions:,} mentions)",
        "actor": actor,
        "target": target,
        "stance": stance,
        "kind": _kind(cell),
        "intensity": "" if goldstein is None else goldstein,
        "phase": "",
        "series": "",
        "status": "proposed",
        "source": "; ".join(["GDELT", *(site for site, _ in sites)]),
        "url": cell.url,
        "note": f"{cell.rows:,} rows, {cell.articles:,} articles; mean tone {'unknown' if tone is None else tone}",
        "confidence": round(cell.mentions / said, 3) if said else 0.0,
        "evidence": [{"code": code, "act": table[code].name, "mentions": mentions} for code, mentions in acts],
        "rows": cell.rows,
        "mentions": cell.mentions,
        "articles": cell.articles,
        "goldstein": goldstein,
        "tone": tone,
        "sources": "; ".join(f"{site} {mentions}" for site, mentions in sites),
        "first_added": min(cell.added, default=""),
        "last_added": max(cell.added, default=""),
    }


def _kind(cell: Cell) -> str:
    kinds: dict[str, int] = defaultdict(int)
    for code, mentions in cell.acts.items():
        kinds[read_cameo().acts[code].kind] += mentions
    return heaviest(kinds)[0][0]
