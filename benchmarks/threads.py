"""Two threads against one on a compute-bound placebo: 30 series over 100,000 sets of 50 dates, and the same bits."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from measure import faster, in_turn
from placebo import N_DATES, N_SERIES

from eventstudy.inference.placebo import draw_sets, set_sums

N_SETS, N_SESSIONS = 100_000, 2250

if __name__ == "__main__":
    rng = np.random.default_rng(0)
    lines = rng.standard_normal((N_SERIES, N_SESSIONS))
    sets, weight = draw_sets(N_SESSIONS, N_DATES, N_SETS, rng), np.full((N_DATES, 1), 1 / N_DATES)
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(2) as two:
        made = [set_sums(lines, sets, weight, who).tobytes() for who in (one, two)]
        us, them = in_turn(
            lambda: set_sums(lines, sets, weight, two), lambda: set_sums(lines, sets, weight, one), repeats=15
        )
    note = "bit-identical" if made[0] == made[1] else "NOT the same bits"
    faster("two threads against one, a placebo of 150 M look-ups", us, them, 1.6, note)
