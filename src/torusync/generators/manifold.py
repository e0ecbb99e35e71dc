"""The pumped excited block of a thermal machine.

The ground level |0> exchanges only quanta with the excited levels, so the M = N + 1 excited levels obey a closed
linear equation for their block B (physics reference, section 6):

    dB/dt = A B + B A† + ρ_00 S,    A = −iH − G,    ρ_00 = 1 − tr B

with H an arrow matrix (the drive couples |1> to each manifold level), G the damping and S the pump.  Level
dependent occupations make G non-Hermitian when dipoles are correlated: a Redfield generator, not a Lindblad one.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from torusync._checks import Complex, Real, common_shape
from torusync._frozen import Frozen
from torusync._twofold import Twofold, two_sum
from torusync.generators.lindblad import commutator_superoperator, left_right


@final
@dataclass(frozen=True, eq=False)
class PumpedManifold(Frozen):
    """Rates and energies of a thermal machine in the frame rotating with the drive.

    Parameters
    ----------
    drive : (..., N) λ_j, complex
    splittings : (..., N) or (..., 1) ω_j up to a number common to all levels
    detuning : (...) Ω − (ω̄ − ω_1), with ω̄ the mean of the manifold levels
    n_hot : (..., N) or (..., 1) occupation of the hot bath at each manifold level
    n_cold, gamma_hot, gamma_cold : (...)
    dipoles : (..., N, N) correlation matrix P of the hot dipoles, or None where they are independent
    """

    drive: Complex
    splittings: Real
    detuning: Real
    n_hot: Real
    n_cold: Real
    gamma_hot: Real
    gamma_cold: Real
    dipoles: Real | None

    @property
    def levels(self) -> int:
        """Number of manifold levels N."""
        return int(self.drive.shape[-1])

    @cached_property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        parts = (self.drive, self.splittings, self.n_hot)
        dipoles = () if self.dipoles is None else self.dipoles.shape[:-2]
        rates = (self.detuning.shape, self.n_cold.shape, self.gamma_hot.shape, self.gamma_cold.shape, dipoles)
        return common_shape(*(part.shape[:-1] for part in parts), *rates)

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

    def hamiltonian(self) -> Complex:
        """Return H of the excited block, shape ``(..., M, M)``, level |1> at zero energy."""
        size = self.levels + 1
        out = np.zeros((*self.batch_shape, size, size), dtype=np.complex128)
        out[..., 0, 1:] = self.drive
        out[..., 1:, 0] = np.conj(self.drive)
        index = np.arange(1, size)
        out[..., index, index] = self.energies
        return out

    def damping(self) -> Complex:
        """Return G of the excited block, shape ``(..., M, M)``."""
        size = self.levels + 1
        out = np.zeros((*self.batch_shape, size, size), dtype=np.complex128)
        out[..., 0, 0] = self.cold_damping
        if self.dipoles is None:
            index = np.arange(1, size)
            out[..., index, index] = self.hot_damping
        else:
            out[..., 1:, 1:] = self.dipoles * self.hot_damping[..., np.newaxis, :]
        return out

    def pump(self) -> Complex:
        """Return S of the excited block, shape ``(..., M, M)``."""
        size = self.levels + 1
        out = np.zeros((*self.batch_shape, size, size), dtype=np.complex128)
        out[..., 0, 0] = 2.0 * self.gamma_cold * self.n_cold
        hot = self.gamma_hot[..., np.newaxis] * self.n_hot
        if self.dipoles is None:
            index = np.arange(1, size)
            out[..., index, index] = 2.0 * hot
        else:
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
        out = np.empty((*self.batch_shape, self.levels + 1))
        out[..., 0] = cold
        out[..., 1:] = hot
        return out

    def source(self) -> Complex:
        """Return −i[H, diag(thermal ratios)], shape ``(..., M, M)``: how the drive disturbs the undriven machine.

        With D = diag(thermal ratios), G D + D G† = S holds for any dipoles and occupations, so B = ρ_00 (D + X) obeys
        A X + X A† = −source.  Written out entry by entry, it is exactly zero where nothing drives the machine.
        """
        size = self.levels + 1
        out = np.zeros((*self.batch_shape, size, size), dtype=np.complex128)
        out[..., 0, 1:] = -1j * self.drive * self.contrast
        out[..., 1:, 0] = np.conj(out[..., 0, 1:])
        return out

    def drift(self) -> Complex:
        """Return A = −iH − G, shape ``(..., M, M)``."""
        return np.asarray(-1j * self.hamiltonian() - self.damping())

    def remainders(self) -> tuple[Complex, Complex]:
        """Return what `drift` and `source` as stored lack of the numbers that they stand for, each ``(..., M, M)``.

        Where bath rates are 1e-10 of the drive, an energy that is rounded moves the state by more than 1e-9.
        """
        size, one = self.levels + 1, Twofold.of(np.ones(()))
        (hot, cold), n_hot = self.occupations, Twofold.of(self.n_hot)
        drift, source = np.zeros((2, *self.batch_shape, size, size), dtype=np.complex128)
        energies, index = self._exact_energies(), np.arange(1, size)
        drift[..., index, index] = -1j * energies.beyond(self.energies)
        corner = Twofold.of(self.gamma_cold) * (one + Twofold.of(self.n_cold))
        drift[..., 0, 0] = -corner.beyond(self.cold_damping)
        damping = Twofold.of(self.gamma_hot[..., np.newaxis]) * (one + n_hot)
        if self.dipoles is None:
            drift[..., index, index] -= damping.beyond(self.hot_damping)
        else:
            row = Twofold(damping.high[..., np.newaxis, :], damping.low[..., np.newaxis, :])
            entries = Twofold.of(self.dipoles) * row
            drift[..., 1:, 1:] -= entries.beyond(self.dipoles * self.hot_damping[..., np.newaxis, :])
        first, second = Twofold.of(hot), Twofold.of(cold[..., np.newaxis])
        contrast = (first - second) / ((one + first) * (one + second))
        real, imag = (Twofold.of(part) * contrast for part in (self.drive.real, self.drive.imag))
        stored = -1j * self.drive * self.contrast
        source[..., 0, 1:] = imag.beyond(stored.real) - 1j * real.beyond(-stored.imag)
        source[..., 1:, 0] = np.conj(source[..., 0, 1:])
        return drift, source

    def _exact_energies(self) -> Twofold:
        apart = two_sum(self.splittings, -self.splittings[..., :1])
        total = Twofold.of(np.zeros((*self.splittings.shape[:-1], 1)))
        for level in range(self.splittings.shape[-1]):
            total += Twofold(apart.high[..., level : level + 1], apart.low[..., level : level + 1])
        mean = total / Twofold.of(np.full(total.high.shape, float(self.splittings.shape[-1])))
        return apart - mean - Twofold.of(self.detuning[..., np.newaxis])

    def liouvillian(self, level_one_energy: Real) -> Complex:
        """Return the whole generator on row-major vec(ρ), shape ``(..., D², D²)``.

        ``level_one_energy`` is ω_1 + Ω/2, the energy of |1> above |0> in the rotating frame: it matters only for
        coherences with the ground level, whose decay decides whether the steady state is unique.
        """
        size = self.levels + 2
        batch = np.broadcast_shapes(self.batch_shape, level_one_energy.shape)
        pump, drift = self.pump(), self.drift()
        energy = np.zeros((*batch, size, size), dtype=np.complex128)
        energy[..., 1:, 1:] = level_one_energy[..., np.newaxis, np.newaxis] * np.eye(size - 1)
        effective = np.zeros((*batch, size, size), dtype=np.complex128)
        effective[..., 1:, 1:] = drift
        effective[..., 0, 0] = -0.5 * np.trace(pump, axis1=-2, axis2=-1)
        total = commutator_superoperator(energy) + left_right(effective, None)
        total = total + left_right(None, np.conj(np.swapaxes(effective, -1, -2)))
        blocks = total.reshape(*batch, size, size, size, size)
        # |0><0| feeds the block with S, the block feeds |0><0| with K = −(A + A†)
        blocks[..., 1:, 1:, 0, 0] += pump
        loss = -(drift + np.conj(np.swapaxes(drift, -1, -2)))
        blocks[..., 0, 0, 1:, 1:] += np.swapaxes(loss, -1, -2)
        return blocks.reshape(*batch, size**2, size**2)


def _level_independent(values: Real) -> bool:
    return values.shape[-1] == 1 or bool((values == values[..., :1]).all())


def points_last(values: Any, batch: tuple[int, ...]) -> Any:
    """Return values ``(..., n)`` of a batch as ``(n, points)``: a view where they belong to every point or to one."""
    length = values.shape[-1]
    if values.shape[:-1] == batch:
        return values.reshape(-1, length).T if batch else values[:, np.newaxis]
    if values.ndim == 1:
        return np.broadcast_to(values, (math.prod(batch), length)).T
    return np.broadcast_to(values, (*batch, length)).reshape(-1, length).T
