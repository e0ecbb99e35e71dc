"""Is the structure of a state used, and used rightly: parts without common coherence, compatibility, symmetry?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

import torusync as ts
from problems import ENGINE_BATHS, random_state
from torusync.maxima import search
from torusync.maxima.components import connected_parts
from torusync.maxima.optima import orbits
from torusync.maxima.starts import aligned_start
from torusync.phases import Optimum, Proof
from torusync.steady import Cauchy


def blocks(parts, rng=None):
    """A state made of independent parts, its levels shuffled."""
    size = sum(len(part) for part in parts)
    rho = np.zeros((size, size), dtype=complex)
    begin = 0
    for part in parts:
        rho[begin : begin + len(part), begin : begin + len(part)] = part / len(parts)
        begin += len(part)
    order = np.arange(size) if rng is None else rng.permutation(size)
    return rho[np.ix_(order, order)], order


@settings(deadline=None, max_examples=60, derandomize=True)
@given(seed=st.integers(0, 10**6), density=st.floats(0.0, 0.5), size=st.integers(1, 12))
def test_connected_parts_are_those_of_the_graph(seed, density, size):
    """scipy's own search, point by point."""
    rng = np.random.default_rng(seed)
    joined = np.triu(rng.random((5, size, size)) < density, 1)
    joined = (joined | np.swapaxes(joined, -1, -2)).astype(complex)
    found = [set() for _ in joined]
    for part in connected_parts(joined):
        assert part.of(joined).shape == (len(part.points), part.levels.shape[1], part.levels.shape[1])
        for point, levels, matrix in zip(part.points, part.levels, part.of(joined), strict=True):
            found[point].add(tuple(levels.tolist()))
            np.testing.assert_array_equal(matrix, joined[point][np.ix_(levels, levels)])
    for point, matrix in enumerate(joined):
        count, labels = connected_components(matrix != 0)
        expected = {tuple(np.flatnonzero(labels == one).tolist()) for one in range(count)}
        assert found[point] == {levels for levels in expected if len(levels) > 1}


@pytest.mark.parametrize("sizes", [(3, 3), (2, 4, 3), (5, 1, 2), (6, 6, 6)])
def test_parts_add_up(sizes):
    """ΣS of independent parts is the sum of theirs, and so are bounds, l1 sums and shares of the levels."""
    rng = np.random.default_rng(sum(sizes))
    parts = [random_state(rng, size, size) for size in sizes]
    rho, order = blocks(parts, rng)
    whole, single = ts.synchronization(rho), [ts.synchronization(part) for part in parts]
    assert whole.pair_sum == pytest.approx(sum(float(one.pair_sum) for one in single) / len(parts), rel=1e-12)
    assert whole.l1_coherence == pytest.approx(sum(float(one.l1_coherence) for one in single) / len(parts), rel=1e-12)
    assert whole.pair_sum_bound == pytest.approx(
        sum(float(one.pair_sum_bound) for one in single) / len(parts), rel=1e-10
    )
    assert whole.pair_sum_bound >= whole.pair_sum
    assert whole.optima_dimension == sum(size > 1 for size in sizes) - 1
    assert whole.optimum is Optimum.CONTINUUM
    lonely = np.concatenate([[size == 1] * size for size in sizes])[order]
    np.testing.assert_array_equal(np.isnan(whole.phases), lonely)


def test_a_part_of_tiny_coherences_keeps_its_phases():
    """Beside coherences of order one, a frustrated triangle of 1e-200 is optimised as if it were alone."""
    rho = np.eye(6, dtype=complex) / 6
    rho[0, 1] = rho[1, 0] = 0.1
    for i, j in ((3, 4), (4, 5), (3, 5)):
        rho[i, j] = rho[j, i] = -1e-200
    sync = ts.synchronization(rho)
    turned = np.sort(np.mod(sync.phases[3:] - sync.phases[3], 2 * np.pi))
    np.testing.assert_allclose(turned, [0.0, 2 * np.pi / 3, 4 * np.pi / 3], atol=1e-6)
    assert np.isnan(sync.phases[2])
    assert sync.certified


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e-12, 0.1])
def test_frustration_does_not_depend_on_the_size_of_coherences(scale):
    rho = np.eye(3) / 3 - scale * (1.0 - np.eye(3))
    sync = ts.synchronization(rho)
    assert sync.pair_sum == pytest.approx(1.5 * scale, rel=1e-12)
    assert sync.pair_sum_bound == pytest.approx(1.5 * scale, rel=1e-9)
    assert sync.certified
    assert sync.frustration == pytest.approx(0.5, rel=1e-12)
    assert sync.optima_count == 2


@pytest.mark.parametrize("size", [2, 3, 9, 30])
def test_compatible_preferences_end_at_once(size, monkeypatch):
    """Gauge-equivalent to a non-negative matrix: no climb, no relaxation, the l1 bound, one optimum."""

    def forbidden(*_, **__):
        raise AssertionError("nothing is left to climb")

    for name in ("climb", "ascend", "describe"):
        monkeypatch.setattr(search, name, forbidden)
    rng = np.random.default_rng(size)
    for share in (1.0, 0.3):
        moduli = np.triu(rng.random((size, size)) * (rng.random((size, size)) < share), 1)
        moduli += np.diag(np.full(size - 1, 1e-3), 1)
        gauge = np.exp(2j * np.pi * rng.random(size))
        rho = gauge[:, np.newaxis] * (moduli + moduli.T) * gauge.conj() / (2 * size**2) + np.eye(size) / size
        sync = ts.synchronization(rho)
        assert sync.proof is Proof.L1
        assert sync.certified
        assert sync.frustration == pytest.approx(0.0, abs=1e-14)
        assert sync.optimum is Optimum.POINT
        expected = np.angle(gauge[0].conj() * gauge) * -1.0
        np.testing.assert_allclose(np.exp(1j * sync.phases), np.exp(-1j * expected), atol=1e-12)


def test_a_ring_is_aligned_along_its_strongest_coherences():
    """No level is joined to all others, so the phases are handed on along a tree; the weakest link stays open."""
    size = 12
    rng = np.random.default_rng(3)
    matrix = np.zeros((1, size, size), dtype=complex)
    phases = np.exp(2j * np.pi * rng.random(size))
    moduli = 1.0 + rng.random(size)
    moduli[7] = 0.1
    for i in range(size):
        j = (i + 1) % size
        matrix[0, i, j] = moduli[i] * phases[i]
        matrix[0, j, i] = np.conj(matrix[0, i, j])
    z = aligned_start(matrix, np.abs(matrix).sum(axis=-1))[0]
    met = np.array([(np.conj(z[i]) * matrix[0, i, (i + 1) % size] * z[(i + 1) % size]).real for i in range(size)])
    np.testing.assert_allclose(np.delete(met, 7), np.delete(moduli, 7), rtol=1e-12)


def test_maps_may_hold_states_of_every_structure():
    """Split, compatible, frustrated and diagonal states, and one that is nan, in one batch: each as if alone."""
    rng = np.random.default_rng(9)
    split, _ = blocks([random_state(rng, 3, 3), random_state(rng, 3, 3)], rng)
    states = [split, np.eye(6) / 6, random_state(rng, 6, 6), np.full((6, 6), 1 / 6), split.T]
    together = ts.synchronization(np.array(states).reshape(5, 6, 6))
    for index, rho in enumerate(states):
        alone = ts.synchronization(rho)
        assert together.pair_sum[index] == pytest.approx(float(alone.pair_sum), rel=1e-13)
        assert together.optimum_codes[index] == alone.optimum_codes
        assert together.optima_dimension[index] == alone.optima_dimension
        assert together.proof_codes[index] == alone.proof_codes


def test_mirror_images_are_one_optimum_up_to_symmetry():
    """Three equal frustrated levels: two chiral orders, exchanged by conjugation and by exchanging two levels."""
    rho = np.full((3, 3), -0.1) + np.eye(3) * (1 / 3 + 0.1)
    listed = ts.synchronization(rho).optima()
    assert listed.phases.shape == (2, 3)
    assert listed.orbits.tolist() == [0, 0]
    assert listed.different == 1
    assert listed.optima_dimension == 0
    np.testing.assert_allclose(np.sort(listed.phases, axis=-1), [[0, 2 * np.pi / 3, 4 * np.pi / 3]] * 2, atol=1e-6)


@pytest.mark.parametrize("solver", [ts.Auto(), Cauchy()], ids=repr)
def test_both_optima_of_two_levels_are_listed(solver):
    """Eq. (12): (χ, π − χ) and (π − χ, χ) with χ = arcsin(k/2), below k = 2."""
    drive = 0.2
    maser = ts.ThermalMaser([drive, drive], **ENGINE_BATHS)
    chi = np.arcsin(0.05 * 6.0 / drive / 2.0)
    listed = ts.synchronization(ts.steady_state(maser, solver=solver)).optima()
    found = listed.phases[np.argsort(listed.phases[:, 2])]
    np.testing.assert_allclose(found[:, 2:], [[chi, np.pi - chi], [np.pi - chi, chi]], atol=1e-6)
    assert listed.different == 1


def test_optima_that_no_symmetry_joins_are_different():
    """The maxima of a chain of levels made equal in height by hand: two fluxes, no symmetry."""
    coherences = np.array([[0, 1.0, 0.3], [1.0, 0, 0.7], [0.3, 0.7, 0]], dtype=complex)
    z = np.exp(1j * np.array([[0.0, 0.0, 0.0], [0.0, 0.5, 1.7], [0.0, -0.5, -1.7], [0.0, 0.5, 0.9]]))
    assert orbits(coherences, z).tolist() == [0, 1, 1, 3]


def test_exchanged_levels_are_partners():
    """A ring with a symmetry of rotation and none of reflection in these phases."""
    rng = np.random.default_rng(2)
    size = 7
    row = np.concatenate([[0.0], rng.random(size - 1)])
    row = row + row[(-np.arange(size)) % size]
    coherences = row[(np.arange(size) - np.arange(size)[:, np.newaxis]) % size].astype(complex)
    phases = 2 * np.pi * rng.random(size)
    z = np.exp(1j * np.array([phases, np.roll(phases, 3), -np.roll(phases, 1), rng.permutation(phases)]))
    assert orbits(coherences, z).tolist() == [0, 0, 0, 3]


def test_lists_agree_with_multiplicity():
    rng = np.random.default_rng(12)
    for size in (5, 7, 9):
        for _ in range(6):
            signs = np.triu(np.sign(rng.normal(size=(size, size))), 1)
            sync = ts.synchronization((signs + signs.T) / size**2 + np.eye(size) / size)
            listed = sync.optima()
            if sync.optimum is Optimum.CONTINUUM:
                assert listed.optima_dimension == sync.optima_dimension > 0
                assert listed.different == 0
            else:
                assert len(listed.phases) == sync.optima_count
                heights = ts.phase_distribution((signs + signs.T) / size**2 + np.eye(size) / size, listed.phases)
                np.testing.assert_allclose(heights, float(sync.s_max), rtol=1e-8)


def test_points_of_a_map_list_their_own_optima():
    rho = np.full((3, 3), -0.1) + np.eye(3) * (1 / 3 + 0.1)
    sync = ts.synchronization(np.array([[rho, np.eye(3) / 3], [np.full((3, 3), 1 / 3), rho]]))
    assert sync.optima((0, 0)).phases.shape == (2, 3)
    assert sync.optima((0, 1)).phases.shape == (0, 3)
    np.testing.assert_allclose(sync.optima((1, 0)).phases, [[0.0, 0.0, 0.0]], atol=1e-12)
    assert len(sync.optima((-1, -1)).orbits) == 2
    for point in ((), 0, (0,), (2, 0), (0, 0, 0)):
        with pytest.raises(ts.ArgumentError, match="index into the batch"):
            sync.optima(point)
