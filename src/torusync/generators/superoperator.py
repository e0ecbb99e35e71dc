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
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from torusync._checks import Complex, Integer, Real
from torusync.conventions import EPS
from torusync.generators.listed import Listed, same

_Short = NDArray[np.int32]

_Terms = list[tuple[Any, Any, Complex]]
"""Rows, columns and values of what adds up to L in real numbers, values with their moduli as imaginary parts."""

_ROOT: Final = 2.0**0.5

_WEIGHTS: Final = np.array([1.0, 1.0 / _ROOT, _ROOT, 1.0])
"""Of what leads to a population or a pair (from 2 on) from a population or, odd, from a pair."""

_BOTH: Final = 3


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
    def slots(self) -> _Short:
        """Number of the pair of i and j, ``(D, D)``; −1 where they are of different classes.

        Short numbers, as sparse matrices have them: every entry of L looks two of them up.
        """
        found = np.full((self.levels, self.levels), -1, dtype=np.int32)
        found[np.arange(self.levels), np.arange(self.levels)] = np.arange(self.levels)
        i, j = self.upper
        found[i, j] = found[j, i] = self.levels + np.arange(len(i))
        return found

    @cached_property
    def turns(self) -> Real:
        """Sign of the imaginary part of ρ_ij as that of a pair, ``(D, D)``: 1 above the diagonal, else −1."""
        return np.where(np.arange(self.levels)[:, np.newaxis] < np.arange(self.levels), 1.0, -1.0)

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


@final
@dataclass(frozen=True, eq=False)
class Drift:
    """The entries of K = −iH − Σ X†X/2, by parts, with the moduli of what they are sums of.

    Parameters
    ----------
    row, column : of each entry
    real, imag : of its value
    real_size, imag_size : sums of the moduli of the terms of each, whatever cancels
    terms : of one entry at most
    """

    row: Integer
    column: Integer
    real: Real
    imag: Real
    real_size: Real
    imag_size: Real
    terms: int


@final
@dataclass(frozen=True, eq=False)
class Assembled:
    """L in the real numbers of pairs, with the moduli of what its entries are sums of.

    Parameters
    ----------
    matrix : L, with compressed columns
    sizes : sums of the moduli of the terms of each of its entries, in the order of ``matrix.data``
    lost : the same of terms that cancel to no entry at all, as a matrix; None where none does
    digits : roundings of a product with a vector, each relative to the moduli
    """

    matrix: Any
    sizes: Real
    lost: Any
    digits: float

    def change(self, values: Real) -> tuple[float, float]:
        """Return ‖L x‖ of real numbers, and a bound of its rounding, that of L as it is held included."""
        sizes = csc_array((self.sizes, self.matrix.indices, self.matrix.indptr), shape=self.matrix.shape)
        made = sizes @ np.abs(values)
        if self.lost is not None:
            made = made + self.lost @ np.abs(values)
        return float(np.linalg.norm(self.matrix @ values)), EPS * self.digits * float(np.linalg.norm(made))


@final
@dataclass(frozen=True, eq=False)
class SparseLindblad:
    """One Lindblad equation dρ/dt = K ρ + ρ K† + Σ X ρ X†, by the entries of its operators.

    Parameters
    ----------
    hamiltonian : H
    jumps : X of all m channels
        The rate is drawn in, √(2Γ) X in the normalisation of Eq. (7).
    """

    hamiltonian: Listed
    jumps: Listed

    @property
    def levels(self) -> int:
        """Number of levels D."""
        return self.hamiltonian.levels

    @property
    def channels(self) -> int:
        """Number of channels m."""
        return self.jumps.count

    @cached_property
    def drift(self) -> Drift:
        """The entries of K."""
        size, own, energies = self.levels, self.jumps, self.hamiltonian
        left, right = same(own.label, own.label)
        real, imag, real_size, imag_size = _product(own.value[left], own.value[right])
        key = np.concatenate([energies.row * size + energies.column, own.column[left] * size + own.column[right]])
        parts = (
            (energies.value.imag, -0.5 * real),
            (-energies.value.real, -0.5 * imag),
            (np.abs(energies.value.imag), 0.5 * real_size),
            (np.abs(energies.value.real), 0.5 * imag_size),
        )
        sums = [np.bincount(key, np.concatenate(part), minlength=size**2) for part in parts]
        terms = np.bincount(key, minlength=size**2)
        there = np.flatnonzero(terms)
        row, column = np.divmod(there, size)
        most = int(terms.max(initial=0))
        real, imag, real_size, imag_size = (one[there].astype(np.float64) for one in sums)
        return Drift(row, column, real, imag, real_size, imag_size, most)

    @cached_property
    def no_jump(self) -> Any:
        """K as a matrix of compressed rows."""
        found = self.drift
        starts = np.zeros(self.levels + 1, dtype=np.int64)
        np.cumsum(np.bincount(found.row, minlength=self.levels), out=starts[1:])
        return csr_array((found.real + 1j * found.imag, found.column, starts), shape=(self.levels, self.levels))

    @cached_property
    def decay(self) -> Real:
        """What leaves each level, −2 Re K_ii."""
        found = self.drift
        own = found.row == found.column
        out = np.zeros(self.levels)
        out[found.row[own]] = -2.0 * found.real[own]
        return out

    @cached_property
    def _stacked(self) -> Any:
        return self.jumps.stacked()

    @cached_property
    def _beside(self) -> Any:
        """The conjugates of X beside each other, ``(D, m D)``."""
        own, size = self.jumps, self.levels
        where = own.row, own.number * size + own.column
        return csr_array((np.conj(own.value), where), shape=(size, self.channels * size))

    @cached_property
    def roundings(self) -> float:
        """Roundings in an entry of dρ/dt, of K and of the sums of products, each relative to the moduli."""
        own = self.jumps
        longest = _most(self.drift.row)
        return 2.0 * (2.0 * longest + _most(own.row) + _most(own.column) + self.channels + 12.0)

    def image(self, rho: Complex) -> Complex:
        """Return dρ/dt of a Hermitian matrix."""
        half: Any = self.no_jump @ rho
        kicked: Any = self._beside @ _turned(self._stacked @ rho)
        return np.asarray(half + np.conj(half.T) + kicked.T)

    def change(self, rho: Complex) -> tuple[Complex, float]:
        """Return dρ/dt of a Hermitian matrix, and a bound of its rounding in the Frobenius norm."""
        moduli: Real = np.abs(rho)
        jumps: Any = abs(self._stacked)
        # what K is made of, whatever cancels in it
        energies: Any = abs(self.hamiltonian.stacked())
        kicking: Any = abs(self._beside)
        left = energies @ moduli + 0.5 * (jumps.T @ (jumps @ moduli))
        made = left + left.T + kicking @ _turned(jumps @ moduli)
        return self.image(rho), EPS * self.roundings * float(np.linalg.norm(made))

    def scale(self) -> float:
        """Return the norm of what `change` is made of, per ‖ρ‖_F."""
        return 2.0 * float(np.linalg.norm(self.hamiltonian.value)) + 2.0 * float(np.linalg.norm(self.jumps.value)) ** 2

    def reach(self) -> float:
        """Return a bound of the spectral norm of L, and of what its entries are sums of, by their moduli."""
        jumps = abs(self._stacked)
        single = [widest(jumps[k * self.levels : (k + 1) * self.levels]) for k in range(self.channels)]
        return 2.0 * widest(abs(self.hamiltonian.stacked())) + widest(jumps.T @ jumps) + sum(one**2 for one in single)

    def rounding(self) -> float:
        """Return a bound of what `real_form` is off by, per ‖ρ‖_F."""
        return EPS * self.roundings * self.scale()

    def border(self) -> float:
        """Return s of L + s e₀ tᵀ, as large as the fastest decay of a population."""
        return float(self.decay.max(initial=0.0)) or 1.0

    def real_form(self, pairs: Pairs) -> Any:
        """Return L in the real numbers of ``pairs``, as a matrix of compressed columns."""
        return self.assembled(pairs).matrix

    def assembled(self, pairs: Pairs) -> Assembled:
        """Return the same with the moduli of what its entries are sums of."""
        terms, gone = self._terms(pairs)
        # value and moduli are added up together, as real and imaginary part
        found = _summed(terms, pairs.size)
        lost = _summed(gone, pairs.size).imag if gone else None
        del terms, gone
        matrix = csc_array((np.ascontiguousarray(found.data.real), found.indices, found.indptr), shape=found.shape)
        longest = int(np.bincount(found.indices, minlength=1).max())
        # of K and of the products; of what falls on one entry; of its row; of factors, square roots and the state
        digits = self.drift.terms + 2.0 * self.channels + 4.0 + longest + 20.0
        return Assembled(matrix, np.ascontiguousarray(found.data.imag), lost, digits)

    def complex_form(self, kept: Integer) -> Any:
        """Return L on entries of row-major vec(ρ) that it does not lead out of, as a matrix of compressed columns."""
        place = np.full(self.levels**2, -1, dtype=np.int64)
        place[kept] = np.arange(len(kept))
        rows, columns, values = self._on_vectors()
        rows, columns = place[rows], place[columns]
        inside = np.flatnonzero((rows >= 0) & (columns >= 0))
        flat = values[inside], (rows[inside], columns[inside])
        return csc_array(flat, shape=(len(kept), len(kept)))

    def on_vectors(self) -> Any:
        """Return L on row-major vec(ρ), as a matrix of compressed rows."""
        rows, columns, values = self._on_vectors()
        return csr_array((values, (rows, columns)), shape=(self.levels**2, self.levels**2))

    def _on_vectors(self) -> tuple[Integer, Integer, Complex]:
        """Return rows, columns and values of all that adds up to L on row-major vec(ρ)."""
        size, drift, own = self.levels, self.drift, self.jumps
        value = drift.real + 1j * drift.imag
        there = np.flatnonzero(value)
        row, column, value = drift.row[there, np.newaxis], drift.column[there, np.newaxis], value[there, np.newaxis]
        level = np.arange(size)
        left, right = same(own.number, own.number)
        rows = row * size + level, level * size + row, own.row[left] * size + own.row[right]
        columns = column * size + level, level * size + column, own.column[left] * size + own.column[right]
        whole = np.broadcast_to(value, rows[0].shape)
        values = whole, np.conj(whole), own.value[left] * np.conj(own.value[right])
        flat = [np.concatenate([np.ravel(one) for one in parts]) for parts in (rows, columns, values)]
        return flat[0], flat[1], flat[2]

    def equals(self, other: "SparseLindblad") -> bool:
        """Tell whether two equations are the same to the bit."""
        return self.hamiltonian.equals(other.hamiltonian) and self.jumps.equals(other.jumps)

    def _terms(self, pairs: Pairs) -> tuple[_Terms, _Terms]:
        """Return all that adds up to L, and what cancels to no term at all."""
        # one after the other, so that what one is made from is gone before the next
        terms, lost = _real(pairs, *self._drifting(pairs.groups))
        further, more = _real(pairs, *self._jumping(pairs.groups))
        return terms + further, lost + more

    def _drifting(self, groups: Integer) -> "_OnVectors":
        """Return K ρ + ρ K† on and above the diagonal."""
        drift, size = self.drift, self.levels
        entry, level = same(groups[drift.row], groups)
        row = drift.row[entry]
        # K ρ, and the adjoint of what is below the diagonal
        up, down = np.flatnonzero(row <= level), np.flatnonzero(row >= level)
        first, second = entry[up], entry[down]
        above, below = level[up], level[down]
        target = np.concatenate([row[up] * size + above, below * size + row[down]])
        source = np.concatenate([drift.column[first] * size + above, below * size + drift.column[second]])
        half, whole = drift.real + 1j * drift.real_size, drift.imag + 1j * drift.imag_size
        reals = np.concatenate([half[first], half[second]])
        return target, source, reals, np.concatenate([whole[first], -np.conj(whole)[second]])

    def _jumping(self, groups: Integer) -> "_OnVectors":
        """Return Σ X ρ X† on and above the diagonal."""
        own, size = self.jumps, self.levels
        label = own.number * (int(groups.max(initial=0)) + 1) + groups[own.column]
        left, right = same(label, label)
        above = np.flatnonzero(own.row[left] <= own.row[right])
        left, right = left[above], right[above]
        real, imag, real_size, imag_size = _product(own.value[right], own.value[left])
        target, source = own.row[left] * size + own.row[right], own.column[left] * size + own.column[right]
        return target, source, real + 1j * real_size, imag + 1j * imag_size


_OnVectors = tuple[Integer, Integer, Complex, Complex]
"""Terms of L on row-major vec(ρ): row, column, and both parts of the value, each with its moduli as imaginary part."""


def _product(left: Complex, right: Complex) -> tuple[Real, Real, Real, Real]:
    """Return real and imaginary part of conj(left) · right, and for each the sum of the moduli of its two terms."""
    first, second = left.real * right.real, left.imag * right.imag
    third, fourth = left.real * right.imag, left.imag * right.real
    return first + second, third - fourth, np.abs(first) + np.abs(second), np.abs(third) + np.abs(fourth)


def _turned(stacked: Any) -> Any:
    """Return matrices ``(m D, D)`` below each other, each transposed."""
    size = stacked.shape[1]
    return stacked.reshape(-1, size, size).swapaxes(1, 2).reshape(stacked.shape)


def _summed(terms: _Terms, size: int) -> Any:
    rows, columns, values = (np.concatenate(one) for one in zip(*terms, strict=True))
    return csc_array((values, (rows, columns)), shape=(size, size))


def _real(pairs: Pairs, target: Integer, source: Integer, real: Complex, imag: Complex) -> tuple[_Terms, _Terms]:
    """Return the real terms of value · |target><source| on vec(ρ), and those that are zero but made of something."""
    slots, levels, beyond = pairs.slots.reshape(-1), pairs.levels, np.int32(len(pairs.upper[0]))
    row, column, turn = slots[target], slots[source], pairs.turns.reshape(-1)[source]
    kind = 2 * (row >= levels) + (column >= levels).astype(np.int8)
    weight = _WEIGHTS[kind]
    terms: _Terms = []
    lost: _Terms = []
    for part, turned in ((real, False), (imag, True)):
        there = np.flatnonzero(part.real)
        none = np.flatnonzero((part.real == 0.0) & (part.imag > 0.0)) if len(there) < len(row) else there[:0]
        for into, at in ((terms, there), (lost, none)) if len(none) else ((terms, there),):
            found = part[at]
            found *= weight[at]
            # of a pair of one level there is no imaginary part, and what is not there is no entry of L
            to, of, what = row[at], column[at], kind[at]
            reals = np.flatnonzero(what >= 2) if turned else slice(None)
            into.append((to[reals] + beyond * turned, of[reals], found[reals]))
            others = np.flatnonzero((what & 1) > 0) if turned else np.flatnonzero(what == _BOTH)
            found = found[others]
            found.real *= -turn[at[others]] if turned else turn[at[others]]
            into.append((to[others] + beyond * (not turned), of[others] + beyond, found))
    return terms, lost


def widest(moduli: Any) -> float:
    """Return a bound of the spectral norm of a matrix that is nowhere negative, by its largest sums."""
    rows, columns = (float(np.max(moduli.sum(axis=axis), initial=0.0)) for axis in (1, 0))
    return float((rows * columns) ** 0.5)


def _most(numbers: Integer) -> int:
    """Return how often the most frequent of some numbers occurs."""
    return int(np.bincount(numbers, minlength=1).max())
