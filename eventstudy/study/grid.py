"""The robustness grid: the same question under every reasonable design, and how many of the answers agree."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import DesignError, EventStudyError, NothingUsableError, require_known
from eventstudy.files import bundled_toml
from eventstudy.inference.placebo import GARCH_LOOKS_AHEAD, SCALES
from eventstudy.models import MODELS, LinearModel, make_model
from eventstudy.study.design import DEFAULT_WINDOWS
from eventstudy.study.result import MethodResult, StudyResult
from eventstudy.study.study import EventStudy
from eventstudy.tasks import Progress, steps

#: By what a CAR is scaled before it is judged: by nothing, by the estimation window's residual standard error, by the
#: volatility known the day before (by exponential weights, or by GARCH).
CAR_SCALES = ("none", "sigma", *SCALES)

DEFAULT_ESTIMATIONS = ("-130:-11", "-190:-11", "-250:-11")

ALPHA = 0.05

_TABLES: dict[str, str] = bundled_toml("eventstudy.study", "methods.toml")["grid"]
_SUMMARY = {name: (of, how) for name, of, how in (words.split("/") for words in _TABLES["summary"].split())}

#: The test that judges a mean whose CARs are scaled by nothing, or by the estimation window.
_TESTS = {"none": "date_clustered_t", "sigma": "adjusted_bmp_t"}


def run_grid(
    events: pd.DataFrame,
    prices: pd.DataFrame | None = None,
    *,
    models: Sequence[str | LinearModel] | None = None,
    market: str | None = None,
    factors: Sequence[str] = (),
    estimations: Sequence[str] = DEFAULT_ESTIMATIONS,
    windows: Sequence[str] = DEFAULT_WINDOWS,
    scales: Sequence[str] = ("none", "sigma", "ewma"),
    alpha: float = ALPHA,
    progress: Progress | None = None,
    **choices: Any,
) -> MethodResult:
    """Study the same events under every combination of a grid.

    Parameters
    ----------
    events, prices : DataFrame
        As for `EventStudy`.
    models : sequence of str or LinearModel, optional
        Normal-return models; default ``zero`` and ``constant-mean``, with those that use a market or factors where
        these are given.
    market, factors : str and sequence of str, optional
        Columns of the models that need them.
    estimations, windows, scales : sequence of str
        Estimation windows, event windows, and any of `CAR_SCALES`.
    alpha : float
        Level at which a p counts as significant.
    progress : callable, optional
        Called after each study with how many are made, and of how many.
    **choices
        What `EventStudy` takes, but for what is varied: ``returns, instruments, series, overlap, seed, ...``.

    Returns
    -------
    MethodResult
        ``summary``, a row a series and label: how many specifications agree (``reference`` is the first estimate,
        ``n_significant_agreeing`` are significant and have its sign); and ``specifications``, a row a series, label and
        specification. It has the first ``design``, against which the others are held, the ``grid`` (all values as text)
        and the ``inputs``.

    Raises
    ------
    DesignError, UnknownNameError
        If there is no value of one kind, or one twice; a model or scale is unknown, or lacks its market or factors.
    NothingUsableError
        If no design of the grid can be run.

    Notes
    -----
    The estimate is the CAAR of `average`, in the series' unit, under every scale; what is scaled is only the p: a
    volatility is the p of `average` itself (``placebo``; for a contrast ``labels``), ``none`` the t over event dates,
    ``sigma`` the adjusted BMP t. A contrast has the p of `average` alone. The specification is ``significant`` where
    ``p <= alpha`` and the scaled mean has the sign of the CAAR. It ``agrees_sign`` with the first of the grid. The
    specifications are many looks at one sample: their share is no p-value.

    References
    ----------
    Simonsohn, Simmons and Nelson (2020), Specification curve analysis, Nature Human Behaviour 4.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> case = load_case("raise-or-fold-2022")
    >>> small = {"models": ["zero"], "estimations": ["-130:-11", "-190:-11"], "windows": ["0:0"], "scales": ["ewma"]}
    >>> found = run_grid(case.events, case.prices, series=["imoex"], **small)
    >>> found.summary.set_index("stance").loc["raise", ["n_specifications", "n_agrees_sign"]].tolist()
    [2, 2]
    """
    made = _models(models, market, factors)
    grid = _texts(models=made, estimations=estimations, windows=windows, scales=scales)
    series = choices.pop("series", None)
    if series is None:
        # All designs study the same series: those that no model of the grid uses as a regressor.
        regressors = {name for model in made for name in model.regressors}
        series = [name for name in EventStudy(events, prices, **choices).histories() if name not in regressors]
    parts, warnings, first = [], [], None
    fixed = {**choices, "windows": grid["windows"], "series": series}
    volatile = [scale for scale in scales if scale in SCALES]
    plain = [scale for scale in scales if scale not in SCALES]
    # The volatility of each study that is needed, and the scales that are read from it.
    read = {(volatile or list(SCALES))[0]: [*plain, *volatile[:1]]} | {scale: [scale] for scale in volatile[1:]}
    designs = [*product(made, grid["estimations"], read.items())]
    for model, estimation, (volatility, of_study) in steps(designs, progress):
        words = f"{model!r}, estimation {estimation}, volatility {volatility}"
        tests = [_TESTS[scale] for scale in of_study if scale in _TESTS]
        design: dict[str, Any] = {"model": model, "estimation": estimation, "scale": volatility, "tests": tests}
        try:
            result = EventStudy(events, prices, **fixed, **design).fit()
        except EventStudyError as error:
            warnings.append(f"not run: {words}: {error}")
        else:
            first = first or result
            parts.append(specifications(result, of_study, alpha))
    if first is None:
        raise NothingUsableError(f"no design of the grid can be run: {warnings[0]}")
    table = pd.concat(parts, ignore_index=True)
    reference = table.groupby(["series", "stance"], sort=False)["estimate"].transform("first")
    table["agrees_sign"] = np.sign(table["estimate"]) == np.sign(reference)
    order = [pd.factorize(table[name])[0] for name in ("stance", "series")]
    table = table.iloc[np.lexsort(order)].reset_index(drop=True)
    marked = table.assign(without_p=table["p_value"].isna(), both=table["significant"] & table["agrees_sign"])
    found = marked.groupby(["series", "stance"], sort=False, as_index=False).agg(**_SUMMARY)
    warnings += [GARCH_LOOKS_AHEAD] if "garch" in read else []
    warnings.append("the specifications are many looks at one sample: the share that is significant is no p-value")
    apart = found[found["fewest_events"] < found["most_events"]]
    if len(apart):
        names = ", ".join(f"{series} {stance}" for series, stance in zip(apart["series"], apart["stance"], strict=True))
        warnings.append(f"not all specifications have the same market events, see n: {names}")
    frames = {"summary": found, "specifications": table}
    about = {"design": first.design, "grid": grid, "inputs": first.inputs}
    return MethodResult(frames, tuple(warnings), about=about)


def _models(
    models: Sequence[str | LinearModel] | None, market: str | None, factors: Sequence[str]
) -> list[LinearModel]:
    """Return the models of a grid; of a name, over the market or the factors, whichever it takes."""
    if models is None:
        of_market = ("market-adjusted", "market-model") if market else ()
        models = ("zero", "constant-mean", *of_market, *(("factor-model",) if factors else ()))
    made = list[LinearModel]()
    for model in models:
        if isinstance(model, str):
            asks = MODELS[require_known(model, MODELS, "model")].asks
            of = market if asks in {"market", "either"} else None
            among = factors if asks in {"factors", "roles"} or (asks == "either" and of is None) else ()
            model = make_model(model, of, among)  # noqa: PLW2901
        made.append(model)
    return made


def _texts(**values: Sequence[Any]) -> dict[str, list[str]]:
    """Return the values of a grid as text; none may be missing, unknown or there twice."""
    grid = {name: [*map(str, of)] for name, of in values.items()}
    for name, words in grid.items():
        if not 0 < len(set(words)) == len(words):
            raise DesignError(f"a grid needs {name}, none of them twice: {', '.join(words) or 'there are none'}")
    for scale in grid["scales"]:
        require_known(scale, CAR_SCALES, "scale")
    return grid


def specifications(result: StudyResult, scales: Sequence[str], alpha: float = ALPHA) -> pd.DataFrame:
    """Return the rows that one study adds to a grid.

    Parameters
    ----------
    result : StudyResult
        A study with the tests `date_clustered_t` and `adjusted_bmp_t` where their scales are read.
    scales, alpha : sequence of str and float
        Scales to read, and the level at which a p counts as significant.

    Returns
    -------
    DataFrame
        One row an answer and scale; a contrast has no ``none`` and no ``sigma``.
    """
    keys, average, parts = ["series", "stance", "window"], result.average, []
    average = average[average["n"] > 0].rename(columns={"caar": "estimate"})
    for scale in scales:
        part = average.assign(statistic=average["z"], p_of="placebo")
        part["p_of"] = part["p_of"].where(part["p_source"] != "labels", "labels")
        if scale not in SCALES:
            test = result.tests[result.tests["test"] == _TESTS[scale]]
            part = part.drop(columns=["statistic", "p_value"]).merge(test[[*keys, "statistic", "p_value"]], on=keys)
            part["p_of"] = _TESTS[scale]
        parts.append(part.assign(scale=scale))
    design, table = result.design, pd.concat(parts, ignore_index=True)
    same_sign = np.sign(table["statistic"]) == np.sign(table["estimate"])
    table = table.assign(model=design.model.name, estimation=str(design.estimation))
    return table.assign(significant=(table["p_value"] <= alpha) & same_sign)[_TABLES["specifications"].split()]
