"""The set of optima: one point, several, or a continuum with its dimension.

Where the dual bound is attained, every optimum lies in the null space of diag μ − R: a null space of dimension one
proves the optimum unique.  Otherwise flat directions of the Hessian are candidates for a continuum, and a candidate
is believed only when another optimum, away from the first, is actually reached along it: at the border k = N the
landscape is flat to second order and still has a single peak.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real
from torusync.phases.torus import ascend, height, hessian

_NULL: Final = 1e-8
"""Relative size below which an eigenvalue counts as zero: the square root of the accuracy of the phases."""

_SAME: Final = 1e-9
"""Relative difference of heights that count as equal; the same as the certified gap."""

_APART: Final = 1e-3
"""1 − |<z, z'>|/n above which two optima are different: phases some 3 degrees apart."""

_PUSH: Final = 0.5
_TRIES: Final = 12


@final
@dataclass(frozen=True, eq=False)
class OptimumSet:
    """Number of isolated optima known (0 for a continuum) and dimension of the set, each of shape ``(points)``."""

    multiplicity: Integer
    dimension: Integer


def overlap(first: Complex, second: Complex) -> Real:
    """Return |Σ z_i^* z'_i|/n, 1 where two configurations agree up to the overall phase."""
    return np.asarray(np.abs(np.sum(np.conj(first) * second, axis=-1)) / max(first.shape[-1], 1))


def flat_directions(coherences: Complex, z: Complex) -> Integer:
    """Return the number of flat directions of f at z beside the overall phase, shape ``(points)``.

    Each level is measured by its own coherences, Σ_j |R_ij|: a level that couples weakly to the rest bends the
    landscape little, and is not free for that.
    """
    weight = np.sqrt(np.abs(coherences).sum(axis=-1))
    inverse = 1.0 / np.where(weight > 0.0, weight, 1.0)
    bent = hessian(coherences, z) * inverse[..., :, np.newaxis] * inverse[..., np.newaxis, :]
    return np.asarray((np.abs(np.linalg.eigvalsh(bent)) <= _NULL).sum(axis=-1) - 1)


def describe(coherences: Complex, z: Complex, spectrum: Real) -> OptimumSet:
    """Describe the optima around the best points ``z``.

    Parameters
    ----------
    coherences : (points, n, n)
    z : (points, n) best phasors found
    spectrum : (points, n) ascending eigenvalues of R − diag μ at z
    """
    points = len(z)
    result = OptimumSet(np.ones(points, dtype=np.int64), np.zeros(points, dtype=np.int64))
    scale = np.abs(spectrum).max(axis=-1, keepdims=True)
    live = (coherences != 0.0).any(axis=-1)
    # a level without coherence at this point, carried along by the batch, is a null vector of no meaning
    null = (np.abs(spectrum) <= _NULL * scale).sum(axis=-1) - (~live).sum(axis=-1)
    candidates = np.flatnonzero(null > 1)
    open_gap = np.flatnonzero(spectrum[:, -1] > _NULL * scale[:, 0])
    rows = np.union1d(candidates, open_gap)
    if not rows.size:
        return result
    matrices, best = coherences[rows], z[rows]
    others, equal = _other_optima(matrices, best)
    multiplicity, dimension = result.multiplicity, result.dimension
    for index, row in enumerate(rows):
        levels = np.flatnonzero(live[row])
        distinct = _distinct(best[index][levels], others[index][equal[index]][:, levels])
        multiplicity[row] = len(distinct)
        if len(distinct) > 1:
            part = matrices[index][np.ix_(levels, levels)]
            flat = int(flat_directions(np.broadcast_to(part, (len(distinct), *part.shape)), distinct).min())
            if flat > 0:
                multiplicity[row], dimension[row] = 0, flat
    return result


def _other_optima(coherences: Complex, best: Complex) -> tuple[Complex, Boolean]:
    """Climb from points around ``best``, near and far; return them and which reach the same height."""
    points, size = best.shape
    width = np.where(np.arange(_TRIES) % 2 == 0, _PUSH, np.pi)[:, np.newaxis]
    # a fixed seed: the description of a state is a property of the state
    angles = width * np.random.default_rng(0).uniform(-1.0, 1.0, size=(_TRIES, size))
    trials = (best[:, np.newaxis, :] * np.exp(1j * angles)).reshape(-1, size)
    repeated = np.repeat(coherences, _TRIES, axis=0)
    reached = ascend(repeated, trials)
    top = height(coherences, best)
    heights = height(repeated, reached).reshape(points, _TRIES)
    return reached.reshape(points, _TRIES, size), heights >= (top * (1.0 - _SAME))[:, np.newaxis]


def _distinct(first: Complex, others: Complex) -> Complex:
    kept = [first]
    for other in others:
        if all(1.0 - overlap(other, one) > _APART for one in kept):
            kept.append(other)
    return np.stack(kept)
