"""Are few levels at equally spaced times where their exponential takes them, and is what is told of them honest?"""

import numpy as np
import pytest

import evolving
import torusync as ts
from problems import BATHS, letter_maser, random_maser, random_state
from torusync.dynamics import EvolutionInterrupted, Method, evolution, strides

TIMES = np.linspace(0.0, 12.0, 13)
NEAR = letter_maser(n_hot=2.0, splittings=[0.0, 0.3], detuning=0.1)


def honest(maser, start, times=TIMES):
    path = ts.evolve(maser, start, times)
    assert (path.method_codes[1:] == Method.PROPAGATORS).all()
    astray = evolving.astray(path, evolving.maser(maser))
    assert (astray <= path.error).all()
    return astray.max(), path.error.max()


@pytest.mark.parametrize("levels", [1, 2, 3])
@pytest.mark.parametrize("correlated", [False, True])
def test_a_machine_is_where_its_exponential_takes_it(levels, correlated):
    rng = np.random.default_rng([levels, correlated])
    for ground in (False, True):
        maser = random_maser(rng, correlated=correlated, per_level=True, levels=levels)
        rho = random_state(rng, maser.dimension, 2)
        if not ground:
            rho[0, 1:] = rho[1:, 0] = 0.0
        astray, error = honest(maser, rho, TIMES[:6])
        assert astray <= 1e-12
        assert error <= 1e-9


@pytest.mark.parametrize("ratio", [0.4, 4.0, 10.0])
@pytest.mark.parametrize("off", [0.0, 1e-6, 1e-3])
def test_modes_are_not_asked_for(ratio, off):
    """At and near an exceptional point, λ = |a_c − a_h|/2, where eigenvectors are no basis."""
    hot = 0.5 * ratio
    maser = ts.ThermalMaser(
        [0.5 * abs(0.3 - 0.05 * (1.0 + hot)) * (1.0 + off) + (hot == 5.0) * off], n_hot=hot, **BATHS
    )
    astray, error = honest(maser, 1, np.linspace(0.0, 60.0, 4))
    assert astray <= 1e-13
    assert error <= 1e-10


def test_states_are_hermitian_to_the_last_bit_and_the_first_is_the_start():
    rho = random_state(np.random.default_rng(1), 4, 3)
    path = ts.evolve(NEAR, rho, TIMES)
    assert (path.rho == np.conj(np.swapaxes(path.rho, -1, -2))).all()
    assert path.rho[0].tobytes() == rho.tobytes()
    assert path.error[0] < 1e-15
    np.testing.assert_allclose(np.trace(path.rho, axis1=-2, axis2=-1), 1.0, atol=1e-14)


def test_a_batch_is_its_points_however_unlike_they_are():
    """One that is a thousand times as fast would have the others squared ten times more."""
    drive = np.array([[0.1, 0.2], [80.0, 1.0], [0.0, 0.0], [0.3, 0.1j], [90.0, 2.0]])
    path = ts.evolve(ts.ThermalMaser(drive, n_hot=2.0, **BATHS), 2, TIMES)
    assert (path.method_codes == Method.PROPAGATORS).all()
    for place, one in enumerate(drive):
        alone = ts.evolve(ts.ThermalMaser(one, n_hot=2.0, **BATHS), 2, TIMES)
        assert (np.linalg.norm(path.rho[place] - alone.rho, "nuc", axis=(-2, -1)) <= path.error[place] + 1e-13).all()
        assert (path.error[place] <= 5.0 * alone.error + 1e-14).all()
        assert path.error[place].max() <= 1e-9


def test_what_is_told_on_the_way_is_what_is_found_at_once():
    batch = ts.ThermalMaser(np.array([[0.1, 0.2], [0.3, 0.4]]), n_hot=2.0, **BATHS)
    told = []
    path = ts.evolve(batch, "ground", TIMES, progress=told.append)
    assert told == pytest.approx([1 / 13, 2 / 13, 4 / 13, 8 / 13, 1.0])
    np.testing.assert_allclose(path.rho, ts.evolve(batch, "ground", TIMES).rho, atol=1e-15)

    def stop(share):
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(EvolutionInterrupted) as caught:
        ts.evolve(batch, "ground", TIMES, progress=stop)
    assert caught.value.trajectory.computed.sum() == 16


def test_what_is_less_certain_is_followed_by_others(monkeypatch):
    monkeypatch.setattr(evolution, "_GOOD", 1e-12)
    path = ts.evolve(NEAR, "ground", np.linspace(0.0, 200.0, 401))
    assert Method.PROPAGATORS in path.method_codes
    assert path.method_codes[-1] != Method.PROPAGATORS
    monkeypatch.undo()
    assert (ts.evolve(NEAR, "ground", np.linspace(0.0, 200.0, 401)).method_codes == Method.PROPAGATORS).all()


def test_times_that_are_not_equally_spaced_are_left_to_others():
    assert strides.equal_step(np.array([0.0, 1.0, 2.0 + 1e-9])) == 0.0
    assert strides.equal_step(np.array([3.0])) == 0.0
    assert strides.equal_step(0.1 * np.arange(40.0)) == pytest.approx(0.1)
    assert (ts.evolve(NEAR, "ground", [0.0, 1.0, 2.5]).method_codes == Method.PANELS).all()
    wide = ts.ThermalMaser(np.full(6, 0.1), n_hot=2.0, splittings=np.linspace(0.0, 0.3, 6), **BATHS)
    assert (ts.evolve(wide, "ground", TIMES).method_codes == Method.PANELS).all()


# -- whatever is spoilt, the error says so ---------------------------------------------------------------------

COARSE = 1e-9
"""A rounding that is seen, in place of one that is not."""


@pytest.fixture
def alone(monkeypatch):
    """What is less certain is not followed by others."""
    monkeypatch.setattr(evolution, "_GOOD", np.inf)
    return monkeypatch


def test_a_series_that_is_cut_is_seen(alone):
    alone.setattr(strides, "_DEGREE", 7)
    assert honest(NEAR, "ground")[0] > 1e-9


def test_a_generator_that_is_rounded_is_seen(alone):
    """Each number of A, S and ω_1 is off by what a few operations may make of it."""
    true = strides._generator

    def spoilt(block, form):
        with pytest.MonkeyPatch.context() as coarse:
            coarse.setattr(strides, "EPS", COARSE)
            matrix, rounding = true(block, form)
        return matrix * (1.0 - 8.0 * COARSE), rounding

    alone.setattr(strides, "_generator", spoilt)
    assert honest(NEAR, 1)[0] > 1e-9


def turned(angle):
    """Two levels apart by an angle: their coherence as two numbers, and the map that turns it."""
    return np.array([[[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]])


def test_what_a_squaring_rounds_and_doubles_is_in_its_error(alone):
    alone.setattr(strides, "EPS", COARSE)
    one, nothing = np.ones(1), np.zeros(1)
    off = 1e-6
    found = strides._Power(turned(1.0 + off), np.array([np.sqrt(2.0) * off]), one).squared(2)
    assert found.error[0] >= np.sqrt(2.0) * np.linalg.norm((found.matrix - turned(2.0))[0], 2) > 1e-6
    alone = strides._Power(turned(1.0), nothing, one).squared(2)
    most = 2.0 * COARSE * np.linalg.norm(np.abs(turned(1.0)[0]) @ np.abs(turned(1.0)[0]), 2)
    assert alone.error[0] >= np.sqrt(2.0) * most


def test_squarings_of_few_digits_are_seen(alone):
    """Every entry of a product is off by what sums of so many terms may lose."""
    true = strides._Power.squared

    def spoilt(self, size):
        found = true(self, size)
        return strides._Power(found.matrix * (1.0 - 4.0 * COARSE), found.error, found.growth)

    alone.setattr(strides, "EPS", COARSE)
    alone.setattr(strides._Power, "squared", spoilt)
    assert honest(NEAR, 1)[0] > 1e-8


def test_products_with_states_of_few_digits_are_seen(alone):
    """One step that is so short that its series has no rounding to speak of."""
    true, few = np.matmul, strides._rounded

    def matmul(one, other, **more):
        return true(one, other * (1.0 - 4.0 * COARSE) if "out" in more and other.shape[-1] == 10 else other, **more)

    alone.setattr(strides, "np", _With(matmul))
    alone.setattr(strides, "_series", lambda step: np.eye(10) + step + 0.5 * step @ step)
    alone.setattr(strides, "_rounded", lambda many: few(many) * COARSE / strides.EPS)
    assert honest(NEAR, 1, np.array([0.0, 1e-6]))[0] > 1e-9


class _With:
    """NumPy with another product."""

    def __init__(self, matmul):
        self.matmul = matmul

    def __getattr__(self, name):
        return getattr(np, name)


def test_times_that_are_taken_for_others_are_seen(alone):
    alone.setattr(strides, "_ALIKE", 1e-6)
    assert honest(NEAR, 1, np.array([0.0, 1.0, 2.0 + 1e-6, 3.0, 4.0 - 1e-6]))[0] > 1e-7


@pytest.mark.usefixtures("alone")
def test_what_lets_states_part_lets_errors_grow():
    """Aligned dipoles of unequal occupations have a rate below zero."""
    maser = letter_maser(n_hot=[0.1, 6.0], splittings=[0.0, 0.3], dipole_correlation=1.0)
    path = ts.evolve(maser, "ground", TIMES)
    assert (path.method_codes == Method.PROPAGATORS).all()
    own = strides.growth(maser.generator().flat())[0]
    assert path.error[-1] > 2.0 * np.exp(own * 11.0) * path.error[1]
    assert (evolving.astray(path, evolving.maser(maser)) <= path.error).all()
