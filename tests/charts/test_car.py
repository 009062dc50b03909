"""The chart of mean cumulative abnormal returns, read off its artists and recomputed in plain loops."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import eventstudy as es
from eventstudy.charts import LIGHT, car
from eventstudy.charts.paths import placebo_band

SERIES = ("ruble", "imoex", "vix")
STANCES = ("raise", "hold", "fold")


@pytest.fixture(scope="module")
def charts(result):
    """The panels of each of several series, by stance."""
    return {series: dict(zip(STANCES, car(result, series), strict=True)) for series in SERIES}


def plain_paths(result, series, stance):
    """Cumulate the abnormal returns of each event of a stance in loops; events with a gap are left out."""
    stances = dict(zip(result.events["id"], result.events["stance"], strict=True))
    by_event = {}
    for row in result.abnormal.to_dict("records"):
        if row["series"] == series and stance in ("*", stances[row["event_id"]]):
            by_event.setdefault(row["event_id"], {})[row["tau"]] = row["ar"]
    paths = {}
    for event, ar in by_event.items():
        path = [0.0]
        for tau in sorted(ar):
            path.append(path[-1] + ar[tau])
        if not any(np.isnan(path)):
            paths[event] = path
    return paths


def counts_of_sessions(result, series, events):
    """Count how many of the events fell on each session."""
    rows = result.matches[(result.matches["series"] == series) & result.matches["event_id"].isin(list(events))]
    return sorted(rows["session"].value_counts())


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("stance", STANCES)
def test_the_bold_line_is_the_mean_of_the_paths(result, charts, look, series, stance):
    """The mean line equals the mean, in loops, of the cumulated abnormal returns: percent, or the series' own unit."""
    paths = plain_paths(result, series, stance)
    scale = 1.0 if series == "vix" else 100.0
    mean = [scale * sum(path[k] for path in paths.values()) / len(paths) for k in range(8)]
    line = look.named(charts[series][stance], "mean")[""]
    assert line.get_ydata() == pytest.approx(mean, abs=1e-12)
    assert list(line.get_xdata()) == list(range(-2, 6))
    assert line.get_ydata()[0] == 0
    assert to_hex(line.get_color()) == LIGHT.look(stance).colour
    assert line.get_marker() == LIGHT.look(stance).marker


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("stance", STANCES)
def test_each_complete_event_is_a_thin_line_and_counts_in_n(result, charts, series, stance):
    """There is a thin line an event with a complete path; the panel says how many, and how many were incomplete."""
    ax, paths = charts[series][stance], plain_paths(result, series, stance)
    scale = 1.0 if series == "vix" else 100.0
    thin = sorted(line.get_ydata()[-1] for line in ax.lines if line.get_gid() == "event")
    assert thin == pytest.approx(sorted(scale * path[-1] for path in paths.values()), abs=1e-12)
    count = next(text.get_text() for text in ax.texts if text.get_gid() == "count")
    used = result.car[(result.car["series"] == series) & (result.car["stance"] == stance)]["event_id"].nunique()
    assert count.startswith(f"n = {len(paths)} events on {len(counts_of_sessions(result, series, paths))} sessions")
    assert count.endswith(f", {used - len(paths)} incomplete") is (used > len(paths))


def edges(ax, look):
    """Read lower and upper edge of the band off its polygon."""
    points = look.named(ax, "band")[""].get_paths()[0].vertices
    taus = sorted(set(points[:, 0]))
    return np.array([[f(points[points[:, 0] == tau, 1]) for tau in taus] for f in (np.min, np.max)])


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("stance", STANCES)
def test_the_band_holds_nine_of_ten_means_of_days_without_news(result, charts, look, series, stance):
    """The band's edges are the 5 and 95 % quantiles of 2,000 seeded means of as many sessions without news.

    Computed here in loops: draw distinct sessions, let each count as often as an event session counts, cumulate
    the weighted mean abnormal return, and interpolate between order statistics.
    """
    ar = result.placebo_ar[series]
    counts = [int(n) for n in np.unique(_sessions(result, series, stance), return_counts=True)[1]]
    rng = np.random.default_rng(result.design.seed)
    means = []
    for _ in range(2000):
        picked = rng.choice(len(ar), len(counts), replace=False)
        path = [0.0]
        for tau in range(ar.shape[1]):
            day = sum(n * ar[b, tau] for n, b in zip(counts, picked, strict=True)) / sum(counts)
            path.append(path[-1] + day)
        means.append(path)
    scale = 1.0 if series == "vix" else 100.0
    expected = [[scale * _quantile([m[k] for m in means], q) for k in range(8)] for q in (0.05, 0.95)]
    assert edges(charts[series][stance], look) == pytest.approx(np.array(expected), abs=1e-9)


def _sessions(result, series, stance):
    events = list(plain_paths(result, series, stance))
    rows = result.matches[(result.matches["series"] == series) & result.matches["event_id"].isin(events)]
    return rows["session"].to_numpy()


def _quantile(values, q):
    ordered, where = sorted(values), q * (len(values) - 1)
    low = int(where)
    return ordered[low] + (where - low) * (ordered[min(low + 1, len(ordered) - 1)] - ordered[low])


def test_the_band_is_as_wide_as_theory_says():
    """For independent normal days the band of n events at step k is ±1.645 √(k/n); events of one day are one draw."""
    ar = np.random.default_rng(3).normal(size=(4000, 4))
    theory = 1.645 * np.sqrt(np.arange(5))
    apart = placebo_band(ar, np.ones(9, dtype=int), 0)
    assert apart[1] == pytest.approx(theory / 3, abs=0.08)
    assert apart[0] == pytest.approx(-theory / 3, abs=0.08)
    together = placebo_band(ar, np.array([9]), 0)
    assert together[1] == pytest.approx(theory, abs=0.25)


def test_there_is_no_band_where_days_without_news_are_fewer_than_events(result, look):
    """With too few sessions without news the band is left out, and the footnote says for which stance."""
    poor = dataclasses.replace(result, placebo_ar={"imoex": result.placebo_ar["imoex"][:8]})
    panels = car(poor, "imoex")
    assert ["band" in {a.get_gid() for a in panel.collections} for panel in panels] == [False, True, True]
    assert "No band for raise: too few such sessions." in look.words(panels[0], "footnote")
    assert not any(panel.collections for panel in car(dataclasses.replace(result, placebo_ar={}), "imoex"))


def test_the_band_depends_on_the_seed_and_on_nothing_else(result):
    """The same seed gives the same band, another seed another."""
    ar, counts = result.placebo_ar["ruble"], np.array([1, 2, 1])
    assert np.array_equal(placebo_band(ar, counts, 0), placebo_band(ar, counts, 0))
    assert not np.array_equal(placebo_band(ar, counts, 0), placebo_band(ar, counts, 1))


def test_every_axis_bears_its_unit(charts):
    """Log returns are in percent, differences in their own unit, τ in sessions; which way is up is said."""
    labels = {series: " ".join(panels["raise"].get_ylabel().split()) for series, panels in charts.items()}
    assert labels == {
        "ruble": "cumulative abnormal log return, % (up = the ruble gained against the dollar)",
        "imoex": "cumulative abnormal log return, % (up = Moscow shares rose)",
        "vix": "cumulative abnormal change, index points (up = expected US share volatility rose)",
    }
    for panels in charts.values():
        assert {ax.get_xlabel() for ax in panels.values()} == {"sessions from the event session, τ"}


@pytest.mark.parametrize("series", SERIES)
def test_panels_can_be_compared(charts, series):
    """All panels have the same limits, and all lines and bands are within them."""
    panels = list(charts[series].values())
    (limits,) = {ax.get_ylim() for ax in panels}
    assert {ax.get_xlim() for ax in panels} == {(-2.0, 5.0)}
    values = np.concatenate([line.get_ydata() for ax in panels for line in ax.lines if line.get_gid()])
    assert limits[0] < values.min() < values.max() < limits[1]


@pytest.mark.parametrize("series", SERIES)
def test_the_mean_is_labelled_at_its_end_and_no_labels_overlap(charts, look, series):
    """The mean's last value stands beside its end; no words overlap and none leaves the figure."""
    panels = charts[series]
    canvas = panels["raise"].figure.canvas
    canvas.draw()
    boxes = []
    for stance, ax in panels.items():
        mean = look.named(ax, "mean")
        value = f"{mean[''].get_ydata()[-1]:+.1f}".replace("-", "−").replace("+0.0", "0.0").replace("−0.0", "0.0")
        assert mean["-label"].get_text() == (value if series == "vix" else f"{value} %")
        texts = [*ax.texts, ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels(), *look.named(ax, "name").values()]
        boxes += [
            (f"{stance} {t.get_text()}", t.get_window_extent(canvas.get_renderer())) for t in texts if t.get_text()
        ]
    assert look.overlaps(boxes) == []
    page = panels["raise"].figure.bbox
    assert all(page.x0 <= b.x0 and b.x1 <= page.x1 and page.y0 <= b.y0 and b.y1 <= page.y1 for _, b in boxes)


@pytest.mark.parametrize("series", SERIES)
def test_the_footnote_says_source_sample_model_n_and_method(result, charts, look, series):
    """Under the panels stand publisher, sample, model, n by stance, how the band was drawn, that windows overlap."""
    note = look.words(charts[series]["raise"], "footnote")
    n = ", ".join(f"{len(plain_paths(result, series, stance))} {stance}" for stance in STANCES)
    assert "Source: " in note
    assert "Sample: " in note
    assert "Model: constant-mean, estimation window −130:−11" in note
    assert f"n = {n}." in note
    assert f"5–95 % of the mean path of as many of {len(result.placebo_ar[series])} sessions without news" in note
    assert "2,000 draws, seed 0" in note
    assert "events overlap." in note


def test_all_events_go_into_one_panel_when_nothing_splits_them(result, look):
    """With by=None there is one panel of all events, black, with the band for all of them."""
    (ax,) = car(result, "imoex", by=None)
    paths = plain_paths(result, "imoex", "*")
    mean = look.named(ax, "mean")[""]
    assert mean.get_ydata()[-1] == pytest.approx(100 * np.mean([path[-1] for path in paths.values()]))
    assert to_hex(mean.get_color()) == LIGHT.look("*").colour
    assert "n = 28 events." in look.words(ax, "footnote")
    assert ax.get_title(loc="left") == "all events"


def test_a_stance_without_events_has_no_panel(case):
    """Only stances that a used event has are drawn."""
    events = case.events[case.events["stance"] != "hold"]
    panels = car(es.EventStudy(events, case.prices[["brent"]]).fit())
    assert [ax.get_title(loc="left") for ax in panels] == ["raise", "fold"]


def test_a_study_of_returns_can_be_drawn(case, look):
    """Returns will do: there is no price, but there are abnormal returns."""
    returns = np.log(case.prices[["brent"]].dropna()).diff().dropna()
    panels = car(es.EventStudy(case.events, returns=returns).fit())
    assert look.words(panels[0], "footnote").startswith("Source: returns as supplied; ")


def test_a_window_of_one_session_starts_at_zero_before_it(case, look):
    """With the window 0:0 the path has two points: 0 the session before, and the event session's abnormal return."""
    study = es.EventStudy(case.events, case.prices[["brent"]], windows=["0:0"]).fit()
    (ax,) = car(study, by=None)
    line = look.named(ax, "mean")[""]
    assert list(line.get_xdata()) == [-1, 0]
    assert line.get_ydata() == pytest.approx([0, 100 * study.abnormal["ar"].mean()])


def test_unknown_names_are_refused(result):
    """A misspelt series or grouping is an error that names the right one."""
    with pytest.raises(es.UnknownNameError, match="did you mean 'imoex'"):
        car(result, "imox")
    with pytest.raises(es.UnknownNameError, match="unknown grouping 'stanc'; did you mean 'stance'"):
        car(result, by="stanc")


def test_axes_given_must_be_as_many_as_panels(result, look):
    """Axes given are drawn on, one a panel, every one with its unit; too few are refused with the number needed."""
    figure = Figure(figsize=(15, 7))
    axes = figure.subplots(1, 3)
    assert car(result, "vix", ax=axes) == tuple(axes)
    assert "index points" in axes[0].get_ylabel().replace("\n", " ")
    assert [ax.get_ylabel() for ax in axes[1:]] == ["index points"] * 2
    assert "Source: Cboe" in look.words(axes[0], "footnote")
    with pytest.raises(es.DesignError, match="3 panels need 3 axes, not 1"):
        car(result, "vix", ax=Figure().subplots())
    one = Figure(figsize=(9, 7)).subplots()
    assert car(result, "vix", by=None, ax=one) == (one,)


def test_simple_returns_are_in_percent_and_unknown_series_have_no_direction(case):
    """The label says which kind of return it is; a column nobody knows has no words for up."""
    prices = case.prices[["imoex"]].rename(columns={"imoex": "mine"})
    study = es.EventStudy(case.events, prices, returns_kind="simple").fit()
    assert car(study)[0].get_ylabel() == "cumulative abnormal simple return, %"
    assert isinstance(study.abnormal, pd.DataFrame)
