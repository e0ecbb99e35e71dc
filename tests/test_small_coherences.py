"""Do small coherences keep their digits beside large populations, drives and totals?

The reference adds pair by pair, exactly (`math.fsum`), and never touches a diagonal.
"""

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import combinations
from math import fsum

import numpy as np
import pytest

import torusync as ts
from problems import BATHS
from torusync.conventions import s_prefactor
from torusync.densities import CoherenceSet, DenseDensity, ThermalPlusBlock, ThermalPlusLowRank
from torusync.measures import l1_coherence, relative_entropy_of_coherence
from torusync.steady import Block, Cauchy, Dense, LowRank

EPS = np.finfo(float).eps


def small(rng, size, strength):
    """Populations of order one and coherences of ``strength``."""
    upper = np.triu(rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size)), 1) * strength
    populations = rng.random(size) + 0.1
    return upper + upper.conj().T + np.diag(populations / populations.sum())


def pairs_of(matrix, z, chosen):
    return fsum((np.conj(z[i]) * matrix[i, j] * z[j]).real for i, j in chosen)


@pytest.mark.parametrize("strength", [1e-3, 1e-12, 1e-16, 1e-30])
def test_heights_gradients_and_products_of_a_matrix(strength):
    rng = np.random.default_rng(1)
    for size in (3, 6, 11):
        rho = small(rng, size, strength)
        phases = rng.uniform(0, 2 * np.pi, size)
        z = np.exp(1j * phases)
        natural = fsum(abs(rho[i, j]) for i, j in combinations(range(size), 2))
        truth = 2.0 * pairs_of(rho, z, combinations(range(size), 2))
        factor = s_prefactor(size)
        assert ts.phase_distribution(rho, phases) / factor == pytest.approx(truth, abs=40 * EPS * natural)
        gradient = ts.phases.phase_gradient(rho, phases) / factor
        for level in range(size):
            others = [other for other in range(size) if other != level]
            slope = 2.0 * fsum((np.conj(z[level]) * rho[level, other] * z[other]).imag for other in others)
            assert gradient[level] == pytest.approx(slope, abs=40 * EPS * natural)


def densities(rng, strength):
    """The same machine-like state in each form that holds entries, with coherences of ``strength``."""
    size = 5
    block = small(rng, size, strength)
    whole = np.zeros((size + 1, size + 1), dtype=complex)
    whole[1:, 1:], whole[0, 0] = block, 1.0
    whole /= np.trace(whole).real
    excited, none = whole[1:, 1:], np.zeros(size)
    return whole, (DenseDensity(whole), ThermalPlusBlock(np.asarray(whole[0, 0].real), none, excited))


@pytest.mark.parametrize("strength", [1e-3, 1e-12, 1e-30])
def test_shares_of_every_form_of_a_state(strength):
    rng = np.random.default_rng(2)
    matrix, forms = densities(rng, strength)
    z = np.exp(2j * np.pi * rng.random(6))
    sets = (
        (CoherenceSet.between("cross", slice(1, 2), slice(2, None)), [(1, j) for j in range(2, 6)]),
        (CoherenceSet.within("within", slice(2, None)), list(combinations(range(2, 6), 2))),
    )
    for density in forms:
        for one, chosen in sets:
            natural = fsum(abs(matrix[i, j]) for i, j in chosen)
            assert density.share(one, z) == pytest.approx(pairs_of(matrix, z, chosen), abs=20 * EPS * natural)


def dominated(form, ratio):
    """Five levels of a collective or a low-rank form, one of which outweighs the others by 1/``ratio``."""
    if form == "collective":
        drive = np.array([0.7 * ratio, 1.0, ratio])
        return ts.steady_state(ts.ThermalMaser(drive, n_hot=5.0, **BATHS)).density
    rng = np.random.default_rng(7)
    factor = rng.normal(size=(4, 2)) + 1j * rng.normal(size=(4, 2))
    factor[[0, 1, 3]] *= ratio
    core = np.array([[0.2, 0.05j], [-0.05j, 0.1]])
    return ThermalPlusLowRank(np.array(0.5), np.zeros(4), factor, core)


@pytest.mark.parametrize("ratio", [1e-6, 1e-12, 1e-18])
@pytest.mark.parametrize("form", ["collective", "low rank"])
def test_one_dominating_level_leaves_the_others_their_digits(form, ratio):
    """Shares and products against the entries of the state, pair by pair."""
    density = dominated(form, ratio)
    z = np.exp(1j * np.array([0.0, 0.3, 1.1, 2.7, 4.0]))
    entry = {(i, j): complex(density.coherence(i, j)) for i in range(5) for j in range(5) if i != j}
    chosen = list(combinations(range(2, 5), 2))
    truth = fsum((np.conj(z[i]) * entry[i, j] * z[j]).real for i, j in chosen)
    natural = fsum(abs(entry[one]) for one in chosen)
    share = density.share(CoherenceSet.within("mutual", slice(2, None)), z)
    assert share == pytest.approx(truth, abs=40 * EPS * natural)
    pulled = density.coherent_product(z)
    for level in range(5):
        others = [other for other in range(5) if other != level]
        truth = sum(entry[level, other] * z[other] for other in others)
        assert abs(pulled[level] - truth) <= 40 * EPS * sum(abs(entry[level, other]) for other in others)


@pytest.mark.parametrize("n_hot", [0.2, 2.0, 5.0])
@pytest.mark.parametrize("solver", [ts.Auto(), LowRank(), Cauchy(), Block(), Dense()], ids=repr)
def test_one_level_has_no_mutual_coherence(n_hot, solver):
    rng = np.random.default_rng(3)
    drives = rng.uniform(0.01, 3.0, 20) * np.exp(2j * np.pi * rng.random(20))
    for drive in drives:
        state = ts.steady_state(ts.ThermalMaser([drive], n_hot=n_hot, **BATHS), solver=solver)
        sync = ts.synchronization(state)
        assert sync.mutual == 0.0
        assert sync.entrainment == pytest.approx(float(sync.s_max), abs=0.0, rel=1e-12)


@pytest.mark.parametrize("scale", [0.1, 1e3, 1e6])
@pytest.mark.parametrize("ratio", [1e-3, 1e-8, 1e-12])
@pytest.mark.parametrize("n_hot", [0.2, 2.0, 5.0])
@pytest.mark.parametrize("levels", [3, 20])
def test_the_collective_maximum_keeps_the_digits_beside_a_dominating_drive(scale, ratio, n_hot, levels):
    """|a| m + C (m² − L2)/2 of the density's own numbers, in fractions; C λ² alone is up to 1e6 times as large."""
    drive = scale * np.concatenate([[1.0], ratio * np.linspace(0.3, 1.0, levels - 1)])
    state = ts.steady_state(ts.ThermalMaser(drive, n_hot=n_hot, **BATHS))
    sync, density = ts.synchronization(state), state.density
    pull, c = Fraction(float(abs(density.link))), Fraction(float(density.pair))
    sides = [Fraction(float(one)) for one in drive]
    rest = sum(sides[1:])
    target = sides[0] + rest if c > 0 else min(max(-pull / c, sides[0] - rest, Fraction(0)), sides[0] + rest)
    truth = pull * target + c * (target**2 - sum(one**2 for one in sides)) / 2
    l1 = pull * sum(sides) + abs(c) * (sum(sides) ** 2 - sum(one**2 for one in sides)) / 2
    assert abs(Fraction(float(sync.pair_sum)) / truth - 1) < 16 * EPS
    assert truth <= Fraction(float(sync.pair_sum_bound)) <= truth * (1 + Fraction(1e-13))
    assert abs(Fraction(float(sync.l1_coherence)) / l1 - 1) < 16 * EPS
    assert sync.certified


def test_levels_too_weak_to_change_the_field_are_opposed_all_the_same():
    """λ_L ± Σ others is one float: the closed form must know which end it is at."""
    for n_hot, angle in ((0.2, 0.0), (2.0, np.pi), (5.0, np.pi)):
        state = ts.steady_state(ts.ThermalMaser([9.0, 1e-20, 2e-20], n_hot=n_hot, **BATHS))
        phases = ts.synchronization(state).phases
        np.testing.assert_allclose(np.cos(phases[3:] - phases[2]), np.cos(angle), atol=1e-12)


@pytest.mark.parametrize("strength", [1e-3, 1e-10, 1e-16, 1e-25])
def test_the_l1_coherence_of_small_coherences(strength):
    rng = np.random.default_rng(4)
    for size in (2, 5, 12):
        rho = small(rng, size, strength)
        truth = fsum(abs(rho[i, j]) for i, j in combinations(range(size), 2))
        assert l1_coherence(rho) == pytest.approx(truth, abs=0.0, rel=1e-14)
        assert l1_coherence(np.diag(np.diag(rho))) == 0.0
    state = ts.steady_state(ts.ThermalMaser([strength, 0.7 * strength], n_hot=5.0, **BATHS))
    truth = fsum(abs(state.rho[i, j]) for i, j in combinations(range(4), 2))
    assert l1_coherence(state) == pytest.approx(truth, abs=0.0, rel=1e-14)


@pytest.mark.parametrize(
    ("population", "coherence"),
    [(0.7, 0.3), (0.7, 1e-3), (0.9, 1e-9), (0.6, 1e-12), *((0.5, 10.0**-n) for n in (3, 4, 5, 6, 7, 8))],
)
def test_the_relative_entropy_of_small_coherences(population, coherence):
    """Two levels in eighty digits: S(diag ρ) − S(ρ) with eigenvalues ½ ± sqrt((a − ½)² + c²)."""
    with localcontext() as context:
        context.prec = 80
        a, c = Decimal(population), Decimal(coherence)
        root = ((a - Decimal("0.5")) ** 2 + c * c).sqrt()
        entropies = [-sum(p * p.ln() for p in (one, 1 - one)) for one in (a, Decimal("0.5") + root)]
        truth = float(entropies[0] - entropies[1])
    rho = np.array([[population, coherence], [coherence, 1.0 - population]])
    # eigenvectors are known to ε, which is ε/c of what counts
    assert relative_entropy_of_coherence(rho) == pytest.approx(truth, abs=0.0, rel=1e-13 + 100 * EPS / coherence)


@pytest.mark.parametrize("strength", [1e-6, 1e-9, 1e-12])
def test_the_relative_entropy_of_several_levels_is_of_second_order(strength):
    """Σ_{i<j} |ρ_ij|² (ln d_i − ln d_j)/(d_i − d_j), of which the next order is a part in 1/strength."""
    rng = np.random.default_rng(6)
    for size in (3, 6):
        rho = small(rng, size, strength)
        d = np.diag(rho).real
        pairs = combinations(range(size), 2)
        truth = fsum(abs(rho[i, j]) ** 2 * (np.log(d[i]) - np.log(d[j])) / (d[i] - d[j]) for i, j in pairs)
        assert relative_entropy_of_coherence(rho) == pytest.approx(
            truth, abs=0.0, rel=200 * max(strength, EPS / strength)
        )


def test_the_relative_entropy_of_states_without_some_levels():
    """Empty levels and pure states: −Σ p log p of a pure state's populations, 0 of a diagonal one."""
    pure = np.zeros((4, 4))
    pure[:3, :3] = np.outer([0.6, 0.0, 0.8], [0.6, 0.0, 0.8])
    expected = -(0.36 * np.log(0.36) + 0.64 * np.log(0.64))
    assert relative_entropy_of_coherence(pure) == pytest.approx(expected, abs=0.0, rel=1e-13)
    assert relative_entropy_of_coherence(np.diag([0.4, 0.0, 0.6])) == 0.0
    uniform = np.full((8, 8), 1 / 8)
    assert relative_entropy_of_coherence(uniform) == pytest.approx(np.log(8), abs=0.0, rel=1e-13)
