"""Is the semidefinite bound a bound, the lowest of its kind, and the same whoever computes it?

Two routes that share no code meet, the interior-point path of the dual and clarabel; vectors with the Gram matrix at
its end attain the bound.  The eigenvalue test that turns a claim into a bound is repeated in balls of 40 digits.
"""

import numpy as np
import pytest
from benchmarks.clarabel_peer import relax
from flint import arb
from tests.hunts import dual
from tests.hunts.adversarial import feasible, state

import torusync as ts
from exact import BITS
from problems import ENGINE_BATHS, random_maser, random_state
from torusync.maxima import search
from torusync.maxima.certificate import eigenvalue_bound
from torusync.maxima.relaxation import dual_path
from torusync.phases import Proof


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
    engine = ts.ThermalMaser(np.full(5, 0.12), **ENGINE_BATHS)
    flat = ts.ThermalMaser(0.1 * rng.random(8), **ENGINE_BATHS, splittings=1e-3 * rng.random(8))
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


@pytest.mark.parametrize("name", CASES)
def test_two_routes_to_one_bound_and_vectors_that_attain_it(name):
    coherences = unit_coherences(CASES[name])
    nu, gram = dual_path(coherences)
    bound, attained = eigenvalue_bound(coherences, nu)[0][0], feasible(coherences[0], gram[0])
    assert attained <= bound * (1.0 + 1e-13)
    assert bound == pytest.approx(attained, rel=1e-10)
    # clarabel stops earlier: what its multipliers prove lies above, what it claims on either side
    claimed, tested = relax(coherences[0])
    assert bound <= tested * (1.0 + 1e-11)
    assert claimed == pytest.approx(bound, rel=1e-7)


@pytest.mark.parametrize("name", CASES)
def test_the_tested_bound_holds_in_forty_digits(name):
    """bound − ½ Σ ν spreads a shift that makes diag ν − R positive definite, also where multipliers are wrong."""
    coherences = unit_coherences(CASES[name])
    size = coherences.shape[-1]
    rng = np.random.default_rng(3)
    good, _ = dual_path(coherences)
    with dual.precision(BITS):
        matrix = dual.exact(coherences[0])
        for nu in (good, good * (1.0 - 1e-9), good + 1e-3 * rng.normal(size=good.shape)):
            bound = arb(float(eigenvalue_bound(coherences, nu)[0][0]))
            exact = [arb(float(x)) for x in nu[0]]
            shift = (2 * bound - sum(exact)) / size
            assert dual.positive_definite(dual.slack(matrix, [one + shift for one in exact]))


def test_a_point_of_a_stack_is_what_it_is_alone():
    rng = np.random.default_rng(5)
    stack = np.concatenate([unit_coherences(random_state(rng, 7, 7)) for _ in range(20)])
    together, _ = dual_path(stack)
    for index in (0, 7, 19):
        alone, _ = dual_path(stack[index : index + 1])
        assert together[index].sum() == pytest.approx(alone[0].sum(), rel=1e-12)


def test_the_relaxation_lowers_open_bounds_and_says_so():
    sync = ts.synchronization(rho := random_state(np.random.default_rng(20), 20, 20))
    off, z = rho - np.diag(np.diag(rho)), np.exp(1j * sync.phases)
    mu = np.real(np.conj(z) * (off @ z))
    without = 0.5 * (mu.sum() + 20 * np.linalg.eigvalsh(off - np.diag(mu))[-1])
    assert sync.proof is Proof.SEMIDEFINITE
    assert sync.pair_sum_bound - sync.pair_sum < 0.3 * (without - sync.pair_sum)


def test_multipliers_that_lie_are_found_out(monkeypatch):
    """Whatever the path claims, the bound that is reported has passed the eigenvalue test."""
    rho = random_state(np.random.default_rng(21), 20, 20)
    honest = ts.synchronization(rho)
    monkeypatch.setattr(search, "dual_path", lambda some: (np.full(some.shape[:2], 1e-3), np.ones_like(some)))
    lied_to = ts.synchronization(rho)
    assert lied_to.pair_sum_bound >= honest.pair_sum
    assert lied_to.pair_sum_bound >= honest.pair_sum_bound * (1.0 - 1e-10)


@pytest.mark.parametrize("case", [39, 47, 55, 63, 86])
def test_the_optimum_is_reached_where_rounding_is_large(case):
    """Two halves that hang by a thread, where the last steps went astray, and 200 levels over decades, a long way."""
    coherences = unit_coherences(state(case)[1])
    nu, gram = dual_path(coherences)
    assert eigenvalue_bound(coherences, nu)[0][0] == pytest.approx(feasible(coherences[0], gram[0]), rel=1e-9)


@pytest.mark.parametrize("size", [3, 8, 20, 40])
@pytest.mark.parametrize("agreeing", [True, False])
def test_the_path_ends_where_its_bound_is_too_high_by_a_few_hundred_roundings(size, agreeing):
    """All levels agree, Σ = n(n−1)/2, or avoid each other, Σ = n/2; in units of 0.6 Σ|R_ij|, where the path begins."""
    coherences = (1.0 if agreeing else -1.0) * (np.ones((1, size, size), dtype=complex) - np.eye(size))
    truth = 0.5 * size * (size - 1 if agreeing else 1)
    multipliers, _ = dual_path(coherences)
    excess = 0.5 * float(multipliers.sum()) - truth
    assert abs(excess) <= 300.0 * np.finfo(float).eps * 0.6 * size * (size - 1)
