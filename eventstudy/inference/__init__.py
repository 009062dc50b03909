"""Significance tests: one pure function a formula."""

from eventstudy.inference.correlation import MeanCorrelation, mean_correlation
from eventstudy.inference.multiplicity import benjamini_hochberg, holm
from eventstudy.inference.nonparametric import (
    SampleQuantiles,
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
    calendar_time_t,
    cross_section_t,
    crude_dependence_t,
    date_clustered_t,
    ibragimov_mueller_t,
    patell_z,
    skewness_adjusted_t,
)
from eventstudy.inference.placebo import ewma_scale, placebo_p, placebo_z, step_down_p
from eventstudy.inference.registry import DEFAULT_TESTS, TESTS, ContrastTest, MeanTest, run_tests
from eventstudy.inference.resampled import (
    bootstrap,
    family_permutation,
    label_permutation,
    label_permutation_z,
    overlap_matrix,
    raise_fold_permutation,
)
from eventstudy.inference.sample import EventSample, mid_ranks, sample_of_returns

__all__ = [
    "DEFAULT_TESTS",
    "TESTS",
    "ContrastTest",
    "EventSample",
    "MeanCorrelation",
    "MeanTest",
    "SampleQuantiles",
    "adjusted_bmp_t",
    "adjusted_patell_z",
    "benjamini_hochberg",
    "bmp_t",
    "bootstrap",
    "calendar_time_t",
    "cross_section_t",
    "crude_dependence_t",
    "date_clustered_t",
    "ewma_scale",
    "family_permutation",
    "generalized_sign_z",
    "grank_t",
    "grank_z",
    "holm",
    "ibragimov_mueller_t",
    "label_permutation",
    "label_permutation_z",
    "mean_correlation",
    "mid_ranks",
    "overlap_matrix",
    "patell_z",
    "placebo_p",
    "placebo_z",
    "raise_fold_permutation",
    "rank_z",
    "run_tests",
    "sample_of_returns",
    "sample_quantiles",
    "sign_z",
    "skewness_adjusted_t",
    "step_down_p",
    "wilcoxon",
]
