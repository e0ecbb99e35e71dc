"""Steady states whose digits double precision cannot vouch for: residuals in twice the precision.

Where decay is slow against the drive, the residual of a state that is right to its last bit is rounding, and rounding
divided by the slowest rate is no bound of anything.  So the residual is worked out exactly, its small remainder solved
for (mixed-precision refinement; Higham, Accuracy and Stability, ch. 12), and what is left is bounded in norm.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from torusync._checks import Complex, Real
from torusync._twofold import Twofold, product
from torusync.conventions import EPS
from torusync.steady.accuracy import frobenius

_STEPS: Final = 6
"""Corrections at most; each gains some ten digits less the digits of the conditioning."""

_LOST: Final = 2.0**-78
"""What the exact residual loses of ‖A‖ ‖X‖ a level: entries far below the largest of their row keep some 90 bits."""


def refined(
    drift: Complex, source: Complex, x: Complex, *, rests: tuple[Complex, Complex], invert: Callable[[Complex], Complex]
) -> tuple[Complex, Complex, Real]:
    """Return X of A X + X A† = −Q, its residual A X + X A† + Q, and what that has lost.

    From A and Q as stored, what both lack (``rests``), a first X, not finite where there is none yet, all of shape
    ``(points, M, M)``; ``invert`` gives Y of A Y + Y A† = −R from R, in double precision.
    """
    x = np.where(np.isfinite(x).all(axis=(-2, -1), keepdims=True), x, 0.0)
    residual = _residual(drift, source, x, rests)
    correction = invert(residual)
    for _ in range(_STEPS):
        trial = x + correction
        after = _residual(drift, source, trial, rests)
        following = invert(after)
        # judged by what is left to correct: the residual itself soon is that of X rounded to doubles
        better = frobenius(following) < 0.5 * frobenius(correction)
        if not better.any():
            break
        chosen = better[:, np.newaxis, np.newaxis]
        x, residual = np.where(chosen, trial, x), np.where(chosen, after, residual)
        correction = np.where(chosen, following, correction)
    return x, residual, _lost(drift, x, residual)


def missing(drift: Complex, source: Complex, x: Complex, rests: tuple[Complex, Complex]) -> tuple[Complex, Real]:
    """Return the residual of X as it is, and what that has lost, as `refined` does."""
    residual = _residual(drift, source, x, rests)
    return residual, _lost(drift, x, residual)


def _lost(drift: Complex, x: Complex, residual: Complex) -> Real:
    lost = x.shape[-1] * _LOST * frobenius(drift) * frobenius(x)
    return np.asarray(lost + 4.0 * EPS * frobenius(residual))


def response(drift: Complex, residual: Complex, lost: Real, *, strength: Real, correction: Complex) -> Real:
    """Return a bound of ‖V‖_1, A V + V A† = −R, from V in double precision, ``correction``, and what that leaves of R.

    ``lost`` is what R has lost, and ``strength`` a bound of ‖W‖, see `accuracy`.
    """
    beyond = remainder(drift, residual, lost, strength=strength, correction=correction)
    return np.asarray(np.sqrt(residual.shape[-1]) * frobenius(correction) + beyond)


def remainder(drift: Complex, residual: Complex, lost: Real, *, strength: Real | float, correction: Complex) -> Real:
    """Return a bound of ‖V − correction‖_1, of the V of `response`."""
    size, image = residual.shape[-1], drift @ correction
    missed = residual + image + np.conj(np.swapaxes(image, -1, -2))
    # A as stored is off by its rounding, too
    rounding = 2.0 * (size + 12) * EPS * frobenius(drift) * frobenius(correction) + lost
    return np.asarray(np.sqrt(size) * strength * (frobenius(missed) + rounding))


def _residual(drift: Complex, source: Complex, x: Complex, rests: tuple[Complex, Complex]) -> Complex:
    """Return A X + X A† + Q for Hermitian X, rounded once."""
    real, imag = product(drift, x)
    beside = rests[0] @ x
    real += Twofold.of(beside.real)
    imag += Twofold.of(beside.imag)
    total_real = real + _transposed(real) + Twofold.of(source.real) + Twofold.of(rests[1].real)
    total_imag = imag - _transposed(imag) + Twofold.of(source.imag) + Twofold.of(rests[1].imag)
    return np.asarray((total_real.high + total_real.low) + 1j * (total_imag.high + total_imag.low))


def _transposed(values: Twofold) -> Twofold:
    return Twofold(np.swapaxes(values.high, -1, -2), np.swapaxes(values.low, -1, -2))
