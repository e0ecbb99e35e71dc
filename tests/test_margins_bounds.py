"""Does every factor, margin and condition of the bounds by S_max do what it is there for?"""

import numpy as np
import pytest

import torusync as ts
from torusync.thermo.bounds import synchronization_bounds

TABLE = {"n_hot": 5.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}


def bounds(drive, **changes):
    return synchronization_bounds(ts.steady_state(ts.ThermalMaser(drive, **(TABLE | changes))))


@pytest.mark.parametrize("levels", [2, 3, 4, 5, 6, 7, 12, 13])
def test_the_coherent_heat_pays_for_as_many_sets_as_pairs_without_a_common_level_need(levels):
    """⌊N/2⌋ pairs at most have no level in common, so that N(N−1)/2 pairs need N − 1 sets at even N, and N at odd N."""
    found = bounds(np.full(levels, 0.1), dipole_correlation=-0.3 / levels, omega_hot=3.0)
    sets = -(-(levels * (levels - 1) // 2) // (levels // 2))
    assert found.heat_scale == pytest.approx(4.0 * 0.05 * 0.3 / levels * 3.0 * 6.0 * sets, rel=1e-14)
