"""No screen is wider than the terminal: what does not fit is folded, or stands in blocks, and no figure is cut."""

import re

import pytest

from eventstudy.cli.main import main

CASE = ["--case", "raise-or-fold-2022"]
FIRST = [*CASE, "--series", "imoex", "--quiet"]
COMMANDS = [
    ["run", *FIRST, "--detail"],
    ["run", *FIRST, "--by", "event"],
    ["run", *FIRST, "--by", "test"],
    ["run", *FIRST, "--aar"],
    ["run", *CASE, "--series", "us10y,vix", "--window", "0:0", "--quiet"],
    ["match", *CASE, "--quiet"],
    ["power", *FIRST, "--window", "0:0"],
    ["grid", *FIRST],
    ["regress", "dummies", *FIRST],
    ["regress", "quantiles", *FIRST],
    ["events", "list"],
    ["series", "list"],
    ["series", "show", "rsx"],
    ["atlas", *CASE, "--top", "5"],
]


def screen(words, columns, capsys, monkeypatch):
    """Return what a command writes to stdout."""
    monkeypatch.setenv("COLUMNS", str(columns))
    with pytest.raises(SystemExit) as left:
        main(words)
    assert not left.value.code
    return capsys.readouterr().out


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_line_is_wider_than_the_terminal(words, capsys, monkeypatch):
    """At 80 columns every line fits, and has the figures that 300 columns have; nothing missing is written nan."""
    narrow, wide = (screen(words, columns, capsys, monkeypatch) for columns in (80, 300))
    assert max(map(len, narrow.splitlines())) <= 80
    assert "nan" not in narrow.split()
    figures = [sorted(set(re.findall(r"[<+−]?\d+\.\d+", text))) for text in (narrow, wide)]
    assert (
        set(figures[0]) >= set(figures[1]) or "--window" in words
    )  # the short averages are longer where there is room
    assert not re.search(r"[−-]$", narrow, re.MULTILINE)
