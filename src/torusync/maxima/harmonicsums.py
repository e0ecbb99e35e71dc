"""Real trigonometric polynomials Re Σ_q c_q e^{iq·x}, a stack of them, with bounds on all that is worked out of them.

Every sum below is a matrix product, whose rounding is bounded whatever the order in which it adds up.  The margins
are a-priori bounds in units of Σ|c_q||q|^p, so that a proof made with them holds for the exact polynomial.
"""

import math
from typing import Final, NamedTuple, final

import numpy as np

from torusync._checks import Complex, Integer, Real
from torusync.conventions import EPS

FARTHEST: Final = 4.2
"""Largest |x_i| at which a polynomial is worked out: a cell around one of [−π, π], and a climb out of it."""

_TRIGONOMETRIC: Final = 16.0
"""Roundings of a term beside those of its angle and of the sum, in units of ε: 4 of sine and cosine, whose libraries
promise 4 units in the last place, 3 of the products, the rest of what is added and compared afterwards."""

HIGHEST: Final = 7
"""Order of the highest derivative that is bounded; the sixth is worked out."""


class Jet(NamedTuple):
    """Value ``(points)``, gradient ``(points, r)`` and Hessian ``(points, r, r)``."""

    value: Real
    gradient: Real
    hessian: Real


@final
class Polynomials:
    """A stack of polynomials of the same orders.

    Parameters
    ----------
    orders : (terms, r)
    coefficients : (stack, terms), of order 1, finite
    """

    def __init__(self, orders: Integer, coefficients: Complex) -> None:
        self.orders = orders.astype(np.float64)
        self.real, self.imag = np.ascontiguousarray(coefficients.real), np.ascontiguousarray(coefficients.imag)
        terms, self.rank = orders.shape
        size, length = np.abs(coefficients), np.sqrt((self.orders**2).sum(axis=1))
        powers = length ** np.arange(HIGHEST + 1)[:, np.newaxis]
        # the angle x·q has r products and sums, each off by half an ε of π |q|_1 or so
        off = 0.5 * FARTHEST * self.rank * np.abs(self.orders).sum(axis=1) + terms + _TRIGONOMETRIC
        self.most = size @ powers.T * (1.0 + (terms + 16.0) * EPS)
        """Σ|c_q||q|^p, ``(stack, 8)``: no derivative of order p exceeds it."""
        self.off = EPS * (size @ (powers * off).T) * (1.0 + (terms + 16.0) * EPS)
        """How far a derivative of order p may be from what is worked out, ``(stack, 8)``."""
        left, right = np.triu_indices(self.rank)
        self._pairs = self.orders[:, left] * self.orders[:, right]
        self._square = np.zeros((self.rank, self.rank), dtype=np.int64)
        self._square[left, right] = self._square[right, left] = np.arange(len(left))

    def __len__(self) -> int:
        return len(self.real)

    @property
    def degrees(self) -> Integer:
        """Largest order in every phase, ``(r)``."""
        return np.asarray(np.abs(self.orders).max(axis=0), dtype=np.int64)

    def _parts(self, rows: Integer, x: Real) -> tuple[Real, Real]:
        """Return real and imaginary parts of the terms of polynomials ``rows`` at ``x``, ``(points, terms)``."""
        angle = x @ self.orders.T
        cosine, sine = np.cos(angle), np.sin(angle)
        real, imag = self.real[rows], self.imag[rows]
        return real * cosine - imag * sine, real * sine + imag * cosine

    def values(self, rows: Integer, x: Real) -> Real:
        """Return the values of polynomials ``rows`` at points ``(points, r)``."""
        return np.asarray(self._parts(rows, x)[0].sum(axis=1))

    def jets(self, rows: Integer, x: Real) -> Jet:
        """Return value, gradient and Hessian of polynomials ``rows`` at points ``(points, r)``."""
        real, imag = self._parts(rows, x)
        return Jet(real.sum(axis=1), -(imag @ self.orders), self._hessians(-(real @ self._pairs)))

    def derivatives(self, rows: Integer, x: Real) -> Real:
        """Return the derivatives of order 0 to 6 of polynomials of one phase, ``(points, 7)``."""
        real, imag = self._parts(rows, x)
        powers = self.orders ** np.arange(HIGHEST)
        signs = np.array([1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0])
        found = np.empty((len(x), HIGHEST))
        found[:, ::2], found[:, 1::2] = real @ powers[:, ::2], imag @ powers[:, 1::2]
        return np.asarray(found * signs)

    def on_grid(self, x: Real, *, curved: bool) -> Jet:
        """Return all polynomials at all points ``(points, r)``, ``(stack, points, …)``; values alone unless curved."""
        angle = x @ self.orders.T
        cosine, sine = np.cos(angle), np.sin(angle)
        value = self.real @ cosine.T - self.imag @ sine.T
        if not curved:
            return Jet(value, np.empty(0), np.empty(0))
        slopes = [-(self.real @ (sine * q).T + self.imag @ (cosine * q).T) for q in self.orders.T]
        bends = [self.imag @ (sine * q).T - self.real @ (cosine * q).T for q in self._pairs.T]
        return Jet(value, np.stack(slopes, axis=-1), self._hessians(np.stack(bends, axis=-1)))

    def _hessians(self, bends: Real) -> Real:
        return bends[..., self._square]


def steepest(hessian: Real) -> Real:
    """Return the largest eigenvalue of Hessians ``(..., r, r)``, its own rounding included."""
    rank = hessian.shape[-1]
    if rank == 1:
        return hessian[..., 0, 0]
    if rank == 2:
        middle, half = 0.5 * (hessian[..., 0, 0] + hessian[..., 1, 1]), 0.5 * (hessian[..., 0, 0] - hessian[..., 1, 1])
        apart = np.hypot(half, hessian[..., 0, 1])
        return np.asarray(middle + apart + 4.0 * EPS * (np.abs(middle) + apart))
    norm = np.sqrt((hessian**2).sum(axis=(-2, -1)))
    return np.asarray(np.linalg.eigvalsh(hessian)[..., -1] + 16.0 * EPS * rank * norm)


def ball(poly: Polynomials, rows: Integer, x: Real, flat: int = 1) -> tuple[Real, Real]:
    """Return the radius of a ball about ``x`` in which nothing is higher than a bound, and that bound.

    The derivative of order 2p = 2 ``flat`` is negative there and outweighs the remainder twice, and each of the lower
    ones by its share; with p = 1 one top at most is as high as ``x``.  In several phases p is 1.
    """
    off, most = poly.off[rows], poly.most[rows]
    if poly.rank == 1:
        return _closed(poly.derivatives(rows, x), off, most, flat)
    jet = poly.jets(rows, x)
    slope = np.sqrt((jet.gradient**2).sum(axis=1)) * (1.0 + 8.0 * EPS)
    return _closed(np.stack([jet.value, slope, steepest(jet.hessian)], axis=1), off, most, 1)


def _closed(found: Real, off: Real, most: Real, half: int) -> tuple[Real, Real]:
    order = 2 * half
    lead = -(found[:, order] + off[:, order]) / math.factorial(order)
    concave = lead > 0.0
    lead = np.where(concave, lead, 1.0)
    radius = np.where(concave, 0.5 * lead * math.factorial(order + 1) / most[:, order + 1] * (1.0 - 8.0 * EPS), 0.0)
    share = 0.5 * lead / (order - 1)
    above = np.zeros(len(found))
    for j in range(1, order):
        at = np.abs(found[:, j]) + off[:, j] if j % 2 else np.maximum(found[:, j] + off[:, j], 0.0)
        size = at / math.factorial(j)
        # the largest size·t^j − share·t^order, over all t
        reach = (j * size / (order * share)) ** (1.0 / (order - j))
        above += size * reach**j * (1.0 - j / order)
    bound = found[:, 0] + off[:, 0] + above * (1.0 + 256.0 * EPS)
    return radius, np.where(concave, bound, np.inf)
