"""Entries of matrices as arrays, and how those of two operators meet: sparse matrices without their objects.

A few operators of some hundred entries are multiplied and joined in microseconds, while every object of a sparse matrix
that stands between two such steps takes some tens of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from scipy.sparse import csr_array

from torusync._checks import Complex, Integer


@final
@dataclass(frozen=True, eq=False)
class Listed:
    """The entries of matrices ``(D, D)`` that are not zero, matrix by matrix and row by row.

    Parameters
    ----------
    levels : D
    count : how many matrices there are
    number, row, column, value : of each entry
    """

    levels: int
    count: int
    number: Integer
    row: Integer
    column: Integer
    value: Complex

    @classmethod
    def of(cls, matrices: Sequence[Complex], levels: int, *, factors: Sequence[float] | None = None) -> "Listed":
        """Return the entries of full matrices, each times a factor of its own."""
        where = [np.flatnonzero(one.reshape(-1) != 0.0) for one in matrices]
        none = np.zeros(0, dtype=np.int64)
        flat = np.concatenate([none, *where])
        values = [one.reshape(-1)[at] for one, at in zip(matrices, where, strict=True)]
        if factors is not None:
            values = [factor * one for factor, one in zip(factors, values, strict=True)]
        number = np.repeat(np.arange(len(where)), np.array([len(one) for one in where], dtype=np.int64))
        row, column = np.divmod(flat, levels)
        return cls(levels, len(where), number, row, column, np.concatenate([none.astype(np.complex128), *values]))

    @property
    def label(self) -> Integer:
        """Number and row of each entry in one, which ascends."""
        return self.number * self.levels + self.row

    def stacked(self) -> Any:
        """Return the matrices below each other, as one of compressed rows ``(count D, D)``."""
        starts = np.zeros(self.count * self.levels + 1, dtype=np.int64)
        np.cumsum(np.bincount(self.label, minlength=len(starts) - 1), out=starts[1:])
        return csr_array((self.value, self.column, starts), shape=(len(starts) - 1, self.levels))

    def equals(self, other: "Listed") -> bool:
        """Tell whether both are the same to the bit."""
        same_size = (self.levels, self.count, len(self.value)) == (other.levels, other.count, len(other.value))
        names = ("number", "row", "column", "value")
        return same_size and all(bool((getattr(self, one) == getattr(other, one)).all()) for one in names)


def same(left: Integer, right: Integer) -> tuple[Integer, Integer]:
    """Return the indices of all pairs with ``left[e] == right[f]``; both hold small numbers from 0 upwards."""
    order = np.argsort(right, kind="stable")
    counts = np.bincount(right, minlength=int(left.max(initial=0)) + 1)
    begins = np.cumsum(counts) - counts
    many = counts[left]
    first = np.repeat(np.arange(len(left)), many)
    inside = np.arange(len(first)) - np.repeat(np.cumsum(many) - many, many)
    return first, order[inside + np.repeat(begins[left], many)]
