"""The chart of mean cumulative abnormal returns, read off its artists and recomputed in plain loops."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import eventstudy as es
from eventstudy.charts import LIGHT, car
from eventstudy.charts.paths import placebo_band
from eventstudy.wording import p_in_words, quantity

SERIES = ("ruble", "imoex", "vix")
STANCES = ("raise", "hold", "fold")


@pytest.fixture(scope="module")
def charts(result):
    """The panels of each of several series, by stance."""
    return {series: dict(zip(STANCES, car(result, series), strict=True)) for series in SERIES}


def plain_paths(result, series, stance):
    """Cumulate the abnormal returns of each market event of a label in loops: those in the mean, and those set aside.

    In the mean are market events that are not late and over whose span lies no other market event of raise, fold or
    both at once with another label; in a mean over all labels, other labels are no matter.
    """
    rows = result.matches[(result.matches["series"] == series) & (result.matches["status"] != "excluded")]
    sessions = list(result.histories[series].sessions.astype("datetime64[ns]"))
    news = {}
    for row in rows.to_dict("records"):
        news[row["market_event"]] = (
            sessions.index(np.datetime64(row["session"], "ns")),
            row["net_stance"],
            row["status"],
        )
    taus = result.design.span.taus
    kept, aside = {}, {}
    for event, (position, label, status) in news.items():
        if stance not in ("*", label):
            continue
        one = result.abnormal[(result.abnormal["series"] == series) & (result.abnormal["event_id"] == event)]
        path = [0.0]
        for value in one.sort_values("tau")["ar"]:
            path.append(path[-1] + value)
        if any(np.isnan(path)):
            continue
        others = [at - position in taus and of not in ("hold", label) for at, of, _ in news.values()]
        steps = result.histories[series].gap_days[position + taus[0] : position + taus[-1] + 1]
        out = status == "set-aside" or max(steps) >= 7 or (stance != "*" and any(others))
        (aside if out else kept)[event] = path
    return kept, aside


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("stance", STANCES)
def test_the_bold_line_is_the_caar_of_the_result(result, charts, look, series, stance):
    """The mean line is the column caar of the table aar, and the mean, in loops, of the paths of its market events."""
    kept, _ = plain_paths(result, series, stance)
    scale = 1.0 if series == "vix" else 100.0
    mean = [scale * sum(path[k] for path in kept.values()) / len(kept) for k in range(8)]
    rows = result.aar[(result.aar["series"] == series) & (result.aar["stance"] == stance)]
    line = look.named(charts[series][stance], "mean")[""]
    assert line.get_ydata() == pytest.approx(mean, abs=1e-12)
    assert list(line.get_ydata()) == [0.0, *(scale * rows["caar"])]
    assert set(rows["n"]) == {len(kept)}
    assert list(line.get_xdata()) == list(range(-2, 6))
    assert to_hex(line.get_color()) == LIGHT.look(stance).colour
    assert line.get_marker() == LIGHT.look(stance).marker


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("stance", STANCES)
def test_market_events_in_the_mean_are_thin_and_those_set_aside_dotted(result, charts, look, series, stance):
    """There is a thin line a market event in the mean and a dotted one for those set aside, and both are counted."""
    ax, (kept, aside) = charts[series][stance], plain_paths(result, series, stance)
    scale = 1.0 if series == "vix" else 100.0
    for gid, paths in (("event", kept), ("set-aside", aside)):
        ends = sorted(line.get_ydata()[-1] for line in ax.lines if line.get_gid() == gid)
        assert ends == pytest.approx(sorted(scale * path[-1] for path in paths.values()), abs=1e-12)
    events = f"n = {len(kept)} market event{'s' * (len(kept) != 1)}"
    assert look.words(ax, "count").startswith(f"{events}, {len(aside)} set aside 0:0: ")
    assert "set aside" in [text.get_text() for text in charts[series]["raise"].texts]


@pytest.mark.parametrize("window", ["0:0", "0:1"])
@pytest.mark.parametrize("series", SERIES)
def test_the_answer_above_a_panel_is_the_result_s(result, look, series, window):
    """Mean, n and p above each panel are those of the answer of its label over the window."""
    for ax, stance in zip(car(result, series, window=window), STANCES, strict=True):
        answer = result.answer(series, stance, window)
        told = (
            f"{window}: {quantity(answer.caar, answer.unit)}, n = {answer.n}, {p_in_words(answer.p_value, answer.days)}"
        )
        assert look.words(ax, "count").endswith(told)


def edges(ax, look):
    """Read lower and upper edge of the band off its polygon."""
    points = look.named(ax, "band")[""].get_paths()[0].vertices
    taus = sorted(set(points[:, 0]))
    return np.array([[f(points[points[:, 0] == tau, 1]) for tau in taus] for f in (np.min, np.max)])


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("stance", STANCES)
def test_the_band_holds_nine_of_ten_means_of_days_without_news(result, charts, look, series, stance):
    """The band's edges are the 5 and 95 % quantiles of 2,000 seeded means of as many sessions without news.

    Computed here in loops: draw distinct sessions, cumulate their mean abnormal return, and interpolate between order
    statistics.
    """
    ar, n = result.placebo_paths(series), len(plain_paths(result, series, stance)[0])
    rng = np.random.default_rng(result.design.seed)
    means = []
    for _ in range(2000):
        picked = rng.choice(len(ar), n, replace=False)
        path = [0.0]
        for tau in range(ar.shape[1]):
            path.append(path[-1] + sum(ar[b, tau] for b in picked) / n)
        means.append(path)
    scale = 1.0 if series == "vix" else 100.0
    expected = [[scale * _quantile([m[k] for m in means], q) for k in range(8)] for q in (0.05, 0.95)]
    assert edges(charts[series][stance], look) == pytest.approx(np.array(expected), abs=1e-9)


def _quantile(values, q):
    ordered, where = sorted(values), q * (len(values) - 1)
    low = int(where)
    return ordered[low] + (where - low) * (ordered[min(low + 1, len(ordered) - 1)] - ordered[low])


def test_the_band_is_as_wide_as_theory_says():
    """For independent normal days the band of n market events at step k is ±1.645 √(k/n)."""
    ar = np.random.default_rng(3).normal(size=(4000, 4))
    theory = 1.645 * np.sqrt(np.arange(5))
    assert placebo_band(ar, 9, 0)[1] == pytest.approx(theory / 3, abs=0.08)
    assert placebo_band(ar, 9, 0)[0] == pytest.approx(-theory / 3, abs=0.08)
    assert placebo_band(ar, 1, 0)[1] == pytest.approx(theory, abs=0.25)


def test_there_is_no_band_where_days_without_news_are_fewer_than_events(result, look, monkeypatch):
    """With too few sessions without news the band is left out, and the footnote says for which label."""
    few = result.placebo_paths("imoex")[:3]
    monkeypatch.setattr(type(result), "placebo_paths", lambda *_: few)
    panels = car(result, "imoex")
    assert ["band" in {a.get_gid() for a in panel.collections} for panel in panels] == [False, True, True]
    assert "No band for raise: too few such sessions." in look.words(panels[0], "footnote")
    monkeypatch.setattr(type(result), "placebo_paths", lambda *_: few[:0])
    assert not any(panel.collections for panel in car(result, "imoex"))


def test_the_band_depends_on_the_seed_and_on_nothing_else(result):
    """The same seed gives the same band, another seed another."""
    ar = result.placebo_paths("ruble")
    assert np.array_equal(placebo_band(ar, 3, 0), placebo_band(ar, 3, 0))
    assert not np.array_equal(placebo_band(ar, 3, 0), placebo_band(ar, 3, 1))


def test_every_axis_bears_its_unit(charts):
    """Returns are in percent, differences in their own unit, τ in sessions; which way is up is said."""
    labels = {series: " ".join(panels["raise"].get_ylabel().split()) for series, panels in charts.items()}
    assert labels == {
        "ruble": "cumulative abnormal simple return, % (up = the ruble gained against the dollar)",
        "imoex": "cumulative abnormal simple return, % (up = Moscow shares rose)",
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
    """Under the panels stand publisher, sample, model, n by stance, how the band was drawn, what is set aside."""
    note = look.words(charts[series]["raise"], "footnote")
    n = ", ".join(f"{len(plain_paths(result, series, stance)[0])} {stance}" for stance in STANCES)
    assert "Source: " in note
    assert "Sample: " in note
    assert "Model: constant-mean, estimation window −130:−11" in note
    assert f"n = {n}." in note
    assert f"5–95 % of the mean path of as many of {len(result.placebo_paths(series))} sessions without news" in note
    assert "2,000 draws, seed 0" in note
    assert "Set aside: late news, and paths whose sessions −1 to 5 hold news of another kind." in note


def test_all_events_go_into_one_panel_when_nothing_splits_them(result, look):
    """With by=None there is one panel of all events, black, with the band for all of them."""
    (ax,) = car(result, "imoex", by=None)
    kept, _ = plain_paths(result, "imoex", "*")
    mean = look.named(ax, "mean")[""]
    assert mean.get_ydata()[-1] == pytest.approx(100 * np.mean([path[-1] for path in kept.values()]))
    assert to_hex(mean.get_color()) == LIGHT.look("*").colour
    assert f"n = {len(kept)} market events." in look.words(ax, "footnote")
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
    """With the window 0:0 the path has two points: 0 the session before, and the answer over 0:0."""
    study = es.EventStudy(case.events, case.prices[["brent"]], windows=["0:0"]).fit()
    (ax,) = car(study, by=None)
    line = look.named(ax, "mean")[""]
    assert list(line.get_xdata()) == [-1, 0]
    assert line.get_ydata() == pytest.approx([0, 100 * study.answer("brent", "*", "0:0").caar], abs=1e-12)


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
