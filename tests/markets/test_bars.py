import numpy as np
import pandas as pd
import pytest

from eventstudy import DataMissingError, InputError, read_prices
from eventstudy.study import take

MORNING = pd.date_range("2022-02-24 10:00", periods=4, freq="15min", tz="Europe/Moscow")


def frame(index=MORNING, **columns):
    """Return bars of Moscow shares unless told otherwise."""
    return pd.DataFrame(columns or {"imoex": [3000.0, 2700.0, 2500.0, 2600.0]}, index=index)


def utc(*texts):
    """Return instants as the library holds them."""
    return np.array(texts, dtype="datetime64[ns]").tolist()


def histories(bars, label="start"):
    """Return the histories of a study of bars."""
    return take({"prices": bars}, {}, label).histories(None)


def history(label="start", bars=None):
    """Return the history of the only column."""
    return next(iter(histories(frame() if bars is None else bars, label).values()))


def test_the_price_of_a_bar_is_struck_at_its_end():
    """A bar labelled 10:00 Moscow has its price at 10:15 = 07:15 UTC; labelled by its end, at 10:00 itself."""
    by_start, by_end = history("start"), history("end")
    assert by_start.sessions.tolist() == by_end.sessions.tolist()
    assert by_start.sessions[:2].tolist() == utc("2022-02-24T07:00", "2022-02-24T07:15")
    assert by_start.stamps[:2].tolist() == utc("2022-02-24T07:15", "2022-02-24T07:30")
    assert by_end.stamps[:2].tolist() == utc("2022-02-24T07:00", "2022-02-24T07:15")
    np.testing.assert_allclose(by_start.returns, [np.nan, -0.1, 2500 / 2700 - 1, 0.04])


def test_daylight_saving_time_moves_no_bar():
    """New York's 09:30 is 14:30 UTC before 13 March 2022 and 13:30 after; the night between is one step."""
    days = ["2022-03-11 09:30", "2022-03-11 10:00", "2022-03-14 09:30", "2022-03-14 10:00"]
    index = pd.DatetimeIndex(days).tz_localize("America/New_York")
    bars = history(bars=frame(index, sp500=[4300.0, 4310.0, 4200.0, 4210.0]))
    assert bars.sessions.tolist() == utc(
        "2022-03-11T14:30", "2022-03-11T15:00", "2022-03-14T13:30", "2022-03-14T14:00"
    )  # fmt: skip
    assert np.isfinite(bars.returns).tolist() == [False, True, True, True]
    np.testing.assert_allclose(bars.gap_days[1:], [0.5 / 24, 3 - 1.5 / 24, 0.5 / 24])


def test_a_bar_missing_within_a_day_is_not_spanned():
    """After a missing bar the return is missing; the night is no missing bar."""
    index = MORNING.append(MORNING + pd.Timedelta(days=1)).delete(2)
    bars = history(bars=frame(index, mine=np.arange(1.0, 8.0)))
    assert np.isnan(bars.returns).tolist() == [True, False, True, False, False, False, False]


def test_a_bar_whose_price_has_no_return():
    """A bar at 0 or at infinity leaves the returns beside it missing and is named by its instant in UTC."""
    bars = history(bars=frame(mine=[1.0, 2.0, 0.0, 1.0]))
    assert np.isnan(bars.returns).tolist() == [True, False, True, True]
    assert bars.notes[0].startswith(
        "mine: 1 price not positive, first 0 on 2022-02-24T07:30: no simple return on either side"
    )
    assert "not finite" in history(bars=frame(mine=[1.0, np.inf, 1.0, 1.0])).notes[0]


def two_markets(moscow="15min", new_york="15min", opens="09:30"):
    """Return the bars of a day and a half in Moscow and New York, in one frame."""
    shares = pd.date_range("2022-02-24 10:00", "2022-02-24 18:45", freq=moscow, tz="Europe/Moscow")
    next_day = pd.date_range("2022-02-25 10:00", "2022-02-25 12:00", freq=moscow, tz="Europe/Moscow")
    index = shares.append(next_day)
    there = pd.date_range(f"2022-02-24 {opens}", "2022-02-24 15:45", freq=new_york, tz="America/New_York")
    imoex = pd.Series(np.arange(1.0, len(index) + 1), index=index)
    spx = pd.Series(np.arange(1.0, len(there) + 1), index=there.tz_convert("Europe/Moscow"))
    return pd.concat({"imoex": imoex, "sp500": spx}, axis=1, sort=True), imoex, spx


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"new_york": "30min"},
        {"moscow": "30min", "new_york": "30min", "opens": "09:45"},
        {"moscow": "h", "new_york": "5min"},
    ],
    ids=["alike", "longer", "shifted", "hours"],
)
@pytest.mark.parametrize("label", ["start", "end"])
def test_two_markets_in_one_frame_are_what_they_are_alone(choices, label):
    """Sessions, stamps, returns and length of each are those of its bars alone, whatever hours the other keeps."""
    both, *alone = two_markets(**choices)
    for series, got in zip(alone, histories(both, label).values(), strict=True):
        expected = history(label, frame(series.index, mine=series.to_numpy()))
        np.testing.assert_array_equal(got.sessions, expected.sessions)
        np.testing.assert_array_equal(got.stamps, expected.stamps)
        np.testing.assert_array_equal(got.returns, expected.returns)
        assert got.bar == expected.bar
        assert np.isfinite(got.returns[1:]).all()
        assert got.spanned.tolist() == [0] * len(got)


def test_a_market_that_is_seldom_traded_has_the_bars_of_the_other():
    """With a price in the first, second and fourth bar, a bar is still a quarter of an hour, and one is missing."""
    bars = frame(mine=[1.0, 2.0, 3.0, 4.0], thin=[1.0, 2.0, np.nan, 4.0], once=[np.nan, 1.0, np.nan, np.nan])
    _, thin, once = histories(bars).values()
    assert np.isnan(thin.returns).tolist() == [True, False, True]
    assert thin.bar == once.bar == np.timedelta64(15, "m")


def test_one_can_trade_within_a_bar_and_else_from_the_next():
    """News in a bar is tradable at once, news of the night at the next bar's start, news after the last bar never."""
    known = np.array(["2022-02-24T07:20", "2022-02-24T02:45", "2022-02-24T08:00"], dtype="datetime64[ns]")
    opens = history().next_open(known)
    assert opens[:2].tolist() == utc("2022-02-24T07:20", "2022-02-24T07:00")
    assert np.isnat(opens[2])


def test_the_day_of_a_bar_is_the_markets_own():
    """A bar of 00:30 Moscow is of that day though it is the day before in UTC."""
    index = pd.date_range("2022-02-25 00:30", periods=3, freq="15min", tz="Europe/Moscow")
    bars = history(bars=frame(index, mine=[1.0, 2.0, 3.0]))
    assert bars.days_of(bars.sessions).astype(str).tolist() == ["2022-02-25"] * 3


@pytest.mark.parametrize(
    ("bars", "told"),
    [
        (
            frame(pd.date_range("2022-02-24", periods=4)),
            "has no offset; write 2022-02-24T10:00+03:00, or give --time-zone, or tz_local",
        ),
        (frame(range(4)), "bars has no date column; set_index the session dates"),
        (
            frame(MORNING[[0, 2, 1, 3]]),
            "10:15+03:00, column session: 2022-02-24 07:15+00:00 comes after 2022-02-24 07:30",
        ),
        (
            frame(MORNING[[0, 1, 1, 3]]),
            "10:15+03:00, column session: 2022-02-24 07:15+00:00 appears twice, with 2700 and",
        ),
        (frame(MORNING + pd.to_timedelta([0, 1, 7, 20], "min")), "the bars are of no one length; resample them"),
    ],
)
def test_bars_that_cannot_be_right_are_refused(bars, told):
    """Bars without a zone, out of order or of no one length are refused in a line."""
    with pytest.raises(InputError) as caught:
        history(bars=bars)
    assert told in str(caught.value)


def test_a_file_of_bars(tmp_path):
    """Instants with an offset are read from CSV and Parquet alike."""
    (tmp_path / "bars.csv").write_text("time,imoex\n2022-02-24T10:00+03:00,3000\n2022-02-24T10:15+03:00,\n")
    read = read_prices(tmp_path / "bars.csv", figures="bars")
    assert read.index[1].isoformat() == "2022-02-24T07:15:00+00:00"
    assert np.isnan(read["imoex"].iloc[1])
    frame().to_parquet(tmp_path / "bars.parquet")
    assert read_prices(tmp_path / "bars.parquet", figures="bars").index[0] == MORNING[0]


def test_zones_by_name_are_those_of_their_season(tmp_path):
    """Clocks that say EST or EDT are those of New York; a day's price keeps its day, whatever zone stands behind."""
    text = "time,x\n2022-03-11 16:00 EST,1\n2022-03-14 16:00 EDT,2\n"
    (tmp_path / "b.csv").write_text(text)
    bars = read_prices(tmp_path / "b.csv", figures="bars")
    assert bars.index.strftime("%Y-%m-%d %H:%M%z").tolist() == ["2022-03-11 21:00+0000", "2022-03-14 20:00+0000"]
    assert read_prices(tmp_path / "b.csv").index.strftime("%Y-%m-%d").tolist() == ["2022-03-11", "2022-03-14"]
    (tmp_path / "b.csv").write_text(text.replace("EDT", "EST"))
    with pytest.raises(InputError, match="row 3, column time: America/New_York was on EDT then"):
        read_prices(tmp_path / "b.csv", figures="bars")
    (tmp_path / "b.csv").write_text(
        "time,x\n2022-01-27 10:00 America/New_York,1\n2022-01-27 11:00 America/New_York,2\n"
    )
    assert read_prices(tmp_path / "b.csv", figures="bars").index[0] == pd.Timestamp("2022-01-27T15:00Z")


LACKING = "has no offset; write 2022-02-24T10:00+03:00, or give --time-zone"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "time,x\n2022-02-24 10:00,1\n",
            f"b.csv, row 2, column time: 2022-02-24 10:00:00 {LACKING}",
        ),
        (
            "time,x\nnoon,1\n",
            "b.csv, row 2, column time: 'noon' is not a date; write 2022-01-27, or give --time-format",
        ),
    ],
)
def test_a_bad_file_of_bars_is_one_clear_line(tmp_path, text, told):
    """An instant that cannot be read, or has no offset, is named by file and row."""
    (tmp_path / "b.csv").write_text(text)
    with pytest.raises(InputError) as caught:
        read_prices(tmp_path / "b.csv", figures="bars")
    assert str(caught.value) == told
    with pytest.raises(DataMissingError, match="no price file"):
        read_prices(tmp_path / "none.csv", figures="bars")
