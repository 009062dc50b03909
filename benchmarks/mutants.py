"""How many small faults put into the core the tests find: ``python benchmarks/mutants.py [--sample 120] [--seed 1]``.

Faults are put one at a time into a copy of the checkout: comparisons turned, whole numbers one larger or smaller,
arithmetic and ``and``/``or`` exchanged, ``not`` dropped, ``None`` returned. A fault is found where the tests of its
module fail or do not end. Those that are not found are written with their line, to ``mutants.md`` beside this file.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).resolve().parents[1]
#: The modules, and the tests that are to find faults in them, the quick ones first.
MODULES = {
    "eventstudy/matching.py": ("tests/matching", "tests/cli/test_bytes.py", "tests/test_plain_study.py"),
    "eventstudy/study/estimates.py": (
        *(
            "tests/cli/test_bytes.py",
            "tests/study/test_partial.py",
            "tests/study/test_scale.py",
            "tests/test_golden.py",
        ),
        *("tests/study/test_study.py", "tests/test_plain_study.py"),
    ),
    "eventstudy/study/placebo.py": (
        *("tests/cli/test_bytes.py", "tests/study/test_placebo.py", "tests/study/test_scale.py"),
        "tests/test_plain_study.py",
    ),
    "eventstudy/inference/placebo.py": (
        *("tests/inference/test_placebo.py", "tests/cli/test_bytes.py", "tests/study/test_placebo.py"),
        "tests/test_plain_study.py",
    ),
}
#: A mutant that runs longer has lost its end.
SECONDS = 240

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
        yield "comparison", found
    elif isinstance(node, (ast.BinOp, ast.BoolOp, ast.AugAssign)) and type(node.op) in TURNED:
        found.op = TURNED[type(node.op)]()
        yield "operator", found
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        for step in (1, -1):
            yield f"{node.value} to {node.value + step}", ast.Constant(node.value + step)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not dropped", node.operand
    elif isinstance(node, ast.Return) and node.value is not None:
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


def is_found(folder: Path, module: str, text: str) -> bool:
    """Whether the tests of a module fail on a mutant of it, in a copy of the checkout."""
    path = folder / module
    before = path.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    words = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-m", "not slow"]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [*words, *MODULES[module]], cwd=folder, env=environment, timeout=SECONDS, capture_output=True, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        path.write_text(before, encoding="utf-8")
    return done.returncode != 0


def copied(folder: Path) -> Path:
    """Copy the checkout into a folder."""
    left_out = shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__", "docs")
    return Path(shutil.copytree(ROOT, folder / "checkout", ignore=left_out))


def main() -> None:
    """Put a sample of faults into the modules and write which were not found."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sample", type=int, default=120)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--module", choices=list(MODULES), action="append")
    options = asked.parse_args()
    every = [
        (module, *mutant)
        for module in options.module or MODULES
        for mutant in mutants((ROOT / module).read_text(encoding="utf-8"))
    ]
    some = random.Random(options.seed).sample(  # noqa: S311  # which faults
        every, min(options.sample, len(every))
    )
    n_workers = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(n_workers) as pool:
        copies: Queue[Path] = Queue()
        for k in range(n_workers):
            copies.put(copied(Path(place) / str(k)))

        def tried(mutant: tuple[str, int, str, str]) -> bool:
            folder = copies.get()
            try:
                return is_found(folder, mutant[0], mutant[3])
            finally:
                copies.put(folder)

        sound = [(module, 0, "", (ROOT / module).read_text(encoding="utf-8")) for module in {one[0] for one in some}]
        if any(pool.map(tried, sound)):
            raise SystemExit("the tests fail without any fault")
        survivors = []
        for k, (mutant, found) in enumerate(zip(some, pool.map(tried, some), strict=True), 1):
            print(
                f"{k} of {len(some)}: {mutant[0]}:{mutant[1]} {mutant[2]} {'found' if found else 'NOT FOUND'}",
                flush=True,
            )
            survivors += [] if found else [mutant]
    score = f"{len(some) - len(survivors)} of them, {1 - len(survivors) / len(some):.0%}"
    lines = [
        "# Faults put into the core",
        "",
        f"Made by `make mutants`: {len(some)} of {len(every):,} faults, seed {options.seed}; the tests found {score}.",
        "Not found:",
        "",
        *(f"- `{module}:{line}`: {what}" for module, line, what, _ in sorted(survivors)),
    ]
    Path(__file__).with_name("mutants.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(lines[2])


if __name__ == "__main__":
    main()
