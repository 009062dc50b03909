"""A small study from files to a table, the command against a plain pandas and statsmodels script, in new processes."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from measure import faster, in_turn
from startup import interpreter

PLAIN = """
import sys
import numpy as np, pandas as pd, statsmodels.api as sm
events, prices = pd.read_csv(sys.argv[1]), pd.read_csv(sys.argv[2], index_col=0, parse_dates=True)
returns = np.log(prices).diff()
cars = []
for day in pd.to_datetime(events["time"]):
    at = returns.index.searchsorted(day)
    for name in returns:
        if name == "market":
            continue
        for first, last in ((0, 0), (0, 1), (-1, 1), (0, 5)):
            past, now = returns.iloc[at - 130 : at - 10], returns.iloc[at + first : at + last + 1]
            fit = sm.OLS(past[name], sm.add_constant(past["market"])).fit()
            ahead = sm.add_constant(now["market"], has_constant="add")
            cars.append((day, name, f"{first}:{last}", (now[name] - fit.predict(ahead)).sum()))
table = pd.DataFrame(cars, columns=["event", "series", "window", "car"])
print(table.groupby(["series", "window"])["car"].agg(["mean", "median", "count"]).to_string())
"""


def files(folder, n_events=20, n_series=10):
    """Write events and four years of some series beside their market."""
    rng, days = np.random.default_rng(3), pd.bdate_range("2018-01-01", periods=1000)
    market = rng.normal(size=1000) * 0.01
    returns = np.column_stack([market, market[:, None] + rng.normal(size=(1000, n_series)) * 0.01])
    names = ["market", *(f"s{k}" for k in range(n_series))]
    prices = pd.DataFrame(100 * np.exp(returns.cumsum(axis=0)), index=days, columns=names)
    prices.rename_axis("date").to_csv(folder / "prices.csv")
    events = days[np.linspace(200, 960, n_events).astype(int)]
    pd.DataFrame({"time": events.strftime("%Y-%m-%d"), "stance": "raise"}).to_csv(folder / "events.csv", index=False)
    return folder / "events.csv", folder / "prices.csv"


def compare(n_events, n_series, repeats):
    """Print the row of a study from files to its table, with the default tests and without."""
    with tempfile.TemporaryDirectory() as name:
        events, prices = files(Path(name), n_events, n_series)
        run = interpreter(Path(name) / "compiled")
        command = ["-m", "eventstudy.cli", "run", "--events", events, "--prices", prices]
        command += ["--model", "market-model", "--market", "market"]
        sides = (
            lambda: run(*command),
            lambda: run(*command, "--tests", "none"),
            lambda: run("-c", PLAIN, events, prices),
        )
        us, without, them = in_turn(*sides, repeats=repeats)
    job = f"{n_events} events × {n_series} series, CSV in, table out"
    note = "the script makes means alone, ours the placebo too"
    faster(f"study end to end, {job}", us, them, 5, note)
    faster("the same without tests", without, them, 5, note)


if __name__ == "__main__":
    compare(20, 10, repeats=5)
    compare(50, 30, repeats=3)
