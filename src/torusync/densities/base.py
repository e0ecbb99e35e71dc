"""What the measures may ask of a density matrix, whatever solver it came from.

Phases, coherence measures and currents ask for populations, single coherences and products with the coherent
part R = ρ − diag ρ.  Nothing above this package needs to know how a state is stored.
"""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, ClassVar, Protocol, Self, cast, runtime_checkable

import numpy as np

from torusync._batch import Batch
from torusync._checks import Boolean, Complex, Real, as_count, requirement
from torusync._limits import MEMORY_LIMIT
from torusync.densities.sets import CoherenceSet


def off_diagonal(matrix: Complex) -> Complex:
    """Return matrices ``(..., D, D)`` with zeros on the diagonal.

    To subtract the diagonal from what was computed with it would leave its rounding beside small coherences.
    """
    out = matrix.copy()
    index = np.arange(matrix.shape[-1])
    out[..., index, index] = 0.0
    return out


class Density(Batch, ABC):
    """A batch of density matrices, shape ``(..., D, D)``, known through its products.  Levels count from 0."""

    BLANK: ClassVar[tuple[str, ...]]
    """Fields that are nan where there is no state."""

    def erased(self, failed: Boolean) -> Self:
        """Return the batch with nan where ``failed``."""
        arrays = self.arrays()
        for name in self.BLANK:
            where = failed.reshape(failed.shape + (1,) * self.AXES[name])
            arrays[name] = np.where(where, np.nan, arrays[name])
        return cast("Self", replace(cast("Any", self), **arrays))

    def __repr__(self) -> str:
        told = [*([f"batch {self.batch_shape}"] if self.batch_shape else []), *self._in_words()]
        return f"<{type(self).__name__}: {', '.join([f'D = {self.dimension}', *told])}>"

    def _in_words(self) -> list[str]:
        """Return what else the line says that it shows itself by: all of a density is numbers."""
        return []

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Number of levels D."""

    @property
    @abstractmethod
    def populations(self) -> Real:
        """Diagonal ρ_ii, shape ``(..., D)``."""

    @property
    @abstractmethod
    def ground_population(self) -> Real:
        """ρ_00, shape ``(...)``."""

    def coherence(self, i: int, j: int) -> Complex:
        """Return ρ_ij, shape ``(...)``."""
        return np.asarray(self.row(i)[..., self.level("j", j)])

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
        """Return Σ Re[z_i^* ρ_ij z_j] over the pairs of a named set, each once, shape ``(...)``."""
        shares = [self._share(left, right, z) for left, right in coherences.blocks]
        return shares[0] if len(shares) == 1 else np.asarray(sum(shares, np.zeros(())))

    def _share(self, left: slice, right: slice, z: Complex) -> Real:
        masked = np.zeros(np.broadcast_shapes(z.shape, (*self.batch_shape, self.dimension)), dtype=np.complex128)
        masked[..., right] = np.broadcast_to(z, masked.shape)[..., right]
        overlap = (np.conj(z) * self.coherent_product(masked))[..., left].real.sum(axis=-1)
        return np.asarray(0.5 * overlap if left == right else overlap, dtype=np.float64)

    def level(self, name: str, value: int) -> int:
        """Check a level number."""
        value = as_count(name, value, minimum=-self.dimension)
        if value >= self.dimension:
            raise requirement(name, f"be a level between 0 and {self.dimension - 1}", f"it is {value}")
        return value % self.dimension

    def refuse_large_matrices(self) -> None:
        """Refuse to form ρ where it would not fit in memory."""
        size = 16 * self.points * self.dimension**2
        if size > MEMORY_LIMIT:
            raise requirement(
                "state",
                f"fit in {MEMORY_LIMIT / 2**30:.0f} GiB to be formed as a matrix",
                f"{self.points} of {self.dimension} levels take {size / 2**30:.1f} GiB; "
                "use populations, coherence(i, j), density.row(i) or density.matvec(z) instead",
            )


@runtime_checkable
class HasDensity(Protocol):
    """Anything that carries a density, such as a solved steady state."""

    @property
    def density(self) -> Density:
        """The state."""
        ...
