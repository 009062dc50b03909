import numpy as np
import pandas as pd
import pytest

from eventstudy import InputError, NothingUsableError
from eventstudy.charts import equity


@pytest.fixture(scope="module")
def curve():
    """Ten sessions."""
    made = np.array([1.0, 1.1, 1.05, 1.05, 1.05, 1.2, 1.15, 1.3, 1.25, 1.4])
    held = np.linspace(1.0, 0.8, 10)
    columns = {"equity": made, "drawdown": made / np.maximum.accumulate(made) - 1, "buy_and_hold": held,
               "buy_and_hold_drawdown": held - 1}  # fmt: skip
    return pd.DataFrame(columns, pd.bdate_range("2022-02-14", periods=10, name="session"))


def lines_of(ax):
    """Return the curves of a panel by name."""
    return {line.get_gid(): line.get_ydata() for line in ax.lines if (line.get_gid() or "").startswith("curve")}


def test_the_curves_are_the_columns(curve):
    """The lines are gain and drawdown of the rule and of buying and holding, in per cent."""
    upper, lower = equity(curve)
    np.testing.assert_allclose(lines_of(upper)["curve rule"], 100 * (curve["equity"] - 1))
    np.testing.assert_allclose(lines_of(upper)["curve buy and hold"], 100 * (curve["buy_and_hold"] - 1))
    np.testing.assert_allclose(lines_of(lower)["curve rule"], 100 * curve["drawdown"])


def test_the_ends_say_the_figures(curve):
    """At the end of each line stand its name and its gain or its worst drawdown."""
    upper, lower = equity(curve)
    words = {text.get_gid(): text.get_text() for ax in (upper, lower) for text in ax.texts}
    assert {text.get_text() for text in upper.texts} >= {"rule\n+40.0 %", "buy and hold\n−20.0 %"}
    assert words["name buy and hold"] == "buy and hold\n−20.0 % at worst"


def test_what_is_no_curve_is_refused(curve):
    """A missing column, an index without dates and an empty frame are refused."""
    with pytest.raises(InputError, match="no column 'drawdown'"):
        equity(curve.drop(columns="drawdown"))
    with pytest.raises(InputError, match="session"):
        equity(curve.reset_index(drop=True))
    with pytest.raises(NothingUsableError):
        equity(curve.iloc[:0])
