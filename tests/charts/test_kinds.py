"""What holds for charts of every kind: words that do not collide, units, footnotes, bytes."""

import inspect
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.charts import DARK, KINDS, SIZES, describe, find_style, numbers, to_bytes

FROM_STUDY = [kind for kind, of in KINDS.items() if not of.from_frame]


def test_the_page_has_a_row_of_every_kind():
    """The table of the page on charts names each that there is, and no other."""
    page = (Path(__file__).parents[2] / "docs" / "charts.md").read_text(encoding="utf-8")
    rows = page.split("| kind | shows |")[1].split("\n\n")[0].splitlines()[2:]
    assert {row.split("|")[1].strip(" `") for row in rows} == set(KINDS)


def texts_of(ax):
    """Return the words of axes that are drawn: ticks outside the limits are kept by matplotlib, but not drawn."""
    found = [*ax.texts, ax.xaxis.label, ax.yaxis.label, ax.title, ax._left_title, ax._right_title]
    for axis, limits, which in ((ax.xaxis, ax.get_xlim(), 0), (ax.yaxis, ax.get_ylim(), 1)):
        inside = [t for t in axis.get_ticklabels() if min(limits) <= t.get_position()[which] <= max(limits)]
        found += inside
    return found


def boxes(chart):
    """Return the page and the box of every text of a chart."""
    figure = np.ravel(chart)[0].figure
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    axes = [child for ax in figure.axes for child in (ax, *ax.child_axes) if child.axison or child.texts]
    found = [t for ax in axes for t in texts_of(ax) if ax.axison or t in ax.texts]
    shown = [t for t in (*figure.texts, *found) if t.get_visible() and t.get_text().strip()]
    return figure.bbox, [(f"{t.get_gid()}: {t.get_text()[:40]}", t.get_window_extent(renderer)) for t in shown]


@pytest.mark.one_in(2)
@pytest.mark.parametrize("kind", FROM_STUDY)
def test_no_words_collide_or_leave_the_page(drawn, look, kind):
    """On the crowded case of 2022 no two texts overlap, and all of them are on the page."""
    page, words = boxes(drawn[kind])
    flags = [(n, b) for n, b in words if "/number" not in n]
    assert look.overlaps(flags) == []
    for name, box in words:
        assert page.x0 - 1 <= box.x0, name
        assert box.x1 <= page.x1 + 1, name
        assert page.y0 - 1 <= box.y0, name
        assert box.y1 <= page.y1 + 1, name


@pytest.mark.parametrize("size", [None, "square"])
@pytest.mark.parametrize("kind", ["heatmap", "multiples"])
def test_long_names_stay_in_their_place(wordy, look, kind, size):
    """Names of markets and labels that are too long are folded or cut; none is on another or off the page."""
    page, words = boxes(KINDS[kind].draw(wordy, style=find_style("light", size)))
    assert look.overlaps([(n, b) for n, b in words if "/number" not in n]) == []
    for name, box in words:
        assert page.x0 <= box.x0, name
        assert box.x1 <= page.x1, name
        assert page.y0 <= box.y0, name
        assert box.y1 <= page.y1, name


def test_a_heatmap_of_levels_shows_basis_points_and_whole_units(case, look):
    """Units of several words are folded over their columns; of a yield a basis point can be read off its cell."""
    study = es.EventStudy(case.events, case.prices, series=["us10y", "vix", "ovx"], windows=["0:0"], tests=[]).fit()
    ax = es.charts.heatmap(study)
    assert look.overlaps(boxes(ax)[1]) == []
    assert " ".join(ax.get_xticklabels()[0].get_text().split()).endswith("percentage points")
    values = look.named(ax, "value/")
    yields = study.car[(study.car["series"] == "us10y") & ~study.car.duplicated(["series", "market_event"])]
    written = [values[f"{event}/us10y"].get_text().strip("()").replace("−", "-") for event in yields["event_id"]]
    np.testing.assert_allclose(list(map(float, written)), yields["car"], atol=0.00501)


def test_the_figure_behind_a_line_stays_out_of_the_next_panel(case, look):
    """Of returns in logs, whose unit is longer, what stands at the end of a line ends before the next panel begins."""
    study = es.EventStudy(case.events, case.prices, series=["imoex"], returns_kind="log", tests=[]).fit()
    panels = es.charts.holding(study)
    boxes(panels)
    for panel, following in pairwise(panels):
        assert look.named(panel, "mean-label")[""].get_window_extent().x1 < following.get_window_extent().x0


def test_a_title_of_three_lines_is_whole_over_one_event(case):
    """A heatmap of one row is as high as its heading needs."""
    result = es.EventStudy(case.events[5:6], case.prices, series=["ruble", "imoex"], windows=["0:0"], tests=[]).fit()
    page, words = boxes(es.charts.heatmap(result, title="A finding that goes on and on, market by market, " * 4))
    assert max(box.y1 for _, box in words) <= page.y1


@pytest.mark.slow  # by default forty rows of a heatmap are, and the words of every kind
@pytest.mark.parametrize("kind", ["heatmap", "car", "timeline"])
def test_many_labels_stay_on_the_page(case, look, kind):
    """Grouped by actor there are a dozen labels: legends break into rows, and panels too."""
    result = es.EventStudy(case.events, case.prices, series=["imoex"], group_by="actor", tests=[]).fit()
    chart = KINDS[kind].draw(result)
    page, words = boxes(chart)
    assert 72 * np.ravel(chart)[0].figure.get_size_inches()[0] < 1300
    assert all(page.x0 - 1 <= b.x0 and b.x1 <= page.x1 + 1 for _, b in words)
    legend = [(n, b) for n, b in words if n.startswith("legend-label/")]
    assert look.overlaps(legend) == []
    said = [n.split(":")[0].removeprefix("legend-label/") for n, _ in legend]
    assert kind == "car" or len(set(said) & set(result.events["actor"])) > 5


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["heatmap", "timeline", "multiples"])
def test_a_square_is_not_too_narrow_for_the_words(result, look, kind):
    """The most crowded charts still do not collide on a square sheet."""
    style = find_style("light", "square")
    chart = KINDS[kind].draw(result, style=style)
    figure = np.ravel(chart)[0].figure
    assert tuple(72 * inch for inch in figure.get_size_inches()) == pytest.approx(SIZES["square"])
    page, words = boxes(chart)
    assert look.overlaps([(n, b) for n, b in words if "/number" not in n]) == []
    assert all(page.x0 - 1 <= b.x0 and b.x1 <= page.x1 + 1 for _, b in words)


@pytest.mark.parametrize("kind", FROM_STUDY)
def test_every_chart_says_source_sample_model_n_and_method(drawn, kind):
    """Every chart bears title, measure, whose figures, which sample and model, n; its caption how it is read."""
    words = describe(drawn[kind])
    assert words["title"]
    assert words["alt"]
    for part in ("Source: ", "Sample: ", "Model: constant-mean", "n "):
        assert part in words["footnote"], kind
    for part in ("subtitle", "caption"):
        assert len(words[part]) > 30


@pytest.mark.parametrize("kind", FROM_STUDY)
def test_every_chart_has_its_numbers(drawn, kind):
    """The numbers behind a chart can be read off it as a frame, finite but for the second edge of a band."""
    points = numbers(drawn[kind])
    assert len(points) >= 3
    assert list(points) == ["panel", "what", "x", "y", "y2"]
    y = points["y"].to_numpy(dtype=float)
    assert np.isfinite(y).mean() > 0.9


def test_numbers_of_a_timeline_are_dates_and_prices(result, drawn):
    """The price line comes back as dates and prices of the history itself."""
    points = numbers(drawn["timeline"])
    price = points[points["what"] == "price"].dropna(subset="y")
    history = result.histories["imoex"]
    known = dict(zip(map(str, history.sessions), history.prices, strict=True))
    assert len(price) > 50
    assert all(known[x] == y for x, y in zip(price["x"], price["y"], strict=True))


def test_every_kind_takes_ax_source_and_style():
    """Every chart function can be given axes, a source and a style; what it takes beside them is on record."""
    for kind, of in KINDS.items():
        parameters = inspect.signature(of.draw).parameters
        assert {"ax", "title", "subtitle", "source", "style"} <= set(parameters), kind
        assert set(of.takes) <= set(parameters), kind


def test_a_wrong_type_is_one_plain_line(result):
    """A number for a study, a study for a frame and a misspelt option are refused by Python's own kind of error."""
    with pytest.raises(TypeError, match=r"^charts.car draws the result of a study, .* not 5$"):
        es.charts.car(5)
    with pytest.raises(TypeError, match=r"^charts.placebo\(\) got an unexpected keyword argument 'event'$"):
        es.charts.placebo(5, event="x")
    with pytest.raises(TypeError, match=r"^charts.size draws a DataFrame, not a StudyResult$"):
        es.charts.size(result)
    with pytest.raises(es.DesignError, match=r"^charts.timeline takes for series a name or a list of names, not 5$"):
        es.charts.timeline(result, series=5)
    with pytest.raises(es.DesignError, match="one or several different series"):
        es.charts.car(result, series=[])
    with pytest.raises(TypeError, match="unexpected keyword argument 'tittle'"):
        es.charts.car(result, tittle="Shares")


def test_kinds_are_the_functions_of_the_room():
    """The list of kinds names every chart of a study or of a plain frame, by its own name."""
    assert {kind.replace("-", "_") for kind in KINDS} == {
        name for name in es.charts.__all__ if callable(f := getattr(es.charts, name)) and _draws(f)
    }


def _draws(function):
    parameters = [] if inspect.isclass(function) else list(inspect.signature(function).parameters)
    return "ax" in parameters and parameters[0] in {"result", "grid", "paths", "rates", "found"}


def test_a_dark_chart_is_dark_and_differs_in_colours_alone(result, drawn):
    """In dark the paper is dark, and every word and every number is where it is in light."""
    light, dark = drawn["scatter"], KINDS["scatter"].draw(result, "imoex", "0:1", style=DARK)
    assert numbers(light).equals(numbers(dark))
    assert describe(light) == describe(dark)
    assert to_bytes(dark, style=DARK) != to_bytes(light)
    assert DARK.paper in to_bytes(dark, style=DARK).decode()


@pytest.fixture(scope="module")
def twenty():
    """A study of twenty markets."""
    days, rng = pd.bdate_range("2020-01-01", periods=400), np.random.default_rng(5)
    steps = rng.normal(0, 0.01, (400, 20))
    prices = pd.DataFrame(
        100 * np.exp(steps.cumsum(axis=0)), index=days, columns=[f"Stock {k:02d} plc" for k in range(20)]
    )
    events = pd.DataFrame({"time": days[200:380:18], "stance": ["raise", "fold"] * 5})
    return es.EventStudy(events, prices, windows=["0:0"], tests=[]).fit()


@pytest.mark.parametrize("size", ["slide", "square"])
def test_a_sheet_that_cannot_hold_its_panels_grows_in_height(twenty, look, size):
    """Small panels of twenty markets keep a height that can be read; no words collide or leave the sheet."""
    panels = es.charts.multiples(twenty, style=find_style("light", size))
    page, words = boxes(panels)
    assert page.width * 72 / panels[0].figure.dpi == pytest.approx(SIZES[size][0])
    assert min(ax.get_window_extent().height * 72 / panels[0].figure.dpi for ax in panels) > 50
    assert look.overlaps(words) == []
    assert all(page.contains(box.x0, box.y0) and page.contains(box.x1, box.y1) for _, box in words)


@pytest.mark.parametrize(("size", "n"), [(None, 13), ("slide", 13), ("square", 8)])
def test_a_heat_map_of_many_markets_shows_the_least_ordinary_and_says_so(twenty, look, size, n):
    """As many columns as there is room for: the markets with the lowest p of all, in the order of the study."""
    ax = es.charts.heatmap(twenty, style=find_style("light", size))
    page, words = boxes(ax)
    assert look.overlaps(words) == []
    assert page.width * 72 / ax.figure.dpi < 961
    decides = twenty.car["family_p"].fillna(twenty.car["p_value"])
    lowest = decides.groupby(twenty.car["series"]).min()
    shown = [" ".join(text.get_text().split()[:-1]) for text in ax.get_xticklabels()]
    assert len(shown) == n
    assert shown == sorted(shown)
    assert lowest[shown].max() <= lowest.drop(shown).min()
    assert describe(ax)["subtitle"].endswith(f"; the {n} least ordinary of 20 markets")


def test_figures_of_any_size_fit_their_cells_and_axes():
    """Of prices of a ten-millionth and of hundreds of billions ticks are on the page and figures in their frames."""
    days, rng = pd.bdate_range("2020-01-01", periods=400), np.random.default_rng(5)
    kinds = {name: {"returns": "difference"} for name in ("tiny", "huge")}
    steps = np.exp(rng.normal(0, 0.01, (400, 2)).cumsum(axis=0))
    prices = pd.DataFrame(steps * [1e-7, 5e11], index=days, columns=["tiny", "huge"])
    events = pd.DataFrame({"time": days[200:380:18], "stance": ["raise", "fold"] * 5})
    study = es.EventStudy(events, prices, instruments=kinds, windows=["0:0"], tests=[]).fit()
    for series in prices:
        page, words = boxes(es.charts.raise_fold(study, series))
        assert min(box.x0 for _, box in words) >= page.x0
    ax = es.charts.heatmap(study)
    column = ax.get_window_extent().width / 2
    assert max(box.width for name, box in boxes(ax)[1] if name.startswith("value/")) <= 0.92 * column


def test_names_and_units_of_low_panels_stand_apart_and_whole(result, look):
    """On a page the names of three markets are not cut and do not touch the units beside them."""
    axes = es.charts.timeline(result, ["imoex", "ruble", "brent"], style=find_style("light", "page"))
    axes[0].figure.draw_without_rendering()
    renderer = axes[0].figure.canvas.get_renderer()
    for ax in axes:
        name, unit = look.named(ax, "name")[""], ax.yaxis.label
        assert "…" not in name.get_text()
        assert name.get_window_extent(renderer).x1 < unit.get_window_extent(renderer).x0


def test_lines_above_neighbouring_panels_stand_apart(result):
    """On a square sheet what is said of a panel ends clearly before what is said of the next."""
    panels = es.charts.holding(result, "imoex", style=find_style("light", "square"))
    said = sorted((box for name, box in boxes(panels)[1] if name.startswith("count: ")), key=lambda box: box.x0)
    assert min(right.x0 - left.x1 for left, right in pairwise(said)) * 72 / panels[0].figure.dpi > 10


def test_the_date_of_an_event_stands_off_the_mean(result, look):
    """On a page the date beside the event that makes the chart covers no part of the mean's line."""
    for ax in es.charts.car(result, "imoex", style=find_style("light", "page")):
        ax.figure.draw_without_rendering()
        box = look.named(ax, "event-label")[""].get_window_extent(ax.figure.canvas.get_renderer())
        line = ax.transData.transform(np.column_stack(look.named(ax, "mean")[""].get_data()))
        x = np.linspace(box.x0, box.x1, 20)
        y = np.interp(x, *line.T)
        assert not ((y > box.y0) & (y < box.y1)).any()
