"""Is what is fast or long followed in a few products, with an error that holds, or else refused in a sentence?"""

from fractions import Fraction

import numpy as np
import pytest

import evolving
import torusync as ts
from problems import BATHS, LOWERING, letter_maser, random_maser, random_state, refused
from torusync import dynamics
from torusync.dynamics import EvolutionInterrupted, Method, action, evolution, panels, propagators
from torusync.generators import LindbladGenerator

SWING = LOWERING + LOWERING.T
FAST = (1e3, 1e5, 1e8)
LONG = np.array([0.0, 0.1, 1.0, 7.0, 30.0, 1e4])


def qubit(fast, decay=1.0):
    return ts.LindbladSystem(fast * SWING, [(decay, LOWERING)] if np.any(decay) else [])


def random_system(size, fast, slow):
    rng = np.random.default_rng(size)
    energies, jump = rng.normal(size=(2, size, size)) + 1j * rng.normal(size=(2, size, size))
    return ts.LindbladSystem(fast * (energies + energies.conj().T), [(slow, jump), (30.0, np.diag(np.arange(size)))])


def systems():
    for fast in FAST:
        yield f"oscillating {fast:g}", qubit(fast), 1e-12 * fast
        yield f"closed {fast:g}", qubit(fast, 0.0), 1e-8 * fast
        yield f"stiff {fast:g}", ts.LindbladSystem(SWING, [(fast, LOWERING)]), 1e-11
    for size in (3, 4):
        ladder = np.diag(np.ones(size - 1), 1)
        yield f"ladder {size}", ts.LindbladSystem(np.zeros((size, size)), [(1e4, ladder)]), 1e-10
        yield f"random {size}", random_system(size, 1e3, 1.0), 1e-8
        yield f"strongly damped {size}", random_system(size, 1.0, 1e4), 1e-9


@pytest.mark.parametrize(("name", "system", "good"), list(systems()), ids=[name for name, *_ in systems()])
def test_few_levels_are_where_their_exponential_takes_them(name, system, good):
    del name
    generator = evolving.lindblad(system)
    for start in (system.dimension - 1, random_state(np.random.default_rng(1), system.dimension, 2)):
        path = ts.evolve(system, start, LONG)
        assert (path.method_codes == Method.PROPAGATORS).all()
        assert (evolving.astray(path, generator) <= path.error).all()
        assert path.error.max() <= good
        np.testing.assert_array_equal(path.rho, np.conj(np.swapaxes(path.rho, -1, -2)))


def test_while_a_ladder_empties():
    """No two modes of a ladder are apart: L is as defective as can be."""
    ladder = np.diag(np.ones(3), 1)
    system = ts.LindbladSystem(np.zeros((4, 4)), [(1e4, ladder)])
    path = ts.evolve(system, 3, [0.0, 2e-5, 1e-4, 3e-4, 1.0])
    assert (path.populations[1:4] > 1e-3).sum() > 6
    assert (evolving.astray(path, evolving.lindblad(system)) <= path.error).all()


def test_a_machine_that_is_driven_hard_is_followed_too():
    strong = ts.ThermalMaser([1e6, 1e6j], n_hot=2.0, splittings=[0.0, 0.3], **BATHS)
    path = ts.evolve(strong, "thermal", [0.0, 0.3, 5.0])
    assert (path.method_codes[1:] == Method.PROPAGATORS).all()
    assert (evolving.astray(path, evolving.maser(strong)) <= path.error).all()
    assert path.error.max() < 1e-5


@pytest.fixture
def squared(monkeypatch):
    """All that has few levels is followed by matrices."""
    monkeypatch.setattr(evolution, "_SHORT", -1)
    monkeypatch.setattr(evolution, "_MANY", 0)
    monkeypatch.setattr(evolution, "_PANEL_REACH", 1.0)
    monkeypatch.setattr(evolution, "_CALL", 0.0)
    monkeypatch.setattr(evolution, "_EACH", 0.0)
    monkeypatch.setattr(evolution, "_OPERATIONS", np.inf)
    return monkeypatch


@pytest.mark.usefixtures("squared")
def test_machines_are_where_matrices_take_them_and_errors_grow_where_states_part():
    rng = np.random.default_rng(17)
    parting = letter_maser(n_hot=[0.1, 6.0], splittings=[0.0, 0.3], dipole_correlation=1.0)
    for maser in (random_maser(rng, correlated=True, per_level=True, levels=2), parting):
        path = ts.evolve(maser, random_state(rng, 4, 2), [0.0, 0.2, 1.0, 7.0])
        assert (path.method_codes == Method.PROPAGATORS).all()
        assert (evolving.astray(path, evolving.maser(maser)) <= path.error).all()
    growth = panels.growth(parting.generator().flat())[0]
    assert path.error[-1] > np.exp(0.9 * 6.0 * growth) * path.error[2]


# -- in how many products --------------------------------------------------------------------------------------


@pytest.fixture
def count(monkeypatch):
    done, true = [], propagators.product

    def counted(one, other):
        done.append(len(one))
        return true(one, other)

    monkeypatch.setattr(propagators, "product", counted)
    return done


def test_a_time_takes_as_many_products_as_its_logarithm(count):
    for fast in FAST:
        count.clear()
        ts.evolve(qubit(fast), "ground", [0.0, 1.0])
        assert propagators.PRODUCTS < len(count) <= propagators.PRODUCTS + np.log2(fast) + 4


def test_equal_steps_share_their_propagator(count):
    ts.evolve(qubit(1e5), "ground", [0.0, 0.1])
    one = len(count)
    count.clear()
    # four hundred differences of which rounding makes ten
    times = np.linspace(0.0, 40.0, 401)
    assert len(np.unique(np.diff(times))) > 5
    path = ts.evolve(qubit(1e5), "ground", times)
    assert len(count) == one
    assert (evolving.astray(path[::80], evolving.lindblad(qubit(1e5))) <= path.error[::80]).all()


def test_steps_of_which_one_differs_take_two(count):
    ts.evolve(qubit(1e5), "ground", [0.0, 1.0, 2.0, 2.5, 3.5])
    assert len(count) <= 2 * (propagators.PRODUCTS + 22)


def test_a_batch_is_its_points_and_slow_ones_are_as_good_as_alone():
    fast = np.array([1e3, 1e7, 2e4])
    path = ts.evolve(qubit(fast[:, np.newaxis, np.newaxis]), 1, [0.0, 1.0, 3.0])
    for place, one in enumerate(fast):
        alone = ts.evolve(qubit(one), 1, [0.0, 1.0, 3.0])
        np.testing.assert_allclose(path.error[place], alone.error, rtol=1e-6)
        assert (np.abs(path.rho[place] - alone.rho) <= 2.0 * alone.error[:, np.newaxis, np.newaxis]).all()


def test_what_relaxes_is_known_however_long_it_takes_and_nothing_is_where_phases_are_lost():
    steady = ts.steady_state(qubit(1.0))
    path = ts.evolve(qubit(1.0), 1, [0.0, 1e100])
    assert np.linalg.norm(path.rho[1] - steady.rho, "nuc") <= path.error[1] + steady.error
    assert path.error[1] < 1e-10
    lost = ts.evolve(qubit(1e5, 0.0), 1, [0.0, 1e100])
    np.testing.assert_allclose(lost.rho[1], np.eye(2) / 2, atol=1e-15)
    assert 1.0 <= lost.error[1] < 4.0


# -- whatever is spoilt, the error says so ---------------------------------------------------------------------


def honest(system, start, times):
    path = ts.evolve(system, start, times)
    assert (path.method_codes[1:] == Method.PROPAGATORS).all()
    astray = evolving.astray(path, evolving.lindblad(system))
    assert (astray <= path.error).all()
    return astray.max()


@pytest.mark.parametrize("decay", [0.0, 1.0])
def test_arithmetic_of_few_digits_is_seen(monkeypatch, decay):
    """Each entry of a product is off by what sums of so many terms may lose, all of them in the same direction."""
    coarse, true = 1e-11, propagators.product

    def spoilt(one, other):
        found = true(one, other)
        most = 1.4 * one.shape[-1] * coarse * (np.abs(one) @ np.abs(other))
        return found + most * np.exp(1j * np.angle(found))

    monkeypatch.setattr(propagators, "EPS", coarse)
    monkeypatch.setattr(propagators, "product", spoilt)
    assert honest(qubit(300.0, decay), 1, [0.0, 1.0, 2.0]) > 1e-9


COARSE = 1e-9
PLUS = np.full((1, 2, 2), 0.5, dtype=complex)
NOTHING, ALL = np.zeros(1), np.ones(1)


def phases(angle):
    """The map of a qubit whose levels are apart by an angle, exactly: it only turns coherences."""
    return np.diag(np.exp(1j * angle * np.array([0.0, 1.0, -1.0, 0.0])))[np.newaxis]


def rotated(found, most):
    """All that rounding may do, as a turn, which no trace and no size tells."""
    return found + 1j * most * np.exp(1j * np.angle(found)) * np.sign(np.imag(found))


def test_what_a_squaring_rounds_is_in_its_error(monkeypatch):
    true = propagators.product

    def spoilt(one, other):
        most = 1.4 * one.shape[-1] * COARSE * (np.abs(one) @ np.abs(other))
        return rotated(true(one, other), most)

    monkeypatch.setattr(propagators, "EPS", COARSE)
    monkeypatch.setattr(propagators, "product", spoilt)
    # what is added for the trace would hide it
    monkeypatch.setattr(propagators, "_settled", lambda found: found)
    found = propagators.Propagator(phases(1.0), NOTHING, ALL, ALL, NOTHING).squared()
    astray = np.linalg.norm(propagators.turned(found.matrix - phases(2.0), PLUS)[0], "nuc")
    assert 1e-9 < astray <= found.error[0]


def test_what_a_step_rounds_is_in_its_error(monkeypatch):
    true = propagators.turned

    def spoilt(matrix, rho):
        most = 1.4 * matrix.shape[-1] * COARSE * true(np.abs(matrix), np.abs(rho))
        return rotated(true(matrix, rho), most)

    monkeypatch.setattr(propagators, "EPS", COARSE)
    monkeypatch.setattr(propagators, "turned", spoilt)
    found = propagators.Propagator(phases(1.0), NOTHING, ALL, ALL, NOTHING)
    rho, error = propagators._applied(found, PLUS, PLUS, NOTHING)
    astray = np.linalg.norm(rho[0] - true(phases(1.0), PLUS)[0], "nuc")
    assert 1e-9 < astray <= error[0]


def test_an_error_of_the_trace_is_never_forgotten():
    whole = propagators.Superoperator.of(qubit(1.0).generator().flat(()), NOTHING)
    found = propagators.Propagator.over(whole, 1e3)
    assert found.nearing[0] < 1e-9
    for off, least in ((PLUS, 1e-6), (np.diag([1.0, -1.0])[np.newaxis], 0.0)):
        rho = PLUS + 1e-6 * off
        out, error = propagators._applied(found, rho, PLUS, np.array([1e-6 * np.linalg.norm(off[0], "nuc")]))
        astray = np.linalg.norm(out - propagators._applied(found, PLUS, PLUS, NOTHING)[0], "nuc", axis=(-2, -1))
        assert astray[0] <= error[0]
        assert 0.9 * least <= error[0] <= 1.1 * least + 1e-9


def test_traces_are_kept_but_for_what_is_told():
    missed = []
    for seed in range(20):
        system = random_system(2 + seed % 3, 10.0, 0.1 + seed)
        whole = propagators.Superoperator.of(system.generator().flat(()), NOTHING)
        found = propagators.Propagator.over(whole, 0.3)
        size = system.dimension
        rows = found.matrix[0, np.arange(size) * (size + 1)]
        one = np.eye(size).reshape(-1)
        real = [float(sum(map(Fraction, column)) - int(kept)) for column, kept in zip(rows.real.T, one, strict=True)]
        turned = [float(sum(map(Fraction, column))) for column in rows.imag.T]
        missed.append(np.linalg.norm([*real, *turned]))
        assert missed[-1] <= found.leaking[0]
    assert max(missed) > 0.0


def test_a_series_that_is_cut_is_seen(monkeypatch):
    monkeypatch.setattr(propagators, "_DEGREE", 7)
    assert honest(qubit(300.0, 0.0), 1, [0.0, 1.0, 2.0]) > 1e-5


def test_times_that_are_taken_for_others_are_seen(monkeypatch):
    monkeypatch.setattr(propagators, "_ALIKE", 1e-6)
    times = np.array([0.0, 1.0, 2.0 + 1e-6, 3.0, 4.0 - 1e-6])
    assert honest(qubit(300.0, 0.0), 1, times) > 1e-5
    assert honest(ts.LindbladSystem(SWING, [(300.0, LOWERING)]), 1, times) < 1e-5


def test_the_difference_of_times_that_are_far_apart_is_rounded_and_that_is_known():
    """1e5 − 0.1 is no double: half of its last digit turns a phase of 1e8 by some 1e-3."""
    assert honest(qubit(1e3, 0.0), 1, [-0.1, 1e5]) < 1e-5
    assert propagators._longer(1e5 + 0.1, -0.1, 1e5) != 0.0


def test_a_matrix_that_is_rounded_is_seen(monkeypatch):
    true = LindbladGenerator.liouvillian
    off = 1e-8 * np.diag([0.0, 1j, -1j, 0.0])
    monkeypatch.setattr(LindbladGenerator, "liouvillian", lambda self: true(self) + off)
    told = np.linalg.norm(off)
    monkeypatch.setattr(LindbladGenerator, "liouvillian_rounding", lambda self: np.full(self.batch_shape, told))
    system = ts.LindbladSystem(np.diag([0.0, 300.0]), [(1e-3, LOWERING)])
    assert honest(system, np.full((2, 2), 0.5), [0.0, 10.0, 20.0]) > 1e-8


# -- what takes too long ---------------------------------------------------------------------------------------


def cavity(size, fast):
    lower = np.diag(np.sqrt(np.arange(1.0, size)), 1)
    return ts.LindbladSystem(fast * (lower + lower.T), [(1.0, lower)])


WIDE = ts.ThermalMaser(np.full(40, 1e6), n_hot=2.0, splittings=np.linspace(0.0, 1.0, 40), **BATHS)
NEAR = letter_maser(n_hot=2.0, splittings=[0.0, 0.3], detuning=0.1)

ENDLESS = {
    "many levels": (lambda: ts.evolve(cavity(40, 1e5), 0, [0.0, 100.0]), "`times`", "1.15e+08 steps of time", "hours"),
    "a wide machine": (lambda: ts.evolve(WIDE, 0, [0.0, 100.0]), "`times`", "panels of time for 42", "steady_state"),
    "frozen phases": (lambda: dynamics.phase_model(NEAR).frozen().run(1e9), "`duration`", "steps of time", "hours"),
    "a flow": (lambda: dynamics.torus_flow(ts.steady_state(NEAR), 1e12), "`duration`", "along the gradient", "hours"),
    "jumps": (lambda: dynamics.unravel(qubit(1e9), 0, [0.0, 1.0]), "`times`", "1e+11 steps of QuTiP", "another seed"),
    "detection": (
        lambda: dynamics.unravel(qubit(1e6), 0, [0.0, 1.0], kind=dynamics.Unravelling.HETERODYNE),
        "`times`",
        "2e+09 steps",
        "fewer trajectories",
    ),
}


@pytest.mark.parametrize("case", ENDLESS)
def test_what_takes_hours_is_refused_with_the_number(case):
    call, *words = ENDLESS[case]
    refused(call, "need no more than some 15 minutes", *words)


def test_a_batch_of_many_is_refused_as_one(monkeypatch):
    many = cavity(40, np.array([1.0, 2.0, 1e5])[:, np.newaxis, np.newaxis])
    monkeypatch.setattr(evolution, "EVOLVED_BYTES", 1)
    monkeypatch.setattr(evolution, "act", None)
    refused(lambda: ts.evolve(many, 0, [0.0, 100.0]), "steps of time for 40 levels")


@pytest.mark.parametrize(("system", "module"), [(cavity(33, 3.0), action), (NEAR, panels)])
def test_somebody_is_told_on_the_way_to_one_time_and_may_stop(monkeypatch, system, module):
    monkeypatch.setattr(module, "_TOLD", 4)
    monkeypatch.setattr(evolution, "STRIDE_LEVELS", 0)
    times, told = [0.0, 300.0] if module is panels else [0.0, 1.0], []
    ts.evolve(system, "ground", times, progress=told.append)
    assert len(told) > 5
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.5, 1.0)

    def stop(share):
        if share > 0.6:
            raise KeyboardInterrupt

    with pytest.raises(EvolutionInterrupted) as caught:
        ts.evolve(system, "ground", times, progress=stop)
    assert caught.value.trajectory.computed.tolist() == [True, False]
