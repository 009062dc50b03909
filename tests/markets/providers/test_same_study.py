"""One study, whatever road its prices came by."""

import pandas as pd
import pytest

from eventstudy import EventStudy, fetch_prices, read_prices
from eventstudy.cases import case_events
from eventstudy.study import study_envelope, to_csv, to_json

SERIES = ("ruble", "brent", "em-fx", "vix")


def study(prices, instruments):
    """Run the study of 2022 on some prices."""
    events = case_events("raise-or-fold-2022")
    return EventStudy(events, prices, instruments=instruments, series=SERIES, windows=["0:0", "0:1"], seed=7).fit()


@pytest.fixture(scope="module")
def bundled():
    """Return the bundled prices."""
    return fetch_prices(SERIES, "2021-01-04", "2022-02-28", provider="bundled")


@pytest.fixture(scope="module")
def expected(bundled):
    """Return the study of the bundled prices."""
    return study(bundled.prices, bundled.instruments)


def long(prices):
    """Return a row a price."""
    rows = prices.reset_index().melt("session", var_name="series", value_name="price")
    return rows.dropna().reset_index(drop=True)


WRITERS = {
    "wide.csv": lambda prices, path: path.write_text(to_csv(prices.reset_index())),
    "long.csv": lambda prices, path: path.write_text(to_csv(long(prices))),
    "wide.parquet": lambda prices, path: prices.to_parquet(path),
    "wide-without-index.parquet": lambda prices, path: prices.reset_index().to_parquet(path, index=False),
}


@pytest.mark.one_in(4)
@pytest.mark.parametrize("file", WRITERS)
def test_the_same_tables_from_a_file(file, bundled, expected, tmp_path):
    """A CSV or Parquet export of the bundled prices, wide or long, gives the same tables and the same envelope."""
    WRITERS[file](bundled.prices, tmp_path / file)
    result = study(read_prices(tmp_path / file), bundled.instruments)
    for name, table in expected.tables().items():
        assert len(table)
        pd.testing.assert_frame_equal(result.tables()[name], table, check_exact=True)
    assert to_json(study_envelope(result)) == to_json(study_envelope(expected))
