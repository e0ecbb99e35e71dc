"""An exactly degenerate machine: a thermal part, and coherences that the drives λ_j themselves spell out.

Seven numbers a machine and its λ_j give every entry, so that a map of a million points reads nothing else and a
machine of a million levels stores nothing else.
"""

from dataclasses import dataclass
from typing import ClassVar, Final, final

import numpy as np

from torusync._checks import Complex, Real
from torusync.conventions import EPS
from torusync.densities.thermal import ThermalPlus, ThermalPlusBlock

PAIRWISE: Final = 128
_PAIRED: Final = 64
"""Levels from which Λ is summed pairwise, along contiguous memory; up to 2³² terms cost less than 64 roundings."""


@final
@dataclass(frozen=True, eq=False, repr=False)
class ThermalPlusCollective(ThermalPlus):
    """A ground state beside ρ_00 diag(r_c, r_h, …) + first |1><1|, with ρ_1l = link λ_l, ρ_jl = pair λ_j^* λ_l beside.

    Parameters
    ----------
    ground : (...) population ρ_00
    cold_ratio, hot_ratio : (...) thermal part of |1> and of every manifold level, relative to the ground state
    drive : (..., N) λ_j
    first : (...) what the drive adds to ρ_11
    link, pair : (...) ρ_1l/λ_l, complex, and ρ_jl/(λ_j^* λ_l), real; |λ_j|² pair is also what the drive adds to ρ_jj
    """

    ground: Real
    cold_ratio: Real
    hot_ratio: Real
    drive: Complex
    first: Real
    link: Complex
    pair: Real

    AXES: ClassVar = {
        "ground": 0, "cold_ratio": 0, "hot_ratio": 0, "drive": 1, "first": 0, "link": 0, "pair": 0,
    }  # fmt: skip
    BLANK: ClassVar = ("ground", "first", "link", "pair")

    @property
    def dimension(self) -> int:
        """Number of levels D."""
        return int(self.drive.shape[-1]) + 2

    @property
    def relative_error(self) -> float:
        """Relative error of ``first``, ``link`` and ``pair``, and entries made of them, as `Collective` finds them.

        No step of the closed form cancels but n_c − n_h of exact numbers, so roundings (of ε/2) add up: a_c, a_h 2,
        Γ 3, Γ/(Γ² + δ²) 7, w 17, w/a 20, q 29, d = q ρ_00 90, ρ_1l and ρ_jl 108, as entries of a matrix 111, each
        beside at most three times the terms of Λ; ρ_00, whose only difference is bounded by its contrast of ratios,
        takes 60.
        """
        levels = self.dimension - 2
        return (56.0 + 2.0 * (levels if levels <= PAIRWISE else _PAIRED)) * EPS

    def row(self, i: int) -> Complex:
        """Return ρ_ij for all j."""
        i = self.level("i", i)
        out = np.zeros((self.dimension, *self.batch_shape), dtype=np.complex128)
        drive = self._drive
        if i == 0:
            out[0] = self.ground
        elif i == 1:
            out[1] = self.ground * self.cold_ratio + self.first
            np.multiply(self.link, drive, out=out[2:])
        else:
            one = drive[i - 2]
            out[1] = np.conj(self.link * one)
            np.multiply(self.pair * np.conj(one), drive, out=out[2:])
            out[i] = self.ground * self.hot_ratio + self.pair * (one.real**2 + one.imag**2)
        return np.moveaxis(out, 0, -1)

    @property
    def _drive(self) -> Complex:
        """λ_j with the level axis first: with many points and few levels, operations then run along the points."""
        drive = np.moveaxis(self.drive, -1, 0)
        missing = (np.newaxis,) * (len(self.batch_shape) - drive.ndim + 1)
        return np.ascontiguousarray(drive[(slice(None), *missing)])

    def coherent_product(self, z: Complex) -> Complex:
        """Return R z in O(D)."""
        drive, terms = self.drive, self.drive * z[..., 2:]
        # the largest term is kept apart: taken off again it would leave a rounding larger than the others
        largest = np.arange(terms.shape[-1]) == np.abs(terms).argmax(axis=-1)[..., np.newaxis]
        rest = np.where(largest, 0.0, terms).sum(axis=-1)
        field = rest + np.where(largest, terms, 0.0).sum(axis=-1)
        others = np.where(largest, rest[..., np.newaxis], field[..., np.newaxis] - terms)
        pulled = (np.conj(self.link) * z[..., 1])[..., np.newaxis] + self.pair[..., np.newaxis] * others
        block = np.conj(drive) * pulled
        out = np.zeros((*block.shape[:-1], self.dimension), dtype=np.complex128)
        out[..., 1] = self.link * field
        out[..., 2:] = block
        return out

    def deviation(self, ratios: Real) -> Real:
        """Return ρ_jj − ratios_j ρ_00: exact where ``ratios`` is the thermal part itself."""
        out = np.empty((self.dimension - 1, *self.batch_shape))
        drive = self._drive
        np.multiply(self.pair, drive.real**2 + drive.imag**2, out=out[1:])
        thermal = np.moveaxis(np.broadcast_to(ratios, (*self.batch_shape, self.dimension - 1)), -1, 0)
        out[0] = self.ground * (self.cold_ratio - thermal[0]) + self.first
        out[1:] += self.ground * (self.hot_ratio - thermal[1:])
        return np.moveaxis(out, 0, -1)

    def to_array(self) -> Complex:
        """Return ρ as an array, or refuse above the memory limit."""
        self.refuse_large_matrices()
        return self._assembled(self.as_block().block)

    def as_block(self) -> ThermalPlusBlock:
        """Return the same states with their block by entries, beside the same thermal part."""
        size = self.dimension - 1
        ratios = np.empty((*self.batch_shape, size))
        ratios[..., 0], ratios[..., 1:] = self.cold_ratio, self.hot_ratio[..., np.newaxis]
        block = np.zeros((*self.batch_shape, size, size), dtype=np.complex128)
        row = self.link[..., np.newaxis] * self.drive
        block[..., 0, 0], block[..., 0, 1:], block[..., 1:, 0] = self.first, row, np.conj(row)
        products = np.conj(self.drive)[..., :, np.newaxis] * self.drive[..., np.newaxis, :]
        block[..., 1:, 1:] = self.pair[..., np.newaxis, np.newaxis] * products
        return ThermalPlusBlock(np.broadcast_to(self.ground, self.batch_shape), ratios, block)
