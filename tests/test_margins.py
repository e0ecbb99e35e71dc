"""Is every rounding margin needed, and is it there?  Each test fails where the margin that it names is taken away."""

from fractions import Fraction

import numpy as np
import pytest

import torusync as ts
from problems import ENGINE_BATHS
from torusync.maxima.certificate import eigenvalue_bound, l1_bound
from torusync.phases.angles import relative_phases

EPS = np.finfo(float).eps


def test_the_eigenvalue_bound_covers_the_rounding_of_the_eigenvalue():
    """R = J − 1 in a gauge of fourth roots of unity, which is exact: S_max = n(n − 1)/2, attained with μ = 0."""
    for size in range(2, 60):
        gauge = np.array([1, 1j, -1, -1j])[np.random.default_rng(size).integers(4, size=size)]
        coherences = gauge[:, np.newaxis] * (np.ones((size, size)) - np.eye(size)) * gauge.conj()
        bound, _ = eigenvalue_bound(coherences[np.newaxis], np.zeros((1, size)))
        assert bound[0] >= size * (size - 1) / 2, size
        assert bound[0] <= size * (size - 1) / 2 * (1 + 1e-10)


def test_the_sum_over_parts_covers_its_rounding():
    """199 pairs, each too small to change the float of the largest, add up to a hundred of its ε."""
    rho = np.eye(400) / 400
    for first in range(0, 400, 2):
        rho[first, first + 1] = rho[first + 1, first] = (1.0 if first == 0 else 0.49 * EPS) / 512
    truth = sum(Fraction(float(rho[first, first + 1])) for first in range(0, 400, 2))
    sync = ts.synchronization(rho)
    assert Fraction(float(sync.pair_sum_bound)) >= truth
    assert sync.certified


def test_an_angle_a_rounding_below_zero_is_below_two_pi():
    found = relative_phases(np.array([[1, 1 - 1e-17j, 1j]]), 0)
    assert found[0, 0] == 0.0
    assert found[0, 1] < 2 * np.pi
    assert found[0, 2] == pytest.approx(np.pi / 2)


def test_the_l1_bound_covers_the_rounding_of_its_sum():
    """A weight that rounds down 63 times in a row."""
    size = 64
    weight = np.concatenate([[1.0], np.full(size - 1, 0.49 * EPS)])[np.newaxis]
    total, bound = l1_bound(weight)
    truth = sum(Fraction(float(one)) for one in weight[0]) / 2
    assert Fraction(float(bound[0])) >= truth
    assert total[0] == pytest.approx(0.5, abs=0.0, rel=1e-13)


def test_a_point_whose_reference_has_no_phase_takes_its_first_level_that_has():
    z = np.exp(1j * np.array([[0.5, 1.0, 2.0], [0.0, 1.0, 2.0]]))
    z[1, 0] = np.nan
    found = relative_phases(z, 0)
    np.testing.assert_allclose(found, [[0.0, 0.5, 1.5], [np.nan, 0.0, 1.0]], atol=1e-15)
    assert found[1, 1] == 0.0


def test_one_level_is_in_order():
    maser = ts.ThermalMaser([0.1], **ENGINE_BATHS)
    assert ts.synchronization(ts.steady_state(maser)).order_parameter == pytest.approx(1.0, abs=0.0, rel=1e-15)
