"""What a solver may ask of a generator of time evolution, whatever model built it.

A model knows its physics and builds a generator once, with its structure in its kind: a pumped manifold, and that of an
arrow or of levels all alike, or any Lindblad equation.  No solver looks for structure in a matrix, and none knows a
model.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from torusync._batch import Batch
from torusync._checks import Complex, Real
from torusync.densities import Density


class Generator(Batch, ABC):
    """A batch of linear equations dρ/dt = L ρ for states of D levels, in units of ω_1."""

    NOT_UNIQUE: ClassVar = (
        "The steady state is not unique, or no decay that double precision can tell from none makes it so: "
        "lift the symmetry that keeps states apart, let every part of the system decay, or `evolve` it from a start"
    )
    """What to say where the state is not unique, naming what can be turned in systems of this kind."""

    TOO_SLOW: ClassVar = (
        "Fewer than six digits of the steady state are certain, because its slowest decay is too slow "
        "against its largest rates and energies: "
        "raise the slowest rate, or treat the system as not unique"
    )
    """The same where its slowest decay leaves too few digits."""

    NOT_CONVERGED: ClassVar = (
        "The residual is above rounding, because an iteration ended before its goal, or because a jump is so close to "
        "a multiple of the identity that most of it cancels: use Sparse(), raise max_steps, or take the multiple out "
        "of the jump, with what it does besides in the Hamiltonian"
    )
    """The same where the residual is too large."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Number of levels D."""

    @property
    def numbers(self) -> int:
        """Complex numbers a point that are alive at once, at most, while it is solved and read in a batch.

        By the structure that is declared, as it was measured; where nothing is declared, those of L as a matrix.
        """
        return 6 * self.dimension**4

    @property
    def workspace(self) -> int:
        """Complex numbers that are alive beside these, whatever the number of points."""
        return 0

    @abstractmethod
    def liouvillian(self) -> Complex:
        """Return L on row-major vec(ρ), shape ``(..., D², D²)``."""

    @abstractmethod
    def liouvillian_rounding(self) -> Real:
        """Return a bound of the rounding in `liouvillian` as stored, in the Frobenius norm, shape ``(...)``."""

    @abstractmethod
    def change(self, density: Density) -> Complex:
        """Return dρ/dt, shape ``(..., D, D)``, with no symmetry of ρ taken for granted."""

    @abstractmethod
    def scale(self, density: Density) -> Real:
        """Return the norm of what `change` is made of, per ‖ρ‖_F, shape ``(...)``: its rounding is relative to this."""


def left_right(left: Complex, right: Complex) -> Complex:
    """Return the superoperator ρ → left ρ right on row-major vec(ρ), shape ``(..., D², D²)``."""
    product = np.einsum("...ij,...lk->...ikjl", left, right)
    return np.asarray(product.reshape(*product.shape[:-4], left.shape[-1] ** 2, left.shape[-1] ** 2))


def both_sides(matrix: Complex) -> Complex:
    """Return the superoperator ρ → X ρ + ρ X† of a matrix X."""
    one = np.eye(matrix.shape[-1], dtype=np.complex128)
    return left_right(matrix, one) + left_right(one, dagger(matrix))


def dagger(matrix: Complex) -> Complex:
    """Return the adjoint of stacked matrices."""
    return np.asarray(np.conj(np.swapaxes(matrix, -1, -2)), dtype=np.complex128)
