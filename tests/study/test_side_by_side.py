"""Studies of the same events that are held side by side are each what they are alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.inference import TESTS
from eventstudy.study import tables
from eventstudy.study.answer import contrast_p
from eventstudy.study.estimates import estimate_block
from eventstudy.study.placebo import mean_placebos, samples_of
from eventstudy.study.sample import contrasts_of

N, AT = 460, [300, 301, 325, 350, 375, 400, 425, 440]
STANCES = ["raise", "fold", "raise", "fold", "raise", "hold", "fold", "raise"]


def three_studies(family):
    """Three draws of the returns of four series: together, and each with blocks of its own.

    One series has holes, one begins so late that its residuals serve, and one is about some of the events only.
    """
    rng = np.random.default_rng(3)
    returns = pd.DataFrame(rng.normal(0, 0.01, (N, 4)), pd.bdate_range("2016-01-01", periods=N), [*"abcd"])
    returns.iloc[[150, 260, 326], 1] = np.nan
    returns.iloc[:200, 2] = np.nan
    events = pd.DataFrame({"time": returns.index[AT].strftime("%Y-%m-%d"), "stance": STANCES})
    events = events.assign(series=["", "a; b; c", "", "a; b; c", "", "", "", ""], phase=[*"pppqqqqq"])
    choices = {"windows": ["0:0", "-1:1"], "family": family, "tests": []}
    real = es.EventStudy(events, returns=returns, **choices).fit().samples
    together, alone = [{}, {}, {}], [{}, {}, {}]
    for name, of in real.items():
        y = np.where(np.isfinite(of.history.returns)[:, None], rng.normal(0, 0.01, (len(of.history), 3)), np.nan)
        y[of.matches.market_events.position] += [0.0, 0.01, 0.02]
        whole = estimate_block(replace(of.block, y=y))
        for k in range(3):
            history = replace(of.history, returns=y[:, k], prices=None)
            own = estimate_block(replace(of.block, y=y[:, [k]]))
            together[k][name] = replace(of, history=history, block=whole, column=k)
            alone[k][name] = replace(of, history=history, block=own, column=0)
    return samples_of(together), [samples_of([one])[0] for one in alone]


def assert_same(found, wanted, where=""):
    """Compare mappings, sequences and arrays, numbers to nine digits and all else exactly."""
    if isinstance(wanted, dict):
        assert list(found) == list(wanted), where
        for key, value in wanted.items():
            assert_same(found[key], value, f"{where} {key}")
    elif isinstance(wanted, (list, tuple)):
        assert len(found) == len(wanted), where
        for one, other in zip(found, wanted, strict=True):
            assert_same(one, other, where)
    elif np.asarray(wanted).dtype.kind == "f":
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12, err_msg=where)
    else:
        np.testing.assert_array_equal(found, wanted, err_msg=where)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("family", ["series", "series-windows"])
def test_each_is_what_it_is_alone(family):
    """Figures of single events, the p of means, of families, of the pool and of labels, and the tests of means."""
    together, alone = three_studies(family)
    design = together[0]["a"].design
    every = [test for test in TESTS.values() if not test.contrast]
    contrasts, (keys, tests) = contrasts_of(together, design), tables.tests_of_means(every, together, design)
    held = [mean_placebos(together, w, 199, keep=True) for w in range(2)]
    for k, study in enumerate(alone):
        for name, of in study.items():
            assert_same(dict(together[k][name].figures), dict(of.figures), name)
        [own] = contrasts_of([study], design)
        assert_same(contrasts[k], own)
        for w in range(2):
            beside, by_itself = ([of for (_, at), of in some.items() if at == w] for some in (contrasts[k], own))
            assert_same(contrast_p(beside, w, design), contrast_p(by_itself, w, design))
            [means] = mean_placebos([study], w, 199, keep=True)
            assert_same({key: held[w][k][key] for key in means}, means)
            assert len(held[w][k]) == len(means)
        own_keys, own_tests = tables.tests_of_means(every, [study], design)
        at = slice(k * len(own_keys), (k + 1) * len(own_keys))
        assert keys[at] == own_keys
        for beside, test in zip(tests, own_tests, strict=True):
            assert_same(beside.value[at], test.value, test.test)
    assert {bool(yes) for of in alone[0].values() for yes in of.from_residuals.ravel()} == {True, False}
