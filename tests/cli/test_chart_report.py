"""`chart`, `report`, and design files on the command line."""

import os
import sys
from io import StringIO

import pytest
import typer

import eventstudy as es
from eventstudy.charts import KINDS, SIZES
from eventstudy.cli.app import command_line
from eventstudy.cli.main import main
from eventstudy.report import POSSIBLE

STUDY = ["--case", "raise-or-fold-2022", "--series", "vix", "--window", "0:1", "--tests", "none"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A result folder."""
    out = tmp_path_factory.mktemp("results") / "out"
    with pytest.raises(SystemExit) as left:
        main(["run", *STUDY, "--out", str(out), "--quiet"])
    assert not left.value.code
    return out


def test_the_kinds_and_sizes_are_the_library_s():
    """The command knows exactly the charts and sheets of the library."""
    every = typer.main.get_command(command_line()).commands
    of_chart, of_report = every["chart"].callback.rows, every["report"].callback.rows
    assert list(of_chart["kind"].allowed) == list(KINDS)
    assert list(of_report["charts"].offered) == ["all", *POSSIBLE]
    assert list(of_chart["size"].allowed) == list(of_report["size"].allowed) == list(SIZES)


@pytest.mark.parametrize("words", [("report", "--form", "pdf"), ("run",), ("demo",), ("sample", "all")])
def test_a_folder_is_not_called_like_a_file(output, tmp_path, words):
    """A file's name for a folder is refused before anything is computed, and nothing is made; a folder is used."""
    wanted = tmp_path / "new.html"
    study = STUDY if words[0] in {"report", "run"} else []
    code, out, err = output(*words, *study, "--out", wanted)
    assert (code, out, wanted.exists()) == (2, "", False)
    assert err.startswith(f"eventstudy: --out takes a folder, and '{wanted}' is the name of a file; write --out ")
    assert err.endswith("new\n")
    wanted.touch()
    assert "is a file; name a folder" in output(*words, *study, "--out", wanted)[2]
    wanted.unlink()
    wanted.mkdir()
    if words[0] == "sample":
        assert output(*words, "--out", wanted)[0] == 0


#: A command for each option that names what is written.
WRITERS = [
    ("run", *STUDY, "--out"),
    ("report", *STUDY, "--out"),
    ("chart", "car", *STUDY, "--out"),
    ("sample", "all", "--out"),
    ("events", "extract", "article.txt", "--published", "2022-01-27", "--append"),
    ("events", "merge", "events.csv", "--out"),
    ("series", "import", "prices.csv", "--out"),
]


@pytest.fixture
def inputs(tmp_path, monkeypatch):
    """A folder with an article, events and prices."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "article.txt").write_text("Russia rejected the American proposal on Thursday.\n")
    (tmp_path / "events.csv").write_text("time,stance\n2022-01-27,raise\n")
    (tmp_path / "prices.csv").write_text("date,gold\n2022-01-27,1800\n2022-01-28,1790\n")
    return tmp_path


@pytest.mark.parametrize("words", WRITERS, ids=" ".join)
def test_where_nothing_can_be_written_is_said_in_a_line(output, inputs, words):
    """An empty path, a pipe, a name that is too long: one line, exit code 2, and nothing is made or replaced."""
    os.mkfifo(inputs / "pipe")
    before = sorted(inputs.iterdir())
    option = words[-1]
    for place, said in (["", f"{option} is empty"], ["pipe", "not an ordinary file"], ["x" * 300, "name too long"]):
        code, out, err = output(*words, place)
        assert (code, out, err.count("\n")) == (2, "", 1), err
        assert err.startswith("eventstudy: ")
        assert said in err
    assert f"{option} is empty" in output(*words[:-1], f"{option}=")[2]
    assert sorted(inputs.iterdir()) == before
    assert (inputs / "pipe").is_fifo()


def test_a_private_event_file_stays_private(output, inputs):
    """Events added to a file that only its owner may read leave it so."""
    (inputs / "events.csv").chmod(0o600)
    code, _, err = output("events", "extract", "article.txt", "--published", "2022-01-27", "--append", "events.csv")
    assert (code, "added" in err) == (0, True)
    assert (inputs / "events.csv").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_a_title_steers_no_page(output, folder, tmp_path):
    """Control characters and marks of direction in titles and names are left out, as in headlines."""
    words = ("--title", "Raise\x1b[31m or\n\u202efold\x07", "--author", "A\u202eB\x00".replace("\x00", "\x1b"))
    assert output("report", folder, *words, "--charts", "car", "--out", tmp_path / "r")[0] == 0
    page = (tmp_path / "r" / "report.html").read_text()
    assert "<title>Raise or fold</title>" in page
    assert ". AB" in page
    assert not {"\x1b", "\x07", "\u202e"} & set(page)
    assert output("chart", "car", folder, *words[:2], "--out", tmp_path / "c.svg")[0] == 0
    drawn = (tmp_path / "c.svg").read_text()
    assert "Raise or fold" in drawn
    assert not {"\x1b", "\x07", "\u202e"} & set(drawn)


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.from_frame])
def test_a_chart_of_a_table_says_which_command_writes_it(output, tmp_path, kind):
    """Without a table, and with one of other columns, the line ends with the command that there is."""
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    for more in ((), ("--csv", tmp_path / "x.csv")):
        code, _, err = output("chart", kind, *more)
        assert (code, err.count("\n")) == (2, 1)
        command = err.rpartition(": eventstudy ")[2].split(" -")[0].strip()
        assert f"Usage: eventstudy {command} [OPTIONS]" in output(*command.split(), "--help")[1]


@pytest.mark.parametrize("words", ["events check", "events import gdelt", "events extract", "brief"])
def test_an_argument_that_repeats_says_so_once(output, words):
    """The usage has one ellipsis, behind the argument."""
    usage = output(*words.split(), "--help")[1].splitlines()[0]
    assert usage.count("...") == (words != "events check")


def test_a_design_file_answers_for_the_options(output, tmp_path):
    """--show-design writes a file that gives the same design again; an option beside it wins."""
    code, text, _ = output("run", *STUDY, "--seed", 5, "--show-design")
    path = tmp_path / "d.toml"
    path.write_text(text)
    assert code == 0
    assert output("run", path, "--show-design")[1] == text
    assert output("run", path, "--seed", 6, "--show-design")[1] == text.replace("seed = 5", "seed = 6")
    assert output("run", path, "--window", "0:0", "--show-design")[1] == text.replace('["0:1"]', '["0:0"]')


def test_a_design_file_runs(output, folder, tmp_path):
    """A study from a design file gives the very tables of the same study from options."""
    (tmp_path / "d.toml").write_text(output("run", *STUDY, "--show-design")[1])
    code, _, _ = output("run", tmp_path / "d.toml", "--out", tmp_path / "again", "--quiet")
    assert code == 0
    for name in ("study.json", "car.csv", "design.toml"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_a_chart_from_a_folder_and_from_options_is_the_same(output, folder, tmp_path):
    """One study, two ways to it, the same picture; its path is all that stands on stdout."""
    first, second = tmp_path / "a.svg", tmp_path / "b.svg"
    assert output("chart", "scatter", folder, "--of", "vix", "--out", first, "--quiet") == (0, f"{first}\n", "")
    assert output("chart", "scatter", *STUDY, "--of", "vix", "--out", second, "--quiet") == (0, f"{second}\n", "")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    "words", ["--model zero", "--window 0:3", "--series ruble", "--case crimea-2014", "--overlap keep"]
)
def test_options_of_a_study_are_refused_beside_a_result_folder(output, folder, tmp_path, words):
    """Its study was run: an option that would change nothing is not passed over."""
    for command in (["chart", "car", folder], ["report", folder]):
        code, out, err = output(
            *command, *words.split(), "--out", tmp_path / ("made" if command[0] == "report" else "made.png")
        )
        assert (code, out) == (2, "")
        assert f"{words.split()[0]}: '{folder}' holds a study that was run; leave it out, or name {folder}" in err
    assert not list(tmp_path.iterdir())


def test_a_chart_of_a_frame(output, tmp_path):
    """The charts of plain frames take a CSV, and say so where none is named."""
    (tmp_path / "rates.csv").write_text("test,rate,low,high,n\nrank_z,0.06,0.042,0.084,500\n")
    out = tmp_path / "size.png"
    assert output("chart", "size", "--csv", tmp_path / "rates.csv", "--out", out)[0] == 0
    assert out.stat().st_size > 10_000
    code, _, error = output("chart", "size")
    assert (code, "--csv" in error) == (2, True)


def test_letters_that_the_font_lacks_are_said(output, tmp_path):
    """A market whose name becomes boxes in a picture is named; one of Greek letters, which the font has, is not."""
    prices = es.load_case("raise-or-fold-2022", ["vix", "brent"]).prices.set_axis(["北京银行", "Αθήνα"], axis=1)
    prices.to_csv(tmp_path / "prices.csv")
    study = ["--case", "raise-or-fold-2022", "--prices", tmp_path / "prices.csv", "--window", "0:0", "--tests", "none"]
    for words in (["chart", "multiples", *study, "--out", tmp_path / "a.png"],
                  ["report", *study, "--form", "slide", "--out", tmp_path / "r"]):  # fmt: skip
        code, _, error = output(*words)
        said = [line for line in error.splitlines() if "boxes" in line]
        assert code == 0
        assert [line.split("'")[1] for line in said] == ["北京银行"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["chart", "car", "nowhere"], 4, "no result folder and no design file 'nowhere'"),
        (["chart", "heatmap", *STUDY, "--of", "vix"], 2, "does not take --of"),
        (["chart", "car", *STUDY, "--of", "vixx"], 2, "did you mean 'vix'"),
        (["chart", "car", *STUDY, "--style", "drak"], 2, "did you mean 'dark'"),
        (["chart", "size", "--csv", "rates.csv", *STUDY], 2, "is drawn from the table of --csv; leave out --case"),
        (["chart", "size", "--csv", "rates.csv", "--of", "vix"], 2, "does not take --of"),
        (["chart", "car", *STUDY, "--csv", "rates.csv"], 2, "is drawn from a study, not from a table"),
        (["report", *STUDY, "--charts", "pie"], 2, "unknown chart of a report 'pie'"),
        (["report", *STUDY, "--form", "slide", "--size", "square"], 2, "--size is the sheet of single charts"),
    ],
)
def test_mistakes_are_told_in_a_line(output, words, code, told):
    """A wrong path, option, series or style ends with the right code and one line that says how to mend it."""
    found, out, error = output(*words, "--quiet")
    assert found == code
    assert told in error
    assert out == ""
    assert "Traceback" not in error


def test_a_report_in_every_form(output, folder, tmp_path):
    """Page, Markdown with its pictures, workbook and PDF are written where asked, and named on stdout."""
    out = tmp_path / "r"
    forms = [word for form in ("html", "markdown", "excel", "pdf") for word in ("--form", form)]
    code, text, error = output("report", folder, *forms, "--charts", "scatter", "--out", out, "--quiet")
    assert (code, error) == (0, "")
    assert text.split() == [str(out / name) for name in ("report.html", "report.md", "report.xlsx", "report.pdf")]
    page = (out / "report.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert (out / "charts" / "scatter-vix.svg").is_file()
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF")


class Terminal(StringIO):
    """A stderr that somebody watches."""

    def isatty(self):
        """Say that it is a terminal."""
        return True


@pytest.mark.slow
def test_a_report_shows_how_far_it_is(tmp_path, monkeypatch):
    """On a terminal the bar has the share of the charts that are drawn and of the forms that are written."""
    monkeypatch.setattr("sys.stderr", Terminal())
    words = ["--case", "crimea-2014", "--series", "ruble", "--window", "0:0", "--charts", "heatmap,car"]
    with pytest.raises(SystemExit) as left:
        main(["report", *words, "--form", "markdown", "--out", str(tmp_path)])
    seen = sys.stderr.getvalue()
    assert not left.value.code
    assert "Drawing" in seen
    assert "100%" in seen
