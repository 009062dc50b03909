"""All choices of a study, one printable value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from eventstudy.errors import DesignError, require_known
from eventstudy.inference import DEFAULT_TESTS, TESTS
from eventstudy.matching import ANCHORS, OVERLAPS
from eventstudy.models import ConstantMean, LinearModel, make_model
from eventstudy.returns import RETURN_KINDS, ReturnKind
from eventstudy.window import Window, span

DEFAULT_ESTIMATION = "-130:-11"
DEFAULT_WINDOWS = ("0:0", "0:1", "-1:1", "0:5")
DEFAULT_MIN_OBS = 60


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
    returns : {'log', 'simple', 'difference'}, optional
        Kind of return for every series; default each instrument's own.
    anchor : {'stamp', 'same', 'next', 'previous', 'none'}
        How the time of an event becomes a session.
    overlap : {'flag', 'drop', 'first', 'merge'}
        What is done about events whose windows share sessions.
    clean : bool
        Leave the windows of other events out of the estimation windows.
    include_proposed : bool
        Use proposed events as well as confirmed ones.
    seed : int
        Seed of whatever is drawn at random.

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
    min_obs: int = DEFAULT_MIN_OBS
    returns: ReturnKind | None = None
    anchor: str = "stamp"
    overlap: str = "flag"
    clean: bool = True
    include_proposed: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.windows:
            raise DesignError("a study needs at least one event window, e.g. 0:1")
        if len(set(self.windows)) < len(self.windows):
            raise DesignError(f"an event window stands twice among: {', '.join(map(str, self.windows))}")
        if self.estimation.overlaps(self.span):
            raise DesignError(
                f"estimation window {self.estimation} and event window {self.span} share sessions; "
                f"end the estimation at {self.span.first - 1} or earlier"
            )
        if self.estimation.n_sessions < self.min_obs:
            raise DesignError(
                f"estimation window {self.estimation} has {self.estimation.n_sessions} sessions, "
                f"fewer than the {self.min_obs} returns asked for (min_obs)"
            )
        if self.min_obs < len(self.model.regressors) + 3:
            raise DesignError(f"min_obs {self.min_obs} is too few for {self.model!r}")
        if self.returns is not None:
            require_known(self.returns, RETURN_KINDS, "return kind")
        require_known(self.anchor, ANCHORS, "anchor")
        require_known(self.overlap, OVERLAPS, "overlap rule")
        for test in self.tests:
            require_known(test, TESTS, "test")
        if len(set(self.tests)) < len(self.tests):
            raise DesignError(f"a test stands twice among: {', '.join(self.tests)}")

    @property
    def span(self) -> Window:
        """All sessions of the study around an event: from the first of all windows to the last."""
        return span(self.windows)

    def as_dict(self) -> dict[str, Any]:
        """Return the choices as plain values, as they stand in the JSON envelope."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        return plain | {
            "model": self.model.name,
            "regressors": list(self.model.regressors),
            "estimation": str(self.estimation),
            "windows": [str(window) for window in self.windows],
            "series": None if self.series is None else list(self.series),
            "tests": list(self.tests),
        }


def make_design(
    *,
    model: str | LinearModel = ConstantMean.name,
    market: str | None = None,
    factors: Sequence[str] | None = None,
    estimation: str | Window = DEFAULT_ESTIMATION,
    windows: Iterable[str | Window] = DEFAULT_WINDOWS,
    series: Sequence[str] | None = None,
    tests: str | Sequence[str] = "default",
    **choices: Any,
) -> Design:
    """Return the design meant by words.

    Parameters
    ----------
    model : str or LinearModel
        A model, or its name.
    market : str, optional
        Market column of a model given by name.
    factors : sequence of str, optional
        Factor columns of a model given by name.
    estimation : str or Window
        Estimation window.
    windows : iterable of str or Window
        Event windows.
    series : sequence of str, optional
        Series to study.
    tests : "default", "all" or sequence of str
        Test ids; an empty list for none.
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
    known = {field.name for field in fields(Design)}
    for name in choices:
        require_known(name, sorted(known | {"market", "factors"}), "choice")
    for name, value in (("windows", windows), ("series", series)):
        if isinstance(value, str):
            raise DesignError(f"{name} must be a list, e.g. ['{value}']")
    if isinstance(model, str):
        model = make_model(model, market, factors or ())
    elif market is not None or factors:
        raise DesignError(f"{model!r} names its own regressors; drop market and factors")
    if isinstance(tests, str):
        require_known(tests, ("default", "all"), "set of tests")
        tests = DEFAULT_TESTS if tests == "default" else tuple(TESTS)
    return Design(
        model=model,
        estimation=Window.parse(estimation),
        windows=tuple(Window.parse(window) for window in windows),
        series=None if series is None else tuple(series),
        tests=tuple(tests),
        **choices,
    )
