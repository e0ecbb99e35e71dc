"""Generic systems of many levels by a sparse factorisation of that block of L where states are.

L has D⁴ entries, of which a few D² are not zero, and where the system has a charge no state is outside of the blocks
of equal charge, see `generators.grading`.  L is singular, and to leave out a row would be to choose which: L + s e₀ tᵀ
with t the trace and e₀ the entry |0><0| is regular if and only if one matrix alone is stationary, has L's pattern but
for one row, and (L + s e₀ tᵀ) ρ = s e₀.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._checks import Complex, requirement
from torusync._limits import DIRECT_ROWS, ENTRY_BYTES, FACTORED_ENTRIES
from torusync._memory import require_memory
from torusync._threads import one_blas_thread, stop_if_told
from torusync.densities import DenseDensity
from torusync.generators import Generator, LindbladGenerator
from torusync.generators.superoperator import Pairs, SparseLindblad
from torusync.steady.answer import Answer, unfit
from torusync.steady.bordering import factors, judged, parts_with_states
from torusync.steady.fill import entries
from torusync.steady.probing import inverse_norm

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
        require_memory("system", 16.0 * points * size**2, what=f"Sparse() for {points} points of {size} levels")
        pairs = Pairs(generator.classes)
        flat = generator.flat()
        if points and pairs.size > DIRECT_ROWS:
            room_for(flat.part(0).sparse(), pairs)
        rho = np.empty((points, size, size), dtype=np.complex128)
        evidence = np.empty((6, points))
        for point in range(points):
            stop_if_told()
            equation = flat.part(point).sparse()
            rho[point], strength, nullity = solved(equation, pairs)
            evidence[:, point] = judged(equation, rho[point], strength, nullity=nullity, groups=pairs.groups)
        rho.setflags(write=False)
        density = DenseDensity(rho.reshape(*batch, size, size))
        return Answer.of(density, evidence[:5], solver=self, nullity=evidence[5].astype(np.int64))


def room_for(equation: SparseLindblad, pairs: Pairs) -> None:
    """Refuse factors that would take too much memory or time, with both numbers."""
    found, size = entries(equation.real_form(pairs)), pairs.levels
    advice = "name a charge that the system has by Charged(), or use Krylov(), or MatrixFree()"
    if found > FACTORED_ENTRIES:
        raise requirement(
            "system",
            f"have factors of at most {FACTORED_ENTRIES:.1e} entries in Sparse()",
            f"those of {size} levels have about {found:.1e}, {ENTRY_BYTES * found / 2**30:.1f} GiB; {advice}",
        )
    require_memory("system", ENTRY_BYTES * found, what=f"Sparse() for {size} levels", advice=advice)


def solved(equation: SparseLindblad, pairs: Pairs) -> tuple[Complex, float, int]:
    """Return ρ, a bound of ‖M⁻¹‖, and how many stationary matrices there are at least."""
    border, strength, values = equation.border(), np.inf, np.full(pairs.size, np.nan)
    factored = factors(equation.real_form(pairs, border=border))
    if factored is not None:
        right = np.zeros(pairs.size)
        right[0] = border
        values = factored.refined(right)
        strength = inverse_norm(factored)
    rho = pairs.unpacked(values)
    rho = np.asarray(rho / np.trace(rho).real, dtype=np.complex128)
    if strength * equation.scale() < 1.0 / _SINGULAR:
        return rho, strength, 1
    # parts that each hold a population are as many states at least
    nullity = max(2, parts_with_states(equation.real_form(pairs), pairs.levels))
    return rho, strength, nullity
