"""Does every margin of the bounds on S_max by structure and by elimination do what it is there for?

What a proof allows for is held from both sides: not less than rounding can do, and not so much that it says nothing.
"""

from dataclasses import replace

import mpmath as mp
import numpy as np
import pytest

from torusync import _stacks
from torusync.densities import ThermalPlusCollective
from torusync.maxima import collective, stacked
from torusync.maxima.peak import Optimum, Proof

EPS = np.finfo(float).eps


@pytest.mark.parametrize("size", [2, 3, 8, 17])
def test_the_elimination_allows_for_its_own_rounding(size):
    """R = J − 1 at equal phases: μ = n − 1 and ½ Σ μ is the maximum, so that all above it is allowance.

    What a complex elimination of n rows may be off by is (n + 2) √2 ε of the trace, here n (Rump, BIT 46, 433).
    """
    matrix = (np.ones((size, size)) - np.eye(size))[..., np.newaxis].astype(complex)
    weight = np.abs(matrix).sum(axis=1)
    bound, definite = stacked._certificate(matrix, weight.copy(), weight)
    assert definite.all()
    allowance = 2.0 * bound[0] / weight.sum() - 1.0
    rump = np.sqrt(2.0) * (size + 2) * size * EPS
    assert 64.0 * EPS + 4.0 * rump <= allowance <= 80.0 * EPS + 15.0 * rump


def test_a_matrix_that_is_indefinite_by_more_than_the_largest_shift_is_not_proven():
    """R = J − 1 at multipliers lowered by a part of themselves; 1e-11, a hundredth of a certified gap, is the last."""
    size = 5
    matrix = (np.ones((size, size)) - np.eye(size))[..., np.newaxis].astype(complex)
    weight = np.abs(matrix).sum(axis=1)
    for lowered, proven in ((1e-14, True), (9e-12, True), (1.2e-11, False), (1e-10, False), (1e-3, False)):
        bound, definite = stacked._certificate(matrix, weight * (1.0 - lowered), weight)
        assert definite[0] == proven == np.isfinite(bound[0])
        assert bound[0] >= 0.5 * size * (size - 1)
        if proven:
            assert bound[0] <= 0.5 * size * (size - 1) * (1.0 + 1.01e-11 + 2e-13)


@pytest.mark.parametrize(
    ("matrix", "positive"),
    [
        ([[2.0, 1.0j], [-1.0j, 1.0]], True),
        ([[1.0, 1.0], [1.0, 1.0]], False),
        # a pivot that vanishes before entries that do not: indefinite, whatever follows
        ([[0.0, 1.0], [1.0, 5.0]], False),
        ([[-1.0, 0.0], [0.0, 1.0]], False),
        ([[1.0, 0.0], [0.0, -1.0]], False),
        ([[np.nan, 0.0], [0.0, 1.0]], False),
    ],
)
def test_positive_pivots_are_all_positive(matrix, positive):
    """Neither one that vanishes nor one that is no number proves anything; nobody is warned."""
    stack = np.array([matrix, np.eye(2)], dtype=complex)
    assert _stacks.factorise(np.moveaxis(stack, 0, -1).copy()).tolist() == [positive, True]
    if np.isrealobj(np.array(matrix)):
        assert _stacks.factorise(np.moveaxis(stack.real, 0, -1).copy()).tolist() == [positive, True]


@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_factors_solve_what_lapack_solves(rng, size):
    matrix = rng.normal(size=(6, size, size))
    matrix = matrix @ np.swapaxes(matrix, -1, -2) + 0.1 * np.eye(size)
    right = rng.normal(size=(6, size))
    factors = np.moveaxis(matrix, 0, -1).copy()
    assert _stacks.factorise(factors).all()
    found = _stacks.substitute(factors, right.T.copy()).T
    np.testing.assert_allclose(found, np.linalg.solve(matrix, right[..., np.newaxis])[..., 0], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(
    ("second", "single"), [(1e-2, True), (1e-5, True), (1.2e-7, True), (7e-8, False), (0.0, False)]
)
def test_only_a_second_null_vector_makes_an_optimum_not_single(rng, second, single):
    """The second eigenvalue of D^(−1/2) (diag μ − R) D^(−1/2), in units of 1e-7; the first belongs to D^(1/2) z."""
    size = 4
    for _ in range(5):
        weight = 10.0 ** rng.uniform(-2.0, 1.0, size)
        columns = np.column_stack([np.sqrt(weight), rng.normal(size=(size, 3)) + 1j * rng.normal(size=(size, 3))])
        basis = np.linalg.qr(columns)[0]
        matrix = basis @ np.diag([0.0, second, 0.7, 1.0]) @ basis.conj().T
        matrix = np.sqrt(weight)[:, np.newaxis] * matrix * np.sqrt(weight)
        off = -(matrix - np.diag(np.diag(matrix)))[..., np.newaxis]
        mu = np.diag(matrix).real[:, np.newaxis].copy()
        assert stacked._single(off, mu, weight[:, np.newaxis])[0] == single


def exact_height(pull, pair, sides):
    """max |a| m + C (m² − L2)/2 over the lengths m that phasors can give Σ |λ_l| w_l, in 40 digits."""
    sides = [mp.mpf(float(one)) for one in sides]
    length, squares = mp.fsum(sides), mp.fsum(one**2 for one in sides)
    shortest = max(mp.mpf(0), 2 * max(sides) - length)
    ends = [shortest, length]
    if pair < 0.0:
        ends.append(min(max(mp.mpf(pull) / -mp.mpf(pair), shortest), length))
    if len(sides) == 1:
        return mp.mpf(pull) * length
    return max(mp.mpf(pull) * m + mp.mpf(pair) * (m**2 - squares) / 2 for m in ends)


@pytest.mark.parametrize("levels", [1, 2, 3, 7])
@pytest.mark.parametrize("pair", [-2.0, -0.3, -0.01, 0.0, 0.7])
def test_the_bound_of_a_collective_manifold_allows_for_a_handful_of_roundings(rng, levels, pair):
    """Point, ring and opposed sides: the height to rounding, and a bound that lies above the truth by some 32 ε."""
    drive = rng.normal(size=(30, levels)) + 1j * rng.normal(size=(30, levels))
    drive[:10] *= 10.0 ** rng.uniform(-3.0, 0.0, (10, levels))
    density = collective_density(drive, pair)
    peak, z = collective.collective_peak(density), collective.collective_phasors(density)
    assert np.isnan(z[0]).all()
    np.testing.assert_allclose(np.abs(z[1:]), 1.0, rtol=1e-13)
    z = np.where(np.isnan(z), 0.0, z).T
    attained = 0.5 * (np.conj(z) * density.coherent_product(z)).sum(axis=-1).real
    np.testing.assert_allclose(attained, peak.value, rtol=1e-12)
    for index in range(30):
        sides = np.abs(drive[index])
        with mp.workdps(40):
            truth = float(exact_height(0.5, pair, sides))
        # what is added up, irrespective of sign
        scale = 0.5 * sides.sum() + abs(pair) * sides.sum() ** 2
        assert abs(peak.value[index] - truth) <= 8.0 * EPS * scale
        assert peak.bound[index] >= truth
        allowance = peak.bound[index] - peak.value[index]
        assert 16.0 * EPS * truth <= allowance <= 100.0 * EPS * scale
        length, squares = sides.sum(), (sides**2).sum()
        assert peak.l1[index] == pytest.approx(0.5 * length + 0.5 * abs(pair) * (length**2 - squares), rel=1e-12)
        counts = {Optimum.POINT: (1, 0), Optimum.SEVERAL: (2, 0), Optimum.CONTINUUM: (0, levels - 2)}
        assert (peak.optima_count[index], peak.optima_dimension[index]) == counts[peak.optimum[index]]
        if peak.optimum[index] in {Optimum.CONTINUUM, Optimum.SEVERAL}:
            # inside the interval the height does not change to first order with m, nor with its rounding
            m = -0.5 / pair
            assert allowance <= 34.0 * EPS * (0.5 * m + abs(pair) * (m**2 + squares))
            assert max(0.0, 2.0 * sides.max() - length) < m < length


def collective_density(drive, pair, link=0.4 - 0.3j):
    count = len(drive)
    return ThermalPlusCollective(
        ground=np.full(count, 0.2), cold_ratio=np.full(count, 0.3), hot_ratio=np.full(count, 0.4), drive=drive,
        first=np.zeros(count), link=np.full(count, link), pair=np.full(count, pair),
    )  # fmt: skip


def test_levels_without_drive_take_no_part_in_a_collective_manifold():
    """One that is driven has one phase and the l1 bound as its proof, none that is has no phase at all."""
    drive = np.array([[0.0, 1.0 + 1j, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.2, 1.0]], dtype=complex)
    peak = collective.collective_peak(collective_density(drive, -0.5))
    assert peak.optimum.tolist() == [Optimum.POINT, Optimum.UNDEFINED, Optimum.SEVERAL, Optimum.SEVERAL]
    assert peak.proof.tolist() == [Proof.L1, Proof.EXACT, Proof.COLLECTIVE, Proof.COLLECTIVE]
    assert peak.optima_count.tolist() == [1, 0, 2, 2]
    assert peak.optima_dimension.tolist() == [0, 0, 0, 0]
    assert peak.value[0] == pytest.approx(0.5 * np.sqrt(2.0), rel=1e-14)
    assert peak.value[1] == peak.bound[1] == peak.l1[1] == 0.0
    z = collective.collective_phasors(collective_density(drive, -0.5)).T
    np.testing.assert_array_equal(np.isfinite(z[:, 1:]), [[1, 0, 1, 0], [0, 0, 0, 0], [1, 0, 1, 1], [1, 0, 1, 1]])
    # three that are driven: from two on each adds a dimension
    wide = collective.collective_peak(collective_density(np.ones((1, 5), dtype=complex), -0.5))
    assert (wide.optimum[0], wide.optima_count[0], wide.optima_dimension[0]) == (Optimum.CONTINUUM, 0, 3)
    # what is refused stays unknown
    nothing = collective.collective_peak(collective_density(drive, -0.5).erased(np.array([True, False, False, True])))
    np.testing.assert_array_equal(np.isnan(nothing.value), [True, False, False, True])
    np.testing.assert_array_equal(np.isnan(nothing.bound), [True, False, False, True])


def closing_phasors(sides, target, *, opposed=False, aligned=False):
    """Return the phasors of manifolds whose best field has the modulus ``target``, or is at one end of its interval."""
    pair = np.where(opposed, -1e12, np.where(aligned, 1.0, -1.0 / np.maximum(target, 1e-300)))
    count = sides.shape[1]
    density = replace(collective_density(sides.T.astype(complex), -0.5, link=1.0), pair=np.broadcast_to(pair, count))
    return collective._closing_phasors(collective._Problem.of(density))


@pytest.mark.parametrize("levels", [2, 3, 6])
def test_phasors_of_a_collective_manifold_close_their_polygon(rng, levels):
    """Σ |λ_l| w_l = m at any m between the opposed and the aligned configuration, and at both of them.

    (m = 0 is none of a machine with coherence.)
    """
    sides = np.abs(rng.normal(size=(levels, 60)))
    length = sides.sum(axis=0)
    shortest = np.maximum(0.0, 2.0 * sides.max(axis=0) - length)
    share = np.concatenate([[1e-6, 1.0], 10.0 ** rng.uniform(-6.0, 0.0, 29), 1.0 - 10.0 ** rng.uniform(-6.0, -1.0, 29)])
    target = shortest + share * (length - shortest)
    w = closing_phasors(sides, target)
    np.testing.assert_allclose(np.abs(w), 1.0, rtol=1e-13)
    np.testing.assert_allclose((sides * w).sum(axis=0), target, atol=1e-9)
    opposed = shortest > 0.0
    found = closing_phasors(sides, target, opposed=True)
    np.testing.assert_allclose((sides * found).sum(axis=0)[opposed], shortest[opposed], rtol=1e-13)
    # both ends among others, each as it is alone; all in line is all in line
    low, high = np.arange(60) % 3 == 0, np.arange(60) % 3 == 1
    mixed = np.where(low, shortest, np.where(high, length, target))
    found = closing_phasors(sides, mixed, opposed=low, aligned=high)
    usable = (low & opposed) | high
    np.testing.assert_allclose((sides * found).sum(axis=0)[usable], mixed[usable], rtol=1e-12)
    assert (found[:, high] == 1.0).all()
    # away from both ends, where a polygon changes as the root of what is missing, to rounding
    inside = (share > 0.05) & (share < 0.95)
    np.testing.assert_allclose((sides * w).sum(axis=0)[inside], target[inside], atol=1e-13)


def test_dead_points_of_a_map_of_many_chunks_are_found_where_they_are():
    count = 400_000
    drive = np.ones((count, 2), dtype=complex)
    drive[::3] = 0.0
    peak = collective.collective_peak(collective_density(drive, -0.5))
    dead = np.arange(count) % 3 == 0
    np.testing.assert_array_equal(peak.optimum == Optimum.UNDEFINED, dead)
    np.testing.assert_array_equal(peak.value == 0.0, dead)
    np.testing.assert_array_equal(peak.optima_count, np.where(dead, 0, 2))
