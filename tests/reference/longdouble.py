"""Least squares of one window in extended precision and two passes, from the formulas alone."""

import numpy as np


def cell(y, x, usable, position, estimation, event):
    """Market model of one cell: parameters, sigma, CAR over the event window and its forecast variance.

    All in long doubles; None where there are fewer than three observations. `x` has one column or none.
    """
    rows = [t for t in range(position + estimation[0], position + estimation[1] + 1) if 0 <= t < len(y) and usable[t]]
    m, k = len(rows), x.shape[1]
    if m < 3:
        return None
    ys, xs = y[rows].astype(np.longdouble), x[rows].astype(np.longdouble)
    y_mean, x_mean = ys.sum() / m, xs.sum(axis=0) / m
    dy, dx = ys - y_mean, xs - x_mean
    sxx = (dx**2).sum(axis=0)
    beta = (dx * dy[:, None]).sum(axis=0) / sxx
    alpha = y_mean - (beta * x_mean).sum()
    residual = dy - (dx * beta).sum(axis=1)
    variance = (residual**2).sum() / (m - k - 1)
    days = [position + tau for tau in range(event[0], event[1] + 1)]
    n, ahead = len(days), x[days].astype(np.longdouble)
    car = (y[days].astype(np.longdouble) - alpha - (ahead * beta).sum(axis=1)).sum()
    off = (ahead - x_mean).sum(axis=0)
    return {
        "alpha": alpha,
        "beta": beta,
        "sigma": np.sqrt(variance),
        "beta_se": np.sqrt(variance / sxx),
        "car": car,
        "car_variance": variance * (n + np.longdouble(n) ** 2 / m + (off**2 / sxx).sum()),
    }
