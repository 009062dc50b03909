"""Who does the work, how it is told and what it may take change no number."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.inference.placebo import placebo_p


def processes(n_workers):
    """Other processes, begun afresh."""
    return ProcessPoolExecutor(n_workers, mp_context=get_context("spawn"))


@pytest.fixture(scope="module")
def study():
    """Six series beside their market, three events of which two share a session."""
    rng = np.random.default_rng(4)
    days = pd.bdate_range("2020-01-01", periods=420)
    market = rng.normal(size=420) * 0.01
    returns = pd.DataFrame(market[:, None] + rng.normal(size=(420, 6)) * 0.01, index=days, columns=list("abcdef"))
    returns["m"] = market
    events = pd.DataFrame({"time": days[[250, 300, 300]].strftime("%Y-%m-%d"), "stance": ["raise", "fold", "raise"]})
    return es.EventStudy(events, returns=returns, model="market-model", market="m", windows=["0:0", "-1:1"])


@pytest.fixture(scope="module")
def alone(study):
    """The study in this thread."""
    return study.fit()


@pytest.mark.parametrize(
    ("kind", "n_workers"), [(ThreadPoolExecutor, 1), (ThreadPoolExecutor, 2), (ThreadPoolExecutor, 3), (processes, 2)]
)
def test_any_number_of_workers_gives_the_same_study(study, alone, kind, n_workers):
    """One, two or three threads or processes give every table of the study to the last bit."""
    with kind(n_workers) as executor:
        together = study.fit(executor=executor)
    assert together.warnings == alone.warnings
    for name, table in alone.tables().items():
        pd.testing.assert_frame_equal(together.tables()[name], table, check_exact=True)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_study(study, alone):
    """A Dask cluster of two workers on this machine gives every table of the study to the last bit."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        together = study.fit(executor=client.get_executor())
    for name, table in alone.tables().items():
        pd.testing.assert_frame_equal(together.tables()[name], table, check_exact=True)


def test_progress_is_told(study):
    """Six series in blocks of four are two steps."""
    told = []
    study.fit(progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 2), (2, 2)]


def test_a_table_beyond_the_budget_is_left_out_and_said_to_be(study, alone):
    """Without room for abnormal returns their table keeps its columns and has no rows, and a warning says so."""
    small = study.fit(budget=1000)
    assert len(small.abnormal) == 0
    assert list(small.abnormal.columns) == list(alone.abnormal.columns)
    assert "abnormal is left out: 0 MiB for 54 rows are more than the budget of 0 MiB" in small.warnings
    pd.testing.assert_frame_equal(small.car, alone.car, check_exact=True)
    assert len(alone.abnormal) == 3 * 6 * 3


def test_the_draws_of_a_pair_are_those_behind_its_p(alone):
    """Each placebo p of the table is that of its z among the draws handed out for it, of which there are placebo_n."""
    assert len(alone.placebos) == len(alone.car)
    for row in alone.car.to_dict("records"):
        draws = alone.placebos[row["event_id"], row["series"], row["window"]]
        assert len(draws) == row["placebo_n"]
        assert placebo_p(row["placebo_z"], draws) == row["placebo_p"]
