"""The method in names, formulas and papers, read off the docstrings of the very functions that were run."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from eventstudy.inference import TESTS
from eventstudy.inference.placebo import placebo_p, step_down_p
from eventstudy.study.result import StudyResult

#: A heading of a numpydoc docstring and its rule.
_HEADING = re.compile(r"^(?P<name>[A-Z][A-Za-z ]+)\n-{3,}$", re.MULTILINE)

_PLACEBO = (
    "p = (1 + #{|z_b| ≥ |z|}) / (B + 1) over B days without news; z = CAR / (σ √n) with the volatility σ known the day "
    "before. Of a mean: the mean z against means over placebo calendars shaped like the events' own."
)
_FAMILY = "The largest |z| over the markets on common days without news, step-down from the largest to the smallest."


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
    """Return what a study computed: its model, its placebo p-values, its tests.

    Parameters
    ----------
    result : StudyResult
        The result.

    Returns
    -------
    tuple of Method
        In the order in which a study computes them.
    """
    model = result.design.model
    first = (
        _method(model.name, type(model)),
        replace(_method("placebo_p", placebo_p, "how ordinary a move is on a market this nervous"), formula=_PLACEBO),
        replace(_method("family_p", step_down_p, "all markets at once"), formula=_FAMILY),
    )
    tests = [(name, test) for name, test in TESTS.items() if name in result.design.tests]
    return (*first, *(_method(name, test.function, test.good_for) for name, test in tests))


def _method(name: str, source: Callable[..., Any], good_for: str = "") -> Method:
    parts = docstring_parts(inspect.getdoc(source) or "")
    return Method(name, parts.get("", ""), parts.get("Notes", ""), parts.get("References", ""), good_for)


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
