"""`eventstudy regress`, `explain` and `grid`: regressions over events, and many designs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.cli.method_views import explain_view, grid_view
from eventstudy.cli.options import DESIGN_FILE, REQUIRED, Asked, Command, Option, command, group
from eventstudy.cli.output import bar, emit, warn, write
from eventstudy.errors import DataMissingError, DesignError, InputError, require_known
from eventstudy.window import Window

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
        from eventstudy.study.regressions import diagnostics, dummies, factor, projections, quantiles

        result = asked.fit()
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
    from eventstudy.study.regressions import explain as explain_study

    result = asked.fit(windows=["0:1"], tests=[])
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
    from eventstudy.study.envelope import method_envelope

    tables: dict[str, pd.DataFrame] = {**found.tables(), "matches": result.matches}
    warnings = (*result.warnings, *found.warnings)
    write_envelope(asked, method_envelope(result.design, result.inputs, options, tables, warnings), tables, view)


def write_envelope(
    asked: Asked, envelope: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], view: TextTable
) -> None:
    """Write an envelope and its tables; CSV and Parquet on stdout are the first of them."""
    from eventstudy.study.envelope import files_of, to_json

    if asked.out is not None:
        from eventstudy.files import write_files

        write_files(asked.out, files_of(envelope["design"]["method"], envelope, tables))
    if asked.how == "json":
        write(to_json(envelope))
    else:
        emit(next(iter(tables.values())), asked.how, view)
    warn(envelope["warnings"], quiet=asked.quiet, most=3, rest="--format json")


#: What may be varied, as the options name it and as the grid does.
_VARIED: dict[str, str] = {"model": "models", "estimation": "estimations", "window": "windows", "scale": "scales"}

#: What a grid chooses itself, or what belongs to its models.
_OWN = ("model", "market", "factors", "lags", "leads", "estimation", "windows", "scale", "tests")


@command(
    DESIGN_FILE,
    "SOURCES DESIGN",
    Option("vary", "--vary NAME=VALUE", "words", None,
           "A value of the grid: model=, estimation=, window= or scale=; may be repeated.", first=True),
    Option("grid_file", "--grid-file FILE.toml", "path", None, "The grid: models, estimations, windows, scales.",
           first=True),
    "how out quiet",
)  # fmt: skip
def grid(asked: Asked) -> None:
    """Vary models, windows and scales, and say how many designs agree."""
    from eventstudy.study.envelope import method_envelope
    from eventstudy.study.grid import make_grid, n_studies, run_grid

    choices = _require_free(asked)
    values = _from_file(asked.grid_file) if asked.grid_file else _from_words(asked.vary or [])
    market, factors = asked.market, asked.factors or []
    trial = make_grid(**values, market=market, factors=factors)
    windows = [Window.parse(text) for text in (*trial.estimations, *trial.windows)]
    sources = asked.read(
        regressors=[*([market] if market else []), *(word.rpartition("=")[2] for word in factors)],
        span=Window(min(window.first for window in windows), max(window.last for window in windows)),
    )
    made = make_grid(**values, market=sources.columns.get(market, market), factors=sources.named(factors))
    fixed = {name: value for name, value in choices.items() if name not in _OWN}
    with bar("Studying", n_studies(made), quiet=asked.quiet) as progress:
        found = run_grid(
            sources.events,
            sources.prices,
            grid=made,
            progress=progress,
            instruments=sources.instruments,
            series=sources.series,
            **fixed,
        )
    options = {"method": "grid", "grid": made.as_dict()}
    envelope = method_envelope(found.design, found.inputs, options, found.tables(), found.warnings)
    write_envelope(asked, envelope, found.tables(), grid_view(found))


def _require_free(asked: Asked) -> dict[str, Any]:
    """Return the choices; refuse a grid told twice, and choices beside a grid that it makes itself."""
    from eventstudy.study.design import DEFAULT_ESTIMATION

    if asked.vary and asked.grid_file:
        raise DesignError("the grid stands in a file and in --vary; leave one of them out")
    choices = asked.choices()
    usual = {"model": "constant-mean", "estimation": DEFAULT_ESTIMATION, "windows": None, "scale": "ewma"}
    usual |= {"tests": "default", "lags": None, "leads": None}
    for name, value in usual.items():
        if choices.get(name) != value:
            word = name.removesuffix("s")
            mend = f"write --vary {word}=... for each" if word in _VARIED else f"leave --{name} out"
            raise DesignError(f"a grid makes its own choice of {name}; {mend}")
    return choices


def _from_words(vary: list[str]) -> dict[str, list[str]]:

    values: dict[str, list[str]] = {}
    for word in vary:
        name, sign, value = word.partition("=")
        if not sign or not value:
            raise DesignError(f"--vary '{word}' is not NAME=VALUE, e.g. window=0:1")
        values.setdefault(_VARIED[require_known(name, _VARIED, "choice to vary")], []).append(value)
    return values


def _from_file(path: Path) -> dict[str, list[str]]:
    from eventstudy.files import read_text, toml_of

    if not path.exists():
        raise DataMissingError(f"no file {path}")
    read = toml_of(read_text(path), path.name)
    table = read.get("grid", read)
    if not isinstance(table, dict):
        raise InputError(f"{path.name}: grid must be a table: [grid]")
    for name, values in table.items():
        require_known(name, _VARIED.values(), f"entry of {path.name}")
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise InputError(f"{path.name}: {name} must be a list of words, e.g. {name} = ['...']")
    return dict(table)
