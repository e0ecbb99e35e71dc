"""Does every solver's error cover a state that was spoiled on the way, by anything, in any direction?

A step inside a solver is made to return what it should not, by a known amount: the residual must tell, and the error
that is made from it must cover the distance from the true state in ball arithmetic, without being useless.
"""

from dataclasses import replace

import numpy as np
import pytest
from tests.hunts import balls
from tests.hunts.machines import Machine, machine

import torusync as ts
from torusync import _stacks
from torusync.densities import ThermalPlusCollective
from torusync.steady import Block, Cauchy, Collective, Dense, LowRank, Status, block, cauchy, collective, dense

EPS = np.finfo(float).eps
BATHS = {"n_hot": 3.0, "n_cold": 0.4, "gamma_hot": 0.05, "gamma_cold": 0.2}
MACHINES = {
    "one level": machine([0.3], **BATHS, detuning=0.2),
    "even": machine([0.3, 0.1j], **BATHS, splittings=[0.0, 0.2]),
    "slow hot bath": machine([0.3, 0.1j], **(BATHS | {"gamma_hot": 1e-4}), splittings=[0.0, 0.2]),
    "slow cold bath": machine([0.3, 0.1j], **(BATHS | {"gamma_cold": 1e-4}), splittings=[0.0, 0.2]),
    "weak drive": machine([1e-4, 2e-4], **BATHS, splittings=[0.0, 0.2]),
    "many": machine([0.3, 0.1j, 0.2, 0.1], **BATHS, splittings=[0.0, 0.2, 0.1, -0.3]),
}


def maser_of(item: Machine, **others) -> ts.ThermalMaser:
    names = ("n_hot", "n_cold", "gamma_hot", "gamma_cold", "detuning", "omega_hot")
    return ts.ThermalMaser(
        item.drive, splittings=item.splittings, **({name: getattr(item, name) for name in names} | others)
    )


def distance(state, truth) -> float:
    """‖ρ̂ − ρ‖_1 to some 1e-15, of a state or of what a solver hands back before it is judged."""
    return float(np.abs(np.linalg.eigvalsh(state.density.to_array() - truth.doubles)).sum())


def units(size):
    """Hermitian matrices with one entry or two, and one with all."""
    for i in range(size):
        for j in range(i, size):
            for phase in (1.0, 1j) if i < j else (1.0,):
                one = np.zeros((size, size), complex)
                one[i, j] = phase
                yield 0.5 * (one + one.conj().T)
    yield np.ones((size, size), complex)


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("amount", [1e-9, 1e-12])
def test_cauchy_covers_any_spoiled_block(name, amount, monkeypatch):
    """The error is that of the slowest damping: for what is off there it is more by roots of M and the like."""
    item, nearest, fill = MACHINES[name], np.inf, cauchy._fill
    truth, maser, size = balls.truth(item), maser_of(item), item.manifold_levels + 1
    for delta in units(size):

        def spoiled(machines, excited, *, stacked, delta=delta):
            ground = fill(machines, excited, stacked=stacked)
            excited += amount * delta[..., np.newaxis]
            return ground

        monkeypatch.setattr(cauchy, "_fill", spoiled)
        answer = Cauchy().solve(maser.generator())
        off = distance(answer, truth)
        assert off <= answer.error
        nearest = min(nearest, float(answer.error) / off)
        spoil = np.abs(np.linalg.eigvalsh(amount * delta)).sum()
        assert spoil * (1 - 1e-3) - 1e-15 <= answer.coherence_error
        monkeypatch.undo()
    if "slow" not in name:  # a slow level beside a fast one: what either is off by counts as the slow one's
        assert nearest <= 20 * size


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("amount", [1e-9, 1e-12])
@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_block_covers_any_spoiled_solution_of_its_equation(name, amount, correlation, monkeypatch):
    """Every Lyapunov equation comes back a little wrong, those of the refinement and of the gain among them."""
    item, solve = MACHINES[name], block.lyapunov
    if item.manifold_levels == 1 and correlation:
        return
    maser = maser_of(item, dipole_correlation=correlation)
    truth, size, looked = balls.truth(replace(item, dipole_correlation=correlation)), item.manifold_levels + 1, 0
    for delta in units(size):

        def spoiled(drift, source, shift, delta=delta):
            return solve(drift, source, shift) + amount * delta

        monkeypatch.setattr(block, "lyapunov", spoiled)
        answer = Block().solve(maser.generator())
        if np.isfinite(answer.error):
            looked += 1
            assert distance(answer, truth) <= answer.error
        monkeypatch.undo()
    assert looked or "slow" in name


def test_block_knows_its_first_solution_without_refinement(monkeypatch):
    """With refinement switched off the error of the damping alone stands, and it is near what was spoiled."""
    item, solve = MACHINES["even"], block.lyapunov
    truth = balls.truth(item)
    monkeypatch.setattr(block, "REFINED_LEVELS", 0)
    for delta in units(3):
        monkeypatch.setattr(block, "lyapunov", lambda a, q, s, delta=delta: solve(a, q, s) + 1e-10 * delta)
        answer = Block().solve(maser_of(item).generator())
        off, true = distance(answer, truth), balls.residual(item, answer.density.to_array())
        assert off <= answer.error <= 60 * off
        assert true <= answer.residual <= 4 * true


@pytest.mark.parametrize("name", MACHINES)
def test_an_equation_that_is_off_by_a_multiple_of_one_moves_the_ground_state_most(name, monkeypatch):
    """dB/dt = c 1 feeds |0> with M c: ‖dρ/dt‖_F = c (M + M²)^½, which is what is said, and V = −c W to some digits."""
    item, solve = MACHINES[name], block.lyapunov
    monkeypatch.setattr(block, "REFINED_LEVELS", 0)
    one = np.eye(item.manifold_levels + 1)
    for amount in (1e-8, -1e-8):
        monkeypatch.setattr(block, "lyapunov", lambda a, q, s, c=amount: solve(a, q, s) + c * solve(a, 0 * q + one, s))
        answer = Block().solve(maser_of(item).generator())
        true = balls.residual(item, answer.density.to_array())
        assert true <= answer.residual <= true * (1 + 1e-5)
        assert distance(answer, balls.truth(item)) <= answer.error
        monkeypatch.setattr(block, "lyapunov", solve)


def test_refinement_mends_a_spoiled_first_solution(monkeypatch):
    item, solve, calls = MACHINES["even"], block.lyapunov, []

    def spoiled(drift, source, shift):
        calls.append(1)
        return solve(drift, source, shift) * (1 + (1e-6 if len(calls) == 1 else 1e-3))

    monkeypatch.setattr(block, "lyapunov", spoiled)
    state = ts.steady_state(maser_of(item), solver=Block())
    assert len(calls) > 3
    assert distance(state, balls.truth(item)) <= state.error <= 1e-12


def test_a_state_whose_bare_damping_says_nothing_is_proven_unique_by_its_gain():
    """γ/λ of 1e-14: the spectrum counts rates below rounding for zero, and still W is bounded and the state known."""
    found = {}
    for gamma in (1e-6, 1e-12, 1e-14, 1e-17):
        item = machine([0.1, 0.13], n_hot=0.2, n_cold=0.5, gamma_hot=gamma, gamma_cold=gamma, splittings=[0.0, 0.07])
        state = ts.steady_state(maser_of(item), solver=Block(), throw=False)
        found[gamma] = state
        if state.succeeded:
            assert state.nullity == 1
            assert distance(state, balls.truth(item)) <= state.error <= 1e-6
    assert found[1e-6].succeeded
    assert found[1e-12].succeeded


def test_a_state_that_rates_would_call_one_of_several_is_unique_where_its_gain_is_bounded():
    """Aligned dipoles and a splitting of 1e-6: a decay of 1e-13 beside rates of one, and damping that says nothing."""
    maser = ts.ThermalMaser([0.1, 0.1], n_hot=0.2, n_cold=0.5, gamma_hot=1.0, gamma_cold=1.0, splittings=[0.0, 1e-6],
                            dipole_correlation=1.0)  # fmt: skip
    drift = maser.generator().drift()[np.newaxis]
    nullity, _ = block._uniqueness(np.linalg.eigvals(drift), np.linalg.norm(drift, axis=(-2, -1)))
    assert nullity[0] > 1
    state = ts.steady_state(maser)
    assert state.succeeded
    assert state.nullity == 1
    item = machine([0.1, 0.1], n_hot=0.2, n_cold=0.5, gamma_hot=1.0, gamma_cold=1.0, splittings=[0.0, 1e-6],
                   dipole_correlation=1.0)  # fmt: skip
    assert distance(state, balls.truth(item)) <= state.error <= 1e-9
    # where nothing splits them there are several
    again = ts.ThermalMaser([0.1, 0.1], n_hot=0.2, n_cold=0.5, gamma_hot=1.0, gamma_cold=1.0, dipole_correlation=1.0)
    refused = ts.steady_state(again, throw=False)
    assert refused.status is Status.NOT_UNIQUE
    assert refused.error == np.inf


def test_rates_are_zero_below_rounding_of_the_fastest_only():
    """64 M ε ‖A‖: the pairs of one frequency that do not decay are counted, and what grows is told."""
    norm, floor = np.array([1.0]), 64 * 3 * EPS
    cases = {
        (-1.0, -1.0, -1.0): (1, False),
        (-1.0, -1.0, -0.9 * floor): (2, False),
        (-1.0, -1.0, -1.1 * floor): (1, False),
        (-1.0, -1.0, 0.9 * floor): (2, False),
        (-1.0, -1.0, 1.1 * floor): (1, True),
        (-1.0, 0.0, 0.0): (5, False),
        (-1.0, 1j, 2j): (3, False),
        (-1.0, 1j, (1.0 + 0.9 * floor) * 1j): (5, False),
        (0.0, 0.0, 0.0): (10, False),
        (0.0, 0.0, 1.0): (5, False),
    }
    for rates, (nullity, growing) in cases.items():
        found, grows = block._uniqueness(np.array([rates], dtype=complex), norm)
        assert (found[0], grows[0]) == (nullity, growing), rates
        # everything in units of the norm
        found, grows = block._uniqueness(1e3 * np.array([rates], dtype=complex), 1e3 * norm)
        assert (found[0], grows[0]) == (nullity, growing), rates


@pytest.mark.parametrize("amount", [1e-9, 1e-12])
def test_dense_covers_any_spoiled_null_vector(amount, monkeypatch):
    item, decompose = MACHINES["even"], dense.singular_values
    truth, maser, reached = balls.truth(item), maser_of(item), 0.0
    for delta in [np.pad(one, [(1, 0), (1, 0)]) for one in units(3)]:

        def spoiled(stack, delta=delta):
            values, right = decompose(stack)
            right = right.copy()
            right[:, -1] += amount * np.conj(delta).reshape(-1)
            return values, right

        monkeypatch.setattr(dense, "singular_values", spoiled)
        answer = Dense().solve(maser.generator())
        off = distance(answer, truth)
        assert off <= answer.error < np.inf
        assert balls.residual(item, answer.density.to_array()) <= answer.residual
        reached = max(reached, off / float(answer.error))
        monkeypatch.undo()
    assert reached > 0.02


def test_dense_counts_what_is_below_rounding_as_null():
    """Below 16 D² ε of the largest singular value there is no decay; above it the error says what is known.

    That is so in a basis in which nothing is conserved: where a charge leaves the populations alone with each other,
    what stands in their equation is what decays, however slow.
    """
    turn = np.array([[0.8, 0.6], [-0.6, 0.8]])
    lower, splitting, ground = np.array([[0.0, 1.0], [0.0, 0.0]]), np.diag([0.0, 1.0]), np.diag([1.0, 0.0])
    sign = np.diag([1.0, -1.0])
    doubtful = {Status.NOT_UNIQUE}
    for decay, codes, charged in (
        (0.0, doubtful, doubtful),
        (1e-16, doubtful, {Status.SUCCESS}),
        (1e-12, {Status.ILL_CONDITIONED, Status.SUCCESS}, {Status.SUCCESS}),
        (1e-6, {Status.ILL_CONDITIONED, Status.SUCCESS}, {Status.SUCCESS}),
        (1e-3, {Status.SUCCESS}, {Status.SUCCESS}),
    ):
        for basis, expected in ((turn, codes), (np.eye(2), charged)):
            h, down, dephasing, true = (basis @ one @ basis.T for one in (splitting, lower, sign, ground))
            system = ts.LindbladSystem(h, [(decay, down), (1.0, dephasing)])
            state = ts.steady_state(system, solver=Dense(), throw=False)
            assert state.status in expected, (decay, basis)
            if state.succeeded:
                assert np.abs(state.rho - true).max() <= state.error
            if state.status is Status.NOT_UNIQUE:
                assert state.error == np.inf


FORMS = {
    "even": machine([0.3, 0.1j], **BATHS),
    "detuned": machine([0.3, 0.1j, -0.2], **BATHS, detuning=3.0),
    "strong": machine([30.0, 10.0], **BATHS),
    "one level": machine([0.3], **BATHS, detuning=-0.2),
    "many": machine([0.01, 0.03, 0.1, 0.07], **BATHS, detuning=0.05),
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("field", ["first", "link", "pair", "ground"])
@pytest.mark.parametrize("amount", [0.0, 1e-9, 1e-3])
def test_the_residual_of_a_closed_form_is_that_of_the_numbers_it_stores(name, field, amount, monkeypatch):
    """‖dρ/dt‖_F of the matrix as it stands, whatever is in it, and no more than that and rounding."""
    item, form = FORMS[name], collective._closed_form

    def spoiled(machines):
        state = form(machines)
        changed = {one: getattr(state, one) for one in ThermalPlusCollective.AXES}
        return ThermalPlusCollective(**(changed | {field: changed[field] * (1 + amount)}))

    monkeypatch.setattr(collective, "_closed_form", spoiled)
    maser = ts.ThermalMaser(item.drive, **BATHS, detuning=item.detuning)
    answer = Collective().solve(maser.generator())
    rho = answer.density.to_array()
    true = balls.residual(item, rho)
    # the population of |0> is stored, those of the levels are sums with it: a spoiled ρ_00 spoils the trace, too
    assert true <= answer.residual * (1 + 1e-12)
    assert answer.residual <= 1.001 * true + 400 * EPS * answer.scale


@pytest.mark.parametrize("name", FORMS)
def test_the_errors_of_a_closed_form_cover_it_and_are_rounding(name):
    item = FORMS[name]
    state = ts.steady_state(ts.ThermalMaser(item.drive, **BATHS, detuning=item.detuning), solver=Collective())
    truth = balls.truth(item)
    driven = np.abs(np.linalg.eigvalsh(truth.doubles - np.diag(np.diag(truth.doubles)))).sum()
    assert distance(state, truth) <= state.error <= 500 * EPS + 400 * item.manifold_levels * EPS * driven
    # the roundings of ε/2 counted for an entry, and two of Λ a level
    relative = state.density.relative_error
    assert relative >= (111 / 2 + 1.5 * item.manifold_levels) * EPS
    assert relative <= (60 + 2.5 * item.manifold_levels) * EPS
    np.testing.assert_allclose(state.rho, truth.doubles, rtol=relative, atol=0.0)
    # of what the drive added, in the trace norm, and not of much more
    density = state.density
    added = np.abs(np.linalg.eigvalsh(density.as_block().block)).sum()
    assert relative * added <= state.coherence_error * (1 + 1e-12)
    assert state.coherence_error <= 4.0 * relative * added
    assert state.min_eigenvalue == pytest.approx(float(np.linalg.eigvalsh(truth.doubles)[0]), rel=1e-9)


def test_numbers_near_the_smallest_double_are_refused_where_a_strong_drive_may_make_them_count():
    """q ρ_00 below 1e-280 has lost digits: nan, and the next solver is asked; equal baths give exactly 0."""
    maser = ts.ThermalMaser([1e100, 1e100], n_hot=[[1.0], [1.0]], n_cold=[0.5, 1.0], gamma_hot=1e-45, gamma_cold=1e-45)
    state = ts.steady_state(maser, solver=Collective(), throw=False)
    np.testing.assert_array_equal(state.succeeded, [False, True])
    assert not state.error[0] <= 1e-6
    assert state.coherence(1, 2)[1] == 0.0
    assert np.isnan(state.rho[0]).all()
    ordinary = ts.ThermalMaser([1e3, 1e3], n_hot=1.0, n_cold=0.5, gamma_hot=1.0, gamma_cold=1.0)
    assert ts.steady_state(ordinary, solver=Collective()).succeeded


ODD = {
    "tiny drive": machine([1e-9, 2e-9], **BATHS, splittings=[0.0, 0.2]),
    "fast bath": machine([3.0, 1.0], **(BATHS | {"gamma_hot": 70.0}), splittings=[0.0, 0.2]),
    "cold baths": machine([0.3, 0.1], **(BATHS | {"n_hot": 2e-5, "n_cold": 1e-5}), splittings=[0.0, 0.2]),
}


@pytest.mark.parametrize("name", [*MACHINES, *ODD])
@pytest.mark.parametrize("rank", [2, 4, 400])
def test_the_residual_of_a_low_rank_state_is_not_below_that_of_its_matrix(name, rank):
    """Also where the drive adds next to nothing, and the rounding of thermal populations is all there is."""
    item = (MACHINES | ODD)[name]
    maser = maser_of(item)
    answer, truth = LowRank(rank).solve(maser.generator()), balls.truth(item)
    true = balls.residual(item, answer.density.to_array())
    drift = np.linalg.norm(maser.generator().drift())
    assert answer.scale == pytest.approx(drift, rel=1e-12)
    assert true <= answer.residual <= 4.0 * true + 1000 * EPS * drift
    assert distance(answer, truth) <= answer.error + 1e-16
    assert answer.min_eigenvalue <= np.linalg.eigvalsh(answer.density.to_array())[0] + EPS
    if rank == 400:
        assert answer.residual <= 1000 * EPS * drift


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize("solver", [Cauchy(), Block()], ids=repr)
def test_residual_and_scale_of_a_state_as_it_is(name, solver):
    item = MACHINES[name]
    maser = maser_of(item)
    answer = solver.solve(maser.generator())
    drift, true = np.linalg.norm(maser.generator().drift()), balls.residual(item, answer.density.to_array())
    assert answer.scale == pytest.approx(drift, rel=1e-12)
    assert true <= answer.residual <= 200 * EPS * drift * (item.manifold_levels + 1)
    assert answer.nullity == 1
    assert answer.min_eigenvalue <= np.linalg.eigvalsh(balls.truth(item).doubles)[0] + answer.error + EPS


@pytest.mark.parametrize("name", ["Cauchy", "Block"])
@pytest.mark.parametrize("traceless", [True, False])
def test_levels_damped_alike_leave_no_slack_in_the_error_of_coherences(name, traceless, monkeypatch):
    """a_c = a_h and hardly any drive: ‖Δ‖_1 = ‖R‖_1/2a, and for Δ ∝ 1 that is √M of the Frobenius norm of R, too."""
    item = machine([1e-7, 1e-7], n_hot=1.0, n_cold=3.0, gamma_hot=0.2, gamma_cold=0.1, splittings=[0.0, 1e-7])
    delta, amount = np.diag([1.0, -1.0, 0.0]) if traceless else np.eye(3), 1e-7
    truth, fill, solve = balls.truth(item), cauchy._fill, block.lyapunov

    def spoiled(machines, excited, *, stacked):
        ground = fill(machines, excited, stacked=stacked)
        excited += amount * delta[..., np.newaxis]
        return ground

    monkeypatch.setattr(cauchy, "_fill", spoiled)
    monkeypatch.setattr(block, "lyapunov", lambda a, q, s: solve(a, q, s) + amount * delta)
    monkeypatch.setattr(block, "REFINED_LEVELS", 0)
    answer = getattr(ts.steady, name)().solve(maser_of(item).generator())
    rho, ratios = truth.doubles, answer.density.ratios
    beside = answer.density.block - (rho[1:, 1:] - rho[0, 0] * np.diag(ratios))
    true = np.abs(np.linalg.eigvalsh(beside)).sum()
    # the Frobenius norm of R for its trace norm, and with Cauchy the rate of |0> beside it
    slack = (1.5**0.5 if traceless else 1.0) * (2.0 if name == "Cauchy" and not traceless else 1.0)
    assert true <= answer.coherence_error * (1 + 1e-9)
    assert answer.coherence_error <= slack * true * (1 + 1e-5)
    assert distance(answer, truth) <= answer.error


@pytest.mark.parametrize("size", [1, 2, 6])
def test_elimination_of_stacks_solves_them_without_help(size, rng, monkeypatch):
    """The residual would send a wrong solution to LAPACK, so that nobody would see it but by the time it takes."""
    matrix = rng.normal(size=(size, size, 5)) + 4.0 * size * np.eye(size)[..., np.newaxis]
    right = rng.normal(size=(size, 5))
    expected = np.linalg.solve(matrix.transpose(2, 0, 1), right.T[..., np.newaxis])[..., 0].T
    np.testing.assert_allclose(_stacks.eliminate(matrix.copy(), right.copy()), expected, rtol=1e-11, atol=1e-14)
    monkeypatch.setattr(cauchy, "solutions", None)
    for item in MACHINES.values():
        assert Cauchy().solve(maser_of(item).generator()).error < 1e-8


@pytest.mark.parametrize("part", ["cold", "hot", "drive", "detuning"])
@pytest.mark.parametrize("levels", [1, 3, 40])
def test_the_norm_of_a_degenerate_generator_is_that_of_its_largest_part(part, levels):
    """Residuals are judged by it: whichever part is a million times the others, it is all of that, and no more."""
    sizes = {name: 1e6 if name == part else 1.0 for name in ("cold", "hot", "drive", "detuning")}
    maser = ts.ThermalMaser(np.full(levels, sizes["drive"] / np.sqrt(levels)), n_hot=3.0, n_cold=0.5,
                            gamma_hot=sizes["hot"] / 4.0, gamma_cold=sizes["cold"] / 1.5,
                            detuning=sizes["detuning"])  # fmt: skip
    true = {"cold": 1e6, "hot": np.sqrt(levels) * 1e6, "drive": 1e6, "detuning": 1e6}[part]
    assert Collective().solve(maser.generator()).scale == pytest.approx(true, rel=1e-5)
