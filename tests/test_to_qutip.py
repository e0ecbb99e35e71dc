"""Is what goes to QuTiP the system, the state and the parts that are here, and a batch or an absent QuTiP refused?"""

import sys

import numpy as np
import pytest
import qutip

import torusync as ts
from problems import ENGINE_BATHS, refused
from torusync.dynamics import EvolutionInterrupted

ENERGY = qutip.tensor(qutip.num(2), qutip.qeye(3)) + 0.2 * qutip.tensor(qutip.sigmax(), qutip.num(3))
JUMPS = [qutip.tensor(qutip.destroy(2), qutip.qeye(3)),
         0.4 * qutip.tensor(qutip.qeye(2), qutip.num(3) + qutip.create(3)),
         0.3 * qutip.tensor(qutip.qeye(2), qutip.destroy(3))]  # fmt: skip
SYSTEM = ts.LindbladSystem.from_qutip(ENERGY, JUMPS)


def test_there_and_back_is_the_same_system():
    energy, jumps = SYSTEM.to_qutip()
    assert energy == ENERGY
    assert len(jumps) == 3
    for one, theirs in zip(jumps, JUMPS, strict=True):
        assert one.dims == [[2, 3], [2, 3]]
        np.testing.assert_allclose(one.full(), theirs.full(), rtol=1e-15)
    again = ts.LindbladSystem.from_qutip(energy, jumps)
    assert again.dims == SYSTEM.dims
    assert ts.LindbladSystem(np.eye(2), []).to_qutip()[1] == []


def test_rates_are_those_of_qutip():
    """√(2Γ) X: a population decays at 2Γ."""
    _, (jump,) = ts.LindbladSystem(np.zeros((2, 2)), [(0.3, np.diag([1.0], 1))]).to_qutip()
    assert jump.full()[0, 1] == pytest.approx(np.sqrt(0.6), rel=1e-15)


def test_the_state_is_that_of_qutip():
    state = ts.steady_state(SYSTEM)
    theirs = qutip.steadystate(*SYSTEM.to_qutip(), method="direct")
    ours = state.to_qutip()
    assert ours.dims == theirs.dims == [[2, 3], [2, 3]]
    assert ours.isherm
    np.testing.assert_allclose(ours.full(), theirs.full(), atol=1e-12)
    assert ts.synchronization(ours).s_max == ts.synchronization(state.rho).s_max
    ours.full()[0, 0] = 7.0
    assert state.rho[0, 0] != 7.0


@pytest.mark.parametrize("more", [{}, {"detuning": 0.2, "splittings": [0.0, 0.1]}, {"dipole_correlation": 0.4}])
def test_a_maser_goes_as_hamiltonian_and_jumps_of_its_equation(more):
    maser = ts.ThermalMaser([0.1, 0.2j], **ENGINE_BATHS, **more)
    energy, jumps = maser.to_qutip()
    assert energy.dims == [[4], [4]]
    theirs = qutip.steadystate(energy, jumps, method="direct").full()
    np.testing.assert_allclose(theirs, ts.steady_state(maser).rho, atol=1e-12)


def test_a_batch_is_refused_with_the_way_to_its_points():
    batch = ts.LindbladSystem([[ENERGY, 2 * ENERGY]], [(0.5, one) for one in JUMPS])
    refused(batch.to_qutip, "`system`", "one point", "(1, 2)", "system[0, 0].to_qutip()")
    states = ts.steady_state(batch)
    refused(states.to_qutip, "`state`", "one point", "state[0, 0].to_qutip()")
    assert [one.to_qutip().shape for one in states[0]] == [(6, 6), (6, 6)]


def test_states_along_time_are_those_of_qutip():
    start = qutip.tensor(qutip.basis(2, 1), qutip.basis(3, 0))
    times = np.linspace(0.0, 4.0, 5)
    path = ts.evolve(SYSTEM, start, times)
    theirs = qutip.mesolve(ENERGY, start, times, JUMPS, options={"rtol": 1e-10, "atol": 1e-12}).states
    ours = [one.to_qutip() for one in path]
    assert path.dims == SYSTEM.dims
    for one, other in zip(ours, theirs, strict=True):
        assert one.dims == [[2, 3], [2, 3]]
        np.testing.assert_allclose(one.full(), other.full(), atol=1e-8)
    refused(path.to_qutip, "`path`", "one point", "path[0].to_qutip()")

    def stop(share):
        if share > 0.4:
            raise KeyboardInterrupt

    with pytest.raises(EvolutionInterrupted) as caught:
        ts.evolve(SYSTEM, start, times, progress=stop)
    refused(caught.value.trajectory[-1].to_qutip, "`path`", "interrupted before")


def test_what_is_no_state_is_refused():
    failed = ts.steady_state(ts.LindbladSystem(np.diag([0.0, 1.0]), []), throw=False)
    refused(failed.to_qutip, "`state`", "NOT_UNIQUE")


def test_an_equation_that_is_none_of_lindblad_is_refused():
    uneven = ts.ThermalMaser([0.1, 0.2], dipole_correlation=0.9, **ENGINE_BATHS | {"n_hot": [5.0, 0.5]})
    refused(uneven.to_qutip, "`system`", "Lindblad form", "negative rate")


def test_without_qutip_its_absence_is_told(monkeypatch):
    state = ts.steady_state(SYSTEM)
    monkeypatch.setitem(sys.modules, "qutip", None)
    refused(SYSTEM.to_qutip, "`system`", "qutip is not installed", "extra `qutip`")
    refused(state.to_qutip, "`state`", "qutip is not installed")
