"""Several event files at once: one process a file, the counts put together in the order of the files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from eventstudy.errors import DataMissingError, DesignError
from eventstudy.events.gdelt.filters import Filters
from eventstudy.events.gdelt.scan import scan_file
from eventstudy.events.gdelt.tally import MOST_ENTRIES, Tally

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
    files = [Path(path) for path in paths]
    sizes = _sizes(files)
    total, filters = sum(sizes), filters or Filters()

    def told(done: int) -> None:
        if progress:
            progress(done, total)

    workers = min(workers, len(files), 1 + total // _WORTH_A_PROCESS)
    scan = _scan_here if workers <= 1 else _scan_apart
    tally = Tally(most=_MOST_TOGETHER)
    for one in scan(files, sizes, filters, workers, told):
        tally.join(one)
    return tally


def _sizes(files: Sequence[Path]) -> list[int]:
    if not files:
        raise DesignError("no GDELT file to read")
    resolved = [file.resolve() for file in files]
    for file, path in zip(files, resolved, strict=True):
        if not file.is_file():
            raise DataMissingError(f"no GDELT file '{file}'")
        if resolved.count(path) > 1:
            raise DesignError(f"the GDELT file '{file}' stands there twice; its rows would count twice")
    return [file.stat().st_size for file in files]


def _scan_here(
    files: Sequence[Path], sizes: Sequence[int], filters: Filters, _workers: int, told: Callable[[int], None]
) -> list[Tally]:
    before = [sum(sizes[:k]) for k in range(len(files))]
    return [
        scan_file(file, filters, lambda n, start=start: told(start + n))  # type: ignore[misc]
        for file, start in zip(files, before, strict=True)
    ]


def _scan_apart(
    files: Sequence[Path], sizes: Sequence[int], filters: Filters, workers: int, told: Callable[[int], None]
) -> list[Tally]:
    # Spawned, not forked: a process begins empty, and stays small whatever its parent has loaded.
    pool = ProcessPoolExecutor(workers, get_context("spawn"))
    try:
        size_of = {pool.submit(scan_file, file, filters): size for file, size in zip(files, sizes, strict=True)}
        done = 0
        for future in as_completed(size_of):
            future.result()
            done += size_of[future]
            told(done)
        return [future.result() for future in size_of]
    finally:
        pool.shutdown(cancel_futures=True)
