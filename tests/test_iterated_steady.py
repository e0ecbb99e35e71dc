"""Steady states by iteration: the same as by factors, evidence that holds, and what a scan keeps."""

import numpy as np
import pytest
from tests.lattices import at, lindblad, liouvillian, lowering, pair, spin, spins
from tests.problems import refused

import torusync as ts
from torusync import _memory
from torusync.steady import Krylov, MatrixFree, Sparse, Stacked, Status


def ising(places=4, field=0.7, damping=0.5):
    """Return a transverse Ising chain with damping along its coupling: no charge, and none without any term."""
    x, z = np.array([[0, 1], [1, 0]]), np.diag([1.0, -1.0])
    sizes = (2,) * places
    energy = sum(at(x, k, sizes) @ at(x, k + 1, sizes) for k in range(places - 1))
    energy = energy + field * sum(at(z, k, sizes) for k in range(places))
    mixed = np.array([[0.3, 0.2], [1.0, -0.4]])
    return lindblad(energy, [np.sqrt(damping) * at(mixed, k, sizes) for k in range(places)])


SYSTEMS = {
    "spins": lambda: spins(0.3),
    "pair": lambda: pair(5, drive=0.4),
    "pair driven hard": lambda: pair(5, drive=1.5, exchange=0.9),
    "undriven pair": lambda: pair(6),
    "ising": ising,
}


@pytest.mark.parametrize("solver", [Krylov(), MatrixFree()], ids=repr)
@pytest.mark.parametrize("name", SYSTEMS)
def test_iteration_and_factors_find_the_same_state(name, solver):
    system = SYSTEMS[name]()
    state, direct = ts.steady_state(system, solver=solver), ts.steady_state(system, solver=Sparse())
    off = np.linalg.svd(state.rho - direct.rho, compute_uv=False).sum()
    assert off <= state.error + direct.error
    assert off < 1e-11
    assert np.linalg.norm(liouvillian(system) @ state.rho.reshape(-1)) <= state.residual + 1e-13
    assert state.error < 1e-7


@pytest.mark.parametrize("solver", [Krylov(max_steps=3), MatrixFree(max_steps=3)], ids=repr)
def test_too_few_steps_are_said(solver):
    state = ts.steady_state(pair(5, drive=0.4), solver=solver, throw=False)
    assert state.status is not Status.SUCCESS
    assert np.isnan(state.rho).all()


@pytest.mark.parametrize("solver", [Krylov(), MatrixFree(), Sparse()], ids=repr)
def test_the_bound_of_the_inverse_is_above_it(solver):
    for drive, slow in ((0.4, 1.0), (0.4, 1e-4)):
        system = pair(3, drive=drive)
        system = ts.LindbladSystem(system.hamiltonian, [(slow * rate, one) for rate, one in system.channels])
        state = ts.steady_state(system, solver=solver, throw=False)
        singular = np.linalg.svd(liouvillian(system), compute_uv=False)
        # what any error of that residual may come to
        assert state.error >= state.residual / singular[-2]


@pytest.mark.parametrize("solver", [Krylov(), MatrixFree(), Sparse()], ids=repr)
def test_what_does_not_fit_is_refused_before_it_is_begun(solver, monkeypatch):
    monkeypatch.setattr(_memory, "UNASKED_BYTES", 0)
    monkeypatch.setattr(_memory, "available", lambda: 2.0**20)
    refused(lambda: ts.steady_state(pair(6, drive=0.1), solver=solver), f"{type(solver).__name__}()", "available")


def test_a_scan_gives_what_its_points_give_by_themselves():
    drives = np.linspace(0.1, 1.0, 7)
    one = pair(4)
    a = at(lowering(4), 0, (4, 4))
    drive = 1j * drives[:, np.newaxis, np.newaxis] * (a - a.conj().T)
    scan = ts.steady_state(ts.LindbladSystem(one.hamiltonian + drive, one.channels), solver=Krylov())
    for number, strength in enumerate(drives):
        alone = ts.steady_state(pair(4, drive=strength), solver=Sparse())
        assert np.abs(scan.rho[number] - alone.rho).max() <= scan.error[number] + alone.error
        assert np.abs(scan.rho[number] - alone.rho).max() < 1e-12


def test_the_drive_is_what_varies_or_what_is_weak():
    generator = pair(4, drive=0.01, exchange=0.5).generator()
    kept, groups = generator.undriven(most=True)
    assert len(np.unique(groups)) == 7  # n_a + n_b
    assert kept[1, 4]
    assert not kept[0, 4]
    _, fine = generator.undriven(most=False)
    assert len(np.unique(fine)) == 16


def test_stacks_give_what_elimination_gives():
    z, plus = spin(3)
    rng = np.random.default_rng(5)
    energies = rng.normal(size=(40, 1, 1)) * z + rng.normal(size=(40, 1, 1)) * (plus + plus.T)
    rates, jumps = rng.uniform(0.1, 2.0, 40), rng.normal(size=(40, 3, 6)).view(np.complex128)
    system = ts.LindbladSystem(energies, [(rates, plus), (0.3, plus.T @ z), (0.2, jumps)])
    states = ts.steady_state(system, solver=Stacked())
    for number in range(40):
        matrix = liouvillian(system[number])
        singular = np.linalg.svd(matrix, compute_uv=False)
        assert states.residual[number] >= np.linalg.norm(matrix @ states.rho[number].reshape(-1))
        assert states.error[number] >= states.residual[number] / singular[-2]
        matrix[0] = np.eye(3).reshape(-1)
        expected = np.linalg.solve(matrix, np.eye(9)[0]).reshape(3, 3)
        assert np.abs(states.rho[number] - expected).max() < 1e-12
