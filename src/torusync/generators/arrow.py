"""The drift A of a machine with independent dipoles: an arrow, solved and multiplied in time linear in its levels.

|1> is coupled to every level of the manifold and these to nothing else, so A has a row, a column and a diagonal.  What
a solve may cost in rounding is bounded by its own operations, because a residual that was multiplied out would cost as
much as the solve.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Final, final

import numpy as np

from torusync._batch import Batch
from torusync._checks import Complex, Real
from torusync._lapack import rates
from torusync._rows import in_blocks, tall_qr
from torusync.conventions import EPS, divide
from torusync.generators.manifold import PumpedManifold

PAIRWISE: Final = 32.0 * EPS
"""Relative rounding of sums over the levels, which NumPy adds pairwise along contiguous memory (up to 2³² terms), and
of the entries of A and of the source."""


@final
@dataclass(frozen=True, eq=False)
class Arrow(Batch):
    """The drift A of a batch: −a_c and −(a_j + i e_j) on its diagonal, −iλ in the row and −iλ* in the column of |1>.

    Products and solutions are those of flat batches.  Vectors have shape ``(points, k, M)``, levels last, so that every
    operation runs along contiguous memory.

    Parameters
    ----------
    drive : (..., N) λ_j
    contrast, energies : (..., N) or (..., 1) r_j − r_c and e_j
    damping, ratios : (..., M) a_c, a_j and r_c, r_j
    """

    drive: Complex
    contrast: Real
    energies: Real
    damping: Real
    ratios: Real

    AXES: ClassVar = {"drive": 1, "contrast": 1, "energies": 1, "damping": 1, "ratios": 1}

    @classmethod
    def of(cls, block: PumpedManifold) -> "Arrow":
        """Read machines with independent dipoles, each number in the shape that it comes in."""
        return cls(block.drive, block.contrast, block.energies, block.damping_rates(), block.thermal_ratios())

    @property
    def corner(self) -> Real:
        """a_c, shape ``(...)``."""
        return np.asarray(self.damping[..., 0])

    @cached_property
    def diagonal(self) -> Complex:
        """a_j + i e_j, shape ``(..., N)``."""
        return np.asarray(self.damping[..., 1:] + 1j * self.energies)

    @cached_property
    def squares(self) -> Real:
        """``|λ_j|²``, shape ``(points, N)``."""
        return np.asarray(self.drive.real**2 + self.drive.imag**2)

    @cached_property
    def strength(self) -> Real:
        """sqrt(Σ|λ_j|²), shape ``(points)``."""
        return np.asarray(np.sqrt(self.squares.sum(axis=-1)))

    def shifted_solve(self, shift: Complex, w: Complex) -> tuple[Complex, Real]:
        """Return z ≈ (A + s)⁻¹ w, one shift a point, and bounds of ``|λ_j/(s − a_j)|`` in the 2-norm, ``(points)``."""
        inverse = 1.0 / (shift[:, np.newaxis] - self.diagonal)
        scaled = w[..., 1:] * inverse[:, np.newaxis]
        pivot = shift - self.corner + np.sum(self.squares * inverse, axis=-1)
        out = np.empty_like(w)
        # added up pairwise: a dot product may gather a rounding a level
        pulled = (self.drive[:, np.newaxis] * scaled).sum(axis=-1)
        out[..., 0] = (w[..., 0] + 1j * pulled) / pivot[:, np.newaxis]
        turned = np.conj(self.drive) * inverse
        out[..., 1:] = scaled + (1j * turned)[:, np.newaxis] * out[..., :1]
        return out, np.sqrt((turned.real**2 + turned.imag**2).sum(axis=-1))

    def missed(self, shift: Complex, turned: Real, first: Real, *, found: Real, before: Real) -> Real:
        """Return bounds of ‖(A + s) z − w‖ of what `shifted_solve` found, by its roundings, ``(..., points, k)``.

        Below |1> every term is a product of numbers as stored.  In the row of |1> they are added up, over the pivot
        s − a_c + Σ |λ_j|²/(s − a_j).  ``first`` is ``|z_0|``, ``found`` and ``before`` are ‖z‖ and ‖w‖.
        """
        strength, size = self.strength[:, np.newaxis], np.abs(shift)[..., np.newaxis]
        turned = turned[..., np.newaxis]
        below = before + strength * first + size * found
        summed = before + strength * (found + 2.0 * turned * first) + (size + self.corner[:, np.newaxis]) * first
        return np.asarray(PAIRWISE * (below + summed))

    def source(self) -> tuple[Complex, Real]:
        """Return V ``(points, 2, M)`` and σ ``(points)`` with −i[H, D] = σ V T V†, T the exchange of its two vectors.

        V has unit vectors, so that nothing underflows for drives of 1e-200.
        """
        drag = 1j * np.conj(self.drive) * self.contrast
        largest = np.abs(drag).max(axis=-1, initial=0.0)
        scaled = divide(drag, np.where(largest > 0.0, largest, 1.0)[:, np.newaxis])
        length = np.sqrt(np.sum(np.abs(scaled) ** 2, axis=-1))
        out = np.zeros((len(drag), 2, drag.shape[-1] + 1), dtype=np.complex128)
        out[:, 0, 0] = 1.0
        out[:, 1, 1:] = scaled / np.where(length > 0.0, length, 1.0)[:, np.newaxis]
        return out, largest * length

    def ritz(self, columns: Complex) -> Complex:
        """Return the eigenvalues of A projected on the span of columns ``(points, s, M)``."""
        size = columns.shape[-1]
        basis, _ = tall_qr(size, lambda block: np.swapaxes(columns[..., block], -1, -2))

        def project(block: slice) -> tuple[Complex, Complex, Complex]:
            q = basis.rows(block)
            first, q = q[:, 0], q[:, int(block.start == 0) :]  # the row of |1> comes apart
            levels = slice(max(block.start - 1, 0), block.stop - 1)
            gram = np.conj(np.swapaxes(q, -1, -2)) @ (self.diagonal[:, levels, np.newaxis] * q)
            return gram, (self.drive[:, np.newaxis, levels] @ q)[:, 0], first

        grams, pulls, firsts = zip(*in_blocks(size, project), strict=True)
        first, pull = firsts[0], sum(pulls)
        crossed = np.conj(first)[:, :, np.newaxis] * pull[:, np.newaxis]
        crossed = crossed + np.conj(pull)[:, :, np.newaxis] * first[:, np.newaxis]
        corner = self.corner[:, np.newaxis, np.newaxis] * np.conj(first)[:, :, np.newaxis] * first[:, np.newaxis]
        return rates(-sum(grams) - corner - 1j * crossed)
