"""First order about the undriven limit cycle: what a weak Hamiltonian makes of the steady state of any system.

With L_0 ρ_0 = 0, the state of L_0 − iε[V, ·] is ρ_0 + ε ρ_1 + O(ε²), and ρ_1 solves L_0 ρ_1 = i[V, ρ_0] with trace 0.
L_0 has no inverse; bordered by the trace it has, and one system of equations is solved with it.
"""

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from torusync._batch import flattened
from torusync._checks import Complex, Real, requirement
from torusync._lapack import singular_values, solutions
from torusync._limits import PERTURBED_LEVELS
from torusync._memory import require_memory
from torusync._operators import as_hermitian
from torusync._results import Result
from torusync._show import batch_in_words, span
from torusync._threads import one_blas_thread
from torusync.conventions import EPS
from torusync.models import System
from torusync.steady import steady_state


@final
@dataclass(frozen=True, eq=False, repr=False)
class FirstOrder(Result):
    """A steady state and its derivative with respect to the strength of a Hamiltonian, at strength 0.

    Parameters
    ----------
    rho : (..., D, D) ρ_0, of the system without it
    slope : (..., D, D) ρ_1 = dρ/dε, Hermitian and traceless
    error : (...) bound of the trace norm of what ``slope`` is off by, the error of ρ_0 included
    residual : (...) ``‖L_0 ρ_1 − i[V, ρ_0]‖_F``
    """

    rho: Complex
    slope: Complex
    error: Real
    residual: Real

    AXES: ClassVar = {"rho": 2, "slope": 2}

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return np.shape(self.error)

    def _in_words(self) -> str:
        return f"{batch_in_words(self.batch_shape)}D = {self.rho.shape[-1]}, slope ± {span(self.error, 2)}"


@one_blas_thread
def first_order(system: System, hamiltonian: object) -> FirstOrder:
    """Return the steady state of a system and its first-order response to a weak Hamiltonian.

    Parameters
    ----------
    system
        Any system of at most 30 levels with a unique steady state, or a batch: the limit cycle without its drive.
    hamiltonian : (..., D, D)
        V, Hermitian.

    Raises
    ------
    ArgumentError
        If V is not Hermitian, of another size, or the system has too many levels.
    SteadyStateError
        If there is no unique steady state.
    """
    if isinstance(system, type) or not callable(getattr(system, "generator", None)):
        raise requirement("system", "be a ThermalMaser or a LindbladSystem", f"it is {type(system).__name__}")
    generator, weak = system.generator(), as_hermitian("hamiltonian", hamiltonian)
    size = generator.dimension
    if weak.shape[-1] != size:
        raise requirement("hamiltonian", f"act on the {size} levels of the system", f"it acts on {weak.shape[-1]}")
    if weak.ndim > 2 and weak.shape[:-2] != generator.batch_shape:
        raise requirement(
            "hamiltonian", f"have the batch axes {generator.batch_shape} or none", f"it has {weak.shape[:-2]}"
        )
    if size > PERTURBED_LEVELS:
        raise requirement("system", f"have at most {PERTURBED_LEVELS} levels for its first order", f"it has {size}")
    batch, points = generator.batch_shape, generator.points
    require_memory("system", 80.0 * points * size**4, what=f"generators of {size} levels")
    state = steady_state(system)
    rho, weak = flattened(state.density.to_array(), 2, batch), flattened(weak, 2, batch)
    matrix = flattened(generator.liouvillian(), 2, batch)
    norm = np.linalg.norm(matrix, axis=(-2, -1))
    scale = np.where(norm > 0.0, norm, 1.0) / size**2
    one = np.eye(size).reshape(-1)
    bordered = np.zeros((points, size**2 + 1, size**2 + 1), dtype=np.complex128)
    bordered[:, :-1, :-1] = matrix
    bordered[:, :-1, -1] = bordered[:, -1, :-1] = scale[:, np.newaxis] * one
    source = 1j * (weak @ rho - rho @ weak)
    found = solutions(bordered, np.pad(source.reshape(points, -1), ((0, 0), (0, 1))))
    slope = found[:, :-1].reshape(points, size, size)
    slope = 0.5 * (slope + np.conj(np.swapaxes(slope, -1, -2)))
    trace = np.trace(slope, axis1=-2, axis2=-1)
    missed = np.linalg.norm((matrix @ slope.reshape(points, -1, 1)).reshape(source.shape) - source, axis=(-2, -1))
    # σ_min of the bordered matrix bounds what a wrong right side, or a wrong matrix, makes of the solution
    smallest, length = singular_values(bordered)[0][:, -1], np.linalg.norm(slope, axis=(-2, -1))
    unsure = flattened(generator.liouvillian_rounding(), 0, batch) + (size**2 + 8.0) * EPS * norm
    strength = 2.0 * np.linalg.norm(weak, axis=(-2, -1))
    wrong = missed + unsure * length + strength * (flattened(state.error, 0, batch) + (size + 4.0) * EPS)
    wrong = wrong + scale * np.abs(trace)
    known = smallest > 2.0 * unsure
    error = np.where(known, np.sqrt(size) * wrong / np.where(known, smallest - unsure, 1.0), np.inf)
    shape = (*batch, size, size)
    return FirstOrder(rho.reshape(shape), slope.reshape(shape), error.reshape(batch), missed.reshape(batch))
