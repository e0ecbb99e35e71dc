"""The residual of a state that was not solved here: ‖dρ/dt‖ anew, from the system and the density as they are.

Anybody can write a file, and what it says of its own quality proves nothing.  The equation of motion does: whatever
was changed, in the state or in the machine, no longer balances.  Few levels are multiplied out; many are seen by
random vectors, so that a million levels cost a few products.
"""

import math
from typing import Final, NamedTuple

import numpy as np

from torusync._checks import Real
from torusync._limits import CHUNK_BYTES, MULTIPLIED_LEVELS
from torusync._threads import chunks, one_blas_thread
from torusync.conventions import EPS
from torusync.densities import DenseDensity, Density, ThermalPlusBlock
from torusync.generators import Generator, PumpedManifold
from torusync.models import System

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
def recheck(system: System, density: Density) -> Rechecked:
    """Work out the residual of a state, nan where the state is; ValueError or TypeError where the two do not fit."""
    batch, points, size, generator = density.batch_shape, density.points, density.dimension, system.generator()
    if size != generator.dimension or generator.batch_shape != batch:
        raise ValueError("levels or batches differ")
    numbers = size * (size if isinstance(density, DenseDensity | ThermalPlusBlock) else _PROBES)
    equations, flat, out = generator.flat(), density.flat(), np.empty((2, points))
    step = max(1, CHUNK_BYTES // (16 * _COPIES * numbers))
    for chunk in chunks(points, step):
        part, state = equations.part(chunk), flat.part(chunk)
        with np.errstate(invalid="ignore", over="ignore"):  # a state that is no number balances nowhere
            out[:, chunk] = _change(part, state), part.scale(state)
    residual, scale = out.reshape(2, *batch)
    return Rechecked(residual, _ROUNDING * (8.0 + math.sqrt(size)) * EPS * scale, scale)


def _change(generator: Generator, density: Density) -> Real:
    """Return ‖dρ/dt‖_F of the points of flat batches, multiplied out or as random vectors see it."""
    many = not isinstance(density, DenseDensity) and density.dimension > MULTIPLIED_LEVELS
    if isinstance(generator, PumpedManifold) and many:
        return _probed(generator, density)
    return np.asarray(np.linalg.norm(generator.change(density), axis=(-2, -1)))


def _probed(block: PumpedManifold, density: Density) -> Real:
    """Return what ‖A B + B A† + ρ_00 S‖_F is at least, as random vectors see it."""
    rng = np.random.default_rng(0)
    size, squares = block.manifold_levels + 1, np.zeros(density.points)
    for _ in range(_PROBES):
        x = (rng.normal(size=size) + 1j * rng.normal(size=size)) / math.sqrt(2.0)
        wide = np.asarray(np.broadcast_to(x, (density.points, size)), dtype=np.complex128)
        squares += np.sum(np.abs(block.excited_change(density, wide)) ** 2, axis=-1)
    return np.asarray(_SEEN * np.sqrt(squares / _PROBES))
