"""What the claims share: a machine by our route, and ways to compare two numbers."""

from collections.abc import Sequence
from typing import NamedTuple, SupportsFloat

import numpy as np

from torusync._checks import Complex
from torusync.claims.reference import Machine, distribution, factor, maximum
from torusync.claims.verdict import Check, Value
from torusync.conventions import pair_to_s
from torusync.models import ThermalMaser
from torusync.phases import Synchronization, phase_distribution, synchronization
from torusync.steady import SteadyState, steady_state


class Findings(NamedTuple):
    """What we find in words, how it was checked, the comparisons, and the numbers behind the words."""

    ours: str
    how: str
    checks: Sequence[Check]
    values: Sequence[Value] = ()


def value(name: str, ours: SupportsFloat, paper: SupportsFloat | None = None) -> Value:
    """Return a number of a claim beside the paper's, which may be what its formula gives at our parameters."""
    return Value(name, float(ours), None if paper is None else float(paper))


def absolute(name: str, ours: SupportsFloat, reference: SupportsFloat, tolerance: float) -> Check:
    """Compare with an absolute tolerance."""
    return Check(name, float(ours), float(reference), float(tolerance))


def relative(name: str, ours: SupportsFloat, reference: SupportsFloat, tolerance: float) -> Check:
    """Compare with a tolerance relative to the reference, which must not be zero."""
    return absolute(name, ours, reference, tolerance * abs(float(reference)))


def angle(name: str, ours: complex, reference: float, tolerance: float) -> Check:
    """Compare the argument of ``ours``, on the branch nearest to ``reference``: 2π and 0 are one angle."""
    apart = float(np.angle(ours * np.exp(-1j * reference)))
    return absolute(name, reference + apart, reference, tolerance)


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


def solved(machine: Machine) -> tuple[SteadyState[ThermalMaser], Synchronization]:
    """Return our steady state and S_max of a reference machine's parameters."""
    state = steady_state(maser(machine))
    return state, synchronization(state)


def both(machine: Machine) -> tuple[SteadyState[ThermalMaser], Synchronization, Complex]:
    """Return our steady state and S_max, and the steady state of the reference."""
    return *solved(machine), machine.steady()


def excess(state: SteadyState, sync: Synchronization) -> float:
    """Return by how much S_max exceeds its entrainment part, as a fraction of that."""
    return float(sync.s_max / (pair_to_s(state.dimension) * np.abs(state.density.row(1)[2:]).sum()) - 1.0)


def their_excess(rho: Complex, starts: int) -> float:
    """Return the same by the reference."""
    return float(maximum(rho, starts=starts)[0] / (2.0 * factor(len(rho)) * np.abs(rho[1, 2:]).sum()) - 1.0)


def crest(
    machine: Machine, state: SteadyState, count: int, name: str, *, whole: bool, tolerance: float
) -> tuple[list[Check], float]:
    """Compare S of two levels over their common phase, each at its best difference; return its share of the circle too.

    That is the share that stands above half maximum: the ``whole`` circle for a ring, part of it for a point.
    """
    angle = 2.0 * np.pi * np.arange(count) / count
    grid = np.zeros((count, count, 4))
    grid[..., 2], grid[..., 3] = angle[:, np.newaxis] + 0.5 * angle, angle[:, np.newaxis] - 0.5 * angle
    ours = np.asarray(phase_distribution(state, grid)).max(axis=1)
    theirs = distribution(machine.steady(), grid.reshape(-1, 4)).reshape(count, count).max(axis=1)
    share, expected = (float(np.mean(line >= 0.5 * line.max())) for line in (ours, theirs))
    depth = ours.min() / ours.max()
    return [
        absolute(f"share of the circle above half maximum, {name}", share, expected, 0.5 / count),
        absolute(f"lowest over highest crest, {name}", depth, theirs.min() / theirs.max(), tolerance),
        absolute(f"whole circle above half maximum, {name}", share == 1.0, whole, 0.05),
    ], share
