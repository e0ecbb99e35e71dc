"""Is white noise, which jumps up as often as down, a bath of infinite temperature?"""

import numpy as np
import pytest

import torusync as ts

LOW, HIGH = 1.0, 2.5


def lowering(upper: int, lower: int, levels: int):
    jump = np.zeros((levels, levels))
    jump[lower, upper] = 1.0
    return jump


def coupled(jump, frequency: float, temperature: float, rate: float = 0.01):
    quanta = 1.0 / np.expm1(frequency / temperature)
    return [(rate * (1.0 + quanta), jump), (rate * quanta, jump.T)]


def refrigerator():
    """Levels 0, LOW, HIGH; the hot bath takes what the cold one and the noise between the upper two give."""
    channels = [
        *coupled(lowering(1, 0, 3), LOW, 0.8),
        *coupled(lowering(2, 0, 3), HIGH, 1.2),
        (0.02, lowering(2, 1, 3)),
        (0.02, lowering(2, 1, 3).T),
    ]
    between = HIGH - LOW
    return ts.LindbladSystem(
        np.diag([0.0, LOW, HIGH]),
        channels,
        baths={"cold": [0, 1], "hot": [2, 3], "noise": [4, 5]},
        frequencies={"cold": [-LOW, LOW], "hot": [-HIGH, HIGH], "noise": [-between, between]},
    )


def test_equal_rates_are_those_of_an_infinite_temperature():
    flows = ts.thermodynamics(ts.steady_state(refrigerator()))
    np.testing.assert_allclose(flows.temperatures, [0.8, 1.2, np.inf], rtol=1e-13)
    assert flows.second_law.name == "PROVEN"
    assert flows.heats["cold"] > 0.0 > flows.heats["hot"]
    given = -flows.heats["cold"] / 0.8 - flows.heats["hot"] / 1.2  # and −Q/∞
    assert flows.entropy_production == pytest.approx(given, rel=1e-12)


def test_rates_that_differ_in_the_last_digits_are_not_equal():
    system = refrigerator()
    channels = list(system.channels)
    channels[5] = (0.02 * (1.0 - 1e-9), channels[5][1])
    told = ts.LindbladSystem(system.hamiltonian, channels, baths=system.baths)
    assert ts.thermodynamics(ts.steady_state(told)).temperatures[2] == pytest.approx((HIGH - LOW) / 1e-9, rel=1e-6)


def test_the_coldest_bath_is_known_beside_an_infinite_temperature():
    # a driven refrigerator, and weak noise on the transition that is driven
    drive = 0.05 * (lowering(2, 1, 3) + lowering(2, 1, 3).T)
    system = refrigerator()
    channels = [*list(system.channels)[:4], (1e-5, lowering(2, 1, 3)), (1e-5, lowering(2, 1, 3).T)]
    driven = ts.LindbladSystem(drive, channels).with_baths(
        {"cold": [0, 1], "hot": [2, 3], "noise": [4, 5]},
        frequencies={"cold": [-LOW, LOW], "hot": [-HIGH, HIGH], "noise": [LOW - HIGH, HIGH - LOW]},
        energies=np.diag([0.0, LOW, HIGH]),
    )
    flows = ts.thermodynamics(ts.steady_state(driven))
    assert flows.power < 0.0 < flows.heats["cold"]
    assert flows.cop == pytest.approx(-flows.heats["cold"] / flows.power, rel=1e-12)


def test_an_infinite_temperature_is_refused_with_what_says_it():
    system = refrigerator()
    with pytest.raises(ts.ArgumentError, match="must be finite, but it is inf; leave it out and give the bath `freq"):
        system.with_baths({"noise": [4, 5]}, temperatures={"noise": np.inf})
