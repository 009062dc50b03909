"""Every test there is, by id: designs, tables, the command line and the documentation iterate over this one object."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.nonparametric import (
    NULL_GENERALIZED,
    NULL_GRANK,
    NULL_RANK,
    NULL_SIGN,
    NULL_SYMMETRY,
    generalized_sign_z,
    grank_t,
    grank_z,
    rank_z,
    sign_z,
    wilcoxon,
)
from eventstudy.inference.parametric import (
    adjusted_bmp_t,
    adjusted_patell_z,
    bmp_t,
    calendar_time_t,
    cross_section_t,
    crude_dependence_t,
    date_clustered_t,
    ibragimov_mueller_t,
    patell_z,
    skewness_adjusted_t,
)
from eventstudy.inference.resampled import NULL_LABELS, bootstrap, label_permutation, label_permutation_z
from eventstudy.inference.sample import NULL_MEAN, EventSample, Groups
from eventstudy.returns import Floats
from eventstudy.statistic import Statistic, Statistics


@dataclass(frozen=True)
class MeanTest:
    """A test of one sample of CARs.

    Parameters
    ----------
    function : callable
        ``f(sample) -> Statistic``, or ``f(sample, seed)`` where it draws.
    law : str
        The law in short, e.g. ``t(N-1)``.
    null : str
        The null hypothesis in words.
    good_for : str
        When to look at it, in a few words.
    default : bool
        Whether it is run when nothing is asked for.
    draws : bool
        Whether it draws at random.

    Examples
    --------
    >>> test = TESTS["bmp_t"]
    >>> test.law, test.good_for
    ('t(N-1)', 'independent events whose volatility rises with the news')
    """

    function: Callable[..., Statistic]
    law: str
    null: str
    good_for: str
    default: bool = False
    draws: bool = False

    def run(self, sample: EventSample, seed: int = 0) -> Statistic:
        """Return the statistic of a sample; `seed` is for those that draw."""
        return self.of_groups(Groups.of(sample), seed)[0]

    def of_groups(self, groups: Groups, seed: int = 0) -> Statistics:
        """Return the statistics of several samples at once."""
        function: Callable[..., Statistics] = inspect.unwrap(self.function)
        return function(groups, seed) if self.draws else function(groups)


@dataclass(frozen=True)
class ContrastTest:
    """A test of raises against folds.

    Parameters
    ----------
    function : callable
        ``f(values, is_raise, phases, seed) -> Statistic``, one value a market event.
    law, null, good_for, default
        As in `MeanTest`.
    of_z : bool
        Whether the values are volatility-scaled CARs.
    """

    function: Callable[[Floats, NDArray[np.bool_], NDArray[np.str_], int], Statistic]
    law: str
    null: str
    good_for: str
    default: bool = False
    of_z: bool = False


_MEAN_TESTS = (
    MeanTest(cross_section_t, "t(N-1)", NULL_MEAN, "many independent events, each on its own date", default=True),
    MeanTest(date_clustered_t, "t(dates-1)", NULL_MEAN, "several series or events on one date", default=True),
    MeanTest(crude_dependence_t, "t(M-1)", NULL_MEAN, "few events, correlated series, steady volatility"),
    MeanTest(patell_z, "N(0,1)", NULL_MEAN, "independent events of unequal volatility, steady at the event"),
    MeanTest(adjusted_patell_z, "N(0,1)", NULL_MEAN, "series that share event dates, with steady volatility"),
    MeanTest(bmp_t, "t(N-1)", NULL_MEAN, "independent events whose volatility rises with the news"),
    MeanTest(
        *(adjusted_bmp_t, "t(N-1)", NULL_MEAN),
        "series that share event dates, with volatility that rises with the news",
        default=True,
    ),
    MeanTest(skewness_adjusted_t, "t(N-1)", NULL_MEAN, "long windows, whose CARs are skewed"),
    MeanTest(sign_z, "exact binomial", NULL_SIGN, "a count nobody can argue with"),
    MeanTest(
        generalized_sign_z, "N(0,1)", NULL_GENERALIZED, "outliers; markets that mostly drift one way", default=True
    ),
    MeanTest(wilcoxon, "exact to N = 50", NULL_SYMMETRY, "few events with heavy tails"),
    MeanTest(rank_z, "N(0,1)", NULL_RANK, "few events, heavy tails, skewness, series that share dates", default=True),
    MeanTest(grank_t, "t(T-2)", NULL_GRANK, "20 events or more, long windows, volatility that rises with the news"),
    MeanTest(grank_z, "N(0,1)", NULL_GRANK, "20 independent events or more, with heavy tails"),
    MeanTest(bootstrap, "resampled", NULL_MEAN, "an interval for the mean; several CARs on one date", draws=True),
    MeanTest(ibragimov_mueller_t, "t(episodes-1)", NULL_MEAN, "events that hang together within episodes"),
    MeanTest(calendar_time_t, "t(M-1)", NULL_MEAN, "overlapping windows, and series that share dates"),
)

_CONTRAST_TESTS = (
    ContrastTest(label_permutation, "permutation", NULL_LABELS, "raises against folds", default=True),
    ContrastTest(
        *(label_permutation_z, "permutation", NULL_LABELS),
        "raises against folds on days of unequal nervousness",
        default=True,
        of_z=True,
    ),
)

#: Every test by id, in the order in which tables show them.
TESTS: dict[str, MeanTest | ContrastTest] = {test.function.__name__: test for test in (*_MEAN_TESTS, *_CONTRAST_TESTS)}

#: The short honest list that is run when nothing is asked for.
DEFAULT_TESTS = tuple(name for name, test in TESTS.items() if test.default)


def run_tests(tests: Sequence[MeanTest], sample: EventSample, seed: int = 0) -> list[Statistic]:
    """Run several tests on one sample.

    Parameters
    ----------
    tests : sequence of MeanTest
        The tests.
    sample : EventSample
        The sample.
    seed : int
        For those that draw.

    Returns
    -------
    list of Statistic
        In the order of the tests.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 3), np.array([[3.0], [1.5], [4.0]]))
    >>> [found.test for found in run_tests([TESTS["bmp_t"], TESTS["rank_z"]], sample)]
    ['bmp_t', 'rank_z']
    """
    groups = Groups.of(sample)
    return [test.of_groups(groups, seed)[0] for test in tests]
