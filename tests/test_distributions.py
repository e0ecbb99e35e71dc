"""Does a distribution of one's own work wherever that of the letter does, without touching the library?"""

import numpy as np
import pytest

import torusync as ts
from problems import random_state, refused
from torusync.maxima import Optimum, maximum
from torusync.phases import SUD
from toys import Equator


def test_a_toy_distribution_has_its_maximum_phases_and_proof(rng):
    states = np.array([random_state(rng, 4, 4) for _ in range(3)])
    sync = ts.synchronization(states, distribution=Equator())
    np.testing.assert_allclose(sync.s_max, np.abs(states[:, 0, 1]) / np.pi, rtol=1e-14)
    assert sync.certified.all()
    assert (sync.s_max_bound >= sync.s_max).all()
    np.testing.assert_allclose(sync.phases[:, 0], -np.angle(states[:, 0, 1]) % (2 * np.pi), rtol=1e-13)
    reached = [
        Equator().at(ts.synchronization(one).density, phase) for one, phase in zip(states, sync.phases, strict=True)
    ]
    np.testing.assert_allclose(reached, sync.s_max, rtol=1e-14)
    assert "3 of 3 certified" in repr(sync)
    one = ts.synchronization(states[0], distribution=Equator())
    assert "one optimum" in repr(one)
    assert one.optima().phases.shape == (1, 1)
    # what belongs to a phase a level is undefined, not wrong
    assert np.isnan([one.scaled, one.pair_sum_error, one.s_max_error, one.entrainment, one.order_parameter]).all()
    assert dict(one.shares) == {}


@pytest.mark.parametrize("size", [2, 5, 9])
def test_the_letters_distribution_is_the_sum_of_its_harmonics(rng, size):
    rho, phases = random_state(rng, size, size), rng.uniform(0.0, 6.0, (4, size))
    sync = ts.synchronization(rho)
    assert sync.distribution == SUD()
    harmonics, factor = SUD().harmonics(sync.density), SUD().factor(size)
    np.testing.assert_allclose(factor.times(harmonics.at(phases)), ts.phase_distribution(rho, phases), rtol=1e-12)
    np.testing.assert_allclose(SUD().at(sync.density, phases), ts.phase_distribution(rho, phases), rtol=1e-15)
    assert factor.times(harmonics.at(sync.phases)) == pytest.approx(float(sync.s_max), rel=1e-12)


def test_a_distribution_must_be_one():
    for value in (SUD, "SUD", 2):
        refused(lambda value=value: ts.synchronization(np.eye(2) / 2, distribution=value), "distribution", "SUD()")


# -- of a matrix that is no state --------------------------------------------------------------------------------------


def test_a_maximum_needs_no_state(rng):
    """Neither trace nor positivity: noise has the maximum that it adds to a state of equal populations."""
    noise = rng.normal(size=(5, 6, 6)) + 1j * rng.normal(size=(5, 6, 6))
    noise = noise + np.conj(np.swapaxes(noise, -1, -2))
    found = maximum(1e3 * noise)
    state = np.eye(6) / 6 + 1e-3 * noise * (1 - np.eye(6))
    sync = ts.synchronization(state)
    np.testing.assert_allclose(found.value, 1e6 * sync.pair_sum, rtol=1e-9)
    np.testing.assert_allclose(found.bound, 1e6 * sync.pair_sum_bound, rtol=1e-9)
    reached = 0.5 * np.einsum("pi,pij,pj->p", found.phasors.conj(), 1e3 * noise * (1 - np.eye(6)), found.phasors).real
    np.testing.assert_allclose(reached, found.value, rtol=1e-13)


def test_the_batch_axes_of_a_maximum_are_those_of_the_matrices(rng):
    matrices = np.array([random_state(rng, 3, 3) for _ in range(6)]).reshape(2, 3, 3, 3)
    found = maximum(matrices)
    assert found.value.shape == (2, 3)
    assert found.phasors.shape == (2, 3, 3)
    assert maximum(matrices[1, 2]).value == found.value[1, 2]
    assert maximum(matrices[:0]).value.shape == (0, 3)
    assert maximum(np.zeros((4, 4))).optimum == Optimum.UNDEFINED


@pytest.mark.parametrize(
    ("matrix", "said"),
    [(np.eye(3)[:2], "square"), (np.array([[0, 1], [2, 0]]), "Hermitian"), (np.full((2, 2), np.nan), "finite")],
)
def test_what_is_no_hermitian_matrix_is_refused(matrix, said):
    refused(lambda: maximum(matrix), "coherences", said)
