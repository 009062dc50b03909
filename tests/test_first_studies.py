"""The page on first studies is true: its commands print what stands below them, its samples are its script's."""

import re
import shlex
from pathlib import Path
from runpy import run_path

import pandas as pd
import pytest

from eventstudy.cli.main import main

DOCS = Path(__file__).parents[1] / "docs"
SAMPLES = DOCS.parent / "datasets" / "samples"
PAGE = (DOCS / "first-studies.md").read_text(encoding="utf-8")
TASKS = [
    (commands.replace("\\\n", " "), printed)
    for commands, printed in re.findall(r"```console\n(.*?)```\s+```text\n(.*?)```", PAGE, re.DOTALL)
]


def test_there_are_three_of_at_most_two_commands():
    """Three tasks, each in one or two commands."""
    assert len(TASKS) == 3
    assert all(len(commands.splitlines()) <= 2 for commands, _ in TASKS)


@pytest.mark.parametrize(("commands", "printed"), TASKS, ids=["call", "fed", "banks"])
def test_commands_print_what_the_page_says(commands, printed, tmp_path, monkeypatch, capsys):
    """From a new folder with the samples, at 80 columns, every line of the output is the page's."""
    with pytest.raises(SystemExit):
        main(["sample", "all", "--out", str(tmp_path)])
    capsys.readouterr()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for line in commands.splitlines():
        words = shlex.split(line)
        if words[0] == "printf":
            (tmp_path / words[3]).write_text(words[1].replace("\\n", "\n"), encoding="utf-8")
            continue
        with pytest.raises(SystemExit) as left:
            main(words[1:])
        assert (left.value.code or 0) == 0, capsys.readouterr().err
    lines = [line.rstrip() for line in capsys.readouterr().out.rstrip().splitlines()]
    assert lines == printed.splitlines()
    assert max(map(len, lines)) <= 80


def test_samples_are_what_the_script_writes(tmp_path):
    """The sample files hold what their script writes; of the workbook the cells."""
    run_path(str(DOCS / "samples.py"))["write"](tmp_path)
    written = sorted(file.name for file in tmp_path.iterdir())
    assert {*written, "fed-decisions.txt"} == {file.name for file in SAMPLES.iterdir()}
    for name in written:
        if name.endswith(".xlsx"):
            pd.testing.assert_frame_equal(pd.read_excel(tmp_path / name), pd.read_excel(SAMPLES / name))
        else:
            assert (tmp_path / name).read_bytes() == (SAMPLES / name).read_bytes()


def test_the_market_model_finds_what_was_put_in():
    """The simulated loss of 2, 3 and 4 % is found as the mean of all banks: 60 draws of 1.2 % about −3 %."""
    mean = float(re.search(r"^\*\s+0:0\s+60\s+−([\d.]+) %", TASKS[2][1], re.MULTILINE).group(1))
    assert abs(mean - 3) < 3 * 1.2 / 60**0.5
