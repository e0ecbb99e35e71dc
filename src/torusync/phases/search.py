"""S_max of any density matrix: second-order ascent from several starts, and a certificate for what it found.

States of few levels are climbed and proven in stacks first; what stays open there, and every larger state, is given
more starts, spectra by LAPACK, and a description of ties.
"""

from typing import Final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real
from torusync._threads import side_by_side
from torusync.conventions import CERTIFIED_GAP, unit
from torusync.densities import Density
from torusync.phases.certificate import eigenvalue_bound, l1_bound
from torusync.phases.optima import describe
from torusync.phases.peak import Bound, Optimum, Peak
from torusync.phases.stacked import climb
from torusync.phases.torus import ascend, height, starts

_WORKSPACE: Final = 2**27
"""Bytes of one chunk of a batch where every point is searched."""

_CACHED: Final = 2**21
"""Bytes of the coherences of one stack; see the stacks of `Cauchy`."""

_STACKED: Final = 17
"""Carrying levels up to which states are climbed in stacks."""

_ROUND: Final = 8
"""Random starts tried at once where the certificate is open."""

_PUSHES: Final = (0.01, 0.3, 1.0, np.pi)
"""Widths, in radians, of the fixed random turns added to the aligned start: the first leaves saddles, the last is a
start of its own."""


def searched_peak(density: Density, *, random_starts: int, seed: int) -> Peak:
    """Return the maxima of a flat batch, chunk by chunk of bounded memory, on all cores."""
    points, size = density.points, density.dimension
    peak = Peak.empty(points, size)
    # one set of random phases for every point: a point's result must not depend on the batch it came in
    trials = np.exp(2j * np.pi * np.random.default_rng(seed).random((random_starts, size)))

    def solve(chunk: slice) -> None:
        _solve(peak, np.arange(points)[chunk], density.part(chunk).to_array(), trials)

    bytes_each = 16 * size**2
    step = max(1, min(_WORKSPACE // (8 * _ROUND * bytes_each), _CACHED // bytes_each))
    side_by_side(solve, [slice(begin, begin + step) for begin in range(0, points, step)])
    return peak


def _solve(peak: Peak, rows: Integer, rho: Complex, trials: Complex) -> None:
    """Fill in the peaks of one chunk of density matrices ``(points, D, D)``."""
    finite = np.isfinite(rho).all(axis=(-2, -1))
    coherences = rho.copy()
    index = np.arange(rho.shape[-1])
    coherences[:, index, index] = 0.0
    carrying = (coherences != 0.0).any(axis=-1)
    for array in (peak.value, peak.bound, peak.l1):
        array[rows[~finite]] = np.nan
    live = np.flatnonzero(finite & carrying.any(axis=-1))
    if not live.size:
        return
    levels = np.flatnonzero(carrying[live].any(axis=0))
    coherences = coherences[np.ix_(live, levels, levels)]
    largest = np.abs(coherences).max(axis=(-2, -1))
    # two factors, because the reciprocal of the smallest floats overflows
    half = np.sqrt(largest)[:, np.newaxis, np.newaxis]
    scaled = coherences / half / half
    rows = rows[live]
    if len(levels) <= _STACKED:
        z, value, bound, unique = _stacked(scaled)
    else:
        z, value = starts(scaled)[:, 0], np.full(len(rows), -np.inf)
        bound, unique = np.full(len(rows), np.inf), np.zeros(len(rows), dtype=np.bool_)
    l1, l1_top = l1_bound(scaled)
    peak.proof[rows], peak.optimum[rows], peak.multiplicity[rows] = Bound.EIGENVALUE, Optimum.POINT, 1
    left = np.flatnonzero(~unique)
    if left.size:
        z[left], value[left], bound[left] = _search(
            peak, rows[left], scaled[left], trials[:, levels], z=z[left], value=value[left], bound=bound[left]
        )
    peak.proof[rows] = np.where(l1_top <= bound, Bound.L1, Bound.EIGENVALUE)
    top = np.maximum(np.minimum(bound, l1_top), value)
    peak.value[rows], peak.bound[rows], peak.l1[rows] = value * largest, top * largest, l1 * largest
    peak.phasors[np.ix_(rows, levels)] = np.where(carrying[np.ix_(live, levels)], z, np.nan)


def _open(value: Real, bound: Real) -> Boolean:
    return np.asarray(~(bound - value <= CERTIFIED_GAP * bound))


def _stacked(scaled: Complex) -> tuple[Complex, Real, Real, Boolean]:
    """Return phasors, heights, bounds, and where the optimum is proven to be a single one."""
    coherences = np.ascontiguousarray(np.moveaxis(scaled, 0, -1))
    size, points = coherences.shape[1:]
    hub = np.abs(coherences).sum(axis=1).argmax(axis=0)
    aligned = unit(coherences[:, hub, np.arange(points)], 1.0 + 0.0j)
    turns = np.random.default_rng(0).uniform(-1.0, 1.0, (len(_PUSHES), size, 1))
    z, unique = aligned.copy(), np.zeros(points, dtype=np.bool_)
    value, bound = np.full(points, -np.inf), np.full(points, np.inf)
    left = np.arange(points)
    for width, turn in zip(_PUSHES, turns, strict=True):
        part = coherences if left.size == points else np.ascontiguousarray(coherences[:, :, left])
        found = climb(part, aligned[:, left] * np.exp(1j * width * turn))
        better = found.value > value[left]
        higher = left[better]
        z[:, higher], value[higher], unique[higher] = (
            found.phasors[:, better],
            found.value[better],
            found.unique[better],
        )
        bound[left] = np.minimum(bound[left], found.bound)
        left = left[_open(value[left], bound[left])]
        if not left.size:
            break
    return z.T.copy(), value, bound, unique & ~_open(value, bound)


def _search(
    peak: Peak, rows: Integer, scaled: Complex, trials: Complex, *, z: Complex, value: Real, bound: Real
) -> tuple[Complex, Real, Real]:
    """Go on from ``z`` where the certificate is open, and describe the optima; return the best that is known."""
    fresh, spectrum = eigenvalue_bound(scaled, z)
    bound = np.minimum(bound, fresh)
    _, l1_top = l1_bound(scaled)
    for begin in range(-_ROUND, len(trials), _ROUND):
        missing = np.flatnonzero(_open(value, np.minimum(bound, l1_top)))
        if not missing.size:
            break
        chosen = trials[begin : begin + _ROUND]
        here = starts(scaled[missing]) if begin < 0 else np.broadcast_to(chosen, (missing.size, *chosen.shape))
        found, reached = _best(scaled[missing], here)
        better = reached > value[missing]
        improved = missing[better]
        z[improved], value[improved] = found[better], reached[better]
        new_bound, new_spectrum = eigenvalue_bound(scaled[improved], z[improved])
        # every bound ever computed holds, so the lowest one does; the spectrum belongs to the point now held
        bound[improved], spectrum[improved] = np.minimum(new_bound, bound[improved]), new_spectrum
    optima = describe(scaled, z, spectrum)
    peak.multiplicity[rows], peak.dimension[rows] = optima.multiplicity, optima.dimension
    peak.optimum[rows] = np.where(
        optima.multiplicity == 0,
        Optimum.CONTINUUM,
        np.where(optima.multiplicity > 1, Optimum.SEVERAL, Optimum.POINT),
    )
    return z, value, bound


def _best(coherences: Complex, trials: Complex) -> tuple[Complex, Real]:
    """Climb from every start, shape ``(points, starts, n)``, and keep the highest."""
    points, count, size = trials.shape
    repeated = np.repeat(coherences, count, axis=0)
    reached = ascend(repeated, trials.reshape(-1, size))
    heights = height(repeated, reached).reshape(points, count)
    winner = heights.argmax(axis=-1)
    chosen = reached.reshape(points, count, size)[np.arange(points), winner]
    return chosen, heights[np.arange(points), winner]
