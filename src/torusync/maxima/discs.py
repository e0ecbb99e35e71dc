"""The engine's convex problem: the lowest value of ½|t|² + mean |b − A t| over r complex order parameters t.

Its dual is a maximum over N unit discs, one phasor z_l a level.  It is found by primal–dual Newton steps on the
smoothed problem (Chan, Golub and Mulet, SIAM J. Sci. Comput. 20, 1964), where z is kept as an unknown of its own
because vanishing fields b − A t do not determine it.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._checks import Complex, Real
from torusync._lapack import solutions, spectra
from torusync._rows import in_blocks
from torusync.conventions import EPS, unit

_STEPS: Final = 100


@final
@dataclass(frozen=True, eq=False)
class DiscMaximum:
    """What was found.

    Parameters
    ----------
    t : (r) order parameters
    z : (N) phasors in the unit discs
    field : (N) |b − A t|
    lowest : the lowest value met, an upper bound on the maximum whatever t is
    smoothing : below which fields are not told from zero
    """

    t: Complex
    z: Complex
    field: Real
    lowest: float
    smoothing: float


def disc_maximum(target: Complex, a: Complex) -> DiscMaximum:
    """Minimise ½|t|² + mean |target − A t|; ``target`` of shape ``(N)`` and mean modulus 1, ``a`` ``(N, r)``."""
    count, rank = a.shape
    t = np.zeros(rank, dtype=np.complex128)
    y, z, smoothing, lowest = target.copy(), unit(target, 1.0 + 0.0j), 1.0, np.inf
    dy, dz = np.empty_like(y), np.empty_like(z)
    for _ in range(_STEPS):

        def bend(block: slice, width: float = smoothing) -> tuple[Complex, Complex, Complex, float]:
            return _curvature(a[block], z[block], y[block], width)

        pulls, ps, qs, lengths = zip(*in_blocks(count, bend), strict=True)
        gradient = t - sum(pulls) / count
        step = -_solve(sum(ps) / count, sum(qs) / count, gradient)
        if not np.isfinite(step).all():
            break  # singular but for rounding: what was met on the way stands
        slope = float(np.real(np.vdot(gradient, step)))

        def move(block: slice, step: Complex = step, width: float = smoothing) -> float:
            dy[block] = -(a[block] @ step)
            length = np.sqrt(y[block].real ** 2 + y[block].imag ** 2 + width**2)
            along = np.real(np.conj(y[block]) * dy[block])
            dz[block] = (y[block] + dy[block] - z[block] * along / length) / length - z[block]
            return _longest_inside(z[block], dz[block])

        inside = min(in_blocks(count, move))
        before = 0.5 * float(np.real(np.vdot(t, t))) + sum(lengths) / count
        factor = _descent(y, dy, t, step, slope=slope, smoothing=smoothing, before=before)
        t = t + factor * step

        def arrive(block: slice, t: Complex = t, inside: float = inside) -> tuple[float, float, Complex]:
            # afresh, because what the fields gather in rounding over many steps would not be in the bound
            y[block] = target[block] - a[block] @ t
            z[block] += inside * dz[block]
            overlap = float(np.real(np.vdot(target[block], z[block])))
            return float(np.abs(y[block]).sum()), overlap, np.conj(a[block].T) @ z[block]

        summed, overlaps, moments = zip(*in_blocks(count, arrive), strict=True)
        lowest = min(lowest, 0.5 * float(np.real(np.vdot(t, t))) + sum(summed) / count)
        moment = sum(moments) / count
        reached = sum(overlaps) / count - 0.5 * float(np.real(np.vdot(moment, moment)))
        if lowest - reached <= 8.0 * EPS * lowest or (smoothing < 1e-13 and -slope < EPS):
            break
        if -slope < 1e-3 * smoothing * lowest:
            smoothing = max(0.1 * smoothing, 1e-15)
    return DiscMaximum(t, z, np.abs(y), lowest, smoothing)


def _curvature(a: Complex, z: Complex, y: Complex, smoothing: float) -> tuple[Complex, Complex, Complex, float]:
    """Return A†(y/|y|), the sums of the Hessian A†αA and A†β conj(A), and Σ|y|, with |y| smoothed."""
    length = np.sqrt(y.real**2 + y.imag**2 + smoothing**2)
    alpha = (1.0 - 0.5 * np.real(np.conj(z) * y) / length) / length
    beta = -0.5 * z * y / length**2
    adjoint = np.conj(a.T)
    p = adjoint @ (alpha[:, np.newaxis] * a)
    q = adjoint @ (beta[:, np.newaxis] * np.conj(a))
    return adjoint @ (y / length), p, q, float(length.sum())


def _solve(p: Complex, q: Complex, gradient: Complex) -> Complex:
    """Solve s + P s + Q conj(s) = gradient, a real-linear equation on C^r."""
    rank = len(gradient)
    p = np.eye(rank) + p
    real = np.block([[(p + q).real, -(p - q).imag], [(p + q).imag, (p - q).real]])
    solved = solutions(real, np.concatenate([gradient.real, gradient.imag]))
    return np.asarray(solved[:rank] + 1j * solved[rank:])


def _descent(
    y: Complex,
    dy: Complex,
    t: Complex,
    step: Complex,
    *,
    slope: float,
    smoothing: float,
    before: float,
) -> float:
    """Return the part of the step with which the smoothed objective falls, halving until it does."""
    factor = 1.0
    while factor >= 1e-6:

        def length(block: slice, factor: float = factor) -> float:
            moved = y[block] + factor * dy[block]
            return float(np.sqrt(moved.real**2 + moved.imag**2 + smoothing**2).sum())

        trial = t + factor * step
        after = 0.5 * float(np.real(np.vdot(trial, trial))) + sum(in_blocks(len(y), length)) / len(y)
        if after <= before + 1e-4 * factor * slope + EPS * before:
            break
        factor *= 0.5
    return factor


def _longest_inside(z: Complex, dz: Complex) -> float:
    """Return the largest step up to 1 that keeps every z in its disc."""
    square, cross = dz.real**2 + dz.imag**2, np.real(np.conj(z) * dz)
    moving = square > EPS**2
    if not moving.any():
        return 1.0
    square, cross, room = square[moving], cross[moving], np.maximum(1.0 - np.abs(z[moving]) ** 2, 0.0)
    furthest = (np.sqrt(cross**2 + square * room) - cross) / square
    return float(min(1.0, 0.999 * furthest.min()))


def onto_the_torus(z: Complex, t: Complex, a: Complex) -> Complex:
    """Move z to the unit circles so that A†z/N = t again, turning levels the more the freer they are."""
    count = len(a)
    weight = np.maximum(1.0 - np.abs(z) ** 2, 1e-12)
    z = unit(z, 1.0 + 0.0j)
    for _ in range(30):
        miss = t - np.conj(a.T) @ z / count
        if np.abs(miss).max() < 4.0 * EPS:
            break
        turn = np.conj(a) * (1j * z / count)[:, np.newaxis]
        columns = np.concatenate([turn.real, turn.imag], axis=1)
        gram = columns.T @ (weight[:, np.newaxis] * columns)
        values, axes = spectra(gram)
        kept = values > 1e-12 * values[-1]
        wanted = axes[:, kept].T @ np.concatenate([miss.real, miss.imag])
        multiplier = axes[:, kept] @ (wanted / values[kept])
        z = z * np.exp(1j * np.clip(weight * (columns @ multiplier), -0.5, 0.5))
    return z
