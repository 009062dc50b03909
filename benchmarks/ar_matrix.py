"""The whole matrix of abnormal returns, a million pairs by 21 sessions, against filling such a matrix once."""

import numpy as np
from measure import ESTIMATION, EVENT, in_turn, market, pairs, within

from eventstudy.models import abnormal_returns, fit_table


def matrix(y, x, usable, positions):
    """Return AR of every session of every series, then those of the pairs."""
    every = np.arange(len(y))
    out = np.empty((y.shape[1], len(positions), EVENT.n_sessions))
    for s, column in enumerate(np.ascontiguousarray(y.T)):
        fits = fit_table(column[:, None], x[:, 0], usable[:, 0], ESTIMATION, "ols")
        np.take(abnormal_returns(column, x[:, 0], fits, every, EVENT).ar, positions, axis=0, out=out[s], mode="clip")
    return out


if __name__ == "__main__":
    table, positions = market(30), pairs(33_334, 1)[0]
    us, them = in_turn(
        lambda: matrix(*table, positions), lambda: np.full((30, len(positions), EVENT.n_sessions), 1.0), repeats=5
    )
    within("AR matrix, 1 M × 21", us, them, 10)
