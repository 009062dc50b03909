"""Mean paths and their bands, read off the artists and recomputed in plain loops."""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.charts import LIGHT, car, describe, multiples, numbers, raise_fold
from eventstudy.wording import probability, quantity

SERIES = ("ruble", "imoex", "vix")
STANCES = ("raise", "hold", "fold")
WINDOWS = ("0:0", "0:1", "-1:1", "0:5")


@pytest.fixture(scope="module")
def charts(result):
    """The panels of each of several series, by stance."""
    return {series: dict(zip(STANCES, car(result, series), strict=True)) for series in SERIES}


def plain_paths(result, series, stance, window="0:0"):
    """Cumulate abnormal returns from the last price before the window in loops: in the mean, and set aside."""
    first = int(window.partition(":")[0])
    rows = result.car[(result.car["series"] == series) & (result.car["window"] == window) & result.car["car"].notna()]
    if stance != "*":
        rows = rows[rows["net_stance"] == stance]
    sample = list(result.sample(series, stance, window)["event_id"])
    kept, aside = {}, {}
    for event in dict.fromkeys(rows["market_event"]):
        one = result.abnormal[(result.abnormal["series"] == series) & (result.abnormal["event_id"] == event)]
        ar = dict(zip(one["tau"], one["ar"], strict=True))
        path, up, down = {first - 1: 0.0}, 0.0, 0.0
        for tau in range(first, max(ar) + 1):
            up += ar[tau]
            path[tau] = up
        for tau in range(first - 1, min(ar) - 1, -1):
            down -= ar[tau]
            path[tau - 1] = down
        (kept if event in sample else aside)[event] = [path[tau] for tau in sorted(path)]
    return kept, aside


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("stance", STANCES)
def test_the_bold_line_is_the_mean_of_the_answer_s_events_and_meets_its_caar(result, charts, look, series, stance):
    """The line is the mean, in loops, of the paths of the sample, and at the window's end the answer's CAAR."""
    from matplotlib.colors import to_hex

    kept, _ = plain_paths(result, series, stance)
    scale, ax = 1.0 if series == "vix" else 100.0, charts[series][stance]
    mean = [scale * sum(path[k] for path in kept.values()) / len(kept) for k in range(8)]
    line, within = look.named(ax, "mean")[""], look.named(ax, "within")[""]
    assert line.get_ydata() == pytest.approx(mean, abs=1e-12, nan_ok=True)
    assert list(line.get_xdata()) == list(range(-2, 6))
    assert list(within.get_xdata()) == [-1, 0]
    answer = result.answer(series, stance, "0:0")
    assert within.get_ydata() == pytest.approx([0.0, scale * answer.caar], abs=1e-12)
    assert len(kept) == answer.n
    assert to_hex(line.get_color()) == LIGHT.look(stance).colour
    assert within.get_marker() == LIGHT.look(stance).marker


@pytest.mark.one_in(2)
@pytest.mark.parametrize("window", WINDOWS)
def test_every_window_begins_at_the_last_price_before_it(result, look, window):
    """Over each window the path is 0 at the last price before it and the answer's CAAR at its last session."""
    first, last = map(int, window.split(":"))
    for ax, stance in zip(car(result, "imoex", window=window), STANCES, strict=True):
        within = look.named(ax, "within")[""]
        assert list(within.get_xdata()) == list(range(first - 1, last + 1))
        assert within.get_ydata()[0] == 0.0
        assert within.get_ydata()[-1] == pytest.approx(100 * result.answer("imoex", stance, window).caar, abs=1e-12)


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("stance", STANCES)
def test_market_events_in_the_mean_are_thin_and_those_set_aside_counted(result, charts, look, series, stance):
    """There is a thin line a market event in the mean; those set aside are counted above the panel."""
    ax, (kept, aside) = charts[series][stance], plain_paths(result, series, stance)
    scale = 1.0 if series == "vix" else 100.0
    ends = sorted(line.get_ydata()[2] for line in ax.lines if line.get_gid() == "event")
    assert ends == pytest.approx(sorted(scale * path[2] for path in kept.values()), abs=1e-12)
    answer = result.answer(series, stance, "0:0")
    assert len(aside) == answer.n_set_aside
    set_aside = f" ({answer.n_set_aside} set aside)" if answer.n_set_aside else ""
    assert f"n = {answer.n}{set_aside}, p " in look.words(ax, "count")


def test_a_band_of_nervous_days_is_wider_than_one_of_calm_days(look):
    """After volatility tripled, the band of the same days without news is three times as wide."""
    days, rng = pd.bdate_range("2020-01-01", periods=700), np.random.default_rng(3)
    returns = pd.DataFrame({"x": rng.normal(0, 0.01, 700)}, index=days)
    returns.iloc[550:] *= 3.0
    highs = []
    for at in (400, 690):
        events = pd.DataFrame({"time": [str(days[at].date())], "stance": "raise"})
        (ax,) = car(es.EventStudy(events, returns=returns, tests=[], windows=["0:0"]).fit())
        highs.append(band_of(ax, look, 0)[1])
    assert highs[1] / highs[0] == pytest.approx(3.0, rel=0.35)


def test_one_event_is_dated_the_one_that_makes_the_chart(charts, look):
    """Of the market events only the one with the largest return over the window bears a label."""
    for stance in ("raise", "fold"):
        labels = look.named(charts["imoex"][stance], "event-label")
        assert len(labels) == 1
    assert labels[""].get_text() == "25 Feb"


@pytest.mark.parametrize("series", SERIES)
def test_the_title_is_the_finding_by_the_answer_s_own_number(result, charts, series):
    """Title, number above the panel and label at the line are those of the answer with the lowest p."""
    best = min((result.answer(series, stance, "0:0") for stance in STANCES), key=lambda a: (a.p_value, -abs(a.z)))
    words = describe(charts[series]["raise"])
    number = quantity(best.caar, best.unit)
    assert number.lstrip("+−") in words["title"]
    assert f"after {best.n} {best.stance}" in words["title"]
    assert probability(best.p_value, best.days).removeprefix("<") in words["title"]
    assert words["subtitle"].startswith("Mean cumulative abnormal ")
    assert "the event session" in words["subtitle"]
    assert "Grey band" in words["caption"]
    assert "Grey band" not in words["title"] + words["subtitle"] + words["footnote"]


def band_of(ax, look, tau):
    """Read the band at a session off its polygon."""
    points = look.named(ax, "band")[""].get_paths()[0].vertices
    here = points[points[:, 0] == tau, 1]
    return here.min(), here.max()


@pytest.mark.one_in(4)
@pytest.mark.parametrize("window", WINDOWS)
def test_the_band_agrees_with_the_p_on_nervous_days(result, charts, look, window):
    """A mean with p below 0.05 lies outside its band, one with p above 0.15 inside, in every market and label.

    The p weighs events by their volatility and the mean does not, so that between the two either may be.
    """
    last, seen = int(window.split(":")[1]), {True: 0, False: 0}
    for series in result.series:
        scale = 1.0 if series == "vix" else 100.0
        is_drawn = window == "0:0" and series in charts
        for ax in charts[series].values() if is_drawn else car(result, series, window=window):
            row = (series, ax.get_title(loc="left"), window)
            answer = next((a for a in result.answers if a.n and (a.series, a.stance, a.window) == row), None)
            if answer is None or not look.named(ax, "band") or 0.05 <= answer.p_value <= 0.15:
                continue
            low, high = band_of(ax, look, last)
            assert high == pytest.approx(-low)
            outside = bool(abs(scale * answer.caar) > high)
            assert outside == (answer.p_value < 0.05), (series, answer)
            seen[outside] += 1
    assert seen[False] >= 5
    assert window != "0:0" or seen[True] >= 3


@pytest.mark.parametrize(("series", "stance"), [("imoex", "raise"), ("ruble", "fold"), ("vix", "hold")])
def test_the_band_is_drawn_of_days_without_news_at_the_volatility_of_the_events(result, charts, look, series, stance):
    """In plain loops: nine of ten means of as many quiet days, each times the volatility of one event, lie within."""
    of, sample = result.samples[series], result.sample(series, stance, "0:0")
    sessions = list(of.history.sessions.astype("datetime64[ns]"))
    at = [sessions.index(np.datetime64(day, "ns")) for day in sample["session"]]
    scale = 1.0 if series == "vix" else 100.0
    quiet = of.every("z")[of.every("quiet")[:, 0], 0]
    rng, inside = np.random.default_rng(5), 0
    _, high = band_of(charts[series][stance], look, 0)
    for _ in range(4000):
        drawn = [scale * of.every("scale")[k] * quiet[rng.integers(len(quiet))] for k in at]
        inside += abs(sum(drawn) / len(drawn)) <= high
    assert inside / 4000 == pytest.approx(0.9, abs=0.03)


@pytest.fixture(scope="module")
def early():
    """A study of one event session each, the first so early that its volatility is that of its residuals."""
    days, rng = pd.bdate_range("2020-01-01", periods=420), np.random.default_rng(8)
    returns = pd.DataFrame({"x": rng.normal(0, 0.01, 420)}, index=days)
    at = (83, 117, 263, 298, 328)
    events = pd.DataFrame({"time": [str(days[k].date()) for k in at], "stance": "raise"})
    return es.EventStudy(events, returns=returns, windows=["0:0"]).fit()


def test_a_mean_with_a_p_has_a_band_though_an_event_is_early(early, look):
    """The p rests on days without news and on the z of each event; so does the band, also of an early event's z."""
    (sample,), answer = early.samples.values(), early.answer("x", "raise", "0:0")
    assert (answer.n, answer.p_source) == (5, "sessions")
    scale = sample.every("scale")[sample.position]
    assert np.isnan(scale).any()
    own = np.where(np.isnan(scale), np.abs(sample.car[:, 0] / sample.z[:, 0]), scale)
    (ax,) = car(early)
    assert "No band" not in describe(ax)["caption"]
    line = sample.every("z")[sample.every("quiet")[:, 0], 0]
    rng = np.random.default_rng(2)
    means = [100 * float(np.mean(rng.choice(line, 5) * own)) for _ in range(4000)]
    at_0 = band_of(ax, look, 0)[1]
    assert at_0 == pytest.approx(np.quantile(np.abs(means), 0.9), rel=0.06)
    # Of independent returns n sessions before the window lie √n times as far out; the path is 0 before it.
    before = [band_of(ax, look, tau)[1] / at_0 for tau in range(-5, 0)]
    assert before == pytest.approx(np.sqrt([4, 3, 2, 1, 0]), rel=0.06)


def test_a_study_of_one_session_shows_the_path_around_it(early, look):
    """The path runs from −5 to 5, the window asked is shaded; title and bold line are those of the window."""
    (ax,), answer = car(early), early.answer("x", "raise", "0:0")
    mean, within = look.named(ax, "mean")[""], look.named(ax, "within")[""]
    assert list(mean.get_xdata()) == list(range(-5, 6))
    assert list(within.get_xdata()) == [-1, 0]
    assert within.get_ydata()[-1] == pytest.approx(100 * answer.caar)
    returns = early.histories["x"].returns
    # No other event falls into the estimation window of the third, or into its path.
    ar = returns[259:269] - returns[133:253].mean()
    path = 100 * np.concatenate([-np.cumsum(ar[3::-1])[::-1], [0.0], np.cumsum(ar[4:])])
    drawn = [line.get_ydata() for line in ax.lines if line.get_gid() == "event"]
    assert len(drawn) == 5
    assert drawn[2] == pytest.approx(path, abs=1e-9)
    words = describe(ax)
    assert quantity(answer.caar, answer.unit) in words["title"]
    assert "the event session" in words["subtitle"]
    assert "Shaded: the window asked" in words["caption"]
    assert "the window asked, 0:0" in look.named(ax, "legend/")


def test_paths_stop_where_the_estimates_begin(case, look):
    """Nothing is drawn of the sessions that the model was estimated on."""
    study = es.EventStudy(case.events, case.prices[["brent"]], windows=["0:0"], estimation="-122:-3", tests=[]).fit()
    ax, *_ = car(study)
    assert list(look.named(ax, "mean")[""].get_xdata()) == list(range(-3, 6))


def test_there_is_no_band_where_days_without_news_are_few(case, look):
    """With fewer than 100 days without news there is no band, and the caption says for which label."""
    prices = case.prices.loc["2021-09-01":"2022-02-20", ["brent"]]
    study = es.EventStudy(case.events, prices, tests=[], windows=["0:0"]).fit()
    panels = car(study)
    assert not any(look.named(ax, "band") for ax in panels)
    assert "No band for raise" in describe(panels)["caption"]


def test_raise_less_fold_is_the_distance_of_the_panels_and_the_row_of_the_table(result, look):
    """Over every window the two bold lines end as far apart as the bar is long, and that is the average table's row."""
    for window in WINDOWS:
        upper, lower, bars = raise_fold(result, "imoex", window=window)
        ends = [look.named(ax, "within")[""].get_ydata()[-1] for ax in (upper, lower)]
        (bar,) = [p.get_height() for p in bars.patches if p.get_gid() == f"difference/{window}"]
        row = result.average.set_index(["series", "stance", "window"]).loc[("imoex", "raise-fold", window)]
        assert bar == pytest.approx(100 * row["caar"])
        assert ends[0] - ends[1] == pytest.approx(bar, abs=1e-9)
        assert f"{abs(bar):.1f} %" in describe(bars)["title"]


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


def test_logs_are_never_without_the_word(case, look):
    """Of a study in logs every unit, title and label says so, on every kind of chart."""
    study = es.EventStudy(
        case.events, case.prices[["imoex", "brent"]], returns_kind="log", windows=["0:0"], tests=[]
    ).fit()
    for chart in (car(study), raise_fold(study)):
        assert "log %" in chart[0].get_ylabel()
        assert "log %" in describe(chart)["title"]
        assert "log %" in look.words(chart[0], "count")
        assert "log %" in look.words(chart[0], "mean-label")
    assert {look.words(ax, "unit") for ax in multiples(study)} == {"log %"}
    assert {tick.get_text().split("\n")[-1] for tick in es.charts.heatmap(study).get_xticklabels()} == {"log %"}
    assert "log" in es.charts.holding(study, "imoex", longest=2)[0].get_ylabel()
    assert "log %" in es.charts.scatter(study, "imoex").get_ylabel()


@pytest.mark.parametrize("series", SERIES)
def test_panels_can_be_compared(charts, series):
    """All panels have the same limits, and all lines and bands are within them."""
    panels = list(charts[series].values())
    (limits,) = {ax.get_ylim() for ax in panels}
    assert {ax.get_xlim() for ax in panels} == {(-2.0, 5.0)}
    values = np.concatenate([line.get_ydata() for ax in panels for line in ax.lines if line.get_gid() == "event"])
    assert limits[0] < np.nanmin(values) < np.nanmax(values) < limits[1]


def test_market_events_without_labels_are_counted_as_such():
    """Where events have no labels the footnote of small multiples counts market events, as that of a path does."""
    case = es.load_case("raise-or-fold-2022", ["vix"])
    study = es.event_study(["2022-01-18", "2022-01-27", "2022-02-15"], case.prices, tests=[])
    assert "n = at most 3 market events." in describe(multiples(study))["footnote"]


def test_small_panels_say_that_each_has_its_own_scale_or_share_one(result, drawn, look):
    """By default the subtitle says that scales differ; shared, panels of one unit have the same limits."""
    own, shared = drawn["multiples"], multiples(result, window="0:1", share=True)
    assert "each panel has its own scale" in look.words(own[0], "subtitle")
    assert len({ax.get_ylim() for ax in own}) == len(own)
    assert "panels of one unit share their scale" in look.words(shared[0], "subtitle")
    units = {ax: look.words(ax, "unit") for ax in shared}
    assert len({ax.get_ylim() for ax, unit in units.items() if unit == "%"}) == 1


@pytest.mark.parametrize("series", SERIES)
def test_the_footnote_says_source_sample_model_and_n(result, charts, look, series):
    """Under the panels stand publisher, sample, model and n by stance; how it was made is in the caption."""
    note = look.words(charts[series]["raise"], "footnote")
    n = ", ".join(f"{result.answer(series, stance, '0:0').n} {stance}" for stance in STANCES)
    for part in ("Source: ", "Sample: ", "Model: constant-mean, estimation window −130:−11", f"n = {n}."):
        assert part in note
    assert "2,000 draws, seed 0" in describe(charts[series]["raise"])["caption"]


def test_title_subtitle_and_source_can_be_given(result, look):
    """Words given stand in the place of those made."""
    (ax, *_) = car(result, "imoex", title="My title", subtitle="My measure", source="my desk")
    assert [look.words(ax, gid) for gid in ("title", "subtitle")] == ["My title", "My measure"]
    assert look.words(ax, "footnote").startswith("Source: my desk;")


def test_all_events_go_into_one_panel_when_nothing_splits_them(result, look):
    """With by=None there is one panel of all events, black, with the band for all of them."""
    from matplotlib.colors import to_hex

    (ax,) = car(result, "imoex", by=None)
    answer = result.answer("imoex", "*", "0:0")
    assert look.named(ax, "within")[""].get_ydata()[-1] == pytest.approx(100 * answer.caar)
    assert to_hex(look.named(ax, "mean")[""].get_color()) == LIGHT.look("*").colour
    assert f"n = {answer.n} market events." in look.words(ax, "footnote")
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


def test_unknown_names_are_refused(result):
    """A misspelt series, grouping or window is an error that names the right one."""
    with pytest.raises(es.UnknownNameError, match="did you mean 'imoex'"):
        car(result, "imox")
    with pytest.raises(es.UnknownNameError, match="unknown grouping 'stanc'; did you mean 'stance'"):
        car(result, by="stanc")
    with pytest.raises(es.UnknownNameError, match="window of this study"):
        raise_fold(result, "imoex", window="0:9")


def test_axes_given_must_be_as_many_as_panels(result, look):
    """Axes given are drawn on, one a panel, every one with its unit; too few are refused with the number needed."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15, 7))
    axes = figure.subplots(1, 3)
    assert car(result, "vix", ax=axes) == tuple(axes)
    assert "index points" in axes[0].get_ylabel().replace("\n", " ")
    assert [ax.get_ylabel() for ax in axes[1:]] == ["index points"] * 2
    assert "Source: Cboe" in look.words(axes[0], "footnote")
    with pytest.raises(es.DesignError, match="3 panels need 3 axes, not 1"):
        car(result, "vix", ax=Figure().subplots())


def test_simple_returns_are_in_percent_and_unknown_series_have_no_direction(case):
    """The label says which kind of return it is; a column nobody knows has no words for up."""
    prices = case.prices[["imoex"]].rename(columns={"imoex": "mine"})
    study = es.EventStudy(case.events, prices, returns_kind="simple").fit()
    assert car(study)[0].get_ylabel() == "cumulative abnormal simple return, %"
    assert len(numbers(car(study))) > 50
