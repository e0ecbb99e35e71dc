"""Sets of coherences alone, and together by chance: the numbers behind a verdict on their interplay.

States are searched in stacks: one for each set, and one for the draws of as many points as fit into a chunk.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real
from torusync._limits import DRAWN_BYTES
from torusync.densities import Density
from torusync.maxima import Knobs, maximum
from torusync.maxima.components import connected_parts

_DRAW_STARTS: Final = 4
"""Random starts for a draw.  The 32 of a single state raise the mean by at most a fifth of its standard error (random
matrices of 12 to 64 levels, 200 draws) and take up to three times as long; few machines feel any difference."""


_TOLD: Final = 20
"""Parts of the draws of a chunk after each of which somebody who asks is told."""


class Alone(NamedTuple):
    """Heights of each set alone, proven bounds on them, and the parts of the sets in the whole: ``(sets, points)``."""

    heights: Real
    bounds: Real
    shares: Real


class Chance(NamedTuple):
    """Mean height over unrelated preferences, mean bound, standard error, and fraction below: ``(points)`` each.

    Where no closed loop of coherences runs through several sets, every draw has the sum over the sets, and none is
    made: the error is 0 and the fraction nan.
    """

    mean: Real
    bound: Real
    error: Real
    rank: Real


def compare_sets(
    density: Density,
    total: Real,
    phasors: Complex,
    labels: Integer,
    *,
    sets: int,
    draws: int,
    seed: int,
    tell: Callable[[float], object] | None = None,
) -> tuple[Alone, Chance]:
    """Compare the sets of a flat batch, chunk by chunk of bounded memory.

    Parameters
    ----------
    density, total, phasors : states of the batch, their heights ``(points)`` and optimal phasors ``(points, D)``
    labels : (D, D) number of the set that each coherence is in, −1 on the diagonal
    sets : how many there are, without coherence or with
    draws, seed : of the unrelated preferences
    tell : called with the share that is done
    """
    points, size = phasors.shape
    alone, chance = np.zeros((3, sets, points)), np.zeros((4, points))
    step = max(1, DRAWN_BYTES // (16 * draws * size**2))
    for begin in range(0, points, step):
        chunk = slice(begin, begin + step)
        # a map keeps nan where there is no state, and phasors have it where there is no coherence
        lost = np.isnan(total[chunk])[:, np.newaxis, np.newaxis]
        matrix = np.where(lost, 0.0, density.part(chunk).to_array())
        z = np.where(np.isfinite(phasors[chunk]), phasors[chunk], 0.0)
        alone[..., chunk], loops = _apart(matrix, z, labels, sets)
        chance[:2, chunk], chance[3, chunk] = alone[:2, :, chunk].sum(axis=1), np.nan
        rows = np.flatnonzero(loops)
        if rows.size:
            parts = []
            for part in _together(matrix[rows], labels, draws, seed, parts=1 if tell is None else _TOLD):
                parts.append(part)
                if tell is not None:
                    tell((begin + len(matrix) * sum(len(one[0]) for one in parts) / draws) / points)
            heights, bounds = (np.concatenate(one) for one in zip(*parts, strict=True))
            error = heights.std(axis=0, ddof=1) / np.sqrt(draws)
            below = (heights < total[begin + rows]).mean(axis=0)
            chance[:, begin + rows] = heights.mean(axis=0), bounds.mean(axis=0), error, below
        elif tell is not None:
            tell((begin + len(matrix)) / points)
    lost = np.isnan(total)
    alone[..., lost], chance[:, lost] = np.nan, np.nan
    return Alone(*alone), Chance(*chance)


def _apart(matrix: Complex, z: Complex, labels: Integer, sets: int) -> tuple[Real, Boolean]:
    """Return what `Alone` holds as one array ``(3, sets, points)``, and where loops run through several sets.

    Forests that span the graphs of the sets have together as many edges as one that spans their union if and only if
    every closed loop of the union stays within one set.
    """
    found, forests = np.zeros((3, sets, len(matrix))), np.zeros(len(matrix), dtype=np.int64)
    for number in range(sets):
        part = np.where(labels == number, matrix, 0.0)
        peak = maximum(part)
        share = 0.5 * np.einsum("pi,pij,pj->p", np.conj(z), part, z).real
        # a set alone reaches what it has at the phases of the whole: where the search misses that, it is known better
        height = np.maximum(peak.value, share)
        found[:, number] = height, np.maximum(peak.bound, height), share
        forests += _forest(part)
    return found, np.asarray(_forest(np.where(labels >= 0, matrix, 0.0)) < forests)


def _forest(coherences: Complex) -> Integer:
    """Return how many edges a forest has that spans the graphs ``(points, D, D)``."""
    edges = np.zeros(len(coherences), dtype=np.int64)
    for part in connected_parts(coherences):
        np.add.at(edges, part.points, part.levels.shape[1] - 1)
    return edges


def _together(matrix: Complex, labels: Integer, draws: int, seed: int, *, parts: int) -> Iterator[tuple[Real, Real]]:
    """Yield heights and bounds, some draws at a time, with every set but the first turned by a gauge of its own.

    In all ``(draws, points)`` of each, in at least so many parts.
    """
    points, size, _ = matrix.shape
    # a stream for each set: a point's draws depend neither on the batch it came in nor on how it is cut
    streams = {number: np.random.default_rng([seed, number]) for number in range(1, labels.max() + 1)}
    step = max(1, min(DRAWN_BYTES // (16 * points * size**2), -(-draws // parts)))
    for count in (min(step, draws - begin) for begin in range(0, draws, step)):
        turn = np.triu(np.ones((count, size, size), dtype=np.complex128), 1)
        for number, stream in streams.items():
            gauge = np.exp(2j * np.pi * stream.random((count, size)))
            i, j = np.nonzero(np.triu(labels == number, 1))
            turn[:, i, j] = gauge[:, i] * np.conj(gauge[:, j])
        upper = turn[:, np.newaxis] * matrix
        turned = upper + np.conj(np.swapaxes(upper, -1, -2))
        peak = maximum(turned, Knobs(random_starts=_DRAW_STARTS))
        yield peak.value, peak.bound
