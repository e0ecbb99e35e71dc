"""Everything that is measured, in order: the one place to look for what a group holds."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import final

from benchmarks.counting_rows import counted_noise
from benchmarks.disorder_rows import TARGETS, disorder
from benchmarks.dynamics_rows import SPECTRA, emission, evolution, many
from benchmarks.dynamics_rows import growth as evolution_growth
from benchmarks.families import KINDS
from benchmarks.generic_rows import SMALL, SYSTEMS, one_state, scan, small_systems
from benchmarks.large_rows import growth, many_levels
from benchmarks.phase_rows import one_phase
from benchmarks.proof_rows import proven
from benchmarks.qthermo_rows import three_levels
from benchmarks.qutip_rows import MAP, SINGLE, exact_map, near_degenerate_map, single
from benchmarks.results import Result
from benchmarks.sweep_rows import certified_map, engines, tongue
from benchmarks.timing import Plan


@final
@dataclass(frozen=True)
class Task:
    """Rows that are measured together."""

    group: str
    measure: Callable[[Plan], list[Result]]


def tasks(plan: Plan, only: str | None = None) -> list[Task]:
    """Return what is to be measured, of one group or of all; quick plans take fewer levels."""
    levels = (2, 4) if plan.quick else tuple(SINGLE)
    few = (2,) if plan.quick else tuple(MAP)
    drawn = (20,) if plan.quick else tuple(TARGETS)
    every = [
        *(Task("single", partial(single, count)) for count in levels),
        Task("map-exact", exact_map),
        *(Task("map", partial(near_degenerate_map, count)) for count in few),
        Task("sweep", certified_map),
        Task("sweep", tongue),
        Task("sweep", engines),
        *(Task("disorder", partial(disorder, count)) for count in drawn),
        *(Task("generic", partial(one_state, name)) for name in (SMALL if plan.quick else SYSTEMS)),
        Task("generic", scan),
        Task("generic", small_systems),
        *(Task("dynamics", partial(evolution, count)) for count in ((3,) if plan.quick else (20, 40))),
        Task("dynamics", many),
        *(Task("dynamics", partial(emission, count)) for count in ((3,) if plan.quick else tuple(SPECTRA))),
        Task("dynamics", evolution_growth),
        Task("peer", three_levels),
        Task("counting", counted_noise),
        Task("phases", one_phase),
        Task("large", many_levels),
        Task("growth", growth),
        *(Task("proof", partial(proven, kind)) for kind in KINDS),
    ]
    return [task for task in every if only in {None, task.group}]
