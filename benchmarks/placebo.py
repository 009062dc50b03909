"""P: a clustered placebo, 10,000 sets of 50 dates common to 30 series, against the loop and the draw of the dates."""

import numpy as np
from measure import ESTIMATION, EVENT, LOOPED, faster, in_turn, loop, market, pairs, within

from eventstudy.inference.placebo import draw_sets, set_sums
from eventstudy.models import fit_table, window_sums

N_SETS, N_DATES, N_SERIES = 10_000, 50, 30


def draw(n_sessions):
    """Draw the dates."""
    return draw_sets(n_sessions, N_DATES, N_SETS, np.random.default_rng(0))


def placebo(y, x, usable):
    """Mean SCAR of every series on every set of dates, each session estimated anew, shape (30, 10000)."""
    fits = fit_table(y, x[:, 0], usable[:, 0], ESTIMATION, "ols")
    x_sum = np.repeat(window_sums(x[:, 0], EVENT), N_SERIES, axis=0)
    car = window_sums(y, EVENT).ravel() - EVENT.n_sessions * fits.alpha - (fits.beta * x_sum).sum(axis=1)
    scar = (car / np.sqrt(fits.forecast_variance(EVENT.n_sessions, x_sum))).reshape(y.shape)
    line = np.ascontiguousarray(scar[-ESTIMATION.first : -EVENT.last].T)
    return set_sums(line, draw(line.shape[1]), np.full((N_DATES, 1), 1 / N_DATES))[:, :, 0]


if __name__ == "__main__":
    y, x, usable = market(N_SERIES)
    rows, columns = (values[:LOOPED] for values in pairs(50, N_SERIES))
    us, looped, drawing = in_turn(
        lambda: placebo(y, x, usable), lambda: loop(y, x, rows, columns), lambda: draw(2250), repeats=9
    )
    job = "P: clustered placebo, 10,000 × 50 events × 30 series"
    faster(f"{job}, loop", us, looped / LOOPED * N_SETS * N_DATES * N_SERIES, 50_000)
    within(f"{job}, drawing the dates", us, drawing, 6)
