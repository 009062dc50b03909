from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest

import eventstudy as es


@pytest.fixture(scope="session")
def plain():
    """The formulas in plain loops, sharing nothing with the library."""
    return SimpleNamespace(**run_path(str(Path(__file__).parents[1] / "reference" / "plain.py")))


@pytest.fixture(scope="session")
def case():
    """The bundled case of 2022."""
    return es.load_case("raise-or-fold-2022")


@pytest.fixture(scope="session")
def result(case):
    """The whole study of that case under the default design."""
    return es.EventStudy(case.events, case.prices).fit()
