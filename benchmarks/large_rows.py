"""Rows on machines of many levels: a million, and how the time grows on the way there.

There is no peer: a generator of 10²⁴ entries cannot be stored.  Each round measures every machine in a process of its
own: the first time counts for seconds and memory, a second one, as after every other row's warm-up, for the growth.
"""

import statistics
from functools import cache
from operator import attrgetter
from typing import Final

import numpy as np

from benchmarks.machines import HOT
from benchmarks.probe import Probe, probe
from benchmarks.results import EXPONENT, MEMORY, SECONDS, Result, Side
from benchmarks.timing import THREADS, Plan, better

STATE: Final = (30.0, 4.0)
"""Seconds and GiB for the steady state and the thermodynamics of a million near-degenerate levels."""

MAXIMUM: Final = (60.0, 6.0)
"""Seconds and GiB for the same machine up to its certified maximum, counted from the raw arrays."""

GAP: Final = 1e-8
"""Largest relative gap between value and bound with which that maximum counts."""

DEGENERATE: Final = 1.0
"""Seconds for everything about a million exactly degenerate levels."""

GROWTH: Final = 1.15
"""Largest exponent of the time between ten thousand and a million levels."""

Rounds = tuple[tuple[Probe, ...], ...]
"""A row of probes, in ascending size, for every round."""


def many_levels(plan: Plan) -> list[Result]:
    """Measure time and peak memory at the largest size, near-degenerate and exactly degenerate, in both regimes."""
    results = []
    for (regime, split), (rounds, threads) in _measured(plan).items():
        last = [row[-1] for row in rounds]
        gap = max(one.gap for one in last)
        proof = (f"relative gap at most {gap:.1g}",)
        name = f"N = {_power(last[0].levels)}, {regime}"
        states, maxima = f"{name}: state, currents", f"{name}: from arrays to certified S_max"
        if split:
            rows = [
                (states, SECONDS, STATE[0], [one.state + one.currents for one in last]),
                (f"{states}, peak memory", MEMORY, STATE[1], [one.memory_state for one in last]),
                (maxima, SECONDS, MAXIMUM[0], [one.state + one.maximum for one in last]),
                (f"{maxima}, peak memory", MEMORY, MAXIMUM[1], [one.memory for one in last]),
            ]
        else:
            everything = [one.state + one.currents + one.maximum for one in last]
            rows = [(f"{name}, degenerate: state, S_max, currents", SECONDS, DEGENERATE, everything)]
        for what, unit, target, samples in rows:
            results.append(
                Result(
                    group="large",
                    name=what,
                    unit=unit,
                    samples=tuple(samples),
                    value=statistics.median(samples),
                    target=plan.judged(target),
                    ours=Side("torusync", tuple(samples), threads) if unit == SECONDS else None,
                    notes=() if what.startswith(states) else proof,
                    proven=what.startswith(states) or gap <= GAP,
                )
            )
    return results


def growth(plan: Plan) -> list[Result]:
    """Fit exponents of the time over two decades of levels: of the state and of the maximum alone, both regimes."""
    stages = {"steady state": attrgetter("state_again"), "S_max of a known state": attrgetter("maximum_again")}
    results = []
    for (regime, split), (rounds, threads) in _measured(plan).items():
        if not split:
            continue
        sizes = [one.levels for one in rounds[0]]
        for stage, read in stages.items():
            times = [[read(one) for one in row] for row in rounds]
            medians = [statistics.median(column) for column in zip(*times, strict=True)]
            results.append(
                Result(
                    group="growth",
                    name=f"N = {_power(sizes[0])} to {_power(sizes[-1])}, {regime}: {stage}",
                    unit=EXPONENT,
                    samples=tuple(_exponent(sizes, row) for row in times),
                    value=_exponent(sizes, medians),
                    target=plan.judged(GROWTH),
                    notes=(f"{medians[0]:.2g} s to {medians[-1]:.2g} s, BLAS threads: {threads}",),
                )
            )
    return results


def _exponent(sizes: list[int], times: list[float]) -> float:
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def _power(levels: int) -> str:
    return f"{levels:.0e}".replace("e+0", "e")


@cache
def _measured(plan: Plan) -> dict[tuple[str, bool], tuple[Rounds, int]]:
    """Return the probes of every round and the better thread count, by regime and whether levels are split.

    Kept, so that both groups of rows see the same ones.  Both thread counts are tried in the first round alone.
    """
    exponents = (3.0, 3.5, 4.0) if plan.quick else (4.0, 4.5, 5.0, 5.5, 6.0)
    sizes = [round(10**exponent) for exponent in exponents]
    kinds = [(regime, split) for split in (True, False) for regime in HOT]
    found: dict[tuple[str, bool], dict[int, list[tuple[Probe, ...]]]] = {
        kind: {threads: [] for threads in THREADS} for kind in kinds
    }
    for number in range(plan.rounds):
        for kind in kinds:
            regime, split = kind
            # the largest one has a process to itself, because its memory is judged
            parts = [sizes[:-1], sizes[-1:]] if split else [sizes[-1:]]
            for threads, rounds in found[kind].items():
                row: list[Probe] = []
                for part in parts:
                    plan.tell(f"N = {_power(part[-1])}, {regime}: round {number + 1} of {plan.rounds}")
                    row += probe(part, regime, split=split, threads=threads)
                rounds.append(tuple(row))
            totals = {t: [row[-1].state + row[-1].maximum for row in rounds] for t, rounds in found[kind].items()}
            chosen = better("torusync", totals).threads
            found[kind] = {chosen: found[kind][chosen]}
    return {kind: (tuple(rounds), threads) for kind, by in found.items() for threads, rounds in by.items()}
