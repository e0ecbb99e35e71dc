"""Ascent of f(z) = ½ z† R z over unit phasors, to second order, for stacks of problems at once.

First-order methods stall at gaps of 1e-4 to 1e-9 in the near-degenerate engine, where the landscape is almost flat
along a whole manifold.  Block ascent (each phase set to the field it sees) gets close monotonically; Newton steps
with the exact Hessian, its positive directions turned uphill, close the rest to rounding.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real
from torusync._lapack import spectra
from torusync.conventions import EPS, unit

_SWEEPS: Final = 8
"""Turns of all levels before Newton steps: near a maximum, where its steps are long and few."""

_ITERATIONS: Final = 80
"""Newton steps: five to ten are taken from a random start, and many where a ridge is flat to fourth order."""

_LONGEST_STEP: Final = 0.7
"""Radians any one phase may turn in a step: beyond that the quadratic model says nothing on a circle."""

_HALVINGS: Final = 12
"""Halvings of a step that falls, after which what it could gain is rounding."""

_STEEP: Final = 1e-2
"""Directions with at least this fraction of the largest downward curvature are the sides of the ridge."""

_CORRECTIONS: Final = 3
"""Steps back onto the ridge after each, with the same spectrum, which costs more than all three."""

_FLAT: Final = 64.0 * EPS
"""Curvature, in units of n Σ|h|, that is rounding of the Hessian and of its spectrum."""

_RISING: Final = 1e-6
_STILL: Final = 1e-3
_PUSH: Final = 0.3
"""Upward curvature over Σ|h| and radians of a step along it that make a saddle, and radians of the push off it: an
exact saddle has no slope to follow."""

_SMALL: Final = 1e-290
"""Modulus below which a complex number is not divided by it at once: the division overflows."""

Enough = Callable[[Complex, Integer], Boolean]
"""Tells of phasors ``(m, n)`` of some climbs ``(m)`` which of them need not go on."""


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


def _block_ascent(coherences: Complex, z: Complex, *, sweeps: int) -> Complex:
    z = z.copy()
    for _ in range(sweeps):
        for level in range(z.shape[-1]):
            pull = np.einsum("pj,pj->p", coherences[:, level, :], z)
            modulus = np.abs(pull)
            # the common case at a third of the price: this is the innermost loop of every climb
            least = modulus.item() if len(modulus) == 1 else modulus.min()
            z[:, level] = pull / modulus if least > _SMALL else unit(pull, z[:, level])
    return z


def ascend(coherences: Complex, z: Complex, *, enough: Enough | None = None) -> Complex:
    """Return stationary phasors reached from ``z``, shapes ``(points, n, n)`` and ``(points, n)``.

    ``coherences`` should be scaled to entries of order one.  Climbs of which ``enough`` is known are given up on the
    way: at a peak flat to fourth order Newton's steps only halve the distance, and the last digits take most of them.
    """
    if not len(z):
        return z
    z = _block_ascent(coherences, z, sweeps=_SWEEPS)
    active = np.arange(len(z))
    for _ in range(_ITERATIONS):
        if enough is not None:
            active = active[~enough(z[active], active)]
        if not active.size:
            break
        moved, settled = _newton(coherences[active], z[active])
        z[active] = moved
        active = active[~settled]
    # levels that couple weakly sit below Newton's floor: set them last, to the fields of the others
    return _block_ascent(coherences, z, sweeps=2)


def _back_to_ridge(coherences: Complex, z: Complex, curvature: Real, axes: Real) -> Complex:
    """Climb the steep directions again after a step along the flat ones.

    The ridge of a near-continuum is curved: a straight step along it falls off its side, and without this the line
    search would shorten every step to a crawl.
    """
    steep = curvature < _STEEP * curvature[:, :1]
    inverse = np.where(steep, 1.0 / np.where(steep, np.abs(curvature), 1.0), 0.0)
    for _ in range(_CORRECTIONS):
        component = np.einsum("pij,pi->pj", axes, fields(coherences, z).imag) * inverse
        z = z * np.exp(1j * np.einsum("pij,pj->pi", axes, np.clip(component, -_LONGEST_STEP, _LONGEST_STEP)))
    return z


def _newton(coherences: Complex, z: Complex) -> tuple[Complex, Boolean]:
    """Take one guarded Newton step; return the new phasors and whether they were stationary already."""
    size = z.shape[-1]
    h = fields(coherences, z)
    slope = h.imag
    curvature, axes = spectra(hessian(coherences, z))
    scale = np.abs(h).sum(axis=-1) + EPS
    component = np.einsum("pij,pi->pj", axes, slope)
    floor = (_FLAT * size * scale)[:, np.newaxis]
    flat = np.abs(curvature) <= floor
    step = np.where(flat, 0.0, component / np.where(flat, 1.0, np.abs(curvature)))
    # at a saddle the slope vanishes along the way up: give it a push
    saddle = (curvature[:, -1] > _RISING * scale) & (np.abs(step[:, -1]) < _STILL)
    step[saddle, -1] = np.where(step[saddle, -1] < 0.0, -_PUSH, _PUSH)
    turn = np.einsum("pij,pj->pi", axes, step)
    largest = np.abs(turn).max(axis=-1)
    turn *= np.minimum(1.0, _LONGEST_STEP / np.maximum(largest, EPS))[:, np.newaxis]
    settled = (largest <= 8.0 * EPS * size) & ~saddle
    before = 0.5 * h.real.sum(axis=-1)
    tolerance = 4.0 * EPS * scale
    best, pending = z.copy(), ~settled
    for halving in range(_HALVINGS):
        if not pending.any():
            break
        trial = z[pending] * np.exp(1j * turn[pending] * 0.5**halving)
        trial = _back_to_ridge(coherences[pending], trial, curvature[pending], axes[pending])
        accepted = height(coherences[pending], trial) >= (before - tolerance)[pending]
        rows = np.flatnonzero(pending)[accepted]
        best[rows] = trial[accepted]
        pending[rows] = False
    # a step that no longer climbs at any length has met rounding
    return best, settled | pending
