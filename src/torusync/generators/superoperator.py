"""Superoperators on row-major vec(ρ), of which generators are written out."""

from functools import cache

import numpy as np

from torusync._checks import Complex


def commutator_superoperator(hamiltonian: Complex) -> Complex:
    """Return −i[H, ·] on row-major vec(ρ), shape ``(..., D², D²)``."""
    return -1j * (left_right(hamiltonian, None) - left_right(None, hamiltonian))


@cache
def _identity(dimension: int) -> Complex:
    identity = np.eye(dimension, dtype=np.complex128)
    identity.setflags(write=False)
    return identity


def left_right(left: Complex | None, right: Complex | None) -> Complex:
    """Return the superoperator ρ → left ρ right on row-major vec(ρ); None stands for the identity."""
    some = left if left is not None else right
    if some is None:
        raise TypeError("one side must be given")
    dimension = some.shape[-1]
    identity = _identity(dimension)
    first = identity if left is None else left
    second = identity if right is None else np.swapaxes(right, -1, -2)
    product = np.einsum("...ij,...kl->...ikjl", first, second)
    return np.asarray(product.reshape(*product.shape[:-4], dimension**2, dimension**2))


def dagger(matrix: Complex) -> Complex:
    """Return the adjoint of stacked matrices."""
    return np.asarray(np.conj(np.swapaxes(matrix, -1, -2)), dtype=np.complex128)
