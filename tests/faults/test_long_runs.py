"""Many studies in one process, in threads, forked, pickled: the same bytes, and no more memory or handles."""

import gc
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.study import study_envelope, to_json

ROOT = Path(__file__).parents[2]
DAYS = pd.bdate_range("2021-01-04", periods=200)
EVENTS = pd.DataFrame(
    {"time": [f"{DAYS[k]:%Y-%m-%d}" for k in range(140, 190, 5)], "stance": ["raise", "fold"] * 5, "headline": "x"}
)


def study(seed=3):
    """Return a small study."""
    draws = np.random.default_rng(seed).normal(0, 0.01, (200, 2))
    prices = pd.DataFrame(100 * np.exp(draws.cumsum(axis=0)), index=DAYS, columns=["one", "two"])
    return es.EventStudy(EVENTS, prices, windows=["0:1"])


def written(result):
    """Return a result as bytes."""
    return to_json(study_envelope(result)).encode()


@pytest.mark.parametrize("n", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_threads_give_the_same_bytes(n):
    """Studies fitted at once in threads, and one study fitted by several, are what they are alone."""
    alone = [written(study(seed).fit()) for seed in range(n)]
    shared = study(0)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda seed: written(study(seed).fit()), range(n))) == alone
        assert set(pool.map(lambda _: written(shared.fit()), range(n))) == {alone[0]}


def test_a_result_comes_back_from_a_pickle():
    """A result that went to another process and back is the same result."""
    import pickle  # our own bytes

    result = study().fit()
    again = pickle.loads(pickle.dumps(result))  # noqa: S301  # our own bytes
    assert written(again) == written(result)
    assert again.answer("one", "raise", "0:1").sentence == result.answer("one", "raise", "0:1").sentence


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_process_gives_the_same_bytes(copy_of_process):
    """A process forked after a study was fitted fits the same."""
    before = written(study().fit())

    def fit_again():
        assert written(study().fit()) == before

    code, _, said = copy_of_process(fit_again).end()
    assert code == 0, said


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc")
def test_many_studies_hold_no_more_memory():
    """Two thousand studies in one process leave memory and handles where fifty left them."""

    def held():
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20, len(list(Path("/proc/self/fd").iterdir()))

    seen = []
    for k in range(2000):
        study(k).fit()
        if k in {49, 1999}:
            seen.append(held())
    (before, open_before), (after, open_after) = seen
    assert after - before < 25, seen
    assert open_after <= open_before, seen


#: Ten million pairs of event and series; prints the peak of memory in MiB and how far one mean is from numpy's.
TEN_MILLION = """
import json, resource
import numpy as np, pandas as pd, eventstudy as es
rng = np.random.default_rng(0)
returns = rng.normal(0, 0.01, (3000, 500))
days = pd.bdate_range("2010-01-01", periods=3001)
prices = np.vstack([np.ones(500), np.cumprod(1 + returns, axis=0)])
at = np.sort(rng.integers(200, 2980, 20_000))
ids = [f"e{k}" for k in range(len(at))]
events = pd.DataFrame({"time": days[at].strftime("%Y-%m-%d"), "stance": "raise", "id": ids})
prices = pd.DataFrame(prices, index=days, columns=[f"s{k}" for k in range(500)])
result = es.EventStudy(events, prices, windows=["0:1"], tests=[], clean="none", overlap="keep").fit()
row = result.answer("s7", "raise", "0:1")
one, met = returns[:, 7], np.unique(at) - 1  # the return of the session 200 is the return 199
caar = np.mean([one[k] + one[k + 1] - 2 * one[k - 130 : k - 10].mean() for k in met])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([peak, abs(row.caar - caar), row.n_events, row.n == len(met)]))
"""


@pytest.mark.slow
def test_ten_million_pairs_stay_within_their_budget():
    """Ten million pairs need no more memory than a study's budget of 1 GiB and what is loaded; a mean is numpy's."""
    done = subprocess.run([sys.executable, "-c", TEN_MILLION], check=True, capture_output=True, text=True, timeout=900)
    peak, off, n_events, all_sessions = json.loads(done.stdout)
    assert peak < 1536
    assert off < 1e-12
    assert (n_events, all_sessions) == (20_000, True)


def test_every_promise_names_a_test_that_is_there():
    """SECURITY.md names tests that exist, and every test of it is named once at least."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert len(named) > 15
    for path, name in named:
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), name
    assert json.dumps(named)
