"""`eventstudy run --method`: regressions over the events of a study, in place of its own tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.options import Format

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from eventstudy.cli.output import TextTable
    from eventstudy.study import StudyResult
    from eventstudy.study.method import Findings


class Method(StrEnum):
    """How the question is answered."""

    study = "study"
    dummies = "dummies"
    projections = "projections"
    quantiles = "quantiles"
    factor = "factor"
    diagnostics = "diagnostics"


_PANEL = "Regressions"

#: Which options belong to which method.
_OPTIONS: dict[Method, tuple[str, ...]] = {
    Method.dummies: ("covariance",),
    Method.projections: ("horizons", "lags", "shock"),
}

MethodOption = Annotated[
    Method,
    typer.Option(
        "--method",
        help="dummies: over the whole sample, where windows overlap; projections: the path; quantiles: each event "
        "among its own residuals; factor: what event days have in common; diagnostics: the residuals of every fit.",
        rich_help_panel=_PANEL,
        case_sensitive=False,
    ),
]
CovarianceOption = Annotated[
    str, typer.Option("--covariance", metavar="KIND", help="Of dummies: HAC, HC3 or OLS.", rich_help_panel=_PANEL)
]
HorizonsOption = Annotated[
    int, typer.Option("--horizons", metavar="H", help="Of projections: the last session.", rich_help_panel=_PANEL)
]
LagsOption = Annotated[
    int,
    typer.Option("--lags", help="Of projections: lags of returns, shocks and controls.", rich_help_panel=_PANEL),
]
ShockOption = Annotated[
    str, typer.Option("--shock", metavar="KIND", help="Of projections: stance or intensity.", rich_help_panel=_PANEL)
]


@dataclass(frozen=True)
class Regression:
    """The method, and what each of them may be told."""

    method: MethodOption = Method.study
    covariance: CovarianceOption = "HAC"
    horizons: HorizonsOption = 10
    lags: LagsOption = 2
    shock: ShockOption = "stance"


def write_method(result: StudyResult, asked: Regression, how: Format, out: Path | None, *, quiet: bool) -> None:
    """Run a method on a study, and write what it found."""
    from eventstudy.cli import method_views as views
    from eventstudy.study.dummies import dummies
    from eventstudy.study.factor import factor
    from eventstudy.study.projections import projections
    from eventstudy.study.residuals import diagnostics, quantiles

    methods: dict[Method, tuple[Any, Any]] = {
        Method.dummies: (dummies, views.dummies_view),
        Method.projections: (projections, partial(views.responses_view, contrast=result.contrast)),
        Method.quantiles: (quantiles, views.quantiles_view),
        Method.factor: (factor, views.factor_view),
        Method.diagnostics: (diagnostics, views.diagnostics_view),
    }
    run, view = methods[asked.method]
    chosen = {name: getattr(asked, name) for name in _OPTIONS.get(asked.method, ())}
    found = run(result, **chosen)
    write_found(result, {"method": asked.method.value, **chosen}, found, how, view(found), out, quiet=quiet)


def write_found(
    result: StudyResult,
    options: Mapping[str, Any],
    found: Findings,
    how: Format,
    view: TextTable,
    out: Path | None,
    *,
    quiet: bool,
) -> None:
    """Write what a method found: to stdout in the format asked for, warnings to stderr, its folder to disk.

    Parameters
    ----------
    result : StudyResult
        The study behind it.
    options : mapping of str to any
        The method and its choices.
    found : Findings
        What it found; the first table is the main one.
    how : Format
        JSON is the whole envelope; CSV and Parquet the main table.
    view : TextTable
        The form for a reader.
    out : Path, optional
        Folder for all tables.
    quiet : bool
        Whether warnings are kept back.
    """
    from eventstudy.study.method import method_envelope

    tables: dict[str, pd.DataFrame] = {**found.tables(), "matches": result.matches}
    warnings = (*result.warnings, *found.warnings)
    envelope = method_envelope(result.design, result.inputs, options, tables, warnings)
    write_envelope(envelope, tables, how, view, out, quiet=quiet)


def write_envelope(
    envelope: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    how: Format,
    view: TextTable,
    out: Path | None,
    *,
    quiet: bool,
) -> None:
    """Write an envelope and its tables; CSV and Parquet on stdout are the first of them."""
    from eventstudy.cli.output import emit, warn, write
    from eventstudy.study.envelope import to_json
    from eventstudy.study.method import method_files

    if out is not None:
        from eventstudy.files import write_files

        write_files(out, method_files(envelope, tables))
    if how == Format.json:
        write(to_json(envelope))
    else:
        emit(next(iter(tables.values())), how, view)
    warn(envelope["warnings"], quiet=quiet)
