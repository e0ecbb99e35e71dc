"""How many optima are there, is a continuum one, and is only what is proven called complete?

The truth comes from graphs whose optima are known by hand, and from hundreds of climbs that share no code with ours.
"""

import itertools

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

import torusync as ts
from problems import ENGINE_BATHS
from torusync.maxima.components import outward_blocks
from torusync.maxima.optima import describe
from torusync.phases import Optimum


def state(coherences, strength=0.9):
    """A density matrix with coherences proportional to these, equal populations, positive by Gershgorin."""
    coherences = np.asarray(coherences)
    size = len(coherences)
    return strength * coherences / (np.abs(coherences).sum(axis=0).max() * size) + np.eye(size) / size


def graph(size, edges, weight=-1.0):
    matrix = np.zeros((size, size))
    for i, j in edges:
        matrix[i, j] = matrix[j, i] = weight
    return matrix


def chain_of_triangles(count):
    """Frustrated triangles, each joined to the next by an edge."""
    edges = []
    for first in range(0, 3 * count, 3):
        edges += [(first, first + 1), (first, first + 2), (first + 1, first + 2)]
        edges += [(first - 1, first)] if first else []
    return graph(3 * count, edges)


def heights(coherences, z):
    return 0.5 * (z.conj() * (z @ coherences.T)).real.sum(axis=-1)


def climbed(coherences, starts, rng):
    """All maxima that turning level after level into the pull of the others finds, relative to the first level."""
    z = np.exp(2j * np.pi * rng.random((starts, len(coherences))))
    for _ in range(3000):
        before = z.copy()
        for level in range(len(coherences)):
            pull = z @ coherences[level]
            z[:, level] = np.where(np.abs(pull) > 0.0, pull / np.maximum(np.abs(pull), 1e-300), z[:, level])
        if np.abs(z - before).max() < 1e-12:
            break
    found = heights(coherences, z)
    z = z[found >= found.max() * (1.0 - 1e-9)]
    return z * z[:, :1].conj()


def clusters(z):
    """Number of configurations of which some phase differs by more than 0.03."""
    kept = []
    for one in z:
        turns = [one * other.conj() for other in kept]
        if all(np.abs(np.angle(turn * np.exp(-1j * np.angle(turn.sum())))).max() > 0.03 for turn in turns):
            kept.append(one)
    return len(kept)


EDGES = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3), (3, 4), (3, 5), (4, 5)]


def test_a_flat_direction_beside_a_second_optimum_is_no_continuum():
    """Two triangles that share an edge have one optimum, flat to fourth order; the third triangle has two."""
    sync = ts.synchronization(graph(6, EDGES, -0.04) + np.eye(6) / 6)
    assert sync.optimum is Optimum.SEVERAL
    assert (sync.optima_count, sync.optima_dimension) == (2, 0)
    assert sync.optima_complete
    found = sync.optima()
    assert found.complete
    assert found.orbits.tolist() == [0, 0]
    np.testing.assert_allclose(np.cos(found.phases[:, :4]), [[1.0, -1.0, -1.0, 1.0]] * 2, atol=1e-6)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_optima_of_a_chain_are_the_products_of_those_of_its_links(count):
    rho = state(chain_of_triangles(count))
    sync = ts.synchronization(rho)
    assert (sync.optima_count, sync.optima_dimension) == (2**count, 0)
    assert sync.optima_complete
    found = sync.optima()
    assert clusters(np.exp(1j * found.phases)) == len(found.phases) == 2**count
    np.testing.assert_allclose(ts.phase_distribution(rho, found.phases), float(sync.s_max), rtol=1e-10)
    np.testing.assert_allclose(found.phases[0], sync.phases, atol=1e-12)


def test_blocks_that_share_a_level_are_as_independent_as_across_a_bridge():
    """A bow tie: no edge can be cut, one level can."""
    sync = ts.synchronization(state(graph(5, [(0, 1), (0, 2), (1, 2), (2, 3), (2, 4), (3, 4)])))
    assert (sync.optima_count, sync.optima_dimension) == (4, 0)
    assert sync.optima_complete
    assert len(sync.optima().phases) == 4


def bridged(first, second, weight=1.0):
    """Two graphs joined by an edge; the second and the edge weigh less."""
    size = len(first) + len(second)
    matrix = np.zeros((size, size), dtype=complex)
    matrix[: len(first), : len(first)], matrix[len(first) :, len(first) :] = first, weight * second
    matrix[len(first) - 1, len(first)] = matrix[len(first), len(first) - 1] = -weight
    return matrix


def with_a_gap():
    """Eight levels whose eigenvalue bound stays 2e-3 above the maximum; two mirror optima are known."""
    upper = np.triu(np.random.default_rng([16, 8]).choice([-1.0, 1.0], (8, 8)), 1)
    return upper + upper.T


@pytest.mark.parametrize("weight", [1e-3, 1e-10, 1e-13, 1e-200])
def test_a_weak_block_is_judged_in_its_own_units(weight):
    """Beside a triangle of order one a bridge and a second triangle of any weight have their optima, and phases."""
    sync = ts.synchronization(state(bridged(chain_of_triangles(1), chain_of_triangles(1), weight)))
    assert (sync.optima_count, sync.optima_dimension) == (4, 0)
    assert sync.optima_complete
    turns = np.sort(np.mod(sync.phases[3:] - sync.phases[3], 2 * np.pi))
    np.testing.assert_allclose(turns, [0.0, 2 * np.pi / 3, 4 * np.pi / 3], atol=1e-6)


def test_open_proofs_of_several_blocks_are_searched_all_the_same():
    sync = ts.synchronization(state(bridged(with_a_gap(), with_a_gap())))
    assert not sync.certified
    assert (sync.optima_count, sync.optima_dimension) == (4, 0)
    assert not sync.optima_complete
    assert len(sync.optima().phases) == 4


def test_a_proof_of_the_sum_is_none_of_a_weak_block():
    """The bound holds to 1e-13 of the whole; what the weak block does within that is not proven."""
    sync = ts.synchronization(state(bridged(chain_of_triangles(1), with_a_gap(), 1e-13)))
    assert sync.certified
    assert sync.optima_count == 4
    assert not sync.optima_complete


def test_a_proof_that_hangs_on_a_small_eigenvalue_is_none():
    """Two pairs of coherence 1, joined by two of ε: the second eigenvalue of diag μ − R is 2ε."""
    coherences = np.zeros((1, 4, 4), dtype=complex)
    coherences[0, [0, 1, 2, 3], [1, 0, 3, 2]] = 1.0
    for weak, complete in ((1e-3, True), (2e-8, False)):
        coherences[0, [1, 2, 0, 3], [2, 1, 3, 0]] = weak
        found = describe(coherences, np.ones((1, 4), dtype=complex))
        assert (found.optima_count[0], found.optima_dimension[0], bool(found.complete[0])) == (1, 0, complete)


def test_a_continuum_has_no_number_of_optima():
    coherences = graph(4, itertools.combinations(range(4), 2))[np.newaxis].astype(complex)
    found = describe(coherences, np.exp(1j * np.array([[0.0, 0.4, np.pi, np.pi + 0.4]])))
    assert (found.optima_count[0], found.optima_dimension[0]) == (0, 1)


def ring(size):
    return graph(size, [(level, (level + 1) % size) for level in range(size)])


def test_a_weak_block_that_climbs_slowly_gets_there():
    """A ring of nine that repel each other: neighbours at 10π/9, either way round; 1e-200 beside the triangle."""
    sync = ts.synchronization(state(bridged(chain_of_triangles(1), ring(9), 1e-200)))
    assert sync.optima_count == 4
    assert sync.optima_complete
    turns = np.mod(np.diff(sync.phases[3:]), 2 * np.pi)
    np.testing.assert_allclose(np.minimum(turns, 2 * np.pi - turns), 8 * np.pi / 9, atol=1e-6)


@pytest.mark.parametrize(("size", "free"), [(4, 1), (6, 3), (8, 5)])
def test_where_branches_cross_their_number_is_no_dimension(size, free):
    """Levels that repel each other equally, at 0 or π: opposed pairs open in many ways, each of few dimensions."""
    coherences = graph(size, itertools.combinations(range(size), 2))[np.newaxis].astype(complex)
    z = np.repeat([1.0 + 0.0j, -1.0], size // 2)[np.newaxis]
    assert describe(coherences, z).optima_dimension[0] == free


def test_a_circle_without_a_second_optimum():
    """A null space of dimension two, whose other vectors meet the torus nowhere: its best guess is a lower maximum."""
    turn = np.exp(2j * np.pi / 3)
    coherences = np.zeros((4, 4), dtype=complex)
    coherences[0, [2, 3]], coherences[1, [2, 3]], coherences[2, 3] = [turn.conj(), turn], 1.0, turn
    coherences += coherences.conj().T
    sync = ts.synchronization(state(coherences))
    assert clusters(climbed(coherences, 100, np.random.default_rng(0))) == 1
    assert (sync.optima_count, sync.optima_dimension) == (1, 0)
    assert sync.optima_complete


@pytest.mark.parametrize(("turn", "count"), [(1e-3, 1), (1e-6, 1), (1e-12, 2)])
def test_optima_of_different_height_are_not_equal(turn, count):
    """Φ of a triangle off π by ``turn`` raises one chiral order above the other by ``turn``/√3 of it."""
    coherences = chain_of_triangles(1).astype(complex)
    coherences[0, 1] *= np.exp(1j * turn)
    coherences[1, 0] = coherences[0, 1].conj()
    assert ts.synchronization(state(coherences)).optima_count == count


@pytest.mark.parametrize(("size", "seed", "count"), [(6, 18, 20), (7, 22, 12), (8, 10, 12)])
def test_a_search_goes_on_while_it_finds_more(size, seed, count):
    """Signs whose proof stays open; 600 climbs that share no code with ours find as many optima."""
    upper = np.triu(np.random.default_rng([seed, size]).choice([-1.0, 1.0], (size, size)), 1)
    sync = ts.synchronization(state(upper + upper.T))
    assert not sync.optima_complete
    assert sync.optima_count == count


@pytest.mark.parametrize("seed", range(3))
def test_the_mirror_image_is_known_where_climbs_would_not_find_it(seed):
    """Real coherences of 24 levels: conjugation turns an optimum into another, however rugged the landscape."""
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.normal(size=(24, 24)), 1)
    gauge = np.exp(2j * np.pi * rng.random(24))
    rho = state(gauge[:, np.newaxis] * (upper + upper.T) * gauge.conj())
    sync = ts.synchronization(rho, random_starts=8)
    known = sync.optima()
    assert len(known.phases) == sync.optima_count >= 2
    np.testing.assert_allclose(ts.phase_distribution(rho, known.phases), float(sync.s_max), rtol=1e-9)


def test_an_exchange_of_levels_gives_a_second_optimum_where_the_proof_is_open():
    """Complex coherences that stay what they are when levels are exchanged in pairs."""
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(10, 10)) + 1j * rng.normal(size=(10, 10))
    exchanged = np.arange(10).reshape(-1, 2)[:, ::-1].ravel()
    matrix = matrix + matrix[np.ix_(exchanged, exchanged)]
    matrix = matrix + matrix.conj().T
    np.fill_diagonal(matrix, 0.0)
    sync = ts.synchronization(state(matrix))
    assert not sync.certified
    assert sync.optima_count == 2
    assert sync.optima().orbits.tolist() == [0, 0]


def test_partners_are_found_although_phases_are_only_known_to_rounding():
    """Four triangles in a ring: two optima go with it as they are, four break its symmetry."""
    edges = [(3 * one + i, 3 * one + j) for one in range(4) for i, j in itertools.combinations(range(3), 2)]
    edges += [(3 * one + 2, (3 * one + 3) % 12) for one in range(4)]
    known = ts.synchronization(state(graph(12, edges))).optima()
    assert len(known.phases) == 6
    assert known.different == 2
    assert sorted(np.bincount(known.orbits).tolist())[-2:] == [2, 4]


def test_states_of_a_batch_have_their_own_graphs():
    both = ts.synchronization(np.array([state(chain_of_triangles(2)), state(graph(6, EDGES)), state(ring(6))]))
    assert both.optima_count.tolist() == [4, 2, 1]
    assert both.optima_complete.all()


def test_more_optima_than_can_be_counted_are_a_lower_bound():
    sync = ts.synchronization(state(chain_of_triangles(70)))
    assert sync.optima_count == 2**62
    assert not sync.optima_complete
    assert "at least 4611686018427387904 optima" in repr(sync)
    few = ts.synchronization(state(chain_of_triangles(8)))
    assert few.optima_count == 256
    assert few.optima_complete
    with pytest.raises(ts.ArgumentError, match="at most 200 optima"):
        few.optima()


def test_a_peak_flat_to_fourth_order_is_one_point():
    """Level k at phase kθ: 4 cos θ − cos 2θ is 3 − (1 − cos θ)²·2."""
    rho = state(np.array([[0.0, 2.0, -1.0], [2.0, 0.0, 2.0], [-1.0, 2.0, 0.0]]))
    sync = ts.synchronization(rho)
    theta = np.array([0.0, 0.1])[:, np.newaxis] * np.arange(3)
    drop = np.subtract(*ts.phase_distribution(rho, theta)) / float(sync.s_max)
    assert drop == pytest.approx(2.0 * (1.0 - np.cos(0.1)) ** 2 / 3.0, abs=0.0, rel=1e-6)
    assert sync.optimum is Optimum.POINT
    assert (sync.optima_count, sync.optima_dimension) == (1, 0)


def test_two_rigid_clusters_turn_freely_and_that_is_all():
    """Two opposed pairs feel no field of each other: the null space has dimension two, and the proof is complete."""
    matrix = graph(4, itertools.product((0, 1), (2, 3)), -0.3) + graph(4, [(0, 1), (2, 3)])
    sync = ts.synchronization(state(matrix))
    assert sync.optimum is Optimum.CONTINUUM
    assert sync.optima_dimension == 1
    assert sync.optima_complete
    assert repr(sync).endswith("a continuum of optima of dimension 1>")


def test_what_was_only_searched_for_is_a_lower_bound():
    """Four levels that repel each other equally: every closed quadrilateral is optimal."""
    sync = ts.synchronization(state(graph(4, itertools.combinations(range(4), 2))))
    assert sync.optimum is Optimum.CONTINUUM
    assert sync.optima_dimension == 1
    assert not sync.optima_complete
    assert "dimension at least 1" in repr(sync)


@pytest.mark.parametrize("levels", [5, 10, 30, 60])
@pytest.mark.parametrize("k", [0.5, 2.5])
def test_continua_of_large_dimension_are_walked_in_all_directions(levels, k):
    maser = ts.ThermalMaser(np.full(levels, 0.3 / k), **ENGINE_BATHS)
    sync = ts.synchronization(ts.steady_state(maser).rho)
    assert sync.optimum is Optimum.CONTINUUM
    assert sync.optima_dimension == levels - 2


def test_a_continuum_smaller_than_a_walk_is_one_all_the_same():
    """k = 2.97 of 3 leaves a ring of phases that turn by a sixth of a radian."""
    for k, kind in ((2.97, Optimum.CONTINUUM), (3.0, Optimum.POINT)):
        maser = ts.ThermalMaser(np.full(3, 0.3 / k), **ENGINE_BATHS)
        sync = ts.synchronization(ts.steady_state(maser).rho)
        assert sync.optimum is kind
        assert sync.optima_dimension == (kind is Optimum.CONTINUUM)


def random_couplings(rng, size):
    """Connected graphs with couplings of few values, so that ties are frequent."""
    while True:
        joined = np.triu(rng.random((size, size)) < rng.choice([0.35, 0.5, 0.7, 1.0]), 1)
        if connected_components(joined)[0] == 1:
            break
    values = [
        -np.ones((size, size)), rng.choice([-1.0, 1.0], (size, size)), -rng.choice([1.0, 2.0], (size, size)),
        np.exp(2j * np.pi * rng.integers(0, 3, (size, size)) / 3),
    ][rng.integers(4)]  # fmt: skip
    upper = np.where(joined, values, 0.0)
    return upper + upper.conj().T


def test_counts_agree_with_hundreds_of_climbs():
    """Where we say that these are all there are no others; elsewhere there are at least as many."""
    rng = np.random.default_rng(4)
    complete = 0
    for _ in range(30):
        coherences = random_couplings(rng, int(rng.integers(4, 8)))
        sync = ts.synchronization(state(coherences))
        z = climbed(coherences, 200, rng)
        half, found = clusters(z[: len(z) // 2]), clusters(z)
        endless = found > 1.3 * half + 1
        assert (sync.optima_dimension > 0) == endless, coherences
        if not endless:
            assert sync.optima_count <= found, coherences
            assert sync.optima_count == found or not sync.optima_complete, coherences
        complete += bool(sync.optima_complete)
    assert complete > 15


def test_closed_forms_are_complete():
    """One optimum, two, and a ring, of exactly degenerate machines, and one of a near-degenerate one."""
    options = ENGINE_BATHS
    for drive, splittings in (([0.01, 0.01], 0.0), ([0.2, 0.2], 0.0), ([0.2] * 3, 0.0), ([0.1, 0.1], [0.0, 0.1])):
        sync = ts.synchronization(ts.steady_state(ts.ThermalMaser(drive, splittings=splittings, **options)))
        assert sync.optima_complete
        assert "at least" not in repr(sync)


@pytest.mark.parametrize("seed", range(8))
def test_blocks_hang_together_as_a_tree(seed):
    """Each after the first shares one level with those before; every edge lies in one; no level parts a block."""
    rng = np.random.default_rng(seed)
    size = 12
    joined = np.zeros((size, size), dtype=bool)
    for level in range(1, size):
        other = rng.integers(level)
        joined[level, other] = joined[other, level] = True
    for i, j in rng.integers(size, size=(seed, 2)):
        joined[i, j] = joined[j, i] = i != j
    blocks = outward_blocks(joined)
    seen = set(blocks[0].tolist())
    for levels in blocks[1:]:
        assert len(seen & set(levels.tolist())) == 1
        seen |= set(levels.tolist())
    assert seen == set(range(size))
    edges = sum(np.triu(joined[np.ix_(levels, levels)]).sum() for levels in blocks)
    assert edges == np.triu(joined).sum()
    for levels in blocks:
        for left_out in levels if len(levels) > 2 else []:
            kept = levels[levels != left_out]
            assert connected_components(joined[np.ix_(kept, kept)])[0] == 1
