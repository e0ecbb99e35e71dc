"""Is a maser's noise never farther off than it says, also where couplings exceed the rates by 10¹³?"""

import numpy as np
import pytest

import torusync as ts
from tilted import exactly, statistics
from torusync.thermo.uncertain import Uncertain

LETTER = {"n_hot": 5.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}


def assert_honest(maser):
    found, expected = statistics(maser, throw=False), exactly(maser)
    assert abs(found.hot.noise - expected[1]) <= found.noise_error
    assert abs(found.hot.third - expected[2]) <= found.third_error
    return found, expected


@pytest.mark.parametrize("strong", [1e0, 1e6, 1e12, 1e13, 1e14])
@pytest.mark.parametrize("apart", [0.0, 0.1], ids=["closed form", "Schur form"])
def test_strong_couplings(strong, apart):
    found, expected = assert_honest(ts.ThermalMaser([0.05 * strong, 0.3 * strong], splittings=[0.0, apart], **LETTER))
    assert found.residual < 1e-14
    if not apart:
        assert found.noise_error <= 1e-13 * expected[1]
    elif strong <= 1e6:
        assert found.noise_error <= 1e-12 * strong * expected[1]
    else:
        # the residual is as small as ever
        assert found.noise_error >= 1e-3 * abs(found.hot.noise - expected[1]) + 1e-6 * expected[1]


@pytest.mark.parametrize("seed", range(12))
def test_machines_of_any_rates(seed):
    rng = np.random.default_rng(seed)
    drive, correlation = rng.normal(size=2) * 10.0 ** rng.uniform(-3, 3), rng.choice([0.0, 0.5, 0.999])
    n_hot, n_cold = 10.0 ** rng.uniform(-2, 1, size=2)
    rates = {"gamma_hot": 10.0 ** rng.uniform(-6, 0), "gamma_cold": 10.0 ** rng.uniform(-4, 0)}
    apart = {"splittings": [0.0, 10.0 ** rng.uniform(-3, 1)], "dipole_correlation": correlation}
    assert_honest(ts.ThermalMaser(drive, n_hot=n_hot, n_cold=n_cold, **rates, **apart))


def test_terms_that_cancel_in_the_closed_form_are_felt():
    """Far from resonance and with many dark levels the derivatives of P are sums of either sign."""
    for detuning, levels in ((30.0, 2), (0.3, 3), (1e4, 1)):
        maser = ts.ThermalMaser(np.full(levels, 0.1), detuning=detuning, **LETTER)
        found, expected = assert_honest(maser)
        assert found.noise_error <= 1e-11 * expected[1]


def test_a_machine_without_a_bath_has_no_noise_and_says_how_surely():
    found = statistics(ts.ThermalMaser([0.1], n_hot=2.0, n_cold=0.5, gamma_hot=0.0, gamma_cold=0.2))
    assert abs(found.hot.noise) <= found.noise_error < 1e-12


def test_the_uncertainty_relation_is_judged_by_the_error():
    """Coherence beats the classical 2 (Kalaee, Wacker and Potts); where nothing is known, nothing is beaten."""
    quiet = statistics(ts.ThermalMaser([0.7], n_hot=0.3, n_cold=32.0, gamma_hot=0.5, gamma_cold=0.01))
    assert quiet.beats_classical
    assert quiet.uncertainty_ratio_error < 1e-10
    loud = statistics(ts.ThermalMaser([0.7], **LETTER))
    assert not loud.beats_classical
    blurred = statistics(ts.ThermalMaser([5e12, 3e13], splittings=[0.0, 0.1], **LETTER), throw=False)
    assert blurred.uncertainty_ratio_error > 2.0
    assert not blurred.beats_classical
    np.testing.assert_allclose(blurred.fano_factor_error, np.inf)


def test_ratios_know_what_their_parts_leave_open():
    found = statistics(ts.ThermalMaser([0.1, 0.2], splittings=[0.0, 0.1], **LETTER))
    noise, mean, sigma = exactly(ts.ThermalMaser([0.1, 0.2], splittings=[0.0, 0.1], **LETTER))[[1, 0, 0]]
    assert abs(found.fano_factor - noise / mean) <= found.fano_factor_error < 1e-9
    assert found.uncertainty_ratio_error >= found.fano_factor_error * found.entropy_production / sigma
    rest = statistics(ts.ThermalMaser([0.1, 0.2], **{**LETTER, "n_hot": 0.5}))
    assert np.isnan([rest.fano_factor_error, rest.uncertainty_ratio_error]).all()


def test_arithmetic_keeps_the_truth_inside():
    rng = np.random.default_rng(1)
    for _ in range(50):
        true, other = rng.normal(size=2)
        one, two = (Uncertain(np.array(x + 1e-3 * rng.uniform(-1, 1)), np.array(1e-3)) for x in (true, other))
        for found, expected in (
            (one + two, true + other), (one - two, true - other), (one * two, true * other), (-one, -true),
            (2.0 * one, 2.0 * true), (1.0 - one, 1.0 - true), (one.reciprocal, 1.0 / true),
        ):  # fmt: skip
            assert abs(found.value - expected) <= found.error
    assert Uncertain(np.array(1e-4), np.array(1e-3)).reciprocal.error == np.inf
