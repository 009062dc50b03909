"""Forty commands over the bundled cases, held to what they printed when the golden file was written.

``python tests/cli/test_bytes.py`` writes the golden file anew: every difference is a change that users see, and stands
in the changelog. Texts are held letter by letter and numbers to nine digits, since another processor may round the last
ones otherwise. Screens are not held here: ``--format csv`` and ``json`` are what scripts read.
"""

import contextlib
import gzip
import io
import json
import re
from pathlib import Path

import pytest

from eventstudy.cli.main import main

GOLDEN = Path(__file__).parents[1] / "golden" / "commands.json.gz"
CASE = "--case raise-or-fold-2022"
TWO = f"{CASE} --series ruble,imoex --window 0:1"
COMMANDS = [
    f"run {TWO} --format csv",
    f"run {TWO} --format json",
    f"run {TWO} --by event --format csv",
    f"run {TWO} --by tau --format csv",
    f"run {TWO} --by test --format csv",
    f"run {TWO} --tests all --format csv",
    f"run {CASE} --series imoex --window 0:0 --window 0:5 --format csv",
    f"run {TWO} --model market-model --market sp500 --by event --format csv",
    f"run {TWO} --model market-adjusted --market sp500 --format csv",
    f"run {TWO} --model factor-model --factors brent,sp500 --format csv",
    f"run {TWO} --model zero --format csv",
    f"run {TWO} --model dimson --market sp500 --format csv",
    f"run {TWO} --model scholes-williams --market sp500 --format csv",
    f"run {TWO} --model robust --market sp500 --format csv",
    f"run {TWO} --returns log --format csv",
    f"run {TWO} --overlap keep --format csv",
    f"run {TWO} --overlap first --format csv",
    f"run {TWO} --anchor next --by event --format csv",
    f"run {TWO} --clean none --format csv",
    f"run {TWO} --missing partial --window=-2:10 --by event --format csv",
    f"run {TWO} --measure variance --format csv",
    f"run {TWO} --group-by actor --format csv",
    f"run {TWO} --group-by kind --format csv",
    f"run {TWO} --seed 7 --format csv",
    f"run {TWO} --family series-windows --window 0:0 --format csv",
    f"run {TWO} --estimation=-90:-11 --min-obs 40 --format csv",
    f"run {TWO} --as-of 2022-03-01 --format csv",
    "run --case crimea-2014 --series ruble,wti --window 0:1 --format csv",
    "run --case sanctions-2018 --series ruble,wti --window 0:1 --format csv",
    f"run {TWO} --show-design",
    f"match {CASE} --series ruble,imoex --format csv",
    "match --case crimea-2014 --series ruble --format json",
    f"power {TWO} --format csv",
    f"explain {TWO} --formula car~intensity --format csv",
    f"ask imoex --after raise {CASE} --format csv",
    f"ask ruble --after fold {CASE} --format json",
    f"signals {CASE} --series imoex --format csv",
    "backtest --case crimea-2014 --series ruble --format csv",
    f"backtest {CASE} --series imoex --rule raise=short,fold=long --format csv",
    "events show crimea-2014 --format csv",
]
NUMBER = re.compile(r"(?:(?<=\":)|(?<![\w.:-]))-?\d+\.\d+(?:e[+-]?\d+)?(?![\w:]|\.\d)", re.IGNORECASE)


def printed(command):
    """Return exit code and stdout of a command."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(io.StringIO()), pytest.raises(SystemExit) as left:
        main(command.split())
    return f"exit {left.value.code or 0}\n{text.getvalue()}"


def golden():
    """Return what every command printed."""
    return json.loads(gzip.decompress(GOLDEN.read_bytes()))


def test_forty_commands():
    """Every command has its golden output, and no output is without its command."""
    assert len(COMMANDS) == 40
    assert list(golden()) == COMMANDS


@pytest.mark.one_in(2)
@pytest.mark.parametrize("command", COMMANDS)
def test_prints_what_it_printed(command):
    """Texts are the same, and numbers to twelve digits."""
    found, held = printed(command), golden()[command]
    for line, before in zip(found.splitlines(), held.splitlines(), strict=False):
        assert NUMBER.sub("#", line) == NUMBER.sub("#", before)
        numbers = [list(map(float, NUMBER.findall(text))) for text in (line, before)]
        assert numbers[0] == pytest.approx(numbers[1], rel=1e-12, abs=1e-14)
    assert len(found.splitlines()) == len(held.splitlines())


if __name__ == "__main__":
    outputs = {command: printed(command) for command in COMMANDS}
    GOLDEN.write_bytes(gzip.compress(json.dumps(outputs, ensure_ascii=False).encode(), mtime=0))
