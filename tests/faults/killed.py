"""Writers that are killed at random moments: ``python killed.py HOME TIMES KIND...`` prints what each left, as JSON.

One process imports everything and forks a writer a round, so that a hundred kills take seconds, not minutes.
"""

import contextlib
import io
import json
import os
import random
import signal
import sys
import time
from datetime import date
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.cli.main import main
from eventstudy.files import finish_writing, write_files
from eventstudy.markets.fetch import Entry, Key, Store
from eventstudy.study import folder_files, read_folder

DAYS = pd.bdate_range("2021-01-04", periods=200)
PRICES = pd.DataFrame({"mine": 100 * np.exp(np.random.default_rng(3).normal(0, 0.01, 200).cumsum())}, index=DAYS)
ROWS = [{"time": f"{DAYS[k]:%Y-%m-%d}", "stance": "raise", "headline": f"event {k}"} for k in range(140, 190, 5)]
ATLAS = ["atlas", "--case", "raise-or-fold-2022", "--series", "ruble", "--actor"]
KEY = Key("yahoo", "mine", "MINE")


def command(*words):
    """Run the command in silence."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.suppress(SystemExit),
    ):
        main(list(map(str, words)))


class Folder:
    """A result folder, written over and over by one study or another."""

    def __init__(self, home):
        self.home = home / "r"
        self.results = [es.EventStudy(pd.DataFrame(ROWS[:n]), PRICES, windows=["0:1"], tests=[]).fit() for n in (4, 8)]
        self.contents = [folder_files(result) for result in self.results]

    def write(self, version):
        """Write one of the two versions."""
        write_files(self.home, self.contents[version])

    def read(self):
        """Return which version is there."""
        found = read_folder(self.home)
        return [found.average.equals(result.average) for result in self.results].index(True)


class Cached:
    """A cached series."""

    def __init__(self, home):
        self.cache = Store(home / "cache")

    def write(self, version):
        """Write one of the two versions."""
        self.cache.update(
            KEY, lambda _: Entry(KEY, PRICES["mine"] * (1 + version), date(2021, 1, 4), date(2021, 10, 8))
        )

    def read(self):
        """Return which version is there."""
        found, notes = self.cache.read(KEY)
        assert not notes, notes
        return round(float(found.prices.iloc[0] / PRICES["mine"].iloc[0])) - 1


class Appended:
    """A file of proposed events, to which one more is added or not."""

    def __init__(self, home):
        self.path, self.more = home / "mine.csv", home / "more.csv"
        pd.DataFrame(ROWS[4:]).to_csv(self.more, index=False)

    def write(self, version):
        """Write one of the two versions."""
        if version == 0:
            write_files(self.path.parent, {self.path.name: pd.DataFrame(ROWS[:4]).to_csv(index=False).encode()})
        else:
            command("events", "import", self.more, "--append", self.path, "--format", "csv")

    def read(self):
        """Return which version is there."""
        return {4: 0, 10: 1}[len(es.read_events(self.path))]


class Pages:
    """Pages that a command writes, of one choice or another, into one folder."""

    def __init__(self, home, *versions):
        self.home, self.versions, self.wholes = home / "pages", versions, []
        for k, words in enumerate(versions):
            command(*words, "--out", home / f"whole{k}")
            self.wholes.append(self.files(home / f"whole{k}"))
        assert {*self.wholes[0]} & {*self.wholes[1]}
        assert not any(one.items() <= other.items() for one, other in permutations(self.wholes, 2))

    @staticmethod
    def files(folder):
        """Return the content of the files below a folder, hidden ones too."""
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def write(self, version):
        """Write one of the two choices."""
        command(*self.versions[version], "--out", self.home)

    def read(self):
        """Return which of them is there to the last byte; the other's own pages may stand beside it."""
        finish_writing(self.home)
        there = self.files(self.home)
        assert {*there} <= {name for whole in self.wholes for name in whole}
        assert all(content in [whole.get(name) for whole in self.wholes] for name, content in there.items())
        return [whole.items() <= there.items() for whole in self.wholes].index(True)


def reports(home):
    """Return the reports of two studies."""
    study = Folder(home)
    for version in (0, 1):
        write_files(home / f"r{version}", study.contents[version])
    return Pages(home, ("report", home / "r0"), ("report", home / "r1"))


def kinds(home):
    """Return what is written, by name."""
    return {
        "folder": lambda: Folder(home),
        "cache": lambda: Cached(home),
        "append": lambda: Appended(home),
        "report": lambda: reports(home),
        "atlas": lambda: Pages(home, [*ATLAS, "USA"], [*ATLAS, "RUS"]),
    }


def attack(kind, times, draw):
    """Kill a writer `times` times; return how often the old was there, the new, and neither."""
    kind.write(0)
    start = time.perf_counter()
    kind.write(1)
    taken, left = time.perf_counter() - start, {"old": 0, "new": 0, "refused": 0}
    for _ in range(times):
        version = (kind.read() + 1) % 2
        child = os.fork()
        if child == 0:
            kind.write(version)
            os._exit(0)
        time.sleep(draw.uniform(0, 2 * taken))
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        try:
            left["new" if kind.read() == version else "old"] += 1
        except es.InputError as error:  # files of two studies: said, and mended by the next run
            left["refused" if "run the study again" in str(error) else str(error)] += 1
        kind.write(0)  # the next run recovers, whatever was left
        assert kind.read() == 0
    kind.write(0)
    kind.read()
    return left


if __name__ == "__main__":
    HOME, TIMES, WANTED = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    FOUND = {}
    for name in WANTED:
        place = HOME / name
        place.mkdir()
        FOUND[name] = attack(kinds(place)[name](), TIMES, random.Random(name))  # noqa: S311  # no secret
    sys.stdout.write(json.dumps(FOUND))
