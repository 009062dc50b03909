"""The world as it was known at an instant: no later news, no later price."""

from __future__ import annotations

import pandas as pd

from eventstudy.errors import NothingUsableError
from eventstudy.markets.stamp import Instants
from eventstudy.news.as_of import public_at, published_by, read_as_of
from eventstudy.study.given import Given


def known_at(events: pd.DataFrame, given: Given, as_of: str | None) -> tuple[pd.DataFrame, Given]:
    """Return the events that were public and the figures that were struck by an instant.

    Parameters
    ----------
    events : DataFrame, shape (N, 17 or more)
        A table that `check_events` returned.
    given : Given
        What is known of the markets.
    as_of : str, optional
        The instant (see `eventstudy.news.as_of.read_as_of`); None leaves both as they are.

    Returns
    -------
    events : DataFrame
        The events published at or before it.
    given : Given
        The figures struck at or before it.

    Raises
    ------
    NothingUsableError
        If there is no such event or no such figure.

    Notes
    -----
    Whatever is computed from what is returned is what would have been computed then. Calendars and closures of markets
    are facts of the catalogue and are not cut.
    """
    if as_of is None:
        return events, given
    instant = read_as_of(as_of)
    public, struck = published_by(events, instant), given.until(instant)
    if not len(public):
        raise NothingUsableError(f"no event was published by {as_of}; the first was at {_written(public_at(events))}")
    if not len(struck.figures):
        raise NothingUsableError(
            f"no figure was struck by {as_of}; {given.kind} begin {given.figures.index[0]:%Y-%m-%d}"
        )
    return public, struck


def _written(instants: Instants) -> str:
    return f"{pd.Timestamp(instants.min()):%Y-%m-%dT%H:%M}Z"
