"""The look: stances are told apart by everyone, on paper and on a projector."""

import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eventstudy as es
from eventstudy.charts import DARK, LIGHT, equity, timeline
from eventstudy.charts.layout import spread

STANCES = ("raise", "hold", "fold", "mixed")

#: Machado, Oliveira and Fernandes (2009), severity 1: linear RGB as seen without red, green or blue cones.
BLINDNESS = {
    "none": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour):
    """Linear RGB of an sRGB colour."""
    from matplotlib.colors import to_rgb

    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIE L*a*b* under D65 of linear RGB."""
    matrix = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(matrix) @ np.clip(rgb, 0, 1) / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("style", [LIGHT, DARK], ids=lambda style: style.name)
@pytest.mark.parametrize("blindness", BLINDNESS)
def test_no_two_stances_look_alike(blindness, style):
    """Whichever cones are missing, raise, hold and fold are 20 apart in Lab, ten times what can just be told."""
    seen = {stance: lab(BLINDNESS[blindness] @ linear(style.look(stance).colour)) for stance in STANCES[:3]}
    for one, other in combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 20, (one, other)


@pytest.mark.parametrize("style", [LIGHT, DARK], ids=lambda style: style.name)
def test_every_colour_of_words_is_readable(style):
    """Words have a contrast of at least 4.5 to the paper, as WCAG asks."""
    for colour in (style.ink, style.muted, style.gain, style.loss, *(look.colour for _, look in style.looks)):
        dark, light = sorted(linear(c) @ [0.2126, 0.7152, 0.0722] + 0.05 for c in (style.paper, colour))
        assert light / dark >= 4.5, colour


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("style", [LIGHT, DARK], ids=lambda style: style.name)
def test_gains_and_losses_do_not_look_alike(blindness, style):
    """Whichever cones are missing, what rose and what fell are 10 apart in Lab; a sign stands in every cell too."""
    gain, loss = (lab(BLINDNESS[blindness] @ linear(colour)) for colour in (style.gain, style.loss))
    assert np.linalg.norm(gain - loss) > 10


@pytest.mark.parametrize("style", [LIGHT, DARK], ids=lambda style: style.name)
def test_markers_alone_tell_the_stances_apart(style):
    """No two looks share a marker, for those who print in black and white; light and dark have the same ones."""
    markers = [look.marker for _, look in style.looks]
    assert len(set(markers)) == len(markers)
    assert markers == [look.marker for _, look in LIGHT.looks]


def test_an_unknown_stance_has_no_look():
    """A misspelt stance is refused with the nearest name."""
    with pytest.raises(es.UnknownNameError, match="did you mean 'raise'"):
        LIGHT.look("rase")


@given(st.lists(st.floats(0, 500), min_size=1, max_size=25))
def test_spread_points_keep_order_distance_and_bounds(targets):
    """Wherever points would like to be, two at one place too, they end up a pitch apart; those apart do not move."""
    targets = sorted(targets)
    placed = spread(targets, 14.5, 0.0, 500.0)
    assert (np.diff(placed) >= 14.5 - 1e-9).all()
    assert placed[0] >= -1e-9
    assert placed[-1] <= 500 + 1e-9
    if (np.diff(targets) >= 14.5).all():
        assert placed == pytest.approx(targets)


@pytest.mark.slow
@settings(max_examples=settings.default.max_examples // 2)
@given(st.lists(st.integers(100, 290), min_size=1, max_size=25, unique=True))
def test_spread_flags_keep_order_distance_and_bounds(picked):
    """Flags end up in order, one pitch apart, within the axes; those that are apart already do not move."""
    days = pd.bdate_range("2021-01-04", periods=300)
    prices = pd.DataFrame({"x": np.linspace(100.0, 130.0, 300)}, index=days)
    events = [str(days[k].date()) for k in sorted(picked)]
    study = es.EventStudy(events, prices, estimation="-60:-11", min_obs=20, tests=[], windows=["0:0"])
    ax = timeline(study.unanswered())  # what is drawn needs no estimate
    width = ax.get_position().width * 72 * ax.figure.get_figwidth()
    leaders = [line.get_xdata() * width for line in ax.lines if str(line.get_gid()).startswith("leader/")]
    targets, placed = np.transpose(leaders)
    assert len(placed) == len(picked)
    assert (np.diff(placed) >= 14.5 - 1e-9).all()
    assert placed[0] >= -1e-9
    assert placed[-1] <= width + 1e-9
    if (np.diff(targets) >= 14.5).all() and targets[-1] <= width:
        assert placed == pytest.approx(targets)


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        ("2022-01-10", "2022-02-03", ["15 Jan 2022", "Feb 2022"]),
        ("2013-11-05", "2014-03-20", ["Dec 2013", "Jan 2014", "Feb 2014", "Mar 2014"]),
        ("2020-11-20", "2021-11-01", ["Jan 2021", "Mar 2021", "May 2021", "Jul 2021", "Sep 2021", "Nov 2021"]),
        ("1990-02-01", "2020-02-01", [f"Jan {year}" for year in range(1992, 2021, 4)]),
    ],
)
def test_date_ticks_suit_the_length_of_the_axis(first, last, labels):
    """Days on a short axis, months on a longer one, thinned to Januaries and further, never more than nine."""
    days = pd.DatetimeIndex([first, last])
    columns = ("equity", "drawdown", "buy_and_hold", "buy_and_hold_drawdown", "stale")
    ax = equity(pd.DataFrame(1.0, index=days, columns=columns))[0]
    inside = [label for label in ax.get_xticklabels() if ax.viewLim.x0 <= label.get_position()[0] <= ax.viewLim.x1]
    assert [label.get_text() for label in inside] == labels


@pytest.mark.skipif(sys.platform != "linux", reason="open files are listed by Linux alone")
def test_a_copy_of_the_process_opens_its_own_font(copy_of_process):
    """What the copy measures does not move the place at which this one reads its font."""

    def places():
        fonts = [one.name for one in Path("/proc/self/fd").iterdir() if one.resolve().suffix == ".ttf"]
        return [Path("/proc/self/fdinfo", name).read_text().splitlines()[0] for name in fonts]

    LIGHT.measure(10)("a")
    before = places()
    measure = lambda: LIGHT.measure(10)("The quick brown fox jumps over a lazy dog, 0123456789 times.")  # noqa: E731
    assert copy_of_process(measure).end() == (0, "", "")
    assert len(before) > 0
    assert places() == before
