"""S_max of any density matrix: second-order ascent from several starts, and proof of what it found.

A state is split into the connected parts of its coherence graph, and parts of one size are worked off together: first
from the phases that their strongest coherences ask for; where that leaves the proof open, from the semidefinite
relaxation, which also gives the lowest bound that multipliers can; then from random starts until the proof closes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real, as_count
from torusync._limits import CHUNK_BYTES, STACK_BYTES, STACKED_LEVELS
from torusync._threads import side_by_side
from torusync.conventions import CERTIFIED_GAP, EPS
from torusync.densities import Density
from torusync.maxima.certificate import eigenvalue_bound, l1_bound, multipliers
from torusync.maxima.climb import ascend, height
from torusync.maxima.components import Parts, connected_parts
from torusync.maxima.optima import describe
from torusync.maxima.peak import Optimum, Peak, Proof
from torusync.maxima.relaxation import dual_path
from torusync.maxima.stacked import climb
from torusync.maxima.starts import aligned_start, greedy_start, leading_start, pushed, rounded_starts

_ROUND: Final = 8
"""Starts tried at once where the proof is open."""

_ROUNDED: Final = 1e-12
"""What rounding may take from a height of order one."""

_PATIENCE: Final = (14, 24, 60)
"""Steps of a first climb, and of going on with what has not arrived by then: stragglers are gathered from the stacks of
a chunk, because small ones do not pay."""


_MOST_STARTS: Final = 10**6
"""What stays open after so many starts stays open."""


@final
@dataclass(frozen=True, eq=False)
class Knobs:
    """How a search is made: how many random starts for what stays open, and their seed."""

    random_starts: int = 32
    seed: int = 0

    def __post_init__(self) -> None:
        as_count("random_starts", self.random_starts, maximum=_MOST_STARTS)
        as_count("seed", self.seed)


_WEAKEST: Final = 1e-290
"""Σ_j |R_ij| of a level, relative to the largest coherence, below which reciprocals overflow."""


def searched_peak(density: Density, knobs: Knobs) -> Peak:
    """Return the maxima of a flat batch, chunk by chunk of bounded memory, on all cores."""
    points, size = density.points, density.dimension
    broken = np.isnan(density.ground_population)
    peak = Peak.empty(points, size, broken=broken)
    index = np.arange(size)

    def solve(rows: Integer) -> None:
        coherences = density.part(rows).to_array().copy()
        coherences[:, index, index] = 0.0
        parts = [(part, _part_peak(part.of(coherences), knobs)) for part in connected_parts(coherences)]
        peak.put(rows, _joined(len(rows), size, parts))

    left, step = np.flatnonzero(~broken), max(1, CHUNK_BYTES // (16 * size**2))
    side_by_side(solve, [left[begin : begin + step] for begin in range(0, len(left), step)])
    return peak


def _joined(points: int, size: int, parts: Iterable[tuple[Parts, Peak]]) -> Peak:
    """Add up the maxima of connected parts; each part's overall phase is free."""
    peak, count = Peak.empty(points, size), np.zeros(points, dtype=np.int64)
    peak.optima_count[:] = 1
    for part, found in parts:
        np.add.at(count, part.points, 1)
        for name in ("value", "bound", "l1", "optima_dimension"):
            np.add.at(getattr(peak, name), part.points, getattr(found, name))
        np.multiply.at(peak.optima_count, part.points, found.optima_count)
        np.maximum.at(peak.proof, part.points, found.proof)
        np.logical_and.at(peak.complete, part.points, found.complete)
        peak.phasors[part.points[:, np.newaxis], part.levels] = found.phasors
    several = count > 1
    peak.bound[several] *= 1.0 + 2.0 * EPS * count[several]
    peak.optima_dimension[several] += count[several] - 1
    peak.optima_count[(peak.optima_dimension > 0) | (count == 0)] = 0
    kinds = np.where(peak.optima_count > 1, Optimum.SEVERAL, Optimum.POINT)
    kinds = np.where(peak.optima_dimension > 0, Optimum.CONTINUUM, kinds)
    peak.optimum[:] = np.where(count > 0, kinds, Optimum.UNDEFINED)
    return peak


def _part_peak(coherences: Complex, knobs: Knobs) -> Peak:
    """Return the maxima of connected parts ``(parts, n, n)``."""
    largest = np.abs(coherences).max(axis=(-2, -1))
    # two factors, because the reciprocal of the smallest floats overflows
    inverse = (1.0 / np.sqrt(largest))[:, np.newaxis, np.newaxis]
    scaled = coherences * inverse * inverse
    weakest = np.abs(scaled).sum(axis=-1).min(initial=1.0)
    # levels 300 orders of magnitude apart overflow on the way; what is proven is so by finite numbers, or not at all
    quiet: dict[str, Any] = {"over": "ignore", "invalid": "ignore", "divide": "ignore"} if weakest < _WEAKEST else {}
    with np.errstate(**quiet):
        search = _Search.over(scaled)
        search.climb_first()
        search.relax()
        search.polish()
        search.try_random(knobs.random_starts, knobs.seed)
        search.polish()
        search.lift()
        peak = search.described()
    for array in (peak.value, peak.bound, peak.l1):
        np.multiply(array, largest, out=array)
    return peak


@final
@dataclass(frozen=True, eq=False)
class _Search:
    """What is known so far of connected parts in units of their largest coherence.

    Parameters
    ----------
    coherences : (parts, n, n)
    weight : (parts, n) each level's Σ_j |R_ij|
    peak : the best phasors found and the lowest bound proven
    unique : (parts) whether the optimum is proven to be the only one
    """

    coherences: Complex
    weight: Real
    peak: Peak
    unique: Boolean

    @classmethod
    def over(cls, coherences: Complex) -> "_Search":
        parts, size = coherences.shape[:2]
        weight = np.abs(coherences).sum(axis=-1)
        l1, l1_top = l1_bound(weight)
        return cls(
            coherences=coherences,
            weight=weight,
            peak=Peak.single(np.ones((parts, size), np.complex128), np.full(parts, -np.inf), l1_top, l1, Proof.L1),
            unique=np.zeros(parts, dtype=np.bool_),
        )

    @property
    def size(self) -> int:
        """Number of levels n of a part."""
        return int(self.coherences.shape[-1])

    def left(self) -> Integer:
        """Return the parts whose proof is open."""
        return np.flatnonzero(self.peak.bound * (1.0 - CERTIFIED_GAP) > self.peak.value)

    def each(self, rows: Integer, task: Callable[[Integer], None], *, starts: int = 1) -> None:
        """Work off some parts in stacks that fit the cache, on all cores."""
        if not rows.size:
            return
        step = max(1, STACK_BYTES // (16 * self.size**2 * starts))
        side_by_side(task, [rows[begin : begin + step] for begin in range(0, len(rows), step)])

    def lower(self, rows: Integer, bound: Real, proof: Proof) -> None:
        """Take in a bound: every one holds, whatever phasors it came from."""
        lower = bound < self.peak.bound[rows]
        self.peak.bound[rows[lower]], self.peak.proof[rows[lower]] = bound[lower], proof

    def climb(self, rows: Integer, starts: Complex, *, steps: int) -> None:
        """Climb from ``starts`` ``(rows, starts, n)`` and keep what is higher than before, and every bound."""
        count = starts.shape[1]
        repeated = np.repeat(self.coherences[rows], count, axis=0) if count > 1 else self.coherences[rows]
        flat = starts.reshape(-1, self.size)
        if self.size <= STACKED_LEVELS:
            found = climb(np.ascontiguousarray(np.moveaxis(repeated, 0, -1)), np.ascontiguousarray(flat.T), steps=steps)
            reached, value, unique = found.phasors.T, found.value, found.unique
            self.lower(rows, found.bound.reshape(-1, count).min(axis=-1), Proof.EIGENVALUE)
        else:
            reached = ascend(repeated, flat)
            value, unique = height(repeated, reached), np.zeros(len(flat), dtype=np.bool_)
        best = value.reshape(-1, count).argmax(axis=-1) + count * np.arange(len(rows))
        higher = value[best] > self.peak.value[rows]
        rows, best = rows[higher], best[higher]
        self.peak.phasors[rows], self.peak.value[rows], self.unique[rows] = reached[best], value[best], unique[best]
        if self.size > STACKED_LEVELS:
            here = self.coherences[rows]
            self.lower(rows, eigenvalue_bound(here, multipliers(here, reached[best]))[0], Proof.EIGENVALUE)

    def climb_first(self) -> None:
        """Climb from where the strongest coherences point; if all preferences agree, that is the end of it already."""

        def begin(rows: Integer) -> None:
            coherences, wanted = self.coherences[rows], self.weight[rows]
            start = aligned_start(coherences, wanted)
            met = multipliers(coherences, start)
            # level by level: what a weak one prefers would drown in the sum
            agree = (met >= wanted * (1.0 - 4.0 * self.size * EPS)).all(axis=-1)
            self.peak.phasors[rows[agree]], self.peak.value[rows[agree]] = start[agree], 0.5 * met[agree].sum(axis=-1)
            # in a connected part there is only one way to please everybody
            self.unique[rows[agree]] = True
            rest, begun = rows[~agree], pushed(start[~agree])[:, np.newaxis]
            if self.size > STACKED_LEVELS:
                begun = np.concatenate([begun, leading_start(self.coherences[rest])[:, np.newaxis]], axis=1)
            if rest.size:
                self.climb(rest, begun, steps=_PATIENCE[0])

        self.each(np.arange(len(self.peak.value)), begin)
        for steps in _PATIENCE[1:] if self.size <= STACKED_LEVELS else ():
            self.each(self.left(), partial(self._climb_on, steps=steps))

    def _climb_on(self, rows: Integer, *, steps: int) -> None:
        self.climb(rows, self.peak.phasors[rows][:, np.newaxis], steps=steps)

    def relax(self) -> None:
        """Solve the semidefinite relaxation, test its multipliers, and climb from its vectors."""

        def solve(rows: Integer) -> None:
            coherences = self.coherences[rows]
            nu, gram = dual_path(coherences)
            self.lower(rows, eigenvalue_bound(coherences, nu)[0], Proof.SEMIDEFINITE)
            trials = [leading_start(coherences)[:, np.newaxis], rounded_starts(gram, _ROUND - 1)]
            self.climb(rows, np.concatenate(trials, axis=1), steps=_PATIENCE[-1])

        self.each(self.left(), solve, starts=_ROUND)

    def polish(self) -> None:
        """Go on from the best phasors with whole spectra, which follow a ridge where the stacked climb crawls."""

        def go_on(rows: Integer) -> None:
            coherences = self.coherences[rows]
            z = ascend(coherences, self.peak.phasors[rows])
            value = height(coherences, z)
            higher = value > self.peak.value[rows]
            self.peak.phasors[rows[higher]], self.peak.value[rows[higher]] = z[higher], value[higher]
            self.unique[rows[higher]] = False
            self.lower(rows, eigenvalue_bound(coherences, multipliers(coherences, z))[0], Proof.EIGENVALUE)

        self.each(self.left(), go_on)

    def try_random(self, count: int, seed: int) -> None:
        """Climb from random phases, the same for every part: a result must not depend on the batch it came in."""
        if not self.left().size:
            return
        trials = np.exp(2j * np.pi * np.random.default_rng(seed).random((count, self.size)))
        for begin in range(0, count, _ROUND):
            some = trials[begin : begin + _ROUND]

            def attempt(rows: Integer, some: Complex = some) -> None:
                self.climb(rows, np.broadcast_to(some, (len(rows), *some.shape)), steps=_PATIENCE[-1])

            self.each(self.left(), attempt, starts=_ROUND)

    def lift(self) -> None:
        """Search again what lies below the largest coherence, here 1, which no maximum does."""

        def again(rows: Integer) -> None:
            self.climb(rows, greedy_start(self.coherences[rows])[:, np.newaxis], steps=_PATIENCE[-1])

        self.each(np.flatnonzero(~(self.peak.value >= 1.0 - _ROUNDED)), again)

    def described(self) -> Peak:
        """Return the maxima, with the set of optima where it is not known to be one point."""
        peak = self.peak
        np.maximum(peak.bound, peak.value, out=peak.bound)

        def look(rows: Integer) -> None:
            try:
                found = describe(self.coherences[rows], self.peak.phasors[rows])
            except np.linalg.LinAlgError:
                # one of them has a spectrum that LAPACK does not find: of that one its optimum is known, no more
                peak.complete[rows] = False
                for row in rows if len(rows) > 1 else ():
                    look(np.array([row]))
                return
            peak.optima_count[rows], peak.optima_dimension[rows] = found.optima_count, found.optima_dimension
            peak.complete[rows], peak.phasors[rows] = found.complete, found.phasors

        self.each(np.flatnonzero(~self.unique), look, starts=_ROUND)
        return peak
