"""What prices took every bundled event for, scored beside base lines: docs/readings.md and its pictures.

Run: ``python benchmarks/readings.py [--out docs]``. Each event is read by what was known before it.
"""

from __future__ import annotations

import argparse
import re
from io import BytesIO
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image  # it comes with matplotlib

import eventstudy as es
from eventstudy.charts import LIGHT, to_bytes
from eventstudy.charts.layout import frame
from eventstudy.charts.style import drawing
from eventstudy.reading import (
    FALSE_STANCE,
    HEADLINE,
    READINGS,
    RUBLE,
    UNSURE,
    Reactions,
    learn,
    reactions,
    read_all,
    scores,
    signs,
    surprises,
    unmoved,
)
from eventstudy.wording import quantity

#: Where classes of probabilities meet, and standard errors to either side that hold 90 % of a normal law.
_EDGES, _BAND = (0.2, 0.4, 0.5, 0.6, 0.7, 0.8), 1.645

WORLDS = SimpleNamespace(**run_path(str(Path(__file__).parents[1] / "tests" / "reference" / "worlds.py")))

#: The days that are listed one by one.
_DAYS = ("2014-03-18", "2022-01-26", "2022-01-27", "2022-01-28", "2022-02-21", "2022-02-22", "2022-02-24", "2022-02-25",
         "2025-02-12", "2025-02-13")  # fmt: skip

_HEAD = """# Raise or fold, as prices read it

Written by `python benchmarks/readings.py`. `eventstudy read EVENT_ID` and `eventstudy read --date 2022-01-27` say what
prices took one event for, `read --all` reads them all and scores the readings, `surprises` lists days without news on
file that were out of the ordinary, `surprises --unmoved` the events that moved nothing; `es.read_event` is the same in
Python, and `--format json` has all of it.

Every bundled event with a reaction is read by what was known before it: by {series}, over 0:0 and 0:1. A stance is read
only where earlier readings of such odds were right four times in five, and at most one ordinary day in twenty would
have been read as one; else prices "can't tell". Prior: one half that prices took no notice, the other half as earlier
raises and folds were shared out.

The data are treated as `run` treats them: estimation leaves out the sessions of events (`--clean 0:1`). Of {of_all}
events {n} are read so. The others have no reaction: where news is so dense that fewer than 60 of 120 sessions before an
event are without it, none can be measured. So it is from May 2025 to August 2026, but for a few days of February. With
`--clean none` normal returns are estimated over these sessions too, and {n_kept} are read.

Of {n} events {raises} were taken for a raise, {folds} for a fold, {nothing} for nothing; after {unsure} prices can't
tell.

## Why none is taken for nothing

Of all earlier raises and folds {calm:.0%} moved these markets no more than an ordinary day moves them. So calm is no
evidence that an event was none to the markets: after no move at all in any of them the probability of nothing is
{most:.2f} by all of the record, and 0.80 is asked. It is no fault of the threshold: in a simulated world whose events
move twenty markets by three volatilities, most ordinary days are read as nothing and hardly an event is (a test). What
can be said of calm events is how large a move would have been noticed: see *Events that moved nothing*."""

_SCORES = """## Beside base lines

By what was known before each event:

{table}

With each episode left out, by all other cases, earlier or later:

{left_out}

Log score and Brier score of raise against fold: higher and lower is better. Read: events for which a stance is read.
Right: of these. Right among the others: had the likelier stance been given where prices "can't tell". The readings are
{ahead:+.4f} from the base rate in log score, {ahead_left_out:+.4f} with episodes left out. A rule that says only which
way (the sign of the ruble) is given odds of three to one.

Of single cases, log scores of the same readings by what was known before each, and which base lines do as well or
better. `read --all --case NAME` learns from that case alone and names them too; of `raise-or-fold-2022` alone both the
base rate and the sign of the ruble do:

{by_case}

![reliability](images/reliability.png)"""

_WORLDS = """## Simulated worlds

Raises move six correlated markets with t tails along one direction, folds against it, by so many times their volatility
(size); sixty events in four episodes, {n_worlds} worlds each. Ahead: log score of the readings less that of the base
rate. False: stances read on ordinary days, {false:.0%} and no more as stated, but for chance.

{worlds}

Calibration within the Monte-Carlo band, for 5 to 40 past events, 3 and 20 markets, signs the same or opposite in two
phases, is tested in `tests/test_reading.py`."""

_SURPRISES = """## Days without news on file that were out of the ordinary

The largest move of any market, each in units of its own spread, is held against that of all days without news (the
family placebo). Beyond the farthest fiftieth of these days ranks can say no more: as many lie beyond any bound as the
bound expects. There the tail goes on as a generalised Pareto law that the days between the 90th and the 98th percentile
make likely. At a false-discovery rate of 0.1 {n_found}. The least ordinary:

{surprises}

No known cause is an answer, and so is that no day is out of the ordinary: markets, the VIX above all, have such days.

How often finds at 0.1 are false, in simulated markets with a common factor, t tails and GARCH ({n_runs} worlds of 1,500
sessions; ± is a standard error):

{fdr}

## Events that moved nothing

Of {n_events} events {n_moved} moved a market further than all but one ordinary day in twenty; by chance alone it would
be about {n_chance:.0f}. The {n_unmoved} others moved no further than on ordinary days. Not moved is not
without effect: an effect smaller than *noticed* would look the same, and one as large is hidden by the move that the
day would have had anyway about every second time. The ten quietest:

{unmoved}"""

_RULES = {"sign": "sign of the ruble"}


def score_table(found: pd.DataFrame, ruble: Reactions) -> str:
    """Write the scores of readings beside base lines."""
    table = scores(found, signs(ruble, found["event_id"]))
    shares = {"stance read": "read", "right": "right", "right among the others": "right_unsure"}
    written = {
        "rule": table["rule"].replace(_RULES),
        "n": table["n"],
        **{head: table[name].map(lambda x: "" if np.isnan(x) else f"{x:.0%}") for head, name in shares.items()},
        "log score": table["log_score"].map("{:.4f}".format),
        "Brier": table["brier"].map("{:.4f}".format),
    }
    return rows(pd.DataFrame(written), list(written))


def case_table(found: pd.DataFrame, ruble: Reactions) -> str:
    """Write log scores by case, and which base lines do as well."""
    lines = []
    for case, of in found.groupby("case"):
        table = scores(of, signs(ruble, of["event_id"])).set_index("rule")["log_score"].round(3)
        better = [_RULES.get(rule, rule) for rule in table.index[1:] if table[rule] >= table["reading"]]
        n = int(of["stance"].isin(READINGS[:2]).sum())
        lines.append((case, n, *table.map("{:.3f}".format), ", ".join(better) or "none"))
    heads = ["case", "n", "reading", "base rate", "always nothing", "sign of the ruble", "as good or better"]
    return rows(pd.DataFrame(lines), heads)


def reading_worlds(n_worlds: int) -> str:
    """Write how readings do in worlds with known truth, forwards and with episodes left out."""
    lines, rng = [], np.random.default_rng(0)
    for size in (0.0, 0.5, 1.0, 2.0):
        worlds = [reading_world(rng, size, 60) for _ in range(n_worlds)]
        forwards = pd.concat([read_all(of) for of in worlds])
        left_out = pd.concat([read_all(of, by_episode=True) for of in worlds])
        n = forwards["n_raise"] + forwards["n_fold"]
        parts = {f"{low} to {low_next - 1} before": forwards[(n >= low) & (n < low_next)]
                 for low, low_next in ((0, 10), (10, 20), (20, 40), (40, 60))}  # fmt: skip
        false = np.mean([WORLDS.false_stances(learn(of), of) for of in worlds])
        for way, found in {**parts, "other episodes": left_out}.items():
            table = scores(found.reset_index(drop=True)).set_index("rule")
            ours, base = table.loc["reading"], table.loc["base rate"]
            right = "" if np.isnan(ours["right"]) else f"{ours['right']:.0%}"
            ahead = f"{ours['log_score'] - base['log_score']:+.3f}"
            lines.append((size, way, len(found), f"{ours['read']:.0%}", right, ahead, f"{false:.1%}"))
    heads = ["size", "learned from", "n", "stance read", "right", "ahead", "false"]
    return rows(pd.DataFrame(lines), heads)


def reading_world(rng: np.random.Generator, size: float, n_events: int) -> Reactions:
    """Return reactions of six correlated markets with t tails, raises along a direction and folds against it."""
    d, n_days, tails = 6, 1500, 6.0

    def draw(n: int) -> np.ndarray:
        normal = np.sqrt(0.4) * rng.standard_normal((n, 1)) + np.sqrt(0.6) * rng.standard_normal((n, d))
        return normal / np.sqrt(rng.chisquare(tails, (n, 1)) / tails)

    days = np.datetime64("2010-01-04") + np.arange(n_days)
    at = np.sort(rng.choice(np.arange(300, n_days), n_events, False))
    truth, without = rng.choice(["raise", "fold"], n_events), np.delete(np.arange(n_days), at)
    z = draw(n_events) + size * np.where(truth == "raise", 1.0, -1.0)[:, None] * rng.choice([-1.0, 1.0], d)
    events = pd.DataFrame({"event_id": [f"e{k}" for k in range(n_events)], "headline": "", "phase": "",
                           "case": np.sort(np.resize(list("abcd"), n_events)), "stance": truth, "day": days[at],
                           "known": days[at] + np.timedelta64(1, "D")})  # fmt: skip
    names, units = tuple((f"m{k}", "0:0") for k in range(d)), ("simple return",) * d
    return Reactions(names, events, z, 0.01 * z, np.ones(z.shape, bool), days[without], draw(len(without)), units)


def shock_worlds(n_runs: int) -> str:
    """Write how often surprises at a false-discovery rate of 0.1 are false."""
    lines = []
    worlds = {
        "no shock, four markets": {},
        "no shock, tails of a t(3)": {"tails": 3.0},
        "no shock, twelve markets": {"n_markets": 12},
        "3 shocks of 12 volatilities": {"n_shocks": 3, "size": 12.0},
        "3 shocks of 20": {"n_shocks": 3},
        "12 shocks of 12": {"n_shocks": 12, "size": 12.0},
        "12 shocks of 20": {"n_shocks": 12},
    }
    for k, (name, kinds) in enumerate(worlds.items()):
        rng, false, n_found, n_there = np.random.default_rng(k), [], 0, 0
        for _ in range(n_runs):
            events, prices, shocks = WORLDS.shock_world(rng, **kinds)
            found = surprises(reactions(es.EventStudy(events, prices, windows=["0:0"])), 0.1)
            real = found["day"].isin(shocks)
            false.append((~real).mean() if len(found) else 0.0)
            n_found, n_there = n_found + int(real.sum()), n_there + len(shocks)
        rate = f"{np.mean(false):.3f} ± {np.std(false) / np.sqrt(n_runs):.3f}"
        lines.append((name, rate, f"{n_found / n_there:.0%}" if n_there else ""))
    return rows(pd.DataFrame(lines), ["world", "false among finds", "shocks found"])


def rows(frame: pd.DataFrame, heads: list[str]) -> str:
    """Write a frame as a Markdown table."""
    lines = ["| " + " | ".join(heads) + " |", "| --- " * len(heads) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in frame.itertuples(index=False))])


def reliability(found: pd.DataFrame) -> Figure:
    """Draw how often events were raises against the probability that prices gave it, in classes of probabilities."""
    of = found[found["stance"].isin(READINGS[:2])]
    each = pd.DataFrame({"at": of["raise"] / (of["raise"] + of["fold"]), "share": of["stance"] == "raise", "n": 1})
    classes = each.groupby(np.digitize(each["at"], _EDGES)).agg({"at": "mean", "share": "mean", "n": "sum"})
    half = _BAND * np.sqrt(classes["at"] * (1 - classes["at"]) / classes["n"])
    low, high = (classes["at"] - half).clip(lower=0.0), (classes["at"] + half).clip(upper=1.0)
    kept = int(classes["share"].between(low, high).sum())
    (panel,) = frame(
        None, (58.0, 16.0, 26.0, 44.0), (520.0, 470.0), {},
        title=f"Odds held in {kept} of {len(classes)} classes of {len(of)} raises and folds",
        subtitle="Share of raises among events given such odds, with their number",
        caption="Bar: where 90 % of such shares lie if the odds are right. Each event by what was known before it.",
        footnote=("Source: the frame of readings as supplied.",),
    )  # fmt: skip
    axes, look = panel.ax, LIGHT.look("*").mark
    axes.set(xlim=(0.0, 1.0), ylim=(0.0, 1.0), xlabel="probability of a raise, given a raise or a fold",
             ylabel="share of raises")  # fmt: skip
    axes.plot([0, 1], [0, 1], color=LIGHT.muted, linewidth=0.8, zorder=2)
    axes.vlines(classes["at"], low, high, color=LIGHT.band, linewidth=7, zorder=1)
    axes.plot(classes["at"], classes["share"], markersize=6, linestyle="none", zorder=4, clip_on=False, **look)
    for row in classes.itertuples():
        axes.annotate(f"{row.n}", (row.at, row.share), (7, 0), textcoords="offset points", va="center", **LIGHT.quiet)
    return axes.figure


def readings_table(found: pd.DataFrame) -> str:
    """Write readings, one a row."""
    columns = {
        "event": found["event_id"],
        "session": found["day"].astype(str),
        "coded": found["stance"],
        **{name: found[name].map("{:.2f}".format) for name in READINGS},
        "prices": found["says"],
    }
    return rows(pd.DataFrame(columns), list(columns))


def main() -> None:
    """Write the page and its pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs"))
    out = parser.parse_args().out
    case = es.load_case("all")
    given = {"instruments": case.instruments, "series": list(HEADLINE)}
    of = reactions(es.EventStudy(case.events, case.prices, windows=["0:0", "0:1"], **given))
    one = reactions(es.EventStudy(case.events, case.prices, windows=["0:0"], **given))
    kept = reactions(es.EventStudy(case.events, case.prices, windows=["0:0", "0:1"], clean="none", **given))
    given["series"] = list(RUBLE)
    ruble = reactions(es.EventStudy(case.events, case.prices, windows=["0:0"], **given))
    found, left_out, reader = read_all(of), read_all(of, by_episode=True), learn(of)
    sums = reader.sums(reader.case[:1], reader.day[:1])
    calm_p = reader.read(np.zeros((1, len(of.names))), sums)[0][0, 2]  # no reading can be surer of nothing
    better = [scores(readings).set_index("rule")["log_score"] for readings in (found, left_out)]
    said, shocks, calm = found["says"].value_counts(), surprises(one, 0.99), unmoved(one)
    n_found = int((shocks["q_value"] <= 0.1).sum())
    listed = pd.DataFrame({
        "session": shocks["day"].astype(str), "p": shocks["p_value"].map("{:.1e}".format),
        "q": shocks["q_value"].map("{:.2f}".format), "moved most": shocks["largest"],
        "z": shocks["z"].map("{:+.1f}".format), "read as": shocks["says"],
    })  # fmt: skip
    quiet = pd.DataFrame({
        "event": calm["event_id"], "session": calm["day"].astype(str), "coded": calm["stance"],
        "p": calm["p_value"].map("{:.2f}".format), "moved most": calm["largest"],
        **{name: [quantity(x, unit, 2) for x, unit in zip(calm[of_it], calm["unit"], strict=True)]
           for name, of_it in (("move", "car"), ("noticed", "noticed"))},
    })  # fmt: skip
    counts = {name: int(said.get(word, 0)) for name, word in
              (("raises", "raise"), ("folds", "fold"), ("nothing", "nothing"), ("unsure", UNSURE))}  # fmt: skip
    some = found[found["day"].astype(str).isin(_DAYS)]
    parts = [
        _HEAD.format(
            series=", ".join(HEADLINE), n=len(found), of_all=len(case.events), n_kept=len(read_all(kept)),
            calm=reader.weights[0], most=calm_p,
            **counts,
        ),
        _SCORES.format(
            table=score_table(found, ruble), left_out=score_table(left_out, ruble), by_case=case_table(found, ruble),
            **{name: of_way["reading"] - of_way["base rate"]
               for name, of_way in zip(("ahead", "ahead_left_out"), better, strict=True)},
        ),
        _WORLDS.format(worlds=reading_worlds(8), n_worlds=8, false=FALSE_STANCE),
        "## Text against price",
        "![readings](images/readings.png)",
        "![readings of some days](images/readings-days.png)",
        readings_table(some),
        _SURPRISES.format(
            n_found=f"{n_found or 'none'} of {len(one.days):,} days {'are' if n_found > 1 else 'is'} found",
            surprises=rows(listed.head(5), list(listed)), fdr=shock_worlds(100), n_runs=100,
            n_events=len(one.events), n_moved=len(one.events) - len(calm), n_chance=0.05 * len(one.events),
            n_unmoved=len(calm), unmoved=rows(quiet.head(10), list(quiet)),
        ),
        "## Every event",
        readings_table(found),
    ]  # fmt: skip
    page = re.sub(r"(?<=\d)%", " %", re.sub(r"(?<![\w-])-(?=\d)", "−", "\n\n".join(parts)))
    (out / "readings.md").write_text(page + "\n", encoding="utf-8")
    with drawing(LIGHT):
        odds = reliability(found)
    for name, chart in (
        ("readings", es.charts.readings(found)), ("readings-days", es.charts.readings(some)), ("reliability", odds)
    ):  # fmt: skip
        picture = Image.open(BytesIO(to_bytes(chart, "png")))
        small = picture.convert("RGB").resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)
        few = small.quantize(64, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(out / "images" / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
