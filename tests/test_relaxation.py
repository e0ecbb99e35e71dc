"""Is the semidefinite bound a bound, the lowest of its kind, and the same whoever computes it?

Three routes that share no code meet: ascent over vectors, the interior-point path of the dual, and clarabel.  The
eigenvalue test that turns a claim into a bound is repeated in 40 digits.
"""

import mpmath as mp
import numpy as np
import pytest

import torusync as ts
from problems import random_maser, random_state, refused
from torusync.phases import BurerMonteiro, Clarabel, Relaxed, semidefinite
from torusync.phases.barrier import dual_path
from torusync.phases.certificate import eigenvalue_bound
from torusync.phases.starts import rounded_starts
from torusync.phases.torus import ascend, height

mp.mp.dps = 40


def unit_coherences(rho):
    off = np.array(rho, dtype=complex)
    np.fill_diagonal(off, 0.0)
    return (off / np.abs(off).max())[np.newaxis]


def ring(size, flux, weights=None):
    weights = np.ones(size) if weights is None else weights
    matrix = np.zeros((size, size), dtype=complex)
    for i, weight in enumerate(weights):
        j = (i + 1) % size
        matrix[i, j] += weight * np.exp(1j * flux / size)
        matrix[j, i] += weight * np.exp(-1j * flux / size)
    return matrix


def instances():
    rng = np.random.default_rng(11)
    signs = np.triu(np.sign(rng.normal(size=(12, 12))), 1)
    engine = ts.ThermalMaser(np.full(5, 0.12), n_hot=5.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2)
    flat = ts.ThermalMaser(
        0.1 * rng.random(8), n_hot=5.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2, splittings=1e-3 * rng.random(8)
    )
    yield "random 6", random_state(rng, 6, 6)
    yield "random 15", random_state(rng, 15, 15)
    yield "rank two", random_state(rng, 12, 2)
    yield "over decades", random_state(rng, 8, 8, scale=10.0 ** rng.uniform(-4, 0, 8))
    yield "frustrated ring", ring(8, np.pi)
    yield "unequal ring", ring(7, 2.0, rng.random(7) + 0.1)
    yield "random signs", signs + signs.T
    yield "engine with a continuum", ts.steady_state(engine).rho[1:, 1:]
    yield "near-degenerate engine", ts.steady_state(flat).rho[1:, 1:]
    yield (
        "correlated dipoles",
        ts.steady_state(random_maser(rng, correlated=True, per_level=True, levels=6)).rho[1:, 1:],
    )


CASES = dict(instances())


def claimed(coherences, relaxed):
    """½ Σ ν and the height of the vectors: with both feasible, the optimum lies between them."""
    vectors = relaxed.vectors[0]
    gram = np.conj(vectors) @ vectors.T
    return 0.5 * relaxed.multipliers.sum(), 0.5 * np.real(np.sum(coherences[0] * gram))


@pytest.mark.parametrize("name", CASES)
def test_three_routes_to_one_bound(name):
    coherences = unit_coherences(CASES[name])
    ours, theirs = BurerMonteiro().relax(coherences), Clarabel().relax(coherences)
    path, gram = dual_path(coherences)
    bounds = [eigenvalue_bound(coherences, nu)[0][0] for nu in (ours.multipliers, path)]
    # the relaxation's maximum cannot lie below the height of any unit vectors; phasors are such, too
    inside = claimed(coherences, Relaxed(path, semidefinite.gram_vectors(gram, gram.shape[-1])))[1]
    phasors = height(coherences, ascend(coherences, rounded_starts(ours.vectors, 2)[:, 0]))[0]
    assert inside == pytest.approx(bounds[0], rel=1e-8)
    np.testing.assert_allclose(bounds, max(claimed(coherences, ours)[1], phasors), rtol=1e-10)
    # clarabel stops earlier; its vectors cannot lie above the bound, and its tested multipliers not below it
    assert claimed(coherences, theirs)[1] <= bounds[0]
    assert bounds[0] <= eigenvalue_bound(coherences, theirs.multipliers)[0][0] * (1.0 + 1e-10)
    assert eigenvalue_bound(coherences, theirs.multipliers)[0][0] == pytest.approx(bounds[0], rel=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_vectors_are_unit_vectors(name):
    coherences = unit_coherences(CASES[name])
    for relaxation in (BurerMonteiro(), Clarabel()):
        length = np.linalg.norm(relaxation.relax(coherences).vectors, axis=-1)
        np.testing.assert_allclose(length, 1.0, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_the_tested_bound_holds_in_forty_digits(name):
    """bound − ½ Σ ν spreads a shift that makes diag ν − R positive semidefinite, also where multipliers are wrong."""
    coherences = unit_coherences(CASES[name])
    size = coherences.shape[-1]
    rng = np.random.default_rng(3)
    good = BurerMonteiro().relax(coherences).multipliers
    for nu in (good, good * (1.0 - 1e-9), good + 1e-3 * rng.normal(size=good.shape)):
        bound = mp.mpf(float(eigenvalue_bound(coherences, nu)[0][0]))
        exact = [mp.mpf(float(x)) for x in nu[0]]
        shift = (2 * bound - mp.fsum(exact)) / size
        matrix = mp.matrix(size)
        for i in range(size):
            for j in range(size):
                matrix[i, j] = exact[i] + shift if i == j else -mp.mpc(complex(coherences[0, i, j]))
        assert min(mp.eighe(matrix, eigvals_only=True)) >= 0


def test_ascent_that_is_broken_off_is_made_good_by_the_dual():
    """With one Newton step the vectors have not arrived; the bound must be the same all the same."""
    coherences = unit_coherences(CASES["near-degenerate engine"])
    short, long = (BurerMonteiro(iterations=count).relax(coherences) for count in (1, 200))
    bounds = [eigenvalue_bound(coherences, one.multipliers)[0][0] for one in (short, long)]
    assert bounds[0] == pytest.approx(bounds[1], rel=1e-10)


def test_a_point_of_a_stack_is_what_it_is_alone():
    rng = np.random.default_rng(5)
    stack = np.concatenate([unit_coherences(random_state(rng, 7, 7)) for _ in range(20)])
    together = BurerMonteiro().relax(stack)
    for index in (0, 7, 19):
        alone = BurerMonteiro().relax(stack[index : index + 1])
        assert together.multipliers[index].sum() == pytest.approx(alone.multipliers[0].sum(), rel=1e-12)


@pytest.mark.parametrize("relaxation", [None, BurerMonteiro(), BurerMonteiro(seed=3), Clarabel()], ids=repr)
def test_every_relaxation_gives_an_honest_s_max(relaxation):
    rng = np.random.default_rng(6)
    for size in (5, 12, 20):
        rho = random_state(rng, size, size)
        reference, sync = ts.synchronization(rho), ts.synchronization(rho, relaxation=relaxation)
        assert sync.pair_sum == pytest.approx(float(reference.pair_sum), rel=1e-9)
        assert sync.pair_bound >= reference.pair_sum
        if relaxation is not None:
            assert sync.pair_bound == pytest.approx(float(reference.pair_bound), rel=1e-6)
        else:
            assert sync.pair_bound >= reference.pair_bound * (1.0 - 1e-10)


def test_the_relaxation_lowers_open_bounds_and_says_so():
    rho = random_state(np.random.default_rng(20), 20, 20)
    without, with_it = ts.synchronization(rho, relaxation=None), ts.synchronization(rho)
    assert without.bound is ts.Bound.EIGENVALUE
    assert with_it.bound is ts.Bound.SEMIDEFINITE
    assert with_it.gap < 0.3 * without.gap


def test_a_solver_that_lies_is_found_out():
    """Whatever a relaxation claims, the bound that is reported has passed the eigenvalue test."""

    class Liar:
        def relax(self, coherences):
            points, size, _ = coherences.shape
            return Relaxed(np.full((points, size), 1e-3), np.ones((points, size, 1), dtype=complex))

    rho = random_state(np.random.default_rng(21), 20, 20)
    honest, lied_to = ts.synchronization(rho), ts.synchronization(rho, relaxation=Liar())
    assert lied_to.pair_bound >= honest.pair_sum
    assert lied_to.pair_bound >= honest.pair_bound * (1.0 - 1e-10)


@pytest.mark.parametrize("value", [0, -1, 1.5, "many", None])
def test_iterations_must_be_a_positive_number(value):
    refused(lambda: BurerMonteiro(iterations=value), "iterations")


@pytest.mark.parametrize("value", [0.0, -1e-9, np.nan, "small", [1e-9, 1e-8]])
def test_the_tolerance_must_be_one_positive_number(value):
    refused(lambda: Clarabel(tolerance=value), "tolerance")


@pytest.mark.parametrize("value", ["clarabel", 3, BurerMonteiro, object()])
def test_a_relaxation_must_be_one(value):
    refused(lambda: ts.synchronization(np.eye(2) / 2, relaxation=value), "relaxation")


def test_without_clarabel_the_way_out_is_named(monkeypatch):
    monkeypatch.setattr("torusync.phases.conic.find_spec", lambda _: None)
    refused(Clarabel, "relaxation", "torusync[sdp]", "BurerMonteiro()")


def test_the_interior_path_is_only_walked_where_the_ascent_did_not_arrive(monkeypatch):
    walked = []
    monkeypatch.setattr(semidefinite, "dual_path", lambda matrices: walked.append(len(matrices)) or dual_path(matrices))
    rng = np.random.default_rng(8)
    stack = np.concatenate([unit_coherences(random_state(rng, 8, 8)) for _ in range(30)])
    BurerMonteiro().relax(stack)
    assert sum(walked) <= 3
