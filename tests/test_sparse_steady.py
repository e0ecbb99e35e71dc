"""Steady states by sparse factors: right, with an error that is never too good, and alone where they say so."""

import re

import numpy as np
import pytest
from tests.lattices import at, lindblad, liouvillian, lowering, pair, spin, spins

import torusync as ts
from torusync.generators.superoperator import Pairs
from torusync.steady import Dense, Sparse, Status


def stationary(system):
    """Return the stationary matrix, by elimination in the whole of L with a trace in place of its first row."""
    matrix, levels = liouvillian(system), system.dimension
    matrix[0] = np.eye(levels).reshape(-1)
    return np.linalg.solve(matrix, np.eye(levels**2)[0]).reshape(levels, levels)


SYSTEMS = {
    "spins": spins,
    "driven spins": lambda: spins(0.3),
    "pair": lambda: pair(4),
    "driven pair": lambda: pair(4, drive=0.4),
    "mode": lambda: lindblad(np.zeros((9, 9)), [lowering(9), 0.3 * lowering(9).conj().T]),
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_sparse_factors_find_the_state_that_elimination_finds(name):
    system = SYSTEMS[name]()
    state = ts.steady_state(system, solver=Sparse())
    expected = stationary(system)
    off = np.linalg.svd(state.rho - expected, compute_uv=False).sum()
    assert off <= state.error + 1e-11
    assert state.error < 1e-9
    assert np.linalg.norm(liouvillian(system) @ state.rho.reshape(-1)) <= state.residual + 1e-13
    assert np.allclose(np.linalg.eigvalsh(state.rho)[0], state.min_eigenvalue, atol=1e-15)


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_real_form_is_the_generator_on_hermitian_matrices(name):
    system = SYSTEMS[name]()
    generator, rng = system.generator(), np.random.default_rng(3)
    for groups in (np.zeros(system.dimension, dtype=np.int64), generator.classes):
        pairs = Pairs(groups)
        matrix = rng.normal(size=(system.dimension, 2 * system.dimension)).view(np.complex128)
        inside = pairs.unpacked(pairs.packed(matrix + matrix.conj().T))
        image = (liouvillian(system) @ inside.reshape(-1)).reshape(inside.shape)
        found = pairs.unpacked(generator.sparse().real_form(pairs) @ pairs.packed(inside))
        assert np.allclose(found, image, atol=1e-12)
        change, rounding = generator.sparse().change(inside)
        assert np.linalg.norm(change - image) <= rounding < 1e-9


def test_charges_are_found_where_they_are_and_nowhere_else():
    assert Pairs(spins().generator().classes).size == 141
    assert Pairs(pair(8).generator().classes).size == 344
    assert Pairs(pair(12).generator().classes).size == 1156
    assert Pairs(pair(4, drive=0.1).generator().classes).size == 256
    z, plus = spin(2)
    # σ_x shifts σ_z by two amounts: parity is no charge
    assert lindblad(z, [plus + plus.T]).generator().classes.tolist() == [0, 0]


def test_a_second_stationary_matrix_outside_of_the_populations_is_seen():
    _, plus = spin(2)
    flips = lindblad(np.zeros((2, 2)), [plus + plus.T])
    assert ts.steady_state(flips, solver=Sparse(), throw=False).status is Status.NOT_UNIQUE
    a = lowering(4)
    two = lindblad(np.zeros((8, 8)), [at(a, 0, (4, 2))])
    state = ts.steady_state(two, solver=Sparse(), throw=False)
    assert state.status is Status.NOT_UNIQUE
    assert state.nullity >= 2


def test_the_error_is_not_too_good_where_a_mode_is_slow():
    z, plus = spin(3)
    for slow in (1e-3, 1e-6, 1e-9, 1e-12):
        system = lindblad(0.3 * (plus + plus.T) + z, [plus, np.sqrt(slow) * z, 0.1 * plus.T])
        two = lindblad(
            at(system.hamiltonian, 0, (3, 2)),
            [at(c, 0, (3, 2)) for _, c in system.channels]
            + [np.sqrt(slow) * at(spin(2)[1], 1, (3, 2)), np.sqrt(2 * slow) * at(spin(2)[1].T, 1, (3, 2))],
        )
        state = ts.steady_state(two, solver=Sparse(), throw=False)
        one = ts.steady_state(system, solver=Dense()).rho
        exact = np.kron(one, np.diag([1.0, 2.0]) / 3.0)
        if state.succeeded:
            assert np.linalg.svd(state.rho - exact, compute_uv=False).sum() <= state.error + 1e-13
        assert state.succeeded == (slow >= 1e-9)


def test_a_slow_mode_is_refused_with_its_gap():
    _, plus = spin(2)
    parts = [np.sqrt(slow) * at(plus, place, (3, 2)) for place, slow in ((1, 1e-9),)]
    ladder = spin(3)[1]
    system = lindblad(np.zeros((6, 6)), [at(ladder, 0, (3, 2)), at(ladder.T, 0, (3, 2)), *parts])
    with pytest.raises(ts.SteadyStateError, match="gap of") as refusal:
        ts.steady_state(system, solver=Dense())  # which no residual of twice the digits sharpens
    said = float(re.search(r"gap of (\S+)", str(refusal.value))[1])
    values = np.linalg.svd(liouvillian(system), compute_uv=False)
    assert said <= values[-2] < 1e4 * said


def test_many_levels_are_solved_by_default():
    state = ts.steady_state(pair(7))
    assert state.solver == Sparse()
    assert state.succeeded
