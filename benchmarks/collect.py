"""Run every benchmark and write RESULTS.md: versions, cores, and a row for each ratio.

    python benchmarks/collect.py [NAME ...]

With names only those are run anew; the other rows are kept.
"""

import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPTS = (
    *("default", "size", "commands", "small", "medium", "large", "ar_matrix", "placebo", "factors", "accuracy"),
    *("peers", "startup", "end_to_end", "threads", "public", "gdelt", "growth"),
)
RESULTS, KEPT, NOTES = HERE / "RESULTS.md", HERE / "results.json", HERE / "notes.md"


def run(name: str) -> list[dict[str, object]]:
    """Run one script, show what it prints, and return its rows."""
    print(f"== {name}", flush=True)
    path = HERE / f"{name}.py"
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False, cwd=HERE)
    lines = done.stdout.splitlines()
    print("\n".join(line for line in lines if not line.startswith("ROW ")), done.stderr[-2000:], flush=True)
    return [json.loads(line.removeprefix("ROW ")) for line in lines if line.startswith("ROW ")]


def versions() -> str:
    """Name the versions of what was measured."""
    found = [f"Python {platform.python_version()}"]
    for name in ("raise-or-fold", "numpy", "scipy", "pandas", "statsmodels"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def table(rows: list[dict[str, object]]) -> str:
    """Write the rows as Markdown."""
    lines = [
        "| job | ours, s | other side, s | ratio | to reach | | run |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        reached = "no ratio asked" if row["reach"] == "-" else "reached" if row["ok"] else "**not reached**"
        note = f"; {row['note']}" if row["note"] else ""
        us, them, ratio = (f"{float(str(row[name])):,.3g}" for name in ("us", "them", "ratio"))
        lines.append(
            f"| {row['job']} | {us} | {them} | {ratio} | {row['reach']} | {reached}{note} | {row.get('run', '')} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    wanted = sys.argv[1:] or SCRIPTS
    for name in wanted:
        if found := run(name):
            kept[name] = [row | {"run": time.strftime("%Y-%m-%d")} for row in found]
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    rows = [row for name in SCRIPTS for row in kept.get(name, [])]
    head = (
        f"Made by `make bench`. {versions()}; {os.cpu_count()} cores. Processor seconds of both sides, the least of\n"
        "runs that take turns. Rows without a date are of the first edition: seconds on the wall, not run since.\n"
    )
    chart = "![time and memory by events, series, sessions and draws](../docs/images/growth.png)"
    RESULTS.write_text(f"# Benchmarks\n\n{head}\n{table(rows)}\n\n{chart}\n\n{NOTES.read_text()}")
