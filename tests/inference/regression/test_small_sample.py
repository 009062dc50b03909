import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import identity

from eventstudy.inference.regression.small_sample import bartlett, reliability, within_groups


def written_out(x, psi, weights, omega):
    """Share and degrees of freedom with every matrix written out."""
    hat = x @ np.linalg.pinv(x)
    m = np.eye(len(x)) - hat
    a, b = np.diag(psi) @ weights @ np.diag(psi), m @ omega @ m
    return np.trace(a @ b) / (psi @ omega @ psi), np.trace(a @ b) ** 2 / np.trace(a @ b @ a @ b)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 6), st.integers(0, 4))
def test_equals_the_matrices_written_out(seed, lags, overlap):
    """The sparse shortcut equals the traces of the full n x n matrices, for any weights and any working covariance."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(40), rng.normal(size=(40, 3))])
    psi = x @ np.linalg.inv(x.T @ x)[:, 1]
    weights, omega = bartlett(40, lags), bartlett(40, overlap)
    found = reliability(np.linalg.qr(x)[0], psi, weights, omega)
    assert (found.share, found.df) == pytest.approx(written_out(x, psi, weights.toarray(), omega.toarray()), rel=1e-9)


@pytest.mark.parametrize("m", [2, 3, 8, 30])
def test_m_sessions_give_m_minus_one(m):
    """A dummy on m equal sessions lets (m-1)/m of the variance through and has m - 1 degrees of freedom."""
    found = reliability(np.ones((m, 1)) / np.sqrt(m), np.full(m, 1 / m), identity(m, format="csr"))
    assert (found.share, found.df) == pytest.approx(((m - 1) / m, m - 1))


def test_one_session_is_degenerate():
    """The dummy of a single session among 200 lets next to nothing through: there is no robust variance."""
    x = np.column_stack([np.ones(200), np.arange(200) == 77])
    psi = x @ np.linalg.inv(x.T @ x)[:, 1]
    found = reliability(np.linalg.qr(x)[0], psi, identity(200, format="csr"))
    assert found.share < 0.01
    assert found.is_degenerate


def test_bartlett_weights_fall_to_nothing():
    """Weights fall by equal steps to zero one lag after the last, and never run past few rows."""
    assert bartlett(4, 1).toarray().tolist() == [
        [1.0, 0.5, 0.0, 0.0],
        [0.5, 1.0, 0.5, 0.0],
        [0.0, 0.5, 1.0, 0.5],
        [0.0, 0.0, 0.5, 1.0],
    ]
    assert bartlett(2, 9).toarray().tolist() == [[1.0, 0.9], [0.9, 1.0]]


def test_groups_are_blocks():
    """Rows of one group have the correlation, others none."""
    assert within_groups(np.array([0, 1, 0]), 0.3).toarray() == pytest.approx(
        np.array([[1.0, 0.0, 0.3], [0.0, 1.0, 0.0], [0.3, 0.0, 1.0]])
    )
