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

KNOWN: Final = 12
"""Order of the highest derivative that is worked out of polynomials of one phase.  The next one is only bounded: on a
cell of the first grid what it may add is 1e-10 of Σ|c|, and less than rounding on the next ones."""

CURVED: Final = 1e-9
"""Part of the largest bend possible below which a top counts as flat, and Newton's step as a leap."""

_FACTORIALS: Final = np.array([math.factorial(order) for order in range(KNOWN + 2)], dtype=np.float64)


class Turns(NamedTuple):
    """Cosine and sine of q·x, ``(points, terms)``: of all that is worked out at a point, most of the time."""

    cosine: Real
    sine: Real

    def at(self, points: Integer) -> "Turns":
        """Return those of some points."""
        return Turns(self.cosine[points], self.sine[points])


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
        powers = length ** np.arange(KNOWN + 2)[:, np.newaxis]
        # the angle x·q has r products and sums, each off by half an ε of π |q|_1 or so
        off = 0.5 * FARTHEST * self.rank * np.abs(self.orders).sum(axis=1) + terms + _TRIGONOMETRIC
        self.most = size @ powers.T * (1.0 + (terms + 16.0) * EPS)
        """Σ|c_q||q|^p, ``(stack, orders)``: no derivative of order p exceeds it."""
        self.off = EPS * (size @ (powers * off).T) * (1.0 + (terms + 16.0) * EPS)
        """How far a derivative of order p may be from what is worked out, ``(stack, orders)``."""
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

    def turns(self, x: Real) -> Turns:
        """Return cosine and sine of q·x at points ``(points, r)``, which points that are met again can share."""
        angle = x @ self.orders.T
        return Turns(np.cos(angle), np.sin(angle))

    def _parts(self, rows: Integer, turns: Turns) -> tuple[Real, Real]:
        """Return real and imaginary parts of the terms of polynomials ``rows``, ``(points, terms)``."""
        real, imag = self.real[rows], self.imag[rows]
        return real * turns.cosine - imag * turns.sine, real * turns.sine + imag * turns.cosine

    def values(self, rows: Integer, x: Real) -> Real:
        """Return the values of polynomials ``rows`` at points ``(points, r)``."""
        return np.asarray(self._parts(rows, self.turns(x))[0].sum(axis=1))

    def jets(self, rows: Integer, x: Real) -> Jet:
        """Return value, gradient and Hessian of polynomials ``rows`` at points ``(points, r)``."""
        real, imag = self._parts(rows, self.turns(x))
        return Jet(real.sum(axis=1), -(imag @ self.orders), self._hessians(-(real @ self._pairs)))

    def derivatives(self, rows: Integer, turns: Turns) -> Real:
        """Return the derivatives of order 0 to `KNOWN` of polynomials of one phase, ``(points, orders)``."""
        real, imag = self._parts(rows, turns)
        order = np.arange(KNOWN + 1)
        signed = np.where((order + 1) // 2 % 2, -1.0, 1.0) * self.orders**order
        found = np.empty((len(real), KNOWN + 1))
        found[:, ::2], found[:, 1::2] = real @ signed[:, ::2], imag @ signed[:, 1::2]
        return found

    def on_grid(self, x: Real, *, curved: bool) -> Jet:
        """Return all polynomials at all points ``(points, r)``, ``(stack, points, …)``; values alone unless curved."""
        cosine, sine = self.turns(x)
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


def beyond(poly: Polynomials, rows: Integer, found: Real, reach: Real, order: int) -> Real:
    """Return a bound on Σ_{j>order} |S_j| reach^{j−order}/j! ``(points)``, with the remainder of all that is not known.

    From derivatives that were worked out, not from Σ|c_q||q|^j alone: where a polynomial is flat all of them are small.
    """
    known = found.shape[1]
    size = np.abs(found[:, order + 1 :]) + poly.off[rows][:, order + 1 : known]
    powers = reach[:, np.newaxis] ** np.arange(1, known - order + 1) / _FACTORIALS[order + 1 : known + 1]
    rest = poly.most[rows][:, known] * powers[:, -1]
    return np.asarray(((size * powers[:, :-1]).sum(axis=1) + rest) * (1.0 + 64.0 * EPS))


def jet_at(poly: Polynomials, rows: Integer, x: Real) -> Real:
    """Return derivatives ``(points, orders)``: in several phases value, length of the gradient and steepest bend."""
    if poly.rank == 1:
        return poly.derivatives(rows, poly.turns(x))
    jet = poly.jets(rows, x)
    slope = np.sqrt((jet.gradient**2).sum(axis=1)) * (1.0 + 8.0 * EPS)
    return np.stack([jet.value, slope, steepest(jet.hessian)], axis=1)


def summit(poly: Polynomials, rows: Integer, found: Real, reach: Real, flat: int = 1) -> Real:
    """Return bounds on polynomials within ``reach`` of where ``found`` is from, which are tight where that is a top.

    What is found is that of `jet_at`.  The derivative of order 2p = 2 ``flat`` is negative there and outweighs all
    higher ones, and what is left of it each of the lower ones by a share; where it does not, the bound is infinite.
    With p = 1 one top at most is as high as what is found.  In several phases p is 1.
    """
    off, order = poly.off[rows], 2 * flat
    lead = -(found[:, order] + off[:, order]) / math.factorial(order) * (1.0 - 8.0 * EPS)
    lead = lead - beyond(poly, rows, found, reach, order)
    concave = lead > 0.0
    share = np.where(concave, lead, 1.0) / (order - 1)
    above = np.zeros(len(found))
    for j in range(1, order):
        at = np.abs(found[:, j]) + off[:, j] if j % 2 else np.maximum(found[:, j] + off[:, j], 0.0)
        size = at / math.factorial(j)
        # the largest size·t^j − share·t^order, over all t
        place = (j * size / (order * share)) ** (1.0 / (order - j))
        above += size * place**j * (1.0 - j / order)
    bound = found[:, 0] + off[:, 0] + above * (1.0 + 256.0 * EPS)
    return np.where(concave, bound, np.inf)


def nearby(found: Real, most: Real, flat: int, steps: int) -> Real:
    """Return how far off the middle of a top that is flat to order 2p = 2 ``flat`` is, ``(points)``, in one phase.

    There the derivative of order 2p − 1 vanishes: Newton's method for the top itself creeps to one that is flat.  It
    goes uphill only, on the Taylor polynomial, and no further than that is one; where that is no top, a step along
    the slope is all it gives.
    """
    order = 2 * flat
    series = found[:, order - 1 :] / _FACTORIALS[: found.shape[1] - order + 1]
    bends = series[:, 1:] * np.arange(1, series.shape[1])
    reach = 0.5 * most[:, 2] / most[:, 3]
    limit = -CURVED * most[:, order]
    t = np.zeros(len(found))
    for _ in range(steps):
        slope, bend = _horner(series, t), _horner(bends, t)
        concave = bend < limit
        step = np.where(concave, -slope / np.where(concave, bend, -1.0), slope / most[:, order])
        t = np.clip(t + step, -reach, reach)
    return t


def _horner(series: Real, t: Real) -> Real:
    out = series[:, -1]
    for column in series.T[-2::-1]:
        out = out * t + column
    return np.asarray(out)


def cell_bound(poly: Polynomials, rows: Integer, found: Real, reach: float) -> Real:
    """Return bounds on polynomials within ``reach`` of where ``found`` is from, see `jet_at`; never infinite."""
    rest = beyond(poly, rows, found, np.full(len(found), reach), 2)
    return parabola((found[:, 0], np.abs(found[:, 1]), found[:, 2]), rest, poly.off[rows], reach)


def parabola(jet: tuple[Real, Real, Real], rest: Real, off: Real, reach: float) -> Real:
    """Return the largest value + slope·t + (bend/2 + rest)·t² for 0 ≤ t ≤ reach, with what these may be off by."""
    value, slope, bend = jet
    slope = slope + off[:, 1]
    curve = 0.5 * (bend + off[:, 2]) + rest
    inside = (curve < 0.0) & (slope < -2.0 * curve * reach)
    top = slope**2 / np.where(inside, -4.0 * curve, 1.0)
    return np.asarray(value + off[:, 0] + np.where(inside, top, (slope + curve * reach) * reach))
