"""Exact degeneracy in closed form, for any N, complex λ_j and any detuning.

The dissipator does not change under unitaries of the manifold.  Rotating to the bright state
|J> = Σ λ_j^* |j>/sqrt(Λ) leaves a three-level machine and N − 1 dark states at their thermal occupation (physics
reference, section 3; Eqs. (9) and (10) of the letter are its resonant, homogeneous case).

Maps of millions of points are solved chunk by chunk, points last: what a chunk needs stays in the cache.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Final, final

import numpy as np

from torusync._batch import Batch
from torusync._checks import Complex, Real
from torusync._memory import require_memory
from torusync._threads import over_points
from torusync.conventions import EPS
from torusync.densities import PAIRWISE, ThermalPlusCollective
from torusync.generators import Generator, PumpedManifold
from torusync.steady.accuracy import TINY
from torusync.steady.answer import Answer, unfit

_NUMBERS: Final = 17
"""Numbers a point: ten that are kept or judged, status, nullity, and copies on the way."""

_THERMAL: Final = 8.0
"""Relative error, in ε, of ρ_00 and of thermal populations, beside those of what the drive adds to the sum."""

_RESIDUAL: Final = 8.0 * EPS

_FAINT: Final = 1e-280


@final
@dataclass(frozen=True)
class Collective:
    """Closed form at exact degeneracy: one occupation n_h, independent dipoles, all ω_j equal."""

    def solve(self, generator: Generator) -> Answer:
        """Return the closed form with its residual and spectrum, computed, in O(N) a point."""
        if not (isinstance(generator, PumpedManifold) and generator.collective):
            raise unfit(
                "Collective() needs a ThermalMaser with equal level energies, equal occupations, independent dipoles "
                "and positive bath couplings; use Auto()"
            )
        machines = Degenerate.of(generator).flat(generator.batch_shape)
        points, levels = machines.drive.shape
        require_memory("system", 8 * points * _NUMBERS, what=f"Collective() for {points} points")
        batch = generator.batch_shape
        link, rows = np.empty(points, dtype=np.complex128), np.empty((8, points))

        def solve(chunk: slice) -> None:
            part = machines.part(chunk)
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                state = _closed_form(part)
                link[chunk] = state.link
                rows[:3, chunk] = state.ground, state.first, state.pair
                rows[3:, chunk] = evidence(part, state)

        over_points(solve, points, levels=levels)
        ground, first, pair = rows[:3].reshape(3, *batch)
        density = ThermalPlusCollective(
            ground=ground,
            cold_ratio=generator.cold_ratio,
            hot_ratio=generator.hot_ratio[..., 0],
            # spread over the batch already, so that what reads the density need not do it again
            drive=generator.drive if generator.drive.ndim == 1 else machines.drive.reshape(*batch, levels),
            first=first,
            link=link.reshape(batch),
            pair=pair,
        )
        return Answer.of(density, rows[3:], solver=self)


@final
@dataclass(frozen=True, eq=False)
class Degenerate(Batch):
    """Machines of which all manifold levels are alike: drive ``(..., N)``, other numbers ``(...)``."""

    drive: Complex
    delta: Real
    n_hot: Real
    n_cold: Real
    gamma_hot: Real
    gamma_cold: Real

    AXES: ClassVar = {"drive": 1, "delta": 0, "n_hot": 0, "n_cold": 0, "gamma_hot": 0, "gamma_cold": 0}

    @classmethod
    def of(cls, block: PumpedManifold) -> "Degenerate":
        """Read machines for which the closed form holds, each number in the shape that it comes in."""
        delta, n_hot = block.energies[..., 0], block.n_hot[..., 0]
        return cls(block.drive, delta, n_hot, block.n_cold, block.gamma_hot, block.gamma_cold)

    @cached_property
    def strength(self) -> Real:
        """Λ = Σ|λ_j|², shape ``(points)``."""
        real, imag = np.ascontiguousarray(self.drive.T.real), np.ascontiguousarray(self.drive.T.imag)
        squares = real * real + imag * imag
        if len(squares) > PAIRWISE:
            return np.asarray(np.ascontiguousarray(squares.T).sum(axis=-1))
        return np.asarray(squares.sum(axis=0))


def _closed_form(machines: Degenerate) -> ThermalPlusCollective:
    n_hot, n_cold, delta = machines.n_hot, machines.n_cold, machines.delta
    up_hot, up_cold = 1.0 + n_hot, 1.0 + n_cold
    a_h, a_c = machines.gamma_hot * up_hot, machines.gamma_cold * up_cold
    r_h, r_c = n_hot / up_hot, n_cold / up_cold
    gamma = a_h + a_c
    # Γ/(Γ² + δ²) without squares, which may overflow
    turned, strength = delta / gamma, machines.strength
    absorption = 1.0 / (gamma + delta * turned)
    rate = strength * absorption
    by_hot, by_cold = rate / a_h, rate / a_c
    # r_c − r_h written out, because two ratios near 1 leave no digits in their difference when both baths are hot
    # one division after the other, because the product of the divisors may overflow
    q = (n_cold - n_hot) / up_hot / up_cold / (1.0 + by_cold + by_hot)
    ground = 1.0 / (1.0 + r_c + machines.drive.shape[-1] * r_h + q * (by_hot - by_cold))
    d = q * ground
    faint = np.abs(d) < _FAINT
    if faint.any():
        # so near the smallest double a number has lost digits, and a strong drive may make them count
        d = np.where(faint & (n_hot != n_cold), np.nan, d)
    link = np.empty(d.shape, dtype=np.complex128)
    np.multiply(absorption, d, out=link.imag)
    np.multiply(-turned, link.imag, out=link.real)
    return ThermalPlusCollective(
        ground=ground,
        cold_ratio=r_c,
        hot_ratio=r_h,
        drive=machines.drive,
        first=0.0 - by_cold * d,
        link=link,
        pair=absorption / a_h * d,
    )


def evidence(machines: Degenerate, state: ThermalPlusCollective) -> tuple[Real, Real, Real, Real, Real]:
    """Return ‖dρ/dt‖_F, the generator's norm, the smallest eigenvalue, and the errors of state and coherences.

    The block's change is a number times |1><1|, times λ_l on the row of |1>, times λ_j^* λ_l on the manifold, and a
    multiple of the identity there, whatever the numbers in ``state`` are.
    """
    levels, strength = machines.drive.shape[-1], machines.strength
    a_h, a_c = machines.gamma_hot * (1.0 + machines.n_hot), machines.gamma_cold * (1.0 + machines.n_cold)
    gamma, delta, real, imag = a_h + a_c, machines.delta, state.link.real, state.link.imag
    # what the thermal part as stored lacks to balance its pump: rounding, unless the state was spoiled
    hot = 2.0 * state.ground * (machines.gamma_hot * machines.n_hot - a_h * state.hot_ratio)
    cold = 2.0 * state.ground * (machines.gamma_cold * machines.n_cold - a_c * state.cold_ratio)
    apart = state.ground * (state.hot_ratio - state.cold_ratio)
    uneven = state.first - apart
    corner = cold - 2.0 * (a_c * state.first + strength * imag)
    inside = 2.0 * (imag - a_h * state.pair) * strength
    row_real = gamma * real + delta * imag
    pairs, root = strength * state.pair, np.sqrt(strength)
    if (strength < _FAINT).any():
        # squares of drives may underflow
        root = np.maximum(root, np.sqrt(levels) * np.abs(machines.drive).max(axis=-1))
    row_imag = delta * real - gamma * imag + uneven - pairs
    balance = corner + inside + levels * hot
    squares = corner * corner + inside * inside + balance * balance
    squares += 2.0 * strength * (row_real * row_real + row_imag * row_imag)
    norm = np.sqrt(a_c * a_c + levels * a_h * a_h) + root + np.abs(delta)
    # no square of ρ_1l, which may underflow
    driven = np.abs(state.first) + np.abs(pairs) + 2.0 * root * (np.abs(real) + np.abs(imag))
    residual = np.sqrt(squares) + np.sqrt(levels) * np.abs(hot)
    # rounding of a dozen products a number, each of at most the norm times a population or what the drive added; and of
    # all populations in dρ_00/dt, which sums them up
    residual += _RESIDUAL * (norm * (driven + state.ground) + gamma)
    coherence = state.relative_error * driven + TINY
    # ρ_00 is one over a sum whose only difference is what the drive adds: less than the contrast of the ratios
    error = 2.0 * coherence + (state.relative_error * np.abs(apart) + _THERMAL * EPS)
    return residual, norm, _smallest_eigenvalue(state, strength, pairs), error, coherence


def _smallest_eigenvalue(state: ThermalPlusCollective, strength: Real, pairs: Real) -> Real:
    """Return the smallest of ρ_00, the dark population, and the 2 × 2 block of |1> and |J>."""
    dark = state.ground * state.hot_ratio
    p, r = state.ground * state.cold_ratio + state.first, dark + pairs
    square = (state.link.real**2 + state.link.imag**2) * strength
    half = 0.5 * (p - r)
    larger = 0.5 * (p + r) + np.sqrt(half * half + square)
    pair = np.where(larger > 0.0, (p * r - square) / np.where(larger > 0.0, larger, 1.0), 0.0)
    smallest = np.minimum(state.ground, pair)
    return np.asarray(np.minimum(smallest, dark) if state.dimension > 3 else smallest)
