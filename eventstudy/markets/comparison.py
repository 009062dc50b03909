"""One price history against another: whether they agree on the unit, on the quote and on the day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.markets.finding import Finding, counted, listed
from eventstudy.markets.history import History, common_sessions
from eventstudy.markets.stamp import Dates
from eventstudy.returns import Floats, returns_from_prices

if TYPE_CHECKING:
    from collections.abc import Mapping

LAGS = (-1, 0, 1)

#: Fewer common returns say nothing.
FEWEST_COMMON = 60

#: Standard errors by which another lag must beat lag 0 to be the better one.
CLEARLY = 3.0

#: Another lag's share of the lag-0 correlation from which on the two prices are struck hours apart.
SPLIT_SHARE = 0.4

#: Spearman less Pearson at the best lag: so much is the work of a few extreme returns.
OUTLIERS = 0.2

#: Median distance of log levels, after a shift, at which two quotes are of one thing.
SAME_THING = 0.05

#: Median difference of log levels from which on two quotes of one thing are in different units.
SAME_LEVEL = 0.1


@dataclass(frozen=True, eq=False)
class Alignment:
    """Correlations of a series' returns with those of a reference at lags of -1, 0 and +1 session.

    Parameters
    ----------
    dates : ndarray of datetime64[D], shape (T,)
        The common sessions.
    returns, reference : ndarray, shape (T,)
        Returns of both from each common session to the next, as quoted, not oriented.
    n : int
        Returns both have at lag 0.
    pearson, spearman : mapping of int to float
        By lag: at +1 the series' return of one session beside the reference's of the next, so that the best at +1 means
        that the series is dated a session early; NaN where fewer than three pairs are known.
    """

    dates: Dates
    returns: Floats
    reference: Floats
    n: int
    pearson: Mapping[int, float]
    spearman: Mapping[int, float]

    @property
    def best_lag(self) -> int:
        """The lag at which the ranks agree best, in either direction; 0 where none is known."""
        known = [lag for lag in LAGS if np.isfinite(self.spearman[lag])]
        return max(known, key=lambda lag: (abs(self.spearman[lag]), lag == 0), default=0)

    def __str__(self) -> str:
        cells = [f"{lag:+d}: {self.spearman[lag]:.2f} ({self.pearson[lag]:.2f})" for lag in LAGS]
        return f"rank (Pearson) correlation at lag {', '.join(cells)}; {self.n} common returns".replace("+0", "0")


def align(history: History, reference: History) -> Alignment:
    """Correlate the returns of two histories at lags of -1, 0 and +1 common session.

    Parameters
    ----------
    history, reference : History
        The series and what it is held against. Where both have prices, returns are taken over the very same steps.

    Returns
    -------
    Alignment
        Ranks (Spearman) are not moved by bad prints, Pearson's correlation is.

    Examples
    --------
    >>> from eventstudy.markets.bundled import join_series
    >>> from eventstudy.markets.history import histories_from_prices
    >>> both = histories_from_prices(join_series(["eia-brent-2013", "eia-wti-1986"]))
    >>> print(align(both["brent"], both["wti"]))
    rank (Pearson) correlation at lag -1: 0.13 (0.16), 0: 0.73 (0.69), +1: 0.05 (-0.04); 3376 common returns
    """
    dates = common_sessions([history, reference])
    own, other = raw_returns(history, dates), raw_returns(reference, dates)
    pairs = {lag: _paired(own, other, lag) for lag in LAGS}
    return Alignment(
        dates=dates,
        returns=own,
        reference=other,
        n=len(pairs[0][0]),
        pearson=MappingProxyType({lag: _correlation(*pair) for lag, pair in pairs.items()}),
        spearman=MappingProxyType({lag: _correlation(*map(_ranks, pair)) for lag, pair in pairs.items()}),
    )


def raw_returns(history: History, dates: Dates) -> Floats:
    """Return the changes of a history's quote from each of some of its dates to the next, not oriented.

    Parameters
    ----------
    history : History
        Whose.
    dates : ndarray of datetime64[D], shape (T,)
        Sessions of it, ascending.

    Returns
    -------
    ndarray, shape (T,)
        Of the instrument's kind; the first is NaN. Where only returns are known, those of the same dates.
    """
    position = np.searchsorted(history.sessions, dates)
    if history.prices is None:
        return history.returns[position]
    return returns_from_prices(history.prices[position], history.instrument.returns)


def _paired(own: Floats, other: Floats, lag: int) -> tuple[Floats, Floats]:
    """Put own returns at t beside the other's at t + lag, where both are known."""
    ends = len(own)
    left = own[max(-lag, 0) : ends - max(lag, 0)]
    right = other[max(lag, 0) : ends - max(-lag, 0)]
    known = np.isfinite(left) & np.isfinite(right)
    return left[known], right[known]


def _ranks(values: Floats) -> Floats:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values), dtype=np.float64)


def _correlation(left: Floats, right: Floats) -> float:
    if len(left) < 3 or np.ptp(left) == 0 or np.ptp(right) == 0:  # noqa: PLR2004  # two points lie on a line
        return float("nan")
    return float(np.corrcoef(left, right)[0, 1])


def check_against(history: History, reference: History) -> tuple[Finding, ...]:
    """Return what looks wrong in a history when it is held against another one.

    Parameters
    ----------
    history, reference : History
        The series and what it is held against.

    Returns
    -------
    tuple of Finding
        ``alignment``, ``quote`` and ``few-common``.
    """
    alignment = align(history, reference)
    if alignment.n < FEWEST_COMMON:
        days = alignment.dates if len(alignment.dates) else history.sessions[:1]
        detail = f"{counted(alignment.n, 'return')} in common with {reference.name}: too few to compare"
        return (Finding("few-common", days[0], days[-1], alignment.n, detail, "note"),) if len(days) else ()
    return (*_alignment_findings(alignment, reference), *_quote_findings(history, reference, alignment.dates))


def _alignment_findings(alignment: Alignment, reference: History) -> Iterator[Finding]:
    days, n, ranks = alignment.dates, alignment.n, alignment.spearman
    best, said = alignment.best_lag, f"{alignment} with {reference.name}"
    error = 1.0 / np.sqrt(n - 3.0)
    beside = max((lag for lag in LAGS if lag != 0), key=lambda lag: abs(ranks[lag]))
    if best != 0 and _fisher(ranks[best]) - _fisher(ranks[0]) > CLEARLY * error:
        what = f"dated a session {'early' if best > 0 else 'late'}: its move is the reference's of {_session_at(best)}"
        yield Finding("alignment", days[0], days[-1], n, f"{what}. {said}", "severe")
    elif abs(ranks[beside]) > max(CLEARLY * error, SPLIT_SHARE * abs(ranks[0])):
        what = f"part of each move is the reference's of {_session_at(beside)}: the two are struck hours apart"
        yield Finding("alignment", days[0], days[-1], n, f"{what}. {said}", "warning")
    if abs(ranks[best]) - abs(alignment.pearson[best]) > OUTLIERS:
        worst = _furthest_apart(alignment, best)
        what = f"a few extreme returns hide it from Pearson's correlation, above all those of {listed(worst)}"
        yield Finding("alignment", days[0], days[-1], n, f"{what}. {said}", "warning")


def _session_at(lag: int) -> str:
    return "the next session" if lag > 0 else "the session before"


def _fisher(correlation: float) -> float:
    """Return Fisher's z of a correlation's size, whose standard error is one over the root of n - 3."""
    return float(np.arctanh(min(abs(correlation), 1.0 - 1e-12)))


def _furthest_apart(alignment: Alignment, lag: int, most: int = 3) -> Dates:
    """Return the dates of the returns that are furthest from what the reference did."""
    shifted = np.full(len(alignment.dates), np.nan)
    start, stop = max(-lag, 0), len(shifted) - max(lag, 0)
    shifted[start:stop] = alignment.reference[max(lag, 0) : len(shifted) - max(-lag, 0)]
    apart = np.abs(alignment.returns - np.sign(alignment.spearman[lag]) * shifted)
    order = np.argsort(np.where(np.isfinite(apart), -apart, np.inf))[:most]
    return np.sort(alignment.dates[order])


def _quote_findings(history: History, reference: History, dates: Dates) -> Iterator[Finding]:
    """Say whether two quotes of one thing stand in different units, or one is the inverse of the other."""
    if history.prices is None or reference.prices is None or not _comparable(history, reference):
        return
    own = history.prices[np.searchsorted(history.sessions, dates)]
    other = reference.prices[np.searchsorted(reference.sessions, dates)]
    if np.any(own <= 0) or np.any(other <= 0):
        return
    straight, inverse = np.log(own) - np.log(other), np.log(own) + np.log(other)
    level, product = float(np.median(straight)), float(np.median(inverse))
    days, name = (dates[0], dates[-1], len(dates)), reference.name
    correlation = float(np.corrcoef(np.log(own), np.log(other))[0, 1])
    if correlation < 0 and _spread(inverse) < min(SAME_THING, _spread(straight)):
        times = "" if abs(product) < SAME_LEVEL else f", times {np.exp(product):.4g}"
        what = f"the inverse of {name}'s quote{times} (correlation of log levels {correlation:.2f})"
        yield Finding("quote", *days, what, "severe")
    elif _spread(straight) < SAME_THING and abs(level) > SAME_LEVEL:
        ratio = f"{np.exp(level):.4g} times {name}'s" if level > 0 else f"1/{np.exp(-level):.4g} of {name}'s"
        yield Finding("quote", *days, f"the level is {ratio}: another unit, currency or contract", "severe")


def _spread(values: Floats) -> float:
    return float(np.median(np.abs(values - np.median(values))))


def _comparable(history: History, reference: History) -> bool:
    """Whether levels can be compared: the same instrument or quote, or nobody knows what the series is."""
    quotes = history.instrument.quote, reference.instrument.quote
    return history.name == reference.name or not all(quotes) or quotes[0] == quotes[1]
