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


def optomechanics() -> System:
    """Of the kind of QuTiP's optomechanical examples: 2 × 24 levels, driven, in no special limit."""
    a, b = qutip.tensor(qutip.destroy(2), qutip.qeye(24)), qutip.tensor(qutip.qeye(2), qutip.destroy(24))
    energy = a.dag() * a + b.dag() * b - 0.8 * a.dag() * a * (b + b.dag()) + 0.3 * (a + a.dag())
    jumps = [np.sqrt(0.3) * a, np.sqrt(0.02 * 1.5) * b, np.sqrt(0.02 * 0.5) * b.dag()]
    return energy, jumps


def laser() -> System:
    """Of the kind of the lasers in QuTiP's examples: an atom of five levels and a mode, 5 × 11."""
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
    """Of the kind of QuTiP's piqs: four spins as one of five levels, with 16 of a mode."""
    plus, z, a = qutip.jmat(2, "+"), qutip.jmat(2, "z"), qutip.destroy(16)
    energy = qutip.tensor(z, qutip.qeye(16)) + qutip.tensor(qutip.qeye(5), a.dag() * a)
    energy += 0.15 * qutip.tensor(plus + plus.dag(), a + a.dag())
    return energy, [qutip.tensor(qutip.qeye(5), a), np.sqrt(0.2) * qutip.tensor(plus.dag(), qutip.qeye(16))]


PEERS = {
    "weak pump": weak_pump,
    "thermal mode of 30": thermal_mode,
    "driven cavity of 30": lambda: driven_cavity(30),
    "driven cavity of 50": lambda: driven_cavity(50),
    "driven cavity of 100": lambda: driven_cavity(100),
    "atom in a cavity": lambda: cavity_with_atom(0.0),
    "atom in a driven cavity": lambda: cavity_with_atom(1.5),
    "optomechanics 2 x 24": optomechanics,
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
