"""GDELT: which rows of its event files are wanted, what they add up to, and which of that is an event."""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any, NamedTuple

from eventstudy.errors import DesignError, InputError, require_known

# --- what the codes say, and which are wanted ------------------------------------------------------------------------

#: Searching a block for more codes than this takes longer than looking at every row.
_MOST_LEADS = 3


class Act(NamedTuple):
    """What a CAMEO code means: as it stands in the table (``13``, ``036``), in words, stance and kind of the schema."""

    code: str
    name: str
    stance: str
    kind: str


class Cameo(NamedTuple):
    """The table: root classes, exceptions, groups, each as it stands in ``cameo.toml``."""

    acts: Mapping[str, Act]
    quads: Mapping[str, int]
    groups: Mapping[str, str]

    def act(self, code: str) -> Act | None:
        """Return what a code means, by its longest beginning in the table; None for no CAMEO code.

        Examples
        --------
        >>> table = read_cameo()
        >>> [table.act(code).code for code in ("0871", "1621", "0361")]
        ['087', '16', '036']
        >>> table.act("99") is None
        True
        """
        return next((self.acts[code[:n]] for n in range(len(code), 1, -1) if code[:n] in self.acts), None)


@cache
def read_cameo() -> Cameo:
    """Return the table that comes with the library."""
    raw = tomllib.loads(files("eventstudy.events").joinpath("cameo.toml").read_text(encoding="utf-8"))
    acts = {
        code: Act(code, **{k: row[k] for k in Act._fields[1:]}) for code, row in (raw["roots"] | raw["codes"]).items()
    }
    return Cameo(acts, {code: row["quad"] for code, row in raw["roots"].items()}, raw["groups"])


@dataclass(frozen=True)
class Filters:
    """Which rows are wanted; what is left empty does not matter. Its `repr` recreates it.

    Parameters
    ----------
    actors, targets : frozenset of str
        Who acts (GDELT's Actor1) and on whom (Actor2): CAMEO country codes, or ``NATO``, ``EU``, ``UN``.
    pairs : frozenset of (str, str)
        Pairs of codes, whoever of the two acts.
    roots : frozenset of str
        CAMEO root classes, ``01`` .. ``20``.
    quads : frozenset of int
        Quad classes, 1 .. 4.
    goldstein : tuple of float
        Lowest and highest Goldstein score.
    mentions : int
        Fewest mentions of a row.
    places : frozenset of str
        FIPS codes of the countries where it happened, e.g. ``RS`` for Russia.
    first, last : date or None
        First and last day.
    latest : int
        A row added more than so many days after its day retells something old and is left out.
    one_sided : bool
        Also take rows that name only one of the two, or the same twice.

    Raises
    ------
    DesignError, UnknownNameError
        If a code cannot be one, or a range is empty.

    Examples
    --------
    >>> make_filters(pairs=["rus:usa"], roots=["13"]).pairs
    frozenset({('RUS', 'USA')})
    """

    actors: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    pairs: frozenset[tuple[str, str]] = frozenset()
    roots: frozenset[str] = frozenset()
    quads: frozenset[int] = frozenset()
    goldstein: tuple[float, float] = (-10.0, 10.0)
    mentions: int = 0
    places: frozenset[str] = frozenset()
    first: date | None = None
    last: date | None = None
    latest: int = 7
    one_sided: bool = False

    def __post_init__(self) -> None:
        for code in (*self.actors, *self.targets, *chain(*self.pairs)):
            if not re.fullmatch("[A-Z]{2,5}", code):
                raise DesignError(f"'{code}' is no actor; write a CAMEO country code such as RUS, or NATO, EU, UN")
        for root in self.roots:
            require_known(root, read_cameo().quads, "CAMEO root class")
        for quad in self.quads:
            require_known(str(quad), ("1", "2", "3", "4"), "quad class")
        for place in self.places:
            if not re.fullmatch("[A-Z]{2}", place):
                raise DesignError(f"'{place}' is no place; write a FIPS country code such as RS for Russia")
        if self.goldstein[0] > self.goldstein[1]:
            raise DesignError("the Goldstein range is empty: {:g} .. {:g}".format(*self.goldstein))
        if self.first and self.last and self.first > self.last:
            raise DesignError(f"the range of days is empty: {self.first} .. {self.last}")

    @property
    def narrowed(self) -> bool:
        """Whether Goldstein scores matter."""
        return self.goldstein != (-10.0, 10.0)

    def wants_pair(self, actor: str, target: str) -> bool:
        """Whether rows of an actor acting on a target are wanted."""
        return (
            (self.one_sided or bool(actor and target and actor != target))
            and (not self.actors or actor in self.actors)
            and (not self.targets or target in self.targets)
            and (not self.pairs or (actor, target) in self.pairs or (target, actor) in self.pairs)
        )

    def leads(self) -> tuple[bytes, ...]:
        r"""Return bytes of which every wanted row has at least one; none where every row must be looked at.

        Examples
        --------
        >>> make_filters(pairs=["RUS:USA", "NATO:RUS"]).leads()
        (b'\tRUS\t',)
        >>> make_filters(quads=[4]).leads()
        ()
        """
        groups = {name: code for code, name in read_cameo().groups.items()}
        of_pairs, left = set[str](), set(self.pairs)
        while left:  # the fewest codes of which every pair has one: again and again the one in most pairs
            most = max(sorted(chain(*left)), key=[*chain(*left)].count)
            of_pairs.add(most)
            left = {pair for pair in left if most not in pair}
        choices = [
            {groups.get(code, code) for code in codes} for codes in (self.actors, self.targets, of_pairs) if codes
        ]
        fewest = min([*choices, *[set(self.places)] * bool(self.places)], key=len, default=set())
        return tuple(f"\t{code}\t".encode() for code in sorted(fewest)) if len(fewest) <= _MOST_LEADS else ()


def make_filters(**words: Any) -> Filters:
    """Return the filters meant by words.

    Parameters
    ----------
    **words
        The fields of `Filters`: codes in any case, a pair as ``RUS:USA``, a Goldstein range as ``-10:-4`` of which one
        end may be empty, days as ``2022-01-27``.

    Returns
    -------
    Filters
        The filters.

    Raises
    ------
    DesignError, UnknownNameError
        If a word cannot be understood.
    """
    for name in {"actors", "targets", "places"} & set(words):
        words[name] = frozenset(word.upper() for word in words[name])
    pairs = {text: text.upper().partition(":") for text in words.get("pairs", ())}
    if wrong := [text for text, (one, _, other) in pairs.items() if not (one and other)]:
        raise DesignError(f"'{wrong[0]}' is no pair of actors; write RUS:USA")
    for name in ("first", "last"):
        try:
            words[name] = date.fromisoformat(words[name]) if isinstance(words.get(name), str) else words.get(name)
        except ValueError:
            raise DesignError(f"'{words[name]}' is no day; write 2022-01-27") from None
    text = words.get("goldstein") or ":"
    low, colon, high = text.partition(":")
    try:
        ends = float(low or -10), float(high or 10)
    except ValueError:
        ends = (1.0, -1.0)
    if not colon or not -10 <= ends[0] <= ends[1] <= 10:  # noqa: PLR2004  # the Goldstein scale ends there
        raise DesignError(f"'{text}' is no Goldstein range; write -10:-4, within -10 .. 10")
    return Filters(
        **words
        | {
            "pairs": frozenset((one, other) for one, _, other in pairs.values()),
            "roots": frozenset(root.zfill(2) for root in words.get("roots", ())),
            "quads": frozenset(words.get("quads", ())),
            "goldstein": ends,
        }
    )


# --- what the wanted rows add up to ----------------------------------------------------------------------------------

#: Sources remembered by a cell: beyond twice as many, the lighter half is forgotten.
SOURCES = 16

#: Entries (cells, times and sources together) a tally may have, about 130 bytes each.
MOST_ENTRIES = 100_000

Key = tuple[str, str, str, str]  # day, actor, target, stance


def heaviest(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Return counts, the heaviest first, equal ones by name."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


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

    def join(self, other: Cell) -> int:
        """Add the rows of another cell, and return by how many entries this one has grown."""
        size = 4 + len(self.acts) + len(self.added) + len(self.sources) if self.rows else 0
        self.rows += other.rows
        self.mentions += other.mentions
        self.articles += other.articles
        self.goldstein += other.goldstein
        self.n_goldstein += other.n_goldstein
        self.tone += other.tone
        self.n_tone += other.n_tone
        for mine, theirs in ((self.acts, other.acts), (self.added, other.added), (self.sources, other.sources)):
            for key, mentions in theirs.items():
                mine[key] = mine.get(key, 0) + mentions
        if len(self.sources) > 2 * SOURCES:
            self.sources = dict(heaviest(self.sources)[:SOURCES])
        if other.top > self.top:
            self.url, self.top = other.url, other.top
        return 4 + len(self.acts) + len(self.added) + len(self.sources) - size


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

    cells: defaultdict[Key, Cell] = field(default_factory=lambda: defaultdict(Cell))
    rows: int = 0
    looked_at: int = 0
    used: int = 0
    late: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    files: int = 0
    notes: list[str] = field(default_factory=list)
    entries: int = 0
    most: int = MOST_ENTRIES

    def add(self, key: Key, cell: Cell) -> None:
        """Add rows to the cell of a key; too many cells are an error, for memory is bounded."""
        self.entries += self.cells[key].join(cell)
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
            self.add(key, cell)


# --- events ----------------------------------------------------------------------------------------------------------

#: Web sites and acts that are named.
_NAMED = 5


class GdeltEvents(NamedTuple):
    """Proposed events in order of time with their evidence and counts, and the cells left out with the reason."""

    events: tuple[dict[str, Any], ...]
    quiet: tuple[dict[str, Any], ...]


def gdelt_events(tally: Tally, *, salience: int = 100, per_day: int | None = None) -> GdeltEvents:
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
    events, too_few, too_many = [], [], []
    for key, cell in sorted(tally.cells.items()):
        said[key[:3]] += cell.mentions
        by_day[key[0]].append(key)
    for keys in by_day.values():
        loudest = sorted(keys, key=lambda key: (-tally.cells[key].mentions, key))[:per_day]
        for key in keys:
            cell, names = tally.cells[key], dict(zip(("time", "actor", "target", "stance"), key, strict=True))
            quiet = {**names, "rows": cell.rows, "mentions": cell.mentions}
            if cell.mentions < salience:
                too_few.append(quiet | {"reason": f"fewer than {salience} mentions"})
            elif key not in loudest:
                too_many.append(quiet | {"reason": f"not among the {per_day} loudest of its day"})
            else:
                events.append(_event(key, cell, said[key[:3]], salience))
    return GdeltEvents(tuple(events), (*too_few, *too_many))


def _event(key: Key, cell: Cell, said: int, salience: int) -> dict[str, Any]:
    from eventstudy.events.schema import proposal

    day, actor, target, stance = key
    table, acts, sites = read_cameo().acts, heaviest(cell.acts)[:_NAMED], heaviest(cell.sources)[:_NAMED]
    goldstein = round(cell.goldstein / cell.n_goldstein, 3) if cell.n_goldstein else None
    tone = round(cell.tone / cell.n_tone, 3) if cell.n_tone else None
    kinds: Counter[str] = Counter()
    for code, mentions in cell.acts.items():
        kinds[table[code].kind] += mentions
    total, published = 0, ""
    for published, mentions in sorted(cell.added.items()):  # noqa: B007  # the last one where it is never reached
        total += mentions
        if total >= salience:
            break
    return proposal(
        id="-".join(filter(None, ("gdelt", day, actor.lower(), target.lower(), stance))),
        time=day,
        precision="day",
        published_at=published,
        headline=f"{actor or '?'} to {target or '?'}: {table[acts[0][0]].name} ({cell.mentions:,} mentions)",
        actor=actor,
        target=target,
        stance=stance,
        kind=heaviest(kinds)[0][0],
        intensity="" if goldstein is None else goldstein,
        source="; ".join(["GDELT", *(site for site, _ in sites)]),
        url=cell.url,
        note=f"{cell.rows:,} rows, {cell.articles:,} articles; mean tone {'unknown' if tone is None else tone}",
        confidence=round(cell.mentions / said, 3) if said else 0.0,
        evidence=[{"code": code, "act": table[code].name, "mentions": mentions} for code, mentions in acts],
        rows=cell.rows,
        mentions=cell.mentions,
        articles=cell.articles,
        goldstein=goldstein,
        tone=tone,
        sources="; ".join(f"{site} {mentions}" for site, mentions in sites),
        first_added=min(cell.added, default=""),
        last_added=max(cell.added, default=""),
    )
