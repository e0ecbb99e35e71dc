"""Thermal machines: a thermal part plus what the drive adds, with levels apart a factor of low rank, or a block.

The thermal part is kept apart from the rest because the currents are differences from it: at N = 10⁶ the
subtraction ρ_jj − r ρ_00 would lose every digit.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from torusync._checks import Complex, Real
from torusync._rows import in_blocks
from torusync.densities.base import Density, off_diagonal


class ThermalPlus(Density):
    """What all have in common: ρ_00, and the excited block apart from it."""

    ground: Real

    @property
    def ground_population(self) -> Real:
        """ρ_00, shape ``(...)``."""
        return self.ground

    @property
    def populations(self) -> Real:
        """Diagonal ρ_ii, shape ``(..., D)``."""
        out = np.empty((*self.batch_shape, self.dimension))
        out[..., 0] = self.ground
        out[..., 1:] = self.deviation(np.zeros(1))
        return out

    def _assembled(self, beside: Complex) -> Complex:
        """Return ρ from the excited block without its thermal part; nan where there is no state."""
        out = np.zeros((*self.batch_shape, self.dimension, self.dimension), dtype=np.complex128)
        out[..., 1:, 1:] = beside
        index = np.arange(self.dimension)
        out[..., index, index] = self.populations
        out[np.isnan(np.broadcast_to(self.ground, self.batch_shape))] = np.nan
        return out

    def _padded(self, block: Complex) -> Complex:
        """Return products with the excited block beside a 0 for the ground level."""
        out = np.zeros((*block.shape[:-1], self.dimension), dtype=np.complex128)
        out[..., 1:] = block
        return out


class _RatiosPlus(ThermalPlus):
    """The same with a thermal ratio for each level, and what is beside them on the diagonal."""

    ratios: Real

    @property
    @abstractmethod
    def excess(self) -> Real:
        """Diagonal of what is beside the thermal part, shape ``(..., M)``."""

    def deviation(self, ratios: Real) -> Real:
        """Return ρ_jj − ratios_j ρ_00: exact where ``ratios`` is the thermal part itself."""
        return np.asarray(self.ground[..., np.newaxis] * (self.ratios - ratios) + self.excess)

    @abstractmethod
    def _beside(self, j: int) -> Complex:
        """Return row ``j`` of what is beside the thermal part, shape ``(..., M)``."""

    def row(self, i: int) -> Complex:
        """Return ρ_ij for all j."""
        i = self.level("i", i)
        out = np.zeros((*self.batch_shape, self.dimension), dtype=np.complex128)
        if i == 0:
            out[..., 0] = self.ground
        else:
            out[..., 1:] = self._beside(i - 1)
            out[..., i] += self.ground * np.broadcast_to(self.ratios, out[..., 1:].shape)[..., i - 1]
        return out


@final
@dataclass(frozen=True, eq=False, repr=False)
class ThermalPlusLowRank(_RatiosPlus):
    """A ground state beside an excited block ρ_00 diag(ratios) + F C F†, as thermal machines have it.

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

    AXES: ClassVar = {"ground": 0, "ratios": 1, "factor": 2, "core": 2}
    BLANK: ClassVar = ("ground", "core")

    @property
    def dimension(self) -> int:
        """Number of levels D."""
        return int(self.factor.shape[-2]) + 1

    @property
    def excess(self) -> Real:
        """Diagonal of F C F†, shape ``(..., M)``."""
        out = np.empty(self.factor.shape[:-1])

        def fill(rows: slice) -> None:
            part = self.factor[..., rows, :]
            out[..., rows] = np.einsum("...mr,...mr->...m", part @ self.core, part.conj()).real

        # as a whole, a million rows would be a second factor
        in_blocks(self.factor.shape[-2], fill)
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

    def _beside(self, j: int) -> Complex:
        left = self.factor[..., j, np.newaxis, :] @ self.core
        return np.asarray((self.factor.conj() @ np.swapaxes(left, -1, -2))[..., 0])

    def coherent_product(self, z: Complex) -> Complex:
        """Return R z in O(D r)."""
        excited = z[..., 1:]
        conjugate, left = self.factor.conj(), self.factor @ self.core
        # the level that weighs most is kept apart: its own part, taken off again, would leave a rounding larger than
        # that of the others
        weight = np.abs(excited) * np.linalg.norm(self.factor, axis=-1)
        most = weight.argmax(axis=-1)[..., np.newaxis]
        here = np.arange(weight.shape[-1]) == most
        others = np.einsum("...mr,...m->...r", conjugate, np.where(here, 0.0, excited))
        own = np.einsum("...mr,...m->...r", conjugate, np.where(here, excited, 0.0))
        diagonal = np.einsum("...mr,...mr->...m", left, conjugate).real
        block = (left @ (others + own)[..., np.newaxis])[..., 0] - diagonal * excited
        return self._padded(np.where(here, (left @ others[..., np.newaxis])[..., 0], block))

    def to_array(self) -> Complex:
        """Return ρ as an array, or refuse above the memory limit."""
        self.refuse_large_matrices()
        block = self.factor @ self.core @ np.conj(np.swapaxes(self.factor, -1, -2))
        return self._assembled(0.5 * (block + np.conj(np.swapaxes(block, -1, -2))))


@final
@dataclass(frozen=True, eq=False, repr=False)
class ThermalPlusBlock(_RatiosPlus):
    """A ground state beside an excited block ρ_00 diag(ratios) + X.

    Parameters
    ----------
    ground : (...) population ρ_00
    ratios : (..., M) thermal part of the M = D − 1 excited levels, relative to the ground state
    block : (..., M, M) X, Hermitian
    """

    ground: Real
    ratios: Real
    block: Complex

    AXES: ClassVar = {"ground": 0, "ratios": 1, "block": 2}
    BLANK: ClassVar = ("ground", "block")

    @property
    def dimension(self) -> int:
        """Number of levels D."""
        return int(self.block.shape[-1]) + 1

    @property
    def excess(self) -> Real:
        """Diagonal of X, shape ``(..., M)``."""
        return np.asarray(np.diagonal(self.block, axis1=-2, axis2=-1).real)

    def _beside(self, j: int) -> Complex:
        return np.asarray(self.block[..., j, :])

    def coherent_product(self, z: Complex) -> Complex:
        """Return R z."""
        excited = z[..., 1:]
        return self._padded((off_diagonal(self.block) @ excited[..., np.newaxis])[..., 0])

    def to_array(self) -> Complex:
        """Return ρ as an array."""
        return self._assembled(self.block)
