"""GDELT event files: most rows are passed over as bytes, the others are read and counted, a process a file."""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from datetime import date, datetime
from functools import lru_cache
from io import BytesIO
from itertools import chain, islice
from math import isfinite
from multiprocessing import get_context
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

from eventstudy.errors import DataMissingError, DesignError, InputError
from eventstudy.events.gdelt import MOST_ENTRIES, Act, Cell, Filters, Tally, read_cameo

TAB, NEWLINE = b"\t", b"\n"

#: Where the columns are that count; the first 35 are the same in all versions.
DAY = 1
ACTOR1_COUNTRY, ACTOR1_GROUP = 7, 8
ACTOR2_COUNTRY, ACTOR2_GROUP = 17, 18
EVENT_CODE, ROOT_CODE, QUAD_CLASS = 26, 28, 29
GOLDSTEIN, MENTIONS, ARTICLES, TONE = 30, 31, 33, 34

#: By columns of a row: where the country stands in which it happened, when the row was added (a day in version 1, a
#: second in version 2), and an article (files before April 2013 have none).
LAYOUTS: dict[int, tuple[int, int, int | None]] = {57: (51, 56, None), 58: (51, 56, 57), 61: (53, 59, 60)}

#: What columns are called in files with a header, without capitals and underscores, by where they stand in version 2.
_NAMES = {
    DAY: ("sqldate", "day"), ACTOR1_COUNTRY: ("actor1countrycode",), ACTOR1_GROUP: ("actor1knowngroupcode",),
    ACTOR2_COUNTRY: ("actor2countrycode",), ACTOR2_GROUP: ("actor2knowngroupcode",), EVENT_CODE: ("eventcode",),
    ROOT_CODE: ("eventrootcode",), QUAD_CLASS: ("quadclass",), GOLDSTEIN: ("goldsteinscale",),
    MENTIONS: ("nummentions",), ARTICLES: ("numarticles",), TONE: ("avgtone",), 53: ("actiongeocountrycode",),
    59: ("dateadded",), 60: ("sourceurl",),
}  # fmt: skip
_NEEDED = (DAY, ACTOR1_COUNTRY, ACTOR2_COUNTRY, EVENT_CODE, MENTIONS)

#: Splitting this far gives both actors, and the rest of the row as one piece.
_ACTORS_END = ACTOR2_GROUP + 1
_actors = itemgetter(ACTOR1_COUNTRY, ACTOR1_GROUP, ACTOR2_COUNTRY, ACTOR2_GROUP)

#: Bytes read at once; a block is that and the rest of its last line. Larger ones leave a core's own cache and go back
#: to the system after every use: reading them takes three times as long.
BLOCK = 1 << 16

#: A row has about 400 bytes; what has no line end in a megabyte is no table of rows.
LONGEST_LINE = 1 << 20

#: Rows shrink to a sixth when zipped, ones that repeat themselves to a fiftieth; a bomb to a thousandth.
MOST_SHRUNK = 200


def read_blocks(path: Path, on_bytes: Callable[[int], None] | None = None) -> Iterator[bytes]:
    """Read a file in blocks that end with a line.

    Parameters
    ----------
    path : Path
        A GDELT event file, or a zip with one inside; its first bytes say which.
    on_bytes : callable, optional
        Told after every block how many bytes of the file on disk have been read.

    Yields
    ------
    bytes
        Whole lines; the last one gets a line end if it has none.

    Raises
    ------
    DataMissingError
        If there is no such file.
    InputError
        If the file cannot be read, its zip is damaged, cut off, encrypted or swells beyond reason, or a line does
        not end.
    """
    if not path.is_file():
        raise DataMissingError(f"no GDELT file '{path}'")
    try:
        with path.open("rb") as file, ExitStack() as opened:
            rows: IO[bytes] = file
            start = file.read(4)
            file.seek(0)
            if start[:2] == b"\x1f\x8b":
                raise InputError(f"{path.name} is gzip; GDELT's files are zip or plain: unpack it first")
            if start == b"PK\x03\x04":
                archive = opened.enter_context(zipfile.ZipFile(file))
                rows = opened.enter_context(archive.open(_only_member(archive, path)))
            while chunk := rows.read(BLOCK):
                rest = rows.readline(LONGEST_LINE + 1)
                if len(rest) > LONGEST_LINE:
                    raise InputError(f"{path.name} has a line of more than {LONGEST_LINE:,} bytes; no GDELT event file")
                block = chunk + rest
                yield block if block.endswith(NEWLINE) else block + NEWLINE
                if on_bytes:
                    on_bytes(file.tell())
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise InputError(f"{path.name} is a damaged or cut-off zip ({error}); fetch it again") from None
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror or error}") from None


def _only_member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    """Return the one file inside a zip; raise where GDELT cannot have made it."""
    members, size = [member for member in archive.infolist() if not member.is_dir()], max(path.stat().st_size, 1)
    if len(members) != 1:
        raise InputError(f"{path.name} has {len(members)} files in it; a GDELT zip has one")
    (member,) = members
    if member.flag_bits & 1:
        raise InputError(f"{path.name} is encrypted; GDELT's files are not")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(f"{path.name} is zipped by a method that GDELT does not use; zip it anew with deflate")
    if member.file_size > MOST_SHRUNK * size:
        raise InputError(
            f"{path.name} would swell from {size:,} to {member.file_size:,} bytes; "
            f"more than {MOST_SHRUNK}-fold is no GDELT file"
        )
    return member


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
    path, tally = Path(path), Tally(files=1)
    blocks = read_blocks(path, on_bytes)
    first = next(blocks, b"")
    if not first.strip():
        tally.notes.append(f"{path.name} is empty")
        return tally
    pair_of, blocks = _wanted_pairs(filters), chain([first], blocks)
    if saved := _saved_columns(first, path, filters):
        for cells in _saved_rows(blocks, path, tally, *saved):
            tally.rows += 1
            tally.looked_at += 1
            if pair := pair_of(*_actors(cells)):
                _count(tally, cells, *pair, filters, 61)
        return tally
    counts = [line.count(TAB) + 1 for line in first.split(NEWLINE, 50)[:50]]
    usual, leads = next((n for n in counts if n in LAYOUTS), 0), filters.leads()
    if not usual:
        raise InputError(
            f"{path.name} is no GDELT event file: its first row has {counts[0]} columns, tab-separated; "
            "version 1 has 57 or 58, version 2 has 61"
        )
    for block in blocks:
        tally.rows += len(BytesIO(block).readlines())  # a quarter of the time of counting the line ends
        for line in _candidates(block, leads):
            tally.looked_at += 1
            head = line.split(TAB, _ACTORS_END)
            if len(head) <= _ACTORS_END:
                tally.broken[f"not {usual} columns"] += 1
            elif pair := pair_of(*_actors(head)):
                head[_ACTORS_END:] = head[_ACTORS_END].split(TAB)
                _count(tally, head, *pair, filters, usual)
    return tally


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
    for start, end in spans.items() if len(leads) == 1 else sorted(spans.items()):
        yield block[start:end]


def _saved_columns(first: bytes, path: Path, filters: Filters) -> tuple[dict[int, int], str, int] | None:
    """Return where the columns of a file stand that a client has saved, their delimiter, and rows above the first.

    None for a file as GDELT has it: tab-separated, without a header.
    """
    top = first[: first.find(NEWLINE)].decode("utf-8-sig", "replace").rstrip("\r")
    sign = max("\t,;|", key=top.count)
    header = next(csv.reader([top], delimiter=sign), [])
    plain = [name.strip().casefold().replace("_", "") for name in header]
    at = {k: plain.index(name) for k, names in _NAMES.items() for name in names if name in plain}
    if not at and sign != "\t" and len(header) in LAYOUTS:
        place, added, url = LAYOUTS[len(header)]
        return {k: k for k in _NAMES if k <= TONE} | {53: place, 59: added} | ({60: url} if url else {}), sign, 0
    asked = dict.fromkeys(_NEEDED, "") | ({53: "--place"} if filters.places else {})
    asked |= {GOLDSTEIN: "--goldstein"} if filters.narrowed else {}
    for k in [k for k in asked if at and k not in at]:
        raise InputError(f"{path.name} has no column {_NAMES[k][0]}" + (f"; {asked[k]} needs it" if asked[k] else ""))
    return (at, sign, 1) if at else None


def _saved_rows(
    blocks: Iterator[bytes], path: Path, tally: Tally, at: dict[int, int], sign: str, begins: int
) -> Iterator[list[bytes]]:
    """Write cells as GDELT does: dates in digits, codes with the nought that a number has lost, roots and quads."""
    lines = (line.decode("utf-8-sig", "replace") for block in blocks for line in BytesIO(block))
    reader, lost = csv.reader(lines, delimiter=sign), 0
    try:
        for row in filter(any, islice(reader, begins, None)):
            cells = [b""] * 61
            for k, place in at.items():
                cells[k] = row[place].strip().encode() if place < len(row) else b""
            for k in (DAY, 59):
                cells[k] = re.sub(rb"[-: TZ]|\+00:?00$|\.0$|UTC$", b"", cells[k])
            for k in (EVENT_CODE, ROOT_CODE, QUAD_CLASS, MENTIONS, ARTICLES):
                cells[k] = cells[k].removesuffix(b".0")
            code = cells[EVENT_CODE]
            if code.isdigit() and (len(code) < 3 or int(code[:2]) > 20):  # noqa: PLR2004  # codes begin with 01 .. 20
                cells[EVENT_CODE], lost = b"0" + code, lost + 1
            cells[ROOT_CODE] = cells[EVENT_CODE][:2]
            cells[QUAD_CLASS] = cells[QUAD_CLASS] or b"%d" % read_cameo().quads.get(cells[ROOT_CODE].decode(), 0)
            cells[ARTICLES] = cells[ARTICLES] or b"0"
            yield cells
    except csv.Error as error:
        raise InputError(f"{path.name}, row {reader.line_num + 1}: {error}") from None
    if lost:
        tally.notes.append(f"{path.name}: {lost:,} event codes had lost their leading 0 (36 for 036)")


def _wanted_pairs(filters: Filters) -> Callable[..., tuple[str, str] | None]:
    """Return a look-up from the columns that name the actors to the two names; None where they are not wanted."""
    groups = {code.encode(): name for code, name in read_cameo().groups.items()}

    @lru_cache(maxsize=4096)
    def pair_of(country1: bytes, group1: bytes, country2: bytes, group2: bytes) -> tuple[str, str] | None:
        actor = groups.get(group1) or country1.decode("ascii", "replace")
        target = groups.get(group2) or country2.decode("ascii", "replace")
        return (actor, target) if filters.wants_pair(actor, target) else None

    return pair_of


def _count(tally: Tally, cells: list[bytes], actor: str, target: str, filters: Filters, usual: int) -> None:
    """Add a row to its cell if it passes the filters, else count why not."""
    place, at, url = LAYOUTS.get(len(cells), (0, 0, None))
    # A row cut off after the length of another layout has no time of adding there.
    if len(cells) != usual and (not at or not cells[at].strip()):
        tally.broken[f"not {usual} columns"] += 1
        return
    try:
        act, day, (added, when) = _act(cells[EVENT_CODE]), _day(cells[DAY]), _added(cells[at].strip())
        goldstein, tone = _number(cells[GOLDSTEIN], float), _number(cells[TONE], float)
        mentions, articles = _number(cells[MENTIONS] or b"?", int), _number(cells[ARTICLES] or b"?", int)
        broken = "added before its day" if added < day else "no number" if mentions < 0 or articles < 0 else ""
        if not f"{actor}{target}A".isalnum():
            broken = "no actor's code"
        if not broken and goldstein is not None and abs(goldstein) > 10:  # noqa: PLR2004  # the scale ends there
            broken = "a Goldstein score outside -10 .. 10"
    except ValueError as error:
        broken = str(error)
    if broken:
        tally.broken[broken] += 1
        return
    low, high = filters.goldstein
    if not (
        (filters.first is None or day >= filters.first)
        and (filters.last is None or day <= filters.last)
        and mentions >= filters.mentions
        and (not filters.roots or cells[ROOT_CODE].decode("ascii", "replace") in filters.roots)
        and (not filters.quads or cells[QUAD_CLASS] in {b"%d" % quad for quad in filters.quads})
        and (not filters.places or cells[place].decode("ascii", "replace") in filters.places)
        and (not filters.narrowed or (goldstein is not None and low <= goldstein <= high))
    ):
        return
    if when and (added - day).days > filters.latest:
        tally.late += 1
        return
    tally.used += 1
    address = cells[url].strip().decode("utf-8", "replace") if url is not None else ""
    is_address = "://" in address  # what is none is a broadcaster's name, and stays as it is
    site = address.split("/", 3)[2].removeprefix("www.").lower() if is_address else address
    scores = goldstein or 0.0, int(goldstein is not None), tone or 0.0, int(tone is not None)
    counts = {act.code: mentions}, {when: mentions} if when else {}, {site[:60]: mentions} if address else {}
    row = Cell(1, mentions, articles, *scores, *counts, address if is_address else "", mentions if address else 0)
    tally.add((day.isoformat(), actor, target, act.stance), row)


def _number(text: bytes, kind: Callable[[bytes], float]) -> Any:
    """Return a number, None where it is empty."""
    try:
        number = kind(text) if text else None
    except ValueError:
        number = float("nan")
    if number is not None and not isfinite(number):
        raise ValueError("no number")
    return number


@lru_cache(maxsize=512)
def _act(code: bytes) -> Act:
    act = read_cameo().act(code.decode("ascii", "replace"))
    if act is None:
        raise ValueError("no CAMEO code")
    return act


@lru_cache(maxsize=4096)
def _day(text: bytes) -> date:
    try:
        return datetime.strptime(text.decode("ascii", "replace"), "%Y%m%d").date()  # noqa: DTZ007  # a day has no zone
    except ValueError:
        raise ValueError("no day") from None


@lru_cache(maxsize=4096)
def _added(text: bytes) -> tuple[date, str]:
    """Return the day a row was added, and the time as the event schema writes it; '' where it is empty."""
    if len(text) != len("20220127143000"):
        return (_day(text), _day(text).isoformat()) if text else (date.max, "")
    try:
        instant = datetime.strptime(text.decode("ascii"), "%Y%m%d%H%M%S")  # noqa: DTZ007  # GDELT writes UTC
    except ValueError:
        raise ValueError("no time of adding") from None
    return instant.date(), f"{instant:%Y-%m-%dT%H:%M:%S}+00:00"


#: Files together may have more entries than one: they are held by one process.
_MOST_TOGETHER = 10 * MOST_ENTRIES

#: A process takes as long to start as so many bytes to read.
_WORTH_A_PROCESS = 32 << 20

Progress = Callable[[int, int], None]


def read_gdelt(
    paths: Sequence[str | Path], filters: Filters | None = None, *, workers: int = 1, progress: Progress | None = None
) -> Tally:
    """Count the wanted rows of event files.

    Parameters
    ----------
    paths : sequence of str or Path
        GDELT event files of version 1 or 2, plain or zipped.
    filters : Filters, optional
        Which rows are wanted; default all that name two different actors.
    workers : int
        Processes at most; a file is read by one of them, and small files all by this one. A script that asks for more
        than one begins, as for any of Python's own, with ``if __name__ == "__main__":``.
    progress : callable, optional
        Told now and then how many bytes have been read, and of how many; with several workers, after every file.

    Returns
    -------
    Tally
        Counts by day, actor, target and stance; the same for any number of workers.

    Raises
    ------
    DataMissingError, InputError, DesignError
        If a file is missing, stands there twice, or cannot be read (see `scan_file`).

    Examples
    --------
    >>> read_gdelt([])
    Traceback (most recent call last):
    ...
    eventstudy.errors.DesignError: no GDELT file to read
    """
    files, filters = [Path(path) for path in paths], filters or Filters()
    if not files:
        raise DesignError("no GDELT file to read")
    resolved = [file.resolve() for file in files]
    for file, path in zip(files, resolved, strict=True):
        if not file.is_file():
            raise DataMissingError(f"no GDELT file '{file}'")
        if resolved.count(path) > 1:
            raise DesignError(f"the GDELT file '{file}' stands there twice; its rows would count twice")
    sizes = [file.stat().st_size for file in files]
    total, done, tally = sum(sizes), 0, Tally(most=_MOST_TOGETHER)
    told = progress or (lambda _done, _total: None)
    workers = min(workers, len(files), 1 + total // _WORTH_A_PROCESS)
    if workers <= 1:
        for file, size in zip(files, sizes, strict=True):
            tally.join(scan_file(file, filters, lambda n, done=done: told(done + n, total)))  # type: ignore[misc]
            done += size
        return tally
    # Spawned, not forked: a process begins empty, and stays small whatever its parent has loaded.
    pool = ProcessPoolExecutor(workers, get_context("spawn"))
    try:
        size_of = {pool.submit(scan_file, file, filters): size for file, size in zip(files, sizes, strict=True)}
        for future in as_completed(size_of):
            future.result()
            done += size_of[future]
            told(done, total)
        for future in size_of:  # in the order of the files
            tally.join(future.result())
    finally:
        pool.shutdown(cancel_futures=True)
    return tally
