"""The same work in one thread, in many, in other processes or on a cluster, with the same answer to the last bit.

What a task computes depends on its arguments alone, and results come back in the order of the tasks.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from eventstudy.errors import DesignError

Result = TypeVar("Result")

#: Called with how much is done, and of how much.
Progress = Callable[[int, int], object]


def alike(keys: Iterable[Hashable]) -> list[list[int]]:
    """Return the places of equal keys together, in the order in which each is first met: what can be done at once.

    Examples
    --------
    >>> alike("abca")
    [[0, 3], [1], [2]]
    """
    places: dict[Hashable, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    return list(places.values())


def steps(items: Sequence[Result], progress: Progress | None = None) -> Iterator[Result]:
    """Yield items one by one; after each `progress` is called with how many are done, and of how many."""
    for done, item in enumerate(items, start=1):
        yield item
        if progress is not None:
            progress(done, len(items))


def run_tasks(
    function: Callable[..., Result],
    tasks: Sequence[tuple[Any, ...]],
    executor: Executor | None = None,
    progress: Progress | None = None,
    *,
    threads: bool = False,
) -> list[Result]:
    """Return what a function makes of each task (the arguments of a call), in their order.

    The `executor`, which is not shut down, does the work, or this thread; where there is none and `threads` are wanted,
    a thread a processor. `progress` is called with the number of tasks done and the number of all. For an executor of
    processes the function must be picklable.
    """
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise DesignError(f"executor must be one of concurrent.futures, e.g. ProcessPoolExecutor(), not {executor!r}")
    if progress is not None and not callable(progress):
        raise DesignError(f"progress must be a function of how much is done and of how much, not {progress!r}")
    if executor is None and threads and len(tasks) > 1:
        own = ThreadPoolExecutor(min(os.cpu_count() or 1, len(tasks)))
        try:
            return run_tasks(function, tasks, own, progress)
        finally:
            own.shutdown(cancel_futures=True)
    results: list[Result] = []
    try:
        begun = [executor.submit(function, *task).result if executor else partial(function, *task) for task in tasks]
        results.extend(result() for result in steps(begun, progress))
    except BrokenExecutor as error:  # a worker died, which is no defect of the study
        died = f"a worker of the executor died ({type(error).__name__}), killed or out of memory"
        mend = "run it again with fewer workers, or without an executor"
        raise DesignError(f"task {len(results) + 1} of {len(tasks)}: {died}; {mend}") from None
    return results


@contextmanager
def own_processes(n_workers: int) -> Iterator[Executor]:
    """Yield processes and shut them down; after an error or an interrupt no task is begun any more.

    They are spawned, not forked: they stay small whatever this one has loaded, and it may have threads. They ignore
    interrupts, which a terminal sends to all: this one raises it, and ends them at once.
    """
    import signal
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import active_children, get_context

    pool: Any = ProcessPoolExecutor(n_workers, get_context("spawn"))
    others, submit = set(active_children()), pool.submit

    def submit_masked(*words: Any) -> Any:
        heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # a process that begins now inherits it
        try:
            return submit(*words)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, heard)

    if sys.platform != "win32":
        pool.submit = submit_masked
    try:
        yield pool
    except BaseException:
        for process in set(active_children()) - others:
            process.terminate()
            process.join()
        # The pool would wait for the rest of a result that was sent in part, as long as there is an end to send it.
        pool._result_queue._writer.close()  # noqa: SLF001
        raise
    finally:
        pool.shutdown(cancel_futures=True)
