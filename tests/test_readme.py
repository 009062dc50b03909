"""The README tells the truth: its Python runs, its commands end well, its figures are those of the tool."""

import re
import shlex
from pathlib import Path

import pytest

from eventstudy.cli.main import main

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    re.sub(r"\s+#.*", "", line)
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
    if line.startswith("eventstudy ") and "my" not in line and "demo" not in line
]


@pytest.mark.parametrize("block", BLOCKS)
def test_python_runs(block):
    """Every Python example of the README runs as it stands."""
    exec(compile(block, "README.md", "exec"), {})  # noqa: S102  # our own text


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_end_well(command, capsys):
    """Every command of the README on bundled data ends with exit code 0."""
    with pytest.raises(SystemExit) as left:
        main(shlex.split(command)[1:])
    assert not left.value.code, capsys.readouterr().err


def test_there_are_examples():
    """The README has examples of both kinds, so that the tests above test something."""
    assert len(BLOCKS) >= 1
    assert len(COMMANDS) >= 4


def test_sentences_are_the_tools_own(capsys, tmp_path):
    """The sentence about 27 January that the README quotes is the one the demo prints."""
    with pytest.raises(SystemExit):
        main(["demo", "--out", str(tmp_path), "--quiet"])
    quoted = re.search(r"27 January: Moscow shares .*", README)[0]
    assert quoted in capsys.readouterr().out
