"""Factors of L by shells: dense blocks of the sparse matrix, in the order of distance from one population.

Eliminated from the outermost inwards, each shell of `generators.layout` costs an inverse of its own size, and for pairs
of oscillators and chains of spins that is no more multiplications than the best order of single entries needs, at ten
times the speed: LAPACK works on blocks where a sparse factorisation looks up indices.  The trace, which couples all
populations to the first, is carried along as one row.  Rows are exchanged inside of a shell alone, so that factors are
bad where the innermost population is next to none: what they are good for, refinement and `probing` tell.
"""

from typing import Any, Final, final

import numpy as np
from scipy.linalg.lapack import dgetrf, dgetri
from scipy.sparse import csr_array

from torusync._checks import Real
from torusync._threads import stop_if_told
from torusync.generators.layout import Layout

FEW: Final = 200
"""Rows below which a sparse factorisation is as fast."""

_SURE: Final = 1e9
"""Cubes of the widths up to which shells are the faster way whatever the graph: a tenth of a second."""

_BROAD: Final = 64.0
"""Square of the widest shell, in rows of the matrix, beyond which a sparse factorisation may need far less."""

_DENSE: Final = 128
"""Rows of a shell up to which its couplings are kept as full matrices: index arrays take longer to set up."""


def entries(layout: Layout) -> float:
    """Return how many numbers the factors have."""
    wide = layout.widths.astype(np.float64)
    return float((wide**2).sum() + (wide[1:] * wide[:-1]).sum())


def fits(layout: Layout) -> bool:
    """Tell whether elimination by shells is the faster way."""
    wide = layout.widths.astype(np.float64)
    return layout.rows >= FEW and bool((wide**3).sum() <= _SURE or wide.max() ** 2 <= _BROAD * layout.rows)


@final
class Shells:
    """Factors of M = L + s e tᵀ, e the population that the shells are laid out from."""

    def __init__(self, matrix: Any, layout: Layout, levels: int, strength: float) -> None:
        self._order, self._ends = layout.order, np.cumsum(layout.widths)
        self._outer, self._inner, self._inverses = _blocks(matrix, layout)
        self._rows = np.split(strength * (self._order < levels), self._ends[:-1])
        self.good = self._eliminate()

    def _eliminate(self) -> bool:
        """Replace each diagonal block by the inverse of what is left of it; tell whether all are regular."""
        blocks, rows = self._inverses, self._rows
        self._steps: list[Any] = [None] * len(blocks)
        for shell in range(len(blocks) - 1, 0, -1):
            stop_if_told()
            factored, pivots, failed = dgetrf(blocks[shell], overwrite_a=True)
            if failed:
                return False
            inverse, _ = dgetri(factored, pivots, lwork=64 * len(pivots), overwrite_lu=True)
            blocks[shell] = inverse
            step = np.asarray(inverse @ self._inner[shell])
            self._steps[shell] = step
            blocks[shell - 1] -= self._outer[shell] @ step
            rows[shell - 1] -= rows[shell] @ step
        blocks[0] += rows[0]
        if not np.isfinite(blocks[0][0, 0]) or blocks[0][0, 0] == 0.0:
            return False
        blocks[0] = 1.0 / blocks[0]
        return True

    def solve(self, right: Real) -> Real:
        """Return M⁻¹ b of columns b ``(n, k)``, or of one vector, as far as the factors are good."""
        parts = self._parts(right)
        for shell in range(len(parts) - 1, 0, -1):
            parts[shell] = self._inverses[shell] @ parts[shell]
            parts[shell - 1] -= self._outer[shell] @ parts[shell]
            parts[0] -= self._rows[shell] @ parts[shell]
        parts[0] = self._inverses[0] @ parts[0]
        for shell in range(1, len(parts)):
            parts[shell] -= self._steps[shell] @ parts[shell - 1]
        return self._joined(parts, right)

    def solve_transposed(self, right: Real) -> Real:
        """Return M⁻ᵀ b."""
        parts = self._parts(right)
        for shell in range(len(parts) - 1, 0, -1):
            parts[shell - 1] -= self._steps[shell].T @ parts[shell]
        parts[0] = self._inverses[0].T @ parts[0]
        for shell in range(1, len(parts)):
            known = self._outer[shell].T @ parts[shell - 1] + self._rows[shell][:, np.newaxis] * parts[0]
            parts[shell] = self._inverses[shell].T @ (parts[shell] - known)
        return self._joined(parts, right)

    def _parts(self, right: Real) -> list[Real]:
        columns = right.reshape(len(right), -1)[self._order]
        return np.split(columns, self._ends[:-1])

    def _joined(self, parts: list[Real], right: Real) -> Real:
        found = np.empty((len(right), parts[0].shape[1]))
        found[self._order] = np.concatenate(parts)
        return found.reshape(right.shape)


def _blocks(matrix: Any, layout: Layout) -> tuple[list[Any], list[Any], list[Real]]:
    """Return what couples each shell to the one inside of it: rows inside, rows outside, and the shells themselves."""
    place = np.empty(layout.rows, dtype=np.int64)
    place[layout.order] = np.arange(layout.rows)
    shell = layout.distance[layout.order]
    begin = np.cumsum(layout.widths) - layout.widths
    rows = place[matrix.indices]
    columns = np.repeat(place, np.diff(matrix.indptr))
    values = matrix.data
    inner, outer = shell[rows], shell[columns]
    # by the shell farther out, first what is inside of it, then from it inwards, then outwards
    kind = 3 * np.maximum(inner, outer) + np.where(inner == outer, 0, np.where(inner < outer, 1, 2))
    order = np.argsort(kind, kind="stable")
    bounds = np.searchsorted(kind[order], np.arange(3 * len(begin) + 1)).tolist()
    rows, columns, values = rows[order] - begin[inner[order]], columns[order] - begin[outer[order]], values[order]
    inwards: list[Any] = []
    outwards: list[Any] = []
    diagonal: list[Real] = []
    widths = layout.widths.tolist()
    for number, wide in enumerate(widths):
        parts = [slice(bounds[3 * number + k], bounds[3 * number + k + 1]) for k in range(3)]
        whole = np.zeros((wide, wide), order="F")
        whole[rows[parts[0]], columns[parts[0]]] = values[parts[0]]
        diagonal.append(whole)
        before = widths[number - 1] if number else 0
        for found, part, shape in ((inwards, parts[1], (before, wide)), (outwards, parts[2], (wide, before))):
            one = values[part], (rows[part], columns[part])
            found.append(_coupling(one, shape))
    return inwards, outwards, diagonal


def _coupling(entries: Any, shape: tuple[int, int]) -> Any:
    if max(shape) > _DENSE:
        return csr_array(entries, shape=shape)
    found = np.zeros(shape)
    found[entries[1]] = entries[0]
    return found
