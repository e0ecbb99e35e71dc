"""How many levels of a mode are kept, and whether that was enough.

What a truncated equation gives is exact for that equation, and says nothing of the levels that are not there.  Two
things do: the population of the highest level, and how far S_max moves with four levels more.  A cut-off that nobody
chose is raised until both are small, at the point of the fullest tail; one that was chosen is taken, unless what it
leaves out would be seen in the first six digits.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, final

import numpy as np

from torusync._checks import ArgumentError, Boolean, Integer, Real, scalar
from torusync._limits import CUTOFF_LEVELS
from torusync._results import Result
from torusync.densities import Density
from torusync.models import Truncated
from torusync.phases import synchronization
from torusync.steady.answer import LARGEST_ERROR, Answer, Solver, Status, SteadyState
from torusync.steady.auto import Auto

TAIL: Final = 1e-12
"""Population of the highest level below which a mode is taken to end."""

SHIFT: Final = 1e-10
"""By how much S_max may move with more levels."""

MORE: Final = 4
"""Levels that are added for that comparison."""

_AIM: Final = 1e-13
_ROUNDS: Final = 8
"""Times that a cut-off is raised: each aims at a tenth of what is accepted, and at twice the levels at most."""

Solve = Callable[[Any], Answer]
"""What solves a system, by the solver that was asked."""


@final
@dataclass(frozen=True, eq=False)
class Settled:
    """A system with the cut-off that was taken, its answer, the tails, and where that cut-off is too low."""

    system: Any
    answer: Answer
    tail: Real
    short: Boolean

    @classmethod
    def of(cls, system: Any, solve: Solve) -> "Settled":
        """Return the system solved as it is cut off."""
        answer = solve(system)
        tail = tail_of(answer.density, system.dims)
        return cls(system, answer, tail, np.asarray(tail >= TAIL))

    @property
    def codes(self) -> Integer:
        """How the solve ended at each point."""
        found = self.answer.status()
        return np.where((found == Status.SUCCESS) & self.short, int(Status.TRUNCATED), found)

    def in_words(self) -> str:
        """Return how long the longest of the tails is that are too long."""
        worst = np.max(self.tail[self.short], initial=0.0)
        return f"of {in_words(self.system.dims)} levels the highest holds {worst:.2g}"


@final
@dataclass(frozen=True, eq=False, repr=False)
class Truncation(Result):
    """The evidence that enough levels of the modes of a system were kept, at every point.

    Parameters
    ----------
    state
        Of a system of modes, as it was solved.
    """

    state: SteadyState

    @property
    def dims(self) -> tuple[int, ...]:
        """Levels of each mode that were kept."""
        return self.state.dims

    @property
    def levels(self) -> Integer:
        """Levels that were kept of the mode with the most, the same at all points of one state, ``(...)``."""
        return scalar(np.full(self.state.batch_shape, max(self.dims)))

    @cached_property
    def tail(self) -> Real:
        """Population of the highest level, of the mode where it is largest, shape ``(...)``."""
        return scalar(tail_of(self.state.density, self.state.dims))

    @cached_property
    def shift(self) -> Real:
        """By how much S_max moves with four more levels, ``(...)``, nan where these cannot be solved.

        The system is solved once more for it.
        """
        from torusync.steady.solve import steady_state  # noqa: PLC0415 - which asks this file

        system: Any = self.state.system
        wider = steady_state(system.cut_at(more(self.dims)), throw=False)
        return scalar(np.abs(np.asarray(synchronization(wider).s_max - synchronization(self.state).s_max)))

    @property
    def converged(self) -> Boolean:
        """Whether the tail is below 1e-12 and the shift below 1e-10, shape ``(...)``."""
        return scalar(np.asarray((self.tail < TAIL) & (self.shift < SHIFT)))

    def _in_words(self) -> str:
        # not the shift: nobody solves anything by looking
        return f"{in_words(self.dims)} levels, tail {float(np.max(self.tail, initial=0.0)):.1e}"


def in_words(dims: tuple[int, ...]) -> str:
    """Return levels of modes in a line."""
    return " and ".join(map(str, dims))


def more(dims: tuple[int, ...]) -> tuple[int, ...]:
    """Return four levels more of each mode."""
    return tuple(one + MORE for one in dims)


def tail_of(density: Density, dims: tuple[int, ...]) -> Real:
    """Return the population of the highest level, of the mode where it is largest, ``(...)``."""
    return np.asarray(np.stack([one[..., -1] for one in marginals(density, dims)], axis=-1).max(axis=-1))


def marginals(density: Density, dims: tuple[int, ...]) -> tuple[Real, ...]:
    """Return the populations of each mode, ``(..., levels)`` of each."""
    populations = density.populations
    split = populations.reshape(*populations.shape[:-1], *dims)
    own = range(-len(dims), 0)
    return tuple(np.asarray(split.sum(axis=tuple(one for one in own if one != kept))) for kept in own)


def settled(system: Truncated, solve: Solve, solver: Solver) -> Settled:
    """Solve a system of modes with the cut-off that was given, or with one that is found to be enough."""
    if system.cutoff is not None:
        given = Settled.of(system, solve)
        return replace(given, short=np.asarray(given.tail > LARGEST_ERROR))
    found = Settled.of(system.cut_at(system.dims), solve)
    for _ in range(_ROUNDS):
        wanted, doubtful = _wanted(found, solver)
        if wanted is None:
            return found
        found = replace(found, short=found.short | doubtful)
        if max(wanted) > CUTOFF_LEVELS:
            return found
        try:
            found = Settled.of(found.system.cut_at(wanted), solve)
        except ArgumentError:  # what does not fit into memory stays as it is, and says so
            return found
    return replace(found, short=np.ones_like(found.short))  # never seen to settle


def _wanted(found: Settled, solver: Solver) -> tuple[tuple[int, ...] | None, Boolean]:
    """Return the levels to go on with, None where these are enough, and which point is why."""
    dims, none = found.system.dims, np.zeros(found.tail.shape, dtype=np.bool_)
    known = (found.answer.status() == Status.SUCCESS) & np.isfinite(found.tail)
    if not known.any():
        return None, none
    worst = int(np.argmax(np.where(known, found.tail, -1.0)))
    index = tuple(int(one) for one in np.unravel_index(worst, found.tail.shape))
    doubtful = none.copy()
    doubtful[index] = True
    if found.tail[index] < TAIL:
        return (more(dims), doubtful) if _moves(found, index, solver) else (None, none)
    point = found.answer.density.flat().part(slice(worst, worst + 1))
    return tuple(len(one[0]) + _lacking(one[0]) for one in marginals(point, dims)), doubtful


def _moves(found: Settled, index: tuple[int, ...], solver: Solver) -> bool:
    """Whether S_max of one point moves with more levels, by more than what both may be off by."""
    here: Any = found.answer.handed(found.system, solver, found.answer.status())
    here = here[index] if index else here
    wider = here.system.cut_at(more(here.dims))
    # by whatever fits more levels, which the solver that was asked may not
    answer = Auto().solve(wider.generator())
    pair = [synchronization(one) for one in (here, answer.handed(wider, Auto(), answer.status()))]
    off = sum(float(one.s_max_error) for one in pair)
    return bool(abs(float(pair[0].s_max - pair[1].s_max)) > SHIFT + (off if math.isfinite(off) else 0.0))


def _lacking(row: Real) -> int:
    """Return how many levels more make a tail as short as is aimed at, by how fast it falls off where it ends."""
    last, before = float(row[-1]), float(row[-3])
    if last < TAIL:
        return 0
    falls = math.sqrt(min(max(last / before, 0.01), 0.8)) if before > 0.0 else 0.9
    return min(max(MORE, math.ceil(math.log(_AIM / last) / math.log(falls))), len(row))
