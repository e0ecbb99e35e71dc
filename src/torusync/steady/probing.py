"""How large the inverse of a sparse matrix is, from its factors and a few random vectors.

The smallest singular value of a large matrix is not to be had at the price of a solve, and an estimate from below (as
condition estimators give) would make errors too small.  But a vector of normal numbers has less than 1/c along any
given direction with a probability below 0.8/c, whatever the direction, and the vectors are drawn without a look at the
matrix.  With v the left singular vector of the largest σ⁻¹ that holds for, z^T v is at least 1/c for one of six draws
but once in 10⁹, and there σ⁻² ≤ c ‖(MᵀM)⁻¹ z‖.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final, final

import numpy as np
from scipy.sparse import csc_array

from torusync._checks import Integer, Real
from torusync.conventions import EPS

DRAWS: Final = 6
"""Random vectors: more make a tighter bound, and fewer steps to it where each is iterated for."""

FACTOR: Final = 25.5
"""(0.8/c)⁶ = 10⁻⁹."""

LEFT: Final = 1.0 / (4.0 * FACTOR)
"""What iteration may leave of them, a quarter of what would leave the norm without a bound."""


_KEPT: Final = 10_000
"""Rows up to which draws are kept, half a megabyte each at most: a tenth of the time of a small solve."""

_FURTHER: Final = 2.0**-4
"""Of one rounding of M x: what is left where refinement has ended, not where it may still gain."""

_LOOSE: Final = 0.05
"""Share of the bound that factors of single precision may lose before their solutions are refined."""


@final
@dataclass(frozen=True, eq=False)
class Bordered:
    """M = L + s e tᵀ, with t the trace and e one population: L itself and what the border adds.

    Parameters
    ----------
    block : L, real, with compressed columns
    levels : populations, which come first
    strength : s
    root : the population that e is
    """

    block: Any
    levels: int
    strength: float
    root: int = 0

    def apply(self, columns: Real) -> Real:
        """Return M x of columns x, or of one."""
        found = np.asarray(self.block @ columns)
        found[self.root] += self.strength * columns[: self.levels].sum(axis=0)
        return found

    def apply_transposed(self, columns: Real) -> Real:
        """Return Mᵀ y."""
        found = np.asarray(self._transposed @ columns)
        found[: self.levels] += self.strength * columns[self.root]
        return found

    @cached_property
    def _transposed(self) -> Any:
        return self.block.T

    @cached_property
    def norm(self) -> float:
        """A bound of ‖M‖_2, and of ‖|M|‖_2, by the largest sums of a row and of a column."""
        count, moduli = self.block.shape[0], np.abs(self.block.data)
        owner = np.repeat(np.arange(count), np.diff(self.block.indptr))
        columns = np.bincount(owner, moduli, minlength=count).astype(np.float64)
        rows = np.bincount(self.block.indices, moduli, minlength=count).astype(np.float64)
        columns[: self.levels] += self.strength
        rows[self.root] += self.levels * self.strength
        return float((columns.max(initial=0.0) * rows.max(initial=0.0)) ** 0.5)

    @cached_property
    def rounding(self) -> float:
        """What a product with M or Mᵀ is off by, of the norm of what it is taken of."""
        most = np.diff(self.block.indptr).max(initial=0), np.bincount(self.block.indices).max(initial=0)
        return EPS * (float(max(most)) + self.levels + 4.0) * self.norm

    def lost(self, columns: Real, *, transposed: bool) -> float:
        """Return what products with columns, or with those of Mᵀ, are off by, entry by entry: the largest norm."""
        block, moduli = self.block, np.abs(columns)
        sizes = Bordered(abs(block), self.levels, self.strength, self.root)
        made = sizes.apply_transposed(moduli) if transposed else sizes.apply(moduli)
        terms = np.diff(block.indptr) if transposed else np.bincount(block.indices, minlength=block.shape[0])
        counts = terms + 4.0
        counts[self.root] += self.levels
        return EPS * _largest(counts[:, np.newaxis] * made)

    def matrix(self, order: Integer | None = None) -> Any:
        """Return M with compressed columns, rows and columns in the order given."""
        old, count, levels = self.block, self.block.shape[0], self.levels
        rows = np.concatenate([old.indices, np.full(levels, self.root, dtype=old.indices.dtype)])
        columns = np.concatenate([np.repeat(np.arange(count), np.diff(old.indptr)), np.arange(levels)])
        if order is not None:
            place = np.empty(count, dtype=np.int64)
            place[order] = np.arange(count)
            rows, columns = place[rows], place[columns]
        # beside what is there already: SuperLU is given sums of duplicates
        values = np.concatenate([old.data, np.full(levels, self.strength)])
        return csc_array((values, (rows, columns)), shape=old.shape)


@final
@dataclass(frozen=True, eq=False)
class Factored:
    """A matrix M with what solves for it.

    Parameters
    ----------
    matrix : M, with `apply`, `apply_transposed`, `norm` and `rounding`, as `Bordered`
    solve : columns b → M⁻¹ b, as far as the factors are good
    solve_transposed : columns b → M⁻ᵀ b
    exchanged : whether any row may have been a pivot, so that no population matters more than another
    single : whether they are of single precision
    """

    matrix: Any
    solve: Callable[[Real], Real]
    solve_transposed: Callable[[Real], Real]
    exchanged: bool = True
    single: bool = False

    def refined(self, right: Real, steps: int = 2) -> Real:
        """Return M⁻¹ b, refined once, and again where more is left than one rounding of M x."""
        found = self.solve(right)
        # a step in single precision ends anywhere below that of one in double, which is as good as it gets
        enough = EPS * self.matrix.norm * (_FURTHER if self.single else 1.0)
        for step in range(2 * steps if self.single else steps):
            left = right - self.matrix.apply(found)
            if step and np.linalg.norm(left) <= enough * np.linalg.norm(found):
                break
            found = found + self.solve(left)
        return found


def inverse_norm(factored: Factored, *, closely: bool = False) -> float:
    """Return a bound of ‖M⁻¹‖_2, wrong but once in 10⁹; infinite where the factors are not good enough to tell.

    What solves leave over is part of the bound: M x = y − d and Mᵀ y = z − e make σ⁻² ≤ c (‖x‖ + σ⁻¹ ‖d‖ + σ⁻² ‖e‖).
    With ``closely`` the rounding of products, of a `Bordered`, is that of each entry, some hundredth of what the norm
    of M says.
    """
    matrix = factored.matrix
    count = matrix.block.shape[0]
    draws = _drawn(count) if count <= _KEPT else _drawn.__wrapped__(count)
    first = factored.solve_transposed(draws)
    missed = _missed(draws, matrix.apply_transposed(first))
    if factored.single and FACTOR * missed > _LOOSE:
        first = first + factored.solve_transposed(draws - matrix.apply_transposed(first))
        missed = _missed(draws, matrix.apply_transposed(first))
    second = factored.solve(first)
    large = _largest(second)
    if closely:
        unsure = matrix.lost(first, transposed=True), matrix.lost(second, transposed=False)
    else:
        unsure = matrix.rounding * _largest(first), matrix.rounding * large
    left = [missed + unsure[0], _missed(first, matrix.apply(second)) + unsure[1]]
    lead, middle, last = 1.0 - FACTOR * left[0], FACTOR * left[1], FACTOR * large
    if not (lead > 0.0 and np.isfinite(middle + last)):
        return float("inf")
    return float((middle + (middle**2 + 4.0 * lead * last) ** 0.5) / (2.0 * lead))


@lru_cache(16)
def _drawn(count: int) -> Real:
    found = np.random.default_rng(count).normal(size=(count, DRAWS))
    found.setflags(write=False)
    return found


def _largest(columns: Real) -> float:
    return float(np.einsum("ij,ij->j", columns, columns).max(initial=0.0) ** 0.5)


def _missed(wanted: Real, found: Real) -> float:
    """Return the largest column of a difference, in place of what was found."""
    return _largest(np.subtract(wanted, found, out=found))


def reach(found: Real, left: Real, rounding: float) -> float:
    """Return a bound of ‖M⁻¹‖_2 from M x = z − d of the random z: ‖M⁻¹‖ ≤ c (‖x‖ + ‖M⁻¹‖ ‖d‖) for one of them."""
    sizes = np.linalg.norm(found, axis=0)
    missed = np.linalg.norm(left, axis=0) + rounding * sizes
    lead = 1.0 - FACTOR * float(missed.max())
    return FACTOR * float(sizes.max()) / lead if lead > 0.0 else float("inf")
