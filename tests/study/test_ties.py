"""Prices that move in ticks: figures that are equal but for the rounding of decimals count as equal.

Hundredths are no binary fractions, and whole numbers are: the same prices a hundred times as high are exact, in every
difference, sum and comparison. What ranks and counts must be the same of both.
"""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.study import quantiles

DAYS = pd.bdate_range("2020-01-01", periods=500)
AT = [300, 303, 340, 342, 380, 381, 420, 440, 441, 470]
WINDOWS = ["0:0", "0:2", "-1:3"]


def ticks(names="ab", seed=5):
    """Prices in whole numbers of ticks, which go up, down or nowhere."""
    steps = np.random.default_rng(seed).choice([-2, -1, 0, 0, 1, 2], (len(DAYS), len(names)))
    return pd.DataFrame(417 + np.cumsum(steps, axis=0), index=DAYS, columns=list(names))


def study(prices, **choices):
    """A study of ten events, raises and folds, in the unit of the prices."""
    events = pd.DataFrame({"time": DAYS[AT].strftime("%Y-%m-%d"), "stance": ["raise", "fold"] * 5})
    usual = {"returns_kind": "difference", "windows": WINDOWS, "tests": "all"}
    return es.EventStudy(events, prices, **usual | choices).fit()


def same(found, exact):
    """Whether two cells are equal, figures to nine digits."""
    return found == exact or (not isinstance(exact, str) and found == pytest.approx(exact, rel=1e-9, nan_ok=True))


@pytest.mark.parametrize("model", ["zero", "constant-mean"])
def test_hundredths_rank_and_count_as_whole_numbers_do(model):
    """Every p of hundredths is that of the whole numbers: of ranks, signs, placebos, permutations and quantiles."""
    whole, hundredths = study(ticks(), model=model), study(ticks() / 100, model=model)
    for name, columns in {
        "car": ["p_value", "family_p", "days"],
        "average": ["rose", "base_rate", "p_value", "family_p"],
        "tests": ["statistic", "p_value", "note"],
    }.items():
        found, exact = getattr(hundredths, name), getattr(whole, name)
        if name == "tests":  # notes of intervals are in the unit of the prices
            ranked = exact["test"].isin(["sign_z", "generalized_sign_z", "wilcoxon", "rank_z", "grank_t", "grank_z"])
            found, exact = found[ranked], exact[ranked]
        for column in columns:
            apart = [k for k, pair in enumerate(zip(found[column], exact[column], strict=True)) if not same(*pair)]
            assert not apart, exact.iloc[apart]
    columns = ["sq_lower", "sq_upper", "sq_p", "sq_n"]
    assert quantiles(hundredths).quantiles[columns].equals(quantiles(whole).quantiles[columns])


def test_quantiles_of_a_yield_are_counted_in_hundredths():
    """Of the bundled ten-year yield every quantile p is that of plain counting in whole hundredths."""
    case = es.load_case("shocks")
    result = es.EventStudy(case.events, case.prices, series=["us10y"], windows=["0:0", "0:2"], tests=[]).fit()
    sample, price = result.samples["us10y"], case.prices["us10y"].dropna()
    step = np.append(0, np.diff(np.rint(100 * price.to_numpy()).astype(int)))
    busy = {int(p) + k for p in sample.matches.market_events.position for k in (0, 1)}
    place, n_seen = dict(zip(sample.ids, sample.position.tolist(), strict=True)), 0
    for row in quantiles(result).quantiles.dropna(subset=["sq_p"]).itertuples():
        p, n = place[row.event_id], int(row.window[-1]) + 1
        begins = range(p - 130, p - 10 - n + 1)
        draws = [step[t : t + n].sum() for t in begins if t >= 1 and not busy & {*range(t, t + n)}]
        car = step[p : p + n].sum()
        lower = (1 + sum(draw <= car for draw in draws)) / (len(draws) + 1)
        upper = (1 + sum(draw >= car for draw in draws)) / (len(draws) + 1)
        assert (row.sq_lower, row.sq_upper, row.sq_n) == pytest.approx((lower, upper, len(draws))), row
        n_seen += 1
    assert n_seen > 100


@pytest.mark.parametrize("kind", ["simple", "log", "difference"])
@pytest.mark.parametrize("orientation", [1, -1])
def test_a_price_that_comes_back_did_not_rise(kind, orientation):
    """`rose` and `base_rate` are the shares of higher prices, counted in whole ticks, whatever the returns."""
    whole = ticks()
    instruments = {name: {"returns": kind, "orientation": orientation} for name in whole}
    result = study(whole / 100, returns_kind=None, instruments=instruments, overlap="keep", tests=[])
    n_back = 0
    for name, sample in result.samples.items():
        price = orientation * whole[name].to_numpy()
        for w, window in enumerate(result.design.windows):
            inside = range(1 - window.first, len(DAYS) - window.last)
            change = {k: price[k + window.last] - price[k + window.first - 1] for k in inside}
            rows, free = sample.position[sample.rows("*", w)].tolist(), sample.without_news(w).tolist()
            answer = result.answer(name, "*", str(window))
            assert answer.rose == pytest.approx(np.mean([change[k] > 0 for k in rows]))
            assert answer.base_rate == pytest.approx(np.mean([change[k] > 0 for k in free]))
            back = [k for k in free if change[k] == 0]
            assert (sample.every("move")[back, w] == 0).all()
            n_back += len(back)
    assert n_back > 50
