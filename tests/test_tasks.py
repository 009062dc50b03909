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


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="a second process is made on Linux alone")

#: Three jobs that return their number and whether the first process made it; there are two cores.
BEGIN = """
import os, signal, sys, threading, time
from functools import partial
from eventstudy.tasks import in_another
os.sched_getaffinity = lambda _: {0, 1}
first, lines = os.getpid(), []
def job(k, harm=lambda: None):
    if os.getpid() != first:
        harm()
    return k, os.getpid() == first
def run(harm=lambda: None):
    with in_another([partial(job, k, harm) for k in range(3)], lines.append) as results:
        print(results(), lines)
"""
HERE, THERE = [(0, True), (1, True), (2, True)], [(0, False), (1, False), (2, False)]
LOST = ["a second process was lost; its work was done again here"]


def printed(code):
    """Run code after `BEGIN` in an interpreter with one thread; return what it printed."""
    return subprocess.run([sys.executable, "-c", BEGIN + code], capture_output=True, text=True, check=True).stdout


@LINUX
def test_a_second_process_makes_it():
    """Results come from the second process in the order of the jobs, also those that no pipe holds at once."""
    assert printed("run()") == f"{THERE} []\n"
    code = "with in_another([lambda: bytes(10**7)], lines.append) as results: print(len(results()[0]), lines)"
    assert printed(code) == "10000000 []\n"


@LINUX
@pytest.mark.parametrize(
    "harm",
    ["lambda: os.kill(os.getpid(), signal.SIGKILL)", "lambda: 1 / 0", "lambda: sys.exit(3)", "lambda: os._exit(0)"],
)
def test_a_lost_process_is_named_and_its_work_done(harm):
    """However the second process ends, every result is there, made here, and a line says so."""
    assert printed(f"run({harm})") == f"{HERE} {LOST}\n"


@LINUX
@pytest.mark.parametrize(
    "change",
    [
        "os.sched_getaffinity = lambda _: {0}",
        "sys.platform = 'darwin'",
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        "def none(): raise BlockingIOError(11, 'Resource temporarily unavailable')\nos.fork = none",
    ],
)
def test_one_process_does_it_alone(change):
    """With one core, on another system, beside a thread, or where no process may begin, all is done here."""
    assert printed(f"{change}\nrun()") == f"{HERE} []\n"


@LINUX
@pytest.mark.parametrize("wrong", ["KeyboardInterrupt", "ZeroDivisionError"])
def test_what_goes_wrong_here_ends_the_second_process(wrong):
    """An error or an interrupt in the block is raised, and no second process is left."""
    code = f"""
fork = os.fork
def kept():
    global child
    child = fork()
    return child
os.fork = kept
try:
    with in_another([partial(time.sleep, 60)], lines.append):
        raise {wrong}
except {wrong}:
    try:
        os.kill(child, 0)
    except ProcessLookupError:
        print("ended", lines)
"""
    assert printed(code) == "ended []\n"


@LINUX
def test_an_error_of_a_job_is_raised():
    """A job that fails in both processes raises its own error, without a word of the second one."""
    code = """
try:
    with in_another([partial(int, "x")], lines.append) as results:
        results()
except ValueError:
    print("raised", lines)
"""
    assert printed(code) == "raised []\n"


#: Tasks of which few are done when the interrupt comes, with results that no pipe holds at once.
INTERRUPTED = """
import sys, time
from eventstudy.tasks import own_pool, run_tasks
def work(k):
    time.sleep(0.05)
    return bytes(10**6)
if __name__ == "__main__":
    try:
        with own_pool(2, processes={processes}) as pool:
            run_tasks(work, [(k,) for k in range(1000)], pool, lambda done, _: done == 5 and print(flush=True))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
"""


@pytest.mark.one_in(4)
@pytest.mark.skipif(sys.platform == "win32", reason="signals to a group of processes")
@pytest.mark.parametrize("is_terminal", [True, False], ids=["a terminal's", "to one process"])
@pytest.mark.parametrize("processes", [True, False], ids=["processes", "threads"])
def test_an_interrupt_ends_a_pool_of_ours(tmp_path, processes, is_terminal):
    """What is left of 25 seconds of work is not done, no process says anything of its own, and none is left."""
    (tmp_path / "work.py").write_text(INTERRUPTED.format(processes=processes), encoding="utf-8")
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
