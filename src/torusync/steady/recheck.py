"""The residual of a state that was not solved here: ‖dρ/dt‖ anew, from the system and the density as they are.

Anybody can write a file, and what it says of its own quality proves nothing.  The equation of motion does: whatever
was changed, in the state or in the machine, no longer balances.  Few levels are multiplied out; many are seen by
random vectors, so that a million levels cost a few products.
"""

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from torusync._checks import Complex, Real
from torusync._threads import one_blas_thread
from torusync.conventions import EPS
from torusync.densities import DenseDensity, Density
from torusync.generators import LindbladSystem, PumpedManifold
from torusync.models import ThermalMaser

_MULTIPLIED_OUT: Final = 64
"""Levels up to which a structured state is formed as a matrix: two products of that size cost a millisecond."""

_WORKSPACE: Final = 2**25
"""Bytes of the arrays of one chunk, so that they stay near the processor."""

_COPIES: Final = 10
"""Arrays of the size of the block, or of all probes, alive at once a point."""

_PROBES: Final = 8

_SEEN: Final = 0.5
"""Of what eight random vectors see of R, ‖R‖_F on average, this much is there but once in 10^9."""

_ROUNDING: Final = 0.25
"""Times (8 + √D) ε and the norm of the generator: sums of D products, and the thermal part, which cancels.  Of 6,000
random states none was off by a tenth of it."""


class Rechecked(NamedTuple):
    """Arrays of the batch shape: what ‖dρ/dt‖_F is at least, the rounding of that, and the norm of the generator."""

    residual: Real
    rounding: Real
    scale: Real


@one_blas_thread
def recheck(system: ThermalMaser | LindbladSystem, density: Density) -> Rechecked:
    """Work out the residual of a state; nan where the state is.

    Raises
    ------
    ValueError, TypeError
        If system and density differ in levels, in batch or in kind.
    """
    batch, points, size = density.batch_shape, density.points, density.dimension
    if size != system.dimension or system.batch_shape != batch:
        raise ValueError("levels or batches differ")
    change: Callable[[_Rows, Density], tuple[Real, Real]]
    if isinstance(system, LindbladSystem):
        if not isinstance(density, DenseDensity):
            raise TypeError("the state of a Lindblad system is a matrix")
        numbers, change = size * size, lambda rows, part: _lindblad(system, rows, part.to_array())
    elif isinstance(density, DenseDensity) or size <= _MULTIPLIED_OUT:
        numbers, change = size * size, lambda rows, part: _multiplied(system, rows, part)
    else:
        numbers = size * (_PROBES if system.dipoles is None else size)
        change = lambda rows, part: _probed(rows.manifold(system), part)  # noqa: E731
    flat, out = density.flat(), np.empty((2, points))
    step = max(1, _WORKSPACE // (16 * _COPIES * numbers))
    for start in range(0, points, step):
        chunk = slice(start, min(start + step, points))
        with np.errstate(invalid="ignore", over="ignore"):  # a state that is no number balances nowhere
            out[:, chunk] = change(_Rows(batch, chunk), flat.part(chunk))
    residual, scale = out.reshape(2, *batch)
    return Rechecked(residual, _ROUNDING * (8.0 + math.sqrt(size)) * EPS * scale, scale)


class _Rows(NamedTuple):
    """Some points of a batch, counted in its order."""

    batch: tuple[int, ...]
    chunk: slice

    def of(self, values: npt.NDArray[Any], axes: int) -> npt.NDArray[Any]:
        """Return values, whose last ``axes`` axes are not batch axes, at these points, shape ``(points, …)``."""
        wide = np.broadcast_to(values, self.batch + values.shape[values.ndim - axes :])
        if not self.batch:
            return wide[np.newaxis]
        return np.asarray(wide[np.unravel_index(np.arange(self.chunk.start, self.chunk.stop), self.batch)])

    def manifold(self, maser: ThermalMaser) -> PumpedManifold:
        """Return the generators of these points."""
        block = maser.manifold()
        return PumpedManifold(
            drive=self.of(block.drive, 1),
            splittings=self.of(block.splittings, 1),
            detuning=self.of(block.detuning, 0),
            n_hot=self.of(block.n_hot, 1),
            n_cold=self.of(block.n_cold, 0),
            gamma_hot=self.of(block.gamma_hot, 0),
            gamma_cold=self.of(block.gamma_cold, 0),
            dipoles=None if block.dipoles is None else self.of(block.dipoles, 2),
        )


def _dagger(matrix: Complex) -> Complex:
    return np.asarray(np.conj(np.swapaxes(matrix, -1, -2)))


def _norm(matrix: npt.NDArray[Any]) -> Real:
    return np.asarray(np.linalg.norm(matrix, axis=(-2, -1)))


def _lindblad(system: LindbladSystem, rows: _Rows, rho: Complex) -> tuple[Real, Real]:
    energies = rows.of(system.hamiltonian, 2)
    change = -1j * (energies @ rho - rho @ energies)
    scale = 2.0 * _norm(energies)
    for rate, operator in system.channels:
        gamma, jump = rows.of(rate, 0), rows.of(operator, 2)
        decay = _dagger(jump) @ jump
        kick = 2.0 * jump @ rho @ _dagger(jump) - decay @ rho - rho @ decay
        change = change + gamma[:, np.newaxis, np.newaxis] * kick
        scale = scale + 4.0 * gamma * _norm(jump) ** 2
    return _norm(change), scale


def _multiplied(maser: ThermalMaser, rows: _Rows, density: Density) -> tuple[Real, Real]:
    """Return ‖dρ/dt‖_F and the norm of the generator, no symmetry of ρ taken for granted."""
    block, rho = rows.manifold(maser), density.to_array()
    drift, pump, excited = block.drift(), block.pump(), rho[:, 1:, 1:]
    change = drift @ excited + excited @ _dagger(drift) + rho[:, :1, :1] * pump
    balance = np.trace(change, axis1=-2, axis2=-1)
    # coherences with the ground level, which only a matrix can hold: they turn with |1> and decay
    energy = rows.of(np.asarray(maser.omega_cold + 0.5 * maser.drive_frequency), 0)
    own = 1j * energy - 0.5 * np.trace(pump, axis1=-2, axis2=-1)
    row, column = rho[:, :1, 1:], rho[:, 1:, :1]
    beside = own[:, np.newaxis, np.newaxis] * row + row @ _dagger(drift)
    below = np.conj(own)[:, np.newaxis, np.newaxis] * column + drift @ column
    squares = _norm(change) ** 2 + np.abs(balance) ** 2 + _norm(beside) ** 2 + _norm(below) ** 2
    scale = 4.0 * _norm(drift) + (1.0 + math.sqrt(drift.shape[-1])) * _norm(pump)
    return np.sqrt(squares), scale + (2.0 * energy if isinstance(density, DenseDensity) else 0.0)


def _probed(block: PumpedManifold, density: Density) -> tuple[Real, Real]:
    """Return what ‖A B + B A† + ρ_00 S‖_F is at least, as random vectors see it, and the norm of the generator."""
    rng = np.random.default_rng(0)
    size, ground = block.levels + 1, density.ground_population[:, np.newaxis]
    squares = np.zeros(density.points)
    product, pumped, scale = _operators(block)
    for _ in range(_PROBES):
        x = (rng.normal(size=size) + 1j * rng.normal(size=size)) / math.sqrt(2.0)
        wide = np.asarray(np.broadcast_to(x, (density.points, size)), dtype=np.complex128)
        change = product(_block_product(density, wide), False) + _block_product(density, product(wide, True))
        change = change + ground * pumped(wide)
        squares += np.sum(np.abs(change) ** 2, axis=-1)
    return np.asarray(_SEEN * np.sqrt(squares / _PROBES)), scale


def _block_product(density: Density, x: Complex) -> Complex:
    """Return B x for x of shape ``(points, M)``."""
    whole = np.zeros((*x.shape[:-1], x.shape[-1] + 1), dtype=np.complex128)
    whole[..., 1:] = x
    return density.matvec(whole)[..., 1:]


def _operators(block: PumpedManifold) -> tuple[Callable[[Complex, bool], Complex], Callable[[Complex], Complex], Real]:
    """Return x → A x (or A† x where the flag is set), x → S x, and the norm of the generator; O(M) for an arrow."""
    if block.dipoles is not None:
        drift, pump = block.drift(), block.pump()
        adjoint = _dagger(drift)
        scale = 4.0 * _norm(drift) + (1.0 + math.sqrt(block.levels + 1)) * _norm(pump)
        return (
            lambda x, turned: ((adjoint if turned else drift) @ x[..., np.newaxis])[..., 0],
            lambda x: (pump @ x[..., np.newaxis])[..., 0],
            scale,
        )
    damping, pumping = block.damping_rates(), 2.0 * block.damping_rates() * block.thermal_ratios()
    energies = np.concatenate([np.zeros((len(damping), 1)), np.broadcast_to(block.energies, block.drive.shape)], axis=1)

    def arrow(x: Complex, turned: bool) -> Complex:
        sign = 1j if turned else -1j
        out = (sign * energies - damping) * x
        out[:, 0] += sign * np.sum(block.drive * x[:, 1:], axis=-1)
        out[:, 1:] += sign * np.conj(block.drive) * x[:, :1]
        return out

    squares = (damping**2 + energies**2).sum(axis=-1) + 2.0 * (np.abs(block.drive) ** 2).sum(axis=-1)
    pumped = (1.0 + math.sqrt(block.levels + 1)) * np.linalg.norm(pumping, axis=-1)
    return arrow, lambda x: pumping * x, np.asarray(4.0 * np.sqrt(squares) + pumped)
