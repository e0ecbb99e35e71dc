"""Systems with several steady states: how many, what is conserved, and which of them an initial state tends to.

Every stationary matrix and every conserved quantity comes out of the singular values of L, part by part of its graph.
With both, R and C, the limit of ρ₀ is R (Cᵀ R)⁻¹ Cᵀ ρ₀, whatever happens on the way.  What turns for ever without
decaying has no limit, and its average over time is what is given.

A decay below rounding looks like none, and then all of this holds for a time alone.  How many matrices are stationary
for ever is counted exactly, of the numbers as they are stored; where those are fewer, it is said how long.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, final

import numpy as np
from scipy.sparse.csgraph import connected_components

from torusync._checks import Complex, Integer, Real, requirement
from torusync._frozen import Frozen
from torusync._limits import FACTORED_ENTRIES, SINGULAR_ROWS
from torusync._threads import one_blas_thread
from torusync.conventions import EPS
from torusync.generators import Generator, LindbladGenerator
from torusync.generators.superoperator import Pairs, SparseLindblad
from torusync.models import System
from torusync.steady.answer import LARGEST_ERROR
from torusync.steady.deflated import null_vectors
from torusync.steady.fill import entries
from torusync.steady.modular import certain_nullity
from torusync.steady.units import measured_in, units

_NULL: Final = 16.0
"""Singular values below 16 ε times the rows and the largest one are zero as far as doubles tell."""


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
        Of parts of more than 1600 rows a lower bound of it, some tenth, wrong but once in 10⁹.
    error : bound of ‖P̂ − P‖_2 for the projector P on the stationary matrices
        Infinite where fewer of them are stationary for ever, or are not known to be.
    certain : how many stationary matrices there are exactly, of the numbers as they are stored, wrong but once in 10⁹
        Of parts of more than 600 rows those alone that need no arithmetic, one for each that holds populations.
    holds_until : in units of 1/ω_1, infinite where all of them are stationary for ever
        Otherwise some of the system as it is stored may decay too slowly to be told from what does not, as a symmetry
        in a rotated basis does by rounding.  A state that has come to its `limit` is within 10⁻⁶ of it (trace norm) up
        to this time; 0 where not even that is known.
    """

    matrices: Complex
    conserved: Complex
    gap: float
    error: float
    certain: int
    holds_until: float = np.inf

    @property
    def nullity(self) -> int:
        """How many independent stationary matrices there are, as far as rounding tells."""
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
        If it is a batch or of another kind, or the factors of a part of L take too much.
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
    unit = units(generator)
    if unit != 1.0:
        found = space_of(measured_in(generator, unit))
        return replace(found, gap=found.gap * float(unit), holds_until=found.holds_until / float(unit))
    equation, size = generator.sparse(), generator.dimension
    pairs = Pairs(np.zeros(size, dtype=np.int64))
    matrix = equation.real_form(pairs).tocsr()
    right, left, rest = _null_vectors(matrix, equation, pairs)
    gap, many, certain = min(rest, default=np.inf), right.shape[1], certain_nullity(generator)
    # L as stored is off by its rounding, and singular values by that of their algorithm
    stored = EPS * equation.roundings * equation.reach()
    surely = gap - stored - (size**2 + 16) * EPS * equation.scale()
    # ‖L R‖ is at least the gap times what of R is beside the true null space
    drift = float(np.linalg.norm(matrix.T @ left)) + stored * many**0.5
    missed = max(float(np.linalg.norm(matrix @ right)), drift) + stored * many**0.5
    off = missed / surely if surely > 0.0 else np.inf
    steep = float(np.linalg.norm(np.linalg.inv(left.T @ right), 2)) if off < np.inf else np.inf
    error = 2.02 * steep**2 * off / (1.0 - 2.0 * steep * off) if 2.0 * steep * off < 1.0 else np.inf
    error = float(error) + size**2 * EPS * steep
    matrices, conserved = (np.stack([pairs.unpacked(one) for one in basis.T]) for basis in (right, left))
    if certain == many:
        return StationarySpace(matrices, conserved, float(gap), error, certain)
    # ‖d(P̂ρ)/dt‖ is at most that of what is conserved, ‖(R̂, Ĉ)⁻¹‖ ‖L†Ĉ‖
    left_over = LARGEST_ERROR / size**0.5 - error if certain < many else 0.0
    lasting = left_over / (steep * drift) if left_over > 0.0 else 0.0
    return StationarySpace(matrices, conserved, float(gap), np.inf, certain, float(lasting))


def _null_vectors(matrix: Any, equation: SparseLindblad, pairs: Pairs) -> tuple[Real, Real, list[float]]:
    """Return right and left null vectors as columns, and singular values that are not zero, of each part the smallest.

    Parts of equal charge and of unequal charge alike: what turns for ever lives in the latter.
    """
    count, labels = connected_components(matrix, directed=False)
    largest = int(np.bincount(labels).max())
    if largest > SINGULAR_ROWS and (found := entries(matrix.tocsc(), None)) > FACTORED_ENTRIES:
        raise requirement(
            "system",
            f"have factors of at most {FACTORED_ENTRIES:.1e} entries for all of its stationary matrices",
            f"those of its {pairs.levels} levels have about {found:.1e}",
        )
    order = np.argsort(labels, kind="stable")
    scale = equation.scale()
    floor = _NULL * EPS * pairs.size * scale
    right, left, rest = [], [], []
    for rows in np.split(order, np.cumsum(np.bincount(labels, minlength=count))[:-1]):
        part = matrix[rows][:, rows]
        if len(rows) > SINGULAR_ROWS:
            ours, theirs, gap = null_vectors(part, scale=scale, floor=floor)
        else:
            ours, theirs, gap = _by_singular_values(part.toarray(), floor)
        right += _spread(ours.T, rows, pairs.size)
        left += _spread(theirs.T, rows, pairs.size)
        rest.append(gap)
    return np.stack(right, axis=1), np.stack(left, axis=1), rest


def _by_singular_values(part: Real, floor: float) -> tuple[Real, Real, float]:
    """Return right and left null vectors as columns, and the smallest singular value that is not zero."""
    first, values, second = np.linalg.svd(part)
    zero = values <= floor
    return second[zero].T, first[:, zero], float(values[~zero].min(initial=np.inf))


def _spread(vectors: Real, rows: Integer, size: int) -> list[Real]:
    found = np.zeros((len(vectors), size))
    found[:, rows] = vectors
    return list(found)
