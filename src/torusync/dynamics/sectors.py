"""The blocks that a generator does not join, which are charge sectors where something is conserved, and their spectra.

Of many levels the whole generator is too large to be taken as one matrix, and small blocks of it are not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from torusync._checks import Complex, Integer, Real
from torusync._lapack import modes, singular_values
from torusync._threads import stop_if_told
from torusync.conventions import EPS
from torusync.generators import LindbladGenerator


@final
@dataclass(frozen=True, eq=False)
class Sectors:
    """L of one system as a sparse matrix on row-major vec(ρ), and which rows it joins.

    Parameters
    ----------
    matrix : (D², D²) sparse
    labels : (D²) the number of the block of each row
    number : how many blocks there are
    rounding : of the whole matrix, in the Frobenius norm
    """

    matrix: Any
    labels: Integer
    number: int
    rounding: float

    @classmethod
    def of(cls, generator: LindbladGenerator) -> "Sectors":
        """Cut the generator of one system."""
        size = generator.dimension
        matrix: Any = csr_array(generator.sparse().complex_form(np.arange(size**2)))
        joined: Any = csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)
        number, labels = connected_components(joined, directed=False)
        return cls(matrix, labels.astype(np.int64), int(number), float(generator.liouvillian_rounding()))

    @property
    def largest(self) -> int:
        """Rows of the largest block."""
        return int(np.bincount(self.labels).max())

    def blocks(self) -> Iterator[tuple[Any, Integer, Integer | None]]:
        """Yield each block, its rows, and those of its adjoint; of two that are adjoint the first alone.

        The adjoint of a mode is one of the complex conjugate eigenvalue; None says that it lies in the same block.
        """
        rows, size = len(self.labels), round(len(self.labels) ** 0.5)
        mirror = np.arange(rows).reshape(size, size).T.reshape(-1)
        order = np.argsort(self.labels, kind="stable")
        ends = np.cumsum(np.bincount(self.labels))[:-1]
        for label, kept in enumerate(np.split(order, ends)):
            stop_if_told()
            other = int(self.labels[mirror[kept[0]]])
            if other >= label:
                yield self.matrix[kept][:, kept], kept, mirror[kept] if other > label else None

    def spectrum(self) -> tuple[Complex, float, float]:
        """Return all eigenvalues, how far true ones may be from these (Bauer and Fike), and the condition of all modes.

        Modes of all blocks are columns of one matrix, so that an entry that rounding took between blocks is counted.
        """
        values, missed, squares = [], 0.0, 0.0
        largest, smallest = 1.0, 1.0
        for block, _, mirror in self.blocks():
            dense = np.asarray(block.toarray(), dtype=np.complex128)
            own, vectors = (one[0] for one in modes(dense[np.newaxis]))
            spectral: Real = singular_values(vectors[np.newaxis])[0][0]
            largest, smallest = max(largest, float(spectral[0])), min(smallest, float(spectral[-1]))
            missed += float(np.linalg.norm(dense @ vectors - vectors * own)) * (1.0 if mirror is None else 2.0)
            squares += float(np.linalg.norm(dense)) ** 2 * (1.0 if mirror is None else 2.0)
            values += [own] if mirror is None else [own, np.conj(own)]
        found = np.concatenate(values)
        with np.errstate(divide="ignore"):
            condition = float(np.divide(largest, smallest))
            rounded = self.rounding + (self.largest + 8.0) * EPS * squares**0.5
            error = float(np.divide(missed, smallest)) + condition * rounded
        return found[np.argsort(-found.real, kind="stable")], error, condition
