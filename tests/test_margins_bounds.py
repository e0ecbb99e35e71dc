"""Does every factor, margin and condition of the bounds by S_max do what it is there for?"""

import numpy as np
import pytest

import torusync as ts
from problems import ENGINE_BATHS
from torusync.thermo.bounds import synchronization_bounds

EPS = np.finfo(float).eps


def bounds(drive, **changes):
    return synchronization_bounds(ts.steady_state(ts.ThermalMaser(drive, **(ENGINE_BATHS | changes))))


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
        sync, power = found.synchronization, found.power
        summed = sync.pair_sum_bound / sync.pair_sum - 1.0
        assert 30.0 * EPS <= summed <= 100.0 * EPS
        assert summed + 60.0 * EPS <= power.bound / power.quantity - 1.0 <= summed + 70.0 * EPS


@pytest.mark.parametrize("levels", [1, 2, 4, 9])
def test_bounds_of_one_state_follow_from_each_other(levels):
    """COP × |P| = Q_c, so that a bound on |P| is one on the COP; √N between what is proven always and what is not."""
    found = bounds(np.full(levels, 0.1), n_hot=0.2, dipole_correlation=0.3 if levels > 1 else 0.0)
    flows, sync, root = found.thermodynamics, found.synchronization, np.sqrt(levels)
    power, always = found.power, found.power_always
    assert power.bound == pytest.approx(found.power_scale * sync.pair_sum_bound, rel=1e-12)
    assert always.bound / power.bound == pytest.approx(root, rel=1e-14)
    assert found.cop.bound * power.bound == pytest.approx(flows.heat_cold, rel=1e-14)
    assert found.cop_always.bound * always.bound == pytest.approx(flows.heat_cold, rel=1e-14)
    heat = found.coherent_heat
    if levels > 1:
        assert 60.0 * root * EPS <= heat.bound / (found.heat_scale * sync.pair_sum_bound) - 1.0 <= 70.0 * root * EPS
    for one in (power, always, heat):
        assert one.above
        assert one.quantity <= one.bound
    for one in (found.cop, found.cop_always):
        assert not one.above
        assert one.quantity >= one.bound


@pytest.mark.parametrize("levels", [1, 2, 4])
def test_the_efficiency_is_bounded_by_what_is_attained_over_what_is_at_most_taken_in(levels):
    """η ≥ κ_P ΣS/(Q_inc + κ_Q S_max): the height that was found above, its proven bound below, both the safe way."""
    # k = √N, where the power is largest against S_max
    drive = 0.3 * (1.0 + 0.3 * (levels - 1)) / np.sqrt(levels)
    found = bounds(np.full(levels, drive), dipole_correlation=0.3 if levels > 1 else 0.0)
    flows, sync, efficiency = found.thermodynamics, found.synchronization, found.efficiency
    taken = flows.heat_hot_incoherent + found.heat_scale * sync.pair_sum_bound
    ratio = efficiency.bound * taken / (found.power_scale * sync.pair_sum)
    assert 1.0 - 70.0 * EPS * np.sqrt(levels) <= ratio <= 1.0 - 60.0 * EPS * np.sqrt(levels)
    assert efficiency.bound <= efficiency.quantity
    # Q_inc alone, or Q_inc less κ_Q S_max, would claim more
    assert levels == 1 or taken > 1.01 * flows.heat_hot_incoherent


def test_constants_of_an_undriven_machine_are_zero_also_where_the_measure_underflows():
    for levels in (2, 1000):
        found = bounds(np.zeros(levels))
        assert found.kappa_power == found.kappa_heat == 0.0
    assert bounds(np.full(1000, 0.1)).kappa_power == np.inf
