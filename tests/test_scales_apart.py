"""Is a steady state found where energies, dephasing and decays are many orders apart, and is its error still one?

The references are closed forms and rational arithmetic: no rounding of theirs is of the size of the largest energy.
"""

from fractions import Fraction

import numpy as np
import pytest
from tests.lattices import at, lowering
from tests.test_exact_generic import astray

import torusync as ts
from torusync.generators.reduced import acts, relative_energies
from torusync.steady import Krylov, MatrixFree, Sparse, Stacked, Status

LOWER = np.array([[0.0, 1.0], [0.0, 0.0]])
EXCITED = LOWER.T @ LOWER


def cat(single, levels=16):
    """Return a mode driven and damped by pairs, beside a slow loss of single quanta."""
    a = lowering(levels)
    return ts.LindbladSystem(0.4j * ((a @ a).T - a @ a), [(0.5, a @ a), (single, a)])


@pytest.mark.parametrize("frequency", [1e6, 1e10, 1e16, 1e100])
def test_a_qubit_in_the_laboratory_frame(frequency):
    found = ts.steady_state(ts.LindbladSystem(frequency * EXCITED, [(1.0, LOWER), (0.5, LOWER.T)]))
    assert (found.status, found.nullity) == (Status.SUCCESS, 1)
    assert np.abs(found.rho - np.diag([2.0, 1.0]) / 3.0).max() <= found.error < 1e-8


@pytest.mark.parametrize("frequency", [1e6, 1e10, 1e16])
def test_the_referee_looks_at_the_block_of_equal_charge(frequency):
    found = ts.steady_state(
        ts.LindbladSystem(frequency * EXCITED, [(1.0, LOWER), (0.5, LOWER.T)]), solver=ts.steady.Dense()
    )
    assert (found.status, found.nullity) == (Status.SUCCESS, 1)
    assert np.abs(found.rho - np.diag([2.0, 1.0]) / 3.0).max() <= found.error < 1e-8
    # where the block has several states it says no more than L as a whole
    both = ts.LindbladSystem(frequency * np.kron(EXCITED, np.eye(2)), [(1.0, np.kron(LOWER, np.eye(2)))])
    assert ts.steady_state(both, solver=ts.steady.Dense(), throw=False).nullity >= 4


@pytest.mark.parametrize("solver", [ts.Auto(), Krylov(), ts.steady.Dense()], ids=repr)
@pytest.mark.parametrize(("frequency", "dephasing"), [(1e8, 0.0), (1e12, 0.0), (1.0, 1e10), (1e12, 1e16)])
def test_a_thermal_mode_that_turns_or_dephases_fast(frequency, dephasing, solver):
    n = np.arange(12.0)
    channels = [(1.0, lowering(12)), (0.5, lowering(12).T), (dephasing, np.diag(n))]
    found = ts.steady_state(ts.LindbladSystem(frequency * np.diag(n), channels), solver=solver)
    assert (found.status, found.nullity) == (Status.SUCCESS, 1)
    assert np.abs(found.rho - np.diag(0.5**n / (0.5**n).sum())).max() <= found.error < 1e-9


@pytest.mark.parametrize("scale", [1e6, 1e8, 1e10])
def test_an_exchange_that_is_fast_against_its_baths(scale):
    """Two qubits of unequal energies: refined in twice the precision, and right to the last digit."""
    first, second = (at(LOWER, place, (2, 2)) for place in (0, 1))
    hop = 0.1 * scale * (first.T @ second + second.T @ first)
    energy = hop + scale * (first.T @ first + 1.125 * second.T @ second)
    system = ts.LindbladSystem(energy, [(0.01, first), (0.002, first.T), (0.01, second), (0.005, second.T)])
    found = ts.steady_state(system)
    off, residual = astray(found, system)
    assert off <= found.error < 1e-10
    assert residual <= found.residual


@pytest.mark.parametrize("single", [1e-5, 1e-7])
def test_a_cat_that_is_all_but_two(single):
    """The parity of the mode decays by single quanta alone."""
    found = ts.steady_state(cat(single))
    assert found.status is Status.SUCCESS
    assert found.error < 1e-8
    less = ts.steady_state(cat(single, levels=6))
    off, _ = astray(less, cat(single, levels=6))
    assert off <= less.error


def test_what_is_sharpened_is_within_its_error_of_exact_numbers(monkeypatch):
    monkeypatch.setattr("torusync.steady.sparse._FAIR", 0.0)
    rng = np.random.default_rng(8)
    for spread in (0.0, 4.0, 8.0):
        for _ in range(6):
            half = rng.normal(size=(3, 6)).view(np.complex128)
            jumps = [rng.normal(size=(3, 6)).view(np.complex128) for _ in range(2)]
            rates = 10.0 ** (spread * rng.uniform(-1.0, 0.0, size=2))
            system = ts.LindbladSystem(half + half.conj().T, list(zip(rates.tolist(), jumps, strict=True)))
            found = ts.steady_state(system, solver=Sparse())
            off, _ = astray(found, system)
            assert off <= found.error < 1e-14


def test_factors_of_another_equation_sharpen_nothing(monkeypatch):
    """Where the rounding of L is of the size of its slowest decay there is no bound, and none is claimed."""
    monkeypatch.setattr("torusync.generators.superoperator.SparseLindblad.rounding", lambda _: 0.1)
    found = ts.steady_state(cat(1e-5), solver=Sparse(), throw=False)
    assert (found.status, found.error) == (Status.ILL_CONDITIONED, np.inf)


def test_only_what_is_exactly_nothing_is_left_out():
    groups = np.array([0, 1, 1, 2])
    energies = np.diag([1e10, 3.0, 3.5, 7.0]).astype(complex)
    energies[1, 2] = energies[2, 1] = 0.25
    found = relative_energies(energies, groups)
    np.testing.assert_array_equal(np.diagonal(found).real, [0.0, 0.0, 0.5, 0.0])
    assert found[1, 2] == 0.25
    energies[2, 2] = 0.1  # 0.1 − 3 is no double
    assert Fraction(0.1 - 3.0) != Fraction(0.1) - 3
    np.testing.assert_array_equal(np.diagonal(relative_energies(energies, groups)).real, [0.0, 3.0, 0.1, 0.0])
    stack = np.stack([energies, np.diag([1.0, 2.0, 2.5, 0.0])])
    np.testing.assert_array_equal(np.diagonal(relative_energies(stack, groups)[1]).real, [0.0, 2.0, 2.5, 0.0])
    assert not acts(np.diag([5.0, 2.0, 2.0, 1.0]), groups)
    assert acts(np.diag([5.0, 2.0, 2.5, 1.0]), groups)
    assert acts(np.eye(4)[[1, 0, 2, 3]], groups)


def test_one_level_is_where_it_is():
    for solver in (ts.Auto(), Stacked(), Sparse(), Krylov(), MatrixFree(), ts.steady.Dense()):
        for channels in ([], [(1.0, [[2.0]])]):
            found = ts.steady_state(ts.LindbladSystem([[1.0]], channels), solver=solver)
            assert (found.rho, found.nullity) == (1.0, 1)
            assert found.error < 1e-11
    assert ts.steady_state(ts.LindbladSystem([[1.0]], [])).error == 0.0


@pytest.mark.parametrize("solver", [Krylov(), MatrixFree()], ids=repr)
def test_an_iteration_that_proves_nothing_does_not_say_that_there_is_one(solver):
    for system in (
        ts.LindbladSystem(np.zeros((2, 2)), [(0.5, LOWER + LOWER.T)]),
        ts.LindbladSystem(np.diag([1.0, 2.0, 4.0]), []),
    ):
        found = ts.steady_state(system, solver=solver, throw=False)
        assert (found.nullity, found.succeeded, found.error) == (0, False, np.inf)
        with pytest.raises(ts.SteadyStateError, match="is not known"):
            ts.steady_state(system, solver=solver)
        # an initial state chooses where there may be several
        start = np.eye(system.dimension) / system.dimension
        assert ts.steady_state(system, solver=solver, initial=start).nullity > 1


def test_what_was_handed_over_is_named():
    refusal = ts.ArgumentError
    flips = ts.LindbladSystem(np.zeros((2, 2)), [(0.5, LOWER + LOWER.T)])
    with pytest.raises(refusal, match=r"`system` .*from_qutip"):
        ts.steady_state(EXCITED, [LOWER])
    for wrong in (np.eye(2), np.diag([2.0, -1.0])):
        with pytest.raises(refusal, match="`initial`"):
            ts.steady_state(flips, initial=wrong)
    numbers = ts.LindbladSystem(np.array([[0, 1], [1, 2.5]], dtype=object), [])
    np.testing.assert_array_equal(numbers.hamiltonian, [[0.0, 1.0], [1.0, 2.5]])
    with pytest.raises(refusal, match="hold numbers"):
        ts.LindbladSystem(np.array([[0, "a"], [1, 0]], dtype=object), [])


def test_one_point_alone_is_factorised_where_a_batch_is_iterated():
    a, b = at(lowering(3), 0, (3, 14)), at(lowering(14), 1, (3, 14))
    energy = b.T @ b - a.T @ a - 0.3 * a.T @ a @ (b + b.T)
    drives = energy + 0.1 * np.arange(1.0, 3.0)[:, np.newaxis, np.newaxis] * (a + a.T)
    systems = ts.LindbladSystem(drives, [(0.5, a), (0.05, b), (0.01, b.T)])
    kinds = [type(ts.Auto().choose(one.generator())) for one in (systems, systems[0])]
    assert kinds == [Krylov, Sparse]
