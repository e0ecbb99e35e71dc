"""Where to begin a climb: from the strongest coherences, from a spectrum, from a relaxation."""

from typing import Final

import numpy as np

from torusync._checks import Complex, Integer, Real
from torusync._lapack import spectra
from torusync.conventions import unit

_PUSH: Final = 0.01
"""Radians by which aligned phases are turned off the saddles that they lie on, the same way for every part."""

_GOLDEN: Final = 0.5 * (5.0**0.5 - 1.0)


def aligned_start(coherences: Complex, weight: Real) -> Complex:
    """Return phases ``(parts, n)`` compatible with the strongest coherences, from connected ``(parts, n, n)``.

    The level of the largest ``weight`` Σ_j |R_ij| gives its phase preference to all others; where it is not joined to
    all of them, a spanning tree does.  If all preferences agree, these phases meet every one.
    """
    parts, size = coherences.shape[:2]
    hub = weight.argmax(axis=-1)
    index = np.arange(parts)
    z = unit(coherences[index, :, hub], 1.0 + 0.0j)
    far = np.flatnonzero((coherences[index, hub] != 0.0).sum(axis=-1) < size - 1)
    if far.size:
        z[far] = _along_tree(coherences[far], hub[far])
    return z


def pushed(z: Complex) -> Complex:
    """Return phases turned a little, each level its own way."""
    # multiples of the golden mean, less whole numbers, are spread evenly, and no two are equal
    turns = np.modf(_GOLDEN * np.arange(1.0, z.shape[-1] + 1.0))[0]
    return np.asarray(z * np.exp(1j * _PUSH * (2.0 * turns - 1.0)))


def _along_tree(coherences: Complex, hub: Integer) -> Complex:
    """Hand the phase of the hub on along a maximal spanning tree (Prim 1957), for stacks of parts."""
    parts, size = coherences.shape[:2]
    index = np.arange(parts)
    z = np.ones((parts, size), dtype=np.complex128)
    inside = np.zeros((parts, size), dtype=np.bool_)
    inside[index, hub] = True
    reach, parent = np.abs(coherences[index, hub]), np.repeat(hub[:, np.newaxis], size, axis=1)
    for _ in range(size - 1):
        new = np.where(inside, -1.0, reach).argmax(axis=-1)
        old = parent[index, new]
        z[index, new] = unit(coherences[index, new, old], 1.0 + 0.0j) * z[index, old]
        inside[index, new] = True
        offered = np.abs(coherences[index, new])
        better = offered > reach
        reach = np.where(better, offered, reach)
        parent[better] = np.broadcast_to(new[:, np.newaxis], better.shape)[better]
    return z


def greedy_start(coherences: Complex) -> Complex:
    """Return phases ``(parts, n)`` at which the height is no lower than the largest coherence.

    Its two levels are set first, and then one after the other, each to the field of those before it: no step falls.
    """
    parts, size = coherences.shape[:2]
    index = np.arange(parts)
    moduli = np.abs(coherences).reshape(parts, -1)
    first, second = np.divmod(moduli.argmax(axis=-1), size)
    z = np.zeros((parts, size), dtype=np.complex128)
    z[index, first] = 1.0
    z[index, second] = unit(coherences[index, second, first], 1.0 + 0.0j)
    for level in range(size):
        left = z[:, level] == 0.0
        field = (coherences[left, level] * z[left]).sum(axis=-1)
        z[left, level] = unit(field, 1.0 + 0.0j)
    return z


def leading_start(coherences: Complex) -> Complex:
    """Return the phases of the leading eigenvector, ``(parts, n)``."""
    _, vectors = spectra(coherences)
    return unit(vectors[..., -1], 1.0 + 0.0j)


def rounded_starts(gram: Complex, count: int) -> Complex:
    """Return phases ``(parts, count, n)`` of vectors seen along directions, from their Gram matrices ``(parts, n, n)``.

    The first is their common direction, the others are random (Goemans and Williamson 1995), the same for every part.
    """
    size = gram.shape[-1]
    values, axes = spectra(gram)
    vectors = axes * np.sqrt(np.maximum(values, 0.0))[:, np.newaxis]
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(size, count - 1)) + 1j * rng.normal(size=(size, count - 1))
    seen = np.concatenate([axes[..., -1:], vectors @ directions], axis=-1)
    return unit(np.swapaxes(seen, -1, -2), 1.0 + 0.0j)
