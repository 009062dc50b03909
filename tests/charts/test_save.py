"""Files and good manners: the same bytes, whole files, nothing left behind in matplotlib."""

import os
import subprocess
import sys

import pytest
from matplotlib.figure import Figure

import eventstudy as es
from eventstudy.charts import car, save, timeline

DRAW = """
import hashlib, sys
import eventstudy as es
case = es.load_case("raise-or-fold-2022")
result = es.EventStudy(case.events, case.prices, series=["imoex"]).fit()
for ending in ("png", "svg", "pdf"):
    for kind in (es.charts.timeline, es.charts.car):
        print(hashlib.sha256(es.charts.save(kind(result), f"{sys.argv[1]}/x.{ending}").read_bytes()).hexdigest())
"""


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
@pytest.mark.parametrize("kind", [timeline, car])
def test_the_same_study_gives_the_same_bytes(result, tmp_path, kind, ending):
    """Drawn twice and written twice, a chart is the same file; it also is when written a second time."""
    chart = kind(result, "imoex")
    first = save(chart, tmp_path / f"one.{ending}").read_bytes()
    assert save(kind(result, "imoex"), tmp_path / f"two.{ending}").read_bytes() == first
    assert save(chart, tmp_path / f"three.{ending}").read_bytes() == first


def test_the_bytes_do_not_depend_on_the_session(tmp_path):
    """Another process, with another hash seed, language and matplotlib configuration, writes the same bytes."""
    (tmp_path / "matplotlibrc").write_text("font.size: 20\naxes.grid: True\nlines.linewidth: 9\nsvg.fonttype: none\n")
    answers = []
    for seed, settings in (("1", {}), ("2", {"LC_ALL": "de_DE.UTF-8", "MATPLOTLIBRC": str(tmp_path)})):
        environment = {**os.environ, "PYTHONHASHSEED": seed, **settings}
        command = [sys.executable, "-c", DRAW, str(tmp_path)]
        answers.append(subprocess.run(command, env=environment, cwd=tmp_path, check=True, capture_output=True).stdout)
    assert answers[0] == answers[1]
    assert len(answers[0].split()) == 6


def test_a_file_tells_neither_date_nor_maker(result, tmp_path):
    """No clock and no version is in any of the files; a PDF embeds its letters as TrueType, an SVG draws them."""
    chart = timeline(result, "imoex")
    pdf, svg, png = (save(chart, tmp_path / f"x.{ending}").read_bytes() for ending in ("pdf", "svg", "png"))
    for word in (b"CreationDate", b"Producer", b"Creator", b"Matplotlib"):
        assert word not in pdf
    assert b"FontFile2" in pdf
    assert b"FontFile3" not in pdf
    assert b"<dc:date>" not in svg
    assert b"<dc:creator>" not in svg
    assert b"<text" not in svg
    assert b"Software" not in png


def test_a_png_has_twice_the_resolution_of_a_screen(result, tmp_path):
    """A PNG has 200 dots to the inch: a figure 13 inches wide is 2,600 dots."""
    png = save(timeline(result, "ruble"), tmp_path / "x.png").read_bytes()
    assert int.from_bytes(png[16:20], "big") == 2600


def test_whatever_is_in_the_figure_will_do(result, tmp_path):
    """A figure, one of its axes and a tuple of axes write the same file; the ending may be in capitals."""
    panels = car(result, "vix")
    wanted = save(panels, tmp_path / "a.png").read_bytes()
    assert save(panels[1], tmp_path / "b.png").read_bytes() == wanted
    assert save(panels[0].figure, str(tmp_path / "c.PNG")).read_bytes() == wanted
    with pytest.raises(es.InputError, match="no axes"):
        save([], tmp_path / "d.png")


@pytest.mark.parametrize(
    ("name", "words"),
    [("x.pgn", "did you mean '.png'"), ("x.html", "known: .png, .svg, .pdf"), ("x", "known: .png, .svg, .pdf")],
)
def test_an_unknown_ending_is_refused(result, tmp_path, name, words):
    """An ending that is no format is an error that names the formats, and nothing is written."""
    with pytest.raises(es.UnknownNameError, match=words):
        save(timeline(result, "ruble"), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_chart_that_cannot_be_drawn_leaves_the_old_file(tmp_path, monkeypatch):
    """If drawing fails, the file that was there is untouched and nothing lies beside it."""
    target = tmp_path / "x.png"
    target.write_bytes(b"old")
    figure = Figure()
    monkeypatch.setattr(figure, "draw", lambda renderer: 1 / 0)  # noqa: ARG005  # the signature is matplotlib's
    with pytest.raises(ZeroDivisionError):
        save(figure, target)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_importing_the_room_does_not_import_matplotlib():
    """Matplotlib is loaded when something is drawn, not before."""
    code = "import sys, eventstudy as es; es.charts.timeline, es.charts.save; print('matplotlib' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "False"


def test_drawing_and_writing_leave_matplotlib_as_it_was(tmp_path):
    """After a chart of each kind is drawn and written, no setting has changed and pyplot was never loaded."""
    code = f"""
import sys, matplotlib
matplotlib.rcParams["font.size"] = 17
before = dict(dict.items(matplotlib.rcParams))
import eventstudy as es
case = es.load_case("raise-or-fold-2022")
result = es.EventStudy(case.events, case.prices, series=["ruble"]).fit()
es.charts.save(es.charts.timeline(result), {str(tmp_path / "a.png")!r})
es.charts.save(es.charts.car(result), {str(tmp_path / "b.svg")!r})
print(dict(dict.items(matplotlib.rcParams)) == before, "matplotlib.pyplot" in sys.modules)
"""
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert answer.stdout.split() == ["True", "False"]


def test_no_pyplot_figure_exists_afterwards(result):
    """Someone who uses pyplot finds no figure of ours among theirs."""
    from matplotlib import pyplot as plt  # noqa: PLC0415  # only this test wants pyplot

    timeline(result, "ruble")
    car(result, "ruble")
    assert plt.get_fignums() == []
