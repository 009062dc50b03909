"""Commands as users run them, each in a new process from bytecode, against importing the libraries they stand on."""

import tempfile
import time
from pathlib import Path

from measure import in_turn, processor, say, within
from startup import interpreter

PANDAS, DRAWING = "import pandas", "import pandas, matplotlib.pyplot"

#: Words of each command, what it is held against, how many times that it may take, and the least that it could.
COMMANDS = {
    "run --series ruble,imoex": (PANDAS, 1.6, "1.2x"),
    "match": (PANDAS, 1.3, ""),
    "ask imoex --after raise --hold 1,3,5,10": (PANDAS, 1.3, ""),
    "series list": (PANDAS, 0.5, ""),
    "chart timeline --out timeline.svg": (DRAWING, 0.8, "0.5x"),
    "demo --out demo": (PANDAS, 6, ""),
    "report --out report": (PANDAS, None, ""),
}
#: Those that let a second process draw: the user waits less than the processor works.
IN_TWO = ("demo", "report")
#: Seconds that a report may take.
REPORT = 5


def words(command, folder):
    """Return the words of a command on the bundled case, its outputs in a folder."""
    given = [] if command.split()[0] in {"series", "demo"} else ["--case", "raise-or-fold-2022"]
    *asked, last = command.split()
    return ["-m", "eventstudy.cli", *asked, folder / last if asked[-1:] == ["--out"] else last, *given]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        python = interpreter(Path(name) / "compiled")
        for command, (other, reach, floor) in COMMANDS.items():
            sides = (
                lambda command=command: python(*words(command, Path(name))),
                lambda other=other: python("-c", other),
            )
            job = f"eventstudy {command.split(' --out')[0]}, against {other}"
            clocks = {"": processor} | ({", on the wall": time.perf_counter} if command.split()[0] in IN_TWO else {})
            for named, clock in clocks.items():
                us, them = in_turn(*sides, repeats=3, clock=clock)
                if reach:
                    within(job + named, us, them, reach, floor=floor)
                else:
                    say(job + named, us, them, f"≤ {REPORT} s", ok=us <= REPORT, ratio=us / them)
