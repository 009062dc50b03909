"""Significance tests: one pure function a formula."""

from eventstudy.inference.bmp import adjusted_bmp_t, bmp_t
from eventstudy.inference.bootstrap import bootstrap
from eventstudy.inference.classical import cross_section_t, date_clustered_t, ibragimov_mueller_t, skewness_adjusted_t
from eventstudy.inference.contrast import family_permutation, label_permutation, label_permutation_z
from eventstudy.inference.correlation import MeanCorrelation, mean_correlation
from eventstudy.inference.grank import grank_t, grank_z
from eventstudy.inference.multiplicity import benjamini_hochberg, holm
from eventstudy.inference.patell import adjusted_patell_z, patell_z
from eventstudy.inference.placebo import ewma_scale, placebo_p, placebo_z, step_down_p
from eventstudy.inference.ranks import rank_z
from eventstudy.inference.registry import DEFAULT_TESTS, TESTS, ContrastTest, MeanTest, run_tests
from eventstudy.inference.returns_sample import sample_of_returns
from eventstudy.inference.sample import EventSample
from eventstudy.inference.signs import generalized_sign_z, sign_z, wilcoxon
from eventstudy.inference.timeseries import calendar_time_t, crude_dependence_t

__all__ = [
    "DEFAULT_TESTS",
    "TESTS",
    "ContrastTest",
    "EventSample",
    "MeanCorrelation",
    "MeanTest",
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
    "patell_z",
    "placebo_p",
    "placebo_z",
    "rank_z",
    "run_tests",
    "sample_of_returns",
    "sign_z",
    "skewness_adjusted_t",
    "step_down_p",
    "wilcoxon",
]
