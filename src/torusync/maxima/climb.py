"""Ascent of f(z) = ½ z† R z over unit phasors, to second order, for stacks of problems at once.

First-order methods stall at gaps of 1e-4 to 1e-9 in the near-degenerate engine, where the landscape is almost flat
along a whole manifold.  Setting each phase to the field it sees gets close monotonically; Newton steps close the rest
to rounding.
"""

from typing import Final

import numpy as np

from torusync._checks import Complex, Real
from torusync.maxima.stacked import FIRST_SHIFT, Enough, is_peak, newton, sweep
from torusync.maxima.starts import pushed

_SWEEPS: Final = 8
"""Turns of all levels before Newton steps: near a maximum, where its steps are long and few."""

_ITERATIONS: Final = 80
"""Newton steps: five to ten are taken from a random start, and many where a ridge is flat to fourth order."""

_PUSHES: Final = 3
"""How often phases are turned off a saddle, which has no slope to follow."""


def fields(coherences: Complex, z: Complex) -> Complex:
    """Return h_i = z_i^* (R z)_i: its real part is μ_i, its imaginary part ∂f/∂φ_i."""
    return np.asarray(np.conj(z) * (coherences @ z[..., np.newaxis])[..., 0])


def height(coherences: Complex, z: Complex) -> Real:
    """Return f(z) = ½ z† R z, shape ``(points)``."""
    return np.asarray(0.5 * fields(coherences, z).real.sum(axis=-1))


def hessian(coherences: Complex, z: Complex) -> Real:
    """Return ∂²f/∂φ_i∂φ_j = Re(z_i^* R_ij z_j) − δ_ij μ_i, shape ``(points, n, n)``."""
    weighted = np.real(np.conj(z)[..., :, np.newaxis] * coherences * z[..., np.newaxis, :])
    index = np.arange(z.shape[-1])
    weighted[..., index, index] -= weighted.sum(axis=-1)
    return np.asarray(weighted)


def ascend(coherences: Complex, z: Complex, *, near: bool = False, enough: Enough | None = None) -> Complex:
    """Return stationary phasors reached from ``z``, shapes ``(points, n, n)`` and ``(points, n)``.

    ``coherences`` should be scaled to entries of order one.  ``near`` spares what leads to a maximum.  Climbs of which
    ``enough`` is known are given up on the way: at a peak flat to fourth order Newton's steps only halve the distance,
    and the last digits take most of them.
    """
    if not len(z):
        return z
    stack = np.ascontiguousarray(np.moveaxis(coherences, 0, -1))
    start = z.T if near else sweep(stack, z.T, _SWEEPS)
    reached = newton(stack, start, _ITERATIONS, shift=0.0 if near else FIRST_SHIFT, enough=enough)
    for _ in range(_PUSHES if enough is None else 0):
        stuck = ~is_peak(stack, reached)
        if not stuck.any():
            break
        reached[:, stuck] = newton(stack[:, :, stuck], pushed(reached[:, stuck].T).T, _ITERATIONS)
    # levels that couple weakly may sit below Newton's rounding: set them last, to the fields of the others
    return np.ascontiguousarray(sweep(stack, reached, 2).T)
