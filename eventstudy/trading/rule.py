"""The rule of a backtest: which way after which news, for how long, how much, and what while one is in already."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from eventstudy.errors import DesignError, require_known
from eventstudy.news.stance import STANCES

SIDES = {"long": 1, "short": -1, "none": 0}
SIZINGS = ("equal", "volatility")

#: ``skip`` leaves a signal out while a position in the instrument is open; ``extend`` lets a signal of the same side
#: put off its exit; ``add`` opens a further position.
WHILE_OPEN = ("skip", "extend", "add")

#: The word for sides that follow the point-in-time signals.
SIGNALS = "signals"


@dataclass(frozen=True)
class Rule:
    """What is done after an event. Its `repr` recreates it.

    Parameters
    ----------
    sides : str
        ``signals``: the direction of the point-in-time signal; or the side after each stance, e.g.
        ``raise=short,fold=long`` (a stance not named: none).
    hold : int, optional
        Sessions a position is held; None: until the opposite stance only.
    until_opposite : bool
        Close a position early at the first price after news of the opposite stance (raise, fold).
    sizing : {'equal', 'volatility'}
        ``equal``: every position is the same share of equity. ``volatility``: the share at which the position's
        volatility a session, as known before the entry, is `risk`; never more than `weight`.
    weight : float, optional
        Share of equity of a position; default one over the number of instruments.
    risk : float
        Volatility a session that a position sized by volatility contributes, as a share of equity.
    while_open : {'skip', 'extend', 'add'}
        What a signal does while a position in its instrument is open.

    Raises
    ------
    DesignError, UnknownNameError
        If the choices are unknown or contradict each other.

    Examples
    --------
    >>> Rule("raise=short,fold=long", hold=3).side("raise")
    -1
    """

    sides: str = SIGNALS
    hold: int | None = 5
    until_opposite: bool = False
    sizing: str = "equal"
    weight: float | None = None
    risk: float = 0.01
    while_open: str = "skip"

    def __post_init__(self) -> None:
        require_known(self.sizing, SIZINGS, "sizing")
        require_known(self.while_open, WHILE_OPEN, "way with open positions:")
        by_stance = self.by_stance
        if self.hold is None and not self.until_opposite:
            raise DesignError("a position needs an exit: hold it for some sessions, or until the opposite stance")
        if self.hold is None and self.sides == SIGNALS:
            raise DesignError("signals are learned over a fixed holding time; give hold, or sides of your own")
        if self.hold is not None and self.hold < 1:
            raise DesignError(f"hold {self.hold} is no holding time; write 1 session or more")
        if self.sides != SIGNALS and not any(by_stance.values()):
            raise DesignError(f"sides '{self.sides}' never take a position; write e.g. raise=short,fold=long")
        if (self.weight is not None and not self.weight > 0) or not self.risk > 0:
            raise DesignError("weight and risk are shares of equity above 0")

    @property
    def by_stance(self) -> dict[str, int]:
        """Side after each stance: 1, -1 or 0; empty where the signals decide."""
        if self.sides == SIGNALS:
            return {}
        told: dict[str, int] = dict.fromkeys(STANCES, 0)
        for part in filter(None, (piece.strip() for piece in self.sides.split(","))):
            stance, _, side = (word.strip() for word in part.partition("="))
            require_known(stance, STANCES, "stance")
            told = told | {stance: SIDES[require_known(side, SIDES, "side")]}
        return told

    def side(self, stance: str) -> int:
        """Return the side after a stance: 1 long, -1 short, 0 none."""
        return self.by_stance.get(stance, 0)

    def as_dict(self) -> dict[str, Any]:
        """Return the choices as plain values."""
        return asdict(self)

    def __str__(self) -> str:
        held = "until the opposite stance" if self.hold is None else f"{self.hold} session{'s' * (self.hold > 1)}"
        early = ", or until the opposite stance" if self.until_opposite and self.hold is not None else ""
        return f"{self.sides}, held {held}{early}, sized {self.sizing}, {self.while_open} while open"
