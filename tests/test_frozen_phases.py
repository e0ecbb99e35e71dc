"""What does the phase model with frozen amplitudes do, and does the master equation beside it do otherwise?"""

import numpy as np
import pytest

import torusync as ts
from problems import BATHS, REFRIGERATOR, letter_maser, random_maser, refused
from torusync.dynamics import phase_model


def equal(levels, drive, spread, n_hot):
    return ts.ThermalMaser(np.full(levels, drive), n_hot=n_hot, splittings=np.linspace(0.0, spread, levels), **BATHS)


def differences(model, phases, step=1e-6):
    shifts = step * np.eye(len(phases))
    return np.stack([(model.velocity(phases + one) - model.velocity(phases - one)) / (2 * step) for one in shifts], -1)


@pytest.mark.parametrize("correlated", [False, True])
def test_the_phases_of_the_steady_state_rest_and_the_jacobian_is_the_derivative(correlated):
    rng = np.random.default_rng(31)
    for levels in (2, 3):
        maser = random_maser(rng, correlated=correlated, per_level=True, levels=levels)
        model = phase_model(maser).frozen()
        assert np.abs(model.velocity(model.phases)).max() < 1e-11
        for phases in (model.phases, model.phases + rng.normal(size=len(model.phases))):
            np.testing.assert_allclose(model.jacobian(phases), differences(model, phases), atol=1e-6)
        assert model.stability < 0.0
        stacked = np.stack([model.phases, model.phases + 0.3])
        np.testing.assert_allclose(model.jacobian(stacked)[1], model.jacobian(stacked[1]), atol=1e-15)


def test_the_velocity_is_the_sum_of_the_terms():
    maser = letter_maser(splittings=[0.0, 0.2], dipole_correlation=0.3)
    model, state = phase_model(maser).frozen(), ts.steady_state(maser)
    turn = np.exp(1j * np.array([0.0, 0.4, 2.0, -1.0]))
    rho = turn[:, np.newaxis] * state.rho * turn.conj()
    whole = phase_model(maser).terms(rho).phase_velocity.sum("term").values
    i, j = model.pairs.T
    np.testing.assert_allclose(model.velocity(np.angle(rho[i, j])), whole[i, j], atol=1e-12)


@pytest.mark.parametrize("n_hot", [REFRIGERATOR, 5.0])
@pytest.mark.parametrize("k", [0.05, 3.0, 20.0])
def test_at_exact_degeneracy_nothing_happens_at_k_equal_n(n_hot, k):
    """Three levels: stable at −min(2a_h, Γ) below, at and above k = N, and all starts come back."""
    damping = 0.05 * (1.0 + n_hot)
    model = phase_model(ts.ThermalMaser(np.full(3, damping / k), n_hot=n_hot, **BATHS)).frozen()
    assert model.stability == pytest.approx(-min(2.0 * damping, damping + 0.3), rel=1e-6)
    if k == 3.0:
        runs = model.run(200.0, starts=4)
        assert not runs.frozen_drifting.any()
        back = np.exp(1j * (runs.frozen[:, -1] - model.phases))
        np.testing.assert_allclose(back, np.ones_like(back), atol=1e-6)


def test_partly_locked_states_are_an_artefact_of_freezing():
    """Two levels, λ = spread = 1: nearly every start drifts with frozen amplitudes, none in the master equation."""
    model = phase_model(equal(2, 1.0, 1.0, REFRIGERATOR)).frozen()
    runs = model.run(120.0, starts=12)
    assert runs.frozen_drifting.any(axis=-1).sum() >= 10
    assert not runs.coevolving_drifting.any()
    here = np.exp(1j * (runs.coevolving[:, -1] - model.phases))
    np.testing.assert_allclose(here, np.ones_like(here), atol=1e-5)
    assert runs.coevolving_error.max() < 1e-9
    np.testing.assert_allclose(np.exp(1j * runs.frozen[:, 0]), np.exp(1j * runs.coevolving[:, 0]), atol=1e-9)
    assert "12 with drifting phases frozen, 0 with drifting phases co-evolving" in repr(runs)
    assert model.stability < 0.0


def test_seeds_name_their_starts():
    model = phase_model(letter_maser(splittings=[0.0, 0.1])).frozen()
    one, same, other = (model.run(5.0, starts=2, seed=seed) for seed in (1, 1, 2))
    assert one.frozen.tobytes() == same.frozen.tobytes()
    assert one.starts.tobytes() != other.starts.tobytes()


def test_a_drift_slower_than_its_error_is_not_seen():
    """A phase that has turned by less than once, or not alike in both quarters, counts as locked."""
    from dataclasses import replace

    model = phase_model(letter_maser(splittings=[0.0, 0.1])).frozen()
    runs = model.run(100.0, starts=1)
    pairs = runs.frozen.shape[-1]

    def drifting(phase):
        phases = np.repeat(phase(runs.times)[np.newaxis, :, np.newaxis], pairs, axis=-1)
        return bool(replace(runs, frozen=phases, coevolving=phases).frozen_drifting.all())

    once = 2.0 * np.pi / 50.0
    assert drifting(lambda t: 1.05 * once * t)
    assert not drifting(lambda t: 0.95 * once * t)
    assert not drifting(lambda t: np.where(t > 75.0, 3.0 * once * (t - 75.0), 0.0))


def test_fixed_points_rest_and_say_which_of_them_attract():
    model = phase_model(equal(2, 1.0, 1.0, REFRIGERATOR)).frozen()
    found = model.fixed_points(24)
    assert found.stable[0]
    assert found.stability[0] == pytest.approx(float(model.stability), abs=1e-9)
    assert (~found.stable).any()
    assert np.abs(model.velocity(found.phases)).max() < 1e-10
    for phases, rate in zip(found.phases, found.stability, strict=True):
        values = np.linalg.eigvals(differences(model, phases))
        assert values.real.max() == pytest.approx(rate, abs=1e-5)


REPELLING = [
    0.1, -0.7, -0.7, -0.5, -0.8, 1.8, 2.9, 2.3, -1.2, -2.0, -2.0, -0.4, -1.0, 0.3, 0.7, -3.0, -3.1, -2.0,
    0.7, -0.2, 0.3, 2.2, -1.0, 0.6, 2.6, -0.0, -0.5, -1.4, 0.1, -0.1, -0.9, 0.5, -0.2, 2.0, -0.4, 1.0,
]  # fmt: skip
"""Real and imaginary parts of half a Hamiltonian and of one channel of three levels, found by climbing."""


def test_stability_is_no_theorem():
    """The phases of this steady state repel: frozen runs leave them, and the master equation comes back."""
    half, jump = (np.array(REPELLING[k : k + 9]).reshape(3, 3) for k in (0, 18))
    half, jump = (one + 1j * np.array(REPELLING[k : k + 9]).reshape(3, 3) for one, k in ((half, 9), (jump, 27)))
    system = ts.LindbladSystem(half + half.conj().T, [(0.5, jump)])
    assert ts.steady_state(system).min_eigenvalue > 1e-3
    model = phase_model(system).frozen()
    assert model.stability > 0.1
    runs = model.run(60.0, starts=2)
    apart = [
        np.abs(np.exp(1j * one[:, -1]) - np.exp(1j * model.phases)).max() for one in (runs.frozen, runs.coevolving)
    ]
    assert apart[0] > 0.1
    assert apart[1] < 1e-10


def test_wrong_phases_and_runs_are_refused():
    model = phase_model(letter_maser()).frozen()
    refused(lambda: model.velocity([0.0]), "have shape (..., 3)")
    refused(lambda: model.velocity(["a"] * 3), "numbers")
    refused(lambda: model.run(0.0), "greater than 0")
    refused(lambda: model.run(np.inf), "finite")
    refused(lambda: model.run(1.0, starts=0), "at least 1")
    refused(lambda: model.fixed_points(0), "at least 1")
    assert model.run(1.0, starts=2)[1].frozen_drifting.shape == (3,)
