"""Angles and order parameters of optimal phasors, in the form people read them."""

import numpy as np

from torusync._batch import points_last
from torusync._checks import Complex, Real
from torusync._threads import over_points
from torusync.densities import CoherenceSet


def relative_phases(z: Complex, reference: int) -> Real:
    """Return phases ``(..., D)`` in [0, 2π) relative to the reference level, or to the first level with coherence."""
    size, batch = z.shape[-1], z.shape[:-1]
    flat = points_last(z, batch)
    phases = np.empty(flat.shape)

    def solve(chunk: slice) -> None:
        here, angles = flat[:, chunk], phases[:, chunk]
        finite = np.isfinite(here)
        if finite[reference].all():
            origin = here[reference]
        else:
            first = np.where(finite[reference], reference, finite.argmax(axis=0))
            origin = here[first, np.arange(here.shape[1])]
        # the reference level of a maser has the phasor 1: nothing to turn
        turned = here if (origin == 1.0).all() else here * np.conj(origin)
        np.arctan2(turned.imag, turned.real, out=angles)
        # an angle a rounding below zero must not come out as 2π, nor the reference as a rounding
        angles += np.where(angles < 0.0, 2.0 * np.pi, 0.0)
        angles[angles >= 2.0 * np.pi] = 0.0
        angles[(here == origin) & finite] = 0.0

    over_points(solve, flat.shape[1], levels=size)
    return np.moveaxis(phases.reshape(size, *batch), 0, -1)


def order_parameter(z: Complex, sets: tuple[CoherenceSet, ...]) -> Real:
    """Return the modulus of the mean phasor of the manifold, ``(...)``; nan where no set is a manifold of its own."""
    manifold = next((one.manifold for one in sets if one.manifold is not None), None)
    if manifold is None:
        return np.full(z.shape[:-1], np.nan)
    phasors = z[..., manifold]
    finite = np.isfinite(phasors)
    count = finite.sum(axis=-1)
    total = np.abs(np.where(finite, phasors, 0.0).sum(axis=-1))
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))
