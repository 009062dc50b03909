"""How time and memory of a default study grow with events, series and sessions, and of its answers with their draws.

``python benchmarks/growth.py`` draws `docs/images/growth.png`. With EVENTS SERIES SESSIONS DRAWS it runs one point in
this process, as memory that was once taken stays in its peak; of DRAWS other than 0 the answers alone.
"""

import json
import resource
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
from default import inputs
from measure import say

import eventstudy as es
from eventstudy.study.answer import answers
from eventstudy.study.placebo import samples_of

#: What is held while one of them grows.
USUAL = {"events": 50, "series": 30, "sessions": 2520, "draws": 0}
GROWING = {
    "events": (25, 50, 100, 200, 400, 800),
    "series": (10, 20, 40, 80, 160, 320),
    "sessions": (630, 1260, 2520, 5040, 10_080),
    "draws": (999, 1_999, 3_999, 7_999, 15_999),
}
#: What is held at another value while one grows: more events than 400 in ten years would leave few that are not set
#: aside for each other.
HELD = {"events": {"sessions": 10_080}, "draws": {"series": 200}}


def alone(events, series, sessions, draws):
    """Return the processor seconds of one study, or of its answers alone, and the peak of the memory of each, MiB."""
    study = es.EventStudy(*inputs(events, series, sessions))
    if draws:
        [samples] = samples_of([study.estimated()[1]])
    begin = time.process_time()
    if draws:
        answers(samples, study.design, draws)
        seconds = time.process_time() - begin
        tracemalloc.start()  # the process has had more before, which would hide what the answers take
        answers(samples, study.design, draws)
        return seconds, tracemalloc.get_traced_memory()[1] / 2**20
    len(study.fit().tests)
    return time.process_time() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(name, values):
    """Return the figures of each value of what grows, each in a process of its own."""
    found = []
    for value in values:
        point = {**USUAL, **HELD.get(name, {}), name: value}
        words = [sys.executable, __file__, *map(str, point.values())]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
        found.append(json.loads(done.stdout.splitlines()[-1]))
        print(f"{name} {value:,}: {found[-1][0]:.2f} s, peak {found[-1][1]:,.0f} MiB", flush=True)
    return np.array(found).T


def slope(name, figures):
    """Return the slope over the last three points of what grows: 1 is in proportion."""
    return float(np.polyfit(np.log(GROWING[name][-3:]), np.log(figures[-3:]), 1)[0])


def draw(curves):
    """Draw the curves, each with its slope."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import NullLocator

    figure, all_axes = plt.subplots(2, 4, figsize=(11, 5.2), layout="constrained", sharey="row")
    for (name, (seconds, peaks)), column in zip(curves.items(), all_axes.T, strict=True):
        values = np.array(GROWING[name], dtype=float)
        for axes, figures, colour in zip(column, (seconds, peaks), ("#0065A8", "#C23B00"), strict=True):
            axes.loglog(values, figures, marker="o", color=colour)
            axes.set_title(f"{name}: slope {slope(name, figures):.2f}", fontsize=10, loc="left")
            axes.set_xticks(values, [f"{int(value):,}" for value in values], fontsize=7)
            axes.xaxis.set_minor_locator(NullLocator())
            axes.set_yscale("log", base=10 if colour == "#0065A8" else 2)
            axes.yaxis.set_major_formatter("{x:,g}")
            for side in ("top", "right"):
                axes.spines[side].set_visible(False)
            axes.grid(visible=True, axis="y", color="#E3E6EA", linewidth=0.6)
    for axes, label in zip(all_axes[:, 0], ("processor seconds", "peak of memory, MiB"), strict=True):
        axes.set_ylabel(label)
    figure.savefig(Path(__file__).parents[1] / "docs/images/growth.png", dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(alone(*map(int, sys.argv[1:]))))
        sys.exit()
    found = {name: measure(name, values) for name, values in GROWING.items()}
    draw(found)
    for job, name, column, most, unit in (
        ("fit() of 50 events with its tests made: slope in series", "series", 0, 1.05, "seconds"),
        ("answers of 50 events × 200 series: slope of the peak of memory in draws", "draws", 1, 0.05, "MiB"),
    ):
        figures, (first, *_, last) = found[name][column], GROWING[name][-3:]
        grown, note = slope(name, figures), f"columns: {unit} at {last:,} and at {first:,}"
        say(job, figures[-1], figures[-3], f"≤ {most:g}", ok=grown <= most, ratio=grown, note=note)
