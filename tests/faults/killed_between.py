"""A writer of a result folder that dies between two files: ``python killed_between.py HOME STEP`` says what it left."""

import json
import os
import sys
from pathlib import Path

from killed import Folder

HOME, STEP = Path(sys.argv[1]), int(sys.argv[2])


def write_and_die(folder, n_moves):
    """Write the second version in a child that dies after so many files have been moved; return whether it did."""
    child = os.fork()
    if child == 0:
        left, move = [n_moves], Path.replace

        def moved(path, target):
            if not left[0]:
                os._exit(9)
            left[0] -= ".eventstudy-writing." not in str(target)
            return move(path, target)

        Path.replace = moved
        folder.write(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


folder = Folder(HOME)
found = {"moves": 0, "read": [], "written": [], "left": []}
folder.write(0)
while write_and_die(folder, found["moves"] + 1):
    found["read"].append(folder.read())
    folder.write(0)
    write_and_die(folder, found["moves"] + 1)
    folder.write(0)  # without a reader in between
    found["written"].append(folder.read())
    found["moves"] += STEP
folder.write(0)
found["left"] = [path.name for path in folder.home.rglob(".*")]
sys.stdout.write(json.dumps(found))
