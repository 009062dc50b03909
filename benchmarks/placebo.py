"""P: a clustered placebo, 10,000 sets of 50 dates common to 30 series, against the loop over all its pairs."""

from default import inputs
from measure import LOOPED, faster, in_turn, loop, market, pairs

import eventstudy as es
from eventstudy.study.placebo import mean_placebos, samples_of

N_SETS, N_DATES, N_SERIES = 10_000, 50, 30


def placebo(study):
    """Estimate every session of every series, scale it, and hold 30 means of 50 dates against 10,000 placebo sets."""
    return mean_placebos(samples_of([study.estimated()[1]]), 0, N_SETS)


if __name__ == "__main__":
    events, prices = inputs(N_DATES, N_SERIES)
    study = es.EventStudy(events, prices, windows=["0:0"])
    y, x, _ = market(N_SERIES)
    rows, columns = (values[:LOOPED] for values in pairs(50, N_SERIES))
    us, looped = in_turn(lambda: placebo(study), lambda: loop(y, x, rows, columns), repeats=5)
    job = "P: clustered placebo, 10,000 × 50 events × 30 series, with family and pool, against the loop"
    faster(job, us, looped / LOOPED * N_SETS * N_DATES * N_SERIES, 50_000)
