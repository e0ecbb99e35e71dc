"""Which laws do fluctuations of exchanged quanta obey: balance, uncertainty relations, Gallavotti and Cohen?"""

import math
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import torusync as ts
from problems import random_maser
from tilted import FIELDS, degenerate, exactly, row, statistics
from torusync.thermo.counting import counting_statistics, scaled_generating_function


def changed(maser: ts.ThermalMaser, **changes: Any) -> ts.ThermalMaser:
    parts = {field.name: getattr(maser, field.name) for field in fields(maser)}
    return ts.ThermalMaser(**{**parts, **changes})


# --- laws ------------------------------------------------------------------------------------------------------------


def test_nothing_moves_without_a_drive() -> None:
    for correlated in (0.0, 0.3):
        found = statistics(degenerate(np.random.default_rng(0), 3, drive=np.zeros(3), dipole_correlation=correlated))
        assert row(found.hot).tolist() == row(found.drive).tolist() == [0.0, 0.0, 0.0]
        assert not np.signbit([row(found.hot), row(found.cold)]).any()
        assert np.isnan([found.fano_factor, found.skewness, found.uncertainty_ratio]).all()
        assert (
            scaled_generating_function(ts.ThermalMaser([0.0], n_hot=1, n_cold=2, gamma_hot=1, gamma_cold=1), 0.7) == 0.0
        )


@pytest.mark.parametrize("correlation", [0.0, 0.3])
def test_balanced_baths_have_no_mean_but_noise(correlation: float) -> None:
    rng = np.random.default_rng(1)
    for splittings in (0.0, np.array([0.0, 0.1, 0.3])):
        maser = degenerate(rng, 3, n_hot=0.5, splittings=splittings, dipole_correlation=correlation)
        found = statistics(maser)
        assert found.hot.mean == found.cold.mean == found.entropy_production == 0.0
        assert found.hot.noise > 1e-3
        np.testing.assert_allclose(found.hot.noise, exactly(maser)[1], rtol=1e-12)
        assert np.isnan(found.fano_factor)
        assert np.isnan(found.uncertainty_ratio)
        if correlation == 0.0:
            assert abs(found.hot.third) <= 1e-14 * found.hot.noise
    assert statistics(degenerate(rng, 3, n_hot=0.5)).hot.third == 0.0


def test_balanced_baths_of_correlated_dipoles_have_a_third_cumulant() -> None:
    """Complex λ_j beside correlated dipoles break the symmetry that would forbid it, with no flux at all."""
    random = random_maser(np.random.default_rng(1), correlated=True, per_level=False, levels=3)
    maser = changed(random, n_hot=0.5, n_cold=0.5)
    found = statistics(maser)
    assert found.hot.mean == 0.0
    assert abs(found.hot.third) > 1e-4 * found.hot.noise
    assert abs(statistics(changed(maser, drive=np.abs(maser.drive))).hot.third) < 1e-14 * found.hot.noise
    np.testing.assert_allclose(found.hot.third, exactly(maser)[2], rtol=1e-10)


def test_noise_in_balance_is_twice_the_response_to_the_affinity() -> None:
    tilt = 1e-7
    for splittings in (0.0, np.array([0.0, 0.2])):
        maser = degenerate(np.random.default_rng(2), 2, n_hot=0.5 * (1.0 + tilt), splittings=splittings)
        found = statistics(maser)
        affinity = math.log1p(tilt * 0.5 / (0.5 * 1.5 * (1.0 + tilt) + tilt * 0.25))
        np.testing.assert_allclose(found.hot.noise, 2.0 * found.hot.mean / affinity, rtol=1e-6)
        np.testing.assert_allclose(found.uncertainty_ratio, 2.0, rtol=1e-6)


@pytest.mark.parametrize("n_hot", [0.0, 0.1, 5.0])
def test_rare_quanta_of_a_weak_drive_are_independent(n_hot: float) -> None:
    """With λ → 0 hops both ways are Poisson processes at rates in the ratio e^A: the classical limit.

    Noise over mean is coth(|A|/2), the third cumulant is the mean, and the uncertainty ratio |A| coth(|A|/2) ≥ 2.
    """
    for splittings in (0.0, np.array([0.0, 0.1])):
        maser = degenerate(np.random.default_rng(3), 2, drive=[1e-7, 2e-7j], n_hot=n_hot, splittings=splittings)
        found, r_h, r_c = statistics(maser), n_hot / (1.0 + n_hot), 1.0 / 3.0
        np.testing.assert_allclose(found.fano_factor, (r_h + r_c) / abs(r_h - r_c), rtol=1e-10)
        np.testing.assert_allclose(found.hot.third, found.hot.mean, rtol=1e-10)
        if n_hot == 0.0:
            assert found.uncertainty_ratio == np.inf
        else:
            affinity = abs(math.log(r_h / r_c))
            np.testing.assert_allclose(found.uncertainty_ratio, affinity / math.tanh(0.5 * affinity), rtol=1e-10)


def test_coherence_beats_the_classical_uncertainty_relation() -> None:
    """Kalaee, Wacker and Potts (PRE 104, L012103) for N = 1; a classical three-level cycle never does."""
    maser = ts.ThermalMaser([0.7], n_hot=0.3, n_cold=32.0, gamma_hot=0.5, gamma_cold=0.01)
    found = statistics(maser)
    assert 1.9 < found.uncertainty_ratio < 1.96
    mean, noise, _ = exactly(maser)
    sigma = mean * math.log((1 + 1 / 32.0) / (1 + 1 / 0.3))
    np.testing.assert_allclose(found.uncertainty_ratio, noise * sigma / mean**2, rtol=1e-11)


@given(st.floats(1e-6, 1e6), st.integers(1, 4), st.booleans(), st.booleans(), st.integers(0, 10**6))
def test_only_the_units_change_with_all_rates(
    factor: float, levels: int, correlated: bool, per_level: bool, seed: int
) -> None:
    maser = random_maser(np.random.default_rng(seed), correlated=correlated, per_level=per_level, levels=levels)
    scaled = ("drive", "gamma_hot", "gamma_cold", "omega_cold", "omega_hot", "splittings", "detuning")
    other = changed(maser, **{name: factor * getattr(maser, name) for name in scaled})
    one, two = statistics(maser), statistics(other)
    scale = factor * one.hot.noise
    assert np.abs(row(two.hot) - factor * row(one.hot)).max() <= 1e-12 * scale
    np.testing.assert_allclose(two.uncertainty_ratio, one.uncertainty_ratio, rtol=1e-9)
    assert abs(two.skewness * math.sqrt(factor) - one.skewness) <= 1e-12 / math.sqrt(one.hot.noise)


@given(st.integers(1, 4), st.booleans(), st.booleans(), st.integers(0, 10**6))
def test_laws_of_the_cumulants(levels: int, correlated: bool, per_level: bool, seed: int) -> None:
    maser = random_maser(np.random.default_rng(seed), correlated=correlated, per_level=per_level, levels=levels)
    state = ts.steady_state(maser)
    found, flows = counting_statistics(state), ts.thermodynamics(state)
    assert abs(found.hot.mean - flows.flux) < found.mean_error <= 1e-13 * found.hot.noise
    assert found.hot.noise > 0.0
    assert found.entropy_production == flows.entropy_production
    assert found.cold.mean == found.drive.mean == -found.hot.mean
    assert found.cold.noise == found.drive.noise == found.hot.noise
    assert found.cold.third == found.drive.third == -found.hot.third
    assert found.cold.fano_factor == found.drive.fano_factor == found.fano_factor
    assert found.cold.skewness == -found.skewness
    ratio = found.hot.noise * found.entropy_production / found.hot.mean**2
    np.testing.assert_allclose(found.uncertainty_ratio, ratio, rtol=1e-12)
    # a generating function is convex and vanishes without a counting field
    below, zero, above = scaled_generating_function(maser, [-0.1, 0.0, 0.1])
    assert zero == 0.0
    assert below + above > 0.0


def test_cumulants_are_derivatives_of_the_generating_function() -> None:
    rng = np.random.default_rng(8)
    for maser in (degenerate(rng, 4), random_maser(rng, correlated=True, per_level=True, levels=3)):
        h = 0.02 * np.arange(-3, 4)
        coefficients = np.polynomial.polynomial.polyfit(h, scaled_generating_function(maser, h), 6)
        found = row(statistics(maser).hot)
        np.testing.assert_allclose(coefficients[1:4] * [1.0, 2.0, 6.0], found, rtol=1e-5, atol=1e-6 * found[1])


# --- Gallavotti and Cohen --------------------------------------------------------------------------------------------


def affinity(maser: ts.ThermalMaser) -> float:
    return math.log((1.0 + 1.0 / float(np.ravel(maser.n_hot)[0])) / (1.0 + 1.0 / float(maser.n_cold)))


@pytest.mark.parametrize("levels", [1, 2, 3, 30])
def test_fluctuation_symmetry_with_one_occupation(levels: int) -> None:
    rng = np.random.default_rng(levels)
    for maser in (degenerate(rng, levels), random_maser(rng, correlated=False, per_level=False, levels=levels)):
        mirrored = scaled_generating_function(maser, affinity(maser) - FIELDS)
        np.testing.assert_allclose(mirrored, scaled_generating_function(maser, FIELDS), rtol=1e-11)
        assert abs(scaled_generating_function(maser, affinity(maser))) <= 1e-14


def test_fluctuation_symmetry_of_correlated_dipoles_needs_phases_in_line() -> None:
    """A diagonal unitary makes λ_j real and P_ij complex: the drift is then no longer symmetric."""
    random = random_maser(np.random.default_rng(4), correlated=True, per_level=False, levels=3)

    moduli = np.abs(random.drive)
    aligned = changed(random, drive=moduli * np.array([1.0, -1.0, 1.0]) * np.exp(0.6j))
    complex_ = changed(random, drive=moduli * np.exp(1j * np.array([0.0, 1.0, -2.0])))
    conjugate = changed(random, drive=np.conj(complex_.drive))
    mirror = affinity(random) - FIELDS
    plain = scaled_generating_function(aligned, FIELDS)
    np.testing.assert_allclose(scaled_generating_function(aligned, mirror), plain, rtol=1e-11)
    plain = scaled_generating_function(complex_, FIELDS)
    assert np.abs(scaled_generating_function(complex_, mirror) / plain - 1.0).min() > 1e-6
    np.testing.assert_allclose(scaled_generating_function(conjugate, mirror), plain, rtol=1e-11)


def test_fluctuation_symmetry_is_broken_by_unequal_occupations() -> None:
    maser = degenerate(np.random.default_rng(5), 2, n_hot=[1.0, 2.0], detuning=0.0)
    found = scaled_generating_function(maser, [*np.linspace(-1.5, 1.5, 7)])
    for guess in np.linspace(-2.0, 0.0, 41):
        mirrored = scaled_generating_function(maser, guess - np.linspace(-1.5, 1.5, 7))
        assert np.abs(mirrored - found).max() > 1e-6
