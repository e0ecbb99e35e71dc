"""Generic systems of many levels by a sparse factorisation of that block of L where states are.

L has D⁴ entries, of which a few D² are not zero, and where the system has a charge no state is outside of the blocks
of equal charge, see `generators.grading`.  L is singular, and to leave out a row would be to choose which: L + s e₀ tᵀ
with t the trace and e₀ the entry |0><0| is regular if and only if one matrix alone is stationary, has L's pattern but
for one row, and (L + s e₀ tᵀ) ρ = s e₀.
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from scipy.sparse import csc_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from torusync._checks import Complex, Integer, Real, requirement
from torusync._lapack import eigenvalues
from torusync._limits import FACTORED_ROWS
from torusync._threads import one_blas_thread, stop_if_told
from torusync.conventions import EPS
from torusync.densities import DenseDensity
from torusync.generators import Generator, LindbladGenerator
from torusync.generators.superoperator import Pairs, SparseLindblad
from torusync.steady.answer import Answer, unfit
from torusync.steady.probing import Factored, inverse_norm

_SINGULAR: Final = 1e-14
"""Reciprocals of ‖L‖ ‖M⁻¹‖ below which no decay can be told from none."""


@final
@dataclass(frozen=True)
class Sparse:
    """Sparse factorisation of the block of equal charge.

    Charges are found in the entries of H and of the jumps; without one the block is the whole of L.  The error is
    the residual times the norm of the inverse of the block, from six random vectors and wrong but once in 10⁹.
    """

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")
    @one_blas_thread
    def solve(self, generator: Generator) -> Answer:
        """Return the steady states, point by point."""
        if not isinstance(generator, LindbladGenerator):
            raise unfit("Sparse() needs a LindbladSystem; use Auto() or Dense()")
        batch, points, size = generator.batch_shape, generator.points, generator.dimension
        pairs = Pairs(generator.classes)
        if pairs.size > FACTORED_ROWS:
            raise requirement(
                "system",
                f"have blocks of at most {FACTORED_ROWS} rows in Sparse()",
                f"it has {pairs.size} of them, of {size} levels",
            )
        flat = generator.flat()
        rho = np.empty((points, size, size), dtype=np.complex128)
        evidence = np.empty((6, points))
        for point in range(points):
            stop_if_told()
            rho[point], evidence[:, point] = _solve(flat.part(point).sparse(), pairs)
        rho.setflags(write=False)
        density = DenseDensity(rho.reshape(*batch, size, size))
        return Answer.of(density, evidence[:5], solver=self, nullity=evidence[5].astype(np.int64))


def _solve(equation: SparseLindblad, pairs: Pairs) -> tuple[Complex, Real]:
    """Return ρ and the rows residual, scale, smallest eigenvalue, error, error of the coherences, nullity."""
    block = equation.real_form(pairs)
    parts = parts_with_states(block, pairs.levels)
    size, scale = pairs.levels, equation.scale()
    strength, values = np.inf, np.full(pairs.size, np.nan)
    if parts == 1:
        factored = factors(bordered(block, size))
        if factored is not None:
            right = np.zeros(pairs.size)
            right[0] = border(block)
            values = factored.refined(right)
            strength = inverse_norm(factored)
    rho = pairs.unpacked(values)
    rho = np.asarray(rho / np.trace(rho).real, dtype=np.complex128)
    nullity = parts if parts > 1 else 1 if strength * scale < 1.0 / _SINGULAR else 2
    return rho, judged(equation, rho, strength, nullity=nullity, groups=pairs.groups)


def judged(equation: SparseLindblad, rho: Complex, strength: float, *, nullity: int, groups: Integer) -> Real:
    """Return the rows of evidence of ρ from a bound of ‖M⁻¹‖.

    M (ρ̂ − ρ) = L ρ̂ + s e₀ (tr ρ̂ − 1) and M ρ = s e₀: ρ̂ is off by M⁻¹ L ρ̂ and by the rounding of its trace.
    """
    change, rounding = equation.change(rho)
    residual, size = float(np.linalg.norm(change)) + rounding, len(rho)
    error = size**0.5 * strength * residual + (size + 4.0) * EPS
    error = error if nullity == 1 and np.isfinite(error) else np.inf
    return np.array([residual, equation.scale(), smallest(rho, groups), error, 2.0 * error, nullity])


def smallest(rho: Complex, groups: Integer) -> float:
    """Return the smallest eigenvalue of a matrix that is zero between classes of levels."""
    order = np.argsort(groups, kind="stable")
    ends = np.flatnonzero(np.diff(groups[order], append=-1)) + 1
    found, begin = np.inf, 0
    for end in ends.tolist():
        rows = order[begin:end]
        part = rho[np.ix_(rows, rows)]
        found = min(found, float(part[0, 0].real) if len(rows) == 1 else float(eigenvalues(part)[0]))
        begin = end
    return found


def parts_with_states(block: Any, levels: int) -> int:
    """Return how many of the parts that L falls into hold a population: as many states at least are stationary."""
    _, labels = connected_components(block, directed=False)
    return len(np.unique(labels[:levels]))


def border(block: Any) -> float:
    """Return s, as large as the fastest decay."""
    return float(np.abs(block.diagonal()).max(initial=0.0)) or 1.0


def bordered(block: Any, levels: int) -> Any:
    """Return L + s e₀ tᵀ."""
    row = csc_array(
        (np.full(levels, border(block)), (np.zeros(levels, dtype=np.int64), np.arange(levels))), shape=block.shape
    )
    return (block + row).tocsc()


def factors(matrix: Any) -> Factored | None:
    """Return a matrix with its factors; None where it has none.

    The pattern of L is nearly symmetric, so that columns are ordered by that of M + Mᵀ and pivots left where they are;
    supernodes are kept narrow, since wide ones fill in half as much again.
    """
    try:
        found: Any = splu(
            matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.01, relax=3, options={"SymmetricMode": True}
        )
    except RuntimeError:  # SuperLU's word for a singular matrix
        return None
    return Factored(matrix, found.solve, lambda right: np.asarray(found.solve(right, "T")))
