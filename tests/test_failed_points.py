"""Is a state that does not exist refused with its reason, and does a map mark such points and keep the rest?"""

import numpy as np
import pytest

import torusync as ts
from problems import LOWERING, letter_maser
from torusync.measures import l1_coherence, relative_entropy_of_coherence, triangle_frustration
from torusync.phases import Optimum, Proof
from torusync.steady import Block, Dense, Status
from torusync.thermo import Regime


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({"gamma_hot": 0.0}, 2),
        ({"gamma_cold": 0.0, "drive": [0.0, 0.0]}, 2),
        ({"dipole_correlation": 1.0, "drive": [0.1, 0.1]}, 2),
        ({"dipole_correlation": -1.0, "drive": [0.1, -0.1]}, 2),
    ],
    ids=str,
)
def test_dark_states_are_refused_with_their_number_and_advice(changes, count):
    with pytest.raises(ts.SteadyStateError, match=rf"not unique.*dark states.*\({count} independent") as caught:
        ts.steady_state(letter_maser(**changes))
    assert caught.value.status is Status.NOT_UNIQUE


def test_a_redfield_state_that_is_not_positive_is_refused():
    broken = letter_maser(drive=[0.01, 0.01], n_hot=[50.0, 0.01], dipole_correlation=0.99, n_cold=0.01)
    with pytest.raises(ts.SteadyStateError, match=r"negative eigenvalue.*Redfield") as caught:
        ts.steady_state(broken)
    assert caught.value.status is Status.NOT_POSITIVE
    assert np.isnan(ts.steady_state(broken, throw=False).rho).all()


def test_a_map_marks_its_failures_and_keeps_the_rest():
    correlation = np.array([0.0, 1.0, 0.5])
    batch = letter_maser(drive=[0.1, 0.1], dipole_correlation=correlation)
    with pytest.raises(ts.SteadyStateError, match=r"at 1 of 3 points, first at \[1\]"):
        ts.steady_state(batch)
    state = ts.steady_state(batch, throw=False)
    np.testing.assert_array_equal(state.status, [0, int(Status.NOT_UNIQUE), 0])
    np.testing.assert_array_equal(state.nullity, [1, 2, 1])
    sync, flows = ts.synchronization(state), ts.thermodynamics(state)
    for values in (sync.s_max, sync.s_max_bound, sync.entrainment, flows.power, flows.entropy_production):
        np.testing.assert_array_equal(np.isnan(values), [False, True, False])
    np.testing.assert_array_equal(sync.certified, [True, False, True])
    assert flows.regime[1] == Regime.UNDEFINED
    for point in (0, 2):
        alone = ts.steady_state(letter_maser(drive=[0.1, 0.1], dipole_correlation=correlation[point]))
        assert sync.s_max[point] == pytest.approx(float(ts.synchronization(alone).s_max), rel=1e-12)
    with pytest.raises(ts.ArgumentError, match="finite"):
        ts.synchronization(state.rho)


@pytest.mark.parametrize("solver", [ts.Auto(), Block(), Dense()], ids=lambda one: type(one).__name__)
def test_a_map_of_two_axes_keeps_its_good_points_whatever_the_solver(solver):
    """Points 1 of the first axis are dark; every measure is nan there and as if alone elsewhere."""
    correlation, cold = np.array([0.3, 1.0, -0.5]), np.array([0.5, 8.0])
    state = ts.steady_state(
        letter_maser(drive=[0.1, 0.1], dipole_correlation=correlation[:, None], n_cold=cold), solver=solver, throw=False
    )
    expected = np.array([[0, 0], [Status.NOT_UNIQUE] * 2, [0, 0]])
    np.testing.assert_array_equal(state.status, expected)
    np.testing.assert_array_equal(state.succeeded, expected == 0)
    np.testing.assert_array_equal(state.nullity, 1 + (expected != 0))
    dark = expected != 0
    np.testing.assert_array_equal(np.isnan(state.rho).all(axis=(-2, -1)), dark)
    np.testing.assert_array_equal(np.isnan(state.populations).all(axis=-1), dark)
    np.testing.assert_array_equal(np.isnan(state.coherence(1, 2)), dark)
    assert np.isfinite(state.rho[~dark]).all()
    sync, flows = ts.synchronization(state), ts.thermodynamics(state)
    for name in ("pair_sum", "pair_sum_bound", "s_max", "s_max_bound", "scaled", "l1_coherence", "frustration",
                 "order_parameter", "entrainment", "mutual", "gap"):  # fmt: skip
        np.testing.assert_array_equal(np.isnan(getattr(sync, name)), dark, err_msg=name)
    for name in ("power", "heat_hot", "heat_hot_incoherent", "heat_hot_coherent", "heat_cold", "entropy_production",
                 "flux", "first_law_residual"):  # fmt: skip
        np.testing.assert_array_equal(np.isnan(getattr(flows, name)), dark, err_msg=name)
    assert not sync.certified[dark].any()
    assert not flows.first_law_holds[dark].any()
    assert (flows.regime[dark] == Regime.UNDEFINED).all()
    assert np.isnan(sync.phases[dark]).all()
    np.testing.assert_array_equal(sync.optimum[dark], Optimum.UNDEFINED)
    assert np.isnan(ts.phase_distribution(state, np.zeros(4))[dark]).all()
    assert np.isnan(l1_coherence(state)[dark]).all()
    assert np.isnan(triangle_frustration(state).angle[dark]).all()
    for i, j in np.argwhere(~dark):
        alone = ts.steady_state(
            letter_maser(drive=[0.1, 0.1], dipole_correlation=correlation[i], n_cold=cold[j]), solver=solver
        )
        np.testing.assert_allclose(state.rho[i, j], alone.rho, atol=1e-14)
        assert sync.s_max[i, j] == pytest.approx(float(ts.synchronization(alone).s_max), rel=1e-10)
        assert flows.power[i, j] == pytest.approx(float(ts.thermodynamics(alone).power), rel=1e-10)
    assert "NOT_UNIQUE" in repr(state)
    assert repr(sync)
    assert repr(flows)


def test_relative_entropy_of_a_map_with_failures_is_nan_there():
    state = ts.steady_state(letter_maser(drive=[0.1, 0.1], dipole_correlation=[0.3, 1.0]), throw=False)
    values = relative_entropy_of_coherence(state)
    np.testing.assert_array_equal(np.isnan(values), [False, True])


def test_a_batch_of_lindblad_systems_marks_the_one_without_decay():
    system = ts.LindbladSystem(np.diag([0.0, 1.0]), [([0.1, 0.0], LOWERING)])
    state = ts.steady_state(system, throw=False)
    np.testing.assert_array_equal(state.status, [0, Status.NOT_UNIQUE])
    np.testing.assert_array_equal(state.nullity, [1, 2])
    np.testing.assert_allclose(state.rho[0], np.diag([1.0, 0.0]), atol=1e-15)
    assert np.isnan(state.rho[1]).all()


def test_what_is_said_of_a_point_without_a_state_is_nothing():
    """Not a number, no proof, no optimum: also of what is zero for every other machine of its kind."""
    solved = ts.solve(letter_maser(drive=[0.1, 0.1], gamma_hot=[0.0, 0.05]), throw=False)
    assert np.isnan(solved["heat_hot_coherent"]).tolist() == [True, False]
    assert solved["heat_hot_coherent"][1] == 0.0
    assert (solved.synchronization.proof_codes == Proof.NONE).tolist() == [True, False]
    assert solved.synchronization.optimum_codes.tolist() == [Optimum.UNDEFINED, Optimum.POINT]
    dense = ts.synchronization(ts.steady_state(solved.system, solver=Dense(), throw=False))
    assert dense.proof_codes[0] == Proof.NONE
