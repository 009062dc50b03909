"""The timeline, read off its artists: what stands where, in which colour, and that nothing covers anything."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.charts import LIGHT, describe, timeline

SERIES = ("ruble", "brent", "gold", "imoex", "vix")

#: Who publishes the figures of each.
PUBLISHERS = {
    "ruble": "European Central Bank", "brent": "US Energy Information Administration", "imoex": "Moscow Exchange",
    "gold": "CME Group, by way of Yahoo Finance", "vix": "Cboe Global Markets",
}  # fmt: skip


@pytest.fixture(scope="module")
def charts(result):
    """A timeline of each of several series."""
    return {series: timeline(result, series) for series in SERIES}


def used(result, series):
    """The matches of a series that have a session and are not excluded: used, or set aside."""
    return result.matches[(result.matches["series"] == series) & (result.matches["status"] != "excluded")]


@pytest.mark.parametrize("series", SERIES)
def test_every_used_event_has_a_flag_in_the_colour_of_its_stance(result, charts, look, series):
    """There are as many flags as used events, each coloured and shaped by its event's stance, numbered from 1."""
    from matplotlib.colors import to_hex

    flags = {gid: a for gid, a in look.named(charts[series], "flag/").items() if not gid.endswith("/number")}
    numbers = look.named(charts[series], "flag/")
    rows = used(result, series)
    assert set(flags) == set(rows["event_id"])
    outlines = {}
    for _, row in rows.iterrows():
        flag = flags[row["event_id"]]
        assert to_hex(flag.get_markeredgecolor()) == LIGHT.look(row["stance"]).colour
        filled = LIGHT.look(row["stance"]).colour if row["status"] == "used" else LIGHT.paper
        assert to_hex(flag.get_markerfacecolor()) == filled
        outlines.setdefault(row["stance"], set()).add(repr(flag.get_marker()))
    assert all(len(shapes) == 1 for shapes in outlines.values())
    assert len(set.union(*outlines.values())) == len(outlines)
    assert sorted(int(numbers[f"{gid}/number"].get_text()) for gid in flags) == list(range(1, len(rows) + 1))


@pytest.mark.parametrize("series", SERIES)
def test_every_event_session_is_marked_at_its_price_by_the_net_stance(case, result, charts, look, series):
    """One mark a session stands at that session's quoted price, in the look of its net stance, hollow if set aside."""
    from matplotlib.colors import to_hex
    from matplotlib.dates import date2num

    marks = look.named(charts[series], "mark/")
    sessions = used(result, series).groupby("session")[["net_stance", "status"]].first()
    assert len(marks) == len(sessions)
    for session, (stance, status) in sessions.iterrows():
        mark = marks[str(session.date())]
        assert mark.get_xdata()[0] == date2num(session)
        assert mark.get_ydata()[0] == case.prices.loc[session, series]
        assert to_hex(mark.get_markerfacecolor()) == (LIGHT.look(stance).colour if status == "used" else LIGHT.paper)
        assert mark.get_marker() == LIGHT.look(stance).marker


@pytest.mark.parametrize("series", SERIES)
def test_each_leader_runs_from_its_session_to_its_flags(charts, look, series):
    """A stem stands on the session, and the leader from its top ends below the flags of that very session."""
    from matplotlib.dates import date2num

    ax = charts[series]
    low, high = ax.get_xlim()
    stems, leaders = look.named(ax, "stem/"), look.named(ax, "leader/")
    assert list(stems) == list(leaders) == sorted(stems)
    for session, stem in stems.items():
        day = date2num(np.datetime64(session))
        assert set(stem.get_xdata()) == {day}
        assert leaders[session].get_xdata()[0] == pytest.approx((day - low) / (high - low))
    ends = [leader.get_xdata()[1] for leader in leaders.values()]
    columns = {round(a.get_xdata()[0], 9) for g, a in look.named(ax, "flag/").items() if not g.endswith("/number")}
    assert sorted(columns) == [round(end, 9) for end in ends]


@pytest.mark.one_in(5)
@pytest.mark.parametrize("series", SERIES)
def test_nothing_covers_anything(charts, look, series):
    """On the crowded weeks of 2022 no two labels or flags overlap, and none leaves the figure."""
    ax = charts[series]
    ax.figure.draw_without_rendering()
    renderer = ax.figure.canvas.get_renderer()
    kinds = (
        "flag/",
        "key-flag/",
        "key/",
        "key-day/",
        "legend/",
        "legend-label/",
        "closure-label/",
        "title",
        "subtitle",
    )
    artists = [(f"{kind}{gid}", a) for kind in (*kinds, "footnote") for gid, a in look.named(ax, kind).items()]
    artists += [(f"tick {t.get_text()}", t) for t in (*ax.get_xticklabels(), *ax.get_yticklabels()) if t.get_text()]
    artists = [(name, a) for name, a in artists if not name.endswith("/number")] + [("unit", ax.yaxis.label)]
    low, high = ax.get_ylim()
    drawn = [(name, a) for name, a in artists if not name.startswith("tick") or inside(a, low, high)]
    boxes = [(name, a.get_window_extent(renderer)) for name, a in drawn]
    assert look.overlaps(boxes) == []
    page = ax.figure.bbox
    for name, box in boxes:
        assert page.x0 <= box.x0 < box.x1 <= page.x1, name
        assert page.y0 <= box.y0 < box.y1 <= page.y1, name


def inside(tick, low, high):
    """Whether a tick is drawn: the locator also names one beyond each end of the price axis."""
    x, y = tick.get_position()
    return x != 0 or low <= y <= high


def test_the_closure_of_moscow_is_shaded_to_the_day(charts, look):
    """For Moscow shares the shade runs from the last session, 25 February 2022, to the first after, 24 March."""
    from matplotlib.dates import date2num

    ax = charts["imoex"]
    (shade,) = look.named(ax, "closure/").values()
    edges = shade.get_extents().transformed(ax.transData.inverted())
    assert (round(edges.x0, 6), round(edges.x1, 6)) == (date2num(np.datetime64("2022-02-25")),
                                                       date2num(np.datetime64("2022-03-24")))  # fmt: skip
    assert look.words(ax, "closure-label/2022-02-25") == "no prices for 27 days"
    for series in ("ruble", "brent", "vix"):
        assert not look.named(charts[series], "closure/")


def test_the_line_is_the_quoted_price_broken_at_the_closure(case, result, charts, look):
    """The line shows the prices as quoted, 20 sessions before the first event session to 20 after the last."""
    from matplotlib.dates import date2num

    line = look.named(charts["imoex"], "price")[""]
    x, y = line.get_xdata(), line.get_ydata()
    prices = case.prices["imoex"].dropna()
    sessions = used(result, "imoex")["session"]
    first, last = prices.index.get_loc(sessions.min()) - 20, prices.index.get_loc(sessions.max()) + 20
    shown = prices.iloc[first : last + 1]
    there = ~np.isnan(y)
    assert np.array_equal(x[there], date2num(shown.index))
    assert np.array_equal(y[there], shown.to_numpy())
    (gap,) = np.flatnonzero(~there)
    assert x[gap - 1] == date2num(np.datetime64("2022-02-25"))
    assert x[gap + 1] == date2num(np.datetime64("2022-03-24"))


@pytest.mark.parametrize("series", SERIES)
def test_the_price_axis_names_the_unit_and_which_way_is_a_gain(result, charts, series):
    """The y-axis bears the quote; where a fall is the gain it says so, and the axis is not turned over."""
    instrument = result.histories[series].instrument
    label = " ".join(charts[series].get_ylabel().split())
    assert label.startswith(instrument.quote)
    assert (f"down = {instrument.up}" in label) is (instrument.orientation == -1)
    assert charts[series].get_ylim()[0] < charts[series].get_ylim()[1]


def test_a_quote_can_be_turned_so_that_up_is_the_gain(result, charts, look):
    """Turned, rubles per dollar stand upside down and the axis says so; a price whose rise is the gain stays."""
    turned, plain = timeline(result, "ruble", turned=True), charts["ruble"]
    assert turned.get_ylim() == plain.get_ylim()[::-1]
    assert " ".join(turned.get_ylabel().split()) == (
        "RUB per USD, upside down (up = the ruble gained against the dollar)"
    )
    for session, stem in look.named(turned, "stem/").items():
        assert stem.get_ydata()[1] == turned.get_ylim()[1], session
    assert timeline(result, "imoex", turned=True).get_ylim() == charts["imoex"].get_ylim()


def test_the_title_tells_the_largest_move(case, charts, look):
    """From the prices as quoted: the event session on which the market moved most, how far, of how many events."""
    prices = case.prices["imoex"].dropna()
    assert prices.pct_change().loc["2022-02-24"] == pytest.approx(-0.333, abs=5e-4)
    title = "Moscow shares fell 33.3 % on 24 February 2022, the largest move of 28 events"
    assert look.words(charts["imoex"], "title") == title


def test_dates_read_like_dates(charts):
    """The date axis is ticked at the first days of months, written as month and year."""
    from matplotlib.dates import date2num

    ax = charts["imoex"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["Dec 2021", "Jan 2022", "Feb 2022", "Mar 2022", "Apr 2022"]
    assert ax.get_xticks()[1] == date2num(np.datetime64("2022-01-01"))


def test_headlines_are_cut_between_words(result, charts, look):
    """Each line of the key is a headline or its first words and an ellipsis."""
    headlines = result.events.set_index("id")["headline"]
    for event, text in look.named(charts["imoex"], "key/").items():
        kept, headline = text.get_text().removesuffix(" …"), headlines[event]
        assert headline.startswith(kept)
        assert headline[len(kept) :][:1] in {"", " ", ",", ";", ":"}
        assert len(kept) >= 20


def test_the_key_says_when_the_news_was_another_day_than_the_session(charts, look):
    """The key leads from the day of the news to the session, with the year where it changes."""
    days = {event: text.get_text() for event, text in look.named(charts["imoex"], "key-day/").items()}
    assert days["2021-12-17-draft-treaties"] == "17 Dec 2021"
    assert days["2021-12-25-troops-return"] == "25 → 27 Dec"
    assert days["2022-01-10-geneva-talks"] == "10 → 11 Jan 2022"
    assert days["2022-01-27-kremlin-reply"] == "27 Jan"
    assert days["2022-02-26-swift-central-bank"] == "26 Feb → 24 Mar"


def test_an_event_without_a_session_is_listed_all_the_same(charts, look):
    """The ECB's ruble ends on 1 March 2022; the oil ban of 8 March is in the key, without a flag."""
    ax, event = charts["ruble"], "2022-03-08-us-oil-ban"
    assert event not in look.named(ax, "flag/")
    assert look.words(ax, f"key/{event}").startswith("Not shown, after sample: US bans imports")


def test_an_event_that_is_in_no_mean_has_a_hollow_flag(case, look):
    """With prices from October on the first events lack estimation returns, and late ones are set aside: hollow flags.

    The footnote says why, the key counts them.
    """
    from matplotlib.colors import to_hex

    study = es.EventStudy(case.events, case.prices.loc["2021-10-01":, ["imoex"]], tests=[]).fit()
    ax = timeline(study, "imoex")
    rows = study.matches[study.matches["session"].notna()].set_index("event_id")
    flags = {gid: a for gid, a in look.named(ax, "flag/").items() if not gid.endswith("/number")}
    assert set(flags) == set(rows.index)
    hollow = {event for event, flag in flags.items() if to_hex(flag.get_markerfacecolor()) == LIGHT.paper}
    assert hollow == set(rows.index[rows["status"] != "used"])
    assert {"excluded", "set-aside", "used"} == set(rows["status"])
    n = (study.matches["status"] == "used").sum()
    told = f"n = {n} of {len(study.matches)} events; hollow flags: in no mean (few observations, late)"
    assert told in look.words(ax, "footnote")
    assert [text.get_text().split()[-1] for text in look.named(ax, "legend-label/hollow").values()] == [
        str(len(hollow))
    ]


@pytest.mark.parametrize("series", SERIES)
def test_the_footnote_says_source_sample_model_n_and_method(result, charts, look, series):
    """Under every chart stand the publisher, the sample's range, the model, the number of events and the method."""
    note = look.words(charts[series], "footnote")
    sessions = result.histories[series].sessions
    assert note.startswith(f"Source: {PUBLISHERS[series]}; ")
    assert f"Sample: {int(str(sessions[0])[8:])} Jul 2020 – " in note
    assert f"{len(sessions)} sessions" in note
    assert "Model: constant-mean, estimation window −130:−11" in note
    rows = used(result, series)
    assert f"n = {(rows['status'] == 'used').sum()} of 28 events" in note
    assert "it is matched to the first price struck after it" in describe(charts[series])["caption"]


def test_the_source_is_named_only_if_the_figures_are_its_own(case, charts):
    """A bundled series bears its publisher's name; the same column with one figure changed does not."""
    assert describe(charts["ruble"])["footnote"].startswith("Source: European Central Bank; ")
    touched = case.prices[["ruble"]].copy()
    touched.iloc[100, 0] *= 1.0001
    study = es.EventStudy(case.events, touched).unanswered()
    assert describe(timeline(study))["footnote"].startswith("Source: prices as supplied; ")
    assert describe(timeline(study, source="my desk"))["footnote"].startswith("Source: my desk;")


def test_the_default_is_the_first_series_with_prices(result, charts):
    """Without a name the study's first series is drawn."""
    assert timeline(result).get_ylabel() == charts[result.series[0]].get_ylabel()


def test_an_unknown_series_is_refused_with_the_nearest_name(result):
    """A misspelt series is an error that names the right one."""
    with pytest.raises(es.UnknownNameError, match="unknown series 'rubel'; did you mean 'ruble'"):
        timeline(result, "rubel")


def test_returns_alone_have_no_price_to_draw(case):
    """A study of returns has no timeline, and the error says what to give."""
    returns = np.log(case.prices[["brent"]].dropna()).diff().dropna()
    study = es.EventStudy(case.events, returns=returns).fit()
    with pytest.raises(es.DesignError, match=r"'brent' came as returns.*give prices"):
        timeline(study)


def test_dollars_in_a_headline_stay_dollars(case, look):
    """A headline is text and never a formula, whatever signs are in it."""
    events = case.events.iloc[:4].assign(headline="Aid of $5bn to $10bn_x for a^b {c} \\d")
    ax = timeline(es.EventStudy(events, case.prices[["brent"]]).fit())
    assert {text.get_text() for text in look.named(ax, "key/").values()} == {"Aid of $5bn to $10bn_x for a^b {c} \\d"}
    ax.figure.draw_without_rendering()
    assert not any(text.get_parse_math() for text in ax.texts)


def test_a_key_of_short_headlines_leaves_its_room_to_the_price():
    """The key is as wide as it must be: short headlines end near the edge of the sheet."""
    days = pd.bdate_range("2019-01-01", periods=400)
    prices = pd.DataFrame({"x": 100 + np.sin(np.arange(400))}, index=days)
    events = pd.DataFrame({"time": [str(days[k].date()) for k in range(200, 380, 30)], "headline": "A vote is held"})
    ax = timeline(es.EventStudy(events, prices, windows=["0:0"], tests=[]).fit())
    ax.figure.draw_without_rendering()
    keys = [text for text in ax.texts if str(text.get_gid()).startswith("key/")]
    end = max(text.get_window_extent().x1 for text in keys) / ax.figure.bbox.width
    assert len(keys) == 6
    assert ax.get_position().width > 0.7
    assert end > 0.88


def test_a_quote_that_falls_as_the_asset_gains_is_not_said_to_rise(result, look):
    """The line of rubles per dollar rises on 28 February 2022, and the title says that the ruble lost."""
    assert look.words(timeline(result, "ruble"), "title").startswith("Ruble lost 20.0 % on 28 February 2022, ")


def test_many_events_get_a_key_in_columns_below(look):
    """Beyond some thirty events the key moves below the axes; still nothing overlaps."""
    rng = np.random.default_rng(7)
    days = pd.bdate_range("2018-01-01", periods=900)
    prices = pd.DataFrame({"x": np.exp(np.cumsum(rng.normal(0, 0.01, 900)))}, index=days)
    picked = [str(day.date()) for day in days[200:880:9]]
    events = pd.DataFrame(
        {"time": picked, "stance": "raise", "headline": "A headline of several plain words to be cut"}
    )
    ax = timeline(es.EventStudy(events, prices, clean=None).unanswered())
    flags = {gid: a for gid, a in look.named(ax, "flag/").items() if not gid.endswith("/number")}
    key, renderer = look.named(ax, "key/"), ax.figure.canvas.get_renderer()
    assert len(flags) == len(key) == len(picked)
    boxes = [(gid, a.get_window_extent(renderer)) for gid, a in (*key.items(), *look.named(ax, "key-day/").items())]
    boxes += [("footnote", look.named(ax, "footnote")[""].get_window_extent(renderer))]
    boxes += [(f"flag {gid}", a.get_window_extent(renderer)) for gid, a in flags.items()]
    assert look.overlaps(boxes) == []
    assert max(a.y1 for gid, a in boxes if not gid.startswith("flag")) < ax.get_window_extent().y0


def test_of_more_events_than_are_numbered_the_key_counts_all_that_are_drawn(look):
    """The key counts the marks on the price, not the flags alone; an event without a headline has its date once."""
    rng, days = np.random.default_rng(7), pd.bdate_range("2018-01-01", periods=900)
    prices = pd.DataFrame({"x": np.exp(np.cumsum(rng.normal(0, 0.01, 900)))}, index=days)
    events = pd.DataFrame(
        {"time": [str(day.date()) for day in days[200:880:7]], "stance": ["raise", "raise", "fold"] * 32 + ["fold"] * 2}
    )
    ax = timeline(es.EventStudy(events, prices, clean=None).unanswered())
    counts = {name: text.get_text() for name, text in look.named(ax, "legend-label/").items()}
    assert counts == {"raise": "raise 64", "fold": "fold 34"}
    assert len(look.named(ax, "mark/")) == 98
    assert len(look.named(ax, "key-day/")) == 40
    assert {text.get_text() for text in look.named(ax, "key/").values()} == {""}


def test_axes_given_are_drawn_on_and_keep_their_place(result, look):
    """A chart drawn on somebody's axes stays, key, flags and footnote included, within the place they had."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(16, 16))
    upper, lower = figure.subplots(2, 1)
    place = upper.get_position().transformed(figure.transFigure)
    assert timeline(result, "imoex", upper) is upper
    renderer = FigureCanvasAgg(figure).get_renderer()
    for prefix in ("flag/", "key/", "footnote", "title"):
        for gid, artist in look.named(upper, prefix).items():
            box = artist.get_window_extent(renderer)
            assert place.x0 - 15 <= box.x0 < box.x1 <= place.x1 + 1, gid
            assert place.y0 - 1 <= box.y0 < box.y1 <= place.y1 + 1, gid
    assert not lower.lines


STACKED = (("ruble", "imoex"), ("imoex", "brent"), ("ruble", "imoex", "vix"))
STACKS = pytest.mark.parametrize("names", [STACKED[0], pytest.param(STACKED[1], marks=pytest.mark.slow), STACKED[2]])


@pytest.fixture(scope="module")
def stacks(result):
    """Timelines of several instruments, each drawn when asked for: the closed market below, above, three of them."""

    class Drawn(dict):
        def __missing__(self, names):
            return self.setdefault(names, timeline(result, names))

    return Drawn()


def flags_of(ax, look):
    """Return the flags of a lane, without their numbers, by event."""
    return {gid: a for gid, a in look.named(ax, "flag/").items() if not gid.endswith("/number")}


@STACKS
def test_several_instruments_share_the_date_axis_and_each_has_its_price(result, stacks, look, names):
    """The panels stand under each other on one date axis, dates below the last, and each shows its own quotes."""
    from matplotlib.dates import date2num

    axes = stacks[names]
    assert len(axes) == len(names)
    assert len({ax.get_xlim() for ax in axes}) == 1
    places = [ax.get_position() for ax in axes]
    assert len({(round(place.x0, 9), round(place.x1, 9), round(place.height, 9)) for place in places}) == 1
    assert all(upper.y0 > lower.y1 for upper, lower in itertools.pairwise(places))
    first, last = axes[0].get_xlim()
    for ax, name in zip(axes, names, strict=True):
        history = result.histories[name]
        days = np.array([date2num(day) for day in history.sessions])
        line = look.named(ax, "price")[""]
        there = ~np.isnan(line.get_ydata())
        assert np.array_equal(line.get_ydata()[there], history.prices[(days >= first) & (days <= last)])
        assert look.words(ax, "name") == history.instrument.label
        assert any(tick.label1.get_visible() for tick in ax.xaxis.get_major_ticks()) is (ax is axes[-1])
        assert bool(look.named(ax, "closure/")) is (name == "imoex")


@STACKS
def test_several_instruments_have_their_flags_once_on_top(result, stacks, look, names):
    """Each event with a session in any of the series has one flag, above the first panel, and marks in each of its."""
    axes = stacks[names]
    assert set(flags_of(axes[0], look)) == set().union(*(used(result, name)["event_id"] for name in names))
    assert not any(look.named(ax, "flag/") for ax in axes[1:])
    for ax, name in zip(axes, names, strict=True):
        assert set(look.named(ax, "mark/")) == {str(day.date()) for day in used(result, name)["session"]}


@STACKS
def test_lines_lead_through_all_panels_to_the_session_of_each(result, stacks, look, names):
    """Where the line leaves a panel it enters the next, and there stands on that market's own session."""
    from matplotlib.dates import date2num

    axes = stacks[names]
    own = [used(result, name).set_index("event_id")["session"].dt.strftime("%Y-%m-%d").to_dict() for name in names]
    low, high = axes[0].get_xlim()
    for k, ax in enumerate(axes):
        assert set(own[k].values()) <= set(look.named(ax, "stem/"))
        if k == 0:
            continue
        expected = {(own[k - 1][event], own[k][event]) for event in own[k] if event in own[k - 1]}
        slanted = look.named(ax, "leader/")
        assert {f"{above}/{here}" for above, here in expected} <= set(slanted)
        for above, here in expected:
            ends = [(date2num(np.datetime64(day)) - low) / (high - low) for day in (here, above)]
            line = slanted[f"{above}/{here}"]
            assert list(line.get_xdata()) == pytest.approx(ends)
            bottom, top = line.get_transform().transform(line.get_xydata())[:, 1]
            assert bottom == pytest.approx(ax.get_window_extent().y1)
            assert top == pytest.approx(axes[k - 1].get_window_extent().y0)
            assert min(look.named(axes[k - 1], f"stem/{above}")[""].get_ydata()) == axes[k - 1].get_ylim()[0]


def test_a_line_ends_at_the_last_panel_that_has_a_session(case, result, look):
    """Below Moscow shares the ruble, which ends on 1 March 2022, is not reached by the oil ban's line of 8 March."""
    above, below = timeline(result, ["imoex", "ruble"])
    assert "2022-03-08-us-oil-ban" in flags_of(above, look)
    assert max(look.named(below, "stem/")) == "2022-02-28"
    foot = min(look.named(below, "stem/2022-02-28")[""].get_ydata())
    assert foot == case.prices.loc["2022-02-28", "ruble"]


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("names", "size"),
    [(("ruble", "imoex"), None), (("imoex", "brent"), None), (("ruble", "imoex", "vix"), "slide")],
)
def test_nothing_covers_anything_in_a_stack(result, stacks, look, names, size):
    """On the crowded weeks of 2022 no labels or flags of several panels overlap, and none leaves the figure."""
    style = LIGHT if size is None else es.charts.find_style("light", size)
    axes = stacks[names] if size is None else timeline(result, names, style=style)
    figure = axes[0].figure
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    kinds = (
        "flag/",
        "key-flag/",
        "key/",
        "key-day/",
        "legend",
        "closure-label/",
        "title",
        "subtitle",
        "name",
        "footnote",
    )
    boxes = []
    for k, ax in enumerate(axes):
        low, high = ax.get_ylim()
        artists = [(f"{k} {kind}{gid}", a) for kind in kinds for gid, a in look.named(ax, kind).items()]
        ticks = [*(ax.get_xticklabels() if ax is axes[-1] else []), *ax.get_yticklabels()]
        artists += [(f"{k} tick {t.get_text()}", t) for t in ticks if t.get_text() and inside(t, low, high)]
        artists += [(f"{k} unit", ax.yaxis.label)]
        boxes += [(name, a.get_window_extent(renderer)) for name, a in artists if not name.endswith("/number")]
    assert look.overlaps(boxes) == []
    page = figure.bbox
    for name, box in boxes:
        assert page.x0 <= box.x0 < box.x1 <= page.x1, name
        assert page.y0 <= box.y0 < box.y1 <= page.y1, name


def test_the_words_of_a_stack(stacks, look):
    """The title names the instruments, the footnote counts the events of each, the last in the key comes by the day."""
    axes = stacks["ruble", "imoex"]
    title = (
        "Ruble lost 20.0 % on 28 February 2022 and Moscow shares fell 33.3 % on 24 February 2022, the largest moves of "
        "28 events"
    )
    assert look.words(axes[0], "title") == title
    assert "Ruble: n = 27 of 28 events; Moscow shares: n = 24 of 28 events; hollow flags" in look.words(
        axes[1], "footnote"
    )
    days = {event: text.get_text() for event, text in look.named(axes[0], "key-day/").items()}
    assert days["2022-02-26-swift-central-bank"] == "26 → 28 Feb"
    assert days["2022-03-08-us-oil-ban"] == "8 → 24 Mar"
    assert not any(text.get_text().startswith("Not shown") for text in look.named(axes[0], "key/").values())


def test_a_list_of_one_is_that_one_chart(result, charts):
    """A list of one series gives the very picture of that series, in a tuple."""
    (ax,) = timeline(result, ["imoex"])
    assert es.charts.to_bytes(ax) == es.charts.to_bytes(charts["imoex"])


@pytest.mark.parametrize("series", [[], ["ruble", "ruble"]])
def test_a_stack_of_none_or_of_twins_is_refused(result, series):
    """A list must name one or several different series."""
    with pytest.raises(es.DesignError, match="one or several different series"):
        timeline(result, series)


def test_a_stack_on_given_axes_keeps_their_place(result, look):
    """Several panels on somebody's axes stay, key, flags, names and footnote included, within the place they had."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(16, 16))
    upper, lower = figure.subplots(2, 1)
    place = upper.get_position().transformed(figure.transFigure)
    axes = timeline(result, ["ruble", "imoex"], upper)
    assert axes[0] is upper
    renderer = FigureCanvasAgg(figure).get_renderer()
    for ax in axes:
        for prefix in ("flag/", "key/", "footnote", "title"):
            for gid, artist in look.named(ax, prefix).items():
                box = artist.get_window_extent(renderer)
                assert place.x0 - 15 <= box.x0 < box.x1 <= place.x1 + 1, gid
                assert place.y0 - 1 <= box.y0 < box.y1 <= place.y1 + 1, gid
    assert not lower.lines


def test_of_many_events_the_largest_moves_are_numbered():
    """Of 160 events forty are flagged, those on the sessions of the largest returns, and the subtitle says so."""
    case = es.load_case("ukraine-2022-2026", ["imoex"])
    result = es.EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"]).unanswered()
    made = es.charts.timeline(result, "imoex")
    assert "numbered are the 40 on whose sessions Moscow shares moved most" in es.charts.describe(made)["subtitle"]
    flagged = {one.get_gid() for one in made.figure.findobj() if re.fullmatch("flag/[^/]*", one.get_gid() or "")}
    found = result.matches[result.matches["session"].notna()]
    size = case.prices["imoex"].dropna().pct_change().abs().reindex(found["session"]).to_numpy()
    assert flagged == {f"flag/{name}" for name in found["event_id"].to_numpy()[np.argsort(-size, kind="stable")[:40]]}
