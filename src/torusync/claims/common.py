"""What the claims share: the letter's parameters, a machine by our route, and ways to compare two numbers."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from torusync.claims.reference import Machine
from torusync.claims.verdict import Check
from torusync.models import ThermalMaser
from torusync.phases import Synchronization, synchronization
from torusync.steady import SteadyState, steady_state

BATHS: Final = {"n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
"""n_c, γ_h and γ_c of Fig. 2, in units of ω_1."""

LAMBDA: Final = 0.1
"""λ_2 of Fig. 2, in units of ω_1."""


class Findings(NamedTuple):
    """Our headline value in words, how it was checked, and the comparisons."""

    ours: str
    how: str
    checks: Sequence[Check]


def absolute(name: str, ours: float, reference: float, tolerance: float) -> Check:
    """Compare with an absolute tolerance."""
    return Check(name, float(ours), float(reference), float(tolerance))


def relative(name: str, ours: float, reference: float, tolerance: float) -> Check:
    """Compare with a tolerance relative to the reference, which must not be zero."""
    return Check(name, float(ours), float(reference), float(tolerance * abs(reference)))


def agreement(checks: Sequence[Check]) -> str:
    """Return how well two routes agree, in words: the largest relative deviation, absolute where a value is 0."""
    worst = max(abs(one.ours - one.reference) / (abs(one.reference) or 1.0) for one in checks)
    return f"agrees to {worst:.1e}"


def maser(machine: Machine) -> ThermalMaser:
    """Return our maser with the parameters of a reference machine."""
    return ThermalMaser(
        machine.drive,
        n_hot=machine.occupations,
        n_cold=machine.n_cold,
        gamma_hot=machine.gamma_hot,
        gamma_cold=machine.gamma_cold,
        omega_cold=machine.omega_one,
        omega_hot=machine.manifold[0],
        splittings=machine.manifold - machine.manifold[0],
        detuning=machine.omega_drive - (machine.manifold.mean() - machine.omega_one),
        dipole_matrix=machine.dipoles,
    )


def solved(machine: Machine) -> tuple[SteadyState, Synchronization]:
    """Return our steady state and S_max of a reference machine's parameters."""
    state = steady_state(maser(machine))
    return state, synchronization(state)
