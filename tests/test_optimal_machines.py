"""Are the correlation and the number of levels of largest power what a search over solved machines finds?"""

import numpy as np
import pytest

import torusync as ts
from problems import BATHS, between, refused
from torusync.thermo.degenerate import competition, competition_window, optimal_correlation, optimal_levels


def random_degenerate(rng, count, *, detuned):
    """Drives and the rest of degenerate machines over orders of magnitude, half of them engines."""
    drawn = []
    for _ in range(count):
        engine = rng.random() < 0.5
        low, high = np.sort(between(rng, 0.05, 5.0, 2))
        drawn.append({
            "drive": between(rng, 0.02, 3.0),
            "n_hot": high if engine else low,
            "n_cold": low if engine else high,
            "gamma_hot": between(rng, 0.02, 2.0),
            "gamma_cold": between(rng, 0.02, 2.0),
            "detuning": between(rng, 0.05, 5.0) * rng.choice([-1.0, 1.0]) if detuned else 0.0,
        })  # fmt: skip
    machines = {name: np.array([float(np.squeeze(one[name])) for one in drawn]) for name in drawn[0]}
    return machines.pop("drive")[:, np.newaxis], machines


def power_of(drive, machines, **options):
    """The power of solved machines."""
    hot = {"n_hot": machines["n_hot"][:, np.newaxis]}
    return ts.thermodynamics(ts.steady_state(ts.ThermalMaser(drive, **(machines | hot), **options))).power


def highest(heights, low, high, count, steps=44):
    """Golden sections of [low, high], all searches at once: where each is highest, and how high."""
    ratio = 0.5 * (np.sqrt(5.0) - 1.0)
    low, high = np.full(count, low), np.full(count, high)
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = heights(left), heights(right)
    for _ in range(steps):
        rising = at_right > at_left
        low, high = np.where(rising, left, low), np.where(rising, high, right)
        kept, at_kept = np.where(rising, right, left), np.where(rising, at_right, at_left)
        fresh = np.where(rising, low + ratio * (high - low), high - ratio * (high - low))
        at_fresh = heights(fresh)
        left, at_left = np.where(rising, kept, fresh), np.where(rising, at_kept, at_fresh)
        right, at_right = np.where(rising, fresh, kept), np.where(rising, at_fresh, at_kept)
    return np.where(at_left > at_right, left, right), np.maximum(at_left, at_right)


@pytest.mark.parametrize("detuned", [False, True], ids=["resonant", "detuned"])
@pytest.mark.parametrize(
    ("levels", "drive"),
    [(2, None), (3, None), (6, None), (2, [1.0, -1.0]), (3, np.exp(2j * np.pi * np.arange(3) / 3))],
    ids=["2", "3", "6", "2, opposed", "3, around the circle"],
)
def test_the_best_correlation_is_the_best(rng, levels, drive, detuned):
    """Against a search over solved machines; at the ends of the range the steady state is not unique."""
    strength, machines = random_degenerate(rng, 25, detuned=detuned)
    drives = strength * np.asarray(np.ones(levels) if drive is None else drive)
    best = optimal_correlation(ts.ThermalMaser(drives, **(machines | {"n_hot": machines["n_hot"][:, np.newaxis]})))
    size = np.abs(best.power)

    def heights(correlation):
        return np.abs(power_of(drives, machines, dipole_correlation=correlation))

    ends = (-1.0 / (levels - 1) + 1e-6, 1.0 - 1e-6)
    where, found = highest(heights, *ends, 25)
    inside = best.inside
    # at an end the best is the end's, which is left out where the search looks
    tried = heights(np.where(inside, best.correlation, ends[1] if drive is None else ends[0]))
    np.testing.assert_allclose(tried[inside], size[inside], rtol=1e-9)
    np.testing.assert_allclose(where[inside], best.correlation[inside], rtol=0.0, atol=2e-3)
    np.testing.assert_allclose(best.correlation[~inside], 1.0 if drive is None else -1.0 / (levels - 1), rtol=1e-6)
    assert (tried >= found * (1.0 - 1e-9))[~inside].all()
    np.testing.assert_allclose(tried[~inside], size[~inside], rtol=1e-4)
    assert (found <= size * (1.0 + 1e-9)).all()
    np.testing.assert_array_equal(np.sign(best.power), np.where(machines["n_hot"] > machines["n_cold"], 1.0, -1.0))
    assert 3 <= inside.sum() <= 24


def test_the_best_correlation_of_two_levels_is_that_of_the_companion():
    n_h, n_c, lam, gamma = 1.3, 0.4, 0.05, 0.05
    best = optimal_correlation(ts.ThermalMaser([lam, lam], n_hot=n_h, n_cold=n_c, gamma_hot=gamma, gamma_cold=0.2))
    share_of = (1 + 3 * n_c + 2 * n_h + 4 * n_c * n_h) / (1 + 2 * n_c + 3 * n_h + 4 * n_c * n_h)
    wanted = -1.0 + np.sqrt(2.0) * lam / (gamma * (1.0 + n_h)) * np.sqrt(share_of)
    assert best.inside
    assert best.correlation == pytest.approx(wanted, rel=1e-13)
    assert best.eigenvalue == pytest.approx(1.0 + wanted, rel=1e-13)


@pytest.mark.parametrize("detuned", [False, True], ids=["resonant", "detuned"])
def test_the_best_number_of_levels_is_the_best(rng, detuned):
    """Against a scan over solved machines with one to 120 levels."""
    drive, machines = random_degenerate(rng, 40, detuned=detuned)
    best = optimal_levels(ts.ThermalMaser(drive, **(machines | {"n_hot": machines["n_hot"][:, np.newaxis]})))
    power = np.abs([power_of(np.broadcast_to(drive, (40, levels)), machines) for levels in range(1, 121)])
    beyond = best.levels > 119
    assert (power.argmax(axis=0)[beyond] == 119).all()
    levels, size, continuous = best.levels[~beyond], np.abs(best.power)[~beyond], best.continuous[~beyond]
    np.testing.assert_array_equal(power.argmax(axis=0)[~beyond] + 1, levels)
    np.testing.assert_allclose(size, power.max(axis=0)[~beyond], rtol=1e-12)
    assert (continuous**2 <= levels * (levels + 1) * (1.0 + 1e-12)).all()
    assert ((continuous**2 >= levels * (levels - 1) * (1.0 - 1e-12)) | (levels == 1)).all()
    assert len(set(levels.tolist())) > 3


def test_optima_of_a_batch_and_of_machines_that_do_nothing():
    drive = np.array([[0.1, 0.1], [0.0, 0.0]])
    n_hot = np.array([5.0, 0.5, 0.0])[:, np.newaxis, np.newaxis]
    maser = ts.ThermalMaser(drive, n_hot=n_hot, **BATHS)
    correlation, levels = optimal_correlation(maser), optimal_levels(maser)
    assert correlation.power.shape == levels.power.shape == (3, 2)
    works = np.array([[True, False], [False, False], [True, False]])
    for optimum in (correlation.correlation, correlation.eigenvalue, levels.continuous, levels.levels):
        np.testing.assert_array_equal(np.isfinite(optimum) | np.isinf(optimum), works)
    np.testing.assert_array_equal(correlation.power != 0.0, works)
    np.testing.assert_array_equal(levels.power != 0.0, works)
    assert not correlation.inside[~works].any()
    # without hot quanta more levels always cool more
    assert np.isinf(levels.continuous[2, 0])
    many = ts.ThermalMaser(np.full(10**6, 0.1), n_hot=0.0, **BATHS)
    limit = float(ts.thermodynamics(ts.steady_state(many)).power)
    assert levels.power[2, 0] == pytest.approx(limit, rel=1e-4)


def test_what_the_optima_cannot_take():
    fixed = {"n_hot": 5.0, **BATHS}
    refused(lambda: optimal_correlation(ts.ThermalMaser([0.1], **fixed)), "`maser`", "at least two")
    refused(lambda: optimal_correlation(ts.ThermalMaser([0.1, 0.2], **fixed)), "all equal, or sum to zero")
    refused(lambda: optimal_correlation(ts.ThermalMaser([0.1, 0.1], splittings=[0.0, 0.1], **fixed)), "`splittings`")
    refused(lambda: optimal_correlation(ts.ThermalMaser([0.1, 0.1], **{**fixed, "n_hot": [1.0, 2.0]})), "`n_hot`")
    matrix = np.array([[1.0, 0.5], [0.5, 1.0]])
    refused(lambda: optimal_correlation(ts.ThermalMaser([0.1, 0.1], dipole_matrix=matrix, **fixed)), "dipole_matrix")
    refused(lambda: optimal_levels(ts.ThermalMaser([0.1, 0.1], dipole_matrix=matrix, **fixed)), "independent dipoles")
    refused(lambda: optimal_levels(ts.ThermalMaser([0.1, 0.2], **fixed)), "one modulus")
    refused(lambda: optimal_levels(ts.ThermalMaser([0.1, 0.1], **{**fixed, "gamma_cold": 0.0})), "both baths")
    refused(lambda: optimal_levels("maser"), "ThermalMaser")
    refused(lambda: competition(0, 1.0), "`levels`")
    refused(lambda: competition(2, 0.0), "`k`", "greater than 0")
    refused(lambda: competition(2, [1.0, 2.0], [0.0, 0.1, 0.2]), "`x`", "broadcast")
    refused(lambda: competition_window(2.0, 0.0), "`levels`")
