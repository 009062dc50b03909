"""Answers that R gave once: `tests/reference/battery.R` wrote them from the same returns, in base R."""

import csv
from pathlib import Path
from runpy import run_path

import numpy as np
import pytest

from eventstudy import Window
from eventstudy.inference import TESTS, sample_of_returns

REFERENCE = Path(__file__).parents[1] / "reference"


def rows(name):
    """Read a file beside the R script."""
    with (REFERENCE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


ANSWERS = {row["test"]: row for row in rows("battery-answers.csv")}

#: Tests of a mean that R has not answered, each with the reason; none of them goes into a release. Until then the plain
#: loops of `battery.py` are what holds it, which is asked below.
NOT_YET: dict[str, str] = {}
PLAIN = run_path(str(REFERENCE / "battery.py"))


@pytest.fixture(scope="module")
def sample():
    """The nine pairs of the R script."""
    by_pair = {}
    for row in rows("battery-returns.csv"):
        by_pair.setdefault(row["pair"], []).append(row)
    returns = np.array([[float(row["return"] or "nan") for row in pair] for pair in by_pair.values()])
    first = [pair[0] for pair in by_pair.values()]
    return sample_of_returns(
        returns[:, :-4],
        returns[:, -4:],
        window=Window(0, 1),
        span=Window(-1, 2),
        session=np.array([row["session"] for row in first], dtype="datetime64[D]"),
        series=np.array([row["series"] for row in first]),
        phase=np.array([row["phase"] for row in first]),
    )


def test_the_sample_has_what_makes_it_hard(sample):
    """The sample has missing returns, series that share a date, one that shares half a window, and three episodes."""
    assert len(sample) == 9
    assert len(set(sample.df.tolist())) > 1
    assert (sample.n_dates.item(), sample.n_series.item(), len(set(sample.phase.tolist()))) == (5, 3, 3)
    assert sample.overlap_note.item()


def test_r_answered_every_test_of_a_mean():
    """The stored answers cover every test of a mean but those that wait for R with a reason, and no other."""
    wanted = {name for name, test in TESTS.items() if not test.contrast}
    mend = "add it to tests/reference/battery.R and run that with Rscript, or, without R, to NOT_YET with the reason"
    assert set(ANSWERS) == wanted - set(NOT_YET), mend


def test_what_waits_for_r_is_held_by_plain_loops():
    """A test that R has not answered has a reason, and a second answer by a function of its name, which is compared."""
    assert [name for name, reason in NOT_YET.items() if len(reason.split()) < 2 or name not in PLAIN] == []


@pytest.mark.parametrize("name", ANSWERS)
def test_equals_r(sample, name):
    """Statistic, and where base R has the law p-value, are R's to 1e-10."""
    found = TESTS[name].of_groups(sample, 0)[0]
    assert found.value == pytest.approx(float(ANSWERS[name]["statistic"]), rel=1e-10, abs=0)
    if ANSWERS[name]["p_value"]:
        assert found.p_value == pytest.approx(float(ANSWERS[name]["p_value"]), rel=1e-10, abs=0)
