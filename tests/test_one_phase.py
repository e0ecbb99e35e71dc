"""Phases of one spin and of one mode: the printed heights, the signs, and a maximum that is proven.

The distributions are held against Q functions integrated over the sphere from the definition of the coherent states,
and against the phase states of a mode; neither shares anything with the library.
"""

import math

import numpy as np
import pytest
from mpmath import mp
from scipy.linalg import expm

import torusync as ts
from torusync.conventions import EPS
from torusync.densities import DenseDensity
from torusync.phases import SU2, Fock, Joint


def random_states(seed, *shape):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(*shape, shape[-1])) + 1j * rng.normal(size=(*shape, shape[-1]))
    square = root @ np.conj(np.swapaxes(root, -1, -2))
    return square / np.trace(square, axis1=-2, axis2=-1)[..., np.newaxis, np.newaxis]


def spin_matrices(spin):
    """S_z and S_y, levels from m = S down."""
    m = np.arange(spin, -spin - 1, -1)
    raising = np.diag(np.sqrt(spin * (spin + 1) - m[1:] * (m[1:] + 1)), 1)
    return np.diag(m), (raising - raising.T) / 2j


def integrated(rho, phi, nodes=40):
    """∫ sinθ dθ (2S+1)/4π <θφ|ρ|θφ> − 1/2π, coherent states made by two rotations."""
    spin = (len(rho) - 1) / 2
    s_z, s_y = spin_matrices(spin)
    x, weight = np.polynomial.legendre.leggauss(nodes)
    theta = (x + 1) * np.pi / 2
    total = 0.0
    for angle, part in zip(theta, weight * np.pi / 2, strict=True):
        ket = expm(-1j * phi * s_z) @ expm(-1j * angle * s_y)[:, 0]
        total += part * math.sin(angle) * (np.conj(ket) @ rho @ ket).real
    return total * (2 * spin + 1) / (4 * np.pi) - 1 / (2 * np.pi)


@pytest.mark.parametrize("spin", [0.5, 1, 1.5, 2, 3])
def test_a_spin_is_read_as_its_husimi_function_integrated_over_the_sphere(spin):
    rho = random_states(int(2 * spin), round(2 * spin) + 1)
    sync = ts.synchronization(rho, distribution=SU2(spin))
    for phi in (0.0, 0.4, 2.5, -1.0):
        ours = sync.distribution.at(sync.density, np.array([phi]))
        assert ours == pytest.approx(integrated(rho, phi), abs=2e-14)
    assert integrated(rho, float(sync.phases[0])) == pytest.approx(float(sync.s_max), abs=2e-14)


def test_a_mode_is_read_by_its_phase_states():
    rho, phi = random_states(4, 6), 0.7
    state = np.exp(1j * np.arange(6) * phi)
    sync = ts.synchronization(rho, distribution=Fock())
    expected = (np.conj(state) @ rho @ state).real / (2 * np.pi) - 1 / (2 * np.pi)
    assert sync.distribution.at(sync.density, np.array([phi])) == pytest.approx(expected, abs=1e-15)
    # a coherent state of phase θ peaks at θ
    alpha = 0.8 * np.exp(0.9j)
    ket = alpha ** np.arange(20) / np.sqrt([math.factorial(n) for n in range(20)])
    assert ts.synchronization(ket / np.linalg.norm(ket), distribution=Fock()).phases == pytest.approx(0.9, abs=1e-7)


@pytest.mark.parametrize(
    ("spin", "height"), [(0.5, 0.125), (1, 0.2314639650), (1.5, 0.3257396643), (2, 0.4111966128), (3, 0.5631818277)]
)
def test_the_largest_s_of_all_states_is_that_of_9_1(spin, height):
    assert SU2(spin).largest() == pytest.approx(height, abs=6e-11)
    matrix = np.array([[0.5, 0.5], [0.5, 0.5]])
    assert SU2(0.5).largest() == pytest.approx(float(ts.synchronization(matrix, distribution=SU2(0.5)).s_max))
    assert Fock().largest(4) == pytest.approx(3 / (2 * np.pi))


def test_prefactors_of_spin_one_are_those_printed():
    rho = random_states(7, 3)
    found = SU2(1).harmonics(ts.synchronization(rho, distribution=SU2(1)).density)
    assert found.orders.tolist() == [[1], [2]]
    expected = np.array([3 / (8 * math.sqrt(2)) * (rho[0, 1] + rho[1, 2]), rho[0, 2] / (2 * np.pi)])
    np.testing.assert_allclose(found.coefficients / np.pi, expected, atol=1e-16)


@pytest.mark.parametrize("distribution", [SU2(3), Fock()])
def test_the_maximum_of_a_batch_is_proven_and_no_grid_is_higher(distribution):
    rho = random_states(5, 4, 3, 7)
    sync = ts.synchronization(rho, distribution=distribution)
    assert sync.certified.all()
    assert sync.phases.shape == (4, 3, 1)
    np.testing.assert_allclose(distribution.at(sync.density, sync.phases), sync.s_max, rtol=0, atol=1e-15)
    grid = np.linspace(0, 2 * np.pi, 2001).reshape(-1, 1, 1, 1)
    assert (distribution.at(sync.density, grid).max(axis=0) <= sync.s_max_bound).all()
    assert (sync.gap <= 1e-12).all()
    assert (sync.s_max_bound <= distribution.largest(7) + 1e-15).all()


def test_a_state_that_does_not_fit_is_refused():
    rho = np.eye(3) / 3
    with pytest.raises(ts.ArgumentError, match=r"`distribution` must fit the state: a spin of 1.5 has 4 levels"):
        ts.synchronization(rho, distribution=SU2(1.5))
    for wrong in (0.7, 0, -1, "1", np.inf):
        with pytest.raises(ts.ArgumentError, match="`spin` must"):
            SU2(wrong)


def test_weights_of_large_spins_are_as_good_as_they_are_taken_to_be():
    """Against 40 digits: within 4 ε a level, and off by more than the last digit, so that the margin is needed."""
    spin = 60
    size = 2 * spin + 1
    with mp.workdps(40):
        factorials = [mp.factorial(n) for n in range(size)]
        worst = 0.0
        for i in range(0, size, 3):
            for j in range(i, size, 4):
                half = mp.mpf(i + j) / 2
                exact = mp.gamma(1 + half) * mp.gamma(1 + size - 1 - half)
                exact /= mp.sqrt(factorials[i] * factorials[j] * factorials[size - 1 - i] * factorials[size - 1 - j])
                worst = max(worst, abs(float(mp.mpf(float(SU2(spin).weights(size)[i, j])) / exact - 1)))
    assert 4 * EPS < worst < 4 * size * EPS


def test_what_sums_lose_is_in_the_bound():
    """Entries that cancel leave a harmonic that is rounding alone: its bound is that of their size."""
    rho = np.eye(3, dtype=complex) / 3
    rho[0, 1] = rho[1, 0] = 0.1
    rho[1, 2] = rho[2, 1] = -0.1
    sync = ts.synchronization(rho, distribution=SU2(1))
    assert sync.s_max < 1e-16
    assert EPS / 100 < sync.s_max_bound < 100 * EPS
    # and so for what cancels in a trace over another part
    beside = np.diag([0.05, 0.05], 1) + np.diag([0.05, 0.05], -1)
    pair = np.eye(6) / 6 + np.kron(beside, np.diag([1, -1]))
    traced = ts.synchronization(pair, distribution=Joint(SU2(1), dims=(3, 2), parts=(0,)))
    assert traced.s_max < 1e-16
    assert EPS / 100 < traced.s_max_bound < 100 * EPS


def test_edges_of_what_a_state_can_be():
    empty = ts.synchronization(np.zeros((0, 3, 3)), distribution=SU2(1))
    assert (empty.s_max.shape, empty.phases.shape) == ((0,), (0, 1))
    vacuum = ts.synchronization(np.ones((1, 1)), distribution=Fock())
    assert (vacuum.s_max, vacuum.s_max_bound, bool(vacuum.certified)) == (0.0, 0.0, True)
    states = DenseDensity(random_states(3, 3, 3)).erased(np.array([False, True, False]))
    found = ts.synchronization(states, distribution=SU2(1))
    assert np.isnan(found.s_max).tolist() == [False, True, False]
    assert found.certified.tolist() == [True, False, True]
    large = ts.synchronization(random_states(2, 301), distribution=SU2(150))
    assert large.certified


def test_all_tops_of_equal_height_are_listed():
    ket = np.zeros(6)
    ket[[0, 3]] = math.sqrt(0.5)
    sync = ts.synchronization(np.stack([np.outer(ket, ket)] * 2), distribution=Fock())
    found = sync.optima(1)
    np.testing.assert_allclose(np.sort(found.phases[:, 0]), np.arange(3) * 2 * np.pi / 3, atol=1e-12)
    assert found.complete
    both = Joint(SU2(0.5), Fock(), dims=(2, 6))
    pair = ts.synchronization(np.kron([[0.5, 0.2], [0.2, 0.5]], np.outer(ket, ket)), distribution=both)
    listed = pair.optima().phases
    assert len(listed) == pair.optima_count == 3
    heights = both.at(pair.density, listed)
    np.testing.assert_allclose(heights, pair.s_max, rtol=1e-12)
