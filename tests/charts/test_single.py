"""Heatmap, small multiples, placebo, holding and scatter: artists against the tables and plain loops."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.charts import LIGHT, find_style, heatmap, holding, placebo, scatter
from eventstudy.report import write_report
from eventstudy.study import explain
from eventstudy.wording import p_in_words, quantity

EVENT = "2022-01-27-kremlin-reply"


def test_heatmap_colours_what_the_p_values_say(result, drawn, look):
    """A cell is filled where family p is at most 0.05, framed where placebo p alone is, else bare and grey."""
    from matplotlib.colors import to_hex

    ax = drawn["heatmap"]
    cells, values = look.named(ax, "cell/"), look.named(ax, "value/")
    seen, brackets = set(), set()
    rows = result.car[result.car["window"] == "0:1"].dropna(subset="car")
    order = result.events.set_index("id")["time"]
    rows = rows.assign(time=rows["event_id"].map(order)).sort_values("time", kind="stable")
    once = rows.drop_duplicates(["series", "market_event"])
    assert len(values) == len(once) < len(rows)
    sample = cache(result.sample)
    for row in once.to_dict("records"):
        name = f"{row['event_id']}/{row['series']}"
        colour = LIGHT.gain if row["car"] > 0 else LIGHT.loss
        kind = "family" if row["family_p"] <= 0.05 else "alone" if row["p_value"] <= 0.05 else "ordinary"
        seen.add(kind)
        if kind == "ordinary":
            assert name not in cells
            assert to_hex(values[name].get_color()) == LIGHT.muted
        else:
            assert to_hex(cells[name].get_edgecolor()) == colour
            assert (cells[name].get_facecolor()[3] > 0) is (kind == "family")
        scale = 100 if row["unit"].endswith("return") else 1
        written = values[name].get_text().replace("−", "-")
        assert float(written.strip("()")) == pytest.approx(scale * row["car"], abs=0.0501)
        kept = set(sample(row["series"], row["net_stance"], "0:1")["event_id"])
        assert written.startswith("(") is (row["market_event"] not in kept)
        brackets.add(written.startswith("("))
    assert seen == {"family", "alone", "ordinary"}
    assert brackets == {True, False}


def test_a_move_without_a_family_is_judged_by_its_own_p():
    """In a short sample residuals stand behind every p and there is no family: one market's cells are full all the
    same, and title, count and report agree on what is out of the ordinary.
    """
    days = pd.bdate_range("2022-01-03", periods=260)
    steps = np.random.default_rng(1).normal(0, 0.01, (260, 1))
    steps[210] = 0.13
    happened = pd.DataFrame({"time": days[[180, 195, 210, 225]].strftime("%Y-%m-%d"), "headline": list("abcd")})
    prices = pd.DataFrame(100 * np.exp(steps.cumsum(axis=0)), days, ["coin"])
    result = es.EventStudy(happened, prices, windows=["0:0"], tests=[]).fit()
    assert result.car["family_p"].isna().all()
    assert (result.car["p_value"] <= 0.05).tolist() == [False, False, True, False]
    axes = heatmap(result)
    said = es.charts.describe(axes)
    assert said["title"].startswith("Least ordinary: coin +1")
    assert "1 of 4 out of the ordinary" in said["subtitle"]
    assert [patch.get_facecolor()[3] for patch in axes.patches] == [1.0]
    assert "Least ordinary of 4 moves: " in " ".join(write_report(result, charts=()).headline)


def test_heatmap_rows_are_events_in_time_and_columns_bear_units(result, drawn, look):
    """One row an event in the order of time, one column a series with its unit; unused pairs are empty."""
    ax = drawn["heatmap"]
    rows = look.named(ax, "event/")
    heights = [rows[event].xy[1] for event in result.events["id"] if event in rows]
    assert heights == sorted(heights, reverse=True)
    # Events that every market met in one session are one row, and their number is said.
    met = result.car[result.car["window"] == "0:1"].pivot_table("market_event", "event_id", "series", aggfunc="first")
    groups = met.fillna("").apply(tuple, axis=1)
    assert len(rows) == groups.nunique() < len(result.events)
    assert sum(int([*text.get_text().rsplit(" +", 1), "0"][1]) + 1 for text in rows.values()) == len(met)
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert [label.split("\n")[-1] for label in labels[:6]] == ["%"] * 6
    assert " ".join(labels[6].split()).endswith(" index points")
    assert "value/2022-03-08-us-oil-ban/ruble" not in {a.get_gid() for a in ax.texts}
    with pytest.raises(es.UnknownNameError, match="window of this study"):
        heatmap(result, "0:3")


def test_the_title_of_a_heatmap_is_its_least_ordinary_move(result, look):
    """Of all moves that with the lowest family p, then the largest |z|, on its session; its row has the news' day."""
    rows = result.car[(result.car["window"] == "0:0") & result.car["car"].notna()]
    least = rows[rows["family_p"] == rows["family_p"].min()]
    row = least.loc[least["z"].abs().idxmax()]
    ax = heatmap(result, "0:0")
    words, label = es.charts.describe(ax), result.histories[row["series"]].instrument.label
    assert row["event_id"] == "2022-02-26-swift-central-bank"
    day, *other = [text.get_text() for name, text in look.named(ax, "day/").items() if name == row["event_id"]]
    assert (day, other) == ("26 Feb 2022", [])
    number = quantity(row["car"], row["unit"])
    assert row["session"] == pd.Timestamp("2022-02-28")  # the news came on a Saturday
    assert words["title"].startswith(f"Least ordinary: {label} {number}, 28 Feb 2022 (West agrees to cut")
    assert ", family p < " in words["title"]
    once = rows.drop_duplicates(["series", "market_event"])
    assert words["subtitle"].endswith(f"; {(once['family_p'] <= 0.05).sum()} of {len(once)} out of the ordinary")


def test_the_legend_of_a_heatmap_explains_colours_and_squares_and_nothing_else(drawn, case, look):
    """Colours, filled and framed cells each have a mark that can be seen; of an ordinary market no colour is named."""
    from matplotlib.colors import to_hex

    marks = look.named(drawn["heatmap"].figure.axes[0], "legend/")
    faces = {name: to_hex(mark.get_markerfacecolor()) for name, mark in marks.items()}
    assert (faces["rise"], faces["fall"]) == (LIGHT.gain, LIGHT.loss)
    assert (faces["family p ≤ 0.05"], faces["p ≤ 0.05 alone"]) == (LIGHT.ink, LIGHT.paper)
    assert all(to_hex(mark.get_markeredgecolor()) != LIGHT.paper for mark in marks.values())
    study = es.EventStudy(case.events.iloc[:3], case.prices[["gold"]], windows=["0:0"], tests=[]).fit()
    assert (study.car["p_value"] > 0.05).all()
    ax = heatmap(study)
    words = es.charts.describe(ax)
    assert words["title"].startswith("No move out of the ordinary, the nearest to it: Gold ")
    assert "n = 3 events, 1 instrument, 3 market events" in words["footnote"]
    assert {"rise", "fall", "p ≤ 0.05 alone"}.isdisjoint(look.named(ax.figure.axes[0], "legend/"))
    assert ax.get_window_extent().width / ax.figure.dpi * 72 <= 6.5 * LIGHT.text


@pytest.mark.parametrize(
    "style", [LIGHT, pytest.param(find_style("light", "slide"), marks=pytest.mark.slow)], ids=["page", "slide"]
)
def test_forty_rows_of_a_heatmap_can_be_read(look, style):
    """With forty events on a slide the chart grows in height and keeps its width; no words touch."""
    days, rng = pd.bdate_range("2019-01-01", periods=900), np.random.default_rng(4)
    prices = pd.DataFrame({x: 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 900))) for x in "abc"}, index=days)
    events = pd.DataFrame({
        "time": [str(day.date()) for day in days[200:880:17]], "stance": ["raise", "fold"] * 20,
        "headline": "A headline of a good many plain words that has to be cut somewhere",
    })  # fmt: skip
    study = es.EventStudy(events, prices, tests=[], windows=["0:0"]).fit()
    ax = heatmap(study, style=style)
    figure = ax.figure
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    words = {f"{t.get_gid()}": t for t in ax.texts if t.get_text()} | {
        f"tick {k}": t for k, t in enumerate(ax.get_xticklabels())
    }
    assert sum(name.startswith("event/") for name in words) == 40
    assert look.overlaps([(name, t.get_window_extent(renderer)) for name, t in words.items()]) == []
    assert min(t.get_fontsize() for t in words.values()) >= 7
    assert figure.get_size_inches()[0] * 72 == pytest.approx(960 if style.sheet else 560)


def test_multiples_are_the_answers_of_the_result(result, drawn, look):
    """Each line passes through the answer over the window, marked there; its label has the answer's n."""
    for ax, series in zip(drawn["multiples"], result.series, strict=True):
        for stance in ("raise", "hold", "fold"):
            scale = 1 if series == "vix" else 100
            answer = result.answer(series, stance, "0:1")
            assert look.named(ax, f"end/{stance}")[""].get_ydata()[0] == pytest.approx(scale * answer.caar)
            assert look.words(ax, f"stance/{stance}") == f"{stance} {answer.n}"
        assert look.words(ax, "unit") == ("index points" if series == "vix" else "%")


def test_multiples_say_that_a_line_ends_early(case):
    """The ruble's prices end on 1 March 2022, within the windows of the last events; Brent's go on."""
    for series, said in (("ruble", True), ("brent", False)):
        found = es.EventStudy(case.events, case.prices, series=[series, "gold"], windows=["0:0"]).fit()
        footnote = es.charts.describe(es.charts.multiples(found))["footnote"]
        assert ("a line ends where the prices around one of its events do" in footnote) == said


def test_placebo_counts_the_days_and_marks_the_event(result, drawn, look):
    """Bars count the placebo days, the strong ones those at least as far out; z and p are those of the table car."""
    ax = drawn["placebo"]
    row = result.car.set_index(["event_id", "series", "window"]).loc[(EVENT, "imoex", "0:1")]
    draws = result.placebo_z(EVENT, "imoex", "0:1")
    heights = {
        gid: sum(bar.get_height() for bar in ax.patches if bar.get_gid() == gid) for gid in ("ordinary", "extreme")
    }
    as_much = sum(abs(z) >= abs(row["z"]) for z in draws)
    assert heights == {"extreme": as_much, "ordinary": len(draws) - as_much}
    assert look.named(ax, "event")[""].get_xdata()[0] == row["z"]
    words = look.words(ax, "headline")
    assert f"{as_much} of {len(draws)} were as far out or farther" in words
    title = look.words(ax, "title")
    figure = quantity(row["car"], row["unit"])
    assert title == f"Moscow shares {figure} on 27 Jan 2022: like days without news, p {row['p_value']:.2f}"
    answer = result.answer("imoex", "hold", "0:1")
    assert f"after {answer.n} holds, abnormal {quantity(answer.caar, answer.unit)}" in look.words(ax, "subtitle")


def test_a_placebo_that_is_rare_for_its_market_alone_names_the_family_p(result, look):
    """Where a p of 0.05 or less has a family p above it, the title names both and does not say unlike."""
    rows = result.car[(result.car["series"] == "imoex") & (result.car["window"] == "0:0")]
    row = rows[rows["event_id"] == "2022-01-13-osce-talks"].iloc[0]
    assert row["p_value"] <= 0.05 < row["family_p"]
    title = look.words(placebo(result, row["event_id"], "imoex", "0:0"), "title")
    assert title.endswith(f": rare for this market alone, p {row['p_value']:.3f}, family p {row['family_p']:.2f}")
    clear = rows[rows["family_p"] <= 0.05].iloc[0]
    assert ": unlike days without news, p " in look.words(placebo(result, clear["event_id"], "imoex", "0:0"), "title")


def test_heatmap_of_one_event_that_a_market_did_not_meet(case):
    """A market without a session for the only event has an empty column, and no library warns of it."""
    study = es.EventStudy(case.events.tail(1), case.prices, series=["ruble", "imoex"], windows=["0:0"]).fit()
    assert "Moscow shares" in es.charts.describe(es.charts.heatmap(study))["title"]


def test_placebo_takes_the_last_event_and_refuses_unknown_ones(result, look):
    """Without an event the last used one is shown; an unknown or unused event is an error that says which."""
    last = result.car[(result.car["series"] == "ruble") & (result.car["window"] == "0:0")].iloc[-1]
    assert last["event_id"] in look.words(placebo(result, series="ruble"), "caption")
    # The last of Moscow's shares is late news, and in no mean.
    assert "set aside" not in look.words(placebo(result, series="imoex"), "caption")
    with pytest.raises(es.UnknownNameError, match="unknown event"):
        placebo(result, "2022-01-27-kremlin-repl", "imoex")
    with pytest.raises(es.NothingUsableError, match="2022-03-08-us-oil-ban"):
        placebo(result, "2022-03-08-us-oil-ban", "ruble")


def plain_holding(result, series, label, days):
    """Return the mean return of holding, in loops over prices, from the first price after the news, and how many.

    A market event is bought once all its news is known. Set aside are late ones, and those held over a closure or over
    news of another kind.
    """
    history = result.histories[series]
    rows = result.matches[(result.matches["series"] == series) & (result.matches["status"] != "excluded")]
    sessions, bought = list(history.sessions), {}
    stamps = history.stamps if history.instrument.stamp.known else None
    for _, members in rows.groupby("session"):
        entries = []
        for row in members.to_dict("records"):
            at = sessions.index(np.datetime64(row["session"], "D"))
            while at < len(sessions) and stamps[at] < row["tradable_from"]:
                at += 1
            entries.append(at)
        bought.setdefault(max(entries), []).extend(members.to_dict("records"))
    nets = {}
    for at, members in bought.items():
        told = {row["stance"] for row in members} - {"hold"} or {"hold"}
        nets[at] = told.pop() if len(told) == 1 else "mixed"
    found = []
    for at, members in bought.items():
        held = range(at + 1, at + days + 1)
        others = [nets[day] for day in held if day in nets and nets[day] not in ("hold", label)]
        late = any(row["status"] == "set-aside" for row in members)
        if nets[at] != label or late or others or held[-1] >= len(sessions):
            continue
        if history.gap_days[list(held)].max() >= 7:
            continue
        sign = history.instrument.orientation
        found.append([(history.prices[at + h] / history.prices[at]) ** sign - 1 for h in range(days + 1)])
    return 100 * np.mean(found, axis=0), len(found)


@pytest.mark.one_in(2)
@pytest.mark.parametrize(("series", "days"), [("imoex", 2), ("ruble", 5)])
def test_holding_is_the_mean_return_from_the_first_price_after_the_news(result, look, series, days):
    """The line is the mean of price ratios from the entry price on; for rubles per dollar turned round."""
    panels = holding(result, series, longest=days)
    assert len(panels) == 3
    for ax in panels:
        label = ax.get_title(loc="left")
        mean, n = plain_holding(result, series, label, days)
        assert look.named(ax, "mean")[""].get_ydata()[days - 1] == pytest.approx(mean[-1], abs=1e-9)
        assert f", n = {n}" in look.words(ax, "count")


def test_holding_is_headed_by_what_was_asked_and_has_events(result, look):
    """The title is of the contrast's label with most events, held as long as there are three of them."""
    panels = {ax.get_title(loc="left"): ax for ax in holding(result, "imoex")}
    longest = max(days for days in range(1, 11) if plain_holding(result, "imoex", "raise", days)[1] >= 3)
    assert longest < 10
    assert f"held for {longest} sessions after 3 raises: " in look.words(panels["raise"], "title")
    labels = result.events.assign(word=result.events["stance"].map({"raise": "other", "fold": "dove", "hold": "hawk"}))
    choices = {"group_by": "word", "contrast": "hawk-dove", "windows": ["0:0"], "tests": []}
    named = es.EventStudy(labels, result.given.figures, series=["ruble"], **choices).fit()
    title = look.words(holding(named, "ruble")[0], "title")
    assert "events labelled dove: " in title  # of which more could be held than of hawk
    assert "other" not in title


def test_holding_has_the_base_rate_of_days_without_news(result, drawn, look):
    """The dashed line is the mean over the sessions from which one can hold so long without meeting news."""
    history, entries = result.histories["imoex"], set()
    for stance in ("raise", "hold", "fold"):
        asked = es.ask(result.events, prices=es.load_case("raise-or-fold-2022").prices, series="imoex", after=stance)
        entries |= {str(day)[:10] for day in asked.events["entry_session"].dropna()}
    busy = {list(map(str, history.sessions)).index(day) + k for day in entries for k in (-1, 0, 1)}
    busy |= set(np.flatnonzero(history.gap_days >= 7).tolist())
    # From the first session on whose estimation window has 60 returns.
    line = look.named(drawn["holding"][0], "base")[""]
    for held in (1, 4, 10):
        clear = [at for at in range(71, len(history) - held) if not busy & set(range(at + 1, at + held + 1))]
        growth = [np.prod(1 + history.returns[at + 1 : at + held + 1]) - 1 for at in clear]
        assert line.get_ydata()[held] == pytest.approx(100 * np.nanmean(growth), abs=1e-9)


def test_scatter_line_is_the_one_of_explain(case, look):
    """The filled marks are the sample of the answer over all labels, the line and its p what `explain` finds."""
    study = es.EventStudy(case.events, case.prices, series=["imoex"], tests=[], windows=["0:1"]).fit()
    ax = scatter(study)
    intensity = dict(zip(study.events["id"], study.events["intensity"], strict=True))
    sample, answer = study.sample("imoex", "*", "0:1"), study.answer("imoex", "*", "0:1")
    members = study.matches.groupby("market_event")["event_id"].agg(list)
    x = [sum(intensity[event] for event in members[name]) for name in sample["event_id"]]
    slope, constant = np.polyfit(x, 100 * sample["car"], 1)
    line, footnote = look.named(ax, "line")[""], look.words(ax, "footnote")
    assert line.get_ydata() == pytest.approx(constant + slope * np.asarray(line.get_xdata()))
    found = explain(study, "car ~ intensity").coefficients.set_index("term").loc["intensity"]
    assert 100 * found["estimate"] == pytest.approx(slope)
    said = f"{slope:+.2f} % a point, {p_in_words(found['p_value'])}".replace("-", "−")
    assert found["p_value"] < 0.05
    assert look.words(ax, "title") == f"The friendlier the news, the higher Moscow shares: {said}"
    filled = sorted(value for line in look.named(ax, "points/").values() for value in line.get_ydata())
    assert filled == pytest.approx(sorted(100 * sample["car"]))
    assert f"n = {answer.n} market events of {answer.n_events} events; {answer.n_set_aside} set aside" in footnote
    hollow = [value for line in look.named(ax, "aside/").values() for value in line.get_ydata()]
    assert len(hollow) == answer.n_set_aside > 0
    assert "set aside" in look.named(ax, "legend-label/")


def test_scatter_says_how_many_have_no_intensity(case, look):
    """Market events without an intensity are counted, not drawn; without any the chart is refused."""
    events = case.events.copy()
    events.loc[events.index[:10], "intensity"] = float("nan")
    study = es.EventStudy(events, case.prices[["brent"]], tests=[], windows=["0:0"]).fit()
    rows = study.matches[study.matches["event_id"].isin(events["id"][:10])]
    assert f"; {rows['market_event'].nunique()} without an intensity" in look.words(scatter(study), "footnote")
    none = es.EventStudy(events.assign(intensity=float("nan")), case.prices[["brent"]], tests=[], windows=["0:0"]).fit()
    with pytest.raises(es.NothingUsableError, match="has an intensity"):
        scatter(none)


def test_charts_can_be_drawn_into_axes_of_a_figure(result):
    """Axes given are drawn on and stay within their place."""
    from matplotlib.figure import Figure  # only here

    figure = Figure(figsize=(16, 7))
    left, right = figure.subplots(1, 2)
    place = left.get_position()
    ax = scatter(result, "vix", ax=left)
    placebo(result, EVENT, "imoex", ax=right)
    assert ax is left
    assert ax.figure is figure
    assert place.x0 <= ax.get_position().x0
    assert ax.get_position().x1 <= place.x1


def test_a_heatmap_and_a_report_set_the_same_aside(case, look):
    """An event without a stance is in the mean of all, whatever news its window meets: no brackets on any surface."""
    from eventstudy.report import write_report  # only here

    events = case.events.assign(stance=case.events["stance"].where(np.arange(len(case.events)) % 3 > 0, ""))
    study = es.EventStudy(events, case.prices, series=["brent"], windows=["0:5"], tests=[]).fit()
    values = look.named(es.charts.heatmap(study), "value/")
    drawn = {gid.split("/")[0] for gid, text in values.items() if text.get_text().startswith("(")}
    headlines, shown = events.set_index("id")["headline"], {gid.split("/")[0] for gid in values}
    rows = write_report(study, charts=()).tables["events"].rows
    written = {row[1].text for row in rows if row[3].text.startswith("(")}
    assert {headlines[event] for event in drawn} == written & {headlines[event] for event in shown}
    bare = shown & set(study.car.loc[study.car["net_stance"] == "", "event_id"])
    in_mean = set(study.sample("brent", "*", "0:5")["event_id"])
    assert drawn & bare == bare - in_mean
    assert bare & in_mean
    assert drawn


def test_what_ends_early_has_its_words_at_its_end(result):
    """The ruble's holds are held six sessions at most: their figure stands behind the sixth, not behind the tenth."""
    for ax in holding(result, "ruble"):
        line = next(line for line in ax.lines if line.get_gid() == "mean")
        last = line.get_xdata()[np.isfinite(line.get_ydata())][-1]
        words = next(text for text in ax.texts if text.get_gid() == "mean-label")
        assert words.xy[0] == pytest.approx(last / ax.get_xlim()[1])
