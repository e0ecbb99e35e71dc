"""How large the inverse of a sparse matrix is, from its factors and a few random vectors.

The smallest singular value of a large matrix is not to be had at the price of a solve, and an estimate from below (as
condition estimators give) would make errors too small.  But a vector of normal numbers has less than 1/c along any
given direction with a probability below 0.8/c, whatever the direction, and the vectors are drawn without a look at the
matrix.  With v the left singular vector of the largest σ⁻¹ that holds for, z^T v is at least 1/c for one of six draws
but once in 10⁹, and there σ⁻² ≤ c ‖(MᵀM)⁻¹ z‖.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from torusync._checks import Real
from torusync.conventions import EPS

_DRAWS: Final = 6

_FACTOR: Final = 25.5
"""(0.8/c)⁶ = 10⁻⁹."""


@final
@dataclass(frozen=True, eq=False)
class Factored:
    """A sparse matrix M with what solves for it.

    Parameters
    ----------
    matrix : M, real
    solve : columns b → M⁻¹ b, as far as the factors are good
    solve_transposed : columns b → M⁻ᵀ b
    """

    matrix: Any
    solve: Callable[[Real], Real]
    solve_transposed: Callable[[Real], Real]

    def norm(self) -> float:
        """Return a bound of ‖M‖_2, and of ‖|M|‖_2, by the largest sums of a row and of a column."""
        moduli = abs(self.matrix)
        sums = [float(np.max(moduli.sum(axis=axis), initial=0.0)) for axis in (0, 1)]
        return float((sums[0] * sums[1]) ** 0.5)

    def refined(self, right: Real, steps: int = 2) -> Real:
        """Return M⁻¹ b, refined."""
        found = self.solve(right)
        for _ in range(steps):
            found = found + self.solve(right - self.matrix @ found)
        return found


def inverse_norm(factored: Factored) -> float:
    """Return a bound of ‖M⁻¹‖_2, wrong but once in 10⁹; infinite where the factors are not good enough to tell.

    What solves leave over is part of the bound: M x = y − d and Mᵀ y = z − e make σ⁻² ≤ c (‖x‖ + σ⁻¹ ‖d‖ + σ⁻² ‖e‖).
    """
    matrix = factored.matrix
    count = matrix.shape[0]
    draws = np.random.default_rng(count).normal(size=(count, _DRAWS))
    first = factored.solve_transposed(draws)
    second = factored.solve(first)
    rounding = EPS * (int(np.diff(matrix.indptr).max(initial=0)) + 4.0) * factored.norm()
    left = [_largest(draws - matrix.T @ first) + rounding * _largest(first)]
    left.append(_largest(first - matrix @ second) + rounding * _largest(second))
    lead, middle, last = 1.0 - _FACTOR * left[0], _FACTOR * left[1], _FACTOR * _largest(second)
    if not (lead > 0.0 and np.isfinite(middle + last)):
        return float("inf")
    return float((middle + (middle**2 + 4.0 * lead * last) ** 0.5) / (2.0 * lead))


def _largest(columns: Real) -> float:
    return float(np.linalg.norm(columns, axis=0).max(initial=0.0))
