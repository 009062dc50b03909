"""The synthetic control: the mixture of other markets that best followed this one before the event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventstudy.engine import Fits
from eventstudy.errors import DesignError
from eventstudy.markets.stamp import Dates
from eventstudy.models.cells import Learned, blocks, learned
from eventstudy.models.fits import ModelFits, named
from eventstudy.models.linear import LinearModel
from eventstudy.returns import Floats, ReturnKind
from eventstudy.window import Window

_EPS = float(np.finfo(np.float64).eps)

#: A donor enters where its gradient is below this share of the largest moment.
_TOLERANCE = 1e-12


@dataclass(frozen=True, repr=False, init=False)
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
    programme, solved exactly by active sets. There is no intercept. With p positive weights s² is the residual sum of
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

    def __init__(self, *donors: str) -> None:
        if len(donors) < 2:  # noqa: PLR2004
            raise DesignError("a synthetic control needs at least two donors; with one take market-adjusted")
        if len(set(donors)) < len(donors):
            raise DesignError(f"a donor stands twice among: {', '.join(donors)}")
        super().__init__(tuple(donors))

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

    def fit(
        self, y: Floats, x: Floats, usable: NDArray[np.bool_], positions: NDArray[np.int64], estimation: Window
    ) -> Fits:
        """Estimate the model for many event sessions of one series (see `eventstudy.engine.fit_cells`)."""
        parts = [_mixture(learned(y, x, usable, positions[block], estimation)) for block in blocks(len(positions))]
        n_obs, df, weights, sigma, r2, inverse, converged = (np.concatenate(part) for part in zip(*parts, strict=True))
        nothing = np.zeros(len(n_obs))
        return ModelFits(
            "ols",
            n_obs,
            df,
            alpha=nothing,
            beta=weights,
            sigma=sigma,
            r2=r2,
            mean=np.zeros_like(weights),
            inverse=inverse,
            constant=nothing,
            extra=np.empty((len(n_obs), 0)),
            converged=converged,
        )

    def estimates(self, fits: Fits) -> dict[str, Floats]:
        """Return the weights."""
        return named(self.parameters, fits.beta)

    def twin(self, y: Floats, x: Floats, used: NDArray[np.bool_], sessions: Dates) -> Any:
        """Say that there is no regression behind this model."""
        del y, x, used, sessions
        raise DesignError(
            "the model 'synthetic-control' is a quadratic programme, so there is no regression to hand out; "
            "its weights stand in fits"
        )


def _mixture(
    cells: Learned,
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats, Floats, Floats, NDArray[np.bool_]]:
    """Return n_obs, df, weights, sigma, r2, the weights' unscaled covariance, and whether the search ended."""
    gram = np.einsum("clk,clm->ckm", cells.x, cells.x)
    moment = np.einsum("clk,cl->ck", cells.x, cells.y)
    weights, converged = simplex_weights(gram, moment)
    residual = (cells.y - np.einsum("clk,ck->cl", cells.x, weights)) * cells.used
    rss = np.einsum("cl,cl->c", residual, residual)
    total, varies = _about_mean(cells.y, cells.used)
    df = cells.n_obs - (weights > 0).sum(axis=1) + 1
    explained = rss > np.einsum("cl,cl->c", cells.y, cells.y) * (64 * _EPS) ** 2
    possible = converged & varies & explained & (df > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        sigma = np.where(possible, np.sqrt(rss / df), np.nan)
        r2 = np.where(possible, 1.0 - rss / total, np.nan)
    return cells.n_obs, df, weights, sigma, r2, _constrained_inverse(gram, weights > 0), converged


def _about_mean(y: Floats, used: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
    """Return sums of squares about the mean, and whether they are more than rounding makes of a constant."""
    n = np.maximum(used.sum(axis=1), 1)
    centred = (y - (y.sum(axis=1) / n)[:, None]) * used
    total = np.einsum("cl,cl->c", centred, centred)
    return total, total > np.einsum("cl,cl->c", y, y) * (64 * _EPS) ** 2


def simplex_weights(gram: Floats, moment: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the weights that minimise ``w'Gw/2 - m'w`` among those not negative that sum to one.

    Parameters
    ----------
    gram : ndarray, shape (N, k, k)
        Positive semidefinite matrices G.
    moment : ndarray, shape (N, k)
        Vectors m.

    Returns
    -------
    weights : ndarray, shape (N, k)
        Exact zeros for donors that have no part.
    converged : ndarray of bool, shape (N,)
        Whether the search ended.

    Notes
    -----
    Primal active sets: from the best single donor on, solve under ``sum w = 1`` on the donors that take part; walk
    there until the first weight reaches zero, which leaves; when none does, the donor that would lower the objective
    most enters; when there is none, these are the weights.

    References
    ----------
    Lawson and Hanson (1974), Solving Least Squares Problems, ch. 23.

    Examples
    --------
    >>> simplex_weights(np.eye(3)[None], np.array([[0.9, 0.3, -2.0]]))[0].round(6).tolist()
    [[0.8, 0.2, 0.0]]
    """
    n_cells, k = moment.shape
    size = np.maximum(np.einsum("ckk->ck", gram).max(axis=1), np.abs(moment).max(axis=1))
    size = np.where((size > 0) & np.isfinite(size), size, 1.0)
    gram, moment = gram / size[:, None, None], moment / size[:, None]
    best = np.argmin(np.einsum("ckk->ck", gram) / 2.0 - moment, axis=1)
    weights = np.zeros((n_cells, k))
    weights[np.arange(n_cells), best] = 1.0
    taking_part, searching = weights > 0, np.ones(n_cells, dtype=bool)
    for _ in range(20 * (k + 1)):
        rows = np.flatnonzero(searching)
        if not len(rows):
            break
        part, now = taking_part[rows], weights[rows]
        target, price = _on_part(gram[rows], moment[rows], part)
        # How far towards the target until the first weight is zero.
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(part & (target <= 0), now / (now - target), np.inf)
        leaves = np.isfinite(share.min(axis=1))
        step = np.minimum(share.min(axis=1), 1.0)[:, None]
        moved = np.where(leaves[:, None], now + step * (target - now), target)
        moved[leaves, share[leaves].argmin(axis=1)] = 0.0
        moved = np.where(part, np.maximum(moved, 0.0), 0.0)
        part = np.where(leaves[:, None], moved > 0, part)
        gain = np.where(part, np.inf, np.einsum("ckm,cm->ck", gram[rows], moved) - moment[rows] + price[:, None])
        enters = ~leaves & (gain.min(axis=1) < -_TOLERANCE)
        part[enters, gain[enters].argmin(axis=1)] = True
        weights[rows], taking_part[rows] = moved, part
        searching[rows[~leaves & ~enters]] = False
    return weights, ~searching


def _on_part(gram: Floats, moment: Floats, part: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Solve under ``sum w = 1`` with only some donors; return weights and the constraint's multiplier."""
    n_cells, k = moment.shape
    both = part[:, :, None] & part[:, None, :]
    system = np.zeros((n_cells, k + 1, k + 1))
    system[:, :k, :k] = np.where(both, gram, np.eye(k) * ~part[:, :, None])
    system[:, :k, k] = system[:, k, :k] = part
    right = np.concatenate([np.where(part, moment, 0.0), np.ones((n_cells, 1))], axis=1)
    solved = _solve(system, right)
    return np.where(part, solved[:, :k], 0.0), solved[:, k]


def _solve(system: Floats, right: Floats) -> Floats:
    """Solve each system; by least squares where one is singular."""
    try:
        return np.asarray(np.linalg.solve(system, right[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:
        return np.stack([np.linalg.lstsq(a, b, rcond=None)[0] for a, b in zip(system, right, strict=True)])


def _constrained_inverse(gram: Floats, part: NDArray[np.bool_]) -> Floats:
    """Return the unscaled covariance of least-squares weights on some donors under ``sum w = 1``; zero elsewhere."""
    both = part[:, :, None] & part[:, None, :]
    size = np.maximum(np.einsum("ckk->c", gram), np.finfo(np.float64).tiny)[:, None, None]
    inverse = np.linalg.pinv(np.where(both, gram / size, 0.0), hermitian=True)
    along = inverse.sum(axis=2)
    total = np.maximum(along.sum(axis=1), np.finfo(np.float64).tiny)[:, None, None]
    return np.asarray((inverse - along[:, :, None] * along[:, None, :] / total) / size)
