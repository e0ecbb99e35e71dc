"""The maximum of Re Σ_q c_q e^{iq·φ} with proof: what is exact is read off, the rest is searched in Taylor boxes.

Independent harmonics, one of them to begin with, can all be had at their best: Σ|c_q| is attained.  Before anything is
searched, harmonics below rounding are moved into the bound, and ridges and repeated tops are gauged away, see
`lattices`.  Coefficients are scaled by powers of two, since squares underflow below 1e-150.
"""

import math

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real
from torusync._limits import STACK_BYTES
from torusync._threads import chunks, side_by_side
from torusync.conventions import EPS
from torusync.maxima.harmonicboxes import cells_of, highest
from torusync.maxima.harmonicsums import Polynomials
from torusync.maxima.lattices import Lattice, lattice_of
from torusync.maxima.peak import Optimum, Peak, Proof


def harmonic_peak(orders: Integer, coefficients: Complex, slack: Real) -> Peak:
    """Return the proven maxima of a batch of trigonometric polynomials.

    Parameters
    ----------
    orders : (terms, phases)
        q, whole numbers, none of them 0 and no two alike up to sign; of three phases at most.
    coefficients : (..., terms)
        c_q; nan where there is no state.
    slack : (...)
        How far Σ_q|c_q| of the error of the coefficients goes, which is part of the bound.

    Returns
    -------
    Peak
        Its phasors are e^{iφ} of the phases, its l1 is Σ|c_q|.
    """
    batch, (terms, phases) = coefficients.shape[:-1], orders.shape
    flat = coefficients.reshape(math.prod(batch), terms)
    slack = np.broadcast_to(slack, batch).reshape(-1)
    known = np.isfinite(flat).all(axis=1) & np.isfinite(slack)
    largest = np.maximum(np.abs(flat.real), np.abs(flat.imag)).max(axis=1, initial=0.0)
    peak = Peak.empty(len(flat), phases, broken=~known)
    rows = np.flatnonzero(known & (largest > 0.0))
    if rows.size:
        exponent = np.frexp(largest[rows])[1]
        up = -exponent[:, np.newaxis]
        found = _peaks(orders, np.ldexp(flat[rows].real, up) + 1j * np.ldexp(flat[rows].imag, up))
        for name in ("value", "bound", "l1"):
            heights = getattr(found, name)
            heights[...] = np.ldexp(heights, exponent)
        # a product that is subnormal loses half of the last unit, and may be a bound no more
        found.bound[...] = np.nextafter(found.bound, np.inf)
        peak.put(rows, found)
    peak.proof[~known] = Proof.NONE
    # what cancels to 0 is 0 to rounding only
    open_to = slack > 0.0
    peak.proof[open_to & (peak.proof == Proof.EXACT)] = Proof.L1
    peak.bound[...] = np.where(open_to, (peak.bound + slack) * (1.0 + 2.0 * EPS), peak.bound)
    return peak.reshaped(batch)


def harmonic_tops(orders: Integer, coefficients: Complex) -> Real:
    """Return the phases ``(tops, phases)`` of all tops known of one polynomial, ``(terms)``; of a continuum, one.

    Arguments as for `harmonic_peak`; not all coefficients are 0.
    """
    size = np.abs(coefficients)
    kept = size > EPS / len(orders) * size.sum()
    lattice, part = lattice_of(orders[kept]), coefficients[np.newaxis, kept]
    if len(lattice.basis) == kept.sum():
        psi = _aligned(lattice.coordinates, part, np.ones_like(part, dtype=np.bool_))
    else:
        exponent = int(np.frexp(np.maximum(np.abs(part.real), np.abs(part.imag)).max())[1])
        scaled = np.ldexp(part.real, -exponent) + 1j * np.ldexp(part.imag, -exponent)
        psi = highest(Polynomials(lattice.coordinates, scaled)).tops
    shifts = lattice.shifts()
    return np.asarray((lattice.phases(psi)[:, np.newaxis] + shifts).reshape(-1, orders.shape[1]))


def _peaks(orders: Integer, scaled: Complex) -> Peak:
    """Return the maxima of polynomials whose largest coefficient is about 1."""
    size = np.abs(scaled)
    total = size.sum(axis=1)
    kept = size > EPS / len(orders) * total[:, np.newaxis]
    l1 = total * (1.0 + (len(orders) + 4.0) * EPS)
    dropped = np.where(kept, 0.0, size).sum(axis=1) * 2.0
    peak = Peak.single(
        np.ones((len(scaled), orders.shape[1]), dtype=np.complex128), total.copy(), l1.copy(), total, Proof.L1
    )
    for used, rows, lattice in _alike(orders, kept):
        exact = kept[rows].sum(axis=1) == len(lattice.basis)
        psi = np.zeros((len(rows), len(lattice.basis)))
        part = np.where(kept[rows][:, used], scaled[rows][:, used], 0.0)
        psi[exact] = _aligned(lattice.coordinates, part[exact], kept[rows][exact][:, used])
        if not exact.all():
            left = ~exact
            psi[left] = _searched(peak, rows[left], lattice, part[left])
        copies, ridges = lattice.copies, orders.shape[1] - len(lattice.basis)
        peak.optima_count[rows] *= copies
        peak.optima_dimension[rows] = ridges
        several = peak.optima_count[rows] > 1
        peak.optimum[rows] = Optimum.CONTINUUM if ridges else np.where(several, Optimum.SEVERAL, Optimum.POINT)
        peak.phasors[rows] = np.exp(1j * lattice.phases(psi))
        done = rows[exact]
        values = np.exp(1j * (lattice.phases(psi[exact]) @ orders.T))
        peak.value[done] = np.minimum((scaled[done] * values).sum(axis=1).real, total[done])
    peak.bound[...] = np.minimum(np.maximum(peak.bound + dropped, peak.value), np.maximum(l1, peak.value))
    return peak


def _alike(orders: Integer, kept: Boolean) -> list[tuple[Integer, Integer, Lattice]]:
    """Return groups of polynomials whose harmonics span one lattice: the terms of any of them, and their rows."""
    patterns, place = np.unique(kept, axis=0, return_inverse=True)
    groups: dict[tuple[bytes, int], list[int]] = {}
    for index, pattern in enumerate(patterns):
        lattice = lattice_of(orders[pattern])
        groups.setdefault((lattice.basis.tobytes(), len(lattice.basis)), []).append(index)
    out = []
    for members in groups.values():
        used = np.flatnonzero(patterns[members].any(axis=0))
        rows = np.flatnonzero(np.isin(place.reshape(-1), members))
        out.append((used, rows, lattice_of(orders[used])))
    return out


def _aligned(coordinates: Integer, part: Complex, kept: Boolean) -> Real:
    """Return where independent harmonics are all at their best, n ψ = −arg c, ``(points, rank)``."""
    rank = coordinates.shape[1]
    if not len(part) or not rank:
        return np.zeros((len(part), rank))
    index = np.argsort(~kept, axis=1, kind="stable")[:, :rank]
    angles = -np.angle(np.take_along_axis(part, index, axis=1))
    return np.asarray(np.linalg.solve(coordinates[index].astype(np.float64), angles[..., np.newaxis])[..., 0])


def _searched(peak: Peak, rows: Integer, lattice: Lattice, part: Complex) -> Real:
    """Search polynomials in the coordinates of a lattice, put down what is found, and return where."""
    psi = np.zeros((len(rows), len(lattice.basis)))
    cells = len(cells_of(Polynomials(lattice.coordinates, part[:1]))[0])
    step = max(1, STACK_BYTES // (64 * cells))

    def task(chunk: slice) -> None:
        found = highest(Polynomials(lattice.coordinates, part[chunk]))
        here = rows[chunk]
        psi[chunk] = found.x
        peak.value[here], peak.bound[here], peak.proof[here] = found.value, found.bound, Proof.TAYLOR
        peak.optima_count[here], peak.complete[here] = found.count, found.complete

    side_by_side(task, chunks(len(rows), step))
    return psi
