"""How often each test rejects: where there is nothing to find, and where there is. Simulated, with fixed seeds.

The bands are four standard errors of a share of so many draws, unless a test says otherwise.
"""

from math import sqrt
from statistics import NormalDist

import numpy as np
import pytest

from eventstudy.inference import TESTS, sample_of_returns

pytestmark = pytest.mark.slow

LEVEL, M = 0.05, 120
N01 = NormalDist()
MEANS = {name: test for name, test in TESTS.items() if not test.contrast}

LAWS = {
    "normal": lambda rng, size: rng.normal(size=size),
    "heavy tails": lambda rng, size: rng.standard_t(3, size=size),
    "skewed": lambda rng, size: (rng.gamma(8.0, size=size) - 8.0) / sqrt(8.0),  # skewness 0.7
}


def rates(names, make, n_draws, seed):
    """Share of samples in which each test's p is at most 5 %."""
    rng, rejected = np.random.default_rng(seed), dict.fromkeys(names, 0)
    for _ in range(n_draws):
        sample = make(rng)
        for name in names:
            rejected[name] += MEANS[name].of_groups(sample, 0)[0].p_value <= LEVEL
    return {name: count / n_draws for name, count in rejected.items()}


def error(rate, n_draws):
    """Four standard errors of a share."""
    return 4 * sqrt(rate * (1 - rate) / n_draws)


def independent(n_events, law="normal", n=1, boost=1.0, effect=0.0, length=M):
    """Events on dates of their own; at the event volatility is `boost` times and the mean `effect`."""

    def make(rng):
        returns = LAWS[law](rng, (n_events, length + n))
        event = boost * returns[:, length:] + effect
        return sample_of_returns(
            returns[:, :length], event, phase=np.repeat(list("abcde"), -(-n_events // 5))[:n_events]
        )

    return make


def correlated(n_series, r, n_dates=1, boost=1.0):
    """Series that all have the correlation r, on one or several event dates far apart."""
    day = np.datetime64("2000-01-03") + 400 * np.repeat(np.arange(n_dates), n_series)
    names = np.tile(np.arange(n_series).astype(str), n_dates)

    def make(rng):
        common, own = rng.normal(size=(n_dates, 1, M + 1)), rng.normal(size=(n_dates, n_series, M + 1))
        returns = (sqrt(r) * common + sqrt(1 - r) * own).reshape(n_dates * n_series, M + 1)
        returns[:, M:] *= boost
        return sample_of_returns(returns[:, :M], returns[:, M:], session=day, series=names)

    return make


#: Sign tests count whole events, so their size is what the steps allow; it stays below the nominal one.
STEPS = {"sign_z", "generalized_sign_z", "wilcoxon", "bootstrap"}


@pytest.mark.parametrize("n", [1, 6])
def test_under_the_null_every_test_rejects_at_five_per_cent(n):
    """Thirty independent events of normal returns, over one session and over six: every test rejects in 5 %."""
    names = [name for name in MEANS if name != "bootstrap"]
    for name, rate in rates(names, independent(30, n=n), 1500, seed=n).items():
        low = 0.0 if name in STEPS else LEVEL - error(LEVEL, 1500)
        assert low <= rate <= LEVEL + error(LEVEL, 1500), (name, rate)


def test_under_the_null_the_bootstrap_rejects_at_five_per_cent():
    """Turning the signs of twelve dates (counted) or of twenty (drawn) rejects in 5 % of cases."""
    for n_events in (12, 20):
        rate = rates(["bootstrap"], independent(n_events), 600, seed=n_events)["bootstrap"]
        assert abs(rate - LEVEL) < error(LEVEL, 600)


def test_the_bca_interval_covers_the_mean_of_skewed_events():
    """The 95 % interval of forty skewed CARs holds their mean in 91 to 97 % of cases."""
    rng, held = np.random.default_rng(40), 0
    make = independent(40, law="skewed")
    for _ in range(400):
        low, high = MEANS["bootstrap"].of_groups(make(rng), 0)[0].interval
        held += low <= 0.0 <= high
    assert 0.91 <= held / 400 <= 0.97


def test_with_few_events_all_but_grank_keep_their_size():
    """Six events: the tests hold 5 %; GRANK, which divides by the dispersion of six SCARs, rejects in 8.5 %."""
    names = [name for name in MEANS if name != "bootstrap"]
    for name, rate in rates(names, independent(6), 2500, seed=10).items():
        if name.startswith("grank"):
            assert abs(rate - 0.085) < error(0.085, 2500), (name, rate)
        else:
            assert rate <= LEVEL + error(LEVEL, 2500), (name, rate)


def test_when_volatility_rises_at_the_event_patell_over_rejects_and_bmp_does_not():
    """With the variance doubled on the event day Patell rejects in 2Φ(-1.96/√2) = 16.6 %, BMP and GRANK in 5 %."""
    names = ["patell_z", "bmp_t", "adjusted_bmp_t", "cross_section_t", "grank_t", "crude_dependence_t", "rank_z"]
    found = rates(names, independent(30, boost=sqrt(2)), 3000, seed=2)
    expected = 2 * N01.cdf(-1.96 / sqrt(2))
    for name in ("patell_z", "crude_dependence_t"):
        assert abs(found[name] - expected) < error(expected, 3000) + 0.01, (name, found[name])
    for name in ("bmp_t", "adjusted_bmp_t", "cross_section_t", "grank_t"):
        assert abs(found[name] - LEVEL) < error(LEVEL, 3000) + 0.005, (name, found[name])
    assert 0.06 < found["rank_z"] < 0.11


def unadjusted(r, n):
    """Size of a standardised test at a nominal 5 % when its N statistics have the mean correlation r."""
    return 2 * N01.cdf(N01.inv_cdf(0.025) * sqrt((1 - r) / (1 + (n - 1) * r)))


@pytest.mark.parametrize(
    ("r", "sizes"),
    [
        (0.05, (0.088, 0.113, 0.222, 0.304, 0.434)),
        (0.1, (0.129, 0.177, 0.346, 0.444, 0.573)),
        (0.3, (0.300, 0.394, 0.599, 0.679, 0.767)),
    ],
)
def test_the_size_of_an_unadjusted_test_in_closed_form(r, sizes):
    """2Φ(-1.96 √((1-r)/(1+(N-1)r))) gives the table for N = 6, 10, 30, 50, 100 to its three decimals."""
    assert [unadjusted(r, n) for n in (6, 10, 30, 50, 100)] == pytest.approx(sizes, abs=6e-4)


@pytest.mark.parametrize(("r", "n"), [(0.05, 30), (0.1, 30), (0.3, 30), (0.1, 100), (0.3, 100)])
def test_series_that_share_a_date_break_the_unadjusted_tests_and_not_the_adjusted(r, n):
    """BMP reaches the table's size; corrected by the mean correlation, BMP and Patell return to 5 %; ranks hold it."""
    n_draws = 1500 if n == 30 else 750
    names = ["bmp_t", "patell_z", "adjusted_bmp_t", "adjusted_patell_z", "rank_z", "crude_dependence_t"]
    found = rates(names, correlated(n, r), n_draws, seed=n)
    assert abs(found["bmp_t"] - unadjusted(r, n)) < error(unadjusted(r, n), n_draws) + 0.01
    patell = 2 * N01.cdf(-1.96 / sqrt(1 + (n - 1) * r))
    assert abs(found["patell_z"] - patell) < error(patell, n_draws) + 0.01
    for name in ("adjusted_bmp_t", "adjusted_patell_z", "rank_z", "crude_dependence_t"):
        assert abs(found[name] - LEVEL) < error(LEVEL, n_draws) + 0.01, (name, found[name])


@pytest.mark.parametrize(("n_series", "r"), [(6, 0.3), (10, 0.1), (10, 0.3)])
def test_few_series_that_share_a_date(n_series, r):
    """With six or ten series the t law tempers BMP's excess, which stays; adjusted tests hold 5 %."""
    found = rates(["bmp_t", "adjusted_bmp_t", "adjusted_patell_z"], correlated(n_series, r), 2500, seed=n_series)
    assert 2 * LEVEL < found["bmp_t"] < unadjusted(r, n_series) + error(0.3, 2500)
    for name in ("adjusted_bmp_t", "adjusted_patell_z"):
        assert abs(found[name] - LEVEL) < error(LEVEL, 2500), (name, found[name])


def test_pooled_series_on_several_dates():
    """Ten series on eight dates, r = 0.3, volatility doubled: dates, corrected BMP and GRANK stay near 5 %."""
    names = ["cross_section_t", "patell_z", "bmp_t", "date_clustered_t", "adjusted_bmp_t", "grank_t"]
    found = rates(names, correlated(10, 0.3, n_dates=8, boost=2.0), 1200, seed=8)
    for name in ("cross_section_t", "patell_z", "bmp_t"):
        assert found[name] > 0.2, (name, found[name])
    for name in ("date_clustered_t", "adjusted_bmp_t", "grank_t"):
        assert abs(found[name] - LEVEL) < error(LEVEL, 1200) + 0.01, (name, found[name])


@pytest.mark.parametrize("law", ["heavy tails", "skewed"])
def test_rank_tests_hold_under_heavy_tails_and_skewness(law):
    """Under t(3) and under skewness 0.7 rank and generalised rank test keep 5 % at fifty events, the former at ten."""
    found = rates(["rank_z", "grank_t", "grank_z"], independent(50, law=law), 2000, seed=50)
    for name, rate in found.items():
        assert abs(rate - LEVEL) < error(LEVEL, 2000) + 0.005, (name, rate)
    few = rates(["rank_z"], independent(10, law=law), 2500, seed=11)["rank_z"]
    assert abs(few - LEVEL) < error(LEVEL, 2500)


@pytest.mark.parametrize(
    ("sigma", "effect", "n_events", "power"),
    [
        *[(0.02, 0.01, *pair) for pair in ((1, 0.079), (5, 0.201), (10, 0.353), (20, 0.609), (50, 0.942))],
        *[(0.04, 0.01, *pair) for pair in ((1, 0.057), (5, 0.086), (10, 0.124), (20, 0.201), (50, 0.424))],
        (0.04, 0.02, 20, 0.609),
    ],
)
def test_power_reaches_the_closed_form(sigma, effect, n_events, power):
    """Φ(√N δ/σ - 1.96) + Φ(-√N δ/σ - 1.96) gives the table, and Patell's test on 250 estimation returns reaches it."""
    shift = sqrt(n_events) * effect / sigma
    assert N01.cdf(shift - 1.95996) + N01.cdf(-shift - 1.95996) == pytest.approx(power, abs=6e-4)
    make = independent(n_events, effect=effect / sigma, length=250)
    found = rates(["patell_z"], make, 3000, seed=n_events)["patell_z"]
    assert abs(found - power) < error(power, 3000) + 0.008


def test_a_real_effect_is_found_by_every_test():
    """One daily standard deviation on thirty events is found in nine cases of ten by every test of many events."""
    names = [name for name in MEANS if name not in {"ibragimov_mueller_t", "bootstrap"}]
    for name, rate in rates(names, independent(30, effect=1.0), 400, seed=1).items():
        assert rate > 0.9, (name, rate)
