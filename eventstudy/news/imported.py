"""What a file of somebody else's told: proposed events, and what was left out with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eventstudy.errors import DataMissingError, InputError
from eventstudy.events.schema import DEFAULTS
from eventstudy.news.actors import ActorTable
from eventstudy.news.stance_coder import StanceReading

#: A calendar or a feed of more bytes than this is something else.
LARGEST = 32 * 2**20


@dataclass(frozen=True)
class Imported:
    """Proposed events of a file.

    Parameters
    ----------
    events : tuple of dict
        Rows of the event schema with ``confidence`` and ``evidence``.
    set_aside : tuple of dict
        What made no event: ``text``, ``reason``, ``source``.
    notes : tuple of str
        What to beware of.
    """

    events: tuple[dict[str, Any], ...]
    set_aside: tuple[dict[str, str], ...] = ()
    notes: tuple[str, ...] = ()


def proposal(**cells: Any) -> dict[str, Any]:
    """Return a row of the event schema, proposed, with ``confidence`` and ``evidence``; what is not given is empty."""
    row = {name: default or "" for name, default in DEFAULTS.items()}
    return {**row, "status": "proposed", "confidence": 0.0, "evidence": [], **cells}


def stance_cells(reading: StanceReading) -> dict[str, Any]:
    """Return the cells of a row that a reading of its text fills."""
    evidence = [asdict(one) for one in reading.evidence]
    return {"stance": reading.label, "confidence": reading.confidence, "evidence": evidence}


def actor_cells(text: str, actors: ActorTable) -> dict[str, str]:
    """Return who acts and on whom, as a headline names them: the first one acts."""
    codes: Sequence[str] = tuple(dict.fromkeys(mention.code for mention in actors.mentions(text)))
    return {"actor": codes[0] if codes else "", "target": ";".join(codes[1:])}


def read_small(path: str | Path, what: str) -> bytes:
    """Return the bytes of a file that has no business being large.

    Raises
    ------
    DataMissingError
        If there is no such file.
    InputError
        If it cannot be read, is empty, or is larger than `LARGEST`.
    """
    path = Path(path)
    if not path.is_file():
        raise DataMissingError(f"no {what} '{path}'")
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise InputError(f"{path.name} has {size:,} bytes; a {what} has at most {LARGEST:,}")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror or error}") from None
    if not content.strip():
        raise InputError(f"{path.name} is empty")
    return content
