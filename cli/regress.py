"""`eventstudy regress` and `eventstudy explain`: regressions over the events of a study."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from eventstudy.cli.method_views import explain_view
from eventstudy.cli.options import DESIGN_FILE, REQUIRED, Asked, Command, Option, command, group
from eventstudy.cli.output import emit, warn, write

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.cli.output import TextTable

app = group(
    "Regressions over the events of a study, in place of its own tables.",
    epilog="Example: eventstudy regress dummies --case raise-or-fold-2022 --window 0:1",
)

#: Of each method: what it does, and the options of its own.
_METHODS: dict[str, tuple[str, tuple[Option, ...]]] = {
    "dummies": (
        "What each label did, by dummies over the whole sample, where windows overlap.",
        (Option("covariance", "--covariance KIND", "text", "HAC", "HAC, HC3 or OLS.", first=True,
                offered=("HAC", "HC3", "OLS")),),
    ),
    "projections": (
        "Where the market stood h sessions later, by local projections.",
        (Option("horizons", "--horizons H", "whole", 10, "The last session.", first=True),
         Option("path_lags", "--lags N", "whole", 2, "Lags of returns, shocks and controls.", first=True),
         Option("shock", "--shock KIND", "text", "stance", "stance or intensity.", first=True,
                offered=("stance", "intensity"))),
    ),
    "quantiles": ("How each event stands among its own residuals.", ()),
    "factor": ("What event days have in common across markets that other days have not.", ()),
    "diagnostics": ("Whether the residuals of every fit are what its standard errors take them for.", ()),
}  # fmt: skip


def _method(name: str, text: str, rows: tuple[Option, ...]) -> Callable[..., None]:
    """Return the command of a method."""

    def run(asked: Asked) -> None:
        from functools import partial

        from eventstudy.cli import method_views as views
        from eventstudy.study.dummies import dummies
        from eventstudy.study.factor import factor
        from eventstudy.study.projections import projections
        from eventstudy.study.residuals import diagnostics, quantiles

        result = asked.study().fit()
        methods: dict[str, tuple[Any, Any]] = {
            "dummies": (dummies, views.dummies_view),
            "projections": (projections, partial(views.responses_view, contrast=result.contrast)),
            "quantiles": (quantiles, views.quantiles_view),
            "factor": (factor, views.factor_view),
            "diagnostics": (diagnostics, views.diagnostics_view),
        }
        method, view = methods[name]
        chosen = {row.name.removeprefix("path_"): getattr(asked, row.name) for row in rows}
        found = method(result, **chosen)
        write_found(asked, result, {"method": name, **chosen}, found, view(found))

    run.__doc__ = text
    return command(DESIGN_FILE, "SOURCES data_kind DESIGN", *rows, "how out quiet")(run)


for _name, (_text, _rows) in _METHODS.items():
    app.command(
        _name, cls=Command, epilog=f"Example: eventstudy regress {_name} --case raise-or-fold-2022 --window 0:1"
    )(_method(_name, _text, _rows))


@command(
    Option("formula", "--formula 'Y ~ X'", "text", REQUIRED, "What is explained ~ by what; C(...) for words.",
           first=True),
    Option("cluster", "--cluster KIND", "text", "date", "What hangs together: date, event, none.", first=True,
           offered=("date", "event", "none")),
    "SOURCES DESIGN how out quiet",
    without="measure lags leads tests missing scale family seed",
)  # fmt: skip
def explain(asked: Asked) -> None:
    """Regress CARs on attributes of their events: stance, intensity, actor, phase, or columns of your own."""
    from eventstudy.study.explain import explain as explain_study

    result = asked.study(windows=["0:1"], tests=[]).fit()
    found = explain_study(result, asked.formula, asked.cluster)
    options = {"method": "explain", **asked.given("formula", "cluster")}
    write_found(asked, result, options, found, explain_view(found, asked.formula))


def write_found(asked: Asked, result: Any, options: Mapping[str, Any], found: Any, view: TextTable) -> None:
    """Write what a method found: to stdout in the format asked for, warnings to stderr, its folder to disk.

    Parameters
    ----------
    asked : Asked
        Of the options, where to and how: JSON is the whole envelope; CSV and Parquet the main table.
    result : StudyResult
        The study behind it.
    options : mapping of str to any
        The method and its choices.
    found : MethodResult
        What it found; the first table is the main one.
    view : TextTable
        The form for a reader.
    """
    from eventstudy.study.method import method_envelope

    tables: dict[str, pd.DataFrame] = {**found.tables(), "matches": result.matches}
    warnings = (*result.warnings, *found.warnings)
    write_envelope(asked, method_envelope(result.design, result.inputs, options, tables, warnings), tables, view)


def write_envelope(
    asked: Asked, envelope: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], view: TextTable
) -> None:
    """Write an envelope and its tables; CSV and Parquet on stdout are the first of them."""
    from eventstudy.study.envelope import to_json
    from eventstudy.study.method import method_files

    if asked.out is not None:
        from eventstudy.files import write_files

        write_files(asked.out, method_files(envelope, tables))
    if asked.how == "json":
        write(to_json(envelope))
    else:
        emit(next(iter(tables.values())), asked.how, view)
    warn(envelope["warnings"], quiet=asked.quiet)
