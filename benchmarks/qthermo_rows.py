"""The three-level maser, the one machine that qthermo and we both know, with its currents.

Its model and baths are prebuilt and ours is not; it is asked for both heats and the power, as `analyze` gives them.
In qthermo a rate is that of a population, in the letter that of an amplitude: γ_qthermo = 2 γ.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import numpy as np
import qthermo

import torusync as ts
from benchmarks.machines import COUPLING, HOT, Parameters, near_degenerate, picked
from benchmarks.results import DisagreementError, Result, ratio
from benchmarks.timing import Contender, Plan, race, seconds

AGREEMENT: Final = 1e-10
"""Largest difference of an entry of ρ, or of a current relative to the heat exchanged."""

_SAMPLE: Final = 16
"""Points of a map that qthermo solves."""

_TRIES: Final = 5
"""Calls of which the shortest tells which way is the faster one."""


def three_levels(plan: Plan) -> list[Result]:
    """Time state, heats and power of one machine and of a map of machines, N = 1, in resonance."""
    points = 200 if plan.quick else 10**5
    results = []
    for count, name in ((1, "one machine"), (points, f"{points} points")):
        machines = _resonant(count)
        sample = list(range(min(_SAMPLE, count)))
        ways = [_ways(machine, *expected) for machine, expected in _pairs(machines, sample)]
        way = min(ways[0], key=lambda one: min(seconds(ways[0][one], 1) for _ in range(_TRIES)))
        ours, peer = race(
            [
                Contender("torusync", partial(_currents, machines), count),
                Contender(f"qthermo: {way}", partial(_each, [each[way] for each in ways]), len(sample)),
            ],
            plan,
        )
        results.append(ratio("peer", f"{name}, N = 1: state, heats, power", ours, peer, target=None))
    return results


def _resonant(count: int) -> Parameters:
    """Return masers of one level in resonance, the only ones that qthermo has, with couplings of their own."""
    machines = {name: value for name, value in near_degenerate(1, "engine", count).items() if name != "splittings"}
    return {**machines, "drive": COUPLING * np.linspace(1.0, 2.0, count)[:, np.newaxis], "n_hot": HOT["engine"]}


def _currents(machines: Parameters) -> tuple[np.ndarray, ...]:
    flows = ts.thermodynamics(ts.steady_state(ts.ThermalMaser(**machines)))
    return flows.heat_hot, flows.heat_cold, flows.power


def _each(runs: list[Callable[[], object]]) -> None:
    for run in runs:
        run()


def _pairs(machines: Parameters, sample: list[int]) -> list[tuple[dict[str, Any], tuple[np.ndarray, np.ndarray]]]:
    rho = ts.steady_state(ts.ThermalMaser(**machines)).rho
    flows = np.stack(_currents(machines), axis=-1)
    return [(one, (rho[i], flows[i])) for i, one in zip(sample, picked(machines, sample), strict=True)]


def _ways(
    machine: Mapping[str, Any], rho: np.ndarray, flows: np.ndarray
) -> dict[str, Callable[[], qthermo.SteadyState]]:
    """Return its ready-made model, and baths put together by hand, which it solves faster, once they agree with us."""
    temperatures = {
        name: float(machine[f"omega_{name}"] / np.log1p(1.0 / np.squeeze(machine[f"n_{name}"])))
        for name in ("hot", "cold")
    }
    model = qthermo.models.three_level_maser(
        omega_c=float(machine["omega_cold"]),
        omega_h=float(machine["omega_hot"]),
        T_c=temperatures["cold"],
        T_h=temperatures["hot"],
        drive=float(np.real(machine["drive"][0])),
        gamma_c=2.0 * float(machine["gamma_cold"]),
        gamma_h=2.0 * float(machine["gamma_hot"]),
    )
    baths = [
        _bath(name, level, 2.0 * float(machine[f"gamma_{name}"]), float(np.squeeze(machine[f"n_{name}"])), temperature)
        for level, (name, temperature) in zip((2, 1), temperatures.items(), strict=True)
    ]
    ways: dict[str, Callable[[], qthermo.SteadyState]] = {
        "three_level_maser": model.analyze,
        "analyze with jump operators": partial(qthermo.analyze, model.H, baths, energy=model.H0),
    }
    for name, run in ways.items():
        _agree(name, run(), rho, flows)
    return ways


def _bath(name: str, level: int, rate: float, n: float, temperature: float) -> qthermo.Bath:
    down = np.zeros((3, 3), dtype=complex)
    down[0, level] = 1.0
    return qthermo.Bath(name, [np.sqrt(rate * (1.0 + n)) * down, np.sqrt(rate * n) * down.T], temperature, "local")


def _agree(name: str, theirs: qthermo.SteadyState, rho: np.ndarray, flows: np.ndarray) -> None:
    found = np.array([theirs.currents["hot"], theirs.currents["cold"], theirs.power_output])
    difference = max(np.abs(theirs.rho - rho).max(), np.abs(found - flows).max() / np.abs(flows).max())
    if not difference <= AGREEMENT:
        raise DisagreementError(f"{name} of qthermo and we differ by {difference:.2g}.")
