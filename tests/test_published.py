"""Do we give the numbers that are in print?"""

import numpy as np
import pytest

import torusync as ts
from problems import BATHS

"""Caption of Fig. 2 of PRL 131, 030401; ω_1 = 1, ω_2 = 3, λ = 0.1."""


def letter(levels, ratio, lam=0.1, **options):
    return ts.steady_state(ts.ThermalMaser(np.full(levels, lam), n_hot=0.5 * ratio, **BATHS, **options))


TABLE = [
    # N, n_h/n_c, k, |ρ_12|, |ρ_23|, ΣS, optimal (φ_21, φ_31)
    (2, 0.4, 3 / 5, 3 / 236, 5 / 236, 11 / 236, (1.5 * np.pi, 1.5 * np.pi)),
    (2, 2.0, 1.0, 1 / 92, 1 / 92, 3 / 184, (np.pi / 6, 5 * np.pi / 6)),
    (2, 10.0, 3.0, 1 / 44, 1 / 132, 5 / 132, (0.5 * np.pi, 0.5 * np.pi)),
    (3, 10.0, 3.0, 6 / 368, 2 / 368, 12 / 368, (0.5 * np.pi, 0.5 * np.pi)),
    (10, 10.0, 3.0, 72 / 19 / 928, 24 / 19 / 928, 12 / 928, None),
]


@pytest.mark.parametrize("row", TABLE, ids=[f"N = {row[0]}, n_h/n_c = {row[1]:g}" for row in TABLE])
def test_exact_values_of_equal_drives(row):
    """Rationals from Eqs. (9) to (12); for N = 10 the engine's continuum, |ρ_jl| (N + k²)/2."""
    levels, ratio, k, single, pair, total, phases = row
    state = letter(levels, ratio)
    sync = ts.synchronization(state)
    assert abs(state.coherence(1, 2)) == pytest.approx(single, rel=1e-13)
    assert abs(state.coherence(2, 3)) == pytest.approx(pair, rel=1e-13)
    assert single / pair == pytest.approx(k, rel=1e-13)
    assert sync.pair_sum == pytest.approx(total, rel=1e-13)
    assert sync.certified
    if phases is not None:
        np.testing.assert_allclose(np.sort(sync.phases[2:4]), phases, atol=1e-7)


def test_equal_occupations_leave_nothing():
    state = letter(2, 1.0)
    np.testing.assert_allclose(state.populations, [1 / 2, 1 / 6, 1 / 6, 1 / 6], rtol=1e-14)
    assert ts.synchronization(state).s_max == 0.0


@pytest.mark.parametrize("ratio", [0.1, 0.4, 1.5, 3.0, 6.99, 7.01, 20.0])
@pytest.mark.parametrize("detuning", [0.0, 0.3])
def test_equation_11(ratio, detuning):
    """All three branches; with detuning k becomes k sqrt(1 + δ²/Γ²)."""
    state = letter(2, ratio, detuning=detuning)
    n_h = 0.5 * ratio
    a_h, a_c = 0.05 * (1 + n_h), 0.3
    k = a_h / 0.1 * np.hypot(1.0, detuning / (a_h + a_c))
    single, pair = abs(state.coherence(1, 2)), abs(state.coherence(2, 3))
    assert single / pair == pytest.approx(k, rel=1e-12)
    if ratio < 1:
        expected = 2 * single + pair
    elif k > 2:
        expected = 2 * single - pair
    else:
        expected = (1 + 0.5 * k**2) * pair
    assert ts.synchronization(state).s_max == pytest.approx(expected / (16 * np.pi**2), rel=1e-12)


def test_equation_13_and_its_engine_counterpart():
    """Refrigerator: γ_c(n_c − n_h)/(8 n_h Γ); engine: the same modulus over N, at any detuning."""
    for detuning in (0.0, 0.2):
        for ratio in (0.4, 10.0):
            n_h = 0.5 * ratio
            limit = 0.2 * abs(0.5 - n_h) / (8 * n_h * (0.3 + 0.05 * (1 + n_h)))
            found = ts.synchronization(letter(10**6, ratio, detuning=detuning)).scaled
            scale = 1.0 if ratio < 1 else 10**6
            assert scale * found == pytest.approx(limit, rel=1e-4)


def test_three_quarters_of_equation_13_for_uniform_drives(rng):
    drive = 0.1 * rng.random(10**6)
    found = ts.synchronization(ts.steady_state(ts.ThermalMaser(drive, n_hot=0.2, **BATHS))).scaled
    limit = 0.2 * 0.3 / (8 * 0.2 * (0.3 + 0.06))
    assert found == pytest.approx(0.75 * limit, rel=5e-3)


@pytest.mark.parametrize("ratio", [0.4, 10.0])
@pytest.mark.parametrize("detuning", [0.0, 0.15])
def test_maser_formulas_at_exact_degeneracy(ratio, detuning):
    """P = (ω_2 − ω_1)J, Q_h = ω_2 J, Q_c = −ω_1 J with J = −2wd; η = 1 − ω_1/ω_2, COP = ω_1/(ω_2 − ω_1)."""
    n_h = 0.5 * ratio
    a_h, a_c = 0.05 * (1 + n_h), 0.3
    big, delta, lam2 = a_h + a_c, -detuning, 2 * 0.01
    w = lam2 * big / (big**2 + delta**2)
    state = letter(2, ratio, detuning=detuning)
    d = (0.5 / 1.5 - n_h / (1 + n_h)) / (1 + w * (1 / a_h + 1 / a_c)) * state.populations[0]
    flux = -2 * w * d
    flows = ts.thermodynamics(state)
    assert flows.flux == pytest.approx(flux, rel=1e-12)
    assert flows.power == pytest.approx(2.0 * flux, rel=1e-12)
    assert flows.heat_hot == pytest.approx(3.0 * flux, rel=1e-12)
    assert flows.heat_cold == pytest.approx(-flux, rel=1e-12)
    assert flows.heat_hot_coherent == 0.0
    assert flows.entropy_production == pytest.approx(flux * np.log(3.0 / (1 + 1 / n_h)), rel=1e-12)
    if ratio > 1:
        assert flows.efficiency == pytest.approx(2 / 3, rel=1e-13)
        assert np.isnan(flows.cop)
    else:
        assert flows.cop == pytest.approx(0.5, rel=1e-13)
        assert np.isnan(flows.efficiency)


def test_coherent_heat_of_parallel_dipoles():
    """λ an eigenvector of P with eigenvalue 1 + p, equal n: Q_coh = p Q_inc (companion, PRA 108, 012205)."""
    for p in (-0.5, 0.3, 0.9):
        flows = ts.thermodynamics(letter(2, 10.0, dipole_correlation=p, detuning=0.1))
        assert flows.heat_hot_coherent == pytest.approx(p * float(flows.heat_hot_incoherent), rel=1e-12)


def test_the_near_degenerate_preset_spaces_levels_and_takes_bose_occupations():
    maser = ts.ThermalMaser.near_degenerate(
        manifold_levels=3, spread=0.06, hot_temperature=4.0, cold_temperature=0.6, drive=0.1
    )
    np.testing.assert_allclose(maser.level_energies, [3.0, 3.03, 3.06], rtol=1e-15)
    np.testing.assert_allclose(maser.n_hot, 1 / np.expm1(np.array([3.0, 3.03, 3.06]) / 4.0), rtol=1e-14)
    assert maser.n_cold == pytest.approx(1 / np.expm1(1 / 0.6), rel=1e-14)
    assert maser.drive_frequency == pytest.approx(2.03, rel=1e-15)


def test_carnot_is_reached_where_the_flux_vanishes():
    """At n_h → n_c from above: η → 1 − T_c/T_h, with ω_1/T_c = ω_2/T_h."""
    maser = ts.ThermalMaser.near_degenerate(
        manifold_levels=2, spread=0.0, hot_temperature=3.0 * (1 + 1e-7), cold_temperature=1.0, drive=0.1
    )
    assert ts.thermodynamics(ts.steady_state(maser)).efficiency == pytest.approx(1 - 1.0 / 3.0, rel=1e-6)
