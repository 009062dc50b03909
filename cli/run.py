"""`eventstudy run`: a study from options."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from eventstudy.cli.options import DESIGN_FILE, OUTPUT, SHARED, Asked, Option, command, design_text
from eventstudy.cli.output import bar, emit, say, show, warn, write
from eventstudy.cli.views import ends_view, headline
from eventstudy.errors import DesignError, NetworkError, NothingUsableError, require_known

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from eventstudy.cli.output import TextTable
    from eventstudy.study import EventStudy, StudyResult

#: What `--format csv` and `parquet` write for each kind of row.
_FRAMES = {"stance": "average", "event": "car", "test": "tests", "tau": "aar"}

#: What has a command of its own now.
_MOVED = "is now a command of its own:"


@command(
    DESIGN_FILE,
    "SOURCES data_kind DESIGN",
    SHARED["tests"]._replace(help="Tests by id, default, all or none; prints them too."),
    Option("executor", "--executor WHO", "text", None,
           "Who estimates the series: threads, processes or dask://HOST:PORT. Changes no number.",
           offered=("threads", "processes", "dask://")),
    Option("budget", "--budget MIB", "whole", 1024,
           "Memory for each table of pairs; a larger one is left out, and only --out writes it.", least=0),
    Option("by", "--by ROW", "text", "stance", "What a row of the answer is: stance, event, test or tau.", OUTPUT,
           allowed=tuple(_FRAMES), first=True),
    Option("aar", "--aar", "yes", False, "The field's table: tau, AAR, t, CAAR, t.", OUTPUT, first=True),
    "how out",
    Option("show_design", "--show-design", "yes", False, "Write the design as TOML and run nothing.", OUTPUT),
    Option("show_input", "--show-input", "yes", False, "Show how the files were understood, and stop.", OUTPUT),
    "detail quiet",
)  # fmt: skip
def run(asked: Asked) -> None:
    """Run an event study and say what each market did, by stance or event by event."""
    if asked.data_kind != "prices":
        if not asked.prices:
            raise DesignError(f"--data-kind {asked.data_kind} says what a file holds; name it with --prices FILE")
        if asked.show_design:
            raise DesignError(f"a design file knows prices alone; leave out --data-kind {asked.data_kind}")
    if asked.aar and asked.by not in {"stance", "tau"}:
        raise DesignError(f"--aar is a table by session of event time; leave out --by {asked.by}")
    if asked.show_design:
        write(design_text(asked))
        return
    study = asked.study()
    if asked.show_input:
        _show_input(study)
        return
    with executor_of(asked.executor) as executor, bar("Estimates and placebos", quiet=asked.quiet) as progress:
        result = study.fit(executor=executor, progress=progress, budget=asked.budget * 2**20)
    write_result(result, asked)


run.moved = {  # type: ignore[attr-defined]
    "--method": f"run --method {_MOVED} eventstudy regress dummies|projections|factor|quantiles|diagnostics",
    **dict.fromkeys(("--grid", "--vary", "--grid-file"), f"run --grid {_MOVED} eventstudy grid, with the same options"),
}


def _show_input(study: EventStudy) -> None:
    """Show the first and last three rows of the events and of the figures as they were understood."""
    told = [name for name in ("time", "time_zone", "stance", "series", "headline") if study.events[name].ne("").any()]
    show(ends_view(study.events[["id", *told]], "Events, as understood"))
    show(ends_view(study.given.figures.reset_index(), "Figures, as understood"))


def write_result(result: StudyResult, asked: Asked) -> None:
    """Write a result to stdout in the format asked for, its warnings to stderr, its folder to disk.

    Raises
    ------
    NothingUsableError
        If no market event stands in a mean; after everything is written.
    """
    from eventstudy.study.envelope import envelope, to_json

    by = "tau" if asked.aar else asked.by
    if asked.out is not None:
        from eventstudy.files import write_files
        from eventstudy.study.folder import folder_files

        write_files(asked.out, folder_files(result))
    if asked.how == "json":
        write(to_json(envelope(result)))
    elif asked.how in {"csv", "parquet"}:
        emit(getattr(result, _FRAMES[by]), asked.how)
    else:
        if asked.how == "table" and by == "stance":
            say([answer.sentence for answer in headline(result)])
        for table in _tables(result, by, asked):
            show(table, how=asked.how)
    warn(result.warnings, quiet=asked.quiet, most=None if asked.detail else 3)
    if not any(answer.n for answer in result.answers):
        raise NothingUsableError("no market event stands in a mean over any window; --by event says why of each")


def _tables(result: StudyResult, by: str, asked: Asked) -> Iterator[TextTable]:
    """Yield the tables for a reader."""
    from eventstudy.cli import views

    windows = [str(window) for window in result.design.windows]
    if by == "stance":
        shown = windows if asked.detail or asked.windows or asked.how == "latex" else windows[:1]
        yield views.average_view(result, shown, "Averages over market events", detail=asked.detail)
    elif by == "event":
        for text in windows:
            used = list(dict.fromkeys(result.car["event_id"]))
            yield views.moves_view(result, used, text, f"What each market did over window {text}")
    elif by == "tau":
        yield views.aar_view(result)
    if (asked.tests is not None or by == "test") and len(result.tests):
        yield views.battery_view(result)


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
        with _cluster(who.removeprefix("dask://")) as client:
            yield client.get_executor()
    else:
        with _pool(who) as executor:
            yield executor


def _pool(who: str) -> Executor:
    from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
    from functools import partial
    from multiprocessing import get_context

    # Spawned, for the progress bar has a thread of its own, and a process with threads is not safely forked.
    spawned = partial(ProcessPoolExecutor, mp_context=get_context("spawn"))
    kinds: dict[str, Callable[[], Executor]] = {"threads": ThreadPoolExecutor, "processes": spawned}
    return kinds[require_known(who, (*kinds, "dask://HOST:PORT"), "executor")]()


def _cluster(address: str) -> Any:

    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise DesignError('a Dask cluster needs dask: pip install "raise-or-fold[dask]"') from None
    try:
        return Client(f"tcp://{address}", timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise NetworkError(f"no Dask scheduler at {address}: {str(error).splitlines()[0]}") from None
