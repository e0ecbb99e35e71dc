"""Rows against QuTiP: one machine with many levels, and maps of machines with few.

QuTiP is always timed on its steady state alone, also where we add the certified maximum: it has no such maximum to set
against ours, and whatever one would add to it could only take longer.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np

import torusync as ts
from benchmarks.machines import HOT, Parameters, degenerate_map, near_degenerate, picked
from benchmarks.qutip_choice import Choice, fastest
from benchmarks.qutip_peer import Machine
from benchmarks.results import DisagreementError, Result, ratio
from benchmarks.timing import THREADS, Contender, Plan, limited, race

AGREEMENT: Final = 1e-9
"""Largest difference of an entry of ρ between QuTiP and us on the sampled points."""

SINGLE: Final = {20: 50.0, 40: 120.0, 60: 300.0}
"""Levels, and how many times faster than QuTiP one steady state is to be."""

MAP: Final = {2: (100.0, 20.0), 8: (150.0, 25.0)}
"""Levels, and the same for maps of near-degenerate machines: the state alone, and with the certified S_max."""

EXACT: Final = (500.0, 1000.0)
"""The same for maps of two degenerate levels: all of S_max, bound, phases and power, and S_max and power alone."""

_FEW, _SAMPLE = 4, 64
"""Points of a map that QuTiP solves and on which states are compared."""


def single(levels: int, plan: Plan) -> list[Result]:
    """Time one near-degenerate machine, from raw arrays to a state with its evidence, in both regimes."""
    results = []
    for regime in HOT:
        machine = near_degenerate(levels, regime)
        choice, peers = _peer(machine, [0], plan)
        ours, peer = race(
            [Contender("torusync", partial(_state, machine)), _contender(choice, peers)],
            plan,
        )
        name = f"N = {levels}, {regime}: steady state"
        target = SINGLE.get(levels)
        results.append(ratio("single", name, ours, peer, target=_judged(plan, target), notes=_notes(choice)))
    return results


def near_degenerate_map(levels: int, plan: Plan) -> list[Result]:
    """Time maps with couplings and splittings of their own at every point: states, and their certified maxima."""
    points = 200 if plan.quick else 10**5
    alone, proven = MAP.get(levels, (None, None))
    results = []
    for regime in HOT:
        machines = near_degenerate(levels, regime, points)
        sample = _sampled(points, plan)
        choice, peers = _peer(machines, sample, plan)
        plan.tell(f"N = {levels}: counting what is certified")
        certified = int(ts.synchronization(_state(machines)).certified.sum())
        solved, synchronized, peer = race(
            [
                Contender("torusync", partial(_state, machines), points),
                Contender("torusync", partial(_maximum, machines), points),
                _contender(choice, peers),
            ],
            plan,
        )
        name = f"{_count(points)} points, N = {levels}, {regime}"
        notes = _notes(choice)
        counted = (f"{certified} of {points} points certified", *notes)
        results += [
            ratio("map", f"{name}: steady state", solved, peer, target=_judged(plan, alone), notes=notes),
            ratio("map", f"{name}: certified S_max", synchronized, peer, target=_judged(plan, proven), notes=counted),
        ]
    return results


def exact_map(plan: Plan) -> list[Result]:
    """Time a map of two degenerate levels over detuning × drive × n_h, with both regimes in it."""
    side = 6 if plan.quick else 100
    machines, points = degenerate_map(side), side**3
    choice, peers = _peer(machines, _sampled(points, plan), plan)
    certified = int(ts.synchronization(_state(machines)).certified.sum())
    everything, two, peer = race(
        [
            Contender("torusync", partial(_everything, machines), points),
            Contender("torusync", partial(_maximum_and_power, machines), points),
            _contender(choice, peers),
        ],
        plan,
    )
    name = f"{_count(points)} points, N = 2, degenerate"
    notes = (f"{certified} of {points} points certified", *_notes(choice))
    full, part = EXACT
    return [
        ratio(
            "map-exact",
            f"{name}: S_max, bound, phases, power",
            everything,
            peer,
            target=_judged(plan, full),
            notes=notes,
        ),
        ratio("map-exact", f"{name}: S_max, power", two, peer, target=_judged(plan, part), notes=notes),
    ]


def _state(machine: Parameters) -> ts.SteadyState:
    return ts.steady_state(ts.ThermalMaser(**machine))


def _maximum(machine: Parameters) -> tuple[np.ndarray, ...]:
    sync = ts.synchronization(_state(machine))
    return sync.s_max, sync.s_max_bound


def _everything(machine: Parameters) -> tuple[np.ndarray, ...]:
    state = _state(machine)
    sync = ts.synchronization(state)
    return sync.s_max, sync.s_max_bound, sync.phases, ts.thermodynamics(state).power


def _maximum_and_power(machine: Parameters) -> tuple[np.ndarray, ...]:
    state = _state(machine)
    return ts.synchronization(state).s_max, ts.thermodynamics(state).power


def _peer(machines: Parameters, sample: Sequence[int], plan: Plan) -> tuple[Choice, list[Machine]]:
    """Return QuTiP's fastest method and its prebuilt machines, once both sides agree on the sample."""
    rho = _state(machines).rho
    states = rho.reshape(-1, *rho.shape[-2:])[list(sample)]
    peers = [Machine.of(parameters) for parameters in picked(machines, sample)]
    choice = fastest(peers[0], states[0], plan.tell)
    peers = [one.stored_as(choice.method.operators) for one in peers]
    for index, one, state in zip(sample, peers, states, strict=True):
        with limited(THREADS[0]):
            difference = float(np.abs(choice.method.solve(one).full() - state).max())
        if not difference <= AGREEMENT:
            raise DisagreementError(f"QuTiP's state and ours differ by {difference:.2g} at point {index}.")
    return choice, peers


def _contender(choice: Choice, peers: list[Machine]) -> Contender:
    return Contender(choice.method.label, partial(choice.method.solve_all, peers), len(peers))


def _sampled(points: int, plan: Plan) -> list[int]:
    """Return points spread over a map; evenly spaced ones would lie in one plane of a grid."""
    rng = np.random.default_rng(points)
    return sorted(int(index) for index in rng.choice(points, _FEW if plan.quick else _SAMPLE, replace=False))


def _judged(plan: Plan, target: float | None) -> float | None:
    return None if target is None else plan.judged(target)


def _notes(choice: Choice) -> tuple[str, ...]:
    return (choice.note,) if choice.note else ()


def _count(points: int) -> str:
    return f"{points:.0e}".replace("e+0", "e") if points >= 10**4 else str(points)
