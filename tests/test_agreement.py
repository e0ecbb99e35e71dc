"""Do independent routes meet?"""

import math

import numpy as np
import pytest
import qutip

import torusync as ts
from problems import BATHS, catalogue, qutip_liouvillian, qutip_state, random_maser
from torusync import _memory
from torusync.densities import DenseDensity, ThermalPlusBlock, ThermalPlusCollective, ThermalPlusLowRank
from torusync.measures import l1_coherence, relative_entropy_of_coherence, triangle_frustration
from torusync.phases import coherent_state, husimi, phase_gradient
from torusync.steady import Block, Cauchy, Collective, Dense, LowRank, Status

PROBLEMS = [(problem, solver) for problem in catalogue() for solver in problem.solvers]


@pytest.mark.parametrize(("problem", "solver"), PROBLEMS, ids=[f"{p.name}, {type(s).__name__}" for p, s in PROBLEMS])
def test_every_solver_solves_every_problem_it_claims(problem, solver):
    state = ts.steady_state(problem.system, solver=solver)
    np.testing.assert_allclose(state.rho, problem.rho, atol=1e-13)
    assert state.status is Status.SUCCESS
    assert state.nullity == 1


@pytest.mark.parametrize("correlated", [False, True], ids=["independent", "correlated"])
@pytest.mark.parametrize("per_level", [False, True], ids=["one occupation", "per level"])
@pytest.mark.parametrize("levels", [1, 2, 3, 5])
def test_random_masers_agree_with_qutip(levels, per_level, correlated):
    rng = np.random.default_rng([levels, per_level, correlated])
    for _ in range(3):
        maser = random_maser(rng, correlated=correlated, per_level=per_level, levels=levels)
        expected = qutip_state(maser)
        arrows = [] if correlated else [LowRank(), Cauchy()]
        for solver in (ts.Auto(), Block(), Dense(), *arrows):
            state = ts.steady_state(maser, solver=solver)
            np.testing.assert_allclose(state.rho, expected, atol=1e-12)
        # ours in QuTiP's generator: the residual is small by its account, too
        residual = np.linalg.norm((qutip_liouvillian(maser) * qutip.operator_to_vector(qutip.Qobj(state.rho))).full())
        assert residual < 1e-13


@pytest.mark.parametrize("detuning", [0.0, 0.3])
@pytest.mark.parametrize("levels", [1, 2, 6])
def test_closed_form_agrees_with_qutip_for_complex_unequal_drives(levels, detuning, rng):
    drive = 0.2 * (rng.normal(size=levels) + 1j * rng.normal(size=levels))
    for n_hot in (0.1, 4.0):
        maser = ts.ThermalMaser(drive, n_hot=n_hot, n_cold=0.7, gamma_hot=0.07, gamma_cold=0.15, detuning=detuning)
        state = ts.steady_state(maser, solver=Collective())
        np.testing.assert_allclose(state.rho, qutip_state(maser), atol=1e-13)
        assert state.min_eigenvalue == pytest.approx(np.linalg.eigvalsh(state.rho)[0], abs=1e-15)


def test_a_qutip_system_keeps_its_rates():
    """A collapse operator C is the channel (1/2, C): the factor 2 of Eq. (7)."""
    a = qutip.destroy(6)
    h, c_ops = 0.3 * (a + a.dag()) + 0.1 * a.dag() * a, [np.sqrt(0.2) * a, np.sqrt(0.05) * a.dag(), 0.1 * a * a]
    state = ts.steady_state(ts.LindbladSystem.from_qutip(h, c_ops))
    np.testing.assert_allclose(state.rho, qutip.steadystate(h, c_ops).full(), atol=1e-13)


def test_a_batch_of_lindblad_systems_agrees_with_qutip_one_by_one(rng):
    drives = rng.uniform(0.1, 1.0, 5)
    down = np.diag([1.0, np.sqrt(2.0)], 1)
    h = drives[:, np.newaxis, np.newaxis] * (down + down.T)
    state = ts.steady_state(ts.LindbladSystem(h, [(0.25, down), (np.linspace(0.01, 0.1, 5), down.T)]))
    for index, gain in enumerate(np.linspace(0.01, 0.1, 5)):
        c_ops = [np.sqrt(0.5) * qutip.Qobj(down), np.sqrt(2 * gain) * qutip.Qobj(down.T)]
        expected = qutip.steadystate(qutip.Qobj(h[index]), c_ops).full()
        np.testing.assert_allclose(state.rho[index], expected, atol=1e-13)


@pytest.mark.parametrize(
    ("rank", "levels", "nullity"),
    [(1, 2, 2), (1, 3, 5), (1, 4, 10), (1, 5, 17)]
    + [(3, n, m) for n, m in ((2, 1), (3, 1), (4, 1), (5, 2), (6, 5), (7, 10))],
)
def test_nullity_of_dark_manifolds(rank, levels, nullity):
    """The nullity is 1 + m² with m = dim{x : P x = 0, Σ λ_j x_j = 0}."""
    rng = np.random.default_rng(levels)
    if rank == 1:
        drive, matrix = np.full(levels, 0.1), np.ones((levels, levels))
    else:
        drive = 0.1 * (rng.normal(size=levels) + 1j * rng.normal(size=levels))
        vectors = rng.normal(size=(levels, 3))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        matrix = vectors @ vectors.T
        matrix = 0.5 * (matrix + matrix.T)
        np.fill_diagonal(matrix, 1.0)
    maser = ts.ThermalMaser(drive, n_hot=2.0, **BATHS, dipole_matrix=matrix)
    solvers = [Block(), Dense()] if levels < 7 else [Block()]
    for solver in solvers:
        found = ts.steady_state(maser, solver=solver, throw=False)
        assert found.nullity == nullity
        if nullity > 1:
            assert found.status is Status.NOT_UNIQUE
            assert np.isnan(found.rho).all()
            with pytest.raises(ts.SteadyStateError, match=rf"not unique.*\({nullity} independent"):
                ts.steady_state(maser, solver=solver)


def test_aligned_dipoles_with_unequal_drive_and_opposed_ones_with_equal_drive_are_unique():
    for p, drive in ((1.0, [0.1, 0.2]), (-1.0, [0.1, 0.1])):
        maser = ts.ThermalMaser(drive, n_hot=2.0, **BATHS, dipole_correlation=p)
        np.testing.assert_allclose(ts.steady_state(maser).rho, qutip_state(maser), atol=1e-12)


@pytest.mark.parametrize("levels", [10**3, 10**6])
def test_the_closed_form_at_large_n_follows_the_printed_polynomial(levels):
    from torusync.claims.reference import printed_coherences

    for n_hot in (0.2, 2.0, 5.0):
        maser = ts.ThermalMaser(np.full(levels, 0.1), n_hot=n_hot, **BATHS)
        state = ts.steady_state(maser)
        single, pair = printed_coherences(levels, n_hot=n_hot, n_cold=0.5, g_h=0.05, g_c=0.2, lam=0.1)
        assert state.coherence(1, 2).imag == pytest.approx(single, rel=1e-12)
        assert state.coherence(2, levels + 1).real == pytest.approx(pair, rel=1e-12)
        assert state.populations.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("solver", "structure"),
    [
        (Collective(), ThermalPlusCollective), (LowRank(), ThermalPlusLowRank), (Cauchy(), ThermalPlusBlock),
        (Block(), ThermalPlusBlock),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)  # fmt: skip
@pytest.mark.parametrize("shared", [False, True], ids=["drives of their own", "one set of drives"])
def test_a_structured_density_answers_as_its_matrix_does(solver, structure, shared, rng):
    drive = 0.1 * rng.normal(size=(3, 4)) + 0.1j * rng.normal(size=(3, 4))
    maser = ts.ThermalMaser(
        drive[0] if shared else drive, n_hot=2.0, n_cold=[0.5, 0.6, 0.7], gamma_hot=0.05, gamma_cold=0.2, detuning=0.1
    )
    density = ts.steady_state(maser, solver=solver).density
    assert isinstance(density, structure)
    dense = DenseDensity(density.to_array())
    z = np.exp(1j * rng.uniform(0, 2 * np.pi, (3, 6)))
    np.testing.assert_allclose(density.matvec(z), np.einsum("pij,pj->pi", dense.matrix, z), atol=1e-15)
    np.testing.assert_allclose(density.coherent_product(z), dense.coherent_product(z), atol=1e-15)
    np.testing.assert_allclose(density.populations, dense.populations, atol=1e-16)
    ratios = rng.random((3, 5))
    np.testing.assert_allclose(density.deviation(ratios), dense.deviation(ratios), atol=1e-15)
    for i in range(6):
        np.testing.assert_allclose(density.row(i), dense.row(i), atol=1e-16)
        for j in range(6):
            np.testing.assert_allclose(density.coherence(i, j), dense.coherence(i, j), atol=1e-16)
    for one in maser.coherence_sets:
        np.testing.assert_allclose(density.share(one, z), dense.share(one, z), atol=1e-15)


@pytest.mark.parametrize("correlated", [False, True])
@pytest.mark.parametrize("per_level", [False, True])
def test_currents_agree_with_those_of_qutip(correlated, per_level, rng):
    """Tr[H_0 D_a ρ] bath by bath, and the work on the drive, with QuTiP's operators and its steady state."""
    maser = random_maser(rng, correlated=correlated, per_level=per_level, levels=3)
    rho, size = qutip_state(maser), 5
    e = np.broadcast_to(maser.level_energies, 3)
    bare = np.diag([0.0, float(maser.omega_cold), *e])
    silent = {"gamma_hot": 0.0, "gamma_cold": 0.0}
    heats = {}
    for bath in ("hot", "cold"):
        rates = silent | {f"gamma_{bath}": getattr(maser, f"gamma_{bath}")}
        alone = ts.ThermalMaser(
            np.zeros(3), n_hot=maser.n_hot, n_cold=maser.n_cold, splittings=maser.splittings,
            dipole_matrix=maser.dipoles, **rates,
        )  # fmt: skip
        change = (qutip_liouvillian(alone) * qutip.operator_to_vector(qutip.Qobj(rho))).full().reshape(size, size).T
        heats[bath] = np.trace(bare @ change).real
    flows = ts.thermodynamics(ts.steady_state(maser))
    power = -2.0 * np.sum((e - maser.omega_cold) * np.imag(np.conj(maser.drive) * rho[1, 2:]))
    assert flows.heat_hot == pytest.approx(heats["hot"], rel=1e-10)
    assert flows.heat_cold == pytest.approx(heats["cold"], rel=1e-10)
    assert flows.power == pytest.approx(power, rel=1e-10)
    n = np.broadcast_to(maser.n_hot, 3)
    incoherent = 2 * maser.gamma_hot * np.sum(e * (n * rho[0, 0].real - (1 + n) * np.diag(rho).real[2:]))
    assert flows.heat_hot_incoherent == pytest.approx(incoherent, rel=1e-9)
    p = np.zeros((3, 3)) if maser.dipoles is None else maser.dipoles
    coherent = -maser.gamma_hot * sum(
        p[i, j] * ((1 + n[i]) * e[j] + (1 + n[j]) * e[i]) * 2 * rho[i + 2, j + 2].real
        for i in range(3)
        for j in range(i + 1, 3)
    )
    assert flows.heat_hot_coherent == pytest.approx(coherent, rel=1e-10, abs=1e-16)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_husimi_is_normalised_and_integrates_to_the_phase_distribution(size, rng):
    """The letter's measure: Π cosθ_k sin^{2(D−k)−1}θ_k dθ_k; the phases add (2π)^{D−1}."""
    a = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    rho = a @ a.conj().T
    rho /= np.trace(rho).real
    nodes, weights = np.polynomial.legendre.leggauss(20)
    theta, weight = 0.25 * np.pi * (nodes + 1), 0.25 * np.pi * weights
    grid = np.stack(np.meshgrid(*[theta] * (size - 1), indexing="ij"), axis=-1).reshape(-1, size - 1)
    measure = np.prod(
        np.stack(np.meshgrid(*[weight] * (size - 1), indexing="ij"), axis=-1).reshape(-1, size - 1), axis=1
    )
    for k in range(1, size):
        measure = measure * np.cos(grid[:, k - 1]) * np.sin(grid[:, k - 1]) ** (2 * (size - k) - 1)
    phases = rng.uniform(0, 2 * np.pi, (4, 1, size))
    integrated = husimi(rho, grid, phases) @ measure - (2 * np.pi) ** (1 - size)
    np.testing.assert_allclose(integrated, ts.phase_distribution(rho, phases[:, 0]), atol=1e-14)
    alpha = coherent_state(grid, phases)
    np.testing.assert_allclose(np.linalg.norm(alpha, axis=-1), 1.0, atol=1e-14)


def test_husimi_agrees_with_qutips_overlap(rng):
    rho = qutip.rand_dm(4, seed=3)
    theta, phi = rng.uniform(0, np.pi / 2, 3), rng.uniform(0, 2 * np.pi, 4)
    ket = qutip.Qobj(coherent_state(theta, phi))
    expected = math.factorial(4) / np.pi**3 * qutip.expect(rho, ket)
    assert husimi(rho, theta, phi) == pytest.approx(expected, rel=1e-13)


def test_the_gradient_agrees_with_differences(rng):
    rho = qutip.rand_dm(5, seed=4).full()
    phases = rng.uniform(0, 2 * np.pi, (3, 5))
    step = 1e-6 * np.eye(5)
    difference = (
        ts.phase_distribution(rho, phases[:, np.newaxis] + step)
        - ts.phase_distribution(rho, phases[:, np.newaxis] - step)
    ) / 2e-6
    np.testing.assert_allclose(phase_gradient(rho, phases), difference, atol=1e-12)


def test_relative_entropy_of_coherence_agrees_with_qutip():
    rho = qutip.rand_dm(5, seed=5)
    expected = qutip.entropy_vn(qutip.qdiags(rho.diag(), 0)) - qutip.entropy_vn(rho)
    assert relative_entropy_of_coherence(rho) == pytest.approx(expected, rel=1e-10)
    assert l1_coherence(rho) == pytest.approx(0.5 * (np.abs(rho.full()).sum() - 1.0), rel=1e-13)


def test_triangles_agree_with_products_of_entries():
    rho = qutip.rand_dm(5, seed=6).full()
    found = triangle_frustration(rho)
    assert len(found.levels) == 10
    for (i, j, k), angle, weight in zip(found.levels, found.angle, found.weight, strict=True):
        product = rho[i, j] * rho[j, k] * np.conj(rho[i, k])
        assert np.exp(1j * angle) == pytest.approx(product / abs(product), abs=1e-12)
        assert weight == pytest.approx(min(abs(rho[i, j]), abs(rho[j, k]), abs(rho[i, k])), rel=1e-14)


def test_closed_form_and_search_find_the_same_peak(rng):
    for n_hot in (0.2, 1.0, 5.0):
        drive = 0.3 * rng.random((6, 5)) * np.exp(2j * np.pi * rng.random((6, 5)))
        maser = ts.ThermalMaser(drive, n_hot=n_hot, **BATHS, detuning=0.1)
        state = ts.steady_state(maser)
        closed, searched = ts.synchronization(state), ts.synchronization(state.rho)
        np.testing.assert_allclose(closed.pair_sum, searched.pair_sum, rtol=1e-12)
        np.testing.assert_array_equal(closed.optimum, searched.optimum)
        np.testing.assert_array_equal(closed.dimension, searched.dimension)
        assert closed.certified.all()
        assert searched.certified.all()


@pytest.mark.parametrize("levels", [1, 2, 20, 150])
@pytest.mark.parametrize("spread", [0.0, 0.01, 0.5, 5.0])
@pytest.mark.parametrize("strength", [1e-6, 0.1, 3.0])
def test_low_rank_agrees_with_the_dense_block(levels, spread, strength):
    """At every spread over the damping, with occupations of their own, weak coherences to relative accuracy."""
    rng = np.random.default_rng([levels, int(100 * spread)])
    maser = ts.ThermalMaser(
        strength * rng.random(levels) * np.exp(2j * np.pi * rng.random(levels)),
        n_hot=2.0 * (1 + 0.1 * rng.normal(size=levels)), **BATHS,
        splittings=spread * rng.random(levels), detuning=0.1,
    )  # fmt: skip
    low, dense = ts.steady_state(maser, solver=LowRank()), ts.steady_state(maser, solver=Block())
    np.testing.assert_allclose(low.rho, dense.rho, atol=1e-14)
    scale = np.abs(dense.density.row(1)[2:]).max()
    np.testing.assert_allclose(low.density.row(1)[2:], dense.density.row(1)[2:], atol=1e-11 * scale)
    one, two = ts.thermodynamics(low), ts.thermodynamics(dense)
    for name in ("power", "heat_hot", "heat_cold", "entropy_production"):
        assert getattr(one, name) == pytest.approx(float(getattr(two, name)), rel=1e-9)
    assert low.min_eigenvalue <= dense.min_eigenvalue + 1e-14


def test_a_batch_of_low_rank_states_equals_its_points(rng):
    drive = 0.1 * rng.random((2, 3, 80))
    options = {
        "n_hot": 2.0, **BATHS, "splittings": np.linspace(0, 0.3, 80),
    }  # fmt: skip
    together = ts.steady_state(ts.ThermalMaser(drive, **options), solver=LowRank())
    for index in np.ndindex(2, 3):
        alone = ts.steady_state(ts.ThermalMaser(drive[index], **options), solver=Block())
        np.testing.assert_allclose(together.rho[index], alone.rho, atol=1e-14)


@pytest.mark.parametrize("per_level", [False, True])
def test_a_large_low_rank_state_obeys_the_equation_of_each_entry(per_level):
    """Stationarity of ρ_jl gives it from the row of |1> alone; checked on random pairs of 20,000 levels."""
    rng, count = np.random.default_rng(4), 20_000
    n = 2.0 * (1 + 0.05 * per_level * rng.normal(size=count))
    maser = ts.ThermalMaser(
        0.1 * rng.random(count) * np.exp(2j * np.pi * rng.random(count)), n_hot=n, **BATHS,
        splittings=0.5 * rng.random(count),
    )  # fmt: skip
    state = ts.steady_state(maser)
    assert state.solver == LowRank()
    u, ground = state.density.row(1)[2:], state.populations[0]
    damping, energy, lam = 0.05 * (1 + n), maser.generator().energies, maser.drive
    for j, k in rng.integers(0, count, (40, 2)):
        pump = 2 * 0.05 * n[j] * ground if j == k else 0.0
        expected = (-1j * (np.conj(lam[j]) * u[k] - np.conj(u[j]) * lam[k]) + pump) / (
            damping[j] + damping[k] + 1j * (energy[j] - energy[k])
        )
        assert complex(state.coherence(j + 2, k + 2)) == pytest.approx(complex(expected), rel=1e-9, abs=1e-16)
    assert state.populations.sum() == pytest.approx(1.0, abs=1e-12)
    assert ts.thermodynamics(state).first_law_holds


def test_auto_falls_back_where_low_rank_does_not_pay(monkeypatch):
    """A spread of 40 times the damping under a strong drive: the state names the solver that found it."""
    rng = np.random.default_rng(0)
    maser = ts.ThermalMaser(3.0 * rng.random(160), n_hot=0.2, **BATHS, splittings=np.linspace(0, 5, 160))
    state = ts.steady_state(maser)
    assert ts.Auto().choose(maser.generator()) == LowRank()
    assert state.solver == Cauchy()
    np.testing.assert_allclose(state.rho, ts.steady_state(maser, solver=Block()).rho, atol=1e-12)
    monkeypatch.setattr(_memory, "UNASKED_BYTES", 0)
    monkeypatch.setattr(_memory, "available", lambda: 4e6)
    with pytest.raises(ts.SteadyStateError, match="max_rank"):
        ts.steady_state(maser)
    monkeypatch.undo()
    poor = ts.steady_state(maser, solver=LowRank(max_rank=8), throw=False)
    assert poor.status is Status.NOT_CONVERGED


@pytest.mark.parametrize("rows", [3, 7, 64, 2**14])
@pytest.mark.parametrize("shape", [(50, 6), (1, 50, 6), (3, 65, 4), (5, 5)])
def test_a_factorisation_in_blocks_of_rows_is_that_of_the_whole(shape, rows, rng, monkeypatch):
    """Orthonormal columns with the same span, and a triangle that gives the matrix back, whatever the blocks."""
    from torusync import _rows

    monkeypatch.setattr(_rows, "BLOCK_ROWS", rows)
    matrix = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    matrix[..., 1] = matrix[..., 0] * (1 + 1e-9)  # nearly dependent columns, where a Gram matrix would fail
    basis, upper = _rows.tall_qr(shape[-2], lambda block: matrix[..., block, :])
    q = np.concatenate(_rows.in_blocks(shape[-2], basis.rows), axis=-2)
    np.testing.assert_allclose(q @ upper, matrix, atol=1e-13)
    gram = np.conj(np.swapaxes(q, -1, -2)) @ q
    np.testing.assert_allclose(gram, np.broadcast_to(np.eye(shape[-1]), gram.shape), atol=1e-13)


def test_thousands_of_levels_in_blocks_agree_with_one_block(monkeypatch):
    """State and maximum of one machine with the rows in one piece and in many, on all cores."""
    from torusync import _rows

    rng = np.random.default_rng(11)
    maser = ts.ThermalMaser(
        0.1 * rng.random(3000) * np.exp(2j * np.pi * rng.random(3000)), n_hot=5.0, **BATHS,
        splittings=0.3 * rng.random(3000),
    )  # fmt: skip
    sums = []
    for rows in (4096, 100):
        monkeypatch.setattr(_rows, "BLOCK_ROWS", rows)
        state = ts.steady_state(maser)
        sync = ts.synchronization(state)
        assert sync.certified
        sums.append((complex(state.coherence(1, 700)), float(sync.pair_sum), float(sync.pair_sum_bound)))
    np.testing.assert_allclose(sums[0], sums[1], rtol=1e-10)
