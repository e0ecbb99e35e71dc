"""What counts as proven, and what where nothing can be: infinite bounds, low values, LAPACK that fails?"""

from dataclasses import replace

import numpy as np
import pytest
from tests.hunts.correlated import independent_bound

import torusync as ts
from problems import ENGINE_BATHS
from torusync import _lapack as lapack
from torusync.analysis import interplay
from torusync.densities import DenseDensity
from torusync.maxima import inertia, orderparameters, routes, search, singly
from torusync.maxima.peak import is_proven, relative_gap
from torusync.maxima.singly import Single
from torusync.maxima.starts import greedy_start

REFRIGERATOR = {"n_hot": 1.0, "n_cold": 3.0, "gamma_hot": 0.02, "gamma_cold": 2.0, "dipole_correlation": 0.9}


def unlike_the_others(levels=17):
    drive = np.full(levels, 0.01)
    drive[0] = 0.1
    return ts.steady_state(ts.ThermalMaser(drive, **REFRIGERATOR))


def small_state():
    return ts.steady_state(ts.ThermalMaser([0.1, 0.2], **ENGINE_BATHS))


def from_temperatures(levels, hot, spread=0.05, **options):
    kwargs = {"cold_temperature": 1.0, "drive": 0.1, "gamma_hot": 0.05, "gamma_cold": 0.2} | options
    return ts.ThermalMaser.near_degenerate(manifold_levels=levels, spread=spread, hot_temperature=hot, **kwargs)


def random_density(size, seed):
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    rho = factor @ factor.conj().T
    return rho / np.trace(rho).real


def largest(rho):
    return float(np.abs(rho - np.diag(np.diag(rho))).max())


def test_a_bound_that_is_infinite_proves_nothing():
    value = np.array([1.0, 1.0, 0.0, np.nan, -1.0, 1.0])
    bound = np.array([1.0, np.inf, 0.0, np.nan, np.inf, 1.0 + 2e-9])
    assert is_proven(value, bound).tolist() == [True, False, True, False, False, False]
    np.testing.assert_array_equal(relative_gap(value[:5], bound[:5]), [0.0, 1.0, 0.0, np.nan, 1.0])
    sync = ts.synchronization(small_state())
    unproven = replace(sync, peak=replace(sync.peak, bound=np.asarray(np.inf)))
    assert sync.certified
    assert not unproven.certified
    assert unproven.relative_gap == 1.0
    both = interplay(small_state())
    assert both.certified
    assert not replace(both, pair_sum_bound=np.asarray(np.inf)).certified


def test_a_level_unlike_the_others_leaves_a_refrigerator_its_maximum():
    state = unlike_the_others()
    sync, bare = ts.synchronization(state), ts.synchronization(state.rho)
    assert sync.pair_sum == pytest.approx(0.006455296594, rel=1e-9)
    assert sync.pair_sum == pytest.approx(float(bare.pair_sum), rel=1e-11)
    assert sync.certified
    assert independent_bound(state.rho, sync.phases) <= sync.pair_sum * (1 + 1e-9)


@pytest.mark.parametrize("hot", [2.0, 20.0])
def test_where_no_shift_is_found_the_bound_is_finite_and_proves_nothing(hot, monkeypatch):
    """Refusing an infinite bound is what keeps a result honest whose certificate fails."""
    state = ts.steady_state(from_temperatures(1200, hot, spread=0.5))
    right = ts.synchronization(state)
    assert right.certified
    monkeypatch.setattr(inertia.Bordered, "_definite", lambda *_, **__: False)
    sync = ts.synchronization(state)
    assert np.isfinite(sync.pair_sum_bound)
    assert sync.pair_sum_bound >= right.pair_sum_bound * (1 - 1e-9)
    assert sync.certified == (hot == 20.0), "the engine has the bound of its convex problem"
    assert sync.pair_sum == pytest.approx(float(right.pair_sum), rel=1e-9)


@pytest.mark.parametrize("size", [3, 8, 19, 30])
def test_no_result_lies_below_the_largest_coherence(size, monkeypatch):
    """Also where hardly anything is tried: no relaxation, no random start, and a climb that leads nowhere."""
    rhos = [random_density(size, seed) for seed in range(4)]
    for rho in rhos:
        sync = ts.synchronization(rho, random_starts=0)
        assert sync.pair_sum >= largest(rho) * (1 - 1e-12)
    signs = np.where(np.arange(size) % 2, -1.0, 1.0) + 0j
    monkeypatch.setattr(search, "ascend", lambda _, z: z)
    monkeypatch.setattr(singly, "climb", lambda form, z: (z, form.field(z)))
    monkeypatch.setattr(search, "leading_start", lambda some: np.ones(some.shape[:2], dtype=complex))
    for room in (search, singly):
        monkeypatch.setattr(room, "aligned_start", lambda some, _: np.tile(signs, (len(some), 1)))
        monkeypatch.setattr(room, "dual_path", lambda some: (np.full(some.shape[:2], 9.0 * size), np.ones_like(some)))
    for rho in rhos:
        sync = ts.synchronization(rho, random_starts=0)
        assert sync.pair_sum >= largest(rho) * (1 - 1e-12)
        assert sync.pair_sum_bound >= sync.pair_sum


def test_greedy_phases_reach_the_largest_coherence():
    for seed in range(20):
        rho = random_density(9, seed)
        coherences = (rho - np.diag(np.diag(rho)))[np.newaxis]
        z = greedy_start(coherences)[0]
        assert 0.5 * np.vdot(z, coherences[0] @ z).real >= largest(rho) * (1 - 1e-14)


def evenly_spread_unless(climb, begins):
    """Return a climb that ends at evenly spread phases, unless it starts at ``begins``."""

    def lost(form, start):
        spread = np.exp(2j * np.pi * np.arange(len(start)) / len(start))
        return climb(form, start) if np.allclose(start, begins) else (spread, form.field(spread))

    return lost


def test_a_structured_result_below_the_largest_coherence_is_searched_again(monkeypatch):
    """Every climb ends at evenly spread phases, but that from phases set greedily, which begins high enough."""
    state = ts.steady_state(from_temperatures(1100, 2.0))
    manifold = orderparameters.Manifold.of(state.density.flat().part(0))
    right, lost = ts.synchronization(state), manifold.greedy(manifold.pairs().pair)
    monkeypatch.setattr(orderparameters, "climb", evenly_spread_unless(orderparameters.climb, lost))
    monkeypatch.setattr(routes, "searched_peak", lambda *_: pytest.fail("the structure has phases of its own"))
    sync = ts.synchronization(state)
    assert sync.pair_sum >= manifold.scale * manifold.pairs().largest * (1 - 1e-12)
    assert sync.pair_sum == pytest.approx(float(right.pair_sum), rel=1e-9)


def test_many_levels_below_the_largest_coherence_are_climbed_again(monkeypatch):
    """The same by entries, and with no help of a relaxation or a random start."""
    state = unlike_the_others(20)
    rho = state.rho[1:, 1:] * (1.0 - np.eye(21))
    begins = greedy_start(rho[np.newaxis])[0]
    monkeypatch.setattr(singly, "climb", evenly_spread_unless(singly.climb, (begins * begins[0].conj())[1:]))
    monkeypatch.setattr(Single, "_starts", lambda *_: iter(()))
    right, sync = ts.synchronization(unlike_the_others(20).rho), ts.synchronization(state)
    assert sync.pair_sum >= largest(rho) * (1 - 1e-12)
    assert sync.pair_sum == pytest.approx(float(right.pair_sum), rel=1e-9)


@pytest.mark.parametrize("pair", [(0, 3), (2, 5), (5, 2)])
def test_greedy_phases_of_a_manifold_reach_the_coherence_they_begin_with(pair):
    state = ts.steady_state(from_temperatures(160, 2.0))
    phasors = np.concatenate([[1.0], orderparameters.Manifold.of(state.density.flat().part(0)).greedy(pair)])
    rho = state.rho[1:, 1:] - np.diag(np.diag(state.rho[1:, 1:]))
    assert 0.5 * np.vdot(phasors, rho @ phasors).real >= abs(rho[pair]) * (1 - 1e-12)


def failing(function, when):
    """Return a LAPACK function that does not converge for the matrices that ``when`` names, the unit matrix aside."""

    def wrapped(matrix, *args, **kwargs):
        unit = np.eye(matrix.shape[-1])
        if any(when(one) and (one != unit).any() for one in np.reshape(matrix, (-1, *matrix.shape[-2:]))):
            raise np.linalg.LinAlgError("did not converge")
        return function(matrix, *args, **kwargs)

    return wrapped


@pytest.mark.parametrize("name", ["eigh", "eigvalsh", "inv", "solve"])
def test_a_factorisation_that_fails_costs_its_own_point_its_proof_and_no_other(name, monkeypatch):
    """Twenty levels, three points, one of which LAPACK cannot do: the map lives, and claims nothing too good there."""
    rhos = np.stack([random_density(20, seed) for seed in range(3)])
    before = ts.synchronization(DenseDensity(rhos), random_starts=4)
    seen = []

    def scaled(matrix):
        moduli = np.abs(matrix - np.diag(np.diag(matrix)))
        return moduli.sum() / moduli.max() if moduli.max() > 0 else 0.0

    # the whole, and what is left of it beside the level whose phase is 0
    marked = scaled(rhos[1]), scaled(rhos[1, 1:, 1:])

    def of_the_second(matrix):
        hit = np.isclose(scaled(matrix), marked, rtol=1e-6).any() or name in {"inv", "solve"}
        seen.append(hit)
        return hit

    monkeypatch.setattr(np.linalg, name, failing(getattr(np.linalg, name), of_the_second))
    sync = ts.synchronization(DenseDensity(rhos), random_starts=4)
    assert np.isfinite(sync.pair_sum_bound).all()
    assert (sync.pair_sum_bound >= before.pair_sum).all()
    assert (sync.pair_sum <= before.pair_sum_bound).all()
    for point in (0, 2):
        assert sync.pair_sum[point] == pytest.approx(float(before.pair_sum[point]), rel=1e-2)
    if name in {"eigh", "eigvalsh"}:
        assert any(seen)


@pytest.mark.parametrize("levels", [20, 160, 1100])
def test_a_machine_whose_spectrum_is_not_found_keeps_an_honest_gap(levels, monkeypatch):
    maser = from_temperatures(levels, 2.0, dipole_correlation=0.5 if levels == 20 else 0.0)
    state = ts.steady_state(maser)
    right = ts.synchronization(state)
    for name in ("eigh", "eigvalsh"):
        monkeypatch.setattr(np.linalg, name, failing(getattr(np.linalg, name), lambda _: True))
    sync = ts.synchronization(state)
    assert np.isfinite(sync.pair_sum_bound)
    assert sync.pair_sum_bound >= right.pair_sum
    assert sync.pair_sum <= right.pair_sum_bound
    assert sync.certified == (sync.pair_sum_bound <= sync.pair_sum * (1 + 1e-9))


def test_stacks_with_one_bad_matrix_keep_the_others():
    stack = np.stack([np.eye(3), np.zeros((3, 3)), 2.0 * np.eye(3)]).astype(complex)
    np.testing.assert_array_equal(lapack.inverses(stack)[[0, 2]], [np.eye(3), 0.5 * np.eye(3)])
    assert np.isnan(lapack.inverses(stack)[1]).all()
    solved = lapack.solutions(stack, np.ones((3, 3), dtype=complex))
    np.testing.assert_array_equal(solved[[0, 2]].real, [[1.0] * 3, [0.5] * 3])
    assert np.isnan(solved[1]).all()
    values, vectors = lapack.spectra(np.full((2, 2), np.nan, dtype=complex))
    assert np.isnan(values).all()
    assert vectors.shape == (2, 2)
