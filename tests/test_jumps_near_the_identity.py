"""Jumps that are next to a multiple of the identity: most of them cancels, and what is left need not be lost."""

import numpy as np
import pytest
from tests.evolving import stationary
from tests.lattices import lowering

import torusync as ts
from torusync.steady import MatrixFree, Stacked, Status


def dephased(levels, strength=3e5):
    """Return a driven mode with a channel that does nothing, and is far stronger than all that does."""
    a = lowering(levels)
    energy = a + a.T + 0.3 * a.T @ a
    return ts.LindbladSystem(
        energy, [(0.5, a), (0.1, a.T), (strength, np.eye(levels) + 1e-3 * np.diag(np.arange(levels)))]
    )


@pytest.mark.parametrize("levels", [4, 6])
def test_who_knows_better_is_asked_where_a_residual_is_that_of_what_cancels(levels):
    """An inverse has the small error that is asked for, and a residual that is refused; sparse factors have neither."""
    system = dephased(levels)
    alone = ts.steady_state(system, solver=Stacked(), throw=False)
    assert alone.status == Status.NOT_CONVERGED
    assert alone.error < 1e-6
    state = ts.steady_state(system)
    assert np.linalg.svd(state.rho - stationary(system), compute_uv=False).sum() <= state.error < alone.error


def test_in_a_batch_such_points_alone_are_asked_again():
    one, other = dephased(4), dephased(4, strength=0.0)
    rates = np.array([3e5, 0.0])
    batch = ts.LindbladSystem(one.hamiltonian, [*one.channels[:2], (rates, one.channels[2][1])])
    states = ts.steady_state(batch)
    assert states.succeeded.all()
    for index, system in enumerate((one, other)):
        assert np.linalg.svd(states.rho[index] - stationary(system), compute_uv=False).sum() <= states.error[index]


def test_advice_fits_a_system_of_ones_own():
    a = lowering(12)
    system = ts.LindbladSystem(0.3 * a.T @ a + a + a.T, [(0.5, a), (0.1, a.T)])
    with pytest.raises(ts.SteadyStateError) as caught:
        ts.steady_state(system, solver=MatrixFree(max_steps=3))
    assert caught.value.status == Status.NOT_CONVERGED
    assert "max_steps" in str(caught.value)
    assert "Cauchy" not in str(caught.value)
