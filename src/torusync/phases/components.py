"""Which levels of a state are mutually coherent: S splits into a sum over the connected parts of its coherence graph.

Each part has an overall phase of its own that no coherence sees, so that its maximum can be found, proven and scaled
by itself: what a tiny coherence asks for is not lost beside a large one elsewhere.  A level without coherence is no
part of anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from torusync._checks import Boolean, Complex, Integer


@final
@dataclass(frozen=True, eq=False)
class Parts:
    """Connected parts of ``n`` levels each, of some points of a batch.

    Parameters
    ----------
    points : (parts) the point of the batch that each belongs to
    levels : (parts, n) its levels, ascending
    """

    points: Integer
    levels: Integer

    def of(self, coherences: Complex) -> Complex:
        """Return the coherences of each part, ``(parts, n, n)``, from those of the batch, ``(points, D, D)``."""
        first, last = self.levels[0, 0], self.levels[0, -1]
        whole = len(self.points) == len(coherences) and last - first + 1 == self.levels.shape[1]
        if whole and (self.levels == self.levels[0]).all():
            # one part a point, of the same adjacent levels: the common case, and many times faster as a view
            return coherences[:, first : last + 1, first : last + 1]
        rows = self.levels[:, :, np.newaxis], self.levels[:, np.newaxis, :]
        return np.asarray(coherences[self.points[:, np.newaxis, np.newaxis], rows[0], rows[1]])


def connected_parts(coherences: Complex) -> Iterator[Parts]:
    """Yield the connected parts of Hermitian matrices ``(points, D, D)`` with zero diagonal, by their size."""
    points, size = coherences.shape[:2]
    joined = coherences != 0.0
    labels = _labels(joined)
    carrying = labels < size
    if not carrying.any():
        return
    if (labels == labels[0]).all() and len(found := np.flatnonzero(carrying[0])) == (
        labels[0] == labels[0].min()
    ).sum():
        yield Parts(np.arange(points), np.broadcast_to(found, (points, len(found))))
        return
    # a part is named by its point and its lowest level; sorting by name puts its levels side by side
    names = (np.arange(points)[:, np.newaxis] * size + labels)[carrying]
    levels = np.broadcast_to(np.arange(size), labels.shape)[carrying]
    order = np.argsort(names, kind="stable")
    names, levels = names[order], levels[order]
    first = np.flatnonzero(np.concatenate([[True], names[1:] != names[:-1]]))
    counts = np.diff(np.concatenate([first, [len(names)]]))
    for count in np.unique(counts):
        chosen = first[counts == count]
        yield Parts(names[chosen] // size, levels[chosen[:, np.newaxis] + np.arange(count)])


def _labels(joined: Boolean) -> Integer:
    """Return the lowest level of the part that each level belongs to, and D where it carries no coherence."""
    size = joined.shape[-1]
    degree = joined.sum(axis=-1)
    carrying = degree > 0
    own = np.where(carrying, np.arange(size), size)
    labels = own.copy()
    # mostly one level is joined to all others
    whole = degree.max(axis=-1, initial=0) >= carrying.sum(axis=-1) - 1
    labels[whole] = np.where(carrying[whole], own[whole].min(axis=-1, initial=size, keepdims=True), size)
    left = np.flatnonzero(~whole)
    while left.size:
        here = labels[left]
        lowest = np.where(joined[left], here[:, np.newaxis, :], size).min(axis=-1)
        lower = np.minimum(here, lowest)
        labels[left] = lower
        left = left[(lower != here).any(axis=-1)]
    return labels
