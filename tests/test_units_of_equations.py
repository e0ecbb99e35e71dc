"""Is what is said of a Lindblad system the same in any unit of frequency, and in any mood of NumPy?"""

import numpy as np
import pytest
from tests.lattices import at, lowering

import torusync as ts
from torusync.steady import Krylov, MatrixFree, Sparse, Status, stationary_space

UNITS = [1e-300, 1e-200, 1e-90, 1e-45, 1e45, 1e90]


def leaking(unit, levels=24, leak=1e-9):
    """Return two driven modes that a slow leak joins: a decay so slow that bounds of errors are not small."""
    a, half = lowering(levels), levels // 2
    a[half - 1, half] = 0.0
    up, down = np.zeros((2, levels, levels))
    up[0, half] = down[levels - 1, 0] = 1.0
    energy = unit * (a + a.T)
    return ts.LindbladSystem(energy, [(unit, a), (leak * unit, up), (leak * unit / 3.0, down)])


def pair(unit):
    """Return a driven mode beside one that damps it."""
    a, b = at(lowering(6), 0, (6, 5)), at(lowering(5), 1, (6, 5))
    energy = unit * (0.3 * a.T @ a + 0.2 * (a + a.T) + 0.4 * (a.T @ b + b.T @ a))
    return ts.LindbladSystem(energy, [(0.5 * unit, a), (0.05 * unit, a.T), (0.3 * unit, b)])


def apart(one, other):
    return np.linalg.svd(one.rho - other.rho, compute_uv=False).sum()


@pytest.mark.parametrize("unit", UNITS)
def test_errors_are_not_smaller_for_the_unit(unit):
    expected, state = (ts.steady_state(leaking(one), solver=Sparse()) for one in (1.0, unit))
    assert state.error == pytest.approx(expected.error, rel=0.01)
    assert state.residual / unit == pytest.approx(expected.residual, rel=0.01)
    assert apart(state, expected) <= state.error + expected.error


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("solver", [Krylov(), MatrixFree(), ts.Auto()], ids=repr)
def test_iteration_ends_in_any_unit(solver, unit):
    expected, state = (ts.steady_state(pair(one), solver=solver) for one in (1.0, unit))
    assert state.error == pytest.approx(expected.error, rel=0.3)
    assert apart(state, expected) <= state.error + expected.error < 1e-8


def test_points_of_a_batch_have_each_a_unit_of_its_own():
    units = np.array([1.0, 1e-150, 1e90, 1e-3])
    base = leaking(1.0)
    batch = ts.LindbladSystem(
        units[:, np.newaxis, np.newaxis] * base.hamiltonian, [(units * rate, jump) for rate, jump in base.channels]
    )
    states, expected = ts.steady_state(batch, solver=Sparse()), ts.steady_state(base, solver=Sparse())
    np.testing.assert_allclose(states.error, expected.error, rtol=0.01)
    np.testing.assert_allclose(states.residual / units, expected.residual, rtol=0.01)


@pytest.mark.parametrize("unit", [1e-200, 1e-90, 1e90])
def test_several_states_last_as_long_in_their_own_unit(unit):
    start = np.zeros((12, 12))
    start[0, 0] = 1.0
    one, other = (leaking(value, levels=12, leak=1e-15) for value in (1.0, unit))
    spaces = stationary_space(one), stationary_space(other)
    assert spaces[0].nullity == spaces[1].nullity == 2
    assert spaces[1].gap / unit == pytest.approx(spaces[0].gap, rel=1e-6)
    assert spaces[1].holds_until * unit == pytest.approx(spaces[0].holds_until, rel=0.2)
    states = [ts.steady_state(value, initial=start) for value in (one, other)]
    assert [state.status for state in states] == [Status.METASTABLE] * 2
    assert states[1].holds_until * unit == pytest.approx(states[0].holds_until, rel=0.2)
    assert states[1].residual / unit == pytest.approx(states[0].residual, rel=0.3)


def test_a_rate_and_its_operator_may_be_far_from_one():
    base = leaking(1.0)
    turned = ts.LindbladSystem(base.hamiltonian, [(rate * 1e90, 1e-45 * jump) for rate, jump in base.channels])
    one, other = ts.steady_state(base, solver=Sparse()), ts.steady_state(turned, solver=Sparse())
    assert other.error == pytest.approx(one.error, rel=0.01)


@pytest.mark.parametrize("levels", [3, 12, 50, 100])
def test_numbers_below_the_range_are_no_errors_where_numpy_raises(levels):
    a = lowering(levels)
    system = ts.LindbladSystem(0.3 * a.T @ a + a + a.T, [(0.5, a), (0.045, a.T)])
    with np.errstate(all="raise"):
        assert ts.steady_state(system).succeeded


@pytest.mark.parametrize("solver", [Krylov(), MatrixFree()], ids=repr)
def test_iteration_raises_nothing_either(solver):
    with np.errstate(all="raise"):
        assert ts.steady_state(pair(1.0), solver=solver).succeeded
