"""Is every state of a hard machine right or refused, and nothing refused that has a state?

Truth here is the steady state in extended precision (mpmath, 40 digits), or a generator of QuTiP's.
"""

import mpmath as mp
import numpy as np
import pytest

import torusync as ts
from exact import exact, exact_steady_state
from problems import BATHS, qutip_liouvillian
from torusync.steady import Block, Dense, LowRank, Status
from torusync.thermo import Regime


@pytest.mark.parametrize(
    "options",
    [
        {"splittings": [0.0, 1e-3], "dipole_correlation": 1.0},
        {"splittings": [0.0, 1e-5], "dipole_correlation": 1.0},
        {"splittings": [0.0, 1e-7], "dipole_correlation": 1.0},
        {"splittings": [0.0, 0.1], "dipole_correlation": 1.0 - 1e-10},
        {"splittings": [0.0, 0.1], "gamma_hot": 1e-6, "gamma_cold": 1e3},
        {"splittings": [0.0, 0.1], "gamma_hot": 1e3, "gamma_cold": 1e-6},
        {"splittings": [0.0, 0.1], "drive": [1e-9, 2e-9]},
        {"splittings": [0.0, 0.1], "drive": [1e3, 2e3]},
        {"splittings": [0.0, 0.1], "n_hot": 1e8},
        {"splittings": [0.0, 0.1], "n_hot": 1e-12, "n_cold": 1e-9},
        {"splittings": [0.0, 1e4]},
    ],
    ids=str,
)
def test_hard_machines_are_right_or_refused(options):
    settings = {"drive": [0.1, 0.1], "n_hot": 2.0, **BATHS} | options
    maser = ts.ThermalMaser(settings.pop("drive"), **settings)
    state = ts.steady_state(maser, throw=False)
    if state.status is Status.SUCCESS:
        truth = exact_steady_state(maser)
        np.testing.assert_allclose(state.rho, truth, atol=1e-6 * np.abs(truth).max())
        # weak coherences keep their relative accuracy
        assert abs(state.coherence(1, 2)) == pytest.approx(abs(truth[1, 2]), rel=1e-6)
    else:
        assert np.isnan(state.rho).all()


def test_vanishing_drives_keep_the_relative_accuracy_of_both_kinds_of_coherence():
    """ρ_jl is of order λ² = 1e-18 here; the kick of section 6 has no thermal part to lose it in."""
    maser = ts.ThermalMaser([1e-9, 2e-9], n_hot=2.0, **BATHS, splittings=[0.0, 0.1])
    state, truth = ts.steady_state(maser), exact_steady_state(maser)
    for i, j in ((1, 2), (1, 3), (2, 3)):
        assert complex(state.coherence(i, j)) == pytest.approx(truth[i, j], rel=1e-11)


def test_random_hard_machines_are_right_or_refused():
    """Rates over ten orders of magnitude, drives from 1e-9 to 1e3, dipoles at and beside the dark limit."""
    rng = np.random.default_rng(22)

    def spread(low, high, size=None):
        return 10.0 ** rng.uniform(low, high, size)

    solved = 0
    for _ in range(100):
        count = int(rng.integers(1, 4))
        drive = spread(-9, 3, count) * np.exp(2j * np.pi * rng.random(count))
        unequal = rng.random() < 0.5
        maser = ts.ThermalMaser(
            np.full(count, drive[0]) if rng.random() < 0.4 else drive,
            n_hot=spread(-3, 3) * rng.uniform(0.5, 1.5, count) if unequal else spread(-8, 6),
            n_cold=spread(-8, 6), gamma_hot=spread(-7, 3), gamma_cold=spread(-7, 3), omega_hot=1e5,
            splittings=spread(-9, 3) * np.arange(count), detuning=rng.choice([0.0, 1.0]) * spread(-6, 4),
            dipole_correlation=rng.choice([0.0, 1.0, 1 - 1e-10, 1 - 1e-7, 0.9, -0.3]) if count > 1 else 0.0,
        )  # fmt: skip
        truth = exact_steady_state(maser)
        for solver in (ts.Auto(), Block(), Dense(), LowRank()):
            try:
                state = ts.steady_state(maser, solver=solver, throw=False)
            except ts.ArgumentError:
                assert isinstance(solver, LowRank)
                continue
            if state.status is not Status.SUCCESS:
                assert np.isnan(state.rho).all()
                continue
            solved += 1
            np.testing.assert_allclose(state.rho, truth, atol=1e-6 * np.abs(truth).max())
            if isinstance(solver, ts.Auto | Block):
                np.testing.assert_allclose(state.rho, truth, atol=1e-8 * np.abs(truth).max())
    assert solved > 200


@pytest.mark.parametrize("occupation", [1e4, 1e8, 1e12, 1e15])
@pytest.mark.parametrize("splittings", [[0.0, 0.0], [0.0, 0.1]], ids=["degenerate", "split"])
def test_hot_baths_keep_the_difference_that_drives_everything(occupation, splittings):
    """n/(1+n) is 1 to within 1/n for both baths; the coherences are proportional to what is left of it."""
    maser = ts.ThermalMaser(
        [0.1, 0.2], n_hot=occupation, n_cold=2 * occupation, gamma_hot=0.05 / occupation, gamma_cold=0.2 / occupation,
        splittings=splittings,
    )  # fmt: skip
    truth = exact_steady_state(maser)
    for solver in (ts.Auto(), Block(), LowRank()):
        state = ts.steady_state(maser, solver=solver)
        for i, j in ((1, 2), (1, 3), (2, 3)):
            assert complex(state.coherence(i, j)) == pytest.approx(truth[i, j], rel=1e-10), type(solver).__name__


def test_what_the_solver_cannot_do_is_refused_point_by_point():
    """A Redfield machine with a dark level, whose iteration overflows, must not take the rest of the map with it."""
    hard = {
        "n_hot": [0.36117013, 0.40962085, 0.82604341], "n_cold": 0.00036233189292365605, "omega_hot": 1e5,
        "gamma_hot": 0.00011093102982396242, "gamma_cold": 8.96417529348547e-05,
    }  # fmt: skip
    maser = ts.ThermalMaser(np.full(3, -11.19103119 + 44.7419452j), dipole_correlation=[0.5, 1.0], **hard)
    state = ts.steady_state(maser, throw=False)
    assert state.status[1] != Status.SUCCESS
    assert np.isnan(state.rho[1]).all()
    alone = ts.steady_state(
        ts.ThermalMaser(np.full(3, -11.19103119 + 44.7419452j), dipole_correlation=0.5, **hard), throw=False
    )
    assert state.status[0] == alone.status
    np.testing.assert_allclose(state.rho[0], alone.rho, rtol=1e-12)


def test_low_rank_coherences_are_right_or_refused():
    """Level spreads far beyond the damping, where few columns do not suffice: no half-converged coherences."""
    rng = np.random.default_rng(23)
    solved = 0
    for rank in [400] * 16 + [0, 4, 8, 16, 32, 64]:
        levels = int(rng.integers(20, 120))
        maser = ts.ThermalMaser(
            10.0 ** rng.uniform(-9, 1) * rng.random(levels), n_hot=2.0 * rng.uniform(0.5, 1.5, levels), n_cold=0.3,
            gamma_hot=10.0 ** rng.uniform(-4, 0), gamma_cold=10.0 ** rng.uniform(-4, 0), omega_hot=1e4,
            splittings=10.0 ** rng.uniform(-3, 3) * rng.random(levels),
        )  # fmt: skip
        state = ts.steady_state(maser, solver=LowRank(max_rank=rank), throw=False)
        if state.status is not Status.SUCCESS:
            continue
        solved += 1
        expected = ts.steady_state(maser, solver=Block()).density.row(1)[2:]
        found = state.density.row(1)[2:]
        assert np.abs(found - expected).max() <= 1e-8 * np.abs(expected).max(), (rank, levels)
        spectrum = np.linalg.eigvalsh(state.rho)
        assert state.min_eigenvalue <= spectrum[0] + 1e-15
    assert solved >= 8


def test_negative_states_are_refused_and_only_those():
    """Redfield machines with unequal occupations: the sign of the smallest eigenvalue, against 40 digits."""
    rng = np.random.default_rng(26)
    refused, barely = 0, 0
    for _ in range(60):
        count, top = int(rng.integers(2, 4)), 10.0 ** rng.uniform(-8, 1.5)
        maser = ts.ThermalMaser(
            0.05 * rng.normal(size=count), n_hot=top * 10.0 ** rng.uniform(-3, 0, count), n_cold=0.01 * top,
            gamma_hot=0.1, gamma_cold=0.1, dipole_correlation=rng.uniform(0.8, 0.999), splittings=rng.random(count),
        )  # fmt: skip
        state = ts.steady_state(maser, throw=False)
        truth = float(min(mp.eighe(exact(exact_steady_state(maser)), eigvals_only=True)))
        assert state.min_eigenvalue == pytest.approx(truth, rel=1e-12, abs=1e-13)
        assert (state.status is Status.NOT_POSITIVE) == (truth < -1e-12)
        refused += state.status is Status.NOT_POSITIVE
        barely += -1e-4 < truth < -1e-12
    assert 5 < refused < 55
    assert barely > 2


def unit_vectors(rng, count, rank):
    vectors = rng.normal(size=(count, rank))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    matrix = vectors @ vectors.T
    np.fill_diagonal(matrix, 1.0)
    return 0.5 * (matrix + matrix.T)


def machines_with_dark_states():
    """Machines of at most five levels, with the nullity 1 + m² where the dark space has m dimensions."""
    rng = np.random.default_rng(27)
    generic = rng.normal(size=5)
    for count, nullity in ((2, 2), (3, 5), (4, 10), (5, 17)):
        yield np.full(count, 0.1), {"dipole_correlation": 1.0}, nullity
    yield [0.1, 0.2], {"dipole_correlation": 1.0}, 1
    yield [0.1, 0.2, 0.3], {"dipole_correlation": 1.0}, 2
    yield [0.1, 0.2, 0.3, 0.4], {"dipole_correlation": 1.0}, 5
    for count, nullity in ((3, 1), (4, 1), (5, 2)):
        yield generic[:count], {"dipole_matrix": unit_vectors(rng, count, 3)}, nullity
    for count, nullity in ((2, 1), (3, 1), (4, 2), (5, 5)):
        yield generic[:count], {"dipole_matrix": unit_vectors(rng, count, 2)}, nullity
    # a splitting lifts the dark states that it does not leave invariant
    yield [0.1] * 4, {"dipole_correlation": 1.0, "splittings": [0.0, 0.1, 0.2, 0.3]}, 1
    yield [0.1] * 4, {"dipole_correlation": 1.0, "splittings": [0.0, 0.0, 0.2, 0.3]}, 2
    yield [0.1] * 4, {"dipole_correlation": 1.0, "splittings": [0.0, 0.0, 0.2, 0.2]}, 3
    yield [0.1] * 4, {"dipole_correlation": 1.0, "splittings": [0.0, 0.0, 0.0, 0.2]}, 5
    # nearly dark is not dark
    yield [0.1] * 2, {"dipole_correlation": 1.0 - 1e-7}, 1
    yield [0.1] * 2, {"dipole_correlation": 1.0, "splittings": [0.0, 1e-4]}, 1
    yield [0.1, 0.2, 0.3], {"gamma_hot": 0.0}, 5
    yield [0.1, 0.2, 0.3], {"gamma_hot": 0.0, "splittings": [0.0, 0.0, 0.1]}, 2
    yield [0.0, 0.0], {"gamma_cold": 0.0}, 2


@pytest.mark.parametrize(
    ("drive", "options", "nullity"), list(machines_with_dark_states()), ids=lambda value: str(value)[:50]
)
def test_the_nullity_is_that_of_an_independent_generator(drive, options, nullity):
    settings = {"n_hot": 2.0, **BATHS} | options
    maser = ts.ThermalMaser(drive, **settings)
    singular = np.linalg.svd(qutip_liouvillian(maser).full(), compute_uv=False)
    assert (singular < 1e-12 * singular[0]).sum() == nullity
    for solver in (Block(), Dense()):
        state = ts.steady_state(maser, solver=solver, throw=False)
        assert state.nullity == nullity
        assert (state.status is Status.NOT_UNIQUE) == (nullity > 1)


@pytest.mark.parametrize("strength", [1e-3, 1e-8, 1e-14, 1e-20, 1e-100])
def test_a_machine_that_barely_runs_still_runs(strength):
    """The flux is known to all its digits however weak the drive, and so is its sign."""
    for n_hot, regime in ((5.0, Regime.ENGINE), (0.2, Regime.REFRIGERATOR)):
        for splittings in (0.0, [0.0, 0.1]):
            maser = ts.ThermalMaser([strength, 2 * strength], n_hot=n_hot, **BATHS, splittings=splittings)
            flows = ts.thermodynamics(ts.steady_state(maser))
            assert flows.regime is regime
            assert flows.entropy_production > 0.0
