"""What the sparse solvers share: the border that makes L regular, its factors, and the judgement of what they find."""

from typing import Any, Final

import numpy as np
from scipy.sparse import csc_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from torusync._checks import Complex, Integer, Real
from torusync._lapack import eigenvalues
from torusync._limits import TOGETHER_LEVELS
from torusync.conventions import EPS
from torusync.generators.superoperator import SparseLindblad
from torusync.steady.probing import Factored


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
    if len(rho) <= TOGETHER_LEVELS:
        return float(eigenvalues(rho)[0])
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


def edge(size: int, levels: int, strength: float) -> Any:
    """Return s e₀ tᵀ."""
    row = np.zeros(levels, dtype=np.int64), np.arange(levels)
    return csc_array((np.full(levels, strength), row), shape=(size, size))


def bordered(block: Any, levels: int, strength: float) -> Any:
    """Return L + s e₀ tᵀ."""
    return (block + edge(block.shape[0], levels, strength)).tocsc()


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


_FACTOR: Final = 143.0
"""(0.8/c)⁴ = 10⁻⁹ for four random vectors, see `probing`."""


def reach(found: Real, left: Real, rounding: float) -> float:
    """Return a bound of ‖M⁻¹‖_2 from M x = z − d of four random z: ‖M⁻¹‖ ≤ c (‖x‖ + ‖M⁻¹‖ ‖d‖) for one of them."""
    sizes = np.linalg.norm(found, axis=0)
    missed = np.linalg.norm(left, axis=0) + rounding * sizes
    lead = 1.0 - _FACTOR * float(missed.max())
    return _FACTOR * float(sizes.max()) / lead if lead > 0.0 else float("inf")
