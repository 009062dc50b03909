"""L: a million pairs on 30 and on 500 series, and ten million in no more than three times that."""

from measure import against_loop, dense, faster, in_turn, market, pairs, within

if __name__ == "__main__":
    faster("L: 1,000,000 pairs on 30 series", *against_loop(dense, 33_334, 30), 20_000)
    faster("L: 1,000,000 pairs on 500 series", *against_loop(dense, 2_000, 500), 3_000)
    table = market(500)
    ten, one = pairs(20_000, 500), pairs(2_000, 500)
    us, them = in_turn(lambda: dense(*table, *ten), lambda: dense(*table, *one), repeats=5)
    within("10 M pairs against 1 M, 500 series", us, them, 3)
