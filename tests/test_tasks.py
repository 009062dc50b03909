import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from eventstudy import Window
from eventstudy.models import window_sums
from eventstudy.tasks import run_tasks

TASKS = [(np.random.default_rng(seed).normal(size=50), Window(-2, 3), 0.0) for seed in range(7)]


def processes(n_workers):
    """Other processes, begun afresh."""
    return ProcessPoolExecutor(n_workers, mp_context=get_context("spawn"))


@pytest.mark.parametrize(
    ("kind", "n_workers"), [(ThreadPoolExecutor, 1), (ThreadPoolExecutor, 2), (ThreadPoolExecutor, 3), (processes, 2)]
)
def test_any_number_of_workers_gives_the_same_bytes(kind, n_workers):
    """Threads or processes, one, two or three of them: every result has the bits it has without any."""
    alone = run_tasks(window_sums, TASKS)
    with kind(n_workers) as executor:
        together = run_tasks(window_sums, TASKS, executor)
    assert [found.tobytes() for found in together] == [found.tobytes() for found in alone]


@pytest.mark.parametrize("threads", [True, False])
def test_progress_counts_the_tasks(threads):
    """Progress is told after each task how many are done of how many, in order."""
    told = []
    run_tasks(window_sums, TASKS, progress=lambda done, of: told.append((done, of)), threads=threads)
    assert told == [(k, 7) for k in range(1, 8)]


def test_an_error_of_a_task_is_raised():
    """What goes wrong in another thread is raised here."""
    with ThreadPoolExecutor(2) as executor, pytest.raises(ZeroDivisionError):
        run_tasks(divmod, [(1, 1), (1, 0)], executor)


def test_no_tasks():
    """Nothing to do is done at once."""
    assert run_tasks(window_sums, [], threads=True) == []


#: Tasks of which few are done when the interrupt comes, with results that no pipe holds at once.
INTERRUPTED = """
import sys, time
from contextlib import nullcontext
from eventstudy.tasks import own_processes, run_tasks
def work(k):
    time.sleep(0.05)
    return bytes(10**6)
if __name__ == "__main__":
    try:
        with {pool} as pool:
            tasks = [(k,) for k in range(1000)]
            run_tasks(work, tasks, pool, lambda done, _: done == 5 and print(flush=True), threads=True)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
"""


@pytest.mark.one_in(4)
@pytest.mark.skipif(sys.platform == "win32", reason="signals to a group of processes")
@pytest.mark.parametrize("is_terminal", [True, False], ids=["a terminal's", "to one process"])
@pytest.mark.parametrize("pool", ["own_processes(2)", "nullcontext()"], ids=["processes", "threads"])
def test_an_interrupt_ends_a_pool_of_ours(tmp_path, pool, is_terminal):
    """What is left of 25 seconds of work is not done, no process says anything of its own, and none is left."""
    (tmp_path / "work.py").write_text(INTERRUPTED.format(pool=pool), encoding="utf-8")
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)  # children inherit an ignored one
    try:
        run = subprocess.Popen([sys.executable, "work.py"], cwd=tmp_path, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, start_new_session=True)  # fmt: skip
    finally:
        signal.signal(signal.SIGINT, heard)
    try:
        assert run.stdout.readline() == "\n"
        begin = time.monotonic()
        (os.killpg if is_terminal else os.kill)(run.pid, signal.SIGINT)
        assert run.communicate(timeout=60) == ("", "interrupted\n")  # their ends of the pipes are closed: all ended
        assert time.monotonic() - begin < 10
    finally:
        run.kill()
