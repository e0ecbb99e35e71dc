"""Does every factor, margin and condition of the bounds by S_max do what it is there for?"""

import numpy as np
import pytest

import torusync as ts
from torusync.thermo.bounds import synchronization_bounds

EPS = np.finfo(float).eps
TABLE = {"n_hot": 5.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}


def bounds(drive, **changes):
    return synchronization_bounds(ts.steady_state(ts.ThermalMaser(drive, **(TABLE | changes))))


@pytest.mark.parametrize("levels", [2, 3, 4, 5, 6, 7, 12, 13])
def test_the_coherent_heat_pays_for_as_many_sets_as_pairs_without_a_common_level_need(levels):
    """⌊N/2⌋ pairs at most have no level in common, so that N(N−1)/2 pairs need N − 1 sets at even N, and N at odd N."""
    found = bounds(np.full(levels, 0.1), dipole_correlation=-0.3 / levels, omega_hot=3.0)
    sets = -(-(levels * (levels - 1) // 2) // (levels // 2))
    assert found.heat_scale == pytest.approx(4.0 * 0.05 * 0.3 / levels * 3.0 * 6.0 * sets, rel=1e-14)


def test_the_rounding_of_a_bound_is_allowed_for_and_no_more():
    """One level on resonance reaches κ_P S_max: what lies between is what both of them may be off by, 64 ε and more."""
    for drive in (1e-3, 0.1, 3.0):
        found = bounds([drive], n_hot=0.2)
        sync, power = found.synchronization, found.power()
        summed = sync.pair_bound / sync.pair_sum - 1.0
        assert 30.0 * EPS <= summed <= 100.0 * EPS
        assert summed + 60.0 * EPS <= power.bound / power.quantity - 1.0 <= summed + 70.0 * EPS
