"""Numbers in two parts, for the few places where the rounding of double precision would pass for physics.

A residual tells how wrong a state is only where it is not itself rounding: at bath rates of 1e-10 of the drive, what
64 bits lose in A X divided by the slowest rate is larger than the error of X.  Sums and products here are exact in
two parts (Dekker, Numer. Math. 18, 224; Knuth), products of matrices by splitting their entries into slices so short
that BLAS adds them up without rounding (Ozaki, Ogita, Oishi and Rump, Numer. Algorithms 59, 95).
"""

import math
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._checks import Complex, Real

_SPLITTER: Final = 2.0**27 + 1.0
"""Cuts the 53 bits of a double into two halves whose products are exact."""

_SLICES: Final = 4
"""Slices of an entry: of some 24 bits each, so that entries 2⁻⁴⁰ of their row's largest still keep all their bits."""


@final
@dataclass(frozen=True, eq=False)
class Twofold:
    """Unevaluated sums ``high + low`` of doubles, elementwise; ``low`` is what ``high`` lacks, to 2⁻¹⁰⁴ or so."""

    high: Real
    low: Real

    @classmethod
    def of(cls, values: Real) -> "Twofold":
        """Return doubles as they are."""
        return cls(values, np.zeros(np.shape(values)))

    def __add__(self, other: "Twofold") -> "Twofold":
        total = two_sum(self.high, other.high)
        return _normal(total.high, total.low + (self.low + other.low))

    def __neg__(self) -> "Twofold":
        return Twofold(np.negative(self.high), np.negative(self.low))

    def __sub__(self, other: "Twofold") -> "Twofold":
        return self + (-other)

    def __mul__(self, other: "Twofold") -> "Twofold":
        product = two_product(self.high, other.high)
        return _normal(product.high, product.low + (self.high * other.low + self.low * other.high))

    def __truediv__(self, other: "Twofold") -> "Twofold":
        first = self.high / other.high
        rest = self - Twofold.of(first) * other
        return _normal(first, (rest.high + rest.low) / other.high)

    def beyond(self, stored: Real) -> Real:
        """Return what the doubles ``stored`` lack of these numbers."""
        return np.asarray((self.high - stored) + self.low)


def two_sum(one: Real, other: Real) -> Twofold:
    """Return one + other, exactly."""
    total = one + other
    shadow = total - one
    return Twofold(total, (one - (total - shadow)) + (other - shadow))


def two_product(one: Real, other: Real) -> Twofold:
    """Return one × other, exactly but for underflow."""
    product = one * other
    (a, b), (c, d) = _halves(one), _halves(other)
    return Twofold(product, ((a * c - product) + a * d + b * c) + b * d)


def _halves(values: Real) -> tuple[Real, Real]:
    scaled = _SPLITTER * values
    high = scaled - (scaled - values)
    return high, values - high


def _normal(high: Real, low: Real) -> Twofold:
    total = high + low
    return Twofold(total, low - (total - high))


def product(left: Complex, right: Complex) -> tuple[Twofold, Twofold]:
    """Return the real and the imaginary parts of left @ right for stacked matrices ``(..., n, n)``, to some 100 bits.

    What is lost is some 2⁻⁹⁰ of the largest entry of a row of ``left`` times that of a column of ``right``.
    """
    size = left.shape[-1]
    rows = np.concatenate([left.real, -left.imag], axis=-1), np.concatenate([left.imag, left.real], axis=-1)
    column = np.swapaxes(np.concatenate([right.real, right.imag], axis=-2), -1, -2)
    above, below = _slices(np.concatenate(rows, axis=-2)), _slices(column)
    total = Twofold.of(np.zeros((*np.broadcast_shapes(left.shape[:-2], right.shape[:-2]), 2 * size, size)))
    for order in range(_SLICES):
        for index in range(order + 1):
            part = above[index] @ np.swapaxes(below[order - index], -1, -2)
            total += Twofold.of(part)
    return (
        Twofold(total.high[..., :size, :], total.low[..., :size, :]),
        Twofold(total.high[..., size:, :], total.low[..., size:, :]),
    )


def _slices(rows: Real) -> list[Real]:
    """Return slices that add up to rows ``(..., m, k)``, with products of rows of any two of them free of rounding."""
    kept = math.ceil((53 + math.log2(rows.shape[-1])) / 2) + 1
    rest, slices = rows, []
    for _ in range(_SLICES - 1):
        largest = np.abs(rest).max(axis=-1, keepdims=True, initial=0.0)
        exponent = np.frexp(largest)[1]
        # adding and taking away a large power of two rounds to a multiple of it
        anchor = np.where(largest > 0.0, np.ldexp(1.0, exponent + kept), 0.0)
        part = (rest + anchor) - anchor
        slices.append(part)
        rest = rest - part
    return [*slices, rest]
