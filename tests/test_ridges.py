"""Is a flat direction walked before it counts, and are crossing branches no dimensions?"""

import numpy as np
import pytest

import torusync as ts
from problems import ENGINE_BATHS
from torusync._lapack import spectra
from torusync.maxima.climb import ascend, height
from torusync.maxima.optima import _dual
from torusync.maxima.ridges import Around, Deficit, _long_walks, _short_walks, _walked_far, back_at, walked
from torusync.phases import Optimum

QUARTIC = np.array([[0.0, 2.0, -1.0], [2.0, 0.0, 2.0], [-1.0, 2.0, 0.0]], dtype=complex)
"""4 cos θ − cos 2θ along the phases 0, θ, 2θ: flat to fourth order at θ = 0."""


def deficit_at(coherences, z):
    return Deficit.of(*spectra(_dual(coherences, z)), z)


@pytest.mark.parametrize("weight", [1.0, 1e-2, 1e-4])
def test_a_peak_of_fourth_order_is_left_by_no_walk(weight):
    """However small its part of the height is: three levels that hang on two strong ones."""
    coherences = np.zeros((5, 5), dtype=complex)
    coherences[:3, :3] = weight * QUARTIC
    coherences[2, 3] = coherences[3, 2] = weight
    coherences[3, 4] = coherences[4, 3] = 1.0
    z = np.ones(5, dtype=complex)
    one, point = coherences[np.newaxis], z[np.newaxis]
    around = Around.of(one, point)
    assert around.flat[0] == 1
    assert _walked_far(one, point, deficit_at(one, point), around)[0] == 0
    assert _short_walks(coherences, z, around.axes[0, :, :1]) == 0
    assert walked(one, point, deficit_at(one, point))[0] == 0


@pytest.mark.parametrize(("size", "free"), [(4, 1), (6, 3), (8, 5)])
@pytest.mark.parametrize("seed", range(3))
def test_short_walks_count_no_crossing_branches(size, free, seed):
    """From opposed pairs in line more directions lead away than the set has dimensions, whatever axes are taken."""
    coherences = (np.eye(size) - np.ones((size, size))).astype(complex)
    z = np.repeat([1.0 + 0.0j, -1.0], size // 2)
    around = Around.of(coherences[np.newaxis], z[np.newaxis])
    flat = int(around.flat[0])
    assert flat > free
    turned = np.linalg.qr(np.random.default_rng(seed).normal(size=(flat, flat)))[0]
    assert 1 <= _short_walks(coherences, z, around.axes[0, :, :flat] @ turned) <= free


def test_all_directions_of_a_smooth_set_are_walked():
    coherences = (np.eye(5) - np.ones((5, 5))).astype(complex)[np.newaxis]
    z = np.exp(2j * np.pi * np.arange(5) / 5)[np.newaxis]
    around = Around.of(coherences, z)
    ways = _walked_far(coherences, z, deficit_at(coherences, z), around)
    assert ways[0] == around.flat[0] == 2


def test_two_branches_that_cross_are_no_surface():
    """Of four levels in line, 0 with 2 may turn against 1 with 3, or 0 with 3 against 1 with 2, and no mixture may."""
    coherences = (np.eye(4) - np.ones((4, 4))).astype(complex)[np.newaxis]
    z = np.array([[1.0 + 0.0j, 1.0, -1.0, -1.0]])
    axes = 0.5 * np.array([[1, -1, 1, -1], [1, -1, -1, 1], [1, 1, -1, -1], [1, 1, 1, 1]]).T[np.newaxis]
    deficit = deficit_at(coherences, z)
    assert not _long_walks(coherences, z, deficit, axes, 2)[0]
    for one in ([0, 1, 2, 3], [1, 0, 2, 3]):
        assert _long_walks(coherences, z, deficit, axes[..., one], 1)[0]


@pytest.mark.parametrize("seed", range(4))
def test_the_deficit_tells_every_height(seed):
    """At any phases, also where z is no maximum; and a state whose optima are a continuum needs few columns for it."""
    rng = np.random.default_rng(seed)
    coherences = rng.normal(size=(7, 7)) + 1j * rng.normal(size=(7, 7))
    coherences = ((coherences + np.conj(coherences.T)) * (1.0 - np.eye(7)))[np.newaxis]
    z = ascend(coherences, np.exp(2j * np.pi * rng.random((1, 7))))
    deficit = deficit_at(coherences, z)
    other = np.exp(2j * np.pi * rng.random((1, 7)))
    x = np.sqrt(np.abs(coherences[0]).sum(axis=-1)) * other[0]
    lack = 0.5 * (deficit.values[0] * np.abs(np.conj(deficit.axes[0].T) @ x) ** 2).sum()
    assert height(coherences, z)[0] - lack == pytest.approx(height(coherences, other)[0], abs=1e-11)


def test_a_climb_is_back_only_beside_an_optimum_and_at_its_height():
    """Of two rings of five, each with two optima: next to one of its own, and no lower than rounding."""
    ring = -(np.eye(5, k=1) + np.eye(5, k=-1) + np.eye(5, k=4) + np.eye(5, k=-4)).astype(complex)
    winding = np.exp(2j * np.pi * 2 * np.arange(5) / 5)
    known = np.stack([[winding, np.conj(winding)]] * 2)
    coherences = np.stack([ring, ring])
    back = back_at(coherences, known, height(coherences, known[:, 0]), climbs=3)
    turn = np.exp(1j * np.array([1.0, 0.0, 0.0, 0.0, 0.0]))
    climbs = np.stack(
        [
            1j * winding,
            np.conj(winding) * turn**1e-6,
            winding * turn**1e-3,
            winding * turn**1e-1,
            np.exp(2j * np.pi * np.arange(5) / 5),
            np.conj(winding),
        ]
    )
    assert back(climbs, np.arange(6)).tolist() == [True, True, False, False, False, True]
    assert back(climbs[[5, 2]], np.array([5, 2])).tolist() == [True, False]


@pytest.mark.parametrize("levels", [12, 60])
def test_the_continuum_is_found_though_the_best_point_lies_where_the_ridge_is_nearly_flat_across(levels):
    """Of many levels the climb ends beside phases in line, from where long walks fail: other optima allow them."""
    maser = ts.ThermalMaser(np.full(levels, 0.1), **ENGINE_BATHS)
    sync = ts.synchronization(ts.steady_state(maser).rho)
    assert sync.optimum is Optimum.CONTINUUM
    assert sync.optima_dimension == levels - 2
