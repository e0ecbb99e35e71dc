"""A Lindblad equation on Hermitian matrices as a sparse real matrix, built from the entries of H and of the jumps.

A Hermitian ρ of D levels is D² real numbers, √2 Re ρ_ij and √2 Im ρ_ij above the diagonal and ρ_ii on it, and L keeps
it Hermitian.  In these numbers, whose Euclidean length is ‖ρ‖_F, L has as many rows as on vec(ρ), but they are real:
a factorisation takes a quarter of the multiplications and half the memory.  Singular values are the same.

Only what couples levels of the same class is held, which with a class for each charge is the block of L where the
states are, and with one class for all levels the whole of L.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, final

import numpy as np
from scipy.sparse import coo_array, csr_array

from torusync._checks import Complex, Integer, Real
from torusync.conventions import EPS

_ROOT: Final = 2.0**0.5


@final
@dataclass(frozen=True, eq=False)
class Pairs:
    """The pairs of levels i ≤ j of the same class: first those of one level, then those of two."""

    groups: Integer

    @property
    def levels(self) -> int:
        """Number of levels D."""
        return len(self.groups)

    @cached_property
    def upper(self) -> tuple[Integer, Integer]:
        """I and j of each pair of two levels."""
        if int(self.groups.max(initial=0)) == 0:
            return np.triu_indices(self.levels, 1)
        first, second = same(self.groups, self.groups)
        above = first < second
        return first[above], second[above]

    @cached_property
    def slots(self) -> Integer:
        """Number of the pair of i and j, ``(D, D)``; −1 where they are of different classes."""
        found = np.full((self.levels, self.levels), -1, dtype=np.int64)
        found[np.arange(self.levels), np.arange(self.levels)] = np.arange(self.levels)
        i, j = self.upper
        found[i, j] = found[j, i] = self.levels + np.arange(len(i))
        return found

    @property
    def size(self) -> int:
        """Number of real unknowns."""
        return self.levels + 2 * len(self.upper[0])

    def packed(self, matrix: Complex) -> Real:
        """Return the real numbers of a Hermitian matrix."""
        above = matrix[self.upper] * _ROOT
        return np.concatenate([np.diagonal(matrix).real, above.real, above.imag])

    def unpacked(self, values: Real) -> Complex:
        """Return the Hermitian matrix of real numbers; 0 between classes."""
        levels, (i, j) = self.levels, self.upper
        matrix = np.zeros((levels, levels), dtype=np.complex128)
        matrix[np.arange(levels), np.arange(levels)] = values[:levels]
        above = (values[levels : levels + len(i)] + 1j * values[levels + len(i) :]) / _ROOT
        matrix[i, j], matrix[j, i] = above, np.conj(above)
        return matrix


def same(left: Integer, right: Integer) -> tuple[Integer, Integer]:
    """Return the indices of all pairs with ``left[e] == right[f]``; both hold small numbers from 0 upwards."""
    order = np.argsort(right, kind="stable")
    counts = np.bincount(right, minlength=int(left.max(initial=0)) + 1)
    begins = np.cumsum(counts) - counts
    many = counts[left]
    first = np.repeat(np.arange(len(left)), many)
    inside = np.arange(len(first)) - np.repeat(np.cumsum(many) - many, many)
    return first, order[inside + np.repeat(begins[left], many)]


@final
@dataclass(frozen=True, eq=False)
class SparseLindblad:
    """One Lindblad equation dρ/dt = K ρ + ρ K† + Σ X ρ X†, by the entries of sparse matrices.

    Parameters
    ----------
    hamiltonian : H
    jumps : X of each channel, its rate drawn in, √(2Γ) X in the normalisation of Eq. (7)
    """

    hamiltonian: Any
    jumps: tuple[Any, ...]

    @property
    def levels(self) -> int:
        """Number of levels D."""
        return int(self.hamiltonian.shape[0])

    @cached_property
    def no_jump(self) -> Any:
        """K = −iH − Σ X†X/2."""
        total = -1j * self.hamiltonian
        for jump in self.jumps:
            total = total - 0.5 * (jump.conj().T @ jump)
        return csr_array(total)

    @cached_property
    def _moduli(self) -> tuple[Any, tuple[Any, ...]]:
        """What K and the jumps are made of, in modulus: rounding is relative to that, whatever cancels."""
        jumps = tuple(abs(jump) for jump in self.jumps)
        total = abs(self.hamiltonian)
        for jump in jumps:
            total = total + 0.5 * (jump.T @ jump)
        return csr_array(total), jumps

    @cached_property
    def _roundings(self) -> float:
        """Roundings in an entry of dρ/dt, of K and of the sums of products, each relative to the moduli."""
        jumps = max((_longest(one) for jump in self.jumps for one in (jump, jump.T)), default=0)
        return 2.0 * (2.0 * _longest(self.no_jump) + 3.0 * jumps + len(self.jumps) + 12.0)

    def change(self, rho: Complex) -> tuple[Complex, float]:
        """Return dρ/dt of a Hermitian matrix, and a bound of its rounding in the Frobenius norm."""
        half = self.no_jump @ rho
        change = half + np.conj(half.T)
        no_jump, jumps = self._moduli
        moduli = np.abs(rho)
        made = no_jump @ moduli
        made = made + made.T
        for jump, modulus in zip(self.jumps, jumps, strict=True):
            change = change + np.conj((jump @ np.conj((jump @ rho).T)).T)
            made = made + (modulus @ (modulus @ moduli).T).T
        return np.asarray(change), EPS * self._roundings * float(np.linalg.norm(made))

    def scale(self) -> float:
        """Return the norm of what `change` is made of, per ‖ρ‖_F."""
        total = 2.0 * _norm(self.hamiltonian)
        return total + sum(2.0 * _norm(jump) ** 2 for jump in self.jumps)

    def real_form(self, pairs: Pairs) -> Any:
        """Return L in the real numbers of ``pairs``, as a matrix of compressed columns."""
        rows, columns, values = zip(*self._terms(pairs), strict=True)
        shape = (pairs.size, pairs.size)
        flat = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
        return coo_array(flat, shape=shape).tocsc()

    def _terms(self, pairs: Pairs) -> list[tuple[Integer, Integer, Real]]:
        """Return rows, columns and values of all that adds up to L."""
        found, groups = [], pairs.groups
        no_jump = self.no_jump.tocoo()
        drift = no_jump.coords[0], no_jump.coords[1], no_jump.data
        entry, level = same(groups[drift[0]], groups)
        # K ρ above the diagonal, and there the adjoint of what is below it
        row, column, value = drift[0][entry], drift[1][entry], drift[2][entry]
        found += _real(pairs, (row, level), (column, level), value)
        found += _real(pairs, (level, row), (level, column), np.conj(value))
        for jump in self.jumps:
            own = jump.tocoo()
            rows, columns, values = own.coords[0], own.coords[1], own.data
            left, right = same(groups[columns], groups[columns])
            product = values[left] * np.conj(values[right])
            found += _real(pairs, (rows[left], rows[right]), (columns[left], columns[right]), product)
        return found


def _real(
    pairs: Pairs, target: tuple[Integer, Integer], source: tuple[Integer, Integer], value: Complex
) -> list[tuple[Integer, Integer, Real]]:
    """Return the real terms of value · |target><source| on vec(ρ), of targets above the diagonal or on it."""
    row = pairs.slots[target]
    kept = (target[0] <= target[1]) & (row >= 0)
    i, j, k, m = target[0][kept], target[1][kept], source[0][kept], source[1][kept]
    row, column, beyond = row[kept], pairs.slots[k, m], len(pairs.upper[0])
    weighed = value[kept] * np.where(i < j, _ROOT, 1.0) * np.where(k == m, 1.0, 1.0 / _ROOT)
    turned = 1j * np.sign(m - k) * weighed
    terms = []
    for part, numbers in ((0, weighed), (beyond, turned)):
        for lower, reals in ((0, numbers.real), (beyond, numbers.imag)):
            # of a pair of one level there is no imaginary part, and what is not there is no entry of L
            there = (reals != 0.0) & ((i < j) | (lower == 0)) & ((k != m) | (part == 0))
            terms.append((row[there] + lower, column[there] + part, reals[there]))
    return terms


def _longest(matrix: Any) -> int:
    """Return the most entries that a row has."""
    return int(np.diff(csr_array(matrix).indptr).max(initial=0))


def _norm(matrix: Any) -> float:
    return float(np.linalg.norm(matrix.data))
