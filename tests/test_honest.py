"""Is a reported bound, residual or spectrum ever better than the truth?

Truth here is extended precision (mpmath, 40 digits) or exhaustive search.
"""

import mpmath as mp
import numpy as np
import pytest

import torusync as ts
from problems import exhaustive_maximum, qutip_liouvillian, random_maser, random_state
from torusync.conventions import s_prefactor
from torusync.maxima.certificate import eigenvalue_bound, l1_bound, multipliers

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
        assert sync.pair_sum_bound >= truth
        if sync.certified:
            assert sync.pair_sum >= truth * (1 - 1e-9)
        # even where the certificate stays open, four levels have been searched well
        assert sync.pair_sum >= truth * (1 - 1e-10)


def highest_of_many_climbs(rho, rng, starts=1500, sweeps=400):
    """The highest of many coordinate ascents: a lower bound on the maximum that shares nothing with the search."""
    size = len(rho)
    off = rho - np.diag(np.diag(rho))
    z = np.exp(2j * np.pi * rng.random((starts, size)))
    for _ in range(sweeps):
        for level in range(size):
            pull = z @ off[level]
            z[:, level] = np.where(np.abs(pull) > 0, pull / np.where(np.abs(pull) > 0, np.abs(pull), 1), z[:, level])
    return (0.5 * np.einsum("pi,ij,pj->p", z.conj(), off, z).real).max()


@pytest.mark.parametrize("size", [5, 6])
@pytest.mark.parametrize("rank", [1, 2, 6])
def test_many_climbs_do_not_pass_the_bound(size, rank):
    rng = np.random.default_rng([size, rank])
    for scale in (None, 10.0 ** rng.uniform(-4, 0, size)):
        rho = random_state(rng, size, min(rank, size), scale)
        sync = ts.synchronization(rho)
        truth = highest_of_many_climbs(rho, rng)
        assert sync.pair_sum_bound >= truth * (1 - 1e-15)
        assert sync.pair_sum >= truth * (1 - 1e-10)


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("smallness", [1e-3, 1e-8, 1e-15, 1e-160, 1e-300])
def test_faint_coherences_are_bounded_and_attained_all_the_same(size, smallness):
    """Near-diagonal states: the coherences are exact numbers in their own right, however small."""
    rng = np.random.default_rng([size, int(-np.log10(smallness))])
    for even in (True, False):
        off = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
        off = off if even else off * 10.0 ** rng.uniform(-6, 0, (size, size))
        off = smallness * np.triu(off, 1) / size
        rho = off + off.conj().T + np.eye(size) / size
        sync = ts.synchronization(rho)
        truth = exhaustive_maximum((off + off.conj().T) / smallness)
        assert sync.pair_sum_bound / smallness >= truth * (1 - 1e-15)
        assert sync.pair_sum / smallness >= truth * (1 - 1e-9)
        assert float(sync.pair_sum) <= float(exact_pair_sum(rho, sync.phases)) * (1 + 1e-13)


def test_certified_means_a_gap_of_a_billionth_and_nothing_else():
    rng = np.random.default_rng(21)
    sync = ts.synchronization(np.stack([random_state(rng, 7, 7) for _ in range(40)]))
    np.testing.assert_array_equal(sync.certified, sync.pair_sum_bound - sync.pair_sum <= 1e-9 * sync.pair_sum_bound)
    np.testing.assert_allclose(sync.gap, sync.s_max_bound - sync.s_max, rtol=0, atol=1e-15 * sync.s_max_bound.max())
    assert 0 < sync.certified.sum() < 40
    assert (sync.pair_sum <= sync.pair_sum_bound).all()
    assert (sync.pair_sum_bound <= sync.l1_coherence * (1 + 1e-13)).all()


def exact_prefactor(dimension):
    return 1 / (mp.mpf(2) ** (dimension + 1) * mp.pi ** (dimension - 2))


def test_the_factor_between_pair_sum_and_s_has_no_rounding_worth_the_name():
    for dimension in range(2, 387):
        truth = exact_prefactor(dimension)
        assert abs(s_prefactor(dimension) / truth - 1) < 1e-15, dimension


@pytest.mark.parametrize("levels", [72, 148, 303, 368])
def test_the_bound_on_s_max_holds_in_its_own_units(levels):
    """A bound on ΣS turned into one on S: the factor 2^(D+1) π^(D−2) must not round it below the attained value."""
    rng = np.random.default_rng(levels)
    maser = ts.ThermalMaser(rng.random(levels), n_hot=5.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2)
    sync = ts.synchronization(ts.steady_state(maser))
    assert mp.mpf(float(sync.s_max_bound)) >= 2 * exact_prefactor(levels + 2) * mp.mpf(float(sync.pair_sum))


@pytest.mark.parametrize("size", [6, 8])
def test_open_certificates_state_a_gap_that_contains_the_truth(size):
    rng = np.random.default_rng(size)
    opened = 0
    for _ in range(12):
        rho = random_state(rng, size, size)
        sync = ts.synchronization(rho)
        truth = max(float(ts.synchronization(rho, random_starts=64, seed=seed).pair_sum) for seed in range(1, 4))
        assert sync.pair_sum_bound >= truth >= sync.pair_sum * (1 - 1e-12)
        opened += not sync.certified
    assert opened > 0, "no instance tests an open gap"


def test_the_value_is_the_height_at_the_reported_phases():
    rng = np.random.default_rng(8)
    for size, rank in ((3, 1), (4, 4), (8, 3)):
        rho = random_state(rng, size, rank)
        sync = ts.synchronization(rho)
        truth = exact_pair_sum(rho, sync.phases)
        assert float(sync.pair_sum) <= float(truth) * (1 + 1e-13) + 1e-300
        assert float(sync.pair_sum_bound) >= float(truth)


def test_closed_form_bounds_hold_in_extended_precision():
    rng = np.random.default_rng(9)
    for n_hot in (0.2, 5.0):
        for levels in (1, 2, 3, 7):
            drive = rng.uniform(0, 0.3, levels) * np.exp(2j * np.pi * rng.random(levels))
            state = ts.steady_state(ts.ThermalMaser(drive, n_hot=n_hot, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2))
            sync = ts.synchronization(state)
            truth = exact_pair_sum(state.rho, sync.phases)
            assert float(sync.pair_sum_bound) >= float(truth)
            assert float(sync.pair_sum) == pytest.approx(float(truth), rel=1e-13)


@pytest.mark.parametrize("size", [3, 10, 40])
def test_the_eigenvalue_bound_covers_its_own_rounding(size):
    """The bound against the same formula in 40 digits."""
    rng = np.random.default_rng(size)
    for _ in range(3 if size < 40 else 1):
        off = random_state(rng, size, size)
        np.fill_diagonal(off, 0.0)
        z = np.exp(2j * np.pi * rng.random(size))
        bound, _ = eigenvalue_bound(off[np.newaxis], multipliers(off[np.newaxis], z[np.newaxis]))
        mu = np.real(z.conj() * (off @ z))
        shifted = exact(off) - mp.diag([mp.mpf(float(x)) for x in mu])
        top = max(mp.eighe(shifted, eigvals_only=True))
        truth = (mp.fsum(mp.mpf(float(x)) for x in mu) + size * max(mp.mpf(0), top)) / 2
        assert float(bound[0]) >= truth
        assert float(bound[0]) <= float(truth) * (1 + 1e-10)
        total, bounded = l1_bound(np.abs(off[np.newaxis]).sum(axis=-1))
        exact_l1 = mp.fsum(abs(mp.mpc(complex(off[i, j]))) for i in range(size) for j in range(i + 1, size))
        assert float(bounded[0]) >= exact_l1
        assert float(total[0]) == pytest.approx(float(exact_l1), rel=1e-13)


def test_the_eigenvalue_bound_is_not_below_an_optimum_it_touches():
    """At the optimum of a pure state the dual bound is tight: rounding alone would put some below."""
    rng = np.random.default_rng(31)
    for _ in range(60):
        size = int(rng.integers(2, 8))
        amplitudes = rng.normal(size=size) + 1j * rng.normal(size=size)
        off = np.outer(amplitudes, amplitudes.conj())
        np.fill_diagonal(off, 0.0)
        z = amplitudes / np.abs(amplitudes)
        bound, _ = eigenvalue_bound(off[np.newaxis], multipliers(off[np.newaxis], z[np.newaxis]))
        truth = mp.fsum(abs(mp.mpc(complex(off[i, j]))) for i in range(size) for j in range(i + 1, size))
        assert float(bound[0]) >= truth


def exact_maser_residual(maser, rho):
    """‖dρ/dt‖ of one maser in 40 digits, from the formulas of the physics, level by level."""
    count, size = maser.manifold_levels, maser.dimension
    r = exact(rho)
    e = [mp.mpf(float(x)) for x in np.broadcast_to(maser.generator().energies, count)]
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
        arrows = () if correlated else (ts.LowRank(), ts.Cauchy())
        for solver in (ts.Block(), ts.Dense(), *arrows):
            state = ts.steady_state(maser, solver=solver)
            truth = float(exact_maser_residual(maser, state.rho))
            scale = float(np.abs(maser.generator().liouvillian()).max())
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

    from torusync.steady.collective import Degenerate, evidence

    maser = ts.ThermalMaser([0.1, 0.2j], n_hot=2.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2, detuning=0.3)
    density = ts.steady_state(maser).density
    machines = Degenerate.of(maser.generator()).flat()
    for name in ("ground", "cold_ratio", "hot_ratio", "first", "link", "pair"):
        spoiled = replace(density, **{name: getattr(density, name) * (1 + 1e-6)})
        truth = float(exact_maser_residual(maser, spoiled.to_array()))
        found = float(evidence(machines, spoiled.flat())[0][0])
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
            for solver in (ts.Block(), ts.Dense(), *((ts.Collective(),) if split == 0.0 else ())):
                state = ts.steady_state(maser, solver=solver)
                truth = min(mp.eighe(exact(state.rho), eigvals_only=True))
                assert float(state.min_eigenvalue) == pytest.approx(float(truth), abs=1e-15)


def exact_steady_state(maser):
    """The steady state in 40 digits from the parameters alone: the excited block with ρ_00 = 1, then the trace."""
    count, block = maser.manifold_levels, maser.manifold_levels + 1
    shifts = [mp.mpf(float(x)) for x in np.broadcast_to(maser.splittings, count)]
    n = [mp.mpf(float(x)) for x in np.broadcast_to(maser.n_hot, count)]
    n_c, g_h, g_c, detuning = (
        mp.mpf(float(getattr(maser, x))) for x in ("n_cold", "gamma_hot", "gamma_cold", "detuning")
    )
    p = mp.eye(count) if maser.dipoles is None else exact(maser.dipoles)
    a, s = mp.zeros(block), mp.zeros(block)
    a[0, 0], s[0, 0] = -g_c * (1 + n_c), 2 * g_c * n_c
    for j in range(count):
        drive = mp.mpc(complex(maser.drive[j]))
        a[0, j + 1], a[j + 1, 0] = -1j * drive, -1j * mp.conj(drive)
        a[j + 1, j + 1] = -1j * (shifts[j] - mp.fsum(shifts) / count - detuning)
        for i in range(count):
            a[i + 1, j + 1] -= g_h * p[i, j] * (1 + n[j])
            s[i + 1, j + 1] = g_h * p[i, j] * (n[i] + n[j])
    size = block + 1
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
    from torusync.steady.answer import Answer

    rng = np.random.default_rng(2)
    maser = ts.ThermalMaser(
        rng.random(60), n_hot=2.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2, splittings=5.0 * rng.random(60)
    )
    answer = ts.LowRank(max_rank=max_rank).solve(maser.generator())
    assert isinstance(answer, Answer)
    block, rho = maser.generator(), answer.density.to_array()
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
        for solver in (ts.Auto(), ts.Block(), ts.Dense(), ts.LowRank()):
            try:
                state = ts.steady_state(maser, solver=solver, throw=False)
            except ts.ArgumentError:
                assert isinstance(solver, ts.LowRank)
                continue
            if state.status is not ts.Status.SUCCESS:
                assert np.isnan(state.rho).all()
                continue
            solved += 1
            np.testing.assert_allclose(state.rho, truth, atol=1e-6 * np.abs(truth).max())
            if isinstance(solver, ts.Auto | ts.Block):
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
    for solver in (ts.Auto(), ts.Block(), ts.LowRank()):
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
    assert state.status[1] != ts.Status.SUCCESS
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
        state = ts.steady_state(maser, solver=ts.LowRank(max_rank=rank), throw=False)
        if state.status is not ts.Status.SUCCESS:
            continue
        solved += 1
        expected = ts.steady_state(maser, solver=ts.Block()).density.row(1)[2:]
        found = state.density.row(1)[2:]
        assert np.abs(found - expected).max() <= 1e-8 * np.abs(expected).max(), (rank, levels)
        spectrum = np.linalg.eigvalsh(state.rho)
        assert state.min_eigenvalue <= spectrum[0] + 1e-15
    assert solved >= 8


def test_the_residual_of_low_rank_states_is_honest():
    rng = np.random.default_rng(24)
    for levels in (2, 5):
        for strength in (0.1, 1e-7):
            maser = ts.ThermalMaser(
                strength * rng.normal(size=levels), n_hot=rng.uniform(1, 3, levels), n_cold=0.3, gamma_hot=0.05,
                gamma_cold=0.2, splittings=rng.random(levels),
            )  # fmt: skip
            for rank in (2, 400):
                answer = ts.LowRank(max_rank=rank).solve(maser.generator())
                truth = float(exact_maser_residual(maser, answer.density.to_array()))
                assert truth <= answer.residual + 1e-15


@pytest.mark.parametrize("solver", [ts.Block(), ts.Dense(), ts.LowRank()], ids=lambda one: type(one).__name__)
def test_no_solver_reports_a_better_smallest_eigenvalue_than_the_state_has(solver):
    rng = np.random.default_rng(25)
    for correlated in (False, True) if not isinstance(solver, ts.LowRank) else (False,):
        for _ in range(3):
            maser = random_maser(rng, correlated=correlated, per_level=True, levels=3)
            state = ts.steady_state(maser, solver=solver)
            truth = float(min(mp.eighe(exact(state.rho), eigvals_only=True)))
            assert state.min_eigenvalue <= truth + 1e-15
            assert state.min_eigenvalue > 0.0


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
        assert (state.status is ts.Status.NOT_POSITIVE) == (truth < -1e-12)
        refused += state.status is ts.Status.NOT_POSITIVE
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
    settings = {"n_hot": 2.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2} | options
    maser = ts.ThermalMaser(drive, **settings)
    singular = np.linalg.svd(qutip_liouvillian(maser).full(), compute_uv=False)
    assert (singular < 1e-12 * singular[0]).sum() == nullity
    for solver in (ts.Block(), ts.Dense()):
        state = ts.steady_state(maser, solver=solver, throw=False)
        assert state.nullity == nullity
        assert (state.status is ts.Status.NOT_UNIQUE) == (nullity > 1)


def test_lindblad_systems_are_right_or_refused():
    """Random generators with rates over eight orders of magnitude: residual and positivity against 40 digits."""
    rng = np.random.default_rng(28)
    for size in (2, 3, 4):
        for _ in range(4):
            h = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
            channels = [(10.0 ** rng.uniform(-6, 2), rng.normal(size=(size, size))) for _ in range(3)]
            state = ts.steady_state(ts.LindbladSystem(h + h.conj().T, channels))
            r, hamiltonian = exact(state.rho), exact(h + h.conj().T)
            change = -1j * (hamiltonian * r - r * hamiltonian)
            for rate, operator in channels:
                x = exact(operator)
                change += mp.mpf(rate) * (2 * x * r * x.H - x.H * x * r - r * x.H * x)
            truth = float(mp.sqrt(mp.fsum(abs(entry) ** 2 for entry in change)))
            scale = float(np.abs(state.system.generator().liouvillian()).max())
            assert truth <= state.residual + 4e-15 * scale
            assert state.min_eigenvalue <= float(min(mp.eighe(r, eigvals_only=True))) + 1e-15


@pytest.mark.parametrize("dead", [1, 2])
def test_what_is_said_of_a_state_does_not_depend_on_its_neighbours_in_the_batch(dead):
    """A level without coherence in one state, with some in the next: no phantom free phase."""
    rng = np.random.default_rng(dead)
    states = np.stack([random_state(rng, 5, 5) for _ in range(4)])
    states[1, -dead:, :] = states[1, :, -dead:] = 0.0
    states[1] += np.diag(np.diag(states[0]) * np.arange(5) * 0)
    states[1] /= np.trace(states[1]).real
    states[2] = np.eye(5) / 5
    together = ts.synchronization(states)
    for index, one in enumerate(states):
        alone = ts.synchronization(one)
        assert together.pair_sum[index] == pytest.approx(float(alone.pair_sum), rel=1e-13)
        assert together.pair_sum_bound[index] == pytest.approx(float(alone.pair_sum_bound), rel=1e-12)
        for name in ("optimum", "optima_count", "optima_dimension", "certified"):
            assert getattr(together, name)[index] == getattr(alone, name), name
        np.testing.assert_array_equal(np.isnan(together.phases[index]), np.isnan(alone.phases))


@pytest.mark.parametrize("faint", [1e-3, 1e-6, 1e-9, 1e-10, 1e-12, 1e-200])
def test_a_faint_level_neither_frees_a_phase_nor_loses_its_own(faint):
    """A frustrated triangle has two optima; a fourth level that hangs on it by a thread follows, and adds none."""
    rho = np.full((4, 4), -0.08) + np.eye(4) * 0.33
    rho[3, :3] = rho[:3, 3] = 0.0
    rho[3, 0] = rho[0, 3] = faint
    sync = ts.synchronization(rho)
    assert sync.optimum is ts.Optimum.SEVERAL
    assert (sync.optima_count, sync.optima_dimension) == (2, 0)
    assert np.cos(sync.phases[3] - sync.phases[0]) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("faint", [1e-3, 1e-6, 1e-9, 1e-12, 1e-200])
def test_the_phase_of_a_faint_level_is_the_one_it_sees(faint, rng):
    for _ in range(5):
        rho = np.zeros((5, 5), dtype=complex)
        rho[:4, :4] = 0.8 * random_state(rng, 4, 4)
        rho[4, 4] = 0.2
        rho[4, :4] = 0.1 * faint * (rng.normal(size=4) + 1j * rng.normal(size=4))
        rho[:4, 4] = rho[4, :4].conj()
        phases = ts.synchronization(rho).phases
        seen = np.angle(rho[4, :4] @ np.exp(1j * phases[:4]))
        assert np.cos(phases[4] - seen) == pytest.approx(1.0, abs=1e-12)


def test_a_frustrated_triangle_has_two_optima_exactly_where_its_phasors_close():
    """Maximise −a cos x − b cos y − c cos z on a loop: two chiral optima iff 1/a, 1/b, 1/c are sides of a triangle."""
    rng = np.random.default_rng(29)
    counted = {1: 0, 2: 0}
    for _ in range(60):
        a, b, c = sides = 0.16 * rng.uniform(0.05, 1.0, 3)
        inverse = np.sort(1.0 / sides)
        if abs(inverse[0] + inverse[1] - inverse[2]) < 0.02 * inverse[2]:
            continue
        expected = 2 if inverse[0] + inverse[1] > inverse[2] else 1
        rho = np.array([[1 / 3, -a, -b], [-a, 1 / 3, -c], [-b, -c, 1 / 3]])
        twist = np.exp(1j * rng.uniform(0, 2 * np.pi, 3))
        sync = ts.synchronization(rho * np.outer(twist, twist.conj()))
        assert sync.certified
        assert sync.optima_count == expected
        assert sync.optimum is (ts.Optimum.SEVERAL if expected == 2 else ts.Optimum.POINT)
        counted[expected] += 1
    assert min(counted.values()) > 5


@pytest.mark.parametrize("n_hot", [0.2, 5.0])
def test_bounds_of_structured_states_hold_against_many_climbs(n_hot):
    """Near-degenerate machines solved in low rank: whatever route proves the bound, no climb passes it."""
    rng = np.random.default_rng(30)
    for levels in (3, 6):
        for _ in range(6):
            maser = ts.ThermalMaser(
                10.0 ** rng.uniform(-2, 0.5) * rng.random(levels), n_hot=n_hot * rng.uniform(0.9, 1.1, levels),
                n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2,
                splittings=10.0 ** rng.uniform(-3, 0.3) * rng.random(levels),
            )  # fmt: skip
            state = ts.steady_state(maser, solver=ts.LowRank())
            sync = ts.synchronization(state)
            truth = highest_of_many_climbs(state.rho, rng, starts=100, sweeps=200)
            assert sync.pair_sum_bound >= truth * (1 - 1e-14)
            attained = float(exact_pair_sum(state.rho, np.nan_to_num(sync.phases)))
            assert float(sync.pair_sum) == pytest.approx(attained, rel=1e-12)
            if sync.certified:
                assert sync.pair_sum >= truth * (1 - 1e-9)


@pytest.mark.parametrize(
    ("drive", "splittings", "n_hot", "kind", "dimension"),
    [
        ([0.3] * 4, [0.0, 0.0, 0.0, 0.2], 5.0, ts.Optimum.CONTINUUM, 1),
        ([0.3] * 4, [0.0, 0.0, 0.0, 0.2], 0.2, ts.Optimum.POINT, 0),
        ([0.5, 0.5, 0.01], [0.0, 0.0, 0.2], 5.0, ts.Optimum.SEVERAL, 0),
        ([0.0, 0.1, 0.2], [0.0, 0.1, 0.2], 5.0, ts.Optimum.POINT, 0),
        ([0.1, *[0.0] * 9], np.linspace(0, 1, 10), 5.0, ts.Optimum.POINT, 0),
        ([0.1, 0.1, *[0.0] * 8], np.linspace(0, 1, 10), 0.2, ts.Optimum.POINT, 0),
        ([0.1] * 12, [*[0.0] * 11, 0.2], 5.0, ts.Optimum.CONTINUUM, 9),
    ],
)
def test_both_routes_say_the_same_of_the_optima_of_a_split_machine(drive, splittings, n_hot, kind, dimension):
    """Order parameters of the low-rank state, and a search over the matrix that knows nothing of them."""
    maser = ts.ThermalMaser(drive, n_hot=n_hot, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2, splittings=splittings)
    for solver in (ts.LowRank(), ts.Block()):
        sync = ts.synchronization(ts.steady_state(maser, solver=solver))
        assert (sync.optimum, sync.optima_dimension) == (kind, dimension), type(solver).__name__
        np.testing.assert_array_equal(np.isnan(sync.phases[2:]), np.equal(drive, 0.0))
        assert sync.certified


@pytest.mark.parametrize("strength", [1e-3, 1e-8, 1e-14, 1e-20, 1e-100])
def test_a_machine_that_barely_runs_still_runs(strength):
    """The flux is known to all its digits however weak the drive, and so is its sign."""
    for n_hot, regime in ((5.0, ts.Regime.ENGINE), (0.2, ts.Regime.REFRIGERATOR)):
        for splittings in (0.0, [0.0, 0.1]):
            maser = ts.ThermalMaser(
                [strength, 2 * strength], n_hot=n_hot, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2, splittings=splittings
            )
            flows = ts.thermodynamics(ts.steady_state(maser))
            assert flows.regime is regime
            assert flows.entropy_production > 0.0
