"""All null vectors of a large part of L, by factors of L − σ, and how far from zero the next singular value is.

(L − σ)⁻¹ makes what is stationary large, and a few steps with a block of vectors leave nothing else; which of them are
null is judged by ‖L x‖.  With right and left null vectors R and C, L + s C Rᵀ is regular, and the norm of its inverse,
bounded as that of any other, says that no further singular value is below its reciprocal: nothing was missed, but once
in 10⁹.
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from scipy.sparse import eye_array
from scipy.sparse.linalg import splu

from torusync._checks import Real, requirement
from torusync._threads import stop_if_told
from torusync.conventions import EPS
from torusync.generators.superoperator import widest
from torusync.steady.probing import Factored, inverse_norm

_SHIFT: Final = 1e-7
"""σ in units of ‖L‖: small against decays that can be told from none, large against rounding."""

_BLOCK: Final = 8
"""Vectors at first; as many again where all of them turn out to be null."""

_STEPS: Final = 8
"""Steps with the block: each leaves a share σ over the decay of what is not stationary."""

_MOST: Final = 64
"""Null vectors of one part at most: more cost more than all singular values of a smaller part."""


def null_vectors(matrix: Any, *, scale: float, floor: float) -> tuple[Real, Real, float]:
    """Return right and left null vectors of a part of L as columns, and a lower bound of the next singular value.

    Parameters
    ----------
    matrix : one part of L, sparse, real
    scale : a norm of L
    floor : ‖L x‖ of unit vectors up to which they count as null
    """
    count = matrix.shape[0]
    shift = _SHIFT * scale
    factors: Any = splu((matrix - shift * eye_array(count)).tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.1)
    many = _BLOCK
    while True:
        right = _null(matrix, factors.solve, many, floor)
        left = _null(matrix.T, lambda columns: factors.solve(columns, "T"), many, floor)
        if right.shape[1] < many or many >= min(_MOST, count):
            break
        many = min(2 * many, count)
    if right.shape[1] != left.shape[1]:
        raise requirement(
            "system",
            "have decays that can be told from none",
            f"a part of {count} rows has {right.shape[1]} or {left.shape[1]} stationary matrices, as one looks at it",
        )
    whole = _Deflated(matrix.tocsc(), right, left, scale)
    found = Factored(
        whole,
        lambda columns: whole.inverted(columns, factors.solve),
        lambda columns: whole.turned().inverted(columns, lambda one: factors.solve(one, "T")),
    )
    return right, left, 1.0 / inverse_norm(found)


def _null(matrix: Any, invert: Any, many: int, floor: float) -> Real:
    """Return an orthonormal basis of what a matrix takes to zero, of ``many`` dimensions at most."""
    count = matrix.shape[0]
    basis = np.linalg.qr(np.random.default_rng(count).normal(size=(count, min(many, count))))[0]
    for _ in range(_STEPS):
        stop_if_told()
        basis = np.linalg.qr(invert(basis))[0]
    _, values, turn = np.linalg.svd(matrix @ basis, full_matrices=False)
    return np.asarray(basis @ turn[values <= floor].T)


@final
@dataclass(frozen=True, eq=False)
class _Deflated:
    """L + s C Rᵀ."""

    block: Any
    right: Real
    left: Real
    strength: float

    def turned(self) -> "_Deflated":
        """Return the transpose."""
        return _Deflated(self.block.T, self.left, self.right, self.strength)

    def apply(self, columns: Real) -> Real:
        """Return it times columns."""
        return np.asarray(self.block @ columns + self.strength * (self.left @ (self.right.T @ columns)))

    def apply_transposed(self, columns: Real) -> Real:
        """Return its transpose times columns."""
        return self.turned().apply(columns)

    @property
    def norm(self) -> float:
        """A bound of its norm."""
        return float(widest(abs(self.block)) + self.strength)

    @property
    def rounding(self) -> float:
        """What a product is off by, of the norm of what it is taken of."""
        most = max(int(np.diff(one.indptr).max(initial=0)) for one in (self.block.tocsc(), self.block.tocsr()))
        # sums over all rows are taken pair by pair
        return float(EPS * (most + 64.0 + 4.0 * self.right.shape[1]) * self.norm)

    def inverted(self, columns: Real, invert: Any) -> Real:
        """Return what solves for columns: within the null vectors exactly, and beside them by steps with L − σ."""
        inside = self.left.T @ columns
        rest = columns - self.left @ inside
        found = np.zeros_like(columns)
        for _ in range(4):
            found = found + invert(rest - self.block @ found)
            found = found - self.right @ (self.right.T @ found)
        return np.asarray(found + self.right @ (inside / self.strength))
