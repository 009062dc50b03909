"""Significance tests: one pure function a formula, one module a family; each test by its id, as `TESTS` lists them."""

from collections.abc import Callable

from eventstudy.inference import blocks, least_squares, nonparametric, parametric, placebo, regressions
from eventstudy.inference.blocks import OF_CONTRASTS, overlap_matrix, raise_fold_permutation
from eventstudy.inference.nonparametric import sample_quantiles
from eventstudy.inference.parametric import mean_correlation, power_of_mean, size_of_unadjusted, smallest_effect
from eventstudy.inference.sample import OF_MEANS, EventSample, SignificanceTest, mid_ranks, sample_of_returns
from eventstudy.statistic import Law, Statistic, benjamini_hochberg, holm, two_sided_t

__all__ = [
    "DEFAULT_TESTS", "TESTS", "EventSample", "Law", "SignificanceTest", "Statistic", "benjamini_hochberg", "holm",
    "least_squares", "mean_correlation", "mid_ranks", "overlap_matrix", "placebo", "power_of_mean",
    "raise_fold_permutation", "regressions", "sample_of_returns", "sample_quantiles", "size_of_unadjusted",
    "smallest_effect", "two_sided_t",
]  # fmt: skip

_FAMILIES = [module.__name__ for module in (parametric, nonparametric, blocks)]

#: Every test by id, in the order in which tables show them: of means family by family, then contrasts.
TESTS: dict[str, SignificanceTest] = {
    **dict(sorted(OF_MEANS.items(), key=lambda item: _FAMILIES.index(item[1].function.__module__))),
    **OF_CONTRASTS,
}

#: The short honest list that is run when nothing is asked for.
DEFAULT_TESTS = tuple(name for name, test in TESTS.items() if test.default)


def __getattr__(name: str) -> Callable[..., Statistic]:
    if name in TESTS:
        return TESTS[name].function
    raise AttributeError(f"module 'eventstudy.inference' has no attribute '{name}'")
