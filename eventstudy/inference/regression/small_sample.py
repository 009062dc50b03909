"""How far a robust variance can be believed when a coefficient rests on few dates.

A robust variance (White, Newey-West, clustered) is made of squared residuals. A dummy that is one on a single session
fits that session exactly: the residual is zero, and so is the variance. On m sessions the variance is about (m - 1)/m
of what it should be, and as dispersed as a chi-squared with m - 1 degrees of freedom. Both figures are computed here
for any regression, and used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eventstudy.returns import Floats

if TYPE_CHECKING:
    from scipy.sparse import spmatrix

#: Below this share of its true size a robust variance is taken to be none: one session gives about 0, two give a half.
LEAST_SHARE = 1 / 3


@dataclass(frozen=True)
class Reliability:
    """What a robust variance estimates, were the working model true.

    Parameters
    ----------
    share : float
        Its expectation over the true variance; below 1 where few sessions carry the coefficient.
    df : float
        Degrees of freedom of the chi-squared law that has its mean and variance.
    """

    share: float
    df: float

    @property
    def is_degenerate(self) -> bool:
        """Whether there is next to no residual behind the variance."""
        return not self.share >= LEAST_SHARE


def bartlett(n: int, maxlags: int) -> spmatrix:
    """Return the Bartlett weights ``1 - |t - s| / (maxlags + 1)`` of n successive rows, sparse (n, n)."""
    from scipy.sparse import diags

    lags = np.arange(-min(maxlags, n - 1), min(maxlags, n - 1) + 1)
    return diags([np.full(n - abs(j), 1.0 - abs(j) / (maxlags + 1)) for j in lags], lags.tolist(), format="csr")


def within_groups(groups: NDArray[np.int64], correlation: float = 1.0) -> spmatrix:
    """Return ones on the diagonal and `correlation` between the rows of one group, sparse (n, n)."""
    from scipy.sparse import csr_matrix, identity

    n = len(groups)
    member = csr_matrix((np.ones(n), (np.arange(n), groups)), shape=(n, int(groups.max(initial=0)) + 1))
    return (correlation * (member @ member.T) + (1.0 - correlation) * identity(n)).tocsr()


def reliability(basis: Floats, influence: Floats, weights: spmatrix, working: spmatrix | None = None) -> Reliability:
    """Return how far the variance ``Σ_ts w_ts ψ_t ψ_s e_t e_s`` can be believed.

    Parameters
    ----------
    basis : ndarray, shape (n, r)
        Orthonormal basis of the regressors.
    influence : ndarray, shape (n,)
        ψ: what each row adds to the estimate for each unit of its error.
    weights : sparse matrix, shape (n, n)
        w: the identity for White's, `bartlett` for Newey and West's, `within_groups` for the clustered variance.
    working : sparse matrix, shape (n, n), optional
        Covariance Ω of the errors, up to scale, under which it is judged; default the identity.

    Returns
    -------
    Reliability
        Share and degrees of freedom.

    Notes
    -----
    With ``A = w ∘ ψψ'``, ``M`` the projection off the regressors and ``B = MΩM``: share ``tr(AB) / ψ'Ωψ``, degrees of
    freedom ``tr(AB)² / tr(ABAB)``. For n equal sessions behind a dummy that is (n - 1)/n and n - 1.

    References
    ----------
    Bell and McCaffrey (2002), Bias reduction in standard errors for linear regression with multi-stage samples, Survey
    Methodology 28. Imbens and Kolesár (2016), Robust standard errors in small samples, Review of Economics and
    Statistics 98.

    Examples
    --------
    >>> from scipy.sparse import identity
    >>> four = np.ones((4, 1)) / 2
    >>> found = reliability(four, np.full(4, 0.25), identity(4, format="csr"))
    >>> round(found.share, 6), round(found.df, 6)
    (0.75, 3.0)
    """
    from scipy.sparse import diags, identity

    n, rank = basis.shape
    omega = identity(n, format="csr") if working is None else working
    scaled = diags(influence) @ weights @ diags(influence)
    # B = Ω + F K F' with F = [Q, ΩQ]: the projection is never written out.
    spread = omega @ basis
    factor = np.hstack([basis, spread])
    core = np.block([[basis.T @ spread, -np.eye(rank)], [-np.eye(rank), np.zeros((rank, rank))]])
    of_factor = core @ (factor.T @ (scaled @ factor))
    banded = scaled @ omega
    crossed = core @ (factor.T @ (banded @ (scaled @ factor)))
    trace = float(banded.diagonal().sum() + np.trace(of_factor))
    square = float(banded.multiply(banded.T).sum() + 2 * np.trace(crossed) + np.trace(of_factor @ of_factor))
    variance = float(influence @ (omega @ influence))
    if not (variance > 0 and square > 0):
        return Reliability(0.0, 0.0)
    return Reliability(trace / variance, trace**2 / square)
