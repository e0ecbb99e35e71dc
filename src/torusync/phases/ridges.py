"""How many independent ways lead on from an optimum at its own height: the dimension of a continuum of optima.

A flat direction of the Hessian proves nothing: a peak can be flat to fourth order and still be one point, and next to
other optima it looks like a continuum all the same.  So every flat direction is walked, with corrections back to the
ridge, and counts only where the height stays; what is walked along one is orthogonal to all others.
"""

from typing import Final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real
from torusync._lapack import spectra
from torusync.conventions import unit
from torusync.phases.torus import ascend, height, hessian

NULL: Final = 1e-8
"""Size below which an eigenvalue counts as zero, each level in units of its Σ_j |R_ij|: the square root of the accuracy
of the phases."""

SAME: Final = 1e-9
"""Relative difference of heights that count as equal; the same as the certified gap."""

APART: Final = 0.03
"""Radians by which at least one phase of two different optima differs, once their overall phases agree."""

_FAR: Final = 0.5
"""Radians by which the phase that turns most does so on a walk: what it feels of a peak of fourth order has lost
3e-3 there, of one of sixth order 2e-5, of one of eighth order 1e-7."""

_LEGS: Final = 4
_CORRECTIONS: Final = 8
_LONGEST: Final = 1.0

_ENTRIES: Final = 2**20
"""Entries of the arrays of walks that are made at once."""
_ARRIVED: Final = 1e-9
"""Last correction, in the same units as a walk, after which the height is exact."""

_SHORT: Final = 0.1
"""The same for a step that is followed by a whole climb, where the set is too small or too bent for a long walk."""

_FOLLOWED: Final = 0.5
"""Part of a short step that must be left after the climb: at a degenerate peak none is."""

_BASES: Final = 4
"""Other optima from which walks are tried."""

_STEPS: Final = 12
_DIRECTIONS: Final = 16
"""Directions in which short steps are tried at most."""


def distance(first: Complex, second: Complex) -> Real:
    """Return the largest difference of phases, ``(...)`` in radians, between two configurations ``(..., n)``.

    Their overall phases are brought to agree first.
    """
    turn = np.conj(first) * second
    overall = unit(np.sum(turn, axis=-1, keepdims=True), 1.0 + 0.0j)
    return np.asarray(np.abs(np.angle(turn * np.conj(overall))).max(axis=-1))


def bending(coherences: Complex, z: Complex) -> Real:
    """Return the Hessian ``(points, n, n)``, each level in units of its own Σ_j |R_ij|, the overall phase bent by −1.

    A level that couples weakly to the rest bends the landscape little, and is not free for that.
    """
    root = np.sqrt(np.abs(coherences).sum(axis=-1))
    overall = root / np.linalg.norm(root, axis=-1, keepdims=True)
    # one after the other: the product of two roots may underflow
    bent = hessian(coherences, z) / root[..., :, np.newaxis] / root[..., np.newaxis, :]
    return np.asarray(bent - overall[..., :, np.newaxis] * overall[..., np.newaxis, :])


def walked(coherences: Complex, z: Complex) -> Integer:
    """Return along how many independent directions the height stays, ``(points)``.

    ``coherences`` are those of connected parts ``(points, n, n)``, ``z`` ``(points, n)`` stationary.
    """
    ways, axes, flat = _walked_far(coherences, z)
    for row in np.flatnonzero(ways < flat):
        # where branches cross all optima are special: from others of the same height, anywhere, the walk succeeds
        others = _elsewhere(coherences[row], z[row]) if flat[row] > 1 else z[:0]
        far, _, _ = _walked_far(np.repeat(coherences[row][np.newaxis], len(others), axis=0), others)
        ways[row] = far.max(initial=0) or _short_walks(coherences[row], z[row], axes[row, :, : flat[row]])
    return ways


def _elsewhere(coherences: Complex, z: Complex) -> Complex:
    """Return other points of the same height, ``(found, n)``, that climbs from around z ``(n)`` lead to."""
    turns = _FAR * np.random.default_rng(0).uniform(-1.0, 1.0, (_BASES, len(z)))
    repeated = np.repeat(coherences[np.newaxis], _BASES, axis=0)
    found = ascend(repeated, z * np.exp(1j * turns))
    return found[height(repeated, found) >= height(repeated[:1], z[np.newaxis]) * (1.0 - SAME)]


def _walked_far(coherences: Complex, z: Complex) -> tuple[Integer, Real, Integer]:
    """Return the dimension of the set around z, 0 where it has no single one, the axes, and how many are flat.

    All flat axes must allow a walk, and a mixture of them, too: where branches cross, only the axes do.
    """
    values, axes = spectra(bending(coherences, z))
    # by size, the flat ones first
    order = np.argsort(np.abs(values), axis=-1)
    values, axes = np.take_along_axis(values, order, -1), np.take_along_axis(axes, order[:, np.newaxis, :], -1)
    count = (np.abs(values) <= NULL).sum(axis=-1)
    ways = np.zeros(len(z), dtype=np.int64)
    for flat in np.unique(count[count > 0]):
        rows = np.flatnonzero(count == flat)
        ways[rows] = np.where(_long_walks(coherences[rows], z[rows], axes[rows], int(flat)), flat, 0)
    return ways, axes, count


def _long_walks(coherences: Complex, z: Complex, axes: Real, flat: int) -> Boolean:
    """Return where the first ``flat`` columns of ``axes`` and a mixture of them keep their height, ``(points)``."""
    size, ways = z.shape[-1], axes[..., :flat]
    if flat > 1:
        mixture = ways @ np.random.default_rng(0).normal(size=(flat, 1))
        ways = np.concatenate([mixture, ways], axis=-1)
    step = max(1, _ENTRIES // (len(z) * size * (size - flat)))
    level = np.ones(len(z), dtype=np.bool_)
    for begin in range(0, ways.shape[-1], step):
        level &= _keep_level(coherences, z, ways[..., begin : begin + step], axes[..., flat:]).all(axis=-1)
        if not level.any():
            break
    return level


def _keep_level(coherences: Complex, z: Complex, ways: Real, steep: Real) -> Boolean:
    """Return which of the ``ways`` ``(points, n, k)`` keep their height, ``(points, k)``.

    Corrections are made along the ``steep`` axes alone, so that what is walked along one flat axis stays orthogonal to
    all others.
    """
    root, top = np.sqrt(np.abs(coherences).sum(axis=-1)), height(coherences, z)
    ways = _FAR * _radians(np.swapaxes(ways, -1, -2), root[:, np.newaxis, :])
    back = np.zeros((*ways.shape[:2], steep.shape[-1]))
    level, here = np.ones(ways.shape[:2], dtype=np.bool_), z[:, np.newaxis, :]
    for leg in range(1, _LEGS + 1):
        for _ in range(_CORRECTIONS):
            turn = leg / _LEGS * ways + back @ np.swapaxes(steep, -1, -2)
            here = z[:, np.newaxis, :] * np.exp(1j * turn / root[:, np.newaxis, :])
            step, value = _uphill(coherences, here, root, steep)
            if np.abs(step).max(initial=0.0) <= _ARRIVED:
                break
            back += np.clip(step, -_LONGEST, _LONGEST)
        level &= value >= (top * (1.0 - SAME))[:, np.newaxis]
    return np.asarray(level & (distance(z[:, np.newaxis, :], here) > APART))


def _uphill(coherences: Complex, z: Complex, root: Real, steep: Real) -> tuple[Real, Real]:
    """Return Newton's steps along the ``steep`` axes, always upwards, and the heights, at ``z`` ``(points, k, n)``."""
    points, count, size = z.shape
    pull = np.conj(z) * (z @ np.swapaxes(coherences, -1, -2))
    scaled = steep / root[..., np.newaxis]
    slope = pull.imag @ scaled
    turned = z[..., np.newaxis] * scaled[:, np.newaxis]
    # one product for all walks of a point
    side_by_side = np.moveaxis(turned, 1, 2).reshape(points, size, -1)
    seen = np.moveaxis((coherences @ side_by_side).reshape(points, size, count, -1), 2, 1)
    bent = (np.conj(np.swapaxes(turned, -1, -2)) @ seen).real
    bent -= np.swapaxes(scaled, -1, -2)[:, np.newaxis] @ (pull.real[..., np.newaxis] * scaled[:, np.newaxis])
    overall = (root[:, np.newaxis, :] @ steep) / np.linalg.norm(root, axis=-1)[:, np.newaxis, np.newaxis]
    curvature, axes = spectra(bent - (np.swapaxes(overall, -1, -2) * overall)[:, np.newaxis])
    along = (slope[..., np.newaxis, :] @ axes)[..., 0, :] / np.maximum(np.abs(curvature), NULL)
    return np.asarray((axes @ along[..., np.newaxis])[..., 0]), np.asarray(0.5 * pull.real.sum(axis=-1))


def _radians(ways: Real, root: Real) -> Real:
    """Return vectors y = root φ scaled so that the phase that turns most does so by one radian."""
    return np.asarray(ways / np.abs(ways / root).max(axis=-1, keepdims=True))


def _short_walks(coherences: Complex, z: Complex, flat: Real) -> int:
    """Return along how many of the flat directions short steps, each with a climb after it, lead away from z."""
    root = np.sqrt(np.abs(coherences).sum(axis=-1))
    top, count = float(height(coherences[np.newaxis], z[np.newaxis])[0]), flat.shape[1]
    turns = np.eye(count)
    if count > _DIRECTIONS:
        turns = np.linalg.qr(np.random.default_rng(0).normal(size=(count, _DIRECTIONS)))[0].T

    def step(base: Complex, ways: Real) -> tuple[Complex, Real]:
        """Step from ``base`` ``(m, n)``, climb, and return where that led and the turn of the phases, weighted."""
        ways = _SHORT * _radians(ways, root)
        trial = base * np.exp(1j * ways / root)
        reached = ascend(np.repeat(coherences[np.newaxis], len(trial), axis=0), trial)
        reached *= np.exp(-1j * np.angle(np.sum(root**2 * np.conj(base) * reached, axis=-1)))[:, np.newaxis]
        level = height(coherences[np.newaxis], reached) >= top * (1.0 - SAME)
        moved = np.where(level[:, np.newaxis], root * np.angle(np.conj(base) * reached), 0.0)
        return reached, np.asarray(moved / np.linalg.norm(ways, axis=-1, keepdims=True))

    _, moved = step(np.broadcast_to(z, (len(turns), len(z))), turns @ flat.T)
    _, left, tangents = np.linalg.svd(moved @ flat)
    ways = tangents[: len(left)][left > _FOLLOWED] @ flat.T
    here = np.repeat(z[np.newaxis], len(ways), axis=0)
    away, walking = np.zeros(len(ways), dtype=np.bool_), np.ones(len(ways), dtype=np.bool_)
    for _ in range(_STEPS):
        rows = np.flatnonzero(walking & ~away)
        if not rows.size:
            break
        here[rows], moved = step(here[rows], ways[rows])
        size = np.linalg.norm(moved, axis=-1)
        walking[rows] = size > _FOLLOWED
        ways[rows] = moved / np.maximum(size, _FOLLOWED)[:, np.newaxis]
        away[rows] = walking[rows] & (distance(z, here[rows]) > 2.0 * APART)
    # where branches cross more directions lead away than the set has dimensions: on the branches there are no more
    along, _ = spectra(bending(np.repeat(coherences[np.newaxis], len(here), axis=0), here))
    most = (np.abs(along) <= NULL).sum(axis=-1)[away].max(initial=0)
    return int(min(away.sum(), most))
