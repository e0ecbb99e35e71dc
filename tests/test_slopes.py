"""Is the error of a numerically differentiated value ever below the truth, and is it worth having?"""

import numpy as np
import pytest

from problems import most_power
from torusync.papers.letter.manylevels import draws_of, machines, series
from torusync.papers.letter.scaling import exponent_error
from torusync.quantities.differences import ONE_SIDED, REACH, slopes
from torusync.sweeps import run

EPS = np.finfo(float).eps


def families(rng):
    """Return a random function of [0, 1] with its derivative: smooth, steep, narrow, and not analytic."""
    a, b, c = 10.0 ** rng.uniform(-2.0, 1.5), rng.uniform(-1.0, 2.0), 10.0 ** rng.uniform(-3.0, 3.0)
    return [
        (lambda x: np.exp(a * (x - 1.0)), lambda x: a * np.exp(a * (x - 1.0))),
        (lambda x: c + b * x**2, lambda x: 2.0 * b * x),
        (lambda x: 1.0 / (1.0 + (a * (x - b)) ** 2), lambda x: -2.0 * a**2 * (x - b) / (1.0 + (a * (x - b)) ** 2) ** 2),
        (lambda x: np.tanh(3.0 * a * (x - b)), lambda x: 3.0 * a / np.cosh(3.0 * a * (x - b)) ** 2),
        (lambda x: np.abs(x - b) ** 3, lambda x: 3.0 * (x - b) * np.abs(x - b)),
    ][rng.integers(5)]


def test_the_error_of_a_slope_covers_truncation_and_rounding():
    """Functions with rounding of a known size, anywhere in the range and at its ends."""
    rng, ratios, sharp = np.random.default_rng(11), [], []
    for _ in range(2000):
        function, truth = families(rng)
        noise = 0.0 if rng.random() < 0.5 else 10.0 ** rng.uniform(-15.0, -8.0)
        at = rng.choice([0.0, 1.0, 0.1 * ONE_SIDED, 10.0 ** rng.uniform(-6.0, -1.0), rng.uniform()])

        def rounded(positions, function=function, noise=noise):
            values = function(positions[:, 0])
            return values + noise * np.abs(values).max() * rng.choice([-1.0, 1.0], len(values))

        # 64 ε: the functions above are worked out with arguments up to a hundred
        slope, error = slopes(rounded, np.array([[at]]), rounding=noise + 64 * EPS)
        ratios.append(abs(slope[0, 0] - truth(at)) / error[0, 0])
        if noise == 0.0 and REACH < at < 1.0 - REACH:
            sharp.append(error[0, 0] / max(abs(truth(at)), np.abs(function(np.linspace(0.0, 1.0, 99))).max()))
    assert max(ratios) <= 1.0
    assert np.median(sharp) < 1e-11


def test_the_error_of_a_slope_is_never_below_rounding_over_the_step():
    """Two estimates that agree to the last digit, here all of them, prove nothing beyond the digits of the function."""
    positions = np.array([[0.0, 0.3], [1.0, 1.0 - 1e-3]])
    for rounding in (EPS, 1e-9):
        slope, error = slopes(lambda at: np.full(len(at), -7.0), positions, rounding=rounding)
        assert (slope == 0.0).all()
        assert (error >= 7.0 * rounding / REACH).all()
        # and not far above it: fifty times for a step that starts twenty times nearer to an end
        assert (error <= 7.0 * 2e4 * rounding).all()


def test_a_corner_next_to_it_is_seen():
    """|u − 1/2| has slope ±1 beside 1/2: the largest steps, which cross it, agree on another one among themselves."""
    for shift in (1e-4, -3e-4, 2e-3, -1e-2):
        slope, error = slopes(lambda at: np.abs(at[:, 0] - 0.5), np.array([[0.5 + shift]]))
        assert abs(slope[0, 0] - np.sign(shift)) <= error[0, 0]


def test_slopes_of_several_parameters_are_told_apart():
    positions = np.array([[0.2, 0.7, 1.0], [0.0, 0.5, 0.4]])
    slope, error = slopes(lambda at: np.exp(at[:, 0]) + 3.0 * at[:, 1] ** 2 + np.sin(5.0 * at[:, 2]), positions)
    truth = np.stack([np.exp(positions[:, 0]), 6.0 * positions[:, 1], 5.0 * np.cos(5.0 * positions[:, 2])], axis=1)
    assert (np.abs(slope - truth) <= error).all()
    assert (error < 1e-9).all()


@pytest.mark.parametrize("levels", [1, 3, 40])
@pytest.mark.parametrize("high", [0.3, 10.0, 1e4])
def test_the_slope_of_the_power_at_an_end_is_the_one_by_hand(levels, high):
    """P ∝ 1/(c + T Γ/Λ) at exact degeneracy, so dlnP/dlnλ = 2 (TΓ/Λ)/(TΓ/Λ + (T + Δ)/α + (T − Δ)/a_c)."""
    found = most_power(
        {"manifold_levels": levels, "spread": 0.0, "hot_temperature": 10.0, "cold_temperature": 1.0},
        {"drive": (1e-3, high)},
    )
    block, n_h = found.solution.system.generator(), found.solution.system.n_hot
    hot, cold = float(block.hot_damping.flat[0]), float(block.cold_damping)
    r_h, r_c = float(np.ravel(n_h)[0] / (1.0 + np.ravel(n_h)[0])), float(block.cold_ratio)
    thermal, contrast = 1.0 + r_c + levels * r_h, r_c - r_h
    driven = thermal * (hot + cold) / (levels * high**2)
    rest = (thermal + contrast) / hot + (thermal - contrast) / cold
    slope = 2.0 * driven / (driven + rest) * np.log(high / 1e-3)
    assert 0.0 < found.slope_errors["drive"] < 1e-8
    assert abs(found.slopes["drive"] - slope) <= found.slope_errors["drive"]


def test_a_slope_without_influence_keeps_an_error():
    machine = {"manifold_levels": 1, "hot_temperature": 10.0, "cold_temperature": 1.0}
    found = most_power(machine, {"spread": (0.0, 1.0), "omega_hot": (1.5, 20.0)})
    assert found.slopes["spread"] == 0.0
    assert found.slope_errors["spread"] > EPS


def test_exponents_of_draws_that_agree_are_known_no_better_than_their_heights():
    """Matched damping: no draw differs from another at large N, so that their scatter is rounding of rounding."""
    levels = (50, 100, 200)
    found = series([run(machines(levels, draws_of(levels, 20_000), 0.0), workers=1)])
    engine = found.exponent_errors[0]
    assert (found.deviation[0] < 1e-14 * found.mean[0]).all()
    gaps = (found.upper[0] - found.mean[0]) / found.mean[0]
    assert (engine >= (gaps[1:] + gaps[:-1]) / np.log(2.0)).all()
    assert (engine < 1e-12).all()
    # where draws differ it is their scatter
    scatter = (found.deviation[1] / found.mean[1]) ** 2 / found.draws
    np.testing.assert_allclose(found.exponent_errors[1], np.sqrt(scatter[1:] + scatter[:-1]) / np.log(2.0), rtol=1e-9)
    count = np.arange(2.0, 21.0)
    alike = np.repeat(count[:, np.newaxis] ** -0.5, 9, axis=1)
    x = np.log(count) - np.log(count).mean()
    assert exponent_error(count, alike) >= 8 * EPS * np.abs(x).sum() / (x**2).sum()


@pytest.mark.parametrize("scale", [1e-5, 1e-6, 1e-8])
def test_a_slope_that_lives_within_the_smallest_step_is_not_known(scale):
    """f = u/(u + s) has the slope 1/s at 0, of which differences at steps above s see next to nothing."""
    slope, error = slopes(lambda at: at[:, 0] / (at[:, 0] + scale), np.zeros((1, 1)))
    assert error[0, 0] >= abs(slope[0, 0] - 1.0 / scale)
    assert error[0, 0] == np.inf
    slope, error = slopes(lambda at: at[:, 0] / (at[:, 0] + 0.1), np.zeros((1, 1)))
    assert abs(slope[0, 0] - 10.0) <= error[0, 0] <= 1e-3
