"""Whether diag μ − R ⪰ 0 for a manifold of low rank, from the inertia of a matrix of a few dozen rows.

With d the multipliers of the n manifold levels, natural diagonal included, and R̂ = W Σ W†, Σ real and diagonal, the
matrix

    A = [ μ_1   −u   0   ]       its Schur complement with respect to Σ⁻¹ is M = diag μ − R, that with respect to the
        [ −u†    D   W   ]       levels f with d_f > 0 is
        [ 0     W†   Σ⁻¹ ]           A' = [ T − C_f† D_f⁻¹ C_f   C_e† ]    T = diag(μ_1, Σ⁻¹),  C = [−u†, W],
                                          [ C_e                  D_e  ]    e the levels that are left

Sylvester's law counts twice: negative(A) = negative(Σ) + negative(M) = negative(A').  So M is positive definite exactly
where A' has no more eigenvalues ≤ 0 than Σ has, whatever the signs in Σ.  Levels of vanishing or negative d stay in e:
divided by, they would drown all others in their rounding.

Near the optimum (1, z) is nearly a null vector of M, and (1, −ΣW†z) =: (1, x) one of A': where fields are small against
|u|, its two parts nearly cancel.  A congruence puts that vector in the place of the first unit vector.  It turns the
first column of C into q = −u† + W x, minus the fields themselves, and nothing large is left to cancel.
"""

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final, NamedTuple, final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real
from torusync._lapack import eigenvalues
from torusync._rows import in_blocks
from torusync.conventions import EPS

_EXPLICIT: Final = 48
"""Levels of small or negative multipliers that are kept in the matrix."""

_SMALL: Final = 1e-2
"""Multipliers below this fraction of the mean are small."""

ROWS: Final = 64
"""Rows of one product of columns: with longer ones its rounding would outgrow what the inertia must resolve."""

EXPONENTS: Final = range(-12, 2)
"""Powers of ten of the shifts that are tried, in units of the mean multiplier; mostly the first is enough."""


class Shift(NamedTuple):
    """What makes diag μ − R positive definite: ``tau`` times ``weight`` ``(n + 1)`` is added to μ, |1> first."""

    tau: float
    weight: Real


@final
@dataclass(frozen=True, eq=False)
class Bordered:
    """R of |1> and the manifold by coherences with |1>, u ``(n)``, and R̂ = W Σ W†: w ``(n, r)``, sigma ``(r)``.

    ``x`` ``(r)`` may be any numbers; −ΣW†z at the phases z whose multipliers are asked about makes the test sharp.
    """

    u: Complex
    w: Complex
    sigma: Real
    x: Complex

    @classmethod
    def at(cls, u: Complex, w: Complex, sigma: Real, z: Complex) -> "Bordered":
        """Return the same for a test at phases z."""
        return cls(u, w, sigma, np.asarray(-sigma * np.conj(np.conj(z) @ w), dtype=np.complex128))

    @cached_property
    def first(self) -> Complex:
        """First column of C in the basis of (1, x), q = −u† + W x, shape ``(n)``."""
        return np.concatenate(in_blocks(len(self.u), lambda rows: self.w[rows] @ self.x - np.conj(self.u[rows])))

    @cached_property
    def off(self) -> Real:
        """By how much q may be off, shape ``(n)``: a dot product of r + 1 terms, each rounded."""
        moduli = np.abs(self.x)
        summed = np.concatenate(in_blocks(len(self.u), lambda rows: np.abs(self.w[rows]) @ moduli))
        return np.asarray(2.0 * EPS * (len(moduli) + 4) * (np.abs(self.u) + summed))

    def smallest_shift(self, d: Real, corner: float) -> Shift:
        """Return the smallest shift found for which diag μ − R ≻ 0, beyond rounding; infinite if there is none.

        ``d`` ``(n)`` are the multipliers of the manifold levels, natural diagonal included, ``corner`` is that of |1>.
        """
        weight = np.concatenate([[abs(corner)], np.abs(d)])
        mean = float(weight.mean())
        # half in proportion to each level, half the same for all: one for faint levels, the other for fieldless ones
        weight = 0.5 * (weight + mean)
        if not 0.0 < mean < np.inf:
            return Shift(np.inf, weight)
        kept = _kept(d)

        def proven(exponent: int) -> bool:
            tau = 10.0**exponent
            return self._definite(d + tau * weight[1:], corner + tau * float(weight[0]), kept)

        first = 0 if proven(EXPONENTS[0]) else bisect_left(EXPONENTS, True, lo=1, key=proven)
        return Shift(10.0 ** EXPONENTS[first] if first < len(EXPONENTS) else np.inf, weight)

    def is_single(self, d: Real, corner: float, *, null: float) -> bool:
        """Return whether diag μ − R has one eigenvalue below ``null`` mean multipliers and no more: the optimum's."""
        less = null * float(np.abs(d).mean())
        return self._definite(d - less, corner - less, _kept(d), but=1)

    def _definite(self, d: Real, corner: float, kept: Integer, *, but: int = 0) -> bool:
        """Return whether A' has no more eigenvalues below its rounding than Σ has negative ones, and ``but`` more.

        The rounding is that of `_reduced`, and that of LAPACK, a small multiple of its size times ε times the norm.
        What lies above the sum of both is positive beyond doubt.
        """
        free = np.ones(len(d), dtype=np.bool_)
        free[kept] = False
        if not (d[free] > 0.0).all() or not np.isfinite(corner):
            return False
        scaled, rounding = self._reduced(d, corner, free, kept)
        if not (np.isfinite(scaled).all() and np.isfinite(rounding)):
            return False
        margin = rounding + 4.0 * len(scaled) * EPS * float(np.linalg.norm(scaled))
        # ascending, and none at all where as many may be negative as there are
        return bool((eigenvalues(scaled)[int((self.sigma < 0.0).sum()) + but :] > margin).all())

    def _reduced(self, d: Real, corner: float, free: Boolean, kept: Integer) -> tuple[Complex, float]:
        """Return A' in the basis of (1, x), scaled by a congruence, and a bound on the norm of its rounding.

        The products are sums over `ROWS` rows, then over blocks of them by halves.  With G = C† D⁻¹ C each entry is
        off by at most γ (G_aa G_bb)^(1/2) (Cauchy and Schwarz), γ = 2 ε (terms of one sum + 8), complex products and
        the quotient included; and where q enters, by what that is off.  Entry by entry, scaled as A' is, that is a
        matrix whose Frobenius norm bounds the rounding.
        """
        inverse = np.where(free, 1.0 / np.where(free, d, 1.0), 0.0)
        gram = halved(in_blocks(len(d), partial(self._weighted_gram, inverse)))
        rank, size, beside = len(gram), len(gram) + len(kept), self._columns(kept)
        off = np.sqrt((self.off**2 * inverse).sum())
        top = corner_block(gram, self.x, self.sigma, np.asarray(corner), off, rows=len(d))
        matrix, rounding = np.zeros((size, size), dtype=np.complex128), np.zeros((size, size))
        matrix[:rank, :rank], rounding[:rank, :rank] = top.matrix, top.rounding
        matrix[rank:, :rank], matrix[:rank, rank:] = beside, np.conj(beside.T)
        matrix[np.arange(rank, size), np.arange(rank, size)] = d[kept]
        rounding[rank:, 0] = rounding[0, rank:] = self.off[kept]
        balance = np.empty(size)
        balance[:rank] = top.balance
        # any scale will do for the rows that are kept
        length = np.abs(d[kept]) + (np.abs(beside) * balance[:rank]).max(axis=1, initial=0.0) ** 2
        balance[rank:] = 1.0 / np.sqrt(np.where(length > 0.0, length, 1.0))
        error = float(np.linalg.norm(balance[:, np.newaxis] * rounding * balance))
        return balance[:, np.newaxis] * matrix * balance, error

    def _columns(self, rows: slice | Integer) -> Complex:
        """Return rows of C in the basis of (1, x), [q, W]."""
        return np.concatenate([self.first[rows, np.newaxis], self.w[rows]], axis=1)

    def _weighted_gram(self, inverse: Real, block: slice) -> Complex:
        """Return Σ_l inverse_l C_l† C_l over a block of rows."""
        part, weight = self._columns(block), inverse[block, np.newaxis]
        whole = len(part) - len(part) % ROWS
        cut = part[:whole].reshape(-1, ROWS, part.shape[1])
        products = list(np.matmul(np.conj(np.swapaxes(cut, -1, -2)), weight[:whole].reshape(-1, ROWS, 1) * cut))
        if whole < len(part):
            products.append(np.conj(part[whole:].T) @ (weight[whole:] * part[whole:]))
        return halved(products)


class Corner(NamedTuple):
    """T − C_f† D_f⁻¹ C_f in the basis of (1, x), a bound on its rounding ``(..., r + 1, r + 1)``, and its scale."""

    matrix: Complex
    rounding: Real
    balance: Real


def corner_block(gram: Complex, x: Complex, sigma: Real, corner: Real, off: Real, *, rows: int) -> Corner:
    """Return that of one machine or of many, from C_f† D_f⁻¹ C_f ``(..., r + 1, r + 1)`` and x, sigma ``(..., r)``.

    ``off`` ``(...)`` is by how much the first column may be off, in the norm of D_f⁻¹, ``rows`` how many were summed.
    """
    index = np.arange(gram.shape[-1])
    weighed = x / sigma
    natural = np.empty(gram.shape[:-1])
    natural[..., 0], natural[..., 1:] = corner + np.real(np.conj(x) * weighed).sum(axis=-1), 1.0 / sigma
    matrix = -gram
    matrix[..., index, index] += natural
    matrix[..., 1:, 0] += weighed
    matrix[..., 0, 1:] += np.conj(weighed)
    lengths = np.sqrt(gram[..., index, index].real)
    terms = ROWS + 2 * int(np.ceil(np.log2(rows + 2)))
    rounding = 2.0 * EPS * (terms + 8) * lengths[..., np.newaxis] * lengths[..., np.newaxis, :]
    rounding[..., 0, 0] += 2.0 * lengths[..., 0] * off + off**2
    moduli = (np.abs(x) ** 2 / np.abs(sigma)).sum(axis=-1)
    rounding[..., 0, 0] += 2.0 * EPS * (len(index) + 4) * (np.abs(corner) + moduli)
    rounding[..., 0, 1:] += lengths[..., 1:] * np.asarray(off)[..., np.newaxis] + 4.0 * EPS * np.abs(weighed)
    rounding[..., 1:, 0] = rounding[..., 0, 1:]
    return Corner(matrix, rounding, 1.0 / np.sqrt(np.abs(natural) + lengths**2))


def _kept(d: Real) -> Integer:
    """Return the levels of small or negative multipliers, as many as may be."""
    order = np.argsort(d)[:_EXPLICIT]
    return np.sort(order[d[order] < _SMALL * np.abs(d).mean()])


def halved(terms: list[Complex]) -> Complex:
    """Return the sum by halves, whose rounding grows with the logarithm of their number."""
    stack = np.stack(terms)
    while len(stack) > 1:
        half = len(stack) // 2
        added = stack[:half] + stack[half : 2 * half]
        stack = np.concatenate([added, stack[2 * half :]]) if len(stack) % 2 else added
    return np.asarray(stack[0])
