"""Do all forms in which a state is stored answer alike, entry by entry?

The reference is the matrix as each docstring spells it out, formed here by a loop over entries.
"""

import numpy as np
import pytest

import torusync as ts
from torusync.densities import DenseDensity, ThermalPlusBlock, ThermalPlusCollective, ThermalPlusLowRank


def hermitian(rng, *shape):
    a = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    return a + np.conj(np.swapaxes(a, -1, -2))


def collective(rng, batch):
    density = ThermalPlusCollective(
        *(rng.random(batch) for _ in range(3)), rng.normal(size=(*batch, 3)) + 1j * rng.normal(size=(*batch, 3)),
        rng.random(batch), rng.normal(size=batch) + 1j * rng.normal(size=batch), rng.normal(size=batch),
    )  # fmt: skip
    drive, link, pair = density.drive, density.link, density.pair
    matrix = np.zeros((*batch, 5, 5), dtype=complex)
    matrix[..., 0, 0] = density.ground
    matrix[..., 1, 1] = density.ground * density.cold_ratio + density.first
    for j in range(3):
        matrix[..., 1, j + 2] = link * drive[..., j]
        matrix[..., j + 2, 1] = np.conj(link * drive[..., j])
        for k in range(3):
            matrix[..., j + 2, k + 2] = pair * np.conj(drive[..., j]) * drive[..., k]
        matrix[..., j + 2, j + 2] += density.ground * density.hot_ratio
    return density, matrix


def low_rank(rng, batch):
    factor = rng.normal(size=(*batch, 4, 2)) + 1j * rng.normal(size=(*batch, 4, 2))
    density = ThermalPlusLowRank(rng.random(batch), rng.random((*batch, 4)), factor, hermitian(rng, *batch, 2, 2))
    matrix = np.zeros((*batch, 5, 5), dtype=complex)
    matrix[..., 0, 0] = density.ground
    for i in range(4):
        for j in range(4):
            for a in range(2):
                for b in range(2):
                    product = factor[..., i, a] * density.core[..., a, b] * np.conj(factor[..., j, b])
                    matrix[..., i + 1, j + 1] += product
        matrix[..., i + 1, i + 1] += density.ground * density.ratios[..., i]
    return density, matrix


def block(rng, batch):
    density = ThermalPlusBlock(rng.random(batch), rng.random((*batch, 4)), hermitian(rng, *batch, 4, 4))
    matrix = np.zeros((*batch, 5, 5), dtype=complex)
    matrix[..., 0, 0], matrix[..., 1:, 1:] = density.ground, density.block
    for i in range(4):
        matrix[..., i + 1, i + 1] += density.ground * density.ratios[..., i]
    return density, matrix


def dense(rng, batch):
    matrix = hermitian(rng, *batch, 5, 5)
    return DenseDensity(matrix), matrix


FORMS = pytest.mark.parametrize("form", [collective, low_rank, block, dense])
BATCHES = pytest.mark.parametrize("batch", [(), (3,), (2, 3)])


@FORMS
@BATCHES
def test_every_entry(form, batch):
    rng = np.random.default_rng(1)
    density, matrix = form(rng, batch)
    close = {"rtol": 1e-13, "atol": 1e-13}
    assert density.batch_shape == batch
    assert density.dimension == 5
    np.testing.assert_allclose(density.to_array(), matrix, **close)
    np.testing.assert_allclose(density.populations, np.diagonal(matrix, axis1=-2, axis2=-1).real, **close)
    np.testing.assert_allclose(density.ground_population, matrix[..., 0, 0].real, **close)
    for i in range(-5, 5):
        np.testing.assert_allclose(density.row(i), matrix[..., i, :], **close)
        for j in range(-5, 5):
            np.testing.assert_allclose(density.coherence(i, j), matrix[..., i, j], **close)
    for level in (5, -6):
        for ask in (density.row, lambda i: density.coherence(i, 1), lambda j: density.coherence(1, j)):
            with pytest.raises(ts.ArgumentError):
                ask(level)


@FORMS
@BATCHES
def test_products_and_what_lies_beside_thermal_populations(form, batch):
    rng = np.random.default_rng(2)
    density, matrix = form(rng, batch)
    z = rng.normal(size=(*batch, 5)) + 1j * rng.normal(size=(*batch, 5))
    apart = matrix * (1.0 - np.eye(5))
    close = {"rtol": 1e-12, "atol": 1e-12}
    np.testing.assert_allclose(density.coherent_product(z), np.einsum("...ij,...j->...i", apart, z), **close)
    np.testing.assert_allclose(density.matvec(z), np.einsum("...ij,...j->...i", matrix, z), **close)
    several = rng.normal(size=(4, *([1] * len(batch)), 5)) + 0j
    expected = np.einsum("...ij,...j->...i", apart, np.broadcast_to(several, (4, *batch, 5)))
    np.testing.assert_allclose(density.coherent_product(several), expected, **close)
    ratios = rng.random(4)
    diagonal = np.diagonal(matrix, axis1=-2, axis2=-1).real
    np.testing.assert_allclose(density.deviation(ratios), diagonal[..., 1:] - ratios * diagonal[..., :1], **close)


@FORMS
def test_parts_of_a_flat_batch(form):
    rng = np.random.default_rng(3)
    density, matrix = form(rng, (2, 3))
    flat = density.flat()
    assert (flat.batch_shape, flat.points) == ((6,), 6)
    np.testing.assert_allclose(flat.part(slice(4, 6)).to_array(), matrix.reshape(6, 5, 5)[4:], rtol=1e-13, atol=1e-13)
    # nothing is copied
    again = flat.flat().arrays()
    assert all(np.shares_memory(again[name], array) for name, array in flat.arrays().items())


@FORMS
def test_erased_points_are_nan_and_others_stay(form):
    """What tells that there is no state, and whatever is worked out from it, is nan."""
    rng = np.random.default_rng(4)
    density, matrix = form(rng, (3,))
    failed = np.array([False, True, False])
    erased = density.erased(failed)
    assert np.isnan(erased.to_array()[1]).all()
    assert np.isnan(erased.ground_population[1])
    assert np.isnan(erased.populations[1]).all()
    assert np.isnan(erased.coherence(2, 3)[1])
    assert np.isnan(erased.coherence(1, 2)[1])
    assert np.isnan(erased.coherent_product(np.ones(5, dtype=complex))[1, 2:]).all()
    np.testing.assert_allclose(erased.to_array()[::2], matrix[::2], rtol=1e-13, atol=1e-13)


def test_a_factor_of_the_whole_batch_stays_one():
    """Arrays that all points share are not copied for each of them."""
    rng = np.random.default_rng(5)
    density, _ = low_rank(rng, ())
    shared = ThermalPlusLowRank(rng.random((2, 3)), density.ratios, density.factor, density.core)
    flat = shared.flat()
    assert flat.factor.strides[0] == 0 or flat.factor.shape[0] == 1
    np.testing.assert_allclose(flat.to_array(), shared.to_array().reshape(6, 5, 5), rtol=1e-13)


def test_matrices_larger_than_the_limit_are_refused():
    """Eight levels take 1 KiB a point: 2^21 points are 2 GiB, and fit."""
    shared = np.zeros(7), np.zeros((7, 1), dtype=complex), np.zeros((1, 1), dtype=complex)
    ThermalPlusLowRank(np.zeros(2**21), *shared).refuse_large_matrices()
    with pytest.raises(ts.ArgumentError, match="fit in 2 GiB"):
        ThermalPlusLowRank(np.zeros(2**21 + 1), *shared).to_array()
