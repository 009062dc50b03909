"""Significance tests: one pure function a formula."""

from eventstudy.inference.classical import cross_section_t, date_clustered_t
from eventstudy.inference.contrast import label_permutation
from eventstudy.inference.multiplicity import holm
from eventstudy.inference.placebo import ewma_scale, placebo_p, placebo_z, step_down_p

__all__ = [
    "cross_section_t",
    "date_clustered_t",
    "ewma_scale",
    "holm",
    "label_permutation",
    "placebo_p",
    "placebo_z",
    "step_down_p",
]
