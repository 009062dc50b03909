"""Charts of plain frames: specification curve, response path, size; and a golden picture of each."""

import re
from itertools import product
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.charts import KINDS, LIGHT, describe, readings, response_path, size, specification_curve, to_bytes
from eventstudy.study import run_grid

GOLDEN = Path(__file__).parent / "golden"
LEVELS = {"constant-mean": -0.020, "market-model": -0.012, "zero": -0.004}


def make_grid():
    """Return twelve designs whose estimates are known."""
    rows = [
        {
            "series": "ruble", "stance": "raise", "model": model, "estimation": "-130:-11", "window": window,
            "scale": scale, "estimate": level + 0.003 * k - 0.001 * (scale == "garch"), "p_value": 0.01 + 0.02 * k,
            "p_of": "placebo", "n_events": 13 - k, "significant": k < 2, "unit": "log return",
        }
        for (model, level), (k, window), scale in product(
            LEVELS.items(), enumerate(["0:0", "0:1", "-1:1"]), ["ewma", "garch"]
        )
    ]  # fmt: skip
    return pd.DataFrame(rows)


def make_paths():
    """Return the responses of two series over five horizons."""
    h = np.arange(5)
    frames = [
        pd.DataFrame({"series": name, "h": h, "estimate": up * (1 + h), "low": up * (1 + h) - wide * (1 + h),
                      "high": up * (1 + h) + wide * (1 + h), "n_obs": 400 - h})
        for name, up, wide in (("ruble", -0.01, 0.006), ("vix", 0.8, 0.5))
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def make_rates():
    """Return the rejection rates of three tests over two windows and two levels."""
    rows = [
        {"window": window, "test": test, "scope": "pool", "level": level, "rate": rate * level / 0.05,
         "low": rate * level / 0.05 - 0.013, "high": rate * level / 0.05 + 0.013, "n_studies": 1000}
        for window in ("0:0", "0:5")
        for level in (0.05, 0.10)
        for test, rate in (("placebo_p", 0.048), ("bmp_t", 0.27), ("rank_z", 0.061))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def make_readings():
    """Return what prices took three events for."""
    return pd.DataFrame({
        "event_id": ["a", "b", "c"], "day": ["2022-01-27", "2022-02-24", "2022-02-25"],
        "stance": ["hold", "raise", "raise"],
        "raise": [0.3, 0.9, 0.2], "fold": [0.2, 0.02, 0.6], "nothing": [0.5, 0.08, 0.2],
        "says": ["can't tell", "raise", "fold"],
    })  # fmt: skip


DRAWN = {
    "specification-curve": lambda: specification_curve(make_grid()),
    "response-path": lambda: response_path(make_paths()),
    "readings": lambda: readings(make_readings()),
    "size": lambda: size(make_rates()),
}


def test_specification_curve_is_sorted_and_filled_where_significant(look):
    """Dots ascend in percent, are filled where a design is significant, and the matrix marks each design's choices."""
    from matplotlib.colors import to_hex

    grid = make_grid()
    curve, matrix = specification_curve(grid)
    order = grid.sort_values("estimate", kind="stable").reset_index(drop=True)
    dots = {}
    for name in ("significant", "ordinary"):
        line = look.named(curve, name)[""]
        dots |= dict(zip(line.get_xdata(), line.get_ydata(), strict=True))
        wanted = order.index[order["significant"] == (name == "significant")]
        assert list(line.get_xdata()) == list(wanted)
    assert [dots[k] for k in range(len(order))] == pytest.approx(list(100 * order["estimate"]))
    assert to_hex(look.named(curve, "significant")[""].get_markerfacecolor()) == LIGHT.look("raise").colour
    for window in ("0:0", "0:1", "-1:1"):
        marked = [c for c in matrix.collections if c.get_gid() == f"choice/window/{window}"]
        places = sorted(segment[0][0] for one in marked for segment in one.get_segments())
        assert places == list(order.index[order["window"] == window])


def test_specification_curve_counts_what_agrees(look):
    """The title says how many designs share the middle one's sign, the footnote what is the same in all."""
    grid = make_grid()
    middle = grid["estimate"].median()
    same = int((np.sign(grid["estimate"]) == np.sign(middle)).sum())
    words = look.words(specification_curve(grid)[1], "footnote")
    title = look.words(specification_curve(grid)[0], "title")
    assert title == f"Ruble after raises: {same} of 18 designs agree on the sign, 12 with p ≤ 0.05"
    assert "The same in all: estimation −130:−11." in words
    assert "n = 11–13 events a design" in words


def test_a_curve_counts_as_its_grid_does():
    """Of a grid the title has the numbers of its summary: the sign is held against the first design, not the middle,
    and of a p at or below 0.05 the scaled mean must be on the same side; a laxer level of the grid fills no dot.
    """
    case = es.load_case("crimea-2014")
    choices = {"series": ["ruble"], "windows": ["0:0", "0:1", "-1:1"], "models": ["zero"], "scales": ["ewma"]}
    strict, lax = (run_grid(case.events, case.prices, alpha=alpha, **choices) for alpha in (0.05, 0.2))
    of = strict.summary.set_index("stance").loc["raise"]
    rows = strict.specifications.query("stance == 'raise'")
    middle = np.sign(rows["estimate"]) == np.sign(rows["estimate"].median())
    assert middle.sum() != of["n_agrees_sign"]
    for grid in (strict, lax):
        title = describe(specification_curve(grid.specifications, "ruble", "raise"))["title"]
        said = f"{of['n_agrees_sign']} of {of['n_specifications']} designs have the sign of the first"
        assert title == f"Ruble after raises: {said}, {of['n_significant_agreeing']} with p ≤ 0.05"


def test_designs_without_an_estimate_are_counted_and_not_drawn(look):
    """A missing estimate is no dot, and the footnote counts it; nothing but missing ones is refused."""
    grid = make_grid()
    grid.loc[:2, "estimate"] = np.nan
    curve, matrix = specification_curve(grid)
    drawn = sum(len(look.named(curve, name)[""].get_xdata()) for name in ("significant", "ordinary"))
    assert drawn == 15
    assert "15 designs, 3 more without an estimate" in look.words(matrix, "footnote")
    with pytest.raises(es.NothingUsableError):
        specification_curve(grid.assign(estimate=np.nan))
    with pytest.raises(es.InputError, match="no column 'estimate'"):
        specification_curve(grid.drop(columns="estimate"))
    with pytest.raises(es.UnknownNameError, match="did you mean 'raise'"):
        specification_curve(grid, stance="rase")


def test_response_path_draws_estimate_and_band_in_the_unit(look):
    """Returns are in percent, differences in the catalogue's unit; line and band are the frame's own."""
    frame = make_paths()
    for ax, (series, scale, unit) in zip(
        response_path(frame), [("ruble", 100, "%"), ("vix", 1, "index points")], strict=True
    ):
        rows = frame[frame["series"] == series]
        assert look.named(ax, "path")[""].get_ydata() == pytest.approx(list(scale * rows["estimate"]))
        vertices = look.named(ax, "band")[""].get_paths()[0].vertices
        for row in rows.to_dict("records"):
            edge = vertices[vertices[:, 0] == row["h"], 1]
            assert [edge.min(), edge.max()] == pytest.approx([scale * row["low"], scale * row["high"]])
        assert ax.get_ylabel() == f"change, {unit}"
    assert len(response_path(frame, "vix")) == 1


def test_response_path_takes_the_library_s_own_table(crimea, look):
    """The table `responses` of the library's local projections can be drawn as it is."""
    from eventstudy.study import projections  # only this test needs it

    table = projections(crimea, horizons=2, lags=1).responses
    (ax,) = response_path(table)
    assert list(look.named(ax, "path")[""].get_ydata()) == pytest.approx(list(100 * table["estimate"]))


def test_size_marks_the_tests_that_are_not_shown_to_keep_the_level(look):
    """Dots are the rates of one window and level in percent; title and marks have one criterion, that of `size`."""
    from matplotlib.colors import to_hex

    ax = size(make_rates(), window="0:5", nominal=0.10)
    dots = look.named(ax, "rate/")
    assert {name: line.get_xdata()[0] for name, line in dots.items()} == pytest.approx(
        {"placebo_p, pool": 9.6, "bmp_t, pool": 54.0, "rank_z, pool": 12.2}
    )
    colours = {name: to_hex(line.get_color()) for name, line in dots.items()}
    assert colours == {"placebo_p, pool": LIGHT.gain, "bmp_t, pool": LIGHT.loss, "rank_z, pool": LIGHT.gain}
    assert describe(ax)["title"] == "2 of 3 tests are shown to keep 10 %; bmp_t, pool rejects most"
    kept = describe(size(make_rates()[make_rates()["test"] != "bmp_t"]))["title"]
    assert kept == "2 of 2 tests are shown to keep 5 %"
    assert look.named(ax, "nominal")[""].get_xdata()[0] == 10
    with pytest.raises(es.UnknownNameError, match="window"):
        size(make_rates(), window="0:9")
    with pytest.raises(es.NothingUsableError, match="at 20 %"):
        size(make_rates(), nominal=0.2)


def test_size_draws_the_interval_it_is_given(look):
    """The interval is the frame's own, as the library's simulation has it; a frame without one is refused."""
    rates = pd.DataFrame({"test": ["rank_z"], "rate": [0.06], "low": [0.041], "high": [0.079], "n": [500]})
    assert list(look.named(size(rates), "interval/")["rank_z"].get_xdata()) == pytest.approx([4.1, 7.9])
    with pytest.raises(es.InputError, match="no column 'low'"):
        size(rates.drop(columns=["low", "high"]))


def test_kinds_from_frames_are_these():
    """The charts of plain frames are the three proved here."""
    assert {kind for kind, of in KINDS.items() if of.from_frame} == set(DRAWN)


@pytest.mark.parametrize(
    ("stance", "words"),
    [("hold", "Ruble after holds: "), ("hike-keep", "Ruble, hike-keep: "), ("mixed", "Ruble, mixed: ")],
)
def test_designs_of_any_label_have_its_words(stance, words):
    """Stances have a plural, labels of one's own and contrasts stand as they are."""
    axes = es.charts.specification_curve(make_grid().assign(stance=stance))
    assert es.charts.describe(axes)["title"].startswith(words)


def test_a_response_is_clear_of_nothing_and_not_of_its_band():
    """An estimate always lies in its own band: what is counted are the markets whose band does not hold 0."""
    said = es.charts.describe(es.charts.response_path(make_paths()))["title"]
    assert said == "2 of 2 markets clear of 0 in the end: Ruble, VIX"


# --- golden pictures ------------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def structure(svg):
    """Return what our own parts of an SVG are made of: by identifier, words and the coordinates of their lines."""
    found = []
    for group in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}g"):  # noqa: S314
        name = group.get("id", "")
        if not name or re.fullmatch(r"[A-Za-z0-9.]+_\d+", name):
            continue  # matplotlib's own names, which its versions choose differently
        words = ["".join(text.itertext()) for text in group.iter("{http://www.w3.org/2000/svg}text")]
        lines = [e.get("d", "") for e in group.iter("{http://www.w3.org/2000/svg}path") if "id" not in e.attrib]
        numbers = [] if words else [float(n) for d in lines for n in _NUMBER.findall(d)]
        found.append((name, words, numbers))
    return found


def test_few_studies_show_of_no_test_that_it_keeps_its_size():
    """A test is shown to keep 5 % where its band lies between 2.5 and 7.5 %, and not where it merely holds 5 %."""
    rates = pd.DataFrame({"test": ["a", "b"], "rate": [0.05, 0.05], "low": [0.01, 0.04], "high": [0.16, 0.06]})
    assert describe(size(rates))["title"] == "1 of 2 tests is shown to keep 5 %"
    few = rates.assign(holds=[False, False])
    assert describe(size(few))["title"] == "0 of 2 tests are shown to keep 5 %"


@pytest.mark.parametrize("kind", DRAWN)
def test_golden(kind):
    """A picture of known figures is the one that was looked at: the same parts and words, lines to a tenth of a point.

    The golden file is the SVG itself, so that it can be opened; other versions of matplotlib write other bytes.
    """
    svg = to_bytes(DRAWN[kind]()).decode()
    golden = structure((GOLDEN / f"{kind}.svg").read_text(encoding="utf-8"))
    drawn = structure(svg)
    assert [(name, words) for name, words, _ in drawn] == [(name, words) for name, words, _ in golden]
    assert len(golden) > 5
    for (name, _, found), (_, _, wanted) in zip(drawn, golden, strict=True):
        assert found == pytest.approx(wanted, abs=0.1), name


@pytest.mark.one_in(5)
@pytest.mark.parametrize("kind", [*DRAWN][::-1])
def test_the_same_frame_gives_the_same_bytes(kind):
    """Drawn twice, a chart of a frame is the same file."""
    assert to_bytes(DRAWN[kind]()) == to_bytes(DRAWN[kind]())


def test_readings_stand_at_their_odds():
    """Upwards the odds of a raise less those of a fold; one of two readings went against the coded stance."""
    made = readings(make_readings())
    found = sorted(round(float(y), 2) for line in made.lines for y in line.get_ydata()
                   if str(line.get_gid()).startswith("readings/"))  # fmt: skip
    assert found == [-0.4, 0.1, 0.88]
    words = [text.get_text() for text in made.texts]
    assert "Prices took a side after 2 of 3 events, 1 time against the coded stance" in words


def test_readings_against_the_stance_are_named_first():
    """Of few events each is named; of many those first that traded otherwise than they were coded, however slightly."""
    days = pd.bdate_range("2015-01-01", periods=40, freq="60B").strftime("%Y-%m-%d")
    raised = np.r_[np.full(39, 0.9), 0.6]
    many = pd.DataFrame({"event_id": [f"event-{k}" for k in range(40)], "day": days, "raise": raised, "fold": 0.05,
                         "stance": ["raise"] * 39 + ["fold"], "nothing": 0.05, "says": "raise"})  # fmt: skip
    names = {text.get_text() for text in readings(many).texts}
    assert "event-39" in names
    assert not set(many["event_id"]) <= names
    few = many.iloc[::8].assign(says="can't tell")
    drawn = readings(few)
    assert set(few["event_id"]) <= {text.get_text() for text in drawn.texts}
    assert "Prices took a side after 0 of 5 events" in [text.get_text() for text in drawn.texts]


def test_the_source_is_that_of_the_study_the_frame_was_made_of(crimea, look):
    """Given the study, the publisher of its prices is named; else what the frame says, else that it was supplied."""
    (ax, _) = response_path(make_paths(), source=crimea)
    assert look.words(ax, "footnote").startswith("Source: European Central Bank.")
    assert look.words(size(make_rates(), source=crimea), "footnote").startswith("Source: European Central Bank.")
    told = make_rates().assign(source="my simulation")
    assert look.words(size(told), "footnote").startswith("Source: my simulation.")
    assert "as supplied" in look.words(size(make_rates()), "footnote")
