"""S_max of any density matrix: second-order ascent from several starts, and proof of what it found.

A state is split into the connected parts of its coherence graph, and parts of one size are worked off together: first
from the phases that their strongest coherences ask for; where that leaves the proof open, from the semidefinite
relaxation, which also gives the lowest bound that multipliers can; then from random starts until the proof closes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real
from torusync._limits import CHUNK_BYTES, STACK_BYTES, STACKED_LEVELS, STACKED_MACHINES
from torusync._threads import cores, side_by_side, span_of
from torusync.conventions import CERTIFIED_GAP, EPS
from torusync.densities import Density, ThermalPlusBlock, off_diagonal
from torusync.maxima.certificate import eigenvalue_bound, l1_bound, multipliers
from torusync.maxima.climb import ascend, height
from torusync.maxima.components import connected_parts
from torusync.maxima.ensembles import first_climbs
from torusync.maxima.optima import describe
from torusync.maxima.peak import NO_LOWER, Knobs, Optimum, Peak, Proof
from torusync.maxima.relaxation import dual_path
from torusync.maxima.singly import Single
from torusync.maxima.stacked import climb
from torusync.maxima.starts import aligned_start, greedy_start, leading_start, pushed, rounded_starts

_ROUND: Final = 8
"""Starts tried at once where the proof is open."""

_PATIENCE: Final = (14, 24, 60)
"""Steps of a first climb, and of going on with what has not arrived by then: stragglers are gathered from the stacks of
a chunk, because small ones do not pay."""

_STEERED: Final = 128
"""Bytes a level that a step of such a climb works on: its W of a few columns, and what is made of it."""

_FAR: Final = 1e-150
"""Largest coherence below which it is divided by in two steps."""

_WEAKEST: Final = 1e-290
"""Σ_j |R_ij| of a level, relative to the largest coherence, below which reciprocals overflow."""


def searched_peak(density: Density, knobs: Knobs) -> Peak:
    """Return the maxima of a flat batch, chunk by chunk of bounded memory, on all cores.

    Those of connected parts add up; each part's overall phase is free.
    """
    points, size = density.points, density.dimension
    broken = np.isnan(density.ground_population)
    peak, count = Peak.empty(points, size, broken=broken), np.zeros(points, dtype=np.int64)
    peak.optima_count[:] = 1

    def solve(rows: Integer) -> None:
        some = density.part(span_of(rows))
        lowest, coherences, natural = _beside_thermal(some)
        for part in connected_parts(coherences):
            here = part.points[:, np.newaxis], part.levels
            found, added = _part_peak(part.of(coherences), natural[here], knobs), rows[part.points]
            np.add.at(count, added, 1)
            for name in ("value", "bound", "l1", "optima_dimension"):
                np.add.at(getattr(peak, name), added, getattr(found, name))
            np.multiply.at(peak.optima_count, added, found.optima_count)
            np.maximum.at(peak.proof, added, found.proof)
            np.logical_and.at(peak.complete, added, found.complete)
            peak.phasors[added[:, np.newaxis], lowest + part.levels] = found.phasors

    side_by_side(solve, _shared_out(np.flatnonzero(~broken), CHUNK_BYTES // (16 * size**2)))
    peak.bound[:] *= np.where(count > 1, 1.0 + 2.0 * EPS * count, 1.0)
    peak.optima_dimension[:] += np.maximum(count - 1, 0)
    peak.optima_count[(peak.optima_dimension > 0) | (count == 0)] = 0
    kinds = np.where(peak.optima_count > 1, Optimum.SEVERAL, Optimum.POINT)
    kinds = np.where(peak.optima_dimension > 0, Optimum.CONTINUUM, kinds)
    peak.optimum[:] = np.where(count > 0, kinds, Optimum.UNDEFINED)
    return peak


def _beside_thermal(density: Density) -> tuple[int, Complex, Real]:
    """Return the lowest level that may be coherent, coherences of those from there on, and their natural diagonal."""
    if isinstance(density, ThermalPlusBlock):
        # without a row of zeros for the ground level, which would be copied twice
        return 1, off_diagonal(density.block), density.excess
    return 0, off_diagonal(density.to_array()), np.zeros((density.points, density.dimension))


def _shared_out(rows: Integer, most: int) -> list[Integer]:
    """Return parts of about ``most`` rows at most, all of one size; where there are several, as many for every core."""
    if not rows.size:
        return []
    count = -(-len(rows) // max(1, most))
    return np.array_split(rows, min(-(-count // cores()) * cores() if count > 1 else 1, len(rows)))


def _part_peak(coherences: Complex, natural: Real, knobs: Knobs) -> Peak:
    """Return the maxima of connected parts ``(parts, n, n)``, with their `Single.natural` ``(parts, n)``."""
    moduli = np.abs(coherences)
    largest = moduli.max(axis=(-2, -1))
    far = largest < _FAR
    root = np.where(far, 1.0 / np.sqrt(largest), 1.0)[:, np.newaxis, np.newaxis]
    once = np.where(far, 1.0, 1.0 / np.where(far, 1.0, largest))[:, np.newaxis, np.newaxis] * root
    scaled = coherences * once
    moduli *= once
    if far.any():
        # two factors, because the reciprocal of the smallest floats overflows, and their moduli have few digits
        scaled *= root
        moduli[far] = np.abs(scaled[far])
    weight = moduli.sum(axis=-1)
    many = coherences.shape[-1] > STACKED_LEVELS
    loud = not many and weight.min(initial=1.0) >= _WEAKEST
    # levels 300 orders of magnitude apart overflow on the way; what is proven is so by finite numbers, or not at all
    quiet: dict[str, Any] = {} if loud else dict.fromkeys(("over", "invalid", "divide"), "ignore")
    with np.errstate(**quiet):
        natural = natural / largest[:, np.newaxis]
        peak = _singly(scaled, natural, weight, knobs) if many else _in_stacks(scaled, weight, knobs)
    for array in (peak.value, peak.bound, peak.l1):
        np.multiply(array, largest, out=array)
    return peak


def _singly(coherences: Complex, natural: Real, weight: Real, knobs: Knobs) -> Peak:
    parts, size = coherences.shape[:2]
    peak = Peak.empty(parts, size)
    peak.l1[:], l1_top = l1_bound(weight)

    def solve(row: int) -> None:
        found = Single(coherences[row], natural[row] if natural[row].any() else None).peak(knobs)
        found = found.lowered(float(l1_top[row]), Proof.L1)
        peak.phasors[row], peak.value[row], peak.bound[row] = found.phasors, found.value, max(found.bound, found.value)
        peak.proof[row], peak.complete[row] = found.proof, found.complete
        peak.optima_count[row], peak.optima_dimension[row] = found.optima_count, found.optima_dimension

    side_by_side(solve, _left_by_first_climbs(coherences, natural, peak, l1_top).tolist())
    return peak


def _left_by_first_climbs(coherences: Complex, natural: Real, peak: Peak, l1_top: Real) -> Integer:
    """Fill in the machines that one climb of a stack settles, and return the parts that are left."""
    settled = np.zeros(len(coherences), dtype=np.bool_)

    def solve(rows: Integer) -> None:
        part = span_of(rows)
        found = first_climbs(coherences[part], natural[part])
        # where Σ|R_ij| is as low, which of two equal bounds is the lower is for the route that knows both
        here = found.settled & (found.bound * (1.0 + CERTIFIED_GAP) < l1_top[rows])
        settled[rows[here]] = True
        done = rows[here]
        peak.phasors[done], peak.value[done] = found.phasors[here], found.value[here]
        peak.bound[done] = np.maximum(found.bound[here], found.value[here])
        peak.proof[done], peak.complete[done], peak.optima_count[done] = Proof.EIGENVALUE, True, 1

    machines = np.flatnonzero(natural.any(axis=-1))
    if len(machines) >= STACKED_MACHINES:
        most = min(STACK_BYTES // (_STEERED * coherences.shape[-1]), len(machines) // cores())
        side_by_side(solve, _shared_out(machines, max(STACKED_MACHINES, most)))
    return np.flatnonzero(~settled)


def _in_stacks(coherences: Complex, weight: Real, knobs: Knobs) -> Peak:
    parts, size = coherences.shape[:2]
    l1, l1_top = l1_bound(weight)
    peak = Peak.single(np.ones((parts, size), np.complex128), np.full(parts, -np.inf), l1_top, l1, Proof.L1)
    search = _Search(coherences, peak, np.zeros(parts, dtype=np.bool_))
    search.each(np.arange(parts), search.begin)
    for steps in _PATIENCE[1:]:
        search.each(search.left(), partial(search.go_on, steps))
    search.each(search.left(), search.relax, starts=_ROUND)
    search.each(search.left(), search.polish)
    if search.left().size:
        # the same for every part: a result must not depend on the batch it came in
        trials = np.exp(2j * np.pi * np.random.default_rng(knobs.seed).random((knobs.random_starts, size)))
        for begin in range(0, len(trials), _ROUND):
            search.each(search.left(), partial(search.climb, starts=trials[begin : begin + _ROUND]), starts=_ROUND)
        search.each(search.left(), search.polish)
    # what lies below the largest coherence, here 1, is no maximum
    low = np.flatnonzero(~(peak.value >= NO_LOWER))
    search.each(low, lambda rows: search.climb(rows, greedy_start(coherences[rows])[:, np.newaxis]))
    np.maximum(peak.bound, peak.value, out=peak.bound)
    search.each(np.flatnonzero(~search.unique), search.look, starts=_ROUND)
    return peak


@final
@dataclass(frozen=True, eq=False)
class _Search:
    """What is known so far of connected parts in units of their largest coherence, ``coherences`` ``(parts, n, n)``.

    ``peak`` holds the best phasors found and the lowest bound proven, ``unique`` ``(parts)`` whether the optimum is
    proven to be the only one.
    """

    coherences: Complex
    peak: Peak
    unique: Boolean

    def left(self) -> Integer:
        """Return the parts whose proof is open."""
        return np.flatnonzero(self.peak.bound * (1.0 - CERTIFIED_GAP) > self.peak.value)

    def each(self, rows: Integer, task: Callable[[Integer], None], *, starts: int = 1) -> None:
        """Work off some parts in stacks that fit the cache, on all cores."""
        if rows.size:
            step = max(1, STACK_BYTES // (self.coherences[0].nbytes * starts))
            side_by_side(task, [rows[begin : begin + step] for begin in range(0, len(rows), step)])

    def lower(self, rows: Integer, bound: Real, proof: Proof) -> None:
        """Take in a bound: every one holds, whatever phasors it came from."""
        lower = bound < self.peak.bound[rows]
        self.peak.bound[rows[lower]], self.peak.proof[rows[lower]] = bound[lower], proof

    def climb(self, rows: Integer, starts: Complex, *, steps: int = _PATIENCE[-1]) -> None:
        """Climb from ``starts`` ``([rows,] starts, n)`` and keep what is higher than before, and every bound."""
        count, size = starts.shape[-2:]
        starts = np.broadcast_to(starts, (len(rows), count, size))
        repeated = np.repeat(self.coherences[rows], count, axis=0) if count > 1 else self.coherences[rows]
        begins = np.ascontiguousarray(starts.reshape(-1, size).T)
        found = climb(np.ascontiguousarray(np.moveaxis(repeated, 0, -1)), begins, steps=steps)
        self.lower(rows, found.bound.reshape(-1, count).min(axis=-1), Proof.EIGENVALUE)
        best = found.value.reshape(-1, count).argmax(axis=-1) + count * np.arange(len(rows))
        higher = found.value[best] > self.peak.value[rows]
        rows, best = rows[higher], best[higher]
        self.peak.phasors[rows], self.peak.value[rows] = found.phasors.T[best], found.value[best]
        self.unique[rows] = found.unique[best]

    def begin(self, rows: Integer) -> None:
        """Climb from where the strongest coherences point; if all preferences agree, that is the end of it already."""
        coherences = self.coherences[rows]
        wanted = np.abs(coherences).sum(axis=-1)
        start = aligned_start(coherences, wanted)
        met = multipliers(coherences, start)
        # level by level: what a weak one prefers would drown in the sum
        agree = (met >= wanted * (1.0 - 4.0 * wanted.shape[-1] * EPS)).all(axis=-1)
        self.peak.phasors[rows[agree]], self.peak.value[rows[agree]] = start[agree], 0.5 * met[agree].sum(axis=-1)
        # in a connected part there is only one way to please everybody
        self.unique[rows[agree]] = True
        if not agree.all():
            self.climb(rows[~agree], pushed(start[~agree])[:, np.newaxis], steps=_PATIENCE[0])

    def go_on(self, steps: int, rows: Integer) -> None:
        """Climb on from the best phasors."""
        self.climb(rows, self.peak.phasors[rows, np.newaxis], steps=steps)

    def relax(self, rows: Integer) -> None:
        """Solve the semidefinite relaxation, test its multipliers, and climb from its vectors."""
        coherences = self.coherences[rows]
        nu, gram = dual_path(coherences)
        self.lower(rows, eigenvalue_bound(coherences, nu)[0], Proof.SEMIDEFINITE)
        trials = [leading_start(coherences)[:, np.newaxis], rounded_starts(gram, _ROUND - 1)]
        self.climb(rows, np.concatenate(trials, axis=1))

    def polish(self, rows: Integer) -> None:
        """Go on from the best phasors with more steps, as far as a ridge leads."""
        coherences = self.coherences[rows]
        z = ascend(coherences, self.peak.phasors[rows])
        value = height(coherences, z)
        higher = value > self.peak.value[rows]
        self.peak.phasors[rows[higher]], self.peak.value[rows[higher]] = z[higher], value[higher]
        self.unique[rows[higher]] = False
        self.lower(rows, eigenvalue_bound(coherences, multipliers(coherences, z))[0], Proof.EIGENVALUE)

    def look(self, rows: Integer) -> None:
        """Describe the set of optima."""
        try:
            found = describe(self.coherences[rows], self.peak.phasors[rows])
        except np.linalg.LinAlgError:
            # one of them has a spectrum that LAPACK does not find: of that one its optimum is known, no more
            self.peak.complete[rows] = False
            for row in rows if len(rows) > 1 else ():
                self.look(np.array([row]))
            return
        self.peak.optima_count[rows], self.peak.optima_dimension[rows] = found.optima_count, found.optima_dimension
        self.peak.complete[rows], self.peak.phasors[rows] = found.complete, found.phasors
