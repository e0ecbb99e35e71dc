"""First order about the undriven limit cycle: what a weak Hamiltonian makes of the steady state of any system.

With L_0 ρ_0 = 0, the state of L_0 − iε[V, ·] is ρ_0 + ε ρ_1 + O(ε²), and ρ_1 solves L_0 ρ_1 = i[V, ρ_0] with trace 0.
L_0 has no inverse; bordered by the trace it has, and one system of equations is solved with it.  Of few levels it is a
full matrix, and points of a batch are solved together.  Of many it is sparse and real, on Hermitian matrices; what V
makes lies outside of the block of equal charge where ρ_0 is, so that all of L_0 is factorised, one block after another.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from torusync._batch import flattened
from torusync._checks import Complex, Real, requirement
from torusync._lapack import singular_values, solutions
from torusync._limits import PERTURBED_LEVELS
from torusync._memory import require_memory
from torusync._operators import as_hermitian
from torusync._results import Result
from torusync._show import batch_in_words, span
from torusync._threads import one_blas_thread, stop_if_told
from torusync.conventions import EPS
from torusync.generators import Generator, LindbladGenerator
from torusync.generators.layout import Layout
from torusync.generators.superoperator import Pairs
from torusync.models import System
from torusync.steady import SteadyState, steady_state
from torusync.steady.bordering import factors
from torusync.steady.probing import Bordered, inverse_norm
from torusync.steady.sparse import room_for


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
        Any system with a unique steady state, or a batch: the limit cycle without its drive.
    hamiltonian : (..., D, D)
        V, Hermitian.

    Raises
    ------
    ArgumentError
        If V is not Hermitian, of another size, or the system has more than 30 levels and is no Lindblad equation, or
        its factors would take too much.
    SteadyStateError
        If there is no unique steady state.
    """
    if isinstance(system, type) or not callable(getattr(system, "generator", None)):
        raise requirement("system", "be a ThermalMaser or a LindbladSystem", f"it is {type(system).__name__}")
    weak = as_hermitian("hamiltonian", hamiltonian)
    state = steady_state(system)
    # a mode may have had its cut-off chosen
    generator = state.system.generator()
    size, batch = generator.dimension, generator.batch_shape
    if weak.shape[-1] != size:
        raise requirement("hamiltonian", f"act on the {size} levels of the system", f"it acts on {weak.shape[-1]}")
    if weak.ndim > 2 and weak.shape[:-2] != batch:
        raise requirement("hamiltonian", f"have the batch axes {batch} or none", f"it has {weak.shape[:-2]}")
    return response(state, weak)


def response(state: SteadyState[Any], weak: Complex, off: Real | float = 0.0) -> FirstOrder:
    """Return the same about states that were found, for Hamiltonians that are off by ``off`` in the Frobenius norm.

    All of it is worked out in units of V and of L_0, powers of two, in which no square is out of range.
    """
    generator = state.system.generator()
    size, batch = generator.dimension, generator.batch_shape
    rho, weak = flattened(state.density.to_array(), 2, batch), flattened(weak, 2, batch)
    unit = _power(np.abs(weak).max(axis=(-2, -1)))
    weak = weak / unit[:, np.newaxis, np.newaxis]
    source = 1j * (weak @ rho - rho @ weak)
    # the commutator is off by what the state and the Hamiltonian are off by, and by its own rounding
    strength = 2.0 * np.linalg.norm(weak, axis=(-2, -1))
    unsure = strength * (flattened(state.error, 0, batch) + (size + 4.0) * EPS)
    unsure = unsure + 2.0 * flattened(np.asarray(off), 0, batch) / unit
    if size <= PERTURBED_LEVELS:
        generator, rate = (
            _in_own_units(generator) if isinstance(generator, LindbladGenerator) else (generator, np.ones(1))
        )
        slope, error, missed = _together(generator, source, unsure)
    else:
        channels, rate = _in_own_units(_channels(state.system))
        slope, error, missed = _one_by_one(channels, source, unsure)
    with np.errstate(over="ignore"):
        scale = unit / rate
        least = np.where(slope.any(axis=(-2, -1)), size**2 * float(np.nextafter(0.0, 1.0)), 0.0)
        slope, error = slope * scale[:, np.newaxis, np.newaxis], error * scale + least
    shape = (*batch, size, size)
    return FirstOrder(rho.reshape(shape), slope.reshape(shape), error.reshape(batch), (missed * unit).reshape(batch))


def _power(numbers: Any) -> Real:
    """Return the next power of two, 1 for 0; none of which the inverse is out of range."""
    return np.asarray(np.where(numbers > 0.0, np.ldexp(1.0, np.maximum(np.frexp(numbers)[1], -1000)), 1.0))


def _in_own_units(generator: LindbladGenerator) -> tuple[LindbladGenerator, Real]:
    """Return a flat batch of equations, each over its largest rate or energy, and these, powers of two ``(points)``."""
    batch = generator.batch_shape
    energies = flattened(generator.hamiltonian, 2, batch)
    most = np.abs(energies).max(axis=(-2, -1))
    for rate, one in zip(generator.rates, generator.operators, strict=True):
        most = np.maximum(most, flattened(rate * np.abs(one).max(axis=(-2, -1)) ** 2, 0, batch))
    unit = _power(most)
    rates = tuple(flattened(rate, 0, batch) / unit for rate in generator.rates)
    operators = tuple(flattened(one, 2, batch) if one.ndim > 2 else one for one in generator.operators)
    return LindbladGenerator(energies / unit[:, np.newaxis, np.newaxis], rates, operators), unit


def _channels(system: System) -> LindbladGenerator:
    """Return the equation of a system of many levels by its channels."""
    written_out = getattr(system, "lindblad", None)
    generator = system.generator() if written_out is None else written_out().generator()
    if not isinstance(generator, LindbladGenerator):
        but = f"it has {generator.dimension}, and none"
        raise requirement("system", f"have channels, beyond {PERTURBED_LEVELS} levels", but)
    return generator


def _together(generator: Generator, source: Complex, unsure: Real) -> tuple[Complex, Real, Real]:
    """Return slopes ``(points, D, D)``, bounds of their errors, and residuals, from full matrices."""
    points, size, batch = generator.points, generator.dimension, generator.batch_shape
    require_memory("system", 80.0 * points * size**4, what=f"generators of {size} levels")
    matrix = flattened(generator.liouvillian(), 2, batch)
    norm = np.linalg.norm(matrix, axis=(-2, -1))
    scale = np.where(norm > 0.0, norm, 1.0) / size**2
    one = np.eye(size).reshape(-1)
    bordered = np.zeros((points, size**2 + 1, size**2 + 1), dtype=np.complex128)
    bordered[:, :-1, :-1] = matrix
    bordered[:, :-1, -1] = bordered[:, -1, :-1] = scale[:, np.newaxis] * one
    found = solutions(bordered, np.pad(source.reshape(points, -1), ((0, 0), (0, 1))))
    slope = found[:, :-1].reshape(points, size, size)
    slope = 0.5 * (slope + np.conj(np.swapaxes(slope, -1, -2)))
    trace = np.trace(slope, axis1=-2, axis2=-1)
    missed = np.linalg.norm((matrix @ slope.reshape(points, -1, 1)).reshape(source.shape) - source, axis=(-2, -1))
    # σ_min of the bordered matrix bounds what a wrong right side, or a wrong matrix, makes of the solution
    smallest, length = singular_values(bordered)[0][:, -1], np.linalg.norm(slope, axis=(-2, -1))
    rounding = flattened(generator.liouvillian_rounding(), 0, batch) + (size**2 + 8.0) * EPS * norm
    wrong = missed + rounding * length + unsure + scale * np.abs(trace)
    known = smallest > 2.0 * rounding
    error = np.where(known, np.sqrt(size) * wrong / np.where(known, smallest - rounding, 1.0), np.inf)
    return slope, error, missed


def _one_by_one(generator: LindbladGenerator, source: Complex, unsure: Real) -> tuple[Complex, Real, Real]:
    """Return the same by sparse factors of L_0 + s e₀ tᵀ, point by point.

    Both sides of (L_0 + s e₀ tᵀ) ρ_1 = i[V, ρ_0] have trace 0, so that ρ_1 has.  The error is that of the right side
    and the residual, times a bound of the norm of the inverse.
    """
    size, points, flat = generator.dimension, generator.points, generator.flat()
    pairs = Pairs(np.zeros(size, dtype=np.int64))
    block = flat.part(0).sparse().real_form(pairs)
    room_for(block, Layout.of(block), size)
    slope, error, missed = np.empty_like(source), np.full(points, np.inf), np.full(points, np.inf)
    for point in range(points):
        stop_if_told()
        equation = flat.part(point).sparse()
        border = equation.border()
        factored = factors(Bordered(equation.real_form(pairs), pairs.levels, border))
        if factored is None:
            slope[point] = np.nan
            continue
        slope[point] = pairs.unpacked(factored.refined(pairs.packed(source[point])))
        change, rounding = equation.change(slope[point])
        missed[point] = np.linalg.norm(change - source[point]) + rounding
        reach, unlike = inverse_norm(factored), equation.rounding()
        wrong = missed[point] + unsure[point] + border * abs(np.trace(slope[point]))
        # what the inverse is one of is off by its rounding, too
        if reach * unlike < 0.5:
            error[point] = size**0.5 * wrong * reach / (1.0 - reach * unlike)
    return slope, error, missed
