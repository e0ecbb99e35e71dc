"""Rows on proof: of how many states S_max is certified, how wide the gaps of the others are, what one start misses.

Nothing here is about speed, though times stand beside: the peers are the habit of one L-BFGS start, which proves
nothing, and a general semidefinite solver, which bounds and finds no phases.
"""

import statistics
from collections.abc import Iterator, Sequence
from typing import Final

from benchmarks.best_known import KEPT, Values, kept
from benchmarks.families import Family, families
from benchmarks.proof_states import Measured, Relaxed, bounded, measure
from benchmarks.results import SHARE, Result, Side
from benchmarks.table import duration
from benchmarks.timing import THREADS, Plan

FOUND: Final = 1e-9
"""Relative distance from the best value known within which it counts as found."""

MISSED: Final = 1e-6
"""Relative distance beyond which one start of L-BFGS has missed it."""

_RELAXED: Final = {12: 20, 22: 3, 40: 1}
"""Levels, and how many states of a family go to clarabel: at 22 levels one takes half a second, at 40 eight."""

_ROUNDING: Final = 1e-12
"""Relative distance by which a claim must lie below an attained value to be shown wrong."""


def proven(kind: str, plan: Plan) -> list[Result]:
    """Measure every family of a kind."""
    values = kept(KEPT)
    chosen = [family for family in families(quick=plan.quick) if family.kind == kind]
    measure(chosen[0], 0, values)  # loads modules
    return [row for family in chosen for row in _rows(family, plan, values)]


def _rows(family: Family, plan: Plan, values: Values) -> Iterator[Result]:
    states = []
    for index in range(family.count):
        plan.tell(f"{family.name}: {index + 1} of {family.count}")
        states.append(measure(family, index, values))
    certified = tuple(float(one.ours.certified) for one in states)
    found = tuple(float(one.shortfall(one.ours.value) <= FOUND) for one in states)
    notes = [_ours(states, found), _habit(states), *_kept(states)]
    count = next((count for levels, count in _RELAXED.items() if family.levels <= levels), 0)
    if count:
        plan.tell(f"{family.name}: clarabel")
        open_first = sorted(states, key=lambda one: one.ours.certified)[:count]
        notes.append(_solver([(one, bounded(one)) for one in open_first]))
    rows = [("certified", certified, family.proven, notes)]
    if family.best is not None:
        rows.append(("best value known found", found, family.best, []))
    for what, samples, target, said in rows:
        yield Result(
            group="proof",
            name=f"{family.name}: {what}",
            unit=SHARE,
            samples=samples,
            value=statistics.fmean(samples),
            target=None if target is None else plan.judged(target),
            ours=_side("torusync", [one.ours.seconds for one in states]),
            peer=_side("L-BFGS, one start", [seconds for one in states for _, seconds in one.climbs]),
            notes=tuple(said),
        )


def _side(label: str, seconds: Sequence[float]) -> Side:
    """Keep the fastest, the median and the slowest of all states."""
    return Side(label, (min(seconds), statistics.median(seconds), max(seconds)), THREADS[0])


def _ours(states: Sequence[Measured], found: Sequence[float]) -> str:
    said = []
    gaps = [one.ours.gap for one in states if not one.ours.certified]
    if gaps:
        said.append(f"gaps of the others: {_spread(gaps)}")
    said.append(f"best value known found in {sum(found):.0f} of {len(found)}")
    bare = [one.bare for one in states if one.bare is not None]
    if bare:
        closed = sum(one.certified for one in bare)
        (took,) = duration(statistics.median(one.seconds for one in bare))
        said.append(f"of the bare matrices {closed} certified, {took}")
    return "; ".join(said)


def _habit(states: Sequence[Measured]) -> str:
    behind = [one.shortfall(value) for one in states for value, _ in one.climbs]
    missed = [one for one in behind if one > MISSED]
    by = f", by {_spread(missed)}" if missed else ""
    return f"one start of L-BFGS misses it in {len(missed)} of {len(behind)} tries{by}"


def _kept(states: Sequence[Measured]) -> Iterator[str]:
    """Say where this run knows better than the file, unless both differ by no more than counts."""
    missing = sum(one.kept is None for one in states)
    if missing:
        yield f"no best value is kept for {missing} of {len(states)} states"
    better = [one.shortfall(one.kept) for one in states if one.kept is not None]
    better = [one for one in better if one > FOUND]
    if better:
        yield f"better than the best value kept in {len(better)} of {len(states)}, by {_spread(better)}"


def _solver(answers: Sequence[tuple[Measured, Relaxed]]) -> str:
    (took,) = duration(statistics.median(relaxed.seconds for _, relaxed in answers))
    ours = [one.ours.bound / relaxed.tested - 1.0 for one, relaxed in answers if relaxed.tested > 0.0] or [0.0]
    broken = sum(relaxed.claimed < one.best * (1.0 - _ROUNDING) for one, relaxed in answers)
    above, below = max(0.0, *ours), max(0.0, *(-one for one in ours))
    return (
        f"clarabel, {took} on {len(answers)}: ours is at most {above:.1g} higher than its tested bound, {below:.1g} "
        f"lower; untested, {broken} of its claims lie below a value that is attained"
    )


def _spread(parts: Sequence[float]) -> str:
    median, most = (_percent(one) for one in (statistics.median(parts), max(parts)))
    return f"{median} in the median, {most} at most" if len(parts) > 1 else most


def _percent(part: float) -> str:
    return f"{100.0 * part:.2g} %" if part >= 1e-4 else f"{part:.1e}"
