"""LAPACK on stacks of matrices, where one matrix that it gives up on must not cost the others their result.

NumPy raises for the whole stack if a single matrix is singular to the last bit or its eigenvalues do not converge.
Here that matrix alone comes back as nan, which every judgement downstream takes for what it is: not known.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from torusync._checks import Complex, Real


def _each(task: Callable[..., Any], shape: tuple[int, ...], *stacks: Any) -> Any:
    """Return ``task`` of the stacks; matrix by matrix, with nan of ``shape`` where it fails, if the whole fails."""
    # inf and nan are no input for LAPACK: it may raise, or never return
    if all(np.isfinite(stack).all() for stack in stacks):
        try:
            return task(*stacks)
        except np.linalg.LinAlgError:
            pass
    finite = np.logical_and.reduce([np.isfinite(stack).all(axis=tuple(range(1, stack.ndim))) for stack in stacks])
    dtype = np.result_type(*stacks)
    results = []
    for point in range(len(stacks[0])):
        result = np.full(shape, np.nan, dtype=dtype)
        if finite[point]:
            with suppress(np.linalg.LinAlgError):
                result = task(*(stack[point : point + 1] for stack in stacks))[0]
        results.append(result)
    return np.stack(results) if results else np.empty((0, *shape), dtype=dtype)


def inverses(matrices: Complex) -> Complex:
    """Return the inverses of ``(points, n, n)``."""
    return np.asarray(_each(np.linalg.inv, matrices.shape[1:], matrices), dtype=np.complex128)


def solutions(matrices: Real, rights: Real) -> Real:
    """Return the solutions of ``(points, n, n)`` x = ``(points, n, k)``."""
    return np.asarray(_each(np.linalg.solve, rights.shape[1:], matrices, rights))


def eigenvalues(matrices: Complex) -> Complex:
    """Return the eigenvalues of ``(points, n, n)``, shape ``(points, n)``."""
    return np.asarray(_each(np.linalg.eigvals, matrices.shape[1:2], matrices), dtype=np.complex128)


def eigenvalues_hermitian(matrices: Complex) -> Real:
    """Return the eigenvalues of Hermitian ``(points, n, n)`` in ascending order, shape ``(points, n)``."""
    return np.asarray(_each(np.linalg.eigvalsh, matrices.shape[1:2], matrices).real, dtype=np.float64)


def singular_values(matrices: Complex) -> tuple[Real, Complex]:
    """Return singular values ``(points, n)``, descending, and right singular vectors ``(points, n, n)``."""
    if np.isfinite(matrices).all():
        with suppress(np.linalg.LinAlgError):
            _, values, right = np.linalg.svd(matrices)
            return values, right

    def both(stack: Complex) -> Complex:
        _, values, right = np.linalg.svd(stack)
        return np.concatenate([values[:, np.newaxis], right], axis=1)

    size = matrices.shape[-1]
    joined = _each(both, (size + 1, size), matrices)
    return np.asarray(joined[:, 0].real, dtype=np.float64), np.asarray(joined[:, 1:], dtype=np.complex128)
