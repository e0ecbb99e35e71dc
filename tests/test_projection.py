"""Is a measured matrix taken only where that is asked for, moved to the nearest state, and the move told and kept?"""

import numpy as np
import pytest
import qutip

import torusync as ts
from command import as_json, refused, run
from problems import refused as objected
from torusync.analysis import bootstrap_counts, bootstrap_covariance, read_state
from torusync.densities import nearest_state
from torusync.maxima import maximum


def noisy(rng, size, scale):
    """A pure state with Hermitian noise: half of its small eigenvalues are negative."""
    p = rng.normal(size=size) + 1j * rng.normal(size=size)
    p /= np.linalg.norm(p)
    noise = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    return np.outer(p, p.conj()) + scale * (noise + noise.conj().T)


MEASURED = np.array([[0.6, 0.25, 0.02], [0.25, 0.42, 0.1j], [0.02, -0.1j, -0.0202]])
"""Trace 0.9998, and an eigenvalue below −0.02."""


def test_without_being_asked_it_is_refused_and_the_option_is_named(tmp_path):
    np.save(tmp_path / "a.npy", MEASURED)
    text = refused("analyze", tmp_path / "a.npy")
    assert "trace is 0.9998" in text
    assert "--project" in text
    np.save(tmp_path / "b.npy", MEASURED + np.diag([0.0002, 0, 0]))
    text = refused("analyze", tmp_path / "b.npy")
    assert "smallest eigenvalue is -0.0" in text
    assert "--project" in text
    objected(lambda: ts.synchronization(MEASURED), "`state`", "nearest_state")


def test_asked_for_it_tells_how_far_it_moved_and_what_that_leaves_open(tmp_path):
    np.save(tmp_path / "a.npy", MEASURED)
    found = as_json("analyze", tmp_path / "a.npy", "--project")
    moved = found["given"]["moved"]
    assert 0.02 < moved < 0.1
    text = run("analyze", tmp_path / "a.npy", "--project").stdout
    assert f"{moved:.3g} away in the Frobenius norm" in text
    assert "S_max of the true state may differ" in text
    assert found["synchronization"]["s_max_error"] > 0.0
    projected = nearest_state(MEASURED)
    assert float(projected.moved) == moved
    assert ts.synchronization(projected).s_max_error == found["synchronization"]["s_max_error"]
    assert read_state(tmp_path / "a.npy", project=True).density.moved == projected.moved
    with_bars = as_json("analyze", tmp_path / "a.npy", "--project", "--counts", "1000", "--replicates", "50")[
        "error_bars"
    ]
    assert with_bars["s_max_error"] > found["synchronization"]["s_max_error"]


@pytest.mark.parametrize("size", [2, 3, 5])
def test_no_state_is_nearer(size, rng):
    for _ in range(20):
        given = noisy(rng, size, 0.02)
        given /= np.trace(given).real
        found = nearest_state(given)
        state = found.matrix
        assert np.linalg.eigvalsh(state)[0] >= -1e-15
        assert np.trace(state).real == pytest.approx(1.0, abs=1e-14)
        distance = np.linalg.norm(state - given)
        assert float(found.moved) == pytest.approx(distance, rel=1e-12)
        assert np.linalg.norm(state - given, "nuc") <= found.coherence_error * (1 + 1e-12)
        # the states are convex: the nearest one is that from which none lies in the direction of the given matrix
        for seed in range(20):
            other = qutip.rand_dm(size, seed=seed, rank=1 + seed % size).full()
            assert np.linalg.norm(other - given) >= distance
            assert np.trace((given - state) @ (other - state)).real <= 1e-14


def test_a_state_is_its_own_nearest():
    rho = qutip.rand_dm(4, seed=2).full()
    found = nearest_state(rho)
    np.testing.assert_allclose(found.matrix, rho, atol=1e-15)
    assert found.moved < 1e-15


@pytest.mark.parametrize("size", [2, 3, 4])
def test_the_given_matrix_and_its_nearest_state_differ_by_no_more_than_is_said(size, rng):
    for _ in range(10):
        given = noisy(rng, size, 0.01)
        given /= np.trace(given).real
        sync = ts.synchronization(nearest_state(given))
        hermitian = 0.5 * (given + given.conj().T)
        assert abs(maximum(hermitian).value - sync.pair_sum) <= sync.pair_sum_error


def test_the_move_is_carried_into_error_bars(rng):
    given = noisy(rng, 3, 0.02)
    given /= np.trace(given).real
    state = nearest_state(given)
    plain = state.matrix
    own = float(ts.synchronization(state).s_max_error)
    assert own > 0.0
    for bars in (
        lambda one: bootstrap_counts(one, 500, replicates=60),
        lambda one: bootstrap_covariance(one, 1e-4 * np.eye(9), replicates=60),
    ):
        with_move, without = bars(state), bars(plain)
        assert with_move.s_max_error == pytest.approx(without.s_max_error + own, rel=1e-9)
        low, high = without.s_max_confidence
        np.testing.assert_allclose(with_move.s_max_confidence, [max(0.0, low - own), high + own], rtol=1e-9)


def test_what_is_no_measured_state_is_not_projected():
    objected(lambda: nearest_state(2.0 * np.eye(2)), "`matrix`", "its trace is 4")
    objected(lambda: nearest_state(np.array([[0.5, 0.4], [0.0, 0.5]])), "`matrix`", "nearly Hermitian")
    objected(lambda: nearest_state(ts.densities.density_of(np.eye(2) / 2)), "`matrix`", "state already")
    objected(lambda: ts.synchronization(np.zeros((2, 2))), "its trace is 0", "no multiple of one")


def test_a_stack_is_projected_state_by_state(rng):
    given = np.stack([noisy(rng, 3, 0.01) for _ in range(4)])
    given /= np.trace(given, axis1=-2, axis2=-1).real[:, np.newaxis, np.newaxis]
    found = nearest_state(given)
    assert found.moved.shape == (4,)
    sync = ts.synchronization(found)
    for k in range(4):
        one = ts.synchronization(nearest_state(given[k]))
        assert sync.s_max_error[k] == pytest.approx(float(one.s_max_error), rel=1e-12)


def test_knobs_of_a_bootstrap_without_one_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.full((2, 2), 0.5))
    for option in ("--replicates", "--seed"):
        text = refused("analyze", tmp_path / "a.npy", option, "50")
        assert f"`{option}` must be left out without `--counts` or `--covariance`" in text
    assert run("analyze", tmp_path / "a.npy", "--counts", "100", "--replicates", "50", "--seed", "1").exit_code == 0
