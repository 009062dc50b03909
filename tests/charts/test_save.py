"""Files and good manners: the same bytes, whole files, nothing left behind in matplotlib."""

import hashlib
import os
import subprocess
import sys

import pytest

import eventstudy as es
from eventstudy.charts import car, save, timeline

KINDS = {"timeline": timeline, "car": car}

DRAW = """
import hashlib, sys
import eventstudy as es
case = es.load_case("raise-or-fold-2022")
result = es.EventStudy(case.events, case.prices, series=["imoex"], tests=[]).fit()
timeline = es.charts.timeline(result)
for chart, ending in ((timeline, "svg"), (timeline, "pdf"), (es.charts.car(result), "png")):
    print(hashlib.sha256(es.charts.save(chart, f"{sys.argv[1]}/x.{ending}").read_bytes()).hexdigest())
print("matplotlib.pyplot" in sys.modules)
"""


def all_formats(charts, folder):
    """The bytes of each chart in each format."""
    return {
        (kind, ending): save(chart, folder / f"{kind}.{ending}").read_bytes()
        for kind, chart in charts.items()
        for ending in ("png", "svg", "pdf")
    }


@pytest.fixture(scope="module")
def written(result, tmp_path_factory):
    """The bytes of a chart of each kind in each format."""
    return all_formats({kind: draw(result, "imoex") for kind, draw in KINDS.items()}, tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def written_timeline(result, tmp_path_factory):
    """The bytes of a timeline in each format."""
    return all_formats({"timeline": timeline(result, "imoex")}, tmp_path_factory.mktemp("timeline"))


@pytest.fixture(scope="module")
def few():
    """A study of three dates."""
    case = es.load_case("raise-or-fold-2022", ["vix"])
    return es.event_study(["2022-01-18", "2022-01-27", "2022-02-15"], case.prices, tests=[])


@pytest.fixture(scope="module")
def written_again(result, tmp_path_factory):
    """The same, drawn for itself."""
    return all_formats({kind: draw(result, "imoex") for kind, draw in KINDS.items()}, tmp_path_factory.mktemp("second"))


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_study_gives_the_same_bytes(written, written_again, kind, ending):
    """Drawn twice and written twice, a chart is the same file, though other formats were written in between."""
    assert written[kind, ending] == written_again[kind, ending]


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_the_session(written, tmp_path):
    """Another process, with another hash seed, language and matplotlib configuration, writes the same bytes.

    And it has not loaded pyplot.
    """
    (tmp_path / "matplotlibrc").write_text("font.size: 20\naxes.grid: True\nlines.linewidth: 9\nsvg.fonttype: none\n")
    environment = {**os.environ, "PYTHONHASHSEED": "5", "LC_ALL": "de_DE.UTF-8", "MATPLOTLIBRC": str(tmp_path)}
    command = [sys.executable, "-c", DRAW, str(tmp_path)]
    answer = subprocess.run(command, env=environment, cwd=tmp_path, check=True, capture_output=True, text=True)
    charts = [("timeline", "svg"), ("timeline", "pdf"), ("car", "png")]
    assert answer.stdout.split() == [*(hashlib.sha256(written[chart]).hexdigest() for chart in charts), "False"]


def test_a_file_tells_neither_date_nor_maker(written_timeline):
    """No clock and no version is in any of the files; a PDF embeds its letters, an SVG has them as text."""
    pdf, svg, png = (written_timeline["timeline", ending] for ending in ("pdf", "svg", "png"))
    for word in (b"CreationDate", b"Producer", b"Creator", b"Matplotlib"):
        assert word not in pdf
    assert b"FontFile2" in pdf
    assert b"FontFile3" not in pdf
    assert b"<dc:date>" not in svg
    assert b"<dc:creator>" not in svg
    assert b"<text" in svg
    for words in ("Moscow shares fell 33.3 %", "Russia invades Ukraine", "Source: Moscow Exchange"):
        assert words.encode() in svg
    assert b"'DejaVu Sans', Verdana, Geneva, Tahoma, sans-serif" in svg
    assert b"Software" not in png


def test_a_png_has_twice_the_resolution_of_a_screen(written_timeline):
    """A PNG has 200 dots to the inch: a figure 13 inches wide is 2,600 dots."""
    assert int.from_bytes(written_timeline["timeline", "png"][16:20], "big") == 2600


def test_whatever_is_in_the_figure_will_do(tmp_path):
    """A figure, one of its axes and a tuple of axes write the same file; the ending may be in capitals."""
    from matplotlib.figure import Figure

    panels = tuple(Figure(figsize=(2, 1)).subplots(1, 2))
    wanted = save(panels, tmp_path / "a.png").read_bytes()
    assert save(panels[1], tmp_path / "b.png").read_bytes() == wanted
    assert save(panels[0].figure, str(tmp_path / "c.PNG")).read_bytes() == wanted
    with pytest.raises(es.InputError, match="no axes"):
        save([], tmp_path / "d.png")


@pytest.mark.parametrize(
    ("name", "words"),
    [("x.pgn", "did you mean '.png'"), ("x.html", "known: .png, .svg, .pdf"), ("x", "known: .png, .svg, .pdf")],
)
def test_an_unknown_ending_is_refused(tmp_path, name, words):
    """An ending that is no format is an error that names the formats, and nothing is written."""
    from matplotlib.figure import Figure

    with pytest.raises(es.UnknownNameError, match=words):
        save(Figure(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_chart_that_cannot_be_drawn_leaves_the_old_file(tmp_path, monkeypatch):
    """If drawing fails, the file that was there is untouched and nothing lies beside it."""
    from matplotlib.figure import Figure

    target = tmp_path / "x.png"
    target.write_bytes(b"old")
    figure = Figure()
    monkeypatch.setattr(figure, "draw", lambda renderer: 1 / 0)  # noqa: ARG005  # the signature is matplotlib's
    with pytest.raises(ZeroDivisionError):
        save(figure, target)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_drawing_and_writing_leave_settings_and_pyplot_as_they_were(few, tmp_path):
    """After a chart of each kind is drawn and written, every setting is what the user had made it.

    And someone who uses pyplot finds no figure of ours among theirs.
    """
    import matplotlib as mpl
    from matplotlib import pyplot as plt  # only this test wants pyplot

    with mpl.rc_context({"font.size": 17, "svg.hashsalt": "mine"}):
        before = dict(dict.items(mpl.rcParams))
        save(timeline(few), tmp_path / "a.svg")
        save(car(few), tmp_path / "b.pdf")
        assert dict(dict.items(mpl.rcParams)) == before
    assert plt.get_fignums() == []
