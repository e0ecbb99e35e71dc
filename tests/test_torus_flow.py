"""Does the flow on the torus end where the optima are, and lose its in-phase state at k = N?"""

import numpy as np
import pytest

import torusync as ts
from problems import BATHS, letter_maser, random_state, refused
from torusync.dynamics import torus, torus_flow


def engine(levels, k):
    """The letter's engine with k = γ_h(1 + n_h)/λ."""
    return ts.ThermalMaser(np.full(levels, 0.3 / k), n_hot=5.0, **BATHS)


@pytest.mark.parametrize(("levels", "k"), [(2, 0.5), (2, 1.5), (3, 1.0), (3, 2.5), (3, 5.0), (5, 3.0), (20, 7.0)])
def test_its_order_parameter_is_that_of_the_optima(levels, k):
    """min(1, k/N) at exact degeneracy, homogeneous drive, from random starts; and the sum reached is the maximum."""
    state = ts.steady_state(engine(levels, k))
    scale = abs(complex(state.coherence(2, 3)))
    found = torus_flow(state, 60.0 / scale, starts=4)
    np.testing.assert_allclose(found.order_parameter(slice(2, None))[:, -1], min(1.0, k / levels), atol=2e-5)
    np.testing.assert_allclose(found.pair_sum[:, -1], ts.synchronization(state).pair_sum, rtol=1e-8)
    assert (np.diff(found.pair_sum, axis=-1) >= -1e-9 * found.pair_sum[:, -1:]).all()
    assert (found.gradient <= 1e-5 * scale).all()
    assert (found.curvature <= 1e-5 * scale * levels).all()


def test_the_in_phase_state_loses_n_minus_one_directions_at_once():
    """Eigenvalues −c·(…) and, N − 1 times, y(N − k): of the Hessian with |1> held, at both sides of k = N."""
    levels = 5
    for k in (4.0, 6.0):
        state = ts.steady_state(engine(levels, k))
        rho = state.rho[1:, 1:].copy()
        np.fill_diagonal(rho, 0.0)
        y, phase = abs(rho[1, 2]), -np.angle(rho[0, 1])
        phasors = np.exp(1j * np.array([0.0, *[phase] * levels]))
        held = np.linalg.eigvalsh(torus.hessian(rho, phasors)[1:, 1:])
        np.testing.assert_allclose(np.sort(held)[1:], y * (levels - k), atol=1e-12)
        assert np.sort(held)[0] == pytest.approx(-k * y, abs=1e-12)


def test_below_k_equal_n_two_conditions_are_met_and_the_rest_is_free():
    found = torus_flow(state := ts.steady_state(engine(5, 3.0)), 60.0 / abs(complex(state.coherence(2, 3))), starts=6)
    total = np.exp(1j * found.phases[:, -1, 2:]).sum(axis=-1)
    psi = found.phases[:, -1, 1] - np.angle(complex(state.coherence(1, 2)))
    np.testing.assert_allclose(total, 3.0 * np.exp(1j * psi), atol=1e-4)
    apart = np.sort(np.angle(np.exp(1j * (found.phases[:, -1, 2:] - psi[:, np.newaxis]))), axis=-1)
    assert np.ptp(apart, axis=0).max() > 0.1


def test_two_levels_part_by_an_angle_that_is_pi_only_without_a_drive_s_rival():
    """φ_2 − φ_3 = π − 2 arcsin(k/2)."""
    for k in (0.3, 1.0, 1.9):
        state = ts.steady_state(engine(2, k))
        found = torus_flow(state, 2000.0 / abs(complex(state.coherence(2, 3))), starts=3)
        apart = np.abs(np.angle(np.exp(1j * (found.phases[:, -1, 2] - found.phases[:, -1, 3]))))
        np.testing.assert_allclose(apart, np.pi - 2.0 * np.arcsin(0.5 * k), atol=1e-5)


def test_the_flow_is_a_field_and_a_repulsion():
    """φ̇_j = −c sin(φ_j − ψ) + y Σ_l sin(φ_j − φ_l), typed out, with |1> moving as well."""
    state = ts.steady_state(engine(3, 2.0))
    rho = state.rho[1:, 1:].copy()
    np.fill_diagonal(rho, 0.0)
    phases = np.array([0.4, 1.0, -2.0, 0.3])
    c, y, pull = abs(rho[0, 1]), abs(rho[1, 2]), np.angle(rho[0, 1])
    slope = torus._slope(rho, np.exp(1j * phases))
    for j in (1, 2, 3):
        psi = phases[0] - pull
        expected = -c * np.sin(phases[j] - psi) + y * sum(np.sin(phases[j] - phases[k]) for k in (1, 2, 3))
        assert slope[j] == pytest.approx(expected, abs=1e-14)
    assert slope.sum() == pytest.approx(0.0, abs=1e-15)


def test_slope_and_hessian_are_derivatives():
    rho = random_state(np.random.default_rng(2), 4, 4)
    np.fill_diagonal(rho, 0.0)
    phases, step = np.array([0.1, 2.0, -1.0, 0.5]), 1e-6

    def value(x):
        z = np.exp(1j * x)
        return 0.5 * (z.conj() @ rho @ z).real

    for i, one in enumerate(step * np.eye(4)):
        z = np.exp(1j * phases)
        assert (value(phases + one) - value(phases - one)) / (2 * step) == pytest.approx(
            torus._slope(rho, z)[i], abs=1e-9
        )
        change = torus._slope(rho, np.exp(1j * (phases + one))) - torus._slope(rho, np.exp(1j * (phases - one)))
        np.testing.assert_allclose(change / (2 * step), torus.hessian(rho, z)[i], atol=1e-9)


def test_levels_that_are_apart_repel_less():
    """Off degeneracy the order parameter of the certified optimum exceeds k/N."""
    orders = []
    for spread in (0.0, 0.1, 1.0):
        maser = ts.ThermalMaser(np.full(5, 0.1), n_hot=5.0, splittings=np.linspace(0.0, spread, 5), **BATHS)
        sync = ts.synchronization(ts.steady_state(maser))
        assert sync.certified
        orders.append(float(sync.order_parameter))
    np.testing.assert_allclose(orders, [0.6, 0.646, 0.975], atol=6e-4)


def test_starts_of_one_s_own_and_what_is_refused():
    state = ts.steady_state(letter_maser())
    found = torus_flow(state, 1.0, phases=[0.0, 1.0, 2.0, 3.0])
    np.testing.assert_allclose(found.phases[0, 0, 1:], [1.0, 2.0, 3.0], atol=1e-12)
    assert np.isnan(found.phases[..., 0]).all()
    assert "no motion in time" in repr(found)
    refused(lambda: torus_flow(state, 0.0), "greater than 0")
    refused(lambda: torus_flow(state, 1.0, phases=[0.0]), "shape (S, 4)")
    refused(lambda: torus_flow(np.eye(2) / 2, 1.0), "have coherences")
    refused(lambda: torus_flow(np.stack([state.rho] * 2), 1.0), "be one state")
    refused(lambda: found.order_parameter(slice(0, 1)), "has a phase")
    refused(lambda: found.order_parameter([2, 3]), "a range of levels")
    assert found[0].order_parameter(slice(2, None)).shape == found.times.shape
