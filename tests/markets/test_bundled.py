from importlib.resources import as_file, files

import numpy as np
import pandas as pd
import pytest

from eventstudy import UnknownNameError, find_instrument, read_prices
from eventstudy.markets import join_series, load_series, series_labels

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


@pytest.mark.one_in(9)
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
