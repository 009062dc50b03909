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


def files(folder):
    """Write 20 events and four years of ten series beside their market."""
    rng, days = np.random.default_rng(3), pd.bdate_range("2018-01-01", periods=1000)
    market = rng.normal(size=1000) * 0.01
    returns = np.column_stack([market, market[:, None] + rng.normal(size=(1000, 10)) * 0.01])
    prices = pd.DataFrame(100 * np.exp(returns.cumsum(axis=0)), index=days, columns=["market", *"abcdefghij"])
    prices.rename_axis("date").to_csv(folder / "prices.csv")
    events = days[200:980:40]
    pd.DataFrame({"time": events.strftime("%Y-%m-%d"), "stance": "raise"}).to_csv(folder / "events.csv", index=False)
    return folder / "events.csv", folder / "prices.csv"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        events, prices = files(Path(name))
        run = interpreter(Path(name) / "compiled")
        command = ["-m", "eventstudy.cli", "run", "--events", events, "--prices", prices]
        command += ["--model", "market-model", "--market", "market"]
        us, them = in_turn(lambda: run(*command), lambda: run("-c", PLAIN, events, prices), repeats=5)
        note = "ours with the placebo and the default tests, the script with means alone"
        faster("small study end to end, CSV in, table out", us, them, 5, note)
        us, them = in_turn(
            lambda: run(*command, "--tests", "none"), lambda: run("-c", PLAIN, events, prices), repeats=5
        )
        faster("the same without tests", us, them, 5, note.replace(" and the default tests", ""))
