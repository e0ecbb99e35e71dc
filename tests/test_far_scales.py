"""Is what is found of coherences the same in whatever unit they are, down to the smallest numbers that there are?"""

import numpy as np
import pytest

from torusync.maxima import maximum
from torusync.maxima.components import connected_parts

DIGITS = {1e-310: 1e-10, 1e-200: 1e-13, 1e-149: 1e-13, 1e97: 1e-13}
"""Units, and what is left of the digits in them."""


@pytest.mark.parametrize("levels", [6, 24])
@pytest.mark.parametrize("unit", DIGITS)
def test_maxima_scale_with_the_coherences(levels, unit):
    rng = np.random.default_rng(levels)
    phases = np.exp(2j * np.pi * rng.random(levels))
    moduli = rng.uniform(0.5, 1.0, (levels, levels))
    here = (moduli + moduli.T) * phases[:, np.newaxis] * np.conj(phases)
    np.fill_diagonal(here, 0.0)
    # one in common units beside it, which does not see the other
    found = maximum(np.stack([here, 0.5 * (here + here.conj().T) * unit]))
    for values in (found.value, found.bound, found.l1):
        assert values[1] / unit == pytest.approx(values[0], rel=DIGITS[unit])
    assert np.array_equal(found.proof, found.proof[[0, 0]])
    assert found.bound[1] >= found.value[1]


def test_the_moduli_of_the_smallest_numbers_are_summed_in_units_of_the_largest():
    """5e-324 (1 + i) has the modulus √2 × 5e-324, which as a number is 5e-324: a third would be missing."""
    least = np.nextafter(0.0, 1.0)
    here = least * (np.ones((20, 20)) + 1j * (np.triu(np.ones((20, 20)), 1) - np.tril(np.ones((20, 20)), -1)))
    np.fill_diagonal(here, 0.0)
    found = maximum(here)
    assert found.bound >= found.value > 0.0
    assert found.l1 / least == pytest.approx(190 * 2**0.5, abs=1.0)


def test_no_points_have_no_parts():
    assert not list(connected_parts(np.zeros((0, 3, 3), dtype=complex)))
