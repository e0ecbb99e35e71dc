"""Interleaved rounds: whatever else the machine does, it does to every contender alike.

One contender after the other would give whoever ran while the machine was busy the blame for it.  So in every round
each contender runs once for each number of BLAS threads, and medians over rounds are compared.  Threads are tried
because more are not faster: on small matrices a second one costs more than it gives, and a peer must not lose by that.
"""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Final, final

import scipy.linalg  # noqa: F401  (loads scipy's BLAS before the controller looks for libraries)
from threadpoolctl import ThreadpoolController

from benchmarks.results import Side

THREADS: Final = (1, 2)

LONG: Final = 2.0
"""Seconds beyond which a measurement tries both thread counts in the first round alone, the better one after it."""


def silent(text: str) -> None:
    """Tell nobody."""


@final
@dataclass(frozen=True)
class Plan:
    """How much to measure.

    Parameters
    ----------
    rounds : how often every contender runs
    shortest : seconds that one measurement takes at least, by repetition
    quick : small sizes, for tests; nothing is judged then
    tell : called with what is being measured
    """

    rounds: int = 5
    shortest: float = 0.02
    quick: bool = False
    tell: Callable[[str], None] = silent

    @classmethod
    def small(cls, tell: Callable[[str], None] = silent) -> "Plan":
        """Return the plan of the tests."""
        return cls(rounds=2, shortest=0.002, quick=True, tell=tell)

    def judged(self, target: float) -> float | None:
        """Return the target, or None where sizes are not those for which it was set."""
        return None if self.quick else target


@final
@dataclass(frozen=True)
class Contender:
    """Something to time; one call of ``run`` solves ``points`` points."""

    label: str
    run: Callable[[], object]
    points: int = 1


def race(contenders: Sequence[Contender], plan: Plan) -> list[Side]:
    """Return every contender's times a point, at its better number of BLAS threads."""
    repeats = []
    for one in contenders:
        plan.tell(f"{one.label}: warming up")
        first = seconds(one.run, THREADS[0])
        # the first call also loads modules, which would make it look long enough to go without repetition
        again = first if first > LONG else seconds(one.run, THREADS[0])
        repeats.append(max(1, math.ceil(plan.shortest / again)))
    samples: list[dict[int, list[float]]] = [{threads: [] for threads in THREADS} for _ in contenders]
    for number in range(plan.rounds):
        for index, (one, count) in enumerate(zip(contenders, repeats, strict=True)):
            times = samples[index]
            for threads in times:
                plan.tell(f"{one.label}: round {number + 1} of {plan.rounds}")
                times[threads].append(seconds(one.run, threads, count) / one.points)
            if max(found[-1] for found in times.values()) * one.points > LONG:
                chosen = better(one.label, times).threads
                samples[index] = {chosen: times[chosen]}
    return [better(one.label, times) for one, times in zip(contenders, samples, strict=True)]


def better(label: str, samples: dict[int, list[float]]) -> Side:
    """Return the times of the number of threads with the lower median."""
    sides = [Side(label, tuple(times), threads) for threads, times in samples.items()]
    return min(sides, key=lambda side: side.median)


def seconds(run: Callable[[], object], threads: int, repeats: int = 1) -> float:
    """Return the mean time of ``repeats`` calls in a row under a limit of BLAS threads."""
    with limited(threads):
        start = time.perf_counter()
        for _ in range(repeats):
            run()
        return (time.perf_counter() - start) / repeats


def limited(threads: int) -> AbstractContextManager[object]:
    """Return a context in which every BLAS has that many threads."""
    limit: AbstractContextManager[object] = _controller().limit(limits=threads, user_api="blas")
    return limit


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
