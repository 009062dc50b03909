import pandas as pd
import pytest

from eventstudy import EventStudy, InputError, find_instrument, load_case

CASE = load_case("raise-or-fold-2022")
OURS = CASE.prices[["brent", "em-bonds"]]
SYMBOLS = {"brent": "BZ=F", "em-bonds": "EMB"}
FIELDS = ("Adj Close", "Close", "High", "Low", "Open", "Volume")


def downloaded():
    """Return the case's prices as yfinance's download gives several tickers: fields over tickers."""
    closes = OURS.rename(columns=SYMBOLS).rename_axis("Date").loc["2020-07-02":]
    wide = pd.concat({field: closes * (0.9 if field == "Adj Close" else 1.0) for field in FIELDS}, axis=1)
    return wide.rename_axis(columns=["Price", "Ticker"])


def fit(prices, **choices):
    """Return the study of the case's events on the prices."""
    return EventStudy(CASE.events, prices, windows=["0:0"], tests=[], **choices).fit()


def cars(result, names):
    """Return the CARs under common names."""
    table = result.car.assign(series=result.car["series"].replace(names))
    return table[["event_id", "series", "car", "placebo_p"]].reset_index(drop=True)


@pytest.mark.parametrize("layout", ["fields over tickers", "tickers over fields", "closes"])
def test_a_frame_of_yfinance_is_a_study(layout):
    """The frame as downloaded, its levels in either order or only its closes, gives the CARs of named columns."""
    frame = downloaded()
    frame = {
        "fields over tickers": frame,
        "tickers over fields": frame.swaplevel(axis=1).sort_index(axis=1),
        "closes": frame["Close"],
    }[layout]
    instruments = {name: find_instrument(name).struck_at(find_instrument(name).ticker("yahoo").stamp) for name in OURS}
    named = fit(OURS.loc["2020-07-02":], instruments=instruments)
    pd.testing.assert_frame_equal(cars(fit(frame), {}), cars(named, SYMBOLS))


def test_a_symbol_keeps_its_name_and_is_said_to_be_what_it_is():
    """A column BZ=F can be asked for as such, and the result warns what it was taken for."""
    result = fit(downloaded(), series=["EMB"], model="market-model", market="BZ=F")
    assert result.series == ("EMB",)
    assert result.histories["BZ=F"].instrument.label == find_instrument("brent").label
    assert [line for line in result.warnings if line.startswith("column 'BZ=F' is taken for brent")]


def test_who_says_what_a_column_is_is_believed():
    """An instrument given for the column EMB is used as it is, without a warning."""
    own = find_instrument("gold")
    result = fit(downloaded()["Close"][["EMB"]], instruments={"EMB": own})
    assert result.histories["EMB"].instrument.label == own.label
    assert not [line for line in result.warnings if "taken for" in line]


def test_a_frame_of_one_ticker_must_say_which():
    """Columns Open to Close without a ticker are refused with the way out."""
    with pytest.raises(InputError, match="does not say whose prices they are; name its column"):
        EventStudy(CASE.events, downloaded().xs("EMB", axis=1, level="Ticker"))
