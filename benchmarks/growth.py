"""How time and memory of a default study grow with events, series and sessions, and of a permutation with its draws.

``python benchmarks/growth.py`` draws `docs/images/growth.png`. With EVENTS SERIES SESSIONS DRAWS it runs one point in
this process, as memory that was once taken stays in its peak; of DRAWS other than 0 the permutation alone.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from default import inputs

import eventstudy as es
from eventstudy.inference import raise_fold_permutation

#: What is held while one of them grows.
USUAL = {"events": 50, "series": 30, "sessions": 2520, "draws": 0}
GROWING = {
    "events": (25, 50, 100, 200, 400, 800),
    "series": (10, 20, 40, 80, 160, 320),
    "sessions": (630, 1260, 2520, 5040, 10_080),
    "draws": (999, 2_999, 9_999, 29_999, 99_999),
}


def alone(events, series, sessions, draws):
    """Return the processor seconds of one study, or of one permutation, and the peak of memory in MiB."""
    given = inputs(events, series, sessions)
    z = np.random.default_rng(0).normal(size=(200, 30))
    labels, overlap = np.arange(200) % 2 == 0, np.eye(200)
    begin = time.process_time()
    if draws:
        raise_fold_permutation(z, labels, np.zeros(200), overlap, n_draws=draws)
    else:
        len(es.EventStudy(*given).fit().tests)
    return time.process_time() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(name, values):
    """Return the figures of each value of what grows, each in a process of its own."""
    found = []
    for value in values:
        # More events than 400 in ten years would leave few that are not set aside for each other.
        point = {**USUAL, **({"sessions": 10_080} if name == "events" else {}), name: value}
        words = [sys.executable, __file__, *map(str, point.values())]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
        found.append(json.loads(done.stdout.splitlines()[-1]))
        print(f"{name} {value:,}: {found[-1][0]:.2f} s, peak {found[-1][1]:,.0f} MiB", flush=True)
    return np.array(found).T


def draw(curves):
    """Draw the curves, each with its slope over the last three points: 1 is in proportion."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import NullLocator

    figure, all_axes = plt.subplots(2, 4, figsize=(11, 5.2), layout="constrained", sharey="row")
    for (name, (seconds, peaks)), column in zip(curves.items(), all_axes.T, strict=True):
        values = np.array(GROWING[name], dtype=float)
        for axes, figures, colour in zip(column, (seconds, peaks), ("#0065A8", "#C23B00"), strict=True):
            slope = np.polyfit(np.log(values[-3:]), np.log(figures[-3:]), 1)[0]
            axes.loglog(values, figures, marker="o", color=colour)
            axes.set_title(f"{name}: slope {slope:.2f}", fontsize=10, loc="left")
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
    draw({name: measure(name, values) for name, values in GROWING.items()})
