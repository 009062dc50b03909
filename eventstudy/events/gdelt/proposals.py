"""What GDELT rows add up to, a cell a day, actor, target and stance; loud cells become proposed events."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from eventstudy.errors import DesignError, InputError
from eventstudy.events.gdelt.filters import read_cameo

#: Mentions that make a cell an event, unless told otherwise.
SALIENCE = 100

#: Web sites and acts that are named.
_NAMED = 5

#: Sources remembered by a cell: beyond twice as many, the lighter half is forgotten.
SOURCES = 16

#: Entries (cells, times and sources together) a tally may have, about 130 bytes each.
MOST_ENTRIES = 100_000

Key = tuple[str, str, str, str]  # day, actor, target, stance


@dataclass(slots=True)
class Cell:
    """Rows of one day, actor, target and stance, counted.

    Parameters
    ----------
    rows, mentions, articles : int
        Rows; their mentions and articles together.
    goldstein, tone : float
        Sums over the rows that have one.
    n_goldstein, n_tone : int
        How many those are.
    acts : dict of str to int
        Mentions by code in ``cameo.toml``.
    added : dict of str to int
        Mentions by the time at which their row was added.
    sources : dict of str to int
        Mentions by web site, the heaviest.
    url : str
        Article of the row with the most mentions.
    top : int
        Mentions of that row.
    """

    rows: int = 0
    mentions: int = 0
    articles: int = 0
    goldstein: float = 0.0
    n_goldstein: int = 0
    tone: float = 0.0
    n_tone: int = 0
    acts: dict[str, int] = field(default_factory=dict)
    added: dict[str, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    url: str = ""
    top: int = 0

    @property
    def size(self) -> int:
        """Entries it takes: four for itself, one for every act, time and source; none while it is empty."""
        return 4 + len(self.acts) + len(self.added) + len(self.sources) if self.rows else 0

    def see_source(self, site: str, mentions: int) -> None:
        """Count a web site."""
        self.sources[site] = self.sources.get(site, 0) + mentions
        if len(self.sources) > 2 * SOURCES:
            self.sources = dict(heaviest(self.sources)[:SOURCES])

    def known_from(self, salience: int) -> str:
        """Return the time at which the rows added so far had `salience` mentions; '' where no row has a time."""
        total, when = 0, ""
        for when, mentions in sorted(self.added.items()):  # noqa: B007  # the last one where it is never reached
            total += mentions
            if total >= salience:
                break
        return when

    def join(self, other: Cell) -> None:
        """Add the rows of another cell."""
        for name in ("rows", "mentions", "articles", "goldstein", "n_goldstein", "tone", "n_tone"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for mine, theirs in ((self.acts, other.acts), (self.added, other.added)):
            for key, mentions in theirs.items():
                mine[key] = mine.get(key, 0) + mentions
        for site, mentions in other.sources.items():
            self.see_source(site, mentions)
        if other.top > self.top:
            self.url, self.top = other.url, other.top


def heaviest(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Return counts, the heaviest first, equal ones by name."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


@dataclass(slots=True)
class Tally:
    """What one or several files add up to.

    Parameters
    ----------
    cells : dict
        By day, actor, target and stance.
    rows : int
        Rows there are.
    looked_at : int
        Rows whose bytes may match, so that they were read.
    used : int
        Rows that matched all filters.
    late : int
        Rows that matched, but were added too long after their day.
    broken : Counter of str
        Rows that were read and could not be understood, by reason.
    files : int
        Files read.
    notes : list of str
        What a careful reader should know of the files.
    entries : int
        Cells, times and sources together.
    most : int
        How many entries there may be.
    """

    cells: dict[Key, Cell] = field(default_factory=dict)
    rows: int = 0
    looked_at: int = 0
    used: int = 0
    late: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    files: int = 0
    notes: list[str] = field(default_factory=list)
    entries: int = 0
    most: int = MOST_ENTRIES

    def cell(self, key: Key) -> Cell:
        """Return the cell of a key, made if it is new."""
        found = self.cells.get(key)
        if found is None:
            found = self.cells[key] = Cell()
        return found

    def grow(self, n: int) -> None:
        """Count new entries; too many are an error, for memory is bounded."""
        self.entries += n
        if self.entries > self.most:
            raise InputError(
                f"the filters let through too much: {len(self.cells):,} days x pairs x stances; "
                "narrow them, e.g. --pair RUS:USA, --root 13, --mentions 10"
            )

    def join(self, other: Tally) -> None:
        """Add another tally, e.g. of another file."""
        for name in ("rows", "looked_at", "used", "late", "files"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.broken.update(other.broken)
        self.notes += other.notes
        for key, cell in other.cells.items():
            self.cell(key).join(cell)
        self.grow(other.entries)


class GdeltEvents(NamedTuple):
    """Proposed events in order of time with their evidence and counts, and the cells left out with the reason."""

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
