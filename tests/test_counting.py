"""Are the cumulants of exchanged quanta those of tilted generators, of closed forms, of qthermo and of QuTiP?"""

import math
from typing import Any

import numpy as np
import pytest
import qthermo
import qutip

import torusync as ts
from problems import qutip_liouvillian, random_maser
from tilted import FIELDS, Tilted, by_blocks, degenerate, exactly, of_section_8b, row, statistics
from torusync.thermo import counting
from torusync.thermo.counting import Cumulants, scaled_generating_function
from torusync.thermo.renewal import BlockCycle

JUNCTIONS = ("hot", "cold", "drive")
KINDS = [(levels, correlated, per_level) for levels in (1, 2, 3) for correlated in (0, 1) for per_level in (0, 1)]


# --- the numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("levels", "correlated", "per_level"), KINDS)
def test_cumulants_agree_with_the_tilted_generator(levels: int, correlated: int, per_level: int) -> None:
    rng = np.random.default_rng([levels, correlated, per_level])
    for _ in range(6):
        maser = random_maser(rng, correlated=bool(correlated), per_level=bool(per_level), levels=levels)
        found, expected = statistics(maser), Tilted(maser).cumulants()
        assert np.abs(row(found.hot) - expected).max() <= 1e-12 * expected[1]
        assert found.mean_error <= 1e-14 * expected[1]
        assert found.residual <= 1e-14


@pytest.mark.parametrize(("levels", "correlated", "per_level"), KINDS[:8])
def test_cumulants_keep_their_digits_where_the_flux_is_a_small_part_of_the_noise(
    levels: int, correlated: int, per_level: int
) -> None:
    rng = np.random.default_rng([levels, correlated, per_level, 7])
    maser = random_maser(rng, correlated=bool(correlated), per_level=False, levels=levels)
    options = {name: getattr(maser, name) for name in ("gamma_hot", "gamma_cold", "splittings", "detuning")}
    tilt = 1e-10 * (1.0 + 0.1 * np.arange(levels) * per_level)
    near = ts.ThermalMaser(
        1e-3 * maser.drive, n_hot=maser.n_cold + tilt, n_cold=maser.n_cold, dipole_matrix=maser.dipoles, **options
    )
    found, expected = row(statistics(near).hot), exactly(near)
    assert abs(expected[0]) < 1e-9 * expected[1]
    assert np.abs(found[:2] / expected[:2] - 1.0).max() <= 1e-11
    assert abs(found[2] - expected[2]) <= 1e-13 * expected[1]


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_hot_cold_and_drive_count_the_same_up_to_sign(levels: int) -> None:
    rng = np.random.default_rng(levels)
    maser = random_maser(rng, correlated=True, per_level=True, levels=levels)
    found = statistics(maser)
    for junction, expected in zip(JUNCTIONS, exactly(maser, *JUNCTIONS), strict=True):
        np.testing.assert_allclose(row(getattr(found, junction)), expected, rtol=1e-11)
        assert math.copysign(1.0, expected[0]) == math.copysign(1.0, found.hot.mean) * (1 if junction == "hot" else -1)


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_gauge_maps_carry_a_counting_field_from_one_junction_to_another(levels: int) -> None:
    """The proof of `counting`'s docstring, entry by entry, with correlated dipoles, unequal n_j and complex λ_j."""
    maser = random_maser(np.random.default_rng(levels), correlated=True, per_level=True, levels=levels)
    tilted, xi, zeta = Tilted(maser), 0.7, -0.4
    size = maser.dimension
    # ρ ↦ W ρ W: entry (i, j) times w_i w_j.  Coherences with |0> belong to no sector that is counted
    excited = np.r_[1.0, np.full(size - 1, math.exp(0.5 * xi))]
    manifold = np.r_[1.0, 1.0, np.full(size - 2, math.exp(0.5 * xi))]
    inside = np.zeros((size, size), dtype=bool)
    inside[0, 0], inside[1:, 1:] = True, True
    keep = inside.reshape(-1)
    for w, tilts in ((excited, {"hot": zeta, "cold": -xi}), (manifold, {"hot": zeta, "drive": -xi})):
        scale = np.outer(w, w).reshape(-1)
        moved = scale[:, np.newaxis] * tilted.generator(**tilts) / scale
        plain = tilted.generator(hot=zeta + xi)
        np.testing.assert_allclose(moved[keep][:, keep], plain[keep][:, keep], atol=1e-14)
        assert np.abs(plain[keep][:, ~keep]).max() == 0.0


def test_generating_function_is_the_largest_eigenvalue() -> None:
    rng = np.random.default_rng(11)
    xis = np.array([[-3.0, -0.8, -1e-3], [1e-3, 0.8, 3.0]])
    for levels, correlated, per_level in KINDS:
        maser = random_maser(rng, correlated=bool(correlated), per_level=bool(per_level), levels=levels)
        tilted = Tilted(maser)
        for junction, sign in zip(JUNCTIONS, (1, -1, -1), strict=True):
            expected = [np.linalg.eigvals(tilted.generator(**{junction: sign * xi})).real.max() for xi in xis.flat]
            found = scaled_generating_function(maser, xis)
            assert found.shape == xis.shape
            np.testing.assert_allclose(found.ravel(), expected, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("levels", [1, 2, 5])
def test_generating_function_in_closed_form_meets_the_one_of_the_blocks(levels: int) -> None:
    rng = np.random.default_rng(levels)
    for n_hot, n_cold, strength in ((2.0, 0.5, 1.0), (0.1, 3.0, 1e-3), (0.0, 0.4, 10.0), (0.3, 0.0, 1.0)):
        maser = degenerate(rng, levels, n_hot=n_hot, n_cold=n_cold)
        maser = degenerate(rng, levels, n_hot=n_hot, n_cold=n_cold, drive=strength * maser.drive)
        blocks = BlockCycle.of(maser.generator().flat())
        for xi in (-10.0, -3.0, -0.1, 1e-6, 0.3, 2.0, 10.0):
            expected = blocks.unit[0] * counting._largest_root(blocks.equation(xi), blocks.pole)
            np.testing.assert_allclose(scaled_generating_function(maser, xi), expected, rtol=1e-10)


@pytest.mark.parametrize("levels", [1, 2, 7, 1000])
@pytest.mark.parametrize("ratio", [0.2, 4.0])
def test_closed_form_is_the_root_of_section_8b(levels: int, ratio: float) -> None:
    maser = degenerate(np.random.default_rng(levels), levels, n_hot=0.5 * ratio)
    np.testing.assert_allclose(row(statistics(maser).hot), of_section_8b(maser), rtol=2e-12)


def test_closed_form_of_a_million_levels() -> None:
    maser = degenerate(np.random.default_rng(0), 10**6)
    found = statistics(maser)
    # only Λ and N enter: one driven level and dark ones are the same machine
    expected = of_section_8b(maser)
    np.testing.assert_allclose(row(found.hot), expected, rtol=1e-11)
    assert found.mean_error <= 1e-13 * abs(found.hot.mean)
    assert found.residual <= 1e-14


@pytest.mark.parametrize("levels", range(1, 7))
def test_closed_form_meets_the_blocks(levels: int) -> None:
    rng = np.random.default_rng(levels)
    for strength, n_hot, delta in ((1.0, 2.0, 0.07), (1e-4, 0.1, -0.5), (30.0, 0.5 + 1e-7, 0.0), (3.0, 0.0, 1.0)):
        maser = degenerate(rng, levels, n_hot=n_hot, detuning=delta)
        maser = degenerate(rng, levels, n_hot=n_hot, detuning=delta, drive=strength * maser.drive)
        closed, blocks = statistics(maser), by_blocks(maser)
        np.testing.assert_allclose(row(closed.hot)[:2], blocks[:2], rtol=1e-11)
        assert abs(closed.hot.third - blocks[2]) <= 1e-12 * closed.hot.noise
        np.testing.assert_allclose(closed.fano_factor, blocks[1] / abs(blocks[0]), rtol=1e-11)
        assert max(closed.residual, blocks[3]) <= 1e-14


# --- peers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n_hot", "n_cold"), [(1.7, 0.3), (0.2, 0.9)])
def test_agrees_with_qthermo_on_the_three_level_maser(n_hot: float, n_cold: float) -> None:
    maser = ts.ThermalMaser([0.13], n_hot=n_hot, n_cold=n_cold, gamma_hot=0.05, gamma_cold=0.2)
    found = statistics(maser)
    # a rate of qthermo is that of a population: twice the letter's
    model = qthermo.models.three_level_maser(
        omega_c=1.0,
        omega_h=3.0,
        T_c=1.0 / math.log1p(1.0 / n_cold),
        T_h=3.0 / math.log1p(1.0 / n_hot),
        drive=0.13,
        gamma_c=0.4,
        gamma_h=0.1,
    )
    for junction in ("hot", "cold"):
        theirs = qthermo.fluctuations.current_statistics(model, {junction: "quanta"})
        ours: Cumulants = getattr(found, junction)
        np.testing.assert_allclose([ours.mean, ours.noise], [theirs.mean, theirs.noise], rtol=1e-11)
        np.testing.assert_allclose(found.entropy_production, theirs.entropy_production_rate, rtol=1e-11)
        np.testing.assert_allclose(found.uncertainty_ratio, theirs.tur_ratio, rtol=1e-11)
        np.testing.assert_allclose(found.fano_factor, theirs.fano_factor, rtol=1e-11)
    theirs = qthermo.fluctuations.scaled_cgf(model, {"hot": "quanta"}, FIELDS)
    np.testing.assert_allclose(scaled_generating_function(maser, FIELDS), theirs, rtol=1e-9)


@pytest.mark.parametrize(("levels", "correlated"), [(1, 0), (2, 0), (2, 1), (3, 1)])
def test_agrees_with_qutip(levels: int, correlated: int) -> None:
    rng = np.random.default_rng([levels, correlated])
    maser = random_maser(rng, correlated=bool(correlated), per_level=True, levels=levels)
    generator, size = qutip_liouvillian(maser), maser.dimension
    ket = [qutip.basis(size, k) for k in range(size)]
    dipoles = np.eye(levels) if maser.dipoles is None else maser.dipoles
    up: Any = 0
    down: Any = 0
    for i in range(levels):
        for j in range(levels):
            a, b = (ket[0] * ket[k + 2].dag() for k in (i, j))
            rate, n = float(maser.gamma_hot) * dipoles[i, j], float(maser.level_occupations[i])
            down += rate * (1 + n) * (qutip.sprepost(a, b.dag()) + qutip.sprepost(b, a.dag()))
            up += rate * n * (qutip.sprepost(a.dag(), b) + qutip.sprepost(b.dag(), a))
    mean, noise, third = qutip.countstat_current_noise(
        generator, None, rhoss=qutip.steadystate(generator), J_ops=[up + down], I_ops=[up - down]
    )
    found = statistics(maser).hot
    expected = np.array([np.ravel(value)[0] for value in (mean, noise, third)])
    assert np.abs(row(found) - expected).max() <= 1e-10 * expected[1]
