"""Is what L is a sum of told in full, whatever cancels, and are its roundings counted?

The reference adds up moduli on matrices of real and imaginary parts, dense and term by term, and counts the terms; the
library does it on the entries alone.
"""

import numpy as np
import pytest
from tests.lattices import lindblad, liouvillian, lowering

import torusync as ts
from torusync.conventions import EPS
from torusync.generators.superoperator import Pairs, widest
from torusync.steady import Sparse


def moduli(matrix):
    """Return the moduli of real and imaginary parts."""
    return np.abs(matrix.real), np.abs(matrix.imag)


def counts(matrix):
    """Return 1 where there is a real part, and where an imaginary one."""
    return tuple((one != 0.0).astype(float) for one in moduli(matrix))


def multiplied(first, second, product):
    """Return what the parts of a product of two matrices are sums of, from what those of the factors are."""
    (a, b), (c, d) = first, second
    return product(a, c) + product(b, d), product(a, d) + product(b, c)


def drift(system, parts):
    """Return the sums of what the parts of −iH − Σ Γ X†X are made of."""
    real, imag = parts(system.hamiltonian)[::-1]
    for rate, jump in system.channels:
        weight = 1.0 if parts is counts else rate
        turned = tuple(one.T for one in parts(jump))
        more = multiplied(turned, parts(jump), np.matmul)
        real, imag = real + weight * more[0], imag + weight * more[1]
    return real, imag


def on_parts(system, parts, drifting):
    """Return what L on (Re ρ, Im ρ), row by row each, is made of: all of its terms with one sign."""
    one = np.eye(system.dimension)
    real, imag = (np.kron(part, one) + np.kron(one, part) for part in drifting)
    for rate, jump in system.channels:
        weight = 1.0 if parts is counts else 2.0 * rate
        more = multiplied(parts(jump), parts(jump), np.kron)
        real, imag = real + weight * more[0], imag + weight * more[1]
    return np.block([[real, imag], [imag, real]])


def between(levels, *, ones=False):
    """Return the real numbers of a Hermitian matrix → (Re ρ, Im ρ), and the numbers from what is not below ρ_ii."""
    i, j = np.triu_indices(levels, 1)
    to, of = (np.zeros((2, levels, levels, levels + 2 * len(i))) for _ in range(2))
    level, real = np.arange(levels), levels + np.arange(len(i))
    root = 1.0 if ones else 2.0**0.5
    to[0, level, level, level] = of[0, level, level, level] = 1.0
    for part, where in ((0, real), (1, real + len(i))):
        to[part, i, j, where] = to[part, j, i, where] = 1.0 / root
        of[part, i, j, where] = root
    return to.reshape(2 * levels**2, -1), of.reshape(2 * levels**2, -1).T


def made(system, parts):
    to, of = between(system.dimension, ones=parts is counts)
    return of @ on_parts(system, parts, drift(system, parts)) @ to


def drawn(rng, levels, channels, *, whole=False):
    def operator():
        parts = rng.integers(-2, 3, (levels, 2 * levels)) if whole else rng.normal(size=(levels, 2 * levels))
        return np.asarray(parts, dtype=np.float64).view(np.complex128)

    energy = operator()
    jumps = [operator() for _ in range(channels)]
    rates = rng.uniform(0.1, 2.0, channels).tolist()
    return ts.LindbladSystem(energy + energy.conj().T, list(zip(rates, jumps, strict=True)))


def one_class(levels):
    return Pairs(np.zeros(levels, dtype=np.int64))


def dense(whole):
    found = whole.matrix.copy()
    found.data = whole.sizes
    return found.toarray()


@pytest.mark.parametrize("channels", [0, 1, 3])
def test_entries_of_l_tell_what_they_are_sums_of(channels):
    system = drawn(np.random.default_rng(channels), 5, channels)
    found = system.generator().sparse().assembled(one_class(5))
    np.testing.assert_allclose(dense(found), made(system, moduli), rtol=1e-13)
    real = ts.LindbladSystem(system.hamiltonian.real, [(rate, x.real) for rate, x in system.channels])
    assert real.generator().sparse().assembled(one_class(5)).lost is None


@pytest.mark.parametrize("seed", range(4))
def test_what_cancels_to_nothing_is_lost_and_told(seed):
    """Whole numbers, of which many sums are zero."""
    rng = np.random.default_rng(seed)
    system = drawn(rng, 4, 2, whole=True)
    system = ts.LindbladSystem(system.hamiltonian, [(0.5, jump) for _, jump in system.channels])
    found = system.generator().sparse().assembled(one_class(4))
    whole = dense(found) + found.lost.toarray()
    np.testing.assert_allclose(whole, made(system, moduli), rtol=1e-13, atol=1e-13)
    assert found.lost.count_nonzero() > 10
    state = one_class(4).packed(np.eye(4) / 4.0)
    image, rounding = found.change(state)
    assert abs(image - np.linalg.norm(found.matrix @ state)) <= 1e-15
    assert abs(rounding - EPS * found.digits * np.linalg.norm(whole @ np.abs(state))) <= 1e-12 * rounding


def test_a_phase_of_a_jump_makes_no_state_less_certain():
    """X and exp(iφ) X are one channel; products of the latter cancel in every entry, and by far not all matter."""
    errors = []
    for phase in (1.0, np.exp(0.3j)):
        a = lowering(24)
        jumps = [phase * a, 0.3 * phase * a.T, 0.5 * phase * a @ a]
        errors.append(float(ts.steady_state(lindblad(a.T @ a + a + a.T, jumps), solver=Sparse()).error))
    assert errors[1] < 2.0 * errors[0] < 1e-9


def test_roundings_are_no_fewer_than_sums_have_terms():
    """Thirty channels without a zero: K, each entry of L and each row of it are sums of many."""
    system = drawn(np.random.default_rng(3), 6, 30)
    equation = system.generator().sparse()
    found, terms = equation.assembled(one_class(6)), made(system, counts)
    # a product of two complex numbers is one term of K, and has been rounded as such
    products = 1 + sum((np.abs(jump) > 0.0).sum(axis=0).max() for _, jump in system.channels)
    assert equation.drift.terms == products == 181
    longest = (terms > 0.0).sum(axis=1).max()
    # from |k><l| and |l><k| to ρ_ij one product of each channel
    assert found.digits >= products + 2 * len(system.channels) + longest == 277
    # and one row may be longer than all others
    row = np.zeros((10, 10))
    row[3] = np.random.default_rng(5).normal(size=10)
    alone = lindblad(np.zeros((10, 10)), [row]).generator().sparse().assembled(one_class(10))
    lengths = np.diff(alone.matrix.tocsr().indptr)
    assert alone.digits >= lengths.max() > 2 * lengths.min()


def test_l_on_vectors_is_the_generator():
    """On all of ρ, and on entries of one difference of charges."""
    system = drawn(np.random.default_rng(6), 5, 2)
    whole = liouvillian(system)
    equation = system.generator().sparse()
    np.testing.assert_allclose(equation.on_vectors().toarray(), whole, atol=1e-13)
    order = np.random.default_rng(7).permutation(25)
    np.testing.assert_allclose(equation.complex_form(order).toarray(), whole[np.ix_(order, order)], atol=1e-13)
    ladder = lindblad(np.diag([1.0, 2.5, 4.5, 7.0]), [lowering(4), 0.4 * lowering(4).T])
    inside = np.array([1, 11, 6])  # |0><1|, |2><3|, |1><2|, out of which nothing leads
    found = ladder.generator().sparse().complex_form(inside).toarray()
    np.testing.assert_allclose(found, liouvillian(ladder)[np.ix_(inside, inside)], atol=1e-13)


def test_roundings_of_a_matrix_are_no_fewer_than_its_sums_have_terms():
    rng = np.random.default_rng(4)
    column, row, one = np.zeros((3, 60, 60))
    column[:, 7], row[7], one[0, 1] = rng.normal(size=60), rng.normal(size=60), 1.0
    # X†X sums over rows of all channels; so does the sum over jumps over columns; K ρ and its adjoint over those of K
    for jumps, sums in (([column], 1), ([row], 3), ([one] * 60, 3)):
        equation = lindblad(np.zeros((60, 60)), jumps).generator().sparse()
        assert equation.roundings >= 2 * sums * 60
    assert lindblad(row + row.T, []).generator().sparse().roundings >= 2 * 2 * 60


@pytest.mark.parametrize("seed", range(3))
def test_the_rounding_of_a_change_is_that_of_all_it_is_made_of(seed):
    system = drawn(np.random.default_rng(seed), 5, 2)
    equation = system.generator().sparse()
    state = drawn(np.random.default_rng(seed + 9), 5, 0).hamiltonian
    parts = np.abs(state)
    whole = np.abs(system.hamiltonian) @ parts
    for rate, jump in system.channels:
        whole = whole + rate * np.abs(jump).T @ np.abs(jump) @ parts
    whole = whole + whole.T
    for rate, jump in system.channels:
        whole = whole + 2.0 * rate * np.abs(jump) @ parts @ np.abs(jump).T
    _, rounding = equation.change(state)
    size = np.linalg.norm(whole)
    assert abs(rounding - EPS * equation.roundings * size) <= 1e-12 * rounding
    # and no more than what is said of any matrix of that norm
    assert size <= equation.scale() * np.linalg.norm(state)
    norms = [np.linalg.norm(system.hamiltonian), *[2.0 * rate * np.linalg.norm(x) ** 2 for rate, x in system.channels]]
    assert abs(equation.scale() - 2.0 * sum(norms)) <= 1e-12 * equation.scale()
    assert abs(equation.rounding() - EPS * equation.roundings * equation.scale()) <= 1e-12 * equation.rounding()


def test_the_reach_is_no_less_than_the_norm_of_all_that_l_is_made_of():
    """And where all parts of L are one number it is that norm."""
    for seed in range(3):
        system = drawn(np.random.default_rng(seed), 4, 2)
        found = system.generator().sparse()
        one, total = np.eye(4), 0.0
        left = np.abs(system.hamiltonian)
        for rate, jump in system.channels:
            left = left + rate * np.abs(jump).T @ np.abs(jump)
            total = total + 2.0 * rate * np.kron(np.abs(jump), np.abs(jump))
        total = total + np.kron(left, one) + np.kron(one, left)
        assert np.linalg.norm(total, 2) <= found.reach() <= 2.0 * np.linalg.norm(total, 2)
    flat = ts.LindbladSystem(3.0 * np.ones((4, 4)), [(0.5, np.ones((4, 4))), (2.0, np.ones((4, 4)))])
    # 2 · 3 · 4 of H, and of each channel 2Γ · 4² for its jumps and for its decay
    assert abs(flat.generator().sparse().reach() - (24.0 + 2.0 * (1.0 + 4.0) * 16.0)) < 1e-10


def test_a_bound_of_a_norm_looks_at_rows_and_at_columns():
    row = np.zeros((5, 5))
    row[2] = 3.0
    for matrix in (row, row.T):
        assert abs(widest(matrix) - 3.0 * 5.0**0.5) < 1e-12


def test_the_border_is_the_fastest_decay_and_never_nothing():
    mode = lindblad(np.zeros((5, 5)), [lowering(5)])
    assert abs(mode.generator().sparse().border() - 4.0) < 1e-14
    assert lindblad(np.eye(5), []).generator().sparse().border() == 1.0


def test_equations_are_the_same_where_energies_and_jumps_are():
    energy, other_energy, jump = np.diag([0.0, 1.0, 3.0]), np.diag([0.0, 1.0, 4.0]), lowering(3)
    one = lindblad(energy, [jump]).generator().sparse()
    for other in (lindblad(other_energy, [jump]), lindblad(energy, [jump.T])):
        assert not one.equals(other.generator().sparse())
    assert one.equals(lindblad(1.0 * energy, [1.0 * jump]).generator().sparse())
