import numpy as np
import pandas as pd
import pytest

from eventstudy.errors import InputError
from eventstudy.markets.volumes import histories_from_volumes, silent_sessions

DAYS = pd.to_datetime(["2022-02-21", "2022-02-22", "2022-02-24", "2022-02-25"])


def volumes(*values, name="imoex"):
    """Return the history of one column of volumes, on four sessions of Moscow."""
    return histories_from_volumes(pd.DataFrame({name: values}, index=DAYS, dtype=float))


def test_the_log_of_each_sessions_own_volume():
    """Volume is a level: the first session has one, and a higher one counts as more for whatever quote."""
    history = volumes(1.0, np.e, np.e**2, 1.0, name="ruble")["ruble"]
    assert history.returns.tolist() == [0.0, 1.0, 2.0, 0.0]
    assert (history.instrument.unit, history.instrument.orientation) == ("log volume", 1)


def test_a_session_without_volume_stays_a_session():
    """Nothing traded is no logarithm: the session stays where it is in event time, its value is missing and told."""
    histories = volumes(1.0, 0.0, 1.0, 1.0)
    assert len(histories["imoex"]) == 4
    assert np.isnan(histories["imoex"].returns).tolist() == [False, True, False, False]
    assert silent_sessions(histories) == ("imoex: no volume, hence no log volume, on 2022-02-22",)


def test_a_missing_volume_spoils_no_other():
    """A session without a figure is a hole of the calendar; the volume of the session after is whole."""
    history = volumes(1.0, np.nan, 2.0, 1.0)["imoex"]
    assert history.holes.astype(str).tolist() == ["2022-02-22"]
    assert np.isfinite(history.returns).all()


def test_a_negative_volume_is_refused():
    """It names series and session."""
    with pytest.raises(InputError, match="series 'imoex' has a negative volume on 2022-02-24"):
        volumes(1.0, 1.0, -2.0, 1.0)
