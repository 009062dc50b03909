"""Files: text and TOML read, content written whole, texts that no spreadsheet runs, locks."""

from __future__ import annotations

import glob
import json
import os
import re
import stat
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from eventstudy.errors import InputError

#: The beginning of a journal's name: a list of files that are whole on the disk and still have to take their places.
_JOURNAL = ".eventstudy-writing."

#: Characters of a file's name that the name of its temporary file keeps.
_PREFIX = 100


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
    """Return a text as it was before `inert`."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text) else text


def inert_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose texts and headings are inert."""
    texts = [name for name in frame.columns if frame[name].dtype.kind not in "fiubmMc"]
    changed = {}
    for name in texts:
        values = frame[name].cat.categories if isinstance(frame[name].dtype, pd.CategoricalDtype) else frame[name]
        if any(isinstance(value, str) and _FORMULA.match(value) for value in values):
            changed[name] = frame[name].astype(object).map(inert)
    return frame.assign(**changed).rename(columns=inert)


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, without its byte order mark.

    Raises
    ------
    InputError
        If the file cannot be opened or is not UTF-8.
    """
    try:
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


def write_files(folder: str | Path, contents: Mapping[str, Content]) -> list[Path]:
    """Write several files below a folder, all or none: none takes its place before each is whole and on the disk.

    Parameters
    ----------
    folder : str or Path
        Where to; made if it is not there.
    contents : mapping of str to bytes or Pieces
        Content by path below the folder; that of large files in pieces, of which an interrupted run keeps those made.

    Returns
    -------
    list of Path
        The files written, in order.

    Raises
    ------
    InputError
        If the folder or a file in it cannot be written, or there is a device, pipe or socket in its place; what was
        there before is there still.

    Notes
    -----
    A file that is replaced keeps its permissions and, where that is allowed, its owner. Of a link, the file that it
    points to is written.

    Several files take their places one after the other, by a list of them that stands in the folder meanwhile: whoever
    reads a result folder, or writes into it, finishes what a killed writer left (`finish_writing`).
    """
    folder = Path(folder)
    paths = [folder / name for name in contents]
    # Where links point to; what is renamed onto a link would take its place.
    places, home = [Path(os.path.realpath(path)) for path in paths], Path(os.path.realpath(folder))
    above = {parent for place in places for parent in place.parents if not os.path.lexists(parent)}
    written: list[Path] = []
    promised: list[Path] = []
    try:
        for path in paths:
            check_ordinary(path)
        finish_writing(folder)
        for k, content in enumerate(contents.values()):
            path = paths[k]
            pieces = [content] if isinstance(content, bytes) else _kept(places[k], content)
            written.append(_beside(places[k], pieces))
        inside = {
            of: place.relative_to(home) for of, place in zip(written, places, strict=True) if home in place.parents
        }
        for made, place in zip(written, places, strict=True):
            if made not in inside or len(inside) == 1:
                made.replace(place)
        if len(inside) > 1:
            moves = {str(at.with_name(of.name)): str(at) for of, at in inside.items()}
            draft = _beside(folder / "journal", [json.dumps(moves).encode()])
            # With the journal in its place the files are as good as written: after a kill the next one finishes it.
            written, promised = [draft], [*written, folder / f"{_JOURNAL}{draft.name}"]
            draft.replace(promised[-1])
            finish_writing(folder)
        _settle(dict(zip(places, contents.values(), strict=True)))
    except OSError as error:
        written += promised
        raise InputError(f"cannot write '{error.filename2 or path}': {error.strerror or error}") from None
    finally:
        for left in written:
            with suppress(OSError):
                left.unlink()
        for parent in sorted(above, key=lambda parent: -len(parent.parts)):  # made for nothing
            with suppress(OSError):
                parent.rmdir()
    return paths


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


def finish_writing(folder: Path) -> None:
    """Let the files of a writer that was killed in between take their places; nothing where none was.

    Raises
    ------
    OSError
        If one cannot take it.
    """
    for journal in sorted(folder.glob(f"{_JOURNAL}*")):
        with suppress(FileNotFoundError, ValueError):  # another process finished it
            moves = json.loads(journal.read_text(encoding="utf-8"))
            for made, name in moves.items() if isinstance(moves, dict) else ():
                source, target = folder / made, folder / str(name)
                # Only a file that was written beside its place, in this folder.
                beside = source.parent == target.parent and source.name.startswith(f".{target.name[:_PREFIX]}.")
                if beside and folder.resolve() in target.resolve().parents:
                    with suppress(FileNotFoundError):
                        source.replace(target)
            journal.unlink()


def _kept(path: Path, content: Pieces) -> Iterator[bytes]:
    """Yield pieces, each kept beside the file until it is whole: what an interrupted run made is not made again."""
    for k, make in enumerate(content.make):
        part = path.with_name(f".{path.name}.{content.key}.{k}.part")
        if not part.exists():
            _beside(part, [make()]).replace(part)
        yield part.read_bytes()


def _beside(path: Path, pieces: Iterable[bytes]) -> Path:
    """Write a whole file beside its place, to the disk, and return it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:_PREFIX]}.")
    made = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        mode = 0o644
        with suppress(FileNotFoundError, NotADirectoryError):
            before = path.stat()
            mode = stat.S_IMODE(before.st_mode)
            if hasattr(os, "chown"):
                with suppress(OSError):  # only the administrator may give files away
                    os.chown(made, before.st_uid, before.st_gid)
        made.chmod(mode)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    return made


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock between processes while the block runs; one whose holder was killed is free.

    Parameters
    ----------
    path : Path
        The lock file; made if it is not there, and left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        if sys.platform == "win32":
            import msvcrt

            while True:
                with suppress(OSError):  # it gives up after ten seconds
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                    break
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
