"""A bare checkout is enough: the folders `cli` and `datasets` are then found beside the package."""

import gc
import os
import sys
import time
import traceback
import warnings
from collections import Counter
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

if find_spec("eventstudy") is None:
    sys.path.insert(0, str(ROOT))
if find_spec("eventstudy.cli") is None:
    import_module("eventstudy").__path__.append(str(ROOT))


def pytest_sessionstart():
    """Build the command line once: of a test that calls it with wrong words building it anew was most of the time.

    A process of the command line builds it once too; the tests that start one see it as it is then.
    """
    import typer.main

    from eventstudy.cli import app

    gc.set_threshold(50_000)  # as the command line does: collecting makes no garbage, and looking took a seventh of it
    os.fsync = lambda _file: None  # no test cuts the power, and waiting for the disk took longer than writing
    typer.main.get_command, app.command_line = cache(typer.main.get_command), cache(app.command_line)


def pytest_configure(config):
    """Let hypothesis draw the same examples in every run, however slow the machine; the slow ones draw them all."""
    from hypothesis import settings  # this file is also run without pytest, to try a bare checkout

    n_examples = 10 if config.option.markexpr == "not slow" else 50
    settings.register_profile("house", deadline=None, derandomize=True, max_examples=n_examples)
    settings.load_profile("house")


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Leave thousands of collected tests out of every search for garbage, also while they are collected."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config, items):
    """Mark the cases that `one_in` leaves to the slow tests; leave these out of a run that does not ask for marks.

    What hypothesis draws for is a slow test too, with all its examples.
    """
    seen = Counter()
    for item in items:
        if mark := item.get_closest_marker("one_in"):
            test = item.nodeid.partition("[")[0]
            if seen[test] % mark.args[0]:
                item.add_marker("slow")
            seen[test] += 1
        if config.option.markexpr == "slow" and hasattr(getattr(item, "obj", None), "hypothesis"):
            item.add_marker("slow")
    if config.option.markexpr:
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow and len(slow) < len(items):
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in set(slow)]


class Copy:
    """A copy of this process that runs a function, and what it leaves: its exit code and what it wrote.

    It has imported what this one has: a process that begins anew needs a second of processor before it does anything.
    """

    def __init__(self, work, folder=None, fork=None):
        self.files = [folder / name for name in ("out", "err")] if folder else []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads of a worker, which a copy does not have
            self.id = (fork or os.fork)()
        if self.id == 0:
            self._run(work)

    def _run(self, work):
        code = 1
        try:
            for number, file in enumerate(self.files, 1):
                os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
            sys.stdin, sys.stdout, sys.stderr = (
                open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115  # open to the end
                for number, mode in enumerate("rww")
            )
            work()
            code = 0
        except SystemExit as left:
            code = left.code or 0
        except BaseException:  # noqa: BLE001  # nothing may go back into the tests
            traceback.print_exc()
        finally:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError):
                    stream.flush()
            os._exit(code)

    def end(self, seconds=120):
        """Wait for its end; return its exit code and what it wrote to its files."""
        until = time.monotonic() + seconds
        while not (found := os.waitpid(self.id, os.WNOHANG))[0]:
            assert time.monotonic() < until, "a copy of the process does not end"
            time.sleep(0.002)
        code = os.waitstatus_to_exitcode(found[1])
        return code, *(file.read_text(encoding="utf-8") for file in self.files)


@pytest.fixture(scope="session")
def copy_of_process(tmp_path_factory):
    """Begin a function in a copy of this process."""

    def begin(work, fork=None):
        """Write what it says to files, unless its own way to fork gives it a terminal."""
        return Copy(work, None if fork else tmp_path_factory.mktemp("copy"), fork)

    return begin
