"""M: 20 events on 500 series, 10,000 pairs."""

from measure import against_loop, faster, sparse

if __name__ == "__main__":
    faster("M: 10,000 pairs on 500 series", *against_loop(sparse, 20, 500), 80)
