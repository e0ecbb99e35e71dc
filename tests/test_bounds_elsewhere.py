"""What do the bounds by S_max say of machines they are not made for: other regimes, no drive, no state, many levels?"""

import numpy as np
import pytest

import torusync as ts
from bounded import bounds_of, degenerate_engine, kept, says_nothing
from problems import BATHS, refused
from torusync.steady import Block, Dense, Status
from torusync.thermo import Regime
from torusync.thermo.bounds import synchronization_bounds
from torusync.thermo.conditions import Condition


def test_bounds_of_one_regime_say_nothing_in_another():
    engine, refrigerator = (bounds_of(ts.ThermalMaser([0.1, 0.1], n_hot=n, **BATHS))[1] for n in (5.0, 0.2))
    says_nothing(engine.cop, "another regime")
    says_nothing(engine.cop_always, "another regime")
    says_nothing(engine.power, "compete")
    says_nothing(refrigerator.efficiency, "another regime")
    assert refrigerator.power.holds
    assert engine.efficiency.condition is Condition.PROVEN


def test_an_engine_below_its_least_power_has_no_bound_of_the_efficiency():
    says_nothing(bounds_of(degenerate_engine(2, 0.1, 0.0))[1].efficiency, "below κ_P S_max")


def test_a_mixed_machine_keeps_only_what_holds_always():
    maser = ts.ThermalMaser([0.1, 0.1], n_hot=[0.2, 1.5], splittings=[0.0, 0.1], **BATHS)
    _, bounds = bounds_of(maser)
    assert bounds.thermodynamics.regime is Regime.MIXED
    for call in (bounds.power, bounds.cop, bounds.cop_always, bounds.efficiency):
        says_nothing(call, "neither engine nor refrigerator")
    assert kept(bounds.power_always)
    assert bounds.coherent_heat.holds


def test_a_batch_says_where_a_bound_holds():
    _, bounds = bounds_of(ts.ThermalMaser(np.full((3, 2), 0.1), n_hot=[[0.2], [0.5], [5.0]], **BATHS))
    power = bounds.power
    assert power.condition_codes.tolist() == [Condition.PROVEN, Condition.PROVEN, Condition.COMPETITION]
    assert power.holds.tolist() == [True, True, False]
    assert np.isnan(power.bound).tolist() == [False, False, True]
    cop = bounds.cop
    assert cop.condition_codes.tolist() == [Condition.PROVEN, Condition.OTHER_REGIME, Condition.OTHER_REGIME]
    assert "holds at 2 of 3" in repr(power)


@pytest.mark.parametrize("solver", [ts.Auto(), Block(), Dense()])
@pytest.mark.parametrize("n_hot", [0.2, 0.5, 5.0])
def test_an_undriven_machine_has_nothing_to_bound(n_hot, solver):
    maser = ts.ThermalMaser(np.zeros(2), n_hot=n_hot, splittings=[0.0, 0.1], dipole_correlation=0.3, **BATHS)
    bounds = synchronization_bounds(ts.steady_state(maser, solver=solver))
    for inequality in (bounds.power, bounds.power_always, bounds.coherent_heat):
        assert inequality.condition is Condition.PROVEN
        assert inequality.quantity <= inequality.bound
        assert inequality.quantity == pytest.approx(0.0, abs=1e-16)
        assert inequality.bound == pytest.approx(0.0, abs=1e-16)
    says_nothing(bounds.cop, "another regime")


def test_machines_in_balance_have_nothing_to_bound():
    bounds = synchronization_bounds(ts.steady_state(ts.ThermalMaser([0.1, 0.2j, 0.1], n_hot=0.5, **BATHS)))
    assert bounds.power.quantity == bounds.power.bound == 0.0
    assert np.isnan(bounds.power.tightness)


def test_fully_correlated_dipoles():
    """p = 1 with unequal and p = −1 with equal drives are unique; at p = −1 nothing flows, but phases lock."""
    for n_hot in (0.2, 2.0, 5.0):
        _, aligned = bounds_of(ts.ThermalMaser([0.1, 0.04], n_hot=n_hot, dipole_correlation=1.0, **BATHS))
        assert kept(aligned.power_always)
        assert kept(aligned.coherent_heat)
        assert aligned.coherent_heat.quantity > 0.0
        assert aligned.condition_codes == Condition.CAN_FAIL
        _, opposed = bounds_of(ts.ThermalMaser([0.1, 0.1], n_hot=n_hot, dipole_correlation=-1.0, **BATHS))
        assert opposed.power_always.quantity == pytest.approx(0.0, abs=1e-15)
        assert opposed.synchronization.pair_sum > 0.01
        assert kept(opposed.power_always)
        assert kept(opposed.coherent_heat)


def test_refused_states_stay_without_bounds():
    maser = ts.ThermalMaser([0.1, 0.1], n_hot=[[0.2], [5.0]], dipole_correlation=1.0, **BATHS)
    state = ts.steady_state(maser, throw=False)
    bounds = synchronization_bounds(state)
    assert (state.status == Status.NOT_UNIQUE).all()
    for call in (bounds.power, bounds.power_always, bounds.coherent_heat, bounds.cop, bounds.efficiency):
        says_nothing(call, "steady state was refused")


def test_states_of_other_systems_are_refused():
    qubit = ts.LindbladSystem(np.diag([0.0, 1.0]), [(0.1, np.array([[0.0, 1.0], [0.0, 0.0]]))])
    refused(lambda: synchronization_bounds(ts.steady_state(qubit)), "`state`", "ThermalMaser")
    refused(lambda: synchronization_bounds(np.eye(4) / 4), "`state`", "ThermalMaser")
    one, two = (ts.steady_state(ts.ThermalMaser([0.1, 0.1], n_hot=n, **BATHS)) for n in (0.2, 5.0))
    refused(lambda: synchronization_bounds(one, sync=ts.synchronization(two)), "`sync`", "another state")


def test_an_empty_batch_is_no_error():
    bounds = synchronization_bounds(ts.steady_state(ts.ThermalMaser(np.zeros((0, 2)), n_hot=0.2, **BATHS)))
    assert bounds.power.bound.shape == bounds.cop.bound.shape == (0,)


def test_every_condition_says_what_it_means():
    assert len({one.sentence for one in Condition}) == len(Condition)
    maser = ts.ThermalMaser([0.1, 0.1], n_hot=0.2, **BATHS)
    assert repr(bounds_of(maser)[1].power).endswith("proven>")


def test_bounds_of_very_many_levels():
    """S_max underflows beyond 400 levels, the pair sum does not."""
    drive = 0.01 * np.exp(1j * np.arange(2000.0))
    bounds = synchronization_bounds(ts.steady_state(ts.ThermalMaser(drive, n_hot=[[0.2], [5.0]], **BATHS)))
    assert np.isinf(bounds.kappa_power).all()
    assert bounds.power.condition_codes.tolist() == [Condition.PROVEN, Condition.COMPETITION]
    assert kept(bounds.power)
    assert kept(bounds.power_always)
