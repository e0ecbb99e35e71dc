"""What the companion's claims share: random machines, flows by both routes, and the constants of the bounds."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from torusync._checks import Complex
from torusync.claims.common import absolute, maser, relative, solved
from torusync.claims.reference import Machine, factor, maximum
from torusync.claims.verdict import Check
from torusync.papers.companion.parameters import DRIVE, N_COLD, RATES, REGIMES
from torusync.steady import steady_state
from torusync.thermo import thermodynamics
from torusync.thermo.bounds import synchronization_bounds

LAMBDA: Final = 0.1
"""λ where both routes meet, in units of ω_1."""

DRAWN: Final = {"gamma_hot": RATES["gamma_hot"], "gamma_cold": RATES["gamma_cold"]}
"""γ_h and γ_c of the figures."""

N_HOT: Final = {regime: ratio * N_COLD for regime, ratio in REGIMES.items()}
"""n_h of the figures, with their n_c."""


class Flows(NamedTuple):
    """P, Q_inc, Q_coh, Q_c, S_max, κ_P and κ_Q of one machine by one route."""

    power: float
    incoherent: float
    coherent: float
    cold: float
    s_max: float
    kappa_power: float
    kappa_heat: float

    @property
    def share(self) -> float:
        """|P|/(κ_P S_max)."""
        return abs(self.power) / (self.kappa_power * self.s_max)


def our_flows(machine: Machine) -> Flows:
    """Return currents, S_max and the constants of its bounds by our route."""
    state, sync = solved(machine)
    bounds = synchronization_bounds(state, sync=sync)
    flows = bounds.thermodynamics
    return Flows(
        power=float(flows.power),
        incoherent=float(flows.heat_hot_incoherent),
        coherent=float(flows.heat_hot_coherent),
        cold=float(flows.heat_cold),
        s_max=float(sync.s_max),
        kappa_power=float(bounds.kappa_power),
        kappa_heat=float(bounds.kappa_heat),
    )


def our_power(machine: Machine) -> float:
    """Return P by our route."""
    return float(thermodynamics(steady_state(maser(machine))).power)


def currents(machine: Machine, rho: Complex) -> tuple[float, float, float, float]:
    """Return P, Q_inc, Q_coh and Q_c of the reference."""
    return machine.power(rho), machine.heat("hot", rho), machine.coherent_heat(rho), machine.heat("cold", rho)


def their_flows(machine: Machine) -> Flows:
    """Return currents and S_max of the reference, and the constants from the parameters."""
    rho = machine.steady()
    return Flows(*currents(machine, rho), maximum(rho, starts=8)[0], power_constant(machine), heat_constant(machine))


def routes(machines: Sequence[Machine]) -> tuple[list[Flows], list[Flows]]:
    """Return currents and S_max of several machines, ours and the reference's."""
    return [our_flows(machine) for machine in machines], [their_flows(machine) for machine in machines]


def power_constant(machine: Machine) -> float:
    """κ_P = 2 λ ω_31 ΣS/S_max = λ ω_31 2^{D+1} π^{D−2}, which is 32π² λ ω_31 for two levels (D = 4)."""
    gap = float(machine.manifold.max()) - machine.omega_one
    return float(np.abs(machine.drive).max()) * gap / factor(machine.size)


def heat_constant(machine: Machine) -> float:
    """κ_Q = 64π² γ_h |p| ω_3 (1+n_2) of two levels."""
    return (
        64.0
        * np.pi**2
        * machine.gamma_hot
        * abs(float(machine.dipoles[0, 1]))
        * float(machine.manifold.max())
        * (1.0 + float(machine.occupations.max()))
    )


def temperature(occupation: float, frequency: float = 3.0) -> float:
    """Return the temperature at which ``frequency`` has ``occupation``."""
    return float(frequency / np.log1p(1.0 / occupation))


def between(drive: Any, n_hot: float, n_cold: float = 0.5, **others: Any) -> Machine:
    """Return a machine between the temperatures at which ω_2 = 3 has ``n_hot`` and ω_1 = 1 has ``n_cold``."""
    return Machine.thermal(drive, temperature(n_hot), temperature(n_cold, 1.0), **others)


def pictured(n_hot: float, **others: Any) -> Machine:
    """Return the machine of the figures, both drives equal."""
    return between([DRIVE, DRIVE], n_hot, N_COLD, **DRAWN, **others)


def drawn(
    rng: np.random.Generator, *, engine: bool, correlated: bool = False, equal: bool = False, split: bool = True
) -> Machine:
    """Return a random machine of two levels whose rates, drives and occupations span two decades at most."""
    strong = 10.0 ** rng.uniform(-2.0, 0.0)
    drive = strong * np.array([1.0, 1.0 if equal else rng.uniform(0.1, 1.0)], dtype=np.complex128)
    if not equal:
        drive = rng.permutation(drive) * np.exp(2j * np.pi * rng.random(2))
    n_cold, ratio = 10.0 ** rng.uniform(-1.0, 0.5), 10.0 ** rng.uniform(0.35, 1.3)
    return between(
        drive,
        n_cold * ratio if engine else n_cold / ratio,
        n_cold,
        spread=10.0 ** rng.uniform(-2.5, -0.5) if split else 0.0,
        detuning=rng.normal(0.0, 0.2),
        gamma_hot=10.0 ** rng.uniform(-1.7, -0.3),
        gamma_cold=10.0 ** rng.uniform(-1.7, -0.3),
        dipoles=rng.uniform(-0.95, 0.95) if correlated else 0.0,
    )


def compared(name: str, ours: Sequence[float], reference: Sequence[float], tolerance: float) -> list[Check]:
    """Compare numbers of one machine after another, each relative to the reference's."""
    pairs = zip(ours, reference, strict=True)
    return [relative(f"{name}, machine {index}", a, b, tolerance) for index, (a, b) in enumerate(pairs)]


def count_above(name: str, values: Sequence[float], limit: float, expected: int = 0) -> Check:
    """Compare the number of values above a limit with the number expected."""
    return absolute(f"number of {name}", sum(value > limit for value in values), expected, 0.05)
