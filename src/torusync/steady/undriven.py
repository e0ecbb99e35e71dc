"""The undriven part of a system, factorised block by block, as a preconditioner that a scan of drives keeps.

Without its drive a system has more charges, and L₀ falls into blocks of one difference of charges each.  That of
difference 0 holds the populations and is real on Hermitian matrices; of the others every second one is the adjoint of
its neighbour and not needed.  A preconditioner may be wrong: those blocks are factorised in single precision, which
halves what a step reads.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, final

import numpy as np
from scipy.sparse import csr_array, eye_array
from scipy.sparse.linalg import splu

from torusync._checks import Complex, Integer, Real
from torusync._flushed import flushed
from torusync.generators.superoperator import Pairs, SparseLindblad
from torusync.steady.bordering import factors
from torusync.steady.probing import Bordered

_SHIFT: Final = 1e-3
"""Of the fastest decay, taken off blocks that are singular: without its drive a system may keep more than one state."""

Columns = Callable[[Real], Real]


@final
@dataclass(frozen=True, eq=False)
class Undriven:
    """L₀ with what solves for L₀ + s e₀ tᵀ, on the Hermitian matrices of the driven system.

    Parameters
    ----------
    equation : the equation without its drive
    pairs : pairs of levels of the same charge of the driven system
    groups : the charge that levels have without the drive
    border : s
    """

    equation: SparseLindblad
    pairs: Pairs
    groups: Integer
    border: float

    @cached_property
    def image(self) -> csr_array:
        """L₀ in the real numbers of ``pairs``."""
        return csr_array(self.equation.real_form(self.pairs))

    @cached_property
    def _inside(self) -> tuple[Integer, Columns]:
        """Where the numbers of the block of difference 0 stand, and what solves for it."""
        i, j = self.pairs.upper
        levels, beyond, same = self.pairs.levels, len(i), np.flatnonzero(self.groups[i] == self.groups[j])
        where = np.concatenate([np.arange(levels), levels + same, levels + beyond + same])
        block = self.image[where][:, where].tocsc()
        found = factors(Bordered(block, levels, self.border), single=True)
        if found is None:
            shifted = (block - _SHIFT * self.border * eye_array(len(where))).tocsc()
            found = factors(Bordered(shifted, levels, self.border), single=True)
        return where, found.solve if found is not None else lambda part: part

    @cached_property
    def _beside(self) -> tuple[Integer, Real, Callable[[Complex], Complex]]:
        """Where the real parts of the others stand, with the sign of the imaginary ones, and what solves for them."""
        i, j = self.pairs.upper
        mine: Integer = np.flatnonzero(self.groups[i] != self.groups[j])
        i, j = i[mine], j[mine]
        sign = np.where(self.groups[i] > self.groups[j], 1.0, -1.0)
        first, second = np.where(sign > 0.0, i, j), np.where(sign > 0.0, j, i)
        block = self.equation.complex_form(first * self.pairs.levels + second)
        return self.pairs.levels + mine, sign[:, np.newaxis], _single(block, self.border)

    def invert(self, columns: Real) -> Real:
        """Return what the factors make of columns ``(n, k)`` of about unit length."""
        (inside, solve), (beside, sign, solve_others) = self._inside, self._beside
        found, beyond = np.empty_like(columns), len(self.pairs.upper[0])
        found[inside] = solve(columns[inside])
        if len(beside):
            others = solve_others(columns[beside] + 1j * (sign * columns[beside + beyond]))
            found[beside], found[beside + beyond] = others.real, sign * others.imag
        return found

    def invert_scaled(self, columns: Real) -> Real:
        """Return the same of columns of any length, each in its own unit: single precision has no range for all."""
        unit = np.abs(columns).max(axis=0, initial=0.0)
        unit[unit == 0.0] = 1.0
        return np.asarray(self.invert(columns / unit) * unit)


def _single(matrix: Any, shift: float) -> Callable[[Complex], Complex]:
    """Return what solves for a complex matrix in single precision."""
    size = float(np.abs(matrix.data).max(initial=0.0)) or 1.0
    scaled = (matrix / size).astype(np.complex64).tocsc()
    found = _factored(scaled)
    if found is None:
        less = np.complex64(_SHIFT * shift / size) * eye_array(matrix.shape[0], dtype=np.complex64)
        found = _factored((scaled - less).tocsc())
    if found is None:
        return lambda columns: columns

    def solve(columns: Complex) -> Complex:
        given = columns.astype(np.complex64)
        with flushed():
            solution = found.solve(given)
        return np.asarray(solution, dtype=np.complex128) / size

    return solve


def _factored(matrix: Any) -> Any:
    if not matrix.shape[0]:
        return None
    try:
        with flushed():
            return splu(
                matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.01, relax=3, options={"SymmetricMode": True}
            )
    except RuntimeError:
        return None
