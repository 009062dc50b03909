"""`eventstudy grid`: the same question under many designs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eventstudy.cli.method_views import grid_view
from eventstudy.cli.options import DESIGN_FILE, Asked, Option, command
from eventstudy.cli.output import bar
from eventstudy.cli.regress import write_envelope
from eventstudy.errors import DataMissingError, DesignError, InputError, require_known
from eventstudy.window import Window

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
    from eventstudy.study.grid import make_grid, n_studies, run_grid
    from eventstudy.study.method import method_envelope

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
    import tomllib

    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataMissingError(f"no file {path}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} is not TOML: {error}") from None
    table = read.get("grid", read)
    for name, values in table.items():
        require_known(name, _VARIED.values(), f"entry of {path.name}")
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise InputError(f"{path.name}: {name} must be a list of words, e.g. {name} = ['...']")
    return dict(table)
