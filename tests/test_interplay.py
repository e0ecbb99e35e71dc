"""Do sets of coherences cooperate where they agree, compete where they do not, and is chance really chance?"""

import itertools
from functools import cache

import numpy as np
import pytest
import qutip
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize, minimize_scalar

import torusync as ts
from command import as_json, refused, run
from problems import GRAMMAR
from torusync.analysis import Verdict, chance, interplay

BATHS = {"n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
REFRIGERATOR, ENGINE = 0.2, 5.0
RATIOS = [0.02, 0.3, 0.55, 0.6, 1.0, 1.9, 2.0, 2.5, 10.0, 300.0]
TRIANGLE = {"star": [(0, 1), (0, 2)], "rest": [(1, 2)]}


def machine(n_hot, k, levels=2, **more):
    """The letter's machine at k = γ_h(1 + n_h)/λ, solved."""
    drive = np.full(levels, BATHS["gamma_hot"] * (1.0 + n_hot) / k)
    return ts.steady_state(ts.ThermalMaser(drive, n_hot=n_hot, **BATHS, **more))


def state_of(coherences):
    """A density matrix with the given coherences, scaled until it is one."""
    off = np.triu(np.asarray(coherences, dtype=complex), 1)
    off = off + off.conj().T
    size = len(off)
    largest = np.abs(off).sum(axis=1).max(initial=0.0)
    return np.eye(size) / size + (off / (1.01 * size * largest) if largest > 0.0 else 0.0)


def triangle(flux, first=1.0, second=1.0, third=1.0):
    """Three levels whose three coherences ask for phases that miss each other by ``flux``."""
    off = np.zeros((3, 3), dtype=complex)
    off[0, 1], off[0, 2], off[1, 2] = first, second, third * np.exp(1j * flux)
    return state_of(off)


def random_state(rng, size, filling=1.0):
    off = rng.uniform(0.2, 1.0, (size, size)) * np.exp(2j * np.pi * rng.random((size, size)))
    return state_of(np.where(rng.random((size, size)) < filling, off, 0.0))


def random_sets(rng, size, count):
    pairs = list(itertools.combinations(range(size), 2))
    owner = rng.integers(0, count, len(pairs))
    sets = {f"s{one}": [pair for pair, who in zip(pairs, owner, strict=True) if who == one] for one in range(count)}
    return {name: held for name, held in sets.items() if held}


def assert_same(one, other, **tolerance):
    assert list(one.alone) == list(other.alone)
    for name in ("pair_sum", "pair_sum_bound", "chance", "chance_error", "chance_bound", "rank", "cost", "gain"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), err_msg=name, **tolerance)
    for name in ("alone", "alone_bound"):
        for part, value in getattr(one, name).items():
            np.testing.assert_allclose(value, getattr(other, name)[part], err_msg=part, **tolerance)
    np.testing.assert_array_equal(one.verdict_codes, other.verdict_codes)


def assert_one_truth(value, bound, other, other_bound):
    """Each maximum lies below every bound on it, and where the bounds are attained the maxima are the same."""
    assert value <= other_bound * (1 + 1e-12)
    assert other <= bound * (1 + 1e-12)
    if max(bound, other_bound) <= max(value, other) * (1 + 1e-9):
        assert value == pytest.approx(float(other), rel=2e-9)


def plain(values):
    return {name: float(value) for name, value in values.items()}


# The letter's machines


def height_at(k, flux):
    """max of k cos a + k cos b + cos(a − b − flux), in units of |ρ_23|: at given ψ = a − b, 2k|cos(ψ/2)| + …."""

    def lower(psi):
        return -(2.0 * k * np.abs(np.cos(0.5 * psi)) + np.cos(psi - flux))

    grid = np.linspace(-np.pi, np.pi, 721)
    best = grid[lower(grid).argmin()]
    fine = minimize_scalar(lower, bounds=(best - 0.01, best + 0.01), method="bounded", options={"xatol": 1e-11})
    return -min(float(fine.fun), float(lower(grid).min()))


@cache
def chance_of_two_levels(k):
    """Mean over the flux by the trapezoidal rule: the maximum is an even function of it."""
    flux = np.linspace(0.0, np.pi, 401)
    heights = np.array([height_at(k, one) for one in flux])
    return float((heights.sum() - 0.5 * (heights[0] + heights[-1])) / 400)


@pytest.mark.parametrize("k", RATIOS)
@pytest.mark.parametrize("n_hot", [REFRIGERATOR, ENGINE])
def test_two_levels_against_a_quadrature_over_the_flux(n_hot, k):
    state = machine(n_hot, k)
    unit = float(abs(state.coherence(2, 3)))
    found = interplay(state, draws=4000, seed=5)
    flux = 0.0 if n_hot == REFRIGERATOR else np.pi
    assert found.pair_sum == pytest.approx(unit * height_at(k, flux), rel=1e-12)
    assert found.alone["entrainment"] == pytest.approx(2.0 * k * unit, rel=1e-12)
    assert found.alone["mutual"] == pytest.approx(unit, rel=1e-12)
    assert found.certified
    expected = chance_of_two_levels(k)
    assert abs(found.chance / unit - expected) < 4.0 * found.chance_error / unit + 1e-4 * min(k, 1.0)
    assert found.cost == pytest.approx(1.0 - height_at(k, flux) / (2.0 * k + 1.0), abs=1e-12)
    assert found.gain == pytest.approx(height_at(k, flux) / expected - 1.0, abs=5.0 * found.chance_error / found.chance)


@pytest.mark.parametrize("k", [*RATIOS, 1e-6, 1e6])
def test_the_refrigerator_cooperates_at_no_cost_and_the_engine_competes_at_every_k(k):
    for draws in (50, 200):
        cold, hot = interplay(machine(REFRIGERATOR, k), draws=draws), interplay(machine(ENGINE, k), draws=draws)
        assert cold.verdict is Verdict.COOPERATE
        assert cold.cost < 1e-14
        assert cold.rank == 1.0
        assert cold.gain > 0.0
        assert hot.verdict is Verdict.COMPETE
        assert hot.cost > 0.0
        assert hot.rank == 0.0
        assert hot.gain < 0.0


def test_an_engine_above_its_entrainment_part_still_competes():
    """k < 2 − √2: S_max is more than entrainment alone, and the two do not agree all the same."""
    found = interplay(machine(ENGINE, 0.3))
    assert found.pair_sum > found.alone["entrainment"]
    assert found.verdict is Verdict.COMPETE


@pytest.mark.parametrize(("n_hot", "sign"), [(REFRIGERATOR, 1.0), (ENGINE, -1.0)])
def test_under_strong_dissipation_agreement_is_worth_one_mutual_coherence(n_hot, sign):
    """k → ∞: the drive fixes both phases, so that the total is 2k ± 1 and chance is 2k, up to 1/k."""
    k = 1000.0
    state = machine(n_hot, k)
    unit = float(abs(state.coherence(2, 3)))
    found = interplay(state, draws=2000)
    assert (found.pair_sum - found.chance) / unit == pytest.approx(sign, abs=4.0 * found.chance_error / unit + 1.0 / k)


@pytest.mark.parametrize("n_hot", [REFRIGERATOR, ENGINE])
def test_three_levels_against_draws_of_our_own(n_hot):
    """A grid over the phases, then a quasi-Newton method, for draws of another generator."""
    k, sign = 1.3, 1.0 if n_hot == REFRIGERATOR else -1.0
    state = machine(n_hot, k, levels=3)
    unit = float(abs(state.coherence(2, 3)))
    angles = np.linspace(-np.pi, np.pi, 24, endpoint=False)
    a, b, c = np.meshgrid(angles, angles, angles, indexing="ij")
    mutual = sign * (np.cos(a - b) + np.cos(b - c) + np.cos(a - c))

    def lower(x, shift):
        pairs = np.cos(x[0] - x[1]) + np.cos(x[1] - x[2]) + np.cos(x[0] - x[2])
        return -(k * np.cos(x - shift).sum() + sign * pairs)

    rng, heights = np.random.default_rng(99), []
    for _ in range(300):
        shift = rng.uniform(-np.pi, np.pi, 3)
        whole = mutual + k * (np.cos(a - shift[0]) + np.cos(b - shift[1]) + np.cos(c - shift[2]))
        first = np.array([one.flat[whole.argmax()] for one in (a, b, c)])
        heights.append(-float(minimize(lower, first, args=(shift,)).fun))
    found = interplay(state, draws=2000)
    spread = np.hypot(np.std(heights) / np.sqrt(300), found.chance_error / unit)
    assert abs(found.chance / unit - np.mean(heights)) < 4.0 * spread
    assert found.verdict is (Verdict.COOPERATE if sign > 0 else Verdict.COMPETE)


def test_one_level_has_nothing_to_agree_on():
    found = interplay(machine(ENGINE, 1.0, levels=1))
    assert found.verdict is Verdict.NEUTRAL
    assert found.cost < 1e-14
    assert found.chance == found.alone["entrainment"]
    assert found.chance_error == 0.0
    assert found.alone["mutual"] == 0.0
    assert np.isnan(found.rank)


# Is the error an error, and the rank a rank?


def test_the_standard_error_is_that_of_repeated_draws():
    """80 seeds: deviations from the quadrature, in units of their own error, have mean 0 and spread 1."""
    state = machine(ENGINE, 1.0)
    unit = float(abs(state.coherence(2, 3)))
    found = [interplay(state, draws=100, seed=seed) for seed in range(80)]
    pulls = np.array([(one.chance / unit - chance_of_two_levels(1.0)) / (one.chance_error / unit) for one in found])
    assert abs(pulls.mean()) < 4.0 / np.sqrt(80)
    assert 0.68 < pulls.std() < 1.32  # four standard errors of a spread


@pytest.mark.parametrize("flux", [0.0, 0.3, 1.5, 2.5, np.pi])
def test_the_rank_of_a_triangle_follows_from_its_flux(flux):
    """The maximum falls with |flux| from 0 to π, and the draws spread the flux evenly: the rank is 1 − flux/π."""
    draws = 4000
    found = interplay(triangle(flux, 0.7, 1.0, 0.9), TRIANGLE, draws=draws)
    assert abs(found.rank - (1.0 - flux / np.pi)) <= 4.0 * np.sqrt(0.25 / draws)
    assert (found.cost < 1e-14) == (flux == 0.0)


def test_close_to_chance_there_is_no_verdict():
    """A flux where the total crosses the mean: few draws do not resolve it, on either side they do."""
    flux = np.linspace(0.0, np.pi, 61)
    batch = np.stack([triangle(one) for one in flux])
    found = interplay(batch, TRIANGLE, draws=100)
    codes = found.verdict_codes
    assert codes[0] == Verdict.COOPERATE
    assert codes[-1] == Verdict.COMPETE
    assert (np.diff(codes) <= 0).all()
    neutral = codes == Verdict.NEUTRAL
    assert neutral.any()
    np.testing.assert_array_equal(neutral, np.abs(found.pair_sum - found.chance) <= 3.0 * found.chance_error)
    np.testing.assert_array_equal(np.sign(found.gain[~neutral]), codes[~neutral])


# What must not matter


@given(st.integers(0, 10**6))
def test_phases_of_the_levels_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(3, 7))
    rho, sets = random_state(rng, size), random_sets(rng, size, 3)
    gauge = np.exp(2j * np.pi * rng.random(size))
    one, other = (interplay(matrix, sets, draws=20) for matrix in (rho, gauge[:, None] * rho * gauge.conj()))
    assert_one_truth(one.pair_sum, one.pair_sum_bound, other.pair_sum, other.pair_sum_bound)
    assert_one_truth(one.chance, one.chance_bound, other.chance, other.chance_bound)
    for name in one.alone:
        assert_one_truth(one.alone[name], one.alone_bound[name], other.alone[name], other.alone_bound[name])


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


def test_an_empty_batch_is_empty():
    found = interplay(np.zeros((0, 3, 3)), TRIANGLE)
    assert found.pair_sum.shape == found.gain.shape == found.verdict_codes.shape == (0,)


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
    """A pure state's preferences all fit, however its coherences are shared out."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(3, 7))
    amplitudes = rng.uniform(0.5, 1.0, size) * np.exp(2j * np.pi * rng.random(size))
    rho = np.outer(amplitudes, amplitudes.conj()) / np.vdot(amplitudes, amplitudes).real
    sets = random_sets(rng, size, 2)
    found = interplay(rho, sets)
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


# Bad input


def test_no_coherence_is_neutral_and_nothing():
    for rho in (np.eye(3) / 3, np.stack([np.eye(3) / 3] * 2)):
        found = interplay(rho, TRIANGLE)
        assert (found.pair_sum == 0.0).all()
        assert all((value == 0.0).all() for value in found.alone.values())
        assert (found.chance == 0.0).all()
        assert np.isnan(found.cost).all()
        assert np.isnan(found.gain).all()
        assert np.isnan(found.rank).all()
        assert (found.verdict_codes == Verdict.NEUTRAL).all()
    assert "NEUTRAL" in repr(interplay(np.eye(3) / 3, TRIANGLE))


def test_two_levels_are_neutral():
    rho = np.array([[0.6, 0.2j], [-0.2j, 0.4]])
    found = interplay(rho, {"only": [(1, 0)]})
    assert found.verdict is Verdict.NEUTRAL
    assert found.pair_sum == pytest.approx(0.2, rel=1e-15)
    assert found.chance == found.alone["only"] == found.pair_sum


def test_the_smallest_coherences_are_no_trouble():
    for scale in (1e-12, 1e-160, 1e-300):
        off = np.array([[0, scale, scale], [0, 0, -scale], [0, 0, 0]])
        rho = np.eye(3) / 3 + off + off.T
        found = interplay(rho, TRIANGLE)
        assert found.verdict is Verdict.COMPETE
        assert found.cost == pytest.approx(0.5, rel=1e-9)


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (
            {"a": [(0, 1)], "b": [(1, 2), (1, 0)]},
            "`sets` must share no pair of levels, but (1, 0) is in 'a' and in 'b'",
        ),
        ({"a": [(0, 3)]}, "`sets` must join levels between 0 and 2, but 'a' has the pair (0, 3)"),
        ({"a": [(0, -1)]}, "`sets` must be at least 0, but it is -1"),
        ({"a": [(1, 1)]}, "`sets` must join two different levels, but 'a' has the pair (1, 1)"),
        ({"a": [(0, 1.5)]}, "`sets` must be a whole number, but it is 1.5"),
        ({"a": [(0, 1, 2)]}, "`sets` must hold pairs of levels, but 'a' holds (0, 1, 2)"),
        ({"a": (0, 1)}, "`sets` must hold pairs of levels, but 'a' holds (0, 1)"),
        ({"a": "01"}, "`sets` must hold pairs of levels"),
        ({"a": []}, "`sets` must hold pairs of levels, but 'a' holds []"),
        ({"a": 3}, "`sets` must hold pairs of levels, but 'a' holds 3"),
        ({"": [(0, 1)]}, "`sets` must have names"),
        ({1: [(0, 1)]}, "`sets` must have names"),
        ({"other": [(0, 1)]}, '"other" is what no set names'),
        ({}, "`sets` must name at least one set of coherences, but it is empty"),
        ([(0, 1)], "`sets` must map names to pairs of levels"),
        (None, "`sets` must be given for a state whose system names no coherences, but it is None; name pairs"),
    ],
    ids=str,
)
def test_wrong_sets_are_refused(sets, message):
    with pytest.raises(ts.ArgumentError) as error:
        interplay(triangle(0.0), sets)
    assert message in str(error.value)
    assert GRAMMAR.fullmatch(str(error.value)), str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"draws": 0}, "`draws` must be at least 2, but it is 0"),
        ({"draws": 1}, "`draws` must be at least 2"),
        ({"draws": 10**7}, "`draws` must be at most 1000000"),
        ({"draws": 2.5}, "`draws` must be a whole number"),
        ({"seed": -1}, "`seed` must be at least 0"),
        ({"state": np.full((3, 3), np.nan)}, "`state` must be finite"),
        ({"state": np.eye(3)}, "`state` must have unit trace"),
        ({"state": np.eye(70) / 70}, "`state` must have at most 64 levels, but it has 70; every draw"),
        ({"state": np.ones((1, 1))}, "`sets` must join levels between 0 and 0"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_states_and_numbers_are_refused(change, message):
    arguments = {"state": triangle(0.0), "sets": TRIANGLE} | change
    with pytest.raises(ts.ArgumentError) as error:
        interplay(**arguments)
    assert message in str(error.value)
    assert GRAMMAR.fullmatch(str(error.value)), str(error.value)


def test_a_system_without_names_asks_for_sets_and_takes_them():
    lower = np.diag([1.0, np.sqrt(2.0)], 1)
    state = ts.steady_state(ts.LindbladSystem(0.2 * (lower + lower.T), [(0.1, lower), (0.02, lower.T)]))
    with pytest.raises(ts.ArgumentError, match="`sets` must be given"):
        interplay(state)
    assert_same(interplay(state, TRIANGLE), interplay(state.rho, TRIANGLE), rtol=1e-10, atol=1e-14)


def test_machines_of_many_levels_are_refused_without_being_formed():
    maser = ts.ThermalMaser(np.full(10**6, 0.1), n_hot=5.0, **BATHS)
    with pytest.raises(ts.ArgumentError, match="at most 64 levels, but it has 1000002"):
        interplay(ts.steady_state(maser))


def test_every_verdict_says_what_it_means_and_is_the_sign_of_the_gain():
    assert [int(one) for one in Verdict] == [-1, 0, 1]
    assert repr(interplay(machine(ENGINE, 1.0))).startswith("<Interplay of entrainment, mutual: COMPETE, gain -0.")


# The command line

SECTION = "interplay"
WORDS = ["solve", "--drive", "0.1,0.1", "--n-cold", "0.5", "--gamma-hot", "0.05", "--gamma-cold", "0.2"]


@pytest.mark.parametrize("n_hot", [REFRIGERATOR, ENGINE])
def test_solve_and_analyze_give_the_interplay_of_a_machine(n_hot, tmp_path):
    path = tmp_path / "machine.npz"
    solved = as_json(*WORDS, "--n-hot", n_hot, "--save", path)[SECTION]
    state = ts.load_state(path)
    expected = interplay(state)
    assert solved == as_json("analyze", path)[SECTION]
    assert solved["verdict"] == expected.verdict.name.lower()
    assert solved["rank"] == float(expected.rank)
    for name, value in (("gain", expected.gain), ("cost", expected.cost), ("chance_error", expected.chance_error)):
        assert solved[name] == float(value)
    for name in ("entrainment", "mutual"):
        assert solved["pair_shares"][name] == float(expected.pair_shares[name])
        assert solved["alone"][name] == float(expected.alone[name])
    by_hand = as_json("analyze", path, "--set", "entrainment=1-2,1-3", "--set", "mutual = 2-3")[SECTION]
    assert by_hand == solved


def test_a_matrix_has_the_section_where_sets_are_given(tmp_path):
    path = tmp_path / "state.npy"
    np.save(path, triangle(np.pi))
    assert list(as_json("analyze", path)[SECTION]) == ["left_out"]
    found = as_json("analyze", path, "--set", "star=0-1,0-2")[SECTION]
    expected = interplay(triangle(np.pi), {"star": [(0, 1), (0, 2)]})
    assert found["verdict"] == "compete"
    assert found["gain"] == float(expected.gain)
    assert found["alone"]["other"] == float(expected.alone["other"])
    text = run("analyze", path, "--full", "--set", "[red]a[/b]=0-1,0-2").stdout
    for word in ("interplay of sets of coherences", "compete", "chance", "[red]a[/b] ", "other "):
        assert word in text


def said(found):
    (line,) = (one for one in found["summary"] if "cooperate" in one)
    return line


def test_neutral_says_why(tmp_path):
    one_level = as_json(*WORDS, "--n-hot", ENGINE, "--drive", "0.1")
    assert one_level[SECTION]["verdict"] == "neutral"
    assert one_level[SECTION]["rank"] is None
    assert "no closed loop" in said(one_level)
    undriven = as_json(*WORDS, "--n-hot", ENGINE, "--drive", "0,0")
    assert "there is no coherence" in said(undriven)
    assert undriven[SECTION]["cost"] is None
    flux = np.linspace(0.0, np.pi, 61)
    codes = interplay(np.stack([triangle(one) for one in flux]), TRIANGLE).verdict_codes
    np.save(tmp_path / "close.npy", triangle(flux[np.flatnonzero(codes == Verdict.NEUTRAL)[0]]))
    found = as_json("analyze", tmp_path / "close.npy", "--set", "star=0-1,0-2", "--set", "rest=1-2")
    assert "the difference from chance is not resolved by 200 draws" in said(found)


def test_many_levels_are_a_line_unasked_and_refused_beyond_the_limit(tmp_path):
    words = [*WORDS[:1], "--drive", "0.1", *WORDS[3:], "--n-hot", ENGINE]
    small = as_json(*words, "--manifold-levels", 16)[SECTION]
    assert small["verdict"] == "compete"
    path = tmp_path / "large.npz"
    large = as_json(*words, "--manifold-levels", 17, "--save", path)[SECTION]
    assert large == {"left_out": "not worked out above 18 levels"}
    assert as_json("analyze", path)[SECTION] == large
    asked = as_json("analyze", path, "--set", "two=2-3,3-4,2-4")[SECTION]
    assert asked["chance"] > 0.0
    assert run(*words, "--full", "--manifold-levels", 100_000).stdout.count("not worked out above 18 levels") == 1
    np.save(tmp_path / "wide.npy", np.eye(70) / 70)
    assert "at most 64 levels" in refused("analyze", tmp_path / "wide.npy", "--set", "a=0-1")


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (["a"], "`set` must have the form NAME=0-1,0-2, with pairs of levels, but it is 'a'"),
        (["=0-1"], "`set` must have the form"),
        (["a="], "`set` must have the form"),
        (["a=0-1,"], "`set` must have the form"),
        (["a=0:1"], "`set` must have the form"),
        (["a=0--1"], "`set` must have the form"),
        (["a=0-x"], "`set` must have the form"),
        (["a=0-1=2"], "`set` must have the form"),
        (["a=0-" + "9" * 5000], "`set` must have the form"),
        (["a=0-1", "a=0-2"], "`set` must name each set once, with all its pairs, but 'a' comes twice"),
        (["a=0-1", "b=1-0"], "`sets` must share no pair of levels, but (1, 0) is in 'a' and in 'b'"),
        (["a=0-3"], "`sets` must join levels between 0 and 2"),
        (["a=1-1"], "`sets` must join two different levels"),
        (["other=0-1"], "`sets` must have names"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_wrong_set_is_refused_in_one_sentence(sets, message, tmp_path):
    path = tmp_path / "state.npy"
    np.save(path, triangle(1.0))
    words = [word for one in sets for word in ("--set", one)]
    assert message in refused("analyze", path, *words)
