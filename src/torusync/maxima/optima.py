"""The set of optima: one point, several, or a continuum with its dimension.

Blocks of levels that share a single level, as the two ends of a bridge do, agree about its phase by turning one of
them as a whole: the optima are all combinations of the optima of the blocks.  Where the dual bound of a block is
attained, every optimum lies in the null space of diag μ − R: of dimension one it proves that there is one optimum, of
dimension two it leaves room for one more or for a family, and which of them follows from a circle.  In larger null
spaces other optima are searched for, and a continuum is believed only where it was walked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real
from torusync._frozen import Frozen
from torusync._lapack import eigenvalues, spectra
from torusync._limits import ASSIGNMENTS, STACKED_LEVELS
from torusync.conventions import EPS, divide, unit
from torusync.maxima.climb import ascend, height
from torusync.maxima.components import blocks_of, outward_blocks
from torusync.maxima.ridges import APART, NULL, SAME, Deficit, back_at, distance, walked
from torusync.maxima.starts import aligned_start

_CLEAR: Final = 1e-7
"""Size of the smallest eigenvalue beside a null space above which its dimension is beyond doubt, as for `climb`."""

_TRIES: Final = 24
"""Climbs of a round that look for other optima; half as many of many levels, where each costs a spectrum a step."""

_ROUNDS: Final = 6
"""Rounds at most; another one is made as long as the last has found something new."""

_COUNTED: Final = 62
"""Binary logarithm of the largest number of optima that is told; beyond that it is a lower bound."""

_ALIKE: Final = 1e-5
"""Difference of entries, in units of the geometric mean of their levels' Σ_j |R_ij|, up to which they are equal: what
phases known to the square root of rounding leave, with room."""


@final
@dataclass(frozen=True, eq=False, repr=False)
class Optima(Frozen):
    """The optimal phase configurations of one state that are known, up to the overall phase.

    Parameters
    ----------
    phases : (known, D)
        φ_i in [0, 2π) relative to the reference level; nan where a level carries no coherence.
    orbits : (known)
        For each, the first one that it is turned into by an exchange of levels or a complex conjugation under which
        the coherences stay what they are: partners, which say nothing new, have the same number.
    optima_dimension
        Dimension of the set of optima; above 0 they are a continuum, of which one is given.
    complete
        Whether it is proven that there are no others; of a continuum, that its dimension is not higher.
    """

    phases: Real
    orbits: Integer
    optima_dimension: int
    complete: bool

    @property
    def different(self) -> int:
        """Number of isolated optima known that no symmetry of the state turns into each other; 0 for a continuum."""
        return 0 if self.optima_dimension else len(np.unique(self.orbits))

    def __repr__(self) -> str:
        told = f"{len(self.phases)} known, {self.different} different"
        if self.optima_dimension:
            told = f"a continuum of dimension {self.optima_dimension}"
        return f"<Optima: {told}, {'' if self.complete else 'perhaps in'}complete>"


class OptimumSet(NamedTuple):
    """What a `Peak` tells of the set of optima; ``phasors`` ``(points, n)`` are each block's at its own best."""

    optima_count: Integer
    optima_dimension: Integer
    complete: Boolean
    phasors: Complex

    @classmethod
    def single(cls, z: Complex) -> "OptimumSet":
        """Return one optimum each."""
        one = np.ones(len(z), dtype=np.int64)
        return cls(one, 0 * one, one > 0, z.copy())


def describe(coherences: Complex, z: Complex) -> OptimumSet:
    """Describe the optima around the best points ``z`` ``(parts, n)`` of connected parts ``(parts, n, n)``."""
    result = OptimumSet.single(z)
    values = eigenvalues(_dual(coherences, z))
    # a null space of dimension one beside nothing negative proves the optimum unique
    result.complete[:] = np.abs(values[:, 1]) > _CLEAR
    rows = np.flatnonzero((values[:, 0] < -NULL) | (np.abs(values[:, 1]) <= NULL))
    result.complete[rows] = True
    logarithm, lost = np.zeros(len(z)), np.zeros(len(z), dtype=np.bool_)
    for block in blocks_of(coherences[rows]):
        points = rows[block.points]
        matrices, phasors = _scaled(block.of(coherences[rows])), z[points[:, np.newaxis], block.levels]
        if block.levels.shape[1] < z.shape[1]:
            climbed = _at_its_best(matrices, phasors)
            np.logical_or.at(lost, points, (climbed != phasors).any(axis=-1))
            phasors = climbed
        found, _ = _of_blocks(matrices, phasors)
        np.add.at(result.optima_dimension, points, found.optima_dimension)
        np.logical_and.at(result.complete, points, found.complete)
        np.add.at(logarithm, points, np.log2(np.maximum(found.optima_count, 1)))
        np.multiply.at(result.optima_count, points, np.maximum(found.optima_count, 1))
    most = logarithm > _COUNTED
    result.optima_count[most], result.complete[most] = 2**_COUNTED, False
    result.optima_count[result.optima_dimension > 0] = 0
    for row in np.flatnonzero(lost):
        result.phasors[row] = _combined(coherences[row], z[row], _at_its_best)[0]
    return result


def known_optima(coherences: Complex, best: Complex) -> Complex:
    """Return the different optima known of one connected part ``(n, n)``, ``(known, n)``, the given best first.

    Of a block with a continuum the one given is taken.
    """
    return _combined(coherences, best, lambda matrix, z: _of_blocks(matrix, z)[1][0])


def _combined(coherences: Complex, best: Complex, optima: Callable[[Complex, Complex], Complex]) -> Complex:
    """Return all combinations of the ``optima`` of each block ``(1, n, n)`` around its best ``(1, n)``."""
    blocks = outward_blocks(coherences != 0.0)
    known = np.zeros((1, len(best)), dtype=np.complex128)
    known[:, blocks[0][0]] = best[blocks[0][0]]
    for levels in blocks:
        matrix = _scaled(coherences[np.newaxis, levels[:, np.newaxis], levels])
        own = optima(matrix, best[np.newaxis, levels])
        # the level that it shares with those before has its phase already
        shared = int(np.flatnonzero(known[0, levels])[0])
        turn = known[:, np.newaxis, levels[shared]] * np.conj(own[:, shared])
        known = np.repeat(known[:, np.newaxis], len(own), axis=1)
        known[..., levels] = turn[..., np.newaxis] * own
        known = known.reshape(-1, len(best))
    return known


def _scaled(coherences: Complex) -> Complex:
    """Return blocks in units of their own largest coherence."""
    return divide(coherences, np.abs(coherences).max(axis=(-2, -1), keepdims=True))


def _dual(coherences: Complex, z: Complex) -> Complex:
    """Return diag μ − R, turned by z and each level in units of its Σ_j |R_ij|."""
    root = np.sqrt(np.abs(coherences).sum(axis=-1))
    turned = np.conj(z)[..., :, np.newaxis] * coherences * z[..., np.newaxis, :]
    # one after the other: the product of two roots may underflow
    matrix = -turned / root[..., :, np.newaxis] / root[..., np.newaxis, :]
    index = np.arange(z.shape[-1])
    matrix[..., index, index] += turned.sum(axis=-1).real / root / root
    return np.asarray(matrix)


def _of_blocks(coherences: Complex, z: Complex) -> tuple[OptimumSet, list[Complex]]:
    """Describe the optima around z of blocks ``(blocks, n, n)``; also return those known, ``(known, n)`` each."""
    result, known = OptimumSet.single(z), [one[np.newaxis] for one in z]
    values, vectors = spectra(_dual(coherences, z))
    nullity, proven = (np.abs(values) <= NULL).sum(axis=-1), values[:, 0] >= -NULL
    # what lies between the null space and what is clearly none may belong to either
    clear = (np.abs(values) <= _CLEAR).sum(axis=-1) == nullity
    result.complete[:] = proven & (nullity <= 2) & clear
    rows = np.flatnonzero(~proven | (nullity > 1))
    # every optimum lies there
    null = vectors * (~proven[:, np.newaxis] | (values <= NULL))[:, np.newaxis, :]
    allowed = null @ np.conj(np.swapaxes(null, -1, -2))
    deficit = Deficit.of(values, vectors, z)
    result.optima_dimension[rows] = walked(coherences[rows], z[rows], deficit.rows(rows))
    rows = rows[result.optima_dimension[rows] == 0]
    pairs = proven[rows] & (nullity[rows] == 2)
    for some, found in (
        (rows[pairs], _second(coherences[rows[pairs]], z[rows[pairs]], vectors[rows[pairs]])),
        (rows[~pairs], _searched(coherences[rows[~pairs]], z[rows[~pairs]], allowed[rows[~pairs]])),
    ):
        for row, optima in zip(some, found, strict=True):
            known[row], result.optima_count[row] = optima, len(optima)
    # another optimum may lie on a continuum where the best one does not
    for row in (row for row in rows[~pairs] if len(known[row]) > 1):
        whole = np.full(len(known[row]) - 1, row)
        result.optima_dimension[row] = walked(coherences[whole], known[row][1:], deficit.rows(whole)).max()
    return result, known


def _at_its_best(coherences: Complex, z: Complex) -> Complex:
    """Return z, climbed to the end where a block is so weak that the rounding of all others hid its slope."""
    reached = ascend(coherences, z, near=True)
    gain = height(coherences, reached) - height(coherences, z)
    higher = gain > 4.0 * z.shape[-1] * EPS * np.abs(coherences).sum(axis=(-2, -1))
    return np.where(higher[:, np.newaxis], reached, z)


def _second(coherences: Complex, z: Complex, vectors: Complex) -> list[Complex]:
    """Return the one or two optima of proven blocks whose null space has dimension two.

    It is spanned by z and w z, and (α + β w) z lies on the torus only where |w_i + α/β| is the same for all levels:
    another optimum is the centre of a circle through all w_i, and a third one would be another centre.
    """
    if not len(z):
        return []
    root = np.sqrt(np.abs(coherences).sum(axis=-1))
    length = np.linalg.norm(root, axis=-1, keepdims=True)
    first = np.einsum("pij,pi->pj", np.conj(vectors[..., :2]), root / length)
    other = np.stack([-np.conj(first[:, 1]), np.conj(first[:, 0])], axis=-1)
    w = np.einsum("pij,pj->pi", vectors[..., :2], other) * length / root
    columns = root[..., np.newaxis] * np.stack([np.ones(w.shape), 2.0 * w.real, 2.0 * w.imag], axis=-1)
    fitted = np.linalg.pinv(columns, rcond=1e-8) @ (root * np.abs(w) ** 2)[..., np.newaxis]
    centre = fitted[:, 1] + 1j * fitted[:, 2]
    trial = ascend(coherences, z * unit(w - centre, 1.0 + 0.0j), near=True)
    equal = height(coherences, trial) >= height(coherences, z) * (1.0 - SAME)
    return [_distinct(z[row : row + 1], trial[row : row + 1][: int(equal[row])]) for row in range(len(z))]


def _searched(coherences: Complex, best: Complex, allowed: Complex) -> list[Complex]:
    """Climb from random points as long as that finds something new, and take the mirror images of what is found.

    ``allowed`` ``(blocks, n, n)`` projects on where optima may lie, in the units of `_dual`.
    """
    points, size = best.shape
    tries = _TRIES if size <= STACKED_LEVELS else _TRIES // 2
    # a fixed seed: the description of a state is a property of the state
    rng = np.random.default_rng(0)
    weight = np.abs(coherences).sum(axis=-1)
    mirror, root, top = aligned_start(coherences, weight) ** 2, np.sqrt(weight), height(coherences, best)
    known, active = [one[:0] for one in best[:, np.newaxis]], np.arange(points)
    reached = best[:, np.newaxis]
    for _ in range(_ROUNDS + 1):
        # of coherences that are real in some gauge; of others it is lower, and left out
        reached = np.concatenate([reached, mirror[active, np.newaxis] * np.conj(reached)], axis=1)
        repeated = np.repeat(coherences[active], reached.shape[1], axis=0)
        level = height(repeated, reached.reshape(-1, size)).reshape(reached.shape[:2])
        equal = level >= (top[active] * (1.0 - SAME))[:, np.newaxis]
        before = [len(known[row]) for row in active]
        for row, others, same in zip(active, reached, equal, strict=True):
            known[row] = _distinct(known[row], others[same])
        active = active[[len(known[row]) > count for row, count in zip(active, before, strict=True)]]
        if not active.size:
            break
        turned = np.exp(2j * np.pi * rng.random((tries, size)))
        trials = best[active, np.newaxis] * unit(
            (root[active, np.newaxis] * turned) @ np.swapaxes(allowed[active], -1, -2), turned
        )
        most = np.arange(max(len(known[row]) for row in active))
        found = np.stack([known[row][np.minimum(most, len(known[row]) - 1)] for row in active])
        enough = back_at(coherences[active], found, top[active], climbs=tries)
        reached = ascend(np.repeat(coherences[active], tries, axis=0), trials.reshape(-1, size), enough=enough)
        reached = reached.reshape(-1, tries, size)
    return known


def _distinct(known: Complex, others: Complex) -> Complex:
    """Return ``known`` ``(known, n)`` with those of ``others`` that differ from all before them."""
    for other in others:
        if (distance(known, other) > APART).all():
            known = np.concatenate([known, other[np.newaxis]])
    return known


def orbits(coherences: Complex, optima: Complex) -> Integer:
    """Return for each optimum ``(known, n)`` of ``coherences`` ``(n, n)`` the first one that it is a partner of.

    A state can be left as it is, up to phases of its levels, by exchanging levels, by complex conjugation, or by both:
    then every optimum has partners of equal height that say nothing new.  At an optimum z the matrix z_i^* R_ij z_j is
    free of all phase conventions: partners are those where it is the same but for an exchange of levels, conjugated or
    not.
    """
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
