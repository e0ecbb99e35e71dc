"""Is a reported bound, residual or spectrum ever better than the truth?

Truth here is extended precision (mpmath, 40 digits) or exhaustive search.
"""

import mpmath as mp
import numpy as np
import pytest

import torusync as ts
from problems import random_maser
from torusync.phases.certificate import eigenvalue_bound, l1_bound

mp.mp.dps = 40


def exact(matrix):
    return mp.matrix([[mp.mpc(complex(x)) for x in row] for row in matrix])


def exact_pair_sum(rho, phases):
    """Σ_{i<j} Re[ρ_ij e^{i(φ_j − φ_i)}] in 40 digits."""
    z = [mp.e ** (1j * mp.mpf(float(p))) if np.isfinite(p) else mp.mpf(0) for p in phases]
    size = len(rho)
    return mp.fsum(
        (mp.mpc(complex(rho[i, j])) * mp.conj(z[i]) * z[j]).real for i in range(size) for j in range(i + 1, size)
    )


def exhaustive_maximum(rho, points=24, keep=40):
    """The maximum over a grid of all phase differences, then polished by coordinate ascent."""
    size = len(rho)
    off = rho - np.diag(np.diag(rho))
    grid = 2 * np.pi * np.arange(points) / points
    phases = np.stack(np.meshgrid(*[grid] * (size - 1), indexing="ij"), axis=-1).reshape(-1, size - 1)
    z = np.concatenate([np.ones((len(phases), 1)), np.exp(1j * phases)], axis=1)
    heights = 0.5 * np.einsum("pi,ij,pj->p", z.conj(), off, z).real
    z = z[np.argsort(heights)[-keep:]]
    for _ in range(300):
        for level in range(size):
            pull = z @ off[level]
            z[:, level] = np.where(np.abs(pull) > 0, pull / np.where(np.abs(pull) > 0, np.abs(pull), 1), z[:, level])
    return (0.5 * np.einsum("pi,ij,pj->p", z.conj(), off, z).real).max()


def random_state(rng, size, rank, scale=None):
    a = rng.normal(size=(size, rank)) + 1j * rng.normal(size=(size, rank))
    if scale is not None:
        a = a * scale[:, np.newaxis]
    rho = a @ a.conj().T
    return rho / np.trace(rho).real


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("rank", [1, 2, 4])
@pytest.mark.parametrize("scaled", [False, True], ids=["even", "badly scaled"])
def test_no_search_beats_the_bound_and_none_the_certified_value(size, rank, scaled):
    rng = np.random.default_rng([size, rank, scaled])
    for _ in range(6):
        scale = 10.0 ** rng.uniform(-4, 0, size) if scaled else None
        rho = random_state(rng, size, min(rank, size), scale)
        sync = ts.synchronization(rho)
        truth = exhaustive_maximum(rho)
        assert sync.pair_bound >= truth
        if sync.certified:
            assert sync.pair_sum >= truth * (1 - 1e-9)
        # even where the certificate stays open, four levels have been searched well
        assert sync.pair_sum >= truth * (1 - 1e-10)


@pytest.mark.parametrize("size", [6, 8])
def test_open_certificates_state_a_gap_that_contains_the_truth(size):
    rng = np.random.default_rng(size)
    opened = 0
    for _ in range(12):
        rho = random_state(rng, size, size)
        sync = ts.synchronization(rho)
        truth = max(float(ts.synchronization(rho, random_starts=64, seed=seed).pair_sum) for seed in range(1, 4))
        assert sync.pair_bound >= truth >= sync.pair_sum * (1 - 1e-12)
        opened += not sync.certified
    assert opened > 0, "no instance tests an open gap"


def test_the_value_is_the_height_at_the_reported_phases():
    rng = np.random.default_rng(8)
    for size, rank in ((3, 1), (4, 4), (8, 3)):
        rho = random_state(rng, size, rank)
        sync = ts.synchronization(rho)
        truth = exact_pair_sum(rho, sync.phases)
        assert float(sync.pair_sum) <= float(truth) * (1 + 1e-13) + 1e-300
        assert float(sync.pair_bound) >= float(truth)


def test_closed_form_bounds_hold_in_extended_precision():
    rng = np.random.default_rng(9)
    for n_hot in (0.2, 5.0):
        for levels in (1, 2, 3, 7):
            drive = rng.uniform(0, 0.3, levels) * np.exp(2j * np.pi * rng.random(levels))
            state = ts.steady_state(ts.ThermalMaser(drive, n_hot=n_hot, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2))
            sync = ts.synchronization(state)
            truth = exact_pair_sum(state.rho, sync.phases)
            assert float(sync.pair_bound) >= float(truth)
            assert float(sync.pair_sum) == pytest.approx(float(truth), rel=1e-13)


@pytest.mark.parametrize("size", [3, 10, 40])
def test_the_eigenvalue_bound_covers_its_own_rounding(size):
    """The bound against the same formula in 40 digits."""
    rng = np.random.default_rng(size)
    for _ in range(3 if size < 40 else 1):
        off = random_state(rng, size, size)
        np.fill_diagonal(off, 0.0)
        z = np.exp(2j * np.pi * rng.random(size))
        bound, _ = eigenvalue_bound(off[np.newaxis], z[np.newaxis])
        mu = np.real(z.conj() * (off @ z))
        shifted = exact(off) - mp.diag([mp.mpf(float(x)) for x in mu])
        top = max(mp.eighe(shifted, eigvals_only=True))
        truth = (mp.fsum(mp.mpf(float(x)) for x in mu) + size * max(mp.mpf(0), top)) / 2
        assert float(bound[0]) >= truth
        assert float(bound[0]) <= float(truth) * (1 + 1e-10)
        total, bounded = l1_bound(off[np.newaxis])
        exact_l1 = mp.fsum(abs(mp.mpc(complex(off[i, j]))) for i in range(size) for j in range(i + 1, size))
        assert float(bounded[0]) >= exact_l1
        assert float(total[0]) == pytest.approx(float(exact_l1), rel=1e-13)


def exact_maser_residual(maser, rho):
    """‖dρ/dt‖ of one maser in 40 digits, from the formulas of the physics, level by level."""
    count, size = maser.levels, maser.dimension
    r = exact(rho)
    e = [mp.mpf(float(x)) for x in maser.manifold().energies.ravel()]
    lam = [mp.mpc(complex(x)) for x in maser.drive]
    n = [mp.mpf(float(x)) for x in maser.level_occupations.ravel()]
    n_c, g_h, g_c = (mp.mpf(float(getattr(maser, x))) for x in ("n_cold", "gamma_hot", "gamma_cold"))
    h = mp.zeros(size)
    for j in range(count):
        h[j + 2, j + 2], h[1, j + 2], h[j + 2, 1] = e[j], lam[j], mp.conj(lam[j])
    p = mp.eye(count) if maser.dipoles is None else exact(maser.dipoles)
    s = []
    for j in range(count):
        one = mp.zeros(size)
        one[0, j + 2] = 1
        s.append(one)
    d = -1j * (h * r - r * h)
    c = mp.zeros(size)
    c[0, 1] = 1
    for rate, x in ((g_c * (1 + n_c), c), (g_c * n_c, c.H)):
        d += rate * (2 * x * r * x.H - x.H * x * r - r * x.H * x)
    for i in range(count):
        for j in range(count):
            if p[i, j] == 0:
                continue
            a, b = s[i], s[j]
            fall = a * r * b.H + b * r * a.H - b.H * a * r - r * a.H * b
            rise = a.H * r * b + b.H * r * a - b * a.H * r - r * a * b.H
            d += g_h * p[i, j] * ((1 + n[i]) * fall + n[i] * rise)
    return mp.sqrt(mp.fsum(abs(x) ** 2 for x in d))


@pytest.mark.parametrize("correlated", [False, True])
def test_the_residual_is_not_below_the_truth_by_more_than_its_own_rounding(correlated):
    rng = np.random.default_rng(12)
    for levels in (1, 3, 5):
        maser = random_maser(rng, correlated=correlated, per_level=True, levels=levels)
        for solver in (ts.Block(), ts.Dense()) if correlated else (ts.Block(), ts.Dense(), ts.LowRank()):
            state = ts.steady_state(maser, solver=solver)
            truth = float(exact_maser_residual(maser, state.rho))
            scale = float(np.abs(maser.liouvillian()).max())
            assert truth <= state.residual + 1e-15 * scale
            assert truth <= 1e-14 * scale


def test_the_residual_of_the_closed_form_is_honest():
    rng = np.random.default_rng(13)
    for levels in (1, 2, 5):
        drive = rng.normal(size=levels) + 1j * rng.normal(size=levels)
        maser = ts.ThermalMaser(drive, n_hot=2.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2, detuning=0.3)
        state = ts.steady_state(maser)
        truth = float(exact_maser_residual(maser, state.rho))
        assert truth <= state.residual + 2e-15
        assert state.residual <= 1e-14


def test_a_wrong_state_shows_in_the_residual():
    """Spoil one closed-form state by 1e-6: the residual must say so."""
    from dataclasses import replace

    from torusync.steady.collective import _residual

    maser = ts.ThermalMaser([0.1, 0.2j], n_hot=2.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2, detuning=0.3)
    density = ts.steady_state(maser).density
    for name in ("ground", "ratios", "factor", "core"):
        spoiled = replace(density, **{name: getattr(density, name) * (1 + 1e-6)})
        truth = float(exact_maser_residual(maser, spoiled.to_array()))
        found = float(_residual(maser.manifold(), spoiled))
        assert found >= truth * (1 - 1e-6)
        assert found == pytest.approx(truth, rel=1.0)
        assert truth > 1e-9


def test_smallest_eigenvalues_agree_with_extended_precision():
    rng = np.random.default_rng(14)
    for levels in (2, 4):
        for split in (0.0, 0.1):
            maser = ts.ThermalMaser(
                rng.normal(size=levels), n_hot=0.01, n_cold=20.0, gamma_hot=0.05, gamma_cold=0.2,
                splittings=split * np.arange(levels),
            )  # fmt: skip
            state = ts.steady_state(maser)
            truth = min(mp.eighe(exact(state.rho), eigvals_only=True))
            assert float(state.min_eigenvalue) == pytest.approx(float(truth), abs=1e-15)


def exact_steady_state(maser):
    """The steady state in 40 digits: one row of the generator replaced by the trace."""
    size = maser.dimension
    block = size - 1
    manifold = maser.manifold()
    a = exact(-1j * manifold.hamiltonian() - manifold.damping())
    s = exact(manifold.pump())
    kron = mp.zeros(block * block)
    for i in range(block):
        for j in range(block):
            for k in range(block):
                for m in range(block):
                    value = (a[i, k] if j == m else 0) + (mp.conj(a[j, m]) if i == k else 0)
                    kron[i * block + j, k * block + m] = value
    x = mp.lu_solve(kron, mp.matrix([-s[i, j] for i in range(block) for j in range(block)]))
    ground = 1 / (1 + mp.fsum(x[i * block + i] for i in range(block)).real)
    rho = np.zeros((size, size), dtype=complex)
    rho[0, 0] = float(ground)
    for i in range(block):
        for j in range(block):
            rho[i + 1, j + 1] = complex(ground * x[i * block + j])
    return rho


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
    settings = {"drive": [0.1, 0.1], "n_hot": 2.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2} | options
    maser = ts.ThermalMaser(settings.pop("drive"), **settings)
    state = ts.steady_state(maser, throw=False)
    if state.status is ts.Status.SUCCESS:
        truth = exact_steady_state(maser)
        np.testing.assert_allclose(state.rho, truth, atol=1e-6 * np.abs(truth).max())
        # weak coherences keep their relative accuracy
        assert abs(state.coherence(1, 2)) == pytest.approx(abs(truth[1, 2]), rel=1e-6)
    else:
        assert np.isnan(state.rho).all()


def test_vanishing_drives_keep_the_relative_accuracy_of_both_kinds_of_coherence():
    """ρ_jl is of order λ² = 1e-18 here; the kick of section 6 has no thermal part to lose it in."""
    maser = ts.ThermalMaser([1e-9, 2e-9], n_hot=2.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2, splittings=[0.0, 0.1])
    state, truth = ts.steady_state(maser), exact_steady_state(maser)
    for i, j in ((1, 2), (1, 3), (2, 3)):
        assert complex(state.coherence(i, j)) == pytest.approx(truth[i, j], rel=1e-11)


@pytest.mark.parametrize("max_rank", [4, 8, 16])
def test_low_rank_that_is_too_low_says_so(max_rank):
    """Stopped early, the residual reported is at least the true one, and the state is refused."""
    from torusync.steady.solution import Answer

    rng = np.random.default_rng(2)
    maser = ts.ThermalMaser(
        rng.random(60), n_hot=2.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2, splittings=5.0 * rng.random(60)
    )
    answer = ts.LowRank(max_rank=max_rank).solve(maser)
    assert isinstance(answer, Answer)
    block, rho = maser.manifold(), answer.density.to_array()
    excited = rho[1:, 1:]
    change = block.drift() @ excited
    truth = np.linalg.norm(change + change.conj().T + rho[0, 0] * block.pump())
    assert answer.residual >= truth
    assert answer.residual <= 30.0 * truth
    with pytest.raises(ts.SteadyStateError, match="max_rank"):
        ts.steady_state(maser, solver=ts.LowRank(max_rank=max_rank))


def test_the_lowest_eigenvalue_of_a_low_rank_state_is_a_lower_bound():
    rng = np.random.default_rng(3)
    for n_hot in (0.05, 5.0):
        for even in (True, False):
            n = np.full(30, n_hot) if even else n_hot * (1 + 0.3 * rng.random(30))
            maser = ts.ThermalMaser(
                2.0 * rng.random(30), n_hot=n, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2, splittings=rng.random(30)
            )
            state = ts.steady_state(maser, solver=ts.LowRank())
            truth = np.linalg.eigvalsh(state.rho)[0]
            assert 0.0 < state.min_eigenvalue <= truth * (1 + 1e-10)
