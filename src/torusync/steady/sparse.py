"""Generic systems of many levels by a sparse factorisation of that block of L where states are.

L has D⁴ entries, of which a few D² are not zero, and where the system has a charge no state is outside of the blocks
of equal charge, see `generators.grading`.  L is singular, and to leave out a row would be to choose which: L + s e₀ tᵀ
with t the trace and e₀ the entry |0><0| is regular if and only if one matrix alone is stationary, has L's pattern but
for one row, and (L + s e₀ tᵀ) ρ = s e₀.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, final

import numpy as np

from torusync._checks import Complex, Real, requirement
from torusync._limits import DIRECT_ROWS, ENTRY_BYTES, FACTORED_ENTRIES, REFINED_LEVELS
from torusync._memory import require_memory
from torusync._threads import one_blas_thread, stop_if_told
from torusync.conventions import EPS
from torusync.generators import Generator, LindbladGenerator
from torusync.generators.layout import Layout
from torusync.generators.superoperator import Pairs, SparseLindblad
from torusync.steady.answer import Answer, unfit
from torusync.steady.bordering import factors, judged, judged_by, parts_with_states, sparse_factors
from torusync.steady.fill import entries
from torusync.steady.probing import Bordered, Factored, inverse_norm
from torusync.steady.sharpened import sharpened
from torusync.steady.shells import FEW

_EASY: Final = 1e9
"""Conditions ‖L‖ ‖M⁻¹‖ up to which factors of single precision are taken: beyond, refinement gains little.

Of speed alone: what such factors cannot bound is asked again whatever the condition.
"""

_CLOSE: Final = 1e12
"""Conditions up to which no closer bound is asked for, since the rounding in L is no matter: cost alone hangs on it."""

_SHARE: Final = 1.0 / 3.0
"""Of ‖M⁻¹‖ times the rounding in L, up to which a closer bound is taken: with it left out, half is not exceeded."""

_FAIR: Final = 1e-8
"""Error beyond which the digits of a state are worth a residual in twice the precision."""

_ERROR: Final = 3
"""Where the error stands in a row of evidence, with that of the coherences and the nullity after it."""

_EMPTY: Final = 1e-8
"""First population, of the largest, below which shells are laid out from the largest instead."""


@final
@dataclass(frozen=True)
class Sparse:
    """Sparse factorisation of the block of equal charge.

    Charges are found in the entries of H and of the jumps; without one the block is the whole of L.  The error is
    the residual times the norm of the inverse of the block, from six random vectors and wrong but once in 10⁹.
    """

    @np.errstate(all="ignore")
    @one_blas_thread
    def solve(self, generator: Generator) -> Answer:
        """Return the steady states, point by point."""
        if not isinstance(generator, LindbladGenerator):
            raise unfit("Sparse() needs a LindbladSystem; use Auto() or Dense()")
        batch, points, size = generator.batch_shape, generator.points, generator.dimension
        require_memory("system", 16.0 * points * size**2, what=f"Sparse() for {points} points of {size} levels")
        pairs, flat = generator.pairs, generator.reduced
        if points and pairs.size > DIRECT_ROWS:
            room_for(generator.first_block, generator.first_layout, size)
        layout = generator.first_layout if points and pairs.size >= FEW else None
        rho = np.empty((points, size, size), dtype=np.complex128)
        evidence = np.empty((6, points))
        for point in range(points):
            stop_if_told()
            equation = flat.part(point).sparse() if point else generator.first
            whole = equation.assembled(pairs) if point else generator.first_assembled
            inside, strength, nullity, factored = solved(equation, whole.matrix, pairs, None if point else layout)
            left = sum(whole.change(pairs.packed(inside)))
            found = judged_by(left, equation.scale(), inside, strength, nullity=nullity, groups=pairs.groups)
            if nullity == 1 and factored is not None and not found[_ERROR] <= _FAIR and size <= REFINED_LEVELS:
                inside, error = sharpened(
                    flat.part(point), equation, pairs=pairs, factored=factored, strength=strength, rho=inside
                )
                found = judged(equation, inside, strength, nullity=nullity, groups=pairs.groups)
                found[_ERROR:] = error, 2.0 * error, nullity
            rho[point], evidence[:, point] = inside, found
        return Answer.of_matrices(rho, evidence, batch, solver=self)


def room_for(block: Any, layout: Layout | None, size: int) -> None:
    """Refuse factors of L that would take too much memory or time, with both numbers."""
    found = entries(block, layout)
    advice = "name a charge that the system has by Charged(), or use Krylov(), or MatrixFree()"
    if found > FACTORED_ENTRIES:
        raise requirement(
            "system",
            f"have factors of at most {FACTORED_ENTRIES:.1e} entries in Sparse()",
            f"those of {size} levels have about {found:.1e}, {ENTRY_BYTES * found / 2**30:.1f} GiB; {advice}",
        )
    require_memory("system", ENTRY_BYTES * found, what=f"Sparse() for {size} levels", advice=advice)


def solved(
    equation: SparseLindblad, block: Any, pairs: Pairs, layout: Layout | None = None
) -> tuple[Complex, float, int, Factored | None]:
    """Return ρ, a bound of ‖M⁻¹‖, how many stationary matrices there are at least, and the factors of M."""
    populations, scale = slice(pairs.levels), equation.scale()
    matrix = Bordered(block, pairs.levels, equation.border())
    factored = factors(matrix, layout, single=True)
    values, strength = _tried(factored, pairs.size)
    if factored is not None and factored.single and not _settled(factored, values, strength * scale):
        factored = factors(matrix, layout)
        values, strength = _tried(factored, pairs.size)
    if factored is not None and not factored.exchanged and not factored.single:
        largest = int(np.argmax(np.nan_to_num(np.abs(values[populations]))))
        if not abs(values[0]) > _EMPTY * abs(values[largest]):
            # shells are as good as the population is large that they are laid out from
            factored = factors(replace(matrix, root=largest))
            values, strength = _tried(factored, pairs.size)
        if not np.isfinite(strength):
            factored = sparse_factors(matrix)
            values, strength = _tried(factored, pairs.size)
    if factored is not None and not strength * scale < _CLOSE:
        # a closer bound is asked for where the usual one says too little; what L is off by is part of it
        closer = inverse_norm(factored, closely=True)
        share = closer * equation.rounding()
        strength = min(strength, closer / (1.0 - share)) if share < _SHARE else strength
    rho = pairs.unpacked(values / values[populations].sum())
    # a bound that there is holds all rounding of M: no other threshold tells a slow decay from none
    if np.isfinite(strength):
        return rho, strength, 1, factored
    # parts that each hold a population are as many states at least
    return rho, strength, max(2, parts_with_states(block, pairs.levels)), factored


def _settled(factored: Factored, values: Real, condition: float) -> bool:
    """Tell whether factors of single precision were good enough: for all digits, and for what is told from them."""
    matrix = factored.matrix
    right = np.zeros_like(values)
    right[matrix.root] = matrix.strength
    left = float(np.linalg.norm(right - matrix.apply(values)))
    return condition < _EASY and left <= 4.0 * EPS * matrix.norm * float(np.linalg.norm(values))


def _tried(factored: Factored | None, size: int) -> tuple[Real, float]:
    """Return the solution of M x = s e, and a bound of ‖M⁻¹‖."""
    if factored is None:
        return np.full(size, np.nan), np.inf
    right = np.zeros(size)
    right[factored.matrix.root] = factored.matrix.strength
    return factored.refined(right), inverse_norm(factored)
