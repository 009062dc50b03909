import numpy as np
import pandas as pd
import pytest

from eventstudy.markets import histories_from_volumes

DAYS = pd.to_datetime(["2022-02-21", "2022-02-22", "2022-02-24", "2022-02-25"])


def volumes(*values, name="imoex"):
    """Return the history of one column of volumes, on four sessions of Moscow."""
    told = {} if name == "mine" else {name: {"as": name}}
    return histories_from_volumes(pd.DataFrame({name: values}, index=DAYS, dtype=float), told)


def test_the_log_of_each_sessions_own_volume():
    """Volume is a level: the first session has one, and a higher one counts as more for whatever quote."""
    history = volumes(1.0, np.e, np.e**2, 1.0, name="ruble")["ruble"]
    np.testing.assert_allclose(history.returns, [0.0, 1.0, 2.0, 0.0], rtol=1e-15)
    assert (history.instrument.unit, history.instrument.orientation) == ("log volume", 1)


def test_a_session_without_volume_stays_a_session():
    """Nothing traded is no logarithm: the session stays where it is in event time, its value is missing and told."""
    histories = volumes(1.0, 0.0, 1.0, 1.0)
    assert len(histories["imoex"]) == 4
    assert np.isnan(histories["imoex"].returns).tolist() == [False, True, False, False]
    assert histories["imoex"].notes == ("imoex: no volume, hence no log volume, on 2022-02-22",)


def test_a_missing_volume_spoils_no_other():
    """A session without a figure is a hole of the calendar; the volume of the session after is whole."""
    history = volumes(1.0, np.nan, 2.0, 1.0)["imoex"]
    assert history.holes.astype(str).tolist() == ["2022-02-22"]
    assert np.isfinite(history.returns).all()


@pytest.mark.parametrize("volume", [-2.0, np.inf, np.nan])
def test_what_is_no_volume_is_missing_and_said(volume):
    """A volume below 0, without bounds or missing has no logarithm; without a calendar its date stays a session."""
    history = volumes(1.0, 1.0, volume, np.e, name="mine")["mine"]
    np.testing.assert_allclose(history.returns, [0.0, 0.0, np.nan, 1.0], rtol=1e-15)
    assert history.notes == ("mine: no volume, hence no log volume, on 2022-02-24",)
    assert history.spanned.tolist() == [0, 0, 0, 0]
