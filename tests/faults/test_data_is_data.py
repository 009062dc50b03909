"""Headlines, ids, names and formulas are data: no page, table, terminal, picture or path does what stands in them."""

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.cli.main import main

DAYS = pd.bdate_range("2021-01-04", periods=200)
#: What breaks out of text, attributes, scripts, comments, styles and pictures; what terminals, Markdown, LaTeX and
#: matplotlib take for more than text.
PAGE = "\"'><img src=x onerror=alert(1)></script></style></svg></title>--><script>alert(2)</script>{{7919*7907}}\\"
STEER = "a\x1b[31mred\x1b]0;title\x07\u202eturned\u2066 [bold]rich[/bold] $\\frac{1$ **strong** |cell| `code` <b>"
FORMULAS = ["=cmd|'/c calc'!A1", "+SUM(A1:A9)", "-HYPERLINK(A1)", "@SUM(1)", "'=already", "''=twice", "=1+1"]


def prices(*names):
    """Return walks of daily prices."""
    draws = np.random.default_rng(3).normal(0, 0.01, (200, len(names)))
    return pd.DataFrame(100 * np.exp(draws.cumsum(axis=0)), index=DAYS, columns=list(names))


def events(headline, ids=("one", "two", "three", "four"), **more):
    """Return four events of one headline."""
    rows = {"time": [f"{DAYS[k]:%Y-%m-%d}" for k in (150, 160, 170, 180)], "id": list(ids), "headline": headline}
    return pd.DataFrame({**rows, "stance": ["raise", "fold", "raise", "fold"], **more})


def run(*words):
    """Run the command in this process and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(list(map(str, words)))
    return ended.value.code or 0


class Page(HTMLParser):
    """The elements of a page and their attributes."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.scripts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Take an element."""
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data):
        """Take what a script says."""
        if self.cdata_elem == "script":
            self.scripts.append(data)


def harmless(text, like):
    """Whether a page has the elements and handlers of the page `like` of harmless headlines, and no other."""
    page, other = Page(text), Page(like)
    assert set(page.tags) == set(other.tags)
    assert page.tags.count("script") == other.tags.count("script")
    assert page.tags.count("img") == other.tags.count("img")
    handlers = {(tag, name) for tag, name, _ in page.attributes if name.startswith("on")}
    assert handlers == {(tag, name) for tag, name, _ in other.attributes if name.startswith("on")}
    assert not [value for _, name, value in page.attributes if name in {"href", "src"} and "script:" in value.lower()]
    assert str(7919 * 7907) not in text, "a template ran what stands in a headline"
    return page


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write a study of hostile headlines, and one of plain ones, as result folders."""
    tmp_path = tmp_path_factory.mktemp("hostile")
    for name, headline in (("bad", PAGE), ("good", "plain words")):
        events(headline, actor=headline, kind=headline, url="javascript:alert(1)" if name == "bad" else "").to_csv(
            tmp_path / f"{name}.csv", index=False
        )
        prices("mine").to_csv(tmp_path / "p.csv", index_label="date")
        words = ("run", "--events", tmp_path / f"{name}.csv", "--prices", tmp_path / "p.csv", "--window", "0:1")
        assert run(*words, "--quiet", "--out", tmp_path / name) == 0
    return tmp_path


@pytest.mark.slow  # by default the page of a study is looked at with the tests of pages
@pytest.mark.parametrize("charts", [("--charts", "timeline"), pytest.param((), id="all")])
def test_a_report_shows_a_headline_as_it_is(folder, charts):
    """No element, attribute, script or picture of the page is made of a headline, an actor or an address."""
    pages = {}
    for name in ("good", "bad"):
        assert run("report", folder / name, *charts, "--out", folder / f"{name}-page{len(charts)}") == 0
        pages[name] = next((folder / f"{name}-page{len(charts)}").glob("*.html")).read_text(encoding="utf-8")
    page = harmless(pages["bad"], pages["good"])
    assert not any("alert(2)" in script and "</script" in script for script in page.scripts)
    assert "alert(1)" in pages["bad"], "the headline is not shown at all"


@pytest.mark.slow
def test_a_report_in_markdown_is_escaped(folder):
    """Markdown of a headline is text: no element, no rule, no cell."""
    words = ("--form", "markdown", "--charts", "timeline")  # whose description has the headlines
    assert run("report", folder / "bad", *words, "--out", folder / "md") == 0
    text = next((folder / "md").glob("*.md")).read_text(encoding="utf-8")
    assert "alert" in text
    assert not re.search(r"(?<!\\)<(img|script|svg)", text)


@pytest.mark.slow
def test_a_brief_shows_an_article_as_it_is(tmp_path, capsys):
    """A page of an article has no element of the article's text."""
    pages = []
    for more in ("of talks", "<img src=x onerror=alert(1)>"):
        text = f"Russia rejected the offer {more} and warned NATO of war.\n"
        (tmp_path / "a.txt").write_text(text, encoding="utf-8")
        assert run("brief", tmp_path / "a.txt", "--published", "2022-01-27", "--format", "html", "--quiet") == 0
        pages.append(capsys.readouterr().out)
    assert "alert" in pages[1]
    harmless(pages[1], pages[0])


@pytest.mark.parametrize("texts", [FORMULAS[:4], FORMULAS[3:]])
def test_csv_runs_no_formula_and_reads_back(texts, tmp_path, capsys):
    """A text that a spreadsheet would run has an apostrophe in CSV and reads back; `--raw-text` leaves it."""
    table = events(texts, ids=[f"{text}{k}" for k, text in enumerate(texts)])
    table.to_json(tmp_path / "e.json", orient="records")
    assert run("events", "show", tmp_path / "e.json", "--format", "csv") == 0
    written = capsys.readouterr().out
    cells = [cell for row in csv.reader(io.StringIO(written)) for cell in row]
    assert {f"'{text}" for text in texts} <= {*cells}
    assert not [cell for cell in cells if re.match(r"[=@\t\r]|[+-].*[A-Za-z(]", cell)]
    (tmp_path / "again.csv").write_text(written, encoding="utf-8")
    assert es.read_events(tmp_path / "again.csv")["headline"].tolist() == texts
    assert run("events", "show", tmp_path / "e.json", "--format", "csv", "--raw-text") == 0
    raw = [cell for row in csv.reader(io.StringIO(capsys.readouterr().out)) for cell in row]
    assert {*texts} <= {*raw}


@pytest.mark.slow
def test_a_result_folder_of_formulas_reads_back(tmp_path):
    """Names of series and ids that a spreadsheet would run are inert in every file of a folder, which reads back."""
    events("=1+A1", ids=[f"@{k}" for k in range(4)]).to_csv(tmp_path / "e.csv", index=False)
    prices("=HYPERLINK(A1)").to_csv(tmp_path / "p.csv", index_label="date")
    words = ("run", "--events", tmp_path / "e.csv", "--prices", tmp_path / "p.csv", "--window=-1:1", "--quiet")
    assert run(*words, "--out", tmp_path / "r") == 0
    for path in (tmp_path / "r").rglob("*.csv"):
        cells = [cell for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"))) for cell in row]
        assert not [cell for cell in cells if re.match(r"[=@\t\r]|[+-].*[B-DF-Za-df-z(]", cell)], path.name
        assert path.name not in {"car.csv", "average.csv"} or "-1:1" in cells
    again = es.read_result(tmp_path / "r") if hasattr(es, "read_result") else None
    assert run("report", tmp_path / "r", "--out", tmp_path / "page") == 0
    assert again is None or list(again.series) == ["=HYPERLINK(A1)"]


def test_a_workbook_has_no_formula(tmp_path):
    """Texts of a workbook are texts; its charts name the cells of its own sheets, and titles and legends are texts."""
    own = events(FORMULAS[0], ids=FORMULAS[:4]).assign(stance=["=answer!$A$1", "='[http://x/y.xlsx]S'!$A$1"] * 2)
    result = es.EventStudy(own, prices("=A1!B2"), windows=["0:0"], tests=[]).fit()
    with zipfile.ZipFile(result.to_excel(tmp_path / "x.xlsx")) as book:
        for name in book.namelist():
            part = book.read(name)
            assert b"<f>" not in part, name
            assert b"<hyperlink " not in part, name
            assert b"externalLink" not in part, name
            assert b"<c:tx><c:strRef>" not in part, name
        assert "<c:v>=answer!\u2060$A$1</c:v>" in book.read("xl/charts/chart1.xml").decode()
        assert "<a:t>=A1!\u2060B2: mean path" in book.read("xl/charts/chart2.xml").decode()


def test_a_terminal_shows_only_text(tmp_path, capsys):
    """Escapes, marks of direction and rich's markup do nothing, in tables, sentences, warnings and errors."""
    steer = STEER.replace("\x1b", "") + "\x9b31m"
    events(STEER, actor=STEER, kind=STEER).to_csv(tmp_path / "e.csv", index=False)
    prices(steer).to_csv(tmp_path / "p.csv", index_label="date")
    study = ("--events", tmp_path / "e.csv", "--prices", tmp_path / "p.csv")
    for words in (
        ("events", "show", tmp_path / "e.csv"),
        ("run", *study, "--window", "0:0", "--detail", "--group-by", "actor"),
        ("run", *study, "--window", "0:0", "--by", "event"),
        ("run", *study, "--series", "\x1b[31mnone"),
        ("match", *study),
        ("series", "check", tmp_path / "p.csv"),
    ):
        run(*words)
        said = capsys.readouterr()
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said.out + said.err), words


@pytest.mark.one_in(4)
@pytest.mark.parametrize("text", ["$\\frac{1$", "100 $ and $\\alpha$", PAGE, STEER])
def test_a_picture_shows_mathtext_as_it_is(text, tmp_path):
    """Dollars and backslashes of a headline or a label are letters of a picture."""
    result = es.EventStudy(events(text, ids=[f"{text}{k}" for k in range(4)]), prices("mine"), windows=["0:1"],
                           tests=[]).fit()  # fmt: skip
    for name in ("car", "timeline"):
        es.charts.save(getattr(es.charts, name)(result, series="mine"), tmp_path / f"{name}.svg")
        made = (tmp_path / f"{name}.svg").read_text(encoding="utf-8")
        assert "<script" not in made
        assert "onerror=alert(1)>" not in made


@pytest.mark.one_in(5)
@pytest.mark.parametrize("name", ["../../outside", "..", "x" * 300, "/absolute", "a\\..\\b"])
def test_no_name_is_a_path(name, tmp_path, capsys):
    """Names of series and ids of events lead no file out of the folder that was named."""
    home = tmp_path / "deep" / "er"
    home.mkdir(parents=True)
    events("plain", ids=[f"{name}{k}" for k in range(4)]).to_csv(home / "e.csv", index=False)
    prices(name, "other").to_csv(home / "p.csv", index_label="date")
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    study = ("--events", home / "e.csv", "--prices", home / "p.csv", "--quiet")
    assert run("run", *study, "--window", "0:1", "--out", home / "out" / "r") == 0
    for words in (
        ("report", home / "out" / "r", "--form", "markdown", "--charts", "car", "--out", home / "out" / "m"),
        ("signals", *study, "--format", "json", "--out", home / "out" / "s"),
        ("backtest", *study, "--rule", "raise=long", "--format", "json", "--out", home / "out" / "b"),
    ):
        assert run(*words) in {0, 3}, capsys.readouterr().err
    new = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert new
    assert all(path.is_relative_to(home / "out") for path in new)
    assert not list(Path("/").glob("absolute*"))


def test_nothing_is_unpickled_or_evaluated():
    """No module of ours names pickle, eval, exec, a shell, or NumPy's pickled arrays."""
    root = Path(es.__file__).parent
    ours = [*root.rglob("*.py"), *Path(sys.modules["eventstudy.cli"].__path__[0]).rglob("*.py")]
    wrong = re.compile(
        r"(?<![\w.\"'`])(eval|exec|compile)\(|import pickle|pickle\.loads?|marshal|os\.system|shell=True|__import__"
        r"|allow_pickle=True|yaml\.load|read_pickle|\bast\.literal_eval"
    )
    lines = [(path.name, line.strip()) for path in ours for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(lines) > 10_000
    assert not [line for line in lines if wrong.search(line[1])]


def test_a_pickled_workbook_part_or_array_is_refused(tmp_path):
    """A file of another kind under a table's name is read as what it is, never unpickled."""
    import pickle  # to write what must not be read

    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    for name in ("p.csv", "p.parquet", "p.xlsx", "p.pkl", "p.npy"):
        (tmp_path / name).write_bytes(pickle.dumps(Trap()))
        assert run("series", "check", tmp_path / name) == 2
        assert run("events", "check", tmp_path / name) == 2
    assert not (tmp_path / "ran").exists()


def test_a_formula_in_a_design_runs_no_code(tmp_path, capsys):
    """What a formula may not have is refused before an engine sees it."""
    trap = f"open({str(tmp_path / 'ran')!r}, 'w')"
    for formula in (f"car ~ I({trap})", f"car ~ I(f'{{{trap}}}')".replace("', 'w'", '", "w"').replace("'/", '"/', 1)):
        assert run("explain", "--case", "crimea-2014", "--series", "ruble", "--formula", formula) == 2
    assert not (tmp_path / "ran").exists()
    assert json.dumps(capsys.readouterr().err)


@pytest.mark.slow
def test_settings_in_the_current_folder(tmp_path):
    """Matplotlib's settings beside the data change no chart."""
    words = ["chart", "timeline", "--case", "crimea-2014", "--series", "ruble", "--quiet", "--out"]
    asked = {"cwd": tmp_path, "capture_output": True, "text": True}
    for settings in (b"", b"text.usetex: True\nlines.color: red\n"):
        (tmp_path / "matplotlibrc").write_bytes(settings)
        done = subprocess.run(
            [sys.executable, "-m", "eventstudy.cli", *words, f"{len(settings)}.svg"], check=False, **asked
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert (tmp_path / f"{len(settings)}.svg").read_bytes() == (tmp_path / "0.svg").read_bytes()


def test_a_study_needs_no_shell_and_no_network(tmp_path, monkeypatch, copy_of_process):
    """A study of one's own files opens no connection and starts no program."""
    events("plain").to_csv(tmp_path / "e.csv", index=False)
    prices("mine").to_csv(tmp_path / "p.csv", index_label="date")
    monkeypatch.chdir(tmp_path)

    def hook(event, args):
        if event in {"socket.connect", "subprocess.Popen", "os.system", "os.exec", "pickle.find_class"}:
            sys.stderr.write(f"AUDIT {event} {args!r:.200}\n")

    def study():
        sys.addaudithook(hook)
        main(["run", "--events", "e.csv", "--prices", "p.csv", "--window", "0:0"])

    code, said, warned = copy_of_process(study).end()
    assert code == 0
    assert "AUDIT" not in warned
    assert "after 2 raises" in said
