"""The null space of the whole generator: the truth for small systems of any kind.

A singular value decomposition gives every stationary matrix and therefore the nullity, which no iterative route
does.  It costs O(D⁶), so it is the referee, not the workhorse.
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from torusync._batch import flattened
from torusync._checks import Complex, Real, as_count, requirement
from torusync._lapack import eigenvalues, singular_values
from torusync._limits import SOLVED_BYTES
from torusync._memory import require_memory
from torusync._threads import chunks, one_blas_thread
from torusync.conventions import EPS
from torusync.generators import Generator, LindbladGenerator
from torusync.generators.superoperator import Pairs, SparseLindblad
from torusync.steady.accuracy import GOOD
from torusync.steady.answer import ALONE, Answer

_NULL: Final = 16.0
"""Singular values below 16 D² ε σ_max count as zero."""

_ERROR: Final = 3
"""Where the error stands in rows of evidence."""

_NOISE: Final = 64.0
"""Entries below 64 ε times the largest are set to zero."""


@final
@dataclass(frozen=True)
class Dense:
    """Null space of the Liouvillian by singular value decomposition.

    Parameters
    ----------
    max_dimension
        Largest number of levels D accepted: 40 levels take some ten seconds a point.
    """

    max_dimension: int = 40

    def __post_init__(self) -> None:
        as_count("max_dimension", self.max_dimension, minimum=1)

    @np.errstate(all="ignore")
    @one_blas_thread
    def solve(self, generator: Generator) -> Answer:
        """Return the steady states, with the nullity counted from the singular values."""
        size, batch, points = generator.dimension, generator.batch_shape, generator.points
        if size > self.max_dimension:
            raise requirement(
                "system",
                f"have at most {self.max_dimension} levels in Dense()",
                f"it has {size}; raise max_dimension if a null space of a {size**2} × {size**2} matrix is affordable",
            )
        require_memory("system", 48 * points * size**4, what=f"Dense() for {points} points of {size} levels")
        stacked = flattened(generator.liouvillian(), 2, batch)
        unsure = flattened(generator.liouvillian_rounding(), 0, batch)
        rho = np.empty((points, size, size), dtype=np.complex128)
        evidence = np.empty((6, points))
        step = max(1, SOLVED_BYTES // (64 * size**4))
        for chunk in chunks(points, step):
            rho[chunk], evidence[:, chunk] = _null_space(stacked[chunk], unsure[chunk], size)
        if isinstance(generator, LindbladGenerator):
            _look_closer(generator, rho, evidence)
        return Answer.of_matrices(rho, evidence, batch, solver=self)


def _look_closer(generator: LindbladGenerator, rho: Complex, evidence: Real) -> None:
    """Put in place of states in doubt those of the block of equal charge, where that has one stationary matrix alone.

    Fast turns and dephasings of levels that a charge tells apart hide slow rates in L as a whole, but are not in the
    block; and one stationary matrix there is the only one at all, see `generators.grading`.
    """
    doubtful = np.flatnonzero(~(evidence[_ERROR] <= GOOD))
    if not doubtful.size or generator.pairs.size == generator.dimension**2:
        return
    for point in doubtful.tolist():
        found = _of_equal_charge(generator.reduced.part(point).sparse(), generator.pairs)
        if found is not None and not evidence[_ERROR, point] <= found[1][_ERROR]:
            rho[point], evidence[:, point] = found


def _of_equal_charge(equation: SparseLindblad, pairs: Pairs) -> tuple[Complex, Real] | None:
    """Return ρ and its rows of evidence from the singular values of the block; None where they do not show one."""
    whole, size = equation.assembled(pairs), pairs.levels
    singular, right = (one[0] for one in singular_values(whole.matrix.toarray()[np.newaxis]))
    norm, values = singular[0], np.real(right[-1])
    # the block as stored is off by its rounding, and singular values by that of their algorithm
    unsure = EPS * (whole.digits * float(np.linalg.norm(whole.sizes)) + (pairs.size + 16.0) * norm)
    trace = values[:size].sum()
    if not singular[-2] > max(unsure, _NULL * pairs.size * EPS * norm) or abs(trace) <= size * EPS:
        return None
    values = np.where(np.abs(values) <= _NOISE * EPS * np.abs(values).max(), 0.0, values) / trace
    state = pairs.unpacked(values)
    residual = sum(whole.change(pairs.packed(state)))
    error = _off(residual / (singular[-2] - unsure), size)
    return state, np.array([residual, equation.scale(), eigenvalues(state)[0], error, 2.0 * error, 1.0])


def _off(aside: Any, size: int) -> Any:
    """Return a bound of ‖ρ̂ − ρ‖_1 from how far ρ̂ is beside the direction of ρ, and the rounding of its trace."""
    return size**0.5 * (aside + (size**0.5 * aside + (size + 4) * EPS) * (1.0 + aside))


def _null_space(matrices: Complex, unsure: Real, size: int) -> tuple[Complex, Real]:
    """Return ρ and the rows residual, scale, smallest eigenvalue, error, error of the coherences, nullity.

    With a true state ρ, L (ρ̂ − ρ) = L ρ̂: beside the direction of ρ itself the difference is at most ‖L ρ̂‖ over the
    second singular value, and along it the trace says how much.  ``unsure`` bounds the rounding in L as stored, ‖δL‖.
    """
    if size == 1:  # nothing moves: that is known without its rounding
        return np.ones((len(matrices), 1, 1), dtype=np.complex128), np.outer(ALONE, np.ones(len(matrices)))
    singular, right = singular_values(matrices)
    norm = singular[:, 0]
    null = singular <= (_NULL * size**2 * EPS * norm)[:, np.newaxis]
    nullity = np.maximum(null.sum(axis=-1), 1)
    vector = np.conj(right[:, -1, :]).reshape(-1, size, size)
    # a stationary matrix of a unique steady state is Hermitian up to a phase; its trace fixes phase and norm
    trace = np.trace(vector, axis1=-2, axis2=-1)
    traceless = np.abs(trace) <= size * EPS
    vector = vector / np.where(traceless, 1.0, trace)[:, np.newaxis, np.newaxis]
    rho = np.asarray(0.5 * (vector + np.conj(np.swapaxes(vector, -1, -2))), dtype=np.complex128)
    # entries below rounding are noise of the decomposition; kept, they would give phases to levels that have none
    largest = np.abs(rho).max(axis=(-2, -1), keepdims=True)
    rho = np.asarray(np.where(np.abs(rho) <= _NOISE * EPS * largest, 0.0, rho), dtype=np.complex128)
    change = (matrices @ rho.reshape(-1, size**2, 1))[..., 0]
    # sums of D² terms, and what L as stored is off by; a state has ‖ρ‖_F ≤ 1
    unsure = unsure + (size**2 + 16) * size * EPS * norm
    residual = np.where(traceless, np.nan, np.linalg.norm(change, axis=-1) + unsure)
    smallest = eigenvalues(rho)[:, 0]
    second = singular[:, -2] if size > 1 else norm
    aside = residual / (second - unsure)
    known = (nullity == 1) & (second > unsure)
    error = np.where(known, _off(aside, size), np.inf)
    # a thermal part that is taken out of populations takes their error along
    return rho, np.stack([residual, norm, smallest, error, 2.0 * error, nullity])
