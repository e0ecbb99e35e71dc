"""How many levels of a mode are kept, and whether that was enough.

What a truncated equation gives is exact for that equation, and says nothing of the levels that are not there.  Two
things do: the population of the highest level, and how far S_max moves with four levels more.  A cut-off that nobody
chose is raised until both are small, at the point of the fullest tail; one that was chosen is taken, unless what it
leaves out would be seen in the first six digits.
"""

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple, final

import numpy as np

from torusync._checks import ArgumentError, Boolean, Real, scalar
from torusync._limits import CUTOFF_LEVELS
from torusync._results import Result
from torusync._show import yes_or_no
from torusync.densities import Density
from torusync.models import Truncated
from torusync.phases import synchronization
from torusync.steady.answer import LARGEST_ERROR, Answer, Solver, Status, SteadyState

TAIL: Final = 1e-12
"""Population of the highest level below which a mode is taken to end."""

SHIFT: Final = 1e-10
"""By how much S_max may move with more levels."""

MORE: Final = 4
"""Levels that are added for that comparison."""

_AIM: Final = 1e-13
_ROUNDS: Final = 8
"""Times that a cut-off is raised: each aims at a tenth of what is accepted, and at twice the levels at most."""

Handed = Callable[[Any, Answer, Solver], SteadyState]
"""What makes a state of an answer."""


class Settled(NamedTuple):
    """A system with the cut-off that was taken, its answer, and where that cut-off is too low."""

    system: Truncated
    answer: Answer
    short: Boolean
    tail: Real


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

    @cached_property
    def tail(self) -> Real:
        """Population of the highest level, of the mode where it is largest, shape ``(...)``."""
        return scalar(tail_of(self.state.density, self.state.dims))

    @cached_property
    def shift(self) -> Real:
        """By how much S_max moves with four more levels, ``(...)``; the state is solved once more for it."""
        from torusync.steady.solve import steady_state  # noqa: PLC0415 - which asks this file

        more = steady_state(_cut(self.state.system, _more(self.dims)), solver=self.state.solver, throw=False)
        return scalar(np.abs(np.asarray(synchronization(more).s_max - synchronization(self.state).s_max)))

    @property
    def converged(self) -> Boolean:
        """Whether the tail is below 1e-12 and the shift below 1e-10, shape ``(...)``."""
        return scalar(np.asarray((self.tail < TAIL) & (self.shift < SHIFT)))

    def _in_words(self) -> str:
        tail, shift = (float(np.max(one, initial=0.0)) for one in (self.tail, self.shift))
        return (
            f"{_in_words(self.dims)} levels, tail {tail:.1e}, shift {shift:.1e}, converged {yes_or_no(self.converged)}"
        )


def _in_words(dims: tuple[int, ...]) -> str:
    return " and ".join(map(str, dims))


def _cut(system: Any, dims: tuple[int, ...]) -> Any:
    return system.cut_at(dims)


def tail_of(density: Density, dims: tuple[int, ...]) -> Real:
    """Return the population of the highest level, of the mode where it is largest, ``(...)``."""
    return np.asarray(np.stack([one[..., -1] for one in marginals(density, dims)], axis=-1).max(axis=-1))


def marginals(density: Density, dims: tuple[int, ...]) -> tuple[Real, ...]:
    """Return the populations of each mode, ``(..., levels)`` of each."""
    populations = density.populations
    split = populations.reshape(*populations.shape[:-1], *dims)
    own = range(-len(dims), 0)
    return tuple(np.asarray(split.sum(axis=tuple(one for one in own if one != kept))) for kept in own)


def settled(system: Truncated, solver: Solver, handed: Handed) -> Settled:
    """Solve a system of modes with the cut-off that was given, or with one that is found to be enough."""
    cut = _cut(system, system.dims)
    found = _solved(cut, solver)
    if system.cutoff is not None:
        return found._replace(short=np.asarray(found.tail > LARGEST_ERROR))
    for _ in range(_ROUNDS):
        raised = _raised(found, solver, handed)
        if raised is None:
            return found
        if raised.system.dims == found.system.dims:
            break
        found = raised
    return found


def _solved(system: Any, solver: Solver) -> Settled:
    answer = solver.solve(system.generator())
    tail = np.asarray(tail_of(answer.density, system.dims))
    return Settled(system, answer, np.asarray(tail >= TAIL), tail)


def _raised(found: Settled, solver: Solver, handed: Handed) -> Settled | None:
    """Return the same with more levels, or as it is where there can be no more; None where these are enough."""
    known = (found.answer.status() == Status.SUCCESS) & np.isfinite(found.tail)
    if not known.any():
        return None
    worst = int(np.argmax(np.where(known, found.tail, -1.0)))
    dims = found.system.dims
    if found.tail.reshape(-1)[worst] < TAIL:
        index = np.unravel_index(worst, found.tail.shape)
        moved = _moved(found, index, solver, handed)
        if not moved > SHIFT:
            return None
        found.short[index] = True
        wanted = _more(dims)
    else:
        point = found.answer.density.flat().part(slice(worst, worst + 1))
        wanted = tuple(len(one[0]) + _lacking(one[0]) for one in marginals(point, dims))
    if max(wanted) > CUTOFF_LEVELS:
        return found
    with suppress(ArgumentError):  # what does not fit into memory stays as it is, and says so
        return _solved(_cut(found.system, wanted), solver)
    return found


def _lacking(row: Real) -> int:
    """Return how many levels more make a tail as short as is aimed at, by how fast it falls off where it ends."""
    last, before = float(row[-1]), float(row[-3])
    if last < TAIL:
        return 0
    falls = math.sqrt(min(max(last / before, 0.01), 0.8)) if before > 0.0 else 0.9
    return min(max(MORE, math.ceil(math.log(_AIM / last) / math.log(falls))), len(row))


def _more(dims: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(one + MORE for one in dims)


def _moved(found: Settled, index: Any, solver: Solver, handed: Handed) -> float:
    """Return by how much S_max of one point moves with more levels, beyond what both may be off by."""
    point: Any = found.system
    point = point[index] if index else point
    pair = []
    for dims in (found.system.dims, _more(found.system.dims)):
        one = _cut(point, dims)
        answer = _solved(one, solver).answer
        pair.append(synchronization(handed(one, answer, solver)))
    here, there = pair
    off = float(here.s_max_error + there.s_max_error)
    return abs(float(here.s_max - there.s_max)) - (off if math.isfinite(off) else 0.0)
