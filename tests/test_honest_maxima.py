"""Is a reported maximum ever attained nowhere, or a bound on it ever below the truth?

Truth here is extended precision (mpmath, 40 digits), exhaustive search, or the highest of many climbs.
"""

import mpmath as mp
import numpy as np
import pytest

import torusync as ts
from exact import exact, exact_pair_sum
from problems import BATHS, ENGINE_BATHS, exhaustive_maximum, random_state
from torusync.conventions import s_prefactor
from torusync.maxima.certificate import eigenvalue_bound, l1_bound, multipliers
from torusync.steady import LowRank


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
    """The highest of many coordinate ascents: a lower bound on the maximum that shares nothing with the search.

    A climb ends where a sweep moves no phasor by more than rounding: every later sweep would do the same.
    """
    off = rho - np.diag(np.diag(rho))
    z = np.exp(2j * np.pi * rng.random((starts, len(rho)))).T.copy()
    ended = []
    for _ in range(sweeps):
        before = z.copy()
        for level, row in enumerate(off):
            pull = np.einsum("j,jp->p", row, z)
            modulus = np.abs(pull)
            np.divide(pull, modulus, out=z[level], where=modulus > 0)
        still = (np.abs(z - before) <= 1e-15).all(axis=0)
        ended.append(z[:, still])
        z = z[:, ~still]
        if z.size == 0:
            break
    z = np.concatenate([*ended, z], axis=1)
    return (0.5 * (z.conj() * np.einsum("ij,jp->ip", off, z)).sum(axis=0).real).max()


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
    maser = ts.ThermalMaser(rng.random(levels), **ENGINE_BATHS)
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
    for n_hot in (0.2, 2.0, 5.0):
        for levels in (1, 2, 3, 7):
            drive = rng.uniform(0, 0.3, levels) * np.exp(2j * np.pi * rng.random(levels))
            state = ts.steady_state(ts.ThermalMaser(drive, n_hot=n_hot, **BATHS))
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


@pytest.mark.parametrize("n_hot", [0.2, 2.0, 5.0])
def test_bounds_of_structured_states_hold_against_many_climbs(n_hot):
    """Near-degenerate machines solved in low rank: whatever route proves the bound, no climb passes it."""
    rng = np.random.default_rng(30)
    for levels in (3, 6):
        for _ in range(6):
            maser = ts.ThermalMaser(
                10.0 ** rng.uniform(-2, 0.5) * rng.random(levels), n_hot=n_hot * rng.uniform(0.9, 1.1, levels),
                **BATHS,
                splittings=10.0 ** rng.uniform(-3, 0.3) * rng.random(levels),
            )  # fmt: skip
            state = ts.steady_state(maser, solver=LowRank())
            sync = ts.synchronization(state)
            truth = highest_of_many_climbs(state.rho, rng, starts=100, sweeps=200)
            assert sync.pair_sum_bound >= truth * (1 - 1e-14)
            attained = float(exact_pair_sum(state.rho, np.nan_to_num(sync.phases)))
            assert float(sync.pair_sum) == pytest.approx(attained, rel=1e-12)
            if sync.certified:
                assert sync.pair_sum >= truth * (1 - 1e-9)
