"""The page on extending is true: its diffs apply to the source one after another, and what stands below them works."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")


def tree(folder):
    """Copy the source; the command line and the data sets are linked into the package, where an install has them."""
    for name in ("benchmarks", "eventstudy", "cli", "datasets", "docs", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("cli", "datasets"):
        (folder / "eventstudy" / name).symlink_to(folder / name)
    for file in (ROOT / "datasets" / "samples").iterdir():
        shutil.copy(file, folder)


def run(words, folder, **more):
    """Run a program in the folder on the source there, and return what it prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    here = {"PATH": path, "PYTHONPATH": str(folder), "COLUMNS": "80", "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    done = subprocess.run(
        words, cwd=folder, env={**os.environ, **here}, capture_output=True, text=True, check=False, **more
    )
    assert done.returncode == 0, f"{words}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.mark.slow
def test_every_worked_example_works(tmp_path):
    """A model, a test of means, a chart, an instrument, options and a provider, as the page adds them, in good form."""
    tree(tmp_path)
    kinds = set()
    for language, code, shown in re.findall(
        r"^```(diff|console|python)\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?", PAGE, re.MULTILINE | re.DOTALL
    ):
        kinds.add(language)
        if language == "diff":
            run(["git", "apply", "-C1", "-"], tmp_path, input=code)
        elif language == "python":
            assert run([sys.executable, "-c", code], tmp_path) == shown
        else:
            run(["bash", "-euo", "pipefail", "-c", code], tmp_path)
    assert kinds == {"diff", "console", "python"}
    run([sys.executable, "-m", "pytest", "-n", "0", "-q", "tests/test_stair.py"], tmp_path)
    if find_spec("ruff"):
        run([sys.executable, "-m", "ruff", "check", "eventstudy", "cli", "tests"], tmp_path)
        run([sys.executable, "-m", "ruff", "format", "--check", "eventstudy", "cli", "tests"], tmp_path)
    if find_spec("mypy"):  # of the modules that the page changes, as an install has them
        changed = {
            re.sub("^cli/", "eventstudy/cli/", path)
            for path in re.findall(r"^\+\+\+ b/([ec]\S+\.py)$", PAGE, re.MULTILINE)
        }
        run([sys.executable, "-m", "mypy", "--follow-imports", "silent", *sorted(changed)], tmp_path)
    chart = (tmp_path / "strip.png").read_bytes()
    assert chart.startswith(b"\x89PNG")
