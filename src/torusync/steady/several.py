"""Systems with several steady states: how many, what is conserved, and which of them an initial state tends to.

Every stationary matrix and every conserved quantity comes out of the singular values of L, part by part of its graph.
With both, R and C, the limit of ρ₀ is R (Cᵀ R)⁻¹ Cᵀ ρ₀, whatever happens on the way.  What turns for ever without
decaying has no limit, and its average over time is what is given.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from scipy.sparse.csgraph import connected_components

from torusync._checks import Complex, Integer, Real, requirement
from torusync._frozen import Frozen
from torusync._limits import SINGULAR_ROWS
from torusync._threads import one_blas_thread
from torusync.conventions import EPS
from torusync.generators import Generator, LindbladGenerator
from torusync.generators.superoperator import Pairs, SparseLindblad
from torusync.models import System

_NULL: Final = 16.0
"""Singular values below 16 ε times the rows and the largest one count as zero."""


@final
@dataclass(frozen=True, eq=False)
class StationarySpace(Frozen):
    """All stationary matrices of one system, and all that it conserves.

    Parameters
    ----------
    matrices : (k, D, D)
        Hermitian, orthonormal in the Frobenius product; every steady state is a combination of them.
    conserved : (k, D, D)
        Hermitian, orthonormal: tr(Q ρ) of each stays what it is.  For k = 1 that is the trace alone.
    gap : slowest decay, as the smallest singular value of L that is not zero, in units of ω_1
    error : bound of ‖P̂ − P‖_2 for the projector P on the stationary matrices
    """

    matrices: Complex
    conserved: Complex
    gap: float
    error: float

    @property
    def nullity(self) -> int:
        """How many independent stationary matrices there are."""
        return len(self.matrices)

    def limit(self, initial: Complex) -> Complex:
        """Return the steady state that a density matrix ``(D, D)`` tends to, or turns about."""
        size = len(initial)
        right, left = self.matrices.reshape(-1, size**2), self.conserved.reshape(-1, size**2)
        overlap = (np.conj(left) @ right.T).real
        weights = np.linalg.solve(overlap, (np.conj(left) @ initial.reshape(-1)).real)
        found = (weights @ right).reshape(size, size)
        return np.asarray(found / np.trace(found).real)


def stationary_space(system: System) -> StationarySpace:
    """Return all stationary matrices of one system and what it conserves.

    Parameters
    ----------
    system
        A `LindbladSystem`, or another system with such a generator; one point.

    Raises
    ------
    ArgumentError
        If it is a batch or of another kind, or falls into parts of more than 1600 rows.
    """
    if isinstance(system, type) or not callable(getattr(system, "generator", None)):
        raise requirement("system", "be a LindbladSystem", f"it is {type(system).__name__}")
    return space_of(system.generator())


@one_blas_thread
def space_of(generator: Generator) -> StationarySpace:
    """Return the same of a generator."""
    if not isinstance(generator, LindbladGenerator):
        raise requirement("system", "be a LindbladSystem", "it has a generator of another kind")
    if generator.batch_shape:
        raise requirement("system", "be one point", f"it is a batch of shape {generator.batch_shape}; index it")
    equation, size = generator.sparse(), generator.dimension
    pairs = Pairs(np.zeros(size, dtype=np.int64))
    right, left, rest = _null_vectors(equation, pairs)
    unsure = float(generator.liouvillian_rounding()) + (size**2 + 16) * EPS * equation.scale()
    gap = min(rest, default=np.inf)
    off = 2.0 * unsure * size / (gap - unsure) if gap > unsure else np.inf
    steep = float(np.linalg.norm(np.linalg.inv(left.T @ right), 2)) if off < np.inf else np.inf
    error = 1.01 * steep**2 * off / (1.0 - steep * off) if steep * off < 1.0 else np.inf
    matrices, conserved = (np.stack([pairs.unpacked(one) for one in basis.T]) for basis in (right, left))
    return StationarySpace(matrices, conserved, float(gap), float(error) + size**2 * EPS * steep)


def _null_vectors(equation: SparseLindblad, pairs: Pairs) -> tuple[Real, Real, list[float]]:
    """Return right and left null vectors as columns, and singular values that are not zero, of each part the smallest.

    The number of zeros is that over all parts: judged by the largest singular value of the whole.
    """
    matrix = equation.real_form(pairs).tocsr()
    count, labels = connected_components(matrix, directed=False)
    largest = int(np.bincount(labels).max())
    if largest > SINGULAR_ROWS:
        raise requirement(
            "system",
            f"fall into parts of at most {SINGULAR_ROWS} rows for all of its stationary matrices",
            f"its largest has {largest}, of {pairs.levels} levels",
        )
    order = np.argsort(labels, kind="stable")
    floor = _NULL * EPS * pairs.size * equation.scale()
    right, left, rest = [], [], []
    for rows in np.split(order, np.cumsum(np.bincount(labels, minlength=count))[:-1]):
        first, values, second = np.linalg.svd(matrix[rows][:, rows].toarray())
        zero = values <= floor
        right += _spread(second[zero], rows, pairs.size)
        left += _spread(first.T[zero], rows, pairs.size)
        rest += values[~zero].tolist()[-1:]
    return np.stack(right, axis=1), np.stack(left, axis=1), rest


def _spread(vectors: Real, rows: Integer, size: int) -> list[Real]:
    found = np.zeros((len(vectors), size))
    found[:, rows] = vectors
    return list(found)
