"""What can be studied besides returns by session: volumes, variances, and bars with a clock."""

import numpy as np
import pandas as pd
import pytest

from eventstudy import DesignError, EventStudy, InputError

DAYS = pd.bdate_range("2020-01-01", periods=700, name="session")


def news(*times, **columns):
    """Return raises at some times."""
    return pd.DataFrame({"time": list(times), "stance": "raise", **columns})


def dates(*positions):
    """Return the dates at some positions of the sample."""
    return [f"{DAYS[k]:%Y-%m-%d}" for k in positions]


def car(result, **wanted):
    """Return the only row of `car` that has the wanted values."""
    rows = result.car
    for name, value in wanted.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1
    return rows.iloc[0]


# --- volumes ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def volumes():
    """Volumes of one series, three times the usual one on session 400."""
    logs = np.random.default_rng(3).normal(10, 0.3, len(DAYS))
    logs[400] = np.log(3) + logs[280:390].mean()
    return pd.DataFrame({"mine": np.exp(logs)}, index=DAYS)


def test_abnormal_volume_is_log_volume_beyond_its_mean(volumes):
    """The CAR is the log of volume on the event session less the mean log of the estimation window, by hand."""
    result = EventStudy(news(*dates(400)), volumes=volumes, windows=["0:0", "0:1"]).fit()
    logs = np.log(volumes["mine"].to_numpy())
    learned = logs[400 - 130 : 400 - 10]
    row = car(result, window="0:0")
    assert row["car"] == pytest.approx(logs[400] - learned.mean())
    assert row["t"] == pytest.approx((logs[400] - learned.mean()) / (learned.std(ddof=1) * np.sqrt(1 + 1 / 120)))
    assert (row["unit"], row["bhar"]) == ("log volume", pytest.approx(np.nan, nan_ok=True))
    assert car(result, window="0:1")["car"] == pytest.approx(logs[400:402].sum() - 2 * learned.mean())
    assert row["p_value"] == pytest.approx(1 / (row["days"] + 1))
    answer = result.answer("mine", "raise", "0:0")
    assert np.isnan([answer.move, answer.rose, answer.base_rate]).all()  # a volume is no price


def test_the_unit_in_which_volume_is_counted_does_not_matter(volumes):
    """Lots instead of shares change no abnormal volume."""
    one, lots = (EventStudy(news(*dates(400)), volumes=v, windows=["0:0"]).fit() for v in (volumes, volumes / 100))
    assert one.car["car"].iloc[0] == pytest.approx(lots.car["car"].iloc[0], abs=1e-10)


def test_a_day_without_trade_is_told_and_takes_its_windows_out(volumes):
    """Zero volume on the event session: the pair is excluded with the reason, and a warning names the session."""
    silent = volumes.copy()
    silent.iloc[400] = 0.0
    result = EventStudy(news(*dates(400, 600)), volumes=silent, windows=["0:0"]).fit()
    excluded = result.matches[result.matches["status"] == "excluded"]
    assert excluded["reason"].str.startswith("window: ").tolist() == [True]
    assert f"mine: no volume, hence no log volume, on {DAYS[400]:%Y-%m-%d}" in result.warnings


def test_volumes_have_no_kind_of_return(volumes):
    """Volumes are logs; simple returns of them are refused, and so are prices beside them."""
    with pytest.raises(DesignError, match="volumes are studied as logs"):
        EventStudy(news(*dates(400)), volumes=volumes, returns_kind="simple").fit()
    with pytest.raises(DesignError, match="give one of prices, returns and volumes, not prices and volumes"):
        EventStudy(news(*dates(400)), volumes, volumes=volumes)


# --- variance --------------------------------------------------------------------------------------------------------


def with_jumps(positions, factor, seed=5):
    """Return independent returns of a series and a market, the series' a factor larger on some sessions."""
    values = np.random.default_rng(seed).normal(0, 0.01, (len(DAYS), 2))
    values[list(positions), 0] *= factor
    return pd.DataFrame(values, index=DAYS, columns=["mine", "market"])


def test_the_variance_ratio_by_plain_loops():
    """The squared return about its own estimation mean over the recursion's variance, less its own estimation mean."""
    returns = with_jumps([], 1.0)
    returns.iloc[500, 0] = 0.08
    turned = {"mine": {"orientation": -1}}
    result = EventStudy(
        news(*dates(500)), returns=returns[["mine"]], windows=["0:0"], measure="variance", instruments=turned
    ).fit()
    assert result.histories["mine"].instrument.orientation == 1  # a variance has no side
    r = returns["mine"].to_numpy()
    used = [t for t in range(len(r)) if t not in (500, 501)]
    ar = np.full(len(r), np.nan)
    for t in range(len(r)):
        window = [r[s] for s in range(t - 130, t - 10) if s in used and s >= 0]
        if len(window) >= 60:
            ar[t] = r[t] - sum(window) / len(window)
    known = np.flatnonzero(np.isfinite(ar))
    variance, ratio = ar[known[:60]].var(ddof=1), {}
    for t in known[60:]:
        ratio[t] = ar[t] ** 2 / variance
        variance = 0.94 * variance + 0.06 * min(ar[t] ** 2, 9 * variance)
    learned = [ratio[s] for s in range(370, 490)]
    row = car(result, window="0:0")
    assert row["car"] == pytest.approx(ratio[500] - sum(learned) / 120)
    assert (row["unit"], row["p_value"]) == ("× variance", pytest.approx(1 / (row["days"] + 1)))


def test_moves_in_both_directions_add_up():
    """Five jumps, some up and some down, cancel in the mean return and not in the mean variance."""
    positions = [300, 380, 460, 540, 620]
    returns = with_jumps(positions, 5.0)
    returns.iloc[positions, 0] = np.array([0.05, -0.05, 0.05, -0.05, 0.001])
    measured = {
        measure: EventStudy(
            news(*dates(*positions)), returns=returns, windows=["0:0"], model="market-model", market="market",
            measure=measure,
        ).fit()
        for measure in ("return", "variance")
    }  # fmt: skip
    rows = {name: result.answer("mine", "raise") for name, result in measured.items()}
    assert rows["return"].p_value > 0.2
    assert rows["variance"].p_value == pytest.approx(1 / (rows["variance"].days + 1))
    assert measured["variance"].design.model.regressors == ("market",)


@pytest.mark.slow
def test_the_variance_expected_by_garch():
    """With the GARCH scale each squared return stands over the variance that GARCH expected the session before."""
    pytest.importorskip("arch")
    returns = with_jumps([], 1.0)[["mine"]]
    returns.iloc[500, 0] = 0.08
    study = {"windows": ["0:0"], "tests": [], "scale": "garch"}
    result = EventStudy(news(*dates(500)), returns=returns, measure="variance", **study).fit()
    plain = EventStudy(news(*dates(500)), returns=returns, **study).estimated()[1]["mine"]
    ratio = (plain.every("ar") / plain.every("scale")) ** 2
    learned = ratio[370:490]
    assert car(result, window="0:0")["car"] == pytest.approx(ratio[500] - learned.mean())
    assert ratio[500] > 20


def test_scaling_the_returns_leaves_the_variance_ratio():
    """A ratio has no unit: per cent or decimals, it is the same."""
    returns = with_jumps([500], 3.0)[["mine"]]
    one, other = (
        EventStudy(news(*dates(500)), returns=r, windows=["0:0"], measure="variance").fit().car["car"].iloc[0]
        for r in (returns, 100 * returns)
    )
    assert one == pytest.approx(other, rel=1e-9)


def test_the_regression_behind_a_variance_is_its_mean():
    """`statsmodels` hands out the regression of the ratios on a constant, with the parameter of the fits table."""
    result = EventStudy(
        news(*dates(500)), returns=with_jumps([500], 3.0), windows=["0:0"], model="market-model", market="market",
        measure="variance",
    ).fit()  # fmt: skip
    fitted = result.statsmodels(result.events["id"].iloc[0], "mine")
    assert fitted.params.to_dict() == {"alpha": pytest.approx(result.fits["alpha"].iloc[0])}


def test_a_model_of_event_sessions_alone_has_no_variance():
    """A model that is estimated at event sessions only has no variance to expect, and says so."""
    with pytest.raises(DesignError, match="variance is studied with models that are estimated at every session"):
        EventStudy(news(*dates(500)), returns=with_jumps([500], 3.0), model="garch", measure="variance")


# --- bars ------------------------------------------------------------------------------------------------------------

HOURS = pd.DatetimeIndex(
    [
        day + pd.Timedelta(minutes=15 * k)
        for day in pd.bdate_range("2022-01-03", periods=30) + pd.Timedelta(hours=10)
        for k in range(36)
    ]
).tz_localize("Europe/Moscow")


@pytest.fixture(scope="module")
def bars():
    """Bars of a quarter of an hour, with a jump in the bar of 14:15 Moscow on 9 February 2022."""
    returns = np.random.default_rng(8).normal(0, 0.001, len(HOURS))
    returns[HOURS.get_loc(pd.Timestamp("2022-02-09 14:15", tz="Europe/Moscow"))] = 0.05
    return pd.DataFrame({"mine": 100 * np.exp(np.cumsum(returns))}, index=HOURS)


def test_news_meets_the_bar_that_ends_after_it(bars):
    """News of 14:20 Moscow meets the bar from 14:15 to 14:30; it could be traded at once."""
    result = EventStudy(
        news("2022-02-09T14:20", time_zone="Europe/Moscow"), bars, bars="start", windows=["0:0", "0:3"]
    ).fit()
    match = result.matches.iloc[0]
    assert match["session"] == pd.Timestamp("2022-02-09 11:15")
    assert match["stamp"] == pd.Timestamp("2022-02-09 11:30")
    assert match["tradable_from"] == pd.Timestamp("2022-02-09 11:20")
    assert (match["timing"], match["moved"]) == ("exact", "same")
    row = car(result, window="0:0")
    learned = bars["mine"].pct_change().to_numpy()
    at = HOURS.get_loc(pd.Timestamp("2022-02-09 14:15", tz="Europe/Moscow"))
    assert row["car"] == pytest.approx(learned[at] - learned[at - 130 : at - 10].mean())
    assert row["p_value"] == pytest.approx(1 / (row["days"] + 1))
    fitted = result.statsmodels(match["event_id"], "mine")
    assert fitted.params["alpha"] == pytest.approx(learned[at - 130 : at - 10].mean())


def test_news_of_the_night_meets_the_first_bar_of_the_morning(bars):
    """News of 22:00 meets the bar of 10:00 the next day, which holds the night's return, and is tradable from then."""
    result = EventStudy(news("2022-02-09T22:00+03:00"), bars, bars="start", windows=["0:0"]).fit()
    match = result.matches.iloc[0]
    assert (match["session"], match["moved"]) == (pd.Timestamp("2022-02-10 07:00"), "next")
    assert match["tradable_from"] == pd.Timestamp("2022-02-10 07:00")


def test_news_in_the_closing_minute_of_a_bar_meets_the_next(bars):
    """News at the very instant at which a bar ends cannot be in its price."""
    result = EventStudy(news("2022-02-09T14:30+03:00"), bars, bars="start", windows=["0:0"]).fit()
    assert result.matches["session"].iloc[0] == pd.Timestamp("2022-02-09 11:30")


def test_a_day_is_not_enough_for_bars(bars):
    """An event of which only the day is known is excluded with the reason."""
    result = EventStudy(news("2022-02-09", "2022-02-09T14:20+03:00"), bars, bars="start", windows=["0:0"]).fit()
    assert result.matches["reason"].tolist()[0] == "day-only: its hour is not known, and bars need one"


def test_bars_must_be_called_bars(bars):
    """A clock in the index of prices is refused unless it is said which end of a bar it is."""
    with pytest.raises(InputError, match="or say that they are bars: bars='start' or bars='end' of a study"):
        EventStudy(news("2022-02-09T14:20+03:00"), bars)
    with pytest.raises(DesignError, match="anchor same asks for dates"):
        EventStudy(news("2022-02-09T14:20+03:00"), bars, bars="start", anchor="same", windows=["0:0"]).fit()
