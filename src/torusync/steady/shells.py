"""Factors of L by shells: dense blocks of the sparse matrix, in the order of distance from one population.

Eliminated from the outermost inwards, each shell of `generators.layout` costs an inverse of its own size, and for pairs
of oscillators and chains of spins that is no more multiplications than the best order of single entries needs, at ten
times the speed: LAPACK works on blocks where a sparse factorisation looks up indices.  The trace, which couples all
populations to the first, is carried along as one row.  Rows are exchanged inside of a shell alone, so that factors are
bad where the innermost population is next to none: what they are good for, refinement and `probing` tell.

In single precision all of it takes little more than half the time, and refinement makes up for the digits wherever the
condition leaves some: a step gains seven digits less those of the condition.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, final

import numpy as np
from scipy.linalg.lapack import dgetrf, dgetri, sgetrf, sgetri
from scipy.sparse import csr_array

from torusync._checks import Integer, Real
from torusync._flushed import flushed
from torusync._threads import stop_if_told
from torusync.generators.layout import Layout

FEW: Final = 200
"""Rows below which a sparse factorisation is as fast."""

_SURE: Final = 1e9
"""Cubes of the widths up to which shells are the faster way whatever the graph: a tenth of a second."""

_THIN: Final = 1e8
"""The same of a sheet, whose sparse factors have next to no fill, in single precision."""

_BROAD: Final = 64.0
"""Square of the widest shell, in rows of the matrix, beyond which a sparse factorisation may need far less."""

_DENSE: Final = 128
"""Rows of a shell up to which its couplings are kept as full matrices: index arrays take longer to set up."""


def entries(layout: Layout) -> float:
    """Return how many numbers the factors have."""
    wide = layout.blocks.astype(np.float64)
    return float((wide**2).sum() + (wide[1:] * wide[:-1]).sum())


def fits(layout: Layout) -> bool:
    """Tell whether elimination by shells is the faster way."""
    wide = layout.blocks.astype(np.float64)
    cubes = float((wide**3).sum())
    if layout.rows < FEW:
        return False
    return cubes <= _THIN if layout.is_sheet else cubes <= _SURE or wide.max() ** 2 <= _BROAD * layout.rows


@final
class Shells:
    """Factors of M = L + s e tᵀ, e the population that the shells are laid out from.

    ``single`` says that they are of single precision.
    """

    def __init__(self, matrix: Any, layout: Layout, levels: int, strength: float, *, single: bool = False) -> None:
        self._order, ends = layout.order, np.cumsum(layout.blocks).tolist()
        self._shells = [slice(begin, end) for begin, end in zip([0, *ends], ends, strict=False)]
        self._type: Any = np.float32 if single else np.float64
        # in units of the border, so that no rate is beyond the range of single precision by its unit
        self._unit = strength
        self._trace = (self._order < levels).astype(self._type)
        self.good = bool(np.abs(matrix.data).max(initial=0.0) < float(np.finfo(self._type).max) * strength)
        if self.good:
            with np.errstate(under="ignore"), self._flushed():
                self._outer, self._inner, self._inverses = _blocks(matrix, layout, strength, self._type)
                self.good = self._eliminate()

    def _flushed(self) -> AbstractContextManager[None]:
        """Return a context for the arithmetic of factors; numbers of double precision do not fall off so far."""
        return flushed() if self._type is np.float32 else nullcontext()

    def _eliminate(self) -> bool:
        """Replace each diagonal block by the inverse of what is left of it; tell whether all are regular."""
        blocks, shells = self._inverses, self._shells
        trace: Any = self._trace
        self._steps: list[Any] = [None] * len(blocks)
        for shell in range(len(blocks) - 1, 0, -1):
            stop_if_told()
            if not self._invert(shell):
                return False
            step = np.asarray(blocks[shell] @ self._inner[shell])
            self._steps[shell] = step
            blocks[shell - 1] -= self._outer[shell] @ step
            trace[shells[shell - 1]] -= trace[shells[shell]] @ step
        blocks[0][0] += trace[shells[0]]
        return self._invert(0) and bool(np.isfinite(blocks[0]).all())

    def _invert(self, shell: int) -> bool:
        factorise, invert = (sgetrf, sgetri) if self._type is np.float32 else (dgetrf, dgetri)
        factored, pivots, failed = factorise(self._inverses[shell], overwrite_a=True)
        if failed:
            return False
        self._inverses[shell], _ = invert(factored, pivots, lwork=64 * len(pivots), overwrite_lu=True)
        return True

    def solve(self, right: Real) -> Real:
        """Return M⁻¹ b of columns b ``(n, k)``, or of one vector, as far as the factors are good."""
        with self._flushed():
            found, unit = self._taken(right)
            self._solve(found)
        return self._given(found, right, unit)

    def _solve(self, found: Any) -> None:
        parts = [found[one] for one in self._shells]
        for shell in range(len(parts) - 1, 0, -1):
            parts[shell][:] = self._inverses[shell] @ parts[shell]
            parts[shell - 1] -= self._outer[shell] @ parts[shell]
        beyond = self._shells[0].stop
        found[0] -= self._trace[beyond:] @ found[beyond:]
        parts[0][:] = self._inverses[0] @ parts[0]
        for shell in range(1, len(parts)):
            parts[shell] -= self._steps[shell] @ parts[shell - 1]

    def solve_transposed(self, right: Real) -> Real:
        """Return M⁻ᵀ b."""
        with self._flushed():
            found, unit = self._taken(right)
            self._solve_transposed(found)
        return self._given(found, right, unit)

    def _solve_transposed(self, found: Any) -> None:
        parts = [found[one] for one in self._shells]
        for shell in range(len(parts) - 1, 0, -1):
            parts[shell - 1] -= self._steps[shell].T @ parts[shell]
        parts[0][:] = self._inverses[0].T @ parts[0]
        beyond = self._shells[0].stop
        found[beyond:] -= self._trace[beyond:, np.newaxis] * found[0]
        for shell in range(1, len(parts)):
            parts[shell] -= self._outer[shell].T @ parts[shell - 1]
            parts[shell][:] = self._inverses[shell].T @ parts[shell]

    def _taken(self, right: Real) -> tuple[Any, float]:
        """Return columns in the order of shells, and the unit that they are in."""
        unit = float(np.abs(right).max(initial=0.0)) or 1.0
        return (right.reshape(len(right), -1)[self._order] / unit).astype(self._type), unit / self._unit

    def _given(self, found: Any, right: Real, unit: float) -> Real:
        out = np.empty(found.shape)
        out[self._order] = found
        out *= unit
        return out.reshape(right.shape)


def _blocks(matrix: Any, layout: Layout, unit: float, kind: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """Return what couples each shell to the one inside of it: rows inside, rows outside, and the shells themselves."""
    widths = layout.blocks
    number: Integer = np.repeat(np.arange(len(widths)), widths)
    begin = np.cumsum(widths) - widths
    # of each row its shell, and its place therein
    shell, place = np.empty(layout.rows, dtype=np.int64), np.empty(layout.rows, dtype=np.int64)
    shell[layout.order] = number
    place[layout.order] = np.arange(layout.rows) - begin[number]
    counts = np.diff(matrix.indptr)
    rows, columns = place[matrix.indices], np.repeat(place, counts)
    inner, outer = shell[matrix.indices], np.repeat(shell, counts)
    values = (matrix.data / unit).astype(kind)
    # by the shell farther out, first what is inside of it, then from it inwards, then outwards
    which = 3 * np.maximum(inner, outer) + np.sign(outer - inner) % 3
    before = np.concatenate([[0], widths[:-1]])
    shapes = np.stack([np.stack([widths, widths]), np.stack([before, widths]), np.stack([widths, before])], axis=-1)
    high, wide = shapes.reshape(2, -1)
    full = (np.maximum(high, wide) <= _DENSE) | (np.arange(len(high)) % 3 == 0)
    ends = np.cumsum(np.where(full, high * wide, 0))
    numbers = np.zeros(int(ends[-1]), dtype=kind)
    # all full ones are filled at once, a shell column by column, as LAPACK has it
    own = which % 3 == 0
    at = (ends - high * wide)[which] + np.where(own, columns * high[which] + rows, rows * wide[which] + columns)
    there = full[which]
    numbers[at[there]] = values[there]
    tops = np.cumsum(np.where(full, 0, high))
    rest, above = np.flatnonzero(~there), (tops - high)[which]
    whole = csr_array((values[rest], (above[rest] + rows[rest], columns[rest])), shape=(int(tops[-1]), layout.rows))
    found: list[Any] = []
    for one, (end, top, *shape) in enumerate(zip(*(x.tolist() for x in (ends, tops, high, wide)), strict=True)):
        if full[one]:
            found.append(numbers[end - shape[0] * shape[1] : end].reshape(shape))
        else:
            starts = whole.indptr[top - shape[0] : top + 1]
            inside = slice(int(starts[0]), int(starts[-1]))
            part = whole.data[inside], whole.indices[inside], starts - starts[0]
            found.append(csr_array(part, shape=tuple(shape)))
    return found[1::3], found[2::3], [one.T for one in found[::3]]
