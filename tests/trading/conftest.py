from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest

import eventstudy as es


@pytest.fixture(scope="session")
def reference():
    """Signals and accounts in plain loops, sharing nothing with the library."""
    return SimpleNamespace(**run_path(str(Path(__file__).parents[1] / "reference" / "trading.py")))


@pytest.fixture(scope="session")
def making():
    """Small worlds made by hand."""
    return SimpleNamespace(**run_path(str(Path(__file__).parent / "making.py")))


@pytest.fixture(scope="session")
def winter():
    """The bundled case of 2022."""
    return es.load_case("raise-or-fold-2022")


@pytest.fixture(scope="session")
def crimea():
    """The bundled case of 2014."""
    return es.load_case("crimea-2014")
