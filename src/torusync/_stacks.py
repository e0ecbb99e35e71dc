"""Elimination of stacked small matrices ``(n, n, points)``, the points last: one array operation for all of them.

A LAPACK call for each point would cost ten to a hundred times the arithmetic of a 9 × 9 matrix.  Nothing here looks for
pivots: who calls has matrices that need none, or asks afterwards what rounding has made of them.  Everything is
overwritten, and a point whose pivot vanishes spoils no other.
"""

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real


def factorise(matrix: Real | Complex) -> Boolean:
    """Overwrite Hermitian stacks by the L and D of L D L†; return where all pivots are positive.

    A pivot that is not counts as 1 from there on.
    """
    positive = np.ones(matrix.shape[-1], dtype=np.bool_)
    # one that is rounding makes those after it overflow, towards minus infinity or nan: neither is positive
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(len(matrix)):
            pivot = matrix[step, step].real
            positive &= pivot > 0.0
            np.copyto(pivot, 1.0, where=~(pivot > 0.0))
            below = matrix[step + 1 :, step]
            row = np.conj(below)
            below /= pivot
            matrix[step + 1 :, step + 1 :] -= below[:, np.newaxis] * row
    return positive


def signed(matrix: Real) -> tuple[Integer, Boolean]:
    """Overwrite symmetric stacks by the L and D of L D Lᵀ; return how many pivots are negative, and if all are some.

    Where the elimination would need an order of its own rounding may lie about both, which is for the caller to see.
    """
    for step in range(len(matrix)):
        below = matrix[step + 1 :, step]
        row = below.copy()
        below /= matrix[step, step]
        matrix[step + 1 :, step + 1 :] -= below[:, np.newaxis] * row
    index = np.arange(len(matrix))
    pivots = matrix[index, index]
    return (pivots < 0.0).sum(axis=0), (np.isfinite(pivots) & (pivots != 0.0)).all(axis=0)


def substitute(matrix: Real, right: Real) -> Real:
    """Solve with the real factors of `factorise` for one right side ``(n, points)``, which is overwritten."""
    size = len(right)
    for step in range(size - 1):
        right[step + 1 :] -= matrix[step + 1 :, step] * right[step]
    for step in range(size):
        right[step] /= matrix[step, step]
    for step in range(size - 1, 0, -1):
        right[:step] -= matrix[step, :step] * right[step]
    return right


def eliminate(matrix: Real, right: Real) -> Real:
    """Solve any systems for right sides ``(n, points)``; both are overwritten."""
    size = len(right)
    for step in range(size - 1):
        factors = matrix[step + 1 :, step] / matrix[step, step]
        matrix[step + 1 :, step + 1 :] -= factors[:, np.newaxis] * matrix[step, step + 1 :]
        right[step + 1 :] -= factors * right[step]
    for step in range(size - 1, -1, -1):
        right[step] /= matrix[step, step]
        right[:step] -= matrix[:step, step] * right[step]
    return right


def invert(matrix: Complex) -> Complex:
    """Overwrite any matrices by their inverses, and return them."""
    index = np.arange(len(matrix))
    for step in index:
        pivot, column = matrix[step, step].copy(), matrix[:, step].copy()
        column[step] = 0.0
        matrix[step, step] = 1.0
        matrix[step] /= pivot
        matrix[:, step] *= (index == step)[:, np.newaxis]
        matrix -= column[:, np.newaxis] * matrix[step]
    return matrix
