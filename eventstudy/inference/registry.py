"""Every test there is, by id: designs, tables, the command line and the documentation iterate over this one object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from eventstudy.tasks import run_tasks
from eventstudy.inference.bmp import adjusted_bmp_t, bmp_t
from eventstudy.inference.bootstrap import Drawn, bootstrap
from eventstudy.inference.classical import cross_section_t, date_clustered_t, ibragimov_mueller_t, skewness_adjusted_t
from eventstudy.inference.contrast import NULL_LABELS, label_permutation, label_permutation_z
from eventstudy.inference.grank import NULL_GRANK, grank_t, grank_z
from eventstudy.inference.patell import adjusted_patell_z, patell_z
from eventstudy.inference.ranks import NULL_RANK, rank_z
from eventstudy.inference.sample import EventSample
from eventstudy.inference.signs import (
    NULL_GENERALIZED,
    NULL_SIGN,
    NULL_SYMMETRY,
    generalized_sign_z,
    sign_z,
    wilcoxon,
)
from eventstudy.inference.timeseries import calendar_time_t, crude_dependence_t
from eventstudy.inference.verdict import NULL_MEAN
from eventstudy.returns import Floats
from eventstudy.statistic import Statistic


@dataclass(frozen=True)
class MeanTest:
    """A test of one sample of CARs.

    Parameters
    ----------
    function : callable
        ``f(sample) -> Statistic``, or ``f(sample, seed, drawn)`` where it draws.
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
    takes : str
        What it takes most of its time for, and shares with other tests of a sample; '' where it takes none.

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
    takes: str = ""

    def run(self, sample: EventSample, seed: int, drawn: Drawn | None = None) -> Statistic:
        """Return the statistic of a sample; `seed` is for those that draw, and `drawn` what they drew for others."""
        return self.function(sample, seed, drawn) if self.draws else self.function(sample)


@dataclass(frozen=True)
class ContrastTest:
    """A test of raises against folds.

    Parameters
    ----------
    function : callable
        ``f(values, is_raise, phases, seed, labels) -> Statistic``, one a market event; labels dealt beforehand.
    law, null, good_for, default
        As in `MeanTest`.
    of_z : bool
        Whether the values are volatility-scaled CARs.
    """

    function: Callable[[Floats, NDArray[np.bool_], NDArray[np.str_], int, NDArray[np.bool_] | None], Statistic]
    law: str
    null: str
    good_for: str
    default: bool = False
    of_z: bool = False


#: Every test by id, in the order in which tables show them.
TESTS: dict[str, MeanTest | ContrastTest] = {
    "cross_section_t": MeanTest(
        cross_section_t, "t(N-1)", NULL_MEAN, "many independent events, each on its own date", default=True
    ),
    "date_clustered_t": MeanTest(
        date_clustered_t, "t(dates-1)", NULL_MEAN, "several series or events on one date", default=True
    ),
    "crude_dependence_t": MeanTest(
        crude_dependence_t, "t(M-1)", NULL_MEAN, "few events, correlated series, steady volatility"
    ),
    "patell_z": MeanTest(
        patell_z, "N(0,1)", NULL_MEAN, "independent events of unequal volatility, steady at the event"
    ),
    "adjusted_patell_z": MeanTest(
        adjusted_patell_z,
        "N(0,1)",
        NULL_MEAN,
        "series that share event dates, with steady volatility",
        takes="correlation",
    ),
    "bmp_t": MeanTest(bmp_t, "t(N-1)", NULL_MEAN, "independent events whose volatility rises with the news"),
    "adjusted_bmp_t": MeanTest(
        adjusted_bmp_t,
        "t(N-1)",
        NULL_MEAN,
        "series that share event dates, with volatility that rises with the news",
        default=True,
        takes="correlation",
    ),
    "skewness_adjusted_t": MeanTest(skewness_adjusted_t, "t(N-1)", NULL_MEAN, "long windows, whose CARs are skewed"),
    "sign_z": MeanTest(sign_z, "exact binomial", NULL_SIGN, "a count nobody can argue with"),
    "generalized_sign_z": MeanTest(
        generalized_sign_z, "N(0,1)", NULL_GENERALIZED, "outliers; markets that mostly drift one way", default=True
    ),
    "wilcoxon": MeanTest(wilcoxon, "exact to N = 50", NULL_SYMMETRY, "few events with heavy tails"),
    "rank_z": MeanTest(
        rank_z,
        "N(0,1)",
        NULL_RANK,
        "few events, heavy tails, skewness, series that share dates",
        default=True,
        takes="ranks",
    ),
    "grank_t": MeanTest(
        grank_t,
        "t(T-2)",
        NULL_GRANK,
        "20 events or more, long windows, volatility that rises with the news",
        takes="ranks",
    ),
    "grank_z": MeanTest(
        grank_z, "N(0,1)", NULL_GRANK, "20 independent events or more, with heavy tails", takes="ranks"
    ),
    "bootstrap": MeanTest(
        bootstrap,
        "resampled",
        NULL_MEAN,
        "an interval for the mean; several CARs on one date",
        draws=True,
        takes="draws",
    ),
    "ibragimov_mueller_t": MeanTest(
        ibragimov_mueller_t, "t(episodes-1)", NULL_MEAN, "events that hang together within episodes"
    ),
    "calendar_time_t": MeanTest(
        calendar_time_t, "t(M-1)", NULL_MEAN, "overlapping windows, and series that share dates", takes="portfolios"
    ),
    "label_permutation": ContrastTest(
        label_permutation, "permutation", NULL_LABELS, "raises against folds", default=True
    ),
    "label_permutation_z": ContrastTest(
        label_permutation_z,
        "permutation",
        NULL_LABELS,
        "raises against folds on days of unequal nervousness",
        default=True,
        of_z=True,
    ),
}

#: The short honest list that is run when nothing is asked for.
DEFAULT_TESTS = tuple(name for name, test in TESTS.items() if test.default)

#: From so many residuals on, some 10 ms of work, threads gain more than they cost.
_WORTH_THREADS = 200_000


def run_tests(
    tests: Sequence[MeanTest],
    sample: EventSample,
    seed: int,
    drawn: Drawn | None = None,
    executor: Executor | None = None,
) -> list[Statistic]:
    """Run several tests on one sample, in threads where it is large.

    Parameters
    ----------
    tests : sequence of MeanTest
        The tests.
    sample : EventSample
        The sample.
    seed : int
        For those that draw.
    drawn : dict, optional
        What they drew for other samples.
    executor : concurrent.futures.Executor, optional
        Who does the work; default a thread a processor where there is enough of it. The answers are the same.

    Returns
    -------
    list of Statistic
        In the order of the tests.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 3), np.array([[3.0], [1.5], [4.0]]))
    >>> [found.test for found in run_tests([TESTS["bmp_t"], TESTS["rank_z"]], sample, seed=0)]
    ['bmp_t', 'rank_z']
    """
    together: dict[str, list[int]] = {}
    for k, test in enumerate(tests):
        together.setdefault(test.takes, []).append(k)
    tasks = [([tests[k] for k in places], sample, seed, drawn) for places in together.values()]
    found = run_tasks(_run_each, tasks, executor, threads=sample.residual.size > _WORTH_THREADS)
    by_place = dict(zip(chain(*together.values()), chain(*found), strict=True))
    return [by_place[k] for k in range(len(tests))]


def _run_each(tests: Sequence[MeanTest], sample: EventSample, seed: int, drawn: Drawn | None) -> list[Statistic]:
    return [test.run(sample, seed, drawn) for test in tests]
