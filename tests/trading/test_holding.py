import numpy as np
import pandas as pd
import pytest

from eventstudy.markets.history import histories_from_prices
from eventstudy.trading.market import held_paths
from eventstudy.window import Window

PRICES = [100.0, 110.0, 99.0, 121.0, 60.5]
DAYS = pd.to_datetime(["2022-02-21", "2022-02-22", "2022-02-24", "2022-02-25", "2022-03-24"])


def history(kind=None, name="mine", prices=PRICES, days=DAYS):
    """One series of five prices."""
    return histories_from_prices(pd.DataFrame({name: prices}, index=days), kind=kind)[name]


@pytest.mark.parametrize("held", [1, 2, 3])
def test_held_returns_are_price_ratios(held):
    """Held from the price at a session on, each step is a later price over that one; none beyond the sample."""
    paths = held_paths(history("simple"), np.arange(5), Window(1, held))
    for at, path in enumerate(paths):
        later = [PRICES[at + k] / PRICES[at] - 1 if at + k < 5 else np.nan for k in range(held + 1)]
        assert path == pytest.approx(later, abs=1e-14, nan_ok=True)


def test_logs_and_differences_add_up():
    """Logs add up to the log of the ratio, differences to the change in the series' own unit."""
    at, window = np.array([1]), Window(0, 2)
    assert held_paths(history("log"), at, window)[0, -1] == pytest.approx(np.log(1.21))
    assert held_paths(history("difference"), at, window)[0].tolist() == pytest.approx([0.0, 10.0, -1.0, 21.0])


def test_an_inverse_quote_gains_where_the_quote_falls():
    """A ruble bought at 80 and sold at 100 to the dollar has lost a fifth."""
    of = history(name="ruble", prices=[80.0, 100.0], days=pd.to_datetime(["2022-02-23", "2022-02-24"]))
    assert held_paths(of, np.array([0]), Window(1, 1))[0, 1] == pytest.approx(-0.2)
