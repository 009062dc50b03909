"""S: 50 events on 30 series, market model, 250 sessions, CAR over [-10,+10] and its variance; then with every test."""

import numpy as np
from measure import ESTIMATION, EVENT, against_loop, faster, in_turn, loop, market, pairs, sparse

from eventstudy.engine import fit_pairs
from eventstudy.inference import TESTS, EventSample
from eventstudy.inference.registry import MeanTest


def sample(y, x, usable, rows, columns):
    """Make the sample that the tests take, residuals and all."""
    taus, learned = np.array(EVENT.taus), rows[:, None] + np.array(ESTIMATION.taus)
    fits = fit_pairs(y, x, usable, rows, columns, ESTIMATION, "ols")
    around = rows[:, None] + taus
    ar = y[around, columns[:, None]] - fits.normal(x[around, 0])
    variance = fits.forecast_variance(1, x[around, 0])
    car_variance = fits.forecast_variance(EVENT.n_sessions, x[around, 0].sum(axis=1))
    days = np.arange(len(y)).astype("datetime64[D]")
    return EventSample(
        window=EVENT,
        span=EVENT,
        car=ar.sum(axis=1),
        scar=ar.sum(axis=1) / np.sqrt(car_variance),
        ar=ar,
        sar=ar / np.sqrt(variance),
        tau_session=days[around],
        residual=y[learned, columns[:, None]] - fits.normal(x[learned, 0]),
        residual_session=days[learned],
        sigma=fits.sigma,
        n_obs=fits.n_obs,
        df=fits.df,
        session=days[rows],
        series=columns.astype(str),
        phase=np.full(len(rows), ""),
    )


def battery(y, x, usable, rows, columns):
    """Run every test of means on the sample of all pairs."""
    made = sample(y, x, usable, rows, columns)
    return [test.run(made, 0) for test in TESTS.values() if isinstance(test, MeanTest)]


if __name__ == "__main__":
    faster("S: 50 events × 30 series, CAR + variance", *against_loop(sparse, 50, 30), 200)
    y, x, usable = market(30)
    rows, columns = pairs(50, 30)
    battery(y, x, usable, rows, columns)
    some = slice(0, 120)
    us, looped = in_turn(
        lambda: battery(y, x, usable, rows, columns), lambda: loop(y, x, rows[some], columns[some]), repeats=3
    )
    faster("S with every test of means", us, looped / 120 * len(rows), 50)
