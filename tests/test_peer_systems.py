"""The steady states of other libraries' tests, re-made, by default and against QuTiP: a table of agreement.

Beside each stand the peer and its test, where there is one of just that system.  What QuTiP is asked for is the null
vector by its direct method, of operators built by QuTiP itself; nothing of ours enters but the matrices that both get.
"""

from functools import reduce
from typing import Any

import numpy as np
import pytest
import qutip

import torusync as ts

System = tuple[Any, list[Any]]


def thermal_mode() -> System:
    """QuTiP, test_steadystate.py::test_ho."""
    a, occupation = qutip.destroy(30), 1.0 / np.expm1(1.0 / 1.3)
    jumps = [np.sqrt(0.05 * (1.0 + occupation)) * a, np.sqrt(0.05 * occupation) * a.dag()]
    return np.pi * a.dag() * a, jumps


def driven_cavity(levels: int) -> System:
    """QuTiP, test_steadystate.py::test_driven_cavity, with more levels."""
    a = qutip.destroy(levels)
    return 0.02 * np.pi * (a.dag() + a), [np.sqrt(0.05) * a]


def weak_pump() -> System:
    """QuTiP, test_steadystate.py::test_exact_solution_for_simple_methods."""
    return qutip.qeye(2), [qutip.sigmam(), 1e-5 * qutip.sigmap()]


def cavity_with_atom(drive: float) -> System:
    """QuantumOptics.jl, test_steadystate.jl: spin ½ in a cavity of 10 photons."""
    a, minus = qutip.tensor(qutip.qeye(2), qutip.destroy(11)), qutip.tensor(qutip.sigmam(), qutip.qeye(11))
    energy = 0.45 * (2 * minus.dag() * minus - 1) + 1.2 * a.dag() * a + minus * a.dag() + minus.dag() * a
    return energy + drive * (a + a.dag()), [np.sqrt(0.5) * minus, np.sqrt(0.25) * minus.dag(), np.sqrt(1.1) * a]


def optomechanics(photons: int, phonons: int) -> System:
    """qutip-tutorials, tutorials-v5/time-evolution/019_optomechanical-steadystate.md; there of 4 × 12 levels."""
    a = qutip.tensor(qutip.destroy(photons), qutip.qeye(phonons))
    b = qutip.tensor(qutip.qeye(photons), qutip.destroy(phonons))
    kappa, gamma, warm = 0.3, 1.0 / 3000.0, 1.0
    energy = 0.43 * a.dag() * a + b.dag() * b + 2.4 * kappa * (b.dag() + b) * a.dag() * a + 0.1 * (a.dag() + a)
    return energy, [np.sqrt(kappa) * a, np.sqrt(gamma * (1.0 + warm)) * b, np.sqrt(gamma * warm) * b.dag()]


def one_atom_laser(levels: int) -> System:
    """qutip-tutorials, tutorials-v5/lectures/Lecture-2B-Single-Atom-Lasing.md; there of 50 levels of the mode."""
    a = qutip.tensor(qutip.destroy(levels), qutip.qeye(2))
    minus, flip = (qutip.tensor(qutip.qeye(levels), one) for one in (qutip.destroy(2), qutip.sigmax()))
    energy = 2.0 * np.pi * (a.dag() * a + minus.dag() * minus + 0.05 * (a.dag() + a) * flip)
    return energy, [np.sqrt(0.04) * a, np.sqrt(0.35) * minus.dag()]


def laser() -> System:
    """No peer's: an atom of five levels, pumped from the lowest to the highest, and a mode of 11."""
    atom = [qutip.basis(5, k) for k in range(5)]
    lower = [qutip.tensor(atom[i] * atom[j].dag(), qutip.qeye(11)) for i, j in ((0, 1), (1, 2), (2, 3), (3, 4))]
    a = qutip.tensor(qutip.qeye(5), qutip.destroy(11))
    energy = 0.4 * (lower[1] * a.dag() + lower[1].dag() * a)
    pump = qutip.tensor(atom[4] * atom[0].dag(), qutip.qeye(11))
    return energy, [0.7 * one for one in lower] + [0.9 * pump, np.sqrt(0.6) * a]


def chain(sites: int, delta: float) -> System:
    """qthermo, models.spin_chain: an XXZ chain between two baths, here with local ones."""

    def at(operator: Any, place: int) -> Any:
        return qutip.tensor([operator if k == place else qutip.qeye(2) for k in range(sites)])

    bonds = [
        0.2 * (at(s, k) * at(s, k + 1)) * (delta if s is qutip.sigmaz() else 1.0)
        for k in range(sites - 1)
        for s in (qutip.sigmax(), qutip.sigmay())
    ]
    bonds += [0.2 * delta * at(qutip.sigmaz(), k) * at(qutip.sigmaz(), k + 1) for k in range(sites - 1)]
    energy = reduce(lambda one, other: one + other, bonds) + 0.5 * sum(at(qutip.sigmaz(), k) for k in range(sites))
    hot, cold = 1.0 / np.expm1(1.0 / 2.0), 1.0 / np.expm1(1.0 / 0.5)
    jumps = []
    for place, number in ((0, hot), (sites - 1, cold)):
        jumps += [np.sqrt(0.1 * (number + 1)) * at(qutip.sigmam(), place)]
        jumps += [np.sqrt(0.1 * number) * at(qutip.sigmap(), place)]
    return energy, jumps


def dicke() -> System:
    """qutip-tutorials, tutorials-v5/lectures/Lecture-3A-Dicke-model.md: four spins in a warm cavity, 16 × 5."""
    a = qutip.tensor(qutip.destroy(16), qutip.qeye(5))
    plus, z = (qutip.tensor(qutip.qeye(16), qutip.jmat(2, one)) for one in ("+", "z"))
    energy = a.dag() * a + z + 0.25 * (a + a.dag()) * (plus + plus.dag())
    return energy, [np.sqrt(0.05 * 1.25) * a, np.sqrt(0.05 * 0.25) * a.dag()]


PEERS = {
    "weak pump": weak_pump,
    "thermal mode of 30": thermal_mode,
    "driven cavity of 30": lambda: driven_cavity(30),
    "driven cavity of 50": lambda: driven_cavity(50),
    "driven cavity of 100": lambda: driven_cavity(100),
    "atom in a cavity": lambda: cavity_with_atom(0.0),
    "atom in a driven cavity": lambda: cavity_with_atom(1.5),
    "optomechanics 4 x 12": lambda: optomechanics(4, 12),
    "optomechanics 2 x 24": lambda: optomechanics(2, 24),
    "laser of one atom": lambda: one_atom_laser(16),
    "laser of 55": laser,
    "spin chain of 5": lambda: chain(5, 1.0),
    "chain of 64": lambda: chain(6, 0.5),
    "Dicke 80": dicke,
}


@pytest.mark.parametrize("name", PEERS)
def test_states_of_the_peers_are_found_by_default(name):
    energy, jumps = PEERS[name]()
    state = ts.steady_state(ts.LindbladSystem(energy.full(), [(0.5, one.full()) for one in jumps]))
    peer = qutip.steadystate(energy, jumps, method="direct", solver="spsolve").full()
    off = np.linalg.svd(state.rho - peer, compute_uv=False).sum()
    assert off < 1e-9
    assert state.error < 1e-6
    generator = qutip.liouvillian(energy, jumps).data.as_scipy()
    # column-major there
    assert np.linalg.norm(generator @ state.rho.T.reshape(-1)) <= state.residual + 1e-12
