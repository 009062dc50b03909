from datetime import date
from importlib.resources import as_file, files

import numpy as np
import pandas as pd
import pytest

from eventstudy.errors import DataMissingError, UnknownNameError
from eventstudy.markets import find_instrument
from eventstudy.markets.bundled import bundled_prices, join_series, load_series, series_labels
from eventstudy.markets.prices import read_prices

LABELS = series_labels()
every_label = pytest.mark.parametrize("name", LABELS)


@every_label
def test_a_label_tells_the_truth_about_its_file(name):
    """A bundled series has the first and last session and the number of rows that its label says."""
    label, prices = LABELS[name], load_series(name)
    assert (prices.index[0].date(), prices.index[-1].date(), len(prices)) == (label.first, label.last, label.rows)
    assert prices.name == label.instrument
    assert prices.notna().all()
    assert prices.index.is_monotonic_increasing
    assert prices.index.is_unique


@every_label
def test_a_label_and_its_instrument_agree_on_the_stamp(name):
    """The hour at which a bundled price was struck is the hour the catalogue matches events by."""
    label = LABELS[name]
    assert label.stamp == find_instrument(label.instrument).stamp.name


@every_label
def test_a_bundled_series_is_what_its_file_says_when_it_is_read_as_anybodys(name):
    """Bundled prices are, to the last bit, those that `read_prices` reads from the very file."""
    label = LABELS[name]
    with as_file(files("eventstudy.datasets").joinpath(label.file)) as path:
        (by_hand,) = (column for _, column in read_prices(path).items())
    pd.testing.assert_series_equal(load_series(name), by_hand, check_names=False, check_exact=True, check_freq=False)


def test_labels_are_sorted_by_name():
    """Labels come in alphabetical order, each under its own name."""
    assert list(LABELS) == sorted(LABELS)
    assert all(name == label.name for name, label in LABELS.items())


def test_an_unknown_series_is_refused():
    """A series nobody bundled is refused with the nearest that is."""
    with pytest.raises(UnknownNameError, match=r"unknown bundled series 'ecb-usd-rup'; did you mean 'ecb-usd-rub'\?"):
        load_series("ecb-usd-rup")


def test_series_side_by_side_keep_their_own_sessions():
    """Joined series stand on the union of their dates, and where one has no figure nothing is filled in."""
    joined = join_series(["ecb-usd-rub", "moex-imoex-2013"])
    assert list(joined.columns) == ["ruble", "imoex"]
    for name, column in (("ecb-usd-rub", "ruble"), ("moex-imoex-2013", "imoex")):
        pd.testing.assert_series_equal(joined[column].dropna(), load_series(name), check_freq=False)
    assert np.isnan(joined.loc["2022-03-24", "ruble"])
    assert joined.loc["2022-03-24", "imoex"] == 2578.51


def test_of_several_histories_the_one_that_covers_the_day_is_taken():
    """A day in 1990 is served by the series that begins early."""
    assert bundled_prices(["wti"], date(1990, 8, 2)).index[0].date() == LABELS["eia-wti-1986"].first
    both = bundled_prices(["ruble", "wti"], date(2018, 4, 9))
    assert both.loc["2018-04-09"].notna().all()
    assert list(both.columns) == ["ruble", "wti"]


def test_a_day_that_no_history_covers_says_which_there_are():
    """Asking for a day outside all bundled figures names the spans there are."""
    with pytest.raises(DataMissingError) as caught:
        bundled_prices(["rsx"], date(2022, 3, 1))
    assert str(caught.value) == (
        "the bundled figures for 'rsx' do not cover 2022-03-01; there are: 2013-01-02 .. 2021-08-03"
    )


def test_an_instrument_without_bundled_figures_says_what_to_do():
    """For an instrument without bundled figures the message points at the user's own."""
    with pytest.raises(DataMissingError, match=r"^no bundled figures for 'erus'; pass your own with --prices FILE$"):
        bundled_prices(["erus"])
