"""What a script may rely on: formats, defaults from the environment, pipes, completion, and no question ever asked."""

import ast
import json
from functools import cache
from pathlib import Path

import pytest
import typer

from eventstudy.cli.app import command_line
from eventstudy.cli.main import main
from eventstudy.cli.output import declared

ROOT = Path(__file__).resolve().parents[2]
RUN = ["run", "--case", "crimea-2014", "--series", "ruble", "--tests", "none", "--window", "0:1"]

#: Commands that talk to a person, draw or write a page, or only say whether all is well, and hand out no table.
NO_DATA = {
    "brief",
    "chart",
    "demo",
    "doctor",
    "events check",
    "events confirm",
    "report",
    "sample",
    "series cache clear",
}


def commands(group=None, path=()):
    """Yield the words and the command of every command there is."""
    group = typer.main.get_command(command_line()) if group is None else group
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def options_of(command):
    """Return the options of a command by their longest word."""
    return {max(parameter.opts, key=len): parameter for parameter in command.params if parameter.opts}


#: The words of every command.
EVERY = sorted(words for words, said in declared("commands").items() if "run" in said)


@cache
def built():
    """Return every command by its words, as typer has it."""
    return dict(commands())


@pytest.mark.parametrize("name", sorted(set(EVERY) - NO_DATA))
def test_every_data_command_has_the_same_formats(call, name, capsys):
    """Every command that hands out data does so as table, JSON, CSV or Parquet, by the same option."""
    assert call(*name.split(), "--format", "nonsense") == 2
    said = capsys.readouterr().err
    assert all(f"'{word}'" in said for word in ("table", "json", "csv", "parquet")), said


VARIABLES = {
    "--case": "EVENTSTUDY_CASE",
    "--format": "EVENTSTUDY_FORMAT",
    "--offline": "EVENTSTUDY_OFFLINE",
    "--quiet": "EVENTSTUDY_QUIET",
    "--seed": "EVENTSTUDY_SEED",
}


@pytest.mark.parametrize("name", EVERY)
def test_an_option_has_one_variable_wherever_it_stands(name):
    """An option takes its default from the same variable in every command, and no other option takes any."""
    for word, option in options_of(built()[name]).items():
        # A page is no table: the format of the brief is another option of that name.
        assert option.envvar == (VARIABLES.get(word) if (name, word) != ("brief", "--format") else None), word


def test_defaults_from_the_environment(call, monkeypatch, capsys):
    """What the environment says is the default of an option, and what is on the command line wins."""
    for name, value in {"CASE": "crimea-2014", "FORMAT": "json", "SEED": "5", "QUIET": "1"}.items():
        monkeypatch.setenv(f"EVENTSTUDY_{name}", value)
    assert call("ask", "ruble", "--hold", "1") == 0
    streams = capsys.readouterr()
    assert streams.err == ""
    assert json.loads(streams.out)["seed"] == 5
    assert call("ask", "ruble", "--hold", "1", "--seed", "6", "--format", "csv") == 0
    assert capsys.readouterr().out.startswith("measure,hold,unit")


@pytest.mark.parametrize("value", ["xml", "maybe"])
def test_a_wrong_default_is_wrong_usage(call, monkeypatch, capsys, value):
    """A variable that makes no sense is wrong usage; it, or on older typer its option, is named in the message."""
    name, option = ("EVENTSTUDY_FORMAT", "--format") if value == "xml" else ("EVENTSTUDY_QUIET", "--quiet")
    monkeypatch.setenv(name, value)
    assert call(*RUN) == 2
    told = capsys.readouterr().err
    assert name in told or option in told


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ('[{"id": "a", "time": "2014-03-01", "stance": "raise"}]', ["a"]),
        ("id,time,stance\nb,2014-03-01,raise\n", ["b"]),
        ('[[events]]\nid = "c"\ntime = "2014-03-01"\nstance = "raise"\n', ["c"]),
    ],
)
def test_events_from_a_pipe(call, text, ids, monkeypatch, capsys):
    """`--events -` reads JSON, CSV or TOML from stdin."""
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert call(*RUN, "--events", "-", "--format", "json", "-q") == 0
    assert [row["event_id"] for row in json.loads(capsys.readouterr().out)["tables"]["matches"]] == ids


def test_bad_events_from_a_pipe(call, monkeypatch, capsys):
    """What is wrong with piped events is said of stdin, row and column."""
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("time,stance\n2014-03-01,rase\n"))
    assert call(*RUN, "--events", "-") == 2
    assert "stdin, row 2, column stance" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "match", "ask"])
def test_as_of(call, command, capsys):
    """`--as-of` leaves out later news on every command that has it."""
    words = ["ask", "ruble", "--hold", "1", "--table", "events"] if command == "ask" else [command, "--series", "ruble"]
    words += ["--by", "event"] if command == "run" else []
    assert call(*words, "--case", "crimea-2014", "--as-of", "2014-03-05", "--format", "csv", "-q") == 0
    days = {line[:10] for line in capsys.readouterr().out.splitlines()[1:]}
    assert max(days) <= "2014-03-05"
    assert "2014-03-04" in days


@pytest.mark.parametrize("command", [["power"], ["size", "--studies", "2", "--tests", "none"]])
def test_as_of_leaves_fewer_events_to_trust(call, command, capsys):
    """What could have been seen, and how often a test rejects, is asked of the events that were known by then."""
    words = [*command, "--case", "raise-or-fold-2022", "--series", "ruble", "--window", "0:0", "--format", "csv", "-q"]
    assert call(*words) == 0
    whole = capsys.readouterr().out
    assert call(*words, "--as-of", "2022-02-01") == 0
    assert capsys.readouterr().out != whole
    assert call(*words, "--as-of", "2010-01-01") == 3


def test_parquet_is_not_for_a_terminal(call, monkeypatch, capsys):
    """Parquet is refused on a terminal, and the message says where it goes."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert call(*RUN, "--format", "parquet", "-q") == 2
    assert "> table.parquet" in capsys.readouterr().err


ASKS = {"prompt", "confirm", "input", "getpass"}


@pytest.mark.parametrize("path", sorted((ROOT / "cli").glob("*.py")), ids=lambda path: path.name)
def test_nothing_is_asked_where_nobody_answers(path):
    """No command asks a question but the one that confirms events, and that one looks for a terminal first."""
    text = path.read_text(encoding="utf-8")
    calls = [
        ast.unparse(node.func).rpartition(".")[2] for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)
    ]
    words = {node.arg for node in ast.walk(ast.parse(text)) if isinstance(node, ast.keyword)}
    assert not {"prompt", "confirmation_prompt"} & words
    assert not ASKS & set(calls) or (path.name == "articles.py" and "isatty" in calls)


def test_confirming_without_a_terminal(call, tmp_path, capsys):
    """Without a terminal, confirming events ends at once, says what a script does instead, and waits for nobody."""
    (tmp_path / "events.csv").write_text("time,stance,status\n2014-03-01,raise,proposed\n")
    assert call("events", "confirm", tmp_path / "events.csv") == 2
    assert "terminal" in capsys.readouterr().err


def test_tables_beyond_the_budget_are_written_to_the_folder_alone(call, tmp_path, capsys):
    """With no budget `--by event` is refused in a line, and `--out` writes the very rows that a whole run prints."""
    of_case = ["--case", "raise-or-fold-2022", "--series", "imoex,ruble", "--window", "0:0"]

    def call(*more):
        with pytest.raises(SystemExit) as left:
            main(["run", *of_case, "--format", "csv", "-q", *more])
        return left.value.code or 0, *capsys.readouterr()

    code, whole, _ = call("--by", "event")
    assert code == 0
    code, out, error = call("--by", "event", "--budget", "0")
    assert (code, out) == (2, "")
    assert "is larger than the budget of this result" in error
    assert call("--budget", "0", "--out", str(tmp_path))[0] == 0
    (head, *rows), written = whole.splitlines(), (tmp_path / "car.csv").read_text(encoding="utf-8").splitlines()
    assert written[0] == head
    assert sorted(written[1:]) == sorted(rows)


def test_what_is_written_below_out_is_said(call, tmp_path, capsys):
    """`--out DIR` says on stderr how many files it wrote, the number that lie there, and `--quiet` says nothing."""
    words = ["run", "--case", "crimea-2014", "--series", "ruble", "--window", "0:1", "--out", tmp_path / "r"]
    assert call(*words) == 0
    there = sum(path.is_file() for path in (tmp_path / "r").rglob("*"))
    assert capsys.readouterr().err.splitlines()[0] == f"wrote {tmp_path / 'r'}: {there} files"
    assert call(*words, "--quiet") == 0
    assert capsys.readouterr().err == ""


def test_the_first_page_of_run_has_the_contrast(call, capsys):
    """Which labels are compared stands beside the column of the labels."""
    assert call("run", "--help") == 0
    first = capsys.readouterr().out
    assert "--group-by COLUMN" in first
    assert "--contrast A-B" in first
