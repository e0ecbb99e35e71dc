"""S_max of many small states at once: ascent and certificate as stacked array operations, points last.

A LAPACK call for each point and each Newton step would cost a hundred times the arithmetic of a 9 × 9 matrix.  Here
Newton steps with an adaptive shift (Levenberg and Marquardt) climb for a whole stack, and an elimination proves what
they reached: if D^(−1/2) (diag ν − R) D^(−1/2) has positive pivots beyond their own rounding, then f ≤ ½ Σ ν on the
torus.  What is left open here goes to the search that spares no cost.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real
from torusync._stacks import factorise, invert, substitute
from torusync.conventions import EPS, unit

_SWEEPS: Final = 3
"""Turns of all levels before Newton steps: each saves a tenth of a step at 4 to 12 levels, and costs about that."""

_LONGEST_STEP: Final = 0.7
"""Radians any one phase may turn in a step: beyond that the quadratic model says nothing on a circle."""

_CONVERGED: Final = 1e-5
"""Radians of the last step: after it and its corrections, what is missing is of the order of its square."""

_CORRECTIONS: Final = 2
"""Steps back onto a curved ridge, with the same factors: of 14 at 12 levels the first saves two, the second as many, a
third half a one."""

FIRST_SHIFT: Final = 0.1
_LOWER: Final = 0.3
_NEAR: Final = 1e-2
_LOWER_NEAR: Final = 0.03
_RAISE: Final = 4.0
"""How the shift, relative to each level's Σ|R_ij|, follows the model: found by trials on near-degenerate engines of 2
to 16 levels, where it halves the steps of a fixed schedule."""

_GOOD: Final = 0.75
_POOR: Final = 0.25
"""Parts of the gain foretold, as in any trust region: above the first the shift falls, below the second it grows."""

_NONE: Final = 1e-12
_LEAST: Final = 1e-3
"""A shift below the first changes no digit that counts, and is none; raised from there it begins at the second."""

_NEWTON: Final = 1e-6
_HOPELESS: Final = 1e6
"""With a shift up to the first the last step was Newton's, so that its length tells what is missing; with one above the
second no step climbs, however short."""

_SHIFTS: Final = (64.0 * EPS, 1e-11)
"""Relative shifts ν/μ − 1 tried for the certificate: rounding, and a hundredth of a certified gap."""

_FLAT: Final = 1e-6
"""Curvature uphill, relative to each level's Σ|R_ij|, up to which a direction is flat, where a saddle has more."""

Enough = Callable[[Complex, Integer], Boolean]
"""Tells of phasors ``(m, n)`` of some climbs ``(m)`` which of them need not go on."""

_UNIQUE: Final = 1e-7
"""Relative size of the second eigenvalue of diag μ − R above which its null vector is the only optimum."""


class Heights(NamedTuple):
    """What a stack of points attained: phasors ``(n, points)``, and ``(points)`` height, proven bound on it.

    ``unique`` tells where the optimum is proven and, up to the overall phase, the only one.
    """

    phasors: Complex
    value: Real
    bound: Real
    unique: Boolean


def climb(coherences: Complex, start: Complex, *, steps: int) -> Heights:
    """Climb from ``start`` ``(n, points)`` on ``coherences`` ``(n, n, points)``.

    They should be Hermitian, of zero diagonal, scaled to entries of order one, and every level needs coherence.
    """
    weight = np.abs(coherences).sum(axis=1)
    z = sweep(coherences, newton(coherences, sweep(coherences, start, _SWEEPS), steps), 1)
    turned = np.conj(z)[:, np.newaxis] * coherences * z
    mu = turned.sum(axis=1).real
    value = 0.5 * mu.sum(axis=0)
    bound, definite = _certificate(turned, mu, weight)
    unique = definite & _single(turned, mu, weight)
    return Heights(z, value, np.maximum(bound, value), unique)


def sweep(coherences: Complex, z: Complex, sweeps: int) -> Complex:
    """Set each phasor to the field it sees, in turn: every step climbs."""
    z = z.copy()
    for _ in range(sweeps):
        for level in range(len(z)):
            z[level] = unit((coherences[level] * z).sum(axis=0), z[level])
    return z


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # where the shift was too small
def newton(
    coherences: Complex, z: Complex, steps: int, *, shift: float = FIRST_SHIFT, enough: Enough | None = None
) -> Complex:
    """Return stationary phasors, by Newton steps with a shift that follows how well the quadratic model foretells.

    Points that have arrived, never will, or of which ``enough`` is known leave the stack.  The first ``shift`` is 0 for
    phasors that are nearly there.
    """
    result, rows, weight = z.copy(), np.arange(z.shape[1]), np.abs(coherences).sum(axis=1)
    shifts, raise_by = np.full(len(rows), shift), np.full(len(rows), _RAISE)
    for _ in range(steps):
        z, shifts, raise_by, done = _stepped(coherences, z, weight, shifts, raise_by)
        if enough is not None:
            done |= enough(z.T, rows)
        if done.any():
            result[:, rows[done]] = z[:, done]
            kept = ~done
            if not kept.any():
                return result
            rows, z, shifts, raise_by = rows[kept], z[:, kept], shifts[kept], raise_by[kept]
            coherences, weight = np.ascontiguousarray(coherences[:, :, kept]), weight[:, kept]
    result[:, rows] = z
    return result


def _bending(turned: Complex, shifted: Real, weight: Real) -> Real:
    """Return −∂²f at phasors that R is turned by, with ``shifted`` added to its diagonal."""
    matrix, index = -turned.real, np.arange(len(turned))
    matrix[index, index] += turned.sum(axis=1).real + shifted
    # the overall phase is pinned by a term that a slope, which sums to zero, does not see
    matrix += weight.sum(axis=0) / len(turned) ** 2
    return np.asarray(matrix)


def is_peak(coherences: Complex, z: Complex) -> Boolean:
    """Return where no direction leads upwards, beyond what a flat one may seem to."""
    weight = np.abs(coherences).sum(axis=1)
    return factorise(_bending(np.conj(z)[:, np.newaxis] * coherences * z, _FLAT * weight, weight))


def _stepped(
    coherences: Complex, z: Complex, weight: Real, shift: Real, raise_by: Real
) -> tuple[Complex, Real, Real, Boolean]:
    """Take one step with the Hessian, shifted by ``shift`` times Σ|R_ij| of each level.

    Return the phasors, the next shift, the factor by which a refusal raises it, twice the last one's, and what is done.
    """
    turned = np.conj(z)[:, np.newaxis] * coherences * z
    h = turned.sum(axis=1)
    value, slope = 0.5 * h.real.sum(axis=0), h.imag
    matrix = _bending(turned, shift * weight, weight)
    definite = factorise(matrix)
    step = np.clip(substitute(matrix, slope.copy()), -_LONGEST_STEP, _LONGEST_STEP)
    trial = turned_by(z, step)
    # a straight step along a curved ridge falls off its side: step back up with the same matrix
    for _ in range(_CORRECTIONS):
        back = substitute(matrix, (np.conj(trial) * (coherences * trial).sum(axis=1)).imag)
        trial = turned_by(trial, np.clip(back, -_LONGEST_STEP, _LONGEST_STEP))
    gain = 0.5 * (np.conj(trial) * (coherences * trial).sum(axis=1)).real.sum(axis=0) - value
    foretold = 0.5 * (slope * step + shift * weight * step * step).sum(axis=0)
    # the model has a maximum, and the height did not fall
    accepted = definite & (gain >= -4.0 * EPS * weight.sum(axis=0))
    largest = np.abs(step).max(axis=0)
    change = np.where(gain > _GOOD * foretold, _LOWER, np.where(gain > _POOR * foretold, 0.5, 2.0))
    change = np.where(largest < _NEAR, _LOWER_NEAR, change)
    followed = np.where(shift > _NONE, change * shift, 0.0)
    shift = np.where(accepted, followed, np.maximum(raise_by * shift, _LEAST))
    done = (accepted & (largest <= _CONVERGED) & (shift <= _NEWTON)) | (shift > _HOPELESS)
    return np.where(accepted, trial, z), shift, np.where(accepted, _RAISE, 2.0 * raise_by), done


def turned_by(z: Complex, angle: Real) -> Complex:
    """Return z turned by 2 atan(angle/2): to second order by ``angle``, at a fraction of the cost of an exponential."""
    inverse = 1.0 / (1.0 + 0.25 * angle * angle)
    turn = np.empty(angle.shape, dtype=np.complex128)
    np.subtract(2.0 * inverse, 1.0, out=turn.real)
    np.multiply(angle, inverse, out=turn.imag)
    turn *= z
    return turn


def _balanced(turned: Real | Complex, mu: Real, weight: Real) -> Any:
    """Return A = D^(−1/2) (diag μ − R) D^(−1/2), D the weights, turned by z."""
    root, index = 1.0 / np.sqrt(weight), np.arange(len(mu))
    matrix = -(root[:, np.newaxis] * turned * root)
    matrix[index, index] = mu / weight
    return matrix


def _certificate(turned: Real | Complex, mu: Real, weight: Real) -> tuple[Real, Boolean]:
    """Return a bound on the height and where it is proven.

    The elimination of A + τ that ends with positive pivots proves A ⪰ −τ − ε', with ε' its backward error and that of
    the scaling (Rump, BIT 46, 433), so that ν = μ + (τ + ε') D.
    """
    size, matrix = len(mu), _balanced(turned, mu, weight)
    index, total, summed = np.arange(size), weight.sum(axis=0), mu.sum(axis=0)
    bound, left = np.full(summed.shape, np.inf), np.arange(len(summed))
    for shift in _SHIFTS:
        trial = matrix[:, :, left] if len(left) < len(summed) else matrix.copy()
        trial[index, index] += shift
        definite = factorise(trial)
        backward = 16.0 * (size + 2) * size * EPS
        rounding = 4.0 * size * EPS * total[left]
        proven = 0.5 * (summed[left] + (shift + backward) * total[left] + rounding)
        bound[left] = np.where(definite, proven, np.inf)
        left = left[~definite]
        if not left.size:
            break
    return bound, np.isfinite(bound)


def _single(turned: Complex, mu: Real, weight: Real) -> Boolean:
    """Return where A has no null vector beside that of the optimum.

    The vector of ones, here D^(1/2), is taken out by v v†; the Frobenius norm of the inverse of what is left bounds its
    smallest eigenvalue from below.
    """
    vector = np.sqrt(weight)
    vector /= np.sqrt(weight.sum(axis=0))
    matrix = _balanced(turned, mu, weight)
    matrix += vector[:, np.newaxis] * vector
    with np.errstate(all="ignore"):
        inverse = invert(matrix)
        norm = (inverse.real**2 + inverse.imag**2).sum(axis=(0, 1))
    return np.asarray(norm * _UNIQUE**2 < 1.0)
