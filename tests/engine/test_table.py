"""A cell has its own bits: whatever stands beside it, whichever sessions are asked for, whoever does the work."""

import pickle
from concurrent.futures import Executor, Future
from copy import deepcopy

import numpy as np
import pytest

from eventstudy.engine import fit_pairs, fit_table, window_sums
from eventstudy.engine.gathered import fit_gathered
from eventstudy.window import Window

ESTIMATION = Window(-130, -11)
ARRAYS = ("n_obs", "df", "alpha", "beta", "sigma", "r2", "mean", "inverse")
MODELS = pytest.mark.parametrize(("k", "form"), [(0, "ols"), (1, "ols"), (3, "ols"), (0, "fixed"), (2, "fixed")])
GAPS = pytest.mark.parametrize("shared", [True, False], ids=["shared-gaps", "own-gaps"])


class Elsewhere(Executor):
    """Other processes, as far as a task can tell: what it is given and gives back is written down, and is a copy."""

    def submit(self, function, /, *arguments):
        """Run the task at once."""
        done = Future()
        done.set_result(deepcopy(function(*deepcopy(arguments))))
        assert pickle.dumps((function, arguments, done.result()))
        return done


@pytest.fixture
def blocks(monkeypatch):
    """Cut small tables into many blocks."""
    monkeypatch.setattr("eventstudy.engine.table._AT_ONCE", 1 << 12)


def market(k, *, shared, n_series=7, n_sessions=500):
    """Series that move with k regressors, one session in ten missing, for all of them or for each its own."""
    rng = np.random.default_rng(12)
    x = rng.normal(size=(n_sessions, 1, k)) * 0.01
    y = x @ np.full(k, 0.4) + rng.normal(size=(n_sessions, n_series)) * 0.01
    usable = rng.random((n_sessions, 1 if shared else n_series)) > 0.1
    return np.where(usable, y, np.nan), x, usable


def same_bits(fits, others):
    """Whether all estimates are the same to the bit."""
    return all(getattr(fits, name).tobytes() == getattr(others, name).tobytes() for name in ARRAYS)


@MODELS
def test_a_pair_has_the_same_bits_in_a_grid_and_alone(k, form):
    """Events that meet every series are estimated together, and each pair is what it is alone or among other gaps."""
    y, x, usable = market(k, shared=True)
    rows, columns = np.repeat([20, 131, 260, 499], 7), np.tile(np.arange(7), 4)
    together = fit_gathered(y, x, usable, rows, columns, ESTIMATION, form)
    apart = fit_gathered(y, x, np.repeat(usable, 7, axis=1), rows, columns, ESTIMATION, form)
    assert same_bits(together, apart)
    for i in range(0, 28, 3):
        one = np.array([i])
        assert same_bits(together.take(one), fit_gathered(y, x, usable, rows[one], columns[one], ESTIMATION, form))


@GAPS
@pytest.mark.parametrize("estimation", [ESTIMATION, Window(5, 60)], ids=["before", "after"])
def test_pairs_are_read_where_their_windows_lie(shared, estimation):
    """Pairs of two series at either end of the sample are what they are among the pairs of all sessions and series."""
    y, x, usable = market(2, shared=shared)
    rows, columns = np.divmod(np.arange(y.size), 7)
    every = fit_gathered(y, x, usable, rows, columns, estimation, "ols")
    for some in ([0, 15, 12 * 7 + 1], [480 * 7 + 5, 499 * 7 + 2], [250 * 7 + 3]):
        at = np.array(some)
        assert same_bits(fit_gathered(y, x, usable, rows[at], columns[at], estimation, "ols"), every.take(at))


@MODELS
@GAPS
def test_a_table_of_some_sessions_is_part_of_the_whole(k, form, shared):
    """Sessions asked for in any order, some of them twice, have the bits they have in the table of all."""
    y, x, usable = market(k, shared=shared)
    whole, sessions = fit_table(y, x, usable, ESTIMATION, form), np.array([499, 12, 300, 13, 14, 12])
    some = fit_table(y, x, usable, ESTIMATION, form, sessions=sessions)
    assert same_bits(some, whole.take((sessions[:, None] * 7 + np.arange(7)).ravel()))


@GAPS
def test_a_table_has_the_same_bits_in_one_block_and_in_many(shared, request):
    """Cut into blocks of a series or two, a table is what it is as a whole."""
    y, x, usable = market(2, shared=shared, n_series=40)
    whole = fit_table(y, x, usable, ESTIMATION, "ols")
    request.getfixturevalue("blocks")
    assert same_bits(fit_table(y, x, usable, ESTIMATION, "ols"), whole)


@GAPS
@pytest.mark.usefixtures("blocks")
def test_other_processes_make_the_same_table(shared):
    """Tasks that share nothing with whoever asked give the same bits, and so does a table of some sessions."""
    y, x, usable = market(2, shared=shared, n_series=40)
    for some in (None, np.array([200, 14, 400])):
        there, here = (fit_table(y, x, usable, ESTIMATION, "ols", who, sessions=some) for who in (Elsewhere(), None))
        assert same_bits(there, here)


def test_a_doubtful_series_leaves_the_others_as_they_were():
    """A stray print that has the cells of one series estimated anew changes no bit of another series."""
    y, x, usable = market(1, shared=True)
    before = fit_table(y, x, usable, ESTIMATION, "ols")
    y[250, 0] = 1e6
    after = fit_table(y, x, usable, ESTIMATION, "ols")
    assert not same_bits(after.take(slice(0, None, 7)), before.take(slice(0, None, 7)))
    for s in range(1, 7):
        assert same_bits(after.take(slice(s, None, 7)), before.take(slice(s, None, 7)))


def test_dense_pairs_are_looked_up_in_a_table_of_their_sessions():
    """Many pairs on few sessions, in any order, equal the pairs gathered one by one."""
    y, x, usable = market(1, shared=False)
    rng = np.random.default_rng(3)
    rows, columns = rng.choice([140, 200, 333, 480], 400), rng.integers(0, 7, 400)
    dense = fit_pairs(y, x, usable, rows, columns, ESTIMATION, "ols")
    alone = fit_gathered(y, x, usable, rows, columns, ESTIMATION, "ols")
    for name in ARRAYS:
        np.testing.assert_allclose(getattr(dense, name), getattr(alone, name), rtol=1e-11, atol=1e-14, err_msg=name)


@pytest.mark.parametrize("window", [Window(0, 0), Window(-3, 4), Window(-40, 40)], ids=str)
def test_window_sums_of_some_sessions(window):
    """The sums around the sessions asked for are those that stand there among all."""
    values, sessions = np.random.default_rng(4).normal(size=(30, 2)), np.array([29, 0, 7, 7])
    assert window_sums(values, window, 0.0, sessions).tobytes() == window_sums(values, window, 0.0)[sessions].tobytes()
