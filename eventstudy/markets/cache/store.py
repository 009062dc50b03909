"""The folder in which fetched prices are kept, and how it survives kills, other processes and bad disks."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from eventstudy.errors import InputError
from eventstudy.files import write_files
from eventstudy.markets.cache.entry import DamagedError, Entry, Key, decode, encode, read_label
from eventstudy.markets.cache.lock import locked

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
