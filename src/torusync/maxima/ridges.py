"""How many independent ways lead on from an optimum at its own height: the dimension of a continuum of optima.

A flat direction of the Hessian proves nothing: a peak can be flat to fourth order and still be one point, and next to
other optima it looks like a continuum all the same.  So every flat direction is walked, with corrections back to the
ridge, and counts only where the height stays; what is walked along one is orthogonal to all others.
"""

from typing import Final, NamedTuple

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real
from torusync._lapack import spectra
from torusync._limits import WALKED_NUMBERS
from torusync.conventions import unit
from torusync.maxima.climb import ascend, height, hessian
from torusync.maxima.stacked import Enough

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

_LEVEL: Final = 1e-10
"""Part of the height that a walk may lack when its corrections end, safely less than what counts as equal."""

_LEFT_OUT: Final = 1e-13
"""Eigenvalues of diag μ − R, each level in units of its Σ_j |R_ij|, that no height feels."""

_BACK: Final = 0.5 * APART
"""Radians within which a climb has come back to a known optimum of the same height."""

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
    """Return the largest difference of phases, ``(...)`` in radians, of configurations ``(..., n)`` turned to agree."""
    turn = np.conj(first) * second
    overall = unit(np.sum(turn, axis=-1, keepdims=True), 1.0 + 0.0j)
    return np.asarray(np.abs(np.angle(turn * np.conj(overall))).max(axis=-1))


def bending(coherences: Complex, z: Complex) -> Real:
    """Return the Hessian ``(points, n, n)``, each level in units of its own Σ_j |R_ij|, the overall phase bent by −4.

    A level that couples weakly to the rest bends the landscape little, and is not free for that.
    """
    root = np.sqrt(np.abs(coherences).sum(axis=-1))
    overall = 2.0 * root / np.linalg.norm(root, axis=-1, keepdims=True)
    # one after the other: the product of two roots may underflow
    bent = hessian(coherences, z) / root[..., :, np.newaxis] / root[..., np.newaxis, :]
    return np.asarray(bent - overall[..., :, np.newaxis] * overall[..., np.newaxis, :])


class Deficit(NamedTuple):
    """What heights lack: f(z') = f(z) − ½ x† D x with x_i = z'_i sqrt(Σ_j |R_ij|), at any z' on the torus.

    D = U diag(values) U†, values ``(points, r)`` and axes U ``(points, n, r)``, is diag μ − R at a stationary z.  Where
    the optima are a large continuum it has few columns, and next to products with R those with D cost nothing.
    """

    values: Real
    axes: Complex

    @classmethod
    def of(cls, values: Real, vectors: Complex, z: Complex) -> "Deficit":
        """Return it from the spectrum of D turned by z: ``(points, n)`` and ``(points, n, n)``."""
        size = np.abs(values)
        most = int((size > _LEFT_OUT).sum(axis=-1).max(initial=1))
        kept = np.argsort(-size, axis=-1)[:, :most]
        axes = z[..., np.newaxis] * np.take_along_axis(vectors, kept[:, np.newaxis, :], -1)
        return cls(np.take_along_axis(values, kept, -1), axes)

    def rows(self, chosen: Integer) -> "Deficit":
        """Return that of some of the points."""
        return Deficit(self.values[chosen], self.axes[chosen])


def back_at(coherences: Complex, known: Complex, top: Real, *, climbs: int) -> Enough:
    """Return what tells of climbs that they are back at an optimum already known, and need not go on.

    ``coherences`` are ``(points, n, n)``, the optima ``(points, known, n)``, their height ``(points)``.  Each point
    makes ``climbs`` climbs, one point after the other.
    """

    def back(z: Complex, rows: Integer) -> Boolean:
        point = rows // climbs
        overlap = np.abs((np.conj(known[point]) @ z[..., np.newaxis])[..., 0])
        close = distance(known[point, overlap.argmax(axis=-1)], z) <= _BACK
        near = point[close]
        # from lower down the climb may yet lead elsewhere
        close[close] = height(coherences[near], z[close]) >= top[near] * (1.0 - SAME)
        return close

    return back


def walked(coherences: Complex, z: Complex, deficit: Deficit) -> Integer:
    """Return along how many independent directions the height stays, ``(points)``.

    ``coherences`` are those of connected parts ``(points, n, n)``, ``z`` ``(points, n)`` stationary.
    """
    here = Around.of(coherences, z)
    ways = _walked_far(coherences, z, deficit, here)
    for row in np.flatnonzero(ways < here.flat):
        flat, some = int(here.flat[row]), np.array([row])
        if flat > 1:
            # where branches cross all optima are special: from others of the same height, anywhere, the walk succeeds
            ways[row] = _walked_elsewhere(coherences[some], z[row], deficit.rows(some), flat)
        ways[row] = ways[row] or _short_walks(coherences[row], z[row], here.axes[row, :, :flat])
    return ways


def _walked_elsewhere(coherences: Complex, z: Complex, deficit: Deficit, flat: int) -> int:
    """Return the largest dimension up to ``flat`` that walks find from other points as high as z ``(n)``."""
    turns = _FAR * np.random.default_rng(0).uniform(-1.0, 1.0, (_BASES, len(z)))
    top, ways = height(coherences, z[np.newaxis]), 0
    # the first one alone is mostly enough
    for some in (turns[:1], turns[1:]):
        trial = z * np.exp(1j * some)
        repeated = np.repeat(coherences, len(trial), axis=0)
        enough = back_at(coherences, z[np.newaxis, np.newaxis], top, climbs=len(trial))
        found = ascend(repeated, trial, enough=enough)
        away = distance(z, found) > _BACK
        if not away.any():
            # from around a crossing climbs end on its branches: this is a peak
            break
        for base in found[away & (height(repeated, found) >= top * (1.0 - SAME))]:
            around = Around.of(coherences, base[np.newaxis])
            if around.flat[0] > ways:
                ways = max(ways, int(_walked_far(coherences, base[np.newaxis], deficit, around)[0]))
            if ways >= flat:
                return ways
    return ways


class Around(NamedTuple):
    """Axes ``(points, n, n)`` of the Hessian, the ``flat`` ``(points)`` flat ones first, and the overall phase last."""

    axes: Real
    flat: Integer

    @classmethod
    def of(cls, coherences: Complex, z: Complex) -> "Around":
        """Return them at ``z`` ``(points, n)``."""
        values, axes = spectra(bending(coherences, z))
        order = np.argsort(np.abs(values), axis=-1)
        return cls(np.take_along_axis(axes, order[:, np.newaxis, :], -1), (np.abs(values) <= NULL).sum(axis=-1))


def _walked_far(coherences: Complex, z: Complex, deficit: Deficit, around: Around) -> Integer:
    """Return the dimension of the set around z, 0 where it has no single one.

    All flat axes must allow a walk, and a mixture of them, too: where branches cross, only the axes do.
    """
    ways = np.zeros(len(z), dtype=np.int64)
    for flat in np.unique(around.flat[around.flat > 0]):
        rows = np.flatnonzero(around.flat == flat)
        level = _long_walks(coherences[rows], z[rows], deficit.rows(rows), around.axes[rows], int(flat))
        ways[rows] = np.where(level, flat, 0)
    return ways


def _long_walks(coherences: Complex, z: Complex, deficit: Deficit, axes: Real, flat: int) -> Boolean:
    """Return where the first ``flat`` columns of ``axes`` and a mixture of them keep their height, ``(points)``."""
    size, ways = z.shape[-1], axes[..., :flat]
    if flat > 1:
        mixture = ways @ np.random.default_rng(0).normal(size=(flat, 1))
        ways = np.concatenate([mixture, ways], axis=-1)
    step = max(1, WALKED_NUMBERS // (len(z) * size * (size - flat)))
    level = np.ones(len(z), dtype=np.bool_)
    for begin in range(0, ways.shape[-1], step):
        level &= _keep_level(coherences, z, deficit, ways[..., begin : begin + step], axes[..., flat:-1])
        if not level.any():
            break
    return level


def _keep_level(coherences: Complex, z: Complex, deficit: Deficit, ways: Real, steep: Real) -> Boolean:
    """Return where all of the ``ways`` ``(points, n, k)`` keep their height, ``(points)``.

    Corrections are made along the ``steep`` axes alone, so that what is walked along one flat axis stays orthogonal to
    all others.  They are guided by the deficit; what counts are heights.
    """
    root, top = np.sqrt(np.abs(coherences).sum(axis=-1))[:, np.newaxis, :], height(coherences, z)[:, np.newaxis]
    ways = _FAR * _radians(np.swapaxes(ways, -1, -2), root)
    back = np.zeros((*ways.shape[:2], steep.shape[-1]))
    level, here, across = np.ones(len(z), dtype=np.bool_), z[:, np.newaxis, :], np.swapaxes(steep, -1, -2)
    for leg in range(1, _LEGS + 1):
        # a ridge bends to second order
        back *= (leg / max(leg - 1, 1)) ** 2
        for correction in range(_CORRECTIONS + 1):
            turn = (leg / _LEGS * ways + back @ across) / root
            here = z[:, np.newaxis, :] * (np.cos(turn) + 1j * np.sin(turn))
            seen = (root * here) @ np.conj(deficit.axes)
            lack = 0.5 * (deficit.values[:, np.newaxis, :] * (seen.real**2 + seen.imag**2)).sum(axis=-1)
            if correction == _CORRECTIONS or ((lack <= _LEVEL * top).all(axis=-1) | ~level).all():
                break
            step = _uphill(deficit, here, seen, root, steep)
            back += np.clip(step, -_LONGEST, _LONGEST)
        pull = np.conj(here) * (here @ np.swapaxes(coherences, -1, -2))
        level &= (0.5 * pull.real.sum(axis=-1) >= top * (1.0 - SAME)).all(axis=-1)
        if not level.any():
            break
    return np.asarray(level & (distance(z[:, np.newaxis, :], here) > APART).all(axis=-1))


def _uphill(deficit: Deficit, z: Complex, seen: Complex, root: Real, steep: Real) -> Real:
    """Return Newton's steps ``(points, k, s)`` along the ``steep`` axes ``(points, n, s)``, always upwards.

    ``seen`` ``(points, k, r)`` is U† x at ``z`` ``(points, k, n)``.
    """
    scaled, steep = deficit.values[:, np.newaxis, :] * seen, steep[:, np.newaxis]
    turned = np.conj(np.swapaxes(deficit.axes, -1, -2))[:, np.newaxis] @ (z[..., np.newaxis] * steep)
    slope = -(np.conj(turned) * scaled[..., np.newaxis]).imag.sum(axis=-2)
    inward = (np.conj(z) * (scaled @ np.swapaxes(deficit.axes, -1, -2))).real / root
    bent = np.swapaxes(steep, -1, -2) @ (inward[..., np.newaxis] * steep)
    bent -= (np.conj(np.swapaxes(turned, -1, -2)) @ (deficit.values[:, np.newaxis, :, np.newaxis] * turned)).real
    curvature, axes = spectra(bent)
    along = (slope[..., np.newaxis, :] @ axes)[..., 0, :] / np.maximum(np.abs(curvature), NULL)
    return np.asarray((axes @ along[..., np.newaxis])[..., 0])


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
        whole, known = np.repeat(coherences[np.newaxis], len(trial), axis=0), base[:, np.newaxis]
        reached = ascend(whole, trial, enough=back_at(whole, known, np.full(len(trial), top), climbs=1))
        returned = distance(base, reached) <= _BACK
        reached *= np.exp(-1j * np.angle(np.sum(root**2 * np.conj(base) * reached, axis=-1)))[:, np.newaxis]
        level = height(coherences[np.newaxis], reached) >= top * (1.0 - SAME)
        moved = np.where((level & ~returned)[:, np.newaxis], root * np.angle(np.conj(base) * reached), 0.0)
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
