"""A density matrix by its entries: the user's own, and what the general solvers return."""

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from torusync._checks import Complex, Real, as_density_matrix
from torusync.densities.base import Density, off_diagonal


@final
@dataclass(frozen=True, eq=False)
class DenseDensity(Density):
    """Density matrices by their entries, ``matrix`` of shape ``(..., D, D)``."""

    matrix: Complex

    AXES: ClassVar = {"matrix": 2}
    BLANK: ClassVar = ("matrix",)

    @property
    def dimension(self) -> int:
        """Number of levels D."""
        return int(self.matrix.shape[-1])

    @property
    def populations(self) -> Real:
        """Diagonal ρ_ii, shape ``(..., D)``."""
        return np.asarray(np.diagonal(self.matrix, axis1=-2, axis2=-1).real, dtype=np.float64)

    @property
    def ground_population(self) -> Real:
        """ρ_00, shape ``(...)``."""
        return np.asarray(self.matrix[..., 0, 0].real)

    def row(self, i: int) -> Complex:
        """Return ρ_ij for all j."""
        return np.asarray(self.matrix[..., self.level("i", i), :])

    def coherent_product(self, z: Complex) -> Complex:
        """Return R z."""
        return np.asarray((off_diagonal(self.matrix) @ z[..., np.newaxis])[..., 0], dtype=np.complex128)

    def deviation(self, ratios: Real) -> Real:
        """Return ρ_jj − ratios_j ρ_00."""
        populations = self.populations
        return np.asarray(populations[..., 1:] - ratios * populations[..., :1])

    def to_array(self) -> Complex:
        """Return the matrix itself."""
        return self.matrix


def density_of(state: object) -> Density:
    """Return the density of a solved state, or check a matrix ``(..., D, D)`` (array or Qobj) and wrap it.

    Raises
    ------
    ArgumentError
        If a matrix is not a density matrix: shape, finiteness, Hermiticity, trace, positivity.
    """
    if isinstance(state, Density):
        return state
    density = getattr(state, "density", None)
    return density if isinstance(density, Density) else DenseDensity(as_density_matrix("state", state))
