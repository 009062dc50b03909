"""What other packages from PyPI do with hard cases, beside ours: the table of ``docs/comparison.md``.

``python benchmarks/comparison.py`` makes an environment a package and prints the table. Each package gets the same
returns (market model, 250 sessions of estimation, the event session alone) and answers four questions:

weekend : ten events, one of them on a Saturday that is followed by a move of 8 %; how many count, what is their mean?
early : ten events, one of them before the figures begin; how many count?
missing : one return of 250 in the estimation window is missing; is there a mean?
size : thirty series that move together (correlation 0.5) meet one event without effect, 200 times over; how often is
    the p of their mean at or below 5 %?
"""

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from peers import environment

import eventstudy as es

WORLDS, SESSIONS, AT = 200, 300, 280
#: Our own tests of the same mean; the first three take CARs for independent.
TESTS = ["cross_section_t", "patell_z", "bmp_t", "adjusted_patell_z", "adjusted_bmp_t"]
PROBE = """
import io, json, sys, warnings
from contextlib import redirect_stdout
import numpy as np, pandas as pd
warnings.simplefilter("ignore")
given = json.load(open(sys.argv[1]))
{mean}
def answer(case):
    frame = pd.DataFrame(case["returns"], index=pd.to_datetime(case["sessions"]))
    frame = frame.astype(float)
    try:
        with redirect_stdout(io.StringIO()):
            return mean(frame, pd.to_datetime(case["events"]))
    except BaseException as error:
        return type(error).__name__
found = {{name: answer(case) for name, case in given["cases"].items()}}
rates = [answer(case)[2] for case in given["worlds"]]
print(json.dumps([found, float(np.mean(np.array(rates) <= 0.05))], default=float))
"""
OTHERS = {
    "eventstudy": """
from eventstudy import Multiple, Single
def mean(frame, events):
    Single._save_parameter("returns", {"date": frame.index.to_numpy(), **{c: frame[c].to_numpy() for c in frame}})
    pairs = [{"event_date": np.datetime64(day), "security_ticker": c, "market_ticker": "market"}
             for day in events for c in frame.columns.drop("market")]
    found = Multiple.from_list(pairs, Single.market_model, event_window=(0, 0), estimation_size=250, buffer_size=0)
    return len(found.CAR), found.CAAR[-1], found.pvalue[-1]
""",
    "event-study-toolkit": """
from scipy.stats import t as student
from event_study_toolkit.eventstudy import eventstudy
def mean(frame, events):
    names = frame.columns.drop("market")
    data = frame[names].stack(future_stack=True).rename("ret_dlst_adj").rename_axis(["date", "permno"]).reset_index()
    data["vwretd"] = data["date"].map(frame["market"])
    numbers = {name: k for k, name in enumerate(names)}
    rows = [data.assign(permno=data["permno"].map(numbers) + 1000 * k) for k in range(len(events))]
    pairs = [(numbers[name] + 1000 * k, day, 1) for k, day in enumerate(events) for name in names]
    pairs = pd.DataFrame(pairs, columns=["permno", "EVT_DATE", "group"])
    study = eventstudy(estperiod=250, gap=0, start=0, end=0, data=pd.concat(rows), events=pairs, groups=["group"])
    cars = study.getCARS("market")
    z = float(study.getFullSampleTestStatistic("market")["scar_t"].iloc[0])
    return len(cars), cars["car"].mean(), 2 * student.sf(abs(z), max(len(cars) - 1, 1))
""",
}


def sessions():
    """Return sessions of New York: one of the packages matches by its calendar."""
    import exchange_calendars

    return exchange_calendars.get_calendar("XNYS", start="2015-01-02").sessions[:SESSIONS]


def world(seed, n_series, correlation):
    """Return returns (T, n) of series with a common part beyond the market's, and the market's."""
    rng = np.random.default_rng(seed)
    common, market = rng.normal(0, 0.01, (2, SESSIONS))
    own = rng.normal(0, 0.01, (SESSIONS, n_series))
    y = np.sqrt(correlation) * common[:, None] + np.sqrt(1 - correlation) * own + market[:, None]
    return pd.DataFrame(y, index=sessions(), columns=[f"s{k}" for k in range(n_series)]).assign(market=market)


def cases():
    """Return the three cases, by name (returns, dates of events)."""
    frame = world(1, 1, 0.0)
    days = frame.index
    monday = int(np.flatnonzero(days.day_of_week == 0)[-3])
    moved = frame.copy()
    moved.loc[days[monday], "s0"] += 0.08
    plain = list(days[AT : AT + 20 : 2][:9])
    plain = [day for day in plain if day != days[monday]]
    missing = frame.copy()
    missing.loc[days[100], "s0"] = np.nan
    return {
        "weekend": (moved, [*plain, days[monday] - pd.Timedelta(days=2)]),
        "early": (frame, [*plain, pd.Timestamp("2010-03-03")]),
        "missing": (missing, [days[AT]]),
    }


def ours(frame, events):
    """Return the number of market events, their mean, its placebo p, and the p of each of `TESTS`."""
    names = list(frame.columns.drop("market"))
    study = es.EventStudy(
        [str(day.date()) for day in events], returns=frame, series=names, returns_kind="simple", model="market-model",
        market="market", estimation="-250:-1", windows=["0:0"], clean="none", tests=TESTS,
    )  # fmt: skip
    result, name = study.fit(), "*" if len(names) > 1 else names[0]
    row = result.average.set_index("series").loc[name]
    tests = result.tests[result.tests["series"] == name].set_index("test")["p_value"]
    return int(row["n"]), float(row["caar"]), float(row["p_value"]), tests.to_dict()


def as_json(case):
    """Return a case as plain values."""
    frame, events = case
    returns = {name: [None if np.isnan(x) else x for x in frame[name]] for name in frame}
    return {"returns": returns, "sessions": [str(d) for d in frame.index], "events": [str(d) for d in events]}


def main():
    """Print a row a package."""
    worlds = [(world(seed, 30, 0.5), [sessions()[AT]]) for seed in range(100, 100 + WORLDS)]
    given = {"cases": {name: as_json(case) for name, case in cases().items()}, "worlds": [*map(as_json, worlds)]}
    *_, p, tests = zip(*(ours(*one) for one in worlds), strict=True)
    rows = {"raise-or-fold": ({name: ours(*case)[:3] for name, case in cases().items()}, np.mean(np.array(p) <= 0.05))}
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "given.json"
        file.write_text(json.dumps(given), encoding="utf-8")
        for package, mean in OTHERS.items():
            words = [environment(package, Path(name)), "-c", PROBE.format(mean=mean), file]
            done = subprocess.run(words, capture_output=True, text=True, check=True)
            rows[package] = json.loads(done.stdout.splitlines()[-1])
    for package, (found, rate) in rows.items():
        print(package, found, f"{rate:.1%}")
    print("our own tests", pd.DataFrame(tests).le(0.05).mean().to_dict())


if __name__ == "__main__":
    main()
