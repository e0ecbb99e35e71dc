"""Are the correlation and the number of levels of largest power what a search over solved machines finds?"""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import torusync as ts
from problems import between, refused
from torusync.thermo.degenerate import competition, competition_window, optimal_correlation, optimal_levels

TABLE = {"n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}


def random_degenerate(rng, levels, *, detuned, drive=None):
    engine = rng.random() < 0.5
    low, high = np.sort(between(rng, 0.05, 5.0, 2))
    lam = between(rng, 0.02, 3.0)
    return {
        "drive": lam * np.asarray(np.ones(levels) if drive is None else drive),
        "n_hot": high if engine else low,
        "n_cold": low if engine else high,
        "gamma_hot": between(rng, 0.02, 2.0),
        "gamma_cold": between(rng, 0.02, 2.0),
        "detuning": between(rng, 0.05, 5.0) * rng.choice([-1.0, 1.0]) if detuned else 0.0,
    }


@pytest.mark.parametrize("detuned", [False, True], ids=["resonant", "detuned"])
@pytest.mark.parametrize(
    ("levels", "drive"),
    [(2, None), (3, None), (6, None), (2, [1.0, -1.0]), (3, np.exp(2j * np.pi * np.arange(3) / 3))],
    ids=["2", "3", "6", "2, opposed", "3, around the circle"],
)
def test_the_best_correlation_is_the_best(rng, levels, drive, detuned):
    """Against a search over solved machines; at the ends of the range the steady state is not unique."""
    inside = 0
    for _ in range(25):
        machine = random_degenerate(rng, levels, detuned=detuned, drive=drive)
        best = optimal_correlation(ts.ThermalMaser(**machine))

        def loss(p, machine=machine):
            state = ts.steady_state(ts.ThermalMaser(**machine, dipole_correlation=p))
            return -abs(float(ts.thermodynamics(state).power))

        ends = (-1.0 / (levels - 1) + 1e-6, 1.0 - 1e-6)
        found = minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-9})
        if best.inside:
            assert loss(float(best.correlation)) == pytest.approx(-abs(float(best.power)), rel=1e-9)
            assert found.x == pytest.approx(float(best.correlation), abs=2e-3)
        else:
            assert best.correlation == pytest.approx(1.0 if drive is None else -1.0 / (levels - 1))
            end = ends[1] if drive is None else ends[0]
            assert loss(end) <= found.fun * (1.0 - 1e-9)
            assert loss(end) == pytest.approx(-abs(float(best.power)), rel=1e-4)
        assert -found.fun <= abs(float(best.power)) * (1.0 + 1e-9)
        assert np.sign(best.power) == (1.0 if machine["n_hot"] > machine["n_cold"] else -1.0)
        inside += bool(best.inside)
    assert 3 <= inside <= 24


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
    seen = set()
    for _ in range(40):
        machine = random_degenerate(rng, 1, detuned=detuned)
        best = optimal_levels(ts.ThermalMaser(**machine))
        lam = machine.pop("drive")[0]
        power = np.array(
            [
                abs(float(ts.thermodynamics(ts.steady_state(ts.ThermalMaser(np.full(n, lam), **machine))).power))
                for n in range(1, 121)
            ]
        )
        if best.levels > 119:
            assert power.argmax() == 119
            continue
        assert power.argmax() + 1 == best.levels
        assert abs(float(best.power)) == pytest.approx(power.max(), rel=1e-12)
        assert best.continuous**2 <= best.levels * (best.levels + 1) * (1.0 + 1e-12)
        assert best.continuous**2 >= best.levels * (best.levels - 1) * (1.0 - 1e-12) or best.levels == 1
        seen.add(int(best.levels))
    assert len(seen) > 3


def test_optima_of_a_batch_and_of_machines_that_do_nothing():
    drive = np.array([[0.1, 0.1], [0.0, 0.0]])
    n_hot = np.array([5.0, 0.5, 0.0])[:, np.newaxis, np.newaxis]
    maser = ts.ThermalMaser(drive, n_hot=n_hot, **TABLE)
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
    many = ts.ThermalMaser(np.full(10**6, 0.1), n_hot=0.0, **TABLE)
    limit = float(ts.thermodynamics(ts.steady_state(many)).power)
    assert levels.power[2, 0] == pytest.approx(limit, rel=1e-4)


def test_what_the_optima_cannot_take():
    fixed = {"n_hot": 5.0, **TABLE}
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
