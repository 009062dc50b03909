"""Five factors, a million pairs on 30 series: the Gram matrix is inverted once a session."""

from measure import against_loop, dense, faster

if __name__ == "__main__":
    faster("five factors, 1,000,000 pairs on 30 series", *against_loop(dense, 33_334, 30, 5), 300)
