"""All choices of a study, one printable value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from eventstudy.errors import DesignError, require_known
from eventstudy.inference import DEFAULT_TESTS, TESTS
from eventstudy.inference.placebo import SCALES
from eventstudy.matching import ANCHORS, OVERLAPS
from eventstudy.models import ConstantMean, LinearModel, make_model
from eventstudy.news.as_of import read_as_of, write_as_of
from eventstudy.returns import RETURN_KINDS, ReturnKind
from eventstudy.window import Window, span

DEFAULT_ESTIMATION = "-130:-11"
DEFAULT_WINDOWS = ("0:0", "0:1", "-1:1", "0:5")
DEFAULT_MIN_OBS = 60
DEFAULT_CLEAN = "0:1"

#: The contrast of a study of stances; other labels have none unless it is asked for.
RAISE_FOLD = "raise-fold"

#: What becomes of a window that misses a session: its CAR is missing, or cumulates what there is.
MISSING = ("exclude", "partial")

#: What of a series is studied: its returns (or log volumes), or how much larger their variance was than expected.
MEASURES = ("return", "variance")

#: What a family p looks at together: the series over one window, or the series over all windows.
FAMILIES = ("series", "series-windows")


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
    returns : {'log', 'simple', 'difference', 'level'}, optional
        Kind of return for every series; default each instrument's own.
    missing : {'exclude', 'partial'}
        What becomes of an event window that misses a session: it has no CAR, or one that cumulates what there is.
    anchor : {'stamp', 'same', 'next', 'previous', 'none'}
        How the time of an event becomes a session.
    overlap : {'set-aside', 'keep', 'first'}
        What is done about market events whose windows meet news of another label, and about late news: in no mean
        (``set-aside``), in every mean (``keep``), or only the earliest of overlapping windows (``first``).
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
        The instant beyond which nothing is looked at: no later news, no later price (see `eventstudy.news.as_of`).

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
    measure: str = "return"
    returns: ReturnKind | None = None
    missing: str = "exclude"
    anchor: str = "stamp"
    overlap: str = OVERLAPS[0]
    clean: Window | None = Window.parse(DEFAULT_CLEAN)  # noqa: RUF009  # frozen
    include_proposed: bool = False
    group_by: str = "stance"
    contrast: str | None = RAISE_FOLD
    scale: str = "ewma"
    family: str = "series"
    seed: int = 0
    as_of: str | None = None

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
        self.model.check_windows(self.estimation, self.span)
        if self.min_obs < max(len(self.model.regressors), len(self.model.parameters) - 1) + 3:
            raise DesignError(f"min_obs {self.min_obs} is too few for {self.model!r}")
        if self.returns is not None:
            require_known(self.returns, RETURN_KINDS, "return kind")
        self._check_measure()
        require_known(self.missing, MISSING, "rule for missing sessions")
        require_known(self.anchor, ANCHORS, "anchor")
        require_known(self.overlap, OVERLAPS, "overlap rule")
        require_known(self.scale, SCALES, "scale")
        require_known(self.family, FAMILIES, "family")
        _require_readable(self.seed, self.as_of)
        for test in self.tests:
            require_known(test, TESTS, "test")
        if len(set(self.tests)) < len(self.tests):
            raise DesignError(f"a test stands twice among: {', '.join(self.tests)}")

    def _check_measure(self) -> None:
        require_known(self.measure, MEASURES, "measure")
        if self.measure == "variance" and not self.model.everywhere:
            raise DesignError(
                f"variance is studied with models that are estimated at every session, not with '{self.model.name}'"
            )

    @property
    def span(self) -> Window:
        """All sessions of the study around an event: from the first of all windows to the last."""
        return span(self.windows)

    @property
    def news(self) -> Window:
        """Sessions around an event session that no placebo window meets: `clean`, or the session itself."""
        return self.clean or Window(0, 0)

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
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        return plain | {
            "model": self.model.name,
            "regressors": list(self.model.regressors),
            **self.model.options,
            "estimation": str(self.estimation),
            "clean": str(self.clean or "none"),
            "windows": [str(window) for window in self.windows],
            "series": None if self.series is None else list(self.series),
            "tests": list(self.tests),
        }


def _require_readable(seed: int, as_of: str | None) -> None:
    if seed < 0:
        raise DesignError(f"seed {seed}: a seed is 0 or more")
    if as_of is not None:
        read_as_of(as_of)


def make_design(
    *,
    model: str | LinearModel = ConstantMean.name,
    market: str | None = None,
    factors: Sequence[str] | None = None,
    lags: int | None = None,
    leads: int | None = None,
    estimation: str | Window = DEFAULT_ESTIMATION,
    windows: Iterable[str | Window | tuple[int, int]] = DEFAULT_WINDOWS,
    series: Sequence[str] | None = None,
    tests: str | Sequence[str] = "default",
    clean: str | Window | None = DEFAULT_CLEAN,
    group_by: str = "stance",
    contrast: str | None = None,
    as_of: str | date | datetime | None = None,
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
        Factor columns of a model given by name; ``role=column`` for CAPM and its like.
    lags, leads : int, optional
        Of Dimson's model given by name.
    estimation : str or Window
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
    contrast : str, optional
        Two of them with a hyphen between; default ``raise-fold`` for stances.
    as_of : str, date or datetime, optional
        The instant beyond which nothing is looked at: a time with an offset or followed by its zone; a date is the end
        of that day in UTC.
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
        require_known(name, sorted(known | {"market", "factors", "lags", "leads"}), "choice")
    for name, value in (("windows", windows), ("series", series)):
        if isinstance(value, str):
            raise DesignError(f"{name} must be a list, e.g. ['{value}']")
    if isinstance(model, str):
        model = make_model(model, market, factors or (), lags=lags, leads=leads)
    elif market is not None or factors or (lags, leads) != (None, None):
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
        clean=None if clean in {None, "none"} else Window.parse(clean),
        group_by=group_by,
        contrast=contrast or (RAISE_FOLD if group_by == "stance" else None),
        as_of=None if as_of is None else write_as_of(as_of),
        **choices,
    )
