"""Heatmap, small multiples, placebo, holding and scatter: artists against the tables and plain loops."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

import eventstudy as es
from eventstudy.charts import LIGHT, heatmap, holding, placebo, scatter
from eventstudy.charts.save import figure_of

EVENT = "2022-01-27-kremlin-reply"


def test_heatmap_colours_what_the_p_values_say(result, drawn, look):
    """A cell is filled where family p is at most 0.05, framed where placebo p alone is, else bare and grey."""
    ax = drawn["heatmap"]
    cells, values = look.named(ax, "cell/"), look.named(ax, "value/")
    seen = set()
    for row in result.car[result.car["window"] == "0:1"].dropna(subset="car").to_dict("records"):
        name = f"{row['event_id']}/{row['series']}"
        colour = LIGHT.gain if row["car"] > 0 else LIGHT.loss
        kind = "family" if row["family_p"] <= 0.05 else "alone" if row["placebo_p"] <= 0.05 else "ordinary"
        seen.add(kind)
        if kind == "ordinary":
            assert name not in cells
            assert to_hex(values[name].get_color()) == LIGHT.muted
        else:
            assert to_hex(cells[name].get_edgecolor()) == colour
            assert (cells[name].get_facecolor()[3] > 0) is (kind == "family")
        scale = 100 if row["unit"].endswith("return") else 1
        assert float(values[name].get_text().replace("−", "-")) == pytest.approx(scale * row["car"], abs=0.0501)
    assert seen == {"family", "alone", "ordinary"}


def test_heatmap_rows_are_events_in_time_and_columns_bear_units(result, drawn, look):
    """One row an event in the order of time, one column a series with its unit; unused pairs are empty."""
    ax = drawn["heatmap"]
    rows = look.named(ax, "event/")
    heights = [rows[event].xy[1] for event in result.events["id"]]
    assert heights == sorted(heights, reverse=True)
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert [label.split("\n")[-1] for label in labels] == ["%"] * 6 + ["index points"]
    assert "value/2022-03-08-us-oil-ban/ruble" not in {a.get_gid() for a in ax.texts}
    with pytest.raises(es.UnknownNameError, match="window of this study"):
        heatmap(result, "0:3")


def test_multiples_are_means_by_stance(result, drawn, look):
    """Each panel's lines are the means of the cumulated abnormal returns over complete events, in loops."""
    for ax, series in zip(drawn["multiples"], result.series, strict=True):
        for stance in ("raise", "hold", "fold"):
            ids = set(result.events.loc[result.events["stance"] == stance, "id"])
            paths = []
            for event, rows in result.abnormal[result.abnormal["series"] == series].groupby("event_id"):
                if event in ids and rows["ar"].notna().all():
                    paths.append([0.0, *np.cumsum(rows.sort_values("tau")["ar"])])
            scale = 1 if series == "vix" else 100
            line = look.named(ax, f"mean/{stance}")[""].get_ydata()
            assert line == pytest.approx(scale * np.mean(paths, axis=0), abs=1e-10)
        assert look.words(ax, "unit") == ("index points" if series == "vix" else "%")


def test_placebo_counts_the_days_and_marks_the_event(result, drawn, look):
    """Bars count the placebo days, the strong ones those at least as far out; the line is at the event's z."""
    ax = drawn["placebo"]
    row = result.car.set_index(["event_id", "series", "window"]).loc[(EVENT, "imoex", "0:1")]
    draws = result.placebos[EVENT, "imoex", "0:1"]
    heights = {
        gid: sum(bar.get_height() for bar in ax.patches if bar.get_gid() == gid) for gid in ("ordinary", "extreme")
    }
    as_much = sum(abs(z) >= abs(row["placebo_z"]) for z in draws)
    assert heights == {"extreme": as_much, "ordinary": len(draws) - as_much}
    assert look.named(ax, "event")[""].get_xdata()[0] == row["placebo_z"]
    words = look.words(ax, "headline")
    assert f"{as_much} of {len(draws)} moved as much or more" in words
    assert words.endswith(f"p {row['placebo_p']:.2f}")


def test_placebo_takes_the_last_event_and_refuses_unknown_ones(result, look):
    """Without an event the last used one is shown; an unknown or unused event is an error that says which."""
    last = result.car[(result.car["series"] == "ruble") & (result.car["window"] == "0:0")].iloc[-1]
    assert last["event_id"] in look.words(placebo(result, series="ruble"), "footnote")
    with pytest.raises(es.UnknownNameError, match="unknown event"):
        placebo(result, "2022-01-27-kremlin-repl", "imoex")
    with pytest.raises(es.NothingUsableError, match="2022-03-08-us-oil-ban"):
        placebo(result, "2022-03-08-us-oil-ban", "ruble")


def plain_holding(result, series, stance, days):
    """Return the mean simple return of holding from each event session's price, in loops over prices."""
    history = result.histories[series]
    rows = result.matches[(result.matches["series"] == series) & (result.matches["status"] == "used")]
    found = []
    for session in sorted(set(rows.loc[rows["stance"] == stance, "session"])):
        at = list(history.sessions).index(np.datetime64(session, "D"))
        path = []
        for h in range(days + 1):
            if at + h < len(history) and np.isfinite(history.returns[at + 1 : at + h + 1]).all():
                ratio = history.prices[at + h] / history.prices[at]
                path.append(ratio**history.instrument.orientation - 1)
        if len(path) == days + 1:
            found.append(path)
    return 100 * np.mean(found, axis=0), len(found)


@pytest.mark.parametrize(("series", "number"), [("imoex", 0), ("ruble", 1)])
def test_holding_is_the_mean_return_from_the_first_price_after_the_news(result, drawn, look, series, number):
    """The line is the mean of price ratios from the event session on; for rubles per dollar turned round."""
    panels = drawn["holding"] if number == 0 else holding(result, series, longest=5)
    days = 10 if number == 0 else 5
    for ax, stance in zip(panels, ("raise", "hold", "fold"), strict=True):
        mean, n = plain_holding(result, series, stance, days)
        assert look.named(ax, "mean")[""].get_ydata() == pytest.approx(mean[1:], abs=1e-9)
        assert f"n = {n} sessions" in look.words(ax, "count")


def test_holding_has_the_base_rate_of_all_days(result, drawn, look):
    """The dashed line is the mean over every session from which one can hold so long."""
    history = result.histories["imoex"]
    growth = []
    for at in range(len(history) - 10):
        steps = history.returns[at + 1 : at + 11]
        if np.isfinite(steps).all():
            growth.append(np.exp(np.cumsum([0.0, *steps])) - 1)
    line = look.named(drawn["holding"][0], "base")[""]
    assert line.get_ydata() == pytest.approx(100 * np.mean(growth, axis=0), abs=1e-9)


def test_scatter_line_is_least_squares_over_sessions(result, drawn, look):
    """The line is numpy's least squares of one CAR a session on the mean intensity of its events."""
    ax = drawn["scatter"]
    intensity = dict(zip(result.events["id"], result.events["intensity"], strict=True))
    rows = result.car[(result.car["series"] == "imoex") & (result.car["window"] == "0:1")].dropna(subset="car")
    by_session = {}
    for row in rows.to_dict("records"):
        by_session.setdefault(row["session"], []).append(row)
    x = [np.mean([intensity[row["event_id"]] for row in members]) for members in by_session.values()]
    y = [100 * members[0]["car"] for members in by_session.values()]
    slope, constant = np.polyfit(x, y, 1)
    line = look.named(ax, "line")[""]
    assert line.get_ydata() == pytest.approx(constant + slope * np.asarray(line.get_xdata()))
    points = sorted(value for line in look.named(ax, "points/").values() for value in line.get_xdata())
    assert points == pytest.approx(sorted(x))
    assert f"Slope {slope:+.2f}".replace("-", "−") in look.words(ax, "footnote")


def test_scatter_says_which_events_have_no_intensity(case, look):
    """Events without an intensity are counted, not drawn; without any the chart is refused."""
    events = case.events.copy()
    events.loc[events.index[:20], "intensity"] = float("nan")
    study = es.EventStudy(events, case.prices[["brent"]], tests=[], windows=["0:0"]).fit()
    assert "20 events have no intensity" in look.words(scatter(study), "footnote")
    none = es.EventStudy(events.assign(intensity=float("nan")), case.prices[["brent"]], tests=[], windows=["0:0"]).fit()
    with pytest.raises(es.NothingUsableError, match="has an intensity"):
        scatter(none)


def test_charts_can_be_drawn_into_axes_of_a_figure(result):
    """Axes given are drawn on and stay within their place."""
    from matplotlib.figure import Figure  # noqa: PLC0415  # only here

    figure = Figure(figsize=(16, 7))
    left, right = figure.subplots(1, 2)
    place = left.get_position()
    ax = scatter(result, "vix", ax=left)
    placebo(result, EVENT, "imoex", ax=right)
    assert ax is left
    assert figure_of(ax) is figure
    assert place.x0 <= ax.get_position().x0
    assert ax.get_position().x1 <= place.x1
