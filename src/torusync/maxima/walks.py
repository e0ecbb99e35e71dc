"""A walk along a continuum of optima: configurations of equal height, one after the other, for whoever shows them.

Each step goes along a flat direction of the Hessian and climbs back onto the ridge; one whose height does not stay, or
that the climb takes back, ends the walk.  Of a continuum of several dimensions it is one curve among many.
"""

from typing import Final, NamedTuple

import numpy as np

from torusync._checks import Complex, Real
from torusync._threads import stop_if_told
from torusync.conventions import divide
from torusync.maxima.climb import ascend, height, hessian
from torusync.maxima.ridges import SAME, Around, distance

_STEP: Final = 0.06
"""Radians by which the phase that turns most does so in a step."""

_FACTORS: Final = (1.0, 2.0, 4.0)
"""By which a step is longer where it does not lead on."""

_KEPT: Final = 0.3
"""Part of a step that must be left after the climb."""


_ASTRAY: Final = 2.0
"""Times a step that a climb may lead away from: farther off lies another branch, which is no walk."""


_STEEP: Final = 1e-2
_LIFTS: Final = 6
"""Curvature that counts as steep, relative to the largest, and steps along it."""


class Walk(NamedTuple):
    """Optima ``(M, n)``, the first that of the start, and whether the last step would lead back to it."""

    phasors: Complex
    closed: bool


def walk(coherences: Complex, z: Complex, points: int) -> Walk:
    """Walk from the optimum ``z`` ``(n)`` of ``coherences`` ``(n, n)``, over at most so many points."""
    whole = divide(coherences, np.asarray(np.abs(coherences).max()))[np.newaxis]
    top = float(height(whole, z[np.newaxis])[0])
    found, way, left = [z], np.zeros(0), False
    while len(found) < points:
        stop_if_told()
        way = _tangent(whole, found[-1], way)
        if not way.any():
            return Walk(np.stack(found), closed=False)
        reached = _ahead(whole, found[-1], way, top)
        if reached is None:
            return Walk(np.stack(found), closed=False)
        back = float(distance(z, reached))
        left = left or back > 2.0 * _STEP
        if left and back < 0.75 * _STEP:
            return Walk(np.stack(found), closed=True)
        found.append(reached)
    return Walk(np.stack(found), closed=False)


def _ahead(whole: Complex, z: Complex, way: Real, top: float) -> Complex | None:
    """Return the next optimum, or None where there is none."""
    for factor in _FACTORS:
        trial = z * np.exp(1j * factor * _STEP * way)
        for climb in (_climbed, _lifted):
            reached = climb(whole, trial)
            moved = float(distance(z, reached))
            level = height(whole, reached[np.newaxis])[0] >= top * (1.0 - SAME)
            if level and _KEPT * _STEP <= moved <= _ASTRAY * factor * _STEP:
                return reached
    return None


def _climbed(whole: Complex, z: Complex) -> Complex:
    """Return where a climb ends."""
    found: Complex = ascend(whole, z[np.newaxis], near=True)[0]
    return found


def _lifted(whole: Complex, z: Complex) -> Complex:
    """Return z lifted along what is steep alone: near a crossing of branches a climb runs away along the other one."""
    for _ in range(_LIFTS):
        bent = hessian(whole, z[np.newaxis])[0]
        slope = np.imag(np.conj(z) * (whole[0] @ z))
        z = z * np.exp(-1j * (np.linalg.pinv(bent, rcond=_STEEP, hermitian=True) @ slope))
    return z


def _tangent(whole: Complex, z: Complex, before: Real) -> Real:
    """Return the flat direction that goes on from the last one, in radians of the phase that turns most; 0 for none."""
    around, root = Around.of(whole, z[np.newaxis]), np.sqrt(np.abs(whole[0]).sum(axis=-1))
    axes = around.axes[0, :, : int(around.flat[0])]
    first = np.random.default_rng(0).normal(size=len(z)) if not before.size else before * root
    way = (axes @ (axes.T @ first)) / root
    most = np.abs(way).max(initial=0.0)
    return np.asarray(way / most if most > 0.0 else way)
