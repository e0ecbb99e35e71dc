"""Exact degeneracy in closed form, for any N, complex λ_j and any detuning.

The dissipator does not change under unitaries of the manifold.  Rotating to the bright state
|J> = Σ λ_j^* |j>/sqrt(Λ) leaves a three-level machine and N − 1 dark states at their thermal occupation (physics
reference, section 3; Eqs. (9) and (10) of the letter are its resonant, homogeneous case).
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from torusync._checks import Complex, Real, requirement
from torusync.conventions import divide
from torusync.densities import ThermalPlusLowRank
from torusync.generators import PumpedManifold
from torusync.models import ThermalMaser
from torusync.steady.solution import Answer, System


@final
@dataclass(frozen=True)
class Collective:
    """Closed form at exact degeneracy: one occupation n_h, independent dipoles, all ω_j equal."""

    def solve(self, system: System) -> Answer:
        """Return the closed form with its residual and spectrum, computed, in O(N) a point."""
        block = system.manifold() if isinstance(system, ThermalMaser) else None
        if block is None or not block.collective:
            raise requirement(
                "solver",
                "fit the system",
                "Collective() needs a ThermalMaser with equal level energies, equal occupations, independent dipoles "
                "and positive bath couplings; use Auto()",
            )
        modulus = np.abs(block.drive)
        # scaled, so that couplings near the smallest floats keep their direction
        largest = modulus.max(axis=-1)
        safe = np.where(largest > 0.0, largest, 1.0)
        norm = np.sqrt(np.sum((modulus / safe[..., np.newaxis]) ** 2, axis=-1))
        bright = divide(np.conj(block.drive), safe[..., np.newaxis]) / np.where(norm > 0.0, norm, 1.0)[..., np.newaxis]
        bright_coupling = largest * norm
        ground, core = _three_levels(block, bright_coupling)
        a_h, a_c = block.hot_damping[..., 0], block.cold_damping
        batch = block.batch_shape
        factor = np.zeros((*bright.shape[:-1], block.levels + 1, 2), dtype=np.complex128)
        factor[..., 0, 0] = 1.0
        factor[..., 1:, 1] = bright
        density = ThermalPlusLowRank(np.broadcast_to(ground, batch), block.thermal_ratios(), factor, core)
        damping = np.sqrt(a_c**2 + block.levels * a_h**2)
        return Answer(
            density=density,
            residual=_residual(block, density),
            scale=np.broadcast_to(damping + bright_coupling + np.abs(block.energies[..., 0]), batch),
            min_eigenvalue=_smallest_eigenvalue(block, density),
            nullity=np.ones(batch, dtype=np.int64),
            # every decay of the excited block is at least min(a_h, a_c), and the ground level refills it faster
            conditioning=np.broadcast_to((a_h + a_c) / np.minimum(a_h, a_c), batch),
        )


def _three_levels(block: PumpedManifold, bright_coupling: Real) -> tuple[Real, Complex]:
    """Return ρ_00 and the 2 × 2 correction to the thermal block on |1>, |J>."""
    a_h, a_c, delta = block.hot_damping[..., 0], block.cold_damping, block.energies[..., 0]
    r_h, r_c = block.hot_ratio[..., 0], block.cold_ratio
    gamma = a_h + a_c
    rate = bright_coupling**2 * gamma / (gamma**2 + delta**2)
    q = -block.contrast[..., 0] / (1.0 + rate * (1.0 / a_c + 1.0 / a_h))
    ground = 1.0 / (1.0 + r_c + block.levels * r_h + rate * q * (1.0 / a_h - 1.0 / a_c))
    d = q * ground
    core = np.empty((*np.broadcast_shapes(d.shape, block.batch_shape), 2, 2), dtype=np.complex128)
    core[..., 0, 0] = -rate * d / a_c
    core[..., 1, 1] = rate * d / a_h
    core[..., 0, 1] = 1j * bright_coupling * d / (gamma - 1j * delta)
    core[..., 1, 0] = np.conj(core[..., 0, 1])
    return ground, core


def _residual(block: PumpedManifold, density: ThermalPlusLowRank) -> Real:
    """Return ‖A B + B A† + ρ_00 S‖_F and the ground level's balance, from the state as stored.

    With F = [f e_1, J] everything lies in a diagonal, the row of |1>, and v J† + J v† on the manifold.  The last is
    split along J: its norm squared would lose half the digits.
    """
    drive, bright = block.drive, density.factor[..., 1:, 1]
    a_h, a_c, delta = block.hot_damping[..., 0], block.cold_damping, block.energies[..., 0]
    thermal = density.ground[..., np.newaxis] * density.ratios
    first = density.factor[..., 0, 0].real
    c11, c1j, cjj = (
        density.core[..., 0, 0].real * first**2,
        density.core[..., 0, 1] * first,
        density.core[..., 1, 1].real,
    )
    hot_pump = 2.0 * block.gamma_hot * block.n_hot[..., 0] * density.ground
    cold_pump = 2.0 * block.gamma_cold * block.n_cold * density.ground
    diagonal = hot_pump - 2.0 * a_h * thermal[..., 1]
    along = np.sum(drive * bright, axis=-1)
    corner = cold_pump - 2.0 * a_c * (thermal[..., 0] + c11) + 2.0 * np.imag(along * np.conj(c1j))
    row = (
        -1j * drive * (thermal[..., 1] - thermal[..., 0] - c11)[..., np.newaxis]
        + np.conj(bright) * (c1j * (1j * delta - a_h - a_c) - 1j * along * cjj)[..., np.newaxis]
    )
    v = bright * ((-1j * delta - a_h) * cjj)[..., np.newaxis] - 1j * np.conj(drive) * c1j[..., np.newaxis]
    weight = np.sum(np.abs(bright) ** 2, axis=-1)
    a = np.sum(np.conj(bright) * v, axis=-1) / np.where(weight > 0.0, weight, 1.0)
    rest = np.sum(np.abs(v - a[..., np.newaxis] * bright) ** 2, axis=-1)
    inside = np.sqrt((2.0 * a.real * weight) ** 2 + 2.0 * rest * weight)
    balance = (
        2.0 * a_c * (thermal[..., 0] + c11)
        + 2.0 * a_h * (block.levels * thermal[..., 1] + cjj * weight)
        - block.levels * hot_pump
        - cold_pump
    )
    squares = corner**2 + balance**2 + 2.0 * np.sum(np.abs(row) ** 2, axis=-1)
    return np.asarray(np.sqrt(squares) + inside + np.sqrt(block.levels) * np.abs(diagonal))


def _smallest_eigenvalue(block: PumpedManifold, density: ThermalPlusLowRank) -> Real:
    """Return the smallest of ρ_00, the dark population, and the 2 × 2 block of |1> and |J>."""
    thermal = density.ground[..., np.newaxis] * density.ratios[..., :2]
    p = thermal[..., 0] + density.core[..., 0, 0].real
    r = thermal[..., 1] + density.core[..., 1, 1].real
    larger = 0.5 * (p + r) + np.hypot(0.5 * (p - r), np.abs(density.core[..., 0, 1]))
    determinant = p * r - np.abs(density.core[..., 0, 1]) ** 2
    pair = np.where(larger > 0.0, determinant / np.where(larger > 0.0, larger, 1.0), 0.0)
    smallest = np.minimum(density.ground, pair)
    return np.asarray(np.minimum(smallest, thermal[..., 1]) if block.levels > 1 else smallest)
