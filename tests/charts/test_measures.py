"""Charts of studies that are not of returns by session: drawn rightly, or refused in a line."""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.charts import KINDS

DAYS = pd.bdate_range("2020-01-01", periods=500, name="session")
NEWS = pd.DataFrame({"time": [f"{DAYS[k]:%Y-%m-%dT12:10Z}" for k in (400, 440)], "stance": ["raise", "fold"]})
LOGS = np.random.default_rng(2).normal(10, 0.2, len(DAYS))


@pytest.fixture(scope="module")
def bars():
    """A study of bars of an hour, nine a day."""
    index = pd.DatetimeIndex([day + pd.Timedelta(hours=9 + k) for day in DAYS[380:450] for k in range(9)], tz="UTC")
    steps = np.random.default_rng(3).normal(0, 0.001, len(index))
    prices = pd.DataFrame({"mine": 100 * np.exp(np.cumsum(steps))}, index=index)
    return es.EventStudy(NEWS, prices, bars="start", windows=["0:0"], tests=[]).fit()


@pytest.fixture(scope="module")
def volumes():
    """A study of volumes."""
    frame = pd.DataFrame({"mine": np.exp(LOGS)}, index=DAYS)
    return es.EventStudy(NEWS, volumes=frame, windows=["0:0"], tests=[]).fit()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not KINDS[kind].from_frame])
def test_what_counts_days_is_not_drawn_of_bars(bars, kind):
    """A chart that counts and dates events by the day refuses bars, and says where their numbers are."""
    with pytest.raises(es.DesignError, match="'mine' is in bars, and charts are of sessions"):
        KINDS[kind].draw(bars)


def test_levels_are_not_held(volumes):
    """A volume cannot be held: it has no return."""
    with pytest.raises(es.DesignError, match=r"studied in levels \(log volume\)"):
        es.charts.holding(volumes)


def test_log_volumes_are_no_prices(volumes):
    """A timeline says prices as quoted, so volumes are not drawn as if they were."""
    with pytest.raises(es.DesignError, match=r"'mine' came as levels \(log volume\), so there is no price to draw"):
        es.charts.timeline(volumes)


def test_no_chart_of_volumes_speaks_of_returns(volumes):
    """What is abnormal in a volume is its level, in the words of every chart; events of one day have one date."""
    for kind in ("car", "multiples", "heatmap", "placebo"):
        said = es.charts.describe(KINDS[kind].draw(volumes))["subtitle"]
        assert "bnormal level" in said
        assert "return" not in said
    one = es.EventStudy(NEWS[:1], volumes=pd.DataFrame({"mine": np.exp(LOGS)}, index=DAYS), windows=["0:0"]).fit()
    day = f"{DAYS[401].day} {DAYS[401]:%b %Y}"  # the hour of the price is not known
    assert es.charts.describe(es.charts.car(one))["subtitle"].endswith(f"events {day}")


def test_the_path_of_volumes_is_in_logs(volumes):
    """The CAR chart draws log volumes in their own unit: its last mean is the sum of abnormal log volumes."""
    axes = es.charts.car(volumes)
    assert "abnormal level, log volume" in " ".join(np.ravel(axes)[0].get_ylabel().split())
    found = volumes.abnormal.merge(volumes.car[["event_id", "stance"]]).query("stance == 'raise'")["ar"].sum()
    panel = next(ax for ax in np.atleast_1d(np.asarray(axes, dtype=object)).ravel())
    drawn = [line.get_ydata()[-1] for line in panel.get_lines() if len(line.get_ydata()) == 2]
    assert any(value == pytest.approx(found) for value in drawn)
