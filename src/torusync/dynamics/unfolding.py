"""States of a panel out of its modes: ρ = V X V† at some times, where X is a polynomial through its nodes.

This is where most of the time of many levels goes.  Memory that is new costs more than what is written into it, so that
the same few matrices are used again and states are written where they stay.
"""

from typing import Final, final

import numpy as np

from torusync._checks import Complex, Real
from torusync.generators.base import dagger

_ENTRIES: Final = 6
"""Levels up to which V X V† is one real matrix: beyond, its M⁴ entries are more work than two products of M³."""

_DENSE: Final = 2
"""Times over nodes of a panel beyond which ρ is worked out at the nodes alone, and is a polynomial between them."""

_NEAR: Final = 2**14
"""Complex numbers of a stack of matrices that stays near the processor."""


@final
class Unfolding:
    """What takes the upper half of X at the nodes of a panel to ρ, for flat machines with eigenvectors V."""

    def __init__(self, vectors: Complex) -> None:
        points, count, _ = vectors.shape
        self._vectors = vectors[:, np.newaxis]
        self._upper = np.triu_indices(count)
        self._table = _by_entries(vectors) if count <= _ENTRIES else None
        few = 0 if self._table is not None else max(1, _NEAR // (points * count**2))
        self._adjoint = np.ascontiguousarray(dagger(vectors))[:, np.newaxis]
        self._places = np.ravel_multi_index(self._upper, (count, count))
        self._half = np.empty((points, few, 2 * len(self._places)))
        # the lower halves of these stay 0
        self._folded = np.zeros((points, few, count, count), dtype=np.complex128)
        self._turned, self._whole = np.empty_like(self._folded), np.empty_like(self._folded)
        self._few = few

    def put(self, rho: Complex, basis: Real, nodes: Complex, whole: Real) -> None:
        """Write ρ_00 and the excited block at some times of a panel into ``rho`` ``(points, T, D, D)``.

        ``basis`` ``(T, p)`` is what each node has part in each time, and ``whole`` tr ρ.
        """
        pairs = nodes.view(np.float64)
        block = rho[..., 1:, 1:]
        rho[..., 0, 1:] = rho[..., 1:, 0] = 0.0
        if self._table is not None:
            block[...] = (basis @ (pairs @ self._table)).view(np.complex128).reshape(block.shape)
        elif len(basis) > _DENSE * nodes.shape[1]:
            there = np.empty((*nodes.shape[:2], *block.shape[2:]), dtype=np.complex128)
            self._put_all(there, np.eye(nodes.shape[1]), pairs)
            _between(block, basis, there)
        else:
            self._put_all(block, basis, pairs)
        rho[..., 0, 0] = whole - np.einsum("...ii->...", block).real

    def _put_all(self, block: Complex, basis: Real, pairs: Real) -> None:
        for begin in range(0, len(basis), self._few):
            some = slice(begin, begin + self._few)
            self._put_few(block[:, some], basis[some], pairs)

    def _put_few(self, block: Complex, basis: Real, pairs: Real) -> None:
        """Write V U V† and its adjoint, where U is the upper half of X with half of its diagonal."""
        points, few, count, _ = block.shape
        half = np.matmul(basis, pairs, out=self._half[:, :few]).view(np.complex128)
        half[..., self._upper[0] == self._upper[1]] *= 0.5
        folded, turned, whole = self._folded[:, :few], self._turned[:, :few], self._whole[:, :few]
        self._folded.reshape(points, -1, count**2)[:, :few, self._places] = half
        np.matmul(folded, self._adjoint, out=turned)
        np.matmul(self._vectors, turned, out=whole)
        np.conjugate(np.swapaxes(whole, -1, -2), out=turned)
        np.add(whole, turned, out=block)


def _between(block: Complex, basis: Real, there: Complex) -> None:
    """Write the polynomials through Hermitian matrices at the nodes: of one real number an entry, each twice."""
    points, nodes, count, _ = there.shape
    row, column = np.indices((count, count))
    # the real part of an entry stands where it is, above the diagonal, and its imaginary part where its mirror is
    numbers = np.where(row <= column, there.real, -there.imag).reshape(points, nodes, -1)
    low, high = np.minimum(row, column), np.maximum(row, column)
    places = np.stack([low * count + high, high * count + low], axis=-1).reshape(-1)
    signs = np.stack([np.ones_like(row), np.sign(column - row)], axis=-1).astype(np.float64)
    step = max(1, _NEAR // (points * count**2))
    for begin in range(0, len(basis), step):
        some = slice(begin, begin + step)
        found = np.take(basis[some] @ numbers, places, axis=-1).reshape(points, -1, count, count, 2)
        found *= signs
        block[:, some] = found.view(np.complex128)[..., 0]


def _by_entries(vectors: Complex) -> Real:
    """Return the matrix that takes the upper half of X to V X V†: many small products cost more to call."""
    points, count, _ = vectors.shape
    first, second = np.triu_indices(count)
    one = np.swapaxes(vectors[..., first], -1, -2)[..., :, np.newaxis]
    one = one * np.conj(np.swapaxes(vectors[..., second], -1, -2))[..., np.newaxis, :]
    # Hermitian to the last bit: both halves of an entry are the same products
    mirrored = dagger(one)
    alone = (first == second)[:, np.newaxis, np.newaxis]
    real, turned = np.where(alone, one, one + mirrored), np.where(alone, 0.0, 1j * (one - mirrored))
    table = np.stack([real, turned], axis=2).reshape(points, 2 * len(first), -1)
    return np.ascontiguousarray(table).view(np.float64)
