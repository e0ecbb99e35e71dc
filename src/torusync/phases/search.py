"""S_max of any density matrix: second-order ascent from several starts, and a certificate for what it found."""

from typing import Final

import numpy as np

from torusync._checks import Complex, Integer, Real
from torusync._threads import one_blas_thread
from torusync.conventions import CERTIFIED_GAP
from torusync.phases.certificate import eigenvalue_bound, l1_bound
from torusync.phases.optima import describe
from torusync.phases.peak import Bound, Optimum, Peak
from torusync.phases.torus import ascend, height, starts

_WORKSPACE: Final = 2**27
"""Bytes of one chunk of a batch."""

_ROUND: Final = 8
"""Random starts tried at once where the certificate is open."""


def searched_peak(rho: Complex, *, random_starts: int, seed: int) -> Peak:
    """Return the maxima of flat batches of density matrices ``(points, D, D)``, chunk by chunk."""
    points, size = rho.shape[:2]
    peak = Peak.empty(points, size)
    finite = np.isfinite(rho).all(axis=(-2, -1))
    coherences = rho.copy()
    index = np.arange(size)
    coherences[:, index, index] = 0.0
    carrying = (coherences != 0.0).any(axis=-1)
    for array in (peak.value, peak.bound, peak.l1):
        array[~finite] = np.nan
    live = np.flatnonzero(finite & carrying.any(axis=-1))
    levels = np.flatnonzero(carrying[live].any(axis=0)) if live.size else index
    # one set of random phases for every point: a point's result must not depend on the batch it came in
    trials = np.exp(2j * np.pi * np.random.default_rng(seed).random((random_starts, size)))[:, levels]
    step = max(1, _WORKSPACE // (16 * 8 * _ROUND * max(len(levels), 1) ** 2))
    for begin in range(0, live.size, step):
        rows = live[begin : begin + step]
        part = coherences[np.ix_(rows, levels, levels)]
        _search(peak, rows, levels, part, trials)
    peak.phasors[~carrying] = np.nan
    return peak


@one_blas_thread
def _search(
    peak: Peak,
    rows: Integer,
    levels: Integer,
    coherences: Complex,
    trials: Complex,
) -> None:
    """Fill in the peaks of one chunk."""
    largest = np.abs(coherences).max(axis=(-2, -1))
    # two factors, because the reciprocal of the smallest floats overflows
    half = np.sqrt(largest)[:, np.newaxis, np.newaxis]
    scaled = coherences / half / half
    l1, l1_top = l1_bound(scaled)
    z, value = _best(scaled, starts(scaled))
    bound, spectrum = eigenvalue_bound(scaled, z)
    for tried in range(0, len(trials), _ROUND):
        missing = np.flatnonzero(np.minimum(bound, l1_top) - value > CERTIFIED_GAP * np.minimum(bound, l1_top))
        if not missing.size:
            break
        chosen = trials[tried : tried + _ROUND]
        found, reached = _best(scaled[missing], np.broadcast_to(chosen, (missing.size, *chosen.shape)))
        better = reached > value[missing]
        improved = missing[better]
        z[improved], value[improved] = found[better], reached[better]
        new_bound, new_spectrum = eigenvalue_bound(scaled[improved], z[improved])
        # every bound ever computed holds, so the lowest one does; the spectrum belongs to the point now held
        bound[improved], spectrum[improved] = np.minimum(new_bound, bound[improved]), new_spectrum
    optima = describe(scaled, z, spectrum)
    top = np.maximum(np.minimum(bound, l1_top), value)
    peak.value[rows], peak.bound[rows], peak.l1[rows] = value * largest, top * largest, l1 * largest
    peak.proof[rows] = np.where(l1_top <= bound, Bound.L1, Bound.EIGENVALUE)
    peak.multiplicity[rows], peak.dimension[rows] = optima.multiplicity, optima.dimension
    peak.optimum[rows] = np.where(
        optima.multiplicity == 0,
        Optimum.CONTINUUM,
        np.where(optima.multiplicity > 1, Optimum.SEVERAL, Optimum.POINT),
    )
    peak.phasors[np.ix_(rows, levels)] = z


def _best(coherences: Complex, trials: Complex) -> tuple[Complex, Real]:
    """Climb from every start, shape ``(points, starts, n)``, and keep the highest."""
    points, count, size = trials.shape
    repeated = np.repeat(coherences, count, axis=0)
    reached = ascend(repeated, trials.reshape(-1, size))
    heights = height(repeated, reached).reshape(points, count)
    winner = heights.argmax(axis=-1)
    chosen = reached.reshape(points, count, size)[np.arange(points), winner]
    return chosen, heights[np.arange(points), winner]
