"""Least squares over the estimation window of every session of many series at once, its estimates, abnormal returns.

A *cell* is a session taken as the event session of a series: its estimation window lies at fixed distances from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Literal, Self, final

import numpy as np
from numpy.typing import NDArray

from eventstudy.returns import OWN_UNIT, Floats, Ints, Mask, ReturnKind
from eventstudy.window import Window

#: ``ols`` estimates an intercept and slopes; ``fixed`` estimates nothing: intercept 0, every slope 1.
Form = Literal["ols", "fixed"]

_EPS = float(np.finfo(np.float64).eps)

#: Sums may lose so many times their rounding error before a cell, off by 1e-12 of itself, is estimated anew.
_TRUSTED = 1e-12 / _EPS

#: Moments below this multiple of rounding error are those of a constant.
CONSTANT = 64 * _EPS

#: Just under 32 MiB, the largest block that glibc takes from memory it keeps. It gives each large array back to the
#: kernel and gets its pages anew for the next one, which costs several times what the arithmetic on it does; it stops
#: doing so for sizes below the largest one that it has seen given back.
_LARGEST_KEPT = (1 << 22) - (1 << 10)

#: Cells whose windows are gathered at once; they bound the memory, not the answer.
_AT_ONCE = 1024


@dataclass(frozen=True, eq=False)
class Fits:
    """Normal-return estimates of N cells with k regressors.

    Parameters
    ----------
    form : {'ols', 'fixed'}
        Whether intercept and slopes were estimated.
    n_obs, df : ndarray of int64, shape (N,)
        Estimation observations used, M, and degrees of freedom: M - k - 1, or M - 1 where nothing was estimated.
    alpha, beta : ndarray, shapes (N,) and (N, k)
        Intercepts and slopes.
    sigma : ndarray, shape (N,)
        Residual standard errors with `df` in the denominator; NaN where the cell cannot be estimated.
    r2 : ndarray, shape (N,)
        Share of variance explained; NaN where nothing was estimated.
    mean, inverse : ndarray, shapes (N, k) and (N, k, k)
        Estimation means of the regressors, and the inverse of their centred cross-products.
    constant : ndarray, shape (N,), optional
        What stands in the forecast variance where least squares have 1/M, which is the default.
    extra : ndarray, shape (N, m), optional
        Further estimates of the model, for the `fits` table.
    converged : ndarray of bool, shape (N,), optional
        Whether an estimation that has to search has found.
    """

    form: Form
    n_obs: Ints
    df: Ints
    alpha: Floats
    beta: Floats
    sigma: Floats
    r2: Floats
    mean: Floats
    inverse: Floats
    constant: Floats | None = None
    extra: Floats | None = None
    converged: Mask | None = None

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The estimates by name, each with one row a cell."""
        return {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return the estimates of several sets of cells, one set after the other."""
        arrays: dict[str, Any] = {
            name: np.concatenate([vars(part)[name] for part in parts]) for name in parts[0].arrays
        }
        return replace(parts[0], **arrays)

    def take(self, rows: Ints | slice) -> Self:
        """Return the estimates of some of the cells."""
        taken: dict[str, Any] = {name: array[rows] for name, array in self.arrays.items()}
        return replace(self, **taken)

    def spread(self, positions: Ints, n_obs: Ints) -> Self:
        """Return estimates of all T sessions, NaN but at the positions (N,) of these; `n_obs` is that of all (T,)."""
        arrays: dict[str, Any] = {}
        for name, known in self.arrays.items():
            empty = np.nan if known.dtype.kind == "f" else 0
            arrays[name] = np.full((len(n_obs), *known.shape[1:]), empty, dtype=known.dtype)
            arrays[name][positions] = known
        return replace(self, **{**arrays, "n_obs": n_obs})

    @final
    def normal(self, x: Floats) -> Floats:
        """Return the normal returns (N, n) of each cell on n sessions, from the regressors (N, n, k) there.

        ``alpha + beta'x`` in every model: CARs are sums of it that are made without a path.
        """
        # Without regressors nothing is contracted: no figure hangs on what einsum does over an axis of length 0.
        explained = np.einsum("cnk,ck->cn", x, self.beta) if x.shape[2] else np.zeros(x.shape[:2])
        return np.asarray(self.alpha[:, None] + explained)

    def fitted(self, x: Floats, taus: Ints) -> Floats:
        """Return what residuals on the sessions τ (n,) are taken about: in the estimation window, what it taught.

        No abnormal return is made of it: outside the estimation window it is `normal`.
        """
        del taus
        return self.normal(x)

    def noise(self, window: Window) -> Floats:
        """Return the variance of the sum of the errors over a window, shape (N,)."""
        return np.asarray(self.sigma**2 * window.n_sessions)

    def window_variance(self, window: Window, x_sum: Floats) -> Floats:
        """Return the variances (N,) of the abnormal returns summed over a window, whose regressors sum to (N, k).

        Notes
        -----
        ``s² (n + x'(X'X)⁻¹x)`` with x the sum of regressor rows, constant included; written about the means,
        ``s² (n + n²/M + d'S⁻¹d)``, ``d = x_sum - n x̄``. Where nothing was estimated, ``s² n``. The covariance of any
        intercept and slopes can be written so, with a `constant` in place of 1/M and a `noise` in place of ``s² n``.

        References
        ----------
        Campbell, Lo and MacKinlay (1997), The Econometrics of Financial Markets, ch. 4.
        """
        if self.form == "fixed":
            return self.noise(window)
        n, constant = window.n_sessions, 1 / np.maximum(self.n_obs, 1) if self.constant is None else self.constant
        d = x_sum - n * self.mean
        slopes = np.einsum("ck,ck->c", np.einsum("ckl,cl->ck", self.inverse, d), d) if d.shape[1] else 0.0
        return np.asarray(self.noise(window) + self.sigma**2 * (n**2 * constant + slopes))


def window_sums(
    values: Floats, window: Window, outside: float = np.nan, sessions: Ints | None = None, times: Any = 1.0
) -> Floats:
    """Return the sum over a window around every session.

    Parameters
    ----------
    values : ndarray, shape (T, ...)
        Figures, one row a session.
    window, outside : Window and float
        The window in event time, and what stands where it leaves the sample.
    sessions : ndarray of int64, shape (R,), optional
        Sessions wanted; default all T of them.
    times : ndarray, shape (T, ...), or float
        What the figures are multiplied by.

    Returns
    -------
    ndarray, shape (R, ...)
        NaN exactly where the window meets one.

    Notes
    -----
    Sums over 1, 2, 4, 8, ... sessions are each made of two sums of half the length; those whose lengths are the binary
    digits of the window's, side by side, make the window. A window of n sessions costs some 2 log2 n additions, each
    sum errs like a pairwise one, and no running total is taken from another, which loses digits in prefix sums. Of few
    sessions the longer sums are made for each window by itself, of the same numbers in the same order.

    Examples
    --------
    >>> window_sums(np.array([1.0, 2.0, 4.0, 8.0]), Window(-1, 1))
    array([nan,  7., 14., nan])
    """
    n_sessions, length = len(values), window.n_sessions
    wanted: Any = slice(None) if sessions is None else sessions
    total: Any = np.float64()
    # All rows from the first session of the first window to the last of the last one.
    part = np.empty((n_sessions + length - 1, *values.shape[1:]))
    begin, end = (min(max(session - window.first, 0), len(part)) for session in (0, n_sessions))
    part[:begin] = part[end:] = outside
    inside = slice(begin + window.first, end + window.first)
    np.multiply(values[inside], times if np.isscalar(times) else times[inside], out=part[begin:end])
    spare, reached, size = np.empty_like(part), 0, 1
    while sessions is None or len(sessions) * (length - reached) > n_sessions * size:
        if length & size:
            total += part[reached : reached + n_sessions][wanted]
            reached += size
        if reached == length:
            return np.asarray(total)
        n_left = len(part) - size
        np.add(part[:-size], part[size:], out=spare[:n_left])
        part, spare = spare[:n_left], part
        size *= 2
    part = part[np.arange(reached, length, size)[:, None] + wanted]  # what is left of each window, shape (any, R, ...)
    while len(part):
        if len(part) % 2:
            total, part = total + part[0], part[1:]
        part = part[::2] + part[1::2]
    return np.asarray(total)


@np.errstate(invalid="ignore", divide="ignore", over="ignore")
def fit_table(y: Floats, x: Floats, usable: Mask, estimation: Window, form: Form, sessions: Ints | None = None) -> Fits:
    """Estimate normal returns for every session of every series.

    Parameters
    ----------
    y, x : ndarray, shapes (T, S) and (T, k)
        Returns, and regressors without the constant, the same for all series.
    usable : ndarray of bool, shape (T,)
        Sessions that may stand in an estimation window; `y` and `x` must be finite there.
    estimation, form : Window and {'ols', 'fixed'}
        Estimation window in event time, and whether intercept and slopes are estimated.
    sessions : ndarray of int64, shape (R,), optional
        Event sessions wanted, in any order; default all T of them.

    Returns
    -------
    Fits
        Of R x S cells: the r-th session of series s stands at r S + s. NaN in `sigma` where a cell has too few
        observations, a series or regressor is constant, regressors are collinear, or they leave no residual.

    Notes
    -----
    The centred moments are ``Σy² - (Σy)²/M``. Nothing but the figures of its own window enters a cell, so its estimates
    do not change by a bit with what happens elsewhere. Their relative error is rounding error times three
    amplifications: what centring cost, the largest variance inflation among the regressors, and how little of y they
    left unexplained. Where that is above 1e-12 or not a number, the cell is estimated anew by two passes over its
    window. Equal to ordinary least squares to 1e-10.
    """
    np.empty(_LARGEST_KEPT)
    sums = partial(window_sums, window=estimation, outside=0.0, sessions=sessions)
    y_known = y if usable.all() else np.where(usable[:, None], y, 0.0)
    x_known = np.where(usable, x.T, 0.0)
    k = len(x_known)
    i, j = np.array([(row, column) for row in range(k) for column in range(row + 1)], dtype=int).reshape(-1, 2).T
    summed = sums(np.vstack([usable, x_known, x_known[i] * x_known[j]]).T)
    parts = summed[:, 0], summed[:, 1 : k + 1], summed[:, k + 1 :]
    n, x_total, x_raw = (np.ascontiguousarray(part.T) for part in parts)
    df, n_or_1 = n - (1 if form == "fixed" else k + 1), np.maximum(n, 1.0)
    y_total, y_raw = sums(y_known), sums(y_known, times=y_known)
    divisor = np.where(df > 0, n, np.nan)[:, None]  # without degrees of freedom all that follows is NaN
    y_mean = y_total / divisor
    yy = y_raw - y_total * y_mean
    x_squares = x_raw - x_total[i] * x_total[j] / n_or_1
    loss = np.abs(x_raw / x_squares)[i == j].max(axis=0, initial=1.0)  # of a constant either sign is rounding
    if form == "fixed":
        alpha, beta, r2 = np.zeros(yy.shape), np.ones((k, *yy.shape)), np.full(yy.shape, np.nan)
        mean, inverse = np.zeros(x_total.shape), np.zeros((len(n), k, k))
        gap = y_known - x_known.sum(axis=0)[:, None]
        gap_total, gap_raw = sums(gap), sums(gap, times=gap)
        rss = gap_raw - gap_total * (gap_total / divisor)
        trusted = np.maximum(np.abs(y_raw / yy), np.abs(gap_raw / rss) * loss[:, None]) < _TRUSTED
    else:
        gram, mean = np.empty((len(n), k, k)), x_total / n_or_1
        gram[:, i, j] = gram[:, j, i] = x_squares.T
        varies = (df > 0) & (loss < _TRUSTED)
        inverse, regular = _regular_inverse(gram, np.repeat(varies[:, None], k, axis=1))
        inflation = np.einsum("tkk,tkk->tk", inverse, gram).max(axis=1, initial=1.0)
        xy = np.empty((k, *yy.shape))
        for row, (column, total) in enumerate(zip(x_known, x_total, strict=True)):
            np.subtract(sums(y_known, times=column[:, None]), total[:, None] * y_mean, out=xy[row])
        beta = np.einsum("tij,jts->its", inverse, xy)
        explained, x_part = (np.einsum("jts,jts->ts", beta, of) if k else 0.0 for of in (xy, mean[..., None]))
        rss, alpha = yy - explained, y_mean - x_part
        r2 = 1.0 - rss / yy
        trusted = regular[:, None] & (y_raw * (loss * inflation)[:, None] < rss * _TRUSTED)
    sigma = np.sqrt(rss / df[:, None])

    of_cells = partial(np.repeat, repeats=yy.shape[1], axis=0)  # of what is the same for all series
    n_obs, degrees = of_cells(n.astype(int)), of_cells(df.astype(int))
    slopes = np.ascontiguousarray(np.moveaxis(beta, 0, -1)).reshape(yy.size, k)
    series_own = alpha.ravel(), slopes, sigma.ravel(), r2.ravel()
    fits = Fits(form, n_obs, degrees, *series_own, of_cells(mean.T), of_cells(inverse))
    doubtful = ~trusted & (df > 0)[:, None]
    for series in np.flatnonzero(doubtful.any(axis=0)):
        rows = np.flatnonzero(doubtful[:, series])
        at = rows if sessions is None else sessions[rows]
        for some, window in gathered(y[:, series], x, usable, at, estimation):
            anew = _two_passes(*window, form).arrays
            for name, array in fits.arrays.items():
                array[rows[some] * y.shape[1] + series] = anew[name]
    return fits


def gathered(
    y: Floats, x: Floats, usable: Mask, positions: Ints, estimation: Window
) -> Iterator[tuple[slice, tuple[Floats, Floats, Mask]]]:
    """Yield which cells, and of their windows returns (N, L) and regressors (N, L, k), 0 where unused, and the used."""
    for start in range(0, max(len(positions), 1), _AT_ONCE):
        some = slice(start, min(start + _AT_ONCE, len(positions)))
        rows = positions[some, None] + np.array(estimation.taus)
        inside = (rows >= 0) & (rows < len(y))
        rows = np.where(inside, rows, 0)
        used = inside & usable[rows]
        yield some, (np.where(used, y[rows], 0.0), np.where(used[:, :, None], x[rows], 0.0), used)


def _two_passes(y_window: Floats, x_window: Floats, used: Mask, form: Form) -> Fits:
    """Estimate cells that have degrees of freedom one by one: means first, then moments about them."""
    n_obs, k = used.sum(axis=1), x_window.shape[2]
    n = np.maximum(n_obs, 1)[:, None]

    def products(a: Floats, b: Floats) -> Floats:
        # Each sum is made by itself: its bits depend on nothing beside it.
        return np.asarray((a[..., None, :] @ b[..., None])[..., 0, 0])

    def centre(values: Floats) -> tuple[Floats, Floats, Floats]:
        mean = values.sum(axis=2) / n
        about = (values - mean[:, :, None]) * used[:, None]
        return mean, about, products(about, about)

    def varies(squares: Floats, mean: Floats, about: Floats) -> Mask:
        """Whether a sum of squares is more than what rounding makes of a constant, given mean and squares about it."""
        return np.asarray(squares > (about + n * mean**2) * CONSTANT**2)

    y_mean, y, yy = centre(y_window[:, None])
    x_mean, x, xx = centre(np.ascontiguousarray(x_window.transpose(0, 2, 1)))
    x_varies = varies(xx, x_mean, xx)
    if form == "fixed":
        _, _, rss = centre((y_window - x_window.sum(axis=2))[:, None])
        possible, df = x_varies.all(axis=1) & varies(yy, y_mean, yy)[:, 0], n_obs - 1
        alpha, beta, x_mean, inverse = np.zeros(len(n)), np.ones(xx.shape), np.zeros(xx.shape), np.zeros((*xx.shape, k))
    else:
        gram, beta = x @ x.transpose(0, 2, 1), np.zeros(xx.shape)
        inverse, possible = _regular_inverse(gram, x_varies)
        for _ in range(min(k, 2)):  # a second pass gives back the digits that nearly collinear regressors cost
            step = np.einsum("nij,nj->ni", inverse, products(x, np.broadcast_to(y, x.shape)))
            beta += step
            for j in range(k):
                y -= (step[:, j, None] * x[:, j])[:, None]
        rss, df = products(y, y), n_obs - k - 1
        alpha = y_mean[:, 0] - (beta * x_mean).sum(axis=1)
    possible &= varies(rss, y_mean, yy)[:, 0]
    sigma = np.where(possible, np.sqrt(rss[:, 0] / df), np.nan)
    r2 = np.where(possible & (form == "ols"), 1.0 - rss[:, 0] / yy[:, 0], np.nan)
    return Fits(form, n_obs, df, alpha, beta, sigma, r2, x_mean, inverse)


def _regular_inverse(gram: Floats, varies: Mask) -> tuple[Floats, Mask]:
    """Invert each matrix (N, k, k) of centred cross-products; say which are regular. Columns are scaled first."""
    k = gram.shape[1]
    scale = np.sqrt(np.where(varies, np.einsum("ckk->ck", gram), 1.0))
    outer, regular = scale[:, :, None] * scale[:, None, :], np.asarray(varies.all(axis=1))
    if k <= 1:
        return 1.0 / np.where(varies[:, None], gram, 1.0), regular
    scaled = gram / outer
    scaled[~regular] = np.eye(k)
    regular &= np.linalg.eigvalsh(scaled)[:, 0] > k * CONSTANT
    scaled[~regular] = np.eye(k)
    return np.linalg.inv(scaled) / outer, regular


# -- abnormal returns around event sessions, one by one and cumulated over windows -------------------------------------


@dataclass(frozen=True, eq=False)
class AbnormalReturns:
    """Abnormal returns of N event sessions of one series over n sessions of event time.

    Parameters
    ----------
    span : Window
        The event time covered; n is its number of sessions.
    rows : ndarray of int64, shape (N, n)
        Positions of the sessions in the series' history; -1 outside the sample.
    actual, normal, ar : ndarray, shape (N, n)
        Actual and normal returns and their difference; NaN where either is missing.
    x : ndarray, shape (N, n, k)
        Regressors on those sessions.
    fits : Fits
        Estimates of the event sessions.
    """

    span: Window
    rows: Ints
    actual: Floats
    normal: Floats
    ar: Floats
    x: Floats
    fits: Fits

    @cached_property
    def se(self) -> Floats:
        """Forecast standard error of `ar`, shape (N, n)."""
        each = [self.fits.window_variance(Window(tau, tau), self.x[:, j]) for j, tau in enumerate(self.span.taus)]
        return np.where(np.isnan(self.ar), np.nan, np.sqrt(np.stack(each, axis=1)))

    @property
    def sar(self) -> Floats:
        """`ar` divided by its standard error, shape (N, n)."""
        return self.ar / self.se


def abnormal_returns(y: Floats, x: Floats, fits: Fits, positions: Ints, span: Window) -> AbnormalReturns:
    """Return the abnormal returns around N event sessions; missing and out-of-sample sessions are NaN, never zero.

    `y` (T,) are returns, `x` (T, k) regressors.

    Notes
    -----
    ``AR_t = R_t - E[R_t]``, ``Var(AR_t) = s² (1 + x_t'(X'X)⁻¹x_t)``.

    References
    ----------
    Patell (1976), Corporate forecasts of earnings per share and stock price behavior, Journal of Accounting Research
    14.
    """
    rows = positions[:, None] + np.array(span.taus)
    rows[(rows < 0) | (rows >= len(y))] = -1
    # NaN stands behind the last session, where -1 points.
    actual, x_rows = np.append(y, np.nan)[rows], np.vstack([x, np.full((1, x.shape[1]), np.nan)])[rows]
    normal = fits.normal(x_rows)
    return AbnormalReturns(span, rows, actual, normal, actual - normal, x_rows, fits)


def cumulated(
    y: Floats, x: Floats, fits: Fits, window: Window, *, partial: bool = False
) -> tuple[Floats, Floats, Ints]:
    """Return CARs on every session of S series that share regressors and missing sessions, and their standard errors.

    `y` (T, S) are returns, `x` (T, k) regressors; of `fits` those of session i and series s stand at i S + s.

    Returns
    -------
    car, se : ndarray, shape (T, S)
        NaN where any session of the window is missing, of `partial` ones where all are.
    n : ndarray of int64, shape (T,)
        Sessions cumulated.

    Notes
    -----
    ``CAR = sum AR``, ``Var(CAR) = s² (n + x_W'(X'X)⁻¹x_W)`` with ``x_W`` the sum of the regressor rows. A normal return
    is linear in the regressors, so ``CAR = sum R - n alpha - beta' sum x``, and no path is made.

    References
    ----------
    Salinger (1992), Standard errors in event studies, Journal of Financial and Quantitative Analysis 27.
    """
    n = np.full(len(y), window.n_sessions)
    if partial:
        known = np.asarray(np.isfinite(np.column_stack([y, x])).all(axis=1))[:, None]
        n_known = window_sums(known.astype(np.float64), window, 0.0)[:, 0].astype(np.int64)
        y_sum, x_sum = (window_sums(np.where(known, values, 0.0), window, 0.0) for values in (y, x))
        y_sum, n = np.where(n_known[:, None] > 0, y_sum, np.nan), np.where(n_known > 0, n_known, n)
    else:
        y_sum, x_sum = (window_sums(values, window) for values in (y, x))
    normal = n[:, None] * fits.alpha.reshape(y_sum.shape)
    for j, slopes in enumerate(fits.beta.T):
        normal += slopes.reshape(y_sum.shape) * x_sum[:, j : j + 1]
    car, variance = y_sum - normal, np.empty(y_sum.shape)
    cells = np.arange(y_sum.size).reshape(y_sum.shape)
    with np.errstate(invalid="ignore", over="ignore"):
        for k in np.flatnonzero(np.bincount(n)).tolist():
            of_k = np.flatnonzero(n == k)
            some = fits if len(of_k) == len(n) else fits.take(cells[of_k].ravel())
            x_of_k, of = np.repeat(x_sum[of_k], y.shape[1], axis=0), Window(window.first, window.first + k - 1)
            variance[of_k] = some.window_variance(of, x_of_k).reshape(len(of_k), y.shape[1])
        return car, np.where(np.isnan(car), np.nan, np.sqrt(variance)), n


def buy_and_hold(of: AbnormalReturns, kind: ReturnKind, *, partial: bool = False) -> Floats:
    """Return what holding a series over a window made beyond what its normal returns would have, simple returns (N,).

    NaN where a session of the window is missing (of `partial` ones: where all are), and for returns that do not
    compound.

    Notes
    -----
    ``BHAR = prod(1 + R) - prod(1 + E[R])`` over simple returns.

    References
    ----------
    Barber and Lyon (1997), Detecting long-run abnormal stock returns, Journal of Financial Economics 43.
    """
    if kind in OWN_UNIT:
        return np.full(len(of.rows), np.nan)
    actual, normal = (np.expm1(of.actual), np.expm1(of.normal)) if kind == "log" else (of.actual, of.normal)
    left_out = ~np.isfinite(actual - normal) & partial
    made, expected = (np.where(left_out, 1.0, 1.0 + each).prod(axis=1) for each in (actual, normal))
    return np.where(left_out.all(axis=1), np.nan, made - expected)
