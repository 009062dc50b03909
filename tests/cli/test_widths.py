"""No screen is wider than the terminal: what does not fit is folded, or stands in blocks, and no figure is cut."""

import re

import pytest

import eventstudy as es
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
    pytest.param(["grid", *FIRST], marks=pytest.mark.slow),  # by default it is read below
    ["regress", "dummies", *FIRST],
    ["regress", "quantiles", *FIRST],
    ["events", "list"],
    ["series", "list"],
    ["series", "show", "rsx"],
    ["atlas", *CASE, "--top", "5"],
]


def screen(words, columns, capsys, monkeypatch, *, is_terminal=False):
    """Return what a command writes to stdout, a pipe or a terminal; without its colours."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.stdout.isatty", lambda: is_terminal)
    with pytest.raises(SystemExit) as left:
        main(words)
    assert not left.value.code
    return re.sub("\x1b\\[[0-9;]*m", "", capsys.readouterr().out)


@pytest.mark.one_in(4)
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


@pytest.mark.one_in(3)
@pytest.mark.parametrize("words", [["read", "--all"], ["match"], ["signals", "--all"]], ids=" ".join)
def test_a_terminal_breaks_no_id(words, capsys, monkeypatch):
    """On a terminal of 80 columns every id stands whole, and no line is wider."""
    shown = screen([*words, *CASE, "--quiet"], 80, capsys, monkeypatch, is_terminal=True).splitlines()
    assert set(es.load_case(CASE[1]).events["id"]) <= {part for line in shown for part in line.split()}
    assert max(map(len, shown)) <= 80


def test_a_terminal_has_the_notes_of_a_pipe(capsys, monkeypatch):
    """Sentences below a table that are too wide for a terminal are folded anew, not line by line."""
    words = ["regress", "diagnostics", *FIRST]
    piped, shown = (screen(words, 80, capsys, monkeypatch, is_terminal=on) for on in (False, True))
    notes = piped.strip().rpartition("\n\n")[2]
    assert "Jarque-Bera" in notes
    assert notes in shown


def test_a_terminal_shows_a_column_without_a_heading(capsys, monkeypatch):
    """A column that has neither heading nor text, as the remarks of trades without any, is drawn."""
    words = ["backtest", "--case", "crimea-2014", "--series", "ruble", "--calendars", "0", "--quiet"]
    assert "Trades: " in screen(words, 80, capsys, monkeypatch, is_terminal=True)


def test_what_a_grid_varies_has_a_line_each(capsys, monkeypatch):
    """Models, windows and scales stand each by itself, though another line is too wide; none is wider than 80."""
    shown = screen(["grid", *FIRST], 80, capsys, monkeypatch).splitlines()
    assert max(map(len, shown)) <= 80
    begins = ("models: ", "estimations: ", "windows: ", "scales: ", "CAAR over all designs. ")
    assert sum(line.startswith(begins) for line in shown) == len(begins)


def test_a_terminal_says_none_where_there_is_nothing(capsys, monkeypatch):
    """A table without rows is the word none, on a terminal too."""
    shown = screen(["series", "check", "imoex"], 80, capsys, monkeypatch, is_terminal=True)
    assert shown.splitlines()[2] == "none"
