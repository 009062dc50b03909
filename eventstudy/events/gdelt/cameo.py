"""The table of CAMEO codes: what an act says of its actor's stance."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Act:
    """What a CAMEO code means here.

    Parameters
    ----------
    code : str
        The code as it stands in the table, e.g. ``13`` or ``036``.
    name : str
        In words.
    stance, kind : str
        As in the event schema.
    """

    code: str
    name: str
    stance: str
    kind: str


@dataclass(frozen=True)
class Cameo:
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
