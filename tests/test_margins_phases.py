"""Does every start, step, margin and threshold of the search for S_max do what it is there for?

Pieces of the search are asked by themselves here: what one of them spoils, the others make good at the cost of time, or
of a bound that is higher than it need be, and no test of results would tell.
"""

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

import torusync as ts
from problems import BATHS, ENGINE_BATHS
from torusync.maxima import stacked
from torusync.maxima.climb import ascend, fields, height, hessian
from torusync.maxima.components import connected_parts
from torusync.maxima.relaxation import dual_path
from torusync.maxima.starts import aligned_start, greedy_start, leading_start, pushed, rounded_starts
from torusync.steady import Cauchy

EPS = np.finfo(float).eps


def coherences(rng, size, density=1.0):
    """Hermitian, of zero diagonal and largest modulus 1."""
    off = np.triu(rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size)), 1)
    off *= np.triu(rng.random((size, size)) < density, 1)
    off = off + off.conj().T
    return off / np.abs(off).max()


def phases(rng, *shape):
    return np.exp(2j * np.pi * rng.random(shape))


def preferred(matrix, z):
    """conj(z_i) R_ij z_j over |R_ij|: 1 where the phases are those that the coherence asks for."""
    turned = np.conj(z)[:, np.newaxis] * matrix * z
    return turned / np.where(matrix == 0.0, 1.0, np.abs(matrix))


# -- where a climb begins ----------------------------------------------------------------------------------------------


def test_a_level_on_which_all_pulls_cancel_has_a_phase_all_the_same():
    """The two levels of the strongest coherence pull the third one both ways: any phase will do, and none does not."""
    matrix = np.array([[0.0, 1.0, 0.5], [1.0, 0.0, -0.5], [0.5, -0.5, 0.0]], dtype=complex)
    np.testing.assert_array_equal(np.abs(greedy_start(matrix[np.newaxis])), 1.0)
    assert height(matrix[np.newaxis], greedy_start(matrix[np.newaxis]))[0] == 1.0


def test_the_aligned_start_gives_the_hub_what_it_asks_for(rng):
    """Whoever is joined to all others and has the largest weight gets every one of its coherences aligned."""
    stack = np.array([coherences(rng, 6) for _ in range(20)])
    weight = np.abs(stack).sum(axis=-1)
    for matrix, z, hub in zip(stack, aligned_start(stack, weight), weight.argmax(axis=-1), strict=True):
        np.testing.assert_allclose(np.abs(z), 1.0, rtol=1e-14)
        np.testing.assert_allclose(np.delete(preferred(matrix, z)[hub], hub), 1.0, rtol=1e-13)


def test_the_aligned_start_follows_the_strongest_tree_where_the_hub_does_not_reach(rng):
    """Against SciPy's spanning trees; whole parts and parts with gaps in one stack."""
    stack, trees = [], []
    while len(stack) < 30:
        matrix = coherences(rng, 7, density=0.5)
        tree = minimum_spanning_tree(np.where(matrix == 0.0, 0.0, 2.0 - np.abs(matrix))).toarray()
        if np.count_nonzero(tree) == 6:
            stack.append(matrix)
            trees.append(tree != 0.0)
    stack = np.array([*stack, coherences(rng, 7)])
    weight = np.abs(stack).sum(axis=-1)
    found = aligned_start(stack, weight)
    joined = np.take_along_axis((stack != 0.0).sum(axis=-1), weight.argmax(axis=-1)[:, np.newaxis], axis=-1)[:, 0]
    apart = np.flatnonzero(joined[:-1] < 6)
    assert apart.size > 10
    for index in apart:
        np.testing.assert_allclose(preferred(stack[index], found[index])[trees[index]], 1.0, rtol=1e-12)
    np.testing.assert_allclose(
        np.delete(preferred(stack[-1], found[-1])[weight[-1].argmax()], weight[-1].argmax()), 1.0
    )


def test_a_push_is_small_and_turns_every_level_its_own_way(rng):
    z = phases(rng, 3, 40)
    turn = np.angle(pushed(z) / z)
    np.testing.assert_allclose(turn[0], turn[1], atol=1e-14)
    assert len(np.unique(np.round(turn[0], 12))) == 40
    # off a saddle at once, and not out of the basin that the phases were chosen for
    assert 5e-3 < np.abs(turn).max() <= 0.01
    assert turn.min() < 0.0 < turn.max()


def test_the_leading_start_is_the_eigenvector_that_repeated_products_single_out(rng):
    matrix = coherences(rng, 5)
    shifted = matrix + 10.0 * np.eye(5)
    vector = rng.normal(size=5) + 0j
    for _ in range(20000):
        vector = shifted @ vector
        vector /= np.linalg.norm(vector)
    z = leading_start(matrix[np.newaxis])[0]
    turned = z / z[0] * np.conj(vector / np.abs(vector) / (vector[0] / abs(vector[0])))
    np.testing.assert_allclose(turned, 1.0, atol=1e-9)


def test_a_level_that_the_leading_eigenvector_leaves_out_has_a_phase_all_the_same():
    matrix = np.zeros((1, 4, 4), dtype=complex)
    matrix[0, 0, 1] = matrix[0, 1, 0] = 1.0
    matrix[0, 2, 3] = matrix[0, 3, 2] = 0.5
    np.testing.assert_allclose(np.abs(leading_start(matrix)), 1.0, rtol=1e-14)


def test_rounded_starts_of_vectors_on_a_line_are_their_phases(rng):
    z = phases(rng, 2, 6)
    starts = rounded_starts(z[..., np.newaxis] * np.conj(z)[:, np.newaxis], 4)
    assert starts.shape == (2, 4, 6)
    np.testing.assert_allclose(np.abs(starts), 1.0, rtol=1e-14)
    np.testing.assert_allclose(np.abs((np.conj(z)[:, np.newaxis] * starts).sum(axis=-1)), 6.0, rtol=1e-13)


def test_the_first_rounded_start_looks_along_the_common_direction_and_the_others_elsewhere(rng):
    vectors = phases(rng, 1, 8, 1) * np.array([0.99, 0.14, 0.0]) + 0.05 * rng.normal(size=(1, 8, 3))
    vectors = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    starts = rounded_starts(vectors @ np.conj(np.swapaxes(vectors, -1, -2)), 3)[0]
    near = np.abs((np.conj(vectors[0, :, 0] / np.abs(vectors[0, :, 0])) * starts).sum(axis=-1))
    assert near[0] > 7.9
    assert len({round(float(one), 6) for one in near}) == 3


# -- the ascent --------------------------------------------------------------------------------------------------------


def test_fields_and_hessian_are_derivatives_of_the_height(rng):
    """Along any turn the height is a sum of cosines: its expansion to second order, by differences in 1e-4."""
    matrix, z = coherences(rng, 6)[np.newaxis], phases(rng, 1, 6)
    for _ in range(5):
        turn = rng.normal(size=6)
        ends = [height(matrix, z * np.exp(1j * step * turn))[0] for step in (-1e-4, 0.0, 1e-4)]
        slope, bend = turn @ fields(matrix, z)[0].imag, turn @ hessian(matrix, z)[0] @ turn
        assert (ends[2] - ends[0]) / 2e-4 == pytest.approx(slope, rel=1e-6, abs=1e-7)
        assert (ends[2] - 2.0 * ends[1] + ends[0]) / 1e-8 == pytest.approx(bend, rel=1e-5, abs=1e-6)
    assert height(matrix, z)[0] == pytest.approx(0.5 * (np.conj(z) @ matrix[0] @ z.T)[0, 0].real, rel=1e-13)


@pytest.mark.parametrize("size", [2, 5, 9])
def test_the_ascent_ends_where_no_phase_wants_to_turn(rng, size):
    """From anywhere, from saddles too: slope nothing but rounding, no direction upward, in a single call."""
    stack = np.array([coherences(rng, size) for _ in range(30)])
    starts = np.concatenate([phases(rng, 20, size), np.ones((10, size), dtype=complex)])
    stack[20:] = np.abs(stack[20:]) * np.where(np.eye(size), 0.0, -1.0)
    found = ascend(stack, starts)
    np.testing.assert_allclose(np.abs(found), 1.0, rtol=1e-13)
    pull = fields(stack, found)
    assert (np.abs(pull.imag) <= 64.0 * size * EPS * np.abs(stack).sum(axis=-1)).all()
    assert (np.linalg.eigvalsh(hessian(stack, found))[:, -1] <= 1e-9 * np.abs(pull).sum(axis=-1)).all()
    assert (height(stack, found) >= height(stack, starts)).all()


def test_a_level_that_newton_does_not_feel_stops_nobody_else(rng):
    """Beside coherences of 1e-20 three levels crawl up the ridge of an engine near its border: they arrive, too."""
    stack = np.zeros((20, 4, 4), dtype=complex)
    for index, k in enumerate(2.0 - 10.0 ** rng.uniform(-4.0, -2.0, 20)):
        stack[index, 0, 1:3] = stack[index, 1:3, 0] = k / 2.0
        stack[index, 1, 2] = stack[index, 2, 1] = -0.5
        stack[index, 0, 3] = stack[index, 3, 0] = 1e-20
    found = ascend(stack, phases(rng, 20, 4))
    slope = np.abs(fields(stack, found).imag)
    assert (slope <= 64.0 * 4.0 * EPS).all()
    np.testing.assert_allclose(found[:, 3] / found[:, 0], 1.0, rtol=1e-13)
    # order parameter k, Eq. (12): the optimum of the ring, not the saddle beside it
    np.testing.assert_allclose(np.abs(found[:, 1] + found[:, 2]), 2.0 * stack[:, 0, 1].real, rtol=1e-9)


# -- connected parts ---------------------------------------------------------------------------------------------------


def test_parts_are_those_of_scipy(rng):
    for size, density in ((3, 0.4), (6, 0.2), (9, 0.15), (9, 0.9)):
        stack = np.array([coherences_or_nothing(rng, size, density) for _ in range(25)])
        found, alone = [set() for _ in stack], [set() for _ in stack]
        for index in range(25):
            for parts in connected_parts(stack[index : index + 1]):
                alone[index] |= {tuple(levels) for levels in parts.levels.tolist()}
        for parts in connected_parts(stack):
            for point, levels in zip(parts.points, parts.levels, strict=True):
                found[point].add(tuple(levels.tolist()))
            picked = parts.of(stack)
            for index, (point, levels) in enumerate(zip(parts.points, parts.levels, strict=True)):
                np.testing.assert_array_equal(picked[index], stack[point][np.ix_(levels, levels)])
        assert found == alone
        for matrix, one in zip(stack, found, strict=True):
            labels = connected_components(matrix != 0.0)[1]
            groups = {tuple(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}
            assert one == {group for group in groups if len(group) > 1}


def coherences_or_nothing(rng, size, density):
    off = np.triu(rng.normal(size=(size, size)) * (rng.random((size, size)) < density), 1)
    return (off + off.T).astype(complex)


# -- the relaxation ----------------------------------------------------------------------------------------------------


def test_the_dual_path_ends_at_a_gram_matrix_that_proves_its_multipliers(rng, monkeypatch):
    """Diagonal 1, positive, and of the height ½ Σ ν: primal and dual meet, in far fewer steps than are allowed."""
    engine = ts.ThermalMaser(0.1 * rng.random(8), **ENGINE_BATHS, splittings=1e-3 * rng.random(8))
    flat = ts.steady_state(engine).rho[1:, 1:] * (1.0 - np.eye(9))
    stacks = [np.array([coherences(rng, 8) for _ in range(12)]), (flat / np.abs(flat).max())[np.newaxis]]
    inverse, calls = np.linalg.inv, []
    monkeypatch.setattr(np.linalg, "inv", lambda matrix: calls.append(1) or inverse(matrix))
    for stack in stacks:
        nu, gram = dual_path(stack)
        size = stack.shape[-1]
        np.testing.assert_allclose(gram[:, np.arange(size), np.arange(size)], 1.0, atol=1e-9)
        assert (np.linalg.eigvalsh(gram)[:, 0] > -1e-12).all()
        reached = 0.5 * np.einsum("pij,pji->p", stack, gram).real
        np.testing.assert_allclose(reached, 0.5 * nu.sum(axis=-1), rtol=1e-10)
        assert len(calls) < 100
        calls.clear()


# -- stacks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("levels", "steps"), [(2, 4.3), (4, 5.8), (8, 9.0), (12, 11.5)])
def test_a_stack_climbs_in_few_steps_and_proves_what_it_reached(levels, steps, monkeypatch):
    """Of 200 near-degenerate machines, without the search behind it; steps a point are counted, not timed."""
    rng = np.random.default_rng([levels, 1])
    n_hot = np.where(np.arange(200) % 2 == 0, rng.uniform(0.05, 0.45, 200), rng.uniform(0.6, 6.0, 200))
    maser = ts.ThermalMaser(
        0.1 * (0.2 + rng.random((200, levels))) * phases(rng, 200, levels), n_hot=n_hot[:, np.newaxis], **BATHS,
        detuning=0.02 * rng.normal(size=200),
        splittings=0.05 * rng.random((200, levels)),
    )  # fmt: skip
    block = ts.steady_state(maser, solver=Cauchy()).density.block * (1.0 - np.eye(levels + 1))
    stack = np.ascontiguousarray(np.moveaxis(block / np.abs(block).max(axis=(-2, -1), keepdims=True), 0, -1))
    factorise, taken = stacked.factorise, []

    def counted(matrix):
        taken.append(matrix.shape[-1] if np.isrealobj(matrix) else 0)  # and not those of the proof
        return factorise(matrix)

    monkeypatch.setattr(stacked, "factorise", counted)
    found = stacked.climb(stack, np.exp(1j * np.angle(stack[:, 0])), steps=40)
    proven = np.isfinite(found.bound) & (found.bound - found.value <= 1.1e-11 * found.value)
    # five of 200 at 8 and at 12 levels lie beside a degeneracy, where forty steps do not do
    assert proven.mean() >= 0.97
    assert found.unique.mean() > 0.9
    assert sum(taken) <= 200 * steps
    for index in range(0, 200, 7):
        attained = height(np.moveaxis(stack, -1, 0)[index : index + 1], found.phasors.T[index : index + 1])
        assert found.value[index] == pytest.approx(attained[0], rel=1e-13)
    turned = np.conj(found.phasors)[:, np.newaxis] * stack * found.phasors
    slope = np.abs(turned.sum(axis=1).imag).max(axis=0)
    # what is missing is of the order of the square
    assert (slope <= 1e-5 * np.abs(stack).sum(axis=(0, 1)))[proven].all()
