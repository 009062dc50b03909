"""How many small faults put into the core the tests find: ``python benchmarks/mutants.py [--sample 60] [--seed 1]``.

Faults are put one at a time into a copy of the checkout: comparisons turned, whole numbers one larger or smaller,
arithmetic and ``and``/``or`` exchanged, ``not`` dropped, ``None`` returned. The tests are run once under coverage to
learn which of them execute a line and how long each takes. Of a sample of faults by package, drawn by a seed, each
meets the tests that execute its line, the quickest first, until one fails; what the quick ones do not find meets all
tests of the files that hold one of them.
A fault with which the tests do not end counts as found. Those that are not found are written, with each package's score
and its 95 % interval (Wilson), to ``mutants.json`` beside this file; ``mutants.md`` says what each of them is.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: processes that fork have no threads

import coverage
import pytest

ROOT = Path(__file__).resolve().parents[1]

#: Where the faults that were not found are written.
OUT = Path(__file__).with_name("mutants.json")

#: The packages into which faults are put, and the tests among which those that execute them are looked for.
PACKAGES = {
    "matching": ("eventstudy/matching.py",),
    "study": tuple(f"eventstudy/study/{one}.py" for one in ("estimates", "placebo", "sample", "answer", "tables")),
    "inference": ("eventstudy/inference/*.py",),
    "models": ("eventstudy/models/*.py",),
}
TESTS = (
    *("tests/inference", "tests/models", "tests/matching", "tests/study", "tests/test_abnormal.py"),
    *("tests/test_plain_study.py", "tests/test_golden.py", "tests/test_one_answer.py", "tests/test_docs.py"),
    *("tests/charts/test_car.py", "tests/test_reading.py"),  # mean paths of answers; laws that only readings use
)

#: What tests import, once for all faults.
LOADED = (
    *("numpy", "scipy.stats", "scipy.optimize", "scipy.sparse", "pandas", "statsmodels.api", "statsmodels.formula.api"),
    *("statsmodels.tsa.statespace.structural", "hypothesis.extra.numpy", "exchange_calendars", "typer.testing", "arch"),
)

#: Seconds of tests, as they last without a fault, in the first round; and how many times as long one may make a round.
QUICK, SLOWER = 20.0, 4.0

#: Bytes that the tests of a fault may take.
MEMORY = 8 << 30

TURNED: dict[type, type] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


def changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield what a node can be changed into, with what that is called."""
    found = copy.deepcopy(node)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in TURNED:
        found.ops[0] = TURNED[type(node.ops[0])]()
        yield f"{type(node.ops[0]).__name__} to {type(found.ops[0]).__name__}", found
    elif isinstance(node, (ast.BinOp, ast.BoolOp, ast.AugAssign)) and type(node.op) in TURNED:
        found.op = TURNED[type(node.op)]()
        yield f"{type(node.op).__name__} to {type(found.op).__name__}", found
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        for step in (1, -1):
            yield f"{node.value} to {node.value + step}", ast.Constant(node.value + step)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not dropped", node.operand
    elif isinstance(node, ast.Return) and not (node.value is None or ast.unparse(node.value) == "None"):
        yield "None returned", ast.Return(ast.Constant(None))


def mutants(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the change and the text of every mutant of a module."""
    tree = ast.parse(text)
    places = [
        (parent, field, place)
        for parent in ast.walk(tree)
        for field, value in ast.iter_fields(parent)
        if field not in {"annotation", "returns", "decorator_list"}
        for place, _ in (enumerate(value) if isinstance(value, list) else [(None, value)])
    ]
    for parent, field, place in places:
        held = getattr(parent, field)
        node = held if place is None else held[place]
        if not isinstance(node, ast.AST):
            continue
        for what, changed in changes(node):
            put(parent, field, place, ast.copy_location(changed, node))
            yield getattr(node, "lineno", 0), what, ast.unparse(ast.fix_missing_locations(tree))
            put(parent, field, place, node)


def put(parent: ast.AST, field: str, place: int | None, node: ast.AST) -> None:
    """Put a node where another stands."""
    if place is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[place] = node


class Recorder:
    """Which tests execute a line of the packages, and how long each of them takes."""

    def __init__(self, files: list[str]) -> None:
        self.cover = coverage.Coverage(include=files, data_file=None, config_file=False)
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Name the test whose lines follow."""
        self.cover.switch_context(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up how long a test takes, with what it prepares."""
        self.seconds[report.nodeid] += report.duration


def forked(work: Callable[[], int], folder: Path) -> int:
    """Start a process of its own group in a folder, silent, and return its id."""
    if pid := os.fork():
        return pid
    os.setsid()
    os.nice(int(os.environ.get("NICE", "0")))
    quiet = os.open(os.environ.get("MUTANTS_LOG", os.devnull), os.O_RDWR | os.O_CREAT | os.O_APPEND)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    code = 2
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        sys.dont_write_bytecode = True
        code = work()
    finally:
        os._exit(code)


def run_tests(words: list[str], marks: str, *plugins: object) -> int:
    """Run some tests and return pytest's exit code."""
    plain = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-m", marks, "--no-header"]
    plain += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # hypothesis is there before pytest
    return int(pytest.main([*plain, *words], plugins=list(plugins)))


def recorded(
    folder: Path, files: list[str], tests: list[str]
) -> tuple[dict[str, dict[int, list[str]]], dict[str, float]]:
    """Run all tests without a fault; return the tests of each line of each file, and the seconds of each test."""
    out = folder / "recorded.json"

    def work() -> int:
        recorder = Recorder([str(folder / file) for file in files])
        recorder.cover.start()
        code = run_tests(tests, "not slow", recorder)
        recorder.cover.stop()
        data = recorder.cover.get_data()
        lines = {file: data.contexts_by_lineno(str(folder / file)) for file in files}
        out.write_text(json.dumps([lines, recorder.seconds]))
        return code

    _, status = os.waitpid(forked(work, folder), 0)
    if status:
        raise SystemExit("the tests fail without any fault")
    lines, seconds = json.loads(out.read_text())
    return {file: {int(at): found for at, found in of.items()} for file, of in lines.items()}, seconds


def tried(folder: Path, file: str, text: str, tests: list[str], seconds: float) -> bool:
    """Whether some tests find a fault, in a copy of the checkout; they have so many seconds."""
    path = folder / file
    before = path.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    try:
        # Which cases of a test are slow is counted among those asked for: of some, all are to run.
        pid, end = forked(lambda: run_tests(tests, "slow or not slow"), folder), time.monotonic() + seconds
        while time.monotonic() < end:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return status != 0
            time.sleep(0.02)
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return True
    finally:
        path.write_text(before, encoding="utf-8")


def rounds_of(
    executing: dict[int, list[str]], line: int, seconds: dict[str, float]
) -> Iterator[tuple[list[str], float]]:
    """Yield tests and how long they take: the quickest of a line's, then all others of the files that hold one."""
    tests = {one for one in executing.get(line, []) if one}
    if not tests:  # executed when the module is imported: by every test that executes the module
        tests = {one for of_line in executing.values() for one in of_line if one}
    rising = sorted(tests, key=seconds.__getitem__)
    n_quick = 1 + sum(spent <= QUICK for spent in accumulate(seconds[one] for one in rising))
    # What tests share is executed by the first of them alone, and looked at by others of its file.
    modules = {one.partition("::")[0] for one in rising}
    others = [one for one in seconds if one.partition("::")[0] in modules and one not in rising[:n_quick]]
    for some in (rising[:n_quick], others):
        if some:
            yield some, sum(seconds[one] for one in some)


def source_of(file: str, line: int) -> str:
    """Return a line of a file."""
    return (ROOT / file).read_text(encoding="utf-8").splitlines()[line - 1].strip()


def interval(found: int, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share."""
    z = 1.959963984540054
    middle, half = (found + z**2 / 2) / (n + z**2), z / (n + z**2) * (found * (n - found) / n + z**2 / 4) ** 0.5
    return middle - half, middle + half


def main() -> None:
    """Put a sample of faults into the packages and write which were not found."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sample", type=int, default=60, help="faults a package")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--package", choices=list(PACKAGES), action="append")
    asked.add_argument("--tests", nargs="*", default=list(TESTS))
    asked.add_argument("--again", action="store_true", help="only what mutants.json says was not found")
    options = asked.parse_args()
    files = {
        package: sorted(str(path.relative_to(ROOT)) for one in PACKAGES[package] for path in ROOT.glob(one))
        for package in options.package or PACKAGES
    }
    for name in LOADED:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as place:
        left_out = shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__")
        folder = Path(shutil.copytree(ROOT, Path(place) / "checkout", ignore=left_out, symlinks=True))
        for name in ("cli", "datasets"):  # as an install has them
            (folder / "eventstudy" / name).symlink_to(folder / name)
        began = time.monotonic()
        executing, seconds = recorded(folder, [file for of in files.values() for file in of], options.tests)
        print(f"{len(seconds)} tests in {time.monotonic() - began:.0f} s", flush=True)
        written = json.loads(OUT.read_text()) if options.again else {"seed": options.seed, "packages": {}}
        for package, of_package in files.items():
            every = [(file, *one) for file in of_package for one in mutants((ROOT / file).read_text(encoding="utf-8"))]
            of = written["packages"].setdefault(
                package, {"faults": len(every), "sample": min(options.sample, len(every))}
            )
            some = random.Random(options.seed).sample(every, of["sample"])  # noqa: S311  # which faults
            if options.again:
                known = {(one["file"], one["source"], one["what"]) for one in of["not_found"]}
                some = [one for one in every if (one[0], source_of(one[0], one[1]), one[2]) in known]
            of["not_found"] = []
            for k, (file, line, what, text) in enumerate(some, 1):
                rounds = rounds_of(executing[file], line, seconds)
                is_found = any(tried(folder, file, text, tests, 60 + SLOWER * lasts) for tests, lasts in rounds)
                if not is_found:
                    of["not_found"].append({"file": file, "line": line, "what": what, "source": source_of(file, line)})
                said = "found" if is_found else "NOT FOUND"
                print(f"{package} {k} of {len(some)}: {file}:{line} {what} {said}: {source_of(file, line)}", flush=True)
            n, n_found = of["sample"], of["sample"] - len(of["not_found"])
            low, high = interval(n_found, n)
            print(f"{package}: {n_found} of {n} of {of['faults']:,} faults, {low:.0%} to {high:.0%}", flush=True)
            OUT.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
