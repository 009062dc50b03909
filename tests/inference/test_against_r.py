"""Answers that R gave once: `tests/reference/battery.R` wrote them from the same returns, in base R."""

import csv
from pathlib import Path

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
    """The stored answers cover every test of a mean in the list, and no other."""
    wanted = {name for name, test in TESTS.items() if not test.contrast}
    assert set(ANSWERS) == wanted, "add it to tests/reference/battery.R and run that with Rscript"


@pytest.mark.parametrize("name", ANSWERS)
def test_equals_r(sample, name):
    """Statistic, and where base R has the law p-value, are R's to 1e-10."""
    found = TESTS[name].of_groups(sample, 0)[0]
    assert found.value == pytest.approx(float(ANSWERS[name]["statistic"]), rel=1e-10, abs=0)
    if ANSWERS[name]["p_value"]:
        assert found.p_value == pytest.approx(float(ANSWERS[name]["p_value"]), rel=1e-10, abs=0)
