"""The equation A X + X A† = −Q of stacked stable A, always with this sign: Q feeds, A drains, and X is what stays.

Dense stacks are solved by squaring; stacks whose A is triangular already, such as those of a Schur form that serves
many Q, by halves.
"""

from typing import Final

import numpy as np
from scipy.linalg.lapack import ztrsyl

from torusync._checks import Complex, Real
from torusync._lapack import inverses
from torusync.conventions import EPS
from torusync.generators.base import dagger

_MAX_DOUBLINGS: Final = 60


def lyapunov(drift: Complex, source: Complex, shift: Real) -> Complex:
    """Solve A X + X A† = −Q for stacked stable A and Hermitian Q, by squaring the Cayley transform of A.

    ``shift`` is a positive number a point, best near the geometric mean of the extreme moduli of A's eigenvalues.
    One step of refinement brings the residual to rounding.
    """
    size = drift.shape[-1]
    shifted = drift - shift[:, np.newaxis, np.newaxis] * np.eye(size)
    inverse: Complex = inverses(shifted)
    powers = [inverse @ (drift + shift[:, np.newaxis, np.newaxis] * np.eye(size))]
    double = 2.0 * shift[:, np.newaxis, np.newaxis]

    def smith(right: Complex) -> Complex:
        x = double * (inverse @ right @ dagger(inverse))
        for index in range(_MAX_DOUBLINGS):
            if index == len(powers):
                powers.append(powers[-1] @ powers[-1])
            step = powers[index] @ x @ dagger(powers[index])
            x = x + step
            # not "all below": a point that is not a number, or that rounding keeps from settling, must not run on
            if not (np.abs(step).max(axis=(-2, -1)) > EPS * np.abs(x).max(axis=(-2, -1))).any():
                break
        return 0.5 * (x + dagger(x))

    x = smith(source)
    image = drift @ x
    return x + smith(source + image + dagger(image))


def triangular(triangle: Complex, source: Complex, leaf: int) -> Complex:
    """Solve T X + X T† = −Q for upper triangular T and Hermitian Q, shape ``(k, M, M)``.

    By halves, down to blocks of ``leaf`` rows: LAPACK's own solver goes entry by entry, four times slower at 200 levels
    and holding the interpreter's lock.  With blocks of one entry nothing is left but stacked products, for batches of
    small machines.
    """
    size = triangle.shape[-1]
    if size <= leaf:
        return sylvester(triangle, triangle, source, leaf)
    half = size // 2
    upper, link, lower = triangle[:, :half, :half], triangle[:, :half, half:], triangle[:, half:, half:]
    out = np.empty_like(source)
    below = triangular(lower, source[:, half:, half:], leaf)
    beside = sylvester(upper, lower, source[:, :half, half:] + link @ below, leaf)
    known = link @ dagger(beside)
    out[:, :half, :half] = triangular(upper, source[:, :half, :half] + known + dagger(known), leaf)
    out[:, :half, half:], out[:, half:, :half], out[:, half:, half:] = beside, dagger(beside), below
    return out


def sylvester(left: Complex, other: Complex, source: Complex, leaf: int) -> Complex:
    """Solve T X + X U† = −Q for upper triangular T and U, shape ``(k, M, L)``, by halves as `triangular`."""
    rows, columns = left.shape[-1], other.shape[-1]
    if rows == columns == 1:
        return np.asarray(-source / (left + np.conj(other)))
    out = np.empty_like(source)
    if max(rows, columns) <= leaf:
        for point, values in enumerate(source):
            solution, scale, _ = ztrsyl(left[point], other[point], values, tranb="C")
            # LAPACK scales the right-hand side down where the solution would overflow
            out[point] = solution / -scale
        return out
    half = max(rows, columns) // 2
    if rows >= columns:
        out[:, half:] = sylvester(left[:, half:, half:], other, source[:, half:], leaf)
        known = left[:, :half, half:] @ out[:, half:]
        out[:, :half] = sylvester(left[:, :half, :half], other, source[:, :half] + known, leaf)
    else:
        out[:, :, half:] = sylvester(left, other[:, half:, half:], source[:, :, half:], leaf)
        known = out[:, :, half:] @ dagger(other[:, :half, half:])
        out[:, :, :half] = sylvester(left, other[:, :half, :half], source[:, :, :half] + known, leaf)
    return out
