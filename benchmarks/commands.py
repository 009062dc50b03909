"""Commands as users run them, each in a new process from bytecode, against importing the libraries they stand on."""

import tempfile
import time
from pathlib import Path

from measure import in_turn, within
from startup import interpreter

PANDAS, DRAWING = "import pandas", "import pandas, matplotlib.pyplot"

#: Words of each command, what it is held against, and how many times that it may take.
COMMANDS = {
    "run --series ruble,imoex": (PANDAS, 1.6),
    "match": (PANDAS, 1.3),
    "ask imoex --after raise --hold 1,3,5,10": (PANDAS, 1.3),
    "series list": (PANDAS, 0.5),
    "chart timeline --out timeline.svg": (DRAWING, 0.8),
    "demo --out demo": (PANDAS, 6),
    "report --out report": (PANDAS, 7),
}
#: Those that let a second process draw: the user waits less than the processor works.
IN_TWO = ("demo", "report")


def words(command, folder):
    """Return the words of a command on the bundled case, its outputs in a folder."""
    given = [] if command.split()[0] in {"series", "demo"} else ["--case", "raise-or-fold-2022"]
    *asked, last = command.split()
    return ["-m", "eventstudy.cli", *asked, folder / last if asked[-1:] == ["--out"] else last, *given]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        python = interpreter(Path(name) / "compiled")
        for command, (other, reach) in COMMANDS.items():
            sides = (
                lambda command=command: python(*words(command, Path(name))),
                lambda other=other: python("-c", other),
            )
            job = f"eventstudy {command.split(' --out')[0]}, against {other}"
            us, them = in_turn(*sides, repeats=3)
            within(job, us, them, reach)
            if command.split()[0] in IN_TWO:
                us, them = in_turn(*sides, repeats=3, clock=time.perf_counter)
                within(f"{job}, on the wall", us, them, reach, "two processes, where there are two cores")
