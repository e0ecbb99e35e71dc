"""The excited block by a Lyapunov equation: everything the thermal maser allows, any P, n_j, ω_j and λ_j.

With the undriven machine D = diag(thermal ratios) taken out, B = ρ_00 (D + X) and A X + X A† = i[H, D]: only the drive
is left on the right.  Coherences keep their relative accuracy down to vanishing drives, and currents, which are
deviations from D, never come out as differences of populations.

The equation is solved by Smith's squared iteration on the Cayley transform of A: A is dissipative, so every power is
a contraction, and a whole batch advances in stacked products.  An eigenvector basis would fail where the drive makes
A defective (λ near |a_h − a_c|/2), and a Schur form has no batched routine.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real, requirement
from torusync._memory import require_memory
from torusync._threads import one_blas_thread
from torusync.conventions import EPS
from torusync.densities import ThermalPlusBlock
from torusync.models import ThermalMaser
from torusync.steady.solution import ILL_CONDITIONED, Answer, System

_STATIONARY: Final = 64.0
"""Decay rates below 64 M ε ‖A‖ count as zero: eigenvalues on the imaginary axis belong to a normal part of A, so
they are found to a few ε ‖A‖."""

_WORKSPACE: Final = 2**28
"""Bytes of workspace of one chunk of a batch; large stacks fall out of the cache long before they fill memory."""

_COPIES: Final = 10
"""M × M complex matrices alive at once a point."""

_MAX_DOUBLINGS: Final = 60


@final
@dataclass(frozen=True)
class Block:
    """Lyapunov equation of the excited block, O(N³) a point, for every thermal maser."""

    @one_blas_thread
    def solve(self, system: System) -> Answer:
        """Return the steady states, chunk by chunk of bounded memory."""
        if not isinstance(system, ThermalMaser):
            raise requirement("solver", "fit the system", "Block() needs a ThermalMaser; use Auto() or Dense()")
        block = system.manifold()
        batch, size = block.batch_shape, block.levels + 1
        points = int(np.prod(batch, dtype=np.int64))
        step = max(1, _WORKSPACE // (16 * _COPIES * size**2))
        require_memory(
            "system",
            16 * size**2 * (4 * points + _COPIES * min(step, points)),
            what=f"Block() for {points} points of {block.levels} levels",
            advice="split the batch, or use independent dipoles, which LowRank() and Collective() solve at any N",
        )
        flat = [
            np.broadcast_to(matrix, (*batch, size, size)).reshape(points, size, size)
            for matrix in (block.drift(), block.source(), block.pump())
        ]
        ratios = block.thermal_ratios().reshape(points, size)
        ground, excited, evidence = np.empty(points), np.empty_like(flat[0]), np.empty((5, points))
        for start in range(0, points, step):
            chunk = slice(start, start + step)
            drift, source, pump = (matrix[chunk] for matrix in flat)
            part = _solve_chunk(drift, source, pump, ratios[chunk])
            ground[chunk], excited[chunk], evidence[:, chunk] = part
        residual, scale, smallest, nullity, conditioning = (row.reshape(batch) for row in evidence)
        return Answer(
            density=ThermalPlusBlock(
                ground=ground.reshape(batch),
                ratios=ratios.reshape(*batch, size),
                block=excited.reshape(*batch, size, size),
            ),
            residual=residual,
            scale=scale,
            min_eigenvalue=smallest,
            nullity=nullity.astype(np.int64),
            conditioning=conditioning,
        )


def _solve_chunk(drift: Complex, source: Complex, pump: Complex, ratios: Real) -> tuple[Real, Complex, Real]:
    """Return ρ_00, the block beside its thermal part, and rows of evidence.

    The rows are residual, scale, smallest eigenvalue, nullity, conditioning.
    """
    size = drift.shape[-1]
    norm = np.linalg.norm(drift, axis=(-2, -1))
    rates = np.asarray(np.linalg.eigvals(drift), dtype=np.complex128)
    nullity, hurwitz = _uniqueness(rates, norm)
    slowest = np.min(-rates.real, axis=-1)
    conditioning = norm / np.where(hurwitz, slowest, np.nan)
    smallest = np.full(len(drift), np.nan)
    # a growing mode: only a Redfield generator outside its validity has one, and its states are not positive
    smallest[~hurwitz & (nullity == 1)] = -np.inf
    # what will be refused is not solved: powers of a matrix this close to the axis grow by rounding
    hurwitz &= EPS * (size + 1) * conditioning <= ILL_CONDITIONED
    safe = np.where(hurwitz[:, np.newaxis, np.newaxis], drift, -np.eye(size))
    safe_rates = np.where(hurwitz[:, np.newaxis], np.abs(rates), 1.0)
    x = lyapunov(safe, source, np.sqrt(safe_rates.min(axis=-1) * safe_rates.max(axis=-1)))
    x[~hurwitz] = np.nan
    ground = 1.0 / (1.0 + ratios.sum(axis=-1) + np.trace(x, axis1=-2, axis2=-1).real)
    x = ground[:, np.newaxis, np.newaxis] * x
    excited = x.copy()
    index = np.arange(size)
    excited[:, index, index] += ground[:, np.newaxis] * ratios
    change = drift @ excited
    change = change + dagger(change) + ground[:, np.newaxis, np.newaxis] * pump
    # dρ_00/dt = −tr(dB/dt) identically in exact arithmetic; computed anew it would add only its own rounding
    balance = np.trace(change, axis1=-2, axis2=-1).real
    residual = np.hypot(np.linalg.norm(change, axis=(-2, -1)), balance)
    smallest[hurwitz] = np.minimum(np.linalg.eigvalsh(excited[hurwitz])[:, 0], ground[hurwitz])
    scale = norm + np.linalg.norm(pump, axis=(-2, -1))
    return ground, x, np.stack([residual, scale, smallest, nullity, conditioning])


def _uniqueness(rates: Complex, norm: Real) -> tuple[Integer, Boolean]:
    """Return the nullity of the whole generator and where the block decays.

    Eigenvectors of A on the imaginary axis span states that never decay.  Each pair of them at one frequency gives a
    stationary matrix of its own, beside the one steady state of the rest.
    """
    floor = _STATIONARY * rates.shape[-1] * EPS * norm
    dark = np.abs(rates.real) <= floor[:, np.newaxis]
    same = np.abs(rates.imag[:, :, np.newaxis] - rates.imag[:, np.newaxis, :]) <= floor[:, np.newaxis, np.newaxis]
    pairs = same & dark[:, :, np.newaxis] & dark[:, np.newaxis, :]
    return 1 + pairs.sum(axis=(-2, -1)), np.asarray((-rates.real > floor[:, np.newaxis]).all(axis=-1))


def dagger(matrix: Complex) -> Complex:
    """Return the adjoint of stacked matrices."""
    return np.asarray(np.conj(np.swapaxes(matrix, -1, -2)), dtype=np.complex128)


def lyapunov(drift: Complex, source: Complex, shift: Real) -> Complex:
    """Solve A X + X A† = −Q for stacked stable A and Hermitian Q, by squaring the Cayley transform of A.

    ``shift`` is a positive number a point, best near the geometric mean of the extreme moduli of A's eigenvalues.
    One step of refinement brings the residual to rounding.
    """
    size = drift.shape[-1]
    shifted = drift - shift[:, np.newaxis, np.newaxis] * np.eye(size)
    inverse = np.asarray(np.linalg.inv(shifted), dtype=np.complex128)
    powers = [inverse @ (drift + shift[:, np.newaxis, np.newaxis] * np.eye(size))]
    double = 2.0 * shift[:, np.newaxis, np.newaxis]

    def smith(right: Complex) -> Complex:
        x = double * (inverse @ right @ dagger(inverse))
        for index in range(_MAX_DOUBLINGS):
            if index == len(powers):
                powers.append(powers[-1] @ powers[-1])
            step = powers[index] @ x @ dagger(powers[index])
            x = x + step
            if (np.abs(step).max(axis=(-2, -1)) <= EPS * np.abs(x).max(axis=(-2, -1))).all():
                break
        return 0.5 * (x + dagger(x))

    x = smith(source)
    image = drift @ x
    return x + smith(source + image + dagger(image))
