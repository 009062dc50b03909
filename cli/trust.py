"""`eventstudy power`, `size`, `grid`, `regress`, `explain` and `doctor`: which figures to believe, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from eventstudy import markets, report, study
from eventstudy.cli.asked import Asked
from eventstudy.cli.output import declared, table_of, write
from eventstudy.errors import DataMissingError, DesignError, EventStudyError, require_known
from eventstudy.options import DESIGN
from eventstudy.window import Window
from eventstudy.wording import Table

#: The options of each method; those of another name in the library with a word before it.
_METHODS = {"dummies": ("covariance",), "projections": ("horizons", "path_lags", "shock")}

#: What may be varied, as the options name it and as the grid does.
_VARIED: dict[str, str] = {"model": "models", "estimation": "estimations", "window": "windows", "scale": "scales"}

#: What a grid chooses itself, or what belongs to its models.
_OWN = ("model", "market", "factors", "lags", "leads", "estimation", "windows", "scale", "tests")

#: Extras for those who work on the library itself.
_INNER = {"test", "backtest-test", "docs", "lint"}


def power(asked: Asked) -> None:
    """Show the smallest effect this study could have seen four times in five, by series, stance and window.

    Example: eventstudy power --case raise-or-fold-2022 --series ruble
    """
    found = asked.study(tests=[]).power().power
    asked.put(found, table_of(found, "power"))


def size(asked: Asked) -> None:
    """Show how often each test rejects where there is nothing to find: in studies simulated from this very data.

    Example: eventstudy size --case crimea-2014 --series ruble,wti
    """
    study = asked.study()
    with asked.bar("Simulated studies", asked.studies) as progress:
        found = study.size(asked.studies, progress).size
    rows: dict[tuple[str, ...], dict[Any, Any]] = {}
    for one in found.to_dict("records"):
        row = rows.setdefault((one["window"], one["test"], one["scope"]), {**one, "studies": 0})
        band = f"({100 * one['low']:.1f}-{100 * one['high']:.1f}){'*' if one['holds'] else ' '}"
        row[f"at {100 * one['level']:g} %"] = f"{100 * one['rate']:.1f} {band}"
        row["studies"] = max(row["studies"], one["n_studies"])
    levels = [(name, name, "n") for name in dict.fromkeys(f"at {100 * level:g} %" for level in found["level"])]
    asked.put(found, table_of(rows.values(), "size", [*levels, "studies:n"]))


def regress(asked: Asked) -> None:
    """Regress over the events of a study, by the method that the command is called after.

    Example: eventstudy regress dummies --case raise-or-fold-2022 --window 0:1
    """
    result, method = asked.fit(), asked.context.info_name
    chosen = {name.removeprefix("path_"): getattr(asked, name) for name in _METHODS.get(method, ())}
    found = getattr(study, method)(result, **chosen)
    table: Table | list[Table]
    if method == "dummies":
        effects = found.effects
        made_of = effects["covariance"].where(effects["p_value"].notna(), effects["note"])
        tested = effects["test"].map(declared("views")[method]["tested"])
        table = table_of(effects.assign(test=tested, covariance=made_of), method)
    elif method == "projections":
        unit = "{} ({}: the sign changed)".format(*result.contrast) if result.contrast else "an event"
        is_stance = found.responses["shock"].iloc[0] == "stance"
        table = table_of(found.responses, method, unit=unit if is_stance else "a point of intensity")
    elif method == "factor":
        table = [table_of(found.factor, method), table_of(found.loadings, "loadings")]
    elif method == "diagnostics":  # how many fits of each series each diagnostic finds fault with, at 5 %
        fits = found.diagnostics
        by_test = fits.assign(faulty=fits["p_value"].le(0.05)).groupby(["series", "test"], sort=False)
        shares, watson = by_test["faulty"].mean().unstack(), by_test["statistic"].median().unstack()["durbin_watson"]
        shown = shares.assign(fits=by_test.size().unstack()["durbin_watson"], watson=watson)
        table = table_of(shown.reindex(fits["series"].unique()).reset_index(), method)
    else:
        table = table_of(found.quantiles, method)
    _put_found(asked, result, {"method": method, **chosen}, found, table)


def explain(asked: Asked) -> None:
    """Regress CARs on attributes of their events: stance, intensity, actor, phase, or columns of your own.

    Example: eventstudy explain --case raise-or-fold-2022 --formula 'car ~ C(stance) + intensity'
    """
    result = asked.fit(windows=["0:0"], tests=[])
    found = study.explain(result, asked.formula, asked.cluster)
    table = table_of(found.coefficients, "explain", formula=asked.formula, of=found.coefficients.iloc[0])
    _put_found(asked, result, {"method": "explain", **asked.given("formula", "cluster")}, found, table)


def _put_found(asked: Asked, result: Any, options: Mapping[str, Any], found: Any, table: Table | list[Table]) -> None:
    """Write what a method or a grid of studies found; CSV and Parquet on stdout are the first of its tables."""
    if found is not result:
        frames, warnings = {**found.frames, "matches": result.matches}, (*result.warnings, *found.warnings)
        found = replace(found, frames=frames, warnings=warnings)
    envelope = study.study_envelope(result, options, found)
    asked.write_folder(lambda: study.files_of(envelope["design"]["method"], envelope, found.frames))
    asked.put(next(iter(found.frames.values())), table, lambda: envelope)
    asked.warn(envelope["warnings"], 3, "--format json")


def grid(asked: Asked) -> None:
    """Vary models, windows and scales, and say how many designs agree.

    Example: eventstudy grid --case raise-or-fold-2022 --series ruble,imoex --market em-fx
    """
    market, factors = asked.market, asked.factors or []
    values: dict[str, Any] = {"estimations": study.DEFAULT_ESTIMATIONS, "windows": study.DEFAULT_WINDOWS}
    values |= _grid_values(asked)
    windows = [Window.parse(text) for name in ("estimations", "windows") for text in values[name]]
    sources = asked.read(
        regressors=[*([market] if market else []), *(word.rpartition("=")[2] for word in factors)],
        span=Window(min(window.first for window in windows), max(window.last for window in windows)),
    )
    of_models = {"market": sources.columns.get(market, market), "factors": sources.named(factors)}
    given = {name: value for name, value in asked.choices().items() if name not in _OWN}
    with asked.bar("Studying") as progress:
        found = study.run_grid(
            sources.events, sources.prices, progress=progress, **values, **of_models, **sources.what, **given
        )
    of = found.summary
    n, fewest, most = (of[name].astype(str) for name in ("n_specifications", "fewest_events", "most_events"))
    shown = of.assign(
        same=of["n_agrees_sign"].astype(str) + " of " + n,
        both=of["n_significant_agreeing"].astype(str) + " of " + n,
        events=fewest.where(fewest == most, fewest + "–" + most),
    )
    varied = "\n".join(f"{name}: {', '.join(words)}." for name, words in found.grid.items())
    options = {"method": "grid", "grid": found.grid}
    _put_found(asked, found, options, found, table_of(shown, "grid", grid=varied))


def _grid_values(asked: Asked) -> dict[str, list[str]]:
    """Return the grid of --vary; refuse choices beside it that it makes itself."""
    waiting = vars(asked).get("waiting", {})
    for name in (name for name in _OWN if waiting.get(name, DESIGN[name].default) != DESIGN[name].default):
        word = name.removesuffix("s")
        mend = f"and write --vary {word}=... for each" if word in _VARIED else "for a grid"
        raise DesignError(f"a grid makes its own choice of {name}; leave it out of {asked.design.name} {mend}")
    found: dict[str, list[str]] = {}
    for word in asked.vary or []:
        name, _, value = word.partition("=")
        if not value:
            raise DesignError(f"--vary '{word}' is not NAME=VALUE, e.g. window=0:1")
        found.setdefault(_VARIED[require_known(name, _VARIED, "choice to vary")], []).append(value)
    return found


def doctor(asked: Asked) -> None:  # noqa: ARG001  # no options
    """Check versions, extras, bundled data, the cache folder and the browser for PDF; exit 4 if something is amiss.

    Example: eventstudy doctor
    """
    import os
    import platform
    import re
    from importlib.metadata import PackageNotFoundError, requires, version

    from eventstudy.cases import case_names, load_case
    from eventstudy.version import version as own

    # Of each check its state (absent: an extra that is not there), what it is about, and what it found.
    checks = [("ok", "eventstudy", own()), ("ok", "python", platform.python_version())]
    for need in requires("raise-or-fold") or ():
        name = re.match(r"[\w.-]+", need)[0]  # type: ignore[index]  # every requirement begins with a name
        extra = re.search(r"extra == ['\"]([\w-]+)", need)
        if extra and extra[1] in _INNER:
            continue
        try:
            checks.append(("ok", name, version(name) + (f" (extra {extra[1]})" if extra else "")))
        except PackageNotFoundError:
            mend = f'pip install "raise-or-fold[{extra[1]}]"' if extra else f"pip install {name}"
            checks.append(("absent" if extra else "AMISS", name, mend))
    try:
        names = [name for name in case_names() if name != "all"]
        rows = sum(len(load_case(name).prices) for name in names)
        checks.append(("ok", "bundled data", f"{len(names)} cases, {rows:,} sessions"))
    except (EventStudyError, OSError) as error:
        checks.append(("AMISS", "bundled data", f"{str(error).splitlines()[0]}; install raise-or-fold anew"))
    folder = markets.default_folder()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    is_writable = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    said, browser = str(folder) if is_writable else f"{folder}: make it writable", report.find_browser()
    checks.append(("ok" if is_writable else "AMISS", "cache folder", said))
    said = browser or "none; a PDF is then drawn without one"
    checks.append(("ok" if browser else "absent", "browser for PDF", said))
    write("".join(f"{state:<8}{what:<20}{said}\n" for state, what, said in checks))
    if amiss := sum(state == "AMISS" for state, *_ in checks):
        raise DataMissingError(f"{amiss} of the checks found something amiss; what mends it stands beside each")
