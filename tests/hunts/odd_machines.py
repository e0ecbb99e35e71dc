"""Does any machine, however odd, end a map with an exception, or in a success that is none?

Parameters from 1e-100 to 1e100, zeros among them, and machines beside the border of uniqueness, in batches, without
raising for any point.  Laws: no exception and no warning but the library's own, from states, optima or currents; what
is called a SUCCESS is as true as it says, held against balls of a few thousand bits; where there are many steady
states none is given.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from flint import arb
from tests.hunts import balls, currents, pair_sums, steady_errors
from tests.hunts.library import answered, name_of, solved
from tests.hunts.machines import Machine, batches, draw, machine, ordinary
from tests.hunts.tally import Tally, command

import torusync as ts
from torusync.steady import Status

RADII = {"decades": arb("1e-900")}
"""How small a proven radius must be where parameters span hundreds of decades."""
LIMIT = 20.0
"""Seconds that one batch may take."""


def _decades(rng: np.random.Generator, width: float) -> float:
    return float(10 ** rng.uniform(-width, width))


def decades(rng: np.random.Generator) -> Machine:
    """Every parameter from its own decades, up to a hundred either way."""
    levels, width = int(rng.integers(1, 4)), float(rng.choice([3.0, 10.0, 30.0, 100.0]))

    def some(count: int) -> np.ndarray:
        return 10 ** rng.uniform(-width, width, count) if rng.uniform() < 0.5 else np.full(count, _decades(rng, width))

    splittings = (0.0 if rng.uniform() < 0.5 else 1.0) * some(levels) * rng.choice([-0.1, 0.1], levels)
    return machine(
        some(levels) * np.exp(2j * np.pi * rng.integers(2) * rng.uniform(size=levels)),
        n_hot=some(levels),
        splittings=splittings,
        n_cold=_decades(rng, width),
        gamma_hot=_decades(rng, width),
        gamma_cold=_decades(rng, width),
        detuning=float(rng.choice([-1.0, 0.0, 1.0])) * _decades(rng, width),
        omega_hot=3.0 - 2 * min(0.0, float(splittings.min())),
    )


def zeros(rng: np.random.Generator) -> Machine:
    """An ordinary machine with some parameters exactly zero."""
    base = ordinary(rng)
    keys = [key for key in ("n_cold", "gamma_hot", "gamma_cold", "detuning") if rng.uniform() < 0.25]
    n_hot = base.n_hot * (rng.uniform(size=base.manifold_levels) > 0.25)
    drive = base.drive * (rng.uniform(size=base.manifold_levels) > 0.25)
    return replace(base, drive=drive, n_hot=n_hot, **dict.fromkeys(keys, 0.0))


def edges(rng: np.random.Generator) -> Machine:
    """Beside the border: dipoles aligned to 1e-16, rates of 1e-15, one drive 1e8 times another."""
    base = ordinary(rng)
    changes: dict[str, object] = {}
    if base.manifold_levels > 1 and rng.uniform() < 0.6:
        near = 1.0 if rng.uniform() < 0.5 else -1.0 / (base.manifold_levels - 1)
        changes["dipole_matrix"] = None
        changes["dipole_correlation"] = near * (1 - float(rng.choice([0.0, 10 ** rng.uniform(-16, -6)])))
    if rng.uniform() < 0.4:
        changes["gamma_cold" if rng.uniform() < 0.5 else "gamma_hot"] = 10 ** rng.uniform(-16, -9)
    if rng.uniform() < 0.4:
        changes["drive"] = base.drive * 10 ** rng.uniform(-8, 0, base.manifold_levels)
    return replace(base, **changes)


def drives(rng: np.random.Generator) -> Machine:
    """Rates of one, drives of 1e2 to 1e12, as in the machine that once ended a map."""
    levels = int(rng.integers(1, 4))
    return machine(
        10 ** rng.uniform(2, 12) * rng.uniform(0.1, 1.0, levels),
        n_hot=float(rng.choice([0.3, 1.0, 3.0])),
        n_cold=0.5,
        gamma_hot=1.0,
        gamma_cold=1.0,
        splittings=float(rng.integers(2)) * np.arange(levels),
    )


KINDS: dict[str, Callable[[np.random.Generator], Machine]] = {
    "decades": decades,
    "zeros": zeros,
    "edges": edges,
    "drives": drives,
}


def _everything(tally: Tally, kind: str, some: Sequence[Machine], state: ts.SteadyState) -> None:
    """Hold every success of the default solver against balls."""
    sync = answered(ts.synchronization, state, some, tally)
    flows = answered(ts.thermodynamics, state, some, tally)
    for k, item in enumerate(some):
        status = Status(int(state.status_codes[k]))
        tally.counts[f"{kind}: {status.name}"] += 1
        if status is not Status.SUCCESS:
            continue
        try:
            truth = balls.truth(item, RADII.get(kind, arb("1e-100")))
        except balls.NotUniqueError:
            tally.law("many states, none given", False, lambda code=item.code: code)
            continue
        steady_errors.examine(tally, "default", truth, state, k)
        if sync is not None:
            pair_sums.examine(tally, truth, state, sync, k)
        if flows is not None:
            currents.examine(tally, currents.Case(kind, currents.Family(decades, 1), truth), flows, k)


def judge(tally: Tally, kind: str, machines: Sequence[Machine]) -> None:
    """Solve machines of one kind by every solver that takes them; hold what the default says against the truth."""
    for places in batches(machines, size=100):
        some = [machines[place] for place in places]
        for solver in steady_errors.SOLVERS:
            start = time.perf_counter()
            state = solved(solver, some, tally)
            words = f"{name_of(solver)}, {len(some)} of {some[0].code}"
            tally.law("comes to an end", time.perf_counter() - start < LIMIT, lambda words=words: words)
            if solver is None and state is not None:
                _everything(tally, kind, some, state)


def hunt(count: int) -> Tally:
    """Look at ``count`` machines, a quarter of each kind."""
    tally = Tally()
    for place, (kind, drawn) in enumerate(KINDS.items()):
        judge(tally, kind, draw(drawn, max(1, count // len(KINDS)), seed=20261200 + place))
    return tally


if __name__ == "__main__":
    command(hunt, 8000)
