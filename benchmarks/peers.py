"""The S job in other packages from PyPI, each in an environment that this script makes: 50 events × 30 series.

They run their own market model and their own standard errors; ours runs the engine and, once more, the whole public
study with its tables, placebo and default tests. easy-es has no row: its loader fetches prices from the network.
"""

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import numpy as np
import pandas as pd
from measure import faster, in_turn, market, pairs, sparse

import eventstudy as es

EVENTSTUDY = """
import json, sys, time, warnings
import numpy as np, pandas as pd
warnings.simplefilter("ignore")
from eventstudy import Multiple, Single
returns, days = pd.read_csv(sys.argv[1], index_col=0, parse_dates=True), pd.read_csv(sys.argv[2], parse_dates=["date"])
begin = time.perf_counter()
columns = {name: returns[name].to_numpy() for name in returns}
Single._save_parameter("returns", {"date": returns.index.to_numpy(), **columns})
Single._save_parameter("max_iteration", 1)
choices = dict(event_window=(-10, 10), estimation_size=250, buffer_size=0)
for name in returns:
    if name != "market":
        Multiple([Single.market_model(name, "market", np.datetime64(day), **choices) for day in days["date"]]).results()
print(json.dumps(time.perf_counter() - begin))
"""

TOOLKIT = """
import json, sys, time, warnings
import pandas as pd
warnings.simplefilter("ignore")
from event_study_toolkit.eventstudy import eventstudy
wide, days = pd.read_csv(sys.argv[1], index_col=0, parse_dates=True), pd.read_csv(sys.argv[2], parse_dates=["date"])
data = wide.drop(columns="market").stack().rename("ret_dlst_adj").rename_axis(["date", "permno"]).reset_index()
data["vwretd"] = data["date"].map(wide["market"])
data["permno"] = data["permno"].str[1:].astype(int)
names = sorted(data["permno"].unique())
events = pd.DataFrame([(name, day) for day in days["date"] for name in names], columns=["permno", "EVT_DATE"])
begin = time.perf_counter()
study = eventstudy(estperiod=250, gap=0, start=-10, end=10, data=data, events=events.assign(group=1), groups=["group"])
found = study.getCARS("market")
print(json.dumps(time.perf_counter() - begin))
"""

PEERS = {"eventstudy": (EVENTSTUDY, 1), "event-study-toolkit": (TOOLKIT, 100)}


def files(folder, y, x, positions):
    """Write returns and event dates, on the days on which New York trades as far as a calendar of weekdays knows."""
    import exchange_calendars

    calendar = exchange_calendars.get_calendar("XNYS", start="2010-01-04", end="2021-12-31")
    days = calendar.sessions[: len(y)]
    returns = pd.DataFrame(y, index=days, columns=[f"s{k}" for k in range(y.shape[1])]).assign(market=x[:, 0, 0])
    returns.rename_axis("date").to_csv(folder / "returns.csv")
    pd.DataFrame({"date": days[positions]}).to_csv(folder / "events.csv", index=False)
    return returns, days[positions]


def peer(name, code, folder):
    """Return the seconds a package takes, or what it said when it failed."""
    home = folder / name
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--pre", name], check=True, capture_output=True)
    words = [python, "-c", code, folder / "returns.csv", folder / "events.csv"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return json.loads(done.stdout.splitlines()[-1]) if not done.returncode else done.stderr.strip().splitlines()[-1]


def main():
    """Time every peer, then ours."""
    y, x, usable = market(30)
    positions = np.unique(pairs(60, 1)[0])[:50]
    rows, columns = np.repeat(positions, 30), np.tile(np.arange(30), len(positions))
    with tempfile.TemporaryDirectory() as name:
        returns, days = files(Path(name), y, x, positions)
        events = pd.DataFrame({"time": days.strftime("%Y-%m-%d"), "stance": "raise"})
        choices = {"model": "market-model", "market": "market", "estimation": "-260:-11", "windows": ["-10:10"]}
        study = es.EventStudy(events, returns=returns, **choices, clean=False)
        engine, public = in_turn(lambda: sparse(y, x, usable, rows, columns), study.fit, repeats=3)
        for package, (code, reach) in PEERS.items():
            seconds = peer(package, code, Path(name))
            if isinstance(seconds, str):
                print(f"{package}: {seconds}", file=sys.stderr)
                continue
            faster(f"{package}: 50 events × 30 series, engine", engine, seconds, max(reach, 100))
            faster(f"{package}: the same, public study with placebo and default tests", public, seconds, reach)


if __name__ == "__main__":
    main()
