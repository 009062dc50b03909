"""How an equity curve did: return, Sharpe ratio and its standard error, drawdown, and what a search makes of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from eventstudy.returns import Floats

#: Sessions a year by which Sharpe ratios are annualised.
YEAR = 252

_EULER = 0.5772156649015329


@dataclass(frozen=True)
class Performance:
    """Figures of one equity curve.

    Parameters
    ----------
    n_sessions : int
        Returns behind them.
    total_return : float
        Simple return over the whole period.
    volatility : float
        Standard deviation of the returns, annualised.
    sharpe : float
        Mean over standard deviation of the returns, annualised; interest is taken as zero. NaN for a flat curve.
    sharpe_se : float
        Its standard error, by Lo (2002) for independent returns.
    max_drawdown : float
        Largest fall from a peak, as a share of it: 0 or negative.
    """

    n_sessions: int
    total_return: float
    volatility: float
    sharpe: float
    sharpe_se: float
    max_drawdown: float

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name."""
        return asdict(self)


def returns_of(equity: Floats) -> Floats:
    """Return the simple returns of equity that began at 1, shape as `equity`; NaN from the day on which it is gone."""
    before = np.concatenate([np.ones((*equity.shape[:-1], 1)), equity[..., :-1]], axis=-1)
    alive = np.logical_and.accumulate(before > 0, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(alive, equity / before - 1.0, np.nan)


def drawdown(equity: Floats) -> Floats:
    """Return how far equity lies below its peak so far, its beginning of 1 included, as a share of the peak; <= 0.

    Examples
    --------
    >>> drawdown(np.array([1.1, 0.55, 1.2]))
    array([ 0. , -0.5,  0. ])
    """
    peak = np.maximum(np.maximum.accumulate(equity, axis=-1), 1.0)
    return np.asarray(equity / peak - 1.0)


def sharpe(returns: Floats, year: int = YEAR) -> float:
    """Return the annualised Sharpe ratio of returns over cash that earns nothing.

    Parameters
    ----------
    returns : ndarray, shape (T,)
        Simple returns, one a session.
    year : int
        Sessions a year.

    Returns
    -------
    float
        ``sqrt(year) mean / sd`` with T - 1 below; NaN where nothing varies.
    """
    spread = float(np.std(returns, ddof=1)) if len(returns) > 1 else 0.0
    return float(np.sqrt(year) * np.mean(returns) / spread) if spread > 0 else np.nan


def sharpe_se(ratio: float, n: int, year: int = YEAR) -> float:
    """Return the standard error of an annualised Sharpe ratio.

    Parameters
    ----------
    ratio : float
        The annualised ratio.
    n : int
        Number of returns.
    year : int
        Sessions a year.

    Returns
    -------
    float
        ``sqrt(year) sqrt((1 + SR²/2) / n)`` with SR the ratio a session.

    Notes
    -----
    For returns that are independent, identical and nearly normal. Serial correlation and fat tails, both common here,
    make it too small.

    References
    ----------
    Lo (2002), The statistics of Sharpe ratios, Financial Analysts Journal 58(4), equation 9.

    Examples
    --------
    >>> round(sharpe_se(1.5, 60, year=1), 3)  # Lo's table 1
    0.188
    """
    return float(np.sqrt(year * (1.0 + 0.5 * ratio**2 / year) / n)) if n else np.nan


def measure(equity: Floats, year: int = YEAR) -> Performance:
    """Return the figures of an equity curve that began at 1, shape (T,)."""
    returns = returns_of(equity)
    ratio = sharpe(returns, year)
    return Performance(
        n_sessions=len(equity),
        total_return=float(equity[-1] - 1.0),
        volatility=float(np.sqrt(year) * np.std(returns, ddof=1)) if len(equity) > 1 else np.nan,
        sharpe=ratio,
        sharpe_se=sharpe_se(ratio, len(equity), year),
        max_drawdown=float(drawdown(equity).min()),
    )


def best_of_chance(spread: float, n_trials: int) -> float:
    """Return the Sharpe ratio to be expected of the best of several trials that are worth nothing.

    Parameters
    ----------
    spread : float
        Standard deviation of the Sharpe ratios over the trials.
    n_trials : int
        Number of trials.

    Returns
    -------
    float
        ``spread ((1 - γ) Φ⁻¹(1 - 1/N) + γ Φ⁻¹(1 - 1/(N e)))``, γ being Euler's constant; 0 for one trial.
    """
    from scipy.special import ndtri

    if n_trials < 2:  # noqa: PLR2004  # nothing was chosen
        return 0.0
    outer, inner = ndtri(1.0 - 1.0 / n_trials), ndtri(1.0 - 1.0 / (n_trials * np.e))
    return float(spread * ((1.0 - _EULER) * outer + _EULER * inner))


def deflated_sharpe(ratio: float, n: int, skewness: float, kurtosis: float, spread: float, n_trials: int) -> float:
    """Return the probability that the best of several trials is worth more than chance would have made it look.

    Parameters
    ----------
    ratio : float
        Sharpe ratio a session of the trial that was chosen.
    n : int
        Number of its returns.
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


def moments(returns: Floats) -> tuple[float, float]:
    """Return skewness and kurtosis of returns (a normal law has 0 and 3); NaN where nothing varies."""
    away = returns - returns.mean()
    variance = float(np.mean(away**2))
    if not variance > 0:
        return np.nan, np.nan
    return float(np.mean(away**3) / variance**1.5), float(np.mean(away**4) / variance**2)
