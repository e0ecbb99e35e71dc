"""Is every odd but legal input accepted: forms of arrays, empty and diagonal states, limits of the machine?"""

import numpy as np
import pytest
import qutip

import torusync as ts
from problems import LOWERING, letter_maser
from torusync.measures import l1_coherence, relative_entropy_of_coherence, triangle_frustration
from torusync.phases import Optimum, husimi, phase_gradient
from torusync.steady import Block, Collective, Dense, LowRank
from torusync.thermo import Regime


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.complex64])
def test_odd_but_legal_drives_work(dtype):
    drive = np.array([1, 2, 3], dtype=dtype)
    expected = ts.steady_state(letter_maser(drive=[1.0, 2.0, 3.0])).populations
    drive.setflags(write=False)
    strided = np.repeat(drive, 2)[::2]
    for one in (drive, strided, list(drive), tuple(drive.tolist())):
        np.testing.assert_allclose(ts.steady_state(letter_maser(drive=one)).populations, expected, rtol=1e-15)


def test_odd_but_legal_states_work(rng):
    a = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
    rho = a @ a.conj().T
    rho /= np.trace(rho).real
    expected = float(ts.synchronization(rho).s_max)
    transposed = np.asfortranarray(rho)
    transposed.setflags(write=False)
    assert ts.synchronization(transposed).s_max == pytest.approx(expected, rel=1e-12)
    assert ts.synchronization(rho.tolist()).s_max == pytest.approx(expected, rel=1e-12)
    single = (rho.astype(np.complex64) + rho.astype(np.complex64).conj().T) / 2
    assert ts.synchronization(single).s_max == pytest.approx(expected, rel=1e-5)
    with pytest.raises(ts.ArgumentError, match="Hermitian"):
        ts.synchronization(rho + 1e-6 * a)


MEASURES = {
    "synchronization": lambda rho: ts.synchronization(rho).s_max,
    "phase_distribution": lambda rho: ts.phase_distribution(rho, np.linspace(0.0, 2.0, np.shape(rho)[-1])),
    "phase_gradient": lambda rho: phase_gradient(rho, np.linspace(0.0, 2.0, np.shape(rho)[-1])),
    "husimi": lambda rho: husimi(rho, np.full(np.shape(rho)[-1] - 1, 0.4), np.zeros(np.shape(rho)[-1])),
    "l1": l1_coherence,
    "relative entropy": relative_entropy_of_coherence,
    "triangles": lambda rho: triangle_frustration(rho).weight,
}
WITH_ANGLES = [MEASURES[name] for name in ("phase_distribution", "phase_gradient", "husimi")]


@pytest.mark.parametrize("call", MEASURES.values(), ids=MEASURES)
def test_every_measure_takes_every_form_of_a_density_matrix(call, rng):
    a = rng.normal(size=(2, 3, 4, 4)) + 1j * rng.normal(size=(2, 3, 4, 4))
    rho = a @ np.conj(np.swapaxes(a, -1, -2))
    rho /= np.trace(rho, axis1=-2, axis2=-1).real[..., None, None]
    expected = call(rho)
    assert expected.shape[:2] == (2, 3)
    strided = np.repeat(rho, 2, axis=1)[:, ::2]
    backward = np.ascontiguousarray(rho[::-1])[::-1]
    frozen = rho.copy()
    frozen.setflags(write=False)
    swapped = rho.astype(">c16")
    for form in (rho.tolist(), strided, backward, frozen, np.asfortranarray(rho), swapped):
        np.testing.assert_allclose(call(form), expected, rtol=1e-10)
    if call not in WITH_ANGLES:
        np.testing.assert_allclose(call(qutip.Qobj(rho[1, 2])), expected[1, 2], rtol=1e-10)
    single = rho.astype(np.complex64)
    single = 0.5 * (single + np.conj(np.swapaxes(single, -1, -2)))
    np.testing.assert_allclose(call(single), expected, rtol=1e-4, atol=1e-7)
    assert call(rho[:0]).shape == (0, *expected.shape[1:])
    assert call(rho[:, :0]).shape == (2, 0, *expected.shape[2:])


@pytest.mark.parametrize("call", MEASURES.values(), ids=MEASURES)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_every_measure_of_a_diagonal_state_is_still(call, size):
    value = call(np.diag(np.arange(1.0, size + 1)) / (size * (size + 1) / 2))
    assert np.isfinite(value).all()
    if call is not MEASURES["husimi"]:
        np.testing.assert_array_equal(value, 0.0)
    integer = np.zeros((size, size), dtype=int)
    integer[0, 0] = 1
    assert np.isfinite(call(integer)).all()


def test_what_the_user_keeps_is_not_what_we_keep():
    """Frozen values: changing an array that was handed in, or one that was handed out, changes nothing inside."""
    drive, h = np.array([0.1, 0.2]), np.diag([0.0, 1.0])
    machine, system = letter_maser(drive=drive), ts.LindbladSystem(h, [(0.1, LOWERING)])
    drive[0], h[1, 1] = 9.0, 9.0
    assert machine.drive[0] == 0.1
    assert system.hamiltonian[1, 1] == 1.0
    for solver in (Collective(), Block(), LowRank(), Dense()):
        state = ts.steady_state(machine, solver=solver)
        before = state.populations.copy()
        for array in (state.rho, state.populations):
            try:
                array[...] = 7.0
            except ValueError as error:
                assert "read-only" in str(error)  # noqa: PT017
        np.testing.assert_array_equal(state.populations, before)


@pytest.mark.parametrize("levels", [2, 80])
@pytest.mark.parametrize("solver", [ts.Auto(), Block(), LowRank()], ids=lambda one: type(one).__name__)
def test_an_undriven_split_manifold_has_no_coherence_and_no_flux(levels, solver):
    state = ts.steady_state(letter_maser(drive=np.zeros(levels), splittings=np.linspace(0, 1, levels)), solver=solver)
    sync, flows = ts.synchronization(state), ts.thermodynamics(state)
    assert sync.s_max == sync.s_max_bound == 0.0
    assert sync.certified
    assert np.isnan(sync.phases).all()
    assert sync.optimum is Optimum.UNDEFINED
    assert flows.regime is Regime.IDLE
    assert flows.power == 0.0


def test_odd_but_legal_presets_work():
    preset = ts.ThermalMaser.near_degenerate
    baths = {"hot_temperature": 5.0, "cold_temperature": 0.5}
    assert preset(**baths).manifold_levels == 2
    assert preset(manifold_levels=1, **baths).manifold_levels == 1
    assert preset(manifold_levels=np.int64(3), **baths).manifold_levels == 3
    assert preset(spread=0, **baths).generator().energies.tolist() == [0.0, 0.0]
    assert preset(drive=[[0.1], [0.2]], spread=[0.1, 0.2], **baths).batch_shape == (2,)
    assert preset(hot_temperature=np.float32(5), cold_temperature=np.array(0.5)).batch_shape == ()
    cold = preset(hot_temperature=1e-3, cold_temperature=1e-3)
    assert (cold.n_hot == 0.0).all()
    assert ts.steady_state(cold).populations[0] == 1.0


def test_states_with_little_in_them():
    one = ts.synchronization([[1.0]])
    assert one.s_max == 0.0
    assert one.optimum is Optimum.UNDEFINED
    two = ts.synchronization([[0.5, 0.25j], [-0.25j, 0.5]])
    assert two.pair_sum == pytest.approx(0.25, rel=1e-14)
    np.testing.assert_allclose(two.phases, [0.0, 1.5 * np.pi], atol=1e-12)
    tiny = ts.synchronization([[0.5, 1e-300], [1e-300, 0.5]])
    assert tiny.pair_sum == pytest.approx(1e-300, rel=1e-12)
    assert tiny.certified
    still = ts.synchronization(np.eye(4) / 4)
    assert still.s_max == still.s_max_bound == 0.0
    assert still.certified
    assert np.isnan(still.phases).all()
    assert np.isnan(still.frustration)


def test_empty_batches_stay_empty():
    empty = letter_maser(drive=np.zeros((0, 2)))
    for solver in (ts.Auto(), Collective(), Block(), LowRank(), Dense()):
        state = ts.steady_state(empty, solver=solver)
        assert state.rho.shape == (0, 4, 4)
        assert ts.synchronization(state).s_max.shape == (0,)
        assert ts.thermodynamics(state).power.shape == (0,)


@pytest.mark.parametrize(
    "changes",
    [
        {"drive": 0.1},
        {"drive": np.array(0.1)},
        {"drive": [0.0, 0.0]},
        {"n_hot": 0.0},
        {"n_cold": 0.0},
        {"n_hot": 0.0, "n_cold": 0.0},
        {"n_hot": [0.0, 1.0]},
        {"n_hot": 0.5},
        {"gamma_cold": 0.0},
        {"drive": [0.1, 0.0], "splittings": [0.0, 0.1]},
        {"drive": [0.0, 0.0], "splittings": [0.0, 0.1]},
        {"dipole_matrix": np.eye(2)},
        {"dipole_matrix": np.ones((2, 2))},
        {"detuning": -50.0},
        {"drive": [10, 20]},
    ],
    ids=str,
)
def test_limits_of_the_machine_work(changes):
    state = ts.steady_state(letter_maser(**changes))
    sync, flows = ts.synchronization(state), ts.thermodynamics(state)
    assert sync.certified
    assert flows.first_law_holds
    assert flows.second_law_holds
    assert state.populations.sum() == pytest.approx(1.0, abs=1e-14)
