"""Do sparse factors, what refines them and what is told from them keep to the thresholds that they name?

References are closed forms, dense algebra of NumPy, or solvers whose misses the test has chosen.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csc_array
from tests.lattices import lindblad, liouvillian, lowering, pair, spins

import torusync as ts
from torusync.conventions import EPS
from torusync.generators.layout import Layout
from torusync.generators.superoperator import Pairs
from torusync.steady import Krylov, Sparse, bordering, shells, sparse
from torusync.steady.bordering import judged, judged_by, smallest, sparse_factors
from torusync.steady.probing import Bordered, Factored
from torusync.steady.undriven import Undriven


def ladder(levels, ratio):
    """Return a thermal ladder, each level of a ratio less than the one below: the highest first, then from below."""
    jumps = np.zeros((levels - 1, levels, levels))
    for level in range(levels - 1):
        jumps[level, level + 1, (level + 2) % levels] = 1.0
    return ts.LindbladSystem(
        np.zeros((levels, levels)), [(1.0, one) for one in jumps] + [(ratio, one.T) for one in jumps]
    )


def recorded(monkeypatch):
    """Return the factors that `sparse` asks for from now on."""
    seen, plain = [], sparse.factors
    monkeypatch.setattr(sparse, "factors", lambda *given, **how: seen.append(plain(*given, **how)) or seen[-1])
    return seen


@pytest.mark.parametrize(("least", "roots"), [(3e-8, [0]), (3e-9, [0, 1])])
def test_shells_are_laid_out_anew_from_the_largest_population(least, roots, monkeypatch):
    monkeypatch.setattr(bordering, "SINGLE_PAYS", False)
    monkeypatch.setattr(Layout, "is_sheet", False)
    for one in (bordering, shells):
        monkeypatch.setattr(one, "FEW", 1)
    # which are good: none of another kind are made
    monkeypatch.setattr(sparse, "sparse_factors", lambda _: pytest.fail("sparse factors were asked for"))
    seen = recorded(monkeypatch)
    ratio = least ** (1.0 / 29.0)
    state = ts.steady_state(ladder(30, ratio), solver=Sparse())
    exact = ratio ** np.roll(np.arange(30.0), 1)
    assert np.abs(np.diagonal(state.rho) - exact / exact.sum()).max() <= state.error < 1e-8
    assert [one.matrix.root for one in seen] == roots


def test_what_is_not_fair_is_sharpened_and_what_is_fair_is_left():
    """A slow decay beside a fast pair: however slow, no error is left that a residual of twice the digits mends."""
    fast, slow = np.zeros((2, 3, 3))
    fast[0, 1] = slow[0, 2] = 1.0
    errors = []
    for rate in np.geomspace(1e-3, 1e-11, 33):
        system = ts.LindbladSystem(
            0.3 * (fast + fast.T), [(1.0, fast), (0.5, fast.T), (rate, slow), (0.5 * rate, slow.T)]
        )
        errors.append(float(ts.steady_state(system, solver=Sparse()).error))
    assert max(errors) <= 1e-8
    assert max(errors) > 1e-10


def off_by(matrix, size):
    """Return a solution of M x = s e that leaves so many roundings of the product."""
    whole = matrix.matrix().toarray()
    right = np.zeros(len(whole))
    right[matrix.root] = matrix.strength
    found = np.linalg.solve(whole, right)
    rest = np.zeros_like(right)
    rest[2] = size * EPS * matrix.norm * np.linalg.norm(found)
    return found + np.linalg.solve(whole, rest)


@pytest.mark.parametrize(("size", "good"), [(3.9, True), (4.1, False)])
def test_factors_of_single_precision_are_good_where_four_roundings_are_left(size, good):
    matrix = Bordered(csc_array(np.diag([0.0, -1.0, -0.5])), 1, 1.0)
    vars(matrix)["norm"] = 2.0**30  # of which the rounding of the test itself is a small part
    factored = Factored(matrix, lambda right: right, lambda right: right, single=True)
    values = off_by(matrix, size)
    assert sparse._settled(factored, values, 1.0) is good
    assert not sparse._settled(factored, values, 1e12)


def test_shells_that_are_good_for_nothing_are_sparse_factors_in_the_end(monkeypatch):
    seen, plain, expected = [], sparse.factors, ts.steady_state(pair(4), solver=Sparse())

    def poor(*given, **how):
        seen.append(plain(*given, **how))
        nothing = {"solve": np.zeros_like, "solve_transposed": np.zeros_like}
        return replace(seen[-1], exchanged=False, single=False, **nothing)

    monkeypatch.setattr(sparse, "factors", poor)
    state = ts.steady_state(pair(4), solver=Sparse())
    # the first, and those from another population
    assert len(seen) == 2
    assert state.error < 1e-9
    assert np.abs(state.rho - expected.rho).max() <= state.error + expected.error


def test_a_state_has_a_trace_of_one_whatever_factors_leave(monkeypatch):
    plain, expected = sparse.factors, ts.steady_state(pair(4), solver=Sparse())

    def poor(*given, **how):
        found = plain(*given, **how | {"single": False})
        return replace(found, exchanged=True, solve=lambda right: 0.99 * found.solve(right))

    monkeypatch.setattr(sparse, "factors", poor)
    state = ts.steady_state(pair(4), solver=Sparse())
    assert abs(np.trace(state.rho) - 1.0) < 1e-14
    assert np.abs(state.rho - expected.rho).max() <= state.error + expected.error < 1e-9


def test_a_sharpened_state_has_coherences_as_far_off_as_any(monkeypatch):
    monkeypatch.setattr(sparse, "_FAIR", 0.0)
    state = ts.steady_state(pair(3), solver=Sparse())
    assert state.error < 1e-14
    assert state.coherence_error == 2.0 * state.error


def test_states_are_two_at_least_and_as_many_as_parts_that_hold_a_population():
    flip = np.array([[0.0, 1.0], [1.0, 0.0]])
    jumps = [np.kron(np.diag([float(k == part) for k in range(3)]), flip) for part in range(3)]
    # a coherence that is conserved is in no part that holds a population
    for system, states in ((lindblad(np.zeros((2, 2)), [flip]), 2), (lindblad(np.zeros((6, 6)), jumps), 3)):
        generator = system.generator()
        assert sparse.solved(generator.first, generator.first_block, generator.pairs)[2] == states
        assert ts.steady_state(system, solver=Sparse(), throw=False).nullity >= states


def test_the_error_of_a_state_is_the_largest_that_its_residual_may_be_of():
    """All eigenvalues of the difference alike, and the trace rounded once for each level."""
    rho, groups = np.eye(9) / 9.0, np.zeros(9, dtype=np.int64)
    residual, scale, least, error, coherences, nullity = judged_by(1e-3, 2.0, rho, 5.0, nullity=1, groups=groups)
    assert (residual, scale, nullity) == (1e-3, 2.0, 1)
    assert abs(least - 1.0 / 9.0) < 1e-15
    assert abs(error - 3.0 * 5.0 * 1e-3) < 1e-14
    # what is beside the diagonal of |u><u| − 1/D has 2 (1 − 1/D) times the trace norm, for any D
    assert coherences == 2.0 * error
    none = judged_by(0.0, 2.0, rho, 5.0, nullity=1, groups=groups)
    assert 9.0 * EPS <= none[3] <= 20.0 * EPS
    for given, strength, told in ((1, np.inf, 0), (2, np.inf, 2), (3, 1.0, 3)):
        found = judged_by(1e-3, 2.0, rho, strength, nullity=given, groups=groups)
        assert (found[3], found[4], found[5]) == (np.inf, np.inf, told)


@pytest.mark.parametrize("seed", range(6))
def test_the_smallest_eigenvalue_is_that_of_any_class(seed):
    """Classes of one to nine levels, in any order; the smallest is in one of each size in turn."""
    rng = np.random.default_rng(seed)
    # the first and the last are narrower than others of their kind in turn
    sizes = rng.permutation([1, 1, 2, 2, 3, 4, 4, 5, 7, 8, 9]).tolist()
    for lowest in range(len(sizes)):
        matrix = np.zeros((sum(sizes),) * 2, dtype=np.complex128)
        groups = np.repeat(np.arange(len(sizes)), sizes)
        for number, size in enumerate(sizes):
            turn = np.linalg.qr(rng.normal(size=(size, 2 * size)).view(np.complex128))[0]
            values = rng.uniform(0.5, 3.0, size)
            values[0] = 0.25 if number == lowest else values[0]
            inside = np.ix_(groups == number, groups == number)
            matrix[inside] = (turn * values) @ turn.conj().T
        order = rng.permutation(len(groups))
        matrix, groups = matrix[np.ix_(order, order)], groups[order]
        assert len(matrix) > bordering.TOGETHER_LEVELS
        assert abs(smallest(matrix, groups) - 0.25) < 1e-13
        assert abs(smallest(-matrix, groups) - np.linalg.eigvalsh(-matrix)[0]) < 1e-13


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("ordered", [False, True])
def test_sparse_factors_solve_in_any_order_and_precision(ordered, single):
    system = spins(0.3)
    generator = system.generator()
    block = csc_array(generator.first_block * 1e30)
    matrix = Bordered(block, 27, generator.first.border() * 1e30)
    order = np.random.default_rng(1).permutation(block.shape[0]) if ordered else None
    found, whole = sparse_factors(matrix, order, single=single), matrix.matrix().toarray()
    assert found.single is single
    for right in (np.random.default_rng(2).normal(size=(len(whole), 2)), np.zeros(len(whole))):
        for given, solve, side in ((right, found.solve, whole), (1e9 * right, found.solve_transposed, whole.T)):
            left = np.linalg.norm(side @ solve(given) - given)
            assert left <= (1e-2 if single else 1e-10) * np.linalg.norm(given)


def turned(system, seed):
    """Return a system with its levels in another order, and the order."""
    order = np.random.default_rng(seed).permutation(system.dimension)
    swap = np.ix_(order, order)
    return ts.LindbladSystem(system.hamiltonian[swap], [(rate, x[swap]) for rate, x in system.channels]), order


@pytest.mark.parametrize("unit", [1e-60, 1.0, 1e60])
def test_factors_of_an_undriven_part_solve_for_all_of_it(unit):
    """Blocks of any difference of charges, of levels in any order, in single precision."""
    plain = pair(4)
    system, order = turned(plain, 3)
    system = ts.LindbladSystem(unit * system.hamiltonian, [(unit * rate, x) for rate, x in system.channels])
    groups = np.add.outer(np.arange(4), np.arange(4)).reshape(-1)[order]
    pairs = Pairs(np.zeros(16, dtype=np.int64))
    undriven = Undriven(system.generator().sparse(), pairs, groups, unit)
    right = np.random.default_rng(4).normal(size=(pairs.size, 3))
    # from the definition, and no code of the library
    found = undriven.invert(right)
    for column in range(3):
        rho = pairs.unpacked(found[:, column])
        image = (liouvillian(system) @ rho.reshape(-1)).reshape(16, 16)
        image[0, 0] += unit * np.trace(rho)
        assert np.linalg.norm(image - pairs.unpacked(right[:, column])) < 1e-4 * np.linalg.norm(right[:, column])


@pytest.mark.parametrize("unit", [1e-60, 1e40, 1e60])
def test_iteration_finds_a_state_in_any_unit_of_rates(unit):
    plain = pair(4, drive=0.4)
    system = ts.LindbladSystem(unit * plain.hamiltonian, [(unit * rate, x) for rate, x in plain.channels])
    found, expected = ts.steady_state(system, solver=Krylov()), ts.steady_state(plain, solver=Krylov())
    assert np.abs(found.rho - expected.rho).max() < 1e-12
    assert found.error < 2.0 * expected.error


@pytest.mark.parametrize("unit", [1e-60, 1.0, 1e60])
def test_an_undriven_part_that_keeps_coherences_is_shifted(unit):
    """Two levels that nothing but the drive touches, beside a qubit: their coherence never decays without it."""
    lower = np.array([[0.0, 1.0], [0.0, 0.0]])
    groups = np.array([0, 1, 2, 3])
    system = lindblad(np.zeros((4, 4)), [unit**0.5 * np.kron(np.eye(2), lower)])
    pairs = Pairs(np.zeros(4, dtype=np.int64))
    undriven = Undriven(system.generator().sparse(), pairs, groups, unit)
    right = np.random.default_rng(5).normal(size=(pairs.size, 2))
    for found, given in zip(undriven.invert_scaled(right).T, right.T, strict=True):
        rho, wanted = pairs.unpacked(found), pairs.unpacked(given)
        # a singular block of L is one of L − 10⁻³ of the fastest decay: what never decays is a thousand times as large
        image = (liouvillian(system) @ rho.reshape(-1)).reshape(4, 4) - 1e-3 * unit * rho
        beside = ~np.eye(4, dtype=np.bool_)
        assert np.linalg.norm((image - wanted)[beside]) < 1e-3 * np.linalg.norm(wanted)
        assert 100.0 < unit * np.abs(rho[beside]).max() < 1e4


def test_memory_is_asked_for_as_many_bytes_as_states_have(monkeypatch):
    asked = []
    monkeypatch.setattr(sparse, "require_memory", lambda *given, **_: asked.append(given[1]))
    one = pair(3)
    many = ts.LindbladSystem(np.multiply.outer(np.arange(1.0, 8.0), one.hamiltonian), one.channels)
    state = ts.steady_state(many, solver=Sparse())
    assert asked == [state.rho.nbytes]
    # factors come on top of that where there are many
    monkeypatch.setattr(sparse, "DIRECT_ROWS", 10)
    asked.clear()
    generator = pair(8).generator()
    ts.steady_state(pair(8), solver=Sparse())
    whole = shells.Shells(generator.first_block, generator.first_layout, 64, 1.0)
    numbers = [*(own.numbers for own in whole._blocks), *whole._steps[1:]]
    assert len(asked) == 2
    assert asked[1] >= sum(one.nbytes for one in numbers)


def test_a_batch_of_no_points_has_states_of_no_points():
    """Of few numbers and of many, between which no charge is."""
    for levels in (3, 40):
        jump = np.random.default_rng(levels).normal(size=(levels, levels))
        none = ts.LindbladSystem(np.zeros((0, levels, levels)), [(1.0, jump)])
        assert none.generator().pairs.size == levels**2
        assert ts.steady_state(none, solver=Sparse()).rho.shape == (0, levels, levels)


def test_the_residual_of_any_matrix_is_judged_with_its_rounding():
    system = pair(3)
    equation, groups = system.generator().sparse(), np.zeros(9, dtype=np.int64)
    rho = np.diag(np.arange(9.0)) / 36.0 + np.fliplr(np.eye(9)) * 0.1j * np.sign(np.arange(9) - 4.0)
    exact = np.linalg.norm(liouvillian(system) @ rho.reshape(-1))
    change, rounding = equation.change(rho)
    found = judged(equation, rho, 2.0, nullity=1, groups=groups)
    assert abs(np.linalg.norm(change) - exact) <= rounding < 1e-11
    assert exact <= found[0] <= exact + 2.0 * rounding
    np.testing.assert_array_equal(found[1:3], [equation.scale(), np.linalg.eigvalsh(rho)[0]])
    assert found[3] >= 3.0 * 2.0 * exact


def test_factors_are_of_single_precision_where_that_was_asked_for():
    a = lowering(50)
    system = lindblad(a.T @ a + a + a.T, [a, 0.3 * a.T])
    for one in (system, pair(7), spins(0.3)):
        generator = one.generator()
        matrix = Bordered(generator.first_block, one.dimension, generator.first.border())
        assert not bordering.factors(matrix).single


def chain(diagonal, coupling=1.0):
    """Return a matrix of which each row couples to the next, of one population."""
    size = len(diagonal)
    return csc_array(np.diag(diagonal) + coupling * (np.eye(size, k=1) + np.eye(size, k=-1)))


@pytest.mark.parametrize("narrow", [0, 48])
def test_shells_that_have_no_inverse_say_so(narrow, monkeypatch):
    """A row of its own that is zero, a whole that is singular, and numbers out of range on the way."""
    monkeypatch.setattr("torusync.generators.layout._NARROW", narrow)

    def good(matrix):
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # as in every solver
            return shells.Shells(matrix, Layout.of(matrix), 1, 1.0).good

    assert good(chain([1.0, 3.0, 2.0, 4.0]))
    # of the first row 1 of the border is left less 1, exactly
    assert not good(chain([0.0, 2.0, 1.0]))
    if narrow == 0:
        assert not good(chain([1.0, 3.0, 0.0]))
        star = csc_array(np.diag([1.0, 1e-300, -1e-300]) + 1e200 * np.array([[0, 1, 1], [1, 0, 0], [1, 0, 0]]))
        assert not good(star)


def test_what_shells_and_cuts_are_seen_from_is_eliminated_last():
    """The trace couples it to all populations: before any other it would fill in the whole."""
    a = lowering(20)
    block = lindblad(a.T @ a + a + a.T, [a]).generator().first_block
    for root in (0, 7):
        layout = Layout.of(block, root)
        assert layout.order[0] == layout.dissected()[-1] == root
