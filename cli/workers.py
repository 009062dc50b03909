"""Who does the work of a study, and a progress bar where somebody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli.options import CHOICES

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from eventstudy.study import EventStudy, StudyResult

ExecutorOption = Annotated[
    str | None,
    typer.Option(
        "--executor",
        metavar="WHO",
        help="Who estimates the series: threads, processes or dask://HOST:PORT. Changes no number.",
        rich_help_panel=CHOICES,
    ),
]
BudgetOption = Annotated[
    int,
    typer.Option(
        "--budget",
        metavar="MIB",
        help="Memory for each table of pairs; a larger one is left out, and only --out writes it.",
        rich_help_panel=CHOICES,
    ),
]


@dataclass(frozen=True)
class Workers:
    """Who does the work, and in how much memory."""

    executor: ExecutorOption = None
    budget: BudgetOption = 1024


def fitted(study: EventStudy, workers: Workers, *, quiet: bool) -> StudyResult:
    """Run a study with the workers asked for and a bar on stderr."""
    with executor_of(workers.executor) as executor, _bar(quiet=quiet) as progress:
        return study.fit(executor=executor, progress=progress, budget=workers.budget * 2**20)


@contextmanager
def executor_of(who: str | None) -> Iterator[Executor | None]:
    """Yield the executor that a word means, and shut it down; None for none.

    Raises
    ------
    UnknownNameError
        If the word means none.
    DesignError
        If Dask is asked for and not installed.
    NetworkError
        If the cluster cannot be reached.
    """
    if who is None:
        yield None
    elif who.startswith("dask://"):
        with _cluster(who.removeprefix("dask://")) as executor:
            yield executor
    else:
        with _pool(who) as executor:
            yield executor


def _pool(who: str) -> Executor:
    from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
    from functools import partial
    from multiprocessing import get_context

    from eventstudy.errors import require_known

    # Spawned, for the progress bar has a thread of its own, and a process with threads is not safely forked.
    spawned = partial(ProcessPoolExecutor, mp_context=get_context("spawn"))
    kinds: dict[str, Callable[[], Executor]] = {"threads": ThreadPoolExecutor, "processes": spawned}
    return kinds[require_known(who, (*kinds, "dask://HOST:PORT"), "executor")]()


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    from eventstudy.errors import DesignError, NetworkError

    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise DesignError('a Dask cluster needs dask: pip install "raise-or-fold[dask]"') from None
    try:
        client = Client(f"tcp://{address}", timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise NetworkError(f"no Dask scheduler at {address}: {str(error).splitlines()[0]}") from None
    with client:
        yield client.get_executor()


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Callable[[int, int], object] | None]:
    """Show a bar on stderr while the block runs, where stderr is a terminal; yield what moves it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Estimates and placebos", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
