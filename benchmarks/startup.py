"""`eventstudy --help` against an interpreter that does nothing."""

import os
import subprocess
import sys
import tempfile

from measure import in_turn, say

HEAVY = ("numpy", "pandas", "scipy", "statsmodels", "matplotlib", "yfinance")
HELP = "import sys; sys.argv = ['eventstudy', '--help']; from eventstudy.cli.main import main; main()"
LOADED = f"""
import atexit, sys
atexit.register(lambda: print(*[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr))
{HELP}
"""


def interpreter(folder):
    """Return what runs a new interpreter to its end and returns what it wrote to stderr.

    All that it runs is compiled once, into `folder`, as an installed package is; a checkout would be compiled at every
    start where PYTHONDONTWRITEBYTECODE is set.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder)

    def run(*words):
        words = [sys.executable, *map(str, words)]
        return subprocess.run(words, check=True, capture_output=True, text=True, env=environment).stderr.strip()

    return run


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        python = interpreter(folder)
        # Ten at a time: the system counts in hundredths of a second, as long as half a start.
        many = in_turn(*(lambda of=of: [python("-c", of) for _ in range(10)] for of in (HELP, "pass")), repeats=4)
        us, them = (seconds / 10 for seconds in many)
        loaded = python("-c", LOADED)
    ok = us / them <= 9 and not loaded
    note = f"heavy libraries loaded: {loaded or 'none'}"
    job = "eventstudy --help against python -c pass"
    say(job, us, them, "≤ 9x its time", ok=ok, ratio=us / them, note=note, floor="8x (typer)")
