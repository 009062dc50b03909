"""What was fetched is kept: one series a folder, and how it survives kills, other processes and bad disks."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pandas as pd

from eventstudy.errors import InputError
from eventstudy.files import locked, write_files

_FORMAT = 1
_DIGITS = 12
_FILE_NAME = re.compile(r"prices-[0-9a-f]{12}\.csv")


class DamagedError(Exception):
    """A cached file is not what was written."""


@dataclass(frozen=True)
class Key:
    """Which series it is.

    Parameters
    ----------
    provider, instrument, symbol : str
        Whose figures, for which instrument, under which symbol there.
    adjusted : bool
        Whether dividends are added back.
    """

    provider: str
    instrument: str
    symbol: str
    adjusted: bool = False

    @property
    def folder(self) -> str:
        """Its folder below the cache's, which holds nothing else.

        Examples
        --------
        >>> Key("yahoo", "em-bonds", "EMB", adjusted=True).folder, Key("yahoo", "^SKEW", "^SKEW").folder
        ('yahoo/em-bonds@adjusted', 'yahoo/%5ESKEW')
        """
        return f"{self.provider}/{quote(self.instrument, safe='')}" + ("@adjusted" if self.adjusted else "")


@dataclass(frozen=True)
class Revision:
    """A figure that a provider changed after it had been stored; None where there is none."""

    session: str
    before: float | None
    after: float | None


@dataclass(frozen=True, eq=False)
class Entry:
    """A cached series.

    Parameters
    ----------
    key : Key
        Which it is.
    prices : Series, shape (T,)
        Prices as the provider gave them, indexed by session.
    first, last : date
        The dates that were asked for, without a hole.
    revisions : tuple of Revision
        Figures that changed since they were first stored, the latest finding last.
    """

    key: Key
    prices: pd.Series
    first: date
    last: date
    revisions: tuple[Revision, ...] = ()

    def covers(self, first: date, last: date) -> bool:
        """Whether all of these dates were asked for when it was stored."""
        return self.first <= first and last <= self.last


def encode(entry: Entry) -> tuple[str, bytes, bytes]:
    """Write an entry down.

    Parameters
    ----------
    entry : Entry
        What to write.

    Returns
    -------
    tuple of str, bytes, bytes
        Name and content of the CSV file, and the content of the label that vouches for it. The CSV is named after its
        own digest, so that a new one never overwrites the old one: putting the label in place is what makes it count.
    """
    rows = "".join(f"{day:%Y-%m-%d},{float(price)!r}\n" for day, price in entry.prices.items())
    content = f"session,price\n{rows}".encode()
    digest = hashlib.sha256(content).hexdigest()
    file = f"prices-{digest[:_DIGITS]}.csv"
    label = {
        "format": _FORMAT,
        **asdict(entry.key),
        "query": {"first": entry.first.isoformat(), "last": entry.last.isoformat(), "interval": "1d"},
        "file": file,
        "sha256": digest,
        "rows": len(entry.prices),
        "sessions": [f"{day:%Y-%m-%d}" for day in entry.prices.index[[0, -1]]],
        "revisions": [asdict(revision) for revision in entry.revisions],
    }
    return file, content, (json.dumps(label, indent=2, ensure_ascii=False) + "\n").encode()


def read_label(content: bytes) -> dict[str, Any]:
    """Return what a label says.

    Raises
    ------
    DamagedError
        If it is cut, not UTF-8 or not ours.
    """
    try:
        label = json.loads(content.decode("utf-8"))
        needed = {"provider", "instrument", "symbol", "adjusted", "query", "file", "sha256", "revisions"}
    except ValueError as error:
        raise DamagedError(f"its label cannot be read ({type(error).__name__})") from None
    if not isinstance(label, dict) or not needed <= set(label):
        raise DamagedError("parts of its label are missing")
    if not _FILE_NAME.fullmatch(str(label["file"])):
        raise DamagedError("its label names a file that is none of ours")
    return label


def decode(label: dict[str, Any], content: bytes) -> Entry:
    """Return the entry that a label and its CSV file hold.

    Raises
    ------
    DamagedError
        If the CSV is not the one that the label vouches for, or the label says something impossible.
    """
    if hashlib.sha256(content).hexdigest() != label["sha256"]:
        raise DamagedError("its figures are not those written down")
    try:
        rows = [line.split(",") for line in content.decode("utf-8").splitlines()[1:]]
        days = pd.to_datetime([day for day, _ in rows], format="%Y-%m-%d").as_unit("ns")
        prices = pd.Series([float(price) for _, price in rows], index=days, dtype="float64")
        key = Key(label["provider"], label["instrument"], label["symbol"], label["adjusted"])
        revisions = tuple(Revision(**row) for row in label["revisions"])
        first, last = (date.fromisoformat(label["query"][end]) for end in ("first", "last"))
    except (ValueError, TypeError, KeyError) as error:
        raise DamagedError(f"its label says something impossible ({type(error).__name__})") from None
    return Entry(key, prices, first, last, revisions)


#: Environment variable that names the folder.
FOLDER_VARIABLE = "EVENTSTUDY_CACHE"

#: Names of what we write: a label, figures named after their digest; cut writes begin with a point, and what is set
#: aside has a suffix. Nothing else is ever removed.
_OURS = re.compile(r"\.?(label\.json|prices-[0-9a-f]{12}\.csv)(\..+)?")

_LABEL = "label.json"
_LOCK = "lock"
_SET_ASIDE = ".corrupt"
_LOOKS = 5


def default_folder() -> Path:
    """Return the folder that the environment variable `EVENTSTUDY_CACHE` names, else one in the user's cache folder."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("raise-or-fold", appauthor=False)


@dataclass(frozen=True, eq=False)
class Found:
    """What the store has under a key.

    Parameters
    ----------
    entry : Entry or None
        The series; None if there is none, or none that can be trusted.
    notes : tuple of str
        What was found to be wrong.
    """

    entry: Entry | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Store:
    """A folder of cached series, each in a folder of its own: a CSV file and the label that vouches for it.

    Parameters
    ----------
    folder : Path
        Where; made when something is written.

    Notes
    -----
    A CSV is named after its digest and never overwritten; replacing the label, in one step, is what makes a new one
    count. Whoever is killed before leaves the old pair in force, whoever is killed after leaves the new one. Readers
    need no lock; writers hold one from reading the old entry to replacing it.
    """

    folder: Path

    def read(self, key: Key) -> Found:
        """Return a series whose figures are those that were written.

        Parameters
        ----------
        key : Key
            Which.

        Returns
        -------
        Found
            The entry. Files that are not what was written are set aside with the suffix ``.corrupt``, with a note.
        """
        try:
            return Found(self._load(key))
        except DamagedError:
            return self._mend(key)
        except OSError as error:
            return Found(None, (f"the cache cannot be read: {error.strerror or error}",))

    def update(self, key: Key, merge: Callable[[Entry | None], Entry]) -> Found:
        """Replace a series by what is made of the one that is there now.

        Parameters
        ----------
        key : Key
            Which.
        merge : callable
            Is given the entry that is there, None if there is none, and returns the new one. Nobody else writes
            meanwhile.

        Returns
        -------
        Found
            The new entry; with a note if it could not be written.
        """
        home = self.folder / key.folder
        try:
            with locked(self.folder / _LOCK):
                entry = merge(self._load_or_none(key))
                file, content, label = encode(entry)
                write_files(home, {file: content})
                write_files(home, {_LABEL: label})
                _sweep(home, keep=file)
        except (OSError, InputError) as error:
            return Found(merge(None), (f"{key.instrument} is not kept in the cache: {error}",))
        return Found(entry)

    def entries(self) -> Iterator[Entry | str]:
        """Yield every series in order; of one that is damaged, a line that says so."""
        for path in sorted(self.folder.glob(f"*/*/{_LABEL}")):
            try:
                yield _read_pair(path.parent)
            except FileNotFoundError:  # cleared a moment ago
                continue
            except OSError as error:
                yield f"{path.parent.relative_to(self.folder).as_posix()} cannot be read: {error.strerror or error}"
            except DamagedError as damage:
                yield f"{path.parent.relative_to(self.folder).as_posix()} is damaged: {damage}"

    def clear(self, instruments: Collection[str] | None = None) -> list[str]:
        """Remove series, what was set aside of them, and what killed writers left.

        Parameters
        ----------
        instruments : collection of str, optional
            Names of the instruments; default all.

        Returns
        -------
        list of str
            What was removed, e.g. ``"yahoo/ruble"``.

        Raises
        ------
        InputError
            If a file cannot be removed.
        """
        removed: list[str] = []
        homes = sorted(path for path in self.folder.glob("*/*") if path.is_dir())
        try:
            for home in homes:
                if instruments is None or unquote(home.name.partition("@")[0]) in instruments:
                    with locked(self.folder / _LOCK):
                        gone = _remove(path for path in home.iterdir())
                        with suppress(OSError):  # there is something of somebody else's in it
                            home.rmdir()
                    removed += [unquote(home.relative_to(self.folder).as_posix())] if gone else []
        except OSError as error:
            raise InputError(f"cannot clear the cache in '{self.folder}': {error.strerror or error}") from None
        return removed

    def _load(self, key: Key) -> Entry | None:
        try:
            entry = _read_pair(self.folder / key.folder)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return entry if entry.key == key else None

    def _load_or_none(self, key: Key) -> Entry | None:
        try:
            return self._load(key)
        except DamagedError:
            return None

    def _mend(self, key: Key) -> Found:
        """Set damaged files aside, unless another process has already mended them."""
        home = self.folder / key.folder
        try:
            with locked(self.folder / _LOCK):
                try:
                    return Found(self._load(key))
                except DamagedError as damage:
                    for path in [home / _LABEL, *home.glob("prices-*.csv")]:
                        path.replace(path.with_name(path.name + _SET_ASIDE))
                    note = f"the cached {key.folder} was damaged, {damage}; set aside with the suffix {_SET_ASIDE}"
                    return Found(None, (note,))
        except OSError as error:
            return Found(None, (f"the cached {key.folder} is damaged and cannot be moved: {error.strerror or error}",))


def _read_pair(home: Path) -> Entry:
    """Read a label and its figures; look again when a writer took the figures away in between.

    Raises
    ------
    FileNotFoundError
        If there is no label, so that nothing is kept there.
    DamagedError
        If there is one, and not the figures it vouches for.
    """
    for _ in range(_LOOKS):
        label = read_label((home / _LABEL).read_bytes())
        with suppress(FileNotFoundError):
            return decode(label, (home / str(label["file"])).read_bytes())
    raise DamagedError("its figures are missing")


def _sweep(home: Path, keep: str) -> None:
    """Remove former figures and what killed writers left; what was set aside stays."""
    with suppress(OSError):
        _remove(path for path in home.iterdir() if path.name not in {_LABEL, keep} and path.suffix != _SET_ASIDE)


def _remove(paths: Iterable[Path]) -> int:
    """Remove those of some files that are ours; return how many."""
    ours = [path for path in paths if _OURS.fullmatch(path.name)]
    for path in ours:
        path.unlink()
    return len(ours)
