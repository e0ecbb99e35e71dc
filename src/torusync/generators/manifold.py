"""The pumped excited block of a thermal machine.

The ground level |0> exchanges only quanta with the excited levels, so the M = N + 1 excited levels obey a closed
linear equation for their block B (docs/physics.md):

    dB/dt = A B + B A† + ρ_00 S,    A = −iH − G,    ρ_00 = 1 − tr B

with H an arrow matrix (the drive couples |1> to each manifold level), G the damping and S the pump.  Level
dependent occupations make G non-Hermitian when dipoles are correlated: a Redfield generator, not a Lindblad one.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Final, final

import numpy as np

from torusync._checks import Complex, Real
from torusync._limits import CAUCHY_LEVELS
from torusync._twofold import Twofold, two_sum
from torusync.conventions import EPS
from torusync.densities import DenseDensity, Density
from torusync.generators.base import Generator, both_sides, dagger

_NEAR: Final = 8.0
_COLUMNS: Final = 1024, 8192
"""Numbers a level of states of low rank, and of what they are found with, of levels apart by some dampings or more."""


@final
@dataclass(frozen=True, eq=False)
class PumpedManifold(Generator):
    """Rates and energies of a thermal machine in the frame rotating with the drive.

    Parameters
    ----------
    drive : (..., N) λ_j, complex
    splittings : (..., N) or (..., 1) ω_j up to a number common to all levels
    detuning : (...) Ω − (ω̄ − ω_1), with ω̄ the mean of the manifold levels
    n_hot : (..., N) or (..., 1) occupation of the hot bath at each manifold level
    n_cold, gamma_hot, gamma_cold : (...)
    omega_cold, omega_hot : (...)
        ω_1 and ω_2, which matter only for coherences with the ground level.
    dipoles : (..., N, N) correlation matrix P of the hot dipoles, or None where they are independent
    """

    drive: Complex
    splittings: Real
    detuning: Real
    n_hot: Real
    n_cold: Real
    gamma_hot: Real
    gamma_cold: Real
    omega_cold: Real
    omega_hot: Real
    dipoles: Real | None

    AXES: ClassVar = {
        "drive": 1, "splittings": 1, "detuning": 0, "n_hot": 1, "n_cold": 0, "gamma_hot": 0, "gamma_cold": 0,
        "omega_cold": 0, "omega_hot": 0, "dipoles": 2,
    }  # fmt: skip

    NOT_UNIQUE: ClassVar = (
        "The steady state is not unique, or double precision cannot tell that it is: levels exist that neither decay "
        "nor are driven (dark states); couple every level to a bath, or lift the symmetry with a splitting, a smaller "
        "dipole correlation or an unequal drive, or `evolve` it from a start"
    )
    TOO_SLOW: ClassVar = (
        "The slowest decay is so slow that fewer than six digits of the steady state are certain: "
        "increase the splitting or the bath couplings, or treat the system as not unique"
    )
    NOT_CONVERGED: ClassVar = (
        "The residual is above rounding, because rates span many orders of magnitude or, for LowRank(), the level "
        "spread is too wide for its rank: rescale the rates, raise max_rank, or use Cauchy()"
    )

    @property
    def manifold_levels(self) -> int:
        """Number of manifold levels N."""
        return int(self.drive.shape[-1])

    @property
    def dimension(self) -> int:
        """Number of levels D = N + 2."""
        return self.manifold_levels + 2

    @property
    def numbers(self) -> int:
        """Complex numbers a point that are alive at once; of the most levels, states are of low rank, or none."""
        if self.collective:
            return 12 * self.dimension
        if not self.damped_arrow:
            return 24 * self.dimension**2
        if self.manifold_levels <= CAUCHY_LEVELS:
            return 16 * self.dimension**2
        near = np.ptp(self.splittings, axis=-1) <= _NEAR * self.hot_damping.min(axis=-1)
        return _COLUMNS[0 if near.all() else 1] * self.dimension

    @cached_property
    def energies(self) -> Real:
        """e_j = ω_j − ω_1 − Ω, shape ``(..., N)`` or ``(..., 1)``: exactly equal where the splittings are."""
        # from the first level, because the mean of equal numbers is rounded
        apart = self.splittings - self.splittings[..., :1]
        apart = apart - apart.sum(axis=-1, keepdims=True) / apart.shape[-1]
        return np.asarray(apart - self.detuning[..., np.newaxis])

    @property
    def hot_damping(self) -> Real:
        """a_h of each level, γ_h (1 + n_j), shape ``(..., N)`` or ``(..., 1)``."""
        return np.asarray(self.gamma_hot[..., np.newaxis] * (1.0 + self.n_hot))

    @property
    def cold_damping(self) -> Real:
        """a_c = γ_c (1 + n_c), shape ``(...)``."""
        return np.asarray(self.gamma_cold * (1.0 + self.n_cold))

    @property
    def hot_ratio(self) -> Real:
        """r_h of each level, n_j/(1 + n_j) of the hot bath, shape ``(..., N)`` or ``(..., 1)``."""
        return np.asarray(self.n_hot / (1.0 + self.n_hot))

    @property
    def cold_ratio(self) -> Real:
        """r_c = n_c/(1 + n_c) of the cold bath, shape ``(...)``."""
        return np.asarray(self.n_cold / (1.0 + self.n_cold))

    @property
    def contrast(self) -> Real:
        """r_j − r_c of each level, (n_j − n_c)/((1 + n_j)(1 + n_c)), shape ``(..., N)`` or ``(..., 1)``.

        Written out, because two ratios near 1 leave no digits in their difference when both baths are hot.  A bath that
        is not coupled gives no ratio: see `occupations`.
        """
        hot, cold = self.occupations
        cold = cold[..., np.newaxis]
        return np.asarray((hot - cold) / ((1.0 + hot) * (1.0 + cold)))

    @cached_property
    def occupations(self) -> tuple[Real, Real]:
        """n_j and n_c with which the undriven machine is made, ``(..., N)`` or ``(..., 1)`` and ``(...)``.

        A level whose bath is not coupled has no thermal ratio of its own: it takes that of the levels it is driven
        with, for which nothing flows where their occupations are one.  Any number would balance the equations, but with
        the idle bath's the drive would seem to disturb a machine that is in equilibrium.
        """
        hot, cold = self.n_hot, self.n_cold
        if (idle := self.gamma_cold == 0.0).any():
            # the first level, and not a mean, which is rounded where all are equal
            cold = np.where(idle, hot[..., 0], cold)
        if (idle := self.gamma_hot == 0.0).any():
            hot = np.where(idle[..., np.newaxis], cold[..., np.newaxis], hot)
        return hot, cold

    @cached_property
    def damped_arrow(self) -> bool:
        """Whether, at every point, the dipoles are independent and everything decays: A is an arrow, and stable."""
        return self.dipoles is None and bool((self.gamma_hot > 0.0).all() and (self.gamma_cold > 0.0).all())

    @cached_property
    def collective(self) -> bool:
        """Whether every point is a damped arrow, exactly degenerate, with one occupation: the closed form holds."""
        return self.damped_arrow and _level_independent(self.splittings) and _level_independent(self.n_hot)

    def excited_matrix(self, corner: Any = 0.0, row: Any = 0.0, levels: Any = 0.0) -> Complex:
        """Return Hermitian matrices ``(..., M, M)``: of |1>, from |1> to the levels, and of each level."""
        size = self.manifold_levels + 1
        out = np.zeros((*self.batch_shape, size, size), dtype=np.complex128)
        out[..., 0, 0], out[..., 0, 1:], out[..., 1:, 0] = corner, row, np.conj(row)
        index = np.arange(1, size)
        out[..., index, index] = levels
        return out

    def hamiltonian(self) -> Complex:
        """Return H of the excited block, shape ``(..., M, M)``, level |1> at zero energy."""
        return self.excited_matrix(row=self.drive, levels=self.energies)

    def damping(self) -> Complex:
        """Return G of the excited block, shape ``(..., M, M)``."""
        out = self.excited_matrix(self.cold_damping, levels=self.hot_damping)
        if self.dipoles is not None:
            out[..., 1:, 1:] = self.dipoles * self.hot_damping[..., np.newaxis, :]
        return out

    def pump(self) -> Complex:
        """Return S of the excited block, shape ``(..., M, M)``."""
        hot = self.gamma_hot[..., np.newaxis] * self.n_hot
        out = self.excited_matrix(2.0 * self.gamma_cold * self.n_cold, levels=2.0 * hot)
        if self.dipoles is not None:
            out[..., 1:, 1:] = self.dipoles * (hot[..., :, np.newaxis] + hot[..., np.newaxis, :])
        return out

    def damping_rates(self) -> Real:
        """Return the diagonal of G of the M excited levels, (a_c, a_h, …), shape ``(..., M)``."""
        return self._row(self.cold_damping, self.hot_damping)

    def thermal_ratios(self) -> Real:
        """Return ρ_jj/ρ_00 of the undriven machine for the M excited levels, (r_c, r_h, …), shape ``(..., M)``."""
        hot, cold = self.occupations
        return self._row(np.asarray(cold / (1.0 + cold)), np.asarray(hot / (1.0 + hot)))

    def _row(self, cold: Real, hot: Real) -> Real:
        out = np.empty((*self.batch_shape, self.manifold_levels + 1))
        out[..., 0] = cold
        out[..., 1:] = hot
        return out

    def source(self) -> Complex:
        """Return −i[H, diag(thermal ratios)], shape ``(..., M, M)``: how the drive disturbs the undriven machine.

        With D = diag(thermal ratios), G D + D G† = S holds for any dipoles and occupations, so B = ρ_00 (D + X) obeys
        A X + X A† = −source.  Written out entry by entry, it is exactly zero where nothing drives the machine.
        """
        return self.excited_matrix(row=-1j * self.drive * self.contrast)

    def drift(self) -> Complex:
        """Return A = −iH − G, shape ``(..., M, M)``."""
        return np.asarray(-1j * self.hamiltonian() - self.damping())

    def remainders(self) -> tuple[Complex, Complex]:
        """Return what `drift` and `source` as stored lack of the numbers that they stand for, each ``(..., M, M)``.

        Where bath rates are 1e-10 of the drive, an energy that is rounded moves the state by more than 1e-9.
        """
        one, (hot, cold) = Twofold.of(np.ones(())), self.occupations
        corner = Twofold.of(self.gamma_cold) * (one + Twofold.of(self.n_cold))
        damping = Twofold.of(self.gamma_hot[..., np.newaxis]) * (one + Twofold.of(self.n_hot))
        lacking = damping.beyond(self.hot_damping) if self.dipoles is None else 0.0
        drift = self.excited_matrix(-corner.beyond(self.cold_damping), levels=-lacking)
        index = np.arange(1, drift.shape[-1])
        drift[..., index, index] -= 1j * self._exact_energies().beyond(self.energies)
        if self.dipoles is not None:
            row = Twofold(damping.high[..., np.newaxis, :], damping.low[..., np.newaxis, :])
            entries = Twofold.of(self.dipoles) * row
            drift[..., 1:, 1:] -= entries.beyond(self.dipoles * self.hot_damping[..., np.newaxis, :])
        first, second = Twofold.of(hot), Twofold.of(cold[..., np.newaxis])
        contrast = (first - second) / ((one + first) * (one + second))
        real, imag = (Twofold.of(part) * contrast for part in (self.drive.real, self.drive.imag))
        stored = -1j * self.drive * self.contrast
        return drift, self.excited_matrix(row=imag.beyond(stored.real) - 1j * real.beyond(-stored.imag))

    def _exact_energies(self) -> Twofold:
        apart = two_sum(self.splittings, -self.splittings[..., :1])
        total = Twofold.of(np.zeros((*self.splittings.shape[:-1], 1)))
        for level in range(self.splittings.shape[-1]):
            total += Twofold(apart.high[..., level : level + 1], apart.low[..., level : level + 1])
        mean = total / Twofold.of(np.full(total.high.shape, float(self.splittings.shape[-1])))
        return apart - mean - Twofold.of(self.detuning[..., np.newaxis])

    @property
    def level_one_energy(self) -> Real:
        """ω_1 + Ω/2, the energy of |1> above |0> in the rotating frame, shape ``(...)``.

        It matters only for coherences with the ground level, whose decay decides whether the steady state is unique.
        """
        drive = (self.omega_hot[..., np.newaxis] + self.splittings).mean(axis=-1) - self.omega_cold + self.detuning
        return np.asarray(self.omega_cold + 0.5 * drive)

    def liouvillian(self) -> Complex:
        """Return the whole generator of Eq. (8) on row-major vec(ρ), shape ``(..., D², D²)``."""
        size, batch, pump, drift = self.dimension, self.batch_shape, self.pump(), self.drift()
        energy, effective = np.zeros((2, *batch, size, size), dtype=np.complex128)
        energy[..., 1:, 1:] = self.level_one_energy[..., np.newaxis, np.newaxis] * np.eye(size - 1)
        effective[..., 1:, 1:] = drift
        effective[..., 0, 0] = -0.5 * np.trace(pump, axis1=-2, axis2=-1)
        # apart, because the energy that all excited levels share cancels among them only where it is no part of A
        total = both_sides(-1j * energy) + both_sides(effective)
        blocks = total.reshape(*batch, size, size, size, size)
        # |0><0| feeds the block with S, the block feeds |0><0| with K = −(A + A†)
        blocks[..., 1:, 1:, 0, 0] += pump
        loss = -(drift + dagger(drift))
        blocks[..., 0, 0, 1:, 1:] += np.swapaxes(loss, -1, -2)
        return blocks.reshape(*batch, size**2, size**2)

    def liouvillian_rounding(self) -> Real:
        """Return a bound of the rounding in `liouvillian` as stored, in the Frobenius norm, shape ``(...)``."""
        entries = np.linalg.norm(self.drift(), axis=(-2, -1)) + np.linalg.norm(self.pump(), axis=(-2, -1))
        # each entry of A and S takes a few operations, and stands in some 2 M rows of the whole
        return np.asarray(16.0 * EPS * np.sqrt(2.0 * self.dimension) * entries)

    def change(self, density: Density) -> Complex:
        """Return dρ/dt, shape ``(..., D, D)``."""
        drift, pump, rho = self.drift(), self.pump(), density.to_array()
        excited, out = rho[..., 1:, 1:], np.empty(rho.shape, dtype=np.complex128)
        out[..., 1:, 1:] = drift @ excited + excited @ dagger(drift) + rho[..., :1, :1] * pump
        out[..., 0, 0] = -np.trace(out[..., 1:, 1:], axis1=-2, axis2=-1)
        # coherences with the ground level, which only a matrix can hold: they turn with |1> and decay
        own = (1j * self.level_one_energy - 0.5 * np.trace(pump, axis1=-2, axis2=-1))[..., np.newaxis, np.newaxis]
        out[..., :1, 1:] = own * rho[..., :1, 1:] + rho[..., :1, 1:] @ dagger(drift)
        out[..., 1:, :1] = np.conj(own) * rho[..., 1:, :1] + drift @ rho[..., 1:, :1]
        return out

    def excited_change(self, density: Density, x: Complex) -> Complex:
        """Return (A B + B A† + ρ_00 S) x with the excited block B, for x ``(..., M)``: O(M) for an arrow."""
        ground = density.ground_population[..., np.newaxis]
        product = self._drift_product(_block_product(density, x)) + _block_product(density, self._drift_product(x, -1))
        if self.dipoles is None:
            return np.asarray(product + ground * 2.0 * self.damping_rates() * self.thermal_ratios() * x)
        return np.asarray(product + ground * (self.pump() @ x[..., np.newaxis])[..., 0])

    def _drift_product(self, x: Complex, sign: int = 1) -> Complex:
        """Return A x, or A† x where the sign of i in A = −iH − G is turned; G of independent dipoles is real."""
        if self.dipoles is not None:
            drift = self.drift()
            return np.asarray(((drift if sign == 1 else dagger(drift)) @ x[..., np.newaxis])[..., 0])
        out = -self.damping_rates() * x
        out[..., 1:] -= 1j * sign * (self.energies * x[..., 1:] + np.conj(self.drive) * x[..., :1])
        out[..., 0] -= 1j * sign * np.sum(self.drive * x[..., 1:], axis=-1)
        return out

    def scale(self, density: Density) -> Real:
        """Return the norm of what `change` is made of, shape ``(...)``: that of |1> only beside a whole matrix."""
        if self.dipoles is None:
            rates, turned = self.damping_rates(), self.energies**2 + 2.0 * np.abs(self.drive) ** 2
            drift = np.sqrt((rates**2).sum(axis=-1) + turned.sum(axis=-1))
            pump = 2.0 * np.linalg.norm(rates * self.thermal_ratios(), axis=-1)
        else:
            drift, pump = (np.linalg.norm(part, axis=(-2, -1)) for part in (self.drift(), self.pump()))
        total = 4.0 * drift + (1.0 + math.sqrt(self.manifold_levels + 1)) * pump
        return np.asarray(total + 2.0 * self.level_one_energy if isinstance(density, DenseDensity) else total)


def _block_product(density: Density, x: Complex) -> Complex:
    """Return B x for x of shape ``(..., M)``."""
    whole = np.zeros((*x.shape[:-1], x.shape[-1] + 1), dtype=np.complex128)
    whole[..., 1:] = x
    return density.matvec(whole)[..., 1:]


def _level_independent(values: Real) -> bool:
    return values.shape[-1] == 1 or bool((values == values[..., :1]).all())
