"""Does every store of a state say the same of it as the matrix that its docstring spells out?

The matrices are filled entry by entry from those formulas; each question that a density answers is asked of them.
"""

import numpy as np
import pytest

import torusync as ts
from torusync.densities import CoherenceSet, DenseDensity, ThermalPlusBlock, ThermalPlusCollective, ThermalPlusLowRank

BATCH = (2, 3)
LEVELS = 3
SIZE = LEVELS + 2


def random(rng, *shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def collective(rng):
    known = {
        "ground": rng.random(BATCH), "cold_ratio": rng.random(BATCH), "hot_ratio": rng.random(BATCH),
        "drive": random(rng, *BATCH, LEVELS), "first": rng.normal(size=BATCH), "link": random(rng, *BATCH),
        "pair": rng.normal(size=BATCH),
    }  # fmt: skip
    rho = np.zeros((*BATCH, SIZE, SIZE), dtype=complex)
    for at in np.ndindex(BATCH):
        one = {name: value[at] for name, value in known.items()}
        rho[(*at, 0, 0)] = one["ground"]
        rho[(*at, 1, 1)] = one["ground"] * one["cold_ratio"] + one["first"]
        for j, drive in enumerate(one["drive"]):
            rho[(*at, 1, j + 2)] = one["link"] * drive
            rho[(*at, j + 2, 1)] = np.conj(one["link"] * drive)
            for k, other in enumerate(one["drive"]):
                rho[(*at, j + 2, k + 2)] = one["pair"] * np.conj(drive) * other
            rho[(*at, j + 2, j + 2)] += one["ground"] * one["hot_ratio"]
    ratios = np.concatenate([known["cold_ratio"][..., None], np.repeat(known["hot_ratio"][..., None], LEVELS, -1)], -1)
    beside = np.concatenate([known["first"][..., None], known["pair"][..., None] * np.abs(known["drive"]) ** 2], -1)
    return ThermalPlusCollective(**known), rho, ratios, beside


def block(rng):
    ground, ratios = rng.random(BATCH), rng.random((*BATCH, SIZE - 1))
    beside = random(rng, *BATCH, SIZE - 1, SIZE - 1)
    beside = beside + np.conj(np.swapaxes(beside, -1, -2))
    rho = np.zeros((*BATCH, SIZE, SIZE), dtype=complex)
    for at in np.ndindex(BATCH):
        rho[(*at, 0, 0)] = ground[at]
        rho[at][1:, 1:] = beside[at] + ground[at] * np.diag(ratios[at])
    return ThermalPlusBlock(ground, ratios, beside), rho, ratios, np.diagonal(beside, axis1=-2, axis2=-1).real


def low_rank(rng):
    ground, ratios = rng.random(BATCH), rng.random((*BATCH, SIZE - 1))
    factor, core = random(rng, *BATCH, SIZE - 1, 2), random(rng, *BATCH, 2, 2)
    core = core + np.conj(np.swapaxes(core, -1, -2))
    rho = np.zeros((*BATCH, SIZE, SIZE), dtype=complex)
    beside = np.zeros((*BATCH, SIZE - 1))
    for at in np.ndindex(BATCH):
        rho[(*at, 0, 0)] = ground[at]
        product = factor[at] @ core[at] @ factor[at].conj().T
        rho[at][1:, 1:] = product + ground[at] * np.diag(ratios[at])
        beside[at] = np.diag(product).real
    return ThermalPlusLowRank(ground, ratios, factor, core), rho, ratios, beside


def dense(rng):
    rho = random(rng, *BATCH, SIZE, SIZE)
    rho = rho + np.conj(np.swapaxes(rho, -1, -2))
    ratios = rng.random((*BATCH, SIZE - 1))
    diagonal = np.diagonal(rho, axis1=-2, axis2=-1).real
    return DenseDensity(rho), rho, ratios, diagonal[..., 1:] - ratios * diagonal[..., :1]


STORES = [collective, block, low_rank, dense]


@pytest.mark.parametrize("store", STORES, ids=lambda one: one.__name__)
def test_a_store_is_the_matrix_that_its_docstring_spells_out(store, rng):
    density, rho, ratios, beside = store(rng)
    assert density.dimension == SIZE
    assert density.batch_shape == BATCH
    assert density.points == 6
    np.testing.assert_allclose(density.to_array(), rho, atol=1e-14)
    diagonal = np.diagonal(rho, axis1=-2, axis2=-1).real
    np.testing.assert_allclose(density.populations, diagonal, atol=1e-14)
    np.testing.assert_allclose(density.ground_population, diagonal[..., 0], rtol=1e-15)
    for i in range(-SIZE, SIZE):
        np.testing.assert_allclose(density.row(i), rho[..., i, :], atol=1e-14)
        for j in range(SIZE):
            np.testing.assert_allclose(density.coherence(i, j), rho[..., i, j], atol=1e-14)
    np.testing.assert_allclose(density.deviation(ratios), beside, atol=1e-14)
    np.testing.assert_allclose(density.deviation(np.zeros(1)), diagonal[..., 1:], atol=1e-14)
    for wrong in (SIZE, -SIZE - 1):
        with pytest.raises(ts.ArgumentError, match=r"level between 0 and 4|at least -5"):
            density.row(wrong)


@pytest.mark.parametrize("store", STORES, ids=lambda one: one.__name__)
def test_products_are_those_of_the_matrix(store, rng):
    density, rho, _, _ = store(rng)
    off = rho * (1.0 - np.eye(SIZE))
    for z in (random(rng, SIZE), random(rng, *BATCH, SIZE), random(rng, 3, SIZE)):
        np.testing.assert_allclose(
            density.coherent_product(z), np.einsum("...ij,...j->...i", off, z + 0 * off[..., 0]), atol=1e-13
        )
        np.testing.assert_allclose(
            density.matvec(z), np.einsum("...ij,...j->...i", rho, z + 0 * off[..., 0]), atol=1e-13
        )
    z = random(rng, *BATCH, SIZE)
    for left, right in ((slice(2, None), slice(2, None)), (slice(1, 2), slice(2, None)), (slice(0, 2), slice(3, 5))):
        pairs = [(i, j) for i in range(SIZE)[left] for j in range(SIZE)[right] if left != right or i < j]
        expected = sum((np.conj(z[..., i]) * rho[..., i, j] * z[..., j]).real for i, j in pairs)
        for one in (CoherenceSet("set", ((left, right),)), CoherenceSet.of_pairs("set", [*pairs, pairs[0][::-1]])):
            np.testing.assert_allclose(density.share(one, z), expected, atol=1e-13)
            assert {frozenset(pair) for pair in one.pairs(SIZE)} == {frozenset(pair) for pair in pairs}


@pytest.mark.parametrize(
    ("left", "right"),
    [(slice(0, 2), slice(1, 3)), (slice(1, None), slice(2, None)), (slice(None), slice(0, 1)), (slice(-1, None),) * 2,
     (slice(0, 4, 2),) * 2],
)  # fmt: skip
def test_a_block_counts_no_coherence_twice(left, right):
    with pytest.raises(ts.ArgumentError, match="`blocks` must"):
        CoherenceSet.between("set", left, right)


@pytest.mark.parametrize("store", STORES, ids=lambda one: one.__name__)
def test_points_of_a_flat_batch_are_those_of_the_batch_and_refused_ones_are_nan(store, rng):
    density, rho, _, _ = store(rng)
    flat = density.flat()
    assert flat.batch_shape == (6,)
    np.testing.assert_allclose(flat.to_array(), rho.reshape(6, SIZE, SIZE), atol=1e-14)
    np.testing.assert_allclose(flat.part(slice(2, 5)).to_array(), rho.reshape(6, SIZE, SIZE)[2:5], atol=1e-14)
    failed = np.array([[True, False, False], [False, True, False]])
    erased = density.erased(failed)
    np.testing.assert_array_equal(np.isnan(erased.to_array()).all(axis=(-2, -1)), failed)
    np.testing.assert_array_equal(np.isnan(erased.to_array()).any(axis=(-2, -1)), failed)
    np.testing.assert_allclose(erased.to_array()[~failed], rho[~failed], atol=1e-14)


@pytest.mark.parametrize("store", [collective, block, low_rank], ids=lambda one: one.__name__)
def test_what_the_drive_adds_is_not_lost_beside_the_thermal_part(store, rng):
    """A thermal part of one and a deviation of 1e-20: asked for against that part itself, all digits are there."""
    density, _, ratios, beside = store(rng)
    small = {"collective": ("first", "pair"), "block": ("block",), "low_rank": ("core",)}[store.__name__]
    faint = {name: getattr(density, name) * (1e-20 if name in small else 1.0) for name in density.AXES}
    np.testing.assert_allclose(type(density)(**faint).deviation(ratios), 1e-20 * beside, rtol=1e-12)


def test_what_belongs_to_a_whole_batch_may_be_stored_once(rng):
    """λ_j shared by a row of machines, beside populations of each: the flat batch, and its parts, are theirs."""
    known = {"cold_ratio": 0.3, "hot_ratio": 0.2, "first": 0.1, "link": 0.2j, "pair": 0.05}
    shared = {name: np.asarray(value) for name, value in known.items()} | {"drive": random(rng, LEVELS)}
    for ground in (rng.random(4), rng.random((2, 2))):
        density = ThermalPlusCollective(ground=ground, **shared)
        flat = density.flat()
        assert density.batch_shape == ground.shape
        assert flat.batch_shape == (4,)
        for index, one in enumerate(ground.ravel()):
            alone = ThermalPlusCollective(ground=np.asarray(one), **shared).to_array()
            np.testing.assert_allclose(flat.to_array()[index], alone, rtol=1e-15)
            for level in range(SIZE):
                row = density.row(level).reshape(4, SIZE)[index]
                np.testing.assert_allclose(row, alone[level], rtol=1e-14)
            np.testing.assert_allclose(density.populations.reshape(4, SIZE)[index], np.diag(alone).real, rtol=1e-14)
            np.testing.assert_allclose(flat.part(slice(index, index + 1)).to_array()[0], alone, rtol=1e-15)


@pytest.mark.parametrize(
    ("points", "levels", "fits"), [(1, 11585, True), (1, 11586, False), (2, 8192, True), (3, 8192, False)]
)
def test_two_gibibytes_are_the_limit_of_a_matrix(points, levels, fits):
    """16 bytes an entry; what fits exactly, 8192² entries twice, fits."""
    one = np.zeros(points)
    density = ThermalPlusCollective(one, one, one, np.zeros((points, levels - 2), dtype=complex), one, 0j * one, one)
    if fits:
        density.refuse_large_matrices()
        return
    with pytest.raises(ts.ArgumentError, match="GiB"):
        density.refuse_large_matrices()
