"""Is the first order about a limit cycle the derivative of the exact steady state, within its error?"""

import numpy as np
import pytest

import torusync as ts
from problems import BATHS, LOWERING, letter_maser, refused
from torusync.dynamics import first_order


def derivative(system, weak, step):
    """Of exact steady states, by a difference of fourth order."""

    def rho(strength):
        moved = ts.LindbladSystem(system.hamiltonian + strength * weak, system.channels)
        return ts.steady_state(moved).rho

    return (8.0 * (rho(step) - rho(-step)) - (rho(2 * step) - rho(-2 * step))) / (12.0 * step)


@pytest.mark.parametrize("seed", range(6))
def test_it_is_the_derivative_of_the_steady_state(seed):
    rng = np.random.default_rng(seed)
    size = 2 + seed % 4

    def draw():
        return rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))

    energies, weak = draw(), draw()
    weak = weak + weak.conj().T
    system = ts.LindbladSystem(energies + energies.conj().T, [(0.7, draw()), (0.3, draw())])
    found = first_order(system, weak)
    expected = derivative(system, weak, 2e-3)
    assert np.linalg.norm(found.slope - expected, "nuc") <= 1e-7 * np.linalg.norm(expected, "nuc")
    assert found.error < 1e-9
    assert found.residual < 1e-12
    assert abs(np.trace(found.slope)) < 1e-13
    np.testing.assert_array_equal(found.slope, found.slope.conj().T)


def test_a_decaying_qubit_turns_as_the_formula_says():
    """Γ ρ_01 = i(Ω/2)(ρ_00 − ρ_11) at Ω → 0, detuned by e: dρ_01/dε = i/(Γ − ie)·(ρ_00 − ρ_11) for V = σ_x."""
    gamma, up, energy = 0.2, 0.05, 0.3
    system = ts.LindbladSystem(np.diag([0.0, energy]), [(gamma, LOWERING), (up, LOWERING.T)])
    found = first_order(system, LOWERING + LOWERING.T)
    inversion = (gamma - up) / (gamma + up)
    exact = np.array([[0.0, 1j * inversion / (gamma + up - 1j * energy)]] * 2)
    assert abs(found.slope[0, 1] - exact[0, 1]) <= found.error
    assert found.error < 1e-11


def test_a_machine_s_first_order_is_that_of_its_closed_form():
    """ρ_1j = iλ_j d/(Γ − iδ) with d of the undriven machine, and no population moves."""
    undriven = letter_maser(drive=[0.0, 0.0], n_hot=2.0, detuning=-0.1)
    weak = np.zeros((4, 4), dtype=complex)
    weak[1, 2], weak[1, 3] = 1.0, 0.5j
    found = first_order(undriven, weak + weak.conj().T)
    state = ts.steady_state(undriven).populations
    width = 0.05 * 3.0 + 0.2 * 1.5
    for level, strength in ((2, 1.0), (3, 0.5j)):
        expected = 1j * strength * (state[1] - state[level]) / (width - 0.1j)
        assert abs(found.slope[1, level] - expected) <= found.error
    np.testing.assert_allclose(np.diagonal(found.slope), 0.0, atol=1e-14)


def test_a_batch_is_its_points():
    system = ts.LindbladSystem(np.diag([0.0, 1.0]), [([0.1, 0.3], LOWERING), (0.02, LOWERING.T)])
    found = first_order(system, LOWERING + LOWERING.T)
    assert found.slope.shape == (2, 2, 2)
    np.testing.assert_allclose(found[1].slope, first_order(system[1], LOWERING + LOWERING.T).slope, atol=1e-15)


class Unwritten:
    """A machine that nobody has written out as channels."""

    def __init__(self, maser):
        self.batch_shape, self.dimension, self.generator = maser.batch_shape, maser.dimension, maser.generator


def test_what_has_no_first_order_is_refused():
    maser = letter_maser()
    refused(lambda: first_order(maser, np.eye(3)), "4 levels")
    refused(lambda: first_order(maser, np.triu(np.ones((4, 4)))), "be Hermitian")
    refused(lambda: first_order(np.eye(2), np.eye(2)), "`system`")
    refused(lambda: first_order(maser, np.stack([np.eye(4)] * 2)), "batch axes")
    many = ts.ThermalMaser(np.full(40, 0.1), n_hot=2.0, **BATHS)
    refused(lambda: first_order(Unwritten(many), np.eye(42)), "beyond 30 levels")
    with pytest.raises(ts.SteadyStateError):
        first_order(letter_maser(drive=[0.1, 0.1], n_hot=2.0, dipole_correlation=1.0), np.eye(4))
