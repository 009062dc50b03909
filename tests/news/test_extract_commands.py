import json
from io import StringIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eventstudy import DataMissingError, InputError, read_events
from eventstudy.cli.app import command_line
from eventstudy.cli.main import main

ARTICLE = str(Path(__file__).parent / "articles" / "analysis-taiwan.txt")


def run(*words, **options):
    """Run a command; an error of the library is raised."""
    return CliRunner().invoke(command_line("events"), ["events", *words], catch_exceptions=False, **options)


def test_extract_writes_json_rows():
    """With --format json every event is an object of the schema; --all adds what was set aside."""
    rows = json.loads(run("extract", ARTICLE, "--published", "2024-10-17", "--format", "json").stdout)
    assert [(row["actor"], row["kind"], row["stance"]) for row in rows] == [
        ("CHN", "deployment", "raise"), ("TWN", "statement", "raise"), ("TWN", "statement", "fold"),
        ("CHN", "deployment", "fold"), ("USA", "statement", "fold"),
    ]  # fmt: skip
    everything = json.loads(run("extract", ARTICLE, "--published", "2024-10-17", "--format", "json", "--all").stdout)
    assert everything["events"] == rows
    assert {one["reason"] for one in everything["set_aside"]} == {
        "background", "commentator", "scheduled", "no action", "clutter",
    }  # fmt: skip


def test_extract_shows_a_table():
    """The table names what counted most, and --all the reasons."""
    shown = run("extract", ARTICLE, "--published", "2024-10-17", "--all").stdout
    assert "Proposed events" in shown
    assert "Set aside" in shown
    assert "(raise)" in shown
    assert "4 clutter" in shown


def test_extract_appends_once(tmp_path):
    """Proposed rows are added to an event file with their evidence; a second run adds nothing."""
    path = tmp_path / "events.csv"
    for _ in range(2):
        run("extract", ARTICLE, "--published", "2024-10-17", "--append", str(path))
    events = read_events(path)
    assert events["status"].tolist() == ["proposed"] * 5
    assert all(json.loads(cell) for cell in events["evidence"])


def test_an_event_without_a_day_is_not_appended(tmp_path, capsys, monkeypatch):
    """An event of a month stays out of the file, and stderr says so."""
    path = tmp_path / "events.csv"
    monkeypatch.setattr("sys.stdin", StringIO("Last month Russia demanded that NATO leave."))
    with pytest.raises(SystemExit):
        main(["events", "extract", "-", "--published", "2022-01-27", "--append", str(path)])
    assert not path.exists()
    assert "its day is not known (2021-12)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "published", "said"),
    [
        ("KYIV, Aug 9 (Wire) - Ukraine closed a pipeline.", "2024-08-07", "1 event of a day after the publication"),
        ("Ukraine closed a pipeline.", "2024-08-07 14:30", "the clock of 2024-08-07 14:30 counts for nothing"),
    ],
)
def test_what_does_not_fit_the_publication_is_said(text, published, said, capsys, monkeypatch):
    """A day after the publication, and a clock that no zone gives a meaning, are said on stderr."""
    monkeypatch.setattr("sys.stdin", StringIO(text))
    with pytest.raises(SystemExit):
        main(["events", "extract", "-", "--published", published])
    assert said in " ".join(capsys.readouterr().err.split())


def test_errors_say_how_to_mend():
    """A missing date and a missing file are named."""
    with pytest.raises(InputError, match="--published"):
        run("extract", ARTICLE)
    with pytest.raises(DataMissingError, match=r"no article 'none\.txt'"):
        run("extract", "none.txt", "--published", "2024-10-17")


def test_score_reads_a_labelled_file(tmp_path):
    """Accuracy, F1, confusion and coverage come as rows; a file without labels is refused."""
    path = tmp_path / "labelled.csv"
    path.write_text(
        "text,label\nThey signed a truce.,fold\nTanks crossed the border.,raise\nShares closed higher.,raise\n"
    )
    rows = json.loads(run("score", str(path), "--format", "json").stdout)
    values = {(row["what"], row["of"]): row["value"] for row in rows}
    assert values["accuracy", ""] == pytest.approx(2 / 3, abs=1e-4)
    assert values["label -> reading, sentences", "raise -> none"] == 1
    assert values["read as the opposite", ""] == 0
    assert values["accuracy on the surest", "100 %"] == pytest.approx(2 / 3, abs=1e-4)
    path.write_text("text\nx\n")
    with pytest.raises(InputError, match="no column 'label'"):
        run("score", str(path))
