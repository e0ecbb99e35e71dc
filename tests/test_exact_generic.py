"""Are errors and residuals of Lindblad systems never too good?  Every solver against sixty digits.

Random systems, and those that are hard for double precision: a slow decay, rates far apart, levels that nearly
coincide.  What is claimed may be too large; by how much at most, a test says as well.
"""

import flint
import numpy as np
import pytest
from tests.evolving import BITS, lindblad
from tests.lattices import pair

import torusync as ts
from torusync.generators.layout import Layout
from torusync.steady import Charged, Krylov, MatrixFree, Sparse, Stacked, bordering, shells
from torusync.steady import sparse as room


def exact(system):
    """Return ρ as entries of balls, row by row."""
    generator, size = lindblad(system), system.dimension
    with flint.ctx.workprec(BITS):
        for column in range(size**2):
            generator[0, column] = flint.acb(int(column % (size + 1) == 0))
        right = flint.acb_mat(size**2, 1)
        right[0, 0] = flint.acb(1)
        return generator.solve(right)


def astray(state, system):
    """Return ‖ρ̂ − ρ‖_1 and ‖L ρ̂‖_F, worked out in sixty digits and rounded once."""
    with flint.ctx.workprec(BITS):
        stored = flint.acb_mat([[flint.acb(one.real, one.imag)] for one in state.rho.reshape(-1).tolist()])
        images = [complex(one) for one in (lindblad(system) * stored).entries()]
        rest = [complex(one) for one in (stored - exact(system)).entries()]
    shape = (system.dimension, system.dimension)
    return np.linalg.svd(np.reshape(rest, shape), compute_uv=False).sum(), np.linalg.norm(images)


def operator(rng, levels):
    return rng.normal(size=(levels, 2 * levels)).view(np.complex128)


def system(kind, levels, seed):
    """Return a system with one stationary state that none of its parts shows."""
    rng = np.random.default_rng([seed, levels, len(kind)])
    energies, jumps = operator(rng, levels), [operator(rng, levels) for _ in range(2)]
    energies, rates = energies + energies.conj().T, rng.uniform(0.1, 1.0, 2)
    if kind == "slow":
        rates *= 1e-5
    elif kind == "stiff":
        rates *= [1e3, 1e-3]
    elif kind == "ladder":
        jumps = [np.diag(np.sqrt(np.arange(1.0, levels)), 1), np.diag(rng.uniform(0.1, 1.0, levels - 1), -1)]
        energies, rates = 1e-3 * (energies + np.diag(1e2 * np.arange(levels))), np.array([1e-4, 1e-6])
    elif kind == "nearly degenerate":
        energies = np.diag(1.0 + 1e-9 * np.arange(levels)) + 1e-7 * energies
        jumps[0] = np.diag(np.ones(levels - 1), 1)
        jumps[1] = 1e-3 * jumps[1]
    return ts.LindbladSystem(energies, list(zip(rates, jumps, strict=True)))


KINDS = ("random", "slow", "stiff", "ladder", "nearly degenerate")


def by_shells(monkeypatch):
    for one in (room, bordering, shells):
        monkeypatch.setattr(one, "FEW", 1)
    monkeypatch.setattr(Layout, "is_sheet", False)


def dissected(monkeypatch):
    for one in (room, bordering):
        monkeypatch.setattr(one, "FEW", 1)
    monkeypatch.setattr(Layout, "is_sheet", True)
    monkeypatch.setattr(bordering, "_SHEET", 0)


ROUTES = {
    "stacked": (Stacked(), None),
    "sparse": (Sparse(), None),
    "shells": (Sparse(), by_shells),
    "dissected": (Sparse(), dissected),
    "krylov": (Krylov(), None),
    "matrix-free": (MatrixFree(), None),
}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("kind", KINDS)
def test_errors_and_residuals_are_never_below_the_truth(route, kind, monkeypatch):
    solver, setting = ROUTES[route]
    if setting is not None:
        setting(monkeypatch)
    known = 0
    for levels in (2, 3, 4, 6):
        one = system(kind, levels, seed=1)
        state = ts.steady_state(one, solver=solver, throw=False)
        if state.succeeded:
            off, residual = astray(state, one)
            assert off <= state.error
            assert residual <= state.residual
            known += 1
    assert known >= 3


def test_a_named_charge_has_errors_that_hold():
    one = pair(2, exchange=0.3, detuning=1e-4, kappa=0.7)
    rng = np.random.default_rng(8)
    turn = np.linalg.qr(operator(rng, 4))[0]
    hidden = ts.LindbladSystem(
        turn @ one.hamiltonian @ turn.conj().T,
        [
            (rate * scale, turn @ jump @ turn.conj().T)
            for (rate, jump), scale in zip(one.channels, (1e-4, 1, 1, 1), strict=True)
        ],
    )
    charge = turn @ np.diag([0.0, 1.0, 1.0, 2.0]) @ turn.conj().T
    hidden = ts.LindbladSystem(hidden.hamiltonian, [*hidden.channels, *damping(turn)])
    state = ts.steady_state(hidden, solver=Charged(charge))
    off, residual = astray(state, hidden)
    assert off <= state.error < 1e-8
    assert residual <= state.residual


@pytest.mark.parametrize("solver", [Krylov(), MatrixFree()], ids=repr)
def test_iteration_claims_little_more_than_factors(solver, monkeypatch):
    monkeypatch.setattr(room, "REFINED_LEVELS", 0)  # before they are sharpened
    for kind in KINDS:
        one = system(kind, 4, seed=1)
        iterated, factored = (ts.steady_state(one, solver=way, throw=False) for way in (solver, Sparse()))
        assert iterated.error <= 40.0 * factored.error


def damping(turn):
    """Return what empties both of two modes of two levels."""
    lower = np.array([[0.0, 1.0], [0.0, 0.0]])
    return [(0.2, turn @ one @ turn.conj().T) for one in (np.kron(lower, np.eye(2)), np.kron(np.eye(2), lower))]
