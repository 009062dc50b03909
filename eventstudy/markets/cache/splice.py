"""New figures beside old ones: what is taken, what was revised, what is still missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from eventstudy.markets.cache.entry import Entry, Revision

ONE_DAY = timedelta(days=1)

#: Days fetched again on the near side of a gap, to notice revisions.
OVERLAP = timedelta(days=7)

#: Relative difference from which two figures are not the same figure.
_SAME = 1e-9

#: Sessions that must all have been revised before the past counts as rescaled.
_ENOUGH = 3


@dataclass(frozen=True)
class Span:
    """Dates, both ends included."""

    first: date
    last: date


def missing_span(entry: Entry | None, first: date, last: date) -> Span | None:
    """Return the dates that must be fetched to have all from `first` to `last` without a hole.

    Parameters
    ----------
    entry : Entry or None
        What there is.
    first, last : date
        What is wanted.

    Returns
    -------
    Span or None
        With an overlap of a week over what there is; None if nothing is missing. Days after the last price that is
        there count as missing, even if they were asked for before: there may be a price by now.
    """
    if entry is None:
        return Span(first, last)
    newest = entry.prices.index[-1].date()
    early, late = first < entry.first, _has_weekday(newest + ONE_DAY, last)
    if early and late:
        return Span(first, last)
    if early:
        return Span(first, min(entry.first + OVERLAP, entry.last))
    if late:
        return Span(max(newest - OVERLAP, entry.first), last)
    return None


def _has_weekday(first: date, last: date) -> bool:
    return last >= first and bool(np.busday_count(first, last + ONE_DAY))


def touches(entry: Entry, span: Span) -> bool:
    """Whether there is no day between the dates of an entry and a span."""
    return span.first <= entry.last + ONE_DAY and entry.first - ONE_DAY <= span.last


def within(prices: pd.Series, span: Span) -> pd.Series:
    """Return the prices of a span."""
    return prices[(prices.index >= pd.Timestamp(span.first)) & (prices.index <= pd.Timestamp(span.last))]


def spliced(entry: Entry, fresh: pd.Series, span: Span) -> Entry:
    """Return the entry with the figures of a span replaced by fresh ones, and what that revised.

    Parameters
    ----------
    entry : Entry
        What there was.
    fresh : Series
        Everything the provider has in the span.
    span : Span
        Touches or overlaps the dates of the entry.

    Returns
    -------
    Entry
        Over the dates of both.
    """
    replaced = within(entry.prices, span)
    return Entry(
        entry.key,
        pd.concat([entry.prices.drop(replaced.index), fresh]).sort_index(),
        min(entry.first, span.first),
        max(entry.last, span.last),
        (*entry.revisions, *revised(replaced, fresh)),
    )


def united(mine: Entry, now: Entry | None, fresh: pd.Series, span: Span) -> Entry:
    """Return what to store when another process may have stored something since the entry was read.

    Parameters
    ----------
    mine : Entry
        What was read, with the fresh figures in it: all that this process needs.
    now : Entry or None
        What is stored now.
    fresh : Series
        Everything the provider has in the span.
    span : Span
        What was just fetched.

    Returns
    -------
    Entry
        The dates of both: fresh figures in the span, those stored now where they are, and the others of `mine`. When a
        hole would be left between the two, `mine` alone.
    """
    if now is None or not touches(now, Span(mine.first, mine.last)):
        return mine
    both = spliced(mine, now.prices, Span(now.first, now.last))
    changes = revised(within(now.prices, span), fresh)
    return replace(spliced(both, fresh, span), revisions=(*now.revisions, *changes))


def revised(old: pd.Series, fresh: pd.Series) -> tuple[Revision, ...]:
    """Return the sessions of which there was a figure and now is another, or none."""
    now = fresh.reindex(old.index)
    changed = ~np.isclose(old.to_numpy(), now.to_numpy(), rtol=_SAME, atol=0.0)
    return tuple(
        Revision(f"{day:%Y-%m-%d}", float(before), None if np.isnan(after) else float(after))
        for day, before, after in zip(old.index[changed], old[changed], now[changed], strict=True)
    )


def is_rescaled(old: pd.Series, fresh: pd.Series, span: Span) -> bool:
    """Whether every old figure in the span is another now, as after a dividend (adjusted prices) or a split.

    The figures before the span are then on another scale than the new ones.
    """
    inside = within(old, span)
    return len(inside) >= _ENOUGH and len(revised(inside, fresh)) == len(inside)
