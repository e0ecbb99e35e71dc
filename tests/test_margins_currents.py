"""Does every threshold between the regimes of a machine, and every margin of its currents, do what it is there for?"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import torusync as ts
from problems import RATES
from torusync.steady import Block
from torusync.thermo import Bookkeeping, Regime
from torusync.thermo.entropy import production
from torusync.thermo.machines import Machines


def regime(n_hot, n_cold, **kwargs):
    maser = ts.ThermalMaser(kwargs.pop("drive", [0.1, 0.1]), n_hot=n_hot, n_cold=n_cold, **RATES, **kwargs)
    return ts.thermodynamics(ts.steady_state(maser)).regime


@pytest.mark.parametrize("splittings", [0.0, [0.0, 0.05]])
def test_a_level_in_balance_with_the_cold_bath_does_not_mix_the_regime(splittings):
    """Mixed is a level that is hotter beside one that is colder; one that is neither drives nothing either way."""
    assert regime([0.5, 5.0], 0.5, splittings=splittings) is Regime.ENGINE
    assert regime([5.0, 0.5], 0.5, splittings=splittings) is Regime.ENGINE
    assert regime([0.05, 0.5], 0.5, splittings=splittings) is Regime.REFRIGERATOR
    assert regime([0.5 - 1e-9, 5.0], 0.5, splittings=splittings) is Regime.MIXED
    assert regime([0.05, 0.5 + 1e-9], 0.5, splittings=splittings) is Regime.MIXED


def decided(quanta, errors=(0.0, 0.0), n_hot=(0.0, 1.0), n_cold=0.5):
    """Return what is produced by quanta that enter levels which are empty or not, and its error."""
    entered = np.array(quanta)[:, np.newaxis]
    flux, each = (entered.sum(axis=0), np.array([errors[0]])), (entered, np.array([errors[1]]))
    maser = ts.ThermalMaser(np.ones(len(quanta)), n_hot=n_hot, n_cold=n_cold, **RATES)
    value, error = production(Machines.of(maser, driven=False), flux, each, None)
    return float(value[0]), float(error[0])


def test_a_level_at_zero_temperature_counts_only_where_heat_flows_into_its_bath():
    """Σ Q/T with T = 0: infinite by the sign of all that flows there together, nothing where nothing flows."""
    worth = np.log(3.0) - np.log(2.0)
    value, error = decided([0.0, 5.0])
    assert value == pytest.approx(5.0 * worth, rel=1e-14)
    assert 0.0 < error < 1e-13
    assert decided([1e-300, 5.0]) == (-np.inf, 0.0)
    assert decided([-1e-300, 5.0]) == (np.inf, 0.0)
    # levels of one bath at zero temperature hand on to each other what they take
    value, error = decided([3.0, -3.0, 5.0], n_hot=(0.0, 0.0, 1.0))
    assert value == pytest.approx(5.0 * worth, rel=1e-14)
    assert 0.0 < error < 1e-13
    # of the cold bath at zero temperature as well, what enters elsewhere is what comes there
    assert decided([2.0, 1e-300], n_cold=0.0) == (np.inf, 0.0)
    assert decided([2.0, -1e-300], n_cold=0.0) == (-np.inf, 0.0)


def test_each_flow_is_off_by_its_error_times_what_it_is_worth():
    """σ = J ln(r_2/r_c) + Σ_j J_j ln(r_j/r_2), with rounding where the flows have no error."""
    first, second = np.log(2.0), np.log(0.75)
    for errors, expected in (((0.3, 0.0), 0.3 * first), ((0.0, 0.3), -0.3 * second), ((0.3, 0.3), 0.3 * np.log(8 / 3))):
        value, error = decided([1.0, 5.0], errors, n_hot=(2.0, 1.0), n_cold=0.5)
        assert value == pytest.approx(6.0 * first + 5.0 * second, rel=1e-14)
        assert error == pytest.approx(expected, rel=1e-12)
    eps = np.finfo(float).eps
    for n_hot in ((2.0, 2.0), (2.0, 1.0)):
        value, error = decided([1.0, 5.0], n_hot=n_hot)
        assert 4 * eps * value <= error <= 20 * eps * value


def test_the_sign_of_what_flows_into_an_empty_bath_is_held_against_its_error():
    for errors, certain in (((5.0, 0.9), True), ((0.0, 1.1), False)):
        value, error = decided([-1.0, 5.0], errors)
        assert np.isinf(value) == certain
        assert error == (0.0 if certain else np.inf)
    for errors, certain in (((0.9, 5.0), True), ((1.1, 0.0), False)):
        for n_hot, n_cold in (((1.0,), 0.0), ((0.0,), 0.5)):
            value, error = decided([1.0], errors, n_hot, n_cold)
            assert np.isinf(value) == certain
            assert error == (0.0 if certain else np.inf)


def test_an_undriven_level_at_zero_temperature_produces_no_entropy():
    maser = ts.ThermalMaser([0.1, 0.0], n_hot=[1.0, 0.0], n_cold=0.2, **RATES)
    alone = ts.ThermalMaser([0.1], n_hot=1.0, n_cold=0.2, **RATES)
    found, expected = (ts.thermodynamics(ts.steady_state(one)).entropy_production for one in (maser, alone))
    assert found == pytest.approx(float(expected), rel=1e-13)


@pytest.mark.parametrize("strength", [0.5, 1e-5])
@pytest.mark.parametrize("correlation", [0.0, 0.5])
@pytest.mark.parametrize("bookkeeping", Bookkeeping)
def test_currents_and_their_errors_do_not_depend_on_units(strength, correlation, bookkeeping):
    """Frequencies in units 1024 times smaller: powers of two leave every digit as it is."""

    def found(unit):
        maser = ts.ThermalMaser(
            unit * np.array([strength, 2j * strength]), n_hot=[3.0, 2.0], n_cold=0.4, gamma_hot=unit * 0.05,
            gamma_cold=unit * 0.2, omega_cold=unit, omega_hot=3.0 * unit, splittings=unit * np.array([0.0, 0.25]),
            detuning=unit * 0.3, dipole_correlation=correlation,
        )  # fmt: skip
        return ts.thermodynamics(ts.steady_state(maser), bookkeeping=bookkeeping)

    one, other = found(1.0), found(1024.0)
    powers = {"flux": 1, "flux_error": 1, "power": 2, "power_error": 2, "exchange_error": 2, "interaction_error": 2,
              "interaction_hot_error": 2, "entropy_production_error": 1,
              "gross": 2, "heat_hot_error": 2, "heat_cold_error": 2, "efficiency_error": 0}  # fmt: skip
    for name, power in powers.items():
        assert getattr(other, name) == pytest.approx(float(getattr(one, name)) * 1024.0**power, rel=1e-9, abs=0.0), name
    # small units are not small errors: relative to a flux of the square of the drive they are rounding
    assert one.flux_error <= 1e-9 * abs(one.flux)


def test_what_is_exchanged_irrespective_of_sign():
    """An undriven machine gives each bath what it takes from it: 2 γ n ω ρ_00, for every level."""
    maser = ts.ThermalMaser([0.0, 0.0], n_hot=[3.0, 2.0], n_cold=0.4, **RATES, splittings=[0.0, 0.5])
    state = ts.steady_state(maser)
    found = ts.thermodynamics(state)
    expected = 2 * (0.05 * (3.0 * 3.0 + 2.0 * 3.5) + 0.2 * 0.4) * state.populations[0]
    assert found.gross == pytest.approx(float(expected), rel=1e-13)
    assert found.flux == found.power == 0.0
    assert found.regime is Regime.IDLE


def test_numbers_near_the_smallest_double_tell_no_sign():
    """Whatever error the state claims: below 1e-300 there is no relative accuracy."""
    maser = ts.ThermalMaser([0.8, 0.5], n_hot=3.0, n_cold=0.4, **RATES)
    density = ts.steady_state(maser, solver=Block()).density
    for size, regime in ((1e-310, Regime.IDLE), (1e-290, Regime.ENGINE)):
        block = np.zeros_like(density.block)
        block[0, 0], block[1, 1] = size, -size
        state = SimpleNamespace(density=replace(density, block=block), coherence_error=np.zeros(()), system=maser)
        found = ts.thermodynamics(state)
        assert found.flux == pytest.approx(2 * 0.2 * 1.4 * size, rel=1e-3)
        assert found.regime is regime


@pytest.mark.parametrize("strength", [1e-6, 1e-12])
@pytest.mark.parametrize(("n_hot", "splittings"), [([3.0, 2.0], [0.0, 0.25]), (3.0, [0.0, 0.25]), ([3.0, 2.0], 0.0)])
def test_a_tiny_drive_between_levels_that_differ_keeps_the_digits_of_its_flux(strength, n_hot, splittings):
    """J goes with the square of the drive, and so does its error; whether energies, occupations, or both differ."""
    maser = ts.ThermalMaser([strength, 2j * strength], n_hot=n_hot, n_cold=0.4, **RATES, splittings=splittings)
    found = ts.thermodynamics(ts.steady_state(maser))
    assert found.regime is Regime.ENGINE
    assert found.flux_error <= 1e-12 * found.flux
    assert found.power_error <= 1e-12 * found.power
    assert found.entropy_production_error <= 1e-12 * found.entropy_production
    assert found.efficiency_error <= 1e-12


@pytest.mark.parametrize(("n_hot", "n_cold"), [(0.0, 0.4), (3.0, 0.0), (0.0, 0.0)])
def test_nothing_flows_from_a_bath_at_zero_temperature_without_a_drive(n_hot, n_cold):
    maser = ts.ThermalMaser([0.0], n_hot=n_hot, n_cold=n_cold, **RATES)
    found = ts.thermodynamics(ts.steady_state(maser))
    assert found.entropy_production == 0.0
    assert found.second_law_holds
    assert found.regime is Regime.IDLE


@pytest.mark.parametrize("detuning", [0.7, -0.7])
def test_the_interaction_is_off_by_rounding_of_what_was_added_up(detuning):
    """One level: S = δ J is all there is, beside P = ΩJ and the exchange with the baths."""
    maser = ts.ThermalMaser([0.8], n_hot=3.0, n_cold=0.4, **RATES, detuning=detuning)
    state = ts.steady_state(maser, solver=Block())
    known = SimpleNamespace(density=state.density, coherence_error=np.zeros(()), system=maser)
    bare, driven = (ts.thermodynamics(known, bookkeeping=books) for books in Bookkeeping)
    aside = abs(detuning * float(bare.flux))
    assert driven.gross == pytest.approx(float(bare.gross + abs(driven.power)) + aside, rel=1e-12)
    eps = np.finfo(float).eps
    assert 16 * eps * aside <= driven.interaction_error <= 100 * eps * aside
    assert driven.interaction_cold == pytest.approx(detuning * float(bare.flux) * -0.28 / (0.28 + 0.2) * -1, rel=1e-9)
    assert bare.interaction_error == 0.0


@pytest.mark.parametrize("bookkeeping", Bookkeeping)
def test_weak_drives_beside_strong_ones_are_what_they_are_alone(bookkeeping):
    """Each point asks its bath or its drive, whatever the others ask."""
    drives = np.array([[1e-7, 2e-7], [0.5, 0.3], [1e-5, 3e-5j], [8.0, 2.0]])
    options = {"n_hot": [3.0, 2.0], "n_cold": 0.4, "splittings": [0.0, 0.25], **RATES}

    def found(drive):
        return ts.thermodynamics(ts.steady_state(ts.ThermalMaser(drive, **options)), bookkeeping=bookkeeping)

    whole = found(drives)
    for k, drive in enumerate(drives):
        alone = found(drive)
        for name in ("flux", "flux_error", "power", "power_error", "heat_cold", "heat_hot_error"):
            assert getattr(whole, name)[k] == pytest.approx(float(getattr(alone, name)), rel=1e-6, abs=0.0), (name, k)
        assert whole.regime_codes[k] == alone.regime_codes


def test_the_codes_of_regimes_are_told_apart():
    """They stand in files: no two are one."""
    codes = {name: int(code) for name, code in Regime.__members__.items()}
    assert codes == {"IDLE": 0, "ENGINE": 1, "REFRIGERATOR": 2, "MIXED": 3, "UNDEFINED": 4}
