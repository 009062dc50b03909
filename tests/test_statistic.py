import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.inference import Statistic, two_sided_t

statistics = st.floats(-50, 50)


@given(statistics)
def test_one_degree_of_freedom_is_cauchy(t):
    """With one degree of freedom P(|T| > |t|) = 1 - 2 atan|t| / pi."""
    assert two_sided_t(t, 1) == pytest.approx(1 - 2 * math.atan(abs(t)) / math.pi, abs=1e-9)


@given(statistics)
def test_two_degrees_of_freedom_have_a_closed_form(t):
    """With two degrees of freedom P(|T| > |t|) = 1 - |t| / sqrt(2 + t^2)."""
    assert two_sided_t(t, 2) == pytest.approx(1 - abs(t) / math.sqrt(2 + t * t), abs=1e-9)


@pytest.mark.parametrize(("t", "df"), [(12.706, 1), (2.228, 10), (2.042, 30), (1.980, 120)])
def test_the_textbook_table(t, df):
    """The 5 % points of Student's table give 5 %, to the table's three decimals."""
    assert two_sided_t(t, df) == pytest.approx(0.05, abs=1e-4)


def test_many_degrees_of_freedom_are_normal():
    """With very many degrees of freedom 1.96 gives the normal law's 5 %: erfc(1.96 / sqrt 2)."""
    assert two_sided_t(1.96, 1e9) == pytest.approx(math.erfc(1.96 / math.sqrt(2)), abs=1e-8)


@given(statistics, st.integers(1, 500))
def test_the_sign_does_not_matter(t, df):
    """Two-sided means that t and -t have the same p-value, between 0 and 1."""
    assert two_sided_t(t, df) == two_sided_t(-t, df)
    assert 0 <= two_sided_t(t, df) <= 1


@given(st.floats(0, 20), st.floats(0.001, 20), st.integers(1, 500))
def test_a_larger_statistic_is_rarer(t, more, df):
    """The p-value falls as the statistic grows."""
    assert two_sided_t(t + more, df) < two_sided_t(t, df) <= 1


def test_what_is_undefined_has_no_p_value():
    """A missing statistic, and one without degrees of freedom, has the p-value NaN and no warning."""
    assert np.isnan(two_sided_t([math.nan, 2.0, 2.0, 2.0], [10.0, 0.0, -1.0, math.nan])).all()


def test_statistics_and_degrees_broadcast():
    """A column of statistics meets a row of degrees of freedom."""
    table = two_sided_t([[0.0], [1.0]], [1.0, 2.0])
    np.testing.assert_allclose(table, [[1.0, 1.0], [0.5, 1 - 1 / math.sqrt(3)]])


def test_a_statistic_is_a_value():
    """A statistic cannot be changed, only replaced, and two with the same content are equal."""
    statistic = Statistic("t", 2.0, "t", 10.0, 0.07, "nothing happened", 11, 11)
    assert statistic == dataclasses.replace(statistic)
    with pytest.raises(dataclasses.FrozenInstanceError):
        statistic.value = 3.0
