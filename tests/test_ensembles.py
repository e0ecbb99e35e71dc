"""Does a machine of many levels get from a stack what it gets by itself, and is what settles it there a proof?

Whatever climbs, a bound is only as good as its certificate: each of its margins is asked by itself, of numbers that are
exact in doubles, and compared with the same in whole numbers or in sixty digits.
"""

from math import fsum

import mpmath as mp
import numpy as np
import pytest

import torusync as ts
from torusync import _lapack, _stacks, _threads
from torusync._threads import one_blas_thread
from torusync.densities import ThermalPlusBlock, ThermalPlusLowRank, off_diagonal
from torusync.maxima import ensembles, orderparameters, search
from torusync.maxima.discs import disc_maximum
from torusync.maxima.discstacks import disc_maxima
from torusync.maxima.ensembles import first_climbs
from torusync.maxima.peak import Optimum, Proof, is_proven
from torusync.maxima.routes import density_peak

EPS = np.finfo(float).eps
CODES = ("proof", "optimum", "optima_count", "optima_dimension", "complete")


def machines(levels, n_hot, draws=48, **changes):
    """Near-degenerate machines whose drives are drawn."""
    drive = 0.1 * np.exp(0.5 * np.random.default_rng(levels).normal(size=(draws, levels)))
    given = {
        "n_hot": n_hot,
        "n_cold": 0.5,
        "gamma_hot": 0.05,
        "gamma_cold": 0.2,
        "splittings": np.linspace(0.0, 0.05, levels),
        "drive": drive,
    }
    return ts.steady_state(ts.ThermalMaser(**(given | changes))).density


def one_by_one(density):
    """The peak of every point by itself, as a batch of one."""
    return [density_peak(density.part(slice(point, point + 1))) for point in range(density.points)]


@pytest.mark.parametrize(
    ("levels", "n_hot", "changes"),
    [
        (18, 5.0, {}),
        (20, 5.0, {}),
        (20, 0.2, {}),
        (40, 5.0, {}),
        (40, 0.2, {}),
        (20, np.linspace(3.0, 8.0, 20), {}),
        (20, np.linspace(0.1, 0.4, 20), {}),
        (20, 5.0, {"splittings": np.linspace(0.0, 2.0, 20)}),
        (20, np.linspace(0.2, 5.0, 20), {}),
    ],
)
def test_a_stack_finds_what_each_machine_finds_by_itself(levels, n_hot, changes):
    density = machines(levels, n_hot, **changes)
    assert isinstance(density, ThermalPlusBlock)
    together = density_peak(density)
    for point, alone in enumerate(one_by_one(density)):
        assert together.value[point] == pytest.approx(alone.value[0], rel=1e-12)
        assert together.bound[point] >= together.value[point]
        assert together.bound[point] == pytest.approx(alone.bound[0], rel=1e-9)
        assert is_proven(together.value[point], together.bound[point]) == is_proven(alone.value[0], alone.bound[0])
        for name in CODES:
            assert getattr(together, name)[point] == getattr(alone, name)[0]


@pytest.mark.parametrize("n_hot", [0.2, 5.0])
def test_most_machines_are_settled_by_the_stack(n_hot, monkeypatch):
    """Otherwise the stack would cost its time and save none; what it leaves is worked off one by one."""
    asked = []
    single = search.Single.peak
    monkeypatch.setattr(search.Single, "peak", lambda self, knobs: asked.append(1) or single(self, knobs))
    peak = density_peak(machines(20, n_hot, draws=200))
    assert len(asked) <= 20
    assert (peak.proof == Proof.EIGENVALUE).all()
    assert (peak.optimum == Optimum.POINT).all()


def test_a_handful_of_machines_is_not_stacked():
    """Below the size from which on it pays, what comes out is that of single machines to the last bit."""
    density = machines(20, 5.0, draws=search.STACKED_MACHINES - 1)
    together = density_peak(density)
    for point, alone in enumerate(one_by_one(density)):
        assert together.value[point] == alone.value[0]
        assert together.bound[point] == alone.bound[0]


def test_a_machine_does_not_depend_on_the_stack_that_it_is_in():
    density = machines(20, 5.0, draws=64)
    whole, half = density_peak(density), density_peak(density.part(slice(0, 32)))
    assert half.value == pytest.approx(whole.value[:32], rel=1e-14)
    assert np.array_equal(half.proof, whole.proof[:32])


def scaled(density):
    """What a stack is given: coherences in units of the largest, and the natural diagonal."""
    coherences = off_diagonal(density.to_array())[:, 1:, 1:]
    largest = np.abs(coherences).max(axis=(-2, -1))
    return coherences / largest[:, np.newaxis, np.newaxis], density.excess / largest[:, np.newaxis]


def test_a_state_that_is_no_state_spoils_no_other():
    coherences, natural = scaled(machines(20, 5.0, draws=20))
    alone = first_climbs(coherences, natural)
    coherences[3], natural[3], natural[7] = np.nan, np.nan, 0.0
    with np.errstate(invalid="ignore"):
        found = first_climbs(coherences, natural)
    assert not found.settled[[3, 7]].any()
    others = np.delete(np.arange(20), [3, 7])
    assert np.array_equal(found.settled[others], alone.settled[others])
    assert found.value[others] == pytest.approx(alone.value[others], rel=1e-14)


@pytest.mark.parametrize(("rows", "most"), [(1, 5), (5, 5), (6, 5), (1000, 300), (7, 0)])
def test_stacks_are_bounded_and_shared_out_evenly(rows, most):
    parts = search._shared_out(np.arange(rows), most)
    assert np.array_equal(np.concatenate(parts), np.arange(rows))
    sizes = [len(part) for part in parts]
    assert max(sizes) <= max(most, 1)
    assert max(sizes) - min(sizes) <= 1
    assert len(parts) in {1, rows} or len(parts) % _threads.cores() == 0
    assert not search._shared_out(np.arange(0), most)


def test_machines_of_low_rank_are_stacked_in_bounded_memory():
    """However many there are: the factors of one stack take four megabytes at most, or are those of one machine."""
    for levels in (160, 2000, 10**6):
        # a factor that is nowhere in memory
        factor = np.broadcast_to(np.ones(1, dtype=complex), (500, levels, 10))
        density = ThermalPlusLowRank(np.ones(500), np.ones((500, levels)[1:]), factor, np.ones((500, 10, 10)))
        stacks = orderparameters._stacks(density, np.arange(500))
        assert np.array_equal(np.concatenate(stacks), np.arange(500))
        assert all(len(rows) == 1 or len(rows) * 160 * levels <= 2**22 for rows in stacks)


# -- the convex problem of low rank ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("levels", "n_hot"), [(160, 5.0), (160, 0.2), (200, np.linspace(4.9, 5.1, 200))])
def test_a_stack_of_low_rank_finds_what_each_machine_finds_by_itself(levels, n_hot):
    density = machines(levels, n_hot, draws=12)
    assert isinstance(density, ThermalPlusLowRank)
    together = density_peak(density)
    for point, alone in enumerate(one_by_one(density)):
        assert together.value[point] == pytest.approx(alone.value[0], rel=1e-12)
        assert together.bound[point] >= together.value[point]
        assert together.bound[point] == pytest.approx(alone.bound[0], rel=1e-11)
        for name in CODES:
            assert getattr(together, name)[point] == getattr(alone, name)[0]


def problems(rng, points=6, levels=40, rank=3):
    """Targets of mean modulus 1 beside columns of any strength, so that the fields of some levels vanish."""
    targets = rng.normal(size=(points, levels)) + 1j * rng.normal(size=(points, levels))
    targets /= np.abs(targets).mean(axis=-1, keepdims=True)
    columns = rng.normal(size=(points, levels, rank)) + 1j * rng.normal(size=(points, levels, rank))
    return targets, columns * 10.0 ** rng.uniform(-1.0, 1.0, (points, 1, 1))


def test_the_convex_problems_of_a_stack_are_those_of_each(rng):
    targets, columns = problems(rng)
    # columns that are not there, as where the rank differs from point to point
    adjoints = np.zeros((6, 5, 40), dtype=complex)
    adjoints[:, :3] = np.conj(np.swapaxes(columns, 1, 2))
    for point, found in enumerate(disc_maxima(targets, adjoints)):
        alone = disc_maximum(targets[point], columns[point])
        assert found.lowest == pytest.approx(alone.lowest, rel=1e-13)
        assert found.t[:3] == pytest.approx(alone.t, rel=1e-6, abs=1e-6)
        assert not found.t[3:].any()
        assert (np.abs(found.z) <= 1.0 + 1e-12).all()
        # primal and dual have met, or nearly where the fields of some levels vanish: a bound, and discs that reach it
        moments = columns[point].conj().T @ found.z / 40
        below = np.real(np.vdot(targets[point], found.z)) / 40 - 0.5 * np.vdot(moments, moments).real
        assert below * (1.0 - 1e-14) <= found.lowest <= below * (1.0 + 1e-9)


def test_the_lowest_value_is_one_that_is_attained(rng):
    """An upper bound is the value at some t, in sixty digits, whatever a step has lost on its way to it."""
    targets, columns = problems(rng, points=4, levels=12)
    found = disc_maxima(targets, np.conj(np.swapaxes(columns, 1, 2)).copy())
    with mp.workdps(60):
        for target, a, one in zip(targets, columns, found, strict=True):
            t = mp.matrix(one.t.tolist())
            fields = mp.matrix(target.tolist()) - mp.matrix(a.tolist()) * t
            value = mp.fsum(abs(x) ** 2 for x in t) / 2 + mp.fsum(abs(y) for y in fields) / 12
            assert one.lowest >= value * (1 - 32 * EPS)
            assert np.asarray([float(abs(y)) for y in fields]) == pytest.approx(one.field, rel=1e-9, abs=1e-12)


def test_a_problem_without_a_number_spoils_no_other(rng):
    targets, columns = problems(rng)
    adjoints = np.conj(np.swapaxes(columns, 1, 2)).copy()
    alone = disc_maxima(targets, adjoints)
    targets[2, 5] = np.nan
    with np.errstate(invalid="ignore"):
        found = disc_maxima(targets, adjoints)
    assert not np.isfinite(found[2].lowest)
    for point in (0, 1, 3, 4, 5):
        assert found[point].lowest == pytest.approx(alone[point].lowest, rel=1e-14)


# -- what settles a point ----------------------------------------------------------------------------------------------


def degenerate(draws=20):
    """Exactly degenerate engines by their entries: their optima are a continuum."""
    rng = np.random.default_rng(5)
    drive = np.exp(0.2 * rng.normal(size=(draws, 20)))
    u = np.ones(drive.shape[:1])[:, np.newaxis] * 0.02 * drive
    coherences = np.zeros((draws, 21, 21), dtype=complex)
    coherences[:, 0, 1:] = coherences[:, 1:, 0] = u
    coherences[:, 1:, 1:] = -0.1 * drive[:, :, np.newaxis] * drive[:, np.newaxis]
    natural = np.concatenate([np.zeros((draws, 1)), -0.1 * drive**2], axis=1)
    coherences = off_diagonal(coherences)
    largest = np.abs(coherences).max(axis=(-2, -1))
    return coherences / largest[:, np.newaxis, np.newaxis], natural / largest[:, np.newaxis]


def test_where_there_are_other_optima_nothing_is_settled():
    coherences, natural = degenerate()
    assert not first_climbs(coherences, natural).settled.any()


def halves(joined):
    """Two sets of ten levels that agree among themselves and hardly ask for each other: two eigenvalues are small."""
    block = np.kron(np.eye(2), np.ones((10, 10))) + joined * np.kron([[0.0, 1.0], [1.0, 0.0]], np.ones((10, 10)))
    coherences = off_diagonal(block.astype(complex)[np.newaxis])
    return coherences, coherences.sum(axis=-1).real


@pytest.mark.parametrize(("joined", "single"), [(0.0, False), (1e-10, False), (1e-8, False), (1e-6, True), (0.1, True)])
def test_an_optimum_is_single_where_the_second_eigenvalue_is_clear(joined, single, monkeypatch):
    coherences, mu = halves(joined)
    bound = ensembles._proven(coherences, np.ones((1, 20), dtype=complex), mu)
    assert bound[0] == (pytest.approx(0.5 * mu.sum(), rel=1e-12) if single else np.inf)
    if joined and not single:
        monkeypatch.setattr(ensembles, "_BESIDE", 0.0)
        assert np.isfinite(ensembles._proven(coherences, np.ones((1, 20), dtype=complex), mu)[0])


@pytest.mark.parametrize(("part", "low"), [(4.0, False), (0.1, True)])
def test_a_second_eigenvalue_that_is_not_proven_may_make_a_bound_too_low(part, low, monkeypatch):
    """Two halves turned against each other by a tenth: what they gain is for the second eigenvalue to say."""
    coherences, mu = halves(1e-8 * 42.0 * part / 20)
    z = np.repeat([[1.0, np.exp(0.1j)]], 10, axis=1)
    turned = np.real(np.conj(z) * (coherences @ z[..., np.newaxis])[..., 0])
    assert ensembles._proven(coherences, z, turned)[0] >= 0.5 * mu.sum()
    monkeypatch.setattr(ensembles, "_BESIDE", 0.0)
    assert (ensembles._proven(coherences, z, turned)[0] < 0.5 * mu.sum()) == low


def test_a_bound_holds_for_whatever_multipliers(rng):
    """At phases far from any maximum, with multipliers of no meaning, no phases reach higher than a finite bound."""
    finite = 0
    for _ in range(50):
        raw = rng.normal(size=(8, 20, 20)) + 1j * rng.normal(size=(8, 20, 20))
        coherences = off_diagonal(raw + np.conj(np.swapaxes(raw, 1, 2)))
        z = np.exp(2j * np.pi * rng.random((8, 20)))
        bound = ensembles._proven(coherences, z, rng.uniform(10.0, 30.0, (8, 20)))
        assert np.isinf(ensembles._proven(coherences, z, rng.uniform(0.0, 2.0, (8, 20)))).all()
        _, vectors = np.linalg.eigh(coherences)
        best = vectors[..., -1] / np.abs(vectors[..., -1])
        height = 0.5 * np.einsum("pi,pij,pj->p", best.conj(), coherences, best).real
        assert (bound >= height).all()
        finite += np.isfinite(bound).sum()
    assert finite > 20


# -- margins -----------------------------------------------------------------------------------------------------------


@one_blas_thread
def too_low(make, draws=60):
    """Of how many matrices, real and with all phases 0 the best, the bound is lower than Σ_{i<j} R_ij, exactly."""
    rng, count = np.random.default_rng(11), 0
    for _ in range(draws):
        coherences = off_diagonal(make(rng).astype(complex)[np.newaxis])
        mu, ones = coherences[0].real.sum(axis=-1)[np.newaxis], np.ones((1, coherences.shape[-1]), dtype=complex)
        bound = ensembles._proven(coherences, ones, mu)[0]
        assert np.isfinite(bound)
        count += fsum([*np.triu(coherences[0].real).ravel().tolist(), -float(bound)]) > 0.0
    return count


def without_margins(monkeypatch, *but):
    for name in {"_PRODUCT", "_SUMMED"} - set(but):
        monkeypatch.setattr(ensembles, name, 0.0)


def cancelling(rng):
    """−b b† beside a common pull, Σ_i b_i = 0: the coherences of a level cancel all but one of them."""
    b = rng.normal(size=60)
    b -= b.mean()
    return 1e-3 - np.outer(b, b)


def test_what_is_asked_of_the_phases_is_rounded(monkeypatch):
    """A multiplier that is too low by rounding makes (diag μ − R) 1 vanish all the same."""
    without_margins(monkeypatch, "_PRODUCT")
    assert too_low(cancelling) == 0
    without_margins(monkeypatch)
    assert too_low(cancelling) > 10


def whole_numbers(rng):
    """Whole numbers up to 2^46, of which 60 are summed without rounding, but not 60 such sums."""
    half = np.triu(rng.integers(2**45, 2**46, (60, 60)).astype(float), 1)
    return half + half.T


def test_the_sum_of_multipliers_is_rounded(monkeypatch):
    without_margins(monkeypatch, "_SUMMED")
    assert too_low(whole_numbers) == 0
    without_margins(monkeypatch)
    assert too_low(whole_numbers) > 10


def test_what_a_multiplier_is_too_low_by_is_in_the_bound(monkeypatch):
    """R_ij = a_i a_j, of whole numbers: with one multiplier less δ, f is higher than ½ Σ_i μ_i by ½ δ."""
    without_margins(monkeypatch)
    rng, delta = np.random.default_rng(11), 2.0**-4
    a = rng.integers(2**8, 2**9, (60, 64)).astype(float)
    coherences = off_diagonal((a[:, :, np.newaxis] * a[:, np.newaxis]).astype(complex))
    mu = a * (a.sum(axis=-1, keepdims=True) - a) - delta * np.eye(1, 64)
    bound = ensembles._proven(coherences, np.ones((60, 64), dtype=complex), mu)
    assert np.isfinite(bound).all()
    assert (bound >= 0.5 * mu.sum(axis=-1) + 0.5 * delta).all()


@pytest.mark.parametrize("n_hot", [0.2, 5.0])
def test_in_sixty_digits_no_settled_bound_is_below_its_own_phases(n_hot):
    coherences, natural = scaled(machines(20, n_hot, draws=20))
    found = first_climbs(coherences, natural)
    with mp.workdps(60):
        for matrix, z, bound in zip(coherences, found.phasors, found.bound, strict=True):
            phasors = [mp.mpc(complex(one)) / abs(mp.mpc(complex(one))) for one in z]
            exact = mp.matrix(matrix.tolist())
            height = mp.fsum(
                mp.re(mp.conj(phasors[i]) * exact[i, j] * phasors[j])
                for i in range(len(z))
                for j in range(i + 1, len(z))
            )
            assert bound >= height


# -- what it stands on -------------------------------------------------------------------------------------------------


def test_which_matrices_of_a_stack_are_definite(rng):
    raw = rng.normal(size=(100, 6, 6)) + 1j * rng.normal(size=(100, 6, 6))
    stack = raw + np.conj(np.swapaxes(raw, 1, 2)) + 7.0 * np.eye(6)
    wanted = np.linalg.eigvalsh(stack)[:, 0] > 0.0
    assert 10 < wanted.sum() < 90
    assert np.array_equal(_lapack.definite(stack), wanted)
    stack[17, 2, 3] = np.nan
    wanted[17] = False
    assert np.array_equal(_lapack.definite(stack), wanted)
    for one in (stack[:1], stack[wanted], stack[~wanted], stack[:0]):
        assert np.array_equal(
            _lapack.definite(one), wanted[: len(one)] if len(one) <= 1 else np.isin(one[:, 0, 0], stack[wanted, 0, 0])
        )


def test_signs_of_pivots_are_those_of_eigenvalues(rng):
    raw = rng.normal(size=(5, 5, 40))
    stack = raw + np.swapaxes(raw, 0, 1)
    negative, sound = _stacks.signed(factors := stack.copy())
    assert sound.all()
    assert np.array_equal(negative, (np.linalg.eigvalsh(np.moveaxis(stack, -1, 0)) < 0.0).sum(axis=-1))
    right = rng.normal(size=(5, 40))
    solved = _stacks.substitute(factors, right.copy())
    assert np.einsum("ijp,jp->ip", stack, solved) == pytest.approx(right, rel=1e-6, abs=1e-6)
    with np.errstate(divide="ignore", invalid="ignore"):
        assert not _stacks.signed(np.zeros((2, 2, 1)))[1][0]
