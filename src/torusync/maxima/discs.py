"""The engine's convex problem: the lowest value of ½|t|² + mean |b − A t| over r complex order parameters t.

Its dual is a maximum over N unit discs, one phasor z_l a level.  It is found by primal–dual Newton steps on the
smoothed problem (Chan, Golub and Mulet, SIAM J. Sci. Comput. 20, 1964), where z is kept as an unknown of its own
because vanishing fields b − A t do not determine it.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple, final

import numpy as np

from torusync._checks import Complex, Real
from torusync._lapack import solutions, spectra
from torusync._rows import in_blocks
from torusync.conventions import EPS, unit

STEPS: Final = 100
"""Newton steps: ten to twenty are taken, one or two for each decade that the smoothing falls."""

MET: Final = 8.0 * EPS
"""Part of the value at which primal and dual have met: either is a mean, summed with a few ε."""

FOLLOWED: Final = 1e-3
"""What a Newton step still promises, in units of smoothing times value, when the smoothing falls: the smoothed minimum
lies above the true one by up to the smoothing, of which a thousandth is not worth another step."""

SHARPER: Final = 0.1
SHARPEST: Final = 1e-15
"""Factor by which the smoothing falls, and the smoothing at which |b − A t|, of order one, no longer feels it."""

SHARP: Final = 1e-13
"""Smoothing below which a step that promises less than ε ends it, though primal and dual have not met."""

ENOUGH: Final = 1e-4
SHORTEST: Final = 1e-6
"""Part of the fall promised that a step has to bring (Armijo 1966), and the shortest that is tried: a shorter one is
rounding."""

INSIDE: Final = 0.999
"""Part of the way to the nearest circle that z may go: on the circle it could not turn any more."""

_TURNS: Final = 30
_MISSED: Final = 4.0 * EPS
_RADIANS: Final = 0.5
"""Newton steps onto the torus, what may be missing of A†z/N at their end, and radians that a level may turn in one."""

_RIGID: Final = 1e-12
"""Freedom 1 − |z|² that every level has at least, and eigenvalues, relative to the largest, that are none: far above
rounding, and far below the freedom of a level that sees no field."""


class DiscMaximum(NamedTuple):
    """Order parameters t ``(r)``, phasors z ``(N)`` in the unit discs, and the moduli ``(N)`` of the fields b − A t.

    ``lowest`` is the lowest value met, an upper bound on the maximum whatever t is; fields below ``smoothing`` are not
    told from zero.
    """

    t: Complex
    z: Complex
    field: Real
    lowest: float
    smoothing: float


def disc_maximum(target: Complex, a: Complex) -> DiscMaximum:
    """Minimise ½|t|² + mean |target − A t|; ``target`` of shape ``(N)`` and mean modulus 1, ``a`` ``(N, r)``.

    Each round is a Newton step for t and the phasors z of the problem with moduli smoothed.  Whatever it finds, the
    value at t is an upper bound and that at z a lower one, and the smoothing falls until both meet.
    """
    problem = _Problem(target, a)
    t, y, z = np.zeros(a.shape[1], dtype=np.complex128), target.copy(), unit(target, 1.0 + 0.0j)
    smoothing, lowest = 1.0, np.inf
    for _ in range(STEPS):
        step, slope, before = problem.newton(t, y, z, smoothing)
        if not np.isfinite(step).all():
            break  # singular but for rounding: what was met on the way stands
        factor = 1.0
        while problem.smoothed(t + factor * step, smoothing) > before + ENOUGH * factor * slope + EPS * before:
            factor *= 0.5
            if factor < SHORTEST:
                break
        turn = problem.turn(y, z, step, smoothing)
        t = t + factor * step
        above, below = problem.arrive(t, y, z, turn)
        lowest = min(lowest, above)
        if lowest - below <= MET * lowest or (smoothing < SHARP and -slope < EPS):
            break
        if -slope < FOLLOWED * smoothing * lowest:
            smoothing = max(SHARPER * smoothing, SHARPEST)
    return DiscMaximum(t, z, np.abs(y), lowest, smoothing)


@final
@dataclass(frozen=True, eq=False)
class _Problem:
    """What is minimised, with fields y = b − A t and phasors z of up to a million levels in blocks of rows."""

    target: Complex
    a: Complex

    def newton(self, t: Complex, y: Complex, z: Complex, smoothing: float) -> tuple[Complex, float, float]:
        """Return the step of t, the slope along it, and the smoothed value here."""

        def bend(block: slice) -> tuple[Complex, Complex, Complex, float]:
            """Sum up A†(y/|y|), the Hessian's A†αA and A†β conj(A), and |y|, all of them smoothed."""
            here, a = y[block], self.a[block]
            length, adjoint = _smoothed(here, smoothing), np.conj(a.T)
            alpha = (1.0 - 0.5 * np.real(np.conj(z[block]) * here) / length) / length
            beta = -0.5 * z[block] * here / length**2
            p, q = adjoint @ (alpha[:, np.newaxis] * a), adjoint @ (beta[:, np.newaxis] * np.conj(a))
            return adjoint @ (here / length), p, q, float(length.sum())

        pull, p, q, length = (sum(parts) / len(y) for parts in zip(*in_blocks(len(y), bend), strict=True))
        gradient = t - pull
        step = -_solve(p, q, gradient)
        return step, float(np.real(np.vdot(gradient, step))), 0.5 * _square(t) + length

    def smoothed(self, t: Complex, smoothing: float) -> float:
        """Return the smoothed value at t."""

        def lengths(block: slice) -> float:
            return float(_smoothed(self.target[block] - self.a[block] @ t, smoothing).sum())

        count = len(self.target)
        return 0.5 * _square(t) + sum(in_blocks(count, lengths)) / count

    def turn(self, y: Complex, z: Complex, step: Complex, smoothing: float) -> Complex:
        """Return how z changes with the step of t, cut short where it would leave a disc."""
        dz = np.empty_like(z)

        def move(block: slice) -> float:
            here, there = y[block], -(self.a[block] @ step)
            length = _smoothed(here, smoothing)
            along = np.real(np.conj(here) * there)
            dz[block] = (here + there - z[block] * along / length) / length - z[block]
            return _longest_inside(z[block], dz[block])

        return min(in_blocks(len(y), move)) * dz

    def arrive(self, t: Complex, y: Complex, z: Complex, dz: Complex) -> tuple[float, float]:
        """Move z and y in place; return the value at t, an upper bound, and the dual one at z, a lower bound."""

        def move(block: slice) -> tuple[float, float, Complex]:
            # afresh, because what the fields gather in rounding over many steps would not be in the bound
            y[block] = self.target[block] - self.a[block] @ t
            z[block] += dz[block]
            overlap = float(np.real(np.vdot(self.target[block], z[block])))
            return float(np.abs(y[block]).sum()), overlap, np.conj(self.a[block].T) @ z[block]

        count = len(y)
        summed, overlaps, moments = zip(*in_blocks(count, move), strict=True)
        return 0.5 * _square(t) + sum(summed) / count, sum(overlaps) / count - 0.5 * _square(sum(moments) / count)


def _square(t: Complex) -> float:
    return float(np.real(np.vdot(t, t)))


def _smoothed(y: Complex, smoothing: float) -> Real:
    return np.asarray(np.sqrt(y.real**2 + y.imag**2 + smoothing**2))


def _solve(p: Complex, q: Complex, gradient: Complex) -> Complex:
    """Solve s + P s + Q conj(s) = gradient, a real-linear equation on C^r."""
    rank = len(gradient)
    p = np.eye(rank) + p
    real = np.block([[(p + q).real, -(p - q).imag], [(p + q).imag, (p - q).real]])
    solved = solutions(real, np.concatenate([gradient.real, gradient.imag]))
    return np.asarray(solved[:rank] + 1j * solved[rank:])


def _longest_inside(z: Complex, dz: Complex) -> float:
    """Return the largest step up to 1 that keeps every z in its disc."""
    square, cross = dz.real**2 + dz.imag**2, np.real(np.conj(z) * dz)
    moving = square > EPS**2
    if not moving.any():
        return 1.0
    square, cross, room = square[moving], cross[moving], np.maximum(1.0 - np.abs(z[moving]) ** 2, 0.0)
    furthest = (np.sqrt(cross**2 + square * room) - cross) / square
    return float(min(1.0, INSIDE * furthest.min()))


def onto_the_torus(z: Complex, t: Complex, a: Complex) -> Complex:
    """Move z to the unit circles so that A†z/N = t again, turning levels the more the freer they are."""
    count = len(a)
    weight = np.maximum(1.0 - np.abs(z) ** 2, _RIGID)
    z = unit(z, 1.0 + 0.0j)
    for _ in range(_TURNS):
        miss = t - np.conj(a.T) @ z / count
        if np.abs(miss).max() < _MISSED:
            break
        turn = np.conj(a) * (1j * z / count)[:, np.newaxis]
        columns = np.concatenate([turn.real, turn.imag], axis=1)
        gram = columns.T @ (weight[:, np.newaxis] * columns)
        values, axes = spectra(gram)
        kept = values > _RIGID * values[-1]
        wanted = axes[:, kept].T @ np.concatenate([miss.real, miss.imag])
        multiplier = axes[:, kept] @ (wanted / values[kept])
        z = z * np.exp(1j * np.clip(weight * (columns @ multiplier), -_RADIANS, _RADIANS))
    return z
