"""Significance tests: one pure function a formula."""

from eventstudy.inference.least_squares import (
    COVARIANCES,
    FEW,
    NO_VARIANCE,
    NOT_IDENTIFIED,
    ORDINARY,
    Estimate,
    JointTest,
    Regression,
    Reliability,
    automatic_lags,
    bartlett,
    estimate,
    hotelling,
    joint_test,
    regress,
    reliability,
    within_groups,
)
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
    MeanCorrelation,
    adjusted_bmp_t,
    adjusted_patell_z,
    bmp_t,
    calendar_time_t,
    cross_section_t,
    crude_dependence_t,
    date_clustered_t,
    ibragimov_mueller_t,
    mean_correlation,
    patell_z,
    skewness_adjusted_t,
)
from eventstudy.inference.placebo import ewma_scale, placebo_p, placebo_z, step_down_p
from eventstudy.inference.power import (
    LEVEL,
    POWER,
    placebo_smallest,
    power_of_mean,
    size_of_unadjusted,
    smallest_effect,
)
from eventstudy.inference.registry import DEFAULT_TESTS, TESTS, ContrastTest, MeanTest, run_tests
from eventstudy.inference.regressions import (
    CommonDates,
    CrossSection,
    Diagnostic,
    Dummies,
    Response,
    SessionEffects,
    common_dates,
    cross_section,
    cumulated,
    diagnose,
    dummy_regression,
    event_dummies,
    formula_columns,
    lagged,
    project,
    session_effects,
    within_correlation,
)
from eventstudy.inference.resampled import (
    NewsFactor,
    bootstrap,
    label_permutation,
    label_permutation_z,
    news_factor,
    overlap_matrix,
    raise_fold_permutation,
)
from eventstudy.inference.sample import EventSample, Groups, mid_ranks, sample_of_returns
from eventstudy.statistic import benjamini_hochberg, holm

__all__ = [
    "COVARIANCES", "DEFAULT_TESTS", "FEW", "LEVEL", "NOT_IDENTIFIED", "NO_VARIANCE", "ORDINARY", "POWER", "TESTS",
    "CommonDates", "ContrastTest", "CrossSection", "Diagnostic", "Dummies", "Estimate", "EventSample", "Groups",
    "JointTest", "MeanCorrelation", "MeanTest", "NewsFactor", "Regression", "Reliability", "Response",
    "SampleQuantiles", "SessionEffects", "adjusted_bmp_t", "adjusted_patell_z", "automatic_lags", "bartlett",
    "benjamini_hochberg", "bmp_t", "bootstrap", "calendar_time_t", "common_dates", "cross_section", "cross_section_t",
    "crude_dependence_t", "cumulated", "date_clustered_t", "diagnose", "dummy_regression", "estimate",
    "event_dummies", "ewma_scale", "formula_columns", "generalized_sign_z", "grank_t", "grank_z", "holm", "hotelling",
    "ibragimov_mueller_t", "joint_test", "label_permutation", "label_permutation_z", "lagged", "mean_correlation",
    "mid_ranks", "news_factor", "overlap_matrix", "patell_z", "placebo_p", "placebo_smallest", "placebo_z",
    "power_of_mean", "project", "raise_fold_permutation", "rank_z", "regress", "reliability", "run_tests",
    "sample_of_returns", "sample_quantiles", "session_effects", "sign_z", "size_of_unadjusted", "skewness_adjusted_t",
    "smallest_effect", "step_down_p", "wilcoxon", "within_correlation", "within_groups",
]  # fmt: skip
