"""Is what the pieces of a peak hand on to each other the better value, the lower bound, and the whole set of optima?

Few machines are so frustrated that a proof stays open or optima tie, so that the pieces are asked by themselves.
"""

from dataclasses import replace

import numpy as np
import pytest

import torusync as ts
from problems import ENGINE_BATHS as ENGINE
from torusync.densities import ThermalPlusLowRank
from torusync.maxima import singly
from torusync.maxima.certificate import eigenvalue_bound, multipliers
from torusync.maxima.climb import ascend, height
from torusync.maxima.manifolds import Manifold
from torusync.maxima.optima import describe
from torusync.maxima.peak import Found, Knobs, Optimum, Proof
from torusync.maxima.relaxation import dual_path
from torusync.maxima.ridges import _radians
from torusync.maxima.singly import Single
from torusync.steady import Collective

POINT = Found(np.ones(2, dtype=complex), 1.0, 1.5, Proof.EIGENVALUE, Optimum.POINT)


def machine_like(coherences):
    """One part of many levels, with the diagonal that a machine of few has, in units of its largest coherence."""
    off = np.asarray(coherences, dtype=complex) * (1.0 - np.eye(len(coherences)))
    return Single(off / np.abs(off).max(), np.diag(coherences).real / np.abs(off).max())


def engine(rng, size):
    """Coherences that ask for more than phases can give, beside populations far below their thermal ones."""
    off = np.triu(rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size)), 1)
    return off + off.conj().T - 3.0 * size * np.eye(size)


# -- two findings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lower_bound_is_of_the_lower_value", [True, False])
def test_the_higher_value_and_the_lower_bound_are_taken(lower_bound_is_of_the_lower_value):
    bounds = (1.2, 1.3) if lower_bound_is_of_the_lower_value else (1.3, 1.2)
    low = replace(POINT, value=1.0, bound=bounds[0], proof=Proof.SEMIDEFINITE)
    high = replace(POINT, phasors=-POINT.phasors, value=1.1, bound=bounds[1])
    for best in (low.better_of(high), high.better_of(low)):
        assert best.value == 1.1
        assert best.phasors is high.phasors
        assert best.bound == 1.2
        assert best.proof is (low if lower_bound_is_of_the_lower_value else high).proof


def test_of_two_values_equal_but_for_rounding_the_one_that_proves_more_is_taken():
    low = replace(POINT, bound=1.2, optima_count=2)
    high = replace(POINT, value=1.0 + 1e-15)
    assert low.better_of(high).optima_count == high.better_of(low).optima_count == 2
    assert low.better_of(replace(high, value=1.0 + 1e-11)).optima_count == 1


# -- a block by its entries --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("levels", "count", "dimension"), [(3, 2, 0), (4, 0, 1), (5, 0, 2)])
def test_levels_that_all_avoid_each_other_tie(levels, count, dimension):
    """Σ z = 0 is best: a triangle and its mirror image, or a polygon of D − 3 joints."""
    found = machine_like(np.eye(levels) - np.ones((levels, levels))).peak(Knobs())
    assert found.value == pytest.approx(0.5 * levels, rel=1e-14)
    assert found.bound <= 0.5 * levels * (1 + 1e-12)
    assert found.optima_count == count
    assert found.optima_dimension == dimension
    assert found.optimum is (Optimum.CONTINUUM if dimension else Optimum.SEVERAL)


def test_a_proof_that_stays_open_takes_the_lowest_of_all_bounds():
    """Frustrated engines: starts, the convex problem and the relaxation, of which the value and the bound are best."""
    rng, relaxed = np.random.default_rng(5), 0
    for _ in range(12):
        part = machine_like(engine(rng, 6))
        found, whole = part.peak(Knobs()), part.coherences[np.newaxis]
        reached = ascend(whole.repeat(40, axis=0), np.exp(2j * np.pi * rng.random((40, 6))))
        assert found.value >= height(whole.repeat(40, axis=0), reached).max() * (1 - 1e-12)
        assert found.bound >= found.value
        if found.open or found.proof is Proof.SEMIDEFINITE:
            relaxed += 1
            assert found.bound <= eigenvalue_bound(whole, dual_path(whole)[0])[0][0]
            assert found.bound <= eigenvalue_bound(whole, multipliers(whole, found.phasors[np.newaxis]))[0][0]
    assert relaxed > 3


def test_the_convex_bound_by_entries_is_met_by_an_engine_and_passed_by_nothing(rng):
    """Near-degenerate it is the maximum; where populations are far below their thermal values it is only a bound."""
    state = ts.steady_state(
        ts.ThermalMaser(0.1 * rng.uniform(0.5, 1.5, 30), splittings=0.01 * rng.random(30), **ENGINE)
    )
    block = state.density.to_array()[1:, 1:]
    block[np.diag_indices(31)] = state.density.excess
    for matrix, met in ((block, True), *((engine(rng, 6), False) for _ in range(12))):
        part = machine_like(matrix)
        found, inner = part.peak(Knobs()), part.form.block + np.diag(part.natural[1:])
        z, bound = singly._convex(part.form.u, inner, *np.linalg.eigh(inner))
        assert bound >= found.value
        assert not met or bound <= found.value * (1 + 1e-9)
        np.testing.assert_allclose(np.abs(z), 1.0, rtol=1e-14)


# -- a block by its factor ---------------------------------------------------------------------------------------------


def test_the_bound_that_takes_no_eigenvalue_counts_every_level_of_the_manifold(rng):
    """Aligned, the pull of one column reaches what its moduli say; the last level carries most of it."""
    column = np.concatenate([[0.0], rng.random(5), [50.0]]).astype(complex)
    factor = np.stack([np.eye(7)[0], column], axis=1)
    link = 1e-3
    manifold = Manifold.of(
        ThermalPlusLowRank(np.asarray(0.1), np.full(7, 0.1), factor, np.array([[0, link], [link, 1.0]]))
    )
    aligned = np.ones(6, dtype=complex)
    assert manifold.crude_bound() >= manifold.height_in_the_state(aligned) > 0.0
    moduli = np.abs(column[1:]) / np.sqrt(manifold.scale)
    true = link * column[1:].real.sum() / manifold.scale + (moduli**2).sum() + 0.5 * moduli.sum() ** 2
    assert manifold.crude_bound() == pytest.approx(true, rel=1e-12)


# -- the set of optima -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("off", [2.0, 3.0])
def test_a_level_that_couples_below_the_rounding_of_the_others_gets_the_phase_it_sees(off):
    """Of the two levels of the faint bond one has its phase already, so that one turns and the other does not."""
    coherences = np.zeros((1, 4, 4), dtype=complex)
    for first, second, value in ((0, 1, 1.0), (0, 2, 1.0), (2, 3, 1e-18)):
        coherences[0, first, second] = coherences[0, second, first] = value
    z = np.array([[1.0, 1.0, 1.0, np.exp(1j * off)]])
    found = describe(coherences, z)
    np.testing.assert_allclose(found.phasors, found.phasors[:, :1] * np.ones((1, 4)), atol=1e-15)
    assert (found.optima_count[0], found.optima_dimension[0], found.complete[0]) == (1, 0, True)


def test_baths_in_balance_leave_no_phase_of_a_driven_level():
    """Between equal baths a drive makes no coherence, and nothing is optimal; the least difference makes some."""
    drive, others = [0.1, 0.2, 0.3], {"n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
    for n_hot, balanced in ((0.5, True), (0.5 * (1.0 + 1e-15), False)):
        maser = ts.ThermalMaser(drive, n_hot=n_hot, **others)
        found = ts.synchronization(ts.steady_state(maser, solver=Collective()))
        assert (found.optimum is Optimum.UNDEFINED) == (found.s_max == 0.0) == balanced
        assert np.isnan(found.phases[1:]).all() == balanced


@pytest.mark.parametrize(("off", "complete"), [(0.0, True), (2e-8, True), (1e-7, False)])
def test_a_tie_is_counted_whole_where_its_phases_are_known_to_the_root_of_rounding(off, complete):
    """A triangle and its mirror image: its null space is off by a quarter of what a phase is."""
    coherences = np.eye(3, dtype=complex) - np.ones((3, 3))
    z = np.exp(1j * np.array([0.0, 2.0 * np.pi / 3.0, 4.0 * np.pi / 3.0 + off]))
    found = describe(coherences[np.newaxis], z[np.newaxis])
    assert (found.optima_count[0], found.complete[0]) == (2, complete)


def test_a_walk_is_measured_by_the_phase_that_turns_most_and_not_by_its_weight(rng):
    """Axes are in units of the root of each level's coupling: along a faint level little is a large turn."""
    root = np.array([1.0, 1e-4, 3.0])
    turns = rng.normal(size=(2, 4, 3))
    walked = _radians(turns * root, root) / root
    np.testing.assert_allclose(walked, turns / np.abs(turns).max(axis=-1, keepdims=True), rtol=1e-14)
