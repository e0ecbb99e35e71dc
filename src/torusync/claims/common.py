"""What the claims share: a machine by our route, and ways to compare two numbers."""

from collections.abc import Sequence
from typing import NamedTuple, SupportsFloat

import numpy as np

from torusync._checks import Real
from torusync.claims.reference import Machine
from torusync.claims.verdict import Check
from torusync.models import ThermalMaser
from torusync.phases import Synchronization, synchronization
from torusync.steady import SteadyState, steady_state


class Findings(NamedTuple):
    """Our headline value in words, how it was checked, and the comparisons."""

    ours: str
    how: str
    checks: Sequence[Check]


def absolute(name: str, ours: SupportsFloat, reference: SupportsFloat, tolerance: float) -> Check:
    """Compare with an absolute tolerance."""
    return Check(name, float(ours), float(reference), float(tolerance))


def relative(name: str, ours: SupportsFloat, reference: SupportsFloat, tolerance: float) -> Check:
    """Compare with a tolerance relative to the reference, which must not be zero."""
    return absolute(name, ours, reference, tolerance * abs(float(reference)))


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


def ridge(values: Real) -> tuple[float, float]:
    """Return the share of the circle of common phases above half maximum, and lowest over highest point of the crest.

    ``values`` is S on a grid (common phase, difference); the crest is its maximum over the difference.  All of the
    circle stands above half maximum for a ring, part of it for a point.
    """
    crest = values.max(axis=1)
    return float(np.mean(crest >= 0.5 * crest.max())), float(crest.min() / crest.max())
