"""What must not matter to an interplay, where is there something to agree on, and what holds for any state?"""

import itertools

import numpy as np
import pytest
import qutip
from hypothesis import given
from hypothesis import strategies as st

import torusync as ts
from coherence_sets import TRIANGLE, assert_same, machine, random_sets, state_of, triangle
from problems import BATHS, ENGINE, REFRIGERATOR
from torusync.analysis import Verdict, chance, interplay


def random_state(rng, size, filling=1.0):
    off = rng.uniform(0.2, 1.0, (size, size)) * np.exp(2j * np.pi * rng.random((size, size)))
    return state_of(np.where(rng.random((size, size)) < filling, off, 0.0))


def assert_one_truth(values, bounds):
    """Each maximum lies below every bound on it, and where the bounds are attained the maxima are the same."""
    assert (values <= bounds[::-1] * (1 + 1e-12)).all()
    if max(bounds) <= max(values) * (1 + 1e-9):
        assert values[0] == pytest.approx(float(values[1]), rel=2e-9)


def plain(values):
    return {name: float(value) for name, value in values.items()}


# What must not matter


@given(st.integers(0, 10**6))
def test_phases_of_the_levels_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(3, 7))
    rho, sets = random_state(rng, size), random_sets(rng, size, 3)
    gauge = np.exp(2j * np.pi * rng.random(size))
    both = interplay(np.stack([rho, gauge[:, None] * rho * gauge.conj()]), sets, draws=20)
    assert_one_truth(both.pair_sum, both.pair_sum_bound)
    assert_one_truth(both.chance, both.chance_bound)
    for name, alone in both.alone.items():
        assert_one_truth(alone, both.alone_bound[name])


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_levels_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    size = 5
    rho, sets = random_state(rng, size), random_sets(rng, size, 2)
    order = rng.permutation(size)
    place = np.argsort(order)
    moved = {name: [(int(place[j]), int(place[i])) for i, j in pairs] for name, pairs in sets.items()}
    one, other = interplay(rho, sets, draws=1000), interplay(rho[np.ix_(order, order)], moved, draws=1000, seed=1)
    assert other.pair_sum == pytest.approx(one.pair_sum, rel=1e-9)
    assert plain(other.alone) == pytest.approx(plain(one.alone), rel=1e-9)
    assert plain(other.pair_shares) == pytest.approx(plain(one.pair_shares), abs=1e-6)
    assert abs(other.chance - one.chance) < 4.0 * np.hypot(one.chance_error, other.chance_error)


def test_which_set_comes_first_does_not_matter():
    rho = triangle(1.0, 0.5, 0.8, 1.0)
    one, other = (interplay(rho, dict(sets), draws=2000) for sets in (TRIANGLE.items(), reversed(TRIANGLE.items())))
    assert plain(one.alone) == pytest.approx(plain(other.alone), rel=1e-12)
    assert abs(other.chance - one.chance) < 4.0 * np.hypot(one.chance_error, other.chance_error)


@pytest.mark.parametrize("n_hot", [REFRIGERATOR, ENGINE])
def test_sets_given_by_hand_are_the_named_ones(n_hot):
    state = machine(n_hot, 1.7, levels=3, splittings=[0.0, 0.02, 0.05])
    manifold = [2, 3, 4]
    sets = {"entrainment": [(1, j) for j in manifold], "mutual": [(i, j) for j in manifold for i in range(2, j)]}
    named, sync = interplay(state), ts.synchronization(state)
    assert_same(named, interplay(state, sets), rtol=0.0, atol=0.0)
    assert_same(named, interplay(state, state.system.coherence_sets), rtol=0.0, atol=0.0)
    assert_same(named, interplay(state.rho, sets), rtol=1e-10, atol=1e-14)
    assert_same(named, interplay(qutip.Qobj(state.rho), sets), rtol=1e-10, atol=1e-14)
    assert named.pair_sum == sync.pair_sum
    assert named.pair_sum_bound == sync.pair_sum_bound
    for name, share in sync.pair_shares.items():
        assert named.pair_shares[name] == pytest.approx(float(share), rel=1e-12)


def test_what_no_set_names_is_the_other_set():
    rho = random_state(np.random.default_rng(4), 4)
    part, rest = [(0, 1), (1, 2), (2, 3)], [(0, 2), (0, 3), (1, 3)]
    implied, whole = interplay(rho, {"part": part}), interplay(rho, {"part": part, "rest": rest})
    assert list(implied.alone) == ["part", "other"]
    for one, two in (("part", "part"), ("other", "rest")):
        assert implied.alone[one] == whole.alone[two]
        assert implied.pair_shares[one] == whole.pair_shares[two]
    assert implied.chance == whole.chance
    assert list(whole.alone) == ["part", "rest"]


def test_the_seed_decides_and_the_chunks_do_not(monkeypatch):
    batch = np.stack([random_state(np.random.default_rng(seed), 4) for seed in range(6)])
    sets = {"a": [(0, 1), (1, 2)], "b": [(2, 3), (0, 3)]}
    whole = interplay(batch, sets, draws=30)
    assert_same(whole, interplay(batch, sets, draws=30), rtol=0.0, atol=0.0)
    assert (interplay(batch, sets, draws=30, seed=1).chance != whole.chance).all()
    for bytes_held in (1, 16 * 4**2 * 7, 16 * 4**2 * 70):
        monkeypatch.setattr(chance, "DRAWN_BYTES", bytes_held)
        assert_same(whole, interplay(batch, sets, draws=30), rtol=1e-12, atol=1e-15)


def test_a_batch_is_its_points():
    rng = np.random.default_rng(8)
    batch = np.stack([random_state(rng, 4, filling=0.7) for _ in range(12)]).reshape(3, 4, 4, 4)
    sets = {"a": [(0, 1), (1, 2)], "b": [(2, 3), (0, 3)]}
    whole = interplay(batch, sets, draws=40)
    assert whole.pair_sum.shape == whole.cost.shape == whole.verdict_codes.shape == (3, 4)
    for index in np.ndindex(3, 4):
        one = interplay(batch[index], sets, draws=40)
        for name in ("pair_sum", "pair_sum_bound", "chance", "chance_error", "rank", "cost"):
            np.testing.assert_allclose(getattr(whole, name)[index], getattr(one, name), rtol=1e-9, atol=1e-14)
        for name in one.alone:
            np.testing.assert_allclose(whole.alone[name][index], one.alone[name], rtol=1e-9, atol=1e-15)
        assert whole.verdict[index] == one.verdict
    assert "batch (3, 4)" in repr(whole)


def test_a_map_of_machines_keeps_nan_where_there_is_no_state():
    """Aligned dipoles under an equal drive have dark states: no unique steady state."""
    correlation = np.array([0.0, 1.0, 0.5])
    maser = ts.ThermalMaser([0.1, 0.1], n_hot=[[0.2], [5.0]], dipole_correlation=correlation[:, None], **BATHS)
    states = ts.steady_state(maser, throw=False)
    found = interplay(states, draws=50)
    assert found.pair_sum.shape == (3, 2)
    for name in ("pair_sum", "chance", "chance_error", "rank", "cost", "gain"):
        np.testing.assert_array_equal(np.isfinite(getattr(found, name)), states.succeeded, err_msg=name)
    assert not found.certified[1].any()
    np.testing.assert_array_equal(found.verdict_codes, [[1, -1], [0, 0], [1, -1]])


# Loops


def mixed_loop(joined, owner):
    """Whether any closed loop, listed as an order of levels, has coherences of two sets."""
    size = len(joined)
    for length in range(3, size + 1):
        for walk in itertools.permutations(range(size), length):
            steps = list(zip(walk, (*walk[1:], walk[0]), strict=True))
            if all(joined[i, j] for i, j in steps) and len({owner[i, j] for i, j in steps}) > 1:
                return True
    return False


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("filling", [0.3, 0.5, 0.7])
def test_there_is_something_to_agree_on_exactly_where_a_loop_runs_through_two_sets(filling, count):
    rng = np.random.default_rng(int(100 * filling) + count)
    size, seen = 5, set()
    states, owners = [], rng.integers(0, count, (size, size))
    owners = np.triu(owners, 1) + np.triu(owners, 1).T
    sets = {
        f"s{one}": [(i, j) for i, j in itertools.combinations(range(size), 2) if owners[i, j] == one]
        for one in range(count)
    }
    states = np.stack([random_state(rng, size, filling) for _ in range(25)])
    found = interplay(states, sets, draws=60)
    summed = sum(found.alone.values())
    for index, rho in enumerate(states):
        mixed = mixed_loop((rho != 0) & ~np.eye(size, dtype=bool), owners)
        seen.add(mixed)
        assert mixed == np.isfinite(found.rank[index])
        if not mixed:
            assert found.verdict[index] == Verdict.NEUTRAL
            assert found.chance[index] == summed[index]
            assert found.chance_error[index] == 0.0
            assert np.nan_to_num(found.cost[index]) < 1e-12
            assert abs(np.nan_to_num(found.gain[index])) < 1e-12
        else:
            assert found.cost[index] > 1e-6  # random phases are not compatible
    assert len(seen) == 2


def test_a_tree_adds_up_however_its_coherences_are_shared_out():
    off = np.zeros((5, 5), dtype=complex)
    for (i, j), phase in zip([(0, 1), (1, 2), (1, 3), (3, 4)], [0.3, 2.0, -1.0, 3.0], strict=True):
        off[i, j] = np.exp(1j * phase)
    found = interplay(state_of(off), {"a": [(0, 1), (3, 4)], "b": [(1, 2)]})
    assert list(found.alone) == ["a", "b", "other"]
    assert found.verdict is Verdict.NEUTRAL
    assert found.cost < 1e-14
    assert found.chance == pytest.approx(float(found.pair_sum), rel=1e-14)


def test_two_loops_that_share_a_level_have_nothing_to_agree_on():
    """Each triangle is frustrated, but by itself: the level they share can be turned for both."""
    off = np.zeros((5, 5), dtype=complex)
    off[0, 1] = off[1, 2] = off[2, 3] = off[3, 4] = 1.0
    off[0, 2] = off[2, 4] = -1.0
    found = interplay(state_of(off), {"a": [(0, 1), (1, 2), (0, 2)], "b": [(2, 3), (3, 4), (2, 4)]})
    assert found.verdict is Verdict.NEUTRAL
    assert found.cost < 1e-12
    assert found.pair_sum < np.abs(np.triu(state_of(off), 1)).sum() * 0.99


def test_one_set_of_everything_has_nobody_to_agree_with():
    rho = triangle(2.0)
    found = interplay(rho, {"all": [(0, 1), (0, 2), (1, 2)]})
    assert found.verdict is Verdict.NEUTRAL
    assert found.pair_shares["all"] == pytest.approx(float(found.pair_sum), rel=1e-12)


# Laws


@given(st.integers(0, 10**6))
def test_laws_of_any_state(seed):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 7))
    rho, sets = random_state(rng, size, filling=0.8), random_sets(rng, size, int(rng.integers(1, 4)))
    found = interplay(rho, sets, draws=10, seed=seed)
    total, summed = float(found.pair_sum), float(sum(found.alone.values()))
    assert sum(found.pair_shares.values()) == pytest.approx(total, rel=1e-12, abs=1e-15)
    assert all(found.pair_shares[name] <= alone for name, alone in found.alone.items())
    assert all(found.alone[name] <= bound for name, bound in found.alone_bound.items())
    assert total <= found.pair_sum_bound
    assert total <= summed * (1 + 1e-12)
    assert total >= np.abs(np.triu(rho, 1)).max() * (1 - 1e-12)
    assert found.chance <= summed * (1 + 1e-12)
    assert found.chance <= found.chance_bound
    if total > 0.0:
        assert 0.0 <= found.cost < 1.0
        assert found.verdict == np.sign(found.gain) or found.verdict is Verdict.NEUTRAL


@given(st.integers(0, 10**6))
def test_compatible_phases_cost_nothing_and_cooperate(seed):
    """A pure state's preferences all fit, however its coherences are shared out; every draw says so, few do."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(3, 7))
    amplitudes = rng.uniform(0.5, 1.0, size) * np.exp(2j * np.pi * rng.random(size))
    rho = np.outer(amplitudes, amplitudes.conj()) / np.vdot(amplitudes, amplitudes).real
    sets = random_sets(rng, size, 2)
    found = interplay(rho, sets, draws=25)
    assert found.cost < 1e-12
    if len(sets) == 2:
        assert found.verdict is Verdict.COOPERATE
        assert found.rank == 1.0


def test_three_sets_of_which_two_agree():
    """A triangle of triangles: "b" turned against "a" and "c" by π costs, and the three verdicts tell who it is."""
    rho = triangle(np.pi)
    sets = {"a": [(0, 1)], "b": [(0, 2)], "c": [(1, 2)]}
    found = interplay(rho, sets, draws=2000)
    each = float(abs(rho[0, 1]))
    assert plain(found.alone) == pytest.approx(dict.fromkeys(sets, each), rel=1e-12)
    assert found.pair_sum == pytest.approx(1.5 * each, rel=1e-12)  # three phases a third of π off
    assert found.cost == pytest.approx(0.5, rel=1e-12)
    assert found.verdict is Verdict.COMPETE
    # two random gauges shift the flux as evenly as one does
    one = interplay(rho, TRIANGLE, draws=2000, seed=3)
    assert abs(found.chance - one.chance) < 4.0 * np.hypot(found.chance_error, one.chance_error)
