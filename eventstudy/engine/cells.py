"""The face of the engine: cells of one series, or pairs of session and series, by whichever way is the shorter.

A *cell* is a session taken as the event session of a series: its estimation window lies at fixed distances from it.
Few cells are gathered and estimated one by one; where they stand densely all series are estimated at once on each of
their sessions, and the cells are looked up. Both ways give the numbers of ordinary least squares to 1e-10.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eventstudy.engine.fits import Cells, Fits, Form
from eventstudy.engine.gathered import distinct, fit_gathered
from eventstudy.engine.table import fit_table
from eventstudy.returns import Floats
from eventstudy.window import Window

#: Gathering so many times the returns there are costs as much as summing all of them over every window.
_DENSE = 4


def fit_cells(
    y: Floats, x: Floats, usable: NDArray[np.bool_], positions: Cells, estimation: Window, form: Form
) -> Fits:
    """Estimate normal returns for many cells of one series.

    Parameters
    ----------
    y : ndarray, shape (T,)
        Returns.
    x : ndarray, shape (T, k)
        Regressors without the constant.
    usable : ndarray of bool, shape (T,)
        Sessions that may stand in an estimation window; `y` and `x` must be finite there.
    positions : ndarray of int64, shape (N,)
        Event sessions.
    estimation : Window
        Estimation window in event time.
    form : {'ols', 'fixed'}
        Whether intercept and slopes are estimated.

    Returns
    -------
    Fits
        NaN in `sigma` where a cell has too few observations, a series or regressor is constant, regressors are
        collinear, or the regressors leave no residual.

    Notes
    -----
    Equal to ordinary least squares of y on a constant and x over the usable sessions of each estimation window.
    """
    return fit_pairs(y[:, None], x[:, None], usable[:, None], positions, np.zeros_like(positions), estimation, form)


def fit_pairs(
    y: Floats, x: Floats, usable: NDArray[np.bool_], rows: Cells, columns: Cells, estimation: Window, form: Form
) -> Fits:
    """Estimate normal returns for pairs of event session and series.

    Parameters
    ----------
    y : ndarray, shape (T, S)
        Returns.
    x : ndarray, shape (T, 1, k) or (T, S, k)
        Regressors without the constant: the same for all series, or each series' own.
    usable : ndarray of bool, shape (T, 1) or (T, S)
        Sessions that may stand in an estimation window; `y` and `x` must be finite there.
    rows, columns : ndarray of int64, shape (N,)
        Event session and series of each pair.
    estimation : Window
        Estimation window in event time.
    form : {'ols', 'fixed'}
        Whether intercept and slopes are estimated.

    Returns
    -------
    Fits
        As `fit_cells`.
    """
    inside = not len(rows) or (rows.min() >= 0 and rows.max() < len(y))
    if inside and len(rows) * estimation.n_sessions > _DENSE * y.size:
        sessions, row = distinct(rows, len(y))
        if 2 * len(sessions) > len(y):
            return fit_table(y, x, usable, estimation, form).take(rows * y.shape[1] + columns)
        return fit_table(y, x, usable, estimation, form, sessions=sessions).take(row * y.shape[1] + columns)
    return fit_gathered(y, x, usable, rows, columns, estimation, form)
