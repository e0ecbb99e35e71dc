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
from scipy.sparse import csc_array, csr_array, eye_array, kron

from torusync._checks import Complex, Integer, Real
from torusync.conventions import EPS

_ROOT: Final = 2.0**0.5

_COO: Final = ("row", "col", "data")


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
    hamiltonian : H, ``(D, D)``
    jumps : X of all m channels below each other, ``(m D, D)``
        The rate is drawn in, √(2Γ) X in the normalisation of Eq. (7).
    """

    hamiltonian: csr_array
    jumps: csr_array

    @property
    def levels(self) -> int:
        """Number of levels D."""
        return int(self.hamiltonian.shape[0])

    @property
    def channels(self) -> int:
        """Number of channels m."""
        return int(self.jumps.shape[0]) // max(1, self.levels)

    @cached_property
    def no_jump(self) -> csr_array:
        """K = −iH − Σ X†X/2."""
        return csr_array(-1j * self.hamiltonian - 0.5 * (self.jumps.conj().T @ self.jumps))

    @cached_property
    def _beside(self) -> csr_array:
        """The conjugates of X beside each other, ``(D, m D)``."""
        row, column, value, channel = self._entries
        where = row, channel * self.levels + column
        return csr_array((np.conj(value), where), shape=(self.levels, self.channels * self.levels))

    @cached_property
    def _entries(self) -> tuple[Integer, Integer, Complex, Integer]:
        """Rows, columns, values and channels of the entries of all jumps."""
        own = self.jumps.tocoo()
        row, column = (np.asarray(one, dtype=np.int64) for one in own.coords)
        return row % self.levels, column, own.data, row // self.levels

    @cached_property
    def roundings(self) -> float:
        """Roundings in an entry of dρ/dt, of K and of the sums of products, each relative to the moduli."""
        jumps = max(_longest(self.jumps), _longest(self._beside))
        _, column, _, _ = self._entries
        most = int(np.bincount(column).max(initial=0))
        return 2.0 * (2.0 * _longest(self.no_jump) + jumps + most + self.channels + 12.0)

    def change(self, rho: Complex) -> tuple[Complex, float]:
        """Return dρ/dt of a Hermitian matrix, and a bound of its rounding in the Frobenius norm."""
        half: Any = self.no_jump @ rho
        kicked: Any = self._beside @ _turned(self.jumps @ rho)
        moduli: Real = np.abs(rho)
        jumps: Any = abs(self.jumps)
        # what K is made of, whatever cancels in it
        energies: Any = abs(self.hamiltonian)
        kicking: Any = abs(self._beside)
        left = energies @ moduli + 0.5 * (jumps.T @ (jumps @ moduli))
        made = left + left.T + kicking @ _turned(jumps @ moduli)
        change = half + np.conj(half.T) + kicked.T
        return np.asarray(change), EPS * self.roundings * float(np.linalg.norm(made))

    def scale(self) -> float:
        """Return the norm of what `change` is made of, per ‖ρ‖_F."""
        return 2.0 * _norm(self.hamiltonian) + 2.0 * _norm(self.jumps) ** 2

    def reach(self) -> float:
        """Return a bound of the spectral norm of L, and of what its entries are sums of, by their moduli."""
        jumps = abs(self.jumps)
        single = [widest(jumps[k * self.levels : (k + 1) * self.levels]) for k in range(self.channels)]
        return 2.0 * widest(abs(self.hamiltonian)) + widest(jumps.T @ jumps) + sum(one**2 for one in single)

    def rounding(self) -> float:
        """Return a bound of what `real_form` is off by, per ‖ρ‖_F."""
        return EPS * self.roundings * self.scale()

    def border(self) -> float:
        """Return s of L + s e₀ tᵀ, as large as the fastest decay of a population."""
        return -2.0 * float(self.no_jump.diagonal().real.min(initial=0.0)) or 1.0

    def real_form(self, pairs: Pairs, *, border: float = 0.0) -> Any:
        """Return L in the real numbers of ``pairs``, as a matrix of compressed columns; with ``border`` L + s e₀ tᵀ."""
        terms = self._terms(pairs)
        if border:
            level = np.arange(self.levels)
            terms.append((np.zeros_like(level), level, np.full(self.levels, border)))
        rows, columns, values = zip(*terms, strict=True)
        shape = (pairs.size, pairs.size)
        flat = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
        return csc_array(flat, shape=shape)

    def complex_form(self, kept: Integer) -> Any:
        """Return L on entries of row-major vec(ρ) that it does not lead out of, as a matrix of compressed columns."""
        return self.on_vectors()[kept][:, kept].tocsc()

    def on_vectors(self) -> Any:
        """Return L on row-major vec(ρ), as a matrix of compressed rows."""
        one = eye_array(self.levels, format="coo")
        parts = [kron(self.no_jump, one, format="coo"), kron(one, self.no_jump.conj(), format="coo")]
        for channel in range(self.channels):
            jump = self.jumps[channel * self.levels : (channel + 1) * self.levels]
            parts.append(kron(jump, jump.conj(), format="coo"))
        # all entries at once: a sum of matrices would be put in order channel by channel
        rows, columns, values = (np.concatenate([getattr(part, name) for part in parts]) for name in _COO)
        return csr_array((values, (rows, columns)), shape=parts[0].shape)

    def equals(self, other: "SparseLindblad") -> bool:
        """Tell whether two equations are the same to the bit."""
        pairs: Any = (self.hamiltonian, other.hamiltonian), (self.jumps, other.jumps)
        return all(
            first.shape == second.shape and first.nnz == second.nnz and bool((first != second).nnz == 0)
            for first, second in pairs
        )

    def _terms(self, pairs: Pairs) -> list[tuple[Integer, Integer, Real]]:
        """Return rows, columns and values of all that adds up to L."""
        groups, no_jump = pairs.groups, self.no_jump.tocoo()
        rows, columns = (np.asarray(one, dtype=np.int64) for one in no_jump.coords)
        entry, level = same(groups[rows], groups)
        # K ρ above the diagonal, and there the adjoint of what is below it
        row, column, value = rows[entry], columns[entry], no_jump.data[entry]
        target = np.concatenate([row, level]), np.concatenate([level, row])
        source = np.concatenate([column, level]), np.concatenate([level, column])
        rows, columns, values, channel = self._entries
        label = channel * (int(groups.max(initial=0)) + 1) + groups[columns]
        left, right = same(label, label)
        target = np.concatenate([target[0], rows[left]]), np.concatenate([target[1], rows[right]])
        source = np.concatenate([source[0], columns[left]]), np.concatenate([source[1], columns[right]])
        product = values[left] * np.conj(values[right])
        return _real(pairs, target, source, np.concatenate([value, np.conj(value), product]))


def _turned(stacked: Any) -> Any:
    """Return matrices ``(m D, D)`` below each other, each transposed."""
    size = stacked.shape[1]
    return stacked.reshape(-1, size, size).swapaxes(1, 2).reshape(stacked.shape)


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


def widest(moduli: Any) -> float:
    """Return a bound of the spectral norm of a matrix that is nowhere negative, by its largest sums."""
    rows, columns = (float(np.max(moduli.sum(axis=axis), initial=0.0)) for axis in (1, 0))
    return float((rows * columns) ** 0.5)


def _longest(matrix: Any) -> int:
    """Return the most entries that a row has."""
    return int(np.diff(matrix.indptr).max(initial=0))


def _norm(matrix: Any) -> float:
    return float(np.linalg.norm(matrix.data))
