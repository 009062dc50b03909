"""Two threads against one on the estimates of 1,000 series, by the clock on the wall, and the same bits."""

import time
from concurrent.futures import ThreadPoolExecutor

from default import inputs
from measure import faster, in_turn

import eventstudy as es

if __name__ == "__main__":
    study = es.EventStudy(*inputs(50, 1000), windows=["0:5"])
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(2) as two:
        made = [study.cars(executor=who).car.tobytes() for who in (one, two)]
        sides = (lambda: study.cars(executor=two), lambda: study.cars(executor=one))
        us, them = in_turn(*sides, repeats=9, clock=time.perf_counter)
    note = "bit-identical" if made[0] == made[1] else "NOT the same bits"
    faster("two threads against one, cars() of 50 events × 1,000 series", us, them, 1.6, note)
