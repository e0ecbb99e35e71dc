"""Slow modes of any Lindblad system of many levels, whose generator is too large to be taken as one matrix.

L is cut into the blocks that it does not join, which are charge sectors where something is conserved; a small block
has all its eigenvalues, of a large one those next to a shift come out of Arnoldi's iteration on its factors.  Nothing
proves that there is no slower one elsewhere, so that what is found bounds the gap from above; where all blocks were
small the list is complete.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np
from scipy.sparse import csr_array, eye_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs, splu

from torusync._checks import Complex, Integer, Real, as_count, requirement, scalar
from torusync._lapack import inverses, modes
from torusync._limits import SLOW_LEVELS
from torusync._memory import require_memory
from torusync._results import Result
from torusync._show import span
from torusync._threads import one_blas_thread, stop_if_told
from torusync.conventions import EPS
from torusync.generators import LindbladGenerator
from torusync.models import System

_DENSE_ROWS: Final = 200
"""Rows up to which all eigenvectors of a block cost less than factors and iterations."""

_ASIDE: Final = 1e-3
"""How far right of the imaginary axis shifts are, in units of the fastest decay of a population: no eigenvalue is."""

_VECTORS: Final = 40
"""Arnoldi vectors at least: slow modes crowd."""

_FILL: Final = 60.0
"""Entries of the factors of a block over those of the block itself, by which memory is judged."""


@final
@dataclass(frozen=True, eq=False, repr=False)
class SlowModes(Result):
    """Eigenvalues of a generator next to the imaginary axis, with their modes.

    Parameters
    ----------
    eigenvalues : (K,) by falling real part, in units of ω_1; the first is the 0 of the steady state
    error : (K,)
        How far the true eigenvalue may be, to first order in the residual and rounding: their sum times the condition.
    residual : (K,) ‖L x − λ x‖_F of the mode x as found, with ‖x‖_F = 1
    condition : (K,)
        1 over the overlap of the mode with its left partner: 1 for normal generators.  A state may hold this much more
        of the mode than its own size, so that it seems to relax faster or slower than the eigenvalue says for a while.
    modes : (K, D, D) x
    blocks : number of blocks that L falls into
    complete
        Whether all eigenvalues were worked out, so that there is none slower than those that are listed.
    """

    eigenvalues: Complex
    error: Real
    residual: Real
    condition: Real
    modes: Complex
    blocks: int
    complete: bool

    AXES: ClassVar = {"modes": 2}

    @property
    def gap_bound(self) -> Real:
        """Slowest decay that was found beside the steady state, its error added: the gap is no larger.

        It may be smaller where the list is not complete: modes that turn fast are far from every shift.
        """
        slowest = -self.eigenvalues[1:].real + self.error[1:]
        return scalar(np.asarray(slowest.min() if slowest.size else np.inf))

    def _in_words(self) -> str:
        kind = "all of them known" if self.complete else f"next to shifts, {self.blocks} blocks"
        return f"{np.size(self.error)} of real parts {span(self.eigenvalues.real)}, {kind}"


@one_blas_thread
def slow_modes(system: System, *, count: int = 6) -> SlowModes:
    """Return eigenvalues of a generator next to the imaginary axis, with residuals, conditions and modes.

    Parameters
    ----------
    system
        One `LindbladSystem`, or another system with channels, of at most 100 levels.
    count
        How many; of large blocks no more than these are looked for in each.

    Raises
    ------
    ArgumentError
        If the system is a batch or of another kind, is too large, or an iteration does not converge.
    """
    if isinstance(system, type) or not callable(getattr(system, "generator", None)):
        raise requirement("system", "be a LindbladSystem", f"it is {type(system).__name__}")
    generator, wanted = system.generator(), as_count("count", count, minimum=1)
    if not isinstance(generator, LindbladGenerator):
        raise requirement("system", "have channels", "it is a machine; ask for its liouvillian_gap")
    if generator.batch_shape:
        raise requirement("system", "be one system", f"its batch shape is {generator.batch_shape}")
    size = generator.dimension
    if size > SLOW_LEVELS:
        raise requirement("system", f"have at most {SLOW_LEVELS} levels for its slow modes", f"it has {size}")
    equation = generator.sparse()
    matrix: Any = csr_array(equation.complex_form(np.arange(size**2)))
    joined: Any = csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)
    number, labels = connected_components(joined, directed=False)
    largest = int(np.bincount(labels).max())
    dense = largest <= _DENSE_ROWS
    share = largest / size**2
    require_memory("system", 48.0 * largest**2 if dense else 16.0 * _FILL * share * matrix.nnz, what=f"{size} levels")
    values, vectors, partners = _of_blocks(matrix, labels.astype(np.int64), wanted, aside=_ASIDE * equation.border())
    order = np.argsort(-values.real, kind="stable")[:wanted]
    values, vectors, condition = values[order], vectors[:, order], partners[order]
    return _judged(generator, matrix, (values, vectors, condition), (int(number), dense))


def _judged(
    generator: LindbladGenerator, matrix: Any, found: tuple[Complex, Complex, Real], blocks: tuple[int, bool]
) -> SlowModes:
    (values, vectors, condition), size = found, generator.dimension
    astray = np.linalg.norm(matrix @ vectors - vectors * values, axis=0)
    longest = float(np.diff(matrix.indptr).max())
    rounding = np.linalg.norm(abs(matrix) @ np.abs(vectors), axis=0) + np.abs(values)
    unsure = float(generator.liouvillian_rounding()) + (longest + 8.0) * EPS * rounding
    condition = np.where(np.isfinite(condition), condition, np.inf)
    error = 2.0 * condition * (astray + unsure)
    return SlowModes(values, error, astray, condition, vectors.T.reshape(-1, size, size), *blocks)


def _of_blocks(matrix: Any, labels: Integer, wanted: int, *, aside: float) -> tuple[Complex, Complex, Real]:
    """Return eigenvalues, modes as columns, and conditions, of every block, but once of two that are adjoint."""
    rows, size = len(labels), round(len(labels) ** 0.5)
    mirror = np.arange(rows).reshape(size, size).T.reshape(-1)
    values, columns, conditions = [], [], []
    order = np.argsort(labels, kind="stable")
    ends = np.cumsum(np.bincount(labels))[:-1]
    for label, kept in enumerate(np.split(order, ends)):
        stop_if_told()
        other = int(labels[mirror[kept[0]]])
        if other < label:
            continue
        block = matrix[kept][:, kept]
        found = _all(block) if len(kept) <= _DENSE_ROWS else _nearest(block, wanted, aside)
        best = np.argsort(-found[0].real, kind="stable")[:wanted]
        whole = np.zeros((rows, len(best)), dtype=np.complex128)
        whole[kept] = found[1][:, best]
        values.append(found[0][best])
        columns.append(whole)
        conditions.append(found[2][best])
        if other > label:
            values.append(np.conj(values[-1]))
            columns.append(np.conj(whole[mirror]))
            conditions.append(conditions[-1])
    return np.concatenate(values), np.concatenate(columns, axis=1), np.concatenate(conditions)


def _all(block: Any) -> tuple[Complex, Complex, Real]:
    """Return all eigenvalues of a block, modes of norm 1, and conditions."""
    values, vectors = modes(np.asarray(block.toarray(), dtype=np.complex128))
    return values, vectors, np.linalg.norm(inverses(vectors), axis=-1)


def _nearest(block: Any, wanted: int, aside: float) -> tuple[Complex, Complex, Real]:
    """Return the same of those next to a shift: that of the entry that decays most slowly by itself."""
    own = block.diagonal()
    shift = complex(aside, float(own[int(own.real.argmax())].imag))
    factors: Any = splu((block - eye_array(len(own), dtype=np.complex128) * shift).tocsc())
    shape = block.shape
    forward: Any = LinearOperator(shape, factors.solve, dtype=np.complex128)
    back: Any = LinearOperator(shape, lambda x: factors.solve(x, trans="H"), dtype=np.complex128)
    start = np.exp(2j * np.pi * np.random.default_rng(0).uniform(size=len(own)))
    count = min(wanted + 2, len(own) - 2)
    keywords: dict[str, Any] = {"k": count, "ncv": min(len(own), max(_VECTORS, 4 * count)), "v0": start}
    try:
        turned, right = eigs(forward, **keywords)
        _, left = eigs(back, **keywords)
    except ArpackNoConvergence as error:
        but = f"Arnoldi's iteration did not converge for a block of {len(own)} rows"
        raise requirement("count", "be fewer", but) from error
    # partners of several modes that are one eigenvalue are told apart by the inverse of all overlaps
    partners = inverses(np.conj(left.T) @ right) @ np.conj(left.T)
    return shift + 1.0 / turned, right, np.linalg.norm(partners, axis=-1) * np.linalg.norm(right, axis=0)
