"""Is what is said of the set of optima true of its state, however faint a level, whatever its neighbours and route?"""

import numpy as np
import pytest

import torusync as ts
from problems import BATHS, random_state
from torusync.phases import Optimum
from torusync.steady import Block, LowRank


@pytest.mark.parametrize("dead", [1, 2])
def test_what_is_said_of_a_state_does_not_depend_on_its_neighbours_in_the_batch(dead):
    """A level without coherence in one state, with some in the next: no phantom free phase."""
    rng = np.random.default_rng(dead)
    states = np.stack([random_state(rng, 5, 5) for _ in range(4)])
    states[1, -dead:, :] = states[1, :, -dead:] = 0.0
    states[1] += np.diag(np.diag(states[0]) * np.arange(5) * 0)
    states[1] /= np.trace(states[1]).real
    states[2] = np.eye(5) / 5
    together = ts.synchronization(states)
    for index, one in enumerate(states):
        alone = ts.synchronization(one)
        assert together.pair_sum[index] == pytest.approx(float(alone.pair_sum), rel=1e-13)
        assert together.pair_sum_bound[index] == pytest.approx(float(alone.pair_sum_bound), rel=1e-12)
        for name in ("optimum", "optima_count", "optima_dimension", "certified"):
            assert getattr(together, name)[index] == getattr(alone, name), name
        np.testing.assert_array_equal(np.isnan(together.phases[index]), np.isnan(alone.phases))


@pytest.mark.parametrize("faint", [1e-3, 1e-6, 1e-9, 1e-10, 1e-12, 1e-200])
def test_a_faint_level_neither_frees_a_phase_nor_loses_its_own(faint):
    """A frustrated triangle has two optima; a fourth level that hangs on it by a thread follows, and adds none."""
    rho = np.full((4, 4), -0.08) + np.eye(4) * 0.33
    rho[3, :3] = rho[:3, 3] = 0.0
    rho[3, 0] = rho[0, 3] = faint
    sync = ts.synchronization(rho)
    assert sync.optimum is Optimum.SEVERAL
    assert (sync.optima_count, sync.optima_dimension) == (2, 0)
    assert np.cos(sync.phases[3] - sync.phases[0]) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("faint", [1e-3, 1e-6, 1e-9, 1e-12, 1e-200])
def test_the_phase_of_a_faint_level_is_the_one_it_sees(faint, rng):
    for _ in range(5):
        rho = np.zeros((5, 5), dtype=complex)
        rho[:4, :4] = 0.8 * random_state(rng, 4, 4)
        rho[4, 4] = 0.2
        rho[4, :4] = 0.1 * faint * (rng.normal(size=4) + 1j * rng.normal(size=4))
        rho[:4, 4] = rho[4, :4].conj()
        phases = ts.synchronization(rho).phases
        seen = np.angle(rho[4, :4] @ np.exp(1j * phases[:4]))
        assert np.cos(phases[4] - seen) == pytest.approx(1.0, abs=1e-12)


def test_a_frustrated_triangle_has_two_optima_exactly_where_its_phasors_close():
    """Maximise −a cos x − b cos y − c cos z on a loop: two chiral optima iff 1/a, 1/b, 1/c are sides of a triangle."""
    rng = np.random.default_rng(29)
    counted = {1: 0, 2: 0}
    for _ in range(60):
        a, b, c = sides = 0.16 * rng.uniform(0.05, 1.0, 3)
        inverse = np.sort(1.0 / sides)
        if abs(inverse[0] + inverse[1] - inverse[2]) < 0.02 * inverse[2]:
            continue
        expected = 2 if inverse[0] + inverse[1] > inverse[2] else 1
        rho = np.array([[1 / 3, -a, -b], [-a, 1 / 3, -c], [-b, -c, 1 / 3]])
        twist = np.exp(1j * rng.uniform(0, 2 * np.pi, 3))
        sync = ts.synchronization(rho * np.outer(twist, twist.conj()))
        assert sync.certified
        assert sync.optima_count == expected
        assert sync.optimum is (Optimum.SEVERAL if expected == 2 else Optimum.POINT)
        counted[expected] += 1
    assert min(counted.values()) > 5


@pytest.mark.parametrize(
    ("drive", "splittings", "n_hot", "kind", "dimension"),
    [
        ([0.3] * 4, [0.0, 0.0, 0.0, 0.2], 5.0, Optimum.CONTINUUM, 1),
        ([0.3] * 4, [0.0, 0.0, 0.0, 0.2], 0.2, Optimum.POINT, 0),
        ([0.5, 0.5, 0.01], [0.0, 0.0, 0.2], 5.0, Optimum.SEVERAL, 0),
        ([0.0, 0.1, 0.2], [0.0, 0.1, 0.2], 5.0, Optimum.POINT, 0),
        ([0.1, *[0.0] * 9], np.linspace(0, 1, 10), 5.0, Optimum.POINT, 0),
        ([0.1, 0.1, *[0.0] * 8], np.linspace(0, 1, 10), 0.2, Optimum.POINT, 0),
        ([0.1] * 12, [*[0.0] * 11, 0.2], 5.0, Optimum.CONTINUUM, 9),
    ],
)
def test_both_routes_say_the_same_of_the_optima_of_a_split_machine(drive, splittings, n_hot, kind, dimension):
    """Order parameters of the low-rank state, and a search over the matrix that knows nothing of them."""
    maser = ts.ThermalMaser(drive, n_hot=n_hot, **BATHS, splittings=splittings)
    for solver in (LowRank(), Block()):
        sync = ts.synchronization(ts.steady_state(maser, solver=solver))
        assert (sync.optimum, sync.optima_dimension) == (kind, dimension), type(solver).__name__
        np.testing.assert_array_equal(np.isnan(sync.phases[2:]), np.equal(drive, 0.0))
        assert sync.certified
