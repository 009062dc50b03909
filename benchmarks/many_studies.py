"""What methods that make many studies cost: `size` against a loop, `power`, `grid` and a backtest against one study."""

from default import plain
from measure import in_turn, say, within

import eventstudy as es
from eventstudy.study.grid import run_grid
from eventstudy.study.size import power, size
from eventstudy.trading.backtest import Rule, run_backtest

N_STUDIES, N_LOOPS = 1_000, 20

if __name__ == "__main__":
    case = es.load_case("raise-or-fold-2022")
    inputs, headline = (case.events, case.prices), list(case.headline)
    study = es.EventStudy(*inputs, series=headline[:7])
    looped, times, n_pairs = plain(study)
    result = study.fit()
    us, them = in_turn(lambda: size(result, N_STUDIES), lambda: [looped() for _ in range(N_LOOPS)], repeats=3)
    them *= times * N_STUDIES / N_LOOPS
    job = f"size, {N_STUDIES:,} studies of {n_pairs} pairs, 4 windows, against a statsmodels loop over their pairs"
    note = f"the loop runs over {N_LOOPS} studies, times {N_STUDIES // N_LOOPS}"
    say(job, us, them, "≤ 10 s", ok=us <= 10, ratio=us / them, note=note, floor="3 s")

    of_power, of_fit = in_turn(lambda: power(result), lambda: es.EventStudy(*inputs, series=headline[:7]).fit())
    within("power of that study, against its fit()", of_power, of_fit, 1)
    of_grid, of_tests = in_turn(
        lambda: run_grid(*inputs, series=headline[:7]),
        lambda: es.EventStudy(*inputs, series=headline[:7], tests=["date_clustered_t", "adjusted_bmp_t"]).fit().tests,
    )
    n = 6  # two models over three estimation windows, each with one volatility
    within(f"the default grid of it, against {n} times its fit() with two tests", of_grid, n * of_tests, 1.2)
    rule, owned = Rule("raise=short"), [name for name in headline if name != "vix"]
    with_calendars, alone = in_turn(
        lambda: run_backtest(*inputs, rule, series=owned),
        lambda: run_backtest(*inputs, rule, series=owned, calendars=0),
    )
    within("a backtest with 1,000 calendars, against one without", with_calendars, alone, 2)
