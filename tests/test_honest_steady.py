"""Are residual and smallest eigenvalue of the stacked solver ever better than the truth?

Truth here is extended precision (mpmath, 40 digits), or LAPACK on the state as a user reads it.
"""

import mpmath as mp
import numpy as np
import pytest

import torusync as ts
from problems import random_maser
from torusync.generators import Arrow
from torusync.steady import Block, Cauchy, Status, cauchy
from torusync.steady.accuracy import lowest_eigenvalue

mp.mp.dps = 40


def batch(rng, levels, points, *, spread=0.5, drive=0.3):
    """Machines in both regimes with complex drives, level-dependent occupations and detunings."""
    return ts.ThermalMaser(
        drive * (rng.normal(size=(points, levels)) + 1j * rng.normal(size=(points, levels))),
        n_hot=rng.uniform(0.1, 5.0, (points, levels)), n_cold=rng.uniform(0.1, 5.0, points),
        gamma_hot=rng.uniform(0.01, 0.3, points), gamma_cold=rng.uniform(0.01, 0.3, points),
        splittings=spread * rng.random((points, levels)), detuning=0.2 * rng.normal(size=points),
    )  # fmt: skip


def exact_lowest_eigenvalue(rho):
    matrix = mp.matrix([[mp.mpc(complex(x)) for x in row] for row in rho])
    return min(mp.eighe(matrix, eigvals_only=True))


@pytest.mark.parametrize("levels", [1, 2, 4])
def test_the_eigenvalue_reported_is_a_lower_bound_and_no_idle_one(levels):
    """Between the thermal ratios: never above the truth, and never below min(r)/max(r) of it but for rounding."""
    rng = np.random.default_rng(levels)
    maser = batch(rng, levels, 12)
    state = ts.steady_state(maser, solver=Cauchy())
    ratios = maser.generator().thermal_ratios()
    for index in range(12):
        truth = float(exact_lowest_eigenvalue(state.rho[index]))
        assert state.min_eigenvalue[index] <= truth
        assert state.min_eigenvalue[index] >= truth * ratios[index].min() / ratios[index].max() * (1 - 1e-12)


@pytest.mark.parametrize("error", [1e-12, 1e-6, 1e-2, 1.0])
def test_a_block_that_is_not_stationary_is_not_called_positive_by_its_equation(error):
    """The bound holds for any Hermitian block with the residual it has: spoil the state and see it give way."""
    rng = np.random.default_rng(5)
    negative = 0
    for levels in (1, 3):
        maser = batch(rng, levels, 40)
        machines = cauchy.Stack.of(Arrow.of(maser.generator()).flat(), contiguous=True)
        state = ts.steady_state(maser, solver=Cauchy())
        noise = rng.normal(size=(40, levels + 1, levels + 1)) + 1j * rng.normal(size=(40, levels + 1, levels + 1))
        spoiled = state.density.block + error * 0.1 * (noise + np.conj(np.swapaxes(noise, -1, -2)))
        ground = state.density.ground
        excited = spoiled.copy()
        index = np.arange(levels + 1)
        excited[:, index, index] += ground[:, np.newaxis] * state.density.ratios
        block = maser.generator()
        change = block.drift() @ excited
        change = change + np.conj(np.swapaxes(change, -1, -2)) + ground[:, np.newaxis, np.newaxis] * block.pump()
        residual, _, _ = cauchy.change(machines, ground, np.moveaxis(spoiled, 0, -1))
        truth = np.hypot(np.linalg.norm(change, axis=(-2, -1)), np.trace(change, axis1=-2, axis2=-1).real)
        # the rounding that a residual includes is beside what it found
        np.testing.assert_allclose(residual, truth, rtol=1e-6, atol=1e-13)
        assert (residual >= truth * (1 - 1e-15)).all()
        found = lowest_eigenvalue(
            np.moveaxis(spoiled, 0, -1), ground, machines.ratios, machines.damping,
            residual=residual,
        )  # fmt: skip
        lowest = np.linalg.eigvalsh(excited)[:, 0]
        assert (found <= np.minimum(lowest, ground) + 1e-15).all()
        negative += int((lowest < 0.0).sum())
    assert negative > 0 or error < 1.0, "no block here is negative"


@pytest.mark.parametrize("levels", [1, 2, 8, 16, 17, 24])
def test_a_stack_equals_its_points_and_the_lyapunov_equation(levels):
    """Both layouts, stacks of several chunks among them, against one point at a time and a solver of its own."""
    rng = np.random.default_rng(levels)
    points = 2 * cauchy.STACK_BYTES // (8 * (2 * levels) ** 2) + 3 if levels in {8, 16} else 7
    maser = batch(rng, levels, points)
    state = ts.steady_state(maser, solver=Cauchy())
    expected = ts.steady_state(maser, solver=Block())
    np.testing.assert_allclose(state.rho, expected.rho, atol=1e-13)
    np.testing.assert_allclose(state.density.row(1), expected.density.row(1), rtol=1e-10)
    for index in (0, points // 2, points - 1):
        alone = ts.ThermalMaser(
            maser.drive[index], n_hot=maser.n_hot[index], n_cold=maser.n_cold[index], gamma_hot=maser.gamma_hot[index],
            gamma_cold=maser.gamma_cold[index], splittings=maser.splittings[index], detuning=maser.detuning[index],
        )  # fmt: skip
        # a sum over levels runs in another order when there is one point
        np.testing.assert_allclose(ts.steady_state(alone, solver=Cauchy()).rho, state.rho[index], atol=1e-15)


def test_a_point_that_is_refused_leaves_the_rest_of_its_stack_alone():
    """Rates of 1e-80 beside ordinary ones: nothing decays there, solved elsewhere, in one stack."""
    rng = np.random.default_rng(6)
    maser = batch(rng, 3, 5)
    rates = {name: getattr(maser, name).copy() for name in ("gamma_hot", "gamma_cold")}
    for rate in rates.values():
        rate[2] = 1e-80
    options = {name: getattr(maser, name) for name in ("n_hot", "n_cold", "splittings", "detuning")}
    state = ts.steady_state(ts.ThermalMaser(maser.drive, **rates, **options), throw=False)
    assert state.status[2] in {Status.NOT_UNIQUE, Status.ILL_CONDITIONED}
    assert np.delete(state.status, 2).tolist() == [0, 0, 0, 0]
    assert np.isnan(state.rho[2]).all()
    whole = ts.steady_state(maser)
    np.testing.assert_array_equal(np.delete(state.rho, 2, axis=0), np.delete(whole.rho, 2, axis=0))


def test_elimination_without_pivots_is_repeated_with_them_where_rounding_grew(monkeypatch):
    """With the threshold at zero every point takes the second way, and the two agree."""
    rng = np.random.default_rng(7)
    maser = batch(rng, 4, 9)
    first = ts.steady_state(maser, solver=Cauchy())
    monkeypatch.setattr(cauchy, "_GROWN", 0.0)
    second = ts.steady_state(maser, solver=Cauchy())
    assert (first.rho != second.rho).any()
    np.testing.assert_allclose(first.rho, second.rho, atol=1e-15)


def test_stacks_of_hard_machines_keep_twelve_digits_or_say_no():
    rng = np.random.default_rng(8)
    solved = certain = 0
    for _ in range(40):
        maser = random_maser(rng, correlated=False, per_level=True, levels=3)
        options = {"gamma_hot": 10.0 ** rng.uniform(-6, 2, 8), "gamma_cold": 10.0 ** rng.uniform(-6, 2, 8)}
        stack = ts.ThermalMaser(
            10.0 ** rng.uniform(-6, 3) * maser.drive, n_hot=maser.n_hot, n_cold=maser.n_cold, omega_hot=1e4,
            splittings=10.0 ** rng.uniform(-3, 3) * maser.splittings, **options,
        )  # fmt: skip
        ours = ts.steady_state(stack, solver=Cauchy(), throw=False)
        theirs = ts.steady_state(stack, solver=Block(), throw=False)
        both = ours.succeeded & theirs.succeeded
        solved += int(both.sum())
        limit = (ours.error + theirs.error)[both]
        assert (np.abs(np.linalg.eigvalsh(ours.rho[both] - theirs.rho[both])).sum(axis=-1) <= limit).all()
        certain += int((limit < 1e-12).sum())
    assert solved > 200
    assert certain > 0.6 * solved
