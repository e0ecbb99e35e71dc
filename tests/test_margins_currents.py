"""Does every threshold between the regimes of a machine, and every margin of its currents, do what it is there for?"""

import numpy as np
import pytest

import torusync as ts
from torusync.thermo.interaction import reduced

BATHS = {"gamma_hot": 0.05, "gamma_cold": 0.2}


def regime(n_hot, n_cold, **kwargs):
    maser = ts.ThermalMaser(kwargs.pop("drive", [0.1, 0.1]), n_hot=n_hot, n_cold=n_cold, **BATHS, **kwargs)
    return ts.thermodynamics(ts.steady_state(maser)).regime


@pytest.mark.parametrize("splittings", [0.0, [0.0, 0.05]])
def test_a_level_in_balance_with_the_cold_bath_does_not_mix_the_regime(splittings):
    """Mixed is a level that is hotter beside one that is colder; one that is neither drives nothing either way."""
    assert regime([0.5, 5.0], 0.5, splittings=splittings) is ts.Regime.ENGINE
    assert regime([5.0, 0.5], 0.5, splittings=splittings) is ts.Regime.ENGINE
    assert regime([0.05, 0.5], 0.5, splittings=splittings) is ts.Regime.REFRIGERATOR
    assert regime([0.5 - 1e-9, 5.0], 0.5, splittings=splittings) is ts.Regime.MIXED
    assert regime([0.05, 0.5 + 1e-9], 0.5, splittings=splittings) is ts.Regime.MIXED


def test_a_level_at_zero_temperature_counts_only_where_heat_flows_into_its_bath():
    """Σ Q/T with T = 0: infinite by the sign of all that flows there together, nothing where nothing flows."""
    two = np.array([[2.0], [np.inf]])
    assert reduced(np.array([[5.0], [0.0]]), two) == 10.0
    assert reduced(np.array([[5.0], [1e-300]]), two) == np.inf
    assert reduced(np.array([[5.0], [-1e-300]]), two) == -np.inf
    # levels of one bath at zero temperature hand on to each other what they take
    three = np.array([[2.0], [np.inf], [np.inf]])
    assert reduced(np.array([[5.0], [3.0], [-3.0]]), three) == 10.0
    np.testing.assert_array_equal(reduced(np.array([[5.0, 5.0], [3.0, -3.0]]), two), [np.inf, -np.inf])


def test_an_undriven_level_at_zero_temperature_produces_no_entropy():
    maser = ts.ThermalMaser([0.1, 0.0], n_hot=[1.0, 0.0], n_cold=0.2, **BATHS)
    alone = ts.ThermalMaser([0.1], n_hot=1.0, n_cold=0.2, **BATHS)
    found, expected = (ts.thermodynamics(ts.steady_state(one)).entropy_production for one in (maser, alone))
    assert found == pytest.approx(float(expected), rel=1e-13)
