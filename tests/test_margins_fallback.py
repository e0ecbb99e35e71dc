"""Which solver answers for which point, and what is said where none does?

In a map a few points may be in doubt: those, and no others, are asked again.  What is not known is refused with advice
that fits the system, and what costs nothing to know is known.
"""

import numpy as np
import pytest
from tests.hunts import balls
from tests.hunts.machines import machine

import torusync as ts
from torusync._lapack import eigenvalues, inverses, rates, singular_values, solutions, spectra
from torusync.steady import Block, Cauchy, Collective, Dense, LowRank, Status, auto, block
from torusync.steady.answer import Answer, advice
from torusync.thermo import Regime

BATHS = {"n_hot": 3.0, "n_cold": 0.4, "gamma_hot": 0.05}
SPLIT = [0.0, 0.2]


def mixed_map(**others):
    """Return a map of 2 × 4 points, two of which `Cauchy` leaves in doubt: a cold bath of 1e-9 and one of 1e-11."""
    gamma_cold = np.full((2, 4), 0.2)
    gamma_cold[0, 2], gamma_cold[1, 1] = 1e-9, 1e-11
    return ts.ThermalMaser([0.3, 0.1j], **(BATHS | others), splittings=SPLIT, gamma_cold=gamma_cold), gamma_cold < 1e-3


def test_points_in_doubt_come_from_the_block_and_the_others_keep_their_bits():
    maser, doubt = mixed_map()
    alone, whole = Cauchy().solve(maser.generator()), Block().solve(maser.generator())
    assert ((alone.error > 1e-10) == doubt).all()
    state = ts.steady_state(maser)
    assert state.solver == ts.Auto()
    for name in ("error", "coherence_error", "residual", "min_eigenvalue", "nullity"):
        found = getattr(state, name)
        np.testing.assert_array_equal(found[~doubt], getattr(alone, name)[~doubt])
        np.testing.assert_array_equal(found[doubt], getattr(whole, name)[doubt])
    for name, array in alone.density.arrays().items():
        np.testing.assert_array_equal(getattr(state.density, name)[~doubt], array[~doubt])
        np.testing.assert_array_equal(getattr(state.density, name)[doubt], getattr(whole.density, name)[doubt])
    assert (state.error[doubt] < alone.error[doubt]).all()
    assert (state.error <= 1e-10).all()
    for place in zip(*np.nonzero(doubt), strict=True):
        item = machine([0.3, 0.1j], **BATHS, splittings=SPLIT, gamma_cold=float(maser.gamma_cold[place]))
        off = np.abs(np.linalg.eigvalsh(state.rho[place] - balls.truth(item).doubles)).sum()
        assert off <= state.error[place] + 1e-16


def test_one_solver_for_all_is_named():
    maser, _ = mixed_map()
    quiet = ts.ThermalMaser([0.3, 0.1j], **BATHS, splittings=SPLIT, gamma_cold=[0.2, 0.3])
    assert ts.steady_state(quiet).solver == Cauchy()
    one = ts.ThermalMaser([0.3, 0.1j], **BATHS, splittings=SPLIT, gamma_cold=1e-11)
    assert ts.steady_state(one).solver == Block()
    both = ts.ThermalMaser([0.3, 0.1j], **BATHS, splittings=SPLIT, gamma_cold=[1e-11, 1e-9])
    assert ts.steady_state(both).solver == Block()
    assert ts.steady_state(maser, solver=Cauchy(), throw=False).solver == Cauchy()


def test_what_the_block_knows_no_better_stays_as_it_was(monkeypatch):
    maser, _ = mixed_map()
    alone = Cauchy().solve(maser.generator())
    for error in (alone.error.max(), np.inf):
        worse = Block().solve(maser.generator().flat().part(np.array([2, 5])))
        object.__setattr__(worse, "error", np.full(2, error))
        monkeypatch.setattr(Block, "solve", lambda *_, worse=worse: worse)
        state = ts.steady_state(maser, throw=False)
        np.testing.assert_array_equal(state.error, alone.error)
        assert state.solver == Cauchy()
        monkeypatch.undo()


def test_a_point_that_is_no_number_is_asked_again_and_given_up_alone(monkeypatch):
    """Neither a first answer of nan nor a second one hides what the other knows."""
    maser, _ = mixed_map()
    solve, again = Cauchy.solve, Block.solve

    def broken(self, system):
        answer = solve(self, system)
        answer.error[1, 3] = np.nan
        return answer

    monkeypatch.setattr(Cauchy, "solve", broken)
    state = ts.steady_state(maser)
    assert state.error[1, 3] == Block().solve(maser.generator()).error[1, 3]
    assert (state.error <= 1e-10).all()

    def nothing(self, generator):
        answer = again(self, generator)
        answer.error[:] = np.nan
        return answer

    monkeypatch.setattr(Block, "solve", nothing)
    state = ts.steady_state(maser, throw=False)
    # what both refuse, the second explains; nan is not good
    assert not state.succeeded[1, 3]
    assert np.isnan(state.rho[1, 3]).all()
    assert state.succeeded[0, 0]


def test_a_stalled_point_is_in_doubt_however_small_its_error():
    answer = Cauchy().solve(mixed_map(n_hot=2.0)[0].generator())
    stalled = np.zeros((2, 4), dtype=bool)
    stalled[1, 3] = True
    object.__setattr__(answer, "stalled", stalled)
    np.testing.assert_array_equal(auto._in_doubt(answer), [2, 5, 7])
    object.__setattr__(answer, "error", np.array([[0.0, 1e-10, 1.01e-10, np.nan], [np.inf, 0.9e-10, 1.0, 0.0]]))
    np.testing.assert_array_equal(auto._in_doubt(answer), [2, 3, 4, 6, 7])
    # of what stalled or is no number nothing is known, and it is compared as such
    known = [[0.0, 1e-10, 1.01e-10, np.inf], [np.inf, 0.9e-10, 1.0, np.inf]]
    np.testing.assert_array_equal(auto._known(answer), known)


def test_a_closed_form_that_overflows_gives_way_at_its_own_point():
    """Drives 1e45 times what the rates are: `Collective` has no digits there, `Block` says so, the others stay."""
    drive = np.array([[0.3, 0.1], [1e100, 1e100], [0.1, 0.3]])
    gamma = np.array([0.05, 1e-45, 0.05])
    maser = ts.ThermalMaser(drive, n_hot=3.0, n_cold=0.4, gamma_hot=gamma, gamma_cold=gamma)
    alone = ts.steady_state(maser, solver=Collective(), throw=False)
    state = ts.steady_state(maser, throw=False)
    np.testing.assert_array_equal(state.succeeded, [True, False, True])
    for k in (0, 2):
        np.testing.assert_array_equal(state.error[k], alone.error[k])
        np.testing.assert_allclose(state.rho[k], alone.rho[k], rtol=4e-16, atol=0.0)
    assert np.isnan(state.rho[1]).all()


def test_a_closed_form_as_entries_is_the_same_matrix(rng):
    drive = rng.normal(size=(2, 3, 4)) + 1j * rng.normal(size=(2, 3, 4))
    maser = ts.ThermalMaser(drive, **BATHS, gamma_cold=0.2, detuning=rng.normal(size=(2, 3)))
    density = ts.steady_state(maser).density
    np.testing.assert_allclose(density.as_block().to_array(), density.to_array(), rtol=4e-16, atol=0.0)
    np.testing.assert_array_equal(density.as_block().ground, density.ground)
    np.testing.assert_array_equal(density.as_block().ratios, maser.generator().thermal_ratios())
    z, whole = rng.normal(size=6) + 1j * rng.normal(size=6), density.to_array()
    expected = ((whole * (1.0 - np.eye(6))) @ z[:, np.newaxis])[..., 0]
    np.testing.assert_allclose(density.coherent_product(z), expected, rtol=1e-13, atol=1e-16)


def test_the_choice_by_structure():
    def chosen(drive=(0.1, 0.2), **others):
        return ts.Auto().choose(ts.ThermalMaser(drive, **(BATHS | {"gamma_cold": 0.2} | others)).generator())

    assert chosen() == Collective()
    assert chosen(splittings=SPLIT) == Cauchy()
    assert chosen(n_hot=[1.0, 2.0]) == Cauchy()
    assert chosen(dipole_correlation=0.1) == Block()
    assert chosen(gamma_cold=0.0) == chosen(gamma_hot=0.0) == chosen(gamma_cold=[0.0, 0.2]) == Block()
    for levels, solver in ((149, Cauchy()), (150, LowRank())):
        assert chosen(np.full(levels, 0.1), splittings=np.linspace(0, 0.1, levels)) == solver
    assert chosen(np.full(150, 0.1), splittings=np.linspace(0, 0.1, 150), n_cold=0.0) == Cauchy()


COLD = {"gamma_cold": 0.0}
HOT = {"gamma_hot": 0.0}


@pytest.mark.parametrize("splittings", [0.0, SPLIT])
@pytest.mark.parametrize("correlation", [0.0, 0.4])
def test_without_a_cold_bath_one_occupation_is_equilibrium(splittings, correlation):
    maser = ts.ThermalMaser([0.3, 0.1j], n_hot=3.0, n_cold=0.4, gamma_hot=0.05, gamma_cold=0.0, detuning=0.3,
                            splittings=splittings, dipole_correlation=correlation)  # fmt: skip
    state = ts.steady_state(maser)
    np.testing.assert_allclose(state.populations, np.array([4.0, 3.0, 3.0, 3.0]) / 13.0, rtol=1e-14)
    assert np.count_nonzero(state.rho) == 4
    assert state.coherence_error <= 1e-300
    found, sync = ts.thermodynamics(state), ts.synchronization(state)
    assert found.regime is Regime.IDLE
    assert found.flux == found.power == found.heat_hot == found.heat_cold == 0.0
    assert sync.s_max == 0.0
    assert sync.s_max_error <= 1e-300
    assert sync.optimum is ts.synchronization(np.eye(3) / 3).optimum


def test_without_a_cold_bath_unequal_occupations_keep_the_drive_busy():
    """Quanta go round among the levels: coherence, and no flux to a bath that is not there."""
    item = machine([0.3, 0.1j], n_hot=[3.0, 1.0], n_cold=0.4, gamma_hot=0.05, gamma_cold=0.0)
    state = ts.steady_state(ts.ThermalMaser(item.drive, n_hot=item.n_hot, n_cold=0.4, gamma_hot=0.05, gamma_cold=0.0))
    truth = balls.truth(item)
    assert np.abs(np.linalg.eigvalsh(state.rho - truth.doubles)).sum() <= state.error + 1e-16 <= 1e-12
    assert abs(state.coherence(1, 2)) > 1e-3
    found = ts.thermodynamics(state)
    assert found.flux == 0.0
    # the level that stands for the bath that is missing: any of them gives the same state
    turned = ts.steady_state(
        ts.ThermalMaser(item.drive[::-1], n_hot=item.n_hot[::-1], n_cold=0.4, gamma_hot=0.05, gamma_cold=0.0)
    )
    np.testing.assert_allclose(turned.rho[np.ix_([0, 1, 3, 2], [0, 1, 3, 2])], state.rho, atol=1e-14)


def test_in_a_map_only_the_uncoupled_points_take_the_other_occupation():
    """Either bath switched off, at N = 1, where the state is unique all the same: equilibrium with the other one."""
    hot, cold = np.array([0.05, 0.05, 0.0]), np.array([0.2, 0.0, 0.2])
    maser = ts.ThermalMaser([0.3], n_hot=3.0, n_cold=0.4, gamma_hot=hot, gamma_cold=cold)
    manifold = maser.generator()
    np.testing.assert_allclose(manifold.thermal_ratios(), [[2 / 7, 0.75], [0.75, 0.75], [2 / 7, 2 / 7]], rtol=1e-15)
    assert not manifold.damped_arrow
    state = ts.steady_state(maser)
    assert np.count_nonzero(state.rho[0]) > 3
    for k, ratio in ((1, 0.75), (2, 2 / 7)):
        expected = np.array([1.0, ratio, ratio]) / (1 + 2 * ratio)
        np.testing.assert_allclose(state.rho[k], np.diag(expected), atol=1e-16, rtol=1e-14)
    np.testing.assert_array_equal(ts.thermodynamics(state).regime_codes, [Regime.ENGINE, Regime.IDLE, Regime.IDLE])


@pytest.mark.parametrize("levels", [2, 3])
def test_without_a_hot_bath_dark_levels_are_frozen(levels):
    for splittings in (0.0, np.arange(levels) * 0.1):
        maser = ts.ThermalMaser(np.full(levels, 0.1), n_hot=3.0, n_cold=0.4, gamma_hot=0.0, gamma_cold=0.2,
                                splittings=splittings)  # fmt: skip
        state = ts.steady_state(maser, throw=False)
        if np.any(splittings):
            assert not state.succeeded or state.error <= 1e-6
        else:
            assert state.status is Status.NOT_UNIQUE
            assert state.nullity == 1 + (levels - 1) ** 2
            assert state.error == np.inf


def test_no_bath_at_all_is_not_unique():
    maser = ts.ThermalMaser([0.3], n_hot=3.0, n_cold=0.4, gamma_hot=0.0, gamma_cold=0.0)
    assert ts.steady_state(maser, throw=False).status is Status.NOT_UNIQUE


def test_advice_speaks_of_what_the_system_has():
    maser = ts.ThermalMaser([0.3], n_hot=3.0, n_cold=0.4, gamma_hot=0.1, gamma_cold=0.2)
    system = ts.LindbladSystem(np.diag([0.0, 1.0]), [])
    ours, theirs = maser.generator(), system.generator()
    words = ("dipole", "drive", "splitting", "bath", "level", "LowRank", "Cauchy")
    for status in (Status.NOT_UNIQUE, Status.ILL_CONDITIONED, Status.NOT_CONVERGED):
        assert not any(word in advice(status, theirs) for word in words)
        assert any(word in advice(status, ours) for word in words)
    assert advice(Status.SUCCESS, ours) == advice(Status.SUCCESS, theirs) == Status.SUCCESS.advice
    with pytest.raises(ts.SteadyStateError, match="not unique") as refused:
        ts.steady_state(system)
    assert not any(word in str(refused.value) for word in words)
    frozen = ts.ThermalMaser([0.3, 0.3], n_hot=3.0, n_cold=0.4, gamma_hot=0.0, gamma_cold=0.2)
    with pytest.raises(ts.SteadyStateError, match=r"dipole correlation.*\(2 independent stationary matrices\)\.$"):
        ts.steady_state(frozen)


def judged(*points):
    """Return the status of points with evidence that is good but for what is given of each."""
    density = ts.steady_state(ts.ThermalMaser([0.3], **BATHS, gamma_cold=0.2)).density
    good = {"residual": 0.0, "scale": 1.0, "min_eigenvalue": 0.1, "nullity": 1, "error": 0.0, "coherence_error": 0.0}
    good["stalled"] = False
    arrays = {name: np.array([(good | given)[name] for given in points]) for name in good}
    return [Status(int(code)) for code in Answer(density=density, **arrays).status()]


def test_evidence_is_judged_gravest_finding_first_and_each_at_its_border():
    S = Status
    above, below = 1.0 + 1e-12, 1.0 - 1e-12
    table = [
        ({}, S.SUCCESS),
        ({"error": 1e-6 * below}, S.SUCCESS), ({"error": 1e-6}, S.SUCCESS),
        ({"error": 1e-6 * above}, S.ILL_CONDITIONED),
        ({"error": np.nan}, S.ILL_CONDITIONED), ({"error": np.inf}, S.ILL_CONDITIONED),
        ({"residual": 1e-11}, S.SUCCESS), ({"residual": 1e-11 * above}, S.NOT_CONVERGED),
        ({"residual": 1e-8, "scale": 1e3}, S.SUCCESS), ({"residual": 1.1e-8, "scale": 1e3}, S.NOT_CONVERGED),
        ({"residual": np.nan}, S.NOT_CONVERGED), ({"stalled": True}, S.NOT_CONVERGED), ({"stalled": False}, S.SUCCESS),
        ({"min_eigenvalue": -1e-12}, S.SUCCESS), ({"min_eigenvalue": -1e-12 * above}, S.NOT_POSITIVE),
        ({"min_eigenvalue": -1e-12, "error": 1.0}, S.ILL_CONDITIONED),
        ({"nullity": 2}, S.NOT_UNIQUE),
        ({"nullity": 2, "min_eigenvalue": -1.0, "residual": 1.0, "error": 1.0}, S.NOT_UNIQUE),
        ({"min_eigenvalue": -1.0, "residual": 1.0, "error": 0.9}, S.NOT_POSITIVE),
        ({"min_eigenvalue": -np.inf, "residual": np.nan, "error": np.inf}, S.NOT_POSITIVE),
        # what its error may have made negative is not known well enough, and never a state
        ({"min_eigenvalue": -1e-10, "error": 1e-9}, S.ILL_CONDITIONED),
        ({"min_eigenvalue": -1e-10, "error": 1e-11}, S.NOT_POSITIVE),
        ({"min_eigenvalue": -1.0, "residual": 1.0, "error": 1.0}, S.NOT_CONVERGED),
        ({"residual": 1.0, "error": 1.0}, S.NOT_CONVERGED),
    ]  # fmt: skip
    for given, expected in table:
        assert judged(given) == [expected], given
    # and no point is judged by those beside it
    assert judged(*(given for given, _ in table)) == [expected for _, expected in table]


def singular(n=3):
    """Return a stack in which one matrix has no inverse and one is no number."""
    rng = np.random.default_rng(n)
    stack = rng.normal(size=(4, n, n)) + 1j * rng.normal(size=(4, n, n))
    stack = stack + np.conj(np.swapaxes(stack, -1, -2))
    stack[1] = 0.0
    stack[2, 0, 0] = np.nan
    return stack


def test_a_matrix_that_lapack_cannot_take_is_nan_and_the_others_are_what_they_are_alone():
    stack = singular()
    right = np.ones((4, 3), dtype=complex)
    for k in (0, 3):
        one = stack[k]
        np.testing.assert_allclose(inverses(stack)[k], np.linalg.inv(one), rtol=1e-12)
        np.testing.assert_allclose(solutions(stack, right)[k], np.linalg.solve(one, right[k]), rtol=1e-12)
        np.testing.assert_allclose(eigenvalues(stack)[k], np.linalg.eigvalsh(one), rtol=1e-12)
        np.testing.assert_allclose(spectra(stack)[0][k], np.linalg.eigvalsh(one), rtol=1e-12)
        np.testing.assert_allclose(np.sort(rates(stack)[k].real), np.linalg.eigvalsh(one), rtol=1e-12)
        np.testing.assert_allclose(singular_values(stack)[0][k], np.linalg.svd(one)[1], rtol=1e-12)
    assert np.isnan(inverses(stack)[1:3]).all()
    assert np.isnan(solutions(stack, right)[1:3]).all()
    for found in (eigenvalues(stack), spectra(stack)[0], rates(stack), singular_values(stack)[0]):
        assert np.isnan(found[2]).all()
        assert found.shape == (4, 3)
        np.testing.assert_array_equal(found[1], 0.0)
    assert spectra(stack)[1].shape == singular_values(stack)[1].shape == inverses(stack).shape == (4, 3, 3)
    right[3, 0] = np.inf
    assert np.isnan(solutions(stack, right)[3]).all()
    assert eigenvalues(np.zeros((0, 3, 3))).shape == (0, 3)


def test_large_matrices_are_factorised_beside_the_thread_that_listens(rng):
    matrix = rng.normal(size=(301, 301))
    matrix = matrix + matrix.T
    np.testing.assert_allclose(eigenvalues(matrix), np.linalg.eigvalsh(matrix), atol=1e-10)
    assert np.isnan(inverses(np.zeros((301, 301)))).all()
    values, vectors = spectra(matrix)
    np.testing.assert_allclose(matrix @ vectors, vectors * values, atol=1e-10)


def test_chunks_of_a_map_are_what_the_whole_is(monkeypatch):
    """Points in doubt among them, so that they are refined chunk by chunk, too."""
    maser = ts.ThermalMaser([0.3, 0.1j], **BATHS, splittings=SPLIT, gamma_cold=10.0 ** np.linspace(-11, 0, 9))
    whole = Block().solve(maser.generator())
    monkeypatch.setattr(block, "SOLVED_BYTES", 16 * 10 * 9 * 2)
    parts = Block().solve(maser.generator())
    for name in ("error", "coherence_error", "residual", "min_eigenvalue", "nullity", "scale"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-6, atol=1e-18)
    np.testing.assert_allclose(parts.density.to_array(), whole.density.to_array(), atol=1e-15)
    some = Block().solve(maser.generator().flat().part(np.array([7, 0, 3])))
    np.testing.assert_allclose(some.density.to_array(), whole.density.to_array()[[7, 0, 3]], atol=1e-15)
    assert (whole.error <= 1e-10).all()


def test_the_referee_takes_stacks_and_forty_levels_and_leaves_no_noise():
    gamma_cold = np.array([0.2, 0.5, 1.0])
    maser = ts.ThermalMaser([0.3, 0.1j], **BATHS, splittings=SPLIT, gamma_cold=gamma_cold)
    whole = ts.steady_state(maser, solver=Dense())
    for k, gamma in enumerate(gamma_cold):
        one = ts.ThermalMaser([0.3, 0.1j], **BATHS, splittings=SPLIT, gamma_cold=gamma)
        alone = ts.steady_state(one, solver=Dense())
        np.testing.assert_allclose(whole.rho[k], alone.rho, atol=1e-15)
        assert whole.error[k] == pytest.approx(float(alone.error), rel=0.1, abs=0.0)
        # the thermal part takes the error of populations along, once
        assert alone.error < alone.coherence_error <= 2.0 * alone.error
        # |0> has no coherence with anything: what rounding leaves there would be a phase
        assert np.count_nonzero(alone.rho[0]) == np.count_nonzero(alone.rho[:, 0]) == 1
    assert Dense().max_dimension == 40
    with pytest.raises(ts.ArgumentError, match="at most 40 levels"):
        ts.steady_state(ts.LindbladSystem(np.eye(41), []), solver=Dense())


def test_a_mode_that_grows_is_no_state():
    """A Redfield equation outside its validity: something grows, so the stationary matrix is nobody's."""
    maser = ts.ThermalMaser([[0.5, 0.06], [0.5, 0.06]], n_hot=[[23.0, 0.02], [23.0, 23.0]], n_cold=0.5, gamma_hot=1.0,
                            gamma_cold=0.1, splittings=[1.0, 1.3], dipole_correlation=0.99)  # fmt: skip
    growing = np.linalg.eigvals(maser.generator().drift()).real.max(axis=-1) > 0.0
    np.testing.assert_array_equal(growing, [True, False])
    state = ts.steady_state(maser, throw=False)
    np.testing.assert_array_equal(state.status_codes, [Status.NOT_POSITIVE, Status.SUCCESS])
    assert state.min_eigenvalue[0] == -np.inf
    assert np.isnan(state.rho[0]).all()
    with pytest.raises(ts.SteadyStateError, match="negative eigenvalue"):
        ts.steady_state(maser)
