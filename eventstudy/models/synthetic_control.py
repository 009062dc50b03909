"""The synthetic control: the mixture of other markets that best followed this one before the event."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eventstudy.errors import DesignError
from eventstudy.models.least_squares import CONSTANT, Cells, Fits, Mask, ModelFits, gathered, named
from eventstudy.models.linear import LinearModel
from eventstudy.returns import Floats, ReturnKind
from eventstudy.window import Window


class SyntheticControl(LinearModel):
    """The normal return is that of a portfolio of other series, long only and fully invested.

    Parameters
    ----------
    *donors : str
        Columns of at least two series that the event leaves alone.

    Raises
    ------
    DesignError
        If there are fewer than two donors or one stands there twice.

    Notes
    -----
    ``E[R_t] = sum_j w_j R_jt`` with ``w_j >= 0``, ``sum w = 1``, least squares over the estimation window: a quadratic
    programme. There is no intercept. With p positive weights s² is the residual sum of
    squares over M - (p - 1), and the weights' covariance that of least squares under ``sum w = 1`` on those p donors.
    Weights add up only over series in one unit.

    References
    ----------
    Abadie, Diamond and Hainmueller (2010), Synthetic control methods for comparative case studies, JASA 105.

    Examples
    --------
    >>> SyntheticControl("zloty", "forint", "koruna")
    SyntheticControl('zloty', 'forint', 'koruna')
    """

    name = "synthetic-control"
    form = "ols"
    asks = "factors"
    _regressor = "donor"
    _no_twin = "is a quadratic programme, so there is no regression to hand out; its weights stand in fits"

    def __init__(self, *donors: str) -> None:
        if len(donors) < 2:  # noqa: PLR2004
            raise DesignError("a synthetic control needs at least two donors; with one take market-adjusted")
        super().__init__(*donors)

    @property
    def parameters(self) -> tuple[str, ...]:
        """A weight a donor."""
        return tuple(f"weight_{name}" for name in self.regressors)

    def check_kinds(self, series: str, kind: ReturnKind, of_regressors: Sequence[ReturnKind]) -> None:
        """Refuse a mixture of returns and differences."""
        for donor, of_donor in zip(self.regressors, of_regressors, strict=True):
            if of_donor != kind:
                raise DesignError(
                    f"a synthetic control mixes series of one kind: '{series}' is in {kind} returns, the donor "
                    f"'{donor}' in {of_donor} ones; leave one of them out, or take one kind for all (--returns, "
                    "returns_kind=...)"
                )

    def fit(self, y: Floats, x: Floats, usable: Mask, positions: Cells, estimation: Window) -> Fits:
        """Find the mixture of each event session of one series."""
        windows = gathered(y, x, usable, positions, estimation)
        return ModelFits.joined([_mixtures(*window) for _, window in windows])

    def estimates(self, fits: Fits) -> dict[str, Floats]:
        """Return the weights."""
        return named(self.parameters, fits.beta)


def _mixtures(y: Floats, x: Floats, used: Mask) -> ModelFits:
    """Return the estimates of N cells from their windows: y (N, L), x (N, L, k), used (N, L)."""
    n_obs = used.sum(axis=1)
    weights = np.stack([_simplex_weights(*cell) for cell in zip(y, x, strict=True)]) if len(y) else x[:, 0]
    converged = np.asarray(np.isfinite(weights).all(axis=1))
    weights[~converged] = 0.0
    residual = (y - np.einsum("clk,ck->cl", x, weights)) * used
    centred = (y - (y.sum(axis=1) / np.maximum(n_obs, 1))[:, None]) * used
    rss, total, raw = (np.einsum("cl,cl->c", values, values) for values in (residual, centred, y))
    df = n_obs - (weights > 0).sum(axis=1) + 1
    possible = converged & (np.minimum(total, rss) > raw * CONSTANT**2) & (df > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        sigma = np.where(possible, np.sqrt(rss / df), np.nan)
        r2 = np.where(possible, 1.0 - rss / total, np.nan)
    nothing, none = np.zeros(len(y)), np.empty((len(y), 0))
    inverse = _constrained_inverse(np.einsum("clk,clm->ckm", x, x), weights > 0)
    return ModelFits(
        "ols", n_obs, df, nothing, weights, sigma, r2, np.zeros_like(weights), inverse, nothing, none, converged
    )


def _simplex_weights(y: Floats, x: Floats) -> Floats:
    """Return the w >= 0, sum w = 1, that minimise ``|y - x w|²``; NaN where the search did not end.

    With Z = x - y these are the u >= 0 that minimise ``|Z u|² + (sum u - 1)²``, divided by their sum: the first-order
    conditions are the same, and the second problem is one of non-negative least squares.
    """
    from scipy.optimize import nnls

    gap = x - y[:, None]
    size = np.sqrt(np.einsum("lk,lk->k", gap, gap).min()) or 1.0  # beside the best donor alone both terms are near 1
    try:
        found, _ = nnls(np.vstack([gap / size, np.ones(len(gap[0]))]), np.append(np.zeros(len(gap)), 1.0))
    except RuntimeError:
        return np.full(len(gap[0]), np.nan)
    return np.asarray(found / found.sum())


def _constrained_inverse(gram: Floats, part: Mask) -> Floats:
    """Return the unscaled covariance of least-squares weights on some donors under ``sum w = 1``; zero elsewhere."""
    both = part[:, :, None] & part[:, None, :]
    size = np.maximum(np.einsum("ckk->c", gram), np.finfo(np.float64).tiny)[:, None, None]
    inverse = np.linalg.pinv(np.where(both, gram / size, 0.0), hermitian=True)
    along = inverse.sum(axis=2)
    total = np.maximum(along.sum(axis=1), np.finfo(np.float64).tiny)[:, None, None]
    return np.asarray((inverse - along[:, :, None] * along[:, None, :] / total) / size)
