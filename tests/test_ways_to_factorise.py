"""In what order a generator is eliminated, who is asked to, and what the numbers are for that decide it."""

import numpy as np
import pytest
from scipy.sparse.linalg import splu
from tests.lattices import at, lindblad, lowering, pair, spin, spins
from tests.problems import refused

import torusync as ts
from torusync.generators.layout import Layout
from torusync.steady import Charged, Krylov, Sparse, bordering, shells, undriven
from torusync.steady.fill import entries
from torusync.steady.probing import Bordered


def mode(levels, drive=1.0):
    """Return a damped mode with a drive."""
    a = lowering(levels)
    return lindblad(0.3 * a.conj().T @ a + drive * (a + a.conj().T), [a, 0.3 * a.conj().T])


def ising(places):
    """Return a chain of spins without any charge."""
    x, z, sizes = np.array([[0, 1], [1, 0]]), np.diag([1.0, -1.0]), (2,) * places
    energy = sum(at(x, k, sizes) @ at(x, k + 1, sizes) for k in range(places - 1))
    energy = energy + 0.7 * sum(at(z, k, sizes) for k in range(places))
    return lindblad(energy, [0.7 * at(np.array([[0.3, 0.2], [1.0, -0.4]]), k, sizes) for k in range(places)])


SYSTEMS = {"mode": lambda: mode(30), "pair": lambda: pair(7), "driven pair": lambda: pair(4, drive=0.4), "spins": spins}


def block(system):
    generator = system.generator()
    return generator.first_block, generator.first.border(), system.dimension


@pytest.mark.parametrize("name", SYSTEMS)
def test_shells_couple_to_their_neighbours_alone(name):
    matrix, _, _ = block(SYSTEMS[name]())
    layout = Layout.of(matrix)
    rows, columns = matrix.nonzero()
    assert np.abs(layout.distance[rows] - layout.distance[columns]).max() == 1
    assert layout.widths[0] == 1
    assert layout.widths.sum() == matrix.shape[0]
    assert sorted(layout.dissected().tolist()) == list(range(matrix.shape[0]))


@pytest.mark.parametrize("full", [shells._DENSE, 12])
@pytest.mark.parametrize("root", [0, 3])
@pytest.mark.parametrize("name", ["mode", "pair", "driven pair"])
def test_shells_solve_what_sparse_factors_solve(name, root, full, monkeypatch):
    monkeypatch.setattr(shells, "_DENSE", full)
    matrix, border, levels = block(SYSTEMS[name]())
    layout = Layout.of(matrix, root)
    found = shells.Shells(matrix, layout, levels, border)
    edged = Bordered(matrix, levels, border, root)
    whole = edged.matrix().toarray()
    assert found.good
    rng = np.random.default_rng(2)
    for right in (rng.normal(size=(len(whole), 3)), rng.normal(size=len(whole))):
        np.testing.assert_allclose(whole @ found.solve(right), right, atol=1e-9)
        np.testing.assert_allclose(whole.T @ found.solve_transposed(right), right, atol=1e-9)
        np.testing.assert_allclose(edged.apply(right), whole @ right, atol=1e-12 * edged.norm)
        np.testing.assert_allclose(edged.apply_transposed(right), whole.T @ right, atol=1e-12 * edged.norm)
    assert np.linalg.norm(np.abs(whole), 2) <= edged.norm


def test_dissection_leaves_less_fill_than_minimum_degree():
    matrix, border, levels = block(mode(90))
    layout = Layout.of(matrix)
    edged, order = Bordered(matrix, levels, border).matrix(), layout.dissected()
    options = {"diag_pivot_thresh": 0.01, "relax": 3, "options": {"SymmetricMode": True}}
    cut = splu(edged[order][:, order].tocsc(), permc_spec="NATURAL", **options)
    usual = splu(edged, permc_spec="MMD_AT_PLUS_A", **options)
    assert layout.is_sheet
    assert cut.L.nnz + cut.U.nnz < 0.95 * (usual.L.nnz + usual.U.nnz)


def test_what_factors_will_take_is_said_beforehand_and_not_too_low():
    for system in (mode(20), mode(60), pair(6, drive=0.3), ising(4), spins(0.3)):
        matrix, border, levels = block(system)
        layout = Layout.of(matrix)
        found = bordering.factors(Bordered(matrix, levels, border), layout)
        if not found.exchanged:
            ours = shells.Shells(matrix, layout, levels, border)
            kept = sum(one.size for one in (*(own.numbers for own in ours._blocks), *ours._steps[1:]))
            assert kept == entries(matrix, layout)
            continue
        order = layout.dissected() if layout.rows >= bordering._SHEET else np.arange(layout.rows)
        edged = Bordered(matrix, levels, border).matrix()[order][:, order].tocsc()
        way = "NATURAL" if layout.rows >= bordering._SHEET else "MMD_AT_PLUS_A"
        factored = splu(edged, permc_spec=way, diag_pivot_thresh=0.01, relax=3, options={"SymmetricMode": True})
        fill = factored.L.nnz + factored.U.nnz
        assert fill <= entries(matrix, layout) <= 12.0 * fill


def test_the_population_that_shells_end_in_need_not_be_there():
    """Levels in any order, and a mode driven so hard that its ground state is next to empty."""
    one = pair(7)
    back = ts.LindbladSystem(one.hamiltonian[::-1, ::-1], [(rate, jump[::-1, ::-1]) for rate, jump in one.channels])
    found, expected = ts.steady_state(back, solver=Sparse()), ts.steady_state(one, solver=Sparse())
    assert np.abs(found.rho[::-1, ::-1] - expected.rho).max() < 1e-13
    z, plus = spin(40)
    pumped = lindblad(0.02 * (plus + plus.conj().T) + z, [plus, 1e-3 * plus.T])
    turned = ts.LindbladSystem(pumped.hamiltonian[::-1, ::-1], [(g, x[::-1, ::-1]) for g, x in pumped.channels])
    for system in (pumped, turned):
        state = ts.steady_state(system, solver=Sparse())
        assert state.succeeded
        assert state.residual < 1e-9


def test_shells_that_end_in_an_empty_population_are_laid_out_anew(monkeypatch):
    one = mode(40, drive=4.0)
    expected = ts.steady_state(one, solver=Sparse())
    monkeypatch.setattr(Layout, "is_sheet", False)
    shift = np.roll(np.arange(40), 1)
    system = ts.LindbladSystem(
        one.hamiltonian[np.ix_(shift, shift)], [(g, x[np.ix_(shift, shift)]) for g, x in one.channels]
    )
    state = ts.steady_state(system, solver=Sparse())
    back = np.argsort(shift)
    off = np.linalg.svd(state.rho[np.ix_(back, back)] - expected.rho, compute_uv=False).sum()
    assert off <= state.error + expected.error < 1e-6


def test_what_is_a_sheet_goes_to_factors_and_what_a_drive_widens_to_iteration():
    assert Layout.of(block(mode(60))[0]).is_sheet
    assert not Layout.of(block(pair(9))[0]).is_sheet
    chosen = {"mode": mode(60), "pair": pair(14), "driven pair": pair(8, drive=0.3)}
    solvers = {name: type(ts.Auto().choose(one.generator())).__name__ for name, one in chosen.items()}
    assert solvers == {"mode": "Sparse", "pair": "Sparse", "driven pair": "Krylov"}
    hard = pair(8, drive=10.0)
    assert isinstance(ts.Auto().choose(hard.generator()), Sparse)
    assert "times the mean decay" in ts.Auto().why(hard.generator())


def test_an_undriven_part_that_keeps_many_states_is_shifted(monkeypatch):
    z, plus = spin(12)
    # without the drive every population stays what it is
    system = lindblad(z @ z + 0.2 * (plus + plus.conj().T), [z])
    steps = 35
    state = ts.steady_state(system, solver=Krylov(max_steps=steps))
    assert np.linalg.svd(state.rho - np.eye(12) / 12.0, compute_uv=False).sum() <= state.error < 1e-6
    monkeypatch.setattr(undriven, "_SHIFT", 0.0)
    assert not ts.steady_state(system, solver=Krylov(max_steps=steps), throw=False).succeeded


def test_a_charge_may_be_broken_by_rounding_alone():
    charge = np.diag([float(n + m) for n in range(4) for m in range(4)])
    a = at(lowering(4), 0, (4, 4))
    for size in (1e-9, 1e-7):
        system = ts.LindbladSystem(pair(4).hamiltonian + size * (a + a.conj().T), pair(4).channels)
        refused(lambda one=system: ts.steady_state(one, solver=Charged(charge)), "`charge`", "commute with H")
    system = ts.LindbladSystem(pair(4).hamiltonian + 1e-15 * (a + a.conj().T), pair(4).channels)
    assert ts.steady_state(system, solver=Charged(charge)).succeeded


def test_a_state_says_why_its_solver_was_taken():
    state = ts.steady_state(mode(40))
    assert state.why == ts.Auto().why(state.system.generator())
    assert "sparse factors" in state.why
    assert state.why in state._repr_html_()
    assert ts.steady_state(mode(12), solver=Krylov()).why == ""
    flips = lindblad(np.zeros((2, 2)), [np.array([[0, 1], [1, 0]])])
    assert ts.steady_state(flips, throw=False).why.startswith("2 levels: stacked inverses")


def test_a_batch_of_no_points_is_solved():
    one = mode(40)
    none = ts.LindbladSystem(np.zeros((0, 40, 40)), one.channels)
    assert ts.steady_state(none).rho.shape == (0, 40, 40)
