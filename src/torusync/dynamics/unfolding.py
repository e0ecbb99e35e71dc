"""States of a panel out of its modes: ρ = V X V† at some times, X a polynomial through its nodes, and coherences with |0>.

This is where most of the time of many levels goes.  Memory that is new costs more than what is written into it, so that
the same few matrices are used again and states are written where they stay.
"""

from typing import Final, final

import numpy as np

from torusync._checks import Complex, Real
from torusync.generators.base import dagger

_ENTRIES: Final = 6
"""Levels up to which X V X V† is one real matrix: beyond, its M⁴ entries are more work than two products of M³."""

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

    def put(self, rho: Complex, basis: Real, nodes: Complex, whole: Real) -> None:
        """Write ρ_00 and the excited block at some times of a panel into ``rho`` ``(points, T, D, D)``.

        ``basis`` ``(T, p)`` is what each node has part in each time, and ``whole`` tr ρ.
        """
        pairs = nodes.view(np.float64)
        block = rho[..., 1:, 1:]
        rho[..., 0, 1:] = rho[..., 1:, 0] = 0.0
        if self._table is not None:
            block[...] = (basis @ (pairs @ self._table)).view(np.complex128).reshape(block.shape)
        else:
            for begin in range(0, len(basis), self._half.shape[1]):
                some = slice(begin, begin + self._half.shape[1])
                self._put_few(block[:, some], basis[some], pairs)
        rho[..., 0, 0] = whole - np.einsum("...ii->...", block).real

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
