"""Is the frustration of a triangle the closed sum of its three phase preferences?"""

from itertools import combinations

import numpy as np
import pytest

import torusync as ts
from problems import random_state
from torusync.densities import ThermalPlusLowRank
from torusync.measures import triangle_frustration


def test_the_product_around_a_triangle_has_its_angle():
    rng = np.random.default_rng(1)
    rho = random_state(rng, 6, 6)
    found = triangle_frustration(np.array([rho, rho.conj()]))
    assert found.levels.tolist() == [list(one) for one in combinations(range(6), 3)]
    for number, (i, j, k) in enumerate(found.levels):
        around = rho[i, j] * rho[j, k] * rho[k, i]
        assert np.exp(1j * found.angle[0, number]) == pytest.approx(around / abs(around), abs=1e-14)
        assert found.angle[1, number] == pytest.approx(-found.angle[0, number], abs=1e-14)
        weakest = min(abs(rho[i, j]), abs(rho[j, k]), abs(rho[i, k]))
        assert found.weight[0, number] == pytest.approx(weakest, abs=0.0, rel=1e-15)


def test_a_gauge_changes_no_angle():
    rng = np.random.default_rng(2)
    rho = random_state(rng, 5, 5)
    gauge = np.exp(2j * np.pi * rng.random(5))
    turned = gauge[:, np.newaxis] * rho * gauge.conj()
    np.testing.assert_allclose(
        np.exp(1j * triangle_frustration(turned).angle), np.exp(1j * triangle_frustration(rho).angle), atol=1e-13
    )


def test_full_frustration_is_plus_pi_and_a_missing_side_is_none():
    rho = np.full((4, 4), -0.05) + np.eye(4) * 0.3
    assert triangle_frustration(rho).angle.tolist() == [np.pi] * 4
    rho[0, 3] = rho[3, 0] = 0.0
    found = triangle_frustration(rho)
    np.testing.assert_array_equal(found.angle, [np.pi, np.nan, np.nan, np.pi])
    np.testing.assert_array_equal(found.weight, [0.05, 0.0, 0.0, 0.05])


def test_too_many_triangles_of_all_points_together_are_refused():
    """A hundred and twenty of ten levels: 83,333 points have fewer than ten million, and one more has not."""
    shared = np.ones(9), np.ones((9, 1), dtype=complex), np.ones((1, 1), dtype=complex)
    with pytest.raises(ts.ArgumentError, match="at most 10000000 triangles"):
        triangle_frustration(ThermalPlusLowRank(np.zeros(83_334), *shared))
    with pytest.raises(ts.ArgumentError, match="at most 10000000 triangles"):
        triangle_frustration(np.eye(400) / 400)
