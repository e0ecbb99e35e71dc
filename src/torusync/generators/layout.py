"""How the graph of L looks from one population, which says in what order to eliminate its rows.

Distances in a graph change by one along an edge at most.  So rows of equal distance from one row are shells that couple
to their neighbours alone, and those of a given distance separate what is nearer from what is farther.  With distances
from two rows, a graph that is a sheet is cut in both directions, over and over, without a look at its edges: nested
dissection (George, SIAM J. Numer. Anal. 10, 345), here at the multiples of powers of two.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, final

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components

from torusync._checks import Integer

_FLAT: Final = 3.0
"""Widths up to this times the root of the rows are those of a sheet, whose factors stay small whatever its size."""

_NARROW: Final = 48
"""Rows up to which shells are taken together: below, calls cost more than their multiplications."""

_PARTS: Final = 8
"""Parts up to which each is laid out by itself: a state has one, and at most a few others are beside it."""


@final
@dataclass(frozen=True, eq=False)
class Layout:
    """Distances of the rows of a sparse matrix from one of them.

    Parameters
    ----------
    graph : the entries of the matrix
    distance : (n,) from 0 on; of rows that no path leads to, one more than from the first row of their own part
    root : the row that distances are from
    """

    graph: csr_matrix
    distance: Integer
    root: int

    @classmethod
    def of(cls, matrix: Any, root: int = 0) -> "Layout | None":
        """Return the layout of a matrix with compressed columns, None where it falls into many parts."""
        # the graph is that of M + Mᵀ, so that M is as good as its transpose, which has compressed rows
        graph = csr_matrix((matrix.data, matrix.indices, matrix.indptr), shape=matrix.shape)
        distance = np.zeros(matrix.shape[0], dtype=np.int64)
        order, found = _distances(graph, root)
        if len(order) == len(distance):
            distance[order] = found
            return cls(graph, distance, root)
        count, parts = connected_components(graph, directed=False)
        if count > _PARTS:
            return None
        for part in range(count):
            first = root if part == parts[root] else int(np.argmax(parts == part))
            order, found = _distances(graph, first)
            # other parts begin beside the first shell, so that the root is alone in its own
            distance[order] = found + int(part != parts[root])
        return cls(graph, distance, root)

    @property
    def rows(self) -> int:
        """Rows of the matrix."""
        return len(self.distance)

    @cached_property
    def widths(self) -> Integer:
        """Rows of each distance."""
        return np.bincount(self.distance)

    @cached_property
    def blocks(self) -> Integer:
        """The same, narrow neighbours taken together: what is eliminated at once."""
        found: list[int] = []
        last = 0
        for wide in self.widths.tolist():
            if last and last + wide <= _NARROW:
                last += wide
                found[-1] = last
            else:
                last = wide
                found.append(wide)
        return np.array(found, dtype=np.int64)

    @cached_property
    def order(self) -> Integer:
        """Rows by distance, the nearest first."""
        return np.argsort(self.distance, kind="stable")

    @property
    def is_sheet(self) -> bool:
        """Whether no shell is wider than in a sheet of so many rows."""
        return bool(self.widths.max() <= _FLAT * self.rows**0.5)

    def dissected(self) -> Integer:
        """Return the rows in the order of nested dissection, the root last."""
        far = np.zeros(self.rows, dtype=np.int64)
        order, found = _distances(self.graph, int(np.argmax(self.distance)))
        far[order] = found
        kind, free = np.zeros(self.rows, dtype=np.int64), np.ones(self.rows, dtype=np.bool_)
        for bit in range(int(max(self.distance.max(), far.max()) + 1).bit_length() - 1, -1, -1):
            for one in (self.distance, far):
                low = one & ((2 << bit) - 1)
                cut = low == 1 << bit
                # below the cut, above it, and last what separates the two
                kind = 3 * kind + np.where(cut, 2, low >> bit) * free
                free &= ~cut
        kind[self.root] = np.iinfo(np.int64).max
        return np.argsort(kind, kind="stable")


def _distances(graph: Any, root: int) -> tuple[Integer, Integer]:
    """Return the rows that paths from one lead to, the nearest first, and their distances."""
    order, before = breadth_first_order(graph, root, directed=False)
    place = np.empty(len(before), dtype=np.int64)
    place[order] = np.arange(len(order))
    parent, ends = place[before[order[1:]]], [0, 1]
    while ends[-1] < len(order):
        ends.append(1 + int(parent.searchsorted(ends[-1])))
    return np.asarray(order, dtype=np.int64), np.repeat(np.arange(len(ends) - 1), np.diff(ends))
