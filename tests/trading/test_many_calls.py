"""A script that never ends may call the library as often as it likes."""

import gc
import sys
import tracemalloc
from types import FunctionType, ModuleType

import numpy as np
import pandas as pd
import pytest

import eventstudy as es


def world():
    """A small market and a few events."""
    days = pd.bdate_range("2021-01-04", periods=260)
    rng = np.random.default_rng(5)
    prices = pd.DataFrame({"mine": 100 * np.exp(np.cumsum(0.01 * rng.standard_normal(len(days))))}, index=days)
    events = pd.DataFrame({"time": ["2021-10-05", "2021-11-10", "2021-12-01"], "stance": ["raise", "fold", "raise"]})
    return events, prices


def once(events, prices):
    """Run one study and ask one question."""
    result = es.EventStudy(events, prices, windows=["0:1"], tests=["date_clustered_t"]).fit()
    answer = es.ask(events, prices, after="raise", hold=[1])
    return result.average["caar"].tolist(), answer.summary["mean"].tolist()


def plain_state():
    """Everything our modules hold that can grow, by where it is held: its size."""
    held = {}
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] != "eventstudy":
            continue
        for word, value in vars(module).items():
            if isinstance(value, (dict, list, set, bytearray)) and not word.startswith("__"):
                held[f"{name}.{word}"] = len(value)
            elif not isinstance(value, (FunctionType, ModuleType, type)) and hasattr(value, "cache_info"):
                held[f"{name}.{word}"] = value.cache_info().currsize
    return held


@pytest.fixture
def _few_draws(monkeypatch):
    monkeypatch.setattr("eventstudy.study.placebo.DRAWS", 99)


@pytest.mark.slow
@pytest.mark.usefixtures("_few_draws")
def test_many_calls_leave_nothing_behind():
    """Ninety studies and questions give the same answer, hold no more memory and grow no module's state."""
    kept = world()
    first = once(*kept)
    for _ in range(4):
        once(*world())
    before = plain_state()
    gc.collect()
    tracemalloc.start()
    sizes = []
    for _ in range(3):
        for _ in range(30):
            # New frames each time: pandas keeps a note in a frame of every view that was ever made of it.
            assert once(*world()) == first
        gc.collect()
        sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert plain_state() == before
    # One result kept by mistake would be more than this, sixty would be megabytes.
    assert sizes[-1] - sizes[0] < 30_000
    assert all(mine.equals(new) for mine, new in zip(kept, world(), strict=True))
