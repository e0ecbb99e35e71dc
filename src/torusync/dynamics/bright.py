"""Eigenvectors of the drift of machines some of whose levels are identical.

Levels of equal energy and damping have one direction that the drive reaches, that of λ*, their bright state; all that
are orthogonal to it are dark, and eigenvectors of one eigenvalue.  LAPACK, asked for the eigenvectors of the whole
drift, finds any vectors of the degenerate space, and from some fifty levels on such that they are nearly dependent:
rounding splits the eigenvalue and each part of it gets a vector of its own.  So the dark directions are taken out
first, by reflections within each group, and only what is left is decomposed.  Equally correlated dipoles couple one
more direction of a group, that of the sum of its levels.
"""

from typing import Any, Final

import numpy as np

from torusync._checks import Boolean, Complex, Real
from torusync._lapack import modes
from torusync.conventions import EPS
from torusync.generators import PumpedManifold
from torusync.generators.base import dagger

_EQUAL: Final = 16.0 * EPS
"""Differences of levels, relative to the largest, that are those of sums in another order.  What is left out with them
is not assumed away: the eigenvectors miss the drift by it, which is measured."""


def drift_modes(block: PumpedManifold, drift: Complex) -> tuple[Complex, Complex]:
    """Return eigenvalues and eigenvectors of the drift of flat machines, nan where none; dark ones are orthogonal."""
    groups = _groups(block, drift)
    some = np.flatnonzero(groups.sum(axis=(-2, -1)) > drift.shape[-1])
    if not some.size:
        return modes(drift)
    if len(some) == len(drift):
        return _turned(drift, groups, correlated=block.dipoles is not None)
    rest = np.setdiff1d(np.arange(len(drift)), some)
    rates, vectors = np.empty(drift.shape[:-1], dtype=np.complex128), np.empty_like(drift)
    rates[rest], vectors[rest] = modes(drift[rest])
    rates[some], vectors[some] = _turned(drift[some], groups[some], correlated=block.dipoles is not None)
    return rates, vectors


def _groups(block: PumpedManifold, drift: Complex) -> Boolean:
    """Return which of the M levels are identical but for their drive, ``(points, M, M)``; |1> is alone."""
    size = drift.shape[-1]
    own = np.diagonal(drift, axis1=-2, axis2=-1)[:, 1:]
    with np.errstate(invalid="ignore"):
        near = np.abs(own).max(axis=-1)[:, np.newaxis, np.newaxis] * _EQUAL
        # each belongs to the first that it is equal to, which makes groups of what is not quite transitive
        first = (np.abs(own[:, :, np.newaxis] - own[:, np.newaxis]) <= near).argmax(axis=-1)
    same = np.broadcast_to(np.eye(size, dtype=np.bool_), drift.shape).copy()
    alike = first[:, :, np.newaxis] == first[:, np.newaxis]
    if block.dipoles is not None:
        alike &= _equally_correlated(block.dipoles)[:, np.newaxis, np.newaxis]
    finite = np.asarray(np.isfinite(own).all(axis=-1))
    same[:, 1:, 1:] |= alike & finite[:, np.newaxis, np.newaxis]
    return same


def _equally_correlated(dipoles: Real) -> Boolean:
    """Return where all pairs of dipoles have one correlation."""
    pairs = dipoles[..., ~np.eye(dipoles.shape[-1], dtype=np.bool_)]
    return np.asarray((pairs == pairs[:, :1]).all(axis=-1))


def _turned(drift: Complex, groups: Boolean, *, correlated: bool) -> tuple[Complex, Complex]:
    """Return eigenvalues and eigenvectors by way of bright and dark states, of finite machines with such groups."""
    points, size = drift.shape[:2]
    kept = groups.argmax(axis=-1) == np.arange(size)
    turn = _reflection(drift[:, :, 0], groups, kept)
    if correlated:
        # within what the first reflection leaves of each group: its first level is the bright state now
        rest = groups & ~kept[:, :, np.newaxis] & ~kept[:, np.newaxis]
        leaders = ~kept & (rest.argmax(axis=-1) == np.arange(size))
        whole = np.ones((points, size, 1), dtype=np.complex128)
        turn = turn @ _reflection((dagger(turn) @ whole)[..., 0], rest, leaders)
        kept = kept | leaders
    reduced = dagger(turn) @ drift @ turn
    own = np.diagonal(drift, axis1=-2, axis2=-1)
    places = groups.argmax(axis=-1)
    dark: Any = np.take_along_axis(own, places, axis=-1)
    if correlated:
        # two levels of a group next to each other's, less what couples them
        last = size - 1 - groups[..., ::-1].argmax(axis=-1)
        rows = np.arange(points)[:, np.newaxis]
        dark = dark - np.where(last > places, drift[rows, places, last], 0.0)
    reduced = np.where(kept[:, :, np.newaxis] & kept[:, np.newaxis], reduced, 0.0)
    index = np.arange(size)
    reduced[:, index, index] = np.where(kept, reduced[:, index, index], dark)
    rates, vectors = modes(reduced)
    return rates, turn @ vectors


def _reflection(toward: Complex, groups: Boolean, first: Boolean) -> Complex:
    """Return reflections that take what a vector is within each group to the first level of the group."""
    largest = np.where(groups, np.abs(toward)[:, np.newaxis], 0.0).max(axis=-1)
    unit = toward / np.where(largest > 0.0, largest, 1.0)
    length = np.sqrt((groups @ (np.abs(unit) ** 2)[..., np.newaxis])[..., 0])
    size = np.abs(unit)
    phase = np.where(size > 0.0, unit / np.where(size > 0.0, size, 1.0), 1.0)
    mirror = unit + np.where(first, phase * length, 0.0)
    square = (groups @ (np.abs(mirror) ** 2)[..., np.newaxis])[..., 0]
    weight = np.where(square > 0.0, 2.0 / np.where(square > 0.0, square, 1.0), 0.0)
    inner = mirror[:, :, np.newaxis] * np.conj(mirror[:, np.newaxis]) * weight[:, np.newaxis]
    return np.asarray(np.eye(toward.shape[-1]) - np.where(groups, inner, 0.0))
