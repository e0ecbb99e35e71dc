"""Does the command line say what synchronization costs, as the library does?"""

import pytest

import torusync as ts
from command import as_json, worded
from problems import BATHS, ENGINE_BATHS
from torusync.thermo import Bookkeeping, counting_statistics, synchronization_bounds, thermodynamics

COLD = worded(BATHS)


def solved(*arguments):
    return as_json("solve", *arguments)


def machine(drive, **changes):
    options = ENGINE_BATHS | changes
    return ts.steady_state(ts.ThermalMaser(drive, **options))


def test_fluctuations_are_those_of_the_library():
    found = solved("--drive", "0.1,0.2", "--n-hot", "5", *COLD)["fluctuations"]
    expected = counting_statistics(machine([0.1, 0.2]))
    assert found["counted_mean"] == float(expected.hot.mean)
    assert found["counted_noise"] == float(expected.hot.noise)
    assert found["counted_third"] == float(expected.hot.third)
    assert found["uncertainty_ratio"] == float(expected.uncertainty_ratio)


def test_fluctuations_of_many_split_levels_are_left_out_and_of_degenerate_ones_are_not():
    split = solved("--manifold-levels", "250", "--drive", "0.01", "--spread", "0.1", "--n-hot", "5", *COLD)[
        "fluctuations"
    ]
    assert list(split.values()) == ["not worked out above 200 manifold levels"]
    degenerate = solved("--manifold-levels", "250", "--drive", "0.01", "--n-hot", "5", *COLD)["fluctuations"]
    assert degenerate["counted_noise"] > 0.0


@pytest.mark.parametrize(("n_hot", "regime"), [(5.0, "engine"), (0.2, "refrigerator")])
def test_bounds_are_those_of_the_library_or_a_reason(n_hot, regime):
    solution = solved("--drive", "0.1,0.1", "--n-hot", str(n_hot), *COLD)
    found = solution["bounds"]
    bounds = synchronization_bounds(machine([0.1, 0.1], n_hot=n_hot))
    always = bounds.power_always
    assert abs(solution["thermodynamics"]["power"]) == float(always.quantity)
    assert found["power_bound_always"] == float(always.bound)
    if regime == "engine":
        assert (found["power_bound"], found["power_bound_condition"]) == (None, "competition")
        assert found["efficiency_bound"] == float(bounds.efficiency.bound)
        assert (found["cop_bound"], found["cop_bound_condition"]) == (None, "other_regime")
    else:
        assert found["power_bound_condition"] == "proven"
        assert found["cop_bound"] == float(bounds.cop.bound)
        assert (found["efficiency_bound"], found["efficiency_bound_condition"]) == (None, "other_regime")


def test_the_bookkeeping_is_chosen_and_said():
    arguments = ("--drive", "0.3", "--n-hot", "5", "--detuning", "0.2", *COLD)
    bare, driven = solved(*arguments)["thermodynamics"], solved(*arguments, "--driven")["thermodynamics"]
    state = machine([0.3], detuning=0.2)
    assert bare["bookkeeping"] == "bare"
    assert driven["bookkeeping"] == "driven"
    assert "interaction_hot" not in bare
    expected = thermodynamics(state, bookkeeping=Bookkeeping.DRIVEN)
    assert driven["power"] == float(expected.power) != bare["power"]
    assert driven["interaction_cold"] == float(expected.interaction_cold)


def test_several_optima_are_listed_with_their_orbits():
    found = solved("--drive", "0.2,0.2", "--n-hot", "5", *COLD)["synchronization"]
    assert found["optima_count"] == 2
    assert found["optima_complete"]
    assert found["optima_orbits"] == [0, 0]
    assert [len(one) for one in found["optima_phases"]] == [4, 4]
