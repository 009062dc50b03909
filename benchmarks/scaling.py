"""CAR and variance of N = 1e3 .. 1e7 pairs on 30 series, drawn beside the loop as `scaling.svg`."""

from pathlib import Path

import numpy as np
from measure import LOOPED, dense, in_turn, loop, market, pairs, sparse

if __name__ == "__main__":
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "scaling"
    from matplotlib import pyplot as plt

    table, sizes, seconds = market(30), [10**k for k in range(3, 8)], []
    y, x, _ = table
    some = [values[:LOOPED] for values in pairs(50, 30)]
    looped = in_turn(lambda: loop(y, x, *some))[0] / LOOPED
    for n in sizes:
        at = pairs(round(n / 30), 30)
        ways = (sparse, dense) if n <= 10_000 else (dense,)
        seconds.append(min(in_turn(*(lambda way=way, at=at: way(*table, *at) for way in ways), repeats=3)))
        print(f"{n:>10,} pairs: {seconds[-1]:.4f} s, {seconds[-1] / n * 1e9:,.0f} ns a pair, loop {looped * n:,.0f} s")
    figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
    axes.loglog(sizes, seconds, marker="o", color="#1f5a8a", label="engine")
    axes.loglog(sizes, looped * np.array(sizes), color="#9a9a9a", label="statsmodels loop, extrapolated")
    axes.set(
        xlabel="pairs of event and series", ylabel="seconds", title="CAR and its variance, 30 series", xlim=(700, 2e7)
    )
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(Path(__file__).with_name("scaling.svg"), metadata={"Date": None})
