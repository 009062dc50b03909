"""The S job in other packages from PyPI, each in an environment that this script makes: 50 events × 30 series.

They run their own market model and their own standard errors, without a placebo. Ours runs the engine (CAR and its
variance), the public study's CARs alone, and the whole public study with its placebo and tests. Model and windows are
the same on both sides and all else is at its default, but for what a row names. A mean CAR that is not ours with
`clean="none"` (no peer leaves sessions with news out of an estimation) is an error, but for event-study-toolkit, which
fits one regression a series over the windows of all events. easy-es takes its returns and factors as frames, so it
needs no network; it counts the days before an event by the calendar, so `AUX_OFFSET` is set for 250 sessions to be
among them.
"""

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import numpy as np
import pandas as pd
from measure import faster, in_turn, market, pairs, say, sparse

import eventstudy as es

EVENTSTUDY = """
import json, sys, time, warnings
import numpy as np, pandas as pd
warnings.simplefilter("ignore")
from eventstudy import Multiple, Single
returns, days = pd.read_csv(sys.argv[1], index_col=0, parse_dates=True), pd.read_csv(sys.argv[2], parse_dates=["date"])
begin = time.process_time()
columns = {name: returns[name].to_numpy() for name in returns}
Single._save_parameter("returns", {"date": returns.index.to_numpy(), **columns})
choices = dict(event_window=(-10, 10), estimation_size=250, buffer_size=0)
means = []
for name in returns.columns.drop("market"):
    all = Multiple([Single.market_model(name, "market", np.datetime64(day), **choices) for day in days["date"]])
    all.results()
    means.append(all.CAAR[-1])
print(json.dumps([time.process_time() - begin, sum(means) / len(means)]))
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
begin = time.process_time()
study = eventstudy(estperiod=250, gap=0, start=-10, end=10, data=data, events=events.assign(group=1), groups=["group"])
found = study.getCARS("market")
print(json.dumps([time.process_time() - begin, found["car"].mean()]))
"""

EASY = """
import json, sys, time, warnings
import pandas as pd
warnings.simplefilter("ignore")
from easy_es import EventStudy, calculate_car_stats
wide, days = pd.read_csv(sys.argv[1], index_col=0, parse_dates=True), pd.read_csv(sys.argv[2], parse_dates=["date"])
names = wide.columns.drop("market")
returns = wide[names].set_axis(wide.index.date).stack().rename("Ret").rename_axis(["Date", "ticker"]).reset_index()
factors = pd.DataFrame({"Date": wide.index.date, "Mkt-RF": wide["market"].to_numpy(), "RF": 0.0})
events = pd.DataFrame([(name, day) for day in days["date"] for name in names], columns=["ticker", "event_date"])
EventStudy.AUX_OFFSET = 150
begin = time.process_time()
study = EventStudy(estimation_days=250, gap_days=0, window_before=10, window_after=10)
study.add_returns(ret_df=returns.assign(Volume=1.0))
study.add_factors(factors)
found = calculate_car_stats(study.run_study(events))
print(json.dumps([time.process_time() - begin, found["mean"].iloc[-1]]))
"""

SAME, POOLED = "the same mean CAR", "it fits one regression a series, over the windows of all events"
OURS = 'ours model="market-model", estimation="-260:-11", windows=["-10:10"]'
WHOLE = "the whole public study, default options, tests made"

#: Script, its options, what its means are, the ratio to reach, how often it runs: the least of the seconds counts.
PEERS = {
    "eventstudy": (EVENTSTUDY, "event_window=(-10, 10), estimation_size=250, buffer_size=0", SAME, 1, 2),
    "event-study-toolkit": (TOOLKIT, "estperiod=250, gap=0, start=-10, end=10", POOLED, 100, 2),
    "easy-es": (EASY, "estimation_days=250, gap_days=0, AUX_OFFSET=150 (days by the calendar)", SAME, 100, 1),
}


def files(folder, y, x, positions):
    """Write returns and event dates, on the days on which New York trades as far as a calendar of weekdays knows."""
    import exchange_calendars

    calendar = exchange_calendars.get_calendar("XNYS", start="2010-01-04", end="2021-12-31")
    days = calendar.sessions[: len(y)]
    returns = pd.DataFrame(y, index=days, columns=[f"s{k}" for k in range(y.shape[1])]).assign(market=x[:, 0, 0])
    returns.rename_axis("date").to_csv(folder / "returns.csv")
    pd.DataFrame({"date": days[positions]}).to_csv(folder / "events.csv", index=False)
    return returns, days[positions]


def environment(name, folder):
    """Make an environment with a package in it; return its interpreter."""
    home = folder / name
    venv.create(home)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-q", "--pre", "--no-compile", name], check=True, capture_output=True)
    return python


def run(python, code, folder):
    """Return the seconds a package takes and the mean CAR it finds."""
    words = [python, "-c", code, folder / "returns.csv", folder / "events.csv"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout.splitlines()[-1])


def against(package, ours, mean_car, folder):
    """Time a package and ours in turn, hold the mean CARs against each other, and print the rows."""
    code, options, means, reach, repeats = PEERS[package]
    note = f"{means}; theirs {options}; {OURS}"
    python, turns = environment(package, folder), []
    for _ in range(repeats):
        seconds, mean = run(python, code, folder)
        if means == SAME:
            np.testing.assert_allclose(mean, mean_car, rtol=1e-9)
        turns.append([seconds, *in_turn(*ours.values(), repeats=5)])
    seconds, *ours_least = np.min(turns, axis=0).tolist()
    for side, least in zip(ours, ours_least, strict=True):
        job = f"{package}: 50 events × 30 series, {side}"
        if side == WHOLE and reach > 1:  # they make CARs and their errors alone
            say(job, least, seconds, "-", ok=True, ratio=seconds / least, note=note)
        else:
            faster(job, least, seconds, max(reach, 100) if side == "engine" else reach, note)


def main():
    """Time ours against every peer; one that fails says why and leaves the others their rows."""
    y, x, usable = market(30)
    positions = np.unique(pairs(60, 1)[0])[:50]
    rows, columns = np.repeat(positions, 30), np.tile(np.arange(30), len(positions))
    with tempfile.TemporaryDirectory() as name:
        returns, days = files(Path(name), y, x, positions)
        events = pd.DataFrame({"time": days.strftime("%Y-%m-%d"), "stance": "raise"})
        choices = {"model": "market-model", "market": "market", "estimation": "-260:-11", "windows": ["-10:10"]}

        def study(**more):
            return es.EventStudy(events, returns=returns, **choices, **more)

        ours = {
            "engine": lambda: sparse(y, x, usable, rows, columns),
            "the public study's CARs, default options": lambda: study().cars(),
            WHOLE: lambda: study().fit().tests,
        }
        mean_car = sparse(y, x, usable, rows, columns)[0].mean()
        np.testing.assert_allclose(study(clean="none").cars().car.mean(), mean_car, rtol=1e-9)
        failed = []
        for package in PEERS:
            try:
                against(package, ours, mean_car, Path(name))
            except (AssertionError, RuntimeError, subprocess.CalledProcessError) as error:
                failed.append(f"{package}: {' '.join(str(error).split())}")
        sys.exit("; ".join(failed) or None)


if __name__ == "__main__":
    main()
