"""Raises against folds: every number is the answer of the result, and the arithmetic on the chart closes."""

import itertools

import pytest

import eventstudy as es
from eventstudy.charts import numbers, raise_fold
from eventstudy.wording import p_in_words, quantity

WINDOWS = ("0:0", "0:1", "-1:1", "0:5")


@pytest.fixture(scope="module")
def charts(result):
    """The panels of two series."""
    return {series: raise_fold(result, series) for series in ("imoex", "vix")}


@pytest.mark.parametrize(("series", "scale"), [("imoex", 100.0), ("vix", 1.0)])
def test_differences_are_the_answers_and_close(result, charts, look, series, scale):
    """Bar and words of each window are mean and p of the contrast, the marks are its two rows, and they close."""
    ax = charts[series][2]
    bars = {bar.get_gid().removeprefix("difference/"): bar.get_height() for bar in ax.patches if bar.get_gid()}
    marks = {label: list(look.named(ax, f"means/{label}")[""].get_ydata()) for label in ("raise", "fold")}
    ticks = [tick.get_text().replace("−", "-") for tick in ax.get_xticklabels()]
    for k, window in enumerate(WINDOWS):
        between = result.answer(series, result.design.contrast, window)
        sides = [result.answer(series, label, window) for label in ("raise", "fold")]
        assert bars[window] == scale * between.caar
        assert [marks["raise"][k], marks["fold"][k]] == [scale * side.caar for side in sides]
        assert bars[window] == pytest.approx(marks["raise"][k] - marks["fold"][k], abs=1e-12)
        figure = quantity(between.caar, between.unit).removesuffix(" index points")
        assert look.words(ax, f"mean-label/{window}") == f"{figure} {p_in_words(between.p_value)}"
        assert ticks[k] == f"{window}\nn {sides[0].n} & {sides[1].n}"
        assert between.n == sides[0].n + sides[1].n


@pytest.mark.parametrize("series", ["imoex", "vix"])
def test_a_bar_leads_from_one_mark_to_the_other(charts, look, series):
    """Both ends of every bar are the two marks, it is no filled grey as the band is, and the legend names it."""
    first, _, ax = charts[series]
    bars = [bar for bar in ax.patches if str(bar.get_gid()).startswith("difference/")]
    raised, folded = (look.named(ax, f"means/{label}")[""].get_ydata() for label in ("raise", "fold"))
    for bar, upper, lower in zip(bars, raised, folded, strict=True):
        assert (bar.get_y(), bar.get_y() + bar.get_height()) == pytest.approx((lower, upper), abs=1e-12)
        assert bar.get_facecolor()[3] == 0
    mark = look.named(first, "legend/")["raise − fold"]
    assert mark.get_marker() == "s"
    assert mark.get_markeredgecolor() == es.charts.LIGHT.muted


def test_words_of_windows_stand_apart_in_a_narrow_figure(result):
    """In half a slide no window's words, above or below its bar, run into the next one's."""
    from matplotlib.figure import Figure  # only here

    figure = Figure(figsize=(6.5, 5.5), dpi=200)
    ax = raise_fold(result, "imoex", ax=figure.subplots(1, 3))[2]
    figure.draw_without_rendering()
    above = [text for text in ax.texts if str(text.get_gid()).startswith("mean-label/")]
    for words in (above, ax.get_xticklabels()):
        assert len(words) == len(WINDOWS)
        extents = sorted((text.get_window_extent().x0, text.get_window_extent().x1) for text in words)
        assert all(end < begin for (_, end), (begin, _) in itertools.pairwise(extents))


def test_the_numbers_behind_hold_the_differences(result, charts):
    """The frame of numbers has the difference of every window."""
    points = numbers(charts["imoex"]).set_index("what")["y"]
    for window in WINDOWS:
        assert points[f"difference/{window}"] == 100 * result.answer("imoex", "raise-fold", window).caar


def test_any_two_labels_can_be_contrasted(case, look):
    """A study by another column is drawn with its own labels."""
    side = case.events["actor"].str.contains("RUS").map({True: "east", False: "west"})
    events = case.events.assign(side=side)
    study = es.EventStudy(
        events, case.prices[["brent"]], windows=["0:0"], tests=[], group_by="side", contrast="west-east"
    ).fit()
    axes = raise_fold(study)
    assert [ax.get_title(loc="left") for ax in axes] == ["west", "east", "west − east"]
    answer = study.answer("brent", "west-east", "0:0")
    assert look.words(axes[2], "mean-label/0:0").endswith(p_in_words(answer.p_value))
    for kind in ("car", "timeline", "heatmap", "scatter", "placebo", "multiples"):
        assert es.charts.KINDS[kind].draw(study) is not None


def test_bare_dates_can_be_drawn(case):
    """Events without a stance make one panel, and flags of one shape."""
    study = es.event_study(["2022-01-18", "2022-01-27", "2022-02-15"], case.prices[["brent"]])
    (ax,) = es.charts.car(study)
    assert ax.get_title(loc="left") == "all events"
    for kind in ("timeline", "heatmap", "placebo", "multiples"):
        assert es.charts.KINDS[kind].draw(study) is not None
    with pytest.raises(es.NothingUsableError, match="no raise or no fold"):
        raise_fold(study)


def test_one_sided_studies_are_refused(case):
    """Without a single fold there is nothing to compare, and the error says so."""
    events = case.events[case.events["stance"] != "fold"]
    study = es.EventStudy(events, case.prices[["brent"]], tests=[], windows=["0:0"]).fit()
    with pytest.raises(es.NothingUsableError, match=r"no raise or no fold.*; contrast \w+-\w+ compares labels"):
        raise_fold(study)
