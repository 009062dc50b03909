"""S: 50 events on 30 series, market model, 250 sessions, CAR over [-10,+10] and its variance; then with every test."""

import numpy as np
from measure import ESTIMATION, EVENT, against_loop, faster, in_turn, loop, market, pairs, sparse
from numpy.lib.stride_tricks import sliding_window_view

from eventstudy.inference import TESTS, EventSample
from eventstudy.models import fit_table


def around(values, window, rows, columns):
    """Return the values (T, S) on the sessions of a window around each pair's, shape (N, n)."""
    windows = sliding_window_view(np.ascontiguousarray(values.T), window.n_sessions, axis=1)
    return windows[columns, rows + window.first]


def sample(y, x, usable, rows, columns):
    """Make the sample that the tests take, residuals and all."""
    sessions, row = np.unique(rows, return_inverse=True)
    fits = fit_table(y, x[:, 0], usable[:, 0], ESTIMATION, "ols", sessions).take(row * y.shape[1] + columns)

    def abnormal(window):
        normal = around(x[:, 0], window, rows, 0)
        normal *= fits.beta
        normal += fits.alpha[:, None]
        return np.subtract(around(y, window, rows, columns), normal, out=normal)

    ar, x_event = abnormal(EVENT), around(x[:, 0], EVENT, rows, 0)[:, :, None]
    car_variance = fits.window_variance(EVENT, x_event.sum(axis=1))
    days = np.arange(len(y)).astype("datetime64[D]")
    return EventSample(
        span=EVENT,
        ar=ar,
        tau_session=days[rows[:, None] + np.array(EVENT.taus)],
        residual=abnormal(ESTIMATION),
        residual_session=days[rows[:, None] + np.array(ESTIMATION.taus)],
        sigma=fits.sigma,
        df=fits.df,
        session=days[rows],
        series=np.array([f"s{k}" for k in range(y.shape[1])])[columns],
        phase=np.full(len(rows), ""),
        row=np.arange(len(rows)),
        n=np.array([len(rows)]),
        window=np.array([[EVENT.first, EVENT.last]]),
        car=ar.sum(axis=1),
        scar=ar.sum(axis=1) / np.sqrt(car_variance),
    )


def battery(y, x, usable, rows, columns):
    """Run every test of means on the sample of all pairs."""
    tests = [test for test in TESTS.values() if not test.contrast]
    pairs = sample(y, x, usable, rows, columns)
    return [test.of_groups(pairs) for test in tests]


if __name__ == "__main__":
    faster("S: 50 events × 30 series, CAR + variance", *against_loop(sparse, 50, 30), 200)
    y, x, usable = market(30)
    rows, columns = pairs(50, 30)
    battery(y, x, usable, rows, columns)
    some = slice(0, 120)
    us, looped = in_turn(
        lambda: battery(y, x, usable, rows, columns), lambda: loop(y, x, rows[some], columns[some]), repeats=15
    )
    faster("S with every test of means", us, looped / 120 * len(rows), 50)
