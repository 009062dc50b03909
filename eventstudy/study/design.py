"""All choices of a study, one printable value, and the same as a TOML file."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from functools import partial
from numbers import Integral
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypedDict, TypeVar, Unpack

import numpy as np
import pandas as pd

from eventstudy.errors import DesignError, EventStudyError, InputError, refuse, require_known
from eventstudy.events.clock import read_as_of, write_as_of
from eventstudy.files import read_text, toml_of
from eventstudy.inference import DEFAULT_TESTS, TESTS
from eventstudy.markets.identity import WORDS, InstrumentLike
from eventstudy.models import ConstantMean, LinearModel, make_model
from eventstudy.options import DESIGN, SOURCES
from eventstudy.returns import ReturnKind
from eventstudy.window import Window, span

_Function = TypeVar("_Function", bound=Callable[..., Any])

DEFAULT_ESTIMATION = DESIGN["estimation"].default
DEFAULT_WINDOWS = DESIGN["windows"].default

#: The contrast of a study of stances; other labels have none unless it is asked for.
RAISE_FOLD = "raise-fold"


@dataclass(frozen=True)
class Design:
    """All choices of an event study. Its `repr` recreates it.

    Parameters
    ----------
    model : LinearModel
        Normal-return model.
    estimation : Window
        Estimation window.
    windows : tuple of Window
        Event windows.
    series : tuple of str, optional
        Series to study; default every column that is no regressor.
    tests : tuple of str
        Tests of means over events, by their ids in `eventstudy.inference.TESTS`.
    min_obs : int
        Fewest estimation returns an event may have.
    measure : {'return', 'variance'}
        What is studied: abnormal returns, or the squares of those of the model over the variance expected of them.
    returns : {'log', 'simple', 'difference', 'level', 'total'}, optional
        Kind of return for every series; default each instrument's own.
    missing : {'exclude', 'partial'}
        What becomes of an event window that misses a session: it has no CAR, or one that cumulates what there is.
    anchor : {'stamp', 'same', 'next', 'previous', 'none'}
        How the time of an event becomes a session.
    overlap : {'set-aside', 'keep', 'first'}
        What is done about market events whose windows meet news of another label, and about late news: in no mean
        (``set-aside``), in every mean (``keep``), or only those that share no session with one kept (``first``).
    clean : Window, optional
        Sessions around every event session that are left out of every estimation window; None leaves none out.
    include_proposed : bool
        Use proposed events as well as confirmed ones.
    group_by : str
        Column of the events whose values are the labels that are averaged and contrasted.
    contrast : str, optional
        Two labels with a hyphen between them, ``raise-fold``: the mean of the first less that of the second.
    scale : {'ewma', 'garch'}
        The volatility by which placebo z are scaled; ``garch`` needs the extra of that name.
    family : {'series', 'series-windows'}
        Over what a family p holds: the series of one window, or the series of all windows.
    seed : int
        Seed of whatever is drawn at random.
    as_of : str, optional
        The instant beyond which nothing is looked at: no later news, no later price (see `eventstudy.events.clock`).
    adjust_splits : bool
        Divide prices by the factor of what looks like a split, or a change of their unit, behind them.

    Raises
    ------
    DesignError
        If the choices contradict each other.
    """

    model: LinearModel = ConstantMean()  # noqa: RUF009  # frozen
    estimation: Window = Window.parse(DEFAULT_ESTIMATION)  # noqa: RUF009  # frozen
    windows: tuple[Window, ...] = tuple(map(Window.parse, DEFAULT_WINDOWS))
    series: tuple[str, ...] | None = None
    tests: tuple[str, ...] = DEFAULT_TESTS
    min_obs: int = DESIGN["min_obs"].default
    measure: str = DESIGN["measure"].default
    returns: ReturnKind | Literal["total"] | None = None
    missing: str = DESIGN["missing"].default
    anchor: str = DESIGN["anchor"].default
    overlap: str = DESIGN["overlap"].default
    clean: Window | None = Window.parse(DESIGN["clean"].default)  # noqa: RUF009  # frozen
    include_proposed: bool = False
    group_by: str = DESIGN["group_by"].default
    contrast: str | None = RAISE_FOLD
    scale: str = DESIGN["scale"].default
    family: str = DESIGN["family"].default
    seed: int = DESIGN["seed"].default
    as_of: str | None = None
    adjust_splits: bool = False

    def __post_init__(self) -> None:
        for name in DESIGN.keys() & vars(self).keys():
            check_choice(name, getattr(self, name))
        DesignError.require("a Design needs a model that is made, no name", self.model, LinearModel)
        for one in (self.estimation, *self.windows, *filter(None, [self.clean])):
            DesignError.require("a Design needs windows that are made, e.g. Window(0, 1)", one, Window)
        if not self.windows:
            raise DesignError("a study needs at least one event window, e.g. 0:1")
        model, estimation, span, n = self.model, self.estimation, self.span, self.estimation.n_sessions
        twice = {"an event window": list(map(str, self.windows)), "a test": list(self.tests)}
        least = max(len(model.regressors), len(model.parameters) - 1) + 3
        refuse({
            f"estimation window {estimation} and event window {span} share sessions; "
            f"end the estimation at {span.first - 1} or earlier": estimation.overlaps(span),
            f"estimation window {estimation} has {n} sessions, fewer than the {self.min_obs} returns asked for "
            "(min_obs)": n < self.min_obs,
            f"min_obs {self.min_obs} is too few for {model!r}": self.min_obs < least,
            f"seed {self.seed}: a seed is 0 or more": self.seed < 0,
            "variance is studied with models that are estimated at every session, "
            f"not with '{model.name}'": self.measure == "variance" and not model.everywhere,
            **{f"{one} stands twice among: {', '.join(of)}": len(set(of)) < len(of) for one, of in twice.items()},
        })  # fmt: skip
        model.check_windows(estimation, span)
        called = {"returns": "return kind", "overlap": "overlap rule", "missing": "rule for missing sessions"}
        for option in DESIGN.values():
            value, known = getattr(self, option.name, None), option.values()
            if value is not None and known:
                require_known(value, known, called.get(option.name, option.name))
        for test in self.tests:
            require_known(test, TESTS, "test")
        if self.as_of is not None:
            read_as_of(self.as_of)

    @property
    def span(self) -> Window:
        """All sessions of the study around an event: from the first of all windows to the last."""
        return span(self.windows)

    def reading(self, window: Window) -> Window:
        """Return a window and the sessions whose regression, by the model's lags and leads, reads a session of it."""
        reach = self.model.reach
        return Window(window.first - reach.last, window.last - reach.first)

    @property
    def stage(self) -> Design:
        """The design of the tables: variance ratios, made with the model, are studied against their own mean."""
        return self if self.measure == "return" else replace(self, measure="return", model=ConstantMean())

    def as_dict(self) -> dict[str, Any]:
        """Return the choices as plain values, as they stand in the JSON envelope."""
        return {field.name: getattr(self, field.name) for field in fields(self)} | {
            "model": self.model.name,
            "regressors": list(self.model.regressors),
            **self.model.options,
            "estimation": str(self.estimation),
            "clean": str(self.clean or "none"),
            "windows": [str(window) for window in self.windows],
            "series": None if self.series is None else list(self.series),
            "tests": list(self.tests),
        }


class Choices(TypedDict, total=False):
    """The keywords of `EventStudy`, for completion and type checkers; those of a design are the rows of `DESIGN`."""

    model: str | LinearModel
    market: str | pd.Series | None
    factors: Sequence[str] | pd.DataFrame | pd.Series | None
    lags: int | None
    leads: int | None
    estimation: str | Window | tuple[int, int]
    windows: Iterable[str | Window | tuple[int, int]]
    series: Sequence[str] | None
    tests: str | Sequence[str]
    min_obs: int
    measure: str
    missing: str
    anchor: str
    overlap: str
    clean: str | Window | None
    include_proposed: bool
    group_by: str
    contrast: str | Sequence[str] | None
    scale: str
    family: str
    seed: int
    as_of: str | date | datetime | np.datetime64 | None
    adjust_splits: bool
    returns: pd.DataFrame | pd.Series | str | None
    volumes: pd.DataFrame | pd.Series | None
    bars: str | None
    instruments: Mapping[str, InstrumentLike] | None
    returns_kind: str | None


def named(names: Iterable[str]) -> Callable[[_Function], _Function]:
    """Put the keywords behind ``**choices`` into the signature of a function, so that help and completion show them."""

    def decorate(function: _Function) -> _Function:
        of, kinds = inspect.signature(function), Choices.__annotations__
        kept = [one for one in of.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
        for name in names:
            default, words = DESIGN[name].default if name in DESIGN else None, kinds[name].__forward_arg__
            kept.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=words))
        vars(function)["__signature__"] = of.replace(parameters=kept)
        return function

    return decorate


@named(DESIGN)
def make_design(**choices: Unpack[Choices]) -> Design:
    """Return the design meant by words.

    Parameters
    ----------
    model : str or LinearModel
        A model, or its name.
    market : str, optional
        Market column of a model given by name.
    factors : sequence of str, optional
        Factor columns of a model given by name; ``role=column`` for CAPM and its like.
    lags, leads : int, optional
        Of Dimson's model given by name.
    estimation : str, Window or (int, int)
        Estimation window.
    windows : iterable of str or Window
        Event windows.
    series : sequence of str, optional
        Series to study.
    tests : "default", "all" or sequence of str
        Test ids; an empty list for none.
    clean : str or Window, optional
        Sessions around every event session that are left out of estimation windows; ``none`` for none.
    group_by : str
        Column of the labels.
    contrast : str or (str, str), optional
        Two of them, or both with a hyphen between; default ``raise-fold`` for stances.
    as_of : str, date or datetime, optional
        The instant beyond which nothing is looked at: a time with an offset or followed by its zone; a date, or a
        Timestamp of midnight without a zone, is the end of that day in UTC.
    **choices
        The other fields of `Design`.

    Returns
    -------
    Design
        The design.

    Raises
    ------
    DesignError, UnknownNameError
        If a choice is unknown or the choices contradict each other.

    Examples
    --------
    >>> make_design(model="market-model", market="sp500", windows=["0:1"]).model
    MarketModel('sp500')
    """
    for name in choices:
        require_known(name, sorted(DESIGN), "choice")
    given: dict[str, Any] = {name: option.default for name, option in DESIGN.items()} | choices
    for name, value in given.items():
        if name in {"windows", "series"} and isinstance(value, str):
            raise DesignError(f"{name} must be a list, e.g. ['{value}']")
        check_choice(name, value)
    windows, clean = tuple(given["windows"]), given["clean"]
    if len(windows) == 2 and all(isinstance(one, int) for one in windows):  # noqa: PLR2004  # first and last
        raise DesignError(f"windows must be a list of windows; write [{windows}] for the sessions of one")
    market, factors, lags, leads = (given.pop(name) for name in ("market", "factors", "lags", "leads"))
    model, tests, contrast = given["model"], given["tests"], given["contrast"]
    if isinstance(model, str):
        model = make_model(model, market, factors or (), lags=lags, leads=leads)
    elif market is not None or factors or (lags, leads) != (None, None):
        raise DesignError(f"{model!r} names its own regressors; drop market and factors")
    if isinstance(tests, str):
        sets = {"default": DEFAULT_TESTS, "all": TESTS, "none": ()}
        tests = sets[require_known(tests, sets, "set of tests")]
    if not (contrast is None or isinstance(contrast, str)):
        if len(contrast) != 2:  # noqa: PLR2004  # one less the other
            raise DesignError(f"contrast must be two labels, the first less the second, not {contrast!r}")
        contrast = "-".join(contrast)
    given |= {name: int(value) for name, value in given.items() if DESIGN[name].kind == "whole"}
    given |= {
        "model": model,
        "estimation": Window.parse(given["estimation"]),
        "windows": tuple(map(Window.parse, windows)),
        "series": None if given["series"] is None else tuple(given["series"]),
        "tests": tuple(tests),
        "clean": None if clean is None or clean == "none" else Window.parse(clean),
        "contrast": contrast or (RAISE_FOLD if given["group_by"] == "stance" else None),
        "as_of": write_as_of(given["as_of"]),
    }
    return Design(**given)


#: What the table ``[data]`` may hold: where events and prices come from.
DATA = {name: SOURCES[name].kind for name in ("case", "events", "prices", "provider")}

#: What is said of an instrument and comes as TOML has it: a list of tables, a number.
_AS_WRITTEN = ("closures", "orientation")


class DesignFile(NamedTuple):
    """What a design file says.

    Parameters
    ----------
    choices : mapping of str to object
        What it passes to `make_design`; a choice that it does not name is left to the default.
    data : mapping of str to str or list of str
        Where events and prices come from, the latter from one file or several; paths are as they stand in the file.
    instruments : mapping of str to dict
        What is said of columns, as `eventstudy.markets.identity.identify` takes it: the tables ``[instruments.NAME]``,
        and of ``[closures]`` each column's list.
    """

    choices: Mapping[str, Any]
    data: Mapping[str, Any]
    instruments: Mapping[str, Mapping[str, Any]]


def design_to_toml(
    design: Design, data: Mapping[str, str] | None = None, instruments: Mapping[str, Mapping[str, Any]] | None = None
) -> str:
    """Write a design, every choice of it, as TOML.

    Parameters
    ----------
    design : Design
        The design.
    data : mapping of str to str, optional
        Where events and prices come from; any of `DATA`.
    instruments : mapping of str to mapping, optional
        What is said of each column, see `eventstudy.markets.identity.identify`.

    Returns
    -------
    str
        The text of a file; `parse_design` reads the very design back.

    Raises
    ------
    DesignError
        If the model cannot be named by words.

    Examples
    --------
    >>> text = design_to_toml(make_design(windows=["0:1"]), {"case": "crimea-2014"})
    >>> print(text.splitlines()[1])
    case = "crimea-2014"
    >>> make_design(**parse_design(text).choices) == make_design(windows=["0:1"])
    True
    """
    plain, model = design.as_dict(), design.model
    written, regressors = {"model": plain.pop("model")}, plain.pop("regressors")
    for words in ({}, {"market": regressors[0]} if regressors else {}, {"factors": regressors}):
        with suppress(EventStudyError):
            if make_model(model.name, **words) == model:
                written |= words | plain
                break
    else:
        raise DesignError(f"{model!r} has choices of its own, which a design file cannot hold")
    for key in data or {}:
        require_known(key, DATA, "kind of data")
    # TOML's texts, lists, numbers and truth values are JSON's; closures and orientations come as they are written.
    text = partial(json.dumps, ensure_ascii=False)
    tables = {"data": data or {}, "design": {key: value for key, value in written.items() if value is not None}}
    tables |= {f"instruments.{text(name)}": words for name, words in (instruments or {}).items()}
    return "\n".join(
        f"[{name}]\n" + "".join(f"{k} = {v if k in _AS_WRITTEN else text(v)}\n" for k, v in table.items())
        for name, table in tables.items()
        if table
    )


def parse_design(text: str, source: str = "the design") -> DesignFile:
    """Read a design from TOML.

    Parameters
    ----------
    text : str
        The text: tables ``[data]`` and ``[design]``.
    source : str
        What to call it in messages.

    Returns
    -------
    DesignFile
        What it says.

    Raises
    ------
    InputError
        If it is no TOML, or a value is of the wrong kind.
    UnknownNameError
        If it has a table or a key that does not exist.
    """
    tables = toml_of(text, source)
    for key, table in tables.items():
        require_known(key, ("data", "design", "instruments", "closures"), f"table of {source}")
        InputError.require(f"{source}: '{key}' must be a table: [{key}]", table, dict)
    named_tables = {f"instruments.{name}": table for name, table in tables.get("instruments", {}).items()}
    known: dict[str, Iterable[str]] = {"data": DATA, "design": DESIGN, "instruments": WORDS}
    rules = DATA | {name: option.kind for name, option in DESIGN.items()}
    for name, table in (tables | named_tables).items():
        kind = name.partition(".")[0]
        InputError.require(f"{source}: '{name}' must be a table: [{name}]", table, dict)
        for key, value in table.items() if name not in {"instruments", "closures"} else ():
            require_known(key, known[kind], f"key of [{name}] in {source}")
            if kind != "instruments":
                check_choice(key, value, source, rules[key])
    instruments = {name: dict(table) for name, table in tables.get("instruments", {}).items()}
    for name, rows in tables.get("closures", {}).items():
        instruments.setdefault(name, {})["closures"] = rows
    return DesignFile(tables.get("design", {}), tables.get("data", {}), instruments)


def read_design(path: str | Path) -> DesignFile:
    """Read a design file; relative paths in it are taken from its own folder.

    Parameters
    ----------
    path : str or Path
        The file.

    Raises
    ------
    InputError
        If it cannot be read; else as `parse_design`.
    """
    path = Path(path)
    found = parse_design(read_text(path), path.name)
    placed = dict(found.data)
    for key in {"events", "prices"} & set(placed):
        of = placed[key]
        placed[key] = str(path.parent / of) if isinstance(of, str) else [str(path.parent / one) for one in of]
    return found._replace(data=placed)


def _texts(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)


#: What a choice, or what is said of a file, must be by its kind; in Python, and in words.
_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "text": (lambda value: isinstance(value, str), "a text"),
    "whole": (lambda value: isinstance(value, Integral) and not isinstance(value, bool), "a whole number"),
    "wholes": (lambda value: isinstance(value, (list, tuple, range)) and all(map(_KINDS["whole"][0], value)),
               "a list of whole numbers"),
    "number": (lambda value: type(value) is not bool and isinstance(value, (Integral, float)) and math.isfinite(value),
               "a number"),
    "yes": (lambda value: isinstance(value, bool), "true or false"),
    "model": (lambda value: isinstance(value, (str, LinearModel)), "a model or the name of one"),
    "window": (lambda value: isinstance(value, (str, Window, tuple, list)), "a window"),
    "windows": (lambda value: isinstance(value, Iterable) and not isinstance(value, (str, Window)),
                "a list, e.g. ['0:1'] or [(0, 1)]"),
    "names": (_texts, "a list of names of columns"),
    "tests": (lambda value: isinstance(value, str) or _texts(value), "a list of texts, 'default' or 'all'"),
    "time": (lambda value: isinstance(value, (str, date, np.datetime64)), "a time"),
    "labels": (lambda value: isinstance(value, str) or (_texts(value) and len(value) > 1), "two labels"),
    "texts": (_texts, "a list of texts"),
    "either": (lambda value: isinstance(value, str) or _texts(value), "a text or a list of texts"),
}  # fmt: skip

#: Kinds that a file writes in another way than Python.
_IN_FILES = dict.fromkeys(("model", "window", "time", "labels", "path"), "text")
_IN_FILES |= {"windows": "texts", "names": "texts", "paths": "either"}


def check_choice(key: str, value: Any, source: str = "", kind: str = "") -> None:
    """Refuse a choice of the wrong type; `source` names the file it stands in."""
    option, kind = DESIGN.get(key), kind or DESIGN[key].kind
    fits, words = _KINDS[_IN_FILES.get(kind, kind) if source else kind]
    if fits(value) or (value is None and option and (option.default is None or key == "clean")):
        return
    if source:
        raise InputError(f"{source}: {key} = {value!r} must be {words}")
    raise DesignError.must_be(f"{key} must be {words}", value)
