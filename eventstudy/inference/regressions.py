"""The regressions there are: event dummies, local projections, the cross-section of CARs; and residuals diagnosed."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterable, Sequence
from keyword import iskeyword

import numpy as np
import pandas as pd

from eventstudy.cells import brief
from eventstudy.errors import DesignError, UnknownNameError, did_you_mean
from eventstudy.inference import least_squares as ls
from eventstudy.inference.least_squares import Estimate, Regression
from eventstudy.markets.stamp import Dates
from eventstudy.models import window_sums
from eventstudy.returns import ROUNDING, Floats, Ints, Mask
from eventstudy.statistic import drawn_p
from eventstudy.window import Window

# -- event dummies ----------------------------------------------------------------------------------------------------


def event_dummies(n_sessions: int, positions: Iterable[int], labels: Sequence[str], span: Window) -> pd.DataFrame:
    """Return the dummies of labelled events.

    Parameters
    ----------
    n_sessions : int
        Sessions of the sample, T.
    positions, labels : sequence of int and of str, length N
        Event sessions, and the group of each event.
    span : Window
        Event time covered, n sessions.

    Returns
    -------
    DataFrame, shape (T, G * n)
        A column for each group, in the order in which they first appear, and session of event time: the number of
        events of the group that have this session at this event time. Events that overlap add up.

    Examples
    --------
    >>> event_dummies(4, [1, 2], ["raise", "raise"], Window(0, 1)).to_numpy()
    array([[0., 0.],
           [1., 0.],
           [1., 1.],
           [0., 1.]])
    """
    groups, n = list(dict.fromkeys(labels)), span.n_sessions
    columns = np.zeros((n_sessions, len(groups) * n))
    for position, label in zip(positions, labels, strict=True):
        rows = position + np.array(span.taus)
        inside = (rows >= 0) & (rows < n_sessions)
        columns[rows[inside], groups.index(label) * n + np.flatnonzero(inside)] += 1.0
    return pd.DataFrame(columns, columns=pd.MultiIndex.from_product([groups, span.taus], names=["group", "tau"]))


def restrictions(dummies: pd.DataFrame, group: str, window: Window, before: int) -> Floats:
    """Pick a group's coefficients over a window of m sessions, behind `before` regressors.

    Returns
    -------
    ndarray, shape (m, before + G * n)
        One coefficient a row; their sum is the CAR.
    """
    first = before + [*dummies.columns].index((group, window.first))
    return np.eye(before + dummies.shape[1])[first : first + window.n_sessions]


def dummy_regression(y: Floats, x: Floats, dummies: pd.DataFrame, rows: Ints, covariance: str) -> Regression:
    """Regress returns on a constant, regressors and event dummies.

    Parameters
    ----------
    y, x : ndarray, shapes (T,) and (T, k)
        Returns, and regressors without the constant.
    dummies : DataFrame
        The event dummies.
    rows : ndarray of int64, shape (n,)
        Sessions of the sample, on which `y` and `x` are finite.
    covariance : {'HAC', 'HC3', 'OLS'}
        What standard errors are made of; HAC has at least as many lags as the span has sessions, less one.

    Returns
    -------
    Regression
        Coefficients: constant, regressors, dummies.

    Notes
    -----
    ``R_t = α + β'x_t + Σ_gτ γ_gτ D_gτt + ε_t``. Events of one group share their path γ, so overlapping events are
    separated, and the residuals of event sessions are not zero.

    References
    ----------
    Binder (1985), On the use of the multivariate regression model in event studies, Journal of Accounting Research 23.
    """
    design = np.column_stack([np.ones(len(rows)), x[rows], dummies.to_numpy()[rows]])
    return ls.regress(y[rows], design, covariance, dummies.columns.get_level_values("tau").nunique() - 1)


def common_dates(
    fits: Sequence[Regression], weights: Sequence[Floats], dates: Sequence[Dates], least_lags: int
) -> tuple[Estimate | None, Estimate]:
    """Test one combination of coefficients of several series' regressions together.

    Parameters
    ----------
    fits, weights : sequence of Regression and of ndarray, length S
        The regressions, and the combination in each.
    dates : sequence of ndarray of datetime64[D], length S
        The dates of each one's observations.
    least_lags : int
        Fewest lags.

    Returns
    -------
    mean : Estimate or None
        The mean over the series; None where one of them has no robust variance of its own.
    joint : Estimate
        The test that all of them are zero; NaN then, with the reason.

    Notes
    -----
    The stacked regression of all series, each with coefficients of its own, clustered by date and with Newey and West's
    weights between dates: ``V_ij = Σ_ts w_ts u_it u_js`` with ``u_it = ψ_it e_it``, 0 where series i has no
    observation. It is then scaled up for few dates as each series' own variance is.

    References
    ----------
    Driscoll and Kraay (1998), Consistent covariance matrix estimation with spatially dependent panel data, Review of
    Economics and Statistics 80.
    """
    single = [ls.estimate(fit, row) for fit, row in zip(fits, weights, strict=True)]
    if any(not one.covariance.startswith("HAC") or not one.df > 0 for one in single):
        why = "a series has too few dates for a robust variance"
        return None, ls.by_f(np.nan, len(fits), np.nan, "HAC by date", why)
    days = np.unique(np.concatenate(list(dates)))
    maxlags = ls.automatic_lags(len(days), least_lags)
    scores = np.zeros((len(days), len(fits)))
    for s, (fit, row, day) in enumerate(zip(fits, weights, dates, strict=True)):
        scores[np.searchsorted(days, day), s] = fit.influence(row) * np.asarray(fit.results.resid)
    scale, value = np.sqrt([one.correction for one in single]), np.array([one.value for one in single])
    covariance = (scores.T @ (ls.bartlett(len(days), maxlags) @ scores)) * np.outer(scale, scale)
    df, label = min(one.df for one in single), f"HAC({maxlags}) by date"
    mean = ls.by_t(float(value.mean()), float(covariance.mean()), df, label, np.nan)
    return mean, ls.hotelling(value, covariance, df, label)


# -- local projections ------------------------------------------------------------------------------------------------


#: A regression needs this many sessions more than coefficients.
_SPARE_ROWS = 10


def project(
    returns: Floats, shock: Floats, controls: Floats, horizon: int, lags: int, apart: Mask | None = None
) -> tuple[Estimate, Regression | None, dict[str, int]]:
    """Estimate the response at one horizon.

    Parameters
    ----------
    returns, shock : ndarray, shape (T,)
        Returns, NaN where missing; the signed shock of each session, 0 on the others, NaN where it is not known.
    controls : ndarray, shape (T, k)
        Controls, entering on the session itself and with `lags` lags.
    horizon, lags : int
        Sessions after the event session, h; lags of returns, shocks and controls.
    apart : ndarray of bool, shape (T,), optional
        Sessions whose return no horizon may take in; it may be a lag.

    Returns
    -------
    estimate : Estimate
        Change from the session before the event to the h-th after it, for a shock of one; NaN with a note where no
        session has a shock or there are hardly more sessions than regressors.
    fit : Regression or None
        The regression: constant, shock, then the rest; None where there is none.
    counts : dict of str to int
        ``n_obs``, sessions in the regression; ``n_dates``, those of them whose shock is not zero; ``n_missing``,
        sessions left out because a return among the horizon, the lags or the controls is missing, or one is `apart`.

    Notes
    -----
    ``y_{t+h} - y_{t-1} = a_h + b_h s_t + Σ_l (c_l r_{t-l} + d_l s_{t-l}) + e_t``; HAC with at least h lags, because the
    errors of neighbouring sessions share up to h returns, and small-sample correction as in `estimate`, judged under
    errors that overlap like that.

    References
    ----------
    Jordà (2005), Estimation and inference of impulse responses by local projections, American Economic Review 95.
    """
    steps = returns if apart is None else np.where(apart, np.nan, returns)
    y = window_sums(steps, Window(0, horizon))  # no hole is spanned
    known = pd.DataFrame(np.column_stack([returns, shock, controls]))
    lagged = [known.shift(lag).to_numpy() for lag in range(1, lags + 1)]
    design = np.column_stack([np.ones(len(y)), shock, controls, *lagged])
    rows = np.flatnonzero(np.isfinite(y) & np.isfinite(design).all(axis=1))
    shocks = int(np.count_nonzero(shock[rows]))
    counts = {"n_obs": len(rows), "n_dates": shocks, "n_missing": len(y) - len(rows)}
    if not shocks or len(rows) < design.shape[1] + _SPARE_ROWS:
        why = "no event in the sample" if not shocks else f"{len(rows)} sessions for {design.shape[1]} coefficients"
        return ls.by_t(math.nan, math.nan, math.nan, "HAC", note=why), None, counts
    fit = ls.regress(y[rows], design[rows], "HAC", horizon, working=ls.bartlett(len(rows), horizon))
    return ls.estimate(fit, np.eye(design.shape[1])[1]), fit, counts


# -- cross-section of CARs --------------------------------------------------------------------------------------------


#: What may stand in a formula before a parenthesis, beside the functions of numpy below.
FUNCTIONS = ("C", "I", "center", "standardize")
NUMPY_FUNCTIONS = ("abs", "exp", "log", "log1p", "sign", "sqrt", "square")

_HIGHEST_CORRELATION = 0.95

#: The words of a formula: engines run Python, so what is none of these is refused. Texts, commas and names of options
#: exist only inside whole words, so nothing is called by them, formatted, or repeated without end.
_TEXT = r"(?:'[^'\\{}]*'|\"[^\"\\{}]*\")"
_LEVELS = rf"Sum|Treatment(?:\(\s*(?:reference\s*=\s*)?(?:{_TEXT}|\d+)\s*\))?"
_WORD = re.compile(
    rf"C\(\s*(?P<levels>Q\({_TEXT}\)|[^\W\d]\w*)\s*,\s*(?:{_LEVELS})\s*\)|(?P<quoted>Q\({_TEXT}\))"
    r"|(?P<function>(?:np\.)?[^\W\d]\w*)(?=\s*\()|(?P<column>[^\W\d]\w*)"
    r"|\d{1,12}(?:\.\d{1,12})?(?![\w.])(?!\s*\*\*)|(?<!\*)\*\*\s*[23](?![\w.])(?!\s*\*\*)"
    r"|\*(?!\*)|[<>!=]=|[<>](?![<>])|[~+\-/:()\s]|(?P<wrong>\S+)"
)
_LONGEST_FORMULA, _MOST_TERMS = 1000, 100_000

#: What the formula engines call the constant, and the share below which two numbers are the same but for rounding.
_CONSTANT, _SAME = ("Intercept", "1"), 1e-12


def formula_columns(formula: str, columns: Iterable[str]) -> list[str]:
    """Return the columns that a formula uses.

    Parameters
    ----------
    formula, columns : str and iterable of str
        E.g. ``car ~ C(stance) + intensity``, and the columns there are.

    Returns
    -------
    list of str
        In the order in which they first appear.

    Raises
    ------
    UnknownNameError
        If a name is neither a column nor a known function; says what would be near.
    DesignError
        If it is no formula with two sides, or a column stands on both sides.

    Examples
    --------
    >>> formula_columns("car ~ C(stance) + np.abs(intensity)", ["car", "stance", "intensity", "phase"])
    ['car', 'stance', 'intensity']
    """
    names, found, left = [name for name in columns if not iskeyword(name)], list[str](), list[str]()
    parts, depth = [""], 0
    for sign in re.sub(_TEXT, "", formula):  # the formula's own sum; what stands in parentheses is a part of a product
        depth += (sign == "(") - (sign == ")")
        parts = [*parts, ""] if sign in "+-~" and depth == 0 else [*parts[:-1], parts[-1] + sign]
    # What a product of sums, or a power of one, can come to.
    n_terms = sum((part.count("+") + 2) ** (part.count("*") + part.count(":") + 1) for part in parts)
    if len(formula) > _LONGEST_FORMULA or n_terms > _MOST_TERMS:
        raise DesignError(
            f"formula '{brief(formula)}' is too long: at most {_LONGEST_FORMULA:,} characters and {_MOST_TERMS:,} terms"
        )
    if formula.count("~") != 1 or not all(side.strip() for side in formula.split("~")):
        raise DesignError(
            f"'{formula}' is no formula; write what is explained, ~, and what explains it: car ~ C(stance)"
        )
    for word in _WORD.finditer(formula):
        text = word[word.lastgroup or 0]
        if word.lastgroup == "wrong":
            raise DesignError(f"formula '{brief(formula)}': '{brief(text)}' cannot stand there; write columns, "
                              "numbers, + - * / : **2, C(), I(), Q(), np.log() and the like")  # fmt: skip
        if word.lastgroup == "function":
            prefix, _, name = text.rpartition(".")
            _known(formula, name, NUMPY_FUNCTIONS if prefix else FUNCTIONS, "function", "np." * bool(prefix))
        elif word.lastgroup:
            found.append(_known(formula, text[3:-2] if text.endswith(")") else text, names))
        elif text == "~":
            left = list(found)
    if both := next((name for name in left if name in found[len(left) :]), ""):
        raise DesignError(f"formula '{formula}': {both} stands on both sides, and would explain itself")
    return list(dict.fromkeys(found))


def _known(formula: str, name: str, among: Sequence[str], what: str = "column", prefix: str = "") -> str:
    if name not in among:
        raise UnknownNameError(f"formula '{formula}': no {what} '{prefix}{name}'; {did_you_mean(name, among)}")
    return name


def cross_section(
    formula: str, frame: pd.DataFrame, clusters: Ints | None
) -> tuple[Regression, dict[str, Estimate], dict[str, Estimate]]:
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
    fit : Regression
        The regression; its `results` are statsmodels'.
    coefficients : dict of str to Estimate
        By the formula's own names, with small-sample standard errors and degrees of freedom.
    terms : dict of str to Estimate
        By term, all coefficients of a term at once; the constant is none.

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
    from statsmodels.formula.api import ols

    # A text that is no level would be repeated by a number.
    plain = frame[formula_columns(formula, map(str, frame))]
    plain = plain.astype({name: "category" for name, kind in plain.dtypes.items() if kind.kind not in "fiub"})
    try:
        with np.errstate(all="ignore"):  # a logarithm of zero is said by what it leaves
            model = ols(formula, plain)
    except Exception as error:
        # Every formula engine has its own exceptions; whatever it says is about the user's formula.
        raise DesignError(f"formula '{formula}' cannot be read: {str(error).splitlines()[0]}") from error
    y, x = np.asarray(model.endog, dtype=np.float64), np.asarray(model.exog, dtype=np.float64)
    specification = getattr(model.data, "model_spec", None) or model.data.design_info
    slices = getattr(specification, "term_name_slices", None) or specification.term_slices
    terms = {str(term): where for term, where in slices.items()}
    if len(y) < x.shape[1] + 2:
        raise DesignError(f"formula '{formula}' has {x.shape[1]} coefficients for {len(y)} rows; leave some out")
    if not x.shape[1]:
        raise DesignError(f"formula '{formula}' has nothing on the right; write what explains it, or 1 for a mean")
    if np.ptp(y) <= _SAME * np.abs(y).max():
        raise DesignError(f"formula '{formula}': the left side is the same in all {len(y)} rows; nothing to explain")
    for term, where in terms.items():
        if term not in _CONSTANT and not np.ptp(x[:, where], axis=0).any():
            raise DesignError(f"formula '{formula}': {term} is the same in all {len(y)} rows; nothing to compare")
    fit = ls.ordinary_fit(y, x)
    if clusters is None:
        regression = Regression(fit, x, "HC3")
    else:
        working = ls.within_groups(clusters, within_correlation(np.asarray(fit.resid), clusters))
        regression = Regression(fit, x, "cluster", groups=clusters, working=working)
    unit = np.eye(x.shape[1])
    coefficients = {name: ls.estimate(regression, row) for name, row in zip(model.exog_names, unit, strict=True)}
    of_terms = {name: ls.joint_test(regression, unit[at]) for name, at in terms.items() if name not in _CONSTANT}
    return regression, coefficients, of_terms


def within_correlation(residual: Floats, clusters: Ints) -> float:
    """Return the mean correlation of residuals within clusters, between 0 and 0.95.

    Parameters
    ----------
    residual, clusters : ndarray, shape (n,)
        Residuals, and the cluster of each, counted from 0.

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


# -- diagnostics of residuals -----------------------------------------------------------------------------------------


#: Autocorrelations that Ljung-Box sums, and squared residuals that ARCH-LM regresses on.
LJUNG_BOX_LAGS, ARCH_LAGS = 10, 5

#: Fewer residuals than this are not diagnosed.
FEWEST = 30


def diagnose(residual: Floats, n_parameters: int) -> dict[str, tuple[float, str, float, float, str]]:
    """Return every diagnostic of one fit.

    Parameters
    ----------
    residual : ndarray, shape (L,)
        Estimation residuals in order of their sessions; NaN where none was used.
    n_parameters : int
        Parameters estimated.

    Returns
    -------
    dict of str to tuple
        By test: statistic, law (``chi2``, ``brownian bridge``, or empty for a statistic that is read as it is), degrees
        of freedom of a chi-square law (else NaN), upper tail (NaN without a law), and the null hypothesis in words. Of
        the M residuals there are: sessions on both sides of a missing one count as neighbours. Empty for fewer than 30
        residuals.

    Notes
    -----
    - ``ljung_box``: ``Q = M (M+2) Σ_{k=1..10} ρ_k² / (M-k)``, chi-square with 10 degrees of freedom (Ljung and Box).
    - ``arch_lm``: ``(M-5) R²`` of the squares on five lags, chi-square with 5 degrees of freedom (Engle).
    - ``jarque_bera``: ``M/6 (S² + (K-3)²/4)``, chi-square with 2 degrees of freedom (Jarque and Bera).
    - ``durbin_watson``: ``Σ (e_t - e_{t-1})² / Σ e_t²``, 2 without autocorrelation, towards 0 with a positive one; its
      law depends on the regressors, so there is no p-value (Durbin and Watson).
    - ``cusum``: ``max |Σ_{s<=t} (e_s - ē)| / (s √M)``, the supremum of a Brownian bridge (Ploberger and Krämer). Least
      squares with a constant has ē = 0; of a model without one the sum of residuals is no bridge, and wanders farther.

    References
    ----------
    Ljung and Box (1978), On a measure of lack of fit in time series models, Biometrika 65. Engle (1982), Autoregressive
    conditional heteroscedasticity with estimates of the variance of United Kingdom inflation, Econometrica 50. Jarque
    and Bera (1987), A test for normality of observations and regression residuals, International Statistical Review 55.
    Durbin and Watson (1950), Testing for serial correlation in least squares regression, Biometrika 37. Ploberger and
    Krämer (1992), The CUSUM test with OLS residuals, Econometrica 60.

    Examples
    --------
    >>> list(diagnose(np.sin(np.arange(60.0) ** 2), 1))
    ['ljung_box', 'arch_lm', 'jarque_bera', 'durbin_watson', 'cusum']
    """
    known = residual[np.isfinite(residual)]
    if len(known) < FEWEST:
        return {}
    from statsmodels.stats.diagnostic import acorr_ljungbox, breaks_cusumolsresid, het_arch
    from statsmodels.stats.stattools import durbin_watson, jarque_bera

    box = acorr_ljungbox(known, lags=[LJUNG_BOX_LAGS]).iloc[0]
    with warnings.catch_warnings():  # of the class in which statsmodels will return its answer one day
        warnings.simplefilter("ignore", FutureWarning)
        arch, arch_p, *_ = het_arch(known, nlags=ARCH_LAGS)
    normal, normal_p, *_ = jarque_bera(known)
    cusum, cusum_p, _ = breaks_cusumolsresid(known - known.mean(), ddof=n_parameters)
    rows = (
        ("ljung_box", box["lb_stat"], "chi2", LJUNG_BOX_LAGS, box["lb_pvalue"],
         f"residuals are not correlated at lags 1 to {LJUNG_BOX_LAGS}"),
        ("arch_lm", arch, "chi2", ARCH_LAGS, arch_p, f"variance does not depend on the {ARCH_LAGS} sessions before"),
        ("jarque_bera", normal, "chi2", 2, normal_p, "residuals are normal"),
        ("durbin_watson", durbin_watson(known), "", math.nan, math.nan,
         "residuals are not correlated with the one before"),
        ("cusum", cusum, "brownian bridge", math.nan, cusum_p,
         "the parameters do not change within the estimation window"),
    )  # fmt: skip
    return {test: (float(value), law, df, float(p), null) for test, value, law, df, p, null in rows}


# -- news as a rise of covariance: what distinguishes event days from other days across markets ----------------------


NULL_FACTOR = "markets vary together on event days as on other days"

#: Sets of days drawn at once; it bounds the memory, not the answer.
_SETS_AT_ONCE = 1024

_FEWEST_EVENT_DAYS = 3


def news_factor(
    returns: Floats, is_event: Mask, n_draws: int = 9_999, seed: int = 0
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return the factor that is stronger on event days than on others.

    Parameters
    ----------
    returns : ndarray, shape (D, S)
        Abnormal returns of S markets on D common days, none missing; divided by the volatility known the day before
        where volatility comes in waves, else every set of days in a nervous month looks like news.
    is_event : ndarray of bool, shape (D,)
        Which of them are event days.
    n_draws, seed : int
        Placebo sets of days to draw, and the seed of the draws.

    Returns
    -------
    markets : DataFrame, shape (S, 3)
        ``loading``, the effect on each market of news of one standard deviation, in the unit of the returns given,
        signed so that the largest is positive; ``sd_event, sd_other``, standard deviations on event days and on others.
    factor : dict of str to float
        ``eigenvalue``, the largest of the change of the covariance matrix, the sum of the squared loadings; ``share``,
        that over the sum of all positive eigenvalues: how much of the rise is one factor; ``p_value``, the share of
        placebo sets of days with an eigenvalue as large.

    Raises
    ------
    DesignError
        If there are fewer than three event days, or no more other days than event days, or a return is missing.

    Notes
    -----
    News has the same loadings b every day and a larger variance on event days; all other shocks vary as before. Then
    ``Cov(event days) - Cov(other days) = (σ²_E - σ²_0) bb'``, and b is found without knowing how large the news was:
    the leading eigenvector of the change, times the root of its eigenvalue. Covariances are taken about zero, for
    abnormal returns have a mean of zero and a few event days' own mean is part of the news.

    The placebo draws as many days as there are event days from all D days, the events' own among them, as though the
    labels of days were permuted; ``p = (1 + #{λ_b >= λ}) / (B + 1)``. It takes days to be exchangeable.

    References
    ----------
    Rigobon and Sack (2004), The impact of monetary policy on asset prices, Journal of Monetary Economics 51.

    Examples
    --------
    >>> calm, news = np.array([[1.0, 0.0], [0.0, 1.0]] * 50), np.array([[3.0, -3.0]] * 5)
    >>> markets, factor = news_factor(np.vstack([calm, news]), np.arange(105) >= 100, n_draws=99)
    >>> markets["loading"].round(2).tolist(), round(factor["share"], 2), factor["p_value"]
    ([2.96, -2.96], 1.0, 0.01)
    """
    n_event, n_other = int(is_event.sum()), int((~is_event).sum())
    if not np.isfinite(returns).all():
        raise DesignError("a return is missing on a common day; leave that day out")
    if n_event < _FEWEST_EVENT_DAYS or n_other <= n_event:
        raise DesignError(
            f"{n_event} event days against {n_other} others; the factor needs at least {_FEWEST_EVENT_DAYS} event "
            "days, and more others than event days"
        )
    squares = np.einsum("di,dj->dij", returns, returns).reshape(len(returns), -1)
    total = squares.sum(axis=0)
    change = _change(squares[is_event].sum(axis=0), total, n_event, len(returns))
    values, vectors = np.linalg.eigh(change)
    lead = vectors[:, -1] * np.sign(vectors[np.argmax(np.abs(vectors[:, -1])), -1])
    top = float(values[-1])
    rng, largest = np.random.default_rng(seed), []
    for start in range(0, n_draws, _SETS_AT_ONCE):
        order = rng.random((min(_SETS_AT_ONCE, n_draws - start), len(squares)))
        # The days with the smallest numbers are the set: each set of n_event days is as likely as any other.
        bound = np.partition(order, n_event - 1, axis=1)[:, n_event - 1]
        sums = (order <= bound[:, None]).astype(np.float64) @ squares
        largest.append(np.linalg.eigvalsh(_change(sums, total, n_event, len(squares)))[:, -1])
    # Eigenvalues that only rounding sets apart from the observed one are as large as it.
    as_large = sum(int(np.count_nonzero(drawn >= top - ROUNDING * abs(top))) for drawn in largest)
    share = top / float(values[values > 0].sum()) if top > 0 else math.nan
    markets = {
        "loading": lead * np.sqrt(max(top, 0.0)),
        "sd_event": np.sqrt((returns[is_event] ** 2).mean(axis=0)),
        "sd_other": np.sqrt((returns[~is_event] ** 2).mean(axis=0)),
    }
    return pd.DataFrame(markets), {"eigenvalue": top, "share": share, "p_value": drawn_p(as_large, n_draws)}


def _change(of_event: Floats, total: Floats, n_event: int, n_days: int) -> Floats:
    """Second moments of the event days less those of the others, shape (..., S, S)."""
    flat = of_event / n_event - (total - of_event) / (n_days - n_event)
    n_series = round(flat.shape[-1] ** 0.5)
    return np.asarray(flat.reshape(*flat.shape[:-1], n_series, n_series))
