"""Accounts: round trips to cash, holdings and equity on one price panel, and how an equity curve did."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.markets.stamp import Dates
from eventstudy.returns import Floats, Ints, Mask
from eventstudy.trading.signals import Market

#: Prices a year by which Sharpe ratios are annualised, by the days there are at least from one to the next; else 252.
YEARS = {25: 12, 5: 52}
#: Where both days of the weekend have more than this share of the prices, a year has one for each of its days.
_WEEKEND = 0.1

#: Numbers held at once while holdings are laid out by row.
_AT_ONCE = 4_000_000


class Trip(NamedTuple):
    """One position, in and out again: a market event as it was known at the entry price.

    `events` are the ids that one could first trade on at that price, `stance` is their net stance, `side` 1 long or -1
    short. `entry` and `exit` are positions in the history of `series`, the number of its sessions where the exit has
    not come yet. `closed_by` is ``hold`` or ``opposite``.
    """

    series: str
    events: tuple[str, ...]
    stance: str
    side: int
    entry: int
    exit: int
    weight: float
    closed_by: str = "hold"


class PricePanel(NamedTuple):
    """Prices of S series on one line of R dates.

    `price` (R, S) is what a unit is worth: the last price struck up to then, NaN before the first; `struck` (R, S) says
    where one was struck on that very date, `earliest` and `latest` (R, S) between which instants, NaT where none was;
    `rows` has by series the row of each of its sessions, and R behind the last.
    """

    dates: Dates
    price: Floats
    struck: Mask
    earliest: NDArray[np.datetime64]
    latest: NDArray[np.datetime64]
    rows: dict[str, Ints]

    @classmethod
    def of(cls, markets: Mapping[str, Market], period: slice = slice(None)) -> PricePanel:
        """Lay markets on one line of dates, and return some of its rows; where one has no price its last one stands."""
        prices = {name: pd.Series(m.unit_value, pd.DatetimeIndex(m.history.sessions)) for name, m in markets.items()}
        table = pd.DataFrame(prices).sort_index().replace([np.inf, -np.inf], np.nan)
        dates = table.index.to_numpy()[period]
        rows = {name: np.append(np.searchsorted(dates, m.history.sessions), len(dates)) for name, m in markets.items()}
        instants = list[NDArray[np.datetime64]]()
        for latest in (False, True):  # of a price of unknown hour two differ
            struck = {}
            for name, of in ((name, m.history) for name, m in markets.items()):
                struck[name] = pd.Series(of.stamps if latest or of.instrument.stamp.known else of.earliest, of.sessions)
            instants.append(pd.DataFrame(struck, index=table.index).to_numpy("datetime64[ns]")[period])
        price, struck_then = table.ffill().to_numpy()[period], table.notna().to_numpy()[period]
        return cls(dates, price, struck_then, instants[0], instants[1], rows)

    @property
    def year(self) -> int:
        """Rows a year: of the usual numbers that of the typical step from one to the next."""
        days = self.dates.astype("datetime64[D]").astype(np.int64)
        step = float(np.median(np.diff(days))) if len(days) > 1 else 1.0
        of_weekend = np.bincount((days + 3) % 7, minlength=7)[5:].min()  # 1970 began on a Thursday
        daily = 365 if step <= 1 and of_weekend > _WEEKEND * len(days) else 252
        return next((n for least, n in YEARS.items() if step >= least), daily)


class Orders(NamedTuple):
    """K round trips on B calendars, as rows of a panel of R rows.

    `series` (K,) is the column of the panel, `side` (K,) 1 or -1, `entry` and `exit` (B, K) are rows (an exit of R has
    not come yet), `weight` (B, K) is the share of equity at the entry.
    """

    series: Ints
    side: Floats
    entry: Ints
    exit: Ints
    weight: Floats

    @classmethod
    def of(cls, trips: Sequence[Trip], panel: PricePanel) -> Orders:
        """Return the round trips of a plan: one calendar."""
        series = np.array([list(panel.rows).index(trip.series) for trip in trips])
        entry, leave = np.array([panel.rows[trip.series][[trip.entry, trip.exit]] for trip in trips]).T
        side, weight = np.array([(trip.side, trip.weight) for trip in trips], dtype=float).T
        return cls(series, side, entry[None], leave[None], weight[None])


def run_accounts(panel: PricePanel, orders: Orders, costs: tuple[Floats, Floats]) -> tuple[Floats, ...]:
    """Carry out round trips, order by order, in B accounts of 1 at the start; `costs` are fee and slippage (S,).

    Returns
    -------
    equity, value, bought : ndarray, shapes (B, R), (B, R, S) and (B, K)
        Cash and holdings at the prices of each row, its orders done; what is held then, negative when short; the units
        of each trip.
    traded, paid : ndarray, shape (B, K, 2)
        The value traded, and fee and slippage paid, at each entry and exit, 0 where an exit has not come yet.

    Notes
    -----
    At a row exits come before entries, and every entry there takes its share of the equity before any of the row's
    orders, at the prices that were struck by the instant of its own. A buyer gets ``p + |p| slippage``, a seller
    ``p - |p| slippage``; the fee is a share of the value at that price. Short sales pay their proceeds into cash. Cash
    earns and costs no interest, and shorts are borrowed for nothing.
    """
    (n, k), (rows, s), (fee, slippage) = orders.entry.shape, panel.price.shape, costs
    at = np.concatenate([orders.exit, orders.entry], axis=1)
    turn = np.argsort(2 * at + (np.arange(2 * k) >= k), axis=1, kind="stable")
    each, before = np.arange(n), np.full(n, -1)
    cash, held, bought = np.ones(n), np.zeros((n, s)), np.zeros((n, k))
    cash_before, held_before = cash, held.copy()
    cash_moves, unit_moves = np.zeros((n, rows)), np.zeros((n, rows, s))
    traded, paid = np.zeros((2, n, k, 2))
    for chosen in turn.T:
        trip, is_entry = chosen % k, chosen >= k
        row, live = np.minimum(at[each, chosen], rows - 1), at[each, chosen] < rows
        cash_before = np.where(row != before, cash, cash_before)
        held_before = np.where((row != before)[:, None], held, held_before)
        before, column = row, orders.series[trip]
        price, later = panel.price[row, column], panel.latest[row] > panel.earliest[row, column][:, None]
        later[each, column] = False
        seen = np.where(later, panel.price[np.maximum(row - 1, 0)], panel.price[row])
        opening = cash_before + (held_before * np.nan_to_num(seen)).sum(axis=-1)
        share = orders.side[trip] * orders.weight[each, trip] * np.maximum(opening, 0.0)
        wanted = np.divide(share, price, out=np.zeros(n), where=price > 0)  # no share of equity buys units below zero
        units = np.where(live, np.where(is_entry, wanted, -bought[each, trip]), 0.0)
        slipped = np.abs(units * price) * slippage[column]
        value = np.abs(units) * price + np.sign(units) * slipped
        fees = np.abs(value) * fee[column]
        cash = cash - np.sign(units) * value - fees
        held[each, column] += units
        cash_moves[each, row] -= np.sign(units) * value + fees
        unit_moves[each, row, column] += units
        bought[each, trip] = np.where(is_entry, units, bought[each, trip])
        traded[each, trip, 1 - is_entry] = np.abs(value)
        paid[each, trip, 1 - is_entry] = fees + slipped
    holding = np.cumsum(unit_moves, axis=1) * np.nan_to_num(panel.price)
    return 1.0 + np.cumsum(cash_moves, axis=1) + holding.sum(axis=-1), holding, bought, traded, paid


def clusters(first: Ints, last: Ints) -> tuple[Ints, Ints, Ints]:
    """Group K holding periods, given by where each begins and ends, that overlap; one may begin where another ends.

    Returns the cluster of each, in order of time, how far behind the cluster's beginning it begins, (K,), and the steps
    from the beginning of each cluster to its end, (C,).

    Examples
    --------
    >>> clusters(np.array([0, 2, 5]), np.array([5, 4, 9]))
    (array([0, 0, 1]), array([0, 2, 0]), array([5, 4]))
    """
    order = np.argsort(first, kind="stable")
    reached = np.maximum.accumulate(last[order])
    opens = np.concatenate([[True], first[order][1:] >= reached[:-1]])
    cluster = np.empty(len(first), dtype=np.int64)
    cluster[order] = np.cumsum(opens) - 1
    begins = first[order][opens]
    ends = np.maximum.reduceat(last[order], np.flatnonzero(opens))
    return cluster, first - begins[cluster], ends - begins


def arrange(length: Ints, n_line: int, n_draws: int, rng: np.random.Generator) -> Ints:
    """Put C clusters of so many steps at random on a line, none over another; return where each begins, (B, C).

    Every order and every arrangement is equally likely. A single cluster is put at each place there is once, or at
    `n_draws` of them if there are more. No rows where there is no room.
    """
    n, free = len(length), n_line - 1 - int(length.sum())
    if free < 0 or not n:
        return np.empty((0, n), dtype=np.int64)
    if n == 1:
        places = np.arange(free + 1, dtype=np.int64)
        chosen = places if len(places) <= n_draws else np.sort(rng.choice(places, n_draws, replace=False))
        return np.asarray(chosen[:, None])
    order = rng.permuted(np.tile(np.arange(n), (n_draws, 1)), axis=1)
    # Stars and bars: n distinct of free + n numbers, ascending, less their ranks, are n sorted gaps before clusters.
    # They are drawn by Floyd's way (Bentley and Floyd 1987, CACM 30).
    chosen = np.empty((n, n_draws), dtype=np.int64)
    for step in range(n):
        drawn = rng.integers(0, free + step + 1, size=n_draws)
        chosen[step] = np.where((chosen[:step] == drawn).any(axis=0), free + step, drawn)
    picks = np.sort(chosen.T, axis=1)
    taken = np.cumsum(length[order], axis=1) - length[order]
    begins = np.empty((n_draws, n), dtype=np.int64)
    np.put_along_axis(begins, order, picks - np.arange(n) + taken, axis=1)
    return begins


def placebo_sharpes(
    trips: Sequence[Trip],
    panel: PricePanel,
    markets: Mapping[str, Market],
    costs: tuple[Floats, Floats],
    weights: Callable[[Market, Ints, int], Floats],
    period: PricePanel,
    n_draws: int,
    rng: np.random.Generator,
) -> Floats:
    """Return the annualised Sharpe ratios of the same round trips on other dates, shape (B,).

    Every calendar has the trips of the real one: same sides, same holding times, same costs, on the whole sample. Trips
    that overlap are moved together, over all series, so that their dependence stays. A placebo account is flat on as
    many rows of the real `period` as its trips leave; `weights` sizes positions anew. NaN where a calendar ruins the
    account or nothing moves; empty where the sample has no room for other dates.
    """
    real = Orders.of(trips, panel)
    entry, leave = real.entry[0], np.minimum(real.exit[0], len(panel.dates) - 1)
    cluster, offset, length = clusters(entry, np.maximum(leave, entry + 1))
    # The first row on which every series that is traded has a volatility known before.
    first = max(int(panel.rows[trip.series][np.argmax(np.isfinite(markets[trip.series].scale))]) for trip in trips)
    wanted = (arrange(length, len(panel.dates) - first, n_draws, rng) + first)[:, cluster] + offset
    # Enter at the first price from the row wanted on, hold as many sessions as the real trip, size anew.
    moved = real._replace(entry=wanted.copy(), exit=wanted.copy(), weight=np.empty(wanted.shape))
    for k, trip in enumerate(trips):
        rows, last = panel.rows[trip.series], len(markets[trip.series].history) - 1
        held = min(trip.exit, last) - trip.entry
        begin = np.clip(np.searchsorted(rows, wanted[:, k]), 0, max(last - held, 0))
        moved.entry[:, k], moved.exit[:, k] = rows[begin], rows[begin + held]
        moved.weight[:, k] = weights(markets[trip.series], begin, len(markets))
    some, returns = max(_AT_ONCE // max(panel.price.size, 1), 1), np.empty((0, len(panel.dates)))
    for start in range(0, len(wanted), some):
        now = slice(start, start + some)
        part = moved._replace(entry=moved.entry[now], exit=moved.exit[now], weight=moved.weight[now])
        returns = np.concatenate([returns, returns_of(run_accounts(panel, part, costs)[0])])
    n_rows = len(period.dates)
    mean = returns.sum(axis=1) / n_rows
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = ((returns**2).sum(axis=1) - n_rows * mean**2) / np.float64(n_rows - 1)
        return np.where(variance > 0, np.sqrt(period.year) * mean / np.sqrt(variance), np.nan)


class Performance(NamedTuple):
    """Figures of one equity curve over `n_sessions` returns.

    `total_return` is a simple return; `volatility` and `sharpe` (mean over standard deviation, interest taken as zero,
    NaN for a flat curve) are annualised; `sharpe_se` is the ratio's standard error; `max_drawdown` the largest fall
    from a peak as a share of it, 0 or negative.
    """

    n_sessions: int
    total_return: float
    volatility: float
    sharpe: float
    sharpe_se: float
    max_drawdown: float

    @classmethod
    def of(cls, equity: Floats, year: int = 252) -> Performance:
        """Return the figures of an equity curve that began at 1, shape (T,).

        Notes
        -----
        ``sharpe = sqrt(year) mean / sd``, with standard error ``sqrt(year) sqrt((1 + SR²/2) / n)``, SR the ratio a
        session. Serial correlation and fat tails, both common here, make it too small.

        References
        ----------
        Lo (2002), The statistics of Sharpe ratios, Financial Analysts Journal 58(4).

        Examples
        --------
        >>> found = Performance.of(np.array([1.01, 1.01 * 1.02, 1.01 * 1.02 * 1.03]), year=1)
        >>> f"{found.sharpe:.4f} {found.sharpe_se:.4f}"
        '2.0000 1.0000'
        """
        returns, n = returns_of(equity), len(equity)
        spread = float(np.std(returns, ddof=1)) if n > 1 else np.nan
        ratio = float(np.mean(returns)) / spread if spread > 0 else np.nan
        return cls(
            n_sessions=n,
            total_return=float(equity[-1] - 1.0),
            volatility=float(np.sqrt(year) * spread),
            sharpe=float(np.sqrt(year) * ratio),
            sharpe_se=float(np.sqrt(year * (1.0 + 0.5 * ratio**2) / n)),
            max_drawdown=float(drawdown(equity).min()),
        )


def returns_of(equity: Floats) -> Floats:
    """Return the simple returns of equity that began at 1, shape as `equity`; NaN from the day on which it is gone."""
    before = np.concatenate([np.ones((*equity.shape[:-1], 1)), equity[..., :-1]], axis=-1)
    alive = np.logical_and.accumulate(before > 0, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(alive, equity / before - 1.0, np.nan)


def drawdown(equity: Floats) -> Floats:
    """Return how far equity lies below its peak so far, its beginning of 1 included, as a share of the peak; <= 0."""
    peak = np.maximum(np.maximum.accumulate(equity, axis=-1), 1.0)
    return np.asarray(equity / peak - 1.0)


def best_of_chance(spread: float, n_trials: int) -> float:
    """Return the Sharpe ratio to be expected of the best of N trials without an edge, given their spread.

    ``spread ((1 - γ) Φ⁻¹(1 - 1/N) + γ Φ⁻¹(1 - 1/(N e)))``, γ being Euler's constant; 0 for one trial.
    """
    from scipy.special import ndtri

    if n_trials < 2:  # noqa: PLR2004  # nothing was chosen
        return 0.0
    outer, inner = ndtri(1.0 - 1.0 / n_trials), ndtri(1.0 - 1.0 / (n_trials * np.e))
    return float(spread * ((1.0 - np.euler_gamma) * outer + np.euler_gamma * inner))


def deflated_sharpe(ratio: float, n: int, skewness: float, kurtosis: float, spread: float, n_trials: int) -> float:
    """Return the probability that the best of several trials is better than chance would have made it look.

    Parameters
    ----------
    ratio : float
        Sharpe ratio a session of the trial that was chosen.
    n : int
        Number of its returns; NaN below 2.
    skewness, kurtosis : float
        Of its returns; the kurtosis of a normal law is 3.
    spread : float
        Standard deviation over the trials of their Sharpe ratios a session.
    n_trials : int
        Number of trials, counted as independent.

    Returns
    -------
    float
        ``Φ((SR - SR₀) sqrt(n - 1) / sqrt(1 - γ₃ SR + (γ₄ - 1)/4 SR²))`` with SR₀ what `best_of_chance` returns; NaN
        where the variance below the root is not positive.

    References
    ----------
    Bailey and López de Prado (2014), The deflated Sharpe ratio, Journal of Portfolio Management 40(5).

    Examples
    --------
    >>> daily = 250**-0.5  # the paper's example: 0.9004
    >>> round(deflated_sharpe(2.5 * daily, 1250, -3.0, 10.0, 0.5**0.5 * daily, 100), 4)
    0.9004
    """
    from scipy.special import ndtr

    variance = 1.0 - skewness * ratio + (kurtosis - 1.0) / 4.0 * ratio**2
    if not variance > 0 or n < 2:  # noqa: PLR2004  # n - 1 below
        return np.nan
    return float(ndtr((ratio - best_of_chance(spread, n_trials)) * np.sqrt((n - 1) / variance)))
