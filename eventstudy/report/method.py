"""The method in names, formulas and papers, read off the docstrings of the very functions that were run."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from eventstudy.inference import TESTS
from eventstudy.inference.blocks import raise_fold_permutation
from eventstudy.inference.placebo import SCALES, step_down_p
from eventstudy.study.placebo import mean_placebos, single_placebos
from eventstudy.study.result import StudyResult

#: A heading of a numpydoc docstring and its rule.
_HEADING = re.compile(r"^(?P<name>[A-Z][A-Za-z ]+)\n-{3,}$", re.MULTILINE)

#: What no p against days without news can see.
CAUTION = (
    "What no placebo can see is volatility that rises with the event itself: where it does, p is too small, and 19 to "
    "50 % of events without any effect come out at 0.05 or less."
)


@dataclass(frozen=True)
class Method:
    """One thing that was computed.

    Parameters
    ----------
    name : str
        Its id in the tables.
    what, formula, paper : str
        What it is in a line, its formula, and where it comes from; empty where the function does not say.
    good_for : str
        When to look at it.
    """

    name: str
    what: str
    formula: str
    paper: str
    good_for: str = ""


def methods(result: StudyResult) -> tuple[Method, ...]:
    """Return what a study computed: its model, its scale, its p-values, its tests, in this order."""
    design = result.design
    single = "p = (1 + #{|z_b| ≥ |z|} + #{the same of windows that overlap the event's own}) / (B + n). " + CAUTION
    family = "Max |z| over the markets on common days without news, step-down from the largest |z| to the smallest."
    found = [
        _method(design.model.name, type(design.model)),
        _method(f"scale {design.scale}", SCALES[design.scale], "z = CAR / (σ √n), the unit of every p"),
        _method("p of one event", single_placebos, "how ordinary a move is for a market this nervous", single),
        _method("p of a mean", mean_placebos, "how ordinary a mean is"),
        _method("family p", step_down_p, "all markets at once", family),
    ]
    if result.contrast:
        found.append(_method(f"p of {design.contrast}", raise_fold_permutation, "two labels against one another"))
    tests = [(name, test) for name, test in TESTS.items() if name in design.tests]
    return (*found, *(_method(name, test.function, test.good_for) for name, test in tests))


def _method(name: str, source: Callable[..., Any], good_for: str = "", formula: str = "") -> Method:
    parts = docstring_parts(inspect.getdoc(source) or "")
    return Method(name, parts[""], formula or parts.get("Notes", ""), parts.get("References", ""), good_for)


def docstring_parts(text: str) -> dict[str, str]:
    r"""Split a numpydoc docstring into its sections; the first line stands under the empty name.

    Examples
    --------
    >>> docstring_parts("A mean.\n\nNotes\n-----\n``m = S / n``\n")
    {'': 'A mean.', 'Notes': 'm = S / n'}
    """
    places = [*_HEADING.finditer(text), None]
    parts = {"": " ".join(text.split("\n\n", maxsplit=1)[0].split())}
    for heading, following in pairwise(places):
        if heading is not None:
            end = following.start() if following else len(text)
            parts[heading["name"]] = " ".join(text[heading.end() : end].replace("`", "").split())
    return parts
