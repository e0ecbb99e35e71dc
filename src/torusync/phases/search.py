"""S_max of any density matrix: second-order ascent from several starts, and a certificate for what it found.

States of few levels are climbed and proven in stacks first; what stays open there, and every larger state, is given
more starts, spectra by LAPACK, and a description of ties.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real
from torusync._threads import side_by_side
from torusync.conventions import CERTIFIED_GAP, unit
from torusync.densities import Density
from torusync.phases.certificate import eigenvalue_bound, l1_bound
from torusync.phases.optima import describe
from torusync.phases.peak import Bound, Optimum, Peak
from torusync.phases.stacked import Heights, climb, lifted_start
from torusync.phases.torus import ascend, height, starts

_WORKSPACE: Final = 2**27
"""Bytes of one chunk of a batch where every point is searched."""

_CACHED: Final = 2**21
"""Bytes of the coherences of one stack; see the stacks of `Cauchy`."""

STACKED: Final = 18
"""Levels up to which states are climbed in stacks."""

_ROUND: Final = 8
"""Random starts tried at once where the certificate is open."""

_PUSH: Final = 0.01
"""Radians by which the aligned start is turned off its saddles, the same way for every point."""

_PATIENCE: Final = (14, 24, 60)
"""Steps of a first climb, and of going on with what has not arrived by then: stragglers are gathered from all chunks,
because small stacks do not pay."""

_LIFTS: Final = ((2, 100), (4, 200))
"""Components and sweeps of the lifted starts for points that the aligned one leaves open."""


def searched_peak(density: Density, *, random_starts: int, seed: int) -> Peak:
    """Return the maxima of a flat batch, chunk by chunk of bounded memory, on all cores."""
    points, size = density.points, density.dimension
    peak = Peak.empty(points, size)
    # one set of random phases for every point: a point's result must not depend on the batch it came in
    trials = np.exp(2j * np.pi * np.random.default_rng(seed).random((random_starts, size)))
    broken = np.isnan(density.ground_population)
    for array in (peak.value, peak.bound, peak.l1):
        array[broken] = np.nan

    def each(rows: Integer, task: Callable[[Peak, _Problem], None]) -> None:
        bytes_each = 16 * size**2
        step = max(1, min(_WORKSPACE // (8 * _ROUND * bytes_each), _CACHED // bytes_each))
        chunks = [rows[begin : begin + step] for begin in range(0, len(rows), step)]
        side_by_side(lambda chunk: task(peak, _Problem.of(density, chunk)), chunks)

    left = np.flatnonzero(~broken)
    if size <= STACKED:
        tasks = [partial(_climb_aligned, steps=_PATIENCE[0])]
        tasks += [partial(_climb_on, steps=steps) for steps in _PATIENCE[1:]]
        tasks += [partial(_climb_lifted, rank=rank, sweeps=sweeps) for rank, sweeps in _LIFTS]
        for task in tasks:
            each(left, task)
            left = np.flatnonzero(_open(peak.value, peak.bound))
        left = np.flatnonzero((peak.optimum != Optimum.POINT) & ~broken)
    each(left, partial(_search, trials=trials))
    return peak


def _open(value: Real, bound: Real) -> Boolean:
    # a difference would call an infinite bound closed; where there is no state, nothing is open
    return np.asarray(bound * (1.0 - CERTIFIED_GAP) > value)


@final
@dataclass(frozen=True, eq=False)
class _Problem:
    """The coherences of some points in units of their largest, without points and levels that carry none.

    Parameters
    ----------
    rows : (points) of the batch
    levels : (n) that carry coherence at one of them
    carrying : (points, n) which do so at each
    scaled : (points, n, n)
    largest : (points)
    """

    rows: Integer
    levels: Integer
    carrying: Boolean
    scaled: Complex
    largest: Real

    @classmethod
    def of(cls, density: Density, rows: Integer) -> "_Problem":
        coherences = density.part(rows).to_array().copy()
        index = np.arange(coherences.shape[-1])
        coherences[:, index, index] = 0.0
        carrying = (coherences != 0.0).any(axis=-1)
        live = np.flatnonzero(carrying.any(axis=-1))
        levels = np.flatnonzero(carrying[live].any(axis=0))
        coherences = coherences[np.ix_(live, levels, levels)]
        largest = np.abs(coherences).max(axis=(-2, -1), initial=0.0)
        # two factors, because the reciprocal of the smallest floats overflows
        half = np.sqrt(largest)[:, np.newaxis, np.newaxis]
        return cls(rows[live], levels, carrying[np.ix_(live, levels)], coherences / half / half, largest)

    def stack(self) -> Complex:
        """Return the coherences with the points last."""
        return np.ascontiguousarray(np.moveaxis(self.scaled, 0, -1))

    def best(self, peak: Peak) -> tuple[Complex, Real, Real]:
        """Return phasors, height and bound known so far, in units of the largest coherence."""
        z = np.where(self.carrying, peak.phasors[np.ix_(self.rows, self.levels)], 1.0)
        return z, peak.value[self.rows] / self.largest, peak.bound[self.rows] / self.largest

    def keep(self, peak: Peak, z: Complex, value: Real, bound: Real) -> None:
        """Store phasors, height and the lower of the bound and the l1 sum."""
        l1, l1_top = l1_bound(self.scaled)
        peak.proof[self.rows] = np.where(l1_top <= bound, Bound.L1, Bound.EIGENVALUE)
        top = np.maximum(np.minimum(bound, l1_top), value)
        for array, values in ((peak.value, value), (peak.bound, top), (peak.l1, l1)):
            array[self.rows] = values * self.largest
        peak.phasors[np.ix_(self.rows, self.levels)] = np.where(self.carrying, z, np.nan)


def _climb_aligned(peak: Peak, problem: _Problem, *, steps: int) -> None:
    """Climb, in a stack, from the phases that the strongest level asks for."""
    coherences = problem.stack()
    size, points = coherences.shape[1:]
    if not points:
        return
    hub = np.abs(coherences).sum(axis=1).argmax(axis=0)
    turn = np.exp(1j * _PUSH * np.random.default_rng(0).uniform(-1.0, 1.0, (size, 1)))
    found = climb(coherences, unit(coherences[:, hub, np.arange(points)], 1.0 + 0.0j) * turn, steps=steps)
    problem.keep(peak, found.phasors.T, found.value, found.bound)
    _call_single(peak, problem.rows, found.unique)


def _climb_on(peak: Peak, problem: _Problem, *, steps: int) -> None:
    """Climb on, in a stack, from where a climb was broken off."""
    z, _, _ = problem.best(peak)
    _keep_higher(peak, problem, climb(problem.stack(), np.ascontiguousarray(z.T), steps=steps))


def _climb_lifted(peak: Peak, problem: _Problem, *, rank: int, sweeps: int) -> None:
    """Climb, in a stack, from a lifted start."""
    coherences = problem.stack()
    start = lifted_start(coherences, rank=rank, sweeps=sweeps)
    _keep_higher(peak, problem, climb(coherences, start, steps=_PATIENCE[-1]))


def _keep_higher(peak: Peak, problem: _Problem, found: Heights) -> None:
    z, value, bound = problem.best(peak)
    higher = found.value >= value
    z = np.where(higher[:, np.newaxis], found.phasors.T, z)
    problem.keep(peak, z, np.maximum(found.value, value), np.minimum(found.bound, bound))
    _call_single(peak, problem.rows[higher], found.unique[higher])


def _call_single(peak: Peak, rows: Integer, single: Boolean) -> None:
    """Call an optimum a point where it is proven to be the only one; elsewhere that is yet to be found out."""
    peak.optimum[rows] = np.where(single, Optimum.POINT, Optimum.UNDEFINED)
    peak.multiplicity[rows] = single


def _search(peak: Peak, problem: _Problem, trials: Complex) -> None:
    """Go on from what is known where the certificate is open, and describe the optima."""
    rows, scaled = problem.rows, problem.scaled
    if not rows.size:
        return
    z, value, bound = problem.best(peak)
    begun = np.isfinite(z).all(axis=-1) & (value > 0.0)
    z = np.where(begun[:, np.newaxis], z, 1.0)
    value, bound = np.where(begun, value, -np.inf), np.where(begun, bound, np.inf)
    fresh, spectrum = eigenvalue_bound(scaled, z)
    bound = np.minimum(bound, fresh)
    _, l1_top = l1_bound(scaled)
    for begin in range(-_ROUND, len(trials), _ROUND):
        missing = np.flatnonzero(_open(value, np.minimum(bound, l1_top)))
        if not missing.size:
            break
        chosen = trials[begin : begin + _ROUND, problem.levels]
        here = starts(scaled[missing]) if begin < 0 else np.broadcast_to(chosen, (missing.size, *chosen.shape))
        found, reached = _best(scaled[missing], here)
        better = reached > value[missing]
        improved = missing[better]
        z[improved], value[improved] = found[better], reached[better]
        new_bound, new_spectrum = eigenvalue_bound(scaled[improved], z[improved])
        # every bound ever computed holds, so the lowest one does; the spectrum belongs to the point now held
        bound[improved], spectrum[improved] = np.minimum(new_bound, bound[improved]), new_spectrum
    problem.keep(peak, z, value, bound)
    optima = describe(scaled, z, spectrum)
    peak.multiplicity[rows], peak.dimension[rows] = optima.multiplicity, optima.dimension
    peak.optimum[rows] = np.where(
        optima.multiplicity == 0,
        Optimum.CONTINUUM,
        np.where(optima.multiplicity > 1, Optimum.SEVERAL, Optimum.POINT),
    )


def _best(coherences: Complex, trials: Complex) -> tuple[Complex, Real]:
    """Climb from every start, shape ``(points, starts, n)``, and keep the highest."""
    points, count, size = trials.shape
    repeated = np.repeat(coherences, count, axis=0)
    reached = ascend(repeated, trials.reshape(-1, size))
    heights = height(repeated, reached).reshape(points, count)
    winner = heights.argmax(axis=-1)
    chosen = reached.reshape(points, count, size)[np.arange(points), winner]
    return chosen, heights[np.arange(points), winner]
