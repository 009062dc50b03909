from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.inference import benjamini_hochberg, holm

p_values = st.lists(st.floats(0.0, 1.0) | st.sampled_from([0.01, 0.02, 0.05]), min_size=1, max_size=25)


@given(p_values)
def test_equals_statsmodels(values):
    """The adjusted p-values of Holm, and of Benjamini and Hochberg, are statsmodels' own, ties included."""
    from statsmodels.stats.multitest import multipletests

    for adjust, method in ((holm, "holm"), (benjamini_hochberg, "fdr_bh")):
        with patch("gc.collect"):  # which statsmodels calls each time, and which takes a fifth of a second here
            theirs = multipletests(values, method=method)[1]
        np.testing.assert_allclose(adjust(np.array(values)), theirs, rtol=1e-12)


def test_by_hand():
    """Of .01, .04, .03 the smallest is tripled, the next doubled to .06, and the largest can't be below that."""
    assert holm(np.array([0.01, 0.04, 0.03])).tolist() == pytest.approx([0.03, 0.06, 0.06])


@given(p_values, st.sets(st.integers(0, 24)))
def test_a_missing_p_is_no_test(values, missing):
    """A NaN among the p-values stays one, and the others are adjusted as if it were not there."""
    p = np.array(values)
    p[[j for j in missing if j < len(p)]] = np.nan
    known = np.isfinite(p)
    for adjust in (holm, benjamini_hochberg):
        found = adjust(p)
        assert (np.isfinite(found) == known).all()
        np.testing.assert_array_equal(found[known], adjust(p[known]))


@given(p_values, st.randoms(use_true_random=False))
def test_order_does_not_matter(values, random):
    """p-values in another order get the same adjusted ones."""
    order = list(range(len(values)))
    random.shuffle(order)
    assert holm(np.array(values)[order]).tolist() == holm(np.array(values))[order].tolist()


def test_no_tests_at_all():
    """Nothing adjusted is nothing; only missing p-values stay missing."""
    assert len(holm(np.empty(0))) == 0
    assert np.isnan(holm(np.array([np.nan, np.nan]))).all()
