"""The convex problem of `discs` for many engines at once: the same Newton steps, as operations on stacks of points.

At a few hundred levels a step of one engine is some twenty microseconds of arithmetic and a hundred of Python.  What a
stack finds is what `disc_maximum` finds, to rounding: a bound that is evaluated anew at the order parameters of every
step, with the same sums, and phases in the discs.
"""

from typing import NamedTuple

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real
from torusync._lapack import solutions
from torusync.conventions import EPS, unit
from torusync.maxima.discs import (
    ENOUGH,
    FOLLOWED,
    INSIDE,
    MET,
    SHARP,
    SHARPER,
    SHARPEST,
    SHORTEST,
    STEPS,
    DiscMaximum,
)


class _Discs(NamedTuple):
    """Problems on their way: target, fields y, phasors z ``(points, n)``, A† ``(points, r, n)``, t ``(points, r)``."""

    target: Complex
    adjoint: Complex
    t: Complex
    y: Complex
    z: Complex
    smoothing: Real
    lowest: Real

    def rows(self, kept: Boolean) -> "_Discs":
        """Return some of them."""
        return _Discs(*(values[kept] for values in self))  # type: ignore[arg-type]


def disc_maxima(targets: Complex, adjoints: Complex) -> list[DiscMaximum]:
    """Minimise ½|t|² + mean |target − A t| for targets ``(points, n)`` and A† ``(points, r, n)``, rows of 0 allowed."""
    points, rank = adjoints.shape[:2]
    one = np.ones(points)
    t, z = np.zeros((points, rank), dtype=np.complex128), unit(targets, 1.0 + 0.0j)
    at = _Discs(targets, adjoints, t, targets.copy(), z, one, np.inf * one)
    rows, found = np.arange(points), {}
    for _ in range(STEPS):
        at, done = _stepped(at)
        for row in np.flatnonzero(done).tolist():
            found[int(rows[row])] = _told(at, row)
        if done.any():
            at, rows = at.rows(~done), rows[~done]
            if not rows.size:
                break
    found.update({int(point): _told(at, row) for row, point in enumerate(rows)})
    return [found[point] for point in range(points)]


def _told(at: _Discs, row: int) -> DiscMaximum:
    field = np.abs(at.y[row])
    return DiscMaximum(at.t[row].copy(), at.z[row].copy(), field, float(at.lowest[row]), float(at.smoothing[row]))


def _stepped(at: _Discs) -> tuple[_Discs, Boolean]:
    """Take one step each; return where it led, and who is done."""
    count, smoothing = at.y.shape[1], at.smoothing
    length = _smoothed(at.y, smoothing)
    step, slope, before = _newton(at, length)
    # singular but for rounding: what was met on the way stands
    lost = ~np.isfinite(step).all(axis=-1)
    step[lost], slope[lost] = 0.0, 0.0
    there = -_along(step, at.adjoint)
    factor = _factors(at, step, there, slope, before)
    along = _product(at.y, there)
    dz = (at.y + there - at.z * (along / length)) / length - at.z
    dz *= np.where(lost, 0.0, _inside(at.z, dz))[:, np.newaxis]
    t = at.t + factor[:, np.newaxis] * step
    # afresh, because what the fields gather in rounding over many steps would not be in the bound
    y, z = at.target - _along(t, at.adjoint), at.z + dz
    moments = _moments(at.adjoint, z) / count
    above = 0.5 * _square(t) + np.abs(y).sum(axis=-1) / count
    below = _product(at.target, z).sum(axis=-1) / count - 0.5 * _square(moments)
    lowest = np.where(lost, at.lowest, np.minimum(at.lowest, above))
    done = lost | (lowest - below <= MET * lowest) | ((smoothing < SHARP) & (-slope < EPS))
    sharper = np.maximum(SHARPER * smoothing, SHARPEST)
    falls = ~done & (-slope < FOLLOWED * smoothing * lowest)
    return at._replace(t=t, y=y, z=z, smoothing=np.where(falls, sharper, smoothing), lowest=lowest), done


def _newton(at: _Discs, length: Real) -> tuple[Complex, Real, Real]:
    """Return the step of t, the slope along it, and the smoothed value here."""
    count, rank, a = at.y.shape[1], at.t.shape[1], np.conj(at.adjoint)
    alpha = (1.0 - 0.5 * _product(at.z, at.y) / length) / length
    beta = -0.5 * at.z * at.y / length**2
    p = (at.adjoint * alpha[:, np.newaxis]) @ np.swapaxes(a, -1, -2) / count
    q = (at.adjoint * beta[:, np.newaxis]) @ np.swapaxes(at.adjoint, -1, -2) / count
    p[:, np.arange(rank), np.arange(rank)] += 1.0
    gradient = at.t - _moments(at.adjoint, at.y / length) / count
    real = np.empty((len(p), 2 * rank, 2 * rank))
    real[:, :rank, :rank], real[:, :rank, rank:] = (p + q).real, (q - p).imag
    real[:, rank:, :rank], real[:, rank:, rank:] = (p + q).imag, (p - q).real
    solved = -solutions(real, np.concatenate([gradient.real, gradient.imag], axis=-1))
    step = np.asarray(solved[:, :rank] + 1j * solved[:, rank:], dtype=np.complex128)
    return step, _product(gradient, step).sum(axis=-1), 0.5 * _square(at.t) + length.sum(axis=-1) / count


def _factors(at: _Discs, step: Complex, there: Complex, slope: Real, before: Real) -> Real:
    """Return by what part of the step each value falls as much as it should."""
    factor, count = np.ones(len(step)), at.y.shape[1]
    left: Integer = np.arange(len(step))
    while left.size:
        part = factor[left]
        t, y = at.t[left] + part[:, np.newaxis] * step[left], at.y[left] + part[:, np.newaxis] * there[left]
        value = 0.5 * _square(t) + _smoothed(y, at.smoothing[left]).sum(axis=-1) / count
        left = left[value > before[left] + ENOUGH * part * slope[left] + EPS * before[left]]
        factor[left] *= 0.5
        left = left[factor[left] >= SHORTEST]
    return factor


def _inside(z: Complex, dz: Complex) -> Real:
    """Return the largest steps up to 1 that keep every z in its disc."""
    square, cross = _product(dz, dz), _product(z, dz)
    room = np.maximum(1.0 - _product(z, z), 0.0)
    moving = square > EPS**2
    furthest = (np.sqrt(cross**2 + square * room) - cross) / np.where(moving, square, 1.0)
    return np.minimum(1.0, np.where(moving.any(axis=-1), INSIDE * np.where(moving, furthest, np.inf).min(axis=-1), 1.0))


def _product(one: Complex, other: Complex) -> Real:
    """Return Re one* other, entry by entry."""
    return np.asarray(one.real * other.real + one.imag * other.imag)


def _square(t: Complex) -> Real:
    return np.asarray(_product(t, t).sum(axis=-1))


def _smoothed(y: Complex, smoothing: Real) -> Real:
    return np.asarray(np.sqrt(_product(y, y) + (smoothing**2)[:, np.newaxis]))


def _along(t: Complex, adjoint: Complex) -> Complex:
    """Return A t."""
    return np.asarray(np.conj(np.conj(t)[:, np.newaxis] @ adjoint)[:, 0])


def _moments(adjoint: Complex, z: Complex) -> Complex:
    """Return A† z."""
    return np.asarray((adjoint @ z[..., np.newaxis])[..., 0])
