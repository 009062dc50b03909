"""Files: text and TOML read, content written whole, texts that no spreadsheet runs, locks."""

from __future__ import annotations

import errno
import glob
import json
import os
import re
import stat
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from functools import cache, reduce
from importlib import resources
from operator import and_
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from eventstudy.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

#: The beginning of the name of a hidden folder in which files are made whole before they take their places. Its
#: writer holds the file `lock` in it; `journal`, once it is there, lists the places of files that are on the disk.
_STAGING = ".eventstudy-writing."

#: A list of the places of files is not longer, in bytes.
_LONGEST_JOURNAL = 50_000_000

#: What stands in every page of ours, and in no other.
_PAGE = b'name="generator" content="raise-or-fold'

#: Characters of a file's name that the name of its temporary file keeps.
_PREFIX = 100

#: The permissions of each file that a command has read, by device and number; None outside of a command.
INPUTS: ContextVar[dict[tuple[int, int], int] | None] = ContextVar("INPUTS", default=None)


class Pieces(NamedTuple):
    """The content of a large file, each piece made when it is written; other content has another `key`."""

    key: str
    make: Sequence[Callable[[], bytes]]


#: The content of a file: whole, or in pieces.
Content = bytes | Pieces

#: How deep the tables and lists of a TOML may be nested.
_DEEPEST = 50

#: A key of more parts than tables may be nested, at the beginning of a line or within braces.
_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*"""
_DOTTED = re.compile(rf"(?:^|[{{,\[])[ \t]*+(?:{_PART}\.[ \t]*){{{_DEEPEST}}}", re.MULTILINE)

#: A text that a spreadsheet would run as a formula; what is signs and figures alone, as the window -1:1, does nothing.
_FORMULA = re.compile(r"'*(?:[=@\t\r]|[+-](?![\d.,:%+ -]*\Z))")
_HELD_AS_TEXT = re.compile(r"'\d+[-./,]\d[\d.,:/ -]*").fullmatch
#: Whether CSV files hold such texts as they are.
RAW_TEXT: ContextVar[bool] = ContextVar("RAW_TEXT", default=False)


def inert(text: Any) -> Any:
    """Return a text with an apostrophe before what a spreadsheet would run, all else as it is.

    Notes
    -----
    A spreadsheet takes a cell that begins with = + - @, a tab or a carriage return for a formula, which can send the
    table elsewhere. `not_inert` undoes it; `RAW_TEXT` (``--raw-text``) leaves texts as they are.

    Examples
    --------
    >>> inert("=HYPERLINK(A1)"), inert("-1:1"), not_inert(inert("'=x"))
    ("'=HYPERLINK(A1)", '-1:1', "'=x")
    """
    return f"'{text}" if isinstance(text, str) and _FORMULA.match(text) and not RAW_TEXT.get() else text


def not_inert(text: str) -> str:
    """Return a text as it was before `inert`, and a date or figure that a spreadsheet holds as text."""
    return text[1:] if text[:1] == "'" and (_FORMULA.match(text) or _HELD_AS_TEXT(text)) else text


def inert_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose texts and headings are inert."""
    import pandas as pd

    texts = [name for name in frame.columns if frame[name].dtype.kind not in "fiubmMc"]
    changed = {}
    for name in texts:
        values = frame[name].cat.categories if isinstance(frame[name].dtype, pd.CategoricalDtype) else frame[name]
        if any(isinstance(value, str) and _FORMULA.match(value) for value in values):
            changed[name] = frame[name].astype(object).map(inert)
    return frame.assign(**changed).rename(columns=inert)


def path_of(path: Any, what: str) -> Path:
    """Return the path that a text or a path names; messages say `what` is named by it.

    Raises
    ------
    InputError
        If it is neither, or no name that a file can have.
    """
    given: str | os.PathLike[str] = InputError.require(f"a {what} is named by its path", path, str, os.PathLike)
    with suppress(UnicodeEncodeError):
        named = os.fsencode(given)
        if b"\0" not in named:
            return Path(os.fsdecode(named))
    raise InputError.must_be(f"a {what} is named by its path", path)


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, without its byte order mark.

    Raises
    ------
    InputError
        If the file cannot be opened or is not UTF-8.
    """
    try:
        note_read(path)
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        kind = "CSV UTF-8" if path.suffix.lower() == ".csv" else "UTF-8"
        raise InputError(f"{path.name} is not UTF-8 text; save it as {kind}") from None
    except OSError as error:
        raise InputError(f"{path.name} cannot be opened: {error.strerror or error}") from None


def toml_of(text: str, source: str) -> dict[str, Any]:
    """Return the tables of a TOML text, which may come from anywhere; `source` names it in messages.

    Raises
    ------
    InputError
        If it is no TOML, is nested too deep, or has a number of thousands of digits.
    """
    why = "it is nested too deep"
    if _DOTTED.search(text):  # reading it takes the square of the dots
        raise InputError(f"{source} is not readable TOML: {why}")
    try:
        tables = tomllib.loads(text)
        level: list[Any] = [tables]
        for _ in range(_DEEPEST):
            inner = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, (dict, list)))
            level = [value for values in inner for value in values]
        if not level:
            return tables
    except RecursionError:
        pass
    except ValueError as error:
        why = "a number in it has thousands of digits" if "digits" in str(error) else str(error)[:200]
    raise InputError(f"{source} is not readable TOML: {why}")


@cache
def bundled_toml(package: str, name: str) -> dict[str, Any]:
    """Return the tables of a TOML file that comes with a package of the library, read once a process."""
    return tomllib.loads(resources.files(package).joinpath(name).read_text(encoding="utf-8"))


def write_files(folder: str | Path, contents: Mapping[str, Content], *, revised: bool = False) -> list[Path]:
    """Write several files below a folder, all or none: none takes its place before each is whole and on the disk.

    Parameters
    ----------
    folder : str or Path
        Where to; made if it is not there.
    contents : mapping of str to bytes or Pieces
        Content by path below the folder; that of large files in pieces, of which an interrupted run keeps those made.
    revised : bool
        Whether they are files that a command has read to change them.

    Returns
    -------
    list of Path
        The files written, in order.

    Raises
    ------
    InputError
        If the folder or a file in it cannot be written, or there is in its place a device, pipe or socket, a file that
        the command has read and that holds something else, a page of another program, or a table in a folder without
        the JSON of a result; what was there before is there still.

    Notes
    -----
    A file that is replaced keeps its permissions and, where that is allowed, its owner. Of a link, the file that it
    points to is written. A new file is open to no more users than the files replaced beside it and, in a command, than
    each of the files that were read.

    Files are made in a hidden folder. Several take their places one after the other, by a list that stands in it
    meanwhile: whoever reads a result folder, or writes into any, finishes what a killed writer had listed and removes
    what it had not (`finish_writing`).
    """
    folder = Path(folder)
    paths = [folder / name for name in contents]
    # Where links point to; what is renamed onto a link would take its place.
    places, home = [Path(os.path.realpath(path)) for path in paths], Path(os.path.realpath(folder))
    above = {parent for place in places for parent in place.parents if not os.path.lexists(parent)}
    moves: dict[Path, dict[str, str]] = {}
    path: Path | None = None
    try:
        with ExitStack() as stack:
            finish_writing(folder)  # what a killed writer left may be the JSON beside which tables are ours
            mode = _mode_of_new(paths, list(contents.values()), revised=revised)
            stagings: dict[Path, Path] = {}
            for k, content in enumerate(contents.values()):
                path, place = paths[k], places[k]
                parent = home if home in place.parents else place.parent
                if parent not in stagings:
                    finish_writing(parent)
                    stagings[parent] = stack.enter_context(_staging(parent))
                pieces = [content] if isinstance(content, bytes) else _kept(place, content, stagings[parent], mode)
                place.parent.mkdir(parents=True, exist_ok=True)
                made = _whole(stagings[parent] / f"{k}.{place.name[:_PREFIX]}", pieces, mode, place)
                moves.setdefault(parent, {})[made.name] = str(place.relative_to(parent))
            for parent, staging in stagings.items():
                if len(moves[parent]) > 1:
                    draft = _whole(staging / "draft", [json.dumps(moves[parent]).encode()], mode)
                    # With the journal in its place the files are as good as written: after a kill the next one
                    # finishes it.
                    draft.replace(staging / "journal")
            for parent, staging in stagings.items():
                _take_places(staging, parent, moves[parent])
            _settle(dict(zip(places, contents.values(), strict=True)))
    except OSError as error:
        where = error.filename2 or path or error.filename
        raise InputError(f"cannot write '{where}': {error.strerror or error}") from None
    finally:
        for parent in sorted(above, key=lambda parent: -len(parent.parts)):  # made for nothing
            with suppress(OSError):
                parent.rmdir()
    return paths


def _mode_of_new(paths: Sequence[Path], contents: Sequence[Content], *, revised: bool) -> int:
    """Return what new files among some may be open to; refuse a place that no file can take, or that of an input."""
    inputs = INPUTS.get() or {}
    modes = [*inputs.values()]
    is_new = len(paths) > 1 and paths[0].suffix == ".json" and not revised and not paths[0].exists()
    for path, content in zip(paths, contents, strict=True):
        check_ordinary(path)
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if path.exists():
            there = path.stat()
            modes.append(there.st_mode)
            # Run again in its own folder, a study writes the very inputs that it has read there.
            if not revised and (there.st_dev, there.st_ino) in inputs and path.read_bytes() != content:
                raise InputError(f"'{path}' was read, and --out would replace it; name another file or folder")
            if is_new and path.suffix in {".csv", ".toml"}:
                raise InputError(f"'{path}' is of no result, for no {paths[0].name} is beside it; name another folder")
            if path.suffix == ".html" and _PAGE not in (page := path.read_bytes()) and page != content:
                raise InputError(f"'{path}' is a page of another program; remove it, or name another folder")
    return reduce(and_, (mode | stat.S_IRUSR | stat.S_IWUSR for mode in modes), 0o666)


def note_read(path: Path) -> None:
    """Remember a file that a command reads: it is not replaced, and new files are open to no more users than it."""
    if (inputs := INPUTS.get()) is not None and path.is_file():
        of = path.stat()
        inputs[of.st_dev, of.st_ino] = of.st_mode


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """Make a hidden folder for files that will take places in a folder, and hold its lock; remove it in the end."""
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=folder))
        with suppress(FileNotFoundError):  # who found it before it was locked took it for one that was left
            lock = (staging / "lock").open("wb")
            with suppress(OSError):  # not every file system has locks
                _lock(lock)
            if (staging / "lock").exists():
                break
            lock.close()
    try:
        yield staging
    except OSError:
        (staging / "journal").unlink(missing_ok=True)
        raise
    finally:
        with lock:
            if not (staging / "journal").exists():  # else it was interrupted between two files: the next one finishes
                _remove(staging)
        if sys.platform == "win32":  # where no file is removed that is open
            _remove(staging)


def _remove(staging: Path) -> None:
    """Remove a hidden folder of files that have taken their places or never will; its lock goes last."""
    with suppress(OSError):
        for left in staging.iterdir():
            if left.name != "lock":
                left.unlink()
        (staging / "lock").unlink(missing_ok=True)
        staging.rmdir()


def _take_places(staging: Path, folder: Path, moves: Mapping[str, str]) -> None:
    """Move files from the hidden folder to their places, each to the name that it was made for."""
    for made, name in moves.items():
        source, target = staging / Path(made).name, folder / str(name)
        is_its_own = source.name.partition(".")[2] == target.name[:_PREFIX] and not source.is_symlink()
        if is_its_own and os.path.realpath(folder) in map(str, Path(os.path.realpath(target)).parents):
            with suppress(FileNotFoundError):  # another process finished it
                source.replace(target)
    (staging / "journal").unlink(missing_ok=True)


def finish_writing(folder: Path) -> None:
    """Let the files that a killed writer had listed take their places, and remove those of killed writers it had not.

    Raises
    ------
    InputError
        If a file cannot take its place; names the hidden folder in which it is.
    """
    for staging in sorted(folder.glob(f"{_STAGING}*")):
        if staging.is_symlink() or not staging.is_dir():
            continue
        moves: Any = None
        with suppress(OSError, ValueError, RecursionError):
            journal = staging / "journal"
            if journal.is_file() and journal.stat().st_size <= _LONGEST_JOURNAL:  # a pipe would be waited for
                moves = json.loads(journal.read_text(encoding="utf-8"))
        names = [*moves, *moves.values()] if isinstance(moves, dict) else [None]
        if all(isinstance(name, str) and "\0" not in name for name in names):
            try:
                _take_places(staging, folder, moves)
            except OSError as error:
                why = f"'{error.filename2 or error.filename}' cannot take its place: {error.strerror or error}"
                hint = f"make room for it, or remove the hidden folder '{staging}' to do without it"
                raise InputError(f"what a killed program was writing is not finished, {why}; {hint}") from None
        with suppress(OSError), (staging / "lock").open("rb+") as lock:
            _lock(lock, is_patient=False)  # refused while its writer lives
            _remove(staging)
        with suppress(OSError):  # killed before it had a lock
            staging.rmdir()


def _settle(placed: Mapping[Path, Content]) -> None:
    """Bring the names of files in their places to the disk; remove the pieces that were kept of them."""
    for parent in {place.parent: None for place in placed}:  # the names in a folder are on the disk too
        with suppress(OSError):  # not every system lets a folder be opened
            handle = os.open(parent, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    for place, content in placed.items():
        for part in place.parent.glob(f".{glob.escape(place.name)}.*.part") if isinstance(content, Pieces) else ():
            part.unlink(missing_ok=True)


def check_ordinary(path: Path) -> None:
    """Refuse a place for a file where a device, a pipe or a socket is.

    Raises
    ------
    InputError
        If there is one: a file that took its place would break every other program that uses it.
    OSError
        If the path cannot be looked up.
    """
    with suppress(FileNotFoundError, NotADirectoryError):
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise InputError(f"cannot write '{path}': it is not an ordinary file but a device, pipe or socket")


def _kept(path: Path, content: Pieces, staging: Path, mode: int) -> Iterator[bytes]:
    """Yield pieces, each kept beside the file until it is whole: what an interrupted run made is not made again."""
    for k, make in enumerate(content.make):
        part = path.with_name(f".{path.name}.{content.key}.{k}.part")
        if not part.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _whole(staging / "part", [make()], mode).replace(part)
        yield part.read_bytes()


def _whole(made: Path, pieces: Iterable[bytes], mode: int, place: Path | None = None) -> Path:
    """Write a whole file to the disk, with the permissions of the one in its place or new ones, and return it."""
    with open(made, "wb", opener=lambda name, flags: os.open(name, flags | os.O_EXCL, mode)) as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())
    if place is not None and place.exists():
        before = place.stat()
        if hasattr(os, "chown"):
            with suppress(OSError):  # only the administrator may give files away
                os.chown(made, before.st_uid, before.st_gid)
        made.chmod(stat.S_IMODE(before.st_mode))
    return made


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock between processes while the block runs; one whose holder was killed is free.

    Parameters
    ----------
    path : Path
        The lock file; made if it is not there, and left.

    Raises
    ------
    InputError, OSError
        If there is a device, pipe or socket in its place, or it cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    check_ordinary(path)  # a pipe would be waited for
    with path.open("ab") as file:
        _lock(file)
        yield


def _lock(file: IO[bytes], *, is_patient: bool = True) -> None:
    """Lock an open file until it is closed; where another process holds it, wait, or raise OSError."""
    if sys.platform == "win32":
        import msvcrt

        while is_patient:
            with suppress(OSError):  # it gives up after ten seconds
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                return
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX if is_patient else fcntl.LOCK_EX | fcntl.LOCK_NB)
