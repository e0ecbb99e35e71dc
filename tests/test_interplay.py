"""Do sets of coherences cooperate where they agree, compete where they do not, and is chance really chance?

The letter's machines and triangles against quadratures, draws and optimisers that share no code with the package.
"""

from functools import cache

import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar

from coherence_sets import TRIANGLE, machine, triangle
from problems import ENGINE, REFRIGERATOR
from torusync.analysis import Verdict, interplay

RATIOS = [0.02, 0.3, 0.55, 0.6, 1.0, 1.9, 2.0, 2.5, 10.0, 300.0]


# The letter's machines


def height_at(k, flux):
    """max of k cos a + k cos b + cos(a − b − flux), in units of |ρ_23|: at given ψ = a − b, 2k|cos(ψ/2)| + …."""

    def lower(psi):
        return -(2.0 * k * np.abs(np.cos(0.5 * psi)) + np.cos(psi - flux))

    grid = np.linspace(-np.pi, np.pi, 721)
    best = grid[lower(grid).argmin()]
    fine = minimize_scalar(lower, bounds=(best - 0.01, best + 0.01), method="bounded", options={"xatol": 1e-11})
    return -min(float(fine.fun), float(lower(grid).min()))


@cache
def chance_of_two_levels(k):
    """Mean over the flux by the trapezoidal rule: the maximum is an even function of it."""
    flux = np.linspace(0.0, np.pi, 401)
    heights = np.array([height_at(k, one) for one in flux])
    return float((heights.sum() - 0.5 * (heights[0] + heights[-1])) / 400)


@pytest.mark.parametrize("k", RATIOS)
@pytest.mark.parametrize("n_hot", [REFRIGERATOR, ENGINE])
def test_two_levels_against_a_quadrature_over_the_flux(n_hot, k):
    state = machine(n_hot, k)
    unit = float(abs(state.coherence(2, 3)))
    found = interplay(state, draws=4000, seed=5)
    flux = 0.0 if n_hot == REFRIGERATOR else np.pi
    assert found.pair_sum == pytest.approx(unit * height_at(k, flux), rel=1e-12)
    assert found.alone["entrainment"] == pytest.approx(2.0 * k * unit, rel=1e-12)
    assert found.alone["mutual"] == pytest.approx(unit, rel=1e-12)
    assert found.certified
    expected = chance_of_two_levels(k)
    assert abs(found.chance / unit - expected) < 4.0 * found.chance_error / unit + 1e-4 * min(k, 1.0)
    assert found.cost == pytest.approx(1.0 - height_at(k, flux) / (2.0 * k + 1.0), abs=1e-12)
    assert found.gain == pytest.approx(height_at(k, flux) / expected - 1.0, abs=5.0 * found.chance_error / found.chance)


@pytest.mark.parametrize("k", [*RATIOS, 1e-6, 1e6])
def test_the_refrigerator_cooperates_at_no_cost_and_the_engine_competes_at_every_k(k):
    for draws in (50, 200):
        cold, hot = interplay(machine(REFRIGERATOR, k), draws=draws), interplay(machine(ENGINE, k), draws=draws)
        assert cold.verdict is Verdict.COOPERATE
        assert cold.cost < 1e-14
        assert cold.rank == 1.0
        assert cold.gain > 0.0
        assert hot.verdict is Verdict.COMPETE
        assert hot.cost > 0.0
        assert hot.rank == 0.0
        assert hot.gain < 0.0


def test_an_engine_above_its_entrainment_part_still_competes():
    """k < 2 − √2: S_max is more than entrainment alone, and the two do not agree all the same."""
    found = interplay(machine(ENGINE, 0.3))
    assert found.pair_sum > found.alone["entrainment"]
    assert found.verdict is Verdict.COMPETE


@pytest.mark.parametrize(("n_hot", "sign"), [(REFRIGERATOR, 1.0), (ENGINE, -1.0)])
def test_under_strong_dissipation_agreement_is_worth_one_mutual_coherence(n_hot, sign):
    """k → ∞: the drive fixes both phases, so that the total is 2k ± 1 and chance is 2k, up to 1/k."""
    k = 1000.0
    state = machine(n_hot, k)
    unit = float(abs(state.coherence(2, 3)))
    found = interplay(state, draws=2000)
    assert (found.pair_sum - found.chance) / unit == pytest.approx(sign, abs=4.0 * found.chance_error / unit + 1.0 / k)


@pytest.mark.parametrize("n_hot", [REFRIGERATOR, ENGINE])
def test_three_levels_against_draws_of_our_own(n_hot):
    """A grid over the phases, then a quasi-Newton method, for draws of another generator."""
    k, sign = 1.3, 1.0 if n_hot == REFRIGERATOR else -1.0
    state = machine(n_hot, k, levels=3)
    unit = float(abs(state.coherence(2, 3)))
    angles = np.linspace(-np.pi, np.pi, 24, endpoint=False)
    a, b, c = np.meshgrid(angles, angles, angles, indexing="ij")
    mutual = sign * (np.cos(a - b) + np.cos(b - c) + np.cos(a - c))

    def lower(x, shift):
        pairs = np.cos(x[0] - x[1]) + np.cos(x[1] - x[2]) + np.cos(x[0] - x[2])
        return -(k * np.cos(x - shift).sum() + sign * pairs)

    rng, heights = np.random.default_rng(99), []
    for _ in range(300):
        shift = rng.uniform(-np.pi, np.pi, 3)
        whole = mutual + k * (np.cos(a - shift[0]) + np.cos(b - shift[1]) + np.cos(c - shift[2]))
        first = np.array([one.flat[whole.argmax()] for one in (a, b, c)])
        heights.append(-float(minimize(lower, first, args=(shift,)).fun))
    found = interplay(state, draws=2000)
    spread = np.hypot(np.std(heights) / np.sqrt(300), found.chance_error / unit)
    assert abs(found.chance / unit - np.mean(heights)) < 4.0 * spread
    assert found.verdict is (Verdict.COOPERATE if sign > 0 else Verdict.COMPETE)


def test_one_level_has_nothing_to_agree_on():
    found = interplay(machine(ENGINE, 1.0, levels=1))
    assert found.verdict is Verdict.NEUTRAL
    assert found.cost < 1e-14
    assert found.chance == found.alone["entrainment"]
    assert found.chance_error == 0.0
    assert found.alone["mutual"] == 0.0
    assert np.isnan(found.rank)


# Is the error an error, and the rank a rank?


def test_the_standard_error_is_that_of_repeated_draws():
    """80 seeds: deviations from the quadrature, in units of their own error, have mean 0 and spread 1."""
    state = machine(ENGINE, 1.0)
    unit = float(abs(state.coherence(2, 3)))
    found = [interplay(state, draws=100, seed=seed) for seed in range(80)]
    pulls = np.array([(one.chance / unit - chance_of_two_levels(1.0)) / (one.chance_error / unit) for one in found])
    assert abs(pulls.mean()) < 4.0 / np.sqrt(80)
    assert 0.68 < pulls.std() < 1.32  # four standard errors of a spread


@pytest.mark.parametrize("flux", [0.0, 0.3, 1.5, 2.5, np.pi])
def test_the_rank_of_a_triangle_follows_from_its_flux(flux):
    """The maximum falls with |flux| from 0 to π, and the draws spread the flux evenly: the rank is 1 − flux/π."""
    draws = 4000
    found = interplay(triangle(flux, 0.7, 1.0, 0.9), TRIANGLE, draws=draws)
    assert abs(found.rank - (1.0 - flux / np.pi)) <= 4.0 * np.sqrt(0.25 / draws)
    assert (found.cost < 1e-14) == (flux == 0.0)


def test_close_to_chance_there_is_no_verdict():
    """A flux where the total crosses the mean: few draws do not resolve it, on either side they do."""
    flux = np.linspace(0.0, np.pi, 61)
    batch = np.stack([triangle(one) for one in flux])
    found = interplay(batch, TRIANGLE, draws=100)
    codes = found.verdict_codes
    assert codes[0] == Verdict.COOPERATE
    assert codes[-1] == Verdict.COMPETE
    assert (np.diff(codes) <= 0).all()
    neutral = codes == Verdict.NEUTRAL
    assert neutral.any()
    np.testing.assert_array_equal(neutral, np.abs(found.pair_sum - found.chance) <= 3.0 * found.chance_error)
    np.testing.assert_array_equal(np.sign(found.gain[~neutral]), codes[~neutral])
