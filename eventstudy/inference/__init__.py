"""Significance tests: one pure function a formula, one module a family.

Regressions and placebo figures are reached through their modules: `regressions`, `least_squares`, `placebo`.
"""

from eventstudy.inference import blocks, least_squares, nonparametric, parametric, placebo, regressions
from eventstudy.inference.blocks import (
    OF_CONTRASTS,
    bootstrap,
    calendar_time_t,
    ibragimov_mueller_t,
    label_permutation,
    label_permutation_z,
    overlap_matrix,
    raise_fold_permutation,
)
from eventstudy.inference.nonparametric import (
    generalized_sign_z,
    grank_t,
    grank_z,
    rank_z,
    sample_quantiles,
    sign_z,
    wilcoxon,
)
from eventstudy.inference.parametric import (
    adjusted_bmp_t,
    adjusted_patell_z,
    bmp_t,
    cross_section_t,
    crude_dependence_t,
    date_clustered_t,
    mean_correlation,
    patell_z,
    power_of_mean,
    size_of_unadjusted,
    skewness_adjusted_t,
    smallest_effect,
)
from eventstudy.inference.sample import OF_MEANS, EventSample, SignificanceTest, mid_ranks, sample_of_returns
from eventstudy.statistic import benjamini_hochberg, holm

__all__ = [
    "DEFAULT_TESTS", "TESTS", "EventSample", "SignificanceTest", "adjusted_bmp_t", "adjusted_patell_z",
    "benjamini_hochberg", "bmp_t",
    "bootstrap", "calendar_time_t", "cross_section_t", "crude_dependence_t", "date_clustered_t", "generalized_sign_z",
    "grank_t", "grank_z", "holm", "ibragimov_mueller_t", "label_permutation", "label_permutation_z", "least_squares",
    "mean_correlation", "mid_ranks", "overlap_matrix", "patell_z", "placebo", "power_of_mean", "raise_fold_permutation",
    "rank_z", "regressions", "sample_of_returns", "sample_quantiles", "sign_z", "size_of_unadjusted",
    "skewness_adjusted_t", "smallest_effect", "wilcoxon",
]  # fmt: skip

_FAMILIES = [module.__name__ for module in (parametric, nonparametric, blocks)]

#: Every test by id, in the order in which tables show them: of means family by family, then contrasts.
TESTS: dict[str, SignificanceTest] = {
    **dict(sorted(OF_MEANS.items(), key=lambda item: _FAMILIES.index(item[1].function.__module__))),
    **OF_CONTRASTS,
}

#: The short honest list that is run when nothing is asked for.
DEFAULT_TESTS = tuple(name for name, test in TESTS.items() if test.default)
