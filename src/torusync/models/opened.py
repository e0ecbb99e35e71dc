"""A thermal machine written out as a Lindblad equation, so that more can be done to it than its parameters say.

Lost are what the arrow of its generator gives, a million levels and closed forms; won is any further channel.  In the
frame that rotates with the drive the Hamiltonian is not the energies, so that these go along with the baths.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from torusync._checks import Complex, Real, as_list, as_real, requirement
from torusync._memory import require_memory
from torusync.generators import PumpedManifold
from torusync.models.lindblad import LindbladSystem
from torusync.models.operators import step

_EQUAL: Final = 1e-14
"""Relative difference of occupations that is rounding."""

Channel = tuple[Any, Any]


def written_out(
    machine: PumpedManifold, energies: Real, further: Sequence[tuple[ArrayLike, ArrayLike]], dephasing: ArrayLike
) -> LindbladSystem:
    """Return the machine with the bare ``energies`` ``(..., D)`` as a Lindblad system, its baths named."""
    size, batch = machine.dimension, machine.batch_shape
    what = f"{2 * size} full matrices of {size} levels"
    require_memory("system", 64.0 * size**3 * max(1, machine.points), what=what, advice="take fewer levels")
    added = as_list("channels", further, "be a sequence of pairs (rate, operator)")
    lost = as_real("dephasing", dephasing, minimum=0.0)
    hamiltonian = np.zeros((*batch, size, size), dtype=np.complex128)
    hamiltonian[..., 1:, 1:] = machine.hamiltonian()
    hamiltonian[..., 0, 0] = -machine.level_one_energy
    hot = _hot(machine)
    cold = _pair(machine.gamma_cold, machine.n_cold, step(0, 1, size))
    own = [*hot, *cold]
    named = {"hot": range(len(hot)), "cold": range(len(hot), len(own))}
    quanta = None
    if machine.dipoles is None:
        signs = np.array([-1.0, 1.0])
        quanta = {
            "hot": np.repeat(energies[..., 2:], 2, axis=-1) * np.tile(signs, size - 2),
            "cold": energies[..., 1:2] * signs,
        }
    blurred = [(0.5 * lost, step(one, one, size)) for one in range(size)] if lost.any() else []
    bare = energies[..., np.newaxis] * np.eye(size)
    return LindbladSystem(
        hamiltonian,
        [*own, *blurred, *added],
        baths={name: list(one) for name, one in named.items()},
        frequencies=quanta,
        energies=bare,
    )


def _pair(gamma: Real, occupation: Real, down: Any) -> list[Channel]:
    up = np.conj(np.swapaxes(down, -1, -2))
    return [(gamma * (1.0 + occupation), down), (gamma * occupation, up)]


def _hot(machine: PumpedManifold) -> list[Channel]:
    """Return the channels of the hot bath: level by level, or by the eigenvectors of correlated dipoles."""
    size, levels = machine.dimension, machine.manifold_levels
    occupations = np.broadcast_to(machine.n_hot, (*machine.n_hot.shape[:-1], levels))
    found: list[Channel] = []
    if machine.dipoles is None:
        for one in range(levels):
            found += _pair(machine.gamma_hot, occupations[..., one], step(0, one + 2, size))
        return found
    apart = np.ptp(occupations, axis=-1) > _EQUAL * occupations.max(axis=-1)
    if apart.any():
        must = "be 0 where levels have unequal occupations: the machine then obeys a Redfield equation"
        raise requirement("dipole_correlation", must, "it is not", points=np.asarray(apart))
    strengths, vectors = np.linalg.eigh(machine.dipoles)
    for one in range(levels):
        down: Complex = np.zeros((*vectors.shape[:-2], size, size), dtype=np.complex128)
        down[..., 0, 2:] = vectors[..., :, one]
        strength = np.maximum(strengths[..., one], 0.0)  # a dark state is one, whatever rounding leaves of it
        found += _pair(machine.gamma_hot * strength, occupations[..., 0], down)
    return found
