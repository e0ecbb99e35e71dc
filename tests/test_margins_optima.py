"""Are closed-form optima the best of thousands of machines, each worked out from section 3 alone?

No solver here: the power is that of the three-level problem of the bright state, w, q and ρ_00 as they are derived
there, for any damping of the bright state and any number of levels at once.
"""

import numpy as np
import pytest

import torusync as ts
from problems import BATHS, ENGINE_BATHS, between
from torusync.thermo.degenerate import competition, competition_window, optimal_correlation, optimal_levels

EPS = np.finfo(float).eps


def power(machine, bright, levels, strength):
    """P for the bright state's damping ``bright``, N levels and Λ, with gap 1 (ω_2 = 2 ω_1)."""
    a_c = machine["gamma_cold"] * (1.0 + machine["n_cold"])
    r_h, r_c = (machine[name] / (1.0 + machine[name]) for name in ("n_hot", "n_cold"))
    gamma = bright + a_c
    w = strength * gamma / (gamma**2 + machine["detuning"] ** 2)
    q = (r_c - r_h) / (1.0 + w * (1.0 / a_c + 1.0 / bright))
    ground = 1.0 / (1.0 + r_c + levels * r_h + w * q * (1.0 / bright - 1.0 / a_c))
    return -2.0 * w * q * ground


def machines(rng, count, *, detuned):
    for _ in range(count):
        yield {
            "n_hot": between(rng, 0.02, 8.0), "n_cold": between(rng, 0.02, 8.0), "gamma_hot": between(rng, 0.02, 2.0),
            "gamma_cold": between(rng, 0.02, 2.0), "omega_hot": 2.0,
            "detuning": between(rng, 0.05, 5.0) * rng.choice([-1.0, 1.0]) if detuned else 0.0,
        }  # fmt: skip


@pytest.mark.parametrize("detuned", [False, True])
@pytest.mark.parametrize(("levels", "opposed"), [(2, False), (2, True), (5, False), (3, True)])
def test_no_correlation_gives_more_power(rng, levels, opposed, detuned):
    """π = 1 + (N−1)p for equal drives, 1 − p for drives that sum to zero; to the digits that a maximum allows."""
    inside = 0
    for machine in machines(rng, 120, detuned=detuned):
        shape = np.exp(2j * np.pi * np.arange(levels) / levels) if opposed else np.ones(levels)
        strength = between(rng, 1e-4, 4.0)
        drive = np.sqrt(strength / levels) * shape
        found = optimal_correlation(ts.ThermalMaser(drive, **machine))
        a_h = machine["gamma_hot"] * (1.0 + machine["n_hot"])
        most = levels / (levels - 1.0) if opposed else float(levels)
        trial = most * np.concatenate([np.linspace(1e-3, 1.0, 800), [float(found.eigenvalue) / most]])
        signed = power(machine, trial * a_h, levels, strength)
        heights = np.abs(signed)
        assert found.power == pytest.approx(signed[-1], rel=1e-12)
        assert heights.max() <= heights[-1] * (1.0 + 1e-12)
        slope = -1.0 if opposed else levels - 1.0
        assert found.correlation * slope + 1.0 == pytest.approx(float(found.eigenvalue), rel=1e-13)
        assert bool(found.inside) == (found.eigenvalue < most)
        if found.inside:
            # stationary: the slope on either side, in units of the bend, is that of a place known to 1e-9
            sides = np.abs(power(machine, found.eigenvalue * a_h * np.array([1 - 1e-4, 1 + 1e-4]), levels, strength))
            assert (sides < heights[-1]).all()
            assert abs(sides[1] - sides[0]) < 2e-4 * (2.0 * heights[-1] - sides.sum())
            inside += 1
        else:
            assert found.eigenvalue == most
    assert 10 < inside < 120


@pytest.mark.parametrize("detuned", [False, True])
def test_no_number_of_levels_gives_more_power(rng, detuned):
    seen = set()
    for machine in machines(rng, 300, detuned=detuned):
        drive = between(rng, 0.02, 3.0)
        found = optimal_levels(ts.ThermalMaser([drive], **machine))
        count = np.arange(1.0, 4001.0)
        a_h = machine["gamma_hot"] * (1.0 + machine["n_hot"])
        heights = np.abs(power(machine, a_h, count, count * drive**2))
        if found.levels > 4000.0:
            continue
        assert abs(found.power) == pytest.approx(heights.max(), rel=1e-12)
        assert heights[int(found.levels) - 1] >= heights.max() * (1.0 - 4.0 * EPS)
        # N* = (1/λ) sqrt[a_h a_c (1 + r_c)(1 + δ²/Γ²)/r_h]: N and N + 1 are equally good where N(N + 1) = N*²
        between_two = 0.5 * (np.sqrt(1.0 + 4.0 * float(found.continuous) ** 2) - 1.0)
        assert found.levels == max(1.0, np.ceil(between_two))
        around = float(found.continuous) * np.array([1.0 - 1e-4, 1.0, 1.0 + 1e-4])
        sides = np.abs(power(machine, a_h, around, around * drive**2))
        assert sides[1] > max(sides[0], sides[2])
        assert abs(sides[2] - sides[0]) < 2e-4 * (2.0 * sides[1] - sides[0] - sides[2])
        seen.add(int(found.levels))
    assert len(seen) > 10


def test_the_smaller_of_two_equally_good_numbers_is_told():
    """N*² = N(N + 1) by choice of λ: (a_h a_c (1 + r_c)/r_h)/λ² = 6, so that two levels are as good as three."""
    a_h, a_c, r_h, r_c = 0.3, 0.3, 5.0 / 6.0, 1.0 / 3.0
    for sign, expected in ((1.0 + 1e-12, 2.0), (1.0 - 1e-12, 3.0)):
        drive = np.sqrt(a_h * a_c * (1.0 + r_c) / r_h / 6.0) * sign
        found = optimal_levels(ts.ThermalMaser([drive], **ENGINE_BATHS))
        assert found.levels == expected


@pytest.mark.parametrize("levels", [1, 2, 3, 10])
def test_competition_is_power_over_height_in_closed_form(levels):
    """2N g λ |ρ_12|/sqrt(1 + x²) over 2λg ΣS, and ΣS as section 3 has it: c m* − y(m*² − L2)/2."""
    k, x = np.meshgrid(np.geomspace(1e-2, 50.0, 90), np.array([0.0, 0.1, 0.7, 2.0, 5.0]))
    stretch = np.sqrt(1.0 + x * x)
    # in units of |ρ_jl|: |ρ_1j| = k stretch
    m = np.minimum(k * stretch, levels)
    if levels == 1:
        m = np.ones_like(k)
    height = k * stretch * m - 0.5 * (m**2 - levels)
    np.testing.assert_allclose(competition(levels, k, x), levels * k / height, rtol=1e-12)


@pytest.mark.parametrize("levels", [2, 3, 10])
def test_the_window_is_where_competition_exceeds_one(levels):
    for x in [0.0, 1e-3, 0.1, 0.3, np.sqrt(levels - 1.0) * 0.999]:
        low, high = (float(edge) for edge in competition_window(levels, x))
        assert competition(levels, low, x) == pytest.approx(1.0, abs=1e-12)
        assert competition(levels, low * (1.0 + 1e-6), x) > 1.0 > competition(levels, low * (1.0 - 1e-6), x)
        if x == 0.0:
            assert high == np.inf
            continue
        assert competition(levels, high, x) == pytest.approx(1.0, abs=1e-9)
        assert competition(levels, high * (1.0 - 1e-6), x) > 1.0 > competition(levels, high * (1.0 + 1e-6), x)
    closed = [competition_window(levels, np.sqrt(levels - 1.0) * (1.0 + 1e-9)), competition_window(2, 1.0)]
    for none in (*closed, competition_window(1, 0.0)):
        assert np.isnan(none).all()


def test_drives_that_are_equal_up_to_rounding_are_equal():
    table = ENGINE_BATHS
    for shape in ([1.0, 1.0 + 6.0 * EPS], [1.0, -1.0 - 6.0 * EPS]):
        optimal_correlation(ts.ThermalMaser(0.1 * np.array(shape), **table))
    optimal_levels(ts.ThermalMaser(0.1 * np.array([1.0, 1j * (1.0 + 6.0 * EPS)]), **table))
    for shape in ([1.0, 1.0 + 40.0 * EPS], [1.0, -1.0 - 40.0 * EPS]):
        with pytest.raises(ts.ArgumentError, match="all equal, or sum to zero"):
            optimal_correlation(ts.ThermalMaser(0.1 * np.array(shape), **table))
    with pytest.raises(ts.ArgumentError, match="one modulus"):
        optimal_levels(ts.ThermalMaser(0.1 * np.array([1.0, 1j * (1.0 + 40.0 * EPS)]), **table))


def test_a_batch_is_refused_for_one_of_its_points():
    table = {"n_hot": 5.0, "n_cold": 0.5, "gamma_hot": 0.05}
    for rates in ({"gamma_cold": [0.2, 0.0]}, {"gamma_cold": 0.2, "gamma_hot": [0.0, 0.05]}):
        with pytest.raises(ts.ArgumentError, match="both baths"):
            optimal_levels(ts.ThermalMaser([0.1, 0.1], **(table | rates)))
    for unlike in ({"splittings": [[0.0, 0.0], [0.0, 0.1]]}, {"n_hot": [[5.0, 5.0], [5.0, 4.0]]}):
        with pytest.raises(ts.ArgumentError, match="of all manifold levels"):
            optimal_correlation(ts.ThermalMaser([0.1, 0.1], gamma_cold=0.2, **(table | unlike)))
    with pytest.raises(ts.ArgumentError, match="all equal, or sum to zero"):
        optimal_correlation(ts.ThermalMaser([[0.1, 0.1], [0.1, 0.2]], gamma_cold=0.2, **table))


def test_one_level_has_the_shape_of_both_its_arguments():
    assert competition(1, [1.0, 2.0, 3.0]).shape == (3,)
    np.testing.assert_allclose(competition(1, [1.0, 2.0], [[0.0], [1.0]]), [[1.0, 1.0], [0.5**0.5, 0.5**0.5]])


def test_a_batch_of_detuned_and_resonant_machines_has_the_optimum_of_each():
    table = {"n_hot": 2.0, **BATHS}
    detuning = np.array([0.0, 0.5, 0.0, -2.0])
    together = optimal_correlation(ts.ThermalMaser([0.05, 0.05], detuning=detuning, **table))
    several = optimal_levels(ts.ThermalMaser([0.05, 0.05], detuning=detuning, **table))
    for index, one in enumerate(detuning):
        alone = optimal_correlation(ts.ThermalMaser([0.05, 0.05], detuning=one, **table))
        assert together.correlation[index] == pytest.approx(float(alone.correlation), rel=1e-14)
        levels = optimal_levels(ts.ThermalMaser([0.05, 0.05], detuning=one, **table))
        assert several.continuous[index] == pytest.approx(float(levels.continuous), rel=1e-14)
    assert len(set(together.correlation.tolist())) == 3
