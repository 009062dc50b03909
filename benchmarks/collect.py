"""Run every benchmark and write RESULTS.md: versions, cores, and a row for each figure.

    python benchmarks/collect.py [NAME ...]

With names only those are run, and shown; nothing is written.
"""

import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SCRIPTS = (
    *("default", "many_studies", "commands", "startup", "growth", "small", "medium", "large", "ar_matrix", "placebo"),
    *("factors", "accuracy", "peers", "end_to_end", "threads", "public", "gdelt"),
)
COLUMNS = ("job", "ours", "other side", "ratio", "floor", "to reach", "")


def run(name: str) -> tuple[list[dict[str, Any]], str]:
    """Run one script, show what it prints, and return its rows and, where it failed, why."""
    print(f"== {name}", time.strftime("%H:%M:%S"), flush=True)
    words = [sys.executable, str(HERE / f"{name}.py")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=HERE)
    lines = done.stdout.splitlines()
    print("\n".join(line for line in lines if not line.startswith("ROW ")), done.stderr[-2000:], flush=True)
    rows = [json.loads(line.removeprefix("ROW ")) for line in lines if line.startswith("ROW ")]
    return rows, (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1] if done.returncode else ""


def figure(value: float | None) -> str:
    """Write three digits of a number, and nothing where there is none."""
    return "" if value is None else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(rows: list[dict[str, Any]]) -> str:
    """Write the rows as Markdown."""
    lines = [COLUMNS, ("---",) * len(COLUMNS)]
    for row in rows:
        reached = "no ratio asked" if row["reach"] == "-" else "reached" if row["ok"] else "**not reached**"
        note = f"; {row['note']}" if row["note"] else ""
        figures = (figure(row[name]) for name in ("us", "them", "ratio"))
        lines.append((row["job"], *figures, row["floor"], row["reach"], reached + note))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    begun, wanted = time.time(), sys.argv[1:]
    found = {name: run(name) for name in wanted or SCRIPTS}
    rows = table([row for of_script, _ in found.values() for row in of_script])
    missing = "failed, and its rows are missing, or not all there"
    failed = [f"- **{name}.py {missing}**: {why}" for name, (_, why) in found.items() if why]
    if wanted:
        print(rows, *failed, sep="\n")
        sys.exit(bool(failed))
    versions = ", ".join(f"{of} {version(of)}" for of in ("raise-or-fold", "numpy", "scipy", "pandas", "statsmodels"))
    head = (
        f"One run of `make bench` on {time.strftime('%Y-%m-%d')}, {(time.time() - begun) / 60:.0f} minutes. "
        f"Python {platform.python_version()}, {versions}; {os.cpu_count()} cores.\n"
        "Processor seconds of both sides where the row names no other unit, each the least of runs that take turns.\n"
        "The floor is the least that the job could take, in the unit of what is to be reached: of the other side's\n"
        "time (x), or in seconds of the machine on which it was set."
    )
    chart = "![time and memory by events, series, sessions and draws](../docs/images/growth.png)"
    notes = (HERE / "notes.md").read_text()
    (HERE / "RESULTS.md").write_text("\n\n".join(["# Benchmarks", head, rows, *failed, chart, notes]))
    sys.exit(bool(failed))
