"""Currents of counted jumps and their noise at zero frequency, from the tilted generator, with a bound of its error.

With J_a ρ = Σ_k w_ak 2Γ_k X_k ρ X_k† and j_a = Σ_k w_ak 2Γ_k X_k†X_k, the second derivatives of the eigenvalue 0 are

    I_a = tr[j_a ρ],    S_ab = Σ_k w_ak w_bk tr[2Γ_k X_k†X_k ρ] − tr[j_a y_b] − tr[j_b y_a],    L y_b = J_b ρ − I_b ρ.

L is singular: bordered with one row, M = L + s |00><<1|, it is not, and for right-hand sides without a trace it has the
same solution, so that no pseudo-inverse is formed.  The adjoint equation L†z_a = j_a − I_a says what a residual r of
y_b does to the noise, tr[z_a r], which is added; what is left is the rounding of r itself, weighed by |z_a| entry by
entry, and what the residual of the state does, weighed in the same way.  A residual alone says nothing: where rates
differ by 10¹³ the noise can be half wrong with a residual of an ε.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, final

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, onenormest, splu

from torusync._checks import Complex, Real
from torusync._lapack import inverses
from torusync.conventions import EPS
from torusync.generators import LindbladGenerator
from torusync.generators.base import both_sides, dagger, left_right

Solved = Callable[[Complex], Complex]
"""What solves M x = y for matrices ``(points, n, D, D)``."""

_ESTIMATED: Final = 3.0
"""What an estimate of a norm of an inverse may miss, in the few steps that it takes (Higham and Tisseur, SIAM J.
Matrix Anal. Appl. 21, 1185): hardly ever more."""

_DOUBTFUL: Final = 0.1
"""Rounding of M times the norm of its inverse from which on nothing is known."""


@final
@dataclass(frozen=True)
class Tilted:
    """Generators of a flat batch as they act on matrices ``(points, n, D, D)``, term by term.

    Parameters
    ----------
    drift : (points, 1, D, D) −iH − Σ Γ X†X
    jumps : √(2Γ) X of each channel, ``(points, 1, D, D)``
    size_of_drift : (points, 1, D, D) |H| + Σ Γ |X|†|X|, what the drift is rounded relative to
    """

    drift: Complex
    jumps: tuple[Complex, ...]
    size_of_drift: Real

    @classmethod
    def of(cls, flat: LindbladGenerator) -> "Tilted":
        """Read a flat batch."""
        points, size = flat.points, flat.dimension
        one = np.zeros((points, 1, size, size))
        drift, large = -1j * flat.hamiltonian[:, np.newaxis] + one, np.abs(flat.hamiltonian[:, np.newaxis]) + one
        jumps = []
        for rate, operator in zip(flat.rates, flat.operators, strict=True):
            factor = np.sqrt(2.0 * rate)[:, np.newaxis, np.newaxis, np.newaxis]
            jump = factor * operator[:, np.newaxis]
            drift = drift - 0.5 * (dagger(jump) @ jump)
            large = large + 0.5 * (np.swapaxes(np.abs(jump), -1, -2) @ np.abs(jump))
            jumps.append(jump)
        return cls(drift, tuple(jumps), large)

    def forward(self, matrices: Complex) -> Complex:
        """Return L y."""
        found = self.drift @ matrices + matrices @ dagger(self.drift)
        for jump in self.jumps:
            found = found + jump @ matrices @ dagger(jump)
        return np.asarray(found)

    def backward(self, matrices: Complex) -> Complex:
        """Return L†z."""
        found = dagger(self.drift) @ matrices + matrices @ self.drift
        for jump in self.jumps:
            found = found + dagger(jump) @ matrices @ jump
        return np.asarray(found)

    def rounding(self, matrices: Complex, *, adjoint: bool = False) -> Real:
        """Return a bound of the rounding of each entry of L y or L†z, that of L as it is held included."""
        size, large = np.abs(matrices), self.size_of_drift
        turned = np.swapaxes(large, -1, -2)
        found = turned @ size + size @ large if adjoint else large @ size + size @ turned
        for jump in self.jumps:
            one = np.abs(jump)
            found = found + (
                np.swapaxes(one, -1, -2) @ size @ one if adjoint else one @ size @ np.swapaxes(one, -1, -2)
            )
        return np.asarray(self.digits * found)

    @property
    def digits(self) -> float:
        """Relative rounding of a sum over channels of products of three matrices of complex numbers."""
        return 2.0 * (2.0 * int(self.drift.shape[-1]) + len(self.jumps) + 10.0) * EPS

    def jumped(self, weights: Real, matrices: Complex) -> Complex:
        """Return Σ_k w_ak 2Γ_k X_k ρ X_k†, ``(points, n, D, D)``, of weights ``(points, n, K)`` or ``(1, n, K)``."""
        return self._summed(weights, [jump @ matrices @ dagger(jump) for jump in self.jumps], matrices)

    def pulled(self, weights: Real, matrices: Complex) -> Complex:
        """Return Σ_k w_ak 2Γ_k X_k†z X_k, the adjoint of that."""
        return self._summed(weights, [dagger(jump) @ matrices @ jump for jump in self.jumps], matrices)

    def _summed(self, weights: Real, terms: list[Complex], like: Complex) -> Complex:
        total = np.zeros((len(like), weights.shape[1], *like.shape[-2:]), dtype=np.complex128)
        for column, term in zip(np.moveaxis(weights, -1, 0), terms, strict=True):
            if column.any():
                total = total + column[:, :, np.newaxis, np.newaxis] * term
        return total

    def stacked(self) -> Complex:
        """Return L on row-major vec(ρ), ``(points, D², D²)``."""
        found = both_sides(self.drift[:, 0])
        for jump in self.jumps:
            found = found + left_right(jump[:, 0], dagger(jump[:, 0]))
        return found

    @property
    def norm(self) -> Real:
        """What L is made of, in the Frobenius norm, ``(points,)``: terms of a channel near the identity cancel."""
        size = self.drift.shape[-1]
        found = 2.0 * size**0.5 * np.linalg.norm(self.size_of_drift, axis=(-2, -1))
        for jump in self.jumps:
            found = found + np.linalg.norm(jump, axis=(-2, -1)) ** 2
        return np.asarray(found[:, 0])


@final
@dataclass(frozen=True)
class Bordered:
    """M x = y and M†x = y of a flat batch, with a bound of ‖M⁻¹‖_2 that is infinite where nothing is known."""

    forward: Solved
    backward: Solved
    gain: Real

    @classmethod
    def dense(cls, tilted: Tilted) -> "Bordered":
        """Invert small generators together."""
        matrix = tilted.stacked()
        size = tilted.drift.shape[-1]
        scale = np.abs(matrix).max(axis=(-2, -1))
        scale = np.where(scale > 0.0, scale, 1.0)
        matrix[:, 0, :: size + 1] += scale[:, np.newaxis]
        inverse = inverses(matrix)
        gain = _known(np.linalg.norm(inverse, axis=(-2, -1)), scale, tilted)
        return cls(_applied(inverse), _applied(dagger(inverse)), gain)

    @classmethod
    def factorised(cls, tilted: Tilted, flat: LindbladGenerator) -> "Bordered":
        """Factorise one large generator."""
        matrix, size = flat.shaped(()).sparse().on_vectors(), tilted.drift.shape[-1]
        rows = size**2
        scale = float(np.abs(matrix.data).max(initial=0.0)) or 1.0
        trace = np.arange(size) * (size + 1)
        border = sparse.csc_array((np.full(size, scale), (np.zeros(size, dtype=np.int64), trace)), shape=(rows, rows))
        whole = (matrix + border).tocsc()
        try:
            factors: Any = splu(whole, "MMD_AT_PLUS_A", diag_pivot_thresh=0.01, options={"SymmetricMode": True})
        except RuntimeError:  # singular: the state is not unique
            lost: Solved = lambda right: np.full_like(right, np.nan)  # noqa: E731
            return cls(lost, lost, np.full(1, np.inf))

        def solved(turn: Literal["N", "H"]) -> Solved:
            def solve(right: Complex) -> Complex:
                columns = np.ascontiguousarray(right.reshape(-1, rows).T)
                return np.asarray(factors.solve(columns, turn).T.reshape(right.shape))

            return solve

        inverse = LinearOperator(
            (rows, rows),
            dtype=np.complex128,
            matvec=lambda one: factors.solve(np.ravel(one)),
            rmatvec=lambda one: factors.solve(np.ravel(one), "H"),
            matmat=lambda some: factors.solve(np.ascontiguousarray(some)),
            rmatmat=lambda some: factors.solve(np.ascontiguousarray(some), "H"),
        )
        # ‖·‖_2² is at most the largest sum of a column times that of a row
        gain = np.full(1, _ESTIMATED * float(onenormest(inverse) * onenormest(inverse.H)) ** 0.5)
        return cls(solved("N"), solved("H"), _known(gain, np.full(1, scale), tilted))


def _known(gain: Real, border: Real, tilted: Tilted) -> Real:
    """Return ‖M⁻¹‖ of the true M = L + s |00><<1|, infinite where the rounding of M may make it singular."""
    with np.errstate(all="ignore"):
        doubt = gain * (tilted.norm + border * tilted.drift.shape[-1] ** 0.5) * tilted.digits
        return np.where(doubt < _DOUBTFUL, gain / (1.0 - 2.0 * doubt), np.inf)


def _applied(inverse: Complex) -> Solved:
    def solve(right: Complex) -> Complex:
        points, count, size, _ = right.shape
        columns = np.swapaxes(right.reshape(points, count, size**2), -1, -2)
        return np.asarray(np.swapaxes(inverse @ columns, -1, -2).reshape(right.shape))

    return solve
