"""One event file, row by row: most rows are passed over as bytes, the others are read and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import lru_cache
from io import BytesIO
from math import isfinite
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from eventstudy.errors import InputError
from eventstudy.events.gdelt import layout as at
from eventstudy.events.gdelt.blocks import read_blocks
from eventstudy.events.gdelt.cameo import Act, read_cameo
from eventstudy.events.gdelt.filters import Filters
from eventstudy.events.gdelt.layout import LAYOUTS, NEWLINE, TAB, Layout
from eventstudy.events.gdelt.tally import Cell, Tally

#: Splitting this far gives both actors, and the rest of the row as one piece.
_ACTORS_END = at.ACTOR2_GROUP + 1
_actors = itemgetter(at.ACTOR1_COUNTRY, at.ACTOR1_GROUP, at.ACTOR2_COUNTRY, at.ACTOR2_GROUP)

_SECOND = len("20220127143000")


def scan_file(path: str | Path, filters: Filters, on_bytes: Callable[[int], None] | None = None) -> Tally:
    """Count the wanted rows of an event file.

    Parameters
    ----------
    path : str or Path
        A GDELT event file of version 1 or 2, plain or zipped.
    filters : Filters
        Which rows are wanted.
    on_bytes : callable, optional
        Told now and then how many bytes of the file have been read.

    Returns
    -------
    Tally
        Counts by day, actor, target and stance. Nothing is kept of a row but what it adds to them.

    Raises
    ------
    DataMissingError, InputError
        See `read_blocks`; also if the file's first rows are no GDELT events, or too much is let through.

    Notes
    -----
    A row that lacks the bytes of every code asked for is passed over before it is split; whether it is whole is not
    looked at. Broken rows are counted among the others.
    """
    path = Path(path)
    tally = Tally(files=1)
    found: Layout | None = None
    leads, pair_of = filters.leads(), _wanted_pairs(filters)
    for block in read_blocks(path, on_bytes):
        found = found or _layout_of(block, path)
        tally.rows += _n_lines(block)
        for line in _candidates(block, leads):
            tally.looked_at += 1
            head = line.split(TAB, _ACTORS_END)
            if len(head) <= _ACTORS_END:
                tally.broken[f"not {found.n_columns} columns"] += 1
                continue
            pair = pair_of(*_actors(head))
            if pair:
                head[_ACTORS_END:] = head[_ACTORS_END].split(TAB)
                _count(tally, head, *pair, found, filters)
    return tally


def _wanted_pairs(filters: Filters) -> Callable[..., tuple[str, str] | None]:
    """Return a look-up from the columns that name the actors to the two names; None where they are not wanted."""
    groups = {code.encode(): name for code, name in read_cameo().groups.items()}

    @lru_cache(maxsize=4096)
    def pair_of(country1: bytes, group1: bytes, country2: bytes, group2: bytes) -> tuple[str, str] | None:
        actor = groups.get(group1) or country1.decode("ascii", "replace")
        target = groups.get(group2) or country2.decode("ascii", "replace")
        return (actor, target) if filters.wants_pair(actor, target) else None

    return pair_of


def _n_lines(block: bytes) -> int:
    """Return how many lines a block has; finding their ends takes a quarter of the time of counting them."""
    return len(BytesIO(block).readlines())


def _candidates(block: bytes, leads: tuple[bytes, ...]) -> Iterator[bytes]:
    """Return the lines of a block that have one of the leads, in order; every line where there are none."""
    if not leads:
        yield from block[:-1].split(NEWLINE)
        return
    spans: dict[int, int] = {}
    for lead in leads:
        hit = block.find(lead)
        while hit >= 0:
            end = block.find(NEWLINE, hit)
            spans[block.rfind(NEWLINE, 0, hit) + 1] = end
            hit = block.find(lead, end)
    ordered = spans.items() if len(leads) == 1 else sorted(spans.items())
    for start, end in ordered:
        yield block[start:end]


def _layout_of(block: bytes, path: Path, first: int = 50) -> Layout:
    """Return the layout of the first row that has one."""
    for line in block.split(NEWLINE, first)[:first]:
        if line.count(TAB) + 1 in LAYOUTS:
            return LAYOUTS[line.count(TAB) + 1]
    columns = block.split(NEWLINE, 1)[0].count(TAB) + 1
    raise InputError(
        f"{path.name} is no GDELT event file: its first row has {columns} columns, tab-separated; "
        "version 1 has 57 or 58, version 2 has 61"
    )


class _BrokenRowError(Exception):
    """A row that cannot be understood; its text is the reason."""


class _Row(NamedTuple):
    """What is kept of a row: the act, its day, when it was added and as the schema writes that, scores, counts."""

    act: Act
    day: date
    added: tuple[date, str] | None
    goldstein: float | None
    tone: float | None
    mentions: int
    articles: int


def _count(tally: Tally, cells: list[bytes], actor: str, target: str, found: Layout, filters: Filters) -> None:
    """Add a row to its cell if it passes the filters, else count why not."""
    try:
        row = _read(cells, found)
    except _BrokenRowError as broken:
        tally.broken[str(broken)] += 1
        return
    if not _passes(cells, row, found, filters):
        return
    if row.added and (row.added[0] - row.day).days > filters.latest:
        tally.late += 1
        return
    tally.used += 1
    cell = tally.cell((row.day.isoformat(), actor, target, row.act.stance))
    before = cell.size
    _add(cell, row, cells[found.url] if found.url is not None else b"")
    tally.grow(cell.size - before)


def _read(cells: list[bytes], found: Layout) -> _Row:
    if len(cells) != found.n_columns:
        raise _BrokenRowError(f"not {found.n_columns} columns")
    day, added = _day(cells[at.DAY]), _added(cells[found.added].strip())
    if added and added[0] < day:
        raise _BrokenRowError("added before its day")
    try:
        goldstein, tone = _score(cells[at.GOLDSTEIN]), _score(cells[at.TONE])
        mentions, articles = int(cells[at.MENTIONS]), int(cells[at.ARTICLES])
    except ValueError:
        raise _BrokenRowError("no number") from None
    if mentions < 0 or articles < 0:
        raise _BrokenRowError("no number")
    return _Row(_act(cells[at.EVENT_CODE]), day, added, goldstein, tone, mentions, articles)


def _score(text: bytes) -> float | None:
    """Return a score, None where it is empty."""
    if not text:
        return None
    score = float(text)
    if not isfinite(score):
        raise _BrokenRowError("no number")
    return score


def _passes(cells: list[bytes], row: _Row, found: Layout, filters: Filters) -> bool:
    low, high = filters.goldstein
    narrowed = (low, high) != (-10.0, 10.0)
    return (
        (filters.first is None or row.day >= filters.first)
        and (filters.last is None or row.day <= filters.last)
        and row.mentions >= filters.mentions
        and (not filters.roots or cells[at.ROOT_CODE].decode("ascii", "replace") in filters.roots)
        and (not filters.quads or cells[at.QUAD_CLASS] in {b"%d" % quad for quad in filters.quads})
        and (not filters.places or cells[found.action_country].decode("ascii", "replace") in filters.places)
        and (not narrowed or (row.goldstein is not None and low <= row.goldstein <= high))
    )


def _add(cell: Cell, row: _Row, address: bytes) -> None:
    cell.rows += 1
    cell.mentions += row.mentions
    cell.articles += row.articles
    if row.goldstein is not None:
        cell.goldstein += row.goldstein
        cell.n_goldstein += 1
    if row.tone is not None:
        cell.tone += row.tone
        cell.n_tone += 1
    cell.acts[row.act.code] = cell.acts.get(row.act.code, 0) + row.mentions
    if row.added:
        cell.added[row.added[1]] = cell.added.get(row.added[1], 0) + row.mentions
    _add_article(cell, address, row.mentions)


def _add_article(cell: Cell, address: bytes, mentions: int) -> None:
    url = address.strip().decode("utf-8", "replace")
    if not url:
        return
    cell.see_source(_site(url), mentions)
    if mentions > cell.top:
        cell.url, cell.top = (url if "://" in url else ""), mentions


def _site(url: str) -> str:
    """Return the web site of an address; what is no address (a broadcaster's name) stays as it is, shortened."""
    if "://" not in url:
        return url[:60]
    return url.split("/", 3)[2].removeprefix("www.").lower()[:60]


@lru_cache(maxsize=512)
def _act(code: bytes) -> Act:
    act = read_cameo().act(code.decode("ascii", "replace"))
    if act is None:
        raise _BrokenRowError("no CAMEO code")
    return act


@lru_cache(maxsize=4096)
def _day(text: bytes) -> date:
    try:
        return datetime.strptime(text.decode("ascii", "replace"), "%Y%m%d").date()  # noqa: DTZ007  # a day has no zone
    except ValueError:
        raise _BrokenRowError("no day") from None


@lru_cache(maxsize=4096)
def _added(text: bytes) -> tuple[date, str] | None:
    """Return the day a row was added, and the time as the event schema writes it; None where it is empty."""
    if not text:
        return None
    try:
        if len(text) == _SECOND:
            instant = datetime.strptime(text.decode("ascii"), "%Y%m%d%H%M%S")  # noqa: DTZ007  # GDELT writes UTC
            return instant.date(), f"{instant:%Y-%m-%dT%H:%M:%S}+00:00"
    except ValueError:
        raise _BrokenRowError("no time of adding") from None
    return _day(text), _day(text).isoformat()
