"""States of chosen coherences: rings and triangles with a flux, blocks, any Hermitian matrix."""

import numpy as np


def rng_of(*key):
    """A generator of its own for each case; words count by their letters."""
    return np.random.default_rng([n for part in key for n in (part.encode() if isinstance(part, str) else [part])])


def hermitian(upper):
    """The Hermitian matrix without diagonal that has this upper triangle."""
    above = np.triu(upper, 1)
    return above + np.conj(np.swapaxes(above, -1, -2))


def ring(moduli, flux, rng):
    """Levels coupled to their neighbours, with the phases of the coherences around the ring adding up to ``flux``."""
    size = len(moduli)
    phases = 2 * np.pi * rng.random(size)
    phases[-1] = flux - phases[:-1].sum()
    coherences = np.zeros((size, size), dtype=complex)
    for level, coherence in enumerate(moduli * np.exp(1j * phases)):
        after = (level + 1) % size
        coherences[level, after] += coherence
        coherences[after, level] += np.conj(coherence)
    return coherences


def triangles(a, b, c, flux, rng):
    """Three levels: moduli a of 0–1, b of 1–2, c of 0–2 and the flux around them, in a random gauge."""
    a, b, c, flux = np.broadcast_arrays(a, b, c, flux)
    gauge = np.exp(2j * np.pi * rng.random((*a.shape, 3)))
    upper = np.zeros((*a.shape, 3, 3), dtype=complex)
    upper[..., 0, 1], upper[..., 1, 2], upper[..., 0, 2] = a, b, c * np.exp(-1j * flux)
    return hermitian(upper * np.conj(gauge)[..., :, np.newaxis] * gauge[..., np.newaxis, :])


def joined(blocks, rng):
    """A block-diagonal state of the blocks in random proportions, its levels in random order."""
    weights = rng.dirichlet(np.ones(len(blocks)))
    size = sum(len(block) for block in blocks)
    rho = np.zeros((size, size), dtype=complex)
    begin = 0
    for block, weight in zip(blocks, weights, strict=True):
        end = begin + len(block)
        rho[begin:end, begin:end] = weight * block
        begin = end
    order = rng.permutation(size)
    return rho[np.ix_(order, order)]
