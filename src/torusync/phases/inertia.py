"""Whether diag μ − R ⪰ 0 for a manifold of low rank, from the inertia of a matrix of a few dozen rows.

With d the multipliers of the n manifold levels, natural diagonal included, and R̂ = W Σ W†, Σ = diag(sign), the matrix

    A = [ μ_1   −u   0  ]        its Schur complement with respect to Σ is M = diag μ − R, that with respect to the
        [ −u†    D   W  ]        levels f with d_f > 0 is
        [ 0     W†   Σ  ]            A' = [ T − C_f† D_f⁻¹ C_f   C_e† ]    T = diag(μ_1, Σ),  C = [−u†, W],
                                          [ C_e                  D_e  ]    e the levels that are left

Sylvester's law counts twice: negative(A) = negative(Σ) + negative(M) = negative(A').  So M is positive definite exactly
where A' has no more eigenvalues ≤ 0 than Σ has, whatever the signs in Σ.  Levels of vanishing or negative d stay in e:
divided by, they would drown all others in their rounding.
"""

from functools import partial
from typing import Final

import numpy as np

from torusync._checks import Complex, Integer, Real
from torusync._rows import in_blocks
from torusync.conventions import EPS

_EXPLICIT: Final = 48
"""Levels of small or negative multipliers that are kept in the matrix."""

_SMALL: Final = 1e-2
"""Multipliers below this fraction of the mean are small."""

_ROWS: Final = 64
"""Rows of one product of columns: with longer ones its rounding would outgrow what the inertia must resolve."""

_EXPONENTS: Final = range(-13, 2)
"""Powers of ten of the shifts that are tried, in units of the mean multiplier."""


def smallest_shift(u: Complex, w: Complex, sign: Real, d: Real, corner: float) -> tuple[float, Real]:
    """Return τ ≥ 0 and g ``(n + 1)``, so that diag μ − R ≻ 0 for μ = (corner, d) + τ g; τ is infinite if none is found.

    Parameters
    ----------
    u, w, sign : (n), (n, r), (r) coherences with |1>, W and Σ
    d, corner : (n), () multipliers of the manifold levels, natural diagonal included, and of level |1>
    """
    weight = np.concatenate([[abs(corner)], np.abs(d)])
    mean = float(weight.mean())
    # half in proportion to each level, half the same for all: the first for faint levels, the second for fieldless ones
    weight = 0.5 * (weight + mean)
    if not 0.0 < mean < np.inf:
        return float("inf"), weight
    kept = _kept(d)

    def proven(exponent: int) -> bool:
        tau = 10.0**exponent
        return _definite(u, w, sign, d + tau * weight[1:], corner + tau * float(weight[0]), kept)

    low, high = -1, len(_EXPONENTS) - 1
    if not proven(_EXPONENTS[high]):
        return float("inf"), weight
    while high - low > 1:
        middle = (low + high) // 2
        if proven(_EXPONENTS[middle]):
            high = middle
        else:
            low = middle
    return 10.0 ** _EXPONENTS[high], weight


def is_single(u: Complex, w: Complex, sign: Real, d: Real, corner: float, *, null: float) -> bool:
    """Return whether diag μ − R has but one eigenvalue below ``null`` times the mean multiplier: that of the optimum."""
    less = null * float(np.abs(d).mean())
    return _definite(u, w, sign, d - less, corner - less, _kept(d), but=1)


def _kept(d: Real) -> Integer:
    order = np.argsort(d)[:_EXPLICIT]
    return np.sort(order[d[order] < _SMALL * np.abs(d).mean()])


def _definite(u: Complex, w: Complex, sign: Real, d: Real, corner: float, kept: Integer, *, but: int = 0) -> bool:
    """Return whether A' has no more eigenvalues below its own rounding than Σ has negative ones, and ``but`` more.

    Rounding.  The products are sums over `_ROWS` rows, then over blocks of them by halves: with G = C† D⁻¹ C each entry is
    off by at most γ (G_aa G_bb)^(1/2) (Cauchy and Schwarz), γ = 2 ε (terms of one sum + 8), complex products and the
    quotient included.  Scaled by (|T_aa| + G_aa)^(−1/2) on both sides, a congruence, that is a matrix of norm at most
    (1 + r) γ.  LAPACK adds a small multiple of its size times ε times the norm.  What lies above the sum of both is
    positive beyond doubt.
    """
    free = np.ones(len(d), dtype=np.bool_)
    free[kept] = False
    if not (d[free] > 0.0).all() or not np.isfinite(corner):
        return False
    inverse = np.where(free, 1.0 / np.where(free, d, 1.0), 0.0)
    gram = _halved(in_blocks(len(d), partial(_weighted_gram, u, w, inverse)))
    size, rank, beside = len(gram) + len(kept), len(gram), _columns(u, w, kept)
    natural = np.concatenate([[corner], sign])
    matrix = np.zeros((size, size), dtype=np.complex128)
    matrix[:rank, :rank] = np.diag(natural) - gram
    matrix[rank:, :rank] = beside
    matrix[:rank, rank:] = np.conj(beside.T)
    matrix[np.arange(rank, size), np.arange(rank, size)] = d[kept]
    balance = np.empty(size)
    balance[:rank] = 1.0 / np.sqrt(np.abs(natural) + np.diagonal(gram).real)
    # any scale will do for the rows that are kept: their entries are given
    length = np.abs(d[kept]) + (np.abs(beside) * balance[:rank]).max(axis=1, initial=0.0) ** 2
    balance[rank:] = 1.0 / np.sqrt(np.where(length > 0.0, length, 1.0))
    scaled = balance[:, np.newaxis] * matrix * balance
    if not np.isfinite(scaled).all():
        return False
    values = np.linalg.eigvalsh(scaled)
    terms = _ROWS + 2 * int(np.ceil(np.log2(len(d) + 2)))
    margin = rank * 2.0 * EPS * (terms + 8) + 4.0 * size * EPS * float(np.linalg.norm(scaled))
    return bool(values[int((sign < 0.0).sum()) + but] > margin)


def _columns(u: Complex, w: Complex, rows: slice | Integer) -> Complex:
    """Return rows of C = [−u†, W]."""
    return np.concatenate([-np.conj(u[rows])[:, np.newaxis], w[rows]], axis=1)


def _weighted_gram(u: Complex, w: Complex, inverse: Real, block: slice) -> Complex:
    """Return Σ_l inverse_l C_l† C_l over a block of rows."""
    part, weight = _columns(u, w, block), inverse[block, np.newaxis]
    whole = len(part) - len(part) % _ROWS
    cut = part[:whole].reshape(-1, _ROWS, part.shape[1])
    products = list(np.matmul(np.conj(np.swapaxes(cut, -1, -2)), weight[:whole].reshape(-1, _ROWS, 1) * cut))
    if whole < len(part):
        products.append(np.conj(part[whole:].T) @ (weight[whole:] * part[whole:]))
    return _halved(products)


def _halved(terms: list[Complex]) -> Complex:
    """Return the sum by halves, whose rounding grows with the logarithm of their number."""
    stack = np.stack(terms)
    while len(stack) > 1:
        half = len(stack) // 2
        added = stack[:half] + stack[half : 2 * half]
        stack = np.concatenate([added, stack[2 * half :]]) if len(stack) % 2 else added
    return np.asarray(stack[0])
