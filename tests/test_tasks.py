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
