"""The lattice that the orders of harmonics span: what turns ridges and repeated tops into nothing.

A phase on which a polynomial does not depend makes its tops a ridge, which no number of boxes closes; orders that are
all multiples of twenty make every top twenty tops.  In coordinates of the lattice that the orders span, both are gone:
q = n B with whole numbers n, and ψ = B φ are the phases that are left.
"""

from typing import NamedTuple

import numpy as np

from torusync._checks import Integer, Real
from torusync._limits import ASSIGNMENTS


class Lattice(NamedTuple):
    """A basis of the whole-number combinations of some orders.

    Parameters
    ----------
    basis : (rank, phases) B, its rows as short as simple reduction makes them
    coordinates : (terms, rank) n, with orders = n B
    """

    basis: Integer
    coordinates: Integer

    @property
    def copies(self) -> int:
        """How often the torus of φ covers that of ψ, where their dimensions are the same; else 0."""
        rank, phases = self.basis.shape
        return round(abs(np.linalg.det(self.basis))) if rank == phases else 0

    def phases(self, psi: Real) -> Real:
        """Return φ with B φ = ψ, ``(..., phases)``."""
        return np.asarray(psi @ np.linalg.pinv(self.basis.astype(np.float64)).T)

    def shifts(self) -> Real:
        """Return all different φ in [0, 2π) with B φ = 0 up to multiples of 2π, ``(copies, phases)``.

        One of them, 0, where they are a continuum, or more than anyone lists.
        """
        copies, phases = self.copies, self.basis.shape[1]
        if copies <= 1 or copies**phases > ASSIGNMENTS:
            return np.zeros((1, phases))
        whole = np.stack(np.unravel_index(np.arange(copies**phases), (copies,) * phases), axis=-1)
        # B⁻¹ n has the denominator |det B|: whole numbers, which can be told apart
        parts = np.rint(whole @ np.linalg.inv(self.basis.astype(np.float64)).T * copies).astype(np.int64) % copies
        return np.asarray(2.0 * np.pi / copies * np.unique(parts, axis=0))


def lattice_of(orders: Integer) -> Lattice:
    """Return the lattice that orders ``(terms, phases)`` span."""
    basis = _reduced(_echelon([[int(one) for one in row] for row in orders]))
    if not basis:
        return Lattice(np.zeros((0, orders.shape[1]), dtype=np.int64), np.zeros((len(orders), 0), dtype=np.int64))
    found = np.array(basis, dtype=np.int64)
    exact = orders @ np.linalg.pinv(found.astype(np.float64))
    return Lattice(found, np.rint(exact).astype(np.int64))


def _echelon(rows: list[list[int]]) -> list[list[int]]:
    """Return a basis in echelon form, by the algorithm of Euclid on one column after the other."""
    basis: list[list[int]] = []
    left = [row for row in rows if any(row)]
    for column in range(len(rows[0]) if rows else 0):
        while True:
            here = sorted((row for row in left if row[column]), key=lambda row: abs(row[column]))
            if len(here) <= 1:
                break
            pivot = here[0]
            for row in here[1:]:
                times = row[column] // pivot[column]
                row[:] = [one - times * other for one, other in zip(row, pivot, strict=True)]
        if here:
            basis.append(here[0])
        left = [row for row in left if any(row) and not any(row is one for one in here)]
    return basis


def _reduced(basis: list[list[int]]) -> list[list[int]]:
    """Return the basis with multiples of its vectors taken from each other as long as one gets shorter."""
    shorter = True
    while shorter:
        shorter = False
        for row in basis:
            for other in basis:
                if row is other:
                    continue
                times = round(sum(map(int.__mul__, row, other)) / sum(map(int.__mul__, other, other)))
                new = [one - times * two for one, two in zip(row, other, strict=True)]
                if sum(map(int.__mul__, new, new)) < sum(map(int.__mul__, row, row)):
                    row[:], shorter = new, True
    return basis
