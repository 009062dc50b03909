"""House styles: what a TOML file may say, and that what it may not say is refused by name."""

import dataclasses

import pytest

import eventstudy as es
from eventstudy.charts import DARK, LIGHT, SIZES, find_style, house_style, size

HOUSE = """
name = "example"
base = "dark"
logo = "Example Research"
size = "square"
[colours]
raise = "#ff0000"
paper = "black"
[letters]
title = 15
"""


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path):
    """Every choice of a file is in the style, and all others are those of its base."""
    (tmp_path / "house.toml").write_text(HOUSE)
    style = find_style(tmp_path / "house.toml")
    assert (style.name, style.logo, style.sheet, style.paper, style.title) == (
        "example", "Example Research", SIZES["square"], "#000000", 15.0,
    )  # fmt: skip
    assert style.look("raise") == dataclasses.replace(DARK.look("raise"), colour="#ff0000")
    untouched = {f.name for f in dataclasses.fields(style)} - {"name", "logo", "sheet", "paper", "title", "looks"}
    assert all(getattr(style, name) == getattr(DARK, name) for name in untouched)
    assert [style.look(s) for s in ("hold", "fold", "*", "mixed")] == [
        DARK.look(s) for s in ("hold", "fold", "*", "mixed")
    ]


def test_names_and_sizes():
    """The looks have names, and a size given beside a look is the sheet's."""
    assert find_style() is LIGHT
    assert find_style("dark") is DARK
    assert find_style("light", "slide").sheet == (960.0, 540.0)
    assert find_style("light", "slide").sheet[0] / find_style("light", "slide").sheet[1] == pytest.approx(16 / 9)


@pytest.mark.parametrize(
    ("table", "error", "words"),
    [
        ({"colors": {}}, es.UnknownNameError, "did you mean 'colours'"),
        ({"colours": {"rase": "red"}}, es.UnknownNameError, "did you mean 'raise'"),
        ({"colours": {"raise": "reddish"}}, es.InputError, "'reddish' is none"),
        ({"colours": "red"}, es.InputError, "must be a table"),
        ({"base": "drak"}, es.UnknownNameError, "did you mean 'dark'"),
        ({"size": "slides"}, es.UnknownNameError, "did you mean 'slide'"),
        ({"letters": {"text": 400}}, es.InputError, "no size in points"),
        ({"font": "No Such Font"}, es.UnknownNameError, "not installed"),
        ({"logo": 5}, es.InputError, "logo of a style must be a text, not 5"),
        ({"name": ["x"]}, es.InputError, "name of a style must be a text"),
    ],
)
def test_what_a_house_may_not_say(table, error, words):
    """A misspelt choice, a colour or font that is none: each is an error that names the right one."""
    with pytest.raises(error, match=words):
        house_style(table)


def test_a_file_that_cannot_be_read(tmp_path):
    """A missing file and broken TOML are errors with the file's name."""
    with pytest.raises(es.InputError, match="cannot be opened"):
        find_style(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("colours = [")
    with pytest.raises(es.InputError, match=r"bad\.toml is not readable TOML"):
        find_style(tmp_path / "bad.toml")


def test_the_logo_stands_on_the_chart_and_the_sheet_is_kept():
    """The house's words stand on a new figure, in the corner, and the figure has the size of the sheet."""
    import pandas as pd  # only here
    from matplotlib.text import Text

    style = house_style({"logo": "Example Research", "size": "page"})
    figure = size(pd.DataFrame({"test": ["rank_z"], "rate": [0.05], "low": [0.02], "high": [0.1]}), style=style).figure
    assert tuple(72 * inch for inch in figure.get_size_inches()) == pytest.approx(SIZES["page"])
    (logo,) = [text for text in figure.findobj(Text) if text.get_gid() == "logo"]
    box = logo.get_window_extent(figure.canvas.get_renderer())
    assert logo.get_text() == "Example Research"
    assert box.x1 < figure.bbox.x1
    assert box.y1 < figure.bbox.y1


def test_letters_that_no_font_has_are_boxes():
    """A headline in Chinese and a logo that steers a terminal are drawn without a warning, and stand in a whole SVG."""
    from xml.etree.ElementTree import fromstring  # our own file

    case = es.load_case("raise-or-fold-2022")
    events = case.events[-5:].assign(headline="\u7814\u7a76 \U0001f389 " + case.events["headline"])
    result = es.EventStudy(events, case.prices, series=["ruble"], windows=["0:0"], tests=[]).fit()
    style = house_style({"logo": "\u7814 a\x07b\x1b[31mc\u202e\ud800"})
    written = es.charts.to_bytes(es.charts.timeline(result, style=style), style=style)
    assert "\u7814\u7a76" in "".join(fromstring(written).itertext())  # noqa: S314
    assert style.logo == "\u7814 abc\N{REPLACEMENT CHARACTER}"
