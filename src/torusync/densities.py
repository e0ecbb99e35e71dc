"""Density matrices as the measures read them, whatever solver they came from.

Phases, coherence measures and currents ask for populations, single coherences and products with the coherent
part R = ρ − diag ρ.  A thermal machine with millions of levels answers these from a thermal part plus a factor of
low rank; a matrix of the user's own answers them from its entries.  Nothing above this module needs to know which.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol, final, runtime_checkable

import numpy as np

from torusync._checks import Complex, Real, as_count, as_density_matrix, requirement
from torusync.conventions import MEMORY_LIMIT


@dataclass(frozen=True)
class CoherenceSet:
    """The coherences ρ_ij with i in ``left`` and j in ``right``; the two are equal or disjoint."""

    name: str
    left: slice
    right: slice


class Density(ABC):
    """A batch of density matrices, shape ``(..., D, D)``, known through its products.  Levels count from 0."""

    @property
    @abstractmethod
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes, ``()`` for a single state."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Number of levels D."""

    @property
    @abstractmethod
    def populations(self) -> Real:
        """Diagonal ρ_ii, shape ``(..., D)``."""

    @abstractmethod
    def coherence(self, i: int, j: int) -> Complex:
        """Return ρ_ij, shape ``(...)``."""

    @abstractmethod
    def row(self, i: int) -> Complex:
        """Return ρ_ij for all j, shape ``(..., D)``."""

    @abstractmethod
    def coherent_product(self, z: Complex) -> Complex:
        """Return (R z)_i = Σ_{j≠i} ρ_ij z_j; ``z`` of shape ``(..., D)`` broadcasts against the batch."""

    @abstractmethod
    def deviation(self, ratios: Real) -> Real:
        """Return ρ_jj − ratios_j ρ_00 of the levels j ≥ 1, shape ``(..., D−1)``, without cancellation where known."""

    @abstractmethod
    def to_array(self) -> Complex:
        """Return ρ as an array ``(..., D, D)``, or refuse where it would not fit in memory."""

    def matvec(self, z: Complex) -> Complex:
        """Return ρ z, shape ``(..., D)``."""
        return np.asarray(self.coherent_product(z) + self.populations * z, dtype=np.complex128)

    def share(self, coherences: CoherenceSet, z: Complex) -> Real:
        """Return Σ Re[z_i^* ρ_ij z_j] over the pairs i<j of a named set, shape ``(...)``."""
        masked = np.zeros(np.broadcast_shapes(z.shape, (*self.batch_shape, self.dimension)), dtype=np.complex128)
        masked[..., coherences.right] = np.broadcast_to(z, masked.shape)[..., coherences.right]
        overlap = (np.conj(z) * self.coherent_product(masked))[..., coherences.left].real.sum(axis=-1)
        return np.asarray(0.5 * overlap if coherences.left == coherences.right else overlap, dtype=np.float64)

    def level(self, name: str, value: int) -> int:
        """Check a level number."""
        value = as_count(name, value, minimum=-self.dimension)
        if value >= self.dimension:
            raise requirement(name, f"be a level between 0 and {self.dimension - 1}", f"it is {value}")
        return value % self.dimension


@final
@dataclass(frozen=True, eq=False)
class DenseDensity(Density):
    """Density matrices by their entries, ``matrix`` of shape ``(..., D, D)``."""

    matrix: Complex

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return self.matrix.shape[:-2]

    @property
    def dimension(self) -> int:
        """Number of levels D."""
        return int(self.matrix.shape[-1])

    @property
    def populations(self) -> Real:
        """Diagonal ρ_ii, shape ``(..., D)``."""
        return np.asarray(np.diagonal(self.matrix, axis1=-2, axis2=-1).real, dtype=np.float64)

    def coherence(self, i: int, j: int) -> Complex:
        """Return ρ_ij."""
        return np.asarray(self.matrix[..., self.level("i", i), self.level("j", j)])

    def row(self, i: int) -> Complex:
        """Return ρ_ij for all j."""
        return np.asarray(self.matrix[..., self.level("i", i), :])

    def coherent_product(self, z: Complex) -> Complex:
        """Return R z."""
        product = (self.matrix @ z[..., np.newaxis])[..., 0]
        return np.asarray(product - self.populations * z, dtype=np.complex128)

    def deviation(self, ratios: Real) -> Real:
        """Return ρ_jj − ratios_j ρ_00."""
        populations = self.populations
        return np.asarray(populations[..., 1:] - ratios * populations[..., :1])

    def to_array(self) -> Complex:
        """Return the matrix itself."""
        return self.matrix


@final
@dataclass(frozen=True, eq=False)
class ThermalPlusLowRank(Density):
    """A ground state beside an excited block ρ_00 diag(ratios) + F C F†, as thermal machines have it.

    The thermal part is kept apart from the rest because the currents are differences from it: at N = 10⁶ the
    subtraction ρ_jj − r ρ_00 would lose every digit.

    Parameters
    ----------
    ground : (...) population ρ_00
    ratios : (..., M) thermal part of the M = D − 1 excited levels, relative to the ground state
    factor : (..., M, r) F
    core : (..., r, r) C, Hermitian
    """

    ground: Real
    ratios: Real
    factor: Complex
    core: Complex

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return np.broadcast_shapes(
            self.ground.shape, self.ratios.shape[:-1], self.factor.shape[:-2], self.core.shape[:-2]
        )

    @property
    def dimension(self) -> int:
        """Number of levels D."""
        return int(self.factor.shape[-2]) + 1

    @property
    def excess(self) -> Real:
        """Diagonal of F C F†, shape ``(..., M)``."""
        return np.asarray(np.einsum("...mr,...mr->...m", self.factor @ self.core, self.factor.conj()).real)

    @property
    def populations(self) -> Real:
        """Diagonal ρ_ii, shape ``(..., D)``."""
        out = np.empty((*self.batch_shape, self.dimension))
        out[..., 0] = self.ground
        out[..., 1:] = self.ground[..., np.newaxis] * self.ratios + self.excess
        return out

    def coherence(self, i: int, j: int) -> Complex:
        """Return ρ_ij."""
        i, j = self.level("i", i), self.level("j", j)
        if i == j:
            return np.asarray(self.populations[..., i], dtype=np.complex128)
        if 0 in (i, j):
            return np.zeros(self.batch_shape, dtype=np.complex128)
        left = self.factor[..., i - 1, np.newaxis, :] @ self.core
        return np.asarray((left * self.factor[..., j - 1, np.newaxis, :].conj()).sum(axis=(-2, -1)))

    def row(self, i: int) -> Complex:
        """Return ρ_ij for all j."""
        i = self.level("i", i)
        out = np.zeros((*self.batch_shape, self.dimension), dtype=np.complex128)
        if i == 0:
            out[..., 0] = self.ground
            return out
        left = self.factor[..., i - 1, np.newaxis, :] @ self.core
        out[..., 1:] = (self.factor.conj() @ np.swapaxes(left, -1, -2))[..., 0]
        out[..., i] += self.ground * np.broadcast_to(self.ratios, (*self.batch_shape, self.dimension - 1))[..., i - 1]
        return out

    def coherent_product(self, z: Complex) -> Complex:
        """Return R z in O(D r)."""
        excited = z[..., 1:]
        projected = np.einsum("...mr,...m->...r", self.factor.conj(), excited)
        block = (self.factor @ (self.core @ projected[..., np.newaxis]))[..., 0] - self.excess * excited
        out = np.zeros((*block.shape[:-1], self.dimension), dtype=np.complex128)
        out[..., 1:] = block
        return out

    def deviation(self, ratios: Real) -> Real:
        """Return ρ_jj − ratios_j ρ_00: exact where ``ratios`` is the thermal part itself."""
        return np.asarray(self.ground[..., np.newaxis] * (self.ratios - ratios) + self.excess)

    def to_array(self) -> Complex:
        """Return ρ as an array, or refuse above the memory limit."""
        size = 16 * int(np.prod(self.batch_shape, dtype=np.int64)) * self.dimension**2
        if size > MEMORY_LIMIT:
            raise requirement(
                "state",
                f"fit in {MEMORY_LIMIT / 2**30:.0f} GiB to be formed as a matrix",
                f"{math.prod(self.batch_shape)} of {self.dimension} levels take {size / 2**30:.1f} GiB; "
                "use populations, coherence(i, j), density.row(i) or density.matvec(z) instead",
            )
        block = self.factor @ self.core @ np.conj(np.swapaxes(self.factor, -1, -2))
        out = np.zeros((*self.batch_shape, self.dimension, self.dimension), dtype=np.complex128)
        out[..., 1:, 1:] = 0.5 * (block + np.conj(np.swapaxes(block, -1, -2)))
        index = np.arange(self.dimension)
        out[..., index, index] = self.populations
        out[np.isnan(np.broadcast_to(self.ground, self.batch_shape))] = np.nan
        return out


@final
@dataclass(frozen=True, eq=False)
class ThermalPlusBlock(Density):
    """A ground state beside an excited block ρ_00 diag(ratios) + X, the thermal part kept apart as above.

    Parameters
    ----------
    ground : (...) population ρ_00
    ratios : (..., M) thermal part of the M = D − 1 excited levels, relative to the ground state
    block : (..., M, M) X, Hermitian
    """

    ground: Real
    ratios: Real
    block: Complex

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return np.broadcast_shapes(self.ground.shape, self.ratios.shape[:-1], self.block.shape[:-2])

    @property
    def dimension(self) -> int:
        """Number of levels D."""
        return int(self.block.shape[-1]) + 1

    @property
    def populations(self) -> Real:
        """Diagonal ρ_ii, shape ``(..., D)``."""
        out = np.empty((*self.batch_shape, self.dimension))
        out[..., 0] = self.ground
        out[..., 1:] = self.deviation(np.zeros(1))
        return out

    def coherence(self, i: int, j: int) -> Complex:
        """Return ρ_ij."""
        return np.asarray(self.row(i)[..., self.level("j", j)])

    def row(self, i: int) -> Complex:
        """Return ρ_ij for all j."""
        i = self.level("i", i)
        out = np.zeros((*self.batch_shape, self.dimension), dtype=np.complex128)
        if i > 0:
            out[..., 1:] = self.block[..., i - 1, :]
        out[..., i] = self.populations[..., i]
        return out

    def coherent_product(self, z: Complex) -> Complex:
        """Return R z."""
        excited = z[..., 1:]
        diagonal = np.diagonal(self.block, axis1=-2, axis2=-1)
        block = (self.block @ excited[..., np.newaxis])[..., 0] - diagonal * excited
        out = np.zeros((*block.shape[:-1], self.dimension), dtype=np.complex128)
        out[..., 1:] = block
        return out

    def deviation(self, ratios: Real) -> Real:
        """Return ρ_jj − ratios_j ρ_00: exact where ``ratios`` is the thermal part itself."""
        diagonal = np.diagonal(self.block, axis1=-2, axis2=-1).real
        return np.asarray(self.ground[..., np.newaxis] * (self.ratios - ratios) + diagonal)

    def to_array(self) -> Complex:
        """Return ρ as an array."""
        out = np.zeros((*self.batch_shape, self.dimension, self.dimension), dtype=np.complex128)
        out[..., 1:, 1:] = self.block
        index = np.arange(self.dimension)
        out[..., index, index] = self.populations
        out[np.isnan(np.broadcast_to(self.ground, self.batch_shape))] = np.nan
        return out


@runtime_checkable
class HasDensity(Protocol):
    """Anything that carries a density, such as a solved steady state."""

    @property
    def density(self) -> Density:
        """The state."""
        ...


def density_of(state: object) -> Density:
    """Return the density of a solved state, or check a matrix ``(..., D, D)`` (array or Qobj) and wrap it.

    Raises
    ------
    ArgumentError
        If a matrix is not a density matrix: shape, finiteness, Hermiticity, trace, positivity.
    """
    if isinstance(state, Density):
        return state
    if isinstance(state, HasDensity):
        return state.density
    return DenseDensity(as_density_matrix("state", state))
