"""What the rows of event files add up to: a cell for every day, actor, target and stance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from eventstudy.errors import InputError

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
        for key, cell in other.cells.items():
            self.cell(key).join(cell)
        self.grow(other.entries)
