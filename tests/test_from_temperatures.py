"""Are machines of many levels made from temperatures right: an occupation a level, eigenvalues of both signs?"""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from tests.hunts import temperatures

import torusync as ts
from torusync.densities import DenseDensity
from torusync.maxima import orderparameters, routes
from torusync.maxima.manifolds import NEGLIGIBLE, Manifold
from torusync.phases import Optimum

REGIMES = {"refrigerator": 2.0, "engine": 20.0}


def machine(levels, hot, spread=0.05, **options):
    kwargs = {"cold_temperature": 1.0, "drive": 0.1, "gamma_hot": 0.05, "gamma_cold": 0.2} | options
    return ts.ThermalMaser.near_degenerate(manifold_levels=levels, spread=spread, hot_temperature=hot, **kwargs)


def manifold_of(maser):
    return Manifold.of(ts.steady_state(maser).density.flat().part(0))


@pytest.fixture
def no_search(monkeypatch):
    def refuse(*_):
        raise AssertionError("a search over all phases was begun")

    monkeypatch.setattr(routes, "searched_peak", refuse)


@pytest.mark.parametrize("spread", [0.05, 0.5])
@pytest.mark.parametrize("hot", REGIMES.values(), ids=REGIMES)
@pytest.mark.parametrize("levels", [200, 800, 3000, 10_000])
@pytest.mark.usefixtures("no_search")
def test_both_regimes_are_certified_without_a_search(levels, hot, spread):
    sync = ts.synchronization(ts.steady_state(machine(levels, hot, spread)))
    assert sync.certified
    assert sync.optimum is Optimum.POINT
    assert sync.pair_sum > 0.0


@pytest.mark.parametrize("hot", REGIMES.values(), ids=REGIMES)
def test_a_hundred_thousand_levels(hot):
    """What takes a million levels less than a minute takes these a few seconds."""
    sync = ts.synchronization(ts.steady_state(machine(100_000, hot)))
    assert sync.certified
    assert np.isnan(sync.l1_coherence)


@pytest.mark.parametrize(("levels", "spread", "hot"), [(160, 0.05, 2.0), (240, 0.5, 2.0), (200, 0.5, 20.0)])
def test_order_parameters_meet_the_search_over_all_phases(levels, spread, hot):
    state = ts.steady_state(machine(levels, hot, spread))
    few, all_phases = ts.synchronization(state), ts.synchronization(state.rho)
    assert few.pair_sum == pytest.approx(float(all_phases.pair_sum), rel=1e-10)
    assert min(few.pair_sum_bound, all_phases.pair_sum_bound) >= max(few.pair_sum, all_phases.pair_sum) * (1 - 1e-14)


@pytest.mark.usefixtures("no_search")
def test_near_misses_are_certified():
    """Engines whose gaps were 2.9e-9 and 4e-8: the pulling part of their blocks is 1e-11 of the rest, times N."""
    equal = ts.ThermalMaser(
        np.full(1000, 0.1), n_hot=6.17, n_cold=0.58, gamma_hot=0.05, gamma_cold=0.2,
        splittings=np.linspace(0.0, 0.031, 1000),
    )  # fmt: skip
    for maser in (equal, machine(3000, 20.0, 0.5), machine(10_000, 20.0)):
        assert ts.synchronization(ts.steady_state(maser)).certified


def test_the_signature_is_needed_and_right():
    """The refrigerator has eigenvalues of both signs beyond rounding, and W Σ W† with them is its block."""
    for maser, both in ((machine(400, 2.0, 0.5), True), (machine(300, 20.0), False)):
        manifold = manifold_of(maser)
        found, density = manifold.spectrum, manifold.density
        assert (len(set(found.sign)) == 2) is both
        block = (found.w * found.sign) @ found.w.conj().T
        stored = density.factor[1:] @ density.core @ density.factor[1:].conj().T / manifold.scale
        np.testing.assert_allclose(block, stored, atol=1e-13 * found.norm)
        values = np.linalg.eigvalsh(stored)
        np.testing.assert_allclose(found.negative, max(-values[0], 0.0), atol=1e-13 * found.norm)
        np.testing.assert_allclose(found.positive, max(values[-1], 0.0), atol=1e-13 * found.norm)
        assert found.left_out <= NEGLIGIBLE * found.norm


@pytest.mark.parametrize("levels", [150, 300])
@pytest.mark.parametrize(("hot", "spread"), [(2.0, 0.5), (20.0, 0.5), (2.0, 0.05), (20.0, 0.01)])
def test_the_rounding_of_the_factor_is_covered(hot, spread, levels):
    """E = F C F† − W Σ W†, in extended precision, lies below stretch W W† + σ; without the margin it would not."""
    manifold = manifold_of(machine(levels, hot, spread))
    found, density = manifold.spectrum, manifold.density
    factor, core = density.factor[1:].astype(np.clongdouble), density.core.astype(np.clongdouble)
    stored = factor @ core @ factor.conj().T / np.longdouble(manifold.scale)
    wide = found.w.astype(np.clongdouble)
    missing = (stored - (wide * found.sign) @ wide.conj().T).astype(np.complex128)
    missing = 0.5 * (missing + missing.conj().T)
    for stretch in (0.0, 1e-12, 1e-11, 1e-10):
        left = np.linalg.eigvalsh(missing - stretch * (found.w @ found.w.conj().T))[-1]
        assert left <= found.error(stretch)
    assert np.linalg.eigvalsh(missing)[-1] > 1e-17 * found.norm
    assert found.error(1e-10) < found.error(0.0)
    stretch, slack = manifold.slack(1.0)
    assert slack >= 0.5 * levels * found.error(stretch)


def test_what_pulls_is_in_the_bound_of_the_convex_problem():
    """k < N: every phase set with one mean field is optimal, and a small pull is free to add its whole eigenvalue."""
    levels, weak = 60, 1e-7
    state = ts.steady_state(machine(levels, 20.0, 0.0))
    rng = np.random.default_rng(1)
    pull = rng.choice([-1.0, 1.0], levels)
    pull -= pull.mean()
    collective = state.density
    factor = np.zeros((levels + 1, 3), dtype=complex)
    factor[0, 0], factor[1:, 1], factor[1:, 2] = 1.0, 1.0, pull / np.linalg.norm(pull)
    link, pair = collective.link * 0.1, float(collective.pair) * 0.01
    core = np.array([[0, link, 0], [np.conj(link), pair, 0], [0, 0, -weak * pair * levels]])
    density = orderparameters.ThermalPlusLowRank(
        np.asarray(float(collective.ground)), np.full(levels + 1, float(collective.hot_ratio)), factor, core
    )
    manifold = Manifold.of(density)
    relaxed, free = orderparameters._convex(manifold)
    searched = ts.synchronization(DenseDensity(density.to_array()), random_starts=2)
    assert manifold.spectrum.positive == pytest.approx(weak * manifold.spectrum.negative, rel=1e-3)
    assert relaxed.bound * manifold.scale >= searched.pair_sum
    assert free.any() or relaxed.open
    sync = ts.synchronization(density)
    assert sync.pair_sum_bound >= searched.pair_sum
    assert sync.pair_sum <= searched.pair_sum_bound


def test_sums_over_many_levels_keep_their_rounding():
    """|ρ_1l| alone, so that the bound is a sum of 1500 moduli: it must not lie below the exact sum."""
    rng = np.random.default_rng(0)
    for _ in range(12):
        u = rng.random(1500) + 0.1
        factor = np.zeros((1501, 3), dtype=complex)
        factor[0, 0], factor[1:, 1], factor[1, 2] = 1.0, u, 1.0
        core = np.array([[0, 1j, 0], [-1j, 0, 0], [0, 0, -1e-30]])
        density = orderparameters.ThermalPlusLowRank(np.asarray(0.1), np.full(1501, 0.1), factor, core)
        sync = ts.synchronization(density)
        assert sync.pair_sum_bound >= sum_exactly(u)
        assert sync.certified


def sum_exactly(values):
    return sum(Fraction(float(value)) for value in values)


def test_a_point_with_an_open_proof_does_not_take_its_map_to_the_search(monkeypatch):
    """Three machines, one of which has a gap: only that one is searched."""
    drive = np.full((3, 160), 0.1)
    drive[1, 0] = 30.0
    options = {"cold_temperature": 1.0, "gamma_hot": 0.05, "gamma_cold": 0.2, "manifold_levels": 160, "spread": 0.3}
    state = ts.steady_state(ts.ThermalMaser.near_degenerate(drive=drive, hot_temperature=20.0, **options))
    searched, inner, by_factor = [], routes.searched_peak, orderparameters._by_factor

    def watched(some, knobs):
        searched.append(some.points)
        return inner(some, knobs)

    def with_a_gap(manifold, *discs):
        found = by_factor(manifold, *discs)
        unequal = np.abs(manifold.u).max() > 2.0 * np.median(np.abs(manifold.u))
        return replace(found, bound=2.0 * abs(found.bound)) if unequal else found

    monkeypatch.setattr(routes, "searched_peak", watched)
    monkeypatch.setattr(orderparameters, "_by_factor", with_a_gap)
    sync = ts.synchronization(state)
    assert searched == [1]
    assert sync.certified[[0, 2]].all()


@pytest.mark.parametrize("seed", range(14))
def test_a_hunt_of_machines_from_temperatures_finds_nothing(seed):
    """`python -m tests.hunts.temperatures 1000` is the long one."""
    found = temperatures.look(seed)
    assert found is None or not found[2]


@pytest.mark.parametrize("hot", REGIMES.values(), ids=REGIMES)
def test_bad_phases_have_a_bound_that_holds(hot, monkeypatch):
    """The dual bound is taken at whatever phases there are: the worse they are, the higher it must be."""
    manifold = manifold_of(machine(300, hot, 0.5))
    best = orderparameters._by_factor(manifold)
    monkeypatch.setattr(orderparameters, "climb", lambda form, z: (z, form.field(z)))
    rng = np.random.default_rng(0)
    for disturbed in (1e-5, 1e-4, 1e-3, 1e-2):
        found = orderparameters._proven(manifold, best.phasors * np.exp(1j * disturbed * rng.normal(size=300)))
        assert found.value <= best.value * (1 + 1e-12)
        assert found.bound >= best.value * (1 - 1e-12)
    assert found.open
