"""One table of options: the command line, design files, schema, documentation and completion all say what it says."""

import dataclasses
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from runpy import run_path

import numpy as np
import pandas as pd
import pytest
import typer

from eventstudy import Design
from eventstudy.cli.app import _rows, command_line
from eventstudy.cli.main import main
from eventstudy.cli.output import declared
from eventstudy.options import DESIGN, schema
from eventstudy.study import envelope_schema, make_design

ROOT = Path(__file__).resolve().parents[2]


def commands(group, path=()):
    """Yield the words and the command of every command there is."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


#: The words of every command.
EVERY = sorted(words for words, said in declared("commands").items() if "run" in said)


@cache
def built():
    """Return every command by its words, as typer has it."""
    return dict(commands(typer.main.get_command(command_line())))


def test_every_command_of_the_table_is_built():
    """There is a command for each row of the table that runs one, and no other."""
    assert sorted(built()) == EVERY


def shown(capsys, monkeypatch, *words):
    """Return what a command prints at 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as left:
        main([*words])
    assert not left.value.code
    return capsys.readouterr().out


def test_a_design_is_its_table():
    """Every attribute of a design has a row, every row but those that make its model an attribute; defaults agree."""
    fields = {field.name: field.default for field in dataclasses.fields(Design)}
    assert set(DESIGN) == {*fields, "market", "factors", "lags", "leads"}
    written = make_design().as_dict()
    for name in set(fields) - {"model", "windows", "tests", "contrast"}:
        assert written[name] == DESIGN[name].default, name
    assert written["windows"] == list(DESIGN["windows"].default)
    assert written["model"] == DESIGN["model"].default


def test_the_schema_of_an_envelope_says_what_a_choice_may_be():
    """A choice of few values is an enumeration of them in the JSON Schema."""
    properties = envelope_schema()["properties"]["design"]["properties"]
    assert properties["missing"] == {"enum": ["exclude", "partial"]}
    assert properties["returns"]["enum"][-1] is None
    assert all(properties[name] == schema(DESIGN[name]) for name in DESIGN if name in properties)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("name", EVERY)
def test_help_is_whole_at_80_columns(name, capsys, monkeypatch):
    """No line of the help is longer than 80 columns, and every word of every option stands in it unbroken."""
    is_long = "--help-all" in shown(capsys, monkeypatch, *name.split(), "--help")
    text = shown(capsys, monkeypatch, *name.split(), "--help-all" if is_long else "--help")
    assert max(map(len, text.splitlines())) <= 80
    for row in built()[name].callback.rows.values():
        if not row.hidden:
            word = row.word.split()[0].partition("/")[0]
            assert set(f"{word} {row.help}".split()) <= set(re.split(r"[\s/]+", text)) | set(text.split()), row.name


@pytest.mark.parametrize("name", EVERY)
def test_the_first_page_is_short(name, capsys, monkeypatch):
    """The first page of `run` has at most 20 options, of others 25; what is left out it says how to see."""
    text = shown(capsys, monkeypatch, *name.split(), "--help")
    options = re.findall(r"^  (?:-\w, )?--[\w-]+", text, re.MULTILINE)
    assert len(options) <= (20 if name == "run" else 25)
    rows = [row for row in built()[name].callback.rows.values() if not row.hidden and row.word.startswith("-")]
    assert len(options) >= len(rows) or "--help-all" in text


def test_documentation_has_the_table():
    """The page on scripting has the choices of a design as they are."""
    page = (ROOT / "docs" / "scripting.md").read_text(encoding="utf-8")
    assert run_path(str(ROOT / "docs" / "options.py"))["page"](page) == page


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["run", "--case", "crim"], ["crimea-2014"]),
        (["run", "--series", "imoex,bren"], ["imoex,brent"]),
        (["run", "--model", "market-"], ["market-adjusted", "market-model"]),
        (["run", "--tests", "bmp"], ["bmp_t"]),
        (["run", "--window", "0"], ["0:1"]),
        (["run", "--format", "p"], ["parquet"]),
        (["ask", "ruble", "--after", "r"], ["raise"]),
        (["ask", "rub"], ["ruble", "ruble-ndf"]),
        (["regress", "dummies", "--covariance", "HC"], ["HC3"]),
        (["chart", "time"], ["timeline"]),
        (["sample", "fed"], ["fed-decisions"]),
    ],
)
def test_completion_knows_the_values(words, offered, monkeypatch, capsys):
    """A shell is offered cases, series, models, tests, windows, stances and kinds of charts."""
    for name, value in asked_by_a_shell(words).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as left:
        main([])
    assert not left.value.code
    told = capsys.readouterr().out
    assert set(told.split()) & set(offered), told
    assert all(word.startswith(words[-1]) for word in told.split())


@pytest.mark.parametrize("words", EVERY)
def test_every_value_that_is_offered_is_there(words):
    """What completion offers of an option can be had, wherever its row says that it stands."""
    for row in built()[words].callback.rows.values():
        assert bool(row.values(offered=True)) == bool(row.offered or row.allowed), row.name


def asked_by_a_shell(words):
    """Return the variables by which bash asks what may follow."""
    told = {"COMP_WORDS": " ".join(["eventstudy", *words]), "COMP_CWORD": str(len(words))}
    return {"_EVENTSTUDY_COMPLETE": "complete_bash", **told}


@pytest.mark.slow
def test_completion_of_a_process():
    """What a shell starts prints the words that may follow and nothing else."""
    environment = os.environ | asked_by_a_shell(["run", "--case", "crim"])
    done = subprocess.run(
        [sys.executable, "-m", "eventstudy.cli"], env=environment, capture_output=True, text=True, check=True
    )
    assert (done.stdout.split(), done.stderr) == (["crimea-2014"], "")


def test_interrupted(capsys, monkeypatch):
    """Ctrl-C ends with one line on stderr and exit code 130."""

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("eventstudy.cases.load_case", interrupt)
    with pytest.raises(SystemExit) as left:
        main(["run", "--case", "crimea-2014"])
    streams = capsys.readouterr()
    assert (left.value.code, streams.out, streams.err) == (130, "", "eventstudy: interrupted\n")


def test_latex(capsys):
    """A table in LaTeX has the rules of booktabs, a line a row and every sign that LaTeX reads escaped."""
    with pytest.raises(SystemExit):
        main(["run", "--case", "crimea-2014", "--series", "ruble", "--window", "0:1", "--format", "latex", "-q"])
    text = capsys.readouterr().out
    for word in (r"\toprule", r"\midrule", r"\bottomrule", r"\begin{tabular}{lllrrrrr}"):
        assert word in text
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len(rows) == 6
    assert all(line.count(" & ") == 7 for line in rows)
    assert not re.search(r"(?<!\\)[%#_]", text)
    assert "& {*} &" in text, "a line break would take a star that follows for its own"
    assert not re.search(r"(?<!{)[*[]", text)


def test_doctor(capsys, monkeypatch, tmp_path):
    """All is well here; a cache folder that cannot be made is said with what mends it, and the exit code is 4."""
    with pytest.raises(SystemExit) as left:
        main(["doctor"])
    assert not left.value.code
    assert re.search(r"^ok +bundled data +\d+ cases", capsys.readouterr().out, re.MULTILINE)
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("eventstudy.markets.fetch.default_folder", lambda: tmp_path / "file" / "inside")
    with pytest.raises(SystemExit) as left:
        main(["doctor"])
    streams = capsys.readouterr()
    assert left.value.code == 4
    assert re.search(r"^AMISS +cache folder .*make it writable", streams.out, re.MULTILINE)
    assert streams.err.startswith("eventstudy: 1 of the checks")


def test_samples(capsys, tmp_path):
    """Without a name the samples are listed; with one its file is written; a wrong name has the nearest."""
    with pytest.raises(SystemExit):
        main(["sample"])
    assert "fed-decisions   fed-decisions.txt" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["sample", "usd-rub", "--out", str(tmp_path)])
    assert [file.name for file in tmp_path.iterdir()] == ["USD_RUB Historical Data.csv"]
    with pytest.raises(SystemExit) as left:
        main(["sample", "bank"])
    assert (left.value.code, "did you mean 'banks'?" in capsys.readouterr().err) == (2, True)


@pytest.mark.parametrize("is_joined", [False, True], ids=["apart", "joined"])
def test_an_empty_word_is_refused_by_every_command(capsys, is_joined):
    """What a variable of a shell that was never set leaves is no file, no id, no series and no stance."""
    for words, said in declared("commands").items():
        for row in _rows(said).values() if "run" in said else ():
            option = row.word.split()[0].rstrip(",")
            is_option = option.startswith("-")
            if (
                row.kind == "yes"
                or option in {"--title", "--subtitle", "--source", "--author"}
                or is_option < is_joined
            ):
                continue
            with pytest.raises(SystemExit) as ended:
                main([*words.split(), *([f"{option}="] if is_joined else [option, ""] if is_option else [""])])
            assert ended.value.code == 2, (words, option)
            assert f"{option if is_option else 'an argument'} is empty; " in capsys.readouterr().err, (words, option)


def test_a_name_with_a_comma_is_written_in_double_quotes(tmp_path, call, capsys):
    """Without them the message says how; with them the one series is meant, beside others."""
    days = pd.bdate_range("2020-01-01", periods=300)
    prices = pd.DataFrame({"Foo, Inc": 100 + np.sin(np.arange(300)), "b": 100 + np.cos(np.arange(300))}, index=days)
    prices.to_csv(tmp_path / "p.csv", index_label="Date")
    (tmp_path / "e.csv").write_text("time\n2020-10-01\n")
    words = ["run", "--events", str(tmp_path / "e.csv"), "--prices", str(tmp_path / "p.csv"), "--window", "0:0"]
    assert call(*words, "--series", "Foo, Inc") == 2
    assert """did you mean 'Foo, Inc'? A list of an option takes it as '"Foo, Inc"'""" in capsys.readouterr().err
    assert call(*words, "--series", 'b, "Foo, Inc"', "--format", "csv") == 0
    assert {row.split(",*")[0] for row in capsys.readouterr().out.splitlines()[1:]} >= {"b", '"Foo, Inc"'}
    assert call(*words, "--series", '"Foo\n, Inc') == 2
