"""Cross-section of CARs: which attributes of an event go with a larger reaction."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import DesignError, UnknownNameError, did_you_mean
from eventstudy.inference.regression.least_squares import (
    Estimate,
    JointTest,
    Regression,
    estimate,
    joint_test,
    ordinary_fit,
    within_groups,
)
from eventstudy.returns import Floats

#: What may stand in a formula before a parenthesis, beside the functions of numpy below.
FUNCTIONS = ("C", "I", "Q", "Treatment", "Sum", "center", "standardize")
NUMPY_FUNCTIONS = ("abs", "exp", "log", "log1p", "sign", "sqrt", "square")

_HIGHEST_CORRELATION = 0.95

#: What the formula engines call the constant.
_CONSTANT = ("Intercept", "1")

#: Numbers that differ by less than this share are the same but for rounding.
_SAME = 1e-12


@dataclass(frozen=True, eq=False)
class CrossSection:
    """The regression of a cross-section.

    Parameters
    ----------
    fit : Regression
        The regression; its `results` are statsmodels'.
    coefficients : mapping of str to Estimate
        By the formula's own names.
    terms : mapping of str to JointTest
        By term, all coefficients of a term at once; the constant is none.
    n_clusters : int
        Number of clusters.
    """

    fit: Regression
    coefficients: dict[str, Estimate]
    terms: dict[str, JointTest]
    n_clusters: int


def formula_columns(formula: str, columns: Iterable[str]) -> list[str]:
    """Return the columns that a formula uses.

    Parameters
    ----------
    formula : str
        E.g. ``car ~ C(stance) + intensity``.
    columns : iterable of str
        Columns there are.

    Returns
    -------
    list of str
        In the order in which they first appear.

    Raises
    ------
    UnknownNameError
        If a name is neither a column nor a known function; says what would be near.
    DesignError
        If it is no formula with two sides.

    Examples
    --------
    >>> formula_columns("car ~ C(stance) + np.abs(intensity)", ["car", "stance", "intensity", "phase"])
    ['car', 'stance', 'intensity']
    """
    if formula.count("~") != 1 or not all(side.strip() for side in formula.split("~")):
        raise DesignError(
            f"'{formula}' is no formula; write what is explained, ~, and what explains it: car ~ C(stance)"
        )
    known, found = list(columns), []
    words = _words(formula)
    for k, (kind, text) in enumerate(words):
        before, after = words[k - 1][1] if k else "", words[k + 1][1] if k + 1 < len(words) else ""
        if kind == tokenize.STRING and before == "(" and k > 1 and words[k - 2][1] == "Q":
            found.append(_known_column(text[1:-1], known, formula))
        if kind != tokenize.NAME:
            continue
        if text == "np" and after == ".":
            continue
        if before == ".":
            _require_function(text, NUMPY_FUNCTIONS, "np.", formula)
        elif after == "(":
            _require_function(text, FUNCTIONS, "", formula)
        elif after != "=":
            found.append(_known_column(text, known, formula))
    return list(dict.fromkeys(found))


def _words(formula: str) -> list[tuple[int, str]]:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(formula).readline))
    except (tokenize.TokenError, SyntaxError) as error:
        raise DesignError(f"'{formula}' is no formula: {error.args[0]}") from None
    return [(token.type, token.string) for token in tokens if token.string.strip()]


def _known_column(name: str, known: list[str], formula: str) -> str:
    if name not in known:
        raise UnknownNameError(f"formula '{formula}': no column '{name}'; {did_you_mean(name, known)}")
    return name


def _require_function(name: str, known: tuple[str, ...], prefix: str, formula: str) -> None:
    if name not in known:
        near = did_you_mean(name, known)
        raise UnknownNameError(f"formula '{formula}': no function '{prefix}{name}'; {near}")


def cross_section(formula: str, frame: pd.DataFrame, clusters: NDArray[np.int64] | None) -> CrossSection:
    """Run a regression over a cross-section of CARs.

    Parameters
    ----------
    formula : str
        In the language of statsmodels' formulas; `formula_columns` says which words it may have.
    frame : DataFrame, shape (n, any)
        The rows, nothing missing in the columns of the formula.
    clusters : ndarray of int64, shape (n,), or None
        Cluster of each row, e.g. its date; None: rows are independent, and HC3 serves.

    Returns
    -------
    CrossSection
        Coefficients and joint tests of terms, with small-sample standard errors and degrees of freedom.

    Raises
    ------
    DesignError
        If the formula cannot be understood, or leaves nothing to compare: too few rows, or a side that is the same in
        all of them.

    Notes
    -----
    CARs of one date share that day's other news, so rows are clustered by date. Few clusters make the usual clustered
    t reject too often: variance and degrees of freedom are Bell and McCaffrey's, under errors that are equally
    correlated within a cluster. A coefficient that rests on a single date has no p.
    """
    y, x, names, terms = _matrices(formula, frame)
    if len(y) < x.shape[1] + 2:
        raise DesignError(f"formula '{formula}' has {x.shape[1]} coefficients for {len(y)} rows; leave some out")
    if np.ptp(y) <= _SAME * np.abs(y).max():
        raise DesignError(f"formula '{formula}': the left side is the same in all {len(y)} rows; nothing to explain")
    for term, where in terms.items():
        if term not in _CONSTANT and not np.ptp(x[:, where], axis=0).any():
            raise DesignError(f"formula '{formula}': {term} is the same in all {len(y)} rows; nothing to compare")
    fit = ordinary_fit(y, x)
    if clusters is None:
        regression = Regression(fit, x, "HC3")
    else:
        working = within_groups(clusters, within_correlation(np.asarray(fit.resid), clusters))
        regression = Regression(fit, x, "cluster", groups=clusters, working=working)
    unit = np.eye(len(names))
    n_clusters = len(y) if clusters is None else len(np.unique(clusters))
    return CrossSection(
        regression,
        {name: estimate(regression, row) for name, row in zip(names, unit, strict=True)},
        {term: joint_test(regression, unit[where]) for term, where in terms.items() if term not in _CONSTANT},
        n_clusters,
    )


def _matrices(formula: str, frame: pd.DataFrame) -> tuple[Floats, Floats, list[str], dict[str, slice]]:
    """Return left side, right side, names of its columns and the columns of each term."""
    from statsmodels.formula.api import ols

    plain = frame.assign(**{str(name): frame[name].astype(object) for name in frame if not _is_number(frame[name])})
    try:
        model = ols(formula, plain)
    except Exception as error:
        # Every formula engine has its own exceptions; whatever it says is about the user's formula.
        raise DesignError(f"formula '{formula}' cannot be read: {str(error).splitlines()[0]}") from error
    y, x = np.asarray(model.endog, dtype=np.float64), np.asarray(model.exog, dtype=np.float64)
    if y.ndim > 1:
        raise DesignError(f"formula '{formula}': the left side must be one number a row")
    specification = getattr(model.data, "model_spec", None) or model.data.design_info
    slices = getattr(specification, "term_name_slices", None) or specification.term_slices
    return y, x, list(model.exog_names), {str(term): where for term, where in slices.items()}


def _is_number(column: pd.Series) -> bool:
    return column.dtype.kind in "fiub"


def within_correlation(residual: Floats, clusters: NDArray[np.int64]) -> float:
    """Return the mean correlation of residuals within clusters, between 0 and 0.95.

    Parameters
    ----------
    residual : ndarray, shape (n,)
        Residuals.
    clusters : ndarray of int64, shape (n,)
        Cluster of each.

    Returns
    -------
    float
        Mean product of two residuals of one cluster over the mean square; 0 where no cluster has two.
    """
    sums, squares = np.bincount(clusters, weights=residual), np.bincount(clusters, weights=residual**2)
    sizes = np.bincount(clusters)
    pairs = float((sizes * (sizes - 1)).sum())
    if not pairs or not squares.sum() > 0:
        return 0.0
    products = float((sums**2 - squares).sum()) / pairs
    return float(np.clip(products / (squares.sum() / len(residual)), 0.0, _HIGHEST_CORRELATION))
