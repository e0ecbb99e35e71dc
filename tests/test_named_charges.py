"""Charges that a user names: right where they are charges, and refused with what breaks them where they are none."""

import numpy as np
from tests.lattices import at, lowering, pair, spins
from tests.problems import refused

import torusync as ts
from torusync.steady import Charged, Sparse


def turned(system, seed=3):
    """Return a system in a random basis, and that basis."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.normal(size=(system.dimension, 2 * system.dimension)).view(np.complex128))[0]
    channels = [(rate, basis @ jump @ basis.conj().T) for rate, jump in system.channels]
    return ts.LindbladSystem(basis @ system.hamiltonian @ basis.conj().T, channels), basis


def excitations(levels):
    """Return n_a + n_b."""
    number = np.diag(np.arange(float(levels)))
    return at(number, 0, (levels, levels)) + at(number, 1, (levels, levels))


def test_a_named_charge_finds_the_blocks_in_any_basis():
    plain = pair(5)
    hidden, basis = turned(plain)
    state = ts.steady_state(hidden, solver=Charged(basis @ excitations(5) @ basis.conj().T))
    expected = ts.steady_state(plain, solver=Sparse())
    off = np.linalg.svd(basis.conj().T @ state.rho @ basis - expected.rho, compute_uv=False).sum()
    assert off <= state.error + expected.error + 1e-13
    assert state.error < 1e-8
    assert (hidden.generator().classes == 0).all()
    same = ts.steady_state(plain, solver=Charged(excitations(5)))
    np.testing.assert_allclose(same.rho, expected.rho, atol=1e-14)


def test_what_is_no_charge_is_refused_with_what_breaks_it():
    system = pair(4, drive=0.1)
    refused(lambda: ts.steady_state(system, solver=Charged(excitations(4))), "`charge`", "commute with H", "norm 0.")
    a = at(lowering(4), 0, (4, 4))
    mixed = ts.LindbladSystem(pair(4).hamiltonian, [(0.5, a + 0.1 * a.conj().T), *pair(4).channels])
    refused(lambda: ts.steady_state(mixed, solver=Charged(excitations(4))), "`charge`", "by one amount", "breaks it")
    refused(lambda: Charged(lowering(4)), "`charge`", "Hermitian")
    refused(lambda: Charged(np.zeros((2, 4, 4))), "`charge`", "one matrix")
    refused(lambda: ts.steady_state(spins(), solver=Charged(np.eye(4))), "`charge`", "27 levels")


def test_a_charge_of_the_levels_themselves_rounds_nothing():
    """Fast turns and a decay sixteen orders slower, as in a laboratory frame; and a coupling as small, which counts."""
    n = np.arange(12.0)
    channels = [(1.0, lowering(12)), (0.5, lowering(12).T), (1e10, np.diag(n))]
    found = ts.steady_state(ts.LindbladSystem(1e12 * np.diag(n), channels), solver=Charged(np.diag(n)))
    assert np.abs(found.rho - np.diag(0.5**n / (0.5**n).sum())).max() <= found.error < 1e-9
    a, b = (at(lowering(2), place, (2, 2)) for place in (0, 1))
    energy = 1e3 * (a.T @ a + b.T @ b) + 1e-13 * (a.T @ b + b.T @ a)
    system = ts.LindbladSystem(energy, [(1e-13, a), (0.5e-13, a.T), (1e-13, b)])
    charged = ts.steady_state(system, solver=Charged(a.T @ a + b.T @ b))
    expected = ts.steady_state(system, solver=Sparse())
    assert np.abs(charged.rho - expected.rho).max() <= charged.error + expected.error < 1e-9
    assert abs(expected.rho[1, 2]) > 0.01


def test_a_batch_takes_one_charge():
    rates = np.array([0.5, 1.0, 2.0])
    one = pair(4)
    batch = ts.LindbladSystem(one.hamiltonian, [(rates * rate, jump) for rate, jump in one.channels])
    states, expected = ts.steady_state(batch, solver=Charged(excitations(4))), ts.steady_state(batch, solver=Sparse())
    np.testing.assert_allclose(states.rho, expected.rho, atol=1e-14)
