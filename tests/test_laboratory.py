"""Do laboratory units lose no factor?"""

import numpy as np
import pytest
import scipy.constants

import torusync as ts
from torusync.models import machine_of
from torusync.models.laboratory import BOLTZMANN, PLANCK, read, typable

LAB = {
    "drive": "50 MHz", "omega_cold": "5 GHz", "omega_hot": "15 GHz", "gamma_hot": "25 MHz", "gamma_cold": "100 MHz",
    "hot_temperature": "1.2 K", "cold_temperature": "100 mK",
}  # fmt: skip

TABLE = typable(ts.ThermalMaser)


def maser_of(typed, levels=2):
    return machine_of(typed | {"manifold_levels": levels}).system


def test_the_constants_are_those_of_the_si():
    assert scipy.constants.h == PLANCK
    assert scipy.constants.k == BOLTZMANN


@pytest.mark.parametrize(
    ("name", "text", "value", "dimensional"),
    [
        ("drive", "0.1", 0.1, False),
        ("drive", " 0.1 + 0.2j ", 0.1 + 0.2j, False),
        ("drive", "1e-3", 1e-3, False),
        ("drive", "2.5e3kHz", 2.5e6, True),
        ("drive", "1+1j MHz", (1 + 1j) * 1e6, True),
        ("omega_cold", "5 THz", 5e12, True),
        ("omega_cold", "7 Hz", 7.0, True),
        ("hot_temperature", "20 uK", 20e-6, True),
        ("hot_temperature", "3 nK", 3e-9, True),
        ("drive", 0.3, 0.3, False),
        ("drive", "0.1 - 2i", 0.1 - 2j, False),
        ("drive", "i GHz", 1e9j, True),
    ],
)
def test_quantities_are_read(name, text, value, dimensional):
    found = read(TABLE[name], text)
    assert found.value == pytest.approx(value, rel=1e-15)
    assert found.dimensional is dimensional


@pytest.mark.parametrize("text", ["5 GHZ", "5 K", "fast", "", "5 5 GHz", "GHz", "1..2"])
def test_what_is_no_frequency_is_refused(text):
    with pytest.raises(
        ts.ArgumentError, match=r"^Argument `omega_cold` must be .*GHz.*, but it is '.*'( \(did you mean 5 GHz\?\))?\.$"
    ):
        read(TABLE["omega_cold"], text)


@pytest.mark.parametrize("text", ["five", "1 GHz", "1e", "ii"])
def test_what_is_no_occupation_is_refused_without_a_word_of_hertz(text):
    with pytest.raises(ts.ArgumentError, match=r"^Argument `n_hot` must be a plain number, but it is '.*'\.$"):
        read(TABLE["n_hot"], text)


def test_scaling_all_frequencies_and_temperatures_changes_nothing():
    """Only ratios count: twice as fast and twice as hot is the same machine."""
    double = {name: f"2{value[1:]}" if value[0] == "1" else value for name, value in LAB.items()}
    double |= {
        "drive": "100 MHz", "omega_cold": "10 GHz", "omega_hot": "30 GHz", "gamma_hot": "50 MHz",
        "gamma_cold": "200 MHz", "hot_temperature": "2.4 K", "cold_temperature": "200 mK",
    }  # fmt: skip
    one, two = maser_of(LAB, 2), maser_of(double, 2)
    for name in ("drive", "n_hot", "n_cold", "gamma_hot", "gamma_cold", "omega_hot"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-14)


def test_each_level_has_the_occupation_of_its_own_frequency():
    maser = maser_of(LAB | {"spread": "1 GHz"}, 3)
    frequencies = np.array([15e9, 15.5e9, 16e9])
    expected = 1 / np.expm1(scipy.constants.h * frequencies / (scipy.constants.k * 1.2))
    np.testing.assert_allclose(maser.n_hot, expected, rtol=1e-13)
    np.testing.assert_allclose(maser.splittings, [0.0, 0.1, 0.2], rtol=1e-13)


def test_dimensionless_temperatures_are_in_units_of_the_cold_transition():
    maser = maser_of(
        {"drive": 0.1, "gamma_hot": 0.05, "gamma_cold": 0.2, "hot_temperature": 5.0, "cold_temperature": 0.5}, 2
    )
    assert maser.n_cold == pytest.approx(1 / np.expm1(2.0), rel=1e-14)
    np.testing.assert_allclose(maser.n_hot, 1 / np.expm1(0.6), rtol=1e-14)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"gamma_hot": "0.1"}, "carry a unit like"),
        ({"gamma_hot": 0.1}, "carry a unit like"),
        ({"cold_temperature": "0.1"}, "carry a unit like"),
        ({"omega_cold": "-5 GHz"}, "`omega_cold` must be greater than 0, but it is '-5 GHz'"),
        ({"omega_cold": "0 GHz"}, "greater than 0"),
        ({"cold_temperature": "0 K"}, "greater than 0"),
        ({"hot_temperature": "-1 K"}, "greater than 0"),
        ({"omega_hot": "1 GHz"}, "above `omega_cold`"),
        ({"dipole_correlation": "1 MHz"}, "plain number"),
        ({"hot_temperature": "nan K"}, "`hot_temperature` must be finite"),
        ({"gamma_hot": "1e308 THz"}, "`gamma_hot` must be finite"),
        ({"gamma_hot": ["1 MHz", "2 MHz"]}, "`gamma_hot` must be one value, but it has 2"),
        ({"hot_temperature": ["1 K", "2 K"]}, "`hot_temperature` must be one value, but it has 2"),
        ({"hot_temperature": "1+1j K"}, "`hot_temperature` must be real"),
        ({"drive": []}, "`drive` must be one value, but it has 0"),
        ({"spread": "-1 MHz"}, "`spread` must be at least 0, but it is '-1 MHz'"),
        ({"gamma_hot": "-1 Hz"}, "`gamma_hot` must be at least 0, but it is '-1 Hz'"),
    ],
    ids=str,
)
def test_half_a_unit_system_is_refused(changes, word):
    with pytest.raises(ts.ArgumentError, match=word):
        maser_of(LAB | changes, 2)


def test_the_scale_must_be_given():
    for name in ("omega_cold", "omega_hot"):
        with pytest.raises(ts.ArgumentError, match=f"`{name}` must be given with its unit"):
            maser_of({key: value for key, value in LAB.items() if key != name}, 2)


def test_frequencies_without_a_bound_may_be_negative():
    assert maser_of(LAB | {"detuning": "-50 MHz", "drive": "-1 GHz"}).detuning == pytest.approx(-0.01, rel=1e-15)


def test_levels_are_counted_by_the_longest_row():
    one = {name: value for name, value in LAB.items() if name != "drive"}
    for row in (["1 GHz"], ["1 GHz", "2 GHz"], ["1 GHz", "2 GHz", "3 GHz"]):
        found = machine_of(one | {"drive": row}).system.drive
        np.testing.assert_allclose(found, 0.2 * np.arange(1, len(row) + 1), rtol=1e-14)


def test_zero_needs_no_unit():
    assert maser_of(LAB | {"detuning": "0", "spread": 0}, 2).detuning == 0.0


@pytest.mark.parametrize("unit", [1.0, 7.0, 1e-3, 5e9])
def test_any_unit_of_frequency_gives_the_same_machine(unit):
    """1 Hz is a unit like any other, not a sign that there is none."""
    kelvin = scipy.constants.h * unit / scipy.constants.k
    ratios = {"drive": 0.1, "omega_cold": 1.0, "omega_hot": 3.0, "gamma_hot": 0.05, "gamma_cold": 0.2}
    typed = {name: f"{value * unit!r} Hz" for name, value in ratios.items()}
    heat = {"hot_temperature": f"{5.0 * kelvin!r} K", "cold_temperature": f"{0.5 * kelvin!r} K"}
    found = machine_of(typed | heat | {"manifold_levels": 2})
    plain = machine_of(ratios | {"hot_temperature": 5.0, "cold_temperature": 0.5, "manifold_levels": 2})
    assert found.system.hertz == pytest.approx(unit)
    assert plain.system.hertz is None
    assert found.temperatures["hot_temperature"] == pytest.approx(5.0, rel=1e-13)
    assert found.temperatures["cold_temperature"] == pytest.approx(0.5, rel=1e-13)
    for name in ("drive", "n_hot", "n_cold", "gamma_hot", "gamma_cold", "omega_cold", "omega_hot"):
        np.testing.assert_allclose(getattr(found.system, name), getattr(plain.system, name), rtol=1e-12)


def test_prefixes_are_powers_of_a_thousand():
    for text, hertz in (("1 Hz", 1.0), ("1 kHz", 1e3), ("1 MHz", 1e6), ("1GHz", 1e9), ("1THz", 1e12)):
        assert read(TABLE["drive"], text).value == hertz
    for text, kelvin in (("1 K", 1.0), ("1 mK", 1e-3), ("1 uK", 1e-6), ("1 \u00b5K", 1e-6), ("1 \u03bcK", 1e-6)):
        assert read(TABLE["hot_temperature"], text).value == kelvin


def test_occupations_need_no_unit_beside_frequencies_that_have_one():
    typed = {name: value for name, value in LAB.items() if not name.endswith("temperature")}
    found = machine_of(typed | {"n_hot": "5", "n_cold": 0.5, "manifold_levels": 2})
    assert found.temperatures == {}
    np.testing.assert_array_equal(found.system.n_hot, [5.0, 5.0])


def test_levels_that_no_memory_holds_are_refused_at_once():
    with pytest.raises(ts.ArgumentError, match="`manifold_levels` must be at most"):
        maser_of(LAB, 10**15)
