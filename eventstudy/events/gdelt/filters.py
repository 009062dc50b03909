"""Which rows of a GDELT file are wanted, the bytes that a wanted row must have, and what its CAMEO code says."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from eventstudy.errors import DesignError, require_known

#: Searching a block for more codes than this takes longer than looking at every row.
_MOST_LEADS = 3

_CODE = re.compile(r"[A-Z]{2,5}")
_PLACE = re.compile(r"[A-Z]{2}")


class Act(NamedTuple):
    """What a CAMEO code means: as it stands in the table (``13``, ``036``), in words, stance and kind of the schema."""

    code: str
    name: str
    stance: str
    kind: str


class Cameo(NamedTuple):
    """The table: root classes, exceptions, groups, each as it stands in ``cameo.toml``."""

    acts: Mapping[str, Act]
    quads: Mapping[str, int]
    groups: Mapping[str, str]

    def act(self, code: str) -> Act | None:
        """Return what a code means, by its longest beginning in the table; None for no CAMEO code.

        Examples
        --------
        >>> table = read_cameo()
        >>> [table.act(code).code for code in ("0871", "1621", "0361")]
        ['087', '16', '036']
        >>> table.act("99") is None
        True
        """
        for n in range(len(code), 1, -1):
            if code[:n] in self.acts:
                return self.acts[code[:n]]
        return None


@cache
def read_cameo() -> Cameo:
    """Return the table that comes with the library."""
    raw = tomllib.loads(files("eventstudy.events.gdelt").joinpath("cameo.toml").read_text(encoding="utf-8"))
    rows = {**raw["roots"], **raw["codes"]}
    acts = {code: Act(code, row["name"], row["stance"], row["kind"]) for code, row in rows.items()}
    return Cameo(acts, {code: row["quad"] for code, row in raw["roots"].items()}, raw["groups"])


@dataclass(frozen=True)
class Filters:
    """Which rows are wanted; what is left empty does not matter. Its `repr` recreates it.

    Parameters
    ----------
    actors, targets : frozenset of str
        Who acts (GDELT's Actor1) and on whom (Actor2): CAMEO country codes, or ``NATO``, ``EU``, ``UN``.
    pairs : frozenset of (str, str)
        Pairs of codes, whoever of the two acts.
    roots : frozenset of str
        CAMEO root classes, ``01`` .. ``20``.
    quads : frozenset of int
        Quad classes, 1 .. 4.
    goldstein : tuple of float
        Lowest and highest Goldstein score.
    mentions : int
        Fewest mentions of a row.
    places : frozenset of str
        FIPS codes of the countries where it happened, e.g. ``RS`` for Russia.
    first, last : date or None
        First and last day.
    latest : int
        A row added more than so many days after its day retells something old and is left out.
    one_sided : bool
        Also take rows that name only one of the two, or the same twice.

    Raises
    ------
    DesignError, UnknownNameError
        If a code cannot be one, or a range is empty.

    Examples
    --------
    >>> make_filters(pairs=["rus:usa"], roots=["13"]).pairs
    frozenset({('RUS', 'USA')})
    """

    actors: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    pairs: frozenset[tuple[str, str]] = frozenset()
    roots: frozenset[str] = frozenset()
    quads: frozenset[int] = frozenset()
    goldstein: tuple[float, float] = (-10.0, 10.0)
    mentions: int = 0
    places: frozenset[str] = frozenset()
    first: date | None = None
    last: date | None = None
    latest: int = 7
    one_sided: bool = False

    def __post_init__(self) -> None:
        for code in (*self.actors, *self.targets, *(code for pair in self.pairs for code in pair)):
            if not _CODE.fullmatch(code):
                raise DesignError(f"'{code}' is no actor; write a CAMEO country code such as RUS, or NATO, EU, UN")
        for root in self.roots:
            require_known(root, read_cameo().quads, "CAMEO root class")
        for quad in self.quads:
            require_known(str(quad), ("1", "2", "3", "4"), "quad class")
        for place in self.places:
            if not _PLACE.fullmatch(place):
                raise DesignError(f"'{place}' is no place; write a FIPS country code such as RS for Russia")
        if self.goldstein[0] > self.goldstein[1]:
            raise DesignError("the Goldstein range is empty: {:g} .. {:g}".format(*self.goldstein))
        if self.first and self.last and self.first > self.last:
            raise DesignError(f"the range of days is empty: {self.first} .. {self.last}")

    @property
    def narrowed(self) -> bool:
        """Whether Goldstein scores matter."""
        return self.goldstein != (-10.0, 10.0)

    def wants_pair(self, actor: str, target: str) -> bool:
        """Whether rows of an actor acting on a target are wanted."""
        return (
            (self.one_sided or bool(actor and target and actor != target))
            and (not self.actors or actor in self.actors)
            and (not self.targets or target in self.targets)
            and (not self.pairs or (actor, target) in self.pairs or (target, actor) in self.pairs)
        )

    def leads(self) -> tuple[bytes, ...]:
        r"""Return bytes of which every wanted row has at least one; none where every row must be looked at.

        Examples
        --------
        >>> make_filters(pairs=["RUS:USA", "NATO:RUS"]).leads()
        (b'\tRUS\t',)
        >>> make_filters(quads=[4]).leads()
        ()
        """
        groups = {name: code for code, name in read_cameo().groups.items()}
        choices = [{groups.get(code, code) for code in codes} for codes in (self.actors, self.targets) if codes]
        if self.pairs:
            choices.append({groups.get(code, code) for code in _cover(self.pairs)})
        if self.places:
            choices.append(set(self.places))
        fewest = min(choices, key=len, default=set())
        return tuple(f"\t{code}\t".encode() for code in sorted(fewest)) if len(fewest) <= _MOST_LEADS else ()


def _cover(pairs: Iterable[tuple[str, str]]) -> set[str]:
    """Return codes of which every pair has one: again and again the one in most pairs."""
    left, chosen = set(pairs), set()
    while left:
        codes = sorted(code for pair in left for code in pair)
        most = max(codes, key=codes.count)
        chosen.add(most)
        left = {pair for pair in left if most not in pair}
    return chosen


def make_filters(
    *,
    actors: Iterable[str] = (),
    targets: Iterable[str] = (),
    pairs: Iterable[str] = (),
    roots: Iterable[str] = (),
    quads: Iterable[int] = (),
    places: Iterable[str] = (),
    goldstein: str = "",
    first: str | date | None = None,
    last: str | date | None = None,
    mentions: int = 0,
    latest: int = 7,
    one_sided: bool = False,
) -> Filters:
    """Return the filters meant by words.

    Parameters
    ----------
    actors, targets, pairs, roots, quads, places, mentions, latest, one_sided
        As in `Filters`; a pair as ``RUS:USA``.
    goldstein : str
        A range such as ``-10:-4``, one end may be empty.
    first, last : str or date, optional
        ``2022-01-27``.

    Returns
    -------
    Filters
        The filters.

    Raises
    ------
    DesignError, UnknownNameError
        If a word cannot be understood.
    """
    return Filters(
        actors=frozenset(code.upper() for code in actors),
        targets=frozenset(code.upper() for code in targets),
        pairs=frozenset(map(_pair, pairs)),
        roots=frozenset(root.zfill(2) for root in roots),
        quads=frozenset(quads),
        places=frozenset(place.upper() for place in places),
        goldstein=_range(goldstein),
        first=_day(first),
        last=_day(last),
        mentions=mentions,
        latest=latest,
        one_sided=one_sided,
    )


def _pair(text: str) -> tuple[str, str]:
    one, colon, other = text.upper().partition(":")
    if not (one and colon and other):
        raise DesignError(f"'{text}' is no pair of actors; write RUS:USA")
    return one, other


def _range(text: str) -> tuple[float, float]:
    if not text:
        return -10.0, 10.0
    low, colon, high = text.partition(":")
    try:
        ends = float(low or -10), float(high or 10)
    except ValueError:
        ends = (1.0, -1.0)
    if not colon or not -10 <= ends[0] <= ends[1] <= 10:  # noqa: PLR2004  # the Goldstein scale ends there
        raise DesignError(f"'{text}' is no Goldstein range; write -10:-4, within -10 .. 10")
    return ends


def _day(text: str | date | None) -> date | None:
    if not isinstance(text, str):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DesignError(f"'{text}' is no day; write 2022-01-27") from None
