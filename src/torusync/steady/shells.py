"""Factors of L by shells: dense blocks of the sparse matrix, in the order of distance from one population.

Eliminated from the outermost inwards, each shell of `generators.layout` costs factors of its own size, and for pairs of
oscillators and chains of spins that is no more multiplications than the best order of single entries needs, at ten
times the speed: LAPACK works on blocks where a sparse factorisation looks up indices.  The trace, which couples all
populations to the first, is carried along as one row.  Rows are exchanged inside of a shell alone, so that factors are
bad where the innermost population is next to none: what they are good for, refinement and `probing` tell.

In single precision all of it takes little more than half the time, and refinement makes up for the digits wherever the
condition leaves some: a step gains seven digits less those of the condition.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from scipy.linalg.blas import dgemm, sgemm
from scipy.linalg.lapack import dgetrf, dgetri, dgetrs, sgetrf, sgetri, sgetrs
from scipy.sparse import csr_array

from torusync._checks import Boolean, Integer, Real
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
@dataclass(frozen=True, eq=False)
class _Inverted:
    """A block by its inverse: as fast to make as factors are to apply where couplings are sparse."""

    numbers: Any

    def times(self, right: Any) -> Any:
        """Return A⁻¹ b."""
        return np.asarray(self.numbers @ right)

    def times_transposed(self, right: Any) -> Any:
        """Return A⁻ᵀ b."""
        return self.numbers.T @ right


@final
@dataclass(frozen=True, eq=False)
class _Factorised:
    """A block by its factors, which overwrite what they are applied to where it is laid out as LAPACK has it."""

    numbers: Any
    pivots: Any
    substitute: Any

    def times(self, right: Any) -> Any:
        """Return A⁻¹ b."""
        return self.substitute(self.numbers, self.pivots, right, overwrite_b=1)[0]

    def times_transposed(self, right: Any) -> Any:
        """Return A⁻ᵀ b."""
        return self.substitute(self.numbers, self.pivots, right, trans=1, overwrite_b=1)[0]


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
                self._outer, self._inner, self._blocks = _laid_out(matrix, layout, strength, self._type)
                self.good = self._eliminate()

    def _flushed(self) -> AbstractContextManager[None]:
        """Return a context for the arithmetic of factors; numbers of double precision do not fall off so far."""
        return flushed() if self._type is np.float32 else nullcontext()

    def _eliminate(self) -> bool:
        """Replace each diagonal block by what solves with what is left of it; tell whether all are regular."""
        blocks, shells = self._blocks, self._shells
        trace: Any = self._trace
        multiply = sgemm if self._type is np.float32 else dgemm
        self._steps: list[Any] = [None] * len(blocks)
        for shell in range(len(blocks) - 1, 0, -1):
            stop_if_told()
            outer, inner = self._outer[shell], self._inner[shell]
            full = isinstance(inner, np.ndarray)
            own = self._own(shell, inverted=not full)
            if own is None:
                return False
            self._steps[shell] = step = own.times(inner)
            blocks[shell] = own
            if full:
                blocks[shell - 1] = multiply(-1.0, outer.T, step, 1.0, blocks[shell - 1], trans_a=1, overwrite_c=1)
            else:
                blocks[shell - 1] -= outer @ step
            trace[shells[shell - 1]] -= trace[shells[shell]] @ step
        blocks[0][0] += trace[shells[0]]
        own = self._own(0, inverted=True)
        if own is None:
            return False
        blocks[0] = own
        return bool(np.isfinite(own.numbers).all())

    def _own(self, shell: int, *, inverted: bool) -> "_Inverted | _Factorised | None":
        """Return what solves with a diagonal block, or None where it is singular."""
        single = self._type is np.float32
        numbers, pivots, failed = (sgetrf if single else dgetrf)(self._blocks[shell], overwrite_a=True)
        if failed:
            return None
        if not inverted:
            return _Factorised(numbers, pivots, sgetrs if single else dgetrs)
        invert = sgetri if single else dgetri
        return _Inverted(invert(numbers, pivots, lwork=64 * len(pivots), overwrite_lu=True)[0])

    def solve(self, right: Real) -> Real:
        """Return M⁻¹ b of columns b ``(n, k)``, or of one vector, as far as the factors are good."""
        with self._flushed():
            found, unit = self._taken(right)
            self._solve(found)
        return self._given(found, right, unit)

    def _solve(self, found: Any) -> None:
        parts = [found[one] for one in self._shells]
        for shell in range(len(parts) - 1, 0, -1):
            parts[shell][:] = self._blocks[shell].times(parts[shell])
            parts[shell - 1] -= self._outer[shell] @ parts[shell]
        beyond = self._shells[0].stop
        found[0] -= self._trace[beyond:] @ found[beyond:]
        parts[0][:] = self._blocks[0].times(parts[0])
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
        parts[0][:] = self._blocks[0].times_transposed(parts[0])
        beyond = self._shells[0].stop
        found[beyond:] -= self._trace[beyond:, np.newaxis] * found[0]
        for shell in range(1, len(parts)):
            parts[shell] -= self._outer[shell].T @ parts[shell - 1]
            parts[shell][:] = self._blocks[shell].times_transposed(parts[shell])

    def _taken(self, right: Real) -> tuple[Any, float]:
        """Return columns in the order of shells, and the unit that they are in."""
        unit = float(np.abs(right).max(initial=0.0)) or 1.0
        columns = right.reshape(len(right), -1)
        found = np.empty(columns.shape, dtype=self._type)
        np.divide(columns[self._order], unit, out=found, casting="same_kind")
        return found, unit / self._unit

    def _given(self, found: Any, right: Real, unit: float) -> Real:
        out = np.empty(found.shape)
        out[self._order] = found
        out *= unit
        return out.reshape(right.shape)


_Where = tuple[Integer, Integer, Integer]
"""Of entries, in which block they are, in which row and in which column of it; short numbers, since they are many."""


def _laid_out(matrix: Any, layout: Layout, unit: float, kind: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """Return what couples each shell to the one inside of it: rows inside, rows outside, and the shells themselves."""
    widths = layout.blocks
    before = np.concatenate([[0], widths[:-1]])
    shapes = np.stack([np.stack([widths, widths]), np.stack([before, widths]), np.stack([widths, before])], axis=-1)
    high, wide = shapes.reshape(2, -1)
    full = (np.maximum(high, wide) <= _DENSE) | (np.arange(len(high)) % 3 == 0)
    found: list[Any] = [None] * len(high)
    where, data = _located(matrix, layout), matrix.data
    if not full.all():
        there = full[where[0]]
        rest = np.flatnonzero(~there)
        _cut(found, full, (high, wide), *(one[rest] for one in where), (data[rest] / unit).astype(kind))
        inside = np.flatnonzero(there)
        where, data = (where[0][inside], where[1][inside], where[2][inside]), data[inside]
    # all full ones are filled at once; what LAPACK works on in place is stored column by column
    by_rows = np.arange(len(high)) % 3 == 1
    sizes = np.where(full, high * wide, 0)
    ends = np.cumsum(sizes)
    at = (ends - sizes)[where[0]]
    at += where[1] * np.where(by_rows, wide, 1)[where[0]]
    at += where[2] * np.where(by_rows, 1, high)[where[0]]
    del where
    numbers = np.zeros(int(ends[-1]), dtype=kind)
    numbers[at] = data / unit
    for one in np.flatnonzero(full).tolist():
        part, shape = numbers[ends[one] - sizes[one] : ends[one]], (int(high[one]), int(wide[one]))
        found[one] = part.reshape(shape) if by_rows[one] else part.reshape(shape[::-1]).T
    return found[1::3], found[2::3], found[::3]


def _located(matrix: Any, layout: Layout) -> _Where:
    """Return where the entries are: of the shell farther out, in itself, or on the way to or from the one inside."""
    widths = layout.blocks
    number: Integer = np.repeat(np.arange(len(widths), dtype=np.int32), widths)
    begin = np.cumsum(widths) - widths
    # of each row its shell, and its place therein
    shell, place = np.empty(layout.rows, dtype=np.int32), np.empty(layout.rows, dtype=np.int32)
    shell[layout.order] = number
    place[layout.order] = np.arange(layout.rows) - begin[number]
    counts = np.diff(matrix.indptr)
    inner, outer = shell[matrix.indices], np.repeat(shell, counts)
    # by the shell farther out, first what is inside of it, then from it inwards, then outwards
    which = 3 * np.maximum(inner, outer) + np.sign(outer - inner) % 3
    return which, place[matrix.indices], np.repeat(place, counts)


def _cut(found: list[Any], full: Boolean, shapes: tuple[Integer, Integer], *entries: Any) -> None:
    """Set the blocks that are not full matrices, cut out of a sparse one in which they are below each other."""
    (high, wide), (which, rows, columns, values) = shapes, entries
    ends = np.cumsum(np.where(full, 0, high))
    tops = ends - high
    whole = csr_array((values, (tops[which] + rows, columns)), shape=(int(ends[-1]), int(wide.max())))
    for one in np.flatnonzero(~full).tolist():
        starts = whole.indptr[tops[one] : ends[one] + 1]
        inside = slice(int(starts[0]), int(starts[-1]))
        part = whole.data[inside], whole.indices[inside], starts - starts[0]
        found[one] = csr_array(part, shape=(int(high[one]), int(wide[one])))
