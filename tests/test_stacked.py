"""Does a stack of small states keep every promise that one state gets?

The proof by elimination is checked in balls of 40 digits, the heights against exhaustive search and against the ascent
that takes LAPACK's spectra.
"""

import numpy as np
import pytest
from flint import arb
from tests.hunts import dual

import torusync as ts
from exact import BITS, exact_pair_sum
from problems import BATHS, ENGINE_BATHS, exhaustive_maximum, random_state
from torusync import _stacks
from torusync.maxima import search, stacked
from torusync.maxima.climb import ascend, height
from torusync.phases import Optimum
from torusync.steady import Block, Cauchy


def stack(matrices):
    """Coherences of order one, points last, as the search hands them on."""
    off = np.array(matrices, dtype=complex)
    index = np.arange(off.shape[-1])
    off[:, index, index] = 0.0
    largest = np.abs(off).max(axis=(-2, -1), keepdims=True)
    return np.moveaxis(off / np.where(largest > 0, largest, 1), 0, -1)


def maps(levels, points, seed, *, spread=0.05, drive=0.1):
    """Near-degenerate machines, half of them engines."""
    rng = np.random.default_rng([levels, seed])
    n_hot = np.where(np.arange(points) % 2 == 0, rng.uniform(0.05, 0.45, points), rng.uniform(0.6, 6.0, points))
    phases = np.exp(2j * np.pi * rng.random((points, levels)))
    return ts.ThermalMaser(
        drive * (0.2 + rng.random((points, levels))) * phases, n_hot=n_hot[:, np.newaxis], **BATHS,
        splittings=spread * rng.random((points, levels)), detuning=0.02 * rng.normal(size=points),
    )  # fmt: skip


def assert_proven(coherences, found, index):
    """2 bound − Σ μ spreads a shift over D that makes diag μ − R positive definite, in balls; μ as the certificate's.

    Rounded phasors make R no less exact: they enter through μ alone.
    """
    matrix, z = coherences[..., index], found.phasors[:, index]
    with dual.precision(BITS):
        mu = [arb(float(x)) for x in (np.conj(z)[:, np.newaxis] * matrix * z).sum(axis=1).real]
        weight = [arb(float(x)) for x in np.abs(matrix).sum(axis=1)]
        shift = (2 * arb(float(found.bound[index])) - sum(mu)) / sum(weight)
        nu = [one + shift * share for one, share in zip(mu, weight, strict=True)]
        assert dual.positive_definite(dual.slack(dual.exact(matrix), nu))


@pytest.mark.parametrize("levels", [1, 2, 4, 8, 16])
def test_the_bound_of_a_stack_holds_in_forty_digits(levels):
    state = ts.steady_state(maps(levels, 8, 0), solver=Cauchy())
    coherences = stack(state.density.block)
    found = stacked.climb(coherences, np.exp(1j * np.angle(coherences[:, 0])), steps=60)
    assert np.isfinite(found.bound).sum() >= 6
    for index in np.flatnonzero(np.isfinite(found.bound)):
        assert_proven(coherences, found, index)


@pytest.mark.parametrize("excess", [1e-16, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-8])
def test_a_matrix_that_is_slightly_indefinite_is_not_proven_too_well(excess):
    """Phasors beside the optimum of a pure state: diag μ − R has an eigenvalue of order −excess, or is positive."""
    rng = np.random.default_rng(int(-np.log10(excess)))
    proven = 0
    for size in (2, 3, 5, 9):
        amplitudes = rng.normal(size=(20, size)) + 1j * rng.normal(size=(20, size))
        coherences = stack([np.outer(a, a.conj()) for a in amplitudes])
        z = (amplitudes / np.abs(amplitudes)).T * np.exp(1j * np.sqrt(excess) * rng.normal(size=(size, 20)))
        turned = np.conj(z)[:, np.newaxis] * coherences * z
        mu = turned.sum(axis=1).real
        weight = np.abs(coherences).sum(axis=1)
        bound, definite = stacked._certificate(turned, mu, weight)
        found = stacked.Heights(z, 0.5 * mu.sum(axis=0), bound, definite)
        for index in np.flatnonzero(definite):
            assert_proven(coherences, found, index)
            proven += 1
    assert proven > 0 or excess > 1e-12, "nothing here is proven"


@pytest.mark.parametrize("size", [2, 3, 4])
def test_stacks_find_what_exhaustive_search_finds(size):
    rng = np.random.default_rng(size)
    matrices = np.array([random_state(rng, size, rank) for rank in (1, 2, size) for _ in range(8)])
    together = ts.synchronization(matrices)
    for index, rho in enumerate(matrices):
        truth = exhaustive_maximum(rho)
        assert together.pair_sum_bound[index] >= truth * (1 - 1e-15)
        assert together.pair_sum[index] >= truth * (1 - 1e-10)


@pytest.mark.parametrize("levels", [2, 3, 5, 8])
@pytest.mark.parametrize("spread", [0.0, 0.05, 0.5])
def test_every_point_of_a_map_is_certified(levels, spread):
    """Independent dipoles, equal damping: the certificate closes everywhere, in both regimes."""
    for drive in (0.03, 0.3):
        state = ts.steady_state(maps(levels, 400, 1, spread=spread, drive=drive), solver=Cauchy())
        sync = ts.synchronization(state)
        assert sync.certified.all()
        assert sync.relative_gap.max() < 1e-10


def test_a_point_does_not_depend_on_the_map_it_came_in():
    maser = maps(3, 60, 2)
    whole = ts.synchronization(ts.steady_state(maser))
    for index in (0, 1, 31, 59):
        alone = ts.ThermalMaser(
            maser.drive[index], n_hot=maser.n_hot[index], **BATHS,
            splittings=maser.splittings[index], detuning=maser.detuning[index],
        )  # fmt: skip
        sync = ts.synchronization(ts.steady_state(alone))
        assert sync.pair_sum == pytest.approx(whole.pair_sum[index], rel=1e-13)
        np.testing.assert_allclose(np.exp(1j * sync.phases[1:]), np.exp(1j * whole.phases[index, 1:]), atol=1e-6)


def test_chunks_leave_no_seam(monkeypatch):
    """The same map in chunks of a few points, on two threads, and in one piece."""
    maser = maps(2, 300, 3)
    state = ts.steady_state(maser)
    whole = ts.synchronization(state)
    monkeypatch.setattr(search, "STACK_BYTES", 16 * 16 * 7)
    pieces = ts.synchronization(state)
    np.testing.assert_allclose(pieces.pair_sum, whole.pair_sum, rtol=1e-14)
    np.testing.assert_allclose(pieces.pair_sum_bound, whole.pair_sum_bound, rtol=1e-12)
    np.testing.assert_array_equal(pieces.optimum_codes, whole.optimum_codes)


def test_a_map_with_holes_keeps_them_to_itself():
    """Undriven points, points in balance, points refused and ordinary ones in one stack."""
    drive = np.array([[0.1, 0.2], [0.0, 0.0], [0.1, 0.0], [0.1, 0.2], [1e-160, 2e-160], [0.1, 0.2]])
    maser = ts.ThermalMaser(
        drive, n_hot=np.array([[5.0], [5.0], [5.0], [0.5], [5.0], [5.0]]), n_cold=0.5,
        gamma_cold=np.array([0.2, 0.2, 0.2, 0.2, 0.2, 1e-80]),
        gamma_hot=np.array([0.05, 0.05, 0.05, 0.05, 0.05, 1e-80]), splittings=[0.0, 0.1],
    )  # fmt: skip
    state = ts.steady_state(maser, throw=False)
    sync = ts.synchronization(state)
    assert sync.optimum_codes.tolist()[1:4] == [
        Optimum.UNDEFINED,
        Optimum.POINT,
        Optimum.UNDEFINED,
    ]
    assert np.isnan(sync.pair_sum[5])
    assert sync.certified.tolist() == [True, True, True, True, True, False]
    assert (sync.pair_sum[[1, 3]] == 0.0).all()
    assert np.isnan(sync.phases[[1, 3, 5]]).all()
    assert np.isnan(sync.phases[2, 3])  # the level that is not driven carries no coherence
    assert sync.pair_sum[4] == pytest.approx(np.abs(state.coherence(1, 2) + 0.0)[4] * 3.0, rel=1e-6)


@pytest.mark.parametrize("size", [3, 6, 9])
def test_stacked_and_spectral_ascent_meet(size):
    """Two second-order methods that share no linear algebra, from the same starts on random Hermitian matrices."""
    rng = np.random.default_rng(size)
    matrices = np.array([random_state(rng, size, size) for _ in range(30)])
    coherences = stack(matrices)
    z = np.exp(2j * np.pi * rng.random((12, size, 30)))
    ours = np.max([stacked.climb(coherences, start, steps=60).value for start in z], axis=0)
    flat = np.moveaxis(coherences, -1, 0)
    theirs = np.max([height(flat, ascend(flat, start.T)) for start in z], axis=0)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert (np.abs(ours / theirs - 1) < 1e-12).mean() > 0.9


def test_ties_and_continua_are_not_called_single():
    """Equal drives at exact degeneracy through the general route: pairs at N = 2, rings beyond, points in k > N."""
    options = BATHS
    for levels, n_hot, kind in (
        (2, 1.0, Optimum.SEVERAL), (4, 5.0, Optimum.CONTINUUM), (2, 5.0, Optimum.POINT),
        (4, 0.2, Optimum.POINT),
    ):  # fmt: skip
        maser = ts.ThermalMaser(np.full((3, levels), 0.1), n_hot=n_hot, **options)
        sync = ts.synchronization(ts.steady_state(maser, solver=Cauchy()))
        assert sync.certified.all()
        assert set(sync.optimum_codes.tolist()) == {kind}


@pytest.mark.parametrize("n_hot", [0.2, 5.0], ids=["refrigerator", "engine"])
@pytest.mark.parametrize("levels", [2, 3, 16, 17, 40, 160])
@pytest.mark.parametrize("case", ["pairs coincide", "all but one coincide", "every other is not driven"])
def test_coinciding_levels_and_levels_without_drive_at_every_size(case, levels, n_hot):
    """Whatever route `Auto` and S_max take, the Lyapunov equation and the search over all phases say the same."""
    rng = np.random.default_rng(levels)
    drive = 0.1 * rng.random(levels) * np.exp(2j * np.pi * rng.random(levels))
    splittings = 0.3 * rng.random(levels)
    if case == "pairs coincide":
        splittings = np.repeat(splittings, 2)[:levels]
    elif case == "all but one coincide":
        splittings[:-1] = 0.1
    else:
        drive[::2] = 0.0
    maser = ts.ThermalMaser(
        drive, n_hot=n_hot, **BATHS, splittings=splittings
    )  # fmt: skip
    state, other = ts.steady_state(maser), ts.steady_state(maser, solver=Block())
    np.testing.assert_allclose(state.density.row(1), other.density.row(1), rtol=1e-9, atol=1e-18)
    sync, searched = ts.synchronization(state), ts.synchronization(other.rho)
    assert sync.certified
    assert sync.pair_sum == pytest.approx(float(searched.pair_sum), rel=1e-10)
    assert sync.optimum is searched.optimum
    assert np.isnan(sync.phases[2:]).tolist() == (drive == 0.0).tolist()
    assert ts.thermodynamics(state).first_law_holds


@pytest.mark.parametrize("n_hot", [0.2, 5.0], ids=["refrigerator", "engine"])
@pytest.mark.parametrize("levels", [17, 40, 100])
def test_order_parameters_of_a_plain_block_are_honest(levels, n_hot):
    """The value is the height at the phases, in 40 digits, and the bound lies above it and above every other climb."""
    rng = np.random.default_rng(levels)
    maser = ts.ThermalMaser(
        0.1 * rng.random(levels), n_hot=n_hot, **BATHS,
        splittings=0.3 * rng.random(levels),
    )  # fmt: skip
    state = ts.steady_state(maser, solver=Cauchy())
    sync = ts.synchronization(state)
    rho = state.rho
    height_there = exact_pair_sum(rho, sync.phases)
    assert float(sync.pair_sum) == pytest.approx(float(height_there), rel=1e-12)
    assert float(sync.pair_sum_bound) >= height_there
    assert sync.pair_sum_bound >= ts.synchronization(rho).pair_sum


def test_a_pivot_that_is_rounding_proves_nothing_and_warns_nobody():
    """What follows it overflows towards minus infinity; under warnings as errors this would be an exception."""
    matrix = np.ones((4, 4, 3), dtype=complex)
    matrix[0, 0, :2] = 1e-320, 1e-308
    matrix[:, :, 2] = np.eye(4)
    np.testing.assert_array_equal(_stacks.factorise(matrix), [False, False, True])


def test_a_bare_density_of_a_degenerate_machine_needs_no_system():
    state = ts.steady_state(ts.ThermalMaser([0.1, 0.2], **ENGINE_BATHS))
    bare, whole = ts.synchronization(state.density), ts.synchronization(state)
    np.testing.assert_array_equal(bare.phases, whole.phases)
    assert bare.pair_sum == whole.pair_sum
