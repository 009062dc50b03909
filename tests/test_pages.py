"""What the pages and the README show is true: their blocks run in order, and print what stands below them.

A page runs in a new folder that holds the sample files, with one Python namespace, at 80 columns. A block that needs
the network, another environment or minutes has ``<!-- not run: reason -->`` above it.
"""

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
from operator import attrgetter
from pathlib import Path
from runpy import run_path

import pandas as pd
import pytest
import typer

import eventstudy as es
from eventstudy.cli.app import command_line
from eventstudy.cli.main import main

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "datasets" / "samples"
BLOCK = re.compile(
    r"^(<!-- not run: [^\n]+ -->\n+)?```(\w+)(?: title=\"([^\"\n]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
RUN = ("console", "python", "pycon")
#: Pages of more than two seconds.
SLOW = {"README", "ask", "charts", "data", "news", "pipeline", "regressions", "strategist", "trading", "tutorial"}


def blocks_of(page):
    """Return what runs of a page: (language, code, what is printed below it or None).

    The language of a block with ``title="NAME"`` is ``=NAME``: it is a file.
    """
    text = page.read_text(encoding="utf-8")
    found = []
    for block in BLOCK.finditer(text):
        skipped, language, title, code = block.groups()
        below = re.match(r"\s*```text\n(.*?)^```$", text[block.end() :], re.MULTILINE | re.DOTALL)
        if title or (language in RUN and not skipped):
            found.append((f"={title}" if title else language, code, below[1] if below and not title else None))
    return found


def bare_fences(page):
    """Return the text of every fence without a language."""
    parts = re.split(r"^```(.*)\n", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [text.rstrip() for language, text in zip(parts[1::4], parts[2::4], strict=True) if not language]


PAGES = [
    page
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    if blocks_of(page) and page.stem != "extending"  # tests/test_extending.py runs it, on a copy of the source
]


def run_line(line):
    """Run one line of a console: our own command in this process, unless a shell is needed."""
    words = shlex.split(line, comments=True)
    if words[:1] != ["eventstudy"] or {"|", ">", "<"} & set(words):
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", line], capture_output=True, text=True, check=False,
                              env={**os.environ, "PATH": path})  # fmt: skip
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        return done.stdout
    printed, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(said), pytest.raises(SystemExit) as left:
        main(words[1:])
    assert not left.value.code, f"{line}\n{said.getvalue()}"
    return printed.getvalue()


def run_block(language, code, names):
    """Run a block and return what it prints; a Python session is held to what stands in it, a file is written."""
    if language.startswith("="):
        Path(language[1:]).write_text(code, encoding="utf-8")
        return ""
    if language == "console":
        return "".join(run_line(line) for line in code.replace("\\\n", " ").splitlines() if line.strip())
    if language == "pycon":
        session = doctest.DocTestParser().get_doctest(code, {}, "page", None, 0)
        session.globs = names
        assert doctest.DocTestRunner().run(session, clear_globs=False).failed == 0, code
        return ""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "page", "exec"), names)  # noqa: S102  # our own text
    return printed.getvalue()


@pytest.mark.parametrize(
    "page", [pytest.param(one, id=one.stem, marks=[pytest.mark.slow] * (one.stem in SLOW)) for one in PAGES]
)
def test_blocks_run_and_print_what_the_page_says(page, tmp_path, monkeypatch):
    """Every block ends well; where output is shown, each of its lines is what was printed.

    A fence without a language shows a part of what some block printed.
    """
    run_line(f"eventstudy sample all --out '{tmp_path}'")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    names, all_lines = {"__name__": "page"}, []
    for language, code, shown in blocks_of(page):
        lines = [line.rstrip() for line in run_block(language, code, names).rstrip().splitlines()]
        all_lines += lines
        if shown is not None:
            assert lines == shown.rstrip().splitlines(), code
            assert all(len(line) <= 80 or line.startswith("! ") for line in lines)
    for part in bare_fences(page):
        assert part in "\n".join(all_lines)


def test_samples_are_what_the_script_writes(tmp_path):
    """The sample files hold what their script writes; of the workbook the cells."""
    run_path(str(ROOT / "docs" / "samples.py"))["write"](tmp_path)
    written = sorted(file.name for file in tmp_path.iterdir())
    assert len(written) == 5
    for name in written:
        if name.endswith(".xlsx"):
            pd.testing.assert_frame_equal(pd.read_excel(tmp_path / name), pd.read_excel(SAMPLES / name))
        else:
            assert (tmp_path / name).read_bytes() == (SAMPLES / name).read_bytes()


def test_the_market_model_finds_what_was_put_in():
    """The simulated loss of 2, 3 and 4 % is found as the mean of all banks: 60 draws of 1.2 % about −3 %."""
    page = (ROOT / "docs" / "first-studies.md").read_text(encoding="utf-8")
    mean = float(re.search(r"^\*\s+0:0\s+60\s+−([\d.]+) %", page, re.MULTILINE).group(1))
    assert abs(mean - 3) < 3 * 1.2 / 60**0.5


@pytest.fixture(scope="module")
def ours():
    """Every option and every command that there is."""
    options, commands = {"--help", "--help-all", "--version", "--install-completion"}, set()
    groups = [typer.main.get_command(command_line())]
    for group in groups:
        for name, command in group.commands.items():
            commands.add(name)
            options.update(word for one in command.params for word in (*one.opts, *one.secondary_opts))
            groups += [command] * hasattr(command, "commands")
    return options, commands


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]), ids=lambda page: page.stem
)
def test_options_commands_and_names_on_a_page_exist(page, ours):
    """No page but the changelog names an option, a command or a name of the library that there is not."""
    text = page.read_text(encoding="utf-8")
    if page.stem == "CHANGELOG":
        return
    if page.stem == "extending":  # its diffs add some
        text = re.sub(r"--decay|--below|es\.charts\.strip", "", text)
    options, commands = ours
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) <= options
    assert set(re.findall(r"`eventstudy ([a-z]+)", text)) <= commands
    for words in re.findall(r"\bes((?:\.[a-z_]+)+)\b", text):
        attrgetter(words[1:])(es)


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md"])
def test_files_and_tests_on_a_page_exist(page):
    """Paths that a page names are in the source, or in the package; a test behind `::` is in its file."""
    text = (ROOT / page).read_text(encoding="utf-8")
    to_be_made = {"tests/study/test_first.py", ".venv/bin", "dist/"}
    for path, test in re.findall(r"`([\w.-]+/[\w./-]*)(?:::(\w+))?`", text):
        found = [base / path for base in (ROOT, ROOT / "eventstudy") if (base / path).exists()]
        assert found or path in to_be_made, f"{page} names {path}"
        assert not test or f"def {test}(" in found[0].read_text(encoding="utf-8"), f"{page} names {path}::{test}"
