"""Correlated dipoles, N = 17 … 60: is all that is certified proven as well by a bound worked out in the tests?

`python -m tests.hunts.correlated 5000` is the long one; here are 400 of its machines.
"""

import numpy as np
import pytest
from tests.hunts import correlated


@pytest.fixture(scope="module")
def found():
    return correlated.hunt(range(400), random_starts=4)


def test_nothing_is_wrong(found):
    assert len(found) > 350
    assert [one for one in found if one.wrong] == []


def test_what_is_certified_is_proven_by_the_matrix_alone(found):
    assert [one for one in found if one.unproven] == []
    assert sum(one.certified for one in found) > 0.75 * len(found)


def test_no_value_lies_below_the_largest_coherence(found):
    assert all(one.value >= one.largest * (1 - 1e-12) for one in found)


def test_the_search_that_knows_the_thermal_part_hardly_ever_ends_lower(found):
    assert sum(one.lower for one in found) <= 0.01 * len(found)
    for refrigerator in (True, False):
        assert sum(one.refrigerator is refrigerator for one in found) > 150


def test_the_judge_is_a_bound():
    """Against the maximum over a fine grid of the phases of three levels."""
    rng = np.random.default_rng(0)
    angles = np.exp(2j * np.pi * np.arange(240) / 240)
    for _ in range(10):
        factor = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
        rho = factor @ factor.conj().T
        off = rho - np.diag(np.diag(rho))
        heights = np.real(
            off[0, 1] * angles[:, np.newaxis] + off[0, 2] * angles + off[1, 2] * angles * angles.conj()[:, np.newaxis]
        )
        for phases in (rng.uniform(0, 6, 3), np.zeros(3)):
            assert correlated.independent_bound(rho, phases) >= heights.max()
