"""GDELT: filtering synthetic event files against pandas, both sides in one run, each in a process of its own.

    python benchmarks/gdelt.py [--rows 2000000] [--runs 3]

Every row is a version 1 row of 58 columns, about 420 bytes; a tenth names Russia. Both sides find the rows of one pair
of countries, either way round. Seconds are the least of runs that take turns; CPU seconds are those of all processes of
a run together; peak is the largest resident set of any of them.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

COUNTRIES = (
    *("USA", "RUS", "UKR", "GBR", "DEU", "FRA", "CHN", "IRN", "ISR", "TUR"),
    *("IND", "PAK", "SYR", "AUS", "CAN", "NGA", "EGY", "POL", "", ""),
)
CODES = ("010", "036", "042", "043", "051", "084", "090", "100", "112", "120", "130", "150", "163", "173", "190")
PLACES = ("Moscow, Moskva, Russia", "Washington, District of Columbia, United States", "Kyiv, Kyyiv, Ukraine")

PLAIN, ONE, TWO = "pandas, usecols", "eventstudy, one process", "eventstudy, two processes"

#: MiB a process may take.
MOST_MEMORY = 32

OURS = """
import json, resource, sys, time
from eventstudy.events import Filters, read_gdelt
if __name__ == "__main__":
    begin = time.perf_counter()
    tally = read_gdelt(sys.argv[2:], Filters(pairs=["RUS:USA"]), workers=int(sys.argv[1]))
    seconds = time.perf_counter() - begin
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in used)
    print(json.dumps([seconds, cpu, max(one.ru_maxrss for one in used) / 1024, tally.used]))
"""

PANDAS = """
import json, resource, sys, time
import pandas as pd
begin = time.perf_counter()
columns = [1, 7, 17, 26, 28, 29, 30, 31, 33, 34, 51, 56, 57]
found = 0
for path in sys.argv[2:]:
    rows = pd.read_csv(path, sep="\\t", header=None, usecols=columns, dtype={7: str, 17: str, 26: str, 28: str})
    one, other = rows[7], rows[17]
    found += len(rows[((one == "RUS") & (other == "USA")) | ((one == "USA") & (other == "RUS"))])
seconds = time.perf_counter() - begin
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, found]))
"""


def synthetic_row(draw: random.Random, k: int, day: str) -> str:
    """Return one made-up row of version 1, its codes drawn at random."""
    one, other, act_code = draw.choice(COUNTRIES), draw.choice(COUNTRIES), draw.choice(CODES)
    mentions = str(draw.randint(1, 20))
    place = f"4\t{draw.choice(PLACES)}\tRS\tRS48\t55.7522\t37.6156\t-2960561"
    actors = [
        "\t".join((f"{country}GOV", f"NAME{k % 97}", country, "", "", "", "", "GOV", "", ""))
        for country in (one, other)
    ]
    score, quad = f"{draw.uniform(-10, 10):.1f}", str(1 + int(act_code) // 60)
    act = ("1", act_code, act_code, act_code[:2], quad, score, mentions, "1", mentions)
    url = f"http://www.site{draw.randint(0, 3000)}.com/world/2014/03/a-story-about-things-{k}.html"
    when = (str(300_000_000 + k), day, day[:6], day[:4], "2014.1616")
    return "\t".join((*when, *actors, *act, f"{draw.uniform(-10, 10):.6f}", place, place, place, day, url)) + "\n"


def write_rows(path: Path, n: int, seed: int) -> None:
    """Write a file of made-up rows over the 28 days of a month."""
    draw = random.Random(seed)  # noqa: S311  # made-up rows, no secret
    with path.open("w", encoding="utf-8") as file:
        file.writelines(synthetic_row(draw, k, f"201403{1 + 28 * k // n:02d}") for k in range(n))


def measure(code: str, *words: str) -> tuple[float, float, float, int]:
    """Return seconds, CPU seconds, the largest peak (MiB) and the rows found of a run of a script."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "side.py"
        script.write_text(code, encoding="utf-8")
        command = [sys.executable, str(script), *words]
        found = subprocess.run(command, check=True, capture_output=True, text=True)  # ours
    return tuple(json.loads(found.stdout))


def in_turn(n_rows: int, runs: int) -> dict[str, tuple[float, float, float, int]]:
    """Write the rows, run every side in turn; return the least seconds of each, its largest peak, the rows it found."""
    sides = {PLAIN: (PANDAS, "1"), ONE: (OURS, "1"), TWO: (OURS, "2")}
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{k}.export.CSV" for k in range(2)]
        for k, file in enumerate(files):
            write_rows(file, n_rows // 2, k)
        turns = [{name: measure(*side, *map(str, files)) for name, side in sides.items()} for _ in range(runs)]
    columns = {name: tuple(zip(*(turn[name] for turn in turns), strict=True)) for name in sides}
    return {name: (min(wall), min(cpu), max(peak), found[0]) for name, (wall, cpu, peak, found) in columns.items()}


def main() -> None:
    """Measure, print the table, and the rows that `collect.py` reads."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=2_000_000)
    options.add_argument("--runs", type=int, default=3)
    asked = options.parse_args()
    sides = in_turn(asked.rows, asked.runs)
    slow = sides[PLAIN][0]
    print(f"{'side':27} {'seconds':>8} {'ratio':>6} {'CPU s':>6} {'peak MiB':>9} {'found':>7}")
    for name, (seconds, cpu, peak, found) in sides.items():
        print(f"{name:27} {seconds:8.2f} {slow / seconds:6.1f} {cpu:6.2f} {peak:9.1f} {found:7,}")
    if len({side[3] for side in sides.values()}) > 1:
        sys.exit("the sides found different rows")
    from measure import faster, say  # after the runs: a process that loads numpy hands its peak down to its children

    job = f"GDELT: filter {asked.rows:,} rows"
    faster(f"{job}, one process", sides[ONE][0], slow, 1.5)
    faster(f"{job}, two processes", sides[TWO][0], slow, 3)
    peak, theirs = max(sides[ONE][2], sides[TWO][2]), sides[PLAIN][2]
    note = "columns: largest resident set of a process, MiB"
    say(f"{job}, peak", peak, theirs, "≤ 32 MiB", ok=peak <= MOST_MEMORY, ratio=theirs / peak, note=note)


if __name__ == "__main__":
    main()
