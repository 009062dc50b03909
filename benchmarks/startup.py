"""`eventstudy --help` against an interpreter that does nothing."""

import subprocess
import sys

from measure import in_turn, say

HEAVY = ("numpy", "pandas", "scipy", "statsmodels", "matplotlib", "yfinance")
HELP = "import sys; sys.argv = ['eventstudy', '--help']; from eventstudy.cli.main import main; main()"
LOADED = f"""
import atexit, sys
atexit.register(lambda: print(*[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr))
{HELP}
"""


def python(code):
    """Run a line of Python in a new interpreter; return what it wrote to stderr."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stderr.strip()


if __name__ == "__main__":
    us, them = in_turn(lambda: python(HELP), lambda: python("pass"), repeats=15)
    loaded = python(LOADED)
    ok = us / them <= 15 and not loaded
    note = f"heavy libraries loaded: {loaded or 'none'}"
    say("eventstudy --help against python -c pass", us, them, "≤ 15x its time", ok=ok, ratio=us / them, note=note)
