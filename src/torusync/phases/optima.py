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
from torusync._frozen import Frozen
from torusync.phases.certificate import eigenvalue_bound, multipliers
from torusync.phases.torus import ascend, height, hessian

_NULL: Final = 1e-8
"""Relative size below which an eigenvalue counts as zero: the square root of the accuracy of the phases."""

_SAME: Final = 1e-9
"""Relative difference of heights that count as equal; the same as the certified gap."""

_APART: Final = 1e-3
"""1 − |<z, z'>|/n above which two optima are different: phases some 3 degrees apart."""

_PUSH: Final = 0.5
_TRIES: Final = 24
"""Climbs that look for other optima; half as many above _FEW levels, where each costs a spectrum a step."""

_FEW: Final = 18


@final
@dataclass(frozen=True, eq=False)
class Optima(Frozen):
    """The optimal phase configurations of one state that are known, up to the overall phase.

    Parameters
    ----------
    phases : (known, D)
        φ_i in [0, 2π) relative to the reference level; nan where a level carries no coherence.
    orbits : (known)
        For each, the first one that it is turned into by an exchange of levels or a complex conjugation under which
        the coherences stay what they are: partners, which say nothing new, have the same number.
    dimension
        Dimension of the set of optima; above 0 they are a continuum, of which one is given.
    """

    phases: Real
    orbits: Integer
    dimension: int

    @property
    def different(self) -> int:
        """Number of isolated optima known that no symmetry of the state turns into each other; 0 for a continuum."""
        return 0 if self.dimension else len(np.unique(self.orbits))


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


def describe(coherences: Complex, z: Complex) -> OptimumSet:
    """Describe the optima around the best points ``z`` ``(parts, n)`` of connected parts ``(parts, n, n)``."""
    parts = len(z)
    result = OptimumSet(np.ones(parts, dtype=np.int64), np.zeros(parts, dtype=np.int64))
    _, spectrum = eigenvalue_bound(coherences, multipliers(coherences, z))
    scale = np.abs(spectrum).max(axis=-1)
    several_null = (np.abs(spectrum) <= _NULL * scale[:, np.newaxis]).sum(axis=-1) > 1
    rows = np.flatnonzero(several_null | (spectrum[:, -1] > _NULL * scale))
    if not rows.size:
        return result
    for row, distinct in zip(rows, known_optima(coherences[rows], z[rows]), strict=True):
        result.multiplicity[row] = len(distinct)
        if len(distinct) > 1:
            flat = int(flat_directions(np.repeat(coherences[row][np.newaxis], len(distinct), axis=0), distinct).min())
            if flat > 0:
                result.multiplicity[row], result.dimension[row] = 0, flat
    return result


def known_optima(coherences: Complex, best: Complex) -> list[Complex]:
    """Return the different optima known of each part, ``(known, n)``, the given best first."""
    others, equal = _other_optima(coherences, best)
    return [_distinct(one, other[same]) for one, other, same in zip(best, others, equal, strict=True)]


def _other_optima(coherences: Complex, best: Complex) -> tuple[Complex, Boolean]:
    """Climb from points around ``best``, near and far; return them and which reach the same height."""
    points, size = best.shape
    tries = _TRIES if size <= _FEW else _TRIES // 2
    width = np.where(np.arange(tries) % 2 == 0, _PUSH, np.pi)[:, np.newaxis]
    # a fixed seed: the description of a state is a property of the state
    angles = width * np.random.default_rng(0).uniform(-1.0, 1.0, size=(tries, size))
    trials = (best[:, np.newaxis, :] * np.exp(1j * angles)).reshape(-1, size)
    repeated = np.repeat(coherences, tries, axis=0)
    reached = ascend(repeated, trials)
    top = height(coherences, best)
    heights = height(repeated, reached).reshape(points, tries)
    return reached.reshape(points, tries, size), heights >= (top * (1.0 - _SAME))[:, np.newaxis]


def _distinct(first: Complex, others: Complex) -> Complex:
    kept = [first]
    for other in others:
        if all(1.0 - overlap(other, one) > _APART for one in kept):
            kept.append(other)
    return np.stack(kept)
