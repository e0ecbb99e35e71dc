"""Are states right where panels grow once |0> has been emptied, and where ρ is worked out at their nodes alone?"""

import numpy as np
import pytest

import evolving
import torusync as ts
from problems import BATHS, letter_maser
from torusync.dynamics import Method, evolution, panels, unfolding

HOT = letter_maser(drive=[0.2, 0.1j, 0.3], n_hot=20.0, splittings=[0.0, 0.4, 0.5])
"""|0> is emptied at 6.2, and its modes turn and decay at 2.2 at most."""

WIDE = ts.ThermalMaser(np.full(8, 0.2), n_hot=2.0, splittings=np.linspace(0.0, 1.0, 8), **BATHS)


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Panels are not doubted, and nobody is faster."""
    monkeypatch.setattr(evolution, "_GOOD", np.inf)
    monkeypatch.setattr(evolution, "STRIDE_LEVELS", 0)
    return monkeypatch


def plan(maser, times):
    block = maser.generator().flat(())
    _, rates, _, _ = panels.conditions(block)
    return panels.stages(np.asarray(times), *panels.speeds(rates, block))


def honest(maser, start, times):
    path = ts.evolve(maser, start, times)
    assert (path.method_codes == Method.PANELS).all()
    astray = evolving.astray(path, evolving.maser(maser))
    assert (astray <= path.error).all()
    return astray.max(), path.error.max()


@pytest.mark.parametrize("start", ["ground", 2])
def test_panels_are_longer_once_the_ground_state_is_emptied(start):
    gone = 37.0 / float(np.trace(HOT.generator().flat(()).pump()[0]).real)
    times = np.array([0.0, 0.1 * gone, 0.99 * gone, 1.01 * gone, 2.0 * gone, 60.0])
    first, then = plan(HOT, times)
    assert then[1] > 2.0 * first[1]
    assert first[0] + first[1] * first[2] == pytest.approx(gone)
    assert then[0] + then[1] * then[2] == pytest.approx(60.0)
    astray, error = honest(HOT, start, times)
    assert astray < 1e-13
    assert error < 1e-10


def test_panels_are_all_alike_where_that_takes_no_longer():
    assert len(plan(letter_maser(n_hot=0.2, splittings=[0.0, 3.0]), [0.0, 60.0])) == 1
    assert len(plan(HOT, [0.0, 7.0])) == 1


@pytest.mark.parametrize("gone", [0.1, 1.0, 8.0])
def test_panels_that_grow_too_early_are_seen(alone, gone):
    alone.setattr(panels, "_GONE", gone)
    alone.setattr(panels, "_REACH", 24.0)
    assert honest(HOT, "ground", np.linspace(0.0, 60.0, 7))[0] > 1e-13


def test_machines_of_unlike_pumps_are_followed_together():
    hot = ts.ThermalMaser(HOT.drive, n_hot=np.array([[20.0], [14.0], [30.0]]), splittings=[0.0, 0.4, 0.5], **BATHS)
    times = np.array([0.0, 3.0, 9.0, 60.0])
    path = ts.evolve(hot, "ground", times)
    for place in range(3):
        alone = ts.evolve(hot[place], "ground", times)
        apart = np.linalg.norm(path.rho[place] - alone.rho, "nuc", axis=(-2, -1))
        assert (apart <= path.error[place] + alone.error).all()
        assert apart.max() < 1e-12


def test_states_between_the_nodes_are_those_of_modes_between_them(alone):
    times = np.linspace(0.0, 12.0, 400)
    found = ts.evolve(WIDE, 3, times)
    alone.setattr(unfolding, "_DENSE", np.inf)
    direct = ts.evolve(WIDE, 3, times)
    assert 0.0 < np.abs(found.rho - direct.rho).max() < 1e-14
    np.testing.assert_array_equal(found.error, direct.error)
    for path in (found, direct):
        assert (path.rho == np.conj(np.swapaxes(path.rho, -1, -2))).all()
        np.testing.assert_allclose(np.trace(path.rho, axis1=-2, axis2=-1), 1.0, atol=1e-14)


def test_a_few_matrices_at_a_time_are_all_of_them(alone):
    times = np.linspace(0.0, 30.0, 61)
    batch = ts.ThermalMaser(np.stack([WIDE.drive, 1.1j * WIDE.drive]), n_hot=2.0, splittings=WIDE.splittings, **BATHS)
    found = ts.evolve(batch, "thermal", times).rho
    alone.setattr(unfolding, "_NEAR", 1)
    np.testing.assert_allclose(found, ts.evolve(batch, "thermal", times).rho, atol=1e-14, rtol=0.0)
