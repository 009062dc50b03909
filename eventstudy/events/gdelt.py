"""GDELT event files to proposed events: most rows are passed over as bytes, wanted ones counted, loud counts kept.

Reading loads neither pandas nor numpy: a process for a file stays small.
"""

from __future__ import annotations

import csv
import lzma
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, lru_cache
from io import BytesIO
from itertools import accumulate, chain, islice, repeat
from math import isfinite
from operator import add
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from eventstudy.errors import DataMissingError, DesignError, InputError, require_known
from eventstudy.files import bundled_toml, note_read, path_of
from eventstudy.tasks import Progress, own_processes, run_tasks

if TYPE_CHECKING:
    from eventstudy.events.schema import Imported

# --- which rows are wanted -------------------------------------------------------------------------------------------

#: Searching a block for more codes than this takes longer than looking at every row.
_MOST_LEADS = 3

_SCALE = (-10.0, 10.0)


@cache
def cameo() -> dict[str, Any]:
    """Return ``cameo.toml``: under ``codes`` what each code, of roots too, says; ``layouts`` by columns of a row."""
    table = bundled_toml("eventstudy.events", "cameo.toml")
    columns, *layouts = table["layouts"].items()
    at = {int(n): dict(zip(columns[1], places, strict=False)) for n, places in layouts}
    return table | {"codes": table["roots"] | table["codes"], "layouts": at}


@dataclass(frozen=True)
class Filters:
    """Which rows are wanted; what is left empty does not matter. Its `repr` recreates it.

    Parameters
    ----------
    actors : collection of str
        Who acts (GDELT's Actor1): CAMEO country codes in any case, or ``NATO``, ``EU``, ``UN``.
    pairs : collection of str or (str, str)
        Pairs of codes (``RUS:USA``), whoever of the two acts.
    roots : collection of str
        CAMEO root classes, ``01`` .. ``20``.
    quads : collection of int
        Quad classes, 1 .. 4.
    goldstein : str or tuple of float
        Lowest and highest Goldstein score, as text ``-10:-4``, of which one end may be empty.
    mentions, latest : int
        Fewest mentions of a row; days after its day within which it was added, for a later one retells something old.
    places : collection of str
        FIPS codes of the countries where it happened, e.g. ``RS`` for Russia.

    Raises
    ------
    DesignError, UnknownNameError
        If a code cannot be one, or a range is empty.

    Examples
    --------
    >>> Filters(pairs=["rus:usa"], roots=["13"]).pairs
    frozenset({('RUS', 'USA')})
    """

    actors: Collection[str] = frozenset()
    pairs: Collection[Any] = frozenset()
    roots: Collection[str] = frozenset()
    quads: Collection[int] = frozenset()
    goldstein: Any = _SCALE
    mentions: int = 0
    places: Collection[str] = frozenset()
    latest: int = 7

    def __post_init__(self) -> None:
        pairs = [tuple(pair.upper().split(":", 1) if isinstance(pair, str) else pair) for pair in self.pairs]
        for pair, text in zip(pairs, self.pairs, strict=True):
            if len(pair) < 2 or not all(pair):  # noqa: PLR2004
                raise DesignError(f"'{text}' is no pair of actors; write RUS:USA")
        made: dict[str, Any] = {
            **{name: frozenset(map(str.upper, getattr(self, name))) for name in ("actors", "places")},
            "pairs": frozenset(pairs),
            "roots": frozenset(root.zfill(2) for root in self.roots),
            "quads": frozenset(self.quads),
            "goldstein": _goldstein(self.goldstein or _SCALE),
        }
        for name, value in made.items():
            object.__setattr__(self, name, value)
        codes = (*self.actors, *chain(*self.pairs))
        for what, given, pattern, known in (
            ("actor", codes, "[A-Z]{2,5}", "CAMEO country code such as RUS, or NATO, EU, UN"),
            ("place", self.places, "[A-Z]{2}", "FIPS country code such as RS for Russia"),
        ):
            for code in given:
                if not re.fullmatch(pattern, code):
                    raise DesignError(f"'{code}' is no {what}; write a {known}")
        for root in self.roots:
            require_known(root, cameo()["roots"], "CAMEO root class")
        for quad in self.quads:
            require_known(str(quad), "1234", "quad class")

    def leads(self) -> tuple[bytes, ...]:
        """Return bytes of which every wanted row has at least one; none where every row must be looked at."""
        groups = {name: code for code, name in cameo()["groups"].items()}
        of_pairs = {min(pair) for pair in self.pairs}  # of every pair one
        choices = [{groups.get(code, code) for code in codes} for codes in (self.actors, of_pairs)]
        fewest = min(filter(None, [*choices, set(self.places)]), key=len, default=set())
        return tuple(f"\t{code}\t".encode() for code in sorted(fewest)) if len(fewest) <= _MOST_LEADS else ()


def _goldstein(given: str | tuple[float, float]) -> tuple[float, float]:
    """Read a range of Goldstein scores."""
    text = given if isinstance(given, str) else "{:g}:{:g}".format(*given)
    low, colon, high = text.partition(":")
    with suppress(ValueError):
        ends = float(low or _SCALE[0]), float(high or _SCALE[1])
        if colon and _SCALE[0] <= ends[0] <= ends[1] <= _SCALE[1]:
            return ends
    raise DesignError(f"'{text}' is no Goldstein range; write -10:-4, within -10 .. 10")


# --- what the wanted rows add up to ----------------------------------------------------------------------------------

#: Sources remembered by a cell: beyond twice as many, the lighter half is forgotten.
_SOURCES = 16

#: Entries (cells, times and sources together) a file may have, about 130 bytes each; files together ten times as many.
_MOST_ENTRIES = 100_000

Key = tuple[str, str, str, str]  # day, actor, target, stance


#: What is counted of one day, actor, target and stance: ``sums`` (rows, mentions, articles, Goldstein scores, how many
#: have one, tones, how many), and mentions by ``acts`` (codes), ``added`` (times) and ``sources`` (the heaviest).
Cell = dict[str, Any]


@dataclass(slots=True)
class Tally:
    """What one or several files add up to.

    Parameters
    ----------
    cells : dict
        Counts by day, actor, target and stance.
    urls : dict
        Mentions of the row of a cell with the most, and its article.
    files, rows, looked_at, used, late : int
        Files and rows there are; rows whose bytes may match, so that they were read; those that matched all filters;
        those that matched, but were added too long after their day.
    broken : Counter of str
        Rows that were read and could not be understood, by reason.
    notes : list of str
        What a careful reader should know of the files.
    entries, most : int
        Cells, times and sources together, and how many there may be.
    """

    cells: dict[Key, Cell] = field(default_factory=dict)
    urls: dict[Key, tuple[int, str]] = field(default_factory=dict)
    rows: int = 0
    looked_at: int = 0
    used: int = 0
    late: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    files: int = 0
    notes: list[str] = field(default_factory=list)
    entries: int = 0
    most: int = _MOST_ENTRIES

    def add(self, key: Key, counts: Cell, top: tuple[int, str]) -> None:
        """Add counts to the cell of a key; too many cells are an error, for memory is bounded."""
        if key not in self.cells:
            self.cells[key], self.urls[key] = {name: type(held)() for name, held in counts.items()}, (0, "")
            self.entries += 4
        cell = self.cells[key]
        cell["sums"] = list(map(add, cell["sums"] or repeat(0), counts["sums"]))
        for name in ("acts", "added", "sources"):
            mine = cell[name]
            for of, n in counts[name].items():
                self.entries += of not in mine
                mine[of] = mine.get(of, 0) + n
        if len(cell["sources"]) > 2 * _SOURCES:
            self.entries -= len(cell["sources"]) - _SOURCES
            cell["sources"] = dict(heaviest(cell["sources"])[:_SOURCES])
        if top[0] > self.urls[key][0]:
            self.urls[key] = top
        if self.entries > self.most:
            mend = "narrow them, e.g. --pair RUS:USA, --root 13, --mentions 10"
            raise InputError(f"the filters let through too much: {len(self.cells):,} days x pairs x stances; {mend}")

    def join(self, other: Tally) -> None:
        """Add another tally, e.g. of another file."""
        for name in ("rows", "looked_at", "used", "late", "files", "notes", "broken"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for key, cell in other.cells.items():
            self.add(key, cell, other.urls[key])


def heaviest(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Return counts, the heaviest first, equal ones by name."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


# --- rows of files ---------------------------------------------------------------------------------------------------

#: Splitting a row so far gives both actors.
_ACTORS_END = 19
_DAY, _SECOND = "%Y%m%d", "%Y%m%d%H%M%S"

#: Bytes read at once; a block is that and the rest of its last line. Larger ones leave a core's own cache and go back
#: to the system after every use: reading them takes three times as long.
BLOCK = 1 << 16
#: A row has about 400 bytes; what has no line end in a megabyte is no table of rows.
_LONGEST_LINE = 1 << 20
#: Rows shrink to a sixth when zipped, ones that repeat themselves to a fiftieth; a bomb to a thousandth.
_MOST_SHRUNK = 200
#: A process takes as long to start as so many bytes to read.
_PROCESS_BYTES = 32 << 20


def read_gdelt(
    paths: Sequence[str | Path], filters: Filters | None = None, *, workers: int = 1, progress: Progress | None = None
) -> Tally:
    """Count the wanted rows of event files.

    Parameters
    ----------
    paths : sequence of str or Path
        GDELT event files of version 1 or 2, plain or zipped, or tables that a client of GDELT's has saved.
    filters : Filters, optional
        Which rows are wanted; default all that name two different actors.
    workers : int
        Processes at most; a file is read by one of them, and small files all by this one. A script that asks for more
        than one begins, as for any of Python's own, with ``if __name__ == "__main__":``.
    progress : callable, optional
        Called now and then with how many bytes have been read, and of how many; with several workers, after every file.

    Returns
    -------
    Tally
        Counts by day, actor, target and stance; the same for any number of workers.

    Raises
    ------
    DataMissingError, InputError, DesignError
        If a file is missing, stands there twice, or cannot be read or is none of GDELT's; or too much is let through.

    Notes
    -----
    A row that lacks the bytes of every code asked for is passed over before it is split; whether it is whole is not
    looked at. Broken rows are counted among the others.

    Examples
    --------
    >>> read_gdelt([])
    Traceback (most recent call last):
    ...
    eventstudy.errors.DesignError: no GDELT file to read
    """
    given = [path_of(path, "GDELT file") for path in paths]
    filters, tally = filters or Filters(), Tally(most=10 * _MOST_ENTRIES)
    if not given:
        raise DesignError("no GDELT file to read")
    resolved = [file.resolve() for file in given]
    for file, path in zip(given, resolved, strict=True):
        if not file.is_file():
            raise DataMissingError(f"no GDELT file '{file}'")
        if resolved.count(path) > 1:
            raise DesignError(f"the GDELT file '{file}' stands there twice; its rows would count twice")
        note_read(file)
    ends = [0, *accumulate(file.stat().st_size for file in given)]
    report = progress or (lambda _done, _total: None)
    workers = min(workers, len(given), 1 + ends[-1] // _PROCESS_BYTES)
    if workers <= 1:
        for file, done in zip(given, ends, strict=False):
            tally.join(scan_file(file, filters, lambda n, done=done: report(done + n, ends[-1])))  # type: ignore[misc]
        return tally
    with own_processes(workers) as pool:
        tasks = [(file, filters) for file in given]
        for other in run_tasks(scan_file, tasks, pool, lambda n, _: report(ends[n], ends[-1])):
            tally.join(other)
    return tally


def scan_file(path: Path, filters: Filters, on_bytes: Callable[[int], object] | None = None) -> Tally:
    """Count the wanted rows of one file; `on_bytes` is called with how many of its bytes have been read."""
    file = _File(path, filters, on_bytes)
    if not file.first.strip():
        file.tally.notes.append(f"{path.name} is empty")
        return file.tally
    for pair, cells in file.rows():
        try:
            file.count(cells, *pair)
        except _BrokenRowError as broken:
            file.tally.broken[str(broken)] += 1
    return file.tally


class _File:
    """One file of events: its rows in blocks of bytes, and what the wanted ones among them add up to."""

    def __init__(self, path: Path, filters: Filters, on_bytes: Callable[[int], object] | None) -> None:
        self.path, self.filters, self.tally = path, filters, Tally(files=1)
        blocks = self._blocks(on_bytes)
        self.first = next(blocks, b"")
        self.blocks = chain([self.first], blocks)

    def _blocks(self, on_bytes: Callable[[int], object] | None) -> Iterator[bytes]:
        """Yield a file, or the one file in a zip, in blocks of whole lines; the last gets a line end if it has none."""
        try:
            with self.path.open("rb") as file, ExitStack() as opened:
                rows: IO[bytes] = file
                start = file.read(4)
                file.seek(0)
                if start[:2] == b"\x1f\x8b":
                    raise InputError(f"{self.path.name} is gzip; GDELT's files are zip or plain: unpack it first")
                if start == b"PK\x03\x04":
                    archive = opened.enter_context(zipfile.ZipFile(file))
                    rows = opened.enter_context(archive.open(self._only_member(archive)))
                while chunk := rows.read(BLOCK):
                    block = chunk + rows.readline(_LONGEST_LINE + 1)
                    if len(block) - len(chunk) > _LONGEST_LINE:
                        most = f"{_LONGEST_LINE:,} bytes"
                        raise InputError(f"{self.path.name} has a line of more than {most}; no GDELT event file")
                    yield block if block.endswith(b"\n") else block + b"\n"
                    if on_bytes:
                        on_bytes(file.tell())
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError) as error:
            raise InputError(f"{self.path.name} is a damaged or cut-off zip ({error}); fetch it again") from None
        except OSError as error:
            raise InputError(f"{self.path.name} cannot be read: {error.strerror or error}") from None

    def _only_member(self, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
        """Return the one file inside a zip; raise where GDELT cannot have made it."""
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) != 1:
            raise InputError(f"{self.path.name} has {len(members)} files in it; a GDELT zip has one")
        size, unpacked = self.path.stat().st_size, members[0].file_size
        if unpacked > _MOST_SHRUNK * size:
            swollen = f"would swell from {size:,} to {unpacked:,} bytes"
            raise InputError(f"{self.path.name} {swollen}; more than {_MOST_SHRUNK}-fold is no GDELT file")
        return members[0]

    def rows(self) -> Iterator[tuple[tuple[str, str], dict[str, bytes]]]:
        """Yield the rows of wanted pairs: of a file as GDELT has it, without a header, or as a client has saved it."""
        filters, layouts, saved = self.filters, cameo()["layouts"], self._saved_columns()
        leads = () if saved else filters.leads()
        groups = {code.encode(): name for code, name in cameo()["groups"].items()}

        @lru_cache(maxsize=4096)
        def pair_of(country1: bytes, group1: bytes, country2: bytes, group2: bytes) -> tuple[str, str] | None:
            actor = groups.get(group1) or country1.decode("ascii", "replace")
            target = groups.get(group2) or country2.decode("ascii", "replace")
            wanted = (
                bool(actor and target and actor != target)
                and (not filters.actors or actor in filters.actors)
                and (not filters.pairs or (actor, target) in filters.pairs or (target, actor) in filters.pairs)
            )
            return (actor, target) if wanted else None

        counts = [max(layouts)] if saved else [line.count(b"\t") + 1 for line in self.first.split(b"\n", 50)[:50]]
        usual = next((n for n in counts if n in layouts), 0)
        if not usual:
            there = f"its first row has {counts[0]} columns, tab-separated; version 1 has 57 or 58, version 2 has 61"
            raise InputError(f"{self.path.name} is no GDELT event file: {there}")
        for block in self._as_gdelt(*saved) if saved else self.blocks:
            self.tally.rows += len(BytesIO(block).readlines())  # a quarter of the time of counting the line ends
            for line in self._candidates(block, leads):
                self.tally.looked_at += 1
                cells = line.split(b"\t", _ACTORS_END)
                whole = len(cells) > _ACTORS_END
                pair = pair_of(cells[7], cells[8], cells[17], cells[18]) if whole else None
                if pair:
                    cells[_ACTORS_END:] = cells[_ACTORS_END].split(b"\t")
                    layout = layouts.get(len(cells), {})
                    # A row cut off after the length of another layout has no time of adding there.
                    whole = len(cells) == usual or bool(layout and cells[layout["added"]].strip())
                    if whole:
                        yield pair, {column: cells[k] for column, k in layout.items()}
                if not whole:
                    self.tally.broken[f"not {usual} columns"] += 1

    @staticmethod
    def _candidates(block: bytes, leads: tuple[bytes, ...]) -> Iterator[bytes]:
        """Return the lines of a block that have one of the leads, in order; every line where there are none."""
        if not leads:
            yield from block[:-1].split(b"\n")
            return
        spans: dict[int, int] = {}
        for lead in leads:
            hit = block.find(lead)
            while hit >= 0:
                end = block.find(b"\n", hit)
                spans[block.rfind(b"\n", 0, hit) + 1] = end
                hit = block.find(lead, end)
        for start, end in spans.items() if len(leads) == 1 else sorted(spans.items()):
            yield block[start:end]

    def _saved_columns(self) -> tuple[dict[str, int], str, int] | None:
        """Return where the columns of a file stand that a client has saved, their delimiter, and rows above the first.

        None for a file as GDELT has it.
        """
        top = self.first[: self.first.find(b"\n")].decode("utf-8-sig", "replace").rstrip("\r")
        sign = max("\t,;|", key=top.count)
        try:
            header = [name.strip().casefold().replace("_", "") for name in next(csv.reader([top], delimiter=sign), [])]
        except csv.Error as error:
            raise InputError(f"{self.path.name}, row 1: {error}; no GDELT event file") from None
        names, layouts = cameo()["names"], cameo()["layouts"]
        at = {column: header.index(name) for name, column in names.items() if name in header}
        if not at:
            return (layouts[len(header)], sign, 0) if sign != "\t" and len(header) in layouts else None
        asked = dict.fromkeys(("day", "country1", "country2", "code", "mentions"), "")
        asked |= {"place": "; --place needs it"} if self.filters.places else {}
        asked |= {"goldstein": "; --goldstein needs it"} if self.filters.goldstein != _SCALE else {}
        for column in [column for column in asked if column not in at]:
            name = next(name for name, of in names.items() if of == column)
            raise InputError(f"{self.path.name} has no column {name}{asked[column]}")
        return at, sign, 1

    def _as_gdelt(self, at: dict[str, int], sign: str, begins: int) -> Iterator[bytes]:
        """Yield saved rows as GDELT writes them: dates in digits, codes with the nought that a number has lost."""
        lines = (line.decode("utf-8-sig", "replace") for block in self.blocks for line in BytesIO(block))
        reader, lost, (width, layout) = csv.reader(lines, delimiter=sign), 0, max(cameo()["layouts"].items())
        places = {k: column for column, k in layout.items()}
        try:
            for row in filter(any, islice(reader, begins, None)):
                cells = dict.fromkeys(layout, "")
                cells |= {of: " ".join(row[k].split()) for of, k in at.items() if k < len(row)}
                for column in ("day", "added"):
                    cells[column] = re.sub(r"[-: TZ]|\+00:?00$|\.0$|UTC$", "", cells[column])
                for column in ("code", "quad", "mentions", "articles"):
                    cells[column] = cells[column].removesuffix(".0")
                code = cells["code"]
                if code.isdecimal() and (len(code) < 3 or int(code[:2]) > 20):  # noqa: PLR2004  # codes begin with 01 .. 20
                    cells["code"], lost = f"0{code}", lost + 1
                cells["root"] = cells["code"][:2]
                cells["quad"] = cells["quad"] or str(cameo()["roots"].get(cells["root"], {"quad": 0})["quad"])
                cells["articles"] = cells["articles"] or "0"
                yield "\t".join(cells.get(places.get(k, ""), "") for k in range(width)).encode() + b"\n"
        except csv.Error as error:
            raise InputError(f"{self.path.name}, row {reader.line_num + 1}: {error}") from None
        if lost:
            self.tally.notes.append(f"{self.path.name}: {lost:,} event codes had lost their leading 0 (36 for 036)")

    def count(self, cells: dict[str, bytes], actor: str, target: str) -> None:
        """Add a row to its cell if it passes the filters."""
        filters, tally = self.filters, self.tally
        code, (day, written), added = _act(cells["code"]), _moment(cells["day"], _DAY), cells["added"].strip()
        form = _SECOND if len(added) == len("20220127143000") else _DAY
        seen, when = _moment(added, form) if added else (date.max, "")  # where it is not said, no row is late
        goldstein, tone = _number(cells["goldstein"], float), _number(cells["tone"], float)
        mentions, articles = _number(cells["mentions"] or b"?", int), _number(cells["articles"] or b"?", int)
        beyond = goldstein is not None and abs(goldstein) > _SCALE[1]
        broken = "added before its day" if seen < day else "no number" if mentions < 0 or articles < 0 else ""
        broken = broken or ("a Goldstein score outside -10 .. 10" if beyond else "")
        broken = broken if f"{actor}{target}A".isalnum() else "no actor's code"
        if broken:
            raise _BrokenRowError(broken)
        low, high = filters.goldstein
        if not (
            mentions >= filters.mentions
            and (not filters.roots or cells["root"].decode("ascii", "replace") in filters.roots)
            and (not filters.quads or cells["quad"] in {b"%d" % quad for quad in filters.quads})
            and (not filters.places or cells["place"].decode("ascii", "replace") in filters.places)
            and (filters.goldstein == _SCALE or (goldstein is not None and low <= goldstein <= high))
        ):
            return
        if when and (seen - day).days > filters.latest:
            tally.late += 1
            return
        tally.used += 1
        address = cells.get("url", b"").strip().decode("utf-8", "replace")
        is_address = "://" in address  # what is none is a broadcaster's name, and stays as it is
        site = address.split("/", 3)[2].removeprefix("www.").lower() if is_address else address
        counts = {
            "sums": [1, mentions, articles, goldstein or 0.0, goldstein is not None, tone or 0.0, tone is not None],
            "acts": {code: mentions},
            "added": {when: mentions} if when else {},
            "sources": {site[:60]: mentions} if address else {},
        }
        top = mentions if address else 0, address if is_address else ""
        tally.add((written, actor, target, cameo()["codes"][code]["stance"]), counts, top)


class _BrokenRowError(Exception):
    """Why a row cannot be counted."""


@lru_cache(maxsize=4096)
def _number(text: bytes, kind: Callable[[bytes], float]) -> Any:
    """Return a number, None where it is empty."""
    with suppress(ValueError, OverflowError):  # an integer beyond what a float holds is no count
        if not text or isfinite(number := kind(text)):
            return number if text else None
    raise _BrokenRowError("no number")


@lru_cache(maxsize=512)
def _act(code: bytes) -> str:
    """Return the longest beginning of a code that is in the table."""
    text, codes = code.decode("ascii", "replace"), cameo()["codes"]
    if found := next((text[:n] for n in range(len(text), 1, -1) if text[:n] in codes), ""):
        return found
    raise _BrokenRowError("no CAMEO code")


@lru_cache(maxsize=4096)
def _moment(text: bytes, form: str) -> tuple[date, str]:
    """Return the day of a written time, and the time as the event schema writes it."""
    try:
        moment = datetime.strptime(text.decode("ascii", "replace"), form)  # noqa: DTZ007  # GDELT writes UTC
    except ValueError:
        raise _BrokenRowError("no day" if form == _DAY else "no time of adding") from None
    return moment.date(), f"{moment.date()}" if form == _DAY else f"{moment.isoformat()}+00:00"


# --- events ----------------------------------------------------------------------------------------------------------

_NAMED = 5  # web sites and acts


def gdelt_events(tally: Tally, *, salience: int = 100) -> Imported:
    """Turn a tally into proposed events.

    Parameters
    ----------
    tally : Tally
        What `read_gdelt` counted.
    salience : int
        Fewest mentions of a cell, all its rows together.

    Returns
    -------
    Imported
        One event a cell, in order of time; set aside are the cells left out. ``published_at`` is the time at which the
        rows added so far had `salience` mentions, and not when the first was added: nobody could know before that it
        would be loud. ``intensity`` is the mean Goldstein score of the rows, ``confidence`` the cell's share of what
        the actor did to the target that day, by mentions.

    Raises
    ------
    DesignError
        If the threshold is not positive.
    """
    from eventstudy.events.schema import Imported

    if salience < 1:
        raise DesignError("a salience threshold is a number of mentions from 1 on")
    said = Counter[tuple[str, ...]]()
    for key, cell in tally.cells.items():
        said[key[:3]] += cell["sums"][1]
    events, too_few = [], []
    for key, cell in sorted(tally.cells.items()):
        names = dict(zip(("time", "actor", "target", "stance"), key, strict=True))
        quiet = {**names, "rows": cell["sums"][0], "mentions": cell["sums"][1]}
        if quiet["mentions"] < salience:
            too_few.append(quiet | {"reason": f"fewer than {salience} mentions"})
        else:
            events.append(_event(names, cell, tally.urls[key][1], said[key[:3]], salience))
    return Imported(tuple(events), tuple(too_few))


def _event(names: dict[str, str], cell: Cell, url: str, said: int, salience: int) -> dict[str, Any]:
    """Return the counts of a cell as a row of the event schema."""
    from eventstudy.events.schema import proposal

    codes, times = cameo()["codes"], sorted(cell["added"])
    acts, sites = heaviest(cell["acts"])[:_NAMED], heaviest(cell["sources"])[:_NAMED]
    rows, mentions, articles, *scores = cell["sums"]
    goldstein, tone = (round(of / n, 3) if n else None for of, n in (scores[:2], scores[2:]))
    kinds: Counter[str] = Counter()
    for code, n in cell["acts"].items():
        kinds[codes[code]["kind"]] += n
    loud = (k for k, n in enumerate(accumulate(cell["added"][when] for when in times)) if n >= salience)
    actor, target = (names[name] or "?" for name in ("actor", "target"))
    return proposal(
        **names,
        id="-".join(["gdelt", *filter(None, map(str.lower, names.values()))]),
        precision="day",
        published_at=times[next(loud, -1)] if times else "",
        headline=f"{actor} to {target}: {codes[acts[0][0]]['name']} ({mentions:,} mentions)",
        kind=heaviest(kinds)[0][0],
        intensity="" if goldstein is None else goldstein,
        source="; ".join(["GDELT", *(site for site, _ in sites)]),
        url=url,
        note=f"{rows:,} rows, {articles:,} articles; mean tone {'unknown' if tone is None else tone}",
        confidence=round(mentions / said, 3) if said else 0.0,
        evidence=[{"code": code, "act": codes[code]["name"], "mentions": n} for code, n in acts],
        rows=rows,
        mentions=mentions,
        articles=articles,
        goldstein=goldstein,
        tone=tone,
        sources="; ".join(f"{site} {n}" for site, n in sites),
        first_added=times[0] if times else "",
        last_added=times[-1] if times else "",
    )
