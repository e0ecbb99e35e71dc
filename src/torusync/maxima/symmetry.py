"""Which optima differ only by a symmetry of the state.

A state can be left as it is, up to phases of its levels, by exchanging levels, by complex conjugation, or by both:
then every optimum has partners of equal height that say nothing new, like the two mirror images of a frustrated
triangle.  At an optimum z the matrix z_i^* R_ij z_j is free of all phase conventions, so that z and z' are partners
exactly where the matrix of one is that of the other with its levels exchanged, conjugated or not.
"""

from typing import Final

import numpy as np

from torusync._checks import Boolean, Complex, Integer
from torusync._limits import ASSIGNMENTS

_ALIKE: Final = 1e-5
"""Difference of entries, in units of the geometric mean of their levels' Σ_j |R_ij|, up to which they are equal: what
phases known to the square root of rounding leave, with room."""


def orbits(coherences: Complex, optima: Complex) -> Integer:
    """Return for each optimum ``(known, n)`` of ``coherences`` ``(n, n)`` the first one that it is a partner of."""
    weight = np.sqrt(np.abs(coherences).sum(axis=-1))
    seen = [np.conj(z)[:, np.newaxis] * coherences * z / weight[:, np.newaxis] / weight for z in optima]
    first = np.arange(len(optima))
    for index in range(1, len(optima)):
        for other in np.unique(first[:index]):
            if any(_exchangeable(seen[other], image, weight) for image in (seen[index], np.conj(seen[index]))):
                first[index] = other
                break
    return first


def _exchangeable(one: Complex, other: Complex, weight: Complex) -> bool:
    """Return whether an exchange π of levels turns one matrix into the other, one_ij = other_π(i)π(j)."""
    same_weight = np.abs(weight[:, np.newaxis] / weight - 1.0) <= _ALIKE
    mean = one.sum(axis=-1), other.sum(axis=-1)
    candidates = same_weight & (np.abs(mean[0][:, np.newaxis] - mean[1]) <= len(weight) * _ALIKE)
    order = np.argsort(candidates.sum(axis=-1))
    tries = 0

    def assign(depth: int, images: list[int], free: Boolean) -> bool:
        nonlocal tries
        if depth == len(order):
            return True
        level, done = order[depth], order[:depth]
        fitting = candidates[level] & free
        if depth:
            missed = np.abs(one[level, done][:, np.newaxis] - other[:, images].T)
            fitting &= (missed <= _ALIKE).all(axis=0)
        for image in np.flatnonzero(fitting):
            tries += 1
            if tries > ASSIGNMENTS:
                return False
            free[image] = False
            if assign(depth + 1, [*images, int(image)], free):
                return True
            free[image] = True
        return False

    return assign(0, [], np.ones(len(order), dtype=np.bool_))
