"""Is a state along time the solution of its equation, and is its error never better than the truth?"""

from typing import ClassVar

import numpy as np
import pytest
import qutip

import evolving
import torusync as ts
from problems import BATHS, LOWERING, letter_maser, qutip_liouvillian, random_maser, random_state
from torusync.dynamics import Method, PhaseState, action, bright, evolution, panels
from torusync.generators import Generator

TIMES = np.array([0.0, 0.2, 1.0, 7.0, 30.0])
NEAR = letter_maser(n_hot=2.0, splittings=[0.0, 0.3], detuning=0.1)
DEFECT = ts.ThermalMaser([0.5 * (0.3 - 0.15)], n_hot=2.0, **BATHS)
"""λ = |a_c − a_h|/2 at resonance: the two rates of the drift and their vectors become one."""


def random_system(rng, size, channels):
    def draw():
        return rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))

    energies = draw()
    return ts.LindbladSystem(energies + energies.conj().T, [(rng.uniform(0.0, 0.3), draw()) for _ in range(channels)])


def masers():
    rng = np.random.default_rng(17)
    shapes = [(levels, correlated) for levels in (1, 2, 3) for correlated in (False, True)]
    yield from ((f"random {n} {c}", random_maser(rng, correlated=c, per_level=True, levels=n)) for n, c in shapes)
    for ratio in (0.4, 4.0, 10.0):
        yield f"letter {ratio:g}", letter_maser(n_hot=0.5 * ratio, splittings=[0.0, 0.1])
    yield "defective", DEFECT
    yield "nearly defective", ts.ThermalMaser(DEFECT.drive * (1.0 + 1e-5), n_hot=2.0, **BATHS)
    yield "aligned", letter_maser(drive=[0.1, 0.1], n_hot=2.0, dipole_correlation=1.0)


@pytest.mark.parametrize(("name", "maser"), list(masers()), ids=[name for name, _ in masers()])
def test_a_machine_is_where_its_exponential_takes_it(name, maser):
    del name
    generator, rng = evolving.maser(maser), np.random.default_rng(3)
    for start in ("ground", random_state(rng, maser.dimension, 2)):
        path = ts.evolve(maser, start, TIMES)
        astray = evolving.astray(path, generator)
        assert (astray <= path.error).all()
        assert astray.max() <= 1e-11
        assert path.error.max() <= 1e-8


def test_any_lindblad_system_is_where_its_exponential_takes_it():
    rng = np.random.default_rng(5)
    for size, channels in ((2, 0), (2, 3), (3, 1), (4, 2)):
        system = random_system(rng, size, channels)
        path = ts.evolve(system, random_state(rng, size, size), TIMES[:4])
        astray = evolving.astray(path, evolving.lindblad(system))
        assert (path.method_codes == Method.ACTION).all()
        assert (astray <= path.error).all()
        assert path.error.max() <= 1e-9


def test_a_sparse_generator_is_that_of_products_of_matrices(monkeypatch):
    lower = np.diag(np.sqrt(np.arange(1.0, 12.0)), 1)
    system = ts.LindbladSystem(
        np.stack([0.3 * (lower + lower.T), 0.1j * (lower - lower.T)]), [([0.1, 0.2], lower), (0.01, lower @ lower)]
    )
    found = ts.evolve(system, 3, TIMES[:3])
    monkeypatch.setattr(action, "SPARSE_LEVELS", 100)
    np.testing.assert_allclose(found.rho, ts.evolve(system, 3, TIMES[:3]).rho, atol=1e-13, rtol=0.0)


def test_qutip_goes_the_same_way():
    path = ts.evolve(NEAR, 1, np.linspace(0.0, 20.0, 5))
    begin = qutip.fock_dm(4, 1)
    options = {"atol": 1e-13, "rtol": 1e-12, "nsteps": 10**6, "method": "dop853"}
    theirs = qutip.mesolve(qutip_liouvillian(NEAR), begin, path.times, options=options).states
    np.testing.assert_allclose(path.rho, [one.full() for one in theirs], atol=1e-10, rtol=0.0)


def test_in_the_laboratory_the_drive_turns():
    """Eq. (6) as it stands: H_0 + V(t) with e^{iΩt}, against the rotating frame turned back."""
    maser, times = NEAR, np.linspace(0.0, 4.0, 5)
    begin = random_state(np.random.default_rng(8), 4, 4)
    path = ts.evolve(maser, begin, times)
    omega = float(maser.drive_frequency)
    energies = qutip.Qobj(np.diag([0.0, 1.0, *maser.level_energies]))
    lift = qutip.Qobj(np.pad(np.asarray(maser.drive)[np.newaxis], ((1, 2), (2, 0))))
    drive = [[lift, lambda t: np.exp(1j * omega * t)], [lift.dag(), lambda t: np.exp(-1j * omega * t)]]
    jumps = []
    for level, n, gamma in ((1, 0.5, 0.2), (2, 2.0, 0.05), (3, 2.0, 0.05)):
        down = qutip.Qobj(np.outer(np.eye(4)[0], np.eye(4)[level]))
        jumps += [np.sqrt(2 * gamma * (1 + n)) * down, np.sqrt(2 * gamma * n) * down.dag()]
    options = {"atol": 1e-12, "rtol": 1e-11, "nsteps": 10**6}
    theirs = qutip.mesolve([energies, *drive], qutip.Qobj(begin), times, jumps, options=options).states
    np.testing.assert_allclose(path.laboratory_rho, [one.full() for one in theirs], atol=1e-8, rtol=0.0)


def test_a_batch_is_its_points():
    batch = ts.ThermalMaser(
        np.array([[0.1, 0.2], [0.7, 2.0], [0.0, 0.0]])[:, np.newaxis], n_hot=np.array([0.2, 2.0])[:, None], **BATHS
    )
    path = ts.evolve(batch, "thermal", TIMES)
    assert path.rho.shape == (3, 2, 5, 4, 4)
    for index in np.ndindex(3, 2):
        one = ts.evolve(batch[index], "thermal", TIMES)
        np.testing.assert_allclose(path.rho[index], one.rho, atol=1e-13, rtol=0.0)
        again = path[index]
        assert again.rho.tobytes() == path.rho[index].tobytes()
    assert path[..., -1].rho.shape == (3, 2, 4, 4)
    assert path[1, :, 2:].times.shape in {(3,), (2, 3)}


def test_starts_and_systems_broadcast():
    states = np.stack([random_state(np.random.default_rng(seed), 4, 3) for seed in range(3)])
    path = ts.evolve(NEAR, states, TIMES)
    assert path.rho.shape == (3, 5, 4, 4)
    np.testing.assert_allclose(path[1].rho, ts.evolve(NEAR, states[1], TIMES).rho, atol=1e-14, rtol=0.0)
    assert np.isfinite(ts.thermodynamics(path).power).all()


def test_where_it_starts():
    def first(start):
        return ts.evolve(NEAR, start, [0.0]).rho[0]

    np.testing.assert_allclose(first("ground"), np.diag([1.0, 0.0, 0.0, 0.0]), atol=1e-15)
    np.testing.assert_allclose(first(3), np.diag([0.0, 0.0, 0.0, 1.0]), atol=1e-15)
    weights = np.array([1.0, 0.5 / 1.5, 2.0 / 3.0, 2.0 / 3.0])
    np.testing.assert_allclose(first("thermal"), np.diag(weights / weights.sum()), atol=1e-15)
    sync = ts.synchronization(ts.steady_state(NEAR))
    rho = first(PhaseState(sync.phases))
    there = np.isfinite(sync.phases)
    np.testing.assert_allclose(np.diagonal(rho), there / there.sum(), atol=1e-15)
    pulled = np.angle(rho[1, 2]) - (sync.phases[1] - sync.phases[2])
    assert abs((pulled + np.pi) % (2 * np.pi) - np.pi) < 1e-14
    state = ts.steady_state(NEAR)
    np.testing.assert_allclose(ts.evolve(NEAR, state, TIMES).rho, np.stack([state.rho] * 5), atol=1e-13)
    assert ts.evolve(NEAR, state, TIMES).error.min() >= state.error


def test_half_way_is_a_start():
    whole = ts.evolve(NEAR, "ground", TIMES)
    rest = ts.evolve(NEAR, whole[2], TIMES[2:])
    assert (np.linalg.norm(rest.rho - whole.rho[2:], ord="nuc", axis=(-2, -1)) <= rest.error).all()
    assert (rest.error >= whole.error[2]).all()


def test_what_is_not_unique_depends_on_its_start():
    """A dark state |2> − |3> of aligned dipoles neither decays nor is fed: what begins there stays there."""
    maser = letter_maser(drive=[0.1, 0.1], n_hot=2.0, dipole_correlation=1.0)
    with pytest.raises(ts.SteadyStateError, match=r"`evolve`"):
        ts.steady_state(maser)
    dark, bright = np.array([0.0, 0.0, 1.0, -1.0]) / 2**0.5, np.array([0.0, 0.0, 1.0, 1.0]) / 2**0.5
    path = ts.evolve(maser, np.stack([np.outer(dark, dark), np.outer(bright, bright)]), [0.0, 400.0])
    np.testing.assert_allclose(path.rho[0, 1], np.outer(dark, dark), atol=1e-12)
    assert abs(dark @ path.rho[1, 1] @ dark) < 1e-12
    late = ts.evolve(maser, 2, [0.0, 400.0]).rho[1]
    assert abs(dark @ late @ dark - 0.5) < 1e-12


def test_the_end_is_the_steady_state():
    for ratio in (0.4, 4.0, 10.0):
        maser = letter_maser(n_hot=0.5 * ratio, splittings=[0.0, 0.1])
        path, state = ts.evolve(maser, "ground", [0.0, 400.0]), ts.steady_state(maser)
        assert np.linalg.norm(path.rho[1] - state.rho, "nuc") <= path.error[1] + state.error


class Foreign(Generator):
    """A generator that nobody knows, here of a decaying qubit or of what is none."""

    dimension = 2
    AXES: ClassVar = {"rate": 0}

    def __init__(self, rate):
        self.rate = np.asarray(rate)

    def liouvillian(self):
        one, decay = np.eye(2), LOWERING.T @ LOWERING
        kick = 2 * np.kron(LOWERING, LOWERING) - np.kron(decay, one) - np.kron(one, decay)
        return self.rate[..., np.newaxis, np.newaxis] * kick.astype(np.complex128)

    def liouvillian_rounding(self):
        return np.zeros(self.batch_shape)

    def change(self, density):
        rho = density.to_array()
        return (self.liouvillian() @ rho.reshape(*rho.shape[:-2], 4, 1)).reshape(rho.shape)

    def scale(self, density):
        del density
        return 4.0 * np.abs(self.rate)

    def flat(self, batch=None):
        return Foreign(np.broadcast_to(self.rate, self.batch_shape if batch is None else batch).reshape(-1))

    def part(self, chunk):
        return Foreign(self.rate[chunk])


class Strange:
    """A system of one's own kind of generator."""

    def __init__(self, rate):
        self.rate, self.batch_shape, self.dimension = rate, (), 2

    def generator(self):
        return Foreign(self.rate)


@pytest.mark.parametrize("rate", [0.3, -0.3])
def test_a_generator_of_one_s_own_evolves_and_may_let_states_part(rate):
    """ρ_11 decays, or grows, at 2Γ; with a negative rate no error stays as it is."""
    path = ts.evolve(Strange(rate), np.diag([0.9, 0.1]), [0.0, 1.0, 4.0])
    np.testing.assert_allclose(path.rho[:, 1, 1], 0.1 * np.exp(-2 * rate * path.times), rtol=1e-12)
    grown = path.error[2] / path.error[1]
    assert bool(grown > np.exp(0.6 * 3.0)) is (rate < 0.0)


def choi_growth(generator):
    """Twice the negative part of the channels' matrix, from the whole generator: the route that any generator takes."""
    return action._of_any(generator).growth


def test_dipoles_whose_rates_are_no_rates_let_errors_grow():
    maser = letter_maser(n_hot=[0.1, 6.0], splittings=[0.0, 0.3], dipole_correlation=1.0)
    flat = maser.generator().flat()
    own = panels.growth(flat)
    assert own[0] > 0.05
    np.testing.assert_allclose(choi_growth(flat), own, rtol=1e-6)
    assert panels.growth(letter_maser(n_hot=2.0, dipole_correlation=0.5).generator().flat())[0] < 1e-14
    path = ts.evolve(maser, "ground", TIMES)
    assert path.error[-1] > 3.0 * np.exp(own[0] * 23.0) * path.error[1]


# -- whatever is spoilt, the error says so ---------------------------------------------------------------------


@pytest.fixture
def alone(monkeypatch):
    """Panels are not doubted, and nobody is faster."""
    monkeypatch.setattr(evolution, "_GOOD", np.inf)
    monkeypatch.setattr(evolution, "STRIDE_LEVELS", 0)
    return monkeypatch


def honest(path, generator):
    astray = evolving.astray(path, generator)
    assert (astray <= path.error).all()
    return astray.max()


def test_modes_that_are_none_are_seen(alone):
    true = bright.modes

    def spoilt(stack):
        rates, vectors = true(stack)
        return rates + 1e-7, vectors + 1e-7 * np.arange(vectors.shape[-1])

    alone.setattr(bright, "modes", spoilt)
    assert honest(ts.evolve(NEAR, "ground", TIMES), evolving.maser(NEAR)) > 1e-8


@pytest.mark.parametrize("reach", [28.0, 30.0, 32.0])
def test_panels_that_are_too_long_are_seen(alone, reach):
    maser = letter_maser(drive=[1.5, 1.0j], n_hot=2.0, splittings=[0.0, 2.0])
    alone.setattr(panels, "_REACH", reach)
    times = np.linspace(0.0, 60.0, 61)
    assert honest(ts.evolve(maser, "ground", times), evolving.maser(maser)) > 1e-13


def test_a_pump_that_is_another_is_seen(alone):
    true = panels.inverses
    alone.setattr(panels, "inverses", lambda stack: true(stack) * (1.0 + 1e-8))
    assert honest(ts.evolve(NEAR, "thermal", TIMES), evolving.maser(NEAR)) > 1e-10


def test_a_series_that_is_cut_is_seen(monkeypatch):
    system = random_system(np.random.default_rng(2), 3, 2)
    monkeypatch.setattr(action, "_TERMS", 9)
    assert honest(ts.evolve(system, 0, TIMES[:4]), evolving.lindblad(system)) > 1e-8


def test_modes_that_are_nearly_none_are_followed_by_a_series_too(monkeypatch):
    maser = ts.ThermalMaser(DEFECT.drive * (1.0 + 1e-5), n_hot=2.0, **BATHS)
    both = ts.ThermalMaser(np.stack([maser.drive, [0.3]]), n_hot=2.0, **BATHS)
    found = ts.evolve(both, 1, TIMES)
    assert found.method_codes[:, 1:].tolist() == [[Method.ACTION] * 4, [Method.PANELS] * 4]
    assert found.error.max() < 1e-11
    monkeypatch.setattr(evolution, "_STEPS", 1.0)
    alone = ts.evolve(both, 1, TIMES)
    assert (alone.method_codes == Method.PANELS).all()
    assert alone.error[0].max() > evolution._GOOD


@pytest.mark.usefixtures("alone")
def test_a_basis_of_which_six_digits_are_left_is_no_basis():
    """1 + 1e-5 off the defect the condition of V is some 500; at 1e-7 it is ten times that, and the series is asked."""
    methods = []
    for off in (1e-4, 1e-5, 1e-7, 0.0):
        maser = ts.ThermalMaser(DEFECT.drive * (1.0 + off), n_hot=2.0, **BATHS)
        path = ts.evolve(maser, 1, TIMES)
        assert honest(path, evolving.maser(maser)) < 1e-9
        methods.append(path[-1].method)
    assert methods == [Method.PANELS, Method.PANELS, Method.ACTION, Method.ACTION]
    both = ts.ThermalMaser(np.stack([DEFECT.drive, 2.0 * DEFECT.drive]), n_hot=2.0, **BATHS)
    assert ts.evolve(both, 1, TIMES).method_codes[:, -1].tolist() == [Method.ACTION, Method.PANELS]
