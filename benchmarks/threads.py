"""Two threads against one on a compute-bound job: the table of 500 series, and the same bits."""

from concurrent.futures import ThreadPoolExecutor

from measure import ESTIMATION, faster, in_turn, market

from eventstudy.engine import fit_table

if __name__ == "__main__":
    table = market(500)
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(2) as two:
        made = [fit_table(*table, ESTIMATION, "ols", who).sigma.tobytes() for who in (one, two)]
        us, them = in_turn(
            lambda: fit_table(*table, ESTIMATION, "ols", two),
            lambda: fit_table(*table, ESTIMATION, "ols", one),
            repeats=9,
        )
    note = "bit-identical" if made[0] == made[1] else "NOT the same bits"
    faster("two threads against one, 1.26 M cells", us, them, 1.6, note)
