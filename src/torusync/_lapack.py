"""LAPACK for stacks of matrices where some may fail, and for matrices so large that a user may lose patience.

NumPy raises for a whole stack when one of its matrices does not converge or is singular: here that one comes back as
nan, which every caller reads as "nothing proven, no step taken".  So does one that is not finite, of which LAPACK makes
an error, a number or an endless loop.  And a factorisation, once begun, listens to nobody:
from some hundred levels on it runs in a thread of its own, which an interrupt leaves to itself.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import numpy as np

from torusync._checks import Boolean, Complex, Real
from torusync._threads import stop_if_told

Function = Callable[..., Any]

_PATIENCE: Final = 300
"""Rows up to which a factorisation ends long before a second is over."""

_PARTS: Final = 16
"""Parts that a stack is cut into where one of its matrices fails, as a few in a hundred do."""


def spectra(stack: Complex | Real) -> tuple[Real, Any]:
    """Return eigenvalues, ascending, and eigenvectors of Hermitian ``(..., n, n)``; nan where there are none."""
    values, vectors = _each(np.linalg.eigh, stack)
    return values, vectors


def eigenvalues(stack: Complex | Real) -> Real:
    """Return eigenvalues, ascending, of Hermitian matrices ``(..., n, n)``; nan where there are none."""
    return np.asarray(_each(np.linalg.eigvalsh, stack))


def rates(stack: Complex) -> Complex:
    """Return eigenvalues of general matrices ``(..., n, n)``, in no order; nan where there are none."""
    return np.asarray(_each(np.linalg.eigvals, stack))


def modes(stack: Complex) -> tuple[Complex, Complex]:
    """Return eigenvalues, in no order, and eigenvectors of general matrices ``(..., n, n)``; nan where none."""
    values, vectors = _each(np.linalg.eig, stack)
    return values.astype(np.complex128), vectors.astype(np.complex128)


def singular_values(stack: Complex) -> tuple[Real, Complex]:
    """Return singular values, descending, and right singular vectors as rows, of ``(..., n, n)``; nan without any."""
    values, right = _each(lambda one: np.linalg.svd(one)[1:], stack)
    return values, right


def inverses(stack: Complex | Real) -> Any:
    """Return inverses of matrices ``(..., n, n)``; nan where they are singular."""
    return np.asarray(_each(np.linalg.inv, stack))


def solutions(stack: Complex | Real, right: Complex | Real) -> Any:
    """Return x with A x = b for matrices ``(..., n, n)`` and b ``(..., n)``; nan where A is singular."""
    return _each(lambda one, side: np.linalg.solve(one, side[..., np.newaxis])[..., 0], stack, right)


def definite(stack: Complex) -> Boolean:
    """Return of which Hermitian matrices ``(points, n, n)`` a Cholesky factorisation runs to its end, ``(points)``."""
    stop_if_told()
    found = np.asarray(np.isfinite(stack).all(axis=(-2, -1)))
    if not found.all():
        found[found] = definite(stack[found])
        return found
    try:
        np.linalg.cholesky(stack)
    except np.linalg.LinAlgError:
        # NumPy does not tell which: to halve would take more factorisations than to look into a few parts at once
        parts = np.array_split(stack, min(_PARTS, len(stack))) if len(stack) > 1 else []
        return np.concatenate([definite(part) for part in parts] or [~found])
    return found


def _each(function: Function, *stacks: Any) -> Any:
    """Return what a function gives for stacks, or for each matrix by itself where one fails; nan for that one."""
    stop_if_told()
    if all(np.isfinite(stack).all() for stack in stacks):
        with suppress(np.linalg.LinAlgError):
            return _patiently(function, *stacks)
    if stacks[0].ndim == 2:
        # of the shapes that the unit matrix gives
        found = function(np.eye(len(stacks[0]), dtype=stacks[0].dtype), *stacks[1:])
        return tuple(map(_lost, found)) if isinstance(found, tuple) else _lost(found)
    each = [_each(function, *parts) for parts in zip(*stacks, strict=True)]
    return tuple(map(np.stack, zip(*each, strict=True))) if isinstance(each[0], tuple) else np.stack(each)


def _lost(values: Any) -> Any:
    return np.full_like(values, np.nan)


def _patiently(function: Function, *stacks: Any) -> Any:
    """Call a function of large matrices in a thread of its own: waiting for it can be interrupted, LAPACK cannot."""
    if stacks[0].shape[-1] <= _PATIENCE or threading.current_thread() is not threading.main_thread():
        return function(*stacks)
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(function(*stacks))
        except np.linalg.LinAlgError as error:
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.2)
    if not outcome:
        raise MemoryError("a factorisation ended without an answer")
    if isinstance(outcome[0], np.linalg.LinAlgError):
        raise outcome[0]
    return outcome[0]
