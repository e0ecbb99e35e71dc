"""Are states that factors of single precision found as good as they say, and are others not left to them?"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csc_array
from tests.lattices import at, lindblad, lowering, pair, spin, spins

import torusync as ts
from torusync.generators.layout import Layout
from torusync.generators.listed import Listed
from torusync.generators.superoperator import Pairs
from torusync.steady import Sparse, bordering, shells, sparse
from torusync.steady.probing import Bordered, inverse_norm


def mode(levels, drive=1.0, unit=1.0):
    """Return a damped mode with a drive."""
    a = lowering(levels)
    energy = unit * (0.3 * a.conj().T @ a + drive * (a + a.conj().T))
    return ts.LindbladSystem(energy, [(0.5 * unit, a), (0.045 * unit, a.conj().T)])


SYSTEMS = {
    "shells": lambda: pair(7),
    "shells of a sheet": lambda: mode(30),
    "dissection": lambda: mode(60),
    "driven spins": lambda: spins(0.3),
}


def bordered(system):
    generator = system.generator()
    return Bordered(generator.first_block, system.dimension, generator.first.border())


def factored(system, monkeypatch):
    """Return the factors of single precision, of a dissection where the system is a large sheet."""
    monkeypatch.setattr(shells, "_THIN", 1e7)
    monkeypatch.setattr(bordering, "SINGLE_PAYS", True)  # they are as good where they take longer
    found = bordering.factors(bordered(system), single=True)
    assert found.single
    return found


@pytest.mark.parametrize("name", SYSTEMS)
def test_refinement_makes_up_for_the_digits(name, monkeypatch):
    system = SYSTEMS[name]()
    found, rng = factored(system, monkeypatch), np.random.default_rng(1)
    whole = bordered(system).matrix().toarray()
    right = rng.normal(size=len(whole))
    once = np.linalg.norm(right - whole @ found.solve(right))
    assert 1e-9 < once / np.linalg.norm(right) < 1e-2
    assert np.linalg.norm(right - whole @ found.refined(right)) < 1e-6 * once
    turned = found.solve_transposed(right)
    assert np.linalg.norm(right - whole.T @ turned) < 1e-2 * np.linalg.norm(right)


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_bound_of_the_inverse_is_none_of_its_rounding(name, monkeypatch):
    system = SYSTEMS[name]()
    bound = inverse_norm(factored(system, monkeypatch))
    if system.dimension < 50:
        smallest = np.linalg.svd(bordered(system).matrix().toarray(), compute_uv=False)[-1]
        assert 1.0 / smallest <= bound
    # nor much worse than that of factors of double precision
    assert bound < 1.2 * inverse_norm(bordering.factors(bordered(system)))


def test_factors_that_leave_much_are_refined_before_the_bound_is_taken():
    found = bordering.factors(bordered(pair(7)))
    poor = replace(
        found,
        single=True,
        solve=lambda right: 0.99 * found.solve(right),
        solve_transposed=lambda right: 0.99 * found.solve_transposed(right),
    )
    plain = inverse_norm(found)
    assert plain * 0.9 < inverse_norm(poor) < 1.5 * plain
    # of double precision the same is left over, and known for what it is
    assert inverse_norm(replace(poor, single=False)) > inverse_norm(poor)


@pytest.mark.parametrize("unit", [1e-60, 1e-20, 1.0, 1e20, 1e60])
def test_the_unit_of_rates_is_not_one_of_single_precision(unit, monkeypatch):
    seen, plain = [], sparse.factors
    monkeypatch.setattr(sparse, "factors", lambda *given, **how: seen.append(plain(*given, **how)) or seen[-1])
    for levels in (30, 90):
        state, expected = ts.steady_state(mode(levels, unit=unit)), ts.steady_state(mode(levels))
        assert np.abs(state.rho - expected.rho).max() <= state.error + expected.error < 1e-8
    assert [one.single for one in seen] == [True] * 4


@pytest.mark.parametrize("slow", [1e-5, 1e-9, 1e-13])
def test_what_single_precision_cannot_tell_is_asked_again(slow):
    """A pair beside a qubit whose own decay is slow: the state is a product, known exactly but for the pair's part."""
    one = spins(0.3)
    plus = spin(2)[1]
    system = ts.LindbladSystem(
        at(one.hamiltonian, 0, (27, 2)),
        [(rate, at(jump, 0, (27, 2))) for rate, jump in one.channels]
        + [(slow, at(plus, 1, (27, 2))), (0.5 * slow, at(plus.T, 1, (27, 2)))],
    )
    state, alone = ts.steady_state(system, solver=Sparse(), throw=False), ts.steady_state(one)
    exact = np.kron(alone.rho, np.diag([2.0, 1.0]) / 3.0)
    assert state.succeeded == (slow > 1e-12)
    if state.succeeded:
        off = np.linalg.svd(state.rho - exact, compute_uv=False).sum()
        assert off <= state.error + alone.error
    if slow == 1e-9:
        assert state.error < 1e-6


def test_refinement_that_does_not_end_is_not_left_at_that(monkeypatch):
    plain, asked = sparse.factors, []

    def poor(*given, **how):
        found = plain(*given, **how)
        asked.append(found.single)
        return replace(found, solve=lambda right: 0.9 * found.solve(right)) if found.single else found

    expected = ts.steady_state(pair(7), solver=Sparse())
    monkeypatch.setattr(sparse, "factors", poor)
    state = ts.steady_state(pair(7), solver=Sparse())
    assert asked == [True, False]
    assert state.residual <= 1.5 * expected.residual
    asked.clear()
    monkeypatch.setattr(sparse, "factors", plain)
    monkeypatch.setattr(sparse, "_EASY", 10.0)
    assert ts.steady_state(pair(7), solver=Sparse()).residual <= 1.5 * expected.residual


def test_several_states_are_none_of_single_precision():
    """Two modes that nothing couples, of which one keeps what it has."""
    a = lowering(9)
    two = lindblad(
        np.zeros((45, 45)), [at(a, 0, (9, 5)), 0.5 * at(a.conj().T, 0, (9, 5)), at(np.diag(np.arange(5.0)), 1, (9, 5))]
    )
    state = ts.steady_state(two, solver=Sparse(), throw=False)
    assert not state.succeeded
    assert state.nullity >= 2


def test_factors_that_overflow_are_those_of_double_precision():
    """An energy 10⁴⁵ times the decay, between levels that a drive joins."""
    matrix = bordered(mode(50))
    huge = matrix.block.copy()
    huge.data[np.argmax(np.abs(huge.data))] *= 1e45
    found = bordering.factors(Bordered(huge, 50, matrix.strength), Layout.of(huge), single=True)
    assert not found.single


@pytest.mark.parametrize("seed", range(6))
def test_what_entries_say_of_rounding_is_not_less_than_it_is(seed):
    """Complex operators whose products cancel to nothing in some entries, against sums in twice the digits."""
    rng, levels = np.random.default_rng(seed), 7
    energy = rng.normal(size=(levels, 2 * levels)).view(np.complex128) * 10.0 ** rng.uniform(-3, 3)
    jumps = [rng.normal(size=(levels, 2 * levels)).view(np.complex128) for _ in range(3)]
    jumps.append(np.diag(rng.integers(1, 4, levels) + 1j * rng.integers(1, 4, levels)))  # whole numbers: they cancel
    system = ts.LindbladSystem(
        energy + energy.conj().T, [(rate, one) for rate, one in zip((0.1, 1.0, 1e4, 1e6), jumps, strict=True)]
    )
    equation, pairs = system.generator().sparse(), Pairs(np.zeros(levels, dtype=np.int64))
    state = rng.normal(size=(levels, 2 * levels)).view(np.complex128)
    state = state @ state.conj().T
    state = pairs.unpacked(pairs.packed(state / np.trace(state)))
    found, rounding = equation.assembled(pairs).change(pairs.packed(state))
    parts = [np.asarray(one, dtype=np.clongdouble) for one in (system.hamiltonian, state)]
    exact = -1j * (parts[0] @ parts[1] - parts[1] @ parts[0])
    for rate, jump in system.channels:
        x = np.asarray(jump, dtype=np.clongdouble)
        decay = x.conj().T @ x
        exact = exact + np.longdouble(rate) * (2 * x @ parts[1] @ x.conj().T - decay @ parts[1] - parts[1] @ decay)
    image = pairs.unpacked(equation.real_form(pairs) @ pairs.packed(state))
    off = float(np.linalg.norm((image - exact).astype(np.complex128)))
    assert off <= rounding < 1e-9 * equation.scale()
    assert abs(found - float(np.linalg.norm(exact.astype(np.complex128)))) <= rounding


def test_what_cancels_to_no_entry_is_not_forgotten():
    """X†X has real parts of products that cancel: 1 + 1 and (1 + i)(1 − i)* are."""
    jump = np.array([[1.0 + 1.0j, 0.0], [0.0, 1.0 - 1.0j]])
    equation = lindblad(np.zeros((2, 2)), [jump]).generator().sparse()
    whole = equation.assembled(Pairs(np.zeros(2, dtype=np.int64)))
    assert whole.lost.sum() >= 1.0
    listed = Listed.of([jump], 2)
    assert listed.stacked().toarray().tolist() == jump.tolist()
    assert listed.equals(Listed.of([jump], 2))
    assert not listed.equals(Listed.of([jump, jump], 2))
    assert not listed.equals(Listed.of([2.0 * jump], 2))


def test_narrow_shells_are_eliminated_together():
    layout = Layout.of(bordered(mode(30)).block)
    assert layout.blocks.sum() == layout.widths.sum() == 900
    assert len(layout.blocks) < len(layout.widths)
    wide = Layout(csc_array((300, 300)), np.repeat([0, 1, 2], [1, 150, 149]), 0)
    assert wide.blocks.tolist() == [1, 150, 149]
